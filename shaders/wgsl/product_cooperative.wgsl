
// The product through cooperative matrices of SIDE x SIDE, which a subgroup holds and multiplies together: x and the weight are
// rounded to 16 bits in tiles of the workgroup, sums have 32. Four subgroups make a quarter of a tile's sums each. The more
// matrices a subgroup has, the less often it reads each factor again.
//
// `parts/product.wgsl`, one of the weights, one of `parts/matrices_*.wgsl` and, where weights are words, `parts/words_to_halves.wgsl`
// stand before this file. The prelude gives besides: const SIDE: u32 (8 or 16), const ACROSS: u32 (matrices along a side of the
// tile: 4 or 8), const LANES: u32 (of every subgroup, at least SIDE * SIDE / 8). WORKGROUP is 4 * LANES. GATED: the second half of
// a tile's columns are the gates of the first.

// Rows and columns of a tile, alone and in quads.
const TILE: u32 = ACROSS * SIDE;
const QUADS: u32 = TILE / 4u;
// Quads of channels of a matrix, and of a step: a small tile takes larger steps.
const MATRIX: u32 = SIDE / 4u;
const DEPTH: u32 = 16u / ACROSS * MATRIX;
// Two more than needed, so that rows of a matrix lie in different banks.
const PITCH: u32 = DEPTH + 2u;
// What an invocation reads in a step are quads this far from each other.
const SECOND: u32 = WORKGROUP / DEPTH;
// Matrices of a subgroup: this many rows, and this many columns in either half of the tile's columns.
const DOWN: u32 = ACROSS / 2u;
const RIGHT: u32 = ACROSS / 4u;
const MATRIX_ROWS: u32 = SIDE * PITCH;
const HALF_ROWS: u32 = TILE / 2u * PITCH;

// Rows of x and of the weight, the channels of a step side by side. Matrices are read and written at places that are multiples
// of 16 bytes, for which every array here must have such a length.
var<workgroup> x_tile: array<vec4<f16>, TILE * PITCH>;
var<workgroup> weight_tile: array<vec4<f16>, TILE * PITCH>;
// For each subgroup two matrices of sums on their way out.
var<workgroup> sums_out: array<f32, 8u * SIDE * SIDE>;

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

// Quads of four neighbouring rows.
struct XBlock {
    row0: vec4<f32>,
    row1: vec4<f32>,
    row2: vec4<f32>,
    row3: vec4<f32>,
}

struct WeightBlock {
    row0: vec4<f16>,
    row1: vec4<f16>,
    row2: vec4<f16>,
    row3: vec4<f16>,
}

// Where four neighbouring rows of the weight begin at a place of the patches.
struct WeightRows {
    row0: vec2<u32>,
    row1: vec2<u32>,
    row2: vec2<u32>,
    row3: vec2<u32>,
}

// The first of four neighbouring rows of the weight for a quad of a tile's columns.
fn weight_row_of(sizes: Params, first_column: u32, quad: u32) -> u32 {
    if (GATED == 1u && quad >= QUADS / 2u) {
        return (sizes.columns + first_column + quad - QUADS / 2u) * 4u;
    }
    return (first_column + quad) * 4u;
}

fn rows_of_weight(sizes: Params, row: u32, tap: u32) -> WeightRows {
    return WeightRows(
        row_of_weight(sizes, row, tap),
        row_of_weight(sizes, row + 1u, tap),
        row_of_weight(sizes, row + 2u, tap),
        row_of_weight(sizes, row + 3u, tap),
    );
}

// Zeros where it does not read.
fn read_x(starts: vec4<u32>, quad: u32, reads: bool) -> XBlock {
    if (!reads) {
        return XBlock();
    }
    return XBlock(
        quad_of_x(starts.x, quad),
        quad_of_x(starts.y, quad),
        quad_of_x(starts.z, quad),
        quad_of_x(starts.w, quad),
    );
}

fn read_weight(sizes: Params, rows: WeightRows, quad: u32, reads: bool) -> WeightBlock {
    if (!reads) {
        return WeightBlock();
    }
    return WeightBlock(
        halves_of_weight(sizes, rows.row0, quad),
        halves_of_weight(sizes, rows.row1, quad),
        halves_of_weight(sizes, rows.row2, quad),
        halves_of_weight(sizes, rows.row3, quad),
    );
}

fn keep(place: u32, x_block: XBlock, weight_block: WeightBlock) {
    x_tile[place] = halves(x_block.row0);
    x_tile[place + PITCH] = halves(x_block.row1);
    x_tile[place + 2u * PITCH] = halves(x_block.row2);
    x_tile[place + 3u * PITCH] = halves(x_block.row3);
    weight_tile[place] = weight_block.row0;
    weight_tile[place + PITCH] = weight_block.row1;
    weight_tile[place + 2u * PITCH] = weight_block.row2;
    weight_tile[place + 3u * PITCH] = weight_block.row3;
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

    // What this invocation reads in each step: quads `own` and `own + SECOND` of the tile's rows at quad `depth` of the step's
    // channels. Subgroups may have more lanes than that takes.
    let depth = invocation % DEPTH;
    let own = invocation / DEPTH;
    let reads = vec2(own < QUADS, own + SECOND < QUADS);
    let patches0 = patches_of(sizes, first_row + own * 4u);
    let patches1 = patches_of(sizes, first_row + (own + SECOND) * 4u);
    let weight_row0 = weight_row_of(sizes, first_column, own);
    let weight_row1 = weight_row_of(sizes, first_column, own + SECOND);
    let own_place = own * 4u * PITCH + depth;

    // Rows of the tile, and columns of either half of it, that this subgroup's matrices begin at.
    let down = subgroup / 2u * DOWN * SIDE;
    let right = subgroup % 2u * RIGHT * SIDE;
    let first_x = down * PITCH;
    let first_weight = right * PITCH;
    var sums00 = Sum();
    var sums01 = Sum();
    var sums02 = Sum();
    var sums03 = Sum();
    var sums10 = Sum();
    var sums11 = Sum();
    var sums12 = Sum();
    var sums13 = Sum();
    var sums20 = Sum();
    var sums21 = Sum();
    var sums22 = Sum();
    var sums23 = Sum();
    var sums30 = Sum();
    var sums31 = Sum();
    var sums32 = Sum();
    var sums33 = Sum();

    // What a step multiplies was read in the step before it: reading goes on while the matrices are multiplied.
    var tap = 0u;
    var first = 0u;
    var starts0 = stretches(sizes, patches0, 0u);
    var starts1 = stretches(sizes, patches1, 0u);
    var weights0 = rows_of_weight(sizes, weight_row0, 0u);
    var weights1 = rows_of_weight(sizes, weight_row1, 0u);
    var is_inside = depth < sizes.channels;
    var next_x0 = read_x(starts0, depth, reads.x && is_inside);
    var next_x1 = read_x(starts1, depth, reads.y && is_inside);
    var next_weight0 = read_weight(sizes, weights0, depth, reads.x && is_inside);
    var next_weight1 = read_weight(sizes, weights1, depth, reads.y && is_inside);
    let steps = sizes.taps * ((sizes.channels + DEPTH - 1u) / DEPTH);
    for (var step = 1u; step <= steps; step = step + 1u) {
        workgroupBarrier();
        if (reads.x) {
            keep(own_place, next_x0, next_weight0);
        }
        if (reads.y) {
            keep(own_place + 4u * SECOND * PITCH, next_x1, next_weight1);
        }
        workgroupBarrier();
        first = first + DEPTH;
        if (first >= sizes.channels) {
            first = 0u;
            tap = tap + 1u;
            starts0 = stretches(sizes, patches0, tap);
            starts1 = stretches(sizes, patches1, tap);
            weights0 = rows_of_weight(sizes, weight_row0, tap);
            weights1 = rows_of_weight(sizes, weight_row1, tap);
        }
        // Beyond the last channel there are zeros.
        let quad = first + depth;
        is_inside = quad < sizes.channels && step < steps;
        next_x0 = read_x(starts0, quad, reads.x && is_inside);
        next_x1 = read_x(starts1, quad, reads.y && is_inside);
        next_weight0 = read_weight(sizes, weights0, quad, reads.x && is_inside);
        next_weight1 = read_weight(sizes, weights1, quad, reads.y && is_inside);
        for (var place = 0u; place < DEPTH; place = place + MATRIX) {
            let x_place = first_x + place;
            let weight_place = first_weight + place;
            let right0 = coopLoad<Right>(&weight_tile[weight_place], PITCH);
            let right1 = coopLoad<Right>(&weight_tile[weight_place + HALF_ROWS], PITCH);
            let left0 = coopLoadT<Left>(&x_tile[x_place], PITCH);
            let left1 = coopLoadT<Left>(&x_tile[x_place + MATRIX_ROWS], PITCH);
            sums00 = coopMultiplyAdd(left0, right0, sums00);
            sums01 = coopMultiplyAdd(left0, right1, sums01);
            sums10 = coopMultiplyAdd(left1, right0, sums10);
            sums11 = coopMultiplyAdd(left1, right1, sums11);
            if (ACROSS == 8u) {
                let right2 = coopLoad<Right>(&weight_tile[weight_place + MATRIX_ROWS], PITCH);
                let right3 = coopLoad<Right>(&weight_tile[weight_place + HALF_ROWS + MATRIX_ROWS], PITCH);
                let left2 = coopLoadT<Left>(&x_tile[x_place + 2u * MATRIX_ROWS], PITCH);
                let left3 = coopLoadT<Left>(&x_tile[x_place + 3u * MATRIX_ROWS], PITCH);
                sums02 = coopMultiplyAdd(left0, right2, sums02);
                sums03 = coopMultiplyAdd(left0, right3, sums03);
                sums12 = coopMultiplyAdd(left1, right2, sums12);
                sums13 = coopMultiplyAdd(left1, right3, sums13);
                sums20 = coopMultiplyAdd(left2, right0, sums20);
                sums21 = coopMultiplyAdd(left2, right1, sums21);
                sums22 = coopMultiplyAdd(left2, right2, sums22);
                sums23 = coopMultiplyAdd(left2, right3, sums23);
                sums30 = coopMultiplyAdd(left3, right0, sums30);
                sums31 = coopMultiplyAdd(left3, right1, sums31);
                sums32 = coopMultiplyAdd(left3, right2, sums32);
                sums33 = coopMultiplyAdd(left3, right3, sums33);
            }
        }
    }

    // How a subgroup's lanes share a matrix is the device's secret, so sums go out through memory of the workgroup.
    let out = subgroup * 2u * SIDE * SIDE;
    let second = out + SIDE * SIDE;
    let row = first_row + down;
    let column = first_column + right / 4u;
    coopStoreT(sums00, &sums_out[out], SIDE);
    coopStoreT(sums01, &sums_out[second], SIDE);
    workgroupBarrier();
    finish_matrices(sizes, out, lane, row, column);
    workgroupBarrier();
    coopStoreT(sums10, &sums_out[out], SIDE);
    coopStoreT(sums11, &sums_out[second], SIDE);
    workgroupBarrier();
    finish_matrices(sizes, out, lane, row + SIDE, column);
    if (ACROSS == 8u) {
        workgroupBarrier();
        coopStoreT(sums02, &sums_out[out], SIDE);
        coopStoreT(sums03, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row, column + MATRIX);
        workgroupBarrier();
        coopStoreT(sums12, &sums_out[out], SIDE);
        coopStoreT(sums13, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + SIDE, column + MATRIX);
        workgroupBarrier();
        coopStoreT(sums20, &sums_out[out], SIDE);
        coopStoreT(sums21, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 2u * SIDE, column);
        workgroupBarrier();
        coopStoreT(sums22, &sums_out[out], SIDE);
        coopStoreT(sums23, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 2u * SIDE, column + MATRIX);
        workgroupBarrier();
        coopStoreT(sums30, &sums_out[out], SIDE);
        coopStoreT(sums31, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 3u * SIDE, column);
        workgroupBarrier();
        coopStoreT(sums32, &sums_out[out], SIDE);
        coopStoreT(sums33, &sums_out[second], SIDE);
        workgroupBarrier();
        finish_matrices(sizes, out, lane, row + 3u * SIDE, column + MATRIX);
    }
}
