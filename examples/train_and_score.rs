//! Trains a model on a short text and scores sentences with it.
//!
//! ```text
//! cargo run --example train_and_score
//! ```

use ngram_lm::Trainer;
use std::error::Error;

const TEXT: &str = include_str!("../corpora/sample.txt");

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let trainer = Trainer::new().order(3).lowercase().text(TEXT);
    let trained = trainer.write(folder.path().join("model.ngram"))?;
    println!("{trained}\n");

    let model = trained.model()?;
    for text in ["A word can be counted.", "Counted be can word a.", "A wyvern can be counted."] {
        let sentence = model.sentence(text);
        let (log10_prob, bits) = (sentence.log10_prob(), sentence.bits());
        println!("{log10_prob:9.4} log10 p {bits:9.4} bits {:3} OOVs  {text}", sentence.oovs());
    }
    println!("\n{}", model.sentence("A word can be counted."));
    Ok(())
}
