//! Pieces merged pair by pair, the best first (Sennrich, Haddow and Birch 2016).

use super::normalizer::char_len;
use super::proto::PieceKind;
use super::trie::PieceTrie;
use super::{Cut, Vocabulary};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

/// A part of the text, in a list of those that are left.
struct Symbol {
    start: u32,
    end: u32,
    before: u32,
    after: u32,
    /// Not merged with others.
    frozen: bool,
}

const NONE: u32 = u32::MAX;

/// Two neighbours that together are a piece.
struct Pair {
    score: f32,
    left: u32,
    right: u32,
    len: u32,
}

/// The highest score first, then the leftmost.
impl Ord for Pair {
    fn cmp(&self, other: &Pair) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Pair) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Pair) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// Reusable memory.
#[derive(Default)]
pub struct Merging {
    symbols: Vec<Symbol>,
    pairs: BinaryHeap<Pair>,
    /// How unused pieces were made: the length of the left part.
    made: HashMap<Box<[u8]>, usize>,
}

/// Cuts a text, valid UTF-8; the pieces are in `trie`, those that a user defined in `kept`.
pub fn cut(
    vocabulary: &Vocabulary,
    trie: &PieceTrie,
    kept: Option<&PieceTrie>,
    text: &[u8],
    merging: &mut Merging,
    cuts: &mut Vec<Cut>,
) {
    let Merging { symbols, pairs, made } = merging;
    symbols.clear();
    pairs.clear();
    made.clear();
    let mut start = 0;
    while start < text.len() {
        let defined = kept.and_then(|kept| kept.longest(&text[start..]));
        let len = defined.unwrap_or(char_len(text[start])).min(text.len() - start);
        let number = symbols.len() as u32;
        symbols.push(Symbol {
            start: start as u32,
            end: (start + len) as u32,
            before: number.wrapping_sub(1),
            after: number + 1,
            frozen: defined.is_some(),
        });
        start += len;
    }
    if let Some(last) = symbols.last_mut() {
        last.after = NONE;
    }
    let mut add = |symbols: &[Symbol], pairs: &mut BinaryHeap<Pair>, left: u32, right: u32| {
        let (Some(one), Some(other)) = (symbols.get(left as usize), symbols.get(right as usize))
        else {
            return;
        };
        if one.frozen || other.frozen {
            return;
        }
        let both = &text[one.start as usize..other.end as usize];
        let Some(piece) = trie.get(both) else { return };
        let piece = &vocabulary.pieces[piece as usize];
        if piece.kind == PieceKind::Unused {
            made.insert(both.into(), (one.end - one.start) as usize);
        }
        // Adding 0 makes −0 and 0 alike.
        pairs.push(Pair { score: piece.score + 0.0, left, right, len: both.len() as u32 });
    };
    for right in 1..symbols.len() as u32 {
        add(symbols, pairs, right - 1, right);
    }
    while let Some(Pair { left, right, len, .. }) = pairs.pop() {
        let [one, other] = [left, right].map(|number| &symbols[number as usize]);
        let is_gone = |symbol: &Symbol| symbol.start == symbol.end;
        // One of them may have been merged since.
        if is_gone(one) || is_gone(other) || other.end.wrapping_sub(one.start) != len {
            continue;
        }
        let (end, after) = (other.end, other.after);
        let before = one.before;
        let one = &mut symbols[left as usize];
        (one.end, one.after) = (end, after);
        if let Some(next) = symbols.get_mut(after as usize) {
            next.before = left;
        }
        let other = &mut symbols[right as usize];
        other.start = other.end;
        add(symbols, pairs, before, left);
        add(symbols, pairs, left, after);
    }
    let mut next = if symbols.is_empty() { NONE } else { 0 };
    while let Some(symbol) = symbols.get(next as usize) {
        resolve(vocabulary, made, text, symbol.start as usize, symbol.end as usize, cuts);
        next = symbol.after;
    }
}

/// Adds a piece, or the pieces that an unused one was made of.
fn resolve(
    vocabulary: &Vocabulary,
    made: &HashMap<Box<[u8]>, usize>,
    text: &[u8],
    start: usize,
    end: usize,
    cuts: &mut Vec<Cut>,
) {
    let piece = vocabulary.id(&text[start..end]);
    let is_unused = vocabulary.pieces[piece as usize].kind == PieceKind::Unused;
    match made.get(&text[start..end]).filter(|_| is_unused) {
        // Each part is shorter, so this ends.
        Some(&left) if left > 0 && left < end - start => {
            resolve(vocabulary, made, text, start, start + left, cuts);
            resolve(vocabulary, made, text, start + left, end, cuts);
        }
        _ => cuts.push(Cut { start, end, piece }),
    }
}
