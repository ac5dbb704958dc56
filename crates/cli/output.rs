//! A text that is written whole or not at all; compressed where its name says so.

use crate::stop;
use anyhow::{Context, bail};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A file under a temporary name beside its own, which it is given at the end; or standard output.
pub struct Output {
    encoder: Encoder,
    /// The temporary file and its later name; None where there can be none.
    file: Option<(NamedTempFile, PathBuf)>,
}

enum Encoder {
    Plain(Box<dyn Write + Send>),
    Gzip(flate2::write::GzEncoder<File>),
    Zstd(zstd::Encoder<'static, File>),
}

impl Output {
    /// Opens standard output for `-`, else a file: compressed by gzip if its name ends in `.gz`, by
    /// zstd if in `.zst`.
    pub fn create(path: &Path) -> anyhow::Result<Output> {
        let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
        Output::open(path, extension.to_str().unwrap_or_default())
    }

    /// Opens standard output for `-`, else a file, to which bytes go as they are.
    pub fn plain(path: &Path) -> anyhow::Result<Output> {
        Output::open(path, "")
    }

    fn open(path: &Path, extension: &str) -> anyhow::Result<Output> {
        if path.as_os_str() == "-" {
            return Ok(Output { encoder: Encoder::Plain(Box::new(io::stdout())), file: None });
        }
        let cannot_write = || format!("cannot write {}", path.display());
        if path.is_dir() {
            bail!("{}: it is a directory", cannot_write());
        }
        let (file, named) = match std::fs::metadata(path) {
            // A device or a pipe is written to, not replaced.
            Ok(metadata) if !metadata.is_file() => {
                (File::options().write(true).open(path).with_context(cannot_write)?, None)
            }
            _ => {
                let named = ngram_counts::partial(path).with_context(cannot_write)?;
                let file = named.as_file().try_clone().with_context(cannot_write)?;
                (file, Some((named, path.to_owned())))
            }
        };
        let encoder = match extension {
            "gz" => {
                Encoder::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default()))
            }
            "zst" => {
                let mut encoder = zstd::Encoder::new(file, 0).with_context(cannot_write)?;
                encoder.include_checksum(true).with_context(cannot_write)?;
                Encoder::Zstd(encoder)
            }
            _ => Encoder::Plain(Box::new(file)),
        };
        Ok(Output { encoder, file: named })
    }

    /// Makes sure that all is on disk, and gives the file its name.
    pub fn finish(self) -> io::Result<()> {
        match self.encoder {
            Encoder::Plain(mut plain) => plain.flush()?,
            Encoder::Gzip(gzip) => drop(gzip.finish()?),
            Encoder::Zstd(zstd) => drop(zstd.finish()?),
        }
        if let Some((file, path)) = self.file {
            file.as_file().sync_all()?;
            file.persist(path).map_err(|failed| failed.error)?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        stop::check()?;
        match &mut self.encoder {
            Encoder::Plain(plain) => plain.write(bytes),
            Encoder::Gzip(gzip) => gzip.write(bytes),
            Encoder::Zstd(zstd) => zstd.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.encoder {
            Encoder::Plain(plain) => plain.flush(),
            Encoder::Gzip(gzip) => gzip.flush(),
            Encoder::Zstd(zstd) => zstd.flush(),
        }
    }
}
