//! `ngram landmarks`: one file per protocol, each returning the rows of its figures.

mod bengio;
mod best_mixture;
mod chen_goodman;
mod cited;
mod decomposition;
mod deleted_interpolation;
mod lab;
mod match_lengths;
mod own;
mod page;
mod penn;
mod row;
mod sample_text;
mod seed;
mod shannon;
mod table;
mod word_classes;

use crate::brown;
pub use lab::Lab;
#[allow(unused_imports)] // protocols are added one by one
pub use row::{Claim, Expected, Row, Status, Tolerance};

use crate::corpus::Unavailable;
use crate::output;
use crate::page::PageFile;
use crate::tell::tell;
use crate::{machine, stop};
use anyhow::{Context, bail};
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

    /// Number of threads [default: one per core]; the figures are the same for any number.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,

    /// Show no progress.
    #[arg(short, long)]
    quiet: bool,
}

/// A way to measure some published figures.
struct Protocol {
    id: &'static str,
    title: &'static str,
    run: fn(&Lab) -> anyhow::Result<Vec<Row>>,
}

/// All protocols, in the order of the table. Protocols that share an id are run together.
const PROTOCOLS: &[Protocol] = &[
    protocol("S", "Worked examples of information theory, some of them printed wrong", seed::rows),
    protocol("R3a", "Shannon 1951: entropy of letters and words", shannon::entropies),
    protocol("R3b", "Shannon 1951: what models make of held-out text", shannon::held_out),
    protocol(
        "R3c",
        "Shannon 1951: the guessing game, with a model for a guesser",
        shannon::guessing,
    ),
    protocol(
        "R4a",
        "Brown et al. 1992: the test sample, and simple codes for it",
        sample_text::rows,
    ),
    protocol("R4d", "Brown et al. 1992: the method, in miniature", decomposition::rows),
    protocol("R4d", "The same split by this program's own models", own::rows),
    protocol("R6", "Entropy from match lengths", match_lengths::rows),
    protocol(
        "R1a",
        "Bengio et al. 2003, Table 1: deleted interpolation",
        deleted_interpolation::rows,
    ),
    protocol("R1a", "Bengio et al. 2003, Table 1: n-grams on the Brown corpus", bengio::rows),
    protocol("R1b", "Bengio et al. 2003, Table 1: word classes", word_classes::rows),
    protocol("R1c", "The same text: words, classes and caches together", best_mixture::rows),
    protocol("R2", "Penn Treebank as Mikolov prepared it, with --ptb", penn::rows),
    protocol("R5", "Chen and Goodman 1999: smoothing methods compared", chen_goodman::rows),
    protocol("C", "Figures whose data cannot be had, each above our nearest", cited::rows),
];

const fn protocol(
    id: &'static str,
    title: &'static str,
    run: fn(&Lab) -> anyhow::Result<Vec<Row>>,
) -> Protocol {
    Protocol { id, title, run }
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mut out = output::stdout();
    if args.list {
        for protocol in PROTOCOLS {
            writeln!(out, "{:<6}{}", protocol.id, protocol.title)?;
        }
        return Ok(());
    }
    let chosen = choose(&args.ids)?;
    stop::listen()?;
    let page = args.html.as_deref().map(|path| PageFile::create(path, [])).transpose()?;
    let ptb = args.ptb.as_deref().map(penn::Penn::open).transpose()?;
    let lab = Lab::new(ptb, args.quiet)?;
    let pool = machine::pool(args.threads)?;
    let mut rows = Vec::new();
    for protocol in chosen {
        stop::check()?;
        if !args.quiet {
            tell!("{}: {}", protocol.id, protocol.title);
        }
        rows.extend(measure(protocol, &lab, &pool)?);
    }
    let rows = cited::place(rows);
    if let Some(page) = page {
        page.write(&page::page(&rows))?;
    }
    let shown = match args.json {
        true => serde_json::to_string_pretty(&rows).context("cannot write JSON")? + "\n",
        false => table::show(&rows),
    };
    out.write_all(shown.as_bytes())?;
    Ok(())
}

/// Returns the protocols of these ids, where `R4` stands for `R4a`, `R4b` and so on; all if there are no ids.
fn choose(ids: &[String]) -> anyhow::Result<Vec<&'static Protocol>> {
    let is = |id: &str, protocol: &Protocol| {
        let rest = protocol.id.strip_prefix(id);
        rest.is_some_and(|rest| rest.chars().all(|character| character.is_ascii_lowercase()))
    };
    for id in ids {
        if id.is_empty() || !PROTOCOLS.iter().any(|protocol| is(id, protocol)) {
            let mut known: Vec<&str> = PROTOCOLS.iter().map(|protocol| protocol.id).collect();
            known.dedup();
            bail!("there is no landmark `{id}`; there are {}", known.join(", "));
        }
    }
    let chosen =
        PROTOCOLS.iter().filter(|protocol| ids.is_empty() || ids.iter().any(|id| is(id, protocol)));
    Ok(chosen.collect())
}

/// Runs a protocol. If its text cannot be fetched, returns one row that says so.
fn measure(protocol: &Protocol, lab: &Lab, pool: &rayon::ThreadPool) -> anyhow::Result<Vec<Row>> {
    let measured = pool.install(|| (protocol.run)(lab));
    lab.progress.end();
    match measured {
        Err(error) if error.is::<Unavailable>() => {
            let row = Row::new(protocol.id, protocol.title, "");
            Ok(vec![row.missing(&format!("{error:#}"))])
        }
        measured => measured.with_context(|| protocol.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(ids: &[&str]) -> Vec<&'static str> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        choose(&ids).unwrap().iter().map(|protocol| protocol.id).collect()
    }

    #[test]
    fn ids_choose_protocols() {
        assert_eq!(chosen(&[]).len(), PROTOCOLS.len());
        assert_eq!(chosen(&["R5"]), ["R5"]);
        assert!(chosen(&["R1"]).iter().all(|id| id.starts_with("R1")));
    }

    #[test]
    fn an_unknown_id_is_answered_with_those_there_are() {
        for id in ["R9", "", "r", "R"] {
            let error = choose(&[id.to_owned()]).err().unwrap().to_string();
            assert!(error.contains("R1") && error.contains("R5"), "{error}");
        }
    }
}
