//! Weights of matmuls and convolutions on a device: the number formats that it takes, and their order in its memory.

use std::ops::Range;

use burn::backend::{Dispatch, DispatchDevice};
use burn::tensor::{AllocationProperty, Bytes as TensorBytes, DType, Device, Int, Shape, Tensor, TensorData};
use hummingbird_shaders::matmul::{holds_q8, pack_q8};

use super::backend::KernelBackend;

/// The narrowest number format in which something takes a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Narrowest {
    /// 8 bits with a scale for every block of neighbours.
    Q8,
    /// f16.
    F16,
    /// f32.
    F32,
}

/// A weight in 8 bits, as model files hold it: codes and scales somewhere in the same bytes, which may be those of a mapped file.
#[derive(Clone, Debug)]
pub struct Q8Weight {
    /// From the first byte of either to the last one of the other.
    bytes: bytes::Bytes,
    places: Q8Places,
}

/// Where the parts of a weight in 8 bits lie in its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Q8Places {
    /// Signed bytes, row-major.
    pub codes: Range<usize>,
    /// Little-endian f16: one for each block of 32 neighbours in a row, rows being what the first side counts.
    pub scales: Range<usize>,
}

impl Q8Weight {
    /// From codes and scales, which are copied.
    pub fn new(codes: &[u8], scales: &[u8]) -> Self {
        let places = Q8Places { codes: 0..codes.len(), scales: codes.len()..codes.len() + scales.len() };
        Self { bytes: [codes, scales].concat().into(), places }
    }

    /// From the places of codes and scales in `bytes`, without a copy.
    ///
    /// # Panics
    /// When the bytes end before one of them or the places overlap: a bug of the caller.
    pub fn within(bytes: &bytes::Bytes, Q8Places { codes, scales }: Q8Places) -> Self {
        assert!(codes.end <= scales.start || scales.end <= codes.start, "codes and scales lie apart");
        let start = codes.start.min(scales.start);
        let moved = |it: Range<usize>| it.start - start..it.end - start;
        let bytes = bytes.slice(start..codes.end.max(scales.end));
        Self { bytes, places: Q8Places { codes: moved(codes), scales: moved(scales) } }
    }

    /// The codes.
    pub fn codes(&self) -> &[u8] {
        &self.bytes[self.places.codes.clone()]
    }

    /// The scales.
    pub fn scales(&self) -> &[u8] {
        &self.bytes[self.places.scales.clone()]
    }
}

/// A weight in the number format in which its source keeps it.
#[derive(Clone, Debug)]
pub enum StoredWeight {
    /// f32 or f16.
    Floats(TensorData),
    /// 8 bits.
    Q8(Q8Weight),
}

/// The narrowest number format in which matmuls on this device take a weight of this shape.
pub fn narrowest(
    #[cfg_attr(not(feature = "gpu"), expect(unused_variables, reason = "other devices take all shapes alike"))]
    shape: &[usize],
    device: &Device,
) -> Narrowest {
    match device.as_dispatch() {
        #[cfg(feature = "gpu")]
        DispatchDevice::Cube(_) => {
            if gpus_read_q8(shape) {
                Narrowest::Q8
            } else {
                Narrowest::F16
            }
        }
        DispatchDevice::Flex(_) => Narrowest::Q8,
        _ => Narrowest::F32,
    }
}

/// Whether GPUs' kernels read a weight of this shape in 8 bits.
pub fn gpus_read_q8(shape: &[usize]) -> bool {
    let [_, channels, taps] = sizes_of(shape);
    holds_q8([channels, taps])
}

/// Puts a weight on a device, in memory in the order in which the device's kernels read it.
///
/// GPUs read weights of convolutions as `[out, kernel height, kernel width, in]`: the tensor is a view of that. In any other
/// order a weight gives the same results, but is turned anew for every convolution. The CPU device uses weights where they lie, in every
/// format. A tensor of 8 bits has burn's quantized number format and is good for matmuls and convolutions only.
///
/// # Shapes
/// - `[out, in]` or `[out, in, kernel height, kernel width]`; every other rank is left as it is
///
/// # Panics
/// When the weight does not have this shape: a bug of the caller.
pub fn weight_on<const D: usize>(weight: StoredWeight, shape: [usize; D], device: &Device) -> Tensor<D> {
    match weight {
        StoredWeight::Floats(values) => {
            let (bytes, _, dtype) = values.into_parts();
            floats_on(TensorData::from_bytes(bytes, shape.to_vec(), dtype), device)
        }
        StoredWeight::Q8(weight) => q8_on(weight, shape, device),
    }
}

fn floats_on<const D: usize>(values: TensorData, device: &Device) -> Tensor<D> {
    let dtype = values.dtype();
    #[cfg(feature = "gpu")]
    if D == 4 && matches!(device.as_dispatch(), DispatchDevice::Cube(_)) {
        let axes = |order: [isize; 4]| std::array::from_fn::<isize, D, _>(|axis| order[axis]);
        let turned = Tensor::<D>::from_data(values, (&Device::flex(), dtype)).permute(axes([0, 2, 3, 1]));
        return Tensor::from_data(turned.into_data(), (device, dtype)).permute(axes([0, 3, 1, 2]));
    }
    Tensor::from_data(values, (device, dtype))
}

fn q8_on<const D: usize>(weight: Q8Weight, shape: [usize; D], device: &Device) -> Tensor<D> {
    if matches!(device.as_dispatch(), DispatchDevice::Flex(_)) {
        let Q8Weight { bytes, places } = weight;
        let length = bytes.len();
        let bytes = TensorBytes::from_shared(bytes, AllocationProperty::File);
        let bytes = TensorData::from_bytes(bytes, vec![length], DType::U8);
        let bytes = Tensor::<1, Int>::from_data(bytes, (device, DType::U8));
        return Tensor::from_dispatch(Dispatch::q8_weight(bytes.into_dispatch(), Shape::from(shape), places));
    }
    let words = pack_q8(weight.codes(), weight.scales(), sizes_of(&shape));
    let length = words.len();
    let words = Tensor::<1, Int>::from_data(TensorData::new(words, [length]), (device, DType::U32));
    Tensor::from_dispatch(Dispatch::packed_weight(words.into_dispatch(), Shape::from(shape)))
}

/// `[out, in, taps]` of a weight of any rank.
pub(super) fn sizes_of(shape: &[usize]) -> [usize; 3] {
    let size = |axis: usize| shape.get(axis).copied().unwrap_or(1);
    [size(0), size(1), shape.iter().skip(2).product()]
}
