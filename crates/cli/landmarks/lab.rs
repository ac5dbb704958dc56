//! What the protocols share: texts, a folder for models, and a progress display.

use super::brown::Brown;
use super::penn::Penn;
use crate::corpus::Unavailable;
use crate::entropy::Temporary;
use crate::progress::ProgressDisplay;
use anyhow::bail;
use std::sync::OnceLock;

/// Shared resources. Texts are fetched when a protocol first needs them, and kept.
pub struct Lab {
    /// The Penn Treebank, if the user has it.
    pub ptb: Option<Penn>,
    /// Shows the progress of a protocol.
    pub progress: ProgressDisplay,
    /// Trains models in a temporary folder.
    pub trainer: Temporary,
    /// Brown, or why it is not available, so that npm is asked only once.
    brown: OnceLock<Result<Brown, Unavailable>>,
}

impl Lab {
    /// Creates a lab in which nothing has been fetched yet.
    pub fn new(ptb: Option<Penn>, quiet: bool) -> anyhow::Result<Lab> {
        let progress = ProgressDisplay::new(quiet);
        Ok(Lab { ptb, progress, trainer: Temporary::new()?, brown: OnceLock::new() })
    }

    /// Returns the Brown corpus, and fetches it the first time.
    pub fn brown(&self) -> anyhow::Result<&Brown> {
        if self.brown.get().is_none() {
            let fetched = match Brown::fetch() {
                Ok(brown) => Ok(brown),
                Err(error) => Err(error.downcast::<Unavailable>()?),
            };
            // If another thread was first, it has fetched the same.
            let _ = self.brown.set(fetched);
        }
        match self.brown.get() {
            Some(Ok(brown)) => Ok(brown),
            Some(Err(unavailable)) => Err(unavailable.clone().into()),
            None => bail!("the Brown corpus was not kept; this is a fault of this program"),
        }
    }
}
