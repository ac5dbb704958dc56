//! Charts of what a text costs along its length.

use super::page::Page;
use crate::plot::{Axis, Chart, Mark, Reference, Series};
use crate::survey::Survey;
use ngram_eval::course::Course;
use ngram_eval::number::grouped;
use ngram_eval::report::Report;

/// Draws what a token costs along the text.
pub fn tokens(page: &mut Page, survey: &Survey, report: &Report) {
    let stretches = survey.course.stretches();
    let each = survey.course.lines_each();
    if stretches.len() < 2 {
        return;
    }
    let mut points = Vec::new();
    let mut line = 0;
    for stretch in stretches {
        let middle = line as f64 + (stretch.lines as f64 + 1.0) / 2.0;
        if stretch.units > 0 {
            points.push((middle, stretch.bits / stretch.units as f64));
        }
        line += stretch.lines;
    }
    let per = match each {
        1 => "line".to_owned(),
        _ => format!("stretch of {} lines", grouped(each)),
    };
    page.section(
        "course",
        "Along the text",
        &format!("Mean bits a token of each {per}: where the text is like the training text, and where it is not."),
    );
    let mean = report.figures.bits_per_token;
    let chart = Chart {
        id: "course-chart".to_owned(),
        title: "Bits a token along the text".to_owned(),
        description: format!(
            "{} points, one for each {per}, from {:.2} to {:.2} bits a token.",
            points.len(),
            points.iter().map(|p| p.1).fold(f64::INFINITY, f64::min),
            points.iter().map(|p| p.1).fold(0.0, f64::max),
        ),
        x: Axis::linear("line of the text"),
        y: Axis::linear("bits a token"),
        series: vec![Series { name: format!("each {per}"), mark: Mark::Line, points }],
        references: mean
            .map(|y| Reference { name: format!("whole text: {y:.2}"), y })
            .into_iter()
            .collect(),
    };
    page.chart(&chart, "Lines of all texts, one after another.");
    page.end_section();
}

/// Draws what a character costs along the text, before the model adapts and as it does.
pub fn characters(page: &mut Page, report: &Report) {
    let Some([fixed, adaptive]) = &report.courses else { return };
    if fixed.stretches().len() < 2 {
        return;
    }
    let series = |name: &str, course: &Course| {
        let mut line = 0;
        let points = course.stretches().iter().filter_map(|stretch| {
            let middle = line as f64 + (stretch.lines as f64 + 1.0) / 2.0;
            line += stretch.lines;
            (stretch.units > 0).then(|| (middle, stretch.bits / stretch.units as f64))
        });
        Series { name: name.to_owned(), mark: Mark::Line, points: points.collect() }
    };
    let each = grouped(fixed.lines_each());
    page.section(
        "adapting",
        "As the model adapts",
        &format!(
            "Bits a character of each {each} lines: tokens, spelling, case and spacing. What the text has said before, the \
             model that adapts to it need not be told again."
        ),
    );
    let chart = Chart {
        id: "adapting-chart".to_owned(),
        title: "Bits a character along the text".to_owned(),
        description: format!(
            "Two lines of {} points: the model as it is, and as it adapts.",
            fixed.stretches().len()
        ),
        x: Axis::linear("line of the text"),
        y: Axis::linear("bits a character"),
        series: vec![series("the model", fixed), series("as it adapts", adaptive)],
        references: Vec::new(),
    };
    page.chart(
        &chart,
        "Lines of all texts, one after another. The line end counts as a character.",
    );
    page.end_section();
}
