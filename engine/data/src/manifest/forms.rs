//! The forms in which the reference and training scripts exchange tables of clips.

use std::io::{self, Write};

use super::row::Row;

/// What is written of each row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableForm {
    /// Every column.
    #[default]
    Manifest,
    /// What DOVER writes: `path, aesthetic score, technical score, overall/final score`; rows without all three are left out.
    Dover,
    /// What VBench's custom mode is written to: `path,motion_smoothness`; rows without it are left out.
    Smoothness,
    /// What distillation reads: `path,text`.
    Captions,
}

/// Writes a table in one of the forms of others, CSV.
pub(super) fn write(rows: &[Row], form: TableForm, to: &mut dyn Write) -> io::Result<()> {
    // The reference writes this line by hand, with spaces behind the commas.
    if form == TableForm::Dover {
        to.write_all(b"path, aesthetic score, technical score, overall/final score\n")?;
    }
    let mut writer = csv::Writer::from_writer(to);
    match form {
        TableForm::Manifest | TableForm::Dover => {}
        TableForm::Smoothness => writer.write_record(["path", "motion_smoothness"])?,
        TableForm::Captions => writer.write_record(["path", "text"])?,
    }
    for row in rows {
        let cells = match form {
            TableForm::Manifest => return Err(io::ErrorKind::InvalidInput.into()),
            TableForm::Dover => match (row.vqa_aesthetic, row.vqa_technical, row.vqa_overall) {
                (Some(aesthetic), Some(technical), Some(overall)) => {
                    [aesthetic, technical, overall].map(|score| format!("{score:.6}")).to_vec()
                }
                _ => continue,
            },
            TableForm::Smoothness => match row.motion_smoothness {
                Some(smoothness) => vec![smoothness.to_string()],
                None => continue,
            },
            TableForm::Captions => vec![row.text.clone()],
        };
        writer.write_record([&row.path].into_iter().chain(&cells))?;
    }
    writer.flush()
}
