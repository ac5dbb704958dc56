//! `ngram train`.

use crate::counts;
use crate::input::{self, Input};
use crate::layout::LayoutArgs;
use crate::machine;
use crate::number;
use crate::options::{MemoryArgs, VocabArgs, WorkArgs};
use crate::output;
use crate::plan;
use crate::reading::{self, ReadingArgs};
use crate::size;
use crate::smoothing::{SmoothingArgs, overlap};
use crate::summary::{self, bytes, group};
use crate::tell::tell;
use anyhow::bail;
use ngram_counts::{CountFile, PartialCounts, TokenizerName, VocabRule};
use ngram_edit::prune::Target;
use ngram_eval::cut_into_letters;
use ngram_input::Text;
use ngram_model::AnyModel;
use ngram_store::Progress;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::held_out::HeldOutSummary;
use ngram_train::smoothing::{Discounts, Settings};
use ngram_train::{TrainOptions, Trained, train, train_from_counts, train_from_partial};
use std::fmt::Write as _;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Train a model on text and write it to one file.
///
/// Each line is a sentence. The file carries the tokenizer, the vocabulary, the discounts and a
/// summary of the training, so that `ngram eval` needs no option to match.
#[derive(clap::Args)]
pub struct Args {
    /// Training texts: files, quoted patterns such as 'books/*.txt', or - for standard input; plain text or JSON
    /// Lines, uncompressed or compressed with gzip, zstd, bzip2 or xz. `a.txt:0.7` uses seven tenths of its lines or records,
    /// `a.txt:2` uses all of them twice.
    #[arg(required_unless_present = "counts", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Train on counts instead of text: files written by `ngram count`, or n-gram counts as text.
    /// Several binary files are added up. The model is the same as from the texts.
    ///
    /// A text file has one n-gram per line: w1 w2 w3, a tab, and its count, as `ngram count` and
    /// SRILM's `ngram-count -write` write them. It must list every n-gram of the highest order, and
    /// every shorter one that begins with `<s>`, with raw counts; the other counts follow from
    /// these (for lists that do not, see --partial). Text counts are held in memory, and --tokenizer
    /// must say how the text was tokenized.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["files", "plan"], help_heading = "Counts instead of texts")]
    counts: Vec<PathBuf>,
    /// The counts are lists of some n-grams of a text, such as those above a minimum count, as text: word and
    /// phrase lists of Norvig, Google or SymSpell, one or more files. Each order is taken as it is listed. N-grams
    /// that longer ones need and no list has are added, with the least count that the longer ones allow. Files in
    /// which no n-gram begins with `<s>` are taken so anyway.
    #[arg(long, requires = "counts", help_heading = "Counts instead of texts")]
    partial: bool,
    /// Where to write the model.
    #[arg(short, long, default_value = "model.ngram", value_name = "MODEL")]
    output: PathBuf,
    /// Order n of the model: each word is predicted from the n - 1 words before it [default: 5;
    /// with --counts, the order of the counts, which is also the highest allowed].
    #[arg(long, short = 'n', value_name = "N", value_parser = number::order)]
    order: Option<usize>,
    /// How to split lines into tokens: words (Unicode word boundaries), whitespace, chars, bytes, shannon (27
    /// symbols), words-icu (dictionaries for scripts without spaces, if compiled in), or the file of a SentencePiece model or
    /// a Hugging Face tokenizer.json [default: words; binary --counts files carry their own].
    #[arg(long, value_name = "NAME", help_heading = "Texts")]
    tokenizer: Option<TokenizerName>,
    /// Lowercase the text first.
    #[arg(long, help_heading = "Texts")]
    lowercase: bool,
    #[command(flatten, next_help_heading = "Smoothing")]
    smoothing: SmoothingArgs,
    /// Leave a gap of N words before each predicted word and between the words of its history, for a model to mix
    /// with others at evaluation. With N = 1, order 3 predicts a word from the second and the fourth word before it.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["classes", "counts"], value_parser = number::whole::<usize>(0, 255), help_heading = "Other kinds of models")]
    skip: usize,
    /// Train a class-based model, which predicts the class of each word and then the word in its class. FILE has
    /// lines `class p word`, as `ngram classes` and SRILM write them. Order and smoothing apply to the classes. p is
    /// ignored: each word's share of its class is counted in the text. Words in no class become classes of their own.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["counts", "plan", "dev"], help_heading = "Other kinds of models")]
    classes: Option<PathBuf>,
    #[command(flatten, next_help_heading = "Vocabulary")]
    vocab: VocabArgs,
    /// Use a closed vocabulary, as other toolkits do: no spelling for unknown words, and no probability for spacing
    /// and case.
    #[arg(long, help_heading = "Vocabulary")]
    closed: bool,
    #[command(flatten, next_help_heading = "Work")]
    memory: MemoryArgs,
    /// Train nothing: estimate the number of n-grams, the memory, the temporary files and the size
    /// of the model from a sample of 16 MB of the text. Standard input and compressed texts are
    /// read to the end for this.
    #[arg(long, help_heading = "Work")]
    plan: bool,
    /// Prune to at most N n-grams, unigrams included, such as 3M, 250k or 10%, keeping those that matter most. For
    /// kneser-ney and modified-kneser-ney: counts of pruned n-grams pass on to shorter histories, and the model is
    /// estimated from these (Siivola et al. 2007). All n-grams must fit in memory.
    #[arg(long, value_name = "N", value_parser = size::ngrams, conflicts_with = "plan", help_heading = "Pruning")]
    prune_to: Option<Target>,
    /// Prune as --prune-to does, but drop the n-grams whose removal costs less than this, in log10 of the
    /// training text's probability, such as 0.5.
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["prune_to", "plan"], allow_negative_numbers = true, value_parser = number::threshold, help_heading = "Pruning")]
    prune_threshold: Option<f64>,
    #[command(flatten, next_help_heading = "Model file")]
    layout: LayoutArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten, next_help_heading = "Work")]
    work: WorkArgs,
}

/// The input of a training run.
enum Source {
    Texts(Vec<Text>),
    Counts(Vec<CountFile>),
    Partial(PartialCounts, TokenizerSpec),
}

/// Texts that are there already.
#[derive(Default)]
pub struct Brought {
    /// In place of the files named.
    pub texts: Option<Vec<Text>>,
    /// In place of those of --dev.
    pub held_out: Option<Vec<Text>>,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let progress = args.work.progress();
    let pool = args.work.pool()?;
    run_with(args, Brought::default(), progress, &pool)
}

/// Runs the verb, perhaps on other texts than those named.
pub fn run_with(
    args: Args,
    brought: Brought,
    progress: impl Progress,
    pool: &rayon::ThreadPool,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let from_counts = !args.counts.is_empty();
    let reading = args.memory.bounded(args.reading.reading());
    let inputs = match &brought.texts {
        Some(_) => Vec::new(),
        None => input::expand_as(if from_counts { &args.counts } else { &args.files }, &reading)?,
    };
    let source = match from_counts {
        _ if let Some(texts) = brought.texts => Source::Texts(texts),
        true if args.partial || counts::is_list(&inputs)? => {
            if !args.partial {
                tell!(
                    "note: no n-gram begins with <s>, so the counts are taken as a list of some n-grams, as with --partial"
                );
            }
            let (lists, tokenizer) =
                counts::open_partial(&inputs, args.tokenizer.as_ref(), args.lowercase)?;
            Source::Partial(lists, tokenizer)
        }
        true => Source::Counts(counts::open(&inputs, args.tokenizer.as_ref(), args.lowercase)?),
        false => Source::Texts(inputs.iter().map(Input::text).collect::<anyhow::Result<_>>()?),
    };
    let (tokenizer, order) = match &source {
        Source::Counts(files) if !files.is_empty() => {
            (files[0].tokenizer().clone(), files[0].order())
        }
        Source::Partial(lists, tokenizer) => (tokenizer.clone(), lists.order()),
        _ => {
            let name = args.tokenizer.unwrap_or(TokenizerName::Kind(TokenizerKind::Words));
            (name.open(args.lowercase)?, 5)
        }
    };
    if let Some(folder) = args.memory.temp_dir().filter(|folder| !folder.is_dir()) {
        bail!("--temp-dir {}: there is no such folder", folder.display());
    }
    let options = TrainOptions {
        order: args.order.unwrap_or(order),
        vocab: args.vocab.rule(&tokenizer)?,
        tokenizer,
        smoothing: args.smoothing.method()?,
        by_order: args.smoothing.by_order()?,
        settings: args.smoothing.settings()?,
        held_out: match brought.held_out {
            Some(texts) => texts.into(),
            None => args.smoothing.held_out(&inputs, &reading)?,
        },
        resources: args.memory.resources(&args.output),
        open: !args.closed,
        skip: args.skip,
        prune: args.prune_to.or(args.prune_threshold.map(Target::Threshold)),
        layout: args.layout.options(),
        ..TrainOptions::default()
    };
    if let Source::Texts(texts) = &source
        && args.plan
    {
        let foretell = || ngram_train::plan(texts, &options, plan::SAMPLE, &progress);
        let plan = pool.install(foretell);
        drop(progress);
        reading::warn(&reading, reading::LEFT_OUT)?;
        let plan = plan?;
        output::stdout().write_all(plan::table(&plan, &options).as_bytes())?;
        return Ok(());
    }
    let classes = args.classes.as_deref().map(read_classes).transpose()?;
    let (mut of_classes, mut completed) = (None, None);
    let trained = pool.install(|| match source {
        Source::Texts(texts) if let Some(classes) = &classes => {
            let trained = train_classes(&texts, classes, &options, &args.output, &progress)?;
            of_classes = Some((trained.classes, trained.alone, trained.outside));
            Ok(trained.trained)
        }
        Source::Texts(texts) => train(&texts, &options, &args.output, &progress),
        Source::Counts(files) => train_from_counts(files, &options, &args.output, &progress),
        Source::Partial(lists, _) => {
            let found = train_from_partial(lists, &options, &args.output, &progress)?;
            completed = Some(counts::completed(&found.completed) + "\n");
            Ok(found.trained)
        }
    });
    drop(progress);
    reading::warn(&reading, reading::LEFT_OUT)?;
    let trained = trained?;
    // Tokens left out of the training text are part of it, so they always overlap.
    let held_out = trained.held_out.as_ref().filter(|_| !options.held_out.is_empty());
    let overlap = held_out.and_then(overlap);
    for warning in summary::warnings(&trained.corpus, &options.vocab, &options.tokenizer)
        .into_iter()
        .chain(overlap)
        .chain(letters_as_words(&args.output, &options))
    {
        tell!("warning: {warning}");
    }
    if !args.work.is_quiet() {
        let of_source = of_classes.map(classes_line).or(completed).unwrap_or_default();
        let summary = summarise(&trained, &options, &args.output, &of_source, begun);
        output::stdout().write_all(summary.as_bytes())?;
    }
    Ok(())
}

/// Says so if the text has many words that its tokenizer cuts into letters.
fn letters_as_words(output: &Path, options: &TrainOptions) -> Option<String> {
    if options.tokenizer.kind != TokenizerKind::Words {
        return None;
    }
    cut_into_letters(AnyModel::open(output).ok()?.as_dyn())
}

/// Reads a class file.
fn read_classes(path: &Path) -> anyhow::Result<WordClasses> {
    let input = input::single(path)?;
    let text = BufReader::new(input.open(|_| ())?);
    let classes = WordClasses::read(text, &input.name)?;
    let uneven = classes.uneven();
    if let Some((name, sum)) = uneven.first() {
        tell!(
            "warning: the probabilities of {} of {} classes in {} do not sum to 1, the first {name}, with {sum}; they are ignored, as the words' shares are counted in the text",
            group(uneven.len() as u64),
            group(classes.names.len() as u64),
            input.name,
        );
    }
    Ok(classes)
}

/// Formats the number of classes, of words in no class, and of words outside the vocabulary.
fn classes_line((classes, alone, outside): (usize, usize, usize)) -> String {
    let [classes, alone, outside] = [classes, alone, outside].map(|number| group(number as u64));
    format!(
        "classes: {classes}, among them {alone} words of no class and <unk>, <s>, </s>; {outside} words of the class file are not in the vocabulary\n"
    )
}

/// Says what parameters were fitted to held-out text, and the perplexity they reach.
fn fitted(held_out: &HeldOutSummary, settings: &Settings) -> String {
    let unknown = match held_out.unknown {
        0 => String::new(),
        unknown => format!(" without {} unknown words", group(unknown)),
    };
    let tokens = group(held_out.tokens);
    let Some([before, after]) = held_out.bits else {
        return format!("held out: {tokens} tokens{unknown}, to which the weights are fitted");
    };
    let text = match settings.discounts {
        Discounts::Formula => format!("held out: {tokens} tokens{unknown}"),
        Discounts::LeaveOneOut => format!("left out, one at a time: {tokens} tokens{unknown}"),
    };
    format!(
        "{text}, to which the discounts are fitted: perplexity {:.4}, with those of the formula {:.4}",
        after.exp2(),
        before.exp2()
    )
}

fn summarise(
    trained: &Trained,
    options: &TrainOptions,
    output: &Path,
    of_source: &str,
    begun: Instant,
) -> String {
    let Trained { corpus, info, vocab_len, file_size, temporary, held_out } = trained;
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
    text.push_str(of_source);
    if let Some(held_out) = held_out {
        let _ = writeln!(text, "{}", fitted(held_out, &options.settings));
    }
    let _ = writeln!(
        text,
        "\norder {}, {}\n{}",
        info.order(),
        info.smoothing.as_deref().unwrap_or_default(),
        summary::orders(info)
    );
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    let _ = writeln!(
        text,
        "{}: {} in {:.2} s{}{}, {:.2} million tokens a second",
        output.display(),
        bytes(*file_size),
        seconds,
        memory.unwrap_or_default(),
        if *temporary > 0 {
            format!(" and {} of temporary files", bytes(*temporary))
        } else {
            String::new()
        },
        corpus.tokens as f64 / seconds / 1e6,
    );
    let model = match output.to_str() {
        Some("model.ngram") => String::new(),
        _ => format!(" -m {}", output.display()),
    };
    let _ = writeln!(text, "next: ngram eval HELD-OUT.txt{model}");
    text
}
