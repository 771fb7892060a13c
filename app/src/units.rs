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

/// Seconds for people: "8 s", "3 min 20 s", "1 h 5 min".
#[cfg(feature = "window")]
pub fn duration(secs: f32) -> String {
    let whole = secs.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
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
