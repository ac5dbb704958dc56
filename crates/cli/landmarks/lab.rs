//! What the protocols share: texts, a folder for models, a listener.

use super::brown::Brown;
use super::penn::Penn;
use crate::entropy::Temporary;
use crate::progress::ProgressDisplay;
use std::sync::OnceLock;

/// Texts are fetched when the first protocol asks for them, and kept.
pub struct Lab {
    /// The Penn Treebank, if the user has it.
    pub ptb: Option<Penn>,
    /// Is told how far a protocol has come.
    pub progress: ProgressDisplay,
    /// Trains models in a temporary folder.
    pub trainer: Temporary,
    brown: OnceLock<Brown>,
}

impl Lab {
    /// A laboratory in which nothing has been fetched yet.
    pub fn new(ptb: Option<Penn>, quiet: bool) -> anyhow::Result<Lab> {
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
