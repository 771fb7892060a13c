//! Clips of a folder: found by the names that a suite asks for, and read frame by frame.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use hummingbird_base::files::Action;
use hummingbird_formats::{Dtype, safetensors_file};
use hummingbird_video::{self as video, Clip, MAX_FRAMES, MAX_PIXELS, MAX_SIDE, OpenOptions, Picture};
use sha2::{Digest as _, Sha256};

use super::bounded;
use super::error::{VbenchError, VbenchFault};

/// Endings of clips, the one first that counts where several clips have one name.
const ENDINGS: [&str; 9] = ["mp4", "mov", "m4v", "webm", "mkv", "gif", "webp", "apng", "safetensors"];

/// The clips of a folder.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClipFolder {
    /// By name without ending, with the place of the ending in the list.
    clips: BTreeMap<String, (usize, PathBuf)>,
}

impl ClipFolder {
    /// Looks through a folder, not through those inside of it.
    ///
    /// # Errors
    /// [`VbenchError::Write`] where the folder cannot be read.
    pub fn open(folder: &Path) -> Result<Self, VbenchError> {
        let failed = |source| bounded::io_error(Action::OpenFolder, folder, source);
        let mut clips = BTreeMap::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let Some(rank) = ENDINGS.iter().position(|it| *it == ending) else { continue };
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            if name.starts_with('.') || path.is_dir() {
                continue;
            }
            let clip = clips.entry(name).or_insert_with(|| (rank, path.clone()));
            if rank < clip.0 {
                *clip = (rank, path);
            }
        }
        Ok(Self { clips })
    }

    /// The clip of a prompt with a number.
    pub fn of_prompt(&self, prompt: &str, number: usize) -> Option<&Path> {
        self.clips.get(&format!("{prompt}-{number}")).map(|(_, path)| &**path)
    }

    /// All of them, in the order of their names, each with the prompt that its name says: all but a number at its end.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.clips.iter().map(|(name, (_, path))| (prompt_of(name), &**path))
    }
}

/// A clip's name without a hyphen and a number at its end.
pub(super) fn prompt_of(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((prompt, number)) if !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) => prompt,
        _ => name,
    }
}

/// The hash of a file's content, in lower-case hexadecimal digits.
pub fn content_hash(path: &Path) -> Result<String, VbenchError> {
    let hash = || {
        let (mut file, mut hasher, mut block) = (File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
        loop {
            match file.read(&mut block)? {
                0 => return Ok(hasher.finalize()),
                count => hasher.update(&block[..count]),
            }
        }
    };
    let digest = hash().map_err(|source: io::Error| bounded::io_error(Action::Read, path, source))?;
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What is known of a clip before its frames are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipFacts {
    /// Frames.
    pub frames: u64,
    /// Frames a second.
    pub fps: f64,
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
}

/// A clip that can be read.
#[derive(Debug)]
pub struct OpenClip {
    facts: ClipFacts,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Video(Clip),
    /// With the place of the first frame.
    Tensor(File, u64),
}

/// Why a clip could not be read, for its row in the results.
pub type ClipTrouble = String;

impl OpenClip {
    /// Looks at a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn open(path: &Path) -> Result<Self, ClipTrouble> {
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("safetensors")) {
            return Self::of_tensor(path);
        }
        let clip = Clip::open(path, OpenOptions::default()).map_err(|error| error.to_string())?;
        let info = clip.info();
        let facts = ClipFacts { frames: info.frames, fps: info.fps, width: info.width, height: info.height };
        Ok(Self { facts, content: Content::Video(clip) })
    }

    fn of_tensor(path: &Path) -> Result<Self, ClipTrouble> {
        let mut file = File::open(path).map_err(|error| bounded::io_error(Action::Read, path, error).to_string())?;
        let (contents, metadata) = safetensors_file::read(&mut file).map_err(|error| error.at(path).to_string())?;
        let tensor = contents.tensors.iter().find(|tensor| tensor.name() == "frames" && tensor.dtype() == Dtype::U8);
        let fps = metadata.get("fps").and_then(|fps| fps.trim().parse::<f64>().ok());
        let facts = || {
            let (tensor, fps) = (tensor?, fps.filter(|fps| fps.is_finite() && *fps > 0.0)?);
            let &[frames, height, width, 3] = tensor.shape() else { return None };
            let sides = 1..=MAX_SIDE as usize;
            let fits = sides.contains(&width) && sides.contains(&height) && (width * height) as u64 <= MAX_PIXELS;
            let start = tensor.range()?.start;
            (fits && (1..=MAX_FRAMES).contains(&(frames as u64)))
                .then_some((ClipFacts { frames: frames as u64, fps, width, height }, start))
        };
        let fault = VbenchFault::Tensor { most_pixels: MAX_PIXELS };
        let (facts, start) =
            { facts }().ok_or_else(|| VbenchError::File { path: path.to_owned(), fault }.to_string())?;
        Ok(Self { facts, content: Content::Tensor(file, start) })
    }

    /// What is known of it.
    pub fn facts(&self) -> ClipFacts {
        self.facts
    }

    /// Its frames, one after the other. After an error there are no more.
    ///
    /// # Errors
    /// Files that have become unreadable.
    pub fn frames(self) -> Result<ClipFrames, ClipTrouble> {
        let Self { facts, content } = self;
        Ok(match content {
            Content::Video(clip) => ClipFrames::Video(Box::new(clip.frames().map_err(|error| error.to_string())?)),
            Content::Tensor(mut file, start) => {
                file.seek(SeekFrom::Start(start)).map_err(|error| error.to_string())?;
                ClipFrames::Tensor { file, facts, left: facts.frames }
            }
        })
    }
}

/// Frames of a clip.
#[derive(Debug)]
pub enum ClipFrames {
    /// Of a video or an animated picture.
    Video(Box<video::Frames>),
    /// Of a file of tensors.
    Tensor {
        /// Where the next frame begins.
        file: File,
        /// What the file says.
        facts: ClipFacts,
        /// Frames that are still to come.
        left: u64,
    },
}

impl Iterator for ClipFrames {
    type Item = Result<Picture, ClipTrouble>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Video(frames) => Some(match frames.next()? {
                Ok(frame) => Ok(frame.picture),
                Err(error) => Err(error.to_string()),
            }),
            Self::Tensor { file, facts, left } => {
                *left = left.checked_sub(1)?;
                let mut rgb = vec![0; facts.width * facts.height * 3];
                Some(match file.read_exact(&mut rgb) {
                    Ok(()) => Ok(Picture { width: facts.width, height: facts.height, rgb }),
                    Err(error) => {
                        *left = 0;
                        Err(error.to_string())
                    }
                })
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A clip as a file of tensors.
    pub fn write_tensor(path: &Path, [frames, height, width]: [usize; 3], fps: &str, pixels: &[u8]) {
        let end = pixels.len();
        let header = format!(
            r#"{{"__metadata__":{{"fps":"{fps}"}},"frames":{{"dtype":"U8","shape":[{frames},{height},{width},3],"data_offsets":[0,{end}]}}}}"#
        );
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), pixels].concat();
        std::fs::write(path, bytes).expect("writable");
    }

    #[test]
    fn clips_are_found_by_prompt_and_number() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names = ["a-b-0.mp4", "a-b-0.gif", "a-b-1.safetensors", "a-b.MP4", "note.txt", ".hidden-0.mp4"];
        for name in names {
            std::fs::write(folder.path().join(name), "").expect("writable");
        }
        std::fs::create_dir(folder.path().join("folder-0.mp4")).expect("writable");
        let clips = ClipFolder::open(folder.path()).expect("readable");
        assert_eq!(clips.of_prompt("a-b", 0), Some(&*folder.path().join("a-b-0.mp4")), "the video before the picture");
        assert!(clips.of_prompt("a-b", 1).is_some() && clips.of_prompt("a-b", 2).is_none());
        assert!(clips.of_prompt("a", 0).is_none());
        let prompts: Vec<&str> = clips.all().map(|(prompt, _)| prompt).collect();
        assert_eq!(prompts, ["a-b", "a-b", "a-b"]);
        assert!(ClipFolder::open(&folder.path().join("nowhere")).is_err());
    }

    #[test]
    fn files_of_tensors_are_clips() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a-0.safetensors");
        let pixels: Vec<u8> = (0..2 * 2 * 3 * 3).collect();
        write_tensor(&path, [2, 2, 3], "7.5", &pixels);
        let clip = OpenClip::open(&path).expect("a clip");
        assert_eq!(clip.facts(), ClipFacts { frames: 2, fps: 7.5, width: 3, height: 2 });
        let frames: Vec<Picture> = clip.frames().expect("readable").map(|it| it.expect("whole")).collect();
        assert_eq!((frames.len(), &frames[1].rgb[..]), (2, &pixels[18..]));
        for (shape, fps) in [([2, 2, 3], "0"), ([2, 2, 3], "nan"), ([2, 2, 3], "x"), ([0, 2, 3], "8"), ([1, 0, 3], "8")]
        {
            write_tensor(&path, shape, fps, &vec![0; shape.iter().product::<usize>() * 3]);
            let error = OpenClip::open(&path).expect_err("no clip");
            assert!(error.contains("holds no clip"), "{shape:?} {fps}: {error}");
        }
        std::fs::write(&path, "").expect("writable");
        assert!(OpenClip::open(&path).is_err());
        assert!(OpenClip::open(&folder.path().join("a.mp4")).is_err());
    }
}
