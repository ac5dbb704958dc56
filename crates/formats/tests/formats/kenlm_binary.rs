//! Compares KenLM's binary files with those of its own `build_binary`.

use ngram_formats::arpa::ReadOptions;
use ngram_formats::kenlm::{KenlmWriteError, Problem, Structure, murmur_hash_64a, read};
use ngram_formats::{ImportError, export_kenlm, import};
use ngram_model::{LanguageModel, Model};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::{TrainOptions, smoothing};

const ARPA: &str = include_str!("kenlm_files/tiny.arpa");
const WHOLE_PROBING: &[u8] = include_bytes!("kenlm_files/whole.probing");
const TRIE: &[u8] = include_bytes!("kenlm_files/tiny.trie");

/// KenLM's scores of sentences from each file.
const SCORES: &str = include_str!("kenlm_files/scores.txt");

fn try_import(file: &[u8]) -> Result<Model, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    import(file, "file", &ReadOptions::default(), tokenizer, &path)?;
    Ok(Model::open(&path).unwrap())
}

pub fn imported(arpa: &str) -> Model {
    try_import(arpa.as_bytes()).unwrap()
}

pub fn exported(model: &Model, structure: Structure) -> Vec<u8> {
    let mut bytes = Vec::new();
    export_kenlm(model, structure, &mut bytes).unwrap();
    bytes
}

#[test]
fn files_are_those_of_build_binary_byte_by_byte() {
    let model = imported(ARPA);
    assert_eq!(exported(&model, Structure::Trie), TRIE);
    // For hash tables, `build_binary` does not count the n-grams that it adds.
    let model = imported(
        &ARPA.replace("ngram 2=7", "ngram 2=8").replace("cat the\n", "cat the\n-0.9\tsat the\n"),
    );
    assert_eq!(parts(&exported(&model, Structure::Probing)), parts(WHOLE_PROBING));
}

/// Returns the parts of `whole.probing`, with slots sorted: if two keys want the same slot, the
/// first one inserted gets it.
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
    let model = ngram_testing::model("a b a\n", 1, one);
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
    let model = ngram_testing::model_of(
        "a b c d e f g h\n",
        &TrainOptions { order: 7, ..TrainOptions::default() },
    );
    let mut bytes = Vec::new();
    let error = export_kenlm(&model, Structure::Probing, &mut bytes).unwrap_err();
    assert!(matches!(error, KenlmWriteError::Order(7)), "{error}");
    assert!(bytes.is_empty());
}

#[test]
fn tries_of_every_kind_score_as_kenlm_scores_them() {
    let files: [(&str, &[u8], Option<u8>); 4] = [
        ("tiny.trie", TRIE, None),
        ("tiny.array-trie", include_bytes!("kenlm_files/tiny.array-trie"), None),
        ("tiny.quantised-trie", include_bytes!("kenlm_files/tiny.quantised-trie"), Some(2)),
        (
            "tiny.quantised-array-trie",
            include_bytes!("kenlm_files/tiny.quantised-array-trie"),
            Some(3),
        ),
    ];
    for (name, bytes, bits) in files {
        let model = try_import(bytes).unwrap();
        assert_eq!(model.info().quantization, bits, "{name}");
        let mut lines = 0;
        for line in SCORES.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, sentence, expected] = fields[..] else { panic!("{line}") };
            if file != name {
                continue;
            }
            lines += 1;
            let ids: Vec<WordId> =
                sentence.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect();
            let mut scores = Vec::new();
            model.score_sentence(&ids, &mut scores);
            let found: Vec<String> = ids
                .iter()
                .chain([&WordId::END])
                .zip(&scores)
                .map(|(id, score)| {
                    let is_oov = u8::from(*id == WordId::UNKNOWN);
                    format!("{:.5},{},{is_oov}", score.log_prob.0, score.matched)
                })
                .collect();
            let expected: Vec<String> = expected
                .split(' ')
                .map(|score| {
                    let (log_prob, rest) = score.split_once(',').unwrap();
                    format!("{:.5},{rest}", log_prob.parse::<f32>().unwrap())
                })
                .collect();
            assert_eq!(found, expected, "{name}: {sentence:?}");
        }
        assert_eq!(lines, 5, "{name}");
    }
}

#[test]
fn a_trie_comes_back_as_it_went() {
    for order in 1..=6 {
        let text = ngram_testing::text(order as u64, 60, 30);
        let method = smoothing::by_name("modified-kneser-ney").unwrap();
        let model = ngram_testing::model(&text, order, method);
        let bytes = exported(&model, Structure::Trie);
        let back = try_import(&bytes).unwrap();
        assert_eq!(exported(&back, Structure::Trie), bytes, "order {order}");
        for line in text.lines() {
            let ids = |model: &Model| -> Vec<WordId> {
                line.split_whitespace().map(|word| model.vocab().id_or_unknown(word)).collect()
            };
            let (mut scores, mut again) = (Vec::new(), Vec::new());
            model.score_sentence(&ids(&model), &mut scores);
            back.score_sentence(&ids(&back), &mut again);
            assert_eq!(scores, again, "order {order}: {line}");
        }
    }
}

#[test]
fn what_cannot_be_read_says_why() {
    let problem = |bytes: &[u8]| read(bytes, "file").unwrap_err().problem;
    let with = |at: usize, byte: u8| {
        let mut bytes = TRIE.to_vec();
        bytes[at] = byte;
        bytes
    };
    assert!(matches!(problem(b"\\data\\"), Problem::Foreign));
    assert!(matches!(
        problem(b"mmap lm http://kheafield.com/code incomplete\n"),
        Problem::Unfinished
    ));
    assert!(matches!(problem(&with(49, b'4')), Problem::Version(version) if version == "4"));
    assert!(matches!(problem(&with(60, 1)), Problem::Machine));
    assert!(matches!(problem(&with(88, 1)), Problem::Order(1)));
    assert!(matches!(problem(&with(96, 9)), Problem::Structure(9)));
    assert!(matches!(problem(&with(96, 1)), Problem::StructureVersion { version: 1, .. }));
    assert!(matches!(problem(&with(111, 255)), Problem::Truncated { .. }));
    assert!(matches!(problem(&with(112, 1)), Problem::Counts(_)));
    assert!(matches!(problem(WHOLE_PROBING), Problem::Probing));
    let no_vocabulary = include_bytes!("kenlm_files/tiny.no-vocabulary");
    assert!(matches!(problem(no_vocabulary), Problem::NoVocabulary));
    let error = read(&TRIE[..300], "x.bin").unwrap_err().to_string();
    assert!(error.starts_with("x.bin, byte 300: the file ends before byte"), "{error}");
}

/// Returns where the words' hashes begin in a file of this order, with a number before them.
fn hashes_at(order: usize) -> usize {
    (108 + 8 * order).next_multiple_of(8)
}

#[test]
fn forged_numbers_of_words_are_damage() {
    let mut bytes = TRIE.to_vec();
    bytes[108..116].fill(0);
    bytes[hashes_at(3)..][..8].fill(0xff);
    let problem = read(&bytes, "file").unwrap_err().problem;
    assert!(matches!(problem, Problem::Damaged("it has two numbers of words")), "{problem}");
}

#[test]
fn a_marker_stands_in_the_list_of_words_once() {
    let mut bytes = TRIE.to_vec();
    let words = u64::from_le_bytes(bytes[108..116].try_into().unwrap()) as usize;
    let list: Vec<&[u8]> = TRIE[..TRIE.len() - 1].rsplit(|&byte| byte == 0).take(words).collect();
    let from_end = list.iter().position(|word| word == b"cat").unwrap();
    let at = bytes.windows(5).rposition(|window| window == b"\0cat\0").unwrap() + 1;
    bytes[at..at + 3].copy_from_slice(b"<s>");
    let hash = murmur_hash_64a(b"<s>").to_le_bytes();
    bytes[hashes_at(3) + 8 * (words - 1 - from_end)..][..8].copy_from_slice(&hash);
    let problem = read(&bytes, "file").unwrap_err().problem;
    assert!(matches!(problem, Problem::Damaged("a word is listed twice")), "{problem}");
}

#[test]
fn more_ngrams_than_words_can_make_take_no_memory() {
    const NGRAMS: u64 = 1000;
    let method = smoothing::by_name("witten-bell").unwrap();
    let bytes = exported(&ngram_testing::model("a b a\n", 2, method), Structure::Trie);
    let words = u64::from_le_bytes(bytes[108..116].try_into().unwrap()) as usize;
    let singles = hashes_at(2) + 8 * (words + 1);
    let list = bytes.windows(6).rposition(|window| window == b"<unk>\0").unwrap();
    let mut forged = bytes[..singles + 16 * (words + 2)].to_vec();
    forged[116..124].copy_from_slice(&NGRAMS.to_le_bytes());
    // All n-grams belong to the last word.
    forged[singles + 16 * words + 8..][..8].copy_from_slice(&NGRAMS.to_le_bytes());
    // 5 words take 3 bits, and log-probabilities 31.
    assert_eq!(words, 5);
    forged.resize(forged.len() + (34 * (NGRAMS as usize + 1)).div_ceil(8) + 8, 0);
    forged.extend_from_slice(&bytes[list..]);
    let problem = read(&forged, "file").unwrap_err().problem;
    assert!(problem.to_string().contains("more n-grams than its words make"), "{problem}");
}

#[test]
fn no_damage_stops_the_reader() {
    let files: [&[u8]; 3] = [
        TRIE,
        include_bytes!("kenlm_files/tiny.array-trie"),
        include_bytes!("kenlm_files/tiny.quantised-array-trie"),
    ];
    for bytes in files {
        for len in 0..bytes.len() {
            assert!(read(&bytes[..len], "file").is_err(), "{len}");
        }
        let mut found = 0;
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // There are no checksums: a changed number makes a different model.
            found += u32::from(read(&flipped, "file").is_err());
        }
        assert!(found > 8 * bytes.len() as u32 / 4, "{found}");
    }
}
