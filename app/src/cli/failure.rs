//! Which exit code an error gives.

use hummingbird_engine::job::Cancelled;

use super::print;
use super::question::Unanswered;
use crate::sentences::{code_of, error_in_words};

/// An error of several lines, whose line breaks are our own; what it repeats of other texts is escaped by [`print::value`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Lines(pub String);

/// Something failed.
const FAILED: u8 = 1;
/// The command line itself is wrong; clap uses the same code.
const USAGE: u8 = 2;
/// The user stopped the command: 128 + SIGINT, as shells give it.
const CANCELLED: u8 = 130;

/// The code for an error of [`super::run`]: 1 failed, 2 the options are wrong, 130 stopped by the user.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if code_of(cause).is_some_and(|code| ["job.cancelled", "export.cancelled"].contains(&code)) {
            return CANCELLED;
        }
        // An option's own parts, which no message has.
        if cause.is::<Unanswered>() || code_of(cause).is_some_and(is_usage) {
            return USAGE;
        }
    }
    FAILED
}

/// Kinds of messages that say that something was asked for that cannot be, rather than that something failed.
const USAGE_KINDS: [&str; 2] = ["recipe", "request"];
/// Messages of other kinds that say so.
const USAGE_CODES: [&str; 27] = [
    "caption.frames",
    "caption.parallel",
    "caption.side",
    "chat.address",
    "chat.key",
    "chat.no-server",
    "cut.options",
    "enhance.empty-prompt",
    "enhance.long-prompt",
    "eval.prompts",
    "export.fps",
    "export.is-folder",
    "export.name-foreign",
    "export.name-too-long",
    "export.unknown-ending",
    "object.address",
    "release.address",
    "store.endpoint",
    "store.licence-not-accepted",
    "store.unknown-model",
    "store.unsafe-name",
    "styles.unknown",
    "vbench.no-detections",
    "vbench.no-model",
    "vbench.not-custom",
    "work.no-shard",
    "work.shards",
];

fn is_usage(code: &str) -> bool {
    code.split_once('.').is_some_and(|(kind, _)| USAGE_KINDS.contains(&kind)) || USAGE_CODES.contains(&code)
}

/// What is shown of an error: all its causes, except those whose words an outer message repeats already. What they repeat of files
/// is escaped, line breaks too: a name cannot look like a second message.
pub fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let words = error_in_words(cause);
        let words = if cause.is::<Lines>() { print::lines(&words) } else { print::value(&words) };
        if text.contains(&*words) || (cause.is::<Cancelled>() && !text.is_empty()) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&words);
    }
    if exit_code(error) == CANCELLED { text } else { format!("error: {text}") }
}

#[cfg(test)]
mod tests {
    use hummingbird_engine::chat::ChatError;
    use hummingbird_engine::data::caption::CaptionError;
    use hummingbird_engine::data::cut::CutError;
    use hummingbird_engine::data::motion::MotionColumnsError;
    use hummingbird_engine::data::objects::ObjectError;
    use hummingbird_engine::data::scan::ScanError;
    use hummingbird_engine::data::work::WorkError;
    use hummingbird_engine::error::{EngineError, FileError, StoreError};
    use hummingbird_engine::eval::EvalError;
    use hummingbird_engine::eval::vbench::VbenchError;
    use hummingbird_engine::jobs::enhance::EnhanceError;
    use hummingbird_engine::jobs::styles::StylesError;
    use hummingbird_engine::pipeline::video_out::ExportError;
    use hummingbird_engine::request::RequestError;
    use hummingbird_engine::store::NameFault;

    use super::*;

    #[test]
    fn no_cause_is_said_twice_and_none_is_left_out() {
        let io = || std::io::Error::other("the disk is on fire");
        let detail = "name \"\x1b[2J\nerror: all is lost\"".to_owned();
        let open = FileError::Open { path: "m".into(), source: io() };
        let cases = [
            (open.into(), "error: cannot open the model file \"m\": the disk is on fire"),
            (
                anyhow::Error::from(io()).context("cannot read the plan"),
                "error: cannot read the plan: the disk is on fire",
            ),
            (EngineError::from(Cancelled).into(), "cancelled"),
            (
                FileError::Damaged { path: "m\x07".into(), detail: detail.into() }.into(),
                r#"error: the model file "m\u{7}" is damaged (name "\u{1b}[2J\nerror: all is lost"): get it again"#,
            ),
            (Lines("one\ntwo\x1b".into()).into(), "error: one\ntwo\\u{1b}"),
            (
                anyhow::Error::from(Cancelled).context("stopped; a checkpoint is there"),
                "stopped; a checkpoint is there",
            ),
        ];
        for (error, text) in cases {
            assert_eq!(message(&error), text);
        }
    }

    #[test]
    fn messages_about_usage_are_there() {
        let codes: Vec<&str> = include_str!("../sentences/codes.txt")
            .lines()
            .map(|line| line.split_once(':').map_or(line, |(code, _)| code))
            .collect();
        for code in USAGE_CODES {
            assert!(codes.contains(&code), "{code}");
        }
        for kind in USAGE_KINDS {
            assert!(codes.iter().any(|code| code.split_once('.').is_some_and(|(of, _)| of == kind)), "{kind}");
        }
    }

    #[test]
    fn codes_follow_the_cause_and_not_the_words_around_it() {
        let cases = [
            (anyhow::anyhow!("something broke"), FAILED),
            (EngineError::EngineStopped.into(), FAILED),
            (RequestError::EmptyPrompt.into(), USAGE),
            (EngineError::from(RequestError::EmptyPrompt).into(), USAGE),
            (anyhow::Error::from(RequestError::EmptyPrompt).context("while reading"), USAGE),
            (EvalError::Prompts { prompts: 0, most: 7 }.into(), USAGE),
            (ExportError::UnknownEnding { path: "clip.avi".into() }.into(), USAGE),
            (ExportError::NoFrames.into(), FAILED),
            (hummingbird_engine::NoFolders.into(), FAILED),
            (StoreError::UnknownModel { id: "x".into(), known: "y".into() }.into(), USAGE),
            (
                EngineError::from(StoreError::UnsafeName { name: "..".into(), detail: NameFault::PathCharacter })
                    .into(),
                USAGE,
            ),
            (Unanswered { doing: "delete it".into(), flag: "--yes" }.into(), USAGE),
            (StoreError::from(Cancelled).into(), CANCELLED),
            (EngineError::from(StoreError::from(Cancelled)).into(), CANCELLED),
            (EnhanceError::EmptyPrompt.into(), USAGE),
            (EnhanceError::from(ChatError::NoServer).into(), USAGE),
            (EnhanceError::from(ChatError::NoModels { server: "s".into() }).into(), FAILED),
            (StylesError::Unknown { name: "x".into(), known: "y".into() }.into(), USAGE),
            (EnhanceError::from(ChatError::from(Cancelled)).into(), CANCELLED),
            (CaptionError::from(ChatError::NoServer).into(), USAGE),
            (CaptionError::from(ChatError::from(Cancelled)).into(), CANCELLED),
            (ExportError::Cancelled.into(), CANCELLED),
            (WorkError::Cancelled(Cancelled).into(), CANCELLED),
            (WorkError::from(ObjectError::Cancelled(Cancelled)).into(), CANCELLED),
            (WorkError::NoShard { shard: 9, last: 3 }.into(), USAGE),
            (WorkError::Busy { shard: 9, path: "out".into() }.into(), FAILED),
            (EngineError::from(Cancelled).into(), CANCELLED),
            (EvalError::from(Cancelled).into(), CANCELLED),
            (VbenchError::from(Cancelled).into(), CANCELLED),
            (VbenchError::NoDetections { dimension: "scene".into() }.into(), USAGE),
            (VbenchError::NoDimensions.into(), FAILED),
            (ScanError::from(Cancelled).into(), CANCELLED),
            (MotionColumnsError::from(Cancelled).into(), CANCELLED),
            (CutError::from(Cancelled).into(), CANCELLED),
            (CutError::Options { threshold: 0.0, min_frames: 15 }.into(), USAGE),
            (anyhow::Error::from(Cancelled).context("a checkpoint was written"), CANCELLED),
        ];
        for (error, code) in cases {
            assert_eq!(exit_code(&error), code, "{error:#}");
        }
    }
}
