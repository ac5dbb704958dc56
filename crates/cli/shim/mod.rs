//! `ngram shim`: programs of other toolkits, under their own names and with their own options and output.
//!
//! A shim reads the options of the original program, does the same work with our libraries, and prints what scripts
//! expect from the original. Where our result would differ, it refuses and says what to do instead.

mod build_binary;
mod change_lm_vocab;
mod compute_best_mix;
mod discounting;
mod discounts;
mod edited;
mod ends;
mod filter;
mod hypotheses;
mod lists;
mod lmplz;
mod make_big_lm;
mod model;
mod ngram;
mod ngram_class;
mod ngram_count;
mod others;
mod query;
mod srilm;
mod usage;

pub use usage::Usage;

use crate::output;
use crate::tell::tell;
use anyhow::{Context, bail};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

/// A program to stand in for.
pub struct Shim {
    /// Its name after `ngram shim` and in messages.
    pub name: &'static str,
    /// The name of the link that calls it.
    pub link: &'static str,
    /// What it does, for the help.
    about: &'static str,
    /// Runs it. The arguments are those after the name.
    run: fn(&[OsString]) -> anyhow::Result<()>,
}

/// All shims, in the order of the help.
pub const SHIMS: [Shim; 10] = [
    Shim { name: "lmplz", link: "lmplz", about: "KenLM: text to ARPA file", run: lmplz::run },
    Shim {
        name: "build_binary",
        link: "build_binary",
        about: "KenLM: ARPA file to binary file",
        run: build_binary::run,
    },
    Shim {
        name: "filter",
        link: "filter",
        about: "KenLM: parts of ARPA files, by words",
        run: filter::run,
    },
    Shim { name: "query", link: "query", about: "KenLM: text under a model", run: query::run },
    Shim {
        name: "ngram-count",
        link: "ngram-count",
        about: "SRILM: text to counts or ARPA file",
        run: ngram_count::run,
    },
    Shim {
        name: "ngram-class",
        link: "ngram-class",
        about: "SRILM: classes of words from text or counts",
        run: ngram_class::run,
    },
    Shim {
        name: "ngram",
        link: "srilm-ngram",
        about: "SRILM: perplexity, pruning, mixing and more of ARPA files",
        run: ngram::run,
    },
    Shim {
        name: "compute-best-mix",
        link: "compute-best-mix",
        about: "SRILM: weights of a mixture from `ngram -debug 2 -ppl`",
        run: compute_best_mix::run,
    },
    Shim {
        name: "change-lm-vocab",
        link: "change-lm-vocab",
        about: "SRILM: ARPA files with other words",
        run: change_lm_vocab::run,
    },
    Shim {
        name: "make-big-lm",
        link: "make-big-lm",
        about: "SRILM: counts to ARPA file",
        run: make_big_lm::run,
    },
];

const ABOUT: &str = "Run as a program of KenLM or SRILM, with its options";

/// Run as a program of KenLM or SRILM, with its options: `ngram shim lmplz -o 5 < text > text.arpa`.
///
/// A link to ngram under the name of such a program does the same; `ngram shim --install DIR` makes them all.
#[derive(clap::Args)]
#[command(disable_help_flag = true, after_help = programs())]
pub struct Args {
    /// Make links to this program in this folder, one for each program it stands in for. Existing
    /// files are not replaced.
    #[arg(long, value_name = "DIR", exclusive = true)]
    install: Option<PathBuf>,
    /// Program to run, and its arguments.
    #[arg(
        required_unless_present = "install",
        value_name = "PROGRAM",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    program: Vec<OsString>,
}

fn programs() -> String {
    let line = |shim: &Shim| format!("  {:<16} {} (link: {})", shim.name, shim.about, shim.link);
    format!("Programs:\n{}", SHIMS.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    if let Some(folder) = &args.install {
        return install(folder);
    }
    let Some((name, arguments)) = args.program.split_first() else { return Ok(()) };
    if name == "--help" || name == "-h" {
        let help = <Args as clap::Args>::augment_args(clap::Command::new("ngram shim"));
        let help = help.about(ABOUT).render_long_help();
        return Ok(write!(output::stdout(), "{help}")?);
    }
    if let Some((name, instead)) = others::OTHERS.iter().find(|(other, _)| *other == name) {
        bail!("{name} is not done here: {instead}");
    }
    match SHIMS.iter().find(|shim| shim.name == name || shim.link == name) {
        Some(shim) => shim.run(arguments),
        None => bail!(
            "there is no shim for {}; there are {}",
            name.display(),
            SHIMS.map(|shim| shim.name).join(", ")
        ),
    }
}

/// Finds the shim that this program was called as.
pub fn called(program: &OsStr) -> Option<&'static Shim> {
    let name = Path::new(program).file_stem()?;
    SHIMS.iter().find(|shim| shim.link == name)
}

impl Shim {
    /// Runs the program.
    pub fn run(&self, arguments: &[OsString]) -> anyhow::Result<()> {
        match (self.run)(arguments) {
            Err(error) if error.is::<usage::Shown>() => Ok(writeln!(output::stdout(), "{error}")?),
            result => result,
        }
    }
}

/// Makes the links in a folder, unless one of them exists.
fn install(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let program = std::env::current_exe().context("cannot find this program")?;
    let links = SHIMS.map(|shim| folder.join(shim.link));
    if let Some(there) = links.iter().find(|link| link.symlink_metadata().is_ok()) {
        bail!("{} is there already: remove it, or choose another folder", there.display());
    }
    for (shim, link) in SHIMS.iter().zip(&links) {
        symlink(&program, link).with_context(|| format!("cannot make {}", link.display()))?;
        tell!("{}: {}", link.display(), shim.about);
    }
    Ok(())
}

#[cfg(unix)]
fn symlink(program: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(program, link)
}

#[cfg(not(unix))]
fn symlink(program: &Path, link: &Path) -> std::io::Result<()> {
    std::fs::hard_link(program, link.with_extension("exe"))
}
