//! Independent parts of one job, at the same time where that helps.
//!
//! burn-flex computes on the thread that calls it and shares only large operations among threads. A small network has few of
//! those: one forward pass keeps little more than one core busy. Devices with a queue of their own gain nothing from a second
//! caller, so there the parts run one after the other.

use std::convert::Infallible;

use burn::tensor::Device;
use hummingbird_kernels::{factors, with_factors};
use rayon::prelude::*;

/// How many parts of a job are worth running at once on `device`.
pub fn parts(device: &Device) -> usize {
    if *device == Device::flex() { rayon::current_num_threads() } else { 1 }
}

/// Cuts `count` things into as many shares of neighbours as are worth running at once: start and length of each.
pub fn shares(device: &Device, count: usize) -> Vec<(usize, usize)> {
    let share = count.div_ceil(parts(device)).max(1);
    (0..count).step_by(share).map(|start| (start, share.min(count - start))).collect()
}

/// Results of `work` for every input, in their order.
///
/// # Errors
/// One of those that `work` returned.
pub fn each<I: Send, O: Send, E: Send>(
    device: &Device,
    inputs: Vec<I>,
    work: impl Fn(I) -> Result<O, E> + Send + Sync,
) -> Result<Vec<O>, E> {
    // Threads that wait within a step of training take these tasks too, and a thread here may wait within anything.
    let factors = factors();
    let work = |input| with_factors(factors, || work(input));
    if parts(device) > 1 { inputs.into_par_iter().map(work).collect() } else { inputs.into_iter().map(work).collect() }
}

/// [`each`] of what cannot fail.
pub fn at_once<I: Send, O: Send>(inputs: Vec<I>, device: &Device, work: impl Fn(I) -> O + Send + Sync) -> Vec<O> {
    let Ok(made) = each(device, inputs, |input| Ok::<_, Infallible>(work(input)));
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_inputs_and_errors_come_through() {
        let double = |it: u32| if it == 13 { Err("unlucky") } else { Ok(it * 2) };
        assert_eq!(each(&Device::flex(), (0..10).collect(), double), Ok((0..10).map(|it| it * 2).collect()));
        assert_eq!(each(&Device::flex(), (0..20).collect(), double), Err("unlucky"));
    }

    #[test]
    fn the_cpu_takes_a_part_for_each_thread() {
        assert_eq!(parts(&Device::flex()), rayon::current_num_threads());
        assert_eq!(parts(&Device::flex().autodiff()), rayon::current_num_threads());
    }
}
