//! `ngram landmarks`.

use crate::corpora::{self, Unavailable};
use crate::options::FiguresArgs;
use crate::output;
use crate::page::PageFile;
use crate::tell::tell;
use crate::{machine, stop};
use anyhow::Context;
use ngram_lab::brown::Brown;
use ngram_lab::landmarks::{self, Lab, LandmarkError, PROTOCOLS};
use ngram_store::Progress;
use std::io::Write;
use std::path::PathBuf;

/// Reproduce famous figures of the field, and show them beside what was published.
///
/// Covers perplexities and entropies of English from 1951 on: what was published and under which
/// conditions, what the same protocol gives here and on which text, and whether that reproduces it.
/// Corpora are fetched once with npm and kept.
#[derive(clap::Args)]
pub struct Args {
    /// Protocols to run, such as R3 [default: all]. See --list.
    #[arg(value_name = "ID")]
    ids: Vec<String>,

    /// List the protocols, and measure nothing.
    #[arg(long, conflicts_with_all = ["ids", "json", "ptb"])]
    list: bool,

    /// Write the rows as JSON.
    #[arg(long)]
    json: bool,

    /// Also write an HTML page to this file: the table, and a chart of published against measured
    /// bits. The page is one self-contained file.
    #[arg(long, value_name = "PAGE", conflicts_with = "list")]
    html: Option<PathBuf>,

    /// Folder with the Penn Treebank as Mikolov prepared it, for R2: ptb.train.txt, ptb.valid.txt
    /// and ptb.test.txt. Its licence forbids passing it on, so it cannot be fetched.
    #[arg(long, value_name = "DIR")]
    ptb: Option<PathBuf>,

    #[command(flatten)]
    work: FiguresArgs,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    if args.list {
        let mut out = output::stdout();
        for protocol in PROTOCOLS {
            writeln!(out, "{:<6}{}", protocol.id, protocol.title)?;
        }
        return Ok(());
    }
    let chosen = landmarks::choose(&args.ids)?;
    let page = args.html.as_deref().map(PageFile::create).transpose()?;
    let ptb = args.ptb.as_deref().map(corpora::penn).transpose()?;
    let progress = args.work.progress();
    let lab = Lab::new(ptb, &progress, machine::temporary_models()?, Box::new(brown));
    let pool = args.work.pool()?;
    let mut rows = Vec::new();
    for protocol in chosen {
        stop::check()?;
        if !args.work.is_quiet() {
            tell!("{}: {}", protocol.id, protocol.title);
        }
        let measured = pool.install(|| protocol.measure(&lab));
        progress.end();
        rows.extend(measured.with_context(|| protocol.id)?);
    }
    let rows = landmarks::place(rows);
    if let Some(page) = page {
        page.write(&ngram_report::html::landmarks::page(&rows))?;
    }
    output::report(args.json, &rows, || ngram_report::landmarks::show(&rows))
}

/// Fetches the Brown corpus.
fn brown() -> Result<Brown, LandmarkError> {
    corpora::brown().map_err(|error| match error.is::<Unavailable>() {
        true => LandmarkError::Unavailable(format!("{error:#}")),
        false => LandmarkError::Fetch(error.into()),
    })
}
