//! Fits an open vocabulary to counts.

use super::contexts::{build, discount};
use super::{Contexts, OpenVocabulary, Parameters};
use ngram_counts::{ContextCounts, CorpusSummary};
use ngram_tokenizer::surface::{Context, Family, is_of};
use ngram_tokenizer::{VocabView, WordId};
use rayon::prelude::*;
use std::collections::BTreeMap;
use zerocopy::IntoBytes;
use zerocopy::little_endian::F64;

/// An open vocabulary as the sections of a file.
#[derive(Clone, Default)]
pub(crate) struct OpenParts {
    pub parameters: Vec<u8>,
    pub slots: Vec<u8>,
    pub symbols: Vec<u8>,
}

/// The data that an open vocabulary is fitted to.
pub(crate) struct Counted<'c> {
    pub surface: &'c ContextCounts,
    pub spelling: &'c ContextCounts,
    pub vocab: VocabView<'c>,
    /// The frequency of each word in the text.
    pub frequencies: &'c [u64],
    pub summary: &'c CorpusSummary,
}

/// Fits an open vocabulary to counts.
pub(crate) fn fit(counted: &Counted<'_>) -> OpenParts {
    let mut lists: BTreeMap<Context, Vec<(u16, u64)>> = BTreeMap::new();
    let mut rows: Vec<((Context, u16), u64)> =
        counted.surface.iter().chain(counted.spelling).map(|(&key, &count)| (key, count)).collect();
    rows.par_sort_unstable();
    for ((context, symbol), count) in rows {
        lists.entry(context).or_default().push((symbol, count));
    }
    let built = build(&lists);
    let gaps = !counted.surface.is_empty();
    let mut parameters = Parameters {
        novelty: F64::new(novelty(counted)),
        rest: F64::new(1.0),
        gaps: F64::new(f64::from(u8::from(gaps))),
        gap: discounts(counted.surface, Family::Gap),
        case: discounts(counted.surface, Family::Case),
        spelling: discounts(counted.spelling, Family::Spelling),
    };
    let contexts = Contexts { slots: &built.slots, symbols: &built.symbols };
    parameters.rest = F64::new(rest(&OpenVocabulary::new(&parameters, contexts), counted.vocab));
    OpenParts {
        parameters: parameters.as_bytes().to_vec(),
        slots: built.slots.as_bytes().to_vec(),
        symbols: built.symbols.as_bytes().to_vec(),
    }
}

/// Adapts a model's open vocabulary, stored as `parts`, to another list of known words; `novelty`
/// is the share of tokens that are not among them.
pub(crate) fn with_words(
    open: &OpenVocabulary<'_>,
    parts: OpenParts,
    vocab: VocabView<'_>,
    novelty: f64,
) -> OpenParts {
    let mut parameters = *open.parameters;
    parameters.novelty = F64::new(novelty);
    parameters.rest = F64::new(rest(open, vocab));
    OpenParts { parameters: parameters.as_bytes().to_vec(), ..parts }
}

/// Returns the discount of each level.
fn discounts<const LEVELS: usize>(counts: &ContextCounts, family: Family) -> [F64; LEVELS] {
    std::array::from_fn(|level| {
        let of_level = counts.iter().filter(|((context, _), _)| is_of(*context, family, level));
        F64::new(discount(of_level.map(|(_, &count)| count)))
    })
}

/// Returns ν, see the module documentation.
fn novelty(counted: &Counted<'_>) -> f64 {
    if counted.summary.unknown > 0 {
        return 0.0;
    }
    let words = &counted.frequencies[WordId::SPECIAL as usize..];
    let once = words.iter().filter(|&&frequency| frequency == 1).count() as f64;
    let tokens = counted.summary.tokens as f64;
    // Counts half a word if none came once; at most a half, as a text of only new words is no evidence.
    (once.max(0.5) / tokens).min(0.5)
}

/// Returns the probability that the speller produces any word of a sorted list.
fn spelled(open: &OpenVocabulary<'_>, words: &[&[u8]]) -> f64 {
    let mut sum = 0.0;
    // The probability of each prefix of the word before.
    let mut beginnings = vec![1.0];
    let mut before: &[u8] = &[];
    for &word in words {
        let same = before.iter().zip(word).take_while(|(one, other)| one == other).count();
        beginnings.truncate(same + 1);
        for at in same..word.len() {
            beginnings.push(beginnings[at] * open.byte(word, at));
        }
        sum += beginnings[word.len()] * open.byte(word, word.len());
        before = word;
    }
    sum
}

/// Returns R, see the module documentation.
fn rest(open: &OpenVocabulary<'_>, vocab: VocabView<'_>) -> f64 {
    // `<unk>` in a text is an OOV word like any other.
    let mut words: Vec<&[u8]> =
        vocab.words().filter(|word| *word != "<unk>").map(str::as_bytes).collect();
    // Neighbours share prefixes, and each prefix is spelled once.
    words.par_sort_unstable();
    // Summed in chunks of a fixed size, so that the number of threads does not matter.
    let sums: Vec<f64> = words.par_chunks(1 << 12).map(|words| spelled(open, words)).collect();
    let empty = open.byte(&[], 0);
    (1.0 - empty - sums.iter().sum::<f64>()).max(1e-9)
}
