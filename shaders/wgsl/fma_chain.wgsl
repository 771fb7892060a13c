// Every value goes through `x = x * scale + shift` many times: nothing but fused multiply-adds on registers, by which the
// arithmetic peak of a device is measured. An invocation holds eight values; as many chains hide the time that one
// multiply-add takes, and fit the registers of every GPU. Written as a product and a sum, which GPUs' compilers join: software
// drivers call a function for every `fma`.
//
// The prelude gives: const WORKGROUP: u32, const TURN_LINKS: u32.

struct Params {
    // Pairs of vectors, one for each invocation.
    pairs: u32,
    // Turns of the loop, of TURN_LINKS multiply-adds of each value.
    turns: u32,
    scale: f32,
    shift: f32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(
    @builtin(workgroup_id) workgroup: vec3<u32>,
    @builtin(num_workgroups) workgroups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let place = (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP + lane;
    if (place >= params.pairs) {
        return;
    }
    let scale = vec4<f32>(params.scale);
    let shift = vec4<f32>(params.shift);
    var a = x[2u * place];
    var b = x[2u * place + 1u];
    for (var turn = 0u; turn < params.turns; turn = turn + 1u) {
        // The compiler unrolls this one, whose length it knows.
        for (var link = 0u; link < TURN_LINKS; link = link + 1u) {
            a = a * scale + shift;
            b = b * scale + shift;
        }
    }
    y[2u * place] = a;
    y[2u * place + 1u] = b;
}
