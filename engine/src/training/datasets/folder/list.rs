//! A folder as whoever writes its captions sees it: clips without a caption are in the list too.

use hummingbird_video::{Clip, OpenOptions};

use super::{DatasetError, DatasetNote, FolderOptions, scan};

/// A clip or picture from which examples can be drawn once it has a caption.
#[derive(Clone, Debug)]
pub struct ListedClip {
    /// The clip.
    pub clip: Clip,
    /// What is written about it, in its text file or the table; without prefix and trigger word.
    pub caption: Option<String>,
}

/// What a folder holds.
#[derive(Debug)]
pub struct Listing {
    /// Clips and pictures, by name.
    pub clips: Vec<ListedClip>,
    /// What cannot be used, and why.
    pub notes: Vec<DatasetNote>,
}

/// Lists the clips of a folder, those without a caption too.
///
/// # Errors
/// A folder or table that cannot be read.
pub fn list(options: &FolderOptions) -> Result<Listing, DatasetError> {
    let mut notes = Vec::new();
    let open_options = OpenOptions { picture_fps: options.picture_fps, ..OpenOptions::default() };
    let (found, _) = scan::scan(&options.folder, open_options, &mut notes)?;
    let mut clips = Vec::with_capacity(found.len());
    for item in found {
        match options.why_unusable(&item.clip) {
            Some(note) => notes.push(note),
            None => clips.push(ListedClip { clip: item.clip, caption: item.caption }),
        }
    }
    Ok(Listing { clips, notes })
}
