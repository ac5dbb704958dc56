//! `ngram filter`.

use crate::input;
use crate::layout::LayoutArgs;
use crate::machine;
use crate::number;
use crate::options::{QuietArgs, saying};
use crate::output;
use crate::progress::ProgressDisplay;
use crate::summary::{bytes, group};
use crate::vocabulary;
use anyhow::Context;
use ngram_edit::filter::{FilterOptions, FilteredModel, Leftover, filter};
use ngram_model::LanguageModel;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Limit a model to the words of a list, or extend it to them.
///
/// An n-gram stays, with its probability, if all of its words are listed. What the other words had
/// goes to `<unk>`, as they are unknown from now on, and back-off weights are recomputed, so that
/// everything sums to 1 as before. Training with the same list gives a better model, if the text is at hand.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The words to keep besides `<unk>`, `<s>` and `</s>`, one per line.
    #[arg(long, value_name = "FILE")]
    vocab: PathBuf,
    /// Where to write the new model.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Add the listed words that the model lacks. Together they get this share of the probability of
    /// `<unk>`, from 0 to 1, each the same; with 0, a text with one of them has probability 0.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = number::real(0.0, 1.0))]
    add: Option<f64>,
    /// Who gets the probability of the words left out: unknown, `<unk>`; words, those added, or else all
    /// words the same (as SRILM's change-lm-vocab); unchanged, nobody: all numbers stay, also back-off
    /// weights, and do not sum to 1 (as KenLM's filter).
    #[arg(long, value_name = "NAME", default_value = Leftover::ALL[0].name(), value_parser = parser())]
    leftover: String,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("quiet", "Show no summary")];

fn parser() -> clap::builder::PossibleValuesParser {
    Leftover::ALL.map(Leftover::name).into()
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let name = args.model.display().to_string();
    let model = input::open_model(&args.model)?;
    // A damaged model would make a damaged file whose checksums are right.
    model.verify(&name)?;
    let words = vocabulary::read(&args.vocab, model.tokenizer())?;
    let leftover = Leftover::ALL.into_iter().find(|one| one.name() == args.leftover);
    let options = FilterOptions {
        words: Some(&words),
        unknown: true,
        add: args.add,
        leftover: leftover.unwrap_or(Leftover::Unknown),
    };
    let progress = ProgressDisplay::new(args.quiet.is_quiet());
    let filtered = filter(&model, &options, &args.layout.options(), &args.output, &progress);
    let filtered = filtered.with_context(|| name.clone())?;
    drop(progress);
    if !args.quiet.is_quiet() {
        let memory = machine::peak_memory();
        let memory = memory.map(|peak| format!(", {} of memory at most", bytes(peak)));
        writeln!(
            output::stdout(),
            "{}\n{}: {} words, {} in {:.2} s{}",
            account(&filtered, args.add.is_some()),
            args.output.display(),
            group(filtered.vocab_len as u64),
            bytes(filtered.file_size),
            begun.elapsed().as_secs_f64(),
            memory.unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// Says which words came and went.
fn account(filtered: &FilteredModel, adds: bool) -> String {
    let FilteredModel { left_out, freed, lacking, added, .. } = *filtered;
    let gone = format!(
        "{} words left out, with {:.4} of the probability of single words",
        group(left_out as u64),
        freed
    );
    match (lacking, adds) {
        (0, _) => gone,
        (_, true) => format!("{gone}; {} words added", group(added as u64)),
        (_, false) => format!(
            "{gone}; {} words listed that the model lacks: --add adds them",
            group(lacking as u64)
        ),
    }
}
