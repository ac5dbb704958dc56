//! Formats numbers as C++ programs print them, and for people to read.

use std::fmt::LowerExp;

/// Formats a number with the fewest digits that read back as the same number, as KenLM prints it:
/// with an exponent from 10^21 up and below 10^-6.
pub fn shortest<F: Copy + Into<f64> + LowerExp + ToString>(value: F) -> String {
    let wide: f64 = value.into();
    let size = wide.abs();
    if wide.is_finite() && size != 0.0 && !(1e-6..1e21).contains(&size) {
        format!("{value:e}")
    } else {
        even(wide, value.to_string())
    }
}

/// If a number is exactly halfway between two such decimals, KenLM takes the even one, and Rust the
/// one further from 0.
fn even(value: f64, decimal: String) -> String {
    let Some((_, fraction)) = decimal.split_once('.') else { return decimal };
    let shifted = value.abs() * 10f64.powi(fraction.len() as i32 + 1);
    let is_odd = matches!(decimal.as_bytes().last(), Some(b'1' | b'3' | b'5' | b'7' | b'9'));
    if !is_odd || shifted % 10.0 != 5.0 {
        return decimal;
    }
    let longer = format!("{value:.*}", fraction.len() + 1);
    match longer.strip_suffix('5') {
        Some(shorter) if longer.parse() == Ok(value) => shorter.to_owned(),
        _ => decimal,
    }
}

/// Formats a number as C's `printf("%.*g", digits, value)` does: `digits` significant digits, with
/// an exponent if it is below −4 or at least `digits`, and without trailing zeros.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "nan".to_owned() } else { value.to_string() };
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..digits as i32).contains(&exponent) {
        without_zeros(&format!("{value:.*}", (digits as i32 - 1 - exponent) as usize)).to_owned()
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
    }
}

fn without_zeros(decimal: &str) -> &str {
    if decimal.contains('.') {
        decimal.trim_end_matches('0').trim_end_matches('.')
    } else {
        decimal
    }
}

/// Formats an integer with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Formats a number with four decimals and commas between thousands; with an exponent from a
/// billion up.
pub fn figure(value: f64) -> String {
    decimals(value, 4)
}

/// Like [`figure`], with the given number of decimals, at least one.
pub fn decimals(value: f64, decimals: usize) -> String {
    if value.abs() >= 1e9 || value < 0.0 || !value.is_finite() {
        return significant(value, 7);
    }
    let decimal = format!("{value:.decimals$}");
    let (whole, fraction) = decimal.split_once('.').unwrap_or((&decimal, ""));
    format!("{}.{fraction}", grouped(whole.parse().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As KenLM 0.3.0 prints them (`util/float_to_string.cc`).
    #[test]
    fn shortest_has_an_exponent_only_far_from_one() {
        assert_eq!(shortest(-8.6839485_f32), "-8.6839485");
        assert_eq!(shortest(-1.0_f32), "-1");
        assert_eq!(shortest(0.0_f32), "0");
        assert_eq!(shortest(-4.4771213e-8_f32), "-4.4771213e-8");
        assert_eq!(shortest(0.000001_f64), "0.000001");
        assert_eq!(shortest(9.99e-7_f64), "9.99e-7");
        assert_eq!(shortest(156468.5912105396_f64), "156468.5912105396");
        assert_eq!(shortest(123456789012345680000.0_f64), "123456789012345680000");
        assert_eq!(shortest(1e21_f64), "1e21");
        // Exactly halfway: 60.2578125; 0.5 is no such case.
        assert_eq!(shortest(-(60.0_f32 + 33.0 / 128.0)), "-60.257812");
        assert_eq!(shortest(0.5_f32), "0.5");
        assert_eq!(shortest(f64::INFINITY), "inf");
        assert_eq!(shortest(f64::NAN), "NaN");
        assert_eq!(shortest(f32::NEG_INFINITY), "-inf");
    }

    /// As glibc's `printf("%.7g")` prints them.
    #[test]
    fn significant_is_percent_g() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (0.1986566, "0.1986566"),
            (-249528.5, "-249528.5"),
            (-3201770.4, "-3201770"),
            (-32017704.0, "-3.20177e+07"),
            (9999999.6, "1e+07"),
            (0.0001, "0.0001"),
            (0.00001234, "1.234e-05"),
            (1e-300, "1e-300"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, expected) in cases {
            assert_eq!(significant(value, 7), expected);
        }
    }

    #[test]
    fn figures_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(1234567), "1,234,567");
        assert_eq!(figure(278.06792956589146), "278.0679");
        assert_eq!(figure(156468.5912105396), "156,468.5912");
        assert_eq!(figure(1.5e12), "1.5e+12");
        assert_eq!(decimals(12_345.678, 1), "12,345.7");
    }
}
