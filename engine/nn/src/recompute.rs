//! Activation checkpointing (Chen et al. 2016): what a block computes inside is not kept for the backward pass but computed
//! again there, from the block's inputs.
//!
//! Forward passes hand their blocks to [`block`]. Where the pass's hook has a [`Tape`], the block runs without autodiff, its
//! output becomes a leaf of a new graph, and the tape remembers how to run it again. [`Tape::backward`] goes back through the
//! graphs one after the other. A block must be a pure function of its inputs: what it drops follows from a seed
//! that comes with it ([`crate::dropout`]).

use std::sync::{Mutex, PoisonError};

use burn::module::Module;
use burn::tensor::{Gradients, Tensor};

use crate::dropout::{self, Dropout};
use crate::hook::ForwardHook;

/// The blocks of one forward pass that are computed again in its backward pass.
#[derive(Default)]
pub struct Tape {
    steps: Mutex<Vec<Box<dyn Step>>>,
}

/// Runs `run` on `inputs`, by way of the hook's tape if it has one, with the draws of the hook's dropout.
///
/// An input that several blocks take must come out of [`cut`] or out of a block, since a graph can be walked once only.
pub fn block<M, I, const D: usize>(
    hook: &dyn ForwardHook,
    module: &M,
    inputs: I,
    run: impl Fn(&M, I) -> Tensor<D> + Send + 'static,
) -> Tensor<D>
where
    M: Module + 'static,
    I: Inputs,
{
    let draws = hook.dropout().map(Dropout::next_part);
    let run = move |module: &M, inputs| dropout::within(draws, || run(module, inputs));
    match hook.tape() {
        None => run(module, inputs),
        Some(tape) => tape.block(module, inputs, run),
    }
}

/// Runs a part of a pass that is never computed again, with the draws of the hook's dropout.
pub fn part<T>(hook: &dyn ForwardHook, run: impl FnOnce() -> T) -> T {
    dropout::within(hook.dropout().map(Dropout::next_part), run)
}

/// `x` for use by several blocks: with a tape, a leaf whose gradients are summed before they go further back.
pub fn cut<const D: usize>(hook: &dyn ForwardHook, x: Tensor<D>) -> Tensor<D> {
    match hook.tape() {
        Some(tape) if x.is_tracked() => tape.cut(x),
        _ => x,
    }
}

impl Tape {
    fn block<M, I, const D: usize>(
        &self,
        module: &M,
        inputs: I,
        run: impl Fn(&M, I) -> Tensor<D> + Send + 'static,
    ) -> Tensor<D>
    where
        M: Module + 'static,
        I: Inputs,
    {
        let output = leaf(run(&module.valid(), inputs.inner()));
        let module = module.clone();
        self.push(Block { module, inputs, run, output: output.clone(), gradient: None });
        output
    }

    fn cut<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let output = leaf(x.clone().inner());
        self.push(Cut { x, output: output.clone(), gradient: None });
        output
    }

    fn push(&self, step: impl Step + 'static) {
        self.steps.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(step));
    }

    /// The backward pass from `loss`. `each` gets the gradients of one graph after the other: a parameter's gradient is the sum
    /// of what it finds in all of them.
    pub fn backward(self, loss: &Tensor<1>, each: &mut dyn FnMut(&mut Gradients)) {
        let mut steps = self.steps.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut found = |mut grads: Gradients, earlier: &mut [Box<dyn Step>]| {
            earlier.iter_mut().for_each(|step| step.collect(&mut grads));
            each(&mut grads);
        };
        found(loss.backward(), &mut steps);
        while let Some(step) = steps.pop() {
            step.back(&mut |grads| found(grads, &mut steps));
        }
    }
}

/// A place where the graph is cut.
trait Step: Send {
    /// Adds what `grads` holds of the gradient behind the cut.
    fn collect(&mut self, grads: &mut Gradients);

    /// Walks the graph before the cut; all of the gradient behind it is known. `found` gets what comes out.
    fn back(self: Box<Self>, found: &mut dyn FnMut(Gradients));
}

struct Block<M, I, R, const D: usize> {
    module: M,
    inputs: I,
    run: R,
    output: Tensor<D>,
    gradient: Option<Tensor<D>>,
}

impl<M, I, R, const D: usize> Step for Block<M, I, R, D>
where
    M: Module,
    I: Inputs,
    R: Fn(&M, I) -> Tensor<D> + Send,
{
    fn collect(&mut self, grads: &mut Gradients) {
        add(&mut self.gradient, self.output.grad_remove(grads));
    }

    fn back(self: Box<Self>, found: &mut dyn FnMut(Gradients)) {
        let Self { module, inputs, run, output, gradient } = *self;
        drop(output);
        let Some(gradient) = gradient else { return };
        let leaves = inputs.leaves();
        let again = run(&module, leaves.clone());
        let mut grads = (again * Tensor::from_inner(gradient)).sum().backward();
        let before = inputs.product(leaves, &mut grads);
        found(grads);
        if let Some(before) = before {
            found(before.backward());
        }
    }
}

struct Cut<const D: usize> {
    x: Tensor<D>,
    output: Tensor<D>,
    gradient: Option<Tensor<D>>,
}

impl<const D: usize> Step for Cut<D> {
    fn collect(&mut self, grads: &mut Gradients) {
        add(&mut self.gradient, self.output.grad_remove(grads));
    }

    fn back(self: Box<Self>, found: &mut dyn FnMut(Gradients)) {
        let Self { x, gradient, .. } = *self;
        if let Some(gradient) = gradient {
            found((x * Tensor::from_inner(gradient)).sum().backward());
        }
    }
}

/// The tensors that a block takes: one, or pairs of such, `((a, b), c)`.
pub trait Inputs: Clone + Send + 'static {
    /// The same values without autodiff.
    fn inner(&self) -> Self;

    /// The same values as leaves of a new graph.
    fn leaves(&self) -> Self;

    /// The sum of the products of all that is tracked with the gradients of its leaves: its backward pass goes on where that of
    /// the leaves ended.
    fn product(self, leaves: Self, grads: &mut Gradients) -> Option<Tensor<1>>;
}

impl<const D: usize> Inputs for Tensor<D> {
    fn inner(&self) -> Self {
        self.clone().inner()
    }

    fn leaves(&self) -> Self {
        leaf(self.clone().inner())
    }

    fn product(self, leaves: Self, grads: &mut Gradients) -> Option<Tensor<1>> {
        let gradient = leaves.grad_remove(grads)?;
        self.is_tracked().then(|| (self * Tensor::from_inner(gradient)).sum())
    }
}

impl<A: Inputs, B: Inputs> Inputs for (A, B) {
    fn inner(&self) -> Self {
        (self.0.inner(), self.1.inner())
    }

    fn leaves(&self) -> Self {
        (self.0.leaves(), self.1.leaves())
    }

    fn product(self, leaves: Self, grads: &mut Gradients) -> Option<Tensor<1>> {
        let parts = [self.0.product(leaves.0, grads), self.1.product(leaves.1, grads)];
        parts.into_iter().flatten().reduce(|sum, part| sum + part)
    }
}

fn leaf<const D: usize>(inner: Tensor<D>) -> Tensor<D> {
    Tensor::from_inner(inner).require_grad()
}

fn add<const D: usize>(sum: &mut Option<Tensor<D>>, more: Option<Tensor<D>>) {
    *sum = match (sum.take(), more) {
        (Some(sum), Some(more)) => Some(sum + more),
        (sum, more) => sum.or(more),
    };
}
