//! What a clip looks like, small enough to compare all of them: four frames, each as a perceptual hash and a picture of 8 by 8.
//!
//! The hash (64 signs of a DCT's low frequencies, `image_hasher`) does not mind re-encoding, scaling and brightness; it says little of
//! frames without structure, so the small picture has to agree too.

use image::GrayImage;
use image_hasher::{HashAlg, HasherConfig, ImageHash};

use hummingbird_video::Picture;

/// Frames of a fingerprint.
pub(super) const FRAMES: usize = 4;
/// Side of the picture of which the hash is made: small enough that scaling and noise are gone.
const HASHED_SIDE: usize = 32;
/// Side of the small picture.
const SIDE: usize = 8;
/// Bytes of a frame: hash, small picture, mean colour.
const FRAME_BYTES: usize = 8 + SIDE * SIDE + 3;
/// Most bits of 64 in which hashes of like frames differ.
const MOST_BITS: u32 = 12;
/// Largest mean difference of the small pictures of like frames, and of their mean colours, in levels.
const MOST_MEAN: u32 = 5;
/// Largest difference of a pixel of the small pictures.
const MOST_PIXEL: u8 = 24;

/// A fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint([[u8; FRAME_BYTES]; FRAMES]);

impl Fingerprint {
    /// Of frames of a clip, at the same parts of its length for every clip; `None` of none.
    pub(super) fn of(pictures: &[Picture]) -> Option<Self> {
        let last = pictures.last()?;
        Some(Self(std::array::from_fn(|index| frame(pictures.get(index).unwrap_or(last)))))
    }

    /// As it stands in a manifest, in hexadecimal.
    pub(super) fn text(&self) -> String {
        self.0.iter().flatten().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Reads what [`Fingerprint::text`] wrote.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let (frames, rest) = bytes.as_deref()?.as_chunks::<FRAME_BYTES>();
        Some(Self(frames.try_into().ok().filter(|_| rest.is_empty())?))
    }

    /// Bytes of all frames.
    #[cfg(test)]
    pub(super) const BYTES: usize = FRAMES * FRAME_BYTES;

    /// Numbers of the bytes that are near to each other in like clips: those of small pictures and mean colours, in all frames.
    pub(super) fn bytes() -> impl Iterator<Item = usize> {
        (0..FRAMES * FRAME_BYTES).filter(|byte| byte % FRAME_BYTES >= 8)
    }

    /// One of them.
    pub(super) fn byte(&self, number: usize) -> u8 {
        self.0[number / FRAME_BYTES][number % FRAME_BYTES]
    }

    /// How far one of them can be from that of a like clip.
    pub(super) fn reach(number: usize) -> u8 {
        if number % FRAME_BYTES < 8 + SIDE * SIDE { MOST_PIXEL } else { MOST_MEAN as u8 }
    }

    /// Of these bytes, with the hashes of others.
    #[cfg(test)]
    pub(super) fn of_bytes(bytes: &[u8], hashes: &[u8]) -> Self {
        let mut print = Self([[0; FRAME_BYTES]; FRAMES]);
        for (number, byte) in bytes.iter().enumerate() {
            let from = if number % FRAME_BYTES < 8 { hashes[number] } else { *byte };
            print.0[number / FRAME_BYTES][number % FRAME_BYTES] = from;
        }
        print
    }

    /// Whether two clips look the same in all frames.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| are_like(one, other))
    }
}

fn are_like(one: &[u8; FRAME_BYTES], other: &[u8; FRAME_BYTES]) -> bool {
    let bits: u32 = one[..8].iter().zip(&other[..8]).map(|(one, other)| (one ^ other).count_ones()).sum();
    if bits > MOST_BITS {
        return false;
    }
    let (mut sum, mut most) = (0, 0);
    for (one, other) in one[8..8 + SIDE * SIDE].iter().zip(&other[8..]) {
        let difference = one.abs_diff(*other);
        sum += u32::from(difference);
        most = most.max(difference);
    }
    let colours = one[8 + SIDE * SIDE..].iter().zip(&other[8 + SIDE * SIDE..]);
    let are_colours_like = colours.into_iter().all(|(one, other)| u32::from(one.abs_diff(*other)) <= MOST_MEAN);
    are_colours_like && most <= MOST_PIXEL && sum <= MOST_MEAN * (SIDE * SIDE) as u32
}

fn frame(picture: &Picture) -> [u8; FRAME_BYTES] {
    let mut bytes = [0; FRAME_BYTES];
    let pixels = picture.rgb.as_chunks::<3>().0;
    let luma: Vec<f32> = pixels
        .iter()
        .map(|&[red, green, blue]| 0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue))
        .collect();
    let hashed = shrunk(&luma, picture.width, picture.height, HASHED_SIDE);
    let side = HASHED_SIDE as u32;
    if let Some(hashed) = GrayImage::from_raw(side, side, hashed) {
        let hash: ImageHash<[u8; 8]> = HasherConfig::with_bytes_type()
            .hash_size(8, 8)
            .preproc_dct()
            .hash_alg(HashAlg::Mean)
            .to_hasher()
            .hash_image(&hashed);
        bytes[..8].copy_from_slice(hash.as_bytes());
    }
    bytes[8..8 + SIDE * SIDE].copy_from_slice(&shrunk(&luma, picture.width, picture.height, SIDE));
    for (channel, mean) in bytes[8 + SIDE * SIDE..].iter_mut().enumerate() {
        let sum: u64 = pixels.iter().map(|pixel| u64::from(pixel[channel])).sum();
        *mean = (sum / pixels.len().max(1) as u64) as u8;
    }
    bytes
}

/// A picture as one of `side` by `side`: each pixel is the mean of the part that it covers, to fractions of a pixel, so that a
/// picture and its copy in another size give the same.
fn shrunk(luma: &[f32], width: usize, height: usize, side: usize) -> Vec<u8> {
    let mut rows = vec![0.0_f32; side * width];
    for (row, parts) in rows.chunks_mut(width.max(1)).zip(parts(height, side)) {
        for (y, share) in parts {
            let from = &luma[y * width..(y + 1) * width];
            row.iter_mut().zip(from).for_each(|(sum, value)| *sum += share * value);
        }
    }
    let columns: Vec<Vec<(usize, f32)>> = parts(width, side).collect();
    let mut small = Vec::with_capacity(side * side);
    for row in rows.chunks(width.max(1)) {
        let mean = |parts: &Vec<(usize, f32)>| parts.iter().map(|&(x, share)| share * row[x]).sum::<f32>();
        small.extend(columns.iter().map(|parts| mean(parts).round().clamp(0.0, 255.0) as u8));
    }
    small
}

/// For each of `parts` equal parts of a side the pixels that it covers, with their shares of it.
fn parts(pixels: usize, parts: usize) -> impl Iterator<Item = Vec<(usize, f32)>> {
    let step = pixels as f64 / parts as f64;
    (0..parts).map(move |part| {
        let (start, end) = (part as f64 * step, (part + 1) as f64 * step);
        let covered = start.floor() as usize..(end.ceil() as usize).min(pixels);
        let share = |pixel: usize| ((pixel as f64 + 1.0).min(end) - (pixel as f64).max(start)) / step;
        covered.map(|pixel| (pixel, share(pixel) as f32)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture with soft structure, of any size.
    fn picture(width: usize, height: usize, phase: f64, noise: u64) -> Picture {
        let mut state = noise;
        let mut rgb = Vec::new();
        for y in 0..height {
            for x in 0..width {
                let (x, y) = ((x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64);
                let level = 128.0 + 60.0 * (7.0 * x + phase).sin() * (5.0 * y).cos() + 30.0 * (13.0 * y + phase).sin();
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(noise);
                let noise = if noise == 0 { 0.0 } else { (state >> 60) as f64 - 7.5 };
                rgb.extend([level + noise, level * 0.8 + noise, 255.0 - level].map(|level| level as u8));
            }
        }
        Picture { width, height, rgb }
    }

    #[test]
    fn size_and_noise_do_not_count_and_content_does() {
        let of = |picture: Picture| Fingerprint::of(&[picture]).expect("a frame");
        let first = of(picture(320, 192, 0.0, 0));
        assert!(first.is_like(&of(picture(160, 96, 0.0, 0))), "half the size");
        assert!(first.is_like(&of(picture(201, 131, 0.0, 0))), "an odd size");
        assert!(first.is_like(&of(picture(320, 192, 0.0, 77))), "noise");
        assert!(!first.is_like(&of(picture(320, 192, 1.0, 0))), "moved");
        let flat = |level: u8| Picture { width: 16, height: 16, rgb: vec![level; 768] };
        assert!(!of(flat(10)).is_like(&of(flat(90))), "without structure the level counts");
        let late = Fingerprint::of(&[picture(320, 192, 0.0, 0), picture(320, 192, 1.0, 0)]).expect("frames");
        assert!(!first.is_like(&late), "every frame counts");
    }

    #[test]
    fn fingerprints_are_read_again_and_text_is_not_believed() {
        let print = Fingerprint::of(&[picture(5, 3, 0.3, 9)]).expect("a frame");
        assert_eq!(Fingerprint::read(&print.text()), Some(print.clone()));
        for text in ["", "zz", "ab", &print.text()[2..], &format!("{}00", print.text()), "é"] {
            assert_eq!(Fingerprint::read(text), None, "{text:?}");
        }
        assert_eq!(Fingerprint::of(&[]), None);
    }

    #[test]
    fn parts_cover_a_side_once() {
        for (pixels, count) in [(1, 8), (7, 8), (8, 8), (100, 32), (33, 32)] {
            let mut shares = vec![0.0; pixels];
            for part in parts(pixels, count) {
                let sum: f32 = part.iter().map(|(_, share)| share).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{pixels} {count}");
                part.iter().for_each(|&(pixel, share)| shares[pixel] += share);
            }
            let each = count as f32 / pixels as f32;
            assert!(shares.iter().all(|share| (share - each).abs() < 1e-4), "{pixels} {count}: {shares:?}");
        }
    }
}
