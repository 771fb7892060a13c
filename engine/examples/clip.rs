//! A clip in few lines: `cargo run --release -p hummingbird-engine --example clip -- FOLDER`. Everything is written below `FOLDER`.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;

use hummingbird_engine::job::Event;
use hummingbird_engine::jobs::provenance::provenance_of;
use hummingbird_engine::model::ModelSource;
use hummingbird_engine::pipeline::video_out::{ExportSettings, Format, export};
use hummingbird_engine::request::RawRequest;
use hummingbird_engine::worker::{EngineHandle, EngineOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or("say in which folder")?);
    let engine = EngineHandle::start(&ModelSource::Embedded, EngineOptions::at(&folder))?;
    let raw = RawRequest { prompt: "a red balloon rising".into(), device: "cpu".parse()?, ..RawRequest::default() };
    engine.submit(raw.validate(&engine.model().limits)?)?;
    let outcome = loop {
        match engine.events().recv()? {
            Event::Done { outcome, .. } => break outcome,
            Event::Failed { error, .. } => return Err(error.into()),
            _ => {}
        }
    };
    let settings = ExportSettings::new(Format::Gif, outcome.request.clip.fps);
    let path = folder.join("balloon.gif");
    export(&outcome.frames, &settings, &provenance_of(&outcome), &path, &mut |_| ControlFlow::Continue(()))?;
    Ok(())
}
