//! Every word of a vocabulary in one hash table, the short ones as they are spelled.

use crate::whitespace::is_separator as is_white_space;
use crate::{TokenizerKind, TokenizerSpec, VocabView, WordId, block, prefetch};

/// So many words are looked up together: as many lines of memory as a processor fetches at once.
const GROUP: usize = 16;

/// Words to numbers from one line of memory a word. For a vocabulary in a file, which has to look up a slot, a
/// start and a text, it takes more memory: 32 to 64 bytes a word of up to 12 bytes, twice that for a longer one.
///
/// A word of up to 28 bytes is compared as it stands in its line; a longer one is looked up in the vocabulary.
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
    /// Words of up to 12 bytes.
    short: Lines<2>,
    /// Words of 13 to 28 bytes.
    long: Lines<4>,
}

/// Words of up to `8 * W - 4` bytes, in lines of four or of two.
///
/// A word without NULs at its end, filled up by NULs, takes `W` numbers, and the high half of the last of them is the
/// word's own number. A word stands in the line of its hash, or in the next one with room.
struct Lines<const W: usize>(Vec<Line>);

/// A line of memory: all NULs where no word stands.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

/// The bits of a word's last number that are the word.
const LAST: u64 = u32::MAX as u64;

impl<const W: usize> Lines<W> {
    /// A word of so many bytes is the longest.
    const LONGEST: usize = 8 * W - 4;

    /// Room for so many words, twice.
    fn new(words: usize) -> Lines<W> {
        Lines(vec![Line([0; 8]); (words * W).div_ceil(4).next_power_of_two()])
    }

    /// Multiplied into 128 bits and folded, so that every bit of the word reaches the low bits.
    #[inline(always)]
    fn home(&self, word: &[u64; W]) -> usize {
        let mut hash = 0x9e37_79b9_7f4a_7c15;
        for pair in word.chunks_exact(2) {
            let product = u128::from(hash ^ pair[0]) * u128::from(pair[1] ^ 0xd1b5_4a32_d192_ed03);
            hash = product as u64 ^ (product >> 64) as u64;
        }
        hash as usize & (self.0.len() - 1)
    }

    #[inline(always)]
    fn find(&self, word: &[u64; W], home: usize) -> WordId {
        let mut at = home;
        loop {
            let Line(line) = &self.0[at & (self.0.len() - 1)];
            let mut found = None;
            for other in line.chunks_exact(W) {
                let differ = |index: usize| {
                    (other[index] ^ word[index]) & if index == W - 1 { LAST } else { u64::MAX }
                };
                if (0..W).fold(0, |bits, index| bits | differ(index)) == 0 {
                    found = Some((other[W - 1] >> 32) as u32);
                }
            }
            if let Some(id) = found {
                return WordId(id);
            }
            if line[8 - W..].iter().all(|&number| number == 0) {
                return WordId::UNKNOWN;
            }
            at += 1;
        }
    }

    fn insert(&mut self, word: &[u64; W], id: WordId) {
        let mut at = self.home(word);
        loop {
            let lines = self.0.len();
            let Line(line) = &mut self.0[at & (lines - 1)];
            let mut slots = line.chunks_exact_mut(W);
            if let Some(free) = slots.find(|slot| slot.iter().all(|&number| number == 0)) {
                free.copy_from_slice(word);
                free[W - 1] |= u64::from(id.0) << 32;
                return;
            }
            at += 1;
        }
    }
}

/// A word as it is looked up.
#[derive(Clone, Copy)]
enum Form {
    Short([u64; 2]),
    Long([u64; 4]),
    /// Too long, or it ends in NUL, so that it could not be told from one with fewer of them.
    Other,
}

impl Form {
    /// The word at `start..end` of `text`.
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Form {
        let len = end.wrapping_sub(start);
        if len > Lines::<2>::LONGEST || len == 0 {
            return Form::long(text.get(start..end).unwrap_or_default());
        }
        let sixteen = match text.get(start..start + 16) {
            Some(bytes) => bytes.first_chunk().map_or(0, |chunk| u128::from_le_bytes(*chunk)),
            None => near_end(text.get(start..end).unwrap_or_default()),
        };
        let word = sixteen & (u128::MAX >> (128 - 8 * len));
        if word >> (8 * len - 8) == 0 {
            return Form::Other;
        }
        Form::Short([word as u64, (word >> 64) as u64])
    }

    #[inline(never)]
    fn long(word: &[u8]) -> Form {
        if word.len() > Lines::<4>::LONGEST || word.last().is_none_or(|&last| last == 0) {
            return Form::Other;
        }
        let mut padded = [0; 32];
        padded[..word.len()].copy_from_slice(word);
        let (eights, _) = padded.as_chunks::<8>();
        Form::Long(std::array::from_fn(|index| u64::from_le_bytes(eights[index])))
    }
}

/// A short word behind which fewer than 16 bytes are left.
#[inline(never)]
fn near_end(word: &[u8]) -> u128 {
    let mut padded = [0; 16];
    let len = word.len().min(16);
    padded[..len].copy_from_slice(&word[..len]);
    u128::from_le_bytes(padded)
}

/// A word of a line, and where it stands in the table.
#[derive(Clone, Copy)]
struct Wanted {
    form: Form,
    home: usize,
    start: usize,
    end: usize,
}

impl WordTable {
    /// The table of a vocabulary, which later calls must be given again.
    pub fn new(vocab: VocabView<'_>) -> WordTable {
        let is_short = |word: &&str| word.len() <= Lines::<2>::LONGEST;
        let short = vocab.words().filter(is_short).count();
        let mut table =
            WordTable { short: Lines::new(short), long: Lines::new(vocab.len() - short) };
        for (id, word) in (0..).map(WordId).zip(vocab.words()) {
            match Form::of(word.as_bytes(), 0, word.len()) {
                Form::Short(word) => table.short.insert(&word, id),
                Form::Long(word) => table.long.insert(&word, id),
                Form::Other => {}
            }
        }
        table
    }

    /// The number of a word, or that of `<unk>`; as [`VocabView::id_or_unknown`] says.
    #[inline]
    pub fn id_or_unknown(&self, vocab: VocabView<'_>, word: &str) -> WordId {
        self.wanted(vocab, word, &self.want(word.as_bytes(), 0, word.len()))
    }

    /// The word at `start..end` of a text, and has the memory for it fetched.
    #[inline(always)]
    fn want(&self, text: &[u8], start: usize, end: usize) -> Wanted {
        let form = Form::of(text, start, end);
        let home = match &form {
            Form::Short(word) => {
                let home = self.short.home(word);
                prefetch(&self.short.0[home]);
                home
            }
            Form::Long(word) => {
                let home = self.long.home(word);
                prefetch(&self.long.0[home]);
                home
            }
            Form::Other => 0,
        };
        Wanted { form, home, start, end }
    }

    #[inline(always)]
    fn wanted(&self, vocab: VocabView<'_>, text: &str, wanted: &Wanted) -> WordId {
        match &wanted.form {
            Form::Short(word) => self.short.find(word, wanted.home),
            Form::Long(word) => self.long.find(word, wanted.home),
            Form::Other => {
                let word = text.get(wanted.start..wanted.end);
                word.map_or(WordId::UNKNOWN, |word| vocab.id_or_unknown(word))
            }
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
        let none = Wanted { form: Form::Other, home: 0, start: 0, end: 0 };
        let mut group = [none; GROUP];
        let mut len = 0;
        let mut want = |start: usize, end: usize| {
            group[len % GROUP] = self.want(bytes, start, end);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocab;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_the_vocabulary(
            known in proptest::collection::hash_set("[a-c\0é]{1,16}|[ab\0]{25,31}", 0..200),
            asked in proptest::collection::vec("[a-c\0é]{1,16}|[ab\0]{25,31}", 0..200),
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
                    let tokenizer = TokenizerSpec { kind: kind.clone(), lowercase };
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
        let vocab =
            Vocab::new(["a", "longer-than-twelve", "longer-than-twenty-eight-bytes"]).unwrap();
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
        assert_eq!(of("longer-than-twenty-eight-bytes a"), [5, 3]);
        assert_eq!(of("longer-than-twenty-eight-byte longer-than-twelv"), [0, 0]);
    }
}
