//! What panels push: an action by its name, or a change of one control. `apply` is the only code that acts on them.

use std::ops::Range;
use std::path::PathBuf;

use hummingbird_engine::device::DeviceChoice;
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::jobs::styles::Style;
use hummingbird_engine::library::{ClipId, Filter, LibrarySettings, Sort};
use hummingbird_engine::pipeline::video_out::Format;
use hummingbird_engine::request::GenerateRequest;
use hummingbird_engine::settings::{Setting, Value};

use crate::language::LanguageChoice;
use crate::when_done::WhenDone;
use crate::window::state::action::Action;
use crate::window::state::broken::Part;
use crate::window::state::clips::ResultId;
use crate::window::state::compare::CompareHow;
use crate::window::state::data::DataTab;
use crate::window::state::data_networks::{DataNetwork, StageChoice};
use crate::window::state::data_view::{Choice, Listing};
use crate::window::state::data_work::DataStage;
use crate::window::state::layout::{Page, Side};
use crate::window::state::library::Pick;
use crate::window::state::model_folders::Part as ModelPart;
use crate::window::state::prompting::{ServerPage, Typed};
use crate::window::state::queue::QueueId;
use crate::window::state::settings::{ExportPreferences, Scaling, ThemeChoice};
use crate::window::state::view::{FirstStep, NoticeId, SavedThing};
use crate::window::state::words::WordKind;
use crate::window::state::work::{Handover, OpenPurpose};

/// One thing to do. Panels push these; `apply` is the only code that acts on them.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// An action by its name.
    Run(Action),
    /// The prompt was edited.
    SetPrompt(String),
    /// The negative prompt was edited.
    SetNegative(String),
    /// A number was typed.
    SetNumber(&'static Setting, String),
    /// A number goes up or down by this many of its steps.
    Nudge(&'static Setting, i32),
    /// Width and height were chosen from the list, in pixels.
    SetSize(u32, u32),
    /// A choice or a flag was set; `None` is the model's own.
    Choose(&'static Setting, Option<Value>),
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
    /// Lets the window speak another language.
    SetLanguage(LanguageChoice),
    /// How small clips are enlarged.
    SetScaling(Scaling),
    /// Format of the next export.
    SetFormat(Format),
    /// Whether exports carry their settings.
    SetEmbed(bool),
    /// Whether the export may replace a file.
    SetReplace(bool),
    /// The path in the open dialog was edited.
    SetPath(String),
    /// Ask the system's file dialog for the path that the open dialog wants.
    Browse,
    /// The dialog's main button.
    ConfirmDialog,
    /// Close the dialog that is open.
    CloseDialog,
    /// Files were dropped on the window, all at once.
    DropFiles(Vec<PathBuf>),
    /// Open these files, each by what it is.
    OpenFiles(Vec<PathBuf>),
    /// A later start of the program was asked for this.
    HandedOver(Handover),
    /// A part of the window failed; its report.
    PartFailed(Part, String),
    /// Go on without a part that failed.
    PutPartAway(Part),
    /// Show a part that failed once more.
    TryPartAgain(Part),
    /// Queue the decoding of a kept latent.
    DecodeLatent {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it.
        request: GenerateRequest,
    },
    /// Something of a job that stands still.
    Jobs(JobCommand),
    /// Something that helps with the prompt.
    Prompting(PromptingCommand),
    /// Something of the queue's list.
    Queue(QueueCommand),
    /// Something of a batch.
    Batch(BatchCommand),
    /// What happens when the queue is done, and the command that is run then.
    SetWhenDone(WhenDone, String),
    /// Something of the model manager.
    Models(ModelCommand),
    /// Something of folders beside the models folder.
    Folders(FolderCommand),
    /// Something of the page of devices.
    Devices(DeviceCommand),
    /// Something of the training page.
    Training(TrainingCommand),
    /// Something of the library.
    Library(LibraryCommand),
    /// Something of the data page.
    Data(DataCommand),
    /// Size of everything in the window, in percent.
    SetScale(u16),
    /// Something of how the window is divided.
    Layout(LayoutCommand),
    /// Something of the first steps.
    FirstSteps(FirstStepsCommand),
    /// Something of the command palette.
    Palette(PaletteCommand),
    /// Something of the page of shortcuts.
    Shortcut(ShortcutCommand),
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
    /// The window has this inner size now, in points at a scale of 100 percent.
    Resized(f32, f32),
    /// The field that was asked for has the keyboard now.
    FocusTaken,
    /// The clip is shown so many times as large.
    Zoom(f32),
    /// The part of the clip that is shown moves, in parts of its width and height.
    MoveView([f32; 2]),
    /// Something of the export dialogs.
    Export(ExportCommand),
}

/// Something that was done in an export dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum ExportCommand {
    /// Options were changed.
    Options(Box<ExportPreferences>),
    /// A preset was chosen, by its place among all.
    UsePreset(usize),
    /// The options are to be kept as a preset under the name that is typed.
    KeepPreset,
    /// A name for a preset was typed.
    SetPresetName(String),
    /// A preset of the user's is to go, by its place among theirs.
    RemovePreset(usize),
    /// Whether only the range of the player is written.
    SetTrim(bool),
    /// A clip of the list moves, from one place to another.
    MoveClip(usize, usize),
    /// A clip of the list is left out.
    RemoveClip(usize),
}

/// Something of how the window is divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LayoutCommand {
    /// A panel gets this width, in points.
    Width(Side, f32),
    /// A narrow window shows this.
    Page(Page),
    /// The window covers the screen now, or not: the system did that.
    CoversScreen(bool),
}

/// Something that was done in the first steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FirstStepsCommand {
    /// Show this one.
    Show(FirstStep),
    /// Make a clip.
    Demo,
    /// Close them and show the models.
    Models,
}

/// Something that was done in the command palette.
#[derive(Clone, Debug, PartialEq)]
pub enum PaletteCommand {
    /// Words were typed.
    Text(String),
    /// The row at this place was chosen.
    At(usize),
    /// Close it and do this.
    Run(Action),
}

/// Something that was done on the page of shortcuts; keys are written as in its file.
#[derive(Clone, Debug, PartialEq)]
pub enum ShortcutCommand {
    /// Words were typed into the search field.
    Search(String),
    /// The next keys are those of this action.
    Record(Action),
    /// These keys were pressed.
    Recorded(String),
    /// The keys that belong to another action are taken from it.
    Take,
    /// All stays as it was.
    GiveUp,
    /// An action gets the table's keys.
    Reset(Action),
    /// Every action does.
    ResetAll,
}

/// A button of a job that stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum JobCommand {
    /// Go on after its last finished step.
    Resume(JobKey),
    /// Begin anew.
    StartAgain(JobKey),
    /// Take it out for good.
    Drop(JobKey),
}

/// Something that was done in the queue's list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum QueueCommand {
    /// Keys mean this job.
    Select(QueueId),
    /// Move a job to this place of the list as it is without the job.
    Move(QueueId, usize),
    /// Do this with a job.
    Do(QueueId, Action),
    /// The job in the form stays as it is.
    StopEditing,
}

/// Something that was typed in the dialog of a batch. Rows are side 0, columns are side 1.
#[derive(Clone, Debug, PartialEq)]
pub enum BatchCommand {
    /// Prompts, one a line.
    Prompts(String),
    /// Whether every combination of choices is made.
    EveryChoice(bool),
    /// How many seeds.
    Seeds(String),
    /// The setting of a side.
    Setting(usize, Option<&'static Setting>),
    /// The values of a side.
    Values(usize, String),
}

/// A button of the model manager; models are named by their keys.
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

/// Something of folders beside the models folder, and of files that complete a model.
#[derive(Clone, Debug, PartialEq)]
pub enum FolderCommand {
    /// Ask for a folder.
    Ask,
    /// Take a folder into the list.
    Add(PathBuf),
    /// Take a folder off the list; its files stay.
    Remove(PathBuf),
    /// A program's folder that was offered is not wanted.
    Refuse(PathBuf),
    /// Ask for the files that complete this model.
    Complete(PathBuf),
    /// The path of a part was typed or chosen.
    SetPart(ModelPart, String),
}

/// Something that was done on the page of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceCommand {
    /// Look at the devices anew.
    Look,
    /// Compute clips on this one from now on.
    Use(DeviceChoice),
    /// Measure this one.
    Measure(DeviceChoice),
    /// Stop measuring.
    Stop,
    /// Put all that is known on the clipboard.
    CopyReport,
    /// Use so much of a graphics device's time, in percent.
    Share(u8),
    /// Have clips and trainings wait while the computer runs on its battery, or not.
    WaitOnBattery(bool),
}

/// Something that was done on the library's page, or with a clip of the library in the history.
#[derive(Clone, Debug, PartialEq)]
pub enum LibraryCommand {
    /// Words were typed into the search field.
    Search(String),
    /// Another order was chosen.
    Sort(Sort),
    /// Another filter was chosen.
    Filter(Filter),
    /// Tiles get this width, in points.
    TileWidth(f32),
    /// Clips at these places are in sight.
    See(Range<usize>),
    /// A clip was picked.
    Pick(ClipId, Pick),
    /// The selection is given up.
    SelectNone,
    /// Show a clip in the player.
    Open(ClipId),
    /// Move a clip to the trash.
    Remove(ClipId),
    /// A tag is being typed.
    SetTag(String),
    /// Selected clips get the tag that is typed.
    AddTag,
    /// Selected clips lose a tag.
    RemoveTag(String),
    /// The note of the selected clip is being typed.
    SetNote(String),
    /// The note is to be kept.
    KeepNote,
    /// The project of the selected clips is being typed.
    SetProject(String),
    /// Selected clips belong to the project that is typed.
    KeepProject,
    /// How clips are kept is being changed.
    EditSettings(LibrarySettings),
    /// Clips are kept so from now on.
    KeepSettings,
    /// Two clips are compared in this way.
    CompareHow(CompareHow),
    /// The line between two clips is here, `0..=1`.
    Wipe(f32),
    /// Show this frame of both clips.
    CompareSeek(usize),
    /// Start or stop both clips.
    ComparePlay,
    /// The keyboard has been moved to the cursor.
    CursorFollowed,
}

/// Something that was done on the data page. Rows are named by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum DataCommand {
    /// Open a folder of clips or a manifest.
    Open(PathBuf),
    /// The side shows this.
    Tab(DataTab),
    /// Another order, other rows, or words to search for.
    List(Listing),
    /// Other limits.
    Choose(Choice),
    /// Stages work otherwise.
    ChooseStages(StageChoice),
    /// A network is that of the models folder again.
    UseFound(DataNetwork),
    /// Rows at these places are in sight.
    See(Range<usize>),
    /// The keyboard goes to this row.
    Cursor(usize),
    /// The keyboard has been moved to the cursor.
    CursorFollowed,
    /// Keep or drop a row, or leave it to the limits.
    Decide(usize, Option<bool>),
    /// Drop a row that is kept, or keep one that is dropped.
    Mark(usize),
    /// Type the caption of a row.
    Edit(usize),
    /// Something was typed.
    SetText(String),
    /// What was typed is the caption.
    KeepText,
    /// What was typed is given up.
    LeaveText,
    /// The captions that are offered become those of the rows.
    Accept(Vec<usize>),
    /// The captions that are offered go.
    Refuse(Vec<usize>),
    /// Begin a stage.
    Start(DataStage),
    /// Stop what is under way.
    Stop,
    /// Ask for a file or folder.
    Ask(OpenPurpose),
    /// Ask for a file to write to.
    AskWhereToSave(SavedThing),
    /// Show the training page with this folder.
    TrainOn(PathBuf),
    /// The ten captions go.
    DropSamples,
}

/// Something that was done on the training page.
#[derive(Clone, Debug, PartialEq)]
pub enum TrainingCommand {
    /// The folder was typed.
    SetFolder(String),
    /// Look through the folder that is typed.
    Look,
    /// Ask the system's file dialog for the folder.
    Browse,
    /// The name was typed.
    SetName(String),
    /// The trigger word was typed.
    SetTrigger(String),
    /// The rank was set.
    SetRank(u32),
    /// The number of updates was set.
    SetUpdates(u32),
    /// The number of frames was set; 0 is as many as the model's clips have.
    SetFrames(u32),
    /// A device was chosen.
    SetDevice(DeviceChoice),
    /// The caption of the clip with this number was typed.
    SetCaption(usize, String),
    /// Captions were typed and are to be kept.
    KeepCaptions,
    /// Find out what time and memory a run takes.
    Measure,
    /// Begin.
    Start,
    /// Stop with a checkpoint.
    Pause,
    /// Stop and have the LoRA as it is.
    Finish,
    /// Go on with the run in this folder.
    Resume(PathBuf),
    /// Write the LoRA of the run in this folder as it is.
    FinishPaused(PathBuf),
    /// Offer the run in this folder no longer.
    Dismiss(PathBuf),
    /// Close the window once the run has ended.
    CloseAfter,
}

/// Something that was done to help with the prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptingCommand {
    /// Stop asking the server.
    StopAsking,
    /// The answer becomes the prompt.
    Accept,
    /// The answer, or the word on why there is none, goes.
    Refuse,
    /// Something was typed in the dialog of the server.
    Server(Box<ServerPage>),
    /// See whether the server answers.
    Try,
    /// Words were typed into the search field of the prompts.
    SearchPrompts(String),
    /// The prompt at this place of the list is meant.
    PromptAt(usize),
    /// A prompt of the list becomes the prompt.
    TakePrompt(Typed),
    /// A prompt of the list is a favourite from now on, or no longer.
    PinPrompt(Typed, bool),
    /// A prompt of the list goes.
    RemovePrompt(Typed),
    /// All prompts go but the favourites.
    ClearPrompts,
    /// What was taken out last comes back.
    UndoPrompts,
    /// Something of the styles.
    Styles(StyleCommand),
}

/// Something that was done with styles.
#[derive(Clone, Debug, PartialEq)]
pub enum StyleCommand {
    /// A style is on from now on, or off.
    Set(String, bool),
    /// A style is shown in the dialog.
    Show(String),
    /// Something of it was typed.
    Draft(Style),
    /// What is typed is to be kept.
    Keep,
    /// There is to be a new one.
    New,
    /// There is to be another one like the one that is shown.
    Duplicate,
    /// The one that is shown goes.
    Delete,
    /// The last change is taken back.
    Undo,
    /// Those that come with the program and are not there come back.
    AddShipped,
    /// A file is to be read.
    Import,
    /// All are to be written to a file.
    Export,
}
