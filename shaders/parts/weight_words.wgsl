// Weights of the matmul kernels as words, whatever their number format: halves are unpacked by a function that every device
// has.

// Formats of the weight beside f32.
const F16: u32 = 1u;
const Q8: u32 = 2u;

// [out, taps, in]. Where GATED there are twice as many rows, first those of values, then those of gates, and a value is
// multiplied with the GELU of its gate.
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<u32>>;

// One of the scales of 8-bit weights, which stand behind all codes, two to a word.
fn scale(sizes: Params, index: u32) -> f32 {
    let word = sizes.first_scale + index / 2u;
    let pair = unpack2x16float(weight[word / 4u][word % 4u]);
    return select(pair.x, pair.y, index % 2u == 1u);
}

fn quad_of_weight(sizes: Params, start: vec2<u32>, quad: u32) -> vec4<f32> {
    let place = start.x + quad;
    if (FORMAT == F16) {
        // Two halves to a word, and so two quads to a place.
        let word = place % 2u * 2u;
        let first = weight[place / 2u][word];
        let second = weight[place / 2u][word + 1u];
        return vec4(unpack2x16float(first), unpack2x16float(second));
    }
    if (FORMAT == Q8) {
        let codes = vec4<f32>(unpack4xI8(weight[place / 4u][place % 4u]));
        // A file's blocks run over places of the patches first, so that four channels lie in two of them at most.
        let blocks = (vec4(start.y + quad * 4u * sizes.taps) + vec4(0u, 1u, 2u, 3u) * sizes.taps) / BLOCK;
        let first = scale(sizes, blocks.x);
        let last = scale(sizes, blocks.w);
        return codes * select(vec4(first), vec4(last), blocks != vec4(blocks.x));
    }
    return bitcast<vec4<f32>>(weight[place]);
}

