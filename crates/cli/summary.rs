//! Tables and numbers for people.

use ngram_counts::{CorpusSummary, VocabRule};
pub use ngram_eval::number::grouped as group;
use ngram_model::ModelInfo;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::fmt::Write;

/// Formats a number of bytes in the largest unit that leaves it at least 1.
pub fn bytes(number: u64) -> String {
    let mut value = number as f64;
    let mut unit = "bytes";
    for larger in ["kB", "MB", "GB", "TB"] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    if unit == "bytes" { format!("{number} bytes") } else { format!("{value:.1} {unit}") }
}

/// Maximum number of parameters of an order to show.
const MOST: usize = 9;

/// Formats one row per order: n-grams, counts-of-counts, discounts, and notes on what was done
/// where a method was undefined.
pub fn orders(info: &ModelInfo) -> String {
    let mut table = String::new();
    let _ = writeln!(
        table,
        "{:>5} {:>14}  {:<34} discounts",
        "order", "n-grams", "seen once, twice, 3 and 4 times"
    );
    for (order, row) in (1..).zip(&info.orders) {
        let counts = match info.smoothing {
            Some(_) => row.counts_of_counts.map(group).join("  "),
            None => String::new(),
        };
        let named = |(name, value): &(String, f64)| format!("{name} {value:.4}");
        let parameters: Vec<String> = match &row.parameters[..] {
            // For the weights of many buckets, the first and the last tell enough.
            [first, .., last] if row.parameters.len() > MOST => {
                let number = row.parameters.len();
                vec![named(first), format!("… {} in all …", group(number as u64)), named(last)]
            }
            all => all.iter().map(named).collect(),
        };
        let line =
            format!("{order:>5} {:>14}  {counts:<34} {}", group(row.ngrams), parameters.join("  "));
        let _ = writeln!(table, "{}", line.trim_end());
    }
    for (order, row) in (1..).zip(&info.orders) {
        if let Some(note) = &row.note {
            let _ = writeln!(table, "order {order}: {note}");
        }
    }
    table
}

/// Returns the warnings about a text, one line each.
pub fn warnings(
    corpus: &CorpusSummary,
    rule: &VocabRule,
    tokenizer: &TokenizerSpec,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(place) = &corpus.first_invalid {
        warnings.push(format!(
            "{} byte sequences are not UTF-8 and were read as U+FFFD; the first is in {}, line {}, byte {}",
            group(corpus.invalid),
            place.file,
            group(place.line),
            group(place.byte),
        ));
    }
    if corpus.markers > 0 {
        warnings.push(format!(
            "{} words are <s> or </s>; they were skipped, as each line gets its own",
            group(corpus.markers)
        ));
    }
    if *rule == VocabRule::All && corpus.unknown > 0 {
        let which = match &tokenizer.kind {
            TokenizerKind::PieceFile(_) => "pieces are not in the tokenizer's vocabulary",
            _ => "words are <unk>",
        };
        warnings.push(format!(
            "{} {which}; they were counted as the unknown word",
            group(corpus.unknown)
        ));
    }
    if corpus.sentences == 1 && corpus.tokens > 1000 {
        warnings.push(format!(
            "the text is one line, so one sentence of {} tokens: put each sentence or paragraph on a line of its own",
            group(corpus.tokens)
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_in_their_unit() {
        assert_eq!(bytes(999), "999 bytes");
        assert_eq!(bytes(57_944_740), "57.9 MB");
    }
}
