
// 8-bit weights for kernels that multiply numbers of 16 bits: a product of 18 bits, rounded once.
fn halves_of_weight(sizes: Params, start: WeightRow, quad: u32) -> vec4<f16> {
    return vec4<f16>(quad_of_weight(sizes, start, quad));
}

// The same in two steps: reading, and what it takes to use what was read.
struct RawWeight {
    codes: u32,
    // The words with the scales of the first and of the last of the four values.
    first: u32,
    last: u32,
}

fn raw_weight(sizes: Params, start: WeightRow, read: WeightQuad) -> RawWeight {
    let first = start.scales + read.number / BLOCK;
    let last = start.scales + (read.number + 3u * sizes.taps) / BLOCK;
    return RawWeight(
        weight[start.place + read.quad],
        weight[sizes.first_scale + first / 2u],
        weight[sizes.first_scale + last / 2u],
    );
}

fn halves_of_raw(sizes: Params, scales: u32, read: WeightQuad, raw: RawWeight) -> vec4<f16> {
    let blocks = (vec4(read.number) + vec4(0u, 1u, 2u, 3u) * sizes.taps) / BLOCK;
    let first = unpack2x16float(raw.first >> ((scales + blocks.x) % 2u * 16u)).x;
    let last = unpack2x16float(raw.last >> ((scales + blocks.w) % 2u * 16u)).x;
    return vec4<f16>(vec4<f32>(unpack4xI8(raw.codes)) * select(vec4(first), vec4(last), blocks != vec4(blocks.x)));
}

