//! Trains on nine tenths of a text and evaluates on the rest: the report of `ngram eval`.
//!
//! ```text
//! cargo run --example evaluate
//! ```

use ngram_lm::Trainer;
use std::error::Error;

const TEXT: &str = include_str!("../corpora/sample.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let lines: Vec<&str> = TEXT.lines().collect();
    let (train, held_out) = lines.split_at(lines.len() * 9 / 10);
    let folder = tempfile::tempdir()?;
    let trainer = Trainer::new().order(3).text(&train.join("\n"));
    let model = trainer.write(folder.path().join("model.ngram"))?.model()?;
    // A file is evaluated in the same way: model.evaluate_file("held-out.txt")?
    println!("{}", model.evaluate(&held_out.join("\n")));
    Ok(())
}
