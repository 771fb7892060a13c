//! Exports on threads of their own: one clip, several, and the sample that the export dialog shows.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use hummingbird_engine::handoff::Frames;
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::library::all_frames;
use hummingbird_engine::pipeline::video_out::{
    Embed, Existing, ExportError, ExportProgress, ExportReport, ExportSettings, Format, MAX_FPS, Plays, Provenance,
    ReelClip, Trim, encoded_bytes, export, fit, free_name, join,
};
use hummingbird_engine::video::{Clip, OpenOptions};

use super::{Report, Tasks};
use crate::language::tr;
use crate::sentences::in_words;
use crate::window::state::exports::{ManyClip, ManyKind, ManySource, Sample};
use crate::window::state::work::{ExportEnd, ExportOrder, ManyOrder, SampleOrder, Saved};

/// Frames of a clip that are encoded to know its size: where there are more, the rest is estimated.
const SAMPLE_FRAMES: usize = 16;
/// Pixels of a sample, so that a large clip is looked at as quickly as a small one.
const SAMPLE_PIXELS: usize = 4 << 20;

impl Tasks {
    /// Writes a clip.
    pub fn export(&mut self, order: ExportOrder) {
        let (id, token) = (order.id, self.export_token(order.id));
        let tell = self.export_progress(id);
        let broken = move |reason| Report::ExportDone { id, ended: Err(reason) };
        self.spawn("hummingbird-export", broken, move || {
            let ExportOrder { id: _, frames, settings, limit, provenance, path } = order;
            let mut on_progress = |progress: ExportProgress| {
                tell(progress.frames_done);
                go_on(&token)
            };
            let fitted = fitted(&frames, settings, &provenance, limit, &token);
            let written = fitted.and_then(|settings| export(&frames, &settings, &provenance, &path, &mut on_progress));
            Report::ExportDone { id, ended: ended(written, Vec::new()) }
        });
    }

    /// Writes several clips, each in a file of its own or all in one.
    pub fn export_many(&mut self, order: ManyOrder) {
        let (id, token) = (order.id, self.export_token(order.id));
        let tell = self.export_progress(id);
        let broken = move |reason| Report::ExportDone { id, ended: Err(reason) };
        self.spawn("hummingbird-export", broken, move || {
            let ended = match order.kind {
                ManyKind::Folder => write_each(&order, &token, &tell),
                ManyKind::Reel => write_reel(&order, &token, &tell),
            };
            Report::ExportDone { id, ended }
        });
    }

    /// Finds out what an export would be.
    pub fn sample(&mut self, order: SampleOrder) {
        let (id, token) = (order.id, self.export_token(order.id));
        let broken = move |reason| Report::Sampled { id, sample: Err(reason) };
        self.spawn("hummingbird-sample", broken, move || {
            let sample = sample(&order, &token).map_err(|error| in_words(&error));
            Report::Sampled { id, sample }
        });
    }

    fn export_token(&mut self, id: u64) -> CancelToken {
        let token = CancelToken::default();
        self.exports.insert(id, token.clone());
        token
    }

    fn export_progress(&self, id: u64) -> impl Fn(usize) + Send + use<> {
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        move |frames_done| {
            // A full channel loses nothing but one step of a progress bar.
            if sender.try_send(Report::ExportProgress { id, frames_done }).is_ok() {
                wake();
            }
        }
    }
}

fn go_on(token: &CancelToken) -> ControlFlow<()> {
    if token.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn ended(written: Result<ExportReport, ExportError>, mut notes: Vec<String>) -> ExportEnd {
    match written {
        Ok(report) => {
            notes.extend(report.notes.iter().map(|note| in_words(note)));
            Ok(Some(Saved { paths: report.paths, notes }))
        }
        Err(ExportError::Cancelled) => Ok(None),
        Err(error) => Err(in_words(&error)),
    }
}

fn fitted(
    frames: &Frames,
    settings: ExportSettings,
    provenance: &Provenance,
    limit: Option<u64>,
    token: &CancelToken,
) -> Result<ExportSettings, ExportError> {
    match limit {
        Some(limit) => fit(frames, &settings, provenance, limit, &mut || go_on(token)),
        None => Ok(settings),
    }
}

/// The frames of a clip and its frames a second.
fn opened(clip: &ManyClip) -> Result<(Cow<'_, Frames>, u32), String> {
    match &clip.source {
        ManySource::Frames(frames, fps) => Ok((Cow::Borrowed(frames.as_ref()), *fps)),
        ManySource::File(path) => {
            let fps = Clip::open(path, OpenOptions::default()).map_err(|error| in_words(&error))?.info().fps;
            let frames = all_frames(path).map_err(|error| in_words(&error))?;
            Ok((Cow::Owned(frames), fps.round().clamp(1.0, f64::from(MAX_FPS)) as u32))
        }
    }
}

/// A file for each clip under the next free name; a clip that fails leaves the others.
fn write_each(order: &ManyOrder, token: &CancelToken, tell: &impl Fn(usize)) -> ExportEnd {
    let mut saved = Saved { paths: Vec::new(), notes: Vec::new() };
    let mut failed: Vec<String> = Vec::new();
    for (index, clip) in order.clips.iter().enumerate() {
        tell(index);
        let write = || -> Result<Option<ExportReport>, String> {
            let (frames, fps) = opened(clip)?;
            let settings = ExportSettings { fps, ..order.settings };
            let ending = settings.format.ending();
            let path = match settings.existing {
                Existing::Replace => order.path.join(format!("{}.{ending}", clip.name)),
                Existing::Keep => free_name(&order.path, &clip.name, ending),
            };
            let settings = fitted(&frames, settings, &clip.provenance, order.limit, token);
            let written = settings
                .and_then(|settings| export(&frames, &settings, &clip.provenance, &path, &mut |_| go_on(token)));
            match written {
                Ok(report) => Ok(Some(report)),
                Err(ExportError::Cancelled) => Ok(None),
                Err(error) => Err(in_words(&error)),
            }
        };
        match write() {
            Ok(Some(report)) => {
                saved.notes.extend(report.notes.iter().map(|note| format!("{}: {}", clip.name, in_words(note))));
                saved.paths.extend(report.paths);
            }
            // What was written before is whole and stays.
            Ok(None) if saved.paths.is_empty() => return Ok(None),
            Ok(None) => {
                saved.notes.push(tr!("window-export-stopped", written = index, clips = order.clips.len()));
                return Ok(Some(saved));
            }
            Err(error) => failed.push(tr!("window-export-failed", name = clip.name.as_str(), error = error)),
        }
    }
    if saved.paths.is_empty() {
        return Err(failed.into_iter().next().unwrap_or_else(|| tr!("window-export-no-clip")));
    }
    saved.notes.extend(failed);
    Ok(Some(saved))
}

/// One file of all clips.
fn write_reel(order: &ManyOrder, token: &CancelToken, tell: &impl Fn(usize)) -> ExportEnd {
    let mut clips = Vec::with_capacity(order.clips.len());
    for (index, clip) in order.clips.iter().enumerate() {
        if token.is_cancelled() {
            return Ok(None);
        }
        tell(index);
        clips.push(opened(clip).map_err(|error| format!("{}: {error}", clip.name))?);
    }
    let parts: Vec<ReelClip<'_>> = clips.iter().map(|(frames, fps)| ReelClip { frames, fps: *fps }).collect();
    let reel = join(&parts).map_err(|error| in_words(&error))?;
    let notes = reel.notes.iter().map(|note| in_words(note)).collect();
    // The settings of one clip would be wrong of the others.
    let settings = ExportSettings { fps: reel.fps, embed: Embed::Nothing, ..order.settings };
    let provenance = Provenance::default();
    let written = fitted(&reel.frames, settings, &provenance, order.limit, token).and_then(|settings| {
        let total = order.clips.len();
        export(&reel.frames, &settings, &provenance, &order.path, &mut |progress| {
            tell(total * progress.frames_done / progress.frames_total.max(1));
            go_on(token)
        })
    });
    ended(written, notes)
}

fn sample(order: &SampleOrder, token: &CancelToken) -> Result<Sample, ExportError> {
    let SampleOrder { frames, provenance, limit, .. } = order;
    let settings = fitted(frames, order.settings, provenance, *limit, token)?;
    let clip = [frames.count(), frames.height(), frames.width()];
    let arranged = settings.arrangement.arranged_clip(clip, settings.format)?;
    let [count, height, width] = arranged;
    // What is played more than once is looked at once.
    let mut once = settings;
    once.arrangement.plays = Plays::Endless;
    let Trim { first, last } = once.arrangement.trim.unwrap_or(Trim { first: 0, last: clip[0].saturating_sub(1) });
    let most = (SAMPLE_PIXELS / (width * height).max(1)).clamp(2, SAMPLE_FRAMES);
    let taken = (last - first + 1).min(most);
    let is_whole = taken == last - first + 1 && count <= 2 * most;
    once.arrangement.trim = Some(Trim { first, last: first + taken - 1 });
    let mut on_frame = || go_on(token);
    let bytes = if is_whole {
        encoded_bytes(frames, &settings, provenance, &mut on_frame)?
    } else {
        // The first frame and the header are paid once, or once in a second of a video; all others cost what they cost here.
        let mut single = once;
        single.arrangement.trim = Some(Trim { first, last: first });
        let one = encoded_bytes(frames, &single, provenance, &mut on_frame)?;
        let some = encoded_bytes(frames, &once, provenance, &mut on_frame)?;
        let [sampled, ..] = once.arrangement.arranged_clip(clip, once.format)?;
        let each = some.saturating_sub(one) / (sampled as u64).saturating_sub(1).max(1);
        let keys = match settings.format {
            Format::Mp4 | Format::WebM => count as u64 / u64::from(settings.fps.max(8)),
            _ => 0,
        };
        one + each * (count as u64).saturating_sub(1) + keys * one.saturating_sub(each)
    };
    let shown = shown_frames(frames, &once, token)?;
    Ok(Sample { settings, frames: Arc::new(shown), bytes, is_whole, clip: arranged })
}

/// The frames as a player shows them: written, and read back. Formats without loss need no writing.
fn shown_frames(frames: &Frames, settings: &ExportSettings, token: &CancelToken) -> Result<Frames, ExportError> {
    let arranged = || settings.arrangement.apply(frames, settings.format).map(Cow::into_owned);
    if matches!(settings.format, Format::Apng | Format::PngFrames) {
        return arranged();
    }
    let Ok(folder) = tempfile::Builder::new().prefix("hummingbird-sample-").tempdir() else { return arranged() };
    let path = folder.path().join(Path::new("sample").with_extension(settings.format.ending()));
    let bare = ExportSettings { embed: Embed::Nothing, existing: Existing::Keep, ..*settings };
    match export(frames, &bare, &Provenance::default(), &path, &mut |_| go_on(token)) {
        Ok(_) => {}
        Err(ExportError::Cancelled) => return Err(ExportError::Cancelled),
        // A full disk for temporary files is no reason to show nothing.
        Err(_) => return arranged(),
    }
    all_frames(&path).or_else(|_| arranged())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    use super::*;

    fn clip(width: usize, height: usize, count: usize) -> Arc<Frames> {
        let pixel = |index: usize| [(index * 7 % 256) as u8, (index / width % 256) as u8, (index / 99 % 256) as u8];
        Arc::new(Frames::new(width, height, (0..width * height * count).flat_map(pixel).collect()))
    }

    fn wait(tasks: &mut Tasks) -> Report {
        let end = Instant::now() + Duration::from_secs(120);
        while Instant::now() < end {
            let last = tasks.reports().into_iter().find(|it| !matches!(it, Report::ExportProgress { .. }));
            if let Some(report) = last {
                return report;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("no report came");
    }

    fn sampled(frames: &Arc<Frames>, settings: ExportSettings, limit: Option<u64>) -> Result<Sample, String> {
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        let provenance = Provenance::default();
        tasks.sample(SampleOrder { id: 3, frames: Arc::clone(frames), settings, provenance, limit });
        let Report::Sampled { id: 3, sample } = wait(&mut tasks) else { panic!("another report") };
        sample
    }

    #[test]
    fn samples_say_the_size_of_the_file() {
        let (short, long) = (clip(64, 48, 6), clip(64, 48, 60));
        for format in [Format::Mp4, Format::Gif, Format::WebP, Format::Apng] {
            let settings = ExportSettings::new(format, 8);
            let whole = |frames: &Frames| {
                encoded_bytes(frames, &settings, &Provenance::default(), &mut || ControlFlow::Continue(()))
            };
            let sample = sampled(&short, settings, None).expect("it encodes");
            assert!(sample.is_whole && sample.bytes == whole(&short).expect("it encodes"), "{format:?}");
            assert_eq!((sample.frames.count(), sample.clip), (6, [6, 48, 64]), "{format:?}");
            let sample = sampled(&long, settings, None).expect("it encodes");
            let bytes = whole(&long).expect("it encodes");
            let apart = sample.bytes.abs_diff(bytes) as f64 / bytes as f64;
            assert!(!sample.is_whole && apart < 0.35, "{format:?}: {} for {bytes}", sample.bytes);
        }
    }

    #[test]
    fn samples_show_what_is_lost() {
        let frames = clip(64, 48, 4);
        let mut settings = ExportSettings { colours: 4, ..ExportSettings::new(Format::Gif, 8) };
        settings.arrangement.scale = hummingbird_engine::pipeline::video_out::Scale::Percent(50);
        let sample = sampled(&frames, settings, None).expect("it encodes");
        let colours: std::collections::BTreeSet<[u8; 3]> =
            sample.frames.pixels().as_chunks::<3>().0.iter().copied().collect();
        assert!((2..4).contains(&colours.len()), "{colours:?}");
        assert_eq!((sample.frames.width(), sample.clip), (32, [4, 24, 32]));
        let fitted = sampled(&frames, ExportSettings::new(Format::WebP, 8), Some(2500)).expect("it fits");
        assert!(fitted.bytes <= 2500 && fitted.settings != ExportSettings::new(Format::WebP, 8), "{fitted:?}");
        let error = sampled(&frames, settings, Some(10)).expect_err("nothing fits");
        assert!(error.contains("smallest"), "{error}");
    }

    fn many(kind: ManyKind, clips: Vec<ManyClip>, path: PathBuf) -> ExportEnd {
        let mut tasks = Tasks::new(None, Arc::new(|| ()));
        let settings = ExportSettings::new(Format::Gif, 1);
        tasks.export_many(ManyOrder { id: 9, kind, clips, settings, limit: None, path });
        let Report::ExportDone { id: 9, ended } = wait(&mut tasks) else { panic!("another report") };
        ended
    }

    fn named(name: &str, source: ManySource) -> ManyClip {
        ManyClip { name: name.to_owned(), source, provenance: Provenance::default() }
    }

    #[test]
    fn all_clips_get_files_of_their_own() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = folder.path().join("kept.mp4");
        let settings = ExportSettings::new(Format::Mp4, 12);
        export(&clip(32, 32, 3), &settings, &Provenance::default(), &kept, &mut |_| ControlFlow::Continue(()))
            .expect("writable");
        let clips = vec![
            named("boat", ManySource::Frames(clip(32, 32, 2), 8)),
            named("boat", ManySource::File(kept)),
            named("gone", ManySource::File(folder.path().join("gone.mp4"))),
        ];
        let saved = many(ManyKind::Folder, clips, folder.path().to_owned()).expect("two are there").expect("saved");
        assert_eq!(saved.paths, ["boat.gif", "boat-2.gif"].map(|name| folder.path().join(name)));
        assert_eq!(all_frames(&saved.paths[1]).expect("a GIF").count(), 3);
        assert!(saved.notes.iter().any(|note| note.starts_with("gone was not saved")), "{:?}", saved.notes);
    }

    #[test]
    fn a_reel_has_all_clips_in_their_order() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("reel.gif");
        let flat = |width: usize, level: u8| Arc::new(Frames::new(width, 32, vec![level; width * 32 * 3 * 2]));
        let clips = vec![
            named("bright", ManySource::Frames(flat(32, 250), 8)),
            named("dark", ManySource::Frames(flat(16, 20), 8)),
        ];
        let saved = many(ManyKind::Reel, clips, path.clone()).expect("a reel").expect("saved");
        let frames = all_frames(&path).expect("a GIF");
        let levels: Vec<u8> = frames.iter().map(|frame| frame[3 * (32 * 16 + 16)]).collect();
        assert_eq!((levels.as_slice(), frames.width()), ([250, 250, 20, 20].as_slice(), 32));
        assert!(saved.notes.iter().any(|note| note.contains("scaled to fit")), "{:?}", saved.notes);
    }

    #[test]
    fn a_cancelled_export_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for kind in [ManyKind::Folder, ManyKind::Reel] {
            let mut tasks = Tasks::new(None, Arc::new(|| ()));
            let clips = (0..40).map(|_| named("boat", ManySource::Frames(clip(256, 256, 8), 8))).collect();
            let path = match kind {
                ManyKind::Folder => folder.path().to_owned(),
                ManyKind::Reel => folder.path().join("reel.webp"),
            };
            let settings = ExportSettings::new(Format::WebP, 1);
            tasks.export_many(ManyOrder { id: 1, kind, clips, settings, limit: None, path });
            tasks.cancel_export(1);
            let Report::ExportDone { ended, .. } = wait(&mut tasks) else { panic!("another report") };
            assert_eq!(ended, Ok(None), "{kind:?}");
            assert_eq!(std::fs::read_dir(folder.path()).expect("readable").count(), 0, "{kind:?}");
        }
    }
}
