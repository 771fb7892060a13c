// Weights of the matmul kernels in 8 bits, with a scale for every BLOCK neighbours in a row of the file.

// Codes [out, taps, in], four to a word, and behind them the scales, two halves to a word. Where GATED there are twice as many
// rows, first those of values, then those of gates, and a value is multiplied with the GELU of its gate.
@group(0) @binding(1) var<storage, read_write> weight: array<u32>;

fn scale(sizes: Params, index: u32) -> f32 {
    return unpack2x16float(weight[sizes.first_scale + index / 2u] >> (index % 2u * 16u)).x;
}

fn quad_of_weight(sizes: Params, start: WeightRow, quad: u32) -> vec4<f32> {
    let codes = vec4<f32>(unpack4xI8(weight[start.place + quad]));
    // A file's blocks run over places of the patches first, so that four channels lie in two of them at most. In which is the
    // same for all rows.
    let blocks = (vec4(start.tap + quad * 4u * sizes.taps) + vec4(0u, 1u, 2u, 3u) * sizes.taps) / BLOCK;
    let first = scale(sizes, start.scales + blocks.x);
    if (sizes.taps == 1u) {
        return codes * first;
    }
    let last = scale(sizes, start.scales + blocks.w);
    return codes * select(vec4(first), vec4(last), blocks != vec4(blocks.x));
}

