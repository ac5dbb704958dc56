//! Model to a file of another program.

use crate::arpa::{WriteError, Writer, write_tokenizer};
use crate::kenlm::{self, BuildOptions, Structure};
use crate::openfst::{self, BackOff};
use crate::unigrams;
use ngram_model::walk::Walk;
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::WordId;
use std::io::{BufWriter, Write};

/// How much text is gathered before it is handed on, in bytes.
const BUFFER: usize = 1 << 20;

/// What other programs read.
pub struct ExportFormat {
    /// What the format is called.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Whether it is text, which may be compressed.
    pub is_text: bool,
    write: fn(&Model, &mut dyn Write) -> Result<(), ExportError>,
}

/// The formats, ARPA first.
pub const EXPORT_FORMATS: [ExportFormat; 7] = [
    ExportFormat {
        name: "arpa",
        about: "the text that every n-gram toolkit reads",
        is_text: true,
        write: |model, out| Ok(export(model, out)?),
    },
    ExportFormat {
        name: "kenlm-probing",
        about: "KenLM's hash tables, as build_binary probing writes them",
        is_text: false,
        write: |model, out| Ok(export_kenlm(model, Structure::Probing, out)?),
    },
    ExportFormat {
        name: "kenlm-trie",
        about: "KenLM's trie, as build_binary trie writes it",
        is_text: false,
        write: |model, out| Ok(export_kenlm(model, Structure::Trie, out)?),
    },
    ExportFormat {
        name: "openfst",
        about: "OpenFst's text, with <phi> for backing off",
        is_text: true,
        write: |model, out| {
            Ok(openfst::write(buffered(out), model.vocab(), &model.table().view(), BackOff::Phi)?)
        },
    },
    ExportFormat {
        name: "openfst-epsilon",
        about: "the same, with <eps> for backing off",
        is_text: true,
        write: |model, out| {
            Ok(openfst::write(
                buffered(out),
                model.vocab(),
                &model.table().view(),
                BackOff::Epsilon,
            )?)
        },
    },
    ExportFormat {
        name: "openfst-symbols",
        about: "the symbol table of either",
        is_text: true,
        write: |model, out| Ok(openfst::write_symbols(buffered(out), model.vocab())?),
    },
    ExportFormat {
        name: "unigrams",
        about: "a word a line, for decoders",
        is_text: true,
        write: |model, out| Ok(unigrams::write(buffered(out), model.vocab())?),
    },
];

fn buffered(out: &mut dyn Write) -> BufWriter<&mut dyn Write> {
    BufWriter::with_capacity(BUFFER, out)
}

/// Why a model was not written in another format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// As an ARPA file.
    #[error(transparent)]
    Arpa(#[from] WriteError),
    /// As a binary file of KenLM.
    #[error(transparent)]
    Kenlm(#[from] kenlm::WriteError),
    /// As an automaton.
    #[error(transparent)]
    OpenFst(#[from] openfst::WriteError),
    /// As a list of words.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
}

impl ExportFormat {
    /// The format of this name.
    pub fn by_name(name: &str) -> Option<&'static ExportFormat> {
        EXPORT_FORMATS.iter().find(|format| format.name == name)
    }

    /// Writes a model to `out` in this format.
    ///
    /// # Errors
    ///
    /// If `out` takes no more, or if the format cannot hold the model.
    pub fn write(&self, model: &Model, out: &mut dyn Write) -> Result<(), ExportError> {
        (self.write)(model, out)
    }
}

/// Writes a model as a binary file of KenLM, which its programs and PyPI's `kenlm` open and score
/// alike. See [`format::kenlm`](crate::kenlm) for what they hold.
///
/// In memory, some 40 bytes an n-gram are needed for hash tables, more for a trie; the model's file, where it is mapped, comes on top.
///
/// # Errors
///
/// If `out` takes no more, if the model's order is higher than KenLM reads, or if words or n-grams
/// share one of KenLM's hashes.
pub fn export_kenlm(
    model: &Model,
    structure: Structure,
    out: impl Write,
) -> Result<(), kenlm::WriteError> {
    export_kenlm_as(model, &BuildOptions { structure, ..BuildOptions::default() }, out)
}

/// The same with everything that `build_binary` can be told.
///
/// # Errors
///
/// As for [`export_kenlm`], and if the options make no sense.
pub fn export_kenlm_as(
    model: &Model,
    options: &BuildOptions,
    out: impl Write,
) -> Result<(), kenlm::WriteError> {
    let out = BufWriter::with_capacity(BUFFER, out);
    kenlm::write(out, model.vocab(), model.table(), options)
}

/// Writes every n-gram of a model as an ARPA file: words by number, longer n-grams by their
/// history read backwards, then by the word.
///
/// A comment says how text was cut into tokens, unless it was at white space.
/// Log-probabilities and back-off weights are those of the model, to the last bit: read back by
/// [`import`](crate::import()), they make the same model.
///
/// # Errors
///
/// If `out` takes no more, or if the table holds what no ARPA file can, as only a damaged file
/// does: [`Model::verify`] tells before.
pub fn export(model: &Model, out: impl Write) -> Result<(), WriteError> {
    export_from(model, WordId::UNKNOWN, out)
}

/// The same without `<unk>`, as SRILM writes models that do not predict it. It must be in no longer n-gram.
///
/// # Errors
///
/// As for [`export`].
pub fn export_known(model: &Model, out: impl Write) -> Result<(), WriteError> {
    export_from(model, WordId::BEGIN, out)
}

/// All n-grams, of single words those from `first` on.
fn export_from(model: &Model, first: WordId, out: impl Write) -> Result<(), WriteError> {
    let whole = model.table();
    let table = whole.view();
    let longer = table.levels.iter().map(|level| level.successor_words.len());
    let words = table.unigrams.len() - first.index();
    let counts: Vec<u64> = std::iter::once(words).chain(longer).map(|count| count as u64).collect();
    let mut out = BufWriter::with_capacity(BUFFER, out);
    write_tokenizer(&mut out, model.tokenizer())?;
    let mut writer = Writer::new(out, model.vocab(), &counts)?;

    writer.begin_order(1)?;
    for (word, log_prob) in table.unigrams.iter().enumerate().skip(first.index()) {
        let backoff = table.levels.first().map(|level| level.backoff(word));
        writer.ngram(&[WordId(word as u32)], log_prob.get(), backoff)?;
    }
    let mut words = Vec::new();
    for (depth, level) in table.levels.iter().enumerate() {
        let order = depth + 2;
        writer.begin_order(order)?;
        let mut walk = Walk::at(&table, depth, 0);
        for history in 0..level.histories() {
            if history > 0 {
                walk.advance();
            }
            walk.words(&mut words);
            for (word, log_prob) in level.successors(history) {
                words.push(word);
                let backoff = table
                    .levels
                    .get(depth + 1)
                    .map(|longer| table.find(&words).map_or(0.0, |number| longer.backoff(number)));
                writer.ngram(&words, log_prob, backoff)?;
                words.pop();
            }
        }
    }
    writer.finish().map(drop)
}
