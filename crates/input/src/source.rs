//! The texts that arguments name: files, patterns or standard input, each with how to read it.

use crate::ids::{IdLayout, IdReader};
use crate::json_lines::JsonLines;
use crate::line::LONGEST;
use crate::lines::{DocumentLines, OneDocument, TextLines};
use crate::npy;
#[cfg(feature = "parquet")]
use crate::parquet::Table;
use crate::{Account, Field, Format, IdWidth, InputError, OnBadRecord, Sentences, Weight};
use crate::{Encoding, NoText};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How texts are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The format of files; `None` to infer it from their names.
    pub format: Option<Format>,
    /// The field of a record that holds its text.
    pub field: Field,
    /// The id that ends a document, where texts are ids.
    pub end_id: Option<u32>,
    /// The part of a document that is a sentence.
    pub sentences: Sentences,
    /// The longest record, in bytes: a line of JSON Lines, or a line of a text with a weight.
    pub longest: u64,
    /// What to do about records without a text.
    pub on_bad: OnBadRecord,
    /// The account of records, for all texts read this way.
    pub account: Arc<Account>,
    /// Opens standard input.
    pub stdin: fn() -> Box<dyn Read + Send>,
}

impl Default for Reading {
    /// Infers formats from file names, reads the field `text`, takes lines as sentences, and fails on a bad record.
    fn default() -> Reading {
        Reading {
            format: None,
            field: Field::default(),
            end_id: None,
            sentences: Sentences::default(),
            longest: LONGEST,
            on_bad: OnBadRecord::default(),
            account: Arc::default(),
            stdin: || Box::new(io::stdin()),
        }
    }
}

/// A text to be read.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file as it was named, or `-`.
    pub name: String,
    /// Size on disk in bytes, if known.
    pub size: Option<u64>,
    /// The location of its bytes.
    pub place: TextLocation,
    /// How they are compressed, if that can be seen without reading from a pipe.
    pub encoding: Option<Encoding>,
    /// The format, if the first bytes reveal it.
    pub told: Option<Format>,
    /// How often its documents are used.
    pub weight: Weight,
}

/// The location of a text's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextLocation {
    /// A regular file.
    File(PathBuf),
    /// Anything else with a name, to be read once, from front to back.
    Pipe(PathBuf),
    /// Standard input.
    Stdin,
}

/// Resolves arguments to texts, in order. A pattern stands for the files that match it, in
/// alphabetical order; a suffix such as `:0.7` is a [`Weight`].
///
/// # Errors
///
/// If a file is missing, unreadable or not text, if a pattern matches nothing, or if standard input is named twice.
pub fn expand(arguments: &[PathBuf]) -> Result<Vec<Source>, InputError> {
    expand_as(arguments, None)
}

/// Like [`expand`], for texts of this format regardless of their names and first bytes: ids may begin like anything.
///
/// # Errors
///
/// As [`expand`].
pub fn expand_as(arguments: &[PathBuf], format: Option<Format>) -> Result<Vec<Source>, InputError> {
    let file = |path, weight| Source::file_as(path, weight, format);
    let mut sources: Vec<Source> = Vec::new();
    for argument in arguments {
        let (path, weight) = Weight::split(argument)?;
        match pattern(&path) {
            _ if path.as_os_str() == "-" => {
                if sources.iter().any(|source| source.place == TextLocation::Stdin) {
                    return Err(InputError::StdinTwice);
                }
                sources.push(Source::stdin(weight));
            }
            Some(pattern) if std::fs::symlink_metadata(&path).is_err() => {
                let named = || pattern.to_owned();
                let found = glob::glob(pattern)
                    .map_err(|source| InputError::Pattern { pattern: named(), source })?;
                let before = sources.len();
                for path in found {
                    let path =
                        path.map_err(|source| InputError::Follow { pattern: named(), source })?;
                    sources.push(file(path, weight)?);
                }
                if sources.len() == before {
                    return Err(InputError::NoMatch { pattern: named() });
                }
            }
            _ => sources.push(file(path, weight)?),
        }
    }
    Ok(sources)
}

/// Returns the files that an argument of [`expand`] names, whether or not they can be read: its name without a weight,
/// or all files that match its pattern.
pub fn named(argument: &Path) -> Vec<PathBuf> {
    let path = Weight::split(argument).map_or_else(|_| argument.to_owned(), |(path, _)| path);
    let found = pattern(&path).filter(|_| std::fs::symlink_metadata(&path).is_err());
    match found.map(glob::glob) {
        Some(Ok(found)) => found.flatten().collect(),
        _ => vec![path],
    }
}

/// Returns the path as a pattern, if it contains a wildcard character.
fn pattern(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.contains(['*', '?', '[']))
}

impl Source {
    /// Names standard input.
    pub fn stdin(weight: Weight) -> Source {
        let name = "-".to_owned();
        Source { name, size: None, place: TextLocation::Stdin, encoding: None, told: None, weight }
    }

    /// Names the file at `path`, and reads its first bytes.
    ///
    /// # Errors
    ///
    /// If it is missing, unreadable, a directory or not text.
    pub fn file(path: PathBuf, weight: Weight) -> Result<Source, InputError> {
        Source::file_as(path, weight, None)
    }

    fn file_as(
        path: PathBuf,
        weight: Weight,
        format: Option<Format>,
    ) -> Result<Source, InputError> {
        let name = path.display().to_string();
        let cannot_read = |source| InputError::Read { name: name.clone(), source };
        let metadata = match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(InputError::Missing { name });
            }
            metadata => metadata.map_err(cannot_read)?,
        };
        if metadata.is_dir() {
            return Err(InputError::Directory { name });
        }
        if !metadata.is_file() {
            return Ok(Source {
                name,
                size: None,
                place: TextLocation::Pipe(path),
                encoding: None,
                told: None,
                weight,
            });
        }
        let head = File::open(&path).and_then(|mut file| Encoding::read_head(&mut file));
        let head = head.map_err(cannot_read)?;
        let (encoding, told) = match Encoding::of(&head) {
            _ if matches!(format, Some(Format::Ids(_))) => (None, None),
            Ok(encoding) => (Some(encoding), None),
            Err(NoText::Parquet) => (None, Some(Format::Parquet)),
            Err(NoText::Npy) => (None, Some(Format::Npy)),
            Err(what) => return Err(InputError::NoText { name, what }),
        };
        let size = Some(metadata.len());
        Ok(Source { name, size, place: TextLocation::File(path), encoding, told, weight })
    }

    /// Returns the path, unless this is standard input.
    pub fn path(&self) -> Option<&Path> {
        match &self.place {
            TextLocation::File(path) | TextLocation::Pipe(path) => Some(path),
            TextLocation::Stdin => None,
        }
    }

    /// Returns the format of the text.
    pub fn format(&self, reading: &Reading) -> Format {
        let by_name = || self.path().map_or(Format::Text, Format::of_name);
        self.told.or(reading.format).unwrap_or_else(by_name)
    }

    /// Returns the format; an end of documents is an error where it would mean nothing.
    fn checked_format(&self, reading: &Reading) -> Result<Format, InputError> {
        let format = self.format(reading);
        match reading.end_id {
            Some(_) if !format.has_ids() => {
                Err(InputError::EndWithoutIds { name: self.shown().to_owned() })
            }
            _ => Ok(format),
        }
    }

    /// Returns the file if its bytes are exactly the lines to read, so that it can be read in place.
    pub fn as_plain_lines(&self, reading: &Reading) -> Option<&Path> {
        let is_plain = self.encoding == Some(Encoding::Plain)
            && self.format(reading) == Format::Text
            && reading.end_id.is_none()
            && reading.sentences == Sentences::Line
            && self.weight == Weight::ONE;
        match &self.place {
            TextLocation::File(path) if is_plain => Some(path),
            _ => None,
        }
    }

    /// Opens the text as lines, each of them a sentence. `watch` is called with the number of bytes
    /// read from the disk, as they are read, and can end the reading with an error.
    ///
    /// # Errors
    ///
    /// If the text cannot be opened. A bad record is reported by the reader.
    pub fn lines<'a>(
        &self,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        let (sentences, weight) = (reading.sentences, self.weight);
        let format = self.checked_format(reading)?;
        match format {
            Format::Parquet => return self.column(reading, watch),
            Format::Ids(width) => return self.ids(Some(width), reading, watch),
            Format::Npy => return self.ids(None, reading, watch),
            Format::Text | Format::JsonLines => {}
        }
        let text = self.decoded(reading, watch)?;
        Ok(match (format, sentences) {
            (Format::Text, Sentences::Line) if weight == Weight::ONE => text,
            (Format::Text, Sentences::Line) => Box::new(DocumentLines::new(
                TextLines::new(buffered(text), reading.longest),
                sentences,
                weight,
            )),
            (Format::Text, Sentences::Document) if weight == Weight::ONE => {
                Box::new(OneDocument::new(buffered(text)))
            }
            (Format::Text, Sentences::Document) => {
                let lines = TextLines::new(buffered(text), reading.longest);
                let lines = DocumentLines::new(lines, Sentences::Line, weight);
                Box::new(OneDocument::new(buffered(lines)))
            }
            _ => {
                let documents = JsonLines::new(self.shown(), buffered(text), reading);
                Box::new(DocumentLines::new(documents, sentences, weight))
            }
        })
    }

    /// Opens the text's records as lines: the decompressed bytes as they are, except that the rows
    /// of a table become JSON Lines and ids become numbers. `watch` as for [`Source::lines`].
    ///
    /// # Errors
    ///
    /// If the text cannot be opened.
    pub fn records<'a>(
        &self,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        match self.checked_format(reading)? {
            Format::Parquet => self.rows(reading, watch),
            Format::Ids(width) => self.ids(Some(width), reading, watch),
            Format::Npy => self.ids(None, reading, watch),
            Format::Text | Format::JsonLines => self.decoded(reading, watch),
        }
    }

    /// Opens the column of a table.
    #[cfg(feature = "parquet")]
    fn column<'a>(
        &self,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        let table = Table::open(self.shown(), self.table()?, &reading.field, watch)?;
        let documents = table.documents(reading.on_bad, &reading.account);
        Ok(Box::new(DocumentLines::new(documents, reading.sentences, self.weight)))
    }

    /// Opens the rows of a table.
    #[cfg(feature = "parquet")]
    fn rows<'a>(
        &self,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        Ok(Box::new(Table::open(self.shown(), self.table()?, &reading.field, watch)?.rows()))
    }

    /// Returns the path of the table, which must be a file.
    #[cfg(feature = "parquet")]
    fn table(&self) -> Result<&Path, InputError> {
        match &self.place {
            TextLocation::File(path) => Ok(path),
            _ => Err(InputError::ParquetStream { name: self.shown().to_owned() }),
        }
    }

    #[cfg(not(feature = "parquet"))]
    fn column<W>(&self, _: &Reading, _: W) -> Result<Box<dyn Read + Send>, InputError> {
        Err(InputError::ParquetFeature { name: self.shown().to_owned() })
    }

    #[cfg(not(feature = "parquet"))]
    fn rows<W>(&self, _: &Reading, _: W) -> Result<Box<dyn Read + Send>, InputError> {
        Err(InputError::ParquetFeature { name: self.shown().to_owned() })
    }

    /// Opens the ids as lines of numbers. Without a width, they are a NumPy array; with one, they
    /// may be one, which must be of that width.
    fn ids<'a>(
        &self,
        width: Option<IdWidth>,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        let end =
            reading.end_id.ok_or_else(|| InputError::NoEnd { name: self.shown().to_owned() })?;
        let wrong = |source| InputError::Ids { name: self.shown().to_owned(), source };
        let (array, bytes) = npy::header(buffered(self.raw(reading, watch)?)).map_err(wrong)?;
        let invalid = |what: String| wrong(io::Error::new(io::ErrorKind::InvalidData, what));
        let (layout, announced) = match (array, width) {
            (None, None) => return Err(invalid("it is no NumPy array".to_owned())),
            (None, Some(width)) => (width.into(), None),
            (Some(array), Some(width)) if array.layout.bytes != IdLayout::from(width).bytes => {
                let bits = 8 * array.layout.bytes;
                return Err(invalid(format!(
                    "it is a NumPy array of {bits} bits an id: leave out --input-format"
                )));
            }
            (Some(array), _) => (array.layout, Some(array.ids)),
        };
        let ids = IdReader::new(bytes, layout, announced, end);
        Ok(Box::new(DocumentLines::new(ids, reading.sentences, self.weight)))
    }

    /// Opens the text's bytes, decompressed.
    fn decoded<'a>(
        &self,
        reading: &Reading,
        watch: impl FnMut(u64) -> io::Result<()> + Send + 'a,
    ) -> Result<Box<dyn Read + Send + 'a>, InputError> {
        Encoding::decode(self.raw(reading, watch)?)
            .map_err(|error| InputError::decoding(self.shown(), error))
    }

    /// Opens the text's bytes as they are stored.
    fn raw<'a, W: FnMut(u64) -> io::Result<()> + Send + 'a>(
        &self,
        reading: &Reading,
        watch: W,
    ) -> Result<Watched<Box<dyn Read + Send>, W>, InputError> {
        let raw: Box<dyn Read + Send> = match &self.place {
            TextLocation::File(path) | TextLocation::Pipe(path) => {
                let file = File::open(path);
                let cannot_read = |source| InputError::Read { name: self.name.clone(), source };
                Box::new(file.map_err(cannot_read)?)
            }
            TextLocation::Stdin => (reading.stdin)(),
        };
        Ok(Watched { raw, watch })
    }

    /// Returns the name to show to people.
    fn shown(&self) -> &str {
        if self.place == TextLocation::Stdin { "standard input" } else { &self.name }
    }
}

/// Buffers a reader, 256 KiB at a time.
fn buffered<R: Read>(reader: R) -> BufReader<R> {
    BufReader::with_capacity(256 << 10, reader)
}

/// Reports the bytes that are read.
struct Watched<R, F> {
    raw: R,
    watch: F,
}

impl<R: Read, F: FnMut(u64) -> io::Result<()>> Read for Watched<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Also called before a read that may block.
        (self.watch)(0)?;
        let read = self.raw.read(buffer)?;
        (self.watch)(read as u64)?;
        Ok(read)
    }
}
