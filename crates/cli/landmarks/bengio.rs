//! R1: the n-gram rows of Bengio, Ducharme, Vincent and Jauvin (2003), Table 1.

use super::{Lab, Row};

/// The rows.
pub fn rows(_lab: &Lab) -> anyhow::Result<Vec<Row>> {
    let row = Row::new("R1-KN3-test", "back-off Kneser–Ney, order 3, test", "perplexity");
    Ok(vec![
        row.source(2003, "Bengio et al. 2003, Table 1", "Brown corpus, 16,383 words")
            .published(323.0)
            .not_yet("needs back-off smoothing"),
    ])
}
