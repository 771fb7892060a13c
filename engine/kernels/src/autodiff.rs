//! The operations under burn's autodiff: forward and backward both run the inner backend's own code.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, AutodiffBackend, Backend, TensorMetadata};
use burn::tensor::Shape;
use hummingbird_shaders::latent_to_rgb8::RgbMap;

use super::attention::AttentionOptions;
use super::backend::KernelBackend;
use super::conv::ConvOptions;
use super::epilogue::{Epilogue, EpilogueOn, after_bias};
use super::norm::GroupNormOptions;

/// Runs a backward pass on the gradient of the output and gives each parent that wants it its gradient.
fn backward<B: KernelBackend, S, const PARENTS: usize>(
    ops: Ops<S, PARENTS>,
    grads: &mut Gradients,
    pass: impl FnOnce(S, FloatTensor<B>) -> [FloatTensor<B>; PARENTS],
) {
    let grad = grads.consume::<B>(&ops.node);
    let values = pass(ops.state, grad);
    for (parent, value) in ops.parents.into_iter().zip(values) {
        if let Some(node) = parent {
            grads.register::<B>(node.id, value);
        }
    }
}

#[derive(Debug)]
struct GroupNormBackward(GroupNormOptions);

impl<B: KernelBackend> Backward<B, 3> for GroupNormBackward {
    /// `x`, `gamma` and `beta`: the statistics are cheaper to find again than to keep.
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let pass = |[x, gamma, beta]: Self::State, grad| B::group_norm_backward(x, gamma, beta, grad, self.0).into();
        backward::<B, _, _>(ops, grads, pass);
    }
}

#[derive(Debug)]
struct LayerNormBackward(f64);

impl<B: KernelBackend> Backward<B, 3> for LayerNormBackward {
    type State = [FloatTensor<B>; 3];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let pass = |[x, gamma, beta]: Self::State, grad| B::layer_norm_3d_backward(x, gamma, beta, grad, self.0).into();
        backward::<B, _, _>(ops, grads, pass);
    }
}

#[derive(Debug)]
struct AttentionBackward(AttentionOptions);

impl<B: KernelBackend> Backward<B, 3> for AttentionBackward {
    /// `q`, `k`, `v`, the output and the log-sum-exp of the scores.
    type State = [FloatTensor<B>; 5];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let pass = |[q, k, v, out, lse]: Self::State, grad| {
            B::attention_heads_backward(q, k, v, out, lse, grad, self.0).into()
        };
        backward::<B, _, _>(ops, grads, pass);
    }
}

/// What the backward pass of a matmul or convolution needs.
#[derive(Clone, Debug)]
struct Weighted<B: Backend> {
    /// `None` where the weight is not trained: its gradient is all that it is for.
    x: Option<FloatTensor<B>>,
    shape: Shape,
    weight: FloatTensor<B>,
    /// Whether the bias has a gradient, be it that it is trained or that something was added to it.
    is_biased: bool,
}

#[derive(Debug)]
struct MatmulBackward;

impl<B: KernelBackend> WeightedBackward<B> for MatmulBackward {
    fn all(&self, x: FloatTensor<B>, weight: FloatTensor<B>, grad: FloatTensor<B>) -> [FloatTensor<B>; 3] {
        B::matmul_backward(x, weight, grad).into()
    }

    fn input(&self, _shape: Shape, weight: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
        B::matmul_input_backward(weight, grad)
    }
}

#[derive(Debug)]
struct GeluBackward;

impl<B: KernelBackend> Backward<B, 1> for GeluBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        backward::<B, _, _>(ops, grads, |x, grad| [B::exact_gelu_backward(x, grad)]);
    }
}

#[derive(Debug)]
struct GegluBackward;

impl<B: KernelBackend> Backward<B, 1> for GegluBackward {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        backward::<B, _, _>(ops, grads, |x, grad| [B::geglu_backward(x, grad)]);
    }
}

#[derive(Debug)]
struct Conv2dBackward(ConvOptions);

impl<B: KernelBackend> WeightedBackward<B> for Conv2dBackward {
    fn all(&self, x: FloatTensor<B>, weight: FloatTensor<B>, grad: FloatTensor<B>) -> [FloatTensor<B>; 3] {
        B::conv2d_channels_last_backward(x, weight, grad, self.0).into()
    }

    fn input(&self, shape: Shape, weight: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B> {
        B::conv2d_channels_last_input_backward(shape, weight, grad, self.0)
    }
}

/// The backward pass of an operation of activations with a weight and a bias.
trait WeightedBackward<B: Backend>: Send + std::fmt::Debug + 'static {
    /// Gradients with respect to `x`, weight and bias.
    fn all(&self, x: FloatTensor<B>, weight: FloatTensor<B>, grad: FloatTensor<B>) -> [FloatTensor<B>; 3];

    /// The gradient with respect to `x`, which has this shape.
    fn input(&self, shape: Shape, weight: FloatTensor<B>, grad: FloatTensor<B>) -> FloatTensor<B>;
}

/// A [`WeightedBackward`] as burn takes it, with or without a bias.
#[derive(Debug)]
struct Pass<P>(P);

impl<B: KernelBackend, P: WeightedBackward<B>, const PARENTS: usize> Backward<B, PARENTS> for Pass<P> {
    type State = Weighted<B>;

    fn backward(self, ops: Ops<Self::State, PARENTS>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = grads.consume::<B>(&ops.node);
        let Weighted { x, shape, weight, is_biased } = ops.state;
        let values = match x {
            Some(x) => self.0.all(x, weight, grad).map(Some),
            None => {
                let of_bias = is_biased.then(|| bias_gradient::<B>(grad.clone()));
                [Some(self.0.input(shape, weight, grad)), None, of_bias]
            }
        };
        for (parent, value) in ops.parents.into_iter().zip(values) {
            if let (Some(node), Some(value)) = (parent, value) {
                grads.register::<B>(node.id, value);
            }
        }
    }
}

/// The sums of `grad` over all sides but the last.
fn bias_gradient<B: Backend>(grad: FloatTensor<B>) -> FloatTensor<B> {
    let shape = grad.shape();
    let outputs = shape.as_slice().last().copied().unwrap_or(1);
    let rows = B::float_reshape(grad, Shape::new([shape.num_elements() / outputs.max(1), outputs]));
    B::float_reshape(B::float_sum_dim(rows, 0), Shape::new([outputs]))
}

/// Sums of a matmul or convolution with their bias, and `pass` as their backward pass. What follows the bias has to be operations
/// of their own: backward passes need what goes into them.
fn weighted<B, C, P>(
    pass: P,
    [x, weight]: [FloatTensor<Autodiff<B, C>>; 2],
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    forward: impl FnOnce([FloatTensor<B>; 2], Option<FloatTensor<B>>) -> FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>>
where
    B: KernelBackend,
    C: CheckpointStrategy,
    P: WeightedBackward<B>,
{
    let (is_trained, is_biased) = (weight.is_tracked(), bias.as_ref().is_some_and(|bias| bias.is_tracked()));
    let [x_node, weight_node] = [x.node(), weight.node()];
    let [x, weight] = [x, weight].map(|tensor| tensor.into_primitive());
    let state = Weighted { x: is_trained.then(|| x.clone()), shape: x.shape(), weight: weight.clone(), is_biased };
    match bias {
        Some(bias) => {
            let nodes = [x_node, weight_node, bias.node()];
            let y = forward([x, weight], Some(bias.into_primitive()));
            match Backward::<B, 3>::prepare::<C>(Pass(pass), nodes).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(state, y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            }
        }
        None => {
            let y = forward([x, weight], None);
            match Backward::<B, 2>::prepare::<C>(Pass(pass), [x_node, weight_node]).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(state, y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            }
        }
    }
}

impl<B: KernelBackend, C: CheckpointStrategy> KernelBackend for Autodiff<B, C> {
    fn group_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let state = [x, gamma, beta].map(|tensor| tensor.into_primitive());
        let forward = |[x, gamma, beta]: [FloatTensor<B>; 3]| B::group_norm(x, gamma, beta, options);
        match GroupNormBackward(options).prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state.clone(), forward(state)),
            OpsKind::UnTracked(prep) => prep.finish(forward(state)),
        }
    }

    fn layer_norm_3d(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let state = [x, gamma, beta].map(|tensor| tensor.into_primitive());
        let forward = |[x, gamma, beta]: [FloatTensor<B>; 3]| B::layer_norm_3d(x, gamma, beta, eps);
        match LayerNormBackward(eps).prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state.clone(), forward(state)),
            OpsKind::UnTracked(prep) => prep.finish(forward(state)),
        }
    }

    fn attention_heads(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [q.node(), k.node(), v.node()];
        let [q, k, v] = [q, k, v].map(|tensor| tensor.into_primitive());
        let (out, lse) = B::attention_heads(q.clone(), k.clone(), v.clone(), options);
        let constant_lse = <Self as AutodiffBackend>::from_inner(lse.clone());
        let out = match AttentionBackward(options).prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish([q, k, v, out.clone(), lse], out),
            OpsKind::UnTracked(prep) => prep.finish(out),
        };
        (out, constant_lse)
    }

    fn matmul(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        EpilogueOn(epilogue): EpilogueOn<Self>,
    ) -> FloatTensor<Self> {
        let (bias, rest) = epilogue.split_bias();
        let y = weighted::<B, C, _>(MatmulBackward, [x, weight], bias, |[x, weight], bias| {
            B::matmul(x, weight, EpilogueOn(Epilogue::bias(bias)))
        });
        after_bias::<Self>(y, rest)
    }

    fn exact_gelu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [x.node()];
        let x = x.into_primitive();
        let y = B::exact_gelu(x.clone());
        match GeluBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn geglu(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [x.node()];
        let x = x.into_primitive();
        let y = B::geglu(x.clone());
        match GegluBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(x, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn conv2d_channels_last(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions,
        EpilogueOn(epilogue): EpilogueOn<Self>,
    ) -> FloatTensor<Self> {
        let (bias, rest) = epilogue.split_bias();
        let y = weighted::<B, C, _>(Conv2dBackward(options), [x, weight], bias, |[x, weight], bias| {
            B::conv2d_channels_last(x, weight, options, EpilogueOn(Epilogue::bias(bias)))
        });
        after_bias::<Self>(y, rest)
    }

    fn latent_to_rgb8_words(x: FloatTensor<Self>, map: RgbMap) -> IntTensor<Self> {
        B::latent_to_rgb8_words(x.into_primitive(), map)
    }
}
