//! The same model in every layout has the same scores, the same ARPA file and the same table.

use ngram_edit::check::{CheckOptions, Finding, check};
use ngram_formats::arpa::ReadOptions;
use ngram_formats::{export, import};
use ngram_model::memory::MemoryModel;
use ngram_model::{
    ConvertError, ConvertOptions, LanguageModel, Layout, LogProb, Model, Score, convert,
};
use ngram_store::Mapped;
use ngram_testing::model_file::{Section, forge, sections};
use ngram_testing::{methods, model, text};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn converted(model: &Model, layout: Layout, quantize: Option<u8>) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = ConvertOptions { layout, quantize };
    let size = convert(model, &options, &path).unwrap();
    let converted = Model::open(&path).unwrap();
    assert_eq!((converted.file_size(), converted.layout()), (size, layout));
    converted.verify("converted").unwrap();
    converted
}

fn arpa(model: &Model) -> String {
    let mut bytes = Vec::new();
    export(model, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Returns the scores that must be the same, as bits.
fn scores(model: &impl LanguageModel, sentences: &[Vec<u32>]) -> Vec<(u32, u8)> {
    let mut all = Vec::new();
    let mut scores = Vec::new();
    for sentence in sentences {
        let words = ngram_testing::ids(sentence);
        model.score_sentence(&words, &mut scores);
        all.extend(scores.iter().map(|score| (score.log_prob.0.to_bits(), score.matched)));
    }
    for history in ngram_testing::histories(sentences, model.order(), model.vocab().len()) {
        let history = ngram_testing::ids(&history);
        for word in (0..model.vocab().len() as u32 + 2).chain([u32::MAX]).map(WordId) {
            let score = model.score(&history, word);
            all.push((score.log_prob.0.to_bits(), score.matched));
        }
    }
    all
}

#[track_caller]
fn assert_same(one: &Model, other: &Model, sentences: &[Vec<u32>]) {
    let expected = scores(one, sentences);
    assert_eq!(expected, scores(other, sentences));
    assert_eq!(expected, scores(&MemoryModel::new(other).unwrap(), sentences), "in memory");
    assert_eq!(arpa(one), arpa(other));
}

#[test]
fn every_score_and_the_arpa_file_stay_the_same_for_every_method_and_order() {
    let text = text(3, 60, 12);
    for method in methods() {
        for order in 1..=7 {
            let table = model(&text, order, method);
            let sentences = ngram_testing::sentences(&text, &table);
            for layout in [Layout::Compact, Layout::Suffix] {
                let other = converted(&table, layout, None);
                assert_same(&table, &other, &sentences[..sentences.len().min(20)]);
                assert_eq!(table.info(), other.info());
            }
        }
    }
}

/// Imports the model of an ARPA file.
fn imported(arpa: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(arpa.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    Model::open(&path).unwrap()
}

/// The n-gram "a b c d" is listed, but none of its suffixes except the word, as pruning may leave
/// it. "c d" has a weight but no longer n-gram; weights have either sign and either zero.
const PRUNED: &str = "\\data\\\nngram 1=7\nngram 2=4\nngram 3=2\nngram 4=1\n\n\\1-grams:\n\
    -2\t<unk>\t0\n-99\t<s>\t-0.5\n-0.5\t</s>\t-0\n-1\ta\t-0.25\n-1.25\tb\t0.25\n-1.5\tc\t-0\n\
    -inf\td\t0\n\n\\2-grams:\n-0\t<s> d\t-0.125\n-0.75\ta b\t-0.5\n-0.3\td </s>\n-0.2\tc d\t0.5\n\n\
    \\3-grams:\n-0.1\ta b c\t-0.75\n0\td b a\t0.5\n\n\\4-grams:\n-0.05\ta b c d\n\n\\end\\\n";

#[test]
fn pruned_models_keep_what_is_listed_and_no_more() {
    let table = imported(PRUNED);
    let ids = |words: &str| words.split(' ').map(|w| table.vocab().id(w).unwrap().0).collect();
    let sentences: Vec<Vec<u32>> =
        ["a b c d", "d b a", "c d", "d", "b c d a", "a a b c"].map(ids).into();
    for layout in [Layout::Compact, Layout::Suffix] {
        let other = converted(&table, layout, None);
        assert_same(&table, &other, &sentences);
        let lines = arpa(&other);
        assert!(
            lines.contains("\\4-grams:\n-0.05\ta b c d\n") && !lines.contains("b c d\t"),
            "{lines}"
        );
    }
}

#[test]
fn sentences_of_any_length_score_the_same() {
    let text = text(9, 60, 10);
    for order in [1, 2, 5] {
        let table = model(&text, order, methods().next().unwrap());
        let [compact, suffix] =
            [Layout::Compact, Layout::Suffix].map(|layout| converted(&table, layout, None));
        let in_memory = MemoryModel::new(&table).unwrap();
        let words: Vec<u32> = ngram_testing::sentences(&text, &table).concat();
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for length in [0, 1, 61, 62, 63, 64, 65, 126, 127, 128, 129, words.len()] {
            let sentence = ngram_testing::ids(&words[..length]);
            table.score_sentence(&sentence, &mut one);
            assert_eq!(one.len(), length + 1);
            for model in [&compact, &suffix] {
                model.score_sentence(&sentence, &mut other);
                assert_eq!(one, other, "{length}");
            }
            in_memory.score_sentence(&sentence, &mut other);
            assert_eq!(one, other, "{length}");
        }
    }
}

#[test]
fn back_and_forth_is_the_same_file() {
    let text = text(5, 80, 15);
    let method = methods().next().unwrap();
    for first in (1..=5).map(|order| model(&text, order, method)).chain([imported(PRUNED)]) {
        for layout in [Layout::Compact, Layout::Suffix] {
            let folder = tempfile::tempdir().unwrap();
            let [other, table] = ["other", "table"].map(|name| folder.path().join(name));
            let options = |layout| ConvertOptions { layout, quantize: None };
            convert(&first, &options(layout), &other).unwrap();
            convert(&Model::open(&other).unwrap(), &options(Layout::Table), &table).unwrap();
            let original = folder.path().join("original");
            convert(&first, &options(Layout::Table), &original).unwrap();
            assert_eq!(std::fs::read(&table).unwrap(), std::fs::read(&original).unwrap());
            let again = folder.path().join("again");
            convert(&Model::open(&table).unwrap(), &options(layout), &again).unwrap();
            assert_eq!(std::fs::read(&other).unwrap(), std::fs::read(&again).unwrap());
        }
    }
}

#[test]
fn a_vocabulary_of_one_word() {
    for text in ["a\n", "a a a a\na\n"] {
        for order in 1..=4 {
            for method in methods() {
                let table = model(text, order, method);
                for layout in [Layout::Compact, Layout::Suffix] {
                    let other = converted(&table, layout, None);
                    assert_same(&table, &other, &ngram_testing::sentences(text, &table));
                }
                converted(&table, Layout::Compact, Some(2));
            }
        }
    }
}

/// Returns the values of an ARPA file by order: log-probabilities, back-off weights.
fn values(arpa: &str) -> Vec<[BTreeSet<String>; 2]> {
    let mut orders: Vec<[BTreeSet<String>; 2]> = Vec::new();
    for line in arpa.lines() {
        if line.ends_with("-grams:") {
            orders.push(Default::default());
        }
        let fields: Vec<&str> = line.split('\t').collect();
        if let ([log_prob, _, rest @ ..], Some(order)) = (&fields[..], orders.last_mut()) {
            order[0].insert(log_prob.to_string());
            order[1].extend(rest.iter().map(|backoff| backoff.to_string()));
        }
    }
    orders
}

#[test]
fn quantised_values_are_few_and_near() {
    let text = text(11, 4000, 300);
    let table = model(&text, 4, methods().next().unwrap());
    let exact = values(&arpa(&table));
    assert!(exact[1..].iter().all(|order| order[0].len() > 256), "too few values to quantise");
    let sentences = ngram_testing::sentences(&text, &table);
    let log_probs = |model: &Model| {
        let (mut log_probs, mut scores) = (Vec::new(), Vec::new());
        for sentence in &sentences {
            model.score_sentence(&ngram_testing::ids(sentence), &mut scores);
            log_probs.extend(scores.iter().map(|score| score.log_prob.log10()));
        }
        log_probs
    };
    let right = log_probs(&table);
    let mut error = f64::INFINITY;
    for width in [2, 4, 8, 12] {
        let quantised = converted(&table, Layout::Compact, Some(width));
        assert_eq!(quantised.info().quantization, Some(width));
        let found = values(&arpa(&quantised));
        assert_eq!(found[0], exact[0], "single words are kept");
        for order in &found[1..] {
            assert!(order.iter().all(|values| values.len() <= 1 << width), "{width}");
        }
        let differences = right.iter().zip(log_probs(&quantised)).map(|(a, b)| (a - b).abs());
        let mean = differences.sum::<f64>() / right.len() as f64;
        assert!(mean < error / 3.0, "{width}: {mean} {error}");
        error = mean;

        let report = check(&quantised, "quantised", &CheckOptions::default());
        assert!(report.notes[0].contains(&format!("quantised to {width} bits")));
        assert!(report.findings.is_empty() && (width < 4 || report.is_sound()), "{report:?}");
        let strict = CheckOptions { tolerance: Some(1e-5), ..CheckOptions::default() };
        assert!(!check(&quantised, "quantised", &strict).is_sound());

        // A quantised model stays quantised.
        let again = converted(&quantised, Layout::Table, None);
        assert_same(&quantised, &again, &sentences[..20]);
        assert_eq!(again.info(), quantised.info());
    }
    assert!(error < 1e-3, "{error}");
}

/// Returns the back-off weight of an n-gram in an ARPA file.
fn field(arpa: &str, words: &str) -> String {
    let line = arpa.lines().find(|line| line.split('\t').nth(1) == Some(words)).unwrap();
    line.split('\t').nth(2).unwrap().to_owned()
}

#[test]
fn weights_of_one_stay_weights_of_one() {
    let quantised = converted(&imported(PRUNED), Layout::Compact, Some(2));
    let weights: Vec<String> =
        ["d </s>", "<s> d", "a b"].map(|words| field(&arpa(&quantised), words)).into();
    assert_eq!((&*weights[0], weights[1] == "0", weights[2] == "0"), ("0", false, false));
}

#[test]
fn what_cannot_be_is_refused() {
    let table = imported(PRUNED);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    for (layout, quantize) in
        [(Layout::Compact, Some(1)), (Layout::Compact, Some(17)), (Layout::Table, Some(8))]
    {
        let error = convert(&table, &ConvertOptions { layout, quantize }, &path).unwrap_err();
        assert!(matches!(error, ConvertError::Bits(_) | ConvertError::Quantize(_)), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_model_checks_as_its_table_does() {
    let text = text(7, 200, 30);
    let table = model(&text, 4, methods().next().unwrap());
    let options = CheckOptions::default();
    for layout in [Layout::Compact, Layout::Suffix] {
        let other = converted(&table, layout, None);
        let reports =
            [&table, &other].map(|model| format!("{:?}", check(model, "model", &options)));
        assert_eq!(reports[0], reports[1]);
        assert!(check(&other, "model", &options).is_sound());
    }
}

/// Returns a file in a layout and its sections.
fn file_in(layout: Layout) -> (Vec<u8>, Vec<Section>) {
    let table = model(&text(3, 25, 8), 4, methods().next().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    convert(&table, &ConvertOptions { layout, quantize: None }, &path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let sections = sections(&bytes);
    (bytes, sections)
}

fn open(bytes: &[u8]) -> Option<Model> {
    Model::from_bytes("test", Mapped::from(bytes.to_vec())).ok()
}

/// Calls every method; the answers may be wrong, but every call returns.
fn ask(model: &impl LanguageModel) {
    let mut scores = Vec::new();
    let words = model.vocab().len() as u32;
    for word in (0..words).chain([1000, u32::MAX]) {
        let sentence = ngram_testing::ids(&[word, 3, 4, word, word, 5, 3]);
        model.score_sentence(&sentence, &mut scores);
        model.score(&sentence[..3], WordId(word));
    }
}

/// With corrected checksums, a changed file may give any score, but must not panic or loop forever.
#[test]
fn forged_tries_stop_nothing() {
    assert_forgeries_are_harmless(Layout::Compact, |section| section.kind >= 30);
}

#[test]
fn forged_lines_stop_nothing() {
    assert_forgeries_are_harmless(Layout::Suffix, |section| (9..30).contains(&section.kind));
}

fn assert_forgeries_are_harmless(layout: Layout, is_of_layout: impl Fn(&&Section) -> bool) {
    let (bytes, sections) = file_in(layout);
    let options = CheckOptions { sample: 4, tolerance: None };
    let (mut opened, mut found) = (0, 0);
    let mut attempt = |changed: &mut [u8]| {
        forge(changed);
        let Some(model) = open(changed) else { return };
        opened += 1;
        ask(&model);
        if let Ok(in_memory) = MemoryModel::new(&model) {
            ask(&in_memory);
        }
        let report = check(&model, "test", &options);
        found += usize::from(
            report.findings.iter().any(|finding| matches!(finding, Finding::Nodes { .. })),
        );
        let _ = export(&model, std::io::sink());
        // Files are slow to write, so only do it sometimes.
        if opened % 16 == 0 {
            let folder = tempfile::tempdir().unwrap();
            for layout in Layout::ALL {
                let options = ConvertOptions { layout, quantize: None };
                let _ = convert(&model, &options, &folder.path().join("again"));
            }
        }
    };
    for section in sections.iter().filter(is_of_layout) {
        let (start, end) = (section.bytes.start, section.bytes.end);
        // Every byte of a head; elsewhere, some.
        let step = if section.kind == 30 { 1 } else { 11 };
        for at in (start..end).step_by(step).chain(start..(start + 40).min(end)) {
            for value in [0x00, 0x03, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                attempt(&mut changed);
            }
        }
        for fill in [0x00, 0x55, 0xff] {
            let mut changed = bytes.clone();
            changed[start..end].fill(fill);
            attempt(&mut changed);
        }
    }
    // Put one section in the place of another.
    for row in 0..sections.len() {
        for section in &sections {
            let (start, end) = (section.bytes.start, section.bytes.end);
            let mut changed = bytes.clone();
            changed[64 + 32 * row + 8..][..8].copy_from_slice(&(start as u64).to_le_bytes());
            changed[64 + 32 * row + 16..][..8]
                .copy_from_slice(&((end - start) as u64).to_le_bytes());
            attempt(&mut changed);
        }
    }
    assert!(opened > 300 && found > 100, "{opened} {found}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn random_texts_score_the_same(seed: u64, lines in 1..200usize, words in 1..40u64, order in 1..6usize) {
        // Adds a line with a word: without any, there is no model.
        let text = text(seed, lines, words) + "a\n";
        let method = methods().nth(seed as usize % methods().count()).unwrap();
        let table = model(&text, order, method);
        let sentences = ngram_testing::sentences(&text, &table);
        for layout in [Layout::Compact, Layout::Suffix] {
            let other = converted(&table, layout, None);
            assert_same(&table, &other, &sentences[..sentences.len().min(5)]);
        }
    }
}

/// The words listed after the last words of a history are those matched by more than a unigram, in
/// every layout that has lists.
#[test]
fn what_is_listed_after_a_history() {
    let text = text(5, 60, 12);
    let trained = (1..=5).map(|order| model(&text, order, methods().next().unwrap()));
    for fast in trained.chain([imported(PRUNED)]) {
        let others = [Layout::Table, Layout::Suffix].map(|layout| converted(&fast, layout, None));
        assert_eq!(converted(&fast, Layout::Compact, None).listed_after(&[WordId::BEGIN]), None);
        let sentences = ngram_testing::sentences(&text, &fast);
        for history in ngram_testing::histories(&sentences, fast.order(), fast.vocab().len()) {
            let history = ngram_testing::ids(&history);
            let matched = |word: &WordId| fast.score(&history, *word).matched > 1;
            let expected: Vec<WordId> =
                (0..fast.vocab().len() as u32).map(WordId).filter(matched).collect();
            for model in [&fast].into_iter().chain(&others) {
                let longest = history.len().min(fast.order() - 1);
                let listed = (1..=longest)
                    .map(|length| model.listed_after(&history[history.len() - length..]).unwrap());
                let words = listed.flat_map(|list| list.words).map(|(word, _)| word);
                let found: BTreeSet<WordId> = words.collect();
                assert_eq!(
                    found.into_iter().collect::<Vec<_>>(),
                    expected,
                    "order {}, after {history:?}",
                    fast.order()
                );
            }
        }
    }
}

/// Scoring all words at once gives the same as one by one, in every layout, and `<s>` gets nothing.
#[test]
fn all_words_at_once() {
    let text = text(5, 60, 12);
    let mut scores = vec![Score { log_prob: LogProb(7.0), matched: 9 }; 99];
    let trained = (1..=5).map(|order| model(&text, order, methods().next().unwrap()));
    for fast in trained.chain([imported(PRUNED)]) {
        let sentences = ngram_testing::sentences(&text, &fast);
        for model in Layout::ALL.map(|layout| converted(&fast, layout, None)) {
            for history in ngram_testing::histories(&sentences, fast.order(), fast.vocab().len()) {
                let history = ngram_testing::ids(&history);
                model.score_all(&history, &mut scores);
                assert_eq!(scores.len(), fast.vocab().len());
                for (word, &found) in (0..).map(WordId).zip(&scores) {
                    let expected = match word {
                        WordId::BEGIN => Score { log_prob: LogProb::ZERO, matched: 1 },
                        word => fast.score(&history, word),
                    };
                    assert_eq!(found, expected, "{:?} {history:?} {word:?}", model.layout());
                }
                let some: Vec<WordId> =
                    (0..fast.vocab().len() as u32 + 2).rev().map(WordId).collect();
                model.score_each(&history, &some, &mut scores);
                let one_by_one: Vec<Score> =
                    some.iter().map(|&word| model.score(&history, word)).collect();
                assert_eq!(scores, one_by_one, "{:?} {history:?}", model.layout());
            }
        }
    }
}
