//! The location of the text in a JSON record.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// The field of a record that holds its text: a name, or the names of nested objects joined by dots.
///
/// `a.b` is the field `b` of the object `a`, or a field named `a.b`; if a record has both, the last one counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field(String);

impl Default for Field {
    /// Returns `text`, the field in most collections.
    fn default() -> Field {
        Field("text".to_owned())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Field {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Field, &'static str> {
        match name.split('.').any(str::is_empty) {
            true => Err("a field's name is not empty, nor is one between dots"),
            false => Ok(Field(name.to_owned())),
        }
    }
}

/// The contents of a record.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'r> {
    /// Its text, unescaped. An unpaired surrogate, which is not a character, becomes bytes that are not UTF-8.
    pub text: Cow<'r, [u8]>,
    /// Whether it also has the field passed as `other`.
    pub has_other: bool,
}

/// Why a record yields no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRecord {
    /// It is not JSON.
    #[error("no JSON: {what} at column {column}")]
    Malformed {
        /// What is wrong.
        what: String,
        /// Where, in bytes from 1.
        column: usize,
    },
    /// It is JSON, but not an object.
    #[error("no JSON object")]
    NoObject,
    /// It already has a field of the name to be added.
    #[error("it already has a field {0}, which would occur twice")]
    Taken(String),
    /// It has no such field.
    #[error("no field {0}")]
    Missing(String),
    /// The field is there, but it is a number, an object or the like.
    #[error("the field {0} is not a string")]
    NoString(String),
}

impl Field {
    /// Returns the name as it was given.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Reads the text of a record, which is one JSON object, and checks whether it has a field named `other`.
    ///
    /// # Errors
    ///
    /// If the record is not JSON or has no text in this field.
    pub fn read<'r>(&self, record: &'r [u8], other: Option<&str>) -> Result<Record<'r>, BadRecord> {
        let mut has_other = false;
        let mut json = serde_json::Deserializer::from_slice(record);
        let object = Object { path: &self.0, other, has_other: &mut has_other };
        let text = object.deserialize(&mut json).and_then(|text| json.end().map(|()| text));
        match text {
            Ok(Some(text)) => Ok(Record { text, has_other }),
            Ok(None) => Err(BadRecord::Missing(self.0.clone())),
            Err(error) if error.classify() == Category::Data => {
                match record.trim_ascii_start().first() {
                    Some(b'{') => Err(BadRecord::NoString(self.0.clone())),
                    _ => Err(BadRecord::NoObject),
                }
            }
            Err(error) => {
                let message = error.to_string();
                let what = message.split(" at line ").next().unwrap_or_default().to_owned();
                Err(BadRecord::Malformed { what, column: error.column() })
            }
        }
    }
}

/// An object in which the rest of a path is followed.
struct Object<'p> {
    path: &'p str,
    other: Option<&'p str>,
    has_other: &'p mut bool,
}

/// How the name of a field compares with the path.
enum Name {
    /// It is all of the remaining path.
    Whole,
    /// It is the first name of the remaining path.
    First,
    /// It is the other field.
    Other,
    Ignored,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Option<Cow<'de, [u8]>>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Option<Cow<'de, [u8]>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (first, rest) = match self.path.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (self.path, None),
        };
        let mut text = None;
        while let Some(name) =
            map.next_key_seed(Key { path: self.path, first, other: self.other })?
        {
            match (name, rest) {
                (Name::Whole, _) => text = Some(map.next_value_seed(Text)?),
                (Name::First, Some(rest)) => {
                    let object = Object { path: rest, other: None, has_other: &mut false };
                    if let found @ Some(_) = map.next_value_seed(object)? {
                        text = found;
                    }
                }
                (name, _) => {
                    *self.has_other |= matches!(name, Name::Other);
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(text)
    }
}

/// Compares the name of a field with the path.
struct Key<'p> {
    path: &'p str,
    first: &'p str,
    other: Option<&'p str>,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Name, D::Error> {
        json.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Name, E> {
        Ok(match name {
            name if name == self.path.as_bytes() => Name::Whole,
            name if name == self.first.as_bytes() => Name::First,
            name if self.other.is_some_and(|other| other.as_bytes() == name) => Name::Other,
            _ => Name::Ignored,
        })
    }
}

/// A string.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, [u8]>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        // Bytes, so that a string that is not UTF-8 is counted as such rather than rejected.
        json.deserialize_bytes(Text)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, [u8]>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, text: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_bytes<E>(self, text: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str, record: &str) -> Result<String, String> {
        let field: Field = field.parse().unwrap();
        let read = field.read(record.as_bytes(), Some("taken"));
        let text = |found: Record| String::from_utf8_lossy(&found.text).into_owned();
        read.map(text).map_err(|error| error.to_string())
    }

    #[test]
    fn fields_are_found_at_any_depth() {
        let record = r#" {"id":[1,{"text":"no"}],"text":"a \"b\"\n\u00e9","a":{"b":{"c":"deep"}},"x.y":"dot"} "#;
        assert_eq!(read("text", record).unwrap(), "a \"b\"\né");
        assert_eq!(read("a.b.c", record).unwrap(), "deep");
        assert_eq!(read("x.y", record).unwrap(), "dot");
        // Of several equal names the last counts, as with most JSON readers.
        assert_eq!(read("t", r#"{"t":"1","t":"2"}"#).unwrap(), "2");
    }

    #[test]
    fn records_without_a_text_say_why() {
        let cases = [
            ("text", r#"{"a":"b"}"#, "no field text"),
            ("a.b", r#"{"a":{"c":"d"}}"#, "no field a.b"),
            ("text", r#"{"text":null}"#, "the field text is not a string"),
            ("text", r#"{"text":7}"#, "the field text is not a string"),
            ("text", r#"{"text":["a"]}"#, "the field text is not a string"),
            ("a.b", r#"{"a":"c"}"#, "the field a.b is not a string"),
            ("text", r#"{"text":"a"#, "no JSON: EOF while parsing a string at column 10"),
            ("text", r#"{"text":"a"} x"#, "no JSON: trailing characters at column 14"),
            ("text", "the cat", "no JSON: expected ident at column 2"),
            ("text", "7", "no JSON object"),
            ("text", r#""text""#, "no JSON object"),
        ];
        for (field, record, message) in cases {
            assert_eq!(read(field, record).unwrap_err(), message, "{record}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_and_bad_bytes_are_left_to_be_counted() {
        let field = Field::default();
        let record = field.read(br#"{"text":"a\ud800b"}"#, None).unwrap();
        assert_eq!(&*record.text, b"a\xed\xa0\x80b");
        let record = field.read(b"{\"text\":\"a\xffb\"}", None).unwrap();
        assert_eq!(&*record.text, b"a\xffb");
    }

    #[test]
    fn another_field_is_noticed_at_the_top_only() {
        let field = Field::default();
        let has = |record: &str| field.read(record.as_bytes(), Some("ngram")).unwrap().has_other;
        assert!(has(r#"{"ngram":{},"text":""}"#));
        assert!(!has(r#"{"a":{"ngram":1},"text":"ngram"}"#));
    }

    #[test]
    fn names_between_dots_are_not_empty() {
        for name in ["", ".", "a.", ".a", "a..b"] {
            assert!(name.parse::<Field>().is_err(), "{name}");
        }
    }
}
