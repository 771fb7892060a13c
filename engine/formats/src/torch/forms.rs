//! The arrangements of a checkpoint: which of its values are weights, and by what names.

use crate::fault::Fault;
use std::collections::{BTreeSet, HashSet};

use super::brief;
use super::classes;
use super::tensors::TensorReader;
use super::value::{Graph, Node, NodeId};
use crate::stored::{Arrangement, FormatError, StoredTensor};

/// Most tensors.
pub(super) const MAX_TENSORS: usize = 1 << 16;
/// Most bytes of a tensor's name.
pub(super) const MAX_NAME_BYTES: usize = 1024;
/// Most bytes of all names together.
pub(super) const MAX_NAMES_BYTES: usize = 16 << 20;
/// Most modules inside of each other.
pub(super) const MAX_MODULE_DEPTH: usize = 64;
/// Most modules, counted once for each way that leads to them.
pub(super) const MAX_MODULES: usize = 1 << 16;
/// Most entries that are looked at in all dicts, lists and sets, each as often as it is.
pub(super) const MAX_LOOKS: usize = 1 << 23;
/// Most classes without a meaning.
pub(super) const MAX_FOREIGN_CLASSES: usize = 10_000;

/// What DeepSpeed puts before the name of every parameter.
const DEEPSPEED_PREFIX: &str = "_forward_module.";
/// What the names of the network begin with that a distillation learned from; it is no part of the model.
const TEACHER_PREFIX: &str = "teacher";

/// Finds the tensors of a checkpoint.
///
/// # Errors
/// `Foreign` when it has none, otherwise as for each tensor.
pub(super) fn tensors(
    graph: &Graph<'_>,
    reader: &TensorReader<'_>,
) -> Result<(Arrangement, Vec<StoredTensor>), FormatError> {
    let mut finder = Finder { graph, reader, kind: ModuleKind::Python, tensors: Vec::new(), names_bytes: 0, looks: 0 };
    let arrangement = finder.find()?;
    finder.check_names()?;
    Ok((arrangement, finder.tensors))
}

/// Finds the tensors of a TorchScript program: those that are attributes of its modules, under the names of a state dict. Constants
/// of its code are not among them.
///
/// # Errors
/// `Foreign` when its modules have none, otherwise as for each tensor.
pub(super) fn tensors_of_script(
    graph: &Graph<'_>,
    reader: &TensorReader<'_>,
) -> Result<(Arrangement, Vec<StoredTensor>), FormatError> {
    let mut finder = Finder { graph, reader, kind: ModuleKind::Script, tensors: Vec::new(), names_bytes: 0, looks: 0 };
    finder.modules(graph.root)?;
    finder.check_names()?;
    Ok((Arrangement::Module, finder.tensors))
}

/// Classes and functions without a meaning, sorted, each once.
///
/// # Errors
/// `Damaged` when there are too many.
pub(super) fn foreign_classes(graph: &Graph<'_>) -> Result<Vec<String>, FormatError> {
    let mut names = BTreeSet::new();
    for node in &graph.nodes {
        let Node::Global { module, name } = *node else { continue };
        let (module, name) = (graph.span(module), graph.span(name));
        let is_known = std::str::from_utf8(module)
            .ok()
            .zip(std::str::from_utf8(name).ok())
            .is_some_and(|(module, name)| classes::meaning(module, name).is_some());
        if !is_known {
            names.insert((module, name));
        }
        if names.len() > MAX_FOREIGN_CLASSES {
            return Err(FormatError::Damaged(Fault::TooManyClasses.into()));
        }
    }
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).escape_debug().to_string();
    let names: BTreeSet<_> =
        names.into_iter().map(|(module, name)| format!("{}.{}", shown(module), shown(name))).collect();
    Ok(names.into_iter().collect())
}

/// A module on the way, as its place in the list of all visits.
struct Visit {
    module: NodeId,
    /// Name in its parent, and that parent's visit.
    above: Option<(usize, NodeId)>,
    depth: usize,
}

/// Where modules keep their tensors and the modules inside of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ModuleKind {
    /// In dicts of their own, as Python's modules do.
    Python,
    /// Among all attributes.
    Script,
}

struct Finder<'g> {
    graph: &'g Graph<'g>,
    reader: &'g TensorReader<'g>,
    kind: ModuleKind,
    tensors: Vec<StoredTensor>,
    names_bytes: usize,
    looks: usize,
}

impl<'g> Finder<'g> {
    fn find(&mut self) -> Result<Arrangement, FormatError> {
        let root = self.graph.root;
        match self.graph.node(root) {
            Node::Dict(_) => self.dict(root),
            Node::List(_) | Node::Tuple(_) => self.list(root),
            Node::Object { .. } if self.is_module(root)? => {
                self.modules(root)?;
                Ok(Arrangement::Module)
            }
            Node::Object { .. } if self.reader.is_tensor(root) => Err(FormatError::Foreign(Fault::SingleTensor.into())),
            Node::Object { callable, .. } => {
                let (module, name) = self.graph.global(*callable).unwrap_or_default();
                let class = brief(&format!("{module}.{name}"));
                Err(FormatError::Foreign(Fault::NoModule { class }.into()))
            }
            _ => Err(FormatError::Foreign(Fault::NoTensors.into())),
        }
    }

    /// Notes that `count` entries are looked at.
    fn look(&mut self, count: usize) -> Result<(), FormatError> {
        self.looks = self.looks.saturating_add(count);
        if self.looks > MAX_LOOKS {
            return Err(FormatError::Damaged(Fault::TooManyReferences.into()));
        }
        Ok(())
    }

    /// Value of a dict's last entry with this key.
    fn entry(&mut self, entries: &[(NodeId, NodeId)], key: &str) -> Result<Option<NodeId>, FormatError> {
        self.look(entries.len())?;
        let entry = entries.iter().rev().find(|(entry_key, _)| self.graph.text(*entry_key) == Some(key));
        Ok(entry.map(|&(_, value)| value))
    }

    // Dicts and lists.

    fn dict(&mut self, root: NodeId) -> Result<Arrangement, FormatError> {
        let graph = self.graph;
        let entries = graph.entries(root).unwrap_or_default();
        let nested = [
            ("state_dict", Arrangement::NestedStateDict),
            ("module", Arrangement::DeepSpeed),
            ("model", Arrangement::NestedStateDict),
        ];
        for (key, arrangement) in nested {
            let inside = self.entry(entries, key)?.and_then(|value| graph.entries(value));
            if let Some(inside) = inside.filter(|inside| self.has_tensors(inside)) {
                self.state_dict(inside, arrangement)?;
                return Ok(arrangement);
            }
        }
        if self.has_tensors(entries) {
            self.state_dict(entries, Arrangement::StateDict)?;
            return Ok(Arrangement::StateDict);
        }
        let keys: Vec<_> = entries.iter().filter_map(|(key, _)| graph.text(*key)).take(5).map(brief).collect();
        let fault = if keys.is_empty() { Fault::EmptyDict } else { Fault::NoTensorsUnder { keys } };
        Err(FormatError::Foreign(fault.into()))
    }

    fn has_tensors(&self, entries: &[(NodeId, NodeId)]) -> bool {
        entries.iter().any(|&(_, value)| self.reader.is_tensor(value))
    }

    fn state_dict(&mut self, entries: &[(NodeId, NodeId)], arrangement: Arrangement) -> Result<(), FormatError> {
        self.look(entries.len())?;
        for &(key, value) in entries {
            if !self.reader.is_tensor(value) {
                continue;
            }
            let name = self.graph.text(key);
            let mut name = name.ok_or_else(|| FormatError::Damaged(Fault::TensorNameNoText.into()))?;
            if arrangement == Arrangement::DeepSpeed {
                name = name.strip_prefix(DEEPSPEED_PREFIX).unwrap_or(name);
                if name.starts_with(TEACHER_PREFIX) {
                    continue;
                }
            }
            self.add(value, &[name])?;
        }
        Ok(())
    }

    fn list(&mut self, root: NodeId) -> Result<Arrangement, FormatError> {
        let items = self.graph.items(root).unwrap_or_default();
        if items.is_empty() || !items.iter().all(|&item| self.reader.is_tensor(item)) {
            return Err(FormatError::Foreign(Fault::ListOfOthers.into()));
        }
        for (index, &item) in items.iter().enumerate() {
            self.add(item, &[&index.to_string()])?;
        }
        Ok(Arrangement::List)
    }

    // Modules.

    fn is_module(&mut self, id: NodeId) -> Result<bool, FormatError> {
        let Some(attributes) = self.graph.attributes(id) else { return Ok(false) };
        Ok(self.entry(attributes, "_modules")?.is_some() && self.entry(attributes, "_parameters")?.is_some())
    }

    /// Walks through a module as `state_dict()` does: parameters, buffers, then the modules inside, in their order.
    fn modules(&mut self, root: NodeId) -> Result<(), FormatError> {
        let graph = self.graph;
        let mut visits = vec![Visit { module: root, above: None, depth: 0 }];
        let mut waiting = vec![0];
        while let Some(current) = waiting.pop() {
            let Some(&Visit { module, depth, .. }) = visits.get(current) else { break };
            let attributes = graph.attributes(module).unwrap_or_default();
            let prefix = path(graph, &visits, current);
            let prefix: Vec<&str> = prefix.iter().flat_map(|&name| [name, "."]).collect();
            let inside = match self.kind {
                ModuleKind::Python => self.parts_of_module(attributes, &prefix)?,
                ModuleKind::Script => {
                    self.tensors_of_module(attributes, &HashSet::new(), &prefix)?;
                    attributes
                }
            };
            self.look(inside.len())?;
            let first = visits.len();
            for &(key, module) in inside {
                if !matches!(graph.node(module), Node::Object { .. }) || self.reader.is_tensor(module) {
                    continue;
                }
                if visits.len() >= MAX_MODULES || depth >= MAX_MODULE_DEPTH {
                    return Err(FormatError::Damaged(Fault::TooManyModules.into()));
                }
                visits.push(Visit { module, above: Some((current, key)), depth: depth + 1 });
            }
            waiting.extend((first..visits.len()).rev());
        }
        match (self.tensors.is_empty(), self.kind) {
            (false, _) => Ok(()),
            (true, ModuleKind::Python) => Err(FormatError::Foreign(Fault::EmptyModule.into())),
            (true, ModuleKind::Script) => Err(FormatError::Foreign(Fault::TorchScript.into())),
        }
    }

    /// Tensors of one of Python's modules; gives the modules inside.
    fn parts_of_module(
        &mut self,
        attributes: &[(NodeId, NodeId)],
        prefix: &[&str],
    ) -> Result<&'g [(NodeId, NodeId)], FormatError> {
        let graph = self.graph;
        let [parameters, buffers, passing, modules] =
            ["_parameters", "_buffers", "_non_persistent_buffers_set", "_modules"]
                .map(|key| self.entry(attributes, key));
        let entries = |dict: Option<NodeId>| dict.and_then(|dict| graph.entries(dict)).unwrap_or_default();
        self.tensors_of_module(entries(parameters?), &HashSet::new(), prefix)?;
        let passing = passing?.and_then(|set| graph.items(set)).unwrap_or_default();
        self.look(passing.len())?;
        let passing = passing.iter().filter_map(|&name| graph.text(name)).collect();
        self.tensors_of_module(entries(buffers?), &passing, prefix)?;
        Ok(entries(modules?))
    }

    fn tensors_of_module(
        &mut self,
        entries: &[(NodeId, NodeId)],
        passing: &HashSet<&str>,
        prefix: &[&str],
    ) -> Result<(), FormatError> {
        let graph = self.graph;
        self.look(entries.len())?;
        for &(key, value) in entries {
            if !self.reader.is_tensor(value) {
                continue;
            }
            let name = graph.text(key);
            let name = name.ok_or_else(|| FormatError::Damaged(Fault::TensorNameNoText.into()))?;
            if !passing.contains(name) {
                self.add(value, &[prefix, &[name]].concat())?;
            }
        }
        Ok(())
    }

    // Results.

    fn add(&mut self, value: NodeId, name: &[&str]) -> Result<(), FormatError> {
        let len: usize = name.iter().map(|part| part.len()).sum();
        if len > MAX_NAME_BYTES {
            let start: String = name.concat().chars().take(40).collect();
            return Err(FormatError::Damaged(Fault::TensorNameTooLong { start: brief(&start) }.into()));
        }
        self.names_bytes += len;
        if self.tensors.len() >= MAX_TENSORS || self.names_bytes > MAX_NAMES_BYTES {
            return Err(FormatError::Damaged(Fault::TooManyTensors { most: MAX_TENSORS }.into()));
        }
        self.tensors.extend(self.reader.tensor(value, name.concat())?);
        Ok(())
    }

    fn check_names(&self) -> Result<(), FormatError> {
        let mut names: Vec<_> = self.tensors.iter().map(StoredTensor::name).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(FormatError::Damaged(Fault::TwoTensors { names: brief(pair.concat().as_str()) }.into())),
            None => Ok(()),
        }
    }
}

/// Names of a visit and of those above it, outermost first.
fn path<'g>(graph: &'g Graph<'_>, visits: &[Visit], visit: usize) -> Vec<&'g str> {
    let mut names = Vec::new();
    let mut above = visits.get(visit).and_then(|visit| visit.above);
    while let Some((parent, key)) = above {
        names.push(graph.text(key).unwrap_or_default());
        above = visits.get(parent).and_then(|visit| visit.above);
    }
    names.reverse();
    names
}
