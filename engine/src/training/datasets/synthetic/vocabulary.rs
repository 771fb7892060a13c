//! The words that Nano knows, and every combination of them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// Of how many combinations one is kept out of training.
const HELD_OUT_EVERY: u64 = 10;

/// Declares a closed list of words: the enum, `ALL`, `name` and `Display`.
macro_rules! words {
    ($(#[$doc:meta])* $kind:ident { $($(#[$variant_doc:meta])* $variant:ident => $name:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $kind {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $kind {
            /// Every value, in the order of DESIGN section 6; the position is the value's number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The words of DESIGN section 6.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Position in [`Self::ALL`].
            pub fn number(self) -> usize {
                self as usize
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.name())
            }
        }
    };
}

words! {
    /// What a subject is filled with.
    Colour {
        /// Red.
        Red => "red",
        /// Orange.
        Orange => "orange",
        /// Yellow.
        Yellow => "yellow",
        /// Green.
        Green => "green",
        /// Blue.
        Blue => "blue",
        /// Purple.
        Purple => "purple",
        /// Pink.
        Pink => "pink",
        /// White.
        White => "white",
    }
}

impl Colour {
    /// The fill as sRGB. Each is far from the others and from everything that a scene paints.
    pub fn rgb(self) -> [u8; 3] {
        match self {
            Self::Red => [220, 28, 36],
            Self::Orange => [255, 132, 8],
            Self::Yellow => [255, 232, 40],
            Self::Green => [16, 190, 66],
            Self::Blue => [32, 76, 230],
            Self::Purple => [138, 40, 190],
            Self::Pink => [255, 122, 190],
            Self::White => [252, 252, 252],
        }
    }
}

words! {
    /// What moves through the clip.
    Subject {
        /// A disc with a stripe, and nothing hanging from it.
        Ball => "ball",
        /// A square.
        Square => "square",
        /// An equilateral triangle.
        Triangle => "triangle",
        /// A star with five points.
        Star => "star",
        /// A heart.
        Heart => "heart",
        /// An egg shape with a knot and a string.
        Balloon => "balloon",
        /// A hull with a mast and a sail.
        Boat => "boat",
        /// A bird from the side, one wing raised.
        Bird => "bird",
        /// A fish from the side.
        Fish => "fish",
        /// A car from the side, two wheels.
        Car => "car",
        /// An upright rocket with fins and a flame.
        Rocket => "rocket",
        /// Petals around a heart, on a stem.
        Flower => "flower",
    }
}

words! {
    /// What the subject does.
    Motion {
        /// Crosses the picture to the left.
        MovingLeft => "moving left",
        /// Crosses the picture to the right.
        MovingRight => "moving right",
        /// Goes up.
        Rising => "rising",
        /// Goes down.
        Falling => "falling",
        /// Hops in place, at least twice.
        Bouncing => "bouncing",
        /// Turns about its centre, at least once.
        Spinning => "spinning",
        /// Grows in place, at least to twice its diameter.
        Growing => "growing",
        /// Shrinks in place, at least to half its diameter.
        Shrinking => "shrinking",
        /// Stays where it is.
        Hovering => "hovering",
    }
}

words! {
    /// What is behind the subject.
    Scene {
        /// A pale day sky with two soft clouds.
        BlueSky => "blue sky",
        /// A dark sky with stars.
        NightSky => "night sky with stars",
        /// A half sun on the horizon.
        Sunset => "sunset",
        /// A dull green hill under a pale sky.
        GreenMeadow => "green meadow",
        /// Bluish snow under a grey sky.
        SnowyField => "snowy field",
        /// Dark teal water with waves.
        Ocean => "ocean",
        /// Sand dunes.
        Desert => "desert",
        /// Black everywhere.
        PlainBlack => "plain black",
        /// Middle grey everywhere.
        PlainGrey => "plain grey",
    }
}

/// One word of each kind: what a clip shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Combination {
    /// What moves.
    pub subject: Subject,
    /// Its fill.
    pub colour: Colour,
    /// What it does.
    pub motion: Motion,
    /// What is behind it.
    pub scene: Scene,
}

impl Combination {
    /// How many combinations there are (12 x 8 x 9 x 9 = 7776).
    pub const COUNT: usize = Subject::ALL.len() * Colour::ALL.len() * Motion::ALL.len() * Scene::ALL.len();

    /// The combination with this number.
    ///
    /// # Panics
    /// When `index` is not below [`Combination::COUNT`].
    pub fn from_index(index: usize) -> Self {
        assert!(index < Self::COUNT, "there is no combination {index}, only {}", Self::COUNT);
        let (rest, scene) = (index / Scene::ALL.len(), index % Scene::ALL.len());
        let (rest, motion) = (rest / Motion::ALL.len(), rest % Motion::ALL.len());
        let (subject, colour) = (rest / Colour::ALL.len(), rest % Colour::ALL.len());
        Self {
            subject: Subject::ALL[subject],
            colour: Colour::ALL[colour],
            motion: Motion::ALL[motion],
            scene: Scene::ALL[scene],
        }
    }

    /// The combination's number, below [`Combination::COUNT`].
    pub fn index(self) -> usize {
        let subject_colour = self.subject.number() * Colour::ALL.len() + self.colour.number();
        (subject_colour * Motion::ALL.len() + self.motion.number()) * Scene::ALL.len() + self.scene.number()
    }

    /// Whether training never sees this combination (about one in ten), so that an evaluation on it shows that the model
    /// composes words instead of recalling clips. Every word, pair and triple of words still occurs in training.
    pub fn is_held_out(self) -> bool {
        scramble(self.index() as u64).is_multiple_of(HELD_OUT_EVERY)
    }

    /// `count` different held-out combinations in an order that depends on `seed` alone (all of them when there are fewer).
    pub fn held_out(count: usize, seed: u64) -> Vec<Self> {
        let mut all: Vec<Self> = (0..Self::COUNT).map(Self::from_index).filter(|it| it.is_held_out()).collect();
        all.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        all.truncate(count);
        all
    }
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014): the split must never change, so it hangs on no library.
fn scramble(index: u64) -> u64 {
    let mut z = index.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn index_and_combination_are_inverse() {
        assert_eq!(Combination::COUNT, 7776);
        for index in 0..Combination::COUNT {
            assert_eq!(Combination::from_index(index).index(), index);
        }
    }

    #[test]
    fn a_tenth_is_held_out_and_every_triple_is_still_trained_on() {
        let all = || (0..Combination::COUNT).map(Combination::from_index);
        let held_out = all().filter(|it| it.is_held_out()).count();
        assert!((650..900).contains(&held_out), "{held_out} of {} are held out", Combination::COUNT);
        let mut triples = HashSet::new();
        for it in all().filter(|it| !it.is_held_out()) {
            let (subject, colour) = (it.subject.number(), it.colour.number());
            let (motion, scene) = (it.motion.number(), it.scene.number());
            triples.insert((0, subject, colour, motion));
            triples.insert((1, subject, colour, scene));
            triples.insert((2, subject, motion, scene));
            triples.insert((3, colour, motion, scene));
        }
        assert_eq!(triples.len(), 12 * 8 * 9 + 12 * 8 * 9 + 12 * 9 * 9 + 8 * 9 * 9);
    }

    #[test]
    fn held_out_lists_are_distinct_and_follow_the_seed() {
        let first = Combination::held_out(200, 7);
        assert_eq!(first.len(), 200);
        assert!(first.iter().all(|it| it.is_held_out()));
        assert_eq!(first.iter().collect::<HashSet<_>>().len(), 200);
        assert_eq!(first, Combination::held_out(200, 7));
        assert_ne!(first, Combination::held_out(200, 8));
        assert!(Combination::held_out(usize::MAX, 7).len() < Combination::COUNT / 8);
    }
}
