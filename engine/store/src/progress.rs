//! How far a download or a check is.

use hummingbird_base::Detail;
use hummingbird_base::progress::{Note, Progress, ProgressSink, StageName, Throttle, Unit};

/// Reading what is here, to check it.
pub const CHECKING: StageName = StageName("checking");
/// Receiving; a [`Note::Waiting`] says when another attempt is waited for.
pub const GETTING: StageName = StageName("getting");

/// Makes reports of byte counts of one file.
pub(super) struct Meter<'a> {
    file: &'a str,
    sink: &'a mut dyn ProgressSink,
    throttle: Throttle,
}

impl<'a> Meter<'a> {
    pub(super) fn new(file: &'a str, sink: &'a mut dyn ProgressSink) -> Self {
        Self { file, sink, throttle: Throttle::default() }
    }

    /// Reports, but not more often than anyone can see.
    pub(super) fn show(&mut self, stage: StageName, done: u64, total: Option<u64>) {
        if self.throttle.is_due(total == Some(done)) {
            self.turn(stage, done, total);
        }
    }

    /// Reports at once.
    pub(super) fn turn(&mut self, stage: StageName, done: u64, total: Option<u64>) {
        self.say(stage, done, total, Note::About(self.file.to_owned()));
    }

    /// Reports that nothing comes for a while.
    pub(super) fn wait(&mut self, done: u64, total: Option<u64>, reason: Detail, secs: f64) {
        self.say(GETTING, done, total, Note::Waiting { about: self.file.to_owned(), reason, secs });
    }

    fn say(&mut self, stage: StageName, done: u64, total: Option<u64>, note: Note) {
        self.sink.progress(Progress::new(stage, Unit::Bytes, done, total).noting(note));
    }
}
