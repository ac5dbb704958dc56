//! A drawing of a whole above its parts.

use super::{at, open, text};
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const MARGIN: f64 = 20.0;
const BAR: f64 = 44.0;

/// A whole and two parts that sum to it.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitBar {
    /// A name unique on the page, of letters, digits and dashes.
    pub id: String,
    /// The title: a few words.
    pub title: String,
    /// A description of what a reader would see, in a sentence or two.
    pub description: String,
    /// The label of the whole.
    pub whole: String,
    /// The parts, each at least 0, with their labels.
    pub parts: [(f64, String); 2],
}

impl SplitBar {
    /// Renders the drawing as SVG.
    pub fn svg(&self) -> String {
        let [(first, first_name), (second, second_name)] = &self.parts;
        let room = WIDTH - 2.0 * MARGIN;
        let sum = first + second;
        let cut = if sum > 0.0 { first / sum * room } else { 0.0 };
        let (upper, lower) = (36.0, 36.0 + BAR + 6.0);
        let mut out = String::new();
        open(&mut out, &self.id, WIDTH, lower + BAR + 36.0, &self.title, &self.description);
        text(&mut out, "name", MARGIN, upper - 11.0, "start", &self.whole);
        for (class, x, y, width) in [
            ("c3", MARGIN, upper, if sum > 0.0 { room } else { 0.0 }),
            ("c1", MARGIN, lower, cut),
            ("c2", MARGIN + cut, lower, if sum > 0.0 { room - cut } else { 0.0 }),
        ] {
            let _ = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{BAR}\"/>",
                at(x),
                at(width)
            );
        }
        text(&mut out, "name", MARGIN, lower + BAR + 22.0, "start", first_name);
        text(&mut out, "name", WIDTH - MARGIN, lower + BAR + 22.0, "end", second_name);
        out.push_str("</svg>\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_wide_as_their_share() {
        let split = |first, second| SplitBar {
            id: "s".to_owned(),
            title: String::new(),
            description: String::new(),
            whole: "4 bits".to_owned(),
            parts: [(first, "3 & more".to_owned()), (second, "1".to_owned())],
        };
        let svg = split(3.0, 1.0).svg();
        for width in [600.0, 450.0, 150.0] {
            assert!(svg.contains(&format!("width=\"{width}\" height=\"44\"")), "{svg}");
        }
        assert!(svg.contains("3 &amp; more"));
        assert_eq!(split(0.0, 0.0).svg().matches("width=\"0\"").count(), 3);
    }
}
