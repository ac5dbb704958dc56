//! Buckets of documents by one of their figures, such as the head, middle and tail of CCNet (Wenzek
//! et al. 2020).

use super::figures::Measure;

/// Named ranges of a measure, from its low end.
#[derive(Clone, Debug, PartialEq)]
pub struct Buckets {
    measure: Measure,
    names: Vec<String>,
    /// The cuts between buckets, rising: a document is in the first bucket whose cut it is below.
    cuts: Vec<f64>,
}

/// Why names and cuts do not define buckets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BucketsError {
    /// The number of cuts is not one less than the number of names.
    #[error("{names} buckets have {} cuts between them, not {cuts}", names.saturating_sub(1))]
    Number {
        /// The number of names.
        names: usize,
        /// The number of cuts.
        cuts: usize,
    },
    /// A cut is not a number, or is less than the one before.
    #[error("the cuts between buckets must be numbers, none below the one before")]
    Order,
    /// A name is empty or occurs twice.
    #[error("every bucket needs a name of its own")]
    Names,
}

impl Buckets {
    /// Creates buckets by a measure.
    ///
    /// # Errors
    ///
    /// If the number of cuts is not that of names minus one, cuts fall, or a name is empty or
    /// occurs twice.
    pub fn new(
        measure: Measure,
        names: Vec<String>,
        cuts: Vec<f64>,
    ) -> Result<Buckets, BucketsError> {
        if names.len() != cuts.len() + 1 {
            return Err(BucketsError::Number { names: names.len(), cuts: cuts.len() });
        }
        if cuts.iter().any(|cut| cut.is_nan()) || cuts.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(BucketsError::Order);
        }
        let twice = |index: usize| names[..index].contains(&names[index]);
        if (0..names.len()).any(|index| names[index].is_empty() || twice(index)) {
            return Err(BucketsError::Names);
        }
        Ok(Buckets { measure, names, cuts })
    }

    /// The measure.
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// The names, from the low end.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The cuts between buckets.
    pub fn cuts(&self) -> &[f64] {
        &self.cuts
    }

    /// Returns the index of the bucket of a figure.
    pub fn of(&self, value: f64) -> usize {
        self.cuts.partition_point(|&cut| cut <= value)
    }
}

/// A uniform sample of limited size of the figures of a text's documents.
///
/// Each document gets a random number that depends only on its place, and those with the lowest
/// numbers are kept. The limit falls as the sample fills, so that only a few documents of a long
/// text need scoring. At least `least` of them are kept if there are as many.
#[derive(Clone, Debug)]
pub struct FigureSample {
    least: usize,
    limit: u64,
    drawn: Vec<(u64, f64)>,
}

impl FigureSample {
    /// Creates a sample of at least `least` documents, and at most twice as many plus one block's.
    pub fn new(least: usize) -> FigureSample {
        FigureSample { least, limit: u64::MAX, drawn: Vec::new() }
    }

    /// Draws for document `number`: `Some` if it is to be scored.
    pub(crate) fn draw(&self, number: u64) -> Option<u64> {
        let draw = ngram_input::mix(number);
        (draw <= self.limit).then_some(draw)
    }

    /// Adds drawn documents, and lowers the limit if there are enough.
    pub(crate) fn add(&mut self, drawn: impl IntoIterator<Item = (u64, f64)>) {
        self.drawn.extend(drawn);
        while self.drawn.len() > 2 * self.least {
            let half = self.limit / 2;
            let kept = self.drawn.iter().filter(|(draw, _)| *draw <= half).count();
            if kept < self.least {
                break;
            }
            self.limit = half;
            self.drawn.retain(|(draw, _)| *draw <= half);
        }
    }

    /// The number of documents in the sample.
    pub fn len(&self) -> usize {
        self.drawn.len()
    }

    /// Whether the sample is empty.
    pub fn is_empty(&self) -> bool {
        self.drawn.is_empty()
    }

    /// Returns the quantile of the sample at `share`, from 0 to 1, by nearest rank. `None` if the
    /// sample is empty.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let mut values: Vec<f64> = self.drawn.iter().map(|(_, value)| *value).collect();
        values.sort_by(f64::total_cmp);
        let rank = (share * values.len() as f64) as usize;
        values.get(rank.min(values.len().checked_sub(1)?)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_figure_falls_between_its_cuts() {
        let three = names(&["head", "middle", "tail"]);
        let buckets = Buckets::new(Measure::Perplexity, three.clone(), vec![100.0, 200.0]).unwrap();
        let found = [0.0, 99.9, 100.0, 199.9, 200.0, f64::INFINITY].map(|value| buckets.of(value));
        assert_eq!(found, [0, 0, 1, 1, 2, 2]);

        let of = |names, cuts| Buckets::new(Measure::Perplexity, names, cuts).unwrap_err();
        assert_eq!(of(three.clone(), vec![1.0]), BucketsError::Number { names: 3, cuts: 1 });
        assert_eq!(of(three.clone(), vec![2.0, 1.0]), BucketsError::Order);
        assert_eq!(of(three, vec![f64::NAN, 1.0]), BucketsError::Order);
        assert_eq!(of(names(&["a", "a"]), vec![1.0]), BucketsError::Names);
    }

    #[test]
    fn a_sample_is_the_same_however_it_comes_and_near_the_whole() {
        let sampled = |block: usize| {
            let mut sample = FigureSample::new(1000);
            let mut scored = 0;
            for from in (0..50_000u64).step_by(block) {
                let drawn: Vec<(u64, f64)> = (from..(from + block as u64).min(50_000))
                    .filter_map(|number| Some((sample.draw(number)?, number as f64)))
                    .collect();
                scored += drawn.len();
                sample.add(drawn);
            }
            (sample, scored)
        };
        let (sample, scored) = sampled(100);
        assert!((1000..=2000).contains(&sample.len()), "{}", sample.len());
        assert!(scored < 10_000, "{scored}");
        for share in [0.3, 0.6] {
            let quantile = sample.quantile(share).unwrap() / 50_000.0;
            // Three standard deviations of a share of a thousand.
            assert!((quantile - share).abs() < 0.046, "{quantile}");
            assert_eq!(sampled(7).0.quantile(share), sample.quantile(share));
        }
        assert_eq!(FigureSample::new(10).quantile(0.5), None);
    }
}
