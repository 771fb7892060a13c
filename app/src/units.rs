//! Amounts as people read them: the same words in the window and on the command line.

/// Bytes in powers of 1024: "900 bytes", "2.0 KiB", "128.0 MiB".
pub fn bytes(count: u64) -> String {
    bytes_called(count, "bytes")
}

/// The same where another language has another word for less than a KiB.
pub fn bytes_called(count: u64, word: &str) -> String {
    let units = [("GiB", 1_u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.into_iter().find(|(_, size)| count >= *size) {
        Some((unit, size)) => format!("{:.1} {unit}", count as f64 / size as f64),
        None => format!("{count} {word}"),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn bytes_have_one_decimal() {
        assert_eq!([bytes(900), bytes(2048), bytes(128 << 20)], ["900 bytes", "2.0 KiB", "128.0 MiB"]);
    }
}
