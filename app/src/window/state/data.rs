//! The data page: clips of a folder or a manifest on their way to a training set.
//!
//! Here: what is open, what is listed, where the keyboard is, what is under way. The rows: [`super::data_rows`]; limits and order:
//! [`super::data_view`]; pictures: [`super::data_pictures`]; orders and reports: [`super::data_work`].

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hummingbird_engine::data::caption::Sample;
use hummingbird_engine::data::filter::Column;
use hummingbird_engine::data::manifest::Row;
use hummingbird_engine::progress::Rated;

use super::data_networks::{DataNetwork, DataNetworks, StageChoice};
use super::data_pictures::DataPictures;
use super::data_rows::DataRows;
use super::data_view::{Arranged, Choice, Listing, StageCost, Stages, is_open_to};
use super::data_work::{DataOrder, DataStage, KeptSession, Numbered, OpenedData, RecentData, ScoreFiles};
use super::latest::{Latest, Ticket};

/// Seconds from a change of a person to its being written.
const SAVE_SECS: f64 = 0.5;
/// Seconds from what a stage found to its being written: a manifest is written whole, and a stage can find it again.
const SAVE_FOUND_SECS: f64 = 5.0;
/// Seconds between two times that rows are filtered and sorted while more arrive.
const ARRANGE_SECS: f64 = 0.25;

/// What the side of the page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DataTab {
    /// The clip with the keyboard.
    #[default]
    Clip,
    /// Limits and reasons.
    Limits,
    /// Stages.
    Steps,
    /// Where kept clips go.
    Export,
}

impl DataTab {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Clip, Self::Limits, Self::Steps, Self::Export];
}

/// Work that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct DataWork {
    /// Which.
    pub stage: DataStage,
    /// How far it is.
    pub progress: Option<Rated>,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
}

/// What is open.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenData {
    /// The folder in which the window keeps the manifest.
    pub at: PathBuf,
    /// The folder or manifest that was chosen.
    pub source: PathBuf,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Whether its scan came to its end.
    pub is_scanned: bool,
}

/// A folder that was written for training.
#[derive(Clone, Debug, PartialEq)]
pub struct WrittenSet {
    /// The folder.
    pub path: PathBuf,
    /// Clips in it.
    pub clips: u64,
}

/// The page.
#[derive(Default)]
pub struct DataPage {
    /// Whether it stands in place of the clip.
    pub is_shown: bool,
    /// What is open.
    pub open: Option<OpenData>,
    /// Whether something is being opened.
    pub is_opening: bool,
    /// Why something could not be done.
    pub problem: Option<String>,
    /// What was open before; `None` before that was asked.
    pub recent: Option<Vec<RecentData>>,
    /// The rows.
    pub rows: DataRows,
    /// How they are chosen.
    pub choice: Choice,
    /// How they are listed.
    pub listing: Listing,
    /// What came of both.
    pub arranged: Option<Arranged>,
    /// The number of the row with the keyboard.
    pub cursor: Option<usize>,
    /// Whether the page has to scroll to it.
    pub follow_cursor: bool,
    /// Places of the rows in sight.
    pub visible: Range<usize>,
    /// The caption that is being typed, and its row.
    pub editing: Option<(usize, String)>,
    /// What the side shows.
    pub tab: DataTab,
    /// What is under way.
    pub work: Option<DataWork>,
    /// The networks of stages.
    pub networks: DataNetworks,
    /// How stages are asked to work.
    pub stages: StageChoice,
    /// Ten captions, before and after.
    pub samples: Option<Vec<Sample>>,
    /// The folder that was written for training last.
    pub written: Option<WrittenSet>,
    /// Small moving pictures.
    pub pictures: DataPictures,
    /// What is open by its number: reports about another one are passed over.
    pub sessions: Latest,
    session: Option<Ticket>,
    /// Whether rows are being filtered and sorted.
    is_arranging: bool,
    needs_arranging: bool,
    arranged_secs: f64,
    is_saving: bool,
    save_at_secs: Option<f64>,
    /// Whether the keyboard goes to a neighbour when its row is no longer listed.
    pub stays_near: bool,
    #[cfg(test)]
    pub arrangements: usize,
}

impl DataPage {
    /// The ticket of what is open or being opened.
    pub fn session(&self) -> Option<Ticket> {
        self.session
    }

    /// Whether a report is about what is open.
    pub fn is_current(&self, ticket: Ticket) -> bool {
        self.session == Some(ticket)
    }

    /// Something is being opened.
    pub fn begin_opening(&mut self) -> Ticket {
        let ticket = self.sessions.ask();
        self.session = Some(ticket);
        (self.is_opening, self.problem) = (true, None);
        ticket
    }

    /// Something was opened: the page begins anew with it.
    pub fn adopt(&mut self, opened: OpenedData) {
        let OpenedData { at, kept, rows } = opened;
        let KeptSession { source, is_folder, is_scanned, choice, stages } = kept;
        let old = std::mem::take(self);
        *self = Self {
            is_shown: old.is_shown,
            open: Some(OpenData { at, source, is_folder, is_scanned }),
            rows: DataRows::of(rows),
            choice: choice.into(),
            listing: Listing { listed: Default::default(), search: String::new(), ..old.listing },
            tab: old.tab,
            networks: old.networks,
            stages: stages.within_bounds(),
            sessions: old.sessions,
            session: old.session,
            follow_cursor: true,
            needs_arranging: true,
            arranged_secs: f64::NEG_INFINITY,
            ..Self::default()
        };
    }

    /// Something could not be opened: what was open before stays, without the work that was stopped for it.
    pub fn on_not_opened(&mut self, problem: String) {
        (self.is_opening, self.problem, self.work) = (false, Some(problem), None);
        // Reports that were under way are about the session before.
        (self.is_arranging, self.is_saving, self.needs_arranging) = (false, false, true);
    }

    /// Rows, limits or the listing have changed.
    pub fn rearrange(&mut self) {
        self.needs_arranging = true;
    }

    /// A person has changed something that is to be kept.
    pub fn changed(&mut self, now_secs: f64) {
        self.needs_arranging = true;
        self.save_by(now_secs + SAVE_SECS);
    }

    /// A stage has found something.
    pub fn found(&mut self, now_secs: f64) {
        self.needs_arranging = true;
        self.save_by(now_secs + SAVE_FOUND_SECS);
    }

    fn save_by(&mut self, due_secs: f64) {
        self.save_at_secs = Some(self.save_at_secs.map_or(due_secs, |at_secs| at_secs.min(due_secs)));
    }

    /// The order to filter and sort, where one is due; and when one will be.
    pub fn arrange_order(&mut self, now_secs: f64) -> Result<DataOrder, Option<f64>> {
        let Some(ticket) = self
            .session
            .filter(|_| !self.is_opening && self.needs_arranging && !self.is_arranging && self.open.is_some())
        else {
            return Err(None);
        };
        // What a person does is seen at once; rows that arrive come together.
        let due_secs = if self.work.is_some() { self.arranged_secs + ARRANGE_SECS } else { now_secs };
        if now_secs < due_secs {
            return Err(Some(due_secs));
        }
        (self.needs_arranging, self.is_arranging, self.arranged_secs) = (false, true, now_secs);
        #[cfg(test)]
        {
            self.arrangements += 1;
        }
        let (rows, choice, listing) = (self.rows.all().to_vec(), self.choice.clone(), self.listing.clone());
        Ok(DataOrder::Arrange { ticket, rows, choice, listing, stages: self.stages_to_come() })
    }

    /// Rows were filtered and sorted, or could not be.
    pub fn on_arranged(&mut self, arranged: Option<Arranged>, now_secs: f64) {
        self.is_arranging = false;
        let Some(mut arranged) = arranged else { return };
        let verdicts = std::mem::take(&mut arranged.verdicts);
        if !verdicts.is_empty() {
            self.rows.judge(verdicts);
            self.save_by(now_secs + if self.work.is_some() { SAVE_FOUND_SECS } else { SAVE_SECS });
        }
        let before = self.cursor.filter(|_| std::mem::take(&mut self.stays_near)).and_then(|row| self.place(row));
        let count = arranged.order.len();
        self.arranged = Some(arranged);
        if let Some(before) = before
            && self.cursor.is_some_and(|row| self.place(row).is_none())
        {
            self.cursor = self.order().get(before.min(count.saturating_sub(1))).copied();
            self.follow_cursor = true;
        }
        self.visible = self.visible.start.min(count)..self.visible.end.min(count);
    }

    /// The order to write the manifest, where one is due or `now_secs` is none; and when one will be.
    pub fn save_order(&mut self, now_secs: Option<f64>) -> Result<DataOrder, Option<f64>> {
        let (Some(due_secs), Some(ticket), Some(kept)) = (self.save_at_secs, self.session, self.kept()) else {
            return Err(None);
        };
        if let Some(now_secs) = now_secs {
            if self.is_saving || self.is_opening {
                return Err(None);
            }
            if now_secs < due_secs {
                return Err(Some(due_secs));
            }
        }
        let Some(open) = &self.open else { return Err(None) };
        (self.is_saving, self.save_at_secs) = (true, None);
        Ok(DataOrder::Save { ticket, at: open.at.clone(), rows: self.rows.all().to_vec(), kept })
    }

    /// The manifest was written, or is to be written again.
    pub fn on_saved(&mut self, is_written: bool, now_secs: f64) {
        self.is_saving = false;
        if !is_written {
            self.save_by(now_secs + SAVE_FOUND_SECS);
        }
    }

    fn kept(&self) -> Option<KeptSession> {
        let OpenData { source, is_folder, is_scanned, .. } = self.open.clone()?;
        Some(KeptSession { source, is_folder, is_scanned, choice: (&self.choice).into(), stages: self.stages })
    }

    /// Whether nothing is being arranged or written.
    #[cfg(test)]
    pub fn is_at_rest(&self) -> bool {
        !self.is_arranging && !self.needs_arranging && !self.is_saving && self.save_at_secs.is_none()
    }

    /// Numbers of the rows that are listed, in order.
    pub fn order(&self) -> &[usize] {
        self.arranged.as_ref().map_or(&[], |arranged| &arranged.order)
    }

    /// The place of a row in the list.
    pub fn place(&self, row: usize) -> Option<usize> {
        self.order().iter().position(|other| *other == row)
    }

    /// The row with the keyboard.
    pub fn current(&self) -> Option<(usize, &Row)> {
        let index = self.cursor?;
        Some((index, self.rows.get(index)?))
    }

    /// Rows in sight.
    pub fn in_sight(&self) -> &[usize] {
        self.order().get(self.visible.clone()).unwrap_or_default()
    }

    /// Rows that a stage has to look at.
    pub fn open_rows(&self, stage: DataStage) -> Numbered {
        let stages = self.stages_to_come();
        let rows = self.rows.all().iter().enumerate();
        let open = rows.filter(|(_, row)| is_open_to(stage, row, &stages));
        open.map(|(at, row)| (at, Arc::clone(row))).collect()
    }

    /// What stages would work with, as far as it is known.
    fn stages_to_come(&self) -> Stages {
        let StageChoice { sieves, judges, sieve_share, frames, .. } = self.stages;
        let usable = |network| self.networks.file(network).usable().cloned();
        Stages {
            sieve: usable(DataNetwork::Sieve).filter(|_| sieves),
            judge: usable(DataNetwork::Judge).filter(|_| judges),
            sieve_share,
            frames,
        }
    }

    /// Files of the networks that are to score; `None` without any.
    pub fn score_files(&self) -> Option<ScoreFiles> {
        let StageChoice { sieves, judges, sieve_share, .. } = self.stages;
        let path = |network| self.networks.file(network).path().map(Path::to_owned);
        let (sieve, judge) = (path(DataNetwork::Sieve).filter(|_| sieves), path(DataNetwork::Judge).filter(|_| judges));
        (sieve.is_some() || judge.is_some()).then_some(ScoreFiles { sieve, judge, sieve_share })
    }

    /// Clips and frames that a stage has to look at.
    pub fn cost(&self, stage: DataStage) -> StageCost {
        let costs = self.arranged.iter().flat_map(|arranged| &arranged.costs);
        costs.copied().find(|cost| cost.stage == stage).unwrap_or(StageCost { stage, clips: 0, frames: 0, tflop: 0.0 })
    }

    /// Columns with numbers, for sorting.
    pub fn columns(&self) -> impl Iterator<Item = Column> {
        self.arranged.iter().flat_map(|arranged| arranged.histograms.iter().map(|it| it.column))
    }
}
