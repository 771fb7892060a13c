// The matmul of weights in 8 bits by dot products of four signed bytes, which many GPUs without matrices compute in one instruction:
// 64 invocations make TILE x TILE sums, each of them two by two blocks of 4 x 4. A step is a block of the weight, BLOCK channels
// that share a scale; the same channels of a row of x are quantized to int8 as the tile takes them, with a scale of their own.
// Sums within a block are integers, sums over blocks f32.
//
// `parts/matmul.wgsl` and `parts/weight_q8.wgsl` stand before this file. WORKGROUP is 64. Patches have one pixel: of larger ones
// the channels that share a scale lie at different places. GATED: the second half of a tile's columns are the gates of the first.

// Rows and columns of a tile: each invocation reads one of either, every step.
const TILE: u32 = WORKGROUP;
const QUADS: u32 = TILE / 4u;
// Words of four channels in a step.
const WORDS: u32 = BLOCK / 4u;
// One more than needed, so that words of neighbouring channels lie in different banks.
const PITCH: u32 = QUADS + 1u;

// For each word of a step the tile's rows of x and of the weight, four to a vector; then the scales of those rows.
var<workgroup> x_tile: array<vec4<u32>, WORDS * PITCH>;
var<workgroup> weight_tile: array<vec4<u32>, WORDS * PITCH>;
var<workgroup> x_scales: array<vec4<f32>, QUADS>;
var<workgroup> weight_scales: array<vec4<f32>, QUADS>;

// 1.5 * 2^23: added to a value below 2^22 it rounds it to the nearest integer, in two's complement in the low bits of the mantissa.
const ROUND: f32 = 12582912.0;

// Four int8 in one word, of values that `ROUND` was added to.
fn pack(rounded: vec4<f32>) -> u32 {
    let bits = bitcast<vec4<u32>>(rounded);
    return insertBits(insertBits(insertBits(bits.x, bits.y, 8u, 8u), bits.z, 16u, 8u), bits.w, 24u, 8u);
}

// Sums of a block of 4 x 4 over the channels of a step: four rows for each of four columns.
struct Dots {
    column0: vec4<i32>,
    column1: vec4<i32>,
    column2: vec4<i32>,
    column3: vec4<i32>,
}

// The sums and four rows of x, of one word each, times a row of the weight.
fn add_dots(sums: vec4<i32>, rows: vec4<u32>, column: u32) -> vec4<i32> {
    return sums + vec4(
        dot4I8Packed(rows.x, column),
        dot4I8Packed(rows.y, column),
        dot4I8Packed(rows.z, column),
        dot4I8Packed(rows.w, column),
    );
}

fn add_outer(sums: Dots, rows: vec4<u32>, columns: vec4<u32>) -> Dots {
    return Dots(
        add_dots(sums.column0, rows, columns.x),
        add_dots(sums.column1, rows, columns.y),
        add_dots(sums.column2, rows, columns.z),
        add_dots(sums.column3, rows, columns.w),
    );
}

// The sums of a step, in the unit of their scales, added to those of the steps before it.
fn widen(sums: mat4x4<f32>, dots: Dots, rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        fma(vec4<f32>(dots.column0) * rows, vec4(columns.x), sums[0]),
        fma(vec4<f32>(dots.column1) * rows, vec4(columns.y), sums[1]),
        fma(vec4<f32>(dots.column2) * rows, vec4(columns.z), sums[2]),
        fma(vec4<f32>(dots.column3) * rows, vec4(columns.w), sums[3]),
    );
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
) {
    let sizes = params;
    let first_row = (sizes.first_line + workgroup.z * workgroups.y + workgroup.y) * TILE;
    // In quads. Where GATED the second half of a tile are gates.
    let first_column = workgroup.x * select(QUADS, QUADS / 2u, GATED == 1u);

    // What this invocation reads in each step: a row of x and a row of the weight.
    let stretch = stretches(sizes, patches_of(sizes, first_row + invocation), 0u).x;
    let is_inside = stretch != OUTSIDE;
    let own_row = select(0u, stretch, is_inside);
    var weight_row = first_column * 4u + invocation;
    if (GATED == 1u && invocation >= TILE / 2u) {
        weight_row = (sizes.columns + first_column) * 4u + invocation - TILE / 2u;
    }
    let own_weight = row_of_weight(sizes, weight_row, 0u);
    let own_quad = invocation / 4u;
    let own_part = invocation % 4u;

    // The blocks of sums that this invocation makes: rows `down` and columns `right` of the tile, in quads.
    let half = QUADS / 2u;
    let down = invocation / 8u;
    let right = invocation % 8u;
    var sums00 = mat4x4<f32>();
    var sums01 = mat4x4<f32>();
    var sums10 = mat4x4<f32>();
    var sums11 = mat4x4<f32>();
    for (var first = 0u; first < sizes.channels; first = first + WORDS) {
        // Beyond the last channel the tiles hold zeros.
        var values: array<vec4<f32>, WORDS>;
        var codes: array<u32, WORDS>;
        // The largest magnitude by comparing bits: f32 of positive sign are ordered as i32, those of negative sign as u32. Infinity
        // and NaN are larger than all others, so that they end in the scale and no sum of this row is finite.
        var positive = vec4<i32>();
        var negative = vec4<u32>();
        for (var word = 0u; word < WORDS; word = word + 1u) {
            let quad = first + word;
            if (quad < sizes.channels) {
                values[word] = x[own_row + quad];
                codes[word] = weight[own_weight.place + quad];
            }
            positive = max(positive, bitcast<vec4<i32>>(values[word]));
            negative = max(negative, bitcast<vec4<u32>>(values[word]));
        }
        let above = bitcast<u32>(max(max(positive.x, positive.y), max(positive.z, positive.w)));
        let below = max(max(negative.x, negative.y), max(negative.z, negative.w)) & 0x7fffffffu;
        let largest = select(0.0, bitcast<f32>(max(above, below)), is_inside);
        let unit = select(0.0, 127.0 / largest, largest > 0.0);
        workgroupBarrier();
        for (var word = 0u; word < WORDS; word = word + 1u) {
            x_tile[word * PITCH + own_quad][own_part] = pack(fma(values[word], vec4(unit), vec4(ROUND)));
            weight_tile[word * PITCH + own_quad][own_part] = codes[word];
        }
        x_scales[own_quad][own_part] = largest * (1.0 / 127.0);
        weight_scales[own_quad][own_part] = scale(sizes, own_weight.scales + first / WORDS);
        workgroupBarrier();
        var dots00 = Dots();
        var dots01 = Dots();
        var dots10 = Dots();
        var dots11 = Dots();
        for (var word = 0u; word < WORDS; word = word + 1u) {
            let place = word * PITCH;
            let x0 = x_tile[place + down];
            let w0 = weight_tile[place + right];
            let x1 = x_tile[place + half + down];
            let w1 = weight_tile[place + half + right];
            dots00 = add_outer(dots00, x0, w0);
            dots01 = add_outer(dots01, x0, w1);
            dots10 = add_outer(dots10, x1, w0);
            dots11 = add_outer(dots11, x1, w1);
        }
        let rows0 = x_scales[down];
        let rows1 = x_scales[half + down];
        let columns0 = weight_scales[right];
        let columns1 = weight_scales[half + right];
        sums00 = widen(sums00, dots00, rows0, columns0);
        sums01 = widen(sums01, dots01, rows0, columns1);
        sums10 = widen(sums10, dots10, rows1, columns0);
        sums11 = widen(sums11, dots11, rows1, columns1);
    }
    let row = first_row + down * 4u;
    let column = first_column + right;
    finish_blocks(sizes, row, column, half, sums00, sums01, sums10, sums11);
}
