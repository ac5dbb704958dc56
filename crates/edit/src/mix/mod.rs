//! Static mixtures: several models combined into one, written like any other model.
//!
//! The mixture lists every n-gram that one of the models lists, with the probability of a formula.
//! A model that does not list the n-gram backs off:
//!
//! ```text
//! linear        p(w|h) = Σ λ_i p_i(w|h)               the λ sum to 1 (Jelinek and Mercer 1980)
//! by context    p(w|h) = Σ λ_i(h) p_i(w|h)            weights of their own for histories of one kind
//! log-linear    p(w|h) = Π p_i(w|h)^λ_i / Z(h)        (Klakow 1998); see [`LogLinear`]
//! ```
//!
//! Back-off weights are recomputed so that the sum after every history is 1. For the linear mixture, this
//! is what SRILM's `ngram -mix-lm` does (Stolcke 2002). N-grams that no model lists get what backing off
//! gives in linear mixtures, which is close to their formula but not the same; [`Weights::probabilities`]
//! has the formula itself. The log-linear mixture backs off as its models do, and is exact.
//!
//! # Vocabularies
//!
//! The mixture knows every word that any of the models knows. A word that a model lacks gets nothing from
//! it, and what a model gives `<unk>` goes to the `<unk>` of the mixture, as in SRILM. So the sum after
//! every history stays 1 for each model. In a history, a word that a model lacks is its `<unk>`.
//!
//! The other way is to share: if a model lacks L words, each of these gets 1 / (L + 1) of what the model
//! gives `<unk>`, and so does `<unk>` in the mixture. Unknown words then get a small part of what any model
//! gives them. It is used where no factor may be 0, in log-linear mixtures, and to compare the models with
//! each other over the same words; linear mixtures use it if asked to ([`Mixture::sharing`]).
//!
//! # Open vocabularies
//!
//! The parts that spell unknown words and predict spacing and case are not in the table. The
//! mixture copies them from the model with the highest weight among those with an open vocabulary.
//! What the speller leaves for unknown words, R, and the share of new tokens, ν, are recomputed for
//! the united vocabulary (see [`ngram_model::open`]).
//!
//! # Example
//!
//! Models of order 2 and 1, mixed with weights ¾ and ¼. After "a", the first lists b; the second
//! has only unigrams, so its back-off weight is 1. It lacks the word "b", which gets nothing from it.
//!
//! ```text
//!            p1     p2
//! p(<unk>)   0.1    0.2       ¾ · 0.1 + ¼ · 0.2          = 0.125
//! p(b)       0.3    0         ¾ · 0.3                    = 0.225
//! p(b|a)     0.8    0         ¾ · 0.8                    = 0.6
//! p(a)       0.4    0.5       ¾ · 0.4 + ¼ · 0.5          = 0.425
//! backoff(a)                  (1 − 0.6) / (1 − 0.225)    = 0.516129
//! p(a|a)                      0.516129 · 0.425           = 0.219355
//! ```
//!
//! ```
//! use ngram_formats::arpa::ReadOptions;
//! use ngram_edit::mix::{Blend, Mixture, Weights};
//! use ngram_model::{ConvertOptions, LanguageModel, Model};
//! use ngram_formats::import;
//! use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
//!
//! let folder = tempfile::tempdir()?;
//! let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
//! let model = |name: &str, arpa: String| -> Result<Model, Box<dyn std::error::Error>> {
//!     let path = folder.path().join(name);
//!     import(arpa.as_bytes(), name, &ReadOptions::default(), tokenizer.clone(), &path)?;
//!     Ok(Model::open(&path)?)
//! };
//! let log = |p: f64| p.log10();
//! let one = format!(
//!     "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n{}\t<unk>\n-99\t<s>\n{}\t</s>\n{}\ta\t{}\n{}\tb\n\n\
//!      \\2-grams:\n{}\ta b\n\n\\end\\\n",
//!     log(0.1), log(0.2), log(0.4), log(0.2 / 0.7), log(0.3), log(0.8),
//! );
//! let other = format!(
//!     "\\data\\\nngram 1=4\n\n\\1-grams:\n{}\t<unk>\n-99\t<s>\n{}\t</s>\n{}\ta\n\n\\end\\\n",
//!     log(0.2), log(0.3), log(0.5),
//! );
//! let (one, other) = (model("one", one)?, model("other", other)?);
//!
//! let mixture = Mixture::new(&[&one, &other])?;
//! let blend = Blend::Linear(Weights::given(&[0.75, 0.25], 2)?);
//! let path = folder.path().join("mixed");
//! mixture.write(&blend, None, &ConvertOptions::default(), &path, &())?;
//! let mixed = Model::open(&path)?;
//! let id = |word: &str| mixed.vocab().id_or_unknown(word);
//! let near = |history: &[_], word, expected: f64| {
//!     let found = mixed.score(history, word).log_prob.prob();
//!     assert!((found - expected).abs() < 1e-6, "{found} {expected}");
//! };
//! near(&[], id("<unk>"), 0.125);
//! near(&[], id("b"), 0.225);
//! near(&[id("a")], id("b"), 0.6);
//! near(&[id("a")], id("a"), 0.4 / 0.775 * 0.425);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod comparison;
mod context;
mod events;
mod fit;
mod log_linear;
mod part;
mod union;
mod vocab;
mod weights;

pub use comparison::{Comparison, Perplexity};
pub use events::Events;
pub use fit::{Formula, HeldOutFigures};
pub use log_linear::{LogLinear, Normalizers};
pub use weights::Weights;

use ngram_counts::CorpusError;
use ngram_input::Text;
use ngram_model::ModelError;
use ngram_model::native::convert::{self, ConvertError, ConvertOptions};
use ngram_model::native::{WriteError, Writer};
use ngram_model::open::{self, OpenParts};
use ngram_model::table::WholeTable;
use ngram_model::{LanguageModel, Model, ModelInfo, OrderInfo};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::{TokenizerSpec, Vocab, VocabError, VocabView, WordId};
use part::Part;
use std::path::Path;
use union::Union;

/// Why models could not be mixed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MixError {
    /// There are fewer than two models.
    #[error("{0} models: a mixture takes two or more")]
    Models(usize),
    /// The models have different tokenizers.
    #[error(
        "model {number} cuts text into tokens by {found}, the first by {first}: only models of one tokenizer can be mixed"
    )]
    Tokenizer {
        /// The model's number, from 1.
        number: usize,
        /// Its tokenizer.
        found: TokenizerSpec,
        /// The tokenizer of the first model.
        first: TokenizerSpec,
    },
    /// There is not one weight per model.
    #[error("{weights} weights for {models} models: give one for each")]
    WeightCount {
        /// How many weights there are.
        weights: usize,
        /// How many models there are.
        models: usize,
    },
    /// A weight is out of range or not a number.
    #[error(
        "a weight of {0}: weights are numbers from 0 to 1; in a log-linear mixture, 0 or any number above it"
    )]
    Weight(f64),
    /// The weights do not sum to 1.
    #[error("the weights sum to {0:.6}, not to 1")]
    WeightSum(f64),
    /// The weights of a log-linear mixture sum to too much.
    #[error(
        "the weights of a log-linear mixture sum to {0}, and may sum to {most} at most",
        most = LogLinear::MOST
    )]
    LogLinearSum(f64),
    /// The held-out text has no words.
    #[error("there are no words in {0}: weights cannot be fitted to it")]
    NoEvents(String),
    /// Every token of the held-out text has probability 0 in all models.
    #[error(
        "every token of the held-out text has probability 0 in every model: weights cannot be fitted to it"
    )]
    Impossible,
    /// The held-out text cannot be read.
    #[error("held-out text: {0}")]
    HeldOut(#[source] CorpusError),
    /// A model is damaged.
    #[error("model {number}: {source}")]
    Damaged {
        /// The model's number, from 1.
        number: usize,
        /// What is wrong with it.
        source: ModelError,
    },
    /// The vocabularies cannot be united.
    #[error(transparent)]
    Vocab(#[from] VocabError),
    /// The model cannot be laid out as asked, or cannot be written.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<WriteError> for MixError {
    fn from(error: WriteError) -> MixError {
        MixError::Convert(error.into())
    }
}

/// How the models' probabilities are combined.
#[derive(Clone, Debug)]
pub enum Blend {
    /// Their sum, with weights that may depend on the history.
    Linear(Weights),
    /// Their product, with weights as exponents.
    LogLinear(LogLinear),
}

/// The result of mixing.
#[derive(Clone, Debug)]
pub struct Mixed {
    /// The description stored in the model.
    pub info: ModelInfo,
    /// The size of its vocabulary, including `<unk>`, `<s>` and `</s>`.
    pub vocab_len: usize,
    /// The length of its file in bytes.
    pub file_size: u64,
    /// Whether its vocabulary is open.
    pub is_open: bool,
}

/// Models to mix.
///
/// Takes about 16 bytes of memory per n-gram for each model that is not in the table layout and,
/// while the mixture is made, about 45 for each of its own n-grams.
pub struct Mixture<'m> {
    models: Vec<&'m Model>,
    tables: Vec<WholeTable<'m>>,
    vocab: Vocab,
    shares: bool,
}

impl<'m> Mixture<'m> {
    /// Prepares models for mixing. They may differ in order and vocabulary, but not in tokenizer.
    ///
    /// # Errors
    ///
    /// If there are fewer than two, if their tokenizers differ, or if one is damaged.
    pub fn new(models: &[&'m Model]) -> Result<Mixture<'m>, MixError> {
        if models.len() < 2 {
            return Err(MixError::Models(models.len()));
        }
        let first = models[0].tokenizer();
        for (number, model) in (1..).zip(models) {
            if model.tokenizer() != first {
                let found = model.tokenizer().clone();
                return Err(MixError::Tokenizer { number, found, first: first.clone() });
            }
        }
        let mut tables = Vec::new();
        for (number, model) in (1..).zip(models) {
            tables.push(model.table().map_err(|source| MixError::Damaged { number, source })?);
        }
        let views: Vec<_> = tables.iter().map(WholeTable::view).collect();
        let with_words: Vec<_> =
            models.iter().zip(&views).map(|(model, table)| (model.vocab(), table)).collect();
        let vocab = vocab::unite(&with_words)?;
        Ok(Mixture { models: models.to_vec(), tables, vocab, shares: false })
    }

    /// Makes the words that a model lacks share its `<unk>` equally in linear mixtures, too.
    pub fn sharing(self) -> Mixture<'m> {
        Mixture { shares: true, ..self }
    }

    /// Returns the united vocabulary.
    pub fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    /// Returns the order of the mixture: the highest of its models'.
    pub fn order(&self) -> usize {
        self.models.iter().map(|model| model.order()).max().unwrap_or(1)
    }

    /// Returns how many words of the mixture each model lacks.
    pub fn lacking(&self) -> Vec<usize> {
        self.models.iter().map(|model| self.vocab().len() - model.vocab().len()).collect()
    }

    /// Scores a held-out text with every model.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is empty, or has only tokens with probability 0 in every model.
    pub fn events(&self, texts: &[Text], progress: &dyn Progress) -> Result<Events, MixError> {
        let (parts, longest) = (self.parts(self.shares), self.order() - 1);
        let tokenizer = self.models[0].tokenizer();
        let events = Events::read(texts, tokenizer, self.vocab(), &parts, longest, progress)
            .map_err(|error| match error {
                CorpusError::Empty(texts) => MixError::NoEvents(texts),
                error => MixError::HeldOut(error),
            })?;
        if events.probabilities().iter().all(|&p| p == 0.0) {
            return Err(MixError::Impossible);
        }
        Ok(events)
    }

    /// Prepares fitting a log-linear mixture to a held-out text.
    pub fn normalizers<'e>(&self, events: &'e Events) -> Normalizers<'e> {
        Normalizers::new(events, &self.parts(true), self.vocab().len(), self.order() - 1)
    }

    /// Writes the mixture to `output` as a model, atomically.
    ///
    /// Its vocabulary is open if one of the models has an open one and `novelty` is given: the
    /// share of new tokens, from [`Events::novelty`].
    ///
    /// # Errors
    ///
    /// If the file cannot be written, the layout cannot hold the model, or `progress` cancels.
    pub fn write(
        &self,
        blend: &Blend,
        novelty: Option<f64>,
        layout: &ConvertOptions,
        output: &Path,
        progress: &dyn Progress,
    ) -> Result<Mixed, MixError> {
        layout.check()?;
        // First, so that an unwritable folder is found before the work begins.
        let writer = Writer::create(output)?.with_sources(self.models.iter().copied());
        let weights = blend.weights();
        let open = novelty.and_then(|novelty| self.open_parts(weights, novelty));
        let is_open = open.is_some();
        let writer = writer.with_open(open);
        let parts = self.parts(self.shares || matches!(blend, Blend::LogLinear(_)));
        let union =
            Union { parts: &parts, blend, words: self.vocab().len(), longest: self.order() - 1 };
        let table = union.table(progress)?;
        let view = table.view();
        let longer = view.levels.iter().map(|level| level.successor_words.len());
        let ngrams = std::iter::once(view.unigrams.len()).chain(longer);
        let mut orders: Vec<OrderInfo> = ngrams
            .map(|ngrams| OrderInfo { ngrams: ngrams as u64, ..OrderInfo::default() })
            .collect();
        orders[0].parameters =
            (1..).zip(weights).map(|(model, &weight)| (format!("λ{model}"), weight)).collect();
        let info = ModelInfo {
            tokenizer: self.models[0].tokenizer().clone(),
            smoothing: Some(blend.name().to_owned()),
            orders,
            training: None,
            quantization: layout.quantize,
        };
        let file_size = convert::write(writer, &info, self.vocab(), &view, layout)?;
        Ok(Mixed { info, vocab_len: self.vocab().len(), file_size, is_open })
    }

    /// Returns the open vocabulary of the model with the highest weight among those that have one.
    fn open_parts(&self, weights: &[f64], novelty: f64) -> Option<OpenParts> {
        let opened =
            self.models.iter().zip(weights).filter(|(model, _)| model.open_vocabulary().is_some());
        // The first of equal weights.
        let (model, _) = opened.rev().max_by(|one, other| one.1.total_cmp(other.1))?;
        let (open, parts) = (model.open_vocabulary()?, model.open_parts()?);
        Some(open::with_words(&open, parts, self.vocab(), novelty))
    }

    fn parts(&self, shares: bool) -> Vec<Part<'_>> {
        let all = self.models.iter().zip(&self.tables);
        all.map(|(model, table)| {
            let to_own = vocab::numbers(self.vocab(), model.vocab());
            let lacking = to_own[WordId::SPECIAL as usize..]
                .iter()
                .filter(|&&own| own == WordId::UNKNOWN)
                .count();
            Part {
                table: table.view(),
                to_united: vocab::numbers(model.vocab(), self.vocab()),
                to_own,
                shares,
                log_share: ngram_model::log10::log10(1.0 / (lacking + 1) as f64),
            }
        })
        .collect()
    }
}

impl Blend {
    /// Returns how a model made this way describes itself.
    fn name(&self) -> &'static str {
        match self {
            Blend::Linear(weights) if weights.kinds() > 0 => "linear mixture, weights by context",
            Blend::Linear(_) => "linear mixture",
            Blend::LogLinear(_) => "log-linear mixture",
        }
    }
}
