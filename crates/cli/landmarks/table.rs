//! Rows as a table for people.

use super::{Row, Tolerance};
use std::fmt::Write;

/// What stands for a value that there is not.
const NONE: &str = "-";

/// The width of the column of what was measured.
const QUANTITY: usize = 46;

/// The rows in their order. Where conditions or data change, a line says so before the row.
pub fn show(rows: &[Row]) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{:<14}{:<QUANTITY$}{:>10}{:>11}{:>19}  {:<13}UNIT",
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
                let _ = writeln!(out, "{:14}{label}: {text}", "");
            }
        }
        if let Some(expected) = row.expected.filter(|_| !row.as_expected()) {
            let _ = writeln!(
                out,
                "{:14}unexpected: another implementation came to {} ± {}",
                "", expected.value, expected.tolerance
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
        "{:<14}{:<QUANTITY$}{published:>10}{:>11}{:>19}  {:<13}{}",
        row.id,
        row.quantity,
        row.ours.map_or(NONE.to_owned(), ours),
        difference(row),
        row.status.name(),
        row.unit
    );
    line.trim_end().to_owned()
}

/// Four digits or so.
fn ours(value: f64) -> String {
    if value.abs() >= 100.0 { format!("{value:.1}") } else { format!("{value:.3}") }
}

fn difference(row: &Row) -> String {
    match (row.difference, row.tolerance, row.published) {
        (Some(difference), Some(Tolerance::Relative(_)), Some(published)) if published != 0.0 => {
            format!("{:+.1} %", difference / published * 100.0)
        }
        (Some(difference), ..) => format!("{difference:+.3}"),
        _ => NONE.to_owned(),
    }
}
