//! `ngram man`.

use crate::output::Output;
use anyhow::Context;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Write manual pages: ngram.1, and one for each verb.
///
/// For example, `ngram man ~/.local/share/man/man1`, then `man ngram-train`.
#[derive(clap::Args)]
pub struct Args {
    /// Folder to write them to; made if it does not exist.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Runs the verb.
pub fn run(args: Args, mut command: clap::Command) -> anyhow::Result<()> {
    let folder = args.folder;
    let is_new = folder.try_exists().is_ok_and(|is_there| !is_there);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    command.build();
    let written = write(&folder, &command);
    if written.is_err() && is_new {
        // Only an empty folder is removed.
        let _ = std::fs::remove_dir(&folder);
    }
    written
}

/// Writes all pages, or none of them.
fn write(folder: &Path, command: &clap::Command) -> anyhow::Result<()> {
    let mut pages = vec![page(folder, command, "ngram")?];
    for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
        pages.push(page(folder, verb, &format!("ngram-{}", verb.get_name()))?);
    }
    Output::finish_all(pages).with_context(|| format!("cannot write pages to {}", folder.display()))
}

fn page(folder: &Path, command: &clap::Command, name: &str) -> anyhow::Result<Output> {
    let path = folder.join(format!("{name}.1"));
    let mut page = Vec::new();
    let cannot_write = || format!("cannot write {}", path.display());
    clap_mangen::Man::new(command.clone()).render(&mut page).with_context(cannot_write)?;
    let mut output = Output::plain(&path)?;
    output.write_all(&page).and_then(|()| output.sync()).with_context(cannot_write)?;
    Ok(output)
}
