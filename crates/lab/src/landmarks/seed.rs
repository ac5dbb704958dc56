//! S: the worked examples of "Information Theory" (llmbook.apartsin.com, section A.6.2), one of whose
//! printed lines is wrong.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::{Claim, Row, Tolerance};
use crate::information::Distribution;

const CITATION: &str = "llmbook.apartsin.com, section A.6.2";
const WRONG: &str =
    "the printed line cannot have come from its code: H(P) + D_KL and H(P, Q) must be equal";

/// The rows.
pub fn rows(_lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    let fair = Distribution::new(vec![0.5, 0.5])?;
    let biased = Distribution::new(vec![0.9, 0.1])?;
    let p = Distribution::new(vec![0.7, 0.2, 0.1])?;
    let q = Distribution::new(vec![0.5, 0.3, 0.2])?;
    let sure = Distribution::new(vec![1.0, 0.0])?;
    let [good, poor] = [[0.9, 0.1], [0.4, 0.6]].map(|p| Distribution::new(p.into()));
    let examples = [
        ("H-fair", "H(.5, .5)", 1.0, fair.entropy(), 1.0, None),
        ("H-biased", "H(.9, .1)", 0.4690, biased.entropy(), 0.4690, None),
        ("CE-good", "H((1, 0), (.9, .1))", 0.1520, sure.cross_entropy(&good?)?, 0.1520, None),
        ("CE-poor", "H((1, 0), (.4, .6))", 1.3219, sure.cross_entropy(&poor?)?, 1.3219, None),
        (
            "KL",
            "D_KL of (.7, .2, .1) from (.5, .3, .2)",
            0.0834,
            p.kl_divergence(&q)?,
            0.1228,
            Some(WRONG),
        ),
        ("CE", "H(P, Q) of the same", 1.2365, p.cross_entropy(&q)?, 1.2796, Some(WRONG)),
        ("H", "H(P) of the same", 1.1567, p.entropy(), 1.1568, None),
    ];
    let rows = examples.map(|(id, quantity, printed, ours, right, erratum)| {
        let mut row = Row::new(format!("S-{id}"), quantity, "bits");
        row.citation = CITATION.to_owned();
        row.conditions = "worked by hand".to_owned();
        let row = row
            .published(printed)
            .ours(ours, "the same numbers", "outcomes")
            .expect(right, 5e-5)
            .claim(Claim::Same(Tolerance::Absolute(1.5e-4)));
        match erratum {
            Some(erratum) => row.erratum(erratum),
            None => row,
        }
    });
    Ok(rows.into())
}
