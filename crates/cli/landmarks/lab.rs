//! What the protocols share: texts, a folder for models, a listener.

use super::brown::Brown;
use crate::entropy::Temporary;
use crate::progress::ProgressDisplay;
use std::path::PathBuf;
use std::sync::OnceLock;

/// Texts are fetched when the first protocol asks for them, and kept.
pub struct Lab {
    /// Where the user has the files of the Penn Treebank.
    pub ptb: Option<PathBuf>,
    /// Is told how far a protocol has come.
    pub progress: ProgressDisplay,
    /// Trains models in a temporary folder.
    pub trainer: Temporary,
    brown: OnceLock<Brown>,
}

impl Lab {
    /// A laboratory in which nothing has been fetched yet.
    pub fn new(ptb: Option<PathBuf>, quiet: bool) -> anyhow::Result<Lab> {
        let progress = ProgressDisplay::new(quiet);
        Ok(Lab { ptb, progress, trainer: Temporary::new()?, brown: OnceLock::new() })
    }

    /// The Brown corpus.
    pub fn brown(&self) -> anyhow::Result<&Brown> {
        match self.brown.get() {
            Some(brown) => Ok(brown),
            None => {
                let fetched = Brown::fetch()?;
                Ok(self.brown.get_or_init(|| fetched))
            }
        }
    }
}
