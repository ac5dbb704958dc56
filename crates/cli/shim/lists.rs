//! What SRILM's `ngram` scores besides texts: counts.

use crate::input;
use crate::visible;
use anyhow::{Context, bail};
use ngram_model::{LanguageModel, LogProb, Model};
use ngram_report::srilm::SrilmStats;
use ngram_tokenizer::WordId;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

/// How unknown words are taken.
#[derive(Clone, Copy)]
pub struct Unknowns<'n> {
    /// Whether they are a word like any other: `-unk`.
    pub is_word: bool,
    /// What they are called in files.
    pub name: &'n str,
}

impl Unknowns<'_> {
    /// The number of a word.
    pub fn id(&self, model: &Model, word: &str) -> WordId {
        match word == self.name {
            true => WordId::UNKNOWN,
            false => model.vocab().id_or_unknown(word),
        }
    }

    /// Adds a word, `times` times, to the sums.
    pub fn add(&self, stats: &mut SrilmStats, word: WordId, log_prob: LogProb, times: u64) {
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
