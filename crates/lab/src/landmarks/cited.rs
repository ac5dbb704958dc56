//! C: published figures whose test or training text is not available. Each is placed right above
//! the nearest figure of ours, although the two cannot be compared.

use super::error::LandmarkError;
use super::lab::Lab;
use super::row::Row;

/// A figure a line, in columns: its id, without [`PREFIX`]; the year, the citation and the conditions;
/// the quantity, its value and unit; `reported` if the figure was not seen in the publication itself
/// but in one that quotes it; ids of our rows that it may be placed above, the nearest first; and what
/// is wrong with it.
const CITED: &str = include_str!("cited.tsv");

/// The prefix of every id here.
const PREFIX: &str = "C-";

/// The rows.
pub fn rows(_lab: &Lab) -> Result<Vec<Row>, LandmarkError> {
    Ok(cited().map(|(row, _)| row).collect())
}

/// Each figure, with the ids of the rows that it may be placed above.
fn cited() -> impl Iterator<Item = (Row, &'static str)> {
    CITED.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        let [id, year, citation, conditions, quantity, value, unit, note, nearest, erratum] =
            columns[..]
        else {
            return None;
        };
        let mut row = Row::new(format!("{PREFIX}{id}"), quantity, unit)
            .source(year.parse().ok()?, citation, conditions)
            .published(value.parse().ok()?);
        if note == "reported" {
            row = row.reported();
        }
        Some((if erratum.is_empty() { row } else { row.erratum(erratum) }, nearest))
    })
}

/// Moves each cited row right above the nearest row with a value of ours, or leaves it where it is
/// if there is none.
pub fn place(mut rows: Vec<Row>) -> Vec<Row> {
    for (cited, nearest) in cited() {
        let Some(from) = rows.iter().position(|row| row.id == cited.id) else { continue };
        let measured = |id: &str| rows.iter().any(|row| row.id == id && row.ours.is_some());
        let Some(nearest) = nearest.split(' ').find(|id| measured(id)) else { continue };
        let row = rows.remove(from);
        let at = rows.iter().position(|row| row.id == nearest).unwrap_or(rows.len());
        rows.insert(at, row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landmarks::row::Status;
    use std::collections::BTreeSet;

    fn all() -> Vec<Row> {
        cited().map(|(row, _)| row).collect()
    }

    #[test]
    fn every_row_is_cited_and_has_an_id_of_its_own() {
        let rows = all();
        assert_eq!(rows.len(), CITED.lines().count() - 1);
        let ids: BTreeSet<&str> = rows.iter().map(|row| &*row.id).collect();
        assert_eq!(ids.len(), rows.len());
        for row in &rows {
            assert_eq!((row.status, row.ours, row.difference), (Status::Cited, None, None));
        }
    }

    #[test]
    fn each_stands_above_the_nearest_row_of_ours() {
        let measured = |id: &str| Row::new(id, "", "bits/symbol").ours(1.0, "", "");
        let mut rows = vec![measured("R3-H8-27"), measured("R1-MKN5-test")];
        rows.extend(all());
        let placed = place(rows.clone());
        assert_eq!(placed.len(), rows.len());
        let at = |id: &str| placed.iter().position(|row| row.id == id).unwrap();
        assert!(at("C-teahan") < at("R3-H8-27") && at("C-shannon-lower") < at("R3-H8-27"));
        // R2 has not been measured.
        assert!(at("R3-H8-27") < at("C-ptb-rnn") && at("C-ptb-rnn") < at("R1-MKN5-test"));
        // Nothing is near.
        assert!(at("C-gpt2-enwik8") > at("R1-MKN5-test"));
        assert_eq!(place(all()), all());
    }
}
