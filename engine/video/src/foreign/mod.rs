//! Clips for which there is no decoder here, read by the user's own `ffmpeg`, if there is one.
//!
//! `program` finds it, `running` is one run of it: frames come through a pipe one at a time, and the run ends with whoever
//! reads them. A first run says how many frames there are, when they are shown and how large they are (`listing`), so that
//! such a clip is what any other is; for that it is decoded once more, but only where this process has not done so before (`known`).
//! FFmpeg gets the file by an absolute path and the name of its
//! container as it was recognised here, and no other protocol than files.

mod known;
mod listing;
mod program;
mod running;
#[cfg(all(test, unix))]
mod tests;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hummingbird_base::CancelToken;

pub(crate) use program::{Program, VARIABLE};

use crate::error::{FfmpegFault, Trouble, VideoFault, VideoLack};
use crate::limits::{MAX_FRAMES, check_size};
use crate::picture::Picture;
use crate::track::Track;
use known::Listed;
use listing::Listing;
use running::{Pieces, Running, Stop};

/// For how long FFmpeg may give nothing while it is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a clip is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub program: Program,
    /// Name of the container for FFmpeg.
    pub container: &'static str,
    /// What there is no decoder for.
    pub lack: VideoLack,
    pub max_pixels: u64,
    /// Whether the file ends before its last frame.
    pub is_cut_off: bool,
    pub cancel: CancelToken,
    /// See [`PATIENCE`].
    pub patience: Duration,
    /// Whether what was found is known for the next time.
    pub is_known: bool,
}

impl Asked {
    pub(crate) fn new(program: Program, track: &Track, lack: VideoLack) -> Self {
        let &Track { container, max_pixels, is_cut_off, .. } = track;
        let (cancel, patience, is_known) = (CancelToken::default(), PATIENCE, true);
        Self { program, container, lack, max_pixels, is_cut_off, cancel, patience, is_known }
    }

    fn trouble(&self, fault: FfmpegFault) -> Trouble {
        Trouble::Ffmpeg(self.lack.clone(), fault)
    }

    fn stopped(&self, stop: Stop) -> Trouble {
        match stop {
            Stop::Cancelled => Trouble::Cancelled,
            Stop::Stalled => self.trouble(FfmpegFault::Stalled { secs: self.patience.as_secs() }),
            Stop::Io(error) => error.into(),
        }
    }

    /// Runs FFmpeg on the first pictures of a file, with what stands behind the file's name.
    fn run(&self, path: &Path, pieces: Pieces, output: &[&str]) -> Result<Running, Trouble> {
        // A name with a dash or a colon in front is neither an option nor a protocol.
        let mut input = OsString::from("file:");
        input.push(std::path::absolute(path)?);
        let mut command = self.program.command();
        command.args(["-nostdin", "-hide_banner", "-v", "error", "-protocol_whitelist", "file"]);
        command.args(["-max_pixels", &self.max_pixels.to_string(), "-f", self.container, "-i"]).arg(input);
        // Without sound, subtitles and data, of several pictures those that FFmpeg takes for the clip.
        command.args(["-an", "-sn", "-dn"]).args(self.program.as_they_come()).args(output).arg("pipe:1");
        Running::start(command, pieces)
            .map_err(|error| self.trouble(FfmpegFault::NotStarted { detail: error.to_string() }))
    }

    /// What a run says that has given less than was wanted.
    fn failure(&self, running: Running, without_words: Trouble) -> Trouble {
        match running.failure() {
            Some(detail) => self.trouble(FfmpegFault::Said { detail }),
            None => without_words,
        }
    }
}

/// A clip that FFmpeg reads.
#[derive(Debug)]
pub(crate) struct Foreign {
    asked: Asked,
    listed: Arc<Listed>,
}

impl Foreign {
    /// Has all of a clip decoded to know its frames, unless they are known.
    pub(crate) fn open(path: &Path, asked: Asked) -> Result<Self, Trouble> {
        let file = known::File::of(path, asked.max_pixels).filter(|_| asked.is_known);
        let listed = match file.as_ref().and_then(known::get) {
            Some(listed) => listed,
            None => Arc::new(Self::list(path, &asked)?),
        };
        if let Some(file) = file {
            known::put(file, Arc::clone(&listed));
        }
        Ok(Self { asked, listed })
    }

    /// Width and height, as shown.
    pub(crate) fn size(&self) -> [usize; 2] {
        self.listed.size
    }

    /// When each frame is shown, in seconds from the first.
    pub(crate) fn times(&self) -> &[f64] {
        &self.listed.times
    }

    /// Frames a second.
    pub(crate) fn fps(&self) -> f64 {
        self.listed.fps
    }

    fn list(path: &Path, asked: &Asked) -> Result<Listed, Trouble> {
        let output = ["-flush_packets", "1", "-f", "framecrc"];
        let times = asked.program.in_own_times();
        let mut running = asked.run(path, Pieces::AsTheyCome, &[&times[..], &output[..]].concat())?;
        let mut listing = Listing::default();
        while let Some(piece) = running.next(&asked.cancel, asked.patience).map_err(|stop| asked.stopped(stop))? {
            listing.read(&piece)?;
            if let Some([width, height]) = listing.size {
                check_size(width, height, asked.max_pixels)?;
            }
            if listing.frames() > MAX_FRAMES {
                return Err(crate::error::VideoLimit::Frames { max: MAX_FRAMES }.into());
            }
        }
        let (Some([width, height]), Some((times, fps))) = (listing.size, listing.times()) else {
            return Err(asked.failure(running, VideoFault::NoFrame.into()));
        };
        Ok(Listed { size: [width as usize, height as usize], times, fps })
    }

    /// The frames from a number on.
    pub(crate) fn frames(self: &Arc<Self>, path: &Path, first: usize) -> Result<ForeignFrames, Trouble> {
        let [width, height] = self.size();
        let filter = format!("select=gte(n\\,{first})");
        let selects = if first > 0 { vec!["-vf", filter.as_str()] } else { Vec::new() };
        let output = [&selects[..], &["-f", "rawvideo", "-pix_fmt", "rgb24"]].concat();
        let running = self.asked.run(path, Pieces::Of(width * height * 3), &output)?;
        Ok(ForeignFrames { clip: Arc::clone(self), running: Some(running), next: first })
    }
}

/// Frames of a clip that FFmpeg reads, one after the other. With them ends the run.
pub(crate) struct ForeignFrames {
    clip: Arc<Foreign>,
    running: Option<Running>,
    next: usize,
}

impl ForeignFrames {
    /// The next frame and when it is shown, in seconds from the first.
    pub(crate) fn next(&mut self) -> Option<Result<(f64, Picture), Trouble>> {
        let Some(&secs) = self.clip.times().get(self.next) else {
            // Whoever cut the file off took the frames behind these.
            let is_whole = self.running.take().is_none() || !self.clip.asked.is_cut_off;
            return if is_whole { None } else { Some(Err(VideoFault::CutOff.into())) };
        };
        self.next += 1;
        Some(self.read().map(|picture| (secs, picture)))
    }

    fn read(&mut self) -> Result<Picture, Trouble> {
        let asked = &self.clip.asked;
        let [width, height] = self.clip.size();
        let Some(mut running) = self.running.take() else { return Err(VideoFault::CutOff.into()) };
        match running.next(&asked.cancel, asked.patience).map_err(|stop| asked.stopped(stop))? {
            Some(rgb) if rgb.len() == width * height * 3 => {
                self.running = Some(running);
                Ok(Picture { width, height, rgb })
            }
            _ => Err(asked.failure(running, VideoFault::CutOff.into())),
        }
    }
}
