//! Reads a clip's settings back out of a file that anyone may have made.
//!
//! The file is hostile: its kind is found by its first bytes and not by its name, every length is checked against what is
//! left, texts are bounded, pictures are never decoded, and the number of steps is bounded too.

use super::ClipFault;
use hummingbird_base::Action;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::mp4_boxes::XMP_UUID;
use super::{ExportError, Provenance, png_writer, webm_file};

/// Longest text that is looked at, in bytes. Ours have a few hundred, and a long prompt ten thousand.
const MAX_TEXT: u64 = 1 << 20;
/// Boxes, chunks or blocks that are looked at before giving up: far more than a clip of an hour has.
const MAX_PARTS: usize = 1 << 20;

/// The settings that a clip carries, whatever its ending; `Ok(None)` for a clip that carries none.
///
/// # Errors
/// [`ExportError::NotAClip`] for other kinds of files, [`ExportError::Damaged`] for clips that end too early or
/// contradict themselves before the settings were found, and the errors of the file system.
pub fn read_provenance(path: &Path) -> Result<Option<Provenance>, ExportError> {
    let failed = |error| ExportError::from_io(Action::OpenFile, path, error);
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(ExportError::IsFolder { path: path.to_owned() });
    }
    read(&mut BufReader::new(file)).map_err(|error| error.at(path))
}

/// Why nothing was read; the path is added outside.
#[derive(Debug)]
enum ReadError {
    NotAClip,
    Damaged(ClipFault),
    Io(io::Error),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Damaged(ClipFault::EndsEarly),
            _ => Self::Io(error),
        }
    }
}

impl ReadError {
    fn at(self, path: &Path) -> ExportError {
        let path = path.to_owned();
        match self {
            Self::NotAClip => ExportError::NotAClip { path },
            Self::Damaged(detail) => ExportError::Damaged { detail, path },
            Self::Io(error) => ExportError::from_io(Action::ReadFile, &path, error),
        }
    }
}

type Found = Result<Option<Provenance>, ReadError>;

fn read(file: &mut (impl Read + Seek)) -> Found {
    let length = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut start = Vec::new();
    file.by_ref().take(12).read_to_end(&mut start)?;
    file.rewind()?;
    if start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a") {
        read_gif(file)
    } else if start.starts_with(b"\x89PNG\r\n\x1a\n") {
        read_png(file, length)
    } else if start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP") {
        read_webp(file, length)
    } else if start.starts_with(&webm_file::EBML.to_be_bytes()) {
        read_webm(file, length)
    } else if start.get(4..8) == Some(b"ftyp") {
        read_mp4(file, length)
    } else {
        Err(ReadError::NotAClip)
    }
}

fn read_mp4(file: &mut (impl Read + Seek), length: u64) -> Found {
    let mut comment = None;
    let mut parts = 0;
    // Ends of the boxes that we are in; the innermost last. A box that we do not know is stepped over.
    let mut ends = vec![length];
    let mut position = 0;
    while let Some(&end) = ends.last() {
        if end - position < 8 {
            // What is too short for a box pads its parent.
            position = end;
            ends.pop();
            continue;
        }
        bound(&mut parts)?;
        file.seek(SeekFrom::Start(position))?;
        let short_size = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        let (header, size) = match short_size {
            0 => (8, end - position),
            1 => (16, u64::from_be_bytes(bytes(file)?)),
            size => (8, size),
        };
        if size < header || size > end - position {
            return Err(ReadError::Damaged(ClipFault::BoxTooLarge));
        }
        let content = size - header;
        match (&kind, ends.len()) {
            (b"uuid", 1) if content >= 16 => {
                if bytes(file)? == XMP_UUID
                    && let Some(found) = from_xmp(&text(file, content - 16)?)?
                {
                    return Ok(Some(found));
                }
            }
            (b"data", 6) if content >= 8 => {
                let _kind_and_locale: [u8; 8] = bytes(file)?;
                comment = comment.or(from_json(&text(file, content - 8)?)?);
            }
            (b"moov", 1) | (b"udta", 2) | (b"ilst", 4) | (b"\xa9cmt", 5) => {
                ends.push(position + size);
                position += header;
                continue;
            }
            // A full box: version and flags stand before its content.
            (b"meta", 3) if content >= 4 => {
                ends.push(position + size);
                position += header + 4;
                continue;
            }
            _ => {}
        }
        position += size;
    }
    Ok(comment)
}

fn read_webm(file: &mut (impl Read + Seek), length: u64) -> Found {
    let (mut parts, mut is_cut) = (0, false);
    let mut ends = vec![length];
    let mut position = 0;
    while let Some(&end) = ends.last() {
        if end - position < 2 {
            position = end;
            ends.pop();
            continue;
        }
        bound(&mut parts)?;
        file.seek(SeekFrom::Start(position))?;
        let (id_bytes, id) = vint(file, 4, Marker::Kept)?;
        let (size_bytes, size) = vint(file, 8, Marker::Left)?;
        let header = id_bytes + size_bytes;
        let Some(left) = (end - position).checked_sub(header) else {
            return Err(ReadError::Damaged(ClipFault::BoxTooLarge));
        };
        let walks_in = matches!(
            (u32::try_from(id).unwrap_or(0), ends.len()),
            (webm_file::SEGMENT, 1) | (webm_file::TAGS, 2) | (webm_file::TAG, 3) | (webm_file::SIMPLE_TAG, 4)
        );
        // Live recordings do not know how long they are.
        let is_unknown = size == (1 << (7 * size_bytes)) - 1;
        // What a file that was cut off still has is read: settings stand in front of the frames.
        is_cut |= size > left && !(is_unknown && walks_in);
        if size > left && !walks_in {
            break;
        }
        let size = size.min(left);
        if walks_in {
            ends.push(position + header + size);
            position += header;
            continue;
        }
        if id == u64::from(webm_file::TAG_STRING)
            && ends.len() == 5
            && let Some(found) = from_json(&text(file, size)?)?
        {
            return Ok(Some(found));
        }
        position += header + size;
    }
    if is_cut { Err(ReadError::Damaged(ClipFault::EndsEarly)) } else { Ok(None) }
}

/// Whether the bit that says how long a number is belongs to it.
#[derive(Clone, Copy, PartialEq)]
enum Marker {
    Kept,
    Left,
}

/// A number of variable length (RFC 8794, section 4), and its bytes.
fn vint(file: &mut impl Read, most: u64, marker: Marker) -> Result<(u64, u64), ReadError> {
    let [first] = bytes(file)?;
    let width = u64::from(first.leading_zeros()) + 1;
    if width > most {
        return Err(ReadError::Damaged(ClipFault::BoxTooLarge));
    }
    let mut number = u64::from(first);
    if marker == Marker::Left {
        number &= (1 << (8 - width)) - 1;
    }
    for _ in 1..width {
        let [byte] = bytes(file)?;
        number = number << 8 | u64::from(byte);
    }
    Ok((width, number))
}

fn read_webp(file: &mut (impl Read + Seek), length: u64) -> Found {
    let mut parts = 0;
    let mut position = 12;
    while length.saturating_sub(position) >= 8 {
        bound(&mut parts)?;
        file.seek(SeekFrom::Start(position))?;
        let kind: [u8; 4] = bytes(file)?;
        let size = u64::from(u32::from_le_bytes(bytes(file)?));
        if size > length - position - 8 {
            return Err(ReadError::Damaged(ClipFault::EndsEarly));
        }
        if &kind == b"XMP "
            && let Some(found) = from_xmp(&text(file, size)?)?
        {
            return Ok(Some(found));
        }
        position += 8 + size + size % 2;
    }
    Ok(None)
}

fn read_png(file: &mut (impl Read + Seek), length: u64) -> Found {
    let mut parts = 0;
    let mut position = 8;
    loop {
        bound(&mut parts)?;
        file.seek(SeekFrom::Start(position))?;
        let size = u64::from(u32::from_be_bytes(bytes(file)?));
        let kind: [u8; 4] = bytes(file)?;
        // Four bytes of checksum follow the content.
        if length - position < size + 12 {
            return Err(ReadError::Damaged(ClipFault::EndsEarly));
        }
        if matches!(&kind, b"iTXt" | b"tEXt") {
            let text = text(file, size)?;
            if let Some((keyword, rest)) = text.split_once('\0')
                && keyword == png_writer::KEYWORD
                && let Some(found) = from_json(if &kind == b"iTXt" { international_text(rest) } else { rest })?
            {
                return Ok(Some(found));
            }
        }
        if &kind == b"IEND" {
            return Ok(None);
        }
        position += size + 12;
    }
}

/// The text of an `iTXt` chunk after its keyword; empty when it is compressed, as ours never is.
fn international_text(rest: &str) -> &str {
    // Not compressed, method 0; then language and translated keyword, both ended by a zero.
    let plain = rest.strip_prefix("\0\0").unwrap_or_default();
    plain.splitn(3, '\0').nth(2).unwrap_or_default()
}

fn read_gif(file: &mut impl Read) -> Found {
    let header: [u8; 13] = bytes(file)?;
    skip_colour_table(file, header[10])?;
    let mut parts = 0;
    loop {
        bound(&mut parts)?;
        match bytes(file)? {
            // Extension; the comment is the one that is text.
            [0x21] => match bytes(file)? {
                [0xfe] => {
                    if let Some(found) = from_json(&blocks(file, MAX_TEXT)?)? {
                        return Ok(Some(found));
                    }
                }
                [_] => {
                    blocks(file, 0)?;
                }
            },
            // Picture: place and size, colour table, code size, codes.
            [0x2c] => {
                let descriptor: [u8; 9] = bytes(file)?;
                skip_colour_table(file, descriptor[8])?;
                let _code_size: [u8; 1] = bytes(file)?;
                blocks(file, 0)?;
            }
            [0x3b] => return Ok(None),
            [other] => return Err(ReadError::Damaged(ClipFault::GifBlock { byte: format!("{other:#04x}") })),
        }
    }
}

/// Reads a chain of sub-blocks to its end and gives its first `keep` bytes as text.
fn blocks(file: &mut impl Read, keep: u64) -> Result<String, ReadError> {
    let mut kept = Vec::new();
    loop {
        let [size] = bytes(file)?;
        if size == 0 {
            return Ok(String::from_utf8_lossy(&kept).into_owned());
        }
        let mut block = [0; 255];
        let block = &mut block[..usize::from(size)];
        file.read_exact(block)?;
        if kept.len() as u64 + u64::from(size) <= keep {
            kept.extend_from_slice(block);
        }
    }
}

fn skip_colour_table(file: &mut impl Read, flags: u8) -> Result<(), ReadError> {
    if flags & 0x80 != 0 {
        let mut table = [0; 3 * 256];
        file.read_exact(&mut table[..3 << ((flags & 7) + 1)])?;
    }
    Ok(())
}

fn bytes<const N: usize>(file: &mut impl Read) -> Result<[u8; N], ReadError> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text of `size` bytes; one that is too long to be ours is given as empty. The caller knows where to go on.
fn text(file: &mut impl Read, size: u64) -> Result<String, ReadError> {
    if size > MAX_TEXT {
        return Ok(String::new());
    }
    let mut kept = Vec::new();
    file.take(size).read_to_end(&mut kept)?;
    Ok(String::from_utf8_lossy(&kept).into_owned())
}

fn bound(parts: &mut usize) -> Result<(), ReadError> {
    *parts += 1;
    if *parts > MAX_PARTS { Err(ReadError::Damaged(ClipFault::TooManyParts)) } else { Ok(()) }
}

fn from_json(text: &str) -> Found {
    Provenance::from_json(text).map_err(ReadError::Damaged)
}

fn from_xmp(text: &str) -> Found {
    Provenance::from_xmp(text).map_err(ReadError::Damaged)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::super::{ExportSettings, Format, Frames, export};
    use super::*;
    use crate::settings::value::Value;

    fn clips() -> Vec<(Format, Vec<u8>, Provenance)> {
        let settings = [
            ("prompt", Value::Text("a \"blue\" fish\n\u{1f41f}".into())),
            ("seed", Value::Whole(u64::MAX)),
            ("fps", Value::Whole(8)),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let provenance = Provenance { settings, ..Provenance::default() };
        let pixels = (0..2 * 16 * 16 * 3_u32).map(|index| (index % 251) as u8).collect();
        let frames = Frames::new(16, 16, pixels);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clip = |format: Format| {
            let path = folder.path().join("clip").with_extension(format.ending());
            let settings = ExportSettings::new(format, 8);
            let report = export(&frames, &settings, &provenance, &path, &mut |_| std::ops::ControlFlow::Continue(()))
                .expect("an export into an empty folder");
            (format, std::fs::read(&report.paths[0]).expect("just written"), provenance.clone())
        };
        Format::ALL.map(clip).into()
    }

    fn read_bytes(bytes: &[u8]) -> Found {
        read(&mut Cursor::new(bytes))
    }

    #[test]
    fn every_format_gives_its_settings_back() {
        for (format, bytes, provenance) in clips() {
            assert_eq!(read_bytes(&bytes).expect("whole"), Some(provenance), "{format:?}");
        }
    }

    #[test]
    fn the_mp4_comment_is_enough_without_xmp() {
        let (_, mut bytes, provenance) = clips().swap_remove(0);
        let uuid = bytes.windows(16).position(|window| window == XMP_UUID).expect("the box is there");
        bytes[uuid] ^= 1;
        assert_eq!(read_bytes(&bytes).expect("whole"), Some(provenance));
    }

    #[test]
    fn truncated_files_never_panic_and_never_lie() {
        for (format, bytes, provenance) in clips() {
            let cuts = (0..bytes.len()).filter_map(|length| Some((length, read_bytes(&bytes[..length]).ok()??)));
            let read = cuts.inspect(|(length, found)| {
                assert_eq!(*found, provenance, "{format:?} cut to {length} bytes");
            });
            // WebP has its settings in its last chunk: whatever is cut off takes them along.
            let leaves_some = format != Format::WebP;
            assert_eq!(read.count() > 0, leaves_some, "{format:?}: whether a cut file still has its settings");
        }
    }

    #[test]
    fn flipped_bytes_never_panic() {
        // A xorshift generator: which bytes are hit must be the same in every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let mut read_wrong = 0;
        for (_, bytes, provenance) in clips() {
            for _ in 0..4000 {
                let mut broken = bytes.clone();
                for _ in 0..=next(6) {
                    let at = next(broken.len());
                    broken[at] = [0, 1, 0x7f, 0x80, 0xff, next(256) as u8][next(6)];
                }
                match read_bytes(&broken) {
                    Ok(Some(found)) if found != provenance => read_wrong += 1,
                    _ => {}
                }
            }
        }
        // Flips inside of the texts change them; that some did shows that the flips reach the readers.
        assert!(read_wrong > 0);
    }

    #[test]
    fn lengths_are_not_believed() {
        let mp4 = |boxes: &[&[u8]]| [b"\0\0\0\x0cftypisom".as_slice(), &boxes.concat()].concat();
        let wide = [b"\0\0\0\x01moov".as_slice(), &u64::MAX.to_be_bytes()].concat();
        let gif = b"GIF89a\0\0\0\0\x87\0\0".as_slice();
        let png = b"\x89PNG\r\n\x1a\n".as_slice();
        let webm = |rest: &[u8]| [b"\x1a\x45\xdf\xa3\x80".as_slice(), rest].concat();
        let cases: [(&str, Vec<u8>); 11] = [
            ("element of 4 PiB", webm(b"\x18\x53\x80\x67\x01\x0f\xff\xff\xff\xff\xff\xff")),
            ("element number of five bytes", webm(b"\x08\x53\x80\x67\x81\x80\x80")),
            ("tag larger than its list", webm(b"\x18\x53\x80\x67\x86\x12\x54\xc3\x67\x8f\x80")),
            ("box of 16 EiB", mp4(&[&wide])),
            ("box shorter than its header", mp4(&[b"\0\0\0\x04free"])),
            ("child larger than its parent", mp4(&[b"\0\0\0\x10moov", b"\0\0\xff\xffudta"])),
            ("chunk of 4 GiB", b"RIFF\0\0\0\0WEBPXMP \xff\xff\xff\xff".to_vec()),
            ("colour table that is missing", gif.to_vec()),
            ("text of 4 GiB", [png, b"\xff\xff\xff\xffiTXt"].concat()),
            ("png without an end", png.to_vec()),
            ("gif without an end", [gif, &[0; 768], b"\x21\xfe\xff{"].concat()),
        ];
        for (name, bytes) in cases {
            let result = read_bytes(&bytes);
            assert!(matches!(result, Err(ReadError::Damaged(_))), "{name}: {result:?}");
        }
        for foreign in [b"".as_slice(), b"RIFF", b"GIF", b"<html></html>", &[0; 100]] {
            assert!(matches!(read_bytes(foreign), Err(ReadError::NotAClip)), "{foreign:?}");
        }
    }
}
