//! Minimum counts: the table of the n-grams that are frequent enough to keep.
//!
//! Continuation counts need not fall with the order, so an n-gram can be kept although its history is
//! not. The history is then inserted with the probability that backing off gives it, which changes no
//! score. Such histories can be in any part of the trie, so the kept n-grams are collected in memory.

use ngram_counts::Shard;
use ngram_model::table::{LevelView, OwnedTable, TableView};
use ngram_model::walk::Walk;
use ngram_model::{AssembleError, Ngrams, ScoredLevel, TooManyNgrams, assemble};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use zerocopy::little_endian::F32;

/// Returns, for each level, which successors are frequent enough; `min_counts` starts at order 1.
pub(crate) fn frequent(shard: &Shard, min_counts: &[u32]) -> Vec<Vec<bool>> {
    let levels = shard.levels.iter().zip(&min_counts[1..]);
    levels
        .map(|(level, &least)| level.successor_counts.iter().map(|&count| count >= least).collect())
        .collect()
}

/// Reduces a part of the trie to the successors marked in `keep`, and to the histories that still
/// have any successors or children.
pub(crate) fn keep(
    levels: Vec<ScoredLevel>,
    keep: &[Vec<bool>],
    progress: &dyn Progress,
) -> Result<Vec<ScoredLevel>, Cancelled> {
    let table = OwnedTable::new(Vec::new(), levels);
    let levels = &table.view().levels;
    ngram_edit::prune::cut::keep(
        &table.view(),
        |depth, at| keep[depth][at],
        |depth, history, _| levels[depth].backoff(history),
        |depth, at| levels[depth].log_probs[at].get(),
        progress,
    )
}

/// Joins the kept parts of the trie, in order, and renumbers words by `numbers`, if given. Words
/// without a new number are dropped, together with their n-grams.
pub(crate) fn whole(
    unigrams: Vec<f32>,
    parts: Vec<Vec<ScoredLevel>>,
    numbers: Option<&[Option<WordId>]>,
    progress: &dyn Progress,
) -> Result<OwnedTable, AssembleError> {
    let levels = join(parts)?;
    let mut vocab_len = unigrams.len();
    let mut lists = lists(&OwnedTable::new(unigrams, levels).view());
    if let Some(numbers) = numbers {
        vocab_len = numbers.iter().flatten().count();
        lists.iter_mut().for_each(|list| renumber(list, numbers));
    }
    let assembled = assemble(lists, vocab_len, progress)?;
    Ok(OwnedTable::new(assembled.unigrams, assembled.levels))
}

fn renumber(list: &mut Ngrams, numbers: &[Option<WordId>]) {
    let mut kept = Ngrams::new(list.order);
    for (index, words) in list.words.chunks(list.order).enumerate() {
        let before = kept.words.len();
        kept.words.extend(words.iter().filter_map(|word| numbers[word.index()]));
        if kept.words.len() < before + list.order {
            kept.words.truncate(before);
            continue;
        }
        kept.log_probs.push(list.log_probs[index]);
        kept.backoffs.extend(list.backoffs.get(index));
    }
    *list = kept;
}

/// Joins parts of the trie, in order.
pub(crate) fn join(parts: Vec<Vec<ScoredLevel>>) -> Result<Vec<ScoredLevel>, TooManyNgrams> {
    let depths = parts.first().map_or(0, Vec::len);
    let mut levels = vec![ScoredLevel::default(); depths];
    for part in parts {
        let children: Vec<usize> = levels.iter().skip(1).map(|next| next.words.len()).collect();
        for (depth, (level, own)) in levels.iter_mut().zip(part).enumerate() {
            let successors = level.successor_words.len();
            let longest =
                (successors + own.successor_words.len()).max(level.words.len() + own.words.len());
            if longest > u32::MAX as usize {
                return Err(TooManyNgrams(depth + 2));
            }
            level.words.extend(own.words);
            level
                .successor_ends
                .extend(own.successor_ends.iter().map(|end| end + successors as u32));
            if let Some(&children) = children.get(depth) {
                level.child_ends.extend(own.child_ends.iter().map(|end| end + children as u32));
            }
            level.successor_words.extend(own.successor_words);
            level.log_probs.extend(own.log_probs);
            level.backoffs.extend(own.backoffs);
        }
    }
    Ok(levels)
}

/// Lists all n-grams of a table, and all histories that are not among its n-grams, with NaN as log-probability.
fn lists(table: &TableView) -> Vec<Ngrams> {
    let order = table.levels.len() + 1;
    let first = table.levels.first();
    let mut lists = vec![Ngrams {
        words: (0..table.unigrams.len() as u32).map(WordId).collect(),
        log_probs: table.unigrams.iter().map(|log_prob| log_prob.get()).collect(),
        backoffs: first
            .map_or(Vec::new(), |level| level.backoffs.iter().map(|b| b.get()).collect()),
        order: 1,
    }];
    let mut words = Vec::new();
    for (depth, level) in table.levels.iter().enumerate() {
        let mut list = Ngrams::new(depth + 2);
        let longer = table.levels.get(depth + 1);
        each_history(table, depth, &mut words, |history, words| {
            for (word, log_prob) in level.successors(history) {
                words.push(word);
                list.words.extend_from_slice(words);
                list.log_probs.push(log_prob);
                if let Some(longer) = longer {
                    let number = table.find(words);
                    list.backoffs.push(number.map_or(0.0, |number| longer.backoff(number)));
                }
                words.pop();
            }
        });
        if let Some(longer) = longer {
            each_history(table, depth + 1, &mut words, |history, words| {
                let followed = longer.successors(history).next().is_some();
                if followed && !is_stored(table, level, words) {
                    list.words.extend_from_slice(words);
                    list.log_probs.push(f32::NAN);
                    list.backoffs.push(longer.backoff(history));
                }
            });
        }
        lists.push(list);
    }
    debug_assert_eq!(lists.len(), order);
    lists
}

/// Calls `see` with the number and the words of every history of length `depth` + 1.
fn each_history(
    table: &TableView,
    depth: usize,
    words: &mut Vec<WordId>,
    mut see: impl FnMut(usize, &mut Vec<WordId>),
) {
    let histories: &[F32] = table.levels[depth].backoffs;
    if histories.is_empty() {
        return;
    }
    let mut walk = Walk::at(table, depth, 0);
    for history in 0..histories.len() {
        if history > 0 {
            walk.advance();
        }
        walk.words(words);
        see(history, words);
    }
}

/// Whether an n-gram is stored; `level` is that of its history.
fn is_stored(table: &TableView, level: &LevelView, words: &[WordId]) -> bool {
    let Some((&word, history)) = words.split_last() else { return false };
    table.find(history).is_some_and(|history| level.log_prob(history, word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the histories a, b and a b (b after a), for words 0 and 1. Their successors are b
    /// and c after a, c after b, and c after a b.
    fn levels() -> Vec<ScoredLevel> {
        let first = ScoredLevel {
            words: vec![0, 1],
            child_ends: vec![0, 1],
            successor_ends: vec![2, 3],
            successor_words: vec![1, 2, 2],
            log_probs: vec![-0.1, -0.2, -0.3],
            backoffs: vec![-0.5, -0.25],
        };
        let second = ScoredLevel {
            words: vec![0],
            successor_ends: vec![1],
            successor_words: vec![2],
            log_probs: vec![-0.4],
            backoffs: vec![-0.125],
            ..ScoredLevel::default()
        };
        vec![first, second]
    }

    #[test]
    fn histories_stay_while_anything_is_left_of_them() {
        // a b stays as a history because c follows it, although b after a goes.
        let kept = keep(levels(), &[vec![false, true, false], vec![true]], &()).unwrap();
        assert_eq!(kept[0].successor_ends, [1, 1]);
        assert_eq!(kept[0].successor_words, [2]);
        assert_eq!(kept[0].child_ends, [0, 1]);
        assert_eq!(kept[1], levels()[1]);
        // Without c, nothing is left of it.
        let kept = keep(levels(), &[vec![true; 3], vec![false]], &()).unwrap();
        assert_eq!(kept[0].child_ends, [0, 0]);
        assert_eq!(kept[0].successor_ends, [2, 3]);
        assert!(kept[1].words.is_empty());
        assert!(kept[1].successor_ends.is_empty());
    }

    #[test]
    fn a_kept_ngram_brings_the_one_it_begins_with() {
        let kept = keep(levels(), &[vec![false, true, false], vec![true]], &()).unwrap();
        let whole = whole(vec![-1.0, -2.0, -3.0], vec![kept], None, &()).unwrap();
        let view = whole.view();
        // b after a is inserted with what backing off gives it, and a b keeps its weight.
        let found: Vec<(u32, f32)> =
            view.levels[0].successors(0).map(|(word, log_prob)| (word.0, log_prob)).collect();
        assert_eq!(found, [(1, -0.5 - 2.0), (2, -0.2)]);
        assert_eq!(view.levels[0].successors(1).count(), 0);
        assert_eq!(view.levels[1].backoff(0), -0.125);
        assert_eq!(view.levels[1].log_prob(0, WordId(2)), Some(-0.4));
    }
}
