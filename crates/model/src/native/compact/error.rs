//! Errors of the compact layout.

use crate::backwards::Disorder;

/// Why a table cannot be laid out compactly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// There are more n-grams than the layout can number.
    #[error("more than 4,294,967,294 n-grams of order {0}; the compact layout holds no more")]
    TooMany(usize),
    /// A history lacks its parent, or a value is not a number: the table is damaged.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
}

impl From<Disorder> for CompactError {
    fn from(disorder: Disorder) -> CompactError {
        CompactError::Table { what: disorder.what, order: disorder.order }
    }
}
