//! Any bytes, with corrected checksums, as a binary count file.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_counts::{CountError, CountFile, CountOptions, CountSet, Listing, LowerOrders, NgramCounts, RecordLengths, VocabRule, each_sorted};
use ngram_store::{Resources, TemporaryError};
use ngram_fuzz::{Bounded, forge_counts, on_one_thread};

#[global_allocator]
static MEMORY: Bounded = Bounded::new(256 << 20);

fuzz_target!(
    init: on_one_thread(),
    |data: &[u8]| {
        let mut file = data.to_vec();
        forge_counts(&mut file);
        let open = || CountFile::from_bytes("fuzz", file.clone());
        let Ok(first) = open() else { return };
        let order = first.order();
        let Ok(second) = open() else { panic!("opened only once") };
        let mut rules = vec![VocabRule::All];
        if data.len() % 2 == 0 {
            rules.extend([VocabRule::MinCount(2), VocabRule::MaxWords(2)]);
        }
        if let Ok(set) = CountSet::new(vec![first], &VocabRule::All) {
            for order in [order, order.div_ceil(2)] {
                count(&set, order);
            }
        }
        drop(second);
        for rule in rules {
            let files = [open(), open()].into_iter().collect::<Result<Vec<_>, _>>();
            if let Ok(set) = files.and_then(|files| CountSet::new(files, &rule)) {
                count(&set, order);
            }
        }
    }
);

/// Makes counts of both kinds, lists and writes them, and reads them back.
fn count(set: &CountSet, order: usize) {
    for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
        let options = CountOptions { lower_orders, ..CountOptions::new(order) };
        let counts: Result<_, CountError> =
            NgramCounts::from_files(set, &options, RecordLengths::of, &());
        let Ok(counts) = counts else { return };
        let resources = Resources::default();
        let sentences = set.summary.sentences;
        let listing =
            Listing { vocab: set.vocab.view(), sentences, least: &[], resources: &resources };
        let mut listed = 0;
        let each = each_sorted(&counts, &listing, &(), |ngram| {
            assert!(ngram.order <= order);
            listed += 1;
            Ok::<(), Failed>(())
        });
        if each.is_err() {
            return;
        }
        if lower_orders == LowerOrders::Raw {
            let written = CountFile::to_bytes(set.info(), counts).unwrap();
            let _ = CountFile::from_bytes("again", written);
        }
    }
}

/// Why a list could not be made.
struct Failed;

impl From<TemporaryError> for Failed {
    fn from(_: TemporaryError) -> Failed {
        Failed
    }
}

impl From<ngram_counts::TooManyToList> for Failed {
    fn from(_: ngram_counts::TooManyToList) -> Failed {
        Failed
    }
}

impl From<ngram_store::Cancelled> for Failed {
    fn from(_: ngram_store::Cancelled) -> Failed {
        Failed
    }
}
