//! `ngram export`.

use crate::input;
use crate::machine;
use crate::output;
use crate::output::Output;
use crate::stop;
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use ngram_model::export;
use ngram_model::format::arpa::WriteError;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Write a model as an ARPA file.
///
/// Every number is written so that it reads back as the same.
#[derive(clap::Args)]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The ARPA file to write, or - for standard output; compressed by gzip if the name ends in
    /// .gz, by zstd if in .zst.
    #[arg(value_name = "ARPA")]
    output: PathBuf,
    /// Show no summary.
    #[arg(long, short)]
    quiet: bool,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    stop::listen()?;
    let name = args.model.display().to_string();
    let model = input::open_model(&args.model)?;
    let is_stdout = args.output.as_os_str() == "-";
    if !is_stdout && input::is_same_file(&args.model, &args.output) {
        bail!("the ARPA file would replace the model {name}: choose another name");
    }
    let mut output = Output::create(&args.output)?;
    // A damaged model would make a damaged ARPA file, in which no checksum tells.
    model.verify(&name)?;
    let cannot_write = || match is_stdout {
        true => "cannot write to standard output".to_owned(),
        false => format!("cannot write {}", args.output.display()),
    };
    export(&model, &mut output).map_err(system).with_context(cannot_write)?;
    model.unchanged()?;
    output.finish().with_context(cannot_write)?;
    if !args.quiet && !is_stdout {
        let ngrams: u64 = model.info().orders.iter().map(|order| order.ngrams).sum();
        let size = std::fs::metadata(&args.output).map_or(0, |metadata| metadata.len());
        let memory =
            machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
        writeln!(
            output::stdout(),
            "{}: {} n-grams of orders 1 to {}, {} in {:.2} s{}",
            args.output.display(),
            group(ngrams),
            model.info().order(),
            bytes(size),
            begun.elapsed().as_secs_f64(),
            memory.unwrap_or_default(),
        )?;
    }
    Ok(())
}

/// The system's error, if it is one: whether a reader went away is told by that.
fn system(error: WriteError) -> anyhow::Error {
    match error {
        WriteError::Io(error) => error.into(),
        error => error.into(),
    }
}
