//! The beginning of a file: `\data\` and how many n-grams there are of each order.

use super::error::{ArpaError, Problem};
use super::lines::Lines;
use std::io::BufRead;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads up to the first line of a section, and stays there. The counts are those of orders 1, 2
/// and so on; there is at least one.
pub fn read_counts<R: BufRead>(lines: &mut Lines<R>) -> Result<Vec<u64>, ArpaError> {
    loop {
        if !lines.advance()? {
            return Err(lines.error(Problem::NoData));
        }
        // Free text may stand before, in any encoding.
        let line = lines.bytes();
        if line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) == b"\\data\\" {
            break;
        }
    }
    let mut counts = Vec::new();
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
            return Ok(counts);
        }
        let order = counts.len() + 1;
        match parse(line) {
            Some((found, count)) if found == order => counts.push(count),
            _ => return Err(lines.error(Problem::Header { order, found: lines.shown() })),
        }
    }
}

/// Order and count of `ngram ORDER=COUNT`; spaces may stand around both.
fn parse(line: &str) -> Option<(usize, u64)> {
    let (order, count) = line.strip_prefix("ngram")?.split_once('=')?;
    Some((order.trim().parse().ok()?, count.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Result<Vec<u64>, Problem> {
        let mut lines = Lines::new(text.as_bytes(), "x").map_err(|error| error.problem)?;
        read_counts(&mut lines).map_err(|error| error.problem)
    }

    #[test]
    fn what_stands_before_is_free_text() {
        assert_eq!(counts("\u{feff}\\data\\\nngram 1=3\n\\1-grams:\n").unwrap(), [3]);
        let text = "# smoothed\r\nngram 1=7\r\n\\data\\\r\nngram  1 = 3\r\n\r\nngram 2=0\r\n\\1-grams:\r\n";
        assert_eq!(counts(text).unwrap(), [3, 0]);
    }

    #[test]
    fn counts_are_of_orders_1_2_and_so_on() {
        for list in ["ngram 2=3\n", "ngram 1=3\nngram 3=3\n", "ngram 1=-3\n", "ngram 1\n", "x=3\n"]
        {
            let result = counts(&format!("\\data\\\n{list}\\1-grams:\n"));
            assert!(matches!(result, Err(Problem::Header { .. })), "{list}");
        }
        assert!(matches!(counts("\\data\\\n\\1-grams:\n"), Err(Problem::Header { order: 1, .. })));
        assert!(matches!(counts("\\data\\\nngram 1=3"), Err(Problem::TruncatedHeader)));
        assert!(matches!(counts("the cat\n"), Err(Problem::NoData)));
        assert!(matches!(counts(""), Err(Problem::NoData)));
    }
}
