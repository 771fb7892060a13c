//! The application as eframe sees it: carries out effects and feeds reports of the engine and of tasks into the state.

use std::sync::Arc;

use eframe::Frame;
use egui::{Context, RawInput, Ui, ViewportBuilder, ViewportCommand, vec2};
use hummingbird_engine::error::EngineError;
use hummingbird_engine::request::GenerateRequest;

use super::WindowOptions;
use super::apply::Effect;
use super::clips::Preparing;
use super::command::Command;
use super::engine_link::EngineLink;
use super::hover::HoverWatch;
use super::settings::Settings;
use super::shelf::ShelfReport;
use super::shell::Shell;
use super::state::{Level, ModelStatus, State};
use super::tasks::{Report, Tasks};

/// Name under which the system knows the window.
pub const APP_ID: &str = "hummingbird";

/// Seconds from a change to its being saved.
const SAVE_AFTER_SECS: f64 = 1.0;

/// The window before it opens.
pub fn viewport(settings: &Settings) -> ViewportBuilder {
    let [width, height] = settings.window_size.unwrap_or([1200.0, 820.0]);
    let size = vec2(width.clamp(860.0, 8192.0), height.clamp(560.0, 8192.0));
    let builder = ViewportBuilder::default()
        .with_title("Hummingbird")
        .with_app_id(APP_ID)
        .with_inner_size(size)
        .with_min_inner_size([860.0, 560.0])
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
    saved: Settings,
    save_at_secs: Option<f64>,
    hover: HoverWatch,
}

impl HummingbirdApp {
    /// Starts opening the model; the window draws meanwhile.
    pub fn new(ctx: &Context, options: &WindowOptions, settings: Settings, warning: Option<String>) -> Self {
        let mut shell = Shell::new(settings.clone());
        if let Some(warning) = warning {
            shell.state.notify(Level::Warning, warning);
        }
        if let Some(model) = &options.model {
            shell.state.source = model.clone();
        }
        if let Some(device) = options.device {
            shell.state.controls.device = device;
        }
        let waker = ctx.clone();
        let tasks = Tasks::new(Arc::new(move || waker.request_repaint()));
        tasks.open_model(shell.state.source.clone());
        Self { shell, engine: None, tasks, saved: settings, save_at_secs: None, hover: HoverWatch::default() }
    }

    fn drain(&mut self, effects: &mut Vec<Effect>) {
        let state = &mut self.shell.state;
        if let Some(engine) = &self.engine {
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
            match report {
                Report::Model { source, opened: Ok(engine) } => {
                    if let Some(old) = self.engine.take() {
                        state.on_engine_replaced();
                        old.close();
                    }
                    state.planners = Some(engine.planners().clone());
                    state.on_model(source, Ok(engine.card().clone()));
                    state.check_loras(effects);
                    prepare(&engine, state);
                    self.engine = Some(*engine);
                    if state.devices.is_empty() {
                        // Not before: looking at drivers takes longer than opening the window.
                        self.tasks.list_devices();
                    }
                }
                Report::Model { source, opened: Err(error) } => state.on_model(source, Err(error)),
                Report::ExportPath { result, path, answered } => state.on_export_path(result, path, answered, effects),
                Report::OpenPath { purpose, path, answered } => state.on_open_path(purpose, path, answered, effects),
                Report::Devices { devices, best } => {
                    (state.devices, state.best_device) = (devices, best);
                    state.check_controls();
                }
                Report::ExportProgress { id, frames_done } => state.on_export_progress(id, frames_done),
                Report::ExportDone { id, ended } => state.on_export_done(id, ended),
                Report::Shelf(report) => {
                    let ended = matches!(report, ShelfReport::Ended { .. });
                    state.on_shelf(report, effects);
                    // A light decoder may have come or gone.
                    if let Some(engine) = self.engine.as_mut().filter(|_| ended) {
                        state.on_light_decoder(engine.look_for_light_decoder());
                    }
                }
                Report::Clip { path, read } => state.on_clip_read(&path, read.map(|read| read.map(|read| *read))),
                Report::Saved(Ok(())) => {}
                Report::Saved(Err(error)) => {
                    state.notify(Level::Warning, format!("the settings could not be saved: {error}"));
                }
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, ctx: &Context, frame: &Frame) {
        match effect {
            Effect::Submit(request) => {
                let taken = self.engine.as_ref().map(|engine| engine.submit((*request).clone()));
                self.submitted(*request, taken);
            }
            Effect::DecodeAgain { latent, request } => {
                let taken = self.engine.as_ref().map(|engine| engine.decode_again(latent, request.clip.decoder));
                self.submitted(*request, taken);
            }
            Effect::Cancel(job) => {
                if let Some(engine) = &self.engine {
                    engine.cancel(job);
                }
            }
            Effect::OpenModel(source) => {
                if !matches!(self.shell.state.model, ModelStatus::Ready(_)) {
                    self.shell.state.model = ModelStatus::Opening;
                }
                self.tasks.open_model(source);
            }
            Effect::ChooseExportPath { result, suggested, formats } => {
                self.tasks.choose_export_path(result, &suggested, &formats, frame);
            }
            Effect::ChooseFile(purpose) => self.tasks.choose_file(purpose, frame),
            Effect::Export(order) => self.tasks.export(*order),
            Effect::CancelExport(id) => self.tasks.cancel_export(id),
            Effect::ReadClip(path) => self.tasks.read_clip(path),
            Effect::Shelf(order) => self.tasks.shelf(order),
            Effect::OpenOutside(place) => self.tasks.open_outside(place),
            Effect::CopyText(text) => ctx.copy_text(text),
            Effect::Close => ctx.send_viewport_cmd(ViewportCommand::Close),
            Effect::StayOpen => ctx.send_viewport_cmd(ViewportCommand::CancelClose),
        }
    }

    fn submitted(
        &mut self,
        request: GenerateRequest,
        taken: Option<Result<hummingbird_engine::job::JobId, EngineError>>,
    ) {
        match taken.unwrap_or(Err(EngineError::EngineStopped)) {
            Ok(job) => self.shell.state.on_submitted(job, request),
            Err(error) => self.shell.state.on_refused(&error),
        }
    }

    fn listen(&mut self, ctx: &Context) {
        let state = &mut self.shell.state;
        let (close, size, dropped, hovering) = ctx.input(|input| {
            let dropped: Vec<_> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
            let viewport = input.viewport();
            (viewport.close_requested(), viewport.inner_rect, dropped, !input.raw.hovered_files.is_empty())
        });
        state.files_hover = hovering;
        if close {
            self.shell.pending.push(Command::CloseRequested);
        }
        if !dropped.is_empty() {
            self.shell.pending.push(Command::DropFiles(dropped));
        }
        // A maximised or full screen is no size to come back to.
        let whole = ctx.input(|input| {
            let viewport = input.viewport();
            viewport.maximized.unwrap_or(false) || viewport.fullscreen.unwrap_or(false)
        });
        if let Some(rect) = size.filter(|_| !whole)
            && self.shell.state.window_size != Some([rect.width(), rect.height()])
        {
            self.shell.pending.push(Command::Resized(rect.width(), rect.height()));
        }
    }

    fn keep_settings(&mut self, ctx: &Context, changed: bool) {
        let now_secs = ctx.time();
        if changed {
            self.save_at_secs = Some(now_secs + SAVE_AFTER_SECS);
        }
        let Some(due_secs) = self.save_at_secs else { return };
        if now_secs < due_secs {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(due_secs - now_secs));
            return;
        }
        let settings = self.shell.state.settings();
        let saved = settings == self.saved || self.tasks.save_settings(settings.clone());
        if saved {
            (self.saved, self.save_at_secs) = (settings, None);
        } else {
            self.save_at_secs = Some(now_secs + SAVE_AFTER_SECS);
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(SAVE_AFTER_SECS));
        }
    }
}

impl eframe::App for HummingbirdApp {
    fn logic(&mut self, ctx: &Context, frame: &mut Frame) {
        let mut effects = Vec::new();
        self.drain(&mut effects);
        self.listen(ctx);
        let changed = !self.shell.pending.is_empty();
        self.shell.logic(ctx, &mut effects);
        for effect in effects {
            self.carry_out(effect, ctx, frame);
        }
        self.keep_settings(ctx, changed);
    }

    fn raw_input_hook(&mut self, _ctx: &Context, input: &mut RawInput) {
        self.hover.check(input);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        self.shell.ui(ui);
    }

    fn on_exit(&mut self) {
        let settings = self.shell.state.settings();
        if settings != self.saved {
            self.tasks.save_settings_now(&settings);
        }
        if self.shell.state.shelf.keeps_removed_files {
            self.tasks.empty_removed();
        }
    }
}

/// Has the engine do what the first job needs while its prompt is still being written.
fn prepare(engine: &EngineLink, state: &mut State) {
    let Some(request) = state.usual_request() else { return };
    match engine.prepare(request) {
        Ok(id) => state.preparing = Some(Preparing { id, progress: None }),
        Err(error) => log::warn!("the engine could not be prepared: {error}"),
    }
}
