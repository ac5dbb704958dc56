//! A method an order: Witten–Bell for trigrams, say, and Kneser–Ney below.

use super::{TrainError, TrainOptions};
use crate::estimate::Estimator;
use crate::smoothing::{Discounts, Fitted, OrderCounts, Settings, Smoothing, given};
use ngram_counts::{CountsOfCounts, LowerOrders, NgramCounts};
use ngram_tokenizer::WordId;

/// The method of one order.
#[derive(Clone)]
pub struct OrderMethod {
    /// The method.
    pub smoothing: &'static dyn Smoothing,
    /// How it is combined, and its parameters. Minimum counts, the convention and whatever else holds
    /// for a model as a whole are those of [`TrainOptions::settings`].
    pub settings: Settings,
    /// Discounts to use instead of those fitted to the counts: of counts 1, 2 and so on, the last for all
    /// higher counts; with Good–Turing, the factors d1, d2 and so on.
    pub parameters: Option<Vec<f64>>,
}

impl TrainOptions {
    /// Returns which counts the orders below the highest take.
    pub(crate) fn lower_orders(&self) -> LowerOrders {
        let of = |method: &OrderMethod| method.smoothing.lower_orders();
        match &self.by_order[..] {
            [] => self.smoothing.lower_orders(),
            [_] => LowerOrders::Raw,
            [first, _] => of(first),
            [_, second, ..] => of(second),
        }
    }
}

/// Checks that the methods go together.
pub(super) fn check(options: &TrainOptions) -> Result<(), TrainError> {
    let (methods, order) = (&options.by_order, options.order);
    if methods.is_empty() {
        return Ok(());
    }
    if methods.len() != order {
        return Err(TrainError::OrderMethods { given: methods.len(), order });
    }
    if !options.held_out.is_empty() || options.settings.discounts != Discounts::Formula {
        return Err(TrainError::FittedByOrder);
    }
    for (number, method) in (1..).zip(methods) {
        let name = method.smoothing.name();
        if method.smoothing.spreads_evenly() || name.starts_with("jelinek-mercer") {
            return Err(TrainError::NotByOrder(name));
        }
        method.settings.check(order)?;
        let parameters = method.parameters.as_deref();
        if parameters.is_some_and(|values| given(name, values).is_none()) {
            return Err(TrainError::Parameters { order: number, method: name });
        }
    }
    let counts = options.lower_orders();
    let of = |method: &OrderMethod| method.smoothing.lower_orders();
    if order > 3 && methods[1..order - 1].iter().any(|method| of(method) != counts) {
        return Err(TrainError::MixedCounts { order });
    }
    if order > 2 && of(&methods[0]) == LowerOrders::Continuation && counts == LowerOrders::Raw {
        return Err(TrainError::MixedWords);
    }
    Ok(())
}

/// Counts single words as they occur, if only longer n-grams have continuation counts.
pub(crate) fn count_words<M>(
    counts: &mut NgramCounts<M>,
    options: &TrainOptions,
    frequencies: &[u64],
) {
    let Some(first) = options.by_order.first() else { return };
    if first.smoothing.lower_orders() == LowerOrders::Raw
        && options.lower_orders() == LowerOrders::Continuation
    {
        counts.unigrams = frequencies.to_vec();
        counts.unigrams[WordId::BEGIN.index()] = 0;
        let seen = counts.unigrams.iter().copied().filter(|&count| count > 0);
        counts.counts_of_counts[0] = seen.collect();
    }
}

/// Fits each order's method to its counts.
pub(super) fn fit(
    options: &TrainOptions,
    counts_of_counts: &[CountsOfCounts],
    words: u64,
) -> Result<Estimator, TrainError> {
    let mut fitted = Vec::new();
    for ((order, method), counts) in (1..).zip(&options.by_order).zip(counts_of_counts) {
        let OrderMethod { smoothing, settings, parameters } = method;
        fitted.push(match parameters {
            None => smoothing.fit(&OrderCounts { order, words, counts, settings }),
            Some(values) => match given(smoothing.name(), values) {
                Some(discount) => Fitted { discount, note: None },
                None => {
                    return Err(TrainError::Parameters { order, method: smoothing.name() });
                }
            },
        });
    }
    let mut estimator = Estimator::new(options.smoothing, fitted, &options.settings);
    estimator.spreads_evenly = false;
    let methods = options.by_order.iter();
    estimator.combine = methods.map(|method| method.settings.combine(method.smoothing)).collect();
    if let Some(first) = options.by_order.first() {
        estimator.unigrams = first.settings.unigrams(first.smoothing);
    }
    Ok(estimator)
}

/// Names the methods, from order 1 up; `None` if there is one for all.
pub(super) fn describe(options: &TrainOptions) -> Option<String> {
    if options.by_order.is_empty() {
        return None;
    }
    let name = |method: &OrderMethod| {
        let own = Settings { combine: method.settings.combine, ..Settings::default() };
        let given = if method.parameters.is_some() { ", discounts given" } else { "" };
        own.describe(method.smoothing) + given
    };
    let names: Vec<String> = options.by_order.iter().map(name).collect();
    let whole = options.settings.describe(options.smoothing);
    let rest = whole.strip_prefix(options.smoothing.name()).unwrap_or_default();
    Some(format!("by order: {}{rest}", names.join("; ")))
}
