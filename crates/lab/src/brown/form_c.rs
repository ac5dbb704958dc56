//! The Brown corpus in its tagged form (Form C): its words, and the printed text behind them.
//!
//! A file contains items `word/TAG` separated by white space, one sentence per line, with blank
//! lines between paragraphs. A word may contain a slash (`1/2/cd`), a tag never does.

/// The line after each paragraph of [`marked`] text.
pub const PARAGRAPH: &str = "<p>";
/// The line after each sample, that is each file, of [`marked`] text.
pub const SAMPLE: &str = "<text>";

/// Punctuation that print attaches to the word before it.
const JOINS_BACK: [&str; 10] = [",", ".", ";", ":", "?", "!", ")", "''", "'", "]"];
/// Punctuation that print attaches to the word after it.
const JOINS_ON: [&str; 3] = ["(", "``", "["];

/// Returns one sentence per line, with one space between words.
pub fn sentences(files: &[String]) -> String {
    let mut text = String::new();
    for_each_sentence(files, |words| {
        text.push_str(&words.join(" "));
        text.push('\n');
    });
    text
}

/// Returns the same with a line [`PARAGRAPH`] after each paragraph, which is a block between blank lines, and a line
/// [`SAMPLE`] after each file: the "syntactical marks used to separate texts and paragraphs" of Bengio, Ducharme,
/// Vincent and Jauvin (2003), "A neural probabilistic language model".
pub fn marked(files: &[String]) -> String {
    let mut text = String::new();
    for file in files {
        let mut in_paragraph = false;
        for line in file.lines().chain([""]) {
            let words: Vec<&str> = words(line).collect();
            if !words.is_empty() {
                text.push_str(&words.join(" "));
                text.push('\n');
            } else if in_paragraph {
                text.push_str(PARAGRAPH);
                text.push('\n');
            }
            in_paragraph = !words.is_empty();
        }
        text.push_str(SAMPLE);
        text.push('\n');
    }
    text
}

/// Returns the sentences as print would set them, with one space between sentences and no line end.
///
/// This is how the test sample of Brown, Della Pietra, Mercer, Della Pietra and Lai (1992), "An
/// estimate of an upper bound for the entropy of English", reaches its 5.96 million characters.
pub fn printed(files: &[String]) -> String {
    let mut text = String::new();
    for_each_sentence(files, |words| set(words, &mut text));
    text
}

/// Appends a sentence to a text as print would set it.
pub fn set(words: &[&str], text: &mut String) {
    let apart = !text.is_empty();
    for (gap, word) in gaps(words, apart) {
        text.push_str(gap);
        text.push_str(if word == "``" || word == "''" { "\"" } else { word });
    }
}

/// Returns the words of a sentence, each after the gap that print sets before it. `apart` is false
/// if nothing precedes the sentence.
pub fn gaps<'w>(words: &[&'w str], apart: bool) -> impl Iterator<Item = (&'static str, &'w str)> {
    // The first word of a sentence is always set apart from the sentence before.
    let mut apart = apart;
    words.iter().enumerate().map(move |(i, &word)| {
        let gap = if apart && (i == 0 || !JOINS_BACK.contains(&word)) { " " } else { "" };
        apart = !JOINS_ON.contains(&word);
        (gap, word)
    })
}

fn for_each_sentence(files: &[String], mut emit: impl FnMut(&[&str])) {
    let mut sentence = Vec::new();
    for line in files.iter().flat_map(|file| file.lines()) {
        sentence.clear();
        sentence.extend(words(line));
        if !sentence.is_empty() {
            emit(&sentence);
        }
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().map(|item| item.rsplit_once('/').map_or(item, |(word, _tag)| word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Vec<String> {
        vec![
            "\n\n\tHe/pps said/vbd ,/, ``/`` Mix/vb 1/2/cd cup/nn (/( of/in milk/nn )/) ''/'' ./.\n\
             '/' Now/rb '/' ?/.\n \t \n"
                .to_owned(),
            "\t''/'' Yes/rb !/.\r\n[/( He/pps nods/vbz ]/)".to_owned(),
        ]
    }

    #[test]
    fn sentences_keep_all_but_the_last_slash() {
        assert_eq!(
            sentences(&files()),
            "He said , `` Mix 1/2 cup ( of milk ) '' .\n' Now ' ?\n'' Yes !\n[ He nods ]\n"
        );
    }

    #[test]
    fn marks_stand_after_paragraphs_and_samples() {
        let mut files = files();
        files[0].push_str("\nOn/in it/ppo\n");
        assert_eq!(
            marked(&files),
            "He said , `` Mix 1/2 cup ( of milk ) '' .\n' Now ' ?\n<p>\nOn it\n<p>\n<text>\n\
             '' Yes !\n[ He nods ]\n<p>\n<text>\n"
        );
    }

    /// A single quotation mark attaches to the word before it, and sentences stay apart.
    #[test]
    fn print_has_its_spaces_and_quotation_marks() {
        assert_eq!(
            printed(&files()),
            "He said, \"Mix 1/2 cup (of milk)\". ' Now'? \" Yes! [He nods]"
        );
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert_eq!(sentences(&[]), "");
        assert_eq!(marked(&[]), "");
        assert_eq!(printed(&["\n \n".to_owned()]), "");
    }
}
