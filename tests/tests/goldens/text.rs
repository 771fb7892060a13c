//! The text transformer.

use burn::tensor::Device;
use hummingbird_engine::handoff::{CONTEXT_TOKENS, TokenIds};
use hummingbird_engine::nn::config::{CLIP_VOCABULARY, TextConfig};
use hummingbird_engine::nn::params::ParamLoader;
use hummingbird_engine::pipeline::clip_text::{TEXT_PREFIX, TextEncoder};
use hummingbird_tests::compare::{Comparison, Order};
use hummingbird_tests::devices::{cpu, gpu};
use hummingbird_tests::golden::GoldenFile;
use hummingbird_tests::rule::RuleWeights;

use super::TOL;

/// Four blocks, of which the last does not run, and the whole vocabulary.
pub fn tiny() -> TextConfig {
    TextConfig { width: 64, heads: 4, layers: 3, token_ids: None, vocab_size: CLIP_VOCABULARY }
}

fn check(device: &Device) {
    let golden = GoldenFile::read("text");
    let loader = ParamLoader::new(&RuleWeights, device);
    let encoder = TextEncoder::init(&tiny(), &loader.path(TEXT_PREFIX)).expect("the rule has weights for every name");
    let tokens: Vec<TokenIds> = golden
        .get("tokens")
        .values
        .as_chunks::<CONTEXT_TOKENS>()
        .0
        .iter()
        .map(|row| TokenIds { ids: row.map(|id| id as u32), text_tokens: 0, kept_text: None })
        .collect();
    let comparison = Comparison::new(format!("text on {device:?}"), &golden, TOL);
    let embedding = encoder.forward(&tokens, &comparison).expect("a comparison ends no pass");
    comparison.add("out", embedding.tensor, Order::Reference);
    comparison.finish(&[]);
}

#[test]
fn four_prompts_on_the_cpu() {
    check(&cpu());
}

#[test]
fn four_prompts_on_the_gpu() {
    if let Some(gpu) = gpu("text::four_prompts_on_the_gpu") {
        check(&gpu);
    }
}
