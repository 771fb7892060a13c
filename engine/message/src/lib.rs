//! `#[derive(Message)]`: the code and the parameters of an error, a warning or a part of one, from its declaration.
//!
//! `#[message("file")]` on the type gives the first half of its codes, the name of the variant the second: `FileError::NumberFormat`
//! has the code `file.number-format`. Named fields are the parameters. A variant around another message has that one's code and
//! parameters. The traits are in `hummingbird_base::message`, which has to be in scope as `message`.
//!
//! The declarations are read without a parser of Rust: few forms of types are messages, and any other one does not compile.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// See the crate's own documentation.
#[proc_macro_derive(Message, attributes(message))]
pub fn derive_message(input: TokenStream) -> TokenStream {
    let written = match Declaration::read(input) {
        Ok(declaration) => declaration.implementations(),
        Err(what) => format!("::core::compile_error!({what:?});"),
    };
    written.parse().expect("what is written here is Rust")
}

/// A type that is a message.
struct Declaration {
    name: String,
    kinds: Vec<Kind>,
}

/// A struct, or one variant of an enum.
struct Kind {
    /// How it is written in patterns and expressions: `Self`, `Self::Open`.
    path: String,
    code: String,
    fields: Fields,
}

enum Fields {
    None,
    Named(Vec<Field>),
    /// Another message.
    Inner {
        of: String,
    },
}

struct Field {
    name: String,
    of: String,
}

impl Declaration {
    fn read(input: TokenStream) -> Result<Self, String> {
        let mut tokens = input.into_iter().peekable();
        let mut room = None;
        let mut keyword = None;
        for token in tokens.by_ref() {
            match &token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                    room = room.or(room_of(group));
                }
                TokenTree::Ident(ident) if ["enum", "struct"].contains(&&*ident.to_string()) => {
                    keyword = Some(ident.to_string());
                    break;
                }
                _ => {}
            }
        }
        let room = room.ok_or("a message says where it belongs: #[message(\"file\")]")?;
        let Some(TokenTree::Ident(name)) = tokens.next() else { return Err("a message has a name".into()) };
        let name = name.to_string();
        let body = match tokens.next() {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Some(group),
            Some(TokenTree::Punct(end)) if end.as_char() == ';' => None,
            _ => return Err("a message is an enum or a struct with named fields, without generics".into()),
        };
        let kinds = match (keyword.as_deref(), body) {
            (Some("enum"), Some(body)) => variants(&room, &body)?,
            (_, body) => {
                let fields = body.map_or(Ok(Fields::None), |body| named(&body))?;
                vec![Kind { path: "Self".into(), code: format!("{room}.{}", kebab(&name)), fields }]
            }
        };
        Ok(Self { name, kinds })
    }

    fn implementations(&self) -> String {
        let (mut code, mut parameters, mut samples) = (String::new(), String::new(), String::new());
        let mut codes = Vec::new();
        for Kind { path, code: own, fields } in &self.kinds {
            match fields {
                Fields::None => {
                    code += &format!("{path} => {own:?},");
                    parameters += &format!("{path} => ::std::vec::Vec::new(),");
                    samples += &format!("all.push({path});");
                }
                Fields::Named(fields) => {
                    code += &format!("{path} {{ .. }} => {own:?},");
                    let names: Vec<&str> = fields.iter().map(|field| &*field.name).collect();
                    let values = fields.iter().map(|Field { name, .. }| format!("message::named({name:?}, {name})"));
                    let values: Vec<String> = values.collect();
                    parameters += &format!("{path} {{ {} }} => ::std::vec![{}],", names.join(","), values.join(","));
                    let counts = fields.iter().map(|field| format!("message::count::<{}>()", field.of));
                    let counts: Vec<String> = counts.collect();
                    let made =
                        fields.iter().map(|Field { name, of }| format!("{name}: message::sample::<{of}>(index)"));
                    let made: Vec<String> = made.collect();
                    samples += &format!(
                        "for index in 0..[1, {}].into_iter().max().unwrap_or(1) {{ all.push({path} {{ {} }}); }}",
                        counts.join(","),
                        made.join(",")
                    );
                }
                Fields::Inner { of } => {
                    code += &format!("{path}(inner) => message::Message::code(inner),");
                    parameters += &format!("{path}(inner) => message::Message::parameters(inner),");
                    samples += &format!("all.extend(<{of} as message::Parameter>::samples().into_iter().map({path}));");
                    continue;
                }
            }
            codes.push(own);
        }
        let name = &self.name;
        format!(
            "#[automatically_derived] impl message::Message for {name} {{
                fn code(&self) -> &'static str {{ match self {{ {code} }} }}
                fn parameters(&self) -> ::std::vec::Vec<(&'static str, message::Value<'_>)> {{ match self {{ {parameters} }} }}
            }}
            #[automatically_derived] impl message::Kinds for {name} {{
                const CODES: &'static [&'static str] = &{codes:?};
            }}
            #[automatically_derived] impl message::Parameter for {name} {{
                fn value(&self) -> message::Value<'_> {{ message::Value::Message(self) }}
                fn samples() -> ::std::vec::Vec<Self> {{ let mut all = ::std::vec::Vec::new(); {samples} all }}
            }}"
        )
    }
}

/// What `[message("file")]` names.
fn room_of(attribute: &Group) -> Option<String> {
    let mut tokens = attribute.stream().into_iter();
    let is_ours = matches!(tokens.next(), Some(TokenTree::Ident(ident)) if ident.to_string() == "message");
    let Some(TokenTree::Group(inside)) = tokens.next().filter(|_| is_ours) else { return None };
    let Some(TokenTree::Literal(room)) = inside.stream().into_iter().next() else { return None };
    Some(room.to_string().trim_matches('"').to_owned())
}

fn variants(room: &str, body: &Group) -> Result<Vec<Kind>, String> {
    let mut kinds = Vec::new();
    for tokens in parts(body) {
        let Some(TokenTree::Ident(name)) = tokens.first() else { return Err("a variant has a name".into()) };
        let name = name.to_string();
        let fields = match tokens.get(1) {
            None => Fields::None,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => named(group)?,
            Some(TokenTree::Group(group)) => match parts(group).as_slice() {
                [of] => Fields::Inner { of: written(of) },
                _ => return Err(format!("{name}: parameters have names; without one there is another message")),
            },
            Some(other) => return Err(format!("{name}: {other} has no place in a message")),
        };
        kinds.push(Kind { path: format!("Self::{name}"), code: format!("{room}.{}", kebab(&name)), fields });
    }
    Ok(kinds)
}

fn named(body: &Group) -> Result<Fields, String> {
    let fields = parts(body).into_iter().map(|tokens| match tokens.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(_), of @ ..] => Ok(Field { name: name.to_string(), of: written(of) }),
        _ => Err("a parameter has a name and a type".to_owned()),
    });
    Ok(Fields::Named(fields.collect::<Result<_, _>>()?))
}

/// What stands between the commas, without attributes and `pub`. Commas inside of `<...>` separate nothing.
fn parts(group: &Group) -> Vec<Vec<TokenTree>> {
    let (mut all, mut part, mut depth) = (Vec::new(), Vec::new(), 0_u32);
    let mut tokens = group.stream().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Punct(punct) => match punct.as_char() {
                '#' if part.is_empty() => {
                    tokens.next();
                    continue;
                }
                ',' if depth == 0 => {
                    all.push(std::mem::take(&mut part));
                    continue;
                }
                '<' => depth += 1,
                '>' => depth = depth.saturating_sub(1),
                _ => {}
            },
            TokenTree::Ident(ident) if part.is_empty() && ident.to_string() == "pub" => continue,
            _ => {}
        }
        part.push(token);
    }
    all.push(part);
    all.retain(|part| !part.is_empty());
    all
}

fn written(tokens: &[TokenTree]) -> String {
    tokens.iter().cloned().collect::<TokenStream>().to_string()
}

/// `NumberFormat` as `number-format`.
fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !kebab.is_empty() {
            kebab.push('-');
        }
        kebab.extend(letter.to_lowercase());
    }
    kebab
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_written_in_small_letters() {
        let cases = [("Open", "open"), ("NumberFormat", "number-format"), ("NotAModel", "not-a-model")];
        for (name, code) in cases {
            assert_eq!(kebab(name), code);
        }
    }
}
