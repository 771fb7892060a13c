//! The feature cache: what one step keeps of the U-Net's deep blocks, and the next reuses (DeepCache, Ma et al. 2024,
//! section 3.2; every sampler alike).

use burn::tensor::Tensor;

use super::unet::Blocks;
use hummingbird_model::ReusePlan;

/// Features of one run. They follow from the last whole step alone, so a run that goes on at a whole step ends as if it had
/// never stopped, and one that goes on elsewhere runs its first step whole.
#[derive(Debug)]
pub struct Features {
    plan: Option<ReusePlan>,
    /// Of the prediction with the prompt (or of all at once), and of the one without.
    deep: [Option<Tensor<4>>; 2],
}

impl Features {
    /// None yet.
    pub fn new(plan: Option<ReusePlan>) -> Self {
        Self { plan, deep: [None, None] }
    }

    /// What the prediction `lane` of a step runs.
    pub fn blocks(&self, step: usize, lane: usize) -> Blocks {
        let Some(plan) = self.plan else { return Blocks::All };
        let depth = plan.depth as usize;
        match &self.deep[lane] {
            Some(deep) if !plan.runs_whole(step) => Blocks::Last { depth, deep: deep.clone() },
            _ => Blocks::AllAndKeep { depth },
        }
    }

    /// Takes what a prediction left, if it left anything.
    pub fn keep(&mut self, lane: usize, deep: Option<Tensor<4>>) {
        if deep.is_some() {
            self.deep[lane] = deep;
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    #[test]
    fn steps_between_take_over_what_the_last_whole_one_left() {
        let feature = || Some(Tensor::<4>::zeros([1; 4], &Device::flex()));
        let mut features = Features::new(Some(ReusePlan { interval: 3, depth: 2 }));
        let kinds = (3..9).map(|step| {
            let blocks = features.blocks(step - 2, 0);
            let whole = matches!(blocks, Blocks::AllAndKeep { depth: 2 });
            assert!(whole || matches!(blocks, Blocks::Last { depth: 2, .. }), "{blocks:?}");
            features.keep(0, if whole { feature() } else { None });
            whole
        });
        // A run that goes on at step 1 has nothing cached; steps 3 and 6 are whole by the plan.
        assert_eq!(kinds.collect::<Vec<_>>(), [true, false, true, false, false, true]);
        assert!(matches!(features.blocks(1, 1), Blocks::AllAndKeep { .. }), "the other prediction left nothing");
        assert!(matches!(Features::new(None).blocks(1, 0), Blocks::All));
    }
}
