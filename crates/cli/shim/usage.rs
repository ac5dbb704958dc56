//! Reading of options, and what is said if they cannot be read.

use std::ffi::OsString;
use std::fmt;

/// Reads a program's options.
pub fn parse<O: clap::Parser>(name: &'static str, arguments: &[OsString]) -> anyhow::Result<O> {
    let all = [OsString::from(name)].into_iter().chain(arguments.iter().cloned());
    O::try_parse_from(all).map_err(|error| Usage(error.render().to_string()).into())
}

/// What was asked for in place of work: a version, or a help.
#[derive(Debug)]
pub struct Shown(pub String);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Shown {}

/// The message for options that cannot be read, or the help if it was asked for.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl std::error::Error for Usage {}
