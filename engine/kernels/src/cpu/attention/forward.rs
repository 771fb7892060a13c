//! The forward pass: blocks of queries against tiles of keys, so that scores never leave the cache (online softmax after
//! Milakov and Gimelshein 2018; tiling after Dao et al. 2022).
//!
//! Both matmuls run through the tile of the linear layers: keys and values are packed for it once for each block.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::Sizes;
use crate::cpu::matmul::tile::{TILE_ROWS, TileVectors, most_vectors, tile};
use crate::cpu::simd::Fused;
use crate::window_attention::APART;

/// Queries of one block: their outputs stay in the second-level cache while the keys pass.
const BLOCK_QUERIES: usize = 16 * TILE_ROWS;
/// Keys of a tile in panels.
const TILE_PANELS: usize = 2;
/// Tasks for each thread, so that all end at about the same time.
const TASKS: usize = 4;
/// Keys up to which those of all heads are packed together.
const FEW_KEYS: usize = 64;
/// Pixels of a task where sequences are interleaved.
const TASK_PIXELS: usize = 16;

/// Output in the shape of `q` and log-sum-exp `[batch * pixels, heads, tokens_q]`.
pub fn forward(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes) -> (Vec<f32>, Vec<f32>) {
    forward_with(q, k, v, sizes, NoBias)
}

/// What is added to scores before they are weighed. A type of its own, so that attention without it has no such step.
pub trait ScoreBias: Copy + Sync {
    /// Adds to the scores of `query` in a head of a sequence, whose first key is `first_key`.
    fn add(self, scores: &mut [f32], tokens: usize, sequence: usize, head: usize, query: usize, first_key: usize);
}

/// Nothing.
#[derive(Clone, Copy)]
struct NoBias;

impl ScoreBias for NoBias {
    #[inline(always)]
    fn add(self, _: &mut [f32], _: usize, _: usize, _: usize, _: usize, _: usize) {}
}

/// That of windows, see [`WindowBias`](crate::WindowBias); sequences are its windows.
#[derive(Clone, Copy)]
pub struct Bias<'a> {
    /// `[heads, tokens, tokens]`
    pub within: &'a [f32],
    /// `[heads, tokens, tokens]`
    pub more: &'a [f32],
    /// `[sequences, 3, tokens]`
    pub places: &'a [f32],
}

/// [`forward`] with a bias of scores.
pub fn forward_with(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes, bias: impl ScoreBias) -> (Vec<f32>, Vec<f32>) {
    let Sizes { batch, tokens_q, heads, pixels, .. } = sizes;
    let width = sizes.heads * sizes.d;
    let mut out = vec![0.0; batch * tokens_q * pixels * width];
    let mut lse = vec![0.0; batch * pixels * heads * tokens_q];
    if out.is_empty() {
        return (out, lse);
    }
    let arch = Arch::new();
    let tasks = tasks(&mut out, sizes);
    let parts = tasks.into_par_iter().map(|task| {
        let (sequences, queries) = (task.sequences.clone(), task.queries.clone());
        (sequences, queries, arch.dispatch(Attend { q, k, v, sizes, bias, task }))
    });
    for (sequences, queries, part) in parts.collect::<Vec<_>>() {
        let rows = lse[sequences.start * heads * tokens_q..].chunks_exact_mut(tokens_q);
        for (row, part) in rows.zip(part.chunks_exact(queries.len())) {
            row[queries.clone()].copy_from_slice(part);
        }
    }
    (out, lse)
}

/// Values that one task of [`forward`] holds beside inputs and outputs, for so many keys of `heads * d` channels: keys and values as
/// tiles read them, and the sums of a block.
pub fn task_values(tokens_k: usize, heads: usize, d: usize) -> usize {
    let heads = if tokens_k <= FEW_KEYS { heads } else { 1 };
    let arch = Arch::new();
    let [keys, padded] = tile_vectors(tokens_k, d).map(|columns| {
        let whole = columns.columns;
        whole.next_multiple_of(arch.dispatch(columns).lanes)
    });
    heads * (keys * d + tokens_k * padded) + BLOCK_QUERIES * padded
}

/// Some neighbouring sequences of one batch entry, and some of their queries.
struct Task<'a> {
    sequences: Range<usize>,
    queries: Range<usize>,
    /// For each query the outputs of all the sequences, `[sequences, heads * d]`.
    out: Vec<&'a mut [f32]>,
}

/// Shares the output among tasks: by pixels where sequences are interleaved, by queries where there are few sequences.
fn tasks(out: &mut [f32], sizes: Sizes) -> Vec<Task<'_>> {
    let Sizes { batch, tokens_q, heads, d, pixels, .. } = sizes;
    let width = heads * d;
    let wanted = (TASKS * rayon::current_num_threads()).div_ceil(batch * pixels.div_ceil(TASK_PIXELS));
    let queries = tokens_q.div_ceil(wanted).next_multiple_of(TILE_ROWS).max(BLOCK_QUERIES.min(tokens_q));
    let mut tasks = Vec::new();
    for (entry, out) in out.chunks_mut(tokens_q * pixels * width).enumerate() {
        for (block, out) in out.chunks_mut(queries * pixels * width).enumerate() {
            let first = block * queries;
            let count = out.len() / (pixels * width);
            let start = tasks.len();
            for pixel in (0..pixels).step_by(TASK_PIXELS) {
                let sequences = entry * pixels + pixel..entry * pixels + (pixel + TASK_PIXELS).min(pixels);
                tasks.push(Task { sequences, queries: first..first + count, out: Vec::with_capacity(count) });
            }
            for row in out.chunks_mut(pixels * width) {
                row.chunks_mut(TASK_PIXELS * width).zip(&mut tasks[start..]).for_each(|(row, task)| task.out.push(row));
            }
        }
    }
    tasks
}

/// Computes the outputs of a task, and gives its log-sum-exp, `[sequences, heads, queries]`.
struct Attend<'a, B> {
    q: &'a [f32],
    k: &'a [f32],
    v: &'a [f32],
    sizes: Sizes,
    bias: B,
    task: Task<'a>,
}

impl<B: ScoreBias> WithSimd for Attend<'_, B> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let [keys, channels] =
            tile_vectors(self.sizes.tokens_k, self.sizes.d).map(|columns| columns.with_simd(simd).vectors);
        match channels {
            1 => self.run_keys::<S, 1>(simd, keys),
            2 => self.run_keys::<S, 2>(simd, keys),
            // Where registers are few a tile has two vectors at most.
            3 if most_vectors::<S>() > 2 => self.run_keys::<S, 3>(simd, keys),
            _ if most_vectors::<S>() > 2 => self.run_keys::<S, 4>(simd, keys),
            _ => self.run_keys::<S, 2>(simd, keys),
        }
    }
}

/// Tiles of the matmul with the keys, and of that with the values.
fn tile_vectors(tokens_k: usize, d: usize) -> [TileVectors; 2] {
    [tokens_k, d].map(|columns| TileVectors { columns, gated: false, most: usize::MAX })
}

/// What a task keeps beside its inputs and outputs; made once, used for every head.
struct Room {
    /// Scaled, of each head of a pack, `[key panels, d, lanes]`.
    keys: Vec<f32>,
    /// Of each head of a pack, `[channel panels, tokens_k, lanes]`.
    values: Vec<f32>,
    /// Scores of a tile, `[TILE_ROWS, keys]`.
    scores: Vec<f32>,
    /// Sums of weighted values of a block, `[BLOCK_QUERIES, padded d]`.
    sums: Vec<f32>,
    /// The largest score of each query so far.
    largest: [f32; BLOCK_QUERIES],
    /// The sum of its exponentials.
    totals: [f32; BLOCK_QUERIES],
}

impl<B: ScoreBias> Attend<'_, B> {
    #[inline(always)]
    fn run_keys<S: Simd, const D: usize>(self, simd: S, keys: usize) -> Vec<f32> {
        match keys {
            1 => self.run::<S, 1, D>(simd),
            2 | 3 if most_vectors::<S>() > 2 => self.run::<S, 3, D>(simd),
            _ if most_vectors::<S>() > 2 => self.run::<S, 4, D>(simd),
            _ => self.run::<S, 2, D>(simd),
        }
    }

    #[inline(always)]
    fn run<S: Simd, const K: usize, const D: usize>(mut self, simd: S) -> Vec<f32> {
        let Sizes { tokens_k, heads, d, .. } = self.sizes;
        let (key_lanes, lanes) = (K * S::F32_LANES, D * S::F32_LANES);
        let padded = d.next_multiple_of(lanes);
        // Heads lie together in a row, so short sequences are read once for all of them.
        let pack_heads = if tokens_k <= FEW_KEYS { heads } else { 1 };
        let mut room = Room {
            keys: vec![0.0; pack_heads * tokens_k.next_multiple_of(key_lanes) * d],
            values: vec![0.0; pack_heads * padded * tokens_k],
            scores: vec![0.0; TILE_ROWS * TILE_PANELS * key_lanes],
            sums: vec![0.0; BLOCK_QUERIES * padded],
            largest: [0.0; BLOCK_QUERIES],
            totals: [0.0; BLOCK_QUERIES],
        };
        let queries = self.task.queries.clone();
        let mut lse = vec![0.0; self.task.sequences.len() * heads * queries.len()];
        let mut lines = lse.chunks_exact_mut(queries.len());
        for sequence in self.task.sequences.clone() {
            for head in 0..heads {
                if head % pack_heads == 0 {
                    self.pack(&mut room, sequence, head..head + pack_heads, key_lanes, lanes);
                }
                let lse = lines.next().expect("one line for each sequence and head");
                for (block, lse) in lse.chunks_mut(BLOCK_QUERIES).enumerate() {
                    let first = queries.start + block * BLOCK_QUERIES;
                    let queries = first..first + lse.len();
                    self.block::<S, K, D>(simd, &mut room, sequence, head, head % pack_heads, queries);
                    self.finish(&room, sequence, head, first..first + lse.len(), padded, lse);
                }
            }
        }
        lse
    }

    /// Where a token of a sequence begins in `q`, `k` or `v`, with so many tokens in a sequence.
    fn place(&self, sequence: usize, token: usize, tokens: usize, head: usize) -> usize {
        let Sizes { heads, d, pixels, .. } = self.sizes;
        let row = (sequence / pixels * tokens + token) * pixels + sequence % pixels;
        (row * heads + head) * d
    }

    /// Keys and values of some heads in the order in which tiles read them. Plain loops: closures that go through the standard
    /// library are not compiled for the vector unit.
    #[inline(always)]
    fn pack(&self, room: &mut Room, sequence: usize, heads: Range<usize>, key_lanes: usize, lanes: usize) {
        let Sizes { tokens_k, d, .. } = self.sizes;
        let scale = self.sizes.scale();
        let (keys, values) = (room.keys.len() / heads.len(), room.values.len() / heads.len());
        for token in 0..tokens_k {
            let place = self.place(sequence, token, tokens_k, heads.start);
            for index in 0..heads.len() {
                let from = &self.k[place + index * d..][..d];
                let panel = &mut room.keys[index * keys + token / key_lanes * key_lanes * d..][..key_lanes * d];
                for (line, from) in panel.chunks_exact_mut(key_lanes).zip(from) {
                    line[token % key_lanes] = from * scale;
                }
                let from = &self.v[place + index * d..][..d];
                let panels = room.values[index * values..][..values].chunks_exact_mut(tokens_k * lanes);
                for (panel, from) in panels.zip(from.chunks(lanes)) {
                    for (to, from) in panel[token * lanes..].iter_mut().zip(from) {
                        *to = *from;
                    }
                }
            }
        }
    }

    /// Largest scores, totals and sums of a block of queries.
    #[inline(always)]
    fn block<S: Simd, const K: usize, const D: usize>(
        &self,
        simd: S,
        room: &mut Room,
        sequence: usize,
        head: usize,
        packed: usize,
        queries: Range<usize>,
    ) {
        let Sizes { tokens_q, tokens_k, d, .. } = self.sizes;
        let (key_lanes, lanes) = (K * S::F32_LANES, D * S::F32_LANES);
        let (tile_keys, padded) = (TILE_PANELS * key_lanes, d.next_multiple_of(lanes));
        let Room { keys, values, scores, sums, largest, totals } = room;
        let (head_keys, head_values) = (tokens_k.next_multiple_of(key_lanes) * d, tokens_k * padded);
        let keys = &keys[packed * head_keys..][..head_keys];
        let values = &values[packed * head_values..][..head_values];
        sums[..queries.len() * padded].fill(0.0);
        largest.fill(f32::NEG_INFINITY);
        totals.fill(0.0);
        for first_key in (0..tokens_k).step_by(tile_keys) {
            let tile_count = tile_keys.min(tokens_k - first_key);
            for group in (0..queries.len()).step_by(TILE_ROWS) {
                let rows = TILE_ROWS.min(queries.len() - group);
                let visible = |row: usize| {
                    self.sizes.visible(queries.start + group + row).saturating_sub(first_key).min(tile_count)
                };
                // The last query of a group sees the most.
                if visible(rows - 1) == 0 {
                    continue;
                }
                // Rows beyond the last repeat it; what they give is not stored.
                let lines: [&[f32]; TILE_ROWS] = std::array::from_fn(|row| {
                    let query = queries.start + group + row.min(rows - 1);
                    &self.q[self.place(sequence, query, tokens_q, head)..][..d]
                });
                for (index, panel) in keys[first_key * d..].chunks_exact(key_lanes * d).take(TILE_PANELS).enumerate() {
                    let products = tile::<S, K>(simd, &[lines], panel);
                    for (line, products) in scores.chunks_exact_mut(tile_keys).zip(&products) {
                        let line = &mut line[index * key_lanes..][..key_lanes];
                        S::as_mut_simd_f32s(line).0.copy_from_slice(products);
                    }
                }
                let mut factors = [0.0; TILE_ROWS];
                for (row, line) in scores.chunks_exact_mut(tile_keys).enumerate().take(rows) {
                    let visible = visible(row);
                    let query = queries.start + group + row;
                    self.bias.add(&mut line[..visible], tokens_k, sequence, head, query, first_key);
                    let (largest, total) = (&mut largest[group + row], &mut totals[group + row]);
                    factors[row] = weigh::<S>(&mut line[..visible], largest, total);
                    line[visible..].fill(0.0);
                }
                let weights: [&[f32]; TILE_ROWS] =
                    std::array::from_fn(|row| &scores[row.min(rows - 1) * tile_keys..][..tile_count]);
                for (index, panel) in values.chunks_exact(tokens_k * lanes).enumerate() {
                    let panel = &panel[first_key * lanes..][..tile_count * lanes];
                    let products = tile::<S, D>(simd, &[weights], panel);
                    for ((row, products), factor) in products.iter().enumerate().zip(factors).take(rows) {
                        let sums = &mut sums[(group + row) * padded + index * lanes..][..lanes];
                        let sums = &mut S::as_mut_simd_f32s(sums).0[..D];
                        let factor = simd.splat_f32s(factor);
                        for vector in 0..D {
                            sums[vector] = simd.mul_add_f32s(sums[vector], factor, products[vector]);
                        }
                    }
                }
            }
        }
    }

    /// Outputs and log-sum-exp of a block.
    #[inline(always)]
    fn finish(
        &mut self,
        room: &Room,
        sequence: usize,
        head: usize,
        queries: Range<usize>,
        padded: usize,
        lse: &mut [f32],
    ) {
        let Sizes { heads, d, .. } = self.sizes;
        let place = ((sequence - self.task.sequences.start) * heads + head) * d;
        let first = queries.start - self.task.queries.start;
        for ((row, out), lse) in self.task.out[first..].iter_mut().take(queries.len()).enumerate().zip(lse) {
            let (largest, total) = (room.largest[row], room.totals[row]);
            let inverse = 1.0 / total;
            let out = &mut out[place..place + d];
            out.iter_mut().zip(&room.sums[row * padded..]).for_each(|(out, sum)| *out = sum * inverse);
            *lse = largest + total.ln();
        }
    }
}

impl ScoreBias for Bias<'_> {
    #[inline(always)]
    fn add(self, scores: &mut [f32], tokens: usize, sequence: usize, head: usize, query: usize, first_key: usize) {
        let places = &self.places[sequence * 3 * tokens..][..3 * tokens];
        let [row, column, region] = [places[query], places[tokens + query], places[2 * tokens + query]];
        let pairs = (head * tokens + query) * tokens + first_key;
        let keys = scores.len();
        let within = &self.within[pairs..][..keys];
        let more = &self.more[pairs..][..keys];
        let rows = &places[first_key..][..keys];
        let columns = &places[tokens + first_key..][..keys];
        let regions = &places[2 * tokens + first_key..][..keys];
        for key in 0..keys {
            let distance = (row - rows[key]).abs() + (column - columns[key]).abs();
            let mask = if region == regions[key] { 0.0 } else { APART };
            scores[key] += within[key] + more[key] * distance + mask;
        }
    }
}

/// Replaces scores by `e^(score - largest)`, with the largest score so far, and gives the factor that brings earlier sums
/// to it.
#[inline(always)]
fn weigh<S: Simd>(scores: &mut [f32], largest: &mut f32, total: &mut f32) -> f32 {
    // Fused operations are one instruction where vectors are wide, and on every 64-bit ARM.
    if S::F32_LANES >= 8 || cfg!(target_arch = "aarch64") {
        weigh_with(Fused::<true>, scores, largest, total)
    } else {
        weigh_with(Fused::<false>, scores, largest, total)
    }
}

/// Partial sums of a row, one for each lane of the widest vector unit.
const LANES: usize = 16;

#[inline(always)]
fn weigh_with<const FUSED: bool>(fused: Fused<FUSED>, scores: &mut [f32], largest: &mut f32, total: &mut f32) -> f32 {
    if scores.is_empty() {
        return 1.0;
    }
    let before = *largest;
    let mut lanes = [before; LANES];
    let (whole, rest) = scores.as_chunks::<LANES>();
    for chunk in whole {
        // A NaN among them is found by the sum that follows.
        for (lane, score) in lanes.iter_mut().zip(chunk) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    for (lane, score) in lanes.iter_mut().zip(rest) {
        *lane = if *score > *lane { *score } else { *lane };
    }
    *largest = lanes.into_iter().fold(before, f32::max);
    // Before the first keys there is nothing to bring along.
    let factor = if before == f32::NEG_INFINITY { 0.0 } else { fused.exp(before - *largest) };
    let mut sums = [0.0; LANES];
    let (whole, rest) = scores.as_chunks_mut::<LANES>();
    for chunk in whole {
        for (sum, score) in sums.iter_mut().zip(chunk) {
            *score = fused.exp(*score - *largest);
            *sum += *score;
        }
    }
    for (sum, score) in sums.iter_mut().zip(rest) {
        *score = fused.exp(*score - *largest);
        *sum += *score;
    }
    *total = fused.mul_add(*total, factor, in_pairs(sums));
    factor
}

/// The sum of all lanes.
#[inline(always)]
fn in_pairs(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}
