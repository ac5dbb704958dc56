//! Writes an ARPA file, one n-gram after another.

use super::LOG_ZERO;
use ngram_model::Ngrams;
use ngram_tokenizer::{VocabView, WordId, escape};
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Why an ARPA file could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArpaWriteError {
    /// Writing to the output failed.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ngram_model::ModelError),
    /// A section is out of order: they must be 1, 2 and so on, to the highest order announced.
    #[error("the section of order {found} cannot come here; the next order is {expected}")]
    OutOfTurn {
        /// The expected order; one more than the highest if no section is left.
        expected: usize,
        /// The order that was begun.
        found: usize,
    },
    /// The number of n-grams written differs from the number announced.
    #[error("{announced} {order}-grams were announced, but {written} were written")]
    Count {
        /// Their order; 0 before the first section.
        order: usize,
        /// The number announced.
        announced: u64,
        /// The number written, or one more than announced.
        written: u64,
    },
    /// The length of an n-gram does not match its section.
    #[error("an n-gram of {found} words among the {order}-grams")]
    Words {
        /// The order of the section.
        order: usize,
        /// The length of the n-gram.
        found: usize,
    },
    /// A log-probability or back-off weight is NaN or plus infinity, or an n-gram of the highest
    /// order has a back-off weight.
    #[error("the {order}-gram {ngram:?} cannot have the {quantity} {value}")]
    Number {
        /// Its order.
        order: usize,
        /// Its words.
        ngram: String,
        /// "log-probability" or "back-off weight".
        quantity: &'static str,
        /// As log10.
        value: f32,
    },
}

/// Writes an ARPA file n-gram by n-gram.
///
/// ```
/// use ngram_formats::arpa::ArpaWriter;
/// use ngram_tokenizer::{Vocab, WordId};
///
/// let vocab = Vocab::new(["yes"])?;
/// let mut writer = ArpaWriter::new(Vec::new(), vocab.view(), &[4, 1])?;
/// writer.begin_order(1)?;
/// writer.ngram(&[WordId::UNKNOWN], -2.0, None)?;
/// writer.ngram(&[WordId::BEGIN], f32::NEG_INFINITY, Some(-0.5))?;
/// writer.ngram(&[WordId::END], -0.3, None)?;
/// writer.ngram(&[WordId(3)], -0.31, None)?;
/// writer.begin_order(2)?;
/// writer.ngram(&[WordId::BEGIN, WordId(3)], -0.1, None)?;
/// assert_eq!(
///     String::from_utf8(writer.finish()?)?,
///     "\\data\\\nngram 1=4\nngram 2=1\n\n\
///      \\1-grams:\n-2\t<unk>\t0\n-99\t<s>\t-0.5\n-0.3\t</s>\t0\n-0.31\tyes\t0\n\n\
///      \\2-grams:\n-0.1\t<s> yes\n\n\
///      \\end\\\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ArpaWriter<'v, W> {
    out: W,
    vocab: VocabView<'v>,
    /// The words as written, if any is written in another way.
    escaped: Option<Vec<Cow<'v, str>>>,
    counts: Vec<u64>,
    /// The order of the section, 0 before the first.
    order: usize,
    written: u64,
    line: String,
}

impl<'v, W: Write> ArpaWriter<'v, W> {
    /// Writes the beginning of a file with `counts[n - 1]` n-grams of each order n.
    ///
    /// `out` receives small pieces and should be buffered.
    pub fn new(
        mut out: W,
        vocab: VocabView<'v>,
        counts: &[u64],
    ) -> Result<ArpaWriter<'v, W>, ArpaWriteError> {
        writeln!(out, "\\data\\")?;
        for (index, count) in counts.iter().enumerate() {
            writeln!(out, "ngram {}={count}", index + 1)?;
        }
        let changes = vocab.words().any(|word| escape(word) != word);
        let escaped = changes.then(|| vocab.words().map(escape).collect());
        let (counts, line) = (counts.to_vec(), String::new());
        Ok(ArpaWriter { out, vocab, escaped, counts, order: 0, written: 0, line })
    }

    /// Writes `<unk>` under this name, which must be no other word.
    pub fn name_unknown(&mut self, name: &'v str) {
        let vocab = self.vocab;
        let escaped =
            self.escaped.get_or_insert_with(|| vocab.words().map(Cow::Borrowed).collect());
        escaped[WordId::UNKNOWN.index()] = Cow::Borrowed(name);
    }

    /// Begins the section of an order: first 1, then each in turn.
    pub fn begin_order(&mut self, order: usize) -> Result<(), ArpaWriteError> {
        self.check_count()?;
        if order != self.order + 1 || order > self.counts.len() {
            return Err(ArpaWriteError::OutOfTurn { expected: self.order + 1, found: order });
        }
        self.order = order;
        self.written = 0;
        writeln!(self.out, "\n\\{order}-grams:")?;
        Ok(())
    }

    /// Writes an n-gram of the section's order.
    ///
    /// Both numbers are log10; minus infinity is written as -99. A missing back-off weight is
    /// written as 0, except for the highest order.
    #[inline]
    pub fn ngram(
        &mut self,
        words: &[WordId],
        log_prob: f32,
        backoff: Option<f32>,
    ) -> Result<(), ArpaWriteError> {
        self.check(words, log_prob, backoff)?;
        self.line.clear();
        push_number(&mut self.line, log_prob);
        let mut separator = '\t';
        for &word in words {
            self.line.push(separator);
            self.line.push_str(match &self.escaped {
                Some(escaped) => escaped.get(word.index()).unwrap_or(&escaped[0]),
                None => self.vocab.word(word),
            });
            separator = ' ';
        }
        if self.order < self.counts.len() {
            self.line.push('\t');
            push_number(&mut self.line, backoff.unwrap_or(0.0));
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())?;
        self.written += 1;
        Ok(())
    }

    #[inline]
    fn check(
        &self,
        words: &[WordId],
        log_prob: f32,
        backoff: Option<f32>,
    ) -> Result<(), ArpaWriteError> {
        let order = self.order;
        if order == 0 || words.len() != order {
            return Err(ArpaWriteError::Words { order, found: words.len() });
        }
        if self.written == self.counts[order - 1] {
            let announced = self.written;
            return Err(ArpaWriteError::Count { order, announced, written: announced + 1 });
        }
        let number = |quantity, value| {
            let words: Vec<&str> = words.iter().map(|&word| self.vocab.word(word)).collect();
            ArpaWriteError::Number { order, ngram: words.join(" "), quantity, value }
        };
        let is_writable = |value: f32| value.is_finite() || value == f32::NEG_INFINITY;
        if !is_writable(log_prob) {
            return Err(number("log-probability", log_prob));
        }
        match backoff {
            Some(value) if !is_writable(value) => Err(number("back-off weight", value)),
            Some(value) if order == self.counts.len() && value != 0.0 => {
                Err(number("back-off weight", value))
            }
            _ => Ok(()),
        }
    }

    fn check_count(&self) -> Result<(), ArpaWriteError> {
        let announced = self.order.checked_sub(1).map_or(0, |index| self.counts[index]);
        if self.written == announced {
            return Ok(());
        }
        Err(ArpaWriteError::Count { order: self.order, announced, written: self.written })
    }

    /// Writes the end, and returns the flushed output. Everything announced must have been written.
    pub fn finish(mut self) -> Result<W, ArpaWriteError> {
        self.check_count()?;
        if let Some(&announced) = self.counts.get(self.order) {
            return Err(ArpaWriteError::Count { order: self.order + 1, announced, written: 0 });
        }
        writeln!(self.out, "\n\\end\\")?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Appends the shortest decimal number that reads back as the same `f32`.
#[inline]
fn push_number(line: &mut String, value: f32) {
    let value = if value == f32::NEG_INFINITY { LOG_ZERO } else { value };
    // Turns -0 into 0. Writing to a string cannot fail.
    let _ = write!(line, "{}", value + 0.0);
}

/// Writes n-grams in memory: those of orders 1, 2 and so on.
pub fn write(
    out: impl Write,
    vocab: VocabView<'_>,
    orders: &[Ngrams],
) -> Result<(), ArpaWriteError> {
    let counts: Vec<u64> = orders.iter().map(|ngrams| ngrams.len() as u64).collect();
    let mut writer = ArpaWriter::new(out, vocab, &counts)?;
    for ngrams in orders {
        writer.begin_order(ngrams.order)?;
        for (words, log_prob, backoff) in ngrams.iter() {
            writer.ngram(words, log_prob, backoff)?;
        }
    }
    writer.finish().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_tokenizer::Vocab;

    #[test]
    fn numbers_are_the_shortest_that_read_back() {
        let mut line = String::new();
        for value in [0.0, -0.0, -1.0, -0.1, -5.649987, f32::NEG_INFINITY, -1e-7, -123456.78] {
            push_number(&mut line, value);
            line.push(' ');
        }
        assert_eq!(line, "0 0 -1 -0.1 -5.649987 -99 -0.0000001 -123456.78 ");
    }

    #[test]
    fn what_is_announced_has_to_come_in_turn() {
        let vocab = Vocab::new(["a"]).unwrap();
        let begin = |counts: &[u64]| ArpaWriter::new(Vec::new(), vocab.view(), counts).unwrap();
        let a = WordId(3);

        let mut writer = begin(&[1, 1]);
        assert!(matches!(
            writer.ngram(&[a], 0.0, None),
            Err(ArpaWriteError::Words { order: 0, .. })
        ));
        assert!(matches!(
            writer.begin_order(2),
            Err(ArpaWriteError::OutOfTurn { expected: 1, .. })
        ));
        writer.begin_order(1).unwrap();
        assert!(matches!(
            writer.ngram(&[a, a], 0.0, None),
            Err(ArpaWriteError::Words { found: 2, .. })
        ));
        assert!(matches!(writer.begin_order(2), Err(ArpaWriteError::Count { written: 0, .. })));
        writer.ngram(&[a], -0.5, None).unwrap();
        assert!(matches!(
            writer.ngram(&[a], -0.5, None),
            Err(ArpaWriteError::Count { order: 1, announced: 1, written: 2 })
        ));
        assert!(matches!(writer.finish(), Err(ArpaWriteError::Count { order: 2, .. })));

        let mut writer = begin(&[1]);
        writer.begin_order(1).unwrap();
        assert!(matches!(writer.finish(), Err(ArpaWriteError::Count { order: 1, written: 0, .. })));
    }

    #[test]
    fn only_numbers_are_written() {
        let vocab = Vocab::new(["a"]).unwrap();
        let mut writer = ArpaWriter::new(Vec::new(), vocab.view(), &[1, 1]).unwrap();
        let a = WordId(3);
        writer.begin_order(1).unwrap();
        let number = |result| matches!(result, Err(ArpaWriteError::Number { .. }));
        assert!(number(writer.ngram(&[a], f32::NAN, None)));
        assert!(number(writer.ngram(&[a], f32::INFINITY, None)));
        assert!(number(writer.ngram(&[a], -1.0, Some(f32::NAN))));
        assert!(number(writer.ngram(&[a], -1.0, Some(f32::INFINITY))));
        writer.ngram(&[a], f32::NEG_INFINITY, Some(f32::NEG_INFINITY)).unwrap();
        writer.begin_order(2).unwrap();
        assert!(number(writer.ngram(&[a, a], -1.0, Some(-0.1))));
        writer.ngram(&[a, a], -1.0, Some(0.0)).unwrap();
        assert!(writer.finish().is_ok());
    }
}
