//! Files that appear whole or not at all.

use crate::disk::{has_no_handles, open_new};
use crate::temporary::TemporaryFolder;
use crate::unfinished::{self, Unfinished};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Bytes of a file's name that its temporary file's name repeats; systems allow 255 in all.
const NAME: usize = 200;

/// Maximum length of a chain of links, as on Linux.
const LINKS: usize = 40;

/// A temporary file `.NAME.….partial` next to a file called NAME, with default permissions. It is
/// deleted when dropped, unless [`Partial::finish`] renames it; until then the file of that name
/// stays as it is.
pub struct Partial {
    file: NamedTempFile,
    path: PathBuf,
    unfinished: Unfinished,
}

impl Partial {
    /// Creates the temporary file, so that an unwritable place is noticed before the work.
    ///
    /// A link of that name is replaced, not followed.
    ///
    /// # Errors
    ///
    /// If the folder is missing or cannot be written to, or if `path` is a directory or a
    /// [stream](is_stream), which must not be replaced.
    pub fn create(path: &Path) -> io::Result<Partial> {
        let refuse = |kind, what: &str| Err(io::Error::new(kind, what));
        let ends_in_slash = path.as_os_str().as_encoded_bytes().last() == Some(&b'/');
        if path.is_dir() || ends_in_slash {
            return refuse(io::ErrorKind::IsADirectory, "it is a directory; name a file in it");
        }
        if is_stream(path) {
            return refuse(io::ErrorKind::InvalidInput, "it is a device or a pipe; name a file");
        }
        let Some(name) = path.file_name() else {
            return refuse(io::ErrorKind::InvalidInput, "it is no file's name");
        };
        let folder = folder_of(path);
        if !folder.is_dir() {
            return refuse(io::ErrorKind::NotFound, "there is no such folder; make it first");
        }
        let name = name.to_string_lossy();
        let prefix = format!(".{}.", &name[..name.floor_char_boundary(NAME)]);
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(".partial");
        // The process's umask applies.
        let make = || builder.make_in(folder, |path| open_new(path, 0o666));
        let (file, unfinished) = unfinished::make(make, NamedTempFile::path).map_err(|error| {
            let what = match has_no_handles(&error) {
                true => "too many open files: allow more, as with `ulimit -n 4096`".to_owned(),
                false => error.kind().to_string(),
            };
            let what = format!("no file can be made in {}: {what}", folder.display());
            io::Error::new(error.kind(), what)
        })?;
        Ok(Partial { file, path: path.to_owned(), unfinished })
    }

    /// Returns the temporary file, open for reading and writing.
    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Returns the same file, for sequential writing.
    pub fn file_mut(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Flushes the file to disk, renames it, replacing any file of that name, and flushes the
    /// folder.
    ///
    /// # Errors
    ///
    /// If the system refuses. The temporary file is deleted then, and a file that had the name
    /// before is still there, unless only flushing the folder failed.
    pub fn finish(self) -> io::Result<()> {
        let Partial { file, path, unfinished } = self;
        file.as_file().sync_all()?;
        let mut temporary = file.into_temp_path();
        // By the standard library: `tempfile` goes past libc, where tests let calls fail.
        unfinished.take(|| std::fs::rename(&temporary, &path))?;
        temporary.disable_cleanup(true);
        sync_folder(folder_of(&path))
    }

    /// Flushes files of one folder to disk, renames all of them or none, and flushes the folder. The file system must
    /// have hard links if it has files of these names.
    ///
    /// # Errors
    ///
    /// As [`Partial::finish`]: every file that was there before is still there, unless only flushing the folder failed.
    pub fn finish_all(partials: Vec<Partial>) -> io::Result<()> {
        let Some(first) = partials.first() else { return Ok(()) };
        let folder = folder_of(&first.path).to_owned();
        let aside = TemporaryFolder::beside(&first.path)?;
        for partial in &partials {
            partial.file().sync_all()?;
        }
        let names = partials.iter().map(|partial| (partial.file.path(), &*partial.path));
        unfinished::undisturbed(|| rename_all(names, aside.path()))?;
        for mut partial in partials {
            partial.file.disable_cleanup(true);
        }
        sync_folder(&folder)
    }
}

/// A file that was given its final name, and a link to the one that had it before.
struct Renamed<'p> {
    path: &'p Path,
    old: Option<PathBuf>,
}

impl Renamed<'_> {
    /// Undoes it.
    fn undo(&self) {
        // What failed already is reported; this is the best that can be done.
        let _ = match &self.old {
            Some(old) => std::fs::rename(old, self.path),
            None => std::fs::remove_file(self.path),
        };
    }
}

/// Renames files; if one cannot be, renames those before it back, from links in the folder `aside`.
fn rename_all<'p>(
    names: impl Iterator<Item = (&'p Path, &'p Path)>,
    aside: &Path,
) -> io::Result<()> {
    let mut done: Vec<Renamed<'_>> = Vec::new();
    for (number, (from, path)) in names.enumerate() {
        let link = aside.join(number.to_string());
        let renamed = match std::fs::hard_link(path, &link) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            linked => linked.map(|()| Some(link)),
        };
        let renamed = renamed.and_then(|old| std::fs::rename(from, path).map(|()| old));
        match renamed {
            Ok(old) => done.push(Renamed { path, old }),
            Err(error) => {
                done.iter().rev().for_each(Renamed::undo);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Returns the folder of a file of this name.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Returns whether `path` exists and must be written to in place, not replaced: a device, a pipe,
/// or a name of an open file, such as `/dev/stdout`.
pub fn is_stream(path: &Path) -> bool {
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return true;
    }
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        // Linux has the names of open files there, generated on demand.
        if folder_of(&path).canonicalize().is_ok_and(|folder| folder.starts_with("/proc")) {
            return true;
        }
        match std::fs::read_link(&path) {
            Ok(target) => path = folder_of(&path).join(target),
            Err(_) => return false,
        }
    }
    false
}

/// Flushes the names in a folder to disk.
///
/// # Errors
///
/// If the disk fails. Systems and folders that do not support this are ignored.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // A folder may be writable but not readable, and not every file system supports this.
        Err(error) if matches!(error.kind(), InvalidInput | PermissionDenied | Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// Does nothing: only Unix can flush the names in a folder to disk.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, "old").unwrap();
        let mut partial = Partial::create(&path).unwrap();
        partial.file_mut().write_all(b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert!(names(folder.path())[0].starts_with(".model."), "{:?}", names(folder.path()));
        drop(partial);
        assert_eq!(names(folder.path()), ["model"]);

        let mut partial = Partial::create(&path).unwrap();
        partial.file_mut().write_all(b"new").unwrap();
        partial.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["model"]);
    }

    #[test]
    fn several_files_get_their_names_or_none_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let partials = |names: [&str; 3]| {
            let make = |name| {
                let mut partial = Partial::create(&path(name)).unwrap();
                partial.file_mut().write_all(b"new").unwrap();
                partial
            };
            names.map(make).into_iter().collect()
        };
        let read = |name: &str| std::fs::read_to_string(path(name)).unwrap();
        std::fs::write(path("b"), "old").unwrap();
        let failing: Vec<Partial> = partials(["a", "b", "c"]);
        // No file can take the place of a folder.
        std::fs::create_dir_all(path("c/d")).unwrap();
        Partial::finish_all(failing).unwrap_err();
        assert_eq!((names(folder.path()), read("b")), (vec!["b".into(), "c".into()], "old".into()));
        std::fs::remove_dir_all(path("c")).unwrap();
        Partial::finish_all(partials(["a", "b", "c"])).unwrap();
        assert_eq!(names(folder.path()), ["a", "b", "c"]);
        assert_eq!(["a", "b", "c"].map(read), ["new"; 3]);
        Partial::finish_all(Vec::new()).unwrap();
    }

    #[test]
    fn any_name_that_a_file_can_have_will_do() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["é".repeat(127), "a".repeat(255), "…".repeat(85)] {
            let path = folder.path().join(&name);
            Partial::create(&path).unwrap().finish().unwrap();
            assert_eq!(names(folder.path()), [name]);
            std::fs::remove_file(path).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_streams_are_not() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("other"), "kept").unwrap();
        symlink("other", path("link")).unwrap();
        Partial::create(&path("link")).unwrap().finish().unwrap();
        assert!(!path("link").is_symlink());
        assert_eq!(std::fs::read(path("other")).unwrap(), b"kept");

        symlink("/dev/null", path("null")).unwrap();
        symlink("loop", path("loop")).unwrap();
        assert!(is_stream(&path("null")) && is_stream(Path::new("/dev/null")));
        assert!(
            !is_stream(&path("other")) && !is_stream(&path("none")) && !is_stream(&path("loop"))
        );
        assert!(!is_stream(folder.path()));
        // It must not be replaced, whatever the name leads to.
        #[cfg(target_os = "linux")]
        {
            use std::os::fd::AsRawFd;
            let open = File::open(path("other")).unwrap();
            let number = open.as_raw_fd();
            symlink(format!("/proc/self/fd/{number}"), path("open")).unwrap();
            for name in [format!("/dev/fd/{number}").into(), path("open")] {
                assert!(is_stream(&name), "{}", name.display());
                let error = Partial::create(&name).err().unwrap();
                assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            }
        }
    }
}
