//! The decisions of VBench that are made from numbers of networks.

use super::dimensions::Dimension;

/// Share of the longest flow vectors by which a pair's motion is measured.
pub const DYNAMIC_SHARE: f64 = 0.05;
/// The same where clips are searched for those that stand still.
pub const STATIC_SHARE: f64 = 0.02;
/// Frames a second to which clips are thinned out before their motion is measured.
const DYNAMIC_FPS: f64 = 8.0;

/// Frames between those whose motion is measured, of a clip of `fps` frames a second.
pub fn dynamic_interval(fps: f64) -> u64 {
    (fps / DYNAMIC_FPS).round_ties_even().max(1.0) as u64
}

/// Whether a clip moves; where some of its pairs say so, further ones and fewer frames change nothing. `scores` is the mean of the longest flow vectors of each pair, in pixels, `frames` those that were looked at.
pub fn moves(scores: &[f64], frames: usize, shorter_side: usize) -> bool {
    let limit = 6.0 * shorter_side as f64 / 256.0;
    let needed = (4.0 * frames as f64 / 16.0).round_ties_even() as usize;
    scores.iter().filter(|&&score| score > limit).count() >= needed
}

/// Whether the pairs of neighbours so far say that a clip of at most `frames` frames does not stand still ([`stands_still`]), whatever comes.
pub fn cannot_stand_still(neighbours: &[f64], frames: usize, shorter_side: usize) -> bool {
    let scores = [neighbours, &[0.0, 0.0]].concat();
    !stands_still(&scores, frames, shorter_side)
}

/// Whether a clip stands still. The last two of `scores` are those of first to last frame and back, the others of neighbours.
pub fn stands_still(scores: &[f64], frames: usize, shorter_side: usize) -> bool {
    let limit = 3.0 * shorter_side as f64 / 256.0;
    let most = (2.0 * frames as f64 / 16.0).round_ties_even() as usize;
    let (neighbours, ends) = scores.split_at(scores.len().saturating_sub(2));
    neighbours.iter().filter(|&&score| score > limit).count() <= most
        && ends.iter().all(|&score| score <= limit * most as f64 * 2.0)
}

/// Mean of the longest `share` of flow vectors, given by their lengths. At least one counts: VBench has no number for pictures of so few pixels.
pub fn mean_of_longest(lengths: &mut [f32], share: f64) -> f64 {
    let count = ((lengths.len() as f64 * share) as usize).max(1).min(lengths.len());
    if count == 0 {
        return 0.0;
    }
    lengths.sort_unstable_by(|a, b| b.total_cmp(a));
    lengths[..count].iter().map(|&length| f64::from(length)).sum::<f64>() / count as f64
}

/// The action that a clip's name asks for: lower case, up to the first hyphen, after the last `person is `.
pub fn asked_action(file_name: &str) -> String {
    let lower = file_name.to_lowercase();
    let prompt = lower.split('-').next().unwrap_or_default();
    prompt.rsplit("person is ").next().unwrap_or_default().to_owned()
}

/// Whether the action that is asked for is among the five that are seen best, and seen well. `labels` are in lower case.
pub fn shows_action(logits: &[f32], labels: &[String], asked: &str) -> bool {
    /// Actions that are looked at.
    const BEST: usize = 5;
    const LEAST: f64 = 0.85;
    let mut order: Vec<usize> = (0..logits.len().min(labels.len())).collect();
    order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
    order.into_iter().take(BEST).any(|index| {
        // In f32, as PyTorch has it, then to the nearest of four digits.
        let seen = 1.0 / (1.0 + (-logits[index]).exp());
        let rounded: f64 = format!("{:.4}", f64::from(seen)).parse().unwrap_or_default();
        rounded >= LEAST && labels[index] == asked
    })
}

/// What a sum of the values of clips is divided by besides their number.
pub fn divisor(dimension: Dimension) -> f64 {
    if dimension == Dimension::ImagingQuality { 100.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_to_even() {
        let intervals = [(8.0, 1), (12.0, 2), (20.0, 2), (24.0, 3), (30.0, 4), (3.0, 1), (60.0, 8)];
        for (fps, interval) in intervals {
            assert_eq!(dynamic_interval(fps), interval, "{fps}");
        }
        // 26 frames: 6.5 becomes 6, and 30: 7.5 becomes 8.
        assert!(moves(&[8.0; 6], 26, 256) && !moves(&[8.0; 5], 26, 256));
        assert!(moves(&[8.0; 8], 30, 256) && !moves(&[8.0; 7], 30, 256));
    }

    #[test]
    fn the_longest_vectors_count() {
        let mut lengths: Vec<f32> = (0..100).map(|it| it as f32).collect();
        assert_eq!(mean_of_longest(&mut lengths, DYNAMIC_SHARE), 97.0);
        assert_eq!(mean_of_longest(&mut lengths, STATIC_SHARE), 98.5);
        assert_eq!(mean_of_longest(&mut [3.0], DYNAMIC_SHARE), 3.0);
        assert_eq!(mean_of_longest(&mut [], DYNAMIC_SHARE), 0.0);
    }

    #[test]
    fn actions_are_read_off_names_and_found_among_the_five_best() {
        assert_eq!(asked_action("A person is riding a bike-3.mp4"), "riding a bike");
        assert_eq!(asked_action("A person is push up-0.mp4"), "push up");
        let labels: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).into();
        // The sigmoid of 1.7346 is 0.84999.. and becomes 0.85 when it is rounded; that of 1.734 is 0.8499.
        let logits = [9.0, 8.0, 7.0, 6.0, 1.7346, 1.7345];
        assert!(shows_action(&logits, &labels, "e"));
        assert!(!shows_action(&logits, &labels, "f"), "it is the sixth");
        assert!(!shows_action(&[1.734], &labels, "a"));
        assert!(!shows_action(&[9.0], &labels, "b"));
        assert!(!shows_action(&[], &labels, "a"));
    }
}
