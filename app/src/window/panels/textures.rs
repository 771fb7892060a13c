//! Pictures on the window's GPU: the one frame of the preview that is shown, and a thumbnail of each result.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use hummingbird_engine::handoff::Frames;
use image::{ImageBuffer, Rgb, imageops};

use crate::window::state::State;
use crate::window::state::clips::{ClipKey, ResultId};
use crate::window::state::settings::Scaling;
use crate::window::state::view::DialogKind;

/// Longest side of a thumbnail in pixels.
const THUMBNAIL_PIXELS: u32 = 192;

/// The textures that the panels show. Not part of the state: they follow from it.
#[derive(Default)]
pub struct Textures {
    preview: Option<Preview>,
    thumbnails: HashMap<ResultId, TextureHandle>,
    training: HashMap<PathBuf, Upload>,
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
