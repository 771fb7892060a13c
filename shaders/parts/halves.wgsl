
// In 16 bits: what is too large for them becomes the largest number that they hold, what is not a number stays so.
fn halves(values: vec4<f32>) -> vec4<f16> {
    let rounded = vec4<f16>(values);
    return select(clamp(rounded, vec4(-65504.0h), vec4(65504.0h)), rounded, rounded != rounded);
}
