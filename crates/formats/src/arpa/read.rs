//! Reads an ARPA file into a vocabulary and the n-grams of each order.

use super::error::{ArpaError, Problem};
use super::header::{Header, read_header};
use super::lines::ArpaLines;
use super::section::{ArpaSection, Checks};
use super::unigrams::{self, ArpaWords};
use super::warning::Warning;
use ngram_model::Ngrams;
use ngram_tokenizer::{TokenizerSpec, Vocab};
use std::io::BufRead;

/// Options for reading a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions<'a> {
    /// The file's name for `<unk>`, the unknown word. If `None`, and the file has no `<unk>`, then
    /// `<UNK>`, `[UNK]` or `<unknown>` is used if exactly one of them is listed.
    pub unknown: Option<&'a str>,
    /// Whether a log-probability above 0 is an error. If not, it is read as 0, with a warning.
    pub strict: bool,
    /// log10 of the probability of unknown words if the file lists no unknown word; `None` for probability 0.
    pub missing_unknown: Option<f32>,
    /// Whether -99 is read as an ordinary number, as in KenLM, rather than as log10 of 0.
    pub literal_zero: bool,
    /// The highest order to keep; `None` for all.
    pub max_order: Option<usize>,
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
    for order in 2..=counts.len() {
        let mut section = ArpaSection::open(&mut lines, order, &counts)?;
        orders.push(read_ngrams(&mut section, order, &lookup, &mut checks)?);
    }
    lines.set_order(None);
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
    checks: &mut Checks,
) -> Result<Ngrams, ArpaError> {
    let mut ngrams = Ngrams::new(order);
    let expected = section.expected();
    ngrams.words.reserve(expected * order);
    ngrams.log_probs.reserve(expected);
    let last = |ngrams: &Ngrams| Some(lookup.join(ngrams.words(ngrams.len().checked_sub(1)?)));
    while section.advance(|| last(&ngrams))? {
        let words = &mut ngrams.words;
        let (log_prob, backoff) = section.parse(checks, |word| {
            words.push(lookup.id(word).ok_or_else(|| Problem::WordNotListed(word.to_owned()))?);
            Ok(())
        })?;
        ngrams.log_probs.push(log_prob);
        if !section.is_highest() {
            ngrams.backoffs.push(backoff);
        }
    }
    match ngrams.first_repetition() {
        Some((first, second)) => {
            Err(section.duplicate(lookup.join(ngrams.words(second)), first, second))
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
