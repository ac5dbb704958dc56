//! The cost of a line beyond its tokens, under a model with an open vocabulary: the spelling of
//! unknown words, the case of tokens, and the gaps between them.

use ngram_model::OpenVocabulary;
use ngram_model::open::{case_details, written_out};
use ngram_tokenizer::{Case, Gap, Piece, Surface, TokenizerSpec};
use rustc_hash::FxHashMap;
use std::ops::AddAssign;

/// A cost in bits, by component. Each is at least 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Charge {
    /// Which token it is, or that it is an unknown word.
    pub token: f64,
    /// The spelling of an unknown word.
    pub spelling: f64,
    /// The case of a token, if the tokenizer lowercases.
    pub case: f64,
    /// The gap between tokens.
    pub spacing: f64,
}

impl Charge {
    /// The sum of all components.
    pub fn total(&self) -> f64 {
        self.token + self.spelling + self.case + self.spacing
    }
}

impl AddAssign for Charge {
    fn add_assign(&mut self, other: Charge) {
        self.token += other.token;
        self.spelling += other.spelling;
        self.case += other.case;
        self.spacing += other.spacing;
    }
}

/// The number of results cached, by a hash of the request; a power of two.
const KEPT: usize = 1 << 12;

/// The most unknown words whose cost is cached.
const SPELLED: usize = 1 << 17;

/// Charges for the lines of a text. It caches recent results, because a few contexts make up most
/// of a text.
pub struct Charges<'m> {
    open: OpenVocabulary<'m>,
    has_case: bool,
    kept: Vec<(u64, f64)>,
    /// The cost of unknown words, cached because names recur.
    spelled: FxHashMap<Box<str>, f64>,
    charge: Charge,
}

impl<'m> Charges<'m> {
    /// Creates charges with nothing cached.
    pub fn new(open: OpenVocabulary<'m>, tokenizer: &TokenizerSpec) -> Charges<'m> {
        let kept = vec![(0, 0.0); KEPT];
        Charges {
            open,
            has_case: tokenizer.has_case(),
            kept,
            spelled: FxHashMap::default(),
            charge: Charge::default(),
        }
    }

    /// Charges for a piece of a line except its token, and moves past it.
    #[inline]
    pub fn piece(&mut self, surface: &mut Surface, piece: &Piece<'_>, token: &str) {
        self.gap(surface, piece.gap, Some(token));
        let mut case = Case::Lower;
        if self.has_case {
            let plain = surface.plain(token);
            case = Case::of(piece.form, &plain);
            let [general, _, word] = surface.case_contexts(token);
            let open = self.open;
            let bits = self.keep(word ^ general.rotate_left(20) ^ case as u64, || {
                -open.case_probability(surface, token, case).log2()
            });
            self.charge.case += bits + case_details(&plain, piece.form, case);
        }
        surface.push(Gap::of(piece.gap), token, case);
    }

    /// Charges for the end of a line, and returns the line's cost beyond its tokens and the spelling of unknown ones.
    pub fn end(&mut self, surface: &Surface, piece: &Piece<'_>) -> Charge {
        self.gap(surface, piece.gap, None);
        std::mem::take(&mut self.charge)
    }

    /// Returns the cost of spelling an unknown word, in bits; it is not part of the line's.
    pub fn spelling(&mut self, word: &str) -> f64 {
        let spelled = self.spelled.get(word).copied();
        spelled.unwrap_or_else(|| {
            let bits = self.open.spelling(word);
            if self.spelled.len() < SPELLED {
                self.spelled.insert(word.into(), bits);
            }
            bits
        })
    }

    #[inline]
    fn gap(&mut self, surface: &Surface, text: &str, token: Option<&str>) {
        let gap = Gap::of(text);
        let (contexts, levels) = surface.gap_contexts(token);
        let open = self.open;
        let what = contexts[0].rotate_left(20) ^ contexts[levels - 1] ^ gap as u64;
        let bits = self.keep(what, || -open.gap_probability(surface, token, gap).log2());
        self.charge.spacing += bits;
        if gap == Gap::Other {
            self.charge.spacing += written_out(text);
        }
    }

    /// Returns the result of `compute`, or its cached result for the same `what`.
    #[inline]
    fn keep(&mut self, what: u64, compute: impl FnOnce() -> f64) -> f64 {
        // 0 marks an empty slot.
        let what = what | 1 << 63;
        let kept = &mut self.kept[(what ^ what >> 29) as usize % KEPT];
        if kept.0 != what {
            *kept = (what, compute());
        }
        kept.1
    }
}
