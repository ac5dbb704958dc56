//! Held-out text: the training counts for each of its tokens, for methods whose parameters are fitted to it.

use ngram_counts::{Corpus, CorpusError, IdBlocks, LowerOrders, NgramCounts, Shard, VocabRule};
use ngram_input::Text;
use ngram_store::{Resources, TemporaryError};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A held-out text looked up in the counts of a training text. Takes 48 bytes of memory per token
/// and order, in addition to the memory for reading it.
pub struct HeldOut {
    /// The order n of the counts.
    pub order: usize,
    /// V, the number of words that can be predicted.
    pub words: u64,
    /// The number of sentences in the training text.
    pub training_sentences: u64,
    /// n entries per token, from order 1, in text order.
    seen: Vec<Seen>,
}

/// The training counts of one token after a history of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// T, the number of occurrences of the history; 0 if it never occurred or would extend beyond
    /// the start of the sentence.
    pub total: u64,
    /// The number of occurrences of the token after it.
    pub count: u64,
    /// N, the number of distinct words that followed it.
    pub types: u32,
    /// The number of these that followed it once, twice, …, [`Seen::CLASSES`] times.
    pub by_count: [u32; Seen::CLASSES],
}

impl Seen {
    /// The highest count with an entry in `by_count`.
    pub const CLASSES: usize = 7;

    /// Describes a history whose successors have these counts.
    fn history(counts: &[u32]) -> Seen {
        let mut seen = Seen { types: counts.len() as u32, ..Seen::default() };
        for &count in counts {
            seen.total += u64::from(count);
            if let Some(types) = seen.by_count.get_mut((count as usize).wrapping_sub(1)) {
                *types += 1;
            }
        }
        seen
    }

    /// Removes one occurrence. Returns whether it was the last.
    fn leave_out(&mut self) -> bool {
        self.total = self.total.saturating_sub(1);
        let class = |count: u64| {
            let at = usize::try_from(count.checked_sub(1)?).ok()?;
            (at < Seen::CLASSES).then_some(at)
        };
        if let Some(at) = class(self.count) {
            self.by_count[at] = self.by_count[at].saturating_sub(1);
        }
        self.count = self.count.saturating_sub(1);
        match class(self.count) {
            Some(at) => self.by_count[at] += 1,
            None if self.count == 0 => self.types = self.types.saturating_sub(1),
            None => {}
        }
        self.count == 0
    }
}

/// What was found in a held-out text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutSummary {
    /// The number of words and ends of sentences.
    pub tokens: u64,
    /// How many of them are unknown words, which nothing was fitted to.
    pub unknown: u64,
    /// The number of tokens seen in the training text after their history of length n − 1.
    pub seen: u64,
    /// The number of tokens that have a history of length n − 1.
    pub whole: u64,
    /// The share of n-grams of the highest order to expect to be new in a text that was not trained on:
    /// n1 / T, the n-grams seen once over all occurrences (Good 1953).
    pub new: f64,
    /// The mean −log2 p per token, in bits, before and after the fit, if the method has parameters
    /// without the text.
    pub bits: Option<[f64; 2]>,
}

/// Why a held-out text cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeldOutError {
    /// It cannot be read or is not a valid corpus.
    #[error("the held-out text: {0}")]
    Corpus(#[source] CorpusError),
    /// Its words could not be read back from a temporary file.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
}

impl HeldOut {
    /// Creates a held-out text from n entries per token, from order 1, in text order.
    pub fn new(order: usize, words: u64, training_sentences: u64, seen: Vec<Seen>) -> HeldOut {
        HeldOut { order, words, training_sentences, seen }
    }

    /// Looks up every token of a text in `counts`. `ids` are sentences, each between `<s>` and `</s>`.
    ///
    /// Unknown words are looked up only if `with_unknown`. As part of a history they always count.
    pub(crate) fn look_up<M: Sync>(
        ids: &[u32],
        counts: &NgramCounts<M>,
        training_sentences: u64,
        with_unknown: bool,
        resources: &Resources,
    ) -> Result<(HeldOut, HeldOutSummary), TemporaryError> {
        let order = counts.order;
        let history = |place: usize| History { ids, place, longest: order - 1 };
        let mut places: Vec<usize> =
            (0..ids.len()).filter(|&place| ids[place] != WordId::BEGIN.0).collect();
        let all = places.len();
        places.retain(|&place| with_unknown || ids[place] != WordId::UNKNOWN.0);
        let tokens = places.len();
        let mut seen = vec![Seen::default(); tokens * order];
        let total: u64 = counts.unigrams.iter().sum();
        let types = counts.unigrams.iter().filter(|&&count| count > 0).count() as u32;
        let by_count = std::array::from_fn(|index| counts.counts_of_counts[0].of(index as u32 + 1));
        let by_count = by_count.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let mut whole = 0;
        for (&place, seen) in places.iter().zip(seen.chunks_exact_mut(order)) {
            let count = counts.unigrams[ids[place] as usize];
            seen[0] = Seen { total, types, count, by_count };
            whole += u64::from(history(place).words().count() == order - 1);
        }
        // Token numbers sorted by the history read backwards, so that the tokens of a shard, and
        // those of a history, are adjacent.
        let numbers: Vec<usize> = {
            let mut numbers: Vec<usize> = (0..tokens).collect();
            numbers.sort_by(|&a, &b| history(places[a]).words().cmp(history(places[b]).words()));
            numbers
        };
        places = numbers.iter().map(|&number| places[number]).collect();
        let found: Mutex<Vec<(usize, Vec<Seen>)>> = Mutex::default();
        counts.shards.each(
            resources.left(),
            || (),
            |(), shard| {
                let first = shard.first_word;
                let end = first + shard.levels[0].successor_ends.len() as u32;
                let before = |word: u32| places.partition_point(|&place| ids[place - 1] < word);
                let range = before(first)..before(end);
                let start = range.start;
                let of_shard = look_up_in(shard, range.map(|at| history(places[at])), order);
                found.lock().unwrap_or_else(PoisonError::into_inner).push((start, of_shard));
                Ok::<(), TemporaryError>(())
            },
        )?;
        for (start, of_shard) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            for (&number, found) in numbers[start..].iter().zip(of_shard.chunks_exact(order - 1)) {
                seen[number * order + 1..][..order - 1].copy_from_slice(found);
            }
        }
        let in_training = seen.chunks_exact(order).filter(|seen| seen[order - 1].count > 0);
        let summary = HeldOutSummary {
            tokens: all as u64,
            unknown: (all - tokens) as u64,
            seen: in_training.count() as u64,
            whole,
            new: counts
                .counts_of_counts
                .last()
                .map_or(0.0, |highest| highest.of(1) as f64 / highest.total().max(1) as f64),
            bits: None,
        };
        let words = counts.unigrams.len() as u64 - 1;
        Ok((HeldOut::new(order, words, training_sentences, seen), summary))
    }

    /// Leaves each token out of the counts that it was looked up in, as if the training text had
    /// been read without it. The text must be part of the training text.
    ///
    /// With raw counts, every order loses one. With continuation counts, the highest order, which
    /// is raw, loses one; a lower order loses one only if the count of the order above drops to 0.
    pub(crate) fn leave_out(&mut self, lower_orders: LowerOrders) {
        for token in self.seen.chunks_exact_mut(self.order) {
            for seen in token.iter_mut().rev().filter(|seen| seen.total > 0) {
                let was_last = seen.leave_out();
                if lower_orders == LowerOrders::Continuation && !was_last {
                    break;
                }
            }
        }
    }

    /// Returns the tokens in chunks of `tokens`, as slices with n entries per token.
    pub(crate) fn chunks(&self, tokens: usize) -> impl IndexedParallelIterator<Item = &[Seen]> {
        self.seen.par_chunks(tokens * self.order)
    }

    /// Returns the entries of each token in text order, from order 1.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &[Seen]> {
        self.seen.chunks_exact(self.order)
    }
}

/// Reads `texts` as word numbers in `vocab`, each sentence taken apart into `parts`, each between
/// `<s>` and `</s>`.
pub(crate) fn read(
    texts: &[Text],
    tokenizer: &TokenizerSpec,
    vocab: VocabView<'_>,
    parts: usize,
) -> Result<Vec<u32>, HeldOutError> {
    let resources = Resources::default();
    let mut corpus = Corpus::read(texts, tokenizer, &VocabRule::All, &resources, &())
        .map_err(HeldOutError::Corpus)?;
    corpus.take_apart(parts);
    let numbers: Vec<u32> =
        corpus.vocab.view().words().map(|word| vocab.id_or_unknown(word).0).collect();
    let mut ids = vec![WordId::BEGIN.0];
    for block in 0..corpus.blocks.len() {
        for &id in &*corpus.blocks.get(block)? {
            ids.push(numbers[id as usize]);
            if id == WordId::END.0 {
                ids.push(WordId::BEGIN.0);
            }
        }
    }
    ids.pop();
    Ok(ids)
}

/// Samples evenly spread sentences of a text of `tokens` tokens, about `most` tokens in all. Each
/// sentence is between `<s>` and `</s>`.
pub(crate) fn sample(
    blocks: &IdBlocks,
    tokens: u64,
    most: u64,
) -> Result<Vec<u32>, TemporaryError> {
    let every = tokens.div_ceil(most).max(1);
    let (mut ids, mut sentence) = (vec![WordId::BEGIN.0], 0u64);
    for block in 0..blocks.len() {
        for &id in &*blocks.get(block)? {
            // Of a sentence longer than the whole sample, only the beginning is kept.
            let kept = sentence.is_multiple_of(every) && ids.len() as u64 <= most + most / 4;
            if kept {
                ids.push(id);
            }
            if id == WordId::END.0 {
                sentence += 1;
                if kept {
                    ids.push(WordId::BEGIN.0);
                }
            }
        }
    }
    if ids.last() == Some(&WordId::BEGIN.0) {
        ids.pop();
    }
    Ok(ids)
}

/// The words before a position in a text.
#[derive(Clone, Copy)]
struct History<'t> {
    ids: &'t [u32],
    place: usize,
    longest: usize,
}

impl<'t> History<'t> {
    /// Returns the words from the last to the first, no further than `<s>`.
    fn words(self) -> impl Iterator<Item = u32> + use<'t> {
        let mut begun = false;
        let back = self.ids[..self.place].iter().rev().copied().take(self.longest);
        back.take_while(move |&id| !std::mem::replace(&mut begun, id == WordId::BEGIN.0))
    }

    fn word(self) -> u32 {
        self.ids[self.place]
    }
}

/// Looks up tokens in a shard. Their histories must be sorted and end in words of the shard.
/// Returns the entries of orders 2 and up for each token.
fn look_up_in<'t>(
    shard: &Shard,
    histories: impl Iterator<Item = History<'t>>,
    order: usize,
) -> Vec<Seen> {
    let mut found = Vec::new();
    // The last history of each length, so that its counts are summed only once.
    let mut last = vec![(usize::MAX, Seen::default()); order - 1];
    for history in histories {
        let start = found.len();
        let mut candidates: Option<Range<usize>> = None;
        for (depth, word) in history.words().enumerate() {
            let level = &shard.levels[depth];
            let number = match candidates {
                None => Some((word - shard.first_word) as usize),
                Some(range) => level.words[range.clone()]
                    .binary_search(&word)
                    .ok()
                    .map(|place| range.start + place),
            };
            let Some(number) = number else { break };
            let successors = level.successors(number);
            let counts = &level.successor_counts[successors.clone()];
            if last[depth].0 != number {
                last[depth] = (number, Seen::history(counts));
            }
            let place = level.successor_words[successors].binary_search(&history.word());
            found.push(Seen {
                count: place.map_or(0, |place| counts[place].into()),
                ..last[depth].1
            });
            candidates = (depth + 1 < shard.levels.len()).then(|| level.children(number));
        }
        found.resize(start + order - 1, Seen::default());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_counts::{CountOptions, Ids};
    use ngram_tokenizer::TokenizerKind;
    use std::collections::{BTreeMap, BTreeSet};

    const ORDER: usize = 3;

    /// Returns each token with up to two words before it, no further than `<s>`.
    fn windows(ids: &[u32]) -> Vec<Vec<u32>> {
        let places = (0..ids.len()).filter(|&place| ids[place] != WordId::BEGIN.0);
        let window = |place| {
            let mut window: Vec<u32> = History { ids, place, longest: ORDER - 1 }.words().collect();
            window.reverse();
            window.push(ids[place]);
            window
        };
        places.map(window).collect()
    }

    /// Counts one window among these windows in each order, straight from the definition.
    fn naive(windows: &[Vec<u32>], window: &[u32], lower_orders: LowerOrders) -> Vec<Seen> {
        let count = |order: usize| -> BTreeMap<&[u32], u32> {
            let of_order = |order: usize| {
                let long = windows.iter().filter(move |window| window.len() >= order);
                long.map(move |window| &window[window.len() - order..])
            };
            let mut counts: BTreeMap<&[u32], u32> = BTreeMap::new();
            for ngram in of_order(order) {
                let is_raw = lower_orders == LowerOrders::Raw
                    || order == ORDER
                    || ngram[0] == WordId::BEGIN.0;
                if is_raw {
                    *counts.entry(ngram).or_default() += 1;
                }
            }
            if lower_orders == LowerOrders::Continuation && order < ORDER {
                let longer: BTreeSet<&[u32]> = of_order(order + 1).collect();
                longer.iter().for_each(|ngram| *counts.entry(&ngram[1..]).or_default() += 1);
            }
            counts
        };
        let of_order = |order: usize| {
            let Some(ngram) = window.len().checked_sub(order).map(|from| &window[from..]) else {
                return Seen::default();
            };
            let counts = count(order);
            let history = &ngram[..order - 1];
            let successors: Vec<u32> = counts
                .iter()
                .filter(|(other, _)| &other[..order - 1] == history)
                .map(|(_, &count)| count)
                .collect();
            let count = counts.get(ngram).copied().unwrap_or(0).into();
            Seen { count, ..Seen::history(&successors) }
        };
        (1..=ORDER).map(of_order).collect()
    }

    #[test]
    fn a_token_left_out_is_as_if_it_had_not_been_read() {
        let mut state = 3u32;
        let mut text = String::new();
        for _ in 0..150 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(["a", "b", "c", "d", "e"][(state >> 16) as usize % 5]);
            text.push(if state >> 29 == 0 { '\n' } else { ' ' });
        }
        let texts = [Text::bytes("text", text.into_bytes())];
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        let resources = Resources::default();
        let corpus = Corpus::read(&texts, &tokenizer, &VocabRule::All, &resources, &()).unwrap();
        let ids = read(&texts, &tokenizer, corpus.vocab.view(), 1).unwrap();
        assert_eq!(ids, sample(&corpus.blocks, corpus.summary.tokens, u64::MAX / 4).unwrap());
        let windows = windows(&ids);
        for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
            let options = CountOptions { lower_orders, ..CountOptions::new(ORDER) };
            let counts = NgramCounts::count(Ids::from(&corpus), &options, &()).unwrap();
            let (mut found, summary) =
                HeldOut::look_up(&ids, &counts, 10, true, &resources).unwrap();
            assert_eq!((summary.tokens, summary.seen), (windows.len() as u64, summary.whole));
            for (token, window) in found.tokens().zip(&windows) {
                assert_eq!(token, naive(&windows, window, lower_orders), "{window:?}");
            }
            found.leave_out(lower_orders);
            for (number, (token, window)) in found.tokens().zip(&windows).enumerate() {
                let mut others = windows.clone();
                others.remove(number);
                assert_eq!(token, naive(&others, window, lower_orders), "{window:?}");
            }
        }
    }

    #[test]
    fn a_sample_is_of_whole_sentences_and_not_much_more_than_asked_for() {
        let sentences = (0..100u32).flat_map(|n| [3 + n, 3, 4, WordId::END.0]).collect();
        let blocks = IdBlocks::from(vec![sentences]);
        let ids = sample(&blocks, 400, 40).unwrap();
        assert_eq!(ids[..6], [WordId::BEGIN.0, 3, 3, 4, WordId::END.0, WordId::BEGIN.0]);
        assert_eq!(ids[6], 3 + 10);
        assert_eq!(ids.len(), 10 * 5);
        let one = IdBlocks::from(vec![vec![5; 1000]]);
        assert_eq!(sample(&one, 1000, 100).unwrap().len(), 126);
    }
}
