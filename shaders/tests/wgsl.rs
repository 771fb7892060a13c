//! Every WGSL file under every prelude: it parses and is valid, its parameters lie where the Rust struct puts them, and
//! its bindings are what the launches and the memory pool expect.

use std::collections::BTreeSet;
use std::path::Path;

use hummingbird_shaders::{Shader, shaders};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, Module, StorageAccess, TypeInner};

fn parse(shader: &Shader) -> (Module, ModuleInfo) {
    let (stem, source) = (shader.stem, shader.source());
    let module = naga::front::wgsl::parse_str(&source)
        .unwrap_or_else(|error| panic!("{stem}: {}", error.emit_to_string(&source)));
    // Subgroups, the type of 16 bits and cooperative matrices are what a variant may need; the others must be valid without.
    let subgroups =
        ["subgroupBroadcast(", "subgroupShuffleXor(", "@builtin(subgroup_id)"].iter().any(|call| source.contains(call));
    let mut optional = if subgroups { Capabilities::SUBGROUP } else { Capabilities::empty() };
    optional.set(Capabilities::SHADER_FLOAT16, shader.extensions.contains(&"f16"));
    optional.set(Capabilities::COOPERATIVE_MATRIX, shader.extensions.contains(&"wgpu_cooperative_matrix"));
    // `unpack2x16float` is part of WebGPU; naga asks for it by name because OpenGL ES 3.0 lacks it, which the engine never opens.
    let capabilities = optional | Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .unwrap_or_else(|error| panic!("{stem}: {}", error.emit_to_string(&source)));
    (module, info)
}

#[test]
fn every_file_is_listed_and_valid_under_every_prelude() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wgsl");
    let files = std::fs::read_dir(folder).expect("the crate has a wgsl folder").map(|entry| {
        let path = entry.expect("the folder can be read").path();
        path.file_stem().expect("files have names").to_string_lossy().into_owned()
    });
    let listed = shaders().iter().map(|shader| shader.stem.to_string()).collect::<BTreeSet<_>>();
    assert_eq!(files.collect::<BTreeSet<_>>(), listed, "wgsl files and the list of shaders");
    for shader in shaders() {
        let (module, _) = parse(&shader);
        let entry_points = module.entry_points.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>();
        assert_eq!(entry_points, ["main"], "{}", shader.stem);
    }
}

#[test]
fn parameter_structs_agree_with_wgsl() {
    for shader in shaders() {
        let (module, _) = parse(&shader);
        let (_, params) = module
            .types
            .iter()
            .find(|(_, ty)| ty.name.as_deref() == Some("Params"))
            .unwrap_or_else(|| panic!("{} has no struct Params", shader.stem));
        let TypeInner::Struct { members, span } = &params.inner else {
            panic!("{}: Params is not a struct", shader.stem);
        };
        let wgsl = members
            .iter()
            .map(|member| (member.name.clone().unwrap_or_default(), member.offset as usize))
            .collect::<Vec<_>>();
        let rust = shader.params.iter().map(|(name, offset)| (name.to_string(), *offset)).collect::<Vec<_>>();
        assert_eq!(wgsl, rust, "{}: offsets of the fields", shader.stem);
        assert_eq!(*span as usize, shader.params_bytes, "{}: size of the struct", shader.stem);
    }
}

/// Input and output may lie in one buffer of the memory pool, so no binding may be read-only; the pipeline layout is
/// derived from the shader, so an unused binding would shift the rest.
#[test]
fn bindings_are_read_write_used_and_without_gaps() {
    for shader in shaders() {
        let (module, info) = parse(&shader);
        let main = info.get_entry_point(0);
        let mut bindings = Vec::new();
        for (handle, variable) in module.global_variables.iter() {
            let Some(binding) = variable.binding else { continue };
            let access = StorageAccess::LOAD | StorageAccess::STORE;
            assert_eq!(variable.space, AddressSpace::Storage { access }, "{} {:?}", shader.stem, variable.name);
            assert!(!main[handle].is_empty(), "{} does not use {:?}", shader.stem, variable.name);
            bindings.push((binding.group, binding.binding));
        }
        bindings.sort_unstable();
        let expected = (0..bindings.len() as u32).map(|binding| (0, binding)).collect::<Vec<_>>();
        assert_eq!(bindings, expected, "{}", shader.stem);
    }
}
