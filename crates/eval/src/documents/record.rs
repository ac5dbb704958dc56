//! Records: what a line of the input holds, and how it is written with its figures.

use super::figures::{DocumentFigures, Measure};
use ngram_input::{BadRecord, Field, Sentences};
use std::borrow::Cow;

/// What the lines of the input are.
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
    /// As JSON, with the figures in an object of this name: a record that is JSON as it was, byte for byte, with
    /// the object at its end.
    Json(String),
    /// As a row: the figures, then the text, with tabs between them.
    Row,
}

impl Records {
    /// The document of a line without its end; `None` if the line is no record, as a blank line between records is
    /// none. A record that has the field `key` already is a bad one.
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
    /// Appends the sentences of a line's document, each with a line end; none of a line that is no document.
    pub fn sentences(&self, line: &[u8], part: Sentences, sentences: &mut Vec<u8>) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        if let Some(Ok(text)) = self.read(line, None) {
            part.append(&text, sentences);
        }
    }
}

impl Style {
    /// The field that a record must not have yet.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Style::Json(key) => Some(key),
            Style::Row => None,
        }
    }

    /// The names of a row's columns, if rows are what is written.
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
            (Style::Json(key), Records::Json(_)) => {
                // It has been read as an object, and has a field.
                let whole = line.trim_ascii_end();
                out.extend_from_slice(whole.strip_suffix(b"}").unwrap_or(whole));
                written.push(',');
                push_json(key, &mut written);
                written.push(':');
                figures.write_json(bucket, &mut written);
                written.push_str("}\n");
                out.extend_from_slice(written.as_bytes());
            }
            (Style::Json(key), Records::Text) => {
                written.push_str("{\"text\":");
                push_json(&String::from_utf8_lossy(text), &mut written);
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
                // A row is a line, and its text the last column.
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
