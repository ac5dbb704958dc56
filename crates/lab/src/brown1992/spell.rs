//! M_spell: the spelling of a token that is not in the vocabulary.

/// The number of printable ASCII characters, including the space.
const PRINTABLE: f64 = 95.0;
/// The number of all other Unicode scalar values.
const OTHERS: f64 = 1_112_064.0 - PRINTABLE;
/// log2 of the probability that a character is not printable ASCII. In the paper that probability
/// is 0; this one is too small to change any figure of an ASCII text, and makes every other text
/// possible.
const FOREIGN: f64 = -16.0;

/// A speller with a Poisson token length and uniform characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speller {
    /// λ, the mean length of a token in characters.
    pub mean: f64,
}

impl Speller {
    /// Returns −log2 p(s) in bits, where p(s) = e^(−λ) λ^k / k! · (1/95)^k for k characters (Brown
    /// and others 1992, section 4.2).
    pub fn bits(self, token: &str) -> f64 {
        let characters: f64 = token.chars().map(character_bits).sum();
        poisson_bits(self.mean, token.chars().count()) + characters
    }
}

fn character_bits(character: char) -> f64 {
    match character {
        ' '..='~' => PRINTABLE.log2() - (1.0 - FOREIGN.exp2()).log2(),
        _ => OTHERS.log2() - FOREIGN,
    }
}

/// Returns −log2 of the Poisson probability of `k` with mean `mean` > 0.
pub fn poisson_bits(mean: f64, k: usize) -> f64 {
    let log_factorial: f64 = (2..=k).map(|i| (i as f64).ln()).sum();
    (mean - k as f64 * mean.ln() + log_factorial) * std::f64::consts::LOG2_E
}

#[cfg(test)]
mod tests {
    use super::*;

    /// λ = 2: p(0) = e⁻², p(3) = e⁻² · 8 / 6.
    #[test]
    fn by_hand() {
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
        assert!(near(poisson_bits(2.0, 0), 2.0 / 2f64.ln()));
        assert!(near(poisson_bits(2.0, 3), 2.0 / 2f64.ln() - (4f64 / 3.0).log2()));
        let speller = Speller { mean: 2.0 };
        let of_three = speller.bits("cat") - 3.0 * 95f64.log2();
        assert!((of_three - poisson_bits(2.0, 3)).abs() < 1e-4);
        assert!(speller.bits("cät") > speller.bits("cat") + 20.0);
    }

    #[test]
    fn lengths_and_characters_sum_to_1() {
        let lengths: f64 = (0..60).map(|k| (-poisson_bits(4.1, k)).exp2()).sum();
        assert!((lengths - 1.0).abs() < 1e-12);
        let characters =
            95.0 * (-character_bits('a')).exp2() + OTHERS * (-character_bits('é')).exp2();
        assert!((characters - 1.0).abs() < 1e-12);
    }
}
