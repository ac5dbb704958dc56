//! `ngram convert`.

use crate::input;
use crate::machine;
use crate::summary::{bytes, group};
use anyhow::{Context, bail};
use clap::builder::PossibleValue;
use ngram_model::{ConvertOptions, Layout, QUANTIZE_BITS, convert};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Write a model in another layout: smaller, or faster to query.
///
/// Every score stays what it is, to the last bit, unless values are quantised.
#[derive(clap::Args)]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write it.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// How the file lays the n-grams out.
    #[arg(long, value_name = "NAME", value_parser = parser())]
    layout: String,
    /// Quantise log-probabilities and back-off weights to so many bits each: 2 to 16. Scores change
    /// a little, and probabilities sum to 1 only nearly. Compact layout only.
    #[arg(long, value_name = "BITS", value_parser = bits())]
    quantize: Option<u8>,
    /// Show no summary.
    #[arg(long, short)]
    quiet: bool,
}

fn parser() -> clap::builder::PossibleValuesParser {
    Layout::ALL.map(|layout| PossibleValue::new(layout.name()).help(help(layout))).into()
}

fn help(layout: Layout) -> &'static str {
    match layout {
        Layout::Fast => "hash lines, fast to query: some 16 bytes an n-gram",
        Layout::Table => "histories with their sorted successors: some 17.5 bytes an n-gram",
        Layout::Compact => "few bits for each n-gram: some 7 bytes, or 4 with 8-bit values",
        _ => "",
    }
}

fn bits() -> clap::builder::RangedI64ValueParser<u8> {
    let (least, most) = (*QUANTIZE_BITS.start(), *QUANTIZE_BITS.end());
    clap::value_parser!(u8).range(i64::from(least)..=i64::from(most))
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let name = args.model.display().to_string();
    let model = input::open_model(&args.model)?;
    let layout = Layout::ALL.into_iter().find(|layout| layout.name() == args.layout);
    let layout = layout.with_context(|| format!("there is no layout {:?}", args.layout))?;
    if input::is_same_file(&args.model, &args.output) {
        bail!("the new file would replace the model {name}: choose another -o");
    }
    // A damaged model would make a damaged file whose checksums are right.
    model.verify(&name)?;
    let options = ConvertOptions { layout, quantize: args.quantize };
    let size = convert(&model, &options, &args.output)?;
    if !args.quiet {
        let ngrams: u64 = model.info().orders.iter().map(|order| order.ngrams).sum();
        let memory =
            machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
        writeln!(
            std::io::stdout().lock(),
            "{}: {} n-grams, {}, {:.2} bytes an n-gram, in {:.2} s{}",
            args.output.display(),
            group(ngrams),
            bytes(size),
            size as f64 / ngrams as f64,
            begun.elapsed().as_secs_f64(),
            memory.unwrap_or_default(),
        )?;
    }
    Ok(())
}
