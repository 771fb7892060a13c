//! The box tree of an MP4 file with one H.264 track (ISO/IEC 14496-12 and -15), from the first byte to the first sample.
//!
//! Written here and not by a muxer crate because we need four things together that none offers: `colr`, a time scale in
//! which every frame rate is exact, tags that other programs show, and a top-level XMP box, all of it before `mdat`.

/// The UUID of the box that holds an XMP packet (XMP specification part 3, section 1.2.7.1).
pub(super) const XMP_UUID: [u8; 16] =
    [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac];

/// Ticks of one frame. The time scale is this many times the frame rate, so that each rate is exact.
const FRAME_TICKS: u32 = 1000;
/// Identity matrix in 16.16 and 2.30 fixed point: no rotation, no scaling.
const MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
/// "und", undetermined language, in packed ISO 639-2 form.
const LANGUAGE: u16 = 0x55c4;

/// An encoded clip.
pub(super) struct Track {
    /// Width in pixels.
    pub width: u16,
    /// Height in pixels.
    pub height: u16,
    /// Frames a second.
    pub fps: u32,
    /// Sequence parameter set without start code.
    pub sps: Vec<u8>,
    /// Picture parameter set without start code.
    pub pps: Vec<u8>,
    /// One entry for each frame.
    pub samples: Vec<Sample>,
}

/// Where a frame lies within the samples, which follow each other without gaps.
pub(super) struct Sample {
    /// Size in bytes.
    pub bytes: u32,
    /// Whether decoding can start here.
    pub is_sync: bool,
}

/// Texts beside the pictures.
pub(super) struct Tags {
    /// Shown by players as the comment.
    pub comment: String,
    /// Shown by players as the encoder.
    pub creator: String,
    /// XMP packet.
    pub xmp: String,
}

/// Everything that stands before the samples: `ftyp`, `moov`, the XMP box and the header of `mdat`.
///
/// `None` when the samples are larger than 4 GiB, which 32-bit offsets cannot reach.
pub(super) fn header(track: &Track, tags: Option<&Tags>) -> Option<Vec<u8>> {
    let payload: u64 = track.samples.iter().map(|sample| u64::from(sample.bytes)).sum();
    let build = |first_sample: u32| {
        let mut out = boxed(b"ftyp", |out| {
            out.extend(b"isom");
            be32(out, 512);
            out.extend(b"isomiso2avc1mp41");
        });
        out.extend(movie(track, tags, first_sample));
        if let Some(tags) = tags {
            out.extend(boxed(b"uuid", |out| {
                out.extend(XMP_UUID);
                out.extend(tags.xmp.as_bytes());
            }));
        }
        out
    };
    // The offset of the samples stands inside of what it measures; its field has a fixed width.
    let length = build(0).len() + 8;
    let first_sample = u32::try_from(length).ok()?;
    let mut out = build(first_sample);
    be32(&mut out, u32::try_from(payload + 8).ok()?);
    out.extend(b"mdat");
    Some(out)
}

fn movie(track: &Track, tags: Option<&Tags>, first_sample: u32) -> Vec<u8> {
    let frames = u32::try_from(track.samples.len()).expect("a clip of 4 billion frames does not fit into memory");
    let (time_scale, duration) = (track.fps * FRAME_TICKS, frames.saturating_mul(FRAME_TICKS));
    boxed(b"moov", |out| {
        out.extend(full_boxed(b"mvhd", 0, |out| {
            // Creation and modification time stay unset: the same clip gives the same bytes.
            be32s(out, &[0, 0, time_scale, duration]);
            be32(out, 0x0001_0000); // rate 1
            be16(out, 0x0100); // volume 1
            out.extend([0; 10]);
            be32s(out, &MATRIX);
            out.extend([0; 24]);
            be32(out, 2); // next track
        }));
        out.extend(boxed(b"trak", |out| {
            // Flags: enabled, in movie, in preview.
            out.extend(full_boxed(b"tkhd", 7, |out| {
                be32s(out, &[0, 0, 1, 0, duration, 0, 0, 0, 0]);
                be32s(out, &MATRIX);
                be32s(out, &[u32::from(track.width) << 16, u32::from(track.height) << 16]);
            }));
            out.extend(boxed(b"mdia", |out| {
                out.extend(full_boxed(b"mdhd", 0, |out| {
                    be32s(out, &[0, 0, time_scale, duration]);
                    be16(out, LANGUAGE);
                    be16(out, 0);
                }));
                out.extend(handler(b"vide", b"VideoHandler"));
                out.extend(boxed(b"minf", |out| {
                    out.extend(full_boxed(b"vmhd", 1, |out| out.extend([0; 8])));
                    out.extend(boxed(b"dinf", |out| {
                        out.extend(full_boxed(b"dref", 0, |out| {
                            be32(out, 1);
                            // Flag 1: the samples are in this file.
                            out.extend(full_boxed(b"url ", 1, |_| ()));
                        }));
                    }));
                    out.extend(sample_table(track, frames, first_sample));
                }));
            }));
        }));
        if let Some(tags) = tags {
            out.extend(user_data(tags));
        }
    })
}

fn sample_table(track: &Track, frames: u32, first_sample: u32) -> Vec<u8> {
    boxed(b"stbl", |out| {
        out.extend(full_boxed(b"stsd", 0, |out| {
            be32(out, 1);
            out.extend(visual_entry(track));
        }));
        // Every frame lasts equally long.
        out.extend(full_boxed(b"stts", 0, |out| be32s(out, &[1, frames, FRAME_TICKS])));
        if !track.samples.iter().all(|sample| sample.is_sync) {
            out.extend(full_boxed(b"stss", 0, |out| {
                let sync: Vec<u32> =
                    (1..).zip(&track.samples).filter(|(_, sample)| sample.is_sync).map(|(number, _)| number).collect();
                be32(out, u32::try_from(sync.len()).expect("not more than there are frames"));
                be32s(out, &sync);
            }));
        }
        // One chunk holds all samples.
        out.extend(full_boxed(b"stsc", 0, |out| be32s(out, &[1, 1, frames, 1])));
        out.extend(full_boxed(b"stsz", 0, |out| {
            be32s(out, &[0, frames]);
            track.samples.iter().for_each(|sample| be32(out, sample.bytes));
        }));
        out.extend(full_boxed(b"stco", 0, |out| be32s(out, &[1, first_sample])));
    })
}

fn visual_entry(track: &Track) -> Vec<u8> {
    boxed(b"avc1", |out| {
        out.extend([0; 6]);
        be16(out, 1); // data reference
        out.extend([0; 16]);
        be16(out, track.width);
        be16(out, track.height);
        be32s(out, &[0x0048_0000, 0x0048_0000, 0]); // 72 dpi
        be16(out, 1); // frames a sample
        out.extend([0; 32]); // compressor name
        be16(out, 24); // depth
        be16(out, 0xffff);
        out.extend(boxed(b"avcC", |out| {
            out.push(1);
            // Profile, compatibility and level are repeated from the parameter set.
            out.extend(&track.sps[1..4]);
            out.push(0xff); // length fields of 4 bytes
            out.push(0xe0 | 1);
            sized(out, &track.sps);
            out.push(1);
            sized(out, &track.pps);
            if is_high_profile(track.sps[1]) {
                out.extend([0xfc | 1, 0xf8, 0xf8, 0]); // 4:2:0, 8 bits, no extension sets
            }
        }));
        out.extend(boxed(b"colr", |out| {
            out.extend(b"nclx");
            // Primaries, transfer and matrix of BT.709; limited range.
            [1, 1, 1].into_iter().for_each(|code| be16(out, code));
            out.push(0);
        }));
        out.extend(boxed(b"pasp", |out| be32s(out, &[1, 1])));
    })
}

/// Profiles whose `avcC` carries chroma format and bit depth (ISO/IEC 14496-15, section 5.3.3.1.2).
fn is_high_profile(profile: u8) -> bool {
    matches!(profile, 100 | 110 | 122 | 144)
}

/// Metadata in the form that most programs read: `udta/meta/ilst`, as written by iTunes and ffmpeg.
fn user_data(tags: &Tags) -> Vec<u8> {
    boxed(b"udta", |out| {
        out.extend(full_boxed(b"meta", 0, |out| {
            out.extend(full_boxed(b"hdlr", 0, |out| {
                be32(out, 0);
                out.extend(b"mdirappl");
                out.extend([0; 9]);
            }));
            out.extend(boxed(b"ilst", |out| {
                for (name, text) in [(b"\xa9too", &tags.creator), (b"\xa9cmt", &tags.comment)] {
                    out.extend(boxed(name, |out| {
                        out.extend(boxed(b"data", |out| {
                            be32s(out, &[1, 0]); // UTF-8, no locale
                            out.extend(text.as_bytes());
                        }));
                    }));
                }
            }));
        }));
    })
}

fn handler(kind: &[u8; 4], name: &[u8]) -> Vec<u8> {
    full_boxed(b"hdlr", 0, |out| {
        be32(out, 0);
        out.extend(kind);
        out.extend([0; 12]);
        out.extend(name);
        out.push(0);
    })
}

fn boxed(kind: &[u8; 4], fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = vec![0; 4];
    out.extend(kind);
    fill(&mut out);
    let length = u32::try_from(out.len()).expect("headers and texts are far below 4 GiB");
    out[..4].copy_from_slice(&length.to_be_bytes());
    out
}

/// A box with version 0 and `flags`.
fn full_boxed(kind: &[u8; 4], flags: u32, fill: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    boxed(kind, |out| {
        be32(out, flags);
        fill(out);
    })
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    be16(out, u16::try_from(bytes.len()).expect("parameter sets have a few dozen bytes"));
    out.extend(bytes);
}

fn be16(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_be_bytes());
}

fn be32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_be_bytes());
}

fn be32s(out: &mut Vec<u8>, values: &[u32]) {
    values.iter().for_each(|&value| be32(out, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(samples: &[u32]) -> Track {
        Track {
            width: 96,
            height: 64,
            fps: 7,
            sps: vec![0x67, 66, 0xc0, 11, 1, 2, 3],
            pps: vec![0x68, 9],
            samples: samples.iter().map(|&bytes| Sample { bytes, is_sync: bytes > 5 }).collect(),
        }
    }

    fn find(bytes: &[u8], kind: &[u8; 4]) -> usize {
        bytes.windows(4).position(|window| window == kind).unwrap_or_else(|| panic!("no {kind:?}"))
    }

    fn number(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    }

    #[test]
    fn the_chunk_offset_points_behind_the_header() {
        let tags = Tags { comment: "c".repeat(70_000), creator: "us".into(), xmp: "x".repeat(70_001) };
        for tags in [None, Some(&tags)] {
            let bytes = header(&track(&[10, 2, 3]), tags).expect("small");
            let stco = find(&bytes, b"stco");
            assert_eq!(number(&bytes, stco + 8), 1);
            assert_eq!(number(&bytes, stco + 12) as usize, bytes.len());
            assert_eq!(bytes[bytes.len() - 4..], *b"mdat");
            assert_eq!(number(&bytes, bytes.len() - 8), 8 + 15);
        }
    }

    #[test]
    fn every_rate_is_exact() {
        let bytes = header(&track(&[10, 2, 3]), None).expect("small");
        let (mdhd, stts) = (find(&bytes, b"mdhd"), find(&bytes, b"stts"));
        assert_eq!((number(&bytes, mdhd + 16), number(&bytes, mdhd + 20)), (7000, 3000));
        assert_eq!((number(&bytes, stts + 12), number(&bytes, stts + 16)), (3, 1000));
    }

    #[test]
    fn four_gibibytes_are_too_much() {
        assert!(header(&track(&[u32::MAX - 8, 9]), None).is_none());
    }
}
