//! A text as a sequence of numbered symbols, in one of three alphabets.

use serde::Serialize;
use std::collections::BTreeSet;

/// Which symbols a text is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alphabet {
    /// The letters a–z of either case; all else is left out (Shannon 1951).
    Letters26,
    /// The letters a–z of either case, and one space for each run of anything else (Shannon 1951).
    Letters27,
    /// The characters (Unicode scalar values) as they stand, line ends and other white space too.
    Characters,
}

impl Alphabet {
    /// All three, Shannon's first.
    pub const ALL: [Alphabet; 3] = [Alphabet::Letters26, Alphabet::Letters27, Alphabet::Characters];

    /// What it is called in a table.
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
    /// How many symbols there are in the alphabet: 26, 27, or as many as the text has.
    pub kinds: usize,
}

impl Symbols {
    /// Reads `text` in `alphabet`. Letters are numbered in the order of the alphabet from 0, the
    /// space is 26; characters are numbered by their code points' order.
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

/// Each byte as a letter or as none. Of a character beyond ASCII no byte is a letter.
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

/// The words of a text: runs of the letters a–z of either case, lowercased, each numbered by its
/// first coming; and how many letters they have in all.
pub fn words(text: &str) -> (Vec<String>, u64) {
    let runs = text.split(|character: char| !character.is_ascii_alphabetic());
    let words: Vec<String> =
        runs.filter(|run| !run.is_empty()).map(str::to_ascii_lowercase).collect();
    let letters = words.iter().map(|word| word.len() as u64).sum();
    (words, letters)
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
    fn words_are_runs_of_letters() {
        assert_eq!(words("It's 3 Men"), (vec!["it".into(), "s".into(), "men".into()], 6));
    }
}
