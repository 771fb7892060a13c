//! Whether a model fits the machine, and what a clip of it takes: judged by the size of its weights, by what is measured of the
//! machine, and by the clips that the device has made.

use hummingbird_engine::device::{DeviceChoice, DeviceKind};
use hummingbird_engine::request::RawRequest;
use hummingbird_engine::weights::store::Presence;

use super::State;
use super::models::{FileKind, ModelRow};

/// What is known of the machine; `None` where the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Memory of the computer, in bytes.
    pub memory_bytes: Option<u64>,
    /// Room on the disk of the models folder, in bytes.
    pub free_bytes: Option<u64>,
}

/// Whether something fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// With room to spare.
    Fits,
    /// Just so: other programs will feel it.
    Tight,
    /// It does not.
    TooLarge,
}

/// Who judges whether a model fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// The computer's memory, which its device uses.
    Memory,
    /// The computer's memory, although the device has its own, whose size is not known.
    MemoryBesideCard,
}

/// Share of its weights that a model needs beside them for a clip, at most: activations of the published models.
const BESIDE_WEIGHTS: f64 = 0.25;
/// Share of the memory up to which there is room to spare.
const SPARE: f64 = 0.7;
/// What the system and other programs need of a disk.
const DISK_RESERVE_BYTES: u64 = 1 << 30;

impl Fit {
    /// Whether weights of so many bytes fit memory.
    pub fn of_memory(weight_bytes: u64, memory_bytes: u64) -> Self {
        let need = weight_bytes as f64 * (1.0 + BESIDE_WEIGHTS);
        if need <= memory_bytes as f64 * SPARE {
            Self::Fits
        } else if need <= memory_bytes as f64 {
            Self::Tight
        } else {
            Self::TooLarge
        }
    }

    /// Whether a download of so many bytes fits a disk.
    pub fn of_disk(bytes: u64, free_bytes: u64) -> Self {
        if bytes.saturating_add(DISK_RESERVE_BYTES) <= free_bytes {
            Self::Fits
        } else if bytes <= free_bytes {
            Self::Tight
        } else {
            Self::TooLarge
        }
    }
}

impl State {
    /// Whether a model fits the memory, and what says so; `None` for what is no model, and where too little is known.
    pub fn memory_fit(&self, row: &ModelRow) -> Option<(Fit, Judge, u64)> {
        let memory = self.models.listing.as_ref()?.machine.memory_bytes?;
        // What is not here yet is described by the catalogue, and only models need memory of their own.
        let is_model = match &row.kind {
            Some(Ok(FileKind::Model)) => true,
            Some(_) => false,
            None => row.memory_bytes.is_some(),
        };
        let weights = row.memory_bytes.or(row.bytes).filter(|bytes| is_model && *bytes > 0)?;
        let on_card = match self.form.controls.asked.device {
            DeviceChoice::Cpu => false,
            DeviceChoice::Auto | DeviceChoice::Gpu(_) => self.form.best_device == DeviceKind::Discrete,
        };
        let judge = if on_card { Judge::MemoryBesideCard } else { Judge::Memory };
        Some((Fit::of_memory(weights, memory), judge, memory))
    }

    /// Whether what is left of a download fits the disk, and how much is free; `None` for what is here.
    pub fn disk_fit(&self, row: &ModelRow) -> Option<(Fit, u64)> {
        let free = self.models.listing.as_ref()?.machine.free_bytes?;
        let is_missing = matches!(row.presence, Presence::Missing | Presence::Partial);
        let left = row.bytes.filter(|_| is_missing)?.saturating_sub(row.bytes_here);
        Some((Fit::of_disk(left, free), free))
    }

    /// Seconds that a clip of the model's own settings takes on the device that is chosen, by the clips of this model that it has made.
    pub fn clip_secs(&self, row: &ModelRow) -> Option<f32> {
        // What the model in use is was read when it was opened.
        let card = self.models.card().filter(|_| self.models.uses(row));
        let sha256 = card.map(|card| card.sha256.as_str()).or(row.sha256.as_deref())?;
        let limits = card.map(|card| &card.limits).or(row.limits.as_ref())?;
        let device = self.form.controls.asked.device;
        let usual =
            RawRequest { prompt: "a clip".to_owned(), device, ..RawRequest::default() }.validate(limits).ok()?;
        self.queue.times.estimate(&usual, sha256, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_told_from_what_does_not() {
        let gib = 1 << 30;
        for (weights, memory, fit) in [
            (4 * gib, 16 * gib, Fit::Fits),
            (4 * gib, 6 * gib, Fit::Tight),
            (4 * gib, 4 * gib, Fit::TooLarge),
            (u64::MAX, 16 * gib, Fit::TooLarge),
            (0, 0, Fit::Fits),
        ] {
            assert_eq!(Fit::of_memory(weights, memory), fit, "{weights} in {memory}");
        }
        for (bytes, free, fit) in [
            (4 * gib, 6 * gib, Fit::Fits),
            (4 * gib, 4 * gib + 1, Fit::Tight),
            (4 * gib, 4 * gib - 1, Fit::TooLarge),
            (u64::MAX, u64::MAX - 1, Fit::TooLarge),
        ] {
            assert_eq!(Fit::of_disk(bytes, free), fit, "{bytes} of {free}");
        }
    }
}
