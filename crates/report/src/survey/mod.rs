//! What an HTML page shows of a text besides its figures. It is collected in one pass, in text
//! order; memory does not grow with the length of the text, except for its OOVs.

mod frequencies;
mod passages;
mod surprises;

pub use frequencies::{Frequencies, Oov, counts_of_counts};
pub use ngram_eval::course::{Course, Stretch};
pub use passages::{Passages, ShownToken, SurveyPassage};
pub use surprises::{Surprise, Surprises};

use ngram_eval::sentence::{Observer, Sentence};
use ngram_eval::{EvalError, Evaluation};
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{TokenizerKind, WordId};
use std::io::Read;

/// The number and cost of the tokens with one matched order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OrderBits {
    /// Tokens of probability above 0.
    pub tokens: u64,
    /// Σ −log2 p over these tokens, in bits.
    pub bits: f64,
}

/// What is collected about one or more texts under a model.
pub struct Survey {
    /// Passages of the text, evenly spread.
    pub passages: Passages,
    /// The tokens that cost most.
    pub surprises: Surprises,
    /// The cost along the text.
    pub course: Course,
    /// How often each word occurs.
    pub frequencies: Frequencies,
    /// The cost of the tokens by matched order, order 1 first.
    pub by_order: Vec<OrderBits>,
    file: String,
    history: usize,
}

impl Survey {
    /// Creates a survey of texts scored by `model`.
    pub fn new(model: &dyn LanguageModel) -> Survey {
        let kind = &model.tokenizer().kind;
        let packed =
            matches!(kind, TokenizerKind::Chars | TokenizerKind::Bytes | TokenizerKind::Shannon);
        Survey {
            passages: if packed { Passages::of_characters() } else { Passages::of_words() },
            surprises: Surprises::default(),
            course: Course::default(),
            frequencies: Frequencies::new(model.vocab().len()),
            by_order: vec![OrderBits::default(); model.order()],
            file: String::new(),
            history: model.order().saturating_sub(1),
        }
    }

    /// Starts the next text, named `file`.
    fn begin(&mut self, file: &str) {
        self.passages.cut();
        file.clone_into(&mut self.file);
    }

    /// Evaluates a text to its end, and gathers what a page shows of it.
    ///
    /// # Errors
    ///
    /// If the text cannot be read to its end.
    pub fn read(
        &mut self,
        evaluation: &mut Evaluation<'_>,
        name: &str,
        text: impl Read + Send,
    ) -> Result<(), EvalError> {
        self.begin(name);
        evaluation.read_observed(name, text, &Recorder, |recorded| self.add(&recorded))
    }

    /// Adds the next sentences of the text.
    fn add(&mut self, recorded: &Recorded) {
        let mut from = 0;
        let mut word_from = 0;
        let mut ids = Vec::new();
        for &(line, end) in &recorded.lines {
            let tokens = &recorded.tokens[from..end];
            from = end;
            ids.clear();
            ids.push(WordId::BEGIN);
            let mut words: Vec<&str> = Vec::with_capacity(tokens.len());
            let (mut scored, mut bits) = (0, 0.0);
            for &RecordedToken { word_end, id, score } in tokens {
                let word = &recorded.words[word_from..word_end];
                word_from = word_end;
                let own = score.log_prob.bits() + 0.0;
                if score.log_prob != LogProb::ZERO {
                    let order = usize::from(score.matched).clamp(1, self.by_order.len());
                    self.by_order[order - 1].tokens += 1;
                    self.by_order[order - 1].bits += own;
                    scored += 1;
                    bits += own;
                }
                if id != WordId::END {
                    self.frequencies.add(word, id, own);
                }
                self.surprises.add(&self.file, line, word, id, score, &words);
                let history = &ids[ids.len() - ids.len().min(self.history)..];
                self.passages.add(&self.file, line, word, id, score, history);
                words.push(word);
                ids.push(id);
            }
            self.course.add(scored, bits);
        }
    }
}

/// Records the tokens of each sentence.
pub(crate) struct Recorder;

/// The tokens of consecutive sentences.
#[derive(Default)]
pub(crate) struct Recorded {
    words: String,
    tokens: Vec<RecordedToken>,
    /// The number of each line, and its end in `tokens`.
    lines: Vec<(u64, usize)>,
}

struct RecordedToken {
    word_end: usize,
    id: WordId,
    score: Score,
}

impl Observer for Recorder {
    type Notes = Recorded;

    fn observe(&self, sentence: &Sentence<'_>, notes: &mut Recorded) {
        for token in sentence.tokens {
            notes.words.push_str(token.word);
            let word_end = notes.words.len();
            notes.tokens.push(RecordedToken { word_end, id: token.id, score: token.score });
        }
        notes.lines.push((sentence.line, notes.tokens.len()));
    }
}

#[cfg(test)]
mod tests {
    use crate::survey::Survey;
    use ngram_eval::Evaluation;
    use ngram_testing::toy::Toy;

    fn survey(texts: &[(&str, &str)]) -> (Survey, ngram_eval::Report) {
        let model = Toy::exact();
        let mut survey = Survey::new(&model);
        let mut evaluation = Evaluation::new(&model);
        for (name, text) in texts {
            survey.read(&mut evaluation, name, text.as_bytes()).unwrap();
        }
        (survey, evaluation.report())
    }

    /// the −.25 cat −.5 sat −.75 </s> 0, by a bigram each; the −.25, dog −2.25, </s> −1.
    #[test]
    fn what_is_gathered_adds_up_to_the_report() {
        let (survey, report) = survey(&[("held", "the cat sat\nthe dog\n")]);
        let log2_10 = std::f64::consts::LOG2_10;
        let tokens: Vec<u64> = survey.by_order.iter().map(|order| order.tokens).collect();
        assert_eq!(tokens, [2, 5]);
        assert!((survey.by_order[0].bits - 3.25 * log2_10).abs() < 1e-9);
        assert!((survey.by_order[1].bits - 1.75 * log2_10).abs() < 1e-9);
        let bits: f64 = survey.by_order.iter().map(|order| order.bits).sum();
        assert!((bits - report.figures.total_bits).abs() < 1e-9);
        let stretches = survey.course.stretches();
        assert_eq!(stretches.iter().map(|stretch| stretch.units).collect::<Vec<_>>(), [4, 3]);
        assert_eq!(survey.frequencies.oovs().len(), 1);
        assert_eq!(survey.frequencies.ranked(), [2, 1, 1, 1]);
        let dog = &survey.surprises.top(1)[0];
        assert_eq!((dog.word.as_str(), dog.line, dog.before.as_str()), ("dog", 2, "the"));
    }

    #[test]
    fn texts_do_not_share_a_passage() {
        let (survey, _) = survey(&[("a", "the\n"), ("b", "cat\n")]);
        let passages = survey.passages.get();
        let files: Vec<&str> = passages.iter().map(|passage| passage.file.as_str()).collect();
        assert_eq!(files, ["a", "b"]);
        assert_eq!(passages[1].tokens[0].history, [ngram_tokenizer::WordId::BEGIN]);
    }
}
