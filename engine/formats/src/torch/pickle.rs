//! The pickle machine: opcodes in, a [`Graph`] out. It calls nothing, imports nothing and follows nothing.
//!
//! A call (`REDUCE`, `NEWOBJ`, ...) becomes a node that remembers callable and arguments; only the containers of the
//! standard library become what they would have been, because later opcodes fill them.

use crate::fault::{Fault, PickleFault};
use std::collections::HashMap;

use super::classes::Meaning;
use super::value::{Graph, Node, NodeId, Span};
use crate::stored::FormatError;

/// Most bytes of one pickle: the largest known checkpoint of this family needs one million.
pub(super) const MAX_PICKLE_BYTES: u64 = 16 << 20;
/// Most values; the same checkpoint has a hundred thousand.
pub(super) const MAX_NODES: usize = 1 << 20;
/// Most places in lists, tuples, sets and dicts together.
pub(super) const MAX_ITEMS: usize = 1 << 21;
/// Most values on the stack, and most marks.
pub(super) const MAX_STACK: usize = 1 << 18;
/// Most values that are remembered for later use.
pub(super) const MAX_MEMO: usize = 1 << 20;
/// Most bytes of a module, class or function name.
pub(super) const MAX_CLASS_NAME_BYTES: usize = 512;
/// Most bytes of a line in the opcodes that are text.
const MAX_LINE_BYTES: usize = 4096;

/// Reads the pickle that begins at `start` of `bytes`; also says where it ends.
///
/// # Errors
/// `Damaged` or `Foreign`, with the position.
pub(super) fn read(bytes: &[u8], start: usize) -> Result<(Graph<'_>, usize), FormatError> {
    // Positions are stored in 32 bits.
    let bytes = bytes.get(..bytes.len().min(2 * MAX_PICKLE_BYTES as usize)).unwrap_or_default();
    let graph = Graph { bytes, nodes: Vec::new(), root: NodeId(0) };
    let mut machine =
        Machine { graph, position: start, stack: Vec::new(), marks: Vec::new(), memo: HashMap::new(), items: 0 };
    while !machine.step()? {}
    let root = machine.pop()?;
    Ok((Graph { root, ..machine.graph }, machine.position))
}

struct Machine<'a> {
    graph: Graph<'a>,
    position: usize,
    stack: Vec<NodeId>,
    /// Heights of the stack at which a mark lies.
    marks: Vec<usize>,
    memo: HashMap<u32, NodeId>,
    items: usize,
}

impl<'a> Machine<'a> {
    /// Carries out one opcode; whether it was the last.
    fn step(&mut self) -> Result<bool, FormatError> {
        let opcode_at = self.position;
        let [opcode] = self.array()?;
        match opcode {
            b'.' => return Ok(true),
            0x80 => {
                let [version] = self.array()?;
                if version > 5 {
                    return Err(FormatError::Foreign(Fault::Protocol { version }.into()));
                }
            }
            // A frame says how much to read ahead, which all lies here already.
            0x95 => drop(self.array::<8>()?),
            b'(' => {
                self.marks.push(self.stack.len());
                self.check(self.marks.len() <= MAX_STACK, PickleFault::TooDeep)?;
            }
            b'0' => drop(self.pop()?),
            b'1' => drop(self.pop_to_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }
            b'N' => self.push(Node::Nothing)?,
            0x88 => self.push(Node::Truth(true))?,
            0x89 => self.push(Node::Truth(false))?,
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Node::Number(number.into()))?;
            }
            b'K' => {
                let [number] = self.array()?;
                self.push(Node::Number(number.into()))?;
            }
            b'M' => {
                let number = u16::from_le_bytes(self.array()?);
                self.push(Node::Number(number.into()))?;
            }
            b'I' | b'L' => self.number_as_text()?,
            0x8a => {
                let [len] = self.array()?;
                self.long_number(len.into())?;
            }
            0x8b => {
                let len = u32::from_le_bytes(self.array()?);
                self.long_number(len.into())?;
            }
            b'F' => {
                self.line()?;
                self.push(Node::Unread)?;
            }
            b'G' => {
                self.array::<8>()?;
                self.push(Node::Unread)?;
            }
            b'S' | b'V' => self.text_as_line(opcode)?,
            // Python 2 wrote its byte strings, which are also its names, with the first two.
            b'U' | 0x8c => {
                let [len] = self.array()?;
                self.text(len.into())?;
            }
            b'T' | b'X' => {
                let len = u32::from_le_bytes(self.array()?);
                self.text(len.into())?;
            }
            0x8d => {
                let len = u64::from_le_bytes(self.array()?);
                self.text(len)?;
            }
            b'C' => {
                let [len] = self.array()?;
                self.skip_bytes(len.into())?;
            }
            b'B' => {
                let len = u32::from_le_bytes(self.array()?);
                self.skip_bytes(len.into())?;
            }
            0x8e | 0x96 => {
                let len = u64::from_le_bytes(self.array()?);
                self.skip_bytes(len)?;
            }
            b']' => self.push(Node::List(Vec::new()))?,
            b')' => self.push(Node::Tuple([].into()))?,
            b'}' => self.push(Node::Dict(Vec::new()))?,
            0x8f => self.push(Node::Set(Vec::new()))?,
            b'l' => {
                let items = self.pop_to_mark()?;
                self.push(Node::List(items))?;
            }
            b't' => {
                let items = self.pop_to_mark()?;
                self.push(Node::Tuple(items.into()))?;
            }
            0x85..=0x87 => {
                let items = self.pop_many(usize::from(opcode - 0x84))?;
                self.push(Node::Tuple(items.into()))?;
            }
            b'd' => {
                let items = self.pop_to_mark()?;
                let entries = self.pairs(&items)?;
                self.push(Node::Dict(entries))?;
            }
            0x91 => {
                let items = self.pop_to_mark()?;
                self.push(Node::Set(items))?;
            }
            b'a' => {
                let items = self.pop_many(1)?;
                self.append(&items)?;
            }
            b'e' | 0x90 => {
                let items = self.pop_to_mark()?;
                self.append(&items)?;
            }
            b's' => {
                let items = self.pop_many(2)?;
                self.set_entries(&items)?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_entries(&items)?;
            }
            b'g' => {
                let key = self.line_number()?;
                self.recall(key)?;
            }
            b'h' => {
                let [key] = self.array()?;
                self.recall(key.into())?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.array()?);
                self.recall(key)?;
            }
            b'p' => {
                let key = self.line_number()?;
                self.memorise(key)?;
            }
            b'q' => {
                let [key] = self.array()?;
                self.memorise(key.into())?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.array()?);
                self.memorise(key)?;
            }
            0x94 => self.memorise(self.memo.len() as u32)?,
            b'c' => {
                let global = self.global_as_lines()?;
                self.push(global)?;
            }
            0x93 => {
                let names = self.pop_many(2)?;
                let global = match names.iter().map(|&id| self.graph.node(id)).collect::<Vec<_>>()[..] {
                    [&Node::Text(module), &Node::Text(name)] => self.global(module, name)?,
                    _ => return Err(self.damaged(PickleFault::ClassNoText)),
                };
                self.push(global)?;
            }
            b'R' | 0x81 => {
                let args = self.pop()?;
                let callable = self.pop()?;
                self.call(callable, args)?;
            }
            0x92 => {
                self.pop()?; // Named arguments.
                let args = self.pop()?;
                let class = self.pop()?;
                self.call(class, args)?;
            }
            b'o' => {
                let items = self.pop_to_mark()?;
                let (&class, args) = items.split_first().ok_or_else(|| self.damaged(PickleFault::NoClass))?;
                let args = self.add(Node::Tuple(args.into()))?;
                self.call(class, args)?;
            }
            b'i' => {
                let class = self.global_as_lines()?;
                let class = self.add(class)?;
                let args = self.pop_to_mark()?;
                let args = self.add(Node::Tuple(args.into()))?;
                self.call(class, args)?;
            }
            b'b' => {
                let new_state = self.pop()?;
                let target = self.top()?;
                // The attributes of a container, such as `_metadata` of a state dict, describe no tensor.
                if let Some(Node::Object { state, .. }) = self.graph.nodes.get_mut(target.0 as usize) {
                    *state = Some(new_state);
                }
            }
            b'Q' => {
                let id = self.pop()?;
                self.push(Node::Persistent(id))?;
            }
            _ => {
                let fault = Fault::Opcode { opcode: format!("{opcode:#04x}"), at: opcode_at };
                return Err(FormatError::Foreign(fault.into()));
            }
        }
        Ok(false)
    }

    fn damaged(&self, fault: PickleFault) -> FormatError {
        FormatError::Damaged(Fault::Pickle { fault, position: self.position }.into())
    }

    fn check(&self, holds: bool, fault: PickleFault) -> Result<(), FormatError> {
        if holds { Ok(()) } else { Err(self.damaged(fault)) }
    }

    // Bytes.

    fn take(&mut self, len: u64) -> Result<Span, FormatError> {
        let end = usize::try_from(len).ok().and_then(|len| self.position.checked_add(len));
        let Some(end) = end.filter(|&end| end <= self.graph.bytes.len()) else {
            let whole = self.graph.bytes.len() as u64 >= MAX_PICKLE_BYTES;
            return Err(self.damaged(if whole { PickleFault::TooLong } else { PickleFault::BreaksOff }));
        };
        let span = Span { start: self.position as u32, len: (end - self.position) as u32 };
        self.position = end;
        Ok(span)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let span = self.take(N as u64)?;
        let mut array = [0; N];
        array.copy_from_slice(self.graph.span(span));
        Ok(array)
    }

    fn line(&mut self) -> Result<Span, FormatError> {
        let rest = self.graph.bytes.get(self.position..).unwrap_or_default();
        let len = rest.iter().take(MAX_LINE_BYTES).position(|&byte| byte == b'\n');
        let len = len.ok_or_else(|| self.damaged(PickleFault::EndlessLine))?;
        let line = self.take(len as u64)?;
        self.take(1)?;
        Ok(line)
    }

    fn line_number<T: std::str::FromStr>(&mut self) -> Result<T, FormatError> {
        let line = self.line()?;
        let text = std::str::from_utf8(self.graph.span(line)).ok();
        text.and_then(|text| text.trim_end_matches('L').parse().ok())
            .ok_or_else(|| self.damaged(PickleFault::LineNoNumber))
    }

    // Values.

    fn add(&mut self, node: Node) -> Result<NodeId, FormatError> {
        self.check(self.graph.nodes.len() < MAX_NODES, PickleFault::TooManyValues)?;
        let id = NodeId(self.graph.nodes.len() as u32);
        self.graph.nodes.push(node);
        Ok(id)
    }

    fn push(&mut self, node: Node) -> Result<(), FormatError> {
        let id = self.add(node)?;
        self.push_id(id)
    }

    fn push_id(&mut self, id: NodeId) -> Result<(), FormatError> {
        self.check(self.stack.len() < MAX_STACK, PickleFault::StackTooHigh)?;
        self.stack.push(id);
        Ok(())
    }

    fn count_items(&mut self, more: usize) -> Result<(), FormatError> {
        self.items = self.items.saturating_add(more);
        self.check(self.items <= MAX_ITEMS, PickleFault::TooManyItems)
    }

    fn long_number(&mut self, len: u64) -> Result<(), FormatError> {
        let span = self.take(len)?;
        let bytes = self.graph.span(span);
        let node = if bytes.len() > 8 {
            Node::LongNumber(span)
        } else {
            // Two's complement: the last byte carries the sign.
            let fill = if bytes.last().is_some_and(|&last| last >= 0x80) { 0xff } else { 0 };
            let mut whole = [fill; 8];
            whole[..bytes.len()].copy_from_slice(bytes);
            Node::Number(i64::from_le_bytes(whole))
        };
        self.push(node)
    }

    fn number_as_text(&mut self) -> Result<(), FormatError> {
        let start = self.position;
        let node = match self.line().map(|line| self.graph.span(line))? {
            b"00" => Node::Truth(false),
            b"01" => Node::Truth(true),
            _ => {
                self.position = start;
                Node::Number(self.line_number()?)
            }
        };
        self.push(node)
    }

    fn text_as_line(&mut self, opcode: u8) -> Result<(), FormatError> {
        let mut line = self.line()?;
        let bytes = self.graph.span(line);
        let plain = !bytes.contains(&b'\\');
        let quoted = opcode == b'S';
        if quoted && plain {
            let len = line.len.checked_sub(2).ok_or_else(|| self.damaged(PickleFault::TextWithoutQuotes))?;
            line = Span { start: line.start + 1, len };
        }
        self.push(if plain { Node::Text(line) } else { Node::Unread })
    }

    fn text(&mut self, len: u64) -> Result<(), FormatError> {
        let span = self.take(len)?;
        self.push(Node::Text(span))
    }

    fn skip_bytes(&mut self, len: u64) -> Result<(), FormatError> {
        self.take(len)?;
        self.push(Node::Unread)
    }

    fn global_as_lines(&mut self) -> Result<Node, FormatError> {
        let (module, name) = (self.line()?, self.line()?);
        self.global(module, name)
    }

    fn global(&self, module: Span, name: Span) -> Result<Node, FormatError> {
        let fits = |span: Span| span.len as usize <= MAX_CLASS_NAME_BYTES;
        self.check(fits(module) && fits(name), PickleFault::ClassTooLong)?;
        Ok(Node::Global { module, name })
    }

    // The stack.

    /// Height below which the current opcode must not reach.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Result<NodeId, FormatError> {
        let top = self.stack.last().filter(|_| self.stack.len() > self.floor());
        top.copied().ok_or_else(|| self.damaged(PickleFault::EmptyStack))
    }

    fn pop(&mut self) -> Result<NodeId, FormatError> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_many(&mut self, count: usize) -> Result<Vec<NodeId>, FormatError> {
        let start = self.stack.len().checked_sub(count).filter(|&start| start >= self.floor());
        let start = start.ok_or_else(|| self.damaged(PickleFault::EmptyStack))?;
        self.count_items(count)?;
        // Collected anew: `split_off` may hand over the whole capacity of the stack.
        Ok(self.stack.drain(start..).collect())
    }

    fn pop_to_mark(&mut self) -> Result<Vec<NodeId>, FormatError> {
        let height = self.marks.pop().ok_or_else(|| self.damaged(PickleFault::NotOpen))?;
        self.count_items(self.stack.len().saturating_sub(height))?;
        Ok(self.stack.drain(height.min(self.stack.len())..).collect())
    }

    fn memorise(&mut self, key: u32) -> Result<(), FormatError> {
        let top = self.top()?;
        self.memo.insert(key, top);
        self.check(self.memo.len() <= MAX_MEMO, PickleFault::TooManyRemembered)
    }

    fn recall(&mut self, key: u32) -> Result<(), FormatError> {
        let id = self.memo.get(&key).copied().ok_or_else(|| self.damaged(PickleFault::NotStored))?;
        self.push_id(id)
    }

    // Containers.

    fn pairs(&self, items: &[NodeId]) -> Result<Vec<(NodeId, NodeId)>, FormatError> {
        let (pairs, rest) = items.as_chunks::<2>();
        self.check(rest.is_empty(), PickleFault::EntryWithoutValue)?;
        Ok(pairs.iter().map(|&[key, value]| (key, value)).collect())
    }

    fn append(&mut self, new: &[NodeId]) -> Result<(), FormatError> {
        let target = self.top()?;
        match self.graph.nodes.get_mut(target.0 as usize) {
            Some(Node::List(items) | Node::Set(items)) => items.extend_from_slice(new),
            // An unknown class that can be appended to.
            Some(Node::Object { .. }) => {}
            _ => return Err(self.damaged(PickleFault::AppendsToNoList)),
        }
        Ok(())
    }

    fn set_entries(&mut self, new: &[NodeId]) -> Result<(), FormatError> {
        let pairs = self.pairs(new)?;
        let target = self.top()?;
        match self.graph.nodes.get_mut(target.0 as usize) {
            Some(Node::Dict(entries)) => entries.extend(pairs),
            Some(Node::Object { .. }) => {}
            _ => return Err(self.damaged(PickleFault::SetsInNoDict)),
        }
        Ok(())
    }

    /// Pushes what `callable` would have made of `args`.
    fn call(&mut self, callable: NodeId, args: NodeId) -> Result<(), FormatError> {
        let first = self.graph.items(args).and_then(|items| items.first().copied());
        let made = match (self.graph.meaning(callable), first) {
            (Some(Meaning::Dict), None) | (Some(Meaning::DefaultDict), _) => Some(Node::Dict(Vec::new())),
            (Some(Meaning::Dict), Some(source)) => self.copied_entries(source)?.map(Node::Dict),
            (Some(Meaning::List), source) => self.copied_items(source)?.map(Node::List),
            (Some(Meaning::Set), source) => self.copied_items(source)?.map(Node::Set),
            (Some(Meaning::Tuple), source) => self.copied_items(source)?.map(|items| Node::Tuple(items.into())),
            (Some(Meaning::NewObject), Some(class)) => Some(Node::Object { callable: class, args, state: None }),
            _ => None,
        };
        self.push(made.unwrap_or(Node::Object { callable, args, state: None }))
    }

    fn copied_items(&mut self, source: Option<NodeId>) -> Result<Option<Vec<NodeId>>, FormatError> {
        let Some(source) = source else { return Ok(Some(Vec::new())) };
        let Some(count) = self.graph.items(source).map(<[_]>::len) else { return Ok(None) };
        self.count_items(count)?;
        Ok(self.graph.items(source).map(<[_]>::to_vec))
    }

    fn copied_entries(&mut self, source: NodeId) -> Result<Option<Vec<(NodeId, NodeId)>>, FormatError> {
        if let Some(count) = self.graph.entries(source).map(<[_]>::len) {
            self.count_items(2 * count)?;
            return Ok(self.graph.entries(source).map(<[_]>::to_vec));
        }
        let Some(count) = self.graph.items(source).map(<[_]>::len) else { return Ok(None) };
        self.count_items(2 * count)?;
        let pair = |&item: &NodeId| match self.graph.items(item)? {
            &[key, value] => Some((key, value)),
            _ => None,
        };
        Ok(self.graph.items(source).and_then(|items| items.iter().map(pair).collect()))
    }
}
