//! Reads the beginning of a file: `\data\` and the number of n-grams of each order.

use super::error::{ArpaError, Problem};
use super::lines::ArpaLines;
use super::tokenizer::stated;
use super::warning::Warning;
use ngram_tokenizer::TokenizerSpec;
use std::io::BufRead;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The contents before the first section.
#[derive(Debug, Default)]
pub struct Header {
    /// The number of n-grams of orders 1, 2 and so on; at least one order.
    pub counts: Vec<u64>,
    /// The tokenizer of the training text, if a comment names it.
    pub tokenizer: Option<TokenizerSpec>,
    /// Oddities found.
    pub warnings: Vec<Warning>,
}

/// Reads up to the first line of a section, which stays the current line.
pub fn read_header<R: BufRead>(lines: &mut ArpaLines<R>) -> Result<Header, ArpaError> {
    let mut header = Header::default();
    let mut unknown: Option<(String, u64)> = None;
    loop {
        if !lines.advance()? {
            return Err(lines.error(Problem::NoData));
        }
        // Free text may come before, in any encoding.
        let line = lines.bytes();
        let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        if line == b"\\data\\" {
            break;
        }
        match stated(line) {
            Some(Ok(tokenizer)) => header.tokenizer = Some(tokenizer),
            Some(Err(name)) => unknown.get_or_insert((name, 0)).1 += 1,
            None => {}
        }
    }
    let warning = unknown.map(|(name, comments)| Warning::UnknownTokenizer { name, comments });
    header.warnings.extend(warning);
    let counts = &mut header.counts;
    loop {
        let more = lines.advance()?;
        if !more || !lines.is_whole() {
            return Err(lines.error(Problem::TruncatedHeader));
        }
        let line = lines.text()?;
        if line.is_empty() {
            continue;
        }
        if line.starts_with('\\') && !counts.is_empty() {
            return Ok(header);
        }
        let order = counts.len() + 1;
        match parse(line) {
            Some((found, count)) if found == order => counts.push(count),
            _ if order == 1 && line.starts_with('\\') => {
                return Err(lines.error(Problem::NoCounts { found: lines.shown() }));
            }
            _ => return Err(lines.error(Problem::Header { order, found: lines.shown() })),
        }
    }
}

/// Parses order and count of `ngram ORDER=COUNT`; both may be surrounded by spaces.
fn parse(line: &str) -> Option<(usize, u64)> {
    let (order, count) = line.strip_prefix("ngram")?.split_once('=')?;
    Some((order.trim().parse().ok()?, count.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Result<Vec<u64>, Problem> {
        let mut lines = ArpaLines::new(text.as_bytes(), "x").map_err(|error| error.problem)?;
        let header = read_header(&mut lines).map_err(|error| error.problem)?;
        Ok(header.counts)
    }

    #[test]
    fn what_stands_before_is_free_text() {
        assert_eq!(counts("\u{feff}\\data\\\nngram 1=3\n\\1-grams:\n").unwrap(), [3]);
        let text = "# smoothed\r\nngram 1=7\r\n\\data\\\r\nngram  1 = 3\r\n\r\nngram 2=0\r\n\\1-grams:\r\n";
        assert_eq!(counts(text).unwrap(), [3, 0]);
    }

    #[test]
    fn any_number_of_comments_on_tokenizers_is_one_warning() {
        let comments: String = (0..1000).map(|n| format!("# tokenizer: number {n}\n")).collect();
        let text = format!("{comments}\\data\\\nngram 1=3\n\\1-grams:\n");
        let mut lines = ArpaLines::new(text.as_bytes(), "x").unwrap();
        let warnings = read_header(&mut lines).unwrap().warnings;
        let expected = Warning::UnknownTokenizer { name: "number 0".to_owned(), comments: 1000 };
        assert_eq!(warnings, [expected]);
        let said = warnings[0].to_string();
        assert!(said.ends_with("it was not heeded, nor were 999 more such comments"), "{said}");
    }

    #[test]
    fn counts_are_of_orders_1_2_and_so_on() {
        for list in ["ngram 2=3\n", "ngram 1=3\nngram 3=3\n", "ngram 1=-3\n", "ngram 1\n", "x=3\n"]
        {
            let result = counts(&format!("\\data\\\n{list}\\1-grams:\n"));
            assert!(matches!(result, Err(Problem::Header { .. })), "{list}");
        }
        for line in ["\\1-grams:", "\\2-grams:", "\\end\\"] {
            let result = counts(&format!("\\data\\\n\n{line}\n"));
            assert!(matches!(result, Err(Problem::NoCounts { found }) if found == line));
        }
        assert!(matches!(counts("\\data\\\nngram 1=3"), Err(Problem::TruncatedHeader)));
        assert!(matches!(counts("the cat\n"), Err(Problem::NoData)));
        assert!(matches!(counts(""), Err(Problem::NoData)));
    }
}
