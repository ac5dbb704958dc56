//! The tokens on which models differ, by the longest n-gram found in the first model, and by its
//! unigram probability of the word.

use crate::sentence::{Observer, Sentence};
use ngram_model::{LanguageModel, Score};
use ngram_tokenizer::WordId;

/// Kinds of words, the most probable first.
pub const KINDS: [&str; 7] = [
    "</s>, the end of a sentence",
    "words of 1 in 100 or more",
    "1 in 1,000",
    "1 in 10,000",
    "1 in 100,000",
    "rarer words",
    "OOVs",
];

/// log10 of the lowest unigram probability of kinds 1 to 4.
const LEAST: [f32; 4] = [-2.0, -3.0, -4.0, -5.0];

/// Keeps each token's word and score.
pub struct SeenTokens;

impl Observer for SeenTokens {
    type Notes = Vec<(WordId, Score)>;

    fn observe(&self, sentence: &Sentence<'_>, notes: &mut Vec<(WordId, Score)>) {
        notes.extend(sentence.tokens.iter().map(|token| (token.id, token.score)));
    }
}

/// The number of tokens, and Σ log10 p.
pub type Sum = (u64, f64);

/// Sums by kind of token under one model.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// By the order of the longest n-gram found in the first model, from 1.
    pub orders: Vec<Sum>,
    /// By kind; see [`KINDS`].
    pub kinds: [Sum; KINDS.len()],
}

impl Tables {
    /// Adds tokens that have already been sorted.
    pub fn add(&mut self, sorted: &[TokenKind], seen: &[(WordId, Score)]) {
        for (kind, (_, score)) in sorted.iter().zip(seen) {
            self.add_one(*kind, *score);
        }
    }

    fn add_one(&mut self, kind: TokenKind, score: Score) {
        let order = usize::from(kind.matched);
        if self.orders.len() < order {
            self.orders.resize(order, (0, 0.0));
        }
        for sum in [&mut self.orders[order - 1], &mut self.kinds[usize::from(kind.word)]] {
            sum.0 += 1;
            sum.1 += score.log_prob.log10();
        }
    }
}

/// The kind of a token.
#[derive(Clone, Copy, Debug)]
pub struct TokenKind {
    matched: u8,
    word: u8,
}

/// The kinds of the tokens of a text.
pub struct Kinds<'m> {
    first: &'m dyn LanguageModel,
    /// The kind of each word, cached.
    words: Vec<Option<u8>>,
    sorted: Vec<TokenKind>,
}

impl<'m> Kinds<'m> {
    /// Creates an empty list; tokens are sorted by their scores under `first`.
    pub fn new(first: &'m dyn LanguageModel) -> Kinds<'m> {
        Kinds { first, words: vec![None; first.vocab().len()], sorted: Vec::new() }
    }

    /// Sorts the next tokens of the text, and adds them to the first model's tables.
    pub fn sort(&mut self, seen: &[(WordId, Score)], tables: &mut Tables) {
        for &(id, score) in seen {
            let word = match self.words.get(id.index()).copied().flatten() {
                Some(word) => word,
                None => {
                    let word = self.kind(id);
                    if let Some(kept) = self.words.get_mut(id.index()) {
                        *kept = Some(word);
                    }
                    word
                }
            };
            let kind = TokenKind { matched: score.matched.max(1), word };
            self.sorted.push(kind);
            tables.add_one(kind, score);
        }
    }

    /// The kinds of the tokens sorted so far.
    pub fn sorted(&self) -> &[TokenKind] {
        &self.sorted
    }

    fn kind(&self, id: WordId) -> u8 {
        match id {
            WordId::END => 0,
            WordId::UNKNOWN => KINDS.len() as u8 - 1,
            _ => {
                let alone = self.first.score(&[], id).log_prob.0;
                1 + LEAST.iter().position(|&least| alone >= least).unwrap_or(LEAST.len()) as u8
            }
        }
    }
}
