//! Weights, given or fitted to a held-out text.

use super::{Blend, Events, LogLinear, MixError, Mixture, Weights};
use ngram_input::Text;
use ngram_model::{LanguageModel, OpenVocabulary};
use ngram_store::Progress;

/// A kind of mixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// A sum with one weight per model.
    Linear,
    /// A sum with weights for each kind of history that has at least so many held-out tokens.
    ByContext(usize),
    /// A product with one weight per model.
    LogLinear,
}

/// What a mixture makes of a held-out text.
pub struct HeldOutFigures {
    /// What the models predict for it.
    pub events: Events,
    /// The probability of each of its tokens by the mixture's formula.
    pub probabilities: Vec<f64>,
}

impl Mixture<'_> {
    /// Blends the models with the weights given, or with weights fitted to the held-out text if there are none. If
    /// there is a held-out text, also returns what the blend makes of it.
    ///
    /// # Errors
    ///
    /// If the weights are not possible ones, or as [`Mixture::events`] fails.
    pub fn blend(
        &self,
        formula: Formula,
        given: &[f64],
        held_out: &[Text],
        progress: &dyn Progress,
    ) -> Result<(Blend, Option<HeldOutFigures>), MixError> {
        let given = match formula {
            _ if given.is_empty() => None,
            Formula::LogLinear => {
                Some(Blend::LogLinear(LogLinear::given(given, self.models.len())?))
            }
            _ => Some(Blend::Linear(Weights::given(given, self.models.len())?)),
        };
        let given = match given {
            Some(blend) if held_out.is_empty() => return Ok((blend, None)),
            given => given,
        };
        let events = self.events(held_out, progress)?;
        let (blend, probabilities) = if formula == Formula::LogLinear {
            let normalizers = self.normalizers(&events);
            let weights = match given {
                Some(Blend::LogLinear(weights)) => weights,
                _ => normalizers.fit(),
            };
            let probabilities = normalizers.probabilities(&weights);
            (Blend::LogLinear(weights), probabilities)
        } else {
            let weights = match (given, formula) {
                (Some(Blend::Linear(weights)), _) => weights,
                (_, Formula::ByContext(least)) => Weights::fit_by_context(&events, least),
                _ => Weights::fit(&events),
            };
            let probabilities = weights.probabilities(&events);
            (Blend::Linear(weights), probabilities)
        };
        Ok((blend, Some(HeldOutFigures { events, probabilities })))
    }

    /// Returns how many of the models have an open vocabulary.
    pub fn opened(&self) -> usize {
        self.open().count()
    }

    /// Returns the share of new tokens: that of the held-out text, or else the lowest of the models'. `None` if there
    /// is no held-out text, and no model has an open vocabulary.
    pub fn novelty(&self, held_out: Option<&HeldOutFigures>) -> Option<f64> {
        match held_out {
            Some(HeldOutFigures { events, probabilities }) => Some(events.novelty(probabilities)),
            // Only the models' texts tell how likely new words are; the mixture knows more words than any of them.
            None => self.open().map(|open| open.novelty()).reduce(f64::min),
        }
    }

    fn open(&self) -> impl Iterator<Item = OpenVocabulary<'_>> {
        self.models.iter().filter_map(|model| model.open_vocabulary())
    }
}

impl Blend {
    /// The weight of each model; with weights by context, those of histories of no kind with its own.
    pub fn weights(&self) -> &[f64] {
        match self {
            Blend::Linear(weights) => weights.all(),
            Blend::LogLinear(weights) => weights.weights(),
        }
    }

    /// The number of kinds of histories with weights of their own.
    pub fn kinds(&self) -> usize {
        match self {
            Blend::Linear(weights) => weights.kinds(),
            Blend::LogLinear(_) => 0,
        }
    }
}
