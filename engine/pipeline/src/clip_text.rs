//! CLIP's text transformer: token ids in, one embedding for each of the 77 positions out.
//!
//! Pre-norm blocks with a causal mask and the exact GELU; the reference's penultimate mode is a matter of
//! [`TextConfig::layers`], the final norm is applied in any case.

use std::collections::HashMap;

use burn::module::{Module, Param};
use burn::tensor::{DType, Int, Tensor, TensorData};

use crate::handoff::{CONTEXT_TOKENS, TextEmbedding, TokenIds};
use hummingbird_base::Cancelled;
use hummingbird_formats::FileError;
use hummingbird_nn::clip_block::{ClipBlock, ClipBlockConfig};
use hummingbird_nn::config::TextConfig;
use hummingbird_nn::cost::{MetaTensor, Tracer, Weight};
use hummingbird_nn::hook::ForwardHook;
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};
use hummingbird_nn::recompute;

/// Prefix of the text encoder's names in the state dict of the whole model.
pub const TEXT_PREFIX: &str = "cond_stage_model.model";

/// The text encoder.
#[derive(Module, Debug)]
pub struct TextEncoder {
    token_embedding: Param<Tensor<2>>,
    positional_embedding: Param<Tensor<2>>,
    blocks: Vec<ClipBlock>,
    ln_final: LayerNorm,
    #[module(skip)]
    rows: TokenRows,
}

/// Which row of the token table an id has.
#[derive(Clone, Debug)]
enum TokenRows {
    /// Row `id` for every id; the last row for ids beyond a table that is shorter than the vocabulary.
    All { rows: usize },
    /// Rows for the ids that the model was trained on, and a last row for all others.
    Some { rows: HashMap<u32, usize>, other: usize },
}

impl TokenRows {
    fn row(&self, id: u32) -> usize {
        match self {
            Self::All { rows } => (id as usize).min(rows - 1),
            Self::Some { rows, other } => rows.get(&id).copied().unwrap_or(*other),
        }
    }
}

impl TextEncoder {
    /// The encoder at `path`.
    pub fn init(config: &TextConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let rows = match &config.token_ids {
            None => TokenRows::All { rows: config.vocab_size },
            Some(ids) => {
                TokenRows::Some { rows: ids.iter().enumerate().map(|(row, &id)| (id, row)).collect(), other: ids.len() }
            }
        };
        let block = ClipBlockConfig::text(config.width, config.heads);
        let blocks = (0..config.layers)
            .map(|index| ClipBlock::init(&block, &path.at("transformer.resblocks").at(index)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            // Rows are picked on the processor: the table of a full-size model is larger than the buffers of many GPUs.
            token_embedding: path.on_host().table(
                "token_embedding.weight",
                [config.token_rows(), config.width],
                Init::Normal { std: 0.02 },
            )?,
            positional_embedding: path.param(
                "positional_embedding",
                [CONTEXT_TOKENS, config.width],
                Init::Normal { std: 0.01 },
            )?,
            blocks,
            ln_final: LayerNorm::init(&path.at("ln_final"), config.width)?,
            rows,
        })
    }

    /// Whether the token table has a row of its own for this id.
    pub fn knows(&self, id: u32) -> bool {
        match &self.rows {
            TokenRows::All { rows } => (id as usize) < *rows,
            TokenRows::Some { rows, .. } => rows.contains_key(&id),
        }
    }

    /// # Shapes
    /// a batch of `[77]` ids `-> [batch, 77, width]`
    ///
    /// # Errors
    /// [`Cancelled`] when the hook ends the pass.
    pub fn forward(&self, tokens: &[TokenIds], hook: &dyn ForwardHook) -> Result<TextEmbedding, Cancelled> {
        let batch = tokens.len();
        let rows: Vec<i32> = tokens
            .iter()
            .flat_map(|tokens| tokens.ids)
            .map(|id| i32::try_from(self.rows.row(id)).expect("the token table has fewer than 2^31 rows"))
            .collect();
        let table = self.token_embedding.val();
        let [_, width] = table.dims();
        let (at_table, device) = (table.device(), self.positional_embedding.val().device());
        let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch * CONTEXT_TOKENS]), &at_table);
        let embedded = table.select(0, rows).cast(DType::F32).reshape([batch, CONTEXT_TOKENS, width]);
        let embedded = if at_table == device { embedded } else { Tensor::from_data(embedded.into_data(), &device) };
        let mut x = embedded + self.positional_embedding.val().unsqueeze::<3>();
        for (index, block) in self.blocks.iter().enumerate() {
            x = recompute::block(hook, block, x, ClipBlock::forward);
            hook.on_output(&format!("resblocks.{index}"), &x.clone().unsqueeze_dim(1))?;
        }
        Ok(TextEmbedding { tensor: self.ln_final.forward(x) })
    }

    /// Cost of [`Self::forward`] for so many prompts. Of the token table only the rows of the tokens are read.
    pub fn cost(&self, tracer: &Tracer, prompts: usize) -> MetaTensor {
        let [_, width] = self.positional_embedding.lazy_shape().dims();
        tracer.reads_weight((prompts + 1) * CONTEXT_TOKENS * width * size_of::<f32>());
        let table = Weight::of(&self.token_embedding);
        let mut x = tracer.rows_of(&table, &[prompts, CONTEXT_TOKENS, width]);
        for block in &self.blocks {
            x = block.cost(tracer, x);
        }
        self.ln_final.cost(tracer, x)
    }
}
