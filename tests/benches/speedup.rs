//! How many times faster the student makes a clip than its teacher, by measured calls of one run: 50 guided steps of
//! VideoCrafter2 against four steps of the 0.7B, 16 frames of 512x320, decode included. The text encoder is left out: it is the
//! same for both, and a thousandth of the student's time.
//!
//! `cargo bench --workspace --bench speedup [-- DEVICE [nano]]`; with `nano` its own shapes and the same steps, to see that it runs.
//! Weights are made up: times do not depend on them.

use std::error::Error;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};
use hummingbird_engine::device::{self, DeviceChoice};
use hummingbird_engine::handoff::TextEmbedding;
use hummingbird_engine::memory::Allocator;
use hummingbird_engine::nn::config::{TinyDecoderConfig, UNetConfig, VaeConfig};
use hummingbird_engine::nn::hook::NoHook;
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::denoise::unet::{Blocks, Conditions, UNET_PREFIX, UNet, UNetInput};
use hummingbird_engine::pipeline::tiny_decoder::{TINY_DECODER_PREFIX, TinyDecoder};
use hummingbird_engine::pipeline::vae::{VAE_PREFIX, VaeDecoder};
use hummingbird_engine::request::Reuse;
use hummingbird_tests::rule::RuleWeights;
use hummingbird_tests::unet_input::unet_input;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

const FRAMES: usize = 16;
/// Steps of the teacher, each with two predictions, and of the student.
const TEACHER_STEPS: usize = 50;
const STUDENT_STEPS: usize = 4;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo hands `--bench` to every bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let choice = words.iter().find_map(|word| word.parse().ok()).unwrap_or(DeviceChoice::Cpu);
    let [height, width] = if words.iter().any(|word| word == "nano") { [8, 12] } else { [40, 64] };
    let open = device::open(choice, None)?;
    say(&format!("{}, {FRAMES} frames of {}x{}", open.name, 8 * width, 8 * height));
    let latent = [FRAMES, height, width];

    let teacher = Network::new(&UNetConfig::videocrafter2(), latent, &open.device)?;
    let guided = teacher.guided_step()?;
    say(&format!("guided step of VideoCrafter2: {guided:.2} s"));
    drop(teacher);
    let student = Network::new(&UNetConfig::hummingbird_07b(), latent, &open.device)?;
    let call = student.step(&Blocks::All)?;
    say(&format!("call of the 0.7B: {call:.2} s"));
    let mut with_reuse = Vec::new();
    for reuse in [Reuse::Light, Reuse::Strong] {
        let plan = reuse.plan().expect("it reuses something");
        let (whole, between) = student.steps_with_reuse(plan.depth as usize)?;
        say(&format!("with {reuse} reuse: {whole:.2} s the whole call that keeps, {between:.2} s one between"));
        let steps = (0..STUDENT_STEPS).map(|step| if plan.runs_whole(step) { whole } else { between }).sum::<f64>();
        with_reuse.push((reuse, steps));
    }
    drop(student);

    let frame = |secs: f64| FRAMES as f64 * secs;
    let z = Tensor::<4>::random([1, height, width, 4], Distribution::Normal(0.0, 1.0), &open.device);
    let loader = ParamLoader::new(&RuleWeights, &open.device);
    let vae = VaeDecoder::init(&VaeConfig::kl_f8(), &loader.path(VAE_PREFIX))?;
    let full = frame(seconds(&open.device, || vae.decode(z.clone(), &NoHook).map(drop))?);
    let taesd = TinyDecoder::init(&TinyDecoderConfig::taesd(), &loader.path(TINY_DECODER_PREFIX))?;
    // As a job has it, all frames in one call.
    let clip = z.repeat_dim(0, FRAMES);
    let light = seconds(&open.device, || taesd.decode_frames(&clip, &NoHook).map(drop))?;
    say(&format!("decode of all frames: {full:.2} s in full, {light:.2} s by the tiny decoder\n"));

    let steps = STUDENT_STEPS as f64 * call;
    let teachers = TEACHER_STEPS as f64 * guided + full;
    say(&format!("teacher: {TEACHER_STEPS} guided steps, full decoder: {teachers:.0} s"));
    say("| student, four steps | seconds | times faster |\n|---|---|---|");
    let row = |name: &str, secs: f64| say(&format!("| {name} | {secs:.1} | {:.1} |", teachers / secs));
    row("full decoder", steps + full);
    row("tiny decoder", steps + light);
    for (reuse, steps) in with_reuse {
        row(&format!("{reuse} reuse, full decoder"), steps + full);
        row(&format!("{reuse} reuse, tiny decoder"), steps + light);
    }
    Ok(())
}

/// A U-Net and its inputs.
struct Network {
    unet: UNet,
    latent: Tensor<5>,
    conditions: Conditions,
    text: TextEmbedding,
    device: Device,
}

impl Network {
    fn new(config: &UNetConfig, size: [usize; 3], device: &Device) -> Result<Self, Box<dyn Error>> {
        let loader = ParamLoader::new(&RuleWeights, device);
        let unet = UNet::init(config, &loader.path(UNET_PREFIX))?;
        let UNetInput { latent, conditions, text } = unet_input(config, 1, size, device);
        Ok(Self { unet, latent, conditions, text, device: device.clone() })
    }

    /// Both predictions of a step, as the sampler makes them.
    fn guided_step(&self) -> Result<f64, Box<dyn Error>> {
        seconds(&self.device, || {
            let stem = self.unet.begin(self.latent.clone(), self.conditions.clone(), &NoHook)?;
            self.unet.go_on(stem.clone(), self.text.clone(), Blocks::All, &NoHook)?;
            self.unet.go_on(stem, self.text.clone(), Blocks::All, &NoHook).map(drop)
        })
    }

    fn step(&self, blocks: &Blocks) -> Result<f64, Box<dyn Error>> {
        seconds(&self.device, || {
            let stem = self.unet.begin(self.latent.clone(), self.conditions.clone(), &NoHook)?;
            self.unet.go_on(stem, self.text.clone(), blocks.clone(), &NoHook).map(drop)
        })
    }

    /// A call that keeps its deep features, and one that takes them over.
    fn steps_with_reuse(&self, depth: usize) -> Result<(f64, f64), Box<dyn Error>> {
        let stem = self.unet.begin(self.latent.clone(), self.conditions.clone(), &NoHook)?;
        let kept = self.unet.go_on(stem, self.text.clone(), Blocks::AllAndKeep { depth }, &NoHook)?;
        let deep = kept.deep.ok_or("the network has no more blocks than that")?;
        Ok((self.step(&Blocks::AllAndKeep { depth })?, self.step(&Blocks::Last { depth, deep })?))
    }
}

/// Seconds of the faster of two runs.
fn seconds<E: Error + 'static>(device: &Device, run: impl Fn() -> Result<(), E>) -> Result<f64, Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..2 {
        device.sync()?;
        let started = Instant::now();
        run()?;
        device.sync()?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn say(line: &str) {
    println!("{line}");
}
