//! What is asked: turns of a conversation with text and pictures, and how the answer is drawn.

use serde_json::{Value, json};

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the model is to do.
    System,
    /// What is asked.
    User,
    /// What the model said before.
    Assistant,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its media type, such as `image/png`.
    pub kind: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// A part of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words.
    Text(String),
    /// A picture; only some models see it.
    Picture(Picture),
}

/// What one side says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who.
    pub role: Role,
    /// What, in order.
    pub parts: Vec<Part>,
}

impl Turn {
    /// A turn of words alone.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text(text.into())] }
    }

    fn to_json(&self) -> Value {
        // Plain text as plain text: many servers know no parts.
        let content = match self.parts.as_slice() {
            [Part::Text(text)] => json!(text),
            parts => parts.iter().map(Part::to_json).collect(),
        };
        json!({ "role": self.role.name(), "content": content })
    }
}

impl Part {
    fn to_json(&self) -> Value {
        match self {
            Self::Text(text) => json!({ "type": "text", "text": text }),
            Self::Picture(Picture { kind, bytes }) => {
                let url = format!("data:{kind};base64,{}", base64(bytes));
                json!({ "type": "image_url", "image_url": { "url": url } })
            }
        }
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    /// The conversation so far, oldest first.
    pub turns: Vec<Turn>,
    /// How freely words are chosen, from 0.
    pub temperature: f32,
    /// Most tokens of the answer.
    pub most_tokens: u32,
}

impl ChatRequest {
    /// The body for a server, to be answered by `model`. One question has one body, byte for byte.
    pub fn to_json(&self, model: &str) -> Value {
        // The shortest digits: 0.7 stays 0.7.
        let temperature: f64 = self.temperature.to_string().parse().unwrap_or_default();
        json!({
            "model": model,
            "messages": self.turns.iter().map(Turn::to_json).collect::<Value>(),
            "temperature": temperature,
            "max_tokens": self.most_tokens,
            "stream": false,
        })
    }
}

/// Bytes as text, by RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4_usize {
            let sign = SIGNS[(bits >> (18 - 6 * at)) as usize & 63];
            text.push(if at <= group.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE=")];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected, "{text:?}");
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn a_question_has_the_form_of_the_protocol() {
        let picture = Part::Picture(Picture { kind: "image/png", bytes: b"foo".to_vec() });
        let request = ChatRequest {
            turns: vec![
                Turn::text(Role::System, "Be short."),
                Turn { role: Role::User, parts: vec![Part::Text("What is it?".to_owned()), picture] },
            ],
            temperature: 0.7,
            most_tokens: 99,
        };
        let expected = json!({
            "model": "m", "temperature": 0.7, "max_tokens": 99, "stream": false,
            "messages": [
                { "role": "system", "content": "Be short." },
                { "role": "user", "content": [
                    { "type": "text", "text": "What is it?" },
                    { "type": "image_url", "image_url": { "url": "data:image/png;base64,Zm9v" } },
                ] },
            ],
        });
        assert_eq!(request.to_json("m"), expected);
    }
}
