//! Clips as latents: encoded when first asked for, then kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::Dataset;
use crate::handoff::Frames;

/// What an encoder makes of the clips of a dataset, so that each clip is drawn or read and encoded once.
pub struct Encoded<D, E> {
    clips: D,
    encode: E,
    kept: RefCell<HashMap<u64, Rc<[f32]>>>,
}

impl<D, E> Encoded<D, E>
where
    D: Dataset<Example = Frames>,
    E: Fn(&[Frames]) -> Vec<f32>,
{
    /// The clips of `clips`; `encode` gives the latents of some clips, row-major, one frame behind the other.
    pub fn new(clips: D, encode: E) -> Self {
        Self { clips, encode, kept: RefCell::default() }
    }

    /// The clips.
    pub fn clips(&self) -> &D {
        &self.clips
    }

    /// Examples of the same size; those that are not kept yet are encoded in one call.
    pub fn examples(&self, indices: &[u64]) -> Vec<Rc<[f32]>> {
        let mut missing: Vec<u64> = indices.to_vec();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|index| !self.kept.borrow().contains_key(index));
        if !missing.is_empty() {
            let clips: Vec<Frames> = missing.iter().map(|&index| self.clips.example(index)).collect();
            let latents = (self.encode)(&clips);
            let each = latents.chunks_exact(latents.len() / missing.len()).map(Rc::from);
            self.kept.borrow_mut().extend(missing.iter().copied().zip(each));
        }
        let kept = self.kept.borrow();
        indices.iter().map(|index| Rc::clone(&kept[index])).collect()
    }
}

impl<D, E> Dataset for Encoded<D, E>
where
    D: Dataset<Example = Frames>,
    E: Fn(&[Frames]) -> Vec<f32>,
{
    /// Latents of all frames of a clip, row-major.
    type Example = Rc<[f32]>;

    fn count(&self) -> Option<u64> {
        self.clips.count()
    }

    fn example(&self, index: u64) -> Rc<[f32]> {
        self.examples(&[index]).remove(0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    struct Grey;

    impl Dataset for Grey {
        type Example = Frames;

        fn count(&self) -> Option<u64> {
            Some(10)
        }

        fn example(&self, index: u64) -> Frames {
            Frames::new(1, 1, vec![index as u8; 3])
        }
    }

    #[test]
    fn a_clip_is_encoded_once() {
        let calls = Cell::new(0);
        let encoded = Encoded::new(Grey, |clips: &[Frames]| {
            calls.set(calls.get() + 1);
            clips.iter().map(|clip| f32::from(clip.pixels()[0])).collect()
        });
        assert_eq!([3, 7, 3].map(|index| encoded.example(index)[0]), [3.0, 7.0, 3.0]);
        assert_eq!(calls.get(), 2);
        let several: Vec<f32> = encoded.examples(&[7, 9, 9, 1]).iter().map(|latents| latents[0]).collect();
        assert_eq!(several, [7.0, 9.0, 9.0, 1.0]);
        assert_eq!(calls.get(), 3, "the new ones are encoded in one call");
        assert_eq!(encoded.count(), Some(10));
    }
}
