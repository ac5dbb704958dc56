//! `ngram demo`: a whole session in one command, each step shown as a command of its own.

use crate::corpora::{CorpusFolder, Fetcher, Manifest, Unavailable};
use crate::output;
use crate::summary::group;
use crate::{eval, train};
use anyhow::Context;
use clap::Parser;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Fetch the Brown corpus, train on nine tenths, evaluate on the rest.
///
/// Without npm or a network, a short text built into the program is used instead.
#[derive(clap::Args)]
pub struct Args {}

/// What the demo trains on, and how.
struct Plan {
    corpus: &'static str,
    tokenizer: &'static str,
    order: &'static str,
    held_out: HeldOut,
    /// What a text to evaluate should be like.
    advice: &'static str,
}

/// Which lines are held out.
#[derive(Clone, Copy)]
enum HeldOut {
    /// The last tenth: what follows has not been read. For a corpus of many subjects.
    LastTenth,
    /// Every tenth line. For a text so short that its last tenth is about a subject of its own.
    EveryTenth,
}

const BROWN: Plan = Plan {
    corpus: "brown",
    tokenizer: "whitespace", // Brown's words stand apart already
    order: "5",
    held_out: HeldOut::LastTenth,
    advice: "a text of your own, words and punctuation set apart as in Brown",
};

const SAMPLE: Plan = Plan {
    corpus: "sample",
    tokenizer: "words",
    order: "3", // longer histories hardly ever recur in so short a text
    held_out: HeldOut::EveryTenth,
    advice: "a text of your own",
};

#[derive(Parser)]
#[command(name = "train")]
struct Train {
    #[command(flatten)]
    args: train::Args,
}

#[derive(Parser)]
#[command(name = "eval")]
struct Eval {
    #[command(flatten)]
    args: eval::Args,
}

/// Runs the verb.
pub fn run(_args: Args) -> anyhow::Result<()> {
    let cache = CorpusFolder::find()?;
    let (plan, text) = get_text(&cache)?;
    let text = std::fs::read_to_string(&text).with_context(|| text.display().to_string())?;
    let (train_text, held_out_text) = split(&text, plan.held_out);
    say(&format!(
        "{}: {} lines to train on; {}, {}, held out.",
        plan.corpus,
        group(train_text.lines().count() as u64),
        match plan.held_out {
            HeldOut::LastTenth => "the last tenth",
            HeldOut::EveryTenth => "every tenth line",
        },
        group(held_out_text.lines().count() as u64),
    ))?;
    let save = |part: &str, text: &str| {
        let path = cache.open(&format!("{}.{part}", plan.corpus))?.save(text)?;
        anyhow::Ok(relative(path))
    };
    let train_path = save("train", &train_text)?;
    let held_out_path = save("held-out", &held_out_text)?;
    let model = choose_model()?;

    train(plan, &train_path, model)?;
    evaluate(&held_out_path, model)?;
    say(&next(model, plan.advice))?;
    // Cargo sets the variable for what it runs.
    if std::env::var_os("CARGO").is_some() {
        say("Until `cargo install --path .`, type `cargo run --release --` for `ngram`.")?;
    }
    Ok(())
}

/// Fetches Brown, or says why it cannot and returns the built-in text.
fn get_text(cache: &CorpusFolder) -> anyhow::Result<(&'static Plan, PathBuf)> {
    let manifest = Manifest::built_in()?;
    let mut fetcher = Fetcher::new(cache);
    match fetcher.fetch(manifest.find(BROWN.corpus)?) {
        Ok(path) => Ok((&BROWN, path)),
        Err(error) if error.is::<Unavailable>() => {
            let sample = manifest.find(SAMPLE.corpus)?;
            say(&format!(
                "No Brown corpus here, so the built-in text of {} words is used instead: {error:#}",
                group(sample.text.words)
            ))?;
            Ok((&SAMPLE, fetcher.fetch(sample)?))
        }
        Err(error) => Err(error),
    }
}

/// The lines to train on and the lines held out.
fn split(text: &str, held_out: HeldOut) -> (String, String) {
    let lines = text.lines().count();
    let is_held_out = |line: usize| match held_out {
        HeldOut::LastTenth => line >= lines - lines / 10,
        HeldOut::EveryTenth => line % 10 == 9,
    };
    let (mut train, mut held) = (String::new(), String::new());
    for (i, line) in text.lines().enumerate() {
        let part = if is_held_out(i) { &mut held } else { &mut train };
        part.push_str(line);
        part.push('\n');
    }
    (train, held)
}

/// Returns `model.ngram`, the default of every verb, or another name if there is one already: it
/// may have taken its owner an hour.
fn choose_model() -> anyhow::Result<&'static Path> {
    let (usual, other) = (Path::new("model.ngram"), Path::new("demo.ngram"));
    if !usual.exists() {
        return Ok(usual);
    }
    say("model.ngram is there already and stays as it is: this model goes to demo.ngram.")?;
    Ok(other)
}

fn train(plan: &Plan, text: &Path, model: &Path) -> anyhow::Result<()> {
    let mut command: Vec<OsString> = vec!["train".into(), text.into()];
    command.extend(["--tokenizer", plan.tokenizer, "--order", plan.order, "-o"].map(Into::into));
    command.push(model.into());
    show(&command)?;
    train::run(Train::try_parse_from(command)?.args)
}

fn evaluate(text: &Path, model: &Path) -> anyhow::Result<()> {
    let command: Vec<OsString> = vec!["eval".into(), text.into(), "-m".into(), model.into()];
    show(&command)?;
    eval::run(Eval::try_parse_from(command)?.args)
}

/// Shows a command as the user would type it.
fn show(command: &[OsString]) -> anyhow::Result<()> {
    let words: Vec<String> = command.iter().map(|word| quoted(&word.to_string_lossy())).collect();
    say(&format!("\n$ ngram {}", words.join(" ")))
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./\\:@+=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Makes a path relative to the current folder if it is below it.
fn relative(path: PathBuf) -> PathBuf {
    let here = std::env::current_dir().ok();
    match here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned)) {
        Some(relative) => relative,
        None => path,
    }
}

fn next(model: &Path, advice: &str) -> String {
    let model = model.display();
    // The other verbs read model.ngram by default.
    let option =
        if model.to_string() == "model.ngram" { String::new() } else { format!(" -m {model}") };
    format!(
        "\nThe model is in {model}. What you could do next:\n\
         \x20 ngram eval FILE{option}    how well it predicts {advice}\n\
         \x20 ngram info {model}    what is in it\n\
         \x20 ngram train FILE    a model of a text of your own\n\
         \x20 ngram corpus list    more text to train on"
    )
}

/// Prints a line at once, so that it appears in order with the output of other verbs.
fn say(line: &str) -> anyhow::Result<()> {
    let mut out = output::stdout();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(lines: usize) -> String {
        (0..lines).map(|i| format!("line {i}\n")).collect()
    }

    #[test]
    fn the_last_tenth_is_held_out() {
        let (train, held_out) = split(&numbered(57_340), HeldOut::LastTenth);
        assert_eq!((train.lines().count(), held_out.lines().count()), (51_606, 5_734));
        assert_eq!(train.lines().last(), Some("line 51605"));
        assert_eq!(held_out.lines().next(), Some("line 51606"));
        assert_eq!(train + &held_out, numbered(57_340));
    }

    #[test]
    fn every_tenth_line_is_held_out() {
        let (train, held_out) = split(&numbered(25), HeldOut::EveryTenth);
        assert_eq!(held_out, "line 9\nline 19\n");
        assert_eq!(train.lines().count(), 23);
        assert!(train.starts_with("line 0\n") && train.ends_with("line 24\n"));
    }

    #[test]
    fn commands_can_be_pasted() {
        assert_eq!(quoted("corpora/fetched/brown.train.txt"), "corpora/fetched/brown.train.txt");
        assert_eq!(quoted("my files/a.txt"), "'my files/a.txt'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn the_advice_names_the_model() {
        assert!(next(Path::new("model.ngram"), "").contains("ngram eval FILE  "));
        assert!(next(Path::new("demo.ngram"), "").contains("ngram eval FILE -m demo.ngram  "));
    }
}
