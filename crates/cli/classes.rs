//! `ngram classes`.

use crate::counts;
use crate::input::{self, Input};
use crate::machine;
use crate::number;
use crate::options::{MemoryArgs, TokenizerArgs, VocabArgs, WorkArgs, saying};
use crate::output;
use crate::output::Output;
use crate::reading::{self, ReadingArgs};
use crate::summary::{self, bytes, group};
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_counts::{Corpus, CorpusSummary, CountOptions, CountSet, Ids, NgramCounts, VocabRule};
use ngram_input::Text;
use ngram_store::Progress;
use ngram_tokenizer::{TokenizerSpec, Vocab, WordId, escape};
use ngram_train::classes::{
    Bigrams, Clustering, ExchangeOptions, WordClasses, exchange, hierarchy, merge,
};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Cluster words that occur in similar contexts into classes, and write them to a file.
///
/// The file has lines `class p word`, like SRILM's class files; `ngram train --classes` trains a model on it. Classes
/// are chosen so that the class of a word says as much as possible about the class of the next one.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// Texts: files, quoted patterns such as 'books/*.txt', or - for standard input; plain, or compressed with gzip,
    /// zstd, bzip2 or xz.
    #[arg(required_unless_present = "counts", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Use counts instead of text: binary files written by `ngram count`, of order 2 or higher.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["files", "tokenizer", "lowercase"])]
    counts: Vec<PathBuf>,
    /// Number of classes; `<unk>`, `<s>` and `</s>` each have one more of their own.
    #[arg(short = 'k', long = "classes", value_name = "N", default_value_t = 500, value_parser = number::whole::<usize>(1, u32::MAX.into()))]
    number: usize,
    /// Where to write the classes; - for standard output.
    #[arg(short, long, default_value = "classes.txt", value_name = "CLASSES")]
    output: PathBuf,
    /// exchange: each word in turn moves to the class it fits best, until none moves or all sweeps are done. brown:
    /// classes are merged, first those that lose the least; slower, and slightly worse.
    #[arg(long, value_enum, default_value = "exchange", value_name = "NAME")]
    method: Method,
    /// Maximum number of sweeps of exchange over all words [default: 12].
    #[arg(long, value_name = "N", value_parser = number::whole::<usize>(0, 1_000_000))]
    sweeps: Option<usize>,
    /// Also arrange the classes in a binary tree, by merging them all, and write each word's path
    /// in it: the path in zeros and ones, the word and its frequency, separated by tabs.
    #[arg(long, value_name = "FILE")]
    paths: Option<PathBuf>,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
    #[command(flatten)]
    vocab: VocabArgs,
    #[command(flatten)]
    memory: MemoryArgs,
    /// Write the summary as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// Clustering algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Method {
    Exchange,
    Brown,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[
    (
        "threads",
        "Number of threads [default: one per core]; the classes are the same for any number",
    ),
    ("vocab", "Words to cluster, one per line; all other words are read as `<unk>`"),
    (
        "min_count",
        "Cluster only words that occur at least N times in the text; read the others as `<unk>`",
    ),
    ("max_vocab", "Cluster only the N most frequent words; read the others as `<unk>`"),
    (
        "memory",
        "Limit on memory for counting, such as 2G or 500M; what does not fit goes to temporary files. Clustering takes 16 bytes per distinct bigram, and 16 per pair of classes",
    ),
    (
        "temp_dir",
        "Folder for temporary files, which are named ngram-*.tmp and removed at the end [default: the folder of the classes]",
    ),
];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    if args.method == Method::Brown && args.sweeps.is_some() {
        bail!("--sweeps is for --method exchange; merging goes through the words once");
    }
    let reading = args.memory.bounded(args.reading.reading());
    let files = if args.counts.is_empty() { &args.files } else { &args.counts };
    let inputs = input::expand_as(files, &reading)?;
    let mut output = Output::create(&args.output)?;
    let mut paths_output = args.paths.as_deref().map(Output::create).transpose()?;
    let progress = args.work.progress();
    let found = args.work.pool()?.install(|| find(&args, &inputs, &progress));
    drop(progress);
    reading::warn(&reading, reading::LEFT_OUT)?;
    let found = found?;
    for warning in summary::warnings(&found.summary, &found.rule, &found.tokenizer) {
        tell!("warning: {warning}");
    }
    let classes = WordClasses::new(&found.clustering, found.vocab.view(), &found.bigrams);
    let cannot_write = |path: &Path| match path.as_os_str() == "-" {
        true => "cannot write to standard output".to_owned(),
        false => format!("cannot write {}", path.display()),
    };
    let mut written = BufWriter::new(&mut output);
    classes.write(&mut written).with_context(|| cannot_write(&args.output))?;
    written.flush().with_context(|| cannot_write(&args.output))?;
    drop(written);
    if let (Some(path), Some(file)) = (&args.paths, &mut paths_output) {
        write_paths(&found, file).with_context(|| cannot_write(path))?;
    }
    output.finish().with_context(|| cannot_write(&args.output))?;
    if let (Some(path), Some(file)) = (&args.paths, paths_output) {
        file.finish().with_context(|| cannot_write(path))?;
    }
    if args.work.is_quiet() || args.output.as_os_str() == "-" {
        return Ok(());
    }
    let text = match args.json {
        true => json(&found, &args)?,
        false => summarise(&found, &classes, &args, begun),
    };
    output::stdout().write_all(text.as_bytes())?;
    Ok(())
}

/// The result of clustering.
struct Found {
    summary: CorpusSummary,
    rule: VocabRule,
    vocab: Vocab,
    tokenizer: TokenizerSpec,
    bigrams: Bigrams,
    clustering: Clustering,
    /// The path of each class in the tree; empty without `--paths`.
    paths: Vec<String>,
}

fn find(args: &Args, inputs: &[Input], progress: &dyn Progress) -> anyhow::Result<Found> {
    let resources = args.memory.resources(&args.output);
    let cells = (args.number as u64).saturating_add(4).saturating_pow(2).saturating_mul(16);
    if cells > resources.memory {
        bail!(
            "{} classes take {} of memory, 16 bytes per pair, but only {} may be used: choose fewer, or give --memory",
            group(args.number as u64),
            bytes(cells),
            bytes(resources.memory),
        );
    }
    let options = CountOptions { resources: resources.clone(), ..CountOptions::new(2) };
    let rule = |tokenizer: &TokenizerSpec| args.vocab.rule(tokenizer);
    let (counts, summary, rule, vocab, tokenizer) = if args.counts.is_empty() {
        let tokenizer = args.tokenizer.open()?;
        let texts: Vec<Text> = inputs.iter().map(Input::text).collect::<anyhow::Result<_>>()?;
        let rule = rule(&tokenizer)?;
        let corpus = Corpus::read(&texts, &tokenizer, &rule, &resources, progress)?;
        rule.fits(&corpus.summary)?;
        let counts = NgramCounts::count(Ids::from(&corpus), &options, progress)?;
        (counts, corpus.summary, rule, corpus.vocab, tokenizer)
    } else {
        let files: Vec<_> =
            inputs.iter().map(counts::open_binary).collect::<anyhow::Result<_>>()?;
        let tokenizer = files[0].tokenizer().clone();
        let rule = rule(&tokenizer)?;
        let set = CountSet::new(files, &rule)?;
        rule.fits(&set.summary)?;
        let counts = NgramCounts::from_files(&set, &options, |_| (), progress)?;
        (counts, set.summary, rule, set.vocab, tokenizer)
    };
    let bigrams = Bigrams::new(counts)?;
    let clustering = match args.method {
        Method::Exchange => {
            let default = ExchangeOptions::default();
            let sweeps = args.sweeps.unwrap_or(default.sweeps);
            exchange(&bigrams, &ExchangeOptions { classes: args.number, sweeps }, progress)?
        }
        Method::Brown => merge(&bigrams, args.number, progress)?,
    };
    let paths = match args.paths {
        Some(_) => hierarchy(&bigrams, &clustering, progress)?,
        None => Vec::new(),
    };
    Ok(Found { summary, rule, vocab, tokenizer, bigrams, clustering, paths })
}

/// Writes each word with its path, grouped by class, the most frequent words first.
fn write_paths(found: &Found, out: &mut Output) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    let special = WordId::SPECIAL as usize;
    let words = found.clustering.class_of.iter().enumerate().skip(special);
    let mut rows: Vec<(&str, usize)> = words
        .map(|(word, &class)| (found.paths[class as usize - special].as_str(), word))
        .collect();
    rows.sort_unstable();
    for (path, word) in rows {
        let written = escape(found.vocab.view().word(WordId(word as u32)));
        writeln!(out, "{path}\t{written}\t{}", found.bigrams.second(word))?;
    }
    out.flush()
}

/// How many classes, and words of each, the summary shows.
const CLASSES: usize = 10;
const WORDS: usize = 8;

fn summarise(found: &Found, classes: &WordClasses, args: &Args, begun: Instant) -> String {
    let Found { summary, bigrams, clustering, .. } = found;
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} tokens, {} words to put in classes, {} distinct bigrams; {}",
        group(summary.tokens),
        group(bigrams.free_words() as u64),
        group(bigrams.distinct() as u64),
        found.tokenizer,
    );
    if summary.unknown > 0 {
        let percent = 100.0 * summary.unknown as f64 / summary.tokens as f64;
        let unknown = group(summary.unknown);
        let _ = writeln!(text, "{unknown} tokens ({percent:.2} %) are <unk>, in no class");
    }
    let _ = writeln!(
        text,
        "\n{:>5} {:>10}  {:>24}  {:>26}",
        "sweep", "moved", "mutual information, bits", "perplexity, class bigram"
    );
    for (number, sweep) in clustering.sweeps.iter().enumerate() {
        let moved = if number == 0 { "-".to_owned() } else { group(sweep.moved) };
        let _ = writeln!(
            text,
            "{number:>5} {moved:>10}  {:>24.4}  {:>26.2}",
            sweep.mutual_information, sweep.perplexity
        );
    }
    let _ = writeln!(
        text,
        "(how much the class of a token says of the next one's; perplexity on this same text)\n"
    );
    let tokens = f64::from(bigrams.total());
    let frequency =
        |word: &str| found.vocab.view().id(word).map_or(0, |word| bigrams.second(word.index()));
    for (class, name) in classes.names.iter().enumerate().take(CLASSES) {
        let members: Vec<&str> = classes
            .words
            .iter()
            .filter(|word| word.class == class)
            .map(|word| word.word.as_str())
            .collect();
        let sum: u64 = members.iter().map(|word| frequency(word)).sum();
        let mut shown: Vec<String> =
            members.iter().take(WORDS).map(|word| escape(word).into_owned()).collect();
        if members.len() > WORDS {
            shown.push(format!("… {} in all", group(members.len() as u64)));
        }
        let percent = 100.0 * sum as f64 / tokens;
        let _ = writeln!(text, "{name} {percent:>5.2} %  {}", shown.join(" "));
    }
    if classes.names.len() > CLASSES {
        let _ = writeln!(text, "… {} classes in all", group(classes.names.len() as u64));
    }
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    let output = args.output.display();
    let _ = writeln!(
        text,
        "\n{output}: {} classes of {} words in {:.2} s{}",
        group(classes.names.len() as u64),
        group(classes.words.len() as u64),
        begun.elapsed().as_secs_f64(),
        memory.unwrap_or_default(),
    );
    let corpus = args.files.first().map_or("corpus.txt".into(), |file| file.display().to_string());
    let _ = writeln!(text, "next: ngram train {corpus} --classes {output} -o class.ngram");
    text
}

fn json(found: &Found, args: &Args) -> anyhow::Result<String> {
    let sweeps = found.clustering.sweeps.iter().map(|sweep| {
        serde_json::json!({
            "moved": sweep.moved,
            "mutual_information_bits": sweep.mutual_information,
            "perplexity": sweep.perplexity,
        })
    });
    let sweeps: Vec<_> = sweeps.collect();
    let json = serde_json::json!({
        "file": args.output.display().to_string(),
        "classes": found.clustering.classes,
        "words": found.bigrams.free_words(),
        "tokens": found.summary.tokens,
        "unknown": found.summary.unknown,
        "bigrams": found.bigrams.distinct(),
        "sweeps": sweeps,
    });
    Ok(serde_json::to_string_pretty(&json).context("cannot write JSON")? + "\n")
}
