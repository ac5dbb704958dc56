//! JSON as a tree that keeps every field of an object, even if names repeat.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value, as far as it may contain a text.
#[derive(Debug)]
pub enum Tree {
    /// A string.
    Text(String),
    /// An object: names and values, in order.
    Object(Vec<(String, Tree)>),
    /// Anything else.
    Other,
}

/// Something other than an object or a text was found in its place.
pub struct NoText;

impl Tree {
    /// Returns the text of the field with this name, or at this path of names. If there are
    /// several, the last one counts.
    pub fn text_at(&self, path: &str) -> Result<Option<&str>, NoText> {
        let Tree::Object(fields) = self else { return Err(NoText) };
        let mut found = None;
        for (name, value) in fields {
            if name == path {
                let Tree::Text(text) = value else { return Err(NoText) };
                found = Some(text.as_str());
            } else if let Some((first, rest)) = path.split_once('.')
                && name == first
                && let inner @ Some(_) = value.text_at(rest)?
            {
                found = inner;
            }
        }
        Ok(found)
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Tree, D::Error> {
        json.deserialize_any(Seen)
    }
}

struct Seen;

impl<'de> Visitor<'de> for Seen {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Text(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Tree::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Tree, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Tree::Other)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Other)
    }
}
