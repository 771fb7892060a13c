
// Cooperative matrices of the size that tensor cores of graphics cards have.
alias Left = coop_mat16x16<f16, A>;
alias Right = coop_mat16x16<f16, B>;
alias Sum = coop_mat16x16<f32, C>;

// What sixteen bits hold: larger values would become infinities. What is not a number stays so.
fn halves(values: vec4<f32>) -> vec4<f16> {
    let inside = clamp(values, vec4(-65504.0), vec4(65504.0));
    return vec4<f16>(select(inside, values, values != values));
}
