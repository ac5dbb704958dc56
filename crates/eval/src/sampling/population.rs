//! Sentences made up, as unlike each other as real ones are, to try statistics on: of these the truth is known.

use super::Random;

/// What a sentence comes to: the bits of one model less another's, and tokens; the one's bits, and tokens.
pub type Unit = [(f64, f64); 2];

/// A population of documents of 50 sentences each.
///
/// Sentences have 1 to 400 tokens, their logarithms normal around that of 18 with a deviation of 0.75, so that a few are
/// very long. A token costs the one model an exponential number of bits, 7.5 on average, more or less by its document
/// and by its sentence, and each sentence 2 bits more. The other model gives 6 of 10 tokens the same, and the others
/// as much more or less as Laplace's distribution around 0.05 says, shifted by document and by sentence.
pub struct Population {
    documents: Vec<Vec<Unit>>,
}

/// Sentences a document.
const LENGTH: usize = 50;

impl Population {
    /// So many sentences, the same for the same seed.
    pub fn new(seed: u64, sentences: usize) -> Population {
        let document = |number: usize| {
            let mut random = Random::of_sample(seed, number as u64);
            let topic = [0.08 * normal(&mut random), 0.06 * normal(&mut random)];
            let length = LENGTH.min(sentences - number * LENGTH);
            (0..length).map(|_| sentence(topic, &mut random)).collect()
        };
        Population { documents: (0..sentences.div_ceil(LENGTH)).map(document).collect() }
    }

    /// All sentences, document by document.
    pub fn sentences(&self) -> Vec<Unit> {
        self.documents.concat()
    }

    /// The sentences of each document.
    pub fn documents(&self) -> &[Vec<Unit>] {
        &self.documents
    }
}

/// A sentence of a document that is so much on the other model's side, and so hard.
fn sentence([side, hard]: [f64; 2], random: &mut Random) -> Unit {
    let tokens = (2.9 + 0.75 * normal(random)).exp().clamp(1.0, 400.0).round();
    let side = side + 0.15 * normal(random) - 0.05;
    let mean = 7.5 * (hard + 0.2 * normal(random)).exp();
    let (mut difference, mut bits) = (0.1 * normal(random), 2.0);
    for _ in 0..tokens as usize {
        bits -= mean * random.unit().ln();
        if random.unit() < 0.4 {
            let sign = if random.unit() < 0.5 { -1.0 } else { 1.0 };
            difference += side - sign * random.unit().ln();
        }
    }
    [(difference, tokens), (bits, tokens)]
}

/// A number of the normal distribution (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    (-2.0 * random.unit().ln()).sqrt() * (std::f64::consts::TAU * random.unit()).cos()
}
