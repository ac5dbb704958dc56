//! Passages spread evenly over a text of unknown length.

use ngram_model::Score;
use ngram_tokenizer::WordId;

/// A token of a passage.
#[derive(Clone, Debug, PartialEq)]
pub struct ShownToken {
    /// The token as the tokenizer cut it; `</s>` at the end of a line.
    pub word: String,
    /// Its id in the vocabulary.
    pub id: WordId,
    /// Its score.
    pub score: Score,
    /// Its history as the model uses it, in text order; the first word may be `<s>`.
    pub history: Vec<WordId>,
}

/// Consecutive tokens of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyPassage {
    /// The name of the text.
    pub file: String,
    /// The line of the first token, from 1.
    pub line: u64,
    /// The tokens, `</s>` after each line.
    pub tokens: Vec<ShownToken>,
}

/// A collection of passages: all of the text while they are few, then every second, every fourth
/// and so on.
#[derive(Clone, Debug)]
pub struct Passages {
    kept: Vec<SurveyPassage>,
    /// The current passage, if it is to be kept, and its number of tokens so far.
    open: Option<SurveyPassage>,
    so_far: usize,
    /// The least number of tokens in a passage; it continues to the end of its line, but to at most
    /// twice as many.
    length: usize,
    /// The most passages kept.
    most: usize,
    /// One passage in `stride` is kept.
    stride: u64,
    /// The number of passages begun.
    begun: u64,
}

impl Passages {
    /// Keeps up to 12 passages of 96 to 192 tokens.
    pub(super) fn of_words() -> Passages {
        Passages::new(96, 12)
    }

    /// Keeps up to 8 passages of 240 to 480 tokens.
    pub(super) fn of_characters() -> Passages {
        Passages::new(240, 8)
    }

    fn new(length: usize, most: usize) -> Passages {
        Passages { kept: Vec::new(), open: None, so_far: 0, length, most, stride: 1, begun: 0 }
    }

    pub(super) fn add(
        &mut self,
        file: &str,
        line: u64,
        word: &str,
        id: WordId,
        score: Score,
        history: &[WordId],
    ) {
        if self.so_far == 0 {
            if self.begun.is_multiple_of(self.stride) {
                self.open = Some(SurveyPassage { file: file.to_owned(), line, tokens: Vec::new() });
            }
            self.begun += 1;
        }
        self.so_far += 1;
        if let Some(passage) = &mut self.open {
            let (word, history) = (word.to_owned(), history.to_owned());
            passage.tokens.push(ShownToken { word, id, score, history });
        }
        if self.so_far >= 2 * self.length || self.so_far >= self.length && id == WordId::END {
            self.cut();
        }
    }

    /// Ends the current passage.
    pub(super) fn cut(&mut self) {
        self.so_far = 0;
        self.kept.extend(self.open.take());
        if self.kept.len() > self.most {
            let every_other = std::mem::take(&mut self.kept).into_iter().step_by(2);
            self.kept = every_other.collect();
            self.stride *= 2;
        }
    }

    /// The passages, in text order.
    pub fn get(&self) -> Vec<&SurveyPassage> {
        self.kept.iter().chain(&self.open).collect()
    }

    /// Whether the passages cover every token of the text.
    pub fn are_all(&self) -> bool {
        self.stride == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_model::LogProb;

    /// Passages of a text of `lines` lines of `tokens` tokens: at most 4 passages, of 10 tokens or
    /// more.
    fn passages(lines: u64, tokens: u64) -> Passages {
        let mut passages = Passages::new(10, 4);
        let score = Score { log_prob: LogProb(-1.0), matched: 1 };
        for line in 1..=lines {
            for token in 1..=tokens {
                let id = if token == tokens { WordId::END } else { WordId(3) };
                passages.add("text", line, "a", id, score, &[]);
            }
        }
        passages
    }

    #[test]
    fn a_short_text_is_whole() {
        let found = passages(8, 4);
        assert!(found.are_all());
        let lengths: Vec<usize> = found.get().iter().map(|passage| passage.tokens.len()).collect();
        assert_eq!(lengths, [12, 12, 8]);
    }

    #[test]
    fn of_a_long_text_passages_are_spread_evenly() {
        let found = passages(400, 4);
        assert!(!found.are_all());
        let lines: Vec<u64> = found.get().iter().map(|passage| passage.line).collect();
        assert!((2..=4).contains(&lines.len()), "{lines:?}");
        assert_eq!(lines[0], 1);
        assert!(lines.windows(2).all(|pair| pair[1] - pair[0] == lines[1] - lines[0]), "{lines:?}");
        assert!(2 * lines[lines.len() - 1] > 400 - lines[1], "{lines:?}");
    }

    #[test]
    fn a_long_line_is_cut() {
        let found = passages(1, 45);
        let lengths: Vec<usize> = found.get().iter().map(|passage| passage.tokens.len()).collect();
        assert_eq!(lengths, [20, 20, 5]);
    }
}
