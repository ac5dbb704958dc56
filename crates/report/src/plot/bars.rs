//! A bar chart: numbers against names.

use super::{at, line, open, text};
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const BAR: f64 = 18.0;
const GAP: f64 = 14.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 30.0;
/// The space for the number after the longest bar.
const NUMBER: f64 = 100.0;

/// A name and its numbers, one per series.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The name; keep it short.
    pub name: String,
    /// A number per series, with its label. Infinite and negative numbers have no bar.
    pub values: Vec<(f64, String)>,
}

/// Horizontal bars, starting at 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// A name unique on the page, of letters, digits and dashes.
    pub id: String,
    /// The title: a few words.
    pub title: String,
    /// A description of what a reader would see, in a sentence or two.
    pub description: String,
    /// The quantity measured, and its unit.
    pub label: String,
    /// The names of the series, as many as each bar has values.
    pub series: Vec<String>,
    /// The bars, from top to bottom.
    pub bars: Vec<Bar>,
    /// The width of the names, in units of the drawing, which is 640 wide.
    pub names: f64,
}

impl Bars {
    /// Renders the drawing as SVG.
    pub fn svg(&self) -> String {
        let group = self.series.len() as f64 * (BAR + 2.0) + GAP;
        let bottom = TOP + self.bars.len() as f64 * group;
        let values = self.bars.iter().flat_map(|bar| &bar.values).map(|value| value.0);
        let highest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
        let room = WIDTH - self.names - NUMBER;
        let mut out = String::new();
        open(&mut out, &self.id, WIDTH, bottom + BOTTOM, &self.title, &self.description);
        for (row, bar) in self.bars.iter().enumerate() {
            let top = TOP + row as f64 * group;
            let middle = top + (group - GAP) / 2.0 + 5.0;
            text(&mut out, "name", self.names - 10.0, middle, "end", &bar.name);
            for (number, (value, written)) in bar.values.iter().enumerate() {
                let share = if highest > 0.0 && value.is_finite() { value / highest } else { 0.0 };
                let width = share.max(0.0) * room;
                let y = top + number as f64 * (BAR + 2.0);
                let _ = writeln!(
                    out,
                    "<rect class=\"c{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{BAR}\" rx=\"2\"/>",
                    number % 4 + 1,
                    at(self.names),
                    at(y),
                    at(width)
                );
                text(&mut out, "tick", self.names + width + 7.0, y + 13.5, "start", written);
            }
        }
        line(&mut out, "axis", (self.names, TOP - 4.0), (self.names, bottom - GAP + 4.0));
        text(&mut out, "label", self.names + room / 2.0, bottom + 18.0, "middle", &self.label);
        out.push_str("</svg>\n");
        out
    }

    /// Renders the meaning of the colours as a list to go above the drawing; empty for one series.
    pub fn legend(&self) -> String {
        if self.series.len() < 2 {
            return String::new();
        }
        let mut out = String::from("<ul class=\"legend\">");
        for (number, name) in self.series.iter().enumerate() {
            let _ = write!(
                out,
                "<li><svg viewBox=\"0 0 26 16\" aria-hidden=\"true\"><rect class=\"c{}\" x=\"2\" y=\"2\" \
                 width=\"22\" height=\"12\" rx=\"2\"/></svg>{}</li>",
                number % 4 + 1,
                crate::escape::escape(name)
            );
        }
        out.push_str("</ul>\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let bar = |name: &str, value: f64| Bar {
            name: name.to_owned(),
            values: vec![(value, format!("{value} %"))],
        };
        let bars = Bars {
            id: "b".to_owned(),
            title: String::new(),
            description: String::new(),
            label: "share (%)".to_owned(),
            series: vec!["share".to_owned()],
            bars: vec![bar("one", 50.0), bar("<two>", 25.0), bar("none", f64::INFINITY)],
            names: 100.0,
        };
        let svg = bars.svg();
        let room = WIDTH - 100.0 - NUMBER;
        for width in [room, room / 2.0, 0.0] {
            assert!(svg.contains(&format!("width=\"{}\" height=\"18\"", at(width))), "{svg}");
        }
        assert!(svg.contains("&lt;two&gt;") && svg.contains("50 %"), "{svg}");
    }
}
