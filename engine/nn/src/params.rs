//! Parameters by the reference's names.
//!
//! A layer asks a [`ParamPath`] for its parameters by their names in the reference state dict, so that a name is written
//! once, where the layer is built; the [`ParamRegistry`] remembers it for saving. Where the values come from (a model file,
//! a seeded start, a test's rule) is behind [`ParamSource`].

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::adapter::{Branches, Ranks, is_factor};
use hummingbird_formats::FileError;
use hummingbird_kernels::{Narrowest, Q8Weight, StoredWeight, narrowest, weight_on};

/// How a parameter starts when it is not loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// Zeros: biases of norms, and last projections that must add nothing at first.
    Zeros,
    /// Ones: scales of norms.
    Ones,
    /// Uniform within `1 / sqrt(fan_in)`: PyTorch's default for linear layers and convolutions.
    Uniform {
        /// Inputs that one output sums over.
        fan_in: usize,
    },
    /// Normal with this standard deviation: embeddings.
    Normal {
        /// Standard deviation.
        std: f32,
    },
}

/// Where parameters come from.
pub trait ParamSource {
    /// The values of a parameter in the reference's layout.
    ///
    /// # Errors
    /// When the source lacks the name or has another shape.
    fn values(&self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>, FileError>;

    /// The same values in the number format in which the source keeps them, where layers compute with that: f32 or f16. A
    /// source without a format of its own leaves this as it is.
    ///
    /// # Errors
    /// As [`ParamSource::values`].
    fn stored(&self, name: &str, shape: &[usize], init: Init) -> Result<TensorData, FileError> {
        Ok(TensorData::new(self.values(name, shape, init)?, shape.to_vec()))
    }

    /// The same values in 8 bits, where the source keeps them so.
    ///
    /// # Errors
    /// As [`ParamSource::values`].
    fn q8(&self, _name: &str, _shape: &[usize]) -> Result<Option<Q8Weight>, FileError> {
        Ok(None)
    }
}

/// Parameters for tests: uniform within the bounds of [`Init::Uniform`] by name and place, so that no layer starts as nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoZeros;

impl ParamSource for NoZeros {
    fn values(&self, name: &str, shape: &[usize], _: Init) -> Result<Vec<f32>, FileError> {
        let bound = 1.0 / (shape.iter().skip(1).product::<usize>() as f32).sqrt();
        let value = |index: u64| {
            let bits = (name_hash(name) ^ index).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            (bits as f32 / (1 << 23) as f32 - 1.0) * bound
        };
        Ok((0..shape.iter().product::<usize>() as u64).map(value).collect())
    }
}

/// A parameter of a model that was built: what to call it when it is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredParam {
    /// Name in the reference state dict.
    pub name: String,
    /// Shape in the reference state dict.
    pub shape: Vec<usize>,
    /// The narrowest number format in which layers take it.
    pub narrowest: Narrowest,
    /// Whether it is in the memory of the processor whatever the device is.
    pub on_host: bool,
}

/// Names of all parameters of a model that was built.
#[derive(Clone, Debug, Default)]
pub struct ParamRegistry {
    by_id: HashMap<ParamId, RegisteredParam>,
    /// Those that are not trained although their device tracks gradients.
    frozen: HashSet<ParamId>,
}

/// Values of one parameter in the reference's layout.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Name in the reference state dict.
    pub name: String,
    /// Shape in the reference state dict.
    pub shape: Vec<usize>,
    /// Values, row-major.
    pub values: Vec<f32>,
}

impl ParamRegistry {
    /// What is known of a parameter.
    pub fn get(&self, id: ParamId) -> Option<&RegisteredParam> {
        self.by_id.get(&id)
    }

    /// All parameters, sorted by name.
    pub fn params(&self) -> Vec<&RegisteredParam> {
        let mut params: Vec<_> = self.by_id.values().collect();
        params.sort_by(|a, b| a.name.cmp(&b.name));
        params
    }

    /// All parameters with their ids, sorted by name.
    pub fn ids(&self) -> Vec<(ParamId, &RegisteredParam)> {
        let mut params: Vec<_> = self.by_id.iter().map(|(id, param)| (*id, param)).collect();
        params.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        params
    }

    /// Whether gradients of a parameter are kept, on a device that tracks them.
    pub fn is_trained(&self, id: ParamId) -> bool {
        !self.frozen.contains(&id)
    }

    /// All parameters of `module` in the reference's layout, sorted by name.
    pub fn export<M: Module>(&self, module: &M) -> Vec<NamedTensor> {
        self.export_of(module, |_| true)
    }

    /// Those parameters of `module` that are trained, sorted by name.
    pub fn export_trained<M: Module>(&self, module: &M) -> Vec<NamedTensor> {
        self.export_of(module, |id| self.is_trained(id))
    }

    fn export_of<M: Module>(&self, module: &M, takes: impl Fn(ParamId) -> bool) -> Vec<NamedTensor> {
        struct Exporter<'a, T> {
            takes: T,
            registry: &'a ParamRegistry,
            tensors: Vec<NamedTensor>,
        }
        impl<T: Fn(ParamId) -> bool> ModuleVisitor for Exporter<'_, T> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                if !(self.takes)(param.id) {
                    return;
                }
                let registered =
                    self.registry.get(param.id).expect("every parameter was built by the path of this registry");
                let values = values_of(param.val().into_data());
                self.tensors.push(NamedTensor {
                    name: registered.name.clone(),
                    shape: registered.shape.clone(),
                    values,
                });
            }
        }
        let mut exporter = Exporter { takes, registry: self, tensors: Vec::new() };
        module.visit(&mut exporter);
        exporter.tensors.sort_by(|a, b| a.name.cmp(&b.name));
        exporter.tensors
    }
}

/// The f32 values of tensor data that this crate made.
pub fn values_of(data: TensorData) -> Vec<f32> {
    data.convert::<f32>().try_to_vec().expect("the data was converted to f32")
}

/// What all paths of one model share.
pub struct ParamLoader<'a> {
    /// Without a source nothing is loaded and only the names are gathered.
    source: Option<&'a dyn ParamSource>,
    device: Device,
    registry: RefCell<ParamRegistry>,
    branches: Option<Branches<'a>>,
    /// Which parameters are trained where the device tracks gradients; without it, all of them.
    is_trained: Option<&'a (dyn Fn(&str) -> bool + 'a)>,
}

impl<'a> ParamLoader<'a> {
    /// A loader that puts parameters of `source` on `device`.
    pub fn new(source: &'a dyn ParamSource, device: &Device) -> Self {
        Self {
            source: Some(source),
            device: device.clone(),
            registry: RefCell::default(),
            branches: None,
            is_trained: None,
        }
    }

    /// The same loader, with a low-rank branch beside each layer that `ranks` gives a rank; the branches are trained and nothing
    /// else is. Their parameters come from the source too.
    pub fn with_adapters(self, ranks: &'a Ranks<'a>) -> Self {
        self.with_branches(Branches::unscaled(ranks))
    }

    /// [`Self::with_adapters`], with a factor on what they add.
    pub fn with_branches(self, branches: Branches<'a>) -> Self {
        Self { branches: Some(branches), is_trained: Some(&is_factor), ..self }
    }

    /// The same loader, of whose parameters only those are trained that are named; all others are constants to
    /// autodiff, in the number format of their source.
    pub fn training(self, is_trained: &'a (dyn Fn(&str) -> bool + 'a)) -> Self {
        Self { is_trained: Some(is_trained), ..self }
    }

    /// A loader that loads nothing: what is built has parameters without values and is only good for its
    /// [`ParamRegistry`], which says what a file must hold.
    pub fn names_only() -> ParamLoader<'static> {
        ParamLoader {
            source: None,
            device: Device::flex(),
            registry: RefCell::default(),
            branches: None,
            is_trained: None,
        }
    }

    /// The path with this prefix, for example `model.diffusion_model`; empty for the root.
    pub fn path(&self, prefix: &str) -> ParamPath<'_> {
        ParamPath { loader: self, device: self.device.clone(), on_host: false, prefix: prefix.to_owned() }
    }

    /// Not every device computes with weights that are not f32.
    fn values(
        &self,
        registered: &RegisteredParam,
        device: &Device,
        init: Init,
    ) -> Result<Option<StoredWeight>, FileError> {
        let Some(source) = self.source else { return Ok(None) };
        let RegisteredParam { name, shape, narrowest: of_layer, .. } = registered;
        let narrowest = narrowest(shape, device).max(*of_layer);
        if narrowest == Narrowest::Q8
            && let Some(weight) = source.q8(name, shape)?
        {
            return Ok(Some(StoredWeight::Q8(weight)));
        }
        Ok(Some(StoredWeight::Floats(if narrowest == Narrowest::F32 {
            TensorData::new(source.values(name, shape, init)?, shape.clone())
        } else {
            source.stored(name, shape, init)?
        })))
    }

    /// A parameter that was built before, with the values that the source has for it now.
    ///
    /// # Errors
    /// As [`ParamSource::values`].
    pub fn again<const D: usize>(
        &self,
        registered: &RegisteredParam,
        shape: [usize; D],
    ) -> Result<Param<Tensor<D>>, FileError> {
        // What the layer's start would be is of no matter: the source had the parameter before.
        let path = if registered.on_host { self.path("").on_host() } else { self.path("") };
        let values = self.values(registered, &path.device, Init::Zeros)?;
        let device = path.device.clone();
        Ok(path.register(values, shape, registered.clone(), device, true))
    }

    /// The names of everything that was built.
    pub fn into_registry(self) -> ParamRegistry {
        self.registry.into_inner()
    }
}

/// A place in the reference's tree of names.
#[derive(Clone)]
pub struct ParamPath<'a> {
    loader: &'a ParamLoader<'a>,
    device: Device,
    on_host: bool,
    prefix: String,
}

impl ParamPath<'_> {
    /// The path one or more names further down.
    pub fn at(&self, name: impl std::fmt::Display) -> Self {
        let prefix = if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) };
        Self { prefix, ..self.clone() }
    }

    /// The same place, its parameters in the memory of the processor, unless they are trained.
    pub fn on_host(&self) -> Self {
        if self.device.is_autodiff() {
            self.clone()
        } else {
            Self { device: Device::flex(), on_host: true, ..self.clone() }
        }
    }

    /// Rank of the branch beside the layer here, of so many inputs and outputs; `None` where it has none.
    pub(crate) fn adapter_rank(&self, sides: [usize; 2]) -> Option<usize> {
        (self.loader.branches?.ranks)(&self.prefix, sides)
    }

    /// Factor of what branches add.
    pub(crate) fn adapter_scale(&self) -> f32 {
        self.loader.branches.map_or(1.0, |branches| branches.scale)
    }

    /// The device that parameters are put on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A small parameter, always f32.
    pub fn param<const D: usize>(
        &self,
        name: &str,
        shape: [usize; D],
        init: Init,
    ) -> Result<Param<Tensor<D>>, FileError> {
        self.load(name, &shape, shape, init, Narrowest::F32)
    }

    /// One number, which the reference keeps without sides; always f32.
    pub fn scalar(&self, name: &str, init: Init) -> Result<Param<Tensor<1>>, FileError> {
        self.load(name, &[], [1], init, Narrowest::F32)
    }

    /// A weight, in the number format of its source where the device computes with that; its reference shape may differ from
    /// `shape` by ones.
    pub fn weight<const D: usize>(
        &self,
        name: &str,
        reference_shape: &[usize],
        shape: [usize; D],
        init: Init,
    ) -> Result<Param<Tensor<D>>, FileError> {
        self.load(name, reference_shape, shape, init, Narrowest::Q8)
    }

    /// A table whose rows are picked: a weight where the device's own operations know its number format, else f32.
    pub fn table(&self, name: &str, shape: [usize; 2], init: Init) -> Result<Param<Tensor<2>>, FileError> {
        let narrowest = if self.device().supports_dtype(DType::F16) { Narrowest::F16 } else { Narrowest::F32 };
        self.load(name, &shape, shape, init, narrowest)
    }

    fn load<const D: usize>(
        &self,
        name: &str,
        reference_shape: &[usize],
        shape: [usize; D],
        init: Init,
        narrowest: Narrowest,
    ) -> Result<Param<Tensor<D>>, FileError> {
        let registered = RegisteredParam {
            name: self.at(name).prefix,
            shape: reference_shape.to_vec(),
            narrowest,
            on_host: self.on_host,
        };
        let is_trained = self.loader.is_trained.is_none_or(|is_trained| is_trained(&registered.name));
        // What is not trained is a constant to autodiff, and then it can stay in its file's number format, where it lies.
        let device = if is_trained { self.device.clone() } else { self.device.clone().without_autodiff() };
        let values = self.loader.values(&registered, &device, init)?;
        Ok(self.register(values, shape, registered, device, is_trained))
    }

    fn register<const D: usize>(
        &self,
        values: Option<StoredWeight>,
        shape: [usize; D],
        registered: RegisteredParam,
        device: Device,
        is_trained: bool,
    ) -> Param<Tensor<D>> {
        // The id follows from the name, so that an optimiser's saved state finds its parameters in another process.
        let id = ParamId::from(name_hash(&registered.name));
        let mut registry = self.loader.registry.borrow_mut();
        registry.by_id.insert(id, registered);
        if !is_trained {
            registry.frozen.insert(id);
        }
        drop(registry);
        let Some(values) = values else {
            let zeros = move |device: &Device, _| Tensor::zeros(shape, device);
            return Param::uninitialized(id, zeros, device, false, shape.into());
        };
        let tensor = weight_on(values, shape, &device);
        let tensor = if device.is_autodiff() { tensor.require_grad() } else { tensor };
        Param::initialized(id, tensor)
    }
}

/// FNV-1a, 64 bits, of a parameter's name.
pub fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
