//! Figures for each document of a text, in text order.
//!
//! A text is a stream of records, each containing a document: a line of plain text, or a line of
//! JSON with the document in a field. [`DocumentScorer`] writes each record with its figures. It uses all
//! threads, and only as much memory as a few blocks of text.
//!
//! [`Selector`] compares the documents of a pool under two models, a [`Selection`] holds those most
//! similar to the text of one of them, and [`Draw`] samples the pool to train the other. [`Pool`] reads the texts for all three.
//!
//! A document is scored as [`Evaluation`](crate::Evaluation) scores a whole text, with a missing
//! last line end added, so its figures equal those of a report on it.

mod bucket;
mod draw;
mod figures;
mod items;
mod pool;
mod record;
mod score;
mod select;

pub use bucket::{Buckets, BucketsError, FigureSample};
pub use draw::Draw;
pub use figures::{DocumentFigures, Measure};
pub use pool::{Open, Pool, PoolText, Rule};
pub use record::{Records, Style};
pub use score::{DocumentScorer, Filter, ScoreOptions, Take, Totals};
pub use select::{Judged, SelectOptions, Selection, Selector, TakeJudged, Top};
