//! Restores a table from the suffix layout: from each line, the first words and the suffixes of its n-grams.

use super::super::reversed::{self, Fault, ReversedNodes, Values};
use super::line::LineKey;
use super::view::SuffixView;
use super::{AT_HOME, Homes, Place, WordHash};
use crate::table::OwnedTable;
use ngram_store::Progress;
use rayon::prelude::*;

const OVERLAP: Fault = "lines that are of several words, or out of range";
const SUFFIXES: Fault = "n-grams whose last words are not stored";
const TWICE: Fault = "an n-gram that is stored twice";
const LONG: Fault = "n-grams that are longer than the order";
const WORDS: Fault = "n-grams of words outside the vocabulary";

/// Places of n-grams in a line, taken or not.
const SLOTS: u32 = 8;

/// The n-grams of one order, or those of a partition.
#[derive(Default)]
struct Order {
    firsts: Vec<u32>,
    lasts: Vec<u32>,
    /// The n-gram's suffix in the order before; for two words, the last word.
    suffixes: Vec<u32>,
    log_probs: Vec<f32>,
    backoffs: Vec<f32>,
}

/// The values of all n-grams.
struct All {
    orders: Vec<Order>,
}

impl Values for All {
    fn log_prob(&self, depth: usize, node: usize) -> f32 {
        self.orders[depth].log_probs[node]
    }

    fn backoff(&self, depth: usize, node: usize) -> f32 {
        self.orders[depth].backoffs[node]
    }
}

impl Order {
    fn push(&mut self, first: u32, last: u32, suffix: u32, log_prob: f32, backoff: f32) {
        self.firsts.push(first);
        self.lasts.push(last);
        self.suffixes.push(suffix);
        self.log_probs.push(log_prob);
        self.backoffs.push(backoff);
    }
}

impl SuffixView<'_> {
    /// Restores the model as a table; if that cannot be done, tells the first fault found. What it says of work that
    /// `progress` cancelled means nothing.
    pub fn restore(&self, progress: &dyn Progress) -> Result<OwnedTable, Fault> {
        let words = self.directory.len();
        let mut orders: Vec<Order> = (0..self.order).map(|_| Order::default()).collect();
        for (word, entry) in (0..).zip(self.directory) {
            orders[0].push(word, word, word, entry.log_prob.get(), entry.backoff.get());
        }
        let mut next_line = 0;
        for entry in self.directory {
            // Lists may be between partitions.
            let first_line = u64::from(entry.first_line.get());
            if first_line < next_line {
                return Err(OVERLAP);
            }
            next_line = first_line + u64::from(entry.lines());
        }
        if next_line > self.lines.len() as u64 {
            return Err(OVERLAP);
        }
        let numbers: Vec<u32> = (0..words as u32).collect();
        // The n-grams of so many words are joined at a time, so that memory does not hold all of them twice.
        for some in numbers.chunks(1 << 14) {
            reversed::proceed_at(progress, 0)?;
            let parts: Vec<Vec<Order>> = some
                .par_iter()
                .map(|&word| self.partition_orders(word))
                .collect::<Result<_, _>>()?;
            for part in parts {
                let mut base = 0;
                for (depth, own) in (1..).zip(part) {
                    let order = &mut orders[depth];
                    let first = order.firsts.len() as u32;
                    if u64::from(first) + own.firsts.len() as u64 >= u64::from(u32::MAX) {
                        return Err("more n-grams than can be numbered");
                    }
                    order.firsts.extend(own.firsts);
                    order.lasts.extend(own.lasts);
                    order.suffixes.extend(own.suffixes.into_iter().map(|suffix| base + suffix));
                    order.log_probs.extend(own.log_probs);
                    order.backoffs.extend(own.backoffs);
                    base = first;
                }
            }
        }
        sort(&mut orders, words);
        let nodes = nodes(&mut orders)?;
        reversed::table(&nodes, &All { orders }, progress)
    }

    /// Returns the n-grams of a word's partition, sorted by their words from the last on.
    fn partition_orders(&self, word: u32) -> Result<Vec<Order>, Fault> {
        match self.is_wide {
            false => self.orders_with::<false>(word),
            true => self.orders_with::<true>(word),
        }
    }

    fn orders_with<const IS_WIDE: bool>(&self, word: u32) -> Result<Vec<Order>, Fault> {
        let partition = self.partition(&self.directory[word as usize]);
        if partition.lines == 0 {
            return Ok(Vec::new());
        }
        let first_line = partition.first_line as usize;
        let lines = &self.lines[first_line..first_line + partition.lines as usize];
        let homes = Homes::of(partition.lines);
        let home = |key: LineKey, line: u32| match key.way() {
            AT_HOME => line,
            way => homes.first(line, way),
        };
        // The suffix's slot among all of the partition, the word that is stored, and the own slot.
        let mut ngrams: Vec<(Option<u64>, u32, u64)> = Vec::new();
        for (at, line) in (0..).zip(lines) {
            for slot in 0..line.count() as u32 {
                let key = line.key::<IS_WIDE>(slot as usize);
                if key.word as usize >= self.directory.len() {
                    return Err(WORDS);
                }
                let home_of_suffix = homes.shorter(home(key, at), WordHash::of(key.word));
                let own = u64::from(at * SLOTS) + u64::from(slot);
                if key.suffix() == Place::ROOT {
                    if home_of_suffix != Homes::ROOT {
                        return Err(SUFFIXES);
                    }
                    ngrams.push((None, key.word, own));
                    continue;
                }
                let (slot, way) = key.suffix().slot_and_way();
                let line = match way {
                    AT_HOME => home_of_suffix,
                    way => homes.second(home_of_suffix, way),
                };
                let suffix = &lines[line as usize];
                if slot as usize >= suffix.count() || !suffix.entry(slot as usize).extends {
                    return Err(SUFFIXES);
                }
                // Its own key says the same.
                if suffix.key::<IS_WIDE>(slot as usize).way() != way {
                    return Err(SUFFIXES);
                }
                ngrams.push((Some(u64::from(line * SLOTS + slot)), key.word, own));
            }
        }
        ngrams.sort_unstable();
        if ngrams.windows(2).any(|two| (two[0].0, two[0].1) == (two[1].0, two[1].1)) {
            return Err(TWICE);
        }
        let mut orders: Vec<Order> = Vec::new();
        let of_two = ngrams.partition_point(|ngram| ngram.0.is_none());
        // The suffix, the first and the last word, and the own slot.
        let mut own: Vec<(u32, u32, u32, u64)> =
            ngrams[..of_two].iter().map(|&(_, last, at)| (last, word, last, at)).collect();
        let mut reached = 0;
        while !own.is_empty() {
            if orders.len() + 1 == self.order {
                return Err(LONG);
            }
            reached += own.len();
            let mut order = Order::default();
            let mut longer = Vec::new();
            for (number, &(suffix, first, last, at)) in (0..).zip(&own) {
                let slot = (at % u64::from(SLOTS)) as usize;
                let line = &lines[(at / u64::from(SLOTS)) as usize];
                let entry = line.entry(slot);
                order.push(first, last, suffix, entry.log_prob, entry.backoff);
                if entry.extends {
                    let from = ngrams.partition_point(|ngram| ngram.0 < Some(at));
                    let children = ngrams[from..].iter().take_while(|ngram| ngram.0 == Some(at));
                    longer.extend(children.map(|&(_, first, at)| (number, first, last, at)));
                }
            }
            orders.push(order);
            own = longer;
        }
        // Others are in a ring, each the suffix of the next.
        if reached == ngrams.len() { Ok(orders) } else { Err(SUFFIXES) }
    }
}

/// Sorts the n-grams, which are in the order of the partitions, by their last words.
fn sort(orders: &mut [Order], words: usize) {
    let mut of_shorter: Vec<u32> = Vec::new();
    for (depth, order) in orders.iter_mut().enumerate().skip(1) {
        let mut next = vec![0u32; words + 1];
        order.lasts.iter().for_each(|&last| next[last as usize + 1] += 1);
        for word in 0..words {
            next[word + 1] += next[word];
        }
        let places: Vec<u32> = order
            .lasts
            .iter()
            .map(|&last| {
                next[last as usize] += 1;
                next[last as usize] - 1
            })
            .collect();
        if depth > 1 {
            order.suffixes.iter_mut().for_each(|suffix| *suffix = of_shorter[*suffix as usize]);
        }
        order.firsts = placed(&order.firsts, &places);
        order.lasts = placed(&order.lasts, &places);
        order.suffixes = placed(&order.suffixes, &places);
        order.log_probs = placed(&order.log_probs, &places);
        order.backoffs = placed(&order.backoffs, &places);
        of_shorter = places;
    }
}

/// Puts each value in its place.
fn placed<T: Copy + Default>(values: &[T], places: &[u32]) -> Vec<T> {
    let mut all = vec![T::default(); values.len()];
    for (value, &place) in values.iter().zip(places) {
        all[place as usize] = *value;
    }
    all
}

/// Finds the words and the beginnings of all n-grams.
fn nodes(orders: &mut [Order]) -> Result<Vec<ReversedNodes>, Fault> {
    let mut all: Vec<ReversedNodes> = Vec::new();
    // For each order, where the n-grams longer by a first word start for each n-gram.
    let mut starts: Vec<Vec<u32>> = Vec::new();
    for depth in 0..orders.len() {
        let first_words = std::mem::take(&mut orders[depth].firsts);
        let parents = std::mem::take(&mut orders[depth].suffixes);
        let last_words = std::mem::take(&mut orders[depth].lasts);
        let mut nodes = ReversedNodes { first_words, last_words, parents, prefixes: Vec::new() };
        if let Some(shorter) = all.last() {
            nodes.prefixes = match depth {
                1 => nodes.first_words.clone(),
                _ => {
                    let children = &starts[depth - 2];
                    let find = |(&first, &parent): (&u32, &u32)| {
                        let suffix = shorter.prefixes[parent as usize] as usize;
                        let range = children[suffix] as usize..children[suffix + 1] as usize;
                        let found = shorter.first_words[range.clone()].binary_search(&first);
                        found.map_or(reversed::NONE, |at| (range.start + at) as u32)
                    };
                    nodes.first_words.par_iter().zip(&nodes.parents).map(find).collect()
                }
            };
            if nodes.prefixes.par_iter().any(|&prefix| prefix == reversed::NONE) {
                return Err("n-grams whose first words are not stored");
            }
            let mut of_order = vec![0; shorter.parents.len() + 1];
            nodes.parents.iter().for_each(|&parent| of_order[parent as usize + 1] += 1);
            for at in 1..of_order.len() {
                of_order[at] += of_order[at - 1];
            }
            starts.push(of_order);
        } else {
            nodes.prefixes = vec![0; nodes.parents.len()];
        }
        all.push(nodes);
    }
    Ok(all)
}
