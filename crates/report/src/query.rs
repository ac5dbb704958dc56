//! KenLM's `query`, which differs from an evaluation in a few details:
//!
//! - Words end at C white space: TAB, LF, VT, FF, CR and SPACE. They are bytes and need not be
//!   UTF-8.
//! - `<s>` and `</s>` in the text are ordinary words.
//! - Text after the last line end is not a sentence: its words are printed and counted as tokens,
//!   but get no `</s>` and no total, and their log-probabilities are left out of the sum.
//! - The log-probabilities within a sentence are added in 32 bits, the sentence totals in 64.

use crate::kenlm;
use ngram_eval::number::shortest;
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::io::{self, BufRead, BufReader, Read, Write};

/// The approximate number of bytes of text a thread takes at a time.
const CHUNK: usize = 64 << 10;

/// What `query` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// `word=id length log10` for each token.
    pub words: bool,
    /// `Total: log10 OOV: number` for each sentence.
    pub sentences: bool,
    /// The four lines on perplexity.
    pub summary: bool,
    /// Whether each line is a sentence from `<s>` to `</s>`, or just words with an empty history.
    pub context: bool,
    /// Whether each line's output is flushed before the next line is read.
    pub flush: bool,
}

/// A model as a query sees it: words by their bytes, with the numbers that are printed.
pub trait Queried: Sync {
    /// Returns the number of a word, that of `<unk>` if it is unknown.
    fn number(&self, word: &[u8]) -> u32;

    /// Returns the numbers of `<unk>`, `<s>` and `</s>`.
    fn special(&self) -> [u32; 3];

    /// Scores a word after a history.
    fn score(&self, history: &[u32], word: u32) -> Score;

    /// Scores the words of a sentence without markers, and its end.
    fn score_sentence(&self, words: &[u32], scores: &mut Vec<Score>) {
        let [_, begin, end] = self.special();
        let mut history = vec![begin];
        scores.clear();
        for &word in words.iter().chain([&end]) {
            scores.push(self.score(&history, word));
            history.push(word);
        }
    }
}

/// One of our models.
struct Own<'m>(&'m dyn LanguageModel);

impl Queried for Own<'_> {
    fn number(&self, word: &[u8]) -> u32 {
        let word = std::str::from_utf8(word);
        word.map_or(WordId::UNKNOWN, |word| self.0.vocab().id_or_unknown(word)).0
    }

    fn special(&self) -> [u32; 3] {
        [WordId::UNKNOWN.0, WordId::BEGIN.0, WordId::END.0]
    }

    fn score(&self, history: &[u32], word: u32) -> Score {
        let history: Vec<WordId> = history.iter().copied().map(WordId).collect();
        self.0.score(&history, WordId(word))
    }

    fn score_sentence(&self, words: &[u32], scores: &mut Vec<Score>) {
        let words: Vec<WordId> = words.iter().copied().map(WordId).collect();
        self.0.score_sentence(&words, scores);
    }
}

/// Sums over a text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct QuerySums {
    /// Σ log10 p over the tokens of complete lines.
    pub log10: f64,
    /// Σ log10 p over words out of vocabulary.
    pub log10_oovs: f64,
    /// OOVs in complete lines.
    pub oovs: u64,
    /// Words, plus one `</s>` per line with context.
    pub tokens: u64,
}

/// Why a query stopped before the end of the text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The text could not be read.
    #[error("cannot read the text: {0}")]
    Read(#[source] io::Error),
    /// The output could not be written.
    #[error("cannot write to standard output: {0}")]
    Write(#[source] io::Error),
}

/// The output and sums of some lines.
#[derive(Default)]
struct Scored {
    printed: Vec<u8>,
    /// Of complete lines.
    totals: Vec<f32>,
    oov_log_probs: Vec<f32>,
    oovs: u64,
    tokens: u64,
}

impl Query {
    /// As [`Query::run_on`], for one of our models.
    ///
    /// # Errors
    ///
    /// If the text cannot be read or `out` cannot be written.
    pub fn run(
        &self,
        model: &dyn LanguageModel,
        text: impl Read,
        out: &mut dyn Write,
    ) -> Result<QuerySums, QueryError> {
        self.run_on(&Own(model), text, out)
    }

    /// Queries a text line by line, printing to `out`. Lines are shared out among the threads of
    /// rayon's current pool; the output does not depend on their number.
    ///
    /// # Errors
    ///
    /// If the text cannot be read or `out` cannot be written.
    pub fn run_on(
        &self,
        model: &dyn Queried,
        text: impl Read,
        out: &mut dyn Write,
    ) -> Result<QuerySums, QueryError> {
        let mut sums = QuerySums::default();
        let mut text = BufReader::with_capacity(CHUNK, text);
        let most = if self.flush { 1 } else { 8 * rayon::current_num_threads() };
        loop {
            let mut chunks = Vec::new();
            let mut more = true;
            while more && chunks.len() < most {
                let chunk;
                (chunk, more) = self.chunk(&mut text).map_err(QueryError::Read)?;
                chunks.push(chunk);
            }
            let scored: Vec<Scored> =
                chunks.par_iter().map(|chunk| self.score(model, chunk)).collect();
            for scored in scored {
                out.write_all(&scored.printed).map_err(QueryError::Write)?;
                scored.totals.iter().for_each(|&total| sums.log10 += f64::from(total));
                scored.oov_log_probs.iter().for_each(|&oov| sums.log10_oovs += f64::from(oov));
                sums.oovs += scored.oovs;
                sums.tokens += scored.tokens;
            }
            if self.flush {
                out.flush().map_err(QueryError::Write)?;
            }
            if !more {
                break;
            }
        }
        if self.summary {
            let QuerySums { log10, log10_oovs, oovs, tokens } = sums;
            let lines = kenlm::lines(log10, log10_oovs, oovs, tokens);
            out.write_all(lines.as_bytes()).map_err(QueryError::Write)?;
        }
        out.flush().map_err(QueryError::Write)?;
        Ok(sums)
    }

    /// Reads some complete lines (one if `flush` is set); also returns whether there may be more.
    fn chunk(&self, text: &mut impl BufRead) -> io::Result<(Vec<u8>, bool)> {
        let mut chunk = Vec::new();
        loop {
            let before = chunk.len();
            let read = text.read_until(b'\n', &mut chunk)?;
            if read == 0 || !chunk.ends_with(b"\n") {
                return Ok((chunk, false));
            }
            if self.flush || before + read >= CHUNK {
                return Ok((chunk, true));
            }
        }
    }

    fn score(&self, model: &dyn Queried, chunk: &[u8]) -> Scored {
        let [unknown, _, end] = model.special();
        let mut scored = Scored::default();
        let (mut ids, mut scores) = (Vec::new(), Vec::new());
        for line in chunk.split_inclusive(|&byte| byte == b'\n') {
            let is_whole = line.ends_with(b"\n");
            let words: Vec<&[u8]> =
                line.split(is_space).filter(|word: &&[u8]| !word.is_empty()).collect();
            ids.clear();
            ids.extend(words.iter().map(|word| model.number(word)));
            self.score_words(model, &ids, &mut scores);
            if !(is_whole && self.context) {
                scores.truncate(ids.len());
            }
            let mut total = 0.0_f32;
            let ends: &[(&[u8], u32)] = &[(b"</s>", end)];
            let tokens = words.iter().copied().zip(ids.iter().copied()).chain(ends.iter().copied());
            let mut oovs = 0;
            for ((word, id), score) in tokens.zip(&scores) {
                let log10 = score.log_prob.0;
                total += log10;
                scored.tokens += 1;
                if id == unknown {
                    oovs += 1;
                    scored.oov_log_probs.push(log10);
                }
                if self.words {
                    scored.printed.extend_from_slice(word);
                    let log10 = shortest(log10);
                    let _ = write!(scored.printed, "={id} {} {log10}\t", score.matched);
                }
            }
            if is_whole {
                scored.totals.push(total);
                scored.oovs += oovs;
                if self.sentences {
                    let _ = writeln!(scored.printed, "Total: {} OOV: {oovs}", shortest(total));
                }
            }
        }
        scored
    }

    /// Scores each word and, with context, `</s>`.
    fn score_words(&self, model: &dyn Queried, ids: &[u32], scores: &mut Vec<Score>) {
        let [_, begin, end] = model.special();
        let marker = |id: &u32| *id == begin || *id == end;
        if self.context && !ids.iter().any(marker) {
            return model.score_sentence(ids, scores);
        }
        let mut history = Vec::with_capacity(ids.len() + 1);
        if self.context {
            history.push(begin);
        }
        scores.clear();
        for &word in ids.iter().chain([&end]) {
            scores.push(model.score(&history, word));
            history.push(word);
        }
    }
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::{QUERIED, Toy};

    const ALL: Query =
        Query { words: true, sentences: true, summary: true, context: true, flush: false };

    fn run(query: Query, text: &[u8]) -> String {
        let mut out = Vec::new();
        query.run(&Toy::golden(), text, &mut out).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The output of `query toy.arpa < text` in KenLM 0.3.0; the ARPA file is at [`Toy::golden`].
    #[test]
    fn whole_lines_equal_an_evaluation() {
        let (text, words, summary) = QUERIED;
        let text = text.as_bytes();
        assert_eq!(run(ALL, text), words.to_owned() + summary);
        assert_eq!(run(Query { flush: true, ..ALL }, text), words.to_owned() + summary);
        let short = Query { words: false, sentences: false, ..ALL };
        assert_eq!(run(short, text), summary);
    }

    /// This, too, is the output of KenLM's `query`.
    #[test]
    fn the_rest_of_a_text_is_no_sentence() {
        let printed = "\
the=3 2 -0.1760913\t</s>=2 1 -0.9208187\tTotal: -1.09691 OOV: 0
cat=4 1 -1.2218488\tdog\u{fffd}=0 1 -2.1706963\tPerplexity including OOVs:\t1.8803015322982657
Perplexity excluding OOVs:\t0.5389561541272333
OOVs:\t0
Tokens:\t4
";
        assert_eq!(run(ALL, b"the\ncat\x0bdog\xff"), printed);
    }

    #[test]
    fn without_context_words_stand_for_themselves() {
        let printed = "\
the=3 1 -0.5228787\tcat=4 2 -0.39794\tTotal: -0.9208187 OOV: 0
Perplexity including OOVs:\t2.8867511217215984
Perplexity excluding OOVs:\t2.8867511217215984
OOVs:\t0
Tokens:\t2
";
        assert_eq!(run(Query { context: false, ..ALL }, b"the cat\n"), printed);
    }

    #[test]
    fn markers_in_the_text_are_words() {
        let printed = run(Query { summary: false, ..ALL }, b"<s> the </s> cat\n");
        assert_eq!(
            printed,
            "<s>=1 1 -0.30103\tthe=3 2 -0.1760913\t</s>=2 1 -0.9208187\tcat=4 1 -0.9208188\t</s>=2 1 -0.8239087\tTotal: -3.1426673 OOV: 0\n"
        );
    }
}
