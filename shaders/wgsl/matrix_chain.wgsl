
// Products of the same two matrices are added up many times: nothing but what cooperative matrices compute, by which their peak
// is measured. Eight sums at a time hide the time that one product takes; they begin with 0 to 7, so that no compiler takes
// them for one.
//
// One of `parts/cooperative_matrices_*.wgsl` and `parts/halves.wgsl` stand before this file. The prelude gives: const SIDE: u32 (8 or 16), const LANES: u32 (of every
// subgroup). WORKGROUP is 4 * LANES.

struct Params {
    // Turns of the loop, of eight products each.
    turns: u32,
    // All values of the one matrix, and of the other.
    left: f32,
    right: f32,
}

const MATRIX: u32 = SIDE / 4u;

// For each subgroup a matrix of sums, row by row.
@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read_write> params: Params;

var<workgroup> lefts: array<vec4<f16>, SIDE * MATRIX>;
var<workgroup> rights: array<vec4<f16>, SIDE * MATRIX>;
var<workgroup> starts: array<f32, 8u * SIDE * SIDE>;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(local_invocation_index) invocation: u32,
    @builtin(subgroup_id) subgroup_id: u32,
) {
    let subgroup = min(subgroup_id, 3u);
    for (var quad = invocation; quad < SIDE * MATRIX; quad = quad + WORKGROUP) {
        lefts[quad] = halves(vec4(params.left));
        rights[quad] = halves(vec4(params.right));
    }
    for (var place = invocation; place < 8u * SIDE * SIDE; place = place + WORKGROUP) {
        starts[place] = f32(place / (SIDE * SIDE));
    }
    workgroupBarrier();
    let left = coopLoadT<Left>(&lefts[0], MATRIX);
    let right = coopLoad<Right>(&rights[0], MATRIX);
    var sums0 = coopLoadT<Sum>(&starts[0], SIDE);
    var sums1 = coopLoadT<Sum>(&starts[SIDE * SIDE], SIDE);
    var sums2 = coopLoadT<Sum>(&starts[2u * SIDE * SIDE], SIDE);
    var sums3 = coopLoadT<Sum>(&starts[3u * SIDE * SIDE], SIDE);
    var sums4 = coopLoadT<Sum>(&starts[4u * SIDE * SIDE], SIDE);
    var sums5 = coopLoadT<Sum>(&starts[5u * SIDE * SIDE], SIDE);
    var sums6 = coopLoadT<Sum>(&starts[6u * SIDE * SIDE], SIDE);
    var sums7 = coopLoadT<Sum>(&starts[7u * SIDE * SIDE], SIDE);
    let turns = params.turns;
    for (var turn = 0u; turn < turns; turn = turn + 1u) {
        sums0 = coopMultiplyAdd(left, right, sums0);
        sums1 = coopMultiplyAdd(left, right, sums1);
        sums2 = coopMultiplyAdd(left, right, sums2);
        sums3 = coopMultiplyAdd(left, right, sums3);
        sums4 = coopMultiplyAdd(left, right, sums4);
        sums5 = coopMultiplyAdd(left, right, sums5);
        sums6 = coopMultiplyAdd(left, right, sums6);
        sums7 = coopMultiplyAdd(left, right, sums7);
    }
    let all = ((sums0 + sums1) + (sums2 + sums3)) + ((sums4 + sums5) + (sums6 + sums7));
    coopStoreT(all, &y[(workgroup.x * 4u + subgroup) * SIDE * SIDE], SIDE);
}
