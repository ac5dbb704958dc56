//! Shows what a model expects next, and what it says by itself.
//!
//! ```text
//! cargo run --example next_words
//! ```

use ngram_lm::Trainer;
use std::error::Error;

const TEXT: &str = include_str!("../corpora/sample.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let trainer = Trainer::new().order(4).text(TEXT);
    let model = trainer.write(folder.path().join("model.ngram"))?.model()?;
    for history in ["", "The", "The people who", "a great many"] {
        println!("after {history:?}");
        for (word, probability) in model.next(history).top(3) {
            println!("  {probability:.4}  {word}");
        }
    }
    println!("\nby itself:");
    for seed in 1..=3 {
        println!("  {}", model.generate(seed)?);
    }
    Ok(())
}
