//! Asks a server, and asks again where another attempt can go better.

use std::thread;
use std::time::{Duration, Instant};

use hummingbird_base::{CancelToken, Cancelled, Detail};
use url::Url;

use crate::address::Address;
use crate::answer::{self, ChatAnswer, Ended};
use crate::error::{AnswerFault, ChatError};
use crate::exchange::{LOOK, Received, Sent, Trouble, exchange};
use crate::request::ChatRequest;
use crate::settings::{ApiKey, ServerSettings};

/// Names of models in an error; a server may have hundreds.
const MOST_NAMES: usize = 8;

/// How long a server may take, and how often it is asked.
#[derive(Clone, Debug)]
pub struct ChatOptions {
    /// Most time until a connection stands.
    pub connect_timeout: Duration,
    /// Most time from a request to the end of its answer, for each attempt.
    pub answer_timeout: Duration,
    /// Attempts after the first.
    pub retries: u32,
    /// Wait before the first of them; each later one waits twice as long, less a random part.
    pub first_wait: Duration,
    /// Longest wait before an attempt, whatever the server asks for.
    pub longest_wait: Duration,
    /// Most bytes of an answer.
    pub most_bytes: usize,
    /// Whether the proxy of the environment is passed by; it always is on the way to this machine.
    pub without_proxy: bool,
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            // Models on a processor think for minutes.
            answer_timeout: Duration::from_secs(180),
            retries: 3,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            most_bytes: 4 << 20,
            without_proxy: false,
        }
    }
}

/// A server that can be asked.
#[derive(Clone, Debug)]
pub struct ChatClient {
    address: Address,
    model: String,
    key: Option<ApiKey>,
    options: ChatOptions,
}

impl ChatClient {
    /// A client of the server that the settings name; its key is looked up now, in the environment or its file.
    ///
    /// # Errors
    /// [`ChatError::NoServer`], [`ChatError::Address`] and [`ChatError::Key`].
    pub fn new(settings: &ServerSettings, mut options: ChatOptions) -> Result<Self, ChatError> {
        let address = Address::parse(&settings.address)?;
        let key = settings.key.key(|name| std::env::var(name).ok())?;
        options.without_proxy |= address.is_here();
        Ok(Self { address, model: settings.model.trim().to_owned(), key, options })
    }

    /// The server, as people call it.
    pub fn server(&self) -> String {
        self.address.to_string()
    }

    /// Asks, and waits for the answer. A cancel ends the wait at once.
    ///
    /// # Errors
    /// [`ChatError`]: what kept the answer away, after the last attempt.
    pub fn ask(&self, request: &ChatRequest, cancel: &CancelToken) -> Result<ChatAnswer, ChatError> {
        let model = self.model(cancel)?;
        let body = request.to_json(&model).to_string().into_bytes();
        let received = self.exchange(&self.address.completions(), Some(&body), cancel)?;
        if (200..300).contains(&received.status) {
            return match answer::completion(&received.body, &model) {
                Ok(Ended::Whole(answer)) => Ok(answer),
                Ok(Ended::AtLimit) => Err(ChatError::CutOff { most_tokens: request.most_tokens }),
                Err(detail) => Err(self.nonsense(detail)),
            };
        }
        let said = self.without_key(answer::failure(&received.body));
        if is_about_model(received.status, &said) {
            // What there is helps more than what there is not.
            let known = self.models(cancel).unwrap_or_default();
            let known = if known.is_empty() { "…".to_owned() } else { known_names(&known) };
            return Err(ChatError::NoModel { server: self.server(), model, known });
        }
        Err(ChatError::Status { server: self.server(), status: received.status, detail: said })
    }

    /// The models that the server lists.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn models(&self, cancel: &CancelToken) -> Result<Vec<String>, ChatError> {
        let received = self.exchange(&self.address.models(), None, cancel)?;
        if (200..300).contains(&received.status) {
            return answer::models(&received.body).map_err(|detail| self.nonsense(detail));
        }
        let detail = self.without_key(answer::failure(&received.body));
        Err(ChatError::Status { server: self.server(), status: received.status, detail })
    }

    /// The model that is asked: the one that was named, else the first of the server's.
    ///
    /// # Errors
    /// As [`Self::ask`], and [`ChatError::NoModels`].
    pub fn model(&self, cancel: &CancelToken) -> Result<String, ChatError> {
        if !self.model.is_empty() {
            return Ok(self.model.clone());
        }
        self.models(cancel)?.into_iter().next().ok_or_else(|| ChatError::NoModels { server: self.server() })
    }

    /// One exchange with its attempts. An answer with a status that stays a failure is given back.
    fn exchange(&self, url: &Url, body: Option<&[u8]>, cancel: &CancelToken) -> Result<Received, ChatError> {
        let ChatOptions { retries, answer_timeout, longest_wait, .. } = self.options;
        let mut attempt = 0;
        loop {
            let sent = Sent { url: url.clone(), key: self.key.clone(), body: body.map(<[u8]>::to_vec) };
            let is_last = attempt >= retries;
            let wait = match exchange(&self.options, sent, Instant::now() + answer_timeout, cancel) {
                Ok(received) => match received.status {
                    401 | 403 => {
                        return Err(ChatError::Refused { server: self.server(), status: received.status });
                    }
                    429 => {
                        let wait = received.retry_after.unwrap_or_else(|| self.wait(attempt));
                        // Sooner than the server allows would only be refused again.
                        if is_last || wait > longest_wait {
                            return Err(ChatError::Busy { server: self.server(), wait_secs: wait.as_secs_f32() });
                        }
                        wait
                    }
                    500..=599 if !is_last => match received.retry_after {
                        Some(wait) if wait > longest_wait => return Ok(received),
                        wait => wait.unwrap_or_else(|| self.wait(attempt)),
                    },
                    _ => {
                        if let Some(coding) = received.coding {
                            return Err(self.nonsense(AnswerFault::Coded { coding }));
                        }
                        return Ok(received);
                    }
                },
                Err(Trouble::Cancelled(cancelled)) => return Err(cancelled.into()),
                // Whoever was too slow once has the same to do again.
                Err(Trouble::Late) => {
                    return Err(ChatError::TooSlow { server: self.server(), limit_secs: answer_timeout.as_secs_f32() });
                }
                Err(Trouble::TooLarge) => {
                    let most_bytes = self.options.most_bytes as u64;
                    return Err(ChatError::TooLarge { server: self.server(), most_bytes });
                }
                Err(Trouble::Broken { detail, is_passing }) => {
                    if is_last || !is_passing {
                        return Err(self.unreachable(detail));
                    }
                    self.wait(attempt)
                }
            };
            rest(wait, cancel)?;
            attempt += 1;
        }
    }

    fn unreachable(&self, detail: Detail) -> ChatError {
        ChatError::Unreachable { server: self.server(), detail }
    }

    fn nonsense(&self, detail: AnswerFault) -> ChatError {
        let detail = match detail {
            AnswerFault::Says { said } => AnswerFault::Says { said: self.without_key(said) },
            other => other,
        };
        ChatError::Nonsense { server: self.server(), detail }
    }

    /// Words of the server: some repeat the key that they refuse.
    fn without_key(&self, said: String) -> String {
        match &self.key {
            Some(key) => said.replace(key.reveal(), "…"),
            None => said,
        }
    }

    /// The wait after an attempt, from half of what it is to all of it, so that many who failed together do not come back so.
    fn wait(&self, attempt: u32) -> Duration {
        let whole = self.options.first_wait.saturating_mul(1 << attempt.min(16)).min(self.options.longest_wait);
        whole.mul_f64(0.5 + 0.5 * fastrand::f64())
    }
}

/// Waits, unless it is cancelled.
fn rest(wait: Duration, cancel: &CancelToken) -> Result<(), Cancelled> {
    let end = Instant::now() + wait;
    loop {
        cancel.check()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        thread::sleep(left.min(LOOK));
    }
}

/// Whether a failure is about the name of the model.
fn is_about_model(status: u16, said: &str) -> bool {
    let said = said.to_lowercase();
    let is_missing = ["not found", "not exist", "unknown", "no model", "invalid model", "not loaded"];
    matches!(status, 400 | 404 | 422) && said.contains("model") && is_missing.iter().any(|it| said.contains(it))
}

/// Names for a sentence.
fn known_names(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(String::as_str).collect();
    let more = if names.len() > MOST_NAMES { ", …" } else { "" };
    crate::error::printable(&format!("{}{more}", shown.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_differ() {
        let settings = ServerSettings { address: "http://127.0.0.1:1".to_owned(), ..ServerSettings::default() };
        let client = ChatClient::new(&settings, ChatOptions::default()).expect("an address");
        for (attempt, whole_ms) in [(0, 500), (1, 1000), (3, 4000), (20, 30_000)] {
            for _ in 0..20 {
                let wait = client.wait(attempt);
                let whole = Duration::from_millis(whole_ms);
                assert!(wait >= whole / 2 && wait <= whole, "{attempt}: {wait:?}");
            }
        }
        let waits: std::collections::HashSet<Duration> = (0..20).map(|_| client.wait(0)).collect();
        assert!(waits.len() > 1, "all wait alike");
    }

    #[test]
    fn failures_about_the_model_are_told_from_others() {
        for (status, said) in [
            (404, "model 'x' not found, try pulling it first"),
            (404, "The model `x` does not exist or you do not have access to it"),
            (400, "x is not a valid: unknown model"),
        ] {
            assert!(is_about_model(status, said), "{said}");
        }
        for (status, said) in [(404, "page not found"), (500, "model not found"), (400, "the model has no room")] {
            assert!(!is_about_model(status, said), "{said}");
        }
    }
}
