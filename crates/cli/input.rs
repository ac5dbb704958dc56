//! The files named on a command line: texts in any format, and models.

use crate::foreign::{self, ForeignArgs};
use crate::machine;
use crate::opened;
use crate::progress::ProgressDisplay;
use crate::stop::{self, Interruptible};
use anyhow::{Context, anyhow, bail};
use ngram_counts::CountFile;
use ngram_input::{Encoding, NoText};
use ngram_input::{Field, InputError, Reading, Source, Text, TextLocation, Weight};
use ngram_model::{AnyModel, Model};
use ngram_store::Progress;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Opens the model at `path`, which must be a table of n-grams that can be listed.
pub fn open_model(path: &Path) -> anyhow::Result<Model> {
    must_exist(path)?;
    match foreign::open(path, &ForeignArgs::default())?.map(remembered) {
        Some(AnyModel::Table(model)) => return Ok(model),
        Some(other) => bail!(
            "{} holds {}, whose n-grams have only hashes: they can be scored, but not listed, and so not \
             changed or written out; take the ARPA file that it was built from",
            path.display(),
            other.layout()
        ),
        None => {}
    }
    let model = Model::open(path)?;
    opened::remember(model.source());
    Ok(model)
}

/// Opens a model of any kind, ours or another toolkit's.
pub fn open_any_model(path: &Path) -> anyhow::Result<AnyModel> {
    open_any_model_as(path, &ForeignArgs::default())
}

/// Opens a model of any kind; `how` says how to read one of another toolkit.
pub fn open_any_model_as(path: &Path, how: &ForeignArgs) -> anyhow::Result<AnyModel> {
    must_exist(path)?;
    if let Some(model) = foreign::open(path, how)? {
        return Ok(remembered(model));
    }
    let model = remembered(AnyModel::open(path)?);
    how.refuse_for(path, &model)?;
    Ok(model)
}

/// Opens a model of any kind to score `text` bytes, with the threads of the current pool. Maps it; if it is not in huge
/// pages and the text is long, copies it there.
pub fn open_model_for(
    path: &Path,
    how: &ForeignArgs,
    text: Option<u64>,
) -> anyhow::Result<AnyModel> {
    let model = open_any_model_as(path, how)?;
    let size = model.file_size();
    // To copy the model takes up to a thirtieth of the time that it takes to score a text of this size. What huge pages save
    // depends on the machine: nothing to half of the time.
    let is_long = text.is_some_and(|bytes| bytes > size / 4);
    // A model that is read must stay in memory, one that is mapped need not.
    let has_room = machine::free_memory().is_some_and(|free| size < free / 2);
    if is_long && has_room && !matches!(model, AnyModel::Foreign(_)) && !model.is_in_huge_pages() {
        return Ok(remembered(AnyModel::read(path)?));
    }
    // A text of this size touches most of the model's pages anyway.
    if text.is_none_or(|bytes| bytes >= size / 2000) {
        model.populate();
    }
    Ok(model)
}

fn remembered(model: AnyModel) -> AnyModel {
    opened::remember(model.source());
    model
}

fn must_exist(path: &Path) -> anyhow::Result<()> {
    // If the model exists but cannot be read, opening it says so.
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
    /// Bytes on disk, if known.
    pub size: Option<u64>,
    /// How to read its bytes.
    pub kind: InputKind,
    source: Source,
    reading: Reading,
}

/// How to read the bytes of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum InputKind {
    /// A regular file of plain text.
    Plain(PathBuf),
    /// A file to be read once from front to back: compressed, records, or a named pipe.
    Stream(PathBuf),
    /// A binary count file, which is not a text.
    Counts(PathBuf),
    /// Standard input.
    Stdin,
}

/// Expands the arguments, in order, into texts whose formats follow from their names; a bad record is an error.
pub fn expand(arguments: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    expand_as(arguments, &Reading::default())
}

/// Expands the arguments, in order, into texts to be read as `reading` says. A pattern stands for
/// the files that match it, in alphabetical order.
pub fn expand_as(arguments: &[PathBuf], reading: &Reading) -> anyhow::Result<Vec<Input>> {
    let sources = ngram_input::expand_as(arguments, reading.format).map_err(advised)?;
    sources.into_iter().map(|source| Input::new(source, reading)).collect()
}

/// Adds to the error what to do about it on a command line.
fn advised(error: InputError) -> anyhow::Error {
    let advice = match &error {
        InputError::Missing { .. } => ", or use - for standard input",
        InputError::NoText { what: NoText::Model, .. } => ": name it with -m",
        _ => return error.into(),
    };
    anyhow!("{error}{advice}")
}

/// Returns the one text that an argument names. Several texts are an error.
pub fn single(argument: &Path) -> anyhow::Result<Input> {
    let mut inputs = expand(std::slice::from_ref(&argument.to_owned()))?;
    match (inputs.pop(), inputs.len()) {
        (Some(input), 0) => Ok(input),
        (_, more) => bail!("{} names {} files: name one", argument.display(), more + 1),
    }
}

/// Opens the text of exactly this name, or standard input for `-`, as lines of text.
pub fn named(path: &Path) -> anyhow::Result<Input> {
    let source = match path.as_os_str() == "-" {
        true => Source::stdin(Weight::ONE),
        false => Source::file(path.to_owned(), Weight::ONE)?,
    };
    let reading = Reading { format: Some(ngram_input::Format::Text), ..Reading::default() };
    Input::new(source, &reading)
}

/// Whether a file begins like a model of ours or of another toolkit's.
pub fn is_any_model(path: &Path) -> bool {
    is_model(path) || foreign::is_one(path)
}

/// Whether a file begins like a model of ours.
pub fn is_model(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    is_file && head(path).is_ok_and(|head| Encoding::of(&head) == Err(NoText::Model))
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    File::open(path).and_then(|mut file| Encoding::read_head(&mut file))
}

/// Reads all bytes of a file, or of standard input.
pub fn read_bytes(file: &Path, progress: &ProgressDisplay) -> anyhow::Result<Vec<u8>> {
    let cannot_read = || format!("cannot read {}", file.display());
    let is_stdin = file.as_os_str() == "-";
    if file.is_dir() {
        bail!("{}: it is a directory", cannot_read());
    }
    let mut source: Box<dyn Read> = if is_stdin {
        Box::new(Interruptible::new(io::stdin()))
    } else {
        Box::new(File::open(file).with_context(cannot_read)?)
    };
    progress.begin("reading", None, "bytes");
    let mut bytes = Vec::new();
    loop {
        stop::check()?;
        let read =
            source.by_ref().take(1 << 24).read_to_end(&mut bytes).with_context(cannot_read)?;
        progress.advance(read as u64);
        if read == 0 {
            progress.end();
            return Ok(bytes);
        }
    }
}

impl Input {
    fn new(source: Source, reading: &Reading) -> anyhow::Result<Input> {
        let kind = match &source.place {
            TextLocation::Stdin => InputKind::Stdin,
            TextLocation::Pipe(path) => InputKind::Stream(path.clone()),
            TextLocation::File(path) => {
                let head = head(path).with_context(|| format!("cannot read {}", source.name))?;
                match source.as_plain_lines(reading) {
                    _ if CountFile::is_head(&head) => InputKind::Counts(path.clone()),
                    Some(path) => InputKind::Plain(path.to_owned()),
                    None => InputKind::Stream(path.clone()),
                }
            }
        };
        let reading = Reading { stdin, ..reading.clone() };
        Ok(Input { name: source.name.clone(), size: source.size, kind, source, reading })
    }

    /// The path, if the text is a file.
    pub fn path(&self) -> Option<&Path> {
        self.source.path()
    }

    /// The format of the text.
    pub fn format(&self) -> ngram_input::Format {
        self.source.format(&self.reading)
    }

    /// The field of its records that holds the text.
    pub fn field(&self) -> &Field {
        &self.reading.field
    }

    /// How often its documents are used.
    pub fn weight(&self) -> Weight {
        self.source.weight
    }

    /// Returns the text as the library takes it. Plain files are opened when they are reached,
    /// everything else is streamed.
    pub fn text(&self) -> anyhow::Result<Text> {
        Ok(match &self.kind {
            InputKind::Plain(path) => Text::file(path),
            // For a count file, this error says what to do.
            InputKind::Stream(_) | InputKind::Stdin | InputKind::Counts(_) => {
                Text::stream(&self.name, self.open(|_| ())?)
            }
        })
    }

    /// Opens a reader of the text's lines. Calls `read` with each number of bytes read from disk.
    pub fn open<'a>(
        &self,
        read: impl FnMut(u64) + Send + 'a,
    ) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
        self.refuse_counts()?;
        self.source.lines(&self.reading, watched(read)).map_err(advised)
    }

    /// Opens a reader of the text's raw records, decompressed, one per line.
    pub fn open_records<'a>(
        &self,
        read: impl FnMut(u64) + Send + 'a,
    ) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
        self.refuse_counts()?;
        self.source.records(&self.reading, watched(read)).map_err(advised)
    }

    fn refuse_counts(&self) -> anyhow::Result<()> {
        if matches!(self.kind, InputKind::Counts(_)) {
            bail!(
                "{} is a count file, not a text: name it in `ngram train --counts` or `ngram count --merge`",
                self.name
            )
        }
        Ok(())
    }
}

fn stdin() -> Box<dyn Read + Send> {
    Box::new(Interruptible::new(io::stdin()))
}

/// Passes on the number of bytes read, and fails once a stop is requested.
fn watched(mut read: impl FnMut(u64)) -> impl FnMut(u64) -> io::Result<()> {
    move |bytes| {
        stop::check()?;
        read(bytes);
        Ok(())
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

    fn bzip2(text: &str) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &str) -> Vec<u8> {
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
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
            ("f", [bzip2("four\n"), bzip2("five\n")].concat(), "four\nfive\n"),
            ("g", [xz("six\n"), vec![0; 8], xz("seven\n")].concat(), "six\nseven\n"),
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
        // The name of an existing file is no pattern, even with special characters in it.
        assert_eq!(names(&["[x].txt"]), ["[x].txt"]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        write(directory.path(), "t.lzma", b"]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff");
        write(directory.path(), "t.utf16", b"\xff\xfeh\0i\0");
        write(directory.path(), "t.ngram", b"\x89ngram\r\n....");
        let cases = [
            ("missing.txt", "missing.txt"),
            ("*.none", "no file matches"),
            ("a[", "no pattern"),
            (".", "is a directory"),
            ("t.lzma", "t.lzma is compressed by lzma"),
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
