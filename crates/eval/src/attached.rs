//! Words that are unknown because punctuation is attached to them.
//!
//! A model trained on text with punctuation split off knows `mat` and `.`, but not `mat.`. If its
//! tokenizer cuts at white space only, as is assumed for a model in a foreign format, many words of
//! ordinary text are OOV for that reason alone, and every figure is worse than it should be.

use crate::lines::text_lines;
use crate::number::grouped;
use ngram_model::LanguageModel;
use ngram_tokenizer::{Lookup, TokenizerKind, TokenizerSpec, WordId};

/// The number of bytes examined at the beginning of each text.
const LOOKED_AT: usize = 64 << 10;
/// The number of unknown words after which it stops looking.
const ENOUGH: u64 = 1000;
/// With fewer unknown words than this, there is no note.
const TOO_FEW: u64 = 20;

/// Counts the unknown words at the beginnings of texts that would be known with punctuation cut
/// off.
#[derive(Debug, Default)]
pub struct Attached {
    unknown: u64,
    /// Those that split into several pieces, all known to the model.
    known_in_pieces: u64,
}

impl Attached {
    /// Examines the beginning of a text.
    pub fn look(&mut self, model: &dyn LanguageModel, text: &[u8]) {
        let tokenizer = model.tokenizer();
        if tokenizer.kind != TokenizerKind::Whitespace || self.unknown >= ENOUGH {
            return;
        }
        let words = TokenizerSpec::new(TokenizerKind::Words);
        let mut lookup = Lookup::new(model.vocab());
        let beginning = String::from_utf8_lossy(&text[..LOOKED_AT.min(text.len())]);
        for line in text_lines(&beginning) {
            tokenizer.tokenize(line, |word| {
                if self.unknown == ENOUGH || lookup.id_or_unknown(word) != WordId::UNKNOWN {
                    return;
                }
                self.unknown += 1;
                let (mut pieces, mut known) = (0, true);
                words.tokenize(word, |piece| {
                    pieces += 1;
                    known &= lookup.id_or_unknown(piece) != WordId::UNKNOWN;
                });
                self.known_in_pieces += u64::from(known && pieces > 1);
            });
        }
    }

    /// Returns a note if most unknown words are known in pieces.
    pub fn note(&self) -> Option<String> {
        let Attached { unknown, known_in_pieces } = *self;
        if unknown < TOO_FEW || known_in_pieces * 2 <= unknown {
            return None;
        }
        Some(format!(
            "of the first {} unknown words, {} are known once punctuation is cut off: the model seems to be of text cut into \
             words and punctuation, but cuts this text at white space only, and so gives it less than its due. If the \
             model was imported, import it with --tokenizer words; else cut the text as the text was that it was trained on",
            grouped(unknown),
            grouped(known_in_pieces),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::Toy;

    fn look(model: &Toy, text: &str) -> Attached {
        let mut attached = Attached::default();
        attached.look(model, text.as_bytes());
        attached
    }

    #[test]
    fn most_must_be_known_in_pieces() {
        // "the-cat" has a piece, the hyphen, that is unknown.
        let model = Toy::normal(["cat", ".", "sat"]);
        let attached = look(&model, &"cat. sat. dog. the-cat dog .\n".repeat(5));
        assert_eq!((attached.unknown, attached.known_in_pieces), (25, 10));
        assert_eq!(attached.note(), None);

        let attached = look(&model, &"cat. sat. dog. sat .\n".repeat(7));
        assert_eq!((attached.unknown, attached.known_in_pieces), (21, 14));
        let note = attached.note().unwrap();
        assert!(note.starts_with("of the first 21 unknown words, 14 are known once "), "{note}");
        assert_eq!(look(&model, &"cat. ".repeat(19)).note(), None);
    }

    #[test]
    fn no_more_than_a_beginning_is_looked_at() {
        let mut model = Toy::normal(["cat", ".", "sat"]);
        let text = "cat. ".repeat(50_000);
        assert_eq!(look(&model, &text).unknown, ENOUGH);
        let late = format!("{}{text}", "cat ".repeat(LOOKED_AT / 4));
        assert_eq!(look(&model, &late).unknown, 0);
        model.tokenizer.kind = TokenizerKind::Words;
        assert_eq!(look(&model, &text).unknown, 0);
    }
}
