//! What this process has on disk that nobody asked for: temporary files and folders. A process that must end at once
//! removes them all first.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The paths. Whoever holds the lock may make, rename or remove them; nobody else does.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How often a folder is removed that other threads still write into.
const TRIES: usize = 20;

fn lock() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a temporary file or folder, and remembers it until the [`Unfinished`] is dropped or [taken](Unfinished::take).
pub(crate) fn make<T>(
    make: impl FnOnce() -> io::Result<T>,
    path: impl FnOnce(&T) -> &Path,
) -> io::Result<(T, Unfinished)> {
    let mut paths = lock();
    let made = make()?;
    let path = path(&made).to_owned();
    paths.insert(path.clone());
    Ok((made, Unfinished(path)))
}

/// A path to remove if the process ends at once.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Runs `rename`, which gives the file its final name, [undisturbed].
    pub(crate) fn take<T>(self, rename: impl FnOnce() -> T) -> T {
        undisturbed(rename)
    }
}

/// Gives files their final names. Either that is done as a whole or, once the process ends, not at all. Temporary files
/// are neither made nor forgotten meanwhile: whoever does so waits forever.
pub(crate) fn undisturbed<T>(rename: impl FnOnce() -> T) -> T {
    let _nobody_removes = lock();
    rename()
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // A folder that could not be removed, as while too many files were open, is left for the end of the process.
        let mut paths = lock();
        if !self.0.exists() {
            paths.remove(&self.0);
        }
    }
}

/// Removes the temporary files and folders of this process, for good: from here on, any thread that makes one, or gives
/// one its final name, waits forever. For a process that ends at once, without waiting for its threads, or that ends
/// anyway, in case something could not be removed before.
///
/// Every output is then whole or not there. What cannot be removed now stays.
pub fn abandon() {
    let paths = lock();
    for path in &*paths {
        for _ in 0..TRIES {
            match remove(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => break,
            }
        }
    }
    std::mem::forget(paths);
}

/// Removes a file, or a folder with its contents. At most one folder is open at a time, and none that is empty, since as
/// many files may be open as the system allows.
fn remove(path: &Path) -> io::Result<()> {
    if !path.is_dir() || path.is_symlink() {
        return std::fs::remove_file(path);
    }
    if std::fs::remove_dir(path).is_ok() {
        return Ok(());
    }
    let entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
    let entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    entries.iter().try_for_each(|entry| remove(entry))?;
    std::fs::remove_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    // `abandon` itself ends all making of files in a process: tests/cli/stopping.rs runs it.
    #[test]
    fn a_folder_is_removed_with_its_contents_and_nothing_that_links_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::create_dir_all(path.join("b/c")).unwrap();
        std::fs::write(path.join("b/d"), "").unwrap();
        std::fs::write(folder.path().join("kept"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path(), path.join("link")).unwrap();
        remove(&path).unwrap();
        assert!(!path.exists() && folder.path().join("kept").exists());
        assert_eq!(remove(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn paths_are_remembered_until_they_are_dropped_or_taken() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = folder.path().join(name);
            super::make(|| std::fs::write(&path, "").map(|()| path.clone()), |path| path).unwrap()
        };
        let (a, dropped) = make("a");
        let (b, taken) = make("b");
        let known = |path: &PathBuf| lock().contains(path);
        assert!(known(&a) && known(&b));
        std::fs::remove_file(&a).unwrap();
        drop(dropped);
        assert!(!known(&a) && known(&b));
        let renamed = folder.path().join("c");
        taken.take(|| std::fs::rename(&b, &renamed)).unwrap();
        assert!(!known(&b) && renamed.exists());
        let (d, stays) = make("d");
        drop(stays);
        assert!(known(&d));
        lock().remove(&d);
        assert!(
            super::make(|| Err::<PathBuf, _>(io::ErrorKind::Other.into()), |path| path).is_err()
        );
    }
}
