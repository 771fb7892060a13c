//! The element tree of a WebM file with one AV1 track (RFC 9559; "AV1 in Matroska", AOMedia).
//!
//! Written here and not by a muxer crate, as for MP4 (`mp4_boxes.rs`): what is needed is one track, tags, and an index in front of
//! the frames whose positions are known before it is written. `mkv-element` has types for all elements but no positions,
//! writes elements in the order of its lists, and brings four crates along for these two hundred lines.

/// Ticks of the file's clock in a second; players of WebM expect milliseconds.
const TICKS_PER_SEC: u64 = 1000;
/// Longest time of a cluster: times of frames in it are 16-bit numbers of ticks.
const MAX_CLUSTER_TICKS: u64 = 30_000;
/// The program, for a field that every file must have.
const MUXER: &str = "Hummingbird";

// Numbers of elements that are written more than once or read back too (RFC 9559, section 5).
pub(super) const EBML: u32 = 0x1a45_dfa3;
pub(super) const SEGMENT: u32 = 0x1853_8067;
pub(super) const TAGS: u32 = 0x1254_c367;
pub(super) const TAG: u32 = 0x7373;
pub(super) const SIMPLE_TAG: u32 = 0x67c8;
pub(super) const TAG_STRING: u32 = 0x4487;
const CLUSTER: u32 = 0x1f43_b675;

/// An encoded clip.
pub(super) struct Track {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Frames a second.
    pub fps: u32,
    /// `av1C` with the sequence header (AV1 codec ISO media file format binding, section 2.3).
    pub config: Vec<u8>,
    /// Temporal units without their delimiters, one for each frame, and whether decoding can start there.
    pub frames: Vec<(Vec<u8>, bool)>,
}

/// The whole file; `tags` are names and texts.
pub(super) fn file(track: &Track, tags: &[(&str, String)]) -> Vec<u8> {
    let mut head = Vec::new();
    info(&mut head, track);
    tracks(&mut head, track);
    if !tags.is_empty() {
        master(&mut head, TAGS, |out| {
            master(out, TAG, |out| {
                master(out, 0x63c0, |_| ());
                for (name, text) in tags {
                    master(out, SIMPLE_TAG, |out| {
                        bytes(out, 0x45a3, name.as_bytes());
                        bytes(out, 0x447a, b"und");
                        bytes(out, TAG_STRING, text.as_bytes());
                    });
                }
            });
        });
    }
    let (clusters, starts) = clusters(track);
    // Positions have a fixed width, so that the index is as long as it will be.
    let index_bytes = index(&starts, 0).len();
    let first_cluster = head.len() + index_bytes;
    head.extend(index(&starts, first_cluster));
    head.extend(clusters);

    let mut out = Vec::with_capacity(head.len() + 64);
    master(&mut out, EBML, |out| {
        number(out, 0x4286, 1);
        number(out, 0x42f7, 1);
        number(out, 0x42f2, 4);
        number(out, 0x42f3, 8);
        bytes(out, 0x4282, b"webm");
        number(out, 0x4287, 4);
        number(out, 0x4285, 2);
    });
    bytes(&mut out, SEGMENT, &head);
    out
}

fn info(out: &mut Vec<u8>, track: &Track) {
    master(out, 0x1549_a966, |out| {
        number(out, 0x2a_d7b1, 1_000_000_000 / TICKS_PER_SEC);
        let duration = track.frames.len() as f64 * TICKS_PER_SEC as f64 / f64::from(track.fps);
        bytes(out, 0x4489, &duration.to_be_bytes());
        bytes(out, 0x4d80, MUXER.as_bytes());
        bytes(out, 0x5741, MUXER.as_bytes());
    });
}

fn tracks(out: &mut Vec<u8>, track: &Track) {
    master(out, 0x1654_ae6b, |out| {
        master(out, 0xae, |out| {
            number(out, 0xd7, 1);
            number(out, 0x73c5, 1);
            number(out, 0x83, 1); // video
            number(out, 0x9c, 0); // no lacing
            bytes(out, 0x22_b59c, b"und");
            bytes(out, 0x86, b"V_AV1");
            bytes(out, 0x63a2, &track.config);
            number(out, 0x23_e383, 1_000_000_000 / u64::from(track.fps));
            master(out, 0xe0, |out| {
                number(out, 0xb0, track.width as u64);
                number(out, 0xba, track.height as u64);
                number(out, 0x9a, 2); // progressive
                master(out, 0x55b0, |out| {
                    number(out, 0x55b1, 1); // BT.709
                    number(out, 0x55b7, 1); // chroma on the even column,
                    number(out, 0x55b8, 2); // between two rows
                    number(out, 0x55b9, 1); // limited range
                    number(out, 0x55ba, 1);
                    number(out, 0x55bb, 1);
                });
            });
        });
    });
}

/// All clusters, and of each its time and where it begins.
fn clusters(track: &Track) -> (Vec<u8>, Vec<(u64, usize)>) {
    let time = |frame: usize| frame as u64 * TICKS_PER_SEC / u64::from(track.fps);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, (_, is_key)) in track.frames.iter().enumerate() {
        match groups.last_mut() {
            Some(group) if !is_key && time(index) - time(group[0]) < MAX_CLUSTER_TICKS => group.push(index),
            _ => groups.push(vec![index]),
        }
    }
    let (mut out, mut starts) = (Vec::new(), Vec::new());
    for group in groups {
        let start = time(group[0]);
        starts.push((start, out.len()));
        master(&mut out, CLUSTER, |out| {
            number(out, 0xe7, start);
            for index in group {
                let (data, is_key) = &track.frames[index];
                let after = i16::try_from(time(index) - start).expect("clusters are shorter than that");
                // Track 1 as a number of one byte; the highest flag says that decoding can start here.
                let mut block = vec![0x81];
                block.extend(after.to_be_bytes());
                block.push(if *is_key { 0x80 } else { 0 });
                block.extend_from_slice(data);
                bytes(out, 0xa3, &block);
            }
        });
    }
    (out, starts)
}

fn index(starts: &[(u64, usize)], first_cluster: usize) -> Vec<u8> {
    let mut out = Vec::new();
    master(&mut out, 0x1c53_bb6b, |out| {
        for (time, start) in starts {
            master(out, 0xbb, |out| {
                number(out, 0xb3, *time);
                master(out, 0xb7, |out| {
                    number(out, 0xf7, 1);
                    bytes(out, 0xf1, &((first_cluster + start) as u64).to_be_bytes());
                });
            });
        }
    });
    out
}

/// An element that holds others.
fn master(out: &mut Vec<u8>, id: u32, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    bytes(out, id, &body);
}

/// An element that is a whole number.
fn number(out: &mut Vec<u8>, id: u32, value: u64) {
    let all = value.to_be_bytes();
    let first = (value.leading_zeros() as usize / 8).min(7);
    bytes(out, id, &all[first..]);
}

/// An element with these bytes.
fn bytes(out: &mut Vec<u8>, id: u32, body: &[u8]) {
    let first = id.leading_zeros() as usize / 8;
    out.extend_from_slice(&id.to_be_bytes()[first..]);
    // A number of `n` bytes holds 7 n bits, of which all ones mean "not known" (RFC 8794, section 4).
    let size = body.len() as u64;
    let width = (1..8).find(|width| size < (1 << (7 * width)) - 1).unwrap_or(8);
    let marked = size | 1 << (7 * width);
    out.extend_from_slice(&marked.to_be_bytes()[8 - width..]);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_short_as_they_can_be() {
        let sized = |length: usize| {
            let mut out = Vec::new();
            bytes(&mut out, 0xa3, &vec![0; length]);
            out.truncate(out.len() - length);
            out
        };
        assert_eq!(sized(0), [0xa3, 0x80]);
        assert_eq!(sized(126), [0xa3, 0xfe]);
        // 127 in one byte would mean "not known".
        assert_eq!(sized(127), [0xa3, 0x40, 0x7f]);
        assert_eq!(sized(300), [0xa3, 0x41, 0x2c]);
        assert_eq!(sized(20_000), [0xa3, 0x20, 0x4e, 0x20]);
    }

    #[test]
    fn numbers_have_no_zeros_in_front() {
        let written = |value: u64| {
            let mut out = Vec::new();
            number(&mut out, 0x4286, value);
            out
        };
        assert_eq!(written(0), [0x42, 0x86, 0x81, 0]);
        assert_eq!(written(255), [0x42, 0x86, 0x81, 255]);
        assert_eq!(written(256), [0x42, 0x86, 0x82, 1, 0]);
    }

    #[test]
    fn the_index_says_where_clusters_begin() {
        let frames = (0..5).map(|index| (vec![index; 10], index % 2 == 0)).collect();
        let track = Track { width: 16, height: 16, fps: 10, config: vec![0x81, 0, 0, 0], frames };
        let file = file(&track, &[]);
        let segment = file.windows(4).position(|four| four == SEGMENT.to_be_bytes()).expect("a segment");
        // The segment is longer than 126 and shorter than 16383 bytes: its size has two.
        let body = &file[segment + 6..];
        let positions = body.windows(2).enumerate().filter(|(_, two)| *two == [0xf1, 0x88]);
        let positions: Vec<usize> = positions
            .map(|(at, _)| u64::from_be_bytes(body[at + 2..at + 10].try_into().expect("eight bytes")) as usize)
            .collect();
        assert_eq!(positions.len(), 3, "one for each key frame");
        for at in positions {
            assert_eq!(body[at..at + 4], CLUSTER.to_be_bytes());
        }
    }

    #[test]
    fn a_long_time_without_key_frames_is_cut_into_clusters() {
        let frames = (0..90).map(|index| (vec![0], index == 0)).collect();
        let track = Track { width: 16, height: 16, fps: 1, config: Vec::new(), frames };
        let times: Vec<u64> = clusters(&track).1.into_iter().map(|(time, _)| time).collect();
        assert_eq!(times, [0, 30_000, 60_000]);
    }
}
