//! Questions to the person at the terminal.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use super::print;

/// A question that nobody is there to answer.
#[derive(Debug)]
pub struct Unanswered {
    /// What the question was about, as a verb.
    pub doing: String,
    /// The option that answers it.
    pub flag: &'static str,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nobody can be asked whether to {}: say {}", self.doing, self.flag)
    }
}

impl std::error::Error for Unanswered {}

/// Whether someone can answer.
pub fn can_be_asked() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error; anything but a yes is a no.
///
/// # Errors
/// When the terminal cannot be read.
pub fn ask(question: &str) -> io::Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "{} [y/N] ", print::value(question))?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(is_yes(&answer))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        assert!(["y", "Y\n", " yes\r\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yy", "yes please", "j"].into_iter().any(is_yes));
    }
}
