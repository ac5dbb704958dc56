//! `ngram completions`.

use anyhow::Context;
use clap_complete::Shell;
use std::io::Write;

/// Print a shell completion script for verbs and options.
///
/// For bash: `ngram completions bash > ~/.local/share/bash-completion/completions/ngram`.
#[derive(clap::Args)]
pub struct Args {
    /// Name of the shell.
    shell: Shell,
}

/// Runs the verb.
pub fn run(args: Args, mut command: clap::Command) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "ngram", &mut script);
    std::io::stdout().write_all(&script).context("cannot write to standard output")
}
