//! Hash tables scored as they are in the file, many words at once or word by word.

use super::head::{Head, Kind, slots};
use super::layers::{Fault, FileParts};
use super::probing::combine;
use super::vocabulary::murmur_hash_64a;
use super::{KenlmError, LOG_ZERO, MAX_ORDER, Problem};
use ngram_model::native::Addition;
use ngram_model::{LogProb, Score};
use ngram_store::Mapped;
use ngram_tokenizer::{cut, prefetch};
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::ops::Range;

/// The most words of a history: files of higher orders are refused, as KenLM's usual build refuses them.
const WORDS: usize = MAX_ORDER - 1;

/// How many words ahead of the one being scored the memory for a word is fetched.
const AHEAD: usize = 4;

/// A file of hash tables. Words have the numbers that they have in the file; 0 is `<unk>`. They are found by
/// their hashes, so the file need not list them.
///
/// Every key follows from the words alone, so the memory for all n-grams that end in a word is fetched at once,
/// some words before it is needed.
pub struct ProbingFile {
    bytes: Mapped,
    counts: Vec<u64>,
    words: Table,
    /// For each word its log-probability and back-off weight, and what else the structure keeps there.
    singles: Range<usize>,
    /// The bytes of each word.
    single: usize,
    /// The n-grams of each order from 2 on.
    longer: Vec<Table>,
    /// The number of words that are listed.
    listed: u32,
    /// Where they are listed, if they are.
    list: Option<usize>,
}

/// Where a hash table is in the file.
#[derive(Clone, Debug)]
struct Table {
    start: usize,
    slots: u64,
    /// Bytes of a slot.
    width: usize,
}

/// The words before a point in a text that can affect the words after it, and their back-off weights.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProbingState {
    /// The last word first.
    words: [u32; WORDS],
    /// log10 of the back-off weight of the last word, the last two, and so on.
    backoffs: [f32; WORDS],
    length: u8,
}

impl ProbingState {
    /// Returns the words, last first.
    pub fn words(&self) -> &[u32] {
        &self.words[..usize::from(self.length)]
    }

    /// Returns log10 of the back-off weights of the last word, the last two, and so on.
    pub fn backoffs(&self) -> &[f32] {
        &self.backoffs[..usize::from(self.length)]
    }
}

impl PartialEq for ProbingState {
    fn eq(&self, other: &ProbingState) -> bool {
        self.words() == other.words()
    }
}

impl Eq for ProbingState {}

/// Orders states by length, then by words.
impl Ord for ProbingState {
    fn cmp(&self, other: &ProbingState) -> Ordering {
        self.length.cmp(&other.length).then_with(|| self.words().cmp(other.words()))
    }
}

impl PartialOrd for ProbingState {
    fn partial_cmp(&self, other: &ProbingState) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for ProbingState {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.words().hash(state);
    }
}

/// The keys of the n-grams that end in a word, and the slots where they would be.
#[derive(Clone, Copy, Default)]
struct Homes {
    keys: [u64; WORDS],
    slots: [u64; WORDS],
    len: usize,
}

/// Reusable memory for scoring sentences.
#[derive(Default)]
pub struct ProbingScratch {
    hashes: Vec<u64>,
    numbers: Vec<u32>,
    scores: Vec<Score>,
}

impl ProbingScratch {
    /// Returns the number of each word of the last sentence, and its score.
    pub fn scored(&self) -> impl Iterator<Item = (u32, Score)> + '_ {
        self.numbers.iter().copied().zip(self.scores.iter().copied())
    }

    /// Returns the scores of the last sentence.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }
}

impl ProbingFile {
    /// Returns whether a file that begins like one of KenLM's has hash tables.
    ///
    /// # Errors
    ///
    /// If the head is that of no file that can be read.
    pub fn is_one(bytes: &[u8], source: &str) -> Result<bool, KenlmError> {
        let head = Head::read(bytes).map_err(|(byte, problem)| KenlmError {
            source_name: source.to_owned(),
            byte: Some(byte),
            problem,
        })?;
        Ok(matches!(head.kind, Kind::Probing | Kind::RestProbing))
    }

    /// Opens a file. `source` is its name in messages.
    ///
    /// # Errors
    ///
    /// If the bytes are no hash tables of KenLM's of order 2 to 6, or are truncated.
    pub fn open(bytes: Mapped, source: &str) -> Result<ProbingFile, KenlmError> {
        ProbingFile::parts(bytes).map_err(|(byte, problem)| KenlmError {
            source_name: source.to_owned(),
            byte,
            problem,
        })
    }

    fn parts(bytes: Mapped) -> Result<ProbingFile, Fault> {
        let head = Head::read(&bytes).map_err(|(byte, problem)| (Some(byte), problem))?;
        let rest = match head.kind {
            Kind::Probing => 0,
            Kind::RestProbing => 4,
            Kind::Trie { .. } => return Err((None, Problem::Trie)),
        };
        let counts = head.bounded().map_err(|problem| (None, problem))?.to_vec();
        let order = counts.len();
        if order > MAX_ORDER {
            return Err((None, Problem::HighOrder(order)));
        }
        let mut parts = FileParts { bytes: &bytes, at: Head::len(order) as u64 };
        let mut take = |len: u64, part| -> Result<Range<usize>, Fault> {
            let start = parts.at as usize;
            Ok(start..start + parts.take(len, part)?.len())
        };
        const HASHES: &str = "the words' hashes";
        // A version, always 0, and the number of words.
        let bound = take(8, HASHES)?.start + 4;
        let of_words = slots(counts[0], head.multiplier);
        let words = Table { start: take(12 * of_words, HASHES)?.start, slots: of_words, width: 12 };
        let single = 8 + rest;
        let singles = take(single as u64 * (counts[0] + 1), "the 1-grams")?;
        let mut longer = Vec::new();
        for (number, &count) in (2..).zip(&counts[1..]) {
            let width = if number == order { 12 } else { 16 + rest };
            let slots = slots(count, head.multiplier);
            let start = take(slots * width as u64, "the n-grams")?.start;
            longer.push(Table { start, slots, width });
        }
        let list = head.has_vocabulary.then_some(parts.at as usize);
        let listed =
            bytes.get(bound..).and_then(<[u8]>::first_chunk).map_or(0, |n| u32::from_le_bytes(*n));
        Ok(ProbingFile { counts, words, singles, single, longer, listed, list, bytes })
    }

    /// The length of the longest n-grams.
    pub fn order(&self) -> usize {
        self.counts.len()
    }

    /// The number of n-grams of each order, as the head of the file says.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &Mapped {
        &self.bytes
    }

    /// The list of words, each followed by a NUL, if the file has one.
    pub(super) fn list(&self) -> Option<&[u8]> {
        self.bytes.get(self.list?..)
    }

    /// The number of words in the list. `<unk>` is one of them, though the head counts it only if the ARPA file had it.
    pub(super) fn listed(&self) -> u64 {
        self.listed.into()
    }

    /// Returns the number of a word, 0 if it is unknown.
    pub fn number(&self, word: &[u8]) -> u32 {
        self.number_of(murmur_hash_64a(word))
    }

    fn number_of(&self, hash: u64) -> u32 {
        let home = hash.checked_rem(self.words.slots).unwrap_or_default();
        let value = self.find(&self.words, hash, home);
        value.and_then(|slot| slot.get(8..)?.first_chunk()).map_or(0, |number| {
            let number = u32::from_le_bytes(*number);
            // A number beyond the words is damage.
            if u64::from(number) <= self.counts[0] { number } else { 0 }
        })
    }

    /// Returns the state after `<s>` at the beginning of a text.
    pub fn begin(&self) -> ProbingState {
        self.context(&[self.number(b"<s>")])
    }

    /// Returns the state after a history, in text order.
    pub fn context(&self, history: &[u32]) -> ProbingState {
        let mut state = ProbingState::default();
        let Some((&last, before)) = history.split_last() else { return state };
        let mut key = u64::from(last);
        state.words[0] = last;
        state.backoffs[0] = self.single(last, 1);
        state.length = 1;
        let tables = &self.longer[..self.longer.len() - 1];
        for (at, (table, &word)) in (1..).zip(tables.iter().zip(before.iter().rev())) {
            key = combine(key, word);
            let Some(slot) = self.find(table, key, key % table.slots) else { break };
            state.words[at] = word;
            state.backoffs[at] = float(&slot[8..], 1);
            state.length = at as u8 + 1;
        }
        state
    }

    /// Scores a word after a state; also returns the state after the word.
    pub fn advance(
        &self,
        state: &ProbingState,
        word: u32,
        addition: Addition,
    ) -> (Score, ProbingState) {
        let homes = self.homes(word, state.words().iter().copied());
        self.step(state, word, &homes, addition)
    }

    /// Returns the log-probability that is stored of the longest n-gram that ends in `word` after a history.
    pub fn stored(&self, history: &[u32], word: u32) -> (f32, u8) {
        let history = &history[history.len().saturating_sub(WORDS)..];
        // Without back-off weights, the score is what is stored.
        let mut state = ProbingState { length: history.len() as u8, ..ProbingState::default() };
        for (to, &from) in state.words.iter_mut().zip(history.iter().rev()) {
            *to = from;
        }
        let score = self.advance(&state, word, Addition::Kenlm).0;
        (score.log_prob.0, score.matched)
    }

    /// Scores words in turn from a state; appends their scores, and returns the state after them.
    pub fn score_words(
        &self,
        mut state: ProbingState,
        words: &[u32],
        addition: Addition,
        scores: &mut Vec<Score>,
    ) -> ProbingState {
        let begun = state;
        let plan = |at: usize| -> Homes {
            let before = words[..at].iter().rev().copied();
            self.homes(words[at], before.chain(begun.words().iter().copied()))
        };
        let mut planned = [Homes::default(); AHEAD];
        for at in 0..words.len() + AHEAD {
            let place = at % AHEAD;
            if let Some(scored) = at.checked_sub(AHEAD) {
                let score;
                (score, state) = self.step(&state, words[scored], &planned[place], addition);
                scores.push(score);
            }
            if at < words.len() {
                planned[place] = plan(at);
            }
        }
        state
    }

    /// Scores a sentence of words that `is_separator` separates, after `<s>` if `begin`, with `</s>` if `end`.
    pub fn score_text(
        &self,
        sentence: &str,
        is_separator: impl Fn(u8) -> bool,
        (begin, end): (bool, bool),
        addition: Addition,
        scratch: &mut ProbingScratch,
    ) {
        let ProbingScratch { hashes, numbers, scores } = scratch;
        hashes.clear();
        numbers.clear();
        scores.clear();
        let mut want = |word: &[u8]| {
            let hash = murmur_hash_64a(word);
            self.fetch(&self.words, hash.checked_rem(self.words.slots).unwrap_or_default());
            hashes.push(hash);
        };
        cut(sentence, is_separator, |start, end| want(&sentence.as_bytes()[start..end]));
        if end {
            want(b"</s>");
        }
        numbers.extend(hashes.iter().map(|&hash| self.number_of(hash)));
        let state = if begin { self.begin() } else { ProbingState::default() };
        self.score_words(state, numbers, addition, scores);
    }

    /// Finds where the n-grams would be that end in a word, and asks for their memory.
    #[inline]
    fn homes(&self, word: u32, before: impl Iterator<Item = u32>) -> Homes {
        let mut homes = Homes::default();
        let mut key = u64::from(word);
        if let Some(first) = self.bytes.get(self.singles.start + self.single * word as usize) {
            prefetch(first);
        }
        for (table, word) in self.longer.iter().zip(before) {
            key = combine(key, word);
            let slot = key.checked_rem(table.slots).unwrap_or_default();
            self.fetch(table, slot);
            (homes.keys[homes.len], homes.slots[homes.len]) = (key, slot);
            homes.len += 1;
        }
        homes
    }

    #[inline]
    fn fetch(&self, table: &Table, slot: u64) {
        if let Some(first) = self.bytes.get(table.start + slot as usize * table.width) {
            prefetch(first);
        }
    }

    #[inline]
    fn step(
        &self,
        state: &ProbingState,
        word: u32,
        homes: &Homes,
        addition: Addition,
    ) -> (Score, ProbingState) {
        let single = self.single(word, 0);
        let mut log_prob = stored(single);
        let mut matched = 1;
        let mut after = ProbingState::default();
        after.words[0] = word;
        after.backoffs[0] = self.single(word, 1);
        let mut kept = extends(after.backoffs[0]).into();
        // A sign says that no longer n-gram ends in this one.
        let mut is_last = single.is_sign_negative();
        let known = usize::from(state.length).min(homes.len);
        for (at, table) in self.longer.iter().enumerate().take(known) {
            if is_last {
                break;
            }
            let Some(slot) = self.find(table, homes.keys[at], homes.slots[at]) else { break };
            let value = float(&slot[8..], 0);
            log_prob = stored(value);
            matched = at + 2;
            if matched == self.order() {
                break;
            }
            let backoff = float(&slot[8..], 1);
            after.words[at + 1] = state.words[at];
            after.backoffs[at + 1] = backoff;
            if extends(backoff) {
                kept = matched as u8;
            }
            is_last = value.is_sign_negative();
        }
        after.length = kept;
        let weights = state.backoffs[..usize::from(state.length)].get(matched - 1..);
        let weights = weights.unwrap_or_default().iter();
        let log_prob = match addition {
            Addition::Kenlm => weights.fold(log_prob, |sum, weight| sum + weight),
            _ => log_prob + weights.fold(0.0, |sum, weight| sum + weight),
        };
        (Score { log_prob: LogProb(log_prob), matched: matched as u8 }, after)
    }

    /// Returns a number of a word: at index 0 the log-probability, at 1 the back-off weight.
    #[inline]
    fn single(&self, word: u32, index: usize) -> f32 {
        let at = self.singles.start + self.single * word as usize + 4 * index;
        let value = float(self.bytes.get(at..self.singles.end).unwrap_or_default(), 0);
        if index == 0 { value } else { finite(value) }
    }

    /// Returns the slot of a key, looking from the slot where it should be.
    #[inline]
    fn find(&self, table: &Table, key: u64, home: u64) -> Option<&[u8]> {
        let mut slot = home;
        // Bounded, as a damaged file may have no free slot.
        for _ in 0..table.slots {
            let start = table.start + slot as usize * table.width;
            let bytes = self.bytes.get(start..start + table.width)?;
            let found = u64::from_le_bytes(*bytes.first_chunk()?);
            if found == key {
                return Some(bytes);
            }
            if found == 0 {
                return None;
            }
            slot = if slot + 1 == table.slots { 0 } else { slot + 1 };
        }
        None
    }
}

/// Returns whether an n-gram with this back-off weight can be a history: otherwise it is stored as −0.
fn extends(backoff: f32) -> bool {
    backoff.to_bits() != (-0.0f32).to_bits()
}

/// Returns a log-probability from its stored value, whose sign means something else.
fn stored(value: f32) -> f32 {
    if value.is_nan() { LOG_ZERO } else { -value.abs() }
}

/// Returns a back-off weight, which only damage can make no number.
fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}

#[inline]
fn float(bytes: &[u8], index: usize) -> f32 {
    let at = 4 * index;
    bytes.get(at..).and_then(|bytes| bytes.first_chunk()).map_or(0.0, |b| f32::from_le_bytes(*b))
}
