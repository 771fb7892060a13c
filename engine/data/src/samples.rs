//! Clips for tests.

use std::path::Path;

/// A clip of tensors `frames` `[t, h, w, c]`, with metadata as JSON.
pub(crate) fn tensors(path: &Path, shape: [usize; 4], metadata: &str, bytes: &[u8]) {
    let header = format!(
        r#"{{"__metadata__":{metadata},"frames":{{"dtype":"U8","shape":{shape:?},"data_offsets":[0,{}]}}}}"#,
        bytes.len()
    );
    let file = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), bytes].concat();
    std::fs::write(path, file).expect("writable");
}

/// Frames `[t, h, w, 3]` of a soft pattern that moves; `scene` tells patterns apart.
pub(crate) fn moving(scene: u32, frames: usize, height: usize, width: usize) -> Vec<u8> {
    let scene = f64::from(scene);
    let mut rgb = Vec::with_capacity(frames * height * width * 3);
    for frame in 0..frames {
        let time = frame as f64 / frames as f64;
        for y in 0..height {
            for x in 0..width {
                let (x, y) = ((x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64);
                let one = ((5.0 + 1.7 * scene) * x + 3.0 * time + 2.1 * scene).sin();
                let other = ((7.0 - 1.3 * scene) * y - 2.0 * time + 1.3 * scene).cos();
                rgb.extend([128.0 + 90.0 * one * other, 120.0 + 60.0 * other, 100.0 + 50.0 * one].map(|it| it as u8));
            }
        }
    }
    rgb
}
