//! Synthetic sentences that vary as much as real ones, for testing statistics against a known true
//! value.

use super::Random;

/// A sentence as two pairs: the difference in bits between two models, with tokens; the bits of one
/// model, with tokens.
pub type Unit = [(f64, f64); 2];

/// A population of documents of 50 sentences each.
///
/// Sentence lengths are log-normal, from 1 to 400 tokens, with median 18 and a deviation of 0.75 in
/// the logarithm, so that a few are very long. Under one model the bits of a token are exponential
/// with mean 7.5, scaled by document and by sentence, and each sentence costs 2 bits more. The
/// other model agrees on 6 of 10 tokens; on the rest it differs by a Laplace variable around 0.05,
/// shifted by document and by sentence.
pub struct Population {
    documents: Vec<Vec<Unit>>,
}

/// Sentences per document.
const LENGTH: usize = 50;

impl Population {
    /// Creates `sentences` sentences, the same for the same seed.
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

/// Draws a sentence of a document that favours the other model by `side` and is harder by `hard`.
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

/// Draws a standard normal variable (Box and Muller 1958).
fn normal(random: &mut Random) -> f64 {
    (-2.0 * random.unit().ln()).sqrt() * (std::f64::consts::TAU * random.unit()).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As worked out with another program by the description above. Sentences come in documents of
    /// 50, each with random numbers of its own; the last one has the rest.
    #[test]
    fn is_what_the_description_says() {
        let population = Population::new(1, 103);
        let lengths: Vec<usize> = population.documents().iter().map(Vec::len).collect();
        assert_eq!(lengths, [50, 50, 3]);
        let sentences = population.sentences();
        assert_eq!(sentences.len(), 103);
        for (number, difference, bits, tokens) in [
            (0, -3.202_107_668_476_148, 418.158_646_795_161_25, 33.0),
            (1, -3.900_578_828_797_351, 128.538_844_388_485_07, 22.0),
            (50, -2.405_883_662_766_207_5, 131.067_109_176_810_22, 15.0),
            (102, -0.930_949_765_854_860_3, 201.391_613_448_767_97, 36.0),
        ] {
            let [first, second] = sentences[number];
            // Logarithms and cosines may differ in their last bits from one machine to another.
            let near = |found: f64, expected: f64| (found - expected).abs() < 1e-9;
            assert!(near(first.0, difference) && near(second.0, bits), "{first:?} {second:?}");
            assert_eq!((first.1, second.1), (tokens, tokens));
        }
    }
}
