//! VBench's values of a clip out of what its frames have become, one frame after the other, so that a clip of any length needs the
//! memory of a few.

/// Lengths below it count as this: torch's `cosine_similarity`.
const SHORTEST: f64 = 1e-8;
/// Largest value of a byte.
const WHITE: f64 = 255.0;

/// Values of frames or of pairs of them, and how many there are: VBench weighs some dimensions by frames, others by clips.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// All values together.
    pub total: f64,
    /// How many values.
    pub count: usize,
}

impl Sum {
    /// One value more.
    pub fn add(&mut self, value: f64) {
        self.total += value;
        self.count += 1;
    }

    /// Their mean; `None` without values, as for a clip of one frame.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.total / self.count as f64)
    }
}

impl std::iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::default(), |a, b| Self { total: a.total + b.total, count: a.count + b.count })
    }
}

impl std::iter::FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|value| sum.add(value));
        sum
    }
}

/// Subject consistency (of features of DINO) and background consistency (of CLIP): how much each frame is like the one before
/// and like the first.
#[derive(Clone, Debug, Default)]
pub struct Consistency {
    first: Option<Vec<f32>>,
    before: Vec<f32>,
    /// The means of both likenesses, for each frame but the first.
    pub pairs: Sum,
}

impl Consistency {
    /// The feature of the next frame, normalised or not. From the second frame on, how much it is like the one before and like the
    /// first: cosines, 0 where they are below it.
    ///
    /// # Panics
    /// When features have different lengths: a bug of the caller.
    pub fn add(&mut self, feature: &[f32]) -> Option<[f64; 2]> {
        let Some(first) = &self.first else {
            self.first = Some(feature.to_vec());
            self.before = feature.to_vec();
            return None;
        };
        let likeness = [&self.before, first].map(|other| cosine(other, feature).max(0.0));
        self.pairs.add((likeness[0] + likeness[1]) / 2.0);
        self.before = feature.to_vec();
        Some(likeness)
    }
}

/// The cosine of two features.
///
/// # Panics
/// When they have different lengths: a bug of the caller.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "features have one length");
    let product = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let lengths = [a, b].map(|feature| product(feature, feature).sqrt().max(SHORTEST));
    product(a, b) / (lengths[0] * lengths[1])
}

/// Temporal flickering: how little neighbouring frames differ.
#[derive(Clone, Debug, Default)]
pub struct Flicker {
    before: Option<Vec<u8>>,
    /// Mean absolute differences of neighbours, 0..255.
    pub pairs: Sum,
}

impl Flicker {
    /// The bytes of the next frame. From the second one on, the mean absolute difference to the one before.
    ///
    /// # Panics
    /// When frames have different sizes or none: a bug of the caller.
    pub fn add(&mut self, frame: &[u8]) -> Option<f64> {
        let before = self.before.replace(frame.to_vec())?;
        assert_eq!(before.len(), frame.len(), "frames have one size");
        let sum: u64 = before.iter().zip(frame).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        // numpy's mean of floats in 32 bits is one too.
        let difference = f64::from((sum as f64 / frame.len() as f64) as f32);
        self.pairs.add(difference);
        Some(difference)
    }

    /// 1 where nothing changes; `None` for a clip of one frame.
    pub fn value(&self) -> Option<f64> {
        self.pairs.mean().map(|mean| (WHITE - mean) / WHITE)
    }
}

/// Appearance style of one frame: its likeness to the text of the style as CLIP scales it, in hundredths. A clip's value is the
/// mean of its frames.
pub fn appearance_style(frame: &[f32], style: &[f32], scale: f32) -> f64 {
    f64::from(scale) * cosine(frame, style) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_never_negative_and_of_nothing_is_nothing() {
        let mut consistency = Consistency::default();
        assert_eq!(consistency.add(&[1.0, 0.0]), None);
        assert_eq!(consistency.add(&[-2.0, 0.0]), Some([0.0, 0.0]));
        assert_eq!(consistency.add(&[-2.0, 0.0]), Some([1.0, 0.0]));
        assert_eq!(consistency.add(&[0.0, 0.0]), Some([0.0, 0.0]));
        assert_eq!(consistency.pairs, Sum { total: 0.5, count: 3 });
    }

    /// Two clips of 2 and 4 frames: by frames the longer one counts three times as much.
    #[test]
    fn clips_can_be_weighed_by_their_frames() {
        let clips = [Sum { total: 1.0, count: 1 }, Sum { total: 1.5, count: 3 }];
        assert_eq!(clips.into_iter().sum::<Sum>().mean(), Some(0.625));
        assert_eq!(Sum::default().mean(), None);
        assert_eq!([1.0, 2.0].into_iter().collect::<Sum>().mean(), Some(1.5));
    }

    #[test]
    fn a_still_clip_does_not_flicker_and_one_frame_says_nothing() {
        let mut flicker = Flicker::default();
        assert_eq!((flicker.add(&[9; 12]), flicker.value()), (None, None));
        assert_eq!((flicker.add(&[9; 12]), flicker.value()), (Some(0.0), Some(1.0)));
        assert_eq!(flicker.add(&[60; 12]), Some(51.0));
        assert_eq!(flicker.value(), Some((255.0 - 25.5) / 255.0));
    }
}
