use std::cell::RefCell;
use std::fs;

use super::*;
use crate::training::objectives::contrastive::Captioned;
use crate::training::recipe;
use crate::training::recipes::scorers::{ImageSettings, VideoSettings};
use crate::training::trainer::TrainPosition;
use crate::training::trainer::latest_checkpoint;
use crate::training::trainer::log::losses;

fn small(folder: &Path, kind: ScorerKind) -> ScorerRecipe {
    let mut recipe = ScorerRecipe { kind, output: folder.join("scorer.safetensors"), ..ScorerRecipe::default() };
    recipe.network = NetworkSettings { side: 32, patch: 8, width: 32, layers: 2, text_layers: 1, ..recipe.network };
    recipe.data.frames = if kind == ScorerKind::Image { 1 } else { 4 };
    (recipe.data.width, recipe.data.height) = (48, 32);
    recipe.run = RunSettings { folder: folder.join("run"), updates: 40, batch: 12, ..recipe.run };
    recipe
}

fn train(recipe: ScorerRecipe, stop_after_reports: usize) -> (ScorerRun, bool, Vec<TrainEvent>) {
    let run = recipe.open().expect("all is right");
    let cancel = CancelToken::default();
    let events = RefCell::new(Vec::new());
    let mut reports = 0;
    let finished = run.train(&Device::flex(), &cancel, &mut |event| {
        if matches!(&event, TrainEvent::Progress(progress) if progress.note.is_some()) {
            reports += 1;
            if reports == stop_after_reports {
                cancel.cancel();
            }
        }
        events.borrow_mut().push(event);
    });
    (run, finished.expect("the folder can be written"), events.into_inner())
}

#[test]
fn the_documented_recipe_is_the_default() {
    assert_eq!(toml::from_str::<ScorerRecipe>(TOML).expect("it is a recipe"), ScorerRecipe::default());
    assert_eq!(recipe::read::<ScorerRecipe>(None, &[]).expect("all has defaults"), ScorerRecipe::default());
}

#[test]
fn subjects_begin_in_the_middle_and_end_where_clips_have_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let stage = |change: fn(&mut ScorerRecipe)| {
        let mut recipe = small(folder.path(), ScorerKind::Image);
        recipe.run.updates = 80;
        change(&mut recipe);
        ScorerStage::<ImageScorer>::new(
            &recipe,
            recipe.data.clips(1, &mut |_| ()).expect("they are drawn"),
            None,
            &Device::flex(),
        )
        .expect("there is no file")
    };
    let spreads = |change| [0, 20, 30, 40, 79].map(|step| stage(change).spread(step));
    assert_eq!(spreads(|_| ()), [0.0, 0.0, 0.5, 1.0, 1.0]);
    assert_eq!(spreads(|it| it.gathered = 0.0), [1.0; 5]);
    assert_eq!(spreads(|it| (it.kind, it.data.frames) = (ScorerKind::Video, 4)), [1.0; 5]);
    // The same words, elsewhere.
    let [first, later] = [0, 79].map(|step| stage(|_| ()).captioned(0, step));
    assert!(first.iter().zip(&later).all(|(a, b)| a.1 == b.1), "the captions are the same");
    assert!(first.iter().zip(&later).any(|(a, b)| a.0 != b.0), "and the pictures are not");
}

#[test]
fn captions_tell_words_from_each_other_before_a_clip_is_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut recipe = small(folder.path(), ScorerKind::Image);
    (recipe.texts_first, recipe.temperature, recipe.run.updates) = (0.999, 0.02, 60);
    let (run, finished, _) = train(recipe.clone(), usize::MAX);
    assert!(finished);
    let losses = losses(&run.recipe.run.folder, "scorer");
    let (first, last) = (losses[0].1, losses[losses.len() - 1].1);
    assert!(last < 0.5 * first, "{losses:?}");
    // After them come clips.
    recipe.texts_first = 59.0 / 60.0;
    let clips = recipe.data.clips(1, &mut |_| ()).expect("they are drawn");
    let mut stage = ScorerStage::<ImageScorer>::new(&recipe, clips, None, &Device::flex()).expect("there is no file");
    let trainer = run.trainer(&Device::flex(), image(&recipe.network.image())).expect("a checkpoint");
    let mut batch = |step| {
        let position = TrainPosition { step, ..trainer.position.clone() };
        stage.batch(&trainer.model, &position)
    };
    let (texts, clips) = (batch(58), batch(59));
    assert!(matches!(&texts.captioned, Captioned::Texts(others) if others.len() == texts.texts.len()));
    assert!(matches!(&clips.captioned, Captioned::Frames { shape: [12, 1, 32, 48], .. }));
}

#[test]
fn a_scorer_learns_goes_on_exactly_and_is_opened_where_feedback_needs_it() {
    for kind in [ScorerKind::Image, ScorerKind::Video] {
        let [whole, parted] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let (run, finished, events) = train(small(whole.path(), kind), usize::MAX);
        assert!(finished);
        assert!(events.iter().any(|event| matches!(event, TrainEvent::Recognised { of: 96, .. })), "{events:?}");
        assert!(!train(small(parted.path(), kind), 1).1, "it was stopped after 20 updates");
        assert!(train(small(parted.path(), kind), usize::MAX).1);
        let read = |folder: &Path, name: &str| {
            let checkpoint = latest_checkpoint(&folder.join("run"), "scorer").expect("there is one");
            fs::read(checkpoint.join(name)).expect("readable")
        };
        for name in ["weights.safetensors", "optimizer.safetensors"] {
            assert!(read(whole.path(), name) == read(parted.path(), name), "{name} differs");
        }
        let losses = losses(&whole.path().join("run"), "scorer");
        assert!(losses.len() == 2 && losses[1].1 < losses[0].1, "{kind:?}: {losses:?}");

        run.write(&Device::flex(), &mut |_| ()).expect("writable");
        let file = Some(run.output().to_owned());
        let image = ImageSettings { file: file.clone(), ..ImageSettings::default() }.load(&Device::flex());
        let video = VideoSettings { file, ..VideoSettings::default() }.load(&Device::flex());
        let (fits, other) = match kind {
            ScorerKind::Image => (image.map(|it| it.is_some()), video.map(|it| it.is_some())),
            ScorerKind::Video => (video.map(|it| it.is_some()), image.map(|it| it.is_some())),
        };
        assert!(fits.expect("it was written"));
        let error = other.expect_err("it scores the other thing").to_string();
        assert!(error.contains("image.file"), "{error}");
    }
}

#[test]
fn recipes_that_cannot_run_are_refused_by_key() {
    type Change = fn(&mut ScorerRecipe);
    let cases: [(&str, Change); 9] = [
        ("data.frames", |it| it.data.frames = 4),
        ("data.frames", |it| it.kind = ScorerKind::Video),
        ("run.accumulate", |it| it.run.accumulate = 2),
        ("run.batch", |it| it.run.batch = 1),
        ("temperature", |it| it.temperature = 0.0),
        ("decoded", |it| it.decoded = 1.5),
        ("head_width", |it| it.network.head_width = 0),
        ("vision_cfg.head_width", |it| it.network.head_width = 7),
        ("text_cfg.context_length", |it| it.network.text_tokens = 0),
    ];
    for (words, change) in cases {
        let mut recipe = ScorerRecipe::default();
        change(&mut recipe);
        let error = recipe.open().err().expect(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}
