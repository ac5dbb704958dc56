//! The program `ngram`, which is in the crate `ngram-cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(ngram_cli::main(std::env::args_os().collect()))
}
