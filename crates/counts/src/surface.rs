//! Counts what tokens leave out of a text: the gaps between them, and their case.

use crate::cursor::Cursor;
use ngram_store::varint;
use ngram_tokenizer::surface::{
    Case, Context, END_OF_WORD, GAP_LEVELS, Gap, Piece, Surface, case_contexts_of_word,
    spelling_contexts,
};
use ngram_tokenizer::{Interner, TokenizerSpec, WordId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// The count of each symbol, by number, in each context.
pub type ContextCounts = FxHashMap<(Context, u16), u64>;

/// Writes the counts in context order, as documented for count files.
pub(crate) fn write(counts: &ContextCounts, bytes: &mut Vec<u8>) {
    let mut rows: Vec<_> = counts.iter().map(|(&key, &count)| (key, count)).collect();
    rows.sort_unstable();
    varint::put(bytes, rows.len() as u64);
    for ((context, symbol), count) in rows {
        bytes.extend(context.to_le_bytes());
        varint::put(bytes, u64::from(symbol));
        varint::put(bytes, count);
    }
}

/// Reads counts back; `None` if the bytes are malformed.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Option<ContextCounts> {
    let rows = cursor.number()?;
    let mut counts = ContextCounts::default();
    for _ in 0..rows {
        let context = u64::from_le_bytes(cursor.bytes(8)?.try_into().ok()?);
        let symbol =
            u16::try_from(cursor.number()?).ok().filter(|&symbol| symbol <= END_OF_WORD)?;
        if counts.insert((context, symbol), cursor.number()?).is_some() {
            return None;
        }
    }
    Some(counts)
}

/// Adds counts of another text.
pub(crate) fn add(counts: &mut ContextCounts, more: &ContextCounts) {
    for (&key, &count) in more {
        let sum = counts.entry(key).or_default();
        *sum = sum.saturating_add(count);
    }
}

/// Size of a cache of recent counts: most text is words with a space between.
const RECENT: usize = 64;

/// Counts gaps and cases, line by line.
pub(crate) struct SurfaceCounter {
    counts: ContextCounts,
    recent: [Recent; RECENT],
    /// The count of each case of each word, by word id: inside a sentence, and at its start; minus
    /// 2^32 for each entry in `full`.
    cases: Vec<[[u32; Case::ALL.len()]; 2]>,
    /// A word, whether it starts a sentence, and a case, for each 2^32 occurrences of them.
    full: Vec<(u32, bool, u16)>,
}

#[derive(Clone, Copy, Default)]
pub struct Recent {
    context: Context,
    symbol: u16,
    count: u32,
}

impl SurfaceCounter {
    pub fn new() -> SurfaceCounter {
        SurfaceCounter {
            counts: ContextCounts::default(),
            recent: [Recent::default(); RECENT],
            cases: Vec::new(),
            full: Vec::new(),
        }
    }

    #[inline]
    fn add(&mut self, context: Context, symbol: u16) {
        let at = (context >> 32) as usize ^ usize::from(symbol);
        let recent = &mut self.recent[at % RECENT];
        if recent.context == context && recent.symbol == symbol && recent.count < u32::MAX {
            recent.count += 1;
            return;
        }
        let old = std::mem::replace(recent, Recent { context, symbol, count: 1 });
        if old.count > 0 {
            *self.counts.entry((old.context, old.symbol)).or_default() += u64::from(old.count);
        }
    }

    /// Counts the gap and the case of a piece, whose token has word id `id`, and advances past it.
    #[inline]
    pub fn piece(
        &mut self,
        tokenizer: &TokenizerSpec,
        surface: &mut Surface,
        piece: &Piece<'_>,
        token: &str,
        id: u32,
    ) {
        let gap = self.gap(surface, piece.gap, Some(token));
        let mut case = Case::Lower;
        if tokenizer.has_case() {
            case = Case::of(piece.form, &surface.plain(token));
            self.add(surface.general_case_context(), case as u16);
            let at = id as usize;
            if self.cases.len() <= at {
                self.cases.resize(at + 1, Default::default());
            }
            let count = &mut self.cases[at][usize::from(surface.starts())][case as usize];
            *count = count.wrapping_add(1);
            if *count == 0 {
                self.full.push((id, surface.starts(), case as u16));
            }
        }
        surface.push(gap, token, case);
    }

    /// Counts the gap at the end of a line.
    pub fn end(&mut self, surface: &Surface, piece: &Piece<'_>) {
        self.gap(surface, piece.gap, None);
    }

    #[inline]
    fn gap(&mut self, surface: &Surface, gap: &str, token: Option<&str>) -> Gap {
        let gap = Gap::of(gap);
        let (contexts, levels): ([Context; GAP_LEVELS], usize) = surface.gap_contexts(token);
        for &context in &contexts[..levels] {
            self.add(context, gap as u16);
        }
        gap
    }

    /// Returns the counts; `words` maps the ids to words.
    pub fn finish(mut self, words: &Interner) -> ContextCounts {
        let mut add = |id: u32, starts: bool, symbol: u16, count: u64| {
            for context in case_contexts_of_word(words.word(id), starts) {
                *self.counts.entry((context, symbol)).or_default() += count;
            }
        };
        for (id, cases) in (0..).zip(std::mem::take(&mut self.cases)) {
            for (starts, cases) in [false, true].into_iter().zip(cases) {
                for (symbol, count) in (0..).zip(cases).filter(|&(_, count)| count > 0) {
                    add(id, starts, symbol, count.into());
                }
            }
        }
        for (id, starts, symbol) in std::mem::take(&mut self.full) {
            add(id, starts, symbol, 1 << 32);
        }
        for recent in self.recent.into_iter().filter(|recent| recent.count > 0) {
            let key = (recent.context, recent.symbol);
            *self.counts.entry(key).or_default() += u64::from(recent.count);
        }
        self.counts
    }
}

/// Maximum number of words to learn the spelling of unknown words from.
const SPELLED: usize = 200_000;

/// Counts the spellings of rare words, which unknown words will resemble most: OOV words; if all
/// words are `known`, those that occurred once; if these are few, all words.
pub(crate) fn spellings_of_rare(
    words: &Interner,
    known: impl Fn(u32) -> bool + Sync,
) -> ContextCounts {
    let all = WordId::SPECIAL..words.len() as u32;
    let mut rare: Vec<u32> = all.clone().filter(|&id| !known(id)).collect();
    if rare.is_empty() {
        rare = all.clone().filter(|&id| words.counts()[id as usize] == 1).collect();
    }
    if rare.len() < 100 {
        rare = all.collect();
    }
    // Sorted, so that the order does not depend on which thread read what.
    let mut rare: Vec<&str> = rare.into_iter().map(|id| words.word(id)).collect();
    rare.par_sort_unstable();
    let step = rare.len().div_ceil(SPELLED).max(1);
    let mut counts = ContextCounts::default();
    spellings(rare.into_iter().step_by(step), &mut counts);
    counts
}

/// Counts spellings of words, byte by byte. The longest context of a byte counts it every time, a
/// shorter one only when it is new in the next longer, so that its count is the number of those in
/// which the byte occurred (continuation counts, Kneser and Ney 1995).
fn spellings<'w>(words: impl Iterator<Item = &'w str>, counts: &mut ContextCounts) {
    let mut contexts = Vec::new();
    for word in words {
        let bytes = word.as_bytes();
        for at in 0..=bytes.len() {
            let symbol = bytes.get(at).map_or(END_OF_WORD, |&byte| u16::from(byte));
            contexts.clear();
            contexts.extend(spelling_contexts(&bytes[..at]));
            for &context in contexts.iter().rev() {
                let count = counts.entry((context, symbol)).or_default();
                *count += 1;
                if *count > 1 {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_tokenizer::TokenizerKind;
    use ngram_tokenizer::surface::{Family, context};

    fn count(tokenizer: &TokenizerSpec, lines: &[&str]) -> ContextCounts {
        let mut counter = SurfaceCounter::new();
        let mut words = Interner::new();
        for line in lines {
            let mut surface = Surface::new(tokenizer);
            let last = tokenizer.pieces(line, |piece, token| {
                let id = words.intern(token);
                counter.piece(tokenizer, &mut surface, &piece, token, id);
            });
            counter.end(&surface, &last);
        }
        counter.finish(&words)
    }

    #[test]
    fn gaps_are_counted_in_their_contexts() {
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        let counts = count(&tokenizer, &["a b  c", "a"]);
        let mut rows: Vec<(u16, u64)> = counts.iter().map(|(key, &count)| (key.1, count)).collect();
        rows.sort_unstable();
        // At the start of a line nothing, twice, and at its end; between words one space and two.
        assert_eq!(rows, [(0, 2), (0, 2), (1, 1), (2, 1)]);
    }

    #[test]
    fn however_often_counts_are_put_aside_they_are_whole() {
        let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
        let line = "The cat, the Dog; \"the\" CAT (a cat's cat). ".repeat(100);
        let once = count(&tokenizer, &[&line]);
        let total = |counts: &ContextCounts| counts.values().sum::<u64>();
        let twice = count(&tokenizer, &[&line, &line]);
        assert_eq!(total(&twice), 2 * total(&once));
        assert!(once.iter().all(|(key, count)| twice[key] == 2 * count));
    }

    #[test]
    fn cases_are_counted_beyond_32_bits() {
        let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
        let (mut counter, mut words) = (SurfaceCounter::new(), Interner::new());
        let mut read = |counter: &mut SurfaceCounter| {
            let mut surface = Surface::new(&tokenizer);
            tokenizer.pieces("The", |piece, token| {
                let id = words.intern(token);
                counter.piece(&tokenizer, &mut surface, &piece, token, id);
            });
        };
        read(&mut counter);
        let seen = counter.cases.iter_mut().flatten().flatten().filter(|count| **count == 1);
        seen.for_each(|count| *count = u32::MAX);
        read(&mut counter);
        read(&mut counter);
        let counts = counter.finish(&words);
        let contexts = case_contexts_of_word("the", true);
        for context in contexts {
            let of_context = counts.iter().filter(|((other, _), _)| *other == context);
            assert_eq!(of_context.map(|(_, &count)| count).sum::<u64>(), (1 << 32) + 1);
        }
    }

    #[test]
    fn a_symbol_that_there_is_not_is_refused() {
        let written = |symbol| {
            let mut bytes = Vec::new();
            write(&ContextCounts::from_iter([((7, symbol), 3)]), &mut bytes);
            read(&mut Cursor(&bytes)).map(|counts| counts[&(7, symbol)])
        };
        assert_eq!((written(END_OF_WORD), written(END_OF_WORD + 1)), (Some(3), None));
    }

    #[test]
    fn shorter_contexts_count_longer_ones() {
        let mut counts = ContextCounts::default();
        spellings(["ab", "ab", "cb"].into_iter(), &mut counts);
        let of = |level, what, symbol: u8| {
            let key = (context(Family::Spelling, level, what), u16::from(symbol));
            counts.get(&key).copied().unwrap_or(0)
        };
        let (a, b, c) = (u64::from(b'a') + 1, u64::from(b'b') + 1, u64::from(b'c') + 1);
        // After the start of a word and "a": "b", twice. Without the start: once, from that context.
        assert_eq!(of(2, a << 9 | 257, b'b'), 2);
        assert_eq!(of(1, a, b'b'), 1);
        assert_eq!(of(1, c, b'b'), 1);
        // After nothing: once from "a", once from "c".
        assert_eq!(of(0, 0, b'b'), 2);
        assert_eq!(of(1, b, b'b'), 0);
    }
}
