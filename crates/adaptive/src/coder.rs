//! Interfaces for walking over a text, which serve for scoring, coding and decoding.

/// The probabilities of symbols 0, 1, … as integers, for a range coder.
pub trait CodedDistribution {
    /// The number of symbols; at least 1.
    fn len(&self) -> u32;

    /// Returns the sum of the integers of all symbols below this one: strictly rising from 0, below
    /// 2^48; at [`CodedDistribution::len`] the total. Integers are proportional to probabilities up to
    /// rounding.
    fn below(&self, symbol: u32) -> u64;
}

/// Why a walk ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The code is damaged: no text has this code.
    Damaged,
    /// The caller asked to stop.
    Stopped,
}

/// A sink or source of symbols.
pub trait Coder {
    /// Takes the next symbol and returns it. If it is not given, a decoder decodes it.
    fn code<D: CodedDistribution>(
        &mut self,
        given: Option<u32>,
        distribution: impl FnOnce() -> D,
    ) -> Result<u32, Halt>;

    /// Called now and then with the number of bytes of text processed since the last call.
    fn advance(&mut self, _bytes: u64) -> Result<(), Halt> {
        Ok(())
    }
}

/// Accepts symbols without coding them, for callers that only want their cost.
pub struct CostCoder;

impl Coder for CostCoder {
    #[inline]
    fn code<D: CodedDistribution>(
        &mut self,
        given: Option<u32>,
        _: impl FnOnce() -> D,
    ) -> Result<u32, Halt> {
        given.ok_or(Halt::Damaged)
    }
}

/// All symbols are equally likely.
pub struct Uniform(pub u32);

impl CodedDistribution for Uniform {
    fn len(&self) -> u32 {
        self.0
    }

    fn below(&self, symbol: u32) -> u64 {
        u64::from(symbol)
    }
}

/// `N` symbols with given probabilities.
pub struct FixedSymbols<const N: usize> {
    /// The cumulative sum of the integers, including each symbol.
    sums: [u64; N],
}

/// The integers of all symbols sum to this, up to rounding.
const WHOLE: f64 = (1u64 << 40) as f64;

impl<const N: usize> FixedSymbols<N> {
    /// Creates a distribution from probabilities that sum to 1 up to rounding.
    pub fn new(probabilities: &[f64; N]) -> FixedSymbols<N> {
        let mut sum = 0;
        let sums = probabilities.map(|probability| {
            // Never 0, so that symbols with probability 0 in a damaged model can be coded.
            sum += (probability.min(1.0) * WHOLE) as u64 + 1;
            sum
        });
        FixedSymbols { sums }
    }
}

impl<const N: usize> CodedDistribution for FixedSymbols<N> {
    fn len(&self) -> u32 {
        N as u32
    }

    fn below(&self, symbol: u32) -> u64 {
        (symbol as usize).checked_sub(1).map_or(0, |at| self.sums[at])
    }
}
