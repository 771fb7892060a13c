//! The devices of a run, opened.

use hummingbird_engine::training::TrainError;
use hummingbird_engine::training::device::{OpenTrainDevice, PlaceChoice, open_place};
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
    pub fn open(choices: &[PlaceChoice]) -> anyhow::Result<Self> {
        let [PlaceChoice::Here(_), ..] = choices else {
            return Err(TrainError::FirstDeviceLent.into());
        };
        let speeds = crate::speeds();
        let mut open = Vec::new();
        let mut others = Vec::new();
        for &choice in choices {
            let opened = open_place(choice, speeds.as_ref())?;
            others.push(TrainPlace { device: opened.device.clone(), name: choice.to_string() });
            open.push(opened);
        }
        let first = others.remove(0);
        let name = open.iter().map(|opened| opened.name.as_str()).collect::<Vec<_>>().join(", ");
        Ok(Self { places: TrainPlaces { first, others }, name, _open: open })
    }
}
