//! Shannon's guessing game and the two bounds it gives.

use ngram_model::{LanguageModel, LogProb};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use serde::Serialize;

/// The bounds on the entropy from a guessing game, in bits per symbol.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guessing {
    /// The number of symbols guessed.
    pub symbols: u64,
    /// Σ i (q_i − q_(i+1)) log2 i, where q_i is the share of symbols guessed at the i-th attempt,
    /// in falling order (Shannon 1951, equation 17). It bounds the entropy given the known symbols
    /// only if the guesser always tries the likeliest symbol first.
    pub lower: f64,
    /// −Σ q_i log2 q_i (the same equation): a bound for any guesser, given a large enough sample.
    pub upper: f64,
    /// The share of symbols guessed at the first attempt.
    pub first: f64,
}

/// Computes both bounds from how often the i-th attempt was right, i from 1. `None` if nothing was
/// guessed.
pub fn bounds(right_at: &[u64]) -> Option<Guessing> {
    let total: u64 = right_at.iter().sum();
    if total == 0 {
        return None;
    }
    // The formula requires falling shares; those of a sample may be slightly out of order.
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

/// The result of a game.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Game {
    /// How often the first attempt was right, the second, and so on.
    pub right_at: Vec<u64>,
    /// Σ −log2 p by the guesser's own probabilities, in bits.
    pub bits: f64,
}

/// Lets `model` guess each of `symbols` from the `order` − 1 symbols before it, in falling order of
/// probability, ties in the order of `alphabet`.
///
/// The guesser knows that the text goes on, so it never guesses `<unk>` or `</s>`. A symbol not in
/// `alphabet` counts as one attempt more than there are symbols.
pub fn play(
    model: &dyn LanguageModel,
    alphabet: &[WordId],
    symbols: &[WordId],
    order: usize,
) -> Game {
    let known = |at: usize| &symbols[at.saturating_sub(order.saturating_sub(1))..at];
    // The order of attempts depends only on the known symbols, so it is found once for each
    // history.
    let mut places: Vec<usize> = (0..symbols.len()).collect();
    places.sort_unstable_by(|&one, &other| known(one).cmp(known(other)).then(one.cmp(&other)));
    let alike: Vec<&[usize]> = places.chunk_by(|&one, &other| known(one) == known(other)).collect();
    let attempts: Vec<(usize, usize, f64)> = alike
        .par_iter()
        .flat_map_iter(|&places| {
            let known = known(places[0]);
            let score = |&symbol: &WordId| model.score(known, symbol).log_prob;
            let scores: Vec<LogProb> = alphabet.iter().map(score).collect();
            places.iter().map(move |&at| {
                let own = alphabet.iter().position(|&other| other == symbols[at]);
                match own {
                    Some(own) => (at, tried_before(&scores, own), scores[own].bits()),
                    None => (at, alphabet.len(), score(&symbols[at]).bits()),
                }
            })
        })
        .collect();
    let mut bits = vec![0.0; symbols.len()];
    let mut game = Game { right_at: vec![0; alphabet.len() + 1], bits: 0.0 };
    for (at, rank, own_bits) in attempts {
        game.right_at[rank] += 1;
        bits[at] = own_bits;
    }
    // Summed in text order, so that the sum does not depend on how attempts were found.
    game.bits = bits.iter().sum();
    game
}

/// Returns the indices in `alphabet` in the order in which `model` tries them after `known`: the
/// highest probability first, ties in the order of the alphabet.
pub(super) fn ranked(
    model: &dyn LanguageModel,
    alphabet: &[WordId],
    known: &[WordId],
) -> Vec<(usize, LogProb)> {
    let scored = alphabet.iter().map(|&symbol| model.score(known, symbol).log_prob);
    let mut ranking: Vec<(usize, LogProb)> = scored.enumerate().collect();
    ranking.sort_by(|one, other| other.1.0.total_cmp(&one.1.0));
    ranking
}

/// Returns how many symbols are tried before the one at `own`.
fn tried_before(scores: &[LogProb], own: usize) -> usize {
    let earlier = |&(index, score): &(usize, &LogProb)| {
        *score > scores[own] || *score == scores[own] && index < own
    };
    scores.iter().enumerate().filter(earlier).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_testing::toy::Toy;

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

    #[test]
    fn ties_are_tried_in_the_order_of_the_alphabet() {
        let scores = [-1.0, -0.5, -1.0, f32::NEG_INFINITY].map(LogProb);
        let ranks: Vec<usize> = (0..4).map(|own| tried_before(&scores, own)).collect();
        assert_eq!(ranks, [1, 0, 2, 3]);
    }

    /// After *the*: cat −0.5, the −0.75, sat −1.75. After *cat*: the −0.75, sat −0.75, cat −1. The
    /// first word follows nothing: the −0.5.
    #[test]
    fn the_likeliest_is_tried_first() {
        let model = Toy::exact();
        let [the, cat, sat] = [3, 4, 5].map(WordId);
        let game = play(&model, &[the, cat, sat], &[the, cat, sat, WordId::UNKNOWN], 2);
        // the at once, cat at once, sat second, and what cannot be guessed last of all.
        assert_eq!(game.right_at, [2, 1, 0, 1]);
        let other = play(&model, &[sat, cat, the], &[the, cat, sat], 2);
        assert_eq!(other.right_at, [3, 0, 0, 0]);
        let log10 = -0.5 - 0.5 - 0.75;
        assert!((other.bits + log10 * 10f64.log2()).abs() < 1e-6, "{other:?}");
    }
}
