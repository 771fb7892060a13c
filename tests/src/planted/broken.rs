//! Files that are no clips, or half of one.

use super::Numbers;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Nothing is in it.
    Empty,
    /// It ends in the middle.
    CutOff,
    /// Bytes that mean nothing.
    Garbage,
    /// A text with the name of a clip.
    Text,
    /// An MP4 file with sound alone.
    Sound,
}

impl Broken {
    /// One after the other.
    pub fn of(number: u64) -> Self {
        [Self::Empty, Self::CutOff, Self::Garbage, Self::Text, Self::Sound][(number % 5) as usize]
    }

    /// The file, of a clip that was whole.
    pub(super) fn bytes(self, whole: &[u8], caption: &str, numbers: &mut Numbers) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::CutOff => whole[..whole.len() * 6 / 10].to_vec(),
            Self::Garbage => (0..20_000).map(|_| numbers.next() as u8).collect(),
            Self::Text => format!("{caption}\n").repeat(50).into_bytes(),
            Self::Sound => sound(),
        }
    }
}

/// One track of AAC with one sample of silence.
fn sound() -> Vec<u8> {
    let zeros = |count: usize| vec![0_u8; count];
    let numbers = |values: &[u32]| values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>();
    let matrix = numbers(&[0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000]);
    let ftyp = part(b"ftyp", &[b"isom", &[0, 0, 2, 0][..], b"isommp41"]);
    let mvhd = part(
        b"mvhd",
        &[&zeros(12), &numbers(&[48_000, 1024, 0x1_0000]), &zeros(12), &matrix, &zeros(24), &[0, 0, 0, 2]],
    );
    let tkhd = part(
        b"tkhd",
        &[&[0, 0, 0, 3], &zeros(8), &numbers(&[1, 0, 1024]), &zeros(12), &[1, 0, 0, 0], &matrix, &zeros(8)],
    );
    let mdhd = part(b"mdhd", &[&zeros(12), &numbers(&[48_000, 1024]), &[0x55, 0xc4, 0, 0]]);
    let hdlr = part(b"hdlr", &[&zeros(8), b"soun", &zeros(13)]);
    let smhd = part(b"smhd", &[&zeros(8)]);
    let dref = part(b"dref", &[&numbers(&[0, 1]), &part(b"url ", &[&[0, 0, 0, 1]])]);
    let dinf = part(b"dinf", &[&dref]);
    let config = [&[3, 25, 0, 1, 0, 4, 17, 0x40, 0x15, 0, 0, 0][..], &zeros(8), &[5, 2, 0x11, 0x90, 6, 1, 2]].concat();
    let esds = part(b"esds", &[&zeros(4), &config]);
    let entry = [&zeros(6)[..], &[0, 1], &zeros(8), &[0, 2, 0, 16, 0, 0, 0, 0, 0xbb, 0x80, 0, 0], &esds].concat();
    let stsd = part(b"stsd", &[&numbers(&[0, 1]), &part(b"mp4a", &[&entry])]);
    let sample = [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c];
    let tables = |offset: u32| {
        let stbl = [
            stsd.clone(),
            part(b"stts", &[&numbers(&[0, 1, 1, 1024])]),
            part(b"stsc", &[&numbers(&[0, 1, 1, 1, 1])]),
            part(b"stsz", &[&numbers(&[0, 0, 1, sample.len() as u32])]),
            part(b"stco", &[&numbers(&[0, 1, offset])]),
        ];
        let minf = part(b"minf", &[&smhd, &dinf, &part(b"stbl", &[&stbl.concat()])]);
        let mdia = part(b"mdia", &[&mdhd, &hdlr, &minf]);
        part(b"moov", &[&mvhd, &part(b"trak", &[&tkhd, &mdia])])
    };
    let offset = ftyp.len() + tables(0).len() + 8;
    [ftyp, tables(offset as u32), part(b"mdat", &[&sample])].concat()
}

fn part(name: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    [&(content.len() as u32 + 8).to_be_bytes()[..], name, &content].concat()
}
