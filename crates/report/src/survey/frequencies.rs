//! How often each word of a text occurs.

use ngram_tokenizer::WordId;
use std::collections::{BTreeMap, HashMap};

/// An out-of-vocabulary word.
#[derive(Clone, Debug, PartialEq)]
pub struct Oov {
    /// The word as written in the text.
    pub word: String,
    /// How often it occurs.
    pub count: u64,
    /// Σ −log2 p of its occurrences, scored as `<unk>`, in bits; infinite if `<unk>` has
    /// probability 0.
    pub bits: f64,
}

/// Counts of the words of a text, without `</s>`.
#[derive(Clone, Debug)]
pub struct Frequencies {
    known: Vec<u64>,
    unknown: HashMap<String, (u64, f64)>,
}

impl Frequencies {
    pub(super) fn new(vocabulary: usize) -> Frequencies {
        Frequencies { known: vec![0; vocabulary], unknown: HashMap::new() }
    }

    pub(super) fn add(&mut self, word: &str, id: WordId, bits: f64) {
        if id != WordId::UNKNOWN {
            if let Some(count) = self.known.get_mut(id.index()) {
                *count += 1;
            }
        } else if let Some((count, sum)) = self.unknown.get_mut(word) {
            *count += 1;
            *sum += bits;
        } else {
            self.unknown.insert(word.to_owned(), (1, bits));
        }
    }

    /// Returns the OOVs, the most frequent first, ties in byte order.
    pub fn oovs(&self) -> Vec<Oov> {
        let words = self.unknown.iter();
        let mut oovs: Vec<Oov> =
            words.map(|(word, &(count, bits))| Oov { word: word.clone(), count, bits }).collect();
        oovs.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
        oovs
    }

    /// Returns the count of every distinct word in the text in falling order: the counts at ranks
    /// 1, 2, ….
    pub fn ranked(&self) -> Vec<u64> {
        let known = self.known.iter().copied().filter(|&count| count > 0);
        let mut counts: Vec<u64> = known.chain(self.unknown.values().map(|word| word.0)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }
}

/// Returns the counts-of-counts: each count that occurs, with the number of times it occurs.
pub fn counts_of_counts(counts: &[u64]) -> Vec<(u64, u64)> {
    let mut found = BTreeMap::new();
    for &count in counts {
        *found.entry(count).or_insert(0) += 1;
    }
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_and_unknown_words_are_ranked_together() {
        let mut found = Frequencies::new(5);
        for (word, id) in [("a", 3), ("x", 0), ("a", 3), ("y", 0), ("x", 0), ("b", 4)] {
            found.add(word, WordId(id), 2.5);
        }
        assert_eq!(found.ranked(), [2, 2, 1, 1]);
        let oovs = found.oovs();
        assert_eq!(oovs[0], Oov { word: "x".to_owned(), count: 2, bits: 5.0 });
        assert_eq!((oovs.len(), oovs[1].word.as_str()), (2, "y"));
        assert_eq!(counts_of_counts(&found.ranked()), [(1, 2), (2, 2)]);
    }
}
