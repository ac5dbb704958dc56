//! Targets of pruning, and the thresholds that reach them.

/// How far to prune.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Prune n-grams worth less than this, in the method's unit.
    Threshold(f64),
    /// Keep at most this many n-grams of all orders, words included.
    Ngrams(u64),
    /// Keep at most this share of the n-grams of all orders, words included: above 0, at most 1.
    Share(f64),
    /// Write a file of at most this many bytes.
    Bytes(u64),
}

/// No threshold reaches the target.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NoThreshold {
    /// The threshold is not a number of 0 or above.
    #[error("the threshold is {0}: give a number of 0 or above, such as 1e-8")]
    Threshold(f64),
    /// The share is out of range.
    #[error("{}% of the n-grams: give more than 0 and at most 100%", .0 * 100.0)]
    Share(f64),
    /// The model already has no more n-grams than asked for.
    #[error("the model has {has} n-grams, and {asked} may stay: nothing is to be pruned")]
    Larger {
        /// How many n-grams it has.
        has: u64,
        /// How many were asked for.
        asked: u64,
    },
    /// The file is already no larger than asked for.
    #[error(
        "the model would take {has} bytes as it is, and may take {asked}: nothing is to be pruned"
    )]
    LargerFile {
        /// The size it would have.
        has: u64,
        /// The size it may have.
        asked: u64,
    },
    /// A file size cannot be the target here.
    #[error("a file size cannot be the target here: give a threshold or a number of n-grams")]
    Bytes,
    /// Even the smallest model has more n-grams.
    #[error("{asked} n-grams are too few: at least {least} stay, including the {words} words")]
    Smaller {
        /// How many were asked for.
        asked: u64,
        /// How many always stay.
        least: u64,
        /// The size of the vocabulary.
        words: u64,
    },
    /// Even the smallest model takes more bytes.
    #[error("{asked} bytes are too few: the smallest pruned model takes {least}")]
    SmallerFile {
        /// How many were asked for.
        asked: u64,
        /// How many it takes at least.
        least: u64,
    },
}

/// Returns the threshold for a target other than a file size, for a model with `words` words and
/// longer n-grams of these worths.
pub fn threshold_of(target: Target, words: u64, worths: &[Vec<f32>]) -> Result<f32, NoThreshold> {
    let all = || worths.iter().flatten().copied();
    let has = words + worths.iter().map(|worths| worths.len() as u64).sum::<u64>();
    let of_ngrams = |asked: u64| {
        if asked >= has {
            return Err(NoThreshold::Larger { has, asked });
        }
        let most = asked.checked_sub(words);
        let found = most.and_then(|most| threshold_for(all(), most as usize));
        let least = || words + all().filter(|&worth| worth == f32::INFINITY).count() as u64;
        found.ok_or_else(|| NoThreshold::Smaller { asked, least: least(), words })
    };
    match target {
        Target::Threshold(threshold) if threshold >= 0.0 => Ok(threshold as f32),
        Target::Threshold(threshold) => Err(NoThreshold::Threshold(threshold)),
        Target::Ngrams(asked) => of_ngrams(asked),
        Target::Share(share) if share > 0.0 && share <= 1.0 => {
            of_ngrams((has as f64 * share) as u64)
        }
        Target::Share(share) => Err(NoThreshold::Share(share)),
        Target::Bytes(_) => Err(NoThreshold::Bytes),
    }
}

/// Returns a threshold at which as many of these as possible stay, but at most `most`; `None` if
/// more stay at any threshold.
pub(super) fn threshold_for(worths: impl Iterator<Item = f32>, most: usize) -> Option<f32> {
    let mut all: Vec<f32> = worths.collect();
    if most >= all.len() {
        return Some(f32::NEG_INFINITY);
    }
    let falling = |a: &f32, b: &f32| b.total_cmp(a);
    // The worthiest one that has to go. All that are worth no more go with it.
    let (before, &mut first_to_go, _) = all.select_nth_unstable_by(most, falling);
    if first_to_go == f32::INFINITY {
        return None;
    }
    let stay = before.iter().copied().filter(|&worth| worth > first_to_go);
    Some(stay.min_by(f32::total_cmp).unwrap_or(first_to_go.next_up()))
}

#[cfg(test)]
mod tests {
    use super::threshold_for;

    #[test]
    fn the_lowest_threshold_that_leaves_no_more() {
        let worths = [3.0, 1.0, 2.0, 2.0, f32::INFINITY];
        let of = |most| threshold_for(worths.into_iter(), most);
        assert_eq!(of(5), Some(f32::NEG_INFINITY));
        assert_eq!(of(4), Some(2.0));
        // Two with the same worth stay or go together.
        assert_eq!(of(3), Some(3.0));
        assert_eq!(of(2), Some(3.0));
        assert_eq!(of(1), Some(f32::INFINITY));
        assert_eq!(of(0), None);
        assert_eq!(threshold_for([1.0, 1.0].into_iter(), 1), Some(1.0f32.next_up()));
    }
}
