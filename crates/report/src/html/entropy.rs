//! The HTML page of all estimates of a text's entropy.

use super::page::{Page, card, table_head};
use crate::escape::escape;
use crate::plot::{Axis, Chart, Mark, Reference, Series};
use ngram_eval::error::shown;
use ngram_eval::number::grouped;
use ngram_lab::english::published::{
    BROWN_1992, SHANNON_BOUNDS, SHANNON_BOUNDS_AT_100, shannon_ngram_entropies,
};
use ngram_lab::english::{
    Alphabet, EntropyReport, Extrapolation, Figure, Fit, LearningCurve, Method,
};
use std::fmt::Write;

/// Renders a report as a page.
pub fn page(report: &EntropyReport) -> String {
    let sizes: Vec<String> = report
        .alphabets
        .iter()
        .filter(|size| size.alphabet != Alphabet::Characters)
        .map(|size| format!("{} of {}", grouped(size.symbols), size.alphabet.name()))
        .collect();
    let about = format!(
        "{} bytes, {} characters; {}. Held out: {}.",
        grouped(report.bytes),
        grouped(report.characters),
        sizes.join(", "),
        report.split
    );
    let mut page = Page::new(&format!("The entropy of {}", shown(&report.file)), &about);
    headlines(&mut page, report);
    page.list("notes", report.notes.iter().map(|note| format!("{note}.")));
    page.section(
        "ngrams",
        "From N-grams: too low and too high",
        "The frequencies of a text's own N-grams (plug-in) make its entropy look smaller than it is, the \
         more the longer they are. A model's cross-entropy of text that it was not trained on is never \
         below the entropy. The truth is between the two lines, for whatever can be known from N − 1 \
         symbols.",
    );
    for alphabet in [Alphabet::Letters27, Alphabet::Characters, Alphabet::Letters26] {
        ngrams(&mut page, report, alphabet);
    }
    for id in ["plug-in", "held-out"] {
        figures(&mut page, report, id);
    }
    page.end_section();
    guessing(&mut page, report);
    curve(&mut page, &report.learning_curve);
    for (id, heading) in [("match-length", "From repetitions"), ("words", "From single words")] {
        page.section(id, heading, "");
        figures(&mut page, report, id);
        page.end_section();
    }
    page.html(
        "<footer><code>ngram entropy --json</code> prints the same numbers in full.</footer>\n",
    );
    page.finish()
}

fn method<'r>(report: &'r EntropyReport, id: &str) -> Option<&'r Method> {
    report.methods.iter().find(|method| method.id == id)
}

/// Returns the figures of a method in one alphabet.
fn of<'r>(
    report: &'r EntropyReport,
    id: &str,
    alphabet: Alphabet,
) -> impl Iterator<Item = &'r Figure> {
    let figures = method(report, id).map_or(&[][..], |method| &method.figures);
    figures.iter().filter(move |figure| figure.alphabet == Some(alphabet))
}

fn named<'r>(report: &'r EntropyReport, name: &'r str) -> impl Iterator<Item = &'r Figure> {
    of(report, "guessing", Alphabet::Letters27).filter(move |figure| figure.name == name)
}

fn headlines(page: &mut Page, report: &EntropyReport) {
    page.html("<dl class=\"cards\">\n");
    for (alphabet, name) in [
        (Alphabet::Characters, "A character costs"),
        (Alphabet::Letters27, "A letter or space costs"),
    ] {
        let computed = of(report, "held-out", alphabet).filter(|figure| figure.value.is_some());
        let best =
            computed.min_by(|a, b| a.value.unwrap_or(0.0).total_cmp(&b.value.unwrap_or(0.0)));
        let meaning = match best {
            Some(figure) => format!(
                "at most: cross-entropy of {} held-out symbols under the best model here, {}",
                grouped(figure.denominator),
                figure.name
            ),
            None => "too little text to hold any out".to_owned(),
        };
        let value = best.and_then(|figure| figure.value).map(|v| (v, format!("{v:.3}")));
        page.html(&card(name, value, "bits", &meaning));
    }
    let last = |name| named(report, name).filter_map(|figure| figure.value).last();
    let meaning = "Shannon's bounds, with a model of order 8 as the guesser, per letter or space";
    match (last("lower"), last("upper")) {
        (Some(lower), Some(upper)) => {
            let shown = format!("{lower:.2} – {upper:.2}");
            page.html(&card("The guessing game says", Some((upper, shown)), "bits", meaning));
        }
        _ => page.html(&card("The guessing game says", None, "", meaning)),
    }
    let matched = of(report, "match-length", Alphabet::Letters27).find_map(|figure| figure.value);
    page.html(&card(
        "Repetitions say",
        matched.map(|v| (v, format!("{v:.3}"))),
        "bits",
        "from match lengths, per letter or space (Grassberger 1989)",
    ));
    let fit = report.learning_curve.extrapolation.as_ref().map(|found| &found.fit);
    let limit =
        fit.filter(|fit| !fit.degenerate).map(|fit| (fit.limit, format!("{:.3}", fit.limit)));
    page.html(&card("Where learning would end", limit, "bits", &learning(report)));
    page.html(&card(
        "Brown et al. 1992",
        Some((BROWN_1992, format!("{BROWN_1992}"))),
        "bits",
        "per character, for comparison: their bound on printed English, from 583 million words",
    ));
    page.html("</dl>\n");
}

/// Writes what the limit of the learning curve means, and how uncertain it is.
fn learning(report: &EntropyReport) -> String {
    let mut meaning = "per character: the learning curve's extrapolation".to_owned();
    if let Some(Extrapolation { sensitivity, .. }) = &report.learning_curve.extrapolation {
        let limits = sensitivity.iter().filter(|fit| !fit.degenerate).map(|fit| fit.limit);
        let (low, high) = limits.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), limit| {
            (low.min(limit), high.max(limit))
        });
        if low <= high {
            let _ = write!(meaning, "; {low:.2} to {high:.2} where points are left out");
        }
    }
    meaning
}

fn points<'r>(figures: impl Iterator<Item = &'r Figure>) -> Vec<(f64, f64)> {
    figures.filter_map(|figure| Some((figure.order? as f64, figure.value?))).collect()
}

fn ngrams(page: &mut Page, report: &EntropyReport, alphabet: Alphabet) {
    let plug_in = points(of(report, "plug-in", alphabet));
    let held_out = points(of(report, "held-out", alphabet));
    if plug_in.len() < 2 {
        return;
    }
    let mut series = vec![
        Series {
            name: "held out: a model of order N".to_owned(),
            mark: Mark::Both,
            points: held_out,
        },
        Series { name: "plug-in: F_N".to_owned(), mark: Mark::Both, points: plug_in },
    ];
    let mut references = Vec::new();
    let name = capital(alphabet.name());
    let mut caption = format!("{name}: bits per symbol by the length of the N-gram.");
    if let Some(published) = shannon_ngram_entropies(alphabet) {
        series.push(Series {
            name: "Shannon 1951: F_N".to_owned(),
            mark: Mark::Points,
            points: (0..).map(f64::from).zip(published).collect(),
        });
        caption.push_str(" Shannon's figures are from tables of letters, digrams and trigrams.");
    } else {
        references
            .push(Reference { name: format!("Brown et al. 1992: {BROWN_1992}"), y: BROWN_1992 });
        caption.push_str(
            " Brown, Della Pietra, Mercer, Della Pietra and Lai bounded printed English by 1.75 bits.",
        );
    }
    let chart = Chart {
        id: format!("ngrams-{}", alphabet.name().replace(' ', "-")),
        title: format!("Entropy by N, {}", alphabet.name()),
        description: "Both lines fall with N; the plug-in one falls below the other and goes on."
            .to_owned(),
        x: Axis::linear("N (symbols)"),
        y: Axis::linear("bits per symbol").with(0.0),
        series,
        references,
    };
    page.chart(&chart, &caption);
}

fn guessing(page: &mut Page, report: &EntropyReport) {
    page.section(
        "guessing",
        "Shannon's guessing game",
        "A guesser names the next letter or space until it is right. How often the first attempt is \
         right, the second, and so on, bounds the entropy from both sides. Here a model of order N \
         guesses; in Shannon's trial it was a person.",
    );
    let ours = |name: &str| points(named(report, name));
    let lower = ours("lower");
    if !lower.is_empty() {
        let theirs = |of: fn(&(f64, f64)) -> f64| {
            (1..).map(f64::from).zip(SHANNON_BOUNDS.iter().map(of)).collect()
        };
        let series = |name: &str, mark, points| Series { name: name.to_owned(), mark, points };
        let (low, high) = SHANNON_BOUNDS_AT_100;
        let chart = Chart {
            id: "guesses".to_owned(),
            title: "Bounds by guessing".to_owned(),
            description: "Lower and upper bound by N, of a model and of a person.".to_owned(),
            x: Axis::linear("N (symbols; N − 1 are known)").with(1.0),
            y: Axis::linear("bits per symbol").with(0.0),
            series: vec![
                series("model, upper bound", Mark::Both, ours("upper")),
                series("model, lower bound", Mark::Both, lower),
                series("person, upper bound (Shannon 1951)", Mark::Points, theirs(|b| b.1)),
                series("person, lower bound (Shannon 1951)", Mark::Points, theirs(|b| b.0)),
            ],
            references: vec![
                Reference { name: format!("person, 100 letters known, upper: {high}"), y: high },
                Reference { name: format!("person, 100 letters known, lower: {low}"), y: low },
            ],
        };
        page.chart(
            &chart,
            "27 symbols. Shannon's figures are from 100 samples of one book, so that they scatter; those \
             for N = 1 and 2 are from tables.",
        );
    }
    figures(page, report, "guessing");
    page.end_section();
}

/// Draws the learning curve, with its fit extended to a thousand times the training size.
fn curve(page: &mut Page, curve: &LearningCurve) {
    page.section(
        "learning",
        "Learning curve",
        &format!(
            "{}, by how much was trained on. The dashed line is the curve f(n) = exp(A n^(β−1) + B) of \
             Takahira, Tanaka-Ishii and Dębowski 2016 (there for compressed sizes), whose limit is e^B. \
             Read it with what becomes of it when points are left out.",
            capital(curve.name)
        ),
    );
    if let Some(note) = &curve.note {
        page.paragraph(&format!("{}.", capital(note)));
    }
    if !curve.points.is_empty() {
        let measured: Vec<(f64, f64)> =
            curve.points.iter().map(|p| (p.trained_on as f64, p.bits_per_character)).collect();
        let mut series =
            vec![Series { name: "measured".to_owned(), mark: Mark::Both, points: measured }];
        let mut references =
            vec![Reference { name: format!("Brown et al. 1992: {BROWN_1992}"), y: BROWN_1992 }];
        if let Some(Extrapolation { fit, .. }) = &curve.extrapolation {
            series.push(Series {
                name: "fitted, and drawn a thousandfold further".to_owned(),
                mark: Mark::Dashed,
                points: fitted(fit),
            });
            if !fit.degenerate {
                let y = fit.limit;
                references.push(Reference { name: format!("limit of the fit: {y:.2}"), y });
            }
        }
        let chart = Chart {
            id: "learning-curve".to_owned(),
            title: "Cross-entropy by size of the training text".to_owned(),
            description: "The more text, the fewer bits; the curve has not ended.".to_owned(),
            x: Axis::log("characters trained on"),
            y: Axis::linear("bits per character"),
            series,
            references,
        };
        page.chart(&chart, "The horizontal axis is logarithmic.");
    }
    if let Some(Extrapolation { fit, sensitivity }) = &curve.extrapolation {
        page.html(&table_head(&["#from", "#to", "#points", "#β", "#A", "#residual", "#limit"]));
        for fit in std::iter::once(fit).chain(sensitivity) {
            fit_row(page, fit);
        }
        page.html("</tbody></table></div>\n");
        page.paragraph(
            "The first row is of all points, the others of fewer. Limits in bits per character; residuals \
             in ln f.",
        );
    }
    page.end_section();
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(char::to_uppercase).into_iter().flatten().chain(letters).collect()
}

fn fitted(fit: &Fit) -> Vec<(f64, f64)> {
    let (first, last) = (fit.from.log10(), fit.to.log10() + 3.0);
    let steps = 80;
    (0..=steps)
        .map(|step| 10f64.powf(first + (last - first) * f64::from(step) / f64::from(steps)))
        .map(|n| (n, (fit.a * n.powf(fit.beta - 1.0) + fit.limit.ln()).exp()))
        .collect()
}

fn fit_row(page: &mut Page, fit: &Fit) {
    let limit = if fit.degenerate { "none".to_owned() } else { format!("{:.4}", fit.limit) };
    let mut row = String::from("<tr>");
    for cell in [
        grouped(fit.from as u64),
        grouped(fit.to as u64),
        fit.points.to_string(),
        format!("{:.3}", fit.beta),
        format!("{:.3}", fit.a),
        format!("{:.4}", fit.residual),
        limit,
    ] {
        let _ = write!(row, "<td class=\"number\">{cell}</td>");
    }
    page.html(&(row + "</tr>\n"));
}

/// Writes a method's formula, source and assumptions, and all of its figures.
fn figures(page: &mut Page, report: &EntropyReport, id: &str) {
    let Some(method) = method(report, id) else { return };
    page.html(&format!("<h3>{}</h3>\n", escape(&capital(method.name))));
    page.html("<dl class=\"method\">");
    let terms =
        [("formula", method.formula), ("source", method.source), ("assumes", method.assumes)];
    for (term, text) in terms {
        page.html(&format!("<dt>{term}</dt><dd>{}</dd>", escape(text)));
    }
    page.html("</dl>\n");
    // A few figures are shown at once; many are folded away, as the chart already shows them.
    let many = method.figures.len() > 8;
    if many {
        page.html("<details><summary>All figures</summary>");
    }
    page.html(&table_head(&["alphabet", "figure", "#value", "unit", "over", "note"]));
    for figure in &method.figures {
        let value = match figure.value {
            Some(value) => format!("<data value=\"{value}\">{value:.4}</data>"),
            None => "–".to_owned(),
        };
        let order = match figure.order {
            Some(order) if method.id == "guessing" => format!("N = {order}, "),
            _ => String::new(),
        };
        let over = match figure.value {
            Some(_) => format!("{} {}", grouped(figure.denominator), figure.over),
            None => String::new(),
        };
        page.html(&format!(
            "<tr><td>{}</td><td>{}{}</td><td class=\"number\">{value}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            figure.alphabet.map_or("", Alphabet::name),
            order,
            escape(&figure.name),
            escape(figure.unit),
            escape(&over),
            escape(figure.note.as_deref().unwrap_or_default()),
        ));
    }
    page.html("</tbody></table></div>\n");
    if many {
        page.html("</details>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_is_drawn_from_its_first_point_on() {
        let fit = Fit {
            a: 2.0,
            beta: 0.9,
            limit: 1.2,
            residual: 0.0,
            points: 5,
            from: 1000.0,
            to: 10_000.0,
            degenerate: false,
        };
        let points = fitted(&fit);
        assert!((points[0].0 - 1e3).abs() < 1e-6 && (points[80].0 / 1e7 - 1.0).abs() < 1e-9);
        // exp(2 · 1000^−0.1 + ln 1.2)
        assert!((points[0].1 - 1.2 * (2.0 * 1000f64.powf(-0.1)).exp()).abs() < 1e-12);
        assert!(points.iter().all(|point| point.1 > 1.2));
    }
}
