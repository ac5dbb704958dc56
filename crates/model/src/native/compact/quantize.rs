//! Quantizes numbers to a few levels with the least squared error (Lloyd 1957; Max 1960).
//!
//! The numbers are log-probabilities or logarithms of back-off weights, so the error is one of
//! information. Starts with bins of equal counts (Federico and Bertoldi 2006), as far as ties
//! allow; then each level moves to the mean of the numbers nearest to it, until none moves or for
//! [`ROUNDS`] rounds.

use rayon::prelude::*;

/// Maximum number of rounds. Most of the error is gone after a few.
const ROUNDS: usize = 100;

/// Returns at most `room` levels for finite numbers, in rising order.
pub fn levels(mut numbers: Vec<f32>, room: usize) -> Vec<f32> {
    numbers.par_sort_unstable_by(f32::total_cmp);
    let distinct: Vec<Distinct> = distinct(&numbers);
    if distinct.len() <= room {
        return distinct.iter().map(|distinct| distinct.number).collect();
    }
    drop(numbers);
    let mut ends = equal_shares(&distinct, room);
    let mut levels = means(&distinct, &ends);
    for _ in 0..ROUNDS {
        ends = (0..levels.len())
            .map(|bin| match levels.get(bin + 1) {
                Some(next) => {
                    let middle = (levels[bin] + next) / 2.0;
                    distinct.partition_point(|distinct| f64::from(distinct.number) <= middle)
                }
                None => distinct.len(),
            })
            .collect();
        let moved = means(&distinct, &ends);
        if moved == levels {
            break;
        }
        levels = moved;
    }
    let mut levels: Vec<f32> = levels.into_iter().map(|level| level as f32).collect();
    levels.dedup();
    levels
}

/// Returns the ends of bins with equal counts, except that a number with more than a share of the
/// total has a bin of its own, and the others share the remaining bins.
fn equal_shares(distinct: &[Distinct], room: usize) -> Vec<usize> {
    let counts = || {
        let before = std::iter::once(0).chain(distinct.iter().map(|distinct| distinct.count));
        distinct.iter().zip(before).map(|(distinct, before)| distinct.count - before)
    };
    let mut share = u64::MAX;
    let mut total = 0;
    for _ in 0..ROUNDS {
        total = counts().map(|count| count.min(share)).sum();
        let smaller = total.div_ceil(room as u64);
        if smaller >= share {
            break;
        }
        share = smaller;
    }
    let mut ends = Vec::with_capacity(room);
    let mut shared = 0;
    for (index, count) in counts().enumerate() {
        shared += count.min(share);
        if u128::from(shared) * room as u128 >= u128::from(total) * (ends.len() as u128 + 1) {
            ends.push(index + 1);
        }
    }
    ends
}

/// Returns the index of the level nearest to a number, the lower one of two. There must be at least
/// one level, in rising order.
#[inline]
pub fn nearest(levels: &[f32], number: f32) -> usize {
    let above = levels.partition_point(|level| *level < number);
    if above == levels.len() || above > 0 && number - levels[above - 1] <= levels[above] - number {
        return above.saturating_sub(1);
    }
    above
}

/// A number, and the count and sum of all numbers up to it.
struct Distinct {
    number: f32,
    count: u64,
    sum: f64,
}

fn distinct(numbers: &[f32]) -> Vec<Distinct> {
    let mut distinct: Vec<Distinct> = Vec::new();
    let (mut count, mut sum) = (0, 0.0);
    for &number in numbers {
        count += 1;
        sum += f64::from(number);
        match distinct.last_mut() {
            Some(last) if last.number == number => (last.count, last.sum) = (count, sum),
            _ => distinct.push(Distinct { number, count, sum }),
        }
    }
    distinct
}

/// Returns the mean of each non-empty bin.
fn means(distinct: &[Distinct], ends: &[usize]) -> Vec<f64> {
    let mut before = (0, 0.0);
    let mut means = Vec::with_capacity(ends.len());
    for &end in ends {
        let Some(last) = end.checked_sub(1).and_then(|last| distinct.get(last)) else { continue };
        let count = last.count - before.0;
        if count > 0 {
            means.push((last.sum - before.1) / count as f64);
            before = (last.count, last.sum);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_few_numbers_stay_what_they_are() {
        assert_eq!(levels(vec![-1.0, -3.0, -1.0, -2.0], 3), [-3.0, -2.0, -1.0]);
        assert!(levels(vec![], 4).is_empty());
    }

    #[test]
    fn levels_are_the_means_of_what_is_near() {
        // Equal shares would separate the four close numbers.
        let numbers = vec![-9.0, -8.0, -1.3, -1.2, -1.1, -1.0];
        let found = levels(numbers, 2);
        assert_eq!(found.len(), 2);
        assert!((found[0] + 8.5).abs() < 1e-6 && (found[1] + 1.15).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_number_that_is_most_of_all_leaves_the_others_their_levels() {
        let mut numbers = vec![-1.0; 100_000];
        numbers.extend((0..1000).map(|n| -2.0 - n as f32 / 1000.0));
        let found = levels(numbers, 64);
        assert!(found.len() >= 60 && found.contains(&-1.0), "{found:?}");
        assert!(found.windows(2).all(|pair| pair[1] - pair[0] < 0.03 || pair[1] == -1.0));
    }

    #[test]
    fn the_nearest_level_is_found() {
        let levels = [-4.0, -2.0, -1.0];
        for (number, index) in [(-9.0, 0), (-3.1, 0), (-3.0, 0), (-2.9, 1), (-1.4, 2), (0.0, 2)] {
            assert_eq!(nearest(&levels, number), index, "{number}");
        }
        assert_eq!(nearest(&[-1.0], -5.0), 0);
    }

    #[test]
    fn the_error_falls_as_levels_are_more() {
        let numbers: Vec<f32> = (1..5000).map(|n| -(n as f32).sqrt()).collect();
        let error = |room: usize| {
            let levels = levels(numbers.clone(), room);
            assert!(levels.len() <= room && levels.is_sorted());
            numbers.iter().map(|&n| f64::from(n - levels[nearest(&levels, n)]).powi(2)).sum::<f64>()
        };
        assert!(error(4) > 3.0 * error(8) && error(8) > 3.0 * error(16));
    }
}
