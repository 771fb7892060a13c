
// What the attention kernels share. For q and out of [batch, tokens_q * pixels, heads * d], k and v of
// [batch, tokens_k * pixels, heads * d].

struct Params {
    batch: u32,
    // Sequences that lie between each other: a token's next one comes this many rows later.
    pixels: u32,
    heads: u32,
    tokens_q: u32,
    tokens_k: u32,
    // d / 4.
    head_vectors: u32,
    // Chunks of a head, for kernels that split it.
    chunks: u32,
    // Tiles of queries.
    tiles: u32,
    mask: u32,
    // Factor of the scores.
    scale: f32,
    // Workgroups before those of this launch: large attentions take several launches.
    first_group: u32,
}

const CAUSAL: u32 = 1u;
// A score that no softmax lets through, and still finite so that no infinity meets another.
const MASKED_SCORE: f32 = -1e30;

@group(0) @binding(0) var<storage, read_write> q: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> k: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
// Log-sum-exp of each row of scores, [batch * pixels, heads, tokens_q].
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
@group(0) @binding(5) var<storage, read_write> params: Params;
