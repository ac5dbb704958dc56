//! Maps numbers to places along an axis, and chooses the tick labels.

use ngram_eval::number::grouped;

/// The scale of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences have equal lengths.
    Linear,
    /// Equal ratios have equal lengths; numbers at or below 0 cannot be shown.
    Log,
}

/// An axis with its label, which names the unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is measured, and in which unit.
    pub label: String,
    /// The scale.
    pub scale: Scale,
    /// Numbers that must be on the axis even if nothing is drawn there.
    pub include: Vec<f64>,
}

impl Axis {
    /// Creates a linear axis.
    pub fn linear(label: impl Into<String>) -> Axis {
        Axis { label: label.into(), scale: Scale::Linear, include: Vec::new() }
    }

    /// Creates a logarithmic axis.
    pub fn log(label: impl Into<String>) -> Axis {
        Axis { label: label.into(), scale: Scale::Log, include: Vec::new() }
    }

    /// Adds a number that must be on the axis.
    pub fn with(mut self, number: f64) -> Axis {
        self.include.push(number);
        self
    }

    /// Whether a number has a place on the axis.
    pub(super) fn shows(&self, value: f64) -> bool {
        value.is_finite() && (self.scale == Scale::Linear || value > 0.0)
    }

    /// Fits the axis to `values`, extended to the next tick if that is near.
    pub(super) fn over(&self, values: impl Iterator<Item = f64>) -> Drawn {
        let all = values.chain(self.include.iter().copied()).filter(|&value| self.shows(value));
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if low <= high { (low, high) } else { (1.0, 1.0) };
        match self.scale {
            Scale::Linear => linear(low, high),
            Scale::Log => logarithmic(low, high),
        }
    }
}

/// An axis with its ends and ticks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    scale: Scale,
    low: f64,
    high: f64,
    pub ticks: Vec<f64>,
}

impl Drawn {
    /// Returns the place of a number: 0 at the low end, 1 at the high end.
    pub fn place(&self, value: f64) -> f64 {
        let at = |number: f64| if self.scale == Scale::Log { number.log10() } else { number };
        (at(value) - at(self.low)) / (at(self.high) - at(self.low))
    }

    /// Formats the label of a tick.
    pub fn name(&self, tick: f64) -> String {
        if self.scale == Scale::Log || tick.abs() >= 1000.0 {
            return short(tick);
        }
        let step = self.ticks.get(1).map_or(1.0, |second| second - self.ticks[0]);
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        // Adding zero drops the sign of −0.
        format!("{:.decimals$}", tick + 0.0)
    }
}

/// Formats a number in few characters, with letters for thousands and millions.
pub fn short(value: f64) -> String {
    let size = value.abs();
    let cut = |value: f64, unit: &str| format!("{}{unit}", (value * 10.0).round() / 10.0);
    match size {
        _ if size >= 1e9 => cut(value / 1e9, " G"),
        _ if size >= 1e6 => cut(value / 1e6, " M"),
        _ if size >= 1e4 => cut(value / 1e3, " k"),
        _ if size >= 1e3 && value > 0.0 && value.fract() == 0.0 => grouped(value as u64),
        _ => format!("{}", (value * 1e9).round() / 1e9),
    }
}

/// Chooses steps of 1, 2 or 5 times a power of ten, with at most seven ticks.
fn linear(low: f64, high: f64) -> Drawn {
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let rough = (high - low) / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power);
    let step = step.into_iter().find(|&step| step >= rough * 0.999).unwrap_or(power);
    let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    let ticks = (0..=(last - first) as usize).map(|at| (first + at as f64) * step).collect();
    Drawn { scale: Scale::Linear, low: first * step, high: last * step, ticks }
}

/// Chooses powers of ten: every second or third if there are many, with 2 and 5 in between if there
/// are few.
fn logarithmic(low: f64, high: f64) -> Drawn {
    let (low, high) = if low == high { (low / 2.0, high * 2.0) } else { (low, high) };
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let within = |tick: &f64| *tick >= low / 1.3 && *tick <= high * 1.3;
    let each = ((last - first) as usize).div_ceil(6).max(1);
    let mut ticks: Vec<f64> =
        (first..=last).step_by(each).map(|power| 10f64.powi(power)).filter(within).collect();
    if ticks.len() < 3 {
        let steps = (first..=last).flat_map(|p| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(p)));
        ticks = steps.filter(within).collect();
    }
    let ends = |value: f64, tick: Option<&f64>| tick.map_or(value, |&tick| tick);
    Drawn {
        scale: Scale::Log,
        low: low.min(ends(low, ticks.first())),
        high: high.max(ends(high, ticks.last())),
        ticks,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(axis: &Axis, values: &[f64]) -> Vec<String> {
        let drawn = axis.over(values.iter().copied());
        drawn.ticks.iter().map(|&tick| drawn.name(tick)).collect()
    }

    #[test]
    fn round_numbers_are_written() {
        let linear = Axis::linear("bits");
        assert_eq!(names(&linear, &[0.3, 4.1]), ["0", "1", "2", "3", "4", "5"]);
        assert_eq!(names(&linear, &[1.21, 1.29]), ["1.20", "1.22", "1.24", "1.26", "1.28", "1.30"]);
        assert_eq!(
            names(&linear.clone().with(0.0), &[0.2]),
            ["0.00", "0.05", "0.10", "0.15", "0.20"]
        );
        assert_eq!(names(&linear, &[5.0, 5.0]), ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]);
        let log = Axis::log("count");
        assert_eq!(names(&log, &[1.0, 70_000.0]), ["1", "10", "100", "1,000", "10 k"]);
        assert_eq!(names(&log, &[1.0, 1e12]).len(), 7);
        assert_eq!(names(&log, &[1000.0, 8000.0]), ["1,000", "2,000", "5,000", "10 k"]);
    }

    #[test]
    fn places_are_within_the_axis() {
        for axis in [Axis::linear(""), Axis::log("")] {
            for values in
                [vec![], vec![3.0], vec![0.5, 2.0, 900.0], vec![1e-9, 1e9], vec![-2.0, 7.0]]
            {
                let drawn = axis.over(values.iter().copied());
                assert!(drawn.ticks.len() <= 9, "{drawn:?}");
                let shown = values.iter().copied().filter(|&value| axis.shows(value));
                for value in shown.chain(drawn.ticks.clone()) {
                    assert!(
                        (-1e-9..=1.0 + 1e-9).contains(&drawn.place(value)),
                        "{value} {drawn:?}"
                    );
                }
            }
        }
        assert!((Axis::log("").over([1.0, 100.0].into_iter()).place(10.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn nothing_that_has_no_place_is_shown() {
        assert!(!Axis::log("").shows(0.0) && !Axis::linear("").shows(f64::INFINITY));
    }

    #[test]
    fn numbers_in_few_signs() {
        let cases = [(0.001, "0.001"), (950.0, "950"), (1500.0, "1,500"), (12_345.0, "12.3 k")];
        for (value, expected) in cases {
            assert_eq!(short(value), expected);
        }
        assert_eq!(short(2.5e6), "2.5 M");
    }
}
