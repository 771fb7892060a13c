//! Convolution of channels-last images.

use burn::tensor::{DType, Device, Tensor, TensorData};
use half::f16;
use hummingbird_shaders::matmul::{Patches, matmul};

use super::support::{Tol, cpu_devices, devices, dot, finite_difference, noise, tensor, values};
use crate::conv::conv2d_on;
use crate::{Activation, ConvOptions, Epilogue, KernelPath};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];
const FORWARD: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 1200 f32 products, in another order" };
const GRADIENT: Tol = Tol { rtol: 1e-4, atol: 1e-3, why: "sums over up to 6000 f32 products, in another order" };

/// Sizes and inputs of one case.
struct Case {
    image: [usize; 4],
    kernel: [usize; 4],
    options: ConvOptions,
    activation: Activation,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

fn case(image: [usize; 4], out: usize, kernel: [usize; 2], stride: usize, padding: [usize; 4]) -> Case {
    let kernel = [out, image[3], kernel[0], kernel[1]];
    Case {
        image,
        kernel,
        options: ConvOptions { upsample: false, stride, padding },
        activation: Activation::None,
        x: noise(image.iter().product(), 1),
        weight: noise(kernel.iter().product(), 2),
        bias: noise(out, 3),
    }
}

/// Every layer of the networks in odd sizes: same size, both ways of halving, along frames; one pixel, one channel, a
/// kernel that reaches beyond both edges, many strips, more channels than one strip's pixels.
fn cases() -> Vec<Case> {
    vec![
        case([2, 5, 7, 3], 4, [3, 3], 1, [1; 4]),
        case([1, 1, 1, 1], 1, [3, 3], 1, [1; 4]),
        case([3, 7, 5, 6], 8, [3, 3], 2, [1; 4]),
        case([1, 6, 8, 5], 5, [3, 3], 2, [0, 1, 0, 1]),
        case([2, 16, 6, 7], 9, [3, 1], 1, [1, 1, 0, 0]),
        case([2, 1, 6, 7], 3, [3, 1], 1, [1, 1, 0, 0]),
        case([1, 2, 2, 2], 2, [5, 5], 1, [2; 4]),
        case([2, 4, 9, 3], 2, [2, 3], 3, [0, 2, 3, 1]),
        case([3, 31, 33, 16], 17, [3, 3], 1, [1; 4]),
        case([1, 9, 11, 130], 40, [3, 3], 1, [1; 4]),
        case([2, 5, 7, 3], 4, [3, 3], 1, [1; 4]).upsampled(),
        case([1, 3, 2, 20], 17, [3, 3], 2, [1, 0, 2, 1]).upsampled(),
    ]
}

impl Case {
    fn activated(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    fn upsampled(self) -> Self {
        Self { options: ConvOptions { upsample: true, ..self.options }, ..self }
    }

    fn output(&self) -> [usize; 4] {
        let ([images, height, width, _], [out, _, kernel_height, kernel_width]) = (self.image, self.kernel);
        let ConvOptions { stride, padding: [top, bottom, left, right], .. } = self.options;
        let [height, width] = self.options.image([height, width]);
        let rows = (height + top + bottom - kernel_height) / stride + 1;
        let columns = (width + left + right - kernel_width) / stride + 1;
        [images, rows, columns, out]
    }

    /// The definition, in f64.
    fn reference(&self, x: &[f32], weight: &[f32]) -> Vec<f32> {
        self.reference_with(x, weight, None)
    }

    fn reference_with(&self, x: &[f32], weight: &[f32], residual: Option<&[f32]>) -> Vec<f32> {
        let [out, inputs, height, width] = self.kernel;
        // [out, in, kh, kw] -> [out, kh, kw, in]
        let mut turned = Vec::with_capacity(weight.len());
        for filter in weight.chunks_exact(inputs * height * width) {
            turned.extend((0..height * width * inputs).map(|i| filter[i % inputs * height * width + i / inputs]));
        }
        assert_eq!(turned.len(), out * inputs * height * width);
        let patches = Patches {
            image: self.image.map(|size| size as u32),
            kernel: [height, width].map(|size| size as u32),
            stride: self.options.stride as u32,
            padding: self.options.padding.map(|size| size as u32),
            doubled: self.options.upsample,
        };
        matmul(
            x,
            &turned,
            &patches,
            Epilogue { bias: Some(&self.bias), residual, slopes: None, activation: self.activation },
        )
    }

    fn epilogue(&self, bias: Tensor<1>) -> Epilogue<Tensor<1>, Tensor<4>> {
        Epilogue::bias(bias).activation(self.activation)
    }

    fn run(&self, path: KernelPath, device: &Device) -> Vec<f32> {
        let x = tensor(&self.x, self.image, device);
        let weight = tensor(&self.weight, self.kernel, device);
        let y = conv2d_on(path, x, weight, self.options, self.epilogue(tensor(&self.bias, [self.kernel[0]], device)));
        assert_eq!(y.dims(), self.output());
        values(y)
    }
}

#[test]
fn forward_agrees_with_the_definition() {
    for (device_name, device) in devices() {
        for case in cases() {
            let expected = case.reference(&case.x, &case.weight);
            for path in PATHS {
                let name = format!("{:?} by {:?}, {path:?} on {device_name}", case.image, case.kernel);
                FORWARD.check(&name, &case.run(path, &device), &expected);
            }
        }
    }
}

const ACTIVATIONS: [Activation; 4] = [Activation::Relu, Activation::Gelu, Activation::Sigmoid, Activation::Tanh];

#[test]
fn results_go_through_an_activation() {
    for (device_name, device) in devices() {
        for case in ACTIVATIONS.into_iter().flat_map(|it| cases().into_iter().map(move |case| case.activated(it))) {
            let expected = case.reference(&case.x, &case.weight);
            for path in PATHS {
                let name = format!("{:?}, {:?}, {path:?} on {device_name}", case.activation, case.image);
                FORWARD.check(&name, &case.run(path, &device), &expected);
            }
        }
    }
}

#[test]
fn gradients_go_through_it_too() {
    for (device_name, device) in cpu_devices() {
        let device = device.autodiff();
        for case in ACTIVATIONS.into_iter().flat_map(|it| cases().into_iter().map(move |case| case.activated(it))) {
            let run = |path: KernelPath| {
                let x = tensor::<4>(&case.x, case.image, &device).require_grad();
                let weight = tensor::<4>(&case.weight, case.kernel, &device).require_grad();
                let bias = tensor::<1>(&case.bias, [case.kernel[0]], &device).require_grad();
                let residual = tensor(&noise(case.output().iter().product(), 6), case.output(), &device).require_grad();
                let epilogue = case.epilogue(bias.clone()).residual(residual.clone());
                let y = conv2d_on(path, x.clone(), weight.clone(), case.options, epilogue);
                let weights = noise(case.output().iter().product(), 4);
                let grads = (y * tensor(&weights, case.output(), &device)).sum().backward();
                let present = "every input requires a gradient";
                [
                    values(x.grad(&grads).expect(present)),
                    values(weight.grad(&grads).expect(present)),
                    values(bias.grad(&grads).expect(present)),
                    values(residual.grad(&grads).expect(present)),
                ]
            };
            let (expected, actual) = (run(KernelPath::Unfused), run(KernelPath::Fused));
            for (index, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
                let name = format!("gradient {index}, {:?}, {:?}", case.activation, case.image);
                GRADIENT.check(&format!("{name} on {device_name}"), actual, expected);
            }
        }
    }
}

#[test]
fn a_residual_is_added() {
    for (device_name, device) in devices() {
        let activated = cases().into_iter().map(|case| case.activated(Activation::Relu));
        for case in cases().into_iter().chain(activated) {
            let residual = noise(case.output().iter().product(), 6);
            let expected = case.reference_with(&case.x, &case.weight, Some(&residual));
            for path in PATHS {
                let [x, residual] = [(&case.x, case.image), (&residual, case.output())]
                    .map(|(v, shape)| tensor::<4>(v, shape, &device));
                let (weight, bias) =
                    (tensor(&case.weight, case.kernel, &device), tensor(&case.bias, [case.kernel[0]], &device));
                let y = conv2d_on(path, x, weight, case.options, case.epilogue(bias).residual(residual));
                FORWARD.check(&format!("{:?}, {path:?} on {device_name}", case.image), &values(y), &expected);
            }
        }
    }
}

#[test]
fn views_are_read_in_their_own_order() {
    let case = case([2, 5, 7, 3], 4, [3, 3], 1, [1; 4]);
    let expected = case.reference(&case.x, &case.weight);
    for (device_name, device) in devices() {
        // The same image behind a permutation, as attention and the temporal layers leave it.
        let x = values(tensor::<4>(&case.x, case.image, &device).permute([3, 1, 0, 2]));
        let [images, height, width, channels] = case.image;
        let x = tensor::<4>(&x, [channels, height, images, width], &device).permute([2, 1, 3, 0]);
        let weight = tensor(&case.weight, case.kernel, &device);
        let y = conv2d_on(KernelPath::Fused, x, weight, case.options, case.epilogue(tensor(&case.bias, [4], &device)));
        FORWARD.check(device_name, &values(y), &expected);
    }
}

#[test]
fn backward_agrees_with_finite_differences() {
    for (device_name, device) in cpu_devices() {
        let device = device.autodiff();
        for case in cases() {
            let x = tensor(&case.x, case.image, &device).require_grad();
            let weight = tensor(&case.weight, case.kernel, &device).require_grad();
            let bias = tensor(&case.bias, [case.kernel[0]], &device).require_grad();
            let weights = noise(case.output().iter().product(), 4);
            let y = conv2d_on(KernelPath::Fused, x.clone(), weight.clone(), case.options, case.epilogue(bias.clone()));
            let grads = (y * tensor(&weights, case.output(), &device)).sum().backward();
            let present = "every input requires a gradient";
            let (dx, dweight) = (values(x.grad(&grads).expect(present)), values(weight.grad(&grads).expect(present)));
            let name = |what| format!("{what} of {:?} by {:?} on {device_name}", case.image, case.kernel);
            for (what, start, gradient) in [("x", &case.x, dx), ("weight", &case.weight, dweight)] {
                let direction = noise(start.len(), 5);
                let forward = |at: &[f32]| {
                    if what == "x" { case.reference(at, &case.weight) } else { case.reference(&case.x, at) }
                };
                let slope = finite_difference(start, &direction, &weights, forward);
                GRADIENT.check(&name(what), &[dot(&gradient, &direction) as f32], &[slope as f32]);
            }
            let out = case.kernel[0];
            let sums = (0..out).map(|filter| weights.iter().skip(filter).step_by(out).sum()).collect::<Vec<f32>>();
            GRADIENT.check(&name("bias"), &values(bias.grad(&grads).expect(present)), &sums);
        }
    }
}

/// As of matmuls: without the weight's gradient, that of the image stays, also with a weight in 16 bits.
#[test]
fn weights_that_are_not_trained_let_the_same_gradient_through() {
    for (device_name, device) in devices() {
        let autodiff = device.clone().autodiff();
        for case in cases() {
            let halves: Vec<f16> = case.weight.iter().copied().map(f16::from_f32).collect();
            let wide: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
            let weights = tensor(&noise(case.output().iter().product(), 4), case.output(), &autodiff);
            let gradients = |weight: Tensor<4>, bias: Tensor<1>| {
                let x = tensor(&case.x, case.image, &autodiff).require_grad();
                let y = conv2d_on(KernelPath::Fused, x.clone(), weight, case.options, case.epilogue(bias.clone()));
                let grads = (y * weights.clone()).sum().backward();
                [x.grad(&grads).map(values), bias.grad(&grads).map(values)]
            };
            let gradient = |weight: Tensor<4>| {
                let [image, _] = gradients(weight, tensor(&case.bias, [case.kernel[0]], &device));
                image.expect("the image requires a gradient")
            };
            let trained = gradient(tensor(&wide, case.kernel, &autodiff).require_grad());
            // A bias to which something was added that is trained.
            let bias = || tensor(&case.bias, [case.kernel[0]], &autodiff).require_grad();
            let both_trained = gradients(tensor(&wide, case.kernel, &autodiff).require_grad(), bias());
            let half_weight = Tensor::from_data(TensorData::new(halves, case.kernel), (&device, DType::F16));
            let frozen = [tensor(&wide, case.kernel, &device), half_weight];
            for (weight, bits) in frozen.into_iter().zip([32, 16]) {
                let name = format!("{:?} by {:?} with {bits} bits on {device_name}", case.image, case.kernel);
                GRADIENT.check(&name, &gradient(weight.clone()), &trained);
                for (found, expected) in gradients(weight, bias()).into_iter().zip(&both_trained) {
                    let [found, expected] = [found.as_ref(), expected.as_ref()].map(|it| it.expect("it requires one"));
                    GRADIENT.check(&name, found, expected);
                }
            }
        }
    }
}

/// What an embedding adds in front of a frozen convolution is trained by way of its bias.
#[test]
fn a_bias_is_trained_beside_a_weight_that_is_not() {
    for (device_name, device) in devices() {
        let autodiff = device.clone().autodiff();
        for case in cases() {
            let halves: Vec<f16> = case.weight.iter().copied().map(f16::from_f32).collect();
            let wide: Vec<f32> = halves.iter().map(|half| half.to_f32()).collect();
            let weights = tensor(&noise(case.output().iter().product(), 4), case.output(), &autodiff);
            let gradients = |weight: Tensor<4>| {
                let x = tensor(&case.x, case.image, &autodiff).require_grad();
                let bias = tensor(&case.bias, [case.kernel[0]], &autodiff).require_grad();
                let y = conv2d_on(KernelPath::Fused, x.clone(), weight, case.options, Epilogue::bias(bias.clone()));
                let grads = (y * weights.clone()).sum().backward();
                [x.grad(&grads).map(values), bias.grad(&grads).map(values)].map(|it| it.expect("both require one"))
            };
            let trained = gradients(tensor(&wide, case.kernel, &autodiff).require_grad());
            let half_weight = Tensor::from_data(TensorData::new(halves, case.kernel), (&device, DType::F16));
            let frozen = [tensor(&wide, case.kernel, &device), half_weight];
            for (weight, bits) in frozen.into_iter().zip([32, 16]) {
                let name = format!("{:?} by {:?} with {bits} bits on {device_name}", case.image, case.kernel);
                for (found, expected) in gradients(weight).iter().zip(&trained) {
                    GRADIENT.check(&name, found, expected);
                }
            }
        }
    }
}
