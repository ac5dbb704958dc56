//! The labels of a recogniser, as recognisers write them.

/// The labels: which is the blank, which the space, which begin a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CtcAlphabet {
    labels: Vec<Label>,
    pieces: bool,
}

/// What a label stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    Blank,
    /// Between words.
    Space,
    /// A part of a word.
    Part(Box<str>),
    /// A part that begins a word, without its mark.
    Begins(Box<str>),
}

/// Why labels are no alphabet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlphabetError {
    /// There is no label.
    #[error("the alphabet has no labels: give those of the recogniser, in its order")]
    Empty,
    /// Two labels are blanks.
    #[error(
        "two labels, {0} and {1}, stand for the blank: it is written as \"\", \"[PAD]\", \"<pad>\" or, if there is none of these, \"_\""
    )]
    Blanks(usize, usize),
}

/// The mark of pieces that begin a word.
const MARK: char = '\u{2581}';
/// What an unknown label is written as.
const UNKNOWN: &str = "\u{2047}";

/// Whether a label is a name such as `<pad>` or `[PAD]`.
fn is_named(label: &str, name: &str) -> bool {
    let inner = label.strip_prefix(['<', '[']).and_then(|rest| rest.strip_suffix(['>', ']']));
    inner.is_some_and(|inner| inner.eq_ignore_ascii_case(name))
}

impl CtcAlphabet {
    /// Reads the labels of a recogniser, in its order.
    ///
    /// The blank is an empty label, `[PAD]`, `<pad>` or, failing these, `_`; if there is none, it is one more label at the
    /// end. A `|` is a space if no label is one. If a label begins with `▁`, labels are pieces of words, and so
    /// they are if some begin with `##`, the mark of pieces that continue a word.
    ///
    /// # Errors
    ///
    /// If there is no label, or two are blanks.
    pub fn new<'l>(
        labels: impl IntoIterator<Item = &'l str>,
    ) -> Result<CtcAlphabet, AlphabetError> {
        let given: Vec<&str> = labels.into_iter().collect();
        if given.is_empty() {
            return Err(AlphabetError::Empty);
        }
        let has = |label: &str| given.contains(&label);
        let continues = given.iter().any(|label| label.starts_with("##"));
        let pieces = continues || given.iter().any(|label| label.starts_with(MARK));
        let has_blank = given.iter().any(|label| label.is_empty() || is_named(label, "pad"));
        let space = if has(" ") { " " } else { "|" };
        let mut blank = None;
        let mut read = Vec::with_capacity(given.len() + 1);
        for (number, label) in given.iter().enumerate() {
            let is_blank =
                label.is_empty() || is_named(label, "pad") || (!has_blank && *label == "_");
            read.push(if is_blank {
                if let Some(other) = blank.replace(number) {
                    return Err(AlphabetError::Blanks(other, number));
                }
                Label::Blank
            } else if is_named(label, "unk") {
                if pieces { Label::Begins(UNKNOWN.into()) } else { Label::Part(UNKNOWN.into()) }
            } else if !pieces && *label == space {
                Label::Space
            } else if !pieces {
                Label::Part((*label).into())
            } else if continues {
                match label.strip_prefix("##") {
                    Some(rest) => Label::Part(rest.into()),
                    None => Label::Begins((*label).into()),
                }
            } else {
                match label.strip_prefix(MARK) {
                    Some(rest) => Label::Begins(rest.strip_suffix(MARK).unwrap_or(rest).into()),
                    None => Label::Part((*label).into()),
                }
            });
        }
        if blank.is_none() {
            read.push(Label::Blank);
        }
        Ok(CtcAlphabet { labels: read, pieces })
    }

    /// The number of labels, the blank included.
    #[allow(clippy::len_without_is_empty, reason = "there is always a blank")]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether the labels are pieces of words.
    pub fn has_pieces(&self) -> bool {
        self.pieces
    }

    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &[&str]) -> Vec<Label> {
        CtcAlphabet::new(labels.iter().copied()).unwrap().labels
    }

    #[test]
    fn labels_are_read_as_recognisers_write_them() {
        let part = |text: &str| Label::Part(text.into());
        let begins = |text: &str| Label::Begins(text.into());
        assert_eq!(read(&["a", " ", ""]), [part("a"), Label::Space, Label::Blank]);
        assert_eq!(read(&["<pad>", "|", "a"]), [Label::Blank, Label::Space, part("a")]);
        assert_eq!(read(&["_", "a"]), [Label::Blank, part("a")]);
        assert_eq!(read(&["a", "_", "[PAD]"]), [part("a"), part("_"), Label::Blank]);
        assert_eq!(read(&["a", "[UNK]"]), [part("a"), part("⁇"), Label::Blank]);
        assert_eq!(
            read(&["<unk>", "▁a", "b", "▁"]),
            [begins("⁇"), begins("a"), part("b"), begins(""), Label::Blank]
        );
        assert_eq!(read(&["a", "##b", ""]), [begins("a"), part("b"), Label::Blank]);
        assert_eq!(CtcAlphabet::new(["", "<pad>"]), Err(AlphabetError::Blanks(0, 1)));
        assert_eq!(CtcAlphabet::new([]), Err(AlphabetError::Empty));
    }
}
