//! Every single change and every truncation of a small file of each kind: an error, or the same answers.

use ngram_input::Text;
use ngram_model::{AnyModel, ConvertOptions, Layout, ModelError, convert_classes};
use ngram_store::Mapped;
use ngram_testing::model_file::{ENTRY, HEADER, forge, has_content, sections};
use ngram_testing::{methods, text};
use ngram_tokenizer::surface::{Case, Surface};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::classes::{WordClasses, train_classes};
use ngram_train::{TrainOptions, train};
use std::fs;

const LAYOUTS: [(Layout, Option<u8>); 4] = [
    (Layout::Suffix, None),
    (Layout::Table, None),
    (Layout::Compact, None),
    (Layout::Compact, Some(3)),
];

/// Returns a small file of each kind in each possible layout, with its name.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let corpus = text(3, 12, 6);
    let texts = || [Text::bytes("text", corpus.clone().into())];
    let options = |layout, quantize, open, skip| TrainOptions {
        order: 3,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        smoothing: methods().next().unwrap(),
        layout: ConvertOptions { layout, quantize },
        open,
        skip,
        ..TrainOptions::default()
    };
    let mut files = Vec::new();
    for (layout, quantize) in LAYOUTS {
        for (what, open, skip) in [("closed", false, 0), ("open", true, 0), ("skip", false, 1)] {
            train(&texts(), &options(layout, quantize, open, skip), &path, &()).unwrap();
            let name = format!("{what} {} {quantize:?}", layout.name());
            files.push((name, fs::read(&path).unwrap()));
        }
    }
    let listed: String = (0..6).map(|word| format!("C{} 1 w{word}\n", word % 2)).collect();
    let classes = WordClasses::read(listed.as_bytes(), "classes").unwrap();
    let fast = options(Layout::Suffix, None, false, 0);
    train_classes(&texts(), &classes, &fast, &path, &()).unwrap();
    let model = AnyModel::open(&path).unwrap();
    for (layout, quantize) in LAYOUTS {
        let converted = folder.path().join("converted.ngram");
        let options = ConvertOptions { layout, quantize };
        convert_classes(model.as_class().unwrap(), &options, &converted).unwrap();
        files.push((format!("class {} {quantize:?}", layout.name()), fs::read(converted).unwrap()));
    }
    files
}

fn open(bytes: &[u8]) -> Result<AnyModel, ModelError> {
    AnyModel::from_bytes("test", Mapped::from(bytes.to_vec()))
}

/// Returns all answers of a model, as bits, so that NaN equals itself.
fn answers(any: &AnyModel) -> Vec<u64> {
    let model = any.as_dyn();
    let vocab = model.vocab();
    let words: Vec<WordId> =
        (0..vocab.len().min(64) as u32).chain([1000, u32::MAX]).map(WordId).collect();
    let mut answers = vec![model.order() as u64, vocab.len() as u64];
    let mut scores = Vec::new();
    for &word in &words {
        let sentence = [word, WordId(3), WordId(5), word, word, WordId(4), WordId(3)];
        model.score_sentences(&[sentence, sentence].concat(), &[3, 3, 14], &mut scores);
        scores.extend((0..3).map(|length| model.score(&sentence[..length], word)));
        for score in &scores {
            answers.push(u64::from(score.log_prob.0.to_bits()) << 8 | u64::from(score.matched));
        }
        if let Some(listed) = model.listed_after(&sentence[..1]) {
            answers.push(u64::from(listed.backoff.0.to_bits()));
            answers.extend(
                listed.words.iter().flat_map(|(word, log_prob)| {
                    [u64::from(word.0), u64::from(log_prob.0.to_bits())]
                }),
            );
        }
        answers.push(vocab.word(word).len() as u64);
        answers.push(vocab.id(vocab.word(word)).map_or(u64::MAX, |id| u64::from(id.0)));
    }
    if let Some(open) = model.open_vocabulary() {
        let surface = Surface::new(model.tokenizer());
        answers.extend([
            open.spelling("w17").to_bits(),
            open.gap(&surface, Some("w1"), " ").to_bits(),
            open.case_probability(&surface, "w1", Case::Lower).to_bits(),
            open.novelty().to_bits(),
        ]);
    }
    answers
}

#[test]
fn every_changed_byte_is_an_error_or_changes_no_answer() {
    for (name, bytes) in files() {
        let right = answers(&open(&bytes).unwrap());
        let sections = sections(&bytes);
        let mut changed = bytes.clone();
        let mut padding = 0;
        for at in 0..bytes.len() {
            for flip in (0..8).map(|bit| 1 << bit).chain([0xff]) {
                changed[at] = bytes[at] ^ flip;
                match open(&changed) {
                    Err(_) => assert!(has_content(at, &sections), "{name}: byte {at} ^ {flip}"),
                    Ok(model) => {
                        assert!(!has_content(at, &sections), "{name}: byte {at} ^ {flip}");
                        padding += 1;
                        // An answer costs more than a checksum, and all padding behaves alike.
                        if flip == 0xff {
                            assert_eq!(answers(&model), right, "{name}: byte {at}");
                        }
                    }
                }
            }
            changed[at] = bytes[at];
        }
        assert!(padding > 0 && padding < 9 * bytes.len() / 2, "{name}: {padding}");
    }
}

#[test]
fn every_cut_is_an_error() {
    for (name, bytes) in files() {
        for length in 0..bytes.len() {
            match open(&bytes[..length]).err() {
                Some(ModelError::Foreign { .. }) if length < 8 => {}
                Some(ModelError::Damaged { .. }) if length >= 8 => {}
                other => panic!("{name}, {length} bytes: {other:?}"),
            }
            // Padded with zeros to its full length, like an interrupted download.
            let mut filled = bytes[..length].to_vec();
            filled.resize(bytes.len(), 0);
            assert_eq!(filled == bytes, open(&filled).is_ok(), "{name}, {length} bytes");
        }
        assert!(open(&[&bytes[..], b"\0"].concat()).is_err(), "{name}");
    }
}

/// A changed file with corrected checksums may give any answers, but must not panic, and is asked
/// only for what it has.
#[test]
fn forged_files_stop_nothing() {
    let mut opened = 0;
    for (_, bytes) in files() {
        for at in (12..28).chain(HEADER..bytes.len()) {
            for value in [0x00, 0x01, 0x80, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                forge(&mut changed);
                if at % 7 == 0
                    && let Ok(model) = open(&changed)
                {
                    answers(&model);
                    let _ = model.verify("test");
                    opened += 1;
                }
            }
        }
    }
    assert!(opened > 10_000, "{opened}");
}

/// In a file too long to be read when it is opened, damage in the table is left to `verify`.
#[test]
fn long_files_are_compared_when_that_is_asked_for() {
    let (_, small) = files().swap_remove(0);
    let count = sections(&small).len();
    let list = HEADER..HEADER + count * ENTRY;
    let start = (list.end + ENTRY).next_multiple_of(64);
    let shift = (start - list.end.next_multiple_of(64)) as u64;
    // An extra section of an unknown kind makes the file long; all others move to make room for its entry.
    let mut long = small[..list.end].to_vec();
    for row in list.clone().step_by(ENTRY) {
        let moved = u64::from_le_bytes(long[row + 8..row + 16].try_into().unwrap()) + shift;
        long[row + 8..row + 16].copy_from_slice(&moved.to_le_bytes());
    }
    let tail_start = (small.len() as u64 + shift).next_multiple_of(64);
    let tail = 64u64 << 20;
    long.extend(0xffffu32.to_le_bytes());
    long.extend(0u32.to_le_bytes());
    long.extend(tail_start.to_le_bytes());
    long.extend(tail.to_le_bytes());
    long.resize(start, 0);
    long.extend(&small[list.end.next_multiple_of(64)..]);
    long.resize((tail_start + tail) as usize, 0);
    let length = long.len() as u64;
    long[12..16].copy_from_slice(&(count as u32 + 1).to_le_bytes());
    long[16..24].copy_from_slice(&length.to_le_bytes());
    forge(&mut long);
    let whole = open(&long).unwrap();
    whole.verify("whole").unwrap();
    assert_eq!(answers(&whole), answers(&open(&small).unwrap()));

    let table = sections(&long).swap_remove(count - 1).bytes;
    long[table.start] ^= 1;
    assert!(open(&long).unwrap().verify("changed").is_err());
}
