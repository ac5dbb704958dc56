//! The data that KenLM stores for each n-gram, as a trie of reversed n-grams.

use super::{KenlmWriteError, LOG_ZERO};
use ngram_model::backwards::{BackwardNodes as Places, Backwards, Disorder, NOWHERE};
use ngram_model::table::TableView;
use ngram_store::Progress;
use zerocopy::little_endian::F32;

/// The n-grams of one order, including blanks, sorted by their reversed words.
#[derive(Debug, Default, PartialEq)]
pub struct Nodes {
    /// The first word of each; they rise among the children of a node.
    pub first_words: Vec<u32>,
    /// log10, finite and at most 0.
    pub log_probs: Vec<f32>,
    /// log10, finite, 0 with the sign that KenLM expects. Empty for the highest order.
    pub backoffs: Vec<f32>,
    /// The start of each one's children in the next order, then their total number. Empty for the
    /// highest order.
    pub child_starts: Vec<u32>,
}

impl Nodes {
    pub fn len(&self) -> usize {
        self.first_words.len()
    }

    /// Returns the range of a node's children in the next order.
    pub fn children(&self, node: usize) -> std::ops::Range<usize> {
        match self.child_starts.get(node..node + 2) {
            Some(bounds) => bounds[0] as usize..bounds[1] as usize,
            None => 0..0,
        }
    }
}

/// Produces the n-grams order by order, from order 1 on; there are at least two orders.
pub struct Orders<'t> {
    trie: Backwards<'t>,
    /// The places of the next order.
    places: Places,
    /// The nodes of the next order, without back-off weights and children.
    next: Nodes,
    /// The order of `next`.
    order: usize,
    progress: &'t dyn Progress,
}

impl<'t> Orders<'t> {
    /// Starts with the words of a table.
    pub fn of(
        table: &'t TableView<'t>,
        progress: &'t dyn Progress,
    ) -> Result<Orders<'t>, KenlmWriteError> {
        let counts = std::iter::once(table.unigrams.len()).chain(
            table.levels.iter().map(|level| level.histories().max(level.successor_words.len())),
        );
        if let Some(order) = counts.clone().position(|count| count >= NOWHERE as usize) {
            return Err(KenlmWriteError::TooMany(order + 1));
        }
        let words = table.unigrams.len();
        if table.levels.first().is_some_and(|level| level.histories() != words) {
            return Err(KenlmWriteError::Table { what: "a wrong number of histories", order: 1 });
        }
        let log_prob = |log_prob: &F32| {
            finite(log_prob.get(), "log-probability", 1).map(|log_prob| log_prob.min(0.0))
        };
        let next = Nodes {
            first_words: (0..words as u32).collect(),
            log_probs: table.unigrams.iter().map(log_prob).collect::<Result<_, _>>()?,
            ..Nodes::default()
        };
        let trie = Backwards::until(table, progress);
        progress.proceed()?;
        Ok(Orders { trie: trie?, places: Places::of_words(words), next, order: 1, progress })
    }

    /// Returns the number of n-grams of each order.
    pub fn counts(&self) -> Vec<u64> {
        let table = self.trie.table;
        let longer = (0..table.levels.len()).map(|depth| self.trie.count(depth));
        let mut counts: Vec<u64> =
            std::iter::once(table.unigrams.len() as u64).chain(longer).collect();
        counts.resize(counts.len().max(2), 0);
        counts
    }

    /// Returns whether only the highest order is left, to be taken by [`Orders::into_last`].
    pub fn is_last(&self) -> bool {
        self.order == self.trie.table.levels.len().max(1) + 1
    }

    /// Returns the nodes of the next order and advances.
    pub fn advance(&mut self) -> Result<Nodes, KenlmWriteError> {
        let depth = self.order - 1;
        let table = self.trie.table;
        let mut done = std::mem::take(&mut self.next);
        self.order += 1;
        let Some(level) = table.levels.get(depth) else {
            // KenLM does not support models of order 1.
            done.backoffs = vec![-0.0; done.len()];
            done.child_starts = vec![0; done.len() + 1];
            return Ok(done);
        };
        let longer = self.trie.nodes(depth, &self.places);
        self.progress.proceed()?;
        let longer = longer?;
        done.backoffs = backoffs(&self.trie, depth, &self.places.histories)?;
        // Frees the shorter ones before going through the longer.
        self.places = longer;
        let longer = &mut self.places;
        done.child_starts = std::mem::take(&mut longer.child_starts);
        self.next.first_words.reserve_exact(longer.count());
        self.next.log_probs.reserve_exact(longer.count());
        for parent in 0..done.len() {
            self.progress.proceed_at(parent)?;
            for node in done.children(parent) {
                let prefix = longer.prefixes[node] as usize;
                let first_word = if depth == 0 { prefix as u32 } else { level.words[prefix].get() };
                let log_prob = match longer.places[node] {
                    NOWHERE => {
                        let backoff = finite(level.backoff(prefix), "back-off weight", depth + 1)?;
                        done.log_probs[parent] + backoff
                    }
                    place => {
                        let log_prob = level.log_probs.get(place as usize).map_or(0.0, |p| p.get());
                        finite(log_prob, "log-probability", self.order)?
                    }
                };
                self.next.first_words.push(first_word);
                // No probability is above 1, but backing off may round to more.
                self.next.log_probs.push(log_prob.min(0.0));
            }
        }
        Ok(done)
    }

    /// Returns the first words of the next order.
    pub fn first_words(&self) -> &[u32] {
        &self.next.first_words
    }

    /// Returns the highest order, which no longer needs the table.
    pub fn into_last(self) -> Nodes {
        self.next
    }

    /// Returns all orders.
    pub fn collect(mut self) -> Result<Vec<Nodes>, KenlmWriteError> {
        let mut orders = Vec::new();
        while !self.is_last() {
            orders.push(self.advance()?);
        }
        orders.push(self.into_last());
        Ok(orders)
    }
}

/// Returns the back-off weights of the nodes with these histories, of the length at index `depth`.
fn backoffs(
    trie: &Backwards,
    depth: usize,
    histories: &[u32],
) -> Result<Vec<f32>, KenlmWriteError> {
    let level = &trie.table.levels[depth];
    let begins = trie.beginnings(depth);
    let weight = |&history: &u32| {
        if history == NOWHERE {
            return Ok(-0.0);
        }
        let history = history as usize;
        let backoff = finite(level.backoff(history), "back-off weight", depth + 1)?;
        Ok(match backoff {
            0.0 if begins.get(history) == Some(&true) => 0.0,
            0.0 => -0.0,
            backoff => backoff,
        })
    };
    histories.iter().map(weight).collect()
}

/// Converts a number to one that KenLM reads.
fn finite(value: f32, quantity: &'static str, order: usize) -> Result<f32, KenlmWriteError> {
    match value {
        f32::NEG_INFINITY => Ok(LOG_ZERO),
        // Turns −0 into 0.
        _ if value.is_finite() => Ok(value + 0.0),
        _ => Err(KenlmWriteError::Number { order, quantity, value }),
    }
}

impl From<Disorder> for KenlmWriteError {
    fn from(disorder: Disorder) -> KenlmWriteError {
        KenlmWriteError::Table { what: disorder.what, order: disorder.order }
    }
}
