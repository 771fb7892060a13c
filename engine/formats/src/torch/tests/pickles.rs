//! Pickles that nest, repeat, refer to themselves, lie about lengths, break off, or want something to be run.

use super::super::pickle::{MAX_ITEMS, MAX_MEMO, MAX_NODES, MAX_STACK};
use super::super::{forms, tensors, value};
use super::writer::{call, dict, global, numbers, text};
use super::*;

/// A pickle of protocol 2 around opcodes.
fn opcodes(body: &[&[u8]]) -> Vec<u8> {
    [b"\x80\x02", body.concat().as_slice(), b"."].concat()
}

#[test]
fn a_call_of_anything_is_only_a_name() {
    let evil = call("os.system", vec![text("touch hummingbird-was-here")]);
    let dangerous = call("builtins.eval", vec![text("1")]);
    let checkpoint = dict(vec![("state_dict", dict(vec![("w", weight(&[2])), ("x", evil), ("y", dangerous)]))]);
    let contents = open_value(&checkpoint).expect("the tensor is fine");
    assert_eq!(names(&contents), ["w"]);
    assert_eq!(contents.foreign_classes, ["builtins.eval", "os.system"]);
    assert!(!std::path::Path::new("hummingbird-was-here").exists());
    let alone = refusal(open_value(&call("os.system", vec![text("true")])));
    assert!(alone.contains("os.system"), "{alone}");
}

#[test]
fn depth_costs_no_stack() {
    let tuples = opcodes(&[b"N", &b"\x85".repeat(900_000)]);
    let lists = opcodes(&[&b"](".repeat(200_000), &b"e".repeat(200_000)]);
    let objects = opcodes(&[b"cm\nC\n", &b")R".repeat(400_000)]);
    let parameters = [&b"ctorch._utils\n_rebuild_parameter\n".repeat(100_000)[..], &b"N\x85R".repeat(100_000)].concat();
    for pickle in [tuples, lists, objects, opcodes(&[&parameters])] {
        refusal(open_pickle(&pickle));
    }
    let tensor = pickle(&weight(&[2]));
    let wrapped = |times: usize| {
        let (before, after) = (b"ctorch._utils\n_rebuild_parameter\n".repeat(times), b"\x85R".repeat(times));
        open_pickle(&opcodes(&[b"}X\x01\x00\x00\x00w", &before, &tensor[2..tensor.len() - 1], &after, b"s"]))
    };
    assert!(wrapped(2).is_ok());
    refusal(wrapped(100_000));
}

#[test]
fn what_grows_has_a_limit() {
    let nodes = opcodes(&[&b"N0".repeat(MAX_NODES + 1)]);
    let memo: Vec<u8> = (0..=MAX_MEMO as u32).flat_map(|key| [&b"r"[..], &key.to_le_bytes()].concat()).collect();
    let stack = opcodes(&[b"N", &b"2".repeat(MAX_STACK + 1)]);
    let marks = opcodes(&[&b"(".repeat(MAX_STACK + 1)]);
    let copies = 1 + MAX_ITEMS / 1000;
    let list = [b"(", &b"N".repeat(1000)[..], b"lq\x00"].concat();
    let copied = opcodes(&[&list, &b"c__builtin__\nlist\nh\x00\x85R0".repeat(copies)]);
    let appended = opcodes(&[b"Nq\x000]", &b"h\x00a".repeat(MAX_ITEMS + 1)]);
    for (pickle, words) in [
        (nodes, "too many values"),
        (opcodes(&[b"N", &memo]), "remembers too many"),
        (stack, "on its stack"),
        (marks, "too deeply"),
        (copied, "too many items"),
        (appended, "too many items"),
    ] {
        let message = refusal(open_pickle(&pickle));
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn declared_lengths_are_not_believed() {
    for head in [&b"X\xff\xff\xff\xff"[..], b"T\xff\xff\xff\x7f", b"B\xff\xff\xff\xff", b"\x8b\xff\xff\xff\x7f"] {
        let message = refusal(open_pickle(&opcodes(&[head, b"abc"])));
        assert!(message.contains("breaks off"), "{message}");
    }
    for opcode in [b"\x8d", b"\x8e", b"\x96"] {
        refusal(open_pickle(&opcodes(&[opcode, &u64::MAX.to_le_bytes(), b"abc"])));
        refusal(open_pickle(&opcodes(&[opcode, &(u64::MAX / 2).to_le_bytes(), b"abc"])));
    }
}

#[test]
fn containers_may_hold_themselves() {
    // A list and a dict in themselves.
    refusal(open_pickle(&opcodes(&[b"]q\x00h\x00a"])));
    refusal(open_pickle(&opcodes(&[b"}q\x00X\x01\x00\x00\x00ah\x00s"])));
    // A module that is its own child.
    let state = b"}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}X\x01\x00\x00\x00ah\x00su";
    let message = refusal(open_pickle(&opcodes(&[b"cm\nM\n)\x81q\x00", state, b"b"])));
    assert!(message.contains("too deeply"), "{message}");
    // A parameter around itself: its arguments are a list that it is appended to.
    let itself = b"}X\x01\x00\x00\x00wctorch._utils\n_rebuild_parameter\n]q\x00Rq\x010h\x00h\x01a0h\x01s";
    refusal(open_pickle(&opcodes(&[itself])));
}

#[test]
fn a_module_may_hold_a_method_of_itself() {
    // `getattr` of an object that is still being built, as the reference's attention layers have it.
    let tensor = pickle(&dict(vec![("w", weight(&[2]))]));
    let tensor = &tensor[2..tensor.len() - 1];
    let method = b"X\x07\x00\x00\x00forwardc__builtin__\ngetattr\nh\x00X\x06\x00\x00\x00native\x86R";
    let pickle = opcodes(&[
        b"cm\nM\n)\x81q\x00}(",
        method,
        b"X\x0b\x00\x00\x00_parameters",
        tensor,
        b"X\x08\x00\x00\x00_modules}ub",
    ]);
    let contents = open_pickle(&pickle).expect("the method describes no tensor");
    assert_eq!(names(&contents), ["w"]);
    assert_eq!(contents.foreign_classes, ["m.M"]);
}

#[test]
fn modules_that_hold_each_other_are_counted() {
    // Level after level, two names for one module: 2^40 ways lead to the last.
    let mut body = pickle(&small_model());
    body.pop();
    for _ in 0..40 {
        body.extend(b"q\x000cm\nM\n)\x81}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules");
        body.extend(b"}(X\x01\x00\x00\x00ah\x00X\x01\x00\x00\x00bh\x00uub");
    }
    body.push(b'.');
    let message = refusal(open_pickle(&body));
    assert!(message.contains("too often"), "{message}");
}

#[test]
fn large_dicts_are_not_searched_forever() {
    // A thousand modules share one dict of attributes that takes long to search.
    let mut body = b"\x80\x02}q\x00(".to_vec();
    body.extend(b"NN".repeat(100_000));
    body.extend(b"X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}u0");
    body.extend(b"cm\nM\n)\x81}(X\x0b\x00\x00\x00_parameters}X\x08\x00\x00\x00_modules}(");
    for number in 0..1000 {
        let name = format!("{number:04}");
        body.extend([b"X\x04\x00\x00\x00", name.as_bytes(), b"cm\nM\n)\x81h\x00b"].concat());
    }
    body.extend(b"uub.");
    let message = refusal(open_pickle(&body));
    assert!(message.contains("too often"), "{message}");
}

#[test]
fn nonsense_opcodes_are_named() {
    for opcode in [0x00, b'Z', 0x82, 0x83, 0x84, 0x97, 0x98, 0xff, b'P'] {
        let message = refusal(open_pickle(&opcodes(&[&[opcode], b"aaaa\n"])));
        assert!(message.contains(&format!("{opcode:#04x}")), "{message}");
    }
    assert!(refusal(open_pickle(b"\x80\x06.")).contains("protocol 6"));
    assert!(refusal(open_pickle(b"\x80\x02}")).contains("breaks off"));
    for body in
        [&b""[..], b"0", b"1", b"2", b"t", b"(", b"(0", b"a", b"Na", b"}Na", b"]Ns", b"(Nd", b"R", b"NR", b"b", b"Q"]
    {
        refusal(open_pickle(&opcodes(&[body])));
    }
    for body in
        [&b"h\x00"[..], b"g9\n", b"gx\n", b"Ix\n", b"Snoquote", b"S\n", b"cnoline", b"(o", b"N\x93", b"NN\x93", b"\x94"]
    {
        refusal(open_pickle(&opcodes(&[body])));
    }
}

#[test]
fn all_protocols_are_understood() {
    // The same dict as protocols 1 and 4 write it: text numbers, frames, short texts, names from the stack.
    let storage = |name: &[u8]| [b"(", name, b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x10tQ"].concat();
    let one = [
        b"}X\x01\x00\x00\x00w",
        &b"ctorch._utils\n_rebuild_tensor\n("[..],
        &storage(b"X\x07\x00\x00\x00storagectorch\nFloatStorage\n"),
        b"I1\nL3L\n(I2\nt(I1\ntI00\n",
    ];
    let one = [&one[..3].concat()[..], b"I1\n(L2L\nt(I1\nttRs."].concat();
    let four = [
        b"\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01w\x8c\x0ctorch._utils\x8c\x12_rebuild_tensor_v2\x93(".to_vec(),
        storage(b"\x8c\x07storage\x8c\x05torch\x8c\x0cFloatStorage\x93"),
        b"K\x01K\x02\x85K\x01\x85\x89\x8c\x0bcollections\x8c\x0bOrderedDict\x93)RtRs.".to_vec(),
    ]
    .concat();
    for pickle in [one, four] {
        let contents = open_pickle(&pickle).expect("every protocol says the same");
        assert_eq!(names(&contents), ["w"]);
        assert_eq!(contents.tensors[0].shape(), [2]);
    }
}

#[test]
fn every_prefix_of_a_pickle_is_refused() {
    let whole = pickle(&small_model());
    for len in 0..whole.len() {
        refusal(open_pickle(&whole[..len]));
    }
}

#[test]
fn no_changed_byte_of_a_pickle_does_harm() {
    let whole = pickle(&small_model());
    for index in 0..whole.len() {
        for change in [0x01, 0x80, 0xff, whole[index] ^ b'.', whole[index] ^ b'('] {
            let mut changed = whole.clone();
            changed[index] ^= change;
            drop(open_pickle(&changed));
        }
    }
}

/// Changes elements of a storage, offset, sizes and strides.
type Change = fn(&mut (usize, i64, Value, Value));

#[test]
fn numbers_of_a_tensor_must_fit_its_storage() {
    let good = || (16usize, 0i64, numbers(&[2, 3]), numbers(&[3, 1]));
    let with = |change: Change| {
        let mut parts = good();
        change(&mut parts);
        let (count, offset, sizes, strides) = parts;
        let Value::Call(function, mut args) = view("FloatStorage", "0", count, 0, &[], &[]) else { panic!("a call") };
        (args[1], args[2], args[3]) = (Value::Number(offset), sizes, strides);
        open_value(&dict(vec![("w", Value::Call(function, args))]))
    };
    assert!(with(|_| {}).is_ok());
    assert!(with(|parts| parts.1 = 10).is_ok(), "the last element fits");
    let bad: [Change; 14] = [
        |parts| parts.0 = 17,
        |parts| parts.0 = usize::MAX,
        |parts| parts.0 = i64::MAX as usize,
        |parts| parts.1 = 11,
        |parts| parts.1 = -1,
        |parts| parts.1 = i64::MAX,
        |parts| parts.2 = Value::List(vec![Value::Number(-2), Value::Number(-3)]),
        |parts| parts.2 = numbers(&[i64::MAX as usize, i64::MAX as usize]),
        |parts| parts.2 = numbers(&[2]),
        |parts| parts.2 = Value::Nothing,
        |parts| parts.2 = numbers(&[1; 100]),
        |parts| parts.3 = numbers(&[i64::MAX as usize, 1]),
        |parts| parts.3 = Value::List(vec![Value::Number(-3), Value::Number(1)]),
        |parts| parts.3 = text("31"),
    ];
    for change in bad {
        refusal(with(change));
    }
}

#[test]
fn storages_must_be_there_and_of_a_known_kind() {
    let of = |storage: &str, key: &str| open_value(&dict(vec![("w", view(storage, key, 2, 0, &[2], &[1]))]));
    assert!(of("HalfStorage", "0").is_ok());
    assert!(refusal(of("ComplexFloatStorage", "0")).contains("ComplexFloatStorage"));
    assert!(refusal(of("HalfStorage", "7")).contains("missing"));
    assert!(refusal(of("HalfStorage", "../0")).contains("missing"));
    let sparse = call("torch._utils._rebuild_sparse_tensor", vec![]);
    assert!(refusal(open_value(&dict(vec![("w", sparse)]))).contains("_rebuild_sparse_tensor"));
}

#[test]
fn names_are_unique_texts_of_some_length() {
    let twice = dict(vec![("w", weight(&[2])), ("w", weight(&[3]))]);
    assert!(refusal(open_value(&twice)).contains("two tensors"));
    let deepspeed = dict(vec![("_forward_module.w", weight(&[2])), ("w", weight(&[3]))]);
    assert!(refusal(open_value(&dict(vec![("module", deepspeed)]))).contains("two tensors"));
    let number = Value::Dict(vec![(Value::Number(1), weight(&[2]))]);
    assert!(refusal(open_value(&number)).contains("no text"));
    let long = "n".repeat(forms::MAX_NAME_BYTES + 1);
    assert!(refusal(open_value(&dict(vec![(&long, weight(&[2]))]))).contains("too long"));
    let huge = "n".repeat(1 << 20);
    refusal(open_value(&dict(vec![(&huge, Value::Nothing)])));
    refusal(open_value(&dict(vec![("w", view("FloatStorage", &huge, 2, 0, &[2], &[1]))])));
    refusal(open_value(&call(&format!("m.{huge}"), vec![])));
}

#[test]
fn too_many_tensors_are_refused() {
    // One tensor under many names.
    let mut body = b"\x80\x02}(".to_vec();
    let one = pickle(&weight(&[2]));
    body.extend([b"X\x01\x00\x00\x00w", &one[2..one.len() - 1], b"q\x00"].concat());
    for number in 0..forms::MAX_TENSORS {
        body.extend([b"X\x08\x00\x00\x00", format!("{number:08}").as_bytes(), b"h\x00"].concat());
    }
    body.extend(b"u.");
    assert!(refusal(open_pickle(&body)).contains("tensors"));
}

#[test]
fn what_is_no_model_says_what_it_is() {
    assert!(refusal(open_value(&Value::Number(1))).contains("no tensors"));
    assert!(refusal(open_value(&weight(&[2]))).contains("single tensor"));
    assert!(refusal(open_value(&Value::List(vec![]))).contains("list"));
    assert!(refusal(open_value(&Value::List(vec![weight(&[2]), text("x")]))).contains("list"));
    let message = refusal(open_value(&dict(vec![("epoch", Value::Number(1)), ("weights", Value::Nothing)])));
    assert!(message.contains("\"epoch\", \"weights\""), "{message}");
    let empty = module("models.Net", vec![], vec![], &[], vec![]);
    assert!(refusal(open_value(&empty)).contains("without tensors"));
}

#[test]
fn messages_stay_short_whatever_a_key_is_made_of() {
    let keys: Vec<String> = ('\u{1}'..'\u{6}').map(|it| it.to_string().repeat(96)).collect();
    let value = Value::Dict(keys.iter().map(|key| (text(key), Value::Number(1))).collect());
    assert!(refusal(open_value(&value)).contains("first keys"));
}

#[test]
fn newer_functions_of_torch_are_known() {
    let untyped =
        vec![text("storage"), global("torch.storage.UntypedStorage"), text("0"), text("cpu"), Value::Number(64)];
    let args = |format: &str| {
        let storage = Value::Persistent(Box::new(Value::Tuple(untyped.clone())));
        let size = call("torch.Size", vec![numbers(&[2, 2])]);
        let hooks = call("collections.OrderedDict", vec![]);
        vec![storage, Value::Number(4), size, numbers(&[2, 1]), Value::Truth(false), hooks, global(format)]
    };
    let v3 = call("torch._utils._rebuild_tensor_v3", args("torch.uint16"));
    let parameter = call(
        "torch._utils._rebuild_parameter_with_state",
        vec![v3.clone(), Value::Truth(true), call("collections.OrderedDict", vec![]), dict(vec![])],
    );
    let of_class = call(
        "torch._tensor._rebuild_from_type_v2",
        vec![
            global("torch._utils._rebuild_tensor_v3"),
            global("torch.nn.parameter.Parameter"),
            Value::Tuple(args("torch.bfloat16")),
            dict(vec![]),
        ],
    );
    let checkpoint = dict(vec![("a", v3), ("b", parameter), ("c", of_class)]);
    let contents = open_value(&checkpoint).expect("all three are tensors");
    assert_eq!(names(&contents), ["a", "b", "c"]);
    assert!(contents.tensors.iter().all(|tensor| tensor.byte_len() == 8));
    assert!(contents.foreign_classes.is_empty(), "{:?}", contents.foreign_classes);
    let unknown = call("torch._utils._rebuild_tensor_v3", args("torch.quint4x2"));
    assert!(refusal(open_value(&dict(vec![("a", unknown)]))).contains("quint4x2"));
}

#[test]
fn a_node_is_small() {
    assert!(size_of::<value::Node>() <= 32);
    assert!(size_of::<tensors::StorageRef<'_>>() <= 64);
}
