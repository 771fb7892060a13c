//! Commands and events on the state: what a session does, without a window.

use std::path::{Path, PathBuf};

use hummingbird_engine::error::{DeviceError, EngineError, FileError};
use hummingbird_engine::job::{Event, JobId, Preview, Warning};
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{Embed, Existing, Format, Provenance};
use hummingbird_engine::request::{DecoderKind, NoiseKind, Reuse};
use hummingbird_engine::settings::{Field as _, Value, table};

use super::{apply, card, clip_read, finish, frames, opened, ready, request, run, start, step};
use crate::window::commands::command::Command;
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::clips::Shown;
use crate::window::state::controls::Place;
use crate::window::state::exports::with_ending;
use crate::window::state::models::ModelStatus;
use crate::window::state::settings::Settings;
use crate::window::state::view::{DialogKind, FocusTarget, Level, Remedy};
use crate::window::state::work::{Carried, CarriedSettings};
use crate::window::state::work::{ModelOrder, ModelReport, OpenPurpose, Saved};
use hummingbird_engine::jobs::provenance::provenance_of;

fn decoder(choice: DecoderKind) -> Command {
    Command::Choose(&table::DECODER, Some(choice.to_value()))
}

#[test]
fn an_empty_prompt_is_told_at_the_prompt() {
    let mut state = ready();
    assert!(run(&mut state, Action::Generate).is_empty());
    assert!(
        state
            .form
            .messages(Place::of(&table::PROMPT))
            .any(|(level, text)| level == Level::Error && text.contains("empty"))
    );
    assert_eq!(state.view.focus, Some(FocusTarget::Prompt));
    apply(&mut state, [Command::SetPrompt("a ball".to_owned())]);
    assert_eq!(state.form.messages(Place::of(&table::PROMPT)).count(), 0, "typing takes the message away");
}

#[test]
fn generate_submits_what_is_typed_and_shows_the_seed() {
    let mut state = ready();
    let typed = [
        Command::SetPrompt(" a red ball ".to_owned()),
        Command::SetNumber(&table::STEPS, "8".to_owned()),
        Command::SetNumber(&table::GUIDANCE, "2,5".to_owned()),
        Command::SetSize(64, 96),
        Command::Run(Action::Generate),
    ];
    let effects = apply(&mut state, typed);
    let [Effect::Submit(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((request.clip.prompt.as_str(), request.clip.steps, request.clip.guidance), ("a red ball", 8, 2.5));
    assert_eq!((request.clip.width, request.clip.height, request.clip.frames), (64, 96, 16));
    assert_eq!(state.form.controls.text(&table::SEED), request.clip.seed.to_string());
    // Unlocked, the next clip has another seed; locked, the same.
    let seed_of = |effects: &[Effect]| match effects {
        [Effect::Submit(request)] => request.clip.seed,
        other => panic!("{other:?}"),
    };
    let second = seed_of(&run(&mut state, Action::Generate));
    assert_ne!(second, request.clip.seed);
    run(&mut state, Action::ToggleSeedLock);
    assert_eq!(seed_of(&run(&mut state, Action::Generate)), second);
    run(&mut state, Action::RollSeed);
    assert!(state.form.controls.seed_locked);
    assert_ne!(seed_of(&run(&mut state, Action::Generate)), second);
}

#[test]
fn bad_numbers_are_told_at_their_fields_while_typing() {
    let cases = [
        (&table::FRAMES, "0", Place::of(&table::FRAMES), "choose 1 to 64"),
        (&table::FRAMES, "5000", Place::of(&table::FRAMES), "choose 1 to 64"),
        (&table::FRAMES, "-3", Place::of(&table::FRAMES), "not a whole number"),
        (&table::STEPS, "abc", Place::of(&table::STEPS), "not a whole number"),
        (&table::STEPS, "27", Place::of(&table::STEPS), "DDIM"),
        (&table::GUIDANCE, "1e9", Place::of(&table::GUIDANCE), "choose 0 to 30"),
        (&table::GUIDANCE, "NaN", Place::of(&table::GUIDANCE), "out of range"),
        (&table::WIDTH, "100", Place::of(&table::WIDTH), "96x64"),
        (&table::FPS, "61", Place::of(&table::FPS), "choose 1 to 60"),
        (&table::ETA, "1.1", Place::of(&table::ETA), "choose 0"),
        (&table::ETA, "-1", Place::of(&table::ETA), "out of range"),
        (&table::SEED, "-1", Place::of(&table::SEED), "not a seed"),
        (&table::SEED, "18446744073709551616", Place::of(&table::SEED), "not a seed"),
    ];
    for (field, text, place, part) in cases {
        let mut state = ready();
        apply(&mut state, [Command::SetPrompt("a ball".to_owned()), Command::SetNumber(field, text.to_owned())]);
        let said: Vec<_> = state.form.messages(place).collect();
        assert!(said.len() == 1 && said[0].0 == Level::Error && said[0].1.contains(part), "{field:?} {text}: {said:?}");
        assert!(run(&mut state, Action::Generate).is_empty(), "{field:?} {text} must not run");
        apply(&mut state, [Command::SetNumber(field, String::new())]);
        assert_eq!(state.form.problems, [], "an empty field is the default");
    }
}

#[test]
fn several_bad_numbers_are_all_told() {
    let mut state = ready();
    let typed = [(&table::FRAMES, "0"), (&table::FPS, "0"), (&table::WIDTH, "9"), (&table::HEIGHT, "9")];
    apply(&mut state, typed.map(|(field, text)| Command::SetNumber(field, text.to_owned())));
    let places: Vec<Place> = state.form.problems.iter().map(|(place, _)| *place).collect();
    assert_eq!(places, [Place::of(&table::FRAMES), Place::of(&table::WIDTH), Place::of(&table::FPS)]);
}

#[test]
fn arrow_keys_stay_inside_what_the_model_takes() {
    let mut state = ready();
    let nudged = |state: &mut State, field, steps| {
        apply(state, [Command::Nudge(field, steps)]);
        state.form.controls.text(field).to_owned()
    };
    assert_eq!(nudged(&mut state, &table::STEPS, 1), "21");
    assert_eq!(nudged(&mut state, &table::STEPS, 1000), "100");
    assert_eq!(nudged(&mut state, &table::GUIDANCE, -1), "3.5");
    assert_eq!(nudged(&mut state, &table::WIDTH, 1), "128");
    assert_eq!(nudged(&mut state, &table::HEIGHT, -9), "32");
    assert_eq!(nudged(&mut state, &table::SEED, -1), "0");
    assert_eq!(nudged(&mut state, &table::ETA, 1), "0.05");
    assert_eq!(nudged(&mut state, &table::ETA, 100), "1");
    assert_eq!(state.form.problems, []);
}

#[test]
fn a_job_is_watched_from_queue_to_history() {
    let mut state = ready();
    state.on_submitted(JobId(1), request("first", 1));
    state.on_submitted(JobId(2), request("second", 2));
    assert_eq!((state.jobs.waiting.len(), state.results.shown), (2, Shown::Live));
    start(&mut state, 1);
    assert!(state.shown().is_none(), "no preview yet");
    step(&mut state, 1, 3);
    assert_eq!(state.shown().map(|clip| (clip.frames.count(), clip.fps)), Some((16, 8)));
    finish(&mut state, 1, "first");
    assert_eq!(state.results.shown_clip().map(|result| result.outcome.request.clip.prompt.as_str()), Some("first"));
    // The second ends while the first is looked at: it goes to the history and says so.
    start(&mut state, 2);
    finish(&mut state, 2, "second");
    assert_eq!(state.results.clips.len(), 2);
    assert_eq!(state.results.clips[0].outcome.request.clip.prompt, "second");
    assert!(!state.jobs.busy());
}

#[test]
fn previews_of_ended_jobs_are_not_shown() {
    let mut state = ready();
    finish(&mut state, 1, "first");
    let view = state.results.shown;
    state.on_preview(Preview { job: JobId(1), frames: frames(16), step: 9, decoded_frames: 0 });
    assert!(state.jobs.live.is_none() && state.results.shown == view);
}

#[test]
fn cancel_takes_the_running_job_then_the_waiting_one() {
    let mut state = ready();
    assert!(run(&mut state, Action::Cancel).is_empty(), "nothing runs");
    state.on_submitted(JobId(1), request("first", 1));
    state.on_submitted(JobId(2), request("second", 2));
    start(&mut state, 1);
    assert!(matches!(run(&mut state, Action::Cancel)[..], [Effect::Cancel(JobId(1))]));
    assert!(state.jobs.running.as_ref().is_some_and(|running| running.cancelling));
    state.on_event(Event::Cancelled { job: JobId(1) });
    assert!(matches!(run(&mut state, Action::Cancel)[..], [Effect::Cancel(JobId(2))]));
    state.on_event(Event::Cancelled { job: JobId(2) });
    assert_eq!((state.jobs.busy(), state.results.shown), (false, Shown::Nothing));
    assert!(state.view.notices.iter().all(|notice| notice.level == Level::Info));
}

#[test]
fn failures_and_warnings_reach_the_user() {
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a dog".to_owned())]);
    state.on_submitted(JobId(1), request("a dog", 1));
    start(&mut state, 1);
    let unknown = Warning::UnknownWords { words: vec!["dog".to_owned()] };
    state.on_event(Event::Warning { job: JobId(1), warning: unknown.clone() });
    assert!(
        state
            .form
            .messages(Place::of(&table::PROMPT))
            .any(|(level, text)| level == Level::Warning && text.contains("dog"))
    );
    state.on_event(Event::Warning { job: JobId(1), warning: Warning::FewerFramesAtOnce { frames: 3 } });
    assert!(state.view.notices.iter().any(|notice| notice.level == Level::Warning && notice.text.contains("3 frame")));
    let error =
        EngineError::from(DeviceError::DeviceFailed { device: "GPU".to_owned(), detail: "lost".to_owned().into() });
    state.on_event(Event::Failed { job: JobId(1), error });
    let failed = state.view.notices.iter().find(|notice| notice.level == Level::Error).expect("it is told");
    assert!(failed.text.contains("lost") && failed.expires_secs.is_none(), "errors stay: {failed:?}");
    assert!(!state.jobs.busy() && failed.remedy.is_none(), "nothing was sampled yet");
    // What was sampled is not lost.
    state.on_submitted(JobId(2), request("a dog", 2));
    start(&mut state, 2);
    let latent = PathBuf::from("kept.safetensors");
    state.on_event(Event::LatentKept { job: JobId(2), path: latent.clone() });
    let error = EngineError::from(DeviceError::DeviceFailed {
        device: "GPU".to_owned(),
        detail: "out of memory".to_owned().into(),
    });
    state.on_event(Event::Failed { job: JobId(2), error });
    let remedy = state.view.notices.iter().find_map(|notice| notice.remedy.clone());
    let Some(Remedy::Decode { latent: offered, request: sampled }) = remedy else { panic!("{remedy:?}") };
    assert_eq!((&offered, sampled.clip.seed), (&latent, 2));
    let effects = apply(&mut state, [Command::DecodeLatent { latent, request: sampled }]);
    assert!(matches!(&effects[..], [Effect::DecodeAgain { .. }]));
    // The prompt was changed meanwhile: the warning must not stand under other words.
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a cat".to_owned())]);
    state.on_submitted(JobId(1), request("a dog", 1));
    state.on_event(Event::Warning { job: JobId(1), warning: unknown });
    assert_eq!(state.form.messages(Place::of(&table::PROMPT)).count(), 0);
    assert_eq!(state.view.notices.len(), 1);
}

#[test]
fn a_refused_job_is_told() {
    let mut state = ready();
    state.on_refused(&EngineError::QueueFull { waiting: 8 });
    assert!(state.view.notices[0].text.contains("8 jobs"));
    state.on_refused(&EngineError::QueueFull { waiting: 8 });
    assert_eq!(state.view.notices.len(), 1, "the same message is shown once");
}

#[test]
fn deleting_can_be_undone_in_order() {
    let mut state = ready();
    ["a", "b", "c"].iter().zip(1..).for_each(|(prompt, job)| finish(&mut state, job, prompt));
    let prompts = |state: &State| {
        state.results.clips.iter().map(|it| it.outcome.request.clip.prompt.clone()).collect::<Vec<_>>().concat()
    };
    assert_eq!(prompts(&state), "cba");
    let middle = state.results.clips[1].id;
    apply(&mut state, [Command::ShowResult(middle), Command::Run(Action::DeleteResult)]);
    assert_eq!(prompts(&state), "ca");
    assert!(state.results.shown_clip().is_some(), "a neighbour is shown");
    run(&mut state, Action::DeleteResult);
    run(&mut state, Action::DeleteResult);
    assert_eq!((prompts(&state).as_str(), state.results.shown), ("", Shown::Nothing));
    for _ in 0..4 {
        run(&mut state, Action::UndoDelete);
    }
    assert_eq!(prompts(&state), "cba");
}

#[test]
fn closing_asks_while_something_would_be_lost() {
    let mut state = ready();
    assert!(apply(&mut state, [Command::CloseRequested]).is_empty(), "an empty session closes at once");
    finish(&mut state, 1, "first");
    assert!(matches!(apply(&mut state, [Command::CloseRequested])[..], [Effect::StayOpen]), "not exported yet");
    assert_eq!(state.view.dialog, Some(DialogKind::Close));
    apply(&mut state, [Command::CloseDialog]);
    apply(&mut state, [Command::CloseRequested]);
    assert!(matches!(apply(&mut state, [Command::ConfirmDialog])[..], [Effect::Close]));
    assert!(apply(&mut state, [Command::CloseRequested]).is_empty(), "agreed");
}

#[test]
fn an_exported_clip_is_safe() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball");
    let id = state.results.clips[0].id;
    let effects = run(&mut state, Action::Export);
    let [Effect::ChooseExportPath { result, suggested, formats }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*result, formats[0], formats.len()), (id, Format::Mp4, Format::ALL.len()));
    assert!(suggested.ends_with("a-red-ball-1.mp4"), "{suggested:?}");
    assert!(run(&mut state, Action::Export).is_empty(), "one dialog at a time");
    let mut effects = Vec::new();
    state.on_export_path(id, Some(PathBuf::from("/clips/x.gif")), true, &mut effects);
    let [Effect::Export(order)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(
        (order.settings.format, order.settings.fps, order.settings.existing),
        (Format::Gif, 8, Existing::Replace)
    );
    assert_eq!((order.provenance.text("prompt"), order.provenance.whole("seed")), ("a red ball", 1));
    assert!(state.close_loses());
    state.exports.progress(order.id, 7);
    assert_eq!(state.exports.running[0].frames_done, 7);
    let saved = Saved { paths: vec![PathBuf::from("/clips/x.gif")], notes: vec!["a note".to_owned()] };
    state.on_export_done(order.id, Ok(Some(saved)));
    assert!(!state.close_loses() && state.closing_words().is_empty());
    assert_eq!(state.exports.preferences.folder.as_deref(), Some(Path::new("/clips")));
    assert!(state.view.notices.iter().any(|notice| notice.text == "a note"));
}

#[test]
fn without_a_file_dialog_the_sheet_takes_the_path() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball");
    let id = state.results.clips[0].id;
    run(&mut state, Action::Export);
    let mut effects = Vec::new();
    state.on_export_path(id, None, false, &mut effects);
    assert!(matches!(&state.view.dialog, Some(DialogKind::Export { problem: Some(_), .. })), "{:?}", state.view.dialog);
    let typed = [
        Command::SetPath("/no/such/folder/clip".to_owned()),
        Command::SetFormat(Format::WebP),
        Command::SetEmbed(false),
        Command::ConfirmDialog,
    ];
    let effects = apply(&mut state, typed);
    let [Effect::Export(order)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(order.path, Path::new("/no/such/folder/clip.webp"));
    assert_eq!((order.settings.embed, order.settings.existing), (Embed::Nothing, Existing::Keep));
    // It fails: the dialog comes back with the reason and the path, and the clip is still unsaved.
    state.on_export_done(order.id, Err("the folder does not exist".to_owned()));
    let Some(DialogKind::Export { path, problem, .. }) = &state.view.dialog else { panic!("{:?}", state.view.dialog) };
    assert_eq!((path.as_str(), problem.as_deref()), ("/no/such/folder/clip.webp", Some("the folder does not exist")));
    assert_eq!(state.results.unsaved(), 1);
    // A dialog that somebody closed is no reason for ours.
    state.view.dialog = None;
    run(&mut state, Action::Export);
    state.on_export_path(id, None, true, &mut Vec::new());
    assert!(state.view.dialog.is_none() && !state.view.choosing_file);
}

#[test]
fn a_dropped_clip_gives_its_settings_back() {
    let mut state = ready();
    finish(&mut state, 77, "a blue fish hovering");
    let mut made = state.results.clips[0].outcome.clone();
    (made.request.clip.eta, made.request.clip.noise) = (0.35, NoiseKind::TorchCpu);
    (made.request.clip.reuse, made.request.clip.merge_tokens) = (Reuse::Light, true);
    let provenance = provenance_of(&made);
    let mut other = ready();
    let effects = apply(&mut other, [Command::DropFiles(vec![PathBuf::from("/clips/fish.mp4")])]);
    assert!(matches!(&effects[..], [Effect::ReadClip { path, .. }] if path.ends_with("fish.mp4")));
    clip_read(&mut other, "/clips/fish.mp4", Ok(Some(provenance.clone())));
    let effects = run(&mut other, Action::Generate);
    let [Effect::Submit(again)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(**again, made.request);
    assert!(other.view.notices.iter().all(|notice| notice.level == Level::Info));
    // Another model, a size that this model does not take, a foreign file.
    let with = |changes: &[(&str, &str)]| {
        let mut changed = provenance.clone();
        changes.iter().for_each(|(name, text)| changed.settings.set(name, Value::Text((*text).to_owned())));
        changed
    };
    let mut foreign = Provenance { model_sha256: "77".repeat(32), ..provenance.clone() };
    foreign.settings.set("width", Value::Whole(500));
    clip_read(&mut other, "x.gif", Ok(Some(foreign)));
    assert!(
        other
            .view
            .notices
            .iter()
            .any(|notice| notice.level == Level::Warning && notice.text.contains("a different clip"))
    );
    assert!(other.form.messages(Place::of(&table::WIDTH)).any(|(level, _)| level == Level::Error));
    let unknown = with(&[("noise", "dice")]);
    clip_read(&mut other, "z.gif", Ok(Some(unknown)));
    assert!(other.view.notices.iter().any(|notice| notice.level == Level::Warning && notice.text.contains("\"dice\"")));
    let unknown = with(&[("reuse", "everything")]);
    clip_read(&mut other, "r.gif", Ok(Some(unknown)));
    assert!(
        other
            .view
            .notices
            .iter()
            .any(|notice| notice.level == Level::Warning && notice.text.contains("\"everything\""))
    );
    assert_eq!(other.form.controls.asked.reuse, Some(Reuse::Off));
    let custom = with(&[("reuse", "4:3")]);
    clip_read(&mut other, "c.gif", Ok(Some(custom)));
    assert_eq!(other.form.controls.asked.reuse.map(|reuse| reuse.to_string()).as_deref(), Some("4:3"));
    // A clip from before there was a choice.
    let mut old = with(&[("noise", ""), ("reuse", "")]);
    old.settings.set("eta", Value::Decimal(0.0));
    clip_read(&mut other, "old.gif", Ok(Some(old)));
    assert_eq!((other.form.controls.asked.noise, other.form.controls.text(&table::ETA)), (NoiseKind::Own, "0"));
    assert_eq!(other.form.controls.asked.reuse, Some(Reuse::Off));
    clip_read(&mut other, "y.png", Ok(None));
    assert!(other.view.notices.iter().any(|notice| notice.text.contains("carries no settings")));
    // Anything else may be a folder with the files of a model.
    let (path, model) = (PathBuf::from("notes.txt"), ModelSource::Embedded);
    let mut effects = apply(&mut other, [Command::DropFiles(vec![path.clone()])]);
    let asked = ModelOrder::Inspect { path: path.clone(), only_lora: false, model: model.clone() };
    assert!(matches!(&effects[..], [Effect::Models(order)] if *order == asked), "{effects:?}");
    let kind = Err("no weights".to_owned());
    let report = ModelReport::Inspected { path, only_lora: false, model, kind, unfit: None };
    other.on_models(report, &mut effects);
    assert!(other.view.notices.iter().any(|notice| notice.text.contains("notes.txt")));
}

#[test]
fn changing_the_model_asks_while_a_job_runs() {
    let mut state = ready();
    let model = ModelSource::File(PathBuf::from("/models/big.safetensors"));
    let open = |state: &mut State| {
        let mut effects = Vec::new();
        state.open_model(ModelSource::File(PathBuf::from("/models/big.safetensors")), &mut effects);
        effects
    };
    assert!(matches!(&open(&mut state)[..], [Effect::OpenModel { source, .. }] if *source == model));
    state.on_submitted(JobId(1), request("first", 1));
    assert!(open(&mut state).is_empty());
    assert_eq!(state.view.dialog, Some(DialogKind::SwitchModel(model.clone())));
    assert!(matches!(&apply(&mut state, [Command::ConfirmDialog])[..], [Effect::OpenModel { .. }]));
    opened(&mut state, model.clone(), Ok(card()));
    assert!(!state.jobs.busy() && state.settings().model == Some(PathBuf::from("/models/big.safetensors")));
    // A file that is no model leaves the one in use alone.
    let bad = ModelSource::File(PathBuf::from("/models/bad.safetensors"));
    let error =
        EngineError::from(FileError::Damaged { path: PathBuf::from("bad"), detail: "cut off".to_owned().into() });
    opened(&mut state, bad, Err(error));
    assert_eq!(state.models.source, model);
    assert!(state.view.notices.iter().any(|notice| notice.level == Level::Error && notice.text.contains("cut off")));
}

#[test]
fn a_model_that_has_gone_leads_to_the_demo_model() {
    let mut state = State::new(Settings { model: Some(PathBuf::from("/gone.safetensors")), ..Settings::default() });
    let error = EngineError::from(FileError::Open {
        path: PathBuf::from("/gone.safetensors"),
        source: std::io::Error::from(std::io::ErrorKind::NotFound),
    });
    let gone = state.models.source.clone();
    opened(&mut state, gone, Err(error));
    assert!(matches!(state.models.status, ModelStatus::Failed));
    assert_eq!(state.settings().model, None, "it does not greet the user again");
    assert!(matches!(
        &run(&mut state, Action::UseDemoModel)[..],
        [Effect::OpenModel { source: ModelSource::Embedded, .. }]
    ));
    assert!(run(&mut state, Action::Generate).is_empty());
    assert!(state.view.notices.iter().any(|notice| notice.text.contains("not started")));
}

#[test]
fn settings_survive_a_session() {
    let mut state = ready();
    let typed = [
        Command::SetPrompt("a red ball".to_owned()),
        Command::SetFormat(Format::Gif),
        Command::Run(Action::ToggleLoop),
        Command::Run(Action::ToggleScaling),
        Command::Run(Action::CycleTheme),
        decoder(DecoderKind::Tiny),
        Command::Resized(900.0, 650.0),
    ];
    apply(&mut state, typed);
    let settings = state.settings();
    assert_eq!(State::new(settings.clone()).settings(), settings);
    assert_ne!(settings, Settings::default());
}

#[test]
fn reuse_and_decode_again_take_the_shown_clip() {
    let mut state = ready();
    finish(&mut state, 5, "a star");
    run(&mut state, Action::ReuseSettings);
    assert_eq!(state.form.controls.asked.prompt, "a star");
    assert!(
        matches!(&run(&mut state, Action::Generate)[..], [Effect::Submit(again)] if **again == request("a star", 5))
    );
    assert!(matches!(&run(&mut state, Action::DecodeAgain)[..], [Effect::DecodeAgain { .. }]));
    // A clip of the tiny decoder is decoded again by the full one.
    state.results.clips[0].outcome.request.clip.decoder = DecoderKind::Tiny;
    let effects = run(&mut state, Action::DecodeAgain);
    let [Effect::DecodeAgain { request, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.clip.decoder, DecoderKind::Full);
    state.results.clips[0].outcome.latent_path = None;
    assert!(run(&mut state, Action::DecodeAgain).is_empty());
}

#[test]
fn the_tiny_decoder_can_be_chosen_where_there_is_one() {
    let mut state = ready();
    apply(&mut state, [Command::SetPrompt("a ball".to_owned()), decoder(DecoderKind::Tiny)]);
    let effects = run(&mut state, Action::Generate);
    assert!(
        matches!(&effects[..], [Effect::Submit(request)] if request.clip.decoder == DecoderKind::Tiny),
        "{effects:?}"
    );
    // Its file goes, and comes back.
    state.on_tiny_decoder(false);
    assert!(
        state
            .form
            .messages(Place::of(&table::DECODER))
            .any(|(level, text)| level == Level::Error && text.contains("TAESD"))
    );
    assert!(run(&mut state, Action::Generate).is_empty());
    state.on_tiny_decoder(true);
    assert_eq!(
        (state.form.messages(Place::of(&table::DECODER)).count(), run(&mut state, Action::Generate).len()),
        (0, 1)
    );
    // A clip's settings bring its decoder along; those of files from before there was a choice were decoded in full.
    finish(&mut state, 1, "a red ball");
    let mut provenance = provenance_of(&state.results.clips[0].outcome);
    for (decoder, expected) in [("light", DecoderKind::Tiny), ("full", DecoderKind::Full), ("", DecoderKind::Full)] {
        provenance.decoder = decoder.to_owned();
        clip_read(&mut state, "a.gif", Ok(Some(provenance.clone())));
        assert_eq!(state.form.controls.asked.decoder, expected, "{decoder:?}");
    }
    apply(&mut state, [decoder(DecoderKind::Tiny), Command::Run(Action::ResetControls)]);
    assert_eq!(state.form.controls.asked.decoder, DecoderKind::Full);
    // Settings that were kept before there was a choice are read.
    let mut old = serde_json::to_value(state.settings()).expect("plain data");
    old["controls"].as_object_mut().expect("an object").remove("decoder").expect("it is kept");
    assert_eq!(serde_json::from_value::<Settings>(old).expect("still settings"), state.settings());
}

#[test]
fn a_typed_ending_chooses_the_format() {
    let mut state = ready();
    finish(&mut state, 1, "a boat");
    run(&mut state, Action::ExportAs);
    let effects = apply(&mut state, [Command::SetPath("/clips/boat.gif".to_owned()), Command::ConfirmDialog]);
    let [Effect::Export(order)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((order.settings.format, order.path.as_path()), (Format::Gif, Path::new("/clips/boat.gif")));
}

#[test]
fn endings_follow_the_format() {
    let cases = [
        ("clip", Format::Mp4, "clip.mp4"),
        ("clip.mp4", Format::Gif, "clip.gif"),
        ("clip.v2", Format::WebP, "clip.v2.webp"),
        ("a.b/clip.GIF", Format::Gif, "a.b/clip.GIF"),
    ];
    for (path, format, expected) in cases {
        assert_eq!(with_ending(Path::new(path), format), Path::new(expected));
    }
}

#[test]
fn open_sheet_reports_an_empty_path() {
    let mut state = ready();
    run(&mut state, Action::OpenModel);
    state.on_open_path(OpenPurpose::Model, None, false, &mut Vec::new());
    assert!(apply(&mut state, [Command::ConfirmDialog]).is_empty());
    assert!(matches!(&state.view.dialog, Some(DialogKind::Open { problem: Some(_), .. })));
    let effects = apply(&mut state, [Command::SetPath("/m.safetensors".to_owned()), Command::ConfirmDialog]);
    assert!(matches!(&effects[..], [Effect::OpenModel { source: ModelSource::File(_), .. }]));
    assert!(state.view.dialog.is_none());
}

#[test]
fn the_settings_of_the_clip_that_was_chosen_last_are_taken() {
    let mut state = ready();
    finish(&mut state, 1, "a red ball");
    finish(&mut state, 2, "a blue boat");
    let settings = |state: &State, index: usize| {
        let provenance = provenance_of(&state.results.clips[index].outcome);
        Ok(Some(Carried::Ours(CarriedSettings { provenance, is_of_demo: false })))
    };
    let effects = ["/clips/boat.mp4", "/clips/ball.mp4"].map(|path| {
        let effects = apply(&mut state, [Command::DropFiles(vec![PathBuf::from(path)])]);
        let [Effect::ReadClip { ticket, .. }] = effects[..] else { panic!("{effects:?}") };
        ticket
    });
    let [boat, ball] = effects;
    let (of_boat, of_ball) = (settings(&state, 0), settings(&state, 1));
    state.on_clip_read(ball, Path::new("/clips/ball.mp4"), of_ball);
    state.on_clip_read(boat, Path::new("/clips/boat.mp4"), of_boat);
    assert_eq!(state.form.controls.asked.prompt, "a red ball");
}
