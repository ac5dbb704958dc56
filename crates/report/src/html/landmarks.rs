//! Renders landmarks as an HTML page.

use super::{Page, escape, table_head};
use crate::landmarks::{difference, ours};
use crate::plot::{Bar, Bars};
use ngram_lab::landmarks::{Row, Status};
use std::fmt::Write;

/// Units of bits per letter or character, which the chart shows.
const CHARTED: [&str; 2] = ["bits/character", "bits/symbol"];

/// Renders the page of these rows, in order.
pub fn page(rows: &[Row]) -> String {
    let mut page = Page::new(
        "Landmarks of the entropy of English",
        "What was published, beside what the same protocol comes to here.",
    );
    page.section("statuses", "How to read it", "");
    let counts = STATUSES.iter().map(|&(status, meaning)| {
        let count = rows.iter().filter(|row| row.status == status).count();
        (count, format!("{} ({count}): {meaning}", status.name()))
    });
    page.list("legend-list", counts.filter(|(count, _)| *count > 0).map(|(_, text)| text));
    page.end_section();
    chart(&mut page, rows);
    page.section("table", "Every figure", "");
    table(&mut page, rows);
    page.end_section();
    page.html("<footer><code>ngram landmarks --json</code> prints every field in full.</footer>\n");
    page.finish()
}

const STATUSES: [(Status, &str); 8] = [
    (Status::Reproduced, "the published text and protocol, within the tolerance"),
    (Status::Nearest, "the protocol on a text as near as there is, within the tolerance"),
    (Status::Pattern, "other data: only order and sign can agree, and do"),
    (Status::Differs, "outside of the tolerance"),
    (Status::Unexpected, "not what another implementation of the protocol came to"),
    (Status::Measured, "ours alone: nothing was published"),
    (Status::Cited, "the published value alone: its data cannot be had"),
    (Status::MissingData, "the data was not given or could not be fetched"),
];

/// Draws published and measured bits side by side, for rows with both.
fn chart(page: &mut Page, rows: &[Row]) {
    let both = rows.iter().filter(|row| CHARTED.contains(&row.unit));
    let bars: Vec<Bar> = both
        .filter_map(|row| {
            let (published, measured) = (row.published?, row.ours?);
            let values = vec![(published, published.to_string()), (measured, ours(measured))];
            Some(Bar { name: row.id.clone(), values })
        })
        .collect();
    if bars.is_empty() {
        return;
    }
    page.section(
        "chart",
        "Published and measured",
        "Figures in bits a character or symbol that there are both of.",
    );
    let bars = Bars {
        id: "published".to_owned(),
        title: "Published and measured bits".to_owned(),
        description: "For each row with both, the published value above ours.".to_owned(),
        label: "bits a character or symbol".to_owned(),
        series: vec!["published".to_owned(), "ours".to_owned()],
        bars,
        names: 215.0,
    };
    page.bars(&bars, "Rows by their id in the table below, which has their conditions.");
    page.end_section();
}

fn table(page: &mut Page, rows: &[Row]) {
    page.html(&table_head(&[
        "id",
        "figure",
        "#published",
        "#ours",
        "#difference",
        "unit",
        "status",
    ]));
    for row in rows {
        let value = |value: Option<f64>, shown: fn(f64) -> String| match value {
            Some(value) => format!("<data value=\"{value}\">{}</data>", shown(value)),
            None => "–".to_owned(),
        };
        let mut published = value(row.published, |value| value.to_string());
        if let Some(note) = &row.published_note {
            let _ = write!(published, " <small>{}</small>", escape(note));
        }
        let mut about = vec![row.citation.clone(), row.conditions.clone()];
        let over = row.over.as_deref().unwrap_or_default();
        match (row.data.is_empty(), over.is_empty()) {
            (true, _) => {}
            (false, true) => about.push(format!("ours: {}", row.data)),
            (false, false) => about.push(format!("ours: {}, over {over}", row.data)),
        }
        about.extend(row.note.clone());
        about.extend(row.erratum.iter().map(|erratum| format!("erratum: {erratum}")));
        about.retain(|text| !text.is_empty());
        page.html(&format!(
            "<tr><td>{}</td><td>{}</td><td class=\"number\">{published}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{}</td><td>{}</td><td>{}</td></tr>\n\
             <tr class=\"about\"><td></td><td colspan=\"6\">{}</td></tr>\n",
            escape(&row.id),
            escape(&row.quantity),
            value(row.ours, ours),
            escape(&difference(row)),
            escape(row.unit),
            row.status.name(),
            escape(&about.join(". ")),
        ));
    }
    page.html("</tbody></table></div>\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_lab::landmarks::{Claim, Tolerance};

    #[test]
    fn a_row_with_both_is_charted_and_every_row_is_listed() {
        let both = Row::new("R0-a", "F_1 < F_2", "bits/symbol")
            .source(1951, "Shannon 1951", "27 symbols")
            .published(4.0)
            .ours(4.1, "a text", "9 symbols")
            .claim(Claim::Variant(Tolerance::Relative(0.03)));
        let cited =
            Row::new("R0-b", "all", "bits/character").source(1992, "B & P", "").published(1.75);
        let html = page(&[both, cited]);
        assert_eq!(html.matches("<tr><td>R0-").count(), 2);
        let chart =
            html.split("id=\"published-title\"").nth(1).unwrap().split("</svg>").next().unwrap();
        assert!(chart.contains("R0-a") && !chart.contains("R0-b"), "{chart}");
        assert!(html.contains("F_1 &lt; F_2") && html.contains("B &amp; P"), "{html}");
        assert!(html.contains("<data value=\"4.1\">4.100</data>"), "{html}");
        assert!(html.contains("+2.5 %") && html.contains("nearest (1)"), "{html}");
    }
}
