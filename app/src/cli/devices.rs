//! `hummingbird devices`: where clips can be computed, and all that is known of each device.

use hummingbird_engine::survey::{Survey, SurveyedDevice};

use super::args::DevicesArgs;
use super::print;
use crate::device_report;

pub(super) fn run(args: &DevicesArgs) -> anyhow::Result<()> {
    let survey = Survey::take(crate::folders().ok().as_ref());
    if args.json {
        return print::json(&device_report::json(&survey));
    }
    let rows: Vec<Vec<String>> = survey.devices.iter().map(row).collect();
    let header = ["device", "name", "kind", "interface", "driver", "largest buffer", ""];
    print::line(&format!("{}\n\n{}", print::table(&header, &rows), device_report::text(&survey)))
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
