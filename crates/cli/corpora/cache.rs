//! The folder that keeps plain texts, each stored whole or not at all.

use super::checksum::sha256;
use super::manifest::CorpusText;
use anyhow::{Context, bail};
use ngram_store::Partial;
use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder where fetched texts are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorpusFolder {
    folder: PathBuf,
}

/// What the cache holds for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cached {
    Missing,
    /// The text that the manifest describes.
    Good,
    /// Another text: an older one, or one that was truncated or edited.
    Altered,
}

impl CorpusFolder {
    /// Finds the cache: `$NGRAM_CORPORA`; else `corpora/fetched` of the project around the current
    /// folder; else the user's own cache folder.
    pub fn find() -> anyhow::Result<Self> {
        Self::find_from(&std::env::current_dir()?, |name| std::env::var_os(name))
    }

    fn find_from(here: &Path, var: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<Self> {
        let var = |name| var(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(folder) = var("NGRAM_CORPORA") {
            return Ok(Self { folder: here.join(folder) });
        }
        for parent in here.ancestors() {
            let corpora = parent.join("corpora");
            if corpora.join("manifest.toml").is_file() {
                return Ok(Self { folder: corpora.join("fetched") });
            }
        }
        let user = if cfg!(windows) {
            var("LOCALAPPDATA")
        } else {
            // The XDG specification says that relative paths are ignored.
            let xdg = var("XDG_CACHE_HOME").filter(|path| path.is_absolute());
            xdg.or_else(|| var("HOME").map(|home| home.join(".cache")))
        };
        match user {
            Some(user) => Ok(Self { folder: user.join("ngram") }),
            None => bail!(
                "there is no home folder to keep corpora in; set NGRAM_CORPORA to a folder of your \
                 choice"
            ),
        }
    }

    #[cfg(test)]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of the text called `name`, whether it exists or not.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.txt"))
    }

    pub fn check(&self, name: &str, text: &CorpusText) -> anyhow::Result<Cached> {
        let path = self.path(name);
        let size = match path.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) if is_absence(error.kind()) => return Ok(Cached::Missing),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        if size != text.bytes {
            return Ok(Cached::Altered);
        }
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        Ok(if sha256(&bytes) == text.sha256 { Cached::Good } else { Cached::Altered })
    }

    /// Opens a file for a text before the text is fetched, so that an unwritable folder is found
    /// first.
    pub fn open(&self, name: &str) -> anyhow::Result<Pending> {
        let path = self.path(name);
        let open = || {
            std::fs::create_dir_all(&self.folder)?;
            Partial::create(&path)
        };
        let file = open().with_context(|| {
            format!(
                "corpora are kept in {}, which cannot be written; set NGRAM_CORPORA to a folder \
                 that can",
                self.folder.display()
            )
        })?;
        Ok(Pending { file, path })
    }
}

/// A folder that turns out to be a file holds no text either; writing to it will fail with an error.
fn is_absence(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// A text without its final name. If dropped, it leaves nothing behind.
pub struct Pending {
    file: Partial,
    path: PathBuf,
}

impl Pending {
    /// Writes the text and gives it its final name.
    pub fn save(mut self, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path;
        self.file
            .file_mut()
            .write_all(text.as_bytes())
            .and_then(|()| self.file.finish())
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    fn find(here: &Path, vars: &[(&str, &str)]) -> PathBuf {
        let var = |name: &str| {
            vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value))
        };
        CorpusFolder::find_from(here, var).unwrap().folder
    }

    #[test]
    fn the_variable_comes_first_then_the_project() {
        let dir = tempdir().unwrap();
        let deep = dir.path().join("corpora/deep/er");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(dir.path().join("corpora/manifest.toml"), "").unwrap();
        assert_eq!(find(&deep, &[("HOME", "/home/x")]), dir.path().join("corpora/fetched"));
        assert_eq!(find(&deep, &[("NGRAM_CORPORA", "")]), dir.path().join("corpora/fetched"));
        assert_eq!(find(&deep, &[("NGRAM_CORPORA", "mine")]), deep.join("mine"));
    }

    #[test]
    #[cfg(not(windows))]
    fn elsewhere_it_is_the_users_cache() {
        let dir = tempdir().unwrap();
        let home = ("HOME", "/home/x");
        assert_eq!(find(dir.path(), &[home]), Path::new("/home/x/.cache/ngram"));
        let xdg = |value| [home, ("XDG_CACHE_HOME", value)];
        assert_eq!(find(dir.path(), &xdg("/c")), Path::new("/c/ngram"));
        assert_eq!(find(dir.path(), &xdg("relative")), Path::new("/home/x/.cache/ngram"));
        let error = CorpusFolder::find_from(dir.path(), |_| None).unwrap_err().to_string();
        assert!(error.contains("set NGRAM_CORPORA"), "{error}");
    }

    #[test]
    fn a_text_is_whole_or_absent() {
        let dir = tempdir().unwrap();
        let cache = CorpusFolder::at(dir.path().join("new/folder"));
        let text = CorpusText { lines: 1, words: 1, bytes: 3, sha256: sha256(b"abc") };
        assert_eq!(cache.check("a", &text).unwrap(), Cached::Missing);

        drop(cache.open("a").unwrap());
        assert_eq!(cache.folder().read_dir().unwrap().count(), 0);

        let path = cache.open("a").unwrap().save("abc").unwrap();
        assert_eq!(path, cache.path("a"));
        assert_eq!(cache.folder().read_dir().unwrap().count(), 1);
        assert_eq!(cache.check("a", &text).unwrap(), Cached::Good);

        for altered in ["abd", "ab", "abcd"] {
            std::fs::write(&path, altered).unwrap();
            assert_eq!(cache.check("a", &text).unwrap(), Cached::Altered, "{altered}");
        }
        assert_eq!(cache.open("a").unwrap().save("abc").unwrap(), path);
        assert_eq!(cache.check("a", &text).unwrap(), Cached::Good);
    }

    #[test]
    fn a_folder_that_cannot_be_made_says_what_to_do() {
        let dir = tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "").unwrap();
        let cache = CorpusFolder::at(dir.path().join("file/folder"));
        let error = cache.open("a").err().unwrap().to_string();
        assert!(error.contains("set NGRAM_CORPORA"), "{error}");
    }
}
