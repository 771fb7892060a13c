//! Tensors without values, and what operations do to them.
//!
//! A network is walked with the operations that its forward pass runs, on tensors that only have a size: each counts in the
//! ledger from where it is made until its last handle is dropped. Rust drops those handles where it drops the real ones, so
//! that the walk's largest sum is the forward pass's.

use std::cell::Cell;
use std::rc::Rc;

use super::Target;
use crate::kernels::workspace;

/// What a walk holds now and held at most, in bytes.
#[derive(Debug, Default)]
struct Ledger {
    live: Cell<usize>,
    /// Of tensors.
    peak: Cell<usize>,
    /// Of tensors and what kernels take for themselves.
    peak_with_workspace: Cell<usize>,
    /// Largest buffer of one tensor.
    largest: Cell<usize>,
}

impl Ledger {
    fn add(&self, bytes: usize) {
        self.live.set(self.live.get() + bytes);
        self.peak.set(self.peak.get().max(self.live.get()));
        self.work(0);
    }

    /// A kernel runs that takes so much for itself.
    fn work(&self, bytes: usize) {
        self.peak_with_workspace.set(self.peak_with_workspace.get().max(self.live.get() + bytes));
    }

    fn remove(&self, bytes: usize) {
        self.live.set(self.live.get() - bytes);
    }
}

/// A tensor that only has a size.
#[derive(Clone, Debug)]
pub struct Meta {
    dims: Vec<usize>,
    memory: Rc<Memory>,
    /// Whether it is a part of its memory: no operation writes into that.
    part: bool,
}

#[derive(Debug)]
struct Memory {
    bytes: usize,
    ledger: Rc<Ledger>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.ledger.remove(self.bytes);
    }
}

impl Meta {
    /// Its shape.
    pub fn dims<const D: usize>(&self) -> [usize; D] {
        self.dims.as_slice().try_into().expect("the walk follows the network's own shapes")
    }

    /// The same memory in another shape.
    pub fn reshape(mut self, dims: &[usize]) -> Self {
        debug_assert_eq!(self.elements(), dims.iter().product::<usize>());
        self.dims = dims.to_vec();
        self
    }

    /// A part of its memory.
    pub fn part(&self, dims: &[usize]) -> Self {
        Self { dims: dims.to_vec(), memory: self.memory.clone(), part: true }
    }

    fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    /// Its last dimension.
    pub fn width(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }

    /// Whether an operation may write its result here.
    fn is_free(&self) -> bool {
        !self.part && Rc::strong_count(&self.memory) == 1
    }
}

/// A convolution.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    /// Places of its kernel.
    pub places: usize,
    /// Channels of its output.
    pub outputs: usize,
    /// What becomes of height and width.
    pub resize: Resize,
}

/// What a convolution does to height and width.
#[derive(Clone, Copy, Debug)]
pub enum Resize {
    /// They stay.
    Same,
    /// Every second place.
    Halve,
    /// Every place twice, before it.
    Double,
}

impl Conv {
    /// 3x3.
    pub fn square(outputs: usize) -> Self {
        Self { places: 9, outputs, resize: Resize::Same }
    }

    /// Over three frames.
    pub fn temporal(channels: usize) -> Self {
        Self { places: 3, ..Self::square(channels) }
    }

    /// 3x3 with stride 2.
    pub fn halve(channels: usize) -> Self {
        Self { resize: Resize::Halve, ..Self::square(channels) }
    }

    /// Nearest-neighbour upsampling and 3x3 behind it.
    pub fn double(channels: usize) -> Self {
        Self { resize: Resize::Double, ..Self::square(channels) }
    }
}

/// Walks networks for one target.
#[derive(Debug)]
pub struct Walk<'a> {
    target: &'a Target,
    ledger: Rc<Ledger>,
}

impl<'a> Walk<'a> {
    pub fn new(target: &'a Target) -> Self {
        Self { target, ledger: Rc::default() }
    }

    /// Most bytes that tensors held.
    pub fn peak(&self) -> usize {
        self.ledger.peak.get()
    }

    /// Bytes that kernels add to that: the most that they and tensors held together, less [`Walk::peak`].
    pub fn workspace(&self) -> usize {
        self.ledger.peak_with_workspace.get() - self.ledger.peak.get()
    }

    /// Largest buffer of one tensor, in bytes.
    pub fn largest(&self) -> usize {
        self.ledger.largest.get()
    }

    /// A new tensor.
    pub fn tensor(&self, dims: &[usize]) -> Meta {
        let bytes = dims.iter().product::<usize>() * self.target.element_bytes;
        self.ledger.add(bytes);
        self.ledger.largest.set(self.ledger.largest.get().max(bytes));
        Meta { dims: dims.to_vec(), memory: Rc::new(Memory { bytes, ledger: self.ledger.clone() }), part: false }
    }

    /// The result of an operation that needs its input until it is done.
    fn from(&self, x: Meta, dims: &[usize]) -> Meta {
        let y = self.tensor(dims);
        drop(x);
        y
    }

    /// A copy in another order.
    pub fn copy(&self, x: Meta) -> Meta {
        let dims = x.dims.clone();
        self.from(x, &dims)
    }

    /// A product that sums over `inner` values, with what is added to it.
    fn product(&self, x: Meta, inner: usize, dims: &[usize], gated: bool, residual: Option<Meta>) -> Meta {
        let y = self.tensor(dims);
        if self.target.on_host {
            self.ledger.work(workspace::packed_weight_bytes(inner, dims[dims.len() - 1], gated));
        }
        drop((x, residual));
        y
    }

    fn linear_with(&self, x: Meta, outputs: usize, gated: bool, residual: Option<Meta>) -> Meta {
        let (inner, mut dims) = (x.width(), x.dims.clone());
        if let Some(last) = dims.last_mut() {
            *last = outputs;
        }
        self.product(x, inner, &dims, gated, residual)
    }

    /// `[.., inputs] -> [.., outputs]`
    pub fn linear(&self, x: Meta, outputs: usize) -> Meta {
        self.linear_with(x, outputs, false, None)
    }

    /// The same plus `residual`.
    pub fn linear_add(&self, x: Meta, outputs: usize, residual: Meta) -> Meta {
        self.linear_with(x, outputs, false, Some(residual))
    }

    /// A linear layer of twice as many outputs, one half gated by the other: nothing of that size is ever there.
    pub fn geglu(&self, x: Meta, outputs: usize) -> Meta {
        self.linear_with(x, outputs, true, None)
    }

    /// A convolution: `[images, height, width, inputs]` to so many channels.
    pub fn conv(&self, x: Meta, conv: Conv) -> Meta {
        self.conv_with(x, conv, None)
    }

    /// The same plus `residual`.
    pub fn conv_add(&self, x: Meta, conv: Conv, residual: Meta) -> Meta {
        self.conv_with(x, conv, Some(residual))
    }

    fn conv_with(&self, x: Meta, conv: Conv, residual: Option<Meta>) -> Meta {
        let [images, height, width, inputs] = x.dims();
        let Conv { places, outputs, resize } = conv;
        let [height, width] = [height, width].map(|side| match resize {
            Resize::Same => side,
            Resize::Halve => side.div_ceil(2),
            Resize::Double => 2 * side,
        });
        self.product(x, places * inputs, &[images, height, width, outputs], false, residual)
    }

    /// A norm of either kind, with its activation.
    pub fn norm(&self, x: Meta) -> Meta {
        self.copy(x)
    }

    /// An operation on each value.
    pub fn each_value(&self, x: Meta) -> Meta {
        if x.is_free() { x } else { self.copy(x) }
    }

    /// An operation on two tensors of one shape.
    pub fn both(&self, a: Meta, b: Meta) -> Meta {
        match (a.is_free(), b.is_free()) {
            (true, _) => a,
            (_, true) => b,
            _ => {
                let y = self.copy(a);
                drop(b);
                y
            }
        }
    }

    /// Two tensors behind each other in their last dimension.
    pub fn cat(&self, a: Meta, b: Meta) -> Meta {
        let mut dims = a.dims.clone();
        if let Some(last) = dims.last_mut() {
            *last += b.width();
        }
        let y = self.tensor(&dims);
        drop((a, b));
        y
    }

    /// Tensors behind each other in their first dimension.
    pub fn joined(&self, parts: Vec<Meta>) -> Meta {
        let mut dims = parts.first().map(|part| part.dims.clone()).unwrap_or_default();
        if let Some(first) = dims.first_mut() {
            *first = parts.iter().map(|part| part.dims[0]).sum();
        }
        let y = self.tensor(&dims);
        drop(parts);
        y
    }

    /// Attention in `pixels` sequences side by side: queries and keys of `[batch, tokens * pixels, width]`.
    pub fn attention(&self, q: Meta, k: Meta, v: Meta, heads: usize, pixels: usize) -> Meta {
        let ([batch, queries, width], [_, keys, _]) = (q.dims(), k.dims());
        // Parts of a projection are copied first.
        let [q, k, v] = [q, k, v].map(|x| if x.part { self.copy(x) } else { x });
        let y = self.tensor(&[batch, queries, width]);
        if self.target.on_host {
            self.ledger.work(workspace::attention_bytes(keys / pixels, heads, width / heads) * self.target.threads);
        }
        drop((q, k, v));
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_with_its_last_handle_and_is_written_again_where_it_can_be() {
        let target = Target::gpu();
        let walk = Walk::new(&target);
        let x = walk.tensor(&[10, 100]);
        let residual = x.clone();
        let y = walk.linear(x, 50);
        assert_eq!(walk.ledger.live.get(), 4 * 1500, "the residual keeps the input");
        let y = walk.linear(y, 100);
        assert_eq!((walk.ledger.live.get(), walk.peak()), (4 * 2000, 4 * 2500));
        let sum = walk.both(residual.clone(), y);
        assert_eq!(walk.ledger.live.get(), 4 * 2000, "the second summand takes the sum");
        drop(residual);
        let part = sum.part(&[10, 50]);
        drop(sum);
        assert_eq!(walk.ledger.live.get(), 4 * 1000, "a part keeps all of its memory");
        let changed = walk.each_value(part);
        assert_eq!(walk.ledger.live.get(), 4 * 500, "and is not written into");
        assert_eq!(walk.ledger.live.get(), 4 * changed.elements());
        drop(changed);
        assert_eq!((walk.ledger.live.get(), walk.largest()), (0, 4000));
    }
}
