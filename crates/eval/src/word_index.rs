//! The words of a vocabulary in alphabetical order, to find those that begin with a prefix.

use ngram_model::{LogProb, Score};
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

/// Words whose highest unigram probability is kept together.
const BLOCK: usize = 64;

/// The words in the order of their bytes, with their unigram log-probabilities: 12 bytes a word.
/// `<unk>`, `<s>` and `</s>`, which no text spells, are left out.
pub struct WordIndex {
    /// The words in alphabetical order.
    sorted: Vec<WordId>,
    /// log10 p of each of them as a unigram.
    own: Vec<f32>,
    /// The highest of these in each block.
    highest: Vec<f32>,
    /// The place of each word in `sorted`, by its id.
    places: Vec<u32>,
}

impl WordIndex {
    /// Sorts the words, on the threads of the current rayon pool. `unigrams` are the scores of all
    /// words after no history, in id order.
    pub fn new(vocab: VocabView<'_>, unigrams: &[Score]) -> WordIndex {
        // The first eight bytes decide nearly always.
        let head = |word: &str| {
            let mut head = [0; 8];
            let length = word.len().min(8);
            head[..length].copy_from_slice(&word.as_bytes()[..length]);
            u64::from_be_bytes(head)
        };
        let ids = WordId::SPECIAL..vocab.len() as u32;
        let mut words: Vec<(u64, WordId)> =
            ids.map(|id| (head(vocab.word(WordId(id))), WordId(id))).collect();
        words.par_sort_unstable_by(|(one, first), (other, second)| {
            let whole = || vocab.word(*first).as_bytes().cmp(vocab.word(*second).as_bytes());
            one.cmp(other).then_with(whole).then(first.cmp(second))
        });
        let sorted: Vec<WordId> = words.into_iter().map(|(_, word)| word).collect();
        let mut places = vec![u32::MAX; vocab.len()];
        for (place, word) in (0..).zip(&sorted) {
            places[word.index()] = place;
        }
        let own_of =
            |word: &WordId| unigrams.get(word.index()).map_or(LogProb::ZERO.0, |s| s.log_prob.0);
        let own: Vec<f32> = sorted.iter().map(own_of).collect();
        let highest =
            own.chunks(BLOCK).map(|own| own.iter().copied().fold(LogProb::ZERO.0, f32::max));
        WordIndex { highest: highest.collect(), sorted, own, places }
    }

    /// Returns the places of the words that begin with `prefix`, found by bisection.
    pub fn beginning_with(&self, vocab: VocabView<'_>, prefix: &str) -> Range<usize> {
        let prefix = prefix.as_bytes();
        let start = self.sorted.partition_point(|&word| vocab.word(word).as_bytes() < prefix);
        let rest = &self.sorted[start..];
        let words = rest.partition_point(|&word| vocab.word(word).as_bytes().starts_with(prefix));
        start..start + words
    }

    /// Returns the words at some places, in alphabetical order.
    pub fn words(&self, places: Range<usize>) -> &[WordId] {
        &self.sorted[places]
    }

    /// Returns whether a word stands at one of these places.
    pub fn has(&self, places: &Range<usize>, word: WordId) -> bool {
        self.places.get(word.index()).is_some_and(|&place| places.contains(&(place as usize)))
    }

    /// Returns the words at some places by falling unigram probability. Whole blocks are only opened
    /// when their best word is the next, so the first few words take little time.
    pub fn falling(&self, places: Range<usize>) -> impl Iterator<Item = (WordId, LogProb)> + '_ {
        let first = places.start.next_multiple_of(BLOCK).min(places.end);
        let last = (places.end / BLOCK * BLOCK).max(first);
        let blocks = (first..last).step_by(BLOCK).map(|start| start / BLOCK).map(|block| Entry {
            log_prob: self.highest[block],
            at: block,
            is_block: true,
        });
        let word = |at: usize| Entry { log_prob: self.own[at], at, is_block: false };
        let edges = (places.start..first).chain(last..places.end).map(word);
        let mut heap: BinaryHeap<Entry> = blocks.chain(edges).collect();
        std::iter::from_fn(move || {
            loop {
                let Entry { log_prob, at, is_block } = heap.pop()?;
                if !is_block {
                    return Some((self.sorted[at], LogProb(log_prob)));
                }
                heap.extend((at * BLOCK..(at + 1) * BLOCK).map(word));
            }
        })
    }
}

/// A word, or a block of words with the highest of their log-probabilities.
struct Entry {
    log_prob: f32,
    at: usize,
    is_block: bool,
}

impl Ord for Entry {
    fn cmp(&self, other: &Entry) -> Ordering {
        self.log_prob.total_cmp(&other.log_prob)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Entry) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Entry) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_tokenizer::Vocab;

    /// 0 to 999 as words, of log10 p −(number mod 7) − number / 1000.
    fn numbers() -> (Vocab, Vec<Score>) {
        let words: Vec<String> = (0..1000).map(|number| number.to_string()).collect();
        let vocab = Vocab::new(words.iter().map(String::as_str)).unwrap();
        let of = |log_prob: f32| Score { log_prob: LogProb(log_prob), matched: 1 };
        let own = (0..1000).map(|number| of(-((number % 7) as f32) - number as f32 / 1000.0));
        (vocab, [of(-0.5); 3].into_iter().chain(own).collect())
    }

    #[test]
    fn words_by_their_beginning() {
        let (vocab, scores) = numbers();
        let vocab = vocab.view();
        let index = WordIndex::new(vocab, &scores);
        for prefix in ["", "1", "12", "999", "9999", "<", "</s>", "a", "0"] {
            let places = index.beginning_with(vocab, prefix);
            let mut found: Vec<&str> =
                index.words(places.clone()).iter().map(|&word| vocab.word(word)).collect();
            assert!(found.is_sorted());
            let begin = vocab.words().skip(3).filter(|word| word.starts_with(prefix));
            let mut expected: Vec<&str> = begin.collect();
            expected.sort_unstable();
            assert_eq!(found, expected, "{prefix}");
            assert!(index.words(places.clone()).iter().all(|&word| index.has(&places, word)));
            assert!(!index.has(&places, WordId::END) && !index.has(&places, WordId(5000)));

            let falling: Vec<(WordId, LogProb)> = index.falling(places).collect();
            assert!(falling.is_sorted_by(|one, other| one.1 >= other.1), "{prefix}");
            let own = |word: WordId| scores[word.index()].log_prob;
            assert!(falling.iter().all(|&(word, log_prob)| own(word) == log_prob));
            found = falling.iter().map(|&(word, _)| vocab.word(word)).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{prefix}");
        }
    }
}
