//! Finds the histories of a table among its n-grams.

use ngram_model::table::TableView;
use ngram_model::walk::Walk;
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use rayon::prelude::*;
use std::ops::Range;

/// Stands for a missing number.
pub(super) const NONE: u32 = u32::MAX;

/// The number of histories in a unit of work.
const TOGETHER: usize = 1 << 12;

/// Where each history of two or more words is stored as an n-gram: its last word after its other words.
pub struct Prefixes {
    /// The number of the history of these other words; `u32::MAX` if the table lacks it.
    pub histories: Vec<Vec<u32>>,
    /// The position of the n-gram among the successors of that history; `u32::MAX` if the table lacks it.
    pub ngrams: Vec<Vec<u32>>,
}

impl Prefixes {
    /// Looks up every history. No level may have `u32::MAX` or more histories or successors.
    ///
    /// # Errors
    ///
    /// If `progress` cancels the work.
    pub fn of(table: &TableView, progress: &dyn Progress) -> Result<Prefixes, Cancelled> {
        let mut found = Prefixes { histories: vec![Vec::new()], ngrams: vec![Vec::new()] };
        for depth in 1..table.levels.len() {
            let shorter = &table.levels[depth - 1];
            let see = |numbers: Range<usize>, walk: &mut Walk, pairs: &mut Vec<(u32, u32)>| {
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
            };
            let (histories, ngrams) = in_pieces(table, depth, progress, see)?.into_iter().unzip();
            found.histories.push(histories);
            found.ngrams.push(ngrams);
        }
        Ok(found)
    }
}

/// Visits the histories of length `depth` + 1 in pieces, in parallel. `see` gets a range of numbers
/// and a walk at the first of them, and appends to a list. Returns the lists concatenated.
///
/// # Errors
///
/// If `progress` cancels the work.
pub fn in_pieces<T: Send + Clone>(
    table: &TableView,
    depth: usize,
    progress: &dyn Progress,
    see: impl Fn(Range<usize>, &mut Walk, &mut Vec<T>) + Sync,
) -> Result<Vec<T>, Cancelled> {
    let histories = table.levels[depth].histories();
    let piece = |piece: usize| {
        progress.proceed()?;
        let start = piece * TOGETHER;
        let numbers = start..(start + TOGETHER).min(histories);
        let mut list = Vec::new();
        see(numbers, &mut Walk::at(table, depth, start), &mut list);
        Ok(list)
    };
    let pieces = (0..histories.div_ceil(TOGETHER)).into_par_iter().map(piece);
    Ok(pieces.collect::<Result<Vec<Vec<T>>, Cancelled>>()?.concat())
}
