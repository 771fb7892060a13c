//! Matmuls with weights, for linear layers and convolutions alike: `matmul_tiled.wgsl`, `matmul_packed.wgsl`, `matmul_dots.wgsl`,
//! `matmul_broadcast.wgsl`, `matmul_cooperative.wgsl` and their common part, their parameters and their reference implementation.
//!
//! A convolution is an implicit GEMM: a row of the matmul is a patch of a channels-last image. A linear layer is the case
//! of patches of one pixel. Channels and columns are counted in fours, "quads", of which every pixel has a whole number.

mod q8;

use std::mem::offset_of;

use bytemuck::{Pod, Zeroable};

pub use self::q8::{BLOCK, fake_quantized, holds_q8, pack_q8, q8_words, unpack_q8};
use crate::parts::CooperativeMatrices;
use crate::{Prelude, Shader, stacked};

/// What the kernels share.
const PART: &str = include_str!("../parts/matmul.wgsl");
/// How they read weights of all formats, and those of [`Format::NativeF16`].
const WORDS: &str = include_str!("../parts/weight_words.wgsl");
const Q8: &str = include_str!("../parts/weight_q8.wgsl");
const Q8_TO_HALVES: &str = include_str!("../parts/q8_to_halves.wgsl");
const HALVES: &str = include_str!("../parts/weight_halves.wgsl");
/// Values of a quad.
pub const QUAD: u32 = 4;
/// Invocations of a tile's workgroup.
const TILE_WORKGROUP: u32 = 64;
/// Rows and columns of the tiles of packed halves and of dot products.
const PACKED_TILE: u32 = 64;
/// Matmuls of fewer rows do not use cooperative matrices.
const MATRIX_ROWS: u32 = 32;
/// Rows and columns of the largest tiles, and how many of them keep a device busy.
const LARGE_TILE: u32 = 128;
const LARGE_TILES: u32 = 100;

/// How a workgroup makes its part of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Plan {
    /// Square tiles through memory of the workgroup.
    Tiled {
        /// Rows and columns of a tile.
        tile: u32,
    },
    /// Lanes of a subgroup that hand each other what they read.
    Broadcast {
        /// Columns of a workgroup.
        columns: u32,
        /// Lanes of a subgroup, at least eight: one workgroup.
        lanes: u32,
    },
    /// Square tiles of 64 through memory of the workgroup, whose factors and short sums have 16 bits, two of them computed at once.
    Packed,
    /// Square tiles of 64 through memory of the workgroup, whose activations are quantized to int8 ([`fake_quantized`]) and multiplied
    /// four at a time.
    Dots,
    /// Square tiles whose factors are rounded to 16 bits, through cooperative matrices of the device's subgroups.
    Cooperative {
        /// The matrices.
        matrices: CooperativeMatrices,
        /// How many of them lie along a side of the tile: 4 or 8.
        across: u32,
    },
}

impl Plan {
    /// The plan for matmuls of this many rows and columns on a device whose subgroups are best told to broadcast, or not.
    ///
    /// `lanes` is the size of subgroups where memory of a workgroup is no faster than other memory, as on software drivers.
    pub fn new(rows: u32, columns: u32, gated: bool, lanes: Option<u32>) -> Self {
        // The larger parts read less and, alone, have gates.
        match lanes {
            Some(lanes) => Self::Broadcast { columns: if columns > 8 || gated { 32 } else { 8 }, lanes },
            None => Self::Tiled { tile: if (rows > 32 && columns > 32) || gated { 64 } else { 32 } },
        }
    }

    /// Whether a result of so many rows and columns has enough tiles of the largest size to keep a device busy.
    pub fn is_large(rows: u32, columns: u32) -> bool {
        rows.div_ceil(LARGE_TILE) * columns.div_ceil(LARGE_TILE) >= LARGE_TILES
    }

    /// Tiles of `across` cooperative matrices along a side, 4 or 8, for a matmul of so many rows with a weight of at most 16 bits
    /// on a device of so many invocations of a workgroup and bytes of its memory. `None` for few rows, for which reading the
    /// weight takes longer than multiplying, and for devices that hold too little. The larger tiles read less, where there are
    /// enough of them.
    pub fn cooperative(
        rows: u32,
        matrices: CooperativeMatrices,
        across: u32,
        invocations: u32,
        memory: u32,
    ) -> Option<Self> {
        let side = matrices.side;
        let plan = Self::Cooperative { matrices, across };
        let depth = matrices.parts_of_step() * 16 / across * side / QUAD;
        // Halves of both tiles, and two matrices of sums for each subgroup.
        let bytes = 2 * (across * side * (depth + 2) * QUAD * 2) + 8 * side * side * 4;
        let fits = plan.workgroup() <= invocations && bytes <= memory;
        (rows >= MATRIX_ROWS && matrices.are_for_kernels() && fits).then_some(plan)
    }

    /// Tiles of packed halves; `None` for results that would leave most of one empty.
    pub fn packed(rows: u32, columns: u32) -> Option<Self> {
        (rows > PACKED_TILE / 2 && columns > PACKED_TILE / 2).then_some(Self::Packed)
    }

    /// Tiles of dot products; `None` for larger patches than a pixel, whose scales change from channel to channel, and for results that
    /// would leave most of a tile empty.
    pub fn dots(rows: u32, columns: u32, taps: u32) -> Option<Self> {
        let is_filled = rows > PACKED_TILE / 2 && columns > PACKED_TILE / 2;
        (taps == 1 && is_filled).then_some(Self::Dots)
    }

    /// Whether it can multiply with gates: what a workgroup makes must be large enough to be halved.
    pub fn has_gates(self) -> bool {
        let narrow = matches!(self, Self::Tiled { tile: 32 } | Self::Broadcast { columns: 8, .. });
        !narrow
    }

    /// Whether it reads weights of a format.
    pub fn reads(self, format: Format) -> bool {
        match self {
            Self::Tiled { .. } | Self::Broadcast { .. } => true,
            Self::Packed | Self::Cooperative { .. } => matches!(format, Format::NativeF16 | Format::Q8),
            Self::Dots => format == Format::Q8,
        }
    }

    /// Whether it rounds its factors to 16 bits.
    pub fn rounds(self) -> bool {
        matches!(self, Self::Packed | Self::Cooperative { .. })
    }

    /// Invocations of a workgroup.
    pub fn workgroup(self) -> u32 {
        match self {
            Self::Tiled { .. } | Self::Packed | Self::Dots => TILE_WORKGROUP,
            Self::Broadcast { lanes, .. } => lanes,
            Self::Cooperative { matrices, .. } => 4 * matrices.lanes,
        }
    }

    /// Rows and columns of the part that one workgroup makes, gates among the columns.
    fn part(self) -> [u32; 2] {
        match self {
            Self::Tiled { tile } => [tile, tile],
            Self::Packed | Self::Dots => [PACKED_TILE; 2],
            Self::Broadcast { columns, lanes } => [QUAD * lanes, columns],
            Self::Cooperative { matrices, across } => [across * matrices.side; 2],
        }
    }
}

/// Number format of a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// 32 bits.
    F32 = 0,
    /// 16 bits, two to a word: read without the device's own type of that size, which not every device has.
    F16 = 1,
    /// 8 bits, with a scale for every [`BLOCK`] neighbours: the words of [`pack_q8`].
    Q8 = 2,
    /// The same values as [`Format::F16`], read in the device's own type of that size.
    NativeF16 = 3,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q8, Self::NativeF16];
}

/// The activation of an epilogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// None.
    #[default]
    None,
    /// `max(y, 0)`, after the residual was added.
    Relu,
    /// The exact GELU, after the residual was added.
    Gelu,
    /// `1 / (1 + e^-y)`, after the residual was added.
    Sigmoid,
    /// The hyperbolic tangent, after the residual was added.
    Tanh,
    /// `value * gelu(gate)` with the exact GELU (Shazeer 2020), `value` the first and `gate` the second half of the columns
    /// with their bias. A residual is added after it.
    Geglu,
}

impl Activation {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::None, Self::Relu, Self::Gelu, Self::Sigmoid, Self::Tanh, Self::Geglu];

    /// Whether half of the columns are gates, so that the result has half as many columns as the weight has rows.
    pub fn is_gated(self) -> bool {
        self == Self::Geglu
    }

    /// Columns of the result for a weight of so many rows.
    pub fn columns(self, weight_rows: usize) -> usize {
        if self.is_gated() { weight_rows / 2 } else { weight_rows }
    }

    /// `GATED` and `ACTIVATION` of the WGSL files.
    fn constants(self) -> [(&'static str, u32); 2] {
        let [gated, activation] = match self {
            Self::None => [0, 0],
            Self::Relu => [0, 1],
            Self::Gelu => [0, 2],
            Self::Sigmoid => [0, 3],
            Self::Tanh => [0, 4],
            Self::Geglu => [1, 0],
        };
        [("GATED", gated), ("ACTIVATION", activation)]
    }
}

/// What a matmul or a convolution does to its sums before it writes them: `activation(prelu(sums + bias + residual))`, or
/// `geglu(sums + bias) + residual`.
///
/// The one description of it for the reference implementation and every device: `Bias` and `Residual` are slices or tensors.
#[derive(Clone, Copy, Debug)]
pub struct Epilogue<Bias, Residual = Bias> {
    /// Added to each row: one value for each row of the weight.
    pub bias: Option<Bias>,
    /// Added in the shape of the result.
    pub residual: Option<Residual>,
    /// What values below zero are multiplied by (PReLU, He et al. 2015): one value for each column of the result. Not with gates.
    pub slopes: Option<Bias>,
    /// The activation.
    pub activation: Activation,
}

impl<Bias, Residual> Default for Epilogue<Bias, Residual> {
    /// The sums as they are.
    fn default() -> Self {
        Self { bias: None, residual: None, slopes: None, activation: Activation::None }
    }
}

impl<Bias, Residual> Epilogue<Bias, Residual> {
    /// A bias, or nothing where there is none.
    pub fn bias(bias: impl Into<Option<Bias>>) -> Self {
        Self { bias: bias.into(), ..Self::default() }
    }

    /// Whether there is nothing but a bias, or nothing at all.
    pub fn is_bias_only(&self) -> bool {
        self.residual.is_none() && self.slopes.is_none() && self.activation == Activation::None
    }

    /// With a residual.
    pub fn residual(self, residual: Residual) -> Self {
        Self { residual: Some(residual), ..self }
    }

    /// With slopes below zero.
    pub fn slopes(self, slopes: Bias) -> Self {
        Self { slopes: Some(slopes), ..self }
    }

    /// With an activation.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The bias, and what comes after it.
    pub fn split_bias(self) -> (Option<Bias>, Self) {
        let Self { bias, .. } = self;
        (bias, Self { bias: None, ..self })
    }
}

impl<T> Epilogue<T> {
    /// The same with references to its operands.
    pub fn as_ref(&self) -> Epilogue<&T> {
        let Self { bias, residual, slopes, activation } = self;
        Epilogue { bias: bias.as_ref(), residual: residual.as_ref(), slopes: slopes.as_ref(), activation: *activation }
    }

    /// The same with its operands in another form.
    pub fn map<U>(self, form: impl Fn(T) -> U) -> Epilogue<U> {
        let Self { bias, residual, slopes, activation } = self;
        Epilogue { bias: bias.map(&form), residual: residual.map(&form), slopes: slopes.map(form), activation }
    }

    /// Bias, residual and slopes, as far as they are there.
    pub fn operands(&self) -> impl Iterator<Item = &T> {
        self.bias.iter().chain(&self.residual).chain(&self.slopes)
    }
}

/// One kernel of the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Variant {
    /// How a workgroup makes its part.
    pub plan: Plan,
    /// Number format of the weight.
    pub format: Format,
    /// The activation of the epilogue; bias and residual are parameters.
    pub activation: Activation,
}

impl Variant {
    /// Every kernel in use, for the checks.
    pub(crate) fn all() -> Vec<Self> {
        let plans = [
            Plan::Tiled { tile: 32 },
            Plan::Tiled { tile: 64 },
            Plan::Broadcast { columns: 8, lanes: 8 },
            Plan::Broadcast { columns: 32, lanes: 8 },
            Plan::Packed,
            Plan::Dots,
        ];
        let cooperative = CooperativeMatrices::ALL
            .into_iter()
            .flat_map(|matrices| [4, 8].map(|across| Plan::Cooperative { matrices, across }));
        let plans = plans.into_iter().chain(cooperative).collect::<Vec<_>>();
        Activation::ALL
            .into_iter()
            .flat_map(|activation| plans.iter().map(move |&plan| (plan, activation)))
            .filter(|(plan, activation)| !activation.is_gated() || plan.has_gates())
            .flat_map(|(plan, activation)| Format::ALL.map(|format| Self { plan, format, activation }))
            .filter(|variant| variant.plan.reads(variant.format))
            .collect()
    }

    /// The kernel.
    pub fn shader(&self) -> Shader {
        let Self { plan, format, activation } = *self;
        let [gated, activation] = activation.constants();
        let mut constants = vec![("WORKGROUP", plan.workgroup()), gated, ("FORMAT", format as u32), activation];
        let is_native = format == Format::NativeF16;
        let mut parts = vec![
            PART,
            match format {
                Format::F32 | Format::F16 => WORDS,
                Format::Q8 => Q8,
                Format::NativeF16 => HALVES,
            },
        ];
        if plan.rounds() && format == Format::Q8 {
            parts.push(Q8_TO_HALVES);
        }
        let mut extensions: &[&str] = if is_native { &["f16"] } else { &[] };
        let (stem, wgsl) = match plan {
            Plan::Tiled { tile } => {
                constants.push(("TILE", tile));
                ("matmul_tiled", include_str!("../wgsl/matmul_tiled.wgsl"))
            }
            Plan::Broadcast { columns, .. } => {
                constants.push(("COLUMNS", columns));
                ("matmul_broadcast", include_str!("../wgsl/matmul_broadcast.wgsl"))
            }
            Plan::Packed => {
                extensions = &["f16"];
                ("matmul_packed", include_str!("../wgsl/matmul_packed.wgsl"))
            }
            Plan::Dots => ("matmul_dots", include_str!("../wgsl/matmul_dots.wgsl")),
            Plan::Cooperative { matrices: matrices @ CooperativeMatrices { side, lanes }, across } => {
                let parts_of_step = matrices.parts_of_step();
                constants.extend([("SIDE", side), ("ACROSS", across), ("LANES", lanes), ("PARTS", parts_of_step)]);
                parts.extend(matrices.parts());
                extensions = CooperativeMatrices::EXTENSIONS;
                ("matmul_cooperative", include_str!("../wgsl/matmul_cooperative.wgsl"))
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

    /// Lines of workgroups, each of which makes some rows of the result, in one launch or several.
    pub fn lines(&self, params: &Params) -> u32 {
        let [rows, _] = self.plan.part();
        params.rows.div_ceil(rows)
    }

    /// Workgroups of `lines` lines along the three axes: columns, rows, and rows beyond what the second axis holds.
    pub fn workgroups(&self, params: &Params, lines: u32) -> [u32; 3] {
        let [_, columns] = self.plan.part();
        let columns = if self.activation.is_gated() { columns / 2 } else { columns };
        let [down, layers] = stacked(lines);
        [(params.columns * QUAD).div_ceil(columns), down, layers]
    }
}

/// A convolution of channels-last images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patches {
    /// Images, height, width and channels.
    pub image: [u32; 4],
    /// Height and width of a patch.
    pub kernel: [u32; 2],
    /// Step from patch to patch in both directions.
    pub stride: u32,
    /// Zeros around the image: top, bottom, left, right.
    pub padding: [u32; 4],
    /// Whether every pixel counts as two by two equal ones before all else.
    pub doubled: bool,
}

impl Patches {
    /// Patches of one pixel: the rows of `[rows, channels]`.
    pub fn rows(rows: u32, channels: u32) -> Self {
        Self { image: [1, 1, rows, channels], kernel: [1; 2], stride: 1, padding: [0; 4], doubled: false }
    }

    /// Height and width of the image whose pixels the result has.
    ///
    /// # Panics
    /// When the patch is larger than the padded image: a bug of the caller.
    pub fn output(&self) -> [u32; 2] {
        let [_, height, width, _] = self.image;
        let [top, bottom, left, right] = self.padding;
        let extent = |size: u32, around: u32, kernel: u32| {
            let size = (size << u32::from(self.doubled)) + around;
            assert!(size >= kernel, "a kernel of {kernel} does not fit into {size} pixels");
            (size - kernel) / self.stride + 1
        };
        [extent(height, top + bottom, self.kernel[0]), extent(width, left + right, self.kernel[1])]
    }
}

/// The kernels' parameters, laid out as the `Params` struct of the WGSL files.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Params {
    /// Pixels of all images of the result.
    pub rows: u32,
    /// Quads of a pixel of the result.
    pub columns: u32,
    /// Quads of a pixel of the input.
    pub channels: u32,
    /// Height of the input.
    pub height: u32,
    /// Width of the input.
    pub width: u32,
    /// Height of the result.
    pub out_height: u32,
    /// Width of the result.
    pub out_width: u32,
    /// Pixels of a patch.
    pub taps: u32,
    /// Width of a patch.
    pub kernel_width: u32,
    /// Step from patch to patch.
    pub stride: u32,
    /// Rows of zeros above the image.
    pub top: u32,
    /// Columns of zeros to its left.
    pub left: u32,
    /// 1 where every pixel counts as two by two, else 0.
    pub doubled: u32,
    /// The last row of the weight.
    pub last_weight: u32,
    /// 1 where there is a bias, else 0.
    pub has_bias: u32,
    /// 1 where there is a residual, else 0.
    pub has_residual: u32,
    /// Words before the scales of an 8-bit weight.
    pub first_scale: u32,
    /// Scales of each of its rows.
    pub row_scales: u32,
    /// The first line of workgroups of a launch, see [`Variant::lines`].
    pub first_line: u32,
}

impl Params {
    /// Names and byte offsets of the fields.
    pub const LAYOUT: [(&str, usize); 19] = [
        ("rows", offset_of!(Self, rows)),
        ("columns", offset_of!(Self, columns)),
        ("channels", offset_of!(Self, channels)),
        ("height", offset_of!(Self, height)),
        ("width", offset_of!(Self, width)),
        ("out_height", offset_of!(Self, out_height)),
        ("out_width", offset_of!(Self, out_width)),
        ("taps", offset_of!(Self, taps)),
        ("kernel_width", offset_of!(Self, kernel_width)),
        ("stride", offset_of!(Self, stride)),
        ("top", offset_of!(Self, top)),
        ("left", offset_of!(Self, left)),
        ("doubled", offset_of!(Self, doubled)),
        ("last_weight", offset_of!(Self, last_weight)),
        ("has_bias", offset_of!(Self, has_bias)),
        ("has_residual", offset_of!(Self, has_residual)),
        ("first_scale", offset_of!(Self, first_scale)),
        ("row_scales", offset_of!(Self, row_scales)),
        ("first_line", offset_of!(Self, first_line)),
    ];

    /// Parameters of the matmul of `patches` with a weight of `weight_rows` rows that makes `columns` values of each.
    ///
    /// # Panics
    /// When the channels are no whole quads: a bug of the caller.
    pub fn new(patches: &Patches, columns: u32, weight_rows: u32, has_bias: bool, has_residual: bool) -> Self {
        let Patches { image: [images, height, width, channels], kernel, stride, padding, doubled } = *patches;
        assert!(channels.is_multiple_of(QUAD), "{channels} channels are no whole quads");
        let [out_height, out_width] = patches.output();
        Self {
            rows: images * out_height * out_width,
            columns: columns.div_ceil(QUAD),
            channels: channels / QUAD,
            height,
            width,
            out_height,
            out_width,
            taps: kernel[0] * kernel[1],
            kernel_width: kernel[1],
            stride,
            top: padding[0],
            left: padding[2],
            doubled: u32::from(doubled),
            last_weight: weight_rows - 1,
            has_bias: u32::from(has_bias),
            has_residual: u32::from(has_residual),
            first_scale: weight_rows * kernel[0] * kernel[1] * channels / QUAD,
            row_scales: (kernel[0] * kernel[1] * channels).div_ceil(BLOCK as u32),
            first_line: 0,
        }
    }
}

/// The reference implementation, in f64 inside: `x` of `[images, height, width, in]`, `weight` of `[out, kernel height, kernel width, in]`;
/// the result is `[images, height', width', out]`, or half as many columns where gated.
///
/// # Panics
/// When the slices do not have these lengths: a bug of the caller.
pub fn matmul(x: &[f32], weight: &[f32], patches: &Patches, epilogue: Epilogue<&[f32]>) -> Vec<f32> {
    let [images, height, width, channels] = patches.image.map(|size| size as usize);
    let [kernel_height, kernel_width] = patches.kernel.map(|size| size as usize);
    let [top, _, left, _] = patches.padding.map(|size| size as usize);
    let [out_height, out_width] = patches.output().map(|size| size as usize);
    let (stride, shift) = (patches.stride as usize, u32::from(patches.doubled));
    assert_eq!(x.len(), images * height * width * channels, "x is [images, height, width, in]");
    let patch = kernel_height * kernel_width * channels;
    assert!(weight.len().is_multiple_of(patch), "weight is [out, kernel height, kernel width, in]");
    let mut y = Vec::new();
    for pixel in 0..images * out_height * out_width {
        let (image, row, column) = (pixel / out_width / out_height, pixel / out_width % out_height, pixel % out_width);
        let sums = weight.chunks_exact(patch).enumerate().map(|(out, factors)| {
            let mut sum = epilogue.bias.map_or(0.0, |bias| f64::from(bias[out]));
            for (tap, factors) in factors.chunks_exact(channels).enumerate() {
                let source_row = (row * stride + tap / kernel_width).wrapping_sub(top);
                let source_column = (column * stride + tap % kernel_width).wrapping_sub(left);
                if source_row >= height << shift || source_column >= width << shift {
                    continue;
                }
                let start = ((image * height + (source_row >> shift)) * width + (source_column >> shift)) * channels;
                let values = &x[start..start + channels];
                sum += values.iter().zip(factors).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum::<f64>();
            }
            sum
        });
        let mut sums: Vec<f64> = sums.collect();
        if epilogue.activation.is_gated() {
            let gates = sums.split_off(sums.len() / 2);
            sums.iter_mut().zip(gates).for_each(|(value, gate)| *value *= gelu(gate));
        }
        if let Some(residual) = epilogue.residual {
            let residual = &residual[pixel * sums.len()..];
            sums.iter_mut().zip(residual).for_each(|(value, more)| *value += f64::from(*more));
        }
        if let Some(slopes) = epilogue.slopes {
            let below = sums.iter_mut().zip(slopes).filter(|(value, _)| **value < 0.0);
            below.for_each(|(value, slope)| *value *= f64::from(*slope));
        }
        y.extend(sums.into_iter().map(|sum| match epilogue.activation {
            Activation::None | Activation::Geglu => sum as f32,
            Activation::Relu => sum.max(0.0) as f32,
            Activation::Gelu => gelu(sum) as f32,
            Activation::Sigmoid => (1.0 / (1.0 + (-sum).exp())) as f32,
            Activation::Tanh => sum.tanh() as f32,
        }));
    }
    y
}

/// `v * Phi(v)` with the normal distribution function, whose erf is summed as a series (Abramowitz and Stegun 7.1.6), in all
/// places of f64 that count here.
pub fn gelu(v: f64) -> f64 {
    let z = v / std::f64::consts::SQRT_2;
    if z.abs() > 6.0 {
        return if z > 0.0 { v } else { 0.0 };
    }
    let (mut term, mut sum, mut n) = (z, z, 1.0);
    while term.abs() > 1e-17 * sum.abs() {
        term *= 2.0 * z * z / (2.0 * n + 1.0);
        sum += term;
        n += 1.0;
    }
    0.5 * v * (1.0 + std::f64::consts::FRAC_2_SQRT_PI * (-z * z).exp() * sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cooperative_matrices_are_for_matmuls_and_devices_that_are_large_enough() {
        let matrices = CooperativeMatrices { side: 16, lanes: 32 };
        let plan = |rows, across, memory| Plan::cooperative(rows, matrices, across, 256, memory);
        let tile = |across| Some(Plan::Cooperative { matrices, across });
        // One row of an embedding, the text, the finest and the coarsest level of the 0.7B.
        assert_eq!(plan(1, 4, 48 << 10), None);
        assert_eq!(plan(77, 4, 48 << 10), tile(4));
        assert!(!Plan::is_large(77, 4096) && Plan::is_large(40_960, 320) && !Plan::is_large(640, 1280));
        // What every Vulkan device grants holds neither tile, 32 KiB hold both.
        assert_eq!([plan(40_960, 8, 16 << 10), plan(40_960, 4, 16 << 10)], [None; 2]);
        assert_eq!(plan(40_960, 8, 32 << 10), tile(8));
        // Other subgroups, those for which no kernel is written, and a device of small workgroups.
        for (side, lanes) in [(16, 64), (8, 8), (8, 16), (8, 32)] {
            let matrices = CooperativeMatrices { side, lanes };
            let tile = Some(Plan::Cooperative { matrices, across: 8 });
            assert_eq!(Plan::cooperative(40_960, matrices, 8, 256, 32 << 10), tile, "{matrices:?}");
        }
        for (side, lanes) in [(16, 16), (16, 128), (8, 4), (8, 64), (32, 64), (16, 48)] {
            let matrices = CooperativeMatrices { side, lanes };
            assert_eq!(Plan::cooperative(40_960, matrices, 8, 1024, 48 << 10), None, "{matrices:?}");
        }
        assert_eq!(Plan::cooperative(40_960, matrices, 8, 64, 48 << 10), None);
    }
}
