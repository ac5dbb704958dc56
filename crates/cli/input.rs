//! The texts that a command line names: files, patterns, standard input; plain or compressed.

use crate::stop::{self, Interruptible};
use anyhow::{Context, anyhow, bail};
use ngram_counts::{CountFile, DecodeError, Encoding, NoText};
use ngram_model::{AnyModel, Model};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The model at `path`.
pub fn open_model(path: &Path) -> anyhow::Result<Model> {
    must_exist(path)?;
    Ok(Model::open(path)?)
}

/// Opens a model file, of a table of words or of classes.
pub fn open_any_model(path: &Path) -> anyhow::Result<AnyModel> {
    must_exist(path)?;
    Ok(AnyModel::open(path)?)
}

fn must_exist(path: &Path) -> anyhow::Result<()> {
    // Of a model that is there and cannot be read, opening it says so.
    if path.try_exists().is_ok_and(|exists| !exists) {
        bail!(
            "no model {}: train one with `ngram train corpus.txt`, or name another",
            path.display()
        );
    }
    Ok(())
}

/// A text to be read.
#[derive(Debug)]
pub struct Input {
    /// The file as it was named, or `-`.
    pub name: String,
    /// Bytes on disk, where that is known.
    pub size: Option<u64>,
    /// How its bytes can be had.
    pub kind: InputKind,
}

/// How the bytes of a text can be had.
#[derive(Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A regular file of plain text.
    Plain(PathBuf),
    /// A file to be read once from front to back: compressed, or a named pipe.
    Stream(PathBuf),
    /// A binary count file, which is no text.
    Counts(PathBuf),
    /// Standard input.
    Stdin,
}

/// What the arguments name, in their order. A pattern stands for the files that match it, in
/// alphabetical order.
pub fn expand(arguments: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for argument in arguments {
        match pattern(argument) {
            _ if argument.as_os_str() == "-" => {
                if inputs.iter().any(|input: &Input| input.kind == InputKind::Stdin) {
                    bail!("- is named twice, but standard input can be read only once");
                }
                inputs.push(Input { name: "-".to_owned(), size: None, kind: InputKind::Stdin });
            }
            Some(pattern) if std::fs::symlink_metadata(argument).is_err() => {
                let found = glob::glob(pattern).with_context(|| {
                    format!("{pattern} is no file, and no pattern that files could match")
                })?;
                let before = inputs.len();
                for path in found {
                    let path = path.with_context(|| format!("cannot follow {pattern}"))?;
                    inputs.push(Input::file(path)?);
                }
                if inputs.len() == before {
                    bail!("no file matches {pattern}");
                }
            }
            _ => inputs.push(Input::file(argument.clone())?),
        }
    }
    Ok(inputs)
}

/// The argument as a pattern, if it has a character with a meaning in one.
fn pattern(argument: &Path) -> Option<&str> {
    argument.to_str().filter(|text| text.contains(['*', '?', '[']))
}

/// The one text that an argument names.
pub fn single(argument: &Path) -> anyhow::Result<Input> {
    let mut inputs = expand(std::slice::from_ref(&argument.to_owned()))?;
    match (inputs.pop(), inputs.len()) {
        (Some(input), 0) => Ok(input),
        (_, more) => bail!("{} names {} files: name one", argument.display(), more + 1),
    }
}

/// Whether a file begins as a model does.
pub fn is_model(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let head = || File::open(path).and_then(|mut file| Encoding::read_head(&mut file));
    is_file && head().is_ok_and(|head| Encoding::of(&head) == Err(NoText::Model))
}

/// Whether two names are of the same file, which is there.
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

impl Input {
    /// The file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.kind {
            InputKind::Plain(path) | InputKind::Stream(path) | InputKind::Counts(path) => {
                Some(path)
            }
            InputKind::Stdin => None,
        }
    }

    fn file(path: PathBuf) -> anyhow::Result<Input> {
        let name = path.display().to_string();
        let metadata = match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                bail!("no file {name}: check the name, or use - for standard input")
            }
            metadata => metadata.with_context(|| format!("cannot read {name}"))?,
        };
        if metadata.is_dir() {
            bail!("{name} is a directory: name the files in it, such as '{name}/*.txt'");
        }
        if !metadata.is_file() {
            return Ok(Input { name, size: None, kind: InputKind::Stream(path) });
        }
        let head = File::open(&path).and_then(|mut file| Encoding::read_head(&mut file));
        let head = head.with_context(|| format!("cannot read {name}"))?;
        if CountFile::is_head(&head) {
            return Ok(Input { name, size: Some(metadata.len()), kind: InputKind::Counts(path) });
        }
        let kind = match Encoding::of(&head).map_err(|what| no_text(&name, what))? {
            Encoding::Plain => InputKind::Plain(path),
            Encoding::Gzip | Encoding::Zstd => InputKind::Stream(path),
        };
        Ok(Input { name, size: Some(metadata.len()), kind })
    }

    /// A reader of the text, decompressed. `read` is told how many bytes are read from the disk,
    /// as they are.
    pub fn open<'a>(
        &self,
        read: impl FnMut(u64) + Send + 'a,
    ) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
        let raw: Box<dyn Read + Send> = match &self.kind {
            InputKind::Plain(path) | InputKind::Stream(path) => {
                Box::new(File::open(path).with_context(|| format!("cannot read {}", self.name))?)
            }
            InputKind::Counts(_) => {
                bail!(
                    "{} is a count file, not a text: name it in `ngram train --counts` or `ngram count --merge`",
                    self.name
                )
            }
            InputKind::Stdin => Box::new(Interruptible::new(io::stdin())),
        };
        let name = if self.kind == InputKind::Stdin { "standard input" } else { &self.name };
        Encoding::decode(Counted { raw, read }).map_err(|error| match error {
            DecodeError::NoText(what) => no_text(name, what),
            DecodeError::Read(source) => {
                anyhow::Error::new(source).context(format!("cannot read {name}"))
            }
            other => anyhow::Error::new(other).context(format!("cannot read {name}")),
        })
    }
}

/// Adds up the bytes that are read.
struct Counted<R, F> {
    raw: R,
    read: F,
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        stop::check()?;
        let read = self.raw.read(buffer)?;
        (self.read)(read as u64);
        Ok(read)
    }
}

/// The error that says that a file is no text.
fn no_text(name: &str, what: NoText) -> anyhow::Error {
    match what {
        NoText::Model => anyhow!("{name} {what}: name it with -m"),
        _ => anyhow!("{name} {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn write(directory: &Path, name: &str, bytes: &[u8]) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn read(input: &Input) -> (String, u64) {
        let bytes = AtomicU64::new(0);
        let count = |read| {
            bytes.fetch_add(read, Ordering::Relaxed);
        };
        let mut text = String::new();
        input.open(count).unwrap().read_to_string(&mut text).unwrap();
        (text, bytes.into_inner())
    }

    #[test]
    fn reads_plain_and_compressed_files_and_counts_bytes_on_disk() {
        let directory = tempfile::tempdir().unwrap();
        let twice = [gzip("one\n"), gzip("two\n")].concat();
        let zstd = zstd::encode_all("three\n".as_bytes(), 1).unwrap();
        let cases = [
            ("a.txt", b"plain".to_vec(), "plain"),
            ("b", twice, "one\ntwo\n"),
            ("c", zstd, "three\n"),
            ("d", vec![], ""),
            ("e", b"BZh is no magic number".to_vec(), "BZh is no magic number"),
        ];
        for (name, bytes, text) in cases {
            let path = write(directory.path(), name, &bytes);
            let inputs = expand(std::slice::from_ref(&path)).unwrap();
            let [input] = &inputs[..] else { panic!("{inputs:?}") };
            let size = bytes.len() as u64;
            assert_eq!((input.size, read(input)), (Some(size), (text.to_owned(), size)), "{name}");
            let is_plain = input.kind == InputKind::Plain(path);
            assert_eq!(is_plain, bytes == text.as_bytes(), "{name}");
        }
    }

    #[test]
    fn patterns_stand_for_their_files_in_order() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a.txt", "c.md", "[x].txt"] {
            write(directory.path(), name, b"");
        }
        let names = |patterns: &[&str]| -> Vec<String> {
            let paths: Vec<PathBuf> = patterns.iter().map(|p| directory.path().join(p)).collect();
            let inputs = expand(&paths).unwrap();
            let name = |input: &Input| Path::new(&input.name).file_name().unwrap().to_owned();
            inputs.iter().map(|input| name(input).into_string().unwrap()).collect()
        };
        assert_eq!(names(&["c.md", "?.txt"]), ["c.md", "a.txt", "b.txt"]);
        // A file that is there is meant itself, whatever characters its name has.
        assert_eq!(names(&["[x].txt"]), ["[x].txt"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        write(directory.path(), "t.xz", b"\xfd7zXZ\0\0\0");
        write(directory.path(), "t.bz2", b"BZh91AY&SY....");
        write(directory.path(), "t.utf16", b"\xff\xfeh\0i\0");
        write(directory.path(), "t.ngram", b"\x89ngram\r\n....");
        let cases = [
            ("missing.txt", "missing.txt"),
            ("*.none", "no file matches"),
            ("a[", "no pattern"),
            (".", "is a directory"),
            ("t.xz", "t.xz is compressed by xz"),
            ("t.bz2", "t.bz2 is compressed by bzip2"),
            ("t.utf16", "t.utf16 is UTF-16"),
            ("t.ngram", "t.ngram is a model"),
        ];
        for (name, message) in cases {
            let error = format!("{:#}", expand(&[path(name)]).unwrap_err());
            assert!(error.contains(message), "{name}: {error}");
        }
        let error = expand(&["-".into(), "-".into()]).unwrap_err();
        assert!(error.to_string().contains("only once"));
    }
}
