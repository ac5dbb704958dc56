//! Joint and conditional entropy and mutual information of two variables.

use super::{Distribution, DistributionError};

/// The joint distribution of X and Y as a table: one row per outcome of X, one column per outcome
/// of Y.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    table: Distribution,
    columns: usize,
}

impl Joint {
    /// Checks that all rows are equally long and that together they form a distribution.
    pub fn new(rows: &[Vec<f64>]) -> Result<Joint, DistributionError> {
        let columns = rows.first().map_or(0, Vec::len);
        let ragged = rows.iter().enumerate().find(|(_, row)| row.len() != columns);
        if let Some((row, found)) = ragged {
            return Err(DistributionError::Ragged { row, found: found.len(), expected: columns });
        }
        Ok(Joint { table: Distribution::new(rows.concat())?, columns })
    }

    /// The marginal distribution of X: the row sums.
    pub fn x(&self) -> Distribution {
        let rows = self.table.probabilities().chunks(self.columns);
        Distribution::summed(rows.map(|row| row.iter().sum()).collect())
    }

    /// The marginal distribution of Y: the column sums.
    pub fn y(&self) -> Distribution {
        let table = self.table.probabilities();
        let column = |at: usize| table.iter().skip(at).step_by(self.columns).sum();
        Distribution::summed((0..self.columns).map(column).collect())
    }

    /// H(X, Y), in bits.
    pub fn entropy(&self) -> f64 {
        self.table.entropy()
    }

    /// H(Y|X) = H(X, Y) − H(X), in bits: the uncertainty left about Y once X is known.
    pub fn conditional_entropy(&self) -> f64 {
        (self.entropy() - self.x().entropy()).max(0.0)
    }

    /// I(X; Y) = H(X) + H(Y) − H(X, Y), in bits: how much knowing one variable reduces the
    /// uncertainty about the other. 0 if they are independent, H(Y) if X determines Y.
    pub fn mutual_information(&self) -> f64 {
        (self.x().entropy() + self.y().entropy() - self.entropy()).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joint(rows: &[&[f64]]) -> Joint {
        Joint::new(&rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn independent_and_determined() {
        let independent = joint(&[&[0.25, 0.25], &[0.25, 0.25]]);
        assert_eq!(independent.mutual_information(), 0.0);
        assert_eq!(independent.conditional_entropy(), 1.0);
        let determined = joint(&[&[0.5, 0.0], &[0.0, 0.5]]);
        assert_eq!(determined.mutual_information(), 1.0);
        assert_eq!(determined.conditional_entropy(), 0.0);
    }

    /// Cover and Thomas 2006, example 2.2.1: H(X) 7/4, H(Y) 2, H(X, Y) 27/8, I 3/8. Their columns
    /// are X.
    #[test]
    fn cover_and_thomas() {
        let table = joint(&[
            &[1.0 / 8.0, 1.0 / 16.0, 1.0 / 32.0, 1.0 / 32.0],
            &[1.0 / 16.0, 1.0 / 8.0, 1.0 / 32.0, 1.0 / 32.0],
            &[1.0 / 16.0, 1.0 / 16.0, 1.0 / 16.0, 1.0 / 16.0],
            &[1.0 / 4.0, 0.0, 0.0, 0.0],
        ]);
        assert_eq!(table.x().entropy(), 2.0);
        assert_eq!(table.y().entropy(), 7.0 / 4.0);
        assert_eq!(table.entropy(), 27.0 / 8.0);
        assert_eq!(table.conditional_entropy(), 11.0 / 8.0);
        assert_eq!(table.mutual_information(), 3.0 / 8.0);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(Joint::new(&[]), Err(DistributionError::Empty));
        assert_eq!(Joint::new(&[vec![], vec![]]), Err(DistributionError::Empty));
        assert_eq!(
            Joint::new(&[vec![0.5, 0.5], vec![0.0]]),
            Err(DistributionError::Ragged { row: 1, found: 1, expected: 2 })
        );
        assert_eq!(Joint::new(&[vec![0.5]]), Err(DistributionError::Sum { sum: 0.5 }));
    }

    proptest! {
        /// I(X; Y) = D_KL(joint ‖ product of the marginals).
        #[test]
        fn information_is_divergence_from_independence(
            counts in proptest::collection::vec(0u64..9, 12).prop_filter("zero", |c| c.iter().any(|&c| c > 0))
        ) {
            let flat = Distribution::from_counts(&counts).unwrap();
            let rows: Vec<Vec<f64>> = flat.probabilities().chunks(4).map(<[f64]>::to_vec).collect();
            let joint = Joint::new(&rows).unwrap();
            let (x, y) = (joint.x(), joint.y());
            let product = x.probabilities().iter().flat_map(|x| y.probabilities().iter().map(move |y| x * y));
            let product = Distribution::new(product.collect()).unwrap();
            let divergence = flat.kl_divergence(&product).unwrap();
            prop_assert!((joint.mutual_information() - divergence).abs() < 1e-12);
        }
    }
}
