//! Text to model file.

use crate::estimate::{self, Sink};
use crate::format::native::{LayoutError, WriteError, Writer, fast};
use crate::log10::{extend_log10, log10};
use crate::smoothing::{Fitted, METHODS, Smoothing};
use crate::{ModelInfo, OrderInfo, ScoredLevel};
use ngram_counts::{
    Corpus, CorpusError, CorpusSummary, CountError, NgramCounts, Progress, Shard, Text, VocabRule,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use rayon::prelude::*;
use std::path::Path;

/// How to train a model.
#[derive(Clone)]
pub struct TrainOptions {
    /// The order n, from 1.
    pub order: usize,
    /// How the text is cut into tokens.
    pub tokenizer: TokenizerSpec,
    /// Which words the model knows.
    pub vocab: VocabRule,
    /// The smoothing method.
    pub smoothing: &'static dyn Smoothing,
}

impl Default for TrainOptions {
    /// Order 5, words, every word known, modified Kneser–Ney.
    fn default() -> TrainOptions {
        TrainOptions {
            order: 5,
            tokenizer: TokenizerSpec::new(TokenizerKind::Words),
            vocab: VocabRule::All,
            smoothing: METHODS[0],
        }
    }
}

/// What a training came to.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What was found in the text.
    pub corpus: CorpusSummary,
    /// What the model says of itself.
    pub info: ModelInfo,
    /// How many words the model knows, `<unk>`, `<s>` and `</s>` included.
    pub vocab_len: usize,
    /// The length of the model's file in bytes.
    pub file_size: u64,
}

/// Why no model was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The text is no corpus.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// The n-grams could not be counted.
    #[error(transparent)]
    Count(#[from] CountError),
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The model does not fit the fast layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// Trains a model on `texts` and writes it to `output`, whole or not at all.
///
/// Uses the threads of the current rayon pool; the file is the same for any number of them.
pub fn train(
    texts: &[Text],
    options: &TrainOptions,
    output: &Path,
    progress: &dyn Progress,
) -> Result<Trained, TrainError> {
    if options.order == 0 || options.order > ngram_counts::MAX_ORDER {
        return Err(CountError::Order(options.order).into());
    }
    let mut writer = Writer::create(output)?;
    let Corpus { vocab, frequencies, blocks, summary } =
        Corpus::read(texts, &options.tokenizer, &options.vocab, progress)?;
    let ids = ngram_counts::Ids { blocks: &blocks, frequencies: &frequencies };
    let counts =
        NgramCounts::count(ids, options.order, options.smoothing.lower_orders(), progress)?;
    drop(blocks);
    let fitted: Vec<Fitted> =
        counts.counts_of_counts.iter().map(|counts| options.smoothing.fit(counts)).collect();
    let unigrams = estimate::unigrams(&counts.unigrams, &*fitted[0].discount);

    let info = ModelInfo {
        tokenizer: options.tokenizer.clone(),
        smoothing: Some(options.smoothing.name().to_owned()),
        orders: orders(&counts, &fitted, vocab.view().len()),
        training: Some((&summary).into()),
        quantization: None,
    };
    let log_probs: Vec<f32> = unigrams.iter().map(|&prob| log10(prob)).collect();
    let sizes: Vec<fast::Size> = counts.shards.par_iter().map(measure).collect();
    let mut total = fast::Size::default();
    let before: Vec<fast::Size> = sizes
        .into_iter()
        .map(|size| {
            let before = total;
            total += size;
            before
        })
        .collect();
    writer.begin_fast(&info, vocab.view(), total)?;
    if options.order == 1 {
        let part = fast::build(&[], 0..log_probs.len(), &log_probs, total, |_, _, _| false)?;
        writer.fast_part(&part, 0, total)?;
    }

    let ngrams: u64 = counts.counts_of_counts[1..].iter().map(|order| order.ngrams()).sum();
    progress.begin("estimating", Some(ngrams), "n-grams");
    counts.shards.into_par_iter().zip(before).try_for_each(|(shard, before)| {
        let first = shard.first_word as usize;
        let levels = score_shard(shard, &fitted, &unigrams);
        let words = 0..levels[0].successor_ends.len();
        let own = &log_probs[first..first + words.len()];
        // Whatever is followed by anything is a history: all but the ends of sentences.
        let extends =
            |depth: usize, _, at: usize| levels[depth].successor_words[at] != WordId::END.0;
        let part = fast::build(&levels, words, own, before, extends)?;
        writer.fast_part(&part, first, before)?;
        let done: usize = levels.iter().map(|level| level.log_probs.len()).sum();
        progress.advance(done as u64);
        Ok::<(), TrainError>(())
    })?;
    progress.end();
    let file_size = writer.finish()?;
    Ok(Trained { corpus: summary, info, vocab_len: vocab.view().len(), file_size })
}

fn orders(counts: &NgramCounts, fitted: &[Fitted], vocab_len: usize) -> Vec<OrderInfo> {
    let orders = counts.counts_of_counts.iter().zip(fitted).enumerate();
    orders
        .map(|(index, (counts, fitted))| OrderInfo {
            ngrams: if index == 0 { vocab_len as u64 } else { counts.ngrams() },
            counts_of_counts: [1, 2, 3, 4].map(|r| counts.of(r)),
            parameters: fitted.discount.parameters(),
            note: fitted.note.clone(),
        })
        .collect()
}

/// How much room a shard takes in the model's file.
fn measure(shard: &Shard) -> fast::Size {
    let ends = shard
        .levels
        .iter()
        .map(|level| fast::Ends { children: &level.child_ends, successors: &level.successor_ends });
    let levels: Vec<fast::Ends> = ends.collect();
    fast::measure(&levels, shard.levels[0].successor_ends.len())
}

/// Puts probabilities in the place of counts.
fn score_shard(shard: Shard, fitted: &[Fitted], unigrams: &[f64]) -> Vec<ScoredLevel> {
    let mut rounded = Rounded(shard.levels.iter().map(RoundedLevel::new).collect());
    estimate::shard(&shard, fitted, unigrams, &mut rounded);
    rounded.0.iter_mut().for_each(RoundedLevel::flush);
    let levels = shard.levels.into_iter().zip(rounded.0);
    levels
        .map(|(level, rounded)| ScoredLevel {
            words: level.words,
            child_ends: level.child_ends,
            successor_ends: level.successor_ends,
            successor_words: level.successor_words,
            log_probs: rounded.log_probs,
            backoffs: rounded.backoffs,
        })
        .collect()
}

/// Takes estimates and keeps their logarithms, rounded to 32 bits.
struct Rounded(Vec<RoundedLevel>);

struct RoundedLevel {
    log_probs: Vec<f32>,
    backoffs: Vec<f32>,
    /// Estimates whose logarithms are taken together.
    probs: Vec<f64>,
    weights: Vec<f64>,
}

impl RoundedLevel {
    const TOGETHER: usize = 1 << 10;

    fn new(level: &ngram_counts::Level) -> RoundedLevel {
        RoundedLevel {
            log_probs: Vec::with_capacity(level.successor_words.len()),
            backoffs: Vec::with_capacity(level.successor_ends.len()),
            probs: Vec::with_capacity(2 * RoundedLevel::TOGETHER),
            weights: Vec::with_capacity(RoundedLevel::TOGETHER),
        }
    }

    fn flush(&mut self) {
        extend_log10(&mut self.log_probs, &self.probs);
        extend_log10(&mut self.backoffs, &self.weights);
        self.probs.clear();
        self.weights.clear();
    }
}

impl Sink for Rounded {
    fn history(&mut self, length: usize, probs: &[f64], backoff: f64) {
        let level = &mut self.0[length - 1];
        level.probs.extend_from_slice(probs);
        level.weights.push(backoff);
        if level.probs.len() >= RoundedLevel::TOGETHER
            || level.weights.len() >= RoundedLevel::TOGETHER
        {
            level.flush();
        }
    }
}
