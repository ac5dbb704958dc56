//! KenLM's `build_binary`.

use super::model::{self, UNKNOWN};
use super::parse;
use crate::export;
use crate::input;
use crate::machine;
use crate::output::Output;
use crate::progress::ProgressDisplay;
use crate::stop;
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::Parser;
use ngram_model::format::arpa::ReadOptions;
use ngram_model::{ExportFormat, Model};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// An ARPA file as a binary file, which KenLM's programs read at once.
#[derive(Parser)]
#[command(name = "build_binary")]
struct Options {
    /// log10 of the probability of <unk> if the ARPA file has none.
    #[arg(short = 'u', value_name = "LOG10", default_value_t = UNKNOWN, allow_negative_numbers = true)]
    unknown: f32,
    /// Allow models without <s> and </s>.
    #[arg(short = 's')]
    without_markers: bool,
    /// Read log-probabilities above 0, which IRSTLM has written, as 0.
    #[arg(short = 'i')]
    positive: bool,
    /// Without effect here.
    #[arg(short = 'w', value_name = "HOW", value_parser = ["mmap", "after"])]
    how: Option<String>,
    /// Without effect here.
    #[arg(short = 'T', short_alias = 't', value_name = "PATH")]
    temporary: Option<PathBuf>,
    /// Without effect here.
    #[arg(short = 'S', short_alias = 'm', value_name = "SIZE")]
    memory: Option<String>,
    /// probing or trie, the ARPA file, the binary file.
    #[arg(value_name = "[TYPE] ARPA BINARY", num_args = 1..=3, required = true)]
    files: Vec<PathBuf>,
}

/// Does what the program does.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    stop::listen()?;
    let options: Options = parse("build_binary", arguments)?;
    let (structure, arpa, output) = match options.files.as_slice() {
        [arpa, output] => ("probing", arpa, output),
        [structure, arpa, output] => match structure.to_str() {
            Some(structure @ ("probing" | "trie")) => (structure, arpa, output),
            _ => bail!("{} is no type: choose probing or trie", structure.display()),
        },
        _ => bail!("name the file to write behind the ARPA file"),
    };
    let name = format!("kenlm-{structure}");
    let format = ExportFormat::by_name(&name).context("no such format")?;
    build(&options, arpa, output, format)?;
    tell!("SUCCESS");
    Ok(())
}

fn build(
    options: &Options,
    arpa: &Path,
    output: &Path,
    format: &ExportFormat,
) -> anyhow::Result<()> {
    if input::is_same_file(arpa, output) {
        bail!("the binary file would replace {}: choose another name", arpa.display());
    }
    let mut file = Output::plain(output)?;
    let reading = ReadOptions { strict: !options.positive, ..model::as_kenlm(options.unknown) };
    let folder = machine::temporary_folder()?;
    let path = folder.path().join("model.ngram");
    let progress = ProgressDisplay::new(false);
    let imported = model::read(arpa, &reading, &path, &progress)?;
    drop(progress);
    if !options.without_markers {
        model::must_have_markers(arpa, &imported.warnings)?;
    }
    let cannot_write = || export::cannot_write(output);
    let model = Model::open(&path)?;
    export::write(&model, format, &mut file).with_context(cannot_write)?;
    file.finish().with_context(cannot_write)
}
