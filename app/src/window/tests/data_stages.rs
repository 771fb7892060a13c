//! Stages of the data page with networks and servers: small ones of our own, found and run as the published ones are.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hummingbird_engine::chat::ServerSettings;
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::data::scan::CAPTION_SOURCE;
use hummingbird_engine::data::score::{MODEL_COLUMN, SIEVE_COLUMN, SIEVE_REASON};
use hummingbird_engine::judges::dover::config::{BackboneConfig, ConvNextConfig, ConvNextVersion, SwinConfig};
use hummingbird_engine::judges::dover::{Dover, DoverConfig};
use hummingbird_engine::judges::interpolation::{Amt, AmtConfig};
use hummingbird_engine::nn::params::{NamedTensor, ParamLoader, ParamRegistry};
use hummingbird_engine::weights::{WeightPrecision, write_tensors};

use super::data::{Desk, clip_of_size, folder, server_that_takes};
use super::run;
use crate::window::commands::command::DataCommand;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::DataTab;
use crate::window::state::data_networks::{DataNetwork, StageChoice};
use crate::window::state::data_work::DataStage;
use crate::window::state::work::OpenPurpose;

/// Weights that are no zeros, of every tensor of a network.
fn write(path: &Path, registry: &ParamRegistry) {
    let tensors: Vec<NamedTensor> = registry
        .params()
        .iter()
        .map(|it| {
            let count: usize = it.shape.iter().product();
            let inputs: usize = it.shape.iter().skip(1).product();
            let scale = (3.0 / inputs.max(1) as f32).sqrt();
            let mut state =
                it.name.bytes().fold(17_u32, |state, byte| state.wrapping_mul(31).wrapping_add(byte.into()));
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            let is_scale = it.shape.len() == 1 && !it.name.ends_with("bias");
            let values = (0..count).map(|_| if is_scale { 1.0 + 0.1 * next() } else { scale * next() }).collect();
            NamedTensor { name: it.name.clone(), shape: it.shape.clone(), values }
        })
        .collect();
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    write_tensors(path, &[], &tensors, WeightPrecision::F32).expect("writable");
}

fn dover(path: &Path, technical: BackboneConfig, aesthetic: ConvNextConfig) {
    let loader = ParamLoader::names_only();
    let aesthetic = BackboneConfig::ConvNext(aesthetic);
    let sizes = DoverConfig { technical, aesthetic, head_hidden: 4, ..DoverConfig::published() };
    Dover::init(&sizes, &loader.path("")).expect("nothing is loaded");
    write(path, &loader.into_registry());
}

fn convnext(version: ConvNextVersion) -> ConvNextConfig {
    ConvNextConfig { dims: [4, 4, 8, 8], depths: [1; 4], version }
}

fn dover_mobile(path: &Path) {
    let network = convnext(ConvNextVersion::Normalised);
    dover(path, BackboneConfig::ConvNext(network.clone()), network);
}

fn dover_large(path: &Path) {
    let window = match DoverConfig::published().technical {
        BackboneConfig::Swin(swin) => swin.window,
        BackboneConfig::ConvNext(_) => panic!("DOVER looks at fragments by windows"),
    };
    let heads = [1, 1, 2, 4];
    let swin = SwinConfig { embed_dim: 4, depths: [1; 4], heads, window, frag_biases: [true, true, true, false] };
    dover(path, BackboneConfig::Swin(swin), convnext(ConvNextVersion::Scaled));
}

fn row<'a>(state: &'a State, name: &str) -> &'a Row {
    state.data.rows.all().iter().find(|row| row.path.ends_with(name)).unwrap_or_else(|| panic!("no row {name}"))
}

fn scored_by<'a>(state: &'a State, name: &str) -> Option<&'a str> {
    row(state, name).extra.get(MODEL_COLUMN)?.as_str()
}

#[test]
fn the_cheap_network_looks_first_and_the_large_one_at_what_is_left() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    let models = home.path().join("home");
    let mut desk = Desk::new(&models);
    desk.do_all([DataCommand::Open(clips)]);
    desk.rest();
    desk.do_all([DataCommand::Tab(DataTab::Steps)]);
    desk.until("the models folder", |state| state.models.listing.is_some());
    let models = desk.state.models.listing.clone().expect("it was listed").folder;
    assert!(desk.state.why_not_stage(DataStage::Score).is_some_and(|why| why.contains("DOVER-Mobile")));

    // The published names, in the models folder: both are found as soon as the tab is shown again.
    dover_mobile(&models.join("DOVER-Mobile.pth"));
    dover_large(&models.join("DOVER.pth"));
    desk.do_all([DataCommand::Tab(DataTab::Steps)]);
    let usable = |state: &State, network| state.data.networks.file(network).usable().is_some();
    desk.until("the networks", |state| usable(state, DataNetwork::Sieve) && usable(state, DataNetwork::Judge));
    desk.do_all([DataCommand::ChooseStages(StageChoice { sieve_share: 0.6, ..StageChoice::default() })]);
    desk.rest();
    let plan = desk.state.data.arranged.as_ref().expect("it is arranged").score;
    assert_eq!((plan.sieve_clips, plan.judge_clips), (5, 3), "the cost is known before");
    assert!((plan.tflop - (5.0 * 0.105 + 3.0 * 0.672)).abs() < 1e-9);
    desk.do_all([DataCommand::Start(DataStage::Score)]);
    desk.rest();
    assert!(desk.state.data.problem.is_none(), "{:?}", desk.state.data.problem);
    let all = ["a.mp4", "b.gif", "c.gif", "d.gif", "still.gif"];
    let sieved = |name: &str| row(&desk.state, name).extra.contains_key(SIEVE_COLUMN);
    assert!(all.iter().all(|name| sieved(name)), "the cheap one has seen all");
    let by = |state: &State, wanted: &str| all.iter().filter(|name| scored_by(state, name) == Some(wanted)).count();
    assert_eq!((by(&desk.state, "dover"), by(&desk.state, "dover-mobile")), (3, 2));
    for name in all {
        let row = row(&desk.state, name);
        let is_out = scored_by(&desk.state, name) == Some("dover-mobile");
        assert_eq!(row.reasons.iter().any(|reason| reason == SIEVE_REASON), is_out, "{name}: {row:?}");
        assert_eq!((row.keep, row.error.as_ref()), (Some(!is_out), None), "{name}");
    }
    let best = |name: &&str| row(&desk.state, name).extra[SIEVE_COLUMN].as_f64().expect("a number");
    let (passed, out): (Vec<&str>, Vec<&str>) =
        all.into_iter().partition(|name| scored_by(&desk.state, name) == Some("dover"));
    assert!(passed.iter().all(|a| out.iter().all(|b| best(a) >= best(b))), "the better ones pass");
    assert!(desk.state.why_not_stage(DataStage::Score).is_some(), "all is done");

    // A larger share later: it is one of all clips, and nothing is looked at twice.
    desk.do_all([DataCommand::ChooseStages(StageChoice { sieve_share: 0.8, ..StageChoice::default() })]);
    desk.rest();
    let plan = desk.state.data.arranged.as_ref().expect("it is arranged").score;
    assert_eq!((plan.sieve_clips, plan.judge_clips), (0, 1));
    desk.do_all([DataCommand::Start(DataStage::Score)]);
    desk.rest();
    assert_eq!((by(&desk.state, "dover"), by(&desk.state, "dover-mobile")), (4, 1));
    desk.close();
}

#[test]
fn a_chosen_file_scores_alone_and_one_that_is_none_says_so() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips.clone())]);
    desk.rest();
    desk.do_all([DataCommand::Tab(DataTab::Steps)]);
    let choose = |desk: &mut Desk, file: &Path| {
        let mut effects = Vec::new();
        let purpose = OpenPurpose::DataNetwork(DataNetwork::Judge);
        desk.state.on_open_path(purpose, Some(file.to_owned()), true, &mut effects);
        desk.carry_out(effects);
        desk.until("a look", |state| state.data.networks.file(DataNetwork::Judge).known.is_some());
        desk.rest();
    };
    choose(&mut desk, &clips.join("a.mp4"));
    let known = desk.state.data.networks.file(DataNetwork::Judge).known.clone();
    assert!(known.is_some_and(|known| known.is_err_and(|why| why.contains("a.mp4"))));
    assert!(desk.state.why_not_stage(DataStage::Score).is_some());
    let file = home.path().join("my network.safetensors");
    dover_mobile(&file);
    choose(&mut desk, &file);
    assert_eq!(desk.state.why_not_stage(DataStage::Score), None);
    desk.do_all([DataCommand::Start(DataStage::Score)]);
    desk.rest();
    assert!(desk.state.data.problem.is_none(), "{:?}", desk.state.data.problem);
    assert_eq!(scored_by(&desk.state, "b.gif"), Some("dover-mobile"));
    assert!(row(&desk.state, "b.gif").reasons.iter().all(|reason| reason != SIEVE_REASON));
    desk.close();
}

#[test]
fn smoothness_is_measured_of_what_is_left() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = home.path().join("clips");
    fs::create_dir_all(&clips).expect("writable");
    for (name, speed, size) in [("moves.mp4", 1, [128, 128]), ("still.mp4", 0, [128, 128]), ("small.mp4", 1, [96, 64])]
    {
        clip_of_size(&clips.join(name), speed + size[0], speed, size);
    }
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips), DataCommand::Tab(DataTab::Steps)]);
    desk.rest();
    desk.until("the models folder", |state| state.models.listing.is_some());
    let models = desk.state.models.listing.clone().expect("it was listed").folder;
    let loader = ParamLoader::names_only();
    Amt::init(&AmtConfig::default(), &loader.path("")).expect("nothing is loaded");
    write(&models.join("amt-s.pth"), &loader.into_registry());
    desk.do_all([DataCommand::Tab(DataTab::Steps)]);
    desk.until("AMT-S", |state| state.data.networks.file(DataNetwork::Smoothness).usable().is_some());
    desk.do_all([DataCommand::Start(DataStage::Motion)]);
    desk.rest();
    // The one that stands still is dropped, the small one is too small for the network.
    let cost = desk.state.data.cost(DataStage::Smoothness);
    assert_eq!((cost.clips, cost.frames), (1, 16));
    assert!((cost.tflop - 7.0 * 36.0 * 128.0 * 128.0 / (320.0 * 512.0) / 1000.0).abs() < 1e-9);
    desk.do_all([DataCommand::Start(DataStage::Smoothness)]);
    desk.rest();
    assert!(desk.state.data.problem.is_none(), "{:?}", desk.state.data.problem);
    let smoothness = ["moves.mp4", "still.mp4", "small.mp4"].map(|name| row(&desk.state, name).motion_smoothness);
    assert!(smoothness[0].is_some_and(|it| it > 0.0 && it <= 1.0) && smoothness[1..] == [None, None], "{smoothness:?}");
    assert!(desk.state.why_not_stage(DataStage::Smoothness).is_some());
    desk.close();
}

#[test]
fn captions_are_asked_for_with_frames_and_several_at_once() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let clips = folder(home.path());
    fs::remove_file(clips.join("d.txt")).expect("removable");
    let mut desk = Desk::new(&home.path().join("home"));
    desk.do_all([DataCommand::Open(clips)]);
    desk.rest();
    let (address, asked) = server_that_takes(Duration::from_millis(300));
    desk.state.prompting.server = ServerSettings { address, ..ServerSettings::default() };
    assert_eq!(desk.state.data.cost(DataStage::Caption).clips, 4, "words alone need a caption");
    desk.do_all([DataCommand::ChooseStages(StageChoice { frames: 3, parallel: 5, ..StageChoice::default() })]);
    desk.rest();
    assert_eq!(desk.state.data.cost(DataStage::Caption).clips, 5, "a clip without one is looked at");
    desk.do_all([DataCommand::Start(DataStage::Caption)]);
    desk.rest();
    assert!(desk.state.data.problem.is_none(), "{:?}", desk.state.data.problem);
    assert!(asked.most.load(Ordering::SeqCst) >= 2, "one at a time is no way to ask");
    let bodies = asked.bodies.lock().expect("no panic").clone();
    assert_eq!(bodies.len(), 5);
    for body in &bodies {
        assert_eq!(body.matches("data:image/jpeg;base64,").count(), 3, "{}", &body[..body.len().min(300)]);
    }
    let none = row(&desk.state, "d.gif");
    assert!(none.text.is_empty() && none.extra.contains_key("caption_offered"), "{none:?}");
    desk.close();
    // The page asks the same way the next time.
    let mut desk = Desk::new(&home.path().join("home"));
    let effects = run(&mut desk.state, Action::ShowData);
    desk.carry_out(effects);
    desk.until("opening", |state| state.data.open.is_some());
    assert_eq!((desk.state.data.stages.frames, desk.state.data.stages.parallel), (3, 5));
    assert!(desk.state.data.rows.all().iter().all(|row| !row.extra.contains_key(CAPTION_SOURCE)));
    desk.rest();
    desk.close();
}
