//! Finds the layout's sections in a file.

use super::super::read::slice;
use super::super::sections::Sections;
use super::super::{Kind, ModelError};
use super::view::FastView;
use super::{Line, Successor, WordEntry};
use std::ops::Range;

/// The positions of the table's parts in the file.
pub(crate) struct Ranges {
    directory: Range<usize>,
    lines: Range<usize>,
    shorts: Range<usize>,
    order: usize,
}

impl Ranges {
    /// Finds the sections and checks that each has a whole number of elements.
    pub(in crate::native) fn find(sections: &Sections, order: usize) -> Result<Ranges, ModelError> {
        let need = |kind: Kind, size: usize| {
            let range = sections.need(kind, 0)?;
            match range.len().is_multiple_of(size) {
                true => Ok(range),
                false => Err(sections.damaged(format!("{kind:?} has a wrong length"))),
            }
        };
        Ok(Ranges {
            directory: need(Kind::Directory, size_of::<WordEntry>())?,
            lines: need(Kind::Lines, size_of::<Line>())?,
            shorts: need(Kind::ShortLists, size_of::<Successor>())?,
            order,
        })
    }

    /// Returns the number of words with a probability.
    pub fn vocab_len(&self) -> usize {
        self.directory.len() / size_of::<WordEntry>()
    }

    /// Returns the table over the file's bytes.
    pub fn view<'a>(&self, bytes: &'a [u8]) -> FastView<'a> {
        FastView {
            directory: slice(bytes, &self.directory),
            lines: slice(bytes, &self.lines),
            shorts: slice(bytes, &self.shorts),
            order: self.order,
        }
    }
}
