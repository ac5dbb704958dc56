//! Builds partitions: finds a slot for every n-gram whose history ends in one word, then writes the lines.

use super::WordEntry;
use super::line::{self, Entry, Line, LineKey};
use super::lists;
use super::write::SuffixPart;
use super::{AT_HOME, Homes, Place, WordHash};
use crate::{ScoredLevel, WriteError};
use ngram_tokenizer::prefetch;
use std::ops::Range;
use zerocopy::little_endian::U32;

/// Why a model does not fit the suffix layout.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SuffixError {
    /// There are more words, n-grams or bytes than the layout can number.
    #[error(
        "the model is larger than the suffix layout can be (256 GB of lines, 2^31 lines for one word): choose the compact layout"
    )]
    TooLarge,
    /// The table is damaged.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// How full lines are on average, in percent. Fuller ones take longer to build, and more n-grams are moved.
const FILL: u64 = 87;

/// How many n-grams ahead to prefetch.
const AHEAD: usize = 16;

/// How many lines ahead to prefetch their n-grams.
const LINES_AHEAD: usize = 4;

/// How many n-grams may be moved away, one for another, to make room for one.
const DEPTH: u32 = 4;

/// How many lines may be searched to make room for an n-gram. If that does not suffice, the partition gets more lines.
const SEARCHED: u32 = 200;

/// An n-gram of the partition.
#[derive(Clone, Copy)]
struct Ngram {
    /// The word that is stored.
    word: u32,
    /// The number of its suffix; for n-grams of two words, [`NONE`].
    suffix: u32,
    log_prob: f32,
    backoff: f32,
}

const NONE: u32 = u32::MAX;

/// What else is known of an n-gram, in a byte, so that those of a partition stay in the cache.
#[derive(Clone, Copy)]
struct Traits(u8);

impl Traits {
    /// Longer ones end in it.
    const EXTENDS: u8 = 1;
    /// Longer ones begin with it.
    const FOLLOWED: u8 = 2;
    /// It takes the space of a long one.
    const LONG: u8 = 4;
    /// It is in its second home.
    const MOVED: u8 = 8;
    /// Where its way begins.
    const WAY: u8 = 4;

    #[inline(always)]
    fn is(self, one: u8) -> bool {
        self.0 & one != 0
    }

    /// Returns how many numbers it takes.
    #[inline(always)]
    fn size(self) -> u8 {
        2 + u8::from(self.is(Traits::LONG))
    }

    /// Returns the way to its second home.
    #[inline(always)]
    fn way(self) -> u32 {
        u32::from(self.0 >> Traits::WAY)
    }

    /// Returns the way it went.
    #[inline(always)]
    fn way_gone(self) -> u32 {
        if self.is(Traits::MOVED) { self.way() } else { AT_HOME }
    }
}

/// An n-gram as a history.
#[derive(Clone, Copy)]
pub struct HistoryWeight {
    /// log10 of its back-off weight.
    pub backoff: f32,
    /// Whether longer n-grams begin with it.
    pub followed: bool,
}

impl HistoryWeight {
    /// Of an n-gram that is not a history.
    pub const NONE: HistoryWeight = HistoryWeight { backoff: 0.0, followed: false };
}

/// How full a line is, in a byte: the numbers taken, and from the fifth bit on, how many n-grams there are.
#[derive(Clone, Copy)]
struct Load(u8);

impl Load {
    const ONE: u8 = 16;

    #[inline(always)]
    fn numbers(self) -> u8 {
        self.0 % Load::ONE
    }

    #[inline(always)]
    fn ngrams(self) -> usize {
        usize::from(self.0 / Load::ONE)
    }
}

/// Builds partitions, reusing memory. Whatever is looked at out of order is small.
pub struct Builder {
    is_wide: bool,
    /// How many numbers of a line entries may take.
    capacity: u8,
    ngrams: Vec<Ngram>,
    traits: Vec<Traits>,
    homes_of: Vec<u32>,
    places: Vec<u8>,
    homes: Homes,
    loads: Vec<Load>,
    /// The n-grams in each line.
    members: Vec<[u32; 7]>,
    filters: Vec<u16>,
    /// How many lines may still be searched for an n-gram.
    searched: u32,
    /// A buffer for `lists`.
    lists: Vec<u8>,
}

impl Builder {
    /// Creates a builder of partitions for a vocabulary of so many words.
    pub fn new(words: usize) -> Builder {
        Builder::with_keys(words > line::NARROW_WORDS)
    }

    /// Creates a builder of partitions with narrow or wide keys.
    pub(super) fn with_keys(is_wide: bool) -> Builder {
        Builder {
            is_wide,
            capacity: line::capacity(is_wide) as u8,
            ngrams: Vec::new(),
            traits: Vec::new(),
            homes_of: Vec::new(),
            places: Vec::new(),
            homes: Homes::of(1),
            loads: Vec::new(),
            members: Vec::new(),
            filters: Vec::new(),
            searched: 0,
            lists: Vec::new(),
        }
    }

    /// Forgets all n-grams, and makes room for so many.
    fn clear(&mut self, ngrams: usize) {
        self.ngrams.clear();
        self.ngrams.reserve_exact(ngrams);
        self.traits.clear();
        self.traits.reserve_exact(ngrams);
        self.homes_of.clear();
        self.homes_of.reserve_exact(ngrams);
    }

    /// Adds an n-gram, after its suffix, whose number it takes. Shorter n-grams come first, and are numbered from 0 on.
    /// `word` is the one that is stored: the last of two, and the first of more.
    #[inline(always)]
    fn add(
        &mut self,
        word: u32,
        suffix: u32,
        log_prob: f32,
        HistoryWeight { backoff, followed }: HistoryWeight,
    ) {
        if let Some(suffix) = self.traits.get_mut(suffix as usize) {
            suffix.0 |= Traits::EXTENDS;
        }
        self.traits.push(Traits(if followed { Traits::FOLLOWED } else { 0 }));
        self.ngrams.push(Ngram { word, suffix, log_prob, backoff });
    }

    /// Appends the lines of the partition to `lines`, and returns their number.
    fn finish(&mut self, lines: &mut Vec<Line>) -> Result<u32, SuffixError> {
        if self.ngrams.is_empty() {
            return Ok(0);
        }
        if self.ngrams.len() >= NONE as usize {
            return Err(SuffixError::TooLarge);
        }
        let mut numbers = 0;
        for (traits, ngram) in self.traits.iter_mut().zip(&self.ngrams) {
            let is_history = traits.is(Traits::EXTENDS | Traits::FOLLOWED);
            let is_long = is_history | (ngram.backoff != 0.0);
            traits.0 |= (WordHash::of(ngram.word).way() as u8) << Traits::WAY;
            traits.0 |= if is_long { Traits::LONG } else { 0 };
            numbers += u64::from(traits.size());
        }
        let mut count = lines_for(numbers, self.is_wide);
        while !self.place(count)? {
            count += count / 32 + 1;
        }
        match self.is_wide {
            false => self.write::<false>(lines),
            true => self.write::<true>(lines),
        }
        Ok(count as u32)
    }

    /// Finds a line for every n-gram among `count` lines; returns whether all have one.
    fn place(&mut self, count: u64) -> Result<bool, SuffixError> {
        if count >= 1 << 31 {
            return Err(SuffixError::TooLarge);
        }
        self.homes = Homes::of(count as u32);
        self.loads.clear();
        self.loads.resize(count as usize, Load(0));
        self.members.resize(count as usize, [NONE; 7]);
        self.homes_of.clear();
        for ngram in &self.ngrams {
            let home = self.homes_of.get(ngram.suffix as usize).copied().unwrap_or(Homes::ROOT);
            self.homes_of.push(self.homes.longer(home, WordHash::of(ngram.word)));
        }
        self.traits.iter_mut().for_each(|traits| traits.0 &= !Traits::MOVED);
        for number in 0..self.ngrams.len() {
            if let Some(&later) = self.homes_of.get(number + AHEAD) {
                prefetch(&self.members[later as usize]);
            }
            let (home, traits) = (self.homes_of[number], self.traits[number]);
            let size = traits.size();
            if self.has_room(home, size) {
                self.put(home, number as u32, size);
                continue;
            }
            let second = self.homes.second(home, traits.way());
            // As few moves as possible, at home if it can be.
            let mut at_home = self.has_room(second, size).then_some(false);
            self.searched = SEARCHED;
            for depth in 0..=DEPTH {
                if at_home.is_none() && self.make_room(home, size, depth) {
                    at_home = Some(true);
                }
                if at_home.is_none() && self.make_room(second, size, depth) {
                    at_home = Some(false);
                }
            }
            match at_home {
                None => return Ok(false),
                Some(true) => self.put(home, number as u32, size),
                Some(false) => {
                    self.traits[number].0 |= Traits::MOVED;
                    self.put(second, number as u32, size);
                }
            }
        }
        Ok(true)
    }

    /// Returns whether a line has room for an n-gram of this size: then there is a slot, too.
    #[inline(always)]
    fn has_room(&self, line: u32, size: u8) -> bool {
        self.loads[line as usize].numbers() + size <= self.capacity
    }

    /// Returns whether a line has room for an n-gram of this size once one of size `gone` is moved away.
    #[inline(always)]
    fn has_room_without(&self, line: u32, gone: u8, size: u8) -> bool {
        self.loads[line as usize].numbers() + size <= self.capacity + gone
    }

    #[inline(always)]
    fn put(&mut self, line: u32, number: u32, size: u8) {
        let load = &mut self.loads[line as usize];
        self.members[line as usize][load.ngrams()] = number;
        load.0 += Load::ONE + size;
    }

    /// Returns the n-grams in a line.
    fn members(&self, line: u32) -> &[u32] {
        &self.members[line as usize][..self.loads[line as usize].ngrams()]
    }

    /// Moves an n-gram of a line to its other home, so that one of this size has room; the n-grams there make room
    /// in the same way, up to this depth. Those that came last, which are the longest, are moved first.
    fn make_room(&mut self, line: u32, size: u8, depth: u32) -> bool {
        let Some(left) = self.searched.checked_sub(1) else { return false };
        self.searched = left;
        for at in (0..self.loads[line as usize].ngrams()).rev() {
            let number = self.members[line as usize][at];
            let traits = self.traits[number as usize];
            let own = traits.size();
            if !self.has_room_without(line, own, size) {
                continue;
            }
            let other = match traits.is(Traits::MOVED) {
                true => self.homes_of[number as usize],
                false => self.homes.second(line, traits.way()),
            };
            if other == line {
                continue;
            }
            if !self.has_room(other, own) && (depth == 0 || !self.make_room(other, own, depth - 1))
            {
                continue;
            }
            // Making room there may have changed this line.
            if self.has_room(line, size) {
                return true;
            }
            let Some(at) = self.members(line).iter().position(|&other| other == number) else {
                continue;
            };
            if !self.has_room_without(line, own, size) {
                continue;
            }
            self.members[line as usize].copy_within(at + 1.., at);
            self.loads[line as usize].0 -= Load::ONE + own;
            self.traits[number as usize].0 ^= Traits::MOVED;
            self.put(other, number, own);
            return true;
        }
        false
    }

    /// Appends the lines, in which all n-grams have their places.
    fn write<const IS_WIDE: bool>(&mut self, lines: &mut Vec<Line>) {
        let Builder { ngrams, traits, homes_of, places, loads, members, filters, .. } = self;
        places.clear();
        places.resize(ngrams.len(), Place::ROOT.0 as u8);
        for (members, load) in members.iter_mut().zip(&*loads) {
            // Long ones first. The order in which they were put there is the same in every run.
            let members = &mut members[..load.ngrams()];
            let mut slot = 0;
            for at in 0..members.len() {
                let number = members[at];
                let traits = traits[number as usize];
                if traits.is(Traits::LONG) {
                    members[slot..=at].rotate_right(1);
                    places[number as usize] = Place::new(slot as u32, traits.way_gone()).0 as u8;
                    slot += 1;
                }
            }
        }
        let key = |number: u32, traits: Traits| {
            let ngram = &ngrams[number as usize];
            let suffix = places.get(ngram.suffix as usize);
            let suffix = suffix.map_or(Place::ROOT, |&place| Place(place.into()));
            LineKey::new(ngram.word, suffix, traits.is(Traits::MOVED))
        };
        filters.clear();
        filters.resize(loads.len(), 0);
        for (number, (&traits, &home)) in (0..).zip(traits.iter().zip(&*homes_of)) {
            if traits.is(Traits::MOVED) {
                filters[home as usize] |= key(number, traits).filter();
            }
        }
        lines.reserve(loads.len());
        for (line, load) in loads.iter().enumerate() {
            if let (Some(later), Some(load)) =
                (members.get(line + LINES_AHEAD), loads.get(line + LINES_AHEAD))
            {
                later[..load.ngrams()]
                    .iter()
                    .for_each(|&number| prefetch(&ngrams[number as usize]));
            }
            let members = &members[line][..load.ngrams()];
            // Each takes two numbers, and long ones a third.
            let long = usize::from(load.numbers()) - 2 * members.len();
            lines.push(Line::empty(members.len(), long, filters[line]));
            let Some(made) = lines.last_mut() else { continue };
            for (slot, &number) in members.iter().enumerate() {
                let (ngram, traits) = (&ngrams[number as usize], traits[number as usize]);
                let entry = Entry {
                    log_prob: ngram.log_prob,
                    backoff: ngram.backoff,
                    extends: traits.is(Traits::EXTENDS),
                    followed: traits.is(Traits::FOLLOWED),
                };
                made.put::<IS_WIDE>(slot, key(number, traits), &entry);
            }
        }
    }
}

/// Returns how many lines are made at first for n-grams that take so many numbers.
fn lines_for(numbers: u64, is_wide: bool) -> u64 {
    let capacity = u64::from(line::capacity(is_wide));
    match numbers.div_ceil(capacity) {
        count @ ..=4 => count,
        _ => (numbers * 100).div_ceil(capacity * FILL),
    }
}

/// Returns about how many lines of 64 bytes an unpruned model takes for histories of these lengths. `successors` are the numbers of
/// words that follow the histories of length 1, 2, …
pub fn about_lines(successors: &[u64], is_wide: bool) -> u64 {
    let longest = successors.len().saturating_sub(1);
    let numbers = successors.iter().enumerate().map(|(depth, count)| match depth < longest {
        true => 3 * count,
        false => 2 * count,
    });
    lines_for(numbers.sum(), is_wide)
}

/// Builds the partitions of a part of the trie of histories.
///
/// - `levels`: the histories of length 1, 2, …, each below its ending, with their successors, among which are all
///   n-grams that longer ones end or begin with;
/// - `unigrams`: log10 p of the words of the part, and each as a history;
/// - `weight(depth, at)`: what the n-gram at index `at` of the successors of `levels[depth]` is as a history.
///
/// # Errors
///
/// [`SuffixError`] if a word has more n-grams than can be numbered, or if an n-gram lacks its suffix.
pub fn part(
    builder: &mut Builder,
    levels: &[ScoredLevel],
    unigrams: &[(f32, HistoryWeight)],
    weight: impl Fn(usize, usize) -> HistoryWeight,
) -> Result<SuffixPart, SuffixError> {
    let mut part = SuffixPart {
        entries: Vec::with_capacity(unigrams.len()),
        lines: Vec::new(),
        successors: Vec::new(),
        counts: Vec::with_capacity(unigrams.len()),
    };
    let ngrams: Vec<u64> = levels.iter().map(|level| level.successor_words.len() as u64).collect();
    part.lines.reserve(about_lines(&ngrams, builder.is_wide) as usize);
    for (word, &(log_prob, of_word)) in unigrams.iter().enumerate() {
        builder.clear(ngrams_of(levels, word));
        let mut range = word..word + 1;
        // The histories one word shorter, and the number of the first n-gram that begins with one of them.
        let (mut shorter, mut base) = (0..0, 0);
        for (depth, level) in levels.iter().enumerate() {
            let own_base = builder.ngrams.len();
            if depth == 0 {
                let successors = ScoredLevel::range(&level.successor_ends, word);
                part.counts.push(successors.len() as u32);
                for at in successors {
                    let follows = level.successor_words[at];
                    part.successors.push(U32::new(follows));
                    builder.add(follows, NONE, level.log_probs[at], weight(depth, at));
                }
            } else {
                builder.longer(levels, depth, shorter, base, &weight)?;
            }
            base = own_base;
            shorter = range.clone();
            if level.child_ends.is_empty() {
                break;
            }
            range = runs(&level.child_ends, range);
        }
        let first_line = part.lines.len() as u32;
        let lines = builder.finish(&mut part.lines)?;
        part.entries.push(WordEntry::new(log_prob, of_word, first_line, lines));
        if let [first, longer @ ..] = levels
            && !longer.is_empty()
            && let successors = ScoredLevel::range(&first.successor_ends, word)
            && successors.len() > lists::LISTED
        {
            let histories = ScoredLevel::range(&first.child_ends, word);
            let words = &first.successor_words[successors];
            lists::append(longer, histories, words, &mut builder.lists, &mut part.lines);
        }
    }
    part.counts.resize(unigrams.len(), 0);
    Ok(part)
}

/// Returns the number of n-grams whose histories end in a word.
fn ngrams_of(levels: &[ScoredLevel], word: usize) -> usize {
    let mut histories = word..word + 1;
    let mut ngrams = 0;
    for level in levels {
        ngrams += runs(&level.successor_ends, histories.clone()).len();
        if level.child_ends.is_empty() {
            break;
        }
        histories = runs(&level.child_ends, histories);
    }
    ngrams
}

/// Returns the elements of a range of runs that end at `ends`.
fn runs(ends: &[u32], range: Range<usize>) -> Range<usize> {
    let end = |run: usize| if run == 0 { 0 } else { ends[run - 1] as usize };
    end(range.start)..end(range.end)
}

impl Builder {
    /// Adds the n-grams that begin with the histories of `levels[depth]` that are longer by a word than `shorter`, of
    /// the level before. The n-grams that begin with those have numbers from `base` on.
    fn longer(
        &mut self,
        levels: &[ScoredLevel],
        depth: usize,
        shorter: Range<usize>,
        base: usize,
        weight: &impl Fn(usize, usize) -> HistoryWeight,
    ) -> Result<(), SuffixError> {
        let (above, level) = (&levels[depth - 1], &levels[depth]);
        let first = runs(&above.successor_ends, shorter.clone()).start;
        for parent in shorter {
            let suffixes = ScoredLevel::range(&above.successor_ends, parent);
            for history in ScoredLevel::range(&above.child_ends, parent) {
                let mut from = suffixes.start;
                for at in ScoredLevel::range(&level.successor_ends, history) {
                    let word = level.successor_words[at];
                    from += position(&above.successor_words[from..suffixes.end], word).ok_or(
                        SuffixError::Table { what: "an n-gram without its end", order: depth + 2 },
                    )?;
                    let suffix = (base + from - first) as u32;
                    self.add(level.words[history], suffix, level.log_probs[at], weight(depth, at));
                }
            }
        }
        Ok(())
    }
}

/// Finds a word in a rising list, in which it is most often near the start.
pub(super) fn position(words: &[u32], word: u32) -> Option<usize> {
    let mut bound = 1;
    while bound < words.len() && words[bound] < word {
        bound *= 2;
    }
    let from = bound / 2;
    let head = &words[from..words.len().min(bound + 1)];
    head.binary_search(&word).ok().map(|at| from + at)
}
