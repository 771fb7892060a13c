//! Cost of training passes: what a forward pass keeps for its backward pass, and the backward pass itself.
//!
//! While a mode that trains is in force ([`Tracer::within`]), operations on tensors with gradients note what they keep, in the order
//! of burn's autodiff; [`Tracer::backward`] goes back through these notes as autodiff goes through its graph, and gives every
//! tensor a gradient for as long as it lives. Blocks that are computed again ([`crate::recompute`]) are traced apart: what is
//! inside them counts when they run, and no longer.

use std::collections::HashMap;

use super::{Flop, MetaTensor, Tracer, Weight};
use crate::dropout::{DropoutRates, Site};

/// Whose weights a pass trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trained {
    /// All of its network's.
    All,
    /// Low-rank branches alone.
    Branches,
    /// None: gradients only go through.
    Nothing,
}

/// How passes are computed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mode {
    /// Whose weights get gradients; `None`: nothing is kept for a backward pass.
    pub trained: Option<Trained>,
    /// Whether blocks are computed again in the backward pass.
    pub recompute: bool,
    /// What is dropped.
    pub dropout: DropoutRates,
}

/// What is noted of passes that train.
#[derive(Debug, Default)]
pub(super) struct Graph {
    mode: Mode,
    nodes: usize,
    steps: Vec<Step>,
    /// Gradients of weights, which stay.
    weights: Vec<MetaTensor>,
}

/// An operation that its backward pass comes back to.
#[derive(Debug)]
struct Step {
    output: usize,
    walk: Walk,
}

/// What the backward pass of an operation needs and makes.
#[derive(Debug, Default)]
pub(super) struct Walk {
    inputs: Vec<Input>,
    /// What is kept for it.
    pub state: Vec<MetaTensor>,
    /// How the inputs' gradients come about.
    pub way: Way,
    /// Bytes of the gradients of weights.
    pub weight_bytes: usize,
    /// Bytes that it takes beside that while it runs.
    pub workspace: usize,
    /// Its operations.
    pub flop: Flop,
}

/// How the gradients of an operation's inputs come about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// They are tensors of their own.
    #[default]
    Made,
    /// They are the output's own.
    Shared,
    /// They are left of a block that is computed again; all of that is its workspace.
    Again,
}

/// A tensor that gets a gradient.
#[derive(Debug)]
struct Input {
    node: usize,
    bytes: usize,
    /// Bytes of the tensor that it is a part of.
    whole: Option<usize>,
}

impl Walk {
    /// Whether it goes on.
    pub fn has_inputs(&self) -> bool {
        !self.inputs.is_empty()
    }
}

impl Tracer {
    /// Runs passes in another mode.
    pub fn within<R>(&self, mode: Mode, run: impl FnOnce() -> R) -> R {
        let before = std::mem::replace(&mut self.graph.borrow_mut().mode, mode);
        let result = run();
        self.graph.borrow_mut().mode = before;
        result
    }

    fn mode(&self) -> Mode {
        self.graph.borrow().mode
    }

    /// Whether operations keep what a backward pass needs.
    pub(super) fn is_recording(&self) -> bool {
        self.mode().trained.is_some()
    }

    /// Whether a weight gets a gradient.
    pub(super) fn is_trained(&self, weight: &Weight) -> bool {
        match self.mode().trained {
            Some(Trained::All) => true,
            Some(Trained::Branches) => weight.is_branch,
            Some(Trained::Nothing) | None => false,
        }
    }

    /// Whether a backward pass goes to `x`.
    pub fn keeps(&self, x: &MetaTensor) -> bool {
        self.is_recording() && x.node.is_some()
    }

    /// Whether blocks are computed again in the backward pass.
    pub fn computes_again(&self) -> bool {
        self.is_recording() && self.mode().recompute
    }

    /// `x` as something that a gradient is wanted of.
    pub fn leaf(&self, x: MetaTensor) -> MetaTensor {
        let mut graph = self.graph.borrow_mut();
        graph.nodes += 1;
        MetaTensor { node: Some(graph.nodes), ..x }
    }

    /// A backward pass that goes on to these.
    pub(super) fn walk(&self, inputs: &[&MetaTensor]) -> Walk {
        let input = |x: &&MetaTensor| {
            let bytes = x.elements() * self.target.element_bytes;
            Some(Input { node: x.node?, bytes, whole: x.part.then_some(x.memory.bytes) })
        };
        Walk { inputs: inputs.iter().filter_map(input).collect(), ..Walk::default() }
    }

    /// `y` with its backward pass noted, if there is something to it.
    pub(super) fn noted(&self, y: MetaTensor, walk: Walk) -> MetaTensor {
        if !self.is_recording() || walk.inputs.is_empty() && walk.weight_bytes == 0 {
            return MetaTensor { node: None, ..y };
        }
        let y = self.leaf(y);
        if let Some(output) = y.node {
            self.graph.borrow_mut().steps.push(Step { output, walk });
        }
        y
    }

    /// What dropout leaves of `x`.
    pub fn dropout(&self, site: Site, x: MetaTensor) -> MetaTensor {
        if self.mode().dropout.of(site) <= 0.0 {
            return x;
        }
        let factors = self.tensor(&x.dims);
        let y = self.tensor(&x.dims);
        self.moves(3 * x.elements());
        let mut walk = self.walk(&[&x]);
        walk.state.push(factors);
        drop(x);
        self.noted(y, walk)
    }

    /// Whether something is dropped at `site`.
    pub fn drops(&self, site: Site) -> bool {
        self.mode().dropout.of(site) > 0.0
    }

    /// A tensor of some of the values of `x`, or of these among others.
    pub fn gathered(&self, x: MetaTensor, dims: &[usize]) -> MetaTensor {
        let y = self.tensor(dims);
        let walk = self.walk(&[&x]);
        drop(x);
        self.noted(y, walk)
    }

    /// Rows of a table.
    pub fn rows_of(&self, table: &Weight, dims: &[usize]) -> MetaTensor {
        let y = self.tensor(dims);
        let mut walk = self.walk(&[]);
        if self.is_trained(table) {
            walk.weight_bytes = table.bytes;
        }
        self.noted(y, walk)
    }

    /// Two tensors multiplied value by value; both are kept where both have gradients.
    pub fn times(&self, a: MetaTensor, b: MetaTensor) -> MetaTensor {
        if !self.is_recording() {
            return self.both(a, b);
        }
        let y = self.tensor(&a.dims);
        self.moves(3 * a.elements());
        let mut walk = self.walk(&[&a, &b]);
        walk.state = vec![a, b];
        self.noted(y, walk)
    }

    /// A function of each value whose gradient needs what went in: in place only where nothing is kept.
    pub fn activated(&self, x: MetaTensor) -> MetaTensor {
        if !self.is_recording() || x.node.is_none() {
            return x;
        }
        let y = self.tensor(&x.dims);
        self.moves(2 * x.elements());
        let mut walk = self.walk(&[&x]);
        walk.state.push(x);
        self.noted(y, walk)
    }

    /// A function of each value whose gradient needs what came out, as those of the sigmoid and the tanh do.
    pub fn squashed(&self, x: MetaTensor) -> MetaTensor {
        let mut walk = self.walk(&[&x]);
        let y = self.scaled(x);
        if self.is_recording() && walk.has_inputs() {
            walk.state.push(y.clone());
        }
        self.noted(y, walk)
    }

    /// One half of each row gated by the other.
    pub fn gated(&self, x: MetaTensor) -> MetaTensor {
        let mut dims = x.dims.clone();
        if let Some(last) = dims.last_mut() {
            *last /= 2;
        }
        let y = self.tensor(&dims);
        self.moves(x.elements() + y.elements());
        let mut walk = self.walk(&[&x]);
        walk.state.push(x);
        self.noted(y, walk)
    }

    /// A block of a network, which is computed again in the backward pass where the mode says so.
    pub fn block<const N: usize>(
        &self,
        inputs: [MetaTensor; N],
        run: impl Fn(&Self, [MetaTensor; N]) -> MetaTensor,
    ) -> MetaTensor {
        let mode = self.mode();
        let trains = matches!(mode.trained, Some(Trained::All | Trained::Branches));
        if !mode.recompute || !self.is_recording() || !trains && inputs.iter().all(|input| input.node.is_none()) {
            return run(self, inputs);
        }
        let fresh = |tracer: &Self| inputs.each_ref().map(|input| tracer.tensor(&input.dims));
        let before: usize = inputs.iter().map(|input| input.elements() * self.target.element_bytes).sum();
        let apart = |mode: Mode, run: &dyn Fn(&Self)| {
            let tracer = Self::new(self.target);
            tracer.within(mode, || run(&tracer));
            tracer
        };
        let shape = std::cell::RefCell::new(Vec::new());
        let forward = apart(Mode { trained: None, ..mode }, &|tracer| {
            // They are held outside of the block.
            let inputs = fresh(tracer);
            let held = inputs.to_vec();
            *shape.borrow_mut() = run(tracer, inputs).dims;
            drop(held);
        });
        let again = apart(Mode { recompute: false, ..mode }, &|tracer| {
            let inputs = fresh(tracer).map(|input| tracer.leaf(input));
            let held = inputs.to_vec();
            tracer.backward(run(tracer, inputs));
            drop(held);
        });
        let [forward_cost, again_cost] = [forward.cost(), again.cost()];
        let held = |cost: &super::Cost| (cost.peak_bytes + cost.workspace_bytes).saturating_sub(before);
        self.live.work(held(&forward_cost));
        self.count(&forward_cost);
        let y = self.tensor(&shape.into_inner());
        let mut walk = self.walk(&inputs.each_ref());
        walk.weight_bytes = again.weight_gradient_bytes();
        walk.workspace = held(&again_cost);
        walk.flop = again_cost.flop;
        walk.state = inputs.into_iter().collect();
        walk.way = Way::Again;
        self.noted(y, walk)
    }

    /// Adds the operations of a part that was traced apart.
    fn count(&self, cost: &super::Cost) {
        let mut sums = self.sums.borrow_mut();
        let all = sums.then(*cost);
        *sums = super::Cost { peak_bytes: sums.peak_bytes, workspace_bytes: sums.workspace_bytes, ..all };
    }

    /// The backward pass from `loss`: all that was noted is gone through, and the gradients of weights stay.
    pub fn backward(&self, loss: MetaTensor) {
        let mut gradients: HashMap<usize, MetaTensor> = HashMap::new();
        if let Some(node) = loss.node {
            gradients.insert(node, self.tensor(&loss.dims));
        }
        drop(loss);
        let pop = || self.graph.borrow_mut().steps.pop();
        while let Some(Step { output, walk }) = pop() {
            let Some(gradient) = gradients.remove(&output) else { continue };
            let Walk { inputs, state, way, weight_bytes, workspace, flop } = walk;
            let mut gradient = Some(gradient);
            if way == Way::Again {
                // The gradient of the output is a part of what was traced apart.
                gradient = None;
                self.live.work(workspace);
            }
            let of_input = |input: &Input| match (&gradient, way) {
                (Some(gradient), Way::Shared) => gradient.clone(),
                _ => self.bytes(input.bytes),
            };
            let made: Vec<_> = inputs.iter().map(of_input).collect();
            if weight_bytes > 0 {
                let weights = self.bytes(weight_bytes);
                self.graph.borrow_mut().weights.push(weights);
            }
            if way != Way::Again {
                self.live.work(workspace);
            }
            self.sums.borrow_mut().flop.add(flop);
            drop((gradient, state));
            for (Input { node, whole, .. }, mut made) in inputs.into_iter().zip(made) {
                if let Some(whole) = whole {
                    made = self.bytes(whole);
                }
                let sum = match gradients.remove(&node) {
                    Some(before) => self.within(Mode::default(), || self.both(made, before)),
                    None => made,
                };
                gradients.insert(node, sum);
            }
        }
    }

    /// A tensor of so many bytes.
    fn bytes(&self, bytes: usize) -> MetaTensor {
        self.tensor(&[bytes.div_ceil(self.target.element_bytes)])
    }

    /// Bytes of the gradients of all weights that backward passes went by.
    pub fn weight_gradient_bytes(&self) -> usize {
        self.graph.borrow().weights.iter().map(|weight| weight.memory.bytes).sum()
    }
}
