//! What is known of the devices of this machine as text: `hummingbird devices` prints it, the window copies it as a report. It is in
//! English wherever it goes, so that whoever reads a report can.

use hummingbird_engine::bench::BenchRecord;
use hummingbird_engine::device::{Capabilities, DeviceKind, KernelSpeed, TrialOutcome, TriedKernel};
use hummingbird_engine::jobs::history::JobTime;
use hummingbird_engine::survey::{Survey, SurveyedDevice, Why};
use serde_json::{Value, json};

use crate::sentences::details;
use crate::units::{bytes, day};

/// Benches and kinds of clips that are told of each device.
const MOST_ROWS: usize = 5;

/// Everything, in lines.
pub fn text(survey: &Survey) -> String {
    let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    let mut lines = vec![format!("Hummingbird {version} on {os} ({arch})")];
    if let Some(memory) = survey.memory_bytes {
        lines.push(format!("Memory of the computer: {}", bytes(memory)));
    }
    if let Some(picked) = survey.picked() {
        lines.push(format!("auto picks {} ({}): {}", picked.info.choice, picked.info.name, why(survey)));
    }
    for device in &survey.devices {
        lines.push(String::new());
        lines.push(format!("{}  {}", device.info.choice, device.info.name));
        lines.extend(facts(device).into_iter().map(|(name, value)| format!("  {name:<24}{value}")));
    }
    lines.join("\n")
}

/// Why the device is picked that is.
fn why(survey: &Survey) -> String {
    match &survey.why {
        Why::Chosen(why) => format!("{why}"),
        Why::Failed(index) => {
            let name = survey.devices.get(*index).map_or("the best device", |device| device.info.name.as_str());
            let other = survey.picked().map_or("the processor", |device| device.info.name.as_str());
            format!("{name} does not open, so {other} computes")
        }
    }
}

/// What is known of a device, as names and values.
fn facts(device: &SurveyedDevice) -> Vec<(&'static str, String)> {
    let info = &device.info;
    let mut facts = vec![("kind", kind(info.kind).to_owned())];
    let mut add = |name, value: String| {
        if !value.is_empty() {
            facts.push((name, value));
        }
    };
    if info.kind != DeviceKind::Cpu {
        add("interface", info.backend.clone());
        add("driver", info.driver.clone());
    }
    add("note", info.drawback.map(|drawback| drawback.to_string()).unwrap_or_default());
    add("does not open", device.failure.as_ref().map(|error| format!("{error}")).unwrap_or_default());
    if let Some(memory) = info.memory {
        let free = memory.budget_bytes.saturating_sub(memory.used_bytes);
        add("memory free now", format!("{} of {}", bytes(free), bytes(memory.budget_bytes)));
    }
    if let Some(can) = &info.capabilities {
        add("largest buffer", bytes(can.limits.max_buffer_bytes));
        add("largest binding", bytes(can.limits.max_binding_bytes));
        add("threads of a workgroup", can.limits.max_workgroup_threads.to_string());
        add("memory of a workgroup", bytes(can.limits.max_workgroup_bytes.into()));
        add("numbers of 16 bits", if can.f16 { "yes" } else { "no" }.to_owned());
        add("subgroups", subgroups(can).unwrap_or_else(|| "no".to_owned()));
        add("cooperative matrices", matrices(can).unwrap_or_else(|| "no".to_owned()));
        add("speed of kernels", speeds(can));
    }
    for kernel in &info.tried {
        add("tried", tried(kernel, device));
    }
    for record in device.benches.iter().take(MOST_ROWS) {
        add("bench", bench(record));
    }
    for time in device.jobs.iter().take(MOST_ROWS) {
        add("clips", job(time));
    }
    facts
}

/// What kind of device it is.
fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Discrete => "graphics card",
        DeviceKind::Integrated => "graphics chip, which shares the memory of the computer",
        DeviceKind::Virtual => "graphics of a virtual machine",
        DeviceKind::Other => "graphics",
        DeviceKind::Software => "software driver",
        DeviceKind::Cpu => "processor",
    }
}

/// Lanes of subgroups: "32 lanes", "8 to 32 lanes".
fn subgroups(can: &Capabilities) -> Option<String> {
    let sizes = can.subgroups?;
    let lanes = if sizes.min == sizes.max { sizes.max.to_string() } else { format!("{} to {}", sizes.min, sizes.max) };
    Some(format!("{lanes} lanes"))
}

/// Cooperative matrices: "16x16, 32 lanes".
fn matrices(can: &Capabilities) -> Option<String> {
    let matrices = can.cooperative_matrices?;
    Some(format!("{0}x{0}, {1} lanes", matrices.side, matrices.lanes))
}

/// Measured speeds of kernels, each with its name; empty before the device was used for the first time.
fn speeds(can: &Capabilities) -> String {
    let name = |kernels| match kernels {
        KernelSpeed::F32 => "f32",
        KernelSpeed::F16 => "f16",
        KernelSpeed::Q8 => "q8",
        KernelSpeed::Cooperative => "cooperative matrices",
    };
    let measured = KernelSpeed::ALL.into_iter().filter_map(|it| Some((it, can.speeds.of(it)?)));
    let texts = measured.map(|(kernels, flops)| format!("{} {}", gflops(flops / 1e9), name(kernels)));
    texts.collect::<Vec<_>>().join(", ")
}

/// A kernel that was tried: "matmul f16, large: 12.1 TFLOP/s with packed halves, taken".
fn tried(kernel: &TriedKernel, device: &SurveyedDevice) -> String {
    let TriedKernel { work, kernel: name, outcome, is_taken } = kernel;
    match outcome {
        TrialOutcome::Wrong => format!("{work}: {name} gives wrong results and is off"),
        TrialOutcome::Right => format!("{work}: {name}, yes"),
        TrialOutcome::FlopPerSec(speed) => {
            let taken = if *is_taken { ", taken" } else { "" };
            let f32_speed = device.info.capabilities.as_ref().and_then(|can| can.speeds.f32);
            let ratio = f32_speed.filter(|f32| *f32 > 0.0).map(|f32| format!("{:.1} times f32", speed / f32));
            let share = share_of_peak(kernel, device).map(|share| format!("{:.0}% of the peak", 100.0 * share));
            let parts = ratio.into_iter().chain(share).collect::<Vec<_>>().join(", ");
            let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
            format!("{work}: {} with {name}{parts}{taken}", gflops(speed / 1e9))
        }
    }
}

/// What part of the peak of its kind of arithmetic a kernel reaches, where the device was measured since.
pub fn share_of_peak(kernel: &TriedKernel, device: &SurveyedDevice) -> Option<f64> {
    let TrialOutcome::FlopPerSec(speed) = kernel.outcome else { return None };
    let record = device.benches.first()?;
    let peak = if kernel.has_matrices() { record.peak_matrix_gflops? } else { record.peak_gflops };
    (peak > 0.0).then(|| speed / 1e9 / peak)
}

/// A speed: "43 GFLOP/s", "21.4 TFLOP/s".
pub fn gflops(gflops: f64) -> String {
    if gflops >= 1000.0 { format!("{:.1} TFLOP/s", gflops / 1000.0) } else { format!("{gflops:.0} GFLOP/s") }
}

fn bench(record: &BenchRecord) -> String {
    let mut parts = vec![gflops(record.peak_gflops)];
    parts.extend(record.peak_matrix_gflops.map(|peak| format!("{} with cooperative matrices", gflops(peak))));
    parts.extend(record.stages.iter().map(|(name, milliseconds)| format!("{name} {milliseconds:.1} ms")));
    let doubt = if record.is_steady { "" } else { " (the device was not steady)" };
    format!("{}, {}: {}{doubt}", day(record.at_secs), record.model, parts.join(", "))
}

fn job(time: &JobTime) -> String {
    let model: String = time.model_sha256.chars().take(8).collect();
    let megapixels = f64::from(time.work_pixels) / 1e6;
    let (step, rest) = (time.step_secs, time.rest_secs);
    format!("{step:.2} s a step and {rest:.1} s beside, {megapixels:.2} megapixels a step, model {model}")
}

/// The devices as a list of objects.
pub fn json(survey: &Survey) -> Value {
    let object = |device: &SurveyedDevice| {
        let mut value = serde_json::to_value(&device.info).unwrap_or_default();
        value["chosen_by_auto"] = device.is_picked.into();
        if device.is_picked {
            value["chosen_because"] = why(survey).into();
        }
        value["failure"] = device.failure.as_ref().map_or(Value::Null, |error| {
            let mut failure = details(error);
            failure["text"] = format!("{error}").into();
            failure
        });
        if device.info.kind == DeviceKind::Cpu {
            value["memory_bytes"] = json!(survey.memory_bytes);
        }
        value["benches"] = json!(device.benches);
        value["jobs"] = json!(device.jobs);
        value
    };
    survey.devices.iter().map(object).collect()
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::device::{CooperativeMatrices, SubgroupSizes};

    use super::*;

    #[test]
    fn the_report_names_every_device_and_why_one_is_picked() {
        let survey = Survey::take(None);
        let text = text(&survey);
        for device in &survey.devices {
            assert!(text.contains(&device.info.name) && text.contains(&device.info.choice), "{text}");
        }
        assert!(text.contains("auto picks ") && text.contains(&why(&survey)), "{text}");
        let json = json(&survey);
        let picked: Vec<_> =
            json.as_array().expect("a list").iter().filter(|it| it["chosen_by_auto"] == true).collect();
        assert_eq!(picked.len(), 1);
        assert_eq!(picked[0]["chosen_because"], why(&survey));
    }

    #[test]
    fn what_devices_can_is_said_in_few_words() {
        let mut can = Capabilities::default();
        assert_eq!((subgroups(&can), matrices(&can), speeds(&can)), (None, None, String::new()));
        can.subgroups = Some(SubgroupSizes { min: 8, max: 32 });
        can.cooperative_matrices = Some(CooperativeMatrices { side: 16, lanes: 32 });
        can.speeds.set(KernelSpeed::F32, 4.3e10);
        can.speeds.set(KernelSpeed::Cooperative, 2.14e13);
        assert_eq!(subgroups(&can).as_deref(), Some("8 to 32 lanes"));
        assert_eq!(matrices(&can).as_deref(), Some("16x16, 32 lanes"));
        assert_eq!(speeds(&can), "43 GFLOP/s f32, 21.4 TFLOP/s cooperative matrices");
        let record = BenchRecord {
            at_secs: 1_796_000_000,
            model: "Nano".to_owned(),
            peak_gflops: 43.0,
            stages: vec![("U-Net call".to_owned(), 12.34)],
            ..BenchRecord::default()
        };
        assert_eq!(bench(&record), "2026-11-30, Nano: 43 GFLOP/s, U-Net call 12.3 ms (the device was not steady)");
    }

    #[test]
    fn kernels_that_were_tried_stand_beside_what_the_device_can() {
        let survey = Survey::take(None);
        let mut device = survey.devices.into_iter().next().expect("there is the processor");
        let mut can = Capabilities::default();
        can.speeds.set(KernelSpeed::F32, 4.3e10);
        (device.info.capabilities, device.benches) = (Some(can), Vec::new());
        let kernel = |kernel: &str, outcome, is_taken| TriedKernel {
            work: "matmul".to_owned(),
            kernel: kernel.to_owned(),
            outcome,
            is_taken,
        };
        let packed = kernel("packed halves", TrialOutcome::FlopPerSec(8.6e10), true);
        assert_eq!(tried(&packed, &device), "matmul: 86 GFLOP/s with packed halves (2.0 times f32), taken");
        assert_eq!(
            tried(&kernel("packed halves", TrialOutcome::Wrong, false), &device),
            "matmul: packed halves gives wrong results and is off"
        );
        assert_eq!(tried(&kernel("matrices", TrialOutcome::Right, false), &device), "matmul: matrices, yes");
        let record = BenchRecord { peak_gflops: 50.0, peak_matrix_gflops: Some(344.0), ..BenchRecord::default() };
        device.benches = vec![record];
        let matrices = kernel("matrices of 16x16", TrialOutcome::FlopPerSec(1.72e11), false);
        assert_eq!(
            tried(&matrices, &device),
            "matmul: 172 GFLOP/s with matrices of 16x16 (4.0 times f32, 50% of the peak)"
        );
        device.benches[0].peak_gflops = 0.0;
        assert_eq!(share_of_peak(&packed, &device), None, "nothing is a share of nothing");
    }
}
