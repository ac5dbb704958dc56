//! The model of words that the search asks.

use ngram_model::memory::{MemoryModel, State};
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::WordId;

/// The most words of a history.
const WORDS: usize = 15;

/// Scores words one by one. [`MemoryModel`] and [`Model`] are such models, of order 16 at most.
pub trait WordModel {
    /// What the next word depends on.
    type State: Clone;

    /// Returns whether there is a model at all; without one, words cost nothing.
    fn is_one(&self) -> bool {
        true
    }

    /// The order of the model.
    fn order(&self) -> usize;

    /// Returns the state before the first word: after `<s>`, or after nothing.
    fn begin(&self, sentence: bool) -> Self::State;

    /// Returns log10 p of a word after a state, the state after it, and whether the word is known.
    fn step(&self, state: &Self::State, word: &str) -> (f32, Self::State, bool);

    /// Returns log10 p of the end of the sentence after a state.
    fn end(&self, state: &Self::State) -> f32;
}

/// No model: all words are alike.
#[derive(Clone, Copy, Debug)]
pub struct NoModel;

impl WordModel for NoModel {
    type State = ();

    fn is_one(&self) -> bool {
        false
    }

    fn order(&self) -> usize {
        1
    }

    fn begin(&self, _sentence: bool) {}

    fn step(&self, (): &(), _word: &str) -> (f32, (), bool) {
        (0.0, (), true)
    }

    fn end(&self, (): &()) -> f32 {
        0.0
    }
}

macro_rules! of_steps {
    ($model:ty, $number:expr) => {
        impl WordModel for $model {
            type State = State<WORDS>;

            fn order(&self) -> usize {
                LanguageModel::order(self)
            }

            fn begin(&self, sentence: bool) -> State<WORDS> {
                match self.stepper::<WORDS>().filter(|_| sentence) {
                    Some(stepper) => stepper.begin(),
                    None => State::EMPTY,
                }
            }

            fn step(&self, state: &State<WORDS>, word: &str) -> (f32, State<WORDS>, bool) {
                let number: WordId = $number(self, word);
                let Some(stepper) = self.stepper::<WORDS>() else {
                    return (0.0, State::EMPTY, false);
                };
                let (score, after) = stepper.advance(state, number);
                (score.log_prob.0, after, number != WordId::UNKNOWN)
            }

            fn end(&self, state: &State<WORDS>) -> f32 {
                let stepper = self.stepper::<WORDS>();
                stepper.map_or(0.0, |stepper| stepper.advance(state, WordId::END).0.log_prob.0)
            }
        }
    };
}

of_steps!(MemoryModel, MemoryModel::id_or_unknown);
of_steps!(Model, |model: &Model, word| model.vocab().id_or_unknown(word));
