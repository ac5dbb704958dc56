//! Benchmarks the stages of counting on generated word ids, single-threaded, with every answer
//! checked: partitioning, sorting, closing histories, and all together.
//!
//! Keys and the pass that closes histories are private to the crate. Their files are compiled into
//! this bench, so that they need not be public.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ngram_counts::{
    CountError, CountOptions, CountOverflow, IdBlocks, Ids, LowerOrders, NgramCounts,
};
use ngram_store::Progress;
use ngram_tokenizer::WordId;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

#[allow(dead_code)]
#[path = "../src/close.rs"]
mod close;
#[allow(dead_code)]
#[path = "../src/key.rs"]
mod key;
mod trie {
    pub use ngram_counts::{Level, Shard};
}

use close::{Closer, Merge};
use key::{Key, Packing};

const ORDER: usize = 5;
const SENTENCES: usize = 12_000;
/// Tokens per sentence, including its end.
const TOKENS: usize = 21;
const VOCAB: usize = 20_000;

/// Keys sorted together, as in the crate.
const BUCKET: usize = 1 << 15;

/// Generates sentences of ids. Larger ids are rarer, and half of the ids are determined by the one before.
fn ids() -> Vec<u32> {
    let mut state = 1u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % bound
    };
    let mut ids = Vec::with_capacity(SENTENCES * TOKENS);
    for _ in 0..SENTENCES {
        let mut word = 0;
        for _ in 1..TOKENS {
            word = match below(2) {
                0 => (word * 31 + below(5)) % 997,
                _ => (1u64 << below(15)) + below(1 << 10),
            };
            ids.push(3 + word as u32 % (VOCAB as u32 - 3));
        }
        ids.push(WordId::END.0);
    }
    ids
}

/// Returns the number of distinct n-grams of each order, counted one by one; those of order n have
/// n − 1 words of history, or all words since `<s>`.
fn distinct(ids: &[u32]) -> Vec<u64> {
    let mut found = vec![HashSet::new(); ORDER];
    for sentence in ids.split_inclusive(|&id| id == WordId::END.0) {
        let sentence = [&[WordId::BEGIN.0], sentence].concat();
        for end in 2..=sentence.len() {
            for order in 1..=ORDER.min(end) {
                found[order - 1].insert(sentence[end - order..end].to_vec());
            }
        }
    }
    found.iter().map(|ngrams| ngrams.len() as u64).collect()
}

/// Counts how often the counting code asks whether to go on, and says no at one call.
#[derive(Default)]
struct StopAt {
    question: u64,
    asked: AtomicU64,
    /// Calls before the first windows were closed.
    before_closing: AtomicU64,
}

impl Progress for StopAt {
    fn begin(&self, _: &str, _: Option<u64>, _: &str) {}

    fn advance(&self, _: u64) {
        let asked = self.asked.load(Ordering::Relaxed);
        let _ =
            self.before_closing.compare_exchange(0, asked, Ordering::Relaxed, Ordering::Relaxed);
    }

    fn end(&self) {}

    fn cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1 == self.question
    }
}

/// Returns the keys of all windows, grouped by the last word of their history, and where each group ends.
fn partitioned(ids: &[u32], packing: Packing) -> (Vec<u128>, Vec<usize>) {
    let mut by_word = vec![Vec::new(); VOCAB];
    u128::windows(ids, packing, |previous, key| by_word[previous as usize].push(key));
    let ends = by_word.iter().scan(0, |end, keys| {
        *end += keys.len();
        Some(*end)
    });
    let ends = ends.collect();
    (by_word.concat(), ends)
}

/// Splits the words into runs of about [`BUCKET`] keys each, or of one word.
fn buckets(ends: &[usize]) -> Vec<std::ops::Range<usize>> {
    let mut buckets = Vec::new();
    let (mut start, mut last) = (0, 0);
    for &end in ends {
        if end - start > BUCKET && last > start {
            buckets.push(start..last);
            start = last;
        }
        last = end;
    }
    buckets.push(start..last);
    buckets
}

fn stages(criterion: &mut Criterion) {
    let ids = ids();
    let tokens = ids.len();
    let distinct = distinct(&ids);
    let mut frequencies = vec![0u64; VOCAB];
    ids.iter().for_each(|&id| frequencies[id as usize] += 1);
    frequencies[WordId::BEGIN.index()] = SENTENCES as u64;
    let packing = Packing::new(ORDER, VOCAB);
    let (keys, ends) = partitioned(&ids, packing);
    let buckets = buckets(&ends);
    let sort = |mut keys: Vec<u128>| {
        for bucket in &buckets {
            let keys = &mut keys[bucket.clone()];
            keys.sort_unstable();
            assert!(keys.is_sorted());
        }
        keys
    };
    let sorted = sort(keys.clone());
    let blocks = IdBlocks::from(vec![ids]);
    let ids = Ids { blocks: &blocks, frequencies: &frequencies };
    let lower_orders = LowerOrders::Continuation;
    let options = CountOptions { lower_orders, ..CountOptions::new(ORDER) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    let count = |progress: &StopAt| pool.install(|| NgramCounts::count(ids, &options, progress));

    let mut group = criterion.benchmark_group("counting");
    group.sample_size(20).throughput(Throughput::Elements(tokens as u64));
    // Everything before the first bucket is sorted is partitioning.
    let whole = StopAt::default();
    count(&whole).expect("small counts");
    let question = whole.before_closing.into_inner();
    group.bench_function("partition", |bencher| {
        bencher.iter(|| {
            let stop = StopAt { question, ..StopAt::default() };
            assert!(matches!(count(&stop), Err(CountError::Cancelled(_))));
            assert_eq!(stop.asked.into_inner(), question);
            assert_eq!(stop.before_closing.into_inner(), 0);
        });
    });
    group.bench_function("sort", |bencher| {
        let sorted_all = |keys| assert_eq!(sort(keys)[tokens - 1], sorted[tokens - 1]);
        bencher.iter_batched(|| keys.clone(), sorted_all, BatchSize::LargeInput);
    });
    group.bench_function("close histories", |bencher| {
        let mut merge = Merge::default();
        bencher.iter(|| {
            let mut closer = Closer::new(packing, VOCAB, lower_orders, 0, &mut merge);
            for bucket in &buckets {
                closer.add(&sorted[bucket.clone()]).expect("small counts");
            }
            let shard = closer.finish(VOCAB as u32).expect("small counts");
            let ngrams = shard.levels.iter().map(|level| level.successor_words.len() as u64);
            assert!(ngrams.eq(distinct[1..].iter().copied()));
        });
    });
    group.bench_function("count", |bencher| {
        bencher.iter(|| {
            let counts = count(&StopAt::default()).expect("small counts");
            let ngrams = counts.counts_of_counts.iter().map(|order| order.ngrams());
            assert!(ngrams.eq(distinct.iter().copied()));
        });
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
