//! A text decomposed into gaps, lower-case tokens, and case patterns.

use super::case::{Pattern, fold};
use super::space::{Gaps, Space};
use super::spell::Speller;
use crate::deleted_interpolation::Observation;
use ngram_tokenizer::{Interner, TokenizerKind, TokenizerSpec, VocabView, WordId};

/// A text as gaps, tokens and patterns, from which it can be restored.
///
/// Each line is a sentence and ends in a boundary.
pub struct Decomposed {
    pub(super) words: Interner,
    pub(super) gaps: Interner,
    pub(super) pieces: Vec<GappedToken>,
    /// The number of characters in the text, line ends included.
    pub characters: u64,
}

/// A token, or the boundary after a sentence, with the gap before it.
#[derive(Clone, Copy)]
pub(super) struct GappedToken {
    /// The number of the gap.
    pub gap: u32,
    /// The number of the token; [`WordId::END`] for a boundary.
    pub word: u32,
    pub pattern: Pattern,
}

impl GappedToken {
    pub fn is_boundary(self) -> bool {
        self.word == WordId::END.0
    }
}

impl Decomposed {
    /// Creates a text without sentences that is to have `characters` characters in all.
    pub fn new(characters: u64) -> Decomposed {
        let (words, gaps) = (Interner::new(), Interner::new());
        Decomposed { words, gaps, pieces: Vec::new(), characters }
    }

    /// Cuts a text into lines, and lines into tokens: words and punctuation for
    /// [`TokenizerKind::Words`], tokens between white space for every other kind.
    pub fn read(text: &str, tokenizer: TokenizerKind) -> Decomposed {
        let kind = match tokenizer {
            TokenizerKind::Words => TokenizerKind::Words,
            _ => TokenizerKind::Whitespace,
        };
        let tokenizer = TokenizerSpec::new(kind);
        let mut read = Decomposed::new(text.chars().count() as u64);
        for line in text.split_inclusive('\n') {
            let line = line.strip_suffix('\n').unwrap_or(line);
            let last = tokenizer.pieces(line, |piece, _| read.token(piece.gap, piece.form));
            read.boundary(last.gap);
        }
        read
    }

    /// Adds a token with the gap before it.
    pub fn token(&mut self, gap: &str, token: &str) {
        let (lower, pattern) = fold(token);
        // A token that looks like a special word must not become one.
        let word = match self.words.intern(&lower) {
            special if special < FIRST => self.words.intern(&escaped(&lower)),
            word => word,
        };
        let gap = self.gaps.intern(gap);
        self.pieces.push(GappedToken { gap, word, pattern });
    }

    /// Ends a sentence, with the gap after its last token.
    pub fn boundary(&mut self, gap: &str) {
        let gap = self.gaps.intern(gap);
        self.pieces.push(GappedToken { gap, word: WordId::END.0, pattern: Pattern::Lower });
    }

    /// Returns the vocabulary: every distinct lower-case token, in order of first occurrence.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.words.words().skip(FIRST as usize)
    }

    /// Returns a speller with the mean token length of this text. `None` for a text without tokens.
    pub fn speller(&self) -> Option<Speller> {
        let lengths: Vec<u64> =
            self.words.words().map(|word| spelled(word).chars().count() as u64).collect();
        let tokens = self.pieces.iter().filter(|piece| !piece.is_boundary());
        let (mut characters, mut count) = (0, 0u64);
        for piece in tokens {
            characters += lengths[piece.word as usize];
            count += 1;
        }
        (characters > 0).then(|| Speller { mean: characters as f64 / count as f64 })
    }

    /// Fits a model of the length of this text's gaps.
    pub fn gaps(&self) -> Gaps {
        let mut times = vec![0u64; self.gaps.words().len()];
        for piece in &self.pieces {
            times[piece.gap as usize] += 1;
        }
        Gaps::fit(self.gaps.words().zip(times))
    }

    /// Returns the id of each token in a vocabulary, including boundaries.
    pub fn ids(&self, vocab: VocabView<'_>) -> Vec<WordId> {
        let mut of: Vec<WordId> =
            self.words.words().map(|word| vocab.id(word).unwrap_or(WordId::UNKNOWN)).collect();
        of[WordId::END.index()] = WordId::END;
        self.pieces.iter().map(|piece| of[piece.word as usize]).collect()
    }

    /// Returns the pattern of each known token, given its id and whether it begins a sentence.
    /// Unknown tokens are spelled as written, so they have none.
    pub fn cases<'d>(&'d self, ids: &'d [WordId]) -> impl Iterator<Item = Observation> + 'd {
        let starts =
            std::iter::once(true).chain(self.pieces.iter().map(|piece| piece.is_boundary()));
        let all = self.pieces.iter().zip(ids).zip(starts);
        let known = all.filter(|((_, id), _)| !matches!(**id, WordId::UNKNOWN | WordId::END));
        known.map(|((piece, &word), starts)| Observation {
            word,
            context: u32::from(starts),
            kind: piece.pattern as u32,
        })
    }

    /// Returns the kind of gap before each token and boundary, given its id and that of the one
    /// before it.
    pub fn spaces<'d>(&'d self, ids: &'d [WordId]) -> impl Iterator<Item = Observation> + 'd {
        let kinds: Vec<Space> = self.gaps.words().map(Space::of).collect();
        let before = std::iter::once(WordId::END).chain(ids.iter().copied());
        self.pieces.iter().zip(ids).zip(before).map(move |((piece, &word), before)| Observation {
            word,
            context: before.0,
            kind: kinds[piece.gap as usize] as u32,
        })
    }

    /// Restores a token as written.
    pub(super) fn written(&self, piece: GappedToken, words: &[&str]) -> String {
        let word = spelled(words[piece.word as usize]);
        // The pattern found for a token always restores it.
        piece.pattern.write(word).unwrap_or_else(|| word.to_owned())
    }

    /// Restores the text. The last line always gets a line end.
    pub fn text(&self) -> String {
        let words: Vec<&str> = self.words.words().collect();
        let gaps: Vec<&str> = self.gaps.words().collect();
        let mut text = String::new();
        for piece in &self.pieces {
            text.push_str(gaps[piece.gap as usize]);
            if piece.is_boundary() {
                text.push('\n');
            } else {
                text.push_str(&self.written(*piece, &words));
            }
        }
        text
    }
}

/// The first number of an [`Interner`] that does not belong to a special word.
const FIRST: u32 = 3;

/// The prefix of a token that looks like a special word.
const ESCAPE: char = '\0';

fn escaped(word: &str) -> String {
    format!("{ESCAPE}{word}")
}

/// Removes the escape from a token.
fn spelled(word: &str) -> &str {
    match word.strip_prefix(ESCAPE) {
        Some(special @ ("<unk>" | "<s>" | "</s>")) => special,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gaps_tokens_and_patterns() {
        let text =
            Decomposed::read("It's McGraw,  he\tsaid. \n\nNO </s> <unk>\n", TokenizerKind::Words);
        assert_eq!(text.text(), "It's McGraw,  he\tsaid. \n\nNO </s> <unk>\n");
        let text = Decomposed::read("A <unk> <s> a\n", TokenizerKind::Whitespace);
        assert_eq!(text.text(), "A <unk> <s> a\n");
        // A sentence marker is part of the gap.
        assert_eq!(text.vocabulary().collect::<Vec<_>>(), ["a", "\0<unk>"]);
        assert_eq!(text.pieces.len(), 4);
        assert_eq!(text.speller(), Some(Speller { mean: 7.0 / 3.0 }));
    }

    #[test]
    fn nothing() {
        let text = Decomposed::read("", TokenizerKind::Words);
        assert_eq!((text.text(), text.speller(), text.pieces.len()), (String::new(), None, 0));
    }

    proptest! {
        #[test]
        fn no_byte_is_lost(text in "([a-zA-Z'., \t\u{e9}\u{301}<>/su-]{0,20}\n){0,4}|(\\PC{0,20}\n){0,3}") {
            for tokenizer in [TokenizerKind::Words, TokenizerKind::Whitespace] {
                prop_assert_eq!(&Decomposed::read(&text, tokenizer).text(), &text);
            }
        }
    }
}
