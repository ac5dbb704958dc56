//! What SRILM's `ngram` scores besides texts: counts, and lists of hypotheses.

use crate::input;
use crate::tell::tell;
use crate::visible;
use anyhow::{Context, bail};
use ngram_eval::number::significant;
use ngram_model::{LanguageModel, LogProb, Model};
use ngram_report::srilm::SrilmStats;
use ngram_tokenizer::WordId;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

/// Significant digits of scores.
const DIGITS: usize = 7;

/// How unknown words are taken.
#[derive(Clone, Copy)]
pub struct Unknowns<'n> {
    /// Whether they are a word like any other: `-unk`.
    pub is_word: bool,
    /// What they are called in files.
    pub name: &'n str,
}

impl Unknowns<'_> {
    fn id(&self, model: &Model, word: &str) -> WordId {
        match word == self.name {
            true => WordId::UNKNOWN,
            false => model.vocab().id_or_unknown(word),
        }
    }

    /// Adds a word, `times` times, to the sums.
    fn add(&self, stats: &mut SrilmStats, word: WordId, log_prob: LogProb, times: u64) {
        match word {
            WordId::END => stats.sentences += times,
            _ => stats.words += times,
        }
        if word == WordId::UNKNOWN && !self.is_word {
            stats.oovs += times;
        } else if log_prob == LogProb::ZERO {
            stats.zeros += times;
        } else {
            stats.log10 += times as f64 * log_prob.log10();
        }
    }
}

/// Prints the perplexity of n-grams with counts, each word after those before it in its line. Takes
/// n-grams of one order only, unless `order` is 0.
pub fn counts(
    model: &Model,
    path: &Path,
    order: usize,
    unknown: Unknowns<'_>,
) -> anyhow::Result<()> {
    let input = input::named(path)?;
    let mut stats = SrilmStats::default();
    let lines = BufReader::with_capacity(1 << 16, input.open(|_| ())?).lines();
    for (number, line) in (1u64..).zip(lines) {
        let line = line.with_context(|| format!("cannot read {}", input.name))?;
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [words @ .., last, count] = &fields[..] else {
            if fields.is_empty() {
                continue;
            }
            bail!("{}, line {number}: {line:?} is no n-gram with its count", input.name);
        };
        let count: u64 = count.parse().with_context(|| {
            format!("{}, line {number}: {count:?} is no whole number", input.name)
        })?;
        let word = unknown.id(model, last);
        if count == 0 || word == WordId::BEGIN || (order > 0 && words.len() + 1 != order) {
            continue;
        }
        let history: Vec<WordId> = words.iter().map(|word| unknown.id(model, word)).collect();
        let longest = model.order().saturating_sub(1);
        let history = &history[history.len().saturating_sub(longest)..];
        unknown.add(&mut stats, word, model.score(history, word).log_prob, count);
    }
    write!(visible::stdout(), "file {}: {stats}", input.name)
        .context("cannot write to standard output")
}

/// Gives each hypothesis of a list a new score of the language model. A line has the acoustic score, that
/// of the language model, the number of words, and the words; scores are log10.
pub fn rescore(model: &Model, path: &Path, unknown: Unknowns<'_>) -> anyhow::Result<()> {
    let input = input::named(path)?;
    let mut out = BufWriter::with_capacity(1 << 16, visible::stdout());
    let cannot_write = "cannot write to standard output";
    let lines = BufReader::with_capacity(1 << 16, input.open(|_| ())?).lines();
    let (mut scores, mut oovs, mut zeros) = (Vec::new(), 0, 0);
    for (number, line) in (1u64..).zip(lines) {
        let line = line.with_context(|| format!("cannot read {}", input.name))?;
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [acoustic, old, length, words @ ..] = &fields[..] else {
            if fields.is_empty() {
                continue;
            }
            bail!(
                "{}, line {number}: a hypothesis has an acoustic score, one of the language model, the number of words, and the words",
                input.name
            );
        };
        let wrong = |field: &str| format!("{}, line {number}: {field:?} is no number", input.name);
        let acoustic: f64 = acoustic.parse().with_context(|| wrong(acoustic))?;
        let _: f64 = old.parse().with_context(|| wrong(old))?;
        let _: u64 = length.parse().with_context(|| wrong(length))?;
        let inner = words.strip_prefix(&["<s>"]).unwrap_or(words);
        let inner = inner.strip_suffix(&["</s>"]).unwrap_or(inner);
        let ids: Vec<WordId> = inner.iter().map(|word| unknown.id(model, word)).collect();
        model.score_sentence(&ids, &mut scores);
        let mut stats = SrilmStats::default();
        for (&word, score) in ids.iter().chain([&WordId::END]).zip(&scores) {
            unknown.add(&mut stats, word, score.log_prob, 1);
        }
        (oovs, zeros) = (oovs + stats.oovs, zeros + stats.zeros);
        let [acoustic, new] = [acoustic, stats.log10 + 0.0].map(|score| significant(score, DIGITS));
        write!(out, "{acoustic} {new} {length}").context(cannot_write)?;
        for word in words {
            write!(out, " {word}").context(cannot_write)?;
        }
        writeln!(out).context(cannot_write)?;
    }
    out.flush().context(cannot_write)?;
    if oovs + zeros > 0 {
        tell!(
            "warning: {}: {oovs} words out of vocabulary and {zeros} of probability 0 add nothing to scores, as in the original",
            input.name
        );
    }
    Ok(())
}
