//! Frames of a track in the order of show, one after the other.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::decoders::{Decoded, Decoder};
use crate::error::{Trouble, VideoFault, VideoLimit};
use crate::limits::{MAX_SAMPLE_BYTES, check_size};
use crate::picture::Picture;
use crate::source::Source;
use crate::track::Track;
use crate::yuv::Yuv;

/// Most pictures that wait for one that is shown before them: H.264 lets 16 wait (ITU-T H.264, section A.3.1).
const MAX_WAITING: usize = 16;

/// Reads a track's frames.
pub(crate) struct TrackFrames {
    source: Source,
    track: Arc<Track>,
    decoder: Decoder,
    /// Number of the next sample in decoding order.
    next: usize,
    /// For each sample the earliest time from it on.
    earliest: Vec<i64>,
    /// Pictures that were decoded, in the order of show.
    waiting: BTreeMap<(i64, u64), (i64, Yuv)>,
    decoded: u64,
    /// Frames before this time are left out.
    from: i64,
    first_size: Option<[usize; 2]>,
    shown: u64,
    is_finished: bool,
    trouble: Option<Trouble>,
}

impl TrackFrames {
    /// The frames from a time on, in the track's unit.
    pub(crate) fn new(path: &Path, track: Arc<Track>, from: i64) -> Result<Self, Trouble> {
        let mut source = Source::open(path)?;
        let decoder = Decoder::new(&track)?;
        let mut next = 0;
        for (index, sample) in track.samples.iter().enumerate().rev() {
            // What is shown before such a sample may need what is before it in the file.
            if index > 0 && sample.is_sync && sample.time <= from {
                // A sample that cannot be read says so when its turn comes.
                let content = read(&mut source, &track, index);
                if content.is_ok_and(|content| decoder.begins_with(&content)) {
                    next = index;
                    break;
                }
            }
        }
        let mut earliest: Vec<i64> = track.samples.iter().map(|sample| sample.time).collect();
        for index in (1..earliest.len()).rev() {
            earliest[index - 1] = earliest[index - 1].min(earliest[index]);
        }
        Ok(Self {
            source,
            track,
            decoder,
            next,
            earliest,
            waiting: BTreeMap::new(),
            decoded: 0,
            from,
            first_size: None,
            shown: 0,
            is_finished: false,
            trouble: None,
        })
    }

    /// The next frame: its time in the track's unit, and its picture.
    pub(crate) fn next(&mut self) -> Option<Result<(i64, Picture), Trouble>> {
        loop {
            if let Some((time, yuv)) = self.ready() {
                if time < self.from || !self.track.shows(time) {
                    continue;
                }
                let frame = self.convert(&yuv).map(|picture| (time, picture));
                if frame.is_err() {
                    self.give_up();
                }
                return Some(frame);
            }
            if self.is_finished {
                return self.trouble.take().map(|trouble| {
                    self.give_up();
                    Err(trouble)
                });
            }
            if let Err(trouble) = self.decode() {
                // Frames that are there come first.
                self.trouble = Some(trouble);
                self.is_finished = true;
            }
        }
    }

    fn give_up(&mut self) {
        self.is_finished = true;
        self.waiting.clear();
        self.trouble = None;
    }

    /// The next picture, if none that is still to be decoded is shown before it.
    fn ready(&mut self) -> Option<(i64, Yuv)> {
        let (_, (time, _)) = self.waiting.first_key_value()?;
        let is_next = self.decoder.is_in_order()
            || self.is_finished
            || self.waiting.len() > MAX_WAITING
            || self.earliest.get(self.next).is_none_or(|earliest| time < earliest);
        is_next.then(|| self.waiting.pop_first()).flatten().map(|entry| entry.1)
    }

    /// Decodes the next sample, or ends the stream.
    fn decode(&mut self) -> Result<(), Trouble> {
        let mut decoded = Decoded::new();
        let Some(sample) = self.track.samples.get(self.next) else {
            self.is_finished = true;
            let result = self.decoder.finish(&mut decoded);
            self.wait(decoded);
            result?;
            return if self.track.is_cut_off { Err(VideoFault::CutOff.into()) } else { Ok(()) };
        };
        let time = sample.time;
        let content = match read(&mut self.source, &self.track, self.next) {
            Ok(content) => content,
            Err(trouble) => {
                // What is inside the decoder was whole.
                self.decoder.finish(&mut decoded).ok();
                self.wait(decoded);
                return Err(trouble);
            }
        };
        let result = self.decoder.sample(self.next as u64, &content, time, &mut decoded);
        self.next += 1;
        self.wait(decoded);
        result
    }

    fn wait(&mut self, decoded: Decoded) {
        let is_in_order = self.decoder.is_in_order();
        for (time, yuv) in decoded {
            let key = if is_in_order { 0 } else { time };
            self.waiting.insert((key, self.decoded), (time, yuv));
            self.decoded += 1;
        }
    }

    fn convert(&mut self, yuv: &Yuv) -> Result<Picture, Trouble> {
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        check_size(side(yuv.width), side(yuv.height), self.track.max_pixels)?;
        let size = [yuv.width, yuv.height];
        if *self.first_size.get_or_insert(size) != size {
            return Err(VideoFault::SizeChanges { frame: self.shown }.into());
        }
        if !yuv.is_whole() {
            return Err(Trouble::index("planes"));
        }
        self.shown += 1;
        let rgb = yuv.to_rgb(self.track.colour)?;
        let (width, height, rgb) = self.track.turn.apply(yuv.width, yuv.height, rgb);
        Ok(Picture { width, height, rgb })
    }
}

/// A sample as its decoder wants it.
fn read(source: &mut Source, track: &Track, index: usize) -> Result<Vec<u8>, Trouble> {
    let sample = track.samples[index];
    if sample.bytes > MAX_SAMPLE_BYTES {
        let part = format!("frame {index}");
        return Err(VideoLimit::Index { part, bytes: sample.bytes, max_bytes: MAX_SAMPLE_BYTES }.into());
    }
    let content = source.read(sample.offset, sample.bytes)?;
    if track.prefix.is_empty() {
        return Ok(content);
    }
    Ok([&track.prefix[..], &content].concat())
}
