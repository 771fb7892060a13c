//! What a trained network takes from the text: the loss with the right caption, and with one word of it exchanged, at several
//! timesteps on clips that training never saw. A word that makes no difference was not learned, however good the loss.
//!
//! `cargo bench --workspace --bench text_use [-- MODEL [CLIPS]]`; `MODEL` is a file that `hummingbird train nano` wrote, or
//! `embedded`.

use std::error::Error;

use burn::tensor::{Device, Tensor, TensorData};
use hummingbird_engine::handoff::TokenIds;
use hummingbird_engine::jobs::models::Models;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::params::{ParamLoader, values_of};
use hummingbird_engine::pipeline::clip_tokens::Tokenizer;
use hummingbird_engine::pipeline::denoise::noise::{NoiseSource, NoiseStream};
use hummingbird_engine::pipeline::denoise::schedule::{Schedule, timestep_embedding};
use hummingbird_engine::pipeline::denoise::unet::{Conditions, UNetInput};
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, Vae};
use hummingbird_engine::training::datasets::synthetic::{
    CLIP_FPS, CLIP_FRAMES, Canvas, ClipSpec, Combination, Motion, Split, plain_caption, render_frames,
};
use hummingbird_engine::weights::ModelFile;

const TIMESTEPS: [usize; 5] = [990, 900, 750, 600, 400];
const CAPTIONS: [&str; 6] = ["right", "motion", "colour", "subject", "scene", "none"];
const SEED: u64 = 11;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let source = match words.next() {
        Some(path) if path != "embedded" => ModelSource::File(path.into()),
        _ => ModelSource::Embedded,
    };
    let count: u64 = words.next().map_or(Ok(18), |count| count.parse())?;
    let device = Device::flex();
    let file = ModelFile::open(&source)?;
    let models = Models::load(&file, &[], &device)?;
    let loader = ParamLoader::new(&file, &device);
    let vae = Vae::init(&models.networks.config.vae, &loader.path(VAE_PREFIX))?;

    // Every motion equally often.
    let kinds = Motion::ALL.len() as u64;
    let specs: Vec<ClipSpec> = (0..count).map(|clip| of_motion(Motion::ALL[(clip % kinds) as usize], clip)).collect();
    let latents = specs.iter().map(|spec| encode(&vae, &models, spec)).collect::<Result<Vec<_>, _>>()?;
    print(&format!("velocity loss of {count} clips with the right caption, and with another word for"));
    print(&format!("timestep {}", CAPTIONS.map(|it| format!("{it:>9}")).concat()));
    for timestep in TIMESTEPS {
        let mut sums = [0.0; CAPTIONS.len()];
        for (index, (spec, latent)) in specs.iter().zip(&latents).enumerate() {
            let noise = NoiseSource::new(SEED + index as u64).latent(NoiseStream::Start, latent.dims(), &device);
            let losses = losses(&models, &captions(spec.combination), latent, noise, timestep)?;
            sums.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss / count as f32);
        }
        print(&format!("{timestep:>8} {}", sums.map(|it| format!("{it:9.4}")).concat()));
    }
    Ok(())
}

/// A clip with this motion whose combination training never saw.
fn of_motion(motion: Motion, clip: u64) -> ClipSpec {
    let mut specs = (0..).map(|index| ClipSpec::sample(SEED + clip, index, Split::HeldOut));
    specs.find(|spec| spec.combination.motion == motion).expect("every motion is held out in some combination")
}

/// `[1, channels, frames, height, width]`, scaled.
fn encode(vae: &Vae, models: &Models, spec: &ClipSpec) -> Result<Tensor<5>, Box<dyn Error>> {
    let times: Vec<f32> = (0..CLIP_FRAMES).map(|frame| frame as f32).collect();
    let frames = render_frames(spec, Canvas::SMALL, &times);
    Ok(vae.encode_clip(&frames, models.networks.config.diffusion.scale_factor, &models.networks.device, &NoHook)?)
}

/// The caption, and those with another word, in the order of [`CAPTIONS`].
fn captions(it: Combination) -> [String; CAPTIONS.len()] {
    let others = (1..).map(|step| Combination::from_index((it.index() + step * 1009) % Combination::COUNT));
    let other = others.clone().find(|other| {
        other.motion != it.motion && other.colour != it.colour && other.subject != it.subject && other.scene != it.scene
    });
    let other = other.expect("there is more than one of each word");
    [
        plain_caption(it),
        plain_caption(Combination { motion: other.motion, ..it }),
        plain_caption(Combination { colour: other.colour, ..it }),
        plain_caption(Combination { subject: other.subject, ..it }),
        plain_caption(Combination { scene: other.scene, ..it }),
        String::new(),
    ]
}

/// Mean squared error of the velocity for each caption.
fn losses(
    models: &Models,
    captions: &[String; CAPTIONS.len()],
    clean: &Tensor<5>,
    noise: Tensor<5>,
    timestep: usize,
) -> Result<[f32; CAPTIONS.len()], Box<dyn Error>> {
    let alpha = Schedule::latent_diffusion(models.networks.config.diffusion.beta_ends()).alphas_cumprod()[timestep];
    let (root_alpha, root_beta) = (alpha.sqrt(), (1.0 - alpha).sqrt());
    let noisy = clean.clone() * root_alpha + noise.clone() * root_beta;
    let velocity = noise * root_alpha - clean.clone() * root_beta;
    let tokens: Vec<TokenIds> = captions.iter().map(|text| Tokenizer::shared().encode(text)).collect();
    let width = models.networks.config.unet.model_channels;
    let rows = |value: f32| {
        let values = timestep_embedding(value, width).repeat(CAPTIONS.len());
        Tensor::<2>::from_data(TensorData::new(values, [CAPTIONS.len(), width]), &models.networks.device)
    };
    let conditions =
        Conditions { timestep: rows(timestep as f32), fps: Some(rows(CLIP_FPS as f32)), guidance: None, motion: None };
    let text = models.networks.text().forward(&tokens, &NoHook)?;
    let input = UNetInput { latent: noisy.repeat_dim(0, CAPTIONS.len()), conditions, text };
    let difference = models.networks.unet.forward(input, &NoHook)? - velocity.repeat_dim(0, CAPTIONS.len());
    let values = values_of(difference.into_data());
    let each = values.len() / CAPTIONS.len();
    Ok(std::array::from_fn(|caption| {
        values[caption * each..][..each].iter().map(|it| it * it).sum::<f32>() / each as f32
    }))
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn print(line: &str) {
    println!("{line}");
}
