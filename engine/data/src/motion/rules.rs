//! What flows say of a clip: movement of the camera by least squares, and the reasons to drop the clip.
//!
//! Coordinates are pixels from the middle of the frame. Of each pair of frames an affine movement is fitted to all pixels, and its
//! zoom again to the inner and to the outer part alone: a dolly zoom is an outer part that grows around an inner one that does not.

use hummingbird_judges::farneback::Flow;
use serde::Serialize;

/// So that a clip without a pan has a jerk.
const LEAST_PAN: f64 = 1e-6;

/// From where on a clip is dropped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MotionLimits {
    /// A clip with a smaller mean length of the flow, as a share of the diagonal, is static.
    pub static_rel: f64,
    /// Least difference of outer and inner zoom of a pair in a dolly zoom.
    pub dolly_gap: f64,
    /// Most inner zoom in a dolly zoom, as a share of the outer.
    pub dolly_hold: f64,
    /// Share of such pairs from which on the clip is a dolly zoom.
    pub dolly_share: f64,
    /// Jerk from which on a clip shakes,
    pub shake: f64,
    /// where it pans this much, as a share of the diagonal.
    pub shake_rel: f64,
}

impl Default for MotionLimits {
    fn default() -> Self {
        Self { static_rel: 0.0005, dolly_gap: 0.004, dolly_hold: 0.5, dolly_share: 0.6, shake: 1.2, shake_rel: 0.002 }
    }
}

/// Why a clip's movement speaks against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MotionReason {
    /// Nothing moves.
    Static,
    /// The camera moves back and zooms in, or the other way round.
    DollyZoom,
    /// The camera shakes.
    Shake,
}

impl MotionReason {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Static, Self::DollyZoom, Self::Shake];

    /// What manifests call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::DollyZoom => "dolly_zoom",
            Self::Shake => "shake",
        }
    }
}

/// The movement between two frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairMotion {
    /// Mean length of the flow, in pixels.
    pub length: f64,
    /// To the right and down, in pixels.
    pub pan: [f64; 2],
    /// Growth: 0.01 is one hundredth a frame.
    pub zoom: f64,
    /// Turn, in radians.
    pub rotation: f64,
    /// Growth of the inner part.
    pub zoom_inner: f64,
    /// Growth of the outer part.
    pub zoom_outer: f64,
    /// What the affine movement leaves, as the root of its mean square over both directions, in pixels.
    pub residual: f64,
}

/// Sums over some of the pixels. Each part of a frame is symmetric about both axes, so that the sums of x, of y and of xy are 0
/// and the coefficients of a fit do not depend on each other.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    ux: f64,
    vy: f64,
    xx: f64,
    yy: f64,
}

impl Part {
    fn add(&mut self, [x, y]: [f64; 2], [u, v]: [f64; 2]) {
        self.ux += u * x;
        self.vy += v * y;
        self.xx += x * x;
        self.yy += y * y;
    }

    fn zoom(&self) -> f64 {
        0.5 * (ratio(self.ux, self.xx) + ratio(self.vy, self.yy))
    }
}

/// 0 where there is nothing to divide by: a side of one pixel does not grow.
fn ratio(sum: f64, of: f64) -> f64 {
    if of > 0.0 { sum / of } else { 0.0 }
}

impl PairMotion {
    /// The movement that a flow shows.
    ///
    /// # Panics
    /// When the flow has no pixel, or not as many vectors as its sides say: a bug of the caller.
    pub fn of(flow: &Flow) -> Self {
        let [height, width] = flow.size;
        let pixels = height * width;
        assert!(pixels > 0 && flow.vectors.len() == pixels, "{} vectors for {:?}", flow.vectors.len(), flow.size);
        let (wide, high) = (width as f64, height as f64);
        let place =
            |index: usize| [(index % width) as f64 - (wide - 1.0) / 2.0, (index / width) as f64 - (high - 1.0) / 2.0];
        let vectors = || flow.vectors.iter().enumerate().map(|(index, it)| (place(index), it.map(f64::from)));
        let [mut all, mut inner, mut outer] = [Part::default(); 3];
        let (mut length, mut pan, mut uy, mut vx) = (0.0, [0.0; 2], 0.0, 0.0);
        for (at @ [x, y], vector @ [u, v]) in vectors() {
            length += u.hypot(v);
            pan[0] += u;
            pan[1] += v;
            uy += u * y;
            vx += v * x;
            all.add(at, vector);
            if x.abs() <= wide / 6.0 && y.abs() <= high / 6.0 {
                inner.add(at, vector);
            }
            if x.abs() >= wide / 3.0 || y.abs() >= high / 3.0 {
                outer.add(at, vector);
            }
        }
        let count = pixels as f64;
        let pan = pan.map(|sum| sum / count);
        let [right, down] = [[ratio(all.ux, all.xx), ratio(uy, all.yy)], [ratio(vx, all.xx), ratio(all.vy, all.yy)]];
        let squares = vectors().map(|([x, y], [u, v])| {
            let fitted = |pan: f64, slopes: [f64; 2]| pan + slopes[0] * x + slopes[1] * y;
            (u - fitted(pan[0], right)).powi(2) + (v - fitted(pan[1], down)).powi(2)
        });
        Self {
            length: length / count,
            pan,
            zoom: all.zoom(),
            rotation: 0.5 * (down[0] - right[1]),
            zoom_inner: inner.zoom(),
            zoom_outer: outer.zoom(),
            residual: (squares.sum::<f64>() / (2.0 * count)).sqrt(),
        }
    }
}

/// The movement of a clip: means over its pairs of frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClipMotion {
    /// Mean length of the flow, in pixels.
    pub magnitude_px: f64,
    /// The same as a share of the frame's diagonal.
    pub magnitude_rel: f64,
    /// Growth a frame.
    pub zoom: f64,
    /// Turn a frame, in radians.
    pub rotation: f64,
    /// Growth of the inner part.
    pub zoom_inner: f64,
    /// Growth of the outer part.
    pub zoom_outer: f64,
    /// Length of the pan, in pixels.
    pub pan_px: f64,
    /// Mean change of the pan from pair to pair, as a multiple of its length.
    pub jerk: f64,
    /// What affine movements leave, in pixels.
    pub residual_px: f64,
    /// Share of the pairs that look like a dolly zoom.
    pub dolly_share: f64,
    /// What speaks against the clip.
    pub reasons: Vec<MotionReason>,
}

/// Sums up a clip, pair by pair, in memory that does not grow.
#[derive(Clone, Debug, Default)]
pub struct MotionSum {
    limits: MotionLimits,
    pairs: u64,
    length: f64,
    zoom: f64,
    rotation: f64,
    zoom_inner: f64,
    zoom_outer: f64,
    pan: f64,
    /// Sum of the changes of the pan.
    changes: f64,
    residual: f64,
    /// Pairs that look like a dolly zoom which grows, and which shrinks, in its outer part.
    dollies: [u64; 2],
    last_pan: Option<[f64; 2]>,
}

impl MotionSum {
    /// Nothing yet.
    pub fn new(limits: MotionLimits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds the next pair of frames.
    pub fn add(&mut self, pair: &PairMotion) {
        let MotionLimits { dolly_gap, dolly_hold, .. } = self.limits;
        self.pairs += 1;
        self.length += pair.length;
        self.zoom += pair.zoom;
        self.rotation += pair.rotation;
        self.zoom_inner += pair.zoom_inner;
        self.zoom_outer += pair.zoom_outer;
        self.pan += pair.pan[0].hypot(pair.pan[1]);
        self.residual += pair.residual;
        if let Some([x, y]) = self.last_pan.replace(pair.pan) {
            self.changes += (pair.pan[0] - x).hypot(pair.pan[1] - y);
        }
        let (inner, outer) = (pair.zoom_inner, pair.zoom_outer);
        if (outer - inner).abs() >= dolly_gap && inner.abs() <= dolly_hold * outer.abs() {
            self.dollies[usize::from(outer < 0.0)] += 1;
        }
    }

    /// The clip's movement, of frames of this height and width; `None` before there was a pair.
    pub fn finish(&self, [height, width]: [usize; 2]) -> Option<ClipMotion> {
        if self.pairs == 0 {
            return None;
        }
        let limits = self.limits;
        let count = self.pairs as f64;
        let diagonal = (height as f64).hypot(width as f64);
        let pan_px = self.pan / count;
        let mean_change = if self.pairs > 1 { self.changes / (count - 1.0) } else { 0.0 };
        let dollies = self.dollies[usize::from(self.zoom_outer < 0.0)];
        let mut motion = ClipMotion {
            magnitude_px: self.length / count,
            magnitude_rel: self.length / count / diagonal,
            zoom: self.zoom / count,
            rotation: self.rotation / count,
            zoom_inner: self.zoom_inner / count,
            zoom_outer: self.zoom_outer / count,
            pan_px,
            jerk: mean_change / (pan_px + LEAST_PAN),
            residual_px: self.residual / count,
            dolly_share: dollies as f64 / count,
            reasons: Vec::new(),
        };
        let applies = |reason: &MotionReason| match reason {
            MotionReason::Static => motion.magnitude_rel < limits.static_rel,
            MotionReason::DollyZoom => motion.dolly_share >= limits.dolly_share,
            MotionReason::Shake => motion.jerk >= limits.shake && pan_px / diagonal >= limits.shake_rel,
        };
        motion.reasons = MotionReason::ALL.into_iter().filter(applies).collect();
        Some(motion)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::PathBuf;

    use hummingbird_formats::safetensors_file;
    use serde_json::Value;

    use super::*;

    fn golden(ending: &str) -> PathBuf {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        path.join(format!("../../tests/data/golden/data/motion_rules_a.{ending}"))
    }

    #[test]
    fn eight_flows_have_the_metrics_and_reasons_that_they_were_made_for() {
        let json = std::fs::read_to_string(golden("json")).expect("the golden is there");
        let json: Value = serde_json::from_str(&json).expect("it is JSON");
        let expected = json["expected"].as_object().expect("it is an object");
        let mut file = File::open(golden("safetensors")).expect("the golden is there");
        let (contents, _) = safetensors_file::read(&mut file).expect("it is safetensors");
        assert_eq!(contents.tensors.len(), expected.len());
        for tensor in &contents.tensors {
            let &[_, 2, height, width] = tensor.shape() else { panic!("{:?}", tensor.shape()) };
            let bytes = tensor.read(&mut file).expect("it is whole");
            let values: Vec<f32> = bytes.as_chunks().0.iter().map(|&it| f32::from_le_bytes(it)).collect();
            let mut sum = MotionSum::default();
            for pair in values.chunks(2 * height * width) {
                let (right, down) = pair.split_at(height * width);
                let vectors = right.iter().zip(down).map(|(&right, &down)| [right, down]).collect();
                sum.add(&PairMotion::of(&Flow { size: [height, width], vectors }));
            }
            let found = serde_json::to_value(sum.finish([height, width]).expect("there are pairs"));
            let found = found.expect("it is JSON");
            let expected = expected[tensor.name()].as_object().expect("it is an object");
            assert_eq!(found.as_object().expect("it is an object").len(), expected.len());
            for (key, value) in expected {
                match value.as_f64() {
                    None => assert_eq!(&found[key], value, "{} {key}", tensor.name()),
                    Some(value) => {
                        let found = found[key].as_f64().expect("it is a number");
                        assert!((found - value).abs() <= 1e-6, "{} {key}: {found}, not {value}", tensor.name());
                    }
                }
            }
        }
    }

    #[test]
    fn frames_without_room_for_an_inner_part_have_numbers() {
        for size in [[1, 1], [1, 2], [2, 2], [3, 1]] {
            let flow = Flow { size, vectors: vec![[1.0, -2.0]; size[0] * size[1]] };
            let pair = PairMotion::of(&flow);
            assert_eq!(pair.pan, [1.0, -2.0]);
            assert!([pair.zoom, pair.zoom_inner, pair.zoom_outer, pair.rotation].iter().all(|it| it.abs() < 1e-12));
        }
        assert_eq!(MotionSum::default().finish([4, 4]), None);
    }
}
