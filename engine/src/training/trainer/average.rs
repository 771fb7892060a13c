//! The exponential moving average of a model's weights.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

use crate::nn::params::ParamRegistry;

/// `old * decay + new * (1 - decay)` for every parameter that is trained; all others never change.
pub(super) fn average<M: Module>(old: M, new: &M, decay: f64, registry: &ParamRegistry) -> M {
    struct Collect<'a> {
        registry: &'a ParamRegistry,
        found: HashMap<ParamId, Tensor<1>>,
    }
    impl ModuleVisitor for Collect<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if self.registry.is_trained(param.id) {
                let value = param.val();
                let count = value.shape().num_elements();
                self.found.insert(param.id, value.reshape([count]));
            }
        }
    }
    struct Mix {
        new: HashMap<ParamId, Tensor<1>>,
        decay: f64,
    }
    impl ModuleMapper for Mix {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let Some(new) = self.new.remove(&param.id) else { return param };
            let (id, value, mapper) = param.consume();
            let new = new.reshape(value.shape());
            let mixed = value.clone() + (new - value) * (1.0 - self.decay);
            Param::from_mapped_value(id, mixed, mapper)
        }
    }
    let mut collect = Collect { registry, found: HashMap::new() };
    new.visit(&mut collect);
    old.map(&mut Mix { new: collect.found, decay })
}
