//! What the protocols share: texts, a folder for models, and a listener to progress.

use super::error::LandmarkError;
use crate::brown::Brown;
use ngram_store::Progress;
use ngram_train::TemporaryModels;
use std::sync::OnceLock;

/// The Penn Treebank as Mikolov prepared it.
pub struct Penn {
    /// The training text.
    pub train: String,
    /// The validation and test texts.
    pub held_out: [String; 2],
}

/// Fetches the Brown corpus.
pub type FetchBrown<'l> = dyn Fn() -> Result<Brown, LandmarkError> + Send + Sync + 'l;

/// Shared resources. Brown is fetched when a protocol first needs it, and kept.
pub struct Lab<'l> {
    /// The Penn Treebank, if the user has it.
    pub ptb: Option<Penn>,
    /// Told of the progress of a protocol.
    pub progress: &'l dyn Progress,
    /// Trains models in a temporary folder.
    pub models: TemporaryModels,
    fetch: Box<FetchBrown<'l>>,
    /// Brown, or why it is not available, so that it is asked for only once.
    brown: OnceLock<Result<Brown, String>>,
}

impl<'l> Lab<'l> {
    /// Creates a lab in which nothing has been fetched yet.
    pub fn new(
        ptb: Option<Penn>,
        progress: &'l dyn Progress,
        models: TemporaryModels,
        fetch: Box<FetchBrown<'l>>,
    ) -> Lab<'l> {
        Lab { ptb, progress, models, fetch, brown: OnceLock::new() }
    }

    /// Returns the Brown corpus, and fetches it the first time.
    pub fn brown(&self) -> Result<&Brown, LandmarkError> {
        if self.brown.get().is_none() {
            let fetched = match (self.fetch)() {
                Err(LandmarkError::Unavailable(why)) => Err(why),
                fetched => Ok(fetched?),
            };
            // If another thread was first, it has fetched the same.
            let _ = self.brown.set(fetched);
        }
        match self.brown.get() {
            Some(Ok(brown)) => Ok(brown),
            Some(Err(why)) => Err(LandmarkError::Unavailable(why.clone())),
            None => Err("the Brown corpus was not kept; this is a fault of this program".into()),
        }
    }
}
