//! Renders experiments as HTML pages: a chart and a table for each group.

use super::{Page, escape, table_head};
use crate::experiment::{difference, rows};
use crate::plot::{Axis, Chart, Mark, Reference, Series};
use ngram_eval::number::grouped as group;
use ngram_lab::experiment::{Compares, Experiment};

/// Points worse by more bits than this are left out of the chart, where they would flatten all others.
const FAR: f64 = 1.0;

/// Renders the page.
pub fn page(experiment: &Experiment) -> String {
    let title = match experiment.compares {
        Compares::Smoothing => "Smoothing methods over training sizes",
        Compares::Order => "Orders over training sizes",
    };
    let mut page = Page::new(title, &experiment.text);
    let measured = &experiment.measured;
    let facts = [
        format!(
            "The test has {} tokens in {} sentences; weights are fitted to {} other sentences; the sentences right before those train.",
            group(measured.test_tokens),
            group(measured.test_sentences),
            group(measured.held_out_sentences as u64)
        ),
        format!(
            "All models know the same {} words, every word of all parts, so that none is unknown and bits a token compare.",
            group(measured.vocabulary as u64)
        ),
        "Below 0 is better than the baseline. ± is half of a 95 % interval over sentences of the test, by a paired bootstrap."
            .to_owned(),
    ];
    page.section("about", "How to read it", "");
    page.list("legend-list", facts.iter().chain(&experiment.notes));
    page.end_section();
    for (number, (of, rows)) in rows(experiment).iter().enumerate() {
        let Some((base, first)) = rows.first() else { continue };
        page.section(&format!("group-{number}"), of, "");
        let mut far = Vec::new();
        let mut series = Vec::new();
        for (name, cells) in &rows[1..] {
            let all: Vec<(f64, f64)> = cells
                .iter()
                .filter_map(|cell| Some((cell.sentences as f64, cell.difference?)))
                .collect();
            let points: Vec<(f64, f64)> =
                all.iter().copied().filter(|point| point.1 <= FAR).collect();
            if points.len() < all.len() {
                far.push(name.as_str());
            }
            if !points.is_empty() {
                series.push(Series { name: name.clone(), mark: Mark::Both, points });
            }
        }
        if !series.is_empty() {
            let chart = Chart {
                id: format!("chart-{number}"),
                title: format!("{title}, {of}"),
                description: format!(
                    "Bits a token less those of {base}, against the number of sentences trained on."
                ),
                x: Axis::log("sentences trained on"),
                y: Axis::linear("bits a token less the baseline's"),
                series,
                references: vec![Reference { name: format!("{base}: 0"), y: 0.0 }],
            };
            let caption = match far.is_empty() {
                true => String::new(),
                false => format!(
                    " Not all of {} is drawn: it is worse by more than a bit.",
                    far.join(", ")
                ),
            };
            page.chart(&chart, &format!("Below the dotted line is better than {base}.{caption}"));
        }
        let mut columns = vec!["sentences".to_owned()];
        columns.extend(first.iter().map(|cell| format!("#{}", group(cell.sentences as u64))));
        page.html(&table_head(&columns.iter().map(String::as_str).collect::<Vec<_>>()));
        for (name, cells) in rows {
            page.html(&format!("<tr><td>{}</td>", escape(name)));
            for cell in cells {
                let shown = match cell.difference {
                    None => cell
                        .bits_per_token
                        .map_or("infinite".to_owned(), |bits| format!("{bits:.3}")),
                    Some(_) => difference(cell),
                };
                page.html(&format!("<td class=\"number\">{shown}</td>"));
            }
            page.html("</tr>\n");
        }
        page.html("</tbody></table></div>\n");
        page.paragraph(&format!(
            "The first row is {base}, in bits a token; the others are differences from it."
        ));
        page.end_section();
    }
    page.html(
        "<footer><code>ngram experiment … --json</code> prints every figure in full.</footer>\n",
    );
    page.finish()
}
