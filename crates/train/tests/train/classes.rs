//! Class-based models: their scores by definition, their files, and what is refused.

use ngram_counts::VocabRule;
use ngram_edit::check::{CheckOptions, check_classes};
use ngram_input::Text;
use ngram_model::{
    AnyModel, ClassModel, ConvertOptions, LanguageModel, Layout, Model, ModelError, Score,
    convert_classes,
};
use ngram_store::{Mapped, Resources, Shares};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::smoothing::{self, Settings};
use ngram_train::{TrainError, TrainOptions, train};
use std::collections::HashMap;
use std::fs;

fn classes(text: &str) -> WordClasses {
    WordClasses::read(text.as_bytes(), "classes.txt").unwrap()
}

/// Puts the words w0 to w29 in classes by their number modulo 7; w30 and up have none. Appends `more`.
fn by_number(more: &str) -> String {
    (0..30).map(|word| format!("C{} 1 w{word}\n", word % 7)).collect::<String>() + more
}

fn options() -> TrainOptions {
    TrainOptions {
        order: 3,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        ..TrainOptions::default()
    }
}

/// Returns the bytes of the model that this many threads train.
fn file(text: &str, classes: &WordClasses, options: &TrainOptions, threads: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("class.ngram");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let texts = [Text::bytes("text", text.into())];
    pool.install(|| train_classes(&texts, classes, options, &path, &())).unwrap();
    fs::read(path).unwrap()
}

fn open(bytes: &[u8]) -> ClassModel {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("class.ngram");
    fs::write(&path, bytes).unwrap();
    ClassModel::open(&path).unwrap()
}

fn class_model(text: &str, classes: &WordClasses, options: &TrainOptions) -> ClassModel {
    open(&file(text, classes, options, 2))
}

/// Returns the sum of p(w|h) over all words but `<s>`.
fn sum(model: &dyn LanguageModel, history: &[WordId]) -> f64 {
    let words = (0..model.vocab().len() as u32).map(WordId).filter(|&word| word != WordId::BEGIN);
    words.map(|word| model.score(history, word).log_prob.prob()).sum()
}

#[test]
fn a_word_has_the_probability_of_its_class_and_its_share_of_it() {
    let text = ngram_testing::text(3, 400, 40);
    let listed = by_number("C0 1 never\n");
    let class_of: HashMap<String, String> = listed
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .map(|fields| (fields[2].to_owned(), fields[0].to_owned()))
        .collect();
    let named = |word: &str| class_of.get(word).cloned().unwrap_or_else(|| word.to_owned());
    let of_classes: String = text
        .lines()
        .map(|line| line.split_whitespace().map(named).collect::<Vec<_>>().join(" ") + "\n")
        .collect();
    let mut frequencies: HashMap<&str, f64> = HashMap::new();
    text.split_whitespace().for_each(|word| *frequencies.entry(word).or_default() += 1.0);
    frequencies.insert("never", 0.5);
    for method in ["modified-kneser-ney", "witten-bell"] {
        let smoothing = smoothing::by_name(method).unwrap();
        let options = TrainOptions { smoothing, open: false, ..options() };
        let model = class_model(&text, &classes(&listed), &options);
        let table = ngram_testing::model_of(&of_classes, &options);
        // At most 41 words of the text, `never`, and three more.
        assert_eq!(model.vocab().len(), frequencies.len() + 3);
        assert_eq!(model.classes().vocab().len(), table.vocab().len());
        let id = |word: &str| model.vocab().id(word).unwrap();
        let of_table = |word: &str| table.vocab().id(&named(word)).unwrap();
        let near = |score: Score, expected: f64, matched: u8| {
            assert!((score.log_prob.log10() - expected).abs() < 1e-5, "{score:?} {expected}");
            assert_eq!(score.matched, matched);
        };
        for (word, frequency) in &frequencies {
            let all = frequencies.iter().filter(|(other, _)| named(other) == named(word));
            let share = frequency / all.map(|(_, frequency)| frequency).sum::<f64>();
            for history in [&[][..], &["w3"], &["w1", "w35"], &["w2", "never", "w1"]] {
                let words: Vec<WordId> = history.iter().map(|word| id(word)).collect();
                let in_table: Vec<WordId> = history.iter().map(|word| of_table(word)).collect();
                let expected = table.score(&in_table, of_table(word));
                let expected_log = expected.log_prob.log10() + share.log10();
                near(model.score(&words, id(word)), expected_log, expected.matched);
            }
        }
        for history in [vec![], vec![WordId::BEGIN], vec![id("w3")], vec![id("w35"), id("never")]] {
            assert!((sum(&model, &history) - 1.0).abs() < 1e-5);
        }
        // Scoring many sentences together gives the same as word by word, and so does their end.
        let sentences = [vec![id("w3"), id("never")], vec![], vec![id("w35"), WordId::UNKNOWN]];
        let (mut words, mut ends, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        for sentence in &sentences {
            words.extend_from_slice(sentence);
            ends.push(words.len());
            let mut history = vec![WordId::BEGIN];
            for &word in sentence.iter().chain([&WordId::END]) {
                expected.push(model.score(&history, word));
                history.push(word);
            }
        }
        let mut scores = Vec::new();
        model.score_sentences(&words, &ends, &mut scores);
        assert_eq!(scores, expected);
    }
}

#[test]
fn what_a_class_has_seen_its_words_have() {
    let model = class_model("a b\nc d\n", &classes("X 1 a\nX 1 c\nY 1 b\nY 1 d\n"), &options());
    let id = |word: &str| model.vocab().id(word).unwrap();
    // d was never seen after a, but its class was.
    let [b, d] = ["b", "d"].map(|word| model.score(&[id("a")], id(word)));
    assert_eq!((b, b.matched), (d, 2));
}

#[test]
fn unknown_words_may_be_in_a_class_and_classes_without_words() {
    let text = ngram_testing::text(5, 300, 40);
    let vocab = VocabRule::MaxWords(25);
    let options = TrainOptions { vocab, ..options() };
    let listed = classes(&by_number("U 1 <unk>\nU 1 w33\nnobody 1 nowhere\n"));
    let model = class_model(&text, &listed, &options);
    let id = |word: &str| model.vocab().id_or_unknown(word);
    for history in [vec![], vec![id("w3"), WordId::UNKNOWN], vec![WordId::UNKNOWN, id("w1")]] {
        assert!((sum(&model, &history) - 1.0).abs() < 1e-5);
    }
    assert_eq!(model.vocab().id("nowhere"), None);
    assert_eq!(model.classes().vocab().id("nobody"), None);
    assert_eq!(model.class_of(WordId::UNKNOWN), WordId::UNKNOWN);
    assert!(model.open_vocabulary().is_some());
    let report = check_classes(&model, "class.ngram", &CheckOptions::default());
    assert!(report.is_sound() && report.classes.unwrap().checked > 5);
}

#[test]
fn neither_threads_nor_memory_change_a_byte() {
    let text = ngram_testing::text(9, 3000, 60);
    let listed = classes(&by_number(""));
    let settings = Settings { min_counts: vec![1, 1, 2], ..Settings::default() };
    let options = TrainOptions { settings, ..options() };
    let one = file(&text, &listed, &options, 1);
    assert!(file(&text, &listed, &options, 7) == one);
    let folder = tempfile::tempdir().unwrap();
    let shares = Some(Shares { ids: 0, keys: 0, counts: 0 });
    let temp_dir = folder.path().to_owned();
    let resources = Resources { temp_dir, shares, ..Resources::default() };
    assert!(file(&text, &listed, &TrainOptions { resources, ..options }, 2) == one);
}

#[test]
fn either_kind_of_file_is_told_from_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (of_words, of_classes) = (folder.path().join("w"), folder.path().join("c"));
    let text = [Text::bytes("text", b"a b\nc d\n".to_vec())];
    train(&text, &options(), &of_words, &()).unwrap();
    train_classes(&text, &classes("X 1 a\nX 1 c\n"), &options(), &of_classes, &()).unwrap();
    assert!(matches!(Model::open(&of_classes), Err(ModelError::ClassBased { .. })));
    assert!(matches!(ClassModel::open(&of_words), Err(ModelError::NotClassBased { .. })));
    let any = [&of_words, &of_classes].map(|path| AnyModel::open(path).unwrap());
    assert!(any[0].as_table().is_some() && any[1].as_class().is_some());
    assert_eq!(any[1].as_dyn().vocab().len(), any[0].as_dyn().vocab().len());

    // Scores are the same in every layout.
    let model = any[1].as_class().unwrap();
    for layout in Layout::ALL {
        let path = folder.path().join(layout.name());
        convert_classes(model, &ConvertOptions { layout, quantize: None }, &path).unwrap();
        let converted = ClassModel::open(&path).unwrap();
        converted.verify("converted").unwrap();
        assert!(converted.open_vocabulary().is_some());
        for word in (0..model.vocab().len() as u32).map(WordId) {
            let history = [WordId::BEGIN, WordId(3)];
            assert_eq!(converted.score(&history, word), model.score(&history, word));
        }
    }

    assert!(Model::from_bytes("c", Mapped::open(&of_classes).unwrap()).is_err());
}

#[test]
fn what_classes_cannot_be_trained_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let text = [Text::bytes("text", b"a b\nX d\n".to_vec())];
    let named = classes("X 1 a\n");
    let error = train_classes(&text, &named, &options(), &path, &()).unwrap_err();
    assert!(matches!(&error, TrainError::ClassName(name) if name == "X"), "{error}");
    let smoothing = smoothing::by_name("jelinek-mercer").unwrap();
    let held_out = std::sync::Arc::new(vec![Text::bytes("dev", b"a b\n".to_vec())]);
    let options = TrainOptions { smoothing, held_out, ..options() };
    let error = train_classes(&text, &classes("Y 1 a\n"), &options, &path, &()).unwrap_err();
    assert!(matches!(error, TrainError::ClassesHeldOut), "{error}");
    assert!(!path.exists());
}
