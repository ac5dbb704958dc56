//! Writing partitions to a model file.

use super::super::{Kind, WriteError, Writer};
use super::{Part, Size};
use crate::ModelInfo;
use ngram_tokenizer::VocabView;
use zerocopy::IntoBytes;

impl Writer {
    /// Lays out the file for partitions that take the room `total`, and writes all before them.
    pub(crate) fn begin_fast(
        &mut self,
        info: &ModelInfo,
        vocab: VocabView,
        total: Size,
    ) -> Result<(), WriteError> {
        let sections = [
            (Kind::Directory, 0, 32, vocab.len() as u64),
            (Kind::Lines, 0, 64, total.lines),
            (Kind::ShortLists, 0, 8, total.shorts),
        ];
        self.lay_out(info, vocab, &sections)
    }

    /// Writes the partitions of the words from number `first` on, whose place is after the room
    /// `before`. Parts may come in any order and from any thread.
    pub(crate) fn fast_part(
        &self,
        part: &Part,
        first: usize,
        before: Size,
    ) -> Result<(), WriteError> {
        self.put(Kind::Directory, 0, 32 * first as u64, part.entries.as_bytes())?;
        self.put(Kind::Lines, 0, 64 * before.lines, part.lines.as_bytes())?;
        self.put(Kind::ShortLists, 0, 8 * before.shorts, part.shorts.as_bytes())
    }
}
