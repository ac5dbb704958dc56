//! Sentences drawn from a model: each word with the probability that the model gives it after those before.
//!
//! Drawn as they are, sentences are as likely as the model says, exactly. [`Options`] can sharpen or cut the
//! probabilities: *temperature* T takes p^(1/T), *top-k* leaves the k most probable words (Fan, Lewis and Dauphin
//! 2018, section 5.1), and *top-p* the fewest most probable ones that have p of the probability together (Holtzman,
//! Buys, Du, Forbes and Choi 2020, section 3.1); what is left is scaled to a sum of 1. In this order, if several
//! are asked for.
//!
//! The same seed gives the same sentences on every machine and for any number of threads, and each
//! sentence can be had without those before it.
//!
//! ```
//! use ngram_input::Text;
//! use crate::generate::{Generator, Options};
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
use draw::{Lists, Singles};
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;
use text::Writer;

/// How sentences are drawn.
#[derive(Clone, Debug)]
pub struct Options {
    /// What random numbers start from.
    pub seed: u64,
    /// How sentences begin; its words that the model does not know count as `<unk>`.
    pub prompt: String,
    /// T, at least 0: 1 leaves probabilities as they are, lower values favour what is probable, and 0 always takes the
    /// most probable word.
    pub temperature: f64,
    /// Only the so many most probable words can come, at least 1.
    pub top_k: Option<usize>,
    /// Only the fewest most probable words that have this probability together, above 0 and at most 1.
    pub top_p: Option<f64>,
    /// Only these words, and the end of the sentence.
    pub only: Option<Vec<WordId>>,
    /// Whether unknown words can come: spelled as rare words are where the model's vocabulary is open, else `<unk>`.
    pub unknown: bool,
    /// A sentence is cut after so many words beyond the prompt.
    pub longest: usize,
}

impl Default for Options {
    /// Whole sentences as the model has them, without unknown words.
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

/// Why there is no sentence.
#[derive(Debug, thiserror::Error, PartialEq)]
#[non_exhaustive]
pub enum GenerateError {
    /// The temperature is no number of at least 0.
    #[error("the temperature is {0}: give a number from 0 on, 1 for the probabilities as they are")]
    Temperature(f64),
    /// No word is left.
    #[error("the top 0 words are none to draw from: give at least 1")]
    TopK,
    /// No share of the probability.
    #[error("the share of the probability is {0}: give a number above 0 and at most 1")]
    TopP(f64),
    /// Of the words that may come none has a probability above 0.
    #[error("after {after:?} the model gives no probability to any word that may come")]
    Nothing {
        /// The words before.
        after: String,
    },
}

/// Draws sentences from a model.
pub struct Generator<'m> {
    next: Next<'m>,
    options: Options,
    /// The words of the prompt after `<s>`.
    history: Vec<WordId>,
    /// The words that may come, by number, and `</s>`, if only some may.
    only: Option<Vec<WordId>>,
    singles: Singles,
}

/// A sentence that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// The words beyond the prompt, without `</s>`.
    pub words: Vec<WordId>,
    /// Whether it came to its end, `</s>`, or was cut.
    pub ended: bool,
    /// The prompt and the words, put together as the model knows a text to be spaced and, where it was lowercased,
    /// capitalised.
    pub text: String,
    /// log10 of the probability of the words, and of `</s>` if it came, after the prompt, by the model as it is.
    pub log10_prob: f64,
}

impl Generated {
    /// How many tokens were drawn: words, and `</s>` if it came.
    pub fn tokens(&self) -> usize {
        self.words.len() + usize::from(self.ended)
    }
}

impl<'m> Generator<'m> {
    /// Sentences of a model. All words are scored once.
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

    /// One who draws, and remembers what the model lists; each thread has its own.
    pub fn sampler(&self) -> Sampler<'_, 'm> {
        let longest = self.options.longest;
        Sampler { generator: self, lists: Lists::default(), scores: Vec::new(), longest }
    }

    /// One who draws for each thread of the pool.
    pub fn samplers(&self) -> Vec<Sampler<'_, 'm>> {
        (0..rayon::current_num_threads()).map(|_| self.sampler()).collect()
    }

    /// Sentences of these numbers, in their order, drawn by all samplers at once; which of them draws which changes
    /// nothing.
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

    /// A sentence that was drawn, with so many tokens at most.
    pub fn cut(&self, sentence: &Generated, number: u64, words: usize) -> Generated {
        if sentence.tokens() <= words {
            return sentence.clone();
        }
        let mut sampler = self.sampler();
        sampler.longest = words;
        // What was drawn once is drawn again.
        sampler.sentence(number).unwrap_or_else(|_| sentence.clone())
    }

    /// Whether a word may come.
    fn may_come(&self, word: WordId) -> bool {
        word != WordId::BEGIN
            && (word != WordId::UNKNOWN || self.options.unknown)
            && self.only.as_ref().is_none_or(|only| only.binary_search(&word).is_ok())
    }

    /// Whether words need not be compared with each other but for their share, so that lists suffice where a model has
    /// them.
    fn draws_from_lists(&self) -> bool {
        self.options.temperature > 0.0 && self.options.top_k.is_none()
    }

    /// α, the power of a probability that a word is drawn in proportion to.
    fn exponent(&self) -> f64 {
        1.0 / self.options.temperature
    }
}

/// Draws sentences and words of a [`Generator`].
pub struct Sampler<'g, 'm> {
    generator: &'g Generator<'m>,
    lists: Lists,
    scores: Vec<Score>,
    longest: usize,
}

/// So many words that do not fit are drawn in turn before all words are looked at.
const TRIES: usize = 64;

impl Sampler<'_, '_> {
    /// Sentence number `number` of the seed; the same whichever were drawn before.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Nothing`] if somewhere no word can come.
    pub fn sentence(&mut self, number: u64) -> Result<Generated, GenerateError> {
        let Generator { next, options, history, .. } = self.generator;
        let model = next.model();
        let mut random = Random::of_sample(options.seed, number);
        let mut text = history.clone();
        let mut writer = Writer::new(model, &options.prompt);
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

    /// Draws a word after `history`, which begins with [`WordId::BEGIN`] where a sentence begins in it.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Nothing`] if no word that may come has a probability above 0.
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

    /// log10 of the probability of the words after the prompt.
    fn log10_prob(&mut self, words: &[WordId], ended: bool) -> f64 {
        let before = &self.generator.history[1..];
        let model = self.generator.next.model();
        model.score_sentence(&[before, words].concat(), &mut self.scores);
        let drawn = words.len() + usize::from(ended);
        let scores = self.scores[before.len()..].iter().take(drawn);
        scores.map(|score| score.log_prob.log10()).sum()
    }
}
