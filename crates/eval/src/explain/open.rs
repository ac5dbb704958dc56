//! The cost of a token under an open vocabulary, part by part.

use ngram_model::{LanguageModel, LogProb, OpenVocabulary};
use ngram_tokenizer::{Case, Gap, Surface, WordId};
use serde::Serialize;

/// The cost of a token and of the gap before it, in bits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenCharge {
    /// (1 − ν) · p, plus ν for an OOV.
    pub token_probability: f64,
    /// −log2 of `token_probability`; 0 for a known token of probability 0, which sums leave out.
    pub token_bits: f64,
    /// The spelling of an unknown word; `None` for a known one.
    pub spelling: Option<Spelling>,
    /// The case of the token, if the tokenizer lowercases; `None` for `</s>`.
    pub case: Option<CaseCharge>,
    /// The gap before the token, or before the end of the line.
    pub gap: GapCharge,
    /// The sum of the costs.
    pub bits: f64,
}

/// The spelling of an unknown word letter by letter, each predicted from the five preceding bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spelling {
    /// The letters, then the end of the word.
    pub letters: Vec<Spelled>,
    /// The deduction because the word is not a known one: −log2 of the probability R that the
    /// speller gives to strings that are not known words.
    pub not_known_bits: f64,
    /// The cost of the letters minus that deduction.
    pub bits: f64,
}

/// A letter and its cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spelled {
    /// A Unicode scalar value of the word; empty for the end of the word.
    pub letter: String,
    /// −log2 of its probability: the sum over its bytes.
    pub bits: f64,
}

/// The case of a token.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CaseCharge {
    /// The token as written in the text.
    pub form: String,
    /// −log2 of the probability of the kind of case, plus the cost of its details.
    pub bits: f64,
}

/// The gap between two tokens.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GapCharge {
    /// The text between this token and the one before.
    pub text: String,
    /// −log2 of its probability, plus the cost of spelling it unless it is empty or a single space.
    pub bits: f64,
}

impl OpenCharge {
    /// Adds the token itself; `log_prob` is the model's probability of it, or of `<unk>` for an
    /// OOV.
    pub(super) fn with_token(
        mut self,
        open: &OpenVocabulary<'_>,
        log_prob: LogProb,
        is_oov: bool,
    ) -> OpenCharge {
        self.token_probability = open.token(log_prob.prob(), !is_oov);
        self.token_bits = match is_oov {
            true => -self.token_probability.log2(),
            false if log_prob == LogProb::ZERO => 0.0,
            false => -(1.0 - open.novelty()).log2() + log_prob.bits(),
        };
        let spelling = self.spelling.as_ref().map_or(0.0, |spelling| spelling.bits);
        let case = self.case.as_ref().map_or(0.0, |case| case.bits);
        self.bits = self.token_bits + spelling + case + self.gap.bits;
        self
    }
}

/// Computes the charges for each piece of a line and for its end, without the tokens themselves,
/// which it adds to `tokens`.
pub(super) fn charges(
    open: &OpenVocabulary<'_>,
    model: &dyn LanguageModel,
    line: &str,
    tokens: &mut Vec<String>,
) -> Vec<OpenCharge> {
    let (tokenizer, vocab) = (model.tokenizer(), model.vocab());
    let mut surface = Surface::new(tokenizer);
    let mut charged = Vec::new();
    let gap = |surface: &Surface, text: &str, token: Option<&str>| GapCharge {
        text: text.to_owned(),
        bits: open.gap(surface, token, text),
    };
    let last = tokenizer.pieces(line, |piece, token| {
        let mut charge =
            OpenCharge { gap: gap(&surface, piece.gap, Some(token)), ..OpenCharge::default() };
        if piece.is_unknown || vocab.id_or_unknown(token) == WordId::UNKNOWN {
            charge.spelling = Some(spelling(open, token));
        }
        let mut case = Case::Lower;
        if tokenizer.has_case() {
            case = Case::of(piece.form, &surface.plain(token));
            let bits = open.case(&surface, token, piece.form, case);
            charge.case = Some(CaseCharge { form: piece.form.to_owned(), bits });
        }
        charged.push(charge);
        surface.push(Gap::of(piece.gap), token, case);
        let unknown = vocab.word(WordId::UNKNOWN);
        tokens.push(if piece.is_unknown { unknown } else { token }.to_owned());
    });
    charged.push(OpenCharge { gap: gap(&surface, last.gap, None), ..OpenCharge::default() });
    charged
}

fn spelling(open: &OpenVocabulary<'_>, word: &str) -> Spelling {
    let bytes = word.as_bytes();
    let byte = |at: usize| -open.byte(bytes, at).log2();
    let letters = word.char_indices().map(|(start, letter)| Spelled {
        letter: letter.to_string(),
        bits: (start..start + letter.len_utf8()).map(byte).sum(),
    });
    let end = Spelled { letter: String::new(), bits: byte(bytes.len()) };
    Spelling {
        letters: letters.chain([end]).collect(),
        not_known_bits: -open.rest().log2() + 0.0,
        bits: open.spelling(word),
    }
}
