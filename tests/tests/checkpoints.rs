//! Checkpoints in every form are read to the last bit: small ones that PyTorch wrote (`tests/data/formats`), and of the
//! forms that would be large there, tiny ones that are written here.

use std::io::Cursor;
use std::path::Path;

use hummingbird_engine::weights::{
    Arrangement, Container, Contents, Dtype, looks_like_torch, read_safetensors, read_torch,
};
use hummingbird_tests::checkpoint_files::{Tensors, converted, rule_bytes, tensors_of};
use hummingbird_tests::checkpoint_writer::{
    Value, call, dict, global, module, parameter, pickle, tensor, text, torch_stream, torch_zip,
};

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn open(bytes: &[u8]) -> (Contents, Tensors) {
    assert!(looks_like_torch(&bytes[..bytes.len().min(64)]));
    let mut file = Cursor::new(bytes);
    let contents = read_torch(&mut file).unwrap_or_else(|error| panic!("{error}"));
    let tensors = tensors_of(&contents, &mut file).expect("the tensors lie in the file");
    assert_eq!(tensors.len(), contents.tensors.len());
    (contents, tensors)
}

/// Wants each tensor to be what the rule gives its name, and the names to be these.
fn check_rule(tensors: &Tensors, names: &[&str]) {
    let mut names = names.to_vec();
    names.sort_unstable();
    assert!(tensors.keys().eq(names), "{:?}", tensors.keys());
    for (name, (dtype, shape, elements)) in tensors {
        assert_eq!(*elements, rule_bytes(name, shape, *dtype), "{name}");
    }
}

// What PyTorch wrote.

/// Views as they should be read; bfloat16 is stored as f32 there, and bool as u8.
fn check_views(tensors: &Tensors) {
    let mut expected = Cursor::new(file("views_expected.safetensors"));
    let (contents, metadata) = read_safetensors(&mut expected).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(contents.container, Container::Safetensors);
    assert!(metadata.keys().all(|key| key == "format"), "{metadata:?}");
    let expected = tensors_of(&contents, &mut expected).expect("the tensors lie in the file");
    assert!(tensors.keys().eq(expected.keys()));
    for (name, (dtype, shape, elements)) in tensors {
        let (_, expected_shape, expected) = &expected[name];
        assert_eq!(shape, expected_shape, "{name}");
        let expected = if *dtype == Dtype::BF16 { converted(expected, *dtype) } else { expected.clone() };
        assert_eq!(*elements, expected, "{name}");
    }
}

#[test]
fn views_share_storages_and_have_every_number_format() {
    let (contents, tensors) = open(&file("views.pt"));
    assert_eq!((contents.container, contents.arrangement), (Container::TorchZip, Arrangement::StateDict));
    assert!(contents.foreign_classes.is_empty());
    check_views(&tensors);
    for dtype in [Dtype::F64, Dtype::F16, Dtype::BF16, Dtype::I64, Dtype::I32, Dtype::U8, Dtype::BOOL] {
        assert!(tensors.values().any(|(found, _, _)| *found == dtype), "{dtype:?}");
    }
}

#[test]
fn views_are_the_same_in_the_old_stream() {
    let archive = file("views.pt");
    let mut archive = zip::ZipArchive::new(Cursor::new(&archive)).expect("it is a zip archive");
    let mut member = |name: &str| {
        let mut content = Vec::new();
        let mut member = archive.by_name(&format!("views/{name}")).expect("the archive has it");
        std::io::Read::read_to_end(&mut member, &mut content).expect("it can be read");
        content
    };
    // Bytes of an element of each storage.
    let elements = [4, 4, 4, 8, 4, 1, 1, 8, 2, 2, 4, 4];
    let storages: Vec<_> = (0..elements.len()).map(|key| (key.to_string(), member(&format!("data/{key}")))).collect();
    let storages: Vec<_> = storages.iter().zip(elements).map(|((key, bytes), size)| (&**key, size, &**bytes)).collect();
    let (contents, tensors) = open(&torch_stream(&member("data.pkl"), &storages));
    assert_eq!((contents.container, contents.arrangement), (Container::TorchStream, Arrangement::StateDict));
    check_views(&tensors);
}

/// Names of the tensors that are by the rule; the schedule's buffers are not.
fn check_few(tensors: &Tensors, count: usize) {
    assert_eq!(tensors.len(), count);
    let is_by_rule = |name: &str| name.contains('.');
    let by_rule: Tensors = tensors
        .iter()
        .filter(|(name, _)| is_by_rule(name))
        .map(|(name, tensor)| (name.clone(), tensor.clone()))
        .collect();
    assert!(by_rule.len() >= 6);
    check_rule(&by_rule, &by_rule.keys().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn storages_of_a_gpu_are_read_like_others() {
    let (archive, tensors) = open(&file("cuda_tagged_few.pt"));
    let (stream, same_tensors) = open(&file("cuda_tagged_few_legacy.pt"));
    assert_eq!((archive.container, stream.container), (Container::TorchZip, Container::TorchStream));
    assert_eq!(tensors, same_tensors);
    check_few(&tensors, 8);
}

#[test]
fn what_lightning_writes_beside_the_weights_is_ignored() {
    let (contents, tensors) = open(&file("lightning_few.ckpt"));
    assert_eq!(contents.arrangement, Arrangement::NestedStateDict);
    check_few(&tensors, 8);
    let classes = [
        "omegaconf.base.ContainerMetadata",
        "omegaconf.base.Metadata",
        "omegaconf.dictconfig.DictConfig",
        "omegaconf.nodes.AnyNode",
        "typing.Any",
    ];
    assert_eq!(contents.foreign_classes, classes);
}

// What is written here.

/// Writes tensors by the rule and their storages.
#[derive(Default)]
struct Writer(Vec<(String, usize, Vec<u8>)>);

impl Writer {
    fn tensor(&mut self, name: &str, shape: &[usize], dtype: Dtype) -> Value {
        let (storage, size) = match dtype {
            Dtype::F32 => ("FloatStorage", 4),
            Dtype::F16 => ("HalfStorage", 2),
            Dtype::BF16 => ("BFloat16Storage", 2),
            other => panic!("no weights are stored as {other:?}"),
        };
        let key = self.0.len().to_string();
        let value = tensor(storage, &key, shape);
        self.0.push((key, size, rule_bytes(name, shape, dtype)));
        value
    }

    fn archive(&self, value: &Value) -> Vec<u8> {
        torch_zip(&pickle(value), &self.0.iter().map(|(key, _, bytes)| (&**key, &**bytes)).collect::<Vec<_>>())
    }

    fn stream(&self, value: &Value) -> Vec<u8> {
        torch_stream(
            &pickle(value),
            &self.0.iter().map(|(key, size, bytes)| (&**key, *size, &**bytes)).collect::<Vec<_>>(),
        )
    }
}

const NAMES: [&str; 4] = ["conv.weight", "conv.bias", "norm.weight", "logit_scale"];
const SHAPES: [&[usize]; 4] = [&[4, 2, 3, 3], &[4], &[8], &[]];

/// A state dict of the rule, each name behind `prefix`.
fn state_dict(writer: &mut Writer, prefix: &str, dtype: Dtype) -> Vec<(Value, Value)> {
    let tensors = NAMES.iter().zip(SHAPES).map(|(name, shape)| (*name, writer.tensor(name, shape, dtype)));
    tensors.map(|(name, tensor)| (text(&format!("{prefix}{name}")), tensor)).collect()
}

#[test]
fn state_dicts_may_lie_deeper_and_hold_other_things() {
    for dtype in [Dtype::F32, Dtype::F16, Dtype::BF16] {
        let mut writer = Writer::default();
        let mut entries = state_dict(&mut writer, "", dtype);
        entries.push((text("version"), Value::Number(3)));
        entries.push((text("comment"), text("none")));
        entries.push((text("nothing"), Value::Nothing));
        let plain = Value::Dict(entries);
        let nested =
            |key: &str| dict(vec![("epoch", Value::Number(4)), (key, plain.clone()), ("callbacks", dict(vec![]))]);
        let mut ordered = call("collections.OrderedDict", vec![]);
        if let Value::Dict(entries) = &plain {
            // Python 2 hands the entries over as a list of lists.
            let pairs = entries.iter().map(|(key, value)| Value::List(vec![key.clone(), value.clone()]));
            ordered = call("collections.OrderedDict", vec![Value::List(pairs.collect())]);
        }
        for (value, arrangement) in [
            (&plain, Arrangement::StateDict),
            (&ordered, Arrangement::StateDict),
            (&nested("state_dict"), Arrangement::NestedStateDict),
            (&nested("model"), Arrangement::NestedStateDict),
        ] {
            for bytes in [writer.archive(value), writer.stream(value)] {
                let (contents, tensors) = open(&bytes);
                assert_eq!(contents.arrangement, arrangement);
                assert!(tensors.values().all(|(found, _, _)| *found == dtype));
                check_rule(&tensors, &NAMES);
            }
        }
    }
}

#[test]
fn names_of_deepspeed_lose_its_prefix_and_the_teacher_is_left_out() {
    let mut writer = Writer::default();
    let mut entries = state_dict(&mut writer, "_forward_module.", Dtype::BF16);
    let teacher = writer.tensor("teacher.conv.weight", &[3, 4], Dtype::BF16);
    entries.push((text("_forward_module.teacher.conv.weight"), teacher));
    entries.push((text("other.weight"), writer.tensor("other.weight", &[2, 5], Dtype::BF16)));
    let value = dict(vec![("module", Value::Dict(entries)), ("global_steps", Value::Number(9))]);
    let (contents, tensors) = open(&writer.archive(&value));
    assert_eq!(contents.arrangement, Arrangement::DeepSpeed);
    check_rule(&tensors, &[&NAMES[..], &["other.weight"]].concat());
}

#[test]
fn modules_give_the_names_of_their_state_dict() {
    let mut writer = Writer::default();
    let conv = |writer: &mut Writer, name: &str, shape: &[usize]| {
        let (weight_name, bias_name) = (format!("{name}.weight"), format!("{name}.bias"));
        let weight = parameter(writer.tensor(&weight_name, shape, Dtype::F16));
        let bias = parameter(writer.tensor(&bias_name, &shape[..1], Dtype::F16));
        module("torch.nn.modules.conv.Conv2d", vec![("weight", weight), ("bias", bias)], vec![], &[], vec![])
    };
    let replaced = conv(&mut writer, "model.out.2.conv2d", &[4, 4, 3, 1]);
    let replaced = module("__main__.conv3d_to_conv2d", vec![], vec![], &[], vec![("conv2d", replaced)]);
    let list = vec![("0", conv(&mut writer, "model.out.0", &[4, 2, 3, 3])), ("1", Value::Nothing), ("2", replaced)];
    let list = module("torch.nn.modules.container.Sequential", vec![], vec![], &[], list);
    let model = module("models.Net", vec![("shift", Value::Nothing)], vec![], &[], vec![("out", list)]);
    let buffers = vec![
        ("scale", writer.tensor("scale", &[6], Dtype::F16)),
        ("attn_mask", writer.tensor("attn_mask", &[3, 3], Dtype::F16)),
        ("unset", Value::Nothing),
    ];
    let top = module("lvdm.models.ddpm3d.LatentDiffusion", vec![], buffers, &["attn_mask"], vec![("model", model)]);
    let names =
        ["scale", "model.out.0.weight", "model.out.0.bias", "model.out.2.conv2d.weight", "model.out.2.conv2d.bias"];
    for bytes in [writer.archive(&top), writer.stream(&top)] {
        let (contents, tensors) = open(&bytes);
        assert_eq!(contents.arrangement, Arrangement::Module);
        assert!(contents.tensors.iter().map(|tensor| tensor.name()).eq(names));
        check_rule(&tensors, &names);
        assert!(contents.foreign_classes.contains(&"lvdm.models.ddpm3d.LatentDiffusion".to_owned()));
        assert!(contents.foreign_classes.contains(&"__main__.conv3d_to_conv2d".to_owned()));
    }
}

#[test]
fn lists_are_numbered() {
    let mut writer = Writer::default();
    let up = writer.tensor("0", &[8, 4], Dtype::F32);
    let down = parameter(writer.tensor("1", &[4, 6], Dtype::F32));
    let (contents, tensors) = open(&writer.archive(&Value::List(vec![up, down])));
    assert_eq!(contents.arrangement, Arrangement::List);
    check_rule(&tensors, &["0", "1"]);
}

#[test]
fn classes_are_named_and_nothing_else_happens_to_them() {
    let mut writer = Writer::default();
    let mut entries = state_dict(&mut writer, "", Dtype::F32);
    entries.push((text("hook"), Value::Call(Box::new(global("os.system")), vec![text("exit 1")])));
    let (contents, tensors) = open(&writer.archive(&Value::Dict(entries)));
    check_rule(&tensors, &NAMES);
    assert_eq!(contents.foreign_classes, ["os.system"]);
}
