//! Simplifies plain text into lines that a line-by-line trainer can read directly.

/// Returns one line for each block between blank lines, which in prose is a paragraph.
///
/// Words are separated by white space and control characters (old files end in a DOS end-of-file
/// mark), and come out with one space between them.
pub fn paragraphs(files: &[String]) -> String {
    let mut text = String::new();
    for file in files {
        let mut words_before = false;
        for line in file.lines() {
            let words = line.split(|c: char| c.is_whitespace() || c.is_control());
            let mut blank = true;
            for word in words.filter(|word| !word.is_empty()) {
                if words_before {
                    text.push(' ');
                }
                text.push_str(word);
                (words_before, blank) = (true, false);
            }
            if blank && words_before {
                text.push('\n');
                words_before = false;
            }
        }
        if words_before {
            text.push('\n');
        }
    }
    text
}

/// Returns the lines that are not blank.
pub fn sentences(files: &[String]) -> String {
    let mut text = String::new();
    for line in files.iter().flat_map(|file| file.lines()).filter(|line| !line.trim().is_empty()) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hard_wrapped_paragraph_becomes_one_line() {
        let files = [
            "TITLE\r\n\r\n  It was  wrapped\r\nby hand.\r\n \t\r\n\r\nThe\u{2}next.\r\n\u{1a}\u{1a}"
                .to_owned(),
            String::new(),
            "\nAnother file,\nunended".to_owned(),
        ];
        assert_eq!(
            paragraphs(&files),
            "TITLE\nIt was wrapped by hand.\nThe next.\nAnother file, unended\n"
        );
    }

    #[test]
    fn sentences_lose_blank_lines_only() {
        let files = ["One.\nTwo,  spaced.\n\n \nThree".to_owned()];
        assert_eq!(sentences(&files), "One.\nTwo,  spaced.\nThree\n");
    }
}
