//! Word classes: finds them in a text, reads and writes them, and trains models of them.
//!
//! Words that occur in similar contexts share a class. A model predicts the next class, then the word in it:
//!
//! ```text
//! p(w|h) = p(c(w) | the classes of h) · p(w | c(w))
//! ```
//!
//! If one word of a class has followed something, the others are expected to follow it, too.
//! [`exchange()`], [`merge()`] and [`merge_fully()`] find classes, [`WordClasses`] is a file of them, and
//! [`train_classes()`] trains a [`ClassModel`](ngram_model::ClassModel).

mod bigrams;
mod cells;
mod exchange;
mod file;
mod merge;
mod neighbours;
mod train;
mod x_log_x;

pub use bigrams::Bigrams;
pub use exchange::{ExchangeOptions, exchange};
pub use file::{ClassFileError, ClassWord, WordClasses};
pub use merge::{hierarchy, merge, merge_fully};
pub use train::{TrainedClasses, train_classes};

use cells::Cells;
use ngram_store::{Cancelled, TemporaryError};
use x_log_x::XLogX;

/// A clustering of words into classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Clustering {
    /// The class of each word, by word number. `<unk>`, `<s>` and `</s>` form classes 0, 1 and 2;
    /// the others are numbered from 3.
    pub class_of: Vec<u32>,
    /// The number of classes besides these three.
    pub classes: usize,
    /// The quality of the classes at the beginning and after each sweep.
    pub sweeps: Vec<Sweep>,
}

/// The classes after a sweep over all words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// How many words moved to another class.
    pub moved: u64,
    /// The average mutual information of adjacent classes, in bits per token.
    pub mutual_information: f64,
    /// The perplexity of the text itself under a class bigram model with its relative frequencies.
    pub perplexity: f64,
}

impl Sweep {
    fn new(bigrams: &Bigrams, cells: &Cells, logs: &XLogX, moved: u64) -> Sweep {
        let words: f64 = (0..bigrams.words()).map(|word| logs.of(bigrams.second(word))).sum();
        let nats = -(cells.criterion(logs) + words) / f64::from(bigrams.total().max(1));
        let mutual_information = cells.mutual_information(logs);
        Sweep { moved, mutual_information, perplexity: nats.exp() }
    }
}

/// Why no classes were found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassesError {
    /// More classes than words, or none.
    #[error("{classes} classes of {words} words: choose a number between 1 and {words}")]
    Classes {
        /// The number of classes asked for.
        classes: usize,
        /// The number of words.
        words: usize,
    },
    /// Counts that are not of bigrams.
    #[error("classes need counts of bigrams, and these are of order {0}: count with order 2")]
    Order(usize),
    /// The text has too many tokens.
    #[error(
        "{0} tokens are too many to find classes from: take a part of the text with at most 4,294,967,295"
    )]
    TooLong(u64),
    /// Counts in a temporary file cannot be read back.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

#[cfg(test)]
mod tests {
    use super::bigrams::tests::bigrams;
    use super::*;
    use ngram_testing::text;

    #[test]
    fn classes_are_the_same_for_any_number_of_threads() {
        let bigrams = bigrams(&text(7, 2000, 900));
        let options = ExchangeOptions { classes: 20, sweeps: 4 };
        let found = [1, 2, 7].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let exchanged = exchange(&bigrams, &options, &()).unwrap();
                let paths = hierarchy(&bigrams, &exchanged, &()).unwrap();
                (exchanged, paths, merge(&bigrams, 20, &()).unwrap())
            })
        });
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
        // Not degenerate: with either method, every class has words.
        let [(exchanged, _, merged), ..] = &found;
        for class_of in [&exchanged.class_of, &merged.class_of] {
            assert!((3..23).all(|class| class_of.contains(&class)));
        }
        assert!(exchanged.sweeps.last().unwrap().mutual_information > 0.3);
    }

    #[test]
    fn a_number_of_classes_that_cannot_be_is_refused() {
        let bigrams = bigrams("a b\n");
        for classes in [0, 3] {
            let options = ExchangeOptions { classes, ..ExchangeOptions::default() };
            let errors = [exchange(&bigrams, &options, &()), merge(&bigrams, classes, &())];
            for error in errors.map(|found| found.unwrap_err().to_string()) {
                assert!(error.contains("of 2 words: choose a number between 1 and 2"), "{error}");
            }
        }
    }

    #[test]
    fn mutual_information_and_perplexity_are_those_of_the_text() {
        // a and b alternate, so the class of one determines that of the next.
        let bigrams = bigrams(&"a b a b a b a b\n".repeat(4));
        let clustering =
            exchange(&bigrams, &ExchangeOptions { classes: 2, sweeps: 3 }, &()).unwrap();
        let [.., last] = clustering.sweeps[..] else { panic!() };
        // Of 36 tokens, 16 are a, 16 b and 4 </s>; 12 of the a follow b and 4 follow <s>. After <s>
        // and a, the next token is certain; after b it is a (12 of 16) or </s> (4 of 16).
        let entropy = |parts: &[f64]| -> f64 { parts.iter().map(|p| -p * p.log2()).sum() };
        let open = 16.0 / 36.0 * entropy(&[0.75, 0.25]);
        let mutual = entropy(&[16.0 / 36.0, 16.0 / 36.0, 4.0 / 36.0]) - open;
        assert!((last.mutual_information - mutual).abs() < 1e-9, "{last:?} {mutual}");
        assert!((last.perplexity - open.exp2()).abs() < 1e-9, "{last:?}");
    }
}
