//! The clips of the data page: rows that arrive, what stages find out about them, what a person decides, and how that is taken back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hummingbird_engine::data::caption::{MODEL_COLUMN, REFUSED_COLUMN, REQUEST_COLUMN};
use hummingbird_engine::data::filter::BY_HAND;
use hummingbird_engine::data::manifest::Row;
use serde_json::Value;

/// Column of a caption that a language model offers and nobody has accepted or refused yet.
pub const OFFERED: &str = "caption_offered";
/// Column of the model that offers it.
const OFFERED_BY: &str = "caption_offered_by";
/// Column of what the model was asked.
const OFFERED_REQUEST: &str = "caption_offered_request";
/// Column of a caption that was refused by a person: it is not offered again.
const REFUSED_BY_HAND: &str = "caption_refused_by_hand";
/// Columns that are a person's, whatever stages find out.
const OF_PERSON: [&str; 7] =
    [BY_HAND, OFFERED, OFFERED_BY, OFFERED_REQUEST, REFUSED_BY_HAND, MODEL_COLUMN, REQUEST_COLUMN];
/// Steps that can be taken back.
const MAX_UNDO: usize = 200;

/// The caption that is offered for a row.
pub fn offered(row: &Row) -> Option<&str> {
    row.extra.get(OFFERED)?.as_str().filter(|text| !text.is_empty())
}

/// What of a row a person has decided.
#[derive(Clone, Debug, PartialEq)]
struct Decided {
    text: String,
    text_original: Option<String>,
    columns: [Option<Value>; OF_PERSON.len()],
}

impl Decided {
    fn of(row: &Row) -> Self {
        let columns = OF_PERSON.map(|name| row.extra.get(name).cloned());
        Self { text: row.text.clone(), text_original: row.text_original.clone(), columns }
    }

    fn put(self, row: &mut Row) {
        (row.text, row.text_original) = (self.text, self.text_original);
        for (name, value) in OF_PERSON.into_iter().zip(self.columns) {
            set(row, name, value);
        }
    }
}

fn set(row: &mut Row, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(row.extra.insert(name.to_owned(), value)),
        None => drop(row.extra.remove(name)),
    }
}

/// What limits say of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The row.
    pub row: usize,
    /// As it was when it was judged.
    pub of: Arc<Row>,
    /// Whether it is kept.
    pub keep: Option<bool>,
    /// Why not.
    pub reasons: Vec<String>,
}

/// The rows. Their numbers stay as they are as long as a manifest is open.
#[derive(Default)]
pub struct DataRows {
    rows: Vec<Arc<Row>>,
    places: HashMap<(String, u64), usize>,
    undo: Vec<Vec<(usize, Decided)>>,
    /// What was taken back, the last at the end; what is done anew ends it.
    redo: Vec<Vec<(usize, Decided)>>,
}

impl DataRows {
    /// The rows of a manifest that was opened.
    pub fn of(rows: Vec<Row>) -> Self {
        let mut all = Self::default();
        rows.into_iter().for_each(|row| all.push(row));
        all
    }

    /// All of them; who works with them shares them.
    pub fn all(&self) -> &[Arc<Row>] {
        &self.rows
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Option<&Row> {
        self.rows.get(index).map(|row| &**row)
    }

    /// Whether something can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether something that was taken back can be done again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    fn push(&mut self, row: Row) {
        self.places.insert((row.path.clone(), row.start_frame), self.rows.len());
        self.rows.push(Arc::new(row));
    }

    /// Rows of a scan: new ones, and known ones whose files were looked at again. Those whose content is another.
    pub fn find(&mut self, found: Vec<Row>) -> Vec<usize> {
        let mut other = Vec::new();
        for mut row in found {
            let Some(&index) = self.places.get(&(row.path.clone(), row.start_frame)) else {
                self.push(row);
                continue;
            };
            let known = &self.rows[index];
            let mut decided = Decided::of(known);
            // A caption that nobody has changed here is that of the file beside the clip.
            if decided.text_original.is_none() {
                (decided.text, decided.text_original) =
                    (std::mem::take(&mut row.text), std::mem::take(&mut row.text_original));
            }
            decided.put(&mut row);
            if *self.rows[index] != row {
                if self.rows[index].id != row.id {
                    other.push(index);
                }
                self.rows[index] = Arc::new(row);
            }
        }
        other
    }

    /// All rows of a scan that came to its end; the others are no longer there, which `gone` says.
    pub fn found_all(&mut self, found: Vec<Row>, gone: &str) -> Vec<usize> {
        let there: HashSet<(String, u64)> = found.iter().map(|row| (row.path.clone(), row.start_frame)).collect();
        let other = self.find(found);
        for row in &mut self.rows {
            // What was cut has several rows for a file, and a scan finds one.
            if row.error.is_none() && !there.contains(&(row.path.clone(), row.start_frame)) && row.start_frame == 0 {
                Arc::make_mut(row).error = Some(gone.to_owned());
            }
        }
        other
    }

    /// What a stage found out about rows; what a person has decided meanwhile stays.
    pub fn learn(&mut self, learned: Vec<(usize, Row)>) {
        for (index, mut row) in learned {
            if let Some(known) = self.rows.get_mut(index) {
                Decided::of(known).put(&mut row);
                *known = Arc::new(row);
            }
        }
    }

    /// Captions that a language model has written: they are offered, but for those that were refused before; how many.
    pub fn offer(&mut self, written: Vec<(usize, Row)>) -> usize {
        let mut offered = 0;
        for (index, new) in written {
            let Some(known) = self.rows.get_mut(index) else { continue };
            let refused = new.extra.get(REFUSED_COLUMN);
            if refused != known.extra.get(REFUSED_COLUMN) {
                set(Arc::make_mut(known), REFUSED_COLUMN, refused.cloned());
            }
            let is_refused = known.extra.get(REFUSED_BY_HAND).and_then(Value::as_str) == Some(&new.text);
            if new.text == known.text || is_refused || !new.extra.contains_key(REQUEST_COLUMN) {
                continue;
            }
            let known = Arc::make_mut(known);
            set(known, OFFERED_BY, new.extra.get(MODEL_COLUMN).cloned());
            set(known, OFFERED_REQUEST, new.extra.get(REQUEST_COLUMN).cloned());
            set(known, OFFERED, Some(Value::from(new.text)));
            offered += 1;
        }
        offered
    }

    /// Notes what limits say. What has changed since is judged anew, and stays as it is until then: a stage may have found a reason.
    pub fn judge(&mut self, verdicts: Vec<Verdict>) {
        for Verdict { row, of, keep, reasons } in verdicts {
            if let Some(known) = self.rows.get_mut(row)
                && Arc::ptr_eq(known, &of)
            {
                // Nobody else has it then, and it is changed in its place.
                drop(of);
                let known = Arc::make_mut(known);
                (known.keep, known.reasons) = (keep, reasons);
            }
        }
    }

    /// Changes rows so that it can be taken back; whether anything changed.
    fn change(&mut self, indices: impl IntoIterator<Item = usize>, change: impl Fn(&mut Row)) -> bool {
        let mut before = Vec::new();
        for index in indices {
            let Some(row) = self.rows.get_mut(index) else { continue };
            let old = Decided::of(row);
            let row = Arc::make_mut(row);
            change(row);
            if old != Decided::of(row) {
                before.push((index, old));
            }
        }
        let is_change = !before.is_empty();
        if is_change {
            self.redo.clear();
            self.undo.push(before);
            let many = self.undo.len().saturating_sub(MAX_UNDO);
            self.undo.drain(..many);
        }
        is_change
    }

    /// A person keeps or drops a row, or leaves it to the limits.
    pub fn decide(&mut self, index: usize, decision: Option<bool>) -> bool {
        self.change([index], |row| set(row, BY_HAND, decision.map(Value::Bool)))
    }

    /// A person has written a caption. The first one stays beside it.
    pub fn write_caption(&mut self, index: usize, text: &str) -> bool {
        let text = text.trim();
        self.change([index], |row| {
            if row.text != text {
                let before = std::mem::replace(&mut row.text, text.to_owned());
                row.text_original.get_or_insert(before);
                // It is no longer what a model has written.
                for name in [MODEL_COLUMN, REQUEST_COLUMN, OFFERED, OFFERED_BY, OFFERED_REQUEST] {
                    set(row, name, None);
                }
            }
        })
    }

    /// Offered captions become those of their rows.
    pub fn accept(&mut self, indices: impl IntoIterator<Item = usize>) -> bool {
        self.change(indices, |row| {
            let Some(text) = offered(row).map(str::to_owned) else { return };
            let before = std::mem::replace(&mut row.text, text);
            row.text_original.get_or_insert(before);
            let [by, request] = [OFFERED_BY, OFFERED_REQUEST].map(|name| row.extra.remove(name));
            set(row, MODEL_COLUMN, by);
            set(row, REQUEST_COLUMN, request);
            set(row, OFFERED, None);
        })
    }

    /// Offered captions go, and are not offered again.
    pub fn refuse(&mut self, indices: impl IntoIterator<Item = usize>) -> bool {
        self.change(indices, |row| {
            if let Some(text) = row.extra.remove(OFFERED) {
                set(row, OFFERED_BY, None);
                set(row, OFFERED_REQUEST, None);
                set(row, REFUSED_BY_HAND, Some(text));
            }
        })
    }

    /// Rows for which a caption is offered.
    pub fn with_offers(&self) -> Vec<usize> {
        (0..self.rows.len()).filter(|index| offered(&self.rows[*index]).is_some()).collect()
    }

    /// Takes back what a person did last; the first row that it was done to.
    pub fn undo(&mut self) -> Option<usize> {
        let before = self.undo.pop()?;
        let (first, after) = self.put(before);
        self.redo.push(after);
        first
    }

    /// Does again what was taken back last; the first row that it is done to.
    pub fn redo(&mut self) -> Option<usize> {
        let after = self.redo.pop()?;
        let (first, before) = self.put(after);
        self.undo.push(before);
        first
    }

    /// Puts what a person has decided into rows; the first of them, and what was decided before.
    fn put(&mut self, decided: Vec<(usize, Decided)>) -> (Option<usize>, Vec<(usize, Decided)>) {
        let mut before = Vec::with_capacity(decided.len());
        for (index, decided) in decided {
            if let Some(row) = self.rows.get_mut(index) {
                before.push((index, Decided::of(row)));
                decided.put(Arc::make_mut(row));
            }
        }
        (before.first().map(|(index, _)| *index), before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(path: &str, text: &str) -> Row {
        Row { id: path.to_owned(), path: path.to_owned(), text: text.to_owned(), ..Row::default() }
    }

    fn written(before: &Row, text: &str) -> Row {
        let mut row = Row { text: text.to_owned(), text_original: Some(before.text.clone()), ..before.clone() };
        row.extra.insert(MODEL_COLUMN.to_owned(), "m".into());
        row.extra.insert(REQUEST_COLUMN.to_owned(), "00".into());
        row
    }

    #[test]
    fn what_a_person_decided_outlives_what_stages_find() {
        let mut rows = DataRows::of(vec![row("a", "a dog"), row("b", "a cat")]);
        assert!(rows.decide(0, Some(false)) && rows.write_caption(1, " a black cat "));
        assert!(!rows.write_caption(1, "a black cat"), "nothing changes");
        rows.learn(vec![
            (0, Row { jerk: Some(1.0), ..row("a", "old") }),
            (1, Row { jerk: Some(2.0), ..row("b", "old") }),
        ]);
        let found =
            vec![Row { frames: 9, ..row("a", "a big dog") }, Row { frames: 9, ..row("b", "cat") }, row("c", "")];
        rows.find(found);
        let texts: Vec<_> = rows.all().iter().map(|row| row.text.as_str()).collect();
        assert_eq!(
            texts,
            ["a big dog", "a black cat", ""],
            "captions beside clips are followed until one is written here"
        );
        assert_eq!(rows.all()[1].text_original.as_deref(), Some("a cat"));
        assert_eq!(rows.all()[0].extra.get(BY_HAND), Some(&Value::Bool(false)));
        rows.found_all(vec![row("a", ""), row("c", "")], "gone");
        assert_eq!(rows.all()[1].error.as_deref(), Some("gone"));
        assert_eq!((rows.undo(), rows.undo(), rows.undo()), (Some(1), Some(0), None));
        assert_eq!(rows.all()[1].text, "a cat");
        assert_eq!(rows.all()[0].extra.get(BY_HAND), None);
    }

    #[test]
    fn what_was_taken_back_is_done_again_until_something_new_is_done() {
        let mut rows = DataRows::of(vec![row("a", "a dog"), row("b", "a cat")]);
        assert!(rows.redo().is_none() && !rows.can_redo());
        assert!(rows.write_caption(0, "a black dog") && rows.decide(1, Some(false)) && rows.write_caption(0, "a dog!"));
        let state = |rows: &DataRows| {
            let [first, second] = rows.all() else { panic!("two rows") };
            (first.text.clone(), first.text_original.clone(), second.extra.get(BY_HAND).cloned())
        };
        let done = state(&rows);
        assert_eq!([rows.undo(), rows.undo(), rows.undo(), rows.undo()], [Some(0), Some(1), Some(0), None]);
        assert_eq!(state(&rows), ("a dog".to_owned(), None, None));
        assert!(rows.can_redo() && !rows.can_undo());
        // What stages find meanwhile stays, whichever way it goes.
        rows.learn(vec![(1, Row { jerk: Some(1.0), ..row("b", "old") })]);
        assert_eq!([rows.redo(), rows.redo(), rows.redo(), rows.redo()], [Some(0), Some(1), Some(0), None]);
        assert_eq!((state(&rows), rows.all()[1].jerk), (done, Some(1.0)));
        assert_eq!([rows.undo(), rows.undo()], [Some(0), Some(1)]);
        assert!(rows.can_redo() && rows.write_caption(1, "a white cat"));
        assert!(!rows.can_redo() && rows.redo().is_none(), "another way was taken");
        assert_eq!([rows.undo(), rows.undo(), rows.undo()], [Some(1), Some(0), None]);
    }

    #[test]
    fn what_was_found_while_limits_were_applied_stays() {
        let mut rows = DataRows::of(vec![row("a", ""), row("b", "")]);
        let of: Vec<Arc<Row>> = rows.all().to_vec();
        let verdict = |row: usize| Verdict { row, of: Arc::clone(&of[row]), keep: Some(true), reasons: Vec::new() };
        let verdicts = vec![verdict(0), verdict(1)];
        rows.find(vec![Row { reasons: vec!["duplicate".to_owned()], ..row("a", "") }]);
        rows.judge(verdicts);
        assert_eq!((rows.all()[0].keep, rows.all()[0].reasons.len()), (None, 1), "it is judged anew");
        assert_eq!(rows.all()[1].keep, Some(true));
    }

    #[test]
    fn offers_are_accepted_or_refused_and_brought_back() {
        let first = [row("a", "dog"), row("b", "cat"), row("c", "cow")];
        let mut rows = DataRows::of(first.to_vec());
        let offers =
            || first.iter().zip(0..).map(|(row, at)| (at, written(row, &format!("A {} runs.", row.text)))).collect();
        assert_eq!(rows.offer(offers()), 3);
        assert_eq!(rows.all()[0].text, "dog", "nothing is accepted by itself");
        assert!(rows.accept([0]) && rows.refuse([1]));
        assert_eq!(rows.with_offers(), [2]);
        assert_eq!((rows.all()[0].text.as_str(), rows.all()[0].text_original.as_deref()), ("A dog runs.", Some("dog")));
        assert_eq!(rows.all()[0].extra.get(MODEL_COLUMN), Some(&"m".into()));
        assert_eq!(rows.offer(offers()), 1, "what was accepted or refused is not offered again");
        assert!(rows.accept(rows.with_offers()));
        assert_eq!([rows.undo(), rows.undo(), rows.undo()], [Some(2), Some(1), Some(0)]);
        assert_eq!(rows.with_offers(), [0, 1, 2]);
        assert!(
            rows.all().iter().zip(&first).all(|(now, before)| now.text == before.text && now.text_original.is_none())
        );
    }
}
