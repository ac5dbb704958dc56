//! What a model expects most.

use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::WordId;
use std::cmp::Ordering;

/// Finds the words that a model gives the highest probability after a history.
///
/// Where the model tells which words it has seen after a history, only these and the most probable
/// single words are scored; else every word of the vocabulary is.
pub struct Likeliest<'m> {
    model: &'m dyn LanguageModel,
    /// Every word that can come, the most probable after no history first.
    by_probability: Vec<WordId>,
}

impl<'m> Likeliest<'m> {
    /// Scores every word once.
    pub fn new(model: &'m dyn LanguageModel) -> Likeliest<'m> {
        let words = (0..model.vocab().len() as u32).map(WordId);
        let mut scored: Vec<(WordId, LogProb)> = words
            .filter(|&word| word != WordId::BEGIN)
            .map(|word| (word, model.score(&[], word).log_prob))
            .collect();
        scored.sort_unstable_by(falling);
        Likeliest { model, by_probability: scored.into_iter().map(|(word, _)| word).collect() }
    }

    /// The `most` words of highest probability after `history`, the highest first, ties by number.
    /// `</s>` and `<unk>` are words here as any other; `<s>` never comes.
    pub fn after(&self, history: &[WordId], most: usize) -> Vec<(WordId, Score)> {
        let score = |word: WordId| (word, self.model.score(history, word));
        let mut found: Vec<(WordId, Score)> = match self.model.seen_after(history) {
            None => self.by_probability.iter().map(|&word| score(word)).collect(),
            Some(mut seen) => {
                seen.sort_unstable();
                let unseen = |word: &&WordId| seen.binary_search(word).is_err();
                let others = self.by_probability.iter().filter(unseen).take(most);
                let seen_words = seen.iter().filter(|&&word| word != WordId::BEGIN);
                seen_words.chain(others).map(|&word| score(word)).collect()
            }
        };
        found.sort_unstable_by(|one, other| {
            falling(&(one.0, one.1.log_prob), &(other.0, other.1.log_prob))
        });
        found.truncate(most);
        found
    }

    /// How many words are scored after a history where the model does not tell which it has seen;
    /// `None` where it does, and fewer are.
    pub fn cost(&self) -> Option<usize> {
        let knows = self.model.seen_after(&[WordId::BEGIN]).is_some();
        (!knows).then_some(self.by_probability.len())
    }
}

fn falling(one: &(WordId, LogProb), other: &(WordId, LogProb)) -> Ordering {
    other.1.0.total_cmp(&one.1.0).then(one.0.cmp(&other.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Toy;
    use ngram_tokenizer::{TokenizerSpec, VocabView};

    /// The toy, telling what was seen after *cat*: *sat*.
    struct Telling(Toy);

    impl LanguageModel for Telling {
        fn order(&self) -> usize {
            self.0.order()
        }
        fn vocab(&self) -> VocabView<'_> {
            self.0.vocab()
        }
        fn tokenizer(&self) -> &TokenizerSpec {
            self.0.tokenizer()
        }
        fn score(&self, history: &[WordId], word: WordId) -> Score {
            self.0.score(history, word)
        }
        fn seen_after(&self, history: &[WordId]) -> Option<Vec<WordId>> {
            let cat = self.vocab().id("cat");
            Some(if history.last().copied() == cat { vec![WordId(5)] } else { Vec::new() })
        }
    }

    /// After *cat*: the −0.75, sat −0.75 (its own n-gram), cat −1, </s> −1.25, <unk> −2.25.
    #[test]
    fn the_highest_first() {
        let [the, cat, sat] = [3, 4, 5].map(WordId);
        let toy = Toy::exact();
        let every: Vec<WordId> =
            Likeliest::new(&toy).after(&[cat], 9).iter().map(|f| f.0).collect();
        assert_eq!(every, [the, sat, cat, WordId::END, WordId::UNKNOWN]);
        let telling = Telling(Toy::exact());
        let likeliest = Likeliest::new(&telling);
        for most in 0..6 {
            let found: Vec<WordId> = likeliest.after(&[cat], most).iter().map(|f| f.0).collect();
            assert_eq!(found, every[..most.min(5)], "{most}");
        }
        assert_eq!((likeliest.cost(), Likeliest::new(&toy).cost()), (None, Some(5)));
    }
}
