//! Notes: what a reader must know before quoting a figure.

use crate::error::shown;
use crate::number::grouped;
use crate::report::Report;
use crate::spread::Intervals;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

/// Returns the notes on a report, the most serious first.
pub fn notes(report: &Report, tokenizer: &TokenizerSpec) -> Vec<String> {
    let figures = &report.figures;
    let mut notes = Vec::new();
    if figures.tokens == 0 {
        notes.push(
            "the text has no tokens: cross-entropy, perplexity and bits per character cannot be \
             computed"
                .to_owned(),
        );
    }
    if figures.infinite {
        notes.push(format!(
            "{} had probability 0, so the perplexity of the text is infinite; the figures given \
             are of the other tokens only, as SRILM gives them",
            count(figures.zero_probability_tokens, "token", "tokens")
        ));
    }
    let perplexities = [figures.perplexity_including_oovs, figures.perplexity_excluding_oovs];
    if perplexities.into_iter().flatten().any(f64::is_infinite) {
        notes.push(
            "a perplexity is above 1.8e308, the largest number of 64 bits, and is given as infinite (in JSON as \
             null); cross-entropy says the same in bits"
                .to_owned(),
        );
    }
    if let Some(place) = &figures.first_invalid_utf8 {
        notes.push(format!(
            "{} of bytes that are no UTF-8 were read as U+FFFD; the first stands in {}, line {}, \
             after {} of the text",
            count(figures.invalid_utf8_sequences, "sequence", "sequences"),
            shown(&place.file),
            grouped(place.line),
            count(place.byte, "byte", "bytes"),
        ));
    }
    if figures.skipped_markers > 0 {
        notes.push(format!(
            "{} <s> or </s> in the text were skipped like white space; every line is a sentence, \
             and its </s> is predicted once",
            count(figures.skipped_markers, "marker", "markers")
        ));
    }
    if figures.byte_order_marks > 0 {
        notes.push(format!(
            "{} at the beginning of a text were dropped",
            count(figures.byte_order_marks, "byte order mark", "byte order marks")
        ));
    }
    notes.extend(figures.intervals.as_ref().and_then(Intervals::note));
    if figures.tokens > 0 {
        notes.push(bits_per_character(report, tokenizer));
    }
    notes
}

/// Says whether bits per character bound the entropy of English, and if not, why.
fn bits_per_character(report: &Report, tokenizer: &TokenizerSpec) -> String {
    if report.figures.open_vocabulary.is_some() {
        return "the vocabulary is open: unknown words are spelled, and case and spacing are paid for where \
                tokens leave them out, so bits per character are an upper bound on the entropy of what \
                the text was taken from. Cross-entropy and perplexity are those of the tokens, every \
                unknown word scored as the one symbol <unk>, as other toolkits give them"
            .to_owned();
    }
    let mut free = Vec::new();
    if report.vocabulary_closed && report.figures.oovs > 0 {
        free.push("which unknown word stands at each <unk>");
    }
    free.extend(left_out(tokenizer));
    let closed = if report.vocabulary_closed {
        "the vocabulary is closed: every unknown word is scored as the one symbol <unk>. "
    } else {
        ""
    };
    if free.is_empty() {
        return format!(
            "{closed}Here no token was unknown and the tokens give back every line, so bits per \
             character charge for the whole text but for the kind of its line ends"
        );
    }
    format!(
        "{closed}Bits per character are no bound on the entropy of English, as nothing is charged \
         for {}",
        listed(&free)
    )
}

/// What the tokens leave out of a text, if nothing else charges for it.
pub fn left_out(tokenizer: &TokenizerSpec) -> Vec<&'static str> {
    let mut free = Vec::new();
    match tokenizer.kind {
        TokenizerKind::Words | TokenizerKind::Whitespace | TokenizerKind::WordsIcu => {
            free.push("the spacing between tokens");
        }
        TokenizerKind::Shannon => free.push("case, accents and whatever is not a letter"),
        TokenizerKind::PieceFile(_) => {
            free.push("what the tokenizer's file leaves out of its pieces")
        }
        TokenizerKind::Chars | TokenizerKind::Bytes => {}
    }
    if tokenizer.lowercase && tokenizer.kind != TokenizerKind::Shannon {
        free.push("case");
    }
    free
}

/// Joins items with commas and "and".
pub fn listed(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}
