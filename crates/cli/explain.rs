//! `ngram explain`.

use crate::answer;
use crate::input;
use crate::machine;
use crate::mixture::Parts;
use anyhow::bail;
use ngram_counts::CountFile;
use ngram_eval::explain::{self, Explanation};
use ngram_eval::render::explain as render;
use ngram_model::derivation::Counts;
use std::path::PathBuf;

/// Show how the score of a sentence comes about: for each token the n-gram that matched, the back-off weights, and the bits.
///
/// Each token's probability is written out as the product that it is. Where the vocabulary is open, what is paid for new words,
/// spelling, case and spacing follows; of class-based models, skip models and mixtures, their own parts.
#[derive(clap::Args)]
pub struct Args {
    /// A sentence, quoted, such as "the cat sat"; several if quoted each; or - for standard input, one line each.
    #[arg(required = true, value_name = "SENTENCE")]
    sentences: Vec<String>,

    /// The model.
    #[arg(short, long, value_name = "FILE", default_value = "model.ngram")]
    model: PathBuf,

    /// Write JSON, an object a line for each sentence.
    #[arg(long)]
    json: bool,

    /// The counts of the text that the model was trained on, as `ngram count` writes them to a binary file: shows what each
    /// stored probability was estimated from. May be given several times, for files to be added up.
    ///
    /// They are held in memory.
    #[arg(long, value_name = "COUNTS", conflicts_with = "with")]
    counts: Vec<PathBuf>,

    #[command(flatten)]
    parts: Parts,

    /// How many threads to use.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mixes = args.parts.any()?;
    args.parts.no_caches(
        "a cache gives a word what the text before its sentence tells, and there is none",
    )?;
    let model = input::open_any_model(&args.model)?;
    let others = args.parts.open()?;
    machine::pool(args.threads)?.install(|| {
        if !args.counts.is_empty() {
            let Some(table) = model.as_table() else {
                bail!(
                    "{} is no table of words, which is what counts can be shown beside: leave --counts out",
                    args.model.display()
                );
            };
            let files = args.counts.iter().map(|path| CountFile::open(path));
            let counts = Counts::new(files.collect::<Result<_, _>>()?, table)?;
            return show(&args, |sentence| explain::explain_counted(&counts, sentence));
        }
        if !mixes {
            return show(&args, |sentence| explain::explain(model.as_dyn(), sentence));
        }
        let mixed = args.parts.mixed(&args.model, model.as_dyn(), &others, None)?;
        let mixture = args.parts.mixture(&mixed)?;
        let weights = Some(mixture.weights());
        let mixed = args.parts.mixed(&args.model, model.as_dyn(), &others, weights)?;
        show(&args, |sentence| explain::explain(&mixed, sentence))
    })
}

fn show(args: &Args, explain: impl Fn(&str) -> Explanation + Sync) -> anyhow::Result<()> {
    let between = if args.json { "" } else { "\n" };
    answer::each(&args.sentences, between, |sentence| {
        let explained = explain(sentence);
        if args.json { render::line(&explained) } else { render::text(&explained) }
    })
}
