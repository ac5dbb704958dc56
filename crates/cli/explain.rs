//! `ngram explain`.

use crate::answer;
use crate::mixture::Parts;
use crate::options::{AnyModelArgs, ThreadsArgs};
use crate::output;
use crate::page::PageFile;
use anyhow::{Context, bail};
use ngram_counts::CountFile;
use ngram_eval::explain::{self, Explanation};
use ngram_model::LanguageModel;
use ngram_report::html;
use ngram_train::counted::TrainingCounts;
use std::io::Write;
use std::path::PathBuf;

/// Explain the score of a sentence: for each token, the matched n-gram, the back-off weights, and the bits.
///
/// Each token's probability is written out as a product. With an open vocabulary, the cost of new words, spelling,
/// case and spacing follows; class-based models, skip models and mixtures show their own parts.
#[derive(clap::Args)]
pub struct Args {
    /// Sentence, quoted, such as "the cat sat"; may be repeated; - reads one per line from standard input.
    #[arg(required = true, value_name = "SENTENCE")]
    sentences: Vec<String>,

    #[command(flatten)]
    model: AnyModelArgs,

    /// Write JSON, one object per line for each sentence.
    #[arg(long)]
    json: bool,

    /// Counts of the model's training text, as a binary file written by `ngram count`: shows what
    /// each stored probability was estimated from. May be repeated; the files are added up.
    ///
    /// The counts are held in memory.
    #[arg(long, value_name = "COUNTS", conflicts_with = "with")]
    counts: Vec<PathBuf>,

    /// Also write an HTML page to this file: a bar for each token, and below it the steps that lead
    /// to its probability, each as long as its bits.
    ///
    /// The page is one self-contained file, of at most 100 sentences.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    #[command(flatten)]
    parts: Parts,

    #[command(flatten)]
    threads: ThreadsArgs,
}

/// Maximum number of sentences on a page.
const MOST_ON_A_PAGE: usize = 100;

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mixes = args.parts.any()?;
    args.parts.no_caches("a cache needs the text before a sentence, and there is none")?;
    let model = args.model.open_any()?;
    let others = args.parts.open(&args.model.foreign)?;
    let page = args.html.as_deref().map(PageFile::create).transpose()?;
    args.threads.pool()?.install(|| {
        if !args.counts.is_empty() {
            let Some(table) = model.as_table() else {
                bail!(
                    "{} is no table of words, the only kind of model that --counts explains: leave --counts out",
                    args.model.model.display()
                );
            };
            let files = args.counts.iter().map(|path| CountFile::open(path));
            let counts = TrainingCounts::new(files.collect::<Result<_, _>>()?, table)?;
            return show(&args, table, page, |sentence| explain::explain_counted(table, |factors| counts.of(factors), sentence));
        }
        if !mixes {
            let model = model.as_dyn();
            return show(&args, model, page, |sentence| explain::explain(model, sentence));
        }
        let mixed = args.parts.mixed(&args.model.model, model.as_dyn(), &others, None)?;
        let mixture = args.parts.mixture(&mixed)?;
        let weights = Some(mixture.weights());
        let mixed = args.parts.mixed(&args.model.model, model.as_dyn(), &others, weights)?;
        show(&args, &mixed, page, |sentence| explain::explain(&mixed, sentence))
    })
}

fn show(
    args: &Args,
    model: &dyn LanguageModel,
    page: Option<PageFile>,
    explain: impl Fn(&str) -> Explanation + Sync,
) -> anyhow::Result<()> {
    let between = if args.json { "" } else { "\n" };
    let write = |explained: &Explanation| match args.json {
        true => ngram_report::explain::line(explained),
        false => ngram_report::explain::text(explained),
    };
    let Some(page) = page else {
        return answer::each(&args.sentences, between, |sentence| write(&explain(sentence)));
    };
    let sentences = answer::all(&args.sentences, MOST_ON_A_PAGE)?;
    let Some(sentences) = sentences else {
        bail!(
            "a page can have {MOST_ON_A_PAGE} sentences, and there are more: give fewer, or leave --html out"
        );
    };
    let explained: Vec<Explanation> = sentences.iter().map(|sentence| explain(sentence)).collect();
    let written: Vec<String> = explained.iter().map(write).collect();
    let printed = output::stdout().write_all(written.join(between).as_bytes());
    printed.context("cannot write to standard output")?;
    let name = args.model.model.display().to_string();
    page.write(&html::explain::page(&explained, model, &name))
}
