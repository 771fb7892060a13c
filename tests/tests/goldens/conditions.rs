//! The sinusoids of timestep, frame rate and guidance scale that the golden networks were given.

use hummingbird_engine::pipeline::denoise::schedule::{guidance_embedding, timestep_embedding};
use hummingbird_tests::golden::GoldenFile;

/// Guidance scale of every golden that has one.
const GUIDANCE: f32 = 7.5;

/// A frequency may round to the neighbouring f32 number, half an ulp of a number below 1; the angle is the frequency times
/// `factor`, and sine and cosine move at most as far as the angle.
fn check(what: &str, found: &[f32], expected: &[f32], factor: f32) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let limit = factor.abs().max(1.0) * f32::EPSILON;
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= limit, "{what}[{index}] is {found} instead of {expected}, limit {limit}");
    }
}

#[test]
fn sinusoids_are_those_that_the_networks_were_given() {
    for case in ["unet_nano", "unet_07b", "unet_07b_26f", "unet_07b_b2", "unet_07b_plain", "unet_vc2"] {
        let golden = GoldenFile::read(case);
        for (values, embeddings) in [("timesteps", "t_emb"), ("fps", "fps_emb")] {
            let rows = golden.get(embeddings).values.chunks_exact(32);
            for (&value, row) in golden.get(values).values.iter().zip(rows) {
                check(&format!("{case} {embeddings}"), &timestep_embedding(value, 32), row, value);
            }
        }
        if golden.has("w_embedding") {
            for row in golden.get("w_embedding").values.chunks_exact(256) {
                check(&format!("{case} w_embedding"), &guidance_embedding(GUIDANCE, 256), row, 1000.0 * GUIDANCE);
            }
        }
    }
}
