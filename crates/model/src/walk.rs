//! Walks through the histories of one length in table order.

use crate::table::TableView;
use ngram_tokenizer::WordId;

/// A history of a table, and its path in the trie, from its last word to the first.
pub struct Walk<'t> {
    table: &'t TableView<'t>,
    /// The numbers of the history's suffixes of length 1, 2 and so on, the last of them its own.
    path: Vec<usize>,
}

impl<'t> Walk<'t> {
    /// Starts at the history at index `history` of length `depth` + 1.
    pub fn at(table: &'t TableView<'t>, depth: usize, history: usize) -> Walk<'t> {
        let mut path = vec![history];
        for level in table.levels[..depth].iter().rev() {
            let child = path[path.len() - 1];
            path.push(level.child_starts.map_or(0, |starts| starts.run_of(child)));
        }
        path.reverse();
        Walk { table, path }
    }

    /// Advances to the next history of the same length.
    pub fn advance(&mut self) {
        let last = self.path.len() - 1;
        self.path[last] += 1;
        for depth in (0..last).rev() {
            let level = &self.table.levels[depth];
            let child = self.path[depth + 1];
            while level.children(self.path[depth]).end <= child
                && self.path[depth] + 1 < level.histories()
            {
                self.path[depth] += 1;
            }
        }
    }

    /// Returns the indices of the history's suffixes of length 1, 2 and so on; the last is its own.
    pub fn path(&self) -> &[usize] {
        &self.path
    }

    /// Replaces `words` with the words of the history, in text order.
    pub fn words(&self, words: &mut Vec<WordId>) {
        words.clear();
        words.extend(self.path.iter().enumerate().rev().map(|(depth, &number)| {
            match depth {
                0 => WordId(number as u32),
                _ => self.table.levels[depth]
                    .words
                    .get(number)
                    .map_or(WordId::UNKNOWN, |word| WordId(word.get())),
            }
        }));
    }
}
