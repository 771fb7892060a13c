//! Reuse across steps: what a part of the network computes from kept features, and runs that are cut off.

use std::sync::Mutex;

use burn::tensor::{Device, Distribution, Tensor};
use hummingbird_engine::handoff::TextEmbedding;
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::nn::config::UNetConfig;
use hummingbird_engine::nn::hook::{ForwardHook, NoHook};
use hummingbird_engine::nn::params::values_of;
use hummingbird_engine::pipeline::denoise::unet::{Blocks, Conditions, UNetInput};
use hummingbird_engine::pipeline::denoise::{Denoise, StepStart, denoise};
use hummingbird_engine::request::{Reuse, ReusePlan, SamplerKind};
use hummingbird_tests::devices::{cpu, gpu};

use super::trajectories::Bench;
use super::unet::{nano, tiny_07b, tiny_09b, tiny_vc2};

/// Names of the blocks that ran.
#[derive(Default)]
struct Ran(Mutex<Vec<String>>);

impl ForwardHook for Ran {
    fn on_output(&self, name: &str, _: &Tensor<4>) -> Result<(), Cancelled> {
        self.0.lock().expect("no hook panicked").push(name.to_owned());
        Ok(())
    }
}

impl Ran {
    fn count(&self, name: &str) -> usize {
        self.0.lock().expect("no hook panicked").iter().filter(|it| *it == name).count()
    }
}

fn noise<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// From its own features, the end of a network computes what the whole network does, to the last bit.
fn check_parts(config: UNetConfig, device: &Device) {
    let has_middle = config.middle_block;
    let count = config.channel_mult.len() * (config.num_res_blocks + 1);
    let context = config.context_dim;
    let row = |width: usize| noise([1, width], device);
    let conditions = Conditions {
        timestep: row(config.model_channels),
        fps: Some(row(config.model_channels)),
        guidance: config.time_cond_proj_dim.map(row),
        motion: None,
    };
    let text = TextEmbedding { tensor: noise([1, 77, context], device) };
    let input =
        |latent: &Tensor<5>| UNetInput { latent: latent.clone(), conditions: conditions.clone(), text: text.clone() };
    let bench = Bench::new(config, device);
    let [latent, other] = [(); 2].map(|()| noise([1, 4, 2, 8, 8], device));
    let pass = |latent: &Tensor<5>, blocks: Blocks, hook: &dyn ForwardHook| {
        let prediction = bench.unet.forward_blocks(input(latent), blocks, hook).expect("nothing cancels");
        (values_of(prediction.output.into_data()), prediction.deep)
    };
    let [whole, of_other] = [&latent, &other].map(|it| pass(it, Blocks::All, &NoHook).0);
    for depth in 1..count {
        let (output, deep) = pass(&latent, Blocks::AllAndKeep { depth }, &NoHook);
        assert_eq!(output, whole, "keeping changes nothing, depth {depth}");
        let deep = deep.unwrap_or_else(|| panic!("depth {depth} of {count} keeps something"));
        let ran = Ran::default();
        let (output, again) = pass(&latent, Blocks::Last { depth, deep: deep.clone() }, &ran);
        assert_eq!(output, whole, "the last {depth} of {count} blocks");
        assert!(again.is_none());
        for index in 0..count {
            assert_eq!(
                ran.count(&format!("output_blocks.{index}")),
                usize::from(index >= count - depth),
                "{depth}: out"
            );
            assert_eq!(ran.count(&format!("input_blocks.{index}")), usize::from(index < depth), "{depth}: in {index}");
        }
        assert_eq!(ran.count("middle_block"), 0);
        assert_ne!(pass(&other, Blocks::Last { depth, deep }, &NoHook).0, of_other, "features of another latent");
    }
    for depth in [count, count + 7] {
        let ran = Ran::default();
        let (output, deep) = pass(&latent, Blocks::AllAndKeep { depth }, &ran);
        assert!(output == whole && deep.is_none(), "there is nothing below {depth} of {count} blocks");
        assert_eq!(ran.count("middle_block"), usize::from(has_middle));
    }
}

#[test]
fn the_last_blocks_compute_from_kept_features_what_the_network_does() {
    for config in [nano(), tiny_07b(), tiny_09b(), tiny_vc2()] {
        check_parts(config, &cpu());
    }
    if let Some(gpu) = gpu("reuse::the_last_blocks_compute_from_kept_features_what_the_network_does") {
        check_parts(nano(), &gpu);
    }
}

/// Runs a sampler with reuse, cuts it off after every step, and lets it go on where it can.
fn check_cut_offs(sampler: SamplerKind, guidance: f32, device: &Device) {
    let time_cond_proj_dim = if sampler == SamplerKind::Turbo { Some(256) } else { None };
    let bench = Bench::new(UNetConfig { time_cond_proj_dim, ..nano() }, device);
    let [text, negative] = [(); 2].map(|()| noise([1, 77, 32], device));
    let start = noise([1, 4, 2, 4, 4], device);
    let job = |reuse| Denoise {
        unconditional: Some(TextEmbedding { tensor: negative.clone() }),
        sampler,
        steps: 5,
        guidance,
        eta: 0.5,
        reuse,
        merge_tokens: false,
        ..bench.job(&text, &start, 0)
    };
    let run = |job: &Denoise<'_>, hook: &dyn ForwardHook| {
        let mut left = Vec::new();
        let latent = denoise(job, hook, &mut |step| {
            left.push((step.done, step.next.clone()));
            Ok(())
        });
        (values_of(latent.expect("nothing cancels").tensor.into_data()), left)
    };
    let (exact, _) = run(&job(Reuse::Off), &NoHook);
    let whole = Reuse::Custom(ReusePlan { interval: 2, depth: ReusePlan::MAX });
    assert_eq!(run(&job(whole), &NoHook).0, exact, "a depth of all blocks reuses nothing");
    for (interval, depth) in [(2, 1), (3, 2), (5, 3)] {
        let reuse = Reuse::Custom(ReusePlan { interval, depth });
        let ran = Ran::default();
        let (result, left) = run(&job(reuse), &ran);
        assert_ne!(result, exact, "{reuse} reuses nothing");
        assert_eq!(ran.count("emb"), 5, "all texts go on from one stem");
        // One call for each text, or for both.
        let calls = ran.count("output_blocks.3") / 5;
        assert!((1..=2).contains(&calls), "{calls} calls in a step");
        assert_eq!(ran.count("output_blocks.0"), calls * 5_usize.div_ceil(interval as usize), "whole steps of {reuse}");
        assert_eq!(ran.count("output_blocks.3"), calls * 5, "every step of {reuse} runs the last block");
        for (done, latent) in left.into_iter().filter(|(done, _)| *done < 5) {
            let goes_on = Denoise { start: Some(StepStart { done, latent }), ..job(reuse) };
            let again = run(&goes_on, &NoHook).0;
            if reuse.can_go_on_at(done) {
                assert_eq!(again, result, "{reuse}, cut off after step {done}");
            } else {
                assert_ne!(again, result, "{reuse}: step {done} took over what is not known any more");
            }
        }
    }
}

#[test]
fn runs_that_are_cut_off_at_whole_steps_end_the_same() {
    check_cut_offs(SamplerKind::Ddim, 4.0, &cpu());
    check_cut_offs(SamplerKind::Ddim, 1.0, &cpu());
    check_cut_offs(SamplerKind::Turbo, 7.5, &cpu());
}
