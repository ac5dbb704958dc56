//! Output that is written whole or not at all, and compressed if its name says so.

use crate::opened;
use crate::stop::{self, Stoppable};
use crate::visible::{self, Visible};
use anyhow::{Context, bail};
use ngram_formats::openfst::{self, Numbering, Skipped};
use ngram_formats::{ExportError, ExportFormat, arpa, export_openfst, kenlm};
use ngram_model::Model;
use ngram_store::{Partial, is_stream, remedy};
use serde::Serialize;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A file that has a temporary name until it is finished, or standard output.
pub struct Output {
    encoder: Encoder,
    /// The temporary file; `None` for streams.
    file: Option<Partial>,
}

enum Encoder {
    Plain(Box<dyn Write + Send>),
    Gzip(flate2::write::GzEncoder<Patient>),
    Zstd(zstd::Encoder<'static, Patient>),
    Bzip2(bzip2::write::BzEncoder<Patient>),
    Xz(Box<lzma_rust2::XzWriter<Patient>>),
}

/// A file whose writes begin again after an interruption: not every compressor sees to that.
pub struct Patient(pub File);

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The level of compression by xz: it takes a quarter of the memory of the usual one, 6.
const XZ_LEVEL: u32 = 3;

impl Output {
    /// Opens standard output for `-`, else a file, compressed if its name ends so: with gzip for `.gz`, zstd
    /// for `.zst`, bzip2 for `.bz2`, xz for `.xz`.
    pub fn create(path: &Path) -> anyhow::Result<Output> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        Output::open(path, extension.to_str().unwrap_or_default())
    }

    /// Opens standard output for `-`, else a file that is not compressed.
    pub fn plain(path: &Path) -> anyhow::Result<Output> {
        Output::open(path, "")
    }

    fn open(path: &Path, extension: &str) -> anyhow::Result<Output> {
        if path.as_os_str() == "-" {
            return Ok(Output { encoder: Encoder::Plain(Box::new(visible::stdout())), file: None });
        }
        let cannot_write = || format!("cannot write {}", path.display());
        if path.is_dir() {
            bail!("{}: it is a directory", cannot_write());
        }
        let (file, named) = if is_stream(path) {
            // Appends, in case the name is that of an open file.
            (File::options().append(true).open(path).with_context(cannot_write)?, None)
        } else {
            let named = Partial::create(path).with_context(cannot_write)?;
            let file = named.file().try_clone().map_err(with_remedy);
            (file.with_context(cannot_write)?, Some(named))
        };
        let encoder = match extension {
            "gz" => Encoder::Gzip(flate2::write::GzEncoder::new(
                Patient(file),
                flate2::Compression::default(),
            )),
            "zst" => {
                let mut encoder =
                    zstd::Encoder::new(Patient(file), 0).with_context(cannot_write)?;
                encoder.include_checksum(true).with_context(cannot_write)?;
                Encoder::Zstd(encoder)
            }
            "bz2" => Encoder::Bzip2(bzip2::write::BzEncoder::new(
                Patient(file),
                bzip2::Compression::default(),
            )),
            "xz" => {
                let options = lzma_rust2::XzOptions::with_preset(XZ_LEVEL);
                let encoder = lzma_rust2::XzWriter::new(Patient(file), options);
                Encoder::Xz(Box::new(encoder.with_context(cannot_write)?))
            }
            _ => Encoder::Plain(Box::new(file)),
        };
        Ok(Output { encoder, file: named })
    }

    /// Flushes what was written so far to disk, so that giving the file its name needs no more space.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        match &self.file {
            Some(file) => file.file().sync_all().map_err(with_remedy),
            None => Ok(()),
        }
    }

    /// Flushes everything to disk and gives the file its final name.
    pub fn finish(self) -> io::Result<()> {
        let (file, finished) = self.end();
        opened::unchanged().map_err(io::Error::other)?;
        match file {
            Some(file) => finished.and_then(|()| file.finish()).map_err(with_remedy),
            None => finished,
        }
    }

    /// Flushes several outputs to disk, and gives all of them their final names, or none.
    pub fn finish_all(outputs: Vec<Output>) -> io::Result<()> {
        let mut files = Vec::new();
        for output in outputs {
            let (file, finished) = output.end();
            finished.map_err(with_remedy)?;
            files.extend(file);
        }
        opened::unchanged().map_err(io::Error::other)?;
        Partial::finish_all(files).map_err(with_remedy)
    }

    /// Ends compression. Returns the temporary file, if there is one.
    fn end(self) -> (Option<Partial>, io::Result<()>) {
        let finished = match self.encoder {
            Encoder::Plain(mut plain) => plain.flush(),
            Encoder::Gzip(gzip) => gzip.finish().map(drop),
            Encoder::Zstd(zstd) => zstd.finish().map(drop),
            Encoder::Bzip2(bzip2) => bzip2.finish().map(drop),
            Encoder::Xz(xz) => xz.finish().map(drop),
        };
        (self.file, finished)
    }
}

/// Writes a model, and fails if it changed meanwhile.
pub fn write_model(
    model: &Model,
    format: &ExportFormat,
    output: &mut dyn Write,
) -> anyhow::Result<()> {
    format.write(model, output, &Stoppable).map_err(system)?;
    Ok(model.unchanged()?)
}

/// Writes a model as an automaton numbered by a table, and fails if it changed meanwhile.
pub fn write_automaton(
    model: &Model,
    numbering: &Numbering<'_>,
    output: &mut dyn Write,
) -> anyhow::Result<Skipped> {
    let skipped = export_openfst(model, numbering, output).map_err(system)?;
    model.unchanged()?;
    Ok(skipped)
}

/// The message for an output that cannot be written.
pub fn cannot_write(output: &Path) -> String {
    match output.as_os_str() == "-" {
        true => "cannot write to standard output".to_owned(),
        false => format!("cannot write {}", output.display()),
    }
}

/// Unwraps an I/O error, so that a reader that went away is recognised.
fn system(error: ExportError) -> anyhow::Error {
    match error {
        ExportError::Arpa(arpa::ArpaWriteError::Io(error))
        | ExportError::Kenlm(kenlm::KenlmWriteError::Io(error))
        | ExportError::OpenFst(openfst::OpenFstError::Io(error))
        | ExportError::Io(error) => error.into(),
        error => error.into(),
    }
}

/// Returns standard output, with errors that name it.
pub fn stdout() -> Stdout {
    Stdout(visible::stdout())
}

/// See [`stdout`].
pub struct Stdout(Visible<io::Stdout>);

impl Stdout {
    fn named(error: io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(Stdout::named)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(Stdout::named)
    }
}

/// Prints a report on standard output, as JSON or as the text that `text` makes of it.
pub fn report(
    json: bool,
    report: &impl Serialize,
    text: impl FnOnce() -> String,
) -> anyhow::Result<()> {
    let shown = match json {
        true => serde_json::to_string_pretty(report).context("cannot write JSON")? + "\n",
        false => text(),
    };
    Ok(stdout().write_all(shown.as_bytes())?)
}

/// Adds to the error what to do about it if the disk is full.
pub fn with_remedy(error: io::Error) -> io::Error {
    match remedy(&error) {
        "" => error,
        remedy => io::Error::new(error.kind(), format!("{error}{remedy}")),
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        stop::check()?;
        let written = match &mut self.encoder {
            Encoder::Plain(plain) => plain.write(bytes),
            Encoder::Gzip(gzip) => gzip.write(bytes),
            Encoder::Zstd(zstd) => zstd.write(bytes),
            Encoder::Bzip2(bzip2) => bzip2.write(bytes),
            Encoder::Xz(xz) => xz.write(bytes),
        };
        if self.file.is_some() { written.map_err(with_remedy) } else { written }
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = match &mut self.encoder {
            Encoder::Plain(plain) => plain.flush(),
            Encoder::Gzip(gzip) => gzip.flush(),
            Encoder::Zstd(zstd) => zstd.flush(),
            Encoder::Bzip2(bzip2) => bzip2.flush(),
            Encoder::Xz(xz) => xz.flush(),
        };
        if self.file.is_some() { flushed.map_err(with_remedy) } else { flushed }
    }
}
