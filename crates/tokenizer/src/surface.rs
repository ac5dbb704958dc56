//! The parts of a text that tokens leave out: the space between them, and their case.
//!
//! A line is a sequence of pieces, each a *gap* and a *form*, and a last gap. A token is a form, lowercased
//! if the tokenizer lowercases, so that gap, token and [`Case`] restore the line byte for byte:
//!
//! ```
//! use ngram_tokenizer::{Case, Gap, TokenizerKind, TokenizerSpec};
//!
//! let tokenizer = TokenizerSpec { kind: TokenizerKind::Words, lowercase: true };
//! let line = "He said:  \"NASA's McCoy!\" ";
//! let (mut rebuilt, mut seen) = (String::new(), Vec::new());
//! let last = tokenizer.pieces(line, |piece, token| {
//!     let case = Case::of(piece.form, token);
//!     seen.push((Gap::of(piece.gap), token.to_owned(), case));
//!     rebuilt += piece.gap;
//!     rebuilt += &case.apply(token, piece.form);
//! });
//! rebuilt += last.gap;
//! assert_eq!(rebuilt, line);
//! assert_eq!(seen[0], (Gap::None, "he".to_owned(), Case::Capital));
//! assert_eq!(seen[3], (Gap::Other, "\"".to_owned(), Case::Lower));
//! assert_eq!(seen[4], (Gap::None, "nasa's".to_owned(), Case::Mixed));
//! assert_eq!(seen[5], (Gap::Space, "mccoy".to_owned(), Case::Mixed));
//! ```
//!
//! The pieces of a `tokenizer.json` have spellings of their own: `Ġthe`, `##ing`, `▁the`. There, case is the
//! difference between the form and the text that the token stands for ([`Surface::plain`]).
//!
//! [`Surface`] walks along a line and lists the contexts that gaps and cases are best predicted from, from
//! the most general to the most specific, as numbers to count by. Nothing here knows a probability.

pub use crate::piece::Piece;
use crate::piece_file::PartialCharacter;
use crate::{PieceFile, SPECIAL_WORDS, TokenizerKind, TokenizerSpec, WordId};
use std::borrow::Cow;

/// The kind of gap before a token or before the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Gap {
    /// Nothing.
    None,
    /// One space.
    Space,
    /// Anything else; it is spelled out.
    Other,
}

impl Gap {
    /// Every gap, by number.
    pub const ALL: [Gap; 3] = [Gap::None, Gap::Space, Gap::Other];

    /// Classifies a gap.
    pub fn of(text: &str) -> Gap {
        match text {
            "" => Gap::None,
            " " => Gap::Space,
            _ => Gap::Other,
        }
    }
}

/// How the letters of a form differ from those of its token, which is in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Case {
    /// They do not differ.
    Lower,
    /// The first letter is a capital, possibly after a space.
    Capital,
    /// All are capitals.
    Upper,
    /// Some are capitals: one flag per letter.
    Mixed,
    /// Any other difference, for example a letter whose lower case has no single upper case: the form is spelled out.
    Verbatim,
}

impl Case {
    /// Every case, by number.
    pub const ALL: [Case; 5] =
        [Case::Lower, Case::Capital, Case::Upper, Case::Mixed, Case::Verbatim];

    /// Returns the first case that turns `token` into `form`.
    pub fn of(form: &str, token: &str) -> Case {
        if form == token {
            return Case::Lower;
        }
        let differ = |(form, token): (char, char)| form != token;
        let pairs = || form.chars().zip(token.chars());
        if form.chars().count() != token.chars().count()
            || pairs().any(|(form, token)| form != token && upper(token) != Some(form))
        {
            return Case::Verbatim;
        }
        if !pairs().skip(first_letter(token) + 1).any(differ) {
            Case::Capital
        } else if pairs().all(|(form, token)| form != token || upper(token).is_none()) {
            Case::Upper
        } else {
            Case::Mixed
        }
    }

    /// Applies this case to `token`. Where the case alone does not determine the form, returns `form`.
    pub fn apply(self, token: &str, form: &str) -> String {
        match self {
            Case::Lower => token.to_owned(),
            Case::Capital => with_capitals(token, |at| at == first_letter(token)),
            Case::Upper => with_capitals(token, |_| true),
            Case::Mixed | Case::Verbatim => form.to_owned(),
        }
    }
}

/// Returns the index of a token's first character after a leading space, which pieces of a `tokenizer.json` may have.
fn first_letter(token: &str) -> usize {
    usize::from(token.starts_with(' '))
}

/// Returns the upper case of a letter, if it is a single other character.
pub fn upper(letter: char) -> Option<char> {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) if upper != letter => Some(upper),
        _ => None,
    }
}

/// Capitalises the letters of a token for whose index `capital` is true.
pub fn with_capitals(token: &str, mut capital: impl FnMut(usize) -> bool) -> String {
    let letters = token.chars().enumerate();
    letters
        .map(|(at, letter)| match upper(letter) {
            Some(upper) if capital(at) => upper,
            _ => letter,
        })
        .collect()
}

impl TokenizerSpec {
    /// Returns whether a text can be rebuilt from tokens, gaps and cases. This requires that the
    /// tokens of a line are slices of it.
    pub fn has_surface(&self) -> bool {
        match self.kind {
            TokenizerKind::Words
            | TokenizerKind::Whitespace
            | TokenizerKind::Chars
            | TokenizerKind::WordsIcu
            | TokenizerKind::PieceFile(_) => true,
            TokenizerKind::Bytes | TokenizerKind::Shannon => false,
        }
    }

    /// Returns whether forms can differ from the texts that tokens stand for, so that cases matter.
    pub fn has_case(&self) -> bool {
        self.lowercase || matches!(self.kind, TokenizerKind::PieceFile(_))
    }

    /// Calls `emit` with each piece of `line`, from left to right, and its token. Returns the last
    /// gap, as a piece with an empty form. `<s>` and `</s>` belong to gaps.
    ///
    /// If [`TokenizerSpec::has_surface`] is false, nothing is emitted and the whole line is a gap.
    pub fn pieces<'l>(&self, line: &'l str, mut emit: impl FnMut(Piece<'l>, &str)) -> Piece<'l> {
        if !self.has_surface() {
            return Piece { gap: line, ..Piece::default() };
        }
        if let TokenizerKind::PieceFile(tokenizer) = &self.kind {
            return tokenizer.pieces(line, self.lowercase, &mut emit);
        }
        let mut buffer = String::new();
        let special = [SPECIAL_WORDS[WordId::BEGIN.index()], SPECIAL_WORDS[WordId::END.index()]];
        let (mut end, mut markers) = (0, 0);
        self.cut(line, &mut |token: &str| {
            // Tokens are slices of the line, so their addresses give their positions.
            let start = token.as_ptr() as usize - line.as_ptr() as usize;
            let is_marker = |marker: &&str| match self.lowercase {
                // `<S>` would be the token `<s>`.
                true => marker.eq_ignore_ascii_case(token),
                false => **marker == *token,
            };
            if token.as_bytes()[0] == b'<' && special.iter().any(is_marker) {
                markers += 1;
                return;
            }
            let form = &line[start..start + token.len()];
            let (gap, markers) = (&line[end..start], std::mem::take(&mut markers));
            emit(Piece { gap, markers, form, is_unknown: false }, self.token(form, &mut buffer));
            end = start + token.len();
        });
        Piece { gap: &line[end..], markers, ..Piece::default() }
    }

    /// Returns the token of a form: lowercased, in `buffer`, if the tokenizer lowercases.
    #[inline]
    pub(crate) fn token<'b>(&self, form: &'b str, buffer: &'b mut String) -> &'b str {
        if !self.lowercase {
            return form;
        }
        buffer.clear();
        if form.is_ascii() {
            buffer.push_str(form);
            buffer.make_ascii_lowercase();
        } else {
            buffer.push_str(&form.to_lowercase());
        }
        buffer
    }
}

/// The number of a context that predictions are made from.
pub type Context = u64;

/// What is predicted. Contexts of different families are always distinct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Family {
    /// A [`Gap`].
    Gap,
    /// A [`Case`].
    Case,
    /// The next byte of a word, or its end.
    Spelling,
}

/// Maximum number of contexts of a [`Gap`], from general to specific.
pub const GAP_LEVELS: usize = 2;
/// Number of contexts of a [`Case`].
pub const CASE_LEVELS: usize = 3;
/// Maximum number of contexts of a byte of a word: the zero to five bytes before it.
pub const SPELLING_LEVELS: usize = 6;
/// The symbol that ends a word, beside the 256 bytes.
pub const END_OF_WORD: u16 = 256;

/// Returns the number of a context. It must stay stable, as it is stored in models.
#[inline]
pub fn context(family: Family, level: usize, what: u64) -> Context {
    let seed = ((family as u64) << 8 | level as u64).wrapping_add(1);
    let product =
        u128::from(what ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)) * 0xd6e8_feb8_6659_fd93_u128;
    let hash = (product as u64) ^ ((product >> 64) as u64);
    hash << 5 | (family as u64) << 3 | level as u64
}

/// Returns whether a context is of this family and level.
#[inline]
pub fn is_of(context: Context, family: Family, level: usize) -> bool {
    context & 31 == (family as u64) << 3 | level as u64
}

/// Returns the contexts of the byte that follows `before` in a word, most general first. The start
/// of the word counts as a byte.
pub fn spelling_contexts(before: &[u8]) -> impl Iterator<Item = Context> + '_ {
    (0..SPELLING_LEVELS.min(before.len() + 2)).map(|level| {
        let mut what = 0;
        for &byte in before.iter().rev().take(level) {
            what = (what << 9) | (u64::from(byte) + 1);
        }
        // The start of the word differs from any byte.
        if level == before.len() + 1 {
            what = what << 9 | 257;
        }
        context(Family::Spelling, level, what)
    })
}

/// Returns the contexts of a token's case that depend on the token, given whether it starts a sentence.
#[inline]
pub fn case_contexts_of_word(token: &str, starts: bool) -> [Context; CASE_LEVELS - 1] {
    let word = hash(token);
    [context(Family::Case, 1, word), context(Family::Case, 2, word ^ u64::from(starts) << 7)]
}

/// The class of a token by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Kind {
    /// The start of a line.
    Begin,
    /// The end of a line.
    End,
    /// A letter, or anything if tokens are not classified.
    Letter,
    /// A digit.
    Digit,
    /// Anything else.
    Mark,
    /// A piece of a `tokenizer.json` that is spelled as continuing the one before.
    Within,
}

/// A position in a line: the state that gaps and cases are predicted from.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Whether tokens are classified at all: only where marks are tokens of their own.
    tells: bool,
    kind: Kind,
    /// Hash of the previous token if it is a mark, otherwise 0.
    mark: u64,
    gap: Gap,
    /// The case of the last token with letters; [`Case::Verbatim`] at the start.
    case: Case,
    /// Whether a sentence seems to start here.
    starts: bool,
    /// The tokenizer, if tokens are pieces of a `tokenizer.json`.
    pieces: Option<PieceFile>,
    partial: PartialCharacter,
}

impl Surface {
    /// Starts at the beginning of a line.
    pub fn new(tokenizer: &TokenizerSpec) -> Surface {
        Surface {
            tells: match &tokenizer.kind {
                TokenizerKind::Words => true,
                TokenizerKind::PieceFile(tokenizer) => tokenizer.leaves_spaces_out(),
                _ => false,
            },
            kind: Kind::Begin,
            mark: 0,
            gap: Gap::None,
            case: Case::Verbatim,
            starts: true,
            pieces: match &tokenizer.kind {
                TokenizerKind::PieceFile(tokenizer) => Some(tokenizer.clone()),
                _ => None,
            },
            partial: PartialCharacter::default(),
        }
    }

    /// Returns the text that a token stands for, leaving case aside: the token itself, except for
    /// pieces of a `tokenizer.json`. A piece that ends within a character stands for the text
    /// before it, and the next for the character.
    #[inline]
    pub fn plain<'t>(&self, token: &'t str) -> Cow<'t, str> {
        match &self.pieces {
            None => Cow::Borrowed(token),
            Some(pieces) => Cow::Owned(pieces.plain(token, &self.partial).0),
        }
    }

    /// Returns whether a token is spelled so that no space precedes it except its own.
    pub fn is_joined(&self, token: &str) -> bool {
        let joined = |pieces: &PieceFile| !self.tells || pieces.is_within(token, &self.partial);
        self.pieces.as_ref().is_some_and(joined)
    }

    /// Returns the contexts of the gap before `token`, or before the end of the line, and their number.
    #[inline]
    pub fn gap_contexts(&self, token: Option<&str>) -> ([Context; GAP_LEVELS], usize) {
        let kind = token.map_or(Kind::End, |token| self.kind_of(token));
        let kinds = (self.kind as u64) << 4 | kind as u64;
        let general = context(Family::Gap, 0, kinds);
        if !self.tells || (self.kind != Kind::Mark && kind != Kind::Mark) {
            return ([general; GAP_LEVELS], 1);
        }
        let mark = match token {
            Some(token) if kind == Kind::Mark => hash(token),
            _ => 0,
        };
        let what = self.mark.rotate_left(21) ^ mark ^ kinds << 8 ^ (self.gap as u64) << 16;
        ([general, context(Family::Gap, 1, what)], 2)
    }

    /// Returns the contexts of the case of `token`, which is in lower case.
    #[inline]
    pub fn case_contexts(&self, token: &str) -> [Context; CASE_LEVELS] {
        let [word, word_here] = case_contexts_of_word(token, self.starts);
        [self.general_case_context(), word, word_here]
    }

    /// Returns the first of [`Surface::case_contexts`], which is the same for all tokens.
    #[inline]
    pub fn general_case_context(&self) -> Context {
        context(Family::Case, 0, u64::from(self.starts) << 8 | self.case as u64)
    }

    /// Returns whether a sentence seems to start here.
    #[inline]
    pub fn starts(&self) -> bool {
        self.starts
    }

    /// Advances past a token.
    #[inline]
    pub fn push(&mut self, gap: Gap, token: &str, case: Case) {
        self.kind = self.kind_of(token);
        let mut plain = Cow::Borrowed(token);
        if let Some(pieces) = &self.pieces {
            let (text, partial) = pieces.plain(token, &self.partial);
            (plain, self.partial) = (Cow::Owned(text), partial);
        }
        self.gap = gap;
        self.mark = if self.tells && self.kind == Kind::Mark { hash(token) } else { 0 };
        if !self.tells {
            self.starts = plain.ends_with(['.', '!', '?']);
            self.case = case;
        } else if self.kind == Kind::Mark {
            match &*plain {
                "." | "!" | "?" => self.starts = true,
                "\"" | "'" | "(" | "[" | "“" | "‘" | "”" | "’" | ")" | "]" | "-" | "--" => {
                }
                _ => self.starts = false,
            }
        } else {
            self.starts = false;
            self.case = case;
        }
    }

    #[inline]
    fn kind_of(&self, token: &str) -> Kind {
        if !self.tells {
            return Kind::Letter;
        }
        if let Some(pieces) = &self.pieces
            && pieces.is_within(token, &self.partial)
        {
            return Kind::Within;
        }
        let plain = self.plain(token);
        match plain.bytes().next().unwrap_or_default() {
            first if first.is_ascii_alphabetic() || first == b'_' => Kind::Letter,
            first if first.is_ascii_digit() => Kind::Digit,
            first if first.is_ascii() => Kind::Mark,
            _ => match plain.chars().next() {
                Some(first) if first.is_alphabetic() => Kind::Letter,
                Some(first) if first.is_numeric() => Kind::Digit,
                _ => Kind::Mark,
            },
        }
    }
}

/// Hashes a word. The hash must stay stable, as it is stored in models.
#[inline]
fn hash(word: &str) -> u64 {
    let mut hash = word.len() as u64;
    for chunk in word.as_bytes().chunks(8) {
        let mut eight = [0; 8];
        eight[..chunk.len()].copy_from_slice(chunk);
        let product = u128::from(hash ^ u64::from_le_bytes(eight)) * 0x9e37_79b9_7f4a_7c15_u128;
        hash = (product as u64) ^ ((product >> 64) as u64);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by fuzzing: a model that read `<S>` as the word `<s>` had probabilities that did not sum to 1.
    #[test]
    fn markers_are_those_of_the_tokens_in_either_case() {
        for (lowercase, expected) in
            [(true, vec!["a", "b"]), (false, vec!["a", "<S>", "b", "</S>"])]
        {
            let tokenizer = TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase };
            let (mut forms, mut markers) = (Vec::new(), 0);
            let last = tokenizer.pieces("<s> a <S> b </S>", |piece, _| {
                forms.push(piece.form);
                markers += piece.markers;
            });
            assert_eq!(forms, expected);
            assert_eq!(markers + last.markers, if lowercase { 3 } else { 1 });
        }
    }
}
