//! The `ngram` command: one file a verb, each with its `Args` and its `run`; [`main`] runs it.
//!
//! - **In**: the arguments of the program.
//! - **Out**: files, standard output and standard error, an exit code.
//! - **Never**: how anything is computed.

// These macros panic if nothing can be written; `tell!` and a checked `write!` do not.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod brown1992;
mod check;
mod classes;
mod compare;
mod completions;
mod compress;
mod convert;
mod corpora;
mod corpus;
mod count;
mod counts;
mod decompress;
mod demo;
pub mod embed;
mod entropy;
mod eval;
mod experiment;
mod explain;
mod export;
mod filter;
mod foreign;
mod generate;
mod google;
mod guard;
mod helpers;
mod import;
mod info;
mod info_theory;
mod input;
mod landmarks;
mod layout;
mod machine;
mod man;
mod mix;
mod mixture;
mod next;
mod number;
mod opened;
mod options;
mod output;
mod page;
mod plan;
mod prepare;
mod progress;
mod prune;
mod raw_text;
mod reading;
mod score;
mod select;
mod serve;
mod shannon;
mod shim;
mod size;
mod smoothing;
mod stop;
mod summary;
mod tell;
mod train;
mod visible;
mod vocabulary;

use crate::shim::Shim;
use crate::tell::tell;
use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::sync::LazyLock;

/// The version, and which of the optional features were compiled in.
static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let features = [
        ("parquet", cfg!(feature = "parquet")),
        ("tokenizers", cfg!(feature = "tokenizers")),
        ("words-icu", cfg!(feature = "words-icu")),
    ];
    let named = |wanted: bool| -> String {
        let names = features.iter().filter(|(_, is_in)| *is_in == wanted).map(|(name, _)| *name);
        let names: Vec<&str> = names.collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    };
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}\nfeatures: {}; left out: {}", named(true), named(false))
});

/// Trains n-gram language models and evaluates them honestly.
#[derive(Parser)]
#[command(name = "ngram", version, long_version = LONG_VERSION.as_str(), arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Train(Box<train::Args>),
    Count(count::Args),
    Classes(classes::Args),
    Eval(eval::Args),
    Compare(compare::Args),
    Score(score::Args),
    Select(Box<select::Args>),
    Entropy(entropy::Args),
    InfoTheory(info_theory::Args),
    Landmarks(landmarks::Args),
    Experiment(experiment::Args),
    Shannon(shannon::Args),
    Info(info::Args),
    Next(next::Args),
    Serve(serve::Args),
    Explain(explain::Args),
    Generate(generate::Args),
    Prepare(prepare::Args),
    Compress(compress::Args),
    Decompress(decompress::Args),
    Check(check::Args),
    Convert(convert::Args),
    Mix(mix::Args),
    Prune(prune::Args),
    Filter(filter::Args),
    Export(export::Args),
    Import(import::Args),
    Shim(shim::Args),
    Corpus(corpus::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the program with its arguments, of which the first is its own name, and returns its exit code. Takes over the
/// process: it handles signals, writes to the standard streams, and ends the process after a wrong command line.
pub fn main(arguments: Vec<OsString>) -> u8 {
    let program = arguments.first().cloned().unwrap_or_default();
    let shim = shim::called(&program);
    let name = shim.map_or("ngram", |shim| shim.name);
    let ended = run(arguments, shim, name);
    ngram_store::abandon();
    match ended {
        Ok(()) => 0,
        Err(_) if let Some(code) = stop::exit_code() => {
            stop::say(name);
            code
        }
        Err(error) if is_broken_pipe(&error) => 0,
        Err(error) => {
            match error.downcast_ref::<shim::Usage>() {
                Some(usage) => tell!("{usage}"),
                None => tell!("{name}: {error:#}"),
            }
            1
        }
    }
}

fn run(arguments: Vec<OsString>, shim: Option<&Shim>, name: &'static str) -> anyhow::Result<()> {
    stop::listen(name)?;
    stop::survive_limits()?;
    stop::explain_faults()?;
    if let Some(shim) = shim {
        shim.run(&arguments[1..])?;
        return Ok(opened::unchanged()?);
    }
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(arguments);
    let parsed = matches.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        // --help and --version are errors only if they cannot be printed.
        Err(shown) if shown.exit_code() == 0 => {
            return shown.print().context("cannot write to standard output");
        }
        Err(error) => error.format(&mut command).exit(),
    };
    guard::check(&command, &matches)?;
    run_verb(cli.verb)?;
    Ok(opened::unchanged()?)
}

fn run_verb(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Train(args) => train::run(*args),
        Verb::Count(args) => count::run(args),
        Verb::Classes(args) => classes::run(args),
        Verb::Eval(args) => eval::run(args),
        Verb::Compare(args) => compare::run(args),
        Verb::Score(args) => score::run(args),
        Verb::Select(args) => select::run(*args),
        Verb::Entropy(args) => entropy::run(args),
        Verb::InfoTheory(args) => info_theory::run(args),
        Verb::Landmarks(args) => landmarks::run(args),
        Verb::Experiment(args) => experiment::run(args),
        Verb::Shannon(args) => shannon::run(args),
        Verb::Info(args) => info::run(args),
        Verb::Next(args) => next::run(args),
        Verb::Serve(args) => serve::run(args),
        Verb::Explain(args) => explain::run(args),
        Verb::Generate(args) => generate::run(args),
        Verb::Prepare(args) => prepare::run(args),
        Verb::Compress(args) => compress::run(args),
        Verb::Decompress(args) => decompress::run(args),
        Verb::Check(args) => check::run(args),
        Verb::Convert(args) => convert::run(args),
        Verb::Mix(args) => mix::run(args),
        Verb::Prune(args) => prune::run(args),
        Verb::Filter(args) => filter::run(args),
        Verb::Export(args) => export::run(args),
        Verb::Import(args) => import::run(args),
        Verb::Shim(args) => shim::run(args),
        Verb::Corpus(args) => corpus::run(args),
        Verb::Demo(args) => demo::run(args),
        Verb::Completions(args) => completions::run(args, Cli::command()),
        Verb::Man(args) => man::run(args, Cli::command()),
    }
}

/// Whether the reader of our output went away, as `head` does, which is not a failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = |cause: &(dyn Error + 'static)| {
        let of_json = || cause.downcast_ref::<serde_json::Error>()?.io_error_kind();
        cause.downcast_ref::<io::Error>().map(io::Error::kind).or_else(of_json)
    };
    error.chain().filter_map(kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}
