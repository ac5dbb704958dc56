//! A table as a trie of reversed n-grams: by their last word, the one before it, and so on.
//!
//! A node of order k is a sequence of k words. Its parent is the node without its first word, so
//! n-grams with the same ending are adjacent: below "c" are "a c", "b c", … An n-gram and a history
//! of the same words share a node. Nodes of an order are sorted by their reversed words.
//!
//! A node has a parent even if the table does not list that n-gram, as after pruning: a *blank*. A
//! history that is not an n-gram is a blank, too.

use crate::table::TableView;
use ngram_store::Progress;
use ngram_tokenizer::WordId;
use rayon::prelude::*;

/// Marks a missing history, or the place of a blank.
pub const NOWHERE: u32 = u32::MAX;

/// An inconsistency of a table, found only in a damaged file, or work that was [cancelled](Backwards::until).
#[derive(Clone, Copy, Debug)]
pub struct Disorder {
    /// What is wrong.
    pub what: &'static str,
    /// The order of the n-grams.
    pub order: usize,
}

/// A table with the data needed to go through it backwards. No order may have `u32::MAX` nodes or more.
pub struct Backwards<'t> {
    /// The table, in its own order.
    pub table: &'t TableView<'t>,
    histories: Histories,
    /// For the history length at each index, the blanks of the order above it, as (history, word), sorted.
    blanks: Vec<Vec<(u32, u32)>>,
    progress: &'t dyn Progress,
}

/// The nodes of one order.
pub struct BackwardNodes {
    /// The start of the nodes that end with each word, then the number of nodes.
    starts: Vec<u32>,
    /// Each node's history: all its words but the last.
    pub prefixes: Vec<u32>,
    /// The place of its log-probability in the table, or [`NOWHERE`].
    pub places: Vec<u32>,
    /// The history made of all its words, or [`NOWHERE`]. Empty for the highest order.
    pub histories: Vec<u32>,
    /// The start of the children of each node of the order before, then their number. Empty for order 1.
    pub child_starts: Vec<u32>,
}

impl BackwardNodes {
    /// Returns the nodes of single words.
    pub fn of_words(words: usize) -> BackwardNodes {
        let numbers = || (0..words as u32).collect();
        BackwardNodes {
            starts: (0..=words as u32).collect(),
            prefixes: vec![0; words],
            places: numbers(),
            histories: numbers(),
            child_starts: Vec::new(),
        }
    }

    /// Returns the number of nodes.
    pub fn count(&self) -> usize {
        self.prefixes.len()
    }
}

impl<'t> Backwards<'t> {
    /// Finds the relations of every history to others, and the blanks.
    pub fn of(table: &'t TableView<'t>) -> Result<Backwards<'t>, Disorder> {
        Backwards::until(table, &())
    }

    /// Like [`Backwards::of`], for work that can be cancelled: this and [`Backwards::nodes`] then end with a [`Disorder`]
    /// that means nothing, so ask `progress` first.
    pub fn until(
        table: &'t TableView<'t>,
        progress: &'t dyn Progress,
    ) -> Result<Backwards<'t>, Disorder> {
        let histories = Histories::of(table, progress)?;
        let blanks = blanks(table, &histories, progress)?;
        Ok(Backwards { table, histories, blanks, progress })
    }

    /// Returns whether some nodes of the order one above the history length at index `depth` are
    /// blanks.
    pub fn has_blanks(&self, depth: usize) -> bool {
        !self.blanks[depth].is_empty()
    }

    /// Returns the blanks of the order one above the history length at index `depth`, as (history, word), sorted.
    pub fn blanks(&self, depth: usize) -> &[(u32, u32)] {
        &self.blanks[depth]
    }

    /// Returns the histories of the length at index `depth` as n-grams: for each, the history without its last word,
    /// and that word. `None` if there are none so long.
    pub fn ngrams_of(&self, depth: usize) -> Option<(&[u32], &[u32])> {
        let Histories { prefixes, last_words, .. } = &self.histories;
        Some((prefixes.get(depth)?, last_words.get(depth)?))
    }

    /// Returns the number of nodes of the order one above the history length at index `depth`.
    pub fn count(&self, depth: usize) -> u64 {
        (self.table.levels[depth].successor_words.len() + self.blanks[depth].len()) as u64
    }

    /// Returns, for each history of the length at index `depth`, whether a longer node begins with it.
    pub fn beginnings(&self, depth: usize) -> Vec<bool> {
        let level = &self.table.levels[depth];
        let mut begins: Vec<bool> = (0..level.histories())
            .map(|history| !level.successor_range(history).is_empty())
            .collect();
        for &(history, _) in &self.blanks[depth] {
            begins[history as usize] = true;
        }
        begins
    }

    /// Returns the nodes of the order one above the history length at index `depth`, given those of the order
    /// before. Call once per order, shortest first: data needed only for this order is freed.
    pub fn nodes(
        &mut self,
        depth: usize,
        shorter: &BackwardNodes,
    ) -> Result<BackwardNodes, Disorder> {
        let order = depth + 2;
        let disorder = |what| Disorder { what, order };
        let (starts, prefixes, places) =
            self.sort(depth).ok_or_else(|| disorder("an unknown word"))?;
        let longer = self.table.levels.get(depth + 1);
        let histories = longer.map_or(0, |longer| longer.histories());
        let mut nodes = BackwardNodes {
            histories: vec![NOWHERE; if longer.is_some() { prefixes.len() } else { 0 }],
            child_starts: Vec::with_capacity(shorter.count() + 1),
            starts,
            prefixes,
            places,
        };
        let mut next = 0;
        for word in 0..nodes.starts.len() - 1 {
            proceed_at(self.progress, word, order)?;
            let mut node = nodes.starts[word] as usize;
            let end = nodes.starts[word + 1] as usize;
            for parent in shorter.starts[word] as usize..shorter.starts[word + 1] as usize {
                nodes.child_starts.push(node as u32);
                while node < end {
                    let prefix = nodes.prefixes[node];
                    if depth > 0
                        && self.histories.parents[depth][prefix as usize]
                            != shorter.prefixes[parent]
                    {
                        break;
                    }
                    let is_history = next < histories
                        && self.histories.last_words[depth + 1][next] as usize == word
                        && self.histories.prefixes[depth + 1][next] == prefix;
                    if is_history {
                        nodes.histories[node] = next as u32;
                        next += 1;
                    }
                    node += 1;
                }
            }
            if node != end {
                return Err(disorder("n-grams out of order"));
            }
        }
        nodes.child_starts.push(nodes.prefixes.len() as u32);
        if next != histories || nodes.child_starts.len() != shorter.count() + 1 {
            return Err(disorder("histories out of order"));
        }
        self.histories.forget(depth);
        Ok(nodes)
    }

    /// Sorts the nodes; returns the start of those that end with each word, and for each node the
    /// history it begins with and the place of its log-probability. `None` if a word is outside the
    /// vocabulary.
    fn sort(&self, depth: usize) -> Option<(Vec<u32>, Vec<u32>, Vec<u32>)> {
        let level = &self.table.levels[depth];
        let words = self.table.unigrams.len();
        let mut starts = vec![0u32; words + 1];
        let ngrams = level.successor_words.iter().map(|word| word.get());
        for word in ngrams.chain(self.blanks[depth].iter().map(|blank| blank.1)) {
            *starts[..words].get_mut(word as usize)? += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        let mut next = starts.clone();
        let mut prefixes = vec![0; sum as usize];
        let mut places = vec![NOWHERE; sum as usize];
        let mut blanks = self.blanks[depth].iter().peekable();
        for history in 0..level.histories() {
            self.progress.proceed_at(history).ok()?;
            let mut place = |word: u32, at: u32| {
                let node = next[word as usize] as usize;
                next[word as usize] += 1;
                *prefixes.get_mut(node)? = history as u32;
                places[node] = at;
                Some(())
            };
            for at in level.successor_starts.range(history) {
                place(level.successor_words.get(at)?.get(), at as u32)?;
            }
            while let Some((_, word)) = blanks.next_if(|blank| blank.0 as usize == history) {
                place(*word, NOWHERE)?;
            }
        }
        Some((starts, prefixes, places))
    }
}

/// The relations of every history to others.
struct Histories {
    /// The last word of each history, by the index of the length, like all fields here.
    last_words: Vec<Vec<u32>>,
    /// The history without its first word, as an index in the length before.
    parents: Vec<Vec<u32>>,
    /// The history without its last word.
    prefixes: Vec<Vec<u32>>,
}

impl Histories {
    fn of(table: &TableView, progress: &dyn Progress) -> Result<Histories, Disorder> {
        let mut all =
            Histories { last_words: Vec::new(), parents: Vec::new(), prefixes: Vec::new() };
        for (depth, level) in table.levels.iter().enumerate() {
            let Some(above) = depth.checked_sub(1) else {
                let words: Vec<u32> = (0..level.histories() as u32).collect();
                all.parents.push(Vec::new());
                all.prefixes.push(Vec::new());
                all.last_words.push(words);
                continue;
            };
            let mut parents = vec![0; level.histories()];
            let mut last_words = vec![0; level.histories()];
            let shorter = &table.levels[above];
            let mut end = 0;
            for parent in 0..shorter.histories() {
                proceed_at(progress, parent, depth)?;
                let children = shorter.children(parent);
                let damaged = Disorder { what: "overlapping histories", order: depth };
                let range = children.clone();
                if children.start != end || children.end < end || children.end > level.histories() {
                    return Err(damaged);
                }
                end = children.end;
                parents[range.clone()].fill(parent as u32);
                last_words[range].fill(all.last_words[above][parent]);
            }
            if end != level.histories() {
                return Err(Disorder { what: "overlapping histories", order: depth });
            }
            let prefix = |history: usize| -> Option<u32> {
                let word = level.words.get(history)?.get();
                match above.checked_sub(1) {
                    None => ((word as usize) < shorter.histories()).then_some(word),
                    Some(depth) => {
                        let prefix = all.prefixes[above][parents[history] as usize] as usize;
                        Some(table.child(depth, prefix, WordId(word))? as u32)
                    }
                }
            };
            // Not an `Option`, which would collect intermediate lists.
            let prefix = |history| {
                if progress.proceed_at(history).is_err() {
                    return NOWHERE;
                }
                prefix(history).unwrap_or(NOWHERE)
            };
            let prefixes: Vec<u32> = (0..level.histories()).into_par_iter().map(prefix).collect();
            if prefixes.par_iter().any(|&prefix| prefix == NOWHERE) {
                let what = "a history without its beginning";
                return Err(Disorder { what, order: depth + 1 });
            }
            all.prefixes.push(prefixes);
            all.parents.push(parents);
            all.last_words.push(last_words);
        }
        Ok(all)
    }

    /// Frees the data that only the nodes of one order need.
    fn forget(&mut self, depth: usize) {
        self.parents[depth] = Vec::new();
        if let Some(longer) = self.prefixes.get_mut(depth + 1) {
            *longer = Vec::new();
            self.last_words[depth + 1] = Vec::new();
        }
    }
}

/// Returns, for the history length at each index, the nodes of the order above it that are not
/// n-grams: histories, and n-grams without their first words. As (history, word), sorted.
fn blanks(
    table: &TableView,
    histories: &Histories,
    progress: &dyn Progress,
) -> Result<Vec<Vec<(u32, u32)>>, Disorder> {
    let mut missing: Vec<Vec<(u32, u32)>> = vec![Vec::new(); table.levels.len()];
    for depth in (0..table.levels.len().saturating_sub(1)).rev() {
        proceed_at(progress, 0, depth + 2)?;
        let level = &table.levels[depth];
        let longer = &table.levels[depth + 1];
        let is_missing = |&(history, word): &(u32, u32)| {
            level.log_prob(history as usize, WordId(word)).is_none()
        };
        let (prefixes, last_words) =
            (&histories.prefixes[depth + 1], &histories.last_words[depth + 1]);
        let parents = &histories.parents[depth + 1];
        let of_histories =
            prefixes.par_iter().copied().zip(last_words.par_iter().copied()).filter(is_missing);
        // Of what is cancelled, nobody sees the rest.
        let goes_on = |history: &usize| progress.proceed_at(*history).is_ok();
        let all = (0..longer.histories()).into_par_iter().take_any_while(goes_on);
        let of_ngrams = all.flat_map_iter(|history| {
            let parent = parents[history];
            longer.successors(history).map(move |(word, _)| (parent, word.0)).filter(is_missing)
        });
        let of_missing =
            missing[depth + 1].par_iter().map(|&(history, word)| (parents[history as usize], word));
        let mut found: Vec<(u32, u32)> =
            of_histories.chain(of_ngrams).chain(of_missing.filter(is_missing)).collect();
        found.par_sort_unstable();
        found.dedup();
        missing[depth] = found;
    }
    proceed_at(progress, 0, 2)?;
    Ok(missing)
}

/// Goes on, unless work on this order was cancelled.
fn proceed_at(progress: &dyn Progress, step: usize, order: usize) -> Result<(), Disorder> {
    progress.proceed_at(step).map_err(|_| Disorder { what: "work that was cancelled", order })
}
