//! Keeps an account of the records that were read.

use crate::BadRecord;
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An account shared by the readers that fill it and the code that opened them.
#[derive(Debug, Default)]
pub struct Account(Mutex<Found>);

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Records with a text.
    pub documents: u64,
    /// Records that are not JSON.
    pub malformed: u64,
    /// Records that are JSON but have no text in the field.
    pub missing: u64,
    /// The first bad record of either kind, in the order of the texts.
    pub first: Option<BadPlace>,
}

impl Found {
    /// Records without a text, of either kind.
    pub fn bad(&self) -> u64 {
        self.malformed + self.missing
    }
}

/// A record without a text, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}, {unit} {number}: {why}")]
pub struct BadPlace {
    /// The name of the file.
    pub name: String,
    /// The unit of `number`.
    pub unit: RecordUnit,
    /// The number of the record, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub why: BadRecord,
}

/// The unit in which the records of a file are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordUnit {
    /// Lines.
    Line,
    /// Rows of a table.
    Row,
}

impl fmt::Display for RecordUnit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RecordUnit::Line => "line",
            RecordUnit::Row => "row",
        })
    }
}

/// What to do about a record without a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadRecord {
    /// Fail, naming the record.
    #[default]
    Error,
    /// Skip it, and count it.
    Skip,
}

impl Account {
    /// Returns what was found so far.
    pub fn found(&self) -> Found {
        self.lock().clone()
    }

    /// Counts records with a text.
    pub fn documents(&self, more: u64) {
        self.lock().documents += more;
    }

    /// Counts a record without a text, or returns an error, depending on `on_bad`.
    ///
    /// # Errors
    ///
    /// If `on_bad` is [`OnBadRecord::Error`].
    pub fn bad(&self, on_bad: OnBadRecord, place: BadPlace) -> io::Result<()> {
        match on_bad {
            OnBadRecord::Error => Err(io::Error::new(io::ErrorKind::InvalidData, place)),
            OnBadRecord::Skip => {
                self.skipped(place);
                Ok(())
            }
        }
    }

    /// Counts a record without a text.
    pub fn skipped(&self, place: BadPlace) {
        let mut found = self.lock();
        match place.why {
            BadRecord::Malformed { .. } => found.malformed += 1,
            _ => found.missing += 1,
        }
        found.first.get_or_insert(place);
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
