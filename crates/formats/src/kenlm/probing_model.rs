//! A file of hash tables as a model: its n-grams can be looked up, but not listed.

use super::head::{Head, Kind, slots};
use super::probing::combine;
use super::read::{float, ids_of};
use super::{KenlmError, Problem};
use ngram_model::{LanguageModel, LogProb, Score};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, Vocab, VocabView, WordId};

/// A model written by `build_binary probing`, for scoring.
///
/// Scores are those of KenLM's `query`. Word ids are `<unk>`, `<s>`, `</s>`, then in file order.
pub struct ProbingModel {
    bytes: Vec<u8>,
    order: usize,
    vocab: Vocab,
    tokenizer: TokenizerSpec,
    /// The id in the file of each word.
    numbers: Vec<u32>,
    /// The position of the words' values.
    singles: usize,
    /// For each order from 2 on: the position of its table, its number of slots, and their width.
    tables: Vec<(usize, u64, usize)>,
}

impl ProbingModel {
    /// Returns whether bytes begin like a file of hash tables.
    pub fn is_head(bytes: &[u8]) -> bool {
        Head::read(bytes).is_ok_and(|head| head.kind == Kind::Probing)
    }

    /// Opens a file in memory. `source` is its name in messages.
    ///
    /// # Errors
    ///
    /// If the bytes are not such a file, are truncated, or do not list the words.
    pub fn from_bytes(bytes: Vec<u8>, source: &str) -> Result<ProbingModel, KenlmError> {
        ProbingModel::open(bytes).map_err(|(byte, problem)| KenlmError {
            source_name: source.to_owned(),
            byte,
            problem,
        })
    }

    fn open(bytes: Vec<u8>) -> Result<ProbingModel, (Option<u64>, Problem)> {
        let head = Head::read(&bytes).map_err(|(byte, problem)| (Some(byte), problem))?;
        if head.kind != Kind::Probing {
            return Err((None, Problem::Damaged("these are no hash tables of single values")));
        }
        let counts = head.listed().map_err(|problem| (None, problem))?;
        let order = counts.len();
        let mut at = Head::len(order) as u64 + 8 + 12 * slots(counts[0], head.multiplier);
        let singles = at as usize;
        at += 8 * (counts[0] + 1);
        let mut tables = Vec::new();
        for (number, &count) in (2..).zip(&counts[1..]) {
            let width = if number == order { 12 } else { 16 };
            let slots = slots(count, head.multiplier);
            tables.push((at as usize, slots, width));
            at += slots * width as u64;
        }
        let list = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).ok_or((
            Some(bytes.len() as u64),
            Problem::Truncated { part: "the n-grams", needed: at },
        ))?;
        let (vocab, ids) = ids_of(list, counts[0]).map_err(|problem| (Some(at), problem))?;
        let mut numbers = vec![0; vocab.view().len()];
        for (number, id) in (0..).zip(ids) {
            numbers[id.index()] = number;
        }
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        Ok(ProbingModel { bytes, order, vocab, tokenizer, numbers, singles, tables })
    }

    fn number(&self, word: WordId) -> u32 {
        self.numbers.get(word.index()).copied().unwrap_or(0)
    }

    /// Returns a value of an entry: at index 0 the log-probability, at 1 the back-off weight.
    fn value(&self, entry: usize, at: usize) -> f32 {
        float(self.bytes.get(entry..).unwrap_or_default(), at as u64)
    }

    /// Returns the position of the values of an n-gram of order 2 or more.
    fn find(&self, order: usize, key: u64) -> Option<usize> {
        let &(start, slots, width) = self.tables.get(order - 2)?;
        let mut slot = key % slots;
        // Bounded, as a damaged file may have no free slot.
        for _ in 0..slots {
            let entry = start + slot as usize * width;
            let found =
                self.bytes.get(entry..)?.first_chunk().map(|key| u64::from_le_bytes(*key))?;
            if found == key {
                return Some(entry + 8);
            }
            if found == 0 {
                return None;
            }
            slot = if slot + 1 == slots { 0 } else { slot + 1 };
        }
        None
    }
}

impl LanguageModel for ProbingModel {
    fn order(&self) -> usize {
        self.order
    }

    fn vocab(&self) -> VocabView<'_> {
        self.vocab.view()
    }

    fn tokenizer(&self) -> &TokenizerSpec {
        &self.tokenizer
    }

    fn score(&self, history: &[WordId], word: WordId) -> Score {
        let history = &history[history.len().saturating_sub(self.order - 1)..];
        let number = self.number(word);
        let mut log_prob = -self.value(self.singles + 8 * number as usize, 0).abs();
        let mut matched = 1;
        let mut key = u64::from(number);
        for &before in history.iter().rev() {
            key = combine(key, self.number(before));
            let Some(entry) = self.find(matched + 1, key) else { break };
            log_prob = -self.value(entry, 0).abs();
            matched += 1;
        }
        // Adds the back-off weights of the histories that are too long, shortest first.
        let mut key = 0;
        for (length, &before) in (1..).zip(history.iter().rev()) {
            let number = self.number(before);
            let entry = match length {
                1 => {
                    key = u64::from(number);
                    Some(self.singles + 8 * number as usize)
                }
                _ => {
                    key = combine(key, number);
                    self.find(length, key)
                }
            };
            let Some(entry) = entry else { break };
            if length >= matched {
                log_prob += self.value(entry, 1);
            }
        }
        Score { log_prob: LogProb(log_prob), matched: matched as u8 }
    }
}
