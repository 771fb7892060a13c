//! The one writer: what each command does to the state, and which effects it asks for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::JobId;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{Embed, Existing, ExportSettings, Format, Provenance};
use hummingbird_engine::request::{DecoderKind, GenerateRequest};

use super::clips::{ResultId, View};
use super::command::{Action, Command};
use super::controls::{NumberField, Place};
use super::events::drawn_seed;
use super::settings::{Scaling, ThemeChoice};
use super::shelf::{ShelfOrder, WEIGHT_ENDINGS, file_name};
use super::state::{DialogKind, ExportStatus, FocusTarget, Level, MAX_UNDO, OpenPurpose, Remedy, State, with_ending};
use super::words;
use crate::provenance::provenance_of;

/// What the state alone cannot do; the application carries these out.
#[derive(Debug)]
pub enum Effect {
    /// Queue a job.
    Submit(Box<GenerateRequest>),
    /// Queue the decoding of a kept latent.
    DecodeAgain {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it, with the decoder that is to be used.
        request: Box<GenerateRequest>,
    },
    /// Cancel a job.
    Cancel(JobId),
    /// Open a model.
    OpenModel(ModelSource),
    /// Ask the system where to save a result.
    ChooseExportPath {
        /// The result.
        result: ResultId,
        /// The path to suggest.
        suggested: PathBuf,
        /// The formats to offer, the chosen one first.
        formats: Vec<Format>,
    },
    /// Ask the system which file to open.
    ChooseFile(OpenPurpose),
    /// Write a file.
    Export(Box<ExportOrder>),
    /// Stop an export.
    CancelExport(u64),
    /// Read the settings of an exported clip.
    ReadClip(PathBuf),
    /// Work on model files.
    Shelf(ShelfOrder),
    /// Show a folder or an address in the system's program for it.
    OpenOutside(String),
    /// Put a text on the clipboard.
    CopyText(String),
    /// Close the window.
    Close,
    /// Do not close the window although its button was pressed.
    StayOpen,
}

/// An export with all that it needs.
#[derive(Debug)]
pub struct ExportOrder {
    /// Its number.
    pub id: u64,
    /// The frames.
    pub frames: Arc<Frames>,
    /// How to write them.
    pub settings: ExportSettings,
    /// What the file carries.
    pub provenance: Provenance,
    /// Where it goes.
    pub path: PathBuf,
}

impl State {
    /// Carries out a command.
    pub fn apply(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Run(action) => self.run(action, effects),
            Command::SetPrompt(text) | Command::UsePrompt(text) => self.set_prompt(text),
            Command::SetNegative(text) => self.controls.negative = text,
            Command::SetNumber(field, text) => {
                // Whoever types a seed wants to have it.
                self.controls.seed_locked |= field == NumberField::Seed && !text.trim().is_empty();
                *self.controls.text_mut(field) = text;
                self.edited(field.into());
            }
            Command::Nudge(field, steps) => {
                if let Some(limits) = self.limits().cloned() {
                    self.controls.nudge(field, steps, &limits);
                    self.edited(field.into());
                }
            }
            Command::SetSize(width, height) => {
                (self.controls.width, self.controls.height) = (width.to_string(), height.to_string());
                self.edited(Place::Size);
            }
            Command::SetSampler(sampler) => {
                self.controls.sampler = sampler;
                self.edited(Place::Steps);
            }
            Command::SetNoise(noise) => self.controls.noise = noise,
            Command::SetReuse(reuse) => self.controls.reuse = reuse,
            Command::SetMergeTokens(merge) => self.controls.merge_tokens = merge,
            Command::SetDecoder(decoder) => {
                self.controls.decoder = decoder;
                self.edited(Place::Decoder);
            }
            Command::SetDevice(device) => {
                self.controls.device = device;
                self.check_controls();
            }
            Command::UseWord(kind, word) => {
                if let Some(vocabulary) = self.card().and_then(|card| card.vocabulary.as_ref()) {
                    let prompt = words::use_word(&self.controls.prompt, vocabulary, kind, &word);
                    self.set_prompt(prompt);
                }
            }
            Command::Seek(frame) => self.playback.seek(frame.min(self.shown_frames().saturating_sub(1))),
            Command::ShowResult(id) => self.show_result(id),
            Command::Delete(id) => self.delete(id),
            Command::CancelJob(job) => self.cancel(JobId(job), effects),
            Command::CancelExport(id) => {
                self.exports.iter_mut().filter(|export| export.id == id).for_each(|export| export.cancelling = true);
                effects.push(Effect::CancelExport(id));
            }
            Command::SetTheme(theme) => self.theme = theme,
            Command::SetScaling(scaling) => self.scaling = scaling,
            Command::SetFormat(format) => self.set_format(format),
            Command::SetDither(dither) => self.export.dither = dither,
            Command::SetEmbed(true) => self.export.embed = Embed::Provenance,
            Command::SetEmbed(false) => self.export.embed = Embed::Nothing,
            Command::SetReplace(on) => {
                if let Some(DialogKind::Export { replace, .. }) = &mut self.dialog {
                    *replace = on;
                }
            }
            Command::SetPath(text) => {
                if let Some(DialogKind::Export { path, problem, .. } | DialogKind::Open { path, problem, .. }) =
                    &mut self.dialog
                {
                    (*path, *problem) = (text, None);
                }
                // Whoever types "boat.gif" wants a GIF.
                if let Some(DialogKind::Export { path, .. }) = &self.dialog
                    && let Ok(format) = Format::from_path(Path::new(path.trim()))
                {
                    self.export.format = format;
                }
            }
            Command::Browse => self.browse(effects),
            Command::ConfirmDialog => self.confirm(effects),
            Command::CloseDialog => {
                // What the page asked leads back to the page.
                let asked = matches!(self.dialog, Some(DialogKind::Licence(_) | DialogKind::Discard(_)));
                self.dialog = asked.then_some(DialogKind::Models);
            }
            Command::DropFiles(paths) => self.on_drop(paths, effects),
            Command::DecodeLatent { latent, request } => {
                effects.push(Effect::DecodeAgain { latent, request: Box::new(request) });
            }
            Command::Models(command) => self.on_model_command(command, effects),
            Command::AddLora(path) => self.inspect(path, true, effects),
            Command::SetLoraStrength(index, strength) => self.set_lora_strength(index, strength),
            Command::SwitchLoraOff(path) => self.switch_lora_off(&path),
            Command::RemoveLora(index) => self.remove_lora(index),
            Command::OpenOutside(place) => effects.push(Effect::OpenOutside(place)),
            Command::Dismiss(id) => self.notices.retain(|notice| notice.id != id),
            Command::CopyText(text) => {
                effects.push(Effect::CopyText(text));
                self.notify(Level::Info, "copied");
            }
            Command::CloseRequested => {
                if self.close_loses() && !self.close_agreed {
                    self.dialog = Some(DialogKind::Close);
                    effects.push(Effect::StayOpen);
                }
            }
            Command::Resized(width, height) => self.window_size = Some([width, height]),
            Command::FocusTaken => self.focus = None,
        }
    }

    /// The system's file dialog gave a path for an export. It has asked about an existing file itself.
    pub fn export_path_chosen(&mut self, result: ResultId, path: &Path, effects: &mut Vec<Effect>) {
        // The ending decides, where it is one of ours: that is what the user typed last.
        let format = Format::from_path(path).unwrap_or(self.export.format);
        self.export.format = format;
        self.start_export(result, with_ending(path, format), Existing::Replace, effects);
    }

    /// Opens what was dropped; of clips only the first, since there is room for the settings of one.
    fn on_drop(&mut self, paths: Vec<PathBuf>, effects: &mut Vec<Effect>) {
        // The sheet asks for a file, and here is one.
        if matches!(self.dialog, Some(DialogKind::Open { .. })) {
            self.dialog = None;
        }
        let mut first: Option<PathBuf> = None;
        let mut clips = 0;
        for path in paths {
            if Format::from_path(&path).is_ok() {
                clips += 1;
                if first.is_some() {
                    continue;
                }
                first = Some(path.clone());
            }
            self.open_file(path, effects);
        }
        if let Some(first) = first.filter(|_| clips > 1) {
            let text =
                format!("{clips} clips were dropped: the settings are those of the first, {}", file_name(&first));
            self.notify(Level::Warning, text);
        }
    }

    /// Opens a file by what it is: a model or a LoRA, which is found out first, or a clip whose settings are wanted.
    pub fn open_file(&mut self, path: PathBuf, effects: &mut Vec<Effect>) {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        if ending.as_deref().is_some_and(|ending| WEIGHT_ENDINGS.contains(&ending)) {
            self.inspect(path, false, effects);
        } else if Format::from_path(&path).is_ok() {
            effects.push(Effect::ReadClip(path));
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            self.notify(
                Level::Warning,
                format!("{name} is neither a clip nor a model: drop an exported clip (MP4, GIF, WebP, PNG) or a file of weights (.safetensors, .pt, .pth, .ckpt, .bin)"),
            );
        }
    }

    fn run(&mut self, action: Action, effects: &mut Vec<Effect>) {
        // An empty prompt must be told about at the prompt, so Generate is never stopped silently.
        if let Some(reason) = self.why_not(action) {
            if action == Action::Generate {
                self.notify(Level::Warning, format!("not started: {reason}"));
            }
            return;
        }
        match action {
            Action::Generate => self.generate(effects),
            Action::Cancel => {
                let first = self.running.as_ref().map(|running| running.id);
                if let Some(job) = first.or(self.waiting.first().map(|waiting| waiting.id)) {
                    self.cancel(job, effects);
                }
            }
            Action::CancelAll => {
                let running = self.running.iter().map(|running| running.id);
                // The queue first, or the next job would start for a moment.
                let jobs: Vec<JobId> = self.waiting.iter().map(|waiting| waiting.id).chain(running).collect();
                jobs.into_iter().for_each(|job| self.cancel(job, effects));
            }
            Action::Export => {
                if let Some(result) = self.shown_result() {
                    let chosen = self.export.format;
                    let formats = [chosen].into_iter().chain(Format::ALL.into_iter().filter(|it| *it != chosen));
                    effects.push(Effect::ChooseExportPath {
                        result: result.id,
                        suggested: self.suggested_path(result),
                        formats: formats.collect(),
                    });
                    self.choosing_file = true;
                }
            }
            Action::ExportAs => {
                if let Some(result) = self.shown_result() {
                    let path = self.suggested_path(result).display().to_string();
                    self.dialog = Some(DialogKind::Export { result: result.id, path, replace: false, problem: None });
                }
            }
            Action::ShowModels => self.show_models(effects),
            Action::AddLora => self.choose_file(OpenPurpose::Lora, effects),
            Action::UndoRemove => self.undo_remove(effects),
            Action::OpenModel => self.choose_file(OpenPurpose::Model, effects),
            Action::OpenClip => self.choose_file(OpenPurpose::Clip, effects),
            Action::UseDemoModel => self.open_model(ModelSource::Embedded, effects),
            Action::Quit => effects.push(Effect::Close),
            Action::UndoDelete => {
                if let Some((index, result)) = self.deleted.pop() {
                    let id = result.id;
                    self.results.insert(index.min(self.results.len()), result);
                    self.show_result(id);
                }
            }
            Action::FocusPrompt => self.focus = Some(FocusTarget::Prompt),
            Action::FocusNegative => self.focus = Some(FocusTarget::Negative),
            Action::Surprise => {
                if let Some(vocabulary) = self.card().and_then(|card| card.vocabulary.as_ref()) {
                    let mut seed = drawn_seed(self).unwrap_or(0);
                    let choose = |count: usize| {
                        let chosen = seed % count as u64;
                        seed /= count as u64;
                        chosen as usize
                    };
                    let prompt = words::sentence(vocabulary, choose);
                    self.set_prompt(prompt);
                }
            }
            Action::ToggleSeedLock => {
                self.controls.seed_locked = !self.controls.seed_locked;
                if self.controls.seed_locked && self.controls.seed.trim().is_empty() {
                    self.roll_seed();
                }
                self.edited(Place::Seed);
            }
            Action::RollSeed => {
                self.roll_seed();
                self.controls.seed_locked = true;
                self.edited(Place::Seed);
            }
            Action::ResetControls => {
                self.controls.reset();
                self.forget_wanted_loras();
                self.remarks.clear();
                self.check_controls();
            }
            Action::PlayPause => self.playback.toggle(self.shown_frames()),
            Action::PreviousFrame => self.step_frame(-1),
            Action::NextFrame => self.step_frame(1),
            Action::FirstFrame => self.playback.seek(0),
            Action::LastFrame => self.playback.seek(self.shown_frames().saturating_sub(1)),
            Action::ToggleLoop => self.playback.looping = !self.playback.looping,
            Action::ToggleScaling => {
                self.scaling = if self.scaling == Scaling::Sharp { Scaling::Smooth } else { Scaling::Sharp };
            }
            Action::ShowLive => {
                self.view = View::Live;
                self.playback.restart();
            }
            Action::PreviousResult => self.step_result(-1),
            Action::NextResult => self.step_result(1),
            Action::ReuseSettings => {
                if let Some(request) = self.shown_result().map(|result| result.outcome.request.clone()) {
                    self.controls.adopt(&request);
                    self.forget_wanted_loras();
                    self.remarks.clear();
                    self.check_controls();
                }
            }
            Action::DecodeAgain => {
                let outcome = self.shown_result().map(|result| &result.outcome);
                if let Some((latent, request)) =
                    outcome.and_then(|it| Some((it.latent_path.clone()?, it.request.clone())))
                {
                    let mut request = request;
                    request.clip.decoder = DecoderKind::Full;
                    effects.push(Effect::DecodeAgain { latent, request: Box::new(request) });
                }
            }
            Action::DeleteResult => {
                if let Some(id) = self.shown_result().map(|result| result.id) {
                    self.delete(id);
                }
            }
            Action::CycleTheme => {
                self.theme = match self.theme {
                    ThemeChoice::System => ThemeChoice::Light,
                    ThemeChoice::Light => ThemeChoice::Dark,
                    ThemeChoice::Dark => ThemeChoice::System,
                };
            }
            Action::DismissNotices => self.notices.clear(),
            Action::Help => self.dialog = Some(DialogKind::Help),
        }
    }

    fn generate(&mut self, effects: &mut Vec<Effect>) {
        let Some(request) = self.limits().map(|limits| self.controls.request(limits)) else { return };
        self.remarks.retain(|(_, level, _)| *level != Level::Error);
        match request {
            Ok(request) => {
                // Shown at once, so that a clip that comes out well can be made again.
                self.controls.seed = request.clip.seed.to_string();
                self.remarks.clear();
                effects.push(Effect::Submit(Box::new(request)));
            }
            Err((place, text)) => {
                if place == Place::Prompt {
                    self.focus = Some(FocusTarget::Prompt);
                }
                self.remark(place, Level::Error, text);
            }
        }
    }

    fn set_prompt(&mut self, text: String) {
        self.controls.prompt = text;
        self.edited(Place::Prompt);
    }

    /// A field was edited: what was said about its old text goes.
    pub fn edited(&mut self, place: Place) {
        self.remarks.retain(|(at, ..)| *at != place);
        self.check_controls();
    }

    fn roll_seed(&mut self) {
        if let Some(seed) = drawn_seed(self) {
            self.controls.seed = seed.to_string();
        }
    }

    fn cancel(&mut self, job: JobId, effects: &mut Vec<Effect>) {
        if let Some(running) = self.running.as_mut().filter(|running| running.id == job) {
            running.cancelling = true;
        }
        effects.push(Effect::Cancel(job));
    }

    fn step_frame(&mut self, by: isize) {
        let frames = self.shown_frames().max(1);
        let next = self.playback.frame.saturating_add_signed(by);
        let wrapped = match (by < 0 && self.playback.frame == 0, next >= frames) {
            (true, _) if self.playback.looping => frames - 1,
            (_, true) if self.playback.looping => 0,
            _ => next.min(frames - 1),
        };
        self.playback.seek(wrapped);
    }

    fn step_result(&mut self, by: isize) {
        let shown = self.shown_result().map(|result| result.id);
        let index = self.results.iter().position(|result| Some(result.id) == shown);
        let next = index.map_or(0, |index| index.saturating_add_signed(by).min(self.results.len() - 1));
        self.show_result(self.results[next].id);
    }

    fn delete(&mut self, id: ResultId) {
        let Some(index) = self.results.iter().position(|result| result.id == id) else { return };
        let result = self.results.remove(index);
        if self.view == View::Result(id) {
            let neighbour = self.results.get(index).or(self.results.last()).map(|result| result.id);
            match neighbour {
                Some(id) => self.show_result(id),
                None => self.view = View::Nothing,
            }
        }
        self.deleted.push((index, result));
        if self.deleted.len() > MAX_UNDO {
            self.deleted.remove(0);
        }
        self.notify_with(Level::Info, "clip deleted", Some(Remedy::Run(Action::UndoDelete)));
    }

    fn set_format(&mut self, format: Format) {
        self.export.format = format;
        if let Some(DialogKind::Export { path, .. }) = &mut self.dialog {
            *path = with_ending(Path::new(path.as_str()), format).display().to_string();
        }
    }

    fn choose_file(&mut self, purpose: OpenPurpose, effects: &mut Vec<Effect>) {
        self.choosing_file = true;
        effects.push(Effect::ChooseFile(purpose));
    }

    fn browse(&mut self, effects: &mut Vec<Effect>) {
        if self.choosing_file {
            return;
        }
        // The sheet stays behind the system's dialog and takes its answer.
        match &self.dialog {
            Some(DialogKind::Export { result, path, .. }) => {
                let suggested = with_ending(Path::new(path.trim()), self.export.format);
                let formats = vec![self.export.format];
                effects.push(Effect::ChooseExportPath { result: *result, suggested, formats });
                self.choosing_file = true;
            }
            Some(DialogKind::Open { purpose, .. }) => self.choose_file(*purpose, effects),
            _ => {}
        }
    }

    fn confirm(&mut self, effects: &mut Vec<Effect>) {
        match self.dialog.take() {
            Some(DialogKind::Close) => {
                self.close_agreed = true;
                effects.push(Effect::Close);
            }
            Some(DialogKind::SwitchModel(source)) => effects.push(Effect::OpenModel(source)),
            Some(DialogKind::Export { result, path, replace, .. }) => {
                if path.trim().is_empty() {
                    let problem = Some("type where the clip should go, or press Browse".to_owned());
                    self.dialog = Some(DialogKind::Export { result, path, replace, problem });
                    return;
                }
                let existing = if replace { Existing::Replace } else { Existing::Keep };
                let path = with_ending(&expand_home(path.trim()), self.export.format);
                self.start_export(result, path, existing, effects);
            }
            Some(DialogKind::Open { purpose, path, .. }) => {
                if path.trim().is_empty() {
                    let problem = Some("type the path of the file, or press Browse".to_owned());
                    self.dialog = Some(DialogKind::Open { purpose, path, problem });
                    return;
                }
                let path = expand_home(path.trim());
                match purpose {
                    OpenPurpose::Model => self.open_model(ModelSource::File(path), effects),
                    OpenPurpose::Lora => self.inspect(path, true, effects),
                    OpenPurpose::Clip => effects.push(Effect::ReadClip(path)),
                }
            }
            Some(DialogKind::Licence(key)) => {
                self.dialog = Some(DialogKind::Models);
                self.get(key, true, effects);
            }
            Some(DialogKind::Discard(key)) => {
                self.dialog = Some(DialogKind::Models);
                self.remove(key, effects);
            }
            Some(DialogKind::Models) => self.dialog = Some(DialogKind::Models),
            Some(DialogKind::Help) | None => {}
        }
    }

    /// Opens a model, after a question if jobs would be lost.
    pub fn open_model(&mut self, source: ModelSource, effects: &mut Vec<Effect>) {
        if self.busy() {
            self.dialog = Some(DialogKind::SwitchModel(source));
        } else {
            effects.push(Effect::OpenModel(source));
        }
    }

    fn start_export(&mut self, id: ResultId, path: PathBuf, existing: Existing, effects: &mut Vec<Effect>) {
        let Some(result) = self.result(id) else { return };
        let frames = Arc::clone(&result.outcome.frames);
        let mut settings = ExportSettings::new(self.export.format, result.outcome.request.clip.fps);
        (settings.dither, settings.embed, settings.existing) = (self.export.dither, self.export.embed, existing);
        let provenance = provenance_of(&result.outcome);
        self.export.folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
        let number = self.fresh_id();
        self.exports.push(ExportStatus {
            id: number,
            result: id,
            path: path.clone(),
            frames_done: 0,
            frames_total: frames.count(),
            cancelling: false,
        });
        effects.push(Effect::Export(Box::new(ExportOrder { id: number, frames, settings, provenance, path })));
    }
}

/// `~/` is what people type for their own folder.
fn expand_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), directories::UserDirs::new()) {
        (Some(rest), Some(folders)) => folders.home_dir().join(rest),
        _ => PathBuf::from(path),
    }
}
