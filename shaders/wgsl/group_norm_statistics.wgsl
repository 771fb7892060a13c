// The second of group norm's three kernels: the moments of parts become mean and inverse standard deviation of groups
// (Chan et al. 1983), written out for each channel. A workgroup takes one group of one sample.
//
// The prelude gives: sum_over_lanes, const LANES: u32, const WORKGROUP: u32 (the same number).

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

// Means, then sums of squares, each [n, parts, channels].
@group(0) @binding(0) var<storage, read_write> moments: array<f32>;
// Means, then inverse standard deviations, each [n, channels].
@group(0) @binding(1) var<storage, read_write> statistics: array<f32>;
@group(0) @binding(2) var<storage, read_write> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = workgroup.y;
    let group_channels = params.channels / params.groups;
    let first_channel = workgroup.x * group_channels;
    let start = sample * params.parts * params.channels + first_channel;
    let all_moments = params.n * params.parts * params.channels;
    let entries = params.parts * group_channels;
    let count = f32(params.positions * group_channels);

    var sum = 0.0;
    for (var entry = lane; entry < entries; entry = entry + WORKGROUP) {
        let part = entry / group_channels;
        let positions = min(params.part_positions, params.positions - part * params.part_positions);
        sum = sum + f32(positions) * moments[start + part * params.channels + entry % group_channels];
    }
    let mean = sum_over_lanes(lane, sum) / count;
    sum = 0.0;
    for (var entry = lane; entry < entries; entry = entry + WORKGROUP) {
        let part = entry / group_channels;
        let positions = min(params.part_positions, params.positions - part * params.part_positions);
        let place = start + part * params.channels + entry % group_channels;
        let distance = moments[place] - mean;
        sum = sum + moments[all_moments + place] + f32(positions) * distance * distance;
    }
    let inverse_std = 1.0 / sqrt(sum_over_lanes(lane, sum) / count + params.eps);
    for (var channel = lane; channel < group_channels; channel = channel + WORKGROUP) {
        let place = sample * params.channels + first_channel + channel;
        statistics[place] = mean;
        statistics[params.n * params.channels + place] = inverse_std;
    }
}
