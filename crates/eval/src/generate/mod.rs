//! Draws sentences from a model, each word with its probability given the words before it.
//!
//! By default, sentences have exactly the model's probabilities. [`Options`] can sharpen or
//! truncate them: *temperature* T takes p^(1/T), *top-k* keeps the k most probable words (Fan,
//! Lewis and Dauphin 2018, section 5.1), and *top-p* keeps the smallest set of most probable words
//! whose probabilities sum to p (Holtzman, Buys, Du, Forbes and Choi 2020, section 3.1). The rest
//! is renormalized. Several options apply in this order.
//!
//! The same seed gives the same sentences on every machine and with any number of threads, and each
//! sentence can be drawn without those before it.
//!
//! ```
//! use ngram_input::Text;
//! use ngram_eval::generate::{Generator, Options};
//! use ngram_model::Model;
//! use ngram_train::{TrainOptions, train};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("example.ngram");
//! let text = Text::bytes("example", b"the cat sat\nthe cat ran\nthe dog sat\n".to_vec());
//! train(&[text], &TrainOptions::default(), &path, &())?;
//! let model = Model::open(&path)?;
//!
//! let options = Options { prompt: "the dog".to_owned(), temperature: 0.0, ..Options::default() };
//! let generator = Generator::new(&model, options)?;
//! let sentence = generator.sampler().sentence(0)?;
//! assert_eq!((sentence.text.as_str(), sentence.ended), ("the dog sat", true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod choose;
mod draw;
mod ranked;
#[cfg(test)]
mod tests;
mod text;

use crate::Next;
use crate::sampling::Random;
use draw::{PowerLists, Singles};
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;
use text::WordWriter;

/// How sentences are drawn.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of the random numbers.
    pub seed: u64,
    /// The beginning of each sentence; words unknown to the model count as `<unk>`.
    pub prompt: String,
    /// T, at least 0: 1 leaves probabilities unchanged, lower values favour probable words, and 0
    /// always takes the most probable word.
    pub temperature: f64,
    /// If set, only the `top_k` most probable words can be drawn; at least 1.
    pub top_k: Option<usize>,
    /// If set, only the smallest set of most probable words with this total probability can be
    /// drawn; above 0 and at most 1.
    pub top_p: Option<f64>,
    /// If set, only these words and `</s>` can be drawn.
    pub only: Option<Vec<WordId>>,
    /// Whether unknown words can be drawn: spelled like rare words if the model's vocabulary is
    /// open, otherwise as `<unk>`.
    pub unknown: bool,
    /// The most words after the prompt; a longer sentence is cut.
    pub longest: usize,
}

impl Default for Options {
    /// Whole sentences with the model's probabilities, without unknown words.
    fn default() -> Options {
        Options {
            seed: 1,
            prompt: String::new(),
            temperature: 1.0,
            top_k: None,
            top_p: None,
            only: None,
            unknown: false,
            longest: 1000,
        }
    }
}

/// Why no sentence can be drawn.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum GenerateError {
    /// The temperature is not a number of at least 0.
    #[error("the temperature is {0}: give 0 or more; 1 leaves probabilities unchanged")]
    Temperature(f64),
    /// `top_k` is 0.
    #[error("cannot draw from the top 0 words: give at least 1")]
    TopK,
    /// `top_p` is not above 0 and at most 1.
    #[error("the share of the probability is {0}: give a number above 0 and at most 1")]
    TopP(f64),
    /// No allowed word has a probability above 0.
    #[error("after {after:?} the model gives probability 0 to every allowed word")]
    Nothing {
        /// The words before it.
        after: String,
    },
}

/// Draws sentences from a model.
pub struct Generator<'m> {
    next: Next<'m>,
    options: Options,
    /// The words of the prompt after `<s>`.
    history: Vec<WordId>,
    /// If words are restricted, the allowed ones and `</s>`, in order of id.
    only: Option<Vec<WordId>>,
    singles: Singles,
}

/// A generated sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The words after the prompt, without `</s>`.
    pub words: Vec<WordId>,
    /// Whether it ended with `</s>` rather than being cut.
    pub ended: bool,
    /// The prompt and the words as text, with the spacing the model expects and, if its tokenizer
    /// lowercases, its capitals.
    pub text: String,
    /// log10 of the probability of the words, and of `</s>` if drawn, given the prompt, under the
    /// unmodified model.
    pub log10_prob: f64,
}

impl Generated {
    /// The number of tokens drawn: words, and `</s>` if drawn.
    pub fn tokens(&self) -> usize {
        self.words.len() + usize::from(self.ended)
    }
}

impl<'m> Generator<'m> {
    /// Creates a generator. All words are scored once.
    ///
    /// # Errors
    ///
    /// If an option is out of its range.
    pub fn new(
        model: &'m dyn LanguageModel,
        options: Options,
    ) -> Result<Generator<'m>, GenerateError> {
        let Options { temperature, top_k, top_p, .. } = options;
        if !(0.0..f64::INFINITY).contains(&temperature) {
            return Err(GenerateError::Temperature(temperature));
        }
        if top_k == Some(0) {
            return Err(GenerateError::TopK);
        }
        if let Some(share) = top_p.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(GenerateError::TopP(share));
        }
        let mut history = vec![WordId::BEGIN];
        let vocab = model.vocab();
        model
            .tokenizer()
            .tokenize(&options.prompt, |token| history.push(vocab.id_or_unknown(token)));
        let only = options.only.as_ref().map(|words| {
            let mut only = words.clone();
            only.push(WordId::END);
            only.sort_unstable();
            only.dedup();
            only
        });
        let singles = Singles::new(Vec::new(), false);
        let mut generator = Generator { next: Next::new(model), options, history, only, singles };
        if generator.next.has_lists() && generator.draws_from_lists() {
            let mut scores = Vec::new();
            model.score_all(&[], &mut scores);
            let exponent = generator.exponent();
            let words = (0..).map(WordId).zip(scores);
            let powers = words.map(|(word, score)| match generator.may_come(word) {
                true => score.log_prob.power(exponent),
                false => 0.0,
            });
            let powers = powers.collect();
            generator.singles = Singles::new(powers, generator.options.top_p.is_some());
        }
        Ok(generator)
    }

    /// Creates a sampler, which caches the model's lists; each thread needs its own.
    pub fn sampler(&self) -> Sampler<'_, 'm> {
        let longest = self.options.longest;
        Sampler { generator: self, lists: PowerLists::default(), scores: Vec::new(), longest }
    }

    /// Creates a sampler for each thread of the pool.
    pub fn samplers(&self) -> Vec<Sampler<'_, 'm>> {
        (0..rayon::current_num_threads()).map(|_| self.sampler()).collect()
    }

    /// Draws the sentences with these numbers, in order, with all samplers in parallel. The result
    /// does not depend on which sampler draws which sentence.
    pub fn sentences(
        &self,
        numbers: Range<u64>,
        samplers: &mut [Sampler<'_, 'm>],
    ) -> Vec<Result<Generated, GenerateError>> {
        let step = samplers.len();
        let of_sampler = |(first, sampler): (usize, &mut Sampler<'_, 'm>)| {
            let own = numbers.clone().skip(first).step_by(step);
            own.map(|number| sampler.sentence(number)).collect::<Vec<_>>().into_iter()
        };
        let mut drawn: Vec<_> = samplers.par_iter_mut().enumerate().map(of_sampler).collect();
        let turns = drawn.len();
        (0..numbers.count()).filter_map(|number| drawn[number % turns].next()).collect()
    }

    /// Cuts a generated sentence to at most `words` tokens.
    pub fn cut(&self, sentence: &Generated, number: u64, words: usize) -> Generated {
        if sentence.tokens() <= words {
            return sentence.clone();
        }
        let mut sampler = self.sampler();
        sampler.longest = words;
        // The same number gives the same sentence again.
        sampler.sentence(number).unwrap_or_else(|_| sentence.clone())
    }

    /// Whether a word is allowed.
    fn may_come(&self, word: WordId) -> bool {
        word != WordId::BEGIN
            && (word != WordId::UNKNOWN || self.options.unknown)
            && self.only.as_ref().is_none_or(|only| only.binary_search(&word).is_ok())
    }

    /// Whether words can be drawn from lists, if the model has them, without ranking all
    /// candidates.
    fn draws_from_lists(&self) -> bool {
        self.options.temperature > 0.0 && self.options.top_k.is_none()
    }

    /// α: a word is drawn in proportion to p^α.
    fn exponent(&self) -> f64 {
        1.0 / self.options.temperature
    }
}

/// Draws sentences and words of a [`Generator`].
pub struct Sampler<'g, 'm> {
    generator: &'g Generator<'m>,
    lists: PowerLists,
    scores: Vec<Score>,
    longest: usize,
}

/// The number of unsuitable words drawn in a row before all words are examined.
const TRIES: usize = 64;

impl Sampler<'_, '_> {
    /// Draws sentence number `number` of the seed, independently of any drawn before.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Nothing`] if no word can be drawn at some point.
    pub fn sentence(&mut self, number: u64) -> Result<Generated, GenerateError> {
        let Generator { next, options, history, .. } = self.generator;
        let model = next.model();
        let mut random = Random::of_sample(options.seed, number);
        let mut text = history.clone();
        let mut writer = WordWriter::new(model, &options.prompt);
        let mut ended = false;
        while !ended && text.len() - history.len() < self.longest {
            match self.word(&text, &mut random)? {
                WordId::END => ended = true,
                word => {
                    writer.push(word, &mut random);
                    text.push(word);
                }
            }
        }
        let words = text.split_off(history.len());
        let log10_prob = self.log10_prob(&words, ended);
        Ok(Generated { words, ended, text: writer.finish(), log10_prob })
    }

    /// Draws a word after `history`, which starts with [`WordId::BEGIN`] if it includes the start
    /// of the sentence.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Nothing`] if no allowed word has a probability above 0.
    pub fn word(
        &mut self,
        history: &[WordId],
        random: &mut Random,
    ) -> Result<WordId, GenerateError> {
        let generator = self.generator;
        if generator.next.has_lists()
            && generator.draws_from_lists()
            && let Some(word) = self.lists.draw(generator, history, random)
        {
            return Ok(word);
        }
        generator.choose(history, &mut self.scores, random).ok_or_else(|| {
            let vocab = generator.next.model().vocab();
            let words: Vec<&str> = history.iter().map(|&word| vocab.word(word)).collect();
            GenerateError::Nothing { after: words.join(" ") }
        })
    }

    /// Returns log10 of the probability of the words given the prompt.
    fn log10_prob(&mut self, words: &[WordId], ended: bool) -> f64 {
        let before = &self.generator.history[1..];
        let model = self.generator.next.model();
        model.score_sentence(&[before, words].concat(), &mut self.scores);
        let drawn = words.len() + usize::from(ended);
        let scores = self.scores[before.len()..].iter().take(drawn);
        scores.map(|score| score.log_prob.log10()).sum()
    }
}
