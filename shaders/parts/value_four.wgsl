// Four neighbouring channels at a time: one load fetches them all.
alias Value = vec4<f32>;

fn sum_of_channels(value: Value) -> f32 {
    return value.x + value.y + value.z + value.w;
}

