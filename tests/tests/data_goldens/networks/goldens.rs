//! Golden cases: tensors and what is said about them in JSON.

use std::collections::BTreeMap;
use std::path::Path;

use hummingbird_engine::weights::{Dtype, safetensors_file};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A case.
pub struct Case {
    pub json: Value,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

/// Frames of one size.
pub struct Clip {
    pub frames: Vec<Vec<u8>>,
    pub size: [usize; 2],
}

impl Case {
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/golden/data");
        let json = std::fs::read_to_string(folder.join(format!("{name}.json"))).expect("the golden is there");
        let bytes = std::fs::read(folder.join(format!("{name}.safetensors"))).expect("the golden is there");
        let (contents, _) = safetensors_file::read(&mut std::io::Cursor::new(&bytes)).expect("it is whole");
        let tensors = contents.tensors.iter().map(|tensor| {
            let data = tensor.read(&mut std::io::Cursor::new(&bytes)).expect("it is whole");
            let values = match tensor.dtype() {
                Dtype::F32 => data.as_chunks().0.iter().map(|&it| f64::from(f32::from_le_bytes(it))).collect(),
                Dtype::I64 => data.as_chunks().0.iter().map(|&it| i64::from_le_bytes(it) as f64).collect(),
                Dtype::U8 => data.iter().map(|&it| f64::from(it)).collect(),
                other => panic!("{} is {other:?}", tensor.name()),
            };
            (tensor.name().to_owned(), (tensor.shape().to_vec(), values))
        });
        Self { json: serde_json::from_str(&json).expect("it is JSON"), tensors: tensors.collect() }
    }

    pub fn tensor(&self, name: &str) -> &[f64] {
        &self.tensors[name].1
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        self.tensor(name).iter().map(|&value| value as u8).collect()
    }

    pub fn tokens(&self) -> Vec<u32> {
        self.tensor("tokens").iter().map(|&id| id as u32).collect()
    }

    pub fn number(&self, name: &str) -> f64 {
        self.json[name].as_f64().expect("it is a number")
    }

    /// Numbers of a list, or of a list of lists.
    pub fn numbers(&self, name: &str) -> Vec<f64> {
        let list = self.json[name].as_array().expect("it is a list");
        let each = |value: &Value| match value {
            Value::Array(values) => values.iter().filter_map(Value::as_f64).collect(),
            value => Vec::from_iter(value.as_f64()),
        };
        list.iter().flat_map(each).collect()
    }

    pub fn config<T: DeserializeOwned>(&self, key: &str) -> T {
        serde_json::from_value(self.json[key].clone()).expect("it is the configuration of a network")
    }

    /// Height and width.
    pub fn size(&self) -> [usize; 2] {
        serde_json::from_value(self.json["size"].clone()).expect("there are two sides")
    }

    /// The frames: a tile that is shifted, round its edges, and made lighter.
    pub fn clip(&self) -> Clip {
        let [height, width] = self.size();
        let tile = self.bytes("tile");
        let shifts: Vec<i64> = self.tensor("shifts").iter().map(|&shift| shift as i64).collect();
        let frame = |(number, shift): (usize, &[i64])| -> Vec<u8> {
            let add = self.tensors.get("add").map_or(0.0, |(_, add)| add[number]);
            let from =
                |place: usize, shift: i64, length: usize| (place as i64 - shift).rem_euclid(length as i64) as usize;
            let pixel = |index: usize| {
                let (y, x) = (from(index / width, shift[0], height), from(index % width, shift[1], width));
                let begin = (y * width + x) * 3;
                tile[begin..begin + 3].iter().map(move |&value| (f64::from(value) + add).clamp(0.0, 255.0) as u8)
            };
            (0..height * width).flat_map(pixel).collect()
        };
        Clip { frames: shifts.chunks_exact(2).enumerate().map(frame).collect(), size: [height, width] }
    }
}
