//! A chart of numbers against numbers.

use super::axis::{Axis, Drawn, short};
use super::{at, line, open, text};
use crate::escape::escape;
use std::fmt::Write;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 36.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 62.0;

/// The number of series that can be told apart: by colour, and by four point shapes, filled then
/// hollow.
const COLOURS: usize = 8;

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A line without points, for many numbers or a curve.
    Line,
    /// A dashed line without points, for values that were not measured.
    Dashed,
    /// Points without a line.
    Points,
    /// Points joined by a line.
    Both,
}

/// A series of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name of the series.
    pub name: String,
    /// How it is drawn.
    pub mark: Mark,
    /// The points, x and y.
    pub points: Vec<(f64, f64)>,
}

/// A number to compare with, drawn across the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Its label, written at the line.
    pub name: String,
    /// The number, on the vertical axis.
    pub y: f64,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// A name unique on the page, of letters, digits and dashes.
    pub id: String,
    /// The title: a few words.
    pub title: String,
    /// A description of what a reader would see, in a sentence or two.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The series; they get the colours of the page in this order.
    pub series: Vec<Series>,
    /// Numbers to compare with.
    pub references: Vec<Reference>,
}

impl Chart {
    /// Renders the drawing as SVG.
    pub fn svg(&self) -> String {
        let shown = |&(x, y): &(f64, f64)| self.x.shows(x) && self.y.shows(y);
        let points = || self.series.iter().flat_map(|series| &series.points).filter(|p| shown(p));
        let x = self.x.over(points().map(|point| point.0));
        let references = self.references.iter().map(|reference| reference.y);
        let y = self.y.over(points().map(|point| point.1).chain(references));
        let place = |&(px, py): &(f64, f64)| {
            let (across, up) = (x.place(px), y.place(py));
            (LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM))
        };

        let left_out = self.series.iter().flat_map(|s| &s.points).filter(|p| !shown(p)).count();
        let mut description = self.description.clone();
        if left_out > 0 {
            let _ = write!(description, " {left_out} of the numbers have no place on the axes.");
        }
        let mut out = String::new();
        open(&mut out, &self.id, WIDTH, HEIGHT, &self.title, &description);
        self.grid(&mut out, &x, &y);
        let mut drawn = Vec::new();
        for (number, series) in self.series.iter().enumerate() {
            let colour = number % COLOURS + 1;
            let places: Vec<(f64, f64)> =
                series.points.iter().filter(|p| shown(p)).map(place).collect();
            if series.mark != Mark::Points && places.len() > 1 {
                let mut path = String::new();
                for (x, y) in &places {
                    let command = if path.is_empty() { 'M' } else { 'L' };
                    let _ = write!(path, "{command}{} {}", at(*x), at(*y));
                }
                let dashed = if series.mark == Mark::Dashed { " dashed" } else { "" };
                let _ = writeln!(out, "<path class=\"curve c{colour}{dashed}\" d=\"{path}\"/>");
            }
            // A line with a single point would be invisible.
            if matches!(series.mark, Mark::Points | Mark::Both) || places.len() == 1 {
                self.points(&mut out, series, colour, &places);
            }
            drawn.extend(along(&places, series.mark));
        }
        self.reference_lines(&mut out, &y, drawn);
        out.push_str("</svg>\n");
        out
    }

    /// Draws points that can also be told apart by shape.
    fn points(&self, out: &mut String, series: &Series, colour: usize, places: &[(f64, f64)]) {
        // A few points get a tooltip each; with many, nobody could point at one.
        let named = series.points.len() <= 60 && places.len() == series.points.len();
        for (index, &(x, y)) in places.iter().enumerate() {
            let (x, y) = (at(x), at(y));
            let class = match colour {
                5.. => format!("c{colour} hollow"),
                _ => format!("c{colour}"),
            };
            let shape = match (colour - 1) % 4 {
                0 => format!("circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"4\""),
                1 => format!(
                    "rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"7.6\" height=\"7.6\"",
                    at(x - 3.8),
                    at(y - 3.8)
                ),
                2 => format!("path class=\"{class}\" d=\"M{x} {}l5 9h-10z\"", at(y - 5.5)),
                _ => format!(
                    "path class=\"{class}\" d=\"M{x} {}l5.2 5.2l-5.2 5.2l-5.2 -5.2z\"",
                    at(y - 5.2)
                ),
            };
            if named {
                let (x, y) = series.points[index];
                let name = format!("{}: {}, {}", series.name, short(x), short(rounded(y)));
                let element = shape.split(' ').next().unwrap_or_default();
                let _ = writeln!(out, "<{shape}><title>{}</title></{element}>", escape(&name));
            } else {
                let _ = writeln!(out, "<{shape}/>");
            }
        }
    }

    fn grid(&self, out: &mut String, x: &Drawn, y: &Drawn) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for &tick in &y.ticks {
            let up = bottom - y.place(tick) * (bottom - TOP);
            line(out, "grid", (LEFT, up), (right, up));
            text(out, "tick", LEFT - 8.0, up + 4.5, "end", &y.name(tick));
        }
        for &tick in &x.ticks {
            let across = LEFT + x.place(tick) * (right - LEFT);
            line(out, "axis", (across, bottom), (across, bottom + 5.0));
            text(out, "tick", across, bottom + 21.0, "middle", &x.name(tick));
        }
        line(out, "axis", (LEFT, bottom), (right, bottom));
        text(out, "label", (LEFT + right) / 2.0, HEIGHT - 14.0, "middle", &self.x.label);
        let middle = at((TOP + bottom) / 2.0);
        let _ = writeln!(
            out,
            "<text class=\"label\" transform=\"translate(17 {middle}) rotate(-90)\" \
             text-anchor=\"middle\">{}</text>",
            escape(&self.y.label)
        );
    }

    /// Draws lines across the chart, each with its label where it overlaps least with the drawing.
    fn reference_lines(&self, out: &mut String, axis: &Drawn, mut taken: Vec<(f64, f64)>) {
        for reference in self.references.iter().filter(|reference| self.y.shows(reference.y)) {
            let y = HEIGHT - BOTTOM - axis.place(reference.y) * (HEIGHT - TOP - BOTTOM);
            line(out, "reference", (LEFT, y), (WIDTH - RIGHT, y));
            // 10.5 is the width of a letter at the font size for narrow windows.
            let width = 10.5 * reference.name.chars().count() as f64;
            let crowd = |&(left, base): &(f64, f64)| {
                let inside = |&&(x, y): &&(f64, f64)| {
                    (left - 6.0..left + width + 6.0).contains(&x)
                        && (base - 22.0..base + 8.0).contains(&y)
                };
                let outside = base - 16.0 < TOP || base + 4.0 > HEIGHT - BOTTOM;
                taken.iter().filter(inside).count() + if outside { 1000 } else { 0 }
            };
            let lefts = [WIDTH - RIGHT - width, LEFT + 6.0, (WIDTH + LEFT - RIGHT - width) / 2.0];
            let spots = lefts.iter().flat_map(|&left| [(left, y - 6.0), (left, y + 16.0)]);
            let Some((left, base)) = spots.min_by_key(crowd) else { continue };
            // The next label should avoid this one.
            let steps = (width / 8.0) as usize;
            taken.extend((0..=steps).map(|step| (left + 8.0 * step as f64, base - 5.0)));
            let (x, anchor) = match left {
                _ if left == lefts[0] => (WIDTH - RIGHT - 2.0, "end"),
                _ if left == lefts[1] => (left, "start"),
                _ => (left + width / 2.0, "middle"),
            };
            text(out, "reference", x, base, anchor, &reference.name);
        }
    }

    /// Renders the meaning of colours and shapes as a list to go above the drawing; empty for one
    /// series.
    pub fn legend(&self) -> String {
        if self.series.len() < 2 {
            return String::new();
        }
        let mut out = String::from("<ul class=\"legend\">");
        for (number, series) in self.series.iter().enumerate() {
            let colour = number % COLOURS + 1;
            let dashed = if series.mark == Mark::Dashed { " dashed" } else { "" };
            let mut swatch = String::new();
            if series.mark != Mark::Points {
                let _ = write!(swatch, "<path class=\"curve c{colour}{dashed}\" d=\"M1 8L25 8\"/>");
            }
            if matches!(series.mark, Mark::Points | Mark::Both) {
                let bare = Series { points: Vec::new(), ..series.clone() };
                self.points(&mut swatch, &bare, colour, &[(13.0, 8.0)]);
            }
            let _ = write!(
                out,
                "<li><svg viewBox=\"0 0 26 16\" aria-hidden=\"true\">{swatch}</svg>{}</li>",
                escape(&series.name)
            );
        }
        out.push_str("</ul>\n");
        out
    }

    /// Renders series with few numbers as a table, for readers who cannot see the drawing or want
    /// to quote it.
    pub fn table(&self) -> String {
        let few: Vec<&Series> =
            self.series.iter().filter(|s| !s.points.is_empty() && s.points.len() <= 40).collect();
        if few.is_empty() {
            return String::new();
        }
        let mut out = format!(
            "<details><summary>The numbers</summary><div class=\"wide\"><table>\
             <thead><tr><th scope=\"col\"></th><th scope=\"col\" class=\"number\">{}</th>\
             <th scope=\"col\" class=\"number\">{}</th></tr></thead>\n<tbody>\n",
            escape(&self.x.label),
            escape(&self.y.label)
        );
        for series in few {
            for (x, y) in &series.points {
                let _ = writeln!(
                    out,
                    "<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
                    escape(&series.name),
                    short(rounded(*x)),
                    short(rounded(*y))
                );
            }
        }
        out.push_str("</tbody></table></div></details>\n");
        out
    }
}

/// Returns the points and, if they are joined by a line, points along it.
fn along(places: &[(f64, f64)], mark: Mark) -> Vec<(f64, f64)> {
    let mut all = places.to_vec();
    if mark != Mark::Points {
        for pair in places.windows(2) {
            let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
            let steps = ((to_x - x).hypot(to_y - y) / 8.0) as usize;
            let share = |step: usize| step as f64 / (steps + 1) as f64;
            all.extend((1..=steps).map(|s| (x + (to_x - x) * share(s), y + (to_y - y) * share(s))));
        }
    }
    all
}

/// Rounds to four decimals.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: &[(f64, f64)], mark: Mark) -> Chart {
        let series = Series { name: "a < b".to_owned(), mark, points: points.to_vec() };
        Chart {
            id: "c".to_owned(),
            title: "A & B".to_owned(),
            description: "Falls.".to_owned(),
            x: Axis::linear("x (words)"),
            y: Axis::linear("y (bits)"),
            series: vec![series],
            references: vec![Reference { name: "known: 2".to_owned(), y: 2.0 }],
        }
    }

    #[test]
    fn points_stand_where_their_numbers_say() {
        let svg = chart(&[(0.0, 0.0), (5.0, 1.0), (10.0, 4.0)], Mark::Both).svg();
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let (middle, quarter) = ((LEFT + right) / 2.0, bottom - (bottom - TOP) / 4.0);
        let circle = |x: f64, y: f64| format!("cx=\"{}\" cy=\"{}\"", at(x), at(y));
        for expected in [circle(LEFT, bottom), circle(middle, quarter), circle(right, TOP)] {
            assert!(svg.contains(&expected), "{expected} in {svg}");
        }
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("known: 2</text>"));
        assert!(svg.contains("<title>a &lt; b: 5, 1</title>"), "{svg}");
        assert!(svg.contains("<title id=\"c-title\">A &amp; B</title>"));
        assert!(svg.contains(">x (words)</text>") && svg.contains(">y (bits)</text>"));
    }

    /// A line that runs along the reference on its right leaves the label on the left.
    #[test]
    fn a_label_keeps_out_of_the_way() {
        let svg = chart(&[(0.0, 9.0), (4.0, 2.1), (10.0, 1.9)], Mark::Line).svg();
        assert!(svg.contains("text-anchor=\"start\">known: 2</text>"), "{svg}");
        let svg = chart(&[(0.0, 2.1), (5.0, 1.9), (10.0, 9.0)], Mark::Line).svg();
        assert!(svg.contains("text-anchor=\"end\">known: 2</text>"), "{svg}");
    }

    #[test]
    fn what_has_no_place_is_told() {
        let svg = chart(&[(0.0, f64::INFINITY), (1.0, 1.0), (2.0, f64::NAN)], Mark::Line).svg();
        assert!(svg.contains("2 of the numbers have no place"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        let empty = chart(&[], Mark::Line).svg();
        assert!(!empty.contains("NaN") && !empty.contains("inf"), "{empty}");
    }

    #[test]
    fn a_table_has_the_numbers() {
        let table = chart(&[(1.0, 0.123_456)], Mark::Line).table();
        assert!(table.contains("<td>a &lt; b</td>") && table.contains(">0.1235</td>"), "{table}");
        assert_eq!(chart(&[], Mark::Line).table(), "");
    }
}
