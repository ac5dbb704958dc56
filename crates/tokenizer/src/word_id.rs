//! The number of a word in a vocabulary.

use std::fmt;

/// The number of a word in a [`Vocab`](crate::Vocab): `0..vocab.len()`.
///
/// The first three numbers are the same in every vocabulary. The rest are given by falling
/// frequency in the training text, ties by the words' bytes, so that small numbers are common.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct WordId(pub u32);

impl WordId {
    /// `<unk>`: every word that the vocabulary does not list.
    pub const UNKNOWN: WordId = WordId(0);
    /// `<s>`: stands before the first word of a sentence. A history, never predicted.
    pub const BEGIN: WordId = WordId(1);
    /// `</s>`: the end of a sentence. Predicted, never a history.
    pub const END: WordId = WordId(2);
    /// How many numbers are taken by the three above.
    pub const SPECIAL: u32 = 3;

    /// The number as an index into an array with one element a word.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for WordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
