//! A model: the networks of one file, with what is known of them.

use crate::unfit::{Implausible, NetworkName, Unfit};
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use burn::tensor::TensorData;
use sha2::{Digest, Sha256};

use super::aligned::Aligned;
use super::checkpoint::Checkpoint;
use super::describe::{describe, description_of};
use super::foreign::foreign_model;
use super::layout::{Layout, Networks, nearest_by_names, recognise};
use super::names::{TEXT, UNET, VAE};
use super::parts::ModelParts;
use super::tiny_decoder::TinyDecoderPlaces;
use crate::description::{METADATA_KEY, ModelCard, ModelDescription, ModelSource};
use crate::error::ModelError;
use crate::limits::RequestLimits;
use hummingbird_base::KnownFiles;
use hummingbird_formats::FileError;
use hummingbird_kernels::Q8Weight;
use hummingbird_nn::params::{Init, ParamSource};

/// Nano, as every build carries it.
static EMBEDDED_NANO: &Aligned<[u8]> = &Aligned(*include_bytes!("../../../assets/nano/nano.safetensors"));

/// Size from which on a file's hash is kept in the index of the models folder; smaller files are hashed in no time.
const REMEMBERED_BYTES: u64 = 64 << 20;

/// Name that errors show for the embedded model.
const EMBEDDED_NAME: &str = "the embedded demo model";

/// A model file whose structure was checked: one of ours, or a checkpoint of the reference in any of its forms.
#[derive(Debug)]
pub struct ModelFile {
    source: ModelSource,
    checkpoint: Checkpoint,
    description: ModelDescription,
    sha256: OnceLock<String>,
    known: Option<Arc<dyn KnownFiles>>,
}

impl ModelFile {
    /// Opens a model and checks its structure; values are read when the networks are built.
    ///
    /// # Errors
    /// `ModelOpen`, `ModelDamaged` or `ModelForeign`, each saying what to do.
    pub fn open(source: &ModelSource) -> Result<Self, ModelError> {
        Self::open_with(source, &ModelParts::default())
    }

    /// Opens a model, with networks of it taken from other files.
    ///
    /// # Errors
    /// As [`Self::open`], and `ModelForeign` for a file that does not hold its network.
    pub fn open_with(source: &ModelSource, parts: &ModelParts) -> Result<Self, ModelError> {
        let checkpoint = match source {
            ModelSource::Embedded => Checkpoint::embedded(PathBuf::from(EMBEDDED_NAME), &EMBEDDED_NANO.0)?,
            ModelSource::File(path) => Checkpoint::open(path)?,
        };
        Self::new(source.clone(), parts.complete(checkpoint)?)
    }

    /// The model in an open file.
    ///
    /// # Errors
    /// `ModelDamaged` or `ModelForeign`, each saying what to do.
    pub fn of(checkpoint: Checkpoint) -> Result<Self, ModelError> {
        Self::new(ModelSource::File(checkpoint.path().to_owned()), checkpoint)
    }

    fn new(source: ModelSource, checkpoint: Checkpoint) -> Result<Self, ModelError> {
        let path = || checkpoint.path().to_owned();
        let foreign = |unfit: Unfit| FileError::Foreign { path: path(), detail: unfit.into() };
        let damaged = |unfit: Implausible| FileError::Damaged { path: path(), detail: unfit.into() };
        let description = match checkpoint.metadata(METADATA_KEY) {
            Some(_) => description_of(&checkpoint)?,
            None => describe(&whole(&checkpoint).map_err(foreign)?),
        };
        description.check().map_err(damaged)?;
        Ok(Self { source, checkpoint, description, sha256: OnceLock::new(), known: None })
    }

    /// The same model, with a models folder that remembers its hash and may hold a tiny decoder for it. Without one the hash
    /// of a large file is computed each time.
    pub fn in_store(self, folder: Option<impl KnownFiles + 'static>) -> Self {
        Self { known: folder.map(|folder| Arc::new(folder) as _), ..self }
    }

    /// What the model says of itself.
    pub fn description(&self) -> &ModelDescription {
        &self.description
    }

    /// The file's tensors.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The file and what it says of itself.
    pub fn into_parts(self) -> (Checkpoint, ModelDescription) {
        (self.checkpoint, self.description)
    }

    /// SHA-256 of the file, lower-case hexadecimal; of a model in several files that of their hashes. The first call ever reads the whole file; later ones, in other processes
    /// too, know it from the index of the models folder ([`Self::in_store`]) as long as the file is unchanged. An unreadable file gives an empty
    /// text, since loading it says what is wrong.
    pub fn sha256(&self) -> &str {
        self.sha256.get_or_init(|| {
            of_parts(&self.checkpoint, &|file| {
                // What was opened is what counts, so the index is asked only where that is what lies at the path.
                let is_large = file.file_bytes().is_ok_and(|bytes| bytes >= REMEMBERED_BYTES);
                let folder = self.known.as_ref().filter(|_| is_large && file.lies_at_its_path());
                let sha256 = folder.and_then(|folder| folder.sha256_of(file.path()));
                sha256.unwrap_or_else(|| of_file(file))
            })
        })
    }

    /// Where its tiny decoder is looked for.
    pub fn tiny_decoder_places(&self) -> TinyDecoderPlaces {
        TinyDecoderPlaces::of(&self.source, &self.description.config, self.known.clone())
    }

    /// What the window and the command line show.
    pub fn card(&self) -> ModelCard {
        let description = &self.description;
        let tiny_decoder = self.tiny_decoder_places().find().is_some();
        ModelCard {
            name: description.name.clone(),
            licence: description.licence.clone(),
            limits: RequestLimits { tiny_decoder, ..description.limits.clone() },
            vocabulary: description.vocabulary.clone(),
            known_ids: description.config.text.token_ids.clone(),
            sha256: self.sha256().to_owned(),
        }
    }
}

impl ParamSource for ModelFile {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        self.checkpoint.values(name, shape, init)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        self.checkpoint.stored(name, shape, init)
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        self.checkpoint.q8(name, shape)
    }
}

/// SHA-256 of a whole model, lower-case hexadecimal; an empty text where it cannot be read.
pub fn sha256_of(file: &Checkpoint) -> String {
    of_parts(file, &of_file)
}

/// The hash of a model: that of its one file, or of the hashes of all its files in their order.
fn of_parts(model: &Checkpoint, of_file: &dyn Fn(&Checkpoint) -> String) -> String {
    let hashes: Vec<String> = model.files().map(of_file).collect();
    match hashes.as_slice() {
        [one] => one.clone(),
        hashes if hashes.iter().any(String::is_empty) => String::new(),
        hashes => hex(Sha256::digest(hashes.concat())),
    }
}

fn hex(digest: impl AsRef<[u8]>) -> String {
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn of_file(file: &Checkpoint) -> String {
    let mut hasher = Sha256::new();
    match hash(&mut file.reader(), &mut hasher) {
        Ok(()) => hex(hasher.finalize()),
        Err(error) => {
            log::error!("{:?} cannot be read: {error}", file.path());
            String::new()
        }
    }
}

fn hash(file: &mut impl Read, hasher: &mut Sha256) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

/// The three networks of a checkpoint, or what to do about those that are missing.
fn whole(checkpoint: &Checkpoint) -> Result<Networks, Unfit> {
    match recognise(checkpoint) {
        Layout::Networks(networks) => {
            let parts = [
                (NetworkName::UNet, networks.unet.is_some()),
                (NetworkName::TextEncoder, networks.text.is_some()),
                (NetworkName::Autoencoder, networks.vae.is_some()),
            ];
            let names =
                |present: bool| parts.iter().filter(|(_, has)| *has == present).map(|(name, _)| *name).collect();
            if parts.iter().all(|(_, present)| *present) {
                return Ok(*networks);
            }
            if networks.unet.is_none()
                && let Some(kind) = foreign_model(checkpoint)
            {
                return Err(Unfit::Foreign { kind });
            }
            if let Some(lost) = lost(checkpoint, &networks) {
                return Err(lost);
            }
            Err(Unfit::Part { present: names(true), missing: names(false) })
        }
        Layout::Lora { layers } => Err(Unfit::Lora { layers }),
        Layout::Tiny { .. } => Err(Unfit::TinyAutoencoder),
        Layout::Unknown => {
            if let Some(kind) = foreign_model(checkpoint) {
                return Err(Unfit::Foreign { kind });
            }
            if let Some(lost) = lost(checkpoint, &Networks::default()) {
                return Err(lost);
            }
            let tensors = &checkpoint.contents().tensors;
            let first: Vec<String> = tensors.iter().take(LISTED).map(|tensor| tensor.name().to_owned()).collect();
            Err(if first.is_empty() { Unfit::NoTensors } else { Unfit::NoKnownTensor { count: tensors.len(), first } })
        }
    }
}

/// Names that a message lists.
const LISTED: usize = 3;

/// What is wrong with a network that is there in part only: the tensors that tell its sizes are missing.
fn lost(checkpoint: &Checkpoint, networks: &Networks) -> Option<Unfit> {
    let parts = [
        (
            NetworkName::UNet,
            UNET,
            networks.unet.is_some(),
            &["input_blocks.0.0.weight", "init_attn.0.proj_in.weight", "out.2.weight"][..],
        ),
        (NetworkName::TextEncoder, TEXT, networks.text.is_some(), &["token_embedding.weight"]),
        (NetworkName::Autoencoder, VAE, networks.vae.is_some(), &["decoder.conv_in.weight", "decoder.norm_out.weight"]),
    ];
    parts.into_iter().find_map(|(network, prefix, is_recognised, keys)| {
        let tensors = &checkpoint.contents().tensors;
        let found: Vec<&str> = tensors.iter().map(|it| it.name()).filter(|name| name.starts_with(prefix)).collect();
        if is_recognised || found.is_empty() {
            return None;
        }
        let (count, nearest) = (found.len(), nearest_by_names(checkpoint));
        let first = found.iter().take(LISTED).map(|name| (*name).to_owned()).collect();
        let missing = keys.iter().map(|key| format!("{prefix}{key}")).find(|name| checkpoint.tensor(name).is_none());
        Some(match missing {
            Some(missing) => Unfit::SizesMissing { network, count, first, missing, nearest },
            None => Unfit::SizesUnclear { network, count, first, nearest },
        })
    })
}
