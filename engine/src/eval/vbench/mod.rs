//! VBench: sixteen numbers that say how good the clips of a model are, and their totals, in VBench's own file forms.
//!
//! `suite` reads what is asked, `clips` finds and reads the clips, `looks` is how each dimension looks at frames with the networks of
//! `judges` (`networks` holds those behind them), `detections` scores what other programs saw; `run` joins them, `reading` reads ahead, `kept` remembers clips. `arithmetic` and `totals` are VBench's
//! decisions and sums, `results` its files. `sample` makes the clips of a suite, `compare` puts two results side by side. Formulas are
//! those of VBench at 45e79ec. Not here: the networks (`judges` of the floors below). Start reading at [`run`].

mod arithmetic;
mod bounded;
mod clips;
mod compare;
mod detections;
mod dimensions;
mod error;
mod intervals;
mod judges;
mod kept;
mod looks;
mod networks;
mod page;
mod reading;
mod results;
mod run;
mod sample;
mod suite;
#[cfg(test)]
mod tests;
mod totals;

pub use compare::{Compared, Comparison, ComparisonRow, PairedClip, Side, compare};
pub use detections::{Asked, Detections, SeenClip, SeenFrame, SeenObject, colour_frames};
pub use dimensions::{Dimension, NotADimension, Weighting};
pub use error::{ClipTrouble, VbenchError, VbenchFault};
pub use intervals::Interval;
pub use judges::{
    ActionLogits, ClipText, FlowLengths, Judge, Judges, Missing, PictureFeatures, PictureScores, StyleScores, files_of,
    have_networks,
};
pub use looks::LookError;
pub use networks::{
    AestheticJudge, AmtJudge, ClipJudge, DinoJudge, MusiqJudge, Placed, RaftJudge, StyleJudge, UmtJudge, ViClipJudge,
    ViClipSizes,
};
pub use page::write_page;
pub use results::{ClipResult, ClipValue, DimensionResult, EvalResults};
pub use run::{CLIPS_A_PROMPT, CLIPS_A_STILL_PROMPT, JUDGING, VbenchJob, VbenchOutcome, make_output, run};
pub use sample::{SAMPLING, SampleJob, SamplePlan, Sampled, SampledClip, sample};
pub use suite::{Suite, SuitePrompt};
pub use totals::{Totals, scaled};
