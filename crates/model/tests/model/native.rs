//! The native format: truncated, changed or forged files, and files that are replaced.

use ngram_edit::check::{CheckOptions, Finding, check};
use ngram_input::Text;
use ngram_model::native::{Sizes, Writer};
use ngram_model::{
    ConvertOptions, LanguageModel, Layout, Model, ModelError, Score, WriteError, convert,
};
use ngram_store::Mapped;
use ngram_testing::model_file::{ENTRY, HEADER, forge, has_content, sections};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use ngram_train::smoothing::METHODS;
use ngram_train::{TrainOptions, train};
use std::fs;
use std::path::Path;

const TEXT: &str = "the cat sat on the mat\nthe dog sat on the cat\na cat and a dog sat\nthe mat\n";
const OTHER: &str = "a bird flew\na red bird sat\n";

fn train_to(path: &Path, text: &str, order: usize) {
    let options = TrainOptions {
        order,
        tokenizer: TokenizerSpec::new(TokenizerKind::Whitespace),
        ..TrainOptions::default()
    };
    train(&[Text::bytes("text", text.into())], &options, path, &()).unwrap();
}

/// Returns the bytes of a model of [`TEXT`] of order 3.
fn file() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    train_to(&path, TEXT, 3);
    fs::read(path).unwrap()
}

fn open(bytes: &[u8]) -> Result<Model, ModelError> {
    Model::from_bytes("test", Mapped::from(bytes.to_vec()))
}

/// Returns all answers of a model for a few words, as bits, so that NaN equals itself.
fn answers(model: &Model) -> Vec<(u32, u8)> {
    let vocab = model.vocab();
    let mut answers = Vec::new();
    let mut add = |score: Score| answers.push((score.log_prob.0.to_bits(), score.matched));
    let mut scores = Vec::new();
    for line in TEXT.lines().chain(OTHER.lines()).chain([""]) {
        let words: Vec<WordId> = line.split(' ').map(|word| vocab.id_or_unknown(word)).collect();
        model.score_sentence(&words, &mut scores);
        scores.iter().copied().for_each(&mut add);
        for at in 0..words.len() {
            add(model.score(&words[..at], words[at]));
        }
    }
    for id in (0..vocab.len() as u32).chain([1000, u32::MAX]).map(WordId) {
        add(model.score(&[id, id], id));
        if let Some(found) = vocab.id(vocab.word(id)) {
            assert!(found.index() < vocab.len());
        }
    }
    answers
}

#[test]
fn a_whole_file_opens_and_verifies() {
    let model = open(&file()).unwrap();
    model.verify("test").unwrap();
    assert_eq!(model.order(), 3);
    assert!(answers(&model).iter().all(|&(bits, _)| f32::from_bits(bits) <= 0.0));
}

#[test]
fn larger_damage_stops_no_look_up() {
    let bytes = file();
    let sections = sections(&bytes);
    let list_end = HEADER + sections.len() * ENTRY;
    let mut state = 1u64;
    let mut opened = 0;
    for start in (list_end..bytes.len()).step_by(16) {
        for end in [start + 4, start + 64, bytes.len()] {
            for fill in [0x00, 0x01, 0xff, 0xee] {
                let mut changed = bytes.clone();
                for byte in &mut changed[start..end.min(bytes.len())] {
                    state =
                        state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    *byte = if fill == 0xee { (state >> 56) as u8 } else { fill };
                }
                let is_damage =
                    |at: &usize| changed[*at] != bytes[*at] && has_content(*at, &sections);
                let damage = (start..bytes.len()).find(is_damage);
                assert_eq!(open(&changed).is_err(), damage.is_some(), "{start}..{end}");
                forge(&mut changed);
                if let Ok(model) = open(&changed) {
                    opened += 1;
                    answers(&model);
                    let _ = model.verify("test");
                }
            }
        }
    }
    assert!(opened > 100, "{opened}");
}

/// With forged checksums, a file may give any scores, but must not panic.
#[test]
fn forged_heads_and_metadata_stop_nothing() {
    let bytes = file();
    let sections = sections(&bytes);
    let mut tried = 0;
    let mut attempt = |changed: &mut [u8]| {
        forge(changed);
        if let Ok(model) = open(changed) {
            answers(&model);
            let _ = model.verify("test");
        }
        tried += 1;
    };
    for at in HEADER..HEADER + sections.len() * ENTRY {
        for value in [0, 1, 2, 0x40, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            attempt(&mut changed);
        }
    }
    for row in 0..sections.len() {
        for (from, to) in [(0, 2), (2, 4), (8, 16), (16, 24), (8, 24)] {
            for value in [0x00, 0xff] {
                let mut changed = bytes.clone();
                changed[HEADER + row * ENTRY..][from..to].fill(value);
                attempt(&mut changed);
            }
        }
        for section in &sections {
            let mut changed = bytes.clone();
            changed[HEADER + row * ENTRY + 8..][..8]
                .copy_from_slice(&(section.bytes.start as u64).to_le_bytes());
            attempt(&mut changed);
        }
    }
    for at in sections[0].bytes.clone() {
        for value in 0..=u8::MAX {
            let mut changed = bytes.clone();
            changed[at] = value;
            attempt(&mut changed);
        }
    }
    for count in [0u32, 1, 2, 1000, u32::MAX] {
        let mut changed = bytes.clone();
        changed[12..16].copy_from_slice(&count.to_le_bytes());
        assert!(open(&changed).is_err());
    }
    assert!(tried > 10_000, "{tried}");
}

#[test]
fn newer_versions_are_told_apart_from_damage() {
    let mut bytes = file();
    bytes[8] = 2;
    let error = open(&bytes).err().unwrap();
    assert!(matches!(error, ModelError::Version { found: 2, .. }), "{error}");
}

#[test]
fn a_model_that_is_open_stays_what_it_was_when_its_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    train_to(&path, TEXT, 3);
    let old = Model::open(&path).unwrap();
    let old_answers = answers(&old);
    let bytes = fs::read(&path).unwrap();
    for (text, order) in [(OTHER, 2), (&*TEXT.repeat(1000), 5)] {
        train_to(&path, text, order);
        assert_ne!(fs::read(&path).unwrap(), bytes);
        assert_eq!(answers(&old), old_answers);
        old.verify("old").unwrap();
        let new = Model::open(&path).unwrap();
        assert_eq!(new.order(), order);
        assert_ne!(answers(&new), old_answers);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn the_file_has_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    train_to(&path, TEXT, 2);
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(&plain));
}

#[test]
fn a_writer_that_does_not_finish_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let names = || -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    drop(Writer::create(&path).unwrap());
    assert!(names().is_empty());

    train_to(&path, TEXT, 3);
    let bytes = fs::read(&path).unwrap();
    let model = Model::open(&path).unwrap();
    let begun = || {
        let mut writer = Writer::create(&path).unwrap();
        let unigrams = vec![-1.0; model.vocab().len()];
        // Two levels of histories are announced, but never written.
        let sizes = Sizes(vec![(unigrams.len() as u64, 10), (4, 10)]);
        writer.begin(model.info(), model.vocab(), &unigrams, &sizes).unwrap();
        writer
    };
    drop(begun());
    assert_eq!(names(), ["model.ngram"]);
    let error = begun().finish().unwrap_err();
    assert!(matches!(error, WriteError::Incomplete(_)), "{error}");
    assert_eq!(names(), ["model.ngram"]);
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn places_where_no_file_can_be_are_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "no/model.ngram", "model.ngram/", ".."] {
        let path = folder.path().join(name);
        assert!(matches!(Writer::create(&path), Err(WriteError::Io { .. })), "{name}");
    }
    assert!(matches!(Writer::create(Path::new("")), Err(WriteError::Io { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn every_method_and_order_writes_a_file_that_verifies() {
    for method in METHODS {
        for order in [1, 2, 4] {
            let model = ngram_testing::model(TEXT, order, method);
            model.verify("test").unwrap();
        }
    }
}

/// Returns the bytes of a small model in a layout.
fn laid_out(layout: Layout) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.ngram");
    let options = ConvertOptions { layout, quantize: None };
    convert(&open(&file()).unwrap(), &options, &path).unwrap();
    fs::read(path).unwrap()
}

/// Found by fuzzing: a list named words outside the vocabulary.
#[test]
fn forged_lists_name_no_words_beyond_the_vocabulary() {
    const SUCCESSORS: u16 = 10;
    for layout in [Layout::Table, Layout::Suffix] {
        let mut bytes = laid_out(layout);
        let all = sections(&bytes);
        let section = all.into_iter().find(|section| section.kind == SUCCESSORS).unwrap();
        bytes[section.bytes].fill(0x3f);
        forge(&mut bytes);
        let model = open(&bytes).unwrap();
        let words = model.vocab().len();
        for word in (0..words as u32).map(WordId) {
            assert!(model.listed_after(&[word]).unwrap().words.is_empty(), "{layout:?} {word:?}");
        }
    }
}

/// A file of n sections that each span the whole file takes n times its length to read.
#[test]
fn forged_sections_do_not_overlap() {
    for layout in Layout::ALL {
        let mut bytes = laid_out(layout);
        let end = bytes.len();
        for (row, section) in sections(&bytes).iter().enumerate() {
            let length = (end - section.bytes.start) as u64;
            bytes[HEADER + row * ENTRY + 16..][..8].copy_from_slice(&length.to_le_bytes());
        }
        forge(&mut bytes);
        let error = open(&bytes).err().unwrap().to_string();
        assert!(error.contains("sections overlap"), "{error}");
    }
}

/// If the lines of every word are all lines, a table could have as many n-grams as the square of the file's length.
#[test]
fn forged_partitions_that_overlap_are_restored_to_no_more_than_the_file_holds() {
    const DIRECTORY: u16 = 23;
    const LINES: u16 = 25;
    let mut bytes = laid_out(Layout::Suffix);
    let find =
        |kind| sections(&bytes).into_iter().find(|section| section.kind == kind).unwrap().bytes;
    let (directory, lines) = (find(DIRECTORY), find(LINES));
    for entry in bytes[directory].chunks_mut(16) {
        entry[8..12].fill(0);
        entry[12..].copy_from_slice(&(lines.len() as u32 / 64).to_le_bytes());
    }
    forge(&mut bytes);
    let report = check(&open(&bytes).unwrap(), "test", &CheckOptions::default());
    let what = "lines that are of several words, or out of range";
    assert!(
        matches!(report.findings[..], [Finding::Nodes { what: found }] if found == what),
        "{:?}",
        report.findings
    );
}

/// A file of an earlier version is not damaged, and its reader is told what to do.
#[test]
fn layouts_of_earlier_versions_are_named() {
    for (kind, old) in [(23u16, 20u16), (25, 24)] {
        let mut bytes = laid_out(Layout::Suffix);
        let row = sections(&bytes).iter().position(|section| section.kind == kind).unwrap();
        bytes[HEADER + row * ENTRY..][..2].copy_from_slice(&old.to_le_bytes());
        forge(&mut bytes);
        let error = open(&bytes).err().unwrap().to_string();
        let wanted = ["layout of an earlier version", "train the model again", "ngram import"];
        assert!(wanted.iter().all(|wanted| error.contains(wanted)), "{error}");
    }
}
