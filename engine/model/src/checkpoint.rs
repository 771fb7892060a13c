//! A file with named tensors, whatever its form: safetensors, a PyTorch archive, or a stream from before PyTorch 1.6.

mod joined;

use crate::unfit::Unfit;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use burn::tensor::{AllocationProperty, Bytes as TensorBytes, DType, TensorData};
use half::slice::HalfFloatSliceExt as _;
use half::{bf16, f16};
use rayon::prelude::*;
use safetensors::Dtype;

use super::diffusers::{is_diffusers_folder, open_folder};
use super::names::normalise;
use hummingbird_formats::FileError;
use hummingbird_formats::quantized::{self, SCALE_SUFFIX};
use hummingbird_formats::stored::{Arrangement, Container, Contents, FormatError, StoredTensor};
use hummingbird_formats::{float8, mapping, safetensors_file, torch};
use hummingbird_kernels::{Q8Places, Q8Weight};
use hummingbird_nn::params::{Init, ParamSource};

/// Bytes by which kinds of files are told apart.
const START: usize = 512;

/// Named tensors of a file whose structure was checked; values are read when they are asked for.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    bytes: Bytes,
    contents: Contents,
    by_name: HashMap<String, usize>,
    metadata: HashMap<String, String>,
    prefix: String,
    /// Files that complete this one; their tensors stand in `contents` too.
    others: Vec<Checkpoint>,
    /// Which of the others holds a tensor, for those that this file does not hold itself.
    holders: HashMap<String, usize>,
}

#[derive(Debug)]
enum Bytes {
    /// Part of the program.
    Embedded(&'static [u8]),
    /// None: all tensors are those of other files.
    Nothing,
    /// Stays open, so that what was checked is what is read; mapped when the first weight is used where it lies.
    File(File, OnceLock<Option<mapping::Mapped>>, FileStamp),
}

/// The lengths that open files had when they were opened.
#[derive(Debug)]
pub struct OpenLength {
    files: Vec<(File, u64)>,
}

impl OpenLength {
    /// Whether one of them has it no more: it was cut off, or written on.
    pub fn has_changed(&self) -> bool {
        self.files.iter().any(|(file, bytes)| file.metadata().is_ok_and(|now| now.len() != *bytes))
    }
}

/// What tells a file from one that was written in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    bytes: u64,
    modified: Option<std::time::SystemTime>,
    /// Device and number of the file, where the system has them.
    identity: Option<(u64, u64)>,
}

impl FileStamp {
    fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt as _;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let identity = None;
        Self { bytes: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

impl Bytes {
    /// All of them without a copy; `None` where the system cannot do that.
    fn shared(&self) -> Option<bytes::Bytes> {
        match self {
            Self::Nothing => None,
            Self::Embedded(bytes) => Some(bytes::Bytes::from_static(bytes)),
            Self::File(file, map, _) => map.get_or_init(|| mapping::map(file)).as_ref().map(|map| map.bytes().clone()),
        }
    }
}

impl Checkpoint {
    /// Opens a file of any known form, or a folder of diffusers; reads its structure, not its values.
    ///
    /// # Errors
    /// `ModelOpen`, `ModelDamaged` or `ModelForeign`.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let open = |source| FileError::Open { path: path.to_owned(), source };
        if std::fs::metadata(path).map_err(open)?.is_dir() && is_diffusers_folder(path) {
            return open_folder(path);
        }
        Self::parse(path.to_owned(), open_file(path)?)
    }

    /// Opens a file that is part of the program; `path` is what errors call it.
    ///
    /// # Errors
    /// As [`Checkpoint::open`].
    pub fn embedded(path: PathBuf, bytes: &'static [u8]) -> Result<Self, FileError> {
        Self::parse(path, Bytes::Embedded(bytes))
    }

    fn parse(path: PathBuf, bytes: Bytes) -> Result<Self, FileError> {
        let (mut contents, metadata) = read_contents(&bytes).map_err(|error| error.at(&path))?;
        normalise(&mut contents).map_err(|error| error.at(&path))?;
        Ok(Self::named(path, bytes, contents, metadata))
    }

    fn named(path: PathBuf, bytes: Bytes, contents: Contents, metadata: HashMap<String, String>) -> Self {
        let by_name =
            contents.tensors.iter().enumerate().map(|(index, tensor)| (tensor.name().to_owned(), index)).collect();
        let (others, holders) = (Vec::new(), HashMap::new());
        Self { path, bytes, contents, by_name, metadata, prefix: String::new(), others, holders }
    }

    /// The same file with every name looked up behind `prefix`.
    pub fn under(self, prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), ..self }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Size of the file in bytes.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn file_bytes(&self) -> Result<u64, FileError> {
        match &self.bytes {
            Bytes::Nothing => Ok(0),
            Bytes::Embedded(bytes) => Ok(bytes.len() as u64),
            Bytes::File(file, ..) => match file.metadata() {
                Ok(metadata) => Ok(metadata.len()),
                Err(source) => Err(FileError::Open { path: self.path.clone(), source }),
            },
        }
    }

    /// Whether the file that is open is still the one at its path and unchanged: the same file of the system where it has such
    /// identities, the same size, the same time of its last change.
    pub fn lies_at_its_path(&self) -> bool {
        let Bytes::File(file, _, opened) = &self.bytes else { return false };
        let (Ok(open), Ok(there)) = (file.metadata(), std::fs::metadata(&self.path)) else { return false };
        let stamp = FileStamp::of(&there);
        *opened == stamp && FileStamp::of(&open) == stamp
    }

    /// Whether the open file still has the size and time of when it was opened, and nothing was touched that it has lost.
    ///
    /// # Errors
    /// `Changed` where it was cut off or is longer now.
    pub fn check_unchanged(&self) -> Result<bool, FileError> {
        let mut unchanged = true;
        for other in &self.others {
            unchanged &= other.check_unchanged()?;
        }
        let Bytes::File(file, map, opened) = &self.bytes else { return Ok(unchanged) };
        let is_cut = map.get().and_then(Option::as_ref).is_some_and(mapping::Mapped::is_cut);
        let now = file.metadata().map_err(|source| FileError::Open { path: self.path.clone(), source })?;
        if is_cut || now.len() != opened.bytes {
            return Err(FileError::Changed { path: self.path.clone() });
        }
        Ok(unchanged && now.modified().ok() == opened.modified)
    }

    /// The open files for those who only ask whether they have kept their lengths; `None` for bytes of the program, or where the
    /// system gives no second handle.
    pub fn length(&self) -> Option<OpenLength> {
        let handles = self.files().filter_map(|part| match &part.bytes {
            Bytes::File(file, _, opened) => Some((file.try_clone().ok()?, opened.bytes)),
            Bytes::Nothing | Bytes::Embedded(_) => None,
        });
        let files: Vec<_> = handles.collect();
        (!files.is_empty()).then_some(OpenLength { files })
    }

    /// The whole file from its beginning.
    pub fn reader(&self) -> impl Read + Seek + '_ {
        Reader { bytes: &self.bytes, position: 0 }
    }

    /// Lets the disk work while values are converted; `None` where there is nothing to read ahead.
    pub fn read_ahead(&self) -> Option<ReadAhead> {
        let handles = self.files().filter_map(|part| match &part.bytes {
            Bytes::File(file, ..) => file.try_clone().ok(),
            Bytes::Nothing | Bytes::Embedded(_) => None,
        });
        let files: Vec<File> = handles.collect();
        if files.is_empty() {
            return None;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let of_thread = stop.clone();
        let read = move || {
            let mut buffer = vec![0; 4 << 20];
            for file in files {
                let mut position = 0;
                while !of_thread.load(Ordering::Relaxed) {
                    // Whoever needs these bytes meets the same error and reports it.
                    match read_at(&file, &mut buffer, position) {
                        Ok(0) | Err(_) => break,
                        Ok(count) => position += count as u64,
                    }
                }
            }
        };
        std::thread::Builder::new().name("read ahead".into()).spawn(read).ok()?;
        Some(ReadAhead { stop })
    }

    /// An entry of the file's metadata; only safetensors have any.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// What the file holds.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Kind of file.
    pub fn container(&self) -> Container {
        self.contents.container
    }

    /// The tensor of this name.
    pub fn tensor(&self, name: &str) -> Option<&StoredTensor> {
        self.by_name.get(name).map(|&index| &self.contents.tensors[index])
    }

    /// The elements of a tensor of this file as f32, row-major; 8-bit weights are multiplied by their scales.
    ///
    /// # Errors
    /// When the file cannot be read, or the number format is none that weights have.
    pub fn floats(&self, tensor: &StoredTensor) -> Result<Vec<f32>, FileError> {
        if tensor.dtype() == Dtype::I8 {
            let weight = self.codes(tensor)?;
            let values = quantized::dequantize(weight.codes(), tensor.shape(), weight.scales());
            return values.ok_or_else(|| self.scales_unfit(tensor));
        }
        let mut values = floats_of(tensor.dtype(), &self.raw(tensor)?).ok_or_else(|| self.unsupported(tensor))?;
        if matches!(tensor.dtype(), Dtype::F8_E4M3 | Dtype::F8_E5M2)
            && let Some(factor) = self.factor_of(tensor)?
        {
            values.iter_mut().for_each(|value| *value *= factor);
        }
        Ok(values)
    }

    /// The one factor that some programs keep beside a weight in FP8: `layer.scale_weight` or `layer.weight_scale`.
    fn factor_of(&self, tensor: &StoredTensor) -> Result<Option<f32>, FileError> {
        let Some(layer) = tensor.name().strip_suffix(".weight") else { return Ok(None) };
        let names = [format!("{layer}.scale_weight"), format!("{layer}.weight_scale")];
        let Some(scale) = names.iter().find_map(|name| self.tensor(name)) else { return Ok(None) };
        match (scale.len(), scale.dtype()) {
            (1, Dtype::F64 | Dtype::F32 | Dtype::F16 | Dtype::BF16) => Ok(self.floats(scale)?.first().copied()),
            _ => Err(self.unsupported(tensor)),
        }
    }

    fn unsupported(&self, tensor: &StoredTensor) -> FileError {
        FileError::NumberFormat {
            path: self.path.clone(),
            name: tensor.name().to_owned(),
            format: format!("{:?}", tensor.dtype()),
        }
    }

    /// An 8-bit tensor of this file and its scales.
    fn codes(&self, tensor: &StoredTensor) -> Result<Q8Weight, FileError> {
        let name = format!("{}{SCALE_SUFFIX}", tensor.name());
        let scales = self.tensor(&name).filter(|scales| scales.dtype() == Dtype::F16);
        // Whole numbers of other programs: their scales have other names and other shapes, if there are any.
        let scales = scales.ok_or_else(|| self.unsupported(tensor))?;
        if let (Some((bytes, codes)), Some((other, scales))) = (self.place(tensor), self.place(scales))
            && bytes.as_ptr() == other.as_ptr()
        {
            return Ok(Q8Weight::within(&bytes, Q8Places { codes, scales }));
        }
        Ok(Q8Weight::new(&self.raw(tensor)?, &self.raw(scales)?))
    }

    /// The elements of a tensor of this file as its bytes, row-major and little-endian.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn raw(&self, tensor: &StoredTensor) -> Result<Vec<u8>, FileError> {
        let file = self.holder(tensor);
        tensor.read(&mut file.reader()).map_err(|source| FormatError::Io(source).at(&file.path))
    }

    fn scales_unfit(&self, tensor: &StoredTensor) -> FileError {
        let detail = Unfit::Scales { name: tensor.name().to_owned() }.into();
        FileError::Damaged { path: self.path.clone(), detail }
    }

    /// The elements of a tensor of this file as they are, whole numbers too.
    ///
    /// # Errors
    /// When the file cannot be read, or the number format is not known here.
    pub fn numbers(&self, tensor: &StoredTensor) -> Result<Vec<f64>, FileError> {
        let bytes = self.raw(tensor)?;
        Ok(match tensor.dtype() {
            Dtype::F64 => bytes.as_chunks().0.iter().map(|&bytes| f64::from_le_bytes(bytes)).collect(),
            Dtype::I64 => bytes.as_chunks().0.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect(),
            Dtype::I32 => bytes.as_chunks().0.iter().map(|&bytes| f64::from(i32::from_le_bytes(bytes))).collect(),
            Dtype::U8 | Dtype::BOOL => bytes.iter().map(|&byte| f64::from(byte)).collect(),
            _ => self.floats(tensor)?.into_iter().map(f64::from).collect(),
        })
    }
}

impl Checkpoint {
    /// The tensor that a layer asks for.
    fn asked(&self, name: &str, shape: &[usize]) -> Result<&StoredTensor, FileError> {
        let name = format!("{}{name}", self.prefix);
        let Some(tensor) = self.tensor(&name) else {
            return Err(FileError::TensorMissing { path: self.path.clone(), name });
        };
        if tensor.shape() != shape {
            return Err(FileError::TensorShape {
                path: self.path.clone(),
                name,
                found: tensor.shape().to_vec(),
                expected: shape.to_vec(),
            });
        }
        Ok(tensor)
    }

    /// Whether layers that take its number format use the tensor of this name where it lies in the file.
    pub fn is_used_in_place(&self, name: &str) -> bool {
        let name = format!("{}{name}", self.prefix);
        self.tensor(&name).is_some_and(|tensor| match tensor.dtype() {
            Dtype::I8 => self.place(tensor).is_some(),
            _ => self.in_place(tensor).is_some(),
        })
    }

    /// Where a tensor lies in the bytes of its file; `None` where the file is not mapped, or ends before.
    fn place(&self, tensor: &StoredTensor) -> Option<(bytes::Bytes, Range<usize>)> {
        let range = tensor.range()?;
        let range = usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?;
        let bytes = self.holder(tensor).bytes.shared().filter(|bytes| range.end <= bytes.len())?;
        Some((bytes, range))
    }

    /// A tensor where it lies in the file; `None` where layers cannot use it there.
    fn in_place(&self, tensor: &StoredTensor) -> Option<TensorData> {
        let (dtype, align) = match tensor.dtype() {
            Dtype::F32 => (DType::F32, align_of::<f32>()),
            Dtype::F16 => (DType::F16, align_of::<f16>()),
            _ => return None,
        };
        let (bytes, range) = self.place(tensor).filter(|_| cfg!(target_endian = "little"))?;
        let bytes = bytes.slice(range);
        if !bytes.as_ptr().addr().is_multiple_of(align) {
            return None;
        }
        let bytes = TensorBytes::from_shared(bytes, AllocationProperty::File);
        Some(TensorData::from_bytes(bytes, tensor.shape().to_vec(), dtype))
    }
}

impl ParamSource for Checkpoint {
    fn values(&self, name: &str, shape: &[usize], _init: Init) -> Result<Vec<f32>, FileError> {
        self.floats(self.asked(name, shape)?)
    }

    fn stored(&self, name: &str, shape: &[usize], _init: Init) -> Result<TensorData, FileError> {
        let tensor = self.asked(name, shape)?;
        match self.in_place(tensor) {
            Some(data) => Ok(data),
            None => Ok(TensorData::new(self.floats(tensor)?, shape.to_vec())),
        }
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        let tensor = self.asked(name, shape)?;
        if tensor.dtype() != Dtype::I8 {
            return Ok(None);
        }
        let weight = self.codes(tensor)?;
        if !quantized::fits(weight.codes(), tensor.shape(), weight.scales()) {
            return Err(self.scales_unfit(tensor));
        }
        Ok(Some(weight))
    }
}

/// Opens a file, which no folder is.
fn open_file(path: &Path) -> Result<Bytes, FileError> {
    let open = |source| FileError::Open { path: path.to_owned(), source };
    let file = File::open(path).map_err(open)?;
    let metadata = file.metadata().map_err(open)?;
    if metadata.is_dir() {
        return Err(FileError::Foreign { path: path.to_owned(), detail: Unfit::Folder.into() });
    }
    Ok(Bytes::File(file, OnceLock::new(), FileStamp::of(&metadata)))
}

fn read_contents(bytes: &Bytes) -> Result<(Contents, HashMap<String, String>), FormatError> {
    let mut reader = Reader { bytes, position: 0 };
    let mut start = Vec::with_capacity(START);
    reader.by_ref().take(START as u64).read_to_end(&mut start)?;
    reader.seek(SeekFrom::Start(0))?;
    if start.is_empty() {
        return Err(FormatError::Damaged(Unfit::Empty.into()));
    }
    if looks_like_safetensors(&start) {
        let (contents, metadata) = safetensors_file::read(&mut reader)?;
        return Ok((contents, metadata));
    }
    if torch::looks_like_torch(&start) {
        return Ok((torch::read(&mut reader)?, HashMap::new()));
    }
    Err(FormatError::Foreign(kind_of_foreign_file(&start).into()))
}

/// Elements that one thread turns into f32 at a time.
const SHARE: usize = 1 << 16;

/// The elements as f32; `None` for number formats that no weight has.
fn floats_of(dtype: Dtype, bytes: &[u8]) -> Option<Vec<f32>> {
    Some(match dtype {
        Dtype::F64 => wide(bytes, |from: &[[u8; 8]], to| each(from, to, |bytes| f64::from_le_bytes(bytes) as f32)),
        Dtype::F32 => wide(bytes, |from: &[[u8; 4]], to| each(from, to, f32::from_le_bytes)),
        Dtype::F16 => wide(bytes, |from: &[[u8; 2]], to| {
            let mut halves = [f16::ZERO; 256];
            for (from, to) in from.chunks(halves.len()).zip(to.chunks_mut(halves.len())) {
                let halves = &mut halves[..from.len()];
                halves.iter_mut().zip(from).for_each(|(half, &bytes)| *half = f16::from_le_bytes(bytes));
                // A slice at a time: one by one, each would ask the processor again what it can do.
                halves.convert_to_f32_slice(to);
            }
        }),
        Dtype::BF16 => wide(bytes, |from: &[[u8; 2]], to| each(from, to, |bytes| bf16::from_le_bytes(bytes).to_f32())),
        Dtype::F8_E4M3 => by_table(bytes, float8::e4m3),
        Dtype::F8_E5M2 => by_table(bytes, float8::e5m2),
        _ => return None,
    })
}

fn by_table(bytes: &[u8], value: impl Fn(u8) -> f32) -> Vec<f32> {
    let table: [f32; 256] = std::array::from_fn(|byte| value(byte as u8));
    wide(bytes, |from: &[[u8; 1]], to| each(from, to, |[byte]| table[usize::from(byte)]))
}

/// Fills the values of all elements, on all threads.
fn wide<const BYTES: usize>(bytes: &[u8], fill: impl Fn(&[[u8; BYTES]], &mut [f32]) + Sync) -> Vec<f32> {
    let elements = bytes.as_chunks::<BYTES>().0;
    let mut values = vec![0.0; elements.len()];
    elements.par_chunks(SHARE).zip(values.par_chunks_mut(SHARE)).for_each(|(from, to)| fill(from, to));
    values
}

fn each<const BYTES: usize>(from: &[[u8; BYTES]], to: &mut [f32], value: impl Fn([u8; BYTES]) -> f32) {
    from.iter().zip(to).for_each(|(&bytes, to)| *to = value(bytes));
}

/// Reads a file from beginning to end into the system's cache, on a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct ReadAhead {
    stop: Arc<AtomicBool>,
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Reads from any position without moving that of another reader of the same file.
struct Reader<'a> {
    bytes: &'a Bytes,
    position: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match self.bytes {
            Bytes::Nothing => 0,
            Bytes::Embedded(bytes) => {
                let mut cursor = Cursor::new(bytes);
                cursor.set_position(self.position);
                cursor.read(buffer)?
            }
            Bytes::File(file, ..) => read_at(file, buffer, self.position)?,
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Reader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => {
                let length = match self.bytes {
                    Bytes::Nothing => 0,
                    Bytes::Embedded(bytes) => bytes.len() as u64,
                    Bytes::File(file, ..) => file.metadata()?.len(),
                };
                (length, offset)
            }
        };
        self.position = base.checked_add_signed(offset).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

/// Safetensors begin with the length of a JSON header, which begins with a brace.
fn looks_like_safetensors(start: &[u8]) -> bool {
    let Some((length, rest)) = start.split_first_chunk::<8>() else { return false };
    u64::from_le_bytes(*length) < 100_000_000 && rest.first() == Some(&b'{')
}

fn kind_of_foreign_file(start: &[u8]) -> Unfit {
    if start.starts_with(b"GGUF") {
        Unfit::Gguf
    } else if start.starts_with(b"\x89PNG") || start.starts_with(b"GIF8") || start.get(4..8) == Some(b"ftyp") {
        Unfit::Picture
    } else if start.starts_with(b"version https://git-lfs") {
        Unfit::LfsPointer
    } else if start.trim_ascii_start().starts_with(b"<") {
        Unfit::WebPage
    } else {
        Unfit::UnknownForm
    }
}

/// Whether the arrangement is one that names its tensors.
pub(super) fn has_names(contents: &Contents) -> bool {
    contents.arrangement != Arrangement::List
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;

    /// A file with one tensor of halves whose name, and so its header, is as long as asked for.
    fn file_of_halves(name: &str, values: &[f16]) -> Vec<u8> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F16, vec![2, values.len() / 2], &bytes).expect("the sizes fit");
        safetensors::serialize([(name, view)], None).expect("one tensor can be written")
    }

    #[test]
    fn halves_are_used_where_they_lie_or_widened_where_that_cannot_be() {
        let values: Vec<f16> = [0.5, -1.25, 65504.0, 6e-8, -0.0, 3.0].map(f16::from_f32).to_vec();
        let wide: Vec<f32> = values.iter().map(|value| value.to_f32()).collect();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("halves.safetensors");
        std::fs::write(&path, file_of_halves("w", &values)).expect("the folder is writable");
        let mapped = Checkpoint::open(&path).expect("the file is whole");
        let data = mapped.stored("w", &[2, 3], Init::Zeros).expect("the tensor is there");
        assert_eq!(data.dtype(), DType::F16);
        assert_eq!(data.as_slice::<f16>().expect("f16 was asked for"), values);
        assert_eq!(mapped.values("w", &[2, 3], Init::Zeros).expect("the tensor is there"), wide);
        // What uses the weights keeps the file's bytes, whatever becomes of its name and of the checkpoint.
        drop(mapped);
        std::fs::remove_file(&path).expect("the file is ours");
        assert_eq!(data.as_slice::<f16>().expect("f16 was asked for"), values);

        // One byte off, no half lies where a processor wants it.
        for shift in [0, 1] {
            let mut bytes = vec![0; shift];
            bytes.extend(file_of_halves("w", &values));
            let bytes: &'static [u8] = &bytes.leak()[shift..];
            let even = bytes.as_ptr().addr().is_multiple_of(2);
            let embedded = Checkpoint::embedded("embedded".into(), bytes).expect("the bytes are whole");
            let data = embedded.stored("w", &[2, 3], Init::Zeros).expect("the tensor is there");
            assert_eq!(data.dtype(), if even { DType::F16 } else { DType::F32 });
            assert_eq!(data.convert::<f32>().as_slice::<f32>().expect("it was converted"), wide);
        }
    }

    #[test]
    fn a_file_that_was_cut_off_after_it_was_opened_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("halves.safetensors");
        let bytes = file_of_halves("w", &[f16::ONE; 6]);
        std::fs::write(&path, &bytes).expect("the folder is writable");
        let checkpoint = Checkpoint::open(&path).expect("the file is whole");
        let file = File::options().write(true).open(&path).expect("the file is ours");
        file.set_len(bytes.len() as u64 - 4).expect("the file is ours");
        assert!(checkpoint.stored("w", &[2, 3], Init::Zeros).is_err());
    }
}
