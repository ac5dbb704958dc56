//! Renders landmarks as a text table.

use ngram_lab::landmarks::{Row, Tolerance};
use std::fmt::Write;

/// The mark for a missing value.
const NONE: &str = "-";

/// Width of the column of ids.
const ID: usize = 23;

/// Width of the column of quantities.
const QUANTITY: usize = 54;

/// Formats the rows in order. If conditions or data change, a line says so before the row.
pub fn show(rows: &[Row]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<ID$}{:<QUANTITY$}{:>10}{:>11}{:>19}  {:<13}UNIT",
        "ID", "QUANTITY", "PUBLISHED", "OURS", "DIFFERENCE", "STATUS"
    );
    let mut before: Option<&Row> = None;
    for row in rows {
        let new = |part: fn(&Row) -> (&str, &str)| before.is_none_or(|b| part(b) != part(row));
        if new(|row| (&row.citation, &row.conditions)) && !row.citation.is_empty() {
            let colon = if row.conditions.is_empty() { "" } else { ": " };
            let _ = writeln!(out, "\n{}{colon}{}", row.citation, row.conditions);
        }
        if new(|row| (&row.data, row.over.as_deref().unwrap_or_default())) && !row.data.is_empty() {
            let over = row.over.as_deref().filter(|over| !over.is_empty());
            let over = over.map_or(String::new(), |over| format!(", over {over}"));
            let _ = writeln!(out, "  ours: {}{over}", row.data);
        }
        before = Some(row);
        let _ = writeln!(out, "{}", line(row));
        let remarks = [("note", &row.note), ("erratum", &row.erratum)];
        for (label, text) in remarks {
            if let Some(text) = text {
                let _ = writeln!(out, "{:ID$}{label}: {text}", "");
            }
        }
        if let Some(expected) = row.expected.filter(|_| !row.as_expected()) {
            let _ = writeln!(
                out,
                "{:ID$}unexpected: another implementation came to {} ± {}",
                "",
                expected.value,
                short(expected.tolerance)
            );
        }
    }
    out
}

fn line(row: &Row) -> String {
    let published = row.published.map_or(NONE.to_owned(), |value| {
        // As many decimals as were published.
        let mark = if row.published_note.is_some() { "~" } else { "" };
        format!("{mark}{value}")
    });
    let line = format!(
        "{:<ID$}{:<QUANTITY$}{published:>10}{:>11}{:>19}  {:<13}{}",
        row.id,
        row.quantity,
        row.ours.map_or(NONE.to_owned(), ours),
        difference(row),
        row.status.name(),
        row.unit
    );
    line.trim_end().to_owned()
}

/// Formats a value to about four digits.
pub(crate) fn ours(value: f64) -> String {
    match value.abs() {
        size if size >= 10.0 && value.fract() == 0.0 => format!("{value}"),
        size if size >= 100.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Removes digits that are only rounding noise.
fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

pub(crate) fn difference(row: &Row) -> String {
    match (row.difference, row.tolerance, row.published) {
        (Some(difference), Some(Tolerance::Relative(_)), Some(published)) if published != 0.0 => {
            format!("{:+.1} %", difference / published * 100.0)
        }
        (Some(difference), ..) => format!("{difference:+.3}"),
        _ => NONE.to_owned(),
    }
}
