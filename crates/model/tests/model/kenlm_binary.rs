//! KenLM's binary files against those that its own `build_binary` makes.

use crate::common;
use ngram_model::format::arpa::ReadOptions;
use ngram_model::format::kenlm::{Structure, WriteError};
use ngram_model::{Model, TrainOptions, export_kenlm, import, smoothing};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

const ARPA: &str = include_str!("kenlm_files/tiny.arpa");
const WHOLE_PROBING: &[u8] = include_bytes!("kenlm_files/whole.probing");
const TRIE: &[u8] = include_bytes!("kenlm_files/tiny.trie");

fn imported(arpa: &str) -> Model {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(arpa.as_bytes(), "arpa", &ReadOptions::default(), tokenizer, &path).unwrap();
    Model::open(&path).unwrap()
}

fn exported(model: &Model, structure: Structure) -> Vec<u8> {
    let mut bytes = Vec::new();
    export_kenlm(model, structure, &mut bytes).unwrap();
    bytes
}

#[test]
fn files_are_those_of_build_binary_byte_by_byte() {
    let model = imported(ARPA);
    assert_eq!(exported(&model, Structure::Trie), TRIE);
    // Where hash tables are concerned, `build_binary` does not count what it puts in.
    let model = imported(
        &ARPA.replace("ngram 2=7", "ngram 2=8").replace("cat the\n", "cat the\n-0.9\tsat the\n"),
    );
    assert_eq!(parts(&exported(&model, Structure::Probing)), parts(WHOLE_PROBING));
}

/// The parts of `whole.probing`, slots sorted: which of two keys that want the same slot gets it
/// depends on which came first.
fn parts(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let mut rest = bytes;
    let mut parts = Vec::new();
    for (width, count) in [(136 + 8, 1), (12, 10), (8, 8), (16, 12), (12, 9)] {
        let (part, after) = rest.split_at(width * count);
        let mut slots: Vec<&[u8]> = part.chunks(width).collect();
        slots.sort();
        parts.push(slots);
        rest = after;
    }
    parts.push(vec![rest]);
    parts
}

#[test]
fn a_model_of_single_words_has_an_empty_order_2() {
    let one = smoothing::by_name("witten-bell").unwrap();
    let model = common::model("a b a\n", 1, one);
    for structure in [Structure::Probing, Structure::Trie] {
        let bytes = exported(&model, structure);
        assert_eq!(
            (bytes[88], &bytes[108..124]),
            (2, &[[5u8, 0, 0, 0, 0, 0, 0, 0], [0; 8]].concat()[..])
        );
        assert!(bytes.ends_with(b"\0") && bytes.windows(6).any(|window| window == b"<unk>\0"));
    }
}

#[test]
fn orders_that_kenlm_does_not_read_are_refused() {
    let model =
        common::trained("a b c d e f g h\n", &TrainOptions { order: 7, ..TrainOptions::default() });
    let mut bytes = Vec::new();
    let error = export_kenlm(&model, Structure::Probing, &mut bytes).unwrap_err();
    assert!(matches!(error, WriteError::Order(7)), "{error}");
    assert!(bytes.is_empty());
}
