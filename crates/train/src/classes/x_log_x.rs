//! x · ln x of counts, the terms of class likelihoods.

use ngram_model::log10::ln;

/// Counts below this have their value in a table; the part in use stays in a core's own cache.
const TABLE: usize = 1 << 16;

/// x · ln x of whole numbers, the same on every machine; 0 for 0.
pub struct XLogX {
    table: Vec<f64>,
}

impl XLogX {
    /// Fills the table.
    pub fn new() -> XLogX {
        XLogX { table: (0..TABLE as u64).map(compute).collect() }
    }

    /// Returns x · ln x.
    #[inline]
    pub fn of(&self, x: u64) -> f64 {
        match self.table.get(x as usize) {
            Some(&value) => value,
            None => compute(x),
        }
    }

    /// Returns how much x · ln x grows if x grows by `more`.
    #[inline]
    pub fn growth(&self, x: u32, more: u32) -> f64 {
        let (x, more) = (u64::from(x), u64::from(more));
        self.of(x + more) - self.of(x)
    }

    /// Adds to each of `sums` the growth for the number at the same position in `xs`.
    pub fn add_growths(&self, sums: &mut [f64], xs: &[u32], more: u32) {
        for (sum, &x) in sums.iter_mut().zip(xs) {
            *sum += self.growth(x, more);
        }
    }
}

fn compute(x: u64) -> f64 {
    if x == 0 { 0.0 } else { x as f64 * ln(x as f64) }
}

/// A large count that grows by small amounts, with its logarithm.
#[derive(Clone, Copy, Debug, Default)]
pub struct Large {
    x: u64,
    ln: f64,
}

impl Large {
    /// Stores the count and computes its logarithm.
    pub fn new(x: u64) -> Large {
        Large { x, ln: if x == 0 { 0.0 } else { ln(x as f64) } }
    }

    /// Returns how much x · ln x grows if x grows by `more`.
    ///
    /// With u = more / x, this is more · ln x + (x + more) · ln(1 + u). For small u, the last
    /// logarithm is a short series, so no other logarithm is computed.
    #[inline]
    pub fn growth(self, more: u64, exact: &XLogX) -> f64 {
        let (x, more_) = (self.x as f64, more as f64);
        // Otherwise the first omitted term would show: u⁷ / 7.
        if self.x < 64 * more.max(1) {
            return exact.of(self.x + more) - exact.of(self.x);
        }
        let u = more_ / x;
        let ln_1p = u
            * (1.0
                - u * (1.0 / 2.0
                    - u * (1.0 / 3.0 - u * (1.0 / 4.0 - u * (1.0 / 5.0 - u * (1.0 / 6.0))))));
        more_ * self.ln + (x + more_) * ln_1p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_systems_logarithm() {
        let exact = XLogX::new();
        for x in [0u64, 1, 2, 65_535, 65_536, 1_000_003, 4_000_000_000] {
            let expected = if x == 0 { 0.0 } else { x as f64 * (x as f64).ln() };
            assert!((exact.of(x) - expected).abs() <= 1e-14 * expected, "{x}");
            for more in [1u64, 7, 1000, 100_000] {
                let growth = exact.of(x + more) - exact.of(x);
                let near = Large::new(x).growth(more, &exact);
                // The precision of a difference of large numbers.
                let tolerance = 1e-15 * exact.of(x + more) + 1e-11 * growth;
                assert!((near - growth).abs() <= tolerance, "{x} {more}: {near} {growth}");
            }
        }
    }
}
