//! How near clips are to a style: by what colours they have and how their colours change from pixel to pixel.
//!
//! The features of a clip are two histograms over all of its pixels: 64 bins of colour (four levels a channel), and eight of the
//! largest change of a channel to the next pixel on the right or below. The distance of two is half the sum of absolute differences, 0 to
//! 1, mean over both histograms. A clip is compared with the mean features of its own prompt, drawn plainly and drawn as outlines,
//! with other random details each time; the `style` of a clip is its distance from the plain ones over the sum of both distances.

use std::fmt::Write as _;
use std::path::Path;

use hummingbird_engine::CancelToken;
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::Event;
use hummingbird_engine::model::{ModelFile, ModelSource};
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, Vae};
use hummingbird_engine::request::{LoraChoice, RawRequest};
use hummingbird_engine::training::datasets::synthetic::captions::held_out_prompts;
use hummingbird_engine::training::datasets::synthetic::{Canvas, ClipSpec, Combination, render_frames};
use hummingbird_engine::training::device::{TrainDevice, open};
use hummingbird_engine::training::sample_grid;
use hummingbird_engine::worker::{EngineHandle, EngineOptions};

use super::draw::outlined;
use super::{Result, TRIGGER};

/// Seed of the prompts, of the drawn clips that are compared with, and of the model's noise.
const SEED: u64 = 7;
/// Drawings of each prompt and style that are compared with.
const DRAWINGS: u64 = 8;
/// Rows of the grid.
const ROWS: usize = 6;

/// Histograms of colour and of change.
type Features = [Vec<f64>; 2];

fn features(clips: &[Frames]) -> Features {
    let (mut colours, mut changes) = (vec![0.0; 64], vec![0.0; 8]);
    let mut pixels = 0.0;
    for clip in clips {
        let (width, height) = (clip.width(), clip.height());
        for frame in clip.iter() {
            let pixel = |column: usize, row: usize| &frame[(row * width + column) * 3..][..3];
            for row in 0..height - 1 {
                for column in 0..width - 1 {
                    let here = pixel(column, row);
                    let bin = here.iter().fold(0, |bin, &byte| bin * 4 + usize::from(byte / 64));
                    colours[bin] += 1.0;
                    let next = pixel(column + 1, row).iter().chain(pixel(column, row + 1));
                    let change = here.iter().cycle().zip(next).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0);
                    changes[usize::from(change.checked_ilog2().unwrap_or(0) as u8)] += 1.0;
                    pixels += 1.0;
                }
            }
        }
    }
    [colours, changes].map(|bins| bins.into_iter().map(|count| count / pixels).collect())
}

fn distance(a: &Features, b: &Features) -> f64 {
    let of = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f64>() / 2.0;
    a.iter().zip(b).map(|(a, b)| of(a, b)).sum::<f64>() / a.len() as f64
}

/// Mean distances of clips from their prompts, drawn in both ways.
#[derive(Default)]
struct Row {
    from_plain: f64,
    from_outlined: f64,
    style: f64,
}

fn row(clips: &[Frames], drawn: &[[Features; 2]]) -> Row {
    let mut row = Row::default();
    for (clip, [plain, outlines]) in clips.iter().zip(drawn) {
        let own = features(std::slice::from_ref(clip));
        let (from_plain, from_outlined) = (distance(&own, plain), distance(&own, outlines));
        row.from_plain += from_plain / clips.len() as f64;
        row.from_outlined += from_outlined / clips.len() as f64;
        row.style += from_plain / (from_plain + from_outlined) / clips.len() as f64;
    }
    row
}

/// The table of distances; the grid goes to `grid`.
pub fn measure(source: &ModelSource, lora: &Path, grid: &Path, prompts: usize) -> Result<String> {
    let model = ModelFile::open(source)?;
    let limits = &model.description().limits;
    let canvas = Canvas { width: limits.default_width as usize, height: limits.default_height as usize };
    let times: Vec<f32> = (0..limits.default_frames).map(|frame| frame as f32).collect();
    let prompts = held_out_prompts(prompts, SEED);
    let spec = |combination: Combination, index: u64| ClipSpec::for_combination(combination, SEED, index);

    let mean = |combination: Combination, draw: fn(&ClipSpec, Canvas, &[f32]) -> Frames| {
        features(&(1..=DRAWINGS).map(|index| draw(&spec(combination, index), canvas, &times)).collect::<Vec<_>>())
    };
    let drawn: Vec<[Features; 2]> =
        prompts.iter().map(|(it, _)| [mean(*it, render_frames), mean(*it, outlined)]).collect();
    let all = |draw: fn(&ClipSpec, Canvas, &[f32]) -> Frames| -> Vec<Frames> {
        prompts.iter().map(|(it, _)| draw(&spec(*it, 0), canvas, &times)).collect()
    };
    let (plain, chalk) = (all(render_frames), all(outlined));
    let through = through_autoencoder(&model, &chalk)?;
    let words = |trigger: &str| prompts.iter().map(|(_, text)| format!("{trigger}{text}")).collect::<Vec<_>>();
    let trigger = format!("{TRIGGER}, ");
    let without = made(source, None, &words(""))?;
    let without_named = made(source, None, &words(&trigger))?;
    let with = made(source, Some(lora), &words(&trigger))?;
    let with_unnamed = made(source, Some(lora), &words(""))?;

    let mut text = String::from("clips | from plain | from outlined | style\n");
    for (name, clips) in [
        ("drawn plainly", &plain),
        ("drawn as outlines", &chalk),
        ("the same by way of the autoencoder", &through),
        ("of the model", &without),
        ("of the model, with the trigger word", &without_named),
        ("with the LoRA and the trigger word", &with),
        ("with the LoRA alone", &with_unnamed),
    ] {
        let Row { from_plain, from_outlined, style } = row(clips, &drawn);
        writeln!(text, "{name} | {from_plain:.3} | {from_outlined:.3} | {style:.2}")?;
    }
    // The first and the last frame: of the model, with the LoRA, and drawn as outlines by way of the autoencoder.
    let shown =
        |clips: &'_ [Frames], index: usize| [0, clips[index].count() - 1].map(|at| clips[index].frame(at).to_vec());
    let rows: Vec<Vec<Vec<u8>>> = (0..ROWS.min(prompts.len()))
        .map(|index| [&without, &with, &through].into_iter().flat_map(|clips| shown(clips, index)).collect())
        .collect();
    let rows: Vec<Vec<&[u8]>> = rows.iter().map(|row| row.iter().map(Vec::as_slice).collect()).collect();
    sample_grid::write(grid, &rows, canvas.width, canvas.height)?;
    for (_, prompt) in prompts.iter().take(ROWS) {
        writeln!(text, "row: {prompt}")?;
    }
    Ok(text)
}

/// The most that a LoRA of the U-Net can reach: the autoencoder stays as it is.
fn through_autoencoder(model: &ModelFile, clips: &[Frames]) -> Result<Vec<Frames>> {
    let device = open(TrainDevice::Engine(DeviceChoice::Cpu), None)?.device;
    let vae = Vae::init(&model.description().config.vae, &ParamLoader::new(model, &device).path(VAE_PREFIX))?;
    let cancel = CancelToken::default();
    let through = |clip: &Frames| -> Result<Frames> {
        let latent = vae.encode_clip(clip, 1.0, &device, &cancel)?;
        Ok(vae.decoder().decode_clip(latent, 1.0, &cancel)?)
    };
    clips.iter().map(through).collect()
}

/// A clip for each prompt, as a user makes them.
fn made(source: &ModelSource, lora: Option<&Path>, prompts: &[String]) -> Result<Vec<Frames>> {
    let folder = tempfile::tempdir()?;
    let engine = EngineHandle::start(source, EngineOptions::at(folder.path()))?;
    let loras: Vec<LoraChoice> =
        lora.map(|path| LoraChoice { path: path.to_owned(), strength: 1.0 }).into_iter().collect();
    let mut clips = Vec::new();
    for (prompt, seed) in prompts.iter().zip(SEED..) {
        let device: device::DeviceChoice = "cpu".parse()?;
        let (prompt, seed, loras) = (prompt.clone(), Some(seed), loras.clone());
        let raw = RawRequest { prompt, seed, loras, device, ..RawRequest::default() };
        engine.submit(raw.validate(&engine.model().limits)?)?;
        clips.push(loop {
            match engine.events().recv()? {
                Event::Done { outcome, .. } => break Frames::clone(&outcome.frames),
                Event::Failed { error, .. } => return Err(error.into()),
                _ => {}
            }
        });
    }
    Ok(clips)
}
