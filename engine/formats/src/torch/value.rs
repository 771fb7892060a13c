//! What a pickle describes, as data: nodes in one vector that name each other by position.
//!
//! Positions instead of references, because objects of a checkpoint refer to each other and to themselves; one flat vector,
//! because dropping it takes no recursion however deep the file nests. Texts are spans of the pickle's bytes.

use std::str;

use super::classes::{self, Meaning};

/// Position of a node in its [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(pub(super) u32);

/// A piece of the pickle's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) len: u32,
}

/// One value.
#[derive(Debug)]
pub(super) enum Node {
    /// `None`.
    Nothing,
    /// `True` or `False`.
    Truth(bool),
    /// A whole number of 64 bits.
    Number(i64),
    /// A longer whole number: its little-endian bytes.
    LongNumber(Span),
    /// A text, if its bytes are UTF-8.
    Text(Span),
    /// Bytes, fractions and texts with escapes: nothing that the tensors of a checkpoint are described by.
    Unread,
    /// A list.
    List(Vec<NodeId>),
    /// A tuple.
    Tuple(Box<[NodeId]>),
    /// A set.
    Set(Vec<NodeId>),
    /// A dict, in order; a later entry replaces an earlier one of the same key.
    Dict(Vec<(NodeId, NodeId)>),
    /// A class or function, by name alone.
    Global { module: Span, name: Span },
    /// Something outside of the pickle, such as a storage.
    Persistent(NodeId),
    /// What a class or function would have made of its arguments, and the state that it was to be given.
    Object { callable: NodeId, args: NodeId, state: Option<NodeId> },
}

/// All values of one pickle.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) nodes: Vec<Node>,
    /// The value that the pickle stands for.
    pub(super) root: NodeId,
}

impl<'a> Graph<'a> {
    /// The node at a position.
    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.0 as usize).unwrap_or(&Node::Nothing)
    }

    /// The bytes of a span.
    pub(super) fn span(&self, span: Span) -> &'a [u8] {
        let start = span.start as usize;
        self.bytes.get(start..start + span.len as usize).unwrap_or_default()
    }

    /// A text.
    pub(super) fn text(&self, id: NodeId) -> Option<&'a str> {
        match *self.node(id) {
            Node::Text(span) => str::from_utf8(self.span(span)).ok(),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, id: NodeId) -> Option<u64> {
        match *self.node(id) {
            Node::Number(number) => u64::try_from(number).ok(),
            _ => None,
        }
    }

    /// The items of a list, a tuple or a set.
    pub(super) fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match self.node(id) {
            Node::List(items) | Node::Set(items) => Some(items),
            Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a dict.
    pub(super) fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match self.node(id) {
            Node::Dict(entries) => Some(entries),
            _ => None,
        }
    }

    /// Module and name of a class or function.
    pub(super) fn global(&self, id: NodeId) -> Option<(&'a str, &'a str)> {
        match *self.node(id) {
            Node::Global { module, name } => {
                Some((str::from_utf8(self.span(module)).ok()?, str::from_utf8(self.span(name)).ok()?))
            }
            _ => None,
        }
    }

    /// What a class or function means here; `None` where it means nothing.
    pub(super) fn meaning(&self, id: NodeId) -> Option<Meaning> {
        let (module, name) = self.global(id)?;
        classes::meaning(module, name)
    }

    /// The dict of attributes that an object was to be given. An object with `__slots__` has it first in a pair.
    pub(super) fn attributes(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        let Node::Object { state: Some(state), .. } = *self.node(id) else { return None };
        let state = match self.node(state) {
            Node::Tuple(pair) => *pair.first()?,
            _ => state,
        };
        self.entries(state)
    }
}
