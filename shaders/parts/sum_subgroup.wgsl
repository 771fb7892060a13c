// The sum of `value` over the LANES neighbouring invocations that belong together, the same in each of them. A subgroup
// holds at least so many. (LANES is a power of two and divides the workgroup.)
fn sum_over_lanes(lane: u32, value: f32) -> f32 {
    var sum = value;
    for (var distance = LANES / 2u; distance > 0u; distance = distance / 2u) {
        sum = sum + subgroupShuffleXor(sum, distance);
    }
    return sum;
}

