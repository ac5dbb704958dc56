//! Exports a model to a file for another program.

use crate::arpa::{ArpaWriteError, ArpaWriter, write_tokenizer};
use crate::kenlm::{self, BuildOptions, Structure};
use crate::openfst::{self, BackOff, Numbering, Skipped};
use crate::unigrams;
use ngram_model::walk::Walk;
use ngram_model::{LanguageModel, Model, ModelError};
use ngram_store::{Cancelled, Progress};
use ngram_tokenizer::WordId;
use std::io::{self, BufWriter, Write};

/// Size of the output buffer, in bytes.
const BUFFER: usize = 1 << 20;

/// A format that other programs read.
pub struct ExportFormat {
    /// The name of the format.
    pub name: &'static str,
    /// A one-line description.
    pub about: &'static str,
    /// Whether it is text, which may be compressed.
    pub is_text: bool,
    write: fn(&Model, &mut dyn Write, &dyn Progress) -> Result<(), ExportError>,
}

/// The formats, ARPA first.
pub const EXPORT_FORMATS: [ExportFormat; 7] = [
    ExportFormat {
        name: "arpa",
        about: "the text that every n-gram toolkit reads",
        is_text: true,
        write: |model, out, progress| {
            let out = Until { out, progress };
            Ok(export_from(model, WordId::UNKNOWN, None, out, progress)?)
        },
    },
    ExportFormat {
        name: "kenlm-probing",
        about: "KenLM's hash tables, as build_binary probing writes them",
        is_text: false,
        write: |model, out, progress| Ok(kenlm_of(model, Structure::Probing, out, progress)?),
    },
    ExportFormat {
        name: "kenlm-trie",
        about: "KenLM's trie, as build_binary trie writes it",
        is_text: false,
        write: |model, out, progress| Ok(kenlm_of(model, Structure::Trie, out, progress)?),
    },
    ExportFormat {
        name: "openfst",
        about: "OpenFst's text, with <phi> for backing off",
        is_text: true,
        write: |model, out, progress| automaton(model, BackOff::Phi, out, progress),
    },
    ExportFormat {
        name: "openfst-epsilon",
        about: "the same, with <eps> for backing off",
        is_text: true,
        write: |model, out, progress| automaton(model, BackOff::Epsilon, out, progress),
    },
    ExportFormat {
        name: "openfst-symbols",
        about: "the symbol table of either",
        is_text: true,
        write: |model, out, _| Ok(openfst::write_symbols(buffered(out), model.vocab())?),
    },
    ExportFormat {
        name: "unigrams",
        about: "a word a line, for decoders",
        is_text: true,
        write: |model, out, _| Ok(unigrams::write(buffered(out), model.vocab())?),
    },
];

/// Writes a binary file of KenLM with the usual options.
fn kenlm_of(
    model: &Model,
    structure: Structure,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<(), kenlm::KenlmWriteError> {
    export_kenlm_as(model, &BuildOptions { structure, ..BuildOptions::default() }, out, progress)
}

fn automaton(
    model: &Model,
    back_off: BackOff,
    out: &mut dyn Write,
    progress: &dyn Progress,
) -> Result<(), ExportError> {
    let table = model.table_until(progress)?;
    let mut out = Until { out, progress };
    Ok(openfst::write(buffered(&mut out), model.vocab(), &table.view(), back_off)?)
}

/// An output that fails once the work is cancelled.
struct Until<'a> {
    out: &'a mut dyn Write,
    progress: &'a dyn Progress,
}

impl Write for Until<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.progress.proceed().map_err(io::Error::other)?;
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn buffered(out: &mut dyn Write) -> BufWriter<&mut dyn Write> {
    BufWriter::with_capacity(BUFFER, out)
}

/// Why a model could not be written in another format.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The model is damaged.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Writing an ARPA file failed.
    #[error(transparent)]
    Arpa(#[from] ArpaWriteError),
    /// Writing a binary file of KenLM failed.
    #[error(transparent)]
    Kenlm(#[from] kenlm::KenlmWriteError),
    /// Writing an automaton failed.
    #[error(transparent)]
    OpenFst(#[from] openfst::OpenFstError),
    /// Writing a list of words failed.
    #[error("writing failed: {0}")]
    Io(#[from] std::io::Error),
    /// The work was stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Writes a model as an automaton whose labels are the numbers of a table that exists. See
/// [`openfst`](crate::openfst).
///
/// # Errors
///
/// If writing to `out` fails, if there are more states than OpenFst numbers, or if the table lacks words of the model,
/// unless these are to be skipped.
pub fn export_openfst(
    model: &Model,
    numbering: &Numbering<'_>,
    out: &mut dyn Write,
) -> Result<Skipped, ExportError> {
    Ok(openfst::write_numbered(buffered(out), model.vocab(), &model.table()?.view(), numbering)?)
}

impl ExportFormat {
    /// Returns the format of this name.
    pub fn by_name(name: &str) -> Option<&'static ExportFormat> {
        EXPORT_FORMATS.iter().find(|format| format.name == name)
    }

    /// Writes a model to `out` in this format, unless `progress` cancels the work.
    ///
    /// # Errors
    ///
    /// If writing to `out` fails, if the format cannot hold the model, or if the work was stopped: what was written by
    /// then is no whole file.
    pub fn write(
        &self,
        model: &Model,
        out: &mut dyn Write,
        progress: &dyn Progress,
    ) -> Result<(), ExportError> {
        progress.proceed()?;
        let written = (self.write)(model, out, progress);
        // An output that fails since the work is cancelled says so in other words.
        if written.is_err() {
            progress.proceed()?;
        }
        written
    }
}

/// Writes a model as a binary file of KenLM, which its programs and PyPI's `kenlm` open and score
/// identically. See [`kenlm`](crate::kenlm) for its contents.
///
/// Takes some 40 bytes of memory per n-gram for hash tables, more for a trie, in addition to the model's mapped file.
///
/// # Errors
///
/// If writing to `out` fails, if the model's order is higher than KenLM reads, or if words or
/// n-grams share one of KenLM's hashes.
pub fn export_kenlm(
    model: &Model,
    structure: Structure,
    out: impl Write,
) -> Result<(), kenlm::KenlmWriteError> {
    export_kenlm_as(model, &BuildOptions { structure, ..BuildOptions::default() }, out, &())
}

/// Like [`export_kenlm`], with all options of `build_binary`, unless `progress` cancels the work.
///
/// # Errors
///
/// As for [`export_kenlm`], and if the options are invalid or the work was stopped.
pub fn export_kenlm_as(
    model: &Model,
    options: &BuildOptions,
    out: impl Write,
    progress: &dyn Progress,
) -> Result<(), kenlm::KenlmWriteError> {
    let out = BufWriter::with_capacity(BUFFER, out);
    let table = model.table_until(progress);
    progress.proceed()?;
    kenlm::write(out, model.vocab(), table?, options, progress)
}

/// Writes every n-gram of a model as an ARPA file: words in id order, longer n-grams by their
/// reversed history, then by the word.
///
/// A comment names the tokenizer, unless it is white space. Log-probabilities and back-off weights
/// are exactly those of the model: read back with [`import`](crate::import()), they make the same
/// model. Only a word `<UNK>` comes back as `<unk>`, unless [`Unknown`](crate::arpa::Unknown) says otherwise.
///
/// # Errors
///
/// If writing to `out` fails, or if the table holds values that no ARPA file can, as only a damaged
/// file does: [`Model::verify`] detects that first.
pub fn export(model: &Model, out: impl Write) -> Result<(), ArpaWriteError> {
    export_from(model, WordId::UNKNOWN, None, out, &())
}

/// Like [`export`], with `<unk>` under another name, which must be no word of the model.
///
/// # Errors
///
/// As for [`export`].
pub fn export_with_unknown(
    model: &Model,
    name: &str,
    out: impl Write,
) -> Result<(), ArpaWriteError> {
    export_from(model, WordId::UNKNOWN, Some(name), out, &())
}

/// Like [`export`], without `<unk>`, as SRILM writes models that do not predict it. No longer n-gram may contain it.
///
/// # Errors
///
/// As for [`export`].
pub fn export_known(model: &Model, out: impl Write) -> Result<(), ArpaWriteError> {
    export_from(model, WordId::BEGIN, None, out, &())
}

/// Writes all n-grams; of single words, those from `first` on. `<unk>` may have another name.
fn export_from(
    model: &Model,
    first: WordId,
    unknown: Option<&str>,
    out: impl Write,
    progress: &dyn Progress,
) -> Result<(), ArpaWriteError> {
    let whole = model.table_until(progress)?;
    let table = whole.view();
    let longer = table.levels.iter().map(|level| level.successor_words.len());
    let words = table.unigrams.len() - first.index();
    let counts: Vec<u64> = std::iter::once(words).chain(longer).map(|count| count as u64).collect();
    let mut out = BufWriter::with_capacity(BUFFER, out);
    write_tokenizer(&mut out, model.tokenizer())?;
    let mut writer = ArpaWriter::new(out, model.vocab(), &counts)?;
    if let Some(name) = unknown {
        writer.name_unknown(name);
    }

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
