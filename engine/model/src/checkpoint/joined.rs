//! Checkpoints of several files: a model whose networks lie apart, and networks that lie in several files.

use std::collections::HashMap;
use std::path::PathBuf;

use super::{Bytes, Checkpoint, open_file, read_contents};
use crate::names::normalise_among;
use crate::unfit::Unfit;
use hummingbird_formats::FileError;
use hummingbird_formats::stored::{Arrangement, Container, Contents, StoredTensor};

impl Checkpoint {
    /// Opens the files of one network of a folder of diffusers.
    pub(crate) fn open_network(paths: Vec<PathBuf>) -> Result<Vec<Self>, FileError> {
        let read = |path: PathBuf| {
            let bytes = open_file(&path)?;
            let (contents, metadata) = read_contents(&bytes).map_err(|error| error.at(&path))?;
            Ok((path, bytes, contents, metadata))
        };
        let files: Vec<_> = paths.into_iter().map(read).collect::<Result<_, FileError>>()?;
        // How a network is spelled shows in all of its names together.
        let tensors = files.iter().flat_map(|(_, _, contents, _)| &contents.tensors);
        let names = tensors.map(|tensor| tensor.name().to_owned()).collect();
        let named = |(path, bytes, mut contents, metadata): (PathBuf, _, _, _)| {
            normalise_among(&mut contents, &names).map_err(|error| error.at(&path))?;
            Ok(Self::named(path, bytes, contents, metadata))
        };
        files.into_iter().map(named).collect()
    }

    /// A model that lies in several files of one folder.
    ///
    /// # Errors
    /// `Damaged` when two of them have a tensor of one name.
    pub(crate) fn of_files(folder: PathBuf, files: Vec<Self>) -> Result<Self, FileError> {
        let contents = Contents {
            container: Container::Safetensors,
            arrangement: Arrangement::StateDict,
            tensors: Vec::new(),
            foreign_classes: Vec::new(),
        };
        let mut whole = Self {
            path: folder,
            bytes: Bytes::Nothing,
            contents,
            by_name: HashMap::new(),
            metadata: HashMap::new(),
            prefix: String::new(),
            others: Vec::new(),
            holders: HashMap::new(),
        };
        for file in files {
            let twice = file.contents.tensors.iter().find(|tensor| whole.by_name.contains_key(tensor.name()));
            if let Some(tensor) = twice {
                let detail = Unfit::TwoTensors { name: tensor.name().to_owned() }.into();
                return Err(FileError::Damaged { path: whole.path, detail });
            }
            whole = whole.with(file, |_| true);
        }
        Ok(whole)
    }

    /// The same model with the network whose names begin with `prefix` taken from another file.
    pub fn completed(mut self, prefix: &str, part: Self) -> Self {
        self.contents.tensors.retain(|tensor| !tensor.name().starts_with(prefix));
        self.holders.retain(|name, _| !name.starts_with(prefix));
        self.with(part, |name| name.starts_with(prefix))
    }

    /// With the tensors of another file whose names are wanted.
    fn with(mut self, other: Self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let place = self.others.len();
        for tensor in other.contents.tensors.iter().filter(|tensor| is_wanted(tensor.name())) {
            self.holders.insert(tensor.name().to_owned(), place);
            self.contents.tensors.push(tensor.clone());
        }
        self.others.push(other);
        let tensors = self.contents.tensors.iter().enumerate();
        self.by_name = tensors.map(|(index, tensor)| (tensor.name().to_owned(), index)).collect();
        self
    }

    /// The file that holds a tensor of this model.
    pub(super) fn holder(&self, tensor: &StoredTensor) -> &Self {
        match self.holders.get(tensor.name()) {
            Some(&place) => self.others[place].holder(tensor),
            None => self,
        }
    }

    /// All files of the model, this one first; of a folder only those in it.
    pub fn files(&self) -> impl Iterator<Item = &Self> {
        let own = Some(self).filter(|it| !matches!(it.bytes, Bytes::Nothing));
        // Files that complete others are no folders of files themselves, or their files stand for them.
        own.into_iter().chain(self.others.iter().flat_map(|other| other.flat()))
    }

    fn flat(&self) -> Vec<&Self> {
        self.files().collect()
    }

    /// Size of all files of the model in bytes.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn all_bytes(&self) -> Result<u64, FileError> {
        self.files().map(Self::file_bytes).try_fold(0, |sum: u64, bytes| Ok(sum.saturating_add(bytes?)))
    }
}
