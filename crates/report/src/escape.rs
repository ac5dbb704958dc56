//! Text inside HTML and SVG, in any script.

use std::borrow::Cow;

/// Escapes the five special characters of HTML; control characters that HTML forbids become U+FFFD.
pub fn escape(text: &str) -> Cow<'_, str> {
    let is_forbidden = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    if !text.contains(['&', '<', '>', '"', '\'']) && !text.contains(is_forbidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            forbidden if is_forbidden(forbidden) => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}

/// Keeps words that run from right to left in their place within a line of English: each run of them is between
/// U+2068 and U+2069, which do as `<bdi>` where there can be no elements. Without them, figures and brackets beside such
/// words change places.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !text.contains(runs_leftwards) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(start) = rest.find(runs_leftwards) {
        let (before, run) = rest.split_at(start);
        // Joiners and spaces belong to a run if it goes on after them.
        let joins = |c: char| runs_leftwards(c) || matches!(c, ' ' | '\u{200c}' | '\u{200d}');
        let end = run.find(|c| !joins(c)).unwrap_or(run.len());
        let run = run[..end].trim_end_matches(|c| !runs_leftwards(c));
        out.extend([before, "\u{2068}", run, "\u{2069}"]);
        rest = &rest[start + run.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a character is of the blocks of Hebrew, Arabic, Syriac, Thaana, N'Ko and others like them.
fn runs_leftwards(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_from_right_to_left_are_isolated_whole() {
        assert_eq!(isolated("after “the cat”"), "after “the cat”");
        assert_eq!(isolated("c(שלום עולם) = 3"), "c(\u{2068}שלום עולם\u{2069}) = 3");
        assert_eq!(
            isolated("سلام , a می\u{200c}خواهم"),
            "\u{2068}سلام\u{2069} , a \u{2068}می\u{200c}خواهم\u{2069}"
        );
        assert_eq!(isolated("א 5 ב "), "\u{2068}א\u{2069} 5 \u{2068}ב\u{2069} ");
    }
}
