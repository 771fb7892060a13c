//! The table of actions: menu and keys of each, and the key of its name and tooltip in `locales/*/actions.ftl`. Menus, buttons,
//! tooltips and the help page are made from it, as are the command palette and the page of shortcuts; keys that the user
//! changed are in `keymap`.

use egui::{Key, KeyboardShortcut, Modifiers};

pub use super::keymap::KeyMap;
use crate::language::tr;
use crate::window::state::action::Action;

/// Menu (and group of the help page) that an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    File,
    Create,
    Queue,
    Clip,
    Play,
    Library,
    View,
    Help,
}

impl Group {
    /// All groups in the order of the menu bar.
    pub const ALL: [Self; 8] =
        [Self::File, Self::Create, Self::Queue, Self::Clip, Self::Play, Self::Library, Self::View, Self::Help];

    /// The letter that opens the menu together with Alt; it is in the title.
    pub fn letter(self) -> Option<Key> {
        Key::from_name(&tr!(&format!("{}.letter", self.key())))
    }

    fn key(self) -> &'static str {
        match self {
            Self::File => "menu-file",
            Self::Create => "menu-create",
            Self::Queue => "menu-queue",
            Self::Clip => "menu-clip",
            Self::Play => "menu-playback",
            Self::Library => "menu-library",
            Self::View => "menu-view",
            Self::Help => "menu-help",
        }
    }

    /// Title of the menu.
    pub fn title(self) -> String {
        tr!(self.key())
    }
}

/// When a shortcut may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always: no text field has a use for the keys.
    Always,
    /// While no text is being edited.
    NoText,
    /// While nothing has the keyboard: the keys also press buttons or move sliders.
    NoFocus,
}

/// One row: an action with all that is said about it.
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its menu.
    pub group: Group,
    /// The key of its words in the message files.
    pub key: &'static str,
    /// Its shortcuts unless the user changed them; the first is shown.
    pub keys: &'static [(When, KeyboardShortcut)],
}

const fn ctrl(key: Key) -> (When, KeyboardShortcut) {
    (When::Always, KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn ctrl_shift(key: Key) -> (When, KeyboardShortcut) {
    (When::Always, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key))
}

const fn alt(when: When, key: Key) -> (When, KeyboardShortcut) {
    (when, KeyboardShortcut::new(Modifiers::ALT, key))
}

const fn bare(when: When, key: Key) -> (When, KeyboardShortcut) {
    (when, KeyboardShortcut::new(Modifiers::NONE, key))
}

macro_rules! row {
    ($group:ident, $action:ident, $words:literal, [$($key:expr),+ $(,)?]) => {
        Row { action: Action::$action, group: Group::$group, key: $words, keys: &[$($key),+] }
    };
}

/// Every action, in the order of the menus and of the help page.
pub static TABLE: &[Row] = &[
    row!(File, Export, "action-export", [ctrl(Key::S)]),
    row!(File, ExportAs, "action-export-as", [ctrl(Key::E)]),
    row!(File, ExportAll, "action-export-all", [ctrl_shift(Key::E)]),
    row!(File, JoinClips, "action-join-clips", [ctrl_shift(Key::J)]),
    row!(File, UseDemoModel, "action-use-demo-model", [ctrl_shift(Key::O)]),
    row!(File, ShowModels, "action-show-models", [ctrl(Key::G)]),
    row!(File, ShowTraining, "action-show-training", [ctrl_shift(Key::T)]),
    row!(File, ShowData, "action-show-data", [bare(When::Always, Key::F8)]),
    row!(File, ShowDevices, "action-show-devices", [bare(When::Always, Key::F9)]),
    row!(File, OpenModel, "action-open-model", [ctrl(Key::O)]),
    row!(File, OpenClip, "action-open-clip", [ctrl(Key::I)]),
    row!(File, Quit, "action-quit", [ctrl(Key::Q)]),
    row!(Create, Generate, "action-generate", [ctrl(Key::Enter)]),
    row!(Create, CancelAll, "action-cancel-all", [ctrl_shift(Key::Backspace)]),
    row!(Create, Cancel, "action-cancel", [bare(When::Always, Key::Escape)]),
    row!(Create, FocusPrompt, "action-focus-prompt", [ctrl(Key::P)]),
    row!(Create, FocusNegative, "action-focus-negative", [ctrl(Key::N)]),
    row!(Create, Surprise, "action-surprise", [ctrl(Key::J)]),
    row!(Create, Enhance, "action-enhance", [alt(When::Always, Key::I)]),
    row!(Create, EditStyles, "action-edit-styles", [alt(When::Always, Key::S)]),
    row!(Create, ShowPrompts, "action-show-prompts", [ctrl(Key::H)]),
    row!(Create, EarlierPrompt, "action-earlier-prompt", [alt(When::Always, Key::PageUp)]),
    row!(Create, LaterPrompt, "action-later-prompt", [alt(When::Always, Key::PageDown)]),
    row!(Create, UndoPrompt, "action-undo-prompt", [alt(When::Always, Key::U)]),
    row!(
        Create,
        SetServer,
        "action-set-server",
        [(When::Always, KeyboardShortcut::new(Modifiers::ALT.plus(Modifiers::SHIFT), Key::I))]
    ),
    row!(Create, ToggleSeedLock, "action-toggle-seed-lock", [ctrl(Key::L)]),
    row!(Create, RollSeed, "action-roll-seed", [ctrl(Key::D)]),
    row!(Create, AddLora, "action-add-lora", [ctrl(Key::U)]),
    row!(
        Create,
        UndoRemove,
        "action-undo-remove",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z))]
    ),
    row!(Create, UndoCaption, "action-undo-caption", [ctrl_shift(Key::U)]),
    row!(Create, ResetControls, "action-reset-controls", [ctrl_shift(Key::R)]),
    row!(Queue, PauseQueue, "action-pause-queue", [ctrl_shift(Key::P)]),
    row!(Queue, ResumeQueue, "action-resume-queue", [ctrl_shift(Key::Enter)]),
    row!(Queue, StopAfter, "action-stop-after", [ctrl_shift(Key::Y)]),
    row!(Queue, SkipJob, "action-skip-job", [ctrl_shift(Key::K)]),
    row!(Queue, RetryFailed, "action-retry-failed", [ctrl_shift(Key::H)]),
    row!(Queue, EditJob, "action-edit-job", [ctrl_shift(Key::I)]),
    row!(Queue, DuplicateJob, "action-duplicate-job", [alt(When::NoText, Key::D)]),
    row!(Queue, MoveJobUp, "action-move-job-up", [alt(When::NoText, Key::ArrowUp)]),
    row!(Queue, MoveJobDown, "action-move-job-down", [alt(When::NoText, Key::ArrowDown)]),
    row!(
        Queue,
        RemoveJob,
        "action-remove-job",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Delete))]
    ),
    row!(Queue, UndoQueue, "action-undo-queue", [alt(When::NoText, Key::Z)]),
    row!(Queue, AddBatch, "action-add-batch", [ctrl_shift(Key::N)]),
    row!(Queue, JoinGrid, "action-join-grid", [ctrl_shift(Key::X)]),
    row!(Queue, SaveQueue, "action-save-queue", [ctrl_shift(Key::W)]),
    row!(Queue, LoadQueue, "action-load-queue", [ctrl_shift(Key::G)]),
    row!(Queue, WhenDone, "action-when-done", [ctrl_shift(Key::Q)]),
    row!(Play, PlayPause, "action-play-pause", [bare(When::NoFocus, Key::Space), bare(When::NoText, Key::K)]),
    row!(
        Play,
        PreviousFrame,
        "action-previous-frame",
        [bare(When::NoText, Key::Comma), bare(When::NoFocus, Key::ArrowLeft)]
    ),
    row!(Play, NextFrame, "action-next-frame", [bare(When::NoText, Key::Period), bare(When::NoFocus, Key::ArrowRight)]),
    row!(Play, FirstFrame, "action-first-frame", [bare(When::NoFocus, Key::Home)]),
    row!(Play, LastFrame, "action-last-frame", [bare(When::NoFocus, Key::End)]),
    row!(Play, PlayBackwards, "action-play-backwards", [bare(When::NoText, Key::J)]),
    row!(Play, PlayForwards, "action-play-forwards", [bare(When::NoText, Key::L)]),
    row!(Play, Slower, "action-slower", [bare(When::NoText, Key::OpenBracket)]),
    row!(Play, Faster, "action-faster", [bare(When::NoText, Key::CloseBracket)]),
    row!(Play, NormalSpeed, "action-normal-speed", [bare(When::NoText, Key::Backslash)]),
    row!(Play, SetIn, "action-set-in", [bare(When::NoText, Key::I)]),
    row!(Play, SetOut, "action-set-out", [bare(When::NoText, Key::O)]),
    row!(Play, ClearRange, "action-clear-range", [bare(When::NoText, Key::U)]),
    row!(Play, ToggleLoop, "action-toggle-loop", [bare(When::NoText, Key::R)]),
    row!(Play, TogglePingPong, "action-toggle-ping-pong", [bare(When::NoText, Key::B)]),
    row!(Play, ZoomIn, "action-zoom-in", [bare(When::NoText, Key::Plus), bare(When::NoText, Key::Equals)]),
    row!(Play, ZoomOut, "action-zoom-out", [bare(When::NoText, Key::Minus)]),
    row!(Play, ZoomFit, "action-zoom-fit", [bare(When::NoText, Key::Num0)]),
    row!(Play, OnlyClip, "action-only-clip", [bare(When::NoText, Key::Z)]),
    row!(Clip, ShowLive, "action-show-live", [bare(When::NoText, Key::W)]),
    row!(Clip, PreviousResult, "action-previous-result", [bare(When::NoFocus, Key::ArrowUp), ctrl(Key::PageUp)]),
    row!(Clip, NextResult, "action-next-result", [bare(When::NoFocus, Key::ArrowDown), ctrl(Key::PageDown)]),
    row!(Clip, ReuseSettings, "action-reuse-settings", [ctrl(Key::R)]),
    row!(Clip, DecodeAgain, "action-decode-again", [ctrl_shift(Key::D)]),
    row!(Clip, DeleteResult, "action-delete-result", [bare(When::NoText, Key::Delete)]),
    row!(Clip, UndoDelete, "action-undo-delete", [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Z))]),
    row!(
        Clip,
        CopyFrame,
        "action-copy-frame",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C))]
    ),
    row!(Library, ShowLibrary, "action-show-library", [ctrl(Key::B)]),
    row!(Library, SearchLibrary, "action-search-library", [ctrl(Key::F)]),
    row!(Library, SelectAll, "action-select-all", [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::A))]),
    row!(Library, OpenKept, "action-open-kept", [ctrl_shift(Key::L)]),
    row!(Library, ToggleFavourite, "action-toggle-favourite", [bare(When::NoText, Key::F)]),
    row!(Library, CompareClips, "action-compare-clips", [ctrl_shift(Key::B)]),
    row!(Library, OneMore, "action-one-more", [bare(When::NoText, Key::N)]),
    row!(Library, ThrowAgain, "action-throw-again", [bare(When::NoText, Key::X)]),
    row!(Library, OtherPrompt, "action-other-prompt", [ctrl_shift(Key::S)]),
    row!(Library, Variations, "action-variations", [bare(When::NoText, Key::V)]),
    row!(Library, ShowInFolder, "action-show-in-folder", [ctrl_shift(Key::F)]),
    row!(Library, RescanLibrary, "action-rescan-library", [bare(When::Always, Key::F5)]),
    row!(Library, DataFolder, "action-data-folder", [bare(When::Always, Key::F3)]),
    row!(Library, DataManifest, "action-data-manifest", [bare(When::Always, Key::F4)]),
    row!(Library, DataRedo, "action-data-redo", [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Y))]),
    row!(Library, DataMark, "action-data-mark", [bare(When::NoText, Key::M)]),
    row!(Library, DataEdit, "action-data-edit", [bare(When::NoText, Key::E)]),
    row!(Library, DataAccept, "action-data-accept", [bare(When::NoText, Key::A)]),
    row!(Library, DataRefuse, "action-data-refuse", [bare(When::NoText, Key::D)]),
    row!(
        Library,
        DataAcceptAll,
        "action-data-accept-all",
        [(When::NoText, KeyboardShortcut::new(Modifiers::SHIFT, Key::A))]
    ),
    row!(
        Library,
        DataRefuseAll,
        "action-data-refuse-all",
        [(When::NoText, KeyboardShortcut::new(Modifiers::SHIFT, Key::D))]
    ),
    row!(View, ToggleControls, "action-toggle-controls", [bare(When::Always, Key::F6)]),
    row!(View, ToggleHistory, "action-toggle-history", [bare(When::Always, Key::F7)]),
    row!(View, ToggleAdvanced, "action-toggle-advanced", [ctrl_shift(Key::A)]),
    row!(View, ToggleFullScreen, "action-toggle-full-screen", [bare(When::Always, Key::F11)]),
    row!(View, ScaleUp, "action-scale-up", [ctrl(Key::Plus), ctrl(Key::Equals)]),
    row!(View, ScaleDown, "action-scale-down", [ctrl(Key::Minus)]),
    row!(View, ResetScale, "action-reset-scale", [ctrl(Key::Num0)]),
    row!(View, CycleTheme, "action-cycle-theme", [ctrl(Key::T)]),
    row!(View, ToggleReducedMotion, "action-toggle-reduced-motion", [ctrl_shift(Key::M)]),
    row!(View, ToggleScaling, "action-toggle-scaling", [bare(When::NoText, Key::S)]),
    row!(View, DismissNotices, "action-dismiss-notices", [ctrl(Key::M)]),
    row!(Help, CommandPalette, "action-command-palette", [ctrl(Key::K)]),
    row!(
        Help,
        ShowFirstSteps,
        "action-show-first-steps",
        [(When::Always, KeyboardShortcut::new(Modifiers::SHIFT, Key::F1))]
    ),
    row!(Help, EditShortcuts, "action-edit-shortcuts", [ctrl(Key::Slash)]),
    row!(
        Help,
        AskForNewerVersion,
        "action-ask-for-newer-version",
        [(When::Always, KeyboardShortcut::new(Modifiers::COMMAND, Key::F1))]
    ),
    row!(Help, Help, "action-help", [bare(When::Always, Key::F1)]),
];

/// Rows with all these words in name, menu or tooltip; those whose name begins with them first.
pub fn matching(text: &str) -> Vec<&'static Row> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let rank = |row: &Row| {
        let label = row.label().to_lowercase();
        let all = format!("{label} {} {}", row.group.title(), row.tooltip()).to_lowercase();
        let found = words.iter().all(|word| all.contains(word));
        found.then(|| match (label.starts_with(&text), words.iter().all(|word| label.contains(word))) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        })
    };
    let mut rows: Vec<(u8, &Row)> = TABLE.iter().filter_map(|row| Some((rank(row)?, row))).collect();
    rows.sort_by_key(|(rank, _)| *rank);
    rows.into_iter().map(|(_, row)| row).collect()
}

/// What the palette lists: everything but itself.
pub fn palette_rows(text: &str) -> Vec<&'static Row> {
    matching(text).into_iter().filter(|row| row.action != Action::CommandPalette).collect()
}

impl Row {
    /// Its name on buttons and in menus.
    pub fn label(&self) -> String {
        tr!(self.key)
    }

    /// What it does, in a sentence.
    pub fn tooltip(&self) -> String {
        tr!(&format!("{}.tooltip", self.key))
    }
}

impl Action {
    /// The action's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.action == self).expect("a test finds every action in the table")
    }
}
