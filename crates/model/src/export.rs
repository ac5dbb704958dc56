//! Model to ARPA file.

use crate::format::arpa::{WriteError, Writer};
use crate::walk::Walk;
use crate::{LanguageModel, Model};
use ngram_tokenizer::WordId;
use std::io::{BufWriter, Write};

/// How much text is gathered before it is handed on, in bytes.
const BUFFER: usize = 1 << 20;

/// Writes every n-gram of a model as an ARPA file: words by number, longer n-grams by their
/// history read backwards, then by the word.
///
/// Log-probabilities and back-off weights are those of the model, to the last bit: read back by
/// [`import`](crate::import()), they make the same model.
///
/// # Errors
///
/// If `out` takes no more, or if the table holds what no ARPA file can, as only a damaged file
/// does: [`Model::verify`] tells before.
pub fn export(model: &Model, out: impl Write) -> Result<(), WriteError> {
    let whole = model.table();
    let table = whole.view();
    let longer = table.levels.iter().map(|level| level.successor_words.len());
    let counts: Vec<u64> =
        std::iter::once(table.unigrams.len()).chain(longer).map(|count| count as u64).collect();
    let mut writer = Writer::new(BufWriter::with_capacity(BUFFER, out), model.vocab(), &counts)?;

    writer.begin_order(1)?;
    for (word, log_prob) in table.unigrams.iter().enumerate() {
        let backoff = table.levels.first().map(|level| level.backoff(word));
        writer.ngram(&[WordId(word as u32)], log_prob.get(), backoff)?;
    }
    let mut words = Vec::new();
    for (depth, level) in table.levels.iter().enumerate() {
        let order = depth + 2;
        writer.begin_order(order)?;
        let mut walk = Walk::at(&table, depth, 0);
        for history in 0..level.len() {
            if history > 0 {
                walk.advance();
            }
            walk.words(&mut words);
            for (word, log_prob) in level.successors(history) {
                words.push(word);
                let backoff = table
                    .levels
                    .get(depth + 1)
                    .map(|longer| table.find(&words).map_or(0.0, |number| longer.backoff(number)));
                writer.ngram(&words, log_prob, backoff)?;
                words.pop();
            }
        }
    }
    writer.finish().map(drop)
}
