//! The data page with real clips, stages and files. In the window: `data_window`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use hummingbird_engine::Folders;
use hummingbird_engine::chat::ServerSettings;
use hummingbird_engine::data::filter::{BY_HAND, Column};
use hummingbird_engine::data::manifest::{self, Row};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::{ExportSettings, Format, export};
use hummingbird_engine::progress::{Progress, Rate, Rated, StageName, Unit};

use super::{apply, frames, ready, run};
use crate::window::commands::command::{Command, DataCommand};
use crate::window::commands::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::{DataTab, DataWork};
use crate::window::state::data_networks::{DataNetwork, KnownNetwork};
use crate::window::state::data_rows::{OFFERED, offered};
use crate::window::state::data_view::{ColumnLimits, Listed, Listing, SortBy, arrange};
use crate::window::state::data_work::{DataExport, DataOrder, DataReport, DataStage, KeptSession, OpenedData};
use crate::window::state::view::{DialogKind, SavedThing};
use crate::window::state::work::{ModelOrder, OpenPurpose, TrainingOrder};
use crate::window::tasks::{Report, Tasks};

pub fn data(command: DataCommand) -> Command {
    Command::Data(command)
}

pub fn orders(effects: Vec<Effect>) -> Vec<DataOrder> {
    effects.into_iter().filter_map(|effect| if let Effect::Data(order) = effect { Some(order) } else { None }).collect()
}

/// Filters and sorts as the task does.
fn arranged(state: &mut State) {
    let mut effects = Vec::new();
    state.follow_data(&mut effects);
    for order in orders(effects) {
        if let DataOrder::Arrange { ticket, rows, choice, listing, stages } = order {
            let arranged = arrange(&rows, &choice, &listing, &stages);
            state.on_data(DataReport::Arranged(ticket, Some(Box::new(arranged))), &mut Vec::new());
        }
    }
}

pub fn opened(state: &mut State, rows: Vec<Row>) {
    let asked = orders(apply(state, [data(DataCommand::Open(PathBuf::from("/clips")))]));
    let ticket =
        asked.iter().find_map(|order| if let DataOrder::Open { ticket, .. } = order { Some(*ticket) } else { None });
    let ticket = ticket.expect("it is opened");
    let kept = KeptSession { source: "/Nano".into(), is_folder: true, is_scanned: true, ..KeptSession::default() };
    let opened = OpenedData { at: "/models/data".into(), kept, rows };
    state.on_data(DataReport::Opened(ticket, Ok(Box::new(opened))), &mut Vec::new());
    arranged(state);
}

pub fn row(index: usize) -> Row {
    let score = (index * 37 % 101) as f64;
    Row {
        id: format!("{index:05}"),
        path: format!("/clips/a-{index:05}.mp4"),
        frames: 16 + (index % 7) as u64,
        fps: 8.0,
        width: 96,
        height: 64,
        text: format!("a red ball {index}"),
        vqa_overall: Some(score),
        jerk: Some(score / 50.0),
        ..Row::default()
    }
}

/// The page with clips of every kind: kept, dropped, broken, with an offer.
pub fn with_page() -> State {
    let mut state = ready();
    let mut rows: Vec<Row> = (0..6).map(row).collect();
    rows[1].reasons = vec!["static".to_owned()];
    rows[2].error = Some("It is cut off".to_owned());
    rows[3].extra.insert(OFFERED.to_owned(), "a red ball that rolls over green grass".into());
    opened(&mut state, rows);
    let ticket = state.data.session().expect("it is open");
    apply(&mut state, [data(DataCommand::Cursor(3)), data(DataCommand::See(0..6))]);
    for row in [0, 1, 3] {
        state.on_data(DataReport::Picture(ticket, row, Some(frames(8))), &mut Vec::new());
    }
    let mut choice = state.data.choice.clone();
    choice.set(Column::VqaOverall, ColumnLimits { min: Some(10.0), ..ColumnLimits::default() });
    apply(&mut state, [data(DataCommand::Choose(choice))]);
    arranged(&mut state);
    state.view.reduced_motion = Some(true);
    state
}

/// Pages with each side, with nothing open, and while something is under way.
pub fn states() -> Vec<(&'static str, State)> {
    let mut empty = ready();
    run(&mut empty, Action::ShowData);
    let on = |tab| {
        let mut state = with_page();
        state.data.tab = tab;
        state
    };
    let mut steps = on(DataTab::Steps);
    let networks = &mut steps.data.networks;
    networks.choose(DataNetwork::Judge, Some("/files/DOVER.pth".into()));
    let (_, ticket) = networks.look(DataNetwork::Judge).expect("it is new");
    networks.on_known(DataNetwork::Judge, ticket, Ok(KnownNetwork { name: "dover".to_owned(), gflop: 672.0 }));
    steps.data.stages.frames = 4;
    steps.data.rearrange();
    arranged(&mut steps);
    let mut working = on(DataTab::Steps);
    let progress = Progress::new(StageName("motion"), Unit::Clips, 3, Some(6));
    let progress = Some(Rated { progress, rate: Rate { per_sec: 1.0, eta_secs: Some(3.0) } });
    working.data.work = Some(DataWork { stage: DataStage::Motion, progress, is_stopping: false });
    let mut editing = on(DataTab::Clip);
    apply(&mut editing, [data(DataCommand::Edit(0))]);
    vec![
        ("data empty", empty),
        ("data clip", on(DataTab::Clip)),
        ("data limits", on(DataTab::Limits)),
        ("data steps", steps),
        ("data export", on(DataTab::Export)),
        ("data working", working),
        ("data editing", editing),
    ]
}

/// A window whose tasks are real, with folders of its own.
pub struct Desk {
    pub state: State,
    tasks: Tasks,
    woken: Receiver<()>,
    began: Instant,
    /// Orders that tasks of other pages got.
    others: Vec<Effect>,
}

impl Desk {
    pub fn new(home: &Path) -> Self {
        let (wake, woken) = unbounded();
        let tasks = Tasks::new(Some(Folders::at(home)), Arc::new(move || wake.send(()).unwrap_or_default()));
        Self { state: ready(), tasks, woken, began: Instant::now(), others: Vec::new() }
    }

    pub fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Data(order) => self.tasks.data(order),
                Effect::Models(order @ ModelOrder::List(_)) => self.tasks.models(order),
                other => self.others.push(other),
            }
        }
    }

    fn apply(&mut self, commands: impl IntoIterator<Item = Command>) {
        let effects = apply(&mut self.state, commands);
        self.carry_out(effects);
    }

    pub fn do_all(&mut self, commands: impl IntoIterator<Item = DataCommand>) {
        self.apply(commands.into_iter().map(data));
    }

    /// Lets the window follow until this holds.
    pub fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let end = Instant::now() + Duration::from_secs(240);
        loop {
            self.step();
            if holds(&self.state) {
                return;
            }
            let data = &self.state.data;
            let notices: Vec<_> = self.state.view.notices.iter().map(|notice| &notice.text).collect();
            assert!(Instant::now() < end, "{what} takes too long: {:?}, {:?}, {notices:?}", data.work, data.problem);
            self.woken.recv_timeout(Duration::from_millis(20)).ok();
        }
    }

    fn step(&mut self) {
        self.state.view.tick(self.began.elapsed().as_secs_f64());
        for report in self.tasks.reports() {
            let mut effects = Vec::new();
            match report {
                Report::Data(report) => self.state.on_data(report, &mut effects),
                Report::Models(report) => self.state.on_models(report, &mut effects),
                Report::Training(report) => self.state.on_training(report, &mut effects),
                _ => panic!("another report"),
            }
            self.carry_out(effects);
        }
        let mut effects = Vec::new();
        self.state.follow_data(&mut effects);
        self.carry_out(effects);
    }

    /// Until nothing is under way, and what came of it is arranged and written.
    pub fn rest(&mut self) {
        self.until("a stage", |state| state.data.work.is_none() && !state.data.is_opening);
        let count = self.state.data.arrangements;
        self.state.data.rearrange();
        self.until("arranging", |state| state.data.arrangements > count);
        self.until("arranging", |state| state.data.is_at_rest());
    }

    /// As the program ends.
    pub fn close(mut self) {
        self.state.keep_edit();
        self.tasks.stop_data();
        for report in self.tasks.reports() {
            let Report::Data(report) = report else { continue };
            self.state.on_data(report, &mut Vec::new());
        }
        if let Ok(order) = self.state.data.save_order(None) {
            self.tasks.data(order);
        }
        self.tasks.finish_data();
    }

    fn rows(&self) -> Vec<&Row> {
        self.state.data.order().iter().filter_map(|row| self.state.data.rows.get(*row)).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.rows().iter().map(|row| row.path.rsplit('/').next().unwrap_or_default()).collect()
    }

    pub fn place(&self, name: &str) -> usize {
        let rows = self.state.data.rows.all();
        rows.iter().position(|row| row.path.ends_with(name)).unwrap_or_else(|| panic!("no row {name}"))
    }
}

/// A clip in which a pattern of its own moves by so many pixels a frame.
fn clip(path: &Path, seed: usize, speed: usize) {
    clip_of_size(path, seed, speed, [96, 64]);
}

/// The same of a width and height in pixels.
pub fn clip_of_size(path: &Path, seed: usize, speed: usize, [width, height]: [usize; 2]) {
    let count = 16;
    let mut pixels = Vec::with_capacity(count * width * height * 3);
    for frame in 0..count {
        for y in 0..height {
            for x in 0..width {
                let (u, v) = ((x + frame * speed) / 8, y / 8);
                let value = (u * 31 + v * 17 + seed * 97 + u * v * (seed + 3)) % 251;
                pixels.extend([value as u8, (value * 3 % 251) as u8, (255 - value) as u8]);
            }
        }
    }
    let settings = ExportSettings::new(Format::from_path(path).expect("a format"), 8);
    let frames = Frames::new(width, height, pixels);
    export(&frames, &settings, &Default::default(), path, &mut |_| ControlFlow::Continue(())).expect("written");
}

/// Four clips that move, one that stands still, one that is broken, and captions.
pub fn folder(at: &Path) -> PathBuf {
    let folder = at.join("clips");
    fs::create_dir_all(folder.join("more")).expect("writable");
    for (name, seed, speed) in
        [("a.mp4", 1, 1), ("b.gif", 2, 2), ("more/c.gif", 3, 3), ("d.gif", 4, 2), ("still.gif", 5, 0)]
    {
        clip(&folder.join(name), seed, speed);
        let caption = Path::new(name).with_extension("txt");
        fs::write(folder.join(caption), format!("a pattern {seed}")).expect("writable");
    }
    fs::write(folder.join("broken.mp4"), b"no clip at all").expect("writable");
    folder
}

/// Saves to a file by the dialog that asks for it.
fn save(state: &mut State, what: SavedThing, path: &Path, effects: &mut Vec<Effect>) {
    state.apply(data(DataCommand::AskWhereToSave(what)), effects);
    state.apply(Command::SetPath(path.display().to_string()), effects);
    state.apply(Command::ConfirmDialog, effects);
}

#[test]
fn a_folder_of_clips_becomes_a_training_set() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips.clone())]);
    desk.rest();
    // What is broken is a row, and no stop.
    assert_eq!(desk.names(), ["a.mp4", "b.gif", "broken.mp4", "d.gif", "c.gif", "still.gif"]);
    let broken = desk.rows()[2];
    assert!(broken.error.as_ref().is_some_and(|error| error.contains("broken.mp4")) && broken.keep == Some(false));
    assert_eq!(desk.rows()[0].text, "a pattern 1");

    // Motion, which needs no weights: what stands still is dropped and says why.
    assert_eq!(desk.state.data.cost(DataStage::Motion).clips, 5, "known before it begins");
    desk.do_all([DataCommand::Start(DataStage::Motion)]);
    desk.rest();
    let still = desk.place("still.gif");
    let reasons = desk.state.data.rows.get(still).expect("a row").reasons.clone();
    assert_eq!(reasons, ["static"]);
    assert_eq!(desk.state.data.cost(DataStage::Motion).clips, 0);
    let by_motion = Listing { sort: SortBy::Column(Column::MotionPx), is_descending: true, ..Listing::default() };
    desk.do_all([DataCommand::List(by_motion)]);
    desk.rest();
    let motion: Vec<_> = desk.rows().iter().map(|row| row.motion_px).collect();
    assert!(motion.is_sorted_by(|a, b| b.is_none() || a >= b) && motion[5].is_none(), "{motion:?}");

    // A limit that drops the slowest clip, a clip dropped by hand, one that stands still kept by hand.
    let slowest = desk.rows()[3];
    let (slowest_at, least) = (desk.place(&slowest.path), slowest.motion_px.expect("measured") + 0.01);
    let mut choice = desk.state.data.choice.clone();
    choice.set(Column::MotionPx, ColumnLimits { min: Some(least), ..ColumnLimits::default() });
    let dropped = desk.place("b.gif");
    let dropped = if dropped == slowest_at { desk.place("d.gif") } else { dropped };
    desk.do_all([DataCommand::Choose(choice), DataCommand::Mark(dropped), DataCommand::Mark(still)]);
    desk.do_all([DataCommand::List(Listing { listed: Listed::Kept, ..Listing::default() })]);
    desk.rest();
    assert_eq!(desk.rows().len(), 3);
    assert!(desk.state.data.rows.get(slowest_at).is_some_and(|row| row.reasons[0].starts_with("motion_px < ")));
    assert!(desk.state.data.rows.get(dropped).is_some_and(|row| row.reasons == [BY_HAND]));
    assert_eq!(desk.state.data.rows.get(still).and_then(|row| row.keep), Some(true));
    run(&mut desk.state, Action::UndoDelete);
    desk.rest();
    assert_eq!(desk.rows().len(), 2, "Ctrl+Z takes the last decision back");

    // Captions by hand, and back.
    let kept = desk.state.data.order()[0];
    let text = |desk: &Desk| desk.state.data.rows.get(kept).expect("a row").text.clone();
    let before = text(&desk);
    desk.do_all([DataCommand::Edit(kept), DataCommand::SetText("stripes that move".to_owned()), DataCommand::KeepText]);
    assert_eq!(text(&desk), "stripes that move");
    run(&mut desk.state, Action::UndoDelete);
    assert_eq!(text(&desk), before);
    desk.do_all([DataCommand::Edit(kept), DataCommand::SetText("stripes that move".to_owned()), DataCommand::KeepText]);
    desk.rest();

    // A training set, handed to the training page.
    let set = home.path().join("set");
    let mut effects = Vec::new();
    desk.state.on_open_path(OpenPurpose::DataTrain, Some(set.clone()), true, &mut effects);
    desk.carry_out(effects);
    desk.rest();
    let table = fs::read_to_string(set.join("captions.csv")).expect("it is written");
    assert_eq!((table.lines().count(), table.contains("stripes that move")), (3, true), "{table}");
    let written = desk.state.data.written.clone().expect("it is told");
    assert_eq!((written.clips, &written.path), (2, &set));
    desk.do_all([DataCommand::TrainOn(written.path)]);
    assert_eq!(desk.state.view.dialog, Some(DialogKind::Training));
    let look = desk.others.drain(..).find_map(|effect| match effect {
        Effect::Training(order @ TrainingOrder::Look { .. }) => Some(order),
        _ => None,
    });
    desk.tasks.training(look.expect("the page looks at the folder"));
    desk.until("training's look", |state| state.training.list().is_some());
    let captions: Vec<_> =
        desk.state.training.list().expect("a list").clips.iter().map(|clip| &*clip.caption).collect();
    assert_eq!((captions.len(), captions.contains(&"stripes that move")), (2, true), "{captions:?}");
    desk.state.view.dialog = None;

    // Shards, a page and a manifest that commands read.
    for (what, path) in [
        (DataExport::Shards, home.path().join("shards")),
        (DataExport::Page(Default::default()), home.path().join("page.html")),
        (DataExport::Manifest, home.path().join("clips/kept.csv")),
    ] {
        let mut effects = Vec::new();
        match what {
            DataExport::Shards => {
                desk.state.on_open_path(OpenPurpose::DataShards, Some(path.clone()), true, &mut effects);
            }
            DataExport::Page(_) => save(&mut desk.state, SavedThing::DataPage, &path, &mut effects),
            _ => save(&mut desk.state, SavedThing::DataManifest, &path, &mut effects),
        }
        desk.carry_out(effects);
        desk.rest();
        assert!(path.exists() && desk.state.data.problem.is_none(), "{path:?}: {:?}", desk.state.data.problem);
    }
    assert!(home.path().join("shards/00000.tar").is_file());
    let rows = manifest::read(&home.path().join("clips/kept.csv")).expect("readable");
    assert_eq!((rows.len(), rows.iter().filter(|row| row.keep == Some(true)).count()), (6, 2));
    assert!(rows.iter().any(|row| row.path == "more/c.gif"), "paths are relative to where it was written");
    assert_eq!(fs::read_dir(&clips).expect("readable").count(), 11, "every file is still there, beside the manifest");
    desk.close();
}

#[test]
fn closing_in_the_middle_of_a_scan_loses_nothing() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = home.path().join("many");
    fs::create_dir_all(&clips).expect("writable");
    for index in 0..60 {
        clip(&clips.join(format!("{index:02}.gif")), index, 1 + index % 3);
    }
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips.clone())]);
    desk.until("the first clips", |state| !state.data.rows.all().is_empty());
    assert!(desk.state.data.work.is_some(), "rows come while it runs");
    // Decided while more arrive, and closed at once.
    desk.do_all([DataCommand::Mark(0), DataCommand::Edit(1), DataCommand::SetText("written by hand".to_owned())]);
    let known = desk.state.data.rows.all().len();
    assert!(known < 60, "in the middle");
    let names: Vec<String> = [0, 1].map(|row| desk.state.data.rows.all()[row].path.clone()).into();
    desk.close();

    // The page opens what was open last, and goes on.
    let mut desk = Desk::new(&home.path().join("home"));
    let effects = run(&mut desk.state, Action::ShowData);
    desk.carry_out(effects);
    desk.until("opening", |state| state.data.open.is_some());
    assert!(desk.state.data.rows.all().len() >= known);
    assert_eq!(desk.state.data.work.as_ref().map(|work| work.stage), Some(DataStage::Scan));
    desk.rest();
    assert_eq!(desk.state.data.rows.all().len(), 60);
    let by_name = |name: &String| desk.state.data.rows.all().iter().find(|row| row.path == *name).expect("it is there");
    assert_eq!(by_name(&names[0]).extra.get(BY_HAND), Some(&false.into()));
    assert_eq!(by_name(&names[1]).text, "written by hand");
    // A file that goes and one that comes.
    fs::remove_file(clips.join("07.gif")).expect("removable");
    clip(&clips.join("60.gif"), 60, 2);
    desk.do_all([DataCommand::Start(DataStage::Scan)]);
    desk.rest();
    assert_eq!(desk.state.data.rows.all().len(), 61, "what has gone is a row that says so");
    let gone = desk.place("07.gif");
    assert!(desk.state.data.rows.get(gone).is_some_and(|row| row.error.is_some()));
    // A second window leaves it alone.
    let mut second = Desk::new(&home.path().join("home"));
    second.do_all([DataCommand::Open(clips)]);
    second.until("a word", |state| state.data.problem.is_some());
    assert!(second.state.data.open.is_none());
    desk.close();
}

#[test]
fn a_stage_that_is_cancelled_keeps_what_it_found_and_goes_on() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = home.path().join("clips");
    fs::create_dir_all(&clips).expect("writable");
    (0..24).for_each(|index| clip(&clips.join(format!("{index:02}.gif")), index, 2));
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips)]);
    desk.rest();
    desk.do_all([DataCommand::Start(DataStage::Motion)]);
    let measured = |state: &State| state.data.rows.all().iter().filter(|row| row.motion_px.is_some()).count();
    desk.until("the first clips", |state| measured(state) > 0);
    desk.do_all([DataCommand::Stop]);
    desk.rest();
    let done = measured(&desk.state);
    assert!(done > 0 && done < 24, "{done}");
    assert_eq!(desk.state.data.cost(DataStage::Motion).clips, 24 - done);
    desk.do_all([DataCommand::Start(DataStage::Motion)]);
    desk.rest();
    assert_eq!(measured(&desk.state), 24);
    desk.close();
}

#[test]
fn a_manifest_of_others_stays_as_it_is() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    let table = clips.join("scores.csv");
    let before = "path,text,vqa_overall\na.mp4,a dog,50\nb.gif,a cat,20\nnowhere.gif,a cow,90\n";
    fs::write(&table, before).expect("writable");
    let mut desk = Desk::new(&home.path().join("home"));
    desk.apply([data(DataCommand::Open(table.clone()))]);
    desk.rest();
    assert_eq!(desk.names(), ["a.mp4", "b.gif", "nowhere.gif"]);
    desk.do_all([DataCommand::See(0..3)]);
    let row = desk.place("a.mp4");
    desk.until("a picture", |state| state.data.pictures.get(row).is_some());
    let picture = desk.state.data.pictures.get(row).expect("it came");
    assert_eq!((picture.width(), picture.height(), picture.count()), (96, 64, 8));
    // Something that is no manifest leaves alone what is open.
    desk.do_all([DataCommand::Open(clips.join("b.gif"))]);
    desk.until("a word", |state| state.data.problem.is_some());
    desk.do_all([DataCommand::Mark(row)]);
    desk.rest();
    let at = desk.state.data.open.clone().expect("it is open").at;
    desk.close();
    assert_eq!(fs::read_to_string(&table).expect("readable"), before);
    let kept = manifest::read(&at.join("manifest.parquet")).expect("written whole");
    assert_eq!(kept.iter().find(|row| row.path.ends_with("a.mp4")).map(|row| row.keep), Some(Some(false)));
    // Something that is no manifest says what to do.
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips.join("b.gif"))]);
    desk.until("a word", |state| state.data.problem.is_some());
    assert!(desk.state.data.open.is_none());
}

/// What a server was asked.
#[derive(Default)]
pub struct Asked {
    /// Questions, as they were sent.
    pub bodies: Mutex<Vec<String>>,
    /// Questions that are being answered, and the most that were at the same time.
    pub open: AtomicUsize,
    pub most: AtomicUsize,
}

fn server() -> String {
    server_that_takes(Duration::ZERO).0
}

/// A server that answers every question with a sentence after some time, but for one whose answer is none.
pub fn server_that_takes(time: Duration) -> (String, Arc<Asked>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = format!("http://{}", listener.local_addr().expect("it listens"));
    let all = Arc::new(Asked::default());
    let of_thread = Arc::clone(&all);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let all = Arc::clone(&of_thread);
            thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().expect("a socket"));
                loop {
                    let (mut line, mut length, mut is_list) = (String::new(), 0, false);
                    loop {
                        line.clear();
                        if reader.read_line(&mut line).unwrap_or(0) == 0 {
                            return;
                        }
                        let lower = line.to_ascii_lowercase();
                        is_list |= lower.starts_with("get ");
                        if let Some(value) = lower.strip_prefix("content-length:") {
                            length = value.trim().parse().unwrap_or(0);
                        }
                        if line.trim().is_empty() {
                            break;
                        }
                    }
                    let mut body = vec![0; length];
                    if reader.read_exact(&mut body).is_err() {
                        return;
                    }
                    let asked = String::from_utf8_lossy(&body).into_owned();
                    if !is_list {
                        let open = all.open.fetch_add(1, Ordering::SeqCst) + 1;
                        all.most.fetch_max(open, Ordering::SeqCst);
                        all.bodies.lock().expect("no panic").push(asked.clone());
                        thread::sleep(time);
                        all.open.fetch_sub(1, Ordering::SeqCst);
                    }
                    let said = if asked.contains("pattern 2") {
                        "As an AI language model, I cannot help with that."
                    } else {
                        "A pattern of coloured squares moves slowly over a plain ground."
                    };
                    let answer = if is_list {
                        r#"{"data":[{"id":"test-model"}]}"#.to_owned()
                    } else {
                        let message = serde_json::json!({"role": "assistant", "content": said});
                        serde_json::json!({
                            "choices": [{"message": message, "finish_reason": "stop"}],
                            "usage": {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52},
                        })
                        .to_string()
                    };
                    let head = format!(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                        answer.len()
                    );
                    if stream.write_all(format!("{head}{answer}").as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, all)
}

#[test]
fn captions_are_tried_rewritten_accepted_and_refused() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips)]);
    desk.rest();
    assert!(desk.state.why_not_stage(DataStage::Caption).is_some(), "no server is set");
    desk.state.prompting.server = ServerSettings { address: server(), ..ServerSettings::default() };
    desk.do_all([DataCommand::Start(DataStage::Sample)]);
    desk.rest();
    let samples = desk.state.data.samples.as_ref().expect("they came");
    assert_eq!((samples.len(), samples.iter().filter(|sample| sample.after.is_some()).count()), (5, 4), "{samples:?}");
    assert!(desk.state.data.rows.with_offers().is_empty(), "nothing is written");
    desk.do_all([DataCommand::Start(DataStage::Caption)]);
    desk.rest();
    assert!(desk.state.data.problem.is_none(), "{:?}", desk.state.data.problem);
    let offers = desk.state.data.rows.with_offers();
    assert_eq!(offers.len(), 4, "one answer was none");
    assert_eq!(desk.state.data.listing.listed, Listed::Offered, "they are shown");
    let first = offers[0];
    let before = desk.state.data.rows.get(first).expect("a row").text.clone();
    desk.do_all([DataCommand::Cursor(first)]);
    run(&mut desk.state, Action::DataAccept);
    let row = desk.state.data.rows.get(first).expect("a row");
    assert_eq!((row.text.starts_with("A pattern of"), row.text_original.as_ref()), (true, Some(&before)));
    desk.do_all([DataCommand::Cursor(offers[1])]);
    run(&mut desk.state, Action::DataRefuse);
    desk.rest();
    run(&mut desk.state, Action::DataAcceptAll);
    desk.rest();
    assert!(desk.state.data.rows.with_offers().is_empty());
    assert!(desk.state.why_not(Action::DataAcceptAll).is_some());
    run(&mut desk.state, Action::UndoDelete);
    assert_eq!(desk.state.data.rows.with_offers().len(), 2, "all of them come back at once");
    // Again: what was refused by hand is not offered, and the journal answers.
    desk.do_all([DataCommand::Start(DataStage::Caption)]);
    desk.rest();
    assert!(desk.state.data.rows.get(offers[1]).is_some_and(|row| offered(row).is_none()));
    desk.close();
}
