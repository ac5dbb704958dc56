//! Looks up the ids of words, with a cache for frequent ones.

use crate::key::{LONG, WordKey};
use crate::{VocabView, Wanted as WantedInTable, WordId, WordTable};
use std::ops::Range;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Words in the cache, which takes a part of a core's own cache.
const SLOTS: usize = 1 << 15;

/// Looks words up in a vocabulary and caches the short ones, in and out of vocabulary: a few thousand words
/// make up most of any text. Given a [`WordTable`], it looks up all words there instead.
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
    /// A direct-mapped cache, indexed by hash.
    slots: Box<[Slot]>,
    table: Option<Arc<WordTable>>,
}

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Slot {
    key: WordKey,
    id: WordId,
}

impl<'v> Lookup<'v> {
    /// Creates a look-up with an empty cache.
    pub fn new(vocab: VocabView<'v>) -> Lookup<'v> {
        // No cached word has such a key: long words are not cached.
        let none = Slot { key: WordKey { low: 0, high: 0, len: LONG }, id: WordId::UNKNOWN };
        Lookup { vocab, slots: vec![none; SLOTS].into(), table: None }
    }

    /// Looks up all words in the vocabulary's table from now on.
    pub fn set_table(&mut self, table: &Arc<WordTable>) {
        if self.table.is_none() {
            self.slots = Box::default();
            self.table = Some(table.clone());
        }
    }

    /// Returns the id of `word`, or [`WordId::UNKNOWN`] if it is OOV, like
    /// [`VocabView::id_or_unknown`].
    #[inline]
    pub fn id_or_unknown(&mut self, word: &str) -> WordId {
        if let Some(table) = &self.table {
            return table.id_or_unknown(self.vocab, word);
        }
        let key = WordKey::of(word.as_bytes());
        if key.len == LONG {
            return self.vocab.id_or_unknown(word);
        }
        let slot = &mut self.slots[key.hash() % SLOTS];
        if slot.key != key {
            *slot = Slot { key, id: self.vocab.id_or_unknown(word) };
        }
        slot.id
    }

    /// Returns the id of `word` if it is cached. Otherwise defers it, and [`Lookup::resolve`] will
    /// give its id for `place`. `word` may be a slice of `line`.
    #[inline]
    pub fn id_or_later(
        &mut self,
        line: &str,
        word: &str,
        place: usize,
        later: &mut Later,
    ) -> Option<WordId> {
        if let Some(table) = &self.table {
            let (text, start) = match part_of(line, word) {
                Some(start) => (line, start),
                None => (word, 0),
            };
            table.want(self.vocab, text, start, start + word.len(), place, &mut later.in_table);
            return None;
        }
        let key = WordKey::of(word.as_bytes());
        let slot = &self.slots[key.hash() % SLOTS];
        if slot.key == key && key.len != LONG {
            return Some(slot.id);
        }
        let from = later.text.len();
        later.text.extend_from_slice(word.as_bytes());
        let hash = xxh3_64(word.as_bytes());
        later.words.push(Wanted { place, word: from..later.text.len(), hash, key });
        None
    }

    /// Looks up all deferred words and gives the place and id of each.
    ///
    /// Looking up a word reads three places of a vocabulary, one leading to the next and all far apart. Here
    /// the first is read for all words, then the second, then the third, so that their cache misses overlap.
    pub fn resolve(&mut self, later: &mut Later, mut give: impl FnMut(usize, WordId)) {
        if let Some(table) = &self.table {
            table.resolve(&mut later.in_table, &mut give);
        }
        let Later { text, words, ids, ranges, in_table: _ } = later;
        ids.clear();
        ids.extend(words.iter().map(|wanted| self.vocab.first_at(wanted.hash)));
        ranges.clear();
        ranges.extend(ids.iter().map(|&id| self.vocab.range(id)));
        for ((wanted, &first), range) in words.iter().zip(&*ids).zip(&*ranges) {
            let word = &text[wanted.word.clone()];
            let id = match self.vocab.is_at(first, range, word) {
                true => first,
                false => self.vocab.id_of(word, wanted.hash).unwrap_or(WordId::UNKNOWN),
            };
            // There are no slots left if a table was set in the meantime.
            if wanted.key.len != LONG
                && let Some(slot) = self.slots.get_mut(wanted.key.hash() % SLOTS)
            {
                *slot = Slot { key: wanted.key, id };
            }
            give(wanted.place, id);
        }
        words.clear();
        text.clear();
    }
}

/// Words that were not cached, to be looked up together; see [`Lookup::id_or_later`].
#[derive(Default)]
pub struct Later {
    /// The words, one after another.
    text: Vec<u8>,
    words: Vec<Wanted>,
    /// For each of them, the first candidate under its hash, and where that is in the text.
    ids: Vec<WordId>,
    ranges: Vec<Range<usize>>,
    in_table: WantedInTable,
}

struct Wanted {
    place: usize,
    word: Range<usize>,
    hash: u64,
    key: WordKey,
}

impl Later {
    /// Returns the number of deferred words.
    pub fn len(&self) -> usize {
        self.words.len() + self.in_table.len()
    }

    /// Returns whether no word is deferred.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Returns where `word` starts in `line`, if it is a slice of it.
#[inline]
fn part_of(line: &str, word: &str) -> Option<usize> {
    let start = (word.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
    (start <= line.len() && word.len() <= line.len() - start).then_some(start)
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
            // And many at once, in batches of any size, sliced from a line or not, either way.
            let all: Vec<&str> = known.iter().chain(&asked).chain(&known).map(String::as_str).collect();
            let line = all.join(" ");
            let of_line: Vec<&str> = line.split(' ').collect();
            let table = Arc::new(WordTable::new(vocab.view()));
            for (words, table) in [&all, &of_line].into_iter().zip([None, Some(&table)]) {
                let mut lookup = Lookup::new(vocab.view());
                let mut later = Later::default();
                let mut ids = vec![WordId::BEGIN; all.len()];
                for (place, word) in words.iter().enumerate() {
                    if let Some(table) = table && place > 5 {
                        lookup.set_table(table);
                    }
                    if let Some(id) = lookup.id_or_later(&line, word, place, &mut later) {
                        ids[place] = id;
                    }
                    if later.len() > 30 {
                        lookup.resolve(&mut later, |place, id| ids[place] = id);
                    }
                }
                lookup.resolve(&mut later, |place, id| ids[place] = id);
                prop_assert!(later.is_empty());
                for (word, id) in all.iter().zip(ids) {
                    prop_assert_eq!(id, vocab.view().id_or_unknown(word), "{}", word);
                    prop_assert_eq!(id, lookup.id_or_unknown(word), "{}", word);
                }
            }
        }
    }
}
