//! WGSL kernels of Hummingbird, each with its parameter struct and a reference implementation: plain loops for the CPU.
//!
//! One stem is one kernel: `wgsl/<stem>.wgsl` and a module of the same name, or of the operation that it is a step of. A
//! WGSL file is complete but for named constants, which a [`Prelude`] puts before it, and for functions that several files
//! share ([`parts`]); there are no holes in the text. Launches live in the engine; this crate knows no GPU. Start with
//! [`group_norm_silu`]; [`shaders`] lists everything for the checks.

pub mod attention;
pub mod fma_chain;
pub mod geglu;
pub mod group_norm_silu;
pub mod latent_to_rgb8;
pub mod layer_norm;
pub mod matmul;
pub mod matrix_chain;
pub mod parts;

/// Constants that stand before a WGSL file, as names and `u32` values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prelude(pub Vec<(&'static str, u32)>);

/// A WGSL file under one prelude.
#[derive(Clone, Debug)]
pub struct Shader {
    /// Name of the file and of its module.
    pub stem: &'static str,
    /// Text of the file.
    pub wgsl: &'static str,
    /// Language extensions that it asks for; a device without them has no use for it.
    pub extensions: &'static [&'static str],
    /// Constants that stand before it.
    pub prelude: Prelude,
    /// Functions that stand between the constants and the file; the constants tell their choice, so that they are a key.
    pub parts: Vec<&'static str>,
    /// Names and byte offsets of the fields of the Rust struct that fills the kernel's `Params`.
    pub params: &'static [(&'static str, usize)],
    /// Size of that struct in bytes.
    pub params_bytes: usize,
}

impl Shader {
    /// The whole text: extensions, constants, parts, file. Its entry point is `main`.
    pub fn source(&self) -> String {
        let Prelude(constants) = &self.prelude;
        let mut source = self.extensions.iter().map(|name| format!("enable {name};\n")).collect::<String>();
        source.extend(constants.iter().map(|(name, value)| format!("const {name}: u32 = {value}u;\n")));
        source.extend(self.parts.iter().copied());
        source.push_str(self.wgsl);
        source
    }
}

/// Workgroups along one axis that every WebGPU device grants.
const MAX_WORKGROUPS: u32 = 65_535;

/// `workgroups` along the first axis, and along the second when the first is full: some may be too many.
pub(crate) fn spread(workgroups: u32) -> [u32; 3] {
    let rows = workgroups.div_ceil(MAX_WORKGROUPS).max(1);
    [workgroups.min(MAX_WORKGROUPS), rows, 1]
}

/// The second and the third axis of `lines` of workgroups: some may be too many.
pub(crate) fn stacked(lines: u32) -> [u32; 2] {
    let layers = lines.div_ceil(MAX_WORKGROUPS).max(1);
    [lines.div_ceil(layers), layers]
}

/// Every WGSL file under every prelude in use.
pub fn shaders() -> Vec<Shader> {
    let mut shaders = vec![latent_to_rgb8::shader(), fma_chain::shader()];
    shaders.extend(parts::CooperativeMatrices::ALL.map(matrix_chain::shader));
    shaders.extend(attention::variants());
    shaders.extend(group_norm_silu::variants());
    shaders.extend(layer_norm::variants());
    shaders.extend(geglu::variants());
    shaders.extend(matmul::Variant::all().iter().map(matmul::Variant::shader));
    shaders
}
