use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hummingbird_engine::settings::SETTINGS;

use super::*;

/// The keys of a message file (`key`, `key.attribute`) with the variables of each text.
fn keys(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let (mut keys, mut message, mut key) = (BTreeMap::<String, BTreeSet<String>>::new(), String::new(), None);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split_once('=').map(|(name, _)| name.trim_end());
        let is_name = |name: &str| name.starts_with(|it: char| it.is_ascii_lowercase()) && !name.contains([' ', '{']);
        if let Some(name) = name.filter(|name| is_name(name)) {
            message = name.to_owned();
            key = Some(message.clone());
        } else if let Some(attribute) =
            name.and_then(|name| name.trim_start().strip_prefix('.')).filter(|it| is_name(it))
        {
            key = Some(format!("{message}.{attribute}"));
        }
        if let Some(key) = &key {
            keys.entry(key.clone()).or_default().extend(variables(line));
        }
    }
    keys.retain(|key, _| !key.is_empty());
    keys
}

/// The names after `$` in a line.
fn variables(line: &str) -> impl Iterator<Item = String> {
    let names = line.split('$').skip(1);
    names.map(|rest| rest.chars().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_')).collect())
}

/// The keys of all files of a language but what the engine says.
fn words(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let files = language.files().iter().filter(|(name, _)| *name != "engine");
    files.flat_map(|(_, text)| keys(text)).collect()
}

/// Every source file of the window, tests aside.
fn sources() -> Vec<(String, String)> {
    let (mut found, mut waiting) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")]);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder of the sources");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") && !path.to_string_lossy().contains("tests") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a source file")));
        }
    }
    found
}

#[test]
fn message_files_are_read_whole_and_no_key_stands_twice() {
    for language in Language::ALL {
        let (_, faults) = Catalogue::read(language.tag(), language.files());
        assert_eq!(faults, Vec::<String>::new());
    }
    let (_, faults) = Catalogue::read("en", &[("a", "one = 1\none = 2\n"), ("b", "two = { $\n")]);
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn every_key_of_the_sources_is_there_in_english_and_every_key_is_used() {
    let (there, sources) = (words(Language::English), sources());
    let mut missing = Vec::new();
    for (path, source) in &sources {
        let source = source.replace("include_str!(", "");
        for named in source.split("tr!(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')) {
            let key = named.split('"').next().unwrap_or_default();
            if !there.contains_key(key) && !key.contains('{') {
                missing.push(format!("{path}: {key}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "named in the sources and in no English message file");
    let is_used = |key: &str| {
        let key = key.split('.').next().unwrap_or_default();
        sources
            .iter()
            .any(|(_, source)| source.contains(&format!("\"{key}\"")) || source.contains(&format!("\"{key}.")))
    };
    let unused: Vec<&String> = there.keys().filter(|key| !is_used(key)).collect();
    assert_eq!(unused, Vec::<&String>::new(), "in the English message files and nowhere named");
}

#[test]
fn a_language_has_the_keys_of_english_and_their_variables() {
    let english = words(Language::English);
    for language in Language::ALL {
        let own = words(language);
        let tag = language.tag();
        let lacks: Vec<&String> = english.keys().filter(|key| !own.contains_key(*key)).collect();
        assert_eq!(lacks, Vec::<&String>::new(), "{tag} lacks keys");
        let extra: Vec<&String> = own.keys().filter(|key| !english.contains_key(*key)).collect();
        assert_eq!(extra, Vec::<&String>::new(), "{tag} has keys that English lacks");
        for (key, variables) in &own {
            assert_eq!(variables, &english[key], "{tag}: the variables of {key}");
        }
    }
}

#[test]
fn a_language_says_all_that_the_engine_says() {
    const CODES: &str = include_str!("../sentences/codes.txt");
    let codes: BTreeMap<String, BTreeSet<String>> = CODES
        .lines()
        .map(|line| {
            let (code, names) = line.split_once(": ").unwrap_or((line, ""));
            let names = names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned);
            (key_of(code), names.collect())
        })
        .collect();
    let settings = SETTINGS.iter().map(|setting| format!("setting-{}", setting.name.replace('_', "-")));
    let settings: Vec<String> = settings.collect();
    for language in Language::ALL.into_iter().filter(|language| *language != Language::English) {
        let tag = language.tag();
        let (_, file) = language.files().iter().find(|(name, _)| *name == "engine").expect("each language has it");
        let own = keys(file);
        let wanted = codes.keys().cloned();
        let wanted = wanted.chain(settings.iter().flat_map(|key| [key.clone(), format!("{key}.help")]));
        let lacks: Vec<String> = wanted.filter(|key| !own.contains_key(key)).collect();
        assert_eq!(lacks, Vec::<String>::new(), "{tag}/engine.ftl lacks what codes.txt or the settings table has");
        for (key, variables) in &own {
            let is_setting = settings.iter().any(|setting| key.starts_with(setting.as_str()));
            let known = codes.get(key);
            assert!(is_setting || known.is_some(), "{tag}/engine.ftl: there is no {key}");
            let odd: Vec<&String> =
                variables.iter().filter(|it| known.is_none_or(|known| !known.contains(*it))).collect();
            assert_eq!(odd, Vec::<&String>::new(), "{tag}/engine.ftl: {key} has no such parameters");
        }
    }
}

#[test]
fn locales_of_systems_are_understood() {
    let cases = [
        ("de_AT.UTF-8", Some(Language::German)),
        ("zh_CN.GB18030", Some(Language::Chinese)),
        ("zh-Hans-CN", Some(Language::Chinese)),
        ("ja", Some(Language::Japanese)),
        ("es-419", Some(Language::Spanish)),
        ("en_GB@euro", Some(Language::English)),
        ("fr_FR", None),
        ("C", None),
        ("", None),
    ];
    for (locale, language) in cases {
        assert_eq!(Language::of_locale(locale), language, "{locale:?}");
    }
}

#[test]
fn choices_are_kept_by_their_tags() {
    for choice in LanguageChoice::ALL {
        let text = serde_json::to_string(&choice).expect("a choice is a word");
        assert_eq!(serde_json::from_str::<LanguageChoice>(&text).expect("what was written"), choice);
        if choice != LanguageChoice::System {
            assert_eq!(text, format!("{:?}", choice.language().tag()));
        }
    }
}
