//! Addresses of objects.

use std::fmt;

use super::error::{AddressFault, ObjectError};

/// Longest name of a bucket in bytes (S3 takes 63; other stores more).
const MOST_BUCKET_BYTES: usize = 255;
/// Longest key in bytes, as S3 has it.
const MOST_KEY_BYTES: usize = 1024;

/// Where an object is: `s3://bucket/key`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectAddress {
    bucket: String,
    key: String,
}

impl ObjectAddress {
    /// Whether a text is meant as the address of an object.
    pub fn is_meant(text: &str) -> bool {
        text.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("s3://"))
    }

    /// Reads `s3://bucket/key`. The key may be empty for what is meant as a folder.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, ObjectError> {
        let fault = |detail| ObjectError::Address { text: text.to_owned(), detail };
        if !Self::is_meant(text) {
            return Err(fault(AddressFault::Scheme));
        }
        let (bucket, key) = text[5..].split_once('/').unwrap_or((&text[5..], ""));
        let is_letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-' | b'_');
        if bucket.is_empty() || bucket.len() > MOST_BUCKET_BYTES || !bucket.bytes().all(is_letter) {
            return Err(fault(AddressFault::Bucket));
        }
        // What lies in `..` is another place for every program between here and the store.
        if key.len() > MOST_KEY_BYTES
            || key.chars().any(char::is_control)
            || key.split('/').any(|part| matches!(part, "." | ".."))
        {
            return Err(fault(AddressFault::Key));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The key within the bucket.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The last part of the key.
    pub fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// What lies in this one as in a folder.
    ///
    /// # Errors
    /// Where the name makes no key.
    pub fn join(&self, name: &str) -> Result<Self, ObjectError> {
        let front = self.key.trim_end_matches('/');
        let key = if front.is_empty() { name.to_owned() } else { format!("{front}/{name}") };
        Self::parse(&format!("s3://{}/{key}", self.bucket))
    }

    /// The folder in which it lies.
    #[must_use]
    pub fn folder(&self) -> Self {
        let key = self.key.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self { bucket: self.bucket.clone(), key: key.to_owned() }
    }
}

impl fmt::Display for ObjectAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_alike() {
        for text in ["s3://b/k", "s3://my-bucket.x/a b/ä/c.mp4", "s3://b/"] {
            assert_eq!(ObjectAddress::parse(text).expect(text).to_string(), text);
        }
        let address = ObjectAddress::parse("S3://b/a/c.mp4").expect("an address");
        assert_eq!((address.bucket(), address.key(), address.name()), ("b", "a/c.mp4", "c.mp4"));
        assert_eq!(address.folder().join("d.txt").expect("a key").to_string(), "s3://b/a/d.txt");
        assert_eq!(ObjectAddress::parse("s3://b").expect("a bucket").join("x").expect("a key").key(), "x");
    }

    #[test]
    fn what_is_no_address_says_why() {
        let long = format!("s3://b/{}", "k".repeat(MOST_KEY_BYTES + 1));
        for (text, fault) in [
            ("http://b/k", AddressFault::Scheme),
            ("s3:", AddressFault::Scheme),
            ("s3:///k", AddressFault::Bucket),
            ("s3://a?b/k", AddressFault::Bucket),
            ("s3://user@b/k", AddressFault::Bucket),
            ("s3://b/../other/k", AddressFault::Key),
            ("s3://b/a\nb", AddressFault::Key),
            (&long, AddressFault::Key),
        ] {
            let Err(ObjectError::Address { detail, .. }) = ObjectAddress::parse(text) else { panic!("{text}") };
            assert_eq!(detail, fault, "{text}");
        }
    }
}
