//! Class files in SRILM's format.
//!
//! ```text
//! class [p] word
//! ```
//!
//! Each line has a word and its share p of its class's probability, from 0 to 1; without p, it is 1.
//! A second field that is a number is p, not a word, so p is always written. Words are written as by
//! [`ngram_tokenizer::escape`].

use super::{Bigrams, Clustering};
use ngram_tokenizer::{SPECIAL_WORDS, VocabView, WordId, escape, unescape};
use std::collections::HashMap;
use std::io::{self, BufRead, Write};

/// The classes of a file, and their words.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordClasses {
    /// The names of the classes, in file order.
    pub names: Vec<String>,
    /// The words, in file order.
    pub words: Vec<ClassWord>,
}

/// A word in a class.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassWord {
    /// The word.
    pub word: String,
    /// Its class: an index into [`WordClasses::names`].
    pub class: usize,
    /// Its share of the class's probability, as in the file: between 0 and 1.
    pub probability: f64,
}

/// Why a text is not a class file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassFileError {
    /// It cannot be read.
    #[error("cannot read the class file {file}")]
    Io {
        /// The file's name.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// A line is wrong.
    #[error("the class file {file}, line {line}: {what}")]
    Line {
        /// The file's name.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The file has no words.
    #[error("the class file {0} lists no word: write `class p word` on each line")]
    Empty(String),
}

impl WordClasses {
    /// Names the classes of a clustering `CLASS-00001` and so on, by decreasing frequency, and
    /// lists their words, each with its share of the class's tokens.
    pub fn new(clustering: &Clustering, vocab: VocabView<'_>, bigrams: &Bigrams) -> WordClasses {
        let special = WordId::SPECIAL as usize;
        let mut members: Vec<(u64, Vec<usize>)> = vec![(0, Vec::new()); clustering.classes];
        for (word, &class) in clustering.class_of.iter().enumerate().skip(special) {
            let (tokens, words) = &mut members[class as usize - special];
            *tokens += bigrams.second(word);
            words.push(word);
        }
        // Words are numbered by decreasing frequency, so ties go to the class with the more frequent word.
        members.sort_by_key(|(tokens, words)| (std::cmp::Reverse(*tokens), words.first().copied()));
        let mut classes = WordClasses::default();
        for (class, (tokens, words)) in members.into_iter().enumerate() {
            classes.names.push(format!("CLASS-{:05}", class + 1));
            for &word in &words {
                let share = bigrams.second(word) as f64 / tokens as f64;
                classes.words.push(ClassWord {
                    word: vocab.word(WordId(word as u32)).to_owned(),
                    class,
                    // No word of the class occurs in the text.
                    probability: if tokens == 0 { 1.0 / words.len() as f64 } else { share },
                });
            }
        }
        classes
    }

    /// Reads a class file; `file` is its name in error messages.
    ///
    /// # Errors
    ///
    /// [`ClassFileError::Line`] if a line has no word or several, an invalid probability, a word
    /// that was listed before, or `<s>` or `</s>`, which are classes of their own.
    pub fn read(text: impl BufRead, file: &str) -> Result<WordClasses, ClassFileError> {
        let mut classes = WordClasses::default();
        let mut number_of: HashMap<String, usize> = HashMap::new();
        let mut first_lines: HashMap<String, u64> = HashMap::new();
        for (line, bytes) in (1..).zip(text.split(b'\n')) {
            let wrong = |what: String| ClassFileError::Line { file: file.to_owned(), line, what };
            let bytes =
                bytes.map_err(|source| ClassFileError::Io { file: file.to_owned(), source })?;
            let text = std::str::from_utf8(&bytes).map_err(|error| {
                let byte = error.valid_up_to() + 1;
                wrong(format!("byte {byte} is not UTF-8: convert it, as with `iconv -t UTF-8`"))
            })?;
            let text = if line == 1 { text.trim_start_matches('\u{feff}') } else { text };
            let mut fields = text.split(['\0', '\t', '\r', ' ']).filter(|field| !field.is_empty());
            let Some(name) = fields.next() else { continue };
            let fields: Vec<&str> = fields.collect();
            let (probability, word) = parse(&fields).map_err(wrong)?;
            let (name, word) = (unescape(name).into_owned(), unescape(word).into_owned());
            if SPECIAL_WORDS.contains(&name.as_str()) {
                return Err(wrong(format!("{name} cannot name a class: choose another name")));
            }
            if word == SPECIAL_WORDS[1] || word == SPECIAL_WORDS[2] {
                return Err(wrong(format!("{word} is always a class of its own: leave it out")));
            }
            if let Some(first) = first_lines.insert(word.clone(), line) {
                return Err(wrong(format!(
                    "the word {word:?} is there already, in line {first}: a word has one class, and one line"
                )));
            }
            let next = classes.names.len();
            let class = *number_of.entry(name).or_insert_with_key(|name| {
                classes.names.push(name.clone());
                next
            });
            classes.words.push(ClassWord { word, class, probability });
        }
        if classes.words.is_empty() {
            return Err(ClassFileError::Empty(file.to_owned()));
        }
        Ok(classes)
    }

    /// Writes a class file.
    ///
    /// # Errors
    ///
    /// If `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for ClassWord { word, class, probability } in &self.words {
            let name = escape(&self.names[*class]);
            writeln!(out, "{name} {probability} {}", escape(word))?;
        }
        Ok(())
    }

    /// Returns the classes whose words' probabilities do not sum to 1 to within a thousandth, with the sums.
    pub fn uneven(&self) -> Vec<(&str, f64)> {
        let mut sums = vec![0.0; self.names.len()];
        self.words.iter().for_each(|word| sums[word.class] += word.probability);
        let named = self.names.iter().map(String::as_str).zip(sums);
        named.filter(|(_, sum)| (sum - 1.0f64).abs() > 1e-3).collect()
    }
}

/// Returns the probability and the word of a line, from the fields after the class name.
fn parse<'l>(fields: &[&'l str]) -> Result<(f64, &'l str), String> {
    let number = |field: &str| {
        let is_number = field.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        field.parse::<f64>().ok().filter(|_| is_number)
    };
    let (probability, words) = match fields {
        [first, rest @ ..] if let Some(probability) = number(first) => (probability, rest),
        fields => (1.0, fields),
    };
    match words {
        [] if fields.is_empty() => Err("a class without a word: write `class p word`".to_owned()),
        [] => Err(format!(
            "a class with the probability {} and no word: if that is the word, write 1 before it",
            fields[0]
        )),
        [word] if (0.0..=1.0).contains(&probability) => Ok((probability, word)),
        [_] => Err(format!("{probability} is no probability: give a number from 0 to 1")),
        words => Err(format!(
            "{:?} are {} words: each line of a class file has one word, so put the others on lines of their own",
            words.join(" "),
            words.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::bigrams::tests::bigrams;
    use ngram_tokenizer::Vocab;

    fn read(text: &str) -> Result<WordClasses, ClassFileError> {
        WordClasses::read(text.as_bytes(), "c.txt")
    }

    #[test]
    fn a_clustering_is_written_and_read() {
        // a occurs three times, b and c twice, d once.
        let bigrams = bigrams("a b a\nb c a\nc d\n");
        let clustering =
            Clustering { class_of: vec![0, 1, 2, 3, 4, 4, 3], classes: 2, sweeps: vec![] };
        let vocab = Vocab::new(["a", "b", " ", "3"]).unwrap();
        let classes = WordClasses::new(&clustering, vocab.view(), &bigrams);
        let mut written = Vec::new();
        classes.write(&mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(
            written,
            "CLASS-00001 0.75 a\nCLASS-00001 0.25 3\nCLASS-00002 0.5 b\nCLASS-00002 0.5 <U+0020>\n"
        );
        assert_eq!(read(&written).unwrap(), classes);
        assert!(classes.uneven().is_empty());
    }

    #[test]
    fn what_srilm_reads_is_read() {
        let classes = read("\u{feff}X 1e-1 a\r\n\nY b\n X\t.5  c \nX inf\n").unwrap();
        assert_eq!(classes.names, ["X", "Y"]);
        let words = classes.words.iter().map(|w| (w.word.as_str(), w.class, w.probability));
        let expected = [("a", 0, 0.1), ("b", 1, 1.0), ("c", 0, 0.5), ("inf", 0, 1.0)];
        assert_eq!(words.collect::<Vec<_>>(), expected);
        assert_eq!(classes.uneven(), [("X", 1.6)]);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, message) in [
            ("", "c.txt lists no word"),
            ("X 0.5 a\nY 1 b\nY 0.5 a\n", "line 3: the word \"a\" is there already, in line 1"),
            ("X 1 new york\n", "line 1: \"new york\" are 2 words"),
            ("X\n", "line 1: a class without a word"),
            ("X 0.5\n", "line 1: a class with the probability 0.5 and no word"),
            ("X 1.5 a\n", "line 1: 1.5 is no probability"),
            ("X -1 a\n", "line 1: -1 is no probability"),
            ("X 1 </s>\n", "line 1: </s> is always a class of its own"),
            ("<unk> 1 a\n", "line 1: <unk> cannot name a class"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(message), "{text:?}: {error}");
        }
        let error = WordClasses::read(&b"X 1 a\nX 1 \xff\n"[..], "c.txt").unwrap_err();
        assert!(error.to_string().contains("line 2: byte 5 is not UTF-8"), "{error}");
    }
}
