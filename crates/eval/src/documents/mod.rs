//! Figures for each document of a text, in its order.
//!
//! A text is a stream of records, of which each holds a document: a line of plain text, or a line of JSON with the
//! document in a field. [`Scorer`] writes each of them with its figures, on as many threads as there are and in as
//! little memory as some blocks of text take.
//!
//! A document is scored as a text of its own by [`Evaluation`](crate::Evaluation), with the line end that its last
//! line lacks put in: its figures are those of a report on it.

mod bucket;
mod figures;
mod record;
mod score;

pub use bucket::{Buckets, BucketsError, Sample};
pub use figures::{DocumentFigures, Measure};
pub use record::{Records, Style};
pub use score::{Filter, ScoreOptions, Scorer, Take, Totals};
