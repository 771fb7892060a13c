//! One chain of stages finds planted faults among clips of the synthetic dataset, and what it exports can be trained on.
//! `examples/planted_faults.rs` does the same with 200 clips and the program (docs/measurements.md).

use std::error::Error;
use std::path::Path;

use burn::tensor::Device;
use hummingbird_engine::CancelToken;
use hummingbird_engine::data::cut::{CutOptions, cut_manifest};
use hummingbird_engine::data::export::{Placing, training};
use hummingbird_engine::data::filter::{FilterOptions, filter};
use hummingbird_engine::data::manifest::{self, Row};
use hummingbird_engine::data::motion::{MotionLimits, measure_manifest};
use hummingbird_engine::data::objects::{Place, Places};
use hummingbird_engine::data::scan::{ScanOptions, scan};
use hummingbird_engine::progress::Silent;
use hummingbird_engine::training::recipes::RecipeRun as _;
use hummingbird_engine::training::recipes::lora::LoraRecipe;
use hummingbird_engine::training::recipes::settings::{DataSettings, RunSettings};
use hummingbird_tests::planted::{Counts, plant, verdict};

/// Scans, cuts, measures and filters the clips below a folder.
fn chain(folder: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let [scanned, cut, motion] = ["scanned", "cut", "motion"].map(|name| folder.join(name).with_extension("parquet"));
    let cancel = CancelToken::default();
    let options = ScanOptions {
        folders: vec![folder.join("clips")],
        output: scanned.clone(),
        finds_near_duplicates: true,
        ..ScanOptions::default()
    };
    scan(&options, &cancel, &mut Silent)?;
    let places = Places::default();
    cut_manifest(&scanned, &cut, CutOptions::default(), &places, &cancel, &mut Silent)?;
    measure_manifest(&cut, &motion, MotionLimits::default(), None, &places, &mut Silent, &cancel)?;
    let mut rows = manifest::read(&motion)?;
    filter(&mut rows, &FilterOptions::default());
    Ok(rows)
}

#[test]
fn planted_faults_are_found_and_the_rest_is_trained_on() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let planted = plant(&folder.join("clips"), Counts { each: 4, broken: 5, good: 36 }, 20)?;
    let rows = chain(folder)?;
    let verdict = verdict(&planted, &rows);
    assert_eq!(verdict.least_found(), 1.0, "{verdict}");
    assert!(verdict.others_dropped() <= 0.05 && verdict.split.is_empty(), "{verdict}");

    let (set, cancel) = (folder.join("set"), CancelToken::default());
    let from = Place::File(folder.to_owned());
    let places = Places::default();
    let export = training(&rows, &from, &set, Placing::Link, &places, &cancel, &mut Silent)?;
    assert!(export.failed.is_empty() && export.without_caption == 0 && export.cut > 0, "{export:?}");
    let data = DataSettings { folder: Some(set), frames: 2, width: 64, height: 32, ..LoraRecipe::default().data };
    let run = RunSettings { folder: folder.join("run"), updates: 2, ..LoraRecipe::default().run };
    let recipe = LoraRecipe { rank: 2, output: folder.join("lora.safetensors"), data, run, ..LoraRecipe::default() };
    let run = recipe.open()?;
    let device = Device::flex();
    assert!(run.dry_run(&device, &mut |_| ())?.is_some());
    assert!(run.train(&device, &cancel, &mut |_| ())?, "two updates are all");
    run.write(&device, &mut |_| ())?;
    assert!(run.output().metadata()?.len() > 1000);
    Ok(())
}
