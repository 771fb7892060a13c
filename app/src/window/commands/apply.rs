//! What each command does to the state, and which effects it asks for.

use std::path::Path;
use std::sync::Arc;

use hummingbird_engine::job::JobId;
use hummingbird_engine::pipeline::video_out::{Embed, Format};
use hummingbird_engine::request::DecoderKind;
use hummingbird_engine::settings::table;

use super::command::{Command, LayoutCommand};
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::action::Action;
use crate::window::state::broken::Part;
use crate::window::state::clips::{ResultClip, ResultId, Shown};
use crate::window::state::controls::Place;
use crate::window::state::exports::{ManyKind, with_ending};
use crate::window::state::layout::{Page, Side, next_scale, scale_in_range};
use crate::window::state::queue::QueueId;
use crate::window::state::view::{DialogKind, FocusTarget, Level, Remedy, SaveFile, SavedThing};
use crate::window::state::work::OpenPurpose;
use crate::window::state::{State, words};

impl State {
    /// Carries out a command.
    pub fn apply(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Run(action) => self.run(action, effects),
            Command::SetPrompt(text) | Command::UsePrompt(text) => self.set_prompt(text),
            Command::Prompting(command) => self.on_prompting(command, effects),
            Command::SetNegative(text) => self.form.controls.asked.negative = text,
            Command::SetNumber(setting, text) => {
                // Whoever types a seed wants to have it.
                self.form.controls.seed_locked |= *setting == table::SEED && !text.trim().is_empty();
                self.form.controls.set_text(setting, text);
                self.edited(Place::of(setting));
            }
            Command::Nudge(setting, steps) => {
                if let Some(limits) = self.models.limits() {
                    self.form.controls.nudge(setting, steps, limits);
                    self.edited(Place::of(setting));
                }
            }
            Command::SetSize(width, height) => {
                let controls = &mut self.form.controls;
                controls.set_text(&table::WIDTH, width.to_string());
                controls.set_text(&table::HEIGHT, height.to_string());
                self.edited(Place::of(&table::WIDTH));
            }
            Command::Choose(setting, value) => {
                setting.ask(&mut self.form.controls.asked, value);
                // Another sampler takes other numbers of steps.
                let place = if *setting == table::SAMPLER { &table::STEPS } else { setting };
                self.edited(Place::of(place));
            }
            Command::SetDevice(device) => {
                self.form.controls.asked.device = device;
                self.check_controls();
            }
            Command::UseWord(kind, word) => {
                if let Some(vocabulary) = self.models.card().and_then(|card| card.vocabulary.as_ref()) {
                    let prompt = words::use_word(&self.form.controls.asked.prompt, vocabulary, kind, &word);
                    self.set_prompt(prompt);
                }
            }
            Command::Seek(frame) => self.results.playback.seek(frame.min(self.shown_frames().saturating_sub(1))),
            Command::ShowResult(id) => self.results.show(id),
            Command::Delete(id) => self.delete(id, effects),
            Command::CancelJob(job) => self.cancel(JobId(job), effects),
            Command::CancelExport(id) => {
                self.exports.cancel(id);
                effects.push(Effect::CancelExport(id));
            }
            Command::SetTheme(theme) => self.view.theme = theme,
            Command::SetLanguage(language) => self.view.language = language,
            Command::SetScaling(scaling) => self.view.scaling = scaling,
            Command::SetFormat(format) => self.set_format(format),
            Command::SetEmbed(true) => self.exports.preferences.embed = Embed::Provenance,
            Command::SetEmbed(false) => self.exports.preferences.embed = Embed::Nothing,
            Command::SetReplace(on) => match &mut self.view.dialog {
                Some(DialogKind::Export { replace, .. }) => *replace = on,
                Some(DialogKind::ExportMany(many)) => many.replace = on,
                _ => {}
            },
            Command::SetPath(text) => self.set_path(text),
            Command::Browse => self.browse(effects),
            Command::ConfirmDialog => self.confirm(effects),
            Command::CloseDialog => {
                // What failed in one dialog need not fail in the next.
                self.view.broken.remove(&Part::Dialog);
                if self.view.dialog == Some(DialogKind::SafeStart) {
                    self.start_safely();
                    return;
                }
                // What was typed of a style is kept, unless it cannot be.
                self.keep_style();
                if matches!(self.view.dialog, Some(DialogKind::FirstSteps(_))) {
                    self.view.focus = Some(FocusTarget::Prompt);
                }
                // What the model manager asked leads back to it.
                let is_for_manager = |purpose: &OpenPurpose| *purpose == OpenPurpose::ModelFolder;
                let asked = match &self.view.dialog {
                    Some(DialogKind::Licence(_) | DialogKind::Discard(_)) => true,
                    Some(DialogKind::Complete(_)) => self.models.listing.is_some(),
                    Some(DialogKind::Open { purpose, .. }) => is_for_manager(purpose),
                    _ => false,
                };
                self.keep_captions(effects);
                let of_styles = matches!(
                    self.view.dialog,
                    Some(
                        DialogKind::SaveFile(SaveFile { what: SavedThing::Styles, .. })
                            | DialogKind::Open { purpose: OpenPurpose::Styles, .. }
                    )
                );
                self.view.dialog = asked.then_some(DialogKind::Models);
                if of_styles {
                    self.show_styles();
                }
            }
            Command::DropFiles(paths) => self.on_drop(paths, effects),
            Command::OpenFiles(paths) => self.open_files(paths, effects),
            Command::HandedOver(handover) => self.on_handed_over(handover, effects),
            Command::PartFailed(part, report) => self.on_part_failed(part, report),
            Command::PutPartAway(part) => {
                if let Some(broken) = self.view.broken.get_mut(&part) {
                    broken.is_put_away = true;
                }
                // A dialog that is not seen must not hold the keyboard.
                if part == Part::Dialog {
                    self.view.broken.remove(&part);
                    self.view.dialog = None;
                }
            }
            Command::TryPartAgain(part) => drop(self.view.broken.remove(&part)),
            Command::DecodeLatent { latent, request } => {
                effects.push(Effect::DecodeAgain { latent, request: Box::new(request) });
            }
            Command::Jobs(command) => self.on_job_command(command),
            Command::Queue(command) => self.on_queue_command(command, effects),
            Command::Batch(command) => self.on_batch_command(command),
            Command::SetWhenDone(what, command) => (self.queue.when_done, self.queue.done_command) = (what, command),
            Command::Models(command) => self.on_model_command(command, effects),
            Command::Folders(command) => self.on_folder_command(command, effects),
            Command::Devices(command) => self.on_device_command(command, effects),
            Command::Training(command) => self.on_training_command(command, effects),
            Command::Library(command) => self.on_library_command(command, effects),
            Command::Data(command) => self.on_data_command(command, effects),
            Command::SetScale(percent) => self.view.scale_percent = scale_in_range(percent),
            Command::FirstSteps(command) => self.on_first_steps(command, effects),
            Command::Palette(command) => self.on_palette_command(command, effects),
            Command::Shortcut(command) => self.on_shortcut_command(command, effects),
            Command::Layout(LayoutCommand::Width(side, width)) => self.view.layout.set_width(side, width),
            Command::Layout(LayoutCommand::Page(page)) => self.view.page = page,
            Command::Layout(LayoutCommand::CoversScreen(on)) => self.view.full_screen = on,
            Command::AddLora(path) => self.inspect(path, true, effects),
            Command::SetLoraStrength(index, strength) => self.set_lora_strength(index, strength),
            Command::SwitchLoraOff(path) => self.switch_lora_off(&path),
            Command::RemoveLora(index) => self.remove_lora(index),
            Command::OpenOutside(place) => effects.push(Effect::OpenOutside(place)),
            Command::Dismiss(id) => self.view.notices.retain(|notice| notice.id != id),
            Command::CopyText(text) => {
                effects.push(Effect::CopyText(text));
                self.view.notify(Level::Info, tr!("notices-copied"));
            }
            Command::CloseRequested => {
                self.keep_captions(effects);
                if self.close_loses() && !self.view.close_agreed {
                    self.view.dialog = Some(DialogKind::Close);
                    effects.push(Effect::StayOpen);
                } else if !self.view.close_agreed && !self.begin_closing() {
                    effects.push(Effect::StayOpen);
                }
            }
            Command::Resized(width, height) => self.view.window_size = Some([width, height]),
            Command::FocusTaken => self.view.focus = None,
            Command::Zoom(factor) => self.view.zoom_by(factor),
            Command::MoveView(by) => self.view.move_by(by),
            Command::Export(command) => self.on_export_command(command, effects),
        }
    }

    pub(super) fn run(&mut self, action: Action, effects: &mut Vec<Effect>) {
        // An empty prompt must be told about at the prompt, so Generate is never stopped silently.
        if let Some(reason) = self.why_not(action) {
            if action == Action::Generate {
                self.view.notify(Level::Warning, tr!("notices-not-started", reason = reason));
            }
            return;
        }
        match action {
            Action::Generate => self.generate(effects),
            Action::Cancel => {
                if let Some(job) = self.jobs.first() {
                    self.cancel(job, effects);
                }
            }
            Action::CancelAll => {
                self.queue.worked = false;
                let waiting: Vec<QueueId> = self.queue.jobs.iter().map(|job| job.id).collect();
                if !waiting.is_empty() {
                    let text = tr!("notices-jobs-removed", count = waiting.len());
                    self.remove_jobs(&waiting, text);
                }
                self.jobs.in_order_of_cancelling().into_iter().for_each(|job| self.cancel(job, effects));
            }
            Action::PauseQueue
            | Action::ResumeQueue
            | Action::StopAfter
            | Action::SkipJob
            | Action::RetryFailed
            | Action::EditJob
            | Action::DuplicateJob
            | Action::MoveJobUp
            | Action::MoveJobDown
            | Action::RemoveJob
            | Action::UndoQueue => self.run_in_queue(action, effects),
            Action::AddBatch => self.view.dialog = Some(DialogKind::Batch),
            Action::JoinGrid => self.join_grid(),
            Action::WhenDone => self.ask_when_done(),
            Action::SaveQueue => self.ask_where_to_save(SavedThing::Queue),
            Action::LoadQueue => self.choose_file(OpenPurpose::Queue, effects),
            Action::Export => self.choose_export_path(effects),
            Action::ExportAs => self.show_export_dialog(),
            Action::ShowModels => self.show_models(effects),
            Action::ShowDevices => self.show_devices(effects),
            Action::ShowTraining => self.show_training(),
            Action::ShowData
            | Action::DataFolder
            | Action::DataManifest
            | Action::DataRedo
            | Action::DataMark
            | Action::DataEdit
            | Action::DataAccept
            | Action::DataRefuse
            | Action::DataAcceptAll
            | Action::DataRefuseAll => self.run_data(action, effects),
            Action::UndoCaption => self.undo_caption(effects),
            Action::AddLora => self.choose_file(OpenPurpose::Lora, effects),
            Action::UndoRemove => self.undo_remove(effects),
            Action::OpenModel => self.choose_file(OpenPurpose::Model, effects),
            Action::OpenClip => self.choose_file(OpenPurpose::Clip, effects),
            Action::UseDemoModel => self.open_model(hummingbird_engine::model::ModelSource::Embedded, effects),
            Action::Quit => effects.push(Effect::Close),
            Action::UndoDelete if self.data.is_shown => self.undo_data(),
            Action::UndoDelete => {
                let in_library = self.library.is_shown || self.results.deleted.is_empty();
                if in_library && !self.library.removed.is_empty() {
                    self.undo_removal(effects);
                } else {
                    self.results.undo_delete();
                }
            }
            Action::FocusPrompt => self.show_field(FocusTarget::Prompt, effects),
            Action::FocusNegative => self.show_field(FocusTarget::Negative, effects),
            Action::Surprise => self.surprise(),
            Action::Enhance
            | Action::SetServer
            | Action::UndoPrompt
            | Action::EditStyles
            | Action::ShowPrompts
            | Action::EarlierPrompt
            | Action::LaterPrompt => self.run_prompting(action, effects),
            Action::ToggleSeedLock => {
                self.form.controls.seed_locked = !self.form.controls.seed_locked;
                if self.form.controls.seed_locked && self.form.controls.text(&table::SEED).trim().is_empty() {
                    self.roll_seed();
                }
                self.edited(Place::of(&table::SEED));
            }
            Action::RollSeed => {
                self.roll_seed();
                self.form.controls.seed_locked = true;
                self.edited(Place::of(&table::SEED));
            }
            Action::ResetControls => {
                self.form.controls.reset();
                self.settings_replaced();
            }
            Action::PlayPause => self.results.playback.toggle(self.shown_frames()),
            Action::PreviousFrame => self.results.playback.step(-1, self.shown_frames()),
            Action::NextFrame => self.results.playback.step(1, self.shown_frames()),
            Action::FirstFrame => self.results.playback.seek(0),
            Action::LastFrame => self.results.playback.seek(self.shown_frames().saturating_sub(1)),
            Action::PlayBackwards => self.results.playback.play(true, self.shown_frames()),
            Action::PlayForwards => self.results.playback.play(false, self.shown_frames()),
            Action::Slower => self.results.playback.change_speed(-1),
            Action::Faster => self.results.playback.change_speed(1),
            Action::NormalSpeed => self.results.playback.normal_speed(),
            Action::SetIn => self.results.playback.set_in(self.shown_frames()),
            Action::SetOut => self.results.playback.set_out(self.shown_frames()),
            Action::ClearRange => self.results.playback.range = None,
            Action::TogglePingPong => self.results.playback.ping_pong = !self.results.playback.ping_pong,
            Action::ZoomIn => self.view.zoom_by(1.5),
            Action::ZoomOut => self.view.zoom_by(1.0 / 1.5),
            Action::ZoomFit => self.view.zoom_by(0.0),
            Action::OnlyClip => {
                self.view.only_clip = !self.view.only_clip;
                effects.push(Effect::FullScreen(self.view.only_clip || self.view.full_screen));
            }
            Action::ExportAll => self.show_many_dialog(ManyKind::Folder),
            Action::JoinClips => self.show_many_dialog(ManyKind::Reel),
            Action::ToggleLoop => self.results.playback.looping = !self.results.playback.looping,
            Action::ToggleScaling => self.view.toggle_scaling(),
            Action::ShowLive => {
                self.results.shown = Shown::Live;
                self.results.playback.restart();
            }
            Action::PreviousResult => self.step_history(-1, effects),
            Action::NextResult => self.step_history(1, effects),
            Action::ReuseSettings if self.library.is_shown => self.reuse_kept(effects),
            Action::ReuseSettings => {
                if let Some(request) = self.results.shown_clip().map(|result| result.outcome.request.clone()) {
                    self.form.controls.adopt(&request);
                    self.settings_replaced();
                }
            }
            Action::DecodeAgain if self.library.is_shown => self.decode_kept(effects),
            Action::DecodeAgain => {
                let outcome = self.results.shown_clip().map(|result| &result.outcome);
                if let Some((latent, request)) =
                    outcome.and_then(|it| Some((it.latent_path.clone()?, it.request.clone())))
                {
                    let mut request = request;
                    request.clip.decoder = DecoderKind::Full;
                    effects.push(Effect::DecodeAgain { latent, request: Box::new(request) });
                }
            }
            Action::DeleteResult => self.run_delete(effects),
            Action::ShowLibrary => self.show_library(!self.library.is_shown, effects),
            Action::OtherPrompt => self.other_prompt(effects),
            Action::Variations => self.variations(effects),
            Action::ShowInFolder => self.show_in_folder(effects),
            Action::CopyFrame => {
                if let Some(clip) = self.shown() {
                    let frame = self.results.playback.frame.min(clip.frames.count().saturating_sub(1));
                    effects.push(Effect::CopyFrame(Arc::clone(clip.frames), frame));
                    self.view.notify(Level::Info, tr!("notices-frame-copied"));
                }
            }
            Action::SearchLibrary
            | Action::SelectAll
            | Action::OpenKept
            | Action::CompareClips
            | Action::OneMore
            | Action::ThrowAgain
            | Action::ToggleFavourite
            | Action::RescanLibrary => self.run_in_library(action, effects),
            Action::CycleTheme => self.view.cycle_theme(),
            Action::ToggleReducedMotion => self.view.reduced_motion = Some(!self.view.is_still()),
            Action::ToggleControls => self.view.layout.toggle(Side::Controls),
            Action::ToggleHistory => self.view.layout.toggle(Side::History),
            Action::ScaleUp => self.view.scale_percent = next_scale(self.view.scale_percent, true),
            Action::ScaleDown => self.view.scale_percent = next_scale(self.view.scale_percent, false),
            Action::ResetScale => self.view.scale_percent = 100,
            Action::ToggleFullScreen => {
                self.view.full_screen = !self.view.full_screen;
                effects.push(Effect::FullScreen(self.view.full_screen));
            }
            Action::DismissNotices => self.view.notices.clear(),
            Action::ToggleAdvanced => self.view.advanced = !self.view.advanced,
            Action::ShowFirstSteps => self.show_first_steps(),
            Action::CommandPalette => self.show_palette(),
            Action::EditShortcuts => self.show_shortcuts(),
            Action::AskForNewerVersion => {
                self.view.asking_for_version = true;
                effects.push(Effect::AskForNewerVersion);
            }
            Action::Help => self.view.dialog = Some(DialogKind::Help),
        }
    }

    fn generate(&mut self, effects: &mut Vec<Effect>) {
        let Some(request) = self.models.limits().map(|limits| self.form.request(limits)) else {
            return;
        };
        self.form.remarks.retain(|(_, level, _)| *level != Level::Error);
        match request {
            Ok(request) => {
                // Shown at once, so that a clip that comes out well can be made again.
                self.form.controls.set_text(&table::SEED, request.clip.seed.to_string());
                self.form.remarks.clear();
                // What is being made is what a narrow window shows then.
                self.view.page = Page::Clip;
                self.note_used_prompt();
                if !self.replace_edited(&request) {
                    effects.push(Effect::Submit(Box::new(request)));
                }
            }
            Err((place, text)) => {
                if place == Place::of(&table::PROMPT) {
                    self.show_field(FocusTarget::Prompt, effects);
                }
                self.view.page = Page::Create;
                self.form.remark(place, Level::Error, text);
            }
        }
    }

    /// Brings a field of the controls into sight and moves the cursor to it.
    fn show_field(&mut self, field: FocusTarget, effects: &mut Vec<Effect>) {
        if self.library.is_shown {
            self.show_library(false, effects);
        }
        if self.data.is_shown {
            self.show_data(false, effects);
        }
        self.view.page = Page::Create;
        self.view.layout.controls_shown = true;
        self.view.focus = Some(field);
    }

    /// The prompt becomes this text.
    pub fn set_prompt(&mut self, text: String) {
        self.prompting.walk = None;
        self.form.controls.asked.prompt = text;
        self.edited(Place::of(&table::PROMPT));
    }

    fn surprise(&mut self) {
        let mut seed = self.drawn_seed().unwrap_or(0);
        if let Some(vocabulary) = self.models.card().and_then(|card| card.vocabulary.as_ref()) {
            let choose = |count: usize| {
                let chosen = seed % count as u64;
                seed /= count as u64;
                chosen as usize
            };
            let prompt = words::sentence(vocabulary, choose);
            self.set_prompt(prompt);
        }
    }

    /// All settings are others now: what was said about the old ones goes.
    pub fn settings_replaced(&mut self) {
        self.styles_off();
        self.forget_wanted_loras();
        self.form.remarks.clear();
        self.check_controls();
    }

    fn roll_seed(&mut self) {
        if let Some(seed) = self.drawn_seed() {
            self.form.controls.set_text(&table::SEED, seed.to_string());
        }
    }

    fn cancel(&mut self, job: JobId, effects: &mut Vec<Effect>) {
        // Whoever cancels a clip that is being taken back wants it gone.
        self.jobs.returning.remove(&job);
        if let Some(running) = self.jobs.running(job) {
            running.cancelling = true;
        }
        effects.push(Effect::Cancel(job));
    }

    /// Deletes what is selected in the library where that is shown, else the clip in the player.
    pub fn run_delete(&mut self, effects: &mut Vec<Effect>) {
        if self.library.is_shown {
            self.remove_selected(effects);
        } else if let Some(id) = self.results.shown_clip().map(|result| result.id) {
            self.delete(id, effects);
        }
    }

    fn delete(&mut self, id: ResultId, effects: &mut Vec<Effect>) {
        if let Some(kept) = self.results.get(id).and_then(ResultClip::kept_id) {
            self.remove_clips(vec![kept], effects);
        } else if self.results.delete(id) {
            self.view.notify_with(Level::Info, tr!("notices-clip-deleted"), Some(Remedy::Run(Action::UndoDelete)));
        }
    }

    fn set_format(&mut self, format: Format) {
        self.exports.preferences.format = format;
        if let Some(DialogKind::Export { path, .. }) = &mut self.view.dialog {
            *path = with_ending(Path::new(path.as_str()), format).display().to_string();
        }
    }

    fn set_path(&mut self, text: String) {
        let dialog = &mut self.view.dialog;
        if let Some(DialogKind::Export { path, problem, .. } | DialogKind::Open { path, problem, .. }) = dialog {
            (*path, *problem) = (text, None);
        } else if let Some(DialogKind::SaveFile(save)) = dialog {
            (save.path, save.replace, save.problem) = (text, false, None);
        } else if let Some(DialogKind::ExportMany(many)) = dialog {
            (many.path, many.problem) = (text, None);
        }
        // Whoever types "boat.gif" wants a GIF.
        if let Some(DialogKind::Export { path, .. }) = dialog
            && let Ok(format) = Format::from_path(Path::new(path.trim()))
        {
            self.exports.preferences.format = format;
        }
    }
}
