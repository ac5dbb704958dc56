//! SRILM's `make-big-lm`, which is `ngram-count` for more counts than fit in memory.

use super::ngram_count;
use super::usage::Usage;
use anyhow::bail;
use std::ffi::OsString;

const USAGE: &str = "\
Usage: make-big-lm -read COUNTS -name NAME -lm FILE [option of ngram-count ...]

Does as `ngram-count` with the same options, whose memory is bounded in any case; no files NAME.* are written.";

/// The options that choose a method; without them, single words would be discounted by Good-Turing.
const METHODS: [&str; 6] =
    ["-kndiscount", "-ukndiscount", "-wbdiscount", "-cdiscount", "-ndiscount", "-addsmooth"];

/// Runs the program.
pub fn run(arguments: &[OsString]) -> anyhow::Result<()> {
    let mut rest = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match &*argument.to_string_lossy() {
            // Where the original keeps its own files, and how much at a time.
            "-name" | "-max-per-file" => {
                if arguments.next().is_none() {
                    return Err(Usage(USAGE.to_owned()).into());
                }
            }
            "-trust-totals" => bail!(
                "-trust-totals is not done here: totals are those of the longer n-grams; leave it out"
            ),
            "-ngram-filter" => bail!(
                "-ngram-filter is not done here: filter the counts first, as by `ngram shim filter raw`"
            ),
            _ => rest.push(argument.clone()),
        }
    }
    if rest.iter().filter(|argument| *argument == "-read").count() > 1 {
        bail!(
            "make-big-lm: several counts: merge them first, as by `cat` or `ngram count --merge`"
        );
    }
    let chooses = |argument: &OsString| {
        let text = argument.to_string_lossy();
        let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
        METHODS.contains(&name)
    };
    if !rest.iter().any(chooses) {
        bail!(
            "make-big-lm discounts single words by Good-Turing, too, which is not done here: choose a method, such as -kndiscount"
        );
    }
    ngram_count::run(&rest)
}
