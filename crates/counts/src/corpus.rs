//! A text as word ids, and the vocabulary that numbers them.

use crate::text::{Block, Blocks};
use crate::{Progress, Text, TextError};
use ngram_tokenizer::{
    Interner, SPECIAL_WORDS, TokenizerSpec, TooManyWords, Vocab, VocabError, WordId,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::Mutex;

/// About how many bytes of text one thread takes at a time.
const BLOCK_SIZE: usize = 4 << 20;

/// Which words of the training text get a number of their own; the others are read as `<unk>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabRule {
    /// Every word.
    #[default]
    All,
    /// Words that the text has at least this often.
    MinCount(u64),
    /// This many words at most, the most frequent first, ties by the words' bytes.
    MaxWords(usize),
    /// These words, whether or not the text has them.
    List(Vec<String>),
}

/// A text as word ids.
pub struct Corpus {
    /// The words, numbered by falling frequency, ties by their bytes.
    pub vocab: Vocab,
    /// How often the text has each word, by number. [`WordId::END`] and [`WordId::BEGIN`] both
    /// come once a sentence; [`WordId::UNKNOWN`] stands for all words outside the vocabulary.
    pub frequencies: Vec<u64>,
    /// The ids of whole sentences, each closed by [`WordId::END`]; in the order of the text.
    pub blocks: Vec<Vec<u32>>,
    /// What was read.
    pub summary: CorpusSummary,
}

/// What was found in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CorpusSummary {
    /// Lines, each a sentence; blank ones are sentences without words.
    pub sentences: u64,
    /// Lines without a word.
    pub blank_lines: u64,
    /// Words and ends of sentences: everything that a model predicts.
    pub tokens: u64,
    /// Distinct words in the text, whether or not in the vocabulary.
    pub types: u64,
    /// Bytes of text.
    pub bytes: u64,
    /// Words that read `<s>` or `</s>`, which are passed over like white space.
    pub markers: u64,
    /// Words that read `<unk>` or are not in the vocabulary.
    pub unknown: u64,
    /// Byte sequences that are not UTF-8, each read as U+FFFD.
    pub invalid: u64,
    /// Where the first of them is.
    pub first_invalid: Option<Place>,
}

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The text's name.
    pub text: String,
    /// The line, counted from 1.
    pub line: u64,
    /// The byte in the text, counted from 0.
    pub byte: u64,
}

/// Why a text is no corpus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A text could not be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text has no words.
    #[error("no words in {0}; a model needs at least one")]
    Empty(String),
    /// More distinct words than can be numbered.
    #[error(transparent)]
    TooManyWords(#[from] TooManyWords),
    /// The list of words is no vocabulary.
    #[error("the list of words cannot be used: {0}")]
    Vocab(#[from] VocabError),
}

/// What one block came to, with the ids of the thread that read it.
struct Encoded {
    number: usize,
    text: usize,
    worker: usize,
    ids: Vec<u32>,
    found: CorpusSummary,
}

impl Corpus {
    /// Reads texts, with as many threads as the current rayon pool has.
    ///
    /// # Errors
    ///
    /// If a text cannot be read, if there is no word in it, or if `rule` lists a word twice.
    pub fn read(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        rule: &VocabRule,
        progress: &dyn Progress,
    ) -> Result<Corpus, CorpusError> {
        let total = texts.iter().map(Text::size).sum::<Option<u64>>();
        progress.begin("reading", total, "bytes");
        let blocks = Blocks::new(texts, BLOCK_SIZE);
        let workers: Mutex<Vec<Interner>> = Mutex::default();
        let results = rayon::broadcast(|context| -> Result<Vec<Encoded>, TextError> {
            let mut interner = Interner::new();
            let mut done = Vec::new();
            let worker = context.index();
            while let Some(block) = blocks.next()? {
                let (ids, found) = encode(&block, tokenizer, &mut interner);
                progress.advance(found.bytes);
                let found = found.at(&block, texts);
                let Block { number, text, .. } = block;
                done.push(Encoded { number, text, worker, ids, found });
            }
            let mut workers = workers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if workers.len() <= worker {
                workers.resize_with(worker + 1, Interner::new);
            }
            workers[worker] = interner;
            Ok(done)
        });
        let mut encoded = Vec::new();
        for result in results {
            encoded.extend(result?);
        }
        encoded.sort_unstable_by_key(|block| block.number);
        let workers = workers.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        progress.end();
        finish(texts, encoded, workers, rule)
    }
}

impl CorpusSummary {
    /// Turns the place of the first invalid byte, counted from the block's start, into one
    /// counted from the text's start; its line is completed once all blocks before are known.
    fn at(mut self, block: &Block, texts: &[Text]) -> CorpusSummary {
        if let Some(place) = &mut self.first_invalid {
            place.text = texts[block.text].name().to_owned();
            place.byte += block.byte;
        }
        self
    }
}

fn encode(
    block: &Block,
    tokenizer: &TokenizerSpec,
    interner: &mut Interner,
) -> (Vec<u32>, CorpusSummary) {
    let bytes = block.bytes.as_slice();
    let mut found = CorpusSummary { bytes: bytes.len() as u64, ..CorpusSummary::default() };
    let mut ids = Vec::with_capacity(bytes.len() / 5);
    // A byte order mark at the head of a text is no part of its first word.
    let start = if block.byte == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    match std::str::from_utf8(&bytes[start..]) {
        Ok(text) => encode_lines(text, tokenizer, interner, &mut ids, &mut found),
        Err(error) => {
            let byte = start + error.valid_up_to();
            let line = memchr::memchr_iter(b'\n', &bytes[..byte]).count() as u64 + 1;
            found.first_invalid = Some(Place { text: String::new(), line, byte: byte as u64 });
            found.invalid =
                bytes[start..].utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count()
                    as u64;
            let text = String::from_utf8_lossy(&bytes[start..]);
            encode_lines(&text, tokenizer, interner, &mut ids, &mut found);
        }
    }
    found.tokens = ids.len() as u64;
    (ids, found)
}

fn encode_lines(
    text: &str,
    tokenizer: &TokenizerSpec,
    interner: &mut Interner,
    ids: &mut Vec<u32>,
    found: &mut CorpusSummary,
) {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, ""),
        };
        rest = after;
        let before = ids.len();
        tokenizer.tokenize(line.strip_suffix('\r').unwrap_or(line), |token| {
            let id = interner.intern(token);
            if id == WordId::BEGIN.0 || id == WordId::END.0 {
                found.markers += 1;
            } else {
                ids.push(id);
            }
        });
        found.blank_lines += u64::from(ids.len() == before);
        ids.push(WordId::END.0);
        found.sentences += 1;
    }
}

/// Numbers the words of all threads alike.
fn finish(
    texts: &[Text],
    mut encoded: Vec<Encoded>,
    workers: Vec<Interner>,
    rule: &VocabRule,
) -> Result<Corpus, CorpusError> {
    let mut summary = CorpusSummary::default();
    let mut lines_before = vec![0; texts.len()];
    for Encoded { text, found, .. } in &encoded {
        if summary.first_invalid.is_none()
            && let Some(place) = &found.first_invalid
        {
            let line = lines_before[*text] + place.line;
            summary.first_invalid = Some(Place { line, ..place.clone() });
        }
        lines_before[*text] += found.sentences;
        summary.sentences += found.sentences;
        summary.blank_lines += found.blank_lines;
        summary.tokens += found.tokens;
        summary.bytes += found.bytes;
        summary.markers += found.markers;
        summary.invalid += found.invalid;
    }
    if summary.tokens == summary.sentences {
        let names: Vec<&str> = texts.iter().map(Text::name).collect();
        return Err(CorpusError::Empty(names.join(", ")));
    }

    let (merged, mut numbers) = merge(workers)?;
    summary.types = merged.len() as u64 - u64::from(WordId::SPECIAL);
    let ranked = rank(&merged, rule);
    let vocab = Vocab::new(ranked.iter().map(|(word, _)| *word))?;
    let mut frequencies = vec![0; WordId::SPECIAL as usize];
    frequencies.extend(ranked.iter().map(|(_, frequency)| frequency));
    let known: u64 = frequencies.iter().sum();
    summary.unknown = summary.tokens - summary.sentences - known;
    frequencies[WordId::UNKNOWN.index()] = summary.unknown;
    frequencies[WordId::BEGIN.index()] = summary.sentences;
    frequencies[WordId::END.index()] = summary.sentences;

    let view = vocab.view();
    let final_ids: Vec<u32> = (0..merged.len() as u32)
        .into_par_iter()
        .map(|id| if id < WordId::SPECIAL { id } else { view.id_or_unknown(merged.word(id)).0 })
        .collect();
    numbers.par_iter_mut().flatten().for_each(|id| *id = final_ids[*id as usize]);
    encoded.par_iter_mut().for_each(|block| {
        let numbers = &numbers[block.worker];
        block.ids.iter_mut().for_each(|id| *id = numbers[*id as usize]);
    });
    let blocks = encoded.into_iter().map(|block| block.ids).collect();
    Ok(Corpus { vocab, frequencies, blocks, summary })
}

/// One interner for the words of all, and for each of them what its numbers are there.
fn merge(workers: Vec<Interner>) -> Result<(Interner, Vec<Vec<u32>>), TooManyWords> {
    workers.iter().try_for_each(Interner::complete)?;
    let mut workers = workers.into_iter();
    let mut merged = workers.next().unwrap_or_default();
    let mut numbers = vec![(0..merged.len() as u32).collect::<Vec<u32>>()];
    for worker in workers {
        let ids = 0..worker.len() as u32;
        numbers.push(
            ids.map(|id| merged.add(worker.word(id), worker.counts()[id as usize])).collect(),
        );
    }
    merged.complete()?;
    Ok((merged, numbers))
}

/// The words of the vocabulary with their frequencies, the most frequent first, ties by bytes.
fn rank<'w>(merged: &'w Interner, rule: &'w VocabRule) -> Vec<(&'w str, u64)> {
    let all = WordId::SPECIAL..merged.len() as u32;
    let entry = |id: u32| (merged.word(id), merged.counts()[id as usize]);
    let mut words: Vec<(&str, u64)> = match rule {
        VocabRule::All | VocabRule::MaxWords(_) => all.map(entry).collect(),
        VocabRule::MinCount(least) => {
            all.map(entry).filter(|(_, frequency)| frequency >= least).collect()
        }
        VocabRule::List(list) => {
            let found: FxHashMap<&str, u64> = all.map(entry).collect();
            let special = |word: &&String| SPECIAL_WORDS.contains(&word.as_str());
            list.iter()
                .filter(|word| !special(word))
                .map(|word| (word.as_str(), found.get(word.as_str()).copied().unwrap_or(0)))
                .collect()
        }
    };
    // The first eight bytes decide nearly every tie without a look at the text.
    let head = |word: &str| {
        let mut head = [0; 8];
        let length = word.len().min(8);
        head[..length].copy_from_slice(&word.as_bytes()[..length]);
        u64::from_be_bytes(head)
    };
    let mut keyed: Vec<(Reverse<u64>, u64, &str)> =
        words.drain(..).map(|(word, frequency)| (Reverse(frequency), head(word), word)).collect();
    keyed.par_sort_unstable();
    if let VocabRule::MaxWords(most) = rule {
        keyed.truncate(*most);
    }
    words.extend(keyed.into_iter().map(|(Reverse(frequency), _, word)| (word, frequency)));
    words
}
