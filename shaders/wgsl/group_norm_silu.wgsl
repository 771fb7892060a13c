// Group norm with optional SiLU for x of [n, positions, channels], in three stages with one workgroup for each
// (group, chunk of positions, sample). Two passes over x find mean and variance: one pass would lose the variance of
// values far from zero. Sums are made in two steps, inside a chunk and over chunks, so that no loop grows long: software
// drivers stop loops after 65,536 turns without a word.
//
// The prelude gives: const STAGE: u32 (0 sums, 1 squares, 2 result), const WORKGROUP: u32 (a power of two).

struct Params {
    n: u32,
    positions: u32,
    channels: u32,
    groups: u32,
    chunks: u32,
    chunk_positions: u32,
    eps: f32,
    activation: u32,
}

const SILU: u32 = 1u;

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> beta: array<f32>;
// Chunk sums, then chunk sums of squares, each [n, groups, chunks].
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> params: Params;

var<workgroup> lanes: array<f32, WORKGROUP>;

// The sum of `value` over the workgroup, the same for every invocation.
fn workgroup_sum(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    lanes[lane] = value;
    workgroupBarrier();
    for (var width = WORKGROUP / 2u; width > 0u; width = width / 2u) {
        if (lane < width) {
            lanes[lane] = lanes[lane] + lanes[lane + width];
        }
        workgroupBarrier();
    }
    return lanes[0];
}

// The sum of this group's chunk sums, which start at `first`.
fn sum_of_chunks(lane: u32, first: u32) -> f32 {
    var sum = 0.0;
    for (var chunk = lane; chunk < params.chunks; chunk = chunk + WORKGROUP) {
        sum = sum + partials[first + chunk];
    }
    return workgroup_sum(lane, sum);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let group = workgroup.x;
    let chunk = workgroup.y;
    let sample = workgroup.z;
    let group_channels = params.channels / params.groups;
    let first_position = chunk * params.chunk_positions;
    let last_position = min(first_position + params.chunk_positions, params.positions);
    let elements = (last_position - first_position) * group_channels;
    let start = (sample * params.positions + first_position) * params.channels + group * group_channels;
    let count = f32(params.positions * group_channels);

    let first_sum = (sample * params.groups + group) * params.chunks;
    let first_square = params.n * params.groups * params.chunks + first_sum;
    var mean = 0.0;
    if (STAGE > 0u) {
        mean = sum_of_chunks(lane, first_sum) / count;
    }
    if (STAGE < 2u) {
        var sum = 0.0;
        for (var element = lane; element < elements; element = element + WORKGROUP) {
            let place = start + element / group_channels * params.channels + element % group_channels;
            let centred = x[place] - mean;
            sum = sum + select(centred * centred, centred, STAGE == 0u);
        }
        sum = workgroup_sum(lane, sum);
        if (lane == 0u) {
            partials[select(first_square, first_sum, STAGE == 0u) + chunk] = sum;
        }
    } else {
        let variance = sum_of_chunks(lane, first_square) / count;
        let inverse_std = 1.0 / sqrt(variance + params.eps);
        for (var element = lane; element < elements; element = element + WORKGROUP) {
            let offset = element % group_channels;
            let place = start + element / group_channels * params.channels + offset;
            let channel = group * group_channels + offset;
            var value = (x[place] - mean) * inverse_std * gamma[channel] + beta[channel];
            if (params.activation == SILU) {
                value = value / (1.0 + exp(-value));
            }
            y[place] = value;
        }
    }
}
