//! The view: what stands in front of the window, its messages, its look, and where the keyboard goes.

use std::path::PathBuf;

use hummingbird_engine::device::DeviceShare;
use hummingbird_engine::jobs::journal::JobKey;
use hummingbird_engine::jobs::queue_file;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;

use super::action::Action;
use super::broken::BrokenParts;
use super::clips::ResultId;
use super::exports::ManyExport;
use super::layout::{Layout, Page, scale_in_range};
use super::model_folders::Completing;
use super::prompt_history::PromptsPage;
use super::prompting::ServerPage;
use super::settings::{Scaling, Settings, ThemeChoice};
use super::shortcuts::{Palette, Shortcuts, ShortcutsPage};
use super::style_page::StylesPage;
use super::work::OpenPurpose;
use crate::language::LanguageChoice;

/// A share of a graphics device's time, in percent, as near as there is one.
pub fn share_in_range(percent: u8) -> u8 {
    percent.clamp(DeviceShare::LEAST, DeviceShare::MOST)
}

/// How long good news stays, in seconds.
const GOOD_NEWS_SECS: f64 = 8.0;

/// How many times as large as it fits a clip is shown at most.
const MAX_ZOOM: f32 = 16.0;

/// How grave a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Good news; goes away by itself.
    Info,
    /// Something survived that the user must know.
    Warning,
    /// Something failed.
    Error,
}

/// Identity of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeId(pub u64);

/// The button of a notice.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Do this.
    Run(Action),
    /// Put the path of a saved file on the clipboard.
    CopyPath(String),
    /// Show this page in the browser.
    OpenPage(String),
    /// Open this file as the model.
    OpenModel(PathBuf),
    /// Name the files that complete this model.
    CompleteModel(PathBuf),
    /// Switch the LoRA in this file off.
    SwitchLoraOff(PathBuf),
    /// Set a job going that stands still.
    Resume(JobKey),
    /// Decode a kept latent.
    Decode {
        /// The latent's file.
        latent: PathBuf,
        /// The request that made it.
        request: GenerateRequest,
    },
}

/// A message above the preview.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Identity.
    pub id: NoticeId,
    /// How grave it is.
    pub level: Level,
    /// What happened and what to do.
    pub text: String,
    /// What helps, as a button.
    pub remedy: Option<Remedy>,
    /// When it goes away by itself, in seconds of the window's clock.
    pub expires_secs: Option<f64>,
}

/// What is saved to a file that a dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedThing {
    /// The queue.
    Queue,
    /// The styles.
    Styles,
    /// The page about the clips of the data page.
    DataPage,
    /// Their manifest.
    DataManifest,
}

impl SavedThing {
    /// The ending that a name without one gets.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Queue | Self::Styles => queue_file::ENDING,
            Self::DataPage => "html",
            Self::DataManifest => "parquet",
        }
    }
}

/// The dialog that asks for a file to save to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaveFile {
    /// What is saved.
    pub what: SavedThing,
    /// Path as typed.
    pub path: String,
    /// Whether an existing file is replaced.
    pub replace: bool,
    /// Why the path did not do.
    pub problem: Option<String>,
}

/// A dialog in front of the window.
#[derive(Clone, Debug, PartialEq)]
pub enum DialogKind {
    /// The help page.
    Help,
    /// The first steps.
    FirstSteps(FirstStep),
    /// The command palette.
    Palette(Palette),
    /// The page on which shortcuts are changed.
    Shortcuts(ShortcutsPage),
    /// The model manager.
    Models,
    /// Which files complete a model.
    Complete(Completing),
    /// The page of devices.
    Devices,
    /// The page on which a LoRA is trained.
    Training,
    /// The licence of a model, before it is downloaded.
    Licence(String),
    /// Whether to delete what has arrived of a model.
    Discard(String),
    /// Whether to close although something would be lost.
    Close,
    /// The window closes, and says what goes on next time.
    Closing {
        /// When that began, in seconds of the window's clock.
        since_secs: f64,
    },
    /// The last windows were not closed but ended: whether to start as usual.
    SafeStart,
    /// Whether to change the model although a job runs.
    SwitchModel(ModelSource),
    /// What a batch is made of.
    Batch,
    /// What happens when the queue is done.
    WhenDone,
    /// Which server is asked to enhance prompts.
    Server(Box<ServerPage>),
    /// The prompts that were used.
    Prompts(PromptsPage),
    /// The styles.
    Styles(Box<StylesPage>),
    /// Where to save the queue or the styles.
    SaveFile(SaveFile),
    /// Where and how to export.
    Export {
        /// The clip.
        result: ResultId,
        /// Path as typed.
        path: String,
        /// Whether an existing file may be replaced.
        replace: bool,
        /// Why the path did not do.
        problem: Option<String>,
    },
    /// Where and how to export several clips.
    ExportMany(Box<ManyExport>),
    /// Which file to open.
    Open {
        /// What for.
        purpose: OpenPurpose,
        /// Path as typed.
        path: String,
        /// Why the dialog is there or why the path did not do.
        problem: Option<String>,
    },
}

/// What the first clip shows where nothing was typed yet.
pub const FIRST_PROMPT: &str = "a red balloon rising over the ocean";

/// One of the three first steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstStep {
    /// Which device computes.
    Device,
    /// A clip of the demo model.
    Demo,
    /// Where full models are.
    Models,
}

/// A field that should get the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FocusTarget {
    /// The prompt.
    Prompt,
    /// The negative prompt.
    Negative,
    /// The search field of the library.
    Search,
}

/// What the user has told the system of all windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SystemLook {
    /// More contrast.
    pub more_contrast: bool,
    /// Less that moves.
    pub reduced_motion: bool,
}

/// All that is about the window and not about clips.
#[derive(Clone, Debug)]
pub struct View {
    /// What stands in front of the window.
    pub dialog: Option<DialogKind>,
    /// The file that was asked for last, and what for: until it is open, it may lead back to the dialog.
    pub asked_for: Option<(OpenPurpose, PathBuf)>,
    /// Parts of the window that failed.
    pub broken: BrokenParts,
    /// The part that fails next.
    #[cfg(test)]
    pub fails: Option<super::broken::Part>,
    /// Messages, oldest first.
    pub notices: Vec<Notice>,
    /// The language of the window.
    pub language: LanguageChoice,
    /// The colours.
    pub theme: ThemeChoice,
    /// How small clips are enlarged.
    pub scaling: Scaling,
    /// Whether thumbnails stand still; `None`: as the system says.
    pub reduced_motion: Option<bool>,
    /// What the system says of contrast and motion.
    pub system: SystemLook,
    /// How many times as large as it fits the clip is shown.
    pub zoom: f32,
    /// The point of the clip in the middle, `0..=1` of its width and height.
    pub middle: [f32; 2],
    /// Whether the clip fills the window.
    pub only_clip: bool,
    /// Inner size of the window in points at a scale of 100 percent.
    pub window_size: Option<[f32; 2]>,
    /// The panels beside the clip.
    pub layout: Layout,
    /// What a narrow window shows.
    pub page: Page,
    /// Whether the settings for those who know them are unfolded.
    pub advanced: bool,
    /// Whether the first steps were shown.
    pub first_steps_seen: bool,
    /// Shortcuts that the user changed.
    pub shortcuts: Shortcuts,
    /// Size of everything in the window, in percent.
    pub scale_percent: u16,
    /// Share of a graphics device's time that clips use, in percent.
    pub gpu_share: u8,
    /// Whether the window covers the screen.
    pub full_screen: bool,
    /// The field that should get the keyboard.
    pub focus: Option<FocusTarget>,
    /// Files hover over the window.
    pub files_hover: bool,
    /// A file dialog of the system is open.
    pub choosing_file: bool,
    /// It is being asked whether there is a newer version.
    pub asking_for_version: bool,
    /// The user agreed to close.
    pub close_agreed: bool,
    /// The window's clock in seconds.
    pub now_secs: f64,
    ids: u64,
}

impl View {
    /// Whether thumbnails stand still and nothing slides.
    pub fn is_still(&self) -> bool {
        self.reduced_motion.unwrap_or(self.system.reduced_motion)
    }

    /// The colours, with those of the system where it asks for more contrast.
    pub fn worn_theme(&self) -> ThemeChoice {
        match self.theme {
            ThemeChoice::System if self.system.more_contrast => ThemeChoice::HighContrast,
            chosen => chosen,
        }
    }

    /// The view with which the window opens.
    pub fn new(settings: &Settings) -> Self {
        Self {
            dialog: None,
            asked_for: None,
            broken: BrokenParts::new(),
            #[cfg(test)]
            fails: None,
            notices: Vec::new(),
            language: settings.language,
            theme: settings.theme,
            scaling: settings.scaling,
            reduced_motion: settings.reduced_motion,
            system: SystemLook::default(),
            zoom: 1.0,
            middle: [0.5; 2],
            only_clip: false,
            window_size: settings.window_size,
            layout: settings.layout.clone(),
            page: Page::default(),
            advanced: settings.advanced,
            first_steps_seen: settings.first_steps_seen,
            shortcuts: Shortcuts::default(),
            scale_percent: scale_in_range(settings.scale_percent),
            gpu_share: share_in_range(settings.gpu_share),
            full_screen: settings.full_screen,
            focus: Some(FocusTarget::Prompt),
            files_hover: false,
            choosing_file: false,
            asking_for_version: false,
            close_agreed: false,
            now_secs: 0.0,
            ids: 0,
        }
    }

    /// Puts a message above the preview. The same message twice is shown once, at the end.
    pub fn notify(&mut self, level: Level, text: impl Into<String>) {
        self.notify_with(level, text, None);
    }

    /// Puts a message with a button that helps above the preview.
    pub fn notify_with(&mut self, level: Level, text: impl Into<String>, remedy: Option<Remedy>) {
        self.post(level, text.into(), remedy);
    }

    /// As [`Self::notify_with`]; by its identity the message can be withdrawn.
    pub fn post(&mut self, level: Level, text: String, remedy: Option<Remedy>) -> NoticeId {
        self.notices.retain(|notice| notice.text != text);
        let expires_secs = (level == Level::Info).then_some(self.now_secs + GOOD_NEWS_SECS);
        self.ids += 1;
        let id = NoticeId(self.ids);
        self.notices.push(Notice { id, level, text, remedy, expires_secs });
        id
    }

    /// Takes a message away because it no longer holds.
    pub fn withdraw(&mut self, id: NoticeId) {
        self.notices.retain(|notice| notice.id != id);
    }

    /// The clock goes on: old good news goes. When the next of it goes, in seconds of the window's clock.
    pub fn tick(&mut self, now_secs: f64) -> Option<f64> {
        self.now_secs = now_secs;
        self.notices.retain(|notice| notice.expires_secs.is_none_or(|end| end > now_secs));
        self.notices.iter().filter_map(|notice| notice.expires_secs).reduce(f64::min)
    }

    /// Shows the clip so many times as large as now; never smaller than it fits.
    pub fn zoom_by(&mut self, factor: f32) {
        self.zoom = (self.zoom * factor).clamp(1.0, MAX_ZOOM);
        self.move_by([0.0; 2]);
    }

    /// Moves the part of the clip that is shown, as far as there is more of it.
    pub fn move_by(&mut self, by: [f32; 2]) {
        let margin = 0.5 / self.zoom;
        for (middle, by) in self.middle.iter_mut().zip(by) {
            *middle = (*middle + by).clamp(margin, 1.0 - margin);
        }
    }

    /// The next of the themes.
    pub fn cycle_theme(&mut self) {
        self.theme = match self.theme {
            ThemeChoice::System => ThemeChoice::Light,
            ThemeChoice::Light => ThemeChoice::Dark,
            ThemeChoice::Dark => ThemeChoice::HighContrast,
            ThemeChoice::HighContrast => ThemeChoice::System,
        };
    }

    /// The other of the two ways to enlarge small clips.
    pub fn toggle_scaling(&mut self) {
        self.scaling = if self.scaling == Scaling::Sharp { Scaling::Smooth } else { Scaling::Sharp };
    }
}
