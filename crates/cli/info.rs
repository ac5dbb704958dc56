//! `ngram info`.

use crate::input;
use crate::output;
use crate::summary::{self, group};
use anyhow::Context;
use ngram_model::{LanguageModel, SkipModel};
use std::io::Write;
use std::path::PathBuf;

/// Show what a model file contains: orders, discounts, vocabulary, training text.
#[derive(clap::Args)]
pub struct Args {
    /// The model file.
    #[arg(default_value = "model.ngram")]
    model: PathBuf,
    /// Print the same as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let model = input::open_any_model(&args.model)?;
    let vocabulary = model.as_dyn().vocab().len();
    let classes = model.as_class().map(|model| model.classes().vocab().len());
    let info = model.info();
    let mut out = output::stdout();
    if args.json {
        let json = serde_json::json!({
            "file": args.model.display().to_string(),
            "bytes": model.file_size(),
            "vocabulary": vocabulary,
            "classes": classes,
            "skip": model.as_skip().map(SkipModel::skip),
            "order": info.order(),
            "layout": model.layout(),
            "model": info,
        });
        serde_json::to_writer_pretty(&mut out, &json).context("cannot write JSON")?;
        writeln!(out)?;
        return Ok(());
    }
    writeln!(
        out,
        "{}: order {}, {} bytes",
        args.model.display(),
        info.order(),
        group(model.file_size())
    )?;
    let layout = model.layout();
    match info.quantization {
        Some(bits) => writeln!(out, "layout       {layout}, values quantised to {bits} bits")?,
        None => writeln!(out, "layout       {layout}")?,
    }
    writeln!(out, "tokenizer    {}", info.tokenizer)?;
    writeln!(
        out,
        "smoothing    {}",
        info.smoothing.as_deref().unwrap_or("as in the ARPA file it was read from")
    )?;
    writeln!(out, "vocabulary   {} words, <unk>, <s> and </s> included", group(vocabulary as u64))?;
    if let Some(classes) = classes {
        writeln!(
            out,
            "classes      {}, <unk>, <s> and </s> included; n-grams are of classes",
            group(classes as u64)
        )?;
    }
    if let Some(model) = model.as_skip() {
        writeln!(
            out,
            "skips        {} words before each, n-grams are of what is left",
            model.skip()
        )?;
    }
    if let Some(training) = &info.training {
        writeln!(
            out,
            "trained on   {} tokens in {} sentences, {} types, {} bytes",
            group(training.tokens),
            group(training.sentences),
            group(training.types),
            group(training.bytes),
        )?;
    }
    writeln!(out)?;
    write!(out, "{}", summary::orders(info))?;
    Ok(())
}
