//! Comparisons from papers, on any text: models of every method, order and size on one test text.

mod error;
mod grid;
mod parts;

pub use error::ExperimentError;
pub use grid::{Cell, Compares, Grid, METHODS, Measured, Method, model, title};
pub use parts::{ExperimentParts, HELD_OUT};

use ngram_eval::number::grouped;
use ngram_store::Progress;
use ngram_train::TemporaryModels;
use serde::Serialize;

/// A comparison and its result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Experiment {
    /// `smoothing` or `order`.
    pub compares: Compares,
    /// The training text.
    pub text: String,
    /// The name of the tokenizer.
    pub tokenizer: String,
    /// What differences are relative to: a method, or an order.
    pub baseline: String,
    /// The figures.
    #[serde(flatten)]
    pub measured: Measured,
    /// Remarks for the reader.
    pub notes: Vec<String>,
}

impl Experiment {
    /// Trains and measures all models of `grid` on the parts of a text. The notes begin with `notes`.
    pub fn run(
        compares: Compares,
        text: String,
        parts: &ExperimentParts,
        grid: &Grid,
        mut notes: Vec<String>,
        trainer: &TemporaryModels,
        progress: &dyn Progress,
    ) -> Result<Experiment, ExperimentError> {
        let measured = grid.measure(compares, parts, trainer, progress)?;
        let infinite: Vec<String> = measured
            .cells
            .iter()
            .filter(|cell| cell.bits_per_token.is_none())
            .map(|cell| {
                format!(
                    "{} of order {} on {} lines",
                    cell.method,
                    cell.order,
                    grouped(cell.sentences as u64)
                )
            })
            .collect();
        if !infinite.is_empty() {
            notes.push(format!(
                "tokens of probability 0, so infinitely many bits, under {}",
                infinite.join(", ")
            ));
        }
        let baseline = match compares {
            Compares::Smoothing => grid.methods[0].clone(),
            Compares::Order => format!("order {}", grid.orders[0]),
        };
        Ok(Experiment {
            compares,
            text,
            tokenizer: parts.tokenizer.to_string(),
            baseline,
            measured,
            notes,
        })
    }
}
