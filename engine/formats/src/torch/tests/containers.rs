//! Archives and streams that are cut off, changed, contradict themselves or are something else.

use super::super::directory::MAX_MEMBERS;
use super::super::looks_like_torch;
use super::writer::{dict, global, numbers, tensor, text, zip};
use super::*;

fn small_zip() -> Vec<u8> {
    torch_zip(&pickle(&small_model()), &[("0", &[1; 64])])
}

fn small_stream() -> Vec<u8> {
    torch_stream(&pickle(&small_model()), &[("0", 4, &[1; 64])])
}

/// Positions at which `pattern` begins.
fn positions(bytes: &[u8], pattern: &[u8]) -> Vec<usize> {
    bytes.windows(pattern.len()).enumerate().filter(|(_, window)| *window == pattern).map(|(at, _)| at).collect()
}

fn with_bytes(bytes: &[u8], at: usize, new: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    changed[at..at + new.len()].copy_from_slice(new);
    changed
}

#[test]
fn checkpoints_are_recognised_by_their_start() {
    assert!(looks_like_torch(&small_zip()[..64]));
    assert!(looks_like_torch(&small_stream()[..64]));
    assert!(looks_like_torch(&small_stream()));
    let safetensors = b"\x10\0\0\0\0\0\0\0{\"a\":1}";
    for other in [&b""[..], b"PK", b"\x80", b"\x80\x02K\x01.", b"\x80\x02\x8a\x0aabcdefghij.", safetensors] {
        assert!(!looks_like_torch(other), "{other:?}");
        refusal(open(other));
    }
}

#[test]
fn every_prefix_of_a_file_is_refused() {
    for whole in [small_zip(), small_stream()] {
        for len in 0..whole.len() {
            refusal(open(&whole[..len]));
        }
    }
}

#[test]
fn no_changed_byte_of_a_file_does_harm() {
    for whole in [small_zip(), small_stream()] {
        assert!(open(&whole).is_ok());
        for index in 0..whole.len() {
            for change in [0x01, 0x08, 0x80, 0xff] {
                drop(open(&with_bytes(&whole, index, &[whole[index] ^ change])));
            }
        }
    }
}

#[test]
fn a_changed_pickle_is_noticed_by_its_checksum() {
    let whole = small_zip();
    let name = positions(&whole, b"scale")[0];
    let message = refusal(open(&with_bytes(&whole, name, b"scald")));
    assert!(message.contains("data.pkl"), "{message}");
}

#[test]
fn members_must_not_share_bytes() {
    let pickle = pickle(&dict(vec![("w", tensor("FloatStorage", "0", &[2]))]));
    let whole = torch_zip(&pickle, &[("0", &[1; 64]), ("1", &[1; 64])]);
    let entries = positions(&whole, b"PK\x01\x02");
    let offset_of = |entry: usize| whole[entries[entry] + 42..entries[entry] + 46].to_vec();
    // The second storage where the first is, and one whose size reaches into the next.
    let headers = positions(&whole, b"PK\x03\x04");
    refusal(open(&with_bytes(&whole, entries[3] + 42, &offset_of(2))));
    for (entry, size) in [(2, 100u32), (3, 100), (3, u32::MAX - 1)] {
        let changed = with_bytes(&whole, entries[entry] + 20, &[size.to_le_bytes(), size.to_le_bytes()].concat());
        refusal(open(&with_bytes(&changed, headers[entry] + 18, &[size.to_le_bytes(), size.to_le_bytes()].concat())));
    }
}

#[test]
fn headers_must_agree_with_the_directory() {
    let whole = small_zip();
    let (entries, headers) = (positions(&whole, b"PK\x01\x02"), positions(&whole, b"PK\x03\x04"));
    for (header, entry) in headers.iter().zip(&entries) {
        // Another name, size or method in only one of the two places.
        refusal(open(&with_bytes(&whole, header + 30, b"X")));
        refusal(open(&with_bytes(&whole, header + 22, &[77])));
        refusal(open(&with_bytes(&whole, header + 8, &[8])));
        refusal(open(&with_bytes(&whole, entry + 24, &[77])));
        refusal(open(&with_bytes(&whole, entry + 10, &[8])));
        refusal(open(&with_bytes(&whole, entry + 42, &[255, 255, 255, 255])));
    }
}

#[test]
fn nothing_is_unpacked() {
    let whole = small_zip();
    let (entries, headers) = (positions(&whole, b"PK\x01\x02"), positions(&whole, b"PK\x03\x04"));
    for (method, words) in [(8, "compressed"), (12, "compressed"), (93, "compressed"), (99, "")] {
        for member in [0, 2] {
            let changed = with_bytes(&whole, entries[member] + 10, &[method]);
            let message = refusal(open(&with_bytes(&changed, headers[member] + 8, &[method])));
            assert!(message.contains(words), "{message}");
        }
    }
    let encrypted = with_bytes(&with_bytes(&whole, entries[2] + 8, &[1]), headers[2] + 6, &[1]);
    assert!(refusal(open(&encrypted)).contains("encrypted"));
}

#[test]
fn the_end_of_an_archive_is_not_believed() {
    let whole = small_zip();
    let end = whole.len() - 22;
    for (at, value) in [(4, &[1, 0][..]), (8, &[200, 0]), (10, &[0, 0]), (12, &[1, 2, 3, 4]), (16, &[9, 0, 0, 0])] {
        refusal(open(&with_bytes(&whole, end + at, value)));
    }
    // A comment, and another end in it.
    let commented = [&with_bytes(&whole, end + 20, &[30, 0])[..], &whole[end..], &[0; 8]].concat();
    refusal(open(&commented));
    // The record for large archives, with counts that would fill the memory.
    let directory = positions(&whole, b"PK\x01\x02")[0];
    let large = |members: u64, size: u64, start: u64| {
        let mut file = whole[..end].to_vec();
        file.extend(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        [members, members, size, start].iter().for_each(|value| file.extend(value.to_le_bytes()));
        file.extend(b"PK\x06\x07\0\0\0\0");
        file.extend((end as u64).to_le_bytes());
        file.extend(b"\x01\0\0\0PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        open(&file)
    };
    let (size, start) = ((end - directory) as u64, directory as u64);
    assert!(large(4, size, start).is_ok());
    for (members, size, start) in [
        (MAX_MEMBERS + 1, size, start),
        (u64::MAX, size, start),
        (5, size, start),
        (3, size, start),
        (4, u64::MAX, start),
        (4, size - 1, start + 1),
        (4, size, u64::MAX),
        (4, end as u64, 0),
    ] {
        refusal(large(members, size, start));
    }
}

#[test]
fn archives_may_have_as_many_members_as_tensors_are_read() {
    // More than the short form of an archive's end can count.
    let pickle = pickle(&small_model());
    let names: Vec<_> = (1..MAX_MEMBERS - 2).map(|key| format!("a/data/{key}")).collect();
    let mut members = vec![("a/data.pkl", &pickle[..]), ("a/data/0", &[1; 64])];
    members.extend(names.iter().map(|name| (name.as_str(), &[][..])));
    assert_eq!(members.len(), 0xffff);
    assert!(open(&zip(&members)).is_ok());
}

#[test]
fn names_of_members_lead_nowhere() {
    let pickle = pickle(&dict(vec![("w", tensor("FloatStorage", "0", &[2]))]));
    let good = [("a/data.pkl", &pickle[..]), ("a/data/0", &[1; 8])];
    assert!(open(&zip(&good)).is_ok());
    for name in ["a/data/../0", "a/data/", "a/data/a b", "a/data/a/b", "a/data/\u{e9}", "a/data/..", "a/data/\\"] {
        refusal(open(&zip(&[good[0], good[1], (name, &[])])));
    }
    // A storage outside of the folder is no storage.
    for name in ["data/0", "../a/data/0", "/a/data/0", "b/data/0"] {
        refusal(open(&zip(&[good[0], (name, &[1; 8])])));
    }
    refusal(open(&zip(&[good[0], good[1], good[1]])));
    refusal(open(&zip(&[good[0], good[1], ("b/data.pkl", &pickle)])));
    for folder in ["", "/", "a/b/"] {
        refusal(open(&zip(&[(&format!("{folder}data.pkl"), &pickle), (&format!("{folder}data/0"), &[1; 8])])));
    }
}

#[test]
fn other_archives_say_what_they_are() {
    let word = refusal(open(&zip(&[("word/document.xml", b"<w/>"), ("[Content_Types].xml", b"<t/>")])));
    assert!(word.contains("not of PyTorch"), "{word}");
    let pickle = pickle(&small_model());
    for more in ["a/constants.pkl", "a/code/__torch__.py"] {
        let script = refusal(open(&zip(&[("a/data.pkl", &pickle), (more, b""), ("a/data/0", &[1; 64])])));
        assert!(script.contains("state_dict()"), "{script}");
    }
    let method = super::pickle(&Value::Object(
        Box::new(global("__torch__.Net")),
        Box::new(dict(vec![("training", Value::Truth(false)), ("inner", dict(vec![("w", weight(&[2]))]))])),
    ));
    let script = refusal(open(&zip(&[("a/data.pkl", &method), ("a/constants.pkl", b""), ("a/data/0", &[1; 64])])));
    assert!(script.contains("state_dict()"), "{script}");
    let big = zip(&[("a/data.pkl", &pickle), ("a/byteorder", b"big"), ("a/data/0", &[1; 64])]);
    assert!(refusal(open(&big)).contains("big-endian"));
}

/// As OpenAI's CLIP was published: tensors and modules are attributes of objects of generated classes.
#[test]
fn weights_of_a_program_have_the_names_of_a_state_dict() {
    let object = |class: &str, attributes| Value::Object(Box::new(global(class)), Box::new(dict(attributes)));
    let block = |mangled: &str| {
        let inner =
            object("__torch__.torch.nn.Linear", vec![("weight", weight(&[2])), ("training", Value::Truth(true))]);
        object(mangled, vec![("in_proj_weight", weight(&[3])), ("out_proj", inner)])
    };
    let root = object(
        "__torch__.multimodal.Net",
        vec![
            ("training", Value::Truth(false)),
            (
                "blocks",
                object(
                    "__torch__.Sequential",
                    vec![
                        ("0", block("__torch__.___torch_mangle_1.Block")),
                        ("1", block("__torch__.___torch_mangle_2.Block")),
                    ],
                ),
            ),
            ("scale", weight(&[])),
            ("nothing", Value::Nothing),
        ],
    );
    let pickle = pickle(&root);
    let members = |first| [("a/data.pkl", first), ("a/code/__torch__.py", &b"x"[..]), ("a/data/0", &[1; 64][..])];
    let contents = open(&zip(&members(&pickle))).expect("it is whole");
    assert_eq!(contents.arrangement, Arrangement::Module);
    let expected = ["in_proj_weight", "out_proj.weight"];
    let expected: Vec<String> =
        ["0", "1"].iter().flat_map(|n| expected.map(|name| format!("blocks.{n}.{name}"))).collect();
    let mut found = names(&contents);
    found.retain(|name| *name != "scale");
    assert_eq!((found, names(&contents).len()), (expected.iter().map(String::as_str).collect(), 5));

    // Level after level, two names for one module: 2^40 ways lead to the last.
    let mut body = b"\x80\x02cm\nM\n)\x81}X\x01\x00\x00\x00wNsb".to_vec();
    for _ in 0..40 {
        body.extend(b"q\x000cm\nM\n)\x81}(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00bh\x00ub");
    }
    body.push(b'.');
    let message = refusal(open(&zip(&members(&body))));
    assert!(message.contains("modules"), "{message}");
}

#[test]
fn a_storage_must_be_as_large_as_is_said() {
    let pickle = pickle(&small_model());
    for content in [&[1; 63][..], &[]] {
        assert!(refusal(open(&torch_zip(&pickle, &[("0", content)]))).contains("larger than the file holds"));
    }
    assert!(open(&torch_zip(&pickle, &[("0", &[1; 65])])).is_ok());
    assert!(refusal(open(&torch_zip(&pickle, &[]))).contains("missing"));
}

#[test]
fn counts_of_a_stream_must_be_right() {
    let pickle = pickle(&small_model());
    let content = [1; 64];
    for storages in [
        &[][..],
        &[("1", 4, &content[..])],
        &[("0", 4, &content[..60])],
        &[("0", 8, &content[..])],
        &[("0", 4, &content[..]), ("0", 4, &content[..])],
        &[("0", 4, &content[..]), ("9", 4, &content[..])],
    ] {
        refusal(open(&torch_stream(&pickle, storages)));
    }
    let whole = small_stream();
    let count = whole.len() - 72;
    for value in [0u64, 15, 17, u64::MAX, 1 << 62] {
        refusal(open(&with_bytes(&whole, count, &value.to_le_bytes())));
    }
    let order = positions(&whole, b"little_endian\x88")[0] + 13;
    assert!(refusal(open(&with_bytes(&whole, order, &[0x89]))).contains("big-endian"));
    // One storage of two kinds.
    let two = dict(vec![("a", tensor("FloatStorage", "0", &[2])), ("b", tensor("IntStorage", "0", &[2]))]);
    assert!(refusal(open(&torch_stream(&writer::pickle(&two), &[("0", 4, &[0; 8])]))).contains("two ways"));
}

#[test]
fn a_stream_may_hold_pieces_of_storages_and_sources_of_classes() {
    let Value::Call(function, mut args) = view("FloatStorage", "0", 16, 1, &[3], &[1]) else { panic!("a call") };
    let Value::Persistent(id) = args.remove(0) else { panic!("a storage") };
    let Value::Tuple(fields) = *id else { panic!("a tuple") };
    let of = |piece: Value| {
        let id = [&fields[..5], &[piece]].concat();
        let args = [&[Value::Persistent(Box::new(Value::Tuple(id)))], &args[..]].concat();
        let source = vec![text("module"), writer::global("m.Net"), text("net.py"), text("class Net: ...")];
        let state = dict(vec![
            ("_parameters", dict(vec![("w", Value::Call(function.clone(), args))])),
            ("_modules", dict(vec![])),
        ]);
        let class = Value::Persistent(Box::new(Value::Tuple(source)));
        let object = Value::Object(Box::new(class), Box::new(state));
        let storage: Vec<u8> = (0..64).collect();
        let file = torch_stream(&pickle(&object), &[("0", 4, &storage)]);
        open(&file).map(|contents| contents.tensors[0].read(&mut Cursor::new(&file)).expect("it lies in the file"))
    };
    assert_eq!(of(Value::Nothing).expect("it fits"), (4..16).collect::<Vec<u8>>());
    let piece = |first: i64, count: i64| Value::Tuple(vec![text("1"), Value::Number(first), Value::Number(count)]);
    assert_eq!(of(piece(8, 4)).expect("it fits"), (36..48).collect::<Vec<u8>>());
    for piece in [piece(8, 3), piece(13, 4), piece(-1, 4), piece(i64::MAX, 4), piece(4, i64::MAX), numbers(&[1])] {
        refusal(of(piece).map(|_| unreachable!("the piece does not fit")));
    }
}
