//! R5: the comparison of smoothing methods of Chen and Goodman (1999).

use super::{Lab, Row};

/// The rows.
pub fn rows(_lab: &Lab) -> anyhow::Result<Vec<Row>> {
    let row = Row::new("R5-JM", "Jelinek–Mercer, trigram", "bits per token");
    Ok(vec![
        row.source(1999, "Chen and Goodman 1999", "Brown corpus, 53,850 words")
            .not_yet("needs smoothings fitted to held-out text"),
    ])
}
