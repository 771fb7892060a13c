//! Cutting a student out of its teacher: which of the teacher's blocks stay, and their weights as they are.
//!
//! The student has fewer residual blocks a level and may lack the middle block; all else has the teacher's sizes. On the way down
//! each level keeps its first blocks, one of which changes the channels, and its downsampler. On the way up, where a level has one
//! block more, the two lowest levels drop their first blocks and the others their middle ones: a level's last block takes the
//! narrower skip of the level above, its first one what comes from below. Where that is wider, no other block can be the first.

use burn::tensor::TensorData;
use hummingbird_base::message::{self, Message};
use thiserror::Error;

use crate::kernels::Q8Weight;
use crate::nn::config::UNetConfig;
use crate::nn::params::{Init, ParamLoader, ParamSource, RegisteredParam};
use crate::pipeline::denoise::unet::{UNET_PREFIX, UNet};
use crate::weights::{Checkpoint, FileError, StoredTensor};

/// Why a student cannot be cut out of a teacher.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("prune")]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum PruneUnfit {
    #[error("{size} of the student is {student} and of the teacher {teacher}: they may differ in blocks only")]
    Size { size: &'static str, student: String, teacher: String },
    #[error("the student has {student} residual blocks a level and the teacher {teacher}: it must not have more")]
    MoreBlocks { student: usize, teacher: usize },
    #[error("the student has a middle block and the teacher has none")]
    NoMiddleBlock,
    #[error("the student has the frame rate as a condition and the teacher has not")]
    NoFps,
}

/// Lowest levels that drop their first blocks on the way up.
const DROP_FIRST: usize = 2;

/// The teacher's block of each block of the student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockMap {
    /// Of `input_blocks`, the first convolution included.
    pub input: Vec<usize>,
    /// Of `output_blocks`.
    pub output: Vec<usize>,
}

impl BlockMap {
    /// The map from a student to its teacher.
    ///
    /// # Errors
    /// When the two differ in more than blocks.
    pub fn new(student: &UNetConfig, teacher: &UNetConfig) -> Result<Self, PruneUnfit> {
        check(student, teacher)?;
        let (kept, all) = (student.num_res_blocks, teacher.num_res_blocks);
        let levels = teacher.channel_mult.len();
        // Entries of a level on the way down: its blocks and a downsampler; the lowest has none.
        let down = |level: usize| {
            let first = 1 + level * (all + 1);
            (first..first + kept).chain((level + 1 < levels).then_some(first + all))
        };
        let up = |level: usize| {
            let first = (levels - 1 - level) * (all + 1);
            let (kept, all) = (kept + 1, all + 1);
            let is_narrow = level + 1 == levels || teacher.channel_mult[level + 1] == teacher.channel_mult[level];
            // So many stay at the beginning; all others that stay are at the end.
            let head = if level + DROP_FIRST >= levels && is_narrow { 0 } else { kept.div_ceil(2) };
            (first..first + head).chain(first + all - (kept - head)..first + all)
        };
        Ok(Self {
            input: std::iter::once(0).chain((0..levels).flat_map(down)).collect(),
            output: (0..levels).rev().flat_map(up).collect(),
        })
    }

    /// The teacher's name of a student's parameter. Names outside of the blocks are the same.
    pub fn source(&self, name: &str) -> String {
        for (list, blocks) in [("input_blocks", &self.input), ("output_blocks", &self.output)] {
            let prefix = format!("{UNET_PREFIX}.{list}.");
            let Some((index, rest)) = name.strip_prefix(&prefix).and_then(|place| place.split_once('.')) else {
                continue;
            };
            if let Some(of_teacher) = index.parse::<usize>().ok().and_then(|index| blocks.get(index)) {
                return format!("{prefix}{of_teacher}.{rest}");
            }
        }
        name.to_owned()
    }
}

fn check(student: &UNetConfig, teacher: &UNetConfig) -> Result<(), PruneUnfit> {
    let UNetConfig {
        in_channels,
        out_channels,
        model_channels,
        channel_mult,
        num_res_blocks,
        attention_resolutions,
        num_head_channels,
        context_dim,
        middle_block,
        fps_cond,
        time_cond_proj_dim: _,
        motion_cond_proj_dim: _,
        norm_groups,
    } = student;
    let sorted = |factors: &[usize]| {
        let mut factors = factors.to_vec();
        factors.sort_unstable();
        factors
    };
    let texts = |student: &dyn std::fmt::Debug, teacher: &dyn std::fmt::Debug| {
        let [student, teacher] = [format!("{student:?}"), format!("{teacher:?}")];
        (student != teacher).then_some((student, teacher))
    };
    let sizes = [
        ("in_channels", texts(in_channels, &teacher.in_channels)),
        ("out_channels", texts(out_channels, &teacher.out_channels)),
        ("model_channels", texts(model_channels, &teacher.model_channels)),
        ("channel_mult", texts(channel_mult, &teacher.channel_mult)),
        ("attention_resolutions", texts(&sorted(attention_resolutions), &sorted(&teacher.attention_resolutions))),
        ("num_head_channels", texts(num_head_channels, &teacher.num_head_channels)),
        ("context_dim", texts(context_dim, &teacher.context_dim)),
        ("norm_groups", texts(norm_groups, &teacher.norm_groups)),
    ];
    for (size, texts) in sizes {
        if let Some((student, teacher)) = texts {
            return Err(PruneUnfit::Size { size, student, teacher });
        }
    }
    if *num_res_blocks > teacher.num_res_blocks {
        return Err(PruneUnfit::MoreBlocks { student: *num_res_blocks, teacher: teacher.num_res_blocks });
    }
    if *middle_block && !teacher.middle_block {
        return Err(PruneUnfit::NoMiddleBlock);
    }
    if *fps_cond && !teacher.fps_cond {
        return Err(PruneUnfit::NoFps);
    }
    Ok(())
}

/// The parameters of a U-Net by their names in the whole model's state dict.
pub fn params_of(config: &UNetConfig) -> Result<Vec<RegisteredParam>, FileError> {
    let loader = ParamLoader::names_only();
    UNet::init(config, &loader.path(UNET_PREFIX))?;
    Ok(loader.into_registry().params().into_iter().cloned().collect())
}

/// A student's weights in the file of its teacher.
#[derive(Debug)]
pub struct Pruned<'a> {
    teacher: &'a Checkpoint,
    map: BlockMap,
    /// The student's parameters that the teacher has no like of: they begin anew.
    fresh: Vec<RegisteredParam>,
    copied: Vec<RegisteredParam>,
}

/// Parameters that no teacher need have: the conditions that only few-step students take.
const CONDITIONS: [&str; 3] = ["time_cond_proj.weight", "motion_cond_proj.weight", "combine_proj.weight"];

impl<'a> Pruned<'a> {
    /// The student of `config` in a teacher's file.
    ///
    /// # Errors
    /// When the file lacks a tensor that the student needs, or has it in another shape.
    pub fn new(config: &UNetConfig, map: BlockMap, teacher: &'a Checkpoint) -> Result<Self, FileError> {
        let (mut fresh, mut copied) = (Vec::new(), Vec::new());
        for param in params_of(config)? {
            let source = map.source(&param.name);
            let path = || teacher.path().to_owned();
            match teacher.tensor(&source) {
                Some(tensor) if tensor.shape() == param.shape => copied.push(param),
                None if CONDITIONS.iter().any(|name| source == format!("{UNET_PREFIX}.{name}")) => fresh.push(param),
                None => return Err(FileError::TensorMissing { path: path(), name: source }),
                Some(tensor) => {
                    return Err(FileError::TensorShape {
                        path: path(),
                        name: source,
                        found: tensor.shape().to_vec(),
                        expected: param.shape,
                    });
                }
            }
        }
        Ok(Self { teacher, map, fresh, copied })
    }

    /// The student's parameters that have no source.
    pub fn fresh(&self) -> &[RegisteredParam] {
        &self.fresh
    }

    /// Everything that has a source: the student's name, and the tensor in the teacher's file. What is not of the U-Net
    /// (autoencoder, text encoder, schedule) is there as it is.
    pub fn copies(&self) -> Vec<(String, &'a StoredTensor)> {
        let of_unet = self.copied.iter().filter_map(|param| {
            let tensor = self.teacher.tensor(&self.map.source(&param.name))?;
            Some((param.name.clone(), tensor))
        });
        let is_other = |tensor: &&StoredTensor| !tensor.name().starts_with(&format!("{UNET_PREFIX}."));
        let others = self.teacher.contents().tensors.iter().filter(is_other);
        of_unet.chain(others.map(|tensor| (tensor.name().to_owned(), tensor))).collect()
    }

    /// The student as a source of parameters, whose fresh ones `start` gives.
    pub fn starting<'b>(&'b self, start: &'b dyn ParamSource) -> PrunedStart<'b> {
        PrunedStart { pruned: self, start }
    }
}

/// A pruned student at the start of its training.
pub struct PrunedStart<'a> {
    pruned: &'a Pruned<'a>,
    start: &'a dyn ParamSource,
}

impl PrunedStart<'_> {
    fn source(&self, name: &str) -> (&dyn ParamSource, String) {
        if self.pruned.fresh.iter().any(|param| param.name == name) {
            return (self.start, name.to_owned());
        }
        (self.pruned.teacher, self.pruned.map.source(name))
    }
}

impl ParamSource for PrunedStart<'_> {
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError> {
        let (source, name) = self.source(name);
        source.values(&name, shape, init)
    }

    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        let (source, name) = self.source(name);
        source.stored(&name, shape, init)
    }

    fn q8(&self, name: &str, shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        let (source, name) = self.source(name);
        source.q8(&name, shape)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn maps(channel_mult: &[usize], student: usize, teacher: usize) -> BlockMap {
        let teacher =
            UNetConfig { channel_mult: channel_mult.to_vec(), num_res_blocks: teacher, ..UNetConfig::videocrafter2() };
        let student = UNetConfig { num_res_blocks: student, middle_block: false, ..teacher.clone() };
        BlockMap::new(&student, &teacher).expect("they fit")
    }

    #[test]
    fn the_published_student_keeps_the_blocks_of_the_reference() {
        for student in [UNetConfig::hummingbird_07b(), UNetConfig::hummingbird_09b()] {
            let map = BlockMap::new(&student, &UNetConfig::videocrafter2()).expect("they fit");
            assert_eq!(map.input, [0, 1, 3, 4, 6, 7, 9, 10]);
            assert_eq!(map.output, [1, 2, 4, 5, 6, 8, 9, 11]);
            let name = |place: &str| map.source(&format!("{UNET_PREFIX}.{place}"));
            assert_eq!(
                name("input_blocks.3.0.in_layers.0.weight"),
                format!("{UNET_PREFIX}.input_blocks.4.0.in_layers.0.weight")
            );
            assert_eq!(name("output_blocks.7.1.norm.bias"), format!("{UNET_PREFIX}.output_blocks.11.1.norm.bias"));
            assert_eq!(name("out.0.bias"), format!("{UNET_PREFIX}.out.0.bias"));
        }
    }

    /// Counted on the reference's modules: tensors and values that have a source.
    #[test]
    fn as_much_is_copied_as_the_reference_copies() {
        let students =
            [(UNetConfig::hummingbird_07b(), 852, 772_009_860), (UNetConfig::hummingbird_09b(), 956, 945_127_300)];
        let teacher = params_of(&UNetConfig::videocrafter2()).expect("names need no file");
        let teacher: HashMap<&str, &[usize]> =
            teacher.iter().map(|it| (it.name.as_str(), it.shape.as_slice())).collect();
        for (student, tensors, values) in students {
            let map = BlockMap::new(&student, &UNetConfig::videocrafter2()).expect("they fit");
            let params = params_of(&student).expect("names need no file");
            let (copied, fresh): (Vec<_>, Vec<_>) =
                params.iter().partition(|it| teacher.get(map.source(&it.name).as_str()) == Some(&it.shape.as_slice()));
            let count = copied.iter().map(|it| it.shape.iter().product::<usize>()).sum::<usize>();
            assert_eq!((copied.len(), count), (tensors, values));
            let fresh: Vec<&str> = fresh.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(fresh, ["model.diffusion_model.time_cond_proj.weight"]);
        }
    }

    /// Every map of a student that is built has its shapes: a block with another number of channels would not fit.
    #[test]
    fn blocks_that_stay_have_the_shapes_of_the_student() {
        let levels: [&[usize]; 6] = [&[1], &[1, 2], &[1, 2, 2], &[2, 2, 2, 2], &[1, 2, 4, 4], &[1, 2, 3, 4, 4]];
        for channel_mult in levels {
            for (student, teacher) in [(1, 1), (1, 2), (1, 3), (2, 3), (2, 4), (3, 4)] {
                let of_teacher = UNetConfig {
                    model_channels: 32,
                    num_head_channels: 16,
                    channel_mult: channel_mult.to_vec(),
                    num_res_blocks: teacher,
                    ..UNetConfig::videocrafter2()
                };
                let of_student = UNetConfig { num_res_blocks: student, ..of_teacher.clone() };
                let map = maps(channel_mult, student, teacher);
                let shapes: HashMap<String, Vec<usize>> =
                    params_of(&of_teacher).expect("names").into_iter().map(|it| (it.name, it.shape)).collect();
                for RegisteredParam { name, shape, .. } in params_of(&of_student).expect("names") {
                    let source = map.source(&name);
                    assert_eq!(shapes.get(&source), Some(&shape), "{channel_mult:?}, {student} of {teacher}: {name}");
                }
                if student == teacher {
                    assert!(map.output.iter().copied().eq(0..map.output.len()), "all blocks stay: {map:?}");
                }
            }
        }
    }

    #[test]
    fn what_differs_is_said() {
        let teacher = UNetConfig::videocrafter2();
        let said = |student: UNetConfig| BlockMap::new(&student, &teacher).expect_err("they differ").to_string();
        let student = UNetConfig::hummingbird_07b();
        assert!(said(UNetConfig { model_channels: 64, ..student.clone() }).contains("model_channels"));
        assert!(said(UNetConfig { channel_mult: vec![1, 2], ..student.clone() }).contains("channel_mult"));
        assert!(said(UNetConfig { num_res_blocks: 3, ..student.clone() }).contains("3 residual blocks"));
        let small = UNetConfig { middle_block: false, fps_cond: false, ..teacher.clone() };
        let error = BlockMap::new(&UNetConfig::hummingbird_09b(), &small).expect_err("no middle block");
        assert_eq!(error, PruneUnfit::NoMiddleBlock);
        assert_eq!(BlockMap::new(&student, &small).expect_err("no frame rate"), PruneUnfit::NoFps);
    }
}
