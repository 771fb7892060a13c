//! BERT's first layers, as InternVideo2 uses them: a text's feature is what its first token has become.

use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, TensorData};
use hummingbird_formats::FileError;
use hummingbird_kernels::{AttentionOptions, attention};
use hummingbird_nn::linear::{Linear, LinearConfig};
use hummingbird_nn::norm::LayerNorm;
use hummingbird_nn::params::{Init, ParamPath};

use crate::clip_text::{embed, token_table};
use crate::config::BertConfig;

/// Epsilon of BERT's norms.
const EPS: f64 = 1e-12;

/// Token ids of a text, and which of them are text; the others only fill it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedTokens {
    /// Ids.
    pub ids: Vec<u32>,
    /// Whether an id is seen, for each of them; at least one is.
    pub is_seen: Vec<bool>,
}

impl MaskedTokens {
    /// All of them are seen.
    pub fn all(ids: Vec<u32>) -> Self {
        let is_seen = vec![true; ids.len()];
        Self { ids, is_seen }
    }
}

/// The layers before the first that looks at a clip.
#[derive(Module, Debug)]
pub struct Bert {
    word_embeddings: Param<Tensor<2>>,
    position_embeddings: Param<Tensor<2>>,
    token_type_embeddings: Param<Tensor<2>>,
    norm: LayerNorm,
    layers: Vec<Layer>,
}

impl Bert {
    /// The network at `path`.
    pub fn init(config: &BertConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let width = config.hidden_size;
        let embeddings = path.at("embeddings");
        let init = Init::Normal { std: 0.02 };
        let table = |name: &str, rows: usize| embeddings.param(name, [rows, width], init);
        let layers = (0..config.fusion_layer).map(|index| Layer::init(config, &path.at("encoder.layer").at(index)));
        Ok(Self {
            word_embeddings: token_table("word_embeddings.weight", [config.vocab_size, width], &embeddings)?,
            position_embeddings: table("position_embeddings.weight", config.max_position_embeddings)?,
            token_type_embeddings: table("token_type_embeddings.weight", config.type_vocab_size)?,
            norm: LayerNorm::init_with(&embeddings.at("LayerNorm"), width, EPS)?,
            layers: layers.collect::<Result<_, _>>()?,
        })
    }

    /// # Shapes
    /// texts of one length `-> [texts, tokens, width]`
    ///
    /// # Panics
    /// When texts differ in length, are longer than there are positions, see nothing, or have ids that are not in the table: a
    /// bug of the caller.
    pub fn forward(&self, texts: &[MaskedTokens]) -> Tensor<3> {
        let positions = self.position_embeddings.val();
        let hidden = texts.iter().map(|text| {
            let tokens = text.ids.len();
            let embedded = embed(&self.word_embeddings, std::slice::from_ref(&text.ids), &positions.device());
            let of_position = positions.clone().narrow(0, 0, tokens);
            let of_type = self.token_type_embeddings.val().narrow(0, 0, 1);
            let x = self.norm.forward(embedded + (of_position + of_type).unsqueeze::<3>());
            let seen = Seen::new(text);
            self.layers.iter().fold(x, |x, layer| layer.forward(x, &seen))
        });
        Tensor::cat(hidden.collect(), 0)
    }
}

/// The tokens that are looked at: the softmax's weights of all others are zero in the reference, to the last bit.
struct Seen {
    /// `None`: all of them.
    places: Option<Vec<i32>>,
}

impl Seen {
    fn new(text: &MaskedTokens) -> Self {
        assert_eq!(text.ids.len(), text.is_seen.len(), "a mask for each token");
        if text.is_seen.iter().all(|is_seen| *is_seen) {
            return Self { places: None };
        }
        let places: Vec<i32> =
            (0_i32..).zip(&text.is_seen).filter(|(_, is_seen)| **is_seen).map(|(place, _)| place).collect();
        assert!(!places.is_empty(), "a text has tokens");
        Self { places: Some(places) }
    }

    /// `[1, tokens, width] -> [1, seen, width]`
    fn of(&self, x: Tensor<3>) -> Tensor<3> {
        let Some(places) = &self.places else { return x };
        let places = TensorData::new(places.clone(), [places.len()]);
        let places = Tensor::<1, Int>::from_data(places, &x.device());
        x.select(1, places)
    }
}

/// `x = norm(x + attention(x))`; `x = norm(x + mlp(x))`.
#[derive(Module, Debug)]
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    #[module(skip)]
    heads: usize,
}

impl Layer {
    fn init(config: &BertConfig, path: &ParamPath<'_>) -> Result<Self, FileError> {
        let (width, hidden) = (config.hidden_size, config.intermediate_size);
        let linear = |name: &str, inputs, outputs| LinearConfig::new(inputs, outputs).init(&path.at(name));
        let norm = |name: &str| LayerNorm::init_with(&path.at(name), width, EPS);
        Ok(Self {
            query: linear("attention.self.query", width, width)?,
            key: linear("attention.self.key", width, width)?,
            value: linear("attention.self.value", width, width)?,
            attended: linear("attention.output.dense", width, width)?,
            attended_norm: norm("attention.output.LayerNorm")?,
            intermediate: linear("intermediate.dense", width, hidden)?,
            output: linear("output.dense", hidden, width)?,
            output_norm: norm("output.LayerNorm")?,
            heads: config.num_attention_heads,
        })
    }

    /// # Shapes
    /// `[1, tokens, width]`, unchanged
    fn forward(&self, x: Tensor<3>, seen: &Seen) -> Tensor<3> {
        let looked_at = seen.of(x.clone());
        let query = self.query.forward(x.clone());
        let (key, value) = (self.key.forward(looked_at.clone()), self.value.forward(looked_at));
        let options = AttentionOptions { rounded: self.query.is_rounded(), ..AttentionOptions::new(self.heads) };
        let attended = self.attended.forward_add(attention(query, key, value, options), x);
        let x = self.attended_norm.forward(attended);
        let hidden = self.intermediate.forward_gelu(x.clone());
        self.output_norm.forward(self.output.forward_add(hidden, x))
    }
}
