//! Multi-head attention: `attention.wgsl` in tiles for GPUs, `attention_cooperative.wgsl` through their cooperative matrices,
//! `attention_subgroup.wgsl` for software drivers, their parameters and their reference implementation.

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

use crate::parts::{CooperativeMatrices, Subgroups};
use crate::{Prelude, Shader, spread};

/// What the kernels share.
const PART: &str = include_str!("../parts/attention.wgsl");

/// How many invocations share which part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Tiles through workgroup memory: any device, any head whose channels four divides.
    Tiled(Tile),
    /// One invocation for a query, keys handed round in a subgroup: see the file for whom this is good.
    Subgroup {
        /// Vectors of four channels of a head.
        head_vectors: u32,
    },
    /// Tiles of factors rounded to 16 bits, through the cooperative matrices of the device's subgroups.
    Cooperative {
        /// The matrices.
        matrices: CooperativeMatrices,
        /// Chunks of a head, each as wide as four matrices.
        chunks: u32,
    },
}

/// The tile of `attention.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tile {
    /// Vectors of four channels that are in workgroup memory together.
    head_vectors: u32,
    /// Quadruples of keys of one invocation.
    key_quads: u32,
    /// Invocations along keys and channels.
    across: u32,
    /// Invocations along queries, four to each.
    down: u32,
    /// Heads or sequences of a workgroup.
    teams: u32,
}

impl Tile {
    /// Up to 16 queries, several heads or sequences to a workgroup.
    const SHORT: [Self; 3] = [
        Self { head_vectors: 4, key_quads: 1, across: 4, down: 4, teams: 4 },
        Self { head_vectors: 8, key_quads: 1, across: 4, down: 4, teams: 4 },
        Self { head_vectors: 16, key_quads: 1, across: 4, down: 4, teams: 2 },
    ];
    /// 64 queries.
    const LONG: [Self; 3] = [
        Self { head_vectors: 4, key_quads: 2, across: 4, down: 16, teams: 1 },
        Self { head_vectors: 8, key_quads: 1, across: 8, down: 16, teams: 1 },
        Self { head_vectors: 16, key_quads: 1, across: 8, down: 16, teams: 1 },
    ];

    /// Bytes of workgroup memory.
    fn bytes(self) -> u32 {
        let (queries, key_vectors) = (4 * self.down, self.key_quads * self.across);
        let keys = 4 * key_vectors;
        16 * self.teams * ((queries + keys) * self.head_vectors + queries * key_vectors)
    }

    fn workgroup(self) -> u32 {
        self.across * self.down * self.teams
    }

    /// The tile for a head and a number of queries that fits into `workgroup_bytes` of memory; 9 KiB are always enough.
    fn of(head_vectors: u32, tokens_q: u32, workgroup_bytes: u32) -> Self {
        let width = if head_vectors <= 4 {
            0
        } else if head_vectors <= 8 {
            1
        } else {
            2
        };
        let (short, long) = (Self::SHORT[width], Self::LONG[width]);
        // Two short tiles leave no more empty than a long one from here on.
        let tile = if tokens_q > 32 { long } else { short };
        if tile.bytes() <= workgroup_bytes { tile } else { Self { teams: 1, ..short } }
    }
}

impl Plan {
    /// Invocations of a workgroup of the subgroup kernel, and queries of each of them.
    const SUBGROUP: [u32; 2] = [8, 2];
    /// The widest head that the subgroup kernel holds in registers, in vectors.
    const MAX_SUBGROUP_VECTORS: u32 = 16;

    /// The plan for a device with such subgroups and so much workgroup memory; `None` for heads whose channels four does
    /// not divide.
    pub fn new(sizes: Sizes, subgroups: Subgroups, workgroup_bytes: u32) -> Option<Self> {
        let head_vectors = (sizes.head_channels / 4) as u32;
        if !sizes.head_channels.is_multiple_of(4) {
            None
        } else if subgroups == Subgroups::SoftwareOfEight && head_vectors <= Self::MAX_SUBGROUP_VECTORS {
            Some(Self::Subgroup { head_vectors })
        } else {
            Some(Self::Tiled(Tile::of(head_vectors, sizes.tokens_q as u32, workgroup_bytes)))
        }
    }

    /// Matrices along queries of a tile, as many as subgroups; also those along a chunk of a head.
    const MATRICES: u32 = 4;

    /// The plan for sequences that may be rounded to 16 bits on a device that has `matrices`; `None` for short sequences, for
    /// heads that are no whole chunks and for devices with too little workgroup memory.
    pub fn cooperative(sizes: Sizes, matrices: CooperativeMatrices, workgroup_bytes: u32) -> Option<Self> {
        let CooperativeMatrices { side, lanes } = matrices;
        let width = Self::MATRICES * side;
        let chunks = sizes.head_channels as u32 / width;
        let quad_bytes = 8;
        let rows = width * (side + 2) * quad_bytes;
        let weights = width * (side / 2 + 2) * quad_bytes;
        let scores = width * (2 * side + 4) * 4;
        let fits = rows + weights + scores + 16 <= workgroup_bytes;
        let is_long = sizes.tokens_q as u32 >= width;
        (is_long
            && fits
            && lanes.is_multiple_of(side)
            && Self::CHUNKS.contains(&chunks)
            && sizes.head_channels as u32 == chunks * width)
            .then_some(Self::Cooperative { matrices, chunks })
    }

    /// Pieces of the heads of the models, and of the tests.
    const CHUNKS: [u32; 3] = [1, 2, 8];

    /// The kernel. Bindings: queries, keys, values, result, log-sum-exp, parameters.
    pub fn shader(self) -> Shader {
        let mut parts = vec![PART];
        let mut extensions: &[&str] = &[];
        let (stem, wgsl, constants) = match self {
            Self::Cooperative { matrices: matrices @ CooperativeMatrices { side, lanes }, chunks } => {
                parts.extend(matrices.parts());
                extensions = CooperativeMatrices::EXTENSIONS;
                let constants =
                    vec![("SIDE", side), ("LANES", lanes), ("CHUNKS", chunks), ("WORKGROUP", self.workgroup())];
                ("attention_cooperative", include_str!("../wgsl/attention_cooperative.wgsl"), constants)
            }
            Self::Tiled(tile) => {
                let constants = vec![
                    ("HEAD_VECTORS", tile.head_vectors),
                    ("KEY_QUADS", tile.key_quads),
                    ("ACROSS", tile.across),
                    ("DOWN", tile.down),
                    ("TEAMS", tile.teams),
                    ("WORKGROUP", tile.workgroup()),
                ];
                ("attention", include_str!("../wgsl/attention.wgsl"), constants)
            }
            Self::Subgroup { head_vectors } => {
                let [workgroup, rows] = Self::SUBGROUP;
                let constants = vec![("HEAD_VECTORS", head_vectors), ("ROWS", rows), ("WORKGROUP", workgroup)];
                ("attention_subgroup", include_str!("../wgsl/attention_subgroup.wgsl"), constants)
            }
        };
        Shader {
            stem,
            wgsl,
            extensions,
            prelude: Prelude(constants),
            parts,
            params: &Params::LAYOUT,
            params_bytes: size_of::<Params>(),
        }
    }

    /// Invocations of a workgroup.
    pub fn workgroup(self) -> u32 {
        match self {
            Self::Tiled(tile) => tile.workgroup(),
            Self::Subgroup { .. } => Self::SUBGROUP[0],
            Self::Cooperative { matrices, .. } => Self::MATRICES * matrices.lanes,
        }
    }

    /// Parameters of this plan for sequences that lie one after the other (`pixels` of one) or, in groups of `pixels`,
    /// between each other; `mask` is one of the constants there.
    pub fn params(self, sizes: Sizes, pixels: usize, mask: u32) -> Params {
        let head_vectors = (sizes.head_channels / 4) as u32;
        let (chunks, queries) = match self {
            Self::Tiled(tile) => (head_vectors.div_ceil(tile.head_vectors), 4 * tile.down),
            Self::Subgroup { .. } => (1, Self::SUBGROUP.iter().product()),
            Self::Cooperative { matrices, chunks } => (chunks, Self::MATRICES * matrices.side),
        };
        Params {
            batch: (sizes.batch / pixels) as u32,
            pixels: pixels as u32,
            heads: sizes.heads as u32,
            tokens_q: sizes.tokens_q as u32,
            tokens_k: sizes.tokens_k as u32,
            head_vectors,
            chunks,
            tiles: (sizes.tokens_q as u32).div_ceil(queries),
            mask,
            scale: (sizes.head_channels as f32).powf(-0.5),
            first_group: 0,
        }
    }

    /// Workgroups in all, in one launch or several.
    pub fn groups(self, params: &Params) -> u32 {
        let teams = match self {
            Self::Tiled(tile) => tile.teams,
            Self::Subgroup { .. } | Self::Cooperative { .. } => 1,
        };
        (params.batch * params.pixels * params.heads).div_ceil(teams) * params.tiles * params.chunks
    }

    /// `groups` of them along the three axes: some may be too many.
    pub fn workgroups(self, groups: u32) -> [u32; 3] {
        spread(groups)
    }
}

/// Everything that devices may run, with the heads of the models and of the tests.
pub(crate) fn variants() -> Vec<Shader> {
    let tiles = Tile::SHORT.into_iter().chain(Tile::LONG);
    let alone = Tile::SHORT.map(|tile| Tile { teams: 1, ..tile });
    let subgroup = [1, 4, 5, 16].map(|head_vectors| Plan::Subgroup { head_vectors });
    let cooperative = CooperativeMatrices::ALL
        .into_iter()
        .flat_map(|matrices| Plan::CHUNKS.map(|chunks| Plan::Cooperative { matrices, chunks }));
    tiles.chain(alone).map(Plan::Tiled).chain(subgroup).chain(cooperative).map(Plan::shader).collect()
}

/// The parameters of both kernels, laid out as the `Params` struct of the WGSL files.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Params {
    /// Independent groups of sequences.
    pub batch: u32,
    /// Sequences of each group: token by token they lie beside each other.
    pub pixels: u32,
    /// Heads.
    pub heads: u32,
    /// Queries of a sequence.
    pub tokens_q: u32,
    /// Keys and values of a sequence.
    pub tokens_k: u32,
    /// Vectors of four channels of a head.
    pub head_vectors: u32,
    /// Chunks into which a head is split.
    pub chunks: u32,
    /// Tiles of queries.
    pub tiles: u32,
    /// [`Params::NO_MASK`] or [`Params::CAUSAL`].
    pub mask: u32,
    /// Factor of the scores.
    pub scale: f32,
    /// The first workgroup of a launch, see [`Plan::groups`].
    pub first_group: u32,
}

impl Params {
    /// Every query sees every key.
    pub const NO_MASK: u32 = 0;
    /// A query sees the keys at its own position and before.
    pub const CAUSAL: u32 = 1;

    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 11] = [
        ("batch", offset_of!(Self, batch)),
        ("pixels", offset_of!(Self, pixels)),
        ("heads", offset_of!(Self, heads)),
        ("tokens_q", offset_of!(Self, tokens_q)),
        ("tokens_k", offset_of!(Self, tokens_k)),
        ("head_vectors", offset_of!(Self, head_vectors)),
        ("chunks", offset_of!(Self, chunks)),
        ("tiles", offset_of!(Self, tiles)),
        ("mask", offset_of!(Self, mask)),
        ("scale", offset_of!(Self, scale)),
        ("first_group", offset_of!(Self, first_group)),
    ];
}

/// Sizes of one attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Independent sequences.
    pub batch: usize,
    /// Queries of a sequence.
    pub tokens_q: usize,
    /// Keys and values of a sequence.
    pub tokens_k: usize,
    /// Heads.
    pub heads: usize,
    /// Channels of one head.
    pub head_channels: usize,
}

/// How many keys the query at a position sees, from the first on.
pub type VisibleKeys = fn(query: usize, tokens_k: usize) -> usize;

/// `softmax(q k^T / sqrt(d)) v` in f64: `q` of `[batch, tokens_q, heads * d]`, `k` and `v` of
/// `[batch, tokens_k, heads * d]`, result as `q`.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes, visible: VisibleKeys) -> Vec<f32> {
    attention_and_lse(q, k, v, sizes, visible).0
}

/// [`attention`], and the log-sum-exp of each row of scores, `[batch, heads, tokens_q]`.
pub fn attention_and_lse(q: &[f32], k: &[f32], v: &[f32], sizes: Sizes, visible: VisibleKeys) -> (Vec<f32>, Vec<f32>) {
    let Sizes { batch, tokens_q, tokens_k, heads, head_channels: d } = sizes;
    let width = heads * d;
    let mut out = vec![0.0; q.len()];
    let mut lse = Vec::with_capacity(batch * heads * tokens_q);
    for b in 0..batch {
        for head in 0..heads {
            for query in 0..tokens_q {
                let q_start = (b * tokens_q + query) * width + head * d;
                let key_start = |key: usize| (b * tokens_k + key) * width + head * d;
                let scores = (0..visible(query, tokens_k))
                    .map(|key| {
                        let products = (0..d).map(|i| f64::from(q[q_start + i]) * f64::from(k[key_start(key) + i]));
                        products.sum::<f64>() / (d as f64).sqrt()
                    })
                    .collect::<Vec<_>>();
                let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let weights = scores.iter().map(|score| (score - largest).exp()).collect::<Vec<_>>();
                let sum = weights.iter().sum::<f64>();
                for i in 0..d {
                    let mixed = weights.iter().enumerate().map(|(key, w)| w * f64::from(v[key_start(key) + i]));
                    out[q_start + i] = (mixed.sum::<f64>() / sum) as f32;
                }
                lse.push((largest + sum.ln()) as f32);
            }
        }
    }
    (out, lse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cooperative_matrices_are_for_long_sequences_and_heads_of_whole_chunks() {
        let matrices = CooperativeMatrices { side: 16, lanes: 32 };
        let sizes = |tokens_q, head_channels| Sizes { batch: 1, tokens_q, tokens_k: 77, heads: 2, head_channels };
        let chunks = |tokens, channels, memory| match Plan::cooperative(sizes(tokens, channels), matrices, memory) {
            Some(Plan::Cooperative { chunks, .. }) => Some(chunks),
            other => {
                assert_eq!(other, None);
                None
            }
        };
        assert_eq!(chunks(2560, 64, 48 << 10), Some(1));
        assert_eq!(chunks(2560, 512, 32 << 10), Some(8));
        assert_eq!(chunks(16, 64, 48 << 10), None);
        assert_eq!(chunks(2560, 16, 48 << 10), None);
        assert_eq!(chunks(2560, 96, 48 << 10), None);
        assert_eq!(chunks(2560, 64, 16 << 10), None);
    }
}
