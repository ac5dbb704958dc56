//! Unites vocabularies.

use ngram_model::exp10::exp10;
use ngram_model::table::TableView;
use ngram_tokenizer::{Vocab, VocabError, VocabView, WordId};
use rustc_hash::FxHashMap;

/// Returns every word of any model, by decreasing unigram probability summed over the models. Ties
/// are sorted by bytes.
pub(super) fn unite(models: &[(VocabView<'_>, &TableView<'_>)]) -> Result<Vocab, VocabError> {
    let mut sums: FxHashMap<&str, f64> = FxHashMap::default();
    for (vocab, table) in models {
        let words = vocab.words().zip(table.unigrams).skip(WordId::SPECIAL as usize);
        for (word, log_prob) in words {
            *sums.entry(word).or_default() += exp10(log_prob.get());
        }
    }
    let mut words: Vec<(&str, f64)> = sums.into_iter().collect();
    words.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(other.0)));
    Vocab::new(words.into_iter().map(|(word, _)| word))
}

/// Returns the number in another vocabulary of each word of a vocabulary; that of `<unk>` if it is missing.
pub(super) fn numbers(of: VocabView<'_>, in_other: VocabView<'_>) -> Vec<WordId> {
    of.words().map(|word| in_other.id_or_unknown(word)).collect()
}
