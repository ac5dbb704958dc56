//! Words to numbers, with the frequent ones at hand.

use crate::key::{Key, LONG};
use crate::{VocabView, WordId};

/// How many words are kept: half a core's own cache.
const SLOTS: usize = 1 << 13;

/// Looks words up in a vocabulary and keeps the short ones it has seen, in and out of vocabulary:
/// some thousand words make up most of any text.
///
/// ```
/// use ngram_tokenizer::{Lookup, Vocab, WordId};
///
/// let vocab = Vocab::new(["to", "be"])?;
/// let mut lookup = Lookup::new(vocab.view());
/// let numbers = ["to", "be", "or", "to", "or"].map(|word| lookup.id_or_unknown(word).0);
/// assert_eq!(numbers, [3, 4, 0, 3, 0]);
/// # Ok::<(), ngram_tokenizer::VocabError>(())
/// ```
pub struct Lookup<'v> {
    vocab: VocabView<'v>,
    /// Each at the place that its hash gives it, until another comes there.
    slots: Box<[Slot]>,
}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    key: Key,
    id: WordId,
}

impl<'v> Lookup<'v> {
    /// A look-up that has seen nothing.
    pub fn new(vocab: VocabView<'v>) -> Lookup<'v> {
        // No word has the key of a long one: those are not kept.
        let none = Slot { key: Key { low: 0, high: 0, len: LONG }, id: WordId::UNKNOWN };
        Lookup { vocab, slots: vec![none; SLOTS].into() }
    }

    /// The number of `word`, [`WordId::UNKNOWN`] for one that is not in the vocabulary; as
    /// [`VocabView::id_or_unknown`] says.
    #[inline]
    pub fn id_or_unknown(&mut self, word: &str) -> WordId {
        let key = Key::of(word.as_bytes());
        if key.len == LONG {
            return self.vocab.id_or_unknown(word);
        }
        let slot = &mut self.slots[key.hash() % SLOTS];
        if slot.key != key {
            *slot = Slot { key, id: self.vocab.id_or_unknown(word) };
        }
        slot.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocab;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_vocabulary(
            known in proptest::collection::hash_set("[a-e]{0,20}", 0..200),
            asked in proptest::collection::vec("[a-e]{0,20}", 0..200),
        ) {
            let vocab = Vocab::new(known.iter().map(String::as_str)).unwrap();
            let mut lookup = Lookup::new(vocab.view());
            for word in known.iter().chain(&asked).chain(&known).chain(&asked) {
                prop_assert_eq!(lookup.id_or_unknown(word), vocab.view().id_or_unknown(word));
            }
        }
    }
}
