//! `ngram count`.

use crate::counts;
use crate::google::GoogleDirectory;
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
use ngram_counts::{
    Corpus, CorpusSummary, CountFile, CountFileInfo, CountOptions, CountSet, Ids, Listing,
    LowerOrders, Ngram, NgramCounts, RecordLengths, Shard, VocabRule, each_sorted,
};
use ngram_input::Text;
use ngram_store::{Progress, Resources};
use ngram_tokenizer::TokenizerSpec;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Count the n-grams of a text, as text or as a binary file to merge and train from.
///
/// Each line of the text is a sentence, with `<s>` before it and `</s>` after it. Counts are written as text (w1 w2
/// w3, a tab, the count; every order; sorted as by LC_ALL=C sort; white space in tokens escaped as <U+0020>), as a
/// directory in the layout of Google's Web 1T 5-grams, or as a binary count file, from which `ngram train --counts`
/// trains the same model as from the text.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// Texts: files, quoted patterns such as 'books/*.txt', or - for standard input; plain, or
    /// compressed with gzip, zstd, bzip2 or xz. With --merge, binary count files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write the counts; - writes text to standard output. Text is compressed if the name ends in
    /// .gz, .zst, .bz2 or .xz.
    #[arg(short, long, value_name = "COUNTS")]
    output: PathBuf,
    /// Output format: text, google (a directory) or binary [default: binary if the name ends in
    /// .counts, else text].
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// Add up binary count files, as if their texts had been counted together. They must have the
    /// same order and tokenizer. With one file, this converts it.
    #[arg(long, conflicts_with_all = ["tokenizer", "lowercase"])]
    merge: bool,
    /// Order n, the length of the longest n-grams [default: 5; with --merge, the order of the
    /// files, which is also the highest allowed].
    #[arg(long, short = 'n', value_name = "N", value_parser = number::order)]
    order: Option<usize>,
    #[command(flatten)]
    tokenizer: TokenizerArgs,
    #[command(flatten)]
    vocab: VocabArgs,
    /// List only n-grams with at least this count: one number per order from 1 up, such as 1,1,2,
    /// the last for all higher orders. Not for binary files, which hold all n-grams.
    #[arg(long, value_name = "N,N,…", value_delimiter = ',', value_parser = number::whole::<u64>(0, u64::MAX))]
    at_least: Vec<u64>,
    /// Below the highest order, write continuation counts, as Kneser-Ney smoothing uses them: how
    /// many different words precede an n-gram, instead of how often it occurs. N-grams that begin
    /// with `<s>` keep their counts. Not for binary files, from which both follow.
    #[arg(long)]
    continuation: bool,
    #[command(flatten)]
    memory: MemoryArgs,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    work: WorkArgs,
}

/// Output formats for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Google,
    Binary,
}

/// What is counted.
enum Source {
    Texts(Vec<Text>),
    Files(Box<CountSet>),
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[
    (
        "threads",
        "Number of threads [default: one per core]; the counts are the same for any number",
    ),
    ("vocab", "Vocabulary file, one word per line; all other words are counted as `<unk>`"),
    (
        "min_count",
        "Keep only words that occur at least N times in the text; count the others as `<unk>`",
    ),
    ("max_vocab", "Keep only the N most frequent words; count the others as `<unk>`"),
    (
        "memory",
        "Limit on peak memory, such as 2G or 500M; what does not fit goes to temporary files [default: three quarters of the free memory of the machine or container]. The counts are the same for any amount",
    ),
    (
        "temp_dir",
        "Folder for temporary files, which are named ngram-*.tmp and removed at the end [default: the folder of the counts]",
    ),
];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let format = format(&args)?;
    let reading = args.memory.bounded(args.reading.reading());
    let inputs = input::expand_as(&args.files, &reading)?;
    let tokenizer = args.tokenizer.open()?;
    let resources = args.memory.resources(&args.output);
    let progress = args.work.progress();
    let source = match args.merge {
        true => {
            let files = inputs
                .iter()
                .map(counts::open_binary)
                .collect::<anyhow::Result<Vec<CountFile>>>()?;
            let tokenizer =
                files.first().map_or(tokenizer.clone(), |file| file.tokenizer().clone());
            let rule = rule(&args, &tokenizer)?;
            let set = CountSet::new(files, &rule)?;
            rule.fits(&set.summary)?;
            Source::Files(Box::new(set))
        }
        false => Source::Texts(inputs.iter().map(Input::text).collect::<anyhow::Result<_>>()?),
    };
    let job = Job { args: &args, format, resources, tokenizer, progress: &progress };
    let counted = args.work.pool()?.install(|| job.run(source));
    drop(progress);
    reading::warn(&reading, reading::LEFT_OUT)?;
    let counted = counted?;
    let Counted { tokenizer, summary, rule, .. } = &counted;
    for warning in summary::warnings(summary, rule, tokenizer) {
        tell!("warning: {warning}");
    }
    if !args.work.is_quiet() && args.output.as_os_str() != "-" {
        let text = summarise(&counted, &args.output, begun);
        output::stdout().write_all(text.as_bytes())?;
    }
    Ok(())
}

fn rule(args: &Args, tokenizer: &TokenizerSpec) -> anyhow::Result<VocabRule> {
    args.vocab.rule(tokenizer)
}

fn format(args: &Args) -> anyhow::Result<Format> {
    let is_binary = args.output.extension().is_some_and(|extension| extension == "counts");
    let format = args.format.unwrap_or(if is_binary { Format::Binary } else { Format::Text });
    if args.output.as_os_str() == "-" && format != Format::Text {
        bail!("only text can be written to standard output: give -o a name");
    }
    if format == Format::Binary && args.continuation {
        bail!("binary files have raw counts, from which --continuation follows: leave it out");
    }
    if format == Format::Binary && !args.at_least.is_empty() {
        bail!("binary files have all n-grams: leave --at-least out, or choose --format text");
    }
    Ok(format)
}

struct Job<'j> {
    args: &'j Args,
    format: Format,
    resources: Resources,
    tokenizer: TokenizerSpec,
    progress: &'j dyn Progress,
}

/// The result of counting.
struct Counted {
    tokenizer: TokenizerSpec,
    summary: CorpusSummary,
    rule: VocabRule,
    vocab_len: usize,
    /// Number of n-grams of each order.
    ngrams: Vec<u64>,
    /// Number of n-grams listed, if `--at-least` was given.
    listed: Option<u64>,
    temporary: u64,
}

impl Job<'_> {
    fn run(&self, source: Source) -> anyhow::Result<Counted> {
        let lower_orders = match self.args.continuation {
            _ if self.format == Format::Binary => RecordLengths::counting(1).lower_orders,
            true => LowerOrders::Continuation,
            false => LowerOrders::Raw,
        };
        let order = match (self.args.order, &source) {
            (Some(order), _) => order,
            (None, Source::Files(set)) => set.order,
            (None, Source::Texts(_)) => 5,
        };
        let resources = self.resources.clone();
        let options = CountOptions { order, lower_orders, resources };
        match source {
            Source::Texts(texts) => {
                let rule = rule(self.args, &self.tokenizer)?;
                let resources = &self.resources;
                let corpus = Corpus::read_with_surface(
                    &texts,
                    &self.tokenizer,
                    &rule,
                    resources,
                    self.progress,
                )?;
                rule.fits(&corpus.summary)?;
                let counts = NgramCounts::measured(
                    Ids::from(&corpus),
                    &options,
                    |shard| self.measure(shard),
                    self.progress,
                )?;
                let on_disk = corpus.blocks.bytes_on_disk();
                let Corpus { vocab, frequencies, summary, blocks, surface, .. } = corpus;
                drop(blocks);
                let info = CountFileInfo {
                    tokenizer: &self.tokenizer,
                    vocab: vocab.view(),
                    frequencies: &frequencies,
                    summary: &summary,
                    is_complete: rule == VocabRule::All,
                    surface: &surface,
                };
                let mut counted = self.write(counts, info)?;
                counted.rule = rule;
                counted.temporary += on_disk;
                Ok(counted)
            }
            Source::Files(set) => {
                let counts = NgramCounts::from_files(
                    &set,
                    &options,
                    |shard| self.measure(shard),
                    self.progress,
                )?;
                self.write(counts, set.info())
            }
        }
    }

    fn measure(&self, shard: &Shard) -> RecordLengths {
        match self.format {
            Format::Binary => RecordLengths::of(shard),
            Format::Text | Format::Google => RecordLengths::default(),
        }
    }

    fn write(
        &self,
        counts: NgramCounts<RecordLengths>,
        info: CountFileInfo,
    ) -> anyhow::Result<Counted> {
        let mut counted = Counted {
            tokenizer: info.tokenizer.clone(),
            summary: info.summary.clone(),
            rule: VocabRule::All,
            vocab_len: info.vocab.len(),
            ngrams: counts.counts_of_counts.iter().map(|order| order.ngrams()).collect(),
            listed: None,
            temporary: counts.shards.bytes_on_disk(),
        };
        let path = &self.args.output;
        match self.format {
            Format::Binary => {
                CountFile::write(path, info, counts, self.resources.left(), self.progress)?;
            }
            Format::Text => {
                let cannot_write = || match path.as_os_str() == "-" {
                    true => "cannot write to standard output".to_owned(),
                    false => format!("cannot write {}", path.display()),
                };
                let mut output = BufWriter::with_capacity(1 << 16, Output::create(path)?);
                counted.listed = self.list(&counts, info, |Ngram { text, count, .. }| {
                    writeln!(output, "{text}\t{count}").with_context(cannot_write)
                })?;
                let output = output.into_inner().map_err(|error| error.into_error());
                output.and_then(Output::finish).with_context(cannot_write)?;
            }
            Format::Google => {
                let mut directory = GoogleDirectory::create(path, counts.order)?;
                counted.listed = self.list(&counts, info, |ngram| directory.write(ngram))?;
                self.progress.proceed()?;
                directory.finish()?;
            }
        }
        Ok(counted)
    }

    /// Lists the n-grams. Returns how many were listed, if `--at-least` was given.
    fn list(
        &self,
        counts: &NgramCounts<RecordLengths>,
        info: CountFileInfo,
        mut write: impl FnMut(Ngram) -> anyhow::Result<()>,
    ) -> anyhow::Result<Option<u64>> {
        let listing = Listing {
            vocab: info.vocab,
            sentences: info.summary.sentences,
            least: &self.args.at_least,
            resources: &self.resources,
        };
        let mut listed = 0;
        each_sorted(counts, &listing, self.progress, |ngram| {
            listed += 1;
            write(ngram)
        })?;
        Ok((!self.args.at_least.is_empty()).then_some(listed))
    }
}

fn summarise(counted: &Counted, output: &Path, begun: Instant) -> String {
    let Counted { summary, vocab_len, ngrams, listed, temporary, .. } = counted;
    let of_orders: Vec<String> = ngrams.iter().map(|&ngrams| group(ngrams)).collect();
    let listed = listed.map(|listed| format!("; {} listed", group(listed)));
    let size = std::fs::metadata(output).ok().filter(|metadata| metadata.is_file());
    let size = size.map(|metadata| format!("{} in ", bytes(metadata.len())));
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    let temporary = match *temporary {
        0 => String::new(),
        size => format!(" and {} of temporary files", bytes(size)),
    };
    format!(
        "{} tokens in {} sentences, {} types; vocabulary {}\nn-grams of orders 1 to {}: {}{}\n{}: {}{:.2} s{}{temporary}\n",
        group(summary.tokens),
        group(summary.sentences),
        group(summary.types),
        group(*vocab_len as u64),
        ngrams.len(),
        of_orders.join("  "),
        listed.unwrap_or_default(),
        output.display(),
        size.unwrap_or_default(),
        begun.elapsed().as_secs_f64(),
        memory.unwrap_or_default(),
    )
}
