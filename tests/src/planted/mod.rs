//! Clips with planted faults, drawn by the synthetic dataset, and the verdict on what the data pipeline made of them.
//!
//! `shots` draws clips, `broken` makes files that are none, `verdict` holds a finished manifest against what was planted. Begin with
//! [`plant`], which gives the same files for the same seed.

mod broken;
mod shots;
mod verdict;

use std::error::Error;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use hummingbird_engine::data::clip::ClipSource;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::pipeline::video_out::{Embed, Existing, ExportSettings, Format, Provenance, Quality, export};
use serde::{Deserialize, Serialize};

pub use broken::Broken;
pub use shots::{Camera, HEIGHT, Look, Shot, WIDTH};
pub use verdict::{KindVerdict, Verdict, verdict};

/// Frames a second of all clips.
pub const FPS: u32 = 12;

/// What is wrong with a clip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing moves.
    Static,
    /// What is around the subject grows or shrinks, and the subject does not.
    DollyZoom,
    /// The camera is somewhere else in every frame.
    Shaken,
    /// Noise over the picture.
    Noisy,
    /// Out of focus.
    Blurred,
    /// The bytes of another clip.
    Copied,
    /// Another clip with more loss.
    Reencoded,
    /// Another clip at another size.
    Resized,
    /// Two shots.
    Cut,
    /// No clip, or half of one.
    Broken,
}

/// How many clips have which fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Of static clips, dolly zooms, shaken ones, noisy or blurred ones, duplicates and clips with cuts, each.
    pub each: usize,
    /// Of broken files.
    pub broken: usize,
    /// Of clips with nothing wrong; at least as many as `each`, since duplicates are of them.
    pub good: usize,
}

impl Counts {
    /// 200 clips.
    pub const FULL: Self = Self { each: 20, broken: 10, good: 70 };
}

/// A file that was planted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Its name in the folder.
    pub name: String,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// Of what it is a duplicate.
    pub twin: Option<String>,
    /// Where its second shot begins.
    pub cut: Option<u64>,
}

/// Writes clips with captions beside them into a folder; what each is.
///
/// # Errors
/// Files that cannot be written.
pub fn plant(folder: &Path, counts: Counts, seed: u64) -> Result<Vec<Planted>, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut kinds = kinds(counts);
    // Names say nothing of what is wrong, and faults are spread over the folder.
    let mut numbers = Numbers(seed);
    for last in (1..kinds.len()).rev() {
        kinds.swap(last, numbers.below(last as u64 + 1) as usize);
    }
    let names: Vec<String> = (0..kinds.len()).map(|number| format!("clip_{number:03}.mp4")).collect();
    let good: Vec<&String> =
        names.iter().zip(&kinds).filter(|(_, kind)| kind.is_none()).map(|(name, _)| name).collect();
    let mut planted = Vec::with_capacity(kinds.len());
    let mut ordinals = [0_usize; 16];
    for (index, (name, &fault)) in names.iter().zip(&kinds).enumerate() {
        let ordinal = &mut ordinals[fault.map_or(15, |fault| fault as usize)];
        let (path, number) = (folder.join(name), *ordinal as u64);
        *ordinal += 1;
        let shot = Shot::new(seed, index as u64, fault, number);
        let mut it = Planted { name: name.clone(), fault, twin: None, cut: None };
        let mut caption = shot.caption();
        match fault {
            Some(Fault::Broken) => {
                // What is cut off was a whole clip.
                write(&path, &shot.frames(), Quality::default())?;
                let whole = fs::read(&path)?;
                fs::write(&path, Broken::of(number).bytes(&whole, &caption, &mut numbers))?;
            }
            Some(Fault::Copied | Fault::Reencoded | Fault::Resized) => {
                // Written when all originals are there.
                let place = twin_place(counts, fault, *ordinal - 1);
                it.twin = Some(good[place].clone());
            }
            Some(Fault::Cut) => {
                let frames = shot.frames();
                it.cut = Some(frames.count() as u64);
                let second = shot.after_cut();
                caption = format!("{caption}, then {}", second.caption());
                let pixels = [frames.pixels(), second.frames().pixels()].concat();
                write(&path, &Frames::new(WIDTH, HEIGHT, pixels), Quality::default())?;
            }
            _ => write(&path, &shot.frames(), Quality::default())?,
        }
        if it.twin.is_none() {
            fs::write(path.with_extension("txt"), caption)?;
        }
        planted.push(it);
    }
    for it in &planted {
        let (Some(twin), Some(fault)) = (&it.twin, it.fault) else { continue };
        let (from, to) = (folder.join(twin), folder.join(&it.name));
        match fault {
            Fault::Reencoded => write(&to, &read(&from)?, Quality::new(34)?)?,
            Fault::Resized => write(&to, &shots::halved(&read(&from)?), Quality::default())?,
            _ => fs::write(&to, fs::read(&from)?)?,
        }
        fs::copy(from.with_extension("txt"), to.with_extension("txt"))?;
    }
    Ok(planted)
}

/// The fault of each clip, not yet mixed.
fn kinds(counts: Counts) -> Vec<Option<Fault>> {
    let Counts { each, broken, good } = counts;
    let in_turn = |faults: &[Fault], count: usize| (0..count).map(|at| Some(faults[at % faults.len()])).collect();
    let parts: [Vec<Option<Fault>>; 8] = [
        in_turn(&[Fault::Static], each),
        in_turn(&[Fault::DollyZoom], each),
        in_turn(&[Fault::Shaken], each),
        in_turn(&[Fault::Noisy, Fault::Blurred], each),
        in_turn(&[Fault::Copied, Fault::Reencoded, Fault::Resized], each),
        in_turn(&[Fault::Cut], each),
        in_turn(&[Fault::Broken], broken),
        vec![None; good],
    ];
    parts.concat()
}

/// Which good clip the n-th duplicate of a kind is of: no two of one clip.
fn twin_place(counts: Counts, fault: Option<Fault>, ordinal: usize) -> usize {
    let third = counts.each.div_ceil(3);
    let before = match fault {
        Some(Fault::Reencoded) => third,
        Some(Fault::Resized) => 2 * third,
        _ => 0,
    };
    (before + ordinal) % counts.good
}

fn write(path: &Path, frames: &Frames, quality: Quality) -> Result<(), Box<dyn Error>> {
    let mut settings = ExportSettings::new(Format::Mp4, FPS);
    (settings.quality, settings.embed, settings.existing) = (quality, Embed::Nothing, Existing::Replace);
    export(frames, &settings, &Provenance::default(), path, &mut |_| ControlFlow::Continue(()))?;
    Ok(())
}

fn read(path: &Path) -> Result<Frames, Box<dyn Error>> {
    let clip = ClipSource::open(path)?;
    let mut pixels = Vec::new();
    for picture in clip.frames()? {
        pixels.extend(picture?.rgb);
    }
    Ok(Frames::new(clip.shape().width, clip.shape().height, pixels))
}

/// Numbers that follow from a seed alone (splitmix64).
#[derive(Clone, Debug)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// From `least` to `most`.
    fn between(&mut self, least: f32, most: f32) -> f32 {
        least + (self.next() >> 40) as f32 / (1_u32 << 24) as f32 * (most - least)
    }
}
