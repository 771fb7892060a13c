//! What is accepted of an answer: one or two plain English sentences that the text encoder reads whole.

use hummingbird_chat::{AnswerUnfit, prose};
use hummingbird_pipeline::clip_tokens::{TEXT_TOKENS, Tokenizer};

/// Most words of an answer, as it is asked for; with signs between them they fit the 75 tokens.
pub const MOST_WORDS: usize = 60;

/// An answer as the caption in the place of `before`.
///
/// # Errors
/// [`AnswerUnfit`] when it is none: empty, no letters, not English, a list, a refusal, talk around it, a sentence that breaks off, or
/// more than the 75 tokens that the text encoder reads.
pub fn accepted(before: &str, answer: &str) -> Result<String, AnswerUnfit> {
    let text = prose::unwrapped(answer)?;
    prose::check(before, &text)?;
    let tokens = Tokenizer::shared().encode(&text).text_tokens;
    if tokens > TEXT_TOKENS { Err(AnswerUnfit::Long { tokens, most_tokens: TEXT_TOKENS }) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_encoder_reads_captions_whole() {
        let words = |count: usize| format!("The boat is{}", " red".repeat(count - 3));
        let longest = words(TEXT_TOKENS);
        assert_eq!(accepted("boat", &longest), Ok(longest.clone()));
        let long = AnswerUnfit::Long { tokens: TEXT_TOKENS + 1, most_tokens: TEXT_TOKENS };
        assert_eq!(accepted("boat", &words(TEXT_TOKENS + 1)), Err(long));
        let sixty = format!("A red boat drifts on a calm sea at dusk, {}and waits.", "slowly and quietly, ".repeat(16));
        assert!(sixty.split_whitespace().count() <= MOST_WORDS + 2);
        assert!(accepted("boat", &"é".repeat(1 << 20)).is_err(), "no length is too much to look at");
    }

    #[test]
    fn what_is_no_caption_is_refused() {
        for (answer, fault) in [
            (" \n", AnswerUnfit::Empty),
            ("12 34 !?", AnswerUnfit::NoLetters),
            ("Ein Hund läuft am Strand mit einem Ball.", AnswerUnfit::NotEnglish),
            ("I'm sorry, I can't help with that.", AnswerUnfit::Declined),
            ("Sure, here is a caption: A dog runs.", AnswerUnfit::Talk),
            ("A dog runs on the", AnswerUnfit::BreaksOff),
        ] {
            assert_eq!(accepted("dog", answer), Err(fault), "{answer:?}");
        }
        assert_eq!(accepted("dog", "\"A dog runs.\"\n").as_deref(), Ok("A dog runs."));
    }
}
