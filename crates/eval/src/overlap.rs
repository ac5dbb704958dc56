//! Checks that held-out text was really held out: how much of it is in the training text.
//!
//! A figure, weight or choice based on lines the model was trained on says nothing about other
//! text. With the training text at hand, lines are compared ([`KnownLines`]); without it, the
//! model's training record and the figures give hints ([`trained_on`]).

use crate::blocks::LineBlocks;
use crate::number::grouped;
use crate::report::Figures;
use ngram_model::{ModelInfo, TrainingInfo};
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;
use std::io::{self, Read};

/// Shorter lines recur by chance: headings, "he said".
const WORDS: usize = 5;

/// The share of known lines from which a text is reported to overlap.
const TELLING: f64 = 0.1;

/// How many times fewer n-grams must be new than in another text.
const FEWER: f64 = 8.0;

/// The least share of new n-grams to expect of another text for their absence to say anything.
const LEAST_NEW: f64 = 0.1;

/// The same share for n-grams of [`CHARACTERS`] in a model without a training record.
const UNRECORDED: f64 = 0.8;

/// The average length of an n-gram from which most are new in another text: a trigram of words.
const CHARACTERS: u64 = 15;

/// Fewer tokens say nothing.
const LEAST_TOKENS: u64 = 100;

/// The lines of five words or more in a training text, words being separated by white space. Each
/// is stored as a 64-bit hash: some 10 to 20 bytes of memory per line, and with a million lines a
/// chance of one in 10^13 that a line is mistaken for another.
#[derive(Clone, Debug, Default)]
pub struct KnownLines {
    hashes: FxHashSet<u64>,
}

/// How many lines of a held-out text are in the training text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Lines of five words or more.
    pub lines: u64,
    /// Those that are in the training text.
    pub known: u64,
}

impl KnownLines {
    /// Adds the lines of a text.
    ///
    /// # Errors
    ///
    /// If it cannot be read; the lines read before the error are added.
    pub fn add(&mut self, text: impl Read) -> io::Result<()> {
        long_lines(text, |hash| {
            self.hashes.insert(hash);
        })
    }

    /// Counts the lines of a held-out text that are among those added.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn overlap(&self, text: impl Read) -> io::Result<Overlap> {
        let mut overlap = Overlap::default();
        long_lines(text, |hash| {
            overlap.lines += 1;
            overlap.known += u64::from(self.hashes.contains(&hash));
        })?;
        Ok(overlap)
    }
}

impl Overlap {
    /// `known` / `lines`, from 0 to 1; 0 if no line has five words.
    pub fn share(self) -> f64 {
        if self.lines == 0 { 0.0 } else { self.known as f64 / self.lines as f64 }
    }

    /// Returns a warning if a tenth of the lines or more are known.
    pub fn warning(self) -> Option<String> {
        (self.share() >= TELLING).then(|| {
            format!(
                "{:.0} % of the held-out text's lines of five words or more ({} of {}) stand in the training text: what is \
                 measured or fitted on them does not hold for other text",
                100.0 * self.share(),
                grouped(self.known),
                grouped(self.lines),
            )
        })
    }
}

/// Calls `each` with the hash of every line of five words or more.
fn long_lines(text: impl Read, mut each: impl FnMut(u64)) -> io::Result<()> {
    let mut blocks = LineBlocks::new(text);
    let mut spent = Vec::new();
    while let Some(block) = blocks.next(spent)? {
        for line in block.bytes.split(|&byte| byte == b'\n') {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let mut hasher = FxHasher::default();
            let mut count = 0;
            for word in words {
                hasher.write(word);
                count += 1;
            }
            if count >= WORDS {
                each(hasher.finish());
            }
        }
        spent = block.bytes;
    }
    Ok(())
}

/// Whether a text has far fewer new n-grams than another text would: `seen` of its `could` are known, and
/// `new` is the share of new ones to expect of a text that the counts do not include. By Good and Turing's
/// estimate that is n1 / T, the n-grams seen once over all occurrences. Short n-grams, of characters or of
/// few different words, are nearly all known in any text, which says nothing.
pub fn is_telling(seen: u64, could: u64, new: f64) -> bool {
    new >= LEAST_NEW && could.saturating_sub(seen) as f64 <= new / FEWER * could as f64
}

/// Returns a warning if the model seems to have been trained on the text: if its training record
/// has the same numbers of lines, tokens and bytes, or if the text has far fewer new n-grams of some
/// length than another text would ([`is_telling`]). A part of a training text is found by the second
/// test alone, and only with models of order 3 or more that keep most n-grams. If a model has no
/// training record, nearly all n-grams of 15 characters or more on average must be known.
pub fn trained_on(info: &ModelInfo, figures: &Figures) -> Option<String> {
    let same = info.training.as_ref().is_some_and(|training| {
        let TrainingInfo { sentences, tokens, bytes, .. } = *training;
        (sentences, tokens, bytes) == (figures.sentences, figures.tokens, figures.bytes)
            && figures.words > 0
    });
    if same {
        return Some(format!(
            "the text has as many lines, tokens and bytes as the training text ({}, {} and {}): it seems to be that \
             text, and its figures say nothing about any other",
            grouped(figures.sentences),
            grouped(figures.tokens),
            grouped(figures.bytes)
        ));
    }
    (3..=info.orders.len()).find_map(|order| {
        // At least this many tokens have `order` − 1 tokens before them, counting `<s>`.
        let whole = |tokens: u64, sentences: u64| {
            tokens.saturating_sub((order as u64 - 2).saturating_mul(sentences))
        };
        let could = whole(figures.tokens, figures.sentences);
        if could < LEAST_TOKENS || could < figures.tokens / 2 {
            return None;
        }
        let seen: u64 = figures.matched.iter().skip(order - 1).map(|matched| matched.tokens).sum();
        let seen = seen.min(could);
        let new = match &info.training {
            Some(training) => {
                let once = info.orders[order - 1].counts_of_counts[0] as f64;
                (once / whole(training.tokens, training.sentences).max(1) as f64).min(1.0)
            }
            None if order as u64 * figures.characters >= CHARACTERS * figures.tokens => UNRECORDED,
            None => 0.0,
        };
        is_telling(seen, could, new).then(|| {
            format!(
                "{:.0} % of the {order}-grams of the text are in the model ({} of {}), and of another text about {:.0} % \
                 would be: it seems to have been trained on this text or on a part of it",
                100.0 * seen as f64 / could as f64,
                grouped(seen),
                grouped(could),
                100.0 * (1.0 - new),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Matched;
    use ngram_model::OrderInfo;
    use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

    #[test]
    fn lines_of_five_words_are_known_whatever_stands_between_their_words() {
        let mut known = KnownLines::default();
        known.add("one two three four five\nshort line\na b c d e f".as_bytes()).unwrap();
        let text =
            "one  two\tthree four five\r\nshort line\na b c d e\nonetwo three four five six\n\n";
        let overlap = known.overlap(text.as_bytes()).unwrap();
        assert_eq!(overlap, Overlap { lines: 3, known: 1 });
        assert!((overlap.share() - 1.0 / 3.0).abs() < 1e-12);
        let warning = overlap.warning().unwrap();
        assert!(warning.starts_with("33 %") && warning.contains("(1 of 3)"), "{warning}");
    }

    /// 1000 tokens in 10 lines, `known` of which end a trigram, in a model of a million trigrams.
    fn judged(known: u64, once: u64, characters: u64, recorded: bool) -> Option<String> {
        let orders = [0, 0, once]
            .map(|once| OrderInfo { counts_of_counts: [once, 0, 0, 0], ..OrderInfo::default() });
        let training =
            TrainingInfo { sentences: 10_000, tokens: 1_010_000, ..TrainingInfo::default() };
        let info = ModelInfo {
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: None,
            orders: orders.into(),
            training: recorded.then_some(training),
            quantization: None,
        };
        let matched = |tokens| Matched { tokens, ..Matched::default() };
        let figures = Figures {
            sentences: 10,
            words: 1000,
            tokens: 1010,
            characters,
            matched: vec![matched(1010 - known), matched(0), matched(known)],
            ..Figures::default()
        };
        trained_on(&info, &figures)
    }

    /// By Good and Turing, 65 % of another text's trigrams would be new if 650,000 of a million were
    /// seen once, as in Brown; an eighth of that is 8.1 %. Of characters hardly any is new in any text.
    #[test]
    fn a_text_is_trained_on_if_nothing_in_it_is_new_that_would_be_new_elsewhere() {
        let warning = judged(1000, 650_000, 5000, true).unwrap();
        assert!(warning.contains("100 % of the 3-grams") && warning.contains("35 %"), "{warning}");
        assert!(judged(920, 650_000, 5000, true).is_some());
        assert_eq!(judged(918, 650_000, 5000, true), None);
        assert_eq!(judged(1000, 20_000, 1000, true), None, "characters");
        assert_eq!(judged(999, 99_000, 1000, true), None, "few classes, or few words");
        // Without a record, what counts is the length: five characters a token, or one.
        assert!(judged(1000, 0, 5050, false).is_some());
        assert_eq!(judged(890, 0, 5050, false), None);
        assert_eq!(judged(1000, 0, 1010, false), None);
    }

    #[test]
    fn words_that_join_alike_are_told_apart() {
        let mut known = KnownLines::default();
        known.add("ab c d e f\n".as_bytes()).unwrap();
        assert_eq!(known.overlap("a bc d e f\n".as_bytes()).unwrap().known, 0);
    }

    #[test]
    fn a_few_lines_and_none_are_no_overlap() {
        assert_eq!(Overlap { lines: 100, known: 9 }.warning(), None);
        assert_eq!(Overlap::default().share(), 0.0);
        assert_eq!(Overlap::default().warning(), None);
    }
}
