var<workgroup> partials: array<f32, WORKGROUP>;

// The sum of `value` over the LANES neighbouring invocations that belong together, the same in each of them, for devices
// without subgroups. (LANES divides the workgroup.)
fn sum_over_lanes(lane: u32, value: f32) -> f32 {
    workgroupBarrier();
    partials[lane] = value;
    workgroupBarrier();
    let first = lane / LANES * LANES;
    var sum = 0.0;
    for (var other = 0u; other < LANES; other = other + 1u) {
        sum = sum + partials[first + other];
    }
    return sum;
}

