//! Trainable low-rank branches beside layers whose own weight stays as it is (LoRA, Hu et al. 2021): `y = W x + up(down x)`.
//!
//! A branch and not a sum `W + up down` that is formed for each step, although both give the same values: the reference drops a
//! share of what the branch adds, which a sum cannot do; the sum's gradient has the size of `W`, for every layer at once; and the
//! backward pass of the branch costs less than that gradient where the rank is small. A loader builds branches when it is told to
//! ([`ParamLoader::with_adapters`](crate::params::ParamLoader::with_adapters)); inference never does, since trained branches are
//! merged into the weights.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use hummingbird_formats::FileError;
use hummingbird_kernels::{ConvOptions, Epilogue, conv2d, matmul};

use crate::cost::{MetaTensor, Tracer, Weight};
use crate::dropout::{self, Site};
use crate::params::{Init, ParamPath};

/// Name of the first factor below a layer's name, as the reference calls it.
pub const DOWN: &str = "lora_down";
/// Name of the second factor.
pub const UP: &str = "lora_up";

/// Ranks of the branches of a network: that of the layer of a name, by its inputs and outputs; `None` where it gets none.
pub type Ranks<'a> = dyn Fn(&str, [usize; 2]) -> Option<usize> + Sync + 'a;

/// A rank for every layer, less where one has not so many inputs or outputs: what the reference trains.
pub fn at_most(rank: usize) -> impl Fn(&str, [usize; 2]) -> Option<usize> + Sync {
    move |_, [inputs, outputs]| Some(rank.min(inputs).min(outputs))
}

/// The branches that a network gets: `y = W x + scale up(down x)`.
#[derive(Clone, Copy)]
pub struct Branches<'a> {
    /// Which layers get one, and of what rank.
    pub ranks: &'a Ranks<'a>,
    /// Factor of what every branch adds: alpha divided by the rank, where there is an alpha.
    pub scale: f32,
}

impl<'a> Branches<'a> {
    /// Branches that add what they compute, as the reference's do.
    pub fn unscaled(ranks: &'a Ranks<'a>) -> Self {
        Self { ranks, scale: 1.0 }
    }
}

/// Whether a parameter belongs to a branch.
pub fn is_factor(name: &str) -> bool {
    let layer = name.strip_suffix(".weight").unwrap_or(name);
    [DOWN, UP].iter().any(|factor| layer.strip_suffix(factor).is_some_and(|layer| layer.ends_with('.')))
}

/// The layer that the factor of this name belongs to.
pub fn layer_of(name: &str) -> Option<&str> {
    let layer = name.strip_suffix(".weight")?;
    [DOWN, UP].iter().find_map(|factor| layer.strip_suffix(factor)?.strip_suffix('.'))
}

/// `down` starts normal with a deviation of `1 / rank`, `up` at zero: at first a branch adds nothing.
fn down_init(rank: usize) -> Init {
    Init::Normal { std: 1.0 / rank as f32 }
}

/// The branch of a linear layer or of a convolution of size 1.
#[derive(Module, Debug)]
pub struct LinearAdapter {
    /// `[rank, in]`
    down: Param<Tensor<2>>,
    /// `[out, rank]`
    up: Param<Tensor<2>>,
    #[module(skip)]
    scale: f32,
}

impl LinearAdapter {
    /// The branch of the layer at `path` whose weight has this shape in the reference, if its loader builds one.
    pub(crate) fn init(path: &ParamPath<'_>, reference: &[usize]) -> Result<Option<Self>, FileError> {
        let &[outputs, inputs, ref kernel @ ..] = reference else { return Ok(None) };
        let Some(rank) = path.adapter_rank([inputs, outputs]) else { return Ok(None) };
        let shape = |sides: [usize; 2]| [&sides[..], kernel].concat();
        let factor = |name, sides: [usize; 2], init| path.at(name).weight("weight", &shape(sides), sides, init);
        Ok(Some(Self {
            down: factor(DOWN, [rank, inputs], down_init(rank))?,
            up: factor(UP, [outputs, rank], Init::Zeros)?,
            scale: path.adapter_scale(),
        }))
    }

    /// # Shapes
    /// - `x`: `[.., in]`
    /// - `y` and output: `[.., out]`
    pub(crate) fn add_to<const D: usize>(&self, y: Tensor<D>, x: Tensor<D>) -> Tensor<D> {
        let low = matmul(x, self.down.val(), Epilogue::default());
        raised(y, scaled(low, self.scale), self.up.val(), Site::Adapter)
    }

    /// Cost of [`Self::add_to`].
    pub(crate) fn cost_add_to(&self, tracer: &Tracer, y: MetaTensor, x: MetaTensor) -> MetaTensor {
        let low = tracer.matmul(x, &Weight::of(&self.down).of_branch(), None);
        cost_raised(tracer, y, low, &self.up, Site::Adapter)
    }
}

/// The branch of a convolution. Its first factor has the kernel, stride and padding of the layer.
#[derive(Module, Debug)]
pub struct ConvAdapter {
    /// `[rank, in, kernel height, kernel width]`
    down: Param<Tensor<4>>,
    /// `[out, rank]`
    up: Param<Tensor<2>>,
    #[module(skip)]
    scale: f32,
    #[module(skip)]
    temporal: bool,
}

impl ConvAdapter {
    /// The branch of the layer at `path` whose weight has this shape in the reference, if its loader builds one; `kernel` is
    /// height and width here.
    pub(crate) fn init(
        path: &ParamPath<'_>,
        reference: &[usize],
        kernel: [usize; 2],
    ) -> Result<Option<Self>, FileError> {
        let &[outputs, inputs, ref sizes @ ..] = reference else { return Ok(None) };
        let Some(rank) = path.adapter_rank([inputs, outputs]) else { return Ok(None) };
        let [height, width] = kernel;
        let down = [&[rank, inputs], sizes].concat();
        let up = [&[outputs, rank], &vec![1; sizes.len()][..]].concat();
        Ok(Some(Self {
            down: path.at(DOWN).weight("weight", &down, [rank, inputs, height, width], down_init(rank))?,
            up: path.at(UP).weight("weight", &up, [outputs, rank], Init::Zeros)?,
            scale: path.adapter_scale(),
            temporal: sizes.len() == 3,
        }))
    }

    /// # Shapes
    /// - `x`: `[images, height, width, in]`
    /// - `y` and output: `[images, height', width', out]`
    pub(crate) fn add_to(&self, y: Tensor<4>, x: Tensor<4>, options: ConvOptions) -> Tensor<4> {
        let low = conv2d(x, self.down.val(), options, Epilogue::default());
        raised(y, scaled(low, self.scale), self.up.val(), self.site())
    }

    /// Cost of [`Self::add_to`].
    pub(crate) fn cost_add_to(
        &self,
        tracer: &Tracer,
        y: MetaTensor,
        x: MetaTensor,
        options: ConvOptions,
    ) -> MetaTensor {
        let low = tracer.conv2d(x, &Weight::of(&self.down).of_branch(), options, None);
        cost_raised(tracer, y, low, &self.up, self.site())
    }

    fn site(&self) -> Site {
        if self.temporal { Site::TemporalAdapter } else { Site::Adapter }
    }
}

/// Cost of [`raised`].
fn cost_raised(tracer: &Tracer, y: MetaTensor, low: MetaTensor, up: &Param<Tensor<2>>, site: Site) -> MetaTensor {
    let up = Weight::of(up).of_branch();
    if tracer.drops(site) {
        let high = tracer.matmul(low, &up, None);
        tracer.both(y, tracer.dropout(site, high))
    } else {
        tracer.matmul(low, &up, Some(y))
    }
}

/// The narrow tensor between the factors is the cheapest place for the branch's factor.
fn scaled<const D: usize>(low: Tensor<D>, scale: f32) -> Tensor<D> {
    if scale == 1.0 { low } else { low * scale }
}

/// `y` plus what dropout leaves of `up low`.
fn raised<const D: usize>(y: Tensor<D>, low: Tensor<D>, up: Tensor<2>, site: Site) -> Tensor<D> {
    if dropout::is_active(site) {
        y + dropout::apply(site, matmul(low, up, Epilogue::default()))
    } else {
        matmul(low, up, Epilogue::default().residual(y))
    }
}
