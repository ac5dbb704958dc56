//! `ngram decompress`.

use crate::compress;
use crate::helpers;
use crate::input;
use crate::options::{ModelArgs, QuietArgs, saying};
use crate::output;
use crate::output::Output;
use crate::size;
use crate::summary::group;
use anyhow::Context;
use ngram_adaptive::code::{self, CompressedHead};
use ngram_store::Progress;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Restore a file that `ngram compress` compressed, with the same model.
#[derive(clap::Args)]
#[command(mut_args(saying(HELP)))]
pub struct Args {
    /// Compressed file, or - for standard input.
    #[arg(value_name = "FILE.ngz")]
    file: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Where to write the file; - for standard output. It is written whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Largest output to write, in bytes, such as 2G. A file that claims to hold more is refused,
    /// since little code can stand for much text [default: 256M, or a hundred times the file].
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    max_bytes: Option<u64>,

    #[command(flatten)]
    quiet: QuietArgs,
}

/// What the help of shared options says here.
const HELP: &[(&str, &str)] = &[("model", "Model that it was compressed with")];

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let model = input::open_model(&args.model.model)?;
    // A damaged model restores something else, which the checksum of the text reveals only at the end.
    model.verify(&args.model.model.display().to_string())?;
    let mut out = Output::plain(&args.output)?;
    let progress = args.quiet.progress();
    let file = input::read_bytes(&args.file, &progress)?;
    let about = || format!("cannot decompress {}", args.file.display());
    let (head, _) = CompressedHead::read(&file).with_context(about)?;
    let most = args.max_bytes.unwrap_or_else(|| code::plausible(file.len() as u64));
    let listener = &mut progress.listener();
    let path = &args.model.model;
    let (helpers, fingerprint) = compress::helped(head.level, path, &model)?;
    // Before the first text is read, which takes a while.
    head.check(fingerprint, most).with_context(about)?;
    let adaptive = helpers::adapting(head.level, path, &model, &helpers, &progress)?;
    progress.begin("decompressing", Some(head.length), "bytes");
    let text =
        code::decompress(adaptive, fingerprint, &file, most, listener).with_context(about)?;
    progress.end();
    let cannot_write = || format!("cannot write {}", args.output.display());
    out.write_all(&text).with_context(cannot_write)?;
    out.finish().with_context(cannot_write)?;
    if !args.quiet.is_quiet() && args.output.as_os_str() != "-" {
        writeln!(
            output::stdout(),
            "{}: {} bytes from {}, in {:.1} s; its checksum is right",
            args.output.display(),
            group(text.len() as u64),
            group(file.len() as u64),
            begun.elapsed().as_secs_f64(),
        )?;
    }
    Ok(())
}
