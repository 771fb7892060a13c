//! The export dialogs: options, presets, the sample that is shown, and several clips at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::jobs::provenance::provenance_of;
use hummingbird_engine::library::ClipId;
use hummingbird_engine::pipeline::video_out::{Existing, ExportSettings, Format, Trim};

use super::command::ExportCommand;
use super::dialogs::expand_home;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::clips::{ResultClip, ResultId, file_stem};
use crate::window::state::exports::{
    ManyClip, ManyExport, ManyKind, ManySource, SampleKey, videos_folder, with_ending,
};
use crate::window::state::settings::{ExportPreferences, ExportPreset};
use crate::window::state::view::{DialogKind, Level};
use crate::window::state::work::{ManyOrder, SampleOrder};
use crate::window::state::{HistoryRow, State};

/// Most presets that are kept.
const MAX_PRESETS: usize = 50;

impl State {
    /// Carries out a command of the export dialogs.
    pub fn on_export_command(&mut self, command: ExportCommand, effects: &mut Vec<Effect>) {
        match command {
            ExportCommand::Options(options) => self.take_export_options(&options),
            ExportCommand::UsePreset(index) => {
                let own = self.exports.preferences.presets.iter().cloned();
                let preset = ExportPreferences::built_in_presets().into_iter().chain(own).nth(index);
                if let Some(preset) = preset {
                    self.take_export_options(&preset.options);
                }
            }
            ExportCommand::SetPresetName(name) => self.exports.preset_name = name.chars().take(60).collect(),
            ExportCommand::KeepPreset => self.keep_preset(),
            ExportCommand::RemovePreset(index) => {
                let presets = &mut self.exports.preferences.presets;
                if index < presets.len() {
                    presets.remove(index);
                }
            }
            ExportCommand::SetTrim(on) => self.exports.trims = on,
            ExportCommand::MoveClip(from, to) => {
                if let Some(DialogKind::ExportMany(many)) = &mut self.view.dialog
                    && from < many.clips.len()
                    && to < many.clips.len()
                {
                    let clip = many.clips.remove(from);
                    many.clips.insert(to, clip);
                }
            }
            ExportCommand::RemoveClip(index) => {
                if let Some(DialogKind::ExportMany(many)) = &mut self.view.dialog
                    && index < many.clips.len()
                {
                    many.clips.remove(index);
                }
            }
        }
        self.follow_sample(effects);
    }

    fn take_export_options(&mut self, options: &ExportPreferences) {
        self.exports.preferences.take_options(options);
        let format = options.format;
        match &mut self.view.dialog {
            Some(DialogKind::Export { path, .. }) => {
                *path = with_ending(Path::new(path.as_str()), format).display().to_string();
            }
            Some(DialogKind::ExportMany(many)) if many.kind == ManyKind::Reel => {
                many.path = with_ending(Path::new(many.path.as_str()), format).display().to_string();
            }
            _ => {}
        }
    }

    fn keep_preset(&mut self) {
        let name = self.exports.preset_name.trim().to_owned();
        if name.is_empty() {
            return;
        }
        let preferences = &mut self.exports.preferences;
        let options = ExportPreferences { folder: None, presets: Vec::new(), ..preferences.clone() };
        preferences.presets.retain(|preset| preset.name != name);
        if preferences.presets.len() >= MAX_PRESETS {
            self.view.notify(Level::Warning, tr!("notices-most-presets", most = MAX_PRESETS));
            return;
        }
        preferences.presets.push(ExportPreset { name, options });
        self.exports.preset_name.clear();
    }

    /// How a clip is written with the options as they stand.
    pub fn export_settings(&self, clip: &ResultClip) -> ExportSettings {
        let mut settings = self.exports.preferences.settings(clip.outcome.request.clip.fps);
        settings.arrangement.trim = self.export_trim(clip);
        settings
    }

    /// The frames that are written of a clip, where not all are.
    fn export_trim(&self, clip: &ResultClip) -> Option<Trim> {
        let playback = &self.results.playback;
        let is_shown = self.results.shown_clip().is_some_and(|shown| shown.id == clip.id);
        if !is_shown || !self.exports.trims || playback.range.is_none() {
            return None;
        }
        let count = clip.outcome.frames.count();
        let (first, last) = playback.played(count);
        (count > 0 && (first, last) != (0, count - 1)).then_some(Trim { first, last })
    }

    /// Has a sample made of what the export dialog says, where there is none yet. The one that is being made gives way.
    pub fn follow_sample(&mut self, effects: &mut Vec<Effect>) {
        let Some(DialogKind::Export { result, .. }) = &self.view.dialog else {
            if let Some((id, _)) = self.exports.sampling.under_way.take() {
                effects.push(Effect::StopSample(id));
            }
            self.exports.sampling.made = None;
            return;
        };
        let Some(clip) = self.results.get(*result) else { return };
        let settings = self.export_settings(clip);
        let key = SampleKey { result: clip.id, settings, limit: self.exports.preferences.limit_bytes() };
        if self.exports.sampling.has(&key) {
            return;
        }
        if let Some((id, _)) = self.exports.sampling.under_way.take() {
            effects.push(Effect::StopSample(id));
        }
        let (frames, provenance) = (Arc::clone(&clip.outcome.frames), provenance_of(&clip.outcome));
        let limit = key.limit;
        let id = self.exports.next_id();
        self.exports.sampling.start(id, key);
        effects.push(Effect::Sample(Box::new(SampleOrder { id, frames, settings, provenance, limit })));
    }

    /// The clips that are meant by "all": those selected in the library, or those that it lists, or all of the history.
    pub fn export_subjects(&self) -> Vec<ExportSubject> {
        if self.library.is_shown {
            let selected = &self.library.selected;
            let ids = self.library.ids.iter().copied();
            let ids: Vec<ClipId> =
                if selected.is_empty() { ids.collect() } else { ids.filter(|id| selected.contains(id)).collect() };
            return ids.into_iter().map(ExportSubject::Kept).collect();
        }
        let rows = self.history().into_iter().map(|row| match row {
            HistoryRow::Result(clip) => ExportSubject::Result(clip.id),
            HistoryRow::Kept(clip) => ExportSubject::Kept(clip.entry.id),
        });
        rows.collect()
    }

    /// Asks where several clips go, and in which order.
    pub fn show_many_dialog(&mut self, kind: ManyKind) {
        // Oldest first: that is the order in which they were made.
        let subjects: Vec<ExportSubject> = self.export_subjects().into_iter().rev().collect();
        let asked = subjects.len();
        let clips: Vec<ManyClip> = subjects.into_iter().filter_map(|subject| self.many_clip(subject)).collect();
        if clips.len() < asked {
            let text = tr!("notices-clips-not-listed", count = asked - clips.len());
            self.view.notify(Level::Warning, text);
        }
        let folder = self.exports.preferences.folder.clone().or_else(videos_folder).unwrap_or_default();
        let path = match kind {
            ManyKind::Folder => folder,
            ManyKind::Reel => with_ending(&folder.join("reel"), self.exports.preferences.format),
        };
        let path = path.display().to_string();
        self.view.dialog =
            Some(DialogKind::ExportMany(Box::new(ManyExport { kind, clips, path, replace: false, problem: None })));
    }

    fn many_clip(&self, subject: ExportSubject) -> Option<ManyClip> {
        match subject {
            ExportSubject::Result(id) => {
                let outcome = &self.results.get(id)?.outcome;
                let clip = &outcome.request.clip;
                Some(ManyClip {
                    name: file_stem(&clip.prompt, clip.seed),
                    source: ManySource::Frames(Arc::clone(&outcome.frames), clip.fps),
                    provenance: provenance_of(outcome),
                })
            }
            ExportSubject::Kept(id) => {
                let entry = &self.library.clip(id)?.entry;
                let stem = entry.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                Some(ManyClip {
                    name: if stem.is_empty() { "clip".to_owned() } else { stem },
                    source: ManySource::File(entry.path.clone()),
                    provenance: entry.provenance.clone(),
                })
            }
        }
    }

    /// The main button of the dialog for several clips.
    pub fn confirm_many(&mut self, many: ManyExport, effects: &mut Vec<Effect>) {
        let path = expand_home(many.path.trim());
        let problem = if many.path.trim().is_empty() {
            Some(tr!("notices-type-folder"))
        } else if many.clips.is_empty() {
            Some(tr!("notices-list-empty"))
        } else if many.kind == ManyKind::Folder && !path.is_dir() {
            Some(tr!("notices-no-folder"))
        } else if many.kind == ManyKind::Reel && path.is_dir() {
            Some(tr!("notices-is-folder"))
        } else {
            None
        };
        if problem.is_some() {
            self.view.dialog = Some(DialogKind::ExportMany(Box::new(ManyExport { problem, ..many })));
            return;
        }
        let preferences = &mut self.exports.preferences;
        let (path, folder): (PathBuf, Option<PathBuf>) = match many.kind {
            ManyKind::Folder => (path.clone(), Some(path)),
            ManyKind::Reel => {
                let format = Format::from_path(&path).unwrap_or(preferences.format);
                preferences.format = format;
                let path = with_ending(&path, format);
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).map(Path::to_owned);
                (path, folder)
            }
        };
        preferences.folder = folder;
        let mut settings = preferences.settings(1);
        settings.existing = if many.replace { Existing::Replace } else { Existing::Keep };
        let limit = preferences.limit_bytes();
        let id = self.exports.start(None, path.clone(), many.clips.len());
        let order = ManyOrder { id, kind: many.kind, clips: many.clips, settings, limit, path };
        effects.push(Effect::ExportMany(Box::new(order)));
    }
}

/// A clip among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportSubject {
    /// One in memory.
    Result(ResultId),
    /// One of the library.
    Kept(ClipId),
}
