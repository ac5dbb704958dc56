//! Checks a model: whether its file is intact, its table in order, and whether the probabilities
//! after every history sum to 1.
//!
//! The sum S(h) of p(w|h) over all words w except `<s>` is computed in two independent ways:
//!
//! - For every stored history, from that of h′, the history without its first word. All words not
//!   seen after h are predicted by h′, scaled by the back-off weight:
//!   `S(h) = Σ_seen p(w|h) + backoff(h) · (S(h′) − Σ_seen p(w|h′))`, over the words seen after h.
//! - For a sample of histories, stored or not, word by word over the whole vocabulary.
//!
//! A history that is not stored predicts like its longest stored suffix, so all possible histories
//! are covered. Sums are 64-bit, of 32-bit logarithms.

mod finding;
mod sample;
mod structure;
mod sums;

pub use finding::Finding;

use ngram_formats::arpa::{self, Problem, ReadOptions, Warning};
use ngram_formats::{ImportError, import_as};
use ngram_model::{ClassModel, ConvertOptions, LanguageModel, Layout, Model, ModelError};
use ngram_store::temporary_folder;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use serde::Serialize;
use std::io::{self, BufRead};

/// Options for a check.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The number of histories to sum word by word.
    pub sample: usize,
    /// The tolerated distance of a sum from 1; `None` for [`TOLERANCE`] or, if the model's values
    /// are quantized, [`QUANTIZED_TOLERANCE`].
    pub tolerance: Option<f64>,
}

/// The tolerance for 32-bit logarithms; intact models stay below it.
pub const TOLERANCE: f64 = 1e-5;

/// The tolerance for quantized values: a probability near 1 may share its value with much smaller
/// ones. At 8 bits most sums are within a few hundredths of 1, the worst within a half.
pub const QUANTIZED_TOLERANCE: f64 = 1.0;

impl Default for CheckOptions {
    /// Returns a sample of 100, and the tolerance that suits the model.
    fn default() -> CheckOptions {
        CheckOptions { sample: 100, tolerance: None }
    }
}

/// The result of a check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckReport {
    /// The tolerated distance of a sum from 1.
    pub tolerance: f64,
    /// The order n; 0 for a file that could not be read.
    pub order: usize,
    /// The number of n-grams of each order; empty if the table cannot be read.
    pub ngrams: Vec<u64>,
    /// The sums after all stored histories, by length from 0 to n − 1. Empty if the file or the
    /// table is damaged.
    pub histories: Vec<Sums>,
    /// The sums computed word by word, after stored histories.
    pub sampled_seen: Option<Sums>,
    /// The sums computed word by word, after histories that are not stored.
    pub sampled_unseen: Option<Sums>,
    /// For a class-based model, the sums of p(w|c) over the words w of each class c, named by the
    /// class instead of a history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Sums>,
    /// The faults.
    pub findings: Vec<Finding>,
    /// Oddities that are not faults.
    pub notes: Vec<String>,
}

/// Sums over the vocabulary after a number of histories.
#[derive(Clone, Debug, Serialize)]
pub struct Sums {
    /// The length of the histories; `None` if lengths differ.
    pub length: Option<usize>,
    /// The number of histories.
    pub checked: u64,
    /// The number of sums farther from 1 than tolerated.
    pub failed: u64,
    /// The sum farthest from 1; `None` if no history was checked.
    pub worst: Option<Sum>,
}

/// A sum over the vocabulary.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sum {
    /// The words of the history, separated by spaces.
    pub history: String,
    /// The sum of p(w|h) over all words except `<s>`.
    pub sum: f64,
}

impl Sum {
    /// Returns the distance from 1.
    pub fn deviation(&self) -> f64 {
        (self.sum - 1.0).abs()
    }
}

impl CheckReport {
    /// Returns whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty() && self.sums().all(|sums| sums.failed == 0)
    }

    /// Returns all groups of sums, the sampled ones last.
    pub fn sums(&self) -> impl Iterator<Item = &Sums> {
        let sampled = self.sampled_seen.iter().chain(&self.sampled_unseen);
        self.histories.iter().chain(sampled).chain(&self.classes)
    }

    /// Returns the report on a model file that could not be opened because it is damaged.
    pub fn damaged(error: &ModelError, options: &CheckOptions) -> CheckReport {
        let mut report = CheckReport::new(options.tolerance.unwrap_or(TOLERANCE));
        report.findings.push(Finding::Damaged { message: error.to_string() });
        report
    }

    fn new(tolerance: f64) -> CheckReport {
        CheckReport {
            tolerance,
            order: 0,
            ngrams: Vec::new(),
            histories: Vec::new(),
            sampled_seen: None,
            sampled_unseen: None,
            classes: None,
            findings: Vec::new(),
            notes: Vec::new(),
        }
    }
}

/// Checks a whole model. `name` is its file's name in messages.
///
/// Uses the threads of the current rayon pool; the report is the same for any number of them.
pub fn check(model: &Model, name: &str, options: &CheckOptions) -> CheckReport {
    match model.verify(name) {
        Ok(()) => check_verified(model, options),
        Err(error) => CheckReport::damaged(&error, options),
    }
}

/// Checks a class-based model: its table of classes, like [`check`], and whether the words of each
/// class sum to 1, so that all words do after any history.
pub fn check_classes(model: &ClassModel, name: &str, options: &CheckOptions) -> CheckReport {
    if let Err(error) = model.verify(name) {
        return CheckReport::damaged(&error, options);
    }
    let mut report = check_verified(model.classes(), options);
    report.notes.push("n-grams and histories are of classes".to_owned());
    let classes = model.classes().vocab();
    let mut sums = vec![0.0; classes.len()];
    for word in (0..model.vocab().len() as u32).map(WordId) {
        sums[model.class_of(word).index()] += model.in_class(word).prob();
    }
    let of_class = |class: usize| classes.word(WordId(class as u32)).to_owned();
    report.classes = Some(sums::group(None, &sums, report.tolerance, of_class));
    report
}

fn check_verified(model: &Model, options: &CheckOptions) -> CheckReport {
    let quantization = model.info().quantization;
    let tolerance = options.tolerance.unwrap_or(match quantization {
        None => TOLERANCE,
        Some(_) => QUANTIZED_TOLERANCE,
    });
    let mut report = CheckReport::new(tolerance);
    if let Some(bits) = quantization {
        let note = format!("values are quantised to {bits} bits, so that sums are only near 1");
        report.notes.push(note);
    }
    report.order = model.order();
    let whole = match model.unchecked_table() {
        Ok(whole) => whole,
        Err(fault) => {
            report.findings.push(Finding::from(fault));
            return report;
        }
    };
    let table = whole.view();
    report.ngrams.push(table.unigrams.len() as u64);
    report.ngrams.extend(table.levels.iter().map(|level| level.successor_words.len() as u64));
    let vocab = model.vocab();
    if let Err(fault) = table.check_runs() {
        report.findings.push(Finding::from(fault));
        return report;
    }
    report.findings.extend(structure::numbers(&table, vocab));
    report.findings.extend(structure::certain(&table, vocab));
    report.histories = sums::all(&table, vocab, tolerance);
    let (seen, unseen) = sample::sums(&table, vocab, options.sample, tolerance);
    report.sampled_seen = Some(seen).filter(|sums| sums.checked > 0);
    report.sampled_unseen = Some(unseen).filter(|sums| sums.checked > 0);
    report
}

/// Checks an ARPA file: first its format, then the sums of its model.
///
/// The model is written to a temporary file, which is deleted at the end. `source` is the ARPA
/// file's name in messages.
///
/// # Errors
///
/// If the file cannot be read or is in another format, or if the temporary file cannot be written.
/// A malformed ARPA file is not an error but a finding.
pub fn check_arpa(
    arpa: impl BufRead,
    source: &str,
    read: &ReadOptions<'_>,
    options: &CheckOptions,
) -> Result<CheckReport, ImportError> {
    let temporary = |path, source| ImportError::Write(ngram_model::WriteError::Io { path, source });
    let directory = temporary_folder(&std::env::temp_dir())?;
    let path = directory.path().join("model.ngram");
    // No text is read with this model, so any tokenizer will do.
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let layout = ConvertOptions { layout: Layout::Table, quantize: None };
    let imported = match import_as(arpa, source, read, tokenizer, &layout, &path, &()) {
        Ok(imported) => imported,
        Err(ImportError::Arpa(error)) if !is_elsewhere(&error) => {
            let mut report = CheckReport::new(options.tolerance.unwrap_or(TOLERANCE));
            report.findings.push(Finding::Malformed { message: error.to_string() });
            return Ok(report);
        }
        Err(error) => return Err(error),
    };
    let model = Model::open(&path).map_err(|error| temporary(path, io::Error::other(error)))?;
    let mut report = check(&model, source, options);
    if let Some(first) = imported.first_inserted {
        report.findings.insert(0, Finding::MissingPrefix { count: imported.inserted, first });
    }
    for warning in imported.warnings {
        match warning {
            Warning::PositiveLogProbs { .. } => {
                report.findings.insert(0, Finding::Malformed { message: warning.to_string() });
            }
            _ => report.notes.push(warning.to_string()),
        }
    }
    Ok(report)
}

/// Returns whether the fault is not in the text: the file cannot be read at all, or is something else.
fn is_elsewhere(error: &arpa::ArpaError) -> bool {
    matches!(error.problem, Problem::Io(_) | Problem::Foreign(_) | Problem::NoData)
}

/// Joins words with spaces.
fn join(vocab: ngram_tokenizer::VocabView<'_>, words: &[WordId]) -> String {
    let words: Vec<&str> = words.iter().map(|&word| vocab.word(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ngram_model::native::{Bases, Sizes, Writer};
    use ngram_model::{ModelInfo, OrderInfo, ScoredLevel};
    use ngram_tokenizer::Vocab;

    /// A model over `<unk> <s> </s> a` in which every history sums to 1.
    fn sound() -> (Vec<f32>, Vec<ScoredLevel>) {
        let log =
            |probs: &[f64]| probs.iter().map(|prob| prob.log10() as f32).collect::<Vec<f32>>();
        let unigrams = log(&[0.25, 0.0, 0.25, 0.5]);
        // p(a|<s>) = 0.75 leaves 0.25 for the others, which have 0.5 as 1-grams; likewise
        // p(</s>|a) = 0.5 leaves 0.5 for 0.75.
        let first = ScoredLevel {
            words: vec![0, 1, 2, 3],
            child_ends: vec![0, 0, 0, 1],
            successor_ends: vec![0, 1, 1, 2],
            successor_words: vec![3, 2],
            log_probs: log(&[0.75, 0.5]),
            backoffs: log(&[1.0, 0.5, 1.0, 2.0 / 3.0]),
        };
        // p(</s>|<s> a) = 0.9 leaves 0.1 for 0.5.
        let second = ScoredLevel {
            words: vec![1],
            successor_ends: vec![1],
            successor_words: vec![2],
            log_probs: log(&[0.9]),
            backoffs: log(&[0.2]),
            ..ScoredLevel::default()
        };
        (unigrams, vec![first, second])
    }

    fn check_table(unigrams: &[f32], levels: &[ScoredLevel]) -> CheckReport {
        let info = ModelInfo {
            tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
            smoothing: None,
            orders: vec![OrderInfo::default(); levels.len() + 1],
            training: None,
            quantization: None,
        };
        let sizes = levels
            .iter()
            .map(|level| (level.backoffs.len() as u64, level.successor_words.len() as u64));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("model.ngram");
        let vocab = Vocab::new(["a"]).unwrap();
        let mut writer = Writer::create(&path).unwrap();
        writer.begin(&info, vocab.view(), unigrams, &Sizes(sizes.collect())).unwrap();
        writer.part(levels, &Bases(vec![(0, 0); levels.len()])).unwrap();
        writer.finish().unwrap();
        check(&Model::open(&path).unwrap(), "model.ngram", &CheckOptions::default())
    }

    #[test]
    fn a_sound_model_is_sound() {
        let (unigrams, levels) = sound();
        let report = check_table(&unigrams, &levels);
        assert!(report.is_sound(), "{report:?}");
        let checked: Vec<u64> = report.sums().map(|sums| sums.checked).collect();
        assert_eq!(checked, [1, 4, 1, 50, 50]);
        assert!(report.sums().all(|sums| sums.worst.as_ref().unwrap().deviation() < 1e-6));
        let (unigrams, _) = sound();
        assert!(check_table(&unigrams, &[]).is_sound());
    }

    #[test]
    fn sums_name_the_history_in_both_ways() {
        let (unigrams, mut levels) = sound();
        levels[1].log_probs[0] = 0.8f32.log10();
        let report = check_table(&unigrams, &levels);
        assert!(report.findings.is_empty() && !report.is_sound());
        let failed: Vec<u64> = report.histories.iter().map(|sums| sums.failed).collect();
        assert_eq!(failed, [0, 0, 1]);
        // 0.8 + 0.2 · (1 − 0.5)
        for sums in [&report.histories[2], report.sampled_seen.as_ref().unwrap()] {
            let worst = sums.worst.as_ref().unwrap();
            assert_eq!(worst.history, "<s> a");
            assert!((worst.sum - 0.9).abs() < 1e-6, "{worst:?}");
        }
        assert_eq!(report.sampled_unseen.unwrap().failed, 0);
    }

    #[test]
    fn a_history_after_which_nothing_is_left_sums_to_1_or_to_0() {
        let (unigrams, mut levels) = sound();
        // All probability is on seen words, as after maximum likelihood.
        levels[1].log_probs[0] = 0.0;
        levels[1].backoffs[0] = f32::NEG_INFINITY;
        assert!(check_table(&unigrams, &levels).is_sound());
        // Nothing is seen, and yet the back-off weight is 0.
        levels[0].backoffs[2] = f32::NEG_INFINITY;
        let report = check_table(&unigrams, &levels);
        let worst = report.histories[1].worst.as_ref().unwrap();
        assert_eq!((worst.history.as_str(), worst.sum), ("</s>", 0.0));
        assert!(!report.is_sound());
    }

    #[test]
    fn begin_counts_in_no_sum() {
        let (mut unigrams, levels) = sound();
        unigrams[1] = 0.0;
        assert!(check_table(&unigrams, &levels).is_sound());
    }

    #[test]
    fn numbers_that_cannot_be_are_found() {
        type Fault = fn(&mut Vec<f32>, &mut Vec<ScoredLevel>);
        let cases: [(Fault, &str); 9] = [
            (|unigrams, _| unigrams[0] = f32::NAN, "1 1-grams have no log-probability"),
            (|unigrams, _| unigrams[3] = 0.1, "the first \"a\""),
            (|_, levels| levels[0].log_probs[1] = 0.1, "the first \"a </s>\""),
            (|_, levels| levels[1].backoffs[0] = f32::NAN, "1 2-grams have no back-off weight"),
            (|_, levels| levels[0].backoffs[3] = f32::INFINITY, "no back-off weight"),
            (|_, levels| levels[0].successor_words[0] = 4, "place in the order"),
            (|_, levels| levels[1].words[0] = 4, "longer histories"),
            (
                |_, levels| levels[0].successor_ends[1] = 3,
                "successors of the histories of length 1",
            ),
            (|_, levels| levels[0].child_ends[0] = 2, "children of the histories of length 1"),
        ];
        for (fault, message) in cases {
            let (mut unigrams, mut levels) = sound();
            fault(&mut unigrams, &mut levels);
            let report = check_table(&unigrams, &levels);
            let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            assert!(findings.iter().any(|finding| finding.contains(message)), "{findings:?}");
            assert!(!report.is_sound());
        }
        // The same word twice, or the wrong order.
        for words in [[3, 3], [3, 2]] {
            let (unigrams, mut levels) = sound();
            levels[0].successor_ends = vec![0, 2, 2, 2];
            levels[0].successor_words = words.to_vec();
            let report = check_table(&unigrams, &levels);
            assert!(matches!(report.findings[0], Finding::Numbers { order: 2, .. }), "{report:?}");
        }
    }

    #[test]
    fn a_certain_word_is_found_beside_others_only() {
        let none = f32::NEG_INFINITY;
        let report = check_table(&[-0.5, none, 0.0, -0.5], &[]);
        assert_eq!(report.findings, [Finding::Certain { word: "</s>".into() }]);
        assert!(check_table(&[none, none, 0.0, none], &[]).is_sound());
    }
}
