//! The frame that all pages share, and its building blocks.

pub use crate::escape::escape;
use crate::escape::isolated;
use crate::plot::{Bars, Chart};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("tokens.js");

/// A page under construction.
pub struct Page {
    title: String,
    body: String,
}

impl Page {
    /// Creates a page with a title, and below it a line on its subject. Both are plain text.
    pub fn new(title: &str, about: &str) -> Page {
        let body = format!("<header><h1>{}</h1>\n<p>{}</p></header>\n", plain(title), plain(about));
        Page { title: title.to_owned(), body }
    }

    /// Begins a section. `lead` is plain text, and is omitted if empty.
    pub fn section(&mut self, id: &str, heading: &str, lead: &str) {
        let _ = writeln!(self.body, "<section id=\"{id}\"><h2>{}</h2>", plain(heading));
        if !lead.is_empty() {
            self.paragraph(lead);
        }
    }

    /// Ends the section.
    pub fn end_section(&mut self) {
        self.body.push_str("</section>\n");
    }

    /// Adds a paragraph of plain text.
    pub fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", plain(text));
    }

    /// Adds a list of plain texts, unless it is empty.
    pub fn list(&mut self, class: &str, items: impl IntoIterator<Item = impl AsRef<str>>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return;
        }
        let _ = write!(self.body, "<ul class=\"{class}\">");
        for item in items {
            let _ = write!(self.body, "<li>{}</li>", plain(item.as_ref()));
        }
        self.body.push_str("</ul>\n");
    }

    /// Adds HTML unchanged.
    pub fn html(&mut self, html: &str) {
        self.body.push_str(html);
    }

    /// Adds a chart with its legend, its caption and its numbers.
    pub fn chart(&mut self, chart: &Chart, caption: &str) {
        self.html(&figure(&(chart.legend() + &chart.svg()), caption, &chart.table()));
    }

    /// Adds bars with their legend and caption.
    pub fn bars(&mut self, bars: &Bars, caption: &str) {
        self.html(&figure(&(bars.legend() + &bars.svg()), caption, ""));
    }

    /// Returns what stands in the page, without its frame and its header.
    pub fn inside(self) -> String {
        let end = "</header>\n";
        self.body.find(end).map_or(String::new(), |at| self.body[at + end.len()..].to_owned())
    }

    /// Returns the whole page as the content of a file.
    pub fn finish(self) -> String {
        self.finish_with("", SCRIPT)
    }

    /// Returns the whole page, with more rules of style and another script.
    pub(super) fn finish_with(self, style: &str, script: &str) -> String {
        let Page { title, body } = self;
        // An empty icon, so that browsers do not request one.
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"generator\" content=\"ngram {}\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <title>{}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n<main>\n{body}</main>\n\
             <script>\n{script}</script>\n</body>\n</html>\n",
            env!("CARGO_PKG_VERSION"),
            plain(&title)
        )
    }
}

/// Escapes plain text, in which words may run from right to left.
pub(super) fn plain(text: &str) -> String {
    escape(&isolated(text)).into_owned()
}

/// Renders a drawing with a plain-text caption, and more HTML below it.
pub fn figure(drawing: &str, caption: &str, below: &str) -> String {
    format!("<figure>\n{drawing}<figcaption>{}</figcaption>\n{below}</figure>\n", plain(caption))
}

/// Renders a headline number: its name, its value in full and as shown (`None` if it cannot be
/// computed), its unit, and its meaning. All but the full value are plain text.
pub fn card(name: &str, value: Option<(f64, String)>, unit: &str, meaning: &str) -> String {
    let number = match value {
        Some((full, shown)) => {
            format!(
                "<data value=\"{full}\">{}</data> <span>{}</span>",
                escape(&shown),
                escape(unit)
            )
        }
        None => "<span>cannot be computed</span>".to_owned(),
    };
    format!(
        "<div class=\"card\"><dt>{}</dt><dd class=\"big\">{number}</dd><dd>{}</dd></div>\n",
        escape(name),
        plain(meaning)
    )
}

/// Renders the head of a table, up to its first row. Columns whose name begins with `#` are
/// numeric.
pub fn table_head(columns: &[&str]) -> String {
    let mut out = String::from("<div class=\"wide\"><table>\n<thead><tr>");
    for column in columns {
        let (class, name) = match column.strip_prefix('#') {
            Some(name) => (" class=\"number\"", name),
            None => ("", *column),
        };
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escape(name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(escape("plain text"), "plain text");
        assert_eq!(escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(escape("a\0b\u{1b}\u{85}\tc"), "a\u{fffd}b\u{fffd}\u{fffd}\tc");
    }

    #[test]
    fn a_page_is_whole_and_fetches_nothing() {
        let mut page = Page::new("<title>", "about");
        page.section("s", "Heading", "");
        page.list("notes", ["a < b"]);
        page.list("notes", [""; 0]);
        page.end_section();
        let html = page.finish();
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
        assert!(html.contains("<title>&lt;title&gt;</title>"), "{html}");
        assert_eq!(html.matches("<ul").count(), 1);
        for fetched in ["src=", "url(", "@import", "https:"] {
            assert!(!html.contains(fetched), "{fetched}");
        }
    }
}
