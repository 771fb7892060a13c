//! The settings of an exported clip, put back into the controls; what this program does not know of them is told.

use std::path::{Path, PathBuf};

use hummingbird_engine::pipeline::video_out::Provenance;
use hummingbird_engine::request::{ClipSettings, DecoderKind, GenerateRequest, NoiseKind, Reuse, SamplerKind};

use super::effect::Effect;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::latest::Ticket;
use crate::window::state::loras::{file_name, loras_of};
use crate::window::state::view::{Level, Remedy};
use crate::window::state::work::CarriedSettings;

impl State {
    /// Asks for the settings of an exported clip.
    pub fn read_clip(&mut self, path: PathBuf, effects: &mut Vec<Effect>) {
        effects.push(Effect::ReadClip { path, ticket: self.form.reading.ask() });
    }

    /// A clip's settings were read back, or not.
    pub fn on_clip_read(&mut self, ticket: Ticket, path: &Path, read: Result<Option<CarriedSettings>, String>) {
        // A later one was chosen meanwhile: its settings are the ones that are wanted.
        if !self.form.reading.is_last(ticket) {
            return;
        }
        let name = file_name(path);
        match read {
            Err(error) => self.view.notify(Level::Error, error),
            Ok(None) => self.view.notify(
                Level::Warning,
                format!("{name} carries no settings: only clips exported by Hummingbird with their settings do"),
            ),
            Ok(Some(CarriedSettings { provenance, is_of_demo })) => {
                match sampler_of(&provenance) {
                    Some(sampler) => self.adopt(&provenance, sampler),
                    None => {
                        let known = self.models.limits().map_or(SamplerKind::Ddim, |limits| limits.sampler);
                        self.adopt(&provenance, known);
                        let text = format!(
                            "{name} was made with the sampler \"{}\", which this version does not know",
                            provenance.sampler
                        );
                        self.view.notify(Level::Warning, text);
                    }
                }
                self.want_loras(&name, &provenance);
                if noise_of(&provenance).is_none() {
                    let text = format!(
                        "{name} was made with the noise \"{}\", which this version does not know; its seed will give a different clip",
                        provenance.noise
                    );
                    self.view.notify(Level::Warning, text);
                }
                if reuse_of(&provenance).is_none() {
                    let text = format!(
                        "{name} was made with the feature cache \"{}\", which this version does not know; without it the clip will be slightly different",
                        provenance.reuse
                    );
                    self.view.notify(Level::Warning, text);
                }
                self.view.notify(Level::Info, format!("the settings of {name} were loaded"));
                let other = self.models.card().is_some_and(|card| card.sha256 != provenance.model_sha256);
                if other && !provenance.model_sha256.is_empty() {
                    let text = format!(
                        "{name} was made by the model \"{}\" ({}…): the model in use will make a different clip",
                        provenance.model_name,
                        provenance.model_sha256.chars().take(12).collect::<String>()
                    );
                    let remedy = if is_of_demo { Action::UseDemoModel } else { Action::OpenModel };
                    self.view.notify_with(Level::Warning, text, Some(Remedy::Run(remedy)));
                }
            }
        }
    }

    fn adopt(&mut self, provenance: &Provenance, sampler: SamplerKind) {
        let device = self.form.controls.device;
        // Not validated here: a size that this model does not take must show at its field, as if typed.
        self.form.controls.adopt(&GenerateRequest {
            clip: ClipSettings {
                prompt: provenance.prompt.clone(),
                negative: provenance.negative.clone(),
                steps: provenance.steps,
                guidance: provenance.guidance,
                seed: provenance.seed,
                frames: provenance.frames,
                width: provenance.width,
                height: provenance.height,
                fps: provenance.fps,
                sampler,
                eta: provenance.eta,
                noise: noise_of(provenance).unwrap_or_default(),
                reuse: reuse_of(provenance).unwrap_or_default(),
                merge_tokens: provenance.merge_tokens,
                decoder: decoder_of(provenance),
            },
            loras: loras_of(provenance, &self.form.controls.loras),
            device,
        });
        self.form.remarks.clear();
        self.check_controls();
    }
}

fn sampler_of(provenance: &Provenance) -> Option<SamplerKind> {
    let name = provenance.sampler.to_lowercase();
    [SamplerKind::Turbo, SamplerKind::Ddim]
        .into_iter()
        .find(|sampler| hummingbird_engine::jobs::provenance::sampler_name(*sampler) == name)
}

/// Files from before there was a choice carry no name.
fn noise_of(provenance: &Provenance) -> Option<NoiseKind> {
    let name = provenance.noise.to_lowercase();
    let known = [NoiseKind::Own, NoiseKind::TorchCpu]
        .into_iter()
        .find(|noise| hummingbird_engine::jobs::provenance::noise_name(*noise) == name);
    known.or_else(|| name.is_empty().then(NoiseKind::default))
}

/// Files from before there was a choice carry no text.
fn reuse_of(provenance: &Provenance) -> Option<Reuse> {
    let text = provenance.reuse.to_lowercase();
    if text.is_empty() { Some(Reuse::Off) } else { text.parse().ok() }
}

/// Files from before there was a choice carry no name: they were decoded in full.
fn decoder_of(provenance: &Provenance) -> DecoderKind {
    let is_light =
        provenance.decoder.eq_ignore_ascii_case(hummingbird_engine::jobs::provenance::decoder_name(DecoderKind::Light));
    if is_light { DecoderKind::Light } else { DecoderKind::Full }
}
