//! Adaptive probability maps: what a probability is really worth in a context, learnt along the way.
//!
//! A map has, for each context, a row of probabilities at fixed places of the logistic domain. A probability falls
//! between two of them and becomes their weighted mean; both then move towards the bit that came (Mahoney 2005,
//! section 3.3, "secondary symbol estimation").

use super::logistic::{FARTHEST, ln, squash};

/// Places in a row.
const PLACES: usize = 25;
/// Their distance in the logistic domain.
const APART: f32 = 2.0 * FARTHEST / (PLACES - 1) as f32;

/// A map with a row for each context.
#[derive(Clone)]
pub struct Map {
    rows: Vec<[Place; PLACES]>,
    /// The number of bits that a place remembers.
    limit: f32,
}

#[derive(Clone, Copy)]
struct Place {
    probability: f32,
    used: f32,
}

/// Where a probability fell in a map.
#[derive(Clone, Copy, Default)]
pub struct RowPlace {
    row: u32,
    place: u32,
    /// The weight of the place after it.
    share: f32,
}

impl Map {
    /// Creates a map that changes nothing until it learns.
    pub fn new(contexts: usize, limit: f32) -> Map {
        let place =
            |at: usize| Place { probability: squash(at as f32 * APART - FARTHEST), used: 3.0 };
        Map { rows: vec![std::array::from_fn(place); contexts], limit }
    }

    /// Returns what a probability, given in the logistic domain, is worth in a context, and where it fell.
    pub fn get(&self, context: usize, x: f32) -> (f32, RowPlace) {
        let row = context % self.rows.len();
        let at = (x.clamp(-FARTHEST, FARTHEST) + FARTHEST) / APART;
        let place = (at as usize).min(PLACES - 2);
        let share = at - place as f32;
        let [low, high] = [self.rows[row][place], self.rows[row][place + 1]];
        let probability = low.probability + share * (high.probability - low.probability);
        (probability, RowPlace { row: row as u32, place: place as u32, share })
    }

    /// As [`Map::get`], in the logistic domain.
    pub fn stretched(&self, context: usize, x: f32) -> (f32, RowPlace) {
        let (probability, spot) = self.get(context, x);
        (ln(probability / (1.0 - probability)).clamp(-FARTHEST, FARTHEST), spot)
    }

    /// Learns the bit at a spot.
    pub fn learn(&mut self, spot: RowPlace, bit: bool) {
        let RowPlace { row, place, share } = spot;
        let target = if bit { 0.999_99 } else { 0.000_01 };
        let row = &mut self.rows[row as usize];
        for (place, share) in [(place as usize, 1.0 - share), (place as usize + 1, share)] {
            let Place { probability, used } = &mut row[place];
            *probability += (target - *probability) * share / *used;
            if *used < self.limit {
                *used += share;
            }
        }
    }
}
