//! Finds the layout's sections in a file.

use super::super::read::slice;
use super::super::sections::Sections;
use super::super::{Kind, ModelError};
use super::WordEntry;
use super::line::Line;
use super::view::SuffixView;
use crate::table::Starts;
use std::ops::Range;

/// The level of the lines section if keys are wide.
pub(super) const WIDE_LEVEL: u16 = 1;

/// The positions of the layout's parts in the file.
pub(crate) struct Ranges {
    directory: Range<usize>,
    lines: Range<usize>,
    is_wide: bool,
    starts: Range<usize>,
    /// Whether starts are 64 bits wide.
    wide_starts: bool,
    successors: Range<usize>,
    order: usize,
}

impl Ranges {
    /// Finds the sections and checks that their lengths are consistent.
    pub(in crate::native) fn find(sections: &Sections, order: usize) -> Result<Ranges, ModelError> {
        let wrong = |kind: Kind| sections.damaged(format!("{kind:?} has a wrong length"));
        let need = |kind: Kind, level: usize, size: usize| {
            let range = sections.need(kind, level)?;
            if range.len().is_multiple_of(size) { Ok(range) } else { Err(wrong(kind)) }
        };
        let directory = need(Kind::SuffixDirectory, 0, size_of::<WordEntry>())?;
        let is_wide = sections.find(Kind::SuffixLines, usize::from(WIDE_LEVEL)).is_some();
        let level = if is_wide { usize::from(WIDE_LEVEL) } else { 0 };
        let lines = need(Kind::SuffixLines, level, size_of::<Line>())?;
        let starts = need(Kind::SuccessorStarts, 1, 4)?;
        let entries = directory.len() / size_of::<WordEntry>() + 1;
        let width = starts.len() / entries;
        if !matches!(width, 4 | 8) || starts.len() != width * entries {
            return Err(wrong(Kind::SuccessorStarts));
        }
        let successors = need(Kind::Successors, 1, 4)?;
        let wide_starts = width == 8;
        Ok(Ranges { directory, lines, is_wide, starts, wide_starts, successors, order })
    }

    /// Returns the number of words with a probability.
    pub fn vocab_len(&self) -> usize {
        self.directory.len() / size_of::<WordEntry>()
    }

    /// Returns the table over the file's bytes.
    pub fn view<'a>(&self, bytes: &'a [u8]) -> SuffixView<'a> {
        SuffixView {
            directory: slice(bytes, &self.directory),
            lines: slice(bytes, &self.lines),
            is_wide: self.is_wide,
            starts: match self.wide_starts {
                false => Starts::Narrow(slice(bytes, &self.starts)),
                true => Starts::Wide(slice(bytes, &self.starts)),
            },
            successors: slice(bytes, &self.successors),
            order: self.order,
        }
    }
}
