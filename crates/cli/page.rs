//! Where `--html` writes its page.

use crate::output::Output;
use anyhow::{Context, bail};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A page that is written whole or not at all.
pub struct PageFile {
    output: Output,
    path: PathBuf,
}

impl PageFile {
    /// Opens a temporary file beside `path`, so that an unwritable folder is found before the work.
    pub fn create(path: &Path) -> anyhow::Result<PageFile> {
        if path.as_os_str() == "-" {
            bail!("--html needs the name of a file, since standard output has the report");
        }
        Ok(PageFile { output: Output::create(path)?, path: path.to_owned() })
    }

    /// Writes the page and gives the file its name.
    pub fn write(mut self, html: &str) -> anyhow::Result<()> {
        let written = self.output.write_all(html.as_bytes()).and_then(|()| self.output.finish());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}
