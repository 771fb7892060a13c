//! Learning rates over a run.

/// What is left of a learning rate at the end of a cosine.
const LAST_SHARE: f64 = 0.02;

/// A factor that falls from 1 along a cosine to a fiftieth while `done` of `total` updates are made.
pub fn cosine(done: u64, total: u64) -> f64 {
    let progress = (done as f64 / total.max(1) as f64).min(1.0);
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
    LAST_SHARE + (1.0 - LAST_SHARE) * cosine
}

/// A factor that rises along a line to 1 over the first `steps` steps.
pub fn warmup(step: u64, steps: f64) -> f64 {
    ((step + 1) as f64 / steps).min(1.0)
}

/// A learning rate that is multiplied by `gamma` after every `every` updates, of which `updates` are done (`StepLR` of PyTorch).
/// With a `gamma` of 1 it is constant.
///
/// # Panics
/// When `every` is 0: a bug of the caller.
pub fn step_rate(first: f64, every: u64, gamma: f64, updates: u64) -> f64 {
    first * gamma.powf((updates / every) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_in_steps() {
        let rates: Vec<f64> = (0..7).map(|updates| step_rate(8.0, 3, 0.5, updates)).collect();
        assert_eq!(rates, [8.0, 8.0, 8.0, 4.0, 4.0, 4.0, 2.0]);
        assert_eq!(step_rate(0.1, 1, 1.0, 1_000_000), 0.1);
    }

    #[test]
    fn the_rate_rises_to_its_largest_and_falls_to_a_fiftieth() {
        assert_eq!([0, 49, 99, 400].map(|step| warmup(step, 100.0)), [0.01, 0.5, 1.0, 1.0]);
        let near = |done, wanted: f64| assert!((cosine(done, 1000) - wanted).abs() < 1e-12, "{done}");
        near(0, 1.0);
        near(500, 0.51);
        near(1000, 0.02);
        near(2000, 0.02);
    }
}
