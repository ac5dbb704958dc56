//! Splits a text into three parts: training, held-out and test.

use super::error::ExperimentError;
use ngram_eval::overlap::{KnownLines, Overlap};
use ngram_input::Text;
use ngram_tokenizer::TokenizerSpec;
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Chen and Goodman (1999) held out this many sentences, and tested on as many.
pub const HELD_OUT: usize = 2500;

/// The parts. Training texts are taken from right before the held-out sentences, so that smaller ones are parts of
/// larger ones.
pub struct ExperimentParts {
    /// The training sentences.
    training: Vec<String>,
    /// The text that weights are fitted to.
    pub held_out: Arc<Vec<Text>>,
    /// Number of sentences in it.
    pub held_out_sentences: usize,
    /// The test text.
    pub test: String,
    /// The vocabulary: every word of all parts, so that no word is unknown.
    pub words: Vec<String>,
    /// How sentences are split into words.
    pub tokenizer: TokenizerSpec,
}

impl ExperimentParts {
    /// Takes the last `held_out` sentences as the test, as many before them as held-out text, and the rest for
    /// training.
    pub fn of_one_text(
        sentences: &[&str],
        held_out: usize,
        tokenizer: TokenizerSpec,
    ) -> Result<ExperimentParts, ExperimentError> {
        let rest = sentences
            .len()
            .checked_sub(2 * held_out)
            .filter(|&rest| rest > 0)
            .ok_or(ExperimentError::TooShort)?;
        let (training, rest) = sentences.split_at(rest);
        let (held_out, test) = rest.split_at(held_out);
        Ok(ExperimentParts::of(training, held_out, test, tokenizer))
    }

    /// Takes the parts as given.
    pub fn of(
        training: &[&str],
        held_out: &[&str],
        test: &[&str],
        tokenizer: TokenizerSpec,
    ) -> ExperimentParts {
        let mut words = BTreeSet::new();
        for sentence in [training, held_out, test].into_iter().flatten() {
            tokenizer.tokenize(sentence, |word| {
                if !words.contains(word) {
                    words.insert(word.to_owned());
                }
            });
        }
        for special in ngram_tokenizer::SPECIAL_WORDS {
            words.remove(special);
        }
        ExperimentParts {
            training: training.iter().map(|&sentence| sentence.to_owned()).collect(),
            held_out: Arc::new(vec![Text::bytes("the held-out part", lines(held_out).into())]),
            held_out_sentences: held_out.len(),
            test: lines(test),
            words: words.into_iter().collect(),
            tokenizer,
        }
    }

    /// Number of training sentences.
    pub fn most(&self) -> usize {
        self.training.len()
    }

    /// Returns the last `size` training sentences, right before the held-out ones.
    pub fn training(&self, size: usize) -> Result<Text, ExperimentError> {
        let first = self.training.len().checked_sub(size).ok_or(ExperimentError::TooShort)?;
        Ok(Text::bytes("the training part", lines(&self.training[first..]).into()))
    }

    /// Measures how much of the test text occurs in the training part.
    pub fn overlap(&self) -> Result<Overlap, ExperimentError> {
        let mut known = KnownLines::default();
        for line in &self.training {
            known.add(line.as_bytes())?;
        }
        Ok(known.overlap(self.test.as_bytes())?)
    }
}

fn lines(sentences: &[impl Borrow<str>]) -> String {
    let mut text = sentences.join("\n");
    text.push('\n');
    text
}
