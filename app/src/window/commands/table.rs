//! The table of actions: name, tooltip, menu and keys of each, together. Menus, buttons, tooltips and the help page are made
//! from it, as are the command palette and the page of shortcuts; keys that the user changed are in `keymap`.

use egui::{Key, KeyboardShortcut, Modifiers};

pub use super::keymap::KeyMap;
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
    pub fn letter(self) -> Key {
        match self {
            Self::File => Key::F,
            Self::Create => Key::C,
            Self::Queue => Key::Q,
            Self::Clip => Key::P,
            Self::Play => Key::B,
            Self::Library => Key::L,
            Self::View => Key::V,
            Self::Help => Key::H,
        }
    }

    /// Title of the menu.
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Create => "Create",
            Self::Queue => "Queue",
            Self::Clip => "Clip",
            Self::Play => "Playback",
            Self::Library => "Library",
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
    ($group:ident, $action:ident, $label:literal, $tooltip:literal, [$($key:expr),+ $(,)?]) => {
        Row { action: Action::$action, group: Group::$group, label: $label, tooltip: $tooltip, keys: &[$($key),+] }
    };
}

/// Every action, in the order of the menus and of the help page.
pub static TABLE: &[Row] = &[
    row!(File, Export, "Export…", "Save this clip as a video or image file", [ctrl(Key::S)]),
    row!(File, ExportAs, "Export as…", "Choose the format and options, then save the clip", [ctrl(Key::E)]),
    row!(
        File,
        ExportAll,
        "Export all…",
        "Save the selected clips, or all of the history, into a folder",
        [ctrl_shift(Key::E)]
    ),
    row!(
        File,
        JoinClips,
        "Join clips…",
        "Put the selected clips, or all of the history, one after the other into one file",
        [ctrl_shift(Key::J)]
    ),
    row!(
        File,
        UseDemoModel,
        "Use the demo model",
        "Go back to the small model that comes with Hummingbird",
        [ctrl_shift(Key::O)]
    ),
    row!(File, ShowModels, "Models…", "Download, verify, use and remove models", [ctrl(Key::G)]),
    row!(
        File,
        ShowDevices,
        "Devices…",
        "See what computes clips, measure it, choose another",
        [bare(When::Always, Key::F9)]
    ),
    row!(
        File,
        ShowTraining,
        "Train a LoRA…",
        "Teach the model a style or a subject from your own clips and pictures",
        [ctrl_shift(Key::T)]
    ),
    row!(File, OpenModel, "Open model…", "Choose a model file (.safetensors, .pt, .ckpt)", [ctrl(Key::O)]),
    row!(
        File,
        OpenClip,
        "Load settings from a clip…",
        "Load the prompt, seed and settings that an exported clip carries",
        [ctrl(Key::I)]
    ),
    row!(File, Quit, "Quit", "Close the window", [ctrl(Key::Q)]),
    row!(
        Create,
        Generate,
        "Generate",
        "Make a clip from the prompt, or queue it while another is being made",
        [ctrl(Key::Enter)]
    ),
    row!(
        Create,
        CancelAll,
        "Cancel all jobs",
        "Stop the current clip and clear the queue",
        [ctrl_shift(Key::Backspace)]
    ),
    row!(Create, Cancel, "Cancel", "Stop the current clip", [bare(When::Always, Key::Escape)]),
    row!(Create, FocusPrompt, "Edit the prompt", "Move the cursor to the prompt", [ctrl(Key::P)]),
    row!(Create, FocusNegative, "Edit the negative prompt", "Move the cursor to the negative prompt", [ctrl(Key::N)]),
    row!(Create, Surprise, "Surprise me", "Write a random prompt from words the demo model knows", [ctrl(Key::J)]),
    row!(
        Create,
        ToggleSeedLock,
        "Lock the seed",
        "Use the same seed for every clip instead of a random one",
        [ctrl(Key::L)]
    ),
    row!(Create, RollSeed, "Random seed", "Pick a random seed and lock it", [ctrl(Key::D)]),
    row!(Create, AddLora, "Add LoRA…", "Choose a LoRA file to apply to the model", [ctrl(Key::U)]),
    row!(
        Create,
        UndoRemove,
        "Undo removal",
        "Bring back the model or LoRA that was removed last",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z))]
    ),
    row!(
        Create,
        UndoCaption,
        "Undo caption edit",
        "Bring back the caption of the training page that was changed last",
        [ctrl_shift(Key::U)]
    ),
    row!(
        Create,
        ResetControls,
        "Reset settings",
        "Go back to the model's defaults and keep the prompt",
        [ctrl_shift(Key::R)]
    ),
    row!(
        Queue,
        PauseQueue,
        "Pause the queue",
        "Stop after the last finished step, which is kept, and give memory back",
        [ctrl_shift(Key::P)]
    ),
    row!(
        Queue,
        ResumeQueue,
        "Continue the queue",
        "Go on with the paused clips of the queue, each after its last finished step",
        [ctrl_shift(Key::Enter)]
    ),
    row!(
        Queue,
        StopAfter,
        "Pause after this clip",
        "Finish the clip that is being made, then pause the queue, or do not after all",
        [ctrl_shift(Key::Y)]
    ),
    row!(
        Queue,
        SkipJob,
        "Skip this clip",
        "Put the clip that is being made behind the others, with the steps that are done",
        [ctrl_shift(Key::K)]
    ),
    row!(
        Queue,
        RetryFailed,
        "Retry failed clips",
        "Queue every clip that failed once more, each after its last finished step",
        [ctrl_shift(Key::H)]
    ),
    row!(
        Queue,
        EditJob,
        "Edit clip",
        "Put the settings of the selected clip of the queue into the form; Generate then replaces it",
        [ctrl_shift(Key::I)]
    ),
    row!(
        Queue,
        DuplicateJob,
        "Duplicate clip",
        "Queue the selected clip of the queue a second time",
        [alt(When::NoText, Key::D)]
    ),
    row!(
        Queue,
        MoveJobUp,
        "Move up",
        "Make the selected clip of the queue before the one above it",
        [alt(When::NoText, Key::ArrowUp)]
    ),
    row!(
        Queue,
        MoveJobDown,
        "Move down",
        "Make the selected clip of the queue after the one below it",
        [alt(When::NoText, Key::ArrowDown)]
    ),
    row!(
        Queue,
        RemoveJob,
        "Remove from the queue",
        "Take the selected clip out of the queue",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Delete))]
    ),
    row!(
        Queue,
        UndoQueue,
        "Undo removal from the queue",
        "Bring back what was removed from the queue last",
        [alt(When::NoText, Key::Z)]
    ),
    row!(
        Queue,
        AddBatch,
        "Add a batch…",
        "Queue many clips: several prompts, several seeds, or a grid of two settings",
        [ctrl_shift(Key::N)]
    ),
    row!(
        Queue,
        JoinGrid,
        "Join the grid now",
        "Make one clip of a grid although some of its clips are missing",
        [ctrl_shift(Key::X)]
    ),
    row!(
        Queue,
        SaveQueue,
        "Save the queue…",
        "Write the clips that wait to a file that can be run without a window",
        [ctrl_shift(Key::W)]
    ),
    row!(Queue, LoadQueue, "Load a queue…", "Queue the clips of a file that was saved before", [ctrl_shift(Key::G)]),
    row!(
        Queue,
        WhenDone,
        "When the queue is done…",
        "Choose whether the computer sleeps or a command runs after the last clip",
        [ctrl_shift(Key::Q)]
    ),
    row!(
        Play,
        PlayPause,
        "Play or pause",
        "Start or pause playback",
        [bare(When::NoFocus, Key::Space), bare(When::NoText, Key::K)]
    ),
    row!(
        Play,
        PreviousFrame,
        "Previous frame",
        "Go one frame back",
        [bare(When::NoText, Key::Comma), bare(When::NoFocus, Key::ArrowLeft)]
    ),
    row!(
        Play,
        NextFrame,
        "Next frame",
        "Go one frame forward",
        [bare(When::NoText, Key::Period), bare(When::NoFocus, Key::ArrowRight)]
    ),
    row!(Play, FirstFrame, "First frame", "Go to the first frame", [bare(When::NoFocus, Key::Home)]),
    row!(Play, LastFrame, "Last frame", "Go to the last frame", [bare(When::NoFocus, Key::End)]),
    row!(
        Play,
        PlayBackwards,
        "Play backwards",
        "Play to the beginning; again for faster",
        [bare(When::NoText, Key::J)]
    ),
    row!(Play, PlayForwards, "Play forwards", "Play to the end; again for faster", [bare(When::NoText, Key::L)]),
    row!(Play, Slower, "Slower", "Play at half the speed", [bare(When::NoText, Key::OpenBracket)]),
    row!(Play, Faster, "Faster", "Play at twice the speed", [bare(When::NoText, Key::CloseBracket)]),
    row!(Play, NormalSpeed, "Normal speed", "Play at the clip's own speed", [bare(When::NoText, Key::Backslash)]),
    row!(Play, SetIn, "Begin here", "Play and export from the frame that is shown", [bare(When::NoText, Key::I)]),
    row!(Play, SetOut, "End here", "Play and export up to the frame that is shown", [bare(When::NoText, Key::O)]),
    row!(Play, ClearRange, "Whole clip", "Play and export all frames again", [bare(When::NoText, Key::U)]),
    row!(Play, ToggleLoop, "Loop", "Play the clip over and over", [bare(When::NoText, Key::R)]),
    row!(Play, TogglePingPong, "Ping-pong", "Play the clip forwards and then backwards", [bare(When::NoText, Key::B)]),
    row!(
        Play,
        ZoomIn,
        "Zoom in",
        "Show a part of the clip larger; drag to move it",
        [bare(When::NoText, Key::Plus), bare(When::NoText, Key::Equals)]
    ),
    row!(Play, ZoomOut, "Zoom out", "Show more of the clip", [bare(When::NoText, Key::Minus)]),
    row!(Play, ZoomFit, "Fit", "Show the whole clip as large as it fits", [bare(When::NoText, Key::Num0)]),
    row!(
        Play,
        OnlyClip,
        "Only the clip",
        "Fill the screen with the clip, or show the panels again",
        [bare(When::NoText, Key::Z)]
    ),
    row!(
        Clip,
        ShowLive,
        "Show live preview",
        "Show the preview of the clip that is being made",
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
        "Copy the prompt, seed and settings of this clip into the form",
        [ctrl(Key::R)]
    ),
    row!(
        Clip,
        DecodeAgain,
        "Decode again",
        "Decode the saved latent again with the full decoder, without sampling",
        [ctrl_shift(Key::D)]
    ),
    row!(Clip, DeleteResult, "Delete clip", "Move this clip to the trash", [bare(When::NoText, Key::Delete)]),
    row!(
        Clip,
        UndoDelete,
        "Undo delete",
        "Bring back the clip that was deleted last",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::Z))]
    ),
    row!(
        Clip,
        CopyFrame,
        "Copy frame",
        "Put the frame that is shown on the clipboard as a picture",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::C))]
    ),
    row!(
        Library,
        ShowLibrary,
        "Library",
        "Show all clips that were ever finished, or go back to the player",
        [ctrl(Key::B)]
    ),
    row!(
        Library,
        SearchLibrary,
        "Search the library",
        "Find clips by words of their prompts and settings",
        [ctrl(Key::F)]
    ),
    row!(
        Library,
        SelectAll,
        "Select all clips",
        "Select every clip that the library lists now",
        [(When::NoText, KeyboardShortcut::new(Modifiers::COMMAND, Key::A))]
    ),
    row!(Library, OpenKept, "Open clip", "Show the selected clip of the library in the player", [ctrl_shift(Key::L)]),
    row!(
        Library,
        ToggleFavourite,
        "Favourite",
        "Mark the clip as one of the best, or take the mark away",
        [bare(When::NoText, Key::F)]
    ),
    row!(
        Library,
        CompareClips,
        "Compare two clips",
        "Show the two selected clips in sync with what differs, or the grid again",
        [ctrl_shift(Key::B)]
    ),
    row!(
        Library,
        OneMore,
        "One more",
        "Make a clip with the settings of this one and a new seed",
        [bare(When::NoText, Key::N)]
    ),
    row!(
        Library,
        ThrowAgain,
        "Throw away and again",
        "Move this clip to the trash and make one with a new seed in its place",
        [bare(When::NoText, Key::X)]
    ),
    row!(
        Library,
        OtherPrompt,
        "Same seed, other prompt",
        "Copy the settings, lock the seed and move the cursor to the prompt",
        [ctrl_shift(Key::S)]
    ),
    row!(
        Library,
        Variations,
        "Variations",
        "Make four clips like this one with the seeds around it",
        [bare(When::NoText, Key::V)]
    ),
    row!(Library, ShowInFolder, "Show in folder", "Open the folder of the clip's file", [ctrl_shift(Key::F)]),
    row!(
        Library,
        RescanLibrary,
        "Look for new files",
        "Follow what other programs did with the files of the library",
        [bare(When::Always, Key::F5)]
    ),
    row!(
        View,
        ToggleControls,
        "Settings panel",
        "Show or hide the panel with the prompt and the settings",
        [bare(When::Always, Key::F6)]
    ),
    row!(
        View,
        ToggleHistory,
        "History panel",
        "Show or hide the panel with the queue and the history",
        [bare(When::Always, Key::F7)]
    ),
    row!(
        View,
        ToggleAdvanced,
        "Advanced settings",
        "Show or hide the settings for those who know them: Eta, noise, cache, tokens",
        [ctrl_shift(Key::A)]
    ),
    row!(
        View,
        ToggleFullScreen,
        "Full screen",
        "Let the window cover the screen, or not",
        [bare(When::Always, Key::F11)]
    ),
    row!(View, ScaleUp, "Larger", "Make everything in the window larger", [ctrl(Key::Plus), ctrl(Key::Equals)]),
    row!(View, ScaleDown, "Smaller", "Make everything in the window smaller", [ctrl(Key::Minus)]),
    row!(View, ResetScale, "Reset scale", "Go back to a scale of 100 percent", [ctrl(Key::Num0)]),
    row!(
        View,
        CycleTheme,
        "Switch theme",
        "Switch between the light, dark, high contrast and system themes",
        [ctrl(Key::T)]
    ),
    row!(
        View,
        ToggleReducedMotion,
        "Reduced motion",
        "Let thumbnails stand still and panels change without sliding",
        [ctrl_shift(Key::M)]
    ),
    row!(
        View,
        ToggleScaling,
        "Sharp or smooth pixels",
        "Enlarge small clips with sharp or smooth pixels",
        [bare(When::NoText, Key::S)]
    ),
    row!(View, DismissNotices, "Dismiss all messages", "Close every message above the preview", [ctrl(Key::M)]),
    row!(Help, CommandPalette, "Command palette…", "Find a command by its words and run it", [ctrl(Key::K)]),
    row!(
        Help,
        ShowFirstSteps,
        "First steps…",
        "See which device computes, make a first clip and find full models",
        [(When::Always, KeyboardShortcut::new(Modifiers::SHIFT, Key::F1))]
    ),
    row!(
        Help,
        EditShortcuts,
        "Keyboard shortcuts…",
        "See the keys of every command and change them",
        [ctrl(Key::Slash)]
    ),
    row!(
        Help,
        Help,
        "Help and shortcuts",
        "Show how to begin and all keyboard shortcuts",
        [bare(When::Always, Key::F1)]
    ),
];

/// Rows with all these words in name, menu or tooltip; those whose name begins with them first.
pub fn matching(text: &str) -> Vec<&'static Row> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let rank = |row: &Row| {
        let label = row.label.to_lowercase();
        let all = format!("{label} {} {}", row.group.title(), row.tooltip).to_lowercase();
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

impl Action {
    /// The action's row in [`TABLE`].
    pub fn row(self) -> &'static Row {
        TABLE.iter().find(|row| row.action == self).expect("a test finds every action in the table")
    }
}
