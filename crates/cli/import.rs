//! `ngram import`.

use crate::input;
use crate::layout::LayoutArgs;
use crate::machine;
use crate::options::QuietArgs;
use crate::output;
use crate::summary::{bytes, group};
use crate::tell::tell;
use anyhow::bail;
use ngram_counts::TokenizerName;
use ngram_formats::arpa::{ReadOptions, Unknown};
use ngram_formats::{Imported, TextTokenizer, import_as};
use ngram_store::Progress;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::fmt::Write as _;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Read an ARPA file, or a KenLM trie, into a model.
///
/// Reads ARPA files of KenLM, SRILM, IRSTLM, MITLM and others, plain or compressed with gzip,
/// zstd, bzip2 or xz, with n-grams in any order, and keeps every number. Of KenLM's binary files it reads what
/// `build_binary trie` writes, including with -q, -b and -a, unless words were left out (-v).
#[derive(clap::Args)]
pub struct Args {
    /// ARPA file or trie, or - for standard input.
    #[arg(value_name = "ARPA")]
    arpa: PathBuf,
    /// Where to write the model.
    #[arg(short, long, default_value = "model.ngram", value_name = "MODEL")]
    output: PathBuf,
    /// Tokenizer of the text behind the model [default: as the file says, which only ARPA files of
    /// `ngram export` do, else whitespace].
    #[arg(long, value_name = "NAME")]
    tokenizer: Option<TokenizerName>,
    /// That text was lowercased first.
    #[arg(long)]
    lowercase: bool,
    /// Name of the unknown word in the file, if not `<unk>`.
    #[arg(long, value_name = "WORD")]
    unknown: Option<String>,
    /// Reject log-probabilities above 0, instead of reading them as 0.
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    layout: LayoutArgs,
    #[command(flatten)]
    quiet: QuietArgs,
}

/// Runs the verb.
pub fn run(args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    if input::is_model(&args.arpa) {
        let name = args.arpa.display();
        bail!("{name} is a model, not an ARPA file: it can be used as it is, with -m {name}");
    }
    let input = input::single(&args.arpa)?;
    let options = ReadOptions {
        unknown: args.unknown.as_deref().map_or(Unknown::Usual, Unknown::Named),
        strict: args.strict,
        ..ReadOptions::default()
    };
    let lowercase = args.lowercase;
    let tokenizer = match &args.tokenizer {
        Some(name) => TextTokenizer::Told(name.open(lowercase)?),
        None => {
            let kind = TokenizerKind::Whitespace;
            TextTokenizer::Assumed(TokenizerSpec { kind, lowercase })
        }
    };
    let progress = args.quiet.progress();
    progress.begin("reading", input.size, "bytes");
    let text = BufReader::with_capacity(1 << 20, input.open(|read| progress.advance(read))?);
    let layout = args.layout.options();
    let imported =
        import_as(text, &input.name, &options, tokenizer, &layout, &args.output, &progress)?;
    progress.end();
    drop(progress);
    for warning in warnings(&imported, &args) {
        tell!("warning: {warning}");
    }
    if !args.quiet.is_quiet() {
        let summary = summarise(&imported, &args, begun);
        output::stdout().write_all(summary.as_bytes())?;
    }
    Ok(())
}

fn warnings(imported: &Imported, args: &Args) -> Vec<String> {
    let mut warnings: Vec<String> = imported.warnings.iter().map(ToString::to_string).collect();
    if let Some(first) = &imported.first_inserted {
        warnings.push(format!(
            "{} n-grams are not listed though longer ones begin with them, the first {first:?}; \
             they were added with the probability that backing off gives them",
            group(imported.inserted)
        ));
    }
    if let Some(stated) = &imported.stated_tokenizer {
        let taken = &imported.info.tokenizer;
        if taken != stated {
            warnings.push(format!(
                "the file says that its text was cut into tokens by {stated}; {taken} is used, as you asked"
            ));
        } else if args.lowercase && !taken.lowercase {
            warnings.push(format!(
                "--lowercase is ignored, since the file says that its text was cut into tokens by {stated}; \
                 to override that, give --tokenizer too"
            ));
        }
    }
    warnings
}

fn summarise(imported: &Imported, args: &Args, begun: Instant) -> String {
    let output: &Path = &args.output;
    let mut text = String::new();
    // Writing to a String cannot fail.
    for (order, row) in (1..).zip(&imported.info.orders) {
        let _ = writeln!(text, "{:>15} {order}-grams", group(row.ngrams));
    }
    let memory = machine::peak_memory().map(|peak| format!(", {} of memory at most", bytes(peak)));
    let _ = writeln!(
        text,
        "{}: order {}, {}, {} in {:.2} s{}",
        output.display(),
        imported.info.order(),
        imported.info.tokenizer,
        bytes(imported.file_size),
        begun.elapsed().as_secs_f64(),
        memory.unwrap_or_default(),
    );
    let model = match output.to_str() {
        Some("model.ngram") => String::new(),
        _ => format!(" -m {}", output.display()),
    };
    let _ = writeln!(text, "next: ngram eval HELD-OUT.txt{model}");
    if args.tokenizer.is_none() && imported.stated_tokenizer.is_none() {
        let _ = writeln!(
            text,
            "note: the file does not say how its text was cut into tokens, so white space is assumed. If that is \
             wrong, words with punctuation attached will be unknown: import again with --tokenizer words, \
             or another"
        );
    }
    text
}
