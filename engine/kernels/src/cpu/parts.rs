//! Outputs that their tasks make in place.
//!
//! `vec![0.0; n]` would be written once more than needed, by one thread while the others wait: a thirtieth of the time of the
//! full-size networks. Here each task gets its own part, as zeros that are still in its cache.

use rayon::prelude::*;

/// `count` values in parts of `part`, the last of which may be shorter; `task` gets the number of a part and the part, all
/// zeros, and the parts are made in parallel.
pub fn in_parts(count: usize, part: usize, task: impl Fn(usize, &mut [f32]) + Sync) -> Vec<f32> {
    in_nested_parts(count, [count, part], |_| (), |(), _, index, values| task(index, values))
}

/// The same with parts in groups of `group` values: for each of them `prepare` runs first, and `task` gets what it gave, the
/// number of the group, and the number of the part in it.
pub fn in_nested_parts<P: Sync>(
    count: usize,
    [group, part]: [usize; 2],
    prepare: impl Fn(usize) -> P + Sync,
    task: impl Fn(&P, usize, usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let mut values = Vec::with_capacity(count);
    if count == 0 {
        return values;
    }
    values.spare_capacity_mut()[..count].par_chunks_mut(group).enumerate().for_each(|(number, group)| {
        let prepared = prepare(number);
        group.par_chunks_mut(part).enumerate().for_each(|(index, part)| {
            for value in &mut *part {
                value.write(0.0);
            }
            // SAFETY: every value of the part was written in the loop above.
            let part = unsafe { part.assume_init_mut() };
            task(&prepared, number, index, part);
        });
    });
    // SAFETY: the capacity is at least `count`, and the parts, which are all of the first `count` values, were written: had a task
    // panicked, this would not have been reached.
    unsafe { values.set_len(count) };
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_part_and_starts_at_zero() {
        let add = |first: usize, values: &mut [f32]| {
            values.iter_mut().enumerate().for_each(|(index, value)| *value += (first + index) as f32);
        };
        for (count, part) in [(0, 3), (1, 3), (3, 3), (1000, 7), (64, 64)] {
            let expected: Vec<f32> = (0..count).map(|value| value as f32).collect();
            assert_eq!(in_parts(count, part, |index, values| add(index * part, values)), expected);
        }
        // Groups of ten in parts of four: the last part of each is shorter, and so is the last group.
        let values = in_nested_parts(
            25,
            [10, 4],
            |group| 10 * group,
            |first, group, index, values| {
                assert_eq!(*first, 10 * group);
                add(first + 4 * index, values);
            },
        );
        assert_eq!(values, (0..25).map(|value| value as f32).collect::<Vec<_>>());
    }
}
