//! A table to the sections of the compact layout, order by order.

use super::super::Kind;
use super::Shape;
use super::values::Encoder;
use crate::bits::{BitWriter, elias_fano, width};
use crate::table::TableView;
use ngram_tokenizer::WordId;
use rayon::prelude::*;

/// Why a table cannot be laid out compactly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// More n-grams than the layout numbers.
    #[error("more than 4,294,967,294 n-grams of order {0}; the compact layout holds no more")]
    TooMany(usize),
    /// A history without its beginning, a number that is none: no model is so.
    #[error("the model's table is damaged ({what} of order {order}); see `ngram check`")]
    Table {
        /// What is wrong.
        what: &'static str,
        /// The order of the n-grams.
        order: usize,
    },
}

/// A section of the file.
pub struct Section {
    pub kind: Kind,
    pub level: u16,
    pub bytes: Vec<u8>,
}

/// Makes the sections of all orders and hands them to `sink` as they are finished.
///
/// `quantize` is the number of bits that the log-probabilities and back-off weights of an order from
/// 2 on are to have; without it, every number is kept. Beside the table, some 30 bytes of memory are needed for
/// each n-gram of the order with the most.
pub fn build<E: From<CompactError>>(
    table: &TableView,
    quantize: Option<u32>,
    mut sink: impl FnMut(Section) -> Result<(), E>,
) -> Result<(), E> {
    let counts = std::iter::once(table.unigrams.len())
        .chain(table.levels.iter().map(|level| level.len().max(level.successor_words.len())));
    if let Some(order) = counts.clone().position(|count| count >= u32::MAX as usize) {
        return Err(CompactError::TooMany(order + 1).into());
    }
    let histories = Histories::of(table)?;
    let missing = missing(table, &histories);
    // Single words stay what they are: they are few, and what all else backs off to, <unk> above all.
    let mut shorter = words(table, &mut sink)?;
    for (depth, missing) in missing.iter().enumerate() {
        let order = Order { table, histories: &histories, depth, missing };
        shorter = order.write(&shorter, quantize, &mut sink)?;
    }
    Ok(())
}

/// Every history's place among others.
struct Histories {
    /// By the index of the length, as all these.
    last_words: Vec<Vec<u32>>,
    /// The history without its first word, by its number in the length before.
    parents: Vec<Vec<u32>>,
    /// The history without its last word.
    prefixes: Vec<Vec<u32>>,
}

impl Histories {
    fn of(table: &TableView) -> Result<Histories, CompactError> {
        let mut all =
            Histories { last_words: Vec::new(), parents: Vec::new(), prefixes: Vec::new() };
        for (depth, level) in table.levels.iter().enumerate() {
            let Some(above) = depth.checked_sub(1) else {
                let words: Vec<u32> = (0..level.len() as u32).collect();
                all.parents.push(Vec::new());
                all.prefixes.push(Vec::new());
                all.last_words.push(words);
                continue;
            };
            let mut parents = vec![0; level.len()];
            let mut last_words = vec![0; level.len()];
            let shorter = &table.levels[above];
            let mut end = 0;
            for parent in 0..shorter.len() {
                let children = shorter.children(parent);
                let damaged = CompactError::Table { what: "overlapping histories", order: depth };
                let range = children.clone();
                if children.start != end || children.end < end || children.end > level.len() {
                    return Err(damaged);
                }
                end = children.end;
                parents[range.clone()].fill(parent as u32);
                last_words[range].fill(all.last_words[above][parent]);
            }
            if end != level.len() {
                return Err(CompactError::Table { what: "overlapping histories", order: depth });
            }
            let prefix = |history: usize| -> Option<u32> {
                let word = level.words.get(history)?.get();
                match above.checked_sub(1) {
                    None => ((word as usize) < shorter.len()).then_some(word),
                    Some(depth) => {
                        let prefix = all.prefixes[above][parents[history] as usize] as usize;
                        Some(table.child(depth, prefix, WordId(word))? as u32)
                    }
                }
            };
            let prefixes: Option<Vec<u32>> = (0..level.len()).into_par_iter().map(prefix).collect();
            let what = "a history without its beginning";
            all.prefixes.push(prefixes.ok_or(CompactError::Table { what, order: depth + 1 })?);
            all.parents.push(parents);
            all.last_words.push(last_words);
        }
        Ok(all)
    }
}

/// For each index of a length, what are to be nodes of the order above it without being n-grams:
/// histories, and n-grams without their first words. As (history, word), sorted.
fn missing(table: &TableView, histories: &Histories) -> Vec<Vec<(u32, u32)>> {
    let mut missing: Vec<Vec<(u32, u32)>> = vec![Vec::new(); table.levels.len()];
    for depth in (0..table.levels.len().saturating_sub(1)).rev() {
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
        let of_ngrams = (0..longer.len()).into_par_iter().flat_map_iter(|history| {
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
    missing
}

/// What the nodes of one order need to know of those of the order before.
struct Written {
    /// For each word, where the nodes begin that end with it; then how many there are.
    starts: Vec<u32>,
    /// The history that each node has but for its last word.
    prefixes: Vec<u32>,
    /// For each history of this length, its position among the children of its parent.
    ranks: Vec<u32>,
}

/// Writes the nodes of order 1.
fn words<E: From<CompactError>>(
    table: &TableView,
    sink: &mut impl FnMut(Section) -> Result<(), E>,
) -> Result<Written, E> {
    let log_probs = || table.unigrams.iter().map(|log_prob| log_prob.get());
    let len = table.unigrams.len();
    let log_prob_codes = encoder(log_probs(), false, None, 1)?;
    let backoffs = table.levels.first().map(|level| level.backoffs.iter().map(|b| b.get()));
    let backoff_codes = match &backoffs {
        Some(backoffs) if backoffs.len() == len => Some(encoder(backoffs.clone(), false, None, 1)?),
        Some(_) => {
            return Err(
                CompactError::Table { what: "a wrong number of histories", order: 1 }.into()
            );
        }
        None => None,
    };
    let mut nodes = BitWriter::default();
    let mut backoffs = backoffs.into_iter().flatten();
    for log_prob in log_probs() {
        nodes.push(log_prob_codes.code(log_prob), log_prob_codes.width);
        if let (Some(codes), Some(backoff)) = (&backoff_codes, backoffs.next()) {
            nodes.push(codes.code(backoff), codes.width);
        }
    }
    emit(1, len, 0, nodes, &log_prob_codes, backoff_codes.as_ref(), sink)?;
    let words: Vec<u32> = (0..len as u32).collect();
    let starts = (0..=len as u32).collect();
    Ok(Written { starts, prefixes: vec![0; len], ranks: words })
}

/// The n-grams of one order: those that the histories of the length of index `depth` begin.
struct Order<'t> {
    table: &'t TableView<'t>,
    histories: &'t Histories,
    depth: usize,
    /// What are to be nodes besides the n-grams.
    missing: &'t [(u32, u32)],
}

impl Order<'_> {
    /// Writes where the children of the shorter nodes start, and the nodes.
    fn write<E: From<CompactError>>(
        &self,
        shorter: &Written,
        quantize: Option<u32>,
        sink: &mut impl FnMut(Section) -> Result<(), E>,
    ) -> Result<Written, E> {
        let number = self.depth + 2;
        let damaged = |what| E::from(CompactError::Table { what, order: number });
        let level = &self.table.levels[self.depth];
        let longer = self.table.levels.get(self.depth + 1);
        let (starts, prefixes, places) = self.sort().ok_or_else(|| damaged("an unknown word"))?;

        let absent = !self.missing.is_empty();
        let log_probs = level.log_probs.iter().map(|log_prob| log_prob.get());
        let log_prob_codes = encoder(log_probs, absent, quantize, number)?;
        let backoffs = longer.map(|longer| longer.backoffs.iter().map(|backoff| backoff.get()));
        let backoff_codes = match backoffs {
            Some(backoffs) => {
                let none = (prefixes.len() > backoffs.len()).then_some(0.0);
                Some(encoder(backoffs.chain(none), false, quantize, number)?)
            }
            None => None,
        };
        let rank_width = width(shorter.ranks.iter().copied().max().unwrap_or(0).into());

        let mut nodes = BitWriter::default();
        let mut child_starts = Vec::with_capacity(shorter.prefixes.len() + 1);
        let history_prefixes = self.histories.prefixes.get(self.depth + 1);
        let histories = longer.map_or(0, |longer| longer.len());
        let mut ranks = Vec::with_capacity(histories);
        for word in 0..starts.len() - 1 {
            let mut node = starts[word] as usize;
            let end = starts[word + 1] as usize;
            for parent in shorter.starts[word] as usize..shorter.starts[word + 1] as usize {
                let first = node;
                child_starts.push(first as u64);
                while node < end {
                    let history = prefixes[node] as usize;
                    if self.depth > 0
                        && self.histories.parents[self.depth][history] != shorter.prefixes[parent]
                    {
                        break;
                    }
                    nodes.push(shorter.ranks[history].into(), rank_width);
                    let log_prob = match places[node] {
                        NOWHERE => log_prob_codes.absent(),
                        place => log_prob_codes.code(level.log_probs[place as usize].get()),
                    };
                    nodes.push(log_prob, log_prob_codes.width);
                    if let (Some(codes), Some(longer)) = (&backoff_codes, longer) {
                        let next = ranks.len();
                        let is_history = next < histories
                            && self.histories.last_words[self.depth + 1][next] as usize == word
                            && history_prefixes.is_some_and(|p| p[next] as usize == history);
                        let mut backoff = 0.0;
                        if is_history {
                            backoff = longer.backoff(next);
                            ranks.push((node - first) as u32);
                        }
                        nodes.push(codes.code(backoff), codes.width);
                    }
                    node += 1;
                }
            }
            if node != end {
                return Err(damaged("n-grams out of order"));
            }
        }
        child_starts.push(prefixes.len() as u64);
        if ranks.len() != histories || child_starts.len() != shorter.prefixes.len() + 1 {
            return Err(damaged("histories out of order"));
        }
        drop(places);
        let bytes = elias_fano::encode(&child_starts);
        sink(Section { kind: Kind::Children, level: number as u16 - 1, bytes })?;
        drop(child_starts);
        let len = prefixes.len();
        emit(number, len, rank_width, nodes, &log_prob_codes, backoff_codes.as_ref(), sink)?;
        Ok(Written { starts, prefixes, ranks })
    }

    /// Nodes in their order: where those that end with each word begin; the history that each
    /// begins with; the place of its log-probability. `None` if there is a word beyond the
    /// vocabulary.
    fn sort(&self) -> Option<(Vec<u32>, Vec<u32>, Vec<u32>)> {
        let level = &self.table.levels[self.depth];
        let words = self.table.unigrams.len();
        let mut starts = vec![0u32; words + 1];
        let ngrams = level.successor_words.iter().map(|word| word.get());
        for word in ngrams.chain(self.missing.iter().map(|missing| missing.1)) {
            *starts[..words].get_mut(word as usize)? += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        let mut next = starts.clone();
        let mut prefixes = vec![0; sum as usize];
        let mut places = vec![NOWHERE; sum as usize];
        let mut missing = self.missing.iter().peekable();
        for history in 0..level.len() {
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
            while let Some((_, word)) = missing.next_if(|missing| missing.0 as usize == history) {
                place(*word, NOWHERE)?;
            }
        }
        Some((starts, prefixes, places))
    }
}

/// The place of the log-probability of what is no n-gram.
const NOWHERE: u32 = u32::MAX;

/// How the numbers of an order are written.
fn encoder(
    numbers: impl Iterator<Item = f32> + Clone,
    absent: bool,
    quantize: Option<u32>,
    order: usize,
) -> Result<Encoder, CompactError> {
    if numbers.clone().any(f32::is_nan) {
        return Err(CompactError::Table { what: "a value that is no number", order });
    }
    Ok(match quantize {
        Some(bits) => Encoder::quantized(numbers.collect(), absent, bits),
        None => Encoder::exact(numbers, absent),
    })
}

/// Hands on what makes up the nodes of an order.
fn emit<E>(
    order: usize,
    nodes: usize,
    rank_width: u32,
    records: BitWriter,
    log_probs: &Encoder,
    backoffs: Option<&Encoder>,
    sink: &mut impl FnMut(Section) -> Result<(), E>,
) -> Result<(), E> {
    let shape = Shape {
        nodes: nodes as u64,
        rank_width,
        log_prob_width: log_probs.width,
        log_prob_base: log_probs.base,
        backoff_width: backoffs.map_or(0, |codes| codes.width),
        backoff_base: backoffs.map_or(0, |codes| codes.base),
    };
    let level = order as u16;
    let table = |numbers: &[f32]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    sink(Section { kind: Kind::Shape, level, bytes: shape.encode() })?;
    sink(Section { kind: Kind::Nodes, level, bytes: records.finish() })?;
    sink(Section { kind: Kind::LogProbTable, level, bytes: table(&log_probs.table) })?;
    if let Some(backoffs) = backoffs {
        sink(Section { kind: Kind::BackoffTable, level, bytes: table(&backoffs.table) })?;
    }
    Ok(())
}
