//! Whether another program wrote into a file that is read for long.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// So many count files stay open, in the whole process: it may have no more than some hundred. Others are opened
/// whenever they are read.
const OPEN: usize = 64;

static OPENED: AtomicUsize = AtomicUsize::new(0);

/// Leave to keep one of [`OPEN`] files open.
pub(crate) struct Leave(());

impl Leave {
    /// If there are not as many already.
    pub fn ask() -> Option<Leave> {
        let more = |opened: usize| (opened < OPEN).then_some(opened + 1);
        OPENED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|_| Leave(()))
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        OPENED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A file, and what the system said of it when it was opened.
pub(crate) struct Stamped {
    file: File,
    stamp: Stamp,
}

/// The length of a file, and when it was last written to, where the system tells.
pub(crate) type Stamp = (u64, Option<SystemTime>);

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

    /// The file at `path`, if it is still as it was.
    pub fn again(path: &Path, before: Stamp) -> io::Result<Option<Stamped>> {
        let stamped = Stamped::new(File::open(path)?)?;
        Ok((stamped.stamp == before).then_some(stamped))
    }

    /// What the system said of it.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// How long the file was then, in bytes.
    pub fn len(&self) -> u64 {
        self.stamp.0
    }

    /// Whether the file is as long as it was, and nobody wrote to it since, as far as the system tells: changes a
    /// few milliseconds apart may have the same time. It does not matter what file has the name now.
    pub fn is_unchanged(&self) -> bool {
        stamp(&self.file).is_ok_and(|now| now == self.stamp)
    }
}
