//! R5: the comparison of smoothing methods of Chen and Goodman (1999), on the Brown corpus.
//!
//! Their parts are adjacent, and so are ours: the last 2,500 sentences are the test, the 2,500 before are held out,
//! and training takes the sentences right before those. Each method is reported as its difference in bits per token
//! (below 0 is better) from the baseline, Jelinek–Mercer with one weight per order. Their results are curves, so only
//! order and sign can be compared.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row};
use crate::brown;
use crate::experiment::{ExperimentParts, HELD_OUT, METHODS, model};
use ngram_eval::number::grouped as group;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

const CITATION: &str = "Chen and Goodman 1999";
const CONDITIONS: &str = "test cross-entropy less that of Jelinek–Mercer with one λ an order, as curves over training sizes";

/// Number of training sentences, and the figures of another implementation: the baseline, then the
/// differences of the other methods.
type Size = (usize, [f64; 7]);

// With one <s> per sentence. With two, as some have it for trigrams, first words are smoothed
// twice, which costs all methods but the baseline 0.01 to 0.03 bits.
const TRIGRAM: [Size; 5] = [
    (1_000, [9.541, -0.163, 0.242, -0.072, 0.247, -0.259, -0.314]),
    (3_000, [9.205, -0.177, 0.230, -0.042, -0.016, -0.243, -0.304]),
    (10_000, [8.822, -0.185, 0.227, 0.011, -0.099, -0.226, -0.289]),
    (30_000, [8.598, -0.188, 0.197, -0.023, -0.078, -0.210, -0.265]),
    (52_340, [8.491, -0.190, 0.175, -0.050, -0.070, -0.218, -0.264]),
];

const BIGRAM: [Size; 5] = [
    (1_000, [9.552, -0.154, 0.059, -0.090, 0.199, -0.247, -0.299]),
    (3_000, [9.225, -0.161, 0.026, -0.072, -0.081, -0.237, -0.292]),
    (10_000, [8.863, -0.163, 0.010, -0.035, -0.176, -0.220, -0.275]),
    (30_000, [8.667, -0.158, -0.019, -0.071, -0.155, -0.202, -0.246]),
    (52_340, [8.578, -0.156, -0.031, -0.091, -0.142, -0.206, -0.241]),
];

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let sentences: Vec<&str> = lab.brown()?.sentences().collect();
    let parts = ExperimentParts::of_one_text(
        &sentences,
        HELD_OUT,
        TokenizerSpec::new(TokenizerKind::Whitespace),
    )?;
    let models = (TRIGRAM.len() + BIGRAM.len()) * METHODS.len();
    lab.progress.begin("Chen and Goodman 1999", Some(models as u64), "models");
    let mut rows = Vec::new();
    for (order, sizes) in [(3, TRIGRAM), (2, BIGRAM)] {
        for (size, expected) in sizes {
            let texts = [parts.training(size)?];
            let mut found = Vec::new();
            for (_, smoothing, _) in METHODS {
                let model = model(&lab.models, &parts, &texts, order, smoothing)?;
                let figures = ngram_eval::evaluate(&model, &parts.test).figures;
                lab.progress.advance(1);
                found.push((figures.bits_per_token.ok_or("there is no test")?, figures.tokens));
            }
            rows.extend(of_size(order, size, &found, &expected));
        }
    }
    Ok(rows)
}

/// Returns the rows of one training text. `found` has bits per token and tokens for each method.
fn of_size(order: usize, size: usize, found: &[(f64, u64)], expected: &[f64; 7]) -> Vec<Row> {
    let base = found[0].0;
    let difference = |id: &str| {
        let place = METHODS.iter().position(|method| method.0 == id);
        place.map_or(f64::NAN, |place| found[place].0 - base)
    };
    let measured = METHODS.iter().zip(found).zip(expected);
    measured
        .map(|((&(id, _, method), &(bits, tokens)), &expected)| {
            let is_base = id == "base";
            let value = if is_base { bits } else { bits - base };
            let quantity = format!("{method}, n = {order}, {} sentences", group(size as u64));
            let mut row =
                Row::new(format!("R5-{order}-{id}-{}k", size / 1000), quantity, "bits/token")
                    .source(1999, CITATION, CONDITIONS)
                    .ours(
                        value,
                        brown::NAME,
                        format!(
                            "{} tokens of the last {} sentences",
                            group(tokens),
                            group(HELD_OUT as u64)
                        ),
                    );
            // Values were rounded to thousandths, and buckets can be chosen in more than one way.
            row = row.expect(expected, if id == "JM" { 0.01 } else { 0.003 });
            // Their findings at all sizes, or at all but the smallest.
            let better = |one: &str, others: &[&str]| {
                others.iter().all(|other| difference(one) < difference(other))
            };
            match id {
                "MKN" => row.claim(Claim::Pattern(
                    value < 0.0 && better(id, &["KN", "JM", "WB", "AD", "Katz"]),
                )),
                "KN" => row
                    .claim(Claim::Pattern(value < 0.0 && better(id, &["JM", "WB", "AD", "Katz"]))),
                // On bigrams, Katz comes close.
                "JM" => {
                    let worse = if order == 3 { &["WB", "AD", "Katz"][..] } else { &["WB", "AD"] };
                    row.claim(Claim::Pattern(value < 0.0 && better(id, worse)))
                }
                "Katz" if order == 3 && size <= 1_000 => row.claim(Claim::Pattern(value > 0.0)),
                "Katz" if size >= 10_000 => row.claim(Claim::Pattern(value < 0.0)),
                "WB" if order == 3 => row.claim(Claim::Pattern(value > 0.0)),
                _ => row,
            }
        })
        .collect()
}
