//! The `ngram` command: one file a verb, each with its `Args` and its `run`.

mod brown1992;
mod check;
mod classes;
mod compare;
mod compress;
mod convert;
mod corpus;
mod count;
mod counts;
mod decompress;
mod demo;
mod entropy;
mod eval;
mod experiment;
mod export;
mod google;
mod import;
mod info;
mod info_theory;
mod input;
mod landmarks;
mod layout;
mod machine;
mod mix;
mod mixture;
mod output;
mod page;
mod plan;
mod progress;
mod prune;
mod reading;
mod score;
mod shannon;
mod size;
mod smoothing;
mod stop;
mod summary;
mod train;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Trains n-gram language models and evaluates them honestly.
#[derive(Parser)]
#[command(name = "ngram", version, arg_required_else_help = true)]
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
    Entropy(entropy::Args),
    InfoTheory(info_theory::Args),
    Landmarks(landmarks::Args),
    Experiment(experiment::Args),
    Shannon(shannon::Args),
    Info(info::Args),
    Compress(compress::Args),
    Decompress(decompress::Args),
    Check(check::Args),
    Convert(convert::Args),
    Mix(mix::Args),
    Prune(prune::Args),
    Export(export::Args),
    Import(import::Args),
    Corpus(corpus::Args),
    Demo(demo::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().verb {
        Verb::Train(args) => train::run(*args),
        Verb::Count(args) => count::run(args),
        Verb::Classes(args) => classes::run(args),
        Verb::Eval(args) => eval::run(args),
        Verb::Compare(args) => compare::run(args),
        Verb::Score(args) => score::run(args),
        Verb::Entropy(args) => entropy::run(args),
        Verb::InfoTheory(args) => info_theory::run(args),
        Verb::Landmarks(args) => landmarks::run(args),
        Verb::Experiment(args) => experiment::run(args),
        Verb::Shannon(args) => shannon::run(args),
        Verb::Info(args) => info::run(args),
        Verb::Compress(args) => compress::run(args),
        Verb::Decompress(args) => decompress::run(args),
        Verb::Check(args) => check::run(args),
        Verb::Convert(args) => convert::run(args),
        Verb::Mix(args) => mix::run(args),
        Verb::Prune(args) => prune::run(args),
        Verb::Export(args) => export::run(args),
        Verb::Import(args) => import::run(args),
        Verb::Corpus(args) => corpus::run(args),
        Verb::Demo(args) => demo::run(args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if let Some(code) = stop::exit_code() => {
            eprintln!("ngram: stopped before the end; nothing was written");
            ExitCode::from(code)
        }
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ngram: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of our output went away, as `head` does: no failure of ours.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}
