//! Resampling: the bootstrap of Efron (1979) and the sign-flip test of Fisher (1935).

use super::{Interval, Random, Ratio};
use rayon::prelude::*;

/// Settings for resampling. The result depends on these and on the units, never on the number of
/// threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// The number of samples drawn, at least 39; with 9,999 the ends of an interval are the 250th
    /// from either side.
    pub samples: usize,
    /// The seed of the random numbers.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Resampling {
        Resampling { samples: 9_999, seed: 1 }
    }
}

/// With fewer units, the bootstrap has too few different samples to draw from, and Student's
/// interval is used instead.
const FEW: u64 = 20;

/// Draws bootstrap samples, each of as many units as there are, with replacement, and returns the
/// ratios of each sample. A unit has K pairs x, y, and each pair is summed separately.
pub fn resample<const K: usize>(units: &[[(f64, f64); K]], how: Resampling) -> Vec<[Ratio; K]> {
    let draw = |sample| {
        let mut random = Random::of_sample(how.seed, sample as u64);
        let mut ratios = [Ratio::default(); K];
        for _ in 0..units.len() {
            let unit = &units[random.below(units.len())];
            for (ratio, &(x, y)) in ratios.iter_mut().zip(unit) {
                ratio.add(x, y);
            }
        }
        ratios
    };
    (0..how.samples).into_par_iter().map(draw).collect()
}

/// The studentised interval (Efron 1982, section 10.10; Hall 1988), from R − t(97.5 %) · SE to R −
/// t(2.5 %) · SE, where t(·) are the quantiles of (R* − R) / SE* over the samples. With fewer than
/// 20 units it is Student's interval; with fewer than two, `None`.
pub fn studentised(ratio: &Ratio, samples: impl IntoIterator<Item = Ratio>) -> Option<Interval> {
    let (value, error) = (ratio.value()?, ratio.standard_error()?);
    if ratio.units() < FEW || error == 0.0 {
        return ratio.interval();
    }
    let mut ts: Vec<f64> = samples
        .into_iter()
        .filter_map(|sample| {
            let distance = sample.value()? - value;
            let t = distance / sample.standard_error()?;
            // A sample of identical units implies no error at all.
            Some(if t.is_nan() { 0.0 } else { t })
        })
        .collect();
    ts.sort_by(f64::total_cmp);
    let (low, high) = ends(&ts)?;
    Some(Interval { low: value - high * error, high: value - low * error })
}

/// The percentile interval (Efron 1979): from the 2.5 % to the 97.5 % quantile of the samples'
/// values. Too narrow if units are few or very unequal.
pub fn percentile(samples: impl IntoIterator<Item = Ratio>) -> Option<Interval> {
    let mut values: Vec<f64> = samples.into_iter().filter_map(|sample| sample.value()).collect();
    values.sort_by(f64::total_cmp);
    let (low, high) = ends(&values)?;
    Some(Interval { low, high })
}

/// The 2.5 % and 97.5 % quantiles of sorted values: the (n + 1) / 40-th value from either end.
fn ends(sorted: &[f64]) -> Option<(f64, f64)> {
    let outside = (sorted.len() + 1) / 40;
    let last = sorted.len().checked_sub(outside.max(1))?;
    Some((sorted[outside.max(1) - 1], sorted[last]))
}

/// The most units for which every combination of signs is tried.
const ALL_WAYS: usize = 13;

/// The two-sided p-value of a sum of differences this far from 0, if each difference were equally
/// likely to favour either model (Fisher 1935, section 21). It is the share of samples with random
/// signs whose sum is no closer to 0, counting the observed one; exact for 13 units or fewer. Above
/// 0, at most 1.
pub fn sign_flip(differences: &[f64], how: Resampling) -> f64 {
    let found = differences.iter().sum::<f64>().abs();
    let size: f64 = differences.iter().map(|difference| difference.abs()).sum();
    // A sum that differs only by rounding counts as equally far.
    let bound = found - 1e-12 * size;
    let is_as_far = |signs: &mut dyn FnMut() -> u64| {
        let mut sum = 0.0;
        for few in differences.chunks(64) {
            let mut bits = signs();
            for &difference in few {
                sum += f64::from_bits(difference.to_bits() ^ bits << 63);
                bits >>= 1;
            }
        }
        sum.abs() >= bound
    };
    if differences.len() <= ALL_WAYS {
        let ways = 1u64 << differences.len();
        let as_far = (0..ways).filter(|&way| is_as_far(&mut || way)).count();
        return as_far as f64 / ways as f64;
    }
    let as_far = (0..how.samples)
        .into_par_iter()
        .filter(|&sample| {
            let mut random = Random::of_sample(!how.seed, sample as u64);
            is_as_far(&mut || random.next_u64())
        })
        .count();
    (as_far + 1) as f64 / (how.samples + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::Population;

    const FAST: Resampling = Resampling { samples: 399, seed: 7 };

    #[test]
    fn signs_are_changed_in_every_way_where_there_are_few() {
        // Of the eight sums ±1 ±2 ±4, two are as far from 0 as 7; of the four sums ±1 ±1, two are
        // as far as 2.
        assert_eq!(sign_flip(&[1.0, 2.0, 4.0], FAST), 0.25);
        assert_eq!(sign_flip(&[1.0, 1.0], FAST), 0.5);
        assert_eq!(sign_flip(&[0.0; 5], FAST), 1.0);
        assert_eq!(sign_flip(&[], FAST), 1.0);
        assert_eq!(sign_flip(&[1.0; 200], FAST), 1.0 / 400.0);
    }

    /// Differences around 0: about one p in twenty is at most 0.05.
    #[test]
    fn a_difference_of_chance_is_seldom_said_to_be_none() {
        let mut random = Random::of_sample(3, 0);
        let mut small = 0;
        for _ in 0..400 {
            let differences = [(); 60].map(|()| random.unit().ln() * (random.unit() - 0.5));
            small += u32::from(sign_flip(&differences, FAST) <= 0.05);
        }
        assert!((10..=32).contains(&small), "{small}");
    }

    #[test]
    fn no_sample_depends_on_the_number_of_threads() {
        let units = Population::new(2, 300).sentences();
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let seven = rayon::ThreadPoolBuilder::new().num_threads(7).build().unwrap();
        let draw = || resample(&units, FAST);
        assert_eq!(alone.install(draw), seven.install(draw));
        assert_ne!(draw(), resample(&units, Resampling { seed: 8, ..FAST }));
    }

    /// A small version of the bench `coverage`.
    #[test]
    fn the_interval_holds_the_truth_in_95_of_100_samples() {
        let population = Population::new(1, 20_000).sentences();
        let mut all = Ratio::default();
        population.iter().for_each(|&[(x, y), _]| all.add(x, y));
        let truth = all.value().unwrap();
        let (mut held, repetitions) = (0, 1000);
        for repetition in 0..repetitions {
            let mut random = Random::of_sample(11, repetition);
            let units = [(); 100].map(|()| {
                let [difference, _] = population[random.below(population.len())];
                [difference]
            });
            let mut ratio = Ratio::default();
            units.iter().for_each(|&[(x, y)]| ratio.add(x, y));
            let samples = resample(&units, Resampling { seed: repetition, ..FAST });
            let interval = studentised(&ratio, samples.into_iter().map(|[ratio]| ratio));
            held += u32::from(interval.unwrap().holds(truth));
        }
        let share = f64::from(held) / repetitions as f64;
        assert!((0.93..=0.97).contains(&share), "{share}");
    }

    /// Sums of ±1 of 13 units are 13 away from 0 in two of 8,192 ways; more units are sampled. A sum
    /// that is off by a rounding error is as far: 0.1 + 0.2 − 0.3 is not 0, and none of eight is closer.
    #[test]
    fn up_to_13_units_have_every_combination_of_signs() {
        assert_eq!(sign_flip(&[1.0; 13], FAST), 2.0 / 8192.0);
        assert_eq!(sign_flip(&[1.0; 14], FAST), 1.0 / 400.0);
        assert_eq!(sign_flip(&[0.1, 0.2, -0.3], FAST), 1.0);
        // The other way round, the same sums are further than 0 by a rounding error only.
        assert_eq!(sign_flip(&[0.3, -0.2, -0.1], FAST), 1.0);
    }

    /// The value and the standard error of two units are `value` and `error`.
    fn ratio_of(value: f64, error: f64) -> Ratio {
        let mut ratio = Ratio::default();
        ratio.add(value + error, 1.0);
        ratio.add(value - error, 1.0);
        ratio
    }

    /// Of 79 values the second from either end; of 39, and of fewer, the first.
    #[test]
    fn ends_of_intervals() {
        let of = |most: u32| percentile((1..=most).rev().map(|n| ratio_of(f64::from(n), 0.5)));
        let interval = |low, high| Some(Interval { low, high });
        assert_eq!((of(79), of(78)), (interval(2.0, 78.0), interval(1.0, 78.0)));
        assert_eq!(
            (of(39), of(3), of(1)),
            (interval(1.0, 39.0), interval(1.0, 3.0), interval(1.0, 1.0))
        );
        assert_eq!(of(0), None);
        // A sample without a value is left out.
        let samples = [Ratio::default(), ratio_of(4.0, 0.5)];
        assert_eq!(percentile(samples), interval(4.0, 4.0));
    }

    /// 20 units 1 ± √19 / 100 have the value 1 and the standard error 1/100. The samples have t = 0,
    /// as all their units are alike, and 2, 3, … 39, so the interval is 1 − 39/100 to 1 − 0/100.
    #[test]
    fn the_studentised_interval_worked_by_hand() {
        let units = |number: u32| {
            let d = 19f64.sqrt() / 100.0;
            let mut ratio = Ratio::default();
            (0..number).for_each(|n| ratio.add(if n % 2 == 0 { 1.0 + d } else { 1.0 - d }, 1.0));
            ratio
        };
        let samples = || {
            let other = (2..=39).map(|t| ratio_of(1.0 + 0.5 * f64::from(t), 0.5));
            [ratio_of(1.0, 0.0)].into_iter().chain(other)
        };
        let Interval { low, high } = studentised(&units(20), samples()).unwrap();
        assert!((low - 0.61).abs() < 1e-9 && (high - 1.0).abs() < 1e-9, "{low} {high}");
        // With fewer units, and with those all alike, it is Student's.
        assert_eq!(studentised(&units(18), samples()), units(18).interval());
        let mut alike = Ratio::default();
        (0..20).for_each(|_| alike.add(1.0, 1.0));
        assert_eq!(studentised(&alike, samples()), Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!(studentised(&Ratio::default(), samples()), None);
    }

    /// Each of a sample's units is one of those there are, as often as random numbers say; every
    /// pair of a unit is summed.
    #[test]
    fn a_sample_is_drawn_with_replacement() {
        let units = [[(1.0, 2.0), (10.0, 1.0)], [(3.0, 2.0), (30.0, 1.0)]];
        let samples = resample(&units, Resampling { samples: 50, seed: 7 });
        assert_eq!(samples.len(), 50);
        for (sample, [one, other]) in samples.iter().enumerate() {
            let mut random = Random::of_sample(7, sample as u64);
            let drawn = [0, 1].map(|_| units[random.below(2)]);
            let mut expected = [Ratio::default(); 2];
            for [one, other] in drawn {
                expected[0].add(one.0, one.1);
                expected[1].add(other.0, other.1);
            }
            assert_eq!([*one, *other], expected);
        }
    }
}
