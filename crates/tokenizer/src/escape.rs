//! Escapes tokens for formats that separate words by white space: ARPA, vocabulary and count files.
//!
//! A token may contain a character that would end a word there, or be empty; the tokens of
//! [`TokenizerKind::Chars`](crate::TokenizerKind::Chars) do. [`escape`] writes such a character as
//! its Unicode code point, and [`unescape`] reads it back:
//!
//! | token | written |
//! |---|---|
//! | `the`, `</s>`, `l'été`, `<`, `<b>`, `<0x20>` | the same |
//! | a space | `<U+0020>` |
//! | TAB, LF, CR, NUL | `<U+0009>` `<U+000A>` `<U+000D>` `<U+0000>` |
//! | the empty token | `<U+>` |
//! | the text `<U+0020>` | `<<U+0020>` |
//! | `<` and a space | `<<<U+0020>` |
//!
//! The last two rows keep escapes apart from text that looks like one. A run of `<` directly before
//! one of the five codes is doubled, and one more `<` makes it an escape. So an odd number of `<`
//! before `U+0020>` means a space, an even number the text itself. Likewise `<U+>`, `<<U+>`,
//! `<<<U+>` mean the empty token, `<U+>`, `<<U+>`.
//!
//! The two functions are inverses of each other, and every word of a foreign file is the escaped
//! form of exactly one token: a file that was read is written again byte for byte.
//!
//! Codes are written `U+…` rather than `0x…` because `<0x20>` is a token of
//! [`TokenizerKind::Bytes`](crate::TokenizerKind::Bytes), and of models with byte fallback, and is
//! read and written unchanged. A token without `<U+` and without a separator never changes.

use crate::whitespace::is_separator;
use std::borrow::Cow;

/// What follows `<` for each separator.
const NUMBERS: [(char, &str); 5] =
    [('\0', "U+0000>"), ('\t', "U+0009>"), ('\n', "U+000A>"), ('\r', "U+000D>"), (' ', "U+0020>")];

/// What follows `<` for the empty token.
const NOTHING: &str = "U+>";

/// Escapes a token: the result is not empty and contains no NUL, TAB, LF, CR or SPACE.
///
/// ```
/// use ngram_tokenizer::{escape, unescape};
///
/// assert_eq!(escape("the"), "the");
/// assert_eq!(escape(" "), "<U+0020>");
/// assert_eq!(unescape("<U+0020>"), " ");
/// assert_eq!(escape("<U+0020>"), "<<U+0020>");
/// assert_eq!(escape(""), "<U+>");
/// ```
pub fn escape(token: &str) -> Cow<'_, str> {
    if is_run_before_nothing(token) {
        return Cow::Owned(format!("<{token}"));
    }
    match token {
        "" => Cow::Borrowed("<U+>"),
        _ if !token.contains("<U+") && !token.bytes().any(is_separator) => Cow::Borrowed(token),
        _ => Cow::Owned(double(token)),
    }
}

/// Returns the token that [`escape`] writes as `written`.
///
/// Text that [`escape`] cannot have written, because it is empty or contains a separator, is read
/// as far as possible: whatever is not an escape stands for itself.
pub fn unescape(written: &str) -> Cow<'_, str> {
    if is_run_before_nothing(written) {
        return Cow::Borrowed(if written == "<U+>" { "" } else { &written[1..] });
    }
    if !written.contains("<U+") { Cow::Borrowed(written) } else { Cow::Owned(halve(written)) }
}

/// Returns whether `text` is `<U+>`, with or without more `<` before it.
fn is_run_before_nothing(text: &str) -> bool {
    text.strip_suffix(NOTHING).is_some_and(|run| !run.is_empty() && run.bytes().all(|b| b == b'<'))
}

/// Doubles every run of `<` before a code or a separator, and writes separators as codes.
fn double(token: &str) -> String {
    let mut written = String::with_capacity(token.len() + 16);
    let mut rest = token;
    let mut run = 0_usize;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        let code = NUMBERS.iter().find(|(char, code)| *char == first || rest.starts_with(code));
        match code {
            Some((separator, code)) if *separator == first => {
                written.extend(std::iter::repeat_n('<', run + 1));
                written.push_str(code);
            }
            Some((_, code)) => {
                written.extend(std::iter::repeat_n('<', run));
                written.push_str(code);
                taken = code.len();
            }
            None => written.push(first),
        }
        run = if first == '<' { run + 1 } else { 0 };
        rest = &rest[taken..];
    }
    written
}

/// Halves every run of `<` before a code; after an odd run the code stands for its separator.
fn halve(written: &str) -> String {
    let mut token = String::with_capacity(written.len());
    let mut rest = written;
    let mut run = 0_usize;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match NUMBERS.iter().find(|(_, code)| rest.starts_with(code)) {
            Some((separator, code)) => {
                token.truncate(token.len() - run.div_ceil(2));
                if run % 2 == 1 {
                    token.push(*separator)
                } else {
                    token.push_str(code)
                }
                taken = code.len();
            }
            None => token.push(first),
        }
        run = if first == '<' { run + 1 } else { 0 };
        rest = &rest[taken..];
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec};
    use proptest::prelude::*;

    #[test]
    fn writes_what_the_table_says() {
        for (token, written) in [
            (" ", "<U+0020>"),
            ("\t", "<U+0009>"),
            ("\n", "<U+000A>"),
            ("\r\n", "<U+000D><U+000A>"),
            ("\0", "<U+0000>"),
            ("New York", "New<U+0020>York"),
            ("", "<U+>"),
            ("<U+>", "<<U+>"),
            ("<<U+>", "<<<U+>"),
            ("<U+0020>", "<<U+0020>"),
            ("<<U+0020>", "<<<<U+0020>"),
            ("< ", "<<<U+0020>"),
            ("<< ", "<<<<<U+0020>"),
            (" <U+0020>", "<U+0020><<U+0020>"),
        ] {
            assert_eq!(escape(token), written, "{token:?}");
            assert_eq!(unescape(written), token, "{written:?}");
        }
    }

    #[test]
    fn ordinary_tokens_are_written_as_they_are() {
        let mut tokens: Vec<String> = SPECIAL_WORDS.map(String::from).into();
        tokens.extend(
            ["the", "l'été", "<", "<<", "<b>", "U+0020>", "<U", "\u{a0}", "\u{b}", "\u{85}", "▁"]
                .map(String::from),
        );
        for byte in 0..=127 {
            let text = char::from(byte).to_string();
            TokenizerSpec::new(TokenizerKind::Bytes)
                .tokenize(&text, |token| tokens.push(token.to_owned()));
        }
        for token in tokens {
            assert!(matches!(escape(&token), Cow::Borrowed(same) if same == token), "{token:?}");
            assert!(matches!(unescape(&token), Cow::Borrowed(same) if same == token), "{token:?}");
        }
    }

    #[test]
    fn other_numbers_are_no_escapes() {
        for text in ["<U+0041>", "<U+00A0>", "<U+0020", "<u+0020>", "<U+20>", "a<U+>", "<U+>a"] {
            assert_eq!(escape(text), text);
            assert_eq!(unescape(text), text);
        }
    }

    /// Text made of the pieces that the two functions treat specially.
    fn pieces(list: &'static [&'static str], least: usize) -> impl Strategy<Value = String> {
        prop::collection::vec(prop::sample::select(list), least..8)
            .prop_map(|pieces| pieces.concat())
    }

    const WRITABLE: &[&str] =
        &["<", "<<", "U+", "0020", "U+0020>", "<U+000A>", "U+>", ">", "é", "x"];
    const ANY: &[&str] =
        &["<", "<<", "U+", "0020", "U+0020>", "<U+000A>", "U+>", ">", "é", " ", "\n", "\0", "\r"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn every_token_is_written_as_one_word_and_read_back(token in pieces(ANY, 0)) {
            let written = escape(&token);
            assert!(!written.is_empty());
            assert!(!written.bytes().any(is_separator), "{written:?}");
            assert_eq!(unescape(&written), token);
        }

        #[test]
        fn every_word_is_read_as_one_token_and_written_back(word in pieces(WRITABLE, 1)) {
            let token = unescape(&word).into_owned();
            assert_eq!(escape(&token), word);
        }

        #[test]
        fn any_text_at_all_is_read_back(token in any::<String>()) {
            let written = escape(&token);
            assert_eq!(unescape(&written), token);
        }
    }
}
