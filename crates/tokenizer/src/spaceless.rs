//! Scripts that are written without spaces between words.

/// Returns whether a character belongs to a script without spaces between words, or to what stands within its words.
pub fn is_spaceless(c: char) -> bool {
    matches!(c,
        // Thai and Lao; Burmese; Khmer.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{aa60}'..='\u{aa7f}' | '\u{a9e0}'..='\u{a9ff}'
        // Marks of iteration and zero; hiragana and katakana.
        | '々'..='〇' | '\u{3031}'..='\u{3035}' | '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}' | '\u{ff66}'..='\u{ff9f}'
        // Ideographs.
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Returns whether a token is a single letter of a script without spaces between words, with its marks: what the rules
/// of UAX #29 make of most words of Chinese, Japanese, Thai, Lao, Khmer and Burmese.
///
/// ```
/// use ngram_tokenizer::is_spaceless_letter;
///
/// assert!(["東", "の", "ก่", "ရှိ"].into_iter().all(is_spaceless_letter));
/// assert!(!["東京", "コーヒー", "a", "é", "。"].into_iter().any(is_spaceless_letter));
/// ```
pub fn is_spaceless_letter(token: &str) -> bool {
    // Marks are not alphanumeric, or they are vowels that UAX #29 leaves with their letter.
    token.starts_with(is_spaceless)
        && unicode_segmentation::UnicodeSegmentation::graphemes(token, true).count() == 1
}
