//! MP4 and MOV (ISO/IEC 14496-12): which track has the pictures, and where its frames lie.
//!
//! `boxes` walks over boxes, `table` makes frames of the tables of a whole file, `fragments` of those of a file in parts. Files
//! that are cut off keep the frames that are there. The crates for this take memory by what a header says, panic at tables that
//! contradict themselves, and refuse files that are cut off.

mod boxes;
mod fragments;
mod table;

use boxes::{FileBox, children, find};
use table::Tables;

use crate::error::{Trouble, VideoFault, VideoLack, VideoLimit};
use crate::limits::{MAX_PARTS, MAX_PIXELS, check_frames};
use crate::source::{Source, Take};
use crate::track::{Codec, Sample, Track, Turn};
use crate::yuv::Colour;

/// Whether a file begins as one of these.
pub(crate) fn is_mp4(head: &[u8]) -> bool {
    matches!(head.get(4..8), Some(b"ftyp" | b"moov" | b"mdat" | b"free" | b"skip" | b"wide" | b"pnot"))
}

/// A track with pictures, as its boxes describe it.
struct Pictures {
    id: u32,
    timescale: u32,
    codec: Result<Codec, VideoLack>,
    config: Vec<u8>,
    size: [u32; 2],
    turn: Turn,
    colour: Colour,
    shown: Vec<[i64; 2]>,
    samples: Vec<Sample>,
}

/// Finds the pictures of a file.
pub(crate) fn read(source: &mut Source) -> Result<Track, Trouble> {
    let mut tracks = None;
    let mut defaults = Vec::new();
    let (mut at, mut parts) = (0, 0);
    let mut is_cut_off = false;
    while at < source.len() {
        parts += 1;
        if parts > MAX_PARTS {
            return Err(Trouble::index("boxes"));
        }
        let Some(found) = FileBox::at(source, at)? else {
            is_cut_off = true;
            break;
        };
        is_cut_off |= found.end > source.len();
        let end = found.end.min(source.len());
        match &found.kind {
            b"moov" if tracks.is_none() => {
                let moov = source.read_index("moov", found.body, end - found.body)?;
                tracks = Some(pictures(&moov, source.len())?);
                defaults = fragments::defaults(&moov);
            }
            b"moof" => {
                let moof = source.read_index("moof", found.body, end - found.body)?;
                for track in tracks.iter_mut().flatten() {
                    fragments::extend(&mut track.samples, track.id, &defaults, &moof, at)?;
                    check_frames(track.samples.len() as u64)?;
                    // A frame has a byte at least.
                    if track.samples.len() as u64 > source.len() {
                        return Err(Trouble::index("trun"));
                    }
                }
            }
            _ => {}
        }
        at = found.end;
    }
    let tracks = tracks.ok_or(VideoFault::NoIndex)?;
    let track = choose(tracks)?;
    if track.samples.is_empty() {
        return Err(VideoFault::NoFrame.into());
    }
    let len = source.len();
    let is_cut_off = is_cut_off || track.samples.iter().any(|sample| sample.offset.saturating_add(sample.bytes) > len);
    Ok(Track {
        codec: track.codec,
        container: "mov",
        config: track.config,
        prefix: Vec::new(),
        unit_secs: 1.0 / f64::from(track.timescale),
        samples: track.samples,
        size: track.size,
        turn: track.turn,
        colour: track.colour,
        shown: track.shown,
        fps: None,
        is_cut_off,
        max_pixels: MAX_PIXELS,
    })
}

/// The track with the clip: thumbnails and the like are shorter, or of a codec that is not read.
fn choose(tracks: Vec<Pictures>) -> Result<Pictures, Trouble> {
    let best = tracks
        .into_iter()
        .enumerate()
        .max_by_key(|(index, track)| (track.codec.is_ok(), track.samples.len(), std::cmp::Reverse(*index)));
    Ok(best.ok_or(VideoLack::NoPictures)?.1)
}

/// The tracks with pictures of a `moov` box.
fn pictures(moov: &[u8], file_bytes: u64) -> Result<Vec<Pictures>, Trouble> {
    let movie_timescale = find(moov, &[b"mvhd"]).and_then(timescale).map_or(1000, |scale| scale.max(1));
    let mut tracks = Vec::new();
    for trak in children(moov).filter(|child| &child.kind == b"trak").map(|child| child.body) {
        let handler = find(trak, &[b"mdia", b"hdlr"]).and_then(|hdlr| hdlr.get(8..12));
        if handler != Some(b"vide") {
            continue;
        }
        if tracks.len() == 64 {
            return Err(VideoLimit::Index { part: "trak".to_owned(), bytes: 65, max_bytes: 64 }.into());
        }
        tracks.push(one(trak, movie_timescale, file_bytes)?);
    }
    Ok(tracks)
}

/// `timescale` of `mvhd` and `mdhd`.
fn timescale(mut header: &[u8]) -> Option<u32> {
    let version = header.u32()? >> 24;
    header.take(if version == 1 { 16 } else { 8 })?;
    header.u32()
}

fn one(trak: &[u8], movie_timescale: u32, file_bytes: u64) -> Result<Pictures, Trouble> {
    let (id, turn) = find(trak, &[b"tkhd"]).and_then(track_header).ok_or_else(|| Trouble::index("tkhd"))?;
    let timescale = find(trak, &[b"mdia", b"mdhd"]).and_then(timescale).filter(|&scale| scale > 0);
    let timescale = timescale.ok_or_else(|| Trouble::index("mdhd"))?;
    let stbl = find(trak, &[b"mdia", b"minf", b"stbl"]).ok_or_else(|| Trouble::index("stbl"))?;
    let entry = find(stbl, &[b"stsd"]).and_then(|stsd| children(stsd.get(8..)?).next());
    let entry = entry.ok_or_else(|| Trouble::index("stsd"))?;
    let description = Description::of(&entry).ok_or_else(|| Trouble::index("stsd"))?;
    let samples = Tables::of(stbl)?.samples(file_bytes)?;
    let elst = find(trak, &[b"edts", b"elst"]);
    let shown = elst.map_or_else(Vec::new, |elst| edits(elst, timescale, movie_timescale));
    let Description { codec, config, size, colour } = description;
    Ok(Pictures { id, timescale, codec, config, size, turn, colour, shown, samples })
}

/// Number and turn of a track.
fn track_header(mut tkhd: &[u8]) -> Option<(u32, Turn)> {
    let version = tkhd.u32()? >> 24;
    tkhd.take(if version == 1 { 16 } else { 8 })?;
    let id = tkhd.u32()?;
    // Reserved, duration, reserved, layer, group, volume, reserved.
    tkhd.take(4 + if version == 1 { 8 } else { 4 } + 8 + 8)?;
    let mut row = || {
        let pair = [tkhd.i32()?, tkhd.i32()?];
        tkhd.take(4)?;
        Some(pair)
    };
    let ([a, b], [c, d]) = (row()?, row()?);
    Some((id, Turn::of_matrix([a, b, c, d])))
}

/// Ranges of times that an edit list shows, in the track's unit. Empty edits delay the track against others: of no matter here.
fn edits(mut elst: &[u8], timescale: u32, movie_timescale: u32) -> Vec<[i64; 2]> {
    let mut ranges = Vec::new();
    let mut read = || {
        let version = elst.u32()? >> 24;
        for _ in 0..elst.u32()?.min(1000) {
            let (duration, start) = match version {
                1 => (elst.u64()?, elst.u64()?.cast_signed()),
                _ => (u64::from(elst.u32()?), i64::from(elst.i32()?)),
            };
            elst.take(4)?;
            if start < 0 {
                continue;
            }
            // To the next unit of the track: movies count more coarsely.
            let units = (u128::from(duration) * u128::from(timescale)).div_ceil(u128::from(movie_timescale));
            let end = match i64::try_from(units) {
                // A recording that was written in parts says nothing here.
                Ok(0) | Err(_) => i64::MAX,
                Ok(units) => start.saturating_add(units),
            };
            ranges.push([start, end]);
        }
        Some(())
    };
    read();
    ranges
}

/// What a sample entry says.
struct Description {
    codec: Result<Codec, VideoLack>,
    config: Vec<u8>,
    size: [u32; 2],
    colour: Colour,
}

impl Description {
    /// Of an entry of `stsd` (ISO/IEC 14496-12, VisualSampleEntry).
    fn of(entry: &boxes::Child<'_>) -> Option<Self> {
        let codec = match &entry.kind {
            b"avc1" | b"avc3" => Ok(Codec::H264),
            b"hvc1" | b"hev1" => Ok(Codec::Hevc),
            b"vp09" => Ok(Codec::Vp9),
            b"av01" => Ok(Codec::Av1),
            b"encv" => Err(VideoLack::Encrypted),
            other => Err(VideoLack::Codec { codec: String::from_utf8_lossy(other).into_owned() }),
        };
        let mut body = entry.body;
        body.take(24)?;
        let size = [u32::from(body.u16()?), u32::from(body.u16()?)];
        body.take(50)?;
        let config = |kind: &[u8; 4]| children(body).find(|child| &child.kind == kind).map(|child| child.body);
        let wanted = match codec {
            Ok(Codec::H264) => config(b"avcC"),
            Ok(Codec::Hevc) => config(b"hvcC"),
            Ok(Codec::Av1) => config(b"av1C"),
            _ => None,
        };
        let colour = config(b"colr").and_then(colour).unwrap_or_default();
        Some(Self { codec, config: wanted.unwrap_or_default().to_vec(), size, colour })
    }
}

/// `colr` of the kinds `nclx` and `nclc`.
fn colour(mut colr: &[u8]) -> Option<Colour> {
    let kind = colr.take(4)?;
    if ![&b"nclx"[..], b"nclc"].contains(&kind) {
        return None;
    }
    colr.take(4)?;
    let matrix = colr.u16()?;
    let is_full = if kind == b"nclx" { colr.u8().map(|flags| flags & 0x80 != 0) } else { None };
    Some(Colour { matrix: u8::try_from(matrix).ok(), is_full })
}
