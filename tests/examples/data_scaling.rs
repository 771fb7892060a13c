//! How the stages of the data pipeline grow with the number of clips: tiny synthetic ones through the program, stage by stage.
//!
//! ```sh
//! cargo run --release -p hummingbird-tests --example data_scaling -- target/release/hummingbird DIR 100 1000 10000
//! ```
//!
//! Prints a row for each stage and number: seconds, clips a minute, and the most memory that the program held (Linux, `VmHWM`).

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hummingbird_engine::pipeline::video_out::{Embed, Existing, ExportSettings, Format, Provenance, export};
use hummingbird_engine::training::datasets::synthetic::{Canvas, FrameTimes, Split, SyntheticClips, render};

/// Frames of a clip.
const FRAMES: usize = 8;
/// Time between two looks at a program's memory.
const LOOK: Duration = Duration::from_millis(20);

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [program, folder, counts @ ..] = args.as_slice() else {
        return Err("usage: data_scaling PROGRAM DIR COUNT..".into());
    };
    println!("| clips | stage | s | clips a minute | MiB at most |\n|---|---|---|---|---|");
    for count in counts {
        let count: u64 = count.parse()?;
        let folder = Path::new(folder).join(count.to_string());
        fs::create_dir_all(folder.join("clips"))?;
        draw(&folder.join("clips"), count)?;
        let stages: [(&str, &[&str]); 6] = [
            ("scan", &["scan", "clips", "-o", "scanned.parquet"]),
            ("scan again", &["scan", "clips", "-o", "scanned.parquet"]),
            ("cut", &["cut", "scanned.parquet", "-o", "cut.parquet"]),
            ("motion", &["motion", "cut.parquet", "-o", "motion.parquet"]),
            ("filter", &["filter", "motion.parquet", "-o", "filtered.parquet", "--ignore", "static"]),
            ("export", &["export", "filtered.parquet", "--to", "training", "-o", "set"]),
        ];
        for (stage, args) in stages {
            let (secs, kib) = timed(Command::new(program).arg("data").args(args).arg("--quiet").current_dir(&folder))?;
            let (minute, mib) = (count as f64 / secs * 60.0, kib as f64 / 1024.0);
            println!("| {count} | {stage} | {secs:.1} | {minute:.0} | {mib:.0} |");
        }
    }
    Ok(())
}

/// Draws what is not there yet.
fn draw(folder: &Path, count: u64) -> Result<(), Box<dyn Error>> {
    let clips = SyntheticClips { seed: 3, split: Split::Train, canvas: Canvas { width: 64, height: 48 } };
    let mut settings = ExportSettings::new(Format::Mp4, 8);
    (settings.embed, settings.existing) = (Embed::Nothing, Existing::Replace);
    for index in 0..count {
        let path = folder.join(format!("{index:06}.mp4"));
        if path.exists() {
            continue;
        }
        let spec = clips.spec(index);
        let frames = render(&spec, clips.canvas, FRAMES, FrameTimes::Spread);
        fs::write(path.with_extension("txt"), spec.caption())?;
        export(&frames, &settings, &Provenance::default(), &path, &mut |_| ControlFlow::Continue(()))?;
    }
    Ok(())
}

/// Seconds that a program took, and the most KiB that it held.
fn timed(command: &mut Command) -> Result<(f64, u64), Box<dyn Error>> {
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let held = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        most = held.unwrap_or(0).max(most);
        match child.try_wait()? {
            Some(ended) => break ended,
            None => thread::sleep(LOOK),
        }
    };
    let secs = started.elapsed().as_secs_f64();
    if !ended.success() {
        let mut said = String::new();
        child.stderr.take().ok_or("it was piped")?.read_to_string(&mut said)?;
        return Err(format!("{command:?} ended with {ended}: {said}").into());
    }
    Ok((secs, most))
}
