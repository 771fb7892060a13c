//! DOVER: views of a clip, and what the networks say of views.

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor};
use hummingbird_data::score::{DoverJudge, Network};
use hummingbird_judges::dover::config::{PATCH_FRAMES, ViewConfig};
use hummingbird_judges::dover::{
    ClipShape, ClipUnfit, Dover, DoverConfig, DoverUnfit, FragmentOffsets, FrameIndices, Verdict, View, ViewMaker,
    Views,
};
use serde::Deserialize;

use super::config::{read_json, unusable};
use super::inputs::{Inputs, InputsUnfit};
use super::named;
use super::outputs::Output;
use crate::jobs::error::EngineError;
use crate::jobs::events::CancelToken;
use crate::model::ModelError;
use crate::nn::params::ParamLoader;
use crate::weights::Checkpoint;

/// Colour channels of a frame.
const RGB: usize = 3;

/// How a clip is looked at; sizes of the networks are read off their file.
#[derive(Clone, Debug, PartialEq)]
pub struct VqaConfig {
    /// The file that says it, where there is one.
    path: PathBuf,
    /// Views.
    pub views: ViewConfig,
    /// Frames, height and width of a window of attention, which no tensor shows.
    pub window: Option<[usize; 3]>,
}

/// The file. All other keys of a case are left alone: what they say is in the tensors.
#[derive(Deserialize)]
struct Written {
    window: Option<[usize; 3]>,
    clip_len: Option<usize>,
    num_clips: Option<usize>,
    interval: Option<usize>,
    fragments: Option<usize>,
    fsize: Option<usize>,
    aligned: Option<usize>,
    aes_size: Option<usize>,
    aes_frames: Option<usize>,
}

impl VqaConfig {
    /// That of the published models.
    pub fn published() -> Self {
        Self { path: PathBuf::new(), views: ViewConfig::default(), window: None }
    }

    /// Reads a file, as JSON; what it does not say is as in the published models.
    ///
    /// # Errors
    /// `Config` when it cannot be read, or no such views can be.
    pub fn read(path: &Path) -> Result<Self, EngineError> {
        let written: Written = read_json(path)?;
        let published = ViewConfig::default();
        let views = ViewConfig {
            clip_len: written.clip_len.or(written.aligned).unwrap_or(published.clip_len),
            num_clips: written.num_clips.unwrap_or(published.num_clips),
            interval: written.interval.unwrap_or(published.interval),
            fragments: written.fragments.unwrap_or(published.fragments),
            fsize: written.fsize.unwrap_or(published.fsize),
            aligned: written.aligned.or(written.clip_len).unwrap_or(published.aligned),
            aes_size: written.aes_size.unwrap_or(published.aes_size),
            aes_frames: written.aes_frames.unwrap_or(published.aes_frames),
        };
        views.check().map_err(|error| unusable(path, error))?;
        Ok(Self { path: path.to_owned(), views, window: written.window })
    }

    /// The networks in a file.
    ///
    /// # Errors
    /// `Config` when the file holds no DOVER, or none of this configuration.
    pub fn networks(&self, file: &Checkpoint) -> Result<DoverConfig, EngineError> {
        let published = DoverConfig::published();
        let start = DoverConfig { views: self.views, ..published };
        let shapes = |name: &str| file.tensor(name).map(|tensor| tensor.shape().to_vec());
        start.of_file(self.window, &shapes).map_err(|error| {
            let path = if self.path.as_os_str().is_empty() { file.path() } else { &self.path };
            let path = match error {
                DoverUnfit::Lacks { .. } | DoverUnfit::Shape { .. } => file.path(),
                _ => path,
            };
            ModelError::Config { path: path.to_owned(), detail: error.into() }.into()
        })
    }
}

/// The networks of a file of DOVER or DOVER-Mobile, as judges of clips.
///
/// # Errors
/// Files that cannot be read, or hold neither.
pub fn dover(path: &Path, device: &Device) -> Result<DoverJudge, EngineError> {
    let file = Checkpoint::open(path)?;
    let config = VqaConfig::published().networks(&file)?;
    let network = Dover::init(&config, &ParamLoader::new(&file, device).path(""))?;
    Ok(DoverJudge::new(network, &config))
}

/// What the networks of such a file are called and what a clip costs, by its tensors' names and shapes alone.
///
/// # Errors
/// As [`dover`], but for what only values show.
pub fn dover_known(path: &Path) -> Result<Network<'static>, EngineError> {
    let file = Checkpoint::open(path)?;
    Ok(DoverJudge::known(&VqaConfig::published().networks(&file)?))
}

/// The views of a clip, of given frames and fragments at given places; where none are given, those of a score.
///
/// # Errors
/// When a tensor is missing, of the wrong shape, or names what the clip does not have.
pub fn vqa_views(config: &VqaConfig, inputs: &Checkpoint, device: &Device) -> Result<Vec<Output>, EngineError> {
    let inputs = Inputs { file: inputs, device };
    let (frames, [count, height, width, colours]) = bytes::<4>(&inputs, "frames")?;
    if colours != RGB {
        let shape = vec![count, height, width, colours];
        return Err(inputs.unfit(shape_unfit("frames", shape, "frames, height, width, 3")));
    }
    let views = &config.views;
    let shape = ClipShape { height, width, frames: count };
    let own = FrameIndices::of(views, count);
    let given = |name: &str| -> Result<Option<Vec<usize>>, EngineError> {
        if !inputs.has(name) {
            return Ok(None);
        }
        let (numbers, [_]) = inputs.numbers::<1>(name)?;
        inputs.below(name, numbers, count).map(Some)
    };
    let offsets = offsets(&inputs, views)?;
    // Offsets without indices are those of all frames.
    let technical = given("tech_indices")?;
    let technical = technical.unwrap_or_else(|| if offsets.is_some() { (0..count).collect() } else { own.technical });
    let indices = FrameIndices { technical, aesthetic: given("aes_indices")?.unwrap_or(own.aesthetic) };
    let unfit = |error: ClipUnfit| EngineError::Inputs { path: inputs.file.path().to_owned(), detail: error.into() };
    let mut maker = ViewMaker::with(views, shape, &indices, offsets).map_err(unfit)?;
    for frame in frames.chunks_exact(height * width * RGB) {
        maker.push(frame).map_err(unfit)?;
    }
    let Views { technical, aesthetic } = maker.finish().map_err(unfit)?;
    Ok(vec![planes("fragments_u8", &technical), planes("aesthetic_view_u8", &aesthetic)])
}

/// What the networks in `weights` say of views.
///
/// # Errors
/// When a tensor is missing or of the wrong shape, on either side; [`EngineError::Cancelled`] when `cancel` was asked for.
pub fn vqa(
    config: &VqaConfig,
    weights: &Checkpoint,
    inputs: &Checkpoint,
    device: &Device,
    cancel: &CancelToken,
) -> Result<Vec<Output>, EngineError> {
    let networks = config.networks(weights)?;
    let inputs = Inputs { file: inputs, device };
    let technical = view(&inputs, "fragments_u8", config.views.side(), config.views.clip_len)?;
    let aesthetic = view(&inputs, "aesthetic_view_u8", config.views.aes_size, PATCH_FRAMES)?;
    let loader = ParamLoader::new(weights, device);
    let verdicts = Dover::init(&networks, &loader.path(""))?.verdicts(&Views { technical, aesthetic }, cancel)?;
    let scores = verdicts.scores();
    let first = |tensor: &Tensor<5>| tensor.clone().narrow(0, 0, 1).permute([0, 4, 1, 2, 3]);
    let Verdict { features: technical_features, map: technical_map, raw: technical } = &verdicts.technical;
    let Verdict { features: aesthetic_features, map: aesthetic_map, raw: aesthetic } = &verdicts.aesthetic;
    let map = |map: &Tensor<5>| map.clone().permute([0, 4, 1, 2, 3]);
    Ok(vec![
        named("technical_map", map(technical_map)).into(),
        named("aesthetic_map", map(aesthetic_map)).into(),
        Output::row("raw", [*aesthetic, *technical].into_iter()),
        named("technical_features", first(technical_features)).into(),
        named("aesthetic_features", first(aesthetic_features)).into(),
        Output::row("z", [scores.z.aesthetic, scores.z.technical, scores.z.overall].into_iter()),
        Output::row("scores", [scores.aesthetic, scores.technical, scores.overall].into_iter()),
    ])
}

fn shape_unfit(name: &str, shape: Vec<usize>, wanted: &str) -> InputsUnfit {
    InputsUnfit::Shape { name: name.to_owned(), shape, wanted: wanted.to_owned() }
}

/// A tensor of whole numbers from 0 to 255.
fn bytes<const D: usize>(inputs: &Inputs<'_>, name: &str) -> Result<(Vec<u8>, [usize; D]), EngineError> {
    const VALUES: usize = 256;
    let (numbers, shape) = inputs.numbers::<D>(name)?;
    let numbers = inputs.below(name, numbers, VALUES)?;
    Ok((numbers.into_iter().map(|value| value as u8).collect(), shape))
}

/// Places of fragments, `[fragments, fragments, groups]` each; both or none.
fn offsets(inputs: &Inputs<'_>, views: &ViewConfig) -> Result<Option<FragmentOffsets>, EngineError> {
    const NAMES: [&str; 2] = ["offsets_h", "offsets_w"];
    if NAMES.iter().all(|name| !inputs.has(name)) {
        return Ok(None);
    }
    let side = views.fragments;
    let read = |name: &str| -> Result<Vec<usize>, EngineError> {
        let (numbers, shape @ [rows, columns, _]) = inputs.numbers::<3>(name)?;
        if [rows, columns] != [side, side] {
            return Err(inputs.unfit(shape_unfit(name, shape.to_vec(), &format!("{side}, {side}, any"))));
        }
        inputs.below(name, numbers, u32::MAX as usize)
    };
    Ok(Some(FragmentOffsets { rows: read(NAMES[0])?, columns: read(NAMES[1])? }))
}

/// A view that comes in as planes of colours, of as many frames as there are in some runs.
fn view(inputs: &Inputs<'_>, name: &str, side: usize, run: usize) -> Result<View, EngineError> {
    let (planes, shape @ [colours, frames, height, width]) = bytes::<4>(inputs, name)?;
    if [colours, height, width] != [RGB, side, side] || !frames.is_multiple_of(run) {
        let wanted = format!("3, a multiple of {run}, {side}, {side}");
        return Err(inputs.unfit(shape_unfit(name, shape.to_vec(), &wanted)));
    }
    let plane = frames * side * side;
    let pixels = (0..plane * RGB).map(|place| planes[place % RGB * plane + place / RGB]).collect();
    Ok(View { frames, side, pixels })
}

/// `[frames, side, side, 3] -> [3, frames, side, side]`
fn planes(name: &str, view: &View) -> Output {
    let View { frames, side, pixels } = view;
    let plane = frames * side * side;
    let values = (0..plane * RGB).map(|place| pixels[place % plane * RGB + place / plane]).collect();
    Output::bytes(name, vec![RGB, *frames, *side, *side], values)
}
