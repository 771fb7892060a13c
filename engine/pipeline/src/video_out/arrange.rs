//! What is done to frames before they are written, whatever the format: which of them, what part of each, in what size, in
//! which order.

use std::borrow::Cow;

use image::imageops::{self, FilterType};
use image::{ImageBuffer, Rgb};
use serde::{Deserialize, Serialize};

use super::{ExportError, Format, Frames};

/// Most times that frames are written one after the other, in formats that have no number of plays.
pub const MAX_PLAYS: u32 = 20;
/// Most bytes of raw frames that an export makes: what is larger than a clip of an hour at this program's sizes is a mistake.
const MAX_BYTES: u64 = 8 << 30;
/// Longest side that frames are scaled to, in pixels.
const MAX_SIDE: u32 = 16_384;

/// What is done to the frames of a clip before they are written. The default leaves them as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Arrangement {
    /// Which frames; `None` is all of them.
    pub trim: Option<Trim>,
    /// What part of each.
    pub crop: Crop,
    /// In what size.
    pub scale: Scale,
    /// In which order.
    pub order: Order,
    /// How often the clip plays. GIF, WebP and APNG carry the number; in other formats the frames are written as often.
    pub plays: Plays,
}

/// First and last frame, counted from 0; both are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trim {
    /// The first.
    pub first: usize,
    /// The last.
    pub last: usize,
}

/// The part of each frame that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crop {
    /// All of it.
    #[default]
    Whole,
    /// The largest part of this shape around the middle, as for 1:1 or 9:16.
    Shape(u32, u32),
    /// A rectangle in pixels: left, top, width, height.
    Area([u32; 4]),
}

/// The size that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// That of the frames.
    #[default]
    Original,
    /// So many hundredths of it.
    Percent(u32),
    /// The longest side has so many pixels, and the shape stays.
    Longest(u32),
    /// This width and height in pixels, whatever the shape.
    Size(u32, u32),
}

/// The order of frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// From the first to the last.
    #[default]
    Forward,
    /// To the last and back again, so that a loop has no jump: neither end is shown twice.
    PingPong,
}

/// How often a clip plays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plays {
    /// For ever, where the format can say so; the frames are written once.
    #[default]
    Endless,
    /// So often, `1..=20`.
    Times(u32),
}

impl Plays {
    /// The number for formats that carry one: 0 is for ever.
    pub(super) fn count(self) -> u32 {
        match self {
            Self::Endless => 0,
            Self::Times(times) => times,
        }
    }
}

impl Order {
    /// The frames of `count` in this order.
    pub fn frames(self, count: usize) -> impl Iterator<Item = usize> + Clone {
        let back = if self == Self::PingPong { 1..count.saturating_sub(1) } else { 0..0 };
        (0..count).chain(back.rev())
    }
}

/// What an arrangement makes of a clip of a given size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    first: usize,
    last: usize,
    /// Left, top, width, height.
    area: [u32; 4],
    size: [u32; 2],
    order: Order,
    /// How often the frames are written.
    repeats: u32,
}

impl Layout {
    /// Number of frames, height and width of what is written.
    pub(super) fn clip(&self) -> [usize; 3] {
        let once = self.order.frames(self.last - self.first + 1).count();
        [once * self.repeats as usize, self.size[1] as usize, self.size[0] as usize]
    }
}

impl Arrangement {
    /// Number of frames, height and width that a clip of `[frames, height, width]` has in a file of this format.
    ///
    /// # Errors
    /// [`ExportError::Trim`], [`ExportError::Crop`], [`ExportError::Scale`] and [`ExportError::Plays`].
    pub fn arranged_clip(&self, clip: [usize; 3], format: Format) -> Result<[usize; 3], ExportError> {
        Ok(self.layout(clip, format)?.clip())
    }

    pub(super) fn layout(&self, [count, height, width]: [usize; 3], format: Format) -> Result<Layout, ExportError> {
        if count == 0 {
            return Err(ExportError::NoFrames);
        }
        let Trim { first, last } = self.trim.unwrap_or(Trim { first: 0, last: count - 1 });
        if first > last || last >= count {
            let numbered = |frame: usize| frame.saturating_add(1);
            return Err(ExportError::Trim { first: numbered(first), last: numbered(last), frames: count });
        }
        let side =
            |pixels: usize| u32::try_from(pixels).map_err(|_| ExportError::Scale { width, height, max: MAX_SIDE });
        let whole = [side(width)?, side(height)?];
        let area = cropped(self.crop, whole).ok_or(ExportError::Crop { width, height })?;
        let size = scaled(self.scale, [area[2], area[3]]);
        let (scaled_width, scaled_height) = (size[0] as usize, size[1] as usize);
        if size != whole && size.iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(ExportError::Scale { width: scaled_width, height: scaled_height, max: MAX_SIDE });
        }
        let repeats = match self.plays {
            Plays::Times(times) if !(1..=MAX_PLAYS).contains(&times) => {
                return Err(ExportError::Plays { plays: times, max: MAX_PLAYS });
            }
            Plays::Times(times) if !format.counts_plays() => times,
            Plays::Times(_) | Plays::Endless => 1,
        };
        let layout = Layout { first, last, area, size, order: self.order, repeats };
        let [frames, ..] = layout.clip();
        let bytes = [frames, scaled_width, scaled_height]
            .iter()
            .try_fold(3_u64, |product, &side| product.checked_mul(side as u64).filter(|&bytes| bytes <= MAX_BYTES));
        // Frames that stay as they are are in memory already.
        if bytes.is_none() && (frames, size) != (count, whole) {
            return Err(ExportError::Scale { width: scaled_width, height: scaled_height, max: MAX_SIDE });
        }
        Ok(layout)
    }

    /// The frames as they are written.
    ///
    /// # Errors
    /// As [`Arrangement::arranged_clip`].
    pub fn apply<'a>(&self, frames: &'a Frames, format: Format) -> Result<Cow<'a, Frames>, ExportError> {
        let layout = self.layout([frames.count(), frames.height(), frames.width()], format)?;
        let whole = [0, 0, frames.width() as u32, frames.height() as u32];
        let changes_frames = layout.area != whole || layout.size != [whole[2], whole[3]];
        if !changes_frames && layout.clip()[0] == frames.count() && layout.repeats == 1 && self.order == Order::Forward
        {
            return Ok(Cow::Borrowed(frames));
        }
        let taken = layout.last - layout.first + 1;
        // [frames that are taken, height, width, 3]
        let each: Vec<Cow<'_, [u8]>> = (layout.first..=layout.last)
            .map(|index| if changes_frames { changed(frames, index, &layout) } else { frames.frame(index).into() })
            .collect();
        let [count, height, width] = layout.clip();
        let mut pixels = Vec::with_capacity(count * width * height * 3);
        for _ in 0..layout.repeats {
            self.order.frames(taken).for_each(|index| pixels.extend_from_slice(&each[index]));
        }
        Ok(Cow::Owned(Frames::new(width, height, pixels)))
    }

    /// One frame as it is written, for a look at it: `[height, width, 3]`, in the size of [`Arrangement::arranged_clip`].
    ///
    /// # Errors
    /// As [`Arrangement::arranged_clip`].
    pub fn one_frame(&self, frames: &Frames, index: usize, format: Format) -> Result<Frames, ExportError> {
        let layout = self.layout([frames.count(), frames.height(), frames.width()], format)?;
        let index = index.min(frames.count() - 1);
        let [_, height, width] = layout.clip();
        Ok(Frames::new(width, height, changed(frames, index, &layout).into_owned()))
    }
}

/// The rectangle of a crop; `None` where it does not lie in the picture.
fn cropped(crop: Crop, [width, height]: [u32; 2]) -> Option<[u32; 4]> {
    match crop {
        Crop::Whole => Some([0, 0, width, height]),
        Crop::Shape(across, down) => {
            let (wide, high) = (u64::from(width) * u64::from(down), u64::from(height) * u64::from(across));
            if across == 0 || down == 0 {
                return None;
            }
            let [across, down] = [u64::from(across), u64::from(down)];
            let part = if wide > high {
                [(high / down).max(1), u64::from(height)]
            } else {
                [u64::from(width), (wide / across).max(1)]
            };
            // No larger than the picture by construction.
            let [part_width, part_height] = part.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
            Some([(width - part_width) / 2, (height - part_height) / 2, part_width, part_height])
        }
        Crop::Area(area @ [left, top, part_width, part_height]) => {
            let fits = part_width > 0
                && part_height > 0
                && left.checked_add(part_width)? <= width
                && top.checked_add(part_height)? <= height;
            fits.then_some(area)
        }
    }
}

/// The size after scaling; sides beyond all sense saturate, and are refused later.
fn scaled(scale: Scale, [width, height]: [u32; 2]) -> [u32; 2] {
    let times = |side: u32, factor: u64, divisor: u64| {
        let side = (u64::from(side) * factor + divisor / 2) / divisor;
        u32::try_from(side.max(1)).unwrap_or(u32::MAX)
    };
    match scale {
        Scale::Original => [width, height],
        Scale::Percent(percent) => [width, height].map(|side| times(side, percent.into(), 100)),
        Scale::Longest(longest) => [width, height].map(|side| times(side, longest.into(), width.max(height).into())),
        Scale::Size(width, height) => [width, height],
    }
}

/// One frame, cut and scaled. Lanczos with three lobes, as wide as the larger of a source and a target pixel (so that a smaller
/// picture has no false patterns), on values as they are stored, as other programs do it.
fn changed<'a>(frames: &'a Frames, index: usize, layout: &Layout) -> Cow<'a, [u8]> {
    let [left, top, width, height] = layout.area;
    let [left, top, wide, high] = [left, top, width, height].map(|side| side as usize);
    let rows = frames.frame(index).chunks_exact(frames.width() * 3).skip(top).take(high);
    let part: Vec<u8> = rows.flat_map(|row| &row[left * 3..(left + wide) * 3]).copied().collect();
    if [width, height] == layout.size {
        return part.into();
    }
    // Of its size by construction.
    match ImageBuffer::<Rgb<u8>, Vec<u8>>::from_raw(width, height, part) {
        Some(part) => imageops::resize(&part, layout.size[0], layout.size[1], FilterType::Lanczos3).into_raw().into(),
        None => frames.frame(index).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames in which each pixel says its frame, column and row.
    fn numbered(count: usize, width: usize, height: usize) -> Frames {
        let mut pixels = Vec::new();
        for frame in 0..count {
            for y in 0..height {
                pixels.extend((0..width).flat_map(|x| [frame as u8, x as u8, y as u8]));
            }
        }
        Frames::new(width, height, pixels)
    }

    fn shown(frames: &Frames) -> Vec<u8> {
        frames.iter().map(|frame| frame[0]).collect()
    }

    #[test]
    fn frames_are_taken_in_their_order() {
        let frames = numbered(5, 2, 2);
        let trim = Some(Trim { first: 1, last: 3 });
        let cases = [
            (Arrangement::default(), Format::Gif, vec![0, 1, 2, 3, 4]),
            (Arrangement { trim, ..Arrangement::default() }, Format::Gif, vec![1, 2, 3]),
            (Arrangement { trim, order: Order::PingPong, ..Arrangement::default() }, Format::Gif, vec![1, 2, 3, 2]),
            (
                Arrangement { trim, plays: Plays::Times(2), ..Arrangement::default() },
                Format::Mp4,
                vec![1, 2, 3, 1, 2, 3],
            ),
            // These say the number of plays themselves.
            (Arrangement { trim, plays: Plays::Times(2), ..Arrangement::default() }, Format::WebP, vec![1, 2, 3]),
        ];
        for (arrangement, format, wanted) in cases {
            let arranged = arrangement.apply(&frames, format).expect("it fits");
            assert_eq!(shown(&arranged), wanted, "{arrangement:?}");
            let said = arrangement.arranged_clip([5, 2, 2], format).expect("it fits");
            assert_eq!(said, [wanted.len(), 2, 2]);
        }
        let two: Vec<usize> = Order::PingPong.frames(2).collect();
        assert_eq!(two, [0, 1], "neither end twice");
        assert_eq!(Order::PingPong.frames(1).count(), 1);
    }

    #[test]
    fn parts_are_cut_out() {
        let frames = numbered(1, 9, 4);
        let cut =
            |crop| Arrangement { crop, ..Arrangement::default() }.apply(&frames, Format::Gif).map(Cow::into_owned);
        let square = cut(Crop::Shape(1, 1)).expect("it fits");
        assert_eq!((square.width(), square.height(), &square.frame(0)[..3]), (4, 4, &[0, 2, 0][..]));
        let tall = cut(Crop::Shape(9, 16)).expect("it fits");
        assert_eq!((tall.width(), tall.height()), (2, 4));
        let area = cut(Crop::Area([7, 1, 2, 3])).expect("it fits");
        assert_eq!((area.width(), area.height(), &area.frame(0)[..3]), (2, 3, &[0, 7, 1][..]));
        for bad in
            [Crop::Area([8, 0, 2, 1]), Crop::Area([0, 0, 0, 1]), Crop::Area([u32::MAX, 0, 2, 1]), Crop::Shape(0, 1)]
        {
            assert!(matches!(cut(bad), Err(ExportError::Crop { .. })), "{bad:?}");
        }
    }

    #[test]
    fn sizes_keep_the_shape() {
        assert_eq!(scaled(Scale::Longest(480), [512, 320]), [480, 300]);
        assert_eq!(scaled(Scale::Percent(50), [97, 65]), [49, 33]);
        assert_eq!(scaled(Scale::Longest(1), [1000, 3]), [1, 1]);
        let frames = numbered(2, 96, 64);
        let scale = Scale::Longest(24);
        let small = Arrangement { scale, ..Arrangement::default() }.apply(&frames, Format::Gif).expect("it fits");
        assert_eq!((small.width(), small.height(), small.count()), (24, 16, 2));
        // A ramp stays a ramp: column 12 of 24 stands for columns 48 to 51.
        let middle = small.frame(1)[(8 * 24 + 12) * 3 + 1];
        assert!((49..=50).contains(&middle), "{middle}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let frames = numbered(3, 4, 4);
        let fails =
            |arrangement: Arrangement| arrangement.apply(&frames, Format::Mp4).map(|_| ()).expect_err("refused");
        for trim in [Trim { first: 2, last: 1 }, Trim { first: 0, last: 3 }, Trim { first: 0, last: usize::MAX }] {
            let error = fails(Arrangement { trim: Some(trim), ..Arrangement::default() });
            assert!(matches!(error, ExportError::Trim { .. }), "{error}");
        }
        for scale in [Scale::Percent(u32::MAX), Scale::Longest(20_000), Scale::Size(0, 4), Scale::Size(4, 1 << 20)] {
            let error = fails(Arrangement { scale, ..Arrangement::default() });
            assert!(matches!(error, ExportError::Scale { .. }), "{error}");
        }
        for plays in [0, MAX_PLAYS + 1, u32::MAX] {
            let error = fails(Arrangement { plays: Plays::Times(plays), ..Arrangement::default() });
            assert!(matches!(error, ExportError::Plays { .. }), "{error}");
        }
        let huge = Arrangement { scale: Scale::Longest(MAX_SIDE), plays: Plays::Times(20), ..Arrangement::default() };
        assert!(matches!(fails(huge), ExportError::Scale { .. }));
    }

    #[test]
    fn what_stays_as_it_is_is_not_copied() {
        let frames = numbered(3, 4, 4);
        let same = Arrangement { crop: Crop::Shape(1, 1), scale: Scale::Percent(100), ..Arrangement::default() };
        assert!(matches!(same.apply(&frames, Format::Gif), Ok(Cow::Borrowed(_))));
    }
}
