//! Random numbers that are the same on every machine and for any number of threads.

/// SplitMix64 of Steele, Lea and Flood (2014, figure 17), with a period of 2^64.
#[derive(Clone, Copy, Debug)]
pub struct Random(u64);

/// 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Creates the generator for one of many samples, independent of the others.
    pub fn of_sample(seed: u64, sample: u64) -> Random {
        let mut random = Random(seed);
        let start = random.next_u64();
        let mut random = Random(start ^ sample.wrapping_mul(0xd1b5_4a32_d192_ed03));
        Random(random.next_u64())
    }

    /// The next 64 bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    /// Returns a number from 0 to `below` − 1, uniform to within `below` / 2^64.
    #[inline]
    pub fn below(&mut self, below: usize) -> usize {
        ((u128::from(self.next_u64()) * below as u128) >> 64) as usize
    }

    /// Returns a number above 0 and at most 1.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        ((self.next_u64() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first numbers of the reference implementation with seed 1234567.
    #[test]
    fn is_the_published_generator() {
        let mut random = Random(1_234_567);
        let numbers = [(); 3].map(|()| random.next_u64());
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn stays_below() {
        let mut random = Random::of_sample(1, 0);
        let mut counts = [0; 3];
        for _ in 0..3000 {
            counts[random.below(3)] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }

    /// The published first number of seed 1234567, of which 53 bits count.
    #[test]
    fn a_unit_is_the_upper_53_bits_and_one_more() {
        let found = Random(1_234_567).unit();
        assert_eq!(found, ((6_457_827_717_110_365_317u64 >> 11) + 1) as f64 / 2f64.powi(53));
    }

    /// As worked out with another program by the same definition.
    #[test]
    fn every_sample_has_its_own_numbers() {
        let first = |seed, sample| Random::of_sample(seed, sample).next_u64();
        assert_eq!(first(1, 0), 12_793_040_940_332_582_595);
        assert_eq!(first(1, 1), 8_775_076_003_639_243_590);
        assert_eq!(first(7, 12_345), 7_400_541_356_948_186_218);
    }
}
