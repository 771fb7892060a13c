//! Learning rates over a run.

/// Steps in which the learning rate rises to its largest.
const WARMUP_STEPS: f64 = 100.0;
/// What is left of the learning rate at the end.
const LAST_SHARE: f64 = 0.02;

/// A learning rate that rises quickly and falls along a cosine while `samples` of `total` are seen; `step` are the steps made.
pub fn cosine_rate(largest: f64, samples: u64, total: u64, step: u64) -> f64 {
    let progress = samples as f64 / total as f64;
    let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
    largest * warmup(step, WARMUP_STEPS) * (LAST_SHARE + (1.0 - LAST_SHARE) * cosine)
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
        let rate = |samples, step| cosine_rate(1.0, samples, 1000, step);
        assert_eq!(rate(0, 0), 0.01);
        assert!((rate(0, 99) - 1.0).abs() < 1e-12);
        assert!((rate(500, 400) - 0.51).abs() < 1e-12);
        assert!((rate(1000, 800) - 0.02).abs() < 1e-12);
    }
}
