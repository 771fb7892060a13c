//! GIF, animated WebP and animated PNG: their times by a walk over their parts, their pictures by the `image` crate.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, ImageDecoder, ImageError, ImageFormat};

use crate::error::{Trouble, VideoFault};
use crate::limits::{MAX_PARTS, check_frames, check_size};
use crate::picture::{Picture, guarded, limits, trouble};
use crate::source::{Source, Take};

/// How long a frame is shown that says it is not: as browsers and FFmpeg have it.
const NO_DELAY_SECS: f64 = 0.1;

/// An animated picture, or one that could be.
#[derive(Clone, Debug)]
pub(crate) struct Animation {
    pub format: ImageFormat,
    pub size: [u32; 2],
    /// How long each frame is shown, in seconds.
    pub delays: Vec<f64>,
    /// Whether the file ends before its last frame.
    pub is_cut_off: bool,
    max_pixels: u64,
}

impl Animation {
    /// Walks over the parts of a file.
    pub(crate) fn read(source: &mut Source, format: ImageFormat, max_pixels: u64) -> Result<Self, Trouble> {
        let mut animation = Self { format, size: [0; 2], delays: Vec::new(), is_cut_off: false, max_pixels };
        let walked = match format {
            ImageFormat::Gif => animation.walk_gif(source),
            ImageFormat::WebP => animation.walk_webp(source),
            _ => animation.walk_png(source),
        };
        match walked {
            Ok(()) => {}
            Err(Trouble::Io(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => animation.is_cut_off = true,
            Err(trouble) => return Err(trouble),
        }
        let [width, height] = animation.size;
        check_size(width, height, max_pixels)?;
        Ok(animation)
    }

    fn add(&mut self, secs: f64) -> Result<(), Trouble> {
        check_frames(self.delays.len() as u64 + 1)?;
        self.delays.push(secs);
        Ok(())
    }

    /// GIF89a specification, appendix A.
    fn walk_gif(&mut self, source: &mut Source) -> Result<(), Trouble> {
        let mut walk = Walk { source, at: 6, parts: 0 };
        let [w0, w1, h0, h1, flags, _, _] = walk.next::<7>()?;
        self.size = [u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into()];
        let colours = |flags: u8| if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 };
        walk.at += colours(flags);
        let mut delay = 0;
        // The mark of the end is missing in many a file that is whole.
        while walk.at != walk.source.len() {
            match walk.next()? {
                [0x21] => {
                    let [label] = walk.next()?;
                    if label == 0xf9 {
                        let [_, _, d0, d1] = walk.next()?;
                        delay = u16::from_le_bytes([d0, d1]);
                        walk.at -= 4;
                    }
                    walk.blocks()?;
                }
                [0x2c] => {
                    let [.., flags] = walk.next::<9>()?;
                    walk.at += colours(flags) + 1;
                    walk.blocks()?;
                    // One hundredth and less is what old programs wrote for "as fast as you can".
                    self.add(if delay > 1 { f64::from(delay) / 100.0 } else { NO_DELAY_SECS })?;
                    delay = 0;
                }
                [0x3b] => return Ok(()),
                [_] => return Err(Trouble::index("GIF block")),
            }
        }
        Ok(())
    }

    /// RFC 9649, section 2.
    fn walk_webp(&mut self, source: &mut Source) -> Result<(), Trouble> {
        let mut walk = Walk { source, at: 12, parts: 0 };
        let mut is_animated = false;
        while walk.at < walk.source.len() {
            let [a, b, c, d, s0, s1, s2, s3] = walk.next()?;
            let size = u64::from(u32::from_le_bytes([s0, s1, s2, s3]));
            let (body, end) = (walk.at, walk.at + size.next_multiple_of(2));
            // A last chunk may lack the byte that makes its size even.
            if body + size > walk.source.len() {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            match &[a, b, c, d] {
                b"VP8X" => {
                    let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = walk.next()?;
                    is_animated = flags & 2 != 0;
                    let side = |bytes: [u8; 3]| 1 + u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
                    self.size = [side([w0, w1, w2]), side([h0, h1, h2])];
                }
                b"ANMF" if is_animated => {
                    let head: [u8; 16] = walk.next()?;
                    let millis = u32::from_le_bytes([head[12], head[13], head[14], 0]);
                    self.add(if millis > 10 { f64::from(millis) / 1000.0 } else { NO_DELAY_SECS })?;
                }
                b"VP8 " if !is_animated => {
                    let head: [u8; 10] = walk.next()?;
                    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
                    self.size = [side(head[6], head[7]), side(head[8], head[9])];
                    self.add(NO_DELAY_SECS)?;
                }
                b"VP8L" if !is_animated => {
                    let [_, b0, b1, b2, b3] = walk.next()?;
                    let sides = u32::from_le_bytes([b0, b1, b2, b3]);
                    self.size = [1 + (sides & 0x3fff), 1 + (sides >> 14 & 0x3fff)];
                    self.add(NO_DELAY_SECS)?;
                }
                _ => {}
            }
            walk.at = end;
        }
        Ok(())
    }

    /// PNG specification (third edition), sections 5 and 11.
    fn walk_png(&mut self, source: &mut Source) -> Result<(), Trouble> {
        let mut walk = Walk { source, at: 8, parts: 0 };
        let mut is_animated = false;
        loop {
            let head: [u8; 8] = walk.next()?;
            let mut rest = &head[..];
            let size = u64::from(rest.u32().unwrap_or_default());
            let body = walk.at;
            if body + size + 4 > walk.source.len() {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
            match rest {
                b"IHDR" => {
                    let sides: [u8; 8] = walk.next()?;
                    let mut sides = &sides[..];
                    self.size = [sides.u32().unwrap_or_default(), sides.u32().unwrap_or_default()];
                }
                b"acTL" => is_animated = true,
                b"fcTL" if is_animated => {
                    let control: [u8; 24] = walk.next()?;
                    let mut delay = &control[20..];
                    let (over, under) = (delay.u16().unwrap_or_default(), delay.u16().unwrap_or_default());
                    let under = if under == 0 { 100 } else { under };
                    self.add(if over == 0 { NO_DELAY_SECS } else { f64::from(over) / f64::from(under) })?;
                }
                b"IDAT" if !is_animated && self.delays.is_empty() => self.add(NO_DELAY_SECS)?,
                b"IEND" => return Ok(()),
                _ => {}
            }
            walk.at = body + size + 4;
        }
    }

    /// Pictures in order.
    pub(crate) fn frames(&self, path: &Path) -> Result<AnimationFrames, Trouble> {
        let file = BufReader::new(File::open(path)?);
        let frames = guarded(0, || {
            let said = |error: ImageError| trouble(0, &error);
            Ok(match self.format {
                ImageFormat::Gif => {
                    let mut decoder = GifDecoder::new(file).map_err(said)?;
                    decoder.set_limits(limits(self.max_pixels)).map_err(said)?;
                    decoder.into_frames()
                }
                ImageFormat::WebP => {
                    let mut decoder = WebPDecoder::new(file).map_err(said)?;
                    decoder.set_limits(limits(self.max_pixels)).map_err(said)?;
                    decoder.into_frames()
                }
                _ => {
                    let decoder = PngDecoder::with_limits(file, limits(self.max_pixels)).map_err(said)?;
                    decoder.apng().map_err(said)?.into_frames()
                }
            })
        })?;
        Ok(AnimationFrames {
            frames: Some(frames),
            next: 0,
            count: self.delays.len() as u64,
            is_cut_off: self.is_cut_off,
        })
    }
}

/// Reads a file from part to part.
struct Walk<'a> {
    source: &'a mut Source,
    at: u64,
    parts: u64,
}

impl Walk<'_> {
    fn next<const N: usize>(&mut self) -> Result<[u8; N], Trouble> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(Trouble::index("parts"));
        }
        let mut bytes = [0; N];
        self.source.fill(self.at, &mut bytes)?;
        self.at += N as u64;
        Ok(bytes)
    }

    /// Walks over the blocks of a GIF up to the empty one.
    fn blocks(&mut self) -> Result<(), Trouble> {
        loop {
            let [bytes] = self.next()?;
            if bytes == 0 {
                return Ok(());
            }
            self.at += u64::from(bytes);
        }
    }
}

/// Pictures of an animation.
pub(crate) struct AnimationFrames {
    frames: Option<image::Frames<'static>>,
    next: u64,
    /// As many as the walk has found.
    count: u64,
    is_cut_off: bool,
}

impl AnimationFrames {
    /// The next picture.
    pub(crate) fn next(&mut self) -> Option<Result<Picture, Trouble>> {
        let mut frames = self.frames.take()?;
        if self.next == self.count {
            return self.is_cut_off.then(|| Err(VideoFault::CutOff.into()));
        }
        let number = self.next;
        self.next += 1;
        let frame = guarded(number, || match frames.next() {
            Some(Ok(frame)) => Ok(Picture::on_black(frame.buffer())),
            Some(Err(error)) => Err(trouble(number, &error)),
            None => Err(VideoFault::CutOff.into()),
        });
        if frame.is_ok() {
            self.frames = Some(frames);
        }
        Some(frame)
    }
}
