//! The contexts of the text in which decisions are counted.

use super::{Before, join};
use crate::tree::WordTree;
use ngram_model::LanguageModel;
use ngram_tokenizer::WordId;
use rustc_hash::FxHashMap;

/// The number of contexts.
pub const CONTEXTS: usize = 16;

/// The contexts up to this one are the last words, none to this many.
pub const LONGEST: usize = 4;

/// The number of values of [`TextContexts::punctuation`].
pub const PUNCTUATION: usize = 8 * 8 * 2;

/// The contexts of one token.
#[derive(Clone)]
pub struct TextContexts {
    hashes: [u64; CONTEXTS],
    /// The kind of each punctuation mark, from 1, by id.
    marks: FxHashMap<u32, usize>,
    /// The class of the word before.
    pub class: u64,
    /// The word before.
    pub word: u64,
    /// The last mark, how long ago, and whether a quotation is open: below [`PUNCTUATION`].
    pub punctuation: usize,
    since: usize,
    mark: usize,
    is_quoted: bool,
    /// The number of words of the text that are known already.
    known: usize,
}

/// The kinds of marks, from 1; the last kind opens or closes a quotation.
const MARKS: [&[&str]; 7] = [
    &[".", "...", "…"],
    &["?", "!"],
    &[","],
    &[";", ":"],
    &["-", "--", "—", "–"],
    &["(", ")", "[", "]"],
    &["\"", "“", "”", "``", "''"],
];

impl TextContexts {
    /// Creates the contexts at the beginning of a text.
    pub fn new(model: &dyn LanguageModel) -> TextContexts {
        let mut marks = FxHashMap::default();
        for (kind, words) in (1..).zip(MARKS) {
            let ids = words.iter().filter_map(|word| model.vocab().id(word));
            marks.extend(ids.map(|id| (id.0, kind)));
        }
        TextContexts {
            hashes: [0; CONTEXTS],
            marks,
            class: 0,
            word: 0,
            punctuation: 0,
            since: 0,
            mark: 0,
            is_quoted: false,
            known: 0,
        }
    }

    /// Moves past the words of the text that came since the last call.
    fn advance(&mut self, text: &[u32]) {
        for word in &text[self.known..] {
            match self.marks.get(word) {
                Some(&kind) => {
                    self.is_quoted ^= kind == MARKS.len();
                    (self.since, self.mark) = (0, kind);
                }
                None if *word == WordId::END.0 => {
                    (self.since, self.mark, self.is_quoted) = (0, 0, false);
                }
                None => self.since += 1,
            }
        }
        self.known = text.len();
        let since = (self.since + 1).ilog2().min(7) as usize;
        self.punctuation = (since * 8 + self.mark) * 2 + usize::from(self.is_quoted);
    }

    /// Sets the contexts after a text.
    pub fn set(&mut self, before: &Before<'_>, tree: &WordTree) {
        self.advance(before.text);
        let text = before.text;
        let marks = self.punctuation as u64;
        let word =
            |back: usize| text.len().checked_sub(back).map_or(0, |at| u64::from(text[at]) + 1);
        let class = |back: usize| match text.len().checked_sub(back) {
            Some(at) if text[at] < before.vocab => u64::from(tree.class(WordId(text[at]))) + 2,
            Some(_) => 1,
            None => 0,
        };
        let [w1, w2, w3, w4] = [1, 2, 3, 4].map(word);
        let [c1, c2, c3, c4] = [1, 2, 3, 4].map(class);
        (self.word, self.class) = (w1, c1);
        let of: [&[u64]; CONTEXTS] = [
            &[],
            &[w1],
            &[w1, w2],
            &[w1, w2, w3],
            &[w1, w2, w3, w4],
            &[c1],
            &[c1, c2],
            &[c1, c2, c3],
            &[w1, c2],
            &[c1, w2],
            &[w2],
            &[w2, w3],
            &[w1, w3],
            &[c1, c2, c3, c4],
            &[marks],
            &[c1, marks],
        ];
        for (number, (hash, parts)) in (0u64..).zip(self.hashes.iter_mut().zip(of)) {
            *hash = parts.iter().fold(join(7, number), |hash, &part| join(hash, part));
        }
    }

    /// Returns the hash of a decision in a context.
    pub fn hash(&self, context: usize, key: u64) -> u64 {
        join(self.hashes[context], key)
    }
}
