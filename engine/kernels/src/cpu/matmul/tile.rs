//! The innermost loop: six rows and a few vectors of columns, whose sums stay in registers.

use pulp::{Simd, WithSimd, bytemuck};

use crate::cpu::simd::Fused;

/// Rows of a tile: with two or four vectors of columns they fill 16 or 32 registers.
pub const TILE_ROWS: usize = 6;

/// The widest tile of a vector unit.
pub const fn most_vectors<S: Simd>() -> usize {
    if S::REGISTER_COUNT >= 32 { 4 } else { 2 }
}

/// Vectors of columns of a tile that suits so many columns: few are left empty, and a row's value is used for many.
pub struct TileVectors {
    pub columns: usize,
    /// Whether half of the tile are gates, so that it can only be the widest.
    pub gated: bool,
    /// Vectors at most.
    pub most: usize,
}

/// How wide the tiles of a matmul are.
#[derive(Clone, Copy)]
pub struct TileWidth {
    pub vectors: usize,
    /// Columns: the values of so many vectors.
    pub lanes: usize,
}

impl WithSimd for TileVectors {
    type Output = TileWidth;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> TileWidth {
        let widest = most_vectors::<S>().min(self.most);
        // Instructions of a step: products, and about three to load a row's value and a vector of the panel.
        let cost = |vectors: usize| self.columns.div_ceil(vectors * S::F32_LANES) * (TILE_ROWS * vectors + 3);
        let mut vectors = widest;
        if !self.gated {
            for fewer in (1..widest).rev() {
                if cost(fewer) < cost(vectors) {
                    vectors = fewer;
                }
            }
        }
        TileWidth { vectors, lanes: vectors * S::F32_LANES }
    }
}

/// Sums of a tile over one run: six rows in `pieces`, and a panel `[depth, lanes]` of weights.
///
/// The innermost loop goes over indices: behind adapters of iterators the compiler leaves the sums in memory in some
/// profiles, at a tenth of the speed.
#[inline(always)]
pub fn tile<S: Simd, const VECTORS: usize>(
    simd: S,
    pieces: &[[&[f32]; TILE_ROWS]],
    panel: &[f32],
) -> [[S::f32s; VECTORS]; TILE_ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; TILE_ROWS];
    let mut panel = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>().0;
    for [a, b, c, d, e, f] in pieces {
        let (weights, rest) = panel.split_at(a.len());
        panel = rest;
        for ((((((weights, a), b), c), d), e), f) in weights.iter().zip(*a).zip(*b).zip(*c).zip(*d).zip(*e).zip(*f) {
            for (sums, value) in sums.iter_mut().zip([a, b, c, d, e, f]) {
                let value = simd.splat_f32s(*value);
                for vector in 0..VECTORS {
                    sums[vector] = simd.mul_add_f32s(value, weights[vector], sums[vector]);
                }
            }
        }
    }
    sums
}

/// What sums are added to.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    Zero,
    Bias(&'a [f32]),
    Add { bias: &'a [f32], residual: &'a [f32] },
    There,
}

/// What becomes of the sums of one row.
#[derive(Clone, Copy)]
pub enum Finish<'a> {
    From(Start<'a>),
    /// The first half of the sums times the GELU of the second half.
    Geglu {
        bias: &'a [f32],
        gate_bias: &'a [f32],
    },
}

impl Finish<'_> {
    /// Writes one row of a tile; `y` is shorter than the sums at the border.
    #[inline(always)]
    pub fn store<S: Simd, const VECTORS: usize>(self, simd: S, sums: &[S::f32s; VECTORS], y: &mut [f32]) {
        match self {
            Self::From(start) if y.len() == VECTORS * S::F32_LANES => store_vectors(simd, sums, start, y),
            Self::From(start) => {
                let sums = *sums;
                store_values(bytemuck::cast_slice(&sums), start, y);
            }
            Self::Geglu { bias, gate_bias } => {
                let sums = *sums;
                let (values, gates) = bytemuck::cast_slice(&sums).split_at(VECTORS * S::F32_LANES / 2);
                // Fused operations are one instruction where vectors are wide, and on every 64-bit ARM.
                if S::F32_LANES >= 8 || cfg!(target_arch = "aarch64") {
                    geglu(Fused::<true>, values, gates, bias, gate_bias, y);
                } else {
                    geglu(Fused::<false>, values, gates, bias, gate_bias, y);
                }
            }
        }
    }
}

#[inline(always)]
fn store_vectors<S: Simd, const VECTORS: usize>(simd: S, sums: &[S::f32s; VECTORS], start: Start<'_>, y: &mut [f32]) {
    let y = &mut S::as_mut_simd_f32s(y).0[..VECTORS];
    match start {
        Start::Zero => y.copy_from_slice(sums),
        Start::Bias(bias) => {
            let bias = &S::as_simd_f32s(bias).0[..VECTORS];
            for vector in 0..VECTORS {
                y[vector] = simd.add_f32s(bias[vector], sums[vector]);
            }
        }
        Start::Add { bias, residual } => {
            let (bias, residual) = (&S::as_simd_f32s(bias).0[..VECTORS], &S::as_simd_f32s(residual).0[..VECTORS]);
            for vector in 0..VECTORS {
                y[vector] = simd.add_f32s(residual[vector], simd.add_f32s(bias[vector], sums[vector]));
            }
        }
        Start::There => {
            for vector in 0..VECTORS {
                y[vector] = simd.add_f32s(y[vector], sums[vector]);
            }
        }
    }
}

#[inline(always)]
fn store_values(sums: &[f32], start: Start<'_>, y: &mut [f32]) {
    for (index, (y, sum)) in y.iter_mut().zip(sums).enumerate() {
        *y = match start {
            Start::Zero => *sum,
            Start::Bias(bias) => bias[index] + sum,
            Start::Add { bias, residual } => residual[index] + (bias[index] + sum),
            Start::There => *y + sum,
        };
    }
}

#[inline(always)]
fn geglu<const FUSED: bool>(
    fused: Fused<FUSED>,
    values: &[f32],
    gates: &[f32],
    bias: &[f32],
    gate_bias: &[f32],
    y: &mut [f32],
) {
    for ((y, (value, bias)), (gate, gate_bias)) in
        y.iter_mut().zip(values.iter().zip(bias)).zip(gates.iter().zip(gate_bias))
    {
        *y = (value + bias) * fused.gelu(gate + gate_bias);
    }
}

/// What is known of sums that were already stored, for rows that are not made of tiles.
#[inline(always)]
pub fn finish_row<const FUSED: bool>(
    fused: Fused<FUSED>,
    sums: &[f32],
    gates: Option<&[f32]>,
    finish: Finish<'_>,
    y: &mut [f32],
) {
    match (finish, gates) {
        (Finish::Geglu { bias, gate_bias }, Some(gates)) => geglu(fused, sums, gates, bias, gate_bias, y),
        (Finish::From(start), _) => store_values(sums, start, y),
        (Finish::Geglu { .. }, None) => unreachable!("a gated matmul has gates"),
    }
}
