//! Which actions can be done now. Panels and keys ask before they offer one, `apply` before it does one.

use hummingbird_engine::model::ModelSource;

use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::layout::SCALES;
use crate::window::state::library::LibraryStatus;
use crate::window::state::models::ModelStatus;

impl State {
    /// Why an action cannot be done now; `None` when it can.
    pub fn why_not(&self, action: Action) -> Option<&'static str> {
        let no_clip = "no finished clip is shown";
        let no_frames = "nothing is shown yet";
        let when = |blocked: bool, reason: &'static str| blocked.then_some(reason);
        match action {
            Action::Generate => match &self.models.status {
                ModelStatus::Opening => Some("the model is being opened"),
                ModelStatus::Failed => Some("no model is open; choose one under File, Models"),
                ModelStatus::Ready(_) => when(!self.form.problems.is_empty(), "a setting must be fixed first"),
            },
            Action::Cancel => when(!self.jobs.busy(), "no clip is being made"),
            Action::CancelAll => when(!self.jobs.busy() && self.queue.jobs.is_empty(), "no clip is being made"),
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
                ModelStatus::Opening => Some("the model is being opened"),
                ModelStatus::Failed => Some("no model is open; choose one under File, Models"),
                ModelStatus::Ready(_) => when(self.view.choosing_file, "a file dialog is open"),
            },
            Action::Export | Action::ExportAs => when(self.results.shown_clip().is_none(), no_clip)
                .or(when(action == Action::Export && self.view.choosing_file, "a file dialog is open")),
            Action::ReuseSettings | Action::OtherPrompt | Action::ShowInFolder => self.why_no_subject(),
            Action::Variations | Action::OneMore | Action::ThrowAgain => {
                self.why_no_subject().or(self.why_not(Action::Generate).filter(|_| self.models.limits().is_none()))
            }
            Action::DeleteResult if self.library.is_shown => {
                when(self.library.selected.is_empty(), "no clip is selected")
            }
            Action::DeleteResult => when(self.results.shown_clip().is_none(), no_clip),
            Action::CopyFrame => when(self.library.is_shown || self.shown_frames() == 0, "no clip is in the player"),
            Action::ShowLibrary | Action::SearchLibrary => match &self.library.status {
                LibraryStatus::Open => None,
                LibraryStatus::Closed => Some("the library is not open yet"),
                LibraryStatus::Failed(_) => Some("the library cannot be used; a message says why"),
            },
            Action::RescanLibrary => self.why_not(Action::ShowLibrary),
            Action::SelectAll => when(!self.library.is_shown, "the library is not shown"),
            Action::ToggleFavourite => {
                when(self.library_subjects().is_empty(), "no clip of the library is selected or shown")
            }
            Action::CompareClips => when(
                self.library.compare.is_none() && (!self.library.is_shown || self.library.pair().is_none()),
                "select two clips of the library first",
            ),
            Action::OpenKept if !self.library.is_shown => Some("the library is not shown"),
            Action::OpenKept => self.why_no_subject(),
            Action::DecodeAgain if self.library.is_shown => self.why_no_subject().or_else(|| {
                let latent = self.library.single().and_then(|clip| clip.entry.latent.as_ref());
                when(latent.is_none(), "the latent of this clip is not kept any more")
            }),
            Action::DecodeAgain => match self.results.shown_clip() {
                None => Some(no_clip),
                Some(result) => {
                    when(result.outcome.latent_path.is_none(), "the latent of this clip could not be saved")
                }
            },
            Action::UndoDelete => {
                when(self.results.deleted.is_empty() && self.library.removed.is_empty(), "no clip was deleted")
            }
            Action::UseDemoModel => when(self.models.is_chosen(&ModelSource::Embedded), "the demo model is in use"),
            Action::UndoRemove => when(self.models.removed.is_empty(), "no model and no LoRA was removed"),
            Action::OpenModel | Action::AddLora | Action::OpenClip => {
                when(self.view.choosing_file, "a file dialog is open")
            }
            Action::Surprise => {
                let vocabulary = self.models.card().is_some_and(|card| card.vocabulary.is_some());
                when(!vocabulary, "only the demo model has a list of words")
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
            | Action::ZoomIn => when(self.shown_frames() == 0, no_frames),
            Action::OnlyClip => when(self.shown_frames() == 0 && !self.view.only_clip, no_frames),
            Action::ClearRange => when(self.results.playback.range.is_none(), "all frames play"),
            Action::ZoomOut | Action::ZoomFit => when(self.view.zoom <= 1.0, "the whole clip is shown"),
            Action::ExportAll | Action::JoinClips => {
                when(self.export_subjects().is_empty(), "there is no finished clip yet")
            }
            Action::ShowLive => {
                when(self.jobs.live.is_none() || self.jobs.running.is_none(), "there is no preview yet")
            }
            Action::PreviousResult | Action::NextResult => when(self.history().is_empty(), "the history is empty"),
            Action::ScaleUp => when(self.view.scale_percent >= SCALES[SCALES.len() - 1], "this is the largest scale"),
            Action::ScaleDown => when(self.view.scale_percent <= SCALES[0], "this is the smallest scale"),
            Action::ResetScale => when(self.view.scale_percent == 100, "the scale is 100 percent"),
            Action::DismissNotices => when(self.view.notices.is_empty(), "there is no message"),
            Action::UndoCaption => when(self.training.edits.is_empty(), "no caption was changed"),
            Action::ShowModels
            | Action::ShowDevices
            | Action::WhenDone
            | Action::ShowTraining
            | Action::Quit
            | Action::FocusPrompt
            | Action::FocusNegative
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
