//! What a clip was made from, as it is stored in every export.
//!
//! One JSON object, tagged and versioned. In text fields that other programs show (MP4 comment) it is plain JSON; where
//! the field's character set is narrow (GIF comment) or the JSON stands inside XML it is the same JSON in pure ASCII.

use super::ClipFault;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::settings::value::{Value, Values};

/// Marks the JSON as ours among all other comments in the world.
const TAG: &str = "hummingbird-clip";
/// Raised when a field changes its meaning; new fields do not need it.
const VERSION: u32 = 1;
/// Namespace of our one XMP property.
const XMP_NAMESPACE: &str = "https://github.com/hummingbird-video/hummingbird/ns/1/";
/// The XMP property that holds the JSON.
const XMP_PROPERTY: &str = "hummingbird:provenance";

/// All that is needed to make a clip again.
///
/// Reading tolerates unknown and missing fields, so that files of older and newer versions can be opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// Version of the application, such as `0.1.0`.
    pub app_version: String,
    /// The clip's settings by their names, the decoder aside; a file of an older version lacks the newer ones.
    #[serde(flatten)]
    pub settings: Values,
    /// LoRAs: names of their files (not where they were) and strengths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loras: Vec<(String, f32)>,
    /// Name of the model.
    pub model_name: String,
    /// SHA-256 of the model file, lower-case hexadecimal.
    pub model_sha256: String,
    /// Which decoder made the pictures, "full" or "light"; empty in files from before there was a choice.
    pub decoder: String,
    /// Name of the tiny decoder, where one made them.
    #[serde(rename = "light_decoder_name", skip_serializing_if = "String::is_empty")]
    pub tiny_decoder_name: String,
    /// SHA-256 of its file.
    #[serde(rename = "light_decoder_sha256", skip_serializing_if = "String::is_empty")]
    pub tiny_decoder_sha256: String,
    /// Device that computed the clip.
    pub device: String,
}

/// The stored form; borrowed for writing, owned for reading.
#[derive(Serialize, Deserialize)]
struct Tagged<Body> {
    format: String,
    version: u32,
    #[serde(flatten)]
    body: Body,
}

impl Provenance {
    /// A setting that is a text or a choice; empty where there is none.
    pub fn text(&self, setting: &str) -> &str {
        if let Some(Value::Text(text)) = self.settings.get(setting) { text } else { "" }
    }

    /// A setting that is a whole number; 0 where there is none.
    pub fn whole(&self, setting: &str) -> u64 {
        if let Some(Value::Whole(number)) = self.settings.get(setting) { *number } else { 0 }
    }

    /// The tagged, versioned JSON object.
    pub fn to_json(&self) -> String {
        let tagged = Tagged { format: TAG.to_owned(), version: VERSION, body: self };
        serde_json::to_string(&tagged).expect("strings and numbers always serialise")
    }

    /// Reads what [`Provenance::to_json`] wrote; `Ok(None)` for a text that is something else.
    ///
    /// # Errors
    /// What is wrong with a text that carries our tag.
    pub fn from_json(text: &str) -> Result<Option<Self>, ClipFault> {
        // First the tag alone: a foreign comment is no error, whatever it looks like.
        #[derive(Deserialize)]
        struct TagOnly {
            format: String,
        }
        match serde_json::from_str::<TagOnly>(text) {
            Ok(found) if found.format == TAG => {}
            _ => return Ok(None),
        }
        let tagged: Tagged<Self> =
            serde_json::from_str(text).map_err(|error| ClipFault::Settings { detail: error.to_string() })?;
        Ok(Some(tagged.body))
    }

    /// The same JSON with `\u` escapes for everything outside of printable ASCII.
    pub(super) fn to_ascii_json(&self) -> String {
        let mut ascii = String::new();
        for character in self.to_json().chars() {
            if (' '..='~').contains(&character) {
                ascii.push(character);
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(ascii, "\\u{unit:04x}").expect("a string takes all writes");
                }
            }
        }
        ascii
    }

    /// Name and version of the application, for the formats' "made by" fields.
    pub(super) fn creator(&self) -> String {
        format!("Hummingbird {}", self.app_version).trim_end().to_owned()
    }

    /// An XMP packet (ISO 16684-1) with the prompt as description and the JSON as a property of our namespace.
    pub(super) fn to_xmp(&self) -> String {
        let (prompt, creator) = (xml_escape(self.text("prompt")), xml_escape(&self.creator()));
        let json = xml_escape(&self.to_ascii_json());
        format!(
            "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
             <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
             <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
             <rdf:Description rdf:about=\"\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\" xmlns:hummingbird=\"{XMP_NAMESPACE}\">\
             <dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{prompt}</rdf:li></rdf:Alt></dc:description>\
             <xmp:CreatorTool>{creator}</xmp:CreatorTool>\
             <{XMP_PROPERTY}>{json}</{XMP_PROPERTY}>\
             </rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
        )
    }

    /// Reads an XMP packet: the property as an element (as written) or as an attribute (as some tools rewrite it).
    ///
    /// # Errors
    /// As [`Provenance::from_json`].
    pub(super) fn from_xmp(packet: &str) -> Result<Option<Self>, ClipFault> {
        let element = between(packet, &format!("<{XMP_PROPERTY}>"), "<");
        let attribute = || {
            between(packet, &format!("{XMP_PROPERTY}=\""), "\"")
                .or_else(|| between(packet, &format!("{XMP_PROPERTY}='"), "'"))
        };
        element.or_else(attribute).map_or(Ok(None), |json| Self::from_json(&xml_unescape(json)))
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    let (found, _) = rest.split_once(end)?;
    Some(found)
}

/// Escapes markup and leaves out what XML 1.0 cannot hold at all (most control characters).
fn xml_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\t' | '\n' | '\r' => write!(escaped, "&#{};", u32::from(character)).expect("a string takes all writes"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text without the escapes of XML.
pub(super) fn xml_unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let decoded = after.split_once(';').and_then(|(name, tail)| Some((entity(name)?, tail)));
        match decoded {
            Some((character, tail)) => {
                plain.push(character);
                rest = tail;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prompts that break careless escaping.
    fn prompts() -> Vec<String> {
        let mut prompts: Vec<String> =
            ["", "a \"red\" <ball> & 'more' &amp; &#10; ]]>", "zwei\nZeilen\r\n\tund mehr\\n"]
                .map(String::from)
                .to_vec();
        prompts.push("\u{1f426} kolibri \u{1f1e9}\u{1f1ea} \u{65e5}\u{672c} \u{0}\u{1}\u{7f}\u{fffe}".into());
        prompts.push("a long story about a hummingbird, ".repeat(300));
        prompts
    }

    fn sample(prompt: &str) -> Provenance {
        let settings = [
            ("prompt", Value::Text(prompt.into())),
            ("seed", Value::Whole(u64::MAX)),
            ("guidance", Value::Decimal(7.3)),
            ("merge_tokens", Value::Flag(true)),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Provenance { settings, ..Provenance::default() }
    }

    #[test]
    fn every_form_keeps_every_prompt() {
        for prompt in prompts() {
            let provenance = sample(&prompt);
            let ascii = provenance.to_ascii_json();
            assert!(ascii.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{ascii}");
            let read = [
                Provenance::from_json(&provenance.to_json()),
                Provenance::from_json(&ascii),
                Provenance::from_xmp(&provenance.to_xmp()),
            ];
            for (form, read) in read.into_iter().enumerate() {
                assert_eq!(read, Ok(Some(provenance.clone())), "form {form} of {prompt:?}");
            }
        }
    }

    #[test]
    fn an_attribute_is_as_good_as_an_element() {
        let provenance = sample("a 'fish' in \"water\"");
        let json = xml_escape(&provenance.to_ascii_json());
        for quote in ['"', '\''] {
            let packet = format!("<rdf:Description {XMP_PROPERTY}={quote}{json}{quote}/>");
            assert_eq!(Provenance::from_xmp(&packet), Ok(Some(provenance.clone())));
        }
    }

    #[test]
    fn other_versions_and_other_texts() {
        let newer = r#"{"format":"hummingbird-clip","version":9,"prompt":"a boat","mood":{"calm":[1,2]},"seed":5}"#;
        let read = Provenance::from_json(newer).expect("unknown fields are fine").expect("ours");
        assert_eq!((read.text("prompt"), read.whole("seed"), read.settings.get("steps")), ("a boat", 5, None));
        for foreign in ["", "made with love", "{}", "[1]", r#"{"format":"other"}"#, r#"{"format":7}"#, "{\"format\":"] {
            assert_eq!(Provenance::from_json(foreign), Ok(None), "{foreign}");
        }
        let damaged = r#"{"format":"hummingbird-clip","version":1,"loras":"many"}"#;
        assert!(Provenance::from_json(damaged).is_err());
    }
}
