//! SRILM's `ngram`.

use super::model::{self, Opened};
use super::srilm::{Given, OptionKind, Table, parse};
use crate::input;
use crate::machine;
use crate::progress::ProgressDisplay;
use crate::stop;
use crate::tell::tell;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_edit::mix::{self, Blend, Weights};
use ngram_edit::prune::{self, Pruner};
use ngram_eval::generate::{Generator, Options};
use ngram_eval::mixture::{DynamicMixture, MixedModel};
use ngram_eval::{Details, Evaluation};
use ngram_formats::arpa::{ReadOptions, Unknown, Warning};
use ngram_model::{ConvertOptions, LanguageModel, LogProb, Model};
use ngram_report::srilm::SrilmLines;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::path::Path;

const LISTS: &str = "hypothesis lists are not scored here";
const CACHE: &str = "`ngram eval --cache` mixes in caches that forget slowly";
const SERVER: &str = "there is no server here: the Python package answers single questions";

const OPTIONS: Table = &[
    ("lm", OptionKind::Value),
    ("order", OptionKind::Value),
    ("unk", OptionKind::Flag),
    ("ppl", OptionKind::Value),
    ("debug", OptionKind::Value),
    ("mix-lm", OptionKind::Value),
    ("lambda", OptionKind::Value),
    ("mix-lm#", OptionKind::Value),
    ("mix-lambda#", OptionKind::Value),
    ("bayes", OptionKind::Value),
    ("prune", OptionKind::Value),
    ("minprune", OptionKind::Value),
    ("prune-history-lm", OptionKind::Value),
    ("write-lm", OptionKind::Value),
    ("gen", OptionKind::Value),
    ("seed", OptionKind::Value),
    ("map-unk", OptionKind::Value),
    ("tolower", OptionKind::Flag),
    ("vocab", OptionKind::Value),
    ("limit-vocab", OptionKind::Flag),
    ("memuse", OptionKind::Flag),
    (
        "loglinear-mix",
        OptionKind::Refused("`ngram mix --log-linear` writes such a mixture as one model"),
    ),
    (
        "renorm",
        OptionKind::Refused(
            "`ngram check` says whether a model sums to 1; back-off weights are not recomputed",
        ),
    ),
    (
        "prune-lowprobs",
        OptionKind::Refused(
            "`ngram prune` prunes by what is lost, and `ngram export --format openfst` writes automata that need no such pruning",
        ),
    ),
    ("gen-prefixes", OptionKind::Refused("`ngram generate --prompt` continues a given beginning")),
    (
        "counts",
        OptionKind::Refused("name a text by -ppl, or use `ngram score`, which scores lines"),
    ),
    ("nbest", OptionKind::Refused(LISTS)),
    ("rescore", OptionKind::Refused(LISTS)),
    ("cache", OptionKind::Refused(CACHE)),
    ("cache-lambda", OptionKind::Refused(CACHE)),
    (
        "classes",
        OptionKind::Refused(
            "`ngram train --classes` trains models of classes, and `ngram eval` takes them",
        ),
    ),
    ("expand-classes", OptionKind::Refused("models of classes are evaluated as they are")),
    ("adapt-marginals", OptionKind::Refused("`ngram eval --adaptive` adapts a model to a text")),
    (
        "adapt-marginals-beta",
        OptionKind::Refused("`ngram eval --adaptive` adapts a model to a text"),
    ),
    ("server-port", OptionKind::Refused(SERVER)),
    ("use-server", OptionKind::Refused(SERVER)),
    ("cache-served-ngrams", OptionKind::Refused(SERVER)),
    ("escape", OptionKind::Refused("every line of a text is a sentence")),
    ("reverse", OptionKind::Refused("reverse the words of each line of the text")),
    ("skipoovs", OptionKind::Refused("histories with unknown words back off as they are")),
    ("nbest-files", OptionKind::Refused(LISTS)),
    ("rescore-ngram", OptionKind::Refused(LISTS)),
    ("write-bin-lm", OptionKind::Refused("`ngram import` makes a file of ours")),
];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    stop::listen()?;
    let given = parse("ngram", OPTIONS, arguments)?;
    // SRILM may write a model over the one that it read.
    let inputs = ["mix-lm#", "mix-lm", "ppl", "vocab", "prune-history-lm"];
    given.not_over(&["write-lm"], &inputs)?;
    let folder = machine::temporary_folder()?;
    let vocab = given.path("vocab").map(|path| words(path, &given)).transpose()?;
    if given.has("limit-vocab") && vocab.is_none() {
        bail!("-limit-vocab keeps the words of a list: name it by -vocab");
    }
    let job = Job {
        given: &given,
        order: given.number("order")?.unwrap_or(3),
        vocab,
        folder: folder.path(),
    };
    let progress = ProgressDisplay::new(true);
    machine::pool(None)?.install(|| job.run(&progress))
}

struct Job<'j> {
    given: &'j Given,
    order: usize,
    /// The words of `-vocab`.
    vocab: Option<HashSet<String>>,
    folder: &'j Path,
}

/// Reads the words of a list.
fn words(path: &Path, given: &Given) -> anyhow::Result<HashSet<String>> {
    let kind = TokenizerKind::Whitespace;
    let tokenizer = TokenizerSpec { kind, lowercase: given.has("tolower") };
    Ok(vocabulary::read(path, &tokenizer)?.into_iter().collect())
}

impl Job<'_> {
    fn run(&self, progress: &ProgressDisplay) -> anyhow::Result<()> {
        let main = self.given.path("lm").context("name a model by -lm")?;
        let main = self.open(main, progress)?;
        let parts = self.parts(progress)?;
        if let Some(length) = self.given.number::<usize>("bayes")? {
            if length > 0 {
                bail!(
                    "-bayes {length}: weights that depend on the history are not fitted here; `ngram mix --by-context` fits such weights, and -bayes 0 mixes while it scores"
                );
            }
            if self.given.has("write-lm") || self.given.has("prune") || self.given.has("gen") {
                bail!("-bayes mixes while a text is scored: leave it out to make one model of all");
            }
            return self.score_mixture(main.model.as_dyn(), &parts);
        }
        let mut model = table(&main)?;
        let mixed;
        if !parts.is_empty() {
            mixed = self.mix(model, &parts, progress)?;
            model = &mixed;
        }
        let pruned;
        if let Some(threshold) = self.given.number("prune")? {
            pruned = self.prune(model, threshold, progress)?;
            model = &pruned;
        }
        if let Some(path) = self.given.path("write-lm") {
            let has_unknown = self.given.has("unk") || predicts_unknown(model);
            model::write_lm(model, has_unknown.then_some(self.unknown()), path)?;
        }
        if let Some(sentences) = self.given.number("gen")? {
            self.generate(model, sentences)?;
        }
        self.score(Evaluation::new(model))
    }

    /// Opens a model, up to the order of `-order`.
    fn open(&self, path: &Path, progress: &ProgressDisplay) -> anyhow::Result<Opened> {
        if input::is_model(path) {
            bail!(
                "{}: -order needs an ARPA file: use `ngram eval`, `ngram prune` and so on",
                path.display()
            );
        }
        // Unlike KenLM, SRILM knows one name only.
        let options = ReadOptions {
            unknown: Unknown::Only(self.unknown()),
            max_order: Some(self.order),
            only: self.vocab.as_ref().filter(|_| self.given.has("limit-vocab")),
            ..ReadOptions::default()
        };
        let lowercase = self.given.has("tolower");
        let (opened, warnings) = model::open(path, &options, lowercase, progress)?;
        self.refuse_words(path, &opened)?;
        // Models without <unk> are normal in SRILM.
        for warning in warnings.iter().filter(|warning| **warning != Warning::NotListed("<unk>")) {
            tell!("warning: {}: {warning}", path.display());
        }
        Ok(opened)
    }

    /// The name of the unknown word.
    fn unknown(&self) -> &str {
        self.given.text("map-unk").unwrap_or(model::UNK)
    }

    /// Refuses a model whose words another vocabulary would change.
    fn refuse_words(&self, path: &Path, opened: &Opened) -> anyhow::Result<()> {
        let vocab = opened.model.as_dyn().vocab();
        let upper = || vocab.words().filter(|word| word.to_lowercase() != **word).count();
        if self.given.has("tolower") && upper() > 0 {
            bail!(
                "{}: -tolower would merge words, of which {} have upper-case letters: train on a lowercased text, as by `ngram-count -tolower`",
                path.display(),
                upper()
            );
        }
        let lacking = self.vocab.iter().flatten().filter(|word| vocab.id(word).is_none()).count();
        if lacking > 0 && !self.given.has("limit-vocab") && self.given.has("ppl") {
            bail!(
                "-vocab lists {lacking} words that {} lacks: they would have probability 0 instead of being unknown; leave -vocab out, or limit the model to it by -limit-vocab",
                path.display()
            );
        }
        Ok(())
    }

    /// Opens the models to mix in, with their weights.
    fn parts(&self, progress: &ProgressDisplay) -> anyhow::Result<Vec<(Opened, Option<f64>)>> {
        let mut parts = Vec::new();
        let mut named = self.given.numbered("mix-lm#");
        named.sort_unstable();
        for (number, path) in named {
            // The weight of the first one is the remainder.
            let name = format!("mix-lambda{number}");
            let weight = match number {
                0 => None,
                _ => Some(
                    self.given
                        .number(&name)?
                        .with_context(|| format!("-mix-lm{number} needs -{name}"))?,
                ),
            };
            parts.push((self.open(Path::new(path), progress)?, weight));
        }
        if !parts.is_empty() && !self.given.has("mix-lm") {
            bail!("the first model to mix in is named by -mix-lm");
        }
        Ok(parts)
    }

    fn weights(&self, parts: &[(Opened, Option<f64>)]) -> anyhow::Result<Vec<f64>> {
        let main = self.given.number("lambda")?.unwrap_or(0.5);
        let others: f64 = parts.iter().filter_map(|(_, weight)| *weight).sum();
        let first = 1.0 - main - others;
        let weights: Vec<f64> = [main]
            .into_iter()
            .chain(parts.iter().map(|(_, weight)| weight.unwrap_or(first)))
            .collect();
        match weights.iter().all(|weight| (0.0..=1.0).contains(weight)) {
            true => Ok(weights),
            false => {
                bail!("weights are between 0 and 1, and those given leave {first} for -mix-lm")
            }
        }
    }

    /// Mixes all models into one.
    fn mix(
        &self,
        main: &Model,
        parts: &[(Opened, Option<f64>)],
        progress: &ProgressDisplay,
    ) -> anyhow::Result<Model> {
        let mut models = vec![main];
        for (part, _) in parts {
            models.push(table(part)?);
        }
        let weights = Weights::given(&self.weights(parts)?, models.len())?;
        let mixture = mix::Mixture::new(&models)?;
        let path = self.folder.join("mixed.ngram");
        mixture.write(
            &Blend::Linear(weights),
            None,
            &ConvertOptions::default(),
            &path,
            progress,
        )?;
        Ok(Model::open(&path)?)
    }

    fn prune(
        &self,
        model: &Model,
        threshold: f32,
        progress: &ProgressDisplay,
    ) -> anyhow::Result<Model> {
        let histories = self.given.path("prune-history-lm");
        let histories = histories.map(|path| self.open(path, progress)).transpose()?;
        let least = self.given.number("minprune")?.unwrap_or(2);
        let criterion = prune::by_name("relative-entropy")?;
        let histories = histories.as_ref().map(|opened| opened.model.as_dyn());
        let pruner = Pruner::new(model, criterion, least, histories, progress)?;
        let path = self.folder.join("pruned.ngram");
        pruner.write(threshold, &ConvertOptions::default(), &path)?;
        Ok(Model::open(&path)?)
    }

    fn generate(&self, model: &Model, sentences: u64) -> anyhow::Result<()> {
        let seed = self.given.number("seed")?.unwrap_or(1);
        let unknown = self.given.has("unk");
        let generator = Generator::new(model, Options { seed, unknown, ..Options::default() })?;
        let mut out = BufWriter::new(io::stdout());
        let mut samplers = generator.samplers();
        for sentence in generator.sentences(0..sentences, &mut samplers) {
            writeln!(out, "{}", sentence?.text).context("cannot write to standard output")?;
        }
        out.flush().context("cannot write to standard output")
    }

    fn score_mixture(
        &self,
        main: &dyn LanguageModel,
        parts: &[(Opened, Option<f64>)],
    ) -> anyhow::Result<()> {
        let weights = self.weights(parts)?;
        let others = parts.iter().map(|(part, _)| part.model.as_dyn());
        let models = [main].into_iter().chain(others);
        let models: Vec<_> = models.map(|model| (String::new(), model)).collect();
        let mixed = MixedModel::new(models, &weights)?;
        let mut mixture = DynamicMixture::new(&mixed, &[]);
        mixture.set_weights(&weights)?;
        self.score(Evaluation::mixture(mixture))
    }

    /// Prints the lines of `-ppl`.
    fn score(&self, mut evaluation: Evaluation<'_>) -> anyhow::Result<()> {
        let Some(path) = self.given.path("ppl") else { return Ok(()) };
        let level: u32 = self.given.number("debug")?.unwrap_or(0);
        if level > 2 {
            bail!(
                "-debug {level}: sums and ranks of all words are not printed; choose 2, or use `ngram eval --html`"
            );
        }
        let text = input::named(path)?;
        let lines = SrilmLines {
            unknown: self.given.has("unk"),
            words: level == 2,
            unknown_name: self.given.text("map-unk"),
        };
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
        let reader = text.open(|_| ())?;
        match level {
            0 => evaluation.read(&text.name, reader)?,
            _ => evaluation.read_with(&text.name, reader, &lines as &dyn Details, &mut out)?,
        }
        for (name, tally) in evaluation.files() {
            let summary = lines.summary(name, tally);
            out.write_all(summary.as_bytes()).context("cannot write to standard output")?;
        }
        out.flush().context("cannot write to standard output")
    }
}

fn table(opened: &Opened) -> anyhow::Result<&Model> {
    opened.model.as_table().context("a class-based model or a skip model is not an ARPA file")
}

/// Whether a model gives unknown words any probability.
fn predicts_unknown(model: &Model) -> bool {
    model.score(&[], WordId::UNKNOWN).log_prob != LogProb::ZERO
}
