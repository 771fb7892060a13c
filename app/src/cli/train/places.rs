//! The devices of a run, opened.

use anyhow::Context;
use hummingbird_engine::training::device::{OpenTrainDevice, TrainDevice, open};
use hummingbird_engine::training::trainer::{TrainPlace, TrainPlaces};

/// Devices that are open as long as this is there.
pub(super) struct OpenPlaces {
    /// For a trainer, under their names on the command line.
    pub places: TrainPlaces,
    /// For people.
    pub name: String,
    _open: Vec<OpenTrainDevice>,
}

impl OpenPlaces {
    /// Opens what `--device` names.
    pub fn open(choices: &[TrainDevice]) -> anyhow::Result<Self> {
        let speeds = crate::speeds();
        let mut opened = Vec::new();
        let mut places = Vec::new();
        for &choice in choices {
            let device = open(choice, speeds.as_ref())?;
            places.push(TrainPlace { device: device.device.clone(), name: choice.to_string() });
            opened.push(device);
        }
        let name = opened.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut places = places.into_iter();
        let first = places.next().context("--device names no device")?;
        Ok(Self { places: TrainPlaces { first, others: places.collect() }, name, _open: opened })
    }
}
