//! The lines that KenLM's `query` prints (version 0.3.0), byte for byte.

use ngram_eval::number::shortest;
use ngram_eval::sentence::{Details, Sentence};
use ngram_eval::tally::Tally;
use std::fmt::Write;

/// Renders the four lines of `query -v summary`.
///
/// Sums are computed as in `query`, each line in single precision, and include tokens of
/// probability 0. So a perplexity may be `inf`, or `NaN` if there is nothing to divide by.
pub fn summary(tally: &Tally) -> String {
    let counts = &tally.counts;
    let sum = if counts.zeros > 0 { f64::NEG_INFINITY } else { tally.log10_single };
    let sum_oovs = if counts.zero_oovs > 0 { f64::NEG_INFINITY } else { tally.log10_oovs };
    lines(sum, sum_oovs, counts.oovs, tally.tokens())
}

/// Renders the same lines from Σ log10 p over all tokens and over OOVs.
pub(crate) fn lines(sum: f64, sum_oovs: f64, oovs: u64, tokens: u64) -> String {
    let including = 10f64.powf(-(sum / tokens as f64));
    let excluding = 10f64.powf(-((sum - sum_oovs) / (tokens as f64 - oovs as f64)));
    format!(
        "Perplexity including OOVs:\t{}\nPerplexity excluding OOVs:\t{}\nOOVs:\t{oovs}\nTokens:\t{tokens}\n",
        shortest(including),
        shortest(excluding),
    )
}

/// Writes the line that `query -v word` prints for a sentence.
pub struct WordLine;

impl Details for WordLine {
    fn sentence(&self, sentence: &Sentence<'_>, out: &mut String) {
        let mut total = 0.0_f32;
        for token in sentence.tokens {
            let log10 = token.score.log_prob.0;
            total += log10;
            let (word, id, order) = (token.word, token.id.0, token.score.matched);
            let _ = write!(out, "{word}={id} {order} {}\t", shortest(log10));
        }
        let _ = writeln!(out, "Total: {} OOV: {}", shortest(total), sentence.oovs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::{QUERIED, Toy};

    fn query(model: &Toy, text: &str) -> (String, String) {
        let mut words = Vec::new();
        let mut evaluation = Evaluation::new(model);
        evaluation.read_with("text", text.as_bytes(), &WordLine, &mut words).unwrap();
        (String::from_utf8(words).unwrap(), summary(evaluation.total()))
    }

    /// The output of `query toy.arpa < text` in KenLM 0.3.0; the ARPA file is at [`Toy::golden`].
    #[test]
    fn equals_query_byte_for_byte() {
        let (text, words, summary) = QUERIED;
        assert_eq!(query(&Toy::golden(), text), (words.to_owned(), summary.to_owned()));
    }

    #[test]
    fn an_empty_text_equals_query() {
        let summary = "\
Perplexity including OOVs:\tNaN
Perplexity excluding OOVs:\tNaN
OOVs:\t0
Tokens:\t0
";
        assert_eq!(query(&Toy::golden(), ""), (String::new(), summary.to_owned()));
    }

    #[test]
    fn probability_zero_makes_perplexity_infinite() {
        let mut model = Toy::golden();
        model.unigrams[5].0 = f32::NEG_INFINITY; // sat
        let (words, summary) = query(&model, "sat\n");
        assert_eq!(words, "sat=5 1 -inf\t</s>=2 2 -4.4771213e-8\tTotal: -inf OOV: 0\n");
        assert!(summary.starts_with("Perplexity including OOVs:\tinf\n"), "{summary}");
        // An OOV of probability 0 gives infinity minus infinity.
        model.unigrams[0].0 = f32::NEG_INFINITY; // <unk>
        let (_, summary) = query(&model, "dog\n");
        let expected = "Perplexity including OOVs:\tinf\nPerplexity excluding OOVs:\tNaN\n";
        assert!(summary.starts_with(expected), "{summary}");
    }
}
