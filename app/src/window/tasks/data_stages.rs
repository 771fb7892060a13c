//! Stages of the data page on a thread of their own, one at once: what they find reaches the window while they run, clip by clip or some
//! at a time, so that whatever ends them loses nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::Sender;
use hummingbird_engine::chat::{ChatOptions, ServerSettings};
use hummingbird_engine::data::caption::{CaptionError, CaptionOptions, Ended, REFUSED_COLUMN, caption, preview};
use hummingbird_engine::data::export::{Placing, WebDataset, training};
use hummingbird_engine::data::filter::filter;
use hummingbird_engine::data::manifest::{self, Row};
use hummingbird_engine::data::motion::{MotionLimits, fill_motion};
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::report::{ReportOptions, report, write_page};
use hummingbird_engine::data::scan::{ScanError, ScanOptions, ScanRows, scan_watched};
use hummingbird_engine::data::score::{
    DoverJudge, Judge as _, Network, ScoreError, ScoreOptions, ScorePlan, Watch, fill_scores,
};
use hummingbird_engine::data::work::{self, Plan, Step, WorkError};
use hummingbird_engine::device::{self, DeviceChoice, SpeedFile};
use hummingbird_engine::forward::dover;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::progress::{Progress, ProgressSink, RateMeter, StageName, Throttle, Unit};
use hummingbird_engine::worker::Wake;

use super::data::MANIFEST;
use super::{Report, Tasks};
use crate::sentences::in_words;
use crate::window::state::data_view::Choice;
use crate::window::state::data_work::{DataEnd, DataExport, DataOrder, DataReport, DataStage, KnownJudge, Numbered};
use crate::window::state::latest::Ticket;

/// What the scan keeps for itself.
const SCAN: &str = "scan.parquet";
/// Captions that are asked for, and those that were written.
const QUESTIONS: &str = "captions-asked.parquet";
const CAPTIONS: &str = "captions.parquet";
/// Clips of captions that are asked for at a time.
const CAPTIONS_AT_ONCE: usize = 64;
/// Clips that are scored at a time.
const SCORES_AT_ONCE: usize = 4;
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

    fn learned(&self, numbers: &[usize], rows: Vec<Row>) {
        self.tell(DataReport::Learned(self.ticket, numbers.iter().copied().zip(rows).collect()));
    }
}

impl Tasks {
    /// Starts a stage, after the one before, which was stopped or has ended.
    pub(super) fn data_stage(&mut self, order: DataOrder) {
        let speeds = self.folders.as_ref().map(SpeedFile::of);
        match order {
            DataOrder::Scan { ticket, at, source, rows } => {
                self.run_stage(ticket, DataStage::Scan, move |teller| scan(teller, &at, source, &rows));
            }
            DataOrder::Motion { ticket, at, rows } => {
                self.run_stage(ticket, DataStage::Motion, move |teller| motion(teller, &at, &rows));
            }
            DataOrder::LookAtJudge { ticket, file, device, rows } => {
                let broken = move |reason| Report::Data(DataReport::Judge(ticket, Err(reason)));
                self.spawn("hummingbird-data-judge", broken, move || {
                    let known = judge(&file, device, speeds.as_ref()).map(|(judge, device)| {
                        let rows: Vec<Row> = rows.iter().map(|row| Row::clone(row)).collect();
                        let plan = ScorePlan::of(&rows, options(), None, Some(Network::of(&judge)));
                        let ScorePlan { judge_clips: clips, tflop, .. } = plan;
                        KnownJudge { name: judge.name().to_owned(), clips, tflop, device }
                    });
                    Report::Data(DataReport::Judge(ticket, known))
                });
            }
            DataOrder::Score { ticket, at, file, device, rows } => {
                let score = move |teller: &Teller| {
                    let (judge, _) = judge(&file, device, speeds.as_ref())?;
                    score(teller, &at, &judge, &rows)
                };
                self.run_stage(ticket, DataStage::Score, score);
            }
            DataOrder::Sample { ticket, at, server, rows } => {
                let ask = move |teller: &Teller| {
                    let from = at.join(QUESTIONS);
                    write(&from, &rows.iter().map(|(_, row)| Row::clone(row)).collect::<Vec<_>>())?;
                    match preview(&from, &caption_options(server), &teller.cancel) {
                        Ok(samples) => Ok(DataEnd::Samples(samples)),
                        Err(CaptionError::Cancelled(_)) => Ok(DataEnd::Stopped),
                        Err(error) => Err(in_words(&error)),
                    }
                };
                self.run_stage(ticket, DataStage::Sample, ask);
            }
            DataOrder::Caption { ticket, at, server, rows } => {
                self.run_stage(ticket, DataStage::Caption, move |teller| captions(teller, &at, server, &rows));
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

fn motion(teller: &Teller, at: &Path, rows: &Numbered) -> Ends {
    // As many as are measured at once, so that what is done is seen soon.
    let at_once = thread::available_parallelism().map_or(2, usize::from).clamp(2, 64);
    for (part, chunk) in rows.chunks(at_once).enumerate() {
        let (numbers, mut measured): (Vec<usize>, Vec<Row>) =
            chunk.iter().map(|(at, row)| (*at, Row::clone(row))).unzip();
        let mut progress = teller.of_part("motion", part * at_once, rows.len());
        let ended = fill_motion(&mut measured, at, MotionLimits::default(), &mut progress, &teller.cancel);
        teller.learned(&numbers, measured);
        if ended.is_err() {
            return Ok(DataEnd::Stopped);
        }
    }
    Ok(DataEnd::Done)
}

/// Clips that are handed to it are to be scored, whatever reasons they have that the user ignores.
fn options() -> ScoreOptions {
    ScoreOptions { sieve_share: 1.0, all: true }
}

/// A network that scores, and the name of the device that it is on.
fn judge(file: &Path, choice: DeviceChoice, speeds: Option<&SpeedFile>) -> Result<(DoverJudge, String), String> {
    let opened = device::open(choice, speeds).map_err(|error| in_words(&error))?;
    let judge = dover(file, &opened.device).map_err(|error| in_words(&error))?;
    Ok((judge, opened.name))
}

fn score(teller: &Teller, at: &Path, judge: &DoverJudge, rows: &Numbered) -> Ends {
    for (part, chunk) in rows.chunks(SCORES_AT_ONCE).enumerate() {
        let (numbers, mut scored): (Vec<usize>, Vec<Row>) =
            chunk.iter().map(|(at, row)| (*at, Row::clone(row))).unzip();
        let mut progress = teller.of_part("vqa", part * SCORES_AT_ONCE, rows.len());
        let judges = (None::<&DoverJudge>, Some(judge));
        let mut watch = Watch { cancel: &teller.cancel, sink: &mut progress, save: &mut |_| Ok(()) };
        let ended = fill_scores(&mut scored, at, judges, options(), &mut watch);
        teller.learned(&numbers, scored);
        match ended {
            Ok(()) => {}
            Err(ScoreError::Cancelled(_)) => return Ok(DataEnd::Stopped),
            Err(error) => return Err(in_words(&error)),
        }
    }
    Ok(DataEnd::Done)
}

fn caption_options(server: ServerSettings) -> CaptionOptions {
    CaptionOptions { server, chat: ChatOptions::default(), ..CaptionOptions::default() }
}

/// Some captions at a time, with one journal: what was answered is not asked again.
fn captions(teller: &Teller, at: &Path, server: ServerSettings, rows: &Numbered) -> Ends {
    let (from, to) = (at.join(QUESTIONS), at.join(CAPTIONS));
    let options = caption_options(server);
    for (part, chunk) in rows.chunks(CAPTIONS_AT_ONCE).enumerate() {
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
        let mut progress = teller.of_part("caption", part * CAPTIONS_AT_ONCE, rows.len());
        let ended = match caption(&from, &to, &options, &teller.cancel, &mut progress) {
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
