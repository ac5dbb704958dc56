//! Evaluates a model on texts, block by block.

use crate::EvalError;
use crate::attached::Attached;
use crate::blocks::LineBlocks;
use crate::course::Course;
use crate::lines::{LineScorers, text_lines};
use crate::mixture::DynamicMixture;
use crate::report::Report;
use crate::sentence::{Details, Observer};
use crate::tally::{LineTotals, Tally};
use ngram_adaptive::adaptive::Adaptive;
use ngram_adaptive::charge::Charge;
use ngram_model::LanguageModel;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

/// Evaluates a model on one text in memory.
pub fn evaluate(model: &dyn LanguageModel, text: &str) -> Report {
    let mut evaluation = Evaluation::new(model);
    // Reading from memory cannot fail, and nothing is written.
    let _ = evaluation.read("text", text.as_bytes());
    evaluation.report()
}

/// Receives the sums of some lines and the observer's notes on them.
type Take<'t, N> = dyn FnMut(&LineTotals, N) -> Result<(), EvalError> + 't;

/// An evaluation in progress. It reads texts one after another; the report covers all of them.
///
/// Texts are read in blocks of a few megabytes, shared out among the threads of rayon's current
/// pool. Memory depends on the longest line, not on the length of the text.
pub struct Evaluation<'m> {
    model: &'m dyn LanguageModel,
    scorers: LineScorers<'m>,
    adaptive: Option<Adaptive<'m>>,
    /// What a character costs along the text, fixed and adapting.
    courses: Option<[Course; 2]>,
    mixture: Option<DynamicMixture<'m>>,
    total: Tally,
    files: Vec<(String, Tally)>,
    attached: Attached,
    time: Duration,
}

impl<'m> Evaluation<'m> {
    /// Creates an evaluation that has read nothing.
    pub fn new(model: &'m dyn LanguageModel) -> Evaluation<'m> {
        let total = Tally::new(model.order());
        Evaluation {
            model,
            scorers: LineScorers::new(model),
            adaptive: None,
            courses: None,
            mixture: None,
            total,
            files: Vec::new(),
            attached: Attached::default(),
            time: Duration::ZERO,
        }
    }

    /// Creates an evaluation of a mixture, which learns from the texts in the order they are read.
    pub fn mixture(mixture: DynamicMixture<'m>) -> Evaluation<'m> {
        let model = mixture.model();
        Evaluation { mixture: Some(mixture), ..Evaluation::new(model) }
    }

    /// Returns the evaluated mixture, if there was one.
    pub fn into_mixture(self) -> Option<DynamicMixture<'m>> {
        self.mixture
    }

    /// Creates an evaluation that also reports the cost of the texts under the model as it adapts
    /// to them in order. `None` if the model's vocabulary is closed.
    pub fn adaptive(model: &'m dyn LanguageModel) -> Option<Evaluation<'m>> {
        Some(Evaluation::adapting(Adaptive::new(model)?))
    }

    /// As [`Evaluation::adaptive`], for a model that adapts in any way.
    pub fn adapting(adaptive: Adaptive<'m>) -> Evaluation<'m> {
        let model = adaptive.model();
        Evaluation { adaptive: Some(adaptive), ..Evaluation::new(model) }
    }

    /// Reads a text to its end. The name is for reports; `-` is standard input. After an error the
    /// evaluation contains part of the text.
    pub fn read(&mut self, name: &str, text: impl Read + Send) -> Result<(), EvalError> {
        self.run::<dyn Details>(name, text, None, &mut |_, _| Ok(()))
    }

    /// Reads a text to its end and writes the details of each sentence to `out`, in text order.
    pub fn read_with(
        &mut self,
        name: &str,
        text: impl Read + Send,
        details: &dyn Details,
        out: &mut dyn Write,
    ) -> Result<(), EvalError> {
        let mut write = |_: &LineTotals, written: String| {
            out.write_all(written.as_bytes()).map_err(EvalError::Write)
        };
        self.run(name, text, Some(details), &mut write)
    }

    /// Reads a text to its end and passes the observer's notes to `take`, some sentences at a time, in
    /// the order of the text.
    ///
    /// # Errors
    ///
    /// If the text cannot be read to its end.
    pub fn read_observed<O: Observer>(
        &mut self,
        name: &str,
        text: impl Read + Send,
        observer: &O,
        mut take: impl FnMut(O::Notes),
    ) -> Result<(), EvalError> {
        self.run(name, text, Some(observer), &mut |_, notes| {
            take(notes);
            Ok(())
        })
    }

    /// Reads a text to its end and passes `take` the sums of some lines with the observer's notes,
    /// in text order.
    pub(crate) fn run<O: Observer + ?Sized>(
        &mut self,
        name: &str,
        text: impl Read + Send,
        observer: Option<&O>,
        take: &mut Take<'_, O::Notes>,
    ) -> Result<(), EvalError> {
        let begun = Instant::now();
        let mut tally = Tally::new(self.model.order());
        let mut blocks = LineBlocks::new(text);
        let mut next = blocks.next(Vec::new());
        let mut spent = Vec::new();
        loop {
            let read_error = |source| EvalError::reading(name, blocks.byte(), source);
            let Some(block) = next.map_err(read_error)? else { break };
            let (scored, following) = rayon::join(
                || match &mut self.mixture {
                    None => self.scorers.score(name, &block, observer),
                    Some(mixture) => self.scorers.score_in_turn(mixture, name, &block, observer),
                },
                || blocks.next(std::mem::take(&mut spent)),
            );
            if let Some(adaptive) = &mut self.adaptive {
                let lines = adapt(adaptive, &block.bytes);
                let [fixed, adapted] = self.courses.get_or_insert_default();
                let sums = scored.iter().flat_map(|chunk| &chunk.lines.sums);
                for (&(characters, charge), sum) in lines.iter().zip(sums) {
                    fixed.add(characters, sum.charge.total());
                    adapted.add(characters, charge.total());
                }
                for (_, charge) in lines {
                    tally.add_adaptive(charge);
                    self.total.add_adaptive(charge);
                }
            }
            for chunk in scored {
                tally.add(&chunk.lines);
                self.total.add(&chunk.lines);
                take(&chunk.lines, chunk.notes)?;
            }
            if block.byte == 0 && tally.counts.oovs > 0 {
                self.attached.look(self.model, &block.bytes);
            }
            spent = block.bytes;
            next = following;
        }
        if blocks.byte_order_mark() {
            tally.add_byte_order_mark();
            self.total.add_byte_order_mark();
        }
        self.files.push((name.to_owned(), tally));
        self.time += begun.elapsed();
        Ok(())
    }

    /// The sums over all texts.
    pub fn total(&self) -> &Tally {
        &self.total
    }

    /// The name of each text and the sums over it.
    pub fn files(&self) -> &[(String, Tally)] {
        &self.files
    }

    /// Returns every figure.
    pub fn report(&self) -> Report {
        let parts = self.mixture.as_ref().map(DynamicMixture::parts);
        let mut report = Report {
            parts,
            courses: self.courses.clone(),
            ..Report::new(self.model, &self.total, &self.files, self.time)
        };
        report.notes.splice(0..0, self.attached.note());
        report
    }
}

/// Returns the characters of each line of a block with its end, and its cost, scored in order.
fn adapt(adaptive: &mut Adaptive<'_>, block: &[u8]) -> Vec<(u64, Charge)> {
    let text = String::from_utf8_lossy(block);
    let lines = text_lines(&text);
    lines.map(|line| (line.chars().count() as u64 + 1, adaptive.line(line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figures;
    use crate::sentence::Sentence;
    use ngram_input::TextPlace;
    use ngram_testing::toy::Toy;
    use ngram_tokenizer::TokenizerKind;
    use std::io;

    /// log10 p of each token, and their sum: see [`Toy::exact`].
    ///
    /// ```text
    /// the −.25  cat −.5    sat −.75  </s> 0        −1.5
    /// the −.25  dög −2.25  sat −1.5  </s> 0        −4
    /// </s> −1.5                                    −1.5
    /// <unk> −2.5  cat −.75  the −.75  </s> −1.25   −5.25
    /// the −.25  </s> −1.25                         −1.5
    /// ```
    const TEXT: &str = "the cat sat\nthe dög sat\n\n<unk> cat the\n<s> the </s>\n";

    fn figures(text: &[u8]) -> Figures {
        report(&Toy::exact(), &[("text", text)]).figures
    }

    fn report(model: &Toy, texts: &[(&str, &[u8])]) -> Report {
        let mut evaluation = Evaluation::new(model);
        for (name, text) in texts {
            evaluation.read(name, *text).unwrap();
        }
        evaluation.report()
    }

    #[track_caller]
    fn assert_near(figure: Option<f64>, expected: f64) {
        let figure = figure.unwrap();
        assert!((figure - expected).abs() < 1e-9, "{figure} is not {expected}");
    }

    #[test]
    fn every_figure_is_as_worked_by_hand() {
        let figures = figures(TEXT.as_bytes());
        assert_eq!(figures.sentences, 5);
        assert_eq!(figures.words, 10);
        assert_eq!(figures.tokens, 15);
        assert_eq!(figures.characters, 52);
        assert_eq!(figures.bytes, 53);
        assert_eq!(figures.oovs, 2);
        assert_eq!(figures.oov_rate, Some(0.2));
        assert!(!figures.infinite);
        assert_eq!(figures.zero_probability_tokens, 0);
        assert_eq!(figures.zero_probability_oovs, 0);
        assert_eq!(figures.log10_prob, -13.75);
        assert_eq!(figures.log10_prob_oovs, -4.75);
        // A factor of ten is log2 10 = 3.3219280949 bits.
        assert_near(Some(figures.total_bits), 45.6765113047);
        assert_near(figures.bits_per_token, 3.0451007536);
        assert_near(figures.bits_per_character, 0.8783944482);
        assert_near(figures.bits_per_byte, 0.8618209680);
        // 10^(13.75 / 15), and without OOVs 10^((13.75 − 4.75) / (15 − 2)).
        assert_near(figures.perplexity_including_oovs, 8.2540418527);
        assert_near(figures.perplexity_excluding_oovs, 4.9238826317);
        let matched: Vec<_> = figures.matched.iter().map(|m| (m.order, m.tokens)).collect();
        assert_eq!(matched, [(1, 8), (2, 7)]);
        assert_eq!(figures.matched[1].share, Some(7.0 / 15.0));
        assert_eq!(figures.skipped_markers, 2);
        assert_eq!(figures.invalid_utf8_sequences, 0);
        assert_eq!(figures.first_invalid_utf8, None);
        assert_eq!(figures.byte_order_marks, 0);
    }

    #[test]
    fn the_report_names_model_and_texts() {
        let report = report(&Toy::exact(), &[("a", b"the cat\n"), ("b", b"sat dog\nthe\n")]);
        assert_eq!(report.order, 2);
        assert_eq!(report.tokenizer, "whitespace");
        assert!(!report.lowercase);
        assert_eq!(report.vocabulary_size, 3);
        assert!(report.vocabulary_closed);
        assert_eq!(report.files.len(), 2);
        assert_eq!(report.files[1].file, "b");
        assert_eq!((report.files[0].figures.tokens, report.files[0].figures.oovs), (3, 0));
        assert_eq!((report.files[1].figures.tokens, report.files[1].figures.oovs), (5, 1));
        assert_eq!((report.figures.tokens, report.figures.oovs), (8, 1));
        let sum: f64 = report.files.iter().map(|file| file.figures.log10_prob).sum();
        assert_eq!(report.figures.log10_prob, sum);
        assert!(report.seconds > 0.0);
        assert_eq!(report.tokens_per_second, Some(8.0 / report.seconds));
    }

    #[test]
    fn line_ends_of_either_kind_are_the_same() {
        let crlf = TEXT.replace('\n', "\r\n");
        let (lf, crlf) = (figures(TEXT.as_bytes()), figures(crlf.as_bytes()));
        assert_eq!((crlf.characters, crlf.bytes), (lf.characters + 5, lf.bytes + 5));
        assert_eq!(crlf.log10_prob, lf.log10_prob);
        assert_eq!((crlf.tokens, crlf.oovs, &crlf.matched), (lf.tokens, lf.oovs, &lf.matched));
    }

    #[test]
    fn a_carriage_return_at_a_line_end_is_no_token() {
        let mut model = Toy::exact();
        model.tokenizer.kind = TokenizerKind::Chars;
        assert_eq!(report(&model, &[("crlf", b"ab\r\nc\r\n")]).figures.words, 3);
    }

    #[test]
    fn a_last_line_without_line_end_is_a_sentence() {
        let with = figures(b"the cat\nthe sat\n");
        let without = figures(b"the cat\nthe sat");
        assert_eq!((without.sentences, without.tokens), (2, 6));
        assert_eq!(without.log10_prob, with.log10_prob);
        assert_eq!(without.bytes + 1, with.bytes);
    }

    #[test]
    fn an_empty_text_has_no_figures() {
        let report = report(&Toy::exact(), &[("empty", b"")]);
        let figures = &report.figures;
        assert_eq!((figures.sentences, figures.tokens, figures.total_bits), (0, 0, 0.0));
        assert!(figures.total_bits.is_sign_positive());
        assert_eq!(figures.oov_rate, None);
        assert_eq!(figures.bits_per_token, None);
        assert_eq!(figures.perplexity_including_oovs, None);
        assert_eq!(figures.perplexity_excluding_oovs, None);
        assert_eq!(figures.bits_per_character, None);
        assert_eq!(figures.bits_per_byte, None);
        assert_eq!(figures.matched[0].share, None);
        assert!(report.notes[0].contains("cannot be computed"), "{:?}", report.notes);
    }

    #[test]
    fn blank_lines_predict_the_end_of_a_sentence_only() {
        let figures = figures(b"\n  \n");
        assert_eq!((figures.sentences, figures.words, figures.tokens), (2, 0, 2));
        assert_eq!(figures.log10_prob, -3.0);
        assert_eq!(figures.oov_rate, None);
    }

    #[test]
    fn tokens_of_probability_zero_are_counted_apart() {
        let mut model = Toy::exact();
        model.unigrams[0].0 = f32::NEG_INFINITY; // <unk>
        model.unigrams[5].0 = f32::NEG_INFINITY; // sat
        // the −.25, dog −∞, cat −.75, sat (after cat) −.75, sat −∞, </s> 0
        let report = report(&model, &[("text", b"the dog cat sat sat\n")]);
        let figures = &report.figures;
        assert!(figures.infinite);
        assert_eq!((figures.zero_probability_tokens, figures.zero_probability_oovs), (2, 1));
        assert_eq!((figures.tokens, figures.oovs), (6, 1));
        assert_eq!(figures.log10_prob, -1.75);
        assert_eq!(figures.log10_prob_oovs, 0.0);
        // Four tokens are left, none of them an OOV: 10^(1.75 / 4).
        assert_near(figures.bits_per_token, 1.4533435415);
        assert_near(figures.perplexity_including_oovs, 2.7384196343);
        assert_near(figures.perplexity_excluding_oovs, 2.7384196343);
        assert!(report.notes[0].starts_with("2 tokens had probability 0"), "{:?}", report.notes);
    }

    #[test]
    fn nothing_is_computed_where_every_token_has_probability_zero() {
        let mut model = Toy::exact();
        model.unigrams[2].0 = f32::NEG_INFINITY; // </s>
        let figures = evaluate(&model, "\n").figures;
        assert_eq!((figures.tokens, figures.zero_probability_tokens), (1, 1));
        assert_eq!((figures.bits_per_token, figures.perplexity_including_oovs), (None, None));
        assert_eq!((figures.bits_per_character, figures.bits_per_byte), (None, None));
    }

    #[test]
    fn invalid_utf8_is_read_as_replacement_characters_and_reported() {
        // A lone continuation byte; a sequence of four that ends after three; fine text.
        let text = b"the cat\n\xe2\x82\xac\nthe \x80 cat \xf0\x9f\x92 sat\n";
        let report = report(&Toy::exact(), &[("good", b"the\n"), ("bad", text)]);
        let figures = &report.figures;
        assert_eq!(figures.invalid_utf8_sequences, 2);
        let place = TextPlace { file: "bad".to_owned(), line: 3, byte: 16 };
        assert_eq!(figures.first_invalid_utf8, Some(place));
        assert_eq!(figures.oovs, 3); // the euro sign and two U+FFFD
        assert_eq!(figures.bytes, 4 + text.len() as u64);
        assert_eq!(figures.characters, 4 + 8 + 2 + 16);
        assert!(report.notes[0].contains("bad, line 3, after 16 bytes"), "{:?}", report.notes);
    }

    #[test]
    fn a_byte_order_mark_is_dropped_and_reported() {
        let plain = figures(TEXT.as_bytes());
        let marked = format!("\u{feff}{TEXT}");
        let report = report(&Toy::exact(), &[("marked", marked.as_bytes())]);
        assert_eq!(report.figures.byte_order_marks, 1);
        assert_eq!(report.figures, Figures { byte_order_marks: 1, ..plain });
        assert!(report.notes.iter().any(|note| note.contains("byte order mark")));
    }

    #[test]
    fn notes_say_what_bits_per_character_leave_out() {
        let noted = |model: &Toy, text: &str| evaluate(model, text).notes.join("\n");
        let mut model = Toy::exact();
        let words = noted(&model, "the dog\n");
        assert!(words.contains("no bound on the entropy of English"), "{words}");
        assert!(words.contains("which unknown word stands at each <unk> and the spacing"));
        assert!(!noted(&model, "the cat\n").contains("which unknown word"));
        model.tokenizer.kind = TokenizerKind::Chars;
        assert!(!noted(&model, "").contains("English"));
        assert!(noted(&model, "\n").contains("charge for the whole text"));
        model.tokenizer.lowercase = true;
        assert!(noted(&model, "\n").contains("nothing is charged for case"));
    }

    /// A megabyte of lines, so that the text has several chunks.
    fn long_text() -> Vec<u8> {
        let words = ["the", "cat", "sat", "dog", "<s>", "\u{e9}", ""];
        let mut state = 1_u32;
        let mut text = Vec::new();
        while text.len() < 1 << 20 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.extend_from_slice(words[(state >> 24) as usize % words.len()].as_bytes());
            text.push(if (state >> 16).is_multiple_of(9) { b'\n' } else { b' ' });
        }
        text.extend_from_slice(b"\xff");
        text
    }

    /// Yields a text a few kilobytes at a time, as a pipe may.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let len = buffer.len().min(4093);
            self.0.read(&mut buffer[..len])
        }
    }

    /// A row for each token, and one for each end of a line.
    struct Rows;

    impl Details for Rows {
        fn sentence(&self, sentence: &Sentence<'_>, out: &mut String) {
            for token in sentence.tokens {
                out.push_str(&format!("{} {:?}\n", token.word, token.score));
            }
            out.push('\n');
        }
    }

    #[test]
    fn nothing_depends_on_the_number_of_threads() {
        let text = long_text();
        let model = Toy::golden();
        let runs = [1, 2, 7].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut details = Vec::new();
            let mut evaluation = Evaluation::new(&model);
            let run = || {
                evaluation.read("a", &text[..]).unwrap();
                evaluation.read_with("b", Trickle(&text), &Rows, &mut details).unwrap();
                Report { seconds: 0.0, tokens_per_second: None, ..evaluation.report() }
            };
            (pool.install(run), details)
        });
        assert_eq!(runs[0], runs[1]);
        assert_eq!(runs[0], runs[2]);
        let (report, details) = &runs[0];
        assert_eq!(report.files[0].figures.log10_prob, report.files[1].figures.log10_prob);
        assert_eq!(report.figures.invalid_utf8_sequences, 2);
        let lines = text.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let place =
            TextPlace { file: "a".to_owned(), line: lines + 1, byte: text.len() as u64 - 1 };
        assert_eq!(report.figures.first_invalid_utf8, Some(place));
        let rows = details.iter().filter(|&&byte| byte == b'\n').count() as u64;
        assert_eq!(rows, report.files[1].figures.tokens + report.files[1].figures.sentences);
    }

    #[test]
    fn sums_are_those_of_one_line_after_another() {
        let text = String::from_utf8_lossy(&long_text()).into_owned();
        let model = Toy::golden();
        let (mut sum, mut tokens, mut oovs, mut bytes) = (0.0, 0, 0, 0);
        for line in text.split_inclusive('\n') {
            let figures = evaluate(&model, line).figures;
            sum += figures.log10_prob;
            tokens += figures.tokens;
            oovs += figures.oovs;
            bytes += figures.bytes;
        }
        let whole = evaluate(&model, &text).figures;
        assert_eq!((whole.log10_prob, whole.tokens, whole.oovs), (sum, tokens, oovs));
        assert_eq!((whole.bytes, bytes), (text.len() as u64, text.len() as u64));
    }

    #[test]
    fn a_text_that_breaks_off_is_an_error_that_says_where() {
        struct Broken(usize);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0 == 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "cut"));
                }
                let len = self.0.min(buffer.len());
                buffer[..len].fill(b'\n');
                self.0 -= len;
                Ok(len)
            }
        }
        let model = Toy::exact();
        let mut evaluation = Evaluation::new(&model);
        let error = evaluation.read("cut.gz", Broken(20 << 20)).unwrap_err();
        let EvalError::Read { file, byte, .. } = &error else { panic!("{error}") };
        assert_eq!((file.as_str(), *byte), ("cut.gz", 16 << 20));
        assert!(error.to_string().contains("cut.gz"));
    }
}
