//! The vocabulary, looked up both ways, over plain bytes that a file can be mapped to.

use crate::WordId;
use std::fmt;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;
use zerocopy::little_endian::{U32, U64};

/// The first three words of every vocabulary.
pub const SPECIAL_WORDS: [&str; 3] = ["<unk>", "<s>", "</s>"];

/// An empty slot of the hash table.
const EMPTY: U32 = U32::new(u32::MAX);

/// A vocabulary that owns its words. Look-ups go through [`Vocab::view`].
///
/// ```
/// use ngram_tokenizer::{Vocab, WordId};
///
/// let vocab = Vocab::new(["the", "cat"])?;
/// assert_eq!(vocab.view().len(), 5); // <unk> <s> </s> the cat
/// assert_eq!(vocab.view().id("cat"), Some(WordId(4)));
/// assert_eq!(vocab.view().id_or_unknown("dog"), WordId::UNKNOWN);
/// assert_eq!(vocab.view().word(WordId(3)), "the");
/// # Ok::<(), ngram_tokenizer::VocabError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Vocab {
    starts: Vec<U64>,
    text: Vec<u8>,
    slots: Vec<U32>,
}

/// Why a list of words is not a vocabulary.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabError {
    /// A word is listed twice, or is one of the three special words.
    #[error(
        "the word {0:?} is listed twice; a vocabulary lists each word once, and <unk>, <s> and </s> are in it already"
    )]
    Duplicate(String),
    /// More words than ids.
    #[error("more than 4,294,967,294 words; no more can be numbered")]
    TooMany,
    /// The stored parts are inconsistent.
    #[error("the stored vocabulary is damaged: {0}")]
    Damaged(&'static str),
}

impl Vocab {
    /// Builds a vocabulary of the three special words and then `words`, in the order given.
    pub fn new<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Vocab, VocabError> {
        let mut starts = vec![U64::new(0)];
        let mut text = Vec::new();
        for word in SPECIAL_WORDS.into_iter().chain(words) {
            text.extend_from_slice(word.as_bytes());
            starts.push(U64::new(text.len() as u64));
        }
        let len = starts.len() - 1;
        if len >= u32::MAX as usize {
            return Err(VocabError::TooMany);
        }
        let mut vocab = Vocab { starts, text, slots: vec![EMPTY; (len * 2).next_power_of_two()] };
        let mask = vocab.slots.len() - 1;
        for id in 0..len as u32 {
            let word = vocab.view().bytes(WordId(id));
            let mut slot = xxh3_64(word) as usize & mask;
            while vocab.slots[slot] != EMPTY {
                let other = WordId(vocab.slots[slot].get());
                if vocab.view().bytes(other) == word {
                    return Err(VocabError::Duplicate(String::from_utf8_lossy(word).into_owned()));
                }
                slot = (slot + 1) & mask;
            }
            vocab.slots[slot] = U32::new(id);
        }
        Ok(vocab)
    }

    /// Returns a read-only view of this vocabulary.
    #[inline]
    pub fn view(&self) -> VocabView<'_> {
        VocabView { starts: &self.starts, text: &self.text, slots: &self.slots }
    }
}

impl fmt::Debug for Vocab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// A vocabulary over borrowed parts, such as sections of a mapped file. Copying it is free.
///
/// - `starts`: the byte at which each word starts in `text`, then the length of `text`;
/// - `text`: the words one after another, UTF-8;
/// - `slots`: a hash table of ids, a power of two long and at most half full: a word is at or after
///   slot `xxh3_64(word) mod slots.len()`, before the next empty slot (`u32::MAX`).
#[derive(Clone, Copy)]
pub struct VocabView<'a> {
    starts: &'a [U64],
    text: &'a [u8],
    slots: &'a [U32],
}

impl<'a> VocabView<'a> {
    /// Builds a view over stored parts. Takes the same short time for any size, as only the ends of
    /// the parts are checked; [`VocabView::check`] reads everything.
    ///
    /// Damage not found here makes look-ups return wrong answers, but never words or ids outside
    /// the vocabulary, and never makes a look-up panic or loop forever.
    ///
    /// # Errors
    ///
    /// [`VocabError::Damaged`] if the lengths of the parts do not match, or if the first three words
    /// are not `<unk>`, `<s>` and `</s>`.
    pub fn from_parts(
        starts: &'a [U64],
        text: &'a [u8],
        slots: &'a [U32],
    ) -> Result<VocabView<'a>, VocabError> {
        let damaged = |what| Err(VocabError::Damaged(what));
        let len = starts.len().wrapping_sub(1);
        if starts.len() <= WordId::SPECIAL as usize {
            return damaged("fewer than three words");
        }
        if len >= u32::MAX as usize {
            return damaged("more words than can be numbered");
        }
        if starts[0].get() != 0 || starts[len].get() != text.len() as u64 {
            return damaged("the words' ends do not match their text");
        }
        if !slots.len().is_power_of_two() || slots.len() <= len {
            return damaged("the hash table has a wrong size");
        }
        let view = VocabView { starts, text, slots };
        if (0..WordId::SPECIAL).any(|id| view.word(WordId(id)) != SPECIAL_WORDS[id as usize]) {
            return damaged("it does not begin with <unk> <s> </s>");
        }
        Ok(view)
    }

    /// Reads the whole vocabulary and checks that every word is UTF-8 and is found under its own
    /// id.
    ///
    /// # Errors
    ///
    /// [`VocabError::Damaged`] if not.
    pub fn check(&self) -> Result<(), VocabError> {
        let damaged = |what| Err(VocabError::Damaged(what));
        if self.starts.windows(2).any(|pair| pair[0] > pair[1]) {
            return damaged("a word ends before it starts");
        }
        let Ok(whole) = std::str::from_utf8(self.text) else {
            return damaged("a word is not UTF-8");
        };
        if self.starts.iter().any(|start| !whole.is_char_boundary(start.get() as usize)) {
            return damaged("a word is not UTF-8");
        }
        // If exactly one slot per word is taken, enough are empty to keep look-ups short.
        if self.slots.iter().filter(|&&slot| slot != EMPTY).count() != self.len() {
            return damaged("the hash table does not list every word");
        }
        let mut ids = (0..self.len() as u32).map(WordId);
        if ids.any(|id| self.id(self.word(id)) != Some(id)) {
            return damaged("the hash table does not list every word");
        }
        Ok(())
    }

    /// Builds a view over parts that [`VocabView::from_parts`] has accepted before.
    #[inline]
    pub fn from_checked_parts(
        starts: &'a [U64],
        text: &'a [u8],
        slots: &'a [U32],
    ) -> VocabView<'a> {
        VocabView { starts, text, slots }
    }

    /// Returns the stored parts: `(starts, text, slots)`.
    pub fn parts(&self) -> (&'a [U64], &'a [u8], &'a [U32]) {
        (self.starts, self.text, self.slots)
    }

    /// Returns the number of words, including the three special ones.
    #[inline]
    #[allow(clippy::len_without_is_empty, reason = "a vocabulary always holds three words")]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the word with this id, or `<unk>` if the id is not in the vocabulary.
    #[inline]
    pub fn word(&self, id: WordId) -> &'a str {
        std::str::from_utf8(self.bytes(id)).unwrap_or(SPECIAL_WORDS[0])
    }

    #[inline]
    fn bytes(&self, id: WordId) -> &'a [u8] {
        // Out of range in a damaged vocabulary only.
        self.text.get(self.range(id)).unwrap_or_default()
    }

    /// Returns the byte range of a word in the text.
    #[inline]
    pub(crate) fn range(&self, id: WordId) -> Range<usize> {
        let index = if id.index() < self.len() { id.index() } else { 0 };
        self.starts[index].get() as usize..self.starts[index + 1].get() as usize
    }

    /// Returns whether the word with this id, at `range` in the text, is `word`.
    #[inline]
    pub(crate) fn is_at(&self, id: WordId, range: &Range<usize>, word: &[u8]) -> bool {
        self.text.get(range.clone()) == Some(word) && id.index() < self.len()
    }

    /// Returns the first candidate for a hash; an id outside the vocabulary if there is none.
    #[inline]
    pub(crate) fn first_at(&self, hash: u64) -> WordId {
        WordId(self.slots[hash as usize & (self.slots.len() - 1)].get())
    }

    /// Returns the id of a word, if the vocabulary lists it.
    #[inline]
    pub fn id(&self, word: &str) -> Option<WordId> {
        self.id_of(word.as_bytes(), xxh3_64(word.as_bytes()))
    }

    /// Returns the id of the word with these bytes and this hash.
    #[inline]
    pub(crate) fn id_of(&self, word: &[u8], hash: u64) -> Option<WordId> {
        let mask = self.slots.len() - 1;
        let first = hash as usize & mask;
        // An empty slot ends the search; in a damaged table there may be none.
        for distance in 0..self.slots.len() {
            let found = self.slots[(first + distance) & mask];
            if found == EMPTY {
                return None;
            }
            let id = WordId(found.get());
            if self.bytes(id) == word && id.index() < self.len() {
                return Some(id);
            }
        }
        None
    }

    /// Returns the id of a word, or that of `<unk>`.
    #[inline]
    pub fn id_or_unknown(&self, word: &str) -> WordId {
        self.id(word).unwrap_or(WordId::UNKNOWN)
    }

    /// Returns all words in id order.
    pub fn words(self) -> impl ExactSizeIterator<Item = &'a str> {
        (0..self.len() as u32).map(move |id| self.word(WordId(id)))
    }
}

impl fmt::Debug for VocabView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocab of {} words", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_word_and_no_other() {
        let words: Vec<String> = (0..1000).map(|n| format!("w{n}")).collect();
        let vocab = Vocab::new(words.iter().map(String::as_str)).unwrap();
        for (n, word) in words.iter().enumerate() {
            assert_eq!(vocab.view().id(word), Some(WordId(n as u32 + WordId::SPECIAL)));
            assert_eq!(vocab.view().word(WordId(n as u32 + WordId::SPECIAL)), word);
        }
        assert_eq!(vocab.view().id("w1000"), None);
        assert_eq!(vocab.view().id(""), None);
        assert_eq!(vocab.view().id("</s>"), Some(WordId::END));
    }

    #[test]
    fn refuses_a_word_twice() {
        assert_eq!(Vocab::new(["a", "b", "a"]), Err(VocabError::Duplicate("a".into())));
        assert_eq!(Vocab::new(["<s>"]), Err(VocabError::Duplicate("<s>".into())));
    }

    #[test]
    fn damaged_parts_are_refused() {
        let vocab = Vocab::new(["a", "bc"]).unwrap();
        let (starts, text, slots) = vocab.view().parts();
        assert!(VocabView::from_parts(starts, text, slots).is_ok());
        assert!(VocabView::from_parts(&starts[..4], text, slots).is_err());
        assert!(VocabView::from_parts(starts, &text[1..], slots).is_err());
        assert!(VocabView::from_parts(starts, text, &slots[..7]).is_err());
        assert!(VocabView::from_parts(starts, b"<unk><t></s>abc", slots).is_err());
        assert!(VocabView::from_parts(starts, text, slots).unwrap().check().is_ok());
    }

    #[test]
    fn damage_inside_is_found_by_the_check_and_survived_by_look_ups() {
        let vocab = Vocab::new(["a", "bc", "é"]).unwrap();
        let (starts, text, slots) = vocab.view().parts();
        let (starts, text, slots) = (starts.to_vec(), text.to_vec(), slots.to_vec());
        let refused = |starts: &[U64], text: &[u8], slots: &[U32]| {
            let view = VocabView::from_parts(starts, text, slots).unwrap();
            for word in view.words().chain(["a", "none"]) {
                assert!(view.id(word).is_none_or(|id| id.index() < view.len()), "{word}");
            }
            assert!(matches!(view.check(), Err(VocabError::Damaged(_))));
        };
        for number in [0, 4, 6, 1000] {
            let full: Vec<U32> = slots.iter().map(|_| U32::new(number)).collect();
            refused(&starts, &text, &full);
        }
        let without_a: Vec<U32> =
            slots.iter().map(|&slot| if slot.get() == 3 { EMPTY } else { slot }).collect();
        refused(&starts, &text, &without_a);
        for start in [0, 14, 1000, u64::MAX] {
            let mut starts = starts.clone();
            starts[4] = U64::new(start);
            refused(&starts, &text, &slots);
        }
        let mut cut = text.clone();
        cut.pop();
        cut.push(b'a');
        refused(&starts, &cut, &slots);
        let mut twice = text;
        let a = twice.len() - 5;
        twice[a] = b'z';
        refused(&starts, &twice, &slots);
    }
}
