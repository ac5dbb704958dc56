//! Export to OpenFst's text format: the model as a weighted automaton.
//!
//! Each relevant history is a state, including the empty history and the one after `<s>`, which comes first. A history
//! is relevant if an n-gram begins with it or its back-off weight is not 1. A line is an arc or a final state:
//!
//! ```text
//! state  next-state  word  weight        −ln p(word | history); the next state is the longest suffix that matters
//! state  next-state  <phi> weight        −ln of the back-off weight, to the history without its first word
//! state  weight                          −ln p(</s> | history)
//! ```
//!
//! `<phi>` may be taken only if a state has no arc for the word (`fst::PhiMatcher`): then the weight of a sentence is
//! −ln of its probability. With `<eps>` instead, it may be taken anywhere, so that a sentence has several paths, the
//! best of which is nearly always that one. Words of probability 0 have no arc; `<unk>` has arcs like other words.
//!
//! Compile it with `fstcompile --acceptor --isymbols=SYMBOLS`, where SYMBOLS is a file in the
//! format `openfst-symbols`: `<eps>` is 0, a word has its id plus one, and `<phi>` comes last.

use ngram_model::score;
use ngram_model::table::TableView;
use ngram_tokenizer::{VocabView, WordId, escape};
use std::io::{self, Write};

/// The label taken if a state has no arc for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackOff {
    /// `<phi>`, a label for failure.
    Phi,
    /// `<eps>`, the empty label.
    Epsilon,
}

/// Why an automaton could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFstError {
    /// Writing to the output failed.
    #[error("writing failed: {0}")]
    Io(#[from] io::Error),
    /// A word is spelled like a label.
    #[error(
        "the vocabulary has the word {0:?}, which is a label of the automaton; train without it"
    )]
    Label(String),
    /// There are more states than OpenFst can number.
    #[error(
        "the automaton would have {0} states, and OpenFst numbers at most {MOST_STATES}: prune the model first"
    )]
    States(u64),
}

const EPSILON: &str = "<eps>";
const PHI: &str = "<phi>";

impl BackOff {
    fn label(self) -> &'static str {
        match self {
            BackOff::Phi => PHI,
            BackOff::Epsilon => EPSILON,
        }
    }
}

/// Writes the symbol table: one symbol and its number per line.
pub(crate) fn write_symbols(mut out: impl Write, vocab: VocabView<'_>) -> Result<(), OpenFstError> {
    check(vocab)?;
    writeln!(out, "{EPSILON}\t0")?;
    for (number, word) in (1..).zip(vocab.words()) {
        writeln!(out, "{}\t{number}", escape(word))?;
    }
    writeln!(out, "{PHI}\t{}", vocab.len() + 1)?;
    Ok(out.flush()?)
}

fn check(vocab: VocabView<'_>) -> Result<(), OpenFstError> {
    match [EPSILON, PHI].into_iter().find(|label| vocab.id(label).is_some()) {
        Some(label) => Err(OpenFstError::Label(label.to_owned())),
        None => Ok(()),
    }
}

/// Checks that OpenFst can number this many states: its numbers have 31 bits.
fn in_range(states: u64) -> Result<(), OpenFstError> {
    if states > MOST_STATES { Err(OpenFstError::States(states)) } else { Ok(()) }
}

/// Writes the automaton.
pub(crate) fn write(
    out: impl Write,
    vocab: VocabView<'_>,
    table: &TableView,
    back_off: BackOff,
) -> Result<(), OpenFstError> {
    check(vocab)?;
    let labels = vocab.words().map(|word| escape(word).into_owned()).collect();
    let mut automaton = Automaton { out, labels, table, states: States::of(table)? };
    // The state of the first line is the start state.
    let mut words = Vec::new();
    if !table.levels.is_empty() {
        automaton.state(&[WordId::BEGIN], back_off)?;
    }
    automaton.state(&[], back_off)?;
    for (depth, level) in table.levels.iter().enumerate() {
        let mut walk = ngram_model::walk::Walk::at(table, depth, 0);
        for history in 0..level.histories() {
            if history > 0 {
                walk.advance();
            }
            if automaton.states.numbers[depth][history] == NONE {
                continue;
            }
            walk.words(&mut words);
            if words != [WordId::BEGIN] {
                automaton.state(&words, back_off)?;
            }
        }
    }
    Ok(automaton.out.flush()?)
}

const MOST_STATES: u64 = i32::MAX as u64;

/// Marks a history without a state.
const NONE: u32 = u32::MAX;

/// The number of each history's state, by length; state 0 is the empty history.
struct States {
    numbers: Vec<Vec<u32>>,
}

impl States {
    fn of(table: &TableView) -> Result<States, OpenFstError> {
        let mut count = 0u64;
        let mut number = |matters: bool| {
            count += u64::from(matters);
            if matters { u32::try_from(count).unwrap_or(NONE) } else { NONE }
        };
        let numbers = table.levels.iter().enumerate().map(|(depth, level)| {
            let matters = |history: usize| {
                !level.successor_range(history).is_empty()
                    || level.backoff(history) != 0.0
                    || (depth == 0 && history == WordId::BEGIN.index())
            };
            (0..level.histories()).map(|history| number(matters(history))).collect()
        });
        let numbers = numbers.collect();
        // One more for the empty history.
        in_range(count + 1)?;
        Ok(States { numbers })
    }

    /// Returns the state of the longest suffix of a history that has one.
    fn after(&self, table: &TableView, mut history: &[WordId]) -> u32 {
        let longest = table.levels.len();
        history = &history[history.len().saturating_sub(longest)..];
        while let Some((_, shorter)) = history.split_first() {
            let state =
                table.find(history).and_then(|number| self.numbers[history.len() - 1].get(number));
            if let Some(&state) = state.filter(|state| **state != NONE) {
                return state;
            }
            history = shorter;
        }
        0
    }
}

struct Automaton<'t, W> {
    out: W,
    labels: Vec<String>,
    table: &'t TableView<'t>,
    states: States,
}

impl<W: Write> Automaton<'_, W> {
    /// Writes the arcs of a history's state, and its final weight.
    fn state(&mut self, history: &[WordId], back_off: BackOff) -> Result<(), OpenFstError> {
        let table = self.table;
        let state = self.states.after(table, history);
        let mut longer = history.to_vec();
        let mut arc = |word: WordId, log_prob: f32| -> Result<(), OpenFstError> {
            let label = self.labels.get(word.index());
            let Some(label) = label.filter(|_| log_prob.is_finite()) else { return Ok(()) };
            if word == WordId::BEGIN || word == WordId::END {
                return Ok(());
            }
            longer.truncate(history.len());
            longer.push(word);
            let next = self.states.after(table, &longer);
            Ok(writeln!(self.out, "{state}\t{next}\t{label}\t{}", weight(log_prob))?)
        };
        match history.len().checked_sub(1) {
            None => {
                for (word, log_prob) in (0..).zip(table.unigrams) {
                    arc(WordId(word), log_prob.get())?;
                }
            }
            Some(depth) => {
                let (Some(level), Some(number)) = (table.levels.get(depth), table.find(history))
                else {
                    return Ok(());
                };
                for (word, log_prob) in level.successors(number) {
                    arc(word, log_prob)?;
                }
                let backoff = level.backoff(number);
                if backoff.is_finite() {
                    let next = self.states.after(table, &history[1..]);
                    writeln!(
                        self.out,
                        "{state}\t{next}\t{}\t{}",
                        back_off.label(),
                        weight(backoff)
                    )?;
                }
            }
        }
        let end = score::score(table, history, WordId::END).log_prob.0;
        if end.is_finite() {
            writeln!(self.out, "{state}\t{}", weight(end))?;
        }
        Ok(())
    }
}

/// Converts log10 of a number to −ln of it.
fn weight(log10: f32) -> f32 {
    // Turns −0 into 0.
    (-f64::from(log10) * std::f64::consts::LN_10) as f32 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_31_bits() {
        assert!(in_range((1 << 31) - 1).is_ok());
        let error = in_range(1 << 31).unwrap_err().to_string();
        assert!(error.contains("2147483648 states") && error.contains("at most 2147483647"));
    }
}
