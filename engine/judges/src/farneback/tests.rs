use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;

use hummingbird_formats::safetensors_file;

use super::*;

/// Bytes of a golden's tensors.
fn golden() -> HashMap<String, Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = path.join("../../tests/data/golden/data/motion_farneback_a.safetensors");
    let mut file = File::open(path).expect("the golden is there");
    let (contents, _) = safetensors_file::read(&mut file).expect("it is safetensors");
    let tensors = contents.tensors.iter();
    tensors.map(|it| (it.name().to_owned(), it.read(&mut file).expect("it is whole"))).collect()
}

const SIZE: [usize; 2] = [64, 96];
const PIXELS: usize = 64 * 96;

#[test]
fn grey_is_that_of_opencv() {
    let golden = golden();
    let (tile, shifts) = (&golden["tile"], &golden["shifts"]);
    let [height, width] = SIZE.map(|side| side as i64);
    let shifts: Vec<i64> = shifts.as_chunks().0.iter().map(|&it| i64::from_le_bytes(it)).collect();
    for (frame, expected) in golden["gray"].chunks(PIXELS).enumerate() {
        let [dy, dx] = [shifts[2 * frame], shifts[2 * frame + 1]];
        let mut rgb = Vec::with_capacity(3 * PIXELS);
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let at = ((y - dy).rem_euclid(height) * width + (x - dx).rem_euclid(width)) as usize;
            rgb.extend_from_slice(&tile[3 * at..][..3]);
        }
        assert_eq!(grey(&rgb), expected, "frame {frame}");
    }
}

#[test]
fn flow_and_score_are_those_of_opencv() {
    let golden = golden();
    let frames: Vec<Expanded> = golden["gray"].chunks(PIXELS).map(|grey| Expanded::new(grey, SIZE)).collect();
    let expected: Vec<f32> = golden["flow"].as_chunks().0.iter().map(|&it| f32::from_le_bytes(it)).collect();
    let mut lengths = Vec::new();
    for (pair, expected) in frames.windows(2).zip(expected.chunks(2 * PIXELS)) {
        let flow = pair[0].flow_to(&pair[1]);
        let worst = flow
            .vectors
            .iter()
            .enumerate()
            .map(|(at, it)| (it[0] - expected[at]).abs().max((it[1] - expected[PIXELS + at]).abs()));
        let worst = worst.fold(0.0, f32::max);
        eprintln!("off by {worst}");
        assert!(worst <= 0.02, "off by {worst} px");
        lengths.push(flow.mean_length());
    }
    let score = lengths.iter().sum::<f64>() / 3.0;
    assert!((score - 2.344_770_431_518_554_7).abs() <= 0.005, "{score}");
}

/// A picture without structure does not move, and one pixel is a frame too.
#[test]
fn flat_and_tiny_frames_have_a_flow() {
    let flat = Expanded::new(&[90; 40 * 50], [40, 50]);
    assert!(flat.flow_to(&flat).mean_length() < 1e-6);
    for size in [[1, 1], [1, 7], [3, 2], [33, 65]] {
        let pixels: Vec<u8> = (0..size[0] * size[1]).map(|at| (at * 37 % 251) as u8).collect();
        let frame = Expanded::new(&pixels, size);
        let flow = frame.flow_to(&frame);
        assert_eq!(flow.vectors.len(), size[0] * size[1]);
        // The last row and column have no neighbours to be compared with, as in OpenCV.
        assert!(flow.mean_length() < 0.05, "{size:?}: {}", flow.mean_length());
    }
}
