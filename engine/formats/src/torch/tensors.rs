//! From the values of a pickle to tensors: storages, the functions that rebuild tensors, and their arguments.

use crate::fault::{Fault, StorageFault, TensorFault};
use std::collections::HashMap;
use std::ops::Range;

use safetensors::Dtype;

use super::brief;
use super::classes::Meaning;
use super::value::{Graph, Node, NodeId};
use crate::stored::{FormatError, MAX_DIMENSIONS, StoredTensor};

/// Most functions around one tensor: a parameter of a subclass has three.
const MAX_WRAPPINGS: usize = 8;

/// What a pickle says of a storage.
#[derive(Clone, Copy, Debug)]
pub(super) struct StorageRef<'g> {
    pub(super) key: &'g str,
    /// Number format; without one, elements are bytes.
    pub(super) dtype: Option<Dtype>,
    /// Number of elements.
    pub(super) count: u64,
    /// A piece of the storage, as first element and number of elements.
    piece: Option<(u64, u64)>,
}

impl StorageRef<'_> {
    fn element_bytes(&self) -> u64 {
        self.dtype.map_or(1, |dtype| (dtype.bitsize() / 8) as u64)
    }

    /// Bytes of all elements.
    pub(super) fn byte_len(&self) -> Option<u64> {
        self.count.checked_mul(self.element_bytes())
    }

    /// The bytes of the file that the storage, or its piece, takes of the `whole`.
    fn within(&self, whole: &Range<u64>) -> Option<Range<u64>> {
        let end = whole.start.checked_add(self.byte_len()?).filter(|&end| end <= whole.end)?;
        let Some((first, count)) = self.piece else { return Some(whole.start..end) };
        let start = whole.start.checked_add(first.checked_mul(self.element_bytes())?)?;
        let piece_end = start.checked_add(count.checked_mul(self.element_bytes())?)?;
        (piece_end <= end).then_some(start..piece_end)
    }
}

/// The storage that a persistent id names; `None` when it names something else.
///
/// # Errors
/// `Damaged` or `Foreign` when it is a storage that cannot be.
pub(super) fn storage<'g>(graph: &'g Graph<'_>, id: NodeId) -> Result<Option<StorageRef<'g>>, FormatError> {
    let damaged = |fault: StorageFault| FormatError::Damaged(Fault::Storage { fault }.into());
    let fields = graph.items(id).unwrap_or_default();
    let Some((_, fields)) = fields.split_first().filter(|(tag, _)| graph.text(**tag) == Some("storage")) else {
        return Ok(None);
    };
    let &[class, key, _device, count, ref view @ ..] = fields else {
        return Err(damaged(StorageFault::TooFewValues));
    };
    let Some(Meaning::Storage(dtype)) = graph.meaning(class) else {
        let (module, name) = graph.global(class).ok_or_else(|| damaged(StorageFault::NoClass))?;
        return Err(FormatError::Foreign(Fault::StorageKind { kind: brief(&format!("{module}.{name}")) }.into()));
    };
    let key = graph.text(key).ok_or_else(|| damaged(StorageFault::NoName))?;
    let count = graph.count(count).ok_or_else(|| damaged(StorageFault::NoSize))?;
    let view = view.first().filter(|&&view| !matches!(graph.node(view), Node::Nothing));
    let piece = match view.map(|&view| graph.items(view).unwrap_or_default()) {
        None => None,
        Some(&[_, first, count]) => {
            graph.count(first).zip(graph.count(count)).map(Some).ok_or_else(|| damaged(StorageFault::NoSize))?
        }
        Some(_) => return Err(damaged(StorageFault::PieceOfNothing)),
    };
    Ok(Some(StorageRef { key, dtype, count, piece }))
}

/// Makes tensors of values.
pub(super) struct TensorReader<'g> {
    graph: &'g Graph<'g>,
    storages: &'g HashMap<String, Range<u64>>,
}

impl<'g> TensorReader<'g> {
    pub(super) fn new(graph: &'g Graph<'g>, storages: &'g HashMap<String, Range<u64>>) -> Self {
        Self { graph, storages }
    }

    /// Function and arguments that make the tensor, without parameter and subclass around it; `None` when it is no tensor.
    fn unwrapped(&self, id: NodeId) -> Option<(Meaning, &'g [NodeId])> {
        let Node::Object { mut callable, mut args, .. } = *self.graph.node(id) else { return None };
        for _ in 0..MAX_WRAPPINGS {
            let items = self.graph.items(args).unwrap_or_default();
            match self.graph.meaning(callable)? {
                meaning @ (Meaning::Tensor | Meaning::UntypedTensor) => return Some((meaning, items)),
                Meaning::TensorOfClass => [callable, args] = [*items.first()?, *items.get(2)?],
                Meaning::Parameter => {
                    let Node::Object { callable: inner, args: inner_args, .. } = *self.graph.node(*items.first()?)
                    else {
                        return None;
                    };
                    [callable, args] = [inner, inner_args];
                }
                _ => return None,
            }
        }
        None
    }

    /// Whether a value is a tensor or a parameter, of whatever kind.
    pub(super) fn is_tensor(&self, id: NodeId) -> bool {
        self.unwrapped(id).is_some() || self.unknown_kind(id).is_some()
    }

    /// The function of `torch` that makes a tensor of a kind that is not read.
    fn unknown_kind(&self, id: NodeId) -> Option<String> {
        let Node::Object { callable, args, .. } = *self.graph.node(id) else { return None };
        if self.graph.meaning(callable) == Some(Meaning::Parameter) {
            let inner = *self.graph.items(args)?.first()?;
            let Node::Object { callable, .. } = *self.graph.node(inner) else { return None };
            return self.rebuilder(callable);
        }
        self.rebuilder(callable)
    }

    fn rebuilder(&self, callable: NodeId) -> Option<String> {
        let (module, name) = self.graph.global(callable)?;
        let is_known = self.graph.meaning(callable).is_some();
        let rebuilds = module.starts_with("torch.") && name.starts_with("_rebuild_");
        (rebuilds && !is_known).then(|| format!("{module}.{name}"))
    }

    /// The tensor called `name` that a value is; `None` when it is no tensor.
    ///
    /// # Errors
    /// `Damaged` or `Foreign` when it is a tensor that cannot be read.
    pub(super) fn tensor(&self, id: NodeId, name: String) -> Result<Option<StoredTensor>, FormatError> {
        let Some((meaning, args)) = self.unwrapped(id) else {
            let Some(kind) = self.unknown_kind(id) else { return Ok(None) };
            return Err(FormatError::Foreign(Fault::TensorKind { name: brief(&name), kind: brief(&kind) }.into()));
        };
        let of = |fault: TensorFault| Fault::Tensor { name: brief(&name), fault }.into();
        let damaged = |fault: TensorFault| FormatError::Damaged(of(fault));
        let &[storage_id, offset, sizes, strides, ref more @ ..] = args else {
            return Err(damaged(TensorFault::TooFewValues));
        };
        let Node::Persistent(persistent) = *self.graph.node(storage_id) else {
            return Err(damaged(TensorFault::NoStorage));
        };
        let storage = storage(self.graph, persistent)?.ok_or_else(|| damaged(TensorFault::NoStorage))?;
        let dtype = match (meaning, storage.dtype) {
            (Meaning::Tensor, Some(dtype)) => dtype,
            (Meaning::UntypedTensor, _) => match more.get(2).map(|&format| (format, self.graph.meaning(format))) {
                Some((_, Some(Meaning::NumberFormat(dtype)))) => dtype,
                Some((format, _)) => {
                    let (module, format) = self.graph.global(format).unwrap_or_default();
                    let format = brief(&format!("{module}.{format}"));
                    return Err(FormatError::Foreign(of(TensorFault::NumberFormat { format })));
                }
                None => return Err(damaged(TensorFault::NoNumberFormat)),
            },
            _ => return Err(damaged(TensorFault::NoNumberFormat)),
        };
        let place = self.storages.get(storage.key);
        let place = place.ok_or_else(|| damaged(TensorFault::StorageMissing { key: brief(storage.key) }))?;
        let range = storage.within(place).ok_or_else(|| damaged(TensorFault::StorageTooLarge))?;
        let offset = self.graph.count(offset).ok_or_else(|| damaged(TensorFault::NoOffset))?;
        let sizes = self.sides(sizes).ok_or_else(|| damaged(TensorFault::NoShape))?;
        let strides = self.sides(strides).ok_or_else(|| damaged(TensorFault::NoStrides))?;
        StoredTensor::view(name, dtype, sizes, strides, range, offset).map(Some)
    }

    /// Sizes or strides: a tuple, a list, or a `torch.Size` of one.
    fn sides(&self, id: NodeId) -> Option<Vec<usize>> {
        let mut items = self.graph.items(id);
        if let Node::Object { callable, args, .. } = *self.graph.node(id)
            && self.graph.meaning(callable) == Some(Meaning::Size)
        {
            items = self.graph.items(*self.graph.items(args)?.first()?);
        }
        let items = items.filter(|items| items.len() <= MAX_DIMENSIONS)?;
        items.iter().map(|&side| usize::try_from(self.graph.count(side)?).ok()).collect()
    }
}
