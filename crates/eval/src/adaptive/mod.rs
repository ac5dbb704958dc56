//! A model that adapts to the text as it goes by, and is a proper model all the same: what it says of a token
//! depends on the tokens before alone, and the probabilities of all strings sum to 1.
//!
//! The probability of a token is a linear mixture of
//!
//! - the model's own, of every order down to single words;
//! - n-grams of the text so far, up to order 5, each order discounted and interpolated with the shorter, the
//!   shortest with the model's own probability;
//! - a unigram cache that forgets ([`cache`]).
//!
//! Its weights are learnt on the way ([`weights`]), in two sets of buckets: by how much of the history the text
//! has had, and by the token before. A third mixture joins the two. Case and spacing start from the model's,
//! too, and learn from the text; the spelling of words that neither the model nor the text has had is the model's.

mod cache;
mod seen;
mod weights;

use crate::charge::Charge;
use cache::Cache;
use ngram_model::open::{case_details, written_out};
use ngram_model::{LanguageModel, OpenVocabulary};
use ngram_tokenizer::{Case, Gap, Surface, WordId};
use rustc_hash::FxHashMap;
use seen::{Seen, context_of};
use weights::{Weights, mix};

/// How many words of the history n-grams of the text look at.
const LONGEST: usize = 4;
/// So many of the model's orders take part, the highest ones.
const ORDERS: usize = 6;
/// Buckets by the token before.
const WORDS: usize = 1 << 16;
/// How frequent the deepest context of the text was, as a logarithm to base 2, up to this less 1.
const FREQUENCIES: usize = 8;
/// What the shorter contexts count for where gaps, cases and letters are learnt.
const STRENGTH: f64 = 2.0;

/// A model under adaptation. [`Adaptive::line`] takes the lines of a text one after another.
pub struct Adaptive<'m> {
    model: &'m dyn LanguageModel,
    open: OpenVocabulary<'m>,
    /// The orders of the model that take part, highest first.
    orders: Vec<usize>,
    /// Words that the model does not know, numbered from the size of its vocabulary on.
    new_words: FxHashMap<String, u32>,
    /// The words before, as the model knows them, from the start of the line.
    history: Vec<WordId>,
    /// The words before, from the start of the text.
    text: Vec<u32>,
    seen: Seen,
    cache: Cache,
    by_depth: Weights,
    by_word: Weights,
    joined: Weights,
    surfaces: Seen,
}

/// A token as both know it.
#[derive(Clone, Copy)]
struct Token {
    /// In the model's vocabulary.
    id: WordId,
    /// In the text's; `None` if it is neither known nor was in the text before.
    number: Option<u32>,
}

/// What a string has of the probability of `<unk>`; and how many bits that is.
#[derive(Clone, Copy)]
struct Spelling {
    bits: f64,
    share: f64,
}

/// Where one is among the buckets, and the weights there.
struct Place {
    depth: usize,
    word: usize,
    /// Of the components, as the three mixtures give them together.
    weights: Vec<f64>,
}

impl<'m> Adaptive<'m> {
    /// A model that has seen nothing of a text; `None` if its vocabulary is closed.
    pub fn new(model: &'m dyn LanguageModel) -> Option<Adaptive<'m>> {
        let open = model.open_vocabulary().filter(OpenVocabulary::has_gaps)?;
        let highest = model.order();
        let orders: Vec<usize> = (1..=highest).rev().take(ORDERS).collect();
        // The model counts for most at first, the text for something, the cache for little.
        let mut first = vec![0.3 / orders.len() as f64; orders.len()];
        first[0] += 0.4;
        first.extend([0.2, 0.1]);
        Some(Adaptive {
            model,
            open,
            orders,
            new_words: FxHashMap::default(),
            history: vec![WordId::BEGIN],
            text: Vec::new(),
            seen: Seen::default(),
            cache: Cache::new(),
            by_depth: Weights::new((LONGEST + 1) * FREQUENCIES, &first, 0.0005),
            by_word: Weights::new(WORDS, &first, 0.002),
            joined: Weights::new(1, &[0.5, 0.5], 0.002),
            surfaces: Seen::default(),
        })
    }

    /// What a line costs, its end included. The line is learnt.
    pub fn line(&mut self, line: &str) -> Charge {
        let tokenizer = self.model.tokenizer();
        let mut charge = Charge::default();
        let mut surface = Surface::new(tokenizer);
        let mut buffer = String::new();
        self.history.clear();
        self.history.push(WordId::BEGIN);
        let last = tokenizer.pieces(line, |piece| {
            let token = tokenizer.token(piece.form, &mut buffer);
            let bits = self.token(Some(token));
            charge.token += bits.token;
            charge.spelling += bits.spelling;
            charge.spacing += self.gap(&surface, Some(token), piece.gap);
            let mut case = Case::Lower;
            if tokenizer.lowercase {
                case = Case::of(piece.form, token);
                charge.case += self.case(&surface, token, case);
                charge.case += case_details(token, piece.form, case);
            }
            surface.push(Gap::of(piece.gap), token, case);
        });
        charge.token += self.token(None).token;
        charge.spacing += self.gap(&surface, None, last.gap);
        charge
    }

    /// What a token costs, or with `None` the end of the line. It is learnt.
    fn token(&mut self, word: Option<&str>) -> Charge {
        let token = self.look_up(word);
        let new = token.number.is_none();
        let spelling = match (word, token.id) {
            (Some(word), WordId::UNKNOWN) => self.spell(word),
            _ => Spelling { bits: 0.0, share: 1.0 },
        };
        let place = self.place();
        // A word that only its spelling can tell is that much less likely under every component.
        let share = if new { 1.0 } else { spelling.share };
        let components = self.components(token, share);
        let bits = -mix(&place.weights, &components).log2();
        let charge = Charge {
            token: bits,
            spelling: if new { spelling.bits } else { 0.0 },
            ..Charge::default()
        };
        self.learn(&place, &components);
        let number = token.number.unwrap_or_else(|| self.add_word(word.unwrap_or_default()));
        self.add(number, token.id);
        charge
    }

    fn look_up(&self, word: Option<&str>) -> Token {
        let Some(word) = word else {
            return Token { id: WordId::END, number: Some(WordId::END.0) };
        };
        match self.model.vocab().id(word) {
            Some(id) if id.0 >= WordId::SPECIAL => Token { id, number: Some(id.0) },
            _ => Token { id: WordId::UNKNOWN, number: self.new_words.get(word).copied() },
        }
    }

    /// The probabilities that the components give to a token which, if the model does not know it, has this share of
    /// the probability of `<unk>`.
    fn components(&self, token: Token, share: f64) -> Vec<f64> {
        let is_known = token.id != WordId::UNKNOWN;
        let mut components: Vec<f64> = Vec::with_capacity(self.orders.len() + 2);
        for &order in &self.orders {
            let history = &self.history[self.history.len().saturating_sub(order - 1)..];
            let score = self.model.score(history, token.id);
            components.push(self.open.token(score.log_prob.prob(), is_known) * share);
        }
        let base = components[0];
        // A word that is in neither vocabulary was never counted.
        let number = token.number.unwrap_or(u32::MAX);
        let mut probability = base;
        for context in self.contexts() {
            probability = self.seen.probability(context, number, 0.0, probability);
        }
        components.push(probability);
        components.push(self.cache.probability(number, base));
        components
    }

    /// The contexts of the text, the shortest first.
    fn contexts(&self) -> impl Iterator<Item = u64> {
        let text = &self.text;
        (0..=LONGEST.min(text.len())).map(|length| context_of(&text[text.len() - length..]))
    }

    fn place(&mut self) -> Place {
        let (mut deepest, mut total) = (0, 0.0f64);
        for (length, context) in self.contexts().enumerate() {
            let Some((_, counted, _)) = self.seen.count(context, 0) else { break };
            (deepest, total) = (length, counted);
        }
        let frequency = (total as u32).checked_ilog2().unwrap_or(0) as usize;
        let depth = deepest * FREQUENCIES + frequency.min(FREQUENCIES - 1);
        let word = self.text.last().map_or(0, |&word| word as usize % WORDS);
        self.by_word.begin(word, self.by_depth.of(depth));
        let (one, other) = (self.by_depth.of(depth), self.by_word.of(word));
        let joined = self.joined.of(0);
        let weights = one.iter().zip(other).map(|(a, b)| joined[0] * a + joined[1] * b).collect();
        Place { depth, word, weights }
    }

    fn learn(&mut self, place: &Place, components: &[f64]) {
        let both = [
            mix(self.by_depth.of(place.depth), components),
            mix(self.by_word.of(place.word), components),
        ];
        self.joined.learn(0, &both);
        self.by_depth.learn(place.depth, components);
        self.by_word.learn(place.word, components);
    }

    fn add_word(&mut self, word: &str) -> u32 {
        let number = (self.model.vocab().len() + self.new_words.len()) as u32;
        self.new_words.insert(word.to_owned(), number);
        number
    }

    /// Goes on beyond a token.
    fn add(&mut self, number: u32, id: WordId) {
        let contexts: Vec<u64> = self.contexts().collect();
        contexts.into_iter().for_each(|context| self.seen.add(context, number));
        self.cache.add(number);
        self.text.push(number);
        self.history.push(id);
    }

    fn spell(&self, word: &str) -> Spelling {
        let bits = self.open.spelling(word);
        Spelling { bits, share: (-bits).exp2() }
    }

    fn gap(&mut self, surface: &Surface, token: Option<&str>, text: &str) -> f64 {
        let gap = Gap::of(text);
        let base = self.open.gap_probability(surface, token, gap);
        let (contexts, levels) = surface.gap_contexts(token);
        let bits = self.learn_surface(&contexts[..levels], gap as u32, base);
        if gap == Gap::Other { bits + written_out(text) } else { bits }
    }

    fn case(&mut self, surface: &Surface, token: &str, case: Case) -> f64 {
        let base = self.open.case_probability(surface, token, case);
        let [general, word, word_here] = surface.case_contexts(token);
        let contexts = [general, word, word_here, word_here ^ general.rotate_left(32)];
        self.learn_surface(&contexts, case as u32, base)
    }

    /// What a symbol costs to which the model gives `base`; it is learnt in contexts, the most general first.
    fn learn_surface(&mut self, contexts: &[u64], symbol: u32, base: f64) -> f64 {
        let mut probability = base;
        for &context in contexts {
            probability = self.surfaces.probability(context, symbol, STRENGTH, probability);
            self.surfaces.add(context, symbol);
        }
        -probability.log2()
    }
}
