//! Counts to an open vocabulary.

use ngram_counts::{ContextCounts, CorpusSummary};
use ngram_model::open::{FittedParts, OpenParts};
use ngram_tokenizer::surface::{Context, Family, is_of};
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The data that an open vocabulary is fitted to.
pub(crate) struct OpenCounts<'c> {
    pub surface: &'c ContextCounts,
    pub spelling: &'c ContextCounts,
    pub vocab: VocabView<'c>,
    /// The frequency of each word in the text.
    pub frequencies: &'c [u64],
    pub summary: &'c CorpusSummary,
}

/// Fits an open vocabulary to counts.
pub(crate) fn fit(counted: &OpenCounts<'_>) -> OpenParts {
    let mut lists: BTreeMap<Context, Vec<(u16, u64)>> = BTreeMap::new();
    let mut rows: Vec<((Context, u16), u64)> =
        counted.surface.iter().chain(counted.spelling).map(|(&key, &count)| (key, count)).collect();
    rows.par_sort_unstable();
    for ((context, symbol), count) in rows {
        lists.entry(context).or_default().push((symbol, count));
    }
    let fitted = FittedParts {
        novelty: novelty(counted),
        gaps: !counted.surface.is_empty(),
        gap: discounts(counted.surface, Family::Gap),
        case: discounts(counted.surface, Family::Case),
        spelling: discounts(counted.spelling, Family::Spelling),
    };
    OpenParts::new(&lists, &fitted, counted.vocab)
}

/// The discount of each level.
fn discounts<const LEVELS: usize>(counts: &ContextCounts, family: Family) -> [f64; LEVELS] {
    std::array::from_fn(|level| {
        let of_level = counts.iter().filter(|((context, _), _)| is_of(*context, family, level));
        discount(of_level.map(|(_, &count)| count))
    })
}

/// Returns ν, see the module documentation.
fn novelty(counted: &OpenCounts<'_>) -> f64 {
    if counted.summary.unknown > 0 {
        return 0.0;
    }
    let words = &counted.frequencies[WordId::SPECIAL as usize..];
    let once = words.iter().filter(|&&frequency| frequency == 1).count() as f64;
    let tokens = counted.summary.tokens as f64;
    // Counts half a word if none came once; at most a half, as a text of only new words is no evidence.
    (once.max(0.5) / tokens).min(0.5)
}

/// Returns D = n1 / (n1 + 2 n2), where n1 and n2 are the numbers of counts that are 1 and 2 (Ney, Essen and
/// Kneser 1994); at least 0.1, so that something is left for unseen symbols, and at most 0.9.
fn discount(counts: impl Iterator<Item = u64>) -> f64 {
    let (mut once, mut twice) = (0u64, 0u64);
    for count in counts {
        once += u64::from(count == 1);
        twice += u64::from(count == 2);
    }
    if once == 0 {
        return 0.5;
    }
    (once as f64 / (once + 2 * twice) as f64).clamp(0.1, 0.9)
}
