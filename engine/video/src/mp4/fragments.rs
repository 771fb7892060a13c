//! Frames of a file in parts, from its `moof` boxes (ISO/IEC 14496-12, section 8.8).

use super::boxes::{children, find};
use crate::error::Trouble;
use crate::limits::check_frames;
use crate::source::Take;
use crate::track::Sample;

/// What holds for the frames of a track unless a part says otherwise.
#[derive(Clone, Copy, Default)]
pub(super) struct Defaults {
    track: u32,
    duration: u32,
    bytes: u32,
    flags: u32,
}

/// Of every track of a `moov` box.
pub(super) fn defaults(moov: &[u8]) -> Vec<Defaults> {
    let Some(mvex) = find(moov, &[b"mvex"]) else { return Vec::new() };
    let trex = children(mvex).filter(|child| &child.kind == b"trex").take(1000);
    trex.filter_map(|child| {
        let mut body = child.body;
        body.u32()?;
        let track = body.u32()?;
        body.u32()?;
        Some(Defaults { track, duration: body.u32()?, bytes: body.u32()?, flags: body.u32()? })
    })
    .collect()
}

/// Adds the frames of the track `id` of a `moof` box that begins at `start` in the file.
pub(super) fn extend(
    samples: &mut Vec<Sample>,
    id: u32,
    defaults: &[Defaults],
    moof: &[u8],
    start: u64,
) -> Result<(), Trouble> {
    for traf in children(moof).filter(|child| &child.kind == b"traf").map(|child| child.body) {
        let head =
            find(traf, &[b"tfhd"]).and_then(|tfhd| Head::of(tfhd, defaults)).ok_or_else(|| Trouble::index("tfhd"))?;
        if head.defaults.track != id {
            continue;
        }
        let mut time = find(traf, &[b"tfdt"]).and_then(|mut tfdt| match tfdt.u32()? >> 24 {
            1 => tfdt.u64().map(u64::cast_signed),
            _ => tfdt.u32().map(i64::from),
        });
        let mut offset = head.base.unwrap_or(start);
        for trun in children(traf).filter(|child| &child.kind == b"trun").map(|child| child.body) {
            let after = samples.last().map_or(0, |last| last.time.saturating_add(i64::from(last.duration)));
            let mut at = time.unwrap_or(after);
            run(samples, trun, &head, start, &mut offset, &mut at).ok_or_else(|| Trouble::index("trun"))?;
            check_frames(samples.len() as u64)?;
            time = Some(at);
        }
    }
    Ok(())
}

/// What a `tfhd` box says.
struct Head {
    base: Option<u64>,
    defaults: Defaults,
}

impl Head {
    fn of(mut tfhd: &[u8], defaults: &[Defaults]) -> Option<Self> {
        let flags = tfhd.u32()?;
        let track = tfhd.u32()?;
        let mut own = defaults.iter().find(|of| of.track == track).copied().unwrap_or_default();
        own.track = track;
        let base = if flags & 1 != 0 { Some(tfhd.u64()?) } else { None };
        if flags & 2 != 0 {
            tfhd.u32()?;
        }
        for (flag, value) in [(8, &mut own.duration), (0x10, &mut own.bytes), (0x20, &mut own.flags)] {
            if flags & flag != 0 {
                *value = tfhd.u32()?;
            }
        }
        Some(Self { base, defaults: own })
    }
}

/// The frames of a `trun` box; `offset` and `time` go on behind them.
fn run(
    samples: &mut Vec<Sample>,
    mut trun: &[u8],
    head: &Head,
    start: u64,
    offset: &mut u64,
    time: &mut i64,
) -> Option<()> {
    let flags = trun.u32()?;
    let count = trun.u32()?;
    if flags & 1 != 0 {
        *offset = head.base.unwrap_or(start).saturating_add_signed(i64::from(trun.i32()?));
    }
    let mut first_flags = if flags & 4 != 0 { Some(trun.u32()?) } else { None };
    let entry_bytes = 4 * (flags >> 8 & 0xf).count_ones() as usize;
    // Frames without an entry of their own are bounded by their number alone.
    if trun.len() < entry_bytes.checked_mul(count as usize)? || entry_bytes == 0 && count > 1 << 16 {
        return None;
    }
    for _ in 0..count {
        let mut value = |flag: u32, default: u32| if flags & flag != 0 { trun.u32() } else { Some(default) };
        let duration = value(0x100, head.defaults.duration)?;
        let bytes = value(0x200, head.defaults.bytes)?;
        let of_frame = value(0x400, first_flags.take().unwrap_or(head.defaults.flags))?;
        let delay = value(0x800, 0)?.cast_signed();
        samples.push(Sample {
            offset: *offset,
            bytes: u64::from(bytes),
            time: time.saturating_add(i64::from(delay)),
            duration,
            is_sync: of_frame >> 16 & 1 == 0,
        });
        *offset = offset.saturating_add(u64::from(bytes));
        *time = time.saturating_add(i64::from(duration));
    }
    Some(())
}
