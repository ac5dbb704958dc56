//! Discounts that make a text most likely, for methods that interpolate
//!
//! ```text
//! p(w|h) = (c − D(c)) / T + (Σ D(c(hv)) / T) · p(w|h′)        Σ over the v seen after h
//! ```
//!
//! The text is either held-out text, or the training text with each token left out of the counts when
//! it is predicted (Ney, Essen and Kneser 1994; all orders are fitted jointly by their gradient, as in
//! pocolm). The fit starts from the formula's discounts, and no step makes the text less likely.
//!
//! The steps are those of Berndt, Hall, Hall and Hausman (1974). For the mean log-likelihood L and
//! the gradient g(t) of each token's ln p,
//!
//! ```text
//! D ← D + (Σ g(t) g(t)ᵀ)⁻¹ Σ g(t)          halved until L rises; D_r between 0 and r
//! ```

use super::{Discount, Fitted, FittedToText, OrderCounts, Smoothing};
use crate::held_out::{HeldOut, Seen};
use rayon::prelude::*;

/// Tokens per partial sum. The number is fixed so that sums do not depend on the number of threads.
const CHUNK: usize = 1 << 12;
/// The maximum number of steps; most texts take 5 to 15.
const STEPS: usize = 50;
/// The fit ends when a step makes the text more likely by less than this, in nats per token.
const GAIN: f64 = 1e-7;
/// Discounts stay this far from 0 and from their count, since other texts differ from this one.
const MARGIN: f64 = 1e-3;

/// Replaces the discounts of a method's formula with fitted ones. If the formula is undefined for an
/// order, which then uses Witten–Bell smoothing, the fit starts from half of each discount's maximum.
/// The formula's model is kept if it makes the text more likely than the fitted discounts do.
pub(super) fn instead_of(
    method: &dyn Smoothing,
    held_out: &HeldOut,
    of: &[OrderCounts<'_>],
    discount: fn(Vec<f64>) -> Box<dyn Discount>,
) -> FittedToText {
    let formula: Vec<Fitted> = of.iter().map(|of| method.fit(of)).collect();
    let discounts: Vec<Vec<f64>> = formula
        .iter()
        .map(|fitted| {
            let named = fitted.discount.parameters();
            named.into_iter().map(|(_, value)| value).collect()
        })
        .collect();
    let classes = discounts.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let before = bits_by_formula(held_out, &discounts);
    let start = discounts.into_iter().map(|discounts| match discounts.as_slice() {
        [] => (1..=classes).map(|count| count as f64 / 2.0).collect(),
        // One discount stands for all of them.
        [one] => vec![*one; classes],
        _ => discounts,
    });
    let Fit { discounts, after } = fit(held_out, start.collect());
    if after > before {
        return FittedToText { orders: formula, bits: Some([before, before]) };
    }
    let orders = discounts.into_iter();
    FittedToText {
        orders: orders.map(|found| Fitted { discount: discount(found), note: None }).collect(),
        bits: Some([before, after]),
    }
}

/// Returns the mean −log2 p per token, in bits, under these discounts, or under Witten–Bell
/// smoothing for an order that has none.
fn bits_by_formula(held_out: &HeldOut, orders: &[Vec<f64>]) -> f64 {
    let uniform = 1.0 / held_out.words as f64;
    let prob = |prob: f64, (seen, discounts): (&Seen, &Vec<f64>)| {
        let (count, types) = (seen.count as f64, f64::from(seen.types));
        let (own, left, total) = match discounts.len() {
            _ if seen.total == 0 => return prob,
            0 => (count, types, seen.total as f64 + types),
            classes => {
                let taken = class(seen, classes).map_or(0.0, |class| discounts[class]);
                let of_class = self::types(seen, classes);
                let left = discounts.iter().zip(of_class).map(|(d, n)| d * n).sum();
                (count - taken, left, seen.total as f64)
            }
        };
        (own + left * prob) / total
    };
    let of_token = |token: &[Seen]| token.iter().zip(orders).fold(uniform, prob).ln();
    let chunks: Vec<f64> = held_out
        .chunks(CHUNK)
        .map(|chunk| chunk.chunks_exact(held_out.order).map(of_token).sum())
        .collect();
    let tokens = held_out.tokens().len().max(1) as f64;
    -chunks.iter().sum::<f64>() / tokens / std::f64::consts::LN_2
}

/// The discounts of each order from 1, and how likely they make the text.
struct Fit {
    /// One for each count 1, 2, …; the last is for all higher counts.
    pub discounts: Vec<Vec<f64>>,
    /// The mean −log2 p per token, in bits.
    pub after: f64,
}

/// Fits the discounts of all orders jointly from `start`, which holds the same number for each
/// order, at most [`Seen::CLASSES`] + 1.
fn fit(held_out: &HeldOut, start: Vec<Vec<f64>>) -> Fit {
    let classes = start.first().map_or(0, Vec::len);
    let mut at: Vec<f64> = start.into_iter().flatten().collect();
    clamp(&mut at, classes);
    let mut round = Round::of(held_out, &at, classes);
    for _ in 0..STEPS {
        let step = round.step(&at, classes);
        let gained = (0..20).find_map(|halvings| {
            let scale = 0.5f64.powi(halvings);
            let mut there: Vec<f64> =
                at.iter().zip(&step).map(|(at, step)| at + scale * step).collect();
            clamp(&mut there, classes);
            let found = Round::of(held_out, &there, classes);
            (found.log_likelihood > round.log_likelihood).then_some((there, found))
        });
        let Some((there, found)) = gained else { break };
        let gain = found.log_likelihood - round.log_likelihood;
        (at, round) = (there, found);
        if gain < GAIN * round.tokens {
            break;
        }
    }
    let tokens = round.tokens.max(1.0);
    Fit {
        discounts: at.chunks_exact(classes.max(1)).map(<[f64]>::to_vec).collect(),
        after: -round.log_likelihood / tokens / std::f64::consts::LN_2,
    }
}

fn clamp(discounts: &mut [f64], classes: usize) {
    for (index, discount) in discounts.iter_mut().enumerate() {
        let [least, most] = bounds(index, classes);
        *discount = discount.clamp(least, most);
    }
}

/// Returns the smallest and the largest value a discount can take.
fn bounds(index: usize, classes: usize) -> [f64; 2] {
    [MARGIN, (index % classes + 1) as f64 - MARGIN]
}

/// The log-likelihood and its derivatives at one point.
#[derive(Default)]
struct Round {
    tokens: f64,
    /// Σ ln p.
    log_likelihood: f64,
    /// Σ g.
    gradient: Vec<f64>,
    /// Σ g gᵀ, row by row.
    products: Vec<f64>,
}

impl Round {
    fn of(held_out: &HeldOut, discounts: &[f64], classes: usize) -> Round {
        let chunks: Vec<Round> = held_out
            .chunks(CHUNK)
            .map(|chunk| {
                let mut round = Round::new(discounts.len());
                let mut scratch = Scratch::new(discounts.len());
                for token in chunk.chunks_exact(held_out.order) {
                    round.add(token, held_out.words, discounts, classes, &mut scratch);
                }
                round
            })
            .collect();
        let mut sum = Round::new(discounts.len());
        for chunk in chunks {
            sum.tokens += chunk.tokens;
            sum.log_likelihood += chunk.log_likelihood;
            sum.gradient.iter_mut().zip(chunk.gradient).for_each(|(sum, more)| *sum += more);
            sum.products.iter_mut().zip(chunk.products).for_each(|(sum, more)| *sum += more);
        }
        sum
    }

    fn new(parameters: usize) -> Round {
        Round {
            gradient: vec![0.0; parameters],
            products: vec![0.0; parameters * parameters],
            ..Round::default()
        }
    }

    fn add(
        &mut self,
        token: &[Seen],
        words: u64,
        discounts: &[f64],
        classes: usize,
        scratch: &mut Scratch,
    ) {
        let Scratch { lower, reserved, gradient } = scratch;
        let mut prob = 1.0 / words as f64;
        lower.clear();
        reserved.clear();
        for (seen, discounts) in token.iter().zip(discounts.chunks_exact(classes)) {
            lower.push(prob);
            if seen.total == 0 {
                reserved.push(1.0);
                continue;
            }
            let taken: f64 = discounts.iter().zip(types(seen, classes)).map(|(d, n)| d * n).sum();
            let left = taken / seen.total as f64;
            let own = match class(seen, classes) {
                Some(class) => seen.count as f64 - discounts[class],
                None => 0.0,
            };
            prob = own / seen.total as f64 + left * prob;
            reserved.push(left);
        }
        self.tokens += 1.0;
        self.log_likelihood += prob.ln();
        // The derivative of ln p with respect to the probability at each order.
        let mut reach = 1.0 / prob;
        for (order, seen) in token.iter().enumerate().rev() {
            let gradient = &mut gradient[order * classes..][..classes];
            if seen.total == 0 {
                gradient.fill(0.0);
                continue;
            }
            let scale = reach / seen.total as f64;
            for (gradient, types) in gradient.iter_mut().zip(types(seen, classes)) {
                *gradient = scale * types * lower[order];
            }
            if let Some(class) = class(seen, classes) {
                gradient[class] -= scale;
            }
            reach *= reserved[order];
        }
        for (row, &value) in gradient.iter().enumerate() {
            self.gradient[row] += value;
            if value != 0.0 {
                let products = &mut self.products[row * gradient.len()..][..=row];
                products.iter_mut().zip(&*gradient).for_each(|(sum, other)| *sum += value * other);
            }
        }
    }

    /// Returns the step from the current discounts. A discount at a bound does not cross it.
    fn step(&self, discounts: &[f64], classes: usize) -> Vec<f64> {
        let size = self.gradient.len();
        let stays: Vec<bool> = discounts
            .iter()
            .zip(&self.gradient)
            .enumerate()
            .map(|(index, (&discount, &slope))| {
                let [least, most] = bounds(index, classes);
                slope == 0.0 || discount <= least && slope < 0.0 || discount >= most && slope > 0.0
            })
            .collect();
        let at = |row: usize, column: usize| match (stays[row] || stays[column], row == column) {
            (true, false) => 0.0,
            (true, true) => 1.0,
            (false, _) => self.products[row * size + column],
        };
        let largest = (0..size)
            .filter(|&row| !stays[row])
            .map(|row| at(row, row))
            .fold(f64::MIN_POSITIVE, f64::max);
        // Discounts that hardly any token depends on move little.
        let ridge = 1e-9 * largest;
        // Cholesky decomposition of the lower half.
        let mut factor = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let dot: f64 =
                    (0..column).map(|k| factor[row * size + k] * factor[column * size + k]).sum();
                let rest = at(row, column) - dot;
                factor[row * size + column] = match row == column {
                    true => (rest + ridge).max(ridge).sqrt(),
                    false => rest / factor[column * size + column],
                };
            }
        }
        let slopes = self.gradient.iter().zip(&stays);
        let mut step: Vec<f64> =
            slopes.map(|(&slope, &stays)| if stays { 0.0 } else { slope }).collect();
        for row in 0..size {
            let dot: f64 = (0..row).map(|k| factor[row * size + k] * step[k]).sum();
            step[row] = (step[row] - dot) / factor[row * size + row];
        }
        for row in (0..size).rev() {
            let dot: f64 = (row + 1..size).map(|k| factor[k * size + row] * step[k]).sum();
            step[row] = (step[row] - dot) / factor[row * size + row];
        }
        step
    }
}

struct Scratch {
    /// p(w|h′) for each order.
    lower: Vec<f64>,
    reserved: Vec<f64>,
    gradient: Vec<f64>,
}

impl Scratch {
    fn new(parameters: usize) -> Scratch {
        Scratch { lower: Vec::new(), reserved: Vec::new(), gradient: vec![0.0; parameters] }
    }
}

/// Returns the index of the discount for a count; `None` for a count of 0.
fn class(seen: &Seen, classes: usize) -> Option<usize> {
    usize::try_from(seen.count).unwrap_or(classes).min(classes).checked_sub(1)
}

/// Returns, for each discount, how many words followed the history with a count it applies to.
fn types(seen: &Seen, classes: usize) -> impl Iterator<Item = f64> {
    let counted = &seen.by_count[..classes - 1];
    let rest = seen.types - counted.iter().sum::<u32>();
    counted.iter().copied().chain([rest]).map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(total: u64, count: u64, by_count: &[u32]) -> Seen {
        let mut seen = Seen { total, count, types: by_count.iter().sum(), ..Seen::default() };
        let told = by_count.len().min(Seen::CLASSES);
        seen.by_count[..told].copy_from_slice(&by_count[..told]);
        seen
    }

    /// Returns a history whose four successors occurred 1, 1, 2 and 4 times.
    fn after(count: u64) -> Seen {
        seen(8, count, &[2, 1, 0, 1])
    }

    fn bits(held_out: &HeldOut, discounts: &[f64], classes: usize) -> f64 {
        let round = Round::of(held_out, discounts, classes);
        -round.log_likelihood / round.tokens / std::f64::consts::LN_2
    }

    #[test]
    fn one_discount_by_hand() {
        // One history above a uniform distribution over 100 words; 3 of 4 tokens are the word seen
        // 4 times. p is (4 − D)/8 + 4 D/8/100 or 4 D/8/100. The likelihood (4 − 0.96 D)³ · 0.04 D
        // is highest where 4 − 0.96 D = 3 · 0.96 D, so at D = 25/24, above the maximum of 1.
        let tokens = |of: [u64; 4]| HeldOut::new(1, 100, 10, of.map(after).to_vec());
        let fitted = fit(&tokens([4, 4, 4, 0]), vec![vec![0.5]]);
        assert!((fitted.discounts[0][0] - (1.0 - MARGIN)).abs() < 1e-9, "{:?}", fitted.discounts);
        // One of eight tokens is new: 4 − 0.96 D = 7 · 0.96 D, D = 0.520833.
        let eight: Vec<Seen> = [4, 4, 4, 4, 4, 4, 4, 0].map(after).to_vec();
        let eight = HeldOut::new(1, 100, 10, eight);
        let fitted = fit(&eight, vec![vec![0.9]]);
        assert!((fitted.discounts[0][0] - 25.0 / 48.0).abs() < 1e-4, "{:?}", fitted.discounts);
        assert!(fitted.after < bits(&eight, &[0.9], 1));
    }

    /// Returns varied tokens of order 2.
    fn some_tokens() -> HeldOut {
        let mut state = 7u32;
        let mut next = |most: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % most
        };
        let single = |count| seen(100, count, &[30, 10, 5, 2, 1, 1, 1, 1]);
        let tokens = (0..6000).flat_map(|_| {
            let (one, two) = ([0, 1, 2, 3, 5][next(5) as usize], [0, 0, 1, 2, 4][next(5) as usize]);
            let longer = if next(3) == 0 { Seen::default() } else { after(two) };
            [single(one), longer]
        });
        HeldOut::new(2, 1000, 10, tokens.collect())
    }

    #[test]
    fn no_other_discounts_are_better_and_the_gradient_is_right() {
        let held_out = some_tokens();
        let start = vec![vec![0.9, 0.9, 0.9]; 2];
        let fitted = fit(&held_out, start);
        let best: Vec<f64> = fitted.discounts.concat();
        assert!((bits(&held_out, &best, 3) - fitted.after).abs() < 1e-12);
        for index in 0..best.len() {
            for step in [-0.05, -0.01, 0.01, 0.05] {
                let mut other = best.clone();
                other[index] += step;
                clamp(&mut other, 3);
                assert!(bits(&held_out, &other, 3) > fitted.after - 1e-7, "{index} {step}");
            }
            let at = [0.4, 0.8, 1.2, 0.3, 1.1, 2.0];
            let shifted = |by: f64| {
                let mut there = at;
                there[index] += by;
                Round::of(&held_out, &there, 3).log_likelihood
            };
            let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            let gradient = Round::of(&held_out, &at, 3).gradient[index];
            assert!((slope - gradient).abs() < 1e-3 * gradient.abs().max(1.0));
        }
    }

    #[test]
    fn the_same_for_any_number_of_threads() {
        let held_out = some_tokens();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&held_out, vec![vec![0.5; 4]; 2]).discounts)
        };
        assert_eq!(run(1), run(3));
    }

    /// Counts of 1, 2 and more take D1, D2 and D3+; they stay within their counts.
    #[test]
    fn bounds_are_those_of_the_count() {
        let most = [0, 1, 2, 3, 4, 5].map(|index| bounds(index, 3)[1]);
        assert_eq!(most, [1.0, 2.0, 3.0, 1.0, 2.0, 3.0].map(|count| count - MARGIN));
    }

    /// The step solves Σ g gᵀ · step = Σ g, without the discounts that would cross a bound.
    #[test]
    fn a_step_solves_the_equations() {
        let step = |gradient: [f64; 3], at: [f64; 3]| {
            // The lower half of 4 2 1, 2 5 3, 1 3 6.
            let products = vec![4.0, 0.0, 0.0, 2.0, 5.0, 0.0, 1.0, 3.0, 6.0];
            let gradient = gradient.to_vec();
            Round { tokens: 1.0, log_likelihood: 0.0, gradient, products }.step(&at, 3)
        };
        #[track_caller]
        fn near(found: Vec<f64>, expected: [f64; 3]) {
            let pairs = found.iter().zip(expected);
            assert!(pairs.clone().all(|(one, other)| (one - other).abs() < 1e-6), "{found:?}");
        }
        let (inside, least) = ([0.5; 3], [MARGIN, 0.5, 0.5]);
        let most = [0.5, 0.5, 3.0 - MARGIN];
        near(step([11.0, 21.0, 25.0], inside), [1.0, 2.0, 3.0]);
        // The first is at its bound and would fall, or has no slope; the others solve theirs.
        near(step([-1.0, 19.0, 24.0], least), [0.0, 2.0, 3.0]);
        near(step([0.0, 19.0, 24.0], inside), [0.0, 2.0, 3.0]);
        near(step([11.0, 21.0, 25.0], least), [1.0, 2.0, 3.0]);
        // The last one is at its bound and would rise.
        near(step([8.0, 12.0, 1.0], most), [1.0, 2.0, 0.0]);
        near(step([-11.0, -21.0, -25.0], most), [-1.0, -2.0, -3.0]);
    }

    /// 100 words; Witten–Bell gives a word seen 4 times of 8, one of 4 words, 4/12, and 4/12 are
    /// left. Above it, discounts of ½, 1 and 3/2 leave 2 · ½ + 1 + 3/2 of 8.
    #[test]
    fn bits_by_formula_worked_by_hand() {
        let tokens = vec![after(4), after(2), after(0), Seen::default()];
        let found =
            bits_by_formula(&HeldOut::new(2, 100, 10, tokens), &[vec![], vec![0.5, 1.0, 1.5]]);
        let first = (4.0 + 4.0 * 0.01) / 12.0;
        let second: f64 = (1.0 + 3.5 * first) / 8.0;
        let expected = -(second.log2() + (0.04f64 / 12.0).log2()) / 2.0;
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}
