//! Whether a held-out text was held out: how much of it stood in the training text.
//!
//! A figure, a weight or a choice made on lines that a model was trained on says nothing about text that it was
//! not. With the training text at hand, lines are compared ([`KnownLines`]); without it, a model's account of
//! itself tells as much as it can ([`trained_on`]).

use crate::blocks::Blocks;
use crate::number::grouped;
use crate::report::Figures;
use ngram_model::TrainingInfo;
use rustc_hash::{FxHashSet, FxHasher};
use std::hash::Hasher;
use std::io::{self, Read};

/// Shorter lines come twice by chance: headings, "he said".
const WORDS: usize = 5;

/// From this share on, a text is said to overlap.
const TELLING: f64 = 0.1;

/// From this share of tokens that end a stored trigram on, a text is said to be known.
const SEEN: f64 = 0.9;

/// The lines of a training text that have five words or more, words apart by any white space. Each is a hash of 64
/// bits: some 10 to 20 bytes of memory a line, and for a million lines one in 10^13 to be taken for another.
#[derive(Clone, Debug, Default)]
pub struct KnownLines {
    hashes: FxHashSet<u64>,
}

/// How many lines of a held-out text are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Lines of five words or more.
    pub lines: u64,
    /// Those of them that are in the training text.
    pub known: u64,
}

impl KnownLines {
    /// Adds the lines of a text.
    ///
    /// # Errors
    ///
    /// If it cannot be read; the lines up to there are added.
    pub fn add(&mut self, text: impl Read) -> io::Result<()> {
        long_lines(text, |hash| {
            self.hashes.insert(hash);
        })
    }

    /// How many lines of a held-out text are among those added.
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
    /// `known` / `lines`: from 0 to 1, and 0 where there are no lines of five words.
    pub fn share(self) -> f64 {
        if self.lines == 0 { 0.0 } else { self.known as f64 / self.lines as f64 }
    }

    /// What a user must know, where a tenth of the lines or more is known.
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
    let mut blocks = Blocks::new(text);
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

/// What a user must know of a text if a model seems to have been trained on it, from the model's account of its
/// training and the figures of the text under it: where lines, tokens and bytes are as many, or where nearly all
/// tokens end a trigram that the model has. A part of a training text shows by the latter alone, and only in models
/// of order 3 or more that keep most trigrams.
pub fn trained_on(training: Option<&TrainingInfo>, figures: &Figures) -> Option<String> {
    let same = training.is_some_and(|training| {
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
    // All tokens but the first of each sentence have two words before them, `<s>` counted.
    let could = figures.tokens.saturating_sub(figures.sentences);
    let seen: u64 = figures.matched.iter().skip(2).map(|matched| matched.tokens).sum();
    let share = seen as f64 / could as f64;
    (could >= 100 && share >= SEEN).then(|| {
        format!(
            "{:.0} % of the tokens that have two words before them end a trigram that the model has ({} of {}): it \
             seems to have been trained on this text or on a part of it",
            100.0 * share,
            grouped(seen),
            grouped(could)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
