//! Bit probabilities by context, in one hash table of fixed size.
//!
//! A slot holds the probability that the bit is 1, how often the context came (up to a limit), and some bits of the
//! context's hash, so that two contexts seldom share a slot. Where all slots that a context may use are taken, the
//! one that came least gives way.

use ngram_tokenizer::prefetch;

/// Slots that are searched for a context: those of a 64-byte line.
const LINE: usize = 16;

/// A hash table of bit probabilities.
#[derive(Clone)]
pub struct Counters {
    slots: Vec<u32>,
}

/// From the highest bit: 16 bits of the probability of a 1, less a half; 10 bits of the context; 6 bits of the count.
/// 0 is an unused slot, so that memory for unused slots is never touched.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Slot(u32);

impl Slot {
    fn new(probability: u16, check: u32, count: u32) -> Slot {
        Slot(u32::from(probability ^ 0x8000) << 16 | check << 6 | count)
    }

    fn probability(self) -> u16 {
        (self.0 >> 16) as u16 ^ 0x8000
    }

    fn check(self) -> u32 {
        self.0 >> 6 & CHECK
    }

    fn count(self) -> u32 {
        self.0 & MOST
    }
}

/// What a counter says of the next bit.
#[derive(Clone, Copy)]
pub struct Counter {
    /// How often the context came, at most [`MOST`].
    pub count: u32,
    /// The probability of a 1, between 0 and 1.
    pub probability: f32,
    slot: u32,
}

/// The highest count.
pub const MOST: u32 = 63;
const CHECK: u32 = 1023;

impl Counters {
    /// Creates a table of 2^`bits` slots, of 4 bytes each.
    pub fn new(bits: u32) -> Counters {
        Counters { slots: vec![0; 1 << bits] }
    }

    /// Fetches the slots of a context from memory, so that [`Counters::get`] need not wait for them.
    pub fn prefetch(&self, hash: u64) {
        prefetch(&self.slots[self.line(hash)]);
    }

    /// Returns the first slot of the line of a context.
    fn line(&self, hash: u64) -> usize {
        (hash >> 20) as usize % (self.slots.len() / LINE) * LINE
    }

    /// Finds the slot of a context, or makes one.
    pub fn get(&mut self, hash: u64) -> Counter {
        let first = self.line(hash);
        let check = hash as u32 & CHECK;
        let line = &mut self.slots[first..first + LINE];
        let start = (hash >> 12) as usize;
        let mut least = (u32::MAX, 0);
        for step in 0..4 {
            let at = (start + 5 * step) % LINE;
            let slot = Slot(line[at]);
            let count = slot.count();
            if count > 0 && slot.check() == check {
                let probability = f32::from(slot.probability()) / 65536.0;
                return Counter { count, probability, slot: (first + at) as u32 };
            }
            if count < least.0 {
                least = (count, at);
            }
        }
        line[least.1] = Slot::new(1 << 15, check, 0).0;
        Counter { count: 0, probability: 0.5, slot: (first + least.1) as u32 }
    }

    /// Learns the bit in a slot: at first all bits count alike, later the last ones count more.
    pub fn learn(&mut self, seen: Counter, bit: bool) {
        let kept = &mut self.slots[seen.slot as usize];
        let slot = Slot(*kept);
        let count = slot.count();
        let target = if bit { 65535.0 } else { 0.0 };
        let probability = f32::from(slot.probability());
        let moved = probability + (target - probability) / (count as f32 + 1.5);
        *kept = Slot::new(moved.clamp(16.0, 65519.0) as u16, slot.check(), (count + 1).min(MOST)).0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_learns_how_often_a_bit_comes() {
        let mut counters = Counters::new(10);
        for step in 0..300 {
            let seen = counters.get(12345);
            assert_eq!(seen.count, MOST.min(step));
            counters.learn(seen, step % 4 == 0);
        }
        let p = counters.get(12345).probability;
        assert!((0.2..0.3).contains(&p), "{p}");
    }

    #[test]
    fn what_came_often_outlives_what_came_once() {
        let mut counters = Counters::new(6);
        for _ in 0..20 {
            let seen = counters.get(7);
            counters.learn(seen, true);
        }
        for hash in 0..2000u64 {
            let seen = counters.get(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            counters.learn(seen, false);
        }
        assert_eq!(counters.get(7).count, 20);
    }
}
