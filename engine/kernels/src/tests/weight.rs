//! Weights on devices: every number format, in the order in which kernels read them.

use burn::tensor::{Tensor, TensorData};
use half::f16;
use hummingbird_shaders::matmul::{BLOCK, Patches, holds_q8, matmul, pack_q8, unpack_q8};

use super::support::{Tol, devices, noise, tensor, values};
use crate::conv::conv2d_on;
use crate::matmul::matmul_on;
use crate::weight::sizes_of;
use crate::{ConvOptions, Epilogue, KernelPath, Narrowest, Q8Weight, StoredWeight, narrowest, weight_on};

const PATHS: [KernelPath; 2] = [KernelPath::Fused, KernelPath::Unfused];
const TOL: Tol = Tol { rtol: 2e-5, atol: 2e-5, why: "sums over up to 700 f32 products, in another order" };

/// An 8-bit weight and its values, `[out, in, ..]`.
fn q8(shape: &[usize]) -> (Q8Weight, Vec<f32>) {
    let row = shape[1..].iter().product::<usize>();
    let blocks = row.div_ceil(BLOCK);
    let codes: Vec<i8> = noise(shape[0] * row, 1).into_iter().map(|value| (value * 127.0) as i8).collect();
    let scales: Vec<f16> =
        noise(shape[0] * blocks, 2).into_iter().map(|it| f16::from_f32((1.5 + it) / 127.0)).collect();
    let value =
        |(index, &code): (usize, &i8)| f32::from(code) * scales[index / row * blocks + index % row / BLOCK].to_f32();
    let values = codes.iter().enumerate().map(value).collect();
    let codes: Vec<u8> = codes.into_iter().map(i8::cast_unsigned).collect();
    let scales: Vec<u8> = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
    (Q8Weight::new(&codes, &scales), values)
}

#[test]
fn packed_weights_come_back() {
    for sizes @ [out, channels, taps] in [[1, 4, 1], [3, 36, 9], [5, 20, 3], [2, 64, 1]] {
        let (weight, values) = q8(&[out, channels, taps]);
        assert_eq!(unpack_q8(&pack_q8(weight.codes(), weight.scales(), sizes), sizes), values, "{sizes:?}");
    }
    assert!(!holds_q8([6, 1]) && !holds_q8([8, 25]) && !holds_q8([0, 1]) && holds_q8([4, 9]));
}

#[test]
fn matmuls_take_8_bits_on_every_device() {
    for (name, device) in devices() {
        for [rows, inputs, outputs] in [[1, 4, 1], [13, 700, 19], [101, 40, 132]] {
            let (weight, expected) = q8(&[outputs, inputs]);
            let x = noise(rows * inputs, 3);
            let patches = Patches::rows(rows as u32, inputs as u32);
            let expected = matmul(&x, &expected, &patches, Epilogue::default());
            let weight = weight_on(StoredWeight::Q8(weight), [outputs, inputs], &device);
            for path in PATHS {
                let y = matmul_on(path, tensor::<2>(&x, [rows, inputs], &device), weight.clone(), Epilogue::default());
                TOL.check(&format!("[{rows}, {inputs}, {outputs}], {path:?} on {name}"), &values(y), &expected);
            }
        }
        let shape @ [outputs, inputs, height, width] = [6, 20, 3, 3];
        let (weight, kernel) = q8(&shape);
        let (x, bias) = (noise(2 * 5 * 7 * inputs, 3), noise(outputs, 4));
        let options = ConvOptions { upsample: false, stride: 2, padding: [1; 4] };
        let floats = StoredWeight::Floats(TensorData::new(kernel, shape));
        let of_path = |path, weight: StoredWeight| {
            let weight = weight_on(weight, shape, &device);
            assert_eq!(weight.dims(), [outputs, inputs, height, width]);
            values(conv2d_on(
                path,
                tensor(&x, [2, 5, 7, inputs], &device),
                weight,
                options,
                Epilogue::bias(tensor(&bias, [outputs], &device)),
            ))
        };
        // The convolution of f32 weights has its definition as its own test.
        let expected = of_path(KernelPath::Unfused, floats.clone());
        for path in PATHS {
            let packed = of_path(path, StoredWeight::Q8(weight.clone()));
            TOL.check(&format!("convolution, 8 bits, {path:?} on {name}"), &packed, &expected);
            TOL.check(&format!("convolution, f32, {path:?} on {name}"), &of_path(path, floats.clone()), &expected);
        }
    }
}

#[test]
fn weights_keep_their_values_and_sides_on_every_device() {
    for (name, device) in devices() {
        let shape = [3, 4, 2, 5];
        let wide = noise(120, 1);
        let halves = wide.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>();
        for data in [TensorData::new(wide, shape), TensorData::new(halves, shape)] {
            let kept: Tensor<4> = weight_on(StoredWeight::Floats(data.clone()), shape, &device);
            assert_eq!((kept.dims(), kept.dtype()), (shape, data.dtype()), "{name}");
            assert_eq!(kept.into_data().convert::<f32>(), data.convert::<f32>(), "{name}");
        }
        assert_eq!(sizes_of(&shape), [3, 4, 10]);
        // Kernels of GPUs read whole quads of channels, those of the processor any number.
        let least = if name == "libtorch" { Narrowest::F32 } else { Narrowest::Q8 };
        assert_eq!(narrowest(&[3, 4], &device), least, "{name}");
        assert_eq!(narrowest(&[4, 3], &device) == Narrowest::Q8, name == "flex", "{name}: no whole quads");
    }
}
