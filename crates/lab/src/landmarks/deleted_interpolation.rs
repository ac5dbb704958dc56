//! R1: the deleted-interpolation trigram of Bengio, Ducharme, Vincent and Jauvin (2003), Table 1.

use super::bengio::{CITATION, CONDITIONS};
use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::brown;
use crate::deleted_interpolation::{DeletedInterpolation, Interpolated};
use ngram_eval::number::grouped as group;
use ngram_model::LanguageModel;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, WordId};
use std::collections::BTreeMap;
use std::ops::Range;

/// Number of training tokens, and of the validation tokens after them; the rest is the test.
const TRAIN: usize = 800_000;
const VALIDATION: usize = 200_000;
/// All words that occur at most this often in the whole text are merged into one.
const RARE: u64 = 3;
/// Rounds of expectation maximisation over the validation text. The paper has "about 5"; after 10
/// little changes.
const ROUNDS: usize = 10;
/// Number of tokens that training perplexity is measured on.
const MEASURED: usize = 200_000;

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let corpus = lab.brown()?;
    lab.progress.begin("deleted interpolation", None, "");
    let tokens: Vec<&str> = corpus.marked().split_whitespace().collect();
    let mut counts = BTreeMap::<&str, u64>::new();
    for token in &tokens {
        *counts.entry(token).or_default() += 1;
    }
    let words = counts.iter().filter(|(_, count)| **count > RARE).map(|(word, _)| *word);
    let vocab = Vocab::new(words)?;
    let ids: Vec<WordId> = tokens.iter().map(|token| vocab.view().id_or_unknown(token)).collect();
    let train = ids.get(..TRAIN).ok_or("the corpus is too short")?;
    let validation = ids.get(TRAIN..TRAIN + VALIDATION).ok_or("the corpus is too short")?;
    // q = ⌈−ln((1 + freq(u v)) / T)⌉, from 0 for a pair that makes up the whole text to ⌈ln T⌉.
    let of = |pair: u64| (-((1 + pair) as f64 / TRAIN as f64).ln()).ceil().max(0.0) as usize;
    let model = DeletedInterpolation::train(Interpolated {
        vocab,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        train: &[train],
        held_out: &[validation],
        bucket: Box::new(move |pair, _| of(pair)),
        buckets: of(0) + 1,
        rounds: ROUNDS,
    });
    let perplexity = |from: usize, to: usize, lost: bool| {
        let bits = |at: usize| {
            let history = &ids[at.saturating_sub(2)..at];
            let lost = if lost { -model.defined(history).log2() } else { 0.0 };
            model.score(history, ids[at]).log_prob.bits() + lost
        };
        ((from..to).map(bits).sum::<f64>() / (to - from) as f64).exp2()
    };
    let data = format!(
        "{}, {} tokens with marks, {} words",
        brown::NAME,
        group(ids.len() as u64),
        group(model.vocab().len() as u64 - 2) // one word is <unk>; <s> and </s> are none
    );
    let parts = [
        ("train", 31.0, 0..MEASURED, 31.6),
        ("valid", 352.0, TRAIN..TRAIN + VALIDATION, 359.0),
        ("test", 336.0, TRAIN + VALIDATION..ids.len(), 332.6),
    ];
    let mut rows = Vec::new();
    for (part, published, Range { start, end }, expected) in parts {
        let row = |id: String, quantity: String, lost| {
            let over = format!("{} tokens", group((end - start) as u64));
            Row::new(id, quantity, "perplexity").source(2003, CITATION, CONDITIONS).ours(
                perplexity(start, end, lost),
                &data,
                over,
            )
        };
        let quantity = format!("deleted interpolation, trigram, {part}");
        rows.push(
            row(format!("R1-DI3-{part}"), quantity.clone(), true)
                .published(published)
                .expect(expected, 0.003 * expected)
                .claim(Claim::Variant(Tolerance::Relative(0.03))),
        );
        if part == "test" {
            let row = row("R1-DI3n-test".to_owned(), format!("{quantity}, summing to 1"), false);
            rows.push(row.note(
                "by the formula as it stands, what weights give to frequencies after a word that was not met \
                 in training is lost; here the other weights share it",
            ));
        }
    }
    Ok(rows)
}
