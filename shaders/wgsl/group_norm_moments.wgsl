// The first of group norm's three kernels, for x of [n, positions, channels]: mean and sum of squared distances from it,
// of each channel over each part of a sample's positions. One invocation sums one part, in one pass: distances are taken
// from the part's first value, which is a value of the same distribution, so that no digits are lost far from zero.
//
// The prelude gives: const WIDTH: u32 and Value (channels of one load), const WORKGROUP: u32.

struct Params {
    n: u32,
    positions: u32,
    channels: u32,
    groups: u32,
    // Pieces into which the positions of a sample are cut.
    parts: u32,
    // Positions of one piece; the last may be shorter.
    part_positions: u32,
    eps: f32,
    activation: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<Value>;
// Means, then sums of squares, each [n, parts, channels].
@group(0) @binding(1) var<storage, read_write> moments: array<Value>;
@group(0) @binding(2) var<storage, read_write> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
    let row_values = params.channels / WIDTH;
    let values = params.n * params.parts * row_values;
    if (place >= values) {
        return;
    }
    let first_position = place / row_values % params.parts * params.part_positions;
    let positions = min(params.part_positions, params.positions - first_position);
    let sample = place / row_values / params.parts;
    let start = (sample * params.positions + first_position) * row_values + place % row_values;
    let first = x[start];
    var sum = Value(0.0);
    var squares = Value(0.0);
    for (var position = 1u; position < positions; position = position + 1u) {
        let distance = x[start + position * row_values] - first;
        sum = sum + distance;
        squares = squares + distance * distance;
    }
    let mean = sum / f32(positions);
    moments[place] = first + mean;
    // The rounding of one large distance may leave a little less than nothing.
    moments[values + place] = max(squares - sum * mean, Value(0.0));
}
