//! How fast a GPU is, measured once and kept: by it work is cut into submissions (`kernels`). And whether its matrices can be
//! trusted: they are the newest part of drivers and of the library that speaks to them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use burn::tensor::{Device, Element, Tensor, TensorData};
use half::f16;
use hummingbird_shaders::attention::{Sizes, attention as attention_twin};

use crate::gpu::pace;
use crate::{
    AttentionOptions, Epilogue, StoredWeight, attention, forget_matrices, matmul, set_matrices, set_speed, weight_on,
};
use hummingbird_base::files::temporary_in;
use hummingbird_device::{DeviceChoice, DeviceError, DeviceKind, OpenDevice};

/// Rows, inputs and outputs of the product by which a device is measured: enough workgroups for most, and half a second on
/// the slowest.
const PRODUCT: [usize; 3] = [512, 512, 1024];
/// How long a measurement should take.
const LEAST_SECS: f64 = 0.01;
/// Most products in a measurement.
const MOST_PRODUCTS: u32 = 256;

/// Opens what the user asked for and lets the kernels know what it can do; a GPU is measured when it is opened for the first time.
///
/// # Errors
/// As [`hummingbird_device::open`].
pub fn open(choice: DeviceChoice) -> Result<OpenDevice, DeviceError> {
    let opened = hummingbird_device::open(choice)?;
    if let Some(gpu) = &opened.gpu {
        let name = &opened.name;
        if let Some(matrices) = gpu.matrices {
            log::info!("{name} multiplies {matrices:?}");
            set_matrices(name, matrices);
        }
        calibrate(&opened.device, name, &gpu.key);
        // Software drivers have other kernels that are faster.
        let is_used = gpu.matrices.is_some() && gpu.kind != DeviceKind::Software;
        if is_used && !matrices_work(&opened.device, &gpu.key) {
            log::warn!("{name} multiplies matrices wrongly and does without");
            forget_matrices(name);
        }
    }
    Ok(opened)
}

/// From now on every submission to the device is waited for and timed; the CPU device has none.
pub fn time_submissions(opened: &OpenDevice) {
    pace::time_submissions(&opened.name);
}

/// The longest submission since [`time_submissions`]; none is timed any more.
pub fn longest_submission(opened: &OpenDevice) -> Option<Duration> {
    pace::longest_submission(&opened.name).filter(|longest| !longest.is_zero())
}

/// Sets the speed of a device, which is measured unless the file of the user has it: the name of its adapter, and a key that
/// changes with whatever makes it faster or slower.
fn calibrate(device: &Device, adapter: &str, key: &str) {
    let path = file_of_user();
    let known = path.as_deref().map(read).unwrap_or_default();
    if let Some(&flops) = known.get(key) {
        set_speed(adapter, flops);
        return;
    }
    // A device that fails keeps the speed of an unknown one, and is measured again; the first job says what is wrong with it.
    let Some(flops) = measure(device, |value| value) else { return };
    set_speed(adapter, flops);
    log::info!("{adapter} computes {:.1} GFLOP/s", flops / 1e9);
    if let Some(path) = path
        && let Err(error) = write(&path, known, key, flops)
    {
        log::warn!("{} could not be written ({error}); the device will be measured again", path.display());
    }
}

/// Whether products and attention through the matrices of a device, which must be set, give what they should. Tried once, and
/// kept with the speed that they reached.
fn matrices_work(device: &Device, key: &str) -> bool {
    let key = format!("{key}, matrices");
    let path = file_of_user();
    let known = path.as_deref().map(read).unwrap_or_default();
    if known.contains_key(&key) {
        return true;
    }
    let Some(true) = products_are_right(device).zip(attention_is_right(device)).map(|(a, b)| a && b) else {
        return false;
    };
    let Some(flops) = measure(device, f16::from_f32) else { return false };
    log::info!("with matrices {:.1} GFLOP/s", flops / 1e9);
    if let Some(Err(error)) = path.map(|path| write(&path, known, &key, flops)) {
        log::warn!("what the device's matrices do could not be kept: {error}");
    }
    true
}

/// Whole numbers, whose products and sums are exact in every number format here, in a product of few tiles and in one of many;
/// `None` when the device fails.
fn products_are_right(device: &Device) -> Option<bool> {
    let inputs = 36;
    let value = |index: usize, salt: usize| ((index * 7 + index / 11 * salt) % 5) as f32 - 2.0;
    for side in [64, 1280] {
        let values = |salt| (0..side * inputs).map(move |index| value(index, salt)).collect::<Vec<_>>();
        let (x, weight) = (values(3), values(2));
        let halves = weight.iter().map(|&value| f16::from_f32(value)).collect::<Vec<_>>();
        let weight_there =
            weight_on(StoredWeight::Floats(TensorData::new(halves, [side, inputs])), [side, inputs], device);
        let x_there = Tensor::<2>::from_data(TensorData::new(x.clone(), [side, inputs]), device);
        let actual =
            matmul(x_there, weight_there, Epilogue::default()).try_into_data().ok()?.try_to_vec::<f32>().ok()?;
        let row = |values: &[f32], row: usize| values[row * inputs..][..inputs].to_vec();
        let is_right = (0..side).all(|of_x| {
            let x = row(&x, of_x);
            let sum = |column: usize| x.iter().zip(&weight[column * inputs..]).map(|(a, b)| a * b).sum::<f32>();
            (0..side).all(|column| actual[of_x * side + column] == sum(column))
        });
        if !is_right {
            return Some(false);
        }
    }
    Some(true)
}

/// Scores that grow, in a head as wide as the models'; `None` when the device fails.
fn attention_is_right(device: &Device) -> Option<bool> {
    let sizes = Sizes { batch: 1, tokens_q: 70, tokens_k: 70, heads: 2, head_channels: 64 };
    let width = sizes.heads * sizes.head_channels;
    let values = |salt: usize, growth: f32| {
        let value = move |index: usize| ((index * 7919 * salt) % 1009) as f32 / 504.5 - 1.0;
        (0..sizes.tokens_q * width).map(move |index| value(index) * (1.0 + growth * (index / width) as f32))
    };
    let [q, k, v] = [values(1, 0.0), values(2, 0.1), values(3, 0.0)].map(Iterator::collect::<Vec<_>>);
    let there =
        |values: &[f32]| Tensor::<3>::from_data(TensorData::new(values.to_vec(), [1, sizes.tokens_q, width]), device);
    let options = AttentionOptions { rounded: true, ..AttentionOptions::new(sizes.heads) };
    let actual = attention(there(&q), there(&k), there(&v), options).try_into_data().ok()?.try_to_vec::<f32>().ok()?;
    let expected = attention_twin(&q, &k, &v, sizes, |_, keys| keys);
    // Inputs and weights of 11 bits. What is wrong is wrong by more.
    Some(actual.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-2))
}

/// Operations each second of the product kernel with weights of a number format; `None` when the device fails.
fn measure<E: Element>(device: &Device, format: fn(f32) -> E) -> Option<f64> {
    let [rows, inputs, outputs] = PRODUCT;
    let x = Tensor::<2>::ones([rows, inputs], device);
    let weight = TensorData::new(vec![format(1.0); outputs * inputs], [outputs, inputs]);
    let weight = weight_on(StoredWeight::Floats(weight), [outputs, inputs], device);
    let flop = 2.0 * (rows * inputs * outputs) as f64;
    let products = |count: u32| {
        let started = Instant::now();
        for _ in 0..count {
            drop(matmul(x.clone(), weight.clone(), Epilogue::default()));
        }
        device.sync().ok()?;
        Some(started.elapsed().as_secs_f64())
    };
    // The first one compiles the kernel.
    products(1)?;
    let mut count = 1;
    loop {
        let secs = products(count)?;
        if secs >= LEAST_SECS || count >= MOST_PRODUCTS {
            return Some(f64::from(count) * flop / secs.max(1e-9));
        }
        count *= 4;
    }
}

fn file_of_user() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "Hummingbird")?;
    Some(dirs.cache_dir().join("speeds.json"))
}

/// The speeds in a file; none when it is not there or not what we wrote.
fn read(path: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut speeds: BTreeMap<String, f64> = serde_json::from_str(&text).unwrap_or_default();
    speeds.retain(|_, flops| flops.is_finite() && *flops > 0.0);
    speeds
}

fn write(path: &Path, mut speeds: BTreeMap<String, f64>, key: &str, flops: f64) -> std::io::Result<()> {
    speeds.insert(key.to_owned(), flops);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = temporary_in(folder)?;
    file.write_all(serde_json::to_string_pretty(&speeds)?.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On any GPU, whatever kernels it multiplies with.
    #[test]
    fn a_gpu_that_multiplies_well_is_trusted() {
        if let Some(device) = crate::tests::support::gpu() {
            assert_eq!(products_are_right(&device), Some(true));
            assert_eq!(attention_is_right(&device), Some(true));
        }
    }

    #[test]
    fn speeds_are_kept_and_odd_files_are_as_good_as_none() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("not yet there").join("speeds.json");
        assert!(read(&path).is_empty());
        write(&path, read(&path), "one", 1e12).expect("the folder is made");
        write(&path, read(&path), "two", 2.5e10).expect("the file is replaced");
        let both = BTreeMap::from([("one".to_owned(), 1e12), ("two".to_owned(), 2.5e10)]);
        assert_eq!(read(&path), both);
        for odd in ["", "{", "[1]", r#"{"one": "fast"}"#, r#"{"one": -1.0, "two": 0}"#] {
            std::fs::write(&path, odd).expect("the file is there");
            assert!(read(&path).is_empty(), "{odd}");
        }
    }
}
