//! How long each stage of a job took, from its progress.

use hummingbird_engine::job::{JobProgress, Stage};
use serde::Serialize;

/// Seconds of each stage; those of a stage that ran twice, after a device failed, together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageTimes {
    /// Opening the device.
    device_secs: f32,
    /// Putting the model's weights on it.
    load_secs: f32,
    /// Compiling kernels; 0 on the CPU.
    compile_secs: f32,
    /// Tokens and text encoder.
    text_secs: f32,
    /// Sampling, and keeping the final latent.
    denoise_secs: f32,
    /// Each step of the sampler. The first one may be longer: what it needs is allocated in it.
    denoise_step_secs: Vec<f32>,
    /// Latent to frames.
    decode_secs: f32,
    #[serde(skip)]
    last: Option<JobProgress>,
}

impl StageTimes {
    /// Takes a job's progress down: the time since the one before belongs to the stage that ran since then.
    pub fn note(&mut self, progress: JobProgress) {
        let (stage, since, before) =
            self.last.map_or((Stage::Device, 0.0, 0), |last| (last.stage, last.elapsed_secs, last.done));
        let secs = progress.elapsed_secs - since;
        *self.of(stage) += secs;
        if let (Stage::Denoise, Stage::Denoise, Some(steps @ 1..)) =
            (stage, progress.stage, progress.done.checked_sub(before))
        {
            // A busy reader may have missed one.
            self.denoise_step_secs.extend((0..steps).map(|_| secs / steps as f32));
        }
        self.last = Some(progress);
    }

    /// The job ended so many seconds after its start.
    pub fn end(&mut self, elapsed_secs: f32) {
        if let Some(last) = self.last.take() {
            *self.of(last.stage) += elapsed_secs - last.elapsed_secs;
        }
    }

    fn of(&mut self, stage: Stage) -> &mut f32 {
        match stage {
            Stage::Device => &mut self.device_secs,
            Stage::Load => &mut self.load_secs,
            Stage::Compile => &mut self.compile_secs,
            Stage::Text => &mut self.text_secs,
            Stage::Denoise => &mut self.denoise_secs,
            Stage::Decode => &mut self.decode_secs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_belongs_to_one_stage() {
        let mut times = StageTimes::default();
        let progress = [
            (Stage::Device, 0, 1, 0.5),
            (Stage::Load, 0, 1, 1.0),
            (Stage::Load, 1, 1, 3.0),
            (Stage::Text, 0, 1, 3.5),
            (Stage::Text, 1, 1, 4.0),
            (Stage::Denoise, 0, 3, 4.5),
            (Stage::Denoise, 1, 3, 7.5),
            // The second step was not seen.
            (Stage::Denoise, 3, 3, 9.5),
            (Stage::Decode, 0, 2, 9.75),
            (Stage::Decode, 2, 2, 10.0),
        ];
        for (stage, done, total, elapsed_secs) in progress {
            times.note(JobProgress { stage, done, total, elapsed_secs, eta_secs: None });
        }
        times.end(11.0);
        let expected = StageTimes {
            device_secs: 1.0,
            load_secs: 2.5,
            compile_secs: 0.0,
            text_secs: 1.0,
            denoise_secs: 5.25,
            denoise_step_secs: vec![3.0, 1.0, 1.0],
            decode_secs: 1.25,
            last: None,
        };
        assert_eq!(times, expected);
    }

    #[test]
    fn steps_of_a_job_that_began_again_are_counted_again() {
        let mut times = StageTimes::default();
        let progress =
            [(Stage::Denoise, 0, 1.0), (Stage::Denoise, 1, 2.0), (Stage::Load, 0, 3.0), (Stage::Denoise, 0, 4.0)];
        for (stage, done, elapsed_secs) in progress {
            times.note(JobProgress { stage, done, total: 2, elapsed_secs, eta_secs: None });
        }
        times.note(JobProgress { stage: Stage::Denoise, done: 1, total: 2, elapsed_secs: 6.0, eta_secs: None });
        assert_eq!(
            (times.denoise_step_secs.as_slice(), times.denoise_secs, times.load_secs),
            (&[1.0, 2.0][..], 4.0, 1.0)
        );
    }
}
