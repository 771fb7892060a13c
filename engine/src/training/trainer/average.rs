//! The exponential moving average of a model's weights.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;

/// `old * decay + new * (1 - decay)` for every parameter.
pub(super) fn average<M: Module>(old: M, new: &M, decay: f64) -> M {
    struct Collect(HashMap<ParamId, Tensor<1>>);
    impl ModuleVisitor for Collect {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            let value = param.val();
            let count = value.shape().num_elements();
            self.0.insert(param.id, value.reshape([count]));
        }
    }
    struct Mix {
        new: HashMap<ParamId, Tensor<1>>,
        decay: f64,
    }
    impl ModuleMapper for Mix {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            let (id, value, mapper) = param.consume();
            let new = self.new.remove(&id).expect("both modules were built by the same function");
            let new = new.reshape(value.shape());
            let mixed = value.clone() + (new - value) * (1.0 - self.decay);
            Param::from_mapped_value(id, mixed, mapper)
        }
    }
    let mut collect = Collect(HashMap::new());
    new.visit(&mut collect);
    old.map(&mut Mix { new: collect.0, decay })
}
