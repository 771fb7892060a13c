//! Each dimension on frames of one grey and networks that are arithmetic.

use super::super::judges::{ActionLogits, ClipText, Judge};
use super::*;

fn picture(value: u8) -> Arc<Picture> {
    Arc::new(Picture { width: 4, height: 2, rgb: vec![value; 24] })
}

fn judge<T: ?Sized>(network: Box<T>) -> Option<Judge<T>> {
    Some(Judge { name: "made for the test".to_owned(), network })
}

/// Stands for every network by arithmetic on the first value of each picture.
struct Arithmetic;

fn first(picture: &Picture) -> f32 {
    f32::from(picture.rgb[0])
}

impl PictureFeatures for Arithmetic {
    fn features(&self, pictures: &[&Picture]) -> Result<Vec<Vec<f32>>, LookError> {
        // Directions in a plane, a degree for each step of grey.
        let angle = |it: &&Picture| vec![first(it).to_radians().cos(), first(it).to_radians().sin()];
        Ok(pictures.iter().map(angle).collect())
    }
}

impl PictureScores for Arithmetic {
    fn scores(&self, pictures: &[&Picture]) -> Result<Vec<f64>, LookError> {
        Ok(pictures.iter().map(|it| f64::from(first(it))).collect())
    }
}

impl StyleScores for Arithmetic {
    fn scores(&self, pictures: &[&Picture], words: &str) -> Result<Vec<f64>, LookError> {
        Ok(pictures.iter().map(|it| f64::from(first(it)) * words.len() as f64).collect())
    }
}

impl FlowLengths for Arithmetic {
    fn lengths(&self, a: &Picture, b: &Picture) -> Result<Vec<f32>, LookError> {
        Ok(vec![(first(a) - first(b)).abs() / 64.0; 8])
    }
}

impl ClipText for Arithmetic {
    fn similarity(&self, frames: &[&Picture], prompt: &str) -> Result<f64, LookError> {
        Ok(frames.iter().map(|it| f64::from(first(it))).sum::<f64>() + prompt.len() as f64)
    }
}

impl ActionLogits for Arithmetic {
    fn logits(&self, frames: &[&Picture]) -> Result<Vec<f32>, LookError> {
        Ok(vec![first(frames[0]), 5.0, -5.0])
    }
}

fn judges() -> Judges {
    Judges {
        subject: judge(Box::new(Arithmetic)),
        background: None,
        middle: None,
        flow: judge(Box::new(Arithmetic)),
        aesthetic: judge(Box::new(Arithmetic)),
        imaging: judge(Box::new(Arithmetic)),
        action: judge(Box::new(Arithmetic)),
        actions: ["riding", "push up", "sleeping"].map(str::to_owned).into(),
        style: judge(Box::new(Arithmetic)),
        clip_text: judge(Box::new(Arithmetic)),
        clip_b_32: None,
    }
}

fn shape(frames: u64, fps: f64) -> ClipShape {
    ClipShape { width: 4, height: 2, frames, fps, codec: "raw", is_cut_off: false }
}

fn look(ask: &Ask, fps: f64, values: &[u8]) -> Result<ClipResult, String> {
    let judges = judges();
    let facts = shape(values.len() as u64, fps);
    let mut look = ask.begin(&judges, &facts).expect("the network is there");
    values.iter().try_for_each(|&value| look.see(&picture(value))).map_err(|error| error.to_string())?;
    look.end().map_err(|error| error.to_string())
}

fn value(dimension: Dimension, fps: f64, values: &[u8]) -> f64 {
    let ask = Ask::of(dimension, "a b", "abc", "A person is push up-0.mp4");
    look(&ask, fps, values).expect("it can be judged").video_results.expect("a value").number()
}

#[test]
fn every_dimension_puts_its_frames_together_as_the_reference_does() {
    use Dimension as D;
    assert_eq!(value(D::TemporalFlickering, 8.0, &[0, 10, 40]), (255.0 - 20.0) / 255.0);
    assert_eq!(value(D::ImagingQuality, 8.0, &[10; 20]), 10.0, "several batches");
    assert_eq!(value(D::AestheticQuality, 8.0, &[1, 2, 6]), 3.0);
    assert_eq!(value(D::AppearanceStyle, 8.0, &[1, 3]), 6.0);
    assert_eq!(value(D::OverallConsistency, 8.0, &(0..16).collect::<Vec<u8>>()), 56.0 + 3.0);
    assert_eq!(value(D::TemporalStyle, 8.0, &[1, 2]), f64::from(1 + 7 * 2) + 3.0, "the last one again");
    assert_eq!(value(D::HumanAction, 8.0, &[0; 20]), 1.0, "the second of the three actions");
    let degrees = |degrees: f64| degrees.to_radians().cos();
    let subject = value(D::SubjectConsistency, 8.0, &[0, 10, 110]);
    // The last frame is 100 degrees from the one before and 110 from the first: neither counts below zero.
    assert!((subject - degrees(10.0) / 2.0).abs() < 1e-6, "{subject}");
    let many: Vec<u8> = (0..20).collect();
    let of_many: f64 = (1..20).map(|it| (degrees(1.0) + degrees(f64::from(it))) / 2.0).sum::<f64>() / 19.0;
    assert!((value(D::SubjectConsistency, 8.0, &many) - of_many).abs() < 1e-6, "over the ends of batches");
}

#[test]
fn motion_is_looked_for_eight_times_a_second() {
    // The limit is 6 * 2 / 256 pixels, 3 steps of grey in these flows; of 16 frames, 4 pairs are needed.
    let mut values = [0; 16];
    values[8..].fill(100);
    assert_eq!(value(Dimension::DynamicDegree, 8.0, &values), 0.0, "one pair moves");
    let moving: Vec<u8> = (0..16).map(|it| it * 4).collect();
    assert_eq!(value(Dimension::DynamicDegree, 8.0, &moving), 1.0);
    let slow: Vec<u8> = (0..32).map(|it| it * 2).collect();
    assert_eq!(value(Dimension::DynamicDegree, 8.0, &slow), 0.0);
    assert_eq!(value(Dimension::DynamicDegree, 16.0, &slow), 1.0, "every second frame");
    let still = |values: &[u8]| look(&Ask::Still, 8.0, values).expect("it can be judged").video_results;
    assert_eq!(still(&[7; 16]), Some(ClipValue::Truth(true)));
    assert_eq!(still(&moving), Some(ClipValue::Truth(false)));
}

/// Counts what is asked.
struct Counted(std::sync::Mutex<usize>);

impl FlowLengths for Counted {
    fn lengths(&self, a: &Picture, b: &Picture) -> Result<Vec<f32>, LookError> {
        *self.0.lock().expect("no panic") += 1;
        Arithmetic.lengths(a, b)
    }
}

#[test]
fn motion_is_measured_until_the_answer_is_known_and_no_further() {
    let mut state = 1_u64;
    let mut next = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut measured, mut all) = (0, 0);
    for _ in 0..300 {
        let count = 2 + next(40);
        let step = 1 + next(8);
        let values: Vec<u8> = (0..count).map(|_| (next(step) * 3 % 256) as u8).collect();
        // Some files say more than they hold.
        let facts = count + next(2) * next(10);
        let pictures: Vec<Arc<Picture>> = values.iter().map(|&value| picture(value)).collect();
        let score = |a: usize, b: usize, share| {
            mean_of_longest(&mut Arithmetic.lengths(&pictures[a], &pictures[b]).expect("arithmetic"), share)
        };
        for only_still in [false, true] {
            let network = Counted(std::sync::Mutex::new(0));
            let mut flow = Flow { only_still, ..Flow::new(&network, 1, facts) };
            pictures.iter().try_for_each(|picture| flow.see(picture)).expect("arithmetic");
            let share = if only_still { STATIC_SHARE } else { DYNAMIC_SHARE };
            let mut scores: Vec<f64> = (1..pictures.len()).map(|at| score(at - 1, at, share)).collect();
            let answer = if only_still {
                scores.extend([score(0, pictures.len() - 1, share), score(pictures.len() - 1, 0, share)]);
                stands_still(&scores, pictures.len(), 2)
            } else {
                moves(&scores, pictures.len(), 2)
            };
            let found = flow.end().expect("two frames").video_results;
            assert_eq!(found, Some(ClipValue::Truth(answer)), "{only_still} {values:?} of {facts}");
            (measured, all) = (measured + *network.0.lock().expect("no panic"), all + scores.len());
        }
    }
    assert!(measured * 10 < all * 8, "{measured} of {all} pairs were measured");
}

#[test]
fn too_few_frames_say_so() {
    use Dimension as D;
    let error = |dimension, values: &[u8]| look(&Ask::of(dimension, "", "", ""), 8.0, values).expect_err("too few");
    assert_eq!(error(D::TemporalFlickering, &[1]), "it has 1 frames, and 2 are needed");
    for dimension in [D::SubjectConsistency, D::DynamicDegree] {
        assert!(error(dimension, &[1]).contains("2 are needed"), "{dimension}");
    }
    assert!(error(D::ImagingQuality, &[]).contains("1 are needed"));
    // A file that says more than it holds.
    let judges = judges();
    let facts = shape(16, 8.0);
    let mut look = Ask::of(D::OverallConsistency, "", "", "").begin(&judges, &facts).expect("a network");
    look.see(&picture(1)).expect("seen");
    assert!(look.end().is_err());
    assert!(Ask::of(D::BackgroundConsistency, "", "", "").begin(&judges, &facts).is_none(), "no network");
}
