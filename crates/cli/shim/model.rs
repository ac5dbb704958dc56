//! Models as other toolkits have them: ARPA files and KenLM's binary files, or our own.

use crate::input;
use crate::machine;
use crate::output::{self, Output};
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_formats::arpa::{ReadOptions, Warning};
use ngram_formats::kenlm::{LOOK_AHEAD, is_head};
use ngram_formats::{Imported, export as write_all, export_known, export_with_unknown, import_as};
use ngram_model::{AnyModel, ConvertOptions, LanguageModel, Model, convert};
use ngram_store::{Mapped, Progress, TemporaryFolder};
use ngram_tokenizer::{SPECIAL_WORDS, TokenizerKind, TokenizerSpec};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

/// A model, and its temporary folder if it was converted from another file.
pub struct Opened {
    pub model: AnyModel,
    _folder: Option<TemporaryFolder>,
}

/// Maps a binary file of KenLM's, or reads a compressed one. Returns its name, too.
pub fn binary(path: &Path) -> anyhow::Result<Option<(Mapped, String)>> {
    if input::is_model(path) {
        return Ok(None);
    }
    let input = input::named(path)?;
    if input.size.is_none() {
        // A pipe cannot be inspected first.
        return Ok(None);
    }
    let mut file = input.open_records(|_| ())?;
    let mut bytes = Vec::new();
    (&mut file).take(LOOK_AHEAD as u64).read_to_end(&mut bytes)?;
    if !is_head(&bytes) {
        return Ok(None);
    }
    let mut plain = Vec::new();
    std::fs::File::open(path)?.take(LOOK_AHEAD as u64).read_to_end(&mut plain)?;
    let mapped = match is_head(&plain) {
        true => Mapped::open(path)?,
        false => {
            file.read_to_end(&mut bytes)?;
            Mapped::from(bytes)
        }
    };
    Ok(Some((mapped, input.name)))
}

/// Opens one of our models, or reads any other into a temporary one.
pub fn open(
    path: &Path,
    options: &ReadOptions<'_>,
    lowercase: bool,
    progress: &dyn Progress,
) -> anyhow::Result<(Opened, Vec<Warning>)> {
    if input::is_model(path) {
        let model = input::open_any_model(path)?;
        return Ok((Opened { model, _folder: None }, Vec::new()));
    }
    let folder = machine::temporary_folder()?;
    let output = folder.path().join("model.ngram");
    let Imported { warnings, .. } = read(path, options, lowercase, &output, progress)?;
    let model = AnyModel::open(&output)?;
    Ok((Opened { model, _folder: Some(folder) }, warnings))
}

/// Reads an ARPA file or a KenLM binary file into a model file, of a text that may be lowercased first.
pub fn read(
    path: &Path,
    options: &ReadOptions<'_>,
    lowercase: bool,
    output: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Imported> {
    let input = input::named(path)?;
    progress.begin("reading", input.size, "bytes");
    let text = BufReader::with_capacity(1 << 20, input.open(|read| progress.advance(read))?);
    let tokenizer = TokenizerSpec { kind: TokenizerKind::Whitespace, lowercase };
    let layout = ConvertOptions::default();
    let imported = import_as(text, &input.name, options, tokenizer, &layout, output, progress)?;
    progress.end();
    Ok(imported)
}

/// Returns the options that read ARPA files as KenLM does: strictly, with -99 as a plain number,
/// and with a log-probability for unknown words if the file has none.
pub fn as_kenlm(unknown: f32) -> ReadOptions<'static> {
    ReadOptions { missing_unknown: Some(unknown), ..ReadOptions::kenlm() }
}

/// Writes a model as SRILM does: without `<unk>`, unless it is a word, perhaps under another name.
pub fn write_lm(model: &Model, unknown: Option<&str>, path: &Path) -> anyhow::Result<()> {
    let mut output = Output::create(path)?;
    let written = match unknown {
        Some(UNK) => write_all(model, &mut output),
        Some(name) if model.vocab().id(name).is_some() => {
            bail!("{name} is a word of the model, so that it cannot be the name of <unk>, too")
        }
        Some(name) => export_with_unknown(model, name, &mut output),
        None => export_known(model, &mut output),
    };
    written.with_context(|| output::cannot_write(path))?;
    model.unchanged()?;
    output.finish().with_context(|| output::cannot_write(path))
}

/// Writes a model of ours in place of SRILM's binary format, and says so.
pub fn write_binary(model: &Model, path: &Path) -> anyhow::Result<()> {
    convert(model, &ConvertOptions::default(), path)?;
    tell!(
        "note: {} is a model of ngram, which its verbs and `ngram shim ngram -lm` read; SRILM's programs read it as `ngram export` writes it",
        path.display()
    );
    Ok(())
}

/// Writes the words of a model, one per line: the unknown word, if it has a name, and the markers first.
pub fn write_vocab(model: &Model, unknown: Option<&str>, path: &Path) -> anyhow::Result<()> {
    let mut output = BufWriter::new(Output::create(path)?);
    let special = unknown.into_iter().chain(SPECIAL_WORDS.into_iter().skip(1));
    for word in special.chain(model.vocab().words().skip(SPECIAL_WORDS.len())) {
        writeln!(output, "{word}").with_context(|| output::cannot_write(path))?;
    }
    let output = output.into_inner().map_err(|error| error.into_error());
    output.and_then(Output::finish).with_context(|| output::cannot_write(path))
}

/// The usual name of the unknown word.
pub const UNK: &str = SPECIAL_WORDS[0];

/// The log10 probability that KenLM gives unknown words if the file has no `<unk>`.
pub const UNKNOWN: f32 = -100.0;

/// Fails if `<s>` or `</s>` is missing, as KenLM does.
pub fn must_have_markers(path: &Path, warnings: &[Warning]) -> anyhow::Result<()> {
    let missing = warnings.iter().find_map(|warning| match warning {
        Warning::NotListed(word) if *word != "<unk>" => Some(word),
        _ => None,
    });
    match missing {
        Some(word) => bail!(
            "{}: {word} is not among the 1-grams; if that is intended, `build_binary -s` accepts the file",
            path.display()
        ),
        None => Ok(()),
    }
}
