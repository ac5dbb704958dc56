//! Additive smoothing of the words seen after a history: they get (c + δ) / (T + δV), and unseen words
//! share the rest in proportion to the lower order. SRILM's `-addsmooth`.

use super::additive::Added;
use super::{Combine, Fitted, OrderCounts, Smoothing};
use ngram_counts::LowerOrders;

/// With the δ of [`Settings::delta`](super::Settings::delta).
pub struct AdditiveBackoff;

impl Smoothing for AdditiveBackoff {
    fn name(&self) -> &'static str {
        "additive-backoff"
    }

    fn lower_orders(&self) -> LowerOrders {
        LowerOrders::Raw
    }

    fn combine(&self) -> Combine {
        Combine::BackOff
    }

    fn fit(&self, of: &OrderCounts) -> Fitted {
        Fitted::new(Added { delta: of.settings.delta, words: of.words })
    }
}
