//! Plots as inline SVG, coloured by the style sheet of the page.
//!
//! - [`Chart`]: numbers against numbers, as lines or as points, with reference lines;
//! - [`Bars`]: numbers against names;
//! - [`SplitBar`]: a whole above its parts.
//!
//! Each has axes with units, and a description in words (`<title>` and `<desc>`) for readers who
//! cannot see it. Values with no place on an axis, such as infinity, are left out of the drawing
//! and counted in the description.

mod axis;
mod bars;
mod chart;
mod split;

pub use axis::{Axis, Scale, short};
pub use bars::{Bar, Bars};
pub use chart::{Chart, Mark, Reference, Series};
pub use split::SplitBar;

use crate::escape::escape;
use std::fmt::Write;

/// Writes the opening tag of a drawing of this size, with its title and description.
fn open(out: &mut String, id: &str, width: f64, height: f64, title: &str, description: &str) {
    let _ = write!(
        out,
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n\
         <title id=\"{id}-title\">{}</title>\n<desc id=\"{id}-desc\">{}</desc>\n",
        escape(title),
        escape(description)
    );
}

/// Rounds a coordinate: a tenth of a unit is precise enough.
fn at(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// Writes a text at a place; `anchor` is `start`, `middle` or `end`.
fn text(out: &mut String, class: &str, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        out,
        "<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
        at(x),
        at(y),
        escape(text)
    );
}

/// Writes a straight line.
fn line(out: &mut String, class: &str, from: (f64, f64), to: (f64, f64)) {
    let _ = writeln!(
        out,
        "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
        at(from.0),
        at(from.1),
        at(to.0),
        at(to.1)
    );
}
