//! Compares models on the same held-out text, by bits per character: how much each word of history
//! helps, and that words and characters can be compared.
//!
//! ```text
//! cargo run --example compare_models
//! ```

use ngram_lm::Trainer;
use std::error::Error;

const TEXT: &str = include_str!("../corpora/sample.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let lines: Vec<&str> = TEXT.lines().collect();
    let (train, held_out) = lines.split_at(lines.len() * 9 / 10);
    let (train, held_out) = (train.join("\n"), held_out.join("\n"));
    let folder = tempfile::tempdir()?;
    println!("tokenizer  order  bits per character");
    for (tokenizer, order) in [("words", 1), ("words", 3), ("chars", 3), ("chars", 6)] {
        let trainer = Trainer::new().tokenizer(tokenizer).order(order).text(&train);
        let model = trainer.write(folder.path().join("model.ngram"))?.model()?;
        let bits = model.evaluate(&held_out).bits_per_character().ok_or("no text is held out")?;
        println!("{tokenizer:9} {order:6} {bits:19.4}");
    }
    Ok(())
}
