//! `hummingbird generate`: a prompt becomes a file.

use std::time::Instant;

use anyhow::Context;
use crossbeam_channel::select;
use hummingbird_engine::error::EngineError;
use hummingbird_engine::job::{Cancelled, Event, JobId, JobProgress, Outcome, UsedDecoder};
use hummingbird_engine::json_path::JsonPath;
use hummingbird_engine::memory::{JobNeed, JobUse};
use hummingbird_engine::message::Message;
use hummingbird_engine::pipeline::video_out::{Embed, Existing, ExportError, ExportReport};
use hummingbird_engine::request::{GenerateRequest, RawRequest};
use hummingbird_engine::worker::{EngineHandle, EngineOptions};
use serde::Serialize;
use serde_json::Value;

use super::args::GenerateArgs;
use super::failure::Lines;
use super::interrupt::Interrupt;
use super::output::{self, Target, Wishes};
use super::progress::{Display, Step, duration};
use super::stage_times::StageTimes;
use super::{enhance, models, print};
use crate::sentences::{detail_in_words, details, in_words};

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct ClipResult<'a> {
    paths: Vec<JsonPath<'a>>,
    bytes: u64,
    request: &'a GenerateRequest,
    seed: u64,
    model: &'a str,
    model_sha256: &'a str,
    decoder: &'a str,
    device: &'a str,
    latent: Option<JsonPath<'a>>,
    warnings: &'a [String],
    /// Code and parameters of each warning.
    warning_details: &'a [Value],
    memory: Memory,
    timings: &'a Timings,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Code and parameters of what kept the clip from its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<Value>,
}

/// Bytes that the job was to hold, and those that it did hold in memory of the processor.
#[derive(Clone, Copy, Serialize)]
struct Memory {
    need: JobNeed,
    used: JobUse,
}

/// Seconds of the parts.
#[derive(Serialize)]
struct Timings {
    /// Reading the model's description, and checking the request.
    open_secs: f32,
    /// The job.
    generate_secs: f32,
    /// Those of the job by stage.
    stages: StageTimes,
    export_secs: f32,
    total_secs: f32,
}

pub(super) fn run(args: &GenerateArgs) -> anyhow::Result<()> {
    let started = Instant::now();
    let source = models::source(&args.model);
    let parts = models::parts(&source, &args.parts);
    let options = EngineOptions { parts, ..EngineOptions::new(crate::folders().ok()) };
    let engine = EngineHandle::start(&source, options)?;
    engine.want_previews(false);
    engine.use_share(args.gpu_share);
    if let Some(limit) = args.memory_limit {
        engine.limit_memory(limit.0);
    }
    let wildcards = crate::folders().map(|folders| folders.wildcards).unwrap_or_default();
    let interrupt = Interrupt::listen()?;
    let mut display = Display::new(args.report.quiet);
    let mut raw = raw_request(args);
    if args.enhance {
        let enhanced = enhance::ask(&args.server, &raw.prompt, engine.model(), &interrupt, &mut display)?;
        raw.prompt = enhanced.text;
    }
    enhance::put_styles(&args.styles, &mut raw)?;
    let request = raw.choosing_wildcards(&wildcards)?.validate(&engine.model().limits)?;
    let wishes = Wishes {
        path: args.output.as_deref(),
        existing: if args.force { Existing::Replace } else { Existing::Keep },
        embed: if args.no_metadata { Embed::Nothing } else { Embed::Provenance },
        export: &args.export,
    };
    let mut target = Target::check(&wishes, &request)?;
    let open_secs = started.elapsed().as_secs_f32();
    let job = engine.submit(request)?;
    let computed = compute(&engine, job, &interrupt, &mut display, &mut |_| ())?;
    let made = Made::write(computed, &mut target, &interrupt, &mut display)?.timed(open_secs, started);
    display.finish();
    let reported = if args.report.json {
        print::json(&made.result())
    } else {
        report_to_people(&made.report, &made.outcome, &made.timings, &display)
    };
    let Made { error, report, .. } = made;
    match error {
        Some(error) => Err(error.into()),
        None => reported.with_context(|| format!("the clip was written to {:?}", report.paths)),
    }
}

/// A clip in its file, with all that is said of it.
pub(super) struct Made {
    pub outcome: Outcome,
    pub report: ExportReport,
    /// What kept the clip from its place; then it was saved elsewhere.
    pub error: Option<Lines>,
    error_details: Option<Value>,
    decoder: String,
    warnings: Vec<String>,
    warning_details: Vec<Value>,
    timings: Timings,
}

impl Made {
    /// Writes a clip to its place, or where that cannot be, to another.
    ///
    /// # Errors
    /// When no place took it, and `Cancelled`.
    pub fn write(
        (outcome, stages): (Outcome, StageTimes),
        target: &mut Target,
        interrupt: &Interrupt,
        display: &mut Display,
    ) -> anyhow::Result<Self> {
        let export_started = Instant::now();
        let provenance = hummingbird_engine::jobs::provenance::provenance_of(&outcome);
        let written = target.write(&outcome.frames, &provenance, &interrupt.token, display);
        let error_details = written.as_ref().err().map(|error| details(error));
        let (report, error) = match written {
            Ok(report) => (report, None),
            Err(ExportError::Cancelled) => return Err(Cancelled.into()),
            Err(error) => {
                display.finish();
                let rescued = target.rescue(&outcome.frames, &provenance, &output::rescue_folders());
                let report = rescued.ok_or_else(|| lost(&error, &outcome))?;
                let place = report.paths.first().cloned().unwrap_or_default();
                let error = print::value(&in_words(&error)).into_owned();
                (report, Some(Lines(format!("{error}\nthe clip was not lost, it was saved here: {place:?}"))))
            }
        };
        for note in &report.notes {
            display.warn(&in_words(note));
        }
        let (of_job, of_file) = (outcome.warnings.iter(), report.notes.iter());
        let said: Vec<&dyn Message> =
            of_job.map(|warning| warning as &dyn Message).chain(of_file.map(|note| note as &dyn Message)).collect();
        let warnings = said.iter().map(|message| in_words(*message)).collect();
        let warning_details = said.iter().map(|message| details(*message)).collect();
        let export_secs = export_started.elapsed().as_secs_f32();
        let timings = Timings {
            open_secs: 0.0,
            generate_secs: outcome.elapsed_secs,
            stages,
            export_secs,
            total_secs: outcome.elapsed_secs + export_secs,
        };
        let decoder = provenance.decoder;
        Ok(Self { outcome, report, error, error_details, decoder, warnings, warning_details, timings })
    }

    fn timed(mut self, open_secs: f32, started: Instant) -> Self {
        self.timings.open_secs = open_secs;
        self.timings.total_secs = started.elapsed().as_secs_f32();
        self
    }

    /// What `--json` prints.
    pub fn result(&self) -> ClipResult<'_> {
        let Self { outcome, report, .. } = self;
        ClipResult {
            paths: report.paths.iter().map(|path| JsonPath(path)).collect(),
            bytes: report.bytes,
            request: &outcome.request,
            seed: outcome.request.clip.seed,
            model: &outcome.model_name,
            model_sha256: &outcome.model_sha256,
            decoder: &self.decoder,
            device: &outcome.device_name,
            latent: outcome.latent_path.as_deref().map(JsonPath),
            warnings: &self.warnings,
            warning_details: &self.warning_details,
            memory: Memory { need: outcome.memory_need, used: outcome.memory_use },
            timings: &self.timings,
            error: self.error.as_ref().map(ToString::to_string),
            error_details: self.error_details.clone(),
        }
    }
}

fn raw_request(args: &GenerateArgs) -> RawRequest {
    let loras = args.loras.iter().map(Into::into).collect();
    RawRequest { loras, device: args.device, ..args.clip.0.clone() }
}

/// Runs a job to its end, showing its events and handing its progress on; the first Ctrl-C cancels it.
pub(super) fn compute(
    engine: &EngineHandle,
    job: JobId,
    interrupt: &Interrupt,
    display: &mut Display,
    on_progress: &mut dyn FnMut(&JobProgress),
) -> anyhow::Result<(Outcome, StageTimes)> {
    let mut times = StageTimes::default();
    loop {
        let event = select! {
            recv(engine.events()) -> event => event.map_err(|_| EngineError::EngineStopped)?,
            recv(interrupt.channel) -> _ => {
                engine.cancel(job);
                continue;
            }
        };
        match event {
            Event::Started { device, reason, .. } => {
                display.note(&format!("computing on {device}: {}", detail_in_words(&reason)));
            }
            Event::Planned { need, .. } => display.note(&memory(&need)),
            Event::Progress { progress, .. } => {
                times.note(progress);
                on_progress(&progress);
                show(display, &progress);
            }
            Event::Warning { warning, .. } => display.warn(&in_words(&warning)),
            Event::PreviewReady { .. } | Event::LatentKept { .. } | Event::Prepared { .. } => {}
            Event::Done { outcome, .. } => {
                times.end(outcome.elapsed_secs);
                return Ok((*outcome, times));
            }
            Event::Failed { error, .. } => return Err(error.into()),
            Event::Cancelled { .. } => return Err(Cancelled.into()),
        }
    }
}

fn show(display: &mut Display, progress: &JobProgress) {
    display.show(&Step {
        stage: progress.stage.label(),
        done: u64::from(progress.done),
        total: u64::from(progress.total),
        eta_secs: progress.eta_secs.map(f64::from),
        detail: "",
    });
}

/// What a job will hold, for people.
fn memory(need: &JobNeed) -> String {
    let mapped = match need.mapped_bytes() {
        0 => String::new(),
        mapped => format!(", plus {} of memory-mapped weights", print::bytes(mapped as u64)),
    };
    let decoding = match need.tiles {
        1 => String::new(),
        tiles => format!("; each frame is decoded in {tiles} tiles"),
    };
    format!("needs about {} of memory{mapped}{decoding}", print::bytes(need.held_bytes() as u64))
}

/// Neither the file nor a rescue could be written: the latent may still be there.
fn lost(error: &ExportError, outcome: &Outcome) -> Lines {
    let error = print::value(&in_words(error)).into_owned();
    Lines(match &outcome.latent_path {
        Some(latent) => format!(
            "{error}\nno other folder took the clip either; its latent is kept, so that the window can decode it again: \
             {latent:?}"
        ),
        None => format!(
            "{error}\nno other folder took the clip either: make room, then run the same command with --seed {}",
            outcome.request.clip.seed
        ),
    })
}

fn report_to_people(
    report: &ExportReport,
    outcome: &Outcome,
    timings: &Timings,
    display: &Display,
) -> anyhow::Result<()> {
    display.note(&format!(
        "{} frames of {}x{} in {}, seed {}, {}{}",
        outcome.frames.count(),
        outcome.frames.width(),
        outcome.frames.height(),
        duration(f64::from(timings.total_secs)),
        outcome.request.clip.seed,
        print::bytes(report.bytes),
        match &outcome.decoder {
            UsedDecoder::Full => String::new(),
            UsedDecoder::Tiny { name, .. } => format!(", decoded by {name}"),
        }
    ));
    report.paths.iter().try_for_each(|path| print::path(path))
}
