//! Bets on the next letter, and the entropy bound they give.

/// A gambler's fortune, starting from a capital of 1.
///
/// Before each letter the whole capital is divided among the 27 symbols in any shares. The one that
/// comes pays 27 for 1, so betting evenly neither wins nor loses. With S_n the capital after n
/// letters, (1 − log_27 S_n / n) log2 27 bits is an estimate of the entropy that is too high on
/// average, and exact for a gambler who bets the true probabilities of the language (Cover and King
/// 1978, "A convergent gambling estimate of the entropy of English").
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Wagers {
    letters: u64,
    log2_capital: f64,
}

impl Wagers {
    /// Adds a letter with its share of the capital, from 0 to 1; 0 is ruin.
    pub fn add(&mut self, share: f64) {
        self.letters += 1;
        self.log2_capital += (27.0 * share).log2();
    }

    /// The number of letters bet on.
    pub fn letters(&self) -> u64 {
        self.letters
    }

    /// log2 of the capital; minus infinity after ruin.
    pub fn log2_capital(&self) -> f64 {
        self.log2_capital
    }

    /// The estimate in bits per letter: infinite after ruin, `None` before the first letter.
    pub fn bits(&self) -> Option<f64> {
        (self.letters > 0).then(|| 27f64.log2() - self.log2_capital / self.letters as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_bets_win_nothing() {
        let mut wagers = Wagers::default();
        assert_eq!(wagers.bits(), None);
        for _ in 0..5 {
            wagers.add(1.0 / 27.0);
        }
        assert!(wagers.log2_capital().abs() < 1e-12);
        assert!((wagers.bits().unwrap() - 27f64.log2()).abs() < 1e-12);
    }

    /// Half on the right letter, always: 13.5-fold each time, one bit.
    #[test]
    fn half_on_the_right_one_is_a_bit() {
        let mut wagers = Wagers::default();
        for _ in 0..4 {
            wagers.add(0.5);
        }
        assert!((wagers.log2_capital() - 4.0 * 13.5f64.log2()).abs() < 1e-12);
        assert!((wagers.bits().unwrap() - 1.0).abs() < 1e-12);
        wagers.add(0.0);
        assert_eq!((wagers.bits(), wagers.letters()), (Some(f64::INFINITY), 5));
    }
}
