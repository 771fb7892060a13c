//! Small moving pictures of the clips in sight on the data page, made on a thread of their own. Only the newest list counts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Sender, unbounded};
use hummingbird_engine::data::clip::{ClipError, ClipSource};
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::worker::Wake;
use image::{ImageBuffer, Rgb, imageops};

use super::Report;
use crate::window::state::data_work::{DataReport, Numbered};
use crate::window::state::latest::Ticket;

/// Longest side in pixels.
const PIXELS: usize = 128;
/// Frames of a picture, and the seconds of the clip that they come from: whoever wants more opens the clip.
const FRAMES: u64 = 8;
const SECS: f64 = 2.0;

/// Pictures that are wanted, the last one first.
struct Wanted {
    ticket: Ticket,
    at: PathBuf,
    rows: Numbered,
}

/// The thread; it ends when this is dropped.
pub struct PictureThread {
    wanted: Arc<Mutex<Option<Wanted>>>,
    look: Sender<()>,
}

impl PictureThread {
    /// Starts it; `None` where the system has no threads left, which pictures are not worth a word about.
    pub fn start(sender: &Sender<Report>, wake: &Wake) -> Option<Self> {
        let (look, looks) = unbounded::<()>();
        let wanted: Arc<Mutex<Option<Wanted>>> = Arc::default();
        let (list, sender, wake) = (Arc::clone(&wanted), sender.clone(), Arc::clone(wake));
        let run = move || {
            for () in looks {
                while let Some((ticket, at, index, row)) = next(&list) {
                    // Decoders are the work of others: one that panics costs a picture.
                    let made = catch_unwind(AssertUnwindSafe(|| picture(&row, &at)));
                    let frames = made.ok().and_then(Result::ok).flatten().map(Arc::new);
                    if sender.send(Report::Data(DataReport::Picture(ticket, index, frames))).is_err() {
                        return;
                    }
                    wake();
                }
            }
        };
        let started = thread::Builder::new().name("hummingbird-data-pictures".to_owned()).spawn(run);
        started.inspect_err(|error| log::warn!("clips have no pictures: {error}")).ok()?;
        Some(Self { wanted, look })
    }

    /// Wants these and no others.
    pub fn want(&self, ticket: Ticket, at: PathBuf, mut rows: Numbered) {
        rows.reverse();
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Wanted { ticket, at, rows });
        self.look.send(()).ok();
    }
}

impl Drop for PictureThread {
    fn drop(&mut self) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn next(wanted: &Mutex<Option<Wanted>>) -> Option<(Ticket, PathBuf, usize, Arc<Row>)> {
    let mut wanted = wanted.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = wanted.as_mut()?;
    let (index, row) = wanted.rows.pop()?;
    Some((wanted.ticket, wanted.at.clone(), index, row))
}

/// Some frames of a clip's beginning, small.
fn picture(row: &Row, folder: &Path) -> Result<Option<Frames>, ClipError> {
    // Of files alone: objects of a store are not fetched for a look in passing.
    let clip = ClipSource::open(&row.file(folder))?.stretch(row.start_frame, row.frames)?;
    let shape = clip.shape();
    let span = ((shape.fps * SECS).ceil() as u64).clamp(1, shape.frames.max(1));
    let mut numbers: Vec<u64> = (0..FRAMES).map(|part| part * span / FRAMES).collect();
    numbers.dedup();
    let longest = shape.width.max(shape.height).max(1);
    let scaled = |side: usize| u32::try_from((side * PIXELS.min(longest) / longest).max(1)).unwrap_or(1);
    let (width, height) = (scaled(shape.width), scaled(shape.height));
    let mut pixels = Vec::new();
    for frame in clip.at(&numbers)? {
        let size = u32::try_from(frame.width).ok().zip(u32::try_from(frame.height).ok());
        let Some(whole) = size.and_then(|(wide, high)| ImageBuffer::<Rgb<u8>, _>::from_raw(wide, high, frame.rgb))
        else {
            continue;
        };
        pixels.extend_from_slice(imageops::thumbnail(&whole, width, height).as_raw());
    }
    Ok((!pixels.is_empty()).then(|| Frames::new(width as usize, height as usize, pixels)))
}
