//! `ngram compress`.

use crate::guard;
use crate::helpers::{self, HelperFiles};
use crate::input;
use crate::options::{ModelArgs, QuietArgs, saying};
use crate::output;
use crate::output::Output;
use crate::summary::group;
use crate::tell::tell;
use anyhow::{Context, bail};
use ngram_adaptive::Adaptation;
use ngram_adaptive::code::{self, Compressed};
use ngram_model::Model;
use ngram_store::Progress;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Compress a file to as many bits as a model charges for it.
///
/// `ngram decompress` restores every byte with the same model, so what `ngram eval` reports is a
/// true bound on the entropy of the text. Any file can be compressed, and is held in memory; files
/// that resemble the model's training text become small.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// File to compress, or - for standard input. It is read as raw bytes.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Where to write the compressed file; - for standard output [default: FILE.ngz].
    #[arg(short, long, value_name = "FILE.ngz")]
    output: Option<PathBuf>,

    /// Keep the model fixed, as `ngram eval` does, instead of adapting it to the file, as `ngram eval --adaptive`
    /// does.
    #[arg(long = "static")]
    fixed: bool,

    /// Adapt the model as `ngram eval --adaptive=best` does, with what `ngram prepare` made: some thirty times slower, and
    /// smaller.
    #[arg(long, conflicts_with = "fixed")]
    best: bool,

    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("model", "Model file; its vocabulary must be open")];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let is_stdin = args.file.as_os_str() == "-";
    let output = match &args.output {
        Some(output) => output.clone(),
        None if is_stdin => bail!("standard input has no name to write to: name a file with -o"),
        None => {
            let mut name = args.file.clone().into_os_string();
            name.push(".ngz");
            name.into()
        }
    };
    let path = &args.model.model;
    let model = input::open_model(path)?;
    // What a damaged model codes, the sound one cannot restore.
    model.verify(&path.display().to_string())?;
    let level = match (args.fixed, args.best) {
        (true, _) => Adaptation::Fixed,
        (_, true) => Adaptation::Decisions,
        _ => Adaptation::Mixture,
    };
    let (helpers, fingerprint) = helped(level, path, &model)?;
    guard::not_over(&output, [&*args.file, &args.model.model])?;
    // Opened before the work, so that an unwritable folder is found early.
    let mut out = Output::plain(&output)?;
    let progress = args.quiet.progress();
    let text = input::read_bytes(&args.file, &progress)?;
    let adaptive = helpers::adapting(level, path, &model, &helpers, &progress)?;
    progress.begin("compressing", Some(text.len() as u64), "bytes");
    let compressed = code::compress(adaptive, fingerprint, &text, &mut progress.listener())
        .with_context(|| format!("{} with {}", args.file.display(), path.display()))?;
    progress.end();
    model.unchanged()?;
    helpers.unchanged()?;
    let cannot_write = || format!("cannot write {}", output.display());
    out.write_all(&compressed.bytes).with_context(cannot_write)?;
    out.finish().with_context(cannot_write)?;
    if !args.quiet.is_quiet() {
        let summary = summary(&output, &text, &compressed, begun.elapsed().as_secs_f64());
        if output.as_os_str() == "-" {
            tell!("{}", summary.trim_end());
        } else {
            output::stdout().write_all(summary.as_bytes())?;
        }
    }
    Ok(())
}

/// Opens the helpers that a level uses; also returns the fingerprint of all together.
pub fn helped(level: Adaptation, path: &Path, model: &Model) -> anyhow::Result<(HelperFiles, u32)> {
    if level != Adaptation::Decisions {
        return Ok((HelperFiles::default(), model.fingerprint()));
    }
    let helpers = HelperFiles::open(path, model, true)?;
    let fingerprint = helpers.fingerprint(model.fingerprint());
    Ok((helpers, fingerprint))
}

fn summary(output: &Path, text: &[u8], compressed: &Compressed, seconds: f64) -> String {
    let Compressed { bytes, charge, lines } = compressed;
    let characters = String::from_utf8_lossy(text).chars().count();
    let per_character = |bits: f64| match characters {
        0 => "no".to_owned(),
        characters => format!("{:.4}", bits / characters as f64),
    };
    let charged = charge.total() + lines;
    let bits = |bits: f64| group(bits.round() as u64);
    format!(
        "{}: {} bytes to {}, {} bits a character, in {seconds:.1} s\n\
         charged  {} bits, {} a character: token {}, spelling {}, case {}, spacing {}, kinds of lines {}\n\
         coded    {} bits, {:+.3} % against what is charged; and {} bytes of head\n",
        output.display(),
        group(text.len() as u64),
        group(bytes.len() as u64),
        per_character(8.0 * bytes.len() as f64),
        bits(charged),
        per_character(charged),
        bits(charge.token),
        bits(charge.spelling),
        bits(charge.case),
        bits(charge.spacing),
        bits(*lines),
        bits(compressed.code_bits()),
        100.0 * (compressed.code_bits() / charged.max(1.0) - 1.0),
        code::HEAD,
    )
}
