//! How tasks open devices: with what is known of their speeds, and with the share of a GPU's time that the user gives.

use hummingbird_engine::device::{self, DeviceChoice, DeviceShare, OpenDevice, SpeedFile};

use super::Tasks;
use crate::sentences::in_words;

/// Opens devices for work beside the engine's jobs.
#[derive(Clone)]
pub(super) struct DeviceOpener {
    speeds: Option<SpeedFile>,
    share: DeviceShare,
}

impl DeviceOpener {
    /// Opens one. It uses the share that the user has chosen, and follows when another is chosen.
    pub fn open(&self, choice: DeviceChoice) -> Result<OpenDevice, String> {
        let opened = device::open(choice, self.speeds.as_ref()).map_err(|error| in_words(&error))?;
        opened.use_share(&self.share);
        Ok(opened)
    }
}

impl Tasks {
    /// How much of a GPU's time tasks use from now on, those that run too, in percent.
    pub fn use_share(&self, percent: u8) {
        self.share.set(percent);
    }

    /// For a task that is about to start.
    pub(super) fn opener(&self) -> DeviceOpener {
        DeviceOpener { speeds: self.folders.as_ref().map(SpeedFile::of), share: self.share.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::Arc;

    use super::*;

    #[test]
    fn tasks_use_the_share_of_a_gpu_that_was_chosen_and_follow_it() {
        let tasks = Tasks::new(None, Arc::new(|| ()));
        tasks.use_share(50);
        let Ok(opened) = tasks.opener().open(DeviceChoice::Gpu(None)) else {
            assert!(
                std::env::var_os("HUMMINGBIRD_REQUIRE_GPU").is_none_or(|value| value != "1"),
                "there is no GPU, and this run must not skip"
            );
            let line = b"SKIPPED tasks_use_the_share_of_a_gpu_that_was_chosen_and_follow_it: there is no GPU\n";
            std::io::stderr().write_all(line).expect("it is open");
            return;
        };
        let percent = || opened.share().map(|share| share.percent());
        assert_eq!(percent(), Some(50));
        tasks.use_share(25);
        assert_eq!(percent(), Some(25), "a task that runs follows");
        let on_cpu = tasks.opener().open(DeviceChoice::Cpu).expect("there is always a CPU");
        assert!(on_cpu.share().is_none());
    }
}
