//! The operations under burn's autodiff: forward and backward both run the inner backend's own code.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, AutodiffBackend};
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

#[derive(Debug)]
struct MatmulBackward;

impl<B: KernelBackend> Backward<B, 3> for MatmulBackward {
    /// `x` and `weight`.
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        backward::<B, _, _>(ops, grads, |[x, weight]: Self::State, grad| B::matmul_backward(x, weight, grad).into());
    }
}

impl<B: KernelBackend> Backward<B, 2> for MatmulBackward {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        backward::<B, _, _>(ops, grads, |[x, weight]: Self::State, grad| {
            let (dx, dweight, _) = B::matmul_backward(x, weight, grad);
            [dx, dweight]
        });
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

impl<B: KernelBackend> Backward<B, 3> for Conv2dBackward {
    /// `x` and `weight`.
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let pass = |[x, weight]: Self::State, grad| B::conv2d_channels_last_backward(x, weight, grad, self.0).into();
        backward::<B, _, _>(ops, grads, pass);
    }
}

impl<B: KernelBackend> Backward<B, 2> for Conv2dBackward {
    type State = [FloatTensor<B>; 2];

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        backward::<B, _, _>(ops, grads, |[x, weight]: Self::State, grad| {
            let (dx, dweight, _) = B::conv2d_channels_last_backward(x, weight, grad, self.0);
            [dx, dweight]
        });
    }
}

/// Sums of a matmul or convolution with their bias, and `pass` as their backward pass. What follows the bias has to be operations
/// of their own: backward passes need what goes into them.
fn weighted<B, C, Pass>(
    pass: Pass,
    inputs: [FloatTensor<Autodiff<B, C>>; 2],
    bias: Option<FloatTensor<Autodiff<B, C>>>,
    forward: impl FnOnce([FloatTensor<B>; 2], Option<FloatTensor<B>>) -> FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>>
where
    B: KernelBackend,
    C: CheckpointStrategy,
    Pass: Backward<B, 3, State = [FloatTensor<B>; 2]> + Backward<B, 2, State = [FloatTensor<B>; 2]>,
{
    let [x, weight] = [inputs[0].node(), inputs[1].node()];
    let inputs = inputs.map(|tensor| tensor.into_primitive());
    match bias {
        Some(bias) => {
            let nodes = [x, weight, bias.node()];
            let y = forward(inputs.clone(), Some(bias.into_primitive()));
            match Backward::<B, 3>::prepare::<C>(pass, nodes).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(inputs, y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            }
        }
        None => {
            let y = forward(inputs.clone(), None);
            match Backward::<B, 2>::prepare::<C>(pass, [x, weight]).compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(inputs, y),
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
        let Epilogue { bias, residual, activation } = epilogue;
        let y = weighted::<B, C, _>(MatmulBackward, [x, weight], bias, |[x, weight], bias| {
            B::matmul(x, weight, EpilogueOn(Epilogue::bias(bias)))
        });
        after_bias::<Self>(y, residual, activation)
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
        let Epilogue { bias, residual, activation } = epilogue;
        let y = weighted::<B, C, _>(Conv2dBackward(options), [x, weight], bias, |[x, weight], bias| {
            B::conv2d_channels_last(x, weight, options, EpilogueOn(Epilogue::bias(bias)))
        });
        after_bias::<Self>(y, residual, activation)
    }

    fn latent_to_rgb8_words(x: FloatTensor<Self>, map: RgbMap) -> IntTensor<Self> {
        B::latent_to_rgb8_words(x.into_primitive(), map)
    }
}
