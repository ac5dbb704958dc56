//! Whether another program wrote into a file that is read for long.

use std::fs::File;
use std::io;
use std::time::SystemTime;

/// A file, and what the system said of it when it was opened.
pub struct Stamped {
    file: File,
    stamp: Stamp,
}

/// The length of a file, and when it was last written to, where the system tells.
pub type Stamp = (u64, Option<SystemTime>);

fn stamp(file: &File) -> io::Result<Stamp> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified().ok()))
}

impl Stamped {
    /// A file as it is now.
    pub fn new(file: File) -> io::Result<Stamped> {
        let stamp = stamp(&file)?;
        Ok(Stamped { file, stamp })
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What the system said of it then.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// How long the file was then, in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.0
    }

    /// Whether the file is as long as it was, and nobody wrote to it since, as far as the system tells: changes a
    /// few milliseconds apart may have the same time. It does not matter what file has the name now.
    pub fn is_unchanged(&self) -> bool {
        stamp(&self.file).is_ok_and(|now| now == self.stamp)
    }
}
