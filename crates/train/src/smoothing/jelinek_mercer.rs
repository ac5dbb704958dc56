//! Jelinek–Mercer smoothing: relative frequencies of all orders, interpolated (Jelinek and Mercer
//! 1980; Chen and Goodman 1999, section 2.3, equation 4):
//!
//! ```text
//! p(w|h) = λ(h) · c(hw) / T + (1 − λ(h)) · p(w|h′)
//! ```
//!
//! The weights maximise the likelihood of a held-out text and are found by expectation maximisation
//! (Baum 1972). No history occurs often enough in it to have a weight of its own, so histories of the
//! same length share weights: all of them in [`BASELINE`]; in [`JELINEK_MERCER`], those
//! with a similar average successor count T / N (Chen and Goodman 1999, section 3.2). The ranges of
//! averages are as narrow as the held-out text allows: each must cover enough of its tokens.
//!
//! Without held-out text, each order has one weight, λ = 1 − n1 / T over all its n-grams. By Good
//! and Turing's estimate, n1 / T is the probability that another n-gram would be a new one.

use super::{Discount, Fitted, FittedToText, HeldOutFit, HistoryCounts, OrderCounts, Smoothing};
use crate::held_out::{HeldOut, Seen};

/// With weights chosen by the average count of a history's successors.
pub const JELINEK_MERCER: JelinekMercer =
    JelinekMercer { name: "jelinek-mercer", by_average: true };

/// With one weight per order.
pub const BASELINE: JelinekMercer =
    JelinekMercer { name: "jelinek-mercer-baseline", by_average: false };

/// Jelinek–Mercer smoothing.
pub struct JelinekMercer {
    name: &'static str,
    /// Whether an order may have several weights.
    by_average: bool,
}

impl Smoothing for JelinekMercer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        without_text(of)
    }

    fn held_out(&self) -> Option<&dyn HeldOutFit> {
        Some(self)
    }
}

impl HeldOutFit for JelinekMercer {
    fn fit_held_out(&self, held_out: &HeldOut, _: &[OrderCounts<'_>]) -> FittedToText {
        let least = least_tokens(held_out.training_sentences);
        let upper = (0..held_out.order).map(|index| match self.by_average {
            true => buckets(held_out, index, least),
            false => vec![f64::INFINITY],
        });
        fitted(upper.collect(), held_out)
    }
}

/// Estimates the weight from counts alone. Adds one to n1 and to T − n1, since neither 0 nor 1 can
/// be trusted as a weight.
fn without_text(of: &OrderCounts) -> Fitted {
    let (once, total) = (of.counts.of(1) as f64, of.counts.total() as f64);
    let lambda = 1.0 - (once + 1.0) / (total + 2.0);
    Fitted {
        discount: Box::new(Weights { upper: vec![f64::INFINITY], lambdas: vec![lambda] }),
        note: Some("lambda = 1 - n1 / T, for want of a held-out text to fit it to".to_owned()),
    }
}

/// Returns the minimum number of held-out tokens per bucket. A small training text has few distinct
/// averages, so it is better served by few buckets.
fn least_tokens(training_sentences: u64) -> usize {
    if training_sentences <= 1000 { 2000 } else { 500 }
}

/// Returns the average count of a history's successors.
fn average(total: u64, types: u64) -> f64 {
    total as f64 / types as f64
}

/// Returns the highest average in each bucket of one order; infinity for the last.
fn buckets(held_out: &HeldOut, index: usize, least: usize) -> Vec<f64> {
    let of_order = held_out.tokens().map(|token| token[index]).filter(|seen| seen.total > 0);
    let mut averages: Vec<f64> =
        of_order.map(|seen| average(seen.total, seen.types.into())).collect();
    averages.sort_unstable_by(f64::total_cmp);
    let mut upper = Vec::new();
    let mut tokens = 0;
    for same in averages.chunk_by(|a, b| a == b) {
        tokens += same.len();
        if tokens >= least {
            upper.push(same[0]);
            tokens = 0;
        }
    }
    // The remaining tokens are too few for a bucket and join the last one.
    upper.pop();
    upper.push(f64::INFINITY);
    upper
}

/// Fits the weights of all orders jointly; `upper` holds the upper bounds of each order's buckets.
fn fitted(upper: Vec<Vec<f64>>, held_out: &HeldOut) -> FittedToText {
    let mut weights: Vec<Weights> =
        upper.into_iter().map(|upper| Weights { lambdas: vec![0.5; upper.len()], upper }).collect();
    maximise(&mut weights, held_out);
    FittedToText { orders: weights.into_iter().map(Fitted::new).collect(), bits: None }
}

/// The maximum number of rounds; most texts take 20 to 60.
const ROUNDS: usize = 200;

/// The fit ends when a round makes the text more likely by less than this, in nats per token.
const GAIN: f64 = 1e-7;

/// Weights stay this far from 0 and 1, since other texts differ from this one.
const MARGIN: f64 = 1e-3;

/// Maximises the likelihood of the held-out text over the weights by expectation maximisation.
fn maximise(weights: &mut [Weights], held_out: &HeldOut) {
    // Each token uses the same weights in every round.
    let places = held_out.tokens().flat_map(|token| token.iter().zip(&*weights)).map(place);
    let places: Vec<Option<usize>> = places.collect();
    let order = held_out.order;
    let uniform = 1.0 / held_out.words as f64;
    let mut probs = vec![0.0; order];
    let mut before = f64::NEG_INFINITY;
    for _ in 0..ROUNDS {
        // For each weight: how many tokens reached it, and how many of those stopped there.
        let mut came: Vec<Vec<f64>> = weights.iter().map(|w| vec![0.0; w.lambdas.len()]).collect();
        let mut stayed = came.clone();
        let mut log_prob = 0.0;
        for (token, places) in held_out.tokens().zip(places.chunks_exact(order)) {
            let mut prob = uniform;
            for (index, (seen, place)) in token.iter().zip(places).enumerate() {
                if let &Some(place) = place {
                    let lambda = weights[index].lambdas[place];
                    prob = lambda * relative(seen) + (1.0 - lambda) * prob;
                }
                probs[index] = prob;
            }
            log_prob += prob.ln();
            let mut reaches = 1.0;
            for (index, (seen, place)) in token.iter().zip(places).enumerate().rev() {
                if let &Some(place) = place {
                    let lambda = weights[index].lambdas[place];
                    let stays = lambda * relative(seen) / probs[index];
                    came[index][place] += reaches;
                    stayed[index][place] += reaches * stays;
                    reaches *= 1.0 - stays;
                }
            }
        }
        for (weights, (came, stayed)) in weights.iter_mut().zip(came.iter().zip(&stayed)) {
            for (lambda, (came, stayed)) in weights.lambdas.iter_mut().zip(came.iter().zip(stayed))
            {
                if *came > 0.0 {
                    *lambda = (stayed / came).clamp(MARGIN, 1.0 - MARGIN);
                }
            }
        }
        if log_prob - before < GAIN * held_out.tokens().len() as f64 {
            break;
        }
        before = log_prob;
    }
}

fn relative(seen: &Seen) -> f64 {
    seen.count as f64 / seen.total as f64
}

/// Returns the index of the weight that applies to a token; `None` if its history was never seen.
fn place((seen, weights): (&Seen, &Weights)) -> Option<usize> {
    (seen.total > 0).then(|| weights.place(average(seen.total, seen.types.into())))
}

/// The weights of one order.
struct Weights {
    /// The highest average successor count (inclusive) for which each weight applies.
    upper: Vec<f64>,
    lambdas: Vec<f64>,
}

impl Weights {
    fn place(&self, average: f64) -> usize {
        self.upper.partition_point(|&upper| upper < average).min(self.lambdas.len() - 1)
    }

    fn of(&self, history: HistoryCounts) -> f64 {
        self.lambdas[self.place(average(history.total, history.types))]
    }
}

impl Discount for Weights {
    fn share(&self, count: u64, history: HistoryCounts) -> f64 {
        self.of(history) * (count as f64 * history.scale)
    }

    fn shares(&self, counts: &[u32], history: HistoryCounts, shares: &mut Vec<f64>) {
        let lambda = self.of(history);
        shares.clear();
        shares.extend(counts.iter().map(|&count| lambda * (f64::from(count) * history.scale)));
    }

    fn parameters(&self) -> Vec<(String, f64)> {
        if self.lambdas.len() == 1 {
            return vec![("lambda".to_owned(), self.lambdas[0])];
        }
        let last = self.upper.len() - 1;
        let name = |place: usize| match place == last {
            true => format!("lambda(>{:.4})", self.upper[last - 1]),
            false => format!("lambda(<={:.4})", self.upper[place]),
        };
        self.lambdas.iter().enumerate().map(|(place, &lambda)| (name(place), lambda)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smoothing::tests::of;

    fn seen(count: u64, total: u64, types: u32) -> Seen {
        Seen { total, count, types, ..Seen::default() }
    }

    fn lambdas(fitted: &Fitted) -> Vec<f64> {
        fitted.discount.parameters().into_iter().map(|(_, lambda)| lambda).collect()
    }

    #[test]
    fn one_weight_where_it_can_be_worked_out() {
        // Order 1, four words. Three tokens have relative frequency ½, one has 0. The text's likelihood
        // is (λ/2 + (1 − λ)/4)³ · (1 − λ)/4, which is highest at 3/(1 + λ) = 1/(1 − λ), so λ = 1/2.
        let tokens = [seen(5, 10, 3), seen(5, 10, 3), seen(5, 10, 3), seen(0, 10, 3)];
        let held_out = HeldOut::new(1, 4, 10, tokens.to_vec());
        let fitted = BASELINE.fit_held_out(&held_out, &[]).orders;
        let found = lambdas(&fitted[0])[0];
        assert!((found - 0.5).abs() < 1e-3, "{found}");
    }

    #[test]
    fn histories_of_about_the_same_average_share_a_weight() {
        // One token in four was seen after histories with an average of 1; three in four with an average of 10.
        let mut tokens = Vec::new();
        for _ in 0..300 {
            for token in 0..4 {
                tokens.push(seen(1, 1000, 1000));
                tokens.push(if token < 1 { seen(1, 2, 2) } else { seen(0, 2, 2) });
                tokens.push(seen(1, 1000, 1000));
                tokens.push(if token < 3 { seen(10, 20, 2) } else { seen(0, 20, 2) });
            }
        }
        let held_out = HeldOut::new(2, 1000, 5000, tokens.clone());
        let fitted = JELINEK_MERCER.fit_held_out(&held_out, &[]).orders;
        assert_eq!(lambdas(&fitted[0]).len(), 1);
        let found = lambdas(&fitted[1]);
        // Nearly 1/4 and 3/4: seen words get much more than in the lower order.
        assert_eq!(found.len(), 2);
        assert!((found[0] - 0.25).abs() < 0.01 && (found[1] - 0.75).abs() < 0.01, "{found:?}");
        let names: Vec<String> = fitted[1].discount.parameters().into_iter().map(|p| p.0).collect();
        assert_eq!(names, ["lambda(<=1.0000)", "lambda(>1.0000)"]);
        let discount = &fitted[1].discount;
        assert_eq!(discount.share(1, HistoryCounts::new(2, 2)), found[0] / 2.0);
        assert_eq!(discount.share(5, HistoryCounts::new(10, 2)), found[1] / 2.0);
        // 1,200 tokens are too few for a bucket if the training text is small.
        let held_out = HeldOut::new(2, 1000, 1000, tokens);
        assert_eq!(lambdas(&JELINEK_MERCER.fit_held_out(&held_out, &[]).orders[1]).len(), 1);
    }

    #[test]
    fn few_tokens_are_no_bucket_of_their_own() {
        let averages = |list: &[(u64, usize)]| {
            let tokens = list.iter().flat_map(|&(total, n)| vec![seen(1, total, 1); n]);
            buckets(&HeldOut::new(1, 10, 5000, tokens.collect()), 0, 500)
        };
        assert_eq!(averages(&[(1, 400), (2, 99)]), [f64::INFINITY]);
        assert_eq!(averages(&[(1, 400), (2, 100), (3, 499)]), [f64::INFINITY]);
        assert_eq!(averages(&[(1, 400), (2, 100), (3, 500)]), [2.0, f64::INFINITY]);
        assert_eq!(averages(&[(1, 900), (2, 100), (3, 400), (4, 10)]), [1.0, f64::INFINITY]);
        assert_eq!(averages(&[]), [f64::INFINITY]);
        // Histories that were never seen have no average.
        assert_eq!(averages(&[(0, 600), (2, 500), (3, 500)]), [2.0, f64::INFINITY]);
    }

    #[test]
    fn without_text_what_is_new_is_as_frequent_as_what_was_seen_once() {
        // n1 = 3 of T = 8, plus one each: 1 − 4/10.
        let counts = [1, 1, 1, 5].into_iter().collect();
        let fitted = JELINEK_MERCER.fit(&of(&counts));
        assert_eq!(lambdas(&fitted), [0.6]);
        assert!(fitted.note.is_some_and(|note| note.contains("held-out")));
    }

    /// Four words; relative frequencies of ½ and ¾ for three tokens, 0 and 0 for one, ½ and 0 for
    /// another. The likelihood is highest at λ = ½ and 1/5. There, p is 9/20, 1/10 and 3/10; its
    /// derivative by the second λ is 3 · (3/8)/(9/20) − 1/(4/5) − 1/(4/5) = 0, and by the first
    /// 3 · (1/5)/(9/20) − (1/5)/(1/10) + (1/5)/(3/10) = 0.
    #[test]
    fn the_weights_of_two_orders_are_fitted_together() {
        let mut tokens = [[seen(5, 10, 3), seen(3, 4, 2)]; 3].concat();
        tokens.extend([seen(0, 10, 3), seen(0, 4, 2), seen(5, 10, 3), seen(0, 4, 2)]);
        let held_out = HeldOut::new(2, 4, 10, tokens);
        let fitted = BASELINE.fit_held_out(&held_out, &[]).orders;
        let found = [0, 1].map(|order: usize| lambdas(&fitted[order])[0]);
        assert!((found[0] - 0.5).abs() < 2e-3 && (found[1] - 0.2).abs() < 2e-3, "{found:?}");
    }

    /// Weights stay away from 0 and 1, and one that no token needs stays as it was.
    #[test]
    fn weights_that_the_text_would_put_at_an_end() {
        let of = |one, other| {
            let held_out = HeldOut::new(2, 4, 10, vec![one, other]);
            let fitted = BASELINE.fit_held_out(&held_out, &[]).orders;
            [0, 1].map(|order: usize| lambdas(&fitted[order])[0])
        };
        let [first, second] = of(seen(10, 10, 1), Seen::default());
        assert!((first - (1.0 - MARGIN)).abs() < 1e-12 && second == 0.5, "{first} {second}");
        assert_eq!(of(seen(0, 10, 1), Seen::default()), [MARGIN, 0.5]);
    }

    /// The shares of all successors are those of each.
    #[test]
    fn shares_are_those_of_each_successor() {
        let weights = Weights { upper: vec![2.0, f64::INFINITY], lambdas: vec![0.25, 0.75] };
        let mut shares = vec![7.0];
        for (total, expected) in [(4, [0.1875, 0.0625]), (8, [0.28125, 0.09375])] {
            let history = HistoryCounts::new(total, 2);
            weights.shares(&[3, 1], history, &mut shares);
            assert_eq!(shares, expected);
            assert_eq!([3, 1].map(|count| weights.share(count, history)), expected);
        }
    }
}
