//! The evaluation on clips whose content is known.

use super::*;
use crate::model::ModelSource;

/// Draws what another prompt says: the clips and the labels have nothing to do with each other.
struct Exchanged {
    rendered: RenderedClips,
    all: Vec<EvalPrompt>,
}

impl ClipSource for Exchanged {
    fn canvas(&self) -> Canvas {
        self.rendered.canvas
    }

    fn frames(&self) -> usize {
        self.rendered.frames
    }

    fn clips(
        &mut self,
        prompts: &[EvalPrompt],
        first: usize,
        cancel: &CancelToken,
        on_share: &mut dyn FnMut(f64),
    ) -> Result<Vec<Frames>, EngineError> {
        let other: Vec<EvalPrompt> =
            (0..prompts.len()).map(|offset| self.all[(first + offset + 37) % self.all.len()].clone()).collect();
        self.rendered.clips(&other, first, cancel, on_share)
    }
}

#[test]
fn rendered_clips_are_nearly_perfect_and_exchanged_labels_are_random() {
    let cancel = CancelToken::default();
    let rendered = RenderedClips { seed: 5, canvas: Canvas::SMALL, frames: 16 };
    let classifier = SubjectClassifier::train(CLASSIFIER_CROPS, CLASSIFIER_SEED, Canvas::SMALL, &cancel, &mut |_| ())
        .expect("nothing cancels");
    let options = EvalOptions { prompts: 200, seed: 3, ..EvalOptions::default() };
    let mut last = None;
    let (oracle, kept) =
        score(&mut rendered.clone(), &classifier, options, &cancel, &mut |it: Progress| last = Some(it))
            .expect("measures hold");
    assert_eq!(last, Some(Progress::new(CLIPS, Unit::Percent, 100, Some(100))));
    assert_eq!(kept.len(), KEPT_CLIPS);
    let bars = [("colour", 0.97), ("motion", 0.97), ("scene", 0.97), ("subject", 0.95)];
    for (name, bar) in bars {
        let it = oracle.measures.iter().find(|it| it.measure == name).expect("every measure is there");
        assert!(it.share.share >= bar, "{name} of rendered clips: {:?}", it.share);
        assert!(it.upper_bound.share >= bar, "{name} of rendered clips: {:?}", it.upper_bound);
    }
    assert!(oracle.steadiness.one_subject.share > 0.9, "{:?}", oracle.steadiness);
    assert!(oracle.steadiness.flicker < 2.0, "{:?}", oracle.steadiness);
    let diagonal: usize = (0..oracle.motion_confusion.rows.len()).map(|it| oracle.motion_confusion.rows[it][it]).sum();
    assert_eq!(diagonal, oracle.measures[1].share.right);

    let all = prompts(200, 3).expect("there are as many");
    let mut exchanged = Exchanged { rendered, all };
    let (blind, _) = score(&mut exchanged, &classifier, options, &cancel, &mut |_| ()).expect("measures hold");
    for it in blind.measures.iter().filter(|it| it.measure != "all") {
        // 200 random guesses scatter by at most 2.4 percentage points (one standard deviation, at 1 in 8).
        assert!((it.share.share - it.random).abs() < 0.08, "{} of exchanged labels: {:?}", it.measure, it.share);
    }
}

#[test]
fn a_measure_that_fails_on_rendered_clips_ends_the_evaluation() {
    let report = |name: &str, right| MeasureReport {
        measure: name.into(),
        share: Share::new(0, 0),
        upper_bound: Share::new(right, 200),
        random: 1.0 / 9.0,
        words: Vec::new(),
    };
    let reports = |wrong: &str| {
        MEASURES.iter().map(|it| report(it.name, if it.name == wrong { 193 } else { 194 })).collect::<Vec<_>>()
    };
    assert!(check_rendered(&reports("none")).is_ok());
    for measure in MEASURES {
        let checked = check_rendered(&reports(measure.name));
        let Some(least) = measure.least_rendered else {
            assert!(checked.is_ok(), "{} has no least share", measure.name);
            continue;
        };
        assert_eq!(least, measures::LEAST_RENDERED);
        let error = checked.expect_err("96.5% are too few").to_string();
        let words = format!("the measure is wrong: it reads the {} rightly from 96.5%", measure.name);
        assert!(error.starts_with(&words), "{error}");
    }
}

#[test]
fn names_of_measures_and_fields_of_reports_stay_what_other_programs_read() {
    let names: Vec<&str> = MEASURES.iter().map(|it| it.name).collect();
    assert_eq!(names, ["colour", "motion", "scene", "subject"]);
    let reports = serde_json::to_value(count(&[], &[])).expect("plain numbers");
    let all = &reports[MEASURES.len()];
    assert_eq!(all["measure"], "all");
    assert_eq!(all["chance"], 1.0 / Combination::COUNT as f64);
    assert_eq!(all["ceiling"]["of"], 0);
}

#[test]
fn numbers_of_prompts_out_of_range_are_refused() {
    for count in [0, 5000] {
        let error = prompts(count, 1).expect_err("out of range");
        assert!(error.to_string().contains("choose 1 to 7"), "{error}");
    }
}

#[test]
fn wilson_intervals_match_published_values() {
    // Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    let cases = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)];
    for (right, of, low, high) in cases {
        let share = Share::new(right, of);
        assert!((share.low - low).abs() < 1e-4 && (share.high - high).abs() < 1e-4, "{right} of {of}: {share:?}");
    }
}

#[test]
fn a_cancelled_evaluation_stops() {
    let cancel = CancelToken::default();
    cancel.cancel();
    let error = SubjectClassifier::train(100, 1, Canvas::SMALL, &cancel, &mut |_| ()).expect_err("it was cancelled");
    assert_eq!(error, Cancelled);
}

#[test]
fn what_the_autoencoder_leaves_of_drawn_clips_can_be_measured() {
    let model = ModelFile::open(&ModelSource::Embedded).expect("it is embedded");
    let asked = prompts(4, 3).expect("there are as many");
    let mut source = AutoencodedClips::open(&model, &Device::flex(), 5).expect("the embedded model has an encoder");
    let cancel = CancelToken::default();
    let decoded = source.clips(&asked, 0, &cancel, &mut |_| ()).expect("nothing cancels");
    let drawn = RenderedClips { seed: 5, canvas: source.canvas(), frames: source.frames() }
        .clips(&asked, 0, &cancel, &mut |_| ())
        .expect("nothing cancels");
    for ((decoded, drawn), prompt) in decoded.iter().zip(&drawn).zip(&asked) {
        let pairs = decoded.pixels().iter().zip(drawn.pixels());
        let error = pairs.map(|(&a, &b)| f64::from(a.abs_diff(b))).sum::<f64>() / drawn.pixels().len() as f64;
        // Another clip of the same scene is further off, and no autoencoder of this size is exact.
        assert!((0.1..12.0).contains(&error), "{}: {error} levels off", prompt.text);
        assert_eq!(detect::measure(decoded).scene, prompt.combination.scene);
    }
    cancel.cancel();
    assert!(source.clips(&asked, 0, &cancel, &mut |_| ()).is_err(), "a cancelled evaluation goes on");
}

#[test]
fn a_seed_gives_the_classifier_the_crops_that_it_always_got() {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for (crop, subject) in detect::labelled_crops(40, CLASSIFIER_SEED, Canvas::SMALL) {
        crop.iter().for_each(|value| hash.update(value.to_bits().to_le_bytes()));
        hash.update(subject.name());
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "16e139eb47a556350f6b35cc693c318a7b532bc9e91e5c223d369dafc0dd6d08");
}
