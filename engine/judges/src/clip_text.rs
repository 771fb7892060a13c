//! CLIP's text tower: a text's feature is what its end token has become.

use burn::module::{Module, Param};
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use hummingbird_formats::FileError;
use hummingbird_nn::clip_block::{ClipBlock, ClipBlockConfig};
use hummingbird_nn::cost::{MetaTensor, Tracer, Weight};
use hummingbird_nn::gelu::Gelu;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

use crate::config::ClipTextConfig;

/// The tower.
#[derive(Module, Debug)]
pub struct ClipText {
    token_embedding: Param<Tensor<2>>,
    positional_embedding: Param<Tensor<2>>,
    blocks: Vec<ClipBlock>,
    ln_final: LayerNorm,
    /// `[width, features]`
    text_projection: Param<Tensor<2>>,
}

impl ClipText {
    /// The tower at `path`, with features of `channels`.
    pub fn init(config: &ClipTextConfig, gelu: Gelu, channels: usize, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let ClipTextConfig { context_length, vocab_size, width, heads, layers } = *config;
        let block = ClipBlockConfig { gelu, ..ClipBlockConfig::text(width, heads) };
        let blocks = (0..layers).map(|index| ClipBlock::init(&block, &path.at("transformer.resblocks").at(index)));
        Ok(Self {
            token_embedding: token_table("token_embedding.weight", [vocab_size, width], path)?,
            positional_embedding: path.param(
                "positional_embedding",
                [context_length, width],
                Init::Normal { std: 0.01 },
            )?,
            blocks: blocks.collect::<Result<_, _>>()?,
            ln_final: LayerNorm::init(&path.at("ln_final"), width)?,
            text_projection: path.param("text_projection", [width, channels], Init::Uniform { fan_in: width })?,
        })
    }

    /// Token ids of a text.
    pub fn context_length(&self) -> usize {
        let [context, _] = self.positional_embedding.lazy_shape().dims();
        context
    }

    /// The end token is the one with the largest id.
    ///
    /// # Shapes
    /// texts of `context_length` ids `-> [texts, channels]`, not normalised
    ///
    /// # Panics
    /// When a text has another length or an id is not in the table: a bug of the caller.
    pub fn forward(&self, texts: &[Vec<u32>]) -> Tensor<2> {
        let positions = self.positional_embedding.val();
        let [context, width] = positions.dims();
        assert!(texts.iter().all(|text| text.len() == context), "texts have {context} ids");
        let embedded = embed(&self.token_embedding, texts, &positions.device());
        let x = self.blocks.iter().fold(embedded + positions.unsqueeze::<3>(), |x, block| block.forward(x));
        let ends = texts.iter().enumerate().map(|(index, text)| {
            let end = end_position(text);
            // [texts, context, width] -> [1, 1, width]: the norm is of each token alone.
            x.clone().narrow(0, index, 1).narrow(1, end, 1)
        });
        let ends = Tensor::cat(ends.collect(), 0);
        self.ln_final.forward(ends).reshape([texts.len(), width]).matmul(self.text_projection.val())
    }
}

impl ClipText {
    /// Cost of [`Self::forward`] of so many texts.
    pub fn cost(&self, tracer: &Tracer, texts: usize) -> MetaTensor {
        let [context, width] = self.positional_embedding.lazy_shape().dims();
        let table = Weight::of(&self.token_embedding);
        tracer.reads_weight((texts + 1) * context * width * size_of::<f32>());
        let embedded = tracer.rows_of(&table, &[texts, context, width]);
        let x = self.blocks.iter().fold(embedded, |x, block| block.cost(tracer, x));
        let ends = self.ln_final.cost(tracer, tracer.gathered(x, &[texts, 1, width]));
        let [_, channels] = self.text_projection.lazy_shape().dims();
        tracer.matmul(ends.reshape(&[texts, width]), &Weight::sized(&[channels, width], size_of::<f32>()), None)
    }
}

/// The first place of the largest id.
fn end_position(text: &[u32]) -> usize {
    let largest = text.iter().max();
    text.iter().position(|id| Some(id) == largest).unwrap_or_default()
}

/// A table of tokens, in the memory of the processor: those of full-size models are larger than the buffers of many GPUs.
pub(crate) fn token_table(name: &str, shape: [usize; 2], path: &ParamPath<'_>) -> Result<Param<Tensor<2>>, FileError> {
    path.on_host().table(name, shape, Init::Normal { std: 0.02 })
}

/// Rows of a [`token_table`] on the device of the layers.
///
/// # Shapes
/// texts of one length `-> [texts, tokens, width]`
pub(crate) fn embed(table: &Param<Tensor<2>>, texts: &[Vec<u32>], device: &Device) -> Tensor<3> {
    let table = table.val();
    let [rows, width] = table.dims();
    let tokens = texts.first().map_or(0, Vec::len);
    let ids: Vec<i32> = texts.iter().flatten().map(|&id| i32::try_from(id).expect("ids are in the table")).collect();
    assert!(ids.iter().all(|&id| (id as usize) < rows), "the table has {rows} rows");
    let at_table = table.device();
    let ids = Tensor::<1, Int>::from_data(TensorData::new(ids, [texts.len() * tokens]), &at_table);
    let embedded = table.select(0, ids).cast(DType::F32).reshape([texts.len(), tokens, width]);
    if at_table == *device { embedded } else { Tensor::from_data(embedded.into_data(), device) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_token_is_the_first_of_the_largest_ids() {
        assert_eq!(end_position(&[49_406, 5, 49_407, 0, 0]), 2);
        assert_eq!(end_position(&[3, 9, 9, 1]), 1);
    }
}
