//! The optimiser against its definition in f64, and 8 bits against 32.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::*;
use crate::nn::linear::{Linear, LinearConfig};
use crate::nn::params::{NoZeros, ParamLoader};

/// Numbers in -1..1 that follow no pattern.
fn noise(count: usize, seed: u64) -> Vec<f32> {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// `torch.optim.AdamW`, one value, in f64.
fn reference(settings: &AdamWSettings, start: f64, gradients: &[f64], rates: &[f64]) -> f64 {
    let ([b1, b2], mut value, mut first, mut second) = (settings.betas, start, 0.0, 0.0);
    for (step, (gradient, rate)) in gradients.iter().zip(rates).enumerate() {
        value -= rate * settings.weight_decay * value;
        first = b1 * first + (1.0 - b1) * gradient;
        second = b2 * second + (1.0 - b2) * gradient * gradient;
        let correction = |beta: f64| 1.0 - beta.powi(step as i32 + 1);
        value -= rate / correction(b1) * first / ((second / correction(b2)).sqrt() + settings.eps);
    }
    value
}

struct Layer {
    model: Linear,
    registry: ParamRegistry,
    optimizer: AdamW,
    sides: [usize; 2],
}

impl Layer {
    fn new(settings: AdamWSettings, [inputs, outputs]: [usize; 2]) -> Self {
        let device = Device::flex().autodiff();
        let loader = ParamLoader::new(&NoZeros, &device);
        let model = LinearConfig::new(inputs, outputs).init(&loader.path("layer")).expect("every name");
        let optimizer = AdamW::new(settings);
        Self { model, registry: loader.into_registry(), optimizer, sides: [inputs, outputs] }
    }

    /// An update with these gradients of weight and bias, in one row.
    fn step(&mut self, gradients: &[f32], rate: f64) -> f64 {
        let [inputs, outputs] = self.sides;
        let device = Device::flex();
        let mut grads = GradientsParams::new();
        for (id, param) in self.registry.ids() {
            match param.shape.len() {
                2 => {
                    let values = TensorData::new(gradients[..inputs * outputs].to_vec(), [outputs, inputs]);
                    grads.register(id, Tensor::<2>::from_data(values, &device));
                }
                _ => {
                    let values = TensorData::new(gradients[inputs * outputs..].to_vec(), [outputs]);
                    grads.register(id, Tensor::<1>::from_data(values, &device));
                }
            }
        }
        let gradients = read(&self.model, grads).expect("the processor answers");
        let (model, norm) = self.optimizer.step(self.model.clone(), gradients, rate).expect("the processor answers");
        self.model = model;
        norm
    }

    /// Weight and bias in one row.
    fn values(&self) -> Vec<f32> {
        let mut tensors = self.registry.export(&self.model.valid());
        tensors.sort_by_key(|tensor| std::cmp::Reverse(tensor.shape.len()));
        tensors.into_iter().flat_map(|tensor| tensor.values).collect()
    }
}

#[test]
fn updates_are_those_of_torch() {
    let settings = AdamWSettings { weight_decay: 0.1, clip_norm: Some(2.0), ..AdamWSettings::default() };
    let mut layer = Layer::new(settings, [7, 5]);
    let start = layer.values();
    let steps = 12;
    let rate = |step: u64| if step < 5 { 1e-2 } else { 5e-3 };
    let mut clipped = vec![Vec::new(); start.len()];
    for step in 0..steps {
        let strength = if step % 3 == 0 { 5.0 } else { 0.1 };
        let gradients: Vec<f32> = noise(40, step).iter().map(|value| value * strength).collect();
        let norm = gradients.iter().map(|&it| f64::from(it).powi(2)).sum::<f64>().sqrt();
        assert!((layer.step(&gradients, rate(step)) - norm).abs() < 1e-6 * norm);
        let factor = (2.0 / (norm + 1e-6)).min(1.0);
        assert_eq!(factor < 1.0, step % 3 == 0, "both sides of the limit are met");
        clipped.iter_mut().zip(&gradients).for_each(|(all, &it)| all.push(f64::from(it) * factor));
    }
    let rates: Vec<f64> = (0..steps).map(rate).collect();
    for ((found, start), gradients) in layer.values().iter().zip(&start).zip(&clipped) {
        let wanted = reference(&settings, f64::from(*start), gradients, &rates);
        assert!((f64::from(*found) - wanted).abs() < 1e-6, "{found}, not {wanted}");
        assert!((found - start).abs() > 1e-3, "a value has hardly moved");
    }
}

#[test]
fn parameters_without_gradients_and_gradients_that_are_no_numbers_change_nothing() {
    let mut layer = Layer::new(AdamWSettings::default(), [3, 2]);
    let start = layer.values();
    let stepped = layer.optimizer.step(layer.model.clone(), HashMap::new(), 1.0);
    let (model, norm) = stepped.expect("the processor answers");
    layer.model = model;
    assert_eq!((layer.values(), norm), (start.clone(), 0.0));
    let mut gradients = vec![0.5; 8];
    gradients[3] = f32::NAN;
    assert!(layer.step(&gradients, 1.0).is_nan());
    assert_eq!(layer.values(), start);
}

/// A least-squares problem with gradients of different size, which 8 bits must follow as 32 do.
fn losses(bits: StateBits, steps: u64) -> (Vec<f64>, usize) {
    let settings = AdamWSettings { weight_decay: 0.0, bits, ..AdamWSettings::default() };
    let sides @ [inputs, outputs] = [96, 64];
    let mut layer = Layer::new(settings, sides);
    let goal = noise(inputs * outputs + outputs, 99);
    let mut losses = Vec::new();
    for step in 0..steps {
        let noise = noise(goal.len(), 1000 + step);
        let off: Vec<f32> = layer.values().iter().zip(&goal).map(|(value, goal)| value - goal).collect();
        losses.push(off.iter().map(|off| f64::from(off * off)).sum::<f64>() / off.len() as f64);
        let size = |index: usize| 4f32.powi(-(index as i32 % 4));
        let gradients: Vec<f32> =
            off.iter().zip(&noise).enumerate().map(|(index, (off, noise))| size(index) * (off + 0.2 * noise)).collect();
        layer.step(&gradients, 1e-2);
    }
    (losses, layer.optimizer.state_bytes())
}

#[test]
fn eight_bits_follow_thirty_two_closely_in_a_quarter_of_their_memory() {
    let (full, full_bytes) = losses(StateBits::Full, 120);
    let (eight, eight_bytes) = losses(StateBits::Eight, 120);
    assert!(full[119] < 0.05 * full[0], "it does not learn: {} of {}", full[119], full[0]);
    for (step, (full, eight)) in full.iter().zip(&eight).enumerate() {
        assert!((full - eight).abs() < 0.03 * full.max(0.05), "step {step}: {eight}, not {full}");
    }
    assert!(full.iter().zip(&eight).any(|(full, eight)| full != eight), "nothing was rounded");
    // The weight in 8 bits with a scale for every 256 values, the bias in 32.
    let (weight, bias) = (96 * 64, 64);
    assert_eq!(full_bytes, 8 * (weight + bias));
    assert_eq!(eight_bytes, 2 * (weight + 4 * weight / BLOCK) + 8 * bias);
}

#[test]
fn small_parameters_stay_in_full() {
    let settings = AdamWSettings { bits: StateBits::Eight, ..AdamWSettings::default() };
    let mut layer = Layer::new(settings, [63, 65]);
    layer.step(&noise(63 * 65 + 65, 1), 1e-3);
    assert_eq!(layer.optimizer.state_bytes(), 8 * (63 * 65 + 65), "one value less than in 8 bits");
}

#[test]
fn a_saved_state_goes_on_to_the_last_digit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("optimizer.safetensors");
    for bits in [StateBits::Full, StateBits::Eight] {
        let settings = AdamWSettings { bits, ..AdamWSettings::default() };
        // A last block that is not whole.
        let sides @ [inputs, outputs] = [97, 61];
        let gradients = |step| noise(inputs * outputs + outputs, step);
        let mut whole = Layer::new(settings, sides);
        for step in 0..4 {
            whole.step(&gradients(step), 1e-2);
        }
        whole.optimizer.save(&path, &whole.registry).expect("the folder is there");
        let mut resumed = Layer { model: whole.model.clone(), ..Layer::new(settings, sides) };
        resumed.optimizer.load(&path, &resumed.registry).expect("it was written just now");
        (4..8).for_each(|step| {
            whole.step(&gradients(step), 1e-2);
            resumed.step(&gradients(step), 1e-2);
        });
        assert_eq!(whole.values(), resumed.values(), "{bits:?}");
        // Without the state the run goes elsewhere.
        let mut without = Layer { model: whole.model.clone(), ..Layer::new(settings, sides) };
        whole.step(&gradients(8), 1e-2);
        without.step(&gradients(8), 1e-2);
        assert_ne!(whole.values(), without.values(), "{bits:?}");
        // A state of other sizes is refused by name.
        let mut other = Layer::new(settings, [97, 62]);
        let error = other.optimizer.load(&path, &other.registry).expect_err("another size").to_string();
        assert!(error.contains("layer."), "{error}");
    }
}
