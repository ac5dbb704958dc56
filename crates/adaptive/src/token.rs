//! The next token: scoring, coding and decoding it.

use super::coder::{Coder, FixedSymbols, Halt};
use super::distribution::Tokens;
use super::lists::SuccessorLists;
use super::seen::{DISCOUNT, context_of};
use super::weights::{BucketWeights, mix};
use crate::adaptive::Adaptive;
use crate::charge::Charge;
use crate::decisions::Before;
use ngram_tokenizer::WordId;
use ngram_tokenizer::surface::END_OF_WORD;
use std::borrow::Cow;

/// The longest history, in words, of the n-grams of the text.
const LONGEST: usize = 4;
/// The number of buckets by the previous token.
const WORDS: usize = 1 << 16;
/// The number of frequency classes of the longest context seen in the text: log2 of its count,
/// capped.
const FREQUENCIES: usize = 8;

/// The weights of the mixtures.
pub(super) struct Learning {
    by_depth: BucketWeights,
    by_word: BucketWeights,
    joined: BucketWeights,
}

impl Learning {
    /// Creates weights for `orders` orders of the model, the n-grams of the text, and the cache.
    pub fn new(orders: usize) -> Learning {
        // At first the model gets most of the weight, the text some, and the cache little.
        let mut first = vec![0.3 / orders as f64; orders];
        first[0] += 0.4;
        first.extend([0.2, 0.1]);
        Learning {
            by_depth: BucketWeights::new((LONGEST + 1) * FREQUENCIES, &first, 0.0005),
            // A bucket is created when its word first occurs: a short text needs only a few.
            by_word: BucketWeights::new(0, &first, 0.002),
            joined: BucketWeights::new(1, &[0.5, 0.5], 0.002),
        }
    }
}

/// A token by its id in the model and its number in the text.
#[derive(Clone, Copy)]
struct Token {
    /// Its id in the model's vocabulary.
    id: WordId,
    /// Its number in the vocabulary extended by the text; `None` for a word new to both.
    number: Option<u32>,
}

/// The current buckets, and the weights there.
pub(super) struct BucketPlace {
    depth: usize,
    word: usize,
    /// The weights of the components, combined from the three mixtures.
    weights: Vec<f64>,
}

impl Adaptive<'_> {
    /// Codes or decodes the next token, `None` for the end of the line; adds its cost to `charge`
    /// and learns it.
    pub(super) fn token<'g, C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<Option<&'g str>>,
        longest: usize,
        charge: &mut Charge,
    ) -> Result<Option<Cow<'g, str>>, Halt> {
        let symbol = given.map(|word| self.look_up(word).number.unwrap_or(WordId::UNKNOWN.0));
        let mut decisions = self.decisions.take();
        let place = match decisions {
            Some(_) => None,
            None => Some(self.place()),
        };
        let symbol = match (&mut decisions, &place) {
            (Some(decisions), _) => {
                let unknown = self.unknown_by_order();
                let before = Before {
                    history: &self.history,
                    text: &self.text,
                    vocab: self.vocab_len(),
                    new_words: self.new_words.len(),
                    unknown: &unknown,
                };
                let (symbol, bits) = decisions.code(coder, symbol, &before)?;
                charge.token += bits;
                symbol
            }
            (None, Some(place)) => coder.code(symbol, || self.tokens(place))?,
            (None, None) => WordId::UNKNOWN.0,
        };
        self.decisions = decisions;
        let word = match (given, WordId(symbol)) {
            (_, WordId::UNKNOWN) => {
                Some(self.spell(coder, given.flatten(), longest, &mut charge.spelling)?)
            }
            (Some(word), _) => word.map(Cow::Borrowed),
            (None, WordId::END) => None,
            (None, _) => Some(Cow::Owned(self.word(symbol).ok_or(Halt::Damaged)?.to_owned())),
        };
        let token = match WordId(symbol) {
            WordId::UNKNOWN => Token { id: WordId::UNKNOWN, number: None },
            _ if symbol < self.vocab_len() => Token { id: WordId(symbol), number: Some(symbol) },
            _ => Token { id: WordId::UNKNOWN, number: Some(symbol) },
        };
        if let Some(place) = &place {
            let components = self.components(token);
            charge.token += -mix(&place.weights, &components).log2();
            self.learn(place, &components);
        }
        self.add(token, word.as_deref());
        Ok(word)
    }

    /// Returns the probability of a string, including its spelling, or of the end of the line.
    #[cfg(test)]
    pub(super) fn probability(&mut self, word: Option<&str>) -> f64 {
        let place = self.place();
        let token = self.look_up(word);
        let probability = mix(&place.weights, &self.components(token));
        match (token.number, word) {
            (None, Some(word)) => probability * self.open.spelling_probability(word),
            _ => probability,
        }
    }

    fn vocab_len(&self) -> u32 {
        self.model.vocab().len() as u32
    }

    fn look_up(&self, word: Option<&str>) -> Token {
        let Some(word) = word else {
            return Token { id: WordId::END, number: Some(WordId::END.0) };
        };
        match self.model.vocab().id(word) {
            Some(id) if id.0 >= WordId::SPECIAL => Token { id, number: Some(id.0) },
            _ => {
                let place = self.new_words.place(word);
                let number = place.map(|place| self.vocab_len() + place);
                Token { id: WordId::UNKNOWN, number }
            }
        }
    }

    /// Returns the word with a number; `None` if there is none, or if no text can contain it.
    fn word(&self, number: u32) -> Option<&str> {
        let word = match number.checked_sub(self.vocab_len()) {
            Some(place) => self.new_words.get(place)?.0,
            None if number < WordId::SPECIAL => return None,
            None => self.model.vocab().word(WordId(number)),
        };
        (!word.is_empty()).then_some(word)
    }

    /// Returns the probability each component gives to a token. A word new to both model and text
    /// gets the whole probability of `<unk>`.
    fn components(&self, token: Token) -> Vec<f64> {
        let is_known = token.id != WordId::UNKNOWN;
        let place = token.number.and_then(|number| number.checked_sub(self.vocab_len()));
        let new = place.and_then(|place| self.new_words.get(place));
        let share = new.map_or(1.0, |(_, share)| share);
        let mut components: Vec<f64> = Vec::with_capacity(self.orders.len() + 2);
        for &order in &self.orders {
            let history = &self.history[self.history.len().saturating_sub(order - 1)..];
            let score = self.model.score(history, token.id);
            components.push(self.open.token(score.log_prob.prob(), is_known) * share);
        }
        if self.learning.is_some() {
            let base = components[0];
            // A word new to both model and text was never counted.
            let number = token.number.unwrap_or(u32::MAX);
            let mut probability = base;
            for context in self.contexts() {
                probability = self.seen.probability(context, number, 0.0, probability);
            }
            components.push(probability);
            components.push(self.cache.probability(number, base));
        }
        components
    }

    /// Returns the probabilities of all tokens.
    pub(super) fn tokens(&mut self, place: &BucketPlace) -> Tokens<'_> {
        let mut lists = self.lists.take().unwrap_or_else(|| SuccessorLists::new(self.model));
        let (of_orders, of_text) = place.weights.split_at(self.orders.len());
        let mut of_orders = of_orders.to_vec();
        let (mut seen, mut came, mut cache) = (Vec::new(), None, None);
        if let &[of_seen, of_cache] = of_text {
            let mut weight = of_seen;
            let contexts: Vec<u64> = self.contexts().collect();
            for &context in contexts.iter().rev() {
                let Some(shares) = self.seen.shares(context, 0.0) else { continue };
                let of_count = weight * shares.of_count;
                if context == contexts[0] {
                    came = Some((of_count, &self.came));
                } else {
                    seen.push((of_count, self.seen.steps(context)));
                }
                weight *= shares.of_base;
            }
            let (of_count, of_base) = self.cache.shares();
            cache = Some((of_cache * of_count, &self.cache));
            of_orders[0] += weight + of_cache * of_base;
        }
        let novelty = self.open.novelty();
        let longest = self.history.len().min(self.model.order() - 1);
        let mut weights = vec![0.0; longest + 1];
        for (&order, weight) in self.orders.iter().zip(&of_orders) {
            weights[longest.min(order - 1)] += weight * (1.0 - novelty);
        }
        let mut listed = Vec::with_capacity(longest);
        let mut weight = 0.0;
        for length in (1..=longest).rev() {
            let list = lists.get(self.model, &self.history[self.history.len() - length..]);
            weight += weights[length];
            let shorter = weight * list.backoff;
            listed.push((weight, list));
            weight = shorter;
        }
        let singles_weight = weight + weights[0];
        let tokens = Tokens {
            lists: self.lists.insert(lists),
            singles_weight,
            listed,
            novelty: novelty * of_orders.iter().sum::<f64>(),
            vocab: self.model.vocab().len() as u32,
            new_words: &self.new_words,
            seen,
            came,
            cache,
            scale: 1.0,
        };
        tokens.scaled()
    }

    /// Returns the probability that each order of the model gives to an unknown word, the lowest first.
    fn unknown_by_order(&self) -> Vec<f64> {
        let most = self.history.len().min(self.model.order() - 1);
        let score = |length| {
            let history = &self.history[self.history.len() - length..];
            self.model.score(history, WordId::UNKNOWN).log_prob.prob()
        };
        (0..=most).map(|length| self.open.token(score(length), false)).collect()
    }

    /// Returns the current contexts in the text, the shortest first.
    fn contexts(&self) -> impl Iterator<Item = u64> {
        let text = &self.text;
        (0..=LONGEST.min(text.len())).map(|length| context_of(&text[text.len() - length..]))
    }

    pub(super) fn place(&mut self) -> BucketPlace {
        if self.learning.is_none() {
            return BucketPlace { depth: 0, word: 0, weights: vec![1.0] };
        }
        let (mut deepest, mut total) = (0, 0.0f64);
        for (length, context) in self.contexts().enumerate() {
            let Some((_, counted, _)) = self.seen.count(context, 0) else { break };
            (deepest, total) = (length, counted);
        }
        let frequency = (total as u32).checked_ilog2().unwrap_or(0) as usize;
        let depth = deepest * FREQUENCIES + frequency.min(FREQUENCIES - 1);
        let word = self.text.last().map_or(0, |&word| word as usize % WORDS);
        let mut weights = vec![1.0];
        if let Some(Learning { by_depth, by_word, joined }) = &mut self.learning {
            by_word.begin(word, by_depth.of(depth));
            let (one, other) = (by_depth.of(depth), by_word.of(word));
            let joined = joined.of(0);
            let both = one.iter().zip(other);
            weights = both.map(|(a, b)| joined[0] * a + joined[1] * b).collect();
        }
        BucketPlace { depth, word, weights }
    }

    fn learn(&mut self, place: &BucketPlace, components: &[f64]) {
        let Some(Learning { by_depth, by_word, joined }) = &mut self.learning else { return };
        let both =
            [mix(by_depth.of(place.depth), components), mix(by_word.of(place.word), components)];
        joined.learn(0, &both);
        by_depth.learn(place.depth, components);
        by_word.learn(place.word, components);
    }

    /// Moves past a token, learning its counts.
    fn add(&mut self, token: Token, word: Option<&str>) {
        self.history.push(token.id);
        if self.learning.is_none() {
            return;
        }
        let number = token.number.unwrap_or_else(|| {
            let word = word.unwrap_or_default();
            self.vocab_len() + self.new_words.push(word, self.open.spelling_probability(word))
        });
        if self.decisions.is_some() {
            self.text.push(number);
            return;
        }
        let contexts: Vec<u64> = self.contexts().collect();
        let is_first = self.seen.count(contexts[0], number).is_none_or(|(count, ..)| count == 0.0);
        self.came.add(number, if is_first { 1.0 - DISCOUNT } else { 1.0 });
        contexts.into_iter().for_each(|context| self.seen.add(context, number));
        self.cache.add(number);
        self.text.push(number);
    }

    /// Codes or decodes the spelling of a word new to both model and text, byte by byte.
    fn spell<'g, C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<&'g str>,
        longest: usize,
        bits: &mut f64,
    ) -> Result<Cow<'g, str>, Halt> {
        let mut bytes = Vec::new();
        loop {
            let symbol = given.map(|word| {
                word.as_bytes().get(bytes.len()).map_or(END_OF_WORD, |&byte| u16::from(byte))
            });
            let symbol = symbol.map(u32::from);
            let symbol = match &mut self.decisions {
                Some(decisions) => {
                    let base = self.open.symbols(&bytes);
                    let (symbol, cost) = decisions.byte(coder, symbol, &base, &bytes)?;
                    *bits += cost;
                    symbol
                }
                None => coder.code(symbol, || FixedSymbols::new(&self.open.symbols(&bytes)))?,
            };
            match u8::try_from(symbol) {
                Ok(byte) if bytes.len() < longest => bytes.push(byte),
                Ok(_) => return Err(Halt::Damaged),
                Err(_) => break,
            }
        }
        if let (None, Ok(word)) =
            (&self.decisions, std::str::from_utf8(given.map_or(&bytes, str::as_bytes)))
        {
            *bits += self.open.spelling(word);
        }
        match given {
            Some(word) => Ok(Cow::Borrowed(word)),
            None if bytes.is_empty() => Err(Halt::Damaged),
            None => String::from_utf8(bytes).map(Cow::Owned).map_err(|_| Halt::Damaged),
        }
    }
}
