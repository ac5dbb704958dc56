//! Changed files with corrected checksums: reading them gives an error, or counts that can be used.
//!
//! Does in a few seconds what `fuzz/` does for hours.

use crate::files::file;
use ngram_counts::{
    CountFile, CountOptions, CountSet, LowerOrders, NgramCounts, PartialCounts, VocabFile,
    VocabRule,
};
use ngram_input::Encoding;
use ngram_mutate::{apply, changes, config};
use ngram_testing::count_file::forge;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use proptest::prelude::*;
use proptest::sample::Index;
use std::io::{Read, Write};
use std::sync::LazyLock;

const TEXT: &str = "the cat sat\nthe cat ran on\n\na b a b a\nthe dog sat\n";

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let of = |order| file(&[TEXT], TokenizerKind::Whitespace, &VocabRule::All, order);
    (1..=4).map(of).collect()
});

const LINES: &str = "the\t3\ncat\t2\n</s>\t2\nran\t1\n<s> the\t2\nthe cat\t2\ncat </s>\t1\n\
    cat ran\t1\nran the\t1\nthe </s>\t1\n";

/// Counts from the file in every way, and from it twice.
fn count(file: &[u8]) -> bool {
    let Ok(first) = CountFile::from_bytes("changed", file.to_vec()) else { return false };
    let order = first.order();
    let second = CountFile::from_bytes("changed", file.to_vec()).unwrap();
    let third = CountFile::from_bytes("changed", file.to_vec()).unwrap();
    let one = CountSet::new(vec![first], &VocabRule::All);
    let two = CountSet::new(vec![second, third], &VocabRule::MinCount(2));
    for set in [one, two].into_iter().flatten() {
        for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
            let options = CountOptions { lower_orders, ..CountOptions::new(order) };
            let _ = NgramCounts::from_files(&set, &options, |_| (), &());
        }
    }
    true
}

proptest! {
    #![proptest_config(config(6000))]

    #[test]
    fn count_files(which: Index, changes in changes()) {
        let mut changed = apply(&FILES[which.index(FILES.len())], &changes);
        forge(&mut changed);
        count(&changed);
    }

    #[test]
    fn counts_as_lines(changes in changes()) {
        let changed = apply(LINES.as_bytes(), &changes);
        let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
        if let Ok(file) = CountFile::from_text("changed", &changed[..], &tokenizer) {
            let order = file.order();
            let set = CountSet::new(vec![file], &VocabRule::All).unwrap();
            NgramCounts::from_files(&set, &CountOptions::new(order), |_| (), &()).unwrap();
        }
        let mut lists = PartialCounts::new();
        if lists.add("changed", &changed[..]).is_ok() {
            for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
                let mut lists = PartialCounts::new();
                lists.add("changed", &changed[..]).unwrap();
                let options = CountOptions { lower_orders, ..CountOptions::new(lists.order().max(1)) };
                let _ = lists.count(&VocabRule::MinCount(2), &options, |_| ());
            }
        }
    }

    #[test]
    fn vocabulary_files(changes in changes()) {
        let changed = apply("the\ncat\r\n\u{feff}a\n<s>\n b \n été\n".as_bytes(), &changes);
        for kind in TokenizerKind::ALL {
            if let Ok(file) = VocabFile::read("changed", &changed, &TokenizerSpec::new(kind)) {
                prop_assert!(!file.words.is_empty());
            }
        }
    }

    #[test]
    fn compressed_texts(encoding in 0..4, changes in changes()) {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(TEXT.as_bytes()).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(TEXT.as_bytes()).unwrap();
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        xz.write_all(TEXT.as_bytes()).unwrap();
        let whole = match encoding {
            0 => zstd::encode_all(TEXT.as_bytes(), 1).unwrap(),
            1 => gzip.finish().unwrap(),
            2 => bzip2.finish().unwrap(),
            _ => xz.finish().unwrap(),
        };
        let changed = apply(&whole, &changes);
        if let Ok(reader) = Encoding::decode(&changed[..]) {
            let mut text = Vec::new();
            let _ = reader.take(1 << 16).read_to_end(&mut text);
        }
    }
}

/// The changes above would show nothing if none of them got past the checksums.
#[test]
fn forged_files_are_read() {
    for (order, file) in (1..).zip(FILES.iter()) {
        let mut forged = file.clone();
        forged[56..68].fill(0);
        forge(&mut forged);
        assert_eq!(&forged, file, "order {order}");
        assert!(count(&forged));
    }
}
