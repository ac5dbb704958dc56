//! Cut-offs by raw counts or to a word list: n-grams are left out, and all words share their probability.
//!
//! ```text
//! p(w|h) = [hw is kept] (c(hw) − D(c(hw))) / c(h) + reserved(h) · p(w|h′)
//! reserved(h) = (Σ D(c(hv)) over the v kept after h  +  Σ c(hv) over the others) / c(h)
//! ```
//!
//! c are the method's counts. Raw counts decide which n-grams are kept; discounts are those of all n-grams
//! (Heafield 2013; KenLM's `--prune` and `--limit_vocab_file`). An n-gram occurs no more often than any
//! part of it, so cut-offs that do not fall with the order keep every history of a kept n-gram.

use ngram_counts::{LowerOrders, Shard};
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, VocabError, VocabView, WordId};
use std::collections::HashSet;

/// Which n-grams to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cutoffs {
    /// For each order from 1, the highest raw count with which an n-gram is left out; the last
    /// value applies to all higher orders. Empty or 0 keeps all. The values must not fall.
    pub counts: Vec<u64>,
    /// The only words allowed in kept n-grams, besides `<unk>`, `<s>` and `</s>`; `None` allows all.
    pub words: Option<HashSet<String>>,
}

/// Invalid cut-offs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCutoffs {
    /// There are more cut-offs than orders.
    #[error(
        "{given} counts to prune by for a model of order {order}: give at most one for each order"
    )]
    TooMany {
        /// How many were given.
        given: usize,
        /// The order of the model.
        order: usize,
    },
    /// The cut-offs fall, so that a longer n-gram would be kept without its parts.
    #[error(
        "the counts to prune by fall from {0} to {1}: longer n-grams occur less often, so give counts that do not fall"
    )]
    Falling(u64, u64),
    /// The model does not allow cut-offs.
    #[error(
        "n-grams can be left out by raw counts or words only in models that are trained from texts, without classes, interpolated, closed, by the exact convention, and without minimum counts, other pruning or held-out text"
    )]
    Model,
}

impl Cutoffs {
    /// Whether any n-gram can be left out.
    pub fn any(&self) -> bool {
        self.words.is_some() || self.counts.iter().any(|&count| count > 0)
    }

    /// Checks the cut-offs for a model of this order.
    ///
    /// # Errors
    ///
    /// If there are more of them than orders, or if they fall.
    pub fn check(&self, order: usize) -> Result<(), InvalidCutoffs> {
        if self.counts.len() > order {
            return Err(InvalidCutoffs::TooMany { given: self.counts.len(), order });
        }
        match self.counts.windows(2).find(|pair| pair[0] > pair[1]) {
            Some(pair) => Err(InvalidCutoffs::Falling(pair[0], pair[1])),
            None => Ok(()),
        }
    }

    /// Returns the description of the cut-offs that a model stores.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        if self.counts.iter().any(|&count| count > 0) {
            let counts: Vec<String> = self.counts.iter().map(u64::to_string).collect();
            text = format!(", raw counts above {}", counts.join(" "));
        }
        if let Some(words) = &self.words {
            text.push_str(&format!(", limited to {} words", words.len()));
        }
        text
    }

    fn of(&self, order: usize) -> u64 {
        self.counts.get(order - 1).or(self.counts.last()).copied().unwrap_or(0)
    }
}

/// Cut-offs applied to a text.
pub(crate) struct Cut {
    cutoffs: Cutoffs,
    lower_orders: LowerOrders,
    /// Whether each word is left out of the vocabulary.
    pub dropped: Vec<bool>,
}

impl Cut {
    /// Applies cut-offs to a vocabulary; `frequencies` are the numbers of occurrences of its words.
    pub fn new(
        cutoffs: &Cutoffs,
        vocab: VocabView<'_>,
        frequencies: &[u64],
        lower_orders: LowerOrders,
    ) -> Cut {
        let is_listed =
            |word: &str| cutoffs.words.as_ref().is_none_or(|words| words.contains(word));
        let words = vocab.words().zip(frequencies).enumerate();
        let dropped = words.map(|(number, (word, &frequency))| {
            number >= SPECIAL_WORDS.len() && (frequency <= cutoffs.of(1) || !is_listed(word))
        });
        let dropped = dropped.collect();
        Cut { cutoffs: cutoffs.clone(), lower_orders, dropped }
    }

    /// Returns, for each history length, which successors are kept.
    pub fn kept(&self, shard: &Shard) -> Vec<Vec<bool>> {
        let mut kept = Vec::with_capacity(shard.levels.len());
        let first = shard.first_word as usize;
        let words = shard.levels.first().map_or(0, |level| level.successor_ends.len());
        let mut of_histories: Vec<bool> = self.dropped[first..first + words].to_vec();
        for (depth, raw) in shard.raw_counts(self.lower_orders).into_iter().enumerate() {
            let (level, least) = (&shard.levels[depth], self.cutoffs.of(depth + 2));
            let mut own = vec![false; raw.len()];
            for (history, &is_dropped) in of_histories.iter().enumerate() {
                for at in level.successors(history) {
                    let word = level.successor_words[at] as usize;
                    own[at] = !is_dropped && !self.dropped[word] && raw[at] > least;
                }
            }
            kept.push(own);
            let Some(next) = shard.levels.get(depth + 1) else { break };
            let mut longer = vec![false; next.successor_ends.len()];
            for (history, &is_dropped) in of_histories.iter().enumerate() {
                for child in level.children(history) {
                    longer[child] = is_dropped || self.dropped[next.words[child] as usize];
                }
            }
            of_histories = longer;
        }
        kept
    }

    /// Returns the words that are kept, and for each word its number among them.
    pub fn vocab(&self, vocab: VocabView<'_>) -> Result<(Vocab, Vec<Option<WordId>>), VocabError> {
        let mut next = 0;
        let numbers = self.dropped.iter().map(|&is_dropped| {
            (!is_dropped).then(|| {
                next += 1;
                WordId(next - 1)
            })
        });
        let numbers: Vec<Option<WordId>> = numbers.collect();
        let ordinary = vocab.words().zip(&self.dropped).skip(SPECIAL_WORDS.len());
        let kept = ordinary.filter(|(_, is_dropped)| !**is_dropped).map(|(word, _)| word);
        Ok((Vocab::new(kept)?, numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cutoff_is_for_all_longer_orders() {
        let cutoffs = Cutoffs { counts: vec![0, 1, 2], words: None };
        assert_eq!([1, 2, 3, 9].map(|order| cutoffs.of(order)), [0, 1, 2, 2]);
        assert!(cutoffs.any() && !Cutoffs::default().any());
        assert_eq!(cutoffs.check(3), Ok(()));
        assert_eq!(cutoffs.check(2), Err(InvalidCutoffs::TooMany { given: 3, order: 2 }));
        let falling = Cutoffs { counts: vec![0, 2, 1], words: None };
        assert_eq!(falling.check(3), Err(InvalidCutoffs::Falling(2, 1)));
        assert_eq!(cutoffs.describe(), ", raw counts above 0 1 2");
    }
}
