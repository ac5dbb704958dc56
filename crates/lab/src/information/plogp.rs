//! The sums of p log2 p behind every measure.

/// −Σ p log2 q over the outcomes with p > 0; infinite if q is 0 for one of them.
pub fn surprisal_sum(p: &[f64], q: &[f64]) -> f64 {
    let pairs = p.iter().zip(q).filter(|&(&p, _)| p > 0.0);
    // Adding 0 turns −0 into 0.
    pairs.map(|(&p, &q)| -p * q.log2()).sum::<f64>() + 0.0
}

/// The plug-in entropy in bits of outcomes with these counts c: −Σ (c/n) log2 (c/n), where n is the
/// sum of the counts. `None` if n is 0.
///
/// It is biased: for a sample of size n with K distinct outcomes, it falls short of the true
/// entropy by about (K − 1) / (2 n ln 2) bits (Miller 1955), and by much more if K is not small
/// compared with n.
pub fn plug_in_entropy(counts: impl IntoIterator<Item = u64>) -> Option<f64> {
    let (mut total, mut sum) = (0u64, 0.0);
    for count in counts {
        total += count;
        if count > 1 {
            sum += count as f64 * (count as f64).log2();
        }
    }
    // −Σ (c/n) log2 (c/n) = log2 n − (1/n) Σ c log2 c
    (total > 0).then(|| ((total as f64).log2() - sum / total as f64).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plug_in() {
        assert_eq!(plug_in_entropy([]), None);
        assert_eq!(plug_in_entropy([0]), None);
        assert_eq!(plug_in_entropy([7]), Some(0.0));
        assert_eq!(plug_in_entropy([2, 0, 1, 1]), Some(1.5));
    }
}
