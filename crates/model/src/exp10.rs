//! Powers of ten: the same on every machine.
//!
//! The system library's function may differ in its last bit from one system to another, and what is
//! encoded on one must be decoded on the other. This one consists of additions and multiplications,
//! which IEEE 754 defines to the bit.

/// Returns 10^x for a log10 of 32 bits. 0 below 10^−307, where 64 bits lose precision; infinity above 10^308.
///
/// With x = n · log10 2 + r and r at most half of log10 2, 10^x = 2^n · e^(r · ln 10), by the series of e. The
/// relative error is below 1e-15.
pub fn exp10(log10: f32) -> f64 {
    power_of_ten(f64::from(log10))
}

/// Returns 10^x for a log10 of 64 bits; see [`exp10`].
pub fn power_of_ten(x: f64) -> f64 {
    // log10 2 in two parts, the first with so few bits that n times it is exact.
    const HIGH: f64 = 0.3010299950838089;
    const LOW: f64 = 5.801722962879576e-10;
    if x.is_nan() || x < -307.0 {
        return 0.0;
    }
    if x > 308.0 {
        return f64::INFINITY;
    }
    let n = (x * std::f64::consts::LOG2_10).round();
    let r = ((x - n * HIGH) - n * LOW) * std::f64::consts::LN_10;
    let mut sum = 1.0;
    for k in (1..=14).rev() {
        sum = 1.0 + r / f64::from(k) * sum;
    }
    sum * f64::from_bits(((n as i64 + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::{exp10, power_of_ten};

    #[test]
    fn equals_the_system_function() {
        let mut log10 = 308.0f32;
        while log10 > -307.0 {
            let exact = 10f64.powf(f64::from(log10));
            assert!(
                (exp10(log10) / exact - 1.0).abs() < 4e-15,
                "{log10}: {} {exact}",
                exp10(log10)
            );
            log10 -= 0.0137;
        }
    }

    #[test]
    fn edges() {
        assert_eq!(exp10(0.0), 1.0);
        assert_eq!(exp10(-1.0), 0.1);
        assert_eq!(exp10(f32::NEG_INFINITY), 0.0);
        assert_eq!(exp10(f32::INFINITY), f64::INFINITY);
        assert_eq!(exp10(f32::MIN), 0.0);
        assert_eq!(exp10(f32::NAN), 0.0);
        assert_eq!(power_of_ten(2.0), 100.0);
        // The ends of the range are in it.
        assert!((power_of_ten(-307.0) / 1e-307 - 1.0).abs() < 1e-13);
        assert_eq!(power_of_ten((-307.0f64).next_down()), 0.0);
        assert!((power_of_ten(308.0) / 1e308 - 1.0).abs() < 1e-13);
        assert_eq!(power_of_ten(308.0f64.next_up()), f64::INFINITY);
    }
}
