//! Fingerprints by what they hold, so that of many only those near to one are compared with it.
//!
//! Like clips differ by little in every mean colour and in every pixel of the small pictures (`fingerprint`). So all fingerprints are
//! divided, again and again, by one of these bytes, and of a clip only those parts are looked at in which a like one can be. That leaves
//! none out: what is found is what comparing all with all finds.

use super::fingerprint::Fingerprint;

/// Fingerprints of a part that is not divided any more.
const LEAST: usize = 12;
/// Fingerprints by which it is decided where a part is divided.
const LOOKED_AT: usize = 64;

/// Places for fingerprints; they are empty at first.
pub(super) struct Near {
    parts: Vec<Part>,
}

enum Part {
    /// Of what has less than `from` in a byte, and of what has as much or more.
    Divided { byte: usize, from: u8, less: usize, more: usize },
    /// Numbers of what lies here.
    Whole(Vec<usize>),
}

impl Near {
    /// Places for these fingerprints.
    pub(super) fn of(prints: &[Fingerprint]) -> Self {
        let mut near = Self { parts: Vec::new() };
        let mut open = vec![(near.add(), (0..prints.len()).collect::<Vec<usize>>())];
        while let Some((part, of)) = open.pop() {
            let Some((byte, from)) = division(prints, &of) else { continue };
            let (less, more): (Vec<usize>, Vec<usize>) = of.into_iter().partition(|&it| prints[it].byte(byte) < from);
            let places = [near.add(), near.add()];
            near.parts[part] = Part::Divided { byte, from, less: places[0], more: places[1] };
            open.extend(places.into_iter().zip([less, more]));
        }
        near
    }

    fn add(&mut self) -> usize {
        self.parts.push(Part::Whole(Vec::new()));
        self.parts.len() - 1
    }

    /// Puts the fingerprint with this number in its place.
    pub(super) fn put(&mut self, number: usize, print: &Fingerprint) {
        let mut at = 0;
        loop {
            match &mut self.parts[at] {
                Part::Divided { byte, from, less, more } => at = if print.byte(*byte) < *from { *less } else { *more },
                Part::Whole(numbers) => return numbers.push(number),
            }
        }
    }

    /// Shows the number of every fingerprint that was put in and may be like this one, and of some that are not.
    pub(super) fn each(&self, print: &Fingerprint, mut show: impl FnMut(usize)) {
        let mut open = vec![0];
        while let Some(part) = open.pop() {
            match &self.parts[part] {
                Part::Divided { byte, from, less, more } => {
                    let (value, reach) = (print.byte(*byte), Fingerprint::reach(*byte));
                    if value.saturating_sub(reach) < *from {
                        open.push(*less);
                    }
                    if value.saturating_add(reach) >= *from {
                        open.push(*more);
                    }
                }
                Part::Whole(numbers) => numbers.iter().for_each(|&number| show(number)),
            }
        }
    }
}

/// The byte in which fingerprints differ most, as a multiple of what like ones may, and a value in the middle; `None` where they are too
/// few or too near to each other for a division to help.
fn division(prints: &[Fingerprint], of: &[usize]) -> Option<(usize, u8)> {
    if of.len() <= LEAST {
        return None;
    }
    let step = of.len().div_ceil(LOOKED_AT);
    let some: Vec<&Fingerprint> = of.iter().step_by(step).map(|&it| &prints[it]).collect();
    let mut best: Option<(f64, usize, u8)> = None;
    for byte in Fingerprint::bytes() {
        let mut values: Vec<u8> = some.iter().map(|print| print.byte(byte)).collect();
        values.sort_unstable();
        // Most of them, not the outermost.
        let [low, middle, high] = [values.len() / 8, values.len() / 2, values.len() - 1 - values.len() / 8];
        let spread = f64::from(values[high] - values[low]) / f64::from(Fingerprint::reach(byte));
        // Less than the middle are some, and as much or more are others.
        if values[middle] > values[0] && best.is_none_or(|(most, ..)| spread > most) {
            best = Some((spread, byte, values[middle]));
        }
    }
    // Parts no wider than the reach would all be looked at.
    best.filter(|(spread, ..)| *spread > 1.0).map(|(_, byte, from)| (byte, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fingerprints in groups that are like each other, or nearly.
    fn prints(count: usize, groups: u64, seed: u64) -> Vec<Fingerprint> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let centres: Vec<Vec<u8>> =
            (0..groups).map(|_| (0..Fingerprint::BYTES).map(|_| (next() % 256) as u8).collect()).collect();
        (0..count)
            .map(|_| {
                let mut bytes = centres[(next() % groups) as usize].clone();
                let far = next() % 9;
                for byte in &mut bytes {
                    let by = (next() % (far + 1)) as u8;
                    // Hashes differ in single bits: here in none, so that the other rules decide.
                    *byte = if next() % 2 == 0 { byte.saturating_add(by) } else { byte.saturating_sub(by) };
                }
                Fingerprint::of_bytes(&bytes, &centres[0])
            })
            .collect()
    }

    #[test]
    fn what_is_found_is_what_comparing_all_with_all_finds() {
        for (count, groups, seed) in [(1, 1, 1), (13, 1, 2), (400, 1, 3), (500, 40, 4), (600, 500, 5)] {
            let prints = prints(count, groups, seed);
            let mut near = Near::of(&prints);
            let mut shown = 0;
            for (number, print) in prints.iter().enumerate() {
                let mut found = Vec::new();
                near.each(print, |other| {
                    shown += 1;
                    found.extend(print.is_like(&prints[other]).then_some(other));
                });
                found.sort_unstable();
                let all: Vec<usize> = (0..number).filter(|&other| print.is_like(&prints[other])).collect();
                assert_eq!(found, all, "{count} in {groups} groups: {number}");
                near.put(number, print);
            }
            if groups > 100 {
                assert!(shown < count * count / 40, "{shown} of {} were compared", count * count / 2);
            }
        }
    }

    #[test]
    fn equal_ones_are_not_divided_for_ever() {
        let same = vec![prints(1, 1, 7)[0].clone(); 1000];
        let mut near = Near::of(&same);
        assert_eq!(near.parts.len(), 1);
        near.put(3, &same[3]);
        let mut shown = Vec::new();
        near.each(&same[0], |number| shown.push(number));
        assert_eq!(shown, [3]);
    }
}
