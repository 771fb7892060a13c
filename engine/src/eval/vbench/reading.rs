//! Clips are read ahead of those who judge them, on a thread of their own.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::Sender;
use hummingbird_data::clip::{ClipShape, ClipSource};
use hummingbird_video::Picture;

use super::clips::content_hash;
use super::error::ClipTrouble;
use super::kept::{Answers, KeptClips};
use super::looks::Ask;

/// What the reading thread says.
pub(super) enum Read {
    /// A clip comes, with its hash, what is known of it, and what is still to be asked.
    Clip {
        index: usize,
        hash: String,
        answers: Answers,
        open: Vec<Ask>,
        facts: Option<ClipShape>,
    },
    Frame(Arc<Picture>),
    /// After the last frame, or instead of it.
    End(Result<(), ClipTrouble>),
}

/// Nobody listens.
pub(super) struct Gone;

/// Reads a clip for the one who judges it.
pub(super) fn read_clip(
    index: usize,
    path: &Path,
    asks: &[(String, &Ask)],
    kept: &KeptClips,
    sender: &Sender<Read>,
) -> Result<(), Gone> {
    let tell = |read| sender.send(read).map_err(|_| Gone);
    let all = || asks.iter().map(|(_, ask)| (*ask).clone()).collect();
    let begin = |hash, answers, open, facts| Read::Clip { index, hash, answers, open, facts };
    let hash = match content_hash(path) {
        Ok(hash) => hash,
        Err(error) => {
            tell(begin(String::new(), Answers::new(), all(), None))?;
            return tell(Read::End(Err(error.into())));
        }
    };
    let answers = kept.read(&hash);
    let open: Vec<Ask> =
        asks.iter().filter(|(key, _)| !answers.contains_key(key)).map(|(_, ask)| (*ask).clone()).collect();
    if open.is_empty() {
        tell(begin(hash, answers, open, None))?;
        return tell(Read::End(Ok(())));
    }
    let clip = match ClipSource::open(path) {
        Ok(clip) => clip,
        Err(trouble) => {
            tell(begin(hash, answers, open, None))?;
            return tell(Read::End(Err(trouble.into())));
        }
    };
    tell(begin(hash, answers, open, Some(clip.shape().clone())))?;
    let frames = match clip.frames() {
        Ok(frames) => frames,
        Err(trouble) => return tell(Read::End(Err(trouble.into()))),
    };
    for frame in frames {
        match frame {
            Ok(picture) => tell(Read::Frame(Arc::new(picture)))?,
            Err(trouble) => return tell(Read::End(Err(trouble.into()))),
        }
    }
    tell(Read::End(Ok(())))
}
