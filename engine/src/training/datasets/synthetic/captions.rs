//! English sentences for a combination of words, and the lists of words that they are made of.

use std::collections::BTreeSet;

use rand::{Rng, RngExt};

use super::vocabulary::{Colour, Combination, Motion, Scene, Subject};

/// One sentence that describes `combination`; which one, `rng` decides.
pub fn caption(combination: Combination, rng: &mut impl Rng) -> String {
    // A part of the captions has the plain form, since that is what people type first.
    if rng.random_bool(0.2) {
        return plain_caption(combination);
    }
    let Combination { motion, scene, .. } = combination;
    let templates: Vec<&str> = TEMPLATES.iter().copied().filter(|it| fits(it, motion)).collect();
    let template = templates[rng.random_range(0..templates.len())];
    let ing = pick(participles(motion), rng);
    let verb = pick(verbs(motion), rng);
    let place = pick(places(scene), rng);
    let name = pick(names(scene), rng);
    fill(template, combination, [ing, verb, place, name])
}

/// The plain form: "a red balloon rising over the ocean".
pub fn plain_caption(combination: Combination) -> String {
    let Combination { motion, scene, .. } = combination;
    fill(PLAIN, combination, [participles(motion)[0], "", places(scene)[0], ""])
}

/// `count` combinations that training never sees, each with its plain caption; the order depends on `seed` alone.
pub fn held_out_prompts(count: usize, seed: u64) -> Vec<(Combination, String)> {
    Combination::held_out(count, seed).into_iter().map(|it| (it, plain_caption(it))).collect()
}

/// Every lower-case word that a caption can contain, sorted, each once.
pub fn all_words() -> Vec<String> {
    let mut words = BTreeSet::new();
    let mut add = |text: &str| {
        words.extend(split_words(text));
    };
    TEMPLATES.iter().for_each(|template| {
        // Placeholders are no words: what stands for them is added below.
        template.split(['{', '}']).step_by(2).for_each(&mut add);
    });
    ["a", "an"].into_iter().for_each(&mut add);
    Subject::ALL.iter().for_each(|it| add(it.name()));
    Colour::ALL.iter().for_each(|it| add(it.name()));
    for &motion in Motion::ALL {
        participles(motion).iter().chain(verbs(motion)).for_each(|it| add(it));
    }
    for &scene in Scene::ALL {
        places(scene).iter().chain(names(scene)).for_each(|it| add(it));
    }
    words.into_iter().collect()
}

/// The words of the synthetic dataset as a person would read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VocabularyLists {
    /// "red", "orange" and so on.
    pub colours: Vec<&'static str>,
    /// "ball", "square" and so on.
    pub subjects: Vec<&'static str>,
    /// "moving left", "moving right" and so on.
    pub motions: Vec<&'static str>,
    /// "blue sky", "night sky with stars" and so on.
    pub scenes: Vec<&'static str>,
}

/// What Nano knows, for the window's chips.
pub fn vocabulary_lists() -> VocabularyLists {
    VocabularyLists {
        colours: Colour::ALL.iter().map(|it| it.name()).collect(),
        subjects: Subject::ALL.iter().map(|it| it.name()).collect(),
        motions: Motion::ALL.iter().map(|it| it.name()).collect(),
        scenes: Scene::ALL.iter().map(|it| it.name()).collect(),
    }
}

/// Lower-case runs of letters.
fn split_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|it: char| !it.is_alphabetic()).filter(|it| !it.is_empty()).map(str::to_lowercase)
}

const PLAIN: &str = "{one} {ing} {place}";

/// `{one}` "a red ball", `{thing}` "red ball", `{ing}` "rising", `{verb}` "rises", `{place}` "over the ocean", `{name}` "the
/// ocean". `{early}` is a participle before the thing with its article ("a rising red ball").
const TEMPLATES: [&str; 20] = [
    PLAIN,
    "{One} {ing} {place}.",
    "{one} {verb} {place}",
    "{One} {verb} {place}.",
    "{place}, {one} {ing}",
    "{place} {one} {verb}",
    "{One} is {ing} {place}.",
    "{One} that {verb} {place}.",
    "A small video of {one} {ing}, {name}.",
    "A video of {one} {ing} {place}.",
    "a short clip of {one} that is {ing} {place}",
    "{name}, {one} {ing}",
    "{name}: {one} {verb}",
    "{thing}, {ing}, {name}",
    "{thing} {ing} {place}",
    "There is {one} {ing} {place}.",
    "Show {one} {ing} {place}.",
    "{early} {place}",
    "a video of {early}, {name}",
    "{place} there is {early}",
];

/// "a moving left ball" is no English.
fn fits(template: &str, motion: Motion) -> bool {
    !(template.contains("{early}") && matches!(motion, Motion::MovingLeft | Motion::MovingRight))
}

fn fill(template: &str, combination: Combination, [ing, verb, place, name]: [&str; 4]) -> String {
    let thing = format!("{} {}", combination.colour.name(), combination.subject.name());
    let one = format!("{} {thing}", article(&thing));
    let early = format!("{} {} {thing}", article(ing), ing);
    let values = [
        ("{one}", one.as_str()),
        ("{One}", &capitalised(&one)),
        ("{thing}", &thing),
        ("{ing}", ing),
        ("{verb}", verb),
        ("{place}", place),
        ("{name}", name),
        ("{early}", &early),
    ];
    values.into_iter().fold(template.to_owned(), |text, (key, value)| text.replace(key, value))
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn pick(choices: &[&'static str], rng: &mut impl Rng) -> &'static str {
    // The word of DESIGN section 6 comes first and is the one that a model must know above all.
    if rng.random_bool(0.6) { choices[0] } else { choices[rng.random_range(0..choices.len())] }
}

fn participles(motion: Motion) -> &'static [&'static str] {
    match motion {
        Motion::MovingLeft => &["moving left", "going left", "moving to the left"],
        Motion::MovingRight => &["moving right", "going right", "moving to the right"],
        Motion::Rising => &["rising"],
        Motion::Falling => &["falling"],
        Motion::Bouncing => &["bouncing"],
        Motion::Spinning => &["spinning"],
        Motion::Growing => &["growing"],
        Motion::Shrinking => &["shrinking"],
        Motion::Hovering => &["hovering"],
    }
}

fn verbs(motion: Motion) -> &'static [&'static str] {
    match motion {
        Motion::MovingLeft => &["moves left", "goes left", "moves to the left"],
        Motion::MovingRight => &["moves right", "goes right", "moves to the right"],
        Motion::Rising => &["rises"],
        Motion::Falling => &["falls"],
        Motion::Bouncing => &["bounces"],
        Motion::Spinning => &["spins"],
        Motion::Growing => &["grows"],
        Motion::Shrinking => &["shrinks"],
        Motion::Hovering => &["hovers"],
    }
}

fn places(scene: Scene) -> &'static [&'static str] {
    match scene {
        Scene::BlueSky => &["in the blue sky", "in a blue sky", "against a blue sky"],
        Scene::NightSky => {
            &["in the night sky with stars", "in a night sky with stars", "under a night sky with stars"]
        }
        Scene::Sunset => &["at sunset", "in front of a sunset", "in the sunset"],
        Scene::GreenMeadow => &["over a green meadow", "over the green meadow", "on a green meadow"],
        Scene::SnowyField => &["over a snowy field", "over the snowy field", "on a snowy field"],
        Scene::Ocean => &["over the ocean", "above the ocean", "at the ocean"],
        Scene::Desert => &["over the desert", "in the desert", "in a desert"],
        Scene::PlainBlack => &["on plain black", "on a plain black background", "in front of plain black"],
        Scene::PlainGrey => &[
            "on plain grey",
            "on a plain grey background",
            "in front of plain grey",
            "on plain gray",
            "on a plain gray background",
        ],
    }
}

fn names(scene: Scene) -> &'static [&'static str] {
    match scene {
        Scene::BlueSky => &["blue sky", "a blue sky", "the blue sky"],
        Scene::NightSky => &["night sky with stars", "a night sky with stars", "the night sky with stars"],
        Scene::Sunset => &["sunset", "a sunset", "the sunset"],
        Scene::GreenMeadow => &["green meadow", "a green meadow", "the green meadow"],
        Scene::SnowyField => &["snowy field", "a snowy field", "the snowy field"],
        Scene::Ocean => &["the ocean", "ocean", "an ocean"],
        Scene::Desert => &["desert", "a desert", "the desert"],
        Scene::PlainBlack => &["plain black", "a plain black background", "plain black background"],
        Scene::PlainGrey => &["plain grey", "a plain grey background", "plain gray", "plain grey background"],
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn plain_captions_are_those_of_the_design() {
        let combination = |subject, colour, motion, scene| Combination { subject, colour, motion, scene };
        let balloon = combination(Subject::Balloon, Colour::Red, Motion::Rising, Scene::Ocean);
        assert_eq!(plain_caption(balloon), "a red balloon rising over the ocean");
        let ball = combination(Subject::Ball, Colour::Orange, Motion::MovingLeft, Scene::NightSky);
        assert_eq!(plain_caption(ball), "an orange ball moving left in the night sky with stars");
        let texts: BTreeSet<String> =
            (0..Combination::COUNT).map(|index| plain_caption(Combination::from_index(index))).collect();
        assert_eq!(texts.len(), Combination::COUNT, "two combinations have the same caption");
    }

    #[test]
    fn captions_name_the_whole_combination_in_known_words() {
        let known: BTreeSet<String> = all_words().into_iter().collect();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut texts = BTreeSet::new();
        for index in 0..Combination::COUNT {
            let it = Combination::from_index(index);
            let text = caption(it, &mut rng);
            let lower = text.to_lowercase();
            assert!(!text.contains(['{', '}']), "{text:?} has a hole");
            assert!(lower.contains(&format!("{} {}", it.colour.name(), it.subject.name())), "{text:?} for {it:?}");
            assert!(
                lower.contains(&it.scene.name().replace("grey", "gr")[..10.min(it.scene.name().len() - 2)]),
                "{text:?} for {it:?}"
            );
            assert!(participles(it.motion).iter().chain(verbs(it.motion)).any(|word| lower.contains(word)), "{text:?}");
            for word in split_words(&text) {
                assert!(known.contains(&word), "{word:?} of {text:?} is missing in the list of words");
            }
            texts.insert(text);
        }
        assert!(texts.len() > Combination::COUNT * 9 / 10, "captions repeat: {}", texts.len());
    }

    #[test]
    fn articles_follow_the_next_word() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        for index in 0..Combination::COUNT {
            let text = caption(Combination::from_index(index), &mut rng).to_lowercase();
            let words: Vec<&str> = text.split([' ', ',', '.', ':']).filter(|it| !it.is_empty()).collect();
            for pair in words.windows(2).filter(|pair| pair[0] == "a" || pair[0] == "an") {
                assert_eq!(pair[0], article(pair[1]), "{text:?}");
            }
        }
    }

    #[test]
    fn every_word_of_the_list_occurs() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut seen = BTreeSet::new();
        for round in 0..4 * Combination::COUNT {
            seen.extend(split_words(&caption(Combination::from_index(round % Combination::COUNT), &mut rng)));
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), all_words());
    }
}
