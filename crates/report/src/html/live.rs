//! The page of `ngram serve`, which asks the program for what it shows.

use super::page::{Page, escape};
use std::fmt::Write;

const STYLE: &str = include_str!("live.css");
const SCRIPT: &str = include_str!("live.js");
const BODY: &str = include_str!("live.html");

/// Renders the page for models of these names, one or two. It is one self-contained document, without
/// figures: its script fetches them from the server that the page came from.
pub fn page(models: &[&str]) -> String {
    let title = format!("{} as one types", models.join(" and "));
    let about =
        "Each word is coloured by its surprise, −log2 p in bits. Nothing that is typed is kept.";
    let mut page = Page::new(&title, about);
    page.html(BODY);
    let mut names = String::from("<footer>Served by <code>ngram serve</code>, with ");
    for (number, name) in models.iter().enumerate() {
        let and = if number > 0 { " and " } else { "" };
        let _ = write!(names, "{and}<bdi>{}</bdi>", escape(name));
    }
    names.push_str(
        ". The figures are those of <code>ngram eval</code> for a file with this text. \
         <noscript>This page needs JavaScript.</noscript></footer>\n",
    );
    page.html(&names);
    page.finish_with(STYLE, SCRIPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_all_it_needs_in_it() {
        let html = page(&["a<b.ngram", "two"]);
        assert!(html.contains("<bdi>a&lt;b.ngram</bdi> and <bdi>two</bdi>"), "{html}");
        for outside in ["src=", "url(", "@import", "https:", "http:", "innerHTML = `"] {
            assert!(!html.contains(outside), "{outside}");
        }
        assert!(html.contains("dir=\"auto\"") && html.contains("noscript"));
    }
}
