//! What this crate says is what the libraries say.

use crate::{Error, Model, Trainer};
use ngram_eval::Report;
use ngram_input::Text;
use ngram_model::AnyModel;
use ngram_tokenizer::WordId;
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::{TrainOptions, smoothing, train};
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const TEXT: &str = include_str!("../corpora/sample.txt");
const HELD_OUT: &str = "Someone has to count the words.\n\nA wyvern cannot be counted\n";

fn options() -> TrainOptions {
    let smoothing = smoothing::by_name("kneser-ney").unwrap();
    TrainOptions { order: 3, smoothing, ..TrainOptions::default() }
}

/// The file that the library writes.
fn library(options: &TrainOptions, path: &Path) -> Vec<u8> {
    train(&[Text::bytes("text", TEXT.into())], options, path, &()).unwrap();
    fs::read(path).unwrap()
}

fn trainer() -> Trainer {
    Trainer::new().order(3).smoothing("kneser-ney")
}

/// A report but for the time it took.
fn timeless(report: &Report) -> Report {
    Report { seconds: 0.0, tokens_per_second: None, ..report.clone() }
}

#[test]
fn files_are_the_same_from_memory_files_and_records() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let expected = library(&options(), &path("library"));
    fs::write(path("a.txt"), TEXT).unwrap();
    fs::write(path("b.txt.zst"), zstd::encode_all(TEXT.as_bytes(), 1).unwrap()).unwrap();
    let record = serde_json::json!({ "text": TEXT }).to_string();
    fs::write(path("c.jsonl"), record).unwrap();
    let texts = [
        trainer().text(TEXT),
        trainer().file(path("a.txt")),
        trainer().files([path("b.*")]),
        trainer().file(path("c.jsonl")).threads(1),
    ];
    for (number, trainer) in texts.into_iter().enumerate() {
        let trained = trainer.write(path("m")).unwrap();
        assert!(fs::read(path("m")).unwrap() == expected, "{number}");
        assert_eq!(trained.file_size(), expected.len() as u64);
        assert_eq!(trained.vocab_len(), trained.model().unwrap().vocab_len());
        assert!(trained.to_string().contains("order 3, kneser-ney, vocabulary of "), "{trained}");
    }
    let closed = library(&TrainOptions { open: false, ..options() }, &path("closed"));
    trainer().text(TEXT).closed().write(path("m")).unwrap();
    assert!(fs::read(path("m")).unwrap() == closed);
}

#[test]
fn scores_and_reports_are_those_of_the_libraries() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("held.txt");
    fs::write(&path, HELD_OUT).unwrap();
    every_kind(|name, file| {
        let library = AnyModel::open(file).unwrap();
        let library = library.as_dyn();
        let model = Model::open(file).unwrap();
        for line in HELD_OUT.lines() {
            let mut words = Vec::new();
            let vocab = library.vocab();
            library.tokenizer().tokenize(line, |token| words.push(vocab.id_or_unknown(token)));
            let mut scores = Vec::new();
            library.score_sentence(&words, &mut scores);
            let sentence = model.sentence(line);
            let found: Vec<(f64, u8)> =
                sentence.tokens().iter().map(|token| (token.log10_prob, token.matched)).collect();
            let expected: Vec<(f64, u8)> =
                scores.iter().map(|score| (score.log_prob.log10(), score.matched)).collect();
            assert_eq!(found, expected, "{name}, {line:?}");
            let sum: f64 = scores.iter().map(|score| score.log_prob.log10()).sum();
            assert_eq!(sentence.log10_prob(), sum, "{name}, {line:?}");
            let oovs = words.iter().filter(|&&word| word == WordId::UNKNOWN).count();
            assert_eq!(sentence.oovs(), oovs as u64, "{name}, {line:?}");
            assert_eq!(sentence.to_string().lines().count(), words.len() + 3, "{name}");
        }
        let expected = timeless(&ngram_eval::evaluate(library, HELD_OUT));
        assert_eq!(timeless(model.evaluate(HELD_OUT).report()), expected, "{name}");
        let evaluation = model.evaluate_file(&path).unwrap();
        assert_eq!(evaluation.report().figures, expected.figures, "{name}");
        let printed = ngram_report::text::report(evaluation.report());
        assert_eq!(evaluation.to_string(), printed, "{name}");

        let next = model.next("the").top(5);
        let after = ngram_eval::Next::new(library).after("the", false, 5).next;
        let after: Vec<(String, f64)> =
            after.into_iter().map(|next| (next.word, next.probability)).collect();
        assert_eq!(next, after, "{name}");
        assert_eq!(model.generate(7).unwrap(), model.generate(7).unwrap(), "{name}");
    });
}

/// Calls `test` with a model file of each kind.
fn every_kind(test: impl Fn(&str, &Path)) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("model");
    library(&options(), &path);
    test("table", &path);
    library(&TrainOptions { skip: 1, ..options() }, &path);
    test("skip", &path);
    let classes = "CLASS1 1 the\nCLASS1 1 a\nCLASS2 1 word\nCLASS2 1 words\n";
    let classes = WordClasses::read(classes.as_bytes(), "classes").unwrap();
    let texts = [Text::bytes("text", TEXT.into())];
    train_classes(&texts, &classes, &options(), &path, &()).unwrap();
    test("classes", &path);
    assert!(matches!(
        Model::open(&path).unwrap().to_arpa(folder.path().join("a")),
        Err(Error::NoTable)
    ));
}

#[test]
fn arpa_files_give_the_same_scores() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let model = trainer().text(TEXT).closed().write(path("m")).unwrap().model().unwrap();
    model.to_arpa(path("a.arpa")).unwrap();
    let again = Model::open(path("a.arpa")).unwrap();
    for line in HELD_OUT.lines() {
        assert_eq!(model.sentence(line), again.sentence(line));
    }
    assert_eq!(model.next("the").top(9), again.next("the").top(9));
    again.evaluate_file(path("m")).unwrap_err(); // a model is no text
    let evaluation = again.evaluate_file(path("a.arpa")).unwrap();
    assert!(evaluation.tokens() > 1000);
}

#[test]
fn a_line_end_is_a_space_and_nothing_is_a_sentence() {
    let folder = tempdir().unwrap();
    let model = trainer().text(TEXT).write(folder.path().join("m")).unwrap().model().unwrap();
    let (one, two) = (model.sentence("the words"), model.sentence("the\nwords"));
    assert_eq!(one.tokens(), two.tokens());
    assert_eq!((one.figures(), two.text()), (two.figures(), "the\nwords"));
    assert_eq!(model.sentence("").tokens().len(), 1);
    assert_eq!(model.evaluate("").perplexity(), None);
}

#[test]
fn errors_name_what_is_wrong() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("t.txt"), TEXT).unwrap();
    fs::write(path("empty.txt"), "").unwrap();
    let write = |trainer: Trainer| trainer.write(path("m")).unwrap_err().to_string();
    let cases = [
        (trainer(), "no text"),
        (trainer().file(path("none.txt")), "none.txt"),
        (trainer().file(path("empty.txt")), "empty.txt"),
        (trainer().text(TEXT).smoothing("smooth"), "smooth"),
        (trainer().text(TEXT).tokenizer("cutter"), "cutter"),
        (trainer().text(TEXT).order(0), "0"),
        (trainer().text(TEXT).threads(0), "0 threads"),
    ];
    for (trainer, expected) in cases {
        let message = write(trainer);
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert!(!path("m").exists());
    let replaced = trainer().file(path("t.txt")).write(path("t.txt")).unwrap_err();
    assert!(matches!(replaced, Error::Replaces { .. }));
    assert_eq!(fs::read_to_string(path("t.txt")).unwrap(), TEXT);
    for name in ["none", "t.txt", "empty.txt"] {
        let message = Model::open(path(name)).unwrap_err().to_string();
        assert!(message.contains(name), "{name}: {message}");
    }
}

#[test]
fn models_go_from_thread_to_thread() {
    fn shared<T: Send + Sync>() {}
    shared::<Model>();
    shared::<Error>();
}
