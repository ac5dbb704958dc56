//! The helpers of a model: a folder beside it with what makes it adapt best.
//!
//! ```text
//! english.ngram               the model
//! english.ngram.helpers/      made by `ngram prepare`
//!   tree.txt                  words with their paths in a tree of classes
//!   context-wc …              what followed contexts of each kind in the training text
//!   first.txt                 a text that is read before the one to be scored
//! ```

use anyhow::{Context, bail};
use ngram_adaptive::decisions::Helpers;
use ngram_adaptive::prepared::kinds::ContextKind;
use ngram_adaptive::prepared::{ContextLists, KINDS};
use ngram_adaptive::{Adaptation, Adaptive, WordTree, code};
use ngram_model::LanguageModel;
use ngram_store::Progress;
use std::path::{Path, PathBuf};

/// Names in the folder.
pub const TREE: &str = "tree.txt";
pub const FIRST: &str = "first.txt";

/// Returns the name of the file of a kind of contexts.
pub fn context(kind: &ContextKind) -> String {
    format!("context-{}", kind.name)
}

/// Returns the folder of a model's helpers.
pub fn folder(model: &Path) -> PathBuf {
    let mut name = model.as_os_str().to_owned();
    name.push(".helpers");
    name.into()
}

/// A model's helpers, opened. Without a folder there are none.
#[derive(Default)]
pub struct HelperFiles {
    folder: PathBuf,
    helpers: Helpers,
    first: Option<String>,
}

impl HelperFiles {
    /// Opens the helpers of a model; `is_verified` says to compare all checksums of all of them.
    pub fn open(
        path: &Path,
        model: &dyn LanguageModel,
        is_verified: bool,
    ) -> anyhow::Result<HelperFiles> {
        let folder = folder(path);
        let mut files = HelperFiles { folder, ..HelperFiles::default() };
        match std::fs::metadata(&files.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(files),
            found => {
                found.with_context(|| format!("cannot read {}", files.folder.display()))?;
            }
        }
        let read = |name: &str| {
            let path = files.folder.join(name);
            std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))
        };
        let tree = read(TREE)?;
        let is_there = |path: &Path| {
            path.try_exists().with_context(|| format!("cannot read {}", path.display()))
        };
        let first = match is_there(&files.folder.join(FIRST))? {
            true => Some(read(FIRST)?),
            false => None,
        };
        let tree = WordTree::new(model, &tree);
        let mut lists = Vec::new();
        for kind in KINDS {
            let path = files.folder.join(context(kind));
            if !is_there(&path)? {
                continue;
            }
            let opened = ContextLists::open(&path, kind.name, tree.fingerprint());
            let opened = opened.and_then(|lists| {
                if is_verified {
                    lists.verify()?;
                }
                Ok(lists)
            });
            lists.push((kind, opened.with_context(|| path.display().to_string())?));
        }
        (files.helpers, files.first) = (Helpers { tree: Some(tree), lists }, first);
        Ok(files)
    }

    /// Returns whether there are helpers.
    pub fn exist(&self) -> bool {
        self.folder.is_dir()
    }

    /// Returns the model adapting with these helpers, after it has read the first text.
    pub fn adapting<'m>(
        &'m self,
        path: &Path,
        model: &'m dyn LanguageModel,
        progress: &dyn Progress,
    ) -> anyhow::Result<Adaptive<'m>> {
        let adaptive = Adaptive::by_decisions(model, self.helpers.clone())
            .with_context(|| path.display().to_string())?;
        let mut adaptive = adaptive.with_context(|| closed(path))?;
        if let Some(first) = &self.first {
            progress.begin("learning from the first text", Some(first.len() as u64), "bytes");
            for line in first.lines() {
                adaptive.line(line);
                progress.advance(line.len() as u64 + 1);
            }
            progress.end();
        }
        Ok(adaptive)
    }

    /// Returns a fingerprint of the model and everything that helps it.
    pub fn fingerprint(&self, model: u32) -> u32 {
        let tree = self.helpers.tree.iter().map(WordTree::fingerprint);
        let lists = self.helpers.lists.iter().map(|(_, lists)| lists.checksum());
        let helpers: Vec<u32> = tree.chain(lists).collect();
        code::joined(model, &helpers, self.first.as_deref().unwrap_or_default())
    }

    /// Fails if a file was changed since it was opened.
    pub fn unchanged(&self) -> anyhow::Result<()> {
        match self.helpers.lists.iter().find(|(_, lists)| !lists.is_unchanged()) {
            None => Ok(()),
            Some((kind, _)) => {
                let path = self.folder.join(context(kind));
                bail!("{} was changed while it was read; run the command again", path.display())
            }
        }
    }
}

/// Says what a closed vocabulary cannot do.
pub fn closed(path: &Path) -> String {
    format!(
        "{}: its vocabulary is closed, so it cannot adapt: train a model from a text by words, whitespace or chars, without --closed",
        path.display()
    )
}

/// Returns a model that adapts as asked.
pub fn adapting<'m>(
    level: Adaptation,
    path: &Path,
    model: &'m dyn LanguageModel,
    helpers: &'m HelperFiles,
    progress: &dyn Progress,
) -> anyhow::Result<Adaptive<'m>> {
    let adaptive = match level {
        Adaptation::Fixed => Adaptive::fixed(model),
        Adaptation::Mixture => Adaptive::new(model),
        Adaptation::Decisions => return helpers.adapting(path, model, progress),
    };
    adaptive.with_context(|| closed(path))
}
