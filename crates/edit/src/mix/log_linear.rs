//! Log-linear mixtures: products of powers, made to sum to 1.
//!
//! ```text
//! p(w|h) = Π p_i(w|h)^λ_i / Z(h)        Z(h) = Σ_w Π p_i(w|h)^λ_i
//! ```
//!
//! Where no model lists w after h, each of them backs off, and so does the product: with B(h) = Π
//! backoff_i(h)^λ_i it is B(h) · Π p_i(w|h′)^λ_i. So Z(h) takes only Z(h′) and a sum over the words
//! that some model lists after h (Heafield, Geigle, Massung and Schwartz 2016, "Normalized
//! log-linear interpolation of backoff language models is efficient", section 4), and the table is
//! exactly the mixture, with backoff(h) = B(h) · Z(h′) / Z(h). It is slightly off only where a
//! model has n-grams with `<unk>` that stand for words another model knows.

use super::MixError;
use super::events::{Events, each_history};
use super::part::Part;
use super::union::Frame;
use ngram_model::exp10::exp10;
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::f64::consts::LN_10;

/// Probability 0 counts as 10 to this power, as in many ARPA files; a product would be 0 for all models.
const FLOOR: f32 = -99.0;
/// The fit ends when no weight moves by more than this.
const STEP: f64 = 1e-8;
const MOST_ROUNDS: usize = 50;

/// The weights of a log-linear mixture, one per model, each at least 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLinear(Vec<f64>);

impl LogLinear {
    /// The most that the weights may sum to: a probability of 1e-9 to this power is still a normal number of 64 bits.
    pub const MOST: f64 = 30.0;

    /// Takes given weights, one per model, each at least 0 and not all 0. They need not sum to 1, but to no more than
    /// [`LogLinear::MOST`].
    ///
    /// # Errors
    ///
    /// If they are not, or if there is not one per model.
    pub fn given(weights: &[f64], models: usize) -> Result<LogLinear, MixError> {
        if weights.len() != models {
            return Err(MixError::WeightCount { weights: weights.len(), models });
        }
        if let Some(&weight) = weights.iter().find(|weight| !(0.0..f64::INFINITY).contains(*weight))
        {
            return Err(MixError::Weight(weight));
        }
        if weights.iter().all(|&weight| weight == 0.0) {
            return Err(MixError::WeightSum(0.0));
        }
        let sum = weights.iter().sum();
        if sum > LogLinear::MOST {
            return Err(MixError::LogLinearSum(sum));
        }
        Ok(LogLinear(weights.to_vec()))
    }

    /// Returns the weights, one per model.
    pub fn weights(&self) -> &[f64] {
        &self.0
    }

    /// Returns Π p^λ for one word; `row` holds log10 p in each model.
    pub(super) fn product(&self, row: &[f32]) -> f64 {
        let sum: f64 = row
            .iter()
            .zip(&self.0)
            .map(|(&log_prob, weight)| weight * f64::from(log_prob.max(FLOOR)))
            .sum();
        exp10(sum as f32)
    }

    /// Returns Z(h) for the history of length `depth` + 1 at the end of the paths, from the words
    /// that `frame` lists after it and Z(h′) in `shorter`.
    pub(super) fn normalizer(
        &self,
        parts: &[Part<'_>],
        paths: &[Vec<usize>],
        depth: usize,
        frame: &Frame,
        shorter: &Frame,
    ) -> f64 {
        let backoffs: Vec<f32> =
            parts.iter().zip(paths).map(|(part, path)| part.backoff(path, depth + 1)).collect();
        let weight = self.product(&backoffs);
        let mut sum = weight * shorter.normalizer;
        let mut row = Vec::with_capacity(parts.len());
        for (&word, own) in frame.words.iter().zip(frame.rows.chunks_exact(parts.len())) {
            if word != WordId::BEGIN {
                row.clear();
                row.extend(
                    parts
                        .iter()
                        .zip(paths)
                        .map(|(part, path)| part.log_prob(&path[..path.len().min(depth)], word)),
                );
                sum += self.product(own) - weight * self.product(&row);
            }
        }
        // Rounding could leave 0 of a very small sum.
        sum.max(f64::MIN_POSITIVE)
    }
}

/// The parts of Z(h) for each history of a held-out text and its suffixes, to compute Z(h) and its
/// derivatives for any weights. Takes 8 bytes per model for each n-gram of the models that begins
/// with one of these histories.
pub struct Normalizers<'e> {
    events: &'e Events,
    /// The histories, from the empty one on, each after its parent.
    histories: Vec<History>,
    /// ln p in each model, for each word listed after each history: first after the history, then
    /// after its parent.
    rows: Vec<f32>,
    /// The history of each event.
    of_event: Vec<u32>,
}

struct History {
    parent: usize,
    /// The end of its rows.
    end: usize,
    /// ln of its back-off weight in each model.
    backoffs: Vec<f64>,
    events: u64,
}

/// Σ q, Σ q ln p_i and Σ q ln p_i ln p_j, where q is the product of powers.
#[derive(Clone)]
struct Moments(Vec<f64>);

impl<'e> Normalizers<'e> {
    pub(super) fn new(
        events: &'e Events,
        parts: &[Part<'_>],
        words: usize,
        longest: usize,
    ) -> Normalizers<'e> {
        let mut reversed: Vec<(Vec<WordId>, u32)> = Vec::with_capacity(events.tokens());
        for sentence in events.sentences() {
            each_history(sentence, longest, |history, _| {
                reversed.push((history.iter().rev().copied().collect(), reversed.len() as u32));
            });
        }
        reversed.par_sort_unstable();
        let mut found = Normalizers {
            events,
            histories: Vec::new(),
            rows: Vec::new(),
            of_event: vec![0; events.tokens()],
        };
        let ln = |log_prob: f32| (f64::from(log_prob.max(FLOOR)) * LN_10) as f32;
        for word in (0..words as u32).map(WordId) {
            // `<s>` does not count, as it is never predicted.
            let none = word == WordId::BEGIN;
            let row = parts
                .iter()
                .map(|part| if none { f32::NEG_INFINITY } else { ln(part.log_prob(&[], word)) });
            found.rows.extend(row);
        }
        found.histories.push(History {
            parent: 0,
            end: found.rows.len(),
            backoffs: vec![0.0; parts.len()],
            events: 0,
        });
        // The histories leading to the current one, from the empty one on, with their paths.
        let mut stack: Vec<(usize, Vec<Vec<usize>>, Vec<usize>)> =
            vec![(0, vec![Vec::new(); parts.len()], vec![0; parts.len()])];
        let mut before: &[WordId] = &[];
        for (history, event) in &reversed {
            let same = before.iter().zip(history).take_while(|(one, other)| one == other).count();
            stack.truncate(same + 1);
            for &word in &history[(stack.len() - 1).min(history.len())..] {
                let depth = stack.len() - 1;
                let (parent, mut paths, mut exact) = stack[depth].clone();
                for ((part, path), exact) in parts.iter().zip(&mut paths).zip(&mut exact) {
                    let longer = path.len() == depth && part.lengthen(path, word);
                    *exact += usize::from(longer && *exact == depth && part.knows(word));
                }
                if paths.iter().all(|path| path.len() <= depth) {
                    break;
                }
                found.add(parts, &paths, &exact, depth, parent);
                stack.push((found.histories.len() - 1, paths, exact));
            }
            before = &history[..stack.len() - 1];
            let number = stack.last().map_or(0, |last| last.0);
            found.of_event[*event as usize] = number as u32;
            found.histories[number].events += 1;
        }
        found
    }

    /// Adds a history of length `depth` + 1.
    fn add(
        &mut self,
        parts: &[Part<'_>],
        paths: &[Vec<usize>],
        exact: &[usize],
        depth: usize,
        parent: usize,
    ) {
        let ln = |log_prob: f32| (f64::from(log_prob.max(FLOOR)) * LN_10) as f32;
        let mut words = Vec::new();
        for ((part, path), &exact) in parts.iter().zip(paths).zip(exact) {
            if exact > depth {
                let successors = part.table.levels[depth].successors(path[depth]);
                words.extend(
                    successors.filter_map(|(own, _)| part.to_united.get(own.index()).copied()),
                );
            }
        }
        words.sort_unstable();
        words.dedup();
        for word in words.into_iter().filter(|&word| word != WordId::BEGIN) {
            for length in [depth + 1, depth] {
                let of = parts.iter().zip(paths);
                self.rows.extend(
                    of.map(|(part, path)| ln(part.log_prob(&path[..path.len().min(length)], word))),
                );
            }
        }
        let backoffs = parts
            .iter()
            .zip(paths)
            .map(|(part, path)| f64::from(ln(part.backoff(path, depth + 1))));
        self.histories.push(History {
            parent,
            end: self.rows.len(),
            backoffs: backoffs.collect(),
            events: 0,
        });
    }

    /// Returns the weights that make the events most likely, none below 0, by Newton's method. The
    /// likelihood is concave.
    pub fn fit(&self) -> LogLinear {
        let models = self.events.parts;
        let mut weights = vec![1.0 / models as f64; models];
        let mut at = self.likelihood(&weights);
        for _ in 0..MOST_ROUNDS {
            let free: Vec<usize> =
                (0..models).filter(|&model| weights[model] > 0.0 || at.1[model] > 0.0).collect();
            let gradient: Vec<f64> = free.iter().map(|&model| at.1[model]).collect();
            let curvature: Vec<Vec<f64>> = free
                .iter()
                .map(|&i| free.iter().map(|&j| at.2[i * models + j]).collect())
                .collect();
            let step = solve(curvature, gradient);
            let mut length = 1.0;
            let moved = loop {
                let mut moved = weights.clone();
                for (&model, step) in free.iter().zip(&step) {
                    moved[model] = (moved[model] + length * step).max(0.0);
                }
                let found = self.likelihood(&moved);
                if found.0 >= at.0 {
                    break Some((moved, found));
                }
                length /= 2.0;
                if length < 1e-6 {
                    break None;
                }
            };
            let Some((moved, found)) = moved else { break };
            let distance = moved
                .iter()
                .zip(&weights)
                .fold(0.0, |most: f64, (one, other)| most.max((one - other).abs()));
            (weights, at) = (moved, found);
            if distance < STEP {
                break;
            }
        }
        LogLinear(weights)
    }

    /// Returns the probability of each event.
    pub fn probabilities(&self, weights: &LogLinear) -> Vec<f64> {
        let moments = self.moments(&weights.0);
        let rows = self.events.shared.chunks_exact(self.events.parts);
        rows.zip(&self.of_event)
            .map(|(row, &history)| product(&weights.0, row).exp() / moments[history as usize].0[0])
            .collect()
    }

    /// Returns ln of the probability of all events, its gradient by the weights, and its negated
    /// second derivatives.
    fn likelihood(&self, weights: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
        let models = weights.len();
        let (mut sum, mut first, mut second) = (0.0, vec![0.0; models], vec![0.0; models * models]);
        for row in self.events.shared.chunks_exact(models) {
            sum += product(weights, row);
            row.iter().zip(&mut first).for_each(|(p, first)| *first += floored(*p));
        }
        for (history, Moments(moments)) in self.histories.iter().zip(self.moments(weights)) {
            let events = history.events as f64;
            sum -= events * moments[0].ln();
            for i in 0..models {
                let mean = moments[1 + i] / moments[0];
                first[i] -= events * mean;
                for j in 0..models {
                    let square = moments[1 + models + i * models + j] / moments[0];
                    second[i * models + j] +=
                        events * (square - mean * moments[1 + j] / moments[0]);
                }
            }
        }
        (sum, first, second)
    }

    /// Returns the moments of each history.
    fn moments(&self, weights: &[f64]) -> Vec<Moments> {
        let models = weights.len();
        let starts = std::iter::once(0).chain(self.histories.iter().map(|history| history.end));
        let ranges: Vec<(usize, usize)> =
            starts.zip(self.histories.iter().map(|history| history.end)).collect();
        let none = vec![0.0; models];
        // The words that a history lists, and the same words after its parent with the back-off
        // weights. Neither depends on other histories.
        let own: Vec<[Moments; 2]> = ranges
            .par_iter()
            .enumerate()
            .with_min_len(64)
            .map(|(number, &(start, end))| {
                let rows = &self.rows[start..end];
                let mut sums = [Moments::zero(models), Moments::zero(models)];
                if number == 0 {
                    rows.chunks_exact(models).for_each(|row| sums[0].add(weights, row, &none));
                } else {
                    for row in rows.chunks_exact(2 * models) {
                        let (after, shorter) = row.split_at(models);
                        sums[0].add(weights, after, &none);
                        sums[1].add(weights, shorter, &self.histories[number].backoffs);
                    }
                }
                sums
            })
            .collect();
        let mut all: Vec<Moments> = Vec::with_capacity(own.len());
        for (history, [mut own, shorter]) in self.histories.iter().zip(own) {
            if let Some(parent) = all.get(history.parent) {
                own.shift(parent, &shorter, weights, &history.backoffs);
            }
            all.push(own);
        }
        all
    }
}

impl Moments {
    fn zero(models: usize) -> Moments {
        Moments(vec![0.0; 1 + models + models * models])
    }

    /// Adds a word with these ln p, each plus its back-off weight.
    fn add(&mut self, weights: &[f64], row: &[f32], backoffs: &[f64]) {
        let models = weights.len();
        let log = |model: usize| f64::from(row[model]) + backoffs[model];
        let q = (0..models).map(|model| weights[model] * log(model)).sum::<f64>().exp();
        if q.is_nan() || q == 0.0 {
            return;
        }
        self.0[0] += q;
        for i in 0..models {
            let of_i = q * log(i);
            self.0[1 + i] += of_i;
            for j in 0..models {
                self.0[1 + models + i * models + j] += of_i * log(j);
            }
        }
    }

    /// Adds the words that are not listed: the parent's moments with the back-off weights, less
    /// `shorter`, those of the listed words.
    fn shift(&mut self, parent: &Moments, shorter: &Moments, weights: &[f64], backoffs: &[f64]) {
        let models = weights.len();
        let weight = weights
            .iter()
            .zip(backoffs)
            .map(|(weight, backoff)| weight * backoff)
            .sum::<f64>()
            .exp();
        let of = &parent.0;
        self.0[0] = (self.0[0] + weight * of[0] - shorter.0[0]).max(f64::MIN_POSITIVE);
        for i in 0..models {
            self.0[1 + i] += weight * (of[1 + i] + backoffs[i] * of[0]) - shorter.0[1 + i];
            for j in 0..models {
                let at = 1 + models + i * models + j;
                let cross = backoffs[i] * of[1 + j] + backoffs[j] * of[1 + i];
                self.0[at] +=
                    weight * (of[at] + cross + backoffs[i] * backoffs[j] * of[0]) - shorter.0[at];
            }
        }
    }
}

/// Returns ln of a probability, at least that of [`FLOOR`].
fn floored(probability: f64) -> f64 {
    probability.ln().max(f64::from(FLOOR) * LN_10)
}

/// Returns Σ λ ln p.
fn product(weights: &[f64], row: &[f64]) -> f64 {
    weights.iter().zip(row).map(|(weight, &p)| weight * floored(p)).sum()
}

/// Solves A x = b by elimination with pivots; x is 0 where A does not determine it.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let size = b.len();
    let mut x = vec![0.0; size];
    for column in 0..size {
        let pivot =
            (column..size).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()));
        let pivot = pivot.unwrap_or(column);
        a.swap(column, pivot);
        b.swap(column, pivot);
        if a[column][column].abs() > 1e-12 {
            for row in column + 1..size {
                let factor = a[row][column] / a[column][column];
                let (upper, lower) = a.split_at_mut(row);
                for (to, from) in lower[0].iter_mut().zip(&upper[column]).skip(column) {
                    *to -= factor * from;
                }
                b[row] -= factor * b[column];
            }
        }
    }
    for row in (0..size).rev() {
        let rest: f64 = (row + 1..size).map(|column| a[row][column] * x[column]).sum();
        x[row] = if a[row][row].abs() > 1e-12 { (b[row] - rest) / a[row][row] } else { 0.0 };
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_solved() {
        let x = solve(vec![vec![0.0, 2.0], vec![4.0, 2.0]], vec![2.0, 10.0]);
        assert_eq!(x, [2.0, 1.0]);
        assert_eq!(solve(vec![vec![0.0]], vec![1.0]), [0.0]);
    }

    #[test]
    fn equations_are_solved_as_far_as_they_determine_anything() {
        // 2 + 2, 1 + 6 + 3 and 2 + 12.
        let a = vec![vec![2.0, 1.0, 0.0], vec![1.0, 3.0, 1.0], vec![0.0, 1.0, 4.0]];
        let x = solve(a, vec![4.0, 10.0, 14.0]);
        for (found, expected) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{x:?}");
        }
        assert_eq!(solve(vec![vec![1.0, 1.0], vec![1.0, 1.0]], vec![2.0, 2.0]), [2.0, 0.0]);
        assert_eq!(solve(vec![vec![1e-13]], vec![1.0]), [0.0]);
    }

    #[test]
    fn probability_0_counts_as_a_very_small_one() {
        assert_eq!(floored(0.5), 0.5f64.ln());
        assert_eq!(floored(0.0), -99.0 * LN_10);
        assert_eq!(product(&[2.0, 0.5], &[0.5, 0.0]), 2.0 * 0.5f64.ln() - 49.5 * LN_10);
    }

    /// Imports a model with these back-off weights of a and b, and one bigram.
    fn model(a: f64, b: f64, bigram: &str, unigrams: [f64; 4]) -> ngram_model::Model {
        let [unknown, end, one, two] = unigrams.map(f64::log10);
        let arpa = format!(
            "\\data\\\nngram 1=5\nngram 2=1\n\n\\1-grams:\n{unknown}\t<unk>\n-99\t<s>\t-0.1\n{end}\t</s>\n\
             {one}\ta\t{a}\n{two}\tb\t{b}\n\n\\2-grams:\n-0.1\t{bigram}\n\n\\end\\\n"
        );
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.ngram");
        let options = ngram_formats::arpa::ReadOptions::default();
        let kind = ngram_tokenizer::TokenizerKind::Whitespace;
        let tokenizer = ngram_tokenizer::TokenizerSpec::new(kind);
        ngram_formats::import(arpa.as_bytes(), "arpa", &options, tokenizer, &path).unwrap();
        ngram_model::Model::open(&path).unwrap()
    }

    /// The derivatives are what the likelihood and the gradient change by, and the likelihood is
    /// that of the probabilities. The models have bigrams of the same and of different histories,
    /// and back-off weights that are not normalised, which sums must not rely on.
    #[test]
    fn derivatives_are_slopes() {
        let one = model(-0.3, -0.2, "a b", [0.1, 0.2, 0.4, 0.3]);
        for (bigram, b) in [("a a", -0.5), ("b a", 0.1)] {
            let other = model(-0.15, b, bigram, [0.25, 0.25, 0.2, 0.3]);
            let mixture = super::super::Mixture::new(&[&one, &other]).unwrap();
            let text = b"a b a a b\nb b a zz\na a\n".to_vec();
            let events = mixture.events(&[ngram_input::Text::bytes("text", text)], &()).unwrap();
            let normalizers = mixture.normalizers(&events);
            let at = [0.7, 0.4];
            let moved = |index: usize, by: f64| {
                let mut there = at;
                there[index] += by;
                normalizers.likelihood(&there)
            };
            let (sum, first, second) = normalizers.likelihood(&at);
            let probabilities = normalizers.probabilities(&LogLinear(at.to_vec()));
            let ln: f64 = probabilities.iter().map(|p| p.ln()).sum();
            assert!((sum - ln).abs() < 1e-9, "{sum} {ln}");
            for i in 0..2 {
                let (above, below) = (moved(i, 1e-5), moved(i, -1e-5));
                let slope = (above.0 - below.0) / 2e-5;
                assert!((slope - first[i]).abs() < 1e-5, "{slope} {first:?}");
                for j in 0..2 {
                    let slope = (above.1[j] - below.1[j]) / 2e-5;
                    let found = second[i * 2 + j];
                    assert!((slope + found).abs() < 1e-5, "{slope} {second:?}");
                }
            }
        }
    }
}
