//! A look-up table of all words, built once a text is long enough for it to pay off.

use ngram_model::LanguageModel;
use ngram_tokenizer::{VocabView, WordTable};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Adding one vocabulary word to the table takes about as long as the table saves on this many
/// bytes of text.
const BYTES_A_WORD: u64 = 32;

/// No table is built for a larger vocabulary: it would take more than half a gigabyte.
const MOST_WORDS: usize = 1 << 23;

/// A model's words, shared by all threads that score a text.
pub struct ModelWords<'m> {
    vocab: VocabView<'m>,
    /// Bytes of text read so far.
    seen: AtomicU64,
    table: OnceLock<Arc<WordTable>>,
}

impl<'m> ModelWords<'m> {
    pub fn new(model: &'m dyn LanguageModel) -> Arc<ModelWords<'m>> {
        let vocab = model.vocab();
        Arc::new(ModelWords { vocab, seen: AtomicU64::new(0), table: OnceLock::new() })
    }

    /// Counts `bytes` more bytes of text, and returns the table if the bytes before them make it
    /// pay. Look-ups give the same ids with and without it.
    pub fn table(&self, bytes: usize) -> Option<&Arc<WordTable>> {
        let seen = self.seen.fetch_add(bytes as u64, Ordering::Relaxed);
        let words = self.vocab.len();
        if words > MOST_WORDS || seen < BYTES_A_WORD * words as u64 {
            return None;
        }
        Some(self.table.get_or_init(|| Arc::new(WordTable::new(self.vocab))))
    }
}
