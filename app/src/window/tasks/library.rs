//! The library's threads: one writes finished clips, one asks and changes the index, one reads clips and makes thumbnails of them.
//!
//! Each has the library open for itself, as several programs would. Orders wait in line and never make the window wait; of wanted
//! thumbnails only the newest list counts.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded};
use hummingbird_engine::job::CancelToken;
use hummingbird_engine::jobs::journal::{Journal, StepKeeper};
use hummingbird_engine::library::{
    ClipId, Entry, Library, LibraryError, LibrarySettings, NewClip, Query, Removed, all_frames, keep, thumbnail,
};
use hummingbird_engine::worker::Wake;
use hummingbird_engine::{Folders, NoFolders};

use super::engine_link::demo_sha256;
use super::{Report, Tasks};
use crate::language::tr;
use crate::sentences::{error_in_words, in_words};
use crate::window::state::library::{KeepOrder, KeptClip, LibraryOrder, LibraryReport, MOST_ENTRIES, RECENT};

/// Longest side of a thumbnail in pixels, and frames of it.
const THUMBNAIL: (usize, usize) = (160, 12);

/// Ways to the library's threads. The channels have no bounds: what waits in them is what a person clicked and what was finished.
pub struct LibraryThreads {
    index: Sender<LibraryOrder>,
    keeper: Sender<(KeepOrder, Option<StepKeeper>)>,
    pictures: Sender<PictureOrder>,
    wanted: Wanted,
    /// Those that write: they are waited for at the end.
    writers: Vec<JoinHandle<()>>,
    cancel: CancelToken,
}

/// Thumbnails that are wanted, the first one first.
type Wanted = Arc<Mutex<Vec<(ClipId, PathBuf)>>>;

enum PictureOrder {
    /// The list of wanted thumbnails has changed.
    Look,
    /// Read all frames, for the player.
    Load(Arc<KeptClip>),
    /// Read all frames, to compare the clip.
    Compare(Arc<KeptClip>),
}

/// Where reports go.
#[derive(Clone)]
struct Reporter {
    sender: Sender<Report>,
    wake: Wake,
}

impl Reporter {
    fn tell(&self, report: LibraryReport) {
        // Without a receiver the window has gone, and nobody waits for the report.
        if self.sender.send(Report::Library(report)).is_ok() {
            (self.wake)();
        }
    }
}

impl Tasks {
    /// Opens the library and says so, or why not.
    pub fn open_library(&mut self) {
        let reporter = Reporter { sender: self.sender.clone(), wake: Arc::clone(&self.wake) };
        let Some(folders) = self.folders.clone() else {
            log::warn!("no clip is kept: {NoFolders}");
            return;
        };
        match LibraryThreads::start(&folders, &reporter) {
            Ok(threads) => self.library = Some(threads),
            Err(error) => {
                let reason = tr!("window-no-threads-because", error = error_in_words(&error));
                self.stranded.push(Report::Library(LibraryReport::Failed(reason)));
            }
        }
    }

    /// Gives the library an order; `journal` is that of the jobs that make clips.
    pub fn library(&mut self, order: LibraryOrder, journal: Option<&Journal>) {
        let Some(threads) = &self.library else { return };
        let taken = match order {
            LibraryOrder::Keep(order) => {
                let keeper = journal.zip(order.job).map(|(journal, key)| journal.keeper(key));
                threads.keeper.send((*order, keeper)).is_ok()
            }
            LibraryOrder::Compare(clip) => threads.pictures.send(PictureOrder::Compare(clip)).is_ok(),
            LibraryOrder::Load(clip) => threads.pictures.send(PictureOrder::Load(clip)).is_ok(),
            LibraryOrder::Pictures(mut list) => {
                // The thread takes them from the end.
                list.reverse();
                *threads.wanted.lock().unwrap_or_else(PoisonError::into_inner) = list;
                threads.pictures.send(PictureOrder::Look).is_ok()
            }
            order => threads.index.send(order).is_ok(),
        };
        if !taken {
            let reason = tr!("window-internal-error", detail = tr!("window-library-stopped"));
            self.stranded.push(Report::Library(LibraryReport::Failed(reason)));
        }
    }

    /// Waits until what was ordered is written; called when the window closes.
    pub fn finish_library(&mut self) {
        let Some(threads) = self.library.take() else { return };
        let LibraryThreads { index, keeper, pictures, wanted, writers, cancel } = threads;
        cancel.cancel();
        wanted.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop((index, keeper, pictures));
        for writer in writers {
            while !writer.is_finished() {
                // Nobody else takes reports any more, and a thread that cannot report does not end.
                self.receiver.try_iter().for_each(drop);
                thread::sleep(Duration::from_millis(5));
            }
            if writer.join().is_err() {
                log::error!("a clip may not be kept: a thread of the library has panicked");
            }
        }
    }
}

impl LibraryThreads {
    fn start(folders: &Folders, reporter: &Reporter) -> std::io::Result<Self> {
        let (index, index_orders) = unbounded();
        let (keeper, keep_orders) = unbounded();
        let (pictures, picture_orders) = unbounded();
        let (wanted, cancel) = (Wanted::default(), CancelToken::default());
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let writers = vec![
            {
                let (folders, reporter, cancel) = (folders.clone(), reporter.clone(), cancel.clone());
                named("hummingbird-library").spawn(move || run_index(&folders, &reporter, &index_orders, &cancel))?
            },
            {
                let (folders, reporter) = (folders.clone(), reporter.clone());
                named("hummingbird-keeper").spawn(move || run_keeper(&folders, &reporter, &keep_orders))?
            },
        ];
        let (for_pictures, reporter) = (Arc::clone(&wanted), reporter.clone());
        named("hummingbird-thumbnails").spawn(move || run_pictures(&reporter, &picture_orders, &for_pictures))?;
        Ok(Self { index, keeper, pictures, wanted, writers, cancel })
    }
}

/// Writes finished clips, whether or not the index can be used.
fn run_keeper(folders: &Folders, reporter: &Reporter, orders: &Receiver<(KeepOrder, Option<StepKeeper>)>) {
    for (order, keeper) in orders {
        let KeepOrder { result, frames, provenance, latent, made, job: _ } = order;
        let clip = NewClip { frames: &frames, provenance: &provenance, made, latent: latent.as_deref() };
        let mut problems = Vec::new();
        let settings = LibrarySettings::read(folders).unwrap_or_else(|error| {
            problems.push(tr!("window-library-defaults", reason = in_words(&error)));
            LibrarySettings::default()
        });
        let goes_to = |path: Option<&Path>| {
            if let Some(keeper) = &keeper {
                keeper.clip_goes_to(path);
            }
        };
        let written = keep(folders, &settings, &clip, &mut |path| goes_to(Some(path))).inspect_err(|_| goes_to(None));
        let kept = written.map_err(|error| in_words(&error)).map(|written| {
            if let Some(first) = written.failures.first() {
                let place = written.path.display().to_string();
                problems.push(tr!("window-clip-elsewhere", path = place, reason = in_words(first)));
            }
            // Opened for each, so that an index that was set aside by another program is not written any more.
            let added = Library::open(folders).and_then(|mut library| library.add(&written, &clip));
            let id = added.inspect_err(|error| problems.push(tr!("window-clip-not-listed", reason = in_words(error))));
            (id.ok(), written.path)
        });
        reporter.tell(LibraryReport::Kept { result, kept, problems });
    }
}

/// Asks and changes the index.
fn run_index(folders: &Folders, reporter: &Reporter, orders: &Receiver<LibraryOrder>, cancel: &CancelToken) {
    let opened = Library::open(folders).and_then(|library| Ok((library, LibrarySettings::read(folders)?)));
    let mut library = match opened {
        Ok((library, settings)) => {
            let aside = library.set_aside().map(std::path::Path::to_owned);
            reporter.tell(LibraryReport::Opened { settings, aside });
            library
        }
        Err(error) => return reporter.tell(LibraryReport::Failed(in_words(&error))),
    };
    for order in orders {
        if let Err(error) = carry_out(&mut library, folders, order, reporter, cancel) {
            reporter.tell(LibraryReport::Refused(in_words(&error)));
        }
    }
}

fn carry_out(
    library: &mut Library,
    folders: &Folders,
    order: LibraryOrder,
    reporter: &Reporter,
    cancel: &CancelToken,
) -> Result<(), LibraryError> {
    match order {
        LibraryOrder::Find { ticket, query } => {
            let ids = library.find(&query)?;
            let (total, facets) = (library.count()?, library.facets()?);
            reporter.tell(LibraryReport::Found { ticket, ids, total, facets });
        }
        LibraryOrder::Entries(ids) => reporter.tell(LibraryReport::Entries(known(library.entries(&ids)?))),
        LibraryOrder::Recent => {
            let mut ids = library.find(&Query::default())?;
            ids.truncate(RECENT);
            reporter.tell(LibraryReport::Recent(known(library.entries(&ids)?)));
        }
        LibraryOrder::Mark(ids, mark) => {
            library.mark(&ids, &mark)?;
            // Of more than that the window knows none.
            let seen = &ids[..ids.len().min(MOST_ENTRIES)];
            reporter.tell(LibraryReport::Entries(known(library.entries(seen)?)));
            reporter.tell(LibraryReport::Changed);
        }
        LibraryOrder::Remove(ids) => {
            let (mut removed, mut problems) = (Vec::new(), Vec::new());
            for id in ids {
                match library.remove(id) {
                    Ok(gone) => removed.push(gone),
                    Err(error) => problems.push(in_words(&error)),
                }
            }
            reporter.tell(LibraryReport::Removed(removed, problems));
        }
        LibraryOrder::Restore(all) => restore(library, &all, reporter),
        LibraryOrder::Scan => {
            let scanned = library.scan(cancel)?;
            if scanned != hummingbird_engine::library::Scanned::default() {
                reporter.tell(LibraryReport::Changed);
            }
        }
        LibraryOrder::Change(settings) => {
            settings.write(folders)?;
            // What lies in a folder that was chosen just now belongs to the library too.
            library.scan(cancel)?;
            reporter.tell(LibraryReport::Changed);
        }
        // They go to the other threads.
        LibraryOrder::Keep(_) | LibraryOrder::Load(_) | LibraryOrder::Compare(_) | LibraryOrder::Pictures(_) => {}
    }
    Ok(())
}

fn restore(library: &mut Library, all: &[Removed], reporter: &Reporter) {
    let results: Vec<_> = all.iter().map(|removed| library.restore(removed)).collect();
    let problems: Vec<String> =
        results.iter().filter_map(|it| it.as_ref().err()).map(|error| in_words(error)).collect();
    reporter.tell(LibraryReport::Restored(all.len() - problems.len(), problems));
}

fn known(entries: Vec<Entry>) -> Vec<KeptClip> {
    let known = |entry: Entry| KeptClip { is_of_demo: entry.provenance.model_sha256 == demo_sha256(), entry };
    entries.into_iter().map(known).collect()
}

/// Reads clips for the player, and makes thumbnails while none is wanted there.
fn run_pictures(reporter: &Reporter, orders: &Receiver<PictureOrder>, wanted: &Wanted) {
    loop {
        let order = match orders.try_recv() {
            Ok(order) => order,
            Err(TryRecvError::Disconnected) => return,
            Err(TryRecvError::Empty) => {
                if let Some((id, path)) = wanted.lock().unwrap_or_else(PoisonError::into_inner).pop() {
                    let (longest, frames) = THUMBNAIL;
                    let picture = thumbnail(&path, longest, frames).map(Arc::new);
                    let picture = picture.inspect_err(|error| log::info!("no thumbnail of a clip: {error}"));
                    reporter.tell(LibraryReport::Picture(id, picture.ok()));
                    continue;
                }
                // Nothing to do until somebody wants something.
                match orders.recv() {
                    Ok(order) => order,
                    Err(_) => return,
                }
            }
        };
        let read = |clip: &KeptClip| all_frames(&clip.entry.path).map(Arc::new).map_err(|error| in_words(&error));
        match order {
            PictureOrder::Look => {}
            PictureOrder::Load(clip) => {
                let frames = read(&clip);
                reporter.tell(LibraryReport::Loaded(clip, frames));
            }
            PictureOrder::Compare(clip) => reporter.tell(LibraryReport::Compared(clip.entry.id, read(&clip))),
        }
    }
}
