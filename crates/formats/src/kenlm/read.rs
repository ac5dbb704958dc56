//! Reads a trie into a vocabulary and its n-grams.

use super::head::{Head, Kind};
use super::layers::{Codes, Fault, FileParts, Layer, float};
use super::vocabulary::murmur_hash_64a;
use super::{KenlmError, LOG_ZERO, Problem};
use ngram_model::Ngrams;
use ngram_store::bits;
use ngram_tokenizer::{SPECIAL_WORDS, Vocab, WordId, unescape};

/// How many bytes of memory a byte of the file may ask for. A quantised trie of order 10 asks for 20.
pub const EARNED: u64 = 32;

/// Memory that any file may ask for, in bytes.
const FREE: u64 = 64 << 20;

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
    /// How many n-grams were left out, as KenLM never finds them: the same one is listed under both names
    /// of the unknown word, `<unk>` and `<UNK>`, which are one word to KenLM.
    pub left_out: u64,
}

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
    let mut parts = FileParts { bytes, at: Head::len(order) as u64 };
    let hashes = parts.take(8 * (counts[0] + 1), "the words' hashes")?;
    let number_at = |bytes: &[u8], index: u64| bits::word(bytes, index);
    // An ARPA file that lists `<unk>` and `<UNK>` has one 1-gram more than KenLM has words.
    let count = number_at(hashes, 0).saturating_add(1);
    if count != counts[0] && counts[0].checked_sub(1) != Some(count) {
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
    // In memory, an n-gram lists all its words, in the file only the first.
    let sizes = (1u64..).zip(counts).map(|(order, count)| count.saturating_mul(4 * order + 8));
    let needed = sizes.fold(0, u64::saturating_add);
    if needed > FREE.max((bytes.len() as u64).saturating_mul(EARNED)) {
        return Err((None, Problem::Dense { order, needed }));
    }
    let words_at = parts.at;
    let (vocab, ids) =
        words(parts.rest(), hashes, count).map_err(|problem| (Some(words_at), problem))?;

    let mut orders = vec![unigrams(singles, &vocab, &ids)?];
    // For the order before, in file order: the words of each node, and the start of its children.
    let mut shorter: Vec<WordId> = ids.clone();
    let mut starts: Vec<u64> = (0..=count).map(|word| bits::word(singles, 2 * word + 1)).collect();
    // Whether KenLM never finds each of them; empty if it finds all.
    let mut hidden = Vec::new();
    let mut left_out = 0;
    let repeats = count != counts[0];
    for (layer, length) in layers.iter().zip(1usize..) {
        let (own, next) = ngrams(layer, &shorter, length, &starts, &ids, repeats)
            .map_err(|problem| (Some(layer.start), problem))?;
        if repeats {
            hidden = hidden_nodes(layer, &own, &starts, &hidden);
        }
        shorter = own.words.clone();
        starts = next;
        left_out += hidden.iter().filter(|is_hidden| **is_hidden).count() as u64;
        orders.push(found_only(own, &hidden));
    }
    Ok(KenlmFile { vocab, orders, quantization: codes.map(|codes| codes.bits), left_out })
}

/// Returns which n-grams of a layer KenLM never finds: of those with the same words it finds one, and
/// below the others none.
fn hidden_nodes(layer: &Layer<'_>, own: &Ngrams, starts: &[u64], shorter: &[bool]) -> Vec<bool> {
    let mut hidden = vec![false; own.len()];
    for (parent, bounds) in starts.windows(2).enumerate() {
        let below_hidden = shorter.get(parent) == Some(&true);
        for node in bounds[0]..bounds[1] {
            let found = layer.find(bounds[0]..bounds[1], layer.word(node) as u32);
            hidden[node as usize] = below_hidden || found != Some(node);
        }
    }
    hidden
}

/// Leaves out the n-grams that KenLM never finds.
fn found_only(own: Ngrams, hidden: &[bool]) -> Ngrams {
    if !hidden.contains(&true) {
        return own;
    }
    let mut found = Ngrams::new(own.order);
    for (at, (words, log_prob, backoff)) in own.iter().enumerate() {
        if !hidden[at] {
            found.words.extend(words);
            found.log_probs.push(log_prob);
            found.backoffs.extend(backoff);
        }
    }
    found
}

/// Returns the n-grams of a layer, and the start of each one's children in the next order, given the words of the
/// previous order's n-grams, `length` each, and where their children start in this order. `repeats` says that an
/// n-gram with the unknown word may be listed twice.
fn ngrams(
    layer: &Layer<'_>,
    shorter: &[WordId],
    length: usize,
    starts: &[u64],
    ids: &[WordId],
    repeats: bool,
) -> Result<(Ngrams, Vec<u64>), Problem> {
    if starts.first() != Some(&0) || starts.last() != Some(&layer.nodes) || !starts.is_sorted() {
        return Err(Problem::Damaged("n-grams do not start where those before them end"));
    }
    // Words rise below each n-gram, so a larger count is damage and must not allocate memory.
    let words = ids.len() as u128 + u128::from(repeats);
    if u128::from(layer.nodes)
        > shorter.len() as u128 / length as u128 * words * (1 + u128::from(repeats))
    {
        return Err(Problem::Damaged("it says that it has more n-grams than its words make"));
    }
    let mut own = Ngrams::new(layer.order);
    // The file has bytes for all of these, so a forged count allocates only a multiple of the file's size.
    own.words.reserve(layer.nodes as usize * layer.order);
    own.log_probs.reserve(layer.nodes as usize);
    let mut next = Vec::new();
    let mut high = 0;
    for (parent, bounds) in starts.windows(2).enumerate() {
        let mut before = None;
        for node in bounds[0]..bounds[1] {
            let (word, log_prob, backoff, start) = layer.record(node, &mut high);
            let has_unknown = || {
                let above = &shorter[parent * length..][..length];
                word == 0 || above.contains(&WordId::UNKNOWN)
            };
            let rises = before.is_none_or(|before| match repeats {
                true => before < word || (before == word && has_unknown()),
                false => before < word,
            });
            if !rises {
                return Err(Problem::Damaged("words do not rise below their n-gram"));
            }
            before = Some(word);
            let id =
                ids.get(word as usize).ok_or(Problem::Damaged("an n-gram has an unknown word"))?;
            own.words.push(*id);
            own.words.extend_from_slice(&shorter[parent * length..][..length]);
            own.log_probs.push(number(log_prob).ok_or(NO_NUMBER)?.min(0.0));
            if !layer.is_highest {
                own.backoffs.push(number(backoff).ok_or(NO_NUMBER)?);
                next.push(start);
            }
        }
    }
    if !layer.is_highest {
        next.push(layer.record(layer.nodes, &mut high).3);
    }
    Ok((own, next))
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
pub(super) fn ids_of(list: &[u8], count: u64) -> Result<(Vocab, Vec<WordId>), Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An n-gram of order 255 takes 5 bits here and a kilobyte in memory.
    #[test]
    fn n_grams_that_take_far_more_memory_than_the_file_are_refused() {
        let counts = vec![4000; 255];
        let head = Head {
            kind: Kind::Trie { quantised: true, array: false },
            multiplier: 1.5,
            has_vocabulary: true,
            counts,
        };
        let mut bytes = head.write();
        let hashes = bytes.len();
        // Lengthened until all its parts are there. All of them are zeros, but for what is looked at before.
        loop {
            match read(&bytes, "forged").unwrap_err().problem {
                Problem::Truncated { needed, .. } => bytes.resize(needed as usize, 0),
                Problem::StructureVersion { structure: "quantised numbers", .. } => {
                    let at = hashes + 8 * 4001;
                    bytes[at..at + 3].copy_from_slice(&[2, 1, 1]);
                }
                Problem::Damaged("it has two numbers of words") => {
                    bytes[hashes..hashes + 8].copy_from_slice(&3999u64.to_le_bytes());
                }
                Problem::Dense { order, needed } => {
                    // Σ 4000 · (4 · k + 8) for k from 1 to 255.
                    assert_eq!((order, needed), (255, 4000 * (4 * 32_640 + 8 * 255)));
                    assert!(needed > EARNED * bytes.len() as u64 && bytes.len() < 5 << 20);
                    break;
                }
                other => panic!("{other}"),
            }
        }
    }
}
