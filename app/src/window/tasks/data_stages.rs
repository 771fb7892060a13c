//! Stages of the data page on a thread of their own, one at once: what they find reaches the window while they run, clip by clip or some
//! at a time, so that whatever ends them loses nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;
use hummingbird_engine::chat::ChatOptions;
use hummingbird_engine::data::caption::{CaptionError, CaptionOptions, Ended, REFUSED_COLUMN, caption, preview};
use hummingbird_engine::data::clips::Clips;
use hummingbird_engine::data::export::{Placing, WebDataset, training};
use hummingbird_engine::data::filter::filter;
use hummingbird_engine::data::manifest::{self, Row};
use hummingbird_engine::data::motion::{ClipMotionError, MotionLimits, MotionWatch, fill_motion, fill_smoothness};
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::report::{ReportOptions, report, write_page};
use hummingbird_engine::data::scan::{ScanError, ScanOptions, ScanRows, scan_watched};
use hummingbird_engine::data::score::{DoverJudge, ScoreError, Watch, fill_scores};
use hummingbird_engine::data::work::{self, Plan, Step, WorkError};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::forward::{amt, dover, dover_known};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::progress::{Progress, ProgressSink, RateMeter, StageName, Throttle, Unit};
use hummingbird_engine::worker::Wake;

use super::data::MANIFEST;
use super::opening::DeviceOpener;
use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::window::state::data_networks::{DataNetwork, KnownNetwork};
use crate::window::state::data_view::{Choice, Stages, to_score};
use crate::window::state::data_work::{
    Asking, DataEnd, DataExport, DataOrder, DataReport, DataStage, Numbered, ScoreFiles,
};
use crate::window::state::latest::Ticket;

/// What the scan keeps for itself.
const SCAN: &str = "scan.parquet";
/// Captions that are asked for, and those that were written.
const QUESTIONS: &str = "captions-asked.parquet";
const CAPTIONS: &str = "captions.parquet";
/// Captions between two times that offers are shown, and that many for each that is asked for at once.
const CAPTIONS_SHOWN: usize = 64;
const CAPTIONS_OF_EACH: usize = 4;
/// Clips of a shard.
const PER_SHARD: usize = 1000;

/// How a stage ends: in words where it fails.
type Ends = Result<DataEnd, String>;

/// The window's ear for a stage.
struct Teller {
    sender: Sender<Report>,
    wake: Wake,
    ticket: Ticket,
    cancel: CancelToken,
    /// A rate and what it last told.
    meter: Mutex<(RateMeter, Throttle)>,
}

impl Teller {
    fn tell(&self, report: DataReport) {
        // Without a receiver the window has gone, and nobody waits for the report.
        if self.sender.send(Report::Data(report)).is_ok() {
            (self.wake)();
        }
    }

    fn progress(&self, progress: Progress) {
        let mut meter = self.meter.lock().unwrap_or_else(PoisonError::into_inner);
        let (meter, throttle) = &mut *meter;
        let rated = meter.rated(progress);
        let is_last = rated.progress.total == Some(rated.progress.done) || rated.progress.done == 0;
        if throttle.is_due(is_last) {
            self.tell(DataReport::Progress(self.ticket, rated));
        }
    }

    /// Progress of a part of the clips, as one of all.
    fn of_part(&self, name: &'static str, before: usize, total: usize) -> impl ProgressSink + Send + '_ {
        move |progress: Progress| {
            let done = before as u64 + progress.done;
            self.progress(Progress::new(StageName(name), Unit::Clips, done, Some(total as u64)));
        }
    }

    /// A clip was looked at.
    fn learned(&self, number: usize, row: &Row) {
        self.tell(DataReport::Learned(self.ticket, vec![(number, row.clone())]));
    }
}

impl Tasks {
    /// Starts a stage, after the one before, which was stopped or has ended.
    pub(super) fn data_stage(&mut self, order: DataOrder) {
        let opener = self.opener();
        match order {
            DataOrder::Scan { ticket, at, source, rows } => {
                self.run_stage(ticket, DataStage::Scan, move |teller| scan(teller, &at, source, &rows));
            }
            DataOrder::Motion { ticket, at, rows } => {
                self.run_stage(ticket, DataStage::Motion, move |teller| motion(teller, &at, &rows));
            }
            DataOrder::LookAtNetwork { ticket, network, file } => {
                let broken = move |reason| Report::Data(DataReport::Known(ticket, network, Err(reason)));
                self.spawn("hummingbird-data-network", broken, move || {
                    Report::Data(DataReport::Known(ticket, network, known(network, &file)))
                });
            }
            DataOrder::Score { ticket, at, files, device, rows } => {
                let score = move |teller: &Teller| score(teller, &at, &files, (&opener, device), &rows);
                self.run_stage(ticket, DataStage::Score, score);
            }
            DataOrder::Smoothness { ticket, at, file, device, rows } => {
                let measure = move |teller: &Teller| smoothness(teller, &at, &file, (&opener, device), &rows);
                self.run_stage(ticket, DataStage::Smoothness, measure);
            }
            DataOrder::Sample { ticket, at, asking, rows } => {
                let ask = move |teller: &Teller| {
                    let from = at.join(QUESTIONS);
                    write(&from, &rows.iter().map(|(_, row)| Row::clone(row)).collect::<Vec<_>>())?;
                    match preview(&from, &caption_options(asking), &Places::default(), &teller.cancel) {
                        Ok(samples) => Ok(DataEnd::Samples(samples)),
                        Err(CaptionError::Cancelled(_)) => Ok(DataEnd::Stopped),
                        Err(error) => Err(in_words(&error)),
                    }
                };
                self.run_stage(ticket, DataStage::Sample, ask);
            }
            DataOrder::Caption { ticket, at, asking, rows } => {
                self.run_stage(ticket, DataStage::Caption, move |teller| captions(teller, &at, asking, &rows));
            }
            DataOrder::Export { ticket, at, what, to, rows } => {
                let rows = move || rows.iter().map(|row| Row::clone(row)).collect::<Vec<Row>>();
                match what {
                    DataExport::Train => {
                        self.run_stage(ticket, DataStage::Train, move |teller| train(teller, &at, to, &rows()));
                    }
                    DataExport::Shards => {
                        self.run_stage(ticket, DataStage::Shards, move |teller| shards(teller, &at, to, rows()));
                    }
                    DataExport::Page(choice) => {
                        let write = move |teller: &Teller| page(teller, &at, to, rows(), &choice);
                        self.run_stage(ticket, DataStage::Page, write);
                    }
                    DataExport::Manifest => {
                        self.run_stage(ticket, DataStage::Manifest, move |_| {
                            let mut rows = rows();
                            manifest::rebase(&mut rows, &at, &manifest::folder_of(&to));
                            let clips = rows.len() as u64;
                            write(&to, &rows)?;
                            Ok(DataEnd::Written { path: to, clips, failed: Vec::new() })
                        });
                    }
                }
            }
            _ => {}
        }
    }

    fn run_stage(&mut self, ticket: Ticket, stage: DataStage, run: impl FnOnce(&Teller) -> Ends + Send + 'static) {
        if let Some(cancel) = self.data.cancel.take() {
            cancel.cancel();
        }
        let (cancel, before) = (CancelToken::default(), self.data.stage.take());
        let teller = Teller {
            sender: self.sender.clone(),
            wake: Arc::clone(&self.wake),
            ticket,
            cancel: cancel.clone(),
            meter: Mutex::default(),
        };
        self.data.cancel = Some(cancel);
        let broken = move |reason| Report::Data(DataReport::Ended(ticket, stage, Err(reason)));
        self.data.stage = self.spawn("hummingbird-data-stage", broken, move || {
            super::joined(before);
            Report::Data(DataReport::Ended(ticket, stage, run(&teller)))
        });
    }
}

fn write(path: &Path, rows: &[Row]) -> Result<(), String> {
    manifest::write(path, rows).map_err(|error| in_words(&error))
}

fn scan(teller: &Teller, at: &Path, source: PathBuf, rows: &[Arc<Row>]) -> Ends {
    let output = at.join(SCAN);
    // Rows that are known are reused where the files are as they were.
    write(&output, &rows.iter().map(|row| Row::clone(row)).collect::<Vec<_>>())?;
    let options = ScanOptions { folders: vec![source], output, tables: Vec::new(), finds_near_duplicates: true };
    let mut found = |rows: ScanRows<'_>| match rows {
        ScanRows::New([]) => {}
        ScanRows::New(rows) => teller.tell(DataReport::Found(teller.ticket, rows.to_vec())),
        ScanRows::All(rows) => teller.tell(DataReport::FoundAll(teller.ticket, rows.to_vec())),
    };
    match scan_watched(&options, &teller.cancel, &mut |progress| teller.progress(progress), &mut found) {
        Ok(report) => {
            teller.tell(DataReport::Noted(teller.ticket, report.notes));
            Ok(DataEnd::Done)
        }
        Err(ScanError::Cancelled(_)) => Ok(DataEnd::Stopped),
        Err(error) => Err(in_words(&error)),
    }
}

fn numbers_and_rows(rows: &Numbered) -> (Vec<usize>, Vec<Row>) {
    rows.iter().map(|(number, row)| (*number, Row::clone(row))).unzip()
}

/// Lets a stage that measures motion look at rows, and tells what it finds.
fn measured(
    teller: &Teller,
    at: &Path,
    rows: &Numbered,
    stage: impl FnOnce(&mut [Row], &Clips<'_>, MotionWatch<'_>) -> Result<(), ClipMotionError>,
) -> Ends {
    let (numbers, mut rows) = numbers_and_rows(rows);
    let places = Places::default();
    let mut progress = |progress| teller.progress(progress);
    let mut done = |index: usize, row: &Row| teller.learned(numbers[index], row);
    let watch = MotionWatch { cancel: &teller.cancel, progress: &mut progress, done: &mut done };
    match stage(&mut rows, &Clips::of(at, &places), watch) {
        Ok(()) => Ok(DataEnd::Done),
        Err(ClipMotionError::Cancelled(_)) => Ok(DataEnd::Stopped),
        Err(error) => Err(in_words(&error)),
    }
}

/// As many clips at once as there are threads.
fn motion(teller: &Teller, at: &Path, rows: &Numbered) -> Ends {
    measured(teller, at, rows, |rows, clips, watch| fill_motion(rows, clips, MotionLimits::default(), watch))
}

fn smoothness(
    teller: &Teller,
    at: &Path,
    file: &Path,
    (opener, choice): (&DeviceOpener, DeviceChoice),
    rows: &Numbered,
) -> Ends {
    let opened = opener.open(choice)?;
    let network = amt(file, &opened.device).map_err(|error| in_words(&error))?;
    measured(teller, at, rows, |rows, clips, watch| fill_smoothness(rows, clips, &network, &opened.device, watch))
}

/// What a file of a network is, by its tensors' names and shapes; of a small network by loading it.
fn known(network: DataNetwork, file: &Path) -> Result<KnownNetwork, String> {
    match network {
        DataNetwork::Sieve | DataNetwork::Judge => {
            let known = dover_known(file).map_err(|error| in_words(&error))?;
            Ok(KnownNetwork { name: known.name.to_owned(), gflop: known.gflop })
        }
        DataNetwork::Smoothness => {
            let opened = device::open(DeviceChoice::Cpu, None).map_err(|error| in_words(&error))?;
            amt(file, &opened.device).map_err(|error| in_words(&error))?;
            Ok(KnownNetwork { name: network.key().to_owned(), gflop: 0.0 })
        }
    }
}

/// As `data score` does: the cheap network looks at all, the large one at what is left; clips are decoded while networks look.
fn score(
    teller: &Teller,
    at: &Path,
    files: &ScoreFiles,
    (opener, choice): (&DeviceOpener, DeviceChoice),
    rows: &Numbered,
) -> Ends {
    let opened = opener.open(choice)?;
    let network = |file: &Option<PathBuf>| -> Result<Option<DoverJudge>, String> {
        file.as_ref().map(|file| dover(file, &opened.device)).transpose().map_err(|error| in_words(&error))
    };
    let (sieve, judge) = (network(&files.sieve)?, network(&files.judge)?);
    let (numbers, before): (Vec<usize>, Vec<Row>) = rows.iter().map(|(number, row)| (*number, to_score(row))).unzip();
    let mut scored = before.clone();
    let (places, options) = (Places::default(), Stages::score_options(files.sieve_share));
    let mut watch = Watch {
        cancel: &teller.cancel,
        sink: &mut |progress| teller.progress(progress),
        save: &mut |_| Ok(()),
        done: &mut |index, row| teller.learned(numbers[index], row),
    };
    let clips = Clips::of(at, &places);
    let ended = fill_scores(&mut scored, &clips, (sieve.as_ref(), judge.as_ref()), options, &mut watch);
    // Which clips the cheap network lets through is known when it has seen all.
    let changed = numbers.into_iter().zip(scored).zip(before).filter(|((_, now), before)| now != before);
    teller.tell(DataReport::Learned(teller.ticket, changed.map(|(now, _)| now).collect()));
    match ended {
        Ok(()) => Ok(DataEnd::Done),
        Err(ScoreError::Cancelled(_)) => Ok(DataEnd::Stopped),
        Err(error) => Err(in_words(&error)),
    }
}

fn caption_options(asking: Asking) -> CaptionOptions {
    let Asking { server, frames, parallel } = asking;
    CaptionOptions { server, frames, parallel, chat: ChatOptions::default(), ..CaptionOptions::default() }
}

/// As many captions at once as the user says, with one journal: what was answered is not asked again.
fn captions(teller: &Teller, at: &Path, asking: Asking, rows: &Numbered) -> Ends {
    let (from, to) = (at.join(QUESTIONS), at.join(CAPTIONS));
    let shown = CAPTIONS_SHOWN.max(asking.parallel * CAPTIONS_OF_EACH);
    let (options, places) = (caption_options(asking), Places::default());
    for (part, chunk) in rows.chunks(shown).enumerate() {
        let (numbers, asked): (Vec<usize>, Vec<Row>) = chunk
            .iter()
            .map(|(at, row)| {
                let mut row = Row::clone(row);
                // Of an earlier answer: whether it is refused now is asked anew.
                row.extra.remove(REFUSED_COLUMN);
                (*at, row)
            })
            .unzip();
        write(&from, &asked)?;
        let mut progress = teller.of_part("caption", part * shown, rows.len());
        let ended = match caption(&from, &to, &options, &places, &teller.cancel, &mut progress) {
            Ok(report) => report.ended,
            Err(CaptionError::Cancelled(_)) => return Ok(DataEnd::Stopped),
            Err(error) => return Err(in_words(&error)),
        };
        let written = manifest::read(&to).map_err(|error| in_words(&error))?;
        teller.tell(DataReport::Offered(teller.ticket, numbers.into_iter().zip(written).collect()));
        if let Ended::Failing(error) = ended {
            return Err(in_words(&CaptionError::from(error)));
        }
    }
    Ok(DataEnd::Done)
}

fn ended(result: Result<DataEnd, WorkError>) -> Ends {
    match result {
        Err(WorkError::Cancelled(_)) => Ok(DataEnd::Stopped),
        other => other.map_err(|error| in_words(&error)),
    }
}

fn train(teller: &Teller, at: &Path, to: PathBuf, rows: &[Row]) -> Ends {
    let (folder, places) = (Place::File(at.to_owned()), Places::default());
    let mut progress = |progress| teller.progress(progress);
    let written = training(rows, &folder, &to, Placing::Link, &places, &teller.cancel, &mut progress);
    ended(written.map(|done| {
        let failed = done.failed.into_iter().map(|(path, said)| format!("{path}: {said}")).collect();
        DataEnd::Written { path: to, clips: done.clips, failed }
    }))
}

fn shards(teller: &Teller, at: &Path, to: PathBuf, mut rows: Vec<Row>) -> Ends {
    rows.retain(|row| row.error.is_none() && row.keep != Some(false));
    if rows.is_empty() {
        return ended(Err(WorkError::NothingKept));
    }
    let total = rows.len();
    for (number, row) in rows.iter_mut().enumerate() {
        row.extra.insert("shard".to_owned(), (number / PER_SHARD).into());
    }
    let (output, places) = (Place::File(to.clone()), Places::default());
    let written = || {
        let plan = Plan::of_rows(rows, &Place::File(at.join(MANIFEST)))?;
        let (mut clips, mut unread) = (0, 0);
        for shard in 0..plan.shards {
            let mut steps: Vec<Box<dyn Step>> = vec![Box::new(WebDataset)];
            let before = usize::try_from(shard).unwrap_or(0) * PER_SHARD;
            let mut progress = teller.of_part("export", before, total);
            let done = work::run(&plan, shard, &mut steps, &output, &places, &teller.cancel, &mut progress)?;
            clips += done.counts.successes;
            unread += done.counts.failed;
        }
        let failed = if unread > 0 { vec![format!("{unread} / {total}")] } else { Vec::new() };
        Ok(DataEnd::Written { path: to, clips, failed })
    };
    ended(written())
}

fn page(teller: &Teller, at: &Path, to: PathBuf, mut rows: Vec<Row>, choice: &Choice) -> Ends {
    let summary = filter(&mut rows, &choice.options());
    let (folder, places) = (Place::File(at.to_owned()), Places::default());
    let mut progress = |progress| teller.progress(progress);
    let html = report(&rows, &summary, &folder, ReportOptions::default(), &places, &teller.cancel, &mut progress);
    let written = html.and_then(|html| write_page(&Place::File(to.clone()), &html, &places, &teller.cancel));
    ended(written.map(|()| DataEnd::Written { path: to, clips: summary.kept as u64, failed: Vec::new() }))
}
