//! Which actions can be done now. Panels and keys ask before they offer one, `apply` before it does one.

use hummingbird_engine::model::ModelSource;

use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::layout::SCALES;
use crate::window::state::library::LibraryStatus;
use crate::window::state::models::ModelStatus;

impl State {
    /// Why an action cannot be done now; `None` when it can.
    pub fn why_not(&self, action: Action) -> Option<String> {
        let no_clip = || tr!("reasons-no-finished-clip-shown");
        let no_frames = || tr!("reasons-nothing-shown");
        let file_dialog = || tr!("reasons-file-dialog-open");
        match action {
            Action::Generate => match &self.models.status {
                ModelStatus::Opening => Some(tr!("reasons-model-opening")),
                ModelStatus::Failed => Some(tr!("reasons-no-model-choose")),
                ModelStatus::Ready(_) => (!self.form.problems.is_empty()).then(|| tr!("reasons-setting-wrong")),
            },
            Action::Cancel => (!self.jobs.busy()).then(|| tr!("reasons-no-clip-being-made")),
            Action::CancelAll => {
                (!self.jobs.busy() && self.queue.jobs.is_empty()).then(|| tr!("reasons-no-clip-being-made"))
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
            | Action::UndoQueue
            | Action::JoinGrid
            | Action::SaveQueue => self.why_not_in_queue(action),
            Action::AddBatch | Action::LoadQueue => match &self.models.status {
                ModelStatus::Opening => Some(tr!("reasons-model-opening")),
                ModelStatus::Failed => Some(tr!("reasons-no-model-choose")),
                ModelStatus::Ready(_) => self.view.choosing_file.then(file_dialog),
            },
            Action::Export | Action::ExportAs => self
                .results
                .shown_clip()
                .is_none()
                .then(no_clip)
                .or((action == Action::Export && self.view.choosing_file).then(file_dialog)),
            Action::ReuseSettings | Action::OtherPrompt | Action::ShowInFolder => self.why_no_subject(),
            Action::Variations | Action::OneMore | Action::ThrowAgain => {
                self.why_no_subject().or(self.why_not(Action::Generate).filter(|_| self.models.limits().is_none()))
            }
            Action::DeleteResult if self.library.is_shown => {
                self.library.selected.is_empty().then(|| tr!("reasons-no-clip-selected"))
            }
            Action::DeleteResult => self.results.shown_clip().is_none().then(no_clip),
            Action::CopyFrame => {
                (self.library.is_shown || self.shown_frames() == 0).then(|| tr!("reasons-no-clip-in-player"))
            }
            Action::ShowLibrary | Action::SearchLibrary => match &self.library.status {
                LibraryStatus::Open => None,
                LibraryStatus::Closed => Some(tr!("reasons-library-not-open")),
                LibraryStatus::Failed(_) => Some(tr!("reasons-library-failed")),
            },
            Action::RescanLibrary => self.why_not(Action::ShowLibrary),
            Action::SelectAll => (!self.library.is_shown).then(|| tr!("reasons-library-not-shown")),
            Action::ToggleFavourite => self.library_subjects().is_empty().then(|| tr!("reasons-no-library-clip")),
            Action::CompareClips => (self.library.compare.is_none()
                && (!self.library.is_shown || self.library.pair().is_none()))
            .then(|| tr!("reasons-select-two")),
            Action::OpenKept if !self.library.is_shown => Some(tr!("reasons-library-not-shown")),
            Action::OpenKept => self.why_no_subject(),
            Action::DecodeAgain if self.library.is_shown => self.why_no_subject().or_else(|| {
                let latent = self.library.single().and_then(|clip| clip.entry.latent.as_ref());
                latent.is_none().then(|| tr!("reasons-latent-gone"))
            }),
            Action::DecodeAgain => match self.results.shown_clip() {
                None => Some(no_clip()),
                Some(result) => result.outcome.latent_path.is_none().then(|| tr!("reasons-latent-not-saved")),
            },
            Action::UndoDelete if self.data.is_shown => (!self.data.rows.can_undo()).then(|| tr!("data-why-no-undo")),
            Action::UndoDelete => (self.results.deleted.is_empty() && self.library.removed.is_empty())
                .then(|| tr!("reasons-no-clip-deleted")),
            Action::UseDemoModel => {
                self.models.is_chosen(&ModelSource::Embedded).then(|| tr!("reasons-demo-model-in-use"))
            }
            Action::UndoRemove => self.models.removed.is_empty().then(|| tr!("reasons-nothing-removed")),
            Action::OpenModel | Action::AddLora | Action::OpenClip => self.view.choosing_file.then(file_dialog),
            Action::Enhance
            | Action::SetServer
            | Action::UndoPrompt
            | Action::EditStyles
            | Action::ShowPrompts
            | Action::EarlierPrompt
            | Action::LaterPrompt => self.why_not_prompting(action),
            Action::FocusNegative => {
                (!self.form.offers_negative(&self.models)).then(|| tr!("prompting-why-no-negative"))
            }
            Action::Surprise => {
                let vocabulary = self.models.card().is_some_and(|card| card.vocabulary.is_some());
                (!vocabulary).then(|| tr!("reasons-no-word-list"))
            }
            Action::PlayPause
            | Action::PreviousFrame
            | Action::NextFrame
            | Action::FirstFrame
            | Action::LastFrame
            | Action::PlayBackwards
            | Action::PlayForwards
            | Action::SetIn
            | Action::SetOut
            | Action::ZoomIn => (self.shown_frames() == 0).then(no_frames),
            Action::OnlyClip => (self.shown_frames() == 0 && !self.view.only_clip).then(no_frames),
            Action::ClearRange => self.results.playback.range.is_none().then(|| tr!("reasons-all-frames-play")),
            Action::ZoomOut | Action::ZoomFit => (self.view.zoom <= 1.0).then(|| tr!("reasons-whole-clip-shown")),
            Action::ExportAll | Action::JoinClips => {
                self.export_subjects().is_empty().then(|| tr!("reasons-no-finished-clip"))
            }
            Action::ShowLive => {
                (self.jobs.live.is_none() || self.jobs.running.is_none()).then(|| tr!("reasons-no-preview"))
            }
            Action::PreviousResult | Action::NextResult => {
                self.history().is_empty().then(|| tr!("reasons-history-empty"))
            }
            Action::ScaleUp => {
                (self.view.scale_percent >= SCALES[SCALES.len() - 1]).then(|| tr!("reasons-largest-scale"))
            }
            Action::ScaleDown => (self.view.scale_percent <= SCALES[0]).then(|| tr!("reasons-smallest-scale")),
            Action::ResetScale => (self.view.scale_percent == 100).then(|| tr!("reasons-scale-is-100")),
            Action::DismissNotices => self.view.notices.is_empty().then(|| tr!("reasons-no-message")),
            Action::UndoCaption => self.training.edits.is_empty().then(|| tr!("reasons-no-caption-changed")),
            Action::AskForNewerVersion => self.view.asking_for_version.then(|| tr!("reasons-asking-for-version")),
            Action::ShowData
            | Action::DataFolder
            | Action::DataManifest
            | Action::DataRedo
            | Action::DataMark
            | Action::DataEdit
            | Action::DataAccept
            | Action::DataRefuse
            | Action::DataAcceptAll
            | Action::DataRefuseAll => self.why_not_data(action),
            Action::ShowModels
            | Action::ShowDevices
            | Action::WhenDone
            | Action::ShowTraining
            | Action::Quit
            | Action::FocusPrompt
            | Action::ToggleSeedLock
            | Action::RollSeed
            | Action::ResetControls
            | Action::Slower
            | Action::Faster
            | Action::NormalSpeed
            | Action::ToggleLoop
            | Action::TogglePingPong
            | Action::ToggleScaling
            | Action::CycleTheme
            | Action::CommandPalette
            | Action::ToggleAdvanced
            | Action::ShowFirstSteps
            | Action::EditShortcuts
            | Action::ToggleReducedMotion
            | Action::ToggleControls
            | Action::ToggleHistory
            | Action::ToggleFullScreen
            | Action::Help => None,
        }
    }
}
