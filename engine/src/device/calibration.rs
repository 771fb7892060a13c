//! How fast a GPU is, measured once and kept: by it work is cut into submissions (`kernels`).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Tensor};

use crate::files::temporary_in;
use crate::kernels::{linear, set_speed};

/// Rows, inputs and outputs of the product by which a device is measured: enough workgroups for most, and half a second on
/// the slowest.
const PRODUCT: [usize; 3] = [512, 512, 1024];
/// How long a measurement should take.
const LEAST_SECS: f64 = 0.01;
/// Most products in a measurement.
const MOST_PRODUCTS: u32 = 256;

/// Sets the speed of a device, which is measured unless the file of the user has it: the name of its adapter, and a key that
/// changes with whatever makes it faster or slower.
pub(super) fn calibrate(device: &Device, adapter: &str, key: &str) {
    let path = file_of_user();
    let known = path.as_deref().map(read).unwrap_or_default();
    if let Some(&flops) = known.get(key) {
        set_speed(adapter, flops);
        return;
    }
    // A device that fails keeps the speed of an unknown one, and is measured again; the first job says what is wrong with it.
    let Some(flops) = measure(device) else { return };
    set_speed(adapter, flops);
    log::info!("{adapter} computes {:.1} GFLOP/s", flops / 1e9);
    if let Some(path) = path
        && let Err(error) = write(&path, known, key, flops)
    {
        log::warn!("{} could not be written ({error}); the device will be measured again", path.display());
    }
}

/// What tells one speed from another.
pub(super) fn key(info: &wgpu::AdapterInfo) -> String {
    let wgpu::AdapterInfo { name, driver, driver_info, backend, .. } = info;
    format!("{name}, {driver} {driver_info}, {backend}, Hummingbird {}", env!("CARGO_PKG_VERSION"))
}

/// Operations each second of the product kernel; `None` when the device fails.
fn measure(device: &Device) -> Option<f64> {
    let [rows, inputs, outputs] = PRODUCT;
    let x = Tensor::<2>::ones([rows, inputs], device);
    let weight = Tensor::<2>::ones([outputs, inputs], device);
    let flop = 2.0 * (rows * inputs * outputs) as f64;
    let products = |count: u32| {
        let started = Instant::now();
        for _ in 0..count {
            drop(linear(x.clone(), weight.clone(), None));
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
