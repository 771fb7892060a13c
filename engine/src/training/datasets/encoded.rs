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

    /// Latents of clips that are not kept, encoded in one batch.
    pub fn encode(&self, clips: &[Frames]) -> Vec<f32> {
        (self.encode)(clips)
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
        if let Some(kept) = self.kept.borrow().get(&index) {
            return Rc::clone(kept);
        }
        let latents: Rc<[f32]> = (self.encode)(&[self.clips.example(index)]).into();
        self.kept.borrow_mut().insert(index, Rc::clone(&latents));
        latents
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
        assert_eq!(encoded.count(), Some(10));
    }
}
