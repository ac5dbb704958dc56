//! A ratio of sums, and how far it would move on another sample of the text.

use serde::Serialize;

/// A 95 % interval: it contains the true value for 95 of 100 samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of an increasing function of the value.
    pub fn map(self, rising: impl Fn(f64) -> f64) -> Interval {
        Interval { low: rising(self.low), high: rising(self.high) }
    }

    /// Half its width.
    pub fn half(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether it contains a value.
    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// R = Σ x / Σ y over units of a text, such as bits over tokens of its sentences, with the sums
/// needed for its standard error.
///
/// The units are treated as independent draws. Long sentences add more to both sums, so R is not
/// the mean of the units' ratios. Its standard error is that of the mean of x − R·y, the linear
/// part of the ratio (Cochran 1977, equation 6.13):
///
/// ```text
/// SE² = n / (n − 1) · Σ (x − R·y)² / (Σ y)²
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ratio {
    units: u64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    /// Adds a unit.
    #[inline]
    pub fn add(&mut self, x: f64, y: f64) {
        self.units += 1;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// The number of units.
    pub fn units(&self) -> u64 {
        self.units
    }

    /// Σ x / Σ y; `None` if Σ y is 0.
    #[inline]
    pub fn value(&self) -> Option<f64> {
        (self.y > 0.0).then(|| self.x / self.y)
    }

    /// The standard error of the value; `None` with fewer than two units.
    #[inline]
    pub fn standard_error(&self) -> Option<f64> {
        let ratio = self.value().filter(|_| self.units > 1)?;
        let n = self.units as f64;
        // Rounding can make this slightly negative.
        let squares = (self.xx - 2.0 * ratio * self.xy + ratio * ratio * self.yy).max(0.0);
        // A value this small is only rounding.
        let squares = if squares < 1e-13 * self.xx { 0.0 } else { squares };
        Some((n / (n - 1.0) * squares).sqrt() / self.y)
    }

    /// Value ± t · SE, where t is the 97.5 % point of Student's distribution with n − 1 degrees of
    /// freedom.
    pub fn interval(&self) -> Option<Interval> {
        let (value, error) = (self.value()?, self.standard_error()?);
        let reach = error * student(self.units - 1);
        Some(Interval { low: value - reach, high: value + reach })
    }
}

/// The 97.5 % point of the normal distribution.
const NORMAL: f64 = 1.959_963_984_540_054;

/// The 97.5 % points of Student's distribution with 1, 2, … degrees of freedom.
const STUDENT: [f64; 9] = [
    12.706_205, 4.302_653, 3.182_446, 2.776_445, 2.570_582, 2.446_912, 2.364_624, 2.306_004,
    2.262_157,
];

/// The 97.5 % point of Student's distribution with 1 or more degrees of freedom, accurate to one
/// part in 10,000: from 10 on by the expansion about the normal distribution (Abramowitz and Stegun
/// 1964, equation 26.7.5).
fn student(freedom: u64) -> f64 {
    if let Some(&point) = STUDENT.get(freedom.saturating_sub(1) as usize) {
        return point;
    }
    let (n, z) = (freedom as f64, NORMAL);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    z + first / n + second / n.powi(2) + third / n.powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_as_worked_by_hand() {
        // R = 12 / 6 = 2; x − R·y is −1, 0, 1; SE² = 3/2 · 2 / 36 = 1/12; t of 2 degrees is 4.3027.
        let mut ratio = Ratio::default();
        for (x, y) in [(1.0, 1.0), (4.0, 2.0), (7.0, 3.0)] {
            ratio.add(x, y);
        }
        assert_eq!(ratio.value(), Some(2.0));
        assert!((ratio.standard_error().unwrap() - (1.0f64 / 12.0).sqrt()).abs() < 1e-12);
        let interval = ratio.interval().unwrap();
        assert!((interval.half() - 1.242_069).abs() < 1e-5, "{interval:?}");
        assert!(interval.holds(1.0) && !interval.holds(0.5));
    }

    #[test]
    fn one_unit_has_no_interval_and_alike_units_have_none_of_width() {
        let mut ratio = Ratio::default();
        assert_eq!((ratio.value(), ratio.interval()), (None, None));
        ratio.add(0.3, 0.1);
        assert_eq!(ratio.interval(), None);
        ratio.add(0.9, 0.3);
        assert_eq!(ratio.interval().unwrap().half(), 0.0);
    }

    /// As tables of Student's distribution print them.
    #[test]
    fn points_of_students_distribution() {
        for (freedom, point) in
            [(1, 12.7062), (9, 2.2622), (10, 2.2281), (30, 2.0423), (100, 1.9840)]
        {
            assert!((student(freedom) - point).abs() < 2e-4, "{freedom}: {}", student(freedom));
        }
    }

    /// Equation 26.7.5 of Abramowitz and Stegun, as worked out with another program.
    #[test]
    fn the_expansion_about_the_normal_distribution() {
        for (freedom, point) in [
            (10, 2.227_971_943_406_814),
            (11, 2.200_871_688_010_204),
            (40, 2.021_074_762_083_597_6),
        ] {
            assert!((student(freedom) - point).abs() < 1e-12, "{freedom}: {}", student(freedom));
        }
        assert_eq!(student(0), student(1));
    }

    /// Units 1 ± d have SE² = d² / (n − 1). Squares of less than 1e-13 of all are rounding errors.
    #[test]
    fn what_may_be_rounding_counts_as_nothing() {
        let of = |d: f64| {
            let mut ratio = Ratio::default();
            (0..10)
                .for_each(|number| ratio.add(if number % 2 == 0 { 1.0 + d } else { 1.0 - d }, 1.0));
            ratio.standard_error().unwrap()
        };
        assert!((of(1e-6) / (1e-6 / 3.0) - 1.0).abs() < 1e-2, "{}", of(1e-6));
        assert_eq!(of(1e-7), 0.0);
    }

    #[test]
    fn an_interval_holds_its_ends() {
        let interval = Interval { low: 1.0, high: 4.0 };
        assert!(interval.holds(1.0) && interval.holds(4.0) && !interval.holds(4.5));
        assert_eq!(interval.half(), 1.5);
        assert_eq!(interval.map(|end| end * 2.0), Interval { low: 2.0, high: 8.0 });
    }
}
