//! The lines that SRILM's `ngram -ppl` prints (version 1.7.3), byte for byte.
//!
//! Without `-unk`, OOVs have no probability: they are counted and left out of the sums. With it
//! they are `<unk>`, a word like any other. Blank lines are not sentences.

use ngram_eval::number::significant;
use ngram_eval::sentence::{Details, Sentence};
use ngram_eval::tally::Tally;
use ngram_model::LogProb;
use std::f64::consts::LN_10;
use std::fmt::Write;

/// Significant digits of a log-probability, a probability and a perplexity.
const DIGITS: usize = 7;

/// The SRILM options that determine the lines printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SrilmLines<'n> {
    /// Whether OOVs are scored as `<unk>`: SRILM's `-unk`.
    pub unknown: bool,
    /// Whether sentences have a line for each word: `-debug 2` instead of 1.
    pub words: bool,
    /// The name of unknown words, if not `<unk>`: `-map-unk`.
    pub unknown_name: Option<&'n str>,
    /// Whether sentences have no `<s>`, so that their first words follow nothing: `-no-sos`.
    pub no_start: bool,
    /// Whether `</s>` is not predicted: `-no-eos`. It must have been scored as certain. A sentence is said to have
    /// one word less, as SRILM says, so that perplexities are right.
    pub no_end: bool,
}

/// Renders the two lines for a text called `name`, without `-unk`.
pub fn summary(name: &str, tally: &Tally) -> String {
    SrilmLines::default().summary(name, tally)
}

impl SrilmLines<'_> {
    /// Renders the two lines for a text called `name`.
    pub fn summary(&self, name: &str, tally: &Tally) -> String {
        let counts = &tally.counts;
        let (oovs, zero_oovs, log10_oovs) = match self.unknown {
            true => (0, 0, 0.0),
            false => (counts.oovs, counts.zero_oovs, tally.log10_oovs),
        };
        let sentences = counts.sentences - counts.blank_lines;
        let stats = SrilmStats {
            sentences,
            words: counts.words - if self.no_end { sentences } else { 0 },
            oovs,
            zeros: counts.zeros - zero_oovs,
            log10: tally.log10 - log10_oovs - tally.log10_blank_lines,
        };
        format!("file {name}: {stats}")
    }
}

/// The counts that SRILM keeps. Displayed as its two lines, after `file NAME: `.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SrilmStats {
    /// Ends of sentences.
    pub sentences: u64,
    /// Words, without ends of sentences.
    pub words: u64,
    /// Words out of vocabulary.
    pub oovs: u64,
    /// Known tokens of probability 0.
    pub zeros: u64,
    /// Σ log10 p over known tokens of probability above 0.
    pub log10: f64,
}

impl std::fmt::Display for SrilmStats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let SrilmStats { sentences, words, oovs, zeros, log10 } = *self;
        writeln!(f, "{sentences} sentences, {words} words, {oovs} OOVs")?;
        if words + sentences == 0 {
            return Ok(());
        }
        let scored_words = words as f64 - oovs as f64 - zeros as f64;
        let perplexity = |tokens: f64| {
            if tokens > 0.0 {
                significant((-log10 / tokens * LN_10).exp(), DIGITS)
            } else {
                "undefined".to_owned()
            }
        };
        writeln!(
            f,
            "{zeros} zeroprobs, logprob= {} ppl= {} ppl1= {}",
            // Adding zero drops the sign of −0.
            significant(log10 + 0.0, DIGITS),
            perplexity(scored_words + sentences as f64),
            perplexity(scored_words),
        )
    }
}

/// What `-debug 2` prints for a sentence, without `-unk`.
pub const WORDS: SrilmLines<'_> =
    SrilmLines { unknown: false, words: true, unknown_name: None, no_start: false, no_end: false };

impl Details for SrilmLines<'_> {
    fn sentence(&self, sentence: &Sentence<'_>, out: &mut String) {
        if sentence.blank {
            return;
        }
        let words = &sentence.tokens[..sentence.tokens.len() - 1];
        let text: Vec<&str> = words.iter().map(|token| token.word).collect();
        let _ = writeln!(out, "{}", text.join(" "));

        let scored = match self.no_end {
            true => words,
            false => sentence.tokens,
        };
        let length = sentence.words() - u64::from(self.no_end);
        let mut stats = SrilmStats { sentences: 1, words: length, oovs: 0, zeros: 0, log10: 0.0 };
        let mut previous = if self.no_start { "" } else { "<s>" };
        for (index, token) in scored.iter().enumerate() {
            let unknown = self.unknown_name.unwrap_or("<unk>");
            let word = if token.is_oov() { unknown } else { token.word };
            let more = if index == 0 { "" } else { "..." };
            let mut line = format!("\tp( {word} | {previous} {more}) \t= ");
            let log_prob = if token.is_oov() && !self.unknown {
                stats.oovs += 1;
                line.push_str("[OOV]");
                LogProb::ZERO
            } else {
                let _ = write!(line, "[{}gram]", token.score.matched);
                if token.is_zero() {
                    stats.zeros += 1;
                } else {
                    stats.log10 += token.score.log_prob.log10();
                }
                token.score.log_prob
            };
            let prob = (log_prob.log10() * LN_10).exp();
            let log10 = log_prob.log10();
            let [prob, log10] = [prob, log10].map(|number| significant(number, DIGITS));
            if self.words {
                let _ = writeln!(out, "{line} {prob} [ {log10} ]");
            }
            previous = word;
        }
        let _ = writeln!(out, "{stats}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_eval::Evaluation;
    use ngram_eval::tally::Counts;
    use ngram_testing::toy::Toy;

    fn ppl(model: &Toy, text: &str) -> (String, String) {
        let mut words = Vec::new();
        let mut evaluation = Evaluation::new(model);
        evaluation.read_with("held.txt", text.as_bytes(), &WORDS, &mut words).unwrap();
        (String::from_utf8(words).unwrap(), summary("held.txt", evaluation.total()))
    }

    /// The log-probability of `</s>` and the lines for it are from a published run of SRILM 1.7.3,
    /// `ngram -ppl … -debug 2`.
    #[test]
    fn unknown_words_equal_srilm_byte_for_byte() {
        let mut model = Toy::golden();
        model.unigrams[2].0 = -0.7018971; // </s>
        let words = "\
foo bar
\tp( <unk> | <s> ) \t= [OOV] 0 [ -inf ]
\tp( <unk> | <unk> ...) \t= [OOV] 0 [ -inf ]
\tp( </s> | <unk> ...) \t= [1gram] 0.1986566 [ -0.7018971 ]
1 sentences, 2 words, 2 OOVs
0 zeroprobs, logprob= -0.7018971 ppl= 5.033813 ppl1= undefined

";
        let summary = "\
file held.txt: 1 sentences, 2 words, 2 OOVs
0 zeroprobs, logprob= -0.7018971 ppl= 5.033813 ppl1= undefined
";
        assert_eq!(ppl(&model, "foo bar\n"), (words.to_owned(), summary.to_owned()));
    }

    /// As before; here SRILM knew the first word but gave it no probability.
    #[test]
    fn a_known_word_of_probability_zero_equals_srilm_byte_for_byte() {
        let mut model = Toy::golden();
        model.unigrams[2].0 = -0.7018971; // </s>
        model.unigrams[5].0 = f32::NEG_INFINITY; // sat
        let words = "\
sat foo bar baz
\tp( sat | <s> ) \t= [1gram] 0 [ -inf ]
\tp( <unk> | sat ...) \t= [OOV] 0 [ -inf ]
\tp( <unk> | <unk> ...) \t= [OOV] 0 [ -inf ]
\tp( <unk> | <unk> ...) \t= [OOV] 0 [ -inf ]
\tp( </s> | <unk> ...) \t= [1gram] 0.1986566 [ -0.7018971 ]
1 sentences, 4 words, 3 OOVs
1 zeroprobs, logprob= -0.7018971 ppl= 5.033813 ppl1= undefined

";
        assert_eq!(ppl(&model, "sat foo bar baz\n").0, words);
    }

    /// If `<unk>` is a word, it counts as a zero-probability token if it has probability 0, and is
    /// scored otherwise.
    #[test]
    fn unknown_words_can_be_words() {
        let mut model = Toy::golden();
        let mut out = Vec::new();
        let lines = SrilmLines { unknown: true, ..WORDS };
        let mut evaluation = Evaluation::new(&model);
        evaluation.read_with("held.txt", &b"dog\n"[..], &lines, &mut out).unwrap();
        // log10 0.0045 and 0.2, worked by hand.
        let words = "\
dog
\tp( <unk> | <s> ) \t= [1gram] 0.0045 [ -2.346787 ]
\tp( </s> | <unk> ...) \t= [1gram] 0.2 [ -0.69897 ]
1 sentences, 1 words, 0 OOVs
0 zeroprobs, logprob= -3.045757 ppl= 33.33333 ppl1= 1111.111

";
        assert_eq!(String::from_utf8(out).unwrap(), words);
        let summary = lines.summary("held.txt", evaluation.total());
        assert!(
            summary.ends_with("logprob= -3.045757 ppl= 33.33333 ppl1= 1111.111\n"),
            "{summary}"
        );
        model.unigrams[0].0 = f32::NEG_INFINITY;
        let mut evaluation = Evaluation::new(&model);
        evaluation.read("held.txt", &b"dog\n"[..]).unwrap();
        let summary = lines.summary("held.txt", evaluation.total());
        assert!(summary.contains("0 OOVs\n1 zeroprobs, logprob= -0.69897 "), "{summary}");
    }

    /// The figures are of a published run of SRILM 1.7.3.
    #[test]
    fn a_summary_has_seven_digits() {
        let counts = Counts { sentences: 2314, words: 26473, oovs: 1264, ..Counts::default() };
        let tally = Tally { counts, log10: -53856.043, ..Tally::default() };
        let expected = "\
file data/ami-dev.txt: 2314 sentences, 26473 words, 1264 OOVs
0 zeroprobs, logprob= -53856.04 ppl= 90.52426 ppl1= 136.8931
";
        assert_eq!(summary("data/ami-dev.txt", &tally), expected);
    }

    #[test]
    fn blank_lines_are_no_sentences() {
        let model = Toy::exact();
        let (words, summary) = ppl(&model, "the\n\n \n");
        assert_eq!(words.matches("sentences").count(), 1);
        // the −.25, </s> −1.25
        assert_eq!(
            summary,
            "file held.txt: 1 sentences, 1 words, 0 OOVs\n\
             0 zeroprobs, logprob= -1.5 ppl= 5.623413 ppl1= 31.62278\n"
        );
    }

    #[test]
    fn an_empty_text_has_one_line() {
        let empty = "file held.txt: 0 sentences, 0 words, 0 OOVs\n";
        assert_eq!(ppl(&Toy::exact(), ""), (String::new(), empty.to_owned()));
    }
}
