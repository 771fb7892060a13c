use super::super::attention::attention_on;
use super::super::group_norm::group_norm_on;
use super::super::layer_norm::layer_norm_on;
use super::super::*;
use super::support::*;
use burn::tensor::{Device, Tensor};

fn time(name: &str, mut f: impl FnMut()) {
    for _ in 0..3 { f(); }
    let mut best = f64::MAX;
    let mut total = 0.0;
    for _ in 0..15 {
        let s = std::time::Instant::now();
        f();
        let t = s.elapsed().as_secs_f64();
        best = best.min(t);
        total += t;
    }
    println!("{name}: best {:.2} ms, mean {:.2} ms", best * 1e3, total / 15.0 * 1e3);
}

#[test]
fn timing() {
    let shape = [128, 96, 48];
    let [n, p, c] = shape;
    for (name, device) in [("libtorch", Device::libtorch()), ("flex", Device::flex())] {
        let ad = device.clone().autodiff();
        for path in [KernelPath::Fused, KernelPath::Unfused] {
            let x = noise(n * p * c, 1);
            let options = GroupNormOptions { groups: 8, eps: 1e-5, activation: Activation::Silu };
            let (g, b) = (noise(c, 2), noise(c, 3));
            let xt = tensor(&x, shape, &device);
            let (gt, bt) = (tensor(&g, [c], &device), tensor(&b, [c], &device));
            time(&format!("{name} {path:?} group_norm fwd"), || {
                let y = group_norm_on(path, xt.clone(), gt.clone(), bt.clone(), options);
                drop(y);
            });
            let xa = tensor(&x, shape, &ad).require_grad();
            let (ga, ba) = (tensor(&g, [c], &ad).require_grad(), tensor(&b, [c], &ad).require_grad());
            time(&format!("{name} {path:?} group_norm fwd+bwd"), || {
                let y = group_norm_on(path, xa.clone(), ga.clone(), ba.clone(), options);
                let grads = y.backward();
                let _g = xa.grad(&grads).unwrap();
            });
            time(&format!("{name} {path:?} layer_norm fwd+bwd"), || {
                let y = layer_norm_on(path, xa.clone(), ga.clone(), ba.clone(), 1e-5);
                let grads = y.backward();
                let _g = xa.grad(&grads).unwrap();
            });
            let options = AttentionOptions { heads: 3, mask: Mask::None };
            time(&format!("{name} {path:?} attention fwd"), || {
                let y = attention_on(path, xt.clone(), xt.clone(), xt.clone(), options);
                drop(y);
            });
            let (ka, va) = (tensor(&x, shape, &ad).require_grad(), tensor(&x, shape, &ad).require_grad());
            time(&format!("{name} {path:?} attention fwd+bwd"), || {
                let y = attention_on(path, xa.clone(), ka.clone(), va.clone(), options);
                let grads = y.backward();
                let _g = xa.grad(&grads).unwrap();
            });
            let ts = [128 * 96 / 16, 16, 48];
            let q: Vec<Tensor<3>> = (0..3).map(|i| tensor(&noise(n * p * c, i), ts, &ad).require_grad()).collect();
            let qi: Vec<Tensor<3>> = (0..3).map(|i| tensor(&noise(n * p * c, i), ts, &device)).collect();
            time(&format!("{name} {path:?} temporal attention fwd"), || {
                let y = attention_on(path, qi[0].clone(), qi[1].clone(), qi[2].clone(), options);
                drop(y);
            });
            time(&format!("{name} {path:?} temporal attention fwd tracked"), || {
                let y = attention_on(path, q[0].clone(), q[1].clone(), q[2].clone(), options);
                drop(y);
            });
            time(&format!("{name} {path:?} temporal sum fwd+bwd"), || {
                let y = q[0].clone() + q[1].clone() + q[2].clone();
                let grads = y.backward();
                let _g = q[0].grad(&grads).unwrap();
            });
            time(&format!("{name} {path:?} temporal attention fwd+bwd"), || {
                let y = attention_on(path, q[0].clone(), q[1].clone(), q[2].clone(), options);
                let grads = y.backward();
                let _g = q[0].grad(&grads).unwrap();
            });
        }
    }
}
