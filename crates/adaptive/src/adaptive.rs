//! A model that adapts to the text as it goes by, and is a proper model all the same: what it says of a token
//! depends on the tokens before alone, and the probabilities of all strings sum to 1.
//!
//! The probability of a token is a linear mixture of
//!
//! - the model's own, of every order down to single words;
//! - n-grams of the text so far, up to order 5, each order discounted and interpolated with the shorter, the
//!   shortest with the model's own probability;
//! - a unigram cache that forgets (`cache`).
//!
//! Its weights are learnt on the way (`weights`), in two sets of buckets: by how much of the history the text
//! has had, and by the token before. A third mixture joins the two. Case and spacing start from the model's,
//! too, and learn from the text; the spelling of words that neither the model nor the text has had is the model's.
//!
//! The model may also be left as it is ([`Adaptive::fixed`]), and then costs what it does without all this.
//!
//! A text is walked along in one way, whether it is scored, coded or decoded ([`crate::code`]),
//! so that the three cannot differ.

use crate::cache::Cache;
use crate::charge::Charge;
use crate::coder::Scorer;
use crate::lists::Lists;
use crate::new_words::NewWords;
use crate::seen::Seen;
use crate::steps::Growing;
use crate::token::Learning;
use ngram_model::{LanguageModel, OpenVocabulary};
use ngram_tokenizer::WordId;

/// So many of the model's orders take part, the highest ones.
const ORDERS: usize = 6;

/// A model under adaptation. [`Adaptive::line`] takes the lines of a text one after another.
pub struct Adaptive<'m> {
    pub(crate) model: &'m dyn LanguageModel,
    pub(crate) open: OpenVocabulary<'m>,
    /// The orders of the model that take part, highest first.
    pub(crate) orders: Vec<usize>,
    /// Words that the model does not know, numbered from the size of its vocabulary on.
    pub(crate) new_words: NewWords,
    /// The words before, as the model knows them, from the start of the line.
    pub(crate) history: Vec<WordId>,
    /// The words before, from the start of the text.
    pub(crate) text: Vec<u32>,
    pub(crate) seen: Seen,
    /// How often each word came, less what is discounted, where all words are coded.
    pub(crate) came: Growing,
    pub(crate) cache: Cache,
    /// `None` for a model that is left as it is.
    pub(crate) learning: Option<Learning>,
    pub(crate) surfaces: Seen,
    /// Made when first needed.
    pub(crate) lists: Option<Lists>,
}

impl<'m> Adaptive<'m> {
    /// A model that has seen nothing of a text; `None` if its vocabulary is closed.
    pub fn new(model: &'m dyn LanguageModel) -> Option<Adaptive<'m>> {
        let mut adaptive = Adaptive::fixed(model)?;
        adaptive.orders = (1..=model.order()).rev().take(ORDERS).collect();
        adaptive.learning = Some(Learning::new(adaptive.orders.len()));
        Some(adaptive)
    }

    /// A model that is left as it is; `None` if its vocabulary is closed.
    pub fn fixed(model: &'m dyn LanguageModel) -> Option<Adaptive<'m>> {
        let open = model.open_vocabulary().filter(OpenVocabulary::has_gaps)?;
        Some(Adaptive {
            model,
            open,
            orders: vec![model.order()],
            new_words: NewWords::default(),
            history: vec![WordId::BEGIN],
            text: Vec::new(),
            seen: Seen::default(),
            came: Growing::default(),
            cache: Cache::new(),
            learning: None,
            surfaces: Seen::default(),
            lists: None,
        })
    }

    /// What a line costs, its end included. The line is learnt.
    pub fn line(&mut self, line: &str) -> Charge {
        let given = self.given(line);
        // What is given is never damaged.
        self.walk(&mut Scorer, Some(&given), usize::MAX)
            .map_or(Charge::default(), |(_, charge)| charge)
    }
}
