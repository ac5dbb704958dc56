//! R4d: the method of Brown, Della Pietra, Mercer, Della Pietra and Lai (1992), trained on nine tenths
//! of its own test sample: a trigram of a million words where theirs had 583 million.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row};
use crate::brown;
use crate::brown1992::{Decomposed, measure};
use ngram_eval::number::grouped as group;

const CITATION: &str = "Brown et al. 1992";
const CONDITIONS: &str = "trained on 583 million words of other text, 293,181 words known; the whole Brown corpus, 5.96 million characters";
const DATA: &str = "Brown corpus: of samples 1, 2, … 10, 11, … those ending in 0 are measured, in 5 weights are fitted to, the rest counted";
const BITS: &str = "bits/character";

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let samples = lab.brown()?.samples();
    lab.progress.begin("the method of 1992", None, "");
    let part = |of: &dyn Fn(usize) -> bool| {
        let chosen: Vec<&str> = samples
            .iter()
            .enumerate()
            .filter(|(index, _)| of(index % 10))
            .flat_map(|(_, sample)| brown::sentences(sample))
            .collect();
        decomposed(&chosen)
    };
    let (train, dev, test) =
        (part(&|digit| digit != 4 && digit != 9), part(&|digit| digit == 4), part(&|d| d == 9));
    let found = measure(&train, &dev, &test)?.bound;
    let parts = [found.token_bits, found.spelling_bits, found.case_bits, found.space_bits];
    let [token, spelling, case, space] = parts;
    // Theirs are 1.61, 0.08, 0.04 and 0.02; with a five-hundredth of the training text, spelling costs more.
    let falls = token > spelling && spelling > case && case > space;
    let over = format!("{} characters", group(found.characters));
    let per_character = |bits: f64| bits / found.characters as f64;
    let row = |id: &str, quantity: &str, published: f64, bits: f64, expected: f64| {
        Row::new(format!("R4d-{id}"), quantity, BITS)
            .source(1992, CITATION, CONDITIONS)
            .published(published)
            .ours(per_character(bits), DATA, over.clone())
            .expect(expected, 0.01)
            .claim(Claim::Pattern(falls))
    };
    let perplexity = found.perplexity().unwrap_or(f64::NAN);
    Ok(vec![
        row("token", "tokens", 1.61, token, 1.754).reported(),
        row("spelling", "spelling of unknown tokens", 0.08, spelling, 0.433).reported(),
        row("case", "case", 0.04, case, 0.029).reported(),
        row("space", "spaces", 0.02, space, 0.005)
            .reported()
            .note("the spaces of this text were put in by rule, and are easily foretold"),
        row("total", "all together", 1.75, found.total_bits(), 2.221),
        Row::new("R4d-perplexity", "perplexity of tokens", "perplexity")
            .ours(
                perplexity,
                DATA,
                format!(
                    "{} tokens with boundaries, {} of them unknown",
                    group(found.tokens),
                    group(found.unknown)
                ),
            )
            .expect(411.6, 3.0),
    ])
}

/// Splits sentences into tokens, with the gaps that print has.
fn decomposed(sentences: &[&str]) -> Decomposed {
    let characters = brown::printed(sentences.iter().copied()).chars().count();
    let mut text = Decomposed::new(characters as u64);
    for (index, sentence) in sentences.iter().enumerate() {
        let words: Vec<&str> = sentence.split(' ').collect();
        for (gap, word) in brown::form_c::gaps(&words, index > 0) {
            text.token(gap, word);
        }
        text.boundary("");
    }
    text
}
