//! What a forward pass costs, told by the layers themselves: FLOP, bytes and live memory.
//!
//! Each layer has a `cost` beside its `forward`, with the same order of operations on [`MetaTensor`]s: tensors that have a
//! shape and no values, as on PyTorch's meta device. A [`Tracer`] records every operation. A meta tensor counts as live from
//! where it is made until its last handle is dropped, and Rust drops those handles where it drops the real ones, so that the
//! largest sum is the forward pass's peak. Layers need no values for this, only their parameters' shapes: networks of
//! [`ParamLoader::names_only`](crate::params::ParamLoader::names_only) will do.

mod training;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use burn::module::Param;
use burn::tensor::{Device, Tensor};
use hummingbird_kernels::{ConvOptions, workspace};

use self::training::{Graph, Way};
pub use self::training::{Mode, Trained};
use crate::parallel;

/// Where a pass runs, as far as its cost depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Bytes of one value of an activation.
    pub element_bytes: usize,
    /// Parts of a job that run at the same time.
    pub threads: usize,
    /// Whether tensors are in the memory of the processor.
    pub on_host: bool,
}

impl Target {
    /// The CPU device.
    pub fn host() -> Self {
        Self { element_bytes: size_of::<f32>(), threads: parallel::parts(&Device::flex()), on_host: true }
    }

    /// A GPU that computes in f32.
    pub fn gpu() -> Self {
        Self { element_bytes: size_of::<f32>(), threads: 1, on_host: false }
    }

    /// The device as the engine uses it.
    pub fn of(device: &Device) -> Self {
        if *device == Device::flex() { Self::host() } else { Self::gpu() }
    }
}

/// Floating-point operations: two for each multiply-add. Norms and element-wise work are not counted, as in PyTorch's
/// `FlopCounterMode`. As `f64`, which is exact up to 2^53 and does not overflow beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flop {
    /// Of linear layers, and of convolutions of size 1.
    pub matmul: f64,
    /// Of all other convolutions.
    pub conv: f64,
    /// Of attention: scores, and sums of values.
    pub attention: f64,
}

impl Flop {
    /// All kinds.
    pub fn total(&self) -> f64 {
        self.matmul + self.conv + self.attention
    }

    fn add(&mut self, other: Self) {
        self.matmul += other.matmul;
        self.conv += other.conv;
        self.attention += other.attention;
    }

    fn times(self, factor: f64) -> Self {
        let Self { matmul, conv, attention } = self;
        Self { matmul: factor * matmul, conv: factor * conv, attention: factor * attention }
    }
}

/// What a pass costs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Operations.
    pub flop: Flop,
    /// Bytes of the weights that are read, each time they are.
    pub weight_bytes: f64,
    /// Bytes that operations read and write: activations and weights.
    pub moved_bytes: f64,
    /// Most bytes that tensors hold at a time, inputs and outputs included, weights excluded.
    pub peak_bytes: usize,
    /// Bytes that kernels add to that: the most that they and tensors hold together, less `peak_bytes`.
    pub workspace_bytes: usize,
    /// Largest buffer of one tensor, in bytes.
    pub largest_buffer_bytes: usize,
}

impl Cost {
    /// The cost of this and then of another, of which neither keeps anything that the other does not count.
    pub fn then(self, other: Self) -> Self {
        let held = |cost: &Self| cost.peak_bytes + cost.workspace_bytes;
        let larger = if held(&other) > held(&self) { other } else { self };
        Self {
            flop: Flop {
                matmul: self.flop.matmul + other.flop.matmul,
                conv: self.flop.conv + other.flop.conv,
                attention: self.flop.attention + other.flop.attention,
            },
            weight_bytes: self.weight_bytes + other.weight_bytes,
            moved_bytes: self.moved_bytes + other.moved_bytes,
            largest_buffer_bytes: self.largest_buffer_bytes.max(other.largest_buffer_bytes),
            ..larger
        }
    }

    /// The cost of this so many times, one after the other; nothing where there are none.
    pub fn times(self, count: usize) -> Self {
        if count == 0 {
            return Self::default();
        }
        let many = |value: f64| count as f64 * value;
        let Flop { matmul, conv, attention } = self.flop;
        Self {
            flop: Flop { matmul: many(matmul), conv: many(conv), attention: many(attention) },
            weight_bytes: many(self.weight_bytes),
            moved_bytes: many(self.moved_bytes),
            ..self
        }
    }
}

/// What is live now and was live at most, in bytes.
#[derive(Debug, Default)]
struct Live {
    now: Cell<usize>,
    peak: Cell<usize>,
    /// Of tensors and workspaces together.
    peak_with_workspace: Cell<usize>,
}

impl Live {
    fn add(&self, bytes: usize) {
        self.now.set(self.now.get() + bytes);
        self.peak.set(self.peak.get().max(self.now.get()));
        self.work(0);
    }

    /// A kernel runs that takes so much for itself.
    fn work(&self, bytes: usize) {
        self.peak_with_workspace.set(self.peak_with_workspace.get().max(self.now.get() + bytes));
    }

    fn remove(&self, bytes: usize) {
        self.now.set(self.now.get() - bytes);
    }
}

/// A tensor that has a shape and no values.
#[derive(Clone, Debug)]
pub struct MetaTensor {
    dims: Vec<usize>,
    memory: Rc<Memory>,
    /// Whether it is a part of its memory: no operation writes into that.
    part: bool,
    /// By what its gradient is known, where it gets one.
    node: Option<usize>,
}

#[derive(Debug)]
struct Memory {
    bytes: usize,
    live: Rc<Live>,
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.live.remove(self.bytes);
    }
}

impl MetaTensor {
    /// Its shape.
    ///
    /// # Panics
    /// When it has another number of sides: a bug of the layer.
    pub fn dims<const D: usize>(&self) -> [usize; D] {
        self.dims.as_slice().try_into().expect("a layer knows how many sides its tensors have")
    }

    /// The same memory in another shape.
    pub fn reshape(mut self, dims: &[usize]) -> Self {
        debug_assert_eq!(self.elements(), dims.iter().product::<usize>());
        self.dims = dims.to_vec();
        self
    }

    /// A part of its memory.
    pub fn part(&self, dims: &[usize]) -> Self {
        Self { dims: dims.to_vec(), memory: self.memory.clone(), part: true, node: self.node }
    }

    /// Values.
    pub fn elements(&self) -> usize {
        self.dims.iter().product()
    }

    /// Its last side.
    pub fn width(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }

    /// Whether an operation may write its result here.
    fn is_free(&self) -> bool {
        !self.part && Rc::strong_count(&self.memory) == 1
    }
}

/// A layer's weight, with its bias.
#[derive(Clone, Debug)]
pub struct Weight {
    dims: Vec<usize>,
    bytes: usize,
    /// Whether it belongs to a low-rank branch.
    is_branch: bool,
}

impl Weight {
    /// Of a parameter; where it has no values, it counts as f32.
    pub fn of<const D: usize>(weight: &Param<Tensor<D>>) -> Self {
        Self { dims: weight.lazy_shape().to_vec(), bytes: bytes_of(weight), is_branch: false }
    }

    /// Of this shape, so many bytes a value.
    pub fn sized(dims: &[usize], value_bytes: usize) -> Self {
        Self { dims: dims.to_vec(), bytes: value_bytes * dims.iter().product::<usize>(), is_branch: false }
    }

    /// As that of a low-rank branch.
    pub fn of_branch(self) -> Self {
        Self { is_branch: true, ..self }
    }

    /// With what is added to it.
    pub fn with_bias(self, bias: Option<&Param<Tensor<1>>>) -> Self {
        Self { bytes: self.bytes + bias.map_or(0, bytes_of), ..self }
    }

    /// With the bias of an f32 for each output.
    pub fn with_f32_bias(self) -> Self {
        Self { bytes: self.bytes + size_of::<f32>() * self.outputs(), ..self }
    }

    fn outputs(&self) -> usize {
        self.dims.first().copied().unwrap_or(1)
    }

    /// Outputs, inputs, and places of the kernel.
    fn sides(&self) -> [usize; 3] {
        let side = |index: usize| self.dims.get(index).copied().unwrap_or(1);
        [side(0), side(1), self.dims.iter().skip(2).product()]
    }

    /// Values that one output sums over.
    fn inner(&self) -> usize {
        self.dims.iter().skip(1).product()
    }
}

fn bytes_of<const D: usize>(param: &Param<Tensor<D>>) -> usize {
    let value = if param.is_initialized() { param.val().dtype().size() } else { size_of::<f32>() };
    value * param.lazy_shape().iter().product::<usize>()
}

/// Queries, keys and values of an attention.
#[derive(Clone, Copy, Debug)]
pub struct Heads {
    /// Heads.
    pub count: usize,
    /// Sequences whose rows lie between each other's (see
    /// [`AttentionOptions::pixels`](hummingbird_kernels::AttentionOptions::pixels)).
    pub pixels: usize,
}

/// What comes out of a matmul or a convolution.
struct Product<'a> {
    dims: &'a [usize],
    flop: Flop,
    /// Outputs of which one half is gated by the other.
    gated_from: Option<usize>,
    residual: Option<MetaTensor>,
}

/// Products of attention's backward pass for those of the forward pass: scores are computed again, and there are four others.
const ATTENTION_BACKWARD: f64 = 2.5;

/// Records the operations of a pass.
#[derive(Debug)]
pub struct Tracer {
    target: Target,
    live: Rc<Live>,
    sums: RefCell<Cost>,
    graph: RefCell<Graph>,
}

impl Tracer {
    /// A tracer that has recorded nothing.
    pub fn new(target: Target) -> Self {
        Self { target, live: Rc::default(), sums: RefCell::default(), graph: RefCell::default() }
    }

    /// What `pass` costs, with what it makes for itself as inputs.
    pub fn measure<R>(target: Target, pass: impl FnOnce(&Self) -> R) -> Cost {
        let tracer = Self::new(target);
        drop(pass(&tracer));
        tracer.cost()
    }

    /// Where the pass runs.
    pub fn target(&self) -> Target {
        self.target
    }

    /// What was recorded.
    pub fn cost(&self) -> Cost {
        let peak_bytes = self.live.peak.get();
        let workspace_bytes = self.live.peak_with_workspace.get() - peak_bytes;
        Cost { peak_bytes, workspace_bytes, ..*self.sums.borrow() }
    }

    /// A new tensor.
    pub fn tensor(&self, dims: &[usize]) -> MetaTensor {
        let bytes = dims.iter().product::<usize>() * self.target.element_bytes;
        self.live.add(bytes);
        let mut sums = self.sums.borrow_mut();
        sums.largest_buffer_bytes = sums.largest_buffer_bytes.max(bytes);
        let memory = Rc::new(Memory { bytes, live: self.live.clone() });
        MetaTensor { dims: dims.to_vec(), memory, part: false, node: None }
    }

    /// Parts of a pass that may run at the same time: all of them are taken to be at their largest at once.
    pub fn parallel<I, O>(&self, parts: impl IntoIterator<Item = I>, mut run: impl FnMut(I) -> O) -> Vec<O> {
        let Live { now, peak, peak_with_workspace } = &*self.live;
        let (start, before) = (now.get(), [peak.get(), peak_with_workspace.get()]);
        let mut most = [start; 2];
        let mut outputs = Vec::new();
        for part in parts {
            let live = now.get();
            peak.set(live);
            peak_with_workspace.set(live);
            outputs.push(run(part));
            most = [most[0] + peak.get() - live, most[1] + peak_with_workspace.get() - live];
        }
        peak.set(before[0].max(most[0]));
        peak_with_workspace.set(before[1].max(most[1]));
        outputs
    }

    /// `count` parts that are alike and run one after the other; nothing is left of them but what the last one gives.
    pub fn repeat<O>(&self, count: usize, run: impl FnOnce() -> O) -> O {
        let before = *self.sums.borrow();
        let output = run();
        let after = *self.sums.borrow();
        let more = count.saturating_sub(1) as f64;
        let grow = |before: f64, after: f64| after + more * (after - before);
        *self.sums.borrow_mut() = Cost {
            flop: Flop {
                matmul: grow(before.flop.matmul, after.flop.matmul),
                conv: grow(before.flop.conv, after.flop.conv),
                attention: grow(before.flop.attention, after.flop.attention),
            },
            weight_bytes: grow(before.weight_bytes, after.weight_bytes),
            moved_bytes: grow(before.moved_bytes, after.moved_bytes),
            ..after
        };
        output
    }

    /// An operation reads and writes so many values of activations.
    fn moves(&self, values: usize) {
        self.sums.borrow_mut().moved_bytes += (values as f64) * self.target.element_bytes as f64;
    }

    /// An operation reads parameters of so many bytes.
    pub fn reads_weight(&self, bytes: usize) {
        let mut sums = self.sums.borrow_mut();
        sums.weight_bytes += bytes as f64;
        sums.moved_bytes += bytes as f64;
    }

    /// A copy in another order.
    pub fn copy(&self, x: MetaTensor) -> MetaTensor {
        let y = self.tensor(&x.dims);
        self.moves(2 * x.elements());
        let walk = self.walk(&[&x]);
        drop(x);
        self.noted(y, walk)
    }

    /// Sums over the last side or over a kernel's pixels, with what is added to them.
    fn product(&self, x: MetaTensor, weight: &Weight, made: Product<'_>) -> MetaTensor {
        self.sums.borrow_mut().flop.add(made.flop);
        if self.is_recording() {
            return self.noted_product(x, weight, made);
        }
        let Product { dims, gated_from, residual, .. } = made;
        let y = self.tensor(dims);
        if self.target.on_host {
            let packed = workspace::packed_weight_bytes(weight.inner(), y.width(), gated_from.is_some());
            self.live.work(packed);
        }
        self.moves(x.elements() + y.elements() + residual.as_ref().map_or(0, MetaTensor::elements));
        self.reads_weight(weight.bytes);
        drop((x, residual));
        y
    }

    /// The same where a backward pass follows: what follows the bias is done by operations of their own.
    fn noted_product(
        &self,
        x: MetaTensor,
        weight: &Weight,
        Product { dims, flop, gated_from, residual }: Product<'_>,
    ) -> MetaTensor {
        let mut whole = dims.to_vec();
        if let (Some(last), Some(outputs)) = (whole.last_mut(), gated_from) {
            *last = outputs;
        }
        let y = self.tensor(&whole);
        let is_trained = self.is_trained(weight);
        let mut walk = self.walk(&[&x]);
        if self.target.on_host {
            self.live.work(workspace::packed_weight_bytes(weight.inner(), y.width(), false));
            let [outputs, inputs, taps] = weight.sides();
            let adjoint = workspace::packed_weight_bytes(outputs * taps, inputs, false);
            // The gradient of a weight is put together from parts.
            walk.workspace = if is_trained { adjoint.max(weight.bytes) } else { adjoint };
        }
        self.moves(x.elements() + y.elements());
        self.reads_weight(weight.bytes);
        walk.flop = flop.times((u8::from(walk.has_inputs()) + u8::from(is_trained)).into());
        if is_trained {
            walk.weight_bytes = weight.bytes;
            walk.state.push(x);
        } else {
            drop(x);
        }
        let y = self.noted(y, walk);
        let y = if gated_from.is_some() { self.gated(y) } else { y };
        match residual {
            Some(residual) => self.both(y, residual),
            None => y,
        }
    }

    /// `[.., inputs] -> [.., outputs]`, plus `residual`.
    pub fn matmul(&self, x: MetaTensor, weight: &Weight, residual: Option<MetaTensor>) -> MetaTensor {
        self.matmul_with(x, weight, weight.outputs(), residual)
    }

    /// A matmul to twice as many outputs, one half gated by the other: nothing of that size is ever there.
    pub fn geglu(&self, x: MetaTensor, weight: &Weight) -> MetaTensor {
        self.matmul_with(x, weight, weight.outputs() / 2, None)
    }

    fn matmul_with(&self, x: MetaTensor, weight: &Weight, outputs: usize, residual: Option<MetaTensor>) -> MetaTensor {
        let rows = x.elements() as f64 / x.width().max(1) as f64;
        let matmul = 2.0 * rows * weight.inner() as f64 * weight.outputs() as f64;
        let mut dims = x.dims.clone();
        if let Some(last) = dims.last_mut() {
            *last = outputs;
        }
        let gated_from = (outputs != weight.outputs()).then(|| weight.outputs());
        self.product(x, weight, Product { dims: &dims, flop: Flop { matmul, ..Flop::default() }, gated_from, residual })
    }

    /// A convolution of `[images, height, width, inputs]`, plus `residual`; `weight` is `[outputs, inputs, height, width]`.
    pub fn conv2d(
        &self,
        x: MetaTensor,
        weight: &Weight,
        options: ConvOptions,
        residual: Option<MetaTensor>,
    ) -> MetaTensor {
        let [images, height, width, _] = x.dims();
        let [top, bottom, left, right] = options.padding;
        let side =
            |image: usize, padding: usize, kernel: usize| (image + padding).saturating_sub(kernel) / options.stride + 1;
        let kernel = |side: usize| weight.dims.get(side).copied().unwrap_or(1);
        let [height, width] = options.image([height, width]);
        let dims =
            [images, side(height, top + bottom, kernel(2)), side(width, left + right, kernel(3)), weight.outputs()];
        let values = dims.iter().map(|&side| side as f64).product::<f64>();
        let flop = Flop { conv: 2.0 * values * weight.inner() as f64, ..Flop::default() };
        self.product(x, weight, Product { dims: &dims, flop, gated_from: None, residual })
    }

    /// A norm of either kind, with its activation and `channels` scales and shifts.
    pub fn norm(&self, x: MetaTensor, channels: usize) -> MetaTensor {
        self.reads_weight(2 * channels * size_of::<f32>());
        if !self.is_recording() {
            return self.copy(x);
        }
        let y = self.tensor(&x.dims);
        self.moves(2 * x.elements());
        let mut walk = self.walk(&[&x]);
        walk.state.push(x);
        self.noted(y, walk)
    }

    /// An operation on each value.
    pub fn each_value(&self, x: MetaTensor) -> MetaTensor {
        if x.is_free() && (!self.is_recording() || x.node.is_none()) {
            self.moves(2 * x.elements());
            x
        } else {
            self.activated(self.copy(x))
        }
    }

    /// An operation on each value whose gradient needs nothing of it.
    pub fn scaled(&self, x: MetaTensor) -> MetaTensor {
        if x.is_free() {
            self.moves(2 * x.elements());
            x
        } else {
            self.copy(x)
        }
    }

    /// An operation on two tensors, the second of which may be smaller and is repeated then.
    pub fn both(&self, a: MetaTensor, b: MetaTensor) -> MetaTensor {
        self.moves(2 * a.elements() + b.elements());
        let mut walk = self.walk(&[&a, &b]);
        walk.way = Way::Shared;
        let y = match (a.is_free(), b.is_free() && a.elements() == b.elements()) {
            (true, _) => a,
            (_, true) => b,
            _ => {
                let y = self.tensor(&a.dims);
                drop((a, b));
                y
            }
        };
        self.noted(y, walk)
    }

    /// Two tensors behind each other in their last side.
    pub fn cat(&self, a: MetaTensor, b: MetaTensor) -> MetaTensor {
        let mut dims = a.dims.clone();
        if let Some(last) = dims.last_mut() {
            *last += b.width();
        }
        let y = self.tensor(&dims);
        self.moves(2 * y.elements());
        let walk = self.walk(&[&a, &b]);
        drop((a, b));
        self.noted(y, walk)
    }

    /// Tensors behind each other in their first side.
    pub fn joined(&self, parts: Vec<MetaTensor>) -> MetaTensor {
        let mut dims = parts.first().map(|part| part.dims.clone()).unwrap_or_default();
        if let Some(first) = dims.first_mut() {
            *first = parts.iter().map(|part| part.dims[0]).sum();
        }
        let y = self.tensor(&dims);
        self.moves(2 * y.elements());
        let walk = self.walk(&parts.iter().collect::<Vec<_>>());
        drop(parts);
        self.noted(y, walk)
    }

    /// Means over neighbours: `dims` has as many values as are left.
    pub fn mean(&self, x: MetaTensor, dims: &[usize]) -> MetaTensor {
        let y = self.tensor(dims);
        self.moves(x.elements() + y.elements());
        let walk = self.walk(&[&x]);
        drop(x);
        self.noted(y, walk)
    }

    /// Attention: queries of `[batch, queries * pixels, width]`, keys and values of `[batch, keys * pixels, width]`.
    pub fn attention(&self, q: MetaTensor, k: MetaTensor, v: MetaTensor, heads: Heads) -> MetaTensor {
        let ([batch, queries, width], [_, keys, _]) = (q.dims(), k.dims());
        let keys = keys / heads.pixels.max(1);
        let flop = Flop { attention: 4.0 * (batch * queries) as f64 * keys as f64 * width as f64, ..Flop::default() };
        self.sums.borrow_mut().flop.add(flop);
        let mut walk = self.walk(&[&q, &k, &v]);
        if self.is_recording() && walk.has_inputs() {
            walk.state = vec![q.clone(), k.clone(), v.clone()];
        }
        // Parts of a projection are copied first.
        let [q, k, v] = [q, k, v].map(|x| if x.part { self.copy(x) } else { x });
        let y = self.tensor(&[batch, queries, width]);
        self.moves(q.elements() + k.elements() + v.elements() + y.elements());
        if self.target.on_host {
            let count = heads.count.max(1);
            let threads = workspace::attention_bytes(keys, count, width / count) * self.target.threads;
            self.live.work(threads);
            walk.workspace = threads;
        }
        if !walk.state.is_empty() {
            // Its output, and the sums that its softmax divided by.
            walk.state.extend([y.clone(), self.tensor(&[batch, queries, heads.count])]);
            walk.flop = flop.times(ATTENTION_BACKWARD);
        }
        drop((q, k, v));
        self.noted(y, walk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_with_its_last_handle_and_is_written_again_where_it_can_be() {
        let tracer = Tracer::new(Target::gpu());
        let live = || tracer.live.now.get();
        let [narrow, wide] = [[50, 100], [100, 50]].map(|dims| Weight::sized(&dims, 4));
        let x = tracer.tensor(&[10, 100]);
        let residual = x.clone();
        let y = tracer.matmul(x, &narrow, None);
        assert_eq!(live(), 4 * 1500, "the residual keeps the input");
        let y = tracer.matmul(y, &wide, None);
        assert_eq!((live(), tracer.cost().peak_bytes), (4 * 2000, 4 * 2500));
        let sum = tracer.both(residual.clone(), y);
        assert_eq!(live(), 4 * 2000, "the second summand takes the sum");
        drop(residual);
        let part = sum.part(&[10, 50]);
        drop(sum);
        assert_eq!(live(), 4 * 1000, "a part keeps all of its memory");
        let changed = tracer.each_value(part);
        assert_eq!(live(), 4 * 500, "and is not written into");
        assert_eq!(live(), 4 * changed.elements());
        drop(changed);
        assert_eq!((live(), tracer.cost().largest_buffer_bytes), (0, 4000));
    }

    #[test]
    fn parallel_parts_are_all_at_their_largest_at_once_and_repeated_ones_are_not() {
        let tracer = Tracer::new(Target::gpu());
        let weight = Weight::sized(&[30, 10], 4);
        let shared = tracer.tensor(&[5, 10]);
        let outputs = tracer.parallel(0..3, |_| {
            let copy = tracer.copy(shared.clone());
            tracer.matmul(copy, &weight, None)
        });
        let cost = tracer.cost();
        assert_eq!(cost.peak_bytes, 4 * (50 + 3 * (50 + 150)));
        assert_eq!(cost.flop.total(), 3.0 * 2.0 * 5.0 * 10.0 * 30.0);
        drop(outputs);
        let once = Tracer::measure(Target::gpu(), |tracer| tracer.matmul(tracer.tensor(&[5, 10]), &weight, None));
        let often = Tracer::measure(Target::gpu(), |tracer| {
            tracer.repeat(4, || tracer.matmul(tracer.tensor(&[5, 10]), &weight, None))
        });
        assert_eq!(often, once.times(4));
        assert_eq!(once.then(once), once.times(2));
        assert_eq!((once.moved_bytes, once.weight_bytes), (4.0 * (50.0 + 300.0 + 150.0), 4.0 * 300.0));
    }
}
