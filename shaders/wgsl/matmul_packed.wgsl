
// The matmul for devices that compute with two halves at once and have no cooperative matrices: as `matmul_tiled.wgsl` with tiles of
// 64, but x and the weight are rounded to 16 bits, and so are sums over a few channels, which are then added up in 32 bits. Values
// beyond 65504, and such sums that are, become infinite.
//
// `parts/matmul.wgsl` and one of the weights (of 8 bits with `parts/q8_to_halves.wgsl`) stand before this file. WORKGROUP is 64. GATED: the second half of a tile's columns are the gates of the first.

// Rows and columns of a tile, alone and in quads.
const TILE: u32 = 64u;
const QUADS: u32 = 16u;
// Quads of channels of a step: each invocation reads one block of x and one of the weight.
const DEPTH: u32 = 4u;
// Channels that are summed in halves. With 4, 8, 16 and 32 of them a sum of 1280 products is off by 4.4, 5.2, 6.7 and 9.0 times
// 1e-4 of the sums' root mean square; rounding the factors alone by 2.9. Compilers put a tree of such sums in a row again.
const CHUNK: u32 = 4u;
// One more than needed, so that blocks of neighbouring invocations lie in different banks.
const PITCH: u32 = QUADS + 1u;

// For each channel of a step the tile's rows of x and of the weight, in quads.
var<workgroup> x_tile: array<vec4<f16>, 4u * DEPTH * PITCH>;
var<workgroup> weight_tile: array<vec4<f16>, 4u * DEPTH * PITCH>;

// Adds the outer product of four rows of x and four of the weight to the block of their sums.
fn add_outer(sums: mat4x4<f16>, rows: vec4<f16>, columns: vec4<f16>) -> mat4x4<f16> {
    return mat4x4<f16>(
        fma(rows, vec4(columns.x), sums[0]),
        fma(rows, vec4(columns.y), sums[1]),
        fma(rows, vec4(columns.z), sums[2]),
        fma(rows, vec4(columns.w), sums[3]),
    );
}

// The sums of a chunk, added to those of the chunks before it.
fn widen(sums: mat4x4<f32>, chunk: mat4x4<f16>) -> mat4x4<f32> {
    return mat4x4(
        sums[0] + vec4<f32>(chunk[0]),
        sums[1] + vec4<f32>(chunk[1]),
        sums[2] + vec4<f32>(chunk[2]),
        sums[3] + vec4<f32>(chunk[3]),
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

    // What this invocation reads in each step: quad `own` of the tile's rows at quad `depth` of the step's channels.
    let depth = invocation % DEPTH;
    let own = invocation / DEPTH;
    let patches = patches_of(sizes, first_row + own * 4u);
    var weight_row = (first_column + own) * 4u;
    if (GATED == 1u && own >= QUADS / 2u) {
        weight_row = (sizes.columns + first_column + own - QUADS / 2u) * 4u;
    }
    let own_place = depth * 4u * PITCH + own;

    // The blocks of sums that this invocation makes: rows `down` and columns `right` of the tile, in quads.
    let half = QUADS / 2u;
    let down = invocation / 8u;
    let right = invocation % 8u;
    var sums00 = mat4x4<f32>();
    var sums01 = mat4x4<f32>();
    var sums10 = mat4x4<f32>();
    var sums11 = mat4x4<f32>();
    for (var tap = 0u; tap < sizes.taps; tap = tap + 1u) {
        let starts = stretches(sizes, patches, tap);
        let weight0 = row_of_weight(sizes, weight_row, tap);
        let weight1 = row_of_weight(sizes, weight_row + 1u, tap);
        let weight2 = row_of_weight(sizes, weight_row + 2u, tap);
        let weight3 = row_of_weight(sizes, weight_row + 3u, tap);
        for (var first = 0u; first < sizes.channels; first = first + DEPTH) {
            // Beyond the last channel the tiles hold zeros.
            let quad = first + depth;
            var rows = mat4x4<f16>();
            var columns = mat4x4<f16>();
            if (quad < sizes.channels) {
                rows = transpose(mat4x4<f16>(
                    vec4<f16>(quad_of_x(starts.x, quad)),
                    vec4<f16>(quad_of_x(starts.y, quad)),
                    vec4<f16>(quad_of_x(starts.z, quad)),
                    vec4<f16>(quad_of_x(starts.w, quad)),
                ));
                columns = transpose(mat4x4<f16>(
                    halves_of_weight(sizes, weight0, quad),
                    halves_of_weight(sizes, weight1, quad),
                    halves_of_weight(sizes, weight2, quad),
                    halves_of_weight(sizes, weight3, quad),
                ));
            }
            workgroupBarrier();
            x_tile[own_place] = rows[0];
            x_tile[own_place + PITCH] = rows[1];
            x_tile[own_place + 2u * PITCH] = rows[2];
            x_tile[own_place + 3u * PITCH] = rows[3];
            weight_tile[own_place] = columns[0];
            weight_tile[own_place + PITCH] = columns[1];
            weight_tile[own_place + 2u * PITCH] = columns[2];
            weight_tile[own_place + 3u * PITCH] = columns[3];
            workgroupBarrier();
            for (var chunk = 0u; chunk < 4u * DEPTH; chunk = chunk + CHUNK) {
                var chunk00 = mat4x4<f16>();
                var chunk01 = mat4x4<f16>();
                var chunk10 = mat4x4<f16>();
                var chunk11 = mat4x4<f16>();
                for (var channel = 0u; channel < CHUNK; channel = channel + 1u) {
                    let place = (chunk + channel) * PITCH;
                    let x0 = x_tile[place + down];
                    let w0 = weight_tile[place + right];
                    let x1 = x_tile[place + half + down];
                    let w1 = weight_tile[place + half + right];
                    chunk00 = add_outer(chunk00, x0, w0);
                    chunk01 = add_outer(chunk01, x0, w1);
                    chunk10 = add_outer(chunk10, x1, w0);
                    chunk11 = add_outer(chunk11, x1, w1);
                }
                sums00 = widen(sums00, chunk00);
                sums01 = widen(sums01, chunk01);
                sums10 = widen(sums10, chunk10);
                sums11 = widen(sums11, chunk11);
            }
        }
    }
    let row = first_row + down * 4u;
    let column = first_column + right;
    finish_blocks(sizes, row, column, half, sums00, sums01, sums10, sums11);
}
