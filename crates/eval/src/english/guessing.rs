//! Shannon's guessing game, and the two bounds that come of it.

use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use serde::Serialize;

/// What a game of guesses says of the entropy, in bits per symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guessing {
    /// How many symbols were guessed.
    pub symbols: u64,
    /// Σ i (q_i − q_(i+1)) log2 i, with q_i the share of symbols guessed at the i-th attempt, the
    /// greatest first (Shannon 1951, equation 17). It bounds the entropy given the known symbols
    /// only if the guesser always tries the likeliest symbol first.
    pub lower: f64,
    /// −Σ q_i log2 q_i (the same equation): a bound for any guesser, but for the sample's size.
    pub upper: f64,
    /// The share of symbols guessed at the first attempt.
    pub first: f64,
}

/// Both bounds from how often the i-th attempt was right, i from 1. `None` where nothing was guessed.
pub fn bounds(right_at: &[u64]) -> Option<Guessing> {
    let total: u64 = right_at.iter().sum();
    if total == 0 {
        return None;
    }
    // The formula asks for shares that fall, which those of a sample may not quite do.
    let mut sorted = right_at.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    let q: Vec<f64> = sorted.iter().map(|&count| count as f64 / total as f64).collect();
    let next = q.iter().skip(1).chain([&0.0]);
    let terms = q.iter().zip(next).enumerate();
    let lower = terms.map(|(index, (this, next))| {
        let i = (index + 1) as f64;
        i * (this - next) * i.log2()
    });
    Some(Guessing {
        symbols: total,
        lower: lower.sum::<f64>(),
        upper: crate::information::plug_in_entropy(sorted).unwrap_or(0.0),
        first: right_at[0] as f64 / total as f64,
    })
}

/// What came of a game.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Game {
    /// How often the first attempt was right, the second, and so on.
    pub right_at: Vec<u64>,
    /// What the guesser's own probabilities come to: Σ −log2 p, in bits.
    pub bits: f64,
}

/// How many symbols a thread takes at a time.
const CHUNK: usize = 1024;

/// Lets `model` guess each of `symbols` from the `order` − 1 symbols before it: the symbol it gives
/// the highest probability first, ties in the order of `alphabet`.
///
/// The guesser knows that the text goes on, so `<unk>` and `</s>` are never guessed. A symbol that is
/// not in `alphabet` counts as one attempt more than there are symbols.
pub fn play(
    model: &dyn LanguageModel,
    alphabet: &[WordId],
    symbols: &[WordId],
    order: usize,
) -> Game {
    let places: Vec<usize> = (0..symbols.len()).collect();
    let chunks: Vec<Vec<(usize, f64)>> = places
        .par_chunks(CHUNK)
        .map(|places| {
            let attempt = |&at: &usize| {
                let known = &symbols[at.saturating_sub(order.saturating_sub(1))..at];
                attempt(model, alphabet, known, symbols[at])
            };
            places.iter().map(attempt).collect()
        })
        .collect();
    let mut game = Game { right_at: vec![0; alphabet.len() + 1], bits: 0.0 };
    for (rank, bits) in chunks.into_iter().flatten() {
        game.right_at[rank] += 1;
        game.bits += bits;
    }
    game
}

/// How many symbols are tried before `symbol`, and −log2 of its probability.
fn attempt(
    model: &dyn LanguageModel,
    alphabet: &[WordId],
    known: &[WordId],
    symbol: WordId,
) -> (usize, f64) {
    let own_prob = model.score(known, symbol).log_prob;
    let (own_score, bits) = (own_prob.0, own_prob.bits());
    let Some(own) = alphabet.iter().position(|&other| other == symbol) else {
        return (alphabet.len(), bits);
    };
    let before = |index: usize, other: WordId| {
        if index == own {
            return false;
        }
        let score = model.score(known, other).log_prob.0;
        score > own_score || score == own_score && index < own
    };
    (alphabet.iter().enumerate().filter(|&(index, &other)| before(index, other)).count(), bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toy::Toy;

    /// q = (1/2, 1/4, 1/4): upper 1.5; lower 2 (1/4 − 1/4) log2 2 + 3 (1/4) log2 3 = 1.18872.
    #[test]
    fn by_hand() {
        let found = bounds(&[1, 2, 0, 1]).unwrap();
        assert!((found.upper - 1.5).abs() < 1e-12, "{found:?}");
        assert!((found.lower - 0.75 * 3f64.log2()).abs() < 1e-12, "{found:?}");
        assert_eq!((found.symbols, found.first), (4, 0.25));
        assert_eq!(bounds(&[]), None);
        assert_eq!(bounds(&[0, 0]), None);
    }

    #[test]
    fn certain_and_uniform() {
        let certain = bounds(&[9]).unwrap();
        assert_eq!((certain.lower, certain.upper), (0.0, 0.0));
        let uniform = bounds(&[5, 5, 5, 5]).unwrap();
        assert!((uniform.lower - 2.0).abs() < 1e-12 && (uniform.upper - 2.0).abs() < 1e-12);
    }

    /// After `the`, cat is likeliest, then the and sat; after `cat`, sat ties with the at −0.75 and
    /// comes after it.
    #[test]
    fn the_likeliest_is_tried_first() {
        let model = Toy::exact();
        let [the, cat, sat] = [3, 4, 5].map(WordId);
        let rank = |alphabet: &[WordId], known: &[WordId], symbol| {
            attempt(&model, alphabet, known, symbol).0
        };
        let alphabet = [the, cat, sat];
        assert_eq!(rank(&alphabet, &[the], cat), 0);
        assert_eq!(rank(&alphabet, &[the], the), 1);
        assert_eq!(rank(&alphabet, &[the], sat), 2);
        assert_eq!(rank(&alphabet, &[cat], the), 0);
        assert_eq!(rank(&alphabet, &[cat], sat), 1);
        assert_eq!(rank(&alphabet, &[cat], WordId::UNKNOWN), 3);
        assert_eq!(rank(&[sat, the], &[cat], sat), 0);

        // From one word before: cat is the first guess after the, sat the second after cat.
        let game = play(&model, &alphabet, &[the, cat, sat], 2);
        assert_eq!(game.right_at.iter().sum::<u64>(), 3);
        assert_eq!(game.right_at[1..], [1, 0, 0]);
    }
}
