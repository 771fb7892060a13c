//! A writer of PyTorch checkpoints as small as tests want them: pickles of protocol 2, zip archives without compression,
//! and the stream of pickles before 1.6. The tests of the reader include this file too, and damage what it writes.

/// A value to write into a pickle.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Truth(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A tuple.
    Tuple(Vec<Value>),
    /// A dict.
    Dict(Vec<(Value, Value)>),
    /// A class or function: module and name.
    Global(String, String),
    /// What a function makes of arguments.
    Call(Box<Value>, Vec<Value>),
    /// An object of a class with a state.
    Object(Box<Value>, Box<Value>),
    /// Something outside of the pickle.
    Persistent(Box<Value>),
}

/// A text.
pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// A class or function, as `module.name`.
pub fn global(name: &str) -> Value {
    let (module, name) = name.rsplit_once('.').unwrap_or(("", name));
    Value::Global(module.to_owned(), name.to_owned())
}

/// What the function `name` makes of arguments.
pub fn call(name: &str, args: Vec<Value>) -> Value {
    Value::Call(Box::new(global(name)), args)
}

/// A dict with texts as keys.
pub fn dict(entries: Vec<(&str, Value)>) -> Value {
    Value::Dict(entries.into_iter().map(|(key, value)| (text(key), value)).collect())
}

/// A tuple of whole numbers.
pub fn numbers(numbers: &[usize]) -> Value {
    Value::Tuple(numbers.iter().map(|&number| Value::Number(number as i64)).collect())
}

/// A module of class `name` with these parameters, buffers, names of buffers that are not stored, and modules inside.
pub fn module(
    name: &str,
    parameters: Vec<(&str, Value)>,
    buffers: Vec<(&str, Value)>,
    passing: &[&str],
    modules: Vec<(&str, Value)>,
) -> Value {
    let passing = passing.iter().map(|name| text(name)).collect();
    let state = dict(vec![
        ("training", Value::Truth(false)),
        ("_parameters", dict(parameters)),
        ("_buffers", dict(buffers)),
        ("_non_persistent_buffers_set", call("__builtin__.set", vec![Value::List(passing)])),
        ("_modules", dict(modules)),
    ]);
    Value::Object(Box::new(global(name)), Box::new(state))
}

/// A tensor whose elements fill the storage `key` of class `torch.<storage>`.
pub fn tensor(storage: &str, key: &str, shape: &[usize]) -> Value {
    let strides: Vec<usize> = (0..shape.len()).map(|side| shape.iter().skip(side + 1).product()).collect();
    view(storage, key, shape.iter().product(), 0, shape, &strides)
}

/// A view into the storage `key`, which has `count` elements.
pub fn view(storage: &str, key: &str, count: usize, offset: usize, shape: &[usize], strides: &[usize]) -> Value {
    let id = vec![
        text("storage"),
        global(&format!("torch.{storage}")),
        text(key),
        text("cpu"),
        Value::Number(count as i64),
        Value::Nothing,
    ];
    let args = vec![
        Value::Persistent(Box::new(Value::Tuple(id))),
        Value::Number(offset as i64),
        numbers(shape),
        numbers(strides),
        Value::Truth(false),
        call("collections.OrderedDict", Vec::new()),
    ];
    call("torch._utils._rebuild_tensor_v2", args)
}

/// A parameter around a tensor.
pub fn parameter(tensor: Value) -> Value {
    call(
        "torch._utils._rebuild_parameter",
        vec![tensor, Value::Truth(true), call("collections.OrderedDict", Vec::new())],
    )
}

/// A pickle of protocol 2.
pub fn pickle(value: &Value) -> Vec<u8> {
    let mut bytes = vec![0x80, 2];
    write_value(&mut bytes, value);
    bytes.push(b'.');
    bytes
}

fn write_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Nothing => bytes.push(b'N'),
        Value::Truth(truth) => bytes.push(if *truth { 0x88 } else { 0x89 }),
        Value::Number(number) => match i32::try_from(*number) {
            Ok(number) => {
                bytes.push(b'J');
                bytes.extend(number.to_le_bytes());
            }
            Err(_) => {
                bytes.extend([0x8a, 8]);
                bytes.extend(number.to_le_bytes());
            }
        },
        Value::Text(text) => {
            bytes.push(b'X');
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        Value::List(items) => {
            bytes.extend(b"](");
            items.iter().for_each(|item| write_value(bytes, item));
            bytes.push(b'e');
        }
        Value::Tuple(items) => {
            bytes.push(b'(');
            items.iter().for_each(|item| write_value(bytes, item));
            bytes.push(b't');
        }
        Value::Dict(entries) => {
            bytes.extend(b"}(");
            for (key, value) in entries {
                write_value(bytes, key);
                write_value(bytes, value);
            }
            bytes.push(b'u');
        }
        Value::Global(module, name) => bytes.extend(format!("c{module}\n{name}\n").bytes()),
        Value::Call(function, args) => {
            write_value(bytes, function);
            write_value(bytes, &Value::Tuple(args.clone()));
            bytes.push(b'R');
        }
        Value::Object(class, state) => {
            write_value(bytes, class);
            bytes.extend(b")\x81");
            write_value(bytes, state);
            bytes.push(b'b');
        }
        Value::Persistent(id) => {
            write_value(bytes, id);
            bytes.push(b'Q');
        }
    }
}

/// A zip archive of names and contents, without compression.
pub fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        // Versions, flags, method and time of one header, then what both headers share.
        let mut shared = vec![0, 0, 0, 0, 0, 0, 0, 0];
        shared.extend(crc32(content).to_le_bytes());
        shared.extend((content.len() as u32).to_le_bytes());
        shared.extend((content.len() as u32).to_le_bytes());
        shared.extend((name.len() as u16).to_le_bytes());
        shared.extend([0, 0]);

        directory.extend(b"PK\x01\x02\0\0\0\0");
        directory.extend(&shared);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());

        bytes.extend(b"PK\x03\x04\0\0");
        bytes.extend(&shared);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((members.len() as u16).to_le_bytes());
    bytes.extend((members.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A checkpoint as PyTorch writes it since 1.6: a pickle, and storages by their keys.
pub fn torch_zip(pickle: &[u8], storages: &[(&str, &[u8])]) -> Vec<u8> {
    let names: Vec<_> = storages.iter().map(|(key, _)| format!("archive/data/{key}")).collect();
    let mut members = vec![("archive/data.pkl", pickle), ("archive/byteorder", b"little".as_slice())];
    members.extend(names.iter().zip(storages).map(|(name, &(_, content))| (name.as_str(), content)));
    members.push(("archive/version", b"3\n"));
    zip(&members)
}

/// A checkpoint as PyTorch wrote it before 1.6: a pickle, and storages by their keys with the bytes of one element.
pub fn torch_stream(pickle_of_object: &[u8], storages: &[(&str, usize, &[u8])]) -> Vec<u8> {
    let mut bytes = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec();
    bytes.extend(pickle(&Value::Number(1001)));
    bytes.extend(pickle(&dict(vec![("protocol_version", Value::Number(1001)), ("little_endian", Value::Truth(true))])));
    bytes.extend(pickle_of_object);
    bytes.extend(pickle(&Value::List(storages.iter().map(|(key, _, _)| text(key)).collect())));
    for (_, element, content) in storages {
        bytes.extend(((content.len() / element.max(&1)) as u64).to_le_bytes());
        bytes.extend(*content);
    }
    bytes
}
