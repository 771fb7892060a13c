
// Weights of words for kernels that multiply numbers of 16 bits.
fn halves_of_weight(sizes: Params, start: vec2<u32>, quad: u32) -> vec4<f16> {
    return vec4<f16>(quad_of_weight(sizes, start, quad));
}
