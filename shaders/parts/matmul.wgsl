// What the matmul kernels share: y = x W^T and its epilogue, where the rows of x are patches of channels-last images, one for
// each pixel of the result (implicit GEMM). A linear layer is the case of one image of one row and a patch of one pixel. Nothing
// is gathered: each place of a patch ("tap") is a stretch of channels, or of zeros beyond the border.
//
// Channels and columns are counted in fours ("quads"); a launch widens what is no multiple of four.
//
// This is a part of every `matmul_*.wgsl`, beside one of
// `weight_words.wgsl`, `weight_q8.wgsl` and `weight_halves.wgsl`, which read the weight. The prelude gives: const WORKGROUP: u32, const GATED: u32
// (0 or 1), const FORMAT: u32 (of the weight: 0 f32, 1 f16, 2 8 bits, 3 f16 in the device's own type), const ACTIVATION: u32 (0
// none, 1 ReLU, 2 GELU, 3 sigmoid, 4 tanh).

struct Params {
    // Pixels of all images of the result.
    rows: u32,
    // Quads of a pixel of the result.
    columns: u32,
    // Quads of a pixel of x.
    channels: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    // Places of a patch: kernel height times kernel width.
    taps: u32,
    kernel_width: u32,
    stride: u32,
    // Zeros above and to the left of the image.
    top: u32,
    left: u32,
    // 1 where every pixel of x counts as two by two pixels, else 0.
    doubled: u32,
    // The last row of the weight.
    last_weight: u32,
    // 1 where there is a bias or a residual, else 0: then another buffer takes its binding.
    has_bias: u32,
    has_residual: u32,
    // Of 8-bit weights: the word at which the scales begin, and how many a row has.
    first_scale: u32,
    row_scales: u32,
    // Rows of workgroups before those of this launch: large matmuls take several launches.
    first_line: u32,
}

// Neighbours that share a scale.
const BLOCK: u32 = 32u;
// Activations of the epilogue.
const RELU: u32 = 1u;
const GELU: u32 = 2u;
const SIGMOID: u32 = 3u;
const TANH: u32 = 4u;
// A stretch beyond the border.
const OUTSIDE: u32 = 0xffffffffu;

@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> params: Params;

// Where the patches of four neighbouring rows of the matmul begin.
struct Patches {
    // The first row of pixels of their images, in pixel rows of x.
    image: vec4<u32>,
    // Their first row and column in the image; below zero they wrap around.
    row: vec4<u32>,
    column: vec4<u32>,
}

fn patches_of(sizes: Params, first: u32) -> Patches {
    let pixel = vec4(first) + vec4(0u, 1u, 2u, 3u);
    let row = pixel / sizes.out_width;
    // Rows beyond the last lie outside of every image.
    let corner = select(vec4(0x80000000u), row % sizes.out_height * sizes.stride - sizes.top, pixel < vec4(sizes.rows));
    return Patches(
        row / sizes.out_height * sizes.height,
        corner,
        pixel % sizes.out_width * sizes.stride - sizes.left,
    );
}

// Where the four stretches of a place of the patches begin, in quads of x.
fn stretches(sizes: Params, patches: Patches, tap: u32) -> vec4<u32> {
    let row = patches.row + tap / sizes.kernel_width;
    let column = patches.column + tap % sizes.kernel_width;
    let doubled = vec4(sizes.doubled);
    let inside = (row < (vec4(sizes.height) << doubled)) & (column < (vec4(sizes.width) << doubled));
    let pixel = (patches.image + (row >> doubled)) * sizes.width + (column >> doubled);
    return select(vec4(OUTSIDE), pixel * sizes.channels, inside);
}

fn quad_of_x(start: u32, quad: u32) -> vec4<f32> {
    let outside = start == OUTSIDE;
    return select(x[select(start + quad, 0u, outside)], vec4(0.0), outside);
}

// The same in two steps: whether stretches have something at a quad, and what is read there, or elsewhere.
fn is_inside(starts: vec4<u32>, is_there: bool) -> vec4<bool> {
    return (starts != vec4(OUTSIDE)) & vec4(is_there);
}

fn raw_quad_of_x(start: u32, quad: u32, inside: bool) -> vec4<f32> {
    return x[select(0u, start + quad, inside)];
}

// Four rows of x at a quad, turned: the n-th column holds the n-th channel of each row.
fn block_of_x(starts: vec4<u32>, quad: u32) -> mat4x4<f32> {
    return transpose(mat4x4(
        quad_of_x(starts.x, quad),
        quad_of_x(starts.y, quad),
        quad_of_x(starts.z, quad),
        quad_of_x(starts.w, quad),
    ));
}

// Where a row of the weight begins at a place of the patches.
struct WeightRow {
    // In quads.
    place: u32,
    // Of 8-bit weights: the row's first scale, and the place of the patches.
    scales: u32,
    tap: u32,
}

// Rows beyond the last repeat it: their products are not kept.
fn row_of_weight(sizes: Params, row: u32, tap: u32) -> WeightRow {
    let inside = min(row, sizes.last_weight);
    return WeightRow((inside * sizes.taps + tap) * sizes.channels, inside * sizes.row_scales, tap);
}

// A quad of the weight's rows that is read now and used later.
struct WeightQuad {
    quad: u32,
    // Of 8-bit weights: the first of its values in the order of the scales.
    number: u32,
}

// Of a place of the patches; the first one where there is no such quad.
fn weight_quad_of(sizes: Params, tap: u32, quad: u32, is_there: bool) -> WeightQuad {
    return WeightQuad(select(0u, quad, is_there), select(0u, tap + quad * 4u * sizes.taps, is_there));
}

// Adds the products of four rows (the columns of `rows`) with a row of the weight.
fn add(sum: vec4<f32>, rows: mat4x4<f32>, factors: vec4<f32>) -> vec4<f32> {
    let first = fma(rows[1], vec4(factors.y), fma(rows[0], vec4(factors.x), sum));
    return fma(rows[3], vec4(factors.w), fma(rows[2], vec4(factors.z), first));
}

// The Gauss error function: 1 - erfc, with erfc by the Chebyshev fit of Numerical Recipes (relative error 1.2e-7).
fn erf(value: vec4<f32>) -> vec4<f32> {
    let z = abs(value);
    let t = 1.0 / fma(vec4(0.5), z, vec4(1.0));
    var sum = vec4(0.17087277);
    sum = fma(sum, t, vec4(-0.82215223));
    sum = fma(sum, t, vec4(1.48851587));
    sum = fma(sum, t, vec4(-1.13520398));
    sum = fma(sum, t, vec4(0.27886807));
    sum = fma(sum, t, vec4(-0.18628806));
    sum = fma(sum, t, vec4(0.09678418));
    sum = fma(sum, t, vec4(0.37409196));
    sum = fma(sum, t, vec4(1.00002368));
    sum = fma(sum, t, vec4(-1.26551223));
    let tail = t * exp(sum - z * z);
    return select(1.0 - tail, tail - 1.0, value < vec4(0.0));
}

fn gelu(value: vec4<f32>) -> vec4<f32> {
    return 0.5 * value * (1.0 + erf(value * 0.70710678));
}

// The epilogue of a row of a block: GEGLU, residual, activation.
fn finish(place: u32, has_residual: u32, sum: vec4<f32>, gate: vec4<f32>) {
    var value = sum;
    if (GATED == 1u) {
        value = value * gelu(gate);
    }
    if (has_residual == 1u) {
        value = value + residual[place];
    }
    if (ACTIVATION == RELU) {
        value = max(value, vec4(0.0));
    }
    if (ACTIVATION == GELU) {
        value = gelu(value);
    }
    if (ACTIVATION == SIGMOID) {
        value = 1.0 / (1.0 + exp(-value));
    }
    if (ACTIVATION == TANH) {
        // Beyond, it is 1; some drivers' own divides infinities there.
        value = tanh(clamp(value, vec4(-15.0), vec4(15.0)));
    }
    y[place] = value;
}

// The epilogue of a block: the columns of `sums` are columns of the result, so it is turned back.
fn finish_block(sizes: Params, row: u32, column: u32, sums: mat4x4<f32>, gate_sums: mat4x4<f32>) {
    if (column < sizes.columns) {
        var start = vec4(0.0);
        var gate_start = vec4(0.0);
        if (sizes.has_bias == 1u) {
            start = bias[column];
            if (GATED == 1u) {
                gate_start = bias[sizes.columns + column];
            }
        }
        let values = transpose(sums);
        let gates = transpose(gate_sums);
        let place = row * sizes.columns + column;
        if (row < sizes.rows) {
            finish(place, sizes.has_residual, values[0] + start, gates[0] + gate_start);
        }
        if (row + 1u < sizes.rows) {
            finish(place + sizes.columns, sizes.has_residual, values[1] + start, gates[1] + gate_start);
        }
        if (row + 2u < sizes.rows) {
            finish(place + 2u * sizes.columns, sizes.has_residual, values[2] + start, gates[2] + gate_start);
        }
        if (row + 3u < sizes.rows) {
            finish(place + 3u * sizes.columns, sizes.has_residual, values[3] + start, gates[3] + gate_start);
        }
    }
}

// The epilogue of two by two blocks, which lie `half` quads apart in either direction. Where GATED the right ones are the gates of the
// left ones.
fn finish_blocks(
    sizes: Params,
    row: u32,
    column: u32,
    half: u32,
    sums00: mat4x4<f32>,
    sums01: mat4x4<f32>,
    sums10: mat4x4<f32>,
    sums11: mat4x4<f32>,
) {
    if (GATED == 1u) {
        finish_block(sizes, row, column, sums00, sums01);
        finish_block(sizes, row + half * 4u, column, sums10, sums11);
    } else {
        finish_block(sizes, row, column, sums00, sums00);
        finish_block(sizes, row, column + half, sums01, sums01);
        finish_block(sizes, row + half * 4u, column, sums10, sums10);
        finish_block(sizes, row + half * 4u, column + half, sums11, sums11);
    }
}
