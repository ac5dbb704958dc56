//! R6: entropy from match lengths, by the estimators of Grassberger (1989) and of Kontoyiannis, Algoet,
//! Suhov and Wyner (1998). No figure for the Brown corpus was published.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::Row;
use crate::brown;
use crate::english::{Alphabet, SuffixArray, Symbols, match_length};
use ngram_eval::number::grouped as group;

/// The alphabet, the number of symbols from the start (0 for all), and the figures of another
/// implementation for 1 / mean(Λ / log2 i) and mean(log2 i / Λ).
const EXPECTED: [(Alphabet, usize, [f64; 2]); 6] = [
    (Alphabet::Letters27, 1_000, [2.075, 2.568]),
    (Alphabet::Letters27, 10_000, [1.936, 2.401]),
    (Alphabet::Letters27, 100_000, [1.888, 2.250]),
    (Alphabet::Letters27, 1_000_000, [1.983, 2.245]),
    (Alphabet::Letters27, 0, [1.899, 2.130]),
    (Alphabet::Characters, 0, [2.001, 2.275]),
];

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let printed = lab.brown()?.printed();
    let progress = lab.progress;
    lab.progress.begin("match lengths", None, "");
    let mut rows = Vec::new();
    for alphabet in [Alphabet::Letters27, Alphabet::Characters] {
        let symbols = Symbols::read(&printed, alphabet);
        let array = SuffixArray::new(&symbols.text, symbols.kinds, progress)?
            .ok_or("the text is too long")?;
        let matches = array.longest_earlier(progress)?;
        for (_, first, expected) in EXPECTED.iter().filter(|(of, ..)| *of == alphabet) {
            let length = if *first == 0 { matches.len() } else { *first };
            let places = matches.get(..length).ok_or("the text is too short")?;
            let found = match_length(places).ok_or("the text is too short")?;
            let size = group(length as u64);
            let of = match alphabet {
                Alphabet::Characters => "print".to_owned(),
                _ => format!("27-{}", if *first == 0 { "all" } else { &size }).replace(',', ""),
            };
            for (short, name, ours, expected) in [
                ("A", "1 / mean(Λ / log2 i)", found.inverse_of_mean, expected[0]),
                ("B", "mean(log2 i / Λ)", found.mean_of_inverse, expected[1]),
            ] {
                let quantity = format!("{name}, {}", alphabet.name());
                let row = Row::new(format!("R6-{short}-{of}"), quantity, "bits/symbol");
                let over = match first {
                    0 => format!("all {size} symbols"),
                    _ => format!("the first {size} symbols"),
                };
                rows.push(row.ours(ours, brown::NAME, over).expect(expected, 0.001));
            }
        }
    }
    // Genres follow one another, so a longer text is not just more of the same.
    if let Some(last) = rows.last_mut() {
        last.note = Some(
            "estimates do not fall evenly with length: the corpus joins samples of many genres"
                .to_owned(),
        );
    }
    Ok(rows)
}
