//! One walk over a text, whether it is scored, coded or decoded.

/// The probabilities of symbols 0, 1, … as integers, for a range coder.
pub trait Distribution {
    /// How many symbols there are; at least 1.
    fn len(&self) -> u32;

    /// The sum of the probabilities of the symbols below this one: strictly rising from 0, below 2^48, and the
    /// sum of all at [`Distribution::len`]. Each is in proportion to its probability, but for a rounding.
    fn below(&self, symbol: u32) -> u64;
}

/// Why a walk ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// No text is coded so.
    Damaged,
    /// Whoever asked for it wants it no more.
    Stopped,
}

/// Where symbols go to, or come from.
pub trait Coder {
    /// Takes the symbol that comes next and returns it. Where it is not given, a decoder finds it.
    fn code<D: Distribution>(
        &mut self,
        given: Option<u32>,
        distribution: impl FnOnce() -> D,
    ) -> Result<u32, Halt>;

    /// Is told now and then how many bytes of the text have gone by since the last time.
    fn advance(&mut self, _bytes: u64) -> Result<(), Halt> {
        Ok(())
    }
}

/// Takes symbols and does nothing with them: for who wants to know what they cost.
pub struct Scorer;

impl Coder for Scorer {
    #[inline]
    fn code<D: Distribution>(
        &mut self,
        given: Option<u32>,
        _: impl FnOnce() -> D,
    ) -> Result<u32, Halt> {
        given.ok_or(Halt::Damaged)
    }
}

/// All symbols alike.
pub struct Uniform(pub u32);

impl Distribution for Uniform {
    fn len(&self) -> u32 {
        self.0
    }

    fn below(&self, symbol: u32) -> u64 {
        u64::from(symbol)
    }
}

/// Some symbols, each with its probability.
pub struct Symbols<const N: usize> {
    /// The sum of the integers up to and with each symbol.
    sums: [u64; N],
}

/// The integers of a few symbols sum to this, but for a rounding.
const WHOLE: f64 = (1u64 << 40) as f64;

impl<const N: usize> Symbols<N> {
    /// Probabilities that sum to 1, but for a rounding.
    pub fn new(probabilities: &[f64; N]) -> Symbols<N> {
        let mut sum = 0;
        let sums = probabilities.map(|probability| {
            // Never 0, so that what a damaged model rules out can be coded.
            sum += (probability.min(1.0) * WHOLE) as u64 + 1;
            sum
        });
        Symbols { sums }
    }
}

impl<const N: usize> Distribution for Symbols<N> {
    fn len(&self) -> u32 {
        N as u32
    }

    fn below(&self, symbol: u32) -> u64 {
        (symbol as usize).checked_sub(1).map_or(0, |at| self.sums[at])
    }
}
