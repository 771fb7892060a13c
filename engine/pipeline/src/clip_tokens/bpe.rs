//! Byte-pair encoding with the merges of OpenAI CLIP.
//!
//! Ids 0..256 are single bytes, 256..512 the same bytes at the end of a word, and 512 + k is the result of merge k.
//! A pair of lower rank merges first, so the id of the merged token is also its rank.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Merge k as two little-endian u16 ids, left then right. `assets/clip/README.md` says how the file was made.
static MERGES: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/clip/merges.bin"));

/// Ids below this are single bytes, inside a word or at its end.
const BYTE_TOKENS: usize = 512;
/// Added to the id of a byte that ends a word.
const END_OF_WORD: u16 = 256;
/// No neighbour in the list of a word's tokens.
const NONE: u32 = u32::MAX;

/// The merge table.
pub struct Bpe {
    /// Both parts of token `512 + index`.
    parts: Vec<(u16, u16)>,
    /// Token that a pair of neighbours becomes.
    merged: HashMap<(u16, u16), u16>,
    /// Bytes that a token stands for; none is longer than 255.
    byte_lens: Vec<u8>,
    /// Id of each byte inside a word.
    byte_ids: [u16; 256],
    /// Byte of each id below 256.
    bytes: [u8; 256],
}

impl Bpe {
    /// Reads the table that is part of the program.
    pub fn load() -> Self {
        let parts: Vec<(u16, u16)> = MERGES
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&[a, b, c, d]| (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])))
            .collect();
        let id_of = |index: usize| u16::try_from(BYTE_TOKENS + index).expect("49408 ids fit into 16 bits");
        let merged = parts.iter().enumerate().map(|(index, &pair)| (pair, id_of(index))).collect();
        let mut byte_lens = vec![1_u8; BYTE_TOKENS];
        byte_lens.reserve(parts.len());
        for &(left, right) in &parts {
            byte_lens.push(byte_lens[usize::from(left)] + byte_lens[usize::from(right)]);
        }
        // The order of GPT-2's byte alphabet: the bytes that print as themselves in Latin-1, then all others.
        let prints = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
        let mut bytes = [0; 256];
        let ordered = (0..=255).filter(prints).chain((0..=255).filter(|byte| !prints(byte)));
        let mut byte_ids = [0; 256];
        for (id, byte) in (0_u16..).zip(ordered) {
            bytes[usize::from(id)] = byte;
            byte_ids[usize::from(byte)] = id;
        }
        Self { parts, merged, byte_lens, byte_ids, bytes }
    }

    /// Appends the ids of one word.
    ///
    /// The lowest rank anywhere in the word merges first and, among equals, the leftmost; a queue of candidates
    /// keeps that order without scanning the word again after each merge, so long words cost `n log n`.
    pub fn encode_word(&self, word: &[u8], out: &mut Vec<u32>) {
        let Some(last) = word.len().checked_sub(1) else { return };
        let mut tokens: Vec<u16> = word.iter().map(|&byte| self.byte_ids[usize::from(byte)]).collect();
        tokens[last] += END_OF_WORD;
        let count = u32::try_from(tokens.len()).expect("a prompt is shorter than 4 GiB");
        let mut next: Vec<u32> = (1..count).chain([NONE]).collect();
        let mut previous: Vec<u32> = [NONE].into_iter().chain(0..count - 1).collect();

        // (rank, position of the left token, its id, id of the right token)
        let candidate = |left: u32, pair: (u16, u16)| Some(Reverse((*self.merged.get(&pair)?, left, pair)));
        let mut queue: BinaryHeap<_> =
            (0_u32..).zip(tokens.windows(2)).filter_map(|(left, pair)| candidate(left, (pair[0], pair[1]))).collect();
        while let Some(Reverse((merged, left, pair))) = queue.pop() {
            let left_index = left as usize;
            let right = next[left_index];
            // An earlier merge may have consumed either side.
            if right == NONE || (tokens[left_index], tokens[right as usize]) != pair {
                continue;
            }
            tokens[left_index] = merged;
            // The absorbed token keeps no neighbour, which marks its own candidates as stale.
            let after = std::mem::replace(&mut next[right as usize], NONE);
            next[left_index] = after;
            if after != NONE {
                previous[after as usize] = left;
                queue.extend(candidate(left, (merged, tokens[after as usize])));
            }
            let before = previous[left_index];
            if before != NONE {
                queue.extend(candidate(before, (tokens[before as usize], merged)));
            }
        }
        let mut position = 0;
        while position != NONE {
            out.push(u32::from(tokens[position as usize]));
            position = next[position as usize];
        }
    }

    /// Bytes that `id` stands for; none for the special tokens.
    pub fn byte_len(&self, id: u32) -> Option<usize> {
        self.byte_lens.get(id as usize).map(|&len| usize::from(len))
    }

    /// The bytes that `id` stands for; empty for the special tokens and ids outside the vocabulary.
    pub fn bytes(&self, id: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Depth first, left before right.
        let mut open = vec![id as usize];
        while let Some(id) = open.pop() {
            match id.checked_sub(BYTE_TOKENS) {
                None => bytes.push(self.bytes[id % usize::from(END_OF_WORD)]),
                Some(index) => {
                    if let Some(&(left, right)) = self.parts.get(index) {
                        open.extend([usize::from(right), usize::from(left)]);
                    }
                }
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};
    use std::fmt::Write;

    /// The table is the published one: written out again as text, it has the checksum of the original's lines.
    #[test]
    fn merges_are_those_of_the_published_vocabulary() {
        let bpe = Bpe::load();
        assert_eq!(bpe.parts.len(), 48_894);
        let alphabet: HashMap<u8, char> = {
            let mut unprintable = 256_u32..;
            (0_usize..256)
                .map(|id| {
                    let byte = bpe.bytes[id];
                    let shown = if id < 188 { u32::from(byte) } else { unprintable.next().expect("unbounded") };
                    (byte, char::from_u32(shown).expect("below the surrogates"))
                })
                .collect()
        };
        // A token ends its word when its last byte does.
        let ends_word = |mut id: u16| {
            while usize::from(id) >= BYTE_TOKENS {
                id = bpe.parts[usize::from(id) - BYTE_TOKENS].1;
            }
            id >= END_OF_WORD
        };
        let shown = |id: u16| {
            let mut text: String = bpe.bytes(u32::from(id)).iter().map(|byte| alphabet[byte]).collect();
            if ends_word(id) {
                text.push_str("</w>");
            }
            text
        };
        let mut hash = Sha256::new();
        for &(left, right) in &bpe.parts {
            hash.update(format!("{} {}\n", shown(left), shown(right)));
        }
        let hex = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a String");
            hex
        });
        assert_eq!(hex, "d308b7377a8ceaa9707a21614fe8c831b9196e197b7aeb69833359362907af02");
    }

    #[test]
    fn every_token_is_as_long_as_its_bytes() {
        let bpe = Bpe::load();
        for id in 0..(BYTE_TOKENS + bpe.parts.len()) as u32 {
            assert_eq!(bpe.byte_len(id), Some(bpe.bytes(id).len()), "token {id}");
        }
    }

    /// The queue gives what the reference's loop gives: merge every occurrence of the best pair, then look again.
    #[test]
    fn queue_agrees_with_the_plain_loop() {
        let bpe = Bpe::load();
        let plain = |word: &[u8]| {
            let mut tokens: Vec<u16> = word.iter().map(|&byte| bpe.byte_ids[usize::from(byte)]).collect();
            *tokens.last_mut().expect("no word is empty") += END_OF_WORD;
            loop {
                let pairs = tokens.windows(2).map(|pair| (pair[0], pair[1]));
                let Some((merged, best)) = pairs.filter_map(|pair| Some((*bpe.merged.get(&pair)?, pair))).min() else {
                    return tokens.into_iter().map(u32::from).collect::<Vec<_>>();
                };
                let mut index = 0;
                while index + 1 < tokens.len() {
                    if (tokens[index], tokens[index + 1]) == best {
                        tokens[index] = merged;
                        tokens.remove(index + 1);
                    }
                    index += 1;
                }
            }
        };
        let mut state = 1_u32;
        for round in 0..2000 {
            let word: Vec<u8> = (0..=round % 40)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b"aaabbcdeeehilnoorsttu\xc3\xa9\xe4"[(state >> 16) as usize % 24]
                })
                .collect();
            let mut ids = Vec::new();
            bpe.encode_word(&word, &mut ids);
            assert_eq!(ids, plain(&word), "word {word:?}");
        }
    }
}
