// Weights of the matmul kernels as words, of 32 or of 16 bits: halves are unpacked by a function that every device has.

// Format of the weight beside f32.
const F16: u32 = 1u;

// [out, taps, in]. Where GATED there are twice as many rows, first those of values, then those of gates, and a value is
// multiplied with the GELU of its gate.
@group(0) @binding(1) var<storage, read_write> weight: array<vec4<u32>>;

fn quad_of_weight(sizes: Params, start: WeightRow, quad: u32) -> vec4<f32> {
    let place = start.place + quad;
    if (FORMAT == F16) {
        // Two halves to a word, and so two quads to a place.
        let word = place % 2u * 2u;
        let first = weight[place / 2u][word];
        let second = weight[place / 2u][word + 1u];
        return vec4(unpack2x16float(first), unpack2x16float(second));
    }
    return bitcast<vec4<f32>>(weight[place]);
}

