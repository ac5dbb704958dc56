//! `ngram convert`.

use crate::input;
use crate::layout::LayoutArgs;
use crate::machine;
use crate::options::{QuietArgs, saying};
use crate::output;
use crate::summary::{bytes, group};
use anyhow::bail;
use ngram_model::{AnyModel, convert, convert_classes};
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Write a model in another layout: smaller, or faster to query.
///
/// Every score stays the same to the last bit, unless values are quantised.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// The model file.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write the converted model.
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("quiet", "Show no summary")];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let name = args.model.display().to_string();
    let model = input::open_any_model(&args.model)?;
    // A damaged model would make a damaged file whose checksums are right.
    model.verify(&name)?;
    let layout = args.layout.options();
    let size = match &model {
        AnyModel::Table(model) => convert(model, &layout, &args.output)?,
        AnyModel::Class(model) => convert_classes(model, &layout, &args.output)?,
        AnyModel::Foreign(_) => bail!(
            "{name} holds {}, whose n-grams have only hashes: take the ARPA file that it was built from, and `ngram import`",
            model.layout()
        ),
        AnyModel::Skip(_) => bail!("{name} is a skip model, which stays as it was trained"),
    };
    if !args.quiet.is_quiet() {
        let ngrams: u64 = model.info().orders.iter().map(|order| order.ngrams).sum();
        let memory =
            machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
        writeln!(
            output::stdout(),
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
