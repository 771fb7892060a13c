//! What a server answers, read out of its JSON.

use serde::Deserialize;
use serde_json::Value;

use crate::error::{AnswerFault, printable};

/// Words in which models think aloud before they answer.
const THOUGHTS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// What a model said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatAnswer {
    /// The words, without what the model thought before.
    pub text: String,
    /// The model that the server names, or that was asked for.
    pub model: String,
    /// What it took, where the server says so.
    pub usage: Option<Usage>,
}

/// Tokens that a question and its answer took, as the server counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the question, pictures included.
    pub question_tokens: u64,
    /// Tokens of the answer, thoughts included.
    pub answer_tokens: u64,
}

/// A whole answer, or one that ended at its limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Whole(ChatAnswer),
    AtLimit,
}

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    choices: Option<Vec<Choice>>,
    #[serde(default)]
    error: Option<Value>,
    #[serde(default)]
    usage: Value,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    message: Option<Said>,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    content: Option<Content>,
    /// In the place of an answer.
    #[serde(default)]
    refusal: Option<String>,
}

/// Plain text, or parts of which only text is of interest.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<ContentPart>),
}

#[derive(Deserialize)]
struct ContentPart {
    #[serde(default)]
    text: Option<String>,
}

/// Reads the answer of a chat completion; `model` is the one that was asked.
pub(crate) fn completion(body: &[u8], model: &str) -> Result<Ended, AnswerFault> {
    let read: Completion = serde_json::from_str(text_of(body)?).map_err(|_| AnswerFault::NotJson)?;
    if let Some(said) = read.error.as_ref().and_then(said) {
        return Err(AnswerFault::Says { said });
    }
    let choice = read.choices.unwrap_or_default().into_iter().next().ok_or(AnswerFault::NoChoices)?;
    match choice.finish_reason.as_deref() {
        Some("length") => return Ok(Ended::AtLimit),
        Some("content_filter") => return Err(AnswerFault::Filtered),
        _ => {}
    }
    let said = choice.message.ok_or(AnswerFault::NoText)?;
    let text = match (said.content, said.refusal) {
        (Some(Content::Text(text)), _) => text,
        (Some(Content::Parts(parts)), _) => parts.into_iter().filter_map(|part| part.text).collect(),
        (None, Some(refusal)) => return Err(AnswerFault::Says { said: printable(&refusal) }),
        (None, None) => return Err(AnswerFault::NoText),
    };
    let usage = usage(&read.usage);
    let model = read.model.filter(|name| !name.trim().is_empty()).map_or_else(|| model.to_owned(), |it| printable(&it));
    Ok(Ended::Whole(ChatAnswer { text: without_thoughts(&text).trim().to_owned(), model, usage }))
}

/// What a question took; `None` where the server does not say, or says what cannot be.
fn usage(usage: &Value) -> Option<Usage> {
    let tokens = |name: &str| usage.get(name)?.as_u64().filter(|tokens| *tokens <= u64::from(u32::MAX));
    Some(Usage { question_tokens: tokens("prompt_tokens")?, answer_tokens: tokens("completion_tokens")? })
}

/// The names of the models that a server lists.
pub(crate) fn models(body: &[u8]) -> Result<Vec<String>, AnswerFault> {
    #[derive(Deserialize)]
    struct Models {
        data: Vec<Model>,
    }
    #[derive(Deserialize)]
    struct Model {
        id: String,
    }
    let list: Value = serde_json::from_str(text_of(body)?).map_err(|_| AnswerFault::NotJson)?;
    let list: Models = serde_json::from_value(list).map_err(|_| AnswerFault::NoChoices)?;
    Ok(list.data.into_iter().map(|model| model.id).filter(|id| !id.trim().is_empty()).collect())
}

/// What an answer with a status of failure says: the message of its error, else its beginning.
pub(crate) fn failure(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_str(&text).ok();
    match json {
        Some(json) => said(json.get("error").unwrap_or(&json)).unwrap_or_default(),
        None if is_page(&text) => String::new(),
        None => printable(&text),
    }
}

/// The message of an error, in the forms that servers have for it.
fn said(error: &Value) -> Option<String> {
    let text = match error {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Object(fields) => {
            let field = ["message", "detail", "msg"].iter().find_map(|name| fields.get(*name)?.as_str());
            field.map_or_else(|| error.to_string(), str::to_owned)
        }
        other => other.to_string(),
    };
    Some(printable(&text))
}

fn text_of(body: &[u8]) -> Result<&str, AnswerFault> {
    let text = std::str::from_utf8(body).map_err(|_| AnswerFault::NotText)?.trim_start_matches('\u{feff}');
    if is_page(text) { Err(AnswerFault::WebPage) } else { Ok(text) }
}

fn is_page(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// A text without the thoughts at its beginning. Of some models only their end is written.
fn without_thoughts(text: &str) -> &str {
    for (open, close) in THOUGHTS {
        let begin = text.trim_start();
        if let Some((before, after)) = begin.split_once(close)
            && (begin.starts_with(open) || !before.contains(open))
        {
            return after;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Result<Ended, AnswerFault> {
        completion(body.as_bytes(), "asked")
    }

    fn whole(text: &str, model: &str) -> Ended {
        Ended::Whole(ChatAnswer { text: text.to_owned(), model: model.to_owned(), usage: None })
    }

    #[test]
    fn what_an_answer_took_is_read_where_it_can_be() {
        let of = |usage: &str| {
            let body = format!(r#"{{"choices": [{{"message": {{"content": "A boat"}}}}], "usage": {usage}}}"#);
            match text(&body) {
                Ok(Ended::Whole(answer)) => answer.usage,
                other => panic!("{other:?}"),
            }
        };
        let both = r#"{"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15, "details": {"x": null}}"#;
        assert_eq!(of(both), Some(Usage { question_tokens: 12, answer_tokens: 3 }));
        for usage in
            ["null", "7", "{}", r#"{"prompt_tokens": 12}"#, r#"{"prompt_tokens": -1, "completion_tokens": 1e300}"#]
        {
            assert_eq!(of(usage), None, "{usage}");
        }
    }

    #[test]
    fn answers_are_read_in_the_forms_that_servers_have() {
        let plain = r#"{"model": "named", "choices": [{"message": {"role": "assistant", "content": " A boat. "}, "finish_reason": "stop"}]}"#;
        assert_eq!(text(plain), Ok(whole("A boat.", "named")));
        let parts = r#"{"choices": [{"message": {"content": [{"type": "text", "text": "A "}, {"type": "x"}, {"text": "boat"}]}}]}"#;
        assert_eq!(text(parts), Ok(whole("A boat", "asked")));
        let cut = r#"{"choices": [{"message": {"content": "A bo"}, "finish_reason": "length"}]}"#;
        assert_eq!(text(cut), Ok(Ended::AtLimit));
        for (said, left) in [
            ("<think>red?\\nno</think>\\n\\nA boat", "A boat"),
            ("red? no</think>A boat", "A boat"),
            ("A boat <think>", "A boat <think>"),
        ] {
            let body = format!(r#"{{"choices": [{{"message": {{"content": "{said}"}}}}]}}"#);
            assert_eq!(text(&body), Ok(whole(left, "asked")), "{said}");
        }
    }

    #[test]
    fn nonsense_is_named_for_what_it_is() {
        let cases = [
            ("<!doctype html><html></html>", AnswerFault::WebPage),
            ("", AnswerFault::NotJson),
            (r#"{"choices": [{"mess"#, AnswerFault::NotJson),
            ("[1, 2]", AnswerFault::NotJson),
            ("{}", AnswerFault::NoChoices),
            (r#"{"choices": []}"#, AnswerFault::NoChoices),
            (r#"{"choices": [{}]}"#, AnswerFault::NoText),
            (r#"{"choices": [{"message": {"content": null}}]}"#, AnswerFault::NoText),
            (
                r#"{"choices": [{"message": {"content": null, "refusal": "I may not."}}]}"#,
                AnswerFault::Says { said: "I may not.".to_owned() },
            ),
            (
                r#"{"choices": [{"message": {"content": "A bo"}, "finish_reason": "content_filter"}]}"#,
                AnswerFault::Filtered,
            ),
            (
                r#"{"error": {"message": "out of\nmemory\u001b"}}"#,
                AnswerFault::Says { said: "out of memory".to_owned() },
            ),
        ];
        for (body, fault) in cases {
            assert_eq!(text(body), Err(fault), "{body}");
        }
        assert_eq!(completion(&[b'"', 0xff, b'"'], "m"), Err(AnswerFault::NotText));
        let deep = "[".repeat(100_000);
        assert_eq!(text(&deep), Err(AnswerFault::NotJson), "no depth ends the program");
    }

    #[test]
    fn lists_of_models_and_failures_are_read() {
        assert_eq!(models(br#"{"data": [{"id": "a"}, {"id": " "}, {"id": "b"}]}"#), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(models(br#"{"models": []}"#), Err(AnswerFault::NoChoices));
        assert_eq!(failure(br#"{"error": {"message": "no model"}}"#), "no model");
        assert_eq!(failure(br#"{"error": "no model"}"#), "no model");
        assert_eq!(failure(br#"{"detail": "no model"}"#), "no model");
        assert_eq!(failure(b"<html>"), "");
        assert_eq!(failure(b" plain\x07 words"), "plain words");
    }
}
