//! Whether two names are of one file.

use crate::{folder_of, is_stream};
use std::path::{Path, PathBuf};

/// Returns whether both names are of one file: by device and number where the system tells, through links, and also if
/// neither is there yet.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    number(one).is_some_and(|one| number(other) == Some(one)) || place(one) == place(other)
}

/// Returns the first of some inputs that would be lost if `output` were written: the one of the same file. Devices and
/// pipes lose nothing.
pub fn replaced<'p>(output: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Option<&'p Path> {
    match is_stream(output) {
        true => None,
        false => inputs.into_iter().find(|input| is_same_file(input, output)),
    }
}

/// The device and the number of an existing file.
#[cfg(unix)]
fn number(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Path) -> Option<(u64, u64)> {
    None
}

/// The place of a file without links; only the folder's if the file is not there yet.
fn place(path: &Path) -> PathBuf {
    let beside = || {
        let folder = folder_of(path).canonicalize();
        folder.map_or(path.to_owned(), |folder| folder.join(path.file_name().unwrap_or_default()))
    };
    path.canonicalize().unwrap_or_else(|_| beside())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_file_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("sub")).unwrap();
        std::fs::write(path("a"), "a").unwrap();
        std::fs::write(path("b"), "a").unwrap();
        assert!(is_same_file(&path("a"), &path("sub/../a")));
        assert!(!is_same_file(&path("a"), &path("b")));
        assert!(!is_same_file(&path("a"), &path("new")));
        // Not there yet.
        assert!(is_same_file(&path("new"), &path("sub/../new")));
        assert!(!is_same_file(&path("new"), &path("sub/new")));
        assert!(is_same_file(Path::new("new file"), Path::new("./new file")));
        let inputs = [path("b"), path("a")];
        let inputs = || inputs.iter().map(PathBuf::as_path);
        assert_eq!(replaced(&path("sub/../a"), inputs()), Some(&*path("a")));
        assert_eq!(replaced(&path("c"), inputs()), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_to_the_file_and_devices_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("a"), "a").unwrap();
        std::os::unix::fs::symlink("a", path("soft")).unwrap();
        std::fs::hard_link(path("a"), path("hard")).unwrap();
        assert!(is_same_file(&path("a"), &path("soft")));
        assert!(is_same_file(&path("soft"), &path("hard")));
        let null = Path::new("/dev/null");
        assert!(is_same_file(null, null));
        assert_eq!(replaced(null, [null]), None);
    }
}
