//! What follows the sums of a matmul or convolution: [`Epilogue`] as the kernels of every backend take it.

use burn::backend::tensor::FloatTensor;
use burn::backend::{
    Backend, BackendTensor, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind, ExtensionType,
};

pub use hummingbird_shaders::matmul::{Activation, Epilogue};

use super::backend::KernelBackend;
use super::composed;

/// An epilogue whose bias and residual are tensors of a backend.
///
/// A type of its own because burn's `#[backend_extension]` routes only types that have the backend as their one parameter, and
/// by hand because its derive knows no optional tensors.
#[derive(Clone, Debug)]
pub struct EpilogueOn<B: Backend>(pub Epilogue<FloatTensor<B>>);

impl<B: Backend> ExtensionType<B> for EpilogueOn<B> {
    type Target = EpilogueOn<burn::backend::Dispatch>;

    fn map_to_dispatch<F>(self, map_kind: F, autodiff: DispatchAutodiffContext) -> Self::Target
    where
        F: Fn(BackendTensor<B>) -> DispatchTensorKind,
    {
        EpilogueOn(self.0.map(|tensor| DispatchTensor { kind: map_kind(BackendTensor::Float(tensor)), autodiff }))
    }

    fn map_from_dispatch<F>(target: Self::Target, unwrap_kind: F) -> Self
    where
        F: Fn(DispatchTensor) -> BackendTensor<B>,
    {
        Self(target.0.map(|tensor| unwrap_kind(tensor).float()))
    }

    fn routing_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        target.0.operands().next()
    }

    fn routing_float_tensor(target: &Self::Target) -> Option<&DispatchTensor> {
        Self::routing_tensor(target)
    }

    fn autodiff_context(target: &Self::Target) -> DispatchAutodiffContext {
        let none = DispatchAutodiffContext::Disabled;
        target.0.operands().fold(none, |context, tensor| context.merge(tensor.autodiff))
    }
}

/// What comes after the bias as operations of their own, on sums that have it: where no kernel has them built in.
pub fn after_bias<B: KernelBackend>(y: FloatTensor<B>, rest: Epilogue<FloatTensor<B>>) -> FloatTensor<B> {
    let y = if rest.activation.is_gated() { B::geglu(y) } else { y };
    composed::add_and_activate::<B>(y, rest)
}
