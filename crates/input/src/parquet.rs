//! Parquet: a columnar table, one column of which holds the texts of documents.
//!
//! The `parquet` crate reads one row group after another, a few pages at a time. Page checksums are
//! verified where a file has them. A damaged file is an error; where the crate panics on one, the
//! panic is caught here and becomes such an error too, although the panic hook has run.

use crate::account::{Account, BadPlace, OnBadRecord, RecordUnit};
use crate::lines::Documents;
use crate::{BadRecord, Field, InputError};
use ::parquet::basic::{ConvertedType, LogicalType, Type};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, ByteArrayType};
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, FileReader, Length};
use ::parquet::file::serialized_reader::SerializedFileReader;
use ::parquet::record::reader::RowIter;
use ::parquet::record::{Field as Cell, Row};
use ::parquet::schema::types::ColumnDescriptor;
use bytes::Bytes;
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows held at a time.
const BATCH: usize = 64;

/// A Parquet file with a column of texts, and the callback that is told how much is read.
pub(crate) struct Table<W> {
    name: String,
    file: SerializedFileReader<Disk>,
    field: Field,
    /// Index among the leaf columns of the schema.
    column: usize,
    /// The definition level of a value that is present: neither it nor anything it is nested in is null.
    defined: i16,
    watched: Watched<W>,
}

/// Reports bytes read from the disk.
struct Watched<W> {
    watch: W,
    size: u64,
    read: Arc<AtomicU64>,
    told: u64,
}

impl<W: FnMut(u64) -> io::Result<()>> Watched<W> {
    fn tell(&mut self) -> io::Result<()> {
        // Capped, as some bytes are read twice.
        let read = self.read.load(Ordering::Relaxed).min(self.size).max(self.told);
        (self.watch)(read - std::mem::replace(&mut self.told, read))
    }

    /// Reports the rest of the file: columns that were not needed.
    fn tell_rest(&mut self) -> io::Result<()> {
        (self.watch)(self.size - std::mem::replace(&mut self.told, self.size))
    }
}

impl<W: FnMut(u64) -> io::Result<()> + Send> Table<W> {
    /// Opens a file and finds the column.
    ///
    /// # Errors
    ///
    /// If the file is not Parquet or has no such column of texts.
    pub fn open(name: &str, path: &Path, field: &Field, watch: W) -> Result<Table<W>, InputError> {
        let cannot_read = |source| InputError::Read { name: name.to_owned(), source };
        let file = File::open(path).map_err(cannot_read)?;
        let size = file.metadata().map_err(cannot_read)?.len();
        let read = Arc::default();
        let disk = Disk { file, size, read: Arc::clone(&read) };
        let file = sound(|| SerializedFileReader::new(disk))
            .map_err(|what| InputError::Parquet { name: name.to_owned(), what })?;
        let column = find(&file, field);
        let columns = file.metadata().file_metadata().schema_descr();
        let name = name.to_owned();
        match column {
            Some(column) if is_text(&columns.column(column)) => {
                let defined = columns.column(column).max_def_level();
                let watched = Watched { watch, size, read, told: 0 };
                Ok(Table { name, file, field: field.clone(), column, defined, watched })
            }
            Some(_) => Err(InputError::NoTextColumn { name, column: field.to_string() }),
            None => {
                let columns: Vec<String> =
                    columns.columns().iter().map(|column| column.path().string()).collect();
                let columns = columns.join(", ");
                Err(InputError::NoColumn { name, column: field.to_string(), columns })
            }
        }
    }

    /// Reads the documents of the column.
    pub fn documents(self, on_bad: OnBadRecord, account: &Arc<Account>) -> Texts<W> {
        Texts {
            table: self,
            on_bad,
            account: Arc::clone(account),
            group: 0,
            pages: None,
            levels: Vec::new(),
            values: Vec::new(),
            at: (0, 0),
            left: 0,
            number: 0,
            failed: None,
        }
    }

    /// Reads all columns, each row as a line of JSON.
    pub fn rows(self) -> RowReader<W> {
        let Table { name, file, field, watched, .. } = self;
        let total = file.metadata().file_metadata().num_rows();
        let rows = RowIter::from_file_into(Box::new(file)).with_batch_size(BATCH);
        let (number, total) = (0, u64::try_from(total).unwrap_or(0));
        let line = Vec::new();
        RowReader { name, rows, field, watched, number, total, line, at: 0, failed: None }
    }
}

/// Finds the leaf column of a field.
fn find(file: &SerializedFileReader<Disk>, field: &Field) -> Option<usize> {
    let columns = file.metadata().file_metadata().schema_descr().columns();
    columns.iter().position(|column| column.path().string() == field.name())
}

/// Returns whether a column holds one text per row. Old writers do not mark strings as such.
fn is_text(column: &ColumnDescriptor) -> bool {
    let is_string = matches!(
        (column.logical_type_ref(), column.converted_type()),
        (Some(LogicalType::String | LogicalType::Json | LogicalType::Enum), _)
            | (None, ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM)
            | (None, ConvertedType::NONE)
    );
    column.physical_type() == Type::BYTE_ARRAY && column.max_rep_level() == 0 && is_string
}

/// Runs `work` on a file, turning errors and panics into messages.
fn sound<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it cannot be made sense of".to_owned()),
    }
}

/// A file that counts the bytes read from it.
struct Disk {
    file: File,
    size: u64,
    read: Arc<AtomicU64>,
}

impl Length for Disk {
    fn len(&self) -> u64 {
        self.size
    }
}

impl ChunkReader for Disk {
    type T = Counted<<File as ChunkReader>::T>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(Counted { reader: self.file.get_read(start)?, read: Arc::clone(&self.read) })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // Checked before memory is allocated for it.
        if start.checked_add(length as u64).is_none_or(|end| end > self.size) {
            let what = format!("{length} bytes from byte {start} on, in a file of {}", self.size);
            return Err(ParquetError::EOF(what));
        }
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        self.file.get_bytes(start, length)
    }
}

struct Counted<R> {
    reader: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// The failure that ended the reading; reading on returns the same error.
enum Failed {
    Damaged { name: String, what: String },
    Bad(BadPlace),
}

impl Failed {
    fn error(&self) -> io::Error {
        match self {
            Failed::Bad(place) => io::Error::new(io::ErrorKind::InvalidData, place.clone()),
            Failed::Damaged { name, what } => {
                let (name, what) = (name.clone(), what.clone());
                io::Error::new(io::ErrorKind::InvalidData, InputError::Parquet { name, what })
            }
        }
    }
}

/// Reads the documents of a column.
pub(crate) struct Texts<W> {
    table: Table<W>,
    on_bad: OnBadRecord,
    account: Arc<Account>,
    /// The next row group to open.
    group: usize,
    /// The column in the current row group.
    pages: Option<ColumnReaderImpl<ByteArrayType>>,
    /// Definition levels of the buffered rows; empty if every row has a text.
    levels: Vec<i16>,
    values: Vec<ByteArray>,
    /// Indices of the next buffered row and the next buffered text.
    at: (usize, usize),
    /// Rows of the row group that are not buffered yet.
    left: u64,
    /// Rows read so far.
    number: u64,
    failed: Option<Failed>,
}

impl<W: FnMut(u64) -> io::Result<()> + Send> Texts<W> {
    /// Buffers more rows; returns false if there are none.
    fn fill(&mut self) -> Result<bool, String> {
        self.at = (0, 0);
        self.levels.clear();
        self.values.clear();
        let Table { file, column, defined, .. } = &self.table;
        loop {
            if self.left == 0 {
                if self.group == file.num_row_groups() {
                    return Ok(false);
                }
                let rows = file.metadata().row_group(self.group).num_rows();
                self.left = u64::try_from(rows).map_err(|_| format!("{rows} rows"))?;
                let open = || file.get_row_group(self.group)?.get_column_reader(*column);
                let ColumnReader::ByteArrayColumnReader(pages) = sound(open)? else {
                    return Err("a column is of another type than the schema says".to_owned());
                };
                self.pages = Some(pages);
                self.group += 1;
                continue;
            }
            let Some(pages) = &mut self.pages else { return Ok(false) };
            let (levels, values) = (&mut self.levels, &mut self.values);
            let most = BATCH.min(usize::try_from(self.left).unwrap_or(BATCH));
            let levels_wanted = (*defined > 0).then_some(levels);
            let read = || pages.read_records(most, levels_wanted, None, values);
            let (rows, texts, _) = sound(read)?;
            if rows == 0 || (*defined > 0 && self.levels.len() != rows) || texts > rows {
                return Err(format!("row group {} ends {} rows too early", self.group, self.left));
            }
            self.left -= rows as u64;
            return Ok(true);
        }
    }

    /// Takes the next buffered row: its text, if it has one; `None` if no buffered row is left.
    fn take(&mut self) -> Option<Option<&ByteArray>> {
        let (row, value) = self.at;
        let is_there = match self.table.defined {
            0 => (row < self.values.len()).then_some(true)?,
            defined => *self.levels.get(row)? == defined,
        };
        self.at.0 += 1;
        if !is_there {
            return Some(None);
        }
        self.at.1 += 1;
        self.values.get(value).map(Some)
    }
}

impl<W: FnMut(u64) -> io::Result<()> + Send> Documents for Texts<W> {
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        if let Some(failed) = &self.failed {
            return Err(failed.error());
        }
        loop {
            match self.take() {
                Some(Some(value)) => {
                    text.clear();
                    text.extend_from_slice(value.data());
                    self.number += 1;
                    self.account.documents(1);
                    return Ok(true);
                }
                Some(None) => {
                    self.number += 1;
                    let (name, number) = (self.table.name.clone(), self.number);
                    let why = BadRecord::NoString(self.table.field.to_string());
                    let place = BadPlace { name, unit: RecordUnit::Row, number, why };
                    if self.on_bad == OnBadRecord::Error {
                        self.failed = Some(Failed::Bad(place.clone()));
                    }
                    self.account.bad(self.on_bad, place)?;
                }
                None => {
                    self.table.watched.tell()?;
                    match self.fill() {
                        Ok(true) => {}
                        Ok(false) => {
                            self.table.watched.tell_rest()?;
                            return Ok(false);
                        }
                        Err(what) => {
                            let name = self.table.name.clone();
                            let failed = self.failed.insert(Failed::Damaged { name, what });
                            return Err(failed.error());
                        }
                    }
                }
            }
        }
    }
}

/// Reads rows as lines of JSON.
pub(crate) struct RowReader<W> {
    name: String,
    rows: RowIter<'static>,
    field: Field,
    watched: Watched<W>,
    /// Rows read so far, and rows in the file.
    number: u64,
    total: u64,
    line: Vec<u8>,
    at: usize,
    failed: Option<Failed>,
}

impl<W: FnMut(u64) -> io::Result<()>> RowReader<W> {
    /// Writes the next row to `line`; returns false after the last.
    fn fill(&mut self) -> Result<bool, String> {
        self.at = 0;
        self.line.clear();
        let RowReader { rows, line, field, .. } = self;
        let next = || rows.next().transpose();
        let Some(row) = sound(next)? else {
            return match self.number == self.total {
                true => Ok(false),
                false => Err(format!("it has {} of {} rows", self.number, self.total)),
            };
        };
        sound(|| {
            write_row(&row, field.name(), line);
            Ok(())
        })?;
        line.push(b'\n');
        self.number += 1;
        Ok(true)
    }
}

/// Writes a row as a JSON object, columns in order. `path` is the field of the text, which may be stored as bytes.
fn write_row(row: &Row, path: &str, out: &mut Vec<u8>) {
    out.push(b'{');
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    for (index, (name, cell)) in row.get_column_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(serde_json::Value::from(name.as_str()).to_string().as_bytes());
        out.push(b':');
        match cell {
            Cell::Group(row) => {
                write_row(row, if name == first { rest } else { "" }, out);
            }
            Cell::Bytes(bytes) if name == path => {
                let text = String::from_utf8_lossy(bytes.data());
                out.extend_from_slice(serde_json::Value::from(&*text).to_string().as_bytes());
            }
            cell => out.extend_from_slice(cell.to_json_value().to_string().as_bytes()),
        }
    }
    out.push(b'}');
}

impl<W: FnMut(u64) -> io::Result<()>> Read for RowReader<W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(failed) = &self.failed {
            return Err(failed.error());
        }
        if self.at == self.line.len() {
            self.watched.tell()?;
            match self.fill() {
                Ok(true) => {}
                Ok(false) => {
                    self.watched.tell_rest()?;
                    return Ok(0);
                }
                Err(what) => {
                    let name = self.name.clone();
                    return Err(self.failed.insert(Failed::Damaged { name, what }).error());
                }
            }
        }
        let length = buffer.len().min(self.line.len() - self.at);
        buffer[..length].copy_from_slice(&self.line[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Reading, Source, Weight};
    use ::parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;
    use std::io::ErrorKind;

    const SCHEMA: &str = "message rows {
        required binary text (UTF8);
        optional group meta { optional binary body (UTF8); optional binary old; }
        repeated binary tags (UTF8);
        required binary sum (DECIMAL(9, 2));
    }";

    /// Writes rows in groups of 100: a text in each, a body in all but every fifth, an unmarked string, some tags.
    fn write(path: &Path, rows: usize, compression: Compression) {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let properties = WriterProperties::builder().set_compression(compression).build();
        let file = File::create(path).unwrap();
        let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).unwrap();
        for from in (0..rows).step_by(100) {
            let numbers = from..(from + 100).min(rows);
            let mut group = writer.next_row_group().unwrap();
            let mut column = |texts: Vec<String>,
                              levels: Option<Vec<i16>>,
                              repeats: Option<Vec<i16>>| {
                let mut column = group.next_column().unwrap().unwrap();
                let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
                let (levels, repeats) = (levels.as_deref(), repeats.as_deref());
                column.typed::<ByteArrayType>().write_batch(&texts, levels, repeats).unwrap();
                column.close().unwrap();
            };
            column(numbers.clone().map(text).collect(), None, None);
            let some: Vec<usize> = numbers.clone().filter(|row| row % 5 > 0).collect();
            // A null body, or no group to hold one.
            let level = |row: usize| if !row.is_multiple_of(5) { 2 } else { (row / 5 % 2) as i16 };
            let levels: Vec<i16> = numbers.clone().map(level).collect();
            column(some.iter().map(|&row| text(row)).collect(), Some(levels.clone()), None);
            column(some.iter().map(|&row| text(row)).collect(), Some(levels), None);
            let tags = numbers.clone().map(|_| "tag".to_owned()).collect();
            column(tags, Some(vec![1; numbers.len()]), Some(vec![0; numbers.len()]));
            column(numbers.clone().map(|_| "\u{1}".to_owned()).collect(), None, None);
            group.close().unwrap();
        }
        writer.close().unwrap();
    }

    fn text(row: usize) -> String {
        format!("row {row}\nof \"{}\"", "é".repeat(row % 7))
    }

    fn reading(field: &str, on_bad: OnBadRecord) -> Reading {
        Reading { field: field.parse().unwrap(), on_bad, ..Reading::default() }
    }

    fn read(path: &Path, reading: &Reading) -> io::Result<String> {
        let mut found = String::new();
        let mut bytes = 0;
        let watch = |more| {
            bytes += more;
            Ok(())
        };
        let source = Source::file(path.to_owned(), Weight::ONE).map_err(io::Error::other)?;
        let lines = source.lines(reading, watch).map_err(io::Error::other);
        lines.and_then(|mut lines| lines.read_to_string(&mut found))?;
        assert_eq!(Some(bytes), source.size);
        Ok(found)
    }

    #[test]
    fn a_column_is_read_in_any_compression() {
        let folder = tempfile::tempdir().unwrap();
        // Recognised by its first bytes.
        let path = folder.path().join("table");
        let expected: String = (0..250).map(|row| text(row) + "\n").collect();
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::BROTLI(BrotliLevel::default()),
            Compression::ZSTD(ZstdLevel::default()),
            Compression::LZ4_RAW,
        ] {
            write(&path, 250, compression);
            let found = read(&path, &reading("text", OnBadRecord::Error)).unwrap();
            assert!(found == expected, "{compression}");
        }
        write(&path, 0, Compression::SNAPPY);
        assert_eq!(read(&path, &Reading::default()).unwrap(), "");
    }

    #[test]
    fn nulls_are_bad_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        write(&path, 250, Compression::SNAPPY);
        let expected: String =
            (0..250).filter(|row| row % 5 > 0).map(|row| text(row) + "\n").collect();
        for field in ["meta.body", "meta.old"] {
            let skip = reading(field, OnBadRecord::Skip);
            assert!(read(&path, &skip).unwrap() == expected);
            let found = skip.account.found();
            assert_eq!((found.documents, found.missing), (200, 50));
            let error = read(&path, &reading(field, OnBadRecord::Error)).unwrap_err();
            let expected = format!("row 1: the field {field} is not a string");
            assert!(error.to_string().ends_with(&expected), "{error}");
        }
    }

    #[test]
    fn a_column_must_be_there_and_hold_texts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        write(&path, 3, Compression::SNAPPY);
        let cases = [
            ("body", "has no column body, but text, meta.body, meta.old, tags, sum: name"),
            ("meta", "has no column meta"),
            ("tags", "does not hold one string a row"),
            ("sum", "does not hold one string a row"),
        ];
        for (field, expected) in cases {
            let error = read(&path, &reading(field, OnBadRecord::Skip)).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        std::fs::write(&path, "the cat sat\n").unwrap();
        let error = read(&path, &Reading::default()).unwrap_err().to_string();
        assert!(error.contains("no Parquet file"), "{error}");
    }

    #[test]
    fn rows_come_as_json() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        write(&path, 101, Compression::SNAPPY);
        let source = Source::file(path, Weight::ONE).unwrap();
        let mut found = String::new();
        let mut rows = source.records(&reading("meta.old", OnBadRecord::Skip), |_| Ok(())).unwrap();
        rows.read_to_string(&mut found).unwrap();
        let lines: Vec<&str> = found.lines().collect();
        assert_eq!(lines.len(), 101);
        let expected = concat!(
            r#"{"text":"row 1\nof \"é\"","meta":{"body":"row 1\nof \"é\"","#,
            r#""old":"row 1\nof \"é\""},"tags":["tag"],"sum":"0.01"}"#
        );
        assert_eq!(lines[1], expected);
        assert!(lines[0].contains(r#""meta":null"#), "{}", lines[0]);
        assert!(lines[5].contains(r#""meta":{"body":null,"old":null}"#), "{}", lines[5]);
    }

    /// Changes every byte, and truncates at every length: the result is a text or an error, never a panic.
    #[test]
    fn damage_is_an_error_or_a_text() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.parquet");
        write(&path, 12, Compression::SNAPPY);
        let whole = std::fs::read(&path).unwrap();
        let mut noticed = 0;
        for byte in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[byte] ^= [0xff, 0x80, 1, 2, 4][byte % 5];
            std::fs::write(&path, &damaged).unwrap();
            let skip = reading("meta.body", OnBadRecord::Skip);
            let reading = Reading { format: Some(Format::Parquet), ..skip };
            noticed += usize::from(read(&path, &reading).is_err());
            let source = Source::file(path.clone(), Weight::ONE);
            if let Ok(mut rows) = source.and_then(|source| source.records(&reading, |_| Ok(()))) {
                // An error is fine too.
                let _ = rows.read_to_end(&mut Vec::new());
            }
            std::fs::write(&path, &whole[..byte]).unwrap();
            let error = read(&path, &reading).unwrap_err();
            assert_ne!(error.kind(), ErrorKind::UnexpectedEof);
        }
        // The others hit statistics or other columns, or still leave a text, as there are no checksums.
        assert!(noticed > 100, "{noticed} of {}", whole.len());
    }
}
