//! The window without the system around it: state, textures and pending commands, and the two halves of a frame.
//!
//! [`Shell::logic`] is the only part that changes the state; [`Shell::ui`] reads it and collects commands for the next call
//! of `logic`. Tests drive this type.

use std::sync::Arc;
use std::time::Duration;

use egui::{Context, Ui};
use egui_system_font_provider::SystemFontProvider;

use super::commands::command::Command;
use super::commands::effect::Effect;
use super::commands::keymap::KeyMap;
use super::commands::keys;
use super::panels::{self, textures::Textures, theme};
use super::state::State;
use super::state::action::Action;
use super::state::settings::{Settings, ThemeChoice};
use super::state::shortcuts::Shortcuts;
use crate::language::{self, LanguageChoice};

/// State, textures and what was asked for since the last frame.
pub struct Shell {
    /// The state.
    pub state: State,
    /// Commands that the next `logic` applies.
    pub pending: Vec<Command>,
    textures: Textures,
    /// Theme and reduced motion as they were set last.
    look: Option<(ThemeChoice, bool)>,
    /// Language as it was set last.
    language: LanguageChoice,
    /// Changed shortcuts as they were set last.
    shortcuts: Option<Shortcuts>,
    /// Scale as it was set last, in percent.
    scale_percent: u16,
    /// Whether a text field had the keyboard when the last frame was drawn.
    was_typing: bool,
    /// Whether the processor draws the window.
    pub in_software: bool,
}

/// How long playback, progress and previews wait for a picture while a job runs where the processor draws the window. A picture takes it as
/// long as two steps of the demo model, and they share its cores.
pub const SOFTWARE_WAIT: Duration = Duration::from_secs(1);

/// Asks the system for fonts as this language wants them: Japanese and Chinese draw the same characters differently.
fn use_fonts_of(ctx: &Context, choice: LanguageChoice) {
    let fonts = SystemFontProvider::new();
    let fonts = match choice {
        LanguageChoice::System => fonts,
        _ => fonts.with_locale(Some(choice.language().tag())),
    };
    ctx.set_font_providers(vec![Arc::new(fonts)]);
}

impl Shell {
    /// The window as the settings left it.
    pub fn new(settings: Settings) -> Self {
        // Before the state, which says things already. Its fonts come with the first picture; the system's own are there.
        language::choose(settings.language.language());
        let language = LanguageChoice::System;
        let (state, textures) = (State::new(settings), Textures::default());
        Self {
            language,
            state,
            pending: Vec::new(),
            textures,
            look: None,
            shortcuts: None,
            scale_percent: 0,
            was_typing: false,
            in_software: false,
        }
    }

    /// Applies what was asked for, moves the clip, uploads what will be shown. `effects` gets what the state alone cannot do.
    pub fn logic(&mut self, ctx: &Context, effects: &mut Vec<Effect>) {
        if self.language != self.state.view.language {
            self.language = self.state.view.language;
            language::choose(self.language.language());
            use_fonts_of(ctx, self.language);
        }
        let now_secs = ctx.time();
        self.state.view.now_secs = now_secs;
        for command in std::mem::take(&mut self.pending) {
            self.state.apply(command, effects);
        }
        self.state.follow_library(effects);
        self.state.follow_sample(effects);
        let next_data = self.state.follow_data(effects).unwrap_or(f64::INFINITY);
        let next_end = self.state.view.tick(now_secs).unwrap_or(f64::INFINITY);
        let next_end = next_end.min(self.state.tick_closing(effects).unwrap_or(f64::INFINITY));
        // Behind a page nothing plays.
        let shown = self.state.shown().filter(|_| !self.state.library.is_shown && !self.state.data.is_shown);
        let (frames, fps) = shown.map_or((0, 1), |clip| (clip.frames.count(), clip.fps));
        let next_frame = self.state.results.playback.advance(now_secs, frames, fps).unwrap_or(f64::INFINITY);
        // While a job runs, the remaining time counts down even if the engine is in a long step.
        let waits = self.state.jobs.running.is_some() || self.state.prompting.enhance.is_running();
        let next_second = if waits { 1.0 } else { f64::INFINITY };
        let compare = self.state.library.compare.as_mut().filter(|_| self.state.library.is_shown);
        let next_pair = compare.and_then(|compare| {
            let (frames, fps) = (compare.count(), compare.fps());
            compare.playback.advance(now_secs, frames, fps)
        });
        let next_frame = next_frame.min(next_pair.unwrap_or(f64::INFINITY));
        let next_tile = panels::next_tile_secs(&self.state).unwrap_or(f64::INFINITY);
        let next_frame = next_frame.min(self.state.next_sample_secs().unwrap_or(f64::INFINITY));
        let next_moving = next_frame.min(next_tile);
        let spares = self.in_software && self.state.jobs.busy();
        let next_moving = if spares { next_moving.max(SOFTWARE_WAIT.as_secs_f64()) } else { next_moving };
        let wait_secs = (next_end - now_secs).min(next_data - now_secs).min(next_moving).min(next_second);
        if wait_secs.is_finite() {
            ctx.request_repaint_after(Duration::from_secs_f64(wait_secs.max(0.0)));
        }
        let view = &self.state.view;
        let look @ (worn, is_still) = (view.worn_theme(), view.is_still());
        if self.look != Some(look) {
            self.look = Some(look);
            theme::choose(ctx, worn, is_still, self.in_software);
        }
        if self.shortcuts.as_ref() != Some(&view.shortcuts) {
            self.shortcuts = Some(view.shortcuts.clone());
            KeyMap::of(&view.shortcuts).install(ctx);
        }
        if self.scale_percent != view.scale_percent {
            self.scale_percent = view.scale_percent;
            // The keys are commands of ours, and the scale is kept.
            ctx.options_mut(|options| options.zoom_with_keyboard = false);
            ctx.set_zoom_factor(f32::from(view.scale_percent) / 100.0);
        }
        self.textures.follow(ctx, &self.state);
    }

    /// Draws the window and collects commands.
    pub fn ui(&mut self, ui: &mut Ui) {
        // Taken before the panels see the keys, but done after what was typed: on a slow machine the last letters of a
        // prompt and Ctrl+Enter can come in one frame.
        panels::menu_keys(ui.ctx(), &self.state);
        let shortcuts = keys::pressed(ui.ctx(), &self.state, self.was_typing);
        for command in &shortcuts {
            // At once and not by way of the state: what is typed right after the shortcut belongs to the field.
            let field = match command {
                Command::Run(Action::FocusPrompt) => panels::prompt_id(),
                Command::Run(Action::FocusNegative) => panels::negative_id(),
                Command::Run(Action::SearchLibrary) => panels::search_id(),
                _ => continue,
            };
            ui.ctx().memory_mut(|memory| memory.request_focus(field));
        }
        let mut commands = Vec::new();
        panels::show(ui, &self.state, &self.textures, &mut commands);
        commands.extend(shortcuts);
        self.was_typing = ui.ctx().text_edit_focused();
        if !commands.is_empty() {
            self.pending.append(&mut commands);
            ui.ctx().request_repaint();
        }
    }
}
