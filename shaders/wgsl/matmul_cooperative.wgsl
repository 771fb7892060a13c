
// The matmul through cooperative matrices of SIDE x SIDE, which a subgroup holds and multiplies together: x and the weight are
// rounded to 16 bits in tiles of the workgroup, sums have 32. Values beyond 65504 become infinite there, as in any f16 network.
// Four subgroups make a quarter of a tile's sums each: the more matrices a subgroup has, the less often it reads each factor
// again.
//
// `parts/matmul.wgsl`, one of the weights (of 8 bits with `parts/q8_to_halves.wgsl`), one of `parts/cooperative_matrices_*.wgsl` and
// `parts/halves.wgsl` stand before this file. The prelude gives besides: const SIDE: u32 (8 or 16), const ACROSS: u32 (matrices along
// a side of the tile: 4 or 8), const LANES: u32 (of every subgroup), const PARTS: u32 (a step has so many times 16 / ACROSS
// matrices along the channels, so that each invocation reads one or two blocks of it). WORKGROUP is 4 * LANES. GATED: the second
// half of a tile's columns are the gates of the first.
//
// The driver chooses how many lanes a subgroup really has. Where it is another number than LANES the whole part is NaN: then the
// device does without this kernel.
//
// Much is written out here that a loop or a function would say in a line: compilers keep matrices and blocks in registers only
// where they see all of it, and a version with loops took more than twice as long on a graphics card.

// Rows and columns of a tile, alone and in quads.
const TILE: u32 = ACROSS * SIDE;
const QUADS: u32 = TILE / 4u;
// Quads of channels of a matrix, and of a step: a small tile takes larger steps.
const MATRIX: u32 = SIDE / 4u;
const DEPTH: u32 = PARTS * 16u / ACROSS * MATRIX;
// Two more than needed, so that rows of a matrix lie in different banks.
const PITCH: u32 = DEPTH + 2u;
// Blocks of four rows of either factor that an invocation reads in a step, and how many blocks they are apart.
const BLOCKS: u32 = QUADS * DEPTH / WORKGROUP;
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

// The epilogue of four neighbouring columns of a row.
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

// The epilogue of the two matrices that a subgroup put out. They begin at `row`, and at `column`, in quads, of either half of the tile.
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

// The first of four neighbouring rows of the weight for a quad of a tile's columns.
fn weight_row_of(sizes: Params, first_column: u32, quad: u32) -> u32 {
    if (GATED == 1u && quad >= QUADS / 2u) {
        return (sizes.columns + first_column + quad - QUADS / 2u) * 4u;
    }
    return (first_column + quad) * 4u;
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
    @builtin(subgroup_id) subgroup_id: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) lanes: u32,
) {
    let sizes = params;
    // More subgroups than four there are only where they are smaller than they should be.
    let subgroup = min(subgroup_id, 3u);
    let first_row = (sizes.first_line + workgroup.z * workgroups.y + workgroup.y) * TILE;
    // In quads. Where GATED the second half of a tile are gates.
    let first_column = workgroup.x * select(QUADS, QUADS / 2u, GATED == 1u);

    // What this invocation reads in each step: blocks `own` and `own + SECOND` of four rows, at quad `depth` of the step's
    // channels.
    let depth = invocation % DEPTH;
    let own = invocation / DEPTH;
    let patches0 = patches_of(sizes, first_row + own * 4u);
    let patches1 = patches_of(sizes, first_row + (own + SECOND) * 4u);
    let weight_row0 = weight_row_of(sizes, first_column, own);
    let weight_row1 = weight_row_of(sizes, first_column, own + SECOND);
    let own_place0 = own * 4u * PITCH + depth;
    let own_place1 = own_place0 + 4u * SECOND * PITCH;

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

    // What a step multiplies was read in the step before it: reading goes on while the matrices are multiplied, for which nothing
    // may be done with what was read before they are. Beyond the last channel, and outside of images, x is zero; there anything is
    // read.
    var tap = 0u;
    var first = 0u;
    var quad = depth;
    var is_there = quad < sizes.channels;
    var read = weight_quad_of(sizes, 0u, quad, is_there);
    var starts0 = stretches(sizes, patches0, 0u);
    var starts1 = vec4(0u);
    var start00 = row_of_weight(sizes, weight_row0, 0u);
    var start01 = row_of_weight(sizes, weight_row0 + 1u, 0u);
    var start02 = row_of_weight(sizes, weight_row0 + 2u, 0u);
    var start03 = row_of_weight(sizes, weight_row0 + 3u, 0u);
    var start10 = WeightRow();
    var start11 = WeightRow();
    var start12 = WeightRow();
    var start13 = WeightRow();
    var inside0 = is_inside(starts0, is_there);
    var x00 = raw_quad_of_x(starts0.x, quad, inside0.x);
    var x01 = raw_quad_of_x(starts0.y, quad, inside0.y);
    var x02 = raw_quad_of_x(starts0.z, quad, inside0.z);
    var x03 = raw_quad_of_x(starts0.w, quad, inside0.w);
    var weight00 = raw_weight(sizes, start00, read);
    var weight01 = raw_weight(sizes, start01, read);
    var weight02 = raw_weight(sizes, start02, read);
    var weight03 = raw_weight(sizes, start03, read);
    var inside1 = vec4(false);
    var x10 = vec4<f32>();
    var x11 = vec4<f32>();
    var x12 = vec4<f32>();
    var x13 = vec4<f32>();
    var weight10 = RawWeight();
    var weight11 = RawWeight();
    var weight12 = RawWeight();
    var weight13 = RawWeight();
    if (BLOCKS == 2u) {
        starts1 = stretches(sizes, patches1, 0u);
        start10 = row_of_weight(sizes, weight_row1, 0u);
        start11 = row_of_weight(sizes, weight_row1 + 1u, 0u);
        start12 = row_of_weight(sizes, weight_row1 + 2u, 0u);
        start13 = row_of_weight(sizes, weight_row1 + 3u, 0u);
        inside1 = is_inside(starts1, is_there);
        x10 = raw_quad_of_x(starts1.x, quad, inside1.x);
        x11 = raw_quad_of_x(starts1.y, quad, inside1.y);
        x12 = raw_quad_of_x(starts1.z, quad, inside1.z);
        x13 = raw_quad_of_x(starts1.w, quad, inside1.w);
        weight10 = raw_weight(sizes, start10, read);
        weight11 = raw_weight(sizes, start11, read);
        weight12 = raw_weight(sizes, start12, read);
        weight13 = raw_weight(sizes, start13, read);
    }
    let steps = sizes.taps * ((sizes.channels + DEPTH - 1u) / DEPTH);
    for (var step = 1u; step <= steps; step = step + 1u) {
        workgroupBarrier();
        x_tile[own_place0] = select(vec4<f16>(), vec4<f16>(x00), inside0.x);
        x_tile[own_place0 + PITCH] = select(vec4<f16>(), vec4<f16>(x01), inside0.y);
        x_tile[own_place0 + 2u * PITCH] = select(vec4<f16>(), vec4<f16>(x02), inside0.z);
        x_tile[own_place0 + 3u * PITCH] = select(vec4<f16>(), vec4<f16>(x03), inside0.w);
        weight_tile[own_place0] = halves_of_raw(sizes, start00.scales, read, weight00);
        weight_tile[own_place0 + PITCH] = halves_of_raw(sizes, start01.scales, read, weight01);
        weight_tile[own_place0 + 2u * PITCH] = halves_of_raw(sizes, start02.scales, read, weight02);
        weight_tile[own_place0 + 3u * PITCH] = halves_of_raw(sizes, start03.scales, read, weight03);
        if (BLOCKS == 2u) {
            x_tile[own_place1] = select(vec4<f16>(), vec4<f16>(x10), inside1.x);
            x_tile[own_place1 + PITCH] = select(vec4<f16>(), vec4<f16>(x11), inside1.y);
            x_tile[own_place1 + 2u * PITCH] = select(vec4<f16>(), vec4<f16>(x12), inside1.z);
            x_tile[own_place1 + 3u * PITCH] = select(vec4<f16>(), vec4<f16>(x13), inside1.w);
            weight_tile[own_place1] = halves_of_raw(sizes, start10.scales, read, weight10);
            weight_tile[own_place1 + PITCH] = halves_of_raw(sizes, start11.scales, read, weight11);
            weight_tile[own_place1 + 2u * PITCH] = halves_of_raw(sizes, start12.scales, read, weight12);
            weight_tile[own_place1 + 3u * PITCH] = halves_of_raw(sizes, start13.scales, read, weight13);
        }
        workgroupBarrier();
        first = first + DEPTH;
        if (first >= sizes.channels) {
            first = 0u;
            tap = tap + 1u;
            let weight_tap = min(tap, sizes.taps - 1u);
            starts0 = stretches(sizes, patches0, tap);
            start00 = row_of_weight(sizes, weight_row0, weight_tap);
            start01 = row_of_weight(sizes, weight_row0 + 1u, weight_tap);
            start02 = row_of_weight(sizes, weight_row0 + 2u, weight_tap);
            start03 = row_of_weight(sizes, weight_row0 + 3u, weight_tap);
            if (BLOCKS == 2u) {
                starts1 = stretches(sizes, patches1, tap);
                start10 = row_of_weight(sizes, weight_row1, weight_tap);
                start11 = row_of_weight(sizes, weight_row1 + 1u, weight_tap);
                start12 = row_of_weight(sizes, weight_row1 + 2u, weight_tap);
                start13 = row_of_weight(sizes, weight_row1 + 3u, weight_tap);
            }
        }
        quad = first + depth;
        is_there = quad < sizes.channels && tap < sizes.taps;
        read = weight_quad_of(sizes, tap, quad, is_there);
        inside0 = is_inside(starts0, is_there);
        x00 = raw_quad_of_x(starts0.x, quad, inside0.x);
        x01 = raw_quad_of_x(starts0.y, quad, inside0.y);
        x02 = raw_quad_of_x(starts0.z, quad, inside0.z);
        x03 = raw_quad_of_x(starts0.w, quad, inside0.w);
        weight00 = raw_weight(sizes, start00, read);
        weight01 = raw_weight(sizes, start01, read);
        weight02 = raw_weight(sizes, start02, read);
        weight03 = raw_weight(sizes, start03, read);
        if (BLOCKS == 2u) {
            inside1 = is_inside(starts1, is_there);
            x10 = raw_quad_of_x(starts1.x, quad, inside1.x);
            x11 = raw_quad_of_x(starts1.y, quad, inside1.y);
            x12 = raw_quad_of_x(starts1.z, quad, inside1.z);
            x13 = raw_quad_of_x(starts1.w, quad, inside1.w);
            weight10 = raw_weight(sizes, start10, read);
            weight11 = raw_weight(sizes, start11, read);
            weight12 = raw_weight(sizes, start12, read);
            weight13 = raw_weight(sizes, start13, read);
        }
        for (var part = 0u; part < PARTS; part = part + 1u) {
            let own_x = first_x + part * DEPTH / PARTS;
            let own_weight = first_weight + part * DEPTH / PARTS;
            if (ACROSS == 8u) {
                let right00 = coopLoad<Right>(&weight_tile[own_weight], PITCH);
                let right01 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS], PITCH);
                let right02 = coopLoad<Right>(&weight_tile[own_weight + MATRIX_ROWS], PITCH);
                let right03 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + MATRIX_ROWS], PITCH);
                let left00 = coopLoadT<Left>(&x_tile[own_x], PITCH);
                sums00 = coopMultiplyAdd(left00, right00, sums00);
                sums01 = coopMultiplyAdd(left00, right01, sums01);
                sums02 = coopMultiplyAdd(left00, right02, sums02);
                sums03 = coopMultiplyAdd(left00, right03, sums03);
                let left01 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS], PITCH);
                sums10 = coopMultiplyAdd(left01, right00, sums10);
                sums11 = coopMultiplyAdd(left01, right01, sums11);
                sums12 = coopMultiplyAdd(left01, right02, sums12);
                sums13 = coopMultiplyAdd(left01, right03, sums13);
                let left02 = coopLoadT<Left>(&x_tile[own_x + 2u * MATRIX_ROWS], PITCH);
                sums20 = coopMultiplyAdd(left02, right00, sums20);
                sums21 = coopMultiplyAdd(left02, right01, sums21);
                sums22 = coopMultiplyAdd(left02, right02, sums22);
                sums23 = coopMultiplyAdd(left02, right03, sums23);
                let left03 = coopLoadT<Left>(&x_tile[own_x + 3u * MATRIX_ROWS], PITCH);
                sums30 = coopMultiplyAdd(left03, right00, sums30);
                sums31 = coopMultiplyAdd(left03, right01, sums31);
                sums32 = coopMultiplyAdd(left03, right02, sums32);
                sums33 = coopMultiplyAdd(left03, right03, sums33);
                let right10 = coopLoad<Right>(&weight_tile[own_weight + MATRIX], PITCH);
                let right11 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + MATRIX], PITCH);
                let right12 = coopLoad<Right>(&weight_tile[own_weight + MATRIX_ROWS + MATRIX], PITCH);
                let right13 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + MATRIX_ROWS + MATRIX], PITCH);
                let left10 = coopLoadT<Left>(&x_tile[own_x + MATRIX], PITCH);
                sums00 = coopMultiplyAdd(left10, right10, sums00);
                sums01 = coopMultiplyAdd(left10, right11, sums01);
                sums02 = coopMultiplyAdd(left10, right12, sums02);
                sums03 = coopMultiplyAdd(left10, right13, sums03);
                let left11 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS + MATRIX], PITCH);
                sums10 = coopMultiplyAdd(left11, right10, sums10);
                sums11 = coopMultiplyAdd(left11, right11, sums11);
                sums12 = coopMultiplyAdd(left11, right12, sums12);
                sums13 = coopMultiplyAdd(left11, right13, sums13);
                let left12 = coopLoadT<Left>(&x_tile[own_x + 2u * MATRIX_ROWS + MATRIX], PITCH);
                sums20 = coopMultiplyAdd(left12, right10, sums20);
                sums21 = coopMultiplyAdd(left12, right11, sums21);
                sums22 = coopMultiplyAdd(left12, right12, sums22);
                sums23 = coopMultiplyAdd(left12, right13, sums23);
                let left13 = coopLoadT<Left>(&x_tile[own_x + 3u * MATRIX_ROWS + MATRIX], PITCH);
                sums30 = coopMultiplyAdd(left13, right10, sums30);
                sums31 = coopMultiplyAdd(left13, right11, sums31);
                sums32 = coopMultiplyAdd(left13, right12, sums32);
                sums33 = coopMultiplyAdd(left13, right13, sums33);
            } else {
                let right00 = coopLoad<Right>(&weight_tile[own_weight], PITCH);
                let right01 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS], PITCH);
                let left00 = coopLoadT<Left>(&x_tile[own_x], PITCH);
                sums00 = coopMultiplyAdd(left00, right00, sums00);
                sums01 = coopMultiplyAdd(left00, right01, sums01);
                let left01 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS], PITCH);
                sums10 = coopMultiplyAdd(left01, right00, sums10);
                sums11 = coopMultiplyAdd(left01, right01, sums11);
                let right10 = coopLoad<Right>(&weight_tile[own_weight + MATRIX], PITCH);
                let right11 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + MATRIX], PITCH);
                let left10 = coopLoadT<Left>(&x_tile[own_x + MATRIX], PITCH);
                sums00 = coopMultiplyAdd(left10, right10, sums00);
                sums01 = coopMultiplyAdd(left10, right11, sums01);
                let left11 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS + MATRIX], PITCH);
                sums10 = coopMultiplyAdd(left11, right10, sums10);
                sums11 = coopMultiplyAdd(left11, right11, sums11);
                let right20 = coopLoad<Right>(&weight_tile[own_weight + 2u * MATRIX], PITCH);
                let right21 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + 2u * MATRIX], PITCH);
                let left20 = coopLoadT<Left>(&x_tile[own_x + 2u * MATRIX], PITCH);
                sums00 = coopMultiplyAdd(left20, right20, sums00);
                sums01 = coopMultiplyAdd(left20, right21, sums01);
                let left21 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS + 2u * MATRIX], PITCH);
                sums10 = coopMultiplyAdd(left21, right20, sums10);
                sums11 = coopMultiplyAdd(left21, right21, sums11);
                let right30 = coopLoad<Right>(&weight_tile[own_weight + 3u * MATRIX], PITCH);
                let right31 = coopLoad<Right>(&weight_tile[own_weight + HALF_ROWS + 3u * MATRIX], PITCH);
                let left30 = coopLoadT<Left>(&x_tile[own_x + 3u * MATRIX], PITCH);
                sums00 = coopMultiplyAdd(left30, right30, sums00);
                sums01 = coopMultiplyAdd(left30, right31, sums01);
                let left31 = coopLoadT<Left>(&x_tile[own_x + MATRIX_ROWS + 3u * MATRIX], PITCH);
                sums10 = coopMultiplyAdd(left31, right30, sums10);
                sums11 = coopMultiplyAdd(left31, right31, sums11);
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
    if (lanes != LANES) {
        workgroupBarrier();
        // The driver must not know that this is no number.
        let no_number = vec4(bitcast<f32>(0x7fc00000u | (lanes & 1u)));
        let right = select(QUADS, QUADS / 2u, GATED == 1u);
        for (var place = invocation; place < TILE * right; place = place + WORKGROUP) {
            let row = first_row + place / right;
            let column = first_column + place % right;
            if (row < sizes.rows && column < sizes.columns) {
                y[row * sizes.columns + column] = no_number;
            }
        }
    }
}
