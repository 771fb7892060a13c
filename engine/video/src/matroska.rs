//! WebM and MKV (RFC 9559): which track has the pictures, and where its frames lie.
//!
//! One pass over the headers of all elements; frames themselves are not read. Elements of unknown length, as live recordings
//! have them, are walked into. Files that are cut off keep the frames that are there.

use std::collections::BTreeMap;

use crate::error::{Trouble, VideoFault, VideoLack};
use crate::limits::{MAX_PARTS, MAX_PIXELS, check_frames};
use crate::source::{Source, Take};
use crate::track::{Codec, Sample, Track, Turn};
use crate::yuv::Colour;

// Numbers of elements, as RFC 9559 has them.
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const TIMESTAMP: u32 = 0xe7;
const SIMPLE_BLOCK: u32 = 0xa3;
const BLOCK_GROUP: u32 = 0xa0;
const BLOCK: u32 = 0xa1;
const REFERENCE_BLOCK: u32 = 0xfb;

/// Whether a file begins as one of these.
pub(crate) fn is_matroska(head: &[u8]) -> bool {
    head.starts_with(&[0x1a, 0x45, 0xdf, 0xa3])
}

/// A track with pictures, as its entry describes it.
struct Pictures {
    codec: Result<Codec, VideoLack>,
    config: Vec<u8>,
    prefix: Vec<u8>,
    size: [u32; 2],
    colour: Colour,
    frame_nanos: Option<u64>,
    samples: Vec<Sample>,
}

/// Finds the pictures of a file.
pub(crate) fn read(source: &mut Source) -> Result<Track, Trouble> {
    let mut scale = 1_000_000;
    let mut tracks: Option<BTreeMap<u64, Pictures>> = None;
    let (mut at, mut parts) = (0, 0);
    let mut cluster_time = 0_i64;
    // The last block: until its group ends it may turn out to be no place to begin.
    let mut last = None;
    let mut is_cut_off = false;
    while at < source.len() {
        parts += 1;
        if parts > MAX_PARTS {
            return Err(Trouble::index("elements"));
        }
        let Some(element) = Element::at(source, at)? else {
            is_cut_off = true;
            break;
        };
        let walks_in = matches!(element.id, SEGMENT | CLUSTER | BLOCK_GROUP);
        let Some(size) = element.size.or(walks_in.then_some(0)) else {
            return Err(Trouble::index("EBML size"));
        };
        let end = element.body.saturating_add(size);
        if !walks_in && end > source.len() {
            is_cut_off = true;
            break;
        }
        match element.id {
            INFO => {
                let info = source.read_index("Info", element.body, size)?;
                scale = number(&info, 0x2a_d7b1).filter(|&scale| scale > 0).unwrap_or(scale);
            }
            TRACKS if tracks.is_none() => {
                tracks = Some(entries(&source.read_index("Tracks", element.body, size)?));
            }
            TIMESTAMP => {
                let time = source.read_index("Timestamp", element.body, size)?;
                cluster_time = unsigned(&time).and_then(|time| i64::try_from(time).ok()).unwrap_or_default();
            }
            SIMPLE_BLOCK | BLOCK => {
                let mut head = [0; 12];
                let head = &mut head[..size.min(12) as usize];
                source.fill(element.body, head)?;
                let block = Block::of(head).ok_or_else(|| Trouble::index("Block"))?;
                last = None;
                if let Some(track) = tracks.as_mut().and_then(|tracks| tracks.get_mut(&block.track)) {
                    if block.is_laced {
                        return Err(VideoLack::Other { detail: "lacing".to_owned() }.into());
                    }
                    last = Some(block.track);
                    check_frames(track.samples.len() as u64 + 1)?;
                    track.samples.push(Sample {
                        offset: element.body + block.header_bytes,
                        bytes: size - block.header_bytes,
                        time: cluster_time.saturating_add(i64::from(block.time)),
                        duration: 0,
                        is_sync: element.id == BLOCK || block.is_key,
                    });
                }
            }
            REFERENCE_BLOCK => {
                let track = last.and_then(|track| tracks.as_mut()?.get_mut(&track));
                if let Some(sample) = track.and_then(|track| track.samples.last_mut()) {
                    sample.is_sync = false;
                }
            }
            _ => {}
        }
        at = if walks_in { element.body } else { end };
    }
    let tracks = tracks.ok_or(VideoFault::NoIndex)?;
    let track = tracks.into_values().rev().max_by_key(|track| (track.codec.is_ok(), track.samples.len()));
    let track = track.ok_or(VideoLack::NoPictures)?;
    if track.samples.is_empty() {
        return Err(VideoFault::NoFrame.into());
    }
    let unit_secs = scale as f64 * 1e-9;
    Ok(Track {
        codec: track.codec,
        container: "matroska",
        config: track.config,
        prefix: track.prefix,
        unit_secs,
        samples: track.samples,
        size: track.size,
        turn: Turn::NONE,
        colour: track.colour,
        shown: Vec::new(),
        fps: track.frame_nanos.map(|nanos| 1e9 / nanos as f64),
        is_cut_off,
        max_pixels: MAX_PIXELS,
    })
}

/// An element of the file.
struct Element {
    id: u32,
    body: u64,
    /// `None`: not known.
    size: Option<u64>,
}

impl Element {
    /// The element that begins at `at`; `None` where the file ends before its header does, or the header makes no sense.
    fn at(source: &mut Source, at: u64) -> Result<Option<Self>, Trouble> {
        let mut head = [0; 12];
        let head = &mut head[..(source.len() - at).min(12) as usize];
        source.fill(at, head)?;
        let mut rest = &head[..];
        let Some((id, size)) = header(&mut rest) else { return Ok(None) };
        Ok(Some(Self { id, body: at + (head.len() - rest.len()) as u64, size }))
    }
}

/// Number and size of an element.
fn header(rest: &mut &[u8]) -> Option<(u32, Option<u64>)> {
    let id_bytes = rest.first()?.leading_zeros() as usize + 1;
    if id_bytes > 4 {
        return None;
    }
    let id = rest.number(id_bytes)? as u32;
    Some((id, vint(rest)?))
}

/// A number of variable length (RFC 8794, section 4); the outer `None` where it is cut off, the inner where all bits are set.
fn vint(rest: &mut &[u8]) -> Option<Option<u64>> {
    let bytes = rest.first()?.leading_zeros() as usize + 1;
    if bytes > 8 {
        return None;
    }
    let mask = (1_u64 << (7 * bytes)) - 1;
    let value = rest.number(bytes)? & mask;
    Some((value != mask).then_some(value))
}

/// The elements of a body, as far as they are whole.
fn children(body: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let mut rest = body;
    std::iter::from_fn(move || {
        let (id, size) = header(&mut rest)?;
        let size = size.map_or(rest.len(), |size| usize::try_from(size).unwrap_or(usize::MAX));
        Some((id, rest.take(size.min(rest.len()))?))
    })
}

fn find(body: &[u8], id: u32) -> Option<&[u8]> {
    children(body).find(|child| child.0 == id).map(|child| child.1)
}

fn unsigned(body: &[u8]) -> Option<u64> {
    (body.len() <= 8).then(|| { body }.number(body.len())).flatten()
}

fn number(body: &[u8], id: u32) -> Option<u64> {
    find(body, id).and_then(unsigned)
}

/// The tracks with pictures, by their numbers.
fn entries(tracks: &[u8]) -> BTreeMap<u64, Pictures> {
    let entries = children(tracks).filter(|child| child.0 == 0xae).take(64);
    // Type 1 is video.
    let video = entries.map(|entry| entry.1).filter(|entry| number(entry, 0x83) == Some(1));
    video.filter_map(|entry| Some((number(entry, 0xd7)?, entry_pictures(entry)?))).collect()
}

fn entry_pictures(entry: &[u8]) -> Option<Pictures> {
    let name = String::from_utf8_lossy(find(entry, 0x86)?.trim_ascii_end()).trim_end_matches('\0').to_owned();
    let mut codec = match name.as_str() {
        "V_MPEG4/ISO/AVC" => Ok(Codec::H264),
        "V_MPEGH/ISO/HEVC" => Ok(Codec::Hevc),
        "V_VP9" => Ok(Codec::Vp9),
        "V_AV1" => Ok(Codec::Av1),
        _ => Err(VideoLack::Codec { codec: name.chars().take(100).collect() }),
    };
    let video = find(entry, 0xe0)?;
    let side = |id| number(video, id).and_then(|side| u32::try_from(side).ok());
    let size = [side(0xb0)?, side(0xba)?];
    let colour = find(video, 0x55b0).map_or_else(Colour::default, |colour| Colour {
        matrix: number(colour, 0x55b1).and_then(|matrix| u8::try_from(matrix).ok()),
        // 1 is limited, 2 full.
        is_full: number(colour, 0x55b9).filter(|range| [1, 2].contains(range)).map(|range| range == 2),
    });
    let mut prefix = Vec::new();
    for (_, encoding) in find(entry, 0x6d80).into_iter().flat_map(children).filter(|child| child.0 == 0x6240) {
        if find(encoding, 0x5035).is_some() {
            codec = Err(VideoLack::Encrypted);
        }
        if let Some(compression) = find(encoding, 0x5034) {
            match number(compression, 0x4254).unwrap_or(0) {
                // Bytes that all frames begin with are left out.
                3 => prefix.extend_from_slice(find(compression, 0x4255).unwrap_or_default()),
                other => codec = Err(VideoLack::Other { detail: format!("ContentCompAlgo {other}") }),
            }
        }
    }
    prefix.truncate(1 << 12);
    Some(Pictures {
        codec,
        config: find(entry, 0x63a2).unwrap_or_default().to_vec(),
        prefix,
        size,
        colour,
        frame_nanos: number(entry, 0x23_e383).filter(|&nanos| nanos > 0),
        samples: Vec::new(),
    })
}

/// The head of a block.
struct Block {
    track: u64,
    time: i16,
    is_key: bool,
    is_laced: bool,
    header_bytes: u64,
}

impl Block {
    fn of(head: &[u8]) -> Option<Self> {
        let mut rest = head;
        let track = vint(&mut rest)??;
        let time = rest.u16()?.cast_signed();
        let flags = rest.u8()?;
        Some(Self {
            track,
            time,
            is_key: flags & 0x80 != 0,
            is_laced: flags & 6 != 0,
            header_bytes: (head.len() - rest.len()) as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length_are_those_of_the_rfc() {
        for (bytes, value) in [
            (&[0x81][..], Some(Some(1))),
            (&[0x40, 0x02], Some(Some(2))),
            (&[0x10, 0, 0, 0x7f], Some(Some(0x7f))),
            (&[0xff], Some(None)),
            (&[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Some(None)),
            (&[0x00, 1], None),
            (&[0x40], None),
            (&[], None),
        ] {
            assert_eq!(vint(&mut { bytes }), value, "{bytes:x?}");
        }
    }
}
