//! Plants faults for the data pipeline, and says what it found of them:
//!
//! ```sh
//! cargo run --release -p hummingbird-tests --example planted_faults -- plant DIR [SEED]
//! hummingbird data scan DIR/clips -o DIR/scanned.parquet
//! hummingbird data cut DIR/scanned.parquet -o DIR/cut.parquet
//! hummingbird data motion DIR/cut.parquet -o DIR/motion.parquet
//! hummingbird data filter DIR/motion.parquet -o DIR/filtered.parquet
//! cargo run --release -p hummingbird-tests --example planted_faults -- check DIR
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;

use hummingbird_engine::data::manifest;
use hummingbird_tests::planted::{Counts, Planted, plant, verdict};

/// The first seed of docs/measurements.md.
const SEED: u64 = 20;

#[expect(clippy::print_stdout, reason = "this is what it is for")]
fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let list = |folder: &str| Path::new(folder).join("planted.json");
    match args.as_slice() {
        ["plant", folder, seed @ ..] => {
            let seed = seed.first().map_or(Ok(SEED), |seed| seed.parse())?;
            let planted = plant(&Path::new(folder).join("clips"), Counts::FULL, seed)?;
            fs::write(list(folder), serde_json::to_vec_pretty(&planted)?)?;
            println!("{} clips", planted.len());
        }
        ["check", folder] => {
            let planted: Vec<Planted> = serde_json::from_slice(&fs::read(list(folder))?)?;
            let rows = manifest::read(&Path::new(folder).join("filtered.parquet"))?;
            let verdict = verdict(&planted, &rows);
            print!("{verdict}");
            println!("least found {:.3}, others dropped {:.3}", verdict.least_found(), verdict.others_dropped());
        }
        _ => return Err("usage: planted_faults plant DIR [SEED] | check DIR".into()),
    }
    Ok(())
}
