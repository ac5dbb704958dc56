//! `ngram explain`.

use crate::answer;
use crate::input;
use crate::machine;
use crate::mixture::Parts;
use crate::output;
use crate::page::PageFile;
use anyhow::{Context, bail};
use ngram_counts::CountFile;
use ngram_eval::explain::{self, Explanation};
use ngram_model::LanguageModel;
use ngram_report::html;
use ngram_train::counted::Counts;
use std::io::Write;
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

    /// Write a page to look at in a browser as well: a bar for each token, and under it the steps by which its probability
    /// comes about, each as long as its bits.
    ///
    /// One file that needs nothing else, of 100 sentences at most.
    #[arg(long, value_name = "PAGE")]
    html: Option<PathBuf>,

    #[command(flatten)]
    parts: Parts,

    /// How many threads to use.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,
}

/// How many sentences a page can have.
const MOST_ON_A_PAGE: usize = 100;

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let mixes = args.parts.any()?;
    args.parts.no_caches(
        "a cache gives a word what the text before its sentence tells, and there is none",
    )?;
    let model = input::open_any_model(&args.model)?;
    let others = args.parts.open()?;
    let files = [args.model.as_path()].into_iter().chain(args.counts.iter().map(PathBuf::as_path));
    let page = args.html.as_deref().map(|path| PageFile::create(path, files)).transpose()?;
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
            return show(&args, table, page, |sentence| explain::explain_counted(table, |factors| counts.of(factors), sentence));
        }
        if !mixes {
            let model = model.as_dyn();
            return show(&args, model, page, |sentence| explain::explain(model, sentence));
        }
        let mixed = args.parts.mixed(&args.model, model.as_dyn(), &others, None)?;
        let mixture = args.parts.mixture(&mixed)?;
        let weights = Some(mixture.weights());
        let mixed = args.parts.mixed(&args.model, model.as_dyn(), &others, weights)?;
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
    let name = args.model.display().to_string();
    page.write(&html::explain::page(&explained, model, &name))
}
