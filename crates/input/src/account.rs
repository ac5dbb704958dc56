//! What was found in records while they were read.

use crate::BadRecord;
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An account that readers keep and whoever opened them reads.
#[derive(Debug, Default)]
pub struct Account(Mutex<Found>);

/// What was found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Records with a text.
    pub documents: u64,
    /// Records that are no JSON.
    pub malformed: u64,
    /// Records that are JSON and have no text in the field.
    pub missing: u64,
    /// The first of either, in the order of the texts.
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
    /// What the file was called.
    pub name: String,
    /// What is counted in it.
    pub unit: Unit,
    /// Which: the first is 1.
    pub number: u64,
    /// What is wrong with it.
    pub why: BadRecord,
}

/// What the records of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Lines.
    Line,
    /// Rows of a table.
    Row,
}

impl fmt::Display for Unit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Unit::Line => "line",
            Unit::Row => "row",
        })
    }
}

/// What to do about a record without a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnBadRecord {
    /// Fail, and say which it is.
    #[default]
    Error,
    /// Leave it out, and count it.
    Skip,
}

impl Account {
    /// What was found so far.
    pub fn found(&self) -> Found {
        self.lock().clone()
    }

    /// Counts records with a text.
    pub fn documents(&self, more: u64) {
        self.lock().documents += more;
    }

    /// Counts a record without one, or makes an error of it.
    ///
    /// # Errors
    ///
    /// If that is what is to be done about it.
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
