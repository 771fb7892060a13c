//! Linear layers and convolutions: launches of the matmul kernels.

use burn::backend::ops::FloatTensorOps;
use burn::backend::{TensorMetadata, tensor::FloatTensor};
use burn::tensor::quantization::{QuantScheme, QuantValue, ScaleDtype};
use burn::tensor::{DType, FloatDType, Shape, Slice};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::permute;
use burn_cubecl::tensor::CubeTensor;
use hummingbird_device::KernelSpeed;
use hummingbird_device::throttle::Work;
use hummingbird_shaders::matmul::{BLOCK, Format, Params, Patches, Plan, QUAD, Variant, q8_words};

use super::adapter::has_halves;
use super::choice::matmul_plan;
use super::{has_kernel, launch_lines, new_tensor};
use crate::conv::ConvOptions;
use crate::epilogue::Epilogue;
use crate::weight::sizes_of;

/// Whether there is a kernel for these tensors: gates and residuals come in whole quads of columns, and none has slopes.
pub(super) fn takes(x: &CubeTensor, weight: &CubeTensor, epilogue: &Epilogue<CubeTensor>) -> bool {
    let columns = epilogue.activation.columns(weight.shape()[0]);
    let is_f32 = epilogue.operands().all(|tensor| has_kernel(&[tensor]));
    let is_known = has_kernel(&[x]) && is_f32 && epilogue.slopes.is_none();
    is_known && reads(weight) && (is_simple(epilogue) || columns.is_multiple_of(QUAD as usize))
}

fn is_simple(epilogue: &Epilogue<CubeTensor>) -> bool {
    epilogue.residual.is_none() && !epilogue.activation.is_gated()
}

/// A weight from the words of `pack_q8`: a tensor in the shape of the weight, of a number format that burn's own operations
/// have no use for without its parameters. Products know it by that format.
pub(super) fn packed_weight(words: CubeTensor, shape: Shape) -> CubeTensor {
    let CubeTensor { client, device, handle, .. } = into_contiguous(words);
    let scheme = QuantScheme::default().with_value(QuantValue::Q8S).per_block([BLOCK as u8], ScaleDtype::F16);
    CubeTensor::new_contiguous(client, device, shape, handle, DType::QFloat(scheme))
}

/// The words of a packed weight.
pub(super) fn words_of(weight: &CubeTensor) -> Option<CubeTensor> {
    let CubeTensor { client, device, handle, .. } = weight.clone();
    let length = Shape::new([q8_words(sizes_of(&weight.shape()))]);
    (format_of(weight) == Some(Format::Q8))
        .then(|| CubeTensor::new_contiguous(client, device, length, handle, DType::U32))
}

fn format_of(weight: &CubeTensor) -> Option<Format> {
    match weight.dtype {
        DType::F32 => Some(Format::F32),
        DType::F16 if has_halves(&weight.client) => Some(Format::NativeF16),
        DType::F16 => Some(Format::F16),
        DType::QFloat(_) => Some(Format::Q8),
        _ => None,
    }
}

fn known_format(weight: &CubeTensor) -> Format {
    format_of(weight).expect("callers asked whether the kernels read the weight")
}

/// Whether the kernels read a weight.
fn reads(weight: &CubeTensor) -> bool {
    let shape = weight.shape();
    match format_of(weight) {
        // Widening halves to whole quads takes burn's operations, which not every device has for them.
        Some(Format::F16 | Format::NativeF16) => {
            shape[1].is_multiple_of(QUAD as usize) && shape.num_elements() >= 2 * QUAD as usize
        }
        Some(Format::F32 | Format::Q8) => true,
        None => false,
    }
}

/// `x W^T` and its epilogue, for `x` of `[rows, in]` and `weight` of `[out, in]`; with gates the result has half of `out`
/// columns. All must be what a kernel [`takes`].
pub(super) fn linear(x: CubeTensor, weight: CubeTensor, epilogue: Epilogue<CubeTensor>) -> CubeTensor {
    let [rows, inputs] = x.shape().dims::<2>();
    let [outputs, _] = weight.shape().dims::<2>();
    let patches = Patches::rows(rows as u32, whole_quads(inputs) as u32);
    let columns = epilogue.activation.columns(outputs);
    let format = known_format(&weight);
    let plan = plan(&x, (format, 1), [rows, columns], epilogue.activation.is_gated());
    matmul((plan, format), widened(x, 1), widened(weight, 1), epilogue, &patches, &Shape::new([rows, columns]))
}

/// Convolution of `x`, `[images, height, width, in]`, with `weight`, `[out, in, kernel height, kernel width]`, and its epilogue
/// without gates. All must be what a kernel [`takes`].
pub(super) fn conv2d(
    x: CubeTensor,
    weight: CubeTensor,
    options: ConvOptions,
    epilogue: Epilogue<CubeTensor>,
) -> CubeTensor {
    let [images, height, width, inputs] = x.shape().dims::<4>();
    let [outputs, _, kernel_height, kernel_width] = weight.shape().dims::<4>();
    let ConvOptions { upsample, stride, padding } = options;
    let patches = Patches {
        image: [images, height, width, whole_quads(inputs)].map(|size| size as u32),
        kernel: [kernel_height, kernel_width].map(|size| size as u32),
        stride: stride as u32,
        padding: padding.map(|size| size as u32),
        doubled: upsample,
    };
    let [out_height, out_width] = patches.output().map(|size| size as usize);
    // [out, in, kh, kw] -> [out, kh, kw, in]: the order in which `weight_on` puts them into memory, packed ones in any case.
    let format = known_format(&weight);
    let weight = if format == Format::Q8 { weight } else { widened(permute(weight, &[0, 2, 3, 1]), 3) };
    let taps = (kernel_height * kernel_width) as u32;
    let plan = plan(&x, (format, taps), [images * out_height * out_width, outputs], false);
    let shape = Shape::new([images, out_height, out_width, outputs]);
    matmul((plan, format), widened(x, 3), weight, epilogue, &patches, &shape)
}

fn plan(x: &CubeTensor, weight: (Format, u32), sides: [usize; 2], gated: bool) -> Plan {
    matmul_plan(&x.client, weight, sides.map(|side| side as u32), gated)
}

/// Runs a kernel on `x` and `weight` of whole quads. The result has `shape`, whose last side are the columns.
fn matmul(
    (plan, format): (Plan, Format),
    x: CubeTensor,
    weight: CubeTensor,
    epilogue: Epilogue<CubeTensor>,
    patches: &Patches,
    shape: &Shape,
) -> CubeTensor {
    let last = shape.num_dims() - 1;
    let columns = shape[last];
    let is_whole = columns.is_multiple_of(QUAD as usize);
    assert!(is_simple(&epilogue) || is_whole, "gates and residuals come in whole quads of columns");
    let [x, weight] = [x, weight].map(into_contiguous);
    let bias = epilogue.bias.map(|bias| into_contiguous(widened(bias, 0)));
    let residual = epilogue.residual.map(into_contiguous);
    let weight_rows = weight.shape()[0] as u32;
    let params = Params::new(patches, columns as u32, weight_rows, bias.is_some(), residual.is_some());
    let mut whole = shape.clone();
    whole[last] = whole_quads(columns);
    let y = new_tensor(&x, whole, DType::F32);
    let variant = Variant { plan, format, activation: epilogue.activation };
    // What is not there is not read; its binding takes any buffer.
    let [bias, residual] = [&bias, &residual].map(|tensor| tensor.as_ref().unwrap_or(&x));
    let flop = 2.0 * f64::from(params.rows) * weight.shape().num_elements() as f64;
    let work = Work::new(flop, speed_of(plan, format));
    launch_lines(
        &variant.shader(),
        plan.workgroup(),
        &[&x, &weight, bias, residual, &y],
        (variant.lines(&params), work),
        |lines| {
            let workgroups = variant.workgroups(&params, lines.end - lines.start);
            (workgroups, Params { first_line: lines.start, ..params })
        },
    );
    if columns == y.shape()[last] {
        return y;
    }
    CubeBackend::float_slice(y, &shape.iter().map(|&size| Slice::from(0..size)).collect::<Vec<_>>())
}

/// The measured speed by which a launch is counted.
fn speed_of(plan: Plan, format: Format) -> KernelSpeed {
    match (plan, format) {
        (Plan::Cooperative { .. }, _) => KernelSpeed::Cooperative,
        (_, Format::F32) => KernelSpeed::F32,
        (_, Format::F16 | Format::NativeF16) => KernelSpeed::F16,
        (_, Format::Q8) => KernelSpeed::Q8,
    }
}

fn whole_quads(size: usize) -> usize {
    size.next_multiple_of(QUAD as usize)
}

/// The tensor with zeros behind its values along an axis, up to a whole number of quads.
fn widened(tensor: FloatTensor<CubeBackend>, axis: usize) -> FloatTensor<CubeBackend> {
    let inside = tensor.shape();
    let mut shape = inside.clone();
    shape[axis] = whole_quads(inside[axis]);
    if shape == inside {
        return tensor;
    }
    let zeros = CubeBackend::float_zeros(shape, &tensor.device(), FloatDType::F32);
    let slices = inside.iter().map(|&size| Slice::from(0..size)).collect::<Vec<_>>();
    CubeBackend::float_slice_assign(zeros, &slices, tensor)
}

#[cfg(test)]
mod tests {
    use burn::backend::ops::IntTensorOps;
    use burn::backend::read_sync;
    use burn::tensor::TensorData;
    use burn_cubecl::CubeDevice;
    use half::f16;
    use hummingbird_shaders::matmul as reference;

    use super::*;
    use crate::epilogue::Activation;
    use crate::gpu::adapter::cooperative_matrices;
    use crate::tests::support::{Tol, cube_gpu, gpu, has_halves, has_matrices, noise, set_speed};

    const TOL: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 1000 f32 products, in another order" };

    const PACKED_TOL: Tol =
        Tol { rtol: 2e-3, atol: 4e-3, why: "each four products take four roundings to 11 bits, of sums up to two" };

    const DOTS_TOL: Tol = Tol {
        rtol: 2e-5,
        atol: 4e-3,
        why: "a value between two codes may become either: a 127th, times a weight of up to a half",
    };

    /// Sizes of a patch, and outputs: fewer rows than a block, more than a tile, more channels than a step, gaps in the last
    /// step; every border, beyond it, several images, doubled pixels.
    fn cases() -> Vec<(Patches, usize)> {
        let case = |image, kernel, stride, padding, doubled, outputs| {
            (Patches { image, kernel, stride, padding, doubled }, outputs)
        };
        let rows = |rows, inputs, outputs| (Patches::rows(rows, inputs), outputs);
        vec![
            rows(1, 4, 1),
            rows(3, 8, 5),
            rows(33, 20, 8),
            rows(70, 1000, 67),
            rows(131, 36, 132),
            case([2, 5, 7, 4], [3, 3], 1, [1; 4], false, 12),
            case([3, 7, 5, 8], [3, 3], 2, [1; 4], false, 8),
            case([1, 6, 8, 4], [3, 3], 2, [0, 1, 0, 1], false, 5),
            case([2, 16, 6, 8], [3, 1], 1, [1, 1, 0, 0], false, 9),
            case([2, 4, 9, 4], [2, 3], 3, [0, 2, 3, 1], false, 2),
            case([1, 1, 1, 4], [5, 5], 1, [2; 4], false, 3),
            case([2, 5, 7, 20], [3, 3], 1, [1; 4], true, 36),
            case([1, 3, 4, 4], [3, 3], 2, [1; 4], true, 6),
        ]
    }

    fn on_device<const D: usize>(values: &[f32], shape: [usize; D]) -> CubeTensor {
        CubeBackend::float_from_data(TensorData::new(values.to_vec(), shape), &device())
    }

    fn device() -> CubeDevice {
        cube_gpu().expect("callers asked for it")
    }

    /// A weight as a kernel reads it, and its values, `[out, kernel height, kernel width, in]`; nothing where the kernels do
    /// not read such a weight.
    fn weight(format: Format, [out, height, width, inputs]: [usize; 4]) -> Option<(CubeTensor, Vec<f32>)> {
        let (taps, shape) = (height * width, [out, height, width, inputs]);
        // Sums of about one, however many products they have.
        let scale = 1.0 / ((taps * inputs) as f32).sqrt();
        let values = noise(out * taps * inputs, 2).into_iter().map(|value| value * scale).collect::<Vec<_>>();
        match format {
            Format::F32 => Some((on_device(&values, shape), values)),
            Format::F16 | Format::NativeF16 => {
                let halves = values.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>();
                let values = halves.iter().map(|half| half.to_f32()).collect();
                let tensor = CubeBackend::float_from_data(TensorData::new(halves, shape), &device());
                // `reads` takes the file's order of sides.
                reads(&permute(tensor.clone(), &[0, 3, 1, 2])).then_some((tensor, values))
            }
            Format::Q8 => {
                if !reference::holds_q8([inputs, taps]) {
                    return None;
                }
                let row = taps * inputs;
                let codes = noise(out * row, 5).into_iter().map(|it| (it * 127.0) as i8).collect::<Vec<_>>();
                let scales = noise(out * row.div_ceil(BLOCK), 6).into_iter();
                let scales = scales.map(|it| f16::from_f32((1.5 + it) * scale / 127.0)).collect::<Vec<_>>();
                let value = |index: usize| {
                    let (of_row, tap, channel) = (index / row, index / inputs % taps, index % inputs);
                    let number = channel * taps + tap;
                    let scale = scales[of_row * row.div_ceil(BLOCK) + number / BLOCK];
                    f32::from(codes[of_row * row + number]) * scale.to_f32()
                };
                let values = (0..out * row).map(value).collect();
                let codes = codes.iter().map(|code| code.cast_unsigned()).collect::<Vec<_>>();
                let scales = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect::<Vec<_>>();
                let words = reference::pack_q8(&codes, &scales, [out, inputs, taps]);
                let length = words.len();
                let words = CubeBackend::int_from_data(TensorData::new(words, [length]), &device());
                Some((packed_weight(words, Shape::new([out, inputs, height, width])), values))
            }
        }
    }

    #[test]
    fn every_variant_agrees_with_the_reference() {
        if gpu().is_none() {
            return;
        }
        let client = on_device(&[0.0], [1]).client;
        let lanes = crate::gpu::software::lanes(&client);
        let tiled = [32, 64].map(|tile| Some(Plan::Tiled { tile }));
        let broadcast = [8, 32].map(|columns| lanes.map(|lanes| Plan::Broadcast { columns, lanes }));
        has_matrices(&client);
        let has_halves = has_halves(&client);
        let cooperative =
            [4, 8].map(|across| cooperative_matrices(&client).map(|matrices| Plan::Cooperative { matrices, across }));
        let packed = has_halves.then_some(Plan::Packed);
        for plan in tiled.into_iter().chain(broadcast).chain(cooperative).flatten().chain(packed).chain([Plan::Dots]) {
            for format in Format::ALL.into_iter().filter(|&format| plan.reads(format)) {
                if format == Format::NativeF16 && !has_halves {
                    continue;
                }
                // Dot products are for patches of one pixel.
                let takes = |patches: &Patches| plan != Plan::Dots || patches.kernel == [1, 1];
                for (patches, outputs) in cases().into_iter().filter(|(patches, _)| takes(patches)) {
                    for activation in Activation::ALL.into_iter().filter(|it| !it.is_gated()) {
                        check(Variant { plan, format, activation }, &patches, outputs);
                    }
                    if plan.has_gates() && outputs.is_multiple_of(QUAD as usize) {
                        check(Variant { plan, format, activation: Activation::Geglu }, &patches, outputs);
                    }
                }
            }
        }
    }

    /// Rows that have a NaN or an infinity anywhere have no finite sum; other rows are as they were.
    #[test]
    fn dot_products_keep_nan_and_infinity() {
        if gpu().is_none() {
            return;
        }
        let (rows, inputs, outputs) = (70, 64, 68);
        let (weight, values) = weight(Format::Q8, [outputs, 1, 1, inputs]).expect("it is read");
        let mut x = noise(rows * inputs, 1);
        for (row, place, odd) in
            [(3, 5, f32::NAN), (9, 40, f32::INFINITY), (66, 63, f32::NEG_INFINITY), (67, 0, -f32::NAN)]
        {
            x[row * inputs + place] = odd;
        }
        let patches = Patches::rows(rows as u32, inputs as u32);
        let there = on_device(&x, [1, 1, rows, inputs]);
        let how = (Plan::Dots, Format::Q8);
        let y = matmul(how, there, weight, Epilogue::default(), &patches, &Shape::new([rows, outputs]));
        let data = read_sync(CubeBackend::float_into_data(y)).expect("the device is there");
        let actual = data.try_to_vec::<f32>().expect("the kernels compute in f32");
        for (row, sums) in actual.chunks_exact(outputs).enumerate() {
            let odd = [3, 9, 66, 67].contains(&row);
            assert!(sums.iter().all(|sum| sum.is_finite() != odd), "row {row}: {sums:?}");
        }
        let rest = reference::fake_quantized(&x[..3 * inputs], inputs);
        let expected = reference::matmul(&rest, &values, &Patches::rows(3, inputs as u32), Epilogue::default());
        DOTS_TOL.check("rows without", &actual[..3 * outputs], &expected);
    }

    /// Without anything, with a bias, and with a residual too where it fits.
    fn check(variant: Variant, patches: &Patches, outputs: usize) {
        let Variant { plan, format, activation } = variant;
        let rows = if activation.is_gated() { 2 * outputs } else { outputs };
        let image = patches.image.map(|size| size as usize);
        let ([height, width], [out_height, out_width]) = (patches.kernel, patches.output());
        let weight_shape = [rows, height as usize, width as usize, image[3]];
        let Some((weight, weight_values)) = weight(format, weight_shape) else { return };
        let shape = [image[0], out_height as usize, out_width as usize, outputs];
        let (x, bias) = (noise(image.iter().product(), 1), noise(rows, 3));
        let residual = outputs.is_multiple_of(QUAD as usize).then(|| noise(shape.iter().product(), 4));
        // Once as on a device so slow that every matmul takes several launches.
        let epilogues = [(None, None, 1e12), (Some(&bias), None, 1e6), (Some(&bias), residual.as_ref(), 1e12)];
        for (bias, residual, speed) in epilogues {
            let epilogue = Epilogue {
                bias: bias.map(|bias| on_device(bias, [rows])),
                residual: residual.map(|residual| on_device(residual, shape)),
                slopes: None,
                activation,
            };
            let x_on_device = on_device(&x, image);
            let client = x_on_device.client.clone();
            set_speed(&client, speed);
            let y = matmul((plan, format), x_on_device, weight.clone(), epilogue, patches, &Shape::new(shape));
            set_speed(&client, 1e12);
            let data = read_sync(CubeBackend::float_into_data(y)).expect("the device is there");
            let actual = data.try_to_vec::<f32>().expect("the kernels compute in f32");
            let (bias, residual) = (bias.map(Vec::as_slice), residual.map(Vec::as_slice));
            let epilogue = Epilogue { bias, residual, slopes: None, activation };
            // Where factors are rounded to 16 bits the sums of cooperative matrices are no rougher than others; packed halves round
            // sums of four products.
            let tol = match plan {
                Plan::Packed => PACKED_TOL,
                Plan::Dots => DOTS_TOL,
                _ => TOL,
            };
            let in_halves = |values: &[f32]| values.iter().map(|&it| f16::from_f32(it).to_f32()).collect::<Vec<_>>();
            let expected = match plan {
                plan if plan.rounds() => {
                    reference::matmul(&in_halves(&x), &in_halves(&weight_values), patches, epilogue)
                }
                Plan::Dots => {
                    let x = reference::fake_quantized(&x, image[3]);
                    reference::matmul(&x, &weight_values, patches, epilogue)
                }
                _ => reference::matmul(&x, &weight_values, patches, epilogue),
            };
            tol.check(&format!("{variant:?}, {patches:?} to {outputs}"), &actual, &expected);
        }
    }
}
