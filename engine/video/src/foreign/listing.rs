//! What FFmpeg's `framecrc` says of a clip: a line for each frame, with the time at which it is shown.

use crate::error::{Trouble, VideoFault};

/// Longest line that is waited for.
const MAX_LINE: usize = 4096;

/// A list that is read as it comes.
#[derive(Default)]
pub(super) struct Listing {
    /// A line that is not whole yet.
    line: Vec<u8>,
    /// Seconds of a unit of time.
    unit_secs: Option<f64>,
    /// Width and height.
    pub size: Option<[u32; 2]>,
    /// Bytes of the first frame.
    bytes: Option<u64>,
    /// In units.
    times: Vec<i64>,
    /// Of the last frame.
    duration: i64,
}

impl Listing {
    /// Reads on.
    pub(super) fn read(&mut self, piece: &[u8]) -> Result<(), Trouble> {
        for part in piece.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.len() > MAX_LINE {
                return Err(Trouble::index("framecrc"));
            }
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.line(String::from_utf8_lossy(&line).trim())?;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), Trouble> {
        if let Some(unit) = line.strip_prefix("#tb 0: ") {
            let (over, under) = unit.split_once('/').ok_or_else(|| Trouble::index("framecrc"))?;
            let ratio = over.parse::<f64>().ok().zip(under.parse::<f64>().ok()).map(|(over, under)| over / under);
            self.unit_secs = ratio.filter(|secs| secs.is_finite() && *secs > 0.0);
        } else if let Some(size) = line.strip_prefix("#dimensions 0: ") {
            let sides =
                size.split_once('x').and_then(|(width, height)| Some([width.parse().ok()?, height.parse().ok()?]));
            self.size = Some(sides.ok_or_else(|| Trouble::index("framecrc"))?);
        } else if !line.starts_with('#') && !line.is_empty() {
            let mut fields = line.split(',').map(str::trim);
            let [stream, _, time, duration, bytes] = std::array::from_fn(|_| fields.next().unwrap_or_default());
            let bytes = bytes.parse().map_err(|_| Trouble::index("framecrc"))?;
            if stream != "0" {
                return Err(Trouble::index("framecrc"));
            }
            if *self.bytes.get_or_insert(bytes) != bytes {
                return Err(VideoFault::SizeChanges { frame: self.frames() }.into());
            }
            // A frame without a time follows the one before it.
            let next = self.times.last().map_or(0, |last| last.saturating_add(self.duration.max(1)));
            self.times.push(time.parse().unwrap_or(next));
            self.duration = duration.parse().unwrap_or(0);
        }
        Ok(())
    }

    /// Frames so far.
    pub(super) fn frames(&self) -> u64 {
        self.times.len() as u64
    }

    /// Times in seconds from the first frame, and frames a second.
    pub(super) fn times(&self) -> Option<(Vec<f64>, f64)> {
        let (unit_secs, first) = (self.unit_secs?, *self.times.first()?);
        let units: Vec<u64> = self.times.iter().map(|time| time.saturating_sub(first).max(0) as u64).collect();
        let fps = rate(&units, self.duration.max(0) as u64, unit_secs);
        Some((units.into_iter().map(|units| units as f64 * unit_secs).collect(), fps))
    }
}

/// Frames a second: a usual number of which the times are the multiples, but for rounding to whole units, or the mean.
fn rate(units: &[u64], last_duration: u64, unit_secs: f64) -> f64 {
    let whole = (1..=240).map(f64::from);
    let film = [24.0, 30.0, 48.0, 60.0, 120.0].map(|fps| fps * 1000.0 / 1001.0);
    let fits = |fps: &f64| {
        // Half a unit, and what a float takes away.
        let is_near = |(number, &at): (usize, &u64)| (at as f64 - number as f64 / fps / unit_secs).abs() < 0.501;
        units.len() > 1 && units.iter().enumerate().all(is_near)
    };
    let (last, frames) = (units.last().copied().unwrap_or(0), units.len() as f64);
    let mean = match last_duration {
        0 => (frames - 1.0) / (last as f64 * unit_secs),
        duration => frames / ((last + duration) as f64 * unit_secs),
    };
    // Short clips fit several of them.
    let nearest = |a: &f64, b: &f64| (a - mean).abs().total_cmp(&(b - mean).abs());
    let usual = whole.filter(fits).min_by(nearest).or_else(|| film.into_iter().filter(fits).min_by(nearest));
    usual.unwrap_or(if mean.is_finite() && mean > 0.0 { mean } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_any_pieces() {
        let text = "#software: Lavf59.27.100\n#tb 0: 1/1000\n#dimensions 0: 90x66\n#sar 0: 1/1\n\
                    0,          0,         40,       42,     8910, 0x6092c12e\n0, 42, 82, 42, 8910, 0x5b99c2b7\n\
                    0, 83, 123, 42, 8910, 0x0\n0, 125, NOPTS, 42, 8910, 0x0\n";
        for bytes in [1, 7, text.len()] {
            let mut listing = Listing::default();
            for piece in text.as_bytes().chunks(bytes) {
                listing.read(piece).unwrap_or_else(|_| panic!("pieces of {bytes}"));
            }
            assert_eq!(listing.size, Some([90, 66]));
            assert_eq!(listing.times(), Some((vec![0.0, 0.042, 0.083, 0.125], 24.0)));
        }
    }

    #[test]
    fn lists_of_other_things_are_errors() {
        for text in ["#tb 0: 1\n", "#dimensions 0: 4\n", "1, 0, 0, 1, 4, 0x0\n", "0, 0, 0\n", "nonsense\n"] {
            assert!(Listing::default().read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Listing::default().read(&[b'0'; MAX_LINE + 1]).is_err());
        let mut listing = Listing::default();
        let trouble = listing.read(b"#tb 0: 1/24\n0, 0, 0, 1, 100, 0x0\n0, 1, 1, 1, 200, 0x0\n");
        assert!(matches!(trouble, Err(Trouble::Fault(VideoFault::SizeChanges { frame: 1 }))));
    }

    #[test]
    fn rates_are_usual_ones_where_times_say_so() {
        let of = |fps: f64, frames: usize| {
            let units: Vec<u64> = (0..frames).map(|frame| (frame as f64 / fps * 1000.0).round() as u64).collect();
            rate(&units, 0, 1e-3)
        };
        assert_eq!(of(25.0, 10), 25.0);
        assert!((of(29.97, 2000) - 29.97).abs() < 1e-3);
        let uneven = rate(&[0, 40, 200, 1000], 0, 1e-3);
        assert!((uneven - 3.0).abs() < 1e-9, "{uneven}");
        assert_eq!(rate(&[0], 0, 1e-3), 1.0);
    }
}
