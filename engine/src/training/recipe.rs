//! Recipes as files: defaults, a TOML file over them, and `key=value` over both.

use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_base::message::{self, Detail, Message};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use toml::{Table, Value};

/// What is wrong with a recipe.
#[derive(Debug, Error, Message)]
#[message("recipe")]
#[non_exhaustive]
pub enum RecipeError {
    /// The file cannot be read.
    #[error("cannot read the recipe {path:?}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no recipe.
    #[error("{path:?} is no recipe: {detail}; --print-recipe shows one")]
    File {
        /// The file.
        path: PathBuf,
        /// What and where.
        detail: String,
    },
    /// A key that the recipe cannot do without is not set.
    #[error("the recipe does not say {key}: set it in the recipe's file, or with --set {key}=...")]
    Missing {
        /// The key.
        key: &'static str,
    },
    /// A value that no run can be made with.
    #[error("the recipe's {key} cannot be {value}; --print-recipe says what it may be")]
    Value {
        /// The key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// The device does not multiply bf16.
    #[error(
        "run.mixed_precision = \"bf16\" is for the CPU device on processors that multiply bf16 (AVX-512 BF16): set it to \"no\" here"
    )]
    NoBf16,
    /// An override is not `key=value`, or the recipe takes no such key or value.
    #[error("--set {text:?}: {detail}; --print-recipe shows every key")]
    Override {
        /// The override.
        text: String,
        /// What is wrong with it.
        detail: Detail,
    },
}

/// Why a text sets no key.
#[derive(Clone, Debug, PartialEq, Eq, Error, Message)]
#[message("recipe-key")]
#[expect(missing_docs, reason = "their sentences say it")]
pub enum KeyFault {
    #[error("it has no `=`")]
    NoSign,
    #[error("a part of its key is empty")]
    Empty,
    #[error("`{part}` has no keys of its own")]
    NoTable { part: String },
}

/// Reads a recipe: its defaults, the keys of `file` over them, then `overrides` of the form `table.key=value`.
///
/// # Errors
/// [`RecipeError`] that names the file or the override.
pub fn read<R: Serialize + DeserializeOwned + Default>(
    file: Option<&Path>,
    overrides: &[String],
) -> Result<R, RecipeError> {
    // A recipe's defaults of a table may differ from those that the table has by itself.
    let mut table = Table::try_from(R::default()).expect("a recipe is made of tables, texts and numbers");
    if let Some(path) = file {
        let text = fs::read_to_string(path).map_err(|source| RecipeError::Read { path: path.to_owned(), source })?;
        let wrong = |error: toml::de::Error| {
            let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            RecipeError::File { path: path.to_owned(), detail: format!("line {line}: {}", error.message().trim()) }
        };
        // Read for itself first, since an error of the text tells the line.
        toml::from_str::<R>(&text).map_err(wrong)?;
        merge(&mut table, text.parse().map_err(wrong)?);
    }
    for text in overrides {
        let wrong = |detail: Detail| RecipeError::Override { text: text.clone(), detail };
        let (key, value) = text.split_once('=').ok_or_else(|| wrong(KeyFault::NoSign.into()))?;
        let before = table.clone();
        put(&mut table, key, parse(value)).map_err(|fault| wrong(fault.into()))?;
        let Err(error) = table.clone().try_into::<R>() else { continue };
        // A text that looks like a number: `optimizer.bits=8`, or a trigger word that is a year.
        table = before;
        put(&mut table, key, Value::String(value.to_owned())).map_err(|fault| wrong(fault.into()))?;
        table.clone().try_into::<R>().map_err(|_| wrong(error.message().to_owned().into()))?;
    }
    // Nothing is left to go wrong but for recipes without defaults.
    table.try_into().map_err(|error: toml::de::Error| RecipeError::File {
        path: file.map(Path::to_owned).unwrap_or_default(),
        detail: error.message().to_owned(),
    })
}

/// Puts the keys of `over` into `table`, those of inner tables one by one.
fn merge(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(over)) => merge(inner, over),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}

/// A value of TOML, or else the text itself, so that paths and words need no quotes.
fn parse(text: &str) -> Value {
    let wrapped = format!("value = {text}").parse::<Table>();
    wrapped.ok().and_then(|mut table| table.remove("value")).unwrap_or_else(|| Value::String(text.to_owned()))
}

/// Puts `value` at `key`, whose parts are parted by dots; tables on the way are made.
fn put(table: &mut Table, key: &str, value: Value) -> Result<(), KeyFault> {
    let mut place = table;
    let mut parts = key.trim().split('.').peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() {
            return Err(KeyFault::Empty);
        }
        if parts.peek().is_none() {
            place.insert(part.to_owned(), value);
            return Ok(());
        }
        let inner = place.entry(part).or_insert_with(|| Value::Table(Table::new()));
        place = inner.as_table_mut().ok_or_else(|| KeyFault::NoTable { part: part.to_owned() })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Recipe {
        teacher: Option<PathBuf>,
        updates: u64,
        optimizer: Optimizer,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Optimizer {
        learning_rate: f64,
        betas: [f64; 2],
    }

    impl Default for Recipe {
        fn default() -> Self {
            Self { teacher: None, updates: 100, optimizer: Optimizer::default() }
        }
    }

    impl Default for Optimizer {
        fn default() -> Self {
            Self { learning_rate: 1e-5, betas: [0.9, 0.999] }
        }
    }

    fn read_all(text: &str, overrides: &[&str]) -> Result<Recipe, RecipeError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("recipe.toml");
        fs::write(&path, text).expect("writable");
        read(Some(&path), &overrides.iter().map(|&it| it.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_file_goes_over_the_defaults_and_overrides_over_both() {
        assert_eq!(read::<Recipe>(None, &[]).expect("all has defaults"), Recipe::default());
        let text = "updates = 7\n[optimizer]\nlearning_rate = 2e-4\n";
        let overrides = ["optimizer.betas=[0.5, 0.9]", "teacher=some model.safetensors", "updates=8"];
        let number = read_all(text, &["teacher=2024"]).expect("a file may be called so").teacher;
        assert_eq!(number, Some(PathBuf::from("2024")));
        let recipe = read_all(text, &overrides).expect("all keys are known");
        let optimizer = Optimizer { learning_rate: 2e-4, betas: [0.5, 0.9] };
        let teacher = Some(PathBuf::from("some model.safetensors"));
        assert_eq!(recipe, Recipe { teacher, updates: 8, optimizer });
    }

    #[test]
    fn tables_keep_the_defaults_that_the_recipe_has_for_them() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Other {
            optimizer: Optimizer,
        }
        impl Default for Other {
            fn default() -> Self {
                Self { optimizer: Optimizer { learning_rate: 3.0, betas: [0.1, 0.2] } }
            }
        }
        let set = |text: &str| read::<Other>(None, &[text.to_owned()]).expect("all keys are known").optimizer;
        assert_eq!(set("optimizer.learning_rate=4"), Optimizer { learning_rate: 4.0, betas: [0.1, 0.2] });
        assert_eq!(set("optimizer.betas=[0, 0]"), Optimizer { learning_rate: 3.0, betas: [0.0, 0.0] });
    }

    #[test]
    fn errors_name_the_file_and_line_or_the_override() {
        let cases = [
            ("updates = 7\nupdate = 8\n", &[][..], ["recipe.toml", "line 2", "unknown field `update`"]),
            ("# it\nupdates = \n", &[], ["recipe.toml", "line 2", "is no recipe"]),
            ("updates = -1\n", &[], ["recipe.toml", "line 1", "-1"]),
            ("", &["updates"], ["\"updates\"", "no `=`", "--print-recipe"]),
            ("", &["updates=many"], ["\"updates=many\"", "invalid type", "--print-recipe"]),
            ("", &["optimizer..x=1"], ["\"optimizer..x=1\"", "empty", "--print-recipe"]),
            ("updates = 7", &["updates.x=1"], ["\"updates.x=1\"", "no keys of its own", "--print-recipe"]),
            ("", &["optimizer.beta=1"], ["\"optimizer.beta=1\"", "unknown field `beta`", "learning_rate"]),
        ];
        for (text, overrides, words) in cases {
            let error = read_all(text, overrides).expect_err("it is wrong").to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{text:?}, {overrides:?}: {error}");
        }
        let none = read::<Recipe>(Some(Path::new("no such file.toml")), &[]).expect_err("there is none").to_string();
        assert!(none.contains("no such file.toml"), "{none}");
    }
}
