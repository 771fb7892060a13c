//! Tensors where they lie in a file: what every reader hands out.
//!
//! A reader turns its form of file into [`Contents`]: names, shapes and the bytes at which the elements lie. Nothing of a
//! tensor is read before it is asked for, so that a checkpoint of any size opens in the memory of its names.

use crate::fault::{Fault, TensorFault};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use hummingbird_base::Detail;
pub use safetensors::Dtype;
use thiserror::Error;

use crate::error::FileError;

/// Most dimensions of a tensor.
pub const MAX_DIMENSIONS: usize = 16;
/// Most bytes of one tensor: twice the largest of any known model.
pub const MAX_TENSOR_BYTES: u64 = 1 << 30;

/// Why a file cannot be read as what it seems to be.
#[derive(Debug, Error)]
pub enum FormatError {
    /// It is of its form but not whole, or contradicts itself.
    #[error("{0}")]
    Damaged(Detail),
    /// It is of a form, or holds something, that is not read here.
    #[error("{0}")]
    Foreign(Detail),
    /// The system could not read it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl FormatError {
    /// The error with the name of the file.
    pub fn at(self, path: &Path) -> FileError {
        let path = path.to_owned();
        match self {
            Self::Damaged(detail) => FileError::Damaged { path, detail },
            Self::Foreign(detail) => FileError::Foreign { path, detail },
            Self::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                FileError::Damaged { path, detail: Fault::EndsEarly.into() }
            }
            Self::Io(source) => FileError::Open { path, source },
        }
    }
}

/// What kind of file the tensors came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// safetensors.
    Safetensors,
    /// PyTorch's zip archive, since 1.6.
    TorchZip,
    /// PyTorch's stream of pickles, before 1.6.
    TorchStream,
}

impl Container {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::TorchZip => "PyTorch archive",
            Self::TorchStream => "PyTorch stream from before 1.6",
        }
    }
}

/// How the tensors are arranged in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// A whole pickled module.
    Module,
    /// Names to tensors at the top level.
    StateDict,
    /// A state dict under the key `state_dict` (Lightning and others).
    NestedStateDict,
    /// A state dict under the key `module`, as DeepSpeed writes it.
    DeepSpeed,
    /// Tensors without names, one after the other: T2V-Turbo's LoRA. They are called `0`, `1`, ...
    List,
}

impl Arrangement {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Module => "pickled module",
            Self::StateDict => "state dict",
            Self::NestedStateDict => "state dict inside of a dictionary",
            Self::DeepSpeed => "state dict of DeepSpeed",
            Self::List => "list of tensors without names",
        }
    }
}

/// What a reader found.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents {
    /// Kind of file.
    pub container: Container,
    /// Arrangement inside.
    pub arrangement: Arrangement,
    /// Tensors in the order of the file; names are unique.
    pub tensors: Vec<StoredTensor>,
    /// Classes and functions that the file names and that were not carried out, sorted, each once: `module.name`.
    pub foreign_classes: Vec<String>,
}

/// One tensor: a view into a range of bytes of the file that was checked to hold it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTensor {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    strides: Vec<usize>,
    start: u64,
    span: u64,
    /// Tensors whose elements follow those of this one; their rows are counted in its shape.
    rest: Vec<StoredTensor>,
}

impl StoredTensor {
    /// A tensor whose elements follow each other, row-major, in exactly the bytes of `range`.
    ///
    /// # Errors
    /// `Damaged` when the range has another size than the shape.
    pub fn contiguous(name: String, dtype: Dtype, shape: Vec<usize>, range: Range<u64>) -> Result<Self, FormatError> {
        let strides = row_major(&shape).ok_or_else(|| damaged(&name, TensorFault::Overflows))?;
        let tensor = Self::view(name, dtype, shape, strides, range.clone(), 0)?;
        if tensor.byte_len() != range.end - range.start {
            return Err(damaged(&tensor.name, TensorFault::MoreBytes));
        }
        Ok(tensor)
    }

    /// A view with strides and offset, in elements, into the storage that fills the bytes `storage` of the file.
    ///
    /// # Errors
    /// `Damaged` when any element would lie outside of the storage, or the tensor is larger than any weight.
    pub fn view(
        name: String,
        dtype: Dtype,
        shape: Vec<usize>,
        strides: Vec<usize>,
        storage: Range<u64>,
        offset: u64,
    ) -> Result<Self, FormatError> {
        if !dtype.bitsize().is_multiple_of(8) {
            return Err(FormatError::Foreign(
                Fault::NumberFormat { name: format!("{name:?}"), format: format!("{dtype:?}") }.into(),
            ));
        }
        if shape.len() != strides.len() || shape.len() > MAX_DIMENSIONS {
            return Err(damaged(&name, TensorFault::Strides));
        }
        let too_large = || damaged(&name, TensorFault::Overflows);
        let element = (dtype.bitsize() / 8) as u64;
        // Without the zeros too, so that a product of any of the sides can be formed later on.
        let sides = shape.iter().try_fold(1u64, |product, &side| product.checked_mul((side as u64).max(1)));
        sides.filter(|&product| product <= MAX_TENSOR_BYTES).ok_or_else(too_large)?;
        let count: u64 = shape.iter().map(|&side| side as u64).product();
        let bytes = count.checked_mul(element).filter(|&bytes| bytes <= MAX_TENSOR_BYTES).ok_or_else(too_large)?;
        let outside = || damaged(&name, TensorFault::BeyondStorage);
        // Elements from the first to the last that the view touches.
        let reach = if bytes == 0 {
            0
        } else {
            let last = shape.iter().zip(&strides).try_fold(0u64, |last, (&side, &stride)| {
                last.checked_add((side as u64 - 1).checked_mul(stride as u64)?)
            });
            last.and_then(|last| last.checked_add(1)).ok_or_else(outside)?
        };
        let skipped = offset.checked_mul(element).ok_or_else(outside)?;
        let span = reach.checked_mul(element).filter(|&span| span <= MAX_TENSOR_BYTES).ok_or_else(outside)?;
        let end = skipped.checked_add(span).ok_or_else(outside)?;
        if storage.start > storage.end || end > storage.end - storage.start {
            return Err(outside());
        }
        Ok(Self { name, dtype, shape, strides, start: storage.start + skipped, span, rest: Vec::new() })
    }

    /// One tensor of several that lie apart, the rows of each below those of the one before.
    ///
    /// # Errors
    /// `Damaged` when they differ in number format or in the lengths of their rows, are joined already, or are together larger than
    /// any weight.
    pub fn joined(name: String, parts: Vec<Self>) -> Result<Self, FormatError> {
        let misfit = || damaged(&name, TensorFault::Order);
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or_else(misfit)?;
        for part in parts {
            let is_like =
                part.dtype == whole.dtype && part.rest.is_empty() && part.shape.get(1..) == whole.shape.get(1..);
            let (Some(rows), Some(more)) = (whole.shape.first().copied(), part.shape.first().copied()) else {
                return Err(misfit());
            };
            if !is_like || part.is_empty() {
                return Err(misfit());
            }
            whole.shape[0] = rows.checked_add(more).ok_or_else(misfit)?;
            whole.rest.push(part);
        }
        let bytes = whole.shape.iter().try_fold(whole.dtype.bitsize() / 8, |bytes, &side| bytes.checked_mul(side));
        if bytes.is_none_or(|bytes| bytes as u64 > MAX_TENSOR_BYTES) {
            return Err(damaged(&name, TensorFault::Overflows));
        }
        Ok(whole.renamed(name))
    }

    /// Name in the file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same tensor under another name.
    pub fn renamed(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// The same elements under another shape.
    ///
    /// # Errors
    /// `Damaged` when the number of elements differs or the view has gaps.
    pub fn reshaped(self, shape: Vec<usize>) -> Result<Self, FormatError> {
        let storage = self.start..self.start + self.span;
        if self.is_empty() || !self.lies_in_order() || !self.rest.is_empty() {
            return Err(damaged(&self.name, TensorFault::Order));
        }
        Self::contiguous(self.name, self.dtype, shape, storage)
    }

    /// Number format.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Sides.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of the elements, row-major; at most [`MAX_TENSOR_BYTES`].
    pub fn byte_len(&self) -> u64 {
        self.len() as u64 * (self.dtype.bitsize() / 8) as u64
    }

    /// Whether the elements follow each other without gaps; the strides of sides of 1 mean nothing.
    fn lies_in_order(&self) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides).rev().all(|(&side, &stride)| {
            let fits = side == 1 || stride == expected;
            expected *= side;
            fits
        })
    }

    /// The bytes of the file that hold just the elements, row-major, little-endian; `None` where they do not lie in order.
    pub fn range(&self) -> Option<Range<u64>> {
        (!self.is_empty() && self.rest.is_empty() && self.lies_in_order()).then(|| self.start..self.start + self.span)
    }

    /// Reads the elements, row-major, little-endian as in the file.
    ///
    /// Allocates [`Self::byte_len`] bytes, and as much again as the view spans where its elements do not lie in order.
    ///
    /// # Errors
    /// When the file cannot be read, or is shorter than when it was opened.
    pub fn read(&self, file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
        if self.rest.is_empty() {
            return self.read_own(file, &self.shape);
        }
        let mut own = self.shape.clone();
        own[0] -= self.rest.iter().map(|part| part.shape[0]).sum::<usize>();
        let mut bytes = self.read_own(file, &own)?;
        for part in &self.rest {
            bytes.extend(part.read_own(file, &part.shape)?);
        }
        Ok(bytes)
    }

    /// Reads the elements that are not those of further tensors, in this shape.
    fn read_own(&self, file: &mut (impl Read + Seek), shape: &[usize]) -> io::Result<Vec<u8>> {
        file.seek(SeekFrom::Start(self.start))?;
        let mut spanned = vec![0; usize::try_from(self.span).map_err(|_| io::ErrorKind::OutOfMemory)?];
        file.read_exact(&mut spanned)?;
        if self.is_empty() || self.lies_in_order() {
            return Ok(spanned);
        }
        let element = self.dtype.bitsize() / 8;
        let count: usize = shape.iter().product();
        let mut gathered = Vec::with_capacity(count * element);
        let mut index = vec![0usize; shape.len()];
        for _ in 0..count {
            let position: usize = index.iter().zip(&self.strides).map(|(&at, &stride)| at * stride).sum();
            gathered.extend_from_slice(&spanned[position * element..][..element]);
            for (at, &side) in index.iter_mut().zip(shape).rev() {
                *at += 1;
                if *at < side {
                    break;
                }
                *at = 0;
            }
        }
        Ok(gathered)
    }
}

/// Strides, in elements, of a tensor whose elements follow each other; `None` when they overflow.
fn row_major(shape: &[usize]) -> Option<Vec<usize>> {
    let mut strides = vec![1usize; shape.len()];
    for dimension in (1..shape.len()).rev() {
        strides[dimension - 1] = strides[dimension].checked_mul(shape[dimension].max(1))?;
    }
    Some(strides)
}

fn damaged(name: &str, fault: TensorFault) -> FormatError {
    let name = format!("{:?}", name.chars().take(200).collect::<String>());
    FormatError::Damaged(Fault::Tensor { name, fault }.into())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn rows(name: &str, shape: &[usize], range: Range<u64>) -> StoredTensor {
        StoredTensor::contiguous(name.to_owned(), Dtype::U8, shape.to_vec(), range).expect("the range fits")
    }

    #[test]
    fn tensors_that_lie_apart_are_read_as_one() {
        let file: Vec<u8> = (0..20).collect();
        let turned = StoredTensor::view("t".to_owned(), Dtype::U8, vec![2, 2], vec![1, 2], 10..14, 0).expect("it fits");
        let parts = vec![rows("a", &[1, 2], 4..6), rows("b", &[2, 2], 0..4), turned];
        let whole = StoredTensor::joined("abc".to_owned(), parts).expect("their rows are as long");
        assert_eq!((whole.name(), whole.shape(), whole.byte_len()), ("abc", &[5, 2][..], 10));
        assert_eq!(
            whole.read(&mut Cursor::new(&file)).expect("it lies in the file"),
            [4, 5, 0, 1, 2, 3, 10, 12, 11, 13]
        );
        assert_eq!(whole.range(), None, "its elements do not follow each other");
        assert!(whole.reshaped(vec![10]).is_err());
        for other in
            [vec![rows("c", &[1, 3], 0..3)], vec![rows("c", &[0, 2], 0..0)], vec![rows("c", &[], 0..1)], vec![]]
        {
            let first = if other.is_empty() { vec![] } else { vec![rows("a", &[1, 2], 4..6)] };
            assert!(StoredTensor::joined("x".to_owned(), [first, other].concat()).is_err());
        }
    }
}
