//! Word ids.

use std::fmt;

/// The id of a word in a [`Vocab`](crate::Vocab): `0..vocab.len()`.
///
/// The first three ids are the same in every vocabulary. The rest are assigned by falling frequency
/// in the training text, ties by the words' bytes, so that frequent words have small ids.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct WordId(pub u32);

impl WordId {
    /// `<unk>`: every OOV word.
    pub const UNKNOWN: WordId = WordId(0);
    /// `<s>`: precedes the first word of a sentence. Occurs in histories, never predicted.
    pub const BEGIN: WordId = WordId(1);
    /// `</s>`: the end of a sentence. Predicted, never in a history.
    pub const END: WordId = WordId(2);
    /// The number of the special words above.
    pub const SPECIAL: u32 = 3;

    /// Returns the id as an index into an array with one element per word.
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
