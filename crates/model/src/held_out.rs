//! Held-out text: what the training text says of each of its words, for the methods whose parameters
//! make it most likely.

use crate::train::TrainError;
use ngram_counts::{Corpus, NgramCounts, Resources, Shard, Text, VocabRule};
use ngram_tokenizer::{TokenizerSpec, VocabView, WordId};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A held-out text, looked up in the counts of a training text. Held in memory: 16 bytes a token
/// for each order, and what reading it takes.
pub struct HeldOut {
    /// The order n of the counts.
    pub order: usize,
    /// V, how many words can be predicted.
    pub words: u64,
    /// How many sentences the training text has.
    pub training_sentences: u64,
    /// n for each token, from order 1, in the order of the text.
    seen: Vec<Seen>,
}

/// What the training text says of one token after a history of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// T, how often the history occurred; 0 if never, or if a sentence began on the way.
    pub total: u64,
    /// How often the token followed it.
    pub count: u32,
    /// N, how many distinct words followed it.
    pub types: u32,
}

/// What came of a held-out text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldOutSummary {
    /// Words and ends of sentences.
    pub tokens: u64,
    /// Those whose history of length n − 1 was seen with them in the training text, of
    /// those that have one so long.
    pub seen: u64,
    /// Those that have a history of length n − 1.
    pub whole: u64,
}

impl HeldOut {
    /// Of tokens with n numbers each, from order 1, one token after another.
    pub fn new(order: usize, words: u64, training_sentences: u64, seen: Vec<Seen>) -> HeldOut {
        HeldOut { order, words, training_sentences, seen }
    }

    /// Looks up every token of `texts`, read by `tokenizer`, in `counts`, which are of words of
    /// `vocab`.
    pub(crate) fn look_up<M: Sync>(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        vocab: VocabView<'_>,
        counts: &NgramCounts<M>,
        training_sentences: u64,
        resources: &Resources,
    ) -> Result<(HeldOut, HeldOutSummary), TrainError> {
        let order = counts.order;
        let ids = read(texts, tokenizer, vocab)?;
        let history = |place: usize| History { ids: &ids, place, longest: order - 1 };
        let mut places: Vec<usize> =
            (0..ids.len()).filter(|&place| ids[place] != WordId::BEGIN.0).collect();
        let tokens = places.len();
        let mut seen = vec![Seen::default(); tokens * order];
        let total: u64 = counts.unigrams.iter().sum();
        let types = counts.unigrams.iter().filter(|&&count| count > 0).count() as u32;
        let mut whole = 0;
        for (&place, seen) in places.iter().zip(seen.chunks_exact_mut(order)) {
            let count = counts.unigrams[ids[place] as usize];
            seen[0] = Seen { total, types, count: u32::try_from(count).unwrap_or(u32::MAX) };
            whole += u64::from(history(place).words().count() == order - 1);
        }
        // The number of each token, by its history read backwards: so those of one shard stand
        // together, and those of one history.
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
                Ok::<(), TrainError>(())
            },
        )?;
        for (start, of_shard) in found.into_inner().unwrap_or_else(PoisonError::into_inner) {
            for (&number, found) in numbers[start..].iter().zip(of_shard.chunks_exact(order - 1)) {
                seen[number * order + 1..][..order - 1].copy_from_slice(found);
            }
        }
        let in_training = seen.chunks_exact(order).filter(|seen| seen[order - 1].count > 0);
        let summary =
            HeldOutSummary { tokens: tokens as u64, seen: in_training.count() as u64, whole };
        let words = counts.unigrams.len() as u64 - 1;
        Ok((HeldOut::new(order, words, training_sentences, seen), summary))
    }

    /// Each token, from the first: what is known of it in each order from 1.
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = &[Seen]> {
        self.seen.chunks_exact(self.order)
    }
}

/// The numbers of the words in `vocab`, each sentence between `<s>` and `</s>`.
fn read(
    texts: &[Text],
    tokenizer: &TokenizerSpec,
    vocab: VocabView<'_>,
) -> Result<Vec<u32>, TrainError> {
    let resources = Resources::default();
    let corpus = Corpus::read(texts, tokenizer, &VocabRule::All, &resources, &())
        .map_err(TrainError::HeldOut)?;
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

/// The words before a place in a text.
#[derive(Clone, Copy)]
struct History<'t> {
    ids: &'t [u32],
    place: usize,
    longest: usize,
}

impl<'t> History<'t> {
    /// From the last word to the first, no further than `<s>`.
    fn words(self) -> impl Iterator<Item = u32> + use<'t> {
        let mut begun = false;
        let back = self.ids[..self.place].iter().rev().copied().take(self.longest);
        back.take_while(move |&id| !std::mem::replace(&mut begun, id == WordId::BEGIN.0))
    }

    fn word(self) -> u32 {
        self.ids[self.place]
    }
}

/// What a shard says of these tokens, whose histories are sorted and end in words of it: for each,
/// the orders from 2.
fn look_up_in<'t>(
    shard: &Shard,
    histories: impl Iterator<Item = History<'t>>,
    order: usize,
) -> Vec<Seen> {
    let mut found = Vec::new();
    // The last history of each length, whose counts need not be summed again.
    let mut last: Vec<(usize, u64)> = vec![(usize::MAX, 0); order - 1];
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
                last[depth] = (number, counts.iter().map(|&count| u64::from(count)).sum());
            }
            let place = level.successor_words[successors].binary_search(&history.word());
            found.push(Seen {
                total: last[depth].1,
                count: place.map_or(0, |place| counts[place]),
                types: counts.len() as u32,
            });
            candidates = (depth + 1 < shard.levels.len()).then(|| level.children(number));
        }
        found.resize(start + order - 1, Seen::default());
    }
    found
}
