//! Published figures, for comparison.

use super::Alphabet;

/// F_N of English for N = 0, 1, 2, 3 in bits per symbol, from tables of letter, digram and trigram
/// frequencies (Shannon 1951, "Prediction and entropy of printed English", table on p. 52); none for
/// characters. F_3 is less reliable: the trigram table left out trigrams that bridge words.
pub fn shannon_ngram_entropies(alphabet: Alphabet) -> Option<[f64; 4]> {
    match alphabet {
        Alphabet::Letters26 => Some([4.70, 4.14, 3.56, 3.3]),
        Alphabet::Letters27 => Some([4.76, 4.03, 3.32, 3.1]),
        Alphabet::Characters => None,
    }
}

/// Bounds from a person's guesses with 0, 1, …, 14 symbols known (N = 1, 2, …, 15): the lower and
/// the upper bound in bits per symbol, 27 symbols (Shannon 1951, Table I and equation 17). The
/// first two pairs are from tables of frequencies, not from guesses.
pub const SHANNON_BOUNDS: [(f64, f64); 15] = [
    (3.19, 4.03),
    (2.50, 3.42),
    (2.1, 3.0),
    (1.7, 2.6),
    (1.7, 2.7),
    (1.3, 2.2),
    (1.8, 2.8),
    (1.0, 1.8),
    (1.0, 1.9),
    (1.0, 2.1),
    (1.3, 2.2),
    (1.3, 2.3),
    (1.2, 2.1),
    (0.9, 1.7),
    (1.2, 2.1),
];

/// The same with 100 letters known.
pub const SHANNON_BOUNDS_AT_100: (f64, f64) = (0.6, 1.3);

/// An upper bound on the bits per character of printed English, from a trigram model of words,
/// spelling, case and spacing (Brown, Della Pietra, Mercer, Della Pietra and Lai 1992, "An estimate
/// of an upper bound for the entropy of English").
pub const BROWN_1992: f64 = 1.75;

/// An upper bound in bits per symbol, from people's bets on the next of 27 symbols (Cover and King
/// 1978, "A convergent gambling estimate of the entropy of English").
pub const COVER_AND_KING_1978: f64 = 1.3;
