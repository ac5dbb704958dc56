//! Renders the report of all entropy estimators as text.

use ngram_eval::error::shown;
use ngram_eval::number::grouped;
use ngram_lab::english::{
    Alphabet, EntropyReport, Extrapolation, Figure, LONGEST, LearningCurve, Method,
};
use std::fmt::Write;

/// The width at which prose is wrapped.
const WIDTH: usize = 100;

/// Shown in a table for a figure that cannot be computed.
const NONE: &str = "-";

/// Renders the report, one section per method.
pub fn report(report: &EntropyReport) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}\n", shown(&report.file));
    let _ =
        writeln!(out, "{} bytes, {} characters", grouped(report.bytes), grouped(report.characters));
    for size in &report.alphabets {
        let of = if size.alphabet == Alphabet::Characters {
            format!(" of {} kinds", grouped(size.kinds))
        } else {
            String::new()
        };
        let _ = writeln!(out, "{:<12}{:>14}{of}", size.alphabet.name(), grouped(size.symbols));
    }
    prose(&mut out, "held out: ", &report.split);
    for note in &report.notes {
        prose(&mut out, "note: ", note);
    }
    for method in &report.methods {
        heading(&mut out, method);
        if method.figures.iter().any(|figure| figure.order.is_some()) {
            by_order(&mut out, &method.figures);
        } else {
            rows(&mut out, &method.figures);
        }
        reasons(&mut out, &method.figures);
    }
    learning_curve(&mut out, &report.learning_curve);
    out
}

/// Renders the figures of several reports as one table, with a column for each.
pub fn table(reports: &[EntropyReport]) -> String {
    let mut out = String::new();
    for (number, report) in (1..).zip(reports) {
        let _ = writeln!(
            out,
            "{number}: {}, {} bytes, {} characters",
            shown(&report.file),
            grouped(report.bytes),
            grouped(report.characters)
        );
        for note in &report.notes {
            prose(&mut out, "   note: ", note);
        }
    }
    let methods = reports.first().map_or(&[][..], |report| &report.methods);
    for method in methods {
        let _ = write!(out, "\n{:<34}", method.name.to_uppercase());
        for number in 1..=reports.len() {
            let _ = write!(out, "{number:>10}");
        }
        out.push('\n');
        for row in rows_of_all(reports, method.id) {
            let alphabet =
                row.alphabet.map_or(String::new(), |alphabet| format!("{}, ", alphabet.name()));
            let _ = write!(out, "{:<34}", format!("{alphabet}{}", row.name));
            for report in reports {
                let of_it = report.methods.iter().filter(|other| other.id == method.id);
                let mut figures = of_it.flat_map(|other| &other.figures);
                let figure = figures.find(|figure| is_alike(figure, row));
                let _ = write!(out, "{:>10}", figure.map_or(NONE.to_owned(), value));
            }
            let _ = writeln!(out, "  {}", row.unit);
        }
    }
    out.push_str("\nWhat a figure is over, its formula, and why it may be missing: ngram entropy of one file.\n");
    out
}

fn is_alike(one: &Figure, other: &Figure) -> bool {
    (one.alphabet, one.order, &one.name) == (other.alphabet, other.order, &other.name)
}

/// Returns the figures of a method that any report has, each once, in the order of the first that has it.
fn rows_of_all<'r>(reports: &'r [EntropyReport], method: &str) -> Vec<&'r Figure> {
    let mut rows: Vec<&Figure> = Vec::new();
    let methods = reports.iter().flat_map(|report| &report.methods);
    for figure in methods.filter(|other| other.id == method).flat_map(|other| &other.figures) {
        if !rows.iter().any(|row| is_alike(row, figure)) {
            rows.push(figure);
        }
    }
    rows
}

fn heading(out: &mut String, method: &Method) {
    let _ = writeln!(out, "\n{}", method.name.to_uppercase());
    prose(out, "formula: ", method.formula);
    prose(out, "source: ", method.source);
    prose(out, "assumes: ", method.assumes);
    out.push('\n');
}

/// Writes a label and a text, wrapped and indented to the end of the label.
fn prose(out: &mut String, label: &str, text: &str) {
    let mut line = label.to_owned();
    let mut empty = true;
    for word in text.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = " ".repeat(label.chars().count());
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    let _ = writeln!(out, "{line}");
}

fn value(figure: &Figure) -> String {
    figure.value.map_or(NONE.to_owned(), |value| format!("{value:.4}"))
}

/// Writes one row per figure.
fn rows(out: &mut String, figures: &[Figure]) {
    for figure in figures {
        let alphabet = figure.alphabet.map_or("", Alphabet::name);
        let label = format!("{alphabet:<12}{}", figure.name);
        let over = match figure.value {
            Some(_) => {
                format!("{}, over {} {}", figure.unit, grouped(figure.denominator), figure.over)
            }
            None => "cannot be computed".to_owned(),
        };
        let _ = writeln!(out, "{:<32}{:>10}  {over}", label.trim_start(), value(figure));
    }
}

/// A column of a table: the figures of one alphabet, or of one name.
#[derive(Clone, Copy, PartialEq)]
enum Column<'f> {
    Alphabet(Option<Alphabet>),
    Name(&'f str),
}

impl<'f> Column<'f> {
    fn title(self) -> &'f str {
        match self {
            Column::Alphabet(alphabet) => alphabet.map_or("", Alphabet::name),
            Column::Name(name) => name,
        }
    }

    fn has(self, figure: &Figure) -> bool {
        match self {
            Column::Alphabet(alphabet) => figure.alphabet == alphabet,
            Column::Name(name) => figure.name == name,
        }
    }
}

/// Writes one row per order and one column per alphabet or, with a single alphabet, per name.
fn by_order(out: &mut String, figures: &[Figure]) {
    let several = figures.iter().any(|figure| figure.alphabet != figures[0].alphabet);
    let mut columns: Vec<Column> = Vec::new();
    for figure in figures {
        let column = match several {
            true => Column::Alphabet(figure.alphabet),
            false => Column::Name(&figure.name),
        };
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let mut header = format!("{:>3}", "N");
    for column in &columns {
        let _ = write!(header, "{:>14}{:>12}", column.title(), "over");
    }
    let _ = writeln!(out, "{header}");
    for order in 0..=LONGEST {
        let mut line = format!("{order:>3}");
        let mut empty = true;
        for column in &columns {
            let is_it = |figure: &&Figure| figure.order == Some(order) && column.has(figure);
            let Some(figure) = figures.iter().find(is_it) else {
                let _ = write!(line, "{NONE:>13}{:>13}", "");
                continue;
            };
            empty = false;
            let mark = if figure.value.is_some() && figure.note.is_some() { "*" } else { " " };
            let over = grouped(figure.denominator);
            let _ = write!(line, "{:>13}{mark}{over:>12}", value(figure));
        }
        if !empty {
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    if let Some(figure) = figures.iter().find(|figure| figure.value.is_some()) {
        let _ = writeln!(out, "{} over {}", figure.unit, overs(figures).join(", "));
    }
}

fn overs(figures: &[Figure]) -> Vec<&'static str> {
    let mut overs = Vec::new();
    for figure in figures.iter().filter(|figure| figure.value.is_some()) {
        if !overs.contains(&figure.over) {
            overs.push(figure.over);
        }
    }
    overs
}

/// Writes why figures are missing, or what is wrong with them.
fn reasons(out: &mut String, figures: &[Figure]) {
    let alike = figures.chunk_by(|a, b| (a.alphabet, &a.note) == (b.alphabet, &b.note));
    for figures in alike {
        let (first, last) = (&figures[0], &figures[figures.len() - 1]);
        let Some(note) = &first.note else { continue };
        let alphabet = first.alphabet.map_or(String::new(), |a| format!("{}, ", a.name()));
        let names = match figures.len() {
            1 => first.name.clone(),
            _ => format!("{} to {}", first.name, last.name),
        };
        let mark = if first.value.is_some() { "* " } else { "- " };
        prose(out, mark, &format!("{alphabet}{names}: {note}"));
    }
}

fn learning_curve(out: &mut String, curve: &LearningCurve) {
    let _ = writeln!(out, "\nLEARNING CURVE");
    prose(out, "what: ", curve.name);
    prose(
        out,
        "formula: ",
        "f(n) = exp(A n^(β−1) + B), n characters trained on; its limit is e^B; least squares of ln f",
    );
    prose(out, "source: ", "Takahira, Tanaka-Ishii and Dębowski 2016, there for compressed sizes");
    prose(
        out,
        "assumes: ",
        "that the curve keeps its form far beyond the text; read the limit with what leaving out points makes of it",
    );
    if !curve.points.is_empty() {
        let _ = writeln!(out, "\n{:>14}{:>20}", "trained on", "bits per character");
    }
    for point in &curve.points {
        let _ =
            writeln!(out, "{:>14}{:>20.4}", grouped(point.trained_on), point.bits_per_character);
    }
    if let Some(extrapolation) = &curve.extrapolation {
        fits(out, extrapolation);
    }
    if let Some(note) = &curve.note {
        prose(out, "note: ", note);
    }
}

fn fits(out: &mut String, extrapolation: &Extrapolation) {
    let _ = writeln!(
        out,
        "\n{:>14}{:>14}{:>8}{:>8}{:>10}{:>12}{:>10}",
        "from", "to", "points", "β", "A", "residual", "limit"
    );
    for fit in std::iter::once(&extrapolation.fit).chain(&extrapolation.sensitivity) {
        let limit = if fit.degenerate { "none".to_owned() } else { format!("{:.4}", fit.limit) };
        let _ = writeln!(
            out,
            "{:>14}{:>14}{:>8}{:>8.3}{:>10.4}{:>12.5}{limit:>10}",
            grouped(fit.from as u64),
            grouped(fit.to as u64),
            fit.points,
            fit.beta,
            fit.a,
            fit.residual
        );
    }
    out.push_str("limit in bits per character; residual in ln f; first all points, then fewer\n");
}
