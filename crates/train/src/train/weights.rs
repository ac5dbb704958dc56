//! Back-off weights on their way to where they are stored.
//!
//! A history "a b c" is estimated in the shard of its last word, c. The n-gram "a b c", which takes its back-off
//! weight, is in the shard of b, among the n-grams that follow "a b". Both shards sort the words before: one has the
//! histories "x b c" by c, then b, then x, the other has "x b" by b, then x, each with the words c. So if a shard sends
//! its weights to that of the word b, by c, these are for each c in the order in which c follows the histories there.

use super::TrainError;
use ngram_model::ScoredLevel;
use ngram_model::native::SuffixError;
use ngram_store::Resources;
use ngram_store::temporary::{PiecePlace, Temporary, TemporaryError};
use ngram_tokenizer::WordId;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use zerocopy::IntoBytes;

/// The weights that shards have sent to each other, in memory or in a temporary file.
pub(super) struct SentWeights {
    /// The first word of each shard.
    first_words: Vec<u32>,
    /// The shard of each word.
    shard_of: Vec<u32>,
    sent: Vec<Mutex<OfShard>>,
    /// Bytes that may stay in memory.
    room: u64,
    held: AtomicU64,
    file: Temporary,
}

/// What one shard sent.
#[derive(Default)]
struct OfShard {
    /// Where the numbers end that are for each shard, once for each length of histories from 2 on.
    ends: Vec<u32>,
    numbers: Numbers,
}

/// Numbers for other shards. Each of these, for each length of histories, gets the number of different last words; for each of
/// them, the word and how many weights it has; the weights.
enum Numbers {
    Memory(Vec<u32>),
    File(PiecePlace),
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers::Memory(Vec::new())
    }
}

/// Histories of two words with the same last word whose first ones are of the same shard.
struct Run {
    to: u32,
    last: u32,
    histories: Range<usize>,
}

impl SentWeights {
    /// Expects weights of shards that begin with these words, of which `room` bytes may stay in memory.
    pub fn new(
        first_words: Vec<u32>,
        words: usize,
        room: u64,
        resources: &Resources,
    ) -> SentWeights {
        let mut shard_of = vec![0; words];
        for (shard, &first) in (0..).zip(&first_words) {
            shard_of[first as usize..].fill(shard);
        }
        SentWeights {
            sent: first_words.iter().map(|_| Mutex::default()).collect(),
            first_words,
            shard_of,
            room,
            held: AtomicU64::new(0),
            file: Temporary::new(&resources.temp_dir, "weights"),
        }
    }

    /// Returns the first word of a shard.
    pub fn first_word(&self, shard: usize) -> usize {
        self.first_words[shard] as usize
    }

    /// Returns the bytes they take in a temporary file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.file.size()
    }

    /// Sends the weights of a shard's histories of two words and more.
    pub fn send(&self, shard: usize, levels: &[ScoredLevel]) -> Result<(), TemporaryError> {
        let [of_one, of_two, ..] = levels else { return Ok(()) };
        let mut runs: Vec<Run> = Vec::new();
        for word in 0..of_one.child_ends.len() {
            let last = self.first_words[shard] + word as u32;
            for history in ScoredLevel::range(&of_one.child_ends, word) {
                let to = self.shard_of[of_two.words[history] as usize];
                match runs.last_mut() {
                    Some(run) if (run.to, run.last) == (to, last) => run.histories.end += 1,
                    _ => runs.push(Run { to, last, histories: history..history + 1 }),
                }
            }
        }
        runs.sort_by_key(|run| run.to);
        let mut ends = Vec::with_capacity(self.sent.len() * (levels.len() - 1));
        let all: usize = levels[1..].iter().map(|level| level.backoffs.len()).sum();
        let mut numbers: Vec<u32> = Vec::with_capacity(all + 2 * levels.len() * runs.len());
        for depth in 1..levels.len() {
            let mut rest = &runs[..];
            for to in 0..self.sent.len() as u32 {
                let (own, after) = rest.split_at(rest.partition_point(|run| run.to == to));
                rest = after;
                let head = numbers.len();
                if !own.is_empty() {
                    numbers.push(0);
                }
                for run in own.iter().filter(|run| !run.histories.is_empty()) {
                    numbers.extend([run.last, run.histories.len() as u32]);
                    numbers[head] += 1;
                }
                for run in own {
                    let weights = &levels[depth].backoffs[run.histories.clone()];
                    numbers.extend(weights.iter().map(|weight| weight.to_bits()));
                }
                ends.push(numbers.len() as u32);
            }
            if let Some(level) = levels.get(depth).filter(|level| !level.child_ends.is_empty()) {
                for run in &mut runs {
                    let end = |at: usize| match at.checked_sub(1) {
                        Some(before) => level.child_ends[before] as usize,
                        None => 0,
                    };
                    run.histories = end(run.histories.start)..end(run.histories.end);
                }
            }
        }
        let size = 4 * (numbers.len() + ends.len()) as u64;
        let numbers = if self.held.fetch_add(size, Ordering::Relaxed) + size <= self.room {
            numbers.shrink_to_fit();
            Numbers::Memory(numbers)
        } else {
            self.held.fetch_sub(size, Ordering::Relaxed);
            Numbers::File(self.file.append(numbers.as_bytes(), |_| None)?)
        };
        let mut sent = self.sent[shard].lock().unwrap_or_else(PoisonError::into_inner);
        *sent = OfShard { ends, numbers };
        Ok(())
    }

    /// Returns what receives weights on one thread.
    pub fn receiver(&self) -> Receiver<'_> {
        Receiver {
            all: self,
            next: vec![0; self.shard_of.len()],
            runs: Vec::new(),
            weights: Vec::new(),
            bytes: Vec::new(),
        }
    }
}

/// Receives weights, reusing memory.
pub(super) struct Receiver<'w> {
    all: &'w SentWeights,
    /// For each word, where its next weight is among those received.
    next: Vec<u32>,
    /// Words, and where their weights end.
    runs: Vec<(u32, u32)>,
    weights: Vec<f32>,
    bytes: Vec<u8>,
}

impl Receiver<'_> {
    /// Returns the weights for a shard: for each history length but the longest, and each of its n-grams, log10 of the weight it
    /// has as a history; NaN if it is none, as n-grams are that end a sentence.
    pub fn receive(
        &mut self,
        shard: usize,
        levels: &[ScoredLevel],
    ) -> Result<Vec<Vec<f32>>, TrainError> {
        let shorter = &levels[..levels.len().saturating_sub(1)];
        let of_level = |(depth, level): (usize, &ScoredLevel)| {
            self.collect(depth, shard)?;
            let mut of_level = Vec::with_capacity(level.successor_words.len());
            for &word in &level.successor_words {
                if word == WordId::END.0 {
                    of_level.push(f32::NAN);
                    continue;
                }
                let next = &mut self.next[word as usize];
                of_level.push(self.weights.get(*next as usize).copied().unwrap_or(f32::NAN));
                *next += 1;
            }
            let all_taken = self.runs.iter().all(|&(word, end)| self.next[word as usize] == end);
            let ends = level.successor_words.iter().filter(|&&word| word == WordId::END.0).count();
            if !all_taken || level.successor_words.len() - ends != self.weights.len() {
                let what = "histories that are no n-grams";
                return Err(SuffixError::Table { what, order: depth + 2 }.into());
            }
            Ok(of_level)
        };
        shorter.iter().enumerate().map(of_level).collect()
    }

    /// Collects the weights that all shards have sent to one, for its n-grams of `depth` + 2 words.
    fn collect(&mut self, depth: usize, shard: usize) -> Result<(), TemporaryError> {
        self.runs.clear();
        self.weights.clear();
        let shards = self.all.sent.len();
        for sent in &self.all.sent {
            let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            let at = depth * shards + shard;
            let end = |at: usize| sent.ends.get(at).map_or(0, |&end| end as usize);
            let range = at.checked_sub(1).map_or(0, end)..end(at);
            if range.is_empty() {
                continue;
            }
            match &sent.numbers {
                Numbers::Memory(numbers) => {
                    read(&numbers[range], &mut self.next, &mut self.runs, &mut self.weights);
                }
                Numbers::File(place) => {
                    let place = place.part(4 * range.start..4 * range.end);
                    self.all.file.read(place, &mut self.bytes)?;
                    let numbers: Vec<u32> = self
                        .bytes
                        .chunks_exact(4)
                        .map(|four| u32::from_ne_bytes([four[0], four[1], four[2], four[3]]))
                        .collect();
                    read(&numbers, &mut self.next, &mut self.runs, &mut self.weights);
                }
            }
        }
        Ok(())
    }
}

/// Reads the numbers that one shard sent.
fn read(numbers: &[u32], next: &mut [u32], runs: &mut Vec<(u32, u32)>, weights: &mut Vec<f32>) {
    let Some((&words, rest)) = numbers.split_first() else { return };
    let (words, rest) = rest.split_at(2 * words as usize);
    let mut end = weights.len() as u32;
    for run in words.chunks_exact(2) {
        next[run[0] as usize] = end;
        end += run[1];
        runs.push((run[0], end));
    }
    weights.extend(rest.iter().map(|&bits| f32::from_bits(bits)));
}
