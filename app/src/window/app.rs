//! The application as eframe sees it: carries out effects and feeds reports of the engine and of tasks into the state.

use std::sync::Arc;
use std::time::Duration;

use eframe::Frame;
use egui::{Context, RawInput, Ui, ViewportBuilder, ViewportCommand, vec2};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::jobs::journal::{Journal, Opened, Standing};
use hummingbird_engine::jobs::styles::Styles;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::request::GenerateRequest;

use super::WindowOptions;
use super::commands::command::{Command, LayoutCommand};
use super::commands::effect::Effect;
use super::hover::HoverWatch;
use super::pace::Pace;
use super::painter::Painter;
use super::shell::{SOFTWARE_WAIT, Shell};
use super::state::devices::DeviceOrder;
use super::state::latest::Ticket;
use super::state::layout::{Page, fitting};
use super::state::models::OpenedModel;
use super::state::paused::JournalOrder;
use super::state::prompting::PromptingOrder;
use super::state::queue::{JobPlan, QueuedJob};
use super::state::settings::Settings;
use super::state::view::{DialogKind, Level};
use super::state::work::{ModelReport, TrainingOrder};
use super::tasks::engine_link::EngineLink;
use super::tasks::instance::Instance;
use super::tasks::settings_file::SmallFile;
use super::tasks::{Report, Tasks};
use crate::language::tr;
use crate::sentences::{error_in_words, in_words};
use crate::system::{Awake, notify};

/// Name under which the system knows the window.
pub const APP_ID: &str = "hummingbird";

/// Seconds from a change to its being saved.
const SAVE_AFTER_SECS: f64 = 1.0;

/// Pictures after which a window is known to be drawn: the first is there before anything was shown.
const FIRST_PICTURES: u32 = 3;

/// The smallest window, in points.
const LEAST_SIZE: [f32; 2] = [320.0, 240.0];

/// The window before it opens.
pub fn viewport(settings: &Settings) -> ViewportBuilder {
    let [width, height] = settings.window_size.unwrap_or([1200.0, 820.0]);
    let size = vec2(width.clamp(LEAST_SIZE[0], 8192.0), height.clamp(LEAST_SIZE[1], 8192.0));
    let builder = ViewportBuilder::default()
        .with_title("Hummingbird")
        .with_app_id(APP_ID)
        .with_inner_size(size)
        .with_min_inner_size(LEAST_SIZE)
        .with_fullscreen(settings.full_screen)
        .with_drag_and_drop(true);
    match eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/icon-256.png")) {
        Ok(icon) => builder.with_icon(icon),
        Err(error) => {
            log::warn!("the window's icon cannot be read: {error}");
            builder
        }
    }
}

/// State, engine and tasks.
pub struct HummingbirdApp {
    shell: Shell,
    engine: Option<EngineLink>,
    tasks: Tasks,
    /// Jobs that are not finished, on disk; `None` where the system names no folders or its folder cannot be written.
    journal: Option<Journal>,
    saved: Settings,
    saved_styles: Styles,
    save_at_secs: Option<f64>,
    hover: HoverWatch,
    /// There while a clip is being made.
    awake: Option<Awake>,
    /// Who draws the window, and pictures until that is known to go well.
    painter: Option<(Painter, u32)>,
    /// Whether the window was made to fit its screen.
    fitted: bool,
    /// Whether the window covered the screen when the system last said so.
    covered: Option<bool>,
    /// Where the processor draws the window: how often.
    pace: Option<Arc<Pace>>,
}

impl HummingbirdApp {
    /// Starts opening the model; the window draws meanwhile. `pace` is there where the processor draws it.
    pub fn new(
        ctx: &Context,
        options: &WindowOptions,
        settings: Settings,
        warning: Option<String>,
        pace: Option<Arc<Pace>>,
    ) -> Self {
        let mut shell = Shell::new(settings.clone());
        if let Some(warning) = warning {
            shell.state.view.notify(Level::Warning, warning);
        }
        if let Some(model) = &options.model {
            shell.state.models.source = model.clone();
        }
        if let Some(device) = options.device {
            shell.state.form.controls.asked.device = device;
        }
        if let Some(folders) = &options.folders {
            shell.state.form.wildcards = folders.wildcards.clone();
            let (shortcuts, warning) = SmallFile::shortcuts(folders).load();
            shell.state.view.shortcuts = shortcuts;
            let (kept, warnings) = super::tasks::prompting::load(folders);
            shell.state.take_kept(kept);
            let (grids, damage) = SmallFile::grids(folders).load();
            shell.state.queue.grids.restore(grids);
            let (folders, problem) = SmallFile::model_folders(folders).load();
            shell.state.models.others.kept = folders;
            let warnings = warnings.into_iter().chain(warning).chain(damage).chain(problem);
            warnings.for_each(|text| shell.state.view.notify(Level::Warning, text));
        }
        let waker = ctx.clone();
        let journal = options.folders.as_ref().and_then(|folders| {
            let waker = waker.clone();
            match Journal::open(&folders.journal, Arc::new(move || waker.request_repaint())) {
                Ok(Opened { journal, entries, set_aside }) => {
                    shell.state.on_restored(entries, &set_aside);
                    Some(journal)
                }
                Err(error) => {
                    shell.state.view.notify(Level::Warning, unkept(&error));
                    None
                }
            }
        });
        let (for_progress, hurried) = (waker.clone(), pace.clone());
        let wake = move || {
            hurried.iter().for_each(|pace| pace.hurry());
            waker.request_repaint();
        };
        let mut tasks = Tasks::new(options.folders.clone(), Arc::new(wake));
        shell.in_software = pace.is_some();
        if pace.is_some() {
            tasks.wake_for_progress = Some(Arc::new(move || for_progress.request_repaint_after(SOFTWARE_WAIT)));
        }
        tasks.program_places.clone_from(&options.program_places);
        tasks.model_folders = shell.state.models.others.kept.clone();
        shell.state.queue.times = tasks.times();
        tasks.training(TrainingOrder::Find);
        tasks.open_library();
        tasks.watch_look();
        if settings.waits_on_battery {
            tasks.devices(DeviceOrder::WatchPower(true));
        }
        let source = shell.state.models.source.clone();
        let first = options.folders.is_some() && !shell.state.view.first_steps_seen;
        if first && !options.offers_safe_start && options.files.is_empty() {
            shell.state.show_first_steps();
            // Kept at once: whoever closes the window in the middle has seen them.
            shell.pending.push(Command::Layout(LayoutCommand::Page(Page::Create)));
        }
        if options.offers_safe_start {
            // What ended the last windows may be the model or its device: nothing is opened before that was decided.
            shell.state.view.dialog = Some(DialogKind::SafeStart);
        } else {
            tasks.open_model(shell.state.models.choose(source.clone()), source);
        }
        if !options.files.is_empty() {
            shell.pending.push(Command::OpenFiles(options.files.clone()));
        }
        let saved_styles = shell.state.form.styles.clone();
        Self {
            shell,
            engine: None,
            tasks,
            journal,
            saved: settings,
            saved_styles,
            save_at_secs: None,
            hover: HoverWatch::default(),
            awake: None,
            painter: None,
            fitted: false,
            covered: None,
            pace,
        }
    }

    /// Remembers that the window is drawn well once it has shown some pictures.
    pub fn is_drawn_by(&mut self, painter: Painter) {
        self.painter = Some((painter, FIRST_PICTURES));
    }

    fn follow_painter(&mut self) {
        let Some((painter, left)) = self.painter.take() else { return };
        if let Some(left) = left.checked_sub(1) {
            self.painter = Some((painter, left));
        } else if let Some(text) = painter.has_drawn() {
            self.shell.state.view.notify(Level::Warning, text);
        }
    }

    /// Hears what later starts of the program are asked for.
    pub fn listen_for_starts(&mut self, instance: Instance) {
        self.tasks.listen_for_starts(instance);
    }

    /// There is a window that does not answer.
    pub fn is_second(&mut self) {
        self.shell.state.view.notify(Level::Warning, tr!("window-second"));
    }

    fn drain(&mut self, effects: &mut Vec<Effect>) {
        let state = &mut self.shell.state;
        self.tasks.use_share(state.view.gpu_share);
        if let Some(engine) = &self.engine {
            engine.use_share(state.view.gpu_share);
            // The slot is looked into last: its job is known only once its "started" was read, and a preview of a job that
            // has ended meanwhile is of no use.
            for event in engine.events() {
                state.on_event(event);
            }
            if let Some(preview) = engine.preview() {
                state.on_preview(preview);
            }
        }
        for report in self.tasks.reports() {
            self.on_report(report, effects);
        }
    }

    fn on_report(&mut self, report: Report, effects: &mut Vec<Effect>) {
        let state = &mut self.shell.state;
        match report {
            Report::Model { ticket, source, opened } => self.on_model(ticket, source, opened, effects),
            Report::ExportPath { result, path, answered } => state.on_export_path(result, path, answered, effects),
            Report::SavePath { path, answered } => state.on_save_path(path, answered),
            Report::OpenPath { purpose, path, answered } => state.on_open_path(purpose, path, answered, effects),
            Report::Devices { devices, best } => state.on_devices(devices, best),
            Report::ExportProgress { id, frames_done } => state.exports.progress(id, frames_done),
            Report::ExportDone { id, ended } => state.on_export_done(id, ended),
            Report::Prompting(report) => state.on_prompting_report(report),
            Report::QueueSaved { path, saved } => state.on_queue_saved(&path, saved),
            Report::QueueRead { path, read } => state.on_queue_read(&path, read, effects),
            Report::Grid { grid, joined } => state.on_grid(*grid, joined),
            Report::WhenDone(Ok(())) => {}
            Report::WhenDone(Err(error)) => {
                state.view.notify(Level::Warning, tr!("queue-not-acted", error = error));
            }
            Report::Sampled { id, sample } => state.exports.sampling.end(id, sample),
            Report::Models(report) => {
                let ended = matches!(report, ModelReport::Ended { .. });
                state.on_models(report, effects);
                // A tiny decoder may have come or gone.
                if let Some(engine) = self.engine.as_mut().filter(|_| ended) {
                    state.on_tiny_decoder(engine.look_for_tiny_decoder());
                }
            }
            Report::SystemLook(look) => state.view.system = look,
            Report::NewestVersion(asked) => state.on_newest_version(asked),
            Report::DeviceWork(report) => state.on_device_report(report, effects),
            Report::Training(report) => state.on_training(report, effects),
            Report::Library(report) => state.on_library(report, effects),
            Report::Data(report) => state.on_data(report, effects),
            Report::Clip { ticket, path, read } => {
                state.on_clip_read(ticket, &path, read.map(|read| read.map(|read| *read)));
            }
            Report::HandedOver(handover) => self.shell.pending.push(Command::HandedOver(handover)),
            Report::Saved(Ok(())) => {}
            Report::Saved(Err(error)) => {
                let reason = error.get_ref().map_or_else(|| error_in_words(&error), |error| error_in_words(error));
                state.view.notify(Level::Warning, tr!("window-settings-not-saved", reason = reason));
            }
        }
    }

    /// A model was opened, or not. The engine of one that is not used is ended again.
    fn on_model(
        &mut self,
        ticket: Ticket,
        source: ModelSource,
        opened: Result<Box<EngineLink>, EngineError>,
        effects: &mut Vec<Effect>,
    ) {
        let state = &mut self.shell.state;
        let (engine, opened) = match opened {
            Ok(engine) => {
                let (card, planners) = (engine.card().clone(), Some(engine.planners().clone()));
                (Some(*engine), Ok(OpenedModel { card, planners }))
            }
            Err(error) => (None, Err(error)),
        };
        let is_used = state.on_model(ticket, source, opened, effects);
        let Some(engine) = engine else { return };
        if !is_used {
            engine.close();
            return;
        }
        if let Some(request) = state.usual_request() {
            // What the first job needs is done while its prompt is still being written.
            match engine.prepare(request) {
                Ok(id) => state.jobs.prepare(id),
                Err(error) => log::warn!("the engine could not be prepared: {error}"),
            }
        }
        if let Some(old) = self.engine.replace(engine) {
            old.close();
        }
        if state.form.devices.is_empty() {
            // Not before: looking at drivers takes longer than opening the window.
            self.tasks.list_devices();
        }
    }

    fn carry_out(&mut self, effect: Effect, ctx: &Context, frame: &Frame) {
        match effect {
            Effect::Submit(request) => self.enqueue(*request, JobPlan::default()),
            Effect::Enqueue(jobs) => jobs.into_iter().for_each(|(request, plan)| self.enqueue(request, plan)),
            Effect::DecodeAgain { latent, request } => {
                // What is kept is the latent, which is here already.
                let plan = JobPlan { latent: Some(latent), ..JobPlan::default() };
                self.enqueue(*request, plan);
            }
            Effect::Hand(job) => self.hand(*job),
            Effect::SaveQueue { path, queue } => self.tasks.save_queue(path, queue),
            Effect::ReadQueue(path) => self.tasks.read_queue(path),
            Effect::Prompting(order) => self.tasks.prompting(order),
            Effect::Cancel(job) => {
                if let Some(engine) = &self.engine {
                    engine.cancel(job);
                }
            }
            Effect::OpenModel { source, ticket } => self.tasks.open_model(ticket, source),
            Effect::ChooseExportPath { result, suggested, formats } => {
                self.tasks.choose_export_path(result, &suggested, &formats, frame);
            }
            Effect::ChooseSavePath(what, suggested) => self.tasks.choose_save_path(what, &suggested, frame),
            Effect::ChooseFile(purpose) => self.tasks.choose_file(purpose, frame),
            Effect::Export(order) => self.tasks.export(*order),
            Effect::ExportMany(order) => self.tasks.export_many(*order),
            Effect::Sample(order) => self.tasks.sample(*order),
            Effect::FullScreen(on) => ctx.send_viewport_cmd(ViewportCommand::Fullscreen(on)),
            Effect::CancelExport(id) | Effect::StopSample(id) => self.tasks.cancel_export(id),
            Effect::ReadClip { path, ticket } => self.tasks.read_clip(ticket, path),
            Effect::Models(order) => self.tasks.models(order),
            Effect::Devices(order) => self.tasks.devices(order),
            Effect::Training(order) => self.tasks.training(order),
            Effect::OpenOutside(place) => self.tasks.open_outside(place),
            Effect::AskForNewerVersion => self.tasks.ask_for_newer_version(),
            Effect::CopyText(text) => ctx.copy_text(text),
            Effect::ComeForward => {
                ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
                ctx.send_viewport_cmd(ViewportCommand::Focus);
            }
            Effect::CopyFrame(frames, frame) => {
                let size = [frames.width(), frames.height()];
                ctx.copy_image(egui::ColorImage::from_rgb(size, frames.frame(frame)));
            }
            Effect::Library(order) => self.tasks.library(order, self.journal.as_ref()),
            Effect::Data(order) => self.tasks.data(order),
            Effect::KeepModelFolders(folders) => self.tasks.keep_model_folders(folders),
            Effect::KeepShortcuts(shortcuts) => self.tasks.save_small(SmallFile::shortcuts, shortcuts),
            Effect::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
            Effect::StayOpen => ctx.send_viewport_cmd(ViewportCommand::CancelClose),
        }
    }

    /// The computer stays awake while a clip is made, and the end of the queue is told and acted on.
    fn follow_end(&mut self, ctx: &Context) {
        let state = &mut self.shell.state;
        let goes_on = state.jobs.busy() || state.queue.next(&state.models.source).is_some();
        let computes = goes_on || state.training.running.is_some() || state.data.work.is_some();
        if computes != self.awake.is_some() {
            self.awake = computes.then(Awake::start);
        }
        if let Some(text) = state.queue_ends()
            && !ctx.input(|input| input.focused)
        {
            notify(text);
        }
        let (what, next_secs) = state.acts_when_done();
        if let Some((what, command)) = what {
            self.tasks.act_when_done(what, command);
        }
        if let Some(next_secs) = next_secs {
            let wait_secs = (next_secs - state.view.now_secs).clamp(0.0, 60.0);
            ctx.request_repaint_after(Duration::from_secs_f64(wait_secs));
        }
    }

    /// Puts a job into the queue, and into the journal where it samples.
    fn enqueue(&mut self, request: GenerateRequest, plan: JobPlan) {
        let state = &mut self.shell.state;
        let journal = self.journal.as_ref().filter(|_| plan.latent.is_none());
        let model = plan.model.as_ref().unwrap_or(&state.models.source);
        let key = journal.map(|journal| journal.add_noted(&request, model, &plan.note).key());
        state.enqueue(request, key, plan);
    }

    /// Gives a job of the queue to the engine.
    fn hand(&mut self, job: QueuedJob) {
        let keeper = self.journal.as_ref().zip(job.key).map(|(journal, key)| journal.keeper(key));
        let taken = self.engine.as_ref().map(|engine| match &job.latent {
            Some(latent) => engine.decode_again(latent.clone(), job.request.clip.decoder),
            None => engine.submit(job.request.clone(), keeper),
        });
        let state = &mut self.shell.state;
        match taken.unwrap_or(Err(EngineError::EngineStopped)) {
            Ok(id) => state.on_handed(id, job),
            Err(error) => {
                state.on_refused(&error);
                state.on_not_handed(job);
            }
        }
    }

    /// What the queue asks for by itself: the next job for the engine, memory back, its history kept.
    fn follow_queue(&mut self, ctx: &Context, frame: &Frame) {
        let mut effects = Vec::new();
        self.shell.state.feed_queue(&mut effects);
        for effect in effects {
            self.carry_out(effect, ctx, frame);
        }
        let queue = &mut self.shell.state.queue;
        if std::mem::take(&mut queue.gives_back)
            && let Some(engine) = &self.engine
            && let Err(error) = engine.release()
        {
            log::warn!("memory was not given back: {error}");
        }
        if std::mem::take(&mut queue.times_changed) {
            self.tasks.keep_times(queue.times.clone());
        }
        for grid in std::mem::take(&mut queue.grids.ready) {
            self.tasks.join_grid(grid);
        }
        self.keep_grids();
        self.follow_end(ctx);
    }

    /// Keeps where the clips of grids are.
    fn keep_grids(&mut self) {
        let grids = &mut self.shell.state.queue.grids;
        if std::mem::take(&mut grids.is_changed) {
            self.tasks.save_small(SmallFile::grids, grids.kept.clone());
        }
    }

    /// Tells the journal what became of its jobs.
    fn keep_journal(&mut self) {
        let orders = std::mem::take(&mut self.shell.state.paused.orders);
        let Some(journal) = &self.journal else { return };
        for order in orders {
            match order {
                JournalOrder::Mark(job) => journal.mark(job.key, &job.request, &job.model, job.standing(), &job.note),
                JournalOrder::Queue(job) => keep_queued(journal, &job, Standing::Queued),
                JournalOrder::Remove(job) => keep_queued(journal, &job, Standing::Cancelled),
                JournalOrder::StartAgain(key) => journal.start_again(key),
                JournalOrder::Forget(key) => journal.forget(key),
            }
        }
        if let Some(error) = journal.trouble() {
            self.shell.state.view.notify(Level::Warning, unkept(&error));
        }
    }

    fn listen(&mut self, ctx: &Context) {
        let state = &mut self.shell.state;
        let (close, size, hovering) = ctx.input(|input| {
            let viewport = input.viewport();
            (viewport.close_requested(), viewport.inner_rect, !input.raw.hovered_files.is_empty())
        });
        state.view.files_hover = hovering;
        if close {
            self.shell.pending.push(Command::CloseRequested);
        }
        // A maximised or full screen is no size to come back to.
        let whole = ctx.input(|input| {
            let viewport = input.viewport();
            viewport.maximized.unwrap_or(false) || viewport.fullscreen.unwrap_or(false)
        });
        let scale = ctx.zoom_factor();
        let size = size.filter(|_| !whole).map(|rect| [rect.width() * scale, rect.height() * scale]);
        if let Some(size) = size
            && !self.shell.state.view.window_size.is_some_and(|known| is_near(known, size))
        {
            self.shell.pending.push(Command::Resized(size[0], size[1]));
        }
        self.watch_screen(ctx, size);
    }

    /// Makes the first window fit its screen, and follows what the system does with a window that covers it.
    fn watch_screen(&mut self, ctx: &Context, size: Option<[f32; 2]>) {
        let (screen, covers) = ctx.input(|input| (input.viewport().monitor_size, input.viewport().fullscreen));
        let scale = ctx.zoom_factor();
        if let (Some(size), Some(screen), false) = (size, screen, self.fitted) {
            self.fitted = true;
            let fitted = fitting(size, [screen.x * scale, screen.y * scale]);
            if !is_near(fitted, size) {
                ctx.send_viewport_cmd(ViewportCommand::InnerSize(vec2(fitted[0], fitted[1]) / scale));
            }
        }
        // Only a change counts: what was asked for takes some frames.
        if let Some(covers) = covers
            && self.covered.replace(covers).is_some_and(|before| before != covers)
            && !self.shell.state.view.only_clip
            && self.shell.state.view.full_screen != covers
        {
            self.shell.pending.push(Command::Layout(LayoutCommand::CoversScreen(covers)));
        }
    }

    /// Keeps the styles and the prompts that were used.
    fn keep_prompting(&mut self) {
        for change in std::mem::take(&mut self.shell.state.prompting.changes) {
            self.tasks.prompting(PromptingOrder::KeepHistory(change));
        }
        let styles = &self.shell.state.form.styles;
        if *styles != self.saved_styles {
            let before = std::mem::replace(&mut self.saved_styles, styles.clone());
            self.tasks.prompting(PromptingOrder::KeepStyles { before, styles: styles.clone() });
        }
    }

    fn keep_settings(&mut self, ctx: &Context, changed: bool) {
        let now_secs = ctx.time();
        if changed {
            // From the first change on: whoever types without a pause must not lose a page of it.
            self.save_at_secs.get_or_insert(now_secs + SAVE_AFTER_SECS);
        }
        let Some(due_secs) = self.save_at_secs else { return };
        if now_secs < due_secs {
            ctx.request_repaint_after(Duration::from_secs_f64(due_secs - now_secs));
            return;
        }
        let settings = self.shell.state.settings();
        let saved = settings == self.saved || self.tasks.save_settings(settings.clone());
        if saved {
            (self.saved, self.save_at_secs) = (settings, None);
        } else {
            self.save_at_secs = Some(now_secs + SAVE_AFTER_SECS);
            ctx.request_repaint_after(Duration::from_secs_f64(SAVE_AFTER_SECS));
        }
    }
}

fn keep_queued(journal: &Journal, job: &QueuedJob, standing: Standing) {
    if let Some(key) = job.key {
        journal.mark(key, &job.request, &job.model, standing, &job.note);
    }
}

/// Whether two sizes are the same but for roundings of the scale.
fn is_near(one: [f32; 2], other: [f32; 2]) -> bool {
    one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1.0)
}

fn unkept(error: &EngineError) -> String {
    tr!("queue-not-kept", reason = in_words(error))
}

impl eframe::App for HummingbirdApp {
    fn logic(&mut self, ctx: &Context, frame: &mut Frame) {
        let mut effects = Vec::new();
        self.follow_painter();
        self.drain(&mut effects);
        self.listen(ctx);
        let changed = !self.shell.pending.is_empty();
        self.shell.logic(ctx, &mut effects);
        // Before the effects: a job that begins anew must have lost its steps before it is queued.
        self.keep_journal();
        for effect in effects {
            self.carry_out(effect, ctx, frame);
        }
        self.follow_queue(ctx, frame);
        // What the effects and the queue have moved.
        self.keep_journal();
        self.keep_settings(ctx, changed);
        self.keep_prompting();
        self.pace.iter().for_each(|pace| pace.spare(self.shell.state.jobs.busy()));
    }

    fn raw_input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        self.hover.check(input);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        // Not in `logic`, which also runs without a picture and then sees the input of the last one again.
        let dropped: Vec<_> =
            ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !dropped.is_empty() {
            self.shell.pending.push(Command::DropFiles(dropped));
            ui.request_repaint();
        }
        self.shell.ui(ui);
    }

    fn on_exit(&mut self) {
        let mut effects = Vec::new();
        // The note that is being typed, and a clip that was finished in this very moment.
        self.shell.state.keep_note(&mut effects);
        self.shell.state.follow_library(&mut effects);
        for effect in effects {
            if let Effect::Library(order) = effect {
                self.tasks.library(order, self.journal.as_ref());
            }
        }
        self.tasks.finish_library();
        self.shell.state.keep_edit();
        self.tasks.stop_data();
        // Which clips became files in this moment: their jobs are done.
        for report in self.tasks.reports() {
            self.on_report(report, &mut Vec::new());
        }
        if let Ok(order) = self.shell.state.data.save_order(None) {
            self.tasks.data(order);
        }
        self.tasks.finish_data();
        self.keep_grids();
        self.tasks.finish_captions();
        self.shell.state.forget_removed();
        self.shell.state.keep_style();
        self.keep_prompting();
        self.tasks.finish_small();
        self.tasks.finish_prompting();
        self.keep_journal();
        if let Some(journal) = &self.journal {
            journal.flush();
        }
        let settings = self.shell.state.settings();
        if settings != self.saved {
            self.tasks.save_settings_now(&settings);
        }
        if self.shell.state.models.keeps_removed_files {
            self.tasks.empty_removed();
        }
    }
}

#[cfg(test)]
mod tests;
