//! The models that are open. What was read from a model that another program changed meanwhile cannot be trusted, so no
//! command ends well, and no output gets its name, before all of them were compared with what they were.

use ngram_model::{Changed, ModelFile};
use std::sync::{Mutex, PoisonError};

static OPENED: Mutex<Vec<ModelFile>> = Mutex::new(Vec::new());

/// Remembers a model that was opened.
pub fn remember(file: ModelFile) {
    OPENED.lock().unwrap_or_else(PoisonError::into_inner).push(file);
}

/// Fails if a model that was opened has changed since, as far as the system tells.
pub fn unchanged() -> Result<(), Changed> {
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.iter().try_for_each(ModelFile::unchanged)
}
