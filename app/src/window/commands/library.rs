//! The library's commands and reports: what its page lists, marks, removes and opens, and the keeping of finished clips.
//!
//! Not here: the index and the files (`tasks::library`, the engine).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::{Outcome, UsedDecoder};
use hummingbird_engine::jobs::provenance::provenance_of;
use hummingbird_engine::library::{ClipId, Mark, Removed};
use hummingbird_engine::memory::{JobNeed, JobUse};
use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::{DecoderKind, GenerateRequest};
use hummingbird_engine::settings::{Field as _, Value, clip_of, table};

use super::command::LibraryCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::action::Action;
use crate::window::state::clips::{Keeping, ResultClip, ResultId, short};
use crate::window::state::compare::Compare;
use crate::window::state::controls::Place;
use crate::window::state::library::{KeepOrder, KeptClip, LibraryOrder, LibraryReport, LibraryStatus, Pick, folder_of};
use crate::window::state::loras::{file_name, loras_of};
use crate::window::state::view::{FocusTarget, Level, Remedy};
use crate::window::state::work::CarriedSettings;
use crate::window::state::{HistoryRow, State};

/// Seeds of variations, from that of the clip.
const AROUND: [i64; 4] = [-2, -1, 1, 2];

impl State {
    /// Shows the library's page, or the clip again.
    pub fn show_library(&mut self, on: bool, effects: &mut Vec<Effect>) {
        self.library.is_shown = on;
        if on {
            self.keep_edit();
            self.data.is_shown = false;
            self.view.focus = None;
            self.find_clips(effects);
            self.library.follow_cursor = true;
        }
    }

    /// Lists clips anew.
    fn find_clips(&mut self, effects: &mut Vec<Effect>) {
        if self.library.status == LibraryStatus::Open {
            let (ticket, query) = (self.library.finding.ask(), self.library.query.clone());
            effects.push(Effect::Library(LibraryOrder::Find { ticket, query }));
        }
    }

    /// Orders what has come into sight, and has finished clips kept.
    pub fn follow_library(&mut self, effects: &mut Vec<Effect>) {
        if self.library.status == LibraryStatus::Closed {
            return;
        }
        for clip in self.results.clips.iter_mut().filter(|clip| clip.keeping == Keeping::Wanted) {
            clip.keeping = Keeping::UnderWay;
            let order = KeepOrder {
                result: clip.id,
                frames: Arc::clone(&clip.outcome.frames),
                provenance: provenance_of(&clip.outcome),
                latent: clip.outcome.latent_path.clone(),
                made: clip.made,
                job: self.paused.job_of(clip.id),
            };
            effects.push(Effect::Library(LibraryOrder::Keep(Box::new(order))));
        }
        let unknown = self.library.unknown();
        if !unknown.is_empty() {
            effects.push(Effect::Library(LibraryOrder::Entries(unknown)));
        }
        if let Some(pictures) = self.library.wanted_pictures() {
            effects.push(Effect::Library(LibraryOrder::Pictures(pictures)));
        }
    }

    /// Carries out a command of the library's page.
    pub fn on_library_command(&mut self, command: LibraryCommand, effects: &mut Vec<Effect>) {
        match command {
            LibraryCommand::Search(text) => {
                self.library.query.search = text;
                self.find_clips(effects);
            }
            LibraryCommand::Sort(sort) => {
                self.library.query.sort = sort;
                self.find_clips(effects);
            }
            LibraryCommand::Filter(filter) => {
                self.library.query.filter = filter;
                self.find_clips(effects);
            }
            LibraryCommand::TileWidth(width) => self.library.tile_width = width.clamp(90.0, 400.0),
            LibraryCommand::See(visible) => self.library.visible = visible,
            LibraryCommand::Pick(id, how) => {
                self.keep_note(effects);
                self.library.pick(id, how);
                self.library.follow_cursor = how == Pick::Cursor || how == Pick::Range;
            }
            LibraryCommand::SelectNone => {
                self.keep_note(effects);
                self.library.selected.clear();
            }
            LibraryCommand::Open(id) => self.open_kept(id, effects),
            LibraryCommand::Remove(id) => self.remove_clips(vec![id], effects),
            LibraryCommand::SetTag(text) => self.library.tag = text,
            LibraryCommand::AddTag => {
                let tag = std::mem::take(&mut self.library.tag).trim().to_owned();
                if !tag.is_empty() {
                    self.mark(Mark::AddTag(tag), effects);
                }
            }
            LibraryCommand::RemoveTag(tag) => self.mark(Mark::RemoveTag(tag), effects),
            LibraryCommand::SetNote(text) => {
                self.library.note = self.library.single().map(|clip| (clip.entry.id, text));
            }
            LibraryCommand::KeepNote => self.keep_note(effects),
            LibraryCommand::SetProject(text) => self.library.project = Some(text),
            LibraryCommand::KeepProject => {
                if let Some(project) = self.library.project.take() {
                    self.mark(Mark::Project(project), effects);
                }
            }
            LibraryCommand::EditSettings(settings) => self.library.settings = settings,
            LibraryCommand::KeepSettings => {
                effects.push(Effect::Library(LibraryOrder::Change(self.library.settings.clone())));
            }
            LibraryCommand::CompareHow(how) => self.comparing(|compare| compare.how = how),
            LibraryCommand::Wipe(at) => self.comparing(|compare| compare.wipe = at.clamp(0.0, 1.0)),
            LibraryCommand::CompareSeek(frame) => self.comparing(|compare| compare.playback.seek(frame)),
            LibraryCommand::ComparePlay => self.comparing(|compare| compare.playback.toggle(compare.count())),
            LibraryCommand::CursorFollowed => self.library.follow_cursor = false,
        }
    }

    fn comparing(&mut self, change: impl FnOnce(&mut Compare)) {
        if let Some(compare) = &mut self.library.compare {
            change(compare);
        }
    }

    fn mark(&mut self, mark: Mark, effects: &mut Vec<Effect>) {
        let ids: Vec<ClipId> = self.library.selection();
        if !ids.is_empty() {
            effects.push(Effect::Library(LibraryOrder::Mark(ids, mark)));
        }
    }

    /// Keeps the note that is being typed.
    pub fn keep_note(&mut self, effects: &mut Vec<Effect>) {
        let Some((id, note)) = self.library.note.take() else { return };
        if self.library.clip(id).is_none_or(|clip| clip.entry.note != note) {
            effects.push(Effect::Library(LibraryOrder::Mark(vec![id], Mark::Note(note))));
        }
    }

    /// The actions of the library that act on its selection.
    pub fn run_in_library(&mut self, action: Action, effects: &mut Vec<Effect>) {
        match action {
            Action::SelectAll => {
                self.library.selected = self.library.ids.iter().copied().collect();
            }
            Action::OpenKept => {
                if let Some(id) = self.library.single().map(|clip| clip.entry.id) {
                    self.open_kept(id, effects);
                }
            }
            Action::ToggleFavourite => {
                let ids = self.library_subjects();
                let known = |id: &ClipId| self.library.clip(*id).is_some_and(|clip| clip.entry.favourite);
                let on = !ids.iter().all(known);
                if !self.library.is_shown {
                    let text = if on { tr!("notices-favourite") } else { tr!("notices-no-favourite") };
                    self.view.notify(Level::Info, text);
                }
                effects.push(Effect::Library(LibraryOrder::Mark(ids, Mark::Favourite(on))));
            }
            Action::CompareClips => match self.library.pair().filter(|_| self.library.compare.is_none()) {
                Some(clips) => {
                    let orders = clips.clone().map(|clip| Effect::Library(LibraryOrder::Compare(clip)));
                    effects.extend(orders);
                    self.library.compare = Some(Compare::of(clips));
                }
                None => self.library.compare = None,
            },
            Action::OneMore => self.one_more(effects),
            Action::ThrowAgain => {
                self.one_more(effects);
                self.run_delete(effects);
            }
            Action::SearchLibrary => {
                if !self.library.is_shown {
                    self.show_library(true, effects);
                }
                self.library.follow_cursor = false;
                self.view.focus = Some(FocusTarget::Search);
            }
            Action::RescanLibrary => {
                effects.push(Effect::Library(LibraryOrder::Scan));
                self.view.notify(Level::Info, tr!("notices-library-scan"));
            }
            _ => {}
        }
    }

    /// The clips that marks mean: those selected in the library where that is shown, else the one in the player.
    pub fn library_subjects(&self) -> Vec<ClipId> {
        if self.library.is_shown {
            return self.library.selection();
        }
        self.results.shown_clip().and_then(ResultClip::kept_id).into_iter().collect()
    }

    /// Queues a clip with the settings of the subject and a new seed.
    fn one_more(&mut self, effects: &mut Vec<Effect>) {
        let (Some((_, provenance, _)), Some(limits)) = (self.subject(), self.models.limits()) else { return };
        let mut controls = self.form.controls.clone();
        controls.adopt(&request_of(&provenance, self));
        controls.seed_locked = false;
        match controls.request(limits, &self.form.wildcards) {
            Ok(request) => effects.push(Effect::Submit(Box::new(request))),
            Err((_, text)) => self.view.notify(Level::Warning, tr!("notices-nothing-queued", reason = text)),
        }
    }

    /// The clip that actions on one clip mean: the one selected in the library where that is shown, else the one in the player.
    fn subject(&self) -> Option<(String, Provenance, Option<PathBuf>)> {
        if self.library.is_shown {
            let clip = self.library.single()?;
            return Some((file_name(&clip.entry.path), clip.entry.provenance.clone(), Some(clip.entry.path.clone())));
        }
        let result = self.results.shown_clip()?;
        let name = format!("\"{}\"", short(&result.outcome.request.clip.prompt, 40));
        Some((name, provenance_of(&result.outcome), result.file().cloned()))
    }

    /// Why an action on one clip cannot be done.
    pub fn why_no_subject(&self) -> Option<String> {
        match (self.library.is_shown, self.library.selected.len()) {
            (true, 0) => Some(tr!("reasons-no-clip-selected")),
            (true, 1) => None,
            (true, _) => Some(tr!("reasons-several-clips-selected")),
            (false, _) => self.results.shown_clip().is_none().then(|| tr!("reasons-no-finished-clip-shown")),
        }
    }

    /// Copies the settings of the library's selected clip into the form.
    pub fn reuse_kept(&mut self, effects: &mut Vec<Effect>) {
        let Some(clip) = self.library.single().cloned() else { return };
        self.keep_note(effects);
        self.library.is_shown = false;
        let KeptClip { entry, is_of_demo } = &*clip;
        let carried = CarriedSettings { provenance: entry.provenance.clone(), is_of_demo: *is_of_demo };
        self.load_settings(&file_name(&entry.path), carried);
    }

    /// The settings of a clip, with its seed locked and the cursor in the prompt.
    pub fn other_prompt(&mut self, effects: &mut Vec<Effect>) {
        if self.library.is_shown {
            self.reuse_kept(effects);
        } else if let Some(request) = self.results.shown_clip().map(|clip| clip.outcome.request.clone()) {
            self.form.controls.adopt(&request);
            self.styles_off();
            self.edited(Place::of(&table::SEED));
        }
        self.form.controls.seed_locked = true;
        self.view.focus = Some(FocusTarget::Prompt);
    }

    /// Queues clips like this one with the seeds around it.
    pub fn variations(&mut self, effects: &mut Vec<Effect>) {
        let Some((_, provenance, _)) = self.subject() else { return };
        let request = request_of(&provenance, self);
        let Some(limits) = self.models.limits() else { return };
        let mut queued = 0_u32;
        for by in AROUND {
            let mut controls = self.form.controls.clone();
            let mut varied = request.clone();
            varied.clip.seed = varied.clip.seed.wrapping_add_signed(by);
            controls.adopt(&varied);
            match controls.request(limits, &self.form.wildcards) {
                Ok(request) => {
                    queued += 1;
                    effects.push(Effect::Submit(Box::new(request)));
                }
                Err((_, text)) => {
                    self.view.notify(Level::Warning, tr!("notices-no-variation-queued", reason = text));
                    return;
                }
            }
        }
        let text = tr!("notices-variations-queued", count = queued, seed = request.clip.seed.to_string());
        self.view.notify(Level::Info, text);
    }

    /// Shows the folder of a clip outside.
    pub fn show_in_folder(&mut self, effects: &mut Vec<Effect>) {
        if let Some((_, _, Some(path))) = self.subject() {
            effects.push(Effect::OpenOutside(folder_of(&path)));
        }
    }

    /// Decodes the latent of the library's selected clip again, and says what will differ.
    pub fn decode_kept(&mut self, effects: &mut Vec<Effect>) {
        let Some(clip) = self.library.single().cloned() else { return };
        let Some(latent) = clip.entry.latent.clone() else { return };
        let mut request = request_of(&clip.entry.provenance, self);
        request.clip.decoder = DecoderKind::Full;
        let before = &clip.entry.provenance;
        let name = file_name(&clip.entry.path);
        let text = match before.tiny_decoder_name.as_str() {
            "" => tr!("notices-decoding-again", name = name),
            tiny => tr!("notices-decoding-in-full", name = name, tiny = tiny),
        };
        self.view.notify(Level::Info, text);
        effects.push(Effect::DecodeAgain { latent, request: Box::new(request) });
    }

    fn open_kept(&mut self, id: ClipId, effects: &mut Vec<Effect>) {
        if let Some(result) = self.results.kept(id).map(|result| result.id) {
            self.library.is_shown = false;
            self.results.show(result);
        } else if let Some(clip) = self.library.clip(id).cloned() {
            effects.push(Effect::Library(LibraryOrder::Load(clip)));
        }
    }

    /// Shows a neighbour of the clip that is shown, by places in the history; the newest where none is shown.
    pub fn step_history(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let shown = self.results.shown_clip().map(|clip| clip.id);
        let rows = self.history();
        let index = rows.iter().position(|row| matches!(row, HistoryRow::Result(clip) if Some(clip.id) == shown));
        let next = index.map_or(0, |index| index.saturating_add_signed(by).min(rows.len().saturating_sub(1)));
        match rows.get(next) {
            Some(HistoryRow::Result(clip)) => {
                let id = clip.id;
                self.results.show(id);
            }
            Some(HistoryRow::Kept(clip)) => {
                let id = clip.entry.id;
                self.open_kept(id, effects);
            }
            None => {}
        }
    }

    /// Moves the selected clips to the trash.
    pub fn remove_selected(&mut self, effects: &mut Vec<Effect>) {
        let ids = self.library.selection();
        self.remove_clips(ids, effects);
    }

    /// Moves clips to the trash.
    pub fn remove_clips(&mut self, ids: Vec<ClipId>, effects: &mut Vec<Effect>) {
        if ids.is_empty() {
            return;
        }
        // The keyboard goes to what follows the last of them.
        let after = ids.iter().filter_map(|id| self.library.place(*id)).max();
        let rest =
            after.and_then(|after| self.library.ids.iter().skip(after + 1).find(|id| !ids.contains(id)).copied());
        self.library.cursor = rest;
        self.library.follow_cursor = self.library.is_shown;
        effects.push(Effect::Library(LibraryOrder::Remove(ids)));
    }

    /// Brings back what was removed last.
    pub fn undo_removal(&mut self, effects: &mut Vec<Effect>) {
        if let Some(removed) = self.library.removed.pop() {
            effects.push(Effect::Library(LibraryOrder::Restore(removed)));
        }
    }

    /// The library reports.
    pub fn on_library(&mut self, report: LibraryReport, effects: &mut Vec<Effect>) {
        match report {
            LibraryReport::Opened { settings, aside } => {
                self.library.status = LibraryStatus::Open;
                self.library.settings = settings;
                if let Some(aside) = aside {
                    let text = tr!("notices-index-damaged", path = aside.display().to_string());
                    self.view.notify(Level::Warning, text);
                }
                self.find_clips(effects);
                effects.push(Effect::Library(LibraryOrder::Recent));
                effects.push(Effect::Library(LibraryOrder::Scan));
            }
            LibraryReport::Failed(reason) => {
                self.view.notify(Level::Warning, tr!("notices-library-failed", reason = &reason));
                self.library.status = LibraryStatus::Failed(reason);
            }
            LibraryReport::Refused(reason) => self.view.notify(Level::Error, reason),
            LibraryReport::Found { ticket, ids, total, facets } => {
                if self.library.finding.is_last(ticket) {
                    self.library.listed(ids, total);
                    self.library.facets = facets;
                }
            }
            LibraryReport::Entries(clips) => self.library.learn(clips),
            LibraryReport::Recent(clips) => {
                self.library.recent = clips.iter().map(|clip| clip.entry.id).collect();
                self.library.learn(clips);
            }
            LibraryReport::Picture(id, frames) => self.library.on_picture(id, frames),
            LibraryReport::Compared(id, frames) => self.comparing(|compare| compare.on_frames(id, &frames)),
            LibraryReport::Loaded(clip, Ok(frames)) => self.on_loaded(&clip, frames),
            LibraryReport::Loaded(clip, Err(reason)) => {
                let name = file_name(&clip.entry.path);
                self.view.notify(Level::Error, tr!("notices-clip-not-shown", name = name, reason = reason));
            }
            LibraryReport::Kept { result, kept, problems } => self.on_kept(result, kept, problems, effects),
            LibraryReport::Changed if self.library.status != LibraryStatus::Open => {}
            LibraryReport::Changed => {
                self.find_clips(effects);
                effects.push(Effect::Library(LibraryOrder::Recent));
            }
            LibraryReport::Removed(removed, problems) => self.on_removed(removed, problems, effects),
            LibraryReport::Restored(count, problems) => {
                for problem in problems {
                    self.view.notify(Level::Error, problem);
                }
                if count > 0 {
                    self.view.notify(Level::Info, tr!("notices-clips-back", count = count));
                }
                self.on_library(LibraryReport::Changed, effects);
            }
        }
    }

    fn on_kept(
        &mut self,
        result: ResultId,
        kept: Result<(Option<ClipId>, PathBuf), String>,
        problems: Vec<String>,
        effects: &mut Vec<Effect>,
    ) {
        for problem in problems {
            self.view.notify(Level::Warning, problem);
        }
        let keeping = match kept {
            Ok((id, path)) => {
                self.paused.is_file(result);
                self.queue.grids.is_file(result, &path);
                Keeping::Kept(id, path)
            }
            Err(reason) => {
                let text = tr!("notices-clip-not-kept", reason = &reason);
                self.view.notify_with(Level::Error, text, Some(Remedy::Run(Action::ExportAs)));
                Keeping::Failed(reason)
            }
        };
        let now = &keeping;
        let deleted = self.results.deleted.iter_mut().map(|(_, clip)| clip);
        let clips = self.results.clips.iter_mut().chain(deleted).filter(|clip| clip.id == result);
        clips.for_each(|clip| clip.keeping = now.clone());
        self.on_library(LibraryReport::Changed, effects);
    }

    fn on_removed(&mut self, removed: Vec<Removed>, problems: Vec<String>, effects: &mut Vec<Effect>) {
        for problem in problems {
            self.view.notify(Level::Error, problem);
        }
        let count = removed.len();
        for gone in &removed {
            self.library.forget(gone.entry.id);
            if let Some(id) = self.results.kept(gone.entry.id).map(|clip| clip.id) {
                self.results.delete(id);
                self.results.deleted.retain(|(_, clip)| clip.id != id);
            }
        }
        self.library.on_removed(removed);
        if count > 0 {
            let text = tr!("notices-clips-removed", count = count);
            self.view.notify_with(Level::Info, text, Some(Remedy::Run(Action::UndoDelete)));
        }
        self.on_library(LibraryReport::Changed, effects);
    }

    fn on_loaded(&mut self, clip: &Arc<KeptClip>, frames: Arc<Frames>) {
        let entry = &clip.entry;
        let outcome = Outcome {
            frames,
            request: request_of(&entry.provenance, self),
            model_name: entry.provenance.model_name.clone(),
            model_sha256: entry.provenance.model_sha256.clone(),
            decoder: decoder_of(&entry.provenance),
            device_name: entry.provenance.device.clone(),
            memory_need: JobNeed::default(),
            memory_use: JobUse::default(),
            latent_path: entry.latent.clone(),
            elapsed_secs: 0.0,
            first_preview_secs: None,
            warnings: Vec::new(),
        };
        self.library.is_shown = false;
        if let Some(id) = self.results.kept(entry.id).map(|result| result.id) {
            self.results.show(id);
            return;
        }
        let made = UNIX_EPOCH + Duration::from_millis(entry.created_ms.max(0).cast_unsigned());
        self.results.add_kept(outcome, entry.id, entry.path.clone(), made);
        self.results.playback.restart();
    }
}

fn decoder_of(provenance: &Provenance) -> UsedDecoder {
    let of_name = DecoderKind::of_value(&Value::Text(provenance.decoder.clone()));
    match of_name {
        Some(DecoderKind::Tiny) => UsedDecoder::Tiny {
            name: provenance.tiny_decoder_name.clone(),
            sha256: provenance.tiny_decoder_sha256.clone(),
        },
        _ => UsedDecoder::Full,
    }
}

/// The request that a file speaks of, on the device that is chosen now.
fn request_of(provenance: &Provenance, state: &State) -> GenerateRequest {
    let mut values = provenance.settings.clone();
    values.set(table::DECODER.name, Value::Text(provenance.decoder.clone()));
    let (clip, _) = clip_of(&values);
    let asked = &state.form.controls.asked;
    GenerateRequest { clip, loras: loras_of(provenance, &asked.loras), device: asked.device }
}
