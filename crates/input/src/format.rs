//! The format of a file once it is decompressed.

use crate::IdWidth;
use std::path::Path;

/// The format of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of text.
    Text,
    /// One JSON object per line, with the text of a document in a field.
    JsonLines,
    /// A columnar table, with the texts of documents in one column. Needs the feature `parquet`.
    Parquet,
    /// Token ids, little-endian, one of which ends each document; never compressed.
    Ids(IdWidth),
    /// Token ids in a NumPy array, whose header says how they are stored; never compressed.
    Npy,
}

impl Format {
    /// Every format with its name.
    pub const ALL: [(Format, &str); 6] = [
        (Format::Text, "text"),
        (Format::JsonLines, "jsonl"),
        (Format::Parquet, "parquet"),
        (Format::Ids(IdWidth::U16), "u16"),
        (Format::Ids(IdWidth::U32), "u32"),
        (Format::Npy, "npy"),
    ];

    /// Returns whether a document is a field of a record.
    pub fn has_records(self) -> bool {
        match self {
            Format::JsonLines | Format::Parquet => true,
            Format::Text | Format::Ids(_) | Format::Npy => false,
        }
    }

    /// Returns whether texts are token ids.
    pub fn has_ids(self) -> bool {
        matches!(self, Format::Ids(_) | Format::Npy)
    }

    /// Returns the format that a file's name implies: JSON Lines for `.jsonl`, `.ndjson` and
    /// `.json`, optionally followed by `.gz`, `.zst`, `.bz2` or `.xz`; Parquet for `.parquet`, ids for `.npy`; otherwise text.
    pub fn of_name(name: &Path) -> Format {
        let extension = |name: &Path| -> String {
            name.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase()
        };
        let inner = match extension(name).as_str() {
            "gz" | "gzip" | "zst" | "zstd" | "bz2" | "xz" => extension(&name.with_extension("")),
            other => other.to_owned(),
        };
        match inner.as_str() {
            "jsonl" | "ndjson" | "json" => Format::JsonLines,
            "parquet" => Format::Parquet,
            "npy" => Format::Npy,
            _ => Format::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_formats() {
        for name in
            ["a.jsonl", "b/a.JSONL.gz", "a.json.zst", "a.jsonl.bz2", "a.json.xz", "a.b.ndjson"]
        {
            assert_eq!(Format::of_name(Path::new(name)), Format::JsonLines, "{name}");
        }
        assert_eq!(Format::of_name(Path::new("b/a-00000-of-00012.parquet")), Format::Parquet);
        assert_eq!(Format::of_name(Path::new("train.npy")), Format::Npy);
        for name in ["a.txt", "jsonl", "a.jsonl.txt", "a.gz", "-", ""] {
            assert_eq!(Format::of_name(Path::new(name)), Format::Text, "{name}");
        }
    }
}
