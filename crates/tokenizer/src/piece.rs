//! What a tokenizer makes of a stretch of a line.

/// A token as spelled in the text, and the gap before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece<'l> {
    /// The text between the previous token and this one: white space, mostly one space or nothing.
    pub gap: &'l str,
    /// How many `<s>` and `</s>` are in the gap.
    pub markers: u64,
    /// The token, in its original case.
    pub form: &'l str,
    /// Whether the tokenizer has no such piece. The token is then the form itself, an unknown word.
    pub is_unknown: bool,
}
