//! How much a disk has free, asked before it is filled; and what to do once it is.

use std::io;
use std::path::{Path, PathBuf};

/// A disk has less free than the work needs.
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
    /// How many bytes it has free for this user.
    pub free: u64,
    /// About how many bytes are needed.
    pub needed: u64,
}

/// An error if the disk that `folder` is on has fewer bytes free than are needed. Where the system
/// does not tell, there is none.
pub fn check_disk(folder: &Path, what: &'static str, needed: u64) -> Result<(), DiskTooFull> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    match fs4::available_space(folder) {
        Ok(free) if free < needed => {
            Err(DiskTooFull { what, folder: folder.to_owned(), free, needed })
        }
        _ => Ok(()),
    }
}

/// Whether a file could not be written because there is no room for it: the disk is full, or the user's
/// share of it, or the file is larger than a limit allows.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), FileTooLarge | QuotaExceeded | StorageFull)
}

/// What to do about a file that could not be written, to be put behind its name in a message; empty
/// where it is not room that is wanting.
pub fn remedy(error: &io::Error) -> &'static str {
    if is_full(error) { ": free some space, or choose another folder" } else { "" }
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
}
