//! A text as a sequence of numbered symbols in one of three alphabets.

use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use serde::Serialize;
use std::collections::BTreeSet;

/// The symbols a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// The letters a–z in either case; everything else is left out (Shannon 1951).
    Letters26,
    /// The letters a–z in either case, and one space for each run of anything else (Shannon 1951).
    Letters27,
    /// All characters (Unicode scalar values), including line ends and other white space.
    Characters,
}

impl Alphabet {
    /// All three, Shannon's first.
    pub const ALL: [Alphabet; 3] = [Alphabet::Letters26, Alphabet::Letters27, Alphabet::Characters];

    /// Its name in a table.
    pub fn name(self) -> &'static str {
        match self {
            Alphabet::Letters26 => "26 letters",
            Alphabet::Letters27 => "27 symbols",
            Alphabet::Characters => "characters",
        }
    }
}

/// A text in one alphabet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// The symbols in the order of the text, each below `kinds`.
    pub text: Vec<u32>,
    /// The size of the alphabet: 26, 27, or the number of distinct characters in the text.
    pub kinds: usize,
}

impl Symbols {
    /// Reads `text` in `alphabet`. Letters are numbered alphabetically from 0 and the space is 26;
    /// characters are numbered in order of code point.
    pub fn read(text: &str, alphabet: Alphabet) -> Symbols {
        match alphabet {
            Alphabet::Letters26 => Symbols { text: letters(text).flatten().collect(), kinds: 26 },
            Alphabet::Letters27 => {
                let mut symbols: Vec<u32> = letters(text).map(|l| l.unwrap_or(SPACE)).collect();
                symbols.dedup_by(|next, before| *next == SPACE && *before == SPACE);
                Symbols { text: symbols, kinds: 27 }
            }
            Alphabet::Characters => characters(text),
        }
    }
}

const SPACE: u32 = 26;

/// Maps each byte to a letter or to `None`. No byte of a non-ASCII character is a letter.
fn letters(text: &str) -> impl Iterator<Item = Option<u32>> {
    text.bytes()
        .map(|byte| byte.is_ascii_alphabetic().then(|| u32::from(byte.to_ascii_lowercase() - b'a')))
}

fn characters(text: &str) -> Symbols {
    let mut seen_ascii = [false; 128];
    let mut others = BTreeSet::new();
    for character in text.chars() {
        match seen_ascii.get_mut(character as usize) {
            Some(seen) => *seen = true,
            None => drop(others.insert(character)),
        }
    }
    let ascii = (0u8..128).filter(|&byte| seen_ascii[usize::from(byte)]).map(char::from);
    let alphabet: Vec<char> = ascii.chain(others).collect();
    let mut of_ascii = [0u32; 128];
    for (number, &character) in alphabet.iter().enumerate() {
        if let Some(slot) = of_ascii.get_mut(character as usize) {
            *slot = number as u32;
        }
    }
    let number = |character: char| match of_ascii.get(character as usize) {
        Some(&number) => number,
        None => alphabet.partition_point(|&other| other < character) as u32,
    };
    Symbols { text: text.chars().map(number).collect(), kinds: alphabet.len() }
}

/// Returns the words of a text, that is, runs of the letters a–z in either case, lowercased; and
/// their total number of letters.
pub fn words(text: &str) -> (Vec<String>, u64) {
    let runs = text.split(|character: char| !character.is_ascii_alphabetic());
    let words: Vec<String> =
        runs.filter(|run| !run.is_empty()).map(str::to_ascii_lowercase).collect();
    let letters = words.iter().map(|word| word.len() as u64).sum();
    (words, letters)
}

/// Returns the words of a text of any script, lowercased: what stands between the word boundaries of UAX #29 and has a
/// letter.
pub fn words_of_any_script(text: &str) -> Vec<String> {
    let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
    let mut words = Vec::new();
    for line in text.lines() {
        tokenizer.tokenize(line, |word| {
            if word.contains(char::is_alphabetic) {
                words.push(word.to_owned());
            }
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_alphabets() {
        let text = "Ab, c\u{e9}  b.";
        assert_eq!(Symbols::read(text, Alphabet::Letters26).text, [0, 1, 2, 1]);
        assert_eq!(Symbols::read(text, Alphabet::Letters27).text, [0, 1, 26, 2, 26, 1, 26]);
        let characters = Symbols::read(text, Alphabet::Characters);
        // space , . A b c é
        assert_eq!(characters.text, [3, 4, 1, 0, 5, 6, 0, 0, 4, 2]);
        assert_eq!(characters.kinds, 7);
    }

    #[test]
    fn of_nothing() {
        for alphabet in Alphabet::ALL {
            assert!(Symbols::read("", alphabet).text.is_empty());
        }
        assert_eq!(words(" 1 "), (vec![], 0));
    }

    #[test]
    fn words_of_any_script_have_a_letter() {
        let expected = ["it's", "3d", "привет", "мир", "été"].map(str::to_owned);
        assert_eq!(words_of_any_script("It's 3 3D,\nПривет мир: été!"), expected);
    }

    #[test]
    fn words_are_runs_of_letters() {
        assert_eq!(words("It's 3 Men"), (vec!["it".into(), "s".into(), "men".into()], 6));
    }
}
