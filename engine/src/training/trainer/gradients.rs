//! Gradients by the reference's names.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use crate::nn::params::{NamedTensor, ParamRegistry, values_of};

/// All gradients of a model, sorted by name, in the reference's layout.
pub fn named<M: Module>(registry: &ParamRegistry, model: &M, grads: GradientsParams) -> Vec<NamedTensor> {
    struct Collect<'a> {
        registry: &'a ParamRegistry,
        grads: GradientsParams,
        found: Vec<NamedTensor>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = self.grads.remove::<D>(param.id) {
                let registered = self.registry.get(param.id).expect("every parameter is in the registry of its model");
                let values = values_of(grad.into_data());
                self.found.push(NamedTensor { name: registered.name.clone(), shape: registered.shape.clone(), values });
            }
        }
    }
    let mut collect = Collect { registry, grads, found: Vec::new() };
    model.visit(&mut collect);
    collect.found.sort_by(|a, b| a.name.cmp(&b.name));
    collect.found
}
