//! Words as `words` has them, except that runs of scripts without spaces between words are cut by ICU's dictionaries, with
//! the feature `words-icu`: one of Chinese and Japanese, and one each of Thai, Lao, Khmer and Burmese.

use crate::spaceless::is_spaceless;
use crate::words;
use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use std::sync::LazyLock;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Calls `emit` with each word.
pub fn tokenize(line: &str, emit: &mut impl FnMut(&str)) {
    let mut rest = line;
    while let Some(start) = rest.find(is_spaceless) {
        let (before, from) = rest.split_at(start);
        words::tokenize(before, emit);
        let end = from.find(|c| !is_spaceless(c) && !selects(c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        let mut begin = 0;
        // The dictionaries know no selectors.
        let ends = SEGMENTER.segment_str(run).filter(|&end| !run[end..].starts_with(selects));
        for end in ends.filter(|&end| end > 0) {
            emit(&run[begin..end]);
            begin = end;
        }
        rest = after;
    }
    words::tokenize(rest, emit);
}

/// Whether a character only selects a form of the one before it.
fn selects(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use crate::{TokenizerKind, TokenizerSpec};

    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let kind: TokenizerKind = "words-icu".parse().unwrap();
        TokenizerSpec::new(kind).tokenize(line, |word| words.push(word.to_owned()));
        words
    }

    /// The words that `Intl.Segmenter` of Chromium, which is ICU4C's, finds, without the spaces.
    #[test]
    fn words_are_those_of_icu() {
        for expected in [
            "私|は|東京|大学|の|学生|です|。|コンピューター|を|使い|ます",
            "我|昨天|在|北京|大学|学习|自然|语言|处理",
            "ภาษา|ไทย|เป็น|ภาษา|ที่",
            "ພາສາ|ລາວ",
            "the|cat's|東京|tower",
        ] {
            let line = expected.replace("the|cat's|", "the cat's ").replace('|', "");
            assert_eq!(words(&line).join("|"), expected);
        }
    }

    #[test]
    fn other_text_is_cut_as_words_are() {
        for line in [
            "",
            "Don't (stop) 3.14, naïve café!",
            "مرحبا بالعالم",
            "שלום עולם",
            "Привет, мир",
            "🇯🇵 👩‍👩‍👧",
        ] {
            let mut expected = Vec::new();
            let plain = TokenizerSpec::new(TokenizerKind::Words);
            plain.tokenize(line, |word| expected.push(word.to_owned()));
            assert_eq!(words(line), expected, "{line}");
        }
        // A selector stays with its ideograph.
        assert_eq!(words("a葛\u{e0100}b"), ["a", "葛\u{e0100}", "b"]);
    }
}
