//! Logarithms of probabilities: fast, and the same on every machine.
//!
//! The system library's logarithm may differ in its last bit from one system to another, and with
//! it the bytes of a model. This one consists of additions, multiplications and one division, which
//! IEEE 754 defines to the bit.

/// Returns log10 of a probability, rounded to 32 bits: −∞ for 0.
///
/// A value above 1 by a rounding error counts as 1: no log-probability is positive.
#[inline]
pub fn log10(prob: f64) -> f32 {
    log10_of_any(prob).min(0.0)
}

/// Returns log10 of a back-off weight, which may be above 1, rounded to 32 bits: −∞ for 0.
///
/// With x = 2^e · m and m near 1, ln m = 2·artanh((m − 1) / (m + 1)), whose series converges fast.
/// The absolute error is below 1e-12, far less than the rounding to 32 bits.
#[inline]
pub fn log10_of_any(value: f64) -> f32 {
    let (exponent, s) = split(value);
    let z = s * s;
    let series = 1.0 / 3.0
        + z * (1.0 / 5.0 + z * (1.0 / 7.0 + z * (1.0 / 9.0 + z * (1.0 / 11.0 + z * (1.0 / 13.0)))));
    let ln = 2.0 * (s + s * z * series);
    let log10 = exponent * std::f64::consts::LOG10_2 + ln * std::f64::consts::LOG10_E;
    // A probability that a 64-bit float cannot hold at full precision counts as 0. Selected at the
    // end, so that a loop over many values has no branch.
    if value < f64::MIN_POSITIVE { f32::NEG_INFINITY } else { log10 as f32 }
}

/// Returns e and (m − 1) / (m + 1) for a value of 2^e · m, with m between √½ and √2.
#[inline(always)]
fn split(value: f64) -> (f64, f64) {
    // Offset so that the exponent steps where the mantissa is the square root of 2.
    const SQRT_HALF: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    let offset = value.to_bits().wrapping_sub(SQRT_HALF);
    let exponent = f64::from((offset as i64 >> 52) as i32);
    let mantissa = f64::from_bits((offset & ((1 << 52) - 1)) + SQRT_HALF);
    (exponent, (mantissa - 1.0) / (mantissa + 1.0))
}

/// Returns the natural logarithm of a positive number, to about the precision of a 64-bit float.
///
/// Uses the same series as [`log10_of_any`], with as many terms as 64 bits can resolve.
pub fn ln(value: f64) -> f64 {
    let (exponent, s) = split(value);
    let z = s * s;
    let odd = (0..11).rev().fold(0.0, |sum, k| sum * z + 1.0 / f64::from(2 * k + 1));
    exponent * std::f64::consts::LN_2 + 2.0 * s * odd
}

/// Appends log10 of each of many probabilities. In one loop, the division for one value overlaps
/// with the series for another.
pub fn extend_log10(logs: &mut Vec<f32>, probs: &[f64]) {
    logs.extend(probs.iter().map(|&prob| log10(prob)));
}

/// Appends log10 of each of many back-off weights.
pub fn extend_log10_of_any(logs: &mut Vec<f32>, weights: &[f64]) {
    logs.extend(weights.iter().map(|&weight| log10_of_any(weight)));
}

#[cfg(test)]
mod tests {
    use super::{extend_log10, extend_log10_of_any, ln, log10, log10_of_any};

    #[test]
    fn equals_the_system_logarithm() {
        let mut value = 1.0f64;
        while value > 1e-300 {
            // The exponent steps at the square root of ½: tests both sides of it.
            let step = value * std::f64::consts::FRAC_1_SQRT_2;
            for value in [value, step, step.next_up(), step.next_down()] {
                let exact = value.log10();
                let error = (f64::from(log10(value)) - exact).abs();
                // Half a unit in the last place of a 32-bit float.
                assert!(error <= exact.abs() * 6e-8, "{value}: {} {exact}", log10(value));
                let error = (ln(value) - value.ln()).abs();
                assert!(error <= value.ln().abs() * 4e-16 + 1e-16, "{value}: {}", ln(value));
            }
            value *= 0.9876;
        }
    }

    /// The error before rounding is below 1e-12: what is rounded is at most half a unit in the last
    /// place and that much away. Every term of the series is needed for this.
    #[test]
    fn is_rounded_from_nearly_the_exact_value() {
        const VALUES: u32 = 400_000;
        for number in 0..VALUES {
            // From the square root of ½ to that of 2: every mantissa.
            let value =
                (1.0 + f64::from(number) / f64::from(VALUES)) * std::f64::consts::FRAC_1_SQRT_2;
            for value in [value, value * 1024.0] {
                let found = log10_of_any(value);
                let half = f64::from(found.abs().next_up() - found.abs()) / 2.0;
                let error = (f64::from(found) - value.log10()).abs();
                assert!(error <= half + 1e-12, "{value}: {found} {}", value.log10());
            }
        }
    }

    #[test]
    fn of_many_is_that_of_each() {
        let mut logs = vec![7.0];
        extend_log10(&mut logs, &[0.01, 1.0 + 1e-9, 0.0]);
        assert_eq!(logs, [7.0, -2.0, 0.0, f32::NEG_INFINITY]);
        extend_log10_of_any(&mut logs, &[10.0, 0.1]);
        assert_eq!(logs[4..], [1.0, -1.0]);
    }

    #[test]
    fn edges() {
        assert_eq!(log10_of_any(f64::MIN_POSITIVE), f64::MIN_POSITIVE.log10() as f32);
        assert_eq!(log10_of_any(f64::MIN_POSITIVE.next_down()), f32::NEG_INFINITY);
        assert_eq!(log10(0.0), f32::NEG_INFINITY);
        assert_eq!(log10(1.0), 0.0);
        assert_eq!(log10(1.0 + 1e-15), 0.0);
        assert_eq!(log10(0.1), -1.0);
        assert_eq!(log10_of_any(100.0), 2.0);
        assert_eq!(log10_of_any(0.0), f32::NEG_INFINITY);
        assert!(log10(1.0 - 1e-9) < 0.0);
    }
}
