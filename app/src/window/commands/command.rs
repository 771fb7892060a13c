//! Commands: everything that a person can do in the window.
//!
//! An [`Action`] has a name, a tooltip and shortcuts, which stand together in [`TABLE`]; menus, buttons, tooltips and the help
//! page are made from it. A [`Command`] is an action or a change of one control.

use std::path::PathBuf;

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};
use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::pipeline::video_out::{Format, GifDither};
use hummingbird_engine::request::{DecoderKind, GenerateRequest, NoiseKind, Reuse, SamplerKind};

use crate::window::state::clips::ResultId;
use crate::window::state::controls::NumberField;
use crate::window::state::settings::{Scaling, ThemeChoice};
use crate::window::state::words::WordKind;
use crate::window::state::{DialogKind, NoticeId, State};

/// One thing to do. Panels push these; `apply` is the only code that acts on them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An entry of [`TABLE`].
    Run(Action),
    /// The prompt was edited.
    SetPrompt(String),
    /// The negative prompt was edited.
    SetNegative(String),
    /// A number was typed.
    SetNumber(NumberField, String),
    /// A number goes up or down by this many of its steps.
    Nudge(NumberField, i32),
    /// Width and height were chosen from the list, in pixels.
    SetSize(u32, u32),
    /// A sampler was chosen; `None` is the model's own.
    SetSampler(Option<SamplerKind>),
    /// Where the noise comes from was chosen.
    SetNoise(NoiseKind),
    /// What later steps take over was chosen.
    SetReuse(Option<Reuse>),
    /// Tokens are to be merged, or not.
    SetMergeTokens(bool),
    /// A decoder was chosen.
    SetDecoder(DecoderKind),
    /// A device was chosen.
    SetDevice(DeviceChoice),
    /// A vocabulary word was clicked.
    UseWord(WordKind, String),
    /// The prompt becomes this text.
    UsePrompt(String),
    /// Show this frame of the clip.
    Seek(usize),
    /// Show a result.
    ShowResult(ResultId),
    /// Delete a result (it can be undone).
    Delete(ResultId),
    /// Cancel one job, by its number.
    CancelJob(u64),
    /// Cancel one export, by its number.
    CancelExport(u64),
    /// Light, dark or as the system.
    SetTheme(ThemeChoice),
    /// How small clips are enlarged.
    SetScaling(Scaling),
    /// Format of the next export.
    SetFormat(Format),
    /// How a GIF shows colours that its palette lacks.
    SetDither(GifDither),
    /// Whether exports carry their settings.
    SetEmbed(bool),
    /// Whether the export may replace a file.
    SetReplace(bool),
    /// The path in the open sheet was edited.
    SetPath(String),
    /// Ask the system's file dialog for the path that the open sheet wants.
    Browse,
    /// The sheet's main button.
    ConfirmDialog,
    /// Close the dialog that is open.
    CloseDialog,
    /// Files were dropped on the window, all at once.
    DropFiles(Vec<PathBuf>),
    /// Queue the decoding of a kept latent.
    DecodeLatent {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it.
        request: GenerateRequest,
    },
    /// Something of the model page.
    Models(ModelCommand),
    /// Put a LoRA into the list.
    AddLora(PathBuf),
    /// The strength of the LoRA at this place of the list was changed.
    SetLoraStrength(usize, f32),
    /// Set the strength of the LoRA in this file to 0.
    SwitchLoraOff(PathBuf),
    /// Take the LoRA at this place out of the list (it can be undone).
    RemoveLora(usize),
    /// Show a folder or an address in the system's program for it.
    OpenOutside(String),
    /// Put a notice away.
    Dismiss(NoticeId),
    /// Put a text on the clipboard.
    CopyText(String),
    /// The window's close button was pressed.
    CloseRequested,
    /// The window has this inner size now, in points.
    Resized(f32, f32),
    /// The field that was asked for has the keyboard now.
    FocusTaken,
}

/// A button of the model page; models are named by their keys.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelCommand {
    /// Download it, after a look at its licence, or go on with that.
    Get(String),
    /// Open this file as the model.
    Use(PathBuf),
    /// Compare it with what was released.
    Check(String),
    /// Take it away (it can be undone), or ask whether to delete a part of it.
    Remove(String),
    /// Stop what is being done with it.
    Cancel(String),
}

/// An entry of [`TABLE`].
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

/// Takes the shortcuts that were pressed out of the input and returns their commands.
pub fn pressed(ctx: &Context, state: &State) -> Vec<Command> {
    let mut commands = Vec::new();
    // An open menu or list uses Escape, Enter, the arrows and Space itself.
    let popup_open = ctx.any_popup_open();
    if let Some(dialog) = &state.dialog {
        let help_again = matches!(dialog, DialogKind::Help).then_some(KeyboardShortcut::new(Modifiers::NONE, Key::F1));
        let closing = [Some(KeyboardShortcut::new(Modifiers::NONE, Key::Escape)), help_again];
        if !popup_open && closing.iter().flatten().any(|keys| take(ctx, keys, Repeat::Ignored)) {
            commands.push(Command::CloseDialog);
        }
        if !popup_open && take(ctx, &KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter), Repeat::Ignored) {
            commands.push(Command::ConfirmDialog);
        }
        let mut undo_keys = Action::UndoRemove.row().keys.iter();
        if matches!(dialog, DialogKind::Models) && undo_keys.any(|(_, keys)| take(ctx, keys, Repeat::Ignored)) {
            commands.push(Command::Run(Action::UndoRemove));
        }
        return commands;
    }
    let text_focused = ctx.text_edit_focused();
    let any_focused = ctx.memory(|memory| memory.focused().is_some());
    let keys = || TABLE.iter().flat_map(|row| row.keys.iter().map(move |(when, keys)| (row.action, *when, keys)));
    // Shift first: egui lets Ctrl+D match while Shift is held too.
    let (shifted, plain): (Vec<_>, Vec<_>) = keys().partition(|(_, _, keys)| keys.modifiers.shift);
    for (action, when, keys) in shifted.into_iter().chain(plain) {
        let allowed = match when {
            When::Always => !popup_open || keys.modifiers.any(),
            When::NoText => !text_focused && !popup_open,
            When::NoFocus => !any_focused && !popup_open,
        };
        // Escape without a job is left to egui: it takes the cursor out of a text field.
        let idle_cancel = action == Action::Cancel && state.why_not(action).is_some();
        let repeat = match action {
            Action::PreviousFrame | Action::NextFrame | Action::PreviousResult | Action::NextResult => Repeat::Counts,
            _ => Repeat::Ignored,
        };
        if allowed && !idle_cancel && take(ctx, keys, repeat) {
            commands.push(Command::Run(action));
        }
    }
    commands
}

/// What a key that is held down does.
#[derive(Clone, Copy, PartialEq)]
enum Repeat {
    Counts,
    Ignored,
}

/// Takes a shortcut out of this frame's events; whether it was pressed.
fn take(ctx: &Context, shortcut: &KeyboardShortcut, repeat: Repeat) -> bool {
    let mut pressed = false;
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Key { key, pressed: true, repeat: repeated, modifiers, .. }
                if *key == shortcut.logical_key && modifiers.matches_logically(shortcut.modifiers) =>
            {
                pressed |= !repeated || repeat == Repeat::Counts;
                false
            }
            _ => true,
        });
    });
    pressed
}
