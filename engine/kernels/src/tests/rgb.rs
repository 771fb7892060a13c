//! Values to bytes.

use burn::tensor::Device;
use hummingbird_shaders::latent_to_rgb8::{RgbMap, latent_to_rgb8 as reference};

use super::support::{devices, noise, tensor};
use crate::latent_to_rgb8;

fn run(values: &[f32], shape: [usize; 4], map: &RgbMap, device: &Device) -> Vec<u8> {
    latent_to_rgb8(tensor(values, shape, device), map).bytes
}

#[test]
fn pictures_become_bytes_as_the_reference_rounds_them() {
    // Half a step below and above a byte's edge, the bounds, beyond the bounds, and what is not a number.
    let edge = 2.0 * 100.0 / 255.0 - 1.0;
    let inputs = [-1.0, 1.0, 0.0, edge - 1e-4, edge + 1e-4, -7.0, 7.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    let bytes = [0, 255, 127, 99, 100, 0, 255, 255, 0, 0];
    for (name, device) in devices() {
        for (input, byte) in inputs.into_iter().zip(bytes) {
            let map = RgbMap { factors: vec![[1.0; 3]], bias: [0.0; 3] };
            assert_eq!(run(&[input], [1, 1, 1, 1], &map, &device), [byte; 3], "{name}: {input}");
        }
    }
}

#[test]
fn identity_agrees_with_the_reference_byte_for_byte_on_every_device() {
    // 1 and 2 pixels leave a word half full; 1000 pixels fill more than one workgroup.
    for shape @ [n, height, width, _] in [[1, 1, 1, 3], [1, 1, 2, 3], [2, 3, 5, 3], [1, 25, 40, 3], [3, 33, 7, 3]] {
        let values = noise(n * height * width * 3, 1).into_iter().map(|v| 1.3 * v).collect::<Vec<_>>();
        let expected = reference(&values, &RgbMap::identity());
        for (name, device) in devices() {
            assert_eq!(run(&values, shape, &RgbMap::identity(), &device), expected, "{name} {shape:?}");
        }
    }
}

#[test]
fn a_preview_map_agrees_with_the_reference_within_one_level() {
    let map = RgbMap {
        factors: vec![[0.3, 0.2, 0.2], [0.1, 0.3, 0.2], [-0.2, 0.2, 0.3], [-0.2, -0.3, -0.7]],
        bias: [0.05, -0.1, 0.0],
    };
    let values = noise(2 * 9 * 11 * 4, 1).into_iter().map(|v| 2.0 * v).collect::<Vec<_>>();
    let expected = reference(&values, &map);
    for (name, device) in devices() {
        let bytes = run(&values, [2, 9, 11, 4], &map, &device);
        assert_eq!(bytes.len(), expected.len(), "{name}");
        // A GPU may fuse multiply and add; that moves a value across the edge of a byte now and then, never further.
        let apart = bytes.iter().zip(&expected).filter(|(a, e)| a != e).inspect(|(a, e)| {
            assert!(a.abs_diff(**e) <= 1, "{name}: {a}, not {e}");
        });
        assert!(apart.count() <= expected.len() / 100, "{name}: more bytes differ than rounding explains");
    }
}

#[test]
fn a_strided_tensor_is_read_in_its_own_order() {
    let values = noise(3 * 4 * 5, 1);
    for (name, device) in devices() {
        // [1, 3, 4, 5] with channels first becomes [1, 4, 5, 3].
        let picture = tensor(&values, [1, 3, 4, 5], &device).permute([0, 2, 3, 1]);
        let straight = picture.clone().into_data().try_to_vec::<f32>().expect("the tests compute in f32");
        assert_eq!(
            latent_to_rgb8(picture, &RgbMap::identity()).bytes,
            reference(&straight, &RgbMap::identity()),
            "{name}"
        );
    }
}
