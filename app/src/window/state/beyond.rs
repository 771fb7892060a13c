//! A word where settings go beyond what the model was made for: nothing forbids them, and they seldom come out well.

use hummingbird_engine::request::ClipSettings;
use hummingbird_engine::request::{RequestLimits, SamplerKind};
use hummingbird_engine::settings::table;

use super::controls::Place;
use crate::language::tr;

/// Above this multiple of the model's own guidance, colours become harsh.
const MUCH_GUIDANCE: f32 = 2.5;
/// Above this multiple of its own steps, a model for few steps gains nothing.
const MANY_STEPS: u32 = 4;

/// What is to be said of these settings, each with its place.
pub fn beyond(clip: &ClipSettings, limits: &RequestLimits) -> Vec<(Place, String)> {
    let mut said = Vec::new();
    if clip.frames > limits.default_frames {
        let text = tr!("state-beyond-frames", frames = limits.default_frames);
        said.push((Place::of(&table::FRAMES), text));
    }
    let (width, height) = (limits.default_width, limits.default_height);
    let area = |width: u32, height: u32| u64::from(width) * u64::from(height);
    if area(clip.width, clip.height) > area(width, height) || clip.width.max(clip.height) > width.max(height) {
        let text = tr!("state-beyond-size", width = width, height = height);
        said.push((Place::of(&table::WIDTH), text));
    }
    if clip.sampler != limits.sampler {
        let own = if limits.sampler == SamplerKind::Turbo { "Turbo" } else { "DDIM" };
        said.push((Place::of(&table::SAMPLER), tr!("state-beyond-sampler", sampler = own)));
    } else if clip.sampler == SamplerKind::Turbo && clip.steps > limits.default_steps.saturating_mul(MANY_STEPS) {
        let text = tr!("state-beyond-steps", steps = limits.default_steps);
        said.push((Place::of(&table::STEPS), text));
    }
    let own = limits.default_guidance;
    if own > 0.0 && clip.guidance > own * MUCH_GUIDANCE {
        let text = tr!("state-beyond-guidance", guidance = own.to_string());
        said.push((Place::of(&table::GUIDANCE), text));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_beyond_the_model_get_a_word_and_its_own_get_none() {
        let limits = RequestLimits {
            sampler: SamplerKind::Ddim,
            default_steps: 20,
            max_steps: 100,
            default_guidance: 4.0,
            default_frames: 16,
            max_frames: 64,
            default_width: 96,
            default_height: 64,
            size_multiple: 32,
            max_size: 512,
            default_fps: 8,
            default_reuse: hummingbird_engine::request::Reuse::Off,
            tiny_decoder: true,
        };
        let own = ClipSettings {
            steps: limits.default_steps,
            guidance: limits.default_guidance,
            frames: limits.default_frames,
            width: limits.default_width,
            height: limits.default_height,
            sampler: limits.sampler,
            ..ClipSettings::default()
        };
        assert_eq!(beyond(&own, &limits), []);
        let places =
            |clip: &ClipSettings| beyond(clip, &limits).into_iter().map(|(place, _)| place).collect::<Vec<_>>();
        assert_eq!(places(&ClipSettings { frames: 17, ..own.clone() }), [Place::of(&table::FRAMES)]);
        assert_eq!(places(&ClipSettings { width: 128, ..own.clone() }), [Place::of(&table::WIDTH)]);
        assert_eq!(places(&ClipSettings { width: 64, height: 96, ..own.clone() }), [], "upright is as large");
        assert_eq!(places(&ClipSettings { sampler: SamplerKind::Turbo, ..own.clone() }), [Place::of(&table::SAMPLER)]);
        assert_eq!(places(&ClipSettings { guidance: 20.0, ..own.clone() }), [Place::of(&table::GUIDANCE)]);
        assert_eq!(places(&ClipSettings { steps: 100, ..own }), [], "DDIM takes as many as one likes");
    }
}
