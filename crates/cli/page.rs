//! Where `--html` writes its page.

use crate::input;
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
    /// `inputs` are files that the page must not replace.
    pub fn create<'p>(
        path: &Path,
        inputs: impl IntoIterator<Item = &'p Path>,
    ) -> anyhow::Result<PageFile> {
        if path.as_os_str() == "-" {
            bail!("--html needs the name of a file, since standard output has the report");
        }
        for input in inputs {
            if input::is_same_file(input, path) {
                bail!("the page would replace {}: choose another --html", input.display());
            }
        }
        Ok(PageFile { output: Output::create(path)?, path: path.to_owned() })
    }

    /// Writes the page and gives the file its name.
    pub fn write(mut self, html: &str) -> anyhow::Result<()> {
        let written = self.output.write_all(html.as_bytes()).and_then(|()| self.output.finish());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}
