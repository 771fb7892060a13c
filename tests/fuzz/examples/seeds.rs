//! Writes the files that fuzzing starts from: `cargo run --example seeds -- FOLDER`, one folder in it for each target.
//!
//! They are the small checkpoints of `tests/data/formats`, tiny ones that are written here, and what `tests/src/hostile.rs` has
//! for the other kinds of files.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::Path;

use hummingbird_fuzz::checkpoint_writer::{
    Value, call, dict, global, module, numbers, parameter, pickle, tensor, text, torch_stream, view,
};
use hummingbird_fuzz::hostile::Kind;

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("name a folder"))?;
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/formats");
    for (name, value) in tiny() {
        let pickle = pickle(&value);
        write("pickle", name, &pickle)?;
        let storage = [1; 64];
        let stream = torch_stream(&pickle, &[("0", 4, &storage)]);
        write("torch_stream", name, &stream)?;
        // Behind the pickles that the target puts in front.
        let common = torch_stream(&[], &[]).len() - self::pickle(&Value::List(Vec::new())).len();
        write("torch_stream", &format!("{name}_end"), &stream[common..])?;
        let mut members = vec![1];
        for (name, content) in [("a/data.pkl", &pickle[..]), ("a/byteorder", b"little"), ("a/data/0", &storage)] {
            members.push(name.len() as u8);
            members.extend(name.as_bytes());
            members.extend((content.len() as u16).to_le_bytes());
            members.extend(content);
        }
        write("torch_zip", name, &members)?;
    }
    for name in ["views.pt", "cuda_tagged_few.pt", "lightning_few.ckpt"] {
        let bytes = fs::read(data.join(name))?;
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes))?;
        for index in 0..archive.len() {
            let mut member = archive.by_index(index)?;
            if member.name()?.ends_with("data.pkl") {
                let mut content = Vec::new();
                member.read_to_end(&mut content)?;
                write("pickle", name, &content)?;
            }
        }
        if bytes.len() < 10_000 {
            write("torch_zip", name, &bytes)?;
        }
    }
    let safetensors = fs::read(data.join("views_expected.safetensors"))?;
    write("safetensors", "views_expected", &safetensors)?;
    write("safetensors", "views_expected_header", &safetensors[8..])?;
    let small = br#"{"__metadata__":{"k":"v"},"a":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]}}1234"#;
    write("safetensors", "small", small)?;
    for kind in Kind::ALL {
        for (name, bytes) in kind.seeds() {
            write(kind.target(), &name, &bytes)?;
        }
    }
    Ok(())
}

/// One value of each arrangement.
fn tiny() -> Vec<(&'static str, Value)> {
    let weight = || view("FloatStorage", "0", 16, 1, &[2, 3], &[3, 1]);
    let child = module("torch.nn.Linear", vec![("weight", parameter(weight()))], vec![], &[], vec![]);
    let forward = call("__builtin__.getattr", vec![Value::Nothing, text("forward")]);
    let buffers = vec![("seen", weight()), ("mask", weight()), ("method", forward)];
    let net =
        module("m.Net", vec![("w", weight())], buffers, &["mask"], vec![("child", child), ("none", Value::Nothing)]);
    let untyped =
        vec![text("storage"), global("torch.storage.UntypedStorage"), text("0"), text("cpu"), Value::Number(64)];
    let newer = vec![
        Value::Persistent(Box::new(Value::Tuple(untyped))),
        Value::Number(0),
        call("torch.Size", vec![numbers(&[4])]),
        numbers(&[1]),
        Value::Truth(false),
        Value::Nothing,
        global("torch.bfloat16"),
    ];
    let state = || dict(vec![("a", weight()), ("b", tensor("HalfStorage", "1", &[4])), ("n", Value::Number(1 << 40))]);
    vec![
        ("module", net),
        ("plain", state()),
        ("nested", dict(vec![("state_dict", state()), ("epoch", Value::Number(3))])),
        ("deepspeed", dict(vec![("module", dict(vec![("_forward_module.w", weight())]))])),
        ("list", Value::List(vec![weight(), parameter(weight())])),
        ("newer", dict(vec![("w", call("torch._utils._rebuild_tensor_v3", newer))])),
        ("ordered", call("collections.OrderedDict", vec![Value::List(vec![Value::List(vec![text("w"), weight()])])])),
    ]
}
