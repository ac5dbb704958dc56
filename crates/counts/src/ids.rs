//! The word ids of a text, in memory or in a temporary file.

use crate::Corpus;
use ngram_store::temporary::{PiecePlace, Temporary, TemporaryError};
use ngram_store::varint;
use ngram_tokenizer::WordId;
use std::borrow::Cow;

/// The word ids of whole sentences, in blocks, in text order.
#[derive(Default)]
pub struct IdBlocks {
    pub(crate) blocks: Vec<IdBlock>,
    pub(crate) file: Option<Temporary>,
    /// For blocks in the file, by the thread that read them: the final id of each of the thread's
    /// word ids.
    pub(crate) numbers: Vec<Vec<u32>>,
    /// The number of sentences that each sentence in the file is split into; 0 and 1 mean the same.
    pub(crate) parts: usize,
}

pub(crate) enum IdBlock {
    Memory(Vec<u32>),
    File { place: PiecePlace, tokens: usize, worker: usize },
}

impl IdBlocks {
    /// Returns the number of blocks.
    pub fn len(&self) -> usize {
        self.blocks.len()
    }

    /// Returns whether there are no blocks.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Returns the bytes they take in a temporary file.
    pub fn bytes_on_disk(&self) -> u64 {
        self.file.as_ref().map_or(0, Temporary::size)
    }

    /// Returns the ids of block number `block`: whole sentences, each closed by
    /// [`WordId::END`](ngram_tokenizer::WordId::END).
    ///
    /// # Panics
    ///
    /// If there is no such block.
    pub fn get(&self, block: usize) -> Result<Cow<'_, [u32]>, TemporaryError> {
        match &self.blocks[block] {
            IdBlock::Memory(ids) => Ok(Cow::Borrowed(ids)),
            IdBlock::File { .. } => {
                let mut scratch = IdBuffers::default();
                self.read(block, &mut scratch)?;
                Ok(Cow::Owned(scratch.ids))
            }
        }
    }

    /// Returns the same text with every id replaced by its entry in `numbers`, for example to replace words by their
    /// classes; ids past the end become `<unk>`. [`WordId::END`](ngram_tokenizer::WordId::END) must map to itself.
    pub fn renumbered(mut self, numbers: &[u32]) -> IdBlocks {
        let renumber = |id: &mut u32| *id = numbers.get(*id as usize).copied().unwrap_or(0);
        for block in &mut self.blocks {
            if let IdBlock::Memory(ids) = block {
                ids.iter_mut().for_each(renumber);
            }
        }
        self.numbers.iter_mut().flatten().for_each(renumber);
        self
    }

    /// Splits every sentence into `parts` sentences: the words from the first on in steps of
    /// `parts`, those from the second on, and so forth. Some are empty if there are few words.
    pub(crate) fn take_apart(&mut self, parts: usize) {
        for block in &mut self.blocks {
            if let IdBlock::Memory(ids) = block {
                let mut apart = Vec::with_capacity(ids.len());
                take_apart(ids, parts, &mut apart);
                *ids = apart;
            }
        }
        self.parts = parts;
    }

    /// Like [`IdBlocks::get`], with buffers that are reused for one block after another.
    pub(crate) fn read<'s>(
        &'s self,
        block: usize,
        scratch: &'s mut IdBuffers,
    ) -> Result<&'s [u32], TemporaryError> {
        match (&self.blocks[block], &self.file) {
            (IdBlock::Memory(ids), _) => Ok(ids),
            (&IdBlock::File { place, tokens, worker }, Some(file)) => {
                let IdBuffers { bytes, ids, apart } = scratch;
                file.read(place, bytes)?;
                let numbers = &self.numbers[worker];
                let mut rest = &bytes[..];
                ids.clear();
                ids.extend((0..tokens).map(|_| numbers[varint::take(&mut rest) as usize]));
                if self.parts > 1 {
                    apart.clear();
                    take_apart(ids, self.parts, apart);
                    std::mem::swap(ids, apart);
                }
                Ok(ids)
            }
            (IdBlock::File { .. }, None) => Ok(&[]),
        }
    }
}

/// Appends the parts of whole sentences, each closed like the sentence.
fn take_apart(ids: &[u32], parts: usize, apart: &mut Vec<u32>) {
    for sentence in ids.split_inclusive(|&id| id == WordId::END.0) {
        let Some((&end, words)) = sentence.split_last() else { continue };
        for part in 0..parts {
            apart.extend(words.iter().skip(part).step_by(parts));
            apart.push(end);
        }
    }
}

/// Buffers for reading blocks.
#[derive(Default)]
pub(crate) struct IdBuffers {
    bytes: Vec<u8>,
    ids: Vec<u32>,
    /// Sentences after splitting.
    apart: Vec<u32>,
}

impl From<Vec<Vec<u32>>> for IdBlocks {
    fn from(blocks: Vec<Vec<u32>>) -> IdBlocks {
        let blocks = blocks.into_iter().map(IdBlock::Memory).collect();
        IdBlocks { blocks, ..IdBlocks::default() }
    }
}

/// The word ids to count, and the frequency of each.
#[derive(Clone, Copy)]
pub struct Ids<'c> {
    /// Whole sentences, each closed by [`WordId::END`](ngram_tokenizer::WordId::END).
    pub blocks: &'c IdBlocks,
    /// The frequency of each id; [`WordId::BEGIN`](ngram_tokenizer::WordId::BEGIN) counts once per sentence.
    pub frequencies: &'c [u64],
}

impl<'c> From<&'c Corpus> for Ids<'c> {
    fn from(corpus: &'c Corpus) -> Ids<'c> {
        Ids { blocks: &corpus.blocks, frequencies: &corpus.frequencies }
    }
}
