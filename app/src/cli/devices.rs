//! `hummingbird devices`: where clips can be computed, and all that is known of each device.

use anyhow::Context;
use hummingbird_engine::device::{self, DeviceKind, SpeedFile};
use hummingbird_engine::survey::{Survey, SurveyedDevice};

use super::args::DevicesArgs;
use super::print;
use crate::device_report;

pub(super) fn run(args: &DevicesArgs) -> anyhow::Result<()> {
    let folders = crate::folders().ok();
    if args.measure {
        measure(&SpeedFile::of(&folders.clone().context("there is no folder in which the speeds could be kept")?));
    }
    let survey = Survey::take(folders.as_ref());
    if args.json {
        return print::json(&device_report::json(&survey));
    }
    let rows: Vec<Vec<String>> = survey.devices.iter().map(row).collect();
    let header = ["device", "name", "kind", "interface", "driver", "largest buffer", ""];
    print::line(&format!("{}\n\n{}", print::table(&header, &rows), device_report::text(&survey)))
}

/// Measures every GPU anew. One that fails is told of and does not keep the others from it.
fn measure(kept: &SpeedFile) {
    for info in device::list(None).into_iter().filter(|it| it.kind != DeviceKind::Cpu) {
        eprintln!("measuring {} ...", print::value(&info.name));
        let Ok(choice) = info.choice.parse() else { continue };
        if let Err(error) = device::measure_again(choice, kept) {
            eprintln!("{error}");
        }
    }
}

fn row(device: &SurveyedDevice) -> Vec<String> {
    let info = &device.info;
    let limit = if info.max_buffer_bytes == 0 { String::new() } else { print::bytes(info.max_buffer_bytes) };
    let chosen = if device.is_picked { "chosen by auto" } else { "" };
    let failed = if device.failure.is_some() { "does not open" } else { "" };
    let drawback = info.drawback.map(|drawback| drawback.to_string()).unwrap_or_default();
    let note: Vec<&str> = [chosen, failed, &drawback].into_iter().filter(|it| !it.is_empty()).collect();
    let kind = format!("{:?}", info.kind).to_lowercase();
    let [choice, name, backend, driver] =
        [&info.choice, &info.name, &info.backend, &info.driver].map(|text| print::value(text).into_owned());
    vec![choice, name, kind, backend, driver, limit, note.join("; ")]
}
