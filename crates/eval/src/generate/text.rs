//! Joins words into a text.

use super::draw::pick;
use crate::sampling::Random;
use ngram_model::{LanguageModel, OpenVocabulary};
use ngram_tokenizer::surface::END_OF_WORD;
use ngram_tokenizer::{Case, Gap, Surface, TokenizerKind, WordId};

/// The longest spelling; longer ones are abandoned.
const LONGEST_SPELLING: usize = 64;
/// The number of spellings tried, since some are known words or not words at all.
const SPELLINGS: usize = 1000;

/// Writes words with the gaps between them.
pub struct WordWriter<'m> {
    model: &'m dyn LanguageModel,
    /// The model's gaps, cases and spellings.
    open: Option<OpenVocabulary<'m>>,
    surface: Surface,
    /// The text so far, in bytes because the model's tokens may be bytes.
    text: Vec<u8>,
}

impl<'m> WordWriter<'m> {
    /// Starts a text with a prompt.
    pub fn new(model: &'m dyn LanguageModel, prompt: &str) -> WordWriter<'m> {
        let tokenizer = model.tokenizer();
        let mut surface = Surface::new(tokenizer);
        tokenizer.pieces(prompt, |piece, token| {
            let case = Case::of(piece.form, &surface.plain(token));
            surface.push(Gap::of(piece.gap), token, case);
        });
        let open = model.open_vocabulary();
        WordWriter { model, open, surface, text: prompt.as_bytes().to_vec() }
    }

    /// Adds a word. `<unk>` is replaced by a spelling if the model can spell.
    pub fn push(&mut self, word: WordId, random: &mut Random) {
        let model = self.model;
        match self.open {
            Some(open) if word == WordId::UNKNOWN => {
                let spelled = (0..SPELLINGS).find_map(|_| self.spelling(open, random));
                self.push_token(spelled.as_deref().unwrap_or(model.vocab().word(word)));
            }
            _ => self.push_token(model.vocab().word(word)),
        }
    }

    fn push_token(&mut self, token: &str) {
        match self.model.tokenizer().kind {
            TokenizerKind::Bytes => match byte(token) {
                Some(byte) => self.text.push(byte),
                None => self.text.extend(token.bytes()),
            },
            TokenizerKind::Shannon if token == "_" => self.text.push(b' '),
            TokenizerKind::Shannon | TokenizerKind::Chars => self.text.extend(token.bytes()),
            TokenizerKind::Words
            | TokenizerKind::Whitespace
            | TokenizerKind::WordsIcu
            | TokenizerKind::PieceFile(_) => {
                let gap = self.gap(token);
                // The prompt may already end with a space.
                if gap == Gap::Space && !self.text.ends_with(b" ") {
                    self.text.push(b' ');
                }
                let case = self.case(token);
                let plain = self.surface.plain(token);
                self.text.extend(case.apply(&plain, &plain).bytes());
                self.surface.push(gap, token, case);
            }
        }
    }

    /// Returns the likelier of no gap and a space.
    fn gap(&self, token: &str) -> Gap {
        let [none, space] = [Gap::None, Gap::Space].map(|gap| match self.open {
            Some(open) if open.has_gaps() => open.gap_probability(&self.surface, Some(token), gap),
            _ if self.text.is_empty() || self.surface.is_joined(token) => {
                f64::from(gap == Gap::None)
            }
            _ => f64::from(gap == Gap::Space),
        });
        if none > space { Gap::None } else { Gap::Space }
    }

    /// Returns the likeliest case that needs no further details, if the tokenizer lowercases.
    fn case(&self, token: &str) -> Case {
        let Some(open) = self.open.filter(|open| open.has_gaps()) else { return Case::Lower };
        if !self.model.tokenizer().has_case() {
            return Case::Lower;
        }
        let mut best = (Case::Lower, 0.0);
        for case in [Case::Lower, Case::Capital, Case::Upper] {
            let probability = open.case_probability(&self.surface, token, case);
            if probability > best.1 {
                best = (case, probability);
            }
        }
        best.0
    }

    /// Draws a spelling like that of rare words; `None` if it is a known word or not a word.
    fn spelling(&self, open: OpenVocabulary<'_>, random: &mut Random) -> Option<String> {
        let mut bytes = Vec::new();
        loop {
            let mut sum = 0.0;
            let sums = open.symbols(&bytes).map(|symbol| {
                sum += symbol;
                sum
            });
            let symbol = pick(&sums, random)?;
            if symbol == usize::from(END_OF_WORD) {
                break;
            }
            bytes.push(symbol as u8);
            if bytes.len() > LONGEST_SPELLING {
                return None;
            }
        }
        let word = String::from_utf8(bytes).ok()?;
        let mut tokens = Vec::new();
        self.model.tokenizer().tokenize(&word, |token| tokens.push(token.to_owned()));
        (tokens == [word.as_str()] && self.model.vocab().id(&word).is_none()).then_some(word)
    }

    /// Returns the text.
    pub fn finish(self) -> String {
        String::from_utf8(self.text)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

/// Returns the byte that a token of [`TokenizerKind::Bytes`] stands for.
fn byte(token: &str) -> Option<u8> {
    let hex = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'));
    match (hex, token.as_bytes()) {
        (Some(hex), _) if hex.len() == 2 => u8::from_str_radix(hex, 16).ok(),
        (_, &[byte]) => Some(byte),
        _ => None,
    }
}
