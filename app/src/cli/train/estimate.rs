//! What a dry run says of memory and time.

use hummingbird_engine::training::recipes::estimate::{Estimate, Moment};

use super::super::print::bytes;
use super::super::progress::duration;

/// Lines of an estimate, for a device whose arithmetic peak was measured.
pub(super) fn lines(estimate: &Estimate, peak_gflops: Option<f64>) -> String {
    let Estimate { trained_bytes, average_bytes, frozen_bytes, mapped_bytes, optimizer_bytes, .. } = *estimate;
    let Estimate {
        gradient_bytes,
        kept_bytes,
        activation_bytes,
        batch_bytes,
        update_bytes,
        checkpoint_bytes,
        grid_bytes,
        ..
    } = *estimate;
    let apart =
        if estimate.optimizer_apart { "optimiser's state, in the processor's memory" } else { "optimiser's state" };
    let rows = [
        ("weights that are trained", trained_bytes),
        ("their running average", average_bytes),
        ("gradients", gradient_bytes),
        (apart, optimizer_bytes),
        ("frozen networks", frozen_bytes),
        ("data that stay in memory", kept_bytes),
        ("activations and clips", activation_bytes),
    ];
    let moments = [
        ("together in an update", update_bytes),
        ("while clips become latents", batch_bytes),
        ("while a checkpoint is written or validated", checkpoint_bytes),
        ("while a sample grid is made", grid_bytes),
    ];
    let parts = rows.into_iter().filter(|(_, bytes)| *bytes > 0);
    let row = |(name, count): (&str, usize)| format!("  {name:<46}{:>12}\n", bytes(count as u64));
    let mut text = "memory, about\n".to_owned();
    text.extend(parts.map(row));
    text.push('\n');
    text.extend(moments.map(row));
    let at = match estimate.peak_at {
        Moment::Update => "in an update",
        Moment::Batch => "while clips become latents",
        Moment::Checkpoint => "while a checkpoint is written or validated",
        Moment::Grid => "while a sample grid is made",
    };
    text += &format!("  most: {}, {at}", bytes(estimate.peak_bytes as u64));
    if mapped_bytes > 0 {
        text += &format!(", beside {} of files that are used where they lie", bytes(mapped_bytes as u64));
    }
    text += &format!("\nan update computes {:.3} TFLOP", estimate.update_flop / 1e12);
    if let Some(gflops) = peak_gflops {
        let least = least_secs(estimate, gflops);
        text += &format!(": at least {} at this device's measured peak of {gflops:.0} GFLOP/s", duration(least));
    }
    text
}

/// Seconds of an update if the device computed at its peak all the time.
pub(super) fn least_secs(estimate: &Estimate, peak_gflops: f64) -> f64 {
    estimate.update_flop / (1e9 * peak_gflops)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_not_there_are_left_out_and_the_most_is_named() {
        let estimate = Estimate {
            trained_bytes: 3 << 30,
            average_bytes: 0,
            frozen_bytes: 1 << 20,
            mapped_bytes: 5 << 30,
            optimizer_bytes: 6 << 30,
            gradient_bytes: 3 << 30,
            kept_bytes: 0,
            activation_bytes: 1 << 30,
            batch_bytes: 10 << 30,
            update_bytes: 13 << 30,
            checkpoint_bytes: 12 << 30,
            grid_bytes: 11 << 30,
            peak_bytes: 13 << 30,
            peak_at: Moment::Update,
            optimizer_apart: false,
            update_flop: 2e12,
        };
        let text = lines(&estimate, Some(100.0));
        assert!(!text.contains("average") && text.contains("most: 13.0 GiB, in an update, beside 5.0 GiB"), "{text}");
        assert!(text.contains("2.000 TFLOP: at least 20") && text.contains("100 GFLOP/s"), "{text}");
        assert!(lines(&estimate, None).ends_with("2.000 TFLOP"));
        let apart = lines(&Estimate { optimizer_apart: true, ..estimate }, None);
        assert!(apart.contains("in the processor's memory"), "{apart}");
    }
}
