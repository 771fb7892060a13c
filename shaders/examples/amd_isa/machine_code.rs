//! The main loop in the text that the driver's compiler gives of its machine code.

use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Fronts of instructions that only say when others may go on.
const WAITS: [&str; 5] = ["s_delay_alu", "s_waitcnt", "s_nop", "s_clause", "s_barrier"];

/// Instructions of a loop by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loop {
    /// Products of matrices (`v_wmma_*`).
    pub matrix: u32,
    /// Two halves at once (`v_pk_*`).
    pub packed: u32,
    /// Dot products of bytes or halves (`v_dot*`).
    pub dot: u32,
    /// Multiply-adds in f32.
    pub fma: u32,
    /// All other vector instructions.
    pub vector: u32,
    /// Memory of the workgroup.
    pub lds: u32,
    /// Other memory.
    pub memory: u32,
    /// Scalar instructions. Waits and hints are none: they do not take an issue slot.
    pub scalar: u32,
}

impl Loop {
    /// The loop over channels or keys: of those whose turns only a launch knows, the one with the most products of matrices in
    /// it (else packed and dot products, else multiply-adds), the shortest of those; all of the text where there is none. What it
    /// repeats a fixed number of times is counted as often.
    pub fn main_of(text: &str) -> Self {
        let lines = text.lines().map(str::trim).collect::<Vec<_>>();
        let label = |line: &&str| line.strip_suffix(':').filter(|it| it.starts_with("BB")).map(str::to_owned);
        let labels = lines.iter().enumerate().filter_map(|(index, line)| Some((label(line)?, index)));
        let starts = labels.collect::<HashMap<_, _>>();
        let loops = lines.iter().enumerate().filter_map(|(end, line)| {
            let mut words = line.split_whitespace();
            let target =
                words.next().filter(|it| it.starts_with("s_cbranch") || *it == "s_branch").and(words.next())?;
            let range = *starts.get(target)?..=end;
            (!range.is_empty()).then(|| (fixed_turns(&lines[range.clone()]), range))
        });
        let (fixed, open): (Vec<_>, Vec<_>) = loops.partition(|(turns, _)| turns.is_some());
        let turns = |index: usize| {
            let around = fixed.iter().filter(|(_, range)| range.contains(&index));
            around.filter_map(|(turns, _)| *turns).product::<u32>()
        };
        let useful = |it: &Self| (it.matrix, it.packed + it.dot, it.fma);
        let count = |range: &RangeInclusive<usize>| Self::of(range.clone().map(|index| (lines[index], turns(index))));
        open.iter()
            .map(|(_, range)| count(range))
            .max_by(|a, b| useful(a).cmp(&useful(b)).then(b.issue_cycles(1).1.cmp(&a.issue_cycles(1).1)))
            .filter(|it| useful(it) > (0, 0, 0))
            .unwrap_or_else(|| count(&(0..=lines.len().saturating_sub(1))))
    }

    /// Of lines, each of which runs so often.
    fn of<'text>(lines: impl Iterator<Item = (&'text str, u32)>) -> Self {
        let mut counts = Self::default();
        for (line, turns) in lines {
            let name = line.split_whitespace().next().unwrap_or_default();
            let is = |fronts: &[&str]| fronts.iter().any(|front| name.starts_with(front));
            let count = match name {
                _ if is(&["v_wmma"]) => &mut counts.matrix,
                _ if is(&["v_pk_"]) => &mut counts.packed,
                _ if is(&["v_dot"]) => &mut counts.dot,
                _ if is(&["v_fma_f32", "v_fmac_f32", "v_fmaak", "v_fmamk", "v_dual_fmac"]) => &mut counts.fma,
                _ if is(&["v_"]) => &mut counts.vector,
                _ if is(&["ds_", "lds_"]) => &mut counts.lds,
                _ if is(&["buffer_", "global_", "flat_", "scratch_"]) => &mut counts.memory,
                _ if is(&WAITS) => continue,
                _ if is(&["s_"]) => &mut counts.scalar,
                _ => continue,
            };
            *count += turns;
        }
        counts
    }

    /// Cycles of a SIMD that the useful instructions take, and all: a product of matrices takes 32, a vector instruction one
    /// for each 32 lanes, everything else one.
    fn issue_cycles(self, wave: u32) -> (u32, u32) {
        let passes = wave.div_ceil(32);
        let arithmetic = (self.packed + self.dot).max(self.fma);
        let useful = if self.matrix > 0 { 32 * self.matrix } else { passes * arithmetic };
        let vector = passes * (self.packed + self.dot + self.fma + self.vector);
        (useful, 32 * self.matrix + vector + self.lds + self.memory + self.scalar)
    }

    /// Share of the loop's issue cycles that are products of matrices; where there are none, packed and dot products, or
    /// multiply-adds where there are more of those.
    pub fn share(self, wave: u32) -> f64 {
        let (useful, all) = self.issue_cycles(wave);
        f64::from(useful) / f64::from(all.max(1))
    }
}

/// How often a loop runs whose end counts to a number: `s_add_u32 s5, s5, 1`, `s_cmp_ge_u32 s5, 16` and a branch.
fn fixed_turns(lines: &[&str]) -> Option<u32> {
    let is_wait = |line: &&&str| WAITS.iter().any(|front| line.starts_with(front));
    let mut from_end = lines.iter().rev().filter(|line| !is_wait(line)).skip(1);
    let (compare, add) = (from_end.next()?, from_end.next()?);
    let words = |line: &str| line.split([' ', ',']).filter(|it| !it.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (add, compare) = (words(add), words(compare));
    let counts =
        add.first()?.starts_with("s_add") && compare.first()?.starts_with("s_cmp") && add.get(1) == compare.get(1);
    let step = add.get(3)?.parse::<u32>().ok()?;
    let end = number(compare.get(2)?)?;
    (counts && step > 0).then(|| end / step)
}

/// A number as the text has it, decimal or hexadecimal.
fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
