//! `ngram mix`.

use crate::input;
use crate::layout::LayoutArgs;
use crate::machine;
use crate::options::WorkArgs;
use crate::output;
use crate::progress::ProgressDisplay;
use crate::stop;
use crate::summary::{bytes, group};
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_counts::TokenizerName;
use ngram_edit::mix::{Blend, Events, LogLinear, Mixed, Mixture, Normalizers, Weights};
use ngram_eval::Evaluation;
use ngram_eval::overlap::trained_on;
use ngram_eval::sampling::{Interval, Ratio};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{TextTokenizer, import_as};
use ngram_input::Text;
use ngram_model::{ConvertOptions, LanguageModel, Layout, Model, OpenVocabulary};
use ngram_store::{folder_of, temporary_folder};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::path::PathBuf;
use std::time::Instant;

/// Mix several models into one.
///
/// The mixture lists every n-gram that one of the models lists, with the probability that the
/// models give it together, and is a model like any other. Its weights are fitted to held-out text
/// (--dev) or given (--weights). The summary of the held-out text is over the words of all models
/// together: a model's `<unk>` is shared among the words that it lacks.
#[derive(clap::Args)]
pub struct Args {
    /// At least two models or ARPA files, of any orders and vocabularies, but with one tokenizer.
    #[arg(required = true, num_args = 2.., value_name = "MODEL")]
    models: Vec<PathBuf>,
    /// Where to write the mixture.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Held-out texts to fit the weights to, and to compare the mixture with its models on.
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "weights")]
    dev: Vec<PathBuf>,
    /// Weights, one per model, such as 0.6,0.4; they must sum to 1, unless --log-linear, where each may be any number
    /// from 0 up.
    #[arg(long, value_name = "λ,λ,…", value_delimiter = ',', conflicts_with = "by_context")]
    weights: Vec<f64>,
    /// Fit separate weights for each kind of history: by how long a suffix of it each model has,
    /// and how many different words follow that.
    #[arg(long)]
    by_context: bool,
    /// With --by-context, the number of held-out tokens that a kind of history needs for weights of its own.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..), requires = "by_context")]
    least: u32,
    /// Multiply powers of the models' probabilities instead of adding shares of them. Exact, but slower to fit.
    #[arg(long, conflicts_with = "by_context")]
    log_linear: bool,
    /// Tokenizer of the text behind the ARPA files [default: as the file says, which only ARPA
    /// files of `ngram export` do, or that of the first model, else whitespace].
    #[arg(long, value_name = "NAME")]
    tokenizer: Option<TokenizerName>,
    /// That text was lowercased first.
    #[arg(long, requires = "tokenizer")]
    lowercase: bool,
    #[command(flatten)]
    layout: LayoutArgs,
    /// Use a closed vocabulary: no spelling for unknown words, and no probability for spacing and
    /// case. Otherwise the mixture takes these from the model of the highest weight that has them.
    #[arg(long)]
    closed: bool,
    /// Write the summary as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    work: WorkArgs,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    stop::listen()?;
    for path in args.models.iter().chain(&args.dev) {
        if input::is_same_file(path, &args.output) {
            bail!("the mixture would replace {}: choose another -o", path.display());
        }
    }
    let progress = args.work.progress();
    let summary = args.work.pool()?.install(|| {
        let models = open(&args)?;
        let models: Vec<&Model> = models.iter().collect();
        let held_out = read(&args.dev)?;
        let mixture = Mixture::new(&models)?;
        let open: Vec<OpenVocabulary<'_>> =
            models.iter().filter_map(|model| model.open_vocabulary()).collect();
        let (blend, fitted) = fit(&args, &mixture, &held_out, &progress)?;
        let novelty = match &fitted {
            _ if args.closed => None,
            Some((events, exact)) => Some(events.novelty(exact)),
            // Only the models' texts tell how likely new words are; the mixture knows more words than any of them.
            None => open.iter().map(OpenVocabulary::novelty).reduce(f64::min),
        };
        let layout = args.layout.options();
        let mixed = mixture.write(&blend, novelty, &layout, &args.output, &progress)?;
        let comparison = match fitted {
            None => None,
            Some((events, exact)) => {
                let written = Model::open(&args.output)?;
                let written = measure_model(&written, &held_out)?;
                for (path, model) in args.models.iter().zip(&models) {
                    let figures = evaluated(model, &held_out)?.report().figures;
                    if let Some(warning) = trained_on(model.info().training.as_ref(), &figures) {
                        tell!("warning: {}: {warning}", path.display());
                    }
                }
                Some(Comparison::new(&events, models.len(), &exact, written))
            }
        };
        anyhow::Ok(Summary {
            lacking: mixture.lacking(),
            opened: open.len(),
            blend,
            mixed,
            comparison,
        })
    })?;
    drop(progress);
    let mut out = output::stdout();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &summary.json(&args))
            .context("cannot write JSON")?;
        writeln!(out)?;
    } else if !args.work.is_quiet() {
        out.write_all(summary.text(&args, begun).as_bytes())?;
    }
    Ok(())
}

/// Opens the models. ARPA files become models in a temporary folder beside the output.
fn open(args: &Args) -> anyhow::Result<Vec<Model>> {
    let mut models: Vec<Option<Model>> = Vec::new();
    for path in &args.models {
        let is_model = input::is_model(path) || !path.exists();
        models.push(if is_model { Some(input::open_model(path)?) } else { None });
    }
    let told = models.iter().flatten().next().map(|model| model.tokenizer().clone());
    let tokenizer = match &args.tokenizer {
        Some(name) => TextTokenizer::Told(name.open(args.lowercase)?),
        None => {
            TextTokenizer::Assumed(told.unwrap_or(TokenizerSpec::new(TokenizerKind::Whitespace)))
        }
    };
    let options = ConvertOptions { layout: Layout::Table, quantize: None };
    let mut opened = Vec::new();
    for (path, model) in args.models.iter().zip(models) {
        let name = path.display().to_string();
        let model = match model {
            Some(model) => model,
            None => {
                let folder = temporary_folder(folder_of(&args.output))?;
                let imported = folder.path().join("model.ngram");
                let text = BufReader::with_capacity(1 << 20, input::single(path)?.open(|_| ())?);
                import_as(
                    text,
                    &name,
                    &ReadOptions::default(),
                    tokenizer.clone(),
                    &options,
                    &imported,
                )?;
                // Once mapped, the model outlives the file's name.
                Model::open(&imported)?
            }
        };
        // A damaged model would make a damaged mixture whose checksums are right.
        model.verify(&name)?;
        opened.push(model);
    }
    Ok(opened)
}

/// Reads held-out texts, with their names, into memory: they are used more than once, and standard input can be read
/// only once.
fn read(paths: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut texts = Vec::new();
    for input in input::expand(paths)? {
        let mut bytes = Vec::new();
        let mut text = input.open(|_| ())?;
        text.read_to_end(&mut bytes).with_context(|| format!("cannot read {}", input.name))?;
        texts.push((input.name.clone(), bytes));
    }
    Ok(texts)
}

/// Blends the models. With held-out text, also returns what they predict for it, and the blend's
/// probability of each of its tokens.
#[allow(clippy::type_complexity, reason = "two answers of one step")]
fn fit(
    args: &Args,
    mixture: &Mixture<'_>,
    held_out: &[(String, Vec<u8>)],
    progress: &ProgressDisplay,
) -> anyhow::Result<(Blend, Option<(Events, Vec<f64>)>)> {
    let models = args.models.len();
    let given = match (args.weights.is_empty(), args.log_linear) {
        (true, _) => None,
        (false, true) => Some(Blend::LogLinear(LogLinear::given(&args.weights, models)?)),
        (false, false) => Some(Blend::Linear(Weights::given(&args.weights, models)?)),
    };
    if let (Some(blend), true) = (&given, held_out.is_empty()) {
        return Ok((blend.clone(), None));
    }
    let texts: Vec<Text> =
        held_out.iter().map(|(name, bytes)| Text::bytes(name, bytes.clone())).collect();
    let events = mixture.events(&texts, progress)?;
    let normalizers: Option<Normalizers<'_>> =
        args.log_linear.then(|| mixture.normalizers(&events));
    let blend = match (given, &normalizers) {
        (Some(blend), _) => blend,
        (None, Some(normalizers)) => Blend::LogLinear(normalizers.fit()),
        (None, None) if args.by_context => {
            Blend::Linear(Weights::fit_by_context(&events, args.least as usize))
        }
        (None, None) => Blend::Linear(Weights::fit(&events)),
    };
    let exact = match (&blend, &normalizers) {
        (Blend::LogLinear(weights), Some(normalizers)) => normalizers.probabilities(weights),
        (Blend::Linear(weights), _) => weights.probabilities(&events),
        (Blend::LogLinear(_), None) => Vec::new(),
    };
    drop(normalizers);
    Ok((blend, Some((events, exact))))
}

fn evaluated<'m>(
    model: &'m Model,
    held_out: &[(String, Vec<u8>)],
) -> anyhow::Result<Evaluation<'m>> {
    let mut evaluation = Evaluation::new(model);
    for (name, bytes) in held_out {
        evaluation.read(name, &bytes[..])?;
    }
    Ok(evaluation)
}

fn measure_model(model: &Model, held_out: &[(String, Vec<u8>)]) -> anyhow::Result<Perplexity> {
    let figures = evaluated(model, held_out)?.report().figures;
    Ok(Perplexity {
        all: figures.perplexity_including_oovs,
        known: figures.perplexity_excluding_oovs,
        zeros: figures.zero_probability_tokens,
    })
}

/// Perplexities over all tokens, and over those in some model's vocabulary, without tokens of probability 0.
struct Perplexity {
    all: Option<f64>,
    known: Option<f64>,
    zeros: u64,
}

impl Perplexity {
    fn of(events: &Events, probabilities: &[f64]) -> Perplexity {
        let mean = |count: &dyn Fn(WordId) -> bool| {
            let (mut bits, mut tokens) = (0.0, 0u64);
            for (&word, &p) in events.words().iter().zip(probabilities) {
                if p > 0.0 && count(word) {
                    bits -= p.log2();
                    tokens += 1;
                }
            }
            (tokens > 0).then(|| (bits / tokens as f64).exp2())
        };
        Perplexity {
            all: mean(&|_| true),
            known: mean(&|word| word != WordId::UNKNOWN),
            zeros: probabilities.iter().filter(|&&p| p == 0.0).count() as u64,
        }
    }

    fn json(&self) -> Value {
        json!({
            "perplexity_including_oovs": self.all,
            "perplexity_excluding_oovs": self.known,
            "zero_probability_tokens": self.zeros,
        })
    }
}

/// The models and the mixture on the held-out text.
struct Comparison {
    tokens: usize,
    sentences: u64,
    oovs: usize,
    alone: Vec<Perplexity>,
    exact: Perplexity,
    written: Perplexity,
    /// The index of the best single model.
    best: usize,
    /// How many bits per token the mixture gains over that model.
    gain: Option<f64>,
    interval: Option<Interval>,
}

impl Comparison {
    fn new(events: &Events, models: usize, exact: &[f64], written: Perplexity) -> Comparison {
        let alone: Vec<Perplexity> = (0..models)
            .map(|model| Perplexity::of(events, &events.probabilities_of(model)))
            .collect();
        let order = |&model: &usize| {
            let Perplexity { all, zeros, .. } = alone[model];
            (zeros, all.map_or(u64::MAX, f64::to_bits))
        };
        let best = (0..models).min_by_key(order).unwrap_or(0);
        let before = events.probabilities_of(best);
        let mut gain = Ratio::default();
        for (before, after) in events.by_sentence(&before).zip(events.by_sentence(exact)) {
            let both =
                before.iter().zip(after).filter(|(before, after)| **before > 0.0 && **after > 0.0);
            let gains: Vec<f64> = both.map(|(before, after)| (after / before).log2()).collect();
            gain.add(gains.iter().sum(), gains.len() as f64);
        }
        Comparison {
            tokens: events.tokens(),
            sentences: gain.units(),
            oovs: events.words().iter().filter(|&&word| word == WordId::UNKNOWN).count(),
            exact: Perplexity::of(events, exact),
            alone,
            written,
            best,
            gain: gain.value(),
            interval: gain.interval(),
        }
    }
}

/// Everything that the summary reports.
struct Summary {
    lacking: Vec<usize>,
    /// Number of models with an open vocabulary.
    opened: usize,
    blend: Blend,
    mixed: Mixed,
    comparison: Option<Comparison>,
}

impl Summary {
    fn weights(&self) -> &[f64] {
        match &self.blend {
            Blend::Linear(weights) => weights.all(),
            Blend::LogLinear(weights) => weights.weights(),
        }
    }

    /// The number of kinds of histories with weights of their own.
    fn kinds(&self) -> usize {
        match &self.blend {
            Blend::Linear(weights) => weights.kinds(),
            Blend::LogLinear(_) => 0,
        }
    }

    fn text(&self, args: &Args, begun: Instant) -> String {
        let mut text = String::new();
        let names: Vec<String> =
            args.models.iter().map(|path| path.display().to_string()).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(20);
        // Writing to a String cannot fail.
        if let Some(found) = &self.comparison {
            let _ = writeln!(
                text,
                "held out: {} tokens in {} sentences, {} of them in no model's vocabulary (OOV)\n",
                group(found.tokens as u64),
                group(found.sentences),
                group(found.oovs as u64),
            );
        }
        let number =
            |number: Option<f64>| number.map_or("–".to_owned(), |number| format!("{number:.2}"));
        let _ = write!(text, "{:width$} {:>8} {:>12}", "", "weight", "words lacking");
        if self.comparison.is_some() {
            let _ = write!(text, " {:>12} {:>12}", "perplexity", "without OOVs");
        }
        text.push('\n');
        for (model, name) in names.iter().enumerate() {
            let (weight, lacking) = (self.weights()[model], self.lacking[model] as u64);
            let _ = write!(text, "{name:width$} {weight:>8.4} {:>13}", group(lacking));
            if let Some(found) = &self.comparison {
                let Perplexity { all, known, .. } = found.alone[model];
                let _ = write!(text, " {:>12} {:>12}", number(all), number(known));
            }
            text.push('\n');
        }
        if let Some(found) = &self.comparison {
            let rows =
                [("mixture, by formula", &found.exact), ("mixture, as written", &found.written)];
            for (name, Perplexity { all, known, .. }) in rows {
                let _ = writeln!(
                    text,
                    "{name:width$} {:>8} {:>13} {:>12} {:>12}",
                    "",
                    "",
                    number(*all),
                    number(*known)
                );
            }
            if self.kinds() > 0 {
                let _ = writeln!(
                    text,
                    "weights are of histories of no kind with its own; {} kinds have their own",
                    group(self.kinds() as u64)
                );
            }
            let alone = found.alone.iter().map(|perplexity| perplexity.zeros);
            let zeros: Vec<String> = alone
                .chain([found.exact.zeros])
                .zip(names.iter().map(String::as_str).chain(["the mixture"]))
                .filter(|(zeros, _)| *zeros > 0)
                .map(|(zeros, name)| format!("{} for {name}", group(zeros)))
                .collect();
            if !zeros.is_empty() {
                let _ = writeln!(text, "tokens of probability 0, left out: {}", zeros.join(", "));
            }
            if let Some(gain) = found.gain {
                let _ = write!(
                    text,
                    "gain over {}: {gain:.4} bits a token, perplexity {:+.1} %",
                    names[found.best],
                    100.0 * ((-gain).exp2() - 1.0)
                );
                if let Some(Interval { low, high }) = found.interval {
                    let _ = write!(text, "; 95 % interval {low:.4} to {high:.4} over sentences");
                }
                text.push('\n');
            }
        }
        let _ = match (self.mixed.is_open, self.opened) {
            (true, _) => writeln!(
                text,
                "open vocabulary: spelling, spacing and case from the model of the highest weight that has them"
            ),
            (false, 0) => Ok(()),
            (false, opened) => {
                writeln!(text, "closed vocabulary, though {opened} of the models had an open one")
            }
        };
        text.push('\n');
        for (order, row) in (1..).zip(&self.mixed.info.orders) {
            let _ = writeln!(text, "{:>15} {order}-grams", group(row.ngrams));
        }
        let memory =
            machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
        let _ = writeln!(
            text,
            "{}: {}, order {}, {} in {:.2} s{}",
            args.output.display(),
            self.mixed.info.smoothing.as_deref().unwrap_or_default(),
            self.mixed.info.order(),
            bytes(self.mixed.file_size),
            begun.elapsed().as_secs_f64(),
            memory.unwrap_or_default(),
        );
        let _ = writeln!(text, "next: ngram eval TEST.txt -m {}", args.output.display());
        text
    }

    fn json(&self, args: &Args) -> Value {
        let models = args.models.iter().enumerate().map(|(model, path)| {
            let alone = self.comparison.as_ref().map(|found| found.alone[model].json());
            json!({
                "file": path.display().to_string(),
                "weight": self.weights()[model],
                "words_lacking": self.lacking[model],
                "held_out": alone,
            })
        });
        let held_out = self.comparison.as_ref().map(|found| {
            json!({
                "tokens": found.tokens,
                "sentences": found.sentences,
                "oovs": found.oovs,
                "mixture_by_formula": found.exact.json(),
                "mixture_as_written": found.written.json(),
                "best_model": args.models[found.best].display().to_string(),
                "gain_bits_per_token": found.gain,
                "gain_interval_95": found.interval,
            })
        });
        json!({
            "file": args.output.display().to_string(),
            "bytes": self.mixed.file_size,
            "vocabulary": self.mixed.vocab_len,
            "open_vocabulary": self.mixed.is_open,
            "order": self.mixed.info.order(),
            "kind": self.mixed.info.smoothing,
            "ngrams": self.mixed.info.orders.iter().map(|order| order.ngrams).collect::<Vec<_>>(),
            "models": models.collect::<Vec<_>>(),
            "kinds_of_histories": self.kinds(),
            "held_out": held_out,
        })
    }
}
