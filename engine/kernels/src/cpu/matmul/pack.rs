//! Weights in the order in which tiles read them.

use std::ops::Range;

use super::super::parts::in_parts;
use super::{Weight, Widen};

/// Values of one column at a time: those of all columns of a panel stay in the first-level cache.
const SHARE: usize = 64;

/// Which columns of a weight are packed, and how.
pub struct Packing {
    /// Columns of the output.
    pub columns: Range<usize>,
    pub stretches: usize,
    pub length: usize,
    /// Values of a panel's row.
    pub lanes: usize,
    /// Where the column of a gate lies behind that of its value; half of each panel is gates then.
    pub gates: Option<usize>,
}

impl Packing {
    /// The weight's column in a lane of a panel, if there is one.
    fn column(&self, panel: usize, lane: usize) -> Option<usize> {
        let (lanes, behind) = match self.gates {
            Some(gates) if lane >= self.lanes / 2 => (self.lanes / 2, gates),
            Some(_) => (self.lanes / 2, 0),
            None => (self.lanes, 0),
        };
        let column = self.columns.start + panel * lanes + lane % lanes;
        (column < self.columns.end).then_some(column + behind)
    }

    /// Values of a column.
    pub fn inner(&self) -> usize {
        self.stretches * self.length
    }

    /// Panels of all columns.
    pub fn panels(&self) -> usize {
        let lanes = if self.gates.is_some() { self.lanes / 2 } else { self.lanes };
        self.columns.len().div_ceil(lanes)
    }
}

/// The columns as `[panels, stretches, length, lanes]`; lanes beyond the last column are zeros.
pub fn pack(weight: Weight<'_>, packing: &Packing) -> Vec<f32> {
    let panel_values = packing.inner() * packing.lanes;
    in_parts(packing.panels() * panel_values, panel_values, |panel, packed| pack_panel(weight, packing, panel, packed))
}

/// One panel of [`pack`], from zeros.
pub fn pack_panel(weight: Weight<'_>, packing: &Packing, panel: usize, packed: &mut [f32]) {
    match weight {
        Weight::F32(values) => pack_columns(values, packing, panel, packed),
        Weight::F16(values) => pack_columns(values, packing, panel, packed),
        Weight::Q8(weight) => pack_columns(&weight, packing, panel, packed),
        Weight::Adjoint(values) => pack_adjoint(values, packing, panel, packed),
    }
}

/// One panel of a weight `[columns, length, stretches]`, from zeros.
fn pack_columns(values: &(impl Widen + ?Sized), packing: &Packing, panel: usize, packed: &mut [f32]) {
    let mut share = [0.0; SHARE];
    let columns: Vec<_> = (0..packing.lanes).map(|lane| packing.column(panel, lane)).collect();
    let inner = packing.inner();
    for start in (0..inner).step_by(SHARE) {
        let share = &mut share[..SHARE.min(inner - start)];
        for (lane, column) in columns.iter().enumerate() {
            if let Some(column) = column {
                values.widen(column * inner + start, share);
                scatter(share, start, packing, &mut packed[lane..]);
            }
        }
    }
}

/// Puts values of one column, from place `start` of `[length, stretches]` on, into every `lanes`-th place of
/// `[stretches, length]`.
fn scatter(values: &[f32], start: usize, packing: &Packing, packed: &mut [f32]) {
    let Packing { stretches, length, lanes, .. } = *packing;
    if stretches == 1 {
        packed[start * lanes..].iter_mut().step_by(lanes).zip(values).for_each(|(place, value)| *place = *value);
        return;
    }
    let (mut channel, mut stretch) = (start / stretches, start % stretches);
    for value in values {
        packed[(stretch * length + channel) * lanes] = *value;
        stretch += 1;
        if stretch == stretches {
            (channel, stretch) = (channel + 1, 0);
        }
    }
}

/// One panel of a weight `[length, columns, stretches]` with its stretches in reverse order, from zeros.
fn pack_adjoint(values: &[f32], packing: &Packing, panel: usize, packed: &mut [f32]) {
    let Packing { stretches, length, lanes, .. } = *packing;
    let columns = values.len() / packing.inner();
    let first = packing.columns.start + panel * lanes;
    let filled = lanes.min(packing.columns.end - first);
    for (index, line) in packed.chunks_exact_mut(lanes).enumerate() {
        let (stretch, place) = (stretches - 1 - index / length, index % length);
        let from = values[(place * columns + first) * stretches + stretch..].iter().step_by(stretches);
        line.iter_mut().zip(from.take(filled)).for_each(|(line, value)| *line = *value);
    }
}
