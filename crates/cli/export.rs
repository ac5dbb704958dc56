//! `ngram export`.

use crate::input;
use crate::machine;
use crate::options::{QuietArgs, saying};
use crate::output;
use crate::output::Output;
use crate::stop;
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use clap::builder::{PossibleValue, PossibleValuesParser};
use ngram_formats::{EXPORT_FORMATS, ExportFormat};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Write a model for other programs: as an ARPA file, a KenLM binary file, OpenFst text, or a word list.
///
/// Every number is written with enough digits to be read back exactly.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// File to write, or - for standard output. Text is compressed with gzip if the name ends in
    /// .gz, with zstd if it ends in .zst.
    #[arg(value_name = "FILE")]
    output: PathBuf,
    /// Output format.
    #[arg(long, default_value = EXPORT_FORMATS[0].name, value_name = "NAME", value_parser = parser())]
    format: String,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("quiet", "Show no summary")];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    stop::listen()?;
    let name = args.model.display().to_string();
    let model = input::open_model(&args.model)?;
    let is_stdout = args.output.as_os_str() == "-";
    if !is_stdout && input::is_same_file(&args.model, &args.output) {
        bail!("the file would replace the model {name}: choose another name");
    }
    let format = ExportFormat::by_name(&args.format).unwrap_or(&EXPORT_FORMATS[0]);
    let mut output = match format.is_text {
        true => Output::create(&args.output)?,
        false => Output::plain(&args.output)?,
    };
    // A damaged model would make a damaged file, which no checksum would reveal.
    model.verify(&name)?;
    output::write_model(&model, format, &mut output)
        .with_context(|| output::cannot_write(&args.output))?;
    output.finish().with_context(|| output::cannot_write(&args.output))?;
    if !args.quiet.is_quiet() && !is_stdout {
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

fn parser() -> PossibleValuesParser {
    EXPORT_FORMATS
        .each_ref()
        .map(|format| PossibleValue::new(format.name).help(format.about))
        .into()
}
