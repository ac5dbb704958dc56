//! Cuts lines by a SentencePiece model (Kudo and Richardson 2018), `unigram` or `bpe`, into the pieces that the
//! `sentencepiece` package gives: the same normalisation, the same arithmetic, the same ties.
//!
//! A run of characters that no piece covers is a token of its own, spelled as it is, or the bytes of each if the
//! model falls back to bytes.

mod bpe;
mod normalizer;
mod proto;
mod trie;
mod unigram;

use crate::piece_file::{PartialCharacter, PieceFileError, byte_of_name};
use bpe::Merging;
use normalizer::{MARK, Normalized, Normalizer};
use proto::{Algorithm, Piece, PieceKind};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use trie::PieceTrie;
use unigram::{Unigram, Way};

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Reusable memory of a thread.
#[derive(Default)]
struct Scratch {
    normalized: Normalized,
    ways: Vec<Way>,
    merging: Merging,
    cuts: Vec<Cut>,
}

/// A piece of the normalised text.
#[derive(Clone, Copy)]
struct Cut {
    start: usize,
    end: usize,
    piece: u32,
}

/// The pieces by number.
struct Vocabulary {
    pieces: Vec<Piece>,
    numbers: HashMap<Box<[u8]>, u32>,
    unknown: u32,
}

impl Vocabulary {
    /// Returns the number of a piece, that of the unknown one if there is none.
    fn id(&self, text: &[u8]) -> u32 {
        self.numbers.get(text).copied().unwrap_or(self.unknown)
    }
}

/// The algorithm, with what it needs.
enum Search {
    Unigram(Unigram),
    Bpe { trie: PieceTrie, kept: Option<PieceTrie> },
}

/// A loaded model.
pub struct SentencePiece {
    vocabulary: Vocabulary,
    normalizer: Normalizer,
    search: Search,
    /// The score of the most probable piece.
    highest: f32,
    byte_fallback: bool,
    /// The first piece of a line begins with a space that is not in the text.
    leads: bool,
    escape: bool,
}

/// The first byte of every file: its first field is a piece.
pub const FIRST: u8 = 0x0a;

impl SentencePiece {
    pub fn new(file: &[u8]) -> Result<SentencePiece, PieceFileError> {
        let malformed = |what: &str| PieceFileError::MalformedSentencePiece(what.to_owned());
        let mut model = proto::read(file).map_err(malformed)?;
        if let Algorithm::Other(number) = model.algorithm {
            let name = match number {
                3 => "word",
                4 => "char",
                _ => "one that is not known",
            };
            return Err(PieceFileError::Algorithm(name));
        }
        let pieces = std::mem::take(&mut model.pieces);
        let mut numbers = HashMap::with_capacity(pieces.len());
        let mut unknown = None;
        for (number, piece) in (0..).zip(&pieces) {
            if numbers.insert(piece.text.clone(), number).is_some() {
                let text = String::from_utf8_lossy(&piece.text);
                return Err(malformed(&format!("it lists the piece {text:?} twice")));
            }
            if piece.kind == PieceKind::Unknown && unknown.replace(number).is_some() {
                return Err(malformed("it has two unknown pieces"));
            }
        }
        let unknown = unknown.ok_or_else(|| malformed("it has no unknown piece"))?;
        if model.byte_fallback {
            let lacks = |byte: &u8| !numbers.contains_key(byte_name(*byte).as_bytes());
            if (0..=255).any(|byte| lacks(&byte)) {
                return Err(malformed("it falls back to bytes, and lacks some of their pieces"));
            }
        }
        let strings = |wanted: &dyn Fn(PieceKind) -> bool| -> Vec<(&[u8], u32)> {
            let all = pieces.iter().zip(0..).filter(|(piece, _)| wanted(piece.kind));
            all.map(|(piece, number)| (&piece.text[..], number)).collect()
        };
        let in_text =
            |kind| matches!(kind, PieceKind::Normal | PieceKind::UserDefined | PieceKind::Unused);
        let trie = PieceTrie::new(strings(&in_text));
        let defined = strings(&|kind| kind == PieceKind::UserDefined);
        let kept = || (!defined.is_empty()).then(|| PieceTrie::new(defined.clone()));
        let normalizer = Normalizer::new(&model, kept()).map_err(malformed)?;
        let kept = kept();
        let normal = pieces.iter().filter(|piece| piece.kind == PieceKind::Normal);
        // As in the original, which takes the least positive number for the least of all.
        let highest = normal.map(|piece| piece.score).fold(f32::MIN_POSITIVE, f32::max);
        let vocabulary = Vocabulary { pieces, numbers, unknown };
        let search = match model.algorithm {
            Algorithm::Bpe => Search::Bpe { trie, kept },
            _ => Search::Unigram(Unigram::new(&vocabulary, trie)),
        };
        Ok(SentencePiece {
            vocabulary,
            normalizer,
            search,
            highest,
            byte_fallback: model.byte_fallback,
            leads: model.dummy_prefix && !model.suffix,
            escape: model.escape,
        })
    }

    /// Normalises and cuts a line, and calls `use_it` with the result.
    fn encoded(&self, line: &str, with_places: bool, use_it: impl FnOnce(&Normalized, &[Cut])) {
        // Not borrowed meanwhile, in case `use_it` cuts another line.
        let mut scratch = SCRATCH.take();
        let Scratch { normalized, ways, merging, cuts } = &mut scratch;
        self.normalizer.normalize(line, with_places, normalized);
        cuts.clear();
        match &self.search {
            Search::Unigram(unigram) => unigram.cut(self.highest, &normalized.bytes, ways, cuts),
            Search::Bpe { trie, kept } => {
                bpe::cut(&self.vocabulary, trie, kept.as_ref(), &normalized.bytes, merging, cuts);
            }
        }
        use_it(normalized, cuts);
        SCRATCH.set(scratch);
    }

    /// Calls `emit` with each token and the part of the normalised text that it covers.
    fn tokens(
        &self,
        normalized: &Normalized,
        cuts: &[Cut],
        mut emit: impl FnMut(Range<usize>, &[u8]),
    ) {
        let text = &normalized.bytes;
        let mut at = 0;
        while let Some(&Cut { start, end, piece }) = cuts.get(at) {
            at += 1;
            if piece != self.vocabulary.unknown {
                emit(start..end, &text[start..end]);
            } else if self.byte_fallback {
                for (place, &byte) in (start..).zip(&text[start..end]) {
                    // The last byte stands for the character.
                    let span = if place + 1 == end { start..end } else { start..start };
                    emit(span, byte_name(byte).as_bytes());
                }
            } else {
                let mut last = end;
                while let Some(next) = cuts.get(at).filter(|cut| cut.piece == piece) {
                    (last, at) = (next.end, at + 1);
                }
                emit(start..last, &text[start..last]);
            }
        }
    }

    pub fn cut(&self, line: &str, emit: &mut impl FnMut(&str)) {
        self.encoded(line, false, |normalized, cuts| {
            self.tokens(normalized, cuts, |_, token| match std::str::from_utf8(token) {
                Ok(token) => emit(token),
                // Only a damaged file makes such tokens.
                Err(_) => emit(&String::from_utf8_lossy(token)),
            });
        });
    }

    /// Calls `emit` with each token of a line and the span of the line that it covers. Spans do not overlap.
    pub fn spans(&self, line: &str, emit: &mut impl FnMut(Range<usize>, Option<&str>)) {
        let place = |at: usize| line.floor_char_boundary(at.min(line.len()));
        let mut done = 0;
        self.encoded(line, true, |normalized, cuts| {
            self.tokens(normalized, cuts, |span, token| {
                let start = place(normalized.places[span.start]).max(done);
                let end = place(normalized.places[span.end]).max(start);
                done = end;
                emit(start..end, Some(&String::from_utf8_lossy(token)));
            });
        });
    }

    pub fn has_piece(&self, token: &str) -> bool {
        self.vocabulary.numbers.contains_key(token.as_bytes())
    }

    /// Returns the text that a token stands for after `before`, and the state after it.
    pub fn plain(&self, token: &str, before: &PartialCharacter) -> (String, PartialCharacter) {
        let mut after = PartialCharacter { begun: true, unfinished: false, ..before.clone() };
        if self.byte_fallback
            && let Some(byte) = byte_of_name(token)
        {
            return (after.text(&[byte]), after);
        }
        let mut text = token.to_owned();
        if self.escape {
            text = text.replace(MARK, " ");
        }
        if self.leads && !before.begun && text.starts_with(' ') {
            text.remove(0);
        }
        (after.text(text.as_bytes()), after)
    }
}

/// Returns the piece that stands for a byte.
fn byte_name(byte: u8) -> String {
    format!("<0x{byte:02X}>")
}
