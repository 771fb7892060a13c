//! A style to learn, and how well it was learned: everything as chalk outlines on a board.
//!
//! ```text
//! cargo run --release -p hummingbird-tests --example outlines -- draw FOLDER [WIDTHxHEIGHT]
//! cargo run --release -p hummingbird-tests --example outlines -- measure LORA GRID.png [MODEL] [PROMPTS]
//! ```
//!
//! `draw` writes twelve clips of the synthetic dataset as outlines, with captions, for `hummingbird train lora`. `measure` makes clips of
//! prompts that neither the model nor the LoRA was trained on, with and without the LoRA, and says how near they are to the same
//! prompts drawn plainly and drawn as outlines; the grid shows some of them. Without a size or a model they are those of the
//! embedded model. `draw.rs` is the style, `measure.rs` the distance.

mod draw;
mod measure;

use std::error::Error;
use std::io::{Write, stdout};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use hummingbird_engine::model::{ModelFile, ModelSource};
use hummingbird_engine::pipeline::video_out::{ExportSettings, Format, Provenance, export};
use hummingbird_engine::training::datasets::synthetic::{
    CLIP_FPS, CLIP_FRAMES, Canvas, ClipSpec, Colour, Combination, Motion, Scene, Subject, plain_caption,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The word before the captions.
pub const TRIGGER: &str = "chalk";
/// Clips of the style.
const CLIPS: usize = 12;
/// Prompts that are measured.
const PROMPTS: usize = 24;
/// Seed of the drawn clips.
const SEED: u64 = 41;

fn main() -> Result<()> {
    let usage = "usage: outlines draw FOLDER [WIDTHxHEIGHT] | outlines measure LORA GRID.png [MODEL] [PROMPTS]";
    let args: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match args.as_slice() {
        [command, folder, size @ ..] if command == Path::new("draw") => {
            let size = size.first().map(|size| parse(&size.to_string_lossy())).transpose()?;
            draw(folder, size.map_or_else(own_canvas, Ok)?)
        }
        [command, lora, grid, rest @ ..] if command == Path::new("measure") => {
            let source = rest.first().map_or(ModelSource::Embedded, |path| ModelSource::File(path.clone()));
            let prompts = rest.get(1).map(|count| count.to_string_lossy().parse()).transpose()?.unwrap_or(PROMPTS);
            let mut out = stdout();
            write!(out, "{}", measure::measure(&source, lora, grid, prompts)?)?;
            Ok(out.flush()?)
        }
        _ => Err(usage.into()),
    }
}

fn parse(size: &str) -> Result<Canvas> {
    let (width, height) = size.split_once('x').ok_or("a size is WIDTHxHEIGHT")?;
    Ok(Canvas { width: width.parse()?, height: height.parse()? })
}

fn own_canvas() -> Result<Canvas> {
    let limits = ModelFile::open(&ModelSource::Embedded)?.description().limits.clone();
    Ok(Canvas { width: limits.default_width as usize, height: limits.default_height as usize })
}

/// Every subject once, with all motions, colours and scenes.
fn spec(index: usize) -> ClipSpec {
    let combination = Combination {
        subject: Subject::ALL[index % Subject::ALL.len()],
        colour: Colour::ALL[(index * 3 + 1) % Colour::ALL.len()],
        motion: Motion::ALL[index % Motion::ALL.len()],
        scene: Scene::ALL[(index * 2 + 3) % Scene::ALL.len()],
    };
    ClipSpec::for_combination(combination, SEED, index as u64)
}

fn draw(folder: &Path, canvas: Canvas) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for index in 0..CLIPS {
        let spec = spec(index);
        let times: Vec<f32> = (0..CLIP_FRAMES).map(|frame| frame as f32).collect();
        let frames = draw::outlined(&spec, canvas, &times);
        let path = folder.join(format!("clip{index:02}.apng"));
        let settings = ExportSettings::new(Format::Apng, CLIP_FPS as u32);
        export(&frames, &settings, &Provenance::default(), &path, &mut |_| ControlFlow::Continue(()))?;
        std::fs::write(path.with_extension("txt"), plain_caption(spec.combination))?;
    }
    writeln!(stdout(), "{CLIPS} clips of {}x{} in {}", canvas.width, canvas.height, folder.display())?;
    Ok(())
}
