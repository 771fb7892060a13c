//! Antialiased bilinear resizing along one axis, as torch does it on a CPU: the weights. Frames are resized by them for DOVER
//! (`dover/resize`) and for training.

/// The weights of one pixel of the result along one axis: those of `weights.len()` neighbours from `first` on.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// The first of them.
    pub first: usize,
    /// Their weights, which sum up to 1.
    pub weights: Vec<f32>,
}

/// Antialiased resizing along one axis (`_upsample_bilinear2d_aa`): a triangle that is as wide as two pixels of the source, or of
/// the result where that is smaller. Weights are computed in f32, as there.
pub fn triangle(from: usize, to: usize) -> Vec<Neighbours> {
    let scale = from as f32 / to as f32;
    let support = scale.max(1.0);
    let inverse = if scale >= 1.0 { 1.0 / scale } else { 1.0 };
    let of = |index: usize| {
        let centre = scale * (index as f32 + 0.5);
        // Conversions cut towards zero; the larger bound is positive.
        let first = (centre - support + 0.5).max(0.0) as usize;
        let end = ((centre + support + 0.5) as usize).min(from).max(first + 1);
        let weight = |place: usize| {
            // torch's constants are f64, so that this is too.
            let distance = (f64::from(place as f32 - centre) + 0.5) * f64::from(inverse);
            (1.0 - (distance as f32).abs()).max(0.0)
        };
        let weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        Neighbours { first, weights: weights.into_iter().map(|weight| weight / sum).collect() }
    };
    (0..to).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of 0, 10, 20 and so on, as torch.nn.functional.interpolate(mode="bilinear", antialias=True) has them.
    fn resized(from: usize, to: usize) -> Vec<f32> {
        let of = |Neighbours { first, weights }: &Neighbours| {
            weights.iter().enumerate().map(|(at, weight)| weight * 10.0 * (first + at) as f32).sum()
        };
        triangle(from, to).iter().map(of).collect()
    }

    #[test]
    fn weights_are_those_of_torch() {
        // Halving: each pixel of the result sees four of the source, at distances of 0.25 and 0.75.
        assert_eq!(triangle(8, 4)[1], Neighbours { first: 1, weights: vec![0.125, 0.375, 0.375, 0.125] });
        let halved = resized(6, 3);
        let inside = 10.0 / 8.0 + 20.0 * 3.0 / 8.0 + 30.0 * 3.0 / 8.0 + 40.0 / 8.0;
        assert!((halved[1] - inside).abs() < 1e-5, "{halved:?}");
        // At the edge what lies outside is left out: 3/8, 3/8, 1/8 of 7/8.
        let edge = (10.0 * 3.0 / 8.0 + 20.0 / 8.0) / (7.0 / 8.0);
        assert!((halved[0] - edge).abs() < 1e-5, "{halved:?}");
        // Enlarged, it is plain interpolation.
        assert_eq!(resized(2, 4), [0.0, 2.5, 7.5, 10.0]);
        assert_eq!(resized(3, 3), [0.0, 10.0, 20.0]);
    }

    #[test]
    fn weights_sum_to_one() {
        for (from, to) in [(7, 3), (3, 7), (20, 19), (1, 5), (5, 1), (320, 224), (1, 1)] {
            for neighbours in triangle(from, to) {
                assert!((neighbours.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{from} to {to}");
                assert!(neighbours.first + neighbours.weights.len() <= from, "{from} to {to}");
            }
        }
    }
}
