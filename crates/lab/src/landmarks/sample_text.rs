//! R4a: the test sample of Brown, Della Pietra, Mercer, Della Pietra and Lai (1992), "An estimate
//! of an upper bound for the entropy of English", and its cost under simple codes.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::brown;
use crate::english::{Alphabet, Symbols, huffman};
use crate::information::plug_in_entropy;
use ngram_eval::number::grouped as group;

const CITATION: &str = "Brown et al. 1992";
const CONDITIONS: &str = "Brown corpus, Form C, set as print";
const BITS: &str = "bits/character";

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let printed = lab.brown()?.printed();
    let symbols = Symbols::read(&printed, Alphabet::Characters);
    let mut counts = vec![0u64; symbols.kinds];
    for &symbol in &symbols.text {
        counts[symbol as usize] += 1;
    }
    let size = symbols.text.len();
    let over = format!("{} characters", group(size as u64));
    let row =
        |id: &str, quantity: &str| Row::new(id, quantity, BITS).source(1992, CITATION, CONDITIONS);
    Ok(vec![
        Row::new("R4a-size", "characters of the test sample", "millions")
            .source(1992, CITATION, CONDITIONS)
            .published(5.96)
            .ours(size as f64 / 1e6, brown::NAME, over.clone())
            .expect(5.965675, 0.0)
            .claim(Claim::Same(Tolerance::Absolute(0.01))),
        Row::new("R4a-kinds", "distinct characters", "characters")
            .ours(symbols.kinds as f64, brown::NAME, over.clone())
            .expect(84.0, 0.0),
        Row::new("R4a-order0", "entropy of single characters", BITS)
            .ours(plug_in_entropy(counts.iter().copied()).unwrap_or(0.0), brown::NAME, over.clone())
            .expect(4.425, 0.001),
        row("R4a-huffman", "Huffman code of single characters")
            .published(4.46)
            .reported()
            .ours(huffman(counts), brown::NAME, over)
            .expect(4.456, 0.001)
            .claim(Claim::Same(Tolerance::Absolute(0.01))),
        row("R4a-compress", "the program compress")
            .published(4.43)
            .reported()
            .erratum("ncompress 5 comes to 3.277 on this text with 16 bits and to 3.977 with 12"),
        row("R4a-miller-wegman", "the code of Miller and Wegman 1984").published(4.2).reported(),
    ])
}
