//! A tab-separated table with a row for each token and each sentence.
//!
//! | column | token | sentence |
//! |---|---|---|
//! | `kind` | `word`, `oov` or `end` | `sentence` |
//! | `file`, `line` | name of the text, number of the line (from 1) | the same |
//! | `position` | place in the sentence (from 1) | tokens in the sentence |
//! | `word` | the word, `</s>` for `end` | empty |
//! | `matched` | order of the longest n-gram found | empty |
//! | `log10_prob` | log10 p | Σ log10 p over the sentence's tokens |
//! | `bits` | −log2 p | Σ −log2 p |
//!
//! In names and words, a tab is written as `\t`, a line end as `\n` or `\r` and a backslash as
//! `\\`. Probability 0 is `-inf`, or `inf` in bits.

use ngram_eval::number::shortest;
use ngram_eval::sentence::{Details, Sentence};
use std::borrow::Cow;
use std::fmt::Write;

/// The first line of the table.
pub const HEADER: &str = "kind\tfile\tline\tposition\tword\tmatched\tlog10_prob\tbits\n";

/// Writes the rows of a sentence: one per token, then one for the sentence.
pub struct Rows;

impl Details for Rows {
    fn sentence(&self, sentence: &Sentence<'_>, out: &mut String) {
        let (file, line) = (escaped(sentence.file), sentence.line);
        let last = sentence.tokens.len();
        for (index, token) in sentence.tokens.iter().enumerate() {
            let position = index + 1;
            let kind = token.kind();
            let log_prob = token.score.log_prob;
            let _ = writeln!(
                out,
                "{kind}\t{file}\t{line}\t{position}\t{}\t{}\t{}\t{:.6}",
                escaped(token.word),
                token.score.matched,
                shortest(log_prob.0),
                log_prob.bits() + 0.0,
            );
        }
        let (log10, bits) = (sentence.log10_prob(), sentence.bits());
        let _ = writeln!(out, "sentence\t{file}\t{line}\t{last}\t\t\t{log10:.6}\t{bits:.6}");
    }
}

fn escaped(word: &str) -> Cow<'_, str> {
    if !word.contains(['\t', '\n', '\r', '\\']) {
        return Cow::Borrowed(word);
    }
    let escaped = word.replace('\\', "\\\\").replace('\t', "\\t");
    Cow::Owned(escaped.replace('\n', "\\n").replace('\r', "\\r"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::Toy;
    use ngram_tokenizer::TokenizerKind;

    fn table(model: &Toy, text: &str) -> String {
        let mut rows = Vec::new();
        Evaluation::new(model).read_with("a.txt", text.as_bytes(), &Rows, &mut rows).unwrap();
        String::from_utf8(rows).unwrap()
    }

    #[test]
    fn has_a_row_for_each_token_and_sentence() {
        let mut model = Toy::exact();
        model.unigrams[5].0 = f32::NEG_INFINITY; // sat
        let expected = "\
word\ta.txt\t1\t1\tthe\t2\t-0.25\t0.830482
oov\ta.txt\t1\t2\tdog\t1\t-2.25\t7.474338
end\ta.txt\t1\t3\t</s>\t1\t-1\t3.321928
sentence\ta.txt\t1\t3\t\t\t-3.500000\t11.626748
end\ta.txt\t2\t1\t</s>\t1\t-1.5\t4.982892
sentence\ta.txt\t2\t1\t\t\t-1.500000\t4.982892
word\ta.txt\t3\t1\tsat\t1\t-inf\tinf
end\ta.txt\t3\t2\t</s>\t2\t0\t0.000000
sentence\ta.txt\t3\t2\t\t\t-inf\tinf
";
        assert_eq!(table(&model, "the dog\n\nsat\n"), expected);
        let columns = HEADER.trim_end().split('\t').count();
        assert!(expected.lines().all(|row| row.split('\t').count() == columns));
    }

    #[test]
    fn tabs_in_words_are_escaped() {
        let mut model = Toy::exact();
        model.tokenizer.kind = TokenizerKind::Chars;
        let table = table(&model, "\t\\\n");
        let rows: Vec<&str> = table.lines().collect();
        assert_eq!(rows[0], "oov\ta.txt\t1\t1\t\\t\t1\t-2.5\t8.304820");
        assert_eq!(rows[1], "oov\ta.txt\t1\t2\t\\\\\t1\t-2\t6.643856");
    }
}
