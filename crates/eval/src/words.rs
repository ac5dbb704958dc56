//! A table of all words, once a text is so long that it pays.

use ngram_model::LanguageModel;
use ngram_tokenizer::{VocabView, WordTable};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// A word of the vocabulary takes as long to be put into the table as a table saves over so many bytes of text.
const BYTES_A_WORD: u64 = 32;

/// With more words than so many there is no table: it would take more than half a gigabyte.
const MOST_WORDS: usize = 1 << 23;

/// The words of a model, for all threads that score a text.
pub struct Words<'m> {
    vocab: VocabView<'m>,
    /// Bytes of text so far.
    seen: AtomicU64,
    table: OnceLock<Arc<WordTable>>,
}

impl<'m> Words<'m> {
    pub fn new(model: &'m dyn LanguageModel) -> Arc<Words<'m>> {
        let vocab = model.vocab();
        Arc::new(Words { vocab, seen: AtomicU64::new(0), table: OnceLock::new() })
    }

    /// The table, if it pays for a text of which so many bytes come next. What is found in it is the same as in the
    /// vocabulary.
    pub fn table(&self, bytes: usize) -> Option<&Arc<WordTable>> {
        let seen = self.seen.fetch_add(bytes as u64, Ordering::Relaxed);
        let words = self.vocab.len();
        if words > MOST_WORDS || seen < BYTES_A_WORD * words as u64 {
            return None;
        }
        Some(self.table.get_or_init(|| Arc::new(WordTable::new(self.vocab))))
    }
}
