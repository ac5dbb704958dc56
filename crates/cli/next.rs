//! `ngram next`.

use crate::answer;
use crate::number;
use crate::options::{AnyModelArgs, ThreadsArgs};
use ngram_eval::Next;
use ngram_report::next;

/// Show the most probable next words after a history, with their probabilities.
///
/// The history begins a sentence, unless --inside is given. `</s>` is the end of the sentence,
/// `<unk>` any word that the model does not know.
#[derive(clap::Args)]
pub struct Args {
    /// History, quoted, such as "the cat"; may be repeated; - reads one per line from standard input.
    #[arg(required = true, value_name = "WORDS")]
    histories: Vec<String>,

    #[command(flatten)]
    model: AnyModelArgs,

    /// Number of words to show.
    #[arg(short = 'k', long, value_name = "N", default_value_t = 10, value_parser = number::whole::<usize>(0, u32::MAX.into()))]
    top: usize,

    /// Show every word of the vocabulary: the whole distribution, which sums to 1.
    #[arg(long, conflicts_with = "top")]
    all: bool,

    /// Show only words that begin with this, the typed part of a word: completions. The probabilities
    /// are those of the words, not given the prefix.
    #[arg(short, long, value_name = "PREFIX")]
    prefix: Option<String>,

    /// Take the history from inside a sentence, with nothing known before it.
    #[arg(long)]
    inside: bool,

    /// Write JSON, one object per line for each history.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    threads: ThreadsArgs,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = args.model.open_any()?;
    let next = Next::new(model.as_dyn());
    let Args { top, all, inside, json, prefix, .. } = args;
    let most = if all { model.as_dyn().vocab().len() } else { top };
    let show = |history: &str| {
        let after = match &prefix {
            None => next.after(history, inside, most),
            Some(prefix) => next.completing(history, prefix, inside, most),
        };
        if json { next::line(&after) } else { next::table(&after) }
    };
    let between = if json { "" } else { "\n" };
    args.threads.pool()?.install(|| answer::each(&args.histories, between, show))
}
