//! The address of a server, as people write it: with or without `/v1`, with or without a slash at its end.

use std::fmt;

use hummingbird_base::Detail;
use url::Url;

use crate::error::{ChatError, ServerAddressFault, printable};

/// Longest address, in bytes.
const MOST_BYTES: usize = 2000;

/// The address of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// Reads an address. Where no scheme is written and the rest is a host, it is `http`, as for servers on this machine.
    ///
    /// # Errors
    /// [`ChatError::NoServer`] where it is empty, [`ChatError::Address`] where it is no address.
    pub fn parse(text: &str) -> Result<Self, ChatError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ChatError::NoServer);
        }
        // Never repeated: a password may be in it.
        let shown = || if text.contains('@') { "…".to_owned() } else { printable(text) };
        let wrong = |detail: Detail| ChatError::Address { text: shown(), detail };
        if text.len() > MOST_BYTES {
            return Err(wrong(ServerAddressFault::Length.into()));
        }
        let with_scheme = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let mut url = Url::parse(&with_scheme).map_err(|error| wrong(error.to_string().into()))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(wrong(ServerAddressFault::Scheme.into()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(ServerAddressFault::Login.into()));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(ServerAddressFault::Query.into()));
        }
        let mut path = url.path().trim_end_matches('/').to_owned();
        // Whoever copied the whole address of the service meant its root.
        for tail in ["/chat/completions", "/models"] {
            path = path.strip_suffix(tail).unwrap_or(&path).to_owned();
        }
        if !path.ends_with("/v1") {
            path.push_str("/v1");
        }
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address of chat completions.
    pub(crate) fn completions(&self) -> Url {
        self.below("chat/completions")
    }

    /// The address of the list of models.
    pub(crate) fn models(&self) -> Url {
        self.below("models")
    }

    fn below(&self, name: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}/{name}", self.0.path()));
        url
    }

    /// Whether the server is this machine.
    pub fn is_here(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            None => false,
        }
    }
}

impl fmt::Display for Address {
    /// Without `/v1`: what people call the server.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches("/v1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let cases = [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1/chat/completions"),
            (" http://127.0.0.1:8080/ ", "http://127.0.0.1:8080/v1/chat/completions"),
            ("https://a.example/v1", "https://a.example/v1/chat/completions"),
            ("https://a.example/v1/", "https://a.example/v1/chat/completions"),
            ("https://a.example/v1/chat/completions", "https://a.example/v1/chat/completions"),
            ("https://a.example/v1/models", "https://a.example/v1/chat/completions"),
            ("https://a.example/api/x", "https://a.example/api/x/v1/chat/completions"),
            ("localhost:11434", "http://localhost:11434/v1/chat/completions"),
            ("[::1]:80", "http://[::1]/v1/chat/completions"),
        ];
        for (text, expected) in cases {
            let address = Address::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(address.completions().as_str(), expected, "{text:?}");
        }
        let address = Address::parse("http://localhost:1/v1").expect("an address");
        assert_eq!((address.to_string().as_str(), address.is_here()), ("http://localhost:1", true));
        assert_eq!(address.models().as_str(), "http://localhost:1/v1/models");
        assert!(!Address::parse("https://a.example").expect("an address").is_here());
    }

    #[test]
    fn what_is_no_address_is_refused_and_passwords_are_not_repeated() {
        assert_eq!(Address::parse(" "), Err(ChatError::NoServer));
        for text in
            ["ftp://a.example", "file:///etc", "http://", "https://a.example/?key=1", "http://a/#b", "http://a b"]
        {
            assert!(matches!(Address::parse(text), Err(ChatError::Address { .. })), "{text:?}");
        }
        let error = Address::parse("https://me:hunter2@a.example").expect_err("it has a login");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        assert!(Address::parse(&format!("http://{}", "a/".repeat(MOST_BYTES))).is_err());
    }
}
