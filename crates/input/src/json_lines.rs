//! JSON Lines: one record per line, with the text of a document in a field.

use crate::account::{Account, BadPlace, OnBadRecord, RecordUnit};
use crate::field::Field;
use crate::line::BoundedLines;
use crate::lines::Documents;
use crate::source::Reading;
use std::io::{self, BufRead};
use std::sync::Arc;

/// U+FEFF in UTF-8; some editors begin a file with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads documents from JSON Lines. Blank lines are not records.
pub(crate) struct JsonLines<R> {
    name: String,
    lines: BoundedLines<R>,
    field: Field,
    on_bad: OnBadRecord,
    account: Arc<Account>,
    line: Vec<u8>,
    /// The bad record that ended the reading; reading on returns the same error.
    failed: Option<BadPlace>,
}

impl<R: BufRead> JsonLines<R> {
    pub fn new(name: &str, reader: R, reading: &Reading) -> JsonLines<R> {
        JsonLines {
            name: name.to_owned(),
            lines: BoundedLines::new(reader, reading.longest),
            field: reading.field.clone(),
            on_bad: reading.on_bad,
            account: Arc::clone(&reading.account),
            line: Vec::new(),
            failed: None,
        }
    }
}

impl<R: BufRead + Send> Documents for JsonLines<R> {
    fn next(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        if let Some(place) = &self.failed {
            return Err(io::Error::new(io::ErrorKind::InvalidData, place.clone()));
        }
        loop {
            let Some(number) = self.lines.next(&mut self.line)? else { return Ok(false) };
            let record = trimmed(&self.line, number);
            if record.is_empty() {
                continue;
            }
            refuse_array(record, number)?;
            match self.field.read(record, None) {
                Ok(found) => {
                    text.clear();
                    text.extend_from_slice(&found.text);
                    self.account.documents(1);
                    return Ok(true);
                }
                Err(why) => {
                    let name = self.name.clone();
                    let place = BadPlace { name, unit: RecordUnit::Line, number, why };
                    if self.on_bad == OnBadRecord::Error {
                        self.failed = Some(place.clone());
                    }
                    self.account.bad(self.on_bad, place)?;
                }
            }
        }
    }
}

/// Trims a line, and drops the byte order mark of a first line.
fn trimmed(line: &[u8], number: u64) -> &[u8] {
    let line = match number {
        1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line),
        _ => line,
    };
    line.trim_ascii()
}

/// Refuses a file whose first line begins like an array: otherwise one array over many lines would
/// be reported as one bad record per line.
///
/// # Errors
///
/// If record 1 begins with `[`.
pub fn refuse_array(record: &[u8], number: u64) -> io::Result<()> {
    if number > 1 || record.first() != Some(&b'[') {
        return Ok(());
    }
    let what = "it begins with [, so it is one JSON array and not a record a line: write it as JSON Lines, as with `jq -c '.[]'`";
    Err(io::Error::new(io::ErrorKind::InvalidData, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_mutate::{apply, changes, config};
    use proptest::prelude::*;

    fn read(text: &str, on_bad: OnBadRecord) -> (io::Result<Vec<String>>, Arc<Account>) {
        let reading = Reading { on_bad, longest: 100, ..Reading::default() };
        let account = Arc::clone(&reading.account);
        let mut lines = JsonLines::new("a.jsonl", text.as_bytes(), &reading);
        let mut documents = Vec::new();
        let mut text = Vec::new();
        loop {
            match lines.next(&mut text) {
                Ok(true) => documents.push(String::from_utf8(text.clone()).unwrap()),
                Ok(false) => return (Ok(documents), account),
                Err(error) => return (Err(error), account),
            }
        }
    }

    const TEXT: &str =
        "\u{feff}{\"text\":\"a\\nb\"}\r\n\n{\"text\":7}\n{\"text\":\n  {\"text\":\"\"}\n{}";

    #[test]
    fn bad_records_are_left_out_and_counted() {
        let (documents, account) = read(TEXT, OnBadRecord::Skip);
        assert_eq!(documents.unwrap(), ["a\nb", ""]);
        let found = account.found();
        assert_eq!((found.documents, found.malformed, found.missing), (2, 1, 2));
        let first = found.first.unwrap().to_string();
        assert_eq!(first, "a.jsonl, line 3: the field text is not a string");
    }

    #[test]
    fn or_they_are_errors() {
        let (documents, _) = read(TEXT, OnBadRecord::Error);
        let error = documents.unwrap_err().to_string();
        assert_eq!(error, "a.jsonl, line 3: the field text is not a string");
    }

    #[test]
    fn a_record_that_is_too_long_is_named() {
        let long = format!("{{\"text\":\"a\"}}\n{{\"text\":\"{}\"}}\n", "b".repeat(100));
        let (documents, _) = read(&long, OnBadRecord::Skip);
        let error = documents.unwrap_err().to_string();
        assert_eq!(error, "line 2 is longer than 100 bytes: split it");
    }

    #[test]
    fn an_array_is_refused() {
        let (documents, _) = read("[\n{\"text\":\"a\"}\n]\n", OnBadRecord::Skip);
        assert!(documents.unwrap_err().to_string().contains("one JSON array"));
    }

    proptest! {
        #![proptest_config(config(4000))]

        /// Does in a second what `fuzz/` does for hours.
        #[test]
        fn every_line_that_was_changed_is_read_or_counted(changes in changes()) {
            let changed = apply(TEXT.as_bytes(), &changes);
            let reading = Reading { on_bad: OnBadRecord::Skip, ..Reading::default() };
            let account = Arc::clone(&reading.account);
            let mut lines = JsonLines::new("a.jsonl", &changed[..], &reading);
            let (mut text, mut documents) = (Vec::new(), 0);
            let ended = loop {
                match lines.next(&mut text) {
                    Ok(true) => documents += 1,
                    ended => break ended,
                }
            };
            let without_mark = changed.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&changed);
            let mut records = without_mark.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
            let is_array = records.clone().next().is_some_and(|record| record.starts_with(b"["));
            prop_assert_eq!(ended.is_err(), is_array);
            let found = account.found();
            prop_assert_eq!(found.documents, documents);
            if !is_array {
                let expected = records.by_ref().filter(|record| !record.is_empty()).count();
                prop_assert_eq!(found.documents + found.bad(), expected as u64);
            }
        }
    }
}
