//! Scores word by word, from one state to the next.

use super::block::Addition;
use super::view::{Partition, SuffixView};
use super::{Homes, WordHash};
use crate::{LogProb, Score};
use ngram_tokenizer::{WordId, prefetch};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// The words before a point in a text that can affect the words after it: at most `N`.
///
/// A state is minimal: a word is in it only if an n-gram begins with it and the words after it, or if the back-off
/// weight of these words is not 1. Equal states give every continuation the same score, so a search can keep the
/// better one.
#[derive(Clone, Copy, Debug)]
pub struct State<const N: usize> {
    /// The last word first.
    words: [WordId; N],
    /// log10 of the back-off weight of the last word, the last two, and so on.
    backoffs: [f32; N],
    /// Where the n-grams are whose histories end in the last word.
    partition: Partition,
    length: u8,
}

impl<const N: usize> State<N> {
    /// The state without words before it.
    pub const EMPTY: State<N> = State {
        words: [WordId::UNKNOWN; N],
        backoffs: [0.0; N],
        partition: Partition::NONE,
        length: 0,
    };

    /// Returns the words, last first.
    pub fn words(&self) -> &[WordId] {
        &self.words[..usize::from(self.length)]
    }
}

impl<const N: usize> Default for State<N> {
    fn default() -> State<N> {
        State::EMPTY
    }
}

impl<const N: usize> PartialEq for State<N> {
    fn eq(&self, other: &State<N>) -> bool {
        self.words() == other.words()
    }
}

impl<const N: usize> Eq for State<N> {}

/// Orders states by length, then by words.
impl<const N: usize> Ord for State<N> {
    fn cmp(&self, other: &State<N>) -> Ordering {
        self.length.cmp(&other.length).then_with(|| self.words().cmp(other.words()))
    }
}

impl<const N: usize> PartialOrd for State<N> {
    fn partial_cmp(&self, other: &State<N>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<const N: usize> Hash for State<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words().hash(state);
    }
}

/// Scores words one by one with a model in the suffix layout; see [`Model::stepper`](crate::Model::stepper).
#[derive(Clone, Copy)]
pub struct Stepper<'m, const N: usize> {
    view: SuffixView<'m>,
}

impl<'m, const N: usize> Stepper<'m, N> {
    /// Returns `None` if histories may have more than `N` words.
    pub(crate) fn new(view: SuffixView<'m>) -> Option<Stepper<'m, N>> {
        (view.order <= N + 1 && N <= usize::from(u8::MAX)).then_some(Stepper { view })
    }

    /// Returns the state at the beginning of a sentence.
    pub fn begin(&self) -> State<N> {
        self.advance(&State::EMPTY, WordId::BEGIN).1
    }

    /// Scores a word after a state; also returns the state after the word. The score is that of
    /// [`LanguageModel::score`](crate::LanguageModel::score) after all words since the empty state, to the last bit.
    pub fn advance(&self, state: &State<N>, word: WordId) -> (Score, State<N>) {
        self.advance_with(state, word, Addition::ShortestFirst)
    }

    /// As [`Stepper::advance`], with the parts of the score added in another order.
    pub fn advance_with(
        &self,
        state: &State<N>,
        word: WordId,
        addition: Addition,
    ) -> (Score, State<N>) {
        match self.view.is_wide {
            false => self.step::<false>(state, word, addition),
            true => self.step::<true>(state, word, addition),
        }
    }

    fn step<const IS_WIDE: bool>(
        &self,
        state: &State<N>,
        word: WordId,
        addition: Addition,
    ) -> (Score, State<N>) {
        let Some(entry) = self.view.word(word) else {
            return (Score { log_prob: LogProb::ZERO, matched: 1 }, State::EMPTY);
        };
        let partition = state.partition;
        let before = if partition.lines == 0 { &[] } else { state.words() };
        // Homes depend on the words alone, so the lines of all orders are fetched at once.
        let mut homes = [Homes::ROOT; N];
        let mut home = Homes::ROOT;
        let words = [word].into_iter().chain(before.iter().skip(1).copied());
        for (of_length, word) in homes.iter_mut().zip(words.clone()).take(before.len()) {
            home = partition.homes().longer(home, WordHash::of(word.0));
            *of_length = home;
            prefetch(&self.view.lines[(partition.first_line + home) as usize]);
        }
        let mut after = State { partition: self.view.partition(entry), ..State::EMPTY };
        let mut kept = 0;
        let longest = self.view.order - 1;
        let mut keep = |length: usize, first: WordId, backoff: f32, followed: bool| {
            if length < longest {
                after.words[length] = first;
                after.backoffs[length] = backoff;
                if followed || backoff != 0.0 {
                    kept = length + 1;
                }
            }
        };
        keep(0, word, entry.backoff.get(), entry.followed());
        let (mut log_prob, mut matched) = (entry.log_prob.get(), 1);
        let words = words.map(|word| (word, WordHash::of(word.0))).take(before.len());
        self.view.climb::<IS_WIDE>(partition, words, &homes[..before.len()], |step, entry| {
            keep(step + 1, before[step], entry.backoff, entry.followed);
            if !entry.log_prob.is_nan() {
                (log_prob, matched) = (entry.log_prob, step + 2);
            }
            true
        });
        after.length = kept as u8;
        let weights = &state.backoffs[..usize::from(state.length)];
        let log_prob = addition.add(log_prob, weights.iter().skip(matched - 1).copied());
        let score = Score { log_prob, matched: matched as u8 };
        (score, after)
    }
}
