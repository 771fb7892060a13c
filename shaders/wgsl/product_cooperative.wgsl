
// The product through cooperative matrices of SIDE x SIDE, which a subgroup holds and multiplies together: x and the weight are
// rounded to 16 bits in tiles of the workgroup, sums have 32. Each of ACROSS subgroups makes ACROSS matrices of sums of a tile.
//
// `parts/product.wgsl`, one of the weights and one of `parts/matrices_*.wgsl` stand before this file. The prelude gives besides:
// const SIDE: u32 (8 or 16), const ACROSS: u32 (matrices along a side of the tile: 4 or 8), const LANES: u32 (of every
// subgroup). WORKGROUP is ACROSS * LANES. GATED: the second half of a tile's columns are the gates of the first.

// Rows and columns of a tile, alone and in quads.
const TILE: u32 = ACROSS * SIDE;
const QUADS: u32 = TILE / 4u;
// Quads of channels of a step, two matrices of them.
const MATRIX: u32 = SIDE / 4u;
const DEPTH: u32 = 2u * MATRIX;
// Two more than needed, so that rows of a matrix lie in different banks.
const PITCH: u32 = DEPTH + 2u;
// Matrices of sums of a subgroup are this many rows of two, one in either half of the tile's columns.
const DOWN: u32 = ACROSS / 2u;

// Rows of x and of the weight, the channels of a step side by side.
var<workgroup> x_tile: array<vec4<f16>, TILE * PITCH>;
var<workgroup> weight_tile: array<vec4<f16>, TILE * PITCH>;
// For each subgroup two matrices of sums on their way out.
var<workgroup> sums_out: array<f32, ACROSS * 2u * SIDE * SIDE>;

fn quad_of_sums(place: u32) -> vec4<f32> {
    return vec4(sums_out[place], sums_out[place + 1u], sums_out[place + 2u], sums_out[place + 3u]);
}

// Ends four neighbouring columns of a row.
fn finish_quad(sizes: Params, row: u32, column: u32, sums: vec4<f32>, gate_sums: vec4<f32>) {
    if (row < sizes.rows && column < sizes.columns) {
        var value = sums;
        var gate = gate_sums;
        if (sizes.has_bias == 1u) {
            value = value + bias[column];
            if (GATED == 1u) {
                gate = gate + bias[sizes.columns + column];
            }
        }
        finish(row * sizes.columns + column, sizes.has_residual, value, gate);
    }
}

// Ends the two matrices that a subgroup put out. They begin at `row`, and at `column`, in quads, of either half of the tile.
fn finish_matrices(sizes: Params, out: u32, lane: u32, row: u32, column: u32) {
    for (var quad = lane; quad < SIDE * MATRIX; quad = quad + LANES) {
        let down = quad / MATRIX;
        let right = quad % MATRIX;
        let first = quad_of_sums(out + down * SIDE + right * 4u);
        let second = quad_of_sums(out + (SIDE + down) * SIDE + right * 4u);
        finish_quad(sizes, row + down, column + right, first, second);
        if (GATED == 0u) {
            finish_quad(sizes, row + down, column + QUADS / 2u + right, second, second);
        }
    }
}

// What an invocation reads for a step: quads of four neighbouring rows of x and of the weight.
struct Step {
    x: mat4x4<f32>,
    weight: mat4x4<f32>,
}

// Where four neighbouring rows of the weight begin at a place of the patches.
struct WeightRows {
    row0: vec2<u32>,
    row1: vec2<u32>,
    row2: vec2<u32>,
    row3: vec2<u32>,
}

fn rows_of_weight(sizes: Params, row: u32, tap: u32) -> WeightRows {
    return WeightRows(
        row_of_weight(sizes, row, tap),
        row_of_weight(sizes, row + 1u, tap),
        row_of_weight(sizes, row + 2u, tap),
        row_of_weight(sizes, row + 3u, tap),
    );
}

// Beyond the last channel there are zeros.
fn read(sizes: Params, starts: vec4<u32>, weights: WeightRows, quad: u32, reads: bool) -> Step {
    var step = Step();
    if (reads && quad < sizes.channels) {
        step.x = mat4x4(
            quad_of_x(starts.x, quad),
            quad_of_x(starts.y, quad),
            quad_of_x(starts.z, quad),
            quad_of_x(starts.w, quad),
        );
        step.weight = mat4x4(
            quad_of_weight(sizes, weights.row0, quad),
            quad_of_weight(sizes, weights.row1, quad),
            quad_of_weight(sizes, weights.row2, quad),
            quad_of_weight(sizes, weights.row3, quad),
        );
    }
    return step;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    let sizes = params;
    let first_row = (sizes.first_line + workgroup.z * workgroups.y + workgroup.y) * TILE;
    // In quads. Where GATED the second half of a tile are gates.
    let first_column = workgroup.x * select(QUADS, QUADS / 2u, GATED == 1u);

    // What this invocation reads in each step: quad `own` of the tile's rows at quad `depth` of the step's channels. There may
    // be more invocations than that takes.
    let depth = invocation % DEPTH;
    let own = invocation / DEPTH;
    let reads = own < QUADS;
    let patches = patches_of(sizes, first_row + own * 4u);
    var weight_row = (first_column + own) * 4u;
    if (GATED == 1u && own >= QUADS / 2u) {
        weight_row = (sizes.columns + first_column + own - QUADS / 2u) * 4u;
    }
    let own_place = own * 4u * PITCH + depth;

    // Rows of the tile, and columns of either half of it, that this subgroup's matrices begin at.
    let down = subgroup / DOWN * DOWN * SIDE;
    let right = subgroup % DOWN * SIDE;
    let first_x = down * PITCH;
    let first_weight = right * PITCH;
    let second_weight = (TILE / 2u + right) * PITCH;
    var sums00 = Sum();
    var sums01 = Sum();
    var sums10 = Sum();
    var sums11 = Sum();
    var sums20 = Sum();
    var sums21 = Sum();
    var sums30 = Sum();
    var sums31 = Sum();

    // What a step multiplies was read in the step before it: reading goes on while the matrices are multiplied.
    var tap = 0u;
    var first = 0u;
    var starts = stretches(sizes, patches, 0u);
    var weights = rows_of_weight(sizes, weight_row, 0u);
    var next = read(sizes, starts, weights, depth, reads);
    let steps = sizes.taps * ((sizes.channels + DEPTH - 1u) / DEPTH);
    for (var step = 1u; step <= steps; step = step + 1u) {
        workgroupBarrier();
        if (reads) {
            x_tile[own_place] = halves(next.x[0]);
            x_tile[own_place + PITCH] = halves(next.x[1]);
            x_tile[own_place + 2u * PITCH] = halves(next.x[2]);
            x_tile[own_place + 3u * PITCH] = halves(next.x[3]);
            weight_tile[own_place] = vec4<f16>(next.weight[0]);
            weight_tile[own_place + PITCH] = vec4<f16>(next.weight[1]);
            weight_tile[own_place + 2u * PITCH] = vec4<f16>(next.weight[2]);
            weight_tile[own_place + 3u * PITCH] = vec4<f16>(next.weight[3]);
        }
        workgroupBarrier();
        first = first + DEPTH;
        if (first >= sizes.channels) {
            first = 0u;
            tap = tap + 1u;
            starts = stretches(sizes, patches, tap);
            weights = rows_of_weight(sizes, weight_row, tap);
        }
        next = read(sizes, starts, weights, first + depth, reads && step < steps);
        for (var place = 0u; place < DEPTH; place = place + MATRIX) {
            let right0 = coopLoad<Right>(&weight_tile[first_weight + place], PITCH);
            let right1 = coopLoad<Right>(&weight_tile[second_weight + place], PITCH);
            let left0 = coopLoadT<Left>(&x_tile[first_x + place], PITCH);
            sums00 = coopMultiplyAdd(left0, right0, sums00);
            sums01 = coopMultiplyAdd(left0, right1, sums01);
            let left1 = coopLoadT<Left>(&x_tile[first_x + SIDE * PITCH + place], PITCH);
            sums10 = coopMultiplyAdd(left1, right0, sums10);
            sums11 = coopMultiplyAdd(left1, right1, sums11);
            if (ACROSS == 8u) {
                let left2 = coopLoadT<Left>(&x_tile[first_x + 2u * SIDE * PITCH + place], PITCH);
                sums20 = coopMultiplyAdd(left2, right0, sums20);
                sums21 = coopMultiplyAdd(left2, right1, sums21);
                let left3 = coopLoadT<Left>(&x_tile[first_x + 3u * SIDE * PITCH + place], PITCH);
                sums30 = coopMultiplyAdd(left3, right0, sums30);
                sums31 = coopMultiplyAdd(left3, right1, sums31);
            }
        }
    }

    // How a subgroup's lanes share a matrix is the device's secret, so sums go out through memory of the workgroup.
    let out = subgroup * 2u * SIDE * SIDE;
    let row = first_row + down;
    let column = first_column + right / 4u;
    coopStoreT(sums00, &sums_out[out], SIDE);
    coopStoreT(sums01, &sums_out[out + SIDE * SIDE], SIDE);
    workgroupBarrier();
    finish_matrices(sizes, out, lane, row, column);
    workgroupBarrier();
    coopStoreT(sums10, &sums_out[out], SIDE);
    coopStoreT(sums11, &sums_out[out + SIDE * SIDE], SIDE);
    workgroupBarrier();
    finish_matrices(sizes, out, lane, row + SIDE, column);
    if (ACROSS == 8u) {
        workgroupBarrier();
        coopStoreT(sums20, &sums_out[out], SIDE);
        coopStoreT(sums21, &sums_out[out + SIDE * SIDE], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 2u * SIDE, column);
        workgroupBarrier();
        coopStoreT(sums30, &sums_out[out], SIDE);
        coopStoreT(sums31, &sums_out[out + SIDE * SIDE], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 3u * SIDE, column);
    }
}
