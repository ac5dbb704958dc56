//! Trains a model that is pruned by its counts.

use crate::kept;
use crate::prune_counts::{self, Left};
use crate::smoothing::{Combine, Convention, Discounts};
use crate::train::{CountedText, TrainError, TrainOptions, Trained, orders, training_info};
use ngram_counts::{LowerOrders, Shard};
use ngram_edit::prune::Target;
use ngram_model::log10::log10;
use ngram_model::native::Writer;
use ngram_model::native::convert;
use ngram_model::table::OwnedTable;
use ngram_model::{ModelInfo, ScoredLevel, TooManyNgrams};
use ngram_store::Progress;

/// Whether a model with these options can be pruned by its counts.
pub(crate) fn can(options: &TrainOptions) -> bool {
    let TrainOptions { smoothing, settings, order, held_out, .. } = options;
    options.by_order.is_empty()
        && smoothing.lower_orders() == LowerOrders::Continuation
        && settings.combine(*smoothing) == Combine::Interpolate
        && settings.convention == Convention::Exact
        && settings.discounts == Discounts::Formula
        && held_out.is_empty()
        && !settings.drops(*order)
        && *order > 1
}

/// Prunes the counts, estimates the model, and writes it.
pub(crate) fn write(
    counted: CountedText,
    target: Target,
    options: &TrainOptions,
    writer: Writer,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    let CountedText { counts, vocab, summary, temporary, .. } = counted;
    progress.begin("pruning", None, "n-grams");
    let (parts, of_parts): (Vec<Vec<ScoredLevel>>, Vec<Vec<Vec<u32>>>) =
        counts.shards.into_vec()?.into_iter().map(take_apart).unzip();
    let depths = options.order - 1;
    let mut all = vec![Vec::new(); depths];
    for part in of_parts {
        all.iter_mut().zip(part).for_each(|(all, own): (&mut Vec<u32>, _)| all.extend(own));
    }
    let vocab_len = vocab.view().len();
    let levels = kept::join(parts)?;
    for (depth, level) in levels.iter().enumerate() {
        if level.words.len().max(level.successor_words.len()) == u32::MAX as usize {
            return Err(TooManyNgrams(depth + 2).into());
        }
    }
    let table = OwnedTable::new(vec![0.0; vocab_len], levels);
    let counted = prune_counts::CountedTable { table, unigrams: counts.unigrams, counts: all };
    let TrainOptions { smoothing, settings, .. } = options;
    let left = prune_counts::prune(counted, *smoothing, settings, target, progress)?;
    let Left { unigrams, levels, counts_of_counts, fitted, threshold } = left;
    let mut orders = orders(&counts_of_counts, &fitted, vocab_len);
    for (order, level) in orders[1..].iter_mut().zip(&levels) {
        order.ngrams = level.log_probs.len() as u64;
    }
    let method = settings.describe(*smoothing);
    let info = ModelInfo {
        tokenizer: options.tokenizer.clone(),
        smoothing: Some(format!("{method}, revised Kneser pruning at {threshold:e}")),
        orders,
        training: Some(training_info(&summary)),
        quantization: options.layout.quantize,
    };
    let table = OwnedTable::new(unigrams.iter().map(|&prob| log10(prob)).collect(), levels);
    progress.proceed()?;
    let file_size = convert::write(writer, &info, vocab.view(), &table.view(), &options.layout)?;
    progress.end();
    Ok(Trained { corpus: summary, info, vocab_len, file_size, temporary, held_out: None })
}

/// Converts a part of the trie to the levels of a table, without probabilities, and its counts.
fn take_apart(shard: Shard) -> (Vec<ScoredLevel>, Vec<Vec<u32>>) {
    let levels = shard.levels.into_iter().map(|level| {
        let scored = ScoredLevel {
            log_probs: vec![0.0; level.successor_words.len()],
            backoffs: vec![0.0; level.successor_ends.len()],
            words: level.words,
            child_ends: level.child_ends,
            successor_ends: level.successor_ends,
            successor_words: level.successor_words,
        };
        (scored, level.successor_counts)
    });
    levels.unzip()
}
