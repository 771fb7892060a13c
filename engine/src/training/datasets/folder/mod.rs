//! A folder of the user's clips and pictures, with captions in text files beside them or in a table, as examples of one size.
//!
//! `scan` finds clips and captions, `captions` reads what people write down, `draw` chooses frames as the reference does,
//! `resize` brings them to size. An example is a function of the seed and its number alone, so that runs go on exactly where
//! they stopped. What cannot be used is left out and said ([`DatasetNote`]). `list` shows a folder to whoever writes its captions. Begin with
//! [`FolderOptions`].

mod captions;
mod draw;
mod fault;
mod list;
mod resize;
mod scan;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use hummingbird_video::{Clip, OpenOptions, VideoError, VideoFault};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::Dataset;
use crate::handoff::Frames;

pub use captions::write_caption;
pub use draw::{Drawn, FrameRule};
pub use fault::{DatasetError, DatasetNote, TableFault};
pub use list::{ListedClip, Listing, list};

use scan::Item;

/// What becomes of single pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stills {
    /// A clip of one frame.
    #[default]
    OneFrame,
    /// A clip as long as the others, in which nothing moves.
    Held,
    /// None of them is used.
    LeftOut,
}

/// Which clips are used. A clip's part follows from its name alone, so that it stays in its part when others come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    #[default]
    All,
    /// Those that are trained on.
    Training,
    /// Those that are kept aside for validation.
    Validation,
}

/// How a folder becomes examples.
#[derive(Clone, Debug, PartialEq)]
pub struct FolderOptions {
    /// The folder.
    pub folder: PathBuf,
    /// Width of an example in pixels.
    pub width: usize,
    /// Height of an example in pixels.
    pub height: usize,
    /// How frames are drawn from clips.
    pub rule: FrameRule,
    /// What becomes of pictures.
    pub stills: Stills,
    /// Frames a second of pictures, alone and in a row.
    pub picture_fps: f64,
    /// A word that stands before every caption, and is the caption where there is none.
    pub trigger: Option<String>,
    /// What every caption begins with, before the trigger word.
    pub prefix: Option<String>,
    /// Share of the clips that is kept aside for validation, 0 to 1.
    pub validation: f64,
    /// Which clips are used.
    pub part: Part,
    /// Seed of the order and of the frames that are drawn.
    pub seed: u64,
}

impl FolderOptions {
    /// The clips of a folder at a size, drawn by a rule; nothing is kept aside.
    pub fn new(folder: PathBuf, width: usize, height: usize, rule: FrameRule) -> Self {
        Self {
            folder,
            width,
            height,
            rule,
            stills: Stills::default(),
            picture_fps: OpenOptions::default().picture_fps,
            trigger: None,
            prefix: None,
            validation: 0.0,
            part: Part::default(),
            seed: 0,
        }
    }

    /// The caption of an example: prefix, trigger word, and what was written, with commas between them.
    fn caption(&self, written: Option<&str>) -> Option<String> {
        let parts = [self.prefix.as_deref(), self.trigger.as_deref(), written];
        let parts: Vec<&str> = parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
        (written.is_some() || self.trigger.is_some()).then(|| parts.join(", ")).filter(|caption| !caption.is_empty())
    }

    /// Why no example can be drawn from a clip, whatever its caption.
    fn why_unusable(&self, clip: &Clip) -> Option<DatasetNote> {
        let (path, frames, needed) = (clip.path().to_owned(), clip.info().frames, self.rule.frames as u64);
        if clip.info().is_cut_off {
            let problem = VideoError::Damaged { path, fault: VideoFault::CutOff };
            return Some(DatasetNote::Unreadable { problem });
        }
        (!scan::is_still(clip) && frames < needed).then_some(DatasetNote::TooShort { path, frames, needed })
    }

    fn uses(&self, name: &[u8]) -> bool {
        let hash = Sha256::digest(name);
        let number = hash.iter().take(8).fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
        // 53 bits are what a fraction in f64 has.
        let place = (number >> 11) as f64 / (1_u64 << 53) as f64;
        match self.part {
            Part::All => true,
            Part::Training => place >= self.validation,
            Part::Validation => place < self.validation,
        }
    }
}

/// An example: some frames of a clip.
#[derive(Clone, Debug)]
pub struct FolderExample {
    /// The frames at the size that was asked for.
    pub frames: Frames,
    /// What they show.
    pub caption: String,
    /// Whole frames a second.
    pub fps: u32,
}

impl FolderExample {
    /// The frames in -1..1, `[frames, height, width, 3]`.
    pub fn pixels(&self) -> Vec<f32> {
        self.frames.pixels().iter().map(|&byte| f32::from(byte) / 127.5 - 1.0).collect()
    }
}

/// The clips of a folder, without end: each passes once, in an order of its own, before any comes again.
#[derive(Debug)]
pub struct FolderClips {
    options: FolderOptions,
    items: Vec<Item>,
    captions: Vec<String>,
    notes: Mutex<Vec<DatasetNote>>,
}

impl FolderClips {
    /// Looks through the folder and opens every clip. What is left out is in [`FolderClips::take_notes`].
    ///
    /// # Errors
    /// A folder or table that cannot be read, and one with nothing to train on.
    pub fn open(options: FolderOptions) -> Result<Self, DatasetError> {
        let mut notes = Vec::new();
        let folder = || options.folder.clone();
        let open_options = OpenOptions { picture_fps: options.picture_fps, ..OpenOptions::default() };
        let (found, count) = scan::scan(&options.folder, open_options, &mut notes)?;
        if count == 0 {
            return Err(DatasetError::Empty { path: folder() });
        }
        if options.trigger.is_none() && !found.is_empty() && found.iter().all(|item| item.caption.is_none()) {
            return Err(DatasetError::NoCaptions { path: folder() });
        }
        let (mut items, mut captions) = (Vec::new(), Vec::new());
        for item in found {
            let Some(caption) = options.caption(item.caption.as_deref()) else {
                notes.push(DatasetNote::NoCaption { path: item.clip.path().to_owned() });
                continue;
            };
            if let Some(note) = options.why_unusable(&item.clip) {
                notes.push(note);
            } else if !(scan::is_still(&item.clip) && options.stills == Stills::LeftOut) && options.uses(&item.name) {
                items.push(item);
                captions.push(caption);
            }
        }
        if items.is_empty() && options.part == Part::All {
            for note in &notes {
                log::warn!("{note}");
            }
            return Err(DatasetError::NothingLeft { path: folder(), left_out: count });
        }
        Ok(Self { options, items, captions, notes: Mutex::new(notes) })
    }

    /// Number of clips.
    pub fn clips(&self) -> usize {
        self.items.len()
    }

    /// The clips with their captions, by name.
    pub fn listed(&self) -> impl Iterator<Item = (&Clip, &str)> {
        self.items.iter().map(|item| &item.clip).zip(self.captions.iter().map(String::as_str))
    }

    /// What was left out since this was last asked, clips that became unreadable in the meantime included.
    pub fn take_notes(&self) -> Vec<DatasetNote> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Which clip the example is of, and where the order of its pass goes on should that be unreadable.
    fn order(&self, index: u64) -> impl Iterator<Item = usize> {
        let count = self.items.len() as u64;
        let (pass, place) = (index.checked_div(count).unwrap_or(0), index.checked_rem(count).unwrap_or(0));
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        order.shuffle(&mut self.numbers(pass, 0x0070_6173));
        order.rotate_left(place as usize);
        order.into_iter()
    }

    /// Whether examples of a clip are all the same.
    fn has_one_example(&self, item: &Item) -> bool {
        scan::is_still(&item.clip) || self.options.rule.has_no_choice(item.clip.info().frames)
    }

    /// Random numbers of an example or a pass.
    fn numbers(&self, index: u64, stream: u64) -> ChaCha8Rng {
        let mut numbers = ChaCha8Rng::seed_from_u64(self.options.seed ^ stream);
        numbers.set_stream(index);
        numbers
    }

    /// Draws an example of a clip.
    fn read(&self, item: usize, numbers: &mut ChaCha8Rng) -> Result<FolderExample, VideoError> {
        let FolderOptions { width, height, rule, stills, .. } = &self.options;
        let clip = &self.items[item].clip;
        let info = clip.info();
        let is_still = scan::is_still(clip);
        let cut_off = || VideoError::Damaged { path: clip.path().to_owned(), fault: VideoFault::CutOff };
        let drawn = if is_still {
            Drawn { first: 0, stride: 1, fps: (info.fps.floor() as u32).max(1) }
        } else {
            rule.draw(info.frames, info.fps, numbers).ok_or_else(cut_off)?
        };
        let wanted = if is_still { 1 } else { rule.frames };
        let mut pixels = Vec::with_capacity(wanted * width * height * 3);
        let stride = usize::try_from(drawn.stride).unwrap_or(usize::MAX);
        let last = stride * (wanted - 1);
        for (number, frame) in clip.frames_from(drawn.first)?.enumerate().take(last + 1) {
            let frame = frame?;
            if number % stride == 0 {
                pixels.extend(resize::fit(&frame.picture, *width, *height));
            }
        }
        if pixels.len() < wanted * width * height * 3 {
            return Err(cut_off());
        }
        if is_still && *stills == Stills::Held {
            pixels = pixels.repeat(rule.frames);
        }
        let frames = Frames::new(*width, *height, pixels);
        Ok(FolderExample { frames, caption: self.captions[item].clone(), fps: drawn.fps })
    }
}

impl Dataset for FolderClips {
    type Example = FolderExample;

    fn count(&self) -> Option<u64> {
        // A part that no clip fell into has no example.
        self.items.is_empty().then_some(0)
    }

    fn sameness(&self, index: u64) -> Option<u64> {
        let item = self.order(index).next()?;
        self.has_one_example(&self.items[item]).then_some(item as u64)
    }

    fn recurring(&self) -> u64 {
        self.items.iter().filter(|item| self.has_one_example(item)).count() as u64
    }

    /// A clip that became unreadable is noted, and the next one of its pass takes its place; when none is left, black frames
    /// without a caption do.
    fn example(&self, index: u64) -> FolderExample {
        for item in self.order(index) {
            let problem = match self.read(item, &mut self.numbers(index, 0x0066_726d)) {
                Ok(example) => return example,
                Err(problem) => problem,
            };
            log::warn!("{problem}");
            let note = DatasetNote::Unreadable { problem };
            self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        }
        let FolderOptions { width, height, rule, .. } = &self.options;
        let frames = Frames::new(*width, *height, vec![0; rule.frames * width * height * 3]);
        FolderExample { frames, caption: String::new(), fps: 1 }
    }
}
