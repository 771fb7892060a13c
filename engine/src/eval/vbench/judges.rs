//! What the networks are to VBench, and where their files are.
//!
//! Each dimension that needs a network names one of these traits. [`Judges::load`] is the only place that knows which network and
//! which file stand behind it.

use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use hummingbird_base::CancelToken;
use hummingbird_judges::config::ViClipConfig;
use hummingbird_judges::flow::Raft;
use hummingbird_judges::interpolation::{Amt, AmtConfig};
use hummingbird_judges::{
    Aesthetics, ClipPictures, ClipTexts, Dino, DinoConfig, Musiq, MusiqConfig, OpenAiClipConfig, Umt, UmtConfig, ViClip,
};
use hummingbird_video::Picture;

use super::bounded;
use super::clips::content_hash;
use super::dimensions::Dimension;
use super::error::{VbenchError, VbenchFault};
use super::looks::LookError;
use super::networks::{
    AestheticJudge, AmtJudge, ClipJudge, DinoJudge, MusiqJudge, Placed, RaftJudge, StyleJudge, UmtJudge, ViClipJudge,
    ViClipSizes,
};
use crate::error::EngineError;
use crate::forward::raft_prefix;
use crate::nn::params::{ParamLoader, ParamPath};
use crate::weights::Checkpoint;
use crate::weights::store::Store;

/// Pictures become features: DINO for the subject, CLIP for the background.
pub trait PictureFeatures {
    /// A feature of each picture, of any length.
    ///
    /// # Errors
    /// When the device fails.
    fn features(&self, pictures: &[&Picture]) -> Result<Vec<Vec<f32>>, LookError>;
}

/// Pictures have a score: LAION's aesthetics (divided by 10), MUSIQ's quality (0 to 100).
pub trait PictureScores {
    /// The score of each picture.
    ///
    /// # Errors
    /// When the device fails, or pictures are too small.
    fn scores(&self, pictures: &[&Picture]) -> Result<Vec<f64>, LookError>;
}

/// Pictures show a style: CLIP's scaled similarity, divided by 100.
pub trait StyleScores {
    /// How well each picture shows what the words say.
    ///
    /// # Errors
    /// When the device fails.
    fn scores(&self, pictures: &[&Picture], words: &str) -> Result<Vec<f64>, LookError>;
}

/// How far things move between two pictures: RAFT.
pub trait FlowLengths {
    /// The length of the flow at each pixel of the padded picture, in pixels, in any order.
    ///
    /// # Errors
    /// When the device fails.
    fn lengths(&self, first: &Picture, last: &Picture) -> Result<Vec<f32>, LookError>;
}

/// Whether a clip shows its prompt: ViCLIP.
pub trait ClipText {
    /// Cosine of clip and prompt, of eight frames.
    ///
    /// # Errors
    /// When the device fails.
    fn similarity(&self, frames: &[&Picture], prompt: &str) -> Result<f64, LookError>;
}

/// What is done in a clip: UMT.
pub trait ActionLogits {
    /// A number for each of the 400 actions of Kinetics, before the sigmoid, of sixteen frames.
    ///
    /// # Errors
    /// When the device fails.
    fn logits(&self, frames: &[&Picture]) -> Result<Vec<f32>, LookError>;
}

/// A network with the name under which its results are kept.
pub struct Judge<T: ?Sized> {
    /// The file that it was loaded from and that file's hash: another file gives other numbers.
    pub name: String,
    /// The network.
    pub network: Box<T>,
}

impl<T: ?Sized> fmt::Debug for Judge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Judge").field(&self.name).finish()
    }
}

/// The networks that an evaluation has.
#[derive(Debug, Default)]
pub struct Judges {
    /// For `subject_consistency`.
    pub subject: Option<Judge<dyn PictureFeatures>>,
    /// For `background_consistency`.
    pub background: Option<Judge<dyn PictureFeatures>>,
    /// For `motion_smoothness`.
    pub middle: Option<Judge<AmtJudge>>,
    /// For `dynamic_degree`, and for the search of clips that stand still.
    pub flow: Option<Judge<dyn FlowLengths>>,
    /// For `aesthetic_quality`.
    pub aesthetic: Option<Judge<dyn PictureScores>>,
    /// For `imaging_quality`.
    pub imaging: Option<Judge<dyn PictureScores>>,
    /// For `human_action`.
    pub action: Option<Judge<dyn ActionLogits>>,
    /// The actions, in lower case.
    pub actions: Vec<String>,
    /// For `appearance_style`.
    pub style: Option<Judge<dyn StyleScores>>,
    /// For `temporal_style` and `overall_consistency`.
    pub clip_text: Option<Judge<dyn ClipText>>,
    /// The vision tower of CLIP B/32, which two dimensions have together.
    pub clip_b_32: Option<ClipPictures>,
}

/// A dimension that cannot be judged, and why.
#[derive(Debug)]
pub struct Missing {
    /// The dimension.
    pub dimension: Dimension,
    /// What to do about it.
    pub reason: VbenchError,
}

/// Files that a dimension needs, by the names under which they are published.
pub fn files_of(dimension: Dimension) -> &'static [&'static str] {
    use Dimension as D;
    match dimension {
        D::SubjectConsistency => &["dino_vitbase16_pretrain.pth"],
        D::BackgroundConsistency | D::AppearanceStyle => &["ViT-B-32.pt"],
        D::MotionSmoothness => &["amt-s.pth"],
        D::DynamicDegree => &["raft-things.pth"],
        D::AestheticQuality => &["ViT-L-14.pt", "sa_0_4_vit_l_14_linear.pth"],
        D::ImagingQuality => &["musiq_spaq_ckpt-358bb6af.pth"],
        D::HumanAction => &["l16_ptk710_ftk710_ftk400_f16_res224.pth", "kinetics_400_categories.txt"],
        D::TemporalStyle | D::OverallConsistency => &["ViClip-InternVid-10M-FLT.pth"],
        D::TemporalFlickering => &[],
        D::ObjectClass | D::MultipleObjects | D::Color | D::SpatialRelationship | D::Scene => &[],
    }
}

/// Whether any of the dimensions has a network whose files are all in `folder`, so that a device is needed.
pub fn have_networks(folder: &Path, dimensions: &[Dimension]) -> bool {
    let is_there = |dimension: &Dimension| {
        let files = files_of(*dimension);
        !files.is_empty() && files.iter().all(|file| folder.join(file).is_file())
    };
    dimensions.iter().any(is_there)
}

impl Judges {
    /// Loads what `dimensions` need from the files in `folder`, and says which of them cannot be judged. `device`: where the networks
    /// go; may be missing where [`have_networks`] says no.
    ///
    /// # Errors
    /// Where a file is there and cannot be used.
    pub fn load(
        folder: &Path,
        dimensions: &[Dimension],
        device: Option<&Device>,
        cancel: &CancelToken,
    ) -> Result<(Self, Vec<Missing>), VbenchError> {
        let mut judges = Self::default();
        let mut missing = Vec::new();
        let catalogue = Store::at(folder).catalogue();
        for &dimension in dimensions {
            let files = files_of(dimension);
            if let Some(file) = files.iter().find(|file| !folder.join(file).is_file()) {
                let model = catalogue.file(file).map_or(*file, |(entry, _)| &entry.id).to_owned();
                let (dimension_key, file) = (dimension.key().to_owned(), (*file).to_owned());
                let reason = VbenchError::NoModel { dimension: dimension_key, file, folder: folder.to_owned(), model };
                missing.push(Missing { dimension, reason });
            } else if let (Some(device), false) = (device, files.is_empty() || judges.name_of(dimension).is_some()) {
                cancel.check()?;
                let hashes = files.iter().map(|file| Ok(content_hash(&folder.join(file))?[..16].to_owned()));
                let name = hashes.collect::<Result<Vec<String>, VbenchError>>()?.join("+");
                judges.add(dimension, name, folder, device, cancel)?;
            }
        }
        Ok((judges, missing))
    }

    /// Loads the network of a dimension.
    fn add(
        &mut self,
        dimension: Dimension,
        name: String,
        folder: &Path,
        device: &Device,
        cancel: &CancelToken,
    ) -> Result<(), VbenchError> {
        use Dimension as D;
        let files = files_of(dimension);
        let file = |index: usize| Checkpoint::open(&folder.join(files[index])).map_err(EngineError::from);
        let checkpoint = file(0)?;
        let loader = ParamLoader::new(&checkpoint, device);
        let root = loader.path("");
        let of = EngineError::from;
        match dimension {
            D::SubjectConsistency => {
                let network: DinoJudge =
                    placed(Dino::init(&DinoConfig::vit_b_16(), &root).map_err(of)?, device, cancel);
                self.subject = Some(Judge { name, network: Box::new(network) });
            }
            D::BackgroundConsistency => {
                let network: ClipJudge = placed(self.clip_b_32(&root)?, device, cancel);
                self.background = Some(Judge { name, network: Box::new(network) });
            }
            D::AppearanceStyle => {
                let sizes = OpenAiClipConfig::vit_b_32();
                let tower = placed(self.clip_b_32(&root)?, device, cancel);
                let network = StyleJudge::new(tower, ClipTexts::init(&sizes, &root).map_err(of)?);
                self.style = Some(Judge { name, network: Box::new(network) });
            }
            D::MotionSmoothness => {
                let network: AmtJudge = placed(Amt::init(&AmtConfig::default(), &root).map_err(of)?, device, cancel);
                self.middle = Some(Judge { name, network: Box::new(network) });
            }
            D::DynamicDegree => {
                let root = loader.path(raft_prefix(&|name| checkpoint.tensor(name).is_some()));
                let network: RaftJudge = placed(Raft::init(&root).map_err(of)?, device, cancel);
                self.flow = Some(Judge { name, network: Box::new(network) });
            }
            D::AestheticQuality => {
                let (sizes, layer) = (OpenAiClipConfig::vit_l_14(), file(1)?);
                let layer = Aesthetics::init(sizes.embed, &ParamLoader::new(&layer, device).path("")).map_err(of)?;
                let tower = ClipPictures::init(&sizes, &root).map_err(of)?;
                let network: AestheticJudge = placed((tower, layer), device, cancel);
                self.aesthetic = Some(Judge { name, network: Box::new(network) });
            }
            D::ImagingQuality => {
                let network: MusiqJudge = placed(Musiq::init(&MusiqConfig::spaq(), &root).map_err(of)?, device, cancel);
                self.imaging = Some(Judge { name, network: Box::new(network) });
            }
            D::HumanAction => {
                let network: UmtJudge = placed(Umt::init(&UmtConfig::vit_l_16(), &root).map_err(of)?, device, cancel);
                self.action = Some(Judge { name, network: Box::new(network) });
                self.actions = read_actions(&folder.join(files[1]))?;
            }
            D::TemporalStyle | D::OverallConsistency => {
                let sizes = ViClipConfig::vit_l_14();
                let takes = ViClipSizes { side: sizes.vision.input_resolution, context: sizes.text.context_length };
                let network: ViClipJudge = placed((ViClip::init(&sizes, &root).map_err(of)?, takes), device, cancel);
                self.clip_text = Some(Judge { name, network: Box::new(network) });
            }
            D::TemporalFlickering => {}
            D::ObjectClass | D::MultipleObjects | D::Color | D::SpatialRelationship | D::Scene => {}
        }
        Ok(())
    }

    /// The vision tower of CLIP B/32, read once.
    fn clip_b_32(&mut self, root: &ParamPath<'_>) -> Result<ClipPictures, EngineError> {
        // Copies of a module share its tensors.
        let tower = match &self.clip_b_32 {
            Some(tower) => tower.clone(),
            None => ClipPictures::init(&OpenAiClipConfig::vit_b_32(), root)?,
        };
        self.clip_b_32 = Some(tower.clone());
        Ok(tower)
    }

    /// The name of the network that judges a dimension; `None` where there is none, the empty name where none is needed.
    pub fn name_of(&self, dimension: Dimension) -> Option<&str> {
        use Dimension as D;
        fn name<T: ?Sized>(judge: &Option<Judge<T>>) -> Option<&str> {
            judge.as_ref().map(|judge| &*judge.name)
        }
        match dimension {
            D::TemporalFlickering => Some(""),
            D::SubjectConsistency => name(&self.subject),
            D::BackgroundConsistency => name(&self.background),
            D::MotionSmoothness => name(&self.middle),
            D::DynamicDegree => name(&self.flow),
            D::AestheticQuality => name(&self.aesthetic),
            D::ImagingQuality => name(&self.imaging),
            D::HumanAction => name(&self.action),
            D::AppearanceStyle => name(&self.style),
            D::TemporalStyle | D::OverallConsistency => name(&self.clip_text),
            D::ObjectClass | D::MultipleObjects | D::Color | D::SpatialRelationship | D::Scene => None,
        }
    }
}

fn placed<N>(network: N, device: &Device, cancel: &CancelToken) -> Placed<N> {
    Placed { network, device: device.clone(), cancel: cancel.clone() }
}

/// The 400 actions of Kinetics, a line each: the name, a tab, its number.
fn read_actions(path: &Path) -> Result<Vec<String>, VbenchError> {
    const ACTIONS: usize = 400;
    let bytes = bounded::read(path, 1 << 20)?;
    let unusable = |fault| VbenchError::File { path: path.to_owned(), fault };
    let text = std::str::from_utf8(&bytes).map_err(|_| unusable(VbenchFault::NotText))?;
    let mut actions = vec![None; ACTIONS];
    for line in text.lines() {
        let Some((name, number)) = line.trim().split_once('\t') else { continue };
        if let Some(action) = number.trim().parse().ok().and_then(|number: usize| actions.get_mut(number)) {
            *action = Some(name.to_lowercase());
        }
    }
    let labels = actions.iter().flatten().count();
    actions.into_iter().collect::<Option<Vec<String>>>().ok_or_else(|| unusable(VbenchFault::Labels { labels }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_by_their_numbers() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("kinetics_400_categories.txt");
        let lines: Vec<String> = (0..400).rev().map(|number| format!("Action {number}\t{number}")).collect();
        std::fs::write(&path, lines.join("\n")).expect("writable");
        let actions = read_actions(&path).expect("whole");
        assert_eq!((actions.len(), &*actions[7]), (400, "action 7"));
        std::fs::write(&path, lines[1..].join("\n")).expect("writable");
        assert!(read_actions(&path).expect_err("one is missing").to_string().contains("399 labels"));
    }
}
