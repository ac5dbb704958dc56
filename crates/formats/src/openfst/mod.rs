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
//!
//! With a [`SymbolTable`] that exists, labels are its numbers, and the automaton is the transducer that Kaldi's
//! `arpa2fst` makes of an ARPA file:
//!
//! ```text
//! state  next-state  word  word  weight    in the order of the labels, as a decoder needs it
//! state  next-state  #0    0     weight    the symbol for backing off goes in, nothing comes out
//! state  weight
//! ```
//!
//! `<s>` and `</s>` have no label: the first state is that after `<s>`, and `</s>` is a state's final weight.

mod symbols;

pub use symbols::{SymbolTable, SymbolTableError};

use ngram_model::score;
use ngram_model::table::TableView;
use ngram_tokenizer::{VocabView, WordId, escape};
use std::io::{self, Write};
use symbols::Labels;

/// How to number an automaton's labels by a table.
#[derive(Clone, Copy)]
pub struct Numbering<'s> {
    /// The numbers of the words.
    pub symbols: &'s SymbolTable,
    /// The symbol that goes in where the automaton backs off, `#0` in Kaldi; `None` for the empty label, 0.
    pub disambiguation: Option<&'s str>,
    /// Whether n-grams with a word that the table lacks are left out, as `arpa2fst` does; otherwise they are an
    /// error. What is left sums to less than 1.
    pub skips_missing: bool,
}

/// What the table of symbols lacked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Words of the model without a number, `<unk>` among them.
    pub words: u64,
    /// N-grams that contain one of them.
    pub ngrams: u64,
}

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
    /// The table of symbols lacks words of the model.
    #[error(
        "{name} has no number for {missing} of the model's words, the first of which are {first}: add them, or leave their n-grams out (--skip-missing)"
    )]
    Missing {
        /// The table's name.
        name: String,
        /// How many words it lacks.
        missing: u64,
        /// The first of them.
        first: String,
    },
    /// The table of symbols lacks the symbol for backing off, or it is 0 there.
    #[error(
        "{name} has no number above 0 for {symbol:?}, the label for backing off: add it, name another (--disambig-symbol), or choose the format openfst-epsilon"
    )]
    NoSymbol {
        /// The table's name.
        name: String,
        /// The symbol.
        symbol: String,
    },
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
    let words = vocab.words().map(|word| escape(word).into_owned()).collect();
    let labels = Written::Names { words, back_off: back_off.label() };
    write_as(out, table, labels, |_| true).map(drop)
}

/// Writes the automaton with the labels of a table.
pub(crate) fn write_numbered(
    out: impl Write,
    vocab: VocabView<'_>,
    table: &TableView,
    numbering: &Numbering<'_>,
) -> Result<Skipped, OpenFstError> {
    let &Numbering { symbols, disambiguation, skips_missing } = numbering;
    let labels = symbols.labels(vocab, disambiguation, skips_missing)?;
    let is_known: Vec<bool> = (0..)
        .map(WordId)
        .zip(&labels.words)
        .map(|(id, label)| label.is_some() || id == WordId::BEGIN || id == WordId::END)
        .collect();
    let words = is_known.iter().filter(|is_known| !**is_known).count() as u64;
    let ngrams = write_as(out, table, Written::Numbers(labels), |word| is_known[word.index()])?;
    Ok(Skipped { words, ngrams })
}

/// Writes the automaton without the n-grams that contain an unknown word; returns how many these are.
fn write_as(
    out: impl Write,
    table: &TableView,
    labels: Written,
    is_known: impl Fn(WordId) -> bool,
) -> Result<u64, OpenFstError> {
    let states = States::of(table, &is_known)?;
    let mut automaton = Automaton { out, labels, table, states, arcs: Vec::new(), skipped: 0 };
    // The state of the first line is the start state.
    let mut words = Vec::new();
    if !table.levels.is_empty() {
        automaton.state(&[WordId::BEGIN])?;
    }
    automaton.state(&[])?;
    for (depth, level) in table.levels.iter().enumerate() {
        let mut walk = ngram_model::walk::Walk::at(table, depth, 0);
        for history in 0..level.histories() {
            if history > 0 {
                walk.advance();
            }
            if automaton.states.numbers[depth][history] == NONE {
                automaton.skipped += level.successor_range(history).len() as u64;
                continue;
            }
            walk.words(&mut words);
            if words != [WordId::BEGIN] {
                automaton.state(&words)?;
            }
        }
    }
    automaton.out.flush()?;
    Ok(automaton.skipped)
}

const MOST_STATES: u64 = i32::MAX as u64;

/// Marks a history without a state.
const NONE: u32 = u32::MAX;

/// The number of each history's state, by length; state 0 is the empty history.
struct States {
    numbers: Vec<Vec<u32>>,
}

impl States {
    fn of(table: &TableView, is_known: &impl Fn(WordId) -> bool) -> Result<States, OpenFstError> {
        let all_known = (0..table.unigrams.len() as u32).all(|word| is_known(WordId(word)));
        let mut count = 0u64;
        let mut numbers = Vec::with_capacity(table.levels.len());
        let mut words = Vec::new();
        for (depth, level) in table.levels.iter().enumerate() {
            let mut walk = ngram_model::walk::Walk::at(table, depth, 0);
            let mut of_level = Vec::with_capacity(level.histories());
            for history in 0..level.histories() {
                let mut matters = !level.successor_range(history).is_empty()
                    || level.backoff(history) != 0.0
                    || (depth == 0 && history == WordId::BEGIN.index());
                if !all_known {
                    if history > 0 {
                        walk.advance();
                    }
                    walk.words(&mut words);
                    matters &= words.iter().all(|&word| is_known(word));
                }
                count += u64::from(matters);
                of_level.push(match matters {
                    true => u32::try_from(count).unwrap_or(NONE),
                    false => NONE,
                });
            }
            numbers.push(of_level);
        }
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

/// The labels of an automaton as they are written.
enum Written {
    /// Names, of an acceptor, by word id.
    Names { words: Vec<String>, back_off: &'static str },
    /// Numbers, of a transducer.
    Numbers(Labels),
}

/// An arc that remains to be written.
struct Arc {
    /// Its number if labels are numbers; else arcs keep their order.
    label: u32,
    /// `None` if it backs off.
    word: Option<WordId>,
    next: u32,
    weight: f32,
}

struct Automaton<'t, W> {
    out: W,
    labels: Written,
    table: &'t TableView<'t>,
    states: States,
    /// The arcs of the state at hand.
    arcs: Vec<Arc>,
    /// N-grams left out so far.
    skipped: u64,
}

impl<W: Write> Automaton<'_, W> {
    /// Writes the arcs of a history's state, and its final weight.
    fn state(&mut self, history: &[WordId]) -> Result<(), OpenFstError> {
        let table = self.table;
        let state = self.states.after(table, history);
        match history.len().checked_sub(1) {
            None => {
                for (word, log_prob) in (0..).zip(table.unigrams) {
                    self.arc(history, WordId(word), log_prob.get());
                }
            }
            Some(depth) => {
                let (Some(level), Some(number)) = (table.levels.get(depth), table.find(history))
                else {
                    return Ok(());
                };
                for (word, log_prob) in level.successors(number) {
                    self.arc(history, word, log_prob);
                }
                let backoff = level.backoff(number);
                if backoff.is_finite() {
                    let next = self.states.after(table, &history[1..]);
                    let label = match &self.labels {
                        Written::Names { .. } => 0,
                        Written::Numbers(labels) => labels.back_off,
                    };
                    self.arcs.push(Arc { label, word: None, next, weight: weight(backoff) });
                }
            }
        }
        self.arcs(state)?;
        let end = score::score(table, history, WordId::END).log_prob.0;
        if end.is_finite() {
            writeln!(self.out, "{state}\t{}", weight(end))?;
        }
        Ok(())
    }

    /// Keeps the arc of a word after a history, if it has one.
    fn arc(&mut self, history: &[WordId], word: WordId, log_prob: f32) {
        if word == WordId::BEGIN || word == WordId::END {
            return;
        }
        let label = match &self.labels {
            Written::Names { .. } => Some(0),
            Written::Numbers(labels) => labels.words.get(word.index()).copied().flatten(),
        };
        let Some(label) = label else {
            self.skipped += 1;
            return;
        };
        if log_prob.is_finite() {
            let longer = [history, &[word]].concat();
            let next = self.states.after(self.table, &longer);
            self.arcs.push(Arc { label, word: Some(word), next, weight: weight(log_prob) });
        }
    }

    /// Writes the arcs that were kept.
    fn arcs(&mut self, state: u32) -> Result<(), OpenFstError> {
        self.arcs.sort_by_key(|arc| arc.label);
        for Arc { label, word, next, weight } in self.arcs.drain(..) {
            match &self.labels {
                Written::Names { words, back_off } => {
                    let name = word.map_or(*back_off, |word| &words[word.index()]);
                    writeln!(self.out, "{state}\t{next}\t{name}\t{weight}")?;
                }
                Written::Numbers(_) => {
                    let out = if word.is_some() { label } else { 0 };
                    writeln!(self.out, "{state}\t{next}\t{label}\t{out}\t{weight}")?;
                }
            }
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
