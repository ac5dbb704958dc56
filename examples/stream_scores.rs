//! Scores lines of standard input as they come, the bits per token before each line.
//!
//! ```text
//! printf 'Someone has to count.\nCount to has someone.\n' | cargo run --example stream_scores
//! ```

use ngram_lm::{Model, Trainer};
use std::error::Error;
use std::io::{Write, stdin, stdout};

const TEXT: &str = include_str!("../corpora/sample.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let model = match std::env::args().nth(1) {
        Some(file) => Model::open(file)?,
        None => Trainer::new().order(3).text(TEXT).write(folder.path().join("model"))?.model()?,
    };
    let mut out = stdout().lock();
    for line in stdin().lines() {
        let sentence = model.sentence(&line?);
        let bits = sentence.bits() / sentence.tokens().len() as f64;
        writeln!(out, "{bits:9.4}  {}", sentence.text())?;
    }
    Ok(())
}
