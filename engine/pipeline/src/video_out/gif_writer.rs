//! GIF: one palette for the whole clip (k-means), dithering of the user's choice, exact timing, endless loop.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use gif::{AnyExtension, DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use quantette::color_map::{IndexedColorMap as _, NearestNeighborColorMap};
use quantette::deps::palette::Srgb;
use quantette::deps::palette::cast::{ComponentsAs as _, IntoComponents as _};
use quantette::dither::FloydSteinberg;
use quantette::kmeans::{Kmeans, KmeansOptions};
use quantette::wu::{BinnerU8x3, WuU8x3};
use quantette::{ImageRef, PaletteBuf, PaletteSize};

use super::error::WriteError;
use super::{ExportSettings, Frames, GifDither, Progress, Provenance};

/// Most frames a second: viewers replace delays below two hundredths by a tenth of a second.
pub(super) const MAX_FPS: u32 = 50;
/// One entry in so many is kept for colours far from all others.
const RIM_SHARE: u16 = 8;
/// Label of a comment extension (GIF89a, section 24).
const COMMENT: AnyExtension = AnyExtension(0xfe);
/// Pixels that the palette is made from; more change nothing that can be seen.
const PALETTE_PIXELS: usize = 1 << 22;
/// Thresholds of an 8x8 ordered dither (Bayer 1973), each of 0 to 63 once.
const BAYER: [[u8; 8]; 8] = bayer();

/// Writes the clip as a whole GIF file.
pub(super) fn write(
    out: &mut dyn Write,
    frames: &Frames,
    settings: &ExportSettings,
    provenance: Option<&Provenance>,
    progress: &mut Progress<'_>,
) -> Result<(), WriteError> {
    progress(0)?;
    // One of the entries stands for "as in the frame before".
    let mapper = Mapper::new(frames, settings.dither, settings.colours - 1);
    let side = |pixels| u16::try_from(pixels).expect("the size was checked against the format's limits");
    let (width, height) = (side(frames.width()), side(frames.height()));
    let colours: Vec<u8> = mapper.srgb.to_vec().into_components();
    let unchanged = u8::try_from(mapper.srgb.len()).expect("the palette has at most 255 colours");
    // The entry of the transparent index must exist in the table; its colour is never seen.
    let table = [colours.as_slice(), &[0, 0, 0]].concat();
    let mut encoder = Encoder::new(out, width, height, &table).map_err(refused)?;
    match settings.arrangement.plays.count() {
        0 => encoder.set_repeat(Repeat::Infinite).map_err(refused)?,
        // Without the extension a GIF plays once.
        1 => {}
        // The field counts what follows the first play.
        plays => encoder.set_repeat(Repeat::Finite(u16::try_from(plays - 1).unwrap_or(u16::MAX))).map_err(refused)?,
    }
    if let Some(provenance) = provenance {
        // The format allows 7-bit characters only.
        encoder.write_raw_extension(COMMENT, &[provenance.to_ascii_json().as_bytes()]).map_err(refused)?;
    }
    let mut shown: Vec<u8> = Vec::new();
    for (index, pixels) in frames.iter().enumerate() {
        let indices = mapper.map(pixels);
        let mut changed = indices.clone();
        for (new, old) in changed.iter_mut().zip(&shown) {
            if new == old {
                *new = unchanged;
            }
        }
        shown = indices;
        let frame = Frame {
            width,
            height,
            delay: delay_centisecs(index, settings.fps),
            dispose: DisposalMethod::Keep,
            transparent: Some(unchanged),
            buffer: Cow::Owned(changed),
            ..Frame::default()
        };
        encoder.write_frame(&frame).map_err(refused)?;
        progress(index + 1)?;
    }
    // Writes the trailer; merely dropping the encoder would hide an error.
    encoder.into_inner().map_err(refused)?;
    Ok(())
}

/// How long frame `index` is shown, in hundredths of a second: the rounding never adds up.
fn delay_centisecs(index: usize, fps: u32) -> u16 {
    let fps = u64::from(fps.min(MAX_FPS));
    let start_of = |index: u64| index * 100 / fps;
    let index = index as u64;
    u16::try_from(start_of(index + 1) - start_of(index)).expect("at most 100")
}

/// Palette of a clip and the way from pixels to its indices.
struct Mapper {
    srgb: PaletteBuf<Srgb<u8>>,
    nearest: NearestNeighborColorMap<Srgb<f32>, f32, 3>,
    dither: GifDither,
    width: usize,
    /// Spread of the ordered dither in 8-bit levels.
    spread: f32,
}

impl Mapper {
    /// With at most `most` colours.
    fn new(frames: &Frames, dither: GifDither, most: u16) -> Self {
        let all: &[Srgb<u8>] = frames.pixels().components_as();
        let (srgb, spread) = match all_colours(all, most) {
            Some(palette) => (palette, 0.0),
            None => {
                let palette = best_palette(all, most);
                let spread = spread_of(&palette);
                (palette, spread)
            }
        };
        let nearest = NearestNeighborColorMap::new(PaletteBuf::from_mapping(&srgb, levels));
        Self { srgb, nearest, dither, width: frames.width(), spread }
    }

    /// Palette indices of one frame, `[height, width]`.
    fn map(&self, pixels: &[u8]) -> Vec<u8> {
        let colours: &[Srgb<u8>] = pixels.components_as();
        match self.dither {
            GifDither::None => self.nearest.map_to_indices(&levels(colours)),
            GifDither::Ordered => {
                let mut shifted = levels(colours);
                for (position, pixel) in shifted.iter_mut().enumerate() {
                    let (x, y) = (position % self.width, position / self.width);
                    // Each channel has its own pattern: one for all would mix greys only and leave hues in bands.
                    let thresholds = [BAYER[y % 8][x % 8], BAYER[x % 8][(y + 4) % 8], BAYER[7 - y % 8][(x + 2) % 8]];
                    let [red, green, blue] =
                        thresholds.map(|threshold| ((f32::from(threshold) + 0.5) / 64.0 - 0.5) * self.spread);
                    *pixel = Srgb::new(pixel.red + red, pixel.green + green, pixel.blue + blue);
                }
                self.nearest.map_to_indices(&shifted)
            }
            GifDither::FloydSteinberg => {
                let colours = levels(colours);
                let side = |pixels| u32::try_from(pixels).expect("the size was checked against the format's limits");
                let (width, height) = (side(self.width), side(colours.len() / self.width));
                let image = ImageRef::new(width, height, &colours).expect("a frame has width x height pixels");
                FloydSteinberg::new().dither_image_to_indexed(image, &self.nearest).indices().to_vec()
            }
        }
    }
}

/// Colours as 8-bit levels in floating point, the space in which palettes are made and distances measured.
fn levels(colours: &[Srgb<u8>]) -> Vec<Srgb<f32>> {
    colours.iter().map(|colour| Srgb::new(colour.red.into(), colour.green.into(), colour.blue.into())).collect()
}

/// The colours of the clip, if they fit into the table: then nothing is lost and nothing needs a dither.
fn all_colours(pixels: &[Srgb<u8>], most: u16) -> Option<PaletteBuf<Srgb<u8>>> {
    let mut colours = BTreeSet::new();
    for &Srgb { red, green, blue, .. } in pixels {
        if colours.insert([red, green, blue]) && colours.len() > usize::from(most) {
            return None;
        }
    }
    PaletteBuf::new(colours.into_iter().map(Srgb::from).collect()).ok()
}

/// Most entries by k-means, which minimises the mean error; the rest for the colours that it serves worst, which bounds
/// the largest error: a mean lies inside of what it stands for, so the rim of a gradient and small subjects would fade.
fn best_palette(pixels: &[Srgb<u8>], most: u16) -> PaletteBuf<Srgb<u8>> {
    let step = pixels.len().div_ceil(PALETTE_PIXELS);
    let sampled: Cow<'_, [Srgb<u8>]> =
        if step == 1 { pixels.into() } else { pixels.iter().step_by(step).copied().collect() };
    let size = PaletteSize::try_from_u16(most - (most + 1) / RIM_SHARE).expect("a size below 256");
    let proof = "at most four million pixels and, in a checked clip, at least one";
    let first = WuU8x3::run_slice(&sampled, BinnerU8x3::<64, 64, 64>::new()).expect(proof).palette(size);
    let means = Kmeans::run_slice(&levels(&sampled), PaletteBuf::from_mapping(&first, levels), KmeansOptions::new())
        .expect(proof)
        .into_palette();
    let means: Vec<Srgb<u8>> = means
        .iter()
        .map(|mean| Srgb::new((mean.red + 0.5) as u8, (mean.green + 0.5) as u8, (mean.blue + 0.5) as u8))
        .collect();
    // One colour for each cell of 4x4x4 levels that the clip reaches, with its distance to the nearest entry.
    let cells: BTreeMap<[u8; 3], Srgb<u8>> =
        sampled.iter().map(|&colour| ([colour.red / 4, colour.green / 4, colour.blue / 4], colour)).collect();
    let mut worst: Vec<(u32, Srgb<u8>)> = cells
        .into_values()
        .map(|colour| (means.iter().map(|entry| squared_distance(entry, &colour)).min().unwrap_or(u32::MAX), colour))
        .collect();
    let mut palette = means;
    while palette.len() < usize::from(most) {
        let Some(&(1.., added)) = worst.iter().max_by_key(|(distance, _)| *distance) else { break };
        for (distance, colour) in &mut worst {
            *distance = (*distance).min(squared_distance(&added, colour));
        }
        palette.push(added);
    }
    PaletteBuf::new(palette).expect("between 1 and 255 colours")
}

/// Squared distance in 8-bit levels.
fn squared_distance(a: &Srgb<u8>, b: &Srgb<u8>) -> u32 {
    let channels = [(a.red, b.red), (a.green, b.green), (a.blue, b.blue)];
    channels.into_iter().map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// How far the ordered dither spreads: twice the mean step from an entry to its nearest neighbour, in levels of a channel.
///
/// With one step, gradients keep visible bands; with three, grain costs more than the bands that are left. Measured on a
/// gradient of many hues: the mean colours of 8x8 patches are nearest to the original at two.
fn spread_of(palette: &[Srgb<u8>]) -> f32 {
    let nearest = palette.iter().enumerate().filter_map(|(index, colour)| {
        let others = palette[..index].iter().chain(&palette[index + 1..]);
        others.map(|other| squared_distance(colour, other)).min()
    });
    2.0 * nearest.map(|squared| (squared as f32 / 3.0).sqrt()).sum::<f32>() / palette.len() as f32
}

const fn bayer() -> [[u8; 8]; 8] {
    let mut table = [[0; 8]; 8];
    let mut y = 0;
    while y < 8 {
        let mut x = 0;
        while x < 8 {
            // Bits of x^y and y interleaved, lowest first, give the rank within the recursive pattern.
            let mut bit = 0;
            while bit < 3 {
                let (from_xor, from_y) = (((x ^ y) >> bit) & 1, (y >> bit) & 1);
                table[y][x] |= ((from_xor << 1 | from_y) << (2 * (2 - bit))) as u8;
                bit += 1;
            }
            x += 1;
        }
        y += 1;
    }
    table
}

fn refused(error: EncodingError) -> WriteError {
    match error {
        EncodingError::Io(error) => WriteError::Io(error),
        other => WriteError::Encoder(other.to_string().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_add_up() {
        let delays = |fps, count| (0..count).map(|index| delay_centisecs(index, fps)).collect::<Vec<_>>();
        assert_eq!(delays(8, 4), [12, 13, 12, 13]);
        for fps in 1..=MAX_FPS {
            let total: u32 = delays(fps, fps as usize).into_iter().map(u32::from).sum();
            assert_eq!(total, 100, "{fps}");
        }
        assert_eq!(delays(60, 3), [2, 2, 2]);
    }

    #[test]
    fn the_dither_pattern_holds_each_threshold_once() {
        let mut all: Vec<u8> = BAYER.into_iter().flatten().collect();
        assert_eq!(BAYER[0][..4], [0, 32, 8, 40]);
        all.sort_unstable();
        assert_eq!(all, (0..64).collect::<Vec<u8>>());
    }

    #[test]
    fn few_colours_are_kept_exactly_whatever_the_dither() {
        let colours = [[255, 0, 0], [254, 1, 0], [10, 20, 30], [0, 0, 0], [255, 255, 255]];
        let pixels: Vec<u8> = colours.iter().cycle().take(35).flatten().copied().collect();
        let frames = Frames::new(7, 5, pixels.clone());
        for dither in [GifDither::None, GifDither::Ordered, GifDither::FloydSteinberg] {
            let mapper = Mapper::new(&frames, dither, 255);
            let shown: Vec<u8> =
                mapper.map(&pixels).into_iter().map(|index| mapper.srgb[index]).collect::<Vec<_>>().into_components();
            assert_eq!(shown, pixels, "{dither:?}");
        }
    }
}
