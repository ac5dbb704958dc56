//! A text as word ids, and its vocabulary.

use crate::ids::{IdBlock, IdBlocks};
use crate::surface::{ContextCounts, SurfaceCounter, spellings_of_rare};
use ngram_input::text::{Block, Blocks};
use ngram_input::{Text, TextError, TextPlace};
use ngram_store::temporary::Temporary;
use ngram_store::{Cancelled, Progress, Resources, TemporaryError, TooLittleMemory, varint};
use ngram_tokenizer::{
    Interner, SPECIAL_WORDS, Surface, TokenizerSpec, TooManyWords, Vocab, VocabError, WordId,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Approximate bytes of text that a thread takes at a time, memory permitting.
const BLOCK_SIZE: u64 = 4 << 20;

/// The rule that selects the vocabulary from the words of the training text; other words are read as `<unk>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VocabRule {
    /// Every word.
    #[default]
    All,
    /// Words that occur at least this often in the text.
    MinCount(u64),
    /// The N most frequent words, ties by the words' bytes.
    MaxWords(usize),
    /// These words, whether or not they occur in the text.
    List(Vec<String>),
}

/// Fewer than this part of a text's words are known: a list of words does not fit it.
const FEW: u64 = 100;

/// Nearly no word of a text is in the list of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "only {known} of the text's {words} words are in the list of words: does the list spell words as the text does, \
     and does each line begin with the word?"
)]
pub struct FewKnown {
    /// The words of the text that are listed.
    pub known: u64,
    /// All words of the text.
    pub words: u64,
}

impl VocabRule {
    /// Fails if this is a list, and less than one per cent of a text's words are known by it: other words than those of
    /// the text, or no words, must have been listed.
    ///
    /// # Errors
    ///
    /// [`FewKnown`] says how many are known.
    pub fn fits(&self, summary: &CorpusSummary) -> Result<(), FewKnown> {
        let words = summary.tokens.saturating_sub(summary.sentences);
        let known = words.saturating_sub(summary.unknown);
        match self {
            VocabRule::List(_) if known.saturating_mul(FEW) < words => {
                Err(FewKnown { known, words })
            }
            _ => Ok(()),
        }
    }
}

/// A text as word ids.
pub struct Corpus {
    /// The words, with ids by falling frequency, ties by their bytes.
    pub vocab: Vocab,
    /// The frequency of each word in the text, by id. [`WordId::END`] and [`WordId::BEGIN`] both
    /// count once per sentence; [`WordId::UNKNOWN`] counts all OOV words.
    pub frequencies: Vec<u64>,
    /// The ids of whole sentences, each closed by [`WordId::END`], in text order.
    pub blocks: IdBlocks,
    /// What was read.
    pub summary: CorpusSummary,
    /// Counts of gaps and cases in their contexts; empty unless requested.
    pub surface: ContextCounts,
    /// Counts of the spellings of rare words; empty unless requested.
    pub spelling: ContextCounts,
}

/// Figures about a text.
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
    /// Words spelled `<s>` or `</s>`, which are skipped like white space.
    pub markers: u64,
    /// Words spelled `<unk>`, and OOV words.
    pub unknown: u64,
    /// Byte sequences that are not UTF-8, each read as U+FFFD.
    pub invalid: u64,
    /// The place of the first invalid sequence.
    pub first_invalid: Option<TextPlace>,
}

/// Why a text could not be read as a corpus.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// A text could not be read.
    #[error(transparent)]
    Text(#[from] TextError),
    /// The text has no words.
    #[error("no words in {0}; a model needs at least one")]
    Empty(String),
    /// There are more distinct words than ids.
    #[error(transparent)]
    TooManyWords(#[from] TooManyWords),
    /// The list of words is not a vocabulary.
    #[error("the list of words cannot be used: {0}")]
    Vocab(#[from] VocabError),
    /// The vocabulary does not fit in memory.
    #[error(transparent)]
    Memory(#[from] TooLittleMemory),
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A block that was read, with ids as numbered by the thread that read it.
struct Encoded {
    number: usize,
    text: usize,
    worker: usize,
    ids: IdBlock,
    found: CorpusSummary,
}

/// Decides what stays in memory while a text is read.
struct Room<'r> {
    resources: &'r Resources,
    /// Bytes of ids that may stay in memory.
    ids: u64,
    /// Bytes that the words may take; `u64::MAX` for no limit.
    words: u64,
    held_ids: AtomicU64,
    held_words: AtomicU64,
    read: AtomicU64,
    /// Bytes of text, if known.
    total: Option<u64>,
    file: Temporary,
}

impl Room<'_> {
    fn new(resources: &Resources, total: Option<u64>) -> Room<'_> {
        let left = resources.left();
        let ids = resources.shares.map(|shares| shares.ids);
        let eighth = if left == u64::MAX { left } else { left / 8 };
        let ids = ids.unwrap_or(eighth);
        Room {
            resources,
            ids,
            words: if left == u64::MAX { left } else { left - eighth },
            held_ids: AtomicU64::new(0),
            held_words: AtomicU64::new(0),
            read: AtomicU64::new(0),
            total,
            file: Temporary::new(&resources.temp_dir, "ids"),
        }
    }

    /// Keeps the ids of a block, as numbered by `worker`, in memory or writes them to the file.
    fn keep(
        &self,
        ids: &mut Vec<u32>,
        worker: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<IdBlock, TemporaryError> {
        let tokens = ids.len();
        let size = 4 * tokens as u64;
        if self.held_ids.fetch_add(size, Ordering::Relaxed) + size <= self.ids {
            return Ok(IdBlock::Memory(std::mem::take(ids)));
        }
        self.held_ids.fetch_sub(size, Ordering::Relaxed);
        bytes.clear();
        ids.iter().for_each(|&id| varint::put(bytes, u64::from(id)));
        let read = self.read.load(Ordering::Relaxed).max(1);
        let needed = |start| {
            let total = u128::from(self.total?);
            let whole = u128::from(start + bytes.len() as u64) * total / u128::from(read);
            u64::try_from(whole).ok()
        };
        let place = self.file.append(bytes, needed)?;
        Ok(IdBlock::File { place, tokens, worker })
    }

    /// Updates the memory used by a thread's words, counted as `before` so far, and checks the limit.
    fn check(&self, interner: &Interner, before: &mut u64) -> Result<(), TooLittleMemory> {
        let now = interner.memory() as u64;
        self.held_words.fetch_add(now - *before, Ordering::Relaxed);
        *before = now;
        let words = self.held_words.load(Ordering::Relaxed);
        // A growing table coexists with the old one; finally the words of all threads are merged,
        // and ranked in about 100 bytes a word.
        let later = |words: u64| words / 4 + 100 * interner.len() as u64;
        if self.words == u64::MAX || words + later(words) <= self.words {
            return Ok(());
        }
        let read = self.read.load(Ordering::Relaxed).max(1);
        // New words become rarer the longer a text is (Heaps 1978).
        let growth =
            self.total.map_or(2.0, |total| (total as f64 / read as f64).max(1.0).powf(0.8));
        let more = ((words + later(words)) as f64 * growth) as u64 * 8 / 7;
        let what = format!("the words of the text, {} of them after {read} bytes", interner.len());
        Err(self.resources.too_little(what, more.saturating_sub(words)))
    }
}

impl Corpus {
    /// Splits every sentence into `parts` sentences: the words from the first on in steps of `parts`, those from the
    /// second on, and so forth. The result is counted like any other text; the summary still describes the original.
    pub fn take_apart(&mut self, parts: usize) {
        if parts > 1 {
            self.blocks.take_apart(parts);
            for id in [WordId::BEGIN, WordId::END] {
                self.frequencies[id.index()] *= parts as u64;
            }
        }
    }

    /// Reads texts, using all threads of the current rayon pool.
    ///
    /// # Errors
    ///
    /// If a text cannot be read, if it contains no words, if `rule` lists a word twice, if the
    /// words do not fit in memory, if a temporary file fails, or if `progress` stops the work.
    pub fn read(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        rule: &VocabRule,
        resources: &Resources,
        progress: &dyn Progress,
    ) -> Result<Corpus, CorpusError> {
        Corpus::read_all(texts, tokenizer, rule, false, resources, progress)
    }

    /// Like [`Corpus::read`], and fills [`Corpus::surface`] and [`Corpus::spelling`].
    ///
    /// # Errors
    ///
    /// As [`Corpus::read`].
    pub fn read_with_surface(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        rule: &VocabRule,
        resources: &Resources,
        progress: &dyn Progress,
    ) -> Result<Corpus, CorpusError> {
        Corpus::read_all(texts, tokenizer, rule, tokenizer.has_surface(), resources, progress)
    }

    fn read_all(
        texts: &[Text],
        tokenizer: &TokenizerSpec,
        rule: &VocabRule,
        surface: bool,
        resources: &Resources,
        progress: &dyn Progress,
    ) -> Result<Corpus, CorpusError> {
        let total = texts.iter().map(Text::size).sum::<Option<u64>>();
        progress.begin("reading", total, "bytes");
        let room = Room::new(resources, total);
        let per_thread = room.words / rayon::current_num_threads() as u64;
        let block_size = (per_thread / 32).clamp(1 << 16, BLOCK_SIZE) as usize;
        let longest = usize::try_from(per_thread / 8).unwrap_or(usize::MAX).max(2 * block_size);
        let blocks = Blocks::new(texts, block_size, longest);
        let workers: Mutex<Vec<Interner>> = Mutex::default();
        let surfaces: Mutex<Vec<ContextCounts>> = Mutex::default();
        let results = rayon::broadcast(|context| -> Result<Vec<Encoded>, CorpusError> {
            let mut interner = Interner::new();
            let mut counter = surface.then(SurfaceCounter::new);
            let mut done = Vec::new();
            let worker = context.index();
            let (mut buffer, mut ids, mut packed) = (Vec::new(), Vec::new(), Vec::new());
            let mut counted = 0;
            while let Some(block) = blocks.next(std::mem::take(&mut buffer))? {
                progress.proceed()?;
                let found = encode(&block, tokenizer, &mut interner, counter.as_mut(), &mut ids);
                progress.advance(found.bytes);
                room.read.fetch_add(found.bytes, Ordering::Relaxed);
                room.check(&interner, &mut counted)?;
                let found = found.at(&block, texts);
                let ids = room.keep(&mut ids, worker, &mut packed)?;
                let Block { number, text, bytes, .. } = block;
                done.push(Encoded { number, text, worker, ids, found });
                buffer = bytes;
            }
            if let Some(counter) = counter {
                let counts = counter.finish(&interner);
                surfaces.lock().unwrap_or_else(PoisonError::into_inner).push(counts);
            }
            let mut workers = workers.lock().unwrap_or_else(PoisonError::into_inner);
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
        let workers = workers.into_inner().unwrap_or_else(PoisonError::into_inner);
        progress.end();
        let surfaces = surfaces.into_inner().unwrap_or_else(PoisonError::into_inner);
        let surface = surfaces.into_iter().reduce(|mut all, more| {
            crate::surface::add(&mut all, &more);
            all
        });
        finish(texts, encoded, room.file, workers, rule, surface)
    }
}

impl CorpusSummary {
    /// Converts the place of the first invalid byte from block-relative to text-relative; its line
    /// is completed once all earlier blocks are known.
    fn at(mut self, block: &Block, texts: &[Text]) -> CorpusSummary {
        if let Some(place) = &mut self.first_invalid {
            place.file = texts[block.text].name().to_owned();
            place.byte += block.byte;
        }
        self
    }
}

fn encode(
    block: &Block,
    tokenizer: &TokenizerSpec,
    interner: &mut Interner,
    mut surface: Option<&mut SurfaceCounter>,
    ids: &mut Vec<u32>,
) -> CorpusSummary {
    let bytes = block.bytes.as_slice();
    let mut found = CorpusSummary { bytes: bytes.len() as u64, ..CorpusSummary::default() };
    ids.clear();
    ids.reserve(bytes.len() / 5);
    // A byte order mark at the start of a text is not part of its first word.
    let start = if block.byte == 0 && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    match std::str::from_utf8(&bytes[start..]) {
        Ok(text) => {
            encode_lines(text, tokenizer, interner, surface.as_deref_mut(), ids, &mut found);
        }
        Err(error) => {
            let byte = start + error.valid_up_to();
            let line = memchr::memchr_iter(b'\n', &bytes[..byte]).count() as u64 + 1;
            found.first_invalid = Some(TextPlace { file: String::new(), line, byte: byte as u64 });
            found.invalid =
                bytes[start..].utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count()
                    as u64;
            let text = String::from_utf8_lossy(&bytes[start..]);
            encode_lines(&text, tokenizer, interner, surface, ids, &mut found);
        }
    }
    found.tokens = ids.len() as u64;
    found
}

fn encode_lines(
    text: &str,
    tokenizer: &TokenizerSpec,
    interner: &mut Interner,
    mut surface: Option<&mut SurfaceCounter>,
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
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(counter) = surface.as_deref_mut() {
            let mut place = Surface::new(tokenizer);
            let last = tokenizer.pieces(line, |piece, token| {
                let id = match piece.is_unknown {
                    true => WordId::UNKNOWN.0,
                    false => interner.intern(token),
                };
                ids.push(id);
                found.markers += piece.markers;
                counter.piece(tokenizer, &mut place, &piece, token, id);
            });
            found.markers += last.markers;
            counter.end(&place, &last);
        } else {
            tokenizer.tokenize(line, |token| {
                let id = interner.intern(token);
                if id == WordId::BEGIN.0 || id == WordId::END.0 {
                    found.markers += 1;
                } else {
                    ids.push(id);
                }
            });
        }
        found.blank_lines += u64::from(ids.len() == before);
        ids.push(WordId::END.0);
        found.sentences += 1;
    }
}

/// Renumbers the words of all threads by one vocabulary.
fn finish(
    texts: &[Text],
    encoded: Vec<Encoded>,
    file: Temporary,
    workers: Vec<Interner>,
    rule: &VocabRule,
    surface: Option<ContextCounts>,
) -> Result<Corpus, CorpusError> {
    let mut summary = CorpusSummary::default();
    let mut lines_before = vec![0; texts.len()];
    for Encoded { text, found, .. } in &encoded {
        if summary.first_invalid.is_none()
            && let Some(place) = &found.first_invalid
        {
            let line = lines_before[*text] + place.line;
            summary.first_invalid = Some(TextPlace { line, ..place.clone() });
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
    let blocks = encoded.into_par_iter().map(|Encoded { worker, ids, .. }| match ids {
        IdBlock::Memory(mut ids) => {
            ids.iter_mut().for_each(|id| *id = numbers[worker][*id as usize]);
            IdBlock::Memory(ids)
        }
        in_file => in_file,
    });
    let blocks = IdBlocks { blocks: blocks.collect(), file: Some(file), numbers, parts: 1 };
    let mut spelling = ContextCounts::default();
    if surface.is_some() {
        let known = |id: u32| final_ids[id as usize] != WordId::UNKNOWN.0;
        spelling = spellings_of_rare(&merged, known);
    }
    let surface = surface.unwrap_or_default();
    Ok(Corpus { vocab, frequencies, blocks, summary, surface, spelling })
}

/// Merges the interners of all threads; also returns, for each, the merged id of each of its ids.
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

/// Returns the words of the vocabulary with their frequencies, most frequent first, ties by bytes.
pub(crate) fn rank<'w>(merged: &'w Interner, rule: &'w VocabRule) -> Vec<(&'w str, u64)> {
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
    // The first eight bytes decide nearly every tie without reading the text.
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
