//! Scores a block of words, order by order.
//!
//! A word's node of order k is found from its own node of order k − 1 and from the rank of the
//! previous word's node of order k − 1. So all words of a block can take the same step down the
//! trie in turn, and none waits for the memory access of another.

use super::read::View;
use crate::score_all::{left_to_shorter, never_predicted};
use crate::{LogProb, Score};
use ngram_tokenizer::WordId;
use std::ops::Range;

/// Maximum number of words in a block.
const BLOCK: usize = 64;

/// Marks a missing rank or node.
const NONE: u64 = u64::MAX;

/// The state of a block of words, in slots from 1 on, and of the word before it in slot 0.
struct Block {
    /// Slots per order: one more than the block has words.
    slots: usize,
    /// The rank of the node that ends in the word, for each order below the highest and each slot.
    ranks: Vec<u64>,
    /// Likewise log10 of its back-off weight; 0 if there is none.
    backoffs: Vec<f32>,
    /// Each word's node of the current order.
    nodes: Vec<u64>,
    /// The children of each node; empty if the search ends there.
    children: Vec<Range<usize>>,
    /// The longest n-gram found that ends in each word.
    best: Vec<Score>,
}

impl Block {
    fn new(highest: usize, words: usize) -> Block {
        let slots = words.min(BLOCK) + 1;
        let lower = highest.saturating_sub(1);
        Block {
            slots,
            ranks: vec![NONE; lower * slots],
            backoffs: vec![0.0; lower * slots],
            nodes: Vec::with_capacity(slots),
            children: Vec::with_capacity(slots),
            best: Vec::with_capacity(slots),
        }
    }

    /// Keeps the last of `words` words as the one before the next block.
    fn carry(&mut self, words: usize) {
        let orders = self.ranks.chunks_exact_mut(self.slots);
        for (ranks, backoffs) in orders.zip(self.backoffs.chunks_exact_mut(self.slots)) {
            ranks[0] = ranks[words];
            ranks[1..].fill(NONE);
            backoffs[0] = backoffs[words];
            backoffs[1..].fill(0.0);
        }
    }
}

impl View<'_> {
    /// Scores one word after any history.
    pub fn score(&self, history: &[WordId], word: WordId) -> Score {
        let longest = self.orders.len().saturating_sub(1);
        let mut words = history[history.len().saturating_sub(longest)..].to_vec();
        words.push(word);
        let mut scores = Vec::with_capacity(words.len());
        let mut block = Block::new(self.orders.len(), words.len());
        self.score_words(&words, &mut block, &mut scores);
        scores.pop().unwrap_or(Score { log_prob: LogProb::ZERO, matched: 1 })
    }

    /// Returns log10 of the back-off weights of a history's last word, its last two, and so on: 0
    /// for those not stored. The history has at most n − 1 words.
    pub fn backoffs(&self, history: &[WordId]) -> Vec<f32> {
        let mut block = Block::new(self.orders.len(), history.len());
        self.score_words(history, &mut block, &mut Vec::new());
        // The state of the history's last word is in slot 0, that of the word before the next block.
        block.backoffs.iter().step_by(block.slots).take(history.len()).copied().collect()
    }

    /// Scores every word after a history of at most n − 1 words; replaces the contents of `scores`.
    pub fn score_all(&self, history: &[WordId], scores: &mut Vec<Score>) {
        let words = self.orders.first().map_or(0, |words| words.len);
        self.score_after(history, (0..words as u32).map(WordId), scores);
        never_predicted(scores);
    }

    /// Scores each of some words after a history of at most n − 1 words, which is looked up once;
    /// replaces the contents of `scores`.
    pub fn score_after(
        &self,
        history: &[WordId],
        words: impl Iterator<Item = WordId>,
        scores: &mut Vec<Score>,
    ) {
        let mut block = Block::new(self.orders.len(), history.len());
        self.score_words(history, &mut block, scores);
        scores.clear();
        // The state of the history's last word is in slot 0, that of the word before the next block.
        let weights = block.backoffs.iter().step_by(block.slots).take(history.len());
        let left = left_to_shorter(weights.copied());
        let ranks = block.ranks.iter().step_by(block.slots).copied();
        let ranks: Vec<u64> = ranks.take_while(|&rank| rank != NONE).collect();
        let known = self.orders.first().map_or(0, |words| words.len);
        scores.extend(words.map(|word| {
            // Ids outside the vocabulary have no node.
            if word.index() >= known {
                let left = left.first().copied().unwrap_or(0.0);
                return Score { log_prob: LogProb(LogProb::ZERO.0 + left), matched: 1 };
            }
            let (mut node, mut length) = (word.index(), 0);
            let mut own = self.orders[0].log_prob(node);
            for (depth, &rank) in ranks.iter().enumerate() {
                let children = self.orders[depth].children(node);
                let Some(longer) = self.orders[depth + 1].find(children, rank) else { break };
                node = longer;
                let log_prob = self.orders[depth + 1].log_prob(node);
                if !log_prob.is_nan() {
                    (own, length) = (log_prob, depth + 1);
                }
            }
            let left = left.get(length).copied().unwrap_or(0.0);
            Score { log_prob: LogProb(own + left), matched: length as u8 + 1 }
        }));
    }

    /// Scores a sentence and its end; replaces the contents of `scores`.
    pub fn score_sentence(&self, words: &[WordId], scores: &mut Vec<Score>) {
        scores.clear();
        let mut text = Vec::with_capacity(words.len() + 2);
        text.push(WordId::BEGIN);
        text.extend_from_slice(words);
        text.push(WordId::END);
        let mut block = Block::new(self.orders.len(), text.len());
        self.score_words(&text, &mut block, scores);
        scores.remove(0);
    }

    /// Scores each word after those before it.
    fn score_words(&self, words: &[WordId], block: &mut Block, scores: &mut Vec<Score>) {
        for words in words.chunks(BLOCK) {
            self.score_block(words, block, scores);
            block.carry(words.len());
        }
    }

    fn score_block(&self, words: &[WordId], block: &mut Block, scores: &mut Vec<Score>) {
        let Block { slots, ranks, backoffs, nodes, children, best } = block;
        let slots = *slots;
        nodes.clear();
        nodes.extend(words.iter().map(|word| word.index() as u64));
        children.clear();
        children.resize(words.len(), 0..0);
        best.clear();
        best.resize(words.len(), Score { log_prob: LogProb::ZERO, matched: 1 });
        for (depth, order) in self.orders.iter().enumerate() {
            if let Some(above) = depth.checked_sub(1) {
                let histories = &ranks[above * slots..][..words.len()];
                for (index, children) in children.iter_mut().enumerate() {
                    *children = match (nodes[index], histories[index]) {
                        (NONE, _) | (_, NONE) => 0..0,
                        (node, _) => self.orders[above].children(node as usize),
                    };
                }
                for (index, node) in nodes.iter_mut().enumerate() {
                    let found = order.find(children[index].clone(), histories[index]);
                    *node = found.map_or(NONE, |node| node as u64);
                }
            }
            let mut any = false;
            for (index, &node) in nodes.iter().enumerate() {
                // Ids outside the vocabulary have no node.
                let is_known = node < order.len as u64;
                if is_known {
                    any = true;
                    let log_prob = order.log_prob(node as usize);
                    if !log_prob.is_nan() {
                        best[index] =
                            Score { log_prob: LogProb(log_prob), matched: depth as u8 + 1 };
                    }
                }
                if let Some(rank) = ranks.get_mut(depth * slots + index + 1)
                    && node != NONE
                {
                    *rank = if depth == 0 { node } else { node - children[index].start as u64 };
                    if is_known {
                        backoffs[depth * slots + index + 1] = order.backoff(node as usize);
                    }
                }
            }
            if !any {
                break;
            }
        }
        for (index, best) in best.iter().enumerate() {
            // Adds the weights of the histories longer than the n-gram's, shortest first.
            let weights = backoffs.chunks_exact(slots).skip(best.matched as usize - 1);
            let backoff = weights.fold(0.0f32, |sum, weights| sum + weights[index]);
            scores.push(Score { log_prob: LogProb(best.log_prob.0 + backoff), ..*best });
        }
    }
}
