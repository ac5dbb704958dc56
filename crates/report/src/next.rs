//! Renders the most probable next words as text and as JSON Lines.

use super::json;
use ngram_eval::next::After;
use ngram_eval::number::significant;
use ngram_tokenizer::escape;
use std::fmt::Write;

/// Renders a table of the most probable words after a history.
pub fn table(after: &After) -> String {
    let mut out = format!("after {}", after.tokens.join(" ").trim());
    if after.tokens.is_empty() {
        out.push_str("nothing that is known");
    }
    if after.oovs > 0 {
        let _ = write!(out, " ({} out of vocabulary)", after.oovs);
    }
    if let Some(prefix) = &after.prefix {
        let _ = write!(out, ", words that begin with {}", escape(prefix));
        if after.next.is_empty() {
            out.push_str(": none\n");
            return out;
        }
    }
    let _ = writeln!(
        out,
        "\n{:>11} {:>11} {:>9} {:>6} {:>11}  word",
        "probability", "log10 p", "bits", "order", "cumulative"
    );
    for word in &after.next {
        let _ = writeln!(
            out,
            "{:>11} {:>11.6} {:>9.4} {:>6} {:>11.6}  {}",
            significant(word.probability, 6),
            word.log10_prob,
            word.bits,
            word.matched,
            word.cumulative,
            escape(&word.word)
        );
    }
    out
}

/// Renders one JSON object on a line of its own.
pub fn line(after: &After) -> String {
    json::line(after)
}
