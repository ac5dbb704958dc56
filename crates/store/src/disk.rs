//! Checks the free space of a disk before writing to it, and suggests remedies for a full one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The error for a disk with less free space than needed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "about {needed} bytes are needed for {what}, but the disk of {} has {free} free: free some space, or choose another folder",
    folder.display()
)]
pub struct DiskTooFull {
    /// What is to be written.
    pub what: &'static str,
    /// A folder on the disk.
    pub folder: PathBuf,
    /// Bytes free for this user.
    pub free: u64,
    /// Approximate bytes needed.
    pub needed: u64,
}

/// Returns an error if the disk of `folder` has fewer bytes free than needed. If the system does
/// not report free space, there is no error.
pub fn check_disk(folder: &Path, what: &'static str, needed: u64) -> Result<(), DiskTooFull> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match fs4::available_space(folder) {
        Ok(free) if free < needed => {
            Err(DiskTooFull { what, folder: folder.to_owned(), free, needed })
        }
        _ => Ok(()),
    }
}

/// Returns whether a write failed for lack of space: the disk or the user's quota is full, or the
/// file exceeds a size limit.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

/// Returns a suggestion to append to a message about a file that could not be written; empty if
/// neither space nor file handles are the problem.
pub fn remedy(error: &io::Error) -> &'static str {
    match error {
        _ if is_full(error) => ": free some space, or choose another folder",
        _ if has_no_handles(error) => ": allow more, as with `ulimit -n 4096`",
        _ => "",
    }
}

/// Returns whether the process or the system has too many files open.
pub(crate) fn has_no_handles(error: &io::Error) -> bool {
    // The same numbers on all systems with `ulimit`.
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    cfg!(unix) && matches!(error.raw_os_error(), Some(ENFILE | EMFILE))
}

/// Opens a file that must be new, for reading and writing; `mode` is its mode before the umask, where there are modes.
/// Unlike `tempfile`'s own, its error has the system's number.
#[cfg_attr(not(unix), allow(unused_variables, reason = "only Unix has modes"))]
pub(crate) fn open_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(check_disk(folder.path(), "a model", 0), Ok(()));
        let error = check_disk(folder.path(), "a model", u64::MAX).unwrap_err();
        assert!(error.free < u64::MAX);
        assert!(
            error
                .to_string()
                .starts_with("about 18446744073709551615 bytes are needed for a model")
        );
        assert_eq!(check_disk(&folder.path().join("none"), "a model", 1), Ok(()));
    }

    #[test]
    fn only_what_is_full_is_to_be_freed() {
        let remedy = |kind: io::ErrorKind| remedy(&kind.into());
        assert!(remedy(io::ErrorKind::StorageFull).contains("free some space"));
        assert!(remedy(io::ErrorKind::FileTooLarge).contains("free some space"));
        assert_eq!(remedy(io::ErrorKind::PermissionDenied), "");
    }

    #[cfg(unix)]
    #[test]
    fn too_many_open_files_are_called_so() {
        let none = io::Error::from_raw_os_error(24);
        assert!(super::remedy(&none).contains("ulimit -n"));
    }
}
