//! Hash tables of KenLM's as a model: the scores are KenLM's own, and those of the ARPA file behind them.

use crate::kenlm_binary::{exported, imported};
use ngram_formats::export_kenlm;
use ngram_formats::kenlm::{
    BinaryModel, KenlmModel, ProbingFile, ProbingScratch, Problem, Structure, murmur_hash_64a,
};
use ngram_model::native::Addition;
use ngram_model::{Derivation, ForeignModel, LanguageModel, Model, Score};
use ngram_store::Mapped;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing;

/// KenLM's scores of sentences from each file.
const SCORES: &str = include_str!("kenlm_files/scores.txt");

const FILES: [(&str, &[u8]); 5] = [
    ("tiny.probing", include_bytes!("kenlm_files/tiny.probing")),
    ("whole.probing", include_bytes!("kenlm_files/whole.probing")),
    ("capital-unknown.probing", include_bytes!("kenlm_files/capital-unknown.probing")),
    ("no-unknown.probing", include_bytes!("kenlm_files/no-unknown.probing")),
    ("two-unknown.probing", include_bytes!("kenlm_files/two-unknown.probing")),
];

fn open(name: &str, bytes: &[u8]) -> KenlmModel {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    KenlmModel::open(Mapped::from(bytes.to_vec()), name, tokenizer).unwrap()
}

fn ids(model: &dyn LanguageModel, sentence: &str) -> Vec<WordId> {
    sentence.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect()
}

fn shown(score: Score, is_oov: bool) -> String {
    format!("{:.5},{},{}", score.log_prob.0, score.matched, u8::from(is_oov))
}

#[test]
fn hash_tables_score_as_kenlm_scores_them() {
    let model = open("tiny.probing", FILES[0].1);
    let mut lines = 0;
    for line in SCORES.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let ["tiny.probing", sentence, expected] = fields[..] else { continue };
        lines += 1;
        let words = ids(&model, sentence);
        let mut scores = Vec::new();
        model.score_sentence(&words, &mut scores);
        let all = words.iter().chain([&WordId::END]).zip(&scores);
        let found: Vec<String> =
            all.map(|(id, &score)| shown(score, *id == WordId::UNKNOWN)).collect();
        let mut scratch = ProbingScratch::default();
        let is_space = |byte: u8| byte == b' ';
        model.file().score_text(sentence, is_space, (true, true), Addition::Kenlm, &mut scratch);
        let as_text: Vec<String> =
            scratch.scored().map(|(number, score)| shown(score, number == 0)).collect();
        let expected: Vec<String> = expected
            .split(' ')
            .map(|score| {
                let (log_prob, rest) = score.split_once(',').unwrap();
                format!("{:.5},{rest}", log_prob.parse::<f32>().unwrap())
            })
            .collect();
        assert_eq!(found, expected, "{sentence:?}");
        assert_eq!(as_text, expected, "{sentence:?}");
    }
    assert_eq!(lines, 5);
}

/// Every history of up to three words: after each, every word, as the stateless reader of the same file.
#[test]
fn every_file_scores_alike_with_and_without_a_state() {
    for (name, bytes) in FILES {
        let file = ProbingFile::open(Mapped::from(bytes.to_vec()), name).unwrap();
        let plain = BinaryModel::open(bytes, name).unwrap();
        assert_eq!(file.order(), plain.order(), "{name}");
        let words = file.counts()[0] as u32 + 1;
        for number in 0..words.pow(3) {
            let history = [number % words, number / words % words, number / words / words];
            let mut state = file.context(&history[..1]);
            for &word in &history[1..] {
                state = file.advance(&state, word, Addition::Kenlm).1;
            }
            for word in 0..words {
                let (score, _) = file.advance(&state, word, Addition::Kenlm);
                let expected = plain.score(&history, word);
                assert_eq!(score.log_prob, expected.log_prob, "{name}: {history:?} {word}");
                assert_eq!(score.matched, expected.matched, "{name}: {history:?} {word}");
                let all = file.context(&history);
                assert_eq!(file.advance(&all, word, Addition::Kenlm).0, score, "{name}");
            }
        }
    }
}

fn trained(order: usize) -> (Model, String) {
    let text = ngram_testing::text(order as u64, 60, 30);
    let method = smoothing::by_name("modified-kneser-ney").unwrap();
    (ngram_testing::model(&text, order, method), text)
}

#[test]
fn an_exported_model_scores_explains_and_predicts_as_before() {
    for order in 2..=6 {
        let (model, text) = trained(order);
        let kenlm = open("m.bin", &exported(&model, Structure::Probing));
        assert_eq!(kenlm.order(), model.order());
        let same = |word: WordId| kenlm.vocab().id_or_unknown(model.vocab().word(word));
        for line in text.lines().chain(["w1 nobody w2 w2 w3", ""]) {
            let (words, theirs) = (ids(&model, line), ids(&kenlm, line));
            let (mut scores, mut again) = (Vec::new(), Vec::new());
            model.score_sentence(&words, &mut scores);
            kenlm.score_sentence(&theirs, &mut again);
            // Pruned or not, every n-gram that is matched here is in both.
            assert_eq!(scores, again, "order {order}: {line}");
            let mut history = vec![WordId::BEGIN];
            for &word in &words {
                let theirs: Vec<WordId> = history.iter().map(|&word| same(word)).collect();
                let (ours, its) = (model.derive(&history, word), kenlm.derive(&theirs, same(word)));
                let score = kenlm.score(&theirs, same(word));
                assert_eq!(its.log_prob(), score.log_prob);
                let (Derivation::Backoff(ours), Derivation::Backoff(its)) = (ours, its) else {
                    panic!("no table")
                };
                // The discounts are not in the file.
                assert!(its.parameters.is_empty());
                assert_eq!((its.history, its.word), (ours.history, ours.word));
                assert_eq!(
                    (its.matched, its.stored_log10_prob),
                    (ours.matched, ours.stored_log10_prob)
                );
                assert_eq!(its.weights, ours.weights);
                history.push(word);
            }
        }
        let mut all = Vec::new();
        for history in ["", "w1", "w2 w1", "w3 w1 w2 w1"] {
            kenlm.score_all(&ids(&kenlm, history), &mut all);
            let sum: f64 = all.iter().map(|score| score.log_prob.prob()).sum();
            assert!((sum - 1.0).abs() < 1e-5, "order {order}, {history:?}: {sum}");
        }
    }
}

#[test]
fn without_a_list_of_words_it_is_no_model_but_still_scores() {
    let (model, _) = trained(3);
    let mut bytes = Vec::new();
    export_kenlm(&model, Structure::Probing, &mut bytes).unwrap();
    // The head says whether words are listed.
    bytes[100] = 0;
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let opened = KenlmModel::open(Mapped::from(bytes.clone()), "m.bin", tokenizer);
    let Err(error) = opened else { panic!("opened") };
    assert!(matches!(error.problem, Problem::NoVocabulary), "{error}");
    let file = ProbingFile::open(Mapped::from(bytes), "m.bin").unwrap();
    assert_ne!(file.number(b"w1"), 0);
}

#[test]
fn a_list_of_other_words_is_damage() {
    let model = imported(include_str!("kenlm_files/tiny.arpa"));
    let mut bytes = exported(&model, Structure::Probing);
    let kenlm = open("m.bin", &bytes);
    assert!(kenlm.verify("m.bin").is_ok());
    assert_eq!(kenlm.describe(), "KenLM's hash tables");
    let at = bytes.windows(5).rposition(|window| window == b"\0cat\0").unwrap() + 1;
    bytes[at] = b'b';
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let Err(error) = KenlmModel::open(Mapped::from(bytes), "m.bin", tokenizer) else {
        panic!("opened")
    };
    assert!(error.to_string().contains("not those that it has hashes of"), "{error}");
    assert_ne!(murmur_hash_64a(b"bat"), murmur_hash_64a(b"cat"));
}

#[test]
fn no_damage_stops_the_reader() {
    let bytes = FILES[1].1;
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let use_it = |bytes: &[u8]| {
        let mapped = Mapped::from(bytes.to_vec());
        let Ok(model) = KenlmModel::open(mapped, "damaged", tokenizer.clone()) else {
            return false;
        };
        let mut scores = Vec::new();
        model.score_sentence(&ids(&model, "the cat sat the dog"), &mut scores);
        model.score_all(&ids(&model, "the cat"), &mut scores);
        model.derive(&ids(&model, "the cat"), WordId::END);
        let _ = model.verify("damaged");
        assert!(scores.iter().all(|score| score.log_prob.0 <= f32::INFINITY));
        true
    };
    for len in 0..bytes.len() {
        assert!(!use_it(&bytes[..len]), "{len}");
    }
    let mut refused = 0;
    for bit in 0..8 * bytes.len() {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        refused += u32::from(!use_it(&flipped));
    }
    // There are no checksums: what is refused is in the head or in the list of words.
    assert!(refused > 500, "{refused}");
}
