//! ARPA file, or binary file of KenLM, to model file.

use crate::arpa::{self, ArpaError, ReadOptions, Warning};
use crate::kenlm::{self, KenlmError, KenlmFile};
use ngram_model::convert::{self, ConvertError, ConvertOptions};
use ngram_model::native::{MAX_ORDER, WriteError, Writer};
use ngram_model::table::OwnedTable;
use ngram_model::{Assembled, ModelInfo, OrderInfo, TooManyNgrams, assemble};
use ngram_store::TemporaryError;
use ngram_tokenizer::TokenizerSpec;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

/// What an import came to.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What the model says of itself.
    pub info: ModelInfo,
    /// How many words the model knows, `<unk>`, `<s>` and `</s>` included.
    pub vocab_len: usize,
    /// The length of the model's file in bytes.
    pub file_size: u64,
    /// How many n-grams were put in because longer ones begin with them; see [`assemble`].
    pub inserted: u64,
    /// The words of the first of them, of the lowest order that has any.
    pub first_inserted: Option<String>,
    /// How text was cut into tokens, if the file says so: only our own ARPA files do.
    pub stated_tokenizer: Option<TokenizerSpec>,
    /// What was odd.
    pub warnings: Vec<Warning>,
}

/// How the text of a model was cut into tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTokenizer {
    /// So, whatever the file says.
    Told(TokenizerSpec),
    /// As the file says; so if it does not.
    Assumed(TokenizerSpec),
}

impl From<TokenizerSpec> for TextTokenizer {
    fn from(tokenizer: TokenizerSpec) -> TextTokenizer {
        TextTokenizer::Told(tokenizer)
    }
}

/// Why an ARPA file did not become a model.
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
    /// The n-grams are longer than a model can have them.
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
    /// The model cannot be laid out as asked.
    #[error(transparent)]
    Convert(#[from] ConvertError),
}

/// Reads an ARPA file and writes it to `output` as a model, whole or not at all. So it does with a trie of
/// KenLM's, which is known by how it begins; see [`kenlm::read`].
///
/// `source` is how messages name the ARPA file. How its words were made from text is said by `tokenizer`: a
/// [`TokenizerSpec`], or [`TextTokenizer::Assumed`] where the file may know better. Every number is kept as it stands, that of `<s>` too, which is never
/// predicted.
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
/// If the file cannot be read as an ARPA file (where and why), holds too many n-grams, or if
/// `output` cannot be written.
pub fn import(
    arpa: impl BufRead,
    source: &str,
    options: &ReadOptions<'_>,
    tokenizer: impl Into<TextTokenizer>,
    output: &Path,
) -> Result<Imported, ImportError> {
    import_as(arpa, source, options, tokenizer, &ConvertOptions::default(), output)
}

/// [`import`], and lays the model out as `layout` says.
///
/// # Errors
///
/// As for [`import`], and if the model cannot be laid out so.
pub fn import_as(
    mut arpa: impl BufRead,
    source: &str,
    options: &ReadOptions<'_>,
    tokenizer: impl Into<TextTokenizer>,
    layout: &ConvertOptions,
    output: &Path,
) -> Result<Imported, ImportError> {
    layout.check()?;
    // First, so that a folder that cannot be written to is known before the work.
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
        let KenlmFile { vocab, orders, quantization } = kenlm::read(&bytes, source)?;
        (vocab, orders, None, Vec::new(), quantization)
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
    let Assembled { unigrams, levels, inserted, first_inserted } = assemble(orders, vocab.len())?;

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

/// A reader that fails once, where one before it did.
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
