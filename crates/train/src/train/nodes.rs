//! N-grams on their way to where the compact layout has them: divided by their last words.

use super::TrainError;
use ngram_model::ScoredLevel;
use ngram_store::temporary::{PiecePlace, Temporary, TemporaryError};
use ngram_store::{Progress, Resources};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use zerocopy::IntoBytes;

/// The numbers of an n-gram: its last word, its rank, log10 p; for all but the longest ones its back-off weight and children.
const LONGEST: usize = 3;
const OTHERS: usize = 5;

/// An n-gram, as the layout needs it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SentNode {
    /// The position of its history among those that differ only in their first word; the word for histories of one word.
    pub rank: u32,
    pub log_prob: f32,
    /// log10 of its back-off weight, NaN if it is no history or is one of the longest.
    pub backoff: f32,
    /// How many n-grams have one more word before it.
    pub children: u32,
}

/// The n-grams that shards have sent, in memory or in a temporary file.
pub(super) struct SentNodes {
    /// The first word of each shard, then the number of words.
    first_words: Vec<u32>,
    /// The shard of each word.
    shard_of: Vec<u32>,
    /// For each word, how many words come before it.
    before: Vec<AtomicU32>,
    sent: Vec<Mutex<OfShard>>,
    /// Bytes that may stay in memory.
    room: u64,
    held: AtomicU64,
    file: Temporary,
}

/// What one shard sent.
#[derive(Default)]
struct OfShard {
    /// For each order from 2 on, where its numbers begin.
    starts: Vec<u64>,
    /// For each order, how many n-grams there are up to the end of those for each shard.
    ends: Vec<u32>,
    numbers: Numbers,
}

enum Numbers {
    Memory(Vec<u32>),
    File(PiecePlace),
}

impl Default for Numbers {
    fn default() -> Numbers {
        Numbers::Memory(Vec::new())
    }
}

impl SentNodes {
    /// Expects n-grams of shards that begin with these words, of which `room` bytes may stay in memory.
    pub fn new(
        mut first_words: Vec<u32>,
        words: usize,
        room: u64,
        resources: &Resources,
    ) -> SentNodes {
        let mut shard_of = vec![0; words];
        for (shard, &first) in (0..).zip(&first_words) {
            shard_of[first as usize..].fill(shard);
        }
        let sent = first_words.iter().map(|_| Mutex::default()).collect();
        first_words.push(words as u32);
        SentNodes {
            first_words,
            shard_of,
            before: (0..words).map(|_| AtomicU32::new(0)).collect(),
            sent,
            room,
            held: AtomicU64::new(0),
            file: Temporary::new(&resources.temp_dir, "nodes"),
        }
    }

    /// Returns the bytes they take in a temporary file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.file.size()
    }

    /// Returns for each word how many words come before it.
    pub fn words_before(&self) -> impl Iterator<Item = u32> {
        self.before.iter().map(|count| count.load(Ordering::Relaxed))
    }

    /// Returns what divides n-grams on one thread.
    pub fn divider(&self) -> Divider<'_> {
        Divider {
            all: self,
            children: vec![0; self.shard_of.len()],
            ranks: Vec::new(),
            longer_ranks: Vec::new(),
            greatest_ranks: Vec::new(),
            next: vec![0; self.sent.len()],
        }
    }

    /// Passes on all n-grams of the order that is one above the history length at index `depth`, in the order of the
    /// layout.
    pub fn each(
        &self,
        depth: usize,
        is_highest: bool,
        progress: &dyn Progress,
        mut take: impl FnMut(SentNode) -> Result<(), TrainError> + Send,
    ) -> Result<(), TrainError> {
        let width = if is_highest { LONGEST } else { OTHERS };
        let (mut numbers, mut more) = (Vec::new(), Vec::new());
        let mut result = self.collect(depth, width, 0, &mut numbers);
        let mut sorted = Vec::new();
        for shard in 0..self.sent.len() {
            progress.proceed()?;
            result?;
            // The next shard's are read meanwhile.
            let (taken, next) = rayon::join(
                || {
                    self.sort(shard, width, &numbers, &mut sorted);
                    for &at in &sorted {
                        let node = &numbers[at as usize * width..][..width];
                        take(SentNode {
                            rank: node[1],
                            log_prob: f32::from_bits(node[2]),
                            backoff: node.get(3).map_or(f32::NAN, |&bits| f32::from_bits(bits)),
                            children: node.get(4).copied().unwrap_or(0),
                        })?;
                    }
                    Ok::<(), TrainError>(())
                },
                || self.collect(depth, width, shard + 1, &mut more),
            );
            taken?;
            result = next;
            std::mem::swap(&mut numbers, &mut more);
        }
        Ok(result?)
    }

    /// Collects what all shards have sent to one, in turn.
    fn collect(
        &self,
        depth: usize,
        width: usize,
        shard: usize,
        numbers: &mut Vec<u32>,
    ) -> Result<(), TemporaryError> {
        numbers.clear();
        let shards = self.sent.len();
        if shard == shards {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for sent in &self.sent {
            let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(&start) = sent.starts.get(depth) else { continue };
            let at = depth * shards + shard;
            let first = if shard == 0 { 0 } else { sent.ends[at - 1] as usize };
            let start = start as usize;
            let range = start + first * width..start + sent.ends[at] as usize * width;
            if range.is_empty() {
                continue;
            }
            match &sent.numbers {
                Numbers::Memory(all) => numbers.extend_from_slice(&all[range]),
                Numbers::File(place) => {
                    let place = place.part(4 * range.start..4 * range.end);
                    self.file.read(place, &mut bytes)?;
                    let four = bytes.chunks_exact(4);
                    numbers.extend(four.map(|n| u32::from_ne_bytes([n[0], n[1], n[2], n[3]])));
                }
            }
        }
        Ok(())
    }

    /// Sorts n-grams by their last words, which are in one shard; those of one word stay as they are.
    fn sort(&self, shard: usize, width: usize, numbers: &[u32], sorted: &mut Vec<u32>) {
        let (first, end) = (self.first_words[shard], self.first_words[shard + 1]);
        let mut next = vec![0u32; (end - first) as usize + 1];
        let last_words = || numbers.chunks_exact(width).map(|node| (node[0] - first) as usize);
        last_words().for_each(|word| next[word + 1] += 1);
        for word in 1..next.len() {
            next[word] += next[word - 1];
        }
        sorted.clear();
        sorted.resize(numbers.len() / width, 0);
        for (at, word) in (0..).zip(last_words()) {
            sorted[next[word] as usize] = at;
            next[word] += 1;
        }
    }
}

/// Divides n-grams, reusing memory.
pub(super) struct Divider<'n> {
    all: &'n SentNodes,
    /// For each word that follows a history, how many of the longer histories it follows, too.
    children: Vec<u32>,
    /// The ranks of the histories of one length, and of the next.
    ranks: Vec<u32>,
    longer_ranks: Vec<u32>,
    greatest_ranks: Vec<u32>,
    /// For each shard, where the next n-gram for it goes.
    next: Vec<u32>,
}

impl Divider<'_> {
    /// Returns the greatest rank of a history of the length at index `depth` in the shard that was divided last.
    pub fn greatest_rank(&self, depth: usize) -> u32 {
        self.greatest_ranks[depth]
    }

    /// Divides the n-grams of a shard, given the weights that they have as histories.
    pub fn divide(
        &mut self,
        shard: usize,
        levels: &[ScoredLevel],
        backoffs: &[Vec<f32>],
    ) -> Result<(), TemporaryError> {
        let all = self.all;
        let width = |depth: usize| if depth + 1 == levels.len() { LONGEST } else { OTHERS };
        let size =
            levels.iter().enumerate().map(|(depth, level)| width(depth) * level.log_probs.len());
        let mut numbers = vec![0u32; size.sum()];
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        let mut start = 0;
        let first = all.first_words[shard];
        self.ranks.clear();
        self.ranks.extend((first..).take(levels[0].successor_ends.len()));
        self.greatest_ranks.clear();
        for (depth, level) in levels.iter().enumerate() {
            let width = width(depth);
            starts.push(start as u64);
            self.places(&level.successor_words, &mut ends);
            let own = &mut numbers[start..start + width * level.log_probs.len()];
            start += own.len();
            self.longer_ranks.clear();
            for history in 0..level.successor_ends.len() {
                let longer = levels.get(depth + 1).filter(|_| !level.child_ends.is_empty());
                if let Some(longer) = longer {
                    let children = ScoredLevel::range(&level.child_ends, history);
                    self.longer_ranks.extend(0..children.len() as u32);
                    // Their successors stand together.
                    let start = match children.start.checked_sub(1) {
                        Some(before) => longer.successor_ends[before] as usize,
                        None => 0,
                    };
                    let end = children
                        .end
                        .checked_sub(1)
                        .map_or(0, |last| longer.successor_ends[last] as usize);
                    for &word in longer.successor_words.get(start..end).unwrap_or_default() {
                        self.children[word as usize] += 1;
                    }
                }
                for at in ScoredLevel::range(&level.successor_ends, history) {
                    let word = level.successor_words[at];
                    let next = &mut self.next[all.shard_of[word as usize] as usize];
                    let node = &mut own[*next as usize * width..][..width];
                    *next += 1;
                    let log_prob = level.log_probs[at].to_bits();
                    node[..LONGEST].copy_from_slice(&[word, self.ranks[history], log_prob]);
                    let children = std::mem::take(&mut self.children[word as usize]);
                    if let [_, _, _, backoff, of_node] = node {
                        *backoff = backoffs[depth][at].to_bits();
                        *of_node = children;
                    }
                    if depth == 0 {
                        all.before[word as usize].fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            self.greatest_ranks.push(self.ranks.iter().copied().max().unwrap_or(0));
            std::mem::swap(&mut self.ranks, &mut self.longer_ranks);
        }
        let size = 4 * (numbers.len() + ends.len()) as u64;
        let numbers = if all.held.fetch_add(size, Ordering::Relaxed) + size <= all.room {
            Numbers::Memory(numbers)
        } else {
            all.held.fetch_sub(size, Ordering::Relaxed);
            Numbers::File(all.file.append(numbers.as_bytes(), |_| None)?)
        };
        let mut sent = all.sent[shard].lock().unwrap_or_else(PoisonError::into_inner);
        *sent = OfShard { starts, ends, numbers };
        Ok(())
    }

    /// Finds how many n-grams end in words of each shard, and where the first ones go.
    fn places(&mut self, last_words: &[u32], ends: &mut Vec<u32>) {
        self.next.fill(0);
        for &word in last_words {
            self.next[self.all.shard_of[word as usize] as usize] += 1;
        }
        let mut end = 0;
        for next in &mut self.next {
            let own = std::mem::replace(next, end);
            end += own;
            ends.push(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bigrams and trigrams of `a b a | b b a`, with a as 0 and b as 1: the histories a, b, and b b, a b, in two shards.
    fn shards() -> [Vec<ScoredLevel>; 2] {
        let of_a = ScoredLevel {
            child_ends: vec![0],
            successor_ends: vec![1],
            successor_words: vec![1],
            log_probs: vec![-1.0],
            ..ScoredLevel::default()
        };
        let of_b = ScoredLevel {
            child_ends: vec![2],
            successor_ends: vec![2],
            successor_words: vec![0, 1],
            log_probs: vec![-2.0, -3.0],
            ..ScoredLevel::default()
        };
        let after_two = ScoredLevel {
            words: vec![0, 1],
            successor_ends: vec![1, 2],
            successor_words: vec![0, 0],
            log_probs: vec![-4.0, -5.0],
            ..ScoredLevel::default()
        };
        [vec![of_a, ScoredLevel::default()], vec![of_b, after_two]]
    }

    #[test]
    fn ngrams_come_by_their_last_words_from_memory_and_from_files() {
        for room in [0, u64::MAX] {
            let folder = tempfile::tempdir().unwrap();
            let resources =
                Resources { temp_dir: folder.path().to_owned(), ..Resources::default() };
            let nodes = SentNodes::new(vec![0, 1], 2, room, &resources);
            let mut divider = nodes.divider();
            let [a, b] = shards();
            // Shards come in any order.
            divider.divide(1, &b, &[vec![f32::NAN, -0.5]]).unwrap();
            assert_eq!((divider.greatest_rank(0), divider.greatest_rank(1)), (1, 1));
            divider.divide(0, &a, &[vec![-0.25]]).unwrap();
            assert_eq!((divider.greatest_rank(0), divider.greatest_rank(1)), (0, 0));
            assert_eq!(nodes.bytes_on_disk() > 0, room == 0);
            assert_eq!(nodes.words_before().collect::<Vec<_>>(), [1, 2]);
            let all = |depth| {
                let mut all = Vec::new();
                let mut take = |node: SentNode| {
                    let weight = Some(node.backoff).filter(|weight| !weight.is_nan());
                    all.push((node.rank, node.log_prob, weight, node.children));
                    Ok(())
                };
                nodes.each(depth, depth == 1, &(), &mut take).unwrap();
                all
            };
            // b a, before which a and b stand; a b and b b.
            assert_eq!(
                all(0),
                [(1, -2.0, None, 2), (0, -1.0, Some(-0.25), 0), (1, -3.0, Some(-0.5), 0)]
            );
            // a b a, b b a.
            assert_eq!(all(1), [(0, -4.0, None, 0), (1, -5.0, None, 0)]);
        }
    }
}
