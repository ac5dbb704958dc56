//! Renders experiments as text tables.

use ngram_eval::number::grouped as group;
use ngram_lab::experiment::{Cell, Compares, Experiment, Measured, title};
use std::fmt::Write;

/// Widths of the columns of names and of figures.
const NAME: usize = 28;
const FIGURE: usize = 18;

/// A name, and its figures by size.
type Row<'e> = (String, Vec<&'e Cell>);

/// Groups the cells into tables, one per order or method: rows, each with its name and its figures by size.
pub fn rows(experiment: &Experiment) -> Vec<(String, Vec<Row<'_>>)> {
    let mut tables: Vec<(String, Vec<Row<'_>>)> = Vec::new();
    for cell in &experiment.measured.cells {
        let (of, name) = match experiment.compares {
            Compares::Smoothing => (format!("n = {}", cell.order), title(&cell.method).to_owned()),
            Compares::Order => (title(&cell.method).to_owned(), format!("n = {}", cell.order)),
        };
        let at = tables.iter().position(|table| table.0 == of).unwrap_or_else(|| {
            tables.push((of, Vec::new()));
            tables.len() - 1
        });
        let rows = &mut tables[at].1;
        match rows.iter_mut().find(|row| row.0 == name) {
            Some(row) => row.1.push(cell),
            None => rows.push((name, vec![cell])),
        }
    }
    tables
}

/// Formats the tables.
pub fn show(experiment: &Experiment) -> String {
    let mut out = String::new();
    let Measured { test_tokens, test_sentences, vocabulary, held_out_sentences, .. } =
        experiment.measured;
    let _ = writeln!(
        out,
        "{}\ntest: {} tokens in {} sentences; weights fitted to {} sentences; {} words, none unknown; tokenizer {}",
        experiment.text,
        group(test_tokens),
        group(test_sentences),
        group(held_out_sentences as u64),
        group(vocabulary as u64),
        experiment.tokenizer,
    );
    for (of, rows) in rows(experiment) {
        let Some((base, first)) = rows.first() else { continue };
        let _ = write!(out, "\n{:<NAME$}", format!("{of}, sentences trained on"));
        for cell in first {
            let _ = write!(out, "{:>FIGURE$}", group(cell.sentences as u64));
        }
        let _ = write!(out, "\n{base:<NAME$}");
        for cell in first {
            let _ = write!(
                out,
                "{:>FIGURE$}",
                cell.bits_per_token.map_or("infinite".to_owned(), |bits| format!("{bits:.3}"))
            );
        }
        out.push_str("  bits a token\n");
        for (name, cells) in &rows[1..] {
            let _ = write!(out, "{name:<NAME$}");
            for cell in cells {
                let _ = write!(out, "{:>FIGURE$}", difference(cell));
            }
            out.push('\n');
        }
    }
    out.push_str(
        "\nBelow the first row: bits a token less those of the first, so that below 0 is better. ± is half of a 95 % \
         interval over sentences of the test, by a paired bootstrap.\n",
    );
    for note in &experiment.notes {
        let _ = writeln!(out, "note: {note}.");
    }
    out
}

/// Formats the difference with half its interval.
pub fn difference(cell: &Cell) -> String {
    match (cell.difference, cell.interval) {
        (Some(difference), Some(interval)) => format!("{difference:+.3} ±{:.3}", interval.half()),
        (Some(difference), None) => format!("{difference:+.3}"),
        (None, _) if cell.bits_per_token.is_none() => "infinite".to_owned(),
        (None, _) => "-".to_owned(),
    }
}
