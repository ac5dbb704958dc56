//! `ngram export`.

use crate::input;
use crate::machine;
use crate::options::{QuietArgs, saying};
use crate::output;
use crate::output::Output;
use crate::summary::{bytes, group};
use crate::tell::tell;
use anyhow::{Context, bail};
use clap::builder::{PossibleValue, PossibleValuesParser};
use ngram_formats::openfst::{Numbering, Skipped, SymbolTable};
use ngram_formats::{EXPORT_FORMATS, ExportFormat};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
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
    /// File to write, or - for standard output. Text is compressed if the name ends in
    /// .gz, .zst, .bz2 or .xz.
    #[arg(value_name = "FILE")]
    output: PathBuf,
    /// Output format.
    #[arg(long, default_value = EXPORT_FORMATS[0].name, value_name = "NAME", value_parser = parser())]
    format: String,
    /// For the formats openfst and openfst-epsilon: number the labels by this table, such as the words.txt of Kaldi or
    /// icefall, lines of a word and its number. The automaton is the transducer that Kaldi's arpa2fst makes: #0 goes in
    /// and 0 comes out where openfst backs off, 0 goes in with openfst-epsilon.
    #[arg(long, value_name = "FILE")]
    symbols: Option<PathBuf>,
    /// The symbol that goes in where the automaton backs off.
    #[arg(long, value_name = "SYMBOL", default_value = "#0", requires = "symbols")]
    disambig_symbol: String,
    /// Leave out n-grams with a word that the table lacks, as arpa2fst does, instead of refusing them. What is left sums
    /// to less than 1.
    #[arg(long, requires = "symbols")]
    skip_missing: bool,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("quiet", "Show no summary")];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let name = args.model.display().to_string();
    let model = input::open_model(&args.model)?;
    let is_stdout = args.output.as_os_str() == "-";
    let format = ExportFormat::by_name(&args.format).unwrap_or(&EXPORT_FORMATS[0]);
    let symbols = args.symbols.as_deref().map(|path| symbols(path, &args)).transpose()?;
    let mut output = match format.is_text {
        true => Output::create(&args.output)?,
        false => Output::plain(&args.output)?,
    };
    // A damaged model would make a damaged file, which no checksum would reveal.
    model.verify(&name)?;
    let mut skipped = Skipped::default();
    match &symbols {
        None => output::write_model(&model, format, &mut output),
        Some(symbols) => {
            let is_phi = format.name == OPENFST[0];
            let numbering = Numbering {
                symbols,
                disambiguation: is_phi.then_some(&args.disambig_symbol),
                skips_missing: args.skip_missing,
            };
            output::write_automaton(&model, &numbering, &mut output).map(|found| skipped = found)
        }
    }
    .with_context(|| output::cannot_write(&args.output))?;
    output.finish().with_context(|| output::cannot_write(&args.output))?;
    if skipped.words > 0 {
        tell!(
            "warning: the table of symbols lacks {} words of the model, so {} n-grams were left out",
            group(skipped.words),
            group(skipped.ngrams)
        );
    }
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

/// The formats whose labels can be numbered by a table.
const OPENFST: [&str; 2] = ["openfst", "openfst-epsilon"];

/// Reads the table of symbols.
fn symbols(path: &Path, args: &Args) -> anyhow::Result<SymbolTable> {
    if !OPENFST.contains(&&*args.format) {
        bail!(
            "--symbols numbers the labels of an automaton: give --format openfst or openfst-epsilon with it"
        );
    }
    let input = input::single(path)?;
    let reader = BufReader::new(input.open(|_| ())?);
    Ok(SymbolTable::read(&input.name, reader)?)
}

fn parser() -> PossibleValuesParser {
    EXPORT_FORMATS
        .each_ref()
        .map(|format| PossibleValue::new(format.name).help(format.about))
        .into()
}
