//! The settings of an exported clip, put back into the controls; what this program does not know of them is told.

use std::path::{Path, PathBuf};

use hummingbird_engine::pipeline::video_out::{ForeignSettings, Provenance};
use hummingbird_engine::request::GenerateRequest;
use hummingbird_engine::settings::{Setting, Value, clip_of, table};

use super::effect::Effect;
use crate::language::{setting_name, tr};
use crate::sentences::in_words;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::latest::Ticket;
use crate::window::state::loras::{file_name, loras_of};
use crate::window::state::view::{Level, Remedy};
use crate::window::state::work::{Carried, CarriedSettings, OpenPurpose};

impl State {
    /// Asks for the settings of an exported clip.
    pub fn read_clip(&mut self, path: PathBuf, effects: &mut Vec<Effect>) {
        effects.push(Effect::ReadClip { path, ticket: self.form.reading.ask() });
    }

    /// A clip's settings were read back, or not.
    pub fn on_clip_read(&mut self, ticket: Ticket, path: &Path, read: Result<Option<Carried>, String>) {
        // A later one was chosen meanwhile: its settings are the ones that are wanted.
        if !self.form.reading.is_last(ticket) {
            return;
        }
        let name = file_name(path);
        match read {
            Err(error) => self.not_read(path, Level::Error, error),
            Ok(None) => {
                self.not_read(path, Level::Warning, tr!("notices-no-settings", name = name));
            }
            Ok(Some(Carried::Ours(carried))) => self.load_settings(&name, carried),
            Ok(Some(Carried::Foreign(foreign))) => self.load_foreign(&name, &foreign),
        }
    }

    /// Adopts what a file of another program says, as far as the open model can follow it. Its model is another one, so the
    /// clip will be too.
    fn load_foreign(&mut self, name: &str, foreign: &ForeignSettings) {
        self.set_prompt(foreign.prompt.clone());
        self.form.controls.asked.negative = foreign.negative.clone();
        let mut left_out = Vec::new();
        if let Some(seed) = foreign.seed {
            self.form.controls.seed_locked = true;
            if !self.try_setting(&[(&table::SEED, seed.to_string())]) {
                left_out.push(tr!("notices-foreign-seed", seed = seed.to_string()));
            }
        }
        if let Some(steps) = foreign.steps
            && !self.try_setting(&[(&table::STEPS, steps.to_string())])
        {
            left_out.push(tr!("notices-foreign-steps", steps = steps));
        }
        if let Some([width, height]) = foreign.size
            && !self.try_setting(&[(&table::WIDTH, width.to_string()), (&table::HEIGHT, height.to_string())])
        {
            left_out.push(format!("{width}x{height}"));
        }
        let model = match foreign.model.as_str() {
            "" => tr!("notices-foreign-other-model"),
            model => tr!("notices-foreign-model", model = model),
        };
        let program = in_words(&foreign.program);
        let text = if left_out.is_empty() {
            tr!("notices-foreign-loaded", name = name, program = program, model = model)
        } else {
            let left_out = left_out.join(", ");
            tr!("notices-foreign-loaded-partly", name = name, program = program, model = model, left_out = left_out)
        };
        self.view.notify(Level::Warning, text);
    }

    /// Sets these settings if the open model takes them; whether it does.
    fn try_setting(&mut self, settings: &[(&'static Setting, String)]) -> bool {
        let before: Vec<String> =
            settings.iter().map(|(setting, _)| self.form.controls.text(setting).to_owned()).collect();
        let problems = self.form.problems.len();
        for (setting, text) in settings {
            self.form.controls.set_text(setting, text.clone());
        }
        self.check_controls();
        let fits = self.form.problems.len() <= problems;
        if !fits {
            for ((setting, _), text) in settings.iter().zip(before) {
                self.form.controls.set_text(setting, text);
            }
            self.check_controls();
        }
        fits
    }

    /// Puts a clip's settings into the controls, and says what about them is not as it was.
    pub fn load_settings(&mut self, name: &str, carried: CarriedSettings) {
        let CarriedSettings { provenance, is_of_demo } = carried;
        for (setting, value) in self.adopt(&provenance) {
            // Nouns of other languages keep their capital letters.
            let setting = setting_name(setting.name, &setting.label.to_lowercase());
            let text = tr!("notices-unknown-value", name = name, setting = setting, value = value.to_string());
            self.view.notify(Level::Warning, text);
        }
        self.want_loras(name, &provenance);
        self.view.notify(Level::Info, tr!("notices-settings-loaded", name = name));
        let other = self.models.card().is_some_and(|card| card.sha256 != provenance.model_sha256);
        if other && !provenance.model_sha256.is_empty() {
            let sha256 = provenance.model_sha256.chars().take(12).collect::<String>();
            let model = provenance.model_name.as_str();
            let text = tr!("notices-made-by-other-model", name = name, model = model, sha256 = sha256);
            let remedy = if is_of_demo { Action::UseDemoModel } else { Action::OpenModel };
            self.view.notify_with(Level::Warning, text, Some(Remedy::Run(remedy)));
        }
    }

    fn not_read(&mut self, path: &Path, level: Level, reason: String) {
        if !self.reopen_dialog(OpenPurpose::Clip, path, &reason) {
            self.view.notify(level, reason);
        }
    }

    /// Adopts the settings that a file carries; returns those whose values are unknown.
    fn adopt(&mut self, provenance: &Provenance) -> Vec<(&'static Setting, Value)> {
        let mut values = provenance.settings.clone();
        values.set(table::DECODER.name, Value::Text(provenance.decoder.clone()));
        let (clip, unknown) = clip_of(&values);
        // Not validated here: a size that this model does not take must show at its field, as if typed.
        let loras = loras_of(provenance, &self.form.controls.asked.loras);
        self.form.controls.adopt(&GenerateRequest { clip, loras, device: self.form.controls.asked.device });
        // A sampler that is not known leaves the choice to the model.
        if unknown.iter().any(|(setting, _)| **setting == table::SAMPLER) {
            self.form.controls.asked.sampler = None;
        }
        self.form.remarks.clear();
        self.check_controls();
        unknown
    }
}
