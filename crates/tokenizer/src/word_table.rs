//! Every word of a vocabulary in one hash table, the short ones as they are spelled.

use crate::whitespace::is_separator as is_white_space;
use crate::{TokenizerKind, TokenizerSpec, VocabView, WordId, block, prefetch};

/// A word of so many bytes stands in its slot.
const SHORT: usize = 12;

/// So many words are looked up together: as many lines of memory as a processor fetches at once.
const GROUP: usize = 16;

/// A slot's number that holds no word.
const EMPTY: u32 = u32::MAX;

/// Words to numbers from one line of memory a word. For a vocabulary in a file, which has to look up a slot, a
/// start and a text, it takes that much more memory: 32 to 64 bytes a word.
///
/// A word of up to 12 bytes is compared as it stands in its slot; a longer one is looked up in the
/// vocabulary.
///
/// ```
/// use ngram_tokenizer::{Vocab, WordTable};
///
/// let vocab = Vocab::new(["to", "be"])?;
/// let table = WordTable::new(vocab.view());
/// let mut numbers = Vec::new();
/// table.number(vocab.view(), "to be or ", |byte| byte == b' ', |word| numbers.push(word.0));
/// assert_eq!(numbers, [3, 4, 0]);
/// # Ok::<(), ngram_tokenizer::VocabError>(())
/// ```
pub struct WordTable {
    /// A power of two, at most half of them taken.
    slots: Vec<Slot>,
}

/// A word without NULs at its end, filled up by NULs, and its number.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(16))]
struct Slot {
    low: u64,
    high: u32,
    id: u32,
}

/// A short word as two numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Short {
    low: u64,
    high: u32,
}

/// A word of a line, and where it stands in the table.
#[derive(Clone, Copy)]
struct Wanted {
    short: Short,
    home: usize,
    start: usize,
    end: usize,
}

impl Short {
    /// Stands for a word that is not short, as no short one is all NULs.
    const LONG: Short = Short { low: 0, high: 0 };

    /// The word at `start..end` of `text`, if it is short. One that ends in NUL is not, as it could not be told
    /// from one with fewer of them.
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Option<Short> {
        let len = end.wrapping_sub(start);
        if len > SHORT || len == 0 {
            return None;
        }
        let sixteen = match text.get(start..start + 16) {
            Some(bytes) => bytes.first_chunk().map_or(0, |chunk| u128::from_le_bytes(*chunk)),
            None => near_end(text.get(start..end)?),
        };
        let word = sixteen & (u128::MAX >> (128 - 8 * len));
        if word >> (8 * len - 8) == 0 {
            return None;
        }
        Some(Short { low: word as u64, high: (word >> 64) as u32 })
    }

    /// Multiplied into 128 bits and folded, so that every bit of the word reaches the low bits.
    #[inline(always)]
    fn hash(self) -> usize {
        let high = u64::from(self.high) ^ 0xd1b5_4a32_d192_ed03;
        let product = u128::from(self.low ^ 0x9e37_79b9_7f4a_7c15) * u128::from(high);
        (product as u64 ^ (product >> 64) as u64) as usize
    }
}

/// A word behind which fewer than 16 bytes are left.
#[inline(never)]
fn near_end(word: &[u8]) -> u128 {
    let mut padded = [0; 16];
    padded[..word.len()].copy_from_slice(word);
    u128::from_le_bytes(padded)
}

impl WordTable {
    /// The table of a vocabulary, which later calls must be given again.
    pub fn new(vocab: VocabView<'_>) -> WordTable {
        let empty = Slot { low: 0, high: 0, id: EMPTY };
        let mut table = WordTable { slots: vec![empty; (vocab.len() * 2).next_power_of_two()] };
        let mask = table.slots.len() - 1;
        for (id, word) in (0..).zip(vocab.words()) {
            let word = word.as_bytes();
            if let Some(short) = Short::of(word, 0, word.len()) {
                let mut slot = short.hash() & mask;
                while table.slots[slot].id != EMPTY {
                    slot = (slot + 1) & mask;
                }
                table.slots[slot] = Slot { low: short.low, high: short.high, id };
            }
        }
        table
    }

    /// The number of a word, or that of `<unk>`; as [`VocabView::id_or_unknown`] says.
    #[inline]
    pub fn id_or_unknown(&self, vocab: VocabView<'_>, word: &str) -> WordId {
        match Short::of(word.as_bytes(), 0, word.len()) {
            Some(short) => self.short(short, self.home(short)),
            None => vocab.id_or_unknown(word),
        }
    }

    /// Where a short word stands, or after.
    #[inline(always)]
    fn home(&self, short: Short) -> usize {
        short.hash() & (self.slots.len() - 1)
    }

    #[inline(always)]
    fn short(&self, short: Short, home: usize) -> WordId {
        let mask = self.slots.len() - 1;
        let mut at = home & mask;
        loop {
            let slot = &self.slots[at];
            if (slot.low == short.low) & (slot.high == short.high) {
                // No short word is all NULs, so that an empty slot is none.
                return WordId(slot.id);
            }
            if slot.id == EMPTY {
                return WordId::UNKNOWN;
            }
            at = (at + 1) & mask;
        }
    }

    /// Calls `emit` with the number of each token of `line`, from left to right.
    #[inline]
    pub fn tokenize(
        &self,
        vocab: VocabView<'_>,
        tokenizer: &TokenizerSpec,
        line: &str,
        mut emit: impl FnMut(WordId),
    ) {
        if tokenizer.kind == TokenizerKind::Whitespace && !tokenizer.lowercase {
            self.number(vocab, line, is_white_space, emit);
        } else {
            tokenizer.tokenize(line, |token| emit(self.id_or_unknown(vocab, token)));
        }
    }

    /// Calls `emit` with the number of each maximal run of bytes of `line` that are no separators. Only ASCII
    /// characters can be separators.
    #[inline]
    pub fn number(
        &self,
        vocab: VocabView<'_>,
        line: &str,
        is_separator: impl Fn(u8) -> bool,
        mut emit: impl FnMut(WordId),
    ) {
        let bytes = line.as_bytes();
        let mut padding = [0; block::LEN];
        let none = Wanted { short: Short::LONG, home: 0, start: 0, end: 0 };
        let mut group = [none; GROUP];
        let mut len = 0;
        let mut want = |start: usize, end: usize| {
            let short = Short::of(bytes, start, end).unwrap_or(Short::LONG);
            let home = self.home(short);
            prefetch(&self.slots[home]);
            group[len % GROUP] = Wanted { short, home, start, end };
            len += 1;
            if len == GROUP {
                group.iter().for_each(|wanted| emit(self.wanted(vocab, line, wanted)));
                len = 0;
            }
        };
        let mut token = 0;
        for base in (0..bytes.len()).step_by(block::LEN) {
            let block = block::at(bytes, base, &mut padding);
            let mut separators =
                block::positions(block, |byte| is_separator(byte) & byte.is_ascii());
            while separators != 0 {
                let separator = base + separators.trailing_zeros() as usize;
                separators &= separators - 1;
                // The last block is filled up by spaces.
                let end = separator.min(bytes.len());
                if token < end {
                    want(token, end);
                }
                token = separator + 1;
            }
        }
        if token < bytes.len() {
            want(token, bytes.len());
        }
        group[..len % GROUP].iter().for_each(|wanted| emit(self.wanted(vocab, line, wanted)));
    }

    #[inline(always)]
    fn wanted(&self, vocab: VocabView<'_>, line: &str, wanted: &Wanted) -> WordId {
        if wanted.short != Short::LONG {
            return self.short(wanted.short, wanted.home);
        }
        let word = line.get(wanted.start..wanted.end);
        word.map_or(WordId::UNKNOWN, |word| vocab.id_or_unknown(word))
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
            known in proptest::collection::hash_set("[a-c\0é]{1,16}", 0..200),
            asked in proptest::collection::vec("[a-c\0é]{1,16}", 0..200),
        ) {
            let vocab = Vocab::new(known.iter().map(String::as_str)).unwrap();
            let table = WordTable::new(vocab.view());
            for word in known.iter().chain(&asked) {
                let expected = vocab.view().id_or_unknown(word);
                prop_assert_eq!(table.id_or_unknown(vocab.view(), word), expected);
            }
            let line = asked.join(" ");
            let mut numbers = Vec::new();
            table.number(vocab.view(), &line, |byte| byte == b' ', |word| numbers.push(word));
            let expected: Vec<_> = asked.iter().map(|word| vocab.view().id_or_unknown(word)).collect();
            prop_assert_eq!(&numbers, &expected);
            for kind in TokenizerKind::ALL {
                for lowercase in [false, true] {
                    let tokenizer = TokenizerSpec { kind, lowercase };
                    let mut expected = Vec::new();
                    tokenizer.tokenize(&line, |token| {
                        expected.push(vocab.view().id_or_unknown(token));
                    });
                    numbers.clear();
                    table.tokenize(vocab.view(), &tokenizer, &line, |word| numbers.push(word));
                    prop_assert_eq!(&numbers, &expected);
                }
            }
        }
    }

    #[test]
    fn white_space_at_the_ends_and_in_a_row_stands_between_words() {
        let vocab = Vocab::new(["a", "longer-than-twelve"]).unwrap();
        let table = WordTable::new(vocab.view());
        let of = |line: &str| {
            let mut numbers = Vec::new();
            let is_separator = |byte| byte == b' ' || byte == b'\t';
            table.number(vocab.view(), line, is_separator, |word| numbers.push(word.0));
            numbers
        };
        assert_eq!(of(""), [0; 0]);
        assert_eq!(of(" \t "), [0; 0]);
        assert_eq!(of("  a\t\ta longer-than-twelve "), [3, 3, 4]);
        assert_eq!(of(&format!("{}a", " ".repeat(64))), [3]);
        assert_eq!(of(&format!("{}a a", " ".repeat(62))), [3, 3]);
        assert_eq!(of("a </s> <unk>"), [3, 2, 0]);
    }
}
