//! The header of a safetensors file: names, shapes and places of tensors whose elements stay where they are.

use crate::fault::Fault;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use safetensors::tensor::Metadata;

use super::stored::{Arrangement, Container, Contents, FormatError, StoredTensor};

/// Most bytes of a header. Two thousand tensors take a fifth of a million, but LoRAs carry the captions of their training too, up to
/// some twenty million. Reading a header of many tensors takes up to sixteen times its size in memory, so at most 512 MiB.
pub const MAX_HEADER_BYTES: u64 = 32 << 20;

/// Bytes of the header's length in front of it.
const LENGTH_BYTES: u64 = 8;

/// Finds the tensors of a safetensors file, in the order in which they lie; also hands out its metadata.
///
/// # Errors
/// `Damaged` when the header is not one or does not fit the file, `Foreign` for number formats below a byte, `Io` when the
/// system could not read it.
pub fn read(file: &mut (impl Read + Seek)) -> Result<(Contents, HashMap<String, String>), FormatError> {
    let damaged = |fault: Fault| FormatError::Damaged(fault.into());
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut header_len = [0; LENGTH_BYTES as usize];
    file.read_exact(&mut header_len)?;
    let header_len = u64::from_le_bytes(header_len);
    if header_len > MAX_HEADER_BYTES {
        return Err(damaged(Fault::HeaderTooLong));
    }
    let data_start = LENGTH_BYTES + header_len;
    if data_start > length {
        return Err(damaged(Fault::HeaderBreaksOff));
    }
    let mut header = vec![0; header_len as usize];
    file.read_exact(&mut header)?;
    // Checks that the tensors lie without gaps and are as long as their shapes say.
    let metadata: Metadata = serde_json::from_slice(&header).map_err(|error| {
        let detail: String = error.to_string().chars().take(200).collect();
        damaged(Fault::HeaderUnreadable { detail })
    })?;
    if data_start.checked_add(metadata.data_len() as u64) != Some(length) {
        return Err(damaged(Fault::OtherLength));
    }
    let mut tensors = Vec::new();
    for name in metadata.offset_keys() {
        let Some(info) = metadata.info(&name) else { continue };
        let (start, end) = info.data_offsets;
        let range = data_start + start as u64..data_start + end as u64;
        tensors.push(StoredTensor::contiguous(name, info.dtype, info.shape.clone(), range)?);
    }
    let contents = Contents {
        container: Container::Safetensors,
        arrangement: Arrangement::StateDict,
        tensors,
        foreign_classes: Vec::new(),
    };
    Ok((contents, metadata.metadata().clone().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn file(header: &str, data: &[u8]) -> Vec<u8> {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), data].concat()
    }

    fn open(bytes: &[u8]) -> Result<(Contents, HashMap<String, String>), FormatError> {
        let read = read(&mut Cursor::new(bytes));
        for tensor in read.iter().flat_map(|(contents, _)| &contents.tensors) {
            tensor.read(&mut Cursor::new(bytes)).expect("the tensor lies in the file");
        }
        read
    }

    const HEADER: &str = concat!(
        r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"#,
        r#""a":{"dtype":"U8","shape":[],"data_offsets":[4,5]},"empty":{"dtype":"F32","shape":[0,7],"data_offsets":[5,5]}}"#
    );

    #[test]
    fn tensors_come_in_the_order_of_the_file() {
        let bytes = file(HEADER, &[1, 2, 3, 4, 5]);
        let (contents, metadata) = open(&bytes).expect("the file is whole");
        assert!(contents.tensors.iter().map(StoredTensor::name).eq(["b", "a", "empty"]));
        assert_eq!(contents.tensors[1].read(&mut Cursor::new(&bytes)).expect("it lies in the file"), [5]);
        assert_eq!(metadata["format"], "pt");
    }

    #[test]
    fn every_prefix_and_every_longer_file_is_refused() {
        let bytes = file(HEADER, &[1, 2, 3, 4, 5]);
        for len in 0..bytes.len() {
            assert!(open(&bytes[..len]).is_err(), "{len}");
        }
        assert!(open(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn no_changed_byte_does_harm() {
        let bytes = file(HEADER, &[1, 2, 3, 4, 5]);
        for index in 0..bytes.len() {
            for change in [1, 2, 8, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[index] ^= change;
                drop(open(&changed));
            }
        }
    }

    #[test]
    fn headers_are_not_believed() {
        let one = |dtype: &str, shape: &str, offsets: &str| {
            let header = format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}}}}}"#);
            open(&file(&header, &[0; 8])).map(|(contents, _)| contents.tensors.len())
        };
        assert_eq!(one("F32", "[2]", "[0,8]").expect("it fits"), 1);
        for (dtype, shape, offsets) in [
            ("F32", "[3]", "[0,12]"),
            ("F32", "[2]", "[0,4]"),
            ("F32", "[1]", "[4,8]"),
            ("F32", "[2]", "[8,0]"),
            ("F32", "[-2]", "[0,8]"),
            ("F32", "[18446744073709551615,18446744073709551615]", "[0,8]"),
            ("F32", "[2]", "[0,18446744073709551615]"),
            ("F4", "[16]", "[0,8]"),
            ("X9", "[2]", "[0,8]"),
        ] {
            assert!(one(dtype, shape, offsets).is_err(), "{dtype} {shape} {offsets}");
        }
        for length in [0, MAX_HEADER_BYTES, MAX_HEADER_BYTES + 1, u64::MAX] {
            assert!(open(&[&length.to_le_bytes()[..], b"{}"].concat()).is_err(), "{length}");
        }
        let deep = "[".repeat(100_000);
        assert!(open(&file(&format!("{{\"a\":{deep}"), &[])).is_err());
        let twice = r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#;
        assert!(open(&file(twice, &[0, 0])).is_err());
    }
}
