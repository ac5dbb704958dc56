//! R4d: this program's own models on the split used for the method of 1992. Every character is
//! charged: tokens, the spelling of unknown words, case and spaces.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::Row;
use crate::brown;
use ngram_adaptive::Adaptive;
use ngram_adaptive::decisions::Helpers;
use ngram_eval::number::grouped as group;
use ngram_eval::{Evaluation, OpenFigures};
use ngram_input::Text;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use ngram_train::TrainOptions;

const DATA: &str = "Brown corpus, set as print, a sentence a line; samples 10, 20, … 500 measured, the rest trained on";
const BITS: &str = "bits/character";

/// The rows.
pub fn rows(lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let (train, held) = lab.brown()?.each_tenth_held_out();
    lab.progress.begin("our own model", None, "");
    let lines = |sentences: &[&str]| -> String {
        let lines = sentences.iter().map(|sentence| brown::printed([*sentence].into_iter()) + "\n");
        lines.collect()
    };
    let options = TrainOptions {
        tokenizer: TokenizerSpec { kind: TokenizerKind::Words, lowercase: true },
        ..TrainOptions::default()
    };
    let order = options.order;
    let text = Text::bytes("the training part", lines(&train).into_bytes());
    let model = lab.models.train(&[text], options)?;
    let held = lines(&held);
    let charged = |mut evaluation: Evaluation<'_>| -> Result<_, LandmarkError> {
        evaluation.read("the held-out part", held.as_bytes())?;
        Ok(evaluation.report().figures)
    };
    let closed = "the vocabulary is closed";
    let figures = charged(Evaluation::adaptive(&model).ok_or(closed)?)?;
    let deciding = Adaptive::by_decisions(&model, Helpers::default());
    let deciding = deciding.map_err(|_| "the model has no lists")?.ok_or(closed)?;
    let decided = charged(Evaluation::adapting(deciding))?;
    let over = format!("{} characters, line ends included", group(figures.characters));
    let of = |id: &str, name: &str, parts: &OpenFigures| {
        let parts = [
            ("token", "tokens", parts.token_bits),
            ("spelling", "spelling of unknown words", parts.spelling_bits),
            ("case", "case", parts.case_bits),
            ("space", "spaces", parts.spacing_bits),
            ("total", "all together", parts.total_bits),
        ];
        parts.map(|(part, quantity, bits)| {
            Row::new(format!("R4d-{id}-{part}"), format!("{name}: {quantity}"), BITS).ours(
                bits / figures.characters as f64,
                DATA,
                over.clone(),
            )
        })
    };
    let open = figures.open_vocabulary.as_ref().ok_or(closed)?;
    let adaptive = figures.adaptive.as_ref().ok_or("the model did not adapt")?;
    let decided = decided.adaptive.as_ref().ok_or("the model did not adapt")?;
    let name = format!("modified Kneser–Ney, order {order}");
    let mut rows: Vec<Row> = of("own", &name, open).into();
    rows.extend(of("adaptive", "the same, adapting", adaptive));
    rows.extend(of("decisions", "the same, adapting by decisions", decided));
    Ok(rows)
}
