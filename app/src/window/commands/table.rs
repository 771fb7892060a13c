//! The table of actions: name, tooltip, menu and keys of each, together. Menus, buttons, tooltips and the help page are made
//! from it.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use crate::window::state::action::Action;

/// Menu (and group of the help page) that an action belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    File,
    Create,
    Clip,
    View,
    Help,
}

impl Group {
    /// All groups in the order of the menu bar.
    pub const ALL: [Self; 5] = [Self::File, Self::Create, Self::Clip, Self::View, Self::Help];

    /// Title of the menu.
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Create => "Create",
            Self::Clip => "Clip",
            Self::View => "View",
            Self::Help => "Help",
        }
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
    /// Its name on buttons and in menus.
    pub label: &'static str,
    /// What it does, in a sentence.
    pub tooltip: &'static str,
    /// Its shortcuts; the first is shown.
    pub keys: &'static [(When, KeyboardShortcut)],
}

const fn ctrl(key: Key) -> (When, KeyboardShortcut) {
    (When::Always, KeyboardShortcut::new(Modifiers::COMMAND, key))
}

const fn ctrl_shift(key: Key) -> (When, KeyboardShortcut) {
    (When::Always, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key))
}

const fn bare(when: When, key: Key) -> (When, KeyboardShortcut) {
    (when, KeyboardShortcut::new(Modifiers::NONE, key))
}

macro_rules! row {
    ($group:ident, $action:ident, $label:literal, $tooltip:literal, [$($key:expr),+ $(,)?]) => {
        Row { action: Action::$action, group: Group::$group, label: $label, tooltip: $tooltip, keys: &[$($key),+] }
    };
}

/// Every action, in the order of the menus and of the help page.
pub static TABLE: &[Row] = &[
    row!(File, Export, "Export…", "Save the clip that is shown as a video or picture file", [ctrl(Key::S)]),
    row!(File, ExportAs, "Export as…", "Choose format and options, then save the clip", [ctrl(Key::E)]),
    row!(
        File,
        UseDemoModel,
        "Use the demo model",
        "Go back to the small model that comes with Hummingbird",
        [ctrl_shift(Key::O)]
    ),
    row!(
        File,
        ShowModels,
        "Models…",
        "See which models are here and which can be got, and get, check and remove them",
        [ctrl(Key::G)]
    ),
    row!(File, OpenModel, "Open model…", "Choose a model file (.safetensors, .pt, .ckpt)", [ctrl(Key::O)]),
    row!(
        File,
        OpenClip,
        "Read settings from a clip…",
        "Take prompt, seed and settings from a clip that was exported here",
        [ctrl(Key::I)]
    ),
    row!(File, Quit, "Quit", "Close the window", [ctrl(Key::Q)]),
    row!(
        Create,
        Generate,
        "Generate",
        "Make a clip from the prompt; while one is being made, the next waits its turn",
        [ctrl(Key::Enter)]
    ),
    row!(
        Create,
        CancelAll,
        "Cancel all jobs",
        "Stop the clip that is being made and empty the queue",
        [ctrl_shift(Key::Backspace)]
    ),
    row!(Create, Cancel, "Cancel", "Stop the clip that is being made", [bare(When::Always, Key::Escape)]),
    row!(Create, FocusPrompt, "Edit the prompt", "Put the cursor into the prompt", [ctrl(Key::P)]),
    row!(Create, FocusNegative, "Edit the negative prompt", "Put the cursor into the negative prompt", [ctrl(Key::N)]),
    row!(Create, Surprise, "Surprise me", "Write a prompt from words that the demo model knows", [ctrl(Key::J)]),
    row!(
        Create,
        ToggleSeedLock,
        "Keep the seed",
        "Use the same seed for every clip instead of drawing a new one",
        [ctrl(Key::L)]
    ),
    row!(Create, RollSeed, "Draw a new seed", "Roll the dice and keep the seed that comes up", [ctrl(Key::D)]),
    row!(Create, AddLora, "Add LoRA…", "Choose a file with changes to the model", [ctrl(Key::U)]),
    row!(
        Create,
        UndoRemove,
        "Bring back what was removed",
        "Undo the last removal of a model or LoRA",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z))]
    ),
    row!(
        Create,
        ResetControls,
        "Reset the settings",
        "Go back to what the model suggests; the prompt stays",
        [ctrl_shift(Key::R)]
    ),
    row!(
        Clip,
        PlayPause,
        "Play or pause",
        "Start or stop the playback",
        [bare(When::NoFocus, Key::Space), bare(When::NoText, Key::K)]
    ),
    row!(
        Clip,
        PreviousFrame,
        "Previous frame",
        "Go one frame back",
        [bare(When::NoText, Key::Comma), bare(When::NoFocus, Key::ArrowLeft)]
    ),
    row!(
        Clip,
        NextFrame,
        "Next frame",
        "Go one frame on",
        [bare(When::NoText, Key::Period), bare(When::NoFocus, Key::ArrowRight)]
    ),
    row!(Clip, FirstFrame, "First frame", "Go to the first frame", [bare(When::NoFocus, Key::Home)]),
    row!(Clip, LastFrame, "Last frame", "Go to the last frame", [bare(When::NoFocus, Key::End)]),
    row!(Clip, ToggleLoop, "Loop", "Play the clip over and over", [bare(When::NoText, Key::L)]),
    row!(
        Clip,
        ShowLive,
        "Watch the clip being made",
        "Show the preview of the running job",
        [bare(When::NoText, Key::W)]
    ),
    row!(
        Clip,
        PreviousResult,
        "Newer clip",
        "Show the clip above in the history",
        [bare(When::NoFocus, Key::ArrowUp), ctrl(Key::PageUp)]
    ),
    row!(
        Clip,
        NextResult,
        "Older clip",
        "Show the clip below in the history",
        [bare(When::NoFocus, Key::ArrowDown), ctrl(Key::PageDown)]
    ),
    row!(
        Clip,
        ReuseSettings,
        "Reuse settings",
        "Put prompt, seed and settings of this clip into the controls",
        [ctrl(Key::R)]
    ),
    row!(
        Clip,
        DecodeAgain,
        "Decode again",
        "Make the pictures again from the kept latent with the full decoder, without sampling",
        [ctrl_shift(Key::D)]
    ),
    row!(Clip, DeleteResult, "Delete clip", "Take this clip out of the history", [bare(When::NoText, Key::Delete)]),
    row!(
        Clip,
        UndoDelete,
        "Bring back deleted clip",
        "Undo the last deletion",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Z))]
    ),
    row!(
        View,
        CycleTheme,
        "Light, dark, system",
        "Change between the light, the dark and the system's colours",
        [ctrl(Key::T)]
    ),
    row!(
        View,
        ToggleScaling,
        "Sharp or smooth pixels",
        "Enlarge small clips as sharp pixels or smoothly",
        [bare(When::NoText, Key::S)]
    ),
    row!(View, DismissNotices, "Put all messages away", "Close every message above the preview", [ctrl(Key::M)]),
    row!(Help, Help, "Keys and help", "Show what every key does", [bare(When::Always, Key::F1)]),
];

impl Action {
    /// The action's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.action == self).expect("a test finds every action in the table")
    }

    /// The first shortcut, as this system writes it.
    pub fn shortcut_text(self, ctx: &Context) -> String {
        ctx.format_shortcut(&self.row().keys[0].1)
    }

    /// Tooltip with the shortcut.
    pub fn hint(self, ctx: &Context) -> String {
        format!("{} ({})", self.row().tooltip, self.shortcut_text(ctx))
    }
}
