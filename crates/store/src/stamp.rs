//! Detects whether another program has written to a file.

use std::fs::File;
use std::io;
use std::time::SystemTime;

/// A file, and its stamp when it was opened.
pub struct Stamped {
    file: File,
    stamp: Stamp,
}

/// The length of a file, and its modification time if the system reports it.
pub type Stamp = (u64, Option<SystemTime>);

fn stamp(file: &File) -> io::Result<Stamp> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}

impl Stamped {
    /// Stamps a file in its current state.
    pub fn new(file: File) -> io::Result<Stamped> {
        let stamp = stamp(&file)?;
        Ok(Stamped { file, stamp })
    }

    /// Returns the file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Returns the stamp.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Returns the length of the file when it was opened, in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.0
    }

    /// Returns whether the file has kept its length and has not been written to since, as far as the system tells:
    /// changes a few milliseconds apart may have the same timestamp. Which file has the name now does not matter.
    pub fn is_unchanged(&self) -> bool {
        stamp(&self.file).is_ok_and(|now| now == self.stamp)
    }
}
