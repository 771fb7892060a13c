//! What a filtering did, as one HTML page without network: histograms with limits, and pictures of what was kept and what was
//! dropped and why.
//!
//! `histogram` draws columns, `sheet` chooses clips and makes their small pictures, `page` joins them. Everything is inside the page, so
//! that it can be sent to others; its size is bounded whatever the number of clips. Begin with [`report`].

mod histogram;
mod page;
mod sheet;
#[cfg(test)]
mod tests;

use hummingbird_base::progress::ProgressSink;
use hummingbird_base::{Action, CancelToken, files};

use crate::filter::FilterSummary;
use crate::manifest::Row;
use crate::objects::{Place, Places};
use crate::work::WorkError;

/// How large a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportOptions {
    /// Pictures of kept clips.
    pub kept: usize,
    /// Pictures of clips for each reason.
    pub per_reason: usize,
    /// Pictures in all.
    pub most: usize,
    /// Rows of the list of dropped clips.
    pub listed: usize,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self { kept: 48, per_reason: 12, most: 240, listed: 2000 }
    }
}

/// The page for filtered rows of a manifest in `folder`.
///
/// # Errors
/// [`WorkError::Cancelled`]; a clip without a picture says so in its place.
pub fn report(
    rows: &[Row],
    summary: &FilterSummary,
    folder: &Place,
    options: ReportOptions,
    places: &Places,
    cancel: &CancelToken,
    progress: &mut (dyn ProgressSink + Send),
) -> Result<String, WorkError> {
    let groups = sheet::choose(rows, summary, options);
    let pictures = sheet::pictures(rows, &groups, folder, places, cancel, progress)?;
    Ok(page::page(rows, summary, &groups, &pictures, options))
}

/// Writes a page: whole, or not at all.
///
/// # Errors
/// Places that cannot be written.
pub fn write_page(place: &Place, html: &str, places: &Places, cancel: &CancelToken) -> Result<(), WorkError> {
    places.make(place, cancel, |path| files::replace(path, html.as_bytes()).map_err(WorkError::io(Action::Write, path)))
}
