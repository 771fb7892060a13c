// The last of group norm's three kernels, for x of [n, positions, channels]: the result, with SiLU or without. One
// invocation walks through one part of a sample's positions, with the factors of its channels in registers.
//
// The prelude gives: const WIDTH: u32 and Value (channels of one load), const WORKGROUP: u32.

struct Params {
    n: u32,
    positions: u32,
    channels: u32,
    groups: u32,
    parts: u32,
    part_positions: u32,
    eps: f32,
    activation: u32,
}

const SILU: u32 = 1u;

@group(0) @binding(0) var<storage, read_write> x: array<Value>;
@group(0) @binding(1) var<storage, read_write> gamma: array<Value>;
@group(0) @binding(2) var<storage, read_write> beta: array<Value>;
// Means, then inverse standard deviations, each [n, channels].
@group(0) @binding(3) var<storage, read_write> statistics: array<Value>;
@group(0) @binding(4) var<storage, read_write> y: array<Value>;
@group(0) @binding(5) var<storage, read_write> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
    let row_values = params.channels / WIDTH;
    if (place >= params.n * params.parts * row_values) {
        return;
    }
    let first_position = place / row_values % params.parts * params.part_positions;
    let positions = min(params.part_positions, params.positions - first_position);
    let sample = place / row_values / params.parts;
    let value_of_row = place % row_values;
    let start = (sample * params.positions + first_position) * row_values + value_of_row;
    let mean = statistics[sample * row_values + value_of_row];
    let factor = statistics[(params.n + sample) * row_values + value_of_row] * gamma[value_of_row];
    let shift = beta[value_of_row];
    for (var position = 0u; position < positions; position = position + 1u) {
        var value = (x[start + position * row_values] - mean) * factor + shift;
        if (params.activation == SILU) {
            value = value / (1.0 + exp(-value));
        }
        y[start + position * row_values] = value;
    }
}
