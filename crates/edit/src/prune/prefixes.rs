//! Where the histories of a table stand among its n-grams.

use ngram_model::table::TableView;
use ngram_model::walk::Walk;
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;

/// No number.
pub(super) const NONE: u32 = u32::MAX;

/// So many histories are a piece of work.
const TOGETHER: usize = 1 << 12;

/// For the histories of each length from 2: each is an n-gram, of the history that it is without
/// its last word.
pub struct Prefixes {
    /// The number of that history among those one word shorter; [`NONE`] if the table lacks it.
    pub histories: Vec<Vec<u32>>,
    /// The n-gram's place among the successors there; [`NONE`] if the table lacks it.
    pub ngrams: Vec<Vec<u32>>,
}

impl Prefixes {
    /// Looks every history up. No level may have [`NONE`] or more histories or successors.
    pub fn of(table: &TableView) -> Prefixes {
        let mut found = Prefixes { histories: vec![Vec::new()], ngrams: vec![Vec::new()] };
        for depth in 1..table.levels.len() {
            let shorter = &table.levels[depth - 1];
            let pairs = in_pieces(table, depth, |numbers, walk, pairs: &mut Vec<(u32, u32)>| {
                for _ in numbers {
                    let path = walk.path();
                    let first = table.levels[depth].words.get(path[depth]).map(|word| word.get());
                    let first = first.unwrap_or(WordId::UNKNOWN.0);
                    let prefix = match depth {
                        1 => Some(first as usize),
                        _ => match found.histories[depth - 1].get(path[depth - 1]) {
                            Some(&NONE) | None => None,
                            Some(&prefix) => table.child(depth - 2, prefix as usize, WordId(first)),
                        },
                    };
                    let ngram =
                        prefix.and_then(|prefix| shorter.place(prefix, WordId(path[0] as u32)));
                    let number = |found: Option<usize>| found.map_or(NONE, |found| found as u32);
                    pairs.push((number(prefix), number(ngram)));
                    walk.advance();
                }
            });
            let (histories, ngrams) = pairs.into_iter().unzip();
            found.histories.push(histories);
            found.ngrams.push(ngrams);
        }
        found
    }
}

/// Goes through the histories of length `depth` + 1 by pieces, in parallel: `see` is given a run of
/// numbers and a walk at the first of them, and appends to a list. The lists are put together.
pub fn in_pieces<T: Send + Clone>(
    table: &TableView,
    depth: usize,
    see: impl Fn(Range<usize>, &mut Walk, &mut Vec<T>) + Sync,
) -> Vec<T> {
    let histories = table.levels[depth].histories();
    let piece = |piece: usize| {
        let start = piece * TOGETHER;
        let numbers = start..(start + TOGETHER).min(histories);
        let mut list = Vec::new();
        see(numbers, &mut Walk::at(table, depth, start), &mut list);
        list
    };
    let lists: Vec<Vec<T>> = (0..histories.div_ceil(TOGETHER)).into_par_iter().map(piece).collect();
    lists.concat()
}
