//! The names of what a person can do, without any of what is said about it or done by it.
//!
//! The state offers actions (a notice has a button that helps); their labels and keys are in `commands::table`.

/// Something that can be done by name: from a menu, by a button, by keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Generate,
    Cancel,
    CancelAll,
    Export,
    ExportAs,
    ShowModels,
    OpenModel,
    UseDemoModel,
    OpenClip,
    Quit,
    UndoDelete,
    FocusPrompt,
    FocusNegative,
    Surprise,
    ToggleSeedLock,
    RollSeed,
    AddLora,
    UndoRemove,
    ResetControls,
    PlayPause,
    PreviousFrame,
    NextFrame,
    FirstFrame,
    LastFrame,
    ToggleLoop,
    ToggleScaling,
    ShowLive,
    PreviousResult,
    NextResult,
    ReuseSettings,
    DecodeAgain,
    DeleteResult,
    CycleTheme,
    DismissNotices,
    Help,
}
