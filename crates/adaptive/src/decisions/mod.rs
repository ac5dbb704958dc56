//! Binary decisions: a token as a path through a tree of words, each decision predicted by many inputs that are mixed
//! in the logistic domain.
//!
//! A linear mixture of distributions is never better than the best of its parts at the word that comes. Mixed as
//! ln p/(1 − p), evidence from different contexts adds up (Mahoney 2005; Mattern 2012): two inputs that both say 0.9
//! can make more than 0.9. That needs decisions between two, whose probabilities sum to 1 whatever the weights are: a
//! token's probability is the product of those on its path.
//!
//! ```text
//! new to the model?        if so: new to the text, too? then it is spelled
//!                          otherwise its number among the text's new words, bit by bit
//! otherwise                the tree of words: classes that are alike, classes, words ([`WordTree`])
//! ```
//!
//! The inputs of a decision are
//!
//! - the orders of the model (`chain`);
//! - what followed contexts of many kinds in the training text, if that was prepared (`listed`);
//! - what came before in the text in the same contexts: the words before, their classes, words further back,
//!   punctuation (`contexts`, `counters`);
//! - what came lately (`caches`).
//!
//! Inputs are calibrated (`maps`), mixed by weights that contexts choose (`mixer`), and the result is calibrated again.
//! All of it learns from every decision.

mod caches;
mod chain;
mod contexts;
mod counters;
mod listed;
mod logistic;
mod maps;
mod mixer;
mod symbols;
#[cfg(test)]
mod tests;

pub use chain::NoLists;

use crate::coder::{Coder, FixedSymbols, Halt};
use crate::prepared::file::ContextLists;
use crate::prepared::kinds::ContextKind;
use crate::seen::folded;
use crate::tree::{Node, WordTree};
use caches::{CACHES, Caches};
use chain::{Chain, Halves, ORDERS};
use contexts::{CONTEXTS, TextContexts};
use counters::{Counter, Counters};
use listed::{ListedContexts, RANKED};
use logistic::{FARTHEST, ln, squash, stretch};
use maps::{Map, RowPlace};
use mixer::{Mixer, Rate};
use ngram_model::LanguageModel;
use ngram_tokenizer::{Gap, WordId};
use symbols::DecidedSymbols;

/// What `ngram prepare` makes of the training text, to help to decide.
#[derive(Clone, Default)]
pub struct Helpers {
    /// The tree of the model's words; without one they are in a tree by frequency alone.
    pub tree: Option<WordTree>,
    /// What followed contexts of these kinds.
    pub lists: Vec<(&'static ContextKind, ContextLists)>,
}

/// The decisions of a text, and all that they learn.
#[derive(Clone)]
pub struct Decisions<'m> {
    tree: WordTree,
    chain: Chain<'m>,
    listed: ListedContexts,
    contexts: TextContexts,
    counters: Counters,
    caches: Caches,
    /// Calibrate each order by the number of listed words.
    order_maps: Vec<Map>,
    /// Calibrate each context of the text by its count.
    counter_maps: Vec<Map>,
    mixer: Mixer,
    last_maps: [Map; LAST_MAPS],
    /// The gaps before tokens, their cases, and the bytes of new words.
    gaps: DecidedSymbols,
    cases: DecidedSymbols,
    bytes: DecidedSymbols,
    /// Reused for every decision.
    scratch: Scratch,
}

#[derive(Clone, Default)]
struct Scratch {
    inputs: Vec<f32>,
    parts: Vec<Halves>,
    seen: Vec<Counter>,
    order_spots: Vec<RowPlace>,
    counter_spots: Vec<RowPlace>,
}

const LAST_MAPS: usize = 3;
/// The weight of the mixture beside one of the last maps.
const MIXED: f32 = 4.0;
/// Sets of weights.
const GATES: usize = 13;
/// Those whose contexts also choose weights for the last mixtures.
const LAST_GATES: [usize; 10] = [12, 1, 0, 4, 3, 2, 5, 6, 7, 9];
/// Contexts of the bytes of a new word.
const SPELLING: usize = 8;
/// The number of listed words is told apart up to this many classes of log2.
const LISTED: usize = 8;
const DEPTHS: usize = 32;
/// Values of hashed contexts that choose weights.
const HASHED: usize = if cfg!(test) { 1 << 4 } else { 1 << 14 };
/// Nodes of the tree that have weights and maps of their own, up to hash collisions.
const NODES: usize = if cfg!(test) { 1 << 6 } else { 1 << 16 };
/// log2 of the number of slots for what came in the text.
const SLOTS: u32 = if cfg!(test) { 12 } else { 28 };
/// How fast the weights of the sets, and those of the mixture of sets, move.
const RATES: [Rate; 2] = [
    Rate { first: 0.02, last: 0.0025, half: 200.0 },
    Rate { first: 0.005, last: 0.0005, half: 500.0 },
];

/// A decision: where it is.
#[derive(Clone, Copy)]
struct Decision {
    /// Tells all decisions apart.
    key: u64,
    /// The node of the tree, if it is one.
    node: Option<Node>,
    depth: usize,
    kind: Decided,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decided {
    /// Whether the word is new to the model.
    New,
    /// Whether it is new to the text.
    NewToText,
    /// A bit of its number among the text's new words.
    Number,
    /// Between classes.
    Class,
    /// Between words of a class.
    Word,
}

/// What the inputs tell of a decision, to choose weights by.
#[derive(Default)]
struct Evidence {
    /// The highest order of the main model that lists words here.
    matched: usize,
    /// log2 of the number of words that its highest orders list here, the highest first.
    listed: [usize; 4],
    /// The longest context of words that came before in the text.
    came: usize,
    /// log2 of the count in each cache.
    cached: [usize; CACHES],
}

/// The text before a token, as [`crate::Adaptive`] keeps it.
pub(crate) struct Before<'a> {
    /// The words of the line, by id in the model, after `<s>`.
    pub history: &'a [WordId],
    /// The words of the text, by number.
    pub text: &'a [u32],
    /// The size of the model's vocabulary: the number of the text's first new word.
    pub vocab: u32,
    /// The number of the text's new words.
    pub new_words: u32,
    /// The probability that each order of the model gives to a word it does not know, the lowest first.
    pub unknown: &'a [f64],
}

impl<'m> Decisions<'m> {
    /// Creates decisions that have seen no text.
    ///
    /// # Errors
    ///
    /// [`NoLists`] if a model does not list the successors of a history.
    pub(crate) fn new(
        model: &'m dyn LanguageModel,
        helpers: Helpers,
    ) -> Result<Decisions<'m>, NoLists> {
        let tree = helpers.tree.unwrap_or_else(|| WordTree::new(model, ""));
        let chain = Chain::new(model, &tree)?;
        let listed = ListedContexts::new(helpers.lists);
        let orders = chain.orders();
        // At first the highest order of the model decides almost alone.
        let text = 2 * orders + listed.inputs();
        let mut first = vec![0.0; text + 2 * CONTEXTS + CACHES + 1];
        first[2 * orders - 2..2 * orders].fill(0.3);
        for context in 0..CONTEXTS {
            first[text + 2 * context] = 0.05;
        }
        let gates = [
            (ORDERS + 1) * 6 * DEPTHS,
            NODES,
            HASHED,
            6 * 6 * 6 * 6,
            HASHED,
            contexts::PUNCTUATION * 4,
            5 * 5 * 5 * 8,
            5 * DEPTHS,
            RANKED * RANKED * (ORDERS + 1) * 8,
            RANKED * RANKED * 6 * 6,
            1,
            5,
            RANKED * RANKED * 4,
        ];
        Ok(Decisions {
            contexts: TextContexts::new(model),
            listed,
            counters: Counters::new(SLOTS),
            caches: Caches::new(tree.words() as usize),
            order_maps: vec![Map::new(LISTED * 2, 1000.0); orders],
            counter_maps: vec![Map::new(counters::MOST as usize + 1, 1000.0); CONTEXTS],
            mixer: Mixer::new(&first, &gates, &LAST_GATES.map(|gate| gates[gate]), RATES),
            last_maps: [
                Map::new(NODES, 400.0),
                Map::new(4 * NODES, 400.0),
                Map::new((ORDERS + 1) * 6 * DEPTHS, 1000.0),
            ],
            gaps: DecidedSymbols::new(6),
            cases: DecidedSymbols::new(4),
            bytes: DecidedSymbols::new(SPELLING),
            scratch: Scratch::default(),
            tree,
            chain,
        })
    }

    /// Codes or decodes the next token's number: [`WordId::UNKNOWN`] for a word that is new to model and text.
    /// Returns it with its cost in bits.
    pub(crate) fn code<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        before: &Before<'_>,
    ) -> Result<(u32, f64), Halt> {
        self.contexts.set(before, &self.tree);
        self.chain.begin(before.history);
        self.listed.begin(before.history, &self.tree);
        let mut bits = 0.0;
        let is_new = given.map(|number| number == WordId::UNKNOWN.0 || number >= before.vocab);
        let decision = Decision { key: 1, node: None, depth: 0, kind: Decided::New };
        let unknown = before.unknown.iter();
        let parts = unknown.map(|&p| Halves { left: p, right: (1.0 - p).max(0.0), listed: 0 });
        self.scratch.parts.clear();
        self.scratch.parts.extend(parts);
        let number = match self.decide(coder, is_new, decision, &mut bits)? {
            true => self.new_word(coder, given, before, &mut bits)?,
            false => self.known_word(coder, given, &mut bits)?,
        };
        self.caches.advance();
        Ok((number, bits))
    }

    /// Codes or decodes a gap (of few kinds) or a case (of more), whose probabilities would be `base` without the text.
    pub(crate) fn surface<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        base: &[f64],
        contexts: &[u64],
    ) -> Result<(u32, f64), Halt> {
        let symbols = if base.len() == Gap::ALL.len() { &mut self.gaps } else { &mut self.cases };
        symbols.code(coder, given, base, contexts)
    }

    /// Codes or decodes the next byte of a new word, or its end, after the bytes `spelled`.
    pub(crate) fn byte<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        base: &[f64],
        spelled: &[u8],
    ) -> Result<(u32, f64), Halt> {
        let last = |count: usize| {
            let from = spelled.len().saturating_sub(count);
            spelled[from..].iter().fold(count as u64, |hash, &byte| join(hash, byte.into()))
        };
        let length = spelled.len() as u64;
        let shape = spelled.first().map_or(0, |byte| 1 + u64::from(byte.is_ascii_uppercase()));
        let contexts: [u64; SPELLING] = [
            join(shape, length.min(12)),
            last(1),
            last(2),
            last(3),
            last(4),
            last(6),
            join(last(99), length),
            join(join(self.contexts.word, length.min(3)), last(2)),
        ];
        self.bytes.code(coder, given, base, &contexts)
    }

    /// Codes or decodes a word of the model: its path in the tree.
    fn known_word<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        bits: &mut f64,
    ) -> Result<u32, Halt> {
        let position = given.map(|number| self.tree.position(WordId(number)));
        let mut node = self.tree.root();
        let mut depth = 1;
        while node.high - node.low > 1 {
            let is_left = position.map(|position| position < self.tree.middle(node));
            let kind = if self.tree.is_in_class(node) { Decided::Word } else { Decided::Class };
            let key = 1 << 48 | u64::from(node.number);
            let decision = Decision { key, node: Some(node), depth, kind };
            let is_left = self.decide(coder, is_left, decision, bits)?;
            self.chain.descend(is_left);
            self.listed.descend(is_left);
            node = self.tree.half(node, is_left);
            depth += 1;
        }
        Ok(self.tree.word(node.low).0)
    }

    /// Codes or decodes a word that the model does not know: whether it is new to the text as well, and its number
    /// among the text's new words if not.
    fn new_word<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<u32>,
        before: &Before<'_>,
        bits: &mut f64,
    ) -> Result<u32, Halt> {
        let Some(most) = before.new_words.checked_sub(1) else { return Ok(WordId::UNKNOWN.0) };
        let decision = Decision { key: 2, node: None, depth: 1, kind: Decided::NewToText };
        self.scratch.parts.clear();
        let is_new = given.map(|number| number == WordId::UNKNOWN.0);
        if self.decide(coder, is_new, decision, bits)? {
            return Ok(WordId::UNKNOWN.0);
        }
        let given = given.map(|number| number.wrapping_sub(before.vocab));
        let mut place = 0;
        for level in (0..most.checked_ilog2().map_or(0, |highest| highest + 1)).rev() {
            place <<= 1;
            if (place | 1) << level > most {
                // It can only be 0.
                continue;
            }
            let is_one = given.map(|given| given >> level & 1 == 1);
            let key = 2 << 48 | u64::from(level) << 32 | u64::from(place);
            let depth = 22 - level.min(20) as usize;
            let decision = Decision { key, node: None, depth, kind: Decided::Number };
            self.scratch.parts.clear();
            place |= u32::from(self.decide(coder, is_one, decision, bits)?);
        }
        Ok(before.vocab + place)
    }

    /// Codes or decodes one decision, and learns it. Outside of the tree, the scratch has what the orders of the main
    /// model say.
    fn decide<C: Coder>(
        &mut self,
        coder: &mut C,
        given: Option<bool>,
        decision: Decision,
        bits: &mut f64,
    ) -> Result<bool, Halt> {
        let Decision { key, node, .. } = decision;
        let hashes: [u64; CONTEXTS] =
            std::array::from_fn(|context| self.contexts.hash(context, key));
        hashes.iter().for_each(|&hash| self.counters.prefetch(hash));
        let mut evidence = Evidence::default();
        self.scratch.inputs.clear();
        let by_model = self.ask_model(decision, &mut evidence);
        self.ask_lists(decision, by_model);
        self.ask_text(&hashes, &mut evidence);
        self.ask_caches(decision, &mut evidence);
        // The same in every decision.
        self.scratch.inputs.push(0.3);

        let depth = decision.depth.min(DEPTHS - 1);
        let matched = (evidence.matched * 6 + evidence.came) * DEPTHS + depth;
        let best = self.listed.best_sources();
        let gates = self.gates(decision, &evidence, matched, best);
        let last = LAST_GATES.map(|gate| gates[gate]);
        let x = self.mixer.mix(&self.scratch.inputs, &gates, &last);
        let rows = [hashed(key), hashed(key ^ self.contexts.word << 32), matched];
        let mut sum = MIXED * squash(x);
        let mut spots = [RowPlace::default(); LAST_MAPS];
        for ((map, row), spot) in self.last_maps.iter().zip(rows).zip(&mut spots) {
            let probability;
            (probability, *spot) = map.get(row, x);
            sum += probability;
        }
        let least = squash(-FARTHEST);
        let yes = f64::from((sum / (MIXED + LAST_MAPS as f32)).clamp(least, 1.0 - least));

        let given = given.map(|given| u32::from(!given));
        let bit = coder.code(given, || FixedSymbols::new(&[yes, 1.0 - yes]))? == 0;
        *bits -= if bit { yes.log2() } else { (1.0 - yes).log2() };

        self.learn(bit);
        for (map, spot) in self.last_maps.iter_mut().zip(spots) {
            map.learn(spot, bit);
        }
        self.caches.add(node, key, bit);
        Ok(bit)
    }

    /// Adds the inputs of the model's orders. Returns the probability of a yes by the highest one that has any.
    fn ask_model(&mut self, decision: Decision, evidence: &mut Evidence) -> f64 {
        let Scratch { inputs, parts, order_spots, .. } = &mut self.scratch;
        order_spots.clear();
        if let Some(node) = decision.node {
            self.chain.parts(&self.tree, node, parts);
        }
        let mut by_model = 0.5;
        for order in 0..self.chain.orders() {
            let Some(part) = parts.get(order) else {
                inputs.extend([0.0, 0.0]);
                order_spots.push(RowPlace::default());
                continue;
            };
            let sum = part.left + part.right;
            if sum > 0.0 {
                by_model = part.left / sum;
            }
            let x = stretch(part.left, part.right);
            let count = (part.listed + 1).ilog2().min(LISTED as u32 - 1) as usize;
            let row = count * 2 + usize::from(decision.kind == Decided::Word);
            let (y, spot) = self.order_maps[order].stretched(row, x);
            order_spots.push(spot);
            inputs.extend([x, y]);
            if order > 0 {
                if part.listed > 0 {
                    evidence.matched = order;
                }
                evidence.listed.rotate_right(1);
                evidence.listed[0] = count.min(5);
            }
        }
        by_model
    }

    /// Adds the inputs of what followed contexts in the training text.
    fn ask_lists(&mut self, decision: Decision, by_model: f64) {
        let inputs = &mut self.scratch.inputs;
        match decision.node {
            Some(node) => {
                let is_word = decision.kind == Decided::Word;
                self.listed.ask(&self.tree, node, is_word, by_model, inputs);
            }
            None => self.listed.pass(inputs),
        }
    }

    /// Adds the inputs of what came before in the text.
    fn ask_text(&mut self, hashes: &[u64; CONTEXTS], evidence: &mut Evidence) {
        let Scratch { inputs, seen, counter_spots, .. } = &mut self.scratch;
        seen.clear();
        counter_spots.clear();
        for (context, &hash) in hashes.iter().enumerate() {
            let counter = self.counters.get(hash);
            let p = counter.probability;
            let x = if counter.count == 0 { 0.0 } else { ln(p / (1.0 - p)) };
            let (y, spot) = self.counter_maps[context].stretched(counter.count as usize, x);
            inputs.extend([x, if counter.count == 0 { 0.0 } else { y }]);
            if counter.count > 0 && context <= contexts::LONGEST {
                evidence.came = context;
            }
            seen.push(counter);
            counter_spots.push(spot);
        }
    }

    /// Adds the inputs of what came lately.
    fn ask_caches(&mut self, decision: Decision, evidence: &mut Evidence) {
        // So that what never came is not impossible.
        const EACH: f64 = 0.02;
        let halves = self.caches.get(decision.node, decision.key);
        for ([left, right], cached) in halves.into_iter().zip(&mut evidence.cached) {
            self.scratch.inputs.push(stretch(left + EACH, right + EACH));
            *cached = ((left + right) as u32 + 1).ilog2().min(4) as usize;
        }
    }

    /// Returns the contexts that choose weights.
    fn gates(
        &self,
        decision: Decision,
        evidence: &Evidence,
        matched: usize,
        best: usize,
    ) -> [usize; GATES] {
        let Decision { key, kind, .. } = decision;
        let Evidence { listed, cached, .. } = evidence;
        let depth = decision.depth.min(DEPTHS - 1);
        [
            matched,
            hashed(key) % NODES,
            hashed(self.contexts.class << 6 | depth as u64) % HASHED,
            ((listed[0] * 6 + listed[1]) * 6 + listed[2]) * 6 + listed[3],
            hashed(self.contexts.word << 2 | (kind as u64).min(3)) % HASHED,
            self.contexts.punctuation * 4 + (kind as usize).saturating_sub(1),
            ((cached[0] * 5 + cached[1]) * 5 + cached[2]) * 8 + (depth / 4).min(7),
            kind as usize * DEPTHS + depth,
            (best * (ORDERS + 1) + evidence.matched) * 8 + (depth / 3).min(7),
            (best * 6 + listed[0]) * 6 + listed[1],
            0,
            kind as usize,
            best * 4 + (depth / 4).min(3),
        ]
    }

    /// Learns the decision whose inputs are in the scratch.
    fn learn(&mut self, bit: bool) {
        let Scratch { seen, order_spots, counter_spots, .. } = &self.scratch;
        self.mixer.learn(bit);
        for (map, &spot) in self.order_maps.iter_mut().zip(order_spots) {
            map.learn(spot, bit);
        }
        self.listed.learn(bit);
        for (context, (&seen, &spot)) in seen.iter().zip(counter_spots).enumerate() {
            self.counters.learn(seen, bit);
            if seen.count > 0 {
                self.counter_maps[context].learn(spot, bit);
            }
        }
    }
}

/// Returns a hash of two numbers.
fn join(hash: u64, number: u64) -> u64 {
    // Two zeros must not stay zero.
    folded(hash ^ number.wrapping_add(0x51_7cc1_b727_220a))
}

/// Spreads numbers evenly over 24 bits.
fn hashed(number: u64) -> usize {
    (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize
}
