//! Linear layers.

use burn::module::{Module, Param};
use burn::tensor::{DType, Tensor};

use crate::adapter::LinearAdapter;
use crate::cost::{MetaTensor, Tracer, Weight};
use crate::params::{Init, ParamPath};
use hummingbird_formats::FileError;
use hummingbird_kernels::{Activation, Epilogue, activate, matmul};

/// `y = x W^T + b` over the last dimension. Also every convolution of size 1: with channels last they are the same.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[out, in]`.
    weight: Param<Tensor<2>>,
    bias: Option<Param<Tensor<1>>>,
    /// Only in training, and only where the loader was told to.
    adapter: Option<LinearAdapter>,
}

/// What a [`Linear`] is in the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `nn.Linear`, `[out, in]`.
    Matrix,
    /// `nn.Conv1d` of size 1, `[out, in, 1]`.
    Conv1d,
    /// `nn.Conv2d` of size 1, `[out, in, 1, 1]`.
    Conv2d,
}

/// Sizes and start of a [`Linear`].
#[derive(Clone, Copy, Debug)]
pub struct LinearConfig {
    inputs: usize,
    outputs: usize,
    form: Form,
    bias: bool,
    zero: bool,
}

impl LinearConfig {
    /// A linear layer with bias.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, form: Form::Matrix, bias: true, zero: false }
    }

    /// The shape of the weight in the reference.
    pub fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: false, ..self }
    }

    /// Starts at zero, so that a residual branch adds nothing at first.
    pub fn zero(self) -> Self {
        Self { zero: true, ..self }
    }

    /// The layer at `path`.
    pub fn init(self, path: &ParamPath<'_>) -> Result<Linear, FileError> {
        let shape = [self.outputs, self.inputs];
        let reference = &[self.outputs, self.inputs, 1, 1][..match self.form {
            Form::Matrix => 2,
            Form::Conv1d => 3,
            Form::Conv2d => 4,
        }];
        let init = if self.zero { Init::Zeros } else { Init::Uniform { fan_in: self.inputs } };
        let weight = path.weight("weight", reference, shape, init)?;
        let bias = self.bias.then(|| path.param("bias", [self.outputs], init)).transpose()?;
        // The reference adapts no `Conv1d`.
        let adapter = if self.form == Form::Conv1d { None } else { LinearAdapter::init(path, reference)? };
        Ok(Linear { weight, bias, adapter })
    }
}

impl Linear {
    /// Whether the weight is held in 16 bits or less.
    pub fn is_rounded(&self) -> bool {
        self.weight.val().dtype() != DType::F32
    }

    /// # Shapes
    /// `[.., inputs] -> [.., outputs]`
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.multiply(x, self.with_bias())
    }

    /// [`Self::forward`] plus `residual`, which has the shape of the output.
    pub fn forward_add<const D: usize>(&self, x: Tensor<D>, residual: Tensor<D>) -> Tensor<D> {
        self.multiply(x, self.with_bias().residual(residual))
    }

    /// The exact GELU of [`Self::forward`].
    pub fn forward_gelu<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.multiply(x, self.with_bias().activation(Activation::Gelu))
    }

    /// GEGLU: the first half of the outputs times the GELU of the second half.
    ///
    /// # Shapes
    /// `[.., inputs] -> [.., outputs / 2]`
    pub fn forward_geglu<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        self.multiply(x, self.with_bias().activation(Activation::Geglu))
    }

    /// Channels that go in.
    pub fn inputs(&self) -> usize {
        let [_, inputs] = self.weight.lazy_shape().dims();
        inputs
    }

    /// Cost of [`Self::forward`].
    pub fn cost(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        self.cost_multiply(tracer, x, None)
    }

    /// Cost of [`Self::forward_add`].
    pub fn cost_add(&self, tracer: &Tracer, x: MetaTensor, residual: MetaTensor) -> MetaTensor {
        self.cost_multiply(tracer, x, Some(residual))
    }

    /// Cost of [`Self::forward_gelu`], which is computed in place where no backward pass follows.
    pub fn cost_gelu(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        tracer.activated(self.cost_multiply(tracer, x, None))
    }

    /// Cost of [`Self::forward_geglu`].
    pub fn cost_geglu(&self, tracer: &Tracer, x: MetaTensor) -> MetaTensor {
        if self.adapter.is_none() {
            return tracer.geglu(x, &self.cost_weight());
        }
        tracer.gated(self.cost_multiply(tracer, x, None))
    }

    fn cost_multiply(&self, tracer: &Tracer, x: MetaTensor, residual: Option<MetaTensor>) -> MetaTensor {
        let Some(adapter) = &self.adapter else { return tracer.matmul(x, &self.cost_weight(), residual) };
        let y = tracer.matmul(x.clone(), &self.cost_weight(), residual);
        adapter.cost_add_to(tracer, y, x)
    }

    fn cost_weight(&self) -> Weight {
        Weight::of(&self.weight).with_bias(self.bias.as_ref())
    }

    fn multiply<const D: usize>(&self, x: Tensor<D>, epilogue: Epilogue<Tensor<1>, Tensor<D>>) -> Tensor<D> {
        let Some(adapter) = &self.adapter else { return matmul(x, self.weight.val(), epilogue) };
        // No layer has both a residual and an activation.
        let activation = epilogue.activation;
        let y = matmul(x.clone(), self.weight.val(), epilogue.activation(Activation::None));
        activate(adapter.add_to(y, x), activation)
    }

    fn with_bias<const D: usize>(&self) -> Epilogue<Tensor<1>, Tensor<D>> {
        Epilogue::bias(self.bias.as_ref().map(Param::val))
    }
}
