//! Comparison of a running network with the reference, block by block.
//!
//! A [`Comparison`] observes a forward pass, measures every block whose golden there is, and [`Comparison::finish`] fails
//! with the name of the first block that diverges.

use std::fmt::{self, Write};
use std::sync::Mutex;

use burn::tensor::Tensor;
use hummingbird_engine::job::Cancelled;
use hummingbird_engine::nn::hook::ForwardHook;
use hummingbird_engine::nn::params::values_of;

use crate::golden::{Golden, GoldenFile};

/// How far a value may be from the golden.
#[derive(Clone, Copy, Debug)]
pub struct Tol {
    /// Largest difference of a result's value.
    pub atol: f32,
    /// Root mean square difference of the first block's output, relative to the root mean square of its values. The `n`-th
    /// block may be off by `sqrt(n)` times as much: roundings add up like independent errors. Of a block, this says more
    /// than the largest difference, because it hardly varies with the order of sums, so that the limit can be close.
    pub block_rms: f32,
    /// What makes the difference.
    pub why: &'static str,
}

/// Order of the values of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// That of the golden.
    Reference,
    /// Channels last, `[batch * frames, height, width, channels]`, where the reference has `[batch, channels, ..]`.
    ChannelsLast,
}

/// A running comparison of one case on one device.
pub struct Comparison<'a> {
    what: String,
    golden: &'a GoldenFile,
    tol: Tol,
    parts: Mutex<Vec<Part>>,
}

/// What was found of one block.
struct Part {
    name: String,
    kind: Kind,
    /// Infinite where a value is not finite.
    difference: f32,
    limit: f32,
    /// Where the largest difference of a value is, in words.
    place: String,
}

/// What of a part is measured.
#[derive(Clone, Copy)]
enum Kind {
    /// The largest difference.
    Result,
    /// The root mean square difference, relative to the values'.
    Block,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, kind, difference, limit, place } = self;
        let kind = match kind {
            Kind::Result => "at most",
            Kind::Block => "on average",
        };
        write!(f, "{name} is off by {difference:.1e} {kind}, limit {limit:.1e}; largest: {place}")
    }
}

impl ForwardHook for Comparison<'_> {
    fn on_output(&self, name: &str, activation: &Tensor<4>) -> Result<(), Cancelled> {
        if self.golden.has(&format!("act.{name}")) {
            let golden = self.golden.get(&format!("act.{name}"));
            self.measure(Kind::Block, name, golden, &values_of(activation.to_data()), Order::ChannelsLast);
        }
        Ok(())
    }
}

impl<'a> Comparison<'a> {
    /// Compares with `golden`; `what` says in a failure what was compared.
    pub fn new(what: String, golden: &'a GoldenFile, tol: Tol) -> Self {
        Self { what, golden, tol, parts: Mutex::default() }
    }

    /// Compares a result with the golden `name`.
    pub fn add<const D: usize>(&self, name: &str, found: Tensor<D>, order: Order) {
        self.measure(Kind::Result, name, self.golden.get(name), &values_of(found.into_data()), order);
    }

    /// Compares values with the golden that `change` makes of the golden `name`.
    pub fn add_changed<const D: usize>(&self, name: &str, change: impl Fn(f32) -> f32, found: Tensor<D>, order: Order) {
        let golden = self.golden.get(name);
        let values = golden.values.iter().map(|&value| change(value)).collect();
        let golden = Golden { values, sampling: golden.sampling.clone() };
        self.measure(Kind::Result, name, &golden, &values_of(found.into_data()), order);
    }

    fn measure(&self, kind: Kind, name: &str, golden: &Golden, found: &[f32], order: Order) {
        let shape = &golden.sampling.shape;
        let whole: usize = shape.iter().product();
        let rows_repeat = shape.len() == 2 && found.len() < whole && whole.is_multiple_of(found.len());
        assert!(found.len() == whole || rows_repeat, "{}: {name} has {} values, not {shape:?}", self.what, found.len());
        let mut worst = (-1.0, String::new());
        let (mut squares, mut golden_squares) = (0.0_f64, 0.0_f64);
        for (nth, &expected) in golden.values.iter().enumerate() {
            let index = nth * golden.sampling.stride;
            let value = found[place(shape, index, found.len(), order)];
            let difference = (value - expected).abs();
            let difference = if difference.is_finite() { difference } else { f32::INFINITY };
            squares += f64::from(difference).powi(2);
            golden_squares += f64::from(expected).powi(2);
            if difference > worst.0 {
                worst = (difference, format!("{value} instead of {expected} at {:?}", coordinates(shape, index)));
            }
        }
        let (largest, place) = worst;
        let mut parts = self.parts.lock().expect("no comparison panicked");
        let (difference, limit) = match kind {
            Kind::Result => (largest, self.tol.atol),
            Kind::Block => {
                let depth = (parts.len() + 1) as f32;
                ((squares / golden_squares).sqrt() as f32, self.tol.block_rms * depth.sqrt())
            }
        };
        parts.push(Part { name: name.to_owned(), kind, difference, limit, place });
    }

    /// Ends the comparison. `unseen` are blocks of the golden file that the network has no single value for.
    ///
    /// # Panics
    /// When a part diverges, naming the first; when a block of the golden file was not compared; when nothing was.
    pub fn finish(self, unseen: &[&str]) {
        let parts = self.parts.into_inner().expect("no comparison panicked");
        let mut report = String::new();
        for part in &parts {
            writeln!(report, "  {part}").expect("strings take text");
        }
        if let Some(first) = parts.iter().find(|part| part.difference > part.limit) {
            panic!(
                "{} diverges first in `{}` ({}):\n  {first}\nall of it:\n{report}",
                self.what, first.name, self.tol.why
            );
        }
        let missed = |block: &&str| !unseen.contains(block) && !parts.iter().any(|part| part.name == **block);
        let missed: Vec<_> = self.golden.blocks().filter(missed).collect();
        assert!(missed.is_empty(), "{}: the network showed no {missed:?}", self.what);
        assert!(!parts.is_empty(), "{}: nothing was compared", self.what);
        eprintln!("{} agrees:\n{report}", self.what); // Shown by `--nocapture`.
    }
}

/// Where the value at `index` of a golden of this shape is in a result of `length` values.
fn place(shape: &[usize], index: usize, length: usize, order: Order) -> usize {
    match (order, shape) {
        (Order::Reference, _) => index,
        // The reference repeats the embedding for every frame of a clip, we have it once.
        (Order::ChannelsLast, &[rows, channels]) => {
            let (row, channel) = (index / channels, index % channels);
            row * (length / channels) / rows * channels + channel
        }
        // Tokens have their channels last in the reference too.
        (Order::ChannelsLast, &[_, _, _]) => index,
        (Order::ChannelsLast, _) => {
            let (channels, positions) = (shape[1], shape[2..].iter().product::<usize>());
            let (batch, rest) = (index / (channels * positions), index % (channels * positions));
            let (channel, position) = (rest / positions, rest % positions);
            (batch * positions + position) * channels + channel
        }
    }
}

/// The row-major index as one index a dimension.
fn coordinates(shape: &[usize], mut index: usize) -> Vec<usize> {
    let mut coordinates: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&size| {
            let coordinate = index % size;
            index /= size;
            coordinate
        })
        .collect();
    coordinates.reverse();
    coordinates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_channels_last_results() {
        // [batch 2, channels 3, frames 1, height 2, width 2]: batch 1, channel 2, second row, first column.
        let index = coordinates(&[2, 3, 1, 2, 2], 12 + 8 + 2);
        assert_eq!(index, [1, 2, 0, 1, 0]);
        assert_eq!(place(&[2, 3, 1, 2, 2], 22, 24, Order::ChannelsLast), 12 + 2 * 3 + 2);
        // Four rows of two clips: rows 2 and 3 are those of clip 1.
        assert_eq!(place(&[4, 5], 3 * 5 + 1, 10, Order::ChannelsLast), 5 + 1);
        assert_eq!(place(&[4, 5], 16, 20, Order::Reference), 16);
    }
}
