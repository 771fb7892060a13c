//! Pictures on the window's GPU: the one frame of the preview that is shown, and a thumbnail of each result.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, Context, Rect, TextureHandle, TextureOptions, Vec2, pos2, vec2};
use hummingbird_engine::handoff::Frames;
use hummingbird_engine::library::ClipId;
use image::{ImageBuffer, Rgb, imageops};

use crate::window::state::State;
use crate::window::state::clips::{ClipKey, ResultId};
use crate::window::state::queue::QueueId;
use crate::window::state::settings::Scaling;
use crate::window::state::view::DialogKind;

/// Longest side of a thumbnail in pixels.
const THUMBNAIL_PIXELS: u32 = 192;

/// Thumbnails of the library that are uploaded for one picture of the window.
const UPLOADS: usize = 12;

/// The textures that the panels show. Not part of the state: they follow from it.
#[derive(Default)]
pub struct Textures {
    preview: Option<Preview>,
    thumbnails: HashMap<ResultId, TextureHandle>,
    training: HashMap<PathBuf, Upload>,
    library: HashMap<ClipId, Sheet>,
    data: HashMap<usize, Sheet>,
    compared: [Option<Compared>; 2],
    queued: HashMap<QueueId, TextureHandle>,
    live: Option<(u64, TextureHandle)>,
    sample: Option<Compared>,
}

/// The frame of a compared clip that is shown.
struct Compared {
    frames: Arc<Frames>,
    frame: usize,
    texture: TextureHandle,
}

/// All frames of a moving thumbnail on one texture, row by row: to move costs nothing then.
pub struct Sheet {
    picture: Arc<Frames>,
    texture: TextureHandle,
    columns: usize,
    rows: usize,
}

impl Sheet {
    /// Frames of the thumbnail.
    pub fn count(&self) -> usize {
        self.picture.count()
    }

    /// Width and height of a frame, in pixels.
    pub fn size(&self) -> Vec2 {
        vec2(self.picture.width() as f32, self.picture.height() as f32)
    }

    /// The texture, and the part of it that is a frame.
    pub fn frame(&self, index: usize) -> (&TextureHandle, Rect) {
        let index = index.min(self.count().saturating_sub(1));
        let cell = vec2(1.0 / self.columns as f32, 1.0 / self.rows as f32);
        let at = pos2((index % self.columns) as f32 * cell.x, (index / self.columns) as f32 * cell.y);
        // Half a pixel less on each side, or the neighbours would shine through.
        (&self.texture, Rect::from_min_size(at, cell).shrink2(cell * 0.5 / self.size()))
    }

    fn upload(ctx: &Context, picture: &Arc<Frames>) -> Self {
        let (count, width, height) = (picture.count().max(1), picture.width(), picture.height());
        let columns = (1..count).find(|columns| columns * columns >= count).unwrap_or(1).max(1);
        let rows = count.div_ceil(columns);
        let mut pixels = vec![0; columns * rows * width * height * 3];
        for (index, frame) in picture.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            for (line, source) in frame.chunks_exact(width * 3).enumerate() {
                let start = ((row * height + line) * columns + column) * width * 3;
                pixels[start..start + width * 3].copy_from_slice(source);
            }
        }
        let image = ColorImage::from_rgb([columns * width, rows * height], &pixels);
        let texture = ctx.load_texture("kept clip", image, TextureOptions::LINEAR);
        Self { picture: Arc::clone(picture), texture, columns, rows }
    }
}

/// A picture of the training page, with the texture that shows it.
struct Upload {
    picture: Arc<Frames>,
    texture: TextureHandle,
}

struct Preview {
    shows: (ClipKey, usize, Scaling),
    texture: TextureHandle,
    width: usize,
    height: usize,
}

impl Textures {
    /// Uploads what the state shows and is not there yet; forgets what has gone.
    pub fn follow(&mut self, ctx: &Context, state: &State) {
        self.follow_training(ctx, state);
        self.follow_library(ctx, state);
        self.follow_data(ctx, state);
        self.follow_compare(ctx, state);
        self.follow_queue(ctx, state);
        self.follow_sample(ctx, state);
        let Some(clip) = state.shown() else {
            self.preview = None;
            self.follow_results(ctx, state);
            return;
        };
        let frame = state.results.playback.frame.min(clip.frames.count().saturating_sub(1));
        let shows = (clip.key, frame, state.view.scaling);
        if clip.frames.count() > 0 && self.preview.as_ref().is_none_or(|preview| preview.shows != shows) {
            let limit = ctx.input(|input| input.max_texture_side);
            let image = picture(clip.frames, frame, u32::try_from(limit).unwrap_or(u32::MAX));
            let (width, height) = (clip.frames.width(), clip.frames.height());
            let options = match state.view.scaling {
                Scaling::Sharp => TextureOptions::NEAREST,
                Scaling::Smooth => TextureOptions::LINEAR,
            };
            match &mut self.preview {
                Some(preview) => {
                    preview.texture.set(image, options);
                    (preview.shows, preview.width, preview.height) = (shows, width, height);
                }
                None => {
                    let texture = ctx.load_texture("preview", image, options);
                    self.preview = Some(Preview { shows, texture, width, height });
                }
            }
        }
        self.follow_results(ctx, state);
    }

    /// The frame that is shown, with the clip's size in pixels.
    pub fn preview(&self) -> Option<(&TextureHandle, [usize; 2])> {
        self.preview.as_ref().map(|preview| (&preview.texture, [preview.width, preview.height]))
    }

    /// The thumbnail of a result.
    pub fn thumbnail(&self, id: ResultId) -> Option<&TextureHandle> {
        self.thumbnails.get(&id)
    }

    /// The first frame of a clip on the training page, or the newest sample grid of the run in a folder.
    pub fn training(&self, path: &Path) -> Option<&TextureHandle> {
        self.training.get(path).map(|upload| &upload.texture)
    }

    fn follow_training(&mut self, ctx: &Context, state: &State) {
        if state.view.dialog != Some(DialogKind::Training) {
            self.training.clear();
            return;
        }
        let clips = state.training.list().into_iter().flat_map(|list| &list.clips);
        let clips = clips.filter_map(|clip| Some((&clip.path, clip.picture.as_ref()?)));
        let grid = state.training.shown().and_then(|run| Some((&run.folder, run.grid.as_ref()?)));
        let wanted: HashMap<&PathBuf, &Arc<Frames>> = clips.chain(grid).collect();
        self.training.retain(|path, upload| wanted.get(path).is_some_and(|it| Arc::ptr_eq(it, &upload.picture)));
        let limit = ctx.input(|input| input.max_texture_side);
        for (path, shown) in wanted {
            self.training.entry(path.clone()).or_insert_with(|| {
                let image = picture(shown, 0, u32::try_from(limit).unwrap_or(u32::MAX));
                let texture = ctx.load_texture("training", image, TextureOptions::LINEAR);
                Upload { picture: Arc::clone(shown), texture }
            });
        }
    }

    /// The moving thumbnail of a clip of the library.
    pub fn kept(&self, id: ClipId) -> Option<&Sheet> {
        self.library.get(&id)
    }

    /// The moving picture of a clip of the data page, by the number of its row.
    pub fn data(&self, row: usize) -> Option<&Sheet> {
        self.data.get(&row)
    }

    /// The frame of a compared clip, of the first or the second.
    pub fn compared(&self, side: usize) -> Option<&TextureHandle> {
        self.compared.get(side)?.as_ref().map(|compared| &compared.texture)
    }

    /// What the last preview of a waiting job showed.
    pub fn queued(&self, id: QueueId) -> Option<&TextureHandle> {
        self.queued.get(&id)
    }

    /// The newest preview of the running job, small.
    pub fn live(&self) -> Option<&TextureHandle> {
        self.live.as_ref().map(|(_, texture)| texture)
    }

    fn follow_queue(&mut self, ctx: &Context, state: &State) {
        let with_picture: HashMap<QueueId, &Arc<Frames>> = state
            .queue
            .jobs
            .iter()
            .filter_map(|job| Some((job.id, job.picture.as_ref().filter(|picture| picture.count() > 0)?)))
            .collect();
        self.queued.retain(|id, _| with_picture.contains_key(id));
        for (id, frames) in with_picture {
            self.queued.entry(id).or_insert_with(|| {
                let image = picture(frames, frames.count() / 2, THUMBNAIL_PIXELS);
                ctx.load_texture("queued clip", image, TextureOptions::LINEAR)
            });
        }
        let Some(live) = state.jobs.live.as_ref().filter(|live| live.frames.count() > 0) else {
            self.live = None;
            return;
        };
        if self.live.as_ref().is_none_or(|(revision, _)| *revision != live.revision) {
            let image = picture(&live.frames, live.frames.count() / 2, THUMBNAIL_PIXELS);
            let texture = match self.live.take() {
                Some((_, mut texture)) => {
                    texture.set(image, TextureOptions::LINEAR);
                    texture
                }
                None => ctx.load_texture("running clip", image, TextureOptions::LINEAR),
            };
            self.live = Some((live.revision, texture));
        }
    }

    /// The frame of the export dialog's sample, with its size in pixels.
    pub fn sample(&self) -> Option<(&TextureHandle, Vec2)> {
        let shown = self.sample.as_ref()?;
        Some((&shown.texture, vec2(shown.frames.width() as f32, shown.frames.height() as f32)))
    }

    fn follow_sample(&mut self, ctx: &Context, state: &State) {
        let shown = state.exports.sampling.frame(state.view.now_secs, state.view.is_still());
        let Some((frames, frame)) = shown.filter(|(frames, _)| frames.count() > 0) else {
            self.sample = None;
            return;
        };
        if self.sample.as_ref().is_some_and(|it| Arc::ptr_eq(&it.frames, frames) && it.frame == frame) {
            return;
        }
        let limit = ctx.input(|input| u32::try_from(input.max_texture_side).unwrap_or(u32::MAX));
        let image = picture(frames, frame, limit);
        let texture = match self.sample.take() {
            Some(mut old) => {
                old.texture.set(image, TextureOptions::LINEAR);
                old.texture
            }
            None => ctx.load_texture("sample", image, TextureOptions::LINEAR),
        };
        self.sample = Some(Compared { frames: Arc::clone(frames), frame, texture });
    }

    fn follow_compare(&mut self, ctx: &Context, state: &State) {
        let limit = ctx.input(|input| u32::try_from(input.max_texture_side).unwrap_or(u32::MAX));
        for (side, place) in self.compared.iter_mut().enumerate() {
            let Some((frames, frame)) = state.library.compare.as_ref().and_then(|compare| compare.frame(side)) else {
                *place = None;
                continue;
            };
            if place.as_ref().is_some_and(|it| Arc::ptr_eq(&it.frames, frames) && it.frame == frame) {
                continue;
            }
            let image = picture(frames, frame, limit);
            let texture = match place.take() {
                Some(mut old) => {
                    old.texture.set(image, TextureOptions::LINEAR);
                    old.texture
                }
                None => ctx.load_texture("compared clip", image, TextureOptions::LINEAR),
            };
            *place = Some(Compared { frames: Arc::clone(frames), frame, texture });
        }
    }

    fn follow_library(&mut self, ctx: &Context, state: &State) {
        let library = &state.library;
        let page = library.ids.get(library.visible.clone()).unwrap_or_default();
        let page = if library.is_shown { page } else { &library.recent };
        let wanted: HashMap<ClipId, &Arc<Frames>> = page
            .iter()
            .chain(&library.selected)
            .filter_map(|id| Some((*id, library.picture(*id).filter(|picture| picture.count() > 0)?)))
            .collect();
        self.library.retain(|id, sheet| wanted.get(id).is_some_and(|it| Arc::ptr_eq(it, &sheet.picture)));
        let mut left = UPLOADS;
        for (id, picture) in wanted {
            if let Entry::Vacant(place) = self.library.entry(id) {
                if left == 0 {
                    // The others follow with the next picture of the window, so that scrolling stays smooth.
                    ctx.request_repaint();
                    break;
                }
                left -= 1;
                place.insert(Sheet::upload(ctx, picture));
            }
        }
    }

    fn follow_data(&mut self, ctx: &Context, state: &State) {
        let data = &state.data;
        let sight = if data.is_shown { data.in_sight() } else { &[] };
        let cursor = data.cursor.filter(|_| data.is_shown);
        let wanted: HashMap<usize, &Arc<Frames>> =
            sight.iter().copied().chain(cursor).filter_map(|row| Some((row, data.pictures.get(row)?))).collect();
        self.data.retain(|row, sheet| wanted.get(row).is_some_and(|it| Arc::ptr_eq(it, &sheet.picture)));
        let mut left = UPLOADS;
        for (row, picture) in wanted {
            if let Entry::Vacant(place) = self.data.entry(row) {
                if left == 0 {
                    ctx.request_repaint();
                    break;
                }
                left -= 1;
                place.insert(Sheet::upload(ctx, picture));
            }
        }
    }

    fn follow_results(&mut self, ctx: &Context, state: &State) {
        self.thumbnails.retain(|id, _| state.results.get(*id).is_some());
        for result in &state.results.clips {
            let frames = &result.outcome.frames;
            if frames.count() > 0 {
                self.thumbnails.entry(result.id).or_insert_with(|| {
                    // The middle of the clip shows more of what happens than its beginning.
                    let image = picture(frames, frames.count() / 2, THUMBNAIL_PIXELS);
                    ctx.load_texture(format!("thumbnail {}", result.id.0), image, TextureOptions::LINEAR)
                });
            }
        }
    }
}

/// One frame, made smaller where its longer side is above `longest` pixels.
fn picture(frames: &Frames, index: usize, longest: u32) -> ColorImage {
    let (width, height) = (frames.width(), frames.height());
    let pixels = frames.frame(index);
    let side = u32::try_from(width.max(height)).unwrap_or(u32::MAX);
    let sizes = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    if side > longest
        && let Some((wide, high)) = sizes
        && let Some(full) = ImageBuffer::<Rgb<u8>, &[u8]>::from_raw(wide, high, pixels)
    {
        let scaled = |length: u32| (u64::from(length) * u64::from(longest) / u64::from(side)).max(1) as u32;
        let small = imageops::thumbnail(&full, scaled(wide), scaled(high));
        let size = [small.width() as usize, small.height() as usize];
        return ColorImage::from_rgb(size, small.as_raw());
    }
    ColorImage::from_rgb([width, height], pixels)
}
