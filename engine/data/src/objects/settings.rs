//! Where a store is and who asks, from the variables that other programs read too.

use std::env::VarError;
use std::fmt;

use rusty_s3::{Bucket, Credentials, UrlStyle};
use url::Url;

use super::error::{ObjectError, StoreSettingsFault};

/// The region where none is named, as other programs have it.
const DEFAULT_REGION: &str = "us-east-1";

/// Where a store is and who asks.
#[derive(Clone)]
pub struct StoreSettings {
    /// The server; `None` is Amazon's of the region.
    pub endpoint: Option<Url>,
    /// The region.
    pub region: String,
    /// Who asks; `None` asks without a signature, as public buckets allow.
    pub credentials: Option<Credentials>,
}

impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, region, credentials } = self;
        let endpoint = endpoint.as_ref().map(Url::as_str);
        write!(f, "StoreSettings({endpoint:?}, {region}, signed: {})", credentials.is_some())
    }
}

impl StoreSettings {
    /// Reads `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, `AWS_REGION` or `AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`,
    /// `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    /// Variables that cannot be meant so.
    pub fn from_env() -> Result<Self, ObjectError> {
        Self::from(|name| std::env::var(name))
    }

    /// The same from other variables.
    pub(super) fn from(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Self, ObjectError> {
        let fault = |detail| ObjectError::Settings { detail };
        let read = |name: &str| match variable(name) {
            Ok(value) => Ok(Some(value.trim().to_owned()).filter(|value| !value.is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(fault(StoreSettingsFault::NotText { variable: name.to_owned() })),
        };
        let first = |names: [&'static str; 2]| {
            for name in names {
                if let Some(value) = read(name)? {
                    return Ok(Some((name, value)));
                }
            }
            Ok::<_, ObjectError>(None)
        };
        let endpoint = match first(["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])? {
            Some((name, text)) => {
                let url = Url::parse(&text).ok().filter(|url| {
                    matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
                });
                let variable = name.to_owned();
                Some(url.ok_or_else(|| fault(StoreSettingsFault::Endpoint { variable }))?)
            }
            None => None,
        };
        let region =
            first(["AWS_REGION", "AWS_DEFAULT_REGION"])?.map_or(DEFAULT_REGION.to_owned(), |(_, region)| region);
        let [id, secret] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        let half = |set: &str, missing: &str| {
            fault(StoreSettingsFault::HalfKey { set: set.to_owned(), missing: missing.to_owned() })
        };
        let credentials = match (read(id)?, read(secret)?) {
            (None, None) => None,
            (Some(_), None) => return Err(half(id, secret)),
            (None, Some(_)) => return Err(half(secret, id)),
            (Some(key), Some(secret)) => Some(match read("AWS_SESSION_TOKEN")? {
                Some(token) => Credentials::new_with_token(key, secret, token),
                None => Credentials::new(key, secret),
            }),
        };
        Ok(Self { endpoint, region, credentials })
    }

    /// A bucket at this server: as a part of the path where a server was named, as most of those want it, else of the host.
    pub(super) fn bucket(&self, name: &str) -> Result<Bucket, ObjectError> {
        let fault = || ObjectError::Settings { detail: StoreSettingsFault::Bucket { bucket: name.to_owned() } };
        let (endpoint, style) = match &self.endpoint {
            Some(endpoint) => (endpoint.clone(), UrlStyle::Path),
            None => {
                let host = format!("https://s3.{}.amazonaws.com", self.region);
                // No certificate is for names with more dots.
                let style = if name.contains('.') { UrlStyle::Path } else { UrlStyle::VirtualHost };
                (Url::parse(&host).map_err(|_| fault())?, style)
            }
        };
        Bucket::new(endpoint, style, name.to_owned(), self.region.clone()).map_err(|_| fault())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Result<StoreSettings, ObjectError> {
        let set: Vec<(String, String)> = set.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        StoreSettings::from(move |name| {
            set.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()).ok_or(VarError::NotPresent)
        })
    }

    #[test]
    fn the_usual_variables_are_read() {
        let amazon = of(&[("AWS_DEFAULT_REGION", "eu-west-1")]).expect("nothing is needed");
        assert!(amazon.credentials.is_none());
        let url = |settings: &StoreSettings, bucket: &str| {
            settings.bucket(bucket).expect("a bucket").object_url("a b").to_string()
        };
        assert_eq!(url(&amazon, "clips"), "https://clips.s3.eu-west-1.amazonaws.com/a%20b");
        assert_eq!(url(&amazon, "my.clips"), "https://s3.eu-west-1.amazonaws.com/my.clips/a%20b");
        let own = of(&[
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
        ]);
        let own = own.expect("all is there");
        assert_eq!(url(&own, "clips"), "http://127.0.0.1:9000/clips/a%20b");
        assert!(!format!("{own:?}").contains("hidden"));
    }

    #[test]
    fn half_of_a_key_and_a_wrong_server_are_told() {
        for (set, word) in [
            (vec![("AWS_ACCESS_KEY_ID", "id")], "AWS_SECRET_ACCESS_KEY"),
            (vec![("AWS_SECRET_ACCESS_KEY", "x")], "AWS_ACCESS_KEY_ID"),
            (vec![("AWS_ENDPOINT_URL", "minio:9000")], "AWS_ENDPOINT_URL"),
            (vec![("AWS_ENDPOINT_URL_S3", "ftp://minio")], "AWS_ENDPOINT_URL_S3"),
        ] {
            let error = of(&set).expect_err(word).to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
