//! Reads a trie into a vocabulary and its n-grams.

use super::head::{Head, Kind};
use super::trie::{BACKOFF_BITS, LOG_PROB_BITS, cut_bits};
use super::vocabulary::murmur_hash_64a;
use super::{KenlmError, LOG_ZERO, Problem};
use ngram_model::Ngrams;
use ngram_store::bits::{self, width};
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, WordId, unescape};

/// The contents of a binary file of KenLM.
#[derive(Clone, Debug)]
pub struct KenlmFile {
    /// `<unk>`, `<s>`, `</s>`, then the other words in the order of the file.
    pub vocab: Vocab,
    /// The n-grams of orders 1, 2 and so on, at least two orders. Those of order 1 are the words of
    /// the vocabulary, each once and in id order. Log-probabilities are at most 0, minus infinity
    /// for probability 0.
    pub orders: Vec<Ngrams>,
    /// The number of bits that log-probabilities and back-off weights were quantized to, if they
    /// were: the larger of the two.
    pub quantization: Option<u8>,
}

/// The byte offset of a problem, if known, and the problem.
type Fault = (Option<u64>, Problem);

/// Reads a trie of any of the four kinds. `source` is the file's name in messages.
///
/// # Errors
///
/// If the bytes are not such a file, are truncated or damaged, if they do not list the words, or if
/// the n-grams are in hash tables, whose keys do not reveal the words.
pub fn read(bytes: &[u8], source: &str) -> Result<KenlmFile, KenlmError> {
    read_parts(bytes).map_err(|(byte, problem)| KenlmError {
        source_name: source.to_owned(),
        byte,
        problem,
    })
}

fn read_parts(bytes: &[u8]) -> Result<KenlmFile, Fault> {
    let head = Head::read(bytes).map_err(|(byte, problem)| (Some(byte), problem))?;
    let Kind::Trie { quantised, array } = head.kind else {
        return Err((None, Problem::Probing));
    };
    let counts = head.listed().map_err(|problem| (None, problem))?;
    let order = counts.len();
    let mut parts = Parts { bytes, at: Head::len(order) as u64 };
    let hashes = parts.take(8 * (counts[0] + 1), "the words' hashes")?;
    let number_at = |bytes: &[u8], index: u64| bits::word(bytes, index);
    if counts[0].checked_sub(1) != Some(number_at(hashes, 0)) {
        return Err((
            Some(Head::len(order) as u64),
            Problem::Damaged("it has two numbers of words"),
        ));
    }
    let codes = if quantised { Some(Codes::take(&mut parts, order)?) } else { None };
    let singles = parts.take(16 * (counts[0] + 2), "the 1-grams")?;
    let layers = (2..=order)
        .map(|number| Layer::take(&mut parts, number, counts, array, codes.as_ref()))
        .collect::<Result<Vec<Layer>, Fault>>()?;
    let words_at = parts.at;
    let (vocab, ids) =
        words(parts.rest(), hashes, counts[0]).map_err(|problem| (Some(words_at), problem))?;

    let mut orders = vec![unigrams(singles, &vocab, &ids)?];
    // For the order before, in file order: the words of each node, and the start of its children.
    let mut shorter: Vec<WordId> = ids.clone();
    let mut starts: Vec<u64> =
        (0..=counts[0]).map(|word| bits::word(singles, 2 * word + 1)).collect();
    for (layer, length) in layers.iter().zip(1usize..) {
        let (own, next) = layer
            .ngrams(&shorter, length, &starts, &ids)
            .map_err(|problem| (Some(layer.start), problem))?;
        shorter = own.words.clone();
        starts = next;
        orders.push(own);
    }
    Ok(KenlmFile { vocab, orders, quantization: codes.map(|codes| codes.bits) })
}

/// A file and a position in it.
struct Parts<'b> {
    bytes: &'b [u8],
    at: u64,
}

impl<'b> Parts<'b> {
    /// Takes the next part, of `len` bytes.
    fn take(&mut self, len: u64, part: &'static str) -> Result<&'b [u8], Fault> {
        let needed = self.at.saturating_add(len);
        let range = usize::try_from(self.at).ok().zip(usize::try_from(needed).ok());
        let part = range
            .and_then(|(start, end)| self.bytes.get(start..end))
            .ok_or((Some(self.bytes.len() as u64), Problem::Truncated { part, needed }))?;
        self.at = needed;
        Ok(part)
    }

    fn rest(&self) -> &'b [u8] {
        usize::try_from(self.at).ok().and_then(|at| self.bytes.get(at..)).unwrap_or_default()
    }
}

/// The values of the codes of quantized numbers.
struct Codes<'b> {
    log_prob_bits: u32,
    backoff_bits: u32,
    /// The larger of the two.
    bits: u8,
    /// For each order from 2 on, the values of log-probabilities, then of back-off weights except
    /// for the highest.
    tables: Vec<(&'b [u8], &'b [u8])>,
}

impl<'b> Codes<'b> {
    fn take(parts: &mut Parts<'b>, order: usize) -> Result<Codes<'b>, Fault> {
        let at = parts.at;
        let head = parts.take(8, "the tables of quantised numbers")?;
        if head[0] != 2 {
            let structure = "quantised numbers";
            return Err((
                Some(at),
                Problem::StructureVersion { structure, version: head[0].into() },
            ));
        }
        if !(1..=25).contains(&head[1]) || !(1..=25).contains(&head[2]) {
            return Err((Some(at), Problem::Damaged("numbers have 1 to 25 bits when quantised")));
        }
        let mut table = |bits: u8| parts.take(4 << bits, "the tables of quantised numbers");
        let mut tables = Vec::new();
        for number in 2..=order {
            let backoffs =
                |table: &mut dyn FnMut(u8) -> Result<&'b [u8], Fault>| match number == order {
                    true => Ok(&[][..]),
                    false => table(head[2]),
                };
            tables.push((table(head[1])?, backoffs(&mut table)?));
        }
        let [log_prob_bits, backoff_bits] = [head[1], head[2]].map(u32::from);
        Ok(Codes { log_prob_bits, backoff_bits, bits: head[1].max(head[2]), tables })
    }
}

/// The nodes of an order from 2 on, as stored in the file.
struct Layer<'b> {
    order: usize,
    is_highest: bool,
    /// The byte offset at which it begins.
    start: u64,
    nodes: u64,
    longer: u64,
    word_bits: u32,
    log_prob_bits: u32,
    backoff_bits: u32,
    start_bits: u32,
    tables: Option<(&'b [u8], &'b [u8])>,
    /// For each value of the high bits of starts, from 0: the first node that has it. Empty if
    /// starts are stored whole.
    high: &'b [u8],
    records: &'b [u8],
}

impl<'b> Layer<'b> {
    fn take(
        parts: &mut Parts<'b>,
        order: usize,
        counts: &[u64],
        array: bool,
        codes: Option<&Codes<'b>>,
    ) -> Result<Layer<'b>, Fault> {
        let is_highest = order == counts.len();
        let nodes = counts[order - 1];
        let longer = counts.get(order).copied().unwrap_or(0);
        let start = parts.at;
        let (log_prob_bits, backoff_bits) = match codes {
            Some(codes) => (codes.log_prob_bits, codes.backoff_bits),
            None => (LOG_PROB_BITS, BACKOFF_BITS),
        };
        let mut start_bits = width(longer);
        let mut high: &[u8] = &[];
        if array && !is_highest {
            const PART: &str = "the high bits of where n-grams start";
            // The first byte is the version, the second the most bits to cut off.
            let head = parts.bytes.get(start as usize..).and_then(|rest| rest.first_chunk::<2>());
            let head =
                head.ok_or((Some(start), Problem::Truncated { part: PART, needed: start + 2 }))?;
            if head[0] != 0 {
                let structure = "an array of pointers";
                return Err((
                    Some(start),
                    Problem::StructureVersion { structure, version: head[0].into() },
                ));
            }
            let cut = cut_bits(nodes + 1, longer, u32::from(head[1]));
            let entries = (longer >> (start_bits - cut)) + 1;
            let whole = parts.take(8 * (1 + entries) + 7, PART)?;
            // The array is at a multiple of 8 bytes, after one meaningless number.
            let skipped = (start.next_multiple_of(8) - start) as usize + 8;
            high = &whole[skipped..][..8 * entries as usize];
            start_bits -= cut;
        }
        let word_bits = width(counts[0]);
        let beyond = if is_highest { 0 } else { backoff_bits + start_bits };
        let bits = (1 + nodes) * u64::from(word_bits + log_prob_bits + beyond);
        let records = parts.take(bits.div_ceil(8) + bits::PADDING as u64, "the n-grams")?;
        Ok(Layer {
            order,
            is_highest,
            start,
            nodes,
            longer,
            word_bits,
            log_prob_bits,
            backoff_bits: if is_highest { 0 } else { backoff_bits },
            start_bits: if is_highest { 0 } else { start_bits },
            tables: codes.map(|codes| codes.tables[order - 2]),
            high,
            records,
        })
    }

    /// Returns the n-grams, and the start of each one's children in the next order, given the words of the
    /// previous order's n-grams, `length` each, and where their children start in this order.
    fn ngrams(
        &self,
        shorter: &[WordId],
        length: usize,
        starts: &[u64],
        ids: &[WordId],
    ) -> Result<(Ngrams, Vec<u64>), Problem> {
        if starts.first() != Some(&0) || starts.last() != Some(&self.nodes) || !starts.is_sorted() {
            return Err(Problem::Damaged("n-grams do not start where those before them end"));
        }
        // Words rise below each n-gram, so a larger count is damage and must not allocate memory.
        if u128::from(self.nodes) > shorter.len() as u128 / length as u128 * ids.len() as u128 {
            return Err(Problem::Damaged("it says that it has more n-grams than its words make"));
        }
        let mut own = Ngrams::new(self.order);
        // The file has bytes for all of these, so a forged count allocates only a multiple of the file's size.
        own.words.reserve(self.nodes as usize * self.order);
        own.log_probs.reserve(self.nodes as usize);
        let mut next = Vec::new();
        let mut high = 0;
        for (parent, bounds) in starts.windows(2).enumerate() {
            let mut before = None;
            for node in bounds[0]..bounds[1] {
                let (word, log_prob, backoff, start) = self.record(node, &mut high);
                if before.is_some_and(|before| before >= word) {
                    return Err(Problem::Damaged("words do not rise below their n-gram"));
                }
                before = Some(word);
                let id = ids
                    .get(word as usize)
                    .ok_or(Problem::Damaged("an n-gram has an unknown word"))?;
                own.words.push(*id);
                own.words.extend_from_slice(&shorter[parent * length..][..length]);
                own.log_probs.push(number(log_prob).ok_or(NO_NUMBER)?.min(0.0));
                if !self.is_highest {
                    own.backoffs.push(number(backoff).ok_or(NO_NUMBER)?);
                    next.push(start);
                }
            }
        }
        if !self.is_highest {
            next.push(self.record(self.nodes, &mut high).3);
        }
        Ok((own, next))
    }

    /// Returns a node's first word, log-probability, back-off weight, and the start of its children.
    fn record(&self, node: u64, high: &mut u64) -> (u64, f32, f32, u64) {
        let total = self.word_bits + self.log_prob_bits + self.backoff_bits + self.start_bits;
        let mut bit = node * u64::from(total);
        let mut field = |width: u32| {
            let field = bits::read(self.records, bit, width);
            bit += u64::from(width);
            field
        };
        let word = field(self.word_bits);
        let (log_prob, backoff) = match self.tables {
            None => {
                let log_prob = -f32::from_bits(field(self.log_prob_bits) as u32);
                (log_prob, f32::from_bits(field(self.backoff_bits) as u32))
            }
            Some((log_probs, backoffs)) => {
                // The back-off weight comes first.
                let backoff = float(backoffs, field(self.backoff_bits));
                (float(log_probs, field(self.log_prob_bits)), backoff)
            }
        };
        let mut start = field(self.start_bits);
        let entries = self.high.len() as u64 / 8;
        while *high + 1 < entries && bits::word(self.high, *high + 1) <= node {
            *high += 1;
        }
        if entries > 0 {
            start |= *high << self.start_bits;
        }
        (word, log_prob, backoff, start.min(self.longer + 1))
    }
}

const NO_NUMBER: Problem =
    Problem::Damaged("a log-probability or a back-off weight is no finite number");

/// Returns the meaning of a number in the file; `None` if it is not valid. An unused code may stand
/// for minus infinity.
fn number(value: f32) -> Option<f32> {
    match value {
        LOG_ZERO | f32::NEG_INFINITY => Some(f32::NEG_INFINITY),
        // Turns −0 into 0.
        _ => value.is_finite().then_some(value + 0.0),
    }
}

pub fn float(table: &[u8], index: u64) -> f32 {
    table.as_chunks::<4>().0.get(index as usize).map_or(0.0, |bytes| f32::from_le_bytes(*bytes))
}

/// Reads the vocabulary, and the id of each word by its number in the file.
fn words(list: &[u8], hashes: &[u8], count: u64) -> Result<(Vocab, Vec<WordId>), Problem> {
    let words = list.strip_suffix(b"\0").unwrap_or(list).split(|&byte| byte == 0);
    let fits = |(number, word): (u64, &[u8])| match number {
        0 => true,
        _ => number < count && bits::word(hashes, number) == murmur_hash_64a(word),
    };
    match (0..).zip(words).all(fits) {
        true => ids_of(list, count),
        false => Err(Problem::Damaged("the words listed are not those that it has hashes of")),
    }
}

/// Reads the words of a list, `<unk>` first, and returns the id of each by its number in the list.
pub fn ids_of(list: &[u8], count: u64) -> Result<(Vocab, Vec<WordId>), Problem> {
    let Some(list) = list.strip_suffix(b"\0") else {
        return Err(Problem::Damaged("the list of words is cut off"));
    };
    let mut written = Vec::new();
    for (number, word) in (0u64..).zip(list.split(|&byte| byte == 0)) {
        if number == 0 && word != SPECIAL_WORDS[0].as_bytes() {
            return Err(Problem::Damaged("the words listed are not those that it has hashes of"));
        }
        written.push(std::str::from_utf8(word).map_err(|_| Problem::NotUtf8(number))?);
    }
    if written.len() as u64 != count {
        return Err(Problem::Damaged("the list of words is cut off"));
    }
    if SPECIAL_WORDS.iter().any(|word| written.iter().filter(|other| *other == word).count() > 1) {
        return Err(Problem::Damaged("a word is listed twice"));
    }
    let is_ordinary = |word: &&&str| !SPECIAL_WORDS.contains(*word);
    let ordinary: Vec<_> = written.iter().filter(is_ordinary).map(|word| unescape(word)).collect();
    let vocab = Vocab::new(ordinary.iter().map(|word| &**word))?;
    let mut next = SPECIAL_WORDS.len() as u32;
    let id = |word: &&str| {
        let special = SPECIAL_WORDS.iter().position(|special| special == word);
        WordId(special.map_or_else(
            || {
                next += 1;
                next - 1
            },
            |special| special as u32,
        ))
    };
    let ids = written.iter().map(id).collect();
    Ok((vocab, ids))
}

/// Reads the words' n-grams, in id order.
fn unigrams(singles: &[u8], vocab: &Vocab, ids: &[WordId]) -> Result<Ngrams, Fault> {
    let len = vocab.view().len();
    let mut unigrams = Ngrams {
        order: 1,
        words: (0..len as u32).map(WordId).collect(),
        log_probs: vec![f32::NEG_INFINITY; len],
        backoffs: vec![0.0; len],
    };
    for (word, id) in ids.iter().enumerate() {
        let value = |at| number(float(singles, 4 * word as u64 + at)).ok_or((None, NO_NUMBER));
        unigrams.log_probs[id.index()] = value(0)?.min(0.0);
        unigrams.backoffs[id.index()] = value(1)?;
    }
    Ok(unigrams)
}
