//! Low-rank branches of a network in training ([`crate::nn::adapter`]): where their parameters come from, and how they end, which is
//! in the weights.

use std::collections::HashMap;

use burn::tensor::{Device, Tensor, TensorData};

use crate::kernels::Q8Weight;
use crate::nn::adapter::{DOWN, Ranks, is_factor, layer_of};
use crate::nn::config::UNetConfig;
use crate::nn::params::{Init, NamedTensor, ParamLoader, ParamSource, RegisteredParam, values_of};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::weights::FileError;

/// The factors of all branches of a U-Net, sorted by name: what a file of them holds.
///
/// # Errors
/// None that a network without values has.
pub fn factors_of(config: &UNetConfig, ranks: &Ranks<'_>) -> Result<Vec<RegisteredParam>, FileError> {
    let loader = ParamLoader::names_only().with_adapters(ranks);
    UNet::init(config, &loader.path(UNET_PREFIX))?;
    let registry = loader.into_registry();
    Ok(registry.params().into_iter().filter(|param| is_factor(&param.name)).cloned().collect())
}

/// A model, and the factors of its branches from elsewhere: a file of them, or a seeded start.
pub struct WithBranches<'a> {
    /// All but the factors.
    pub model: &'a dyn ParamSource,
    /// The factors.
    pub branches: &'a dyn ParamSource,
}

impl WithBranches<'_> {
    fn source(&self, name: &str) -> &dyn ParamSource {
        if is_factor(name) { self.branches } else { self.model }
    }
}

impl ParamSource for WithBranches<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        self.source(name).values(name, shape, init)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        self.source(name).stored(name, shape, init)
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        self.source(name).q8(name, shape)
    }
}

/// A model without branches, whose weights have them: `W + up down`.
pub struct MergedBranches<'a> {
    model: &'a dyn ParamSource,
    /// `up` and `down` by the layer.
    factors: HashMap<&'a str, [Option<&'a NamedTensor>; 2]>,
}

impl<'a> MergedBranches<'a> {
    /// The values of `model` with these factors, of which each layer has both or none.
    pub fn new(model: &'a dyn ParamSource, factors: &'a [NamedTensor]) -> Self {
        let mut layers: HashMap<&str, [Option<&NamedTensor>; 2]> = HashMap::new();
        for factor in factors {
            if let Some(layer) = layer_of(&factor.name) {
                let pair = layers.entry(layer).or_default();
                pair[usize::from(factor.name.ends_with(&format!(".{DOWN}.weight")))] = Some(factor);
            }
        }
        Self { model, factors: layers }
    }
}

impl ParamSource for MergedBranches<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let values = self.model.values(name, shape, init)?;
        let layer = name.strip_suffix(".weight").unwrap_or_default();
        let Some([Some(up), Some(down)]) = self.factors.get(layer) else { return Ok(values) };
        let device = Device::flex();
        // The first side, and all others together.
        let matrix = |tensor: &NamedTensor| {
            let first = tensor.shape.first().copied().unwrap_or(1);
            let rest = tensor.values.len() / first.max(1);
            Tensor::<2>::from_data(TensorData::new(tensor.values.clone(), [first, rest]), &device)
        };
        let (up, down) = (matrix(up), matrix(down));
        let change = values_of(up.matmul(down).into_data());
        Ok(values.iter().zip(change).map(|(value, change)| value + change).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::adapter::{UP, at_most};
    use crate::nn::dropout::{Dropout, DropoutRates};
    use crate::nn::hook::{NoHook, TrainPass};
    use crate::nn::params::NoZeros;
    use crate::pipeline::denoise::unet::{Conditions, UNetInput};
    use crate::pipeline::handoff::TextEmbedding;
    use crate::training::trainer::gradients;
    use crate::weights::SeededStart;
    use burn::module::Module;
    use burn::optim::GradientsParams;

    fn tiny() -> UNetConfig {
        UNetConfig {
            model_channels: 32,
            num_head_channels: 16,
            context_dim: 24,
            channel_mult: vec![1, 2],
            attention_resolutions: vec![1],
            norm_groups: 16, // A group of one channel has no gradient in front of it.
            ..UNetConfig::hummingbird_07b()
        }
    }

    fn noise<const D: usize>(shape: [usize; D], seed: u64, device: &Device) -> Tensor<D> {
        let values = NoZeros.values(&format!("noise {seed}"), &[shape.iter().product()], Init::Zeros).expect("a rule");
        Tensor::from_data(TensorData::new(values, shape), device)
    }

    fn input(device: &Device) -> UNetInput {
        UNetInput {
            latent: noise([2, 4, 3, 4, 6], 1, device),
            conditions: Conditions {
                timestep: noise([2, 32], 2, device),
                fps: Some(noise([2, 32], 3, device)),
                guidance: Some(noise([2, 256], 4, device)),
                motion: None,
            },
            text: TextEmbedding { tensor: noise([2, 5, 24], 5, device) },
        }
    }

    fn largest_difference(a: &Tensor<5>, b: &Tensor<5>) -> f32 {
        let [a, b] = [a, b].map(|tensor| values_of(tensor.clone().into_data()));
        assert_eq!(a.len(), b.len());
        a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// Counted on the reference's modules with its rank of 64.
    #[test]
    fn branches_are_those_of_the_reference() {
        let of = |config: &UNetConfig| {
            let factors = factors_of(config, &at_most(64)).expect("names need no file");
            let layers = factors.iter().filter(|it| it.name.ends_with(".lora_up.weight")).count();
            assert_eq!(2 * layers, factors.len());
            (layers, factors.iter().map(|it| it.shape.iter().product::<usize>()).sum::<usize>(), factors)
        };
        let (layers, values, factors) = of(&UNetConfig::hummingbird_07b());
        assert_eq!((layers, values), (333, 65_639_072));
        let shape = |name: &str| {
            let name = format!("{UNET_PREFIX}.{name}.weight");
            factors.iter().find(|it| it.name == name).map(|it| it.shape.clone())
        };
        assert_eq!(shape("time_cond_proj.lora_down"), Some(vec![64, 256]));
        assert_eq!(shape("input_blocks.0.0.lora_down"), Some(vec![4, 4, 3, 3]), "no rank above the inputs");
        assert_eq!(shape("input_blocks.0.0.lora_up"), Some(vec![320, 4, 1, 1]));
        assert_eq!(shape("input_blocks.1.0.temopral_conv.conv1.2.lora_down"), Some(vec![64, 320, 3, 1, 1]));
        assert_eq!(shape("input_blocks.3.0.skip_connection.lora_up"), Some(vec![640, 64, 1, 1]));
        assert_eq!(shape("out.2.lora_up"), Some(vec![4, 4, 1, 1]), "no rank above the outputs");
        assert_eq!(shape("init_attn.0.proj_in.lora_up"), None, "Conv1d has none");
        let (layers, values, _) = of(&UNetConfig::hummingbird_09b());
        assert_eq!((layers, values), (371, 77_402_784));
    }

    #[test]
    fn merged_branches_predict_what_branches_do() {
        let device = Device::flex();
        let config = tiny();
        let ranks = at_most(6);
        let loader = ParamLoader::new(&NoZeros, &device).with_adapters(&ranks);
        let with = UNet::init(&config, &loader.path(UNET_PREFIX)).expect("every name");
        let factors = loader.into_registry().export_trained(&with);
        assert_eq!(factors.len(), factors_of(&config, &ranks).expect("names").len(), "nothing else is trained");
        let merged = MergedBranches::new(&NoZeros, &factors);
        let merged = UNet::init(&config, &ParamLoader::new(&merged, &device).path(UNET_PREFIX)).expect("every name");
        let plain = UNet::init(&config, &ParamLoader::new(&NoZeros, &device).path(UNET_PREFIX)).expect("every name");
        let predict = |unet: &UNet| unet.forward(input(&device), &NoHook).expect("nothing cancels");
        let size = values_of(predict(&with).abs().max().into_data())[0];
        assert!(largest_difference(&predict(&with), &predict(&merged)) < 2e-5 * size.max(1.0));
        assert!(largest_difference(&predict(&with), &predict(&plain)) > 1e-2 * size, "branches have an effect");
    }

    #[test]
    fn new_branches_change_nothing_and_alone_get_gradients() {
        let device = Device::flex().autodiff();
        let config = tiny();
        let ranks = at_most(6);
        let start = SeededStart { seed: 3 };
        let source = WithBranches { model: &NoZeros, branches: &start };
        let loader = ParamLoader::new(&source, &device).with_adapters(&ranks);
        let unet = UNet::init(&config, &loader.path(UNET_PREFIX)).expect("every name");
        let registry = loader.into_registry();
        let plain = UNet::init(&config, &ParamLoader::new(&NoZeros, &Device::flex()).path(UNET_PREFIX));
        let plain = plain.expect("every name").forward(input(&Device::flex()), &NoHook).expect("nothing cancels");
        let output = unet.forward(input(&device), &NoHook).expect("nothing cancels");
        let size = values_of(plain.clone().abs().max().into_data())[0];
        assert!(largest_difference(&output.clone().inner(), &plain) < 1e-5 * size);
        let grads = GradientsParams::from_grads(output.square().mean().backward(), &unet);
        let grads = gradients::named(&registry, &unet, grads);
        let factors = factors_of(&config, &ranks).expect("names");
        assert!(grads.iter().map(|it| (&it.name, &it.shape)).eq(factors.iter().map(|it| (&it.name, &it.shape))));
        // `up` is zero, so that only its own gradient is none.
        assert!(grads.iter().filter(|it| it.name.contains(UP)).all(|it| it.values.iter().any(|&value| value != 0.0)));
        assert!(grads.iter().filter(|it| it.name.contains(DOWN)).all(|it| it.values.iter().all(|&value| value == 0.0)));
        // down ~ N(0, 1 / rank)
        let down =
            registry.export(&unet.valid()).into_iter().find(|it| it.name.ends_with("time_embed.2.lora_down.weight"));
        let down = down.expect("it is adapted").values;
        let deviation = (down.iter().map(|value| value * value).sum::<f32>() / down.len() as f32).sqrt();
        assert!((deviation - 1.0 / 6.0).abs() < 0.02, "{deviation}");
    }

    #[test]
    fn each_rate_of_dropout_has_its_place() {
        let device = Device::flex();
        let config = tiny();
        let ranks = at_most(6);
        let predict = |unet: &UNet, rates: DropoutRates| {
            let pass = TrainPass { tape: None, dropout: Some(Dropout::new(rates, 7)) };
            unet.forward(input(&device), &pass).expect("nothing cancels")
        };
        let plain = UNet::init(&config, &ParamLoader::new(&NoZeros, &device).path(UNET_PREFIX)).expect("every name");
        let loader = ParamLoader::new(&NoZeros, &device).with_adapters(&ranks);
        let with = UNet::init(&config, &loader.path(UNET_PREFIX)).expect("every name");
        let none = DropoutRates::default();
        let in_blocks = [DropoutRates { res_block: 0.5, ..none }, DropoutRates { temporal_conv: 0.5, ..none }];
        let in_branches = [DropoutRates { adapter: 0.5, ..none }, DropoutRates { temporal_adapter: 0.5, ..none }];
        let changes = |unet: &UNet, rates| largest_difference(&predict(unet, none), &predict(unet, rates)) > 1e-3;
        assert!(in_blocks.iter().chain(&in_branches).all(|&rates| changes(&with, rates)));
        assert!(in_blocks.iter().all(|&rates| changes(&plain, rates)));
        assert!(in_branches.iter().all(|&rates| !changes(&plain, rates)), "there are no branches");
    }

    /// Weights that are not trained are used as their file has them, in 16 bits.
    #[test]
    fn frozen_weights_of_16_bits_give_the_gradients_of_their_values() {
        /// [`NoZeros`], rounded to f16, and kept so or not.
        struct Halves {
            kept: bool,
        }
        impl ParamSource for Halves {
            fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
                let values = NoZeros.values(name, shape, init)?;
                Ok(values.into_iter().map(|value| half::f16::from_f32(value).to_f32()).collect())
            }

            fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
                let data = TensorData::new(self.values(name, shape, init)?, shape.to_vec());
                Ok(if self.kept { data.convert::<half::f16>() } else { data })
            }
        }
        let device = Device::flex().autodiff();
        let ranks = at_most(6);
        let run = |kept: bool| {
            let model = Halves { kept };
            let source = WithBranches { model: &model, branches: &NoZeros };
            let loader = ParamLoader::new(&source, &device).with_adapters(&ranks);
            let unet = UNet::init(&tiny(), &loader.path(UNET_PREFIX)).expect("every name");
            let registry = loader.into_registry();
            let output = unet.forward(input(&device), &NoHook).expect("nothing cancels");
            let grads = GradientsParams::from_grads(output.clone().square().mean().backward(), &unet);
            (output.inner(), gradients::named(&registry, &unet, grads))
        };
        let ((wide, wide_grads), (kept, kept_grads)) = (run(false), run(true));
        assert!(largest_difference(&wide, &kept) < 1e-5);
        assert_eq!(wide_grads.len(), kept_grads.len());
        let largest = wide_grads.iter().flat_map(|it| &it.values).fold(0.0_f32, |size, value| size.max(value.abs()));
        for (a, b) in wide_grads.iter().zip(&kept_grads) {
            let off = a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(a.name == b.name && off <= 1e-4 * largest, "{} is {off} off, of {largest}", a.name);
        }
    }

    /// Dropout on what branches add, and in the blocks, is drawn again in the backward pass of recomputed blocks.
    #[test]
    fn dropout_of_recomputed_blocks_gives_the_gradients_of_kept_ones() {
        let device = Device::flex().autodiff();
        let config = tiny();
        let ranks = at_most(6);
        let loader = ParamLoader::new(&NoZeros, &device).with_adapters(&ranks);
        let unet = UNet::init(&config, &loader.path(UNET_PREFIX)).expect("every name");
        let registry = loader.into_registry();
        let rates = DropoutRates { res_block: 0.1, temporal_conv: 0.1, adapter: 0.2, temporal_adapter: 0.1 };
        let run = |seed: Option<u64>, recomputed: bool| {
            let mut pass = TrainPass { tape: None, dropout: seed.map(|seed| Dropout::new(rates, seed)) };
            pass.tape = recomputed.then(Default::default);
            let output = unet.forward(input(&device), &pass).expect("nothing cancels");
            let loss = output.clone().square().mean();
            let mut sum = burn::optim::GradientsAccumulator::new();
            match pass.tape {
                None => sum.accumulate(&unet, GradientsParams::from_grads(loss.backward(), &unet)),
                Some(tape) => {
                    tape.backward(&loss, &mut |grads| {
                        sum.accumulate(&unet, GradientsParams::from_module(grads, &unet));
                    });
                }
            }
            (output.inner(), gradients::named(&registry, &unet, sum.grads()))
        };
        let (kept, kept_grads) = run(Some(1), false);
        let (again, again_grads) = run(Some(1), true);
        assert!(largest_difference(&kept, &again) < 1e-6);
        assert_eq!(kept_grads.len(), again_grads.len());
        let largest = kept_grads.iter().flat_map(|it| &it.values).fold(0.0_f32, |size, value| size.max(value.abs()));
        for (a, b) in kept_grads.iter().zip(&again_grads) {
            let size = a.values.iter().fold(1e-3 * largest, |size, value| size.max(value.abs()));
            let off = a.values.iter().zip(&b.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(a.name == b.name && off <= 1e-4 * size, "{} is {off} off, of {size}", a.name);
        }
        assert!(largest_difference(&kept, &run(Some(2), false).0) > 1e-3, "another seed drops something else");
        assert!(largest_difference(&kept, &run(None, false).0) > 1e-3, "without a seed nothing is dropped");
    }
}
