//! The estimates of entropy can be stopped anywhere.

use ngram_lab::english::{Alphabet, SuffixArray, Symbols, plug_in, report};
use ngram_store::{Progress, temporary_folder};
use ngram_testing::stop::{Stop, at_every_question};
use ngram_train::{TemporaryModels, TrainError};
use std::fs;
use std::sync::Arc;

/// Lets a test count the questions of what owns its listener.
struct Shared(Arc<Stop>);

impl Progress for Shared {
    fn begin(&self, _: &str, _: Option<u64>, _: &str) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

#[test]
fn a_report_stops_anywhere_and_leaves_nothing() {
    let text = ngram_testing::text(1, 15, 30);
    let folder = tempfile::tempdir().unwrap();
    let stops = |after: usize| {
        let stop = Arc::new(Stop::after(after));
        let temporary = temporary_folder(folder.path()).unwrap();
        let models = TemporaryModels::new(temporary, Shared(Arc::clone(&stop)));
        let found = report("text", text.len() as u64, &text, &models);
        drop(models);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "litter, {after}");
        (found, stop.asked())
    };
    let (whole, all) = stops(usize::MAX);
    assert!(whole.is_ok() && all > 300, "{all}");
    // Those of the estimates themselves: trainings, which ask most, are tested beside them.
    let mut of_estimates = 0;
    for after in (0..all).step_by(13) {
        match stops(after) {
            (Err(TrainError::Cancelled(_)), _) => of_estimates += 1,
            (Err(_), _) => {}
            // How often threads that wait for each other ask is chance.
            (Ok(_), asked) => assert!(asked <= after, "went on at question {after} of {all}"),
        }
    }
    assert!(of_estimates > 5, "{of_estimates}");
}

#[test]
fn suffix_arrays_and_what_is_read_from_them_stop_anywhere() {
    // Longer than a loop runs unasked.
    let text = ngram_testing::text(1, 20_000, 300);
    let symbols = Symbols::read(&text, Alphabet::Characters);
    assert!(symbols.text.len() > 300_000);
    let all = at_every_question(100, |stop| {
        let done = || {
            let array = SuffixArray::new(&symbols.text, symbols.kinds, stop)?.unwrap();
            array.longest_earlier(stop)?;
            plug_in(&array, 8, stop)
        };
        done().is_err()
    });
    // Two sweeps of each of two or more arrays, prefixes and matches, in pieces of 65,536 symbols.
    assert!(all > 40, "{all}");
}
