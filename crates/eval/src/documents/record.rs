//! Records: what a line of the input contains, and how it is written with its figures.

use super::figures::{DocumentFigures, Measure};
use ngram_input::{BadRecord, Field, Sentences};
use std::borrow::Cow;

/// The format of the input lines.
#[derive(Clone, Debug)]
pub enum Records {
    /// Each line is a document.
    Text,
    /// Each line is a JSON object with a document in a field.
    Json(Field),
}

/// How a document is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// As JSON, with the figures in an object of this name. A JSON record is kept byte for byte,
    /// with the object added at its end.
    Json(String),
    /// As a row: the figures, then the text, separated by tabs.
    Row,
}

impl Records {
    /// Returns the document in a line without its line end; `None` for a line that is not a record,
    /// such as a blank line between records. A record that already has the field `key` is bad.
    pub(crate) fn read<'r>(
        &self,
        line: &'r [u8],
        key: Option<&str>,
    ) -> Option<Result<Cow<'r, [u8]>, BadRecord>> {
        let field = match self {
            Records::Text => return Some(Ok(Cow::Borrowed(line))),
            Records::Json(field) => field,
        };
        let record = line.trim_ascii();
        if record.is_empty() {
            return None;
        }
        Some(match field.read(record, key) {
            Ok(found) if found.has_other => {
                Err(BadRecord::Taken(key.unwrap_or_default().to_owned()))
            }
            found => found.map(|record| record.text),
        })
    }
}

impl Records {
    /// Appends the sentences of a line's document, each with a line end; nothing for a line without
    /// a document.
    pub fn sentences(&self, line: &[u8], part: Sentences, sentences: &mut Vec<u8>) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(Ok(text)) = self.read(line, None) {
            part.append(&text, sentences);
        }
    }
}

impl Style {
    /// The field that a record must not have.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Style::Json(key) => Some(key),
            Style::Row => None,
        }
    }

    /// The names of the columns, if rows are written.
    pub fn header(&self) -> Option<String> {
        let names = Measure::ALL.map(Measure::name).join("\t");
        (*self == Style::Row).then(|| names + "\tbucket\ttext\n")
    }

    /// Appends the line of a record with its figures.
    pub(crate) fn write(
        &self,
        (line, text): (&[u8], &[u8]),
        records: &Records,
        figures: &DocumentFigures,
        bucket: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let mut written = String::new();
        match (self, records) {
            (Style::Json(key), _) => {
                match records {
                    // The line has been read as an object with at least one field.
                    Records::Json(_) => {
                        let whole = line.trim_ascii_end();
                        out.extend_from_slice(whole.strip_suffix(b"}").unwrap_or(whole));
                    }
                    Records::Text => {
                        written.push_str("{\"text\":");
                        push_json(&String::from_utf8_lossy(text), &mut written);
                    }
                }
                written.push(',');
                push_json(key, &mut written);
                written.push(':');
                figures.write_json(bucket, &mut written);
                written.push_str("}\n");
                out.extend_from_slice(written.as_bytes());
            }
            (Style::Row, _) => {
                for measure in Measure::ALL {
                    figures.write_number(measure, "inf", &mut written);
                    written.push('\t');
                }
                written.push_str(bucket.unwrap_or_default());
                written.push('\t');
                out.extend_from_slice(written.as_bytes());
                // A row is one line, and the text is its last column.
                out.extend(text.iter().map(|&byte| match byte {
                    b'\n' | b'\r' | b'\t' => b' ',
                    byte => byte,
                }));
                out.push(b'\n');
            }
        }
    }
}

fn push_json(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
