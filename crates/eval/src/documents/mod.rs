//! Figures for each document of a text, in its order.
//!
//! A text is a stream of records, of which each holds a document: a line of plain text, or a line of JSON with the
//! document in a field. [`Scorer`] writes each of them with its figures, on as many threads as there are and in as
//! little memory as some blocks of text take.
//!
//! [`Selector`] compares the documents of a pool under two models, a [`Selection`] takes those that are most like the text
//! of one of them, and [`Draw`] is a sample of the pool for the other.
//!
//! A document is scored as a text of its own by [`Evaluation`](crate::Evaluation), with the line end that its last
//! line lacks put in: its figures are those of a report on it.

mod bucket;
mod draw;
mod figures;
mod items;
mod record;
mod score;
mod select;

pub use bucket::{Buckets, BucketsError, Sample};
pub use draw::Draw;
pub use figures::{DocumentFigures, Measure};
pub use record::{Records, Style};
pub use score::{Filter, ScoreOptions, Scorer, Take, Totals};
pub use select::{Judged, SelectOptions, Selection, Selector, TakeJudged};
