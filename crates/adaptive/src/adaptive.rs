//! A model that adapts to the text as it reads it, and is still a proper model: the probability of
//! a token depends only on the tokens before it, and the probabilities of all strings sum to 1.
//!
//! The probability of a token is a linear mixture of
//!
//! - the model's own probabilities, of every order down to unigrams;
//! - n-grams of the text so far, up to order 5, each order discounted and interpolated with the
//!   next lower one, and the lowest with the model's own probability;
//! - a unigram cache with decay (`cache`).
//!
//! The weights are learnt along the way (`weights`), in two sets of buckets: by how much of the
//! history the text has seen before, and by the previous token. A third mixture joins the two. Case
//! and spacing also start from the model's probabilities and learn from the text; words new to both
//! model and text are spelled by the model.
//!
//! The model can also stay fixed ([`Adaptive::fixed`]); costs are then those of the model alone.
//!
//! Scoring, coding and decoding ([`crate::code`]) use the same walk over the text, so they cannot
//! differ.

use crate::cache::Cache;
use crate::charge::Charge;
use crate::coder::CostCoder;
use crate::decisions::{Decisions, Helpers, NoLists};
use crate::lists::SuccessorLists;
use crate::new_words::NewWords;
use crate::seen::SeenSymbols;
use crate::steps::Growing;
use crate::token::Learning;
use ngram_model::{LanguageModel, OpenVocabulary};
use ngram_tokenizer::WordId;
use std::fmt;

/// The number of the model's orders that take part, counted from the highest.
const ORDERS: usize = 6;

/// How a model adapts. The numbers are stored in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Adaptation {
    /// Not at all.
    Fixed = 0,
    /// By a linear mixture with the text so far.
    Mixture = 1,
    /// By binary decisions.
    Decisions = 2,
}

impl Adaptation {
    pub(crate) const ALL: [Adaptation; 3] =
        [Adaptation::Fixed, Adaptation::Mixture, Adaptation::Decisions];
}

impl fmt::Display for Adaptation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Adaptation::Fixed => "not at all",
            Adaptation::Mixture => "by a mixture",
            Adaptation::Decisions => "by decisions",
        })
    }
}

/// An adapting model. [`Adaptive::line`] takes the lines of a text in order.
pub struct Adaptive<'m> {
    pub(crate) model: &'m dyn LanguageModel,
    pub(crate) open: OpenVocabulary<'m>,
    /// The orders of the model that take part, highest first.
    pub(crate) orders: Vec<usize>,
    /// Words of the text unknown to the model, numbered from the size of its vocabulary on.
    pub(crate) new_words: NewWords,
    /// The preceding words of the line, as model ids.
    pub(crate) history: Vec<WordId>,
    /// The preceding words of the whole text.
    pub(crate) text: Vec<u32>,
    pub(crate) seen: SeenSymbols,
    /// The discounted count of each word of the text, for cumulative sums.
    pub(crate) came: Growing,
    pub(crate) cache: Cache,
    /// `None` for a fixed model.
    pub(crate) learning: Option<Learning>,
    pub(crate) surfaces: SeenSymbols,
    /// Built on first use.
    pub(crate) lists: Option<SuccessorLists>,
    /// Tokens are decided bit by bit instead of at once.
    pub(crate) decisions: Option<Box<Decisions<'m>>>,
}

impl<'m> Adaptive<'m> {
    /// Creates an adapting model that has seen no text; `None` if the vocabulary is closed.
    pub fn new(model: &'m dyn LanguageModel) -> Option<Adaptive<'m>> {
        let mut adaptive = Adaptive::fixed(model)?;
        adaptive.orders = (1..=model.order()).rev().take(ORDERS).collect();
        adaptive.learning = Some(Learning::new(adaptive.orders.len()));
        Some(adaptive)
    }

    /// Creates a fixed model; `None` if the vocabulary is closed.
    pub fn fixed(model: &'m dyn LanguageModel) -> Option<Adaptive<'m>> {
        let open = model.open_vocabulary().filter(OpenVocabulary::has_gaps)?;
        Some(Adaptive {
            model,
            open,
            orders: vec![model.order()],
            new_words: NewWords::default(),
            history: vec![WordId::BEGIN],
            text: Vec::new(),
            seen: SeenSymbols::default(),
            came: Growing::default(),
            cache: Cache::new(),
            learning: None,
            surfaces: SeenSymbols::default(),
            lists: None,
            decisions: None,
        })
    }

    /// Creates an adapting model that finds tokens by binary decisions ([`crate::decisions`]), with the help of other
    /// models; `None` if the vocabulary is closed.
    ///
    /// # Errors
    ///
    /// [`NoLists`] if a model does not list the successors of a history, as in the compact layout.
    pub fn by_decisions(
        model: &'m dyn LanguageModel,
        helpers: Helpers,
    ) -> Result<Option<Adaptive<'m>>, NoLists> {
        let Some(adaptive) = Adaptive::new(model) else { return Ok(None) };
        let decisions = Some(Box::new(Decisions::new(model, helpers)?));
        Ok(Some(Adaptive { decisions, ..adaptive }))
    }

    /// The model itself, which stays as it is.
    pub fn model(&self) -> &'m dyn LanguageModel {
        self.model
    }

    /// Returns how the model adapts.
    pub fn level(&self) -> Adaptation {
        match (&self.decisions, &self.learning) {
            (Some(_), _) => Adaptation::Decisions,
            (None, Some(_)) => Adaptation::Mixture,
            (None, None) => Adaptation::Fixed,
        }
    }

    /// Returns the cost of a line, including its end, and learns the line.
    pub fn line(&mut self, line: &str) -> Charge {
        let given = self.given(line);
        // A given line is never damaged.
        self.walk(&mut CostCoder, Some(&given), usize::MAX)
            .map_or(Charge::default(), |(_, charge)| charge)
    }
}
