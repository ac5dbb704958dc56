//! Options that say which texts to read, and how.

use crate::number;
use crate::options::AnyModelArgs;
use crate::summary::group;
use crate::tell::tell;
use anyhow::bail;
use ngram_input::{Field, Format, OnBadRecord, Reading, Sentences};
use std::path::PathBuf;

/// Texts, and the model that scores them.
#[derive(clap::Args)]
pub struct TextsArgs {
    /// Texts: files, quoted patterns such as 'held/*.txt', or - for standard input; plain, or
    /// compressed with gzip, zstd, bzip2 or xz.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub model: AnyModelArgs,
}

/// How texts are read.
#[derive(clap::Args)]
pub struct ReadingArgs {
    /// Format of the texts: text, jsonl (one JSON object per line), parquet (if the program was built with that
    /// feature), u16 or u32 (little-endian token ids of 16 or 32 bits), or npy (token ids in a NumPy array) [default:
    /// jsonl for names that end in .jsonl, .ndjson or .json, with or without .gz, .zst, .bz2 or .xz after it; parquet for
    /// .parquet; npy for .npy; else text].
    #[arg(long, value_name = "NAME", value_parser = format, help_heading = "Texts")]
    input_format: Option<Format>,
    /// Field of a record that holds its text; a.b is the field b of the object a.
    #[arg(long, value_name = "NAME", default_value = "text", help_heading = "Texts")]
    field: Field,
    /// Token id that ends a document, for texts of ids.
    #[arg(long, value_name = "ID", help_heading = "Texts", value_parser = number::whole::<u32>(0, u32::MAX.into()))]
    end_id: Option<u32>,
    /// What counts as a sentence: each line of a document, or the whole document. A document is a
    /// record, or a file of plain text.
    #[arg(long, value_name = "PART", default_value = "line", help_heading = "Texts")]
    sentences: Part,
    /// What to do with a record that is not JSON or lacks the field: skip it, and say how many were
    /// skipped and where the first one is, or fail.
    #[arg(long, value_name = "WHAT", default_value = "skip", help_heading = "Texts")]
    on_bad_record: BadRecord,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    Line,
    Document,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum BadRecord {
    Skip,
    Error,
}

fn format(name: &str) -> Result<Format, String> {
    let found = Format::ALL.iter().find(|(_, known)| *known == name);
    let names: Vec<&str> = Format::ALL.iter().map(|(_, name)| *name).collect();
    found.map(|(format, _)| *format).ok_or_else(|| format!("one of {}", names.join(", ")))
}

impl ReadingArgs {
    /// Returns how to read texts, with an empty account of what is found in them.
    pub fn reading(&self) -> Reading {
        Reading {
            format: self.input_format,
            field: self.field.clone(),
            end_id: self.end_id,
            sentences: match self.sentences {
                Part::Line => Sentences::Line,
                Part::Document => Sentences::Document,
            },
            on_bad: match self.on_bad_record {
                BadRecord::Skip => OnBadRecord::Skip,
                BadRecord::Error => OnBadRecord::Error,
            },
            ..Reading::default()
        }
    }
}

/// What usually happens to bad records.
pub const LEFT_OUT: &str = "were left out";

/// Warns on standard error of records that gave no text, and says what happened to them. If none gave one, that is an
/// error: no figure and no model can come of it.
pub fn warn(reading: &Reading, what: &str) -> anyhow::Result<()> {
    let found = reading.account.found();
    let Some(first) = &found.first else { return Ok(()) };
    let kinds = [(found.malformed, "no JSON"), (found.missing, "without a text in the field")];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, kind)| format!("{} {kind}", group(number)))
        .collect();
    let kinds = kinds.join(", ");
    if found.documents == 0 {
        let field = match found.missing {
            0 => String::new(),
            _ => format!(
                ": name the field that holds the text with --field, which is now {:?}",
                reading.field.to_string()
            ),
        };
        bail!(
            "none of the {} records has a text, {kinds}; the first is {first}{field}",
            group(found.bad())
        );
    }
    tell!(
        "warning: {} of {} records {what}, {kinds}; the first is {first}",
        group(found.bad()),
        group(found.bad() + found.documents),
    );
    Ok(())
}
