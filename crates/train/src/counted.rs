//! The counts that a table was estimated from: where the probabilities that it stores come from.
//!
//! ```text
//! interpolated    p(w|h) = share(c(hw)) + reserved(h) · p(w|h′)        h′ = h without its first word
//! backing off     p(w|h) = share(c(hw))
//! additive        p(w|h) = share(c(hw)), or 1 / V where h is only the end of the words that predict w
//! single words    p(w)   = share(c(w)) + reserved / V, or reserved / unseen where only words that were not seen get any
//! ```

use crate::smoothing::{self, Combine, Discount, HistoryCounts, UnigramBase};
use ngram_counts::{
    CountError, CountFile, CountFileError, CountOptions, CountSet, LowerOrders, NgramCounts, Shard,
    VocabRule,
};
use ngram_model::derivation::{Backoff, Counted, words};
use ngram_model::{LanguageModel, Model, OrderInfo};
use ngram_store::TemporaryError;
use ngram_tokenizer::{Vocab, WordId};

/// Why counts cannot be shown beside a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CountsError {
    /// They are of a text cut by another tokenizer.
    #[error(
        "the counts are of a text cut by {counts}, and the model's was by {model}: count the text that the model was trained on"
    )]
    Tokenizer {
        /// The counts' tokenizer.
        counts: String,
        /// The model's tokenizer.
        model: String,
    },
    /// Counts could not be read back.
    #[error(transparent)]
    File(#[from] CountFileError),
    /// Counts could not be read back.
    #[error(transparent)]
    Count(#[from] CountError),
    /// Counts could not be read back.
    #[error(transparent)]
    Temporary(#[from] TemporaryError),
}

/// The counts of the text that a table was trained on, in memory, to look up n-grams in.
pub struct TrainingCounts<'m> {
    model: &'m Model,
    vocab: Vocab,
    unigrams: Vec<u64>,
    shards: Vec<Shard>,
    lower_orders: LowerOrders,
    method: Option<Method>,
}

/// How the model's probabilities follow from its counts, as far as the model records it.
struct Method {
    combine: Combine,
    unigrams: UnigramBase,
    spreads_evenly: bool,
    least: u64,
    /// The discounts of each order from 1; `None` if the parameters do not determine them.
    discounts: Vec<Option<Box<dyn Discount>>>,
}

impl<'m> TrainingCounts<'m> {
    /// Reads the counts of all n-grams into memory, in the words of the model.
    ///
    /// # Errors
    ///
    /// If the files do not match each other or the model, or cannot be read.
    pub fn new(files: Vec<CountFile>, model: &'m Model) -> Result<TrainingCounts<'m>, CountsError> {
        // If words were lost, the model lacks the same ones.
        let rule = match files.iter().all(CountFile::is_complete) {
            true => {
                let known = model.vocab().words().skip(WordId::SPECIAL as usize);
                VocabRule::List(known.map(str::to_owned).collect())
            }
            false => VocabRule::All,
        };
        let set = CountSet::new(files, &rule)?;
        if set.tokenizer != *model.tokenizer() {
            let [counts, model] = [&set.tokenizer, model.tokenizer()].map(ToString::to_string);
            return Err(CountsError::Tokenizer { counts, model });
        }
        let described = model.info().smoothing.as_deref().unwrap_or_default();
        let mut described = described.split(", ");
        let smoothing = described.next().and_then(|name| smoothing::by_name(name).ok());
        let lower_orders = smoothing.map_or(LowerOrders::Raw, |method| method.lower_orders());
        let options = CountOptions { lower_orders, ..CountOptions::new(model.order()) };
        let counts = NgramCounts::from_files(&set, &options, |_| (), &())?;
        let predicted = set.vocab.view().len() as u64 - 1;
        let settings: Vec<&str> = described.collect();
        // SRILM's convention changes probabilities in ways that no formula shows.
        let told = smoothing.filter(|_| !settings.contains(&"SRILM's convention"));
        let method = told.map(|smoothing| {
            let combine = match () {
                () if settings.contains(&"interpolated") => Combine::Interpolate,
                () if settings.contains(&"back-off") => Combine::BackOff,
                () => smoothing.combine(),
            };
            let unigrams = match combine {
                _ if settings.contains(&"unigrams interpolated") => UnigramBase::Uniform,
                _ if settings.contains(&"unigrams not interpolated") => UnigramBase::Unseen,
                Combine::Interpolate => UnigramBase::Uniform,
                Combine::BackOff => UnigramBase::Unseen,
            };
            let least = settings.iter().find_map(|setting| {
                setting.strip_prefix("minimum counts ")?.split(' ').next()?.parse().ok()
            });
            let restored =
                |order: &OrderInfo| smoothing::restored(smoothing.name(), order, predicted);
            Method {
                combine,
                unigrams,
                spreads_evenly: smoothing.spreads_evenly(),
                least: least.unwrap_or(1).max(1),
                discounts: model.info().orders.iter().map(restored).collect(),
            }
        });
        Ok(TrainingCounts {
            model,
            unigrams: counts.unigrams,
            shards: counts.shards.into_vec()?,
            vocab: set.vocab,
            lower_orders,
            method,
        })
    }

    /// Returns the model.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Returns the counts behind the stored n-gram of some factors; and, if orders are
    /// interpolated, behind each shorter one that contributes to it, down to the single word.
    pub fn of(&self, factors: &Backoff) -> Vec<Counted> {
        let model = self.model.vocab();
        let ngram: Vec<WordId> =
            factors.ngram().into_iter().map(|word| model.id_or_unknown(word)).collect();
        let all = self.method.as_ref().is_some_and(|m| m.combine == Combine::Interpolate);
        let lengths = (1..=ngram.len()).rev().take(if all { ngram.len() } else { 1 });
        lengths.map(|length| self.counted(&ngram[ngram.len() - length..])).collect()
    }

    fn counted(&self, ngram: &[WordId]) -> Counted {
        let order = ngram.len();
        let (history, word) = (&ngram[..order - 1], ngram[order - 1]);
        let own = |id: WordId| self.vocab.view().id_or_unknown(self.model.vocab().word(id));
        let reversed: Vec<u32> = history.iter().rev().map(|&id| own(id).0).collect();
        let list = self.list(&reversed);
        let sum = |list: &[(u32, u64)]| list.iter().map(|(_, count)| count).sum();
        let at = list.binary_search_by_key(&own(word).0, |(word, _)| *word);
        let count = at.map_or(0, |at| list[at].1);
        let of = HistoryCounts::new(sum(&list), list.len() as u64);
        let stored_probability = self.model.score(history, word).log_prob.prob();
        // N-grams that begin with `<s>` keep raw counts, and so does the highest order.
        let continuation = self.lower_orders == LowerOrders::Continuation
            && order < self.model.order()
            && ngram[0] != WordId::BEGIN;
        let mut counted = Counted {
            ngram: words(self.model.vocab(), ngram),
            count,
            continuation,
            total: of.total,
            types: of.types,
            formula: None,
            share: None,
            reserved: None,
            lower_probability: None,
            probability: None,
            stored_probability,
        };
        let Some(method) = &self.method else { return counted };
        let Some(discount) = &method.discounts[order - 1] else { return counted };
        if of.total == 0 {
            return counted;
        }
        let is_whole = order == self.model.order() || ngram[0] == WordId::BEGIN;
        if method.spreads_evenly && !is_whole {
            let words = self.vocab.view().len() - 1;
            counted.formula = Some(format!("1 / {words}"));
            counted.share = Some(1.0 / words as f64);
            counted.probability = counted.share;
            return counted;
        }
        let mut shares: Vec<f64> = Vec::new();
        if order == 1 {
            let share = |count| if count < method.least { 0.0 } else { discount.share(count, of) };
            shares.extend(list.iter().map(|&(_, count)| share(count)));
        } else {
            // Longer n-grams have counts of 32 bits.
            let counts: Vec<u32> = list.iter().map(|&(_, count)| count as u32).collect();
            discount.shares(&counts, of, &mut shares);
        }
        let share = at.map_or(0.0, |at| shares[at]);
        let relative = list.iter().map(|&(_, count)| count as f64 * of.scale);
        let reserved: f64 = relative.zip(&shares).map(|(all, share)| all - share).sum();
        let words = self.vocab.view().len() as u64 - 1;
        let lower = match (order, method.combine) {
            (1, _) => {
                let kept = list.iter().filter(|(_, count)| *count >= method.least).count() as u64;
                match method.unigrams {
                    UnigramBase::Unseen if kept < words && count >= method.least => None,
                    UnigramBase::Unseen if kept < words => Some(1.0 / (words - kept) as f64),
                    _ => Some(1.0 / words as f64),
                }
            }
            (_, Combine::Interpolate) => {
                Some(self.model.score(&history[1..], word).log_prob.prob())
            }
            (_, Combine::BackOff) => None,
        };
        // Some methods give different shares if nothing would be left.
        if count >= if order == 1 { method.least } else { 1 }
            && (discount.share(count, of) - share).abs() <= 1e-9 * share
        {
            counted.formula = discount.written(count, of);
        }
        counted.share = Some(share);
        counted.reserved = lower.map(|_| reserved);
        counted.lower_probability = lower;
        counted.probability = Some(share + lower.map_or(0.0, |lower| reserved * lower));
        counted
    }

    /// Returns the ids and counts of the words after a history, given in reverse.
    fn list(&self, reversed: &[u32]) -> Vec<(u32, u64)> {
        let Some((&last, _)) = reversed.split_first() else {
            let words = (0..).zip(self.unigrams.iter().copied());
            return words.filter(|(_, count)| *count > 0).collect();
        };
        let after = self.shards.partition_point(|shard| shard.first_word <= last);
        let Some(shard) = after.checked_sub(1).map(|at| &self.shards[at]) else {
            return Vec::new();
        };
        shard.successors_of(reversed).map(|(word, count)| (word, count.into())).collect()
    }
}
