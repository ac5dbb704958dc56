//! The helpers of a model: a folder beside it with what makes it adapt best.
//!
//! ```text
//! english.ngram               the model
//! english.ngram.helpers/      made by `ngram prepare`
//!   tree.txt                  words with their paths in a tree of classes
//!   class.ngram               a model of the classes
//!   skip.ngram                a model with gaps
//!   source-1.ngram …          models of each text alone, if there were several
//!   first.txt                 a text that is read before the one to be scored
//! ```

use crate::input;
use anyhow::{Context, bail};
use ngram_adaptive::decisions::{Expert, Helpers};
use ngram_adaptive::{Adaptation, Adaptive, code};
use ngram_model::{AnyModel, LanguageModel};
use ngram_store::Progress;
use std::path::{Path, PathBuf};

/// Names in the folder.
pub const TREE: &str = "tree.txt";
pub const CLASS: &str = "class.ngram";
pub const SKIP: &str = "skip.ngram";
pub const FIRST: &str = "first.txt";

/// The most texts that get a model of their own.
pub const SOURCES: usize = 7;

/// Returns the name of the model of a text, from 1.
pub fn source(number: usize) -> String {
    format!("source-{number}.ngram")
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
    tree: String,
    experts: Vec<AnyModel>,
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
        let sources = (1..=SOURCES).map(source);
        let mut experts = Vec::new();
        for name in [CLASS, SKIP].map(str::to_owned).into_iter().chain(sources) {
            let path = files.folder.join(name);
            if !is_there(&path)? {
                continue;
            }
            let expert = input::open_any_model(&path)?;
            if is_verified {
                expert.verify(&path.display().to_string())?;
            }
            if expert.as_dyn().tokenizer() != model.tokenizer() {
                bail!(
                    "{} splits text into other tokens than the model: make it again with `ngram prepare`",
                    path.display()
                );
            }
            experts.push(expert);
        }
        (files.tree, files.first, files.experts) = (tree, first, experts);
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
        let experts = self.experts.iter().map(|expert| match expert {
            AnyModel::Table(table) => Expert::Words(table),
            AnyModel::Class(classes) => Expert::Classes(classes),
            AnyModel::Skip(skips) => Expert::Skips(skips),
        });
        let helpers = Helpers { experts: experts.collect(), tree: &self.tree };
        let adaptive = Adaptive::by_decisions(model, helpers)
            .with_context(|| format!("{} or a model that helps it", path.display()))?;
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
        let experts = self.experts.iter().map(|expert| expert.fingerprint().to_le_bytes());
        let experts: Vec<[u8; 4]> = experts.collect();
        let texts = [self.tree.as_str(), self.first.as_deref().unwrap_or_default()];
        code::joined(model, experts.as_flattened(), texts)
    }

    /// Fails if a file was changed since it was opened.
    pub fn unchanged(&self) -> anyhow::Result<()> {
        Ok(self.experts.iter().try_for_each(AnyModel::unchanged)?)
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
