//! `ngram next`.

use crate::answer;
use crate::input;
use crate::machine;
use ngram_eval::Next;
use ngram_report::next;
use std::path::PathBuf;

/// Show the most probable next words after some words, with their probabilities.
///
/// The words begin a sentence, unless --inside says otherwise. `</s>` is the end of the sentence, `<unk>` any
/// word that the model does not know.
#[derive(clap::Args)]
pub struct Args {
    /// The words before, quoted, such as "the cat"; several if quoted each; or - for standard input, one line each.
    #[arg(required = true, value_name = "WORDS")]
    histories: Vec<String>,

    /// The model.
    #[arg(short, long, value_name = "FILE", default_value = "model.ngram")]
    model: PathBuf,

    /// How many words are shown.
    #[arg(short = 'k', long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Show all words of the vocabulary: the whole distribution, which sums to 1.
    #[arg(long, conflicts_with = "top")]
    all: bool,

    /// The words stand inside a sentence, and what came before them is not known.
    #[arg(long)]
    inside: bool,

    /// Write JSON, an object a line for each history.
    #[arg(long)]
    json: bool,

    /// How many threads to use.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = input::open_any_model(&args.model)?;
    let next = Next::new(model.as_dyn());
    let Args { top, all, inside, json, .. } = args;
    let most = if all { model.as_dyn().vocab().len() } else { top };
    let show = |history: &str| {
        let after = next.after(history, inside, most);
        if json { next::line(&after) } else { next::table(&after) }
    };
    let between = if json { "" } else { "\n" };
    machine::pool(args.threads)?.install(|| answer::each(&args.histories, between, show))
}
