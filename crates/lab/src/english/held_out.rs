//! Training on one part of a text and measuring on the rest.

use super::{Game, Symbols, play};
use ngram_counts::VocabRule;
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::by_name;
use ngram_train::{TemporaryModels, TrainError, TrainOptions};
use rayon::prelude::*;
use std::ops::Range;

/// A description of the split.
pub const SPLIT: &str =
    "the text in ten equal parts; the last tenth of each is held out, the rest trained on";

/// The fewest symbols that can be split.
pub const SHORTEST: usize = 100;

/// The smoothing a model is trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolSmoothing {
    /// Interpolated modified Kneser–Ney: the best, but only at the order it is trained for.
    ModifiedKneserNey,
    /// Interpolated Witten–Bell: with a shorter history it equals the model of that lower order.
    WittenBell,
}

impl SymbolSmoothing {
    fn name(self) -> &'static str {
        match self {
            SymbolSmoothing::ModifiedKneserNey => "modified-kneser-ney",
            SymbolSmoothing::WittenBell => "witten-bell",
        }
    }
}

/// Symbols split into a training and a held-out part: see [`SPLIT`] and [`Split::at`].
pub struct Split<'t> {
    symbols: &'t Symbols,
    vocabulary: Vec<String>,
    /// Pairs of a training and a held-out stretch.
    stretches: Vec<(Range<usize>, Range<usize>)>,
}

const PARTS: usize = 10;

impl<'t> Split<'t> {
    /// Splits a text as [`SPLIT`] says. `None` if it has fewer than [`SHORTEST`] symbols.
    pub fn new(symbols: &'t Symbols) -> Option<Split<'t>> {
        let n = symbols.text.len();
        let stretches = (0..PARTS).map(|part| {
            let (start, end) = (n * part / PARTS, n * (part + 1) / PARTS);
            let middle = end - (end - start) / 10;
            (start..middle, middle..end)
        });
        (n >= SHORTEST).then(|| Split::of(symbols, stretches.collect()))
    }

    /// Splits into the symbols before `middle`, to train on, and the rest, to hold out. `None` if
    /// either side is empty.
    pub fn at(symbols: &'t Symbols, middle: usize) -> Option<Split<'t>> {
        let n = symbols.text.len();
        let inside = 0 < middle && middle < n;
        inside.then(|| Split::of(symbols, vec![(0..middle, middle..n)]))
    }

    fn of(symbols: &'t Symbols, stretches: Vec<(Range<usize>, Range<usize>)>) -> Split<'t> {
        let vocabulary = (0..symbols.kinds).map(|symbol| symbol.to_string()).collect();
        Split { symbols, vocabulary, stretches }
    }

    /// Returns the number of training symbols if only the first 2^−`halvings` of each stretch are
    /// used.
    pub fn trained_on(&self, halvings: u32) -> u64 {
        self.stretches.iter().map(|(train, _)| (train.len() >> halvings) as u64).sum()
    }

    /// Returns the number of held-out symbols.
    pub fn held_out(&self) -> u64 {
        self.stretches.iter().map(|(_, held)| held.len() as u64).sum()
    }

    /// Trains a model on the first 2^−`halvings` of each training stretch.
    pub fn train(
        &self,
        models: &TemporaryModels,
        order: usize,
        smoothing: SymbolSmoothing,
        halvings: u32,
    ) -> Result<TrainedSplit<'_>, TrainError> {
        let mut text = String::new();
        for (train, _) in &self.stretches {
            for symbol in &self.symbols.text[train.start..train.start + (train.len() >> halvings)] {
                text.push_str(&self.vocabulary[*symbol as usize]);
                text.push(' ');
            }
            text.push('\n');
        }
        let vocabulary = &self.vocabulary;
        let options = TrainOptions {
            order,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            vocab: VocabRule::List(vocabulary.clone()),
            smoothing: by_name(smoothing.name())?,
            open: false, // symbols are no words
            ..TrainOptions::default()
        };
        let model =
            models.train(&[Text::bytes("the training part", text.into_bytes())], options)?;
        let vocab = model.vocab();
        let alphabet = vocabulary.iter().map(|token| vocab.id_or_unknown(token)).collect();
        Ok(TrainedSplit { split: self, model, alphabet })
    }
}

/// A model trained on a part of a text.
pub struct TrainedSplit<'s> {
    split: &'s Split<'s>,
    model: Model,
    /// The model's id of each symbol.
    alphabet: Vec<WordId>,
}

impl TrainedSplit<'_> {
    fn ids(&self, range: Range<usize>) -> Vec<WordId> {
        let symbols = &self.split.symbols.text[range];
        symbols.iter().map(|&symbol| self.alphabet[symbol as usize]).collect()
    }

    /// Returns the cross-entropy of the held-out symbols: Σ −log2 p / symbols. Each stretch starts
    /// with an empty history, like a line, and its end is not charged.
    ///
    /// # Errors
    ///
    /// If `progress` cancels the work.
    pub fn cross_entropy(&self, progress: &dyn Progress) -> Result<f64, Cancelled> {
        let stretches = &self.split.stretches;
        let bits = stretches
            .par_iter()
            .map(|(_, held)| {
                progress.proceed()?;
                let ids = self.ids(held.clone());
                let mut scores = Vec::new();
                self.model.score_sentence(&ids, &mut scores);
                Ok(scores[..ids.len()].iter().map(|score| score.log_prob.bits()).sum())
            })
            .collect::<Result<Vec<f64>, Cancelled>>()?;
        Ok(bits.iter().sum::<f64>() / self.split.held_out() as f64)
    }

    /// Plays the guessing game on the first symbols of each held-out stretch, at most `most` in
    /// all.
    ///
    /// # Errors
    ///
    /// If `progress` cancels the work.
    pub fn play(
        &self,
        order: usize,
        most: usize,
        progress: &dyn Progress,
    ) -> Result<Game, Cancelled> {
        let mut total = Game::default();
        let stretches = &self.split.stretches;
        for (_, held) in stretches {
            progress.proceed()?;
            let ids = self.ids(held.start..held.end.min(held.start + most / stretches.len()));
            let game = play(&self.model, &self.alphabet, &ids, order);
            total.right_at.resize(game.right_at.len(), 0);
            for (sum, count) in total.right_at.iter_mut().zip(game.right_at) {
                *sum += count;
            }
            total.bits += game.bits;
        }
        Ok(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_in_one_part() {
        for length in [100, 101, 999, 12_345] {
            let symbols = Symbols { text: vec![0; length], kinds: 1 };
            let split = Split::new(&symbols).unwrap();
            let mut covered = 0;
            for (train, held) in split.stretches.clone() {
                assert_eq!((train.start, train.end), (covered, held.start));
                assert!(!held.is_empty() && train.len() >= 9 * held.len());
                covered = held.end;
            }
            assert_eq!(covered, length);
            assert_eq!(split.trained_on(0) + split.held_out(), length as u64);
        }
        assert!(Split::new(&Symbols { text: vec![0; 99], kinds: 1 }).is_none());
    }

    #[test]
    fn split_in_one_place() {
        let symbols = Symbols { text: vec![0; 9], kinds: 1 };
        let split = Split::at(&symbols, 6).unwrap();
        assert_eq!((split.trained_on(0), split.held_out()), (6, 3));
        assert!(Split::at(&symbols, 0).is_none() && Split::at(&symbols, 9).is_none());
    }
}
