//! Which clips are wanted, and in which order.

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::entry::ClipId;
use crate::error::LibraryError;
use crate::index::Library;

/// The order of clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// By prompt, then the newest first.
    Prompt,
    /// The largest picture first, then the newest.
    Largest,
    /// The longest first, then the newest.
    Longest,
}

impl Sort {
    /// All of them, in the order of a list.
    pub const ALL: [Self; 5] = [Self::Newest, Self::Oldest, Self::Prompt, Self::Largest, Self::Longest];

    /// Its name in a list.
    pub fn label(self) -> &'static str {
        match self {
            Self::Newest => "Newest first",
            Self::Oldest => "Oldest first",
            Self::Prompt => "By prompt",
            Self::Largest => "Largest first",
            Self::Longest => "Longest first",
        }
    }

    fn order(self) -> &'static str {
        match self {
            Self::Newest => "c.created_ms DESC, c.id DESC",
            Self::Oldest => "c.created_ms, c.id",
            Self::Prompt => "c.prompt COLLATE NOCASE, c.created_ms DESC, c.id DESC",
            Self::Largest => "c.width * c.height DESC, c.created_ms DESC, c.id DESC",
            Self::Longest => "c.frames * 1.0 / max(c.fps, 1) DESC, c.created_ms DESC, c.id DESC",
        }
    }
}

/// What clips must have; what is unset lets all through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Name of the model.
    pub model: Option<String>,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// Only favourites.
    pub favourites: bool,
    /// Tag.
    pub tag: Option<String>,
    /// Project.
    pub project: Option<String>,
    /// Only clips that there are several of.
    pub duplicates: bool,
}

/// Which clips, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that must all be in prompt, settings, tags or note, each at least as the beginning of a word there.
    pub search: String,
    /// What clips must have.
    pub filter: Filter,
    /// The order.
    pub sort: Sort,
}

impl Library {
    /// Clips of the whole library.
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn count(&self) -> Result<usize, LibraryError> {
        let count = self.connection.query_row("SELECT count(*) FROM clips", [], |row| row.get::<_, i64>(0));
        let count = count.map_err(|error| LibraryError::sql(&self.path, &error))?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    /// The clips that a query asks for: all of them, since a number is small; what is known of them comes page by page from
    /// [`entries`](Self::entries).
    ///
    /// # Errors
    /// Where the index cannot be read.
    pub fn find(&self, query: &Query) -> Result<Vec<ClipId>, LibraryError> {
        let (wheres, values) = conditions(query);
        let wheres = if wheres.is_empty() { String::new() } else { format!("WHERE {}", wheres.join(" AND ")) };
        let select = format!("SELECT c.id FROM clips c {wheres} ORDER BY {}", query.sort.order());
        let sql = |error| LibraryError::sql(&self.path, &error);
        let mut select = self.connection.prepare(&select).map_err(sql)?;
        let rows = select.query_map(params_from_iter(values), |row| row.get(0).map(ClipId)).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }
}

fn conditions(query: &Query) -> (Vec<&'static str>, Vec<Value>) {
    let Query { search, filter, sort: _ } = query;
    let Filter { model, size, favourites, tag, project, duplicates } = filter;
    let (mut wheres, mut values) = (Vec::new(), Vec::new());
    let (words, parts) = split(search);
    if !words.is_empty() {
        wheres.push("c.id IN (SELECT rowid FROM words WHERE words MATCH ?)");
        values.push(Value::Text(words));
    }
    for part in parts {
        wheres.push(
            "c.id IN (SELECT rowid FROM words WHERE prompt || ' ' || negative || ' ' || added LIKE ? ESCAPE '\\')",
        );
        values.push(Value::Text(part));
    }
    if let Some(model) = model {
        wheres.push("c.model = ?");
        values.push(Value::Text(model.clone()));
    }
    if let Some((width, height)) = size {
        wheres.push("c.width = ? AND c.height = ?");
        values.extend([Value::Integer((*width).into()), Value::Integer((*height).into())]);
    }
    if *favourites {
        wheres.push("c.favourite <> 0");
    }
    if let Some(tag) = tag {
        wheres.push("c.id IN (SELECT clip FROM tags WHERE tag = ?)");
        values.push(Value::Text(tag.clone()));
    }
    if let Some(project) = project {
        wheres.push("c.project = ?");
        values.push(Value::Text(project.clone()));
    }
    if *duplicates {
        wheres.push(
            "(c.settings_key IN (SELECT settings_key FROM clips GROUP BY settings_key HAVING count(*) > 1)
              OR c.sha256 IN (SELECT sha256 FROM clips GROUP BY sha256 HAVING count(*) > 1))",
        );
    }
    (wheres, values)
}

/// What is searched for: words for the full-text search, quoted, so that nothing in them is a rule of its language; and parts that
/// are looked for letter by letter, since languages without spaces have no words there.
fn split(search: &str) -> (String, Vec<String>) {
    let (mut words, mut parts) = (Vec::new(), Vec::new());
    for word in search.split(|letter: char| letter.is_whitespace() || letter == '"' || letter == '\0') {
        if word.chars().any(|letter| letter >= '\u{2e80}') {
            let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            parts.push(format!("%{escaped}%"));
        } else if word.chars().any(char::is_alphanumeric) {
            words.push(format!("\"{word}\"*"));
        }
    }
    (words.join(" "), parts)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn searches_are_words_whatever_is_typed() {
        let cases = [
            ("red ball", "\"red\"* \"ball\"*", 0),
            ("", "", 0),
            ("\"red OR ball*", "\"red\"* \"OR\"* \"ball*\"*", 0),
            ("- ( ) ^ :", "", 0),
            ("a_b 100% 日本 x", "\"a_b\"* \"100%\"* \"x\"*", 1),
        ];
        for (typed, words, parts) in cases {
            let (found, rest) = split(typed);
            assert_eq!((found.as_str(), rest.len()), (words, parts), "{typed:?}");
        }
        assert_eq!(split("100%の_").1, ["%100\\%の\\_%"]);
    }
}
