//! One file over an unreliable network: parts that go on, servers that lie, disks that fill up.

use crate::fault::TransferFault;
use hummingbird_base::Action;
use hummingbird_base::Detail;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use super::StoreOptions;
use super::catalogue::MAX_BYTES;
use super::exchange::{ContentRange, Exchange, Head, LOOK, Message, Rest, Trouble, printable};
use super::first_bytes::{HEAD_BYTES, Mistaken, mistaken};
use super::index::Stamp;
use super::part::{Notes, Part, io};
use super::progress::{CHECKING, GETTING, Meter};
use crate::StoreError;
use hummingbird_base::{CancelToken, ProgressSink};

/// Attempts in a row that bring nothing new before we give up.
const MAX_ATTEMPTS: u32 = 5;
/// Longest wait that a server can ask for.
const MAX_WAIT: Duration = Duration::from_secs(300);
/// Bytes of the disk that a download leaves free.
const RESERVE_BYTES: u64 = 64 << 20;
/// Bytes between two looks at the disk.
const DISK_LOOK_BYTES: u64 = 32 << 20;

/// A file that is wanted.
pub(super) struct Wanted<'a> {
    /// Name in the models folder.
    pub(super) name: &'a str,
    pub(super) url: Url,
    /// Exact size, where known.
    pub(super) bytes: Option<u64>,
    /// Hash, where pinned.
    pub(super) sha256: Option<&'a str>,
}

/// A file that has arrived.
pub(super) struct Arrived {
    pub(super) sha256: String,
    /// By what a later change of it is recognised.
    pub(super) stamp: Stamp,
}

/// Gets a file into `folder`. The caller holds the lock of its name.
pub(super) fn download(
    folder: &Path,
    wanted: &Wanted<'_>,
    options: &StoreOptions,
    report: &mut dyn ProgressSink,
    cancel: &CancelToken,
) -> Result<Arrived, StoreError> {
    let mut meter = Meter::new(wanted.name, report);
    let part = Part::open(folder, wanted.name, cancel, &mut |done, total| {
        meter.show(CHECKING, done, Some(total));
    })?;
    let mut download = Download { folder, wanted, options, meter, cancel, part, most: 0, disk_look: 0 };
    match download.check_origin().and_then(|()| download.run()) {
        Ok(()) => download.finish(),
        // Nothing came, or nothing that another attempt could go on with: nothing is left.
        Err(error) if download.part.len() == 0 || !download.can_resume() => download.part.discard().and(Err(error)),
        Err(error) => Err(error),
    }
}

/// How an attempt ended.
enum Attempt {
    /// Everything is here.
    Whole,
    /// Another one is needed, not before `wait` where the server asked for a pause.
    Again { reason: Detail, wait: Option<Duration> },
}

impl Attempt {
    fn again(reason: impl Into<Detail>) -> Self {
        Self::Again { reason: reason.into(), wait: None }
    }
}

struct Download<'a> {
    folder: &'a Path,
    wanted: &'a Wanted<'a>,
    options: &'a StoreOptions,
    meter: Meter<'a>,
    cancel: &'a CancelToken,
    part: Part,
    /// Most bytes that the part ever had: only what goes beyond is progress, or a server that always breaks at the same
    /// place would be asked forever.
    most: u64,
    /// Length of the part at which the disk is looked at next.
    disk_look: u64,
}

impl Download<'_> {
    /// Whether what has arrived is of use later: a hash tells whether both pieces are of one file, or the server can be asked to
    /// send the rest only if the file is still the same.
    fn can_resume(&self) -> bool {
        self.wanted.sha256.is_some() || self.part.notes.sha256.is_some() || self.part.notes.mark().is_some()
    }

    /// A part of another file, or of one that cannot be recognised any more, is worth nothing.
    fn check_origin(&mut self) -> Result<(), StoreError> {
        let is_same_address = self.part.notes.url == self.wanted.url.as_str();
        let can_go_on = self.wanted.sha256.is_some() || (is_same_address && self.can_resume());
        if self.part.len() > 0 && !can_go_on {
            self.part.start_over()?;
        }
        if !is_same_address {
            // Another server's marks mean nothing here; the pinned hash decides at the end.
            self.part.notes = Notes { url: self.wanted.url.to_string(), ..Notes::default() };
        }
        self.most = self.part.len();
        Ok(())
    }

    fn run(&mut self) -> Result<(), StoreError> {
        let mut fruitless = 0;
        loop {
            self.cancel.check()?;
            let Attempt::Again { reason, wait } = self.attempt()? else { return Ok(()) };
            if self.part.len() > self.most {
                (self.most, fruitless) = (self.part.len(), 0);
            }
            fruitless += 1;
            if fruitless >= MAX_ATTEMPTS {
                let (url, attempts, detail) = (self.url(), fruitless, reason);
                return Err(match self.part.len() > 0 && !self.can_resume() {
                    true => StoreError::NoResume { url, attempts, detail },
                    false => StoreError::Stuck { url, attempts, detail },
                });
            }
            let wait = wait.map_or(self.options.first_wait * 2_u32.pow(fruitless - 1), |asked| asked.min(MAX_WAIT));
            self.wait(reason, wait)?;
        }
    }

    fn wait(&mut self, reason: Detail, wait: Duration) -> Result<(), StoreError> {
        self.meter.wait(self.part.len(), self.total(), reason, wait.as_secs_f64());
        let end = Instant::now() + wait;
        while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            self.cancel.check()?;
            thread::sleep(left.min(LOOK));
        }
        Ok(())
    }

    fn attempt(&mut self) -> Result<Attempt, StoreError> {
        if let Some(total) = self.total().filter(|_| self.part.len() > 0) {
            if self.part.len() == total {
                self.check_first_bytes()?;
                return Ok(Attempt::Whole);
            }
            if self.part.len() > total {
                self.part.start_over()?;
            }
        }
        if self.part.len() > 0 && !self.can_resume() {
            self.part.start_over()?;
        }
        let rest = (self.part.len() > 0).then(|| Rest { start: self.part.len(), if_still: self.part.notes.mark() });
        self.meter.turn(GETTING, self.part.len(), self.total());
        let exchange = match Exchange::start(self.options, &self.wanted.url, rest) {
            Ok(exchange) => exchange,
            Err(trouble) => return self.broken(trouble),
        };
        match exchange.next(self.cancel)? {
            Message::Head(head) => match self.judge(&head)? {
                Some(attempt) => Ok(attempt),
                None => self.receive(&exchange),
            },
            Message::Failed(trouble) => self.broken(trouble),
            Message::Bytes(_) | Message::End => Ok(Attempt::again(TransferFault::EmptyAnswer)),
        }
    }

    /// Looks at an answer before its body: `None` when the body can be appended to the part.
    fn judge(&mut self, head: &Head) -> Result<Option<Attempt>, StoreError> {
        let url = || printable(self.wanted.url.as_str());
        match head.status {
            200 => self.take_whole(head).map(|()| None),
            206 => self.go_on(head),
            416 => self.beyond_the_end(head).map(Some),
            401 | 403 => Err(StoreError::Refused { url: url(), status: head.status }),
            404 | 410 => Err(StoreError::Gone { url: url(), status: head.status }),
            407 => Err(StoreError::Unreachable { url: url(), detail: TransferFault::ProxyLogin.into() }),
            408 | 425 | 429 | 500..=599 => Ok(Some(Attempt::Again {
                reason: match head.status {
                    429 => TransferFault::TooManyRequests.into(),
                    status => TransferFault::ServerTrouble { status }.into(),
                },
                wait: head.retry_after,
            })),
            status => Err(StoreError::Status { url: url(), status }),
        }
    }

    fn take_whole(&mut self, head: &Head) -> Result<(), StoreError> {
        if head.is_web_page {
            return Err(StoreError::WebPage { url: self.url() });
        }
        if let Some(coding) = &head.coding {
            return Err(self.protocol(TransferFault::Coded { coding: printable(coding) }));
        }
        self.check_size(head.length)?;
        if !head.is_framed && self.wanted.bytes.is_none() && self.wanted.sha256.is_none() {
            return Err(self.protocol(TransferFault::NoLength));
        }
        self.part.start_over()?;
        self.note(head, head.length)?;
        self.check_disk()
    }

    fn go_on(&mut self, head: &Head) -> Result<Option<Attempt>, StoreError> {
        if self.part.len() == 0 {
            return Err(self.protocol(TransferFault::UnaskedPart));
        }
        let range = head.content_range.as_deref().and_then(ContentRange::parse);
        let (old, total) = (&self.part.notes, range.as_ref().and_then(|range| range.total));
        // Some servers know no ranges and say so in an odd way: all of the file, as its part from the first byte to the last.
        let is_all = range.as_ref().is_some_and(|range| range.first == 0 && range.total == Some(range.last + 1));
        if is_all && head.length.is_none_or(|length| Some(length) == total) {
            let whole = Head { length: total, ..head.clone() };
            return self.take_whole(&whole).map(|()| None);
        }
        let fits = range.as_ref().is_some_and(|range| {
            range.first == self.part.len()
                && total.or(self.total()).is_some_and(|total| range.last < total)
                && head.length.is_none_or(|length| length == range.last - range.first + 1)
        });
        let is_same = |old: &Option<String>, new: &Option<String>| old.is_none() || new.is_none() || old == new;
        let is_same_file = is_same(&old.etag, &head.etag)
            && is_same(&old.last_modified, &head.last_modified)
            && (old.total.is_none() || total.is_none() || old.total == total);
        if !fits || !is_same_file || head.is_web_page || head.coding.is_some() {
            self.part.start_over()?;
            return Ok(Some(Attempt::again(TransferFault::OtherPart)));
        }
        self.check_size(total)?;
        self.note(head, total.or(self.part.notes.total))?;
        self.check_disk()?;
        Ok(None)
    }

    /// The server has nothing from here on: either all of it is here, or the file is another one now.
    fn beyond_the_end(&mut self, head: &Head) -> Result<Attempt, StoreError> {
        let stated =
            head.content_range.as_deref().and_then(|it| it.trim().strip_prefix("bytes */")?.parse::<u64>().ok());
        let is_whole = self.part.len() > 0
            && stated == Some(self.part.len())
            && (self.wanted.sha256.is_some() || self.part.notes.total == stated);
        if is_whole {
            return Ok(Attempt::Whole);
        }
        self.part.start_over()?;
        Ok(Attempt::again(TransferFault::NoSuchPart))
    }

    fn receive(&mut self, exchange: &Exchange) -> Result<Attempt, StoreError> {
        let most = self.total().unwrap_or(MAX_BYTES);
        loop {
            match exchange.next(self.cancel)? {
                Message::Bytes(bytes) => {
                    let found = self.part.len() + bytes.len() as u64;
                    if found > most {
                        // Not even its beginning can be trusted.
                        self.part.start_over()?;
                        return Err(StoreError::WrongSize {
                            file: self.wanted.name.to_owned(),
                            expected_bytes: most,
                            found_bytes: found,
                        });
                    }
                    self.append(&bytes)?;
                }
                Message::End => {
                    return Ok(match self.total() {
                        Some(total) if self.part.len() < total => Attempt::again(TransferFault::BrokeOff),
                        _ if self.part.len() == 0 => Attempt::again(TransferFault::EmptyFile),
                        _ => {
                            self.check_first_bytes()?;
                            Attempt::Whole
                        }
                    });
                }
                Message::Failed(trouble) => return self.broken(trouble),
                Message::Head(_) => return Ok(Attempt::again(TransferFault::TwoAnswers)),
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.part.len() >= self.disk_look {
            self.check_disk()?;
        }
        match self.part.append(bytes) {
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                let free = (self.options.free_space)(self.folder).unwrap_or(0);
                Err(self.disk_full(free))
            }
            Err(error) => Err(io(Action::Write, &self.folder.join(self.wanted.name))(error)),
            Ok(()) => {
                // As soon as there are enough of them: no need to wait for the rest.
                if self.part.len() - (bytes.len() as u64) < HEAD_BYTES as u64 && self.part.head().len() == HEAD_BYTES {
                    self.check_first_bytes()?;
                }
                self.meter.show(GETTING, self.part.len(), self.total());
                Ok(())
            }
        }
    }

    /// Pages, messages and pointers come with any type and any status; what they are is said by their first bytes. Nothing of
    /// them is kept.
    fn check_first_bytes(&mut self) -> Result<(), StoreError> {
        let Some(what) = mistaken(self.wanted.name, self.part.head()) else { return Ok(()) };
        self.part.start_over()?;
        Err(match what {
            Mistaken::WebPage => StoreError::WebPage { url: self.url() },
            Mistaken::Other(what) => StoreError::NotAModel { url: self.url(), what },
        })
    }

    fn broken(&self, trouble: Trouble) -> Result<Attempt, StoreError> {
        if trouble.is_passing {
            return Ok(Attempt::again(trouble.detail));
        }
        Err(StoreError::Unreachable { url: self.url(), detail: trouble.detail })
    }

    fn note(&mut self, head: &Head, total: Option<u64>) -> Result<(), StoreError> {
        self.part.note(Notes {
            url: self.wanted.url.to_string(),
            etag: head.etag.clone(),
            last_modified: head.last_modified.clone(),
            total,
            sha256: head.sha256.clone().or(self.part.notes.sha256.clone()),
        })
    }

    fn check_size(&self, stated: Option<u64>) -> Result<(), StoreError> {
        match (self.wanted.bytes, stated) {
            (Some(expected), Some(found)) if expected != found => Err(StoreError::WrongSize {
                file: self.wanted.name.to_owned(),
                expected_bytes: expected,
                found_bytes: found,
            }),
            (_, Some(found)) if found > MAX_BYTES => Err(StoreError::WrongSize {
                file: self.wanted.name.to_owned(),
                expected_bytes: MAX_BYTES,
                found_bytes: found,
            }),
            _ => Ok(()),
        }
    }

    fn check_disk(&mut self) -> Result<(), StoreError> {
        self.disk_look = self.part.len() + DISK_LOOK_BYTES;
        let free = (self.options.free_space)(self.folder).map_err(io(Action::LookForRoom, self.folder))?;
        if free < self.needed() { Err(self.disk_full(free)) } else { Ok(()) }
    }

    /// Bytes that the rest takes; where its length is unknown, the reserve alone.
    fn needed(&self) -> u64 {
        self.total().map_or(0, |total| total.saturating_sub(self.part.len())).saturating_add(RESERVE_BYTES)
    }

    fn disk_full(&self, free: u64) -> StoreError {
        StoreError::DiskFull { folder: self.folder.to_owned(), needed_bytes: self.needed(), free_bytes: free }
    }

    fn total(&self) -> Option<u64> {
        self.wanted.bytes.or(self.part.notes.total)
    }

    fn url(&self) -> String {
        printable(self.wanted.url.as_str())
    }

    fn protocol(&self, fault: TransferFault) -> StoreError {
        StoreError::Protocol { url: self.url(), detail: fault.into() }
    }

    fn finish(self) -> Result<Arrived, StoreError> {
        let (found, bytes) = (self.part.sha256(), self.part.len());
        let expected = self.wanted.sha256.map(str::to_owned).or(self.part.notes.sha256.clone());
        let size_differs = self.wanted.bytes.is_some_and(|expected| expected != bytes);
        match expected {
            Some(expected) if expected != found => {
                self.part.discard()?;
                Err(StoreError::WrongDownload { file: self.wanted.name.to_owned(), expected, found })
            }
            _ if size_differs => {
                self.part.discard()?;
                let expected = self.wanted.bytes.unwrap_or_default();
                Err(StoreError::WrongSize {
                    file: self.wanted.name.to_owned(),
                    expected_bytes: expected,
                    found_bytes: bytes,
                })
            }
            _ => {
                let stamp = self.part.finish(&self.folder.join(self.wanted.name))?;
                Ok(Arrived { sha256: found, stamp })
            }
        }
    }
}
