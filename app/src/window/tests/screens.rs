//! The pictures in `docs/screens`: every page of the window, light and dark, with clips that the demo model has made.
//!
//! ```sh
//! HUMMINGBIRD_SCREENS=docs/screens cargo test -p hummingbird screens      # HUMMINGBIRD_SCREENS_LANGUAGE=de for another language,
//!                                                                         # HUMMINGBIRD_SCREENS_PAGE=data for one page,
//!                                                                         # HUMMINGBIRD_SCREENS_SIZE=640x480 for a small window
//! ```
//!
//! What stands behind them is real: the engine makes the clips, the library keeps them on the disk and its threads read them
//! again, the models and devices are those that the tasks find. Without the variable it is only tested that no picture is missing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use egui_kittest::Harness;
use hummingbird_engine::Folders;
use hummingbird_engine::data::filter::Column;
use hummingbird_engine::device::{Chosen, DeviceChoice};
use hummingbird_engine::job::{Event, JobId, JobProgress, Outcome, Preview, Stage};
use hummingbird_engine::jobs::provenance::provenance_of;
use hummingbird_engine::library::{Library, LibrarySettings, NewClip, keep};
use hummingbird_engine::model::{ModelCard, ModelSource};
use hummingbird_engine::request::{GenerateRequest, RawRequest};
use hummingbird_engine::settings::table;
use hummingbird_engine::worker::{EngineHandle, EngineOptions};
use quantette::color_map::{IndexedColorMap as _, NearestNeighborColorMap};
use quantette::deps::palette::Srgb;
use quantette::deps::palette::cast::ComponentsAs as _;
use quantette::wu::{BinnerU8x3, WuU8x3};
use quantette::{PaletteBuf, PaletteSize};

use super::{Bench, bench_of_size, opened};
use crate::language::{self, Language, LanguageChoice};
use crate::window::commands::command::{
    BatchCommand, Command, DataCommand, LayoutCommand, LibraryCommand, TrainingCommand,
};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::DataTab;
use crate::window::state::data_view::ColumnLimits;
use crate::window::state::data_work::DataStage;
use crate::window::state::layout::Page as NarrowPage;
use crate::window::state::library::Pick;
use crate::window::state::queue::JobPlan;
use crate::window::state::settings::{Settings, ThemeChoice};
use crate::window::state::view::{DialogKind, FirstStep};
use crate::window::tasks::{Report, Tasks};

/// The folder that the pictures are written into.
const FOLDER: &str = "HUMMINGBIRD_SCREENS";
/// The language of the window in them, by its tag.
const LANGUAGE: &str = "HUMMINGBIRD_SCREENS_LANGUAGE";
/// The size of the window in all of them, if not that of each page: `640x480`.
const WINDOW: &str = "HUMMINGBIRD_SCREENS_SIZE";
/// The one page that is written, if not all of them.
const PAGE: &str = "HUMMINGBIRD_SCREENS_PAGE";
/// Most bytes of a picture.
const MOST_BYTES: u64 = 150 << 10;
/// Colours of a picture.
const COLOURS: u16 = 256;
const SIZE: [f32; 2] = [1280.0, 800.0];
const SMALL: [f32; 2] = [640.0, 480.0];
/// How long a page may take to be complete, and how long nothing must come until it is taken for complete.
const PATIENCE: Duration = Duration::from_secs(60);
const QUIET: Duration = Duration::from_millis(1200);
/// The step that a clip is shown at while it is made.
const STEP: u32 = 3;

/// What stands in place of the folders of whoever writes the pictures.
const VIDEOS: &str = "/home/you/Videos";

const PROMPTS: [&str; 8] = [
    "a white boat at sunset",
    "a green balloon hovering over a green meadow",
    "a purple star spinning in the night sky with stars",
    "a yellow fish moving left in the blue sky",
    "a blue car moving right in the desert",
    "an orange rocket rising in the night sky with stars",
    "a pink heart growing on plain black",
    "a red balloon rising over the ocean",
];

/// One picture: what is done in the window before it is taken, and how large the window is.
struct Page {
    name: &'static str,
    size: [f32; 2],
    /// Whether nothing was made before.
    is_first: bool,
    steps: &'static [Step],
}

/// What is done at once; then the window comes to rest.
type Step = fn(&mut State, &Real) -> Vec<Command>;

fn act(action: Action) -> Vec<Command> {
    vec![Command::Run(action)]
}

const fn page(name: &'static str, steps: &'static [Step]) -> Page {
    Page { name, size: SIZE, is_first: false, steps }
}

const SHOW_CLIP: Step = |_, _| act(Action::NextResult);
const MAKE: Step = |state, real| {
    real.make(state);
    act(Action::ShowLive)
};

/// Every page, in the order of a first hour with the program.
const PAGES: &[Page] = &[
    Page {
        name: "first-steps",
        size: SIZE,
        is_first: true,
        steps: &[|state, _| {
            state.view.dialog = Some(DialogKind::FirstSteps(FirstStep::Demo));
            Vec::new()
        }],
    },
    Page { name: "empty", size: SIZE, is_first: true, steps: &[] },
    page("making", &[SHOW_CLIP, MAKE]),
    page("clip", &[SHOW_CLIP]),
    page(
        "library",
        &[
            |_, _| act(Action::ShowLibrary),
            |state, _| {
                let ids = state.library.ids.iter().take(1);
                ids.map(|id| Command::Library(LibraryCommand::Pick(*id, Pick::Only))).collect()
            },
        ],
    ),
    page(
        "compare",
        &[
            |_, _| act(Action::ShowLibrary),
            |state, _| {
                let ids = state.library.ids.iter().take(2);
                ids.map(|id| Command::Library(LibraryCommand::Pick(*id, Pick::Toggle))).collect()
            },
            |_, _| act(Action::CompareClips),
        ],
    ),
    page(
        "batch",
        &[
            SHOW_CLIP,
            |_, _| act(Action::AddBatch),
            |_, _| {
                vec![
                    Command::Batch(BatchCommand::Prompts("a {red|blue} ball\na white boat at sunset".to_owned())),
                    Command::Batch(BatchCommand::Seeds("3".to_owned())),
                    Command::Batch(BatchCommand::Setting(0, Some(&table::STEPS))),
                    Command::Batch(BatchCommand::Values(0, "10, 20".to_owned())),
                ]
            },
        ],
    ),
    page(
        "export",
        &[SHOW_CLIP, |_, _| act(Action::ExportAs), |_, _| vec![Command::SetPath(format!("{VIDEOS}/red-balloon.mp4"))]],
    ),
    page("export-all", &[|_, _| act(Action::ExportAll), |_, _| vec![Command::SetPath(VIDEOS.to_owned())]]),
    page("models", &[|_, _| act(Action::ShowModels)]),
    page("devices", &[|_, _| act(Action::ShowDevices)]),
    page(
        "training",
        &[
            |_, _| act(Action::ShowTraining),
            |_, real| {
                let clips = real.folders.clips.display().to_string();
                [TrainingCommand::SetFolder(clips), TrainingCommand::Look].map(Command::Training).into()
            },
            |_, _| vec![Command::Training(TrainingCommand::SetFolder(VIDEOS.to_owned()))],
        ],
    ),
    page(
        "data",
        &[
            |_, real| vec![Command::Data(DataCommand::Open(real.data.clone()))],
            |_, _| vec![Command::Data(DataCommand::Start(DataStage::Motion))],
            |state, _| {
                let mut choice = state.data.choice.clone();
                let least = ColumnLimits { min: Some(0.002), ..ColumnLimits::default() };
                choice.set(Column::MotionRel, least);
                vec![Command::Data(DataCommand::Choose(choice)), Command::Data(DataCommand::Tab(DataTab::Limits))]
            },
        ],
    ),
    page("palette", &[SHOW_CLIP, |_, _| act(Action::CommandPalette)]),
    page("shortcuts", &[SHOW_CLIP, |_, _| act(Action::EditShortcuts)]),
    page("help", &[SHOW_CLIP, |_, _| act(Action::Help)]),
    Page {
        name: "small",
        size: SMALL,
        is_first: false,
        steps: &[SHOW_CLIP, MAKE, |_, _| vec![Command::Layout(LayoutCommand::Page(NarrowPage::Clip))]],
    },
];

const THEMES: [(&str, ThemeChoice); 2] = [("light", ThemeChoice::Light), ("dark", ThemeChoice::Dark)];

fn file_name(page: &Page, theme: &str) -> String {
    format!("{}-{theme}.png", page.name)
}

/// What the demo model has made, and where it is kept.
struct Real {
    folders: Folders,
    /// A folder in which nothing is.
    empty: Folders,
    card: ModelCard,
    /// Clips with captions, one of them twice, and a broken one.
    data: PathBuf,
    /// A clip that is being made.
    half: Preview,
}

impl Real {
    /// Has the clips made. This takes minutes.
    fn make_all(folder: &Path) -> Self {
        let folders = Folders::at(folder.join("home"));
        let options = EngineOptions::new(Some(folders.clone()));
        let engine = EngineHandle::start(&ModelSource::Embedded, options).expect("the demo model is embedded");
        let card = engine.model().clone();
        let mut library = Library::open(&folders).expect("a new one");
        let now = SystemTime::now();
        let data = folder.join("clips");
        fs::create_dir_all(&data).expect("writable");
        fs::write(data.join("torn.mp4"), b"no clip").expect("writable");
        for (prompt, number) in PROMPTS.into_iter().zip(0..) {
            let outcome = made(&engine, prompt, 100 + number);
            let provenance = provenance_of(&outcome);
            // One after the other within the last hours.
            let made = now - Duration::from_secs(600 * (PROMPTS.len() as u64 - number));
            let latent = outcome.latent_path.as_deref();
            let clip = NewClip { frames: &outcome.frames, provenance: &provenance, made, latent };
            let written = keep(&folders, &LibrarySettings::default(), &clip, &mut |_| ()).expect("there is room");
            library.add(&written, &clip).expect("it is new");
            let name = prompt.replace(' ', "-");
            fs::copy(&written.path, data.join(format!("{name}.mp4"))).expect("there is room");
            fs::write(data.join(format!("{name}.txt")), prompt).expect("there is room");
            if number == 0 {
                fs::copy(&written.path, data.join(format!("{name}-2.mp4"))).expect("there is room");
                fs::write(data.join(format!("{name}-2.txt")), prompt).expect("there is room");
            }
        }
        let half = half_made(&engine);
        Self { folders, empty: Folders::at(folder.join("nothing")), card, data, half }
    }

    /// As if a clip were being made and others waited.
    fn make(&self, state: &mut State) {
        let job = JobId(1);
        state.apply(Command::SetPrompt(PROMPTS[0].to_owned()), &mut Vec::new());
        state.on_submitted(job, asked(&self.card, PROMPTS[0], 7));
        state.on_event(Event::Started { job, device: "CPU".to_owned(), reason: Chosen::NoDriver.into() });
        let (done, total) = (STEP, self.card.limits.default_steps);
        let progress = JobProgress { stage: Stage::Denoise, done, total, elapsed_secs: 2.8, eta_secs: Some(1.2) };
        state.on_event(Event::Progress { job, progress });
        state.on_preview(Preview { job, frames: Arc::clone(&self.half.frames), step: done, decoded_frames: 0 });
        for (prompt, seed) in PROMPTS.into_iter().skip(1).take(3).zip(8..) {
            state.enqueue(asked(&self.card, prompt, seed), None, JobPlan::default());
        }
    }
}

/// What a user asks for who leaves all else to the model.
fn asked(card: &ModelCard, prompt: &str, seed: u64) -> GenerateRequest {
    let raw =
        RawRequest { prompt: prompt.to_owned(), seed: Some(seed), device: DeviceChoice::Cpu, ..RawRequest::default() };
    raw.validate(&card.limits).expect("the model's own")
}

fn made(engine: &EngineHandle, prompt: &str, seed: u64) -> Outcome {
    engine.submit(asked(engine.model(), prompt, seed)).expect("there is room");
    loop {
        match engine.events().recv().expect("the engine lives") {
            Event::Done { outcome, .. } => break *outcome,
            Event::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

/// The preview of a clip that is not finished.
fn half_made(engine: &EngineHandle) -> Preview {
    let job = engine.submit(asked(engine.model(), PROMPTS[0], 7)).expect("there is room");
    let mut last = None;
    loop {
        match engine.events().recv().expect("the engine lives") {
            Event::Progress { progress, .. } if progress.stage == Stage::Denoise => {
                last = engine.previews().take().or(last);
                if progress.done >= STEP {
                    engine.cancel(job);
                }
            }
            Event::Done { .. } | Event::Cancelled { .. } => break last.expect("each step has a preview"),
            Event::Failed { error, .. } => panic!("{error}"),
            _ => {}
        }
    }
}

/// The language that was chosen for the pictures.
fn spoken() -> LanguageChoice {
    let chosen = language::current();
    let fits = |choice: &LanguageChoice| *choice != LanguageChoice::System && choice.language() == chosen;
    LanguageChoice::ALL.into_iter().find(fits).unwrap_or_default()
}

/// Draws a page of the window, once it has come to rest.
fn draw(page: &Page, theme: ThemeChoice, real: &Real) -> image::RgbaImage {
    let mut state = State::new(Settings { language: spoken(), ..Settings::default() });
    opened(&mut state, ModelSource::Embedded, Ok(real.card.clone()));
    state.view.theme = theme;
    state.view.reduced_motion = Some(true);
    let folders = if page.is_first { &real.empty } else { &real.folders };
    let mut tasks = Tasks::new(Some(folders.clone()), Arc::new(|| ()));
    state.queue.times = tasks.times();
    tasks.open_library();
    tasks.list_devices();
    let typed = std::env::var(WINDOW).ok();
    let typed = typed.as_ref().and_then(|size| size.split_once('x'));
    let size = typed.and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
    let mut harness = bench_of_size(state, size.unwrap_or(page.size));
    settle(&mut harness, &mut tasks);
    for step in page.steps {
        let shell = &mut harness.state_mut().shell;
        let commands = step(&mut shell.state, real);
        shell.pending.extend(commands);
        settle(&mut harness, &mut tasks);
    }
    let state = &mut harness.state_mut().shell.state;
    state.view.notices.clear();
    state.results.playback.playing = false;
    state.results.playback.seek(9);
    if let Some(compare) = &mut state.library.compare {
        compare.playback.playing = false;
        compare.playback.seek(9);
    }
    harness.run_steps(4);
    let picture = harness.render().expect("a graphics driver is installed");
    tasks.finish_library();
    tasks.stop_data();
    tasks.finish_data();
    picture
}

/// Carries out what the window asks for, until nothing more comes of it.
fn settle(harness: &mut Harness<'_, Bench>, tasks: &mut Tasks) {
    let (began, mut last) = (Instant::now(), Instant::now());
    while last.elapsed() < QUIET && began.elapsed() < PATIENCE {
        harness.run_steps(1);
        let bench = harness.state_mut();
        let effects: Vec<Effect> = bench.effects.drain(..).chain(bench.samples.drain(..)).collect();
        let reports = tasks.reports();
        if !effects.is_empty() || !reports.is_empty() || is_busy(&bench.shell.state) {
            last = Instant::now();
        }
        effects.into_iter().for_each(|effect| carry_out(effect, tasks));
        for report in reports {
            take_in(report, &mut bench.shell.state, &mut bench.effects);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether an answer is waited for that takes longer than others.
fn is_busy(state: &State) -> bool {
    let is_data_busy = state.data.work.is_some() || state.data.is_opening;
    is_data_busy || state.devices.is_looking || state.training.looking || state.exports.sampling.under_way.is_some()
}

fn carry_out(effect: Effect, tasks: &mut Tasks) {
    match effect {
        Effect::Library(order) => tasks.library(order, None),
        Effect::Models(order) => tasks.models(order),
        Effect::Devices(order) => tasks.devices(order),
        Effect::Training(order) => tasks.training(order),
        Effect::Data(order) => tasks.data(order),
        Effect::Sample(order) => tasks.sample(*order),
        // Nothing else is needed for a picture.
        _ => {}
    }
}

fn take_in(report: Report, state: &mut State, effects: &mut Vec<Effect>) {
    match report {
        Report::Library(report) => state.on_library(report, effects),
        Report::Models(report) => state.on_models(report, effects),
        Report::DeviceWork(report) => state.on_device_report(report, effects),
        Report::Training(report) => state.on_training(report, effects),
        Report::Data(report) => state.on_data(report, effects),
        Report::Sampled { id, sample } => state.exports.sampling.end(id, sample),
        Report::Devices { devices, best } => state.on_devices(devices, best),
        _ => {}
    }
}

/// A picture as PNG with a palette: a third of the size, and hardly a difference to be seen.
fn png(picture: &image::RgbaImage) -> Vec<u8> {
    let rgb = image::DynamicImage::ImageRgba8(picture.clone()).into_rgb8();
    let colours: &[Srgb<u8>] = rgb.as_raw().as_slice().components_as();
    let proof = "a window has pixels, and fewer than four billion";
    let size = PaletteSize::try_from_u16(COLOURS).expect("a size of palettes");
    let palette = WuU8x3::run_slice(colours, BinnerU8x3::<64, 64, 64>::new()).expect(proof).palette(size);
    let floats = |colours: &[Srgb<u8>]| -> Vec<Srgb<f32>> {
        colours.iter().map(|it| Srgb::new(it.red.into(), it.green.into(), it.blue.into())).collect()
    };
    let nearest = NearestNeighborColorMap::new(PaletteBuf::new(floats(&palette)).expect("as many as before"));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, rgb.width(), rgb.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.iter().flat_map(|it| [it.red, it.green, it.blue]).collect::<Vec<u8>>());
    encoder.set_compression(png::Compression::High);
    // Indices have no neighbours that are alike.
    encoder.set_filter(png::Filter::NoFilter);
    let indices = nearest.map_to_indices(&floats(colours));
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&indices)).expect("memory takes all");
    bytes
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the pictures are to be written, if they are: from the repository on, where the command is given.
fn wanted() -> Option<PathBuf> {
    let folder = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty())?;
    Some(repository().join(folder))
}

#[test]
fn screens_are_there_for_every_page_and_theme() {
    match wanted() {
        Some(folder) => write_all(&folder),
        None => check_all(&repository().join("docs/screens")),
    }
}

fn write_all(folder: &Path) {
    let tag = std::env::var(LANGUAGE).unwrap_or_else(|_| "en".to_owned());
    let spoken = Language::ALL.into_iter().find(|it| it.tag() == tag);
    let spoken = spoken.unwrap_or_else(|| panic!("the window does not speak {tag:?}"));
    language::choose(spoken);
    let folder = if spoken == Language::English { folder.to_owned() } else { folder.join(&tag) };
    fs::create_dir_all(&folder).expect("the folder can be made");
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let real = Real::make_all(temporary.path());
    let only = std::env::var(PAGE).ok();
    for page in PAGES.iter().filter(|page| only.as_ref().is_none_or(|only| page.name == only.as_str())) {
        for (name, theme) in THEMES {
            let bytes = png(&draw(page, theme, &real));
            let path = folder.join(file_name(page, name));
            assert!(bytes.len() as u64 <= MOST_BYTES, "{} would have {} bytes", path.display(), bytes.len());
            fs::write(&path, bytes).expect("writable");
        }
    }
}

fn check_all(folder: &Path) {
    let expected: BTreeSet<String> =
        PAGES.iter().flat_map(|page| THEMES.map(|(theme, _)| file_name(page, theme))).collect();
    assert_eq!(expected.len(), PAGES.len() * THEMES.len(), "each page has a name of its own");
    let files = fs::read_dir(folder).expect("docs/screens is there").map(|entry| entry.expect("readable"));
    let files: Vec<_> = files.filter(|entry| entry.path().is_file()).collect();
    for file in &files {
        let bytes = file.metadata().expect("readable").len();
        assert!(bytes <= MOST_BYTES, "{:?} has {bytes} bytes", file.file_name());
    }
    let there: BTreeSet<String> = files
        .iter()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|it| it.ends_with(".png"))
        .collect();
    assert_eq!(there, expected, "write them anew: HUMMINGBIRD_SCREENS=docs/screens cargo test -p hummingbird screens");
}
