//! The most probable pieces of a text by their unigram probabilities (Kudo 2018), found by the Viterbi algorithm.

use super::normalizer::char_len;
use super::proto::PieceKind;
use super::trie::{PieceTrie, ROOT};
use super::{Cut, Vocabulary};

/// What an unknown character costs beyond the least probable piece.
const UNKNOWN_PENALTY: f32 = 10.0;

/// The best way to a place in the text: where its last piece begins.
#[derive(Clone, Copy)]
pub struct Way {
    score: f32,
    start: u32,
    piece: u32,
}

const NOWHERE: u32 = u32::MAX;
const NO_WAY: Way = Way { score: 0.0, start: NOWHERE, piece: 0 };

/// The pieces with their scores.
pub struct Unigram {
    trie: PieceTrie,
    /// In double precision for user-defined pieces, as in the original; `None` for unused ones.
    scores: Vec<Option<Score>>,
    unknown: f32,
    unknown_piece: u32,
}

/// The score of a piece: its own, or by its length, for one that a user defined.
#[derive(Clone, Copy)]
enum Score {
    Own(f32),
    Defined,
}

impl Unigram {
    pub fn new(vocabulary: &Vocabulary, trie: PieceTrie) -> Unigram {
        let normal = vocabulary.pieces.iter().filter(|piece| piece.kind == PieceKind::Normal);
        let least = normal.map(|piece| piece.score).fold(f32::MAX, f32::min);
        let score = |piece: &super::proto::Piece| match piece.kind {
            PieceKind::Unused => None,
            PieceKind::UserDefined => Some(Score::Defined),
            _ => Some(Score::Own(piece.score)),
        };
        Unigram {
            trie,
            scores: vocabulary.pieces.iter().map(score).collect(),
            unknown: least - UNKNOWN_PENALTY,
            unknown_piece: vocabulary.unknown,
        }
    }

    /// Cuts a text, valid UTF-8.
    pub fn cut(&self, highest: f32, text: &[u8], ways: &mut Vec<Way>, cuts: &mut Vec<Cut>) {
        ways.clear();
        ways.resize(text.len() + 1, NO_WAY);
        let mut start = 0;
        while start < text.len() {
            let len = char_len(text[start]).min(text.len() - start);
            let so_far = ways[start].score;
            let mut has_single = false;
            let mut node = ROOT;
            for (at, &byte) in text.iter().enumerate().skip(start) {
                let Some(next) = self.trie.next(node, byte) else { break };
                node = next;
                let Some(piece) = self.trie.value(node) else { continue };
                let Some(score) = self.scores[piece as usize] else { continue };
                let length = at + 1 - start;
                let score = so_far
                    + match score {
                        Score::Own(score) => score,
                        Score::Defined => (f64::from(length as f32 * highest) - 0.1) as f32,
                    };
                let way = &mut ways[at + 1];
                if way.start == NOWHERE || score > way.score {
                    *way = Way { score, start: start as u32, piece };
                }
                has_single |= length == len;
            }
            if !has_single {
                let score = self.unknown + so_far;
                let way = &mut ways[start + len];
                if way.start == NOWHERE || score > way.score {
                    *way = Way { score, start: start as u32, piece: self.unknown_piece };
                }
            }
            start += len;
        }
        let first = cuts.len();
        let mut end = text.len();
        while end > 0 {
            let way = ways[end];
            // Only where a damaged file ends a piece within a character.
            let start = (way.start as usize).min(end - 1);
            cuts.push(Cut { start, end, piece: way.piece });
            end = start;
        }
        cuts[first..].reverse();
    }
}
