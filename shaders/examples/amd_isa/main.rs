//! What Radeon GPUs' compiler makes of every kernel, without a Radeon: registers, spills, waves, and the instructions of the
//! main loop by kind.
//!
//! Mesa's driver for AMD compiles for the GPU that `RADV_FORCE_FAMILY` names: `phoenix` (Radeon 780M), `gfx1150` (880M, 890M),
//! `rembrandt` (680M, which has no cooperative matrices). Mesa 26.2 has removed the variable; `.ci/radeon` fetches a driver that
//! has it and runs this once for each of them:
//!
//! ```text
//! .ci/radeon                             the table, one row for each kernel that differs in its loop
//! .ci/radeon --all --keep FOLDER         a row for each variant; SPIR-V and machine code are kept in FOLDER
//! .ci/radeon --kernel matmul_cooperative only kernels of that name
//! ```
//!
//! It fails where a variant spills registers to memory.

mod machine_code;
mod vulkan;

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use hummingbird_shaders::{Prelude, Shader, shaders};
use machine_code::Loop;
use naga::back::spv;
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use vulkan::{Compiled, Driver};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the command line asks for.
#[derive(Default)]
struct Options {
    /// A row for each variant.
    all: bool,
    /// Only kernels of this name.
    kernel: Option<String>,
    /// Where SPIR-V and machine code are kept.
    keep: Option<PathBuf>,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--all" => options.all = true,
            "--kernel" => options.kernel = Some(value()?),
            "--keep" => options.keep = Some(value()?.into()),
            other => return Err(format!("{other} is unknown: there are --all, --kernel NAME and --keep FOLDER").into()),
        }
    }
    Ok(options)
}

#[expect(clippy::print_stdout, reason = "an analysis prints what it found")]
fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let driver = Driver::open()?;
    println!("\n{}, {}", driver.name, driver.subgroups);
    println!(
        "\n| kernel | wave | registers | spilled | waves on a SIMD | LDS bytes | loop: matrix | packed | dot | fma | other vector | LDS | memory | scalar | share of issue cycles |"
    );
    println!("|{}", "---|".repeat(15));
    let mut spilled = 0_u32;
    for shader in shaders() {
        let is_asked = options.kernel.as_deref().is_none_or(|kernel| kernel == shader.stem);
        if !is_asked || !is_for_radeon(&shader, driver.has_matrices) {
            continue;
        }
        let spirv = spirv(&shader)?;
        let compiled = driver.compile(&spirv)?;
        if let Some(folder) = &options.keep {
            fs::create_dir_all(folder)?;
            let name = name(&shader).replace(['`', ' ', ','], "_");
            fs::write(folder.join(format!("{name}.spv")), bytemuck::cast_slice::<u32, u8>(&spirv))?;
            fs::write(folder.join(format!("{name}.s")), &compiled.machine_code)?;
        }
        let spills = compiled.statistic("Spilled SGPRs") + compiled.statistic("Spilled VGPRs");
        spilled += u32::from(spills > 0);
        if options.all || spills > 0 || is_typical(&shader) {
            println!("{}", row(&shader, &compiled, spills));
        }
    }
    if spilled > 0 {
        eprintln!("{spilled} variants spill");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn constant(shader: &Shader, name: &str) -> Option<u32> {
    shader.prelude.0.iter().find(|(it, _)| *it == name).map(|(_, value)| *value)
}

/// Whether a Radeon GPU may be given a kernel: its subgroups have 32 or 64 lanes, its matrices 16 rows, and this compiler builds
/// them for subgroups of 64.
fn is_for_radeon(shader: &Shader, has_matrices: bool) -> bool {
    let is_of_matrices = shader.extensions.contains(&"wgpu_cooperative_matrix");
    let has_such = has_matrices && constant(shader, "SIDE") == Some(16) && constant(shader, "LANES") == Some(64);
    let is_for_software = constant(shader, "WORKGROUP") == Some(8);
    let sums = constant(shader, "SUBGROUP_SUMS").is_none_or(|it| it == 1);
    (has_such || !is_of_matrices) && !is_for_software && sums
}

/// Kernels that take a clip's time, one of those that have the same main loop: without an activation.
fn is_typical(shader: &Shader) -> bool {
    let is_hot = shader.stem.starts_with("matmul") || shader.stem.starts_with("attention");
    is_hot && ["ACTIVATION", "GATED"].iter().all(|name| constant(shader, name).is_none_or(|it| it == 0))
}

fn name(shader: &Shader) -> String {
    let Prelude(constants) = &shader.prelude;
    let constants = constants.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("`{}`{}", shader.stem, constants.collect::<String>())
}

fn row(shader: &Shader, compiled: &Compiled, spills: u64) -> String {
    let main_loop = Loop::main_of(&compiled.machine_code);
    let Loop { matrix, packed, dot, fma, vector, lds, memory, scalar } = main_loop;
    let share = main_loop.share(compiled.wave);
    let [registers, waves, bytes] =
        ["VGPRs", "Subgroups per SIMD", "LDS size"].map(|it| compiled.statistic(it).to_string());
    format!(
        "| {} | {} | {registers} | {spills} | {waves} | {bytes} | {matrix} | {packed} | {dot} | {fma} | {vector} | {lds} | {memory} | {scalar} | {:.0}% |",
        name(shader),
        compiled.wave,
        100.0 * share
    )
}

/// The SPIR-V of a kernel as the runtime has it written: nothing is checked or set to zero at run time.
fn spirv(shader: &Shader) -> Result<Vec<u32>> {
    let source = shader.source();
    let module = naga::front::wgsl::parse_str(&source).map_err(|error| error.emit_to_string(&source))?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::all())
        .validate(&module)
        .map_err(|error| error.emit_to_string(&source))?;
    let unchecked = BoundsCheckPolicy::Unchecked;
    let options = spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::empty(),
        bounds_check_policies: BoundsCheckPolicies {
            index: unchecked,
            buffer: unchecked,
            image_load: unchecked,
            binding_array: unchecked,
        },
        zero_initialize_workgroup_memory: spv::ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        ..spv::Options::default()
    };
    let entry = spv::PipelineOptions { shader_stage: naga::ShaderStage::Compute, entry_point: "main".to_owned() };
    Ok(spv::write_vec(&module, &info, &options, Some(&entry))?)
}
