//! Compares the engine with a counter so simple that it is unlikely to be wrong.

use ngram_counts::{CountOptions, CountsOfCounts, IdBlocks, Ids, LowerOrders, NgramCounts, Shard};
use ngram_store::{Resources, Shares};
use proptest::prelude::*;
use std::collections::BTreeMap;

type Counts = BTreeMap<Vec<u32>, u64>;

/// Counts the n-grams of one order as they occur in the text, with `<s>` in front of each sentence.
fn raw(sentences: &[Vec<u32>], order: usize) -> Counts {
    let mut counts = Counts::new();
    for sentence in sentences {
        let padded: Vec<u32> = [1].iter().chain(sentence).chain(&[2]).copied().collect();
        for ngram in padded.windows(order).filter(|ngram| *ngram != [1]) {
            *counts.entry(ngram.to_vec()).or_default() += 1;
        }
    }
    counts
}

/// Counts the words that precede each n-gram; those that begin with `<s>` keep their raw counts.
fn continuation(sentences: &[Vec<u32>], order: usize) -> Counts {
    let longer = raw(sentences, order + 1);
    let mut counts: Counts =
        raw(sentences, order).into_iter().filter(|(ngram, _)| ngram[0] == 1).collect();
    for ngram in longer.keys().map(|ngram| ngram[1..].to_vec()).filter(|ngram| ngram[0] != 1) {
        *counts.entry(ngram).or_default() += 1;
    }
    counts
}

/// Returns the engine's counts as a map.
fn found(unigrams: &[u64], shards: &[Shard], order: usize) -> Counts {
    let unigrams = unigrams.iter().enumerate().filter(|(_, count)| **count > 0);
    if order == 1 {
        return unigrams.map(|(word, &count)| (vec![word as u32], count)).collect();
    }
    let mut found = Counts::new();
    for shard in shards {
        for first in 0..shard.levels[0].successor_ends.len() {
            let word = shard.first_word + first as u32;
            walk(&shard.levels, 0, first, &mut vec![word], order, &mut found);
        }
    }
    found
}

fn walk(
    levels: &[ngram_counts::Level],
    depth: usize,
    at: usize,
    history: &mut Vec<u32>,
    order: usize,
    found: &mut Counts,
) {
    let level = &levels[depth];
    if depth + 2 == order {
        for successor in level.successors(at) {
            let word = level.successor_words[successor];
            let ngram = history.iter().rev().copied().chain([word]).collect();
            let count = u64::from(level.successor_counts[successor]);
            assert_eq!(found.insert(ngram, count), None, "an n-gram is there twice");
        }
        return;
    }
    for child in level.children(at) {
        history.push(levels[depth + 1].words[child]);
        walk(levels, depth + 1, child, history, order, found);
        history.pop();
    }
}

fn is_sorted_trie(shards: &[Shard]) -> bool {
    let rises = |words: &[u32]| words.windows(2).all(|pair| pair[0] < pair[1]);
    shards.iter().all(|shard| {
        shard.levels.iter().enumerate().all(|(depth, level)| {
            (0..level.successor_ends.len()).all(|history| {
                rises(&level.successor_words[level.successors(history)])
                    && shard
                        .levels
                        .get(depth + 1)
                        .is_none_or(|next| rises(&next.words[level.children(history)]))
            })
        })
    })
}

fn check(sentences: &[Vec<u32>], vocab_len: u32, order: usize, split: usize) {
    let mut frequencies = vec![0; vocab_len as usize];
    for sentence in sentences {
        sentence.iter().chain(&[1, 2]).for_each(|&word| frequencies[word as usize] += 1);
    }
    let ids = |sentences: &[Vec<u32>]| -> Vec<u32> {
        sentences.iter().flat_map(|sentence| sentence.iter().chain(&[2])).copied().collect()
    };
    let split = split.min(sentences.len());
    let blocks = IdBlocks::from(vec![ids(&sentences[..split]), ids(&sentences[split..])]);
    let folder = tempfile::tempdir().unwrap();
    let shares = |keys, counts| Some(Shares { ids: 0, keys, counts });
    for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
        let expected: Vec<Counts> = (1..=order)
            .map(|n| match lower_orders {
                LowerOrders::Continuation if n < order => continuation(sentences, n),
                _ => raw(sentences, n),
            })
            .collect();
        // In memory; a word or two at a time, all in a file; some of both.
        for shares in [None, shares(0, 0), shares(20_000, 10_000)] {
            let temp_dir = folder.path().to_owned();
            let resources = Resources { temp_dir, shares, ..Resources::default() };
            let ids = Ids { blocks: &blocks, frequencies: &frequencies };
            let in_memory = shares.is_none();
            let shards =
                check_counts(ids, &expected, &CountOptions { order, lower_orders, resources });
            for n in (2..=order).filter(|_| in_memory) {
                let with_raw_counts = shards.iter().map(|shard| raw_again(shard, lower_orders));
                let with_raw_counts: Vec<Shard> = with_raw_counts.collect();
                assert_eq!(found(&[], &with_raw_counts, n), raw(sentences, n), "raw, order {n}");
            }
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "temporary files stay");
}

/// Returns the shard with raw counts restored.
fn raw_again(shard: &Shard, lower_orders: LowerOrders) -> Shard {
    let mut shard = shard.clone();
    let raw = shard.raw_counts(lower_orders);
    for (level, raw) in shard.levels.iter_mut().zip(raw) {
        level.successor_counts = raw.into_iter().map(|count| count as u32).collect();
    }
    shard
}

fn check_counts(ids: Ids, expected: &[Counts], options: &CountOptions) -> Vec<Shard> {
    let first_word = |shard: &Shard| shard.first_word;
    let NgramCounts { unigrams, shards, counts_of_counts, order } =
        NgramCounts::measured(ids, options, first_word, &()).unwrap();
    if order > 1 && options.resources.shares.is_some_and(|shares| shares.counts == 0) {
        assert!(shards.bytes_on_disk() > 0, "nothing is in the file");
    }
    let first_words: Vec<u32> = shards.measures().copied().collect();
    let shards = shards.into_vec().unwrap();
    assert!(shards.iter().map(first_word).eq(first_words), "measures are in the order of shards");
    assert!(is_sorted_trie(&shards));
    for (n, expected) in (1..).zip(expected) {
        assert_eq!(found(&unigrams, &shards, n), *expected, "order {n}, {options:?}");
        let of_order: CountsOfCounts = expected.values().copied().collect();
        assert_eq!(counts_of_counts[n - 1], of_order, "order {n}");
    }
    let roots = |shard: &Shard| shard.levels[0].words.clone();
    let roots: Vec<u32> = shards.iter().flat_map(roots).collect();
    let vocab_len = ids.frequencies.len() as u32;
    assert!(order == 1 || roots.iter().copied().eq(0..vocab_len), "a word is missing");
    shards
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_the_naive_counter(
        // Ids 0 (`<unk>`) and 3 and up, as they occur in text.
        sentences in prop::collection::vec(
            prop::collection::vec((2u32..8).prop_map(|id| if id == 2 { 0 } else { id }), 0..12), 1..12),
        extra_words in prop::sample::select(vec![0u32, 1, 300, 70_000]),
        order in 1usize..=8,
        split in 0usize..12,
    ) {
        // Larger vocabularies widen the keys.
        check(&sentences, 8 + extra_words, order, split);
    }
}

#[test]
fn a_long_repetitive_text_and_high_orders() {
    let sentence: Vec<u32> = (0..400).map(|at| [3, 4, 3, 0, 5, 3, 3][at * at % 7]).collect();
    for order in [1, 2, 9, 20, 64] {
        check(&vec![sentence.clone(); 5], 6, order, 2);
        check(&vec![sentence.clone(); 3], 70_000, order, 1);
    }
    check(&[sentence], 3_000_000, 8, 0);
}

#[test]
fn more_windows_than_a_bucket_or_a_dense_merge_holds() {
    // A linear congruential generator: reproducible, and no dependency.
    let mut state = 12345u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let sentences: Vec<Vec<u32>> = (0..3000)
        .map(|_| {
            (0..20)
                .map(|_| {
                    let range = 1 + next(5000);
                    3 + next(range) as u32
                })
                .collect()
        })
        .collect();
    check(&sentences, 5003, 3, 1000);
    check(&sentences, 5003, 5, 1500);
}

/// Keys that fill exactly 64 or 128 bits, and keys for one word more.
#[test]
fn keys_as_wide_as_their_numbers() {
    for (vocab_len, orders) in
        [(256, [8, 9, 16, 17]), (257, [7, 8, 14, 15]), (65_536, [4, 5, 8, 9])]
    {
        // All bits of the highest word's id are 1, or only the first.
        let top = vocab_len - 1;
        let sentence: Vec<u32> =
            (0..40).map(|at| [top, 3, top - 1, 0, top, top, 7][at * at % 7]).collect();
        let sentences = [sentence, vec![top; 20], vec![top - 1, top]];
        for order in orders {
            check(&sentences, vocab_len, order, 1);
        }
    }
}
