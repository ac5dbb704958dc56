//! What the protocols share: texts, a folder for models, a listener.

use super::brown::Brown;
use super::penn::Penn;
use crate::corpus::Unavailable;
use crate::entropy::Temporary;
use crate::progress::ProgressDisplay;
use anyhow::bail;
use std::sync::OnceLock;

/// Texts are fetched when the first protocol asks for them, and kept.
pub struct Lab {
    /// The Penn Treebank, if the user has it.
    pub ptb: Option<Penn>,
    /// Is told how far a protocol has come.
    pub progress: ProgressDisplay,
    /// Trains models in a temporary folder.
    pub trainer: Temporary,
    /// Or why it cannot be had, so that npm is asked once only.
    brown: OnceLock<Result<Brown, Unavailable>>,
}

impl Lab {
    /// A laboratory in which nothing has been fetched yet.
    pub fn new(ptb: Option<Penn>, quiet: bool) -> anyhow::Result<Lab> {
        let progress = ProgressDisplay::new(quiet);
        Ok(Lab { ptb, progress, trainer: Temporary::new()?, brown: OnceLock::new() })
    }

    /// The Brown corpus.
    pub fn brown(&self) -> anyhow::Result<&Brown> {
        if self.brown.get().is_none() {
            let fetched = match Brown::fetch() {
                Ok(brown) => Ok(brown),
                Err(error) => Err(error.downcast::<Unavailable>()?),
            };
            // Whoever came first has fetched the same.
            let _ = self.brown.set(fetched);
        }
        match self.brown.get() {
            Some(Ok(brown)) => Ok(brown),
            Some(Err(unavailable)) => Err(unavailable.clone().into()),
            None => bail!("the Brown corpus was not kept; this is a fault of this program"),
        }
    }
}
