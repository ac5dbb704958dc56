//! No file that a command reads is written by it.

use anyhow::bail;
use clap::builder::ValueParser;
use clap::parser::ArgMatches;
use clap::{Arg, Command, value_parser};
use ngram_counts::TokenizerName;
use ngram_store::{is_same_file, replaced};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The ids of all options and arguments that name a file to write.
const OUTPUTS: [&str; 3] = ["output", "html", "paths"];

/// Fails if an output of the verb is one of its inputs, or another output. Inputs are all other files that are named,
/// whether an option names them by default, by a pattern or with a weight. So a verb with a new option needs nothing.
pub fn check(command: &Command, matches: &ArgMatches) -> anyhow::Result<()> {
    if let Some((name, matches)) = matches.subcommand() {
        return match command.find_subcommand(name) {
            Some(command) => check(command, matches),
            None => Ok(()),
        };
    }
    let (mut outputs, mut inputs): (Vec<(&Arg, PathBuf)>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    for option in command.get_arguments().filter(|option| is_path(option)) {
        let values = matches.try_get_raw(option.get_id().as_str()).ok().flatten();
        // A tokenizer's name is no file's, although a file may be called so.
        let is_name = |value: &OsStr| {
            let name = value.to_str().map(TokenizerName::from_str);
            option.get_value_parser().type_id() == tokenizer().type_id()
                && matches!(name, Some(Ok(TokenizerName::Kind(_))))
        };
        let is_file = |value: &&OsStr| *value != "-" && !is_name(value);
        for value in values.into_iter().flatten().filter(is_file) {
            match OUTPUTS.contains(&option.get_id().as_str()) {
                true => outputs.push((option, value.into())),
                false => inputs.extend(ngram_input::named(Path::new(value))),
            }
        }
    }
    for (number, (option, output)) in outputs.iter().enumerate() {
        let name = name(option);
        if let Some(input) = replaced(output, inputs.iter().map(PathBuf::as_path)) {
            let what = if option.get_id() == "html" { "page" } else { "output" };
            bail!("the {what} would replace {}, an input: choose another {name}", input.display());
        }
        let is_same = |other: &&(&Arg, PathBuf)| is_same_file(&other.1, output);
        if let Some((other, _)) = outputs[..number].iter().find(is_same)
            && !ngram_store::is_stream(output)
        {
            bail!("{} and {name} name one file: choose two", self::name(other));
        }
    }
    Ok(())
}

/// Fails if an output that no option names is one of the inputs.
pub fn not_over<'p>(
    output: &Path,
    inputs: impl IntoIterator<Item = &'p Path>,
) -> anyhow::Result<()> {
    let inputs = inputs.into_iter().filter(|input| input.as_os_str() != "-");
    match replaced(output, inputs) {
        Some(input) if output.as_os_str() != "-" => {
            bail!("the output would replace {}, an input: choose another name", input.display())
        }
        _ => Ok(()),
    }
}

/// Whether an option names a file.
fn is_path(option: &Arg) -> bool {
    let own = option.get_value_parser().type_id();
    [value_parser!(PathBuf), tokenizer()].iter().any(|parser| parser.type_id() == own)
}

/// How an option reads a tokenizer's name or file.
fn tokenizer() -> ValueParser {
    value_parser!(TokenizerName).into()
}

/// What to call an option.
fn name(option: &Arg) -> String {
    match (option.get_short(), option.get_long()) {
        (Some(short), _) => format!("-{short}"),
        (None, Some(long)) => format!("--{long}"),
        (None, None) => "name".to_owned(),
    }
}
