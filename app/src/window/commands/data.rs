//! The data page's commands and reports: what is opened, limited, edited, accepted, scored and written.
//!
//! Not here: files, networks and threads (`tasks::data`).

use std::path::{Path, PathBuf};

use hummingbird_engine::data::filter::by_hand;
use hummingbird_engine::data::manifest::is_manifest;

use super::command::DataCommand;
use super::effect::Effect;
use crate::language::tr;
use crate::window::state::State;
use crate::window::state::action::Action;
use crate::window::state::data::{DataTab, DataWork, WrittenSet};
use crate::window::state::data_networks::{DataNetwork, KnownNetwork, StageChoice};
use crate::window::state::data_rows::offered;
use crate::window::state::data_view::Listed;
use crate::window::state::data_work::{Asking, DataEnd, DataExport, DataOrder, DataReport, DataStage};
use crate::window::state::latest::Ticket;
use crate::window::state::view::{Level, Remedy, SavedThing};
use crate::window::state::work::OpenPurpose;

impl State {
    /// Shows the data page, or the clip again.
    pub fn show_data(&mut self, on: bool, effects: &mut Vec<Effect>) {
        self.keep_edit();
        self.data.is_shown = on;
        if on {
            self.list_models(effects);
            self.library.is_shown = false;
            self.view.focus = None;
            self.data.follow_cursor = true;
            if self.data.recent.is_none() {
                effects.push(Effect::Data(DataOrder::Recent));
            }
        }
    }

    /// Orders what is due; when the next thing will be, in seconds of the window's clock.
    pub fn follow_data(&mut self, effects: &mut Vec<Effect>) -> Option<f64> {
        let now_secs = self.view.now_secs;
        let mut next: Option<f64> = None;
        self.follow_networks(effects);
        for order in [self.data.arrange_order(now_secs), self.data.save_order(Some(now_secs))] {
            match order {
                Ok(order) => effects.push(Effect::Data(order)),
                Err(due) => next = [next, due].into_iter().flatten().reduce(f64::min),
            }
        }
        if self.data.is_shown
            && let (Some(ticket), Some(open)) = (self.data.session(), &self.data.open)
        {
            let at = open.at.clone();
            let in_sight: Vec<usize> = self.data.in_sight().to_vec();
            if let Some(wanted) = self.data.pictures.wanted(&in_sight) {
                let readable = |row: &usize| self.data.rows.get(*row).is_some_and(|row| row.error.is_none());
                let all = self.data.rows.all();
                let rows = wanted.into_iter().filter(readable);
                let rows = rows.filter_map(|row| Some((row, all.get(row)?.clone()))).collect();
                effects.push(Effect::Data(DataOrder::Pictures { ticket, at, rows }));
            }
        }
        next
    }

    /// Takes the networks that the models folder has, and has files looked at that are new.
    fn follow_networks(&mut self, effects: &mut Vec<Effect>) {
        for network in DataNetwork::ALL {
            // As commands find it: by the name of the catalogue, or of a file.
            let named = [network.key().to_owned(), format!("{}.safetensors", network.key())];
            let found = named.iter().find_map(|name| self.models.row(name)?.path.as_deref());
            if self.data.networks.find(network, found) {
                self.data.rearrange();
            }
            if self.data.is_shown
                && self.data.tab == DataTab::Steps
                && let Some((file, ticket)) = self.data.networks.look(network)
            {
                effects.push(Effect::Data(DataOrder::LookAtNetwork { ticket, network, file }));
            }
        }
    }

    /// A file was looked at.
    fn on_known_network(&mut self, ticket: Ticket, network: DataNetwork, known: Result<KnownNetwork, String>) {
        if self.data.networks.on_known(network, ticket, known) {
            self.data.rearrange();
        }
    }

    /// Shows a side of the page.
    fn show_data_tab(&mut self, tab: DataTab, effects: &mut Vec<Effect>) {
        self.data.tab = tab;
        if tab == DataTab::Steps {
            // Files may have come, or be whole now.
            self.data.networks.forget_failures();
            self.list_models(effects);
        }
    }

    /// Opens a folder of clips or a manifest.
    pub fn open_data(&mut self, source: PathBuf, effects: &mut Vec<Effect>) {
        self.keep_edit();
        if let Ok(order) = self.data.save_order(None) {
            effects.push(Effect::Data(order));
        }
        if self.data.work.is_some() {
            effects.push(Effect::Data(DataOrder::Stop));
        }
        let source = std::path::absolute(&source).unwrap_or(source);
        let ticket = self.data.begin_opening();
        self.show_data(true, effects);
        effects.push(Effect::Data(DataOrder::Open { ticket, source }));
    }

    /// Opens what was dropped on the page or is nothing for others, where it is something for it.
    pub(super) fn drop_on_data(&mut self, paths: &[PathBuf], effects: &mut Vec<Effect>) -> bool {
        let first = paths.iter().find(|path| path.is_dir() || is_manifest(path));
        if let Some(first) = first {
            self.open_data(first.clone(), effects);
        }
        first.is_some()
    }

    /// Carries out a command of the data page.
    pub fn on_data_command(&mut self, command: DataCommand, effects: &mut Vec<Effect>) {
        let now_secs = self.view.now_secs;
        match command {
            DataCommand::Open(path) => self.open_data(path, effects),
            DataCommand::Tab(tab) => self.show_data_tab(tab, effects),
            DataCommand::List(listing) => {
                if self.data.listing != listing {
                    self.data.listing = listing;
                    self.data.rearrange();
                }
            }
            DataCommand::Choose(choice) => {
                if self.data.choice != choice {
                    self.data.choice = choice;
                    self.data.changed(now_secs);
                }
            }
            DataCommand::ChooseStages(stages) => {
                let stages = stages.within_bounds();
                if self.data.stages != stages {
                    self.data.stages = stages;
                    self.data.changed(now_secs);
                }
            }
            DataCommand::UseFound(network) => {
                self.data.networks.choose(network, None);
                self.data.rearrange();
            }
            DataCommand::See(visible) => self.data.visible = visible,
            DataCommand::Cursor(row) => {
                if self.data.editing.as_ref().is_some_and(|(editing, _)| *editing != row) {
                    self.keep_edit();
                }
                (self.data.cursor, self.data.follow_cursor) = (Some(row), true);
            }
            DataCommand::CursorFollowed => self.data.follow_cursor = false,
            DataCommand::Decide(row, decision) => {
                if self.data.rows.decide(row, decision) {
                    self.data.changed(now_secs);
                }
            }
            DataCommand::Mark(row) => self.mark_data(row),
            DataCommand::Edit(row) => {
                self.keep_edit();
                let text = self.data.rows.get(row).filter(|row| row.error.is_none()).map(|row| row.text.clone());
                self.data.editing = text.map(|text| (row, text));
                (self.data.cursor, self.data.follow_cursor) = (Some(row), true);
            }
            DataCommand::SetText(text) => {
                if let Some((_, typed)) = &mut self.data.editing {
                    *typed = text;
                }
            }
            DataCommand::KeepText => {
                self.keep_edit();
                self.data.follow_cursor = true;
            }
            DataCommand::LeaveText => (self.data.editing, self.data.follow_cursor) = (None, true),
            DataCommand::Accept(rows) => {
                if self.data.rows.accept(rows) {
                    self.data.stays_near = true;
                    self.data.changed(now_secs);
                }
            }
            DataCommand::Refuse(rows) => {
                if self.data.rows.refuse(rows) {
                    self.data.stays_near = true;
                    self.data.changed(now_secs);
                }
            }
            DataCommand::Start(stage) => self.start_data(stage, effects),
            DataCommand::Stop => {
                if let Some(work) = &mut self.data.work {
                    work.is_stopping = true;
                    effects.push(Effect::Data(DataOrder::Stop));
                }
            }
            DataCommand::Ask(purpose) => {
                if !self.view.choosing_file {
                    self.choose_file(purpose, effects);
                }
            }
            DataCommand::AskWhereToSave(what) => self.ask_where_to_save(what),
            DataCommand::TrainOn(folder) => {
                self.show_training();
                self.look_at_clips(&folder, effects);
            }
            DataCommand::DropSamples => self.data.samples = None,
        }
    }

    fn mark_data(&mut self, row: usize) {
        let Some(shown) = self.data.rows.get(row).filter(|row| row.error.is_none()) else { return };
        let kept = by_hand(shown).or(shown.keep).unwrap_or(true);
        if self.data.rows.decide(row, Some(!kept)) {
            self.data.stays_near = true;
            self.data.changed(self.view.now_secs);
        }
    }

    /// Keeps the caption that is being typed.
    pub fn keep_edit(&mut self) {
        if let Some((row, text)) = self.data.editing.take()
            && self.data.rows.write_caption(row, &text)
        {
            self.data.changed(self.view.now_secs);
        }
    }

    /// Takes back what was done last on the page.
    pub(super) fn undo_data(&mut self) {
        // What is being typed is left before anything is taken back.
        self.keep_edit();
        if let Some(row) = self.data.rows.undo() {
            (self.data.cursor, self.data.follow_cursor) = (Some(row), true);
            self.data.changed(self.view.now_secs);
        }
    }

    /// Does again what was taken back last on the page.
    fn redo_data(&mut self) {
        self.keep_edit();
        if let Some(row) = self.data.rows.redo() {
            (self.data.cursor, self.data.follow_cursor) = (Some(row), true);
            self.data.changed(self.view.now_secs);
        }
    }

    /// Carries out an action of the page.
    pub(super) fn run_data(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let row = self.data.cursor;
        match (action, row) {
            (Action::ShowData, _) => self.show_data(!self.data.is_shown, effects),
            (Action::DataRedo, _) => self.redo_data(),
            (Action::DataFolder, _) => self.choose_file(OpenPurpose::DataFolder, effects),
            (Action::DataManifest, _) => self.choose_file(OpenPurpose::DataManifest, effects),
            (Action::DataMark, Some(row)) => self.mark_data(row),
            (Action::DataEdit, Some(row)) => self.on_data_command(DataCommand::Edit(row), effects),
            (Action::DataAccept, Some(row)) => self.on_data_command(DataCommand::Accept(vec![row]), effects),
            (Action::DataRefuse, Some(row)) => self.on_data_command(DataCommand::Refuse(vec![row]), effects),
            (Action::DataAcceptAll, _) => {
                self.on_data_command(DataCommand::Accept(self.data.rows.with_offers()), effects);
            }
            (Action::DataRefuseAll, _) => {
                self.on_data_command(DataCommand::Refuse(self.data.rows.with_offers()), effects);
            }
            _ => {}
        }
    }

    /// Why an action of the page cannot be done now.
    pub(super) fn why_not_data(&self, action: Action) -> Option<String> {
        let current = self.data.current().map(|(_, row)| row);
        match action {
            Action::ShowData => None,
            Action::DataFolder | Action::DataManifest => {
                self.view.choosing_file.then(|| tr!("reasons-file-dialog-open"))
            }
            _ if !self.data.is_shown => Some(tr!("data-why-not-shown")),
            Action::DataRedo => (!self.data.rows.can_redo()).then(|| tr!("data-why-no-redo")),
            Action::DataMark | Action::DataEdit => {
                current.is_none_or(|row| row.error.is_some()).then(|| tr!("data-why-no-clip"))
            }
            Action::DataAccept | Action::DataRefuse => {
                current.and_then(offered).is_none().then(|| tr!("data-why-no-offer"))
            }
            Action::DataAcceptAll | Action::DataRefuseAll => {
                let offers = self.data.arranged.as_ref().map_or(0, |arranged| arranged.offered);
                (offers == 0).then(|| tr!("data-why-no-offer"))
            }
            _ => None,
        }
    }

    /// Why a stage cannot begin now.
    pub fn why_not_stage(&self, stage: DataStage) -> Option<String> {
        let cost = self.data.cost(stage);
        match stage {
            _ if self.data.open.is_none() => Some(tr!("data-why-nothing-open")),
            _ if self.data.work.is_some() => Some(tr!("data-why-busy")),
            DataStage::Scan => None,
            DataStage::Sample | DataStage::Caption if !self.prompting.server.is_set() => {
                Some(tr!("prompting-why-no-server"))
            }
            DataStage::Score => self.why_not_score().or_else(|| (cost.clips == 0).then(|| tr!("data-why-all-done"))),
            DataStage::Smoothness => {
                let file = self.data.networks.file(DataNetwork::Smoothness);
                let why = match (file.path(), file.usable()) {
                    (None, _) => Some(tr!("data-why-no-network", name = DataNetwork::Smoothness.title())),
                    (Some(_), None) => Some(tr!("data-why-network-unknown")),
                    (Some(_), Some(_)) => None,
                };
                why.or_else(|| (cost.clips == 0).then(|| tr!("data-why-all-done")))
            }
            DataStage::Motion if cost.clips == 0 => Some(tr!("data-why-all-done")),
            DataStage::Sample | DataStage::Caption => {
                (self.data.cost(DataStage::Caption).clips == 0).then(|| tr!("data-why-no-captions"))
            }
            DataStage::Train | DataStage::Shards => {
                (self.data.cost(DataStage::Train).clips == 0).then(|| tr!("data-why-nothing-kept"))
            }
            _ => None,
        }
    }

    /// Why nothing can be scored now, whatever is left to be.
    fn why_not_score(&self) -> Option<String> {
        let Some(files) = self.data.score_files() else {
            let StageChoice { sieves, judges, .. } = self.data.stages;
            return Some(if sieves || judges { tr!("data-why-no-score-network") } else { tr!("data-why-no-look") });
        };
        let unknown = |network, is_asked: bool| is_asked && self.data.networks.file(network).usable().is_none();
        let is_unknown =
            unknown(DataNetwork::Sieve, files.sieve.is_some()) || unknown(DataNetwork::Judge, files.judge.is_some());
        is_unknown.then(|| tr!("data-why-network-unknown"))
    }

    fn asking(&self) -> Asking {
        let StageChoice { frames, parallel, .. } = self.data.stages;
        Asking { server: self.prompting.server.clone(), frames, parallel }
    }

    fn start_data(&mut self, stage: DataStage, effects: &mut Vec<Effect>) {
        if self.why_not_stage(stage).is_some() {
            return;
        }
        self.keep_edit();
        let (Some(ticket), Some(open)) = (self.data.session(), self.data.open.clone()) else { return };
        let (at, rows, device) = (open.at, self.data.open_rows(stage), self.form.controls.asked.device);
        let order = match stage {
            DataStage::Scan => DataOrder::Scan { ticket, at, source: open.source, rows: self.data.rows.all().to_vec() },
            DataStage::Motion => DataOrder::Motion { ticket, at, rows },
            DataStage::Score => {
                let Some(files) = self.data.score_files() else { return };
                DataOrder::Score { ticket, at, files, device, rows }
            }
            DataStage::Smoothness => {
                let file = self.data.networks.file(DataNetwork::Smoothness).path();
                let Some(file) = file.map(Path::to_owned) else { return };
                DataOrder::Smoothness { ticket, at, file, device, rows }
            }
            DataStage::Sample => DataOrder::Sample { ticket, at, asking: self.asking(), rows },
            DataStage::Caption => DataOrder::Caption { ticket, at, asking: self.asking(), rows },
            DataStage::Train | DataStage::Shards | DataStage::Page | DataStage::Manifest => return,
        };
        self.begin_data(stage, order, effects);
    }

    fn begin_data(&mut self, stage: DataStage, order: DataOrder, effects: &mut Vec<Effect>) {
        self.data.problem = None;
        self.data.work = Some(DataWork { stage, progress: None, is_stopping: false });
        effects.push(Effect::Data(order));
    }

    /// Writes clips, a page or a manifest to a place that was chosen.
    pub(super) fn write_data(&mut self, what: DataExport, to: PathBuf, effects: &mut Vec<Effect>) {
        let stage = match what {
            DataExport::Train => DataStage::Train,
            DataExport::Shards => DataStage::Shards,
            DataExport::Page(_) => DataStage::Page,
            DataExport::Manifest => DataStage::Manifest,
        };
        if let Some(reason) = self.why_not_stage(stage) {
            self.data.problem = Some(reason);
            return;
        }
        self.keep_edit();
        let (Some(ticket), Some(open)) = (self.data.session(), &self.data.open) else { return };
        let (at, rows) = (open.at.clone(), self.data.rows.all().to_vec());
        self.begin_data(stage, DataOrder::Export { ticket, at, what, to, rows }, effects);
    }

    /// A file that was chosen to save to.
    pub(super) fn save_data(&mut self, what: SavedThing, to: PathBuf, effects: &mut Vec<Effect>) {
        let export = if what == SavedThing::DataPage {
            DataExport::Page(self.data.choice.clone())
        } else {
            DataExport::Manifest
        };
        self.write_data(export, to, effects);
    }

    /// A file or folder was chosen for the page.
    pub(super) fn open_for_data(&mut self, purpose: OpenPurpose, path: PathBuf, effects: &mut Vec<Effect>) {
        match purpose {
            OpenPurpose::DataTrain => self.write_data(DataExport::Train, path, effects),
            OpenPurpose::DataShards => self.write_data(DataExport::Shards, path, effects),
            OpenPurpose::DataNetwork(network) => {
                self.data.networks.choose(network, Some(path));
                self.data.rearrange();
                self.follow_networks(effects);
            }
            _ => self.open_data(path, effects),
        }
    }

    /// Writes down what came of work for the page.
    pub fn on_data(&mut self, report: DataReport, effects: &mut Vec<Effect>) {
        let now_secs = self.view.now_secs;
        match report {
            DataReport::Recent(recent) => {
                let newest = recent.first().map(|recent| recent.source.clone());
                let is_first = self.data.recent.replace(recent).is_none();
                // What was open last goes on.
                if let Some(newest) = newest.filter(|_| is_first && self.data.session().is_none()) {
                    self.open_data(newest, effects);
                }
            }
            DataReport::Known(ticket, network, known) => self.on_known_network(ticket, network, known),
            DataReport::Opened(ticket, opened) if self.data.is_current(ticket) => {
                self.data.is_opening = false;
                match opened {
                    Ok(opened) => {
                        let scans = opened.kept.is_folder && !opened.kept.is_scanned;
                        self.data.adopt(*opened);
                        // So that it is among what was open before.
                        self.data.changed(now_secs);
                        if scans {
                            self.start_data(DataStage::Scan, effects);
                        }
                    }
                    Err(problem) => self.data.on_not_opened(problem),
                }
            }
            DataReport::Found(ticket, rows) if self.data.is_current(ticket) => {
                let other = self.data.rows.find(rows);
                other.into_iter().for_each(|row| self.data.pictures.forget(row));
                self.data.found(now_secs);
            }
            DataReport::FoundAll(ticket, rows) if self.data.is_current(ticket) => {
                let other = self.data.rows.found_all(rows, &tr!("data-file-gone"));
                other.into_iter().for_each(|row| self.data.pictures.forget(row));
                if let Some(open) = &mut self.data.open {
                    open.is_scanned = true;
                }
                self.data.changed(now_secs);
            }
            DataReport::Noted(ticket, notes) if self.data.is_current(ticket) => {
                notes.into_iter().for_each(|note| self.view.notify(Level::Warning, note));
            }
            DataReport::Learned(ticket, rows) if self.data.is_current(ticket) => {
                self.data.rows.learn(rows);
                self.data.found(now_secs);
            }
            DataReport::Offered(ticket, rows) if self.data.is_current(ticket) => {
                self.data.rows.offer(rows);
                self.data.found(now_secs);
            }
            DataReport::Progress(ticket, progress) if self.data.is_current(ticket) => {
                if let Some(work) = &mut self.data.work {
                    work.progress = Some(progress);
                }
            }
            DataReport::Ended(ticket, stage, ended) if self.data.is_current(ticket) => self.on_data_end(stage, ended),
            DataReport::Arranged(ticket, arranged) if self.data.is_current(ticket) => {
                self.data.on_arranged(arranged.map(|arranged| *arranged), now_secs);
                if self.data.cursor.is_none() {
                    self.data.cursor = self.data.order().first().copied();
                }
            }
            DataReport::Saved(ticket, saved) => self.on_data_saved(ticket, saved, effects),
            DataReport::Picture(ticket, row, frames) if self.data.is_current(ticket) => {
                self.data.pictures.add(row, frames);
            }
            // They are about something that is no longer open.
            _ => {}
        }
    }

    fn on_data_saved(&mut self, ticket: Ticket, saved: Result<(), String>, effects: &mut Vec<Effect>) {
        if self.data.is_current(ticket) {
            self.data.on_saved(saved.is_ok(), self.view.now_secs);
            let source = self.data.open.as_ref().map(|open| &open.source);
            let first = self.data.recent.iter().flatten().next().map(|recent| &recent.source);
            if saved.is_ok() && source != first {
                effects.push(Effect::Data(DataOrder::Recent));
            }
        }
        if let Err(reason) = saved {
            self.view.notify(Level::Error, tr!("data-not-saved", reason = reason));
        }
    }

    fn on_data_end(&mut self, stage: DataStage, ended: Result<DataEnd, String>) {
        self.data.work = None;
        self.data.rearrange();
        match ended {
            Ok(DataEnd::Stopped) => self.view.notify(Level::Info, tr!("data-stopped")),
            Ok(DataEnd::Done) => {
                if stage == DataStage::Caption && !self.data.rows.with_offers().is_empty() {
                    self.data.listing.listed = Listed::Offered;
                    self.data.tab = DataTab::Clip;
                }
            }
            Ok(DataEnd::Samples(samples)) => self.data.samples = Some(samples),
            Ok(DataEnd::Written { path, clips, failed }) => {
                let text = tr!("data-written", count = clips, path = path.display().to_string());
                let remedy = Some(Remedy::CopyPath(path.display().to_string()));
                self.view.notify_with(Level::Info, text, remedy);
                if let Some(first) = failed.first() {
                    let text = tr!("data-written-without", count = failed.len(), first = first.as_str());
                    self.view.notify(Level::Warning, text);
                }
                if stage == DataStage::Train {
                    self.data.written = Some(WrittenSet { path, clips });
                }
            }
            Err(problem) => self.data.problem = Some(problem),
        }
    }
}
