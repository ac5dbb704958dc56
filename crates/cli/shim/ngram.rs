//! SRILM's `ngram`.

use super::ends::{Endless, OmittedEnds};
use super::hypotheses::Ranking;
use super::lists::{self, Unknowns};
use super::model::{self, Opened};
use super::srilm::{Given, OptionKind, Table, parse};
use crate::input;
use crate::machine;
use crate::progress::ProgressDisplay;
use crate::tell::tell;
use crate::visible;
use crate::vocabulary;
use anyhow::{Context, bail};
use ngram_counts::VocabFile;
use ngram_edit::filter::{FilterOptions, Leftover, filter};
use ngram_edit::mix::{self, Blend, Weights};
use ngram_edit::prune::{self, Pruner, low};
use ngram_eval::generate::{Generator, Options};
use ngram_eval::mixture::{DynamicMixture, MixedModel};
use ngram_eval::{Details, Evaluation};
use ngram_formats::arpa::{ReadOptions, Unknown, Warning};
use ngram_model::{ConvertOptions, LanguageModel, LogProb, Model};
use ngram_report::srilm::SrilmLines;
use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec, VocabView, WordId};
use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{BufWriter, Write};
use std::path::Path;

const LISTS: &str = "lists of hypotheses are ranked one at a time, by -nbest";
const DECIPHER: &str =
    "the scores of a recogniser's own model are not taken away from total scores";
const CACHE: &str = "`ngram eval --cache` mixes in caches that forget slowly";
const SERVER: &str = "there is no server here: the Python package answers single questions";

pub const OPTIONS: Table = &[
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
    ("write-vocab", OptionKind::Value),
    ("write-bin-lm", OptionKind::Value),
    ("counts", OptionKind::Value),
    ("count-order", OptionKind::Value),
    ("rescore", OptionKind::Value),
    ("renorm", OptionKind::Flag),
    ("prune-lowprobs", OptionKind::Flag),
    ("memuse", OptionKind::Flag),
    (
        "loglinear-mix",
        OptionKind::Refused("`ngram mix --log-linear` writes such a mixture as one model"),
    ),
    ("gen-prefixes", OptionKind::Refused("`ngram generate --prompt` continues a given beginning")),
    ("nbest", OptionKind::Value),
    ("max-nbest", OptionKind::Value),
    ("rescore-lmw", OptionKind::Value),
    ("rescore-wtw", OptionKind::Value),
    ("no-reorder", OptionKind::Flag),
    ("split-multiwords", OptionKind::Flag),
    ("multi-char", OptionKind::Value),
    ("decipher-nbest", OptionKind::Flag),
    ("no-sos", OptionKind::Flag),
    ("no-eos", OptionKind::Flag),
    ("decipher-lm", OptionKind::Refused(DECIPHER)),
    ("decipher-lmw", OptionKind::Refused(DECIPHER)),
    ("decipher-wtw", OptionKind::Refused(DECIPHER)),
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
    ("write-nbest-dir", OptionKind::Refused(LISTS)),
    (
        "rescore-ngram",
        OptionKind::Refused("the n-grams of one model are not given the scores of another here"),
    ),
];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    run_given(&parse("ngram", OPTIONS, arguments)?, None)
}

/// Does what the given options say, with a model that may get another vocabulary first.
pub fn run_given(given: &Given, change: Option<VocabChange>) -> anyhow::Result<()> {
    // SRILM may write a model over the one that it read.
    let inputs =
        ["mix-lm#", "mix-lm", "ppl", "vocab", "prune-history-lm", "counts", "rescore", "nbest"];
    given.not_over(&["write-lm", "write-bin-lm"], &inputs)?;
    let folder = machine::temporary_folder()?;
    let vocab = given.path("vocab").map(|path| words(path, given)).transpose()?;
    if given.has("limit-vocab") && vocab.is_none() {
        bail!("-limit-vocab keeps the words of a list: name it by -vocab");
    }
    let only = vocab.as_ref().filter(|_| given.has("limit-vocab") || change.is_some());
    let job = Job {
        given,
        order: given.number("order")?.unwrap_or(3),
        only: only.map(|vocab| vocab.words.iter().cloned().collect()),
        vocab,
        change,
        folder: folder.path(),
    };
    let progress = ProgressDisplay::new(true);
    machine::pool(None)?.install(|| job.run(&progress))
}

struct Job<'j> {
    given: &'j Given,
    order: usize,
    /// The words of `-vocab`.
    vocab: Option<VocabFile>,
    /// The words that models are limited to.
    only: Option<HashSet<String>>,
    /// How the vocabulary is changed.
    change: Option<VocabChange>,
    folder: &'j Path,
}

/// What `change-lm-vocab` does.
#[derive(Clone, Copy)]
pub struct VocabChange {
    /// Whether words that the model lacks are added.
    pub adds: bool,
}

/// Reads the words of a list, and whether the unknown word is one of them.
fn words(path: &Path, given: &Given) -> anyhow::Result<VocabFile> {
    let kind = TokenizerKind::Whitespace;
    let tokenizer = TokenizerSpec { kind, lowercase: given.has("tolower") };
    let mut file = vocabulary::read_file(path, &tokenizer)?;
    if let Some(unknown) = given.text("map-unk") {
        file.unknown = file.words.iter().any(|word| word == unknown);
        file.words.retain(|word| word != unknown);
    }
    Ok(file)
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
            let made = [
                "write-lm",
                "write-bin-lm",
                "prune",
                "gen",
                "counts",
                "rescore",
                "nbest",
                "no-sos",
                "no-eos",
            ];
            if made.iter().any(|name| self.given.has(name)) {
                bail!("-bayes mixes while a text is scored: leave it out to make one model of all");
            }
            let lacking = self.lacks(main.model.as_dyn().vocab());
            if lacking > 0 {
                bail!(
                    "-vocab lists {lacking} words that the first model lacks, and -bayes takes models as they are: leave -vocab out, or mix without -bayes"
                );
            }
            return self.score_mixture(main.model.as_dyn(), &parts);
        }
        let mut model = table(&main)?;
        let mixed;
        if !parts.is_empty() {
            mixed = self.mix(model, &parts, progress)?;
            model = &mixed;
        }
        let renormalised;
        if self.given.has("renorm") || self.change.is_some() {
            renormalised = self.renormalise(model, progress)?;
            model = &renormalised;
        }
        let pruned;
        if let Some(threshold) = self.given.number("prune")? {
            pruned = self.prune(model, threshold, progress)?;
            model = &pruned;
        }
        let without;
        if self.given.has("prune-lowprobs") {
            let least = self.given.number("minprune")?.unwrap_or(2);
            let path = self.folder.join("without.ngram");
            low::drop_improbable(model, least, &ConvertOptions::default(), &path, progress)?;
            without = Model::open(&path)?;
            model = &without;
        }
        if let Some(path) = self.given.path("write-vocab") {
            model::write_vocab(model, self.given.has("unk").then_some(self.unknown()), path)?;
        }
        if let Some(path) = self.given.path("write-lm") {
            let has_unknown = self.given.has("unk") || predicts_unknown(model);
            model::write_lm(model, has_unknown.then_some(self.unknown()), path)?;
        }
        if let Some(path) = self.given.path("write-bin-lm") {
            if self.given.has("map-unk") {
                bail!(
                    "-write-bin-lm: a model of ngram calls the unknown word <unk>: leave out -map-unk, or write an ARPA file"
                );
            }
            model::write_binary(model, path)?;
        }
        if let Some(sentences) = self.given.number("gen")? {
            self.generate(model, sentences)?;
        }
        let extended;
        let scores = ["ppl", "counts", "rescore", "nbest"].iter().any(|name| self.given.has(name));
        if scores && self.lacks(model.vocab()) > 0 {
            extended = self.extended(model, progress)?;
            model = &extended;
        }
        let unknown = Unknowns { is_word: self.given.has("unk"), name: self.unknown() };
        if let Some(path) = self.given.path("counts") {
            let order = self.given.number("count-order")?.unwrap_or(0);
            lists::counts(model, path, order, unknown)?;
        }
        if let Some(path) = self.given.path("rescore") {
            Ranking::given(self.given, model, unknown)?.rescore(path)?;
        }
        if let Some(path) = self.given.path("nbest") {
            Ranking::given(self.given, model, unknown)?.rank(path)?;
        }
        let ends = OmittedEnds::given(self.given);
        match ends.any() {
            true => self.score(Evaluation::new(&Endless { model, ends })),
            false => self.score(Evaluation::new(model)),
        }
    }

    /// Returns how many words of `-vocab` a model lacks.
    fn lacks(&self, own: VocabView<'_>) -> usize {
        let listed = self.vocab.iter().flat_map(|vocab| &vocab.words);
        listed.filter(|word| own.id(word).is_none()).count()
    }

    /// Adds the words of `-vocab` to a model, which gives them probability 0.
    fn extended(&self, model: &Model, progress: &ProgressDisplay) -> anyhow::Result<Model> {
        let words = self.all_words(model);
        let options = FilterOptions {
            words: Some(&words),
            unknown: true,
            add: Some(0.0),
            leftover: Leftover::Unchanged,
        };
        self.filtered(model, &options, "extended.ngram", progress)
    }

    /// The words of a model, then those of `-vocab` that it lacks.
    fn all_words(&self, model: &Model) -> Vec<String> {
        let own = model.vocab().words().skip(SPECIAL_WORDS.len()).map(str::to_owned);
        let listed = self.vocab.iter().flat_map(|vocab| &vocab.words);
        let lacking = listed.filter(|word| model.vocab().id(word).is_none()).cloned();
        own.chain(lacking).collect()
    }

    /// Gives what single words leave to those that have nothing, or to all, and computes back-off weights
    /// again. Without `-unk`, the unknown word is none that is predicted.
    fn renormalise(&self, model: &Model, progress: &ProgressDisplay) -> anyhow::Result<Model> {
        let own: Vec<String> =
            model.vocab().words().skip(SPECIAL_WORDS.len()).map(str::to_owned).collect();
        // A list without the unknown word takes its n-grams away, too, even where it is to be predicted.
        let without;
        let mut model = model;
        let keeps = self.vocab.as_ref().is_none_or(|vocab| vocab.unknown);
        if self.change.is_some() && !keeps {
            let options = FilterOptions {
                words: Some(&own),
                unknown: false,
                add: None,
                leftover: Leftover::Unchanged,
            };
            without = self.filtered(model, &options, "known.ngram", progress)?;
            model = &without;
        }
        let words = match self.change {
            Some(VocabChange { adds: false }) => own,
            _ => self.all_words(model),
        };
        let options = FilterOptions {
            words: Some(&words),
            unknown: self.given.has("unk"),
            add: Some(0.0),
            leftover: Leftover::Words,
        };
        self.filtered(model, &options, "renormalised.ngram", progress)
    }

    fn filtered(
        &self,
        model: &Model,
        options: &FilterOptions<'_>,
        name: &str,
        progress: &ProgressDisplay,
    ) -> anyhow::Result<Model> {
        let path = self.folder.join(name);
        filter(model, options, &ConvertOptions::default(), &path, progress)?;
        Ok(Model::open(&path)?)
    }

    /// Opens a model, up to the order of `-order`.
    fn open(&self, path: &Path, progress: &ProgressDisplay) -> anyhow::Result<Opened> {
        if input::is_model(path) {
            return self.open_own(path);
        }
        // Unlike KenLM, SRILM knows one name only.
        let options = ReadOptions {
            unknown: Unknown::Only(self.unknown()),
            max_order: Some(self.order),
            only: self.only.as_ref(),
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

    /// Opens a model of ours, as `-write-binary-lm` makes it. It is taken whole.
    fn open_own(&self, path: &Path) -> anyhow::Result<Opened> {
        let progress = ProgressDisplay::new(true);
        let (opened, _) = model::open(path, &ReadOptions::default(), false, &progress)?;
        let order = table(&opened)?.order();
        let splits = opened.model.as_dyn().tokenizer().kind == TokenizerKind::Whitespace;
        if order > self.order || self.only.is_some() || self.given.has("map-unk") || !splits {
            bail!(
                "{}: a model of order {order} is taken whole, and only if its words are those between white space; for another -order, a list of words or -map-unk, export it as an ARPA file, or use `ngram eval`, `ngram prune` and so on",
                path.display()
            );
        }
        self.refuse_words(path, &opened)?;
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
        let mut out = BufWriter::new(visible::stdout());
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
            no_start: self.given.has("no-sos"),
            no_end: self.given.has("no-eos"),
        };
        let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
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
