// f16 weights of the matmul kernels in the device's own type of that size.

// [out, taps, in]. Where GATED there are twice as many rows, first those of values, then those of gates, and a value is
// multiplied with the GELU of its gate.
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<f16>>;

fn quad_of_weight(sizes: Params, start: WeightRow, quad: u32) -> vec4<f32> {
    return vec4<f32>(weight[start.place + quad]);
}


// The same, as they are.
fn halves_of_weight(sizes: Params, start: WeightRow, quad: u32) -> vec4<f16> {
    return weight[start.place + quad];
}

// The same in two steps: reading, and what it takes to use what was read.
struct RawWeight {
    values: vec4<f16>,
}

fn raw_weight(sizes: Params, start: WeightRow, read: WeightQuad) -> RawWeight {
    return RawWeight(weight[start.place + read.quad]);
}

fn halves_of_raw(sizes: Params, scales: u32, read: WeightQuad, raw: RawWeight) -> vec4<f16> {
    return raw.values;
}

