// The matmul through tiles in memory of the workgroup: 64 invocations make TILE x TILE sums, each of them one block of
// 4 x 4 or, with TILE of 64, two by two blocks.
//
// `parts/matmul.wgsl` stands before this file. The prelude gives besides: const TILE: u32 (64, or 32 for few rows or columns).
// WORKGROUP is 64. GATED needs a TILE of 64: its second half of columns are the gates of the first.

// Quads of rows, and of columns, of a tile.
const QUADS: u32 = TILE / 4u;
// Quads of channels of a step: each invocation reads one block of x and one of the weight.
const DEPTH: u32 = WORKGROUP / QUADS;
// One more than needed, so that blocks of neighbouring invocations lie in different banks.
const PITCH: u32 = QUADS + 1u;

// For each channel of a step the tile's rows of x and of the weight, in quads.
var<workgroup> x_tile: array<vec4<f32>, 4u * DEPTH * PITCH>;
var<workgroup> weight_tile: array<vec4<f32>, 4u * DEPTH * PITCH>;

// Adds the outer product of four rows of x and four of the weight to the block of their sums.
fn add_outer(sums: mat4x4<f32>, rows: vec4<f32>, columns: vec4<f32>) -> mat4x4<f32> {
    return mat4x4(
        fma(rows, vec4(columns.x), sums[0]),
        fma(rows, vec4(columns.y), sums[1]),
        fma(rows, vec4(columns.z), sums[2]),
        fma(rows, vec4(columns.w), sums[3]),
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
    let half = min(QUADS, 8u);
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
            var rows = mat4x4<f32>();
            var columns = mat4x4<f32>();
            if (quad < sizes.channels) {
                rows = block_of_x(starts, quad);
                columns = transpose(mat4x4(
                    quad_of_weight(sizes, weight0, quad),
                    quad_of_weight(sizes, weight1, quad),
                    quad_of_weight(sizes, weight2, quad),
                    quad_of_weight(sizes, weight3, quad),
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
            for (var channel = 0u; channel < 4u * DEPTH; channel = channel + 1u) {
                let x0 = x_tile[channel * PITCH + down];
                let w0 = weight_tile[channel * PITCH + right];
                sums00 = add_outer(sums00, x0, w0);
                if (TILE == 64u) {
                    let x1 = x_tile[channel * PITCH + half + down];
                    let w1 = weight_tile[channel * PITCH + half + right];
                    sums01 = add_outer(sums01, x0, w1);
                    sums10 = add_outer(sums10, x1, w0);
                    sums11 = add_outer(sums11, x1, w1);
                }
            }
        }
    }
    let row = first_row + down * 4u;
    let column = first_column + right;
    if (TILE == 64u) {
        finish_blocks(sizes, row, column, half, sums00, sums01, sums10, sums11);
    } else {
        finish_block(sizes, row, column, sums00, sums00);
    }
}
