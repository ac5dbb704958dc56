//! Renders the bound of Brown and others (1992) as text.

use ngram_eval::number::figure;
use ngram_eval::number::grouped;
use ngram_lab::brown1992::Bound;
use std::fmt::Write;

/// Renders the four components and their denominators.
pub fn bound(bound: &Bound) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} characters, {} tokens with {} boundaries, {} of them unknown\n",
        grouped(bound.characters),
        grouped(bound.tokens),
        grouped(bound.sentences),
        grouped(bound.unknown)
    );
    let _ = writeln!(out, "{:<28}{:>16}{:>12}", "", "bits", "per char.");
    let known = bound.tokens - bound.sentences - bound.unknown;
    let parts = [
        ("tokens", bound.token_bits, format!("{} tokens", grouped(bound.tokens))),
        ("spelling", bound.spelling_bits, format!("{} unknown tokens", grouped(bound.unknown))),
        ("case", bound.case_bits, format!("{} known tokens", grouped(known))),
        ("spaces", bound.space_bits, format!("{} gaps", grouped(bound.tokens))),
        ("all together", bound.total_bits(), String::new()),
    ];
    for (name, bits, of) in parts {
        let per_character =
            bound.per_character(bits).map_or("-".to_owned(), |value| format!("{value:.4}"));
        let line =
            format!("{name:<28}{:>16}{per_character:>12}  {of}", grouped(bits.round() as u64));
        let _ = writeln!(out, "{}", line.trim_end());
    }
    if let Some(perplexity) = bound.perplexity() {
        let _ = writeln!(out, "{:<28}{:>16}", "perplexity of tokens", figure(perplexity));
    }
    out
}
