//! Reads a text block by block, and the records in it.

use super::record::Records;
use crate::EvalError;
use crate::blocks::{LineBlock, LineBlocks};
use crate::lines::Chunk;
use ngram_input::{BadRecord, Sentences, refuse_array};
use std::borrow::Cow;
use std::io::Read;

/// A line of the input.
pub(super) struct Item<'b> {
    pub line: &'b [u8],
    /// The line number, from 0.
    pub number: u64,
    pub document: Result<Document<'b>, BadRecord>,
}

/// A document whose sentences are in a shared buffer.
pub(super) struct Document<'b> {
    pub text: Cow<'b, [u8]>,
    pub sentences: usize,
    pub bytes: u64,
}

/// Reads the records of a chunk in those lines that are `wanted`, given their number in the text.
/// The sentences of all records are put into `sentences`.
pub(super) fn read_items<'b>(
    chunk: &Chunk<'b>,
    records: &Records,
    key: Option<&str>,
    part: Sentences,
    wanted: impl Fn(u64) -> bool,
    sentences: &mut Vec<u8>,
) -> Vec<Item<'b>> {
    sentences.clear();
    let mut items = Vec::new();
    for (number, line) in (chunk.line..).zip(chunk.bytes.split_inclusive(|&byte| byte == b'\n')) {
        if !wanted(number) {
            continue;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let Some(text) = records.read(line, key) else { continue };
        let document = text.map(|text| {
            let from = sentences.len();
            let count = part.append(&text, sentences) as usize;
            let bytes = (sentences.len() - from) as u64;
            Document { text, sentences: count, bytes }
        });
        items.push(Item { line, number, document });
    }
    items
}

/// Refuses JSON records if the first line shows that the text is one array.
pub(super) fn refuse_array_block(
    (name, records): (&str, &Records),
    block: &LineBlock,
) -> Result<(), EvalError> {
    if let Records::Json(_) = records {
        let first = block.bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
        refuse_array(first.trim_ascii(), block.line + 1)
            .map_err(|source| EvalError::reading(name, block.byte, source))?;
    }
    Ok(())
}

/// Reads a text block by block. `work` gets each block with a function that it must call to read
/// the next block.
pub(super) fn each_block(
    name: &str,
    text: impl Read + Send,
    mut work: impl FnMut(&LineBlock, &mut (dyn FnMut() + Send)) -> Result<(), EvalError>,
) -> Result<(), EvalError> {
    let mut blocks = LineBlocks::new(text);
    let mut spent = Vec::new();
    let mut next = blocks.next(Vec::new());
    loop {
        let Some(block) = next.map_err(|source| EvalError::reading(name, blocks.byte(), source))?
        else {
            return Ok(());
        };
        let mut following = Ok(None);
        work(&block, &mut || following = blocks.next(std::mem::take(&mut spent)))?;
        next = following;
        spent = block.bytes;
    }
}
