//! The weight of a text: how often its documents are used.

use crate::InputError;
use std::path::{Path, PathBuf};

/// The average number of times that the documents of a text are used: above 0.
///
/// A weight of 0.7 uses seven tenths of the documents, each whole or not at all; 2.5 uses each of them twice
/// and half of them once more. The choice depends on a document's index alone, so it is always the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weight(f64);

/// The largest weight.
const MOST: f64 = 1000.0;

impl Weight {
    /// Uses every document once.
    pub const ONE: Weight = Weight(1.0);

    /// Creates a weight above 0 and at most 1000; `None` for any other number.
    pub fn new(weight: f64) -> Option<Weight> {
        (weight > 0.0 && weight <= MOST).then_some(Weight(weight))
    }

    /// Returns the weight as a number.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Returns how often to use the document with this index.
    pub fn copies(self, number: u64) -> u32 {
        let whole = self.0.floor();
        // 53 bits: the precision of a number between 0 and 1.
        let draw = (mix(number) >> 11) as f64 / (1u64 << 53) as f64;
        whole as u32 + u32::from(draw < self.0 - whole)
    }

    /// Splits a name with a weight behind it, such as `a.txt:0.7`. The weight is 1 if there is
    /// none, or if the whole argument names an existing file.
    ///
    /// # Errors
    ///
    /// If the text after the last colon is a number but not a valid weight.
    pub(crate) fn split(argument: &Path) -> Result<(PathBuf, Weight), InputError> {
        let whole = || Ok((argument.to_owned(), Weight::ONE));
        let Some((name, number)) = argument.to_str().and_then(|text| text.rsplit_once(':')) else {
            return whole();
        };
        let Ok(number) = number.parse::<f64>() else { return whole() };
        if name.is_empty() || std::fs::symlink_metadata(argument).is_ok() {
            return whole();
        }
        match Weight::new(number) {
            Some(weight) => Ok((name.into(), weight)),
            None => Err(InputError::Weight { name: name.to_owned() }),
        }
    }
}

/// Mixes the bits of a number into a draw that depends on the number alone: the finaliser of
/// SplitMix64 (Steele, Lea and Flood 2014).
pub fn mix(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_documents_is_taken() {
        for (weight, near) in [(0.7, 70_000), (0.01, 1000), (2.5, 250_000), (1.0, 100_000)] {
            let weight = Weight::new(weight).unwrap();
            let taken: u32 = (0..100_000).map(|number| weight.copies(number)).sum();
            // Four standard deviations of a binomial distribution.
            assert!(taken.abs_diff(near) <= 4 * 158, "{weight:?}: {taken}");
        }
        // 2.5: some twice, some three times, none otherwise.
        let copies = (0..1000).map(|number| Weight(2.5).copies(number));
        assert!(copies.into_iter().all(|copies| copies == 2 || copies == 3));
        // The first output of SplitMix64 from the seed 0.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn names_may_have_colons() {
        let split = |name: &str| Weight::split(Path::new(name));
        let parts = |name: &str| {
            let (path, weight) = split(name).unwrap();
            (path.display().to_string(), weight.get())
        };
        assert_eq!(parts("a.txt:0.7"), ("a.txt".to_owned(), 0.7));
        assert_eq!(parts("a:b.txt"), ("a:b.txt".to_owned(), 1.0));
        assert_eq!(parts("a.txt:"), ("a.txt:".to_owned(), 1.0));
        for name in ["a.txt:0", "a.txt:-1", "a.txt:nan", "a.txt:inf", "a.txt:1001"] {
            assert!(matches!(split(name), Err(InputError::Weight { .. })), "{name}");
        }
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("a.txt:2");
        std::fs::write(&there, "").unwrap();
        assert_eq!(Weight::split(&there).unwrap(), (there, Weight::ONE));
    }
}
