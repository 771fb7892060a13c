//! What can be got: the built-in list, and the user's `catalogue.json` over it.

use crate::fault::{CatalogueFault, Place};
use hummingbird_base::Action;
use hummingbird_base::Detail;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::address;
use crate::StoreError;
use hummingbird_base::kept::without_mark;

/// The list that every build carries.
const BUILT_IN: &str = include_str!("../../../assets/catalogue.json");
/// Name of the user's list in the models folder.
const USER_FILE: &str = "catalogue.json";
/// No model file is larger; an endless answer ends here at the latest.
pub(super) const MAX_BYTES: u64 = 1 << 40;

/// A model that can be got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// What `models get` takes.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// What it is good for.
    pub purpose: String,
    /// `owner/name` of the repository.
    pub repository: String,
    /// Revision of the repository; the newest when `None`.
    pub revision: Option<String>,
    /// Its files.
    pub files: Vec<CatalogueFile>,
    /// Licence of the weights.
    pub licence: Licence,
    /// What the files hold.
    pub form: String,
    /// Memory that the weights alone take in the precision of the file, about.
    pub about_memory_bytes: Option<u64>,
    /// What it does.
    pub role: Role,
}

/// What a model does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It makes clips, or helps to make them.
    #[default]
    Video,
    /// It looks at clips: for evaluations and for choosing training data.
    Judge,
}

/// A file of an entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogueFile {
    /// Path in the repository; of one with an address of its own its name there.
    pub path: String,
    /// Its address, where it is not on the hub: an endpoint changes nothing about it.
    #[serde(default)]
    pub url: Option<String>,
    /// Name in the models folder; the last part of the path when `None`.
    #[serde(default)]
    pub save_as: Option<String>,
    /// Exact size; another one is refused.
    #[serde(default)]
    pub bytes: Option<u64>,
    /// Size to show while the exact one is not known; nothing is refused for it.
    #[serde(default)]
    pub about_bytes: Option<u64>,
    /// SHA-256, lower-case hexadecimal; learned at the first get when `None`.
    #[serde(default)]
    pub sha256: Option<String>,
}

impl CatalogueFile {
    /// Its name in the models folder.
    pub fn name(&self) -> &str {
        self.save_as.as_deref().or(self.path.rsplit('/').next()).unwrap_or_default()
    }
}

/// A licence as the page of a repository names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// Its name.
    pub name: String,
    /// Where to read it.
    pub url: String,
}

impl Entry {
    /// Where it is got from, for people: its repository at `endpoint`, or the address of its first file if that is elsewhere.
    pub fn source(&self, endpoint: &str) -> String {
        let elsewhere = self.files.first().and_then(|file| file.url.clone());
        elsewhere.unwrap_or_else(|| format!("{}/{}", endpoint.trim_end_matches('/'), self.repository))
    }

    /// Bytes to get: exact where known, else about; `None` when nothing is known of a file.
    pub fn about_bytes(&self) -> Option<u64> {
        // A list may state any size.
        self.files.iter().try_fold(0_u64, |sum, file| Some(sum.saturating_add(file.bytes.or(file.about_bytes)?)))
    }
}

/// All that can be got.
#[derive(Debug)]
pub struct Catalogue {
    /// The entries, built-in ones first.
    pub entries: Vec<Entry>,
    /// Why the user's list was left out, if it was.
    pub problem: Option<StoreError>,
}

impl Catalogue {
    /// The entry with this id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The entry and its file that are kept under this name.
    pub fn file(&self, name: &str) -> Option<(&Entry, &CatalogueFile)> {
        let files = self.entries.iter().flat_map(|entry| entry.files.iter().map(move |file| (entry, file)));
        files.into_iter().find(|(_, file)| file.name() == name)
    }

    /// The built-in list with the user's `catalogue.json` of `folder` over it. A bad one is left out and named in `problem`.
    pub(super) fn load(folder: &Path) -> Self {
        let built_in: List = serde_json::from_str(BUILT_IN).expect("a test reads the built-in list");
        let entries = built_in.models.into_iter().map(|it| it.over(None).expect("a test reads the built-in list"));
        let entries: Vec<Entry> = entries.collect();
        match with_user_list(entries.clone(), &folder.join(USER_FILE)) {
            Ok(entries) => Self { entries, problem: None },
            Err(problem) => Self { entries, problem: Some(problem) },
        }
    }
}

fn with_user_list(mut entries: Vec<Entry>, path: &Path) -> Result<Vec<Entry>, StoreError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(entries),
        Err(source) => return Err(StoreError::Io { action: Action::Read, path: path.to_owned(), source }),
    };
    let wrong = |place: Place, detail: Detail| StoreError::BadFile { path: path.to_owned(), place, detail };
    let list: List = serde_json::from_slice(without_mark(&text))
        .map_err(|error| wrong(Place::Line { line: error.line() }, without_place(&error.to_string()).into()))?;
    if list.schema > SCHEMA {
        let fault = CatalogueFault::Schema { found: list.schema, known: SCHEMA };
        return Err(wrong(Place::Field { name: "schema" }, fault.into()));
    }
    for patch in list.models {
        let id = patch.id.clone();
        let wrong = |fault: CatalogueFault| wrong(Place::Entry { id: id.clone() }, fault.into());
        let index = entries.iter().position(|entry| entry.id == id);
        let entry = patch.over(index.map(|index| &entries[index])).map_err(wrong)?;
        check(&entry).map_err(wrong)?;
        match index {
            Some(index) => entries[index] = entry,
            None => entries.push(entry),
        }
    }
    if let Some(name) = doubled_name(&entries) {
        return Err(wrong(Place::File { name }, CatalogueFault::TwoModels.into()));
    }
    Ok(entries)
}

/// serde's messages end with the place, which we name ourselves.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(words, _)| words).to_owned()
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    /// Version of the form of the list; the first one where it is left out.
    #[serde(default = "first")]
    schema: u64,
    models: Vec<Patch>,
}

/// The only version so far.
const SCHEMA: u64 = 1;

fn first() -> u64 {
    SCHEMA
}

/// An entry as it is written: what is left out stays as it was.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    id: String,
    title: Option<String>,
    purpose: Option<String>,
    repository: Option<String>,
    revision: Option<String>,
    files: Option<Vec<CatalogueFile>>,
    licence: Option<Licence>,
    form: Option<String>,
    about_memory_bytes: Option<u64>,
    role: Option<Role>,
}

impl Patch {
    fn over(self, old: Option<&Entry>) -> Result<Entry, CatalogueFault> {
        let lacks = |field: &'static str| CatalogueFault::Lacks { field };
        // Another repository has other revisions.
        let old_revision = old.filter(|old| self.repository.as_ref().is_none_or(|it| *it == old.repository));
        Ok(Entry {
            title: self.title.or(old.map(|it| it.title.clone())).unwrap_or_else(|| self.id.clone()),
            purpose: self.purpose.or(old.map(|it| it.purpose.clone())).unwrap_or_default(),
            revision: self.revision.or(old_revision.and_then(|it| it.revision.clone())),
            repository: self.repository.or(old.map(|it| it.repository.clone())).ok_or_else(|| lacks("repository"))?,
            files: self.files.or(old.map(|it| it.files.clone())).ok_or_else(|| lacks("files"))?,
            licence: self.licence.or(old.map(|it| it.licence.clone())).ok_or_else(|| lacks("licence"))?,
            form: self.form.or(old.map(|it| it.form.clone())).unwrap_or_default(),
            about_memory_bytes: self.about_memory_bytes.or(old.and_then(|it| it.about_memory_bytes)),
            role: self.role.or(old.map(|it| it.role)).unwrap_or_default(),
            id: self.id,
        })
    }
}

/// What is wrong with an entry, if anything.
fn check(entry: &Entry) -> Result<(), CatalogueFault> {
    if !address::is_segment(&entry.id) {
        return Err(CatalogueFault::Id);
    }
    let parts: Vec<&str> = entry.repository.split('/').collect();
    if parts.len() != 2 || !parts.iter().all(|part| address::is_segment(part)) {
        return Err(CatalogueFault::Repository { repository: entry.repository.clone() });
    }
    if let Some(revision) = &entry.revision
        && !revision.split('/').all(address::is_segment)
    {
        return Err(CatalogueFault::Revision { revision: revision.clone() });
    }
    if entry.files.is_empty() {
        return Err(CatalogueFault::NoFile);
    }
    let texts = [&entry.title, &entry.purpose, &entry.form, &entry.licence.name, &entry.licence.url];
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return Err(CatalogueFault::ControlCharacter);
    }
    if !(entry.licence.url.starts_with("https://") || entry.licence.url.starts_with("http://")) {
        return Err(CatalogueFault::LicenceUrl);
    }
    for file in &entry.files {
        let is_bad = |part: &str| part.is_empty() || part == "." || part == ".." || part.contains('\\');
        if file.path.split('/').any(is_bad) || file.path.chars().any(char::is_control) {
            return Err(CatalogueFault::Path { path: file.path.clone() });
        }
        if let Some(url) = file.url.as_ref().filter(|url| !address::is_plain_url(url)) {
            return Err(CatalogueFault::Url { url: url.clone() });
        }
        if let Some(fault) = address::name_fault(file.name()) {
            return Err(CatalogueFault::Name { name: file.name().to_owned(), fault });
        }
        let is_hash =
            |text: &String| text.len() == 64 && text.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
        if file.sha256.as_ref().is_some_and(|text| !is_hash(text)) {
            return Err(CatalogueFault::Sha256 { path: file.path.clone() });
        }
        if file.bytes.is_some_and(|bytes| bytes == 0 || bytes > MAX_BYTES) {
            return Err(CatalogueFault::Size { path: file.path.clone() });
        }
    }
    Ok(())
}

/// A file name that two files have, upper and lower case taken as the same.
fn doubled_name(entries: &[Entry]) -> Option<String> {
    let mut names: Vec<String> =
        entries.iter().flat_map(|entry| &entry.files).map(|file| file.name().to_lowercase()).collect();
    names.sort();
    names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Catalogue {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join(USER_FILE), text).expect("writable");
        Catalogue::load(folder.path())
    }

    #[test]
    fn the_built_in_list_passes_its_own_checks() {
        let catalogue = Catalogue::load(Path::new("/nowhere"));
        assert!(catalogue.problem.is_none());
        for id in ["hummingbird-0.7b", "hummingbird-0.9b", "videocrafter2", "t2v-turbo-lora", "t2v-turbo-v2", "taesd"] {
            let entry = catalogue.entry(id).expect(id);
            assert_eq!(check(entry), Ok(()), "{id}");
            assert!(entry.about_bytes().is_some_and(|bytes| bytes > 1_000_000), "{id}");
        }
        assert_eq!(doubled_name(&catalogue.entries), None);
        // The files of all judges, by the names under which evaluations look for them.
        for (name, is_pinned) in [
            ("DOVER.pth", false),
            ("DOVER-Mobile.pth", false),
            ("amt-s.pth", false),
            ("raft-things.pth", false),
            ("dino_vitbase16_pretrain.pth", false),
            ("ViT-B-32.pt", true),
            ("ViT-L-14.pt", true),
            ("sa_0_4_vit_l_14_linear.pth", false),
            ("musiq_spaq_ckpt-358bb6af.pth", false),
            ("ViClip-InternVid-10M-FLT.pth", false),
            ("l16_ptk710_ftk710_ftk400_f16_res224.pth", false),
            ("kinetics_400_categories.txt", false),
        ] {
            let (entry, file) = catalogue.file(name).expect(name);
            assert_eq!((check(entry), entry.role), (Ok(()), Role::Judge), "{name}");
            assert!(entry.about_bytes().is_some(), "{name}");
            assert_eq!(file.sha256.is_some(), is_pinned, "{name}");
        }
        assert!(catalogue.entries.iter().all(|entry| entry.role == Role::Judge || entry.files[0].url.is_none()));
        let (entry, file) = catalogue.file("07B_merged_all.pt").expect("the file of the 0.7B model");
        assert_eq!((entry.id.as_str(), file.sha256.is_some()), ("hummingbird-0.7b", true));
    }

    #[test]
    fn the_users_list_changes_and_adds() {
        let catalogue = with(
            r#"{"models": [
                {"id": "taesd", "repository": "me/taesd"},
                {"id": "mine", "repository": "me/mine", "files": [{"path": "a/b.safetensors", "bytes": 7}],
                 "licence": {"name": "MIT", "url": "https://example.org"}}
            ]}"#,
        );
        assert!(catalogue.problem.is_none(), "{:?}", catalogue.problem);
        let taesd = catalogue.entry("taesd").expect("built in");
        assert_eq!((taesd.repository.as_str(), taesd.title.as_str(), taesd.files.len()), ("me/taesd", "TAESD", 2));
        let mine = catalogue.entry("mine").expect("added");
        assert_eq!((mine.title.as_str(), mine.files[0].name(), mine.about_bytes()), ("mine", "b.safetensors", Some(7)));
    }

    #[test]
    fn a_mark_of_an_editor_and_a_version_change_nothing() {
        let catalogue = with("\u{feff}{\"schema\": 1, \"models\": [{\"id\": \"taesd\", \"title\": \"Mine\"}]}");
        assert!(catalogue.problem.is_none(), "{:?}", catalogue.problem);
        assert!(catalogue.entry("taesd").is_some_and(|it| it.title == "Mine"));
    }

    #[test]
    fn a_bad_list_is_named_with_its_place_and_the_built_in_one_stays() {
        let file = |path: &str| {
            format!(
                r#"{{"models": [{{"id": "mine", "repository": "me/mine", "files": [{path}],
                    "licence": {{"name": "MIT", "url": "https://example.org"}}}}]}}"#
            )
        };
        let cases = [
            ("{\"models\": [\n\n  nonsense]}".to_owned(), "line 3"),
            ("{\"models\": [\n{\"id\": \"taesd\", \"size\": 3}]}".to_owned(), "line 2 (unknown field `size`"),
            ("[".repeat(10_000), "line 1"),
            (r#"{"models": [{"id": "mine"}]}"#.to_owned(), "the entry \"mine\" (it is new and lacks \"repository\")"),
            (r#"{"models": [{"id": "a b"}]}"#.to_owned(), "it is new and lacks"),
            (r#"{"models": [{"id": "taesd", "repository": "../x/y"}]}"#.to_owned(), "is not \"owner/name\""),
            (r#"{"models": [{"id": "taesd", "revision": "../.."}]}"#.to_owned(), "no commit, branch or tag"),
            (file(r#"{"path": "../../evil.pt"}"#), "is no path in a repository"),
            (file(r#"{"path": "a.pt", "save_as": "../a.pt"}"#), "cannot be the name of a model file"),
            (file(r#"{"path": "nul.pt"}"#), "device on Windows"),
            (file(r#"{"path": "a.pt", "url": "file:///etc/passwd"}"#), "is no address of a file"),
            (file(r#"{"path": "a.pt", "url": "https://a:b@example.org/a.pt"}"#), "is no address of a file"),
            (file(r#"{"path": "a.pt", "sha256": "12"}"#), "64 lower-case"),
            (file(r#"{"path": "a.pt", "bytes": 0}"#), "cannot be"),
            (file(r#"{"path": "x/07b_MERGED_all.pt"}"#), "two models would be kept"),
            (r#"{"schema": 2, "models": []}"#.to_owned(), "it is 2, and this program knows up to 1"),
        ];
        for (text, words) in cases {
            let catalogue = with(&text);
            let problem = catalogue.problem.as_ref().expect(words).to_string();
            assert!(problem.contains(words) && problem.contains("catalogue.json"), "{words:?} is missing in {problem}");
            assert!(catalogue.entry("taesd").is_some_and(|it| it.repository == "madebyollin/taesd"), "{words}");
        }
    }
}
