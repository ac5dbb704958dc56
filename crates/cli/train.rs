//! `ngram train`.

use crate::input::{self, Input, InputKind};
use crate::machine;
use crate::progress::ProgressDisplay;
use crate::summary::{self, bytes, group};
use anyhow::{Context, bail};
use ngram_counts::{Text, VocabRule};
use ngram_model::smoothing::{self, METHODS};
use ngram_model::{TrainOptions, Trained, train};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Train a model on text and write it to one file.
///
/// Each line is a sentence. The file carries the tokenizer, the vocabulary, the discounts and a
/// summary of the training, so that `ngram eval` needs no option to match.
#[derive(clap::Args)]
pub struct Args {
    /// Texts: files, patterns such as 'books/*.txt', or - for standard input; plain, gzip or zstd.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write the model.
    #[arg(short, long, default_value = "model.ngram", value_name = "MODEL")]
    output: PathBuf,
    /// The order n: a word is predicted from the n - 1 words before it.
    #[arg(long, short = 'n', default_value_t = 5, value_name = "N")]
    order: usize,
    /// How a line is cut into tokens: words (Unicode's word boundaries), whitespace, chars, bytes,
    /// or shannon (27 symbols).
    #[arg(long, default_value = "words", value_name = "NAME")]
    tokenizer: TokenizerKind,
    /// Lowercase the text first.
    #[arg(long)]
    lowercase: bool,
    /// The smoothing method.
    #[arg(long, default_value = METHODS[0].name(), value_name = "NAME", value_parser = smoothing_parser())]
    smoothing: String,
    /// The words to know, one a line; all others are read as `<unk>`.
    #[arg(long, value_name = "FILE", group = "rule")]
    vocab: Option<PathBuf>,
    /// Know the words that the text has at least so often; read the others as <unk>.
    #[arg(long, value_name = "N", group = "rule")]
    min_count: Option<u64>,
    /// Know so many words at most, the most frequent ones; read the others as <unk>.
    #[arg(long, value_name = "N", group = "rule")]
    max_vocab: Option<usize>,
    /// How many threads to use; the model is the same for any number.
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<usize>,
    /// Show no progress and no summary.
    #[arg(long, short)]
    quiet: bool,
}

fn smoothing_parser() -> clap::builder::PossibleValuesParser {
    METHODS.map(|method| method.name()).into()
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let inputs = input::expand(&args.files)?;
    for input in &inputs {
        refuse_output_as_input(input, &args.output)?;
    }
    let texts = inputs.iter().map(text).collect::<anyhow::Result<Vec<Text>>>()?;
    let options = TrainOptions {
        order: args.order,
        tokenizer: TokenizerSpec { kind: args.tokenizer, lowercase: args.lowercase },
        vocab: vocab_rule(&args)?,
        smoothing: smoothing::by_name(&args.smoothing)?,
    };
    let progress = ProgressDisplay::new(args.quiet);
    let pool = machine::pool(args.threads)?;
    let trained = pool.install(|| train(&texts, &options, &args.output, &progress))?;
    drop(progress);
    for warning in warnings(&trained) {
        eprintln!("warning: {warning}");
    }
    if !args.quiet {
        let summary = summarise(&trained, &options, &args.output, begun);
        std::io::stdout().lock().write_all(summary.as_bytes())?;
    }
    Ok(())
}

/// A text as the library reads it: plain files are mapped, everything else is streamed.
fn text(input: &Input) -> anyhow::Result<Text> {
    Ok(match &input.kind {
        InputKind::Plain(path) => Text::file(path),
        InputKind::Stream(_) | InputKind::Stdin => Text::stream(&input.name, input.open(|_| ())?),
    })
}

/// Training into one of its own texts would end with the text gone.
fn refuse_output_as_input(input: &Input, output: &Path) -> anyhow::Result<()> {
    match &input.kind {
        InputKind::Plain(path) | InputKind::Stream(path) if input::is_same_file(path, output) => {
            bail!("the model would replace the text {}: choose another -o", input.name)
        }
        _ => Ok(()),
    }
}

fn vocab_rule(args: &Args) -> anyhow::Result<VocabRule> {
    Ok(match (&args.vocab, args.min_count, args.max_vocab) {
        (Some(path), _, _) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the vocabulary {}", path.display()))?;
            let words = text.lines().map(str::trim).filter(|word| !word.is_empty());
            VocabRule::List(words.map(str::to_owned).collect())
        }
        (_, Some(least), _) => VocabRule::MinCount(least),
        (_, _, Some(most)) => VocabRule::MaxWords(most),
        _ => VocabRule::All,
    })
}

/// What a user should know about the text, a line each.
fn warnings(trained: &Trained) -> Vec<String> {
    let corpus = &trained.corpus;
    let mut warnings = Vec::new();
    if let Some(place) = &corpus.first_invalid {
        warnings.push(format!(
            "{} byte sequences are not UTF-8 and were read as U+FFFD; the first is in {}, line {}, byte {}",
            group(corpus.invalid),
            place.text,
            group(place.line),
            group(place.byte),
        ));
    }
    if corpus.markers > 0 {
        warnings.push(format!(
            "{} words read <s> or </s>; they were passed over, as each line has its own",
            group(corpus.markers)
        ));
    }
    if corpus.sentences == 1 && corpus.tokens > 1000 {
        warnings.push(format!(
            "the text is one line, so one sentence of {} tokens: put each sentence or paragraph on a line of its own",
            group(corpus.tokens)
        ));
    }
    warnings
}

fn summarise(trained: &Trained, options: &TrainOptions, output: &Path, begun: Instant) -> String {
    let Trained { corpus, info, vocab_len, file_size } = trained;
    let seconds = begun.elapsed().as_secs_f64();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} tokens in {} sentences, {} types, {} of text; {}",
        group(corpus.tokens),
        group(corpus.sentences),
        group(corpus.types),
        bytes(corpus.bytes),
        info.tokenizer,
    );
    let _ = match &options.vocab {
        VocabRule::All => writeln!(
            text,
            "vocabulary: every word of the text and <unk>, <s>, </s>: {}",
            group(*vocab_len as u64)
        ),
        _ => writeln!(
            text,
            "vocabulary: {}; {} tokens ({:.2} %) are outside and were counted as <unk>",
            group(*vocab_len as u64),
            group(corpus.unknown),
            100.0 * corpus.unknown as f64 / corpus.tokens as f64,
        ),
    };
    let _ = writeln!(
        text,
        "\norder {}, {}\n{}",
        info.order(),
        options.smoothing.name(),
        summary::orders(info)
    );
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    let _ = writeln!(
        text,
        "{}: {} in {:.2} s{}, {:.2} million tokens a second",
        output.display(),
        bytes(*file_size),
        seconds,
        memory.unwrap_or_default(),
        corpus.tokens as f64 / seconds / 1e6,
    );
    let model = match output.to_str() {
        Some("model.ngram") => String::new(),
        _ => format!(" -m {}", output.display()),
    };
    let _ = writeln!(text, "next: ngram eval HELD-OUT.txt{model}");
    text
}
