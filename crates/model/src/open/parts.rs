//! An open vocabulary as it is stored.

use super::contexts::build;
use super::{Contexts, OpenVocabulary, Parameters};
use ngram_tokenizer::VocabView;
use ngram_tokenizer::surface::{CASE_LEVELS, Context, GAP_LEVELS, SPELLING_LEVELS};
use rayon::prelude::*;
use std::collections::BTreeMap;
use zerocopy::IntoBytes;
use zerocopy::little_endian::F64;

/// An open vocabulary as the sections of a file.
#[derive(Clone, Default)]
pub struct OpenParts {
    pub(crate) parameters: Vec<u8>,
    pub(crate) slots: Vec<u8>,
    pub(crate) symbols: Vec<u8>,
}

/// What is fitted to a text, beside the counts of symbols in their contexts.
pub struct FittedParts {
    /// ν, the share of tokens that are new; see the module's page.
    pub novelty: f64,
    /// Whether gaps were counted.
    pub gaps: bool,
    /// The discount of each level of the contexts of gaps.
    pub gap: [f64; GAP_LEVELS],
    /// The discount of each level of the contexts of case.
    pub case: [f64; CASE_LEVELS],
    /// The discount of each level of the contexts of spelling.
    pub spelling: [f64; SPELLING_LEVELS],
}

impl OpenParts {
    /// An open vocabulary beside `vocab`, from the counts of the symbols seen in each context.
    pub fn new(
        counts: &BTreeMap<Context, Vec<(u16, u64)>>,
        fitted: &FittedParts,
        vocab: VocabView<'_>,
    ) -> OpenParts {
        let built = build(counts);
        let mut parameters = Parameters {
            novelty: F64::new(fitted.novelty),
            rest: F64::new(1.0),
            gaps: F64::new(f64::from(u8::from(fitted.gaps))),
            gap: fitted.gap.map(F64::new),
            case: fitted.case.map(F64::new),
            spelling: fitted.spelling.map(F64::new),
        };
        let contexts = Contexts { slots: &built.slots, symbols: &built.symbols };
        parameters.rest = F64::new(rest(&OpenVocabulary::new(&parameters, contexts), vocab));
        OpenParts {
            parameters: parameters.as_bytes().to_vec(),
            slots: built.slots.as_bytes().to_vec(),
            symbols: built.symbols.as_bytes().to_vec(),
        }
    }
}

/// Adapts a model's open vocabulary, stored as `parts`, to another list of known words; `novelty`
/// is the share of tokens that are not among them.
pub fn with_words(
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
