//! LibTorch: its native kernels for attention and layer norm, and group norm as few passes over memory.
//!
//! The bindings lack `native_layer_norm_backward` (its mask argument has no binding), so that backward pass asks torch's
//! own autograd, which calls it.

use burn::backend::LibTorch;
use burn::backend::tensor::FloatTensor;
use burn_tch::TchTensor;
use tch::{Device, Kind, Tensor};

use super::attention::{AttentionOptions, Mask};
use super::backend::KernelBackend;
use super::norm::{GroupNormOptions, NormActivation};

/// Gradients of `sum(forward(inputs) * grad)` by torch's autograd.
fn vjp(
    inputs: [Tensor; 3],
    grad: &Tensor,
    forward: impl FnOnce(&[Tensor; 3]) -> Tensor,
) -> (TchTensor, TchTensor, TchTensor) {
    let grads = tch::with_grad(|| {
        let inputs = inputs.map(|input| input.detach().set_requires_grad(true));
        // The binding starts with a one for every output, so the product stands for the sum.
        Tensor::run_backward(&[forward(&inputs) * grad], &inputs, false, false)
    });
    let mut grads = grads.into_iter().map(TchTensor::new);
    let mut next = || grads.next().expect("one gradient for each input");
    (next(), next(), next())
}

/// What both passes of group norm need. All of it is small except `centred`.
struct Normalisation {
    groups: i64,
    /// `x` minus the mean of its group, `[n, positions, channels]`.
    centred: Tensor,
    /// `1 / sqrt(variance + eps)` of the group of each channel, `[n, 1, channels]`.
    inverse_std: Tensor,
}

impl Normalisation {
    /// Two passes, so that a large mean takes no digits from the variance. Sums run over the positions first, which
    /// torch does at the speed of memory; its own channels-last group norm takes one pass and ten times as long.
    fn new(x: &Tensor, options: GroupNormOptions) -> Self {
        let groups = options.groups as i64;
        let positions = x.size()[1] as f64;
        let centred = x - group_mean(&sum_positions(x), groups) / positions;
        let variance = group_mean(&sum_positions(&centred.square()), groups) / positions;
        Self { groups, centred, inverse_std: (variance + options.eps).rsqrt() }
    }

    fn scaled(&self, gamma: &Tensor, beta: &Tensor) -> Tensor {
        beta.addcmul(&self.centred, &(&self.inverse_std * gamma))
    }

    /// `(dx, dgamma, dbeta)` for the gradient that reaches [`Normalisation::scaled`].
    fn backward(&self, gamma: &Tensor, grad: &Tensor) -> (Tensor, Tensor, Tensor) {
        let positions = grad.size()[1] as f64;
        let sum = sum_positions(grad);
        let along = sum_positions(&(grad * &self.centred));
        let first = [0i64, 1];
        let dbeta = sum.sum_dim_intlist(first.as_slice(), false, None);
        let dgamma = (&along * &self.inverse_std).sum_dim_intlist(first.as_slice(), false, None);

        // dx = (g - mean(g) - x_hat * mean(g * x_hat)) / std with g = grad * gamma and x_hat = centred / std.
        let mean = group_mean(&(sum * gamma), self.groups) / positions;
        let along = group_mean(&(along * gamma), self.groups) / positions;
        let offset = -(&mean * &self.inverse_std);
        let slope = -(along * self.inverse_std.pow_tensor_scalar(3));
        let mut dx = offset.addcmul(&self.centred, &slope);
        (dx.addcmul_(grad, &(&self.inverse_std * gamma)), dgamma, dbeta)
    }
}

/// `[n, positions, channels] -> [n, 1, channels]`.
fn sum_positions(x: &Tensor) -> Tensor {
    x.sum_dim_intlist([1i64].as_slice(), true, None)
}

/// Mean over the channels of each group, given back to each channel: `[n, 1, channels] -> [n, 1, channels]`.
fn group_mean(x: &Tensor, groups: i64) -> Tensor {
    let (n, _, channels) = x.size3().expect("callers pass three axes");
    let grouped = [n, groups, channels / groups];
    let mean = x.reshape(grouped).mean_dim([2i64].as_slice(), true, None);
    mean.expand(grouped, false).reshape([n, 1, channels])
}

fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, eps: f64) -> Tensor {
    x.native_layer_norm(gamma.size(), Some(gamma), Some(beta), eps).0
}

/// `[batch, tokens * pixels, heads * d]` as `[batch * pixels, heads, tokens, d]`, without a copy for single sequences.
fn split_heads(x: &Tensor, options: AttentionOptions) -> Tensor {
    let (batch, rows, width) = x.size3().expect("callers pass three axes");
    let (heads, pixels) = (options.heads as i64, options.pixels as i64);
    let x = x.contiguous().view([batch, rows / pixels, pixels, heads, width / heads]);
    x.permute([0, 2, 3, 1, 4]).flatten(0, 1)
}

/// The way back from [`split_heads`]: no copy where the kernel kept the order, as the CPU kernel does.
fn join_heads(x: &Tensor, options: AttentionOptions) -> Tensor {
    let x = x.unflatten(0, [-1, options.pixels as i64]).permute([0, 3, 1, 2, 4]);
    x.flatten(3, 4).flatten(1, 2)
}

fn attend(q: &Tensor, k: &Tensor, v: &Tensor, options: AttentionOptions) -> Tensor {
    let [q, k, v] = [q, k, v].map(|tensor| split_heads(tensor, options));
    let causal = options.mask == Mask::Causal;
    join_heads(&Tensor::scaled_dot_product_attention(&q, &k, &v, None::<Tensor>, 0.0, causal, None, false), options)
}

/// Keys up to which the scores of all heads are made whole: torch's flash attention calls a matrix product for every head
/// of every sequence, and temporal attention has tens of thousands of sequences of a few frames each.
const WHOLE_SCORES_KEYS: i64 = 128;

/// Attention of heads `[batch, heads, tokens, d]` with all scores in memory: output and probabilities.
fn attend_whole(q: &Tensor, k: &Tensor, v: &Tensor, mask: Mask) -> (Tensor, Tensor) {
    let scale = 1.0 / (q.size()[3] as f64).sqrt();
    let mut scores = (q * scale).matmul(&k.transpose(2, 3));
    if mask == Mask::Causal {
        let (tokens_q, tokens_k) = (q.size()[2], k.size()[2]);
        let later = Tensor::ones([tokens_q, tokens_k], (Kind::Bool, q.device())).triu(1);
        scores = scores.masked_fill_(&later, f64::NEG_INFINITY);
    }
    let probabilities = scores.softmax(-1, None::<Kind>);
    (probabilities.matmul(v), probabilities)
}

/// Gradients of [`attend_whole`] with respect to `q`, `k` and `v`.
fn attend_whole_backward([q, k, v]: [&Tensor; 3], probabilities: &Tensor, grad: &Tensor) -> (Tensor, Tensor, Tensor) {
    let scale = 1.0 / (q.size()[3] as f64).sqrt();
    let dv = probabilities.transpose(2, 3).matmul(grad);
    let dp = grad.matmul(&v.transpose(2, 3));
    let ds = Tensor::internal_softmax_backward_data(&dp, probabilities, -1, q.kind()) * scale;
    (ds.matmul(k), ds.transpose(2, 3).matmul(q), dv)
}

impl KernelBackend for LibTorch {
    fn group_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> FloatTensor<Self> {
        let mut y = Normalisation::new(&x.tensor, options).scaled(&gamma.tensor, &beta.tensor);
        TchTensor::new(match options.activation {
            NormActivation::None => y,
            NormActivation::Silu => y.silu_(),
        })
    }

    fn group_norm_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: GroupNormOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let normalisation = Normalisation::new(&x.tensor, options);
        let grad = match options.activation {
            NormActivation::None => grad.tensor,
            NormActivation::Silu => normalisation.scaled(&gamma.tensor, &beta.tensor).silu_backward(&grad.tensor),
        };
        let (dx, dgamma, dbeta) = normalisation.backward(&gamma.tensor, &grad);
        (TchTensor::new(dx), TchTensor::new(dgamma), TchTensor::new(dbeta))
    }

    fn layer_norm_3d(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        eps: f64,
    ) -> FloatTensor<Self> {
        TchTensor::new(layer_norm(&x.tensor, &gamma.tensor, &beta.tensor, eps))
    }

    fn layer_norm_3d_backward(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        eps: f64,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let inputs = [x.tensor, gamma.tensor, beta.tensor];
        vjp(inputs, &grad.tensor, |[x, gamma, beta]| layer_norm(x, gamma, beta, eps))
    }

    fn attention_heads(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let AttentionOptions { heads, mask, pixels, .. } = options;
        if q.tensor.device() != Device::Cpu {
            // Only the CPU kernel gives a log-sum-exp that its backward takes back in any version; elsewhere the
            // backward pass attends again, and this placeholder of the right shape is not read.
            let (batch, rows, _) = q.tensor.size3().expect("callers pass three axes");
            let pixels = pixels as i64;
            let shape = [batch * pixels, heads as i64, rows / pixels];
            let unread = q.tensor.new_zeros(shape, (q.tensor.kind(), q.tensor.device()));
            return (TchTensor::new(attend(&q.tensor, &k.tensor, &v.tensor, options)), TchTensor::new(unread));
        }
        let [q, k, v] = [q, k, v].map(|tensor| split_heads(&tensor.tensor, options));
        if k.size()[2] <= WHOLE_SCORES_KEYS {
            // The probabilities take the place of their log-sum-exp: the backward pass needs them whole.
            let (out, probabilities) = attend_whole(&q, &k, &v, mask);
            return (TchTensor::new(join_heads(&out, options)), TchTensor::new(probabilities));
        }
        let (out, lse) = Tensor::internal_scaled_dot_product_flash_attention_for_cpu(
            &q,
            &k,
            &v,
            0.0,
            mask == Mask::Causal,
            None::<Tensor>,
            None,
        );
        (TchTensor::new(join_heads(&out, options)), TchTensor::new(lse))
    }

    fn attention_heads_backward(
        q: FloatTensor<Self>,
        k: FloatTensor<Self>,
        v: FloatTensor<Self>,
        out: FloatTensor<Self>,
        lse: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        options: AttentionOptions,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        if q.tensor.device() != Device::Cpu {
            return vjp([q.tensor, k.tensor, v.tensor], &grad.tensor, |[q, k, v]| attend(q, k, v, options));
        }
        let [q, k, v, out, grad] = [q, k, v, out, grad].map(|tensor| split_heads(&tensor.tensor, options));
        let (dq, dk, dv) = if k.size()[2] <= WHOLE_SCORES_KEYS {
            attend_whole_backward([&q, &k, &v], &lse.tensor, &grad)
        } else {
            Tensor::internal_scaled_dot_product_flash_attention_for_cpu_backward(
                &grad,
                &q,
                &k,
                &v,
                &out,
                &lse.tensor,
                0.0,
                options.mask == Mask::Causal,
                None::<Tensor>,
                None,
            )
        };
        {
            let [dq, dk, dv] = [dq, dk, dv].map(|grad| TchTensor::new(join_heads(&grad, options)));
            (dq, dk, dv)
        }
    }
}
