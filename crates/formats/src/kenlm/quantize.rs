//! Encodes log-probabilities and back-off weights of a trie as codes.
//!
//! | part | bytes |
//! |---|---|
//! | 2, a version; bits of a log-probability's code; bits of a back-off weight's; zeros | 8 |
//! | for each order from 2 on, the `f32` value of each code of a log-probability; then of a weight, except for the highest | 4 each |
//!
//! The sorted values of an order are cut into as many bins of equal size as there are codes, and a code stands for the
//! mean of its bin (Federico and Bertoldi 2006). An empty bin has the value of the one before it. The first two codes
//! of a weight stand for 1, for a history that can be forgotten and for one that cannot.

use super::nodes::Nodes;

/// Codes of weights reserved for log10 −0.0 and 0.0.
const KEPT: usize = 2;

/// The codes of all orders from 2 on.
pub struct Codes {
    bits: (u8, u8),
    /// The values of codes of log-probabilities, and of back-off weights except for the highest order.
    tables: Vec<(Vec<f32>, Vec<f32>)>,
}

impl Codes {
    /// Creates codes with these numbers of bits for log-probabilities and for back-off weights.
    pub fn of(orders: &[Nodes], bits: (u8, u8)) -> Codes {
        let longer = &orders[1..];
        let tables = longer.iter().enumerate().map(|(index, nodes)| {
            let log_probs = bins(nodes.log_probs.clone(), 1 << bits.0);
            if index + 1 == longer.len() {
                return (log_probs, Vec::new());
            }
            let weights = nodes.backoffs.iter().copied().filter(|&weight| weight != 0.0);
            let mut backoffs = vec![-0.0, 0.0];
            backoffs.extend(bins(weights.collect(), (1 << bits.1) - KEPT));
            (log_probs, backoffs)
        });
        Codes { bits, tables: tables.collect() }
    }

    /// Returns the tables as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![2, self.bits.0, self.bits.1, 0, 0, 0, 0, 0];
        for (log_probs, backoffs) in &self.tables {
            let values = log_probs.iter().chain(backoffs);
            bytes.extend(values.flat_map(|value| value.to_le_bytes()));
        }
        bytes
    }

    /// Returns the code of a log-probability of order `index` + 1, and its number of bits.
    pub fn log_prob(&self, index: usize, value: f32) -> (u64, u32) {
        (nearest(&self.tables[index - 1].0, value) as u64, self.bits.0.into())
    }

    /// Returns the code of a back-off weight of order `index` + 1, and its number of bits.
    pub fn backoff(&self, index: usize, value: f32) -> (u64, u32) {
        let code = match value {
            0.0 => usize::from(value.is_sign_positive()),
            value => KEPT + nearest(&self.tables[index - 1].1[KEPT..], value),
        };
        (code as u64, self.bits.1.into())
    }
}

/// Returns the mean of each of `bins` equal-sized bins.
fn bins(mut values: Vec<f32>, bins: usize) -> Vec<f32> {
    values.sort_unstable_by(f32::total_cmp);
    let mut means = Vec::with_capacity(bins);
    let mut start = 0;
    for bin in 1..=bins {
        let end = (values.len() as u64 * bin as u64 / bins as u64) as usize;
        let mean = match &values[start..end] {
            [] => means.last().copied().unwrap_or(f32::NEG_INFINITY),
            own => {
                let sum: f64 = own.iter().map(|&value| f64::from(value)).sum();
                (sum / own.len() as f64) as f32
            }
        };
        means.push(mean);
        start = end;
    }
    means
}

/// Returns the index of the nearest of sorted values; the higher of two equally near ones.
fn nearest(values: &[f32], value: f32) -> usize {
    let above = values.partition_point(|&other| other < value);
    if above == 0 {
        return 0;
    }
    match values.get(above) {
        Some(next) => above - usize::from(value - values[above - 1] < next - value),
        None => values.len() - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_one_size() {
        assert_eq!(bins(vec![-1.0, -4.0, -3.0, -2.0], 2), [-3.5, -1.5]);
        assert_eq!(bins(vec![-1.0, -2.0], 4), [f32::NEG_INFINITY, -2.0, -2.0, -1.0]);
        assert_eq!(bins(Vec::new(), 2), [f32::NEG_INFINITY; 2]);
    }

    #[test]
    fn the_nearest_value_is_taken() {
        let values = [-3.5, -1.5, -1.0];
        assert_eq!(
            [-9.0, -3.5, -2.6, -2.5, -1.2, 0.0].map(|v| nearest(&values, v)),
            [0, 0, 0, 1, 2, 2]
        );
    }

    #[test]
    fn weights_of_1_keep_their_sign() {
        let shorter = Nodes { backoffs: vec![-0.5, 0.0, -0.0, -0.25], ..Nodes::default() };
        let orders = [Nodes::default(), shorter, Nodes::default()];
        let codes = Codes::of(&orders, (1, 2));
        assert_eq!(codes.tables[0].1, [0.0, 0.0, -0.5, -0.25]);
        let found = orders[1].backoffs.iter().map(|&weight| codes.backoff(1, weight).0);
        assert_eq!(found.collect::<Vec<_>>(), [2, 1, 0, 3]);
    }
}
