// Pixels of [pixels, channels] become bytes of red, green and blue, four to a word. One invocation writes one word, so
// no two write the same place; a word touches two pixels at most and repeats no work, since each byte is one colour.
//
// The prelude gives: const WORKGROUP: u32, const MAX_CHANNELS: u32.

struct Params {
    // Bytes of the result: three times the pixels.
    bytes: u32,
    channels: u32,
    // Red, green and blue; the fourth fills the row.
    bias: vec4<f32>,
    factors: array<vec4<f32>, MAX_CHANNELS>,
}

@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var<storage, read_write> params: Params;

fn byte_at(index: u32) -> u32 {
    let colour = index % 3u;
    let first = index / 3u * params.channels;
    var value = params.bias[colour];
    for (var channel = 0u; channel < params.channels; channel = channel + 1u) {
        // A factor of zero leaves the channel out, or an infinity in it would become a NaN here.
        let factor = params.factors[channel][colour];
        if (factor != 0.0) {
            value = value + factor * x[first + channel];
        }
    }
    // NaN fails the comparison and stays at the lower bound; `clamp` leaves it undefined.
    var clamped = -1.0;
    if (value > -1.0) {
        clamped = min(value, 1.0);
    }
    // The sum must be rounded before it is scaled: some compilers make one operation of both, which moves a value across the
    // edge of a byte now and then. They cannot know that there are fewer than 2^31 channels, and so not that this changes
    // nothing.
    let sum = bitcast<f32>(bitcast<u32>(clamped + 1.0) ^ (params.channels >> 31u));
    // Halving by a product is exact; a division need not be.
    return u32(sum * 0.5 * 255.0);
}

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
    if (place * 4u >= params.bytes) {
        return;
    }
    var word = 0u;
    for (var i = 0u; i < 4u; i = i + 1u) {
        let index = place * 4u + i;
        if (index < params.bytes) {
            word = word | (byte_at(index) << (8u * i));
        }
    }
    words[place] = word;
}
