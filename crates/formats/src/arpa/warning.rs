//! Warnings about an ARPA file that could be read.

use std::fmt;

/// An oddity in an ARPA file, and how it was interpreted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Log-probabilities above 0: probabilities above 1. Read as 0.
    PositiveLogProbs {
        /// Their number.
        count: u64,
        /// The line of the first one.
        first_line: u64,
        /// The largest, as log10.
        largest: f32,
    },
    /// The unknown word has another name than `<unk>`. Read as `<unk>`.
    UnknownNamed(String),
    /// `<unk>` is listed under two names, which were read as one word, as KenLM does.
    UnknownMerged {
        /// The other name.
        other: String,
        /// Whether the probability and back-off weight are those listed for `<unk>`, as the last one.
        of_unk: bool,
        /// The number of longer n-grams left out, as the same one came before with the other name.
        left_out: u64,
    },
    /// A trie lists n-grams under two names of the unknown word, of which KenLM finds one each.
    UnknownTwice {
        /// The number of n-grams left out.
        left_out: u64,
    },
    /// Several words might be the unknown word. Read as ordinary words.
    UnknownAmbiguous(Vec<String>),
    /// One of `<unk>`, `<s>` and `</s>` is not listed. Added with probability 0 and back-off
    /// weight 1.
    NotListed(&'static str),
    /// Comments name tokenizers that are not known. Ignored.
    UnknownTokenizer {
        /// The name in the first of them, or its beginning.
        name: String,
        /// The number of such comments.
        comments: u64,
    },
    /// There is text after `\end\`. Ignored.
    TextAfterEnd {
        /// The line at which it begins.
        line: u64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::PositiveLogProbs { count, first_line, largest } => write!(
                f,
                "{count} log-probabilities are above 0, the first in line {first_line}, the largest {largest}; \
                 they were read as 0, and the probabilities of such a model may sum to more than 1"
            ),
            Warning::UnknownNamed(name) => write!(f, "{name} was read as <unk>"),
            Warning::UnknownMerged { other, of_unk, left_out } => {
                let last = if *of_unk { "<unk>" } else { other };
                write!(
                    f,
                    "<unk> and {other} are both listed, and were read as one word, <unk>, as KenLM does, \
                     with the probability and back-off weight of {last}, the last one; \
                     the model lacks the probability of the first one"
                )?;
                match left_out {
                    0 => Ok(()),
                    _ => write!(
                        f,
                        "; {left_out} longer n-grams were left out, as the same one came before with the other name"
                    ),
                }
            }
            Warning::UnknownTwice { left_out } => write!(
                f,
                "n-grams are listed under two names of the unknown word, which are one word to KenLM; \
                 {left_out} that it never finds were left out"
            ),
            Warning::UnknownAmbiguous(names) => write!(
                f,
                "{} might each stand for unknown words, and were read as ordinary words; \
                 name the right one",
                names.join(" and ")
            ),
            Warning::NotListed(word) => {
                let effect = match *word {
                    "<unk>" => "words that are not listed have probability 0",
                    "</s>" => "the end of a sentence has probability 0",
                    _ => "the first words of a sentence have no history",
                };
                write!(f, "{word} is not among the 1-grams: {effect}")
            }
            Warning::UnknownTokenizer { name, comments } => {
                write!(
                    f,
                    "the comment before \\data\\ names a tokenizer that is not known, {name:?}; it was not heeded"
                )?;
                match comments {
                    0 | 1 => Ok(()),
                    _ => write!(f, ", nor were {} more such comments", comments - 1),
                }
            }
            Warning::TextAfterEnd { line } => {
                write!(f, "there is text after \\end\\, at line {line}; it was not read")
            }
        }
    }
}
