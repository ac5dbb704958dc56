//! Scores lines of text: the work shared out among threads.

use crate::blocks::{LineBlock, count_lines};
use crate::mixture::DynamicMixture;
use crate::sentence::{Details, Observer, Sentence, Token};
use crate::tally::{Counts, LineSum, LineTotals};
use crate::words::ModelWords;
use ngram_adaptive::charge::{Charge, Charges};
use ngram_input::TextPlace;
use ngram_model::{LanguageModel, LogProb, OpenVocabulary, Score};
use ngram_tokenizer::{Later, Lookup, Surface, WordId};
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

/// The bytes of a block that a thread takes at a time, extended to the next line end.
const CHUNK: usize = 128 << 10;

/// The number of words looked up together.
const TOGETHER: usize = 64;

/// Lines of a block, with the number of lines and bytes of text before them.
pub struct Chunk<'b> {
    pub bytes: &'b [u8],
    pub line: u64,
    pub byte: u64,
}

/// The sums over a chunk's lines, and an observer's notes on them.
pub struct Scored<N> {
    pub lines: LineTotals,
    pub notes: N,
}

/// What threads need to score lines with a model. Caches go from chunk to chunk, and from block to block.
pub struct LineScorers<'m> {
    model: &'m dyn LanguageModel,
    words: Arc<ModelWords<'m>>,
    idle: Mutex<Vec<Scratch<'m>>>,
}

impl<'m> LineScorers<'m> {
    pub fn new(model: &'m dyn LanguageModel) -> LineScorers<'m> {
        LineScorers { model, words: ModelWords::new(model), idle: Mutex::default() }
    }

    /// Scores the lines of a block in parallel; results are per chunk, in text order.
    pub fn score<O: Observer + ?Sized>(
        &self,
        file: &str,
        block: &LineBlock,
        observer: Option<&O>,
    ) -> Vec<Scored<O::Notes>> {
        let model = self.model;
        let score_one = |chunk: Chunk<'_>| {
            let mut score = |ids: &[WordId], ends: &[usize], scores: &mut Vec<Score>| {
                model.score_sentences(ids, ends, scores);
            };
            self.with_scratch(|scratch| {
                score_chunk(model, &mut score, file, &chunk, observer, scratch)
            })
        };
        chunks(block).into_par_iter().map(score_one).collect()
    }

    /// Scores the lines of a block in order with a mixture, which learns from each.
    pub fn score_in_turn<O: Observer + ?Sized>(
        &self,
        mixture: &mut DynamicMixture<'m>,
        file: &str,
        block: &LineBlock,
        observer: Option<&O>,
    ) -> Vec<Scored<O::Notes>> {
        let model = mixture.model();
        let mut score = |ids: &[WordId], ends: &[usize], scores: &mut Vec<Score>| {
            mixture.score(ids, ends, scores);
        };
        self.with_scratch(|scratch| {
            let chunks = chunks(block).into_iter();
            let score_one = |chunk| score_chunk(model, &mut score, file, &chunk, observer, scratch);
            chunks.map(score_one).collect()
        })
    }

    fn with_scratch<T>(&self, work: impl FnOnce(&mut Scratch<'m>) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let at_hand = idle().pop();
        let mut scratch = at_hand.unwrap_or_else(|| Scratch::new(self.model, self.words.clone()));
        let done = work(&mut scratch);
        idle().push(scratch);
        done
    }
}

pub fn chunks(block: &LineBlock) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut line, mut byte, mut rest) = (block.line, block.byte, block.bytes.as_slice());
    while !rest.is_empty() {
        let from = CHUNK.min(rest.len());
        let end = rest[from..].iter().position(|&byte| byte == b'\n');
        let (bytes, after) = rest.split_at(end.map_or(rest.len(), |end| from + end + 1));
        chunks.push(Chunk { bytes, line, byte });
        line += count_lines(bytes);
        byte += bytes.len() as u64;
        rest = after;
    }
    chunks
}

/// Scores lines in memory, reusing its buffers from call to call.
pub struct LineScorer<'m> {
    model: &'m dyn LanguageModel,
    scratch: Scratch<'m>,
}

impl<'m> LineScorer<'m> {
    pub fn new(model: &'m dyn LanguageModel, words: &Arc<ModelWords<'m>>) -> LineScorer<'m> {
        LineScorer { model, scratch: Scratch::new(model, words.clone()) }
    }

    /// Returns the sums over the lines, equal to what [`LineScorers::score`] gives for the same lines.
    pub fn score(&mut self, bytes: &[u8]) -> LineTotals {
        let LineScorer { model, scratch } = self;
        let mut score = |ids: &[WordId], ends: &[usize], scores: &mut Vec<Score>| {
            model.score_sentences(ids, ends, scores);
        };
        let chunk = Chunk { bytes, line: 0, byte: 0 };
        score_chunk::<dyn Details>(*model, &mut score, "", &chunk, None, scratch).lines
    }
}

/// Buffers reused for every chunk.
struct Scratch<'m> {
    all_words: Arc<ModelWords<'m>>,
    lookup: Lookup<'m>,
    /// Words waiting to be looked up.
    later: Later,
    /// Charges for what tokens leave out, if the vocabulary is open.
    charges: Option<Charges<'m>>,
    /// The cost of each line beyond its tokens.
    charged: Vec<Charge>,
    /// The words of all lines, concatenated.
    ids: Vec<WordId>,
    /// Where each line ends in `ids`.
    ends: Vec<usize>,
    /// The scores of each line's words and its `</s>`.
    scores: Vec<Score>,
    /// The text of the words, concatenated, and the end of each; filled only if an observer or a
    /// charge needs it.
    words: String,
    word_ends: Vec<usize>,
}

impl<'m> Scratch<'m> {
    fn new(model: &'m dyn LanguageModel, all_words: Arc<ModelWords<'m>>) -> Scratch<'m> {
        Scratch {
            all_words,
            lookup: Lookup::new(model.vocab()),
            later: Later::default(),
            charges: open_vocabulary(model).map(|open| Charges::new(open, model.tokenizer())),
            charged: Vec::new(),
            ids: Vec::new(),
            ends: Vec::new(),
            scores: Vec::new(),
            words: String::new(),
            word_ends: Vec::new(),
        }
    }
}

/// The model's open vocabulary, if it also models gaps.
pub fn open_vocabulary(model: &dyn LanguageModel) -> Option<OpenVocabulary<'_>> {
    model.open_vocabulary().filter(OpenVocabulary::has_gaps)
}

/// Scores sentences laid out as for [`LanguageModel::score_sentences`].
type Scorer<'s> = dyn FnMut(&[WordId], &[usize], &mut Vec<Score>) + 's;

fn score_chunk<'m, O: Observer + ?Sized>(
    model: &'m dyn LanguageModel,
    score: &mut Scorer<'_>,
    file: &str,
    chunk: &Chunk<'_>,
    observer: Option<&O>,
    scratch: &mut Scratch<'m>,
) -> Scored<O::Notes> {
    let mut lines = LineTotals {
        counts: Counts { matched: vec![0; model.order()], ..Counts::default() },
        ..LineTotals::default()
    };
    let text = decode(file, chunk, &mut lines);
    lines.counts.bytes = chunk.bytes.len() as u64;
    read_words(model, &text, observer.is_some(), scratch, &mut lines.counts);
    let Scratch { ids, ends, scores, words, word_ends, charged, .. } = scratch;
    let open = open_vocabulary(model);
    score(ids, ends, scores);

    let in_parts = model.tokenizer().kind.unit() != "words";
    let mut notes = O::Notes::default();
    let mut start = 0;
    for (number, (whole, &end)) in text.split_inclusive('\n').zip(&*ends).enumerate() {
        let line = without_end(whole);
        let ids = &ids[start..end];
        let scores = &scores[start + number..=end + number];
        let blank = ids.is_empty() && line.chars().all(char::is_whitespace);
        add_line(ids, scores, blank, whole.chars().count() as u64, &mut lines);
        if in_parts {
            lines.counts.text_words += line.split_whitespace().count() as u64;
        }
        if let (Some(open), Some(sum)) = (&open, lines.sums.last_mut()) {
            sum.charge = Charge { token: token_bits(open, ids, scores), ..charged[number] };
        }
        if let Some(observer) = observer {
            let mut from = if start == 0 { 0 } else { word_ends[start - 1] };
            let texts = word_ends[start..end].iter().map(|&to| {
                let word = &words[from..to];
                from = to;
                word
            });
            let scored = ids.iter().chain([&WordId::END]).zip(scores);
            let tokens: Vec<Token> = texts
                .chain(["</s>"])
                .zip(scored)
                .map(|(word, (&id, &score))| Token { word, id, score })
                .collect();
            let line = chunk.line + number as u64 + 1;
            observer.observe(&Sentence { file, line, blank, tokens: &tokens }, &mut notes);
        }
        start = end;
    }
    Scored { lines, notes }
}

/// The lines of a text without their ends.
pub fn text_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').map(without_end)
}

fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Decodes the chunk, with U+FFFD for each invalid UTF-8 sequence.
fn decode<'b>(file: &str, chunk: &Chunk<'b>, lines: &mut LineTotals) -> Cow<'b, str> {
    match std::str::from_utf8(chunk.bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(error) => {
            let before = &chunk.bytes[..error.valid_up_to()];
            lines.first_invalid_utf8 = Some(TextPlace {
                file: file.to_owned(),
                line: chunk.line + count_lines(before) + 1,
                byte: chunk.byte + before.len() as u64,
            });
            let pieces = chunk.bytes.utf8_chunks();
            lines.counts.invalid_utf8 =
                pieces.filter(|piece| !piece.invalid().is_empty()).count() as u64;
            String::from_utf8_lossy(chunk.bytes)
        }
    }
}

/// Cuts lines into words and looks them up. `<s>` and `</s>` are skipped and counted.
fn read_words<'m>(
    model: &'m dyn LanguageModel,
    text: &str,
    keep_words: bool,
    scratch: &mut Scratch<'m>,
    counts: &mut Counts,
) {
    if let Some(table) = scratch.all_words.table(text.len()) {
        scratch.lookup.set_table(table);
    }
    scratch.ids.clear();
    scratch.ends.clear();
    scratch.words.clear();
    scratch.word_ends.clear();
    scratch.charged.clear();
    if let Some(mut charges) = scratch.charges.take() {
        for line in text_lines(text) {
            read_and_charge(model, line, &mut charges, scratch, counts);
        }
        let Scratch { lookup, later, ids, .. } = scratch;
        lookup.resolve(later, |place, id| ids[place] = id);
        charge_unknown(&mut charges, scratch);
        scratch.charges = Some(charges);
        return;
    }
    for line in text_lines(text) {
        model.tokenizer().tokenize(line, |word| {
            let Scratch { lookup, later, ids, .. } = scratch;
            let id = match word.starts_with('<') {
                // Possibly a marker, which is not part of the sentence.
                true => lookup.id_or_unknown(word),
                false => {
                    let found = lookup.id_or_later(line, word, ids.len(), later);
                    found.unwrap_or(WordId::UNKNOWN)
                }
            };
            if id == WordId::BEGIN || id == WordId::END {
                counts.markers += 1;
                return;
            }
            ids.push(id);
            if later.len() == TOGETHER {
                lookup.resolve(later, |place, id| ids[place] = id);
            }
            if keep_words {
                scratch.words.push_str(word);
                scratch.word_ends.push(scratch.words.len());
            }
        });
        scratch.ends.push(scratch.ids.len());
    }
    let Scratch { lookup, later, ids, .. } = scratch;
    lookup.resolve(later, |place, id| ids[place] = id);
}

/// Cuts a line into words, looks them up, some of them later, and charges for what they leave out but for their
/// spelling.
fn read_and_charge<'m>(
    model: &'m dyn LanguageModel,
    line: &str,
    charges: &mut Charges<'m>,
    scratch: &mut Scratch<'m>,
    counts: &mut Counts,
) {
    let tokenizer = model.tokenizer();
    let mut surface = Surface::new(tokenizer);
    let Scratch { lookup, later, ids, words, word_ends, .. } = scratch;
    let last = tokenizer.pieces(line, |piece, word| {
        counts.markers += piece.markers;
        charges.piece(&mut surface, &piece, word);
        let found = match piece.is_unknown {
            true => None,
            false => lookup.id_or_later(line, word, ids.len(), later),
        };
        ids.push(found.unwrap_or(WordId::UNKNOWN));
        if later.len() == TOGETHER {
            lookup.resolve(later, |place, id| ids[place] = id);
        }
        words.push_str(word);
        word_ends.push(words.len());
    });
    counts.markers += last.markers;
    scratch.charged.push(charges.end(&surface, &last));
    scratch.ends.push(scratch.ids.len());
}

/// Charges each line for the spelling of its unknown words.
fn charge_unknown<'m>(charges: &mut Charges<'m>, scratch: &mut Scratch<'m>) {
    let Scratch { ids, ends, words, word_ends, charged, .. } = scratch;
    let mut line = 0;
    for (place, _) in ids.iter().enumerate().filter(|(_, id)| **id == WordId::UNKNOWN) {
        while ends[line] <= place {
            line += 1;
        }
        let from = place.checked_sub(1).map_or(0, |before| word_ends[before]);
        charged[line].spelling += charges.spelling(&words[from..word_ends[place]]);
    }
}

/// The cost of a line's tokens when a share of them is expected to be new.
fn token_bits(open: &OpenVocabulary<'_>, ids: &[WordId], scores: &[Score]) -> f64 {
    let known = -(1.0 - open.novelty()).log2();
    let bits = ids.iter().chain([&WordId::END]).zip(scores).map(|(&id, score)| {
        if id == WordId::UNKNOWN {
            -open.token(score.log_prob.prob(), false).log2()
        } else if score.log_prob == LogProb::ZERO {
            0.0
        } else {
            known + score.log_prob.bits()
        }
    });
    bits.sum()
}

/// Adds the scores of a line to the counts and sums.
fn add_line(
    ids: &[WordId],
    scores: &[Score],
    blank: bool,
    characters: u64,
    lines: &mut LineTotals,
) {
    let LineTotals { counts, sums, oovs, .. } = lines;
    let tokens = ids.len() as u64 + 1;
    let mut sum = LineSum { blank, tokens, characters, ..LineSum::default() };
    for (&id, score) in ids.iter().chain([&WordId::END]).zip(scores) {
        let is_oov = id == WordId::UNKNOWN;
        let is_zero = score.log_prob == LogProb::ZERO;
        sum.single += score.log_prob.0;
        if is_zero {
            counts.zeros += 1;
            counts.zero_oovs += u64::from(is_oov);
        } else {
            sum.log10 += score.log_prob.log10();
            sum.scored += 1;
            sum.known += u64::from(!is_oov);
            if is_oov {
                sum.log10_oovs += score.log_prob.log10();
                oovs.push(score.log_prob.0);
            }
        }
        counts.oovs += u64::from(is_oov);
        sum.oovs += u64::from(is_oov);
        let order = usize::from(score.matched).clamp(1, counts.matched.len());
        counts.matched[order - 1] += 1;
    }
    counts.words += ids.len() as u64;
    counts.characters += characters;
    counts.sentences += 1;
    counts.blank_lines += u64::from(blank);
    sums.push(sum);
}
