//! Class files, written in SRILM's format and read in three.
//!
//! | made by | each line |
//! |---|---|
//! | SRILM | `class [p] word`; lines that begin with `##` are comments |
//! | mkcls, word2vec | `word class`, where every class is a whole number |
//! | Brown clustering | `path word count`, where every path is of 0 and 1 |
//!
//! p is the word's share of its class's probability, from 0 to 1; without p, it is 1. A second field
//! that is a number is p, not a word, so p is always written. Words are written as by
//! [`ngram_tokenizer::escape`]. A file is one of the other two if all of its lines fit and it is not
//! SRILM's; mkcls's shares are equal, and Brown's follow the counts.

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

    /// Reads a class file in any of the three formats; `file` is its name in error messages.
    ///
    /// # Errors
    ///
    /// [`ClassFileError::Line`] if a line has no word or several, an invalid probability, a word
    /// that was listed before, or `<s>` or `</s>`, which are classes of their own.
    pub fn read(text: impl BufRead, file: &str) -> Result<WordClasses, ClassFileError> {
        let lines = read_lines(text, file)?;
        let layout = FileLayout::of(&lines);
        let mut classes = WordClasses::default();
        let mut number_of: HashMap<String, usize> = HashMap::new();
        let mut first_lines: HashMap<String, u64> = HashMap::new();
        for (line, text) in &lines {
            let line = *line;
            let wrong = |what: String| ClassFileError::Line { file: file.to_owned(), line, what };
            let fields: Vec<&str> = fields(text).collect();
            let (name, probability, word) = layout.parse(&fields).map_err(wrong)?;
            let (name, word) = (unescape(name).into_owned(), unescape(word).into_owned());
            // mkcls lists the ends of sentences, which are classes of their own here.
            if layout != FileLayout::Srilm && SPECIAL_WORDS[1..].contains(&word.as_str()) {
                continue;
            }
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
        if layout != FileLayout::Srilm {
            classes.share_evenly();
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
            // Behind a space, a name is neither taken for a comment nor loses what looks like a byte order mark.
            let before =
                if name.starts_with("##") || name.starts_with('\u{feff}') { " " } else { "" };
            writeln!(out, "{before}{name} {probability} {}", escape(word))?;
        }
        Ok(())
    }

    /// Divides each word's weight by the sum of its class; where that is 0, all words share alike.
    fn share_evenly(&mut self) {
        let mut sums = vec![(0.0, 0u32); self.names.len()];
        for word in &self.words {
            let (sum, words) = &mut sums[word.class];
            *sum += word.probability;
            *words += 1;
        }
        for word in &mut self.words {
            let (sum, words) = sums[word.class];
            word.probability =
                if sum > 0.0 { word.probability / sum } else { 1.0 / f64::from(words) };
        }
    }

    /// Returns the classes whose words' probabilities do not sum to 1 to within a thousandth, with the sums.
    pub fn uneven(&self) -> Vec<(&str, f64)> {
        let mut sums = vec![0.0; self.names.len()];
        self.words.iter().for_each(|word| sums[word.class] += word.probability);
        let named = self.names.iter().map(String::as_str).zip(sums);
        named.filter(|(_, sum)| (sum - 1.0f64).abs() > 1e-3).collect()
    }
}

/// Reads the lines that are neither empty nor comments, each with its number from 1.
fn read_lines(text: impl BufRead, file: &str) -> Result<Vec<(u64, String)>, ClassFileError> {
    let mut lines = Vec::new();
    for (line, bytes) in (1..).zip(text.split(b'\n')) {
        let bytes = bytes.map_err(|source| ClassFileError::Io { file: file.to_owned(), source })?;
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to() + 1;
            let what = format!("byte {byte} is not UTF-8: convert it, as with `iconv -t UTF-8`");
            ClassFileError::Line { file: file.to_owned(), line, what }
        })?;
        if line == 1 && text.starts_with('\u{feff}') {
            text = text.trim_start_matches('\u{feff}').to_owned();
        }
        if !text.starts_with("##") && fields(&text).next().is_some() {
            lines.push((line, text));
        }
    }
    Ok(lines)
}

/// Splits a line as SRILM does.
fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(['\0', '\t', '\r', ' ']).filter(|field| !field.is_empty())
}

/// What the fields of a line mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileLayout {
    /// `class [p] word`.
    Srilm,
    /// `word class`.
    Mkcls,
    /// `path word count`.
    Brown,
}

impl FileLayout {
    /// Finds the layout that all lines fit; SRILM's if none other does.
    fn of(lines: &[(u64, String)]) -> FileLayout {
        let all = |is: fn(&[&str]) -> bool| {
            lines.iter().all(|(_, line)| is(&fields(line).collect::<Vec<_>>()))
        };
        if lines.is_empty() || all(|line| FileLayout::Srilm.parse(line).is_ok()) {
            FileLayout::Srilm
        } else if all(
            |line| matches!(line, [_, class] if class.bytes().all(|b| b.is_ascii_digit())),
        ) {
            FileLayout::Mkcls
        } else if all(|line| {
            matches!(line, [path, _, count] if path.bytes().all(|b| matches!(b, b'0' | b'1'))
                && count.bytes().all(|b| b.is_ascii_digit()))
        }) {
            FileLayout::Brown
        } else {
            FileLayout::Srilm
        }
    }

    /// Returns the class, the weight of the word within it, and the word.
    fn parse<'l>(self, line: &[&'l str]) -> Result<(&'l str, f64, &'l str), String> {
        match (self, line) {
            (FileLayout::Mkcls, [word, class]) => Ok((class, 1.0, word)),
            (FileLayout::Brown, [path, word, count]) => {
                let count = count.parse().map_err(|_| format!("{count} is no count"))?;
                Ok((path, count, word))
            }
            (_, [name, rest @ ..]) => {
                parse(rest).map(|(probability, word)| (*name, probability, word))
            }
            (_, []) => Err("an empty line".to_owned()),
        }
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
    fn names_that_look_like_a_comment_or_a_mark_are_written_as_names() {
        let classes = read("\0\u{feff}X a\n\t##Y b\n").unwrap();
        assert_eq!(classes.names, ["\u{feff}X", "##Y"]);
        let mut written = Vec::new();
        classes.write(&mut written).unwrap();
        assert_eq!(written, " \u{feff}X 1 a\n ##Y 1 b\n".as_bytes());
        assert_eq!(read(std::str::from_utf8(&written).unwrap()).unwrap(), classes);
    }

    /// Three words to a class, listed as mkcls, word2vec and Brown clustering list them.
    #[test]
    fn files_of_other_tools_are_read() {
        let listed = |text: &str| -> Vec<(String, String, f64)> {
            let classes = read(text).unwrap();
            let name = |word: &ClassWord| classes.names[word.class].clone();
            classes.words.iter().map(|w| (name(w), w.word.clone(), w.probability)).collect()
        };
        let word = |class: &str, word: &str, share| (class.to_owned(), word.to_owned(), share);
        // mkcls ends its lists with tabs, and lists the ends of sentences.
        let mkcls = listed("the\t12\na\t12\n7\t3\n</s>\t1\n");
        assert_eq!(mkcls, [word("12", "the", 0.5), word("12", "a", 0.5), word("3", "7", 1.0)]);
        assert_eq!(listed("the 0\ncat 1\n"), [word("0", "the", 1.0), word("1", "cat", 1.0)]);
        let brown = listed("0010\tthe\t30\n0010\ta\t10\n011\tcat\t7\n011\tdog\t0\n1\tsat\t0\n");
        let expected = [
            word("0010", "the", 0.75),
            word("0010", "a", 0.25),
            word("011", "cat", 1.0),
            word("011", "dog", 0.0),
            word("1", "sat", 1.0),
        ];
        assert_eq!(brown, expected);
        // One line that does not fit, and the file is SRILM's, with the fault in its place.
        let error = read("0010\tthe\t30\n0010\ta\tb\n").unwrap_err().to_string();
        assert!(error.contains("line 1: \"the 30\" are 2 words"), "{error}");
        // Whole numbers as SRILM's shares stay SRILM's.
        assert_eq!(listed("X 1 a\nX 0 b\n"), [word("X", "a", 1.0), word("X", "b", 0.0)]);
    }

    #[test]
    fn lines_of_two_number_signs_are_comments() {
        let classes = read("## made by hand\nX 1 a\n  \n##\nY 1 #\n").unwrap();
        assert_eq!(classes.names, ["X", "Y"]);
        assert_eq!(classes.words[1].word, "#");
        let error = read("## only this\n").unwrap_err().to_string();
        assert!(error.contains("lists no word"), "{error}");
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
