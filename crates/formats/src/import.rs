//! Imports an ARPA file, or a binary file of KenLM, as a model file.

use crate::arpa::{self, ArpaError, ReadOptions, Warning};
use crate::kenlm::{self, KenlmError, KenlmFile};
use ngram_model::native::convert::{self, ConvertError, ConvertOptions};
use ngram_model::native::{MAX_ORDER, WriteError, Writer};
use ngram_model::table::OwnedTable;
use ngram_model::{AssembleError, Assembled, ModelInfo, OrderInfo, TooManyNgrams, assemble};
use ngram_store::{Cancelled, Progress, TemporaryError};
use ngram_tokenizer::TokenizerSpec;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

/// The result of an import.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The model's metadata.
    pub info: ModelInfo,
    /// The size of the vocabulary, including `<unk>`, `<s>` and `</s>`.
    pub vocab_len: usize,
    /// The length of the model's file in bytes.
    pub file_size: u64,
    /// The number of n-grams inserted because longer ones begin with them; see [`assemble`].
    pub inserted: u64,
    /// The words of the first one inserted, of the lowest order that has any.
    pub first_inserted: Option<String>,
    /// The tokenizer of the training text, if the file names it: only our own ARPA files do.
    pub stated_tokenizer: Option<TokenizerSpec>,
    /// Oddities found.
    pub warnings: Vec<Warning>,
}

/// The tokenizer of a model's training text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTokenizer {
    /// This one, regardless of the file.
    Told(TokenizerSpec),
    /// The one named by the file, or this one if it names none.
    Assumed(TokenizerSpec),
}

impl From<TokenizerSpec> for TextTokenizer {
    fn from(tokenizer: TokenizerSpec) -> TextTokenizer {
        TextTokenizer::Told(tokenizer)
    }
}

/// Why a file could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file cannot be read.
    #[error(transparent)]
    Arpa(#[from] ArpaError),
    /// The file cannot be read as one of KenLM's.
    #[error(transparent)]
    Kenlm(#[from] KenlmError),
    /// The file is too large.
    #[error(transparent)]
    TooMany(#[from] TooManyNgrams),
    /// The order is above that of any model.
    #[error("{source_name} has order {order}; a model has order {MAX_ORDER} at most")]
    Order {
        /// The file's name.
        source_name: String,
        /// Its order.
        order: usize,
    },
    /// A temporary file failed.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
    /// The model could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The requested layout cannot hold the model.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<AssembleError> for ImportError {
    fn from(error: AssembleError) -> ImportError {
        match error {
            AssembleError::TooMany(error) => ImportError::TooMany(error),
            AssembleError::Cancelled(error) => ImportError::Cancelled(error),
        }
    }
}

/// Reads an ARPA file and writes it to `output` as a model, atomically. Also reads a trie of
/// KenLM's, recognised by its first bytes; see [`kenlm::read`].
///
/// `source` is the ARPA file's name in messages. `tokenizer` says how its words were made from
/// text: a [`TokenizerSpec`], or [`TextTokenizer::Assumed`] if the file may name one itself. Every
/// number is kept exactly, even that of `<s>`, which is never predicted.
///
/// ```
/// use ngram_formats::arpa::ReadOptions;
/// use ngram_model::{LanguageModel, Model};
/// use ngram_formats::{export, import};
/// use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
///
/// let text = "\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n\
///     -2\t<unk>\t0\n-99\t<s>\t-0.5\n-0.3\t</s>\t0\n-0.31\tyes\t0\n\n\
///     \\2-grams:\n-0.1\t<s> yes\n\n\\end\\\n";
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("yes.ngram");
/// let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
/// import(text.as_bytes(), "yes.arpa", &ReadOptions::default(), tokenizer, &path)?;
///
/// let model = Model::open(&path)?;
/// let yes = model.vocab().id_or_unknown("yes");
/// assert_eq!(model.score(&[WordId::BEGIN], yes).log_prob.0, -0.1);
/// assert_eq!(model.score(&[WordId::BEGIN], WordId::END).log_prob.0, -0.5 - 0.3);
/// let mut again = Vec::new();
/// export(&model, &mut again)?;
/// assert_eq!(String::from_utf8(again)?, text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// If the file cannot be read as an ARPA file (where and why), has too many n-grams, or if `output`
/// cannot be written.
pub fn import(
    arpa: impl BufRead,
    source: &str,
    options: &ReadOptions<'_>,
    tokenizer: impl Into<TextTokenizer>,
    output: &Path,
) -> Result<Imported, ImportError> {
    import_as(arpa, source, options, tokenizer, &ConvertOptions::default(), output, &())
}

/// Like [`import`], in the layout that `layout` requests, as long as `progress` does not cancel the work. While the file
/// is read it is not asked: let `arpa` fail to stop then.
///
/// # Errors
///
/// As for [`import`], and if the layout cannot hold the model, or if the work was stopped.
pub fn import_as(
    mut arpa: impl BufRead,
    source: &str,
    options: &ReadOptions<'_>,
    tokenizer: impl Into<TextTokenizer>,
    layout: &ConvertOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    layout.check()?;
    // Created first, so that an unwritable folder is noticed before the work.
    let writer = Writer::create(output)?;
    let mut head = Vec::new();
    let failure = (&mut arpa).take(kenlm::LOOK_AHEAD as u64).read_to_end(&mut head).err();
    let is_kenlm = kenlm::is_head(&head);
    let mut arpa = Cursor::new(head).chain(Failure(failure)).chain(arpa);
    let (vocab, orders, stated_tokenizer, warnings, quantization) = if is_kenlm {
        let mut bytes = Vec::new();
        arpa.read_to_end(&mut bytes).map_err(|error| KenlmError {
            source_name: source.to_owned(),
            byte: None,
            problem: error.into(),
        })?;
        let KenlmFile { vocab, orders, quantization, left_out } = kenlm::read(&bytes, source)?;
        let warning = (left_out > 0).then_some(arpa::Warning::UnknownTwice { left_out });
        (vocab, orders, None, warning.into_iter().collect(), quantization)
    } else {
        let arpa::ArpaFile { vocab, orders, tokenizer, warnings } =
            arpa::read(arpa, source, options)?;
        (vocab, orders, tokenizer, warnings, None)
    };
    let order = orders.len();
    if order > MAX_ORDER {
        return Err(ImportError::Order { source_name: source.to_owned(), order });
    }
    let vocab = vocab.view();
    let Assembled { unigrams, levels, inserted, first_inserted } =
        assemble(orders, vocab.len(), progress)?;

    let counts = std::iter::once(unigrams.len())
        .chain(levels.iter().map(|level| level.log_probs.len()))
        .map(|ngrams| OrderInfo { ngrams: ngrams as u64, ..OrderInfo::default() });
    let tokenizer = match tokenizer.into() {
        TextTokenizer::Told(tokenizer) => tokenizer,
        TextTokenizer::Assumed(tokenizer) => stated_tokenizer.clone().unwrap_or(tokenizer),
    };
    let info = ModelInfo {
        tokenizer,
        smoothing: None,
        orders: counts.collect(),
        training: None,
        quantization,
    };
    let table = OwnedTable::new(unigrams, levels);
    progress.proceed()?;
    let file_size = convert::write(writer, &info, vocab, &table.view(), layout)?;

    let first_inserted = first_inserted.map(|words| {
        let words: Vec<&str> = words.iter().map(|&word| vocab.word(word)).collect();
        words.join(" ")
    });
    let vocab_len = vocab.len();
    Ok(Imported {
        info,
        vocab_len,
        file_size,
        inserted,
        first_inserted,
        stated_tokenizer,
        warnings,
    })
}

/// A reader that returns an earlier error once.
struct Failure(Option<io::Error>);

impl Read for Failure {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl BufRead for Failure {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.take().map_or(Ok(&[]), Err)
    }

    fn consume(&mut self, _: usize) {}
}
