//! Reads an ARPA file into a vocabulary and the n-grams of each order.

use super::error::{ArpaError, Problem};
use super::header::{Header, read_header};
use super::lines::ArpaLines;
use super::section::{ArpaSection, Checks};
use super::unigrams::{self, ArpaWords};
use super::unknown::{Spellings, Unknown};
use super::warning::Warning;
use ngram_model::Ngrams;
use ngram_tokenizer::{TokenizerSpec, Vocab, WordId};
use std::collections::HashSet;
use std::io::BufRead;

/// Options for reading a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// The file's name for `<unk>`, the unknown word.
    pub unknown: Unknown<'a>,
    /// Whether a log-probability above 0 is an error. If not, it is read as 0, with a warning.
    pub strict: bool,
    /// log10 of the probability of unknown words if the file lists no unknown word; `None` for probability 0.
    pub missing_unknown: Option<f32>,
    /// Whether -99 is read as an ordinary number, as in KenLM, rather than as log10 of 0.
    pub literal_zero: bool,
    /// The highest order to keep; `None` for all.
    pub max_order: Option<usize>,
    /// The words to keep besides `<unk>`, `<s>` and `</s>`; `None` for all. N-grams with others are left out.
    pub only: Option<&'a HashSet<String>>,
}

impl ReadOptions<'_> {
    /// Returns the options that read a file as KenLM does, for the same scores: `<UNK>` is `<unk>`, a file
    /// without both gives unknown words 10^−100, and −99 is a plain number.
    pub fn kenlm() -> ReadOptions<'static> {
        ReadOptions {
            unknown: Unknown::Kenlm,
            strict: true,
            missing_unknown: Some(-100.0),
            literal_zero: true,
            max_order: None,
            only: None,
        }
    }
}

/// The contents of an ARPA file.
#[derive(Clone, Debug)]
pub struct ArpaFile {
    /// `<unk>`, `<s>`, `</s>`, then the other words in the order of the file.
    pub vocab: Vocab,
    /// The n-grams of orders 1, 2 and so on: at least one order; any may be empty.
    ///
    /// Those of order 1 are the words of the vocabulary, each once and in id order; those of higher
    /// orders are in file order. No n-gram is listed twice. Log-probabilities are at most 0, minus
    /// infinity for probability 0; back-off weights are finite, or minus infinity for 0. It is not
    /// checked that the histories of an n-gram are listed.
    pub orders: Vec<Ngrams>,
    /// The tokenizer of the training text, if the file names it: see [`write_tokenizer`](super::write_tokenizer).
    pub tokenizer: Option<TokenizerSpec>,
    /// Oddities found.
    pub warnings: Vec<Warning>,
}

/// Reads an ARPA file. `source` is its name in messages.
///
/// ```
/// use ngram_formats::arpa::{ReadOptions, read};
/// use ngram_tokenizer::WordId;
///
/// let text = "\\data\\\nngram 1=4\n\n\\1-grams:\n\
///     -2\t<unk>\n-99\t<s>\n-0.3\t</s>\n-0.31\tyes\n\n\\end\\\n";
/// let file = read(text.as_bytes(), "yes.arpa", &ReadOptions::default())?;
/// assert_eq!(file.vocab.view().id("yes"), Some(WordId(3)));
/// assert_eq!(file.orders[0].log_probs, [-2.0, f32::NEG_INFINITY, -0.3, -0.31]);
/// # Ok::<(), ngram_formats::arpa::ArpaError>(())
/// ```
pub fn read(
    reader: impl BufRead,
    source: &str,
    options: &ReadOptions<'_>,
) -> Result<ArpaFile, ArpaError> {
    let mut lines = ArpaLines::new(reader, source)?;
    let Header { counts, tokenizer, mut warnings } = read_header(&mut lines)?;
    let ReadOptions { strict, literal_zero, .. } = *options;
    let mut checks = Checks { strict, literal_zero, positive: None };

    let mut section = ArpaSection::open(&mut lines, 1, &counts)?;
    let (lookup, unigrams) = unigrams::read(&mut section, options, &mut checks, &mut warnings)?;
    let mut orders = vec![unigrams];
    let mut left_out = 0;
    for order in 2..=counts.len() {
        let mut section = ArpaSection::open(&mut lines, order, &counts)?;
        orders.push(read_ngrams(
            &mut section,
            order,
            &lookup,
            options.only,
            &mut checks,
            &mut left_out,
        )?);
    }
    lines.set_order(None);
    if let Some(warning) = lookup.merged(left_out) {
        warnings.push(warning);
    }
    read_end(&mut lines, &mut warnings)?;
    warnings.extend(checks.positive);
    if let Some(order) = options.max_order.filter(|&order| 0 < order && order < orders.len()) {
        orders.truncate(order);
        orders[order - 1].backoffs.clear();
    }
    let vocab = lookup.into_vocab().map_err(|error| lines.error(error.into()))?;
    Ok(ArpaFile { vocab, orders, tokenizer, warnings })
}

/// Returns the number of n-grams that an ARPA file announces for orders 1, 2 and so on. Reads only the header.
///
/// # Errors
///
/// If the file does not begin like an ARPA file.
pub fn read_counts(reader: impl BufRead, source: &str) -> Result<Vec<u64>, ArpaError> {
    Ok(read_header(&mut ArpaLines::new(reader, source)?)?.counts)
}

fn read_ngrams<R: BufRead>(
    section: &mut ArpaSection<'_, R>,
    order: usize,
    lookup: &ArpaWords,
    only: Option<&HashSet<String>>,
    checks: &mut Checks,
    left_out: &mut u64,
) -> Result<Ngrams, ArpaError> {
    let mut ngrams = Ngrams::new(order);
    let mut spellings = Spellings::default();
    let expected = section.expected();
    ngrams.words.reserve(expected * order);
    ngrams.log_probs.reserve(expected);
    let last = |ngrams: &Ngrams| Some(lookup.join(ngrams.words(ngrams.len().checked_sub(1)?)));
    while section.advance(|| last(&ngrams))? {
        let before = ngrams.words.len();
        let words = &mut ngrams.words;
        let mut is_kept = true;
        let (log_prob, backoff) = section.parse(checks, |word| {
            let id = match lookup.id(word) {
                Some(id) => id,
                None if only.is_some_and(|only| !only.contains(word)) => {
                    is_kept = false;
                    WordId::UNKNOWN
                }
                None => return Err(Problem::WordNotListed(word.to_owned())),
            };
            if id == WordId::UNKNOWN && lookup.is_other(word) {
                spellings.note(words.len());
            }
            words.push(id);
            Ok(())
        })?;
        if !is_kept {
            ngrams.words.truncate(before);
            spellings.forget(before);
            continue;
        }
        ngrams.log_probs.push(log_prob);
        if !section.is_highest() {
            ngrams.backoffs.push(backoff);
        }
    }
    let kept = spellings.first_of_each(&mut ngrams);
    *left_out += spellings.left_out;
    match ngrams.first_repetition() {
        Some((first, second)) => {
            let line = |index: usize| kept.as_ref().map_or(index, |kept| kept[index]);
            let ngram = lookup.join(ngrams.words(second));
            Err(section.duplicate(ngram, line(first), line(second)))
        }
        None => Ok(ngrams),
    }
}

/// Reads the current line, which must be the end, and anything after it.
fn read_end<R: BufRead>(
    lines: &mut ArpaLines<R>,
    warnings: &mut Vec<Warning>,
) -> Result<(), ArpaError> {
    if lines.bytes() != b"\\end\\" {
        let problem = Problem::Section { expected: "\\end\\".into(), found: lines.shown() };
        return Err(lines.error(problem));
    }
    // Reads to the end of the file even if nothing there is used: this reveals damage of a
    // compressed file.
    let mut is_first = true;
    while lines.advance()? {
        if is_first && !lines.bytes().is_empty() {
            warnings.push(Warning::TextAfterEnd { line: lines.number() });
            is_first = false;
        }
    }
    Ok(())
}
