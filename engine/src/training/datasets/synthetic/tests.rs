//! The clips of a seed never change: models were trained on them, and their held-out combinations were kept from training. (The places and
//! sizes of subjects did once, on purpose, before the model of 192x128 was finished; words and captions are those of the first day.)

use sha2::{Digest, Sha256};

use super::*;
use crate::training::datasets::Dataset;

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_seed_draws_the_clips_that_it_always_drew() {
    let mut hash = Sha256::new();
    for seed in [0, 1, 9, u64::MAX] {
        for split in [Split::Train, Split::HeldOut] {
            let clips = SyntheticClips { seed, split, canvas: Canvas::SMALL };
            for index in [0, 1, 7, 1 << 40] {
                let clip = clips.spec(index);
                hash.update(serde_json::to_string(&clip.combination).expect("plain words"));
                hash.update(clip.caption());
                hash.update(render_frames(&clip, Canvas::SMALL, &[0.0, 5.5, 15.0]).pixels());
            }
        }
    }
    assert_eq!(hex(hash), "ff237b6f9ac45b8e91951a9fc20be576a5417aef0b56dad50affe7cadbc740e1");
}

#[test]
fn a_seed_draws_the_crops_that_it_always_drew() {
    let clips = SyntheticClips { seed: 9, split: Split::Train, canvas: Canvas::SMALL };
    let crops = SubjectCrops { clips, width: 32, height: 24 };
    let mut hash = Sha256::new();
    for first in [0, 15] {
        let three = [0, 1, 2].map(|index| crops.example(first + index));
        let pixels = three.iter().flat_map(|crop| &crop.pixels);
        let subject = three.iter().flat_map(|crop| &crop.subject);
        pixels.chain(subject).for_each(|value| hash.update(value.to_bits().to_le_bytes()));
    }
    assert_eq!(hex(hash), "9e7d519017646ef251de84d4b09e09cb7a8b47a4897d311eab3e7133105b18a1");
}
