//! How a model is handed to an optimiser without a copy.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

/// Takes a module out of its place and leaves one without values there, so that its tensors have one owner and can be changed where
/// they are.
pub(super) fn taken<M: Module>(place: &mut M) -> M {
    struct Emptied;
    impl ModuleMapper for Emptied {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, shape, device) = (param.id, param.lazy_shape().dims::<D>(), param.lazy_device());
            Param::uninitialized(id, move |device, _| Tensor::zeros(shape, device), device, false, shape.into())
        }
    }
    let empty = place.clone().map(&mut Emptied);
    std::mem::replace(place, empty)
}
