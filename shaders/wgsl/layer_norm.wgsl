// Layer norm of rows of channels: LANES neighbouring invocations hold one row in registers, so that mean and variance take
// two passes over it and memory is read once. Each group of lanes does `turns` rows with one copy of gamma and beta.
//
// The prelude gives: const WIDTH: u32 and Value (channels of one load), sum_of_channels, sum_over_lanes,
// const LANES: u32, const VALUES: u32 (of one lane, so that LANES * VALUES cover a row), const WORKGROUP: u32.

struct Params {
    rows: u32,
    // Channels / WIDTH.
    row_values: u32,
    turns: u32,
    eps: f32,
}

const GROUPS: u32 = WORKGROUP / LANES;

@group(0) @binding(0) var<storage, read_write> x: array<Value>;
@group(0) @binding(1) var<storage, read_write> gamma: array<Value>;
@group(0) @binding(2) var<storage, read_write> beta: array<Value>;
@group(0) @binding(3) var<storage, read_write> y: array<Value>;
@group(0) @binding(4) var<storage, read_write> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let first_value = lane % LANES;
    let channels = f32(WIDTH * params.row_values);
    var scale: array<Value, VALUES>;
    var shift: array<Value, VALUES>;
    for (var i = 0u; i < VALUES; i = i + 1u) {
        let place = first_value + i * LANES;
        if (place < params.row_values) {
            scale[i] = gamma[place];
            shift[i] = beta[place];
        }
    }
    let first_row = (workgroup.y * workgroups.x + workgroup.x) * params.turns * GROUPS + lane / LANES;
    for (var turn = 0u; turn < params.turns; turn = turn + 1u) {
        let row = first_row + turn * GROUPS;
        let start = row * params.row_values;
        var values: array<Value, VALUES>;
        var sum = Value(0.0);
        for (var i = 0u; i < VALUES; i = i + 1u) {
            let place = first_value + i * LANES;
            values[i] = Value(0.0);
            if (row < params.rows && place < params.row_values) {
                values[i] = x[start + place];
            }
            sum = sum + values[i];
        }
        let mean = sum_over_lanes(lane, sum_of_channels(sum)) / channels;
        sum = Value(0.0);
        for (var i = 0u; i < VALUES; i = i + 1u) {
            if (first_value + i * LANES < params.row_values) {
                values[i] = values[i] - mean;
                sum = sum + values[i] * values[i];
            }
        }
        let variance = sum_over_lanes(lane, sum_of_channels(sum)) / channels;
        let inverse_std = 1.0 / sqrt(variance + params.eps);
        for (var i = 0u; i < VALUES; i = i + 1u) {
            let place = first_value + i * LANES;
            if (row < params.rows && place < params.row_values) {
                y[start + place] = values[i] * inverse_std * scale[i] + shift[i];
            }
        }
    }
}
