//! The weights of a mixture, fitted to a text.

use crate::Evaluation;
use crate::mixture::{CacheSpec, DynamicMixture, MixtureError};
use ngram_model::{MixtureWeights, mixture_weights};
use std::io::Read;

impl DynamicMixture<'_> {
    /// Fits the weights to maximize the probability of a text, starting from the current weights.
    /// Caches start empty, and the text is not kept in them. Takes 8 bytes of memory per token and
    /// part.
    ///
    /// # Errors
    ///
    /// If the text cannot be read, or has no token to which any part gives a probability above 0.
    pub fn fit(
        &mut self,
        name: &str,
        text: impl Read + Send,
    ) -> Result<MixtureWeights, MixtureError> {
        let caches: Vec<CacheSpec> = self.caches.iter().map(|cache| cache.spec()).collect();
        let mut fitted = DynamicMixture::new(self.model, &caches);
        fitted.kept = Some(Vec::new());
        let mut evaluation = Evaluation::mixture(fitted);
        evaluation.read(name, text)?;
        let rows = evaluation.into_mixture().and_then(|mixture| mixture.kept).unwrap_or_default();
        let found = mixture_weights(&rows, &self.weights);
        let events = rows.len() / self.weights.len();
        if found.impossible as usize >= events {
            return Err(MixtureError::NothingToFit(name.to_owned()));
        }
        self.weights.clone_from(&found.weights);
        Ok(found)
    }
}
