//! Reads the n-grams of one order from the lines of a file.

use super::LOG_ZERO;
use super::error::{ArpaError, Problem};
use super::lines::{ArpaLines, Fields};
use super::warning::Warning;
use std::io::BufRead;

/// How to treat odd numbers, and the ones found.
#[derive(Default)]
pub struct Checks {
    /// Whether a log-probability above 0 is an error.
    pub strict: bool,
    /// Whether -99 is an ordinary number.
    pub literal_zero: bool,
    /// Set at the first log-probability above 0.
    pub positive: Option<Warning>,
}

/// The section of one order.
pub struct ArpaSection<'r, R> {
    lines: &'r mut ArpaLines<R>,
    order: usize,
    is_highest: bool,
    /// Whether the current line is already the end of the file.
    is_left_out: bool,
    announced: u64,
    read: u64,
    first_line: u64,
    /// For each place with blank lines between n-grams, the number of n-grams before it and of blank lines up to it, so
    /// that any number of blank lines in a row takes the memory of one.
    blanks: Vec<(u64, u64)>,
}

impl<'r, R: BufRead> ArpaSection<'r, R> {
    /// Opens the section of an order, whose first line must be the current one. An empty section
    /// before the end may be missing.
    pub fn open(
        lines: &'r mut ArpaLines<R>,
        order: usize,
        counts: &[u64],
    ) -> Result<ArpaSection<'r, R>, ArpaError> {
        let announced = counts[order - 1];
        let expected = format!("\\{order}-grams:");
        let line = lines.bytes();
        let is_left_out = announced == 0 && line == b"\\end\\";
        if line != expected.as_bytes() && !is_left_out {
            return Err(lines.error(Problem::Section { expected, found: lines.shown() }));
        }
        lines.set_order(Some(order));
        let first_line = lines.number() + 1;
        Ok(ArpaSection {
            lines,
            order,
            is_highest: order == counts.len(),
            is_left_out,
            announced,
            read: 0,
            first_line,
            blanks: Vec::new(),
        })
    }

    /// Returns the number of n-grams to reserve memory for: the announced number, up to 4 MiB of
    /// words, as a header can announce anything.
    pub fn expected(&self) -> usize {
        self.announced.min((1 << 20) / self.order as u64) as usize
    }

    /// Returns whether this is the highest order, which has no back-off weights.
    pub fn is_highest(&self) -> bool {
        self.is_highest
    }

    /// Advances to the next n-gram; returns false after the last one. `last` returns the words of
    /// the previous one, for messages.
    #[inline]
    pub fn advance(&mut self, last: impl FnOnce() -> Option<String>) -> Result<bool, ArpaError> {
        if self.is_left_out {
            return Ok(false);
        }
        loop {
            let more = self.lines.advance()?;
            let line = self.lines.bytes();
            if !more || (!self.lines.is_whole() && line != b"\\end\\") {
                return Err(self.truncated(last()));
            }
            match line.first() {
                None => self.blank(),
                Some(b'\\') => return self.close(),
                Some(_) => {
                    self.read += 1;
                    return Ok(true);
                }
            }
        }
    }

    #[cold]
    fn blank(&mut self) {
        let read = self.read;
        match self.blanks.last_mut() {
            Some((before, lines)) if *before == read => *lines += 1,
            last => {
                let lines = last.map_or(0, |(_, lines)| *lines);
                self.blanks.push((read, lines + 1));
            }
        }
    }

    #[cold]
    fn truncated(&self, last: Option<String>) -> ArpaError {
        let (order, read, announced) = (self.order, self.read, self.announced);
        self.lines.error(Problem::Truncated { order, read, announced, last })
    }

    fn close(&mut self) -> Result<bool, ArpaError> {
        let (order, found, announced) = (self.order, self.read, self.announced);
        if found == announced {
            return Ok(false);
        }
        Err(self.lines.error(Problem::Count { order, found, announced }))
    }

    /// Returns the line of the current n-gram, trimmed.
    pub fn line(&self) -> Result<&str, ArpaError> {
        self.lines.text()
    }

    /// Parses log-probability and back-off weight of the current n-gram, and passes its words to
    /// `word` one by one.
    #[inline]
    pub fn parse(
        &self,
        checks: &mut Checks,
        word: impl FnMut(&str) -> Result<(), Problem>,
    ) -> Result<(f32, f32), ArpaError> {
        let line = self.lines.text()?;
        self.parse_fields(line, checks, word).map_err(|problem| {
            let found = Fields::new(line).count();
            // If the number of fields is wrong, any other message would mislead.
            let fits = found == self.order + 1 || found == self.order + 2;
            let fields = Problem::Fields { order: self.order, found };
            self.lines.error(if fits { problem } else { fields })
        })
    }

    #[inline]
    fn parse_fields(
        &self,
        line: &str,
        checks: &mut Checks,
        mut word: impl FnMut(&str) -> Result<(), Problem>,
    ) -> Result<(f32, f32), Problem> {
        let missing = || Problem::Fields { order: self.order, found: 0 };
        let mut fields = Fields::new(line);
        let log_prob = fields.next().ok_or_else(missing)?;
        for _ in 0..self.order {
            word(fields.next().ok_or_else(missing)?)?;
        }
        let backoff = fields.next();
        if fields.next().is_some() {
            return Err(missing());
        }
        Ok((self.parse_log_prob(log_prob, checks)?, self.parse_backoff(backoff, checks)?))
    }

    #[inline]
    fn parse_log_prob(&self, text: &str, checks: &mut Checks) -> Result<f32, Problem> {
        match text.parse::<f32>() {
            Ok(LOG_ZERO) if !checks.literal_zero => Ok(f32::NEG_INFINITY),
            Ok(log_prob) if log_prob <= 0.0 => Ok(log_prob),
            Ok(log_prob) if log_prob.is_finite() && checks.strict => {
                Err(Problem::PositiveLogProb(log_prob))
            }
            Ok(log_prob) if log_prob.is_finite() => {
                self.see_positive(log_prob, checks);
                Ok(0.0)
            }
            _ => Err(Problem::Number { quantity: "probability", found: text.to_owned() }),
        }
    }

    #[cold]
    fn see_positive(&self, log_prob: f32, checks: &mut Checks) {
        match &mut checks.positive {
            Some(Warning::PositiveLogProbs { count, largest, .. }) => {
                *count += 1;
                *largest = largest.max(log_prob);
            }
            positive => {
                let first_line = self.lines.number();
                *positive =
                    Some(Warning::PositiveLogProbs { count: 1, first_line, largest: log_prob });
            }
        }
    }

    #[inline]
    fn parse_backoff(&self, text: Option<&str>, checks: &Checks) -> Result<f32, Problem> {
        let Some(text) = text else { return Ok(0.0) };
        match text.parse::<f32>() {
            Ok(backoff) if self.is_highest && backoff != 0.0 => {
                Err(Problem::HighestBackoff { found: text.to_owned() })
            }
            Ok(LOG_ZERO) if !checks.literal_zero => Ok(f32::NEG_INFINITY),
            Ok(backoff) if backoff.is_finite() => Ok(backoff),
            _ => Err(Problem::Number { quantity: "back-off weight", found: text.to_owned() }),
        }
    }

    /// Returns the line of an n-gram of this section, by its index.
    pub fn line_of(&self, index: usize) -> u64 {
        let places = self.blanks.partition_point(|&(before, _)| before <= index as u64);
        let blanks = places.checked_sub(1).map_or(0, |last| self.blanks[last].1);
        self.first_line + index as u64 + blanks
    }

    /// Returns the error for an n-gram that is listed twice, given its words and both indices.
    #[cold]
    pub fn duplicate(&self, ngram: String, first: usize, second: usize) -> ArpaError {
        let problem = Problem::Duplicate { ngram, first_line: self.line_of(first) };
        self.lines.error_before(self.line_of(second), problem)
    }

    /// Returns an error for the section as a whole.
    #[cold]
    pub fn error(&self, problem: Problem) -> ArpaError {
        self.lines.error(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few bytes used to reserve a gibibyte for words.
    #[test]
    fn a_header_that_announces_much_makes_room_for_little() {
        let counts = [u64::MAX; 255];
        for order in [1, 2, 255] {
            let text = format!("\\{order}-grams:\n");
            let mut lines = ArpaLines::new(text.as_bytes(), "x").unwrap();
            lines.advance().unwrap();
            let section = ArpaSection::open(&mut lines, order, &counts).unwrap();
            let room = section.expected() * order;
            assert!(room > 0 && room <= 1 << 20, "order {order}: {room}");
        }
    }

    #[test]
    fn blank_lines_in_a_row_take_the_memory_of_one() {
        let blank = "\n".repeat(100_000);
        let text = format!("\\1-grams:\n{blank}-1 a\n-1 b\n{blank}{blank}-1 c\n\n\\end\\\n");
        let mut lines = ArpaLines::new(text.as_bytes(), "x").unwrap();
        lines.advance().unwrap();
        let mut section = ArpaSection::open(&mut lines, 1, &[3]).unwrap();
        let mut numbers = Vec::new();
        while section.advance(|| None).unwrap() {
            numbers.push(section.lines.number());
        }
        // The heading is line 1.
        assert_eq!(numbers, [100_002, 100_003, 300_004]);
        assert_eq!([0, 1, 2].map(|index| section.line_of(index)), [100_002, 100_003, 300_004]);
        assert_eq!(section.blanks.len(), 3);
    }
}
