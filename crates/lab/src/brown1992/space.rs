//! M_space: the gap between two tokens, given both; in the paper it depends on the second alone.

use super::spell::{Speller, poisson_bits};

/// The kind of gap before a token. The paper also has a dash and an apostrophe, which its tokenizer
/// splits off; here they are part of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Space {
    /// Nothing.
    None,
    /// One blank or more.
    Blanks,
    /// Anything else; it is spelled out.
    Other,
}

impl Space {
    /// The number of kinds.
    pub const KINDS: u32 = 3;

    /// Returns the kind of a gap.
    pub fn of(gap: &str) -> Space {
        match gap {
            "" => Space::None,
            _ if gap.bytes().all(|byte| byte == b' ') => Space::Blanks,
            _ => Space::Other,
        }
    }
}

/// A model of the length of gaps, in characters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// The Poisson mean of the number of blanks beyond the first.
    further_blanks: f64,
}

impl Gaps {
    /// Fits the model to the gaps of a training text. Half a blank is added to the sum, so that
    /// double blanks are possible even if the training text has none.
    pub fn fit<'g>(gaps: impl Iterator<Item = (&'g str, u64)>) -> Gaps {
        let (mut further, mut runs) = (0, 0);
        for (gap, times) in gaps.filter(|(gap, _)| Space::of(gap) == Space::Blanks) {
            further += (gap.len() as u64 - 1) * times;
            runs += times;
        }
        Gaps { further_blanks: (further as f64 + 0.5) / (runs as f64 + 1.0) }
    }

    /// Returns −log2 of the probability of a gap given its kind, in bits.
    pub fn bits(self, gap: &str) -> f64 {
        match Space::of(gap) {
            Space::None => 0.0,
            Space::Blanks => poisson_bits(self.further_blanks, gap.len() - 1),
            Space::Other => Speller { mean: 1.0 }.bits(gap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_gaps() {
        let kinds = ["", " ", "   ", "\t", "  \u{a0}"].map(Space::of);
        use Space::{Blanks, None, Other};
        assert_eq!(kinds, [None, Blanks, Blanks, Other, Other]);
    }

    /// Nine runs of one blank and one of two: (1 + ½) / 11 further blanks.
    #[test]
    fn by_hand() {
        let gaps = Gaps::fit([("", 5), (" ", 9), ("  ", 1), ("\t", 3)].into_iter());
        let mean: f64 = 1.5 / 11.0;
        assert!((gaps.further_blanks - mean).abs() < 1e-12);
        assert!((gaps.bits(" ") - mean / 2f64.ln()).abs() < 1e-12);
        assert!(gaps.bits("     ") > gaps.bits("  ") && gaps.bits("") == 0.0);
        assert!(gaps.bits("\t") > 30.0);
    }
}
