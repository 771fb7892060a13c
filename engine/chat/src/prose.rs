//! Answers that are to be a plain English text and nothing else: taken out of what models put around them ([`unwrapped`]), and
//! held against what a model says when it does not do what it was asked ([`check`]).
//!
//! A text is refused by words at the beginning of its sentences. What stands in the text that was sent is never held against its
//! answer: a clip may well show a sign that says "I'm sorry".

use crate::error::AnswerUnfit;

/// Longest answer that is looked through, in bytes.
const MOST_ANSWER_BYTES: usize = 1 << 14;
/// Words before an answer that many models cannot leave out, in front of a colon.
const LABELS: [&str; 11] = [
    "new prompt:",
    "enhanced prompt:",
    "rewritten prompt:",
    "prompt:",
    "rewritten:",
    "caption:",
    "new caption:",
    "rewritten caption:",
    "revised caption:",
    "description:",
    "output:",
];
/// What a description is to name: two of them with a colon are a form that was filled in.
const FIELDS: [&str; 10] =
    ["subject:", "look:", "action:", "place:", "setting:", "light:", "lighting:", "camera:", "style:", "mood:"];

/// An answer on one line, without what stands around it: code fences, quotation marks, a label, a first line such as "Here is the new
/// prompt:".
///
/// # Errors
/// [`AnswerUnfit::List`] and [`AnswerUnfit::Empty`].
pub fn unwrapped(answer: &str) -> Result<String, AnswerUnfit> {
    let answer = &answer[..answer.floor_char_boundary(MOST_ANSWER_BYTES)];
    // A code fence, with the name of its language.
    let fenced = answer.trim_start().strip_prefix("```");
    let fenced = fenced.and_then(|fenced| fenced.split_once('\n')).filter(|(name, _)| !name.trim().contains(' '));
    let answer = fenced.map_or(answer, |(_, inside)| inside).replace("```", "\n").replace("**", "");
    let mut lines: Vec<&str> = answer.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // "Here is the new prompt:"
    if lines.len() > 1 && lines[0].ends_with(':') {
        lines.remove(0);
    }
    let is_item = |line: &&&str| {
        let digits = line.trim_start_matches(|sign: char| sign.is_ascii_digit());
        line.starts_with(['-', '*', '•']) || (digits.len() < line.len() && digits.starts_with(['.', ')']))
    };
    if lines.iter().filter(is_item).count() > 1 {
        return Err(AnswerUnfit::List);
    }
    let mut text = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    text.retain(|sign| !sign.is_control());
    let lower = text.to_ascii_lowercase();
    if let Some(label) = LABELS.iter().find(|label| lower.starts_with(**label)) {
        text = text[label.len()..].trim_start().to_owned();
    }
    for (open, close) in [('"', '"'), ('“', '”'), ('\'', '\''), ('`', '`'), ('«', '»')] {
        let inside = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        if let Some(inside) = inside.filter(|inside| !inside.contains(open)) {
            text = inside.trim().to_owned();
        }
    }
    let lower = text.to_ascii_lowercase();
    let is_form = FIELDS.iter().filter(|field| lower.contains(**field)).count() > 1;
    let is_json = (text.starts_with('{') && text.ends_with('}') && text.contains("\":")) || text.starts_with("[\"");
    match () {
        () if text.is_empty() => Err(AnswerUnfit::Empty),
        () if is_form || is_json => Err(AnswerUnfit::List),
        () => Ok(text),
    }
}

/// Whether a text of one line is what was asked for about `sent`: letters, English as far as small words tell, no refusal, nothing
/// that talks to the user, and an end.
///
/// # Errors
/// [`AnswerUnfit`].
pub fn check(sent: &str, text: &str) -> Result<(), AnswerUnfit> {
    check_letters(text)?;
    let [sent, lower] = [sent, text].map(|text| text.to_lowercase().replace(['’', '‘'], "'"));
    let says = |sentence: &str, phrases: &[&str]| {
        let begins = |phrase: &&&str| sentence.starts_with(**phrase) && !sent.contains(**phrase);
        phrases.iter().find(begins).is_some()
    };
    for sentence in sentences(&lower) {
        let is_nothing = ["none", "n/a", "no caption"].contains(&sentence.trim_end_matches(['.', '!']));
        if says(sentence, &DECLINES) || (is_nothing && sentence.len() + 2 > lower.len() && !sent.contains(sentence)) {
            return Err(AnswerUnfit::Declined);
        }
        if says(sentence, &TALK) || presents(sentence, &sent) {
            return Err(AnswerUnfit::Talk);
        }
    }
    if ["as an ai", "language model"].iter().any(|phrase| lower.contains(phrase) && !sent.contains(phrase)) {
        return Err(AnswerUnfit::Declined);
    }
    check_end(text)
}

/// How a model begins when it will not.
const DECLINES: [&str; 24] = [
    "i'm sorry",
    "i am sorry",
    "sorry,",
    "sorry but",
    "i apologize",
    "i apologise",
    "my apologies",
    "i can't",
    "i cannot",
    "i can not",
    "i'm unable",
    "i am unable",
    "i'm not able",
    "i am not able",
    "i won't",
    "i will not",
    "i'm afraid i",
    "unfortunately, i",
    "unfortunately i",
    "i don't have",
    "i do not have",
    "i must decline",
    "please provide",
    "there is no caption",
];
/// How it begins when it talks.
const TALK: [&str; 26] = [
    "sure,",
    "sure!",
    "sure.",
    "sure:",
    "sure thing",
    "sure here",
    "certainly,",
    "certainly!",
    "certainly.",
    "certainly here",
    "of course,",
    "of course!",
    "absolutely!",
    "absolutely,",
    "okay,",
    "ok,",
    "let me know",
    "i hope this",
    "feel free to",
    "please note",
    "please let me",
    "note:",
    "(note",
    "explanation:",
    "would you like me",
    "is there anything else",
];
/// What presents a text instead of being it.
const PRESENTS: [&str; 12] = [
    "here is",
    "here's",
    "here are",
    "below is",
    "this is",
    "the rewritten",
    "the revised",
    "the caption",
    "the original caption",
    "a rewritten",
    "rewritten",
    "based on the",
];
/// What it is then said to be.
const NAMES: [&str; 6] = ["caption", "rewrit", "rephras", "revised", "prompt", "one or two"];

/// "Here is the rewritten caption", and not "Here is the harbour at dawn".
fn presents(sentence: &str, sent: &str) -> bool {
    let head = &sentence[..sentence.floor_char_boundary(80)];
    PRESENTS.iter().any(|begin| head.starts_with(begin))
        && NAMES.iter().any(|name| head.contains(name) && !sent.contains(name))
}

/// The sentences of a text, without signs before them.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.match_indices(['.', '!', '?', ':']).map(|(at, end)| at + end.len());
    let is_end = |&at: &usize| text[at..].starts_with([' ', '"', '\'', ')']);
    let mut starts: Vec<usize> = vec![0];
    starts.extend(ends.filter(is_end));
    starts.into_iter().map(|start| text[start..].trim_start_matches([' ', '"', '\'', ')', '*', '#', '“', '”']))
}

/// Words after which a sentence goes on.
const GO_ON: [&str; 13] = ["a", "an", "the", "and", "or", "of", "with", "as", "its", "their", "from", "into", "while"];

/// Whether a text ends, as far as its last word tells: without a full stop it may, after "with the" it does not.
fn check_end(text: &str) -> Result<(), AnswerUnfit> {
    let goes_on = text.ends_with([',', ';', ':', '-', '–', '(', '&']);
    let last = text.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
    if goes_on || GO_ON.contains(&last.as_str()) { Err(AnswerUnfit::BreaksOff) } else { Ok(()) }
}

/// Small words of English, and of languages that are written with the same letters. Words of both, such as "in", are in neither.
const ENGLISH: [&str; 44] = [
    "a", "an", "the", "and", "of", "with", "is", "are", "its", "at", "on", "over", "under", "by", "from", "as", "to",
    "into", "through", "while", "against", "across", "behind", "above", "slowly", "camera", "light", "shot", "for",
    "his", "her", "their", "that", "near", "it", "this", "up", "out", "between", "around", "which", "toward", "onto",
    "beside",
];
const OTHERS: [&str; 78] = [
    "der", "die", "das", "ein", "eine", "einem", "einer", "und", "mit", "über", "auf", "im", "den", "dem", "von",
    "ist", "le", "la", "les", "un", "une", "des", "du", "et", "sur", "dans", "avec", "est", "el", "los", "las", "una",
    "y", "con", "sobre", "por", "il", "che", "di", "della", "nel", "os", "uma", "em", "com", "het", "een", "met", "en",
    "del", "al", "que", "para", "su", "sul", "nella", "do", "da", "na", "no", "op", "och", "på", "og", "som", "bir",
    "ve", "yang", "dan", "dengan", "sebuah", "się", "jest", "ett", "pe", "cu", "ja", "és",
];
/// Words in a row that cannot be without a small one.
const MOST_WITHOUT: usize = 10;

/// Whether a text is made of letters, and as far as small words tell, English ones.
fn check_letters(text: &str) -> Result<(), AnswerUnfit> {
    let signs = text.chars().filter(|sign| !sign.is_whitespace()).count();
    let letters: Vec<char> = text.chars().filter(|sign| sign.is_alphabetic()).collect();
    if letters.len() * 2 <= signs {
        return Err(AnswerUnfit::NoLetters);
    }
    // "Café" is English, and so is a name in other letters; most of the text is not.
    let foreign = letters.iter().filter(|letter| !letter.is_ascii()).count();
    if foreign * 5 > letters.len() {
        return Err(AnswerUnfit::NotEnglish);
    }
    let words = || text.split(|sign: char| !sign.is_alphabetic()).filter(|word| !word.is_empty());
    let english = words().filter(|word| ENGLISH.contains(&word.to_lowercase().as_str())).count();
    // Inside of a text a capital letter is that of a name: Los Angeles, La Boca. ("Un bateau" is the first word.)
    let is_other = |(place, word): &(usize, &str)| {
        let is_name = *place > 0 && word.starts_with(char::is_uppercase);
        !is_name && OTHERS.contains(&word.to_lowercase().as_str())
    };
    let others = words().enumerate().filter(is_other).count();
    // Of languages whose small words are not known here: a list of words has commas.
    let longest =
        text.split(|sign: char| !sign.is_alphabetic() && !sign.is_whitespace() && sign != '-' && sign != '\'');
    let in_a_row = longest.map(|part| part.split_whitespace().count()).max().unwrap_or_default();
    if others > english || (english == 0 && in_a_row >= MOST_WITHOUT) {
        return Err(AnswerUnfit::NotEnglish);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(sent: &str, answer: &str) -> Result<String, AnswerUnfit> {
        let text = unwrapped(answer)?;
        check(sent, &text).map(|()| text)
    }

    #[test]
    fn what_is_no_description_is_refused_for_what_it_is() {
        use AnswerUnfit::{BreaksOff, Declined, Empty, List, NoLetters, NotEnglish, Talk};
        let cases = [
            ("", Empty),
            ("``` ```", Empty),
            ("\"\"", Empty),
            ("I'm sorry, but I can't help with that.", Declined),
            ("I’m sorry, but I can’t assist.", Declined),
            ("Sorry, I cannot see the frames.", Declined),
            ("As an AI language model, I do not watch videos.", Declined),
            ("The clip shows a dog. As an AI, I see no more.", Declined),
            ("Unfortunately, I cannot rewrite it.", Declined),
            ("Please provide the caption that you would like me to rewrite.", Declined),
            ("None.", Declined),
            ("N/A", Declined),
            ("Sure, here is the rewritten caption: A dog runs on a beach.", Talk),
            ("Sure! A dog runs on a beach.", Talk),
            ("Certainly! Here's a caption: A dog runs on a beach.", Talk),
            ("Here is a rewritten version: A dog runs on a beach.", Talk),
            ("Here's one or two sentences: A dog runs on a beach.", Talk),
            ("This is the caption: \"A dog runs on a beach.\"", Talk),
            ("The rewritten caption is that a dog runs on a beach.", Talk),
            ("A dog runs on a beach. Let me know if you want another one!", Talk),
            ("A dog runs on a beach.\n\nNote: the light was not given.", Talk),
            ("A dog runs on a beach. (Note that the light was not given.)", Talk),
            ("**Subject:** a dog\n**Action:** it runs\n**Place:** a beach", List),
            ("Subject: a dog, action: it runs", List),
            ("{\"caption\": \"A dog runs on a beach.\"}", List),
            ("1) A dog\n2) A beach", List),
            ("A brown dog runs along the beach with a", BreaksOff),
            ("A brown dog runs along the beach,", BreaksOff),
            ("A brown dog runs along the beach and the", BreaksOff),
            ("100% 2024 :: 7 / 9 -- 12", NoLetters),
            ("🐕🏖", NoLetters),
            ("Un perro corre por la playa al atardecer.", NotEnglish),
            ("Um cachorro corre para a praia com o sol.", NotEnglish),
            ("Un chien court sur la plage au coucher du soleil.", NotEnglish),
            ("Ein Hund läuft am Strand.", NotEnglish),
            ("En hund springer på stranden och solen skiner.", NotEnglish),
            ("Seekor anjing berlari di pantai dengan cahaya matahari yang hangat.", NotEnglish),
            ("Ruskea koira juoksee rannalla auringon laskiessa hitaasti meren taakse iltaisin", NotEnglish),
            ("狗在海滩上奔跑", NotEnglish),
            ("Собака бежит по пляжу", NotEnglish),
            ("犬が浜辺を走っている。", NotEnglish),
        ];
        for (answer, fault) in cases {
            assert_eq!(fit("dog beach", answer), Err(fault), "{answer:?}");
        }
    }

    #[test]
    fn descriptions_are_not_refused() {
        for plain in [
            "A dog runs on a beach.",
            "Red balloon rising",
            "A dog runs along the beach with the lights on",
            "Here is the harbour at dawn, quiet and blue.",
            "This is a slow aerial shot of Los Angeles in La La Land style.",
            "Sure-footed goats climb a cliff.",
            "The Las Vegas Strip, Los Angeles and El Paso",
            "A man in a café in Köln reads Die Zeit while it rains.",
            "Van Gogh style: a starry night over a village.",
            "A woman waits, then says nothing. The camera turns away.",
            "People at Oktoberfest raise glasses; the camera pans, 4K.",
            "A close-up of a die on a table, e.g. a red one.",
            "Notes fall from a piano. Certain keys glow.",
            "Okay-looking robots dance.",
            "None of the boats move on the lake.",
        ] {
            assert_eq!(fit("x", plain), Ok(plain.to_owned()), "{plain:?}");
        }
        // What was sent may be said.
        for said in [
            "I'm sorry, reads a sign on the door.",
            "As an AI robot, Sam waves.",
            "The caption on the screen says hello.",
        ] {
            assert_eq!(fit(said, said), Ok(said.to_owned()), "{said:?}");
            assert!(fit("x", said).is_err(), "{said:?}");
        }
        for wrapped in [
            "Caption: A dog runs on a beach.",
            "**Rewritten caption:** \"A dog runs on a beach.\"",
            "Sure, here is the caption:\n\nA dog runs on a beach.",
            "```text\nA dog runs on a beach.\n```",
            "A dog runs\n  on a\u{7} beach.",
        ] {
            let text = fit("x", wrapped).unwrap_or_else(|fault| panic!("{wrapped:?}: {fault}"));
            assert!(text.ends_with("A dog runs on a beach."), "{text:?}");
        }
    }
}
