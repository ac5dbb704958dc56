//! Every word of a vocabulary in one hash table, with short words stored inline.

use crate::{VocabView, WordId, prefetch};

/// Looks up word ids by reading one cache line per word. The vocabulary itself has to read a slot, a start and the
/// text. The table takes more memory: 32 to 64 bytes for a word of up to 12 bytes, twice that for a longer one.
///
/// A word of up to 28 bytes is compared within its line; a longer one is looked up in the vocabulary.
///
/// ```
/// use ngram_tokenizer::{Vocab, WordTable};
///
/// let vocab = Vocab::new(["to", "be"])?;
/// let table = WordTable::new(vocab.view());
/// let numbers = ["to", "be", "or"].map(|word| table.id_or_unknown(vocab.view(), word).0);
/// assert_eq!(numbers, [3, 4, 0]);
/// # Ok::<(), ngram_tokenizer::VocabError>(())
/// ```
pub struct WordTable {
    /// Words of up to 12 bytes.
    short: Lines<2>,
    /// Words of 13 to 28 bytes.
    long: Lines<4>,
}

/// Words of up to `8 * W - 4` bytes, four or two per line.
///
/// A word that does not end in NUL, padded with NULs, takes `W` numbers; the high half of the last
/// holds the word's id. A word is in the line of its hash, or in the next one with a free slot.
struct Lines<const W: usize>(Vec<Line>);

/// A cache line; empty slots are all zeros.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Line([u64; 8]);

/// The bits of a word's last number that hold its bytes.
const LAST: u64 = u32::MAX as u64;

impl<const W: usize> Lines<W> {
    /// Maximum length of a word, in bytes.
    const LONGEST: usize = 8 * W - 4;

    /// Creates an empty table with at least twice as many slots as `words`.
    fn new(words: usize) -> Lines<W> {
        Lines(vec![Line([0; 8]); (words * W).div_ceil(4).next_power_of_two()])
    }

    /// Returns the first line to look at: the words' halves multiplied into 128 bits and folded, so
    /// that every bit of the word reaches the low bits.
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

/// A word in the form used for look-up.
enum Form {
    Short([u64; 2]),
    Long([u64; 4]),
    /// Too long, or ends in NUL, so that it could not be told from the same word with fewer NULs.
    Other,
}

/// Masks for the bytes of sixteen that belong to a word, by length from 1.
const PARTS: [u128; Lines::<2>::LONGEST] = {
    let mut parts = [0; Lines::<2>::LONGEST];
    let mut len = 1;
    while len <= parts.len() {
        parts[len - 1] = u128::MAX >> (128 - 8 * len);
        len += 1;
    }
    parts
};

impl Form {
    /// Returns the form of the word at `start..end` of `text`.
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Form {
        let part = PARTS.get(end.wrapping_sub(start).wrapping_sub(1));
        let (Some(part), Some(0x01..)) = (part, text.get(end.wrapping_sub(1))) else {
            return Form::long(text.get(start..end).unwrap_or_default());
        };
        let sixteen = match text.get(start..).and_then(|rest| rest.first_chunk()) {
            Some(bytes) => u128::from_le_bytes(*bytes),
            None => near_end(text, start),
        };
        let word = sixteen & part;
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

/// Returns the bytes of `text` from `start` on, fewer than 16 of them.
#[inline(always)]
fn near_end(text: &[u8], start: usize) -> u128 {
    let left = text.len() - start;
    match text.last_chunk() {
        Some(bytes) => u128::from_le_bytes(*bytes) >> (128 - 8 * left),
        None => in_short_text(&text[start..]),
    }
}

#[inline(never)]
fn in_short_text(rest: &[u8]) -> u128 {
    let mut padded = [0; 16];
    let len = rest.len().min(16);
    padded[..len].copy_from_slice(&rest[..len]);
    u128::from_le_bytes(padded)
}

/// Words whose memory is being fetched, each with the place its id is for; see [`WordTable::want`].
#[derive(Default)]
pub struct Wanted {
    short: Vec<WantedWord<[u64; 2]>>,
    long: Vec<WantedWord<[u64; 4]>>,
    /// Words that were looked up immediately.
    found: Vec<(usize, WordId)>,
}

struct WantedWord<W> {
    word: W,
    home: usize,
    place: usize,
}

impl Wanted {
    /// Returns the number of words.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.short.len() + self.long.len() + self.found.len()
    }

    /// Returns whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all words.
    pub fn clear(&mut self) {
        let Wanted { short, long, found } = self;
        short.clear();
        long.clear();
        found.clear();
    }
}

impl WordTable {
    /// Builds the table of a vocabulary. Later calls must be given the same vocabulary.
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

    /// Returns the id of a word, or that of `<unk>`, like [`VocabView::id_or_unknown`].
    #[inline]
    pub fn id_or_unknown(&self, vocab: VocabView<'_>, word: &str) -> WordId {
        match Form::of(word.as_bytes(), 0, word.len()) {
            Form::Short(word) => self.short.find(&word, self.short.home(&word)),
            Form::Long(word) => self.long.find(&word, self.long.home(&word)),
            Form::Other => vocab.id_or_unknown(word),
        }
    }

    /// Prefetches the memory for the word at bytes `start..end` of a text. [`WordTable::resolve`]
    /// will give its id for `place`; the more work is done in between, the shorter the wait.
    #[inline(always)]
    pub fn want(
        &self,
        vocab: VocabView<'_>,
        text: &str,
        start: usize,
        end: usize,
        place: usize,
        wanted: &mut Wanted,
    ) {
        match Form::of(text.as_bytes(), start, end) {
            Form::Short(word) => {
                let home = self.short.home(&word);
                prefetch(&self.short.0[home]);
                wanted.short.push(WantedWord { word, home, place });
            }
            Form::Long(word) => {
                let home = self.long.home(&word);
                prefetch(&self.long.0[home]);
                wanted.long.push(WantedWord { word, home, place });
            }
            Form::Other => {
                let word = text.get(start..end).unwrap_or_default();
                wanted.found.push((place, vocab.id_or_unknown(word)));
            }
        }
    }

    /// Gives the place and the id of each wanted word, in any order, and removes them.
    #[inline(always)]
    pub fn resolve(&self, wanted: &mut Wanted, mut give: impl FnMut(usize, WordId)) {
        for WantedWord { word, home, place } in &wanted.short {
            give(*place, self.short.find(word, *home));
        }
        for WantedWord { word, home, place } in &wanted.long {
            give(*place, self.long.find(word, *home));
        }
        for &(place, word) in &wanted.found {
            give(place, word);
        }
        wanted.clear();
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
            let mut wanted = Wanted::default();
            let line = asked.join(" ");
            let mut start = 0;
            for (place, word) in asked.iter().enumerate() {
                table.want(vocab.view(), &line, start, start + word.len(), place, &mut wanted);
                start += word.len() + 1;
            }
            prop_assert_eq!(wanted.len(), asked.len());
            let mut numbers = vec![WordId::BEGIN; asked.len()];
            table.resolve(&mut wanted, |place, word| numbers[place] = word);
            prop_assert!(wanted.is_empty());
            let expected: Vec<_> = asked.iter().map(|word| vocab.view().id_or_unknown(word)).collect();
            prop_assert_eq!(&numbers, &expected);
        }
    }
}
