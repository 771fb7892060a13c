//! Small moving pictures of the clips in sight on the data page: which are wanted, and which stay in memory.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;

/// Bytes of moving pictures that are kept in memory.
const MOST_BYTES: usize = 64 << 20;

struct Thumb {
    /// None where the clip cannot be read.
    frames: Option<Arc<Frames>>,
    used: u64,
}

/// The pictures, by the numbers of their rows.
#[derive(Default)]
pub struct DataPictures {
    pictures: HashMap<usize, Thumb>,
    asked: BTreeSet<usize>,
    in_sight: HashSet<usize>,
    clock: u64,
}

impl DataPictures {
    /// The picture of a row.
    pub fn get(&self, row: usize) -> Option<&Arc<Frames>> {
        self.pictures.get(&row)?.frames.as_ref()
    }

    /// Bytes of all.
    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.pictures.values().map(bytes).sum()
    }

    /// Rows whose pictures are to be made, of those in sight; `None` while those were asked for.
    pub fn wanted(&mut self, in_sight: &[usize]) -> Option<Vec<usize>> {
        self.clock += 1;
        self.in_sight = in_sight.iter().copied().collect();
        for row in in_sight {
            if let Some(thumb) = self.pictures.get_mut(row) {
                thumb.used = self.clock;
            }
        }
        let wanted: Vec<usize> = in_sight.iter().copied().filter(|row| !self.pictures.contains_key(row)).collect();
        let asked: BTreeSet<usize> = wanted.iter().copied().collect();
        if asked == self.asked {
            return None;
        }
        self.asked = asked;
        Some(wanted)
    }

    /// A picture came, or cannot be made. What was not in sight for longest goes.
    pub fn add(&mut self, row: usize, frames: Option<Arc<Frames>>) {
        self.asked.remove(&row);
        self.clock += 1;
        self.pictures.insert(row, Thumb { frames, used: self.clock });
        let mut sum: usize = self.pictures.values().map(bytes).sum();
        while sum > MOST_BYTES {
            let out = self.pictures.iter().filter(|(other, thumb)| !self.in_sight.contains(other) && bytes(thumb) > 0);
            let Some(oldest) = out.min_by_key(|(_, thumb)| thumb.used).map(|(row, _)| *row) else { break };
            sum -= self.pictures.remove(&oldest).as_ref().map_or(0, bytes);
        }
    }

    /// A row was read anew.
    pub fn forget(&mut self, row: usize) {
        self.pictures.remove(&row);
    }
}

fn bytes(thumb: &Thumb) -> usize {
    thumb.frames.as_ref().map_or(0, |frames| frames.pixels().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_has_a_bound_and_what_was_seen_last_stays() {
        let frames = || Some(Arc::new(Frames::new(1024, 1024, vec![0; 1024 * 1024 * 3])));
        let mut pictures = DataPictures::default();
        assert_eq!(pictures.wanted(&[0, 1]), Some(vec![0, 1]));
        assert_eq!(pictures.wanted(&[0, 1]), None, "once is enough");
        (0..30).for_each(|row| pictures.add(row, frames()));
        assert!(pictures.bytes() <= MOST_BYTES);
        assert!(pictures.get(0).is_some() && pictures.get(29).is_some(), "in sight, and the newest");
        assert!(pictures.get(2).is_none(), "the oldest out of sight");
        pictures.add(2, None);
        assert_eq!(pictures.wanted(&[2, 0]), None, "what cannot be read is not asked for again");
    }
}
