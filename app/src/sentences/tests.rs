use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hummingbird_engine::chat::{AnswerFault, ChatError, ConnectionFault, KeySourceFault, ServerAddressFault};
use hummingbird_engine::error::{Advice, NotFinite};
use hummingbird_engine::eval::vbench;
use hummingbird_engine::files::Action;
use hummingbird_engine::forward::{InputsUnfit, RewardUnfit};
use hummingbird_engine::job::Warning;
use hummingbird_engine::jobs::enhance::{AnswerUnfit, EnhanceError};
use hummingbird_engine::jobs::grid::GridError;
use hummingbird_engine::jobs::styles::StylesError;
use hummingbird_engine::judges::{FramesUnfit, ScorerUnfit, VocabularyUnfit};
use hummingbird_engine::kept::TooLarge;
use hummingbird_engine::latents::LatentUnfit;
use hummingbird_engine::library::LibraryError;
use hummingbird_engine::message::Kinds;
use hummingbird_engine::model::{ModelFile, ModelSource};
use hummingbird_engine::pipeline::video_out::{ClipFault, EncoderFault, ExportNote, ForeignProgram, Format};
use hummingbird_engine::training::datasets::folder;
use hummingbird_engine::training::recipe::{KeyFault, RecipeError};
use hummingbird_engine::{data, device, judges, model, store, training, video, weights};

use super::*;
use crate::language::{Catalogue, key_of};

/// The codes with their parameters, one a line. Languages and scripts know messages by them.
const CODES: &str = include_str!("codes.txt");

/// One type of message.
struct Type {
    name: &'static str,
    codes: &'static [&'static str],
    samples: Vec<Box<dyn Message>>,
}

fn of<M: Kinds + 'static>() -> Type {
    let name = std::any::type_name::<M>().rsplit("::").next().unwrap_or_default();
    let samples = M::samples().into_iter().map(|message| Box::new(message) as Box<dyn Message>).collect();
    Type { name, codes: M::CODES, samples }
}

/// All messages of the engine.
fn types() -> Vec<Type> {
    vec![
        of::<Action>(),
        of::<Advice>(),
        of::<AnswerFault>(),
        of::<AnswerUnfit>(),
        of::<Cancelled>(),
        of::<ChatError>(),
        of::<ClipFault>(),
        of::<ConnectionFault>(),
        of::<DeviceError>(),
        of::<EncoderFault>(),
        of::<EngineError>(),
        of::<EnhanceError>(),
        of::<EvalError>(),
        of::<ExportError>(),
        of::<ExportNote>(),
        of::<FileError>(),
        of::<Format>(),
        of::<FramesUnfit>(),
        of::<GridError>(),
        of::<InputsUnfit>(),
        of::<KeptError>(),
        of::<KeySourceFault>(),
        of::<LatentUnfit>(),
        of::<LibraryError>(),
        of::<ModelError>(),
        of::<NoFolders>(),
        of::<NotFinite>(),
        of::<QueueFileError>(),
        of::<ReleaseError>(),
        of::<RequestError>(),
        of::<RewardUnfit>(),
        of::<ScorerUnfit>(),
        of::<ServerAddressFault>(),
        of::<StoreError>(),
        of::<StylesError>(),
        of::<TooLarge>(),
        of::<KeyFault>(),
        of::<RecipeError>(),
        of::<TrainError>(),
        of::<VocabularyUnfit>(),
        of::<Warning>(),
        of::<WildcardError>(),
        of::<WriteError>(),
        of::<device::Chosen>(),
        of::<device::DeviceDrawback>(),
        of::<device::DeviceFailure>(),
        of::<device::NotADevice>(),
        of::<ForeignProgram>(),
        of::<model::AdapterConfigUnfit>(),
        of::<model::ConfigUnfit>(),
        of::<model::ForeignModel>(),
        of::<model::Implausible>(),
        of::<model::LayoutName>(),
        of::<model::LoraUnfit>(),
        of::<model::Misshapen>(),
        of::<model::NetworkName>(),
        of::<model::NotAReuse>(),
        of::<model::NumberRange>(),
        of::<model::TensorsUnfit>(),
        of::<model::Unfit>(),
        of::<model::ValueAdvice>(),
        of::<model::WeightFormat>(),
        of::<store::AddressFault>(),
        of::<store::CatalogueFault>(),
        of::<store::NameFault>(),
        of::<store::NoModel>(),
        of::<store::Place>(),
        of::<store::TransferFault>(),
        of::<training::device::NotAPlace>(),
        of::<training::device::NotATrainDevice>(),
        of::<training::remote::NotAnAddress>(),
        of::<training::prune::PruneUnfit>(),
        of::<folder::DatasetError>(),
        of::<folder::DatasetNote>(),
        of::<folder::TableFault>(),
        of::<video::FfmpegFault>(),
        of::<video::VideoError>(),
        of::<video::VideoFault>(),
        of::<video::VideoLack>(),
        of::<video::VideoLimit>(),
        of::<weights::Fault>(),
        of::<weights::PickleFault>(),
        of::<weights::StorageFault>(),
        of::<weights::TensorFault>(),
        of::<data::caption::CaptionError>(),
        of::<data::clip::ClipError>(),
        of::<data::cut::CutError>(),
        of::<data::filter::FilterError>(),
        of::<data::filter::LimitFault>(),
        of::<data::manifest::ManifestError>(),
        of::<data::motion::ClipMotionError>(),
        of::<data::motion::MotionColumnsError>(),
        of::<data::objects::AddressFault>(),
        of::<data::objects::ObjectError>(),
        of::<data::objects::ObjectFault>(),
        of::<data::objects::StoreSettingsFault>(),
        of::<data::scan::ScanError>(),
        of::<data::score::ScoreError>(),
        of::<data::work::WorkError>(),
        of::<judges::MotionError>(),
        of::<judges::dover::ClipUnfit>(),
        of::<judges::dover::DoverUnfit>(),
        of::<vbench::ClipTrouble>(),
        of::<vbench::LookError>(),
        of::<vbench::NotADimension>(),
        of::<vbench::VbenchError>(),
        of::<vbench::VbenchFault>(),
    ]
}

/// The language of a country that does not exist: it has no letters, only numbers for codes, and signs around parameters.
fn made_up() -> Catalogue {
    let all = types();
    let lines = all.iter().flat_map(|it| &it.samples).enumerate().map(|(number, message)| {
        let names: Vec<String> = message.parameters().iter().map(|(name, _)| format!("<{{ ${name} }}>")).collect();
        (key_of(message.code()), format!("({number} {})", names.join(" ")))
    });
    let lines: BTreeMap<String, String> = lines.collect();
    let file: String = lines.iter().map(|(key, text)| format!("{key} = {text}\n")).collect();
    let (language, faults) = Catalogue::read("en", &[("engine", &file), ("window", "unit-bytes = #\n")]);
    assert_eq!(faults, Vec::<String>::new());
    language
}

fn said_in(language: &Catalogue, message: &dyn Message) -> String {
    language.message(message).unwrap_or_else(|| panic!("no sentence for {}", message.code()))
}

fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

#[test]
fn codes_and_their_parameters_stay_as_they_are() {
    let all = types();
    let mut lines = BTreeMap::new();
    for message in all.iter().flat_map(|it| &it.samples) {
        let names: Vec<&str> = message.parameters().iter().map(|(name, _)| *name).collect();
        let line = format!("{}: {}", message.code(), names.join(", ")).trim_end_matches([':', ' ']).to_owned();
        assert_eq!(
            lines.entry(message.code()).or_insert_with(|| line.clone()),
            &line,
            "one code, one set of parameters"
        );
    }
    let now: Vec<&str> = lines.values().map(String::as_str).collect();
    let kept: Vec<&str> = CODES.lines().collect();
    assert_eq!(now, kept, "a code or parameter changed: languages and scripts know it by the old one");
}

#[test]
fn a_code_means_one_thing_and_every_message_is_in_this_list() {
    let mut owners = BTreeMap::new();
    for of_type in types() {
        for code in of_type.codes {
            let owner = owners.insert(*code, of_type.name);
            assert!(owner.is_none(), "{code} is of {owner:?} and of {}", of_type.name);
        }
    }
    let listed: BTreeSet<String> = types().iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(declared(), listed, "declared with #[message] and listed here");
}

/// Names of the types in the tree that say `#[message("...")]`, tests aside.
fn declared() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("app/ lies in the repository");
    let (mut names, mut waiting) = (BTreeSet::new(), vec![root.join("engine"), root.join("app/src")]);
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("readable");
            waiting.extend(entries.map(|entry| entry.expect("readable").path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("readable");
            // Those of tests are indented.
            let mut lines = text.lines();
            while lines.by_ref().any(|line| line.starts_with("#[message(")) {
                let named = lines.by_ref().find_map(|line| {
                    line.strip_prefix("pub enum ").or_else(|| line.strip_prefix("pub struct ")).map(str::to_owned)
                });
                let named = named.unwrap_or_else(|| panic!("{path:?}: a message is public, so that it can be listed"));
                names.insert(named.trim_end_matches([' ', '{', ';']).to_owned());
            }
        }
    }
    names
}

#[test]
fn another_language_says_every_message_with_all_of_its_parameters() {
    let language = made_up();
    for message in types().iter().flat_map(|it| &it.samples) {
        let mut said = said_in(&language, &**message);
        for (name, value) in message.parameters() {
            let shown = language.value(&value);
            assert!(said.contains(&format!("<{shown}>")), "{} lacks {name}: {said}", message.code());
            if name == "setting" {
                // The names of settings are the same in all languages, as those of their options.
                said = said.replace(&shown, "");
            }
        }
        assert!(!has_letters(&said), "{} has words of its own: {said}", message.code());
    }
}

#[test]
fn errors_that_happen_are_said_in_another_language_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path: PathBuf = folder.path().to_owned();
    let error = ModelFile::open(&ModelSource::File(path.clone())).expect_err("a folder is no model");
    let said = said_in(&made_up(), &error);
    assert!(!has_letters(&said.replace(&format!("{path:?}"), "")), "{said}");
    assert!(said.contains(&format!("{path:?}")), "{said}");
    assert_eq!(in_words(&error), format!("{path:?} is not a model that can be used (it is a folder)"));
    assert_eq!(error_in_words(&error), in_words(&error), "also where only an error is known");
    let json = serde_json::json!({
        "code": "file.foreign",
        "parameters": { "path": path, "detail": { "code": "unfit.folder", "parameters": {} } },
    });
    assert_eq!(details(&error), json);
}

#[test]
fn texts_of_others_and_codes_without_a_sentence_are_passed_on() {
    let source = std::io::Error::other("the disk is on fire");
    let error = FileError::Open { path: "m".into(), source };
    let (language, _) = Catalogue::read("en", &[("engine", "file-open = { $source } ({ $path })\n")]);
    assert_eq!(said_in(&language, &error), "the disk is on fire (\"m\")");
    assert_eq!(language.message(&Cancelled), None);
}
