//! Amounts as people read them: the same words in the window and on the command line.

use chrono::{DateTime, Local, TimeDelta};

#[cfg(feature = "window")]
use crate::language::tr;

/// Bytes in powers of 1024: "900 bytes", "2.0 KiB", "128.0 MiB"; in the window's language.
pub fn bytes(count: u64) -> String {
    #[cfg(feature = "window")]
    return bytes_called(count, &tr!("unit-bytes"));
    #[cfg(not(feature = "window"))]
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

/// The time of day in so many seconds, as "14:20" where the user is; `None` from a day on.
pub fn clock_text(secs: f32) -> Option<String> {
    const DAY_SECS: f32 = 86_400.0;
    let later = (0.0..DAY_SECS).contains(&secs).then(|| TimeDelta::seconds(secs.round() as i64))?;
    Some((Local::now() + later).format("%H:%M").to_string())
}

/// The day of a time in seconds since 1970, as "2026-11-29" in universal time; empty for one that no calendar has.
pub fn day(time_secs: u64) -> String {
    let time = i64::try_from(time_secs).ok().and_then(|secs| DateTime::from_timestamp(secs, 0));
    time.map(|time| time.format("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// Seconds for people: "8 s", "3 min 20 s", "1 h 5 min".
#[cfg(feature = "window")]
pub fn duration(secs: f32) -> String {
    let whole = secs.max(0.0).round() as u64;
    match whole {
        0..60 => tr!("unit-duration-seconds", seconds = whole),
        60..3600 => tr!("unit-duration-minutes", minutes = whole / 60, seconds = whole % 60),
        _ => tr!("unit-duration-hours", hours = whole / 3600, minutes = whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, clock_text, day};

    #[test]
    fn days_are_those_of_the_calendar() {
        let cases = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_796_000_000, "2026-11-30"),
            (4_107_542_400, "2100-03-01"),
            (u64::MAX, ""),
        ];
        for (secs, text) in cases {
            assert_eq!(day(secs), text);
        }
    }

    #[test]
    fn times_of_day_go_on_by_the_seconds() {
        let minutes = |secs: f32| {
            let text = clock_text(secs).expect("within a day");
            let (hour, minute) = text.split_once(':').expect("HH:MM");
            assert_eq!((hour.len(), minute.len()), (2, 2), "{text}");
            hour.parse::<i32>().expect("a number") * 60 + minute.parse::<i32>().expect("a number")
        };
        let hour_later = (minutes(3600.0) - minutes(0.0)).rem_euclid(24 * 60);
        assert!((60..=61).contains(&hour_later), "{hour_later} minutes");
        assert_eq!([clock_text(86_400.0), clock_text(-1.0), clock_text(f32::NAN)], [None, None, None]);
    }

    #[test]
    fn bytes_have_one_decimal() {
        assert_eq!([bytes(900), bytes(2048), bytes(128 << 20)], ["900 bytes", "2.0 KiB", "128.0 MiB"]);
    }
}
