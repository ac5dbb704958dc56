//! Temporary files for what does not fit in memory; they have visible names and are deleted when dropped.

use crate::disk::open_new;
use crate::unfinished::{self, Unfinished};
use crate::{folder_of, sync_folder};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use tempfile::{NamedTempFile, TempDir};

/// The error for a temporary file that could not be created, written or read back.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot {action} the temporary file {}{}; free some space, or choose another folder for temporary files",
    path.display(),
    sizes(*written, *needed)
)]
pub struct TemporaryError {
    /// The file, or the beginning of its name.
    pub path: PathBuf,
    /// `"make"`, `"write"`, `"read"` or `"delete"`.
    pub action: &'static str,
    /// Bytes in the file.
    pub written: u64,
    /// Approximate final size in bytes, if it could be estimated.
    pub needed: Option<u64>,
    /// What the system said.
    pub source: io::Error,
}

fn sizes(written: u64, needed: Option<u64>) -> String {
    match (written, needed) {
        (0, None) => String::new(),
        (written, None) => format!(" after {written} bytes"),
        (written, Some(needed)) => format!(" after {written} of about {needed} bytes"),
    }
}

/// A folder that is deleted with its contents when dropped, unless [`TemporaryFolder::finish`] renames it.
#[derive(Debug)]
pub struct TemporaryFolder {
    folder: TempDir,
    unfinished: Unfinished,
}

impl TemporaryFolder {
    /// Creates a folder `.NAME.….partial` beside `path`, with default permissions, to become the folder `path`.
    ///
    /// # Errors
    ///
    /// If the folder around it is missing or cannot be written to.
    pub fn beside(path: &Path) -> io::Result<TemporaryFolder> {
        let prefix = format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy());
        // The process's umask applies.
        TemporaryFolder::make(folder_of(path), &prefix, ".partial", 0o777)
    }

    #[cfg_attr(not(unix), allow(unused_variables, reason = "only Unix has modes"))]
    fn make(folder: &Path, prefix: &str, suffix: &str, mode: u32) -> io::Result<TemporaryFolder> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).suffix(suffix);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
        // Whoever reports the error names the folder, too.
        let make = || builder.tempdir_in(folder).map_err(|error| error.kind().into());
        let (folder, unfinished) = unfinished::make(make, TempDir::path)?;
        Ok(TemporaryFolder { folder, unfinished })
    }

    /// Returns the path of the folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Flushes the folder's files and names to disk, gives it its name, replacing a folder of that name, and flushes the
    /// folder around it. Folders in it are flushed by whoever made them.
    ///
    /// # Errors
    ///
    /// If the system refuses. The folder is deleted then, and one that had the name before is still there, unless only
    /// flushing or deleting the old one failed.
    pub fn finish(self, path: &Path) -> io::Result<()> {
        let TemporaryFolder { folder, unfinished } = self;
        for entry in std::fs::read_dir(folder.path())? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                File::open(entry.path())?.sync_all()?;
            }
        }
        sync_folder(folder.path())?;
        let around = folder_of(path);
        let aside = TemporaryFolder::beside(path)?;
        let old = aside.path().join("old");
        unfinished.take(|| {
            let had_one = match std::fs::rename(path, &old) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => false,
                moved => {
                    moved?;
                    true
                }
            };
            match std::fs::rename(folder.path(), path) {
                Ok(()) => {
                    let _ = folder.keep();
                    Ok(())
                }
                Err(error) => {
                    if had_one {
                        std::fs::rename(&old, path)?;
                    }
                    Err(error)
                }
            }
        })?;
        sync_folder(around)
    }
}

/// Creates a folder `ngram-<process>-….tmp` in `folder`, private to its owner, deleted with its contents when dropped.
///
/// # Errors
///
/// If `folder` is missing or cannot be written to.
pub fn temporary_folder(folder: &Path) -> Result<TemporaryFolder, TemporaryError> {
    let prefix = format!("ngram-{}-", std::process::id());
    TemporaryFolder::make(folder, &prefix, ".tmp", 0o700)
        .map_err(|source| not_made(folder, &prefix, source))
}

fn not_made(folder: &Path, prefix: &str, source: io::Error) -> TemporaryError {
    TemporaryError {
        path: folder.join(format!("{prefix}*.tmp")),
        action: "make",
        written: 0,
        needed: None,
        source,
    }
}

/// A file that any thread may append pieces to and read them back from. Created on the first write.
pub struct Temporary {
    folder: PathBuf,
    prefix: String,
    file: OnceLock<Mutex<Open>>,
    making: Mutex<()>,
}

struct Open {
    file: NamedTempFile,
    end: u64,
    /// Forgotten after the file is gone.
    _unfinished: Unfinished,
}

/// The position of a piece in its file.
#[derive(Clone, Copy, Debug)]
pub struct PiecePlace {
    start: u64,
    length: usize,
}

impl PiecePlace {
    /// Returns the place of some bytes of the piece, as far as it has them.
    pub fn part(self, range: std::ops::Range<usize>) -> PiecePlace {
        let end = range.end.min(self.length);
        let start = range.start.min(end);
        PiecePlace { start: self.start + start as u64, length: end - start }
    }
}

impl Temporary {
    /// Prepares a file `ngram-<process>-<what>-….tmp` in `folder`; it is created on the first write.
    pub fn new(folder: &Path, what: &str) -> Temporary {
        let prefix = format!("ngram-{}-{what}-", std::process::id());
        Temporary {
            folder: folder.to_owned(),
            prefix,
            file: OnceLock::new(),
            making: Mutex::default(),
        }
    }

    fn open(&self) -> Result<&Mutex<Open>, TemporaryError> {
        let _one_at_a_time = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = self.file.get() {
            return Ok(open);
        }
        let make = || {
            let mut builder = tempfile::Builder::new();
            builder
                .prefix(&self.prefix)
                .suffix(".tmp")
                .make_in(&self.folder, |path| open_new(path, 0o600))
        };
        let (file, _unfinished) = unfinished::make(make, NamedTempFile::path)
            .map_err(|source| not_made(&self.folder, &self.prefix, source))?;
        Ok(self.file.get_or_init(|| Mutex::new(Open { file, end: 0, _unfinished })))
    }

    /// Appends a piece. `needed` estimates the final length of the file, for the message if this
    /// fails.
    pub fn append(
        &self,
        bytes: &[u8],
        needed: impl Fn(u64) -> Option<u64>,
    ) -> Result<PiecePlace, TemporaryError> {
        let mut open = self.open()?.lock().unwrap_or_else(PoisonError::into_inner);
        let start = open.end;
        let file = open.file.as_file_mut();
        let written = file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(bytes));
        written.map_err(|source| TemporaryError {
            path: open.file.path().to_owned(),
            action: "write",
            written: start,
            needed: needed(start),
            source,
        })?;
        open.end += bytes.len() as u64;
        Ok(PiecePlace { start, length: bytes.len() })
    }

    /// Reads a piece into `bytes`, replacing its contents.
    pub fn read(&self, place: PiecePlace, bytes: &mut Vec<u8>) -> Result<(), TemporaryError> {
        let mut open = self.open()?.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.clear();
        let file = open.file.as_file_mut();
        let read = file.seek(SeekFrom::Start(place.start)).and_then(|_| {
            match file.take(place.length as u64).read_to_end(bytes)? {
                length if length == place.length => Ok(()),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            }
        });
        read.map_err(|source| TemporaryError {
            path: open.file.path().to_owned(),
            action: "read",
            written: open.end,
            needed: None,
            source,
        })
    }

    /// Deletes the file now. For one within a folder that gets its final name soon: what is dropped is deleted later if the
    /// system refuses at first, but not under another name.
    ///
    /// # Errors
    ///
    /// If the system refuses.
    pub fn delete(self) -> Result<(), TemporaryError> {
        let Some(open) = self.file.into_inner() else { return Ok(()) };
        let Open { file, end, _unfinished } =
            open.into_inner().unwrap_or_else(PoisonError::into_inner);
        let path = file.path().to_owned();
        file.close().map_err(|source| TemporaryError {
            path,
            action: "delete",
            written: end,
            needed: None,
            source,
        })
    }

    /// Returns the size of the file in bytes.
    pub fn size(&self) -> u64 {
        let open = |open: &Mutex<Open>| open.lock().unwrap_or_else(PoisonError::into_inner).end;
        self.file.get().map_or(0, open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_and_the_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let temporary = Temporary::new(folder.path(), "test");
        assert_eq!((files(), temporary.size()), (0, 0));
        let a = temporary.append(b"one", |_| None).unwrap();
        let b = temporary.append(b"", |_| None).unwrap();
        let c = temporary.append(b"three", |_| None).unwrap();
        assert_eq!((files(), temporary.size()), (1, 8));
        let mut bytes = b"else".to_vec();
        for (place, expected) in [(c, &b"three"[..]), (a, b"one"), (b, b"")] {
            temporary.read(place, &mut bytes).unwrap();
            assert_eq!(bytes, expected);
        }
        for (range, expected) in [(1..4, &b"hre"[..]), (3..9, b"ee"), (7..9, b"")] {
            temporary.read(c.part(range), &mut bytes).unwrap();
            assert_eq!(bytes, expected);
        }
        let name = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().file_name();
        let name = name.to_str().unwrap();
        let prefix = format!("ngram-{}-test-", std::process::id());
        assert!(name.starts_with(&prefix) && name.ends_with(".tmp"), "{name}");
        drop(temporary);
        assert_eq!(files(), 0);
        let temporary = Temporary::new(folder.path(), "test");
        temporary.append(b"one", |_| None).unwrap();
        temporary.delete().unwrap();
        assert_eq!(files(), 0);
        // One that is gone already cannot be deleted; one that was never made need not.
        let temporary = Temporary::new(folder.path(), "test");
        temporary.append(b"one", |_| None).unwrap();
        let gone = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        std::fs::remove_file(gone).unwrap();
        let error = temporary.delete().unwrap_err();
        assert!(error.to_string().starts_with("cannot delete the temporary file"), "{error}");
        Temporary::new(folder.path(), "test").delete().unwrap();
    }

    #[test]
    fn a_folder_takes_the_place_of_another_or_leaves_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("all");
        let entries = || std::fs::read_dir(folder.path()).unwrap().count();
        let read = |name: &str| std::fs::read_to_string(path.join(name)).ok();
        let make = |name: &str| {
            let made = TemporaryFolder::beside(&path).unwrap();
            std::fs::write(made.path().join(name), name).unwrap();
            made
        };
        make("a").finish(&path).unwrap();
        assert_eq!((entries(), read("a").as_deref()), (1, Some("a")));
        make("b").finish(&path).unwrap();
        assert_eq!((entries(), read("a"), read("b").as_deref()), (1, None, Some("b")));
        drop(make("c"));
        let gone = make("d");
        std::fs::remove_dir_all(gone.path()).unwrap();
        gone.finish(&path).unwrap_err();
        assert_eq!((entries(), read("b").as_deref()), (1, Some("b")));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_what_is_temporary() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let temporary = Temporary::new(folder.path(), "test");
        temporary.append(b"one", |_| None).unwrap();
        let made = temporary_folder(folder.path()).unwrap();
        assert!(made.path().starts_with(folder.path()));
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let mode = entry.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let temporary = Temporary::new(&folder.path().join("none"), "test");
        let error = temporary.append(b"one", |_| None).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().contains("none/ngram-"), "{error}");
    }
}
