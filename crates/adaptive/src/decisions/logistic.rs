//! The logistic domain: probabilities as ln p/(1 − p), where evidence adds up.
//!
//! Everything here is made of additions, multiplications and divisions of 32 bits in a fixed order, which IEEE 754
//! defines to the bit, so that what one machine encodes another can decode.

use std::f32::consts::{LN_2, LOG2_E};

/// The largest magnitude in the logistic domain: probabilities stay within 6.1e-6 of 0 and of 1.
pub const FARTHEST: f32 = 12.0;

/// Returns the natural logarithm of a positive, normal number; relative to 1 its error is below 2e-7.
pub fn ln(x: f32) -> f32 {
    // x = 2^e · m with m between √½ and √2, and ln m = 2 artanh z by its series.
    let bits = x.to_bits();
    let shifted = bits.wrapping_sub(0x3f35_04f3);
    let exponent = (shifted as i32) >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let z = (m - 1.0) / (m + 1.0);
    let z2 = z * z;
    let series = 1.0 + z2 * (1.0 / 3.0 + z2 * (0.2 + z2 * (1.0 / 7.0 + z2 / 9.0)));
    exponent as f32 * LN_2 + 2.0 * z * series
}

/// Returns e^x for |x| of at most 80; its relative error is below 1e-6.
pub fn exp(x: f32) -> f32 {
    let n = (x * LOG2_E).round();
    let r = x - n * LN_2;
    let sum = 1.0
        + r * (1.0
            + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    sum * f32::from_bits(((n as i32 + 127) as u32) << 23)
}

/// Returns ln p/(1 − p) for p = `yes` / (`yes` + `no`), at most [`FARTHEST`] from 0. Both are at least 0; 0 if both are 0.
pub fn stretch(yes: f64, no: f64) -> f32 {
    const MOST: f64 = 1.6e5;
    if !(yes > 0.0 || no > 0.0) {
        return 0.0;
    }
    let odds = (yes / no.max(f64::MIN_POSITIVE)).clamp(1.0 / MOST, MOST);
    ln(odds as f32).clamp(-FARTHEST, FARTHEST)
}

/// Returns the probability 1/(1 + e^−x); x is limited to [`FARTHEST`].
pub fn squash(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x.clamp(-FARTHEST, FARTHEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_the_system_functions() {
        for step in -1200..=1200 {
            let x = step as f32 / 100.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 2e-6, "{x}");
            let e = x.exp();
            assert!((ln(e) - e.ln()).abs() < 1e-6 * e.ln().abs().max(1.0), "{x}");
        }
    }

    #[test]
    fn by_hand_and_inverse() {
        // p = 3/4 is ln 3.
        assert!((stretch(3.0, 1.0) - 3f32.ln()).abs() < 1e-6);
        assert_eq!(stretch(0.0, 0.0), 0.0);
        assert!(stretch(1.0, 0.0) > 11.9 && stretch(0.0, 1.0) < -11.9);
        assert_eq!(squash(0.0), 0.5);
        for step in -110..=110 {
            let x = step as f32 / 10.0;
            let p = f64::from(squash(x));
            assert!((stretch(p, 1.0 - p) - x).abs() < 2e-2 * (1.0 + x.abs() / 4.0), "{x}");
        }
    }
}
