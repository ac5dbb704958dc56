//! Count files: their contents, merging, and the detection of damage.

use ngram_counts::{
    Corpus, CountError, CountFile, CountFileError, CountFileInfo, CountOptions, CountSet, Ids,
    LowerOrders, NgramCounts, RecordLengths, Shard, VocabRule,
};
use ngram_input::Text;
use ngram_store::{Resources, Shares};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use proptest::prelude::*;

fn read(texts: &[&str], tokenizer: &TokenizerSpec, rule: &VocabRule) -> Corpus {
    let texts: Vec<Text> =
        texts.iter().map(|text| Text::bytes("text", text.as_bytes().to_vec())).collect();
    Corpus::read(&texts, tokenizer, rule, &Resources::default(), &()).unwrap()
}

fn spec(kind: TokenizerKind) -> TokenizerSpec {
    TokenizerSpec::new(kind)
}

/// Returns the bytes of the count file of these texts.
pub fn file(texts: &[&str], kind: TokenizerKind, rule: &VocabRule, order: usize) -> Vec<u8> {
    let tokenizer = spec(kind);
    let corpus = read(texts, &tokenizer, rule);
    let info = CountFileInfo {
        surface: &corpus.surface,
        tokenizer: &tokenizer,
        vocab: corpus.vocab.view(),
        frequencies: &corpus.frequencies,
        summary: &corpus.summary,
        is_complete: *rule == VocabRule::All,
    };
    let options = CountOptions::new(order);
    let counts =
        NgramCounts::measured(Ids::from(&corpus), &options, RecordLengths::of, &()).unwrap();
    CountFile::to_bytes(info, counts).unwrap()
}

fn set(files: &[Vec<u8>], rule: &VocabRule) -> Result<CountSet, CountFileError> {
    let open = |(number, bytes): (usize, &Vec<u8>)| {
        CountFile::from_bytes(&format!("file {number}"), bytes.clone())
    };
    CountSet::new(files.iter().enumerate().map(open).collect::<Result<_, _>>()?, rule)
}

/// Returns the bytes of the count file of a set.
fn merged(set: &CountSet, resources: Resources) -> Result<Vec<u8>, CountError> {
    let options = CountOptions { resources, ..CountOptions::new(set.order) };
    let counts = NgramCounts::from_files(set, &options, RecordLengths::of, &())?;
    Ok(CountFile::to_bytes(set.info(), counts)?)
}

/// Returns all counts in a form independent of sharding.
fn all(counts: NgramCounts) -> (Vec<u64>, Vec<Shard>, Vec<ngram_counts::CountsOfCounts>) {
    (counts.unigrams, counts.shards.into_vec().unwrap(), counts.counts_of_counts)
}

fn check(parts: &[&str], kind: &TokenizerKind, order: usize, rule: &VocabRule) {
    let whole = file(parts, kind.clone(), rule, order);
    let files: Vec<Vec<u8>> =
        parts.iter().map(|part| file(&[part], kind.clone(), &VocabRule::All, order)).collect();
    let set = set(&files, rule).unwrap();
    assert!(merged(&set, Resources::default()).unwrap() == whole, "order {order}, {rule:?}");
    let folder = tempfile::tempdir().unwrap();
    let shares = Some(Shares { ids: 0, keys: 0, counts: 0 });
    let little = Resources { shares, temp_dir: folder.path().into(), ..Resources::default() };
    assert!(merged(&set, little).unwrap() == whole, "order {order}, {rule:?}");

    let corpus = read(parts, &spec(kind.clone()), rule);
    assert_eq!(set.vocab, corpus.vocab);
    assert_eq!(set.frequencies, corpus.frequencies);
    assert_eq!(set.summary, corpus.summary);
    for order in 1..=order {
        for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
            let options = CountOptions { lower_orders, ..CountOptions::new(order) };
            let of_text = NgramCounts::count(Ids::from(&corpus), &options, &()).unwrap();
            let of_files = NgramCounts::from_files(&set, &options, |_| (), &()).unwrap();
            assert_eq!(all(of_text), all(of_files), "order {order}, {lower_orders:?}, {rule:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn files_of_parts_are_the_file_of_the_whole(
        parts in prop::collection::vec("[abcd \n]{1,40}e", 1..4),
        order in 1usize..=5,
        rule in prop::sample::select(vec![
            VocabRule::All,
            VocabRule::MinCount(2),
            VocabRule::MaxWords(3),
            VocabRule::List(vec!["a".into(), "zzz".into(), "b".into()]),
        ]),
    ) {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        check(&parts, &TokenizerKind::Whitespace, order, &rule);
        check(&parts, &TokenizerKind::Chars, order, &rule);
    }
}

#[test]
fn high_orders_and_special_words() {
    let parts = ["a b a b a <unk> a b\n\n<s> b a </s>\n", "b <unk> é\n\n\n", "c c c c c c c c c c"];
    for order in [1, 2, 9, 20, 64] {
        check(&parts, &TokenizerKind::Whitespace, order, &VocabRule::All);
    }
}

/// Generates a text of skewed frequencies, long enough for several shards.
fn long_text(seed: u64) -> String {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    for _ in 0..40_000 {
        for _ in 0..next(20) {
            let range = 1 + next(4000);
            text.push_str(&format!("w{} ", next(range)));
        }
        text.push('\n');
    }
    text
}

#[test]
fn many_shards_and_any_number_of_threads() {
    let (one, two) = (long_text(1), long_text(2));
    let in_pool = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let parts = [&one, &two]
                .map(|text| file(&[text], TokenizerKind::Whitespace, &VocabRule::All, 3));
            let rule = VocabRule::All;
            let merged = merged(&set(&parts, &rule).unwrap(), Resources::default()).unwrap();
            assert!(merged == file(&[&one, &two], TokenizerKind::Whitespace, &rule, 3));
            merged
        })
    };
    assert!(in_pool(1) == in_pool(3));
}

#[test]
fn every_flip_and_every_cut_is_found() {
    let good = file(&["a b a\nb a c\n"], TokenizerKind::Whitespace, &VocabRule::All, 3);
    assert!(set(std::slice::from_ref(&good), &VocabRule::All).is_ok());
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            let error = set(&[bad], &VocabRule::All).map(|_| ()).unwrap_err();
            let expected = match at {
                0..8 => matches!(error, CountFileError::Foreign { .. }),
                8..12 => {
                    matches!(error, CountFileError::Version { .. } | CountFileError::Damaged { .. })
                }
                _ => matches!(error, CountFileError::Damaged { .. }),
            };
            assert!(expected, "byte {at}, bit {bit}: {error}");
        }
    }
    for length in 0..good.len() {
        let error = set(&[good[..length].to_vec()], &VocabRule::All).map(|_| ()).unwrap_err();
        match length {
            0..8 => assert!(matches!(error, CountFileError::Foreign { .. })),
            _ => assert!(error.to_string().contains("cut short"), "{length}: {error}"),
        }
    }
    let error = set(&[[&good[..], b"x"].concat()], &VocabRule::All).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("its length"), "{error}");
}

/// Damage with matching checksums also leads to an error, or to other counts, but never to a panic.
#[test]
fn forged_checksums_make_no_panic() {
    let good = file(&["a b a\nb a c\n"], TokenizerKind::Whitespace, &VocabRule::All, 3);
    let mut refused = 0;
    for at in 8..good.len() {
        for change in 1..=255 {
            let mut bad = good.clone();
            bad[at] ^= change;
            let length = |at: usize| u64::from_le_bytes(bad[at..at + 8].try_into().unwrap());
            let start = [24, 32, 40].into_iter().map(length).fold(68u64, u64::saturating_add);
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            if let (Some(words), Some(records)) = (bad.get(68..start), bad.get(start..)) {
                let checksums = [words, records].map(crc32fast::hash);
                bad[56..60].copy_from_slice(&checksums[0].to_le_bytes());
                bad[60..64].copy_from_slice(&checksums[1].to_le_bytes());
            }
            let own = crc32fast::hash(&bad[..64]);
            bad[64..68].copy_from_slice(&own.to_le_bytes());
            let counted = set(&[bad], &VocabRule::MinCount(2))
                .map(|set| merged(&set, Resources::default()).map(|_| ()));
            refused += usize::from(!matches!(counted, Ok(Ok(()))));
        }
    }
    assert!(refused > 200 * (good.len() - 8), "{refused}");
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    let words = |order| file(&["a b"], TokenizerKind::Words, &VocabRule::All, order);
    let refused =
        |files: &[Vec<u8>], rule: &VocabRule| set(files, rule).map(|_| ()).unwrap_err().to_string();
    let error = refused(&[words(2), words(3)], &VocabRule::All);
    assert!(error.contains("order 2 in the one, 3 in the other"), "{error}");
    let chars = file(&["a b"], TokenizerKind::Chars, &VocabRule::All, 2);
    let error = refused(&[words(2), chars], &VocabRule::All);
    assert!(error.contains("tokenizer words in the one, chars in the other"), "{error}");
    let limited = file(&["a b"], TokenizerKind::Words, &VocabRule::MaxWords(1), 2);
    assert!(set(std::slice::from_ref(&limited), &VocabRule::All).is_ok());
    for rule in [VocabRule::All, VocabRule::MinCount(2)] {
        let error = refused(&[words(2), limited.clone()], &rule);
        assert!(error.starts_with("file 1 was counted with a limited vocabulary"), "{error}");
    }
    let error = refused(&[limited], &VocabRule::MinCount(2));
    assert!(error.starts_with("file 0 was counted with a limited vocabulary"), "{error}");
    assert!(matches!(set(&[], &VocabRule::All).map(|_| ()), Err(CountFileError::None)));
    let set = set(&[words(2)], &VocabRule::All).unwrap();
    let higher = NgramCounts::from_files(&set, &CountOptions::new(3), |_| (), &()).map(|_| ());
    assert!(matches!(higher, Err(CountError::OrderOfFiles { asked: 3, counted: 2 })));
}

#[test]
fn a_file_that_is_written_into_gives_no_counts_and_one_that_is_replaced_gives_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.counts");
    let bytes = file(&["a b a\nb a c\n"], TokenizerKind::Whitespace, &VocabRule::All, 3);
    let other = file(&["a b b\nb a c\n"], TokenizerKind::Whitespace, &VocabRule::All, 3);
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    let open = || {
        std::fs::write(&path, &bytes).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(old).unwrap();
        (CountSet::new(vec![CountFile::open(&path).unwrap()], &VocabRule::All).unwrap(), file)
    };
    let counted = |set: &CountSet, order| {
        NgramCounts::from_files(set, &CountOptions::new(order), |_| (), &())
            .map(|counts| all(counts).0)
    };
    let (set, _) = open();
    let untouched = counted(&set, 3).unwrap();

    let (set, _) = open();
    std::fs::write(folder.path().join("new"), &other).unwrap();
    std::fs::rename(folder.path().join("new"), &path).unwrap();
    assert_eq!(counted(&set, 3).unwrap(), untouched);

    // As valid as before, but of another text; and truncated.
    type Change = fn(&std::fs::File, &[u8]);
    let changes: [Change; 2] = [
        |mut file, other| std::io::Write::write_all(&mut file, other).unwrap(),
        |file, other| file.set_len(other.len() as u64 / 2).unwrap(),
    ];
    for change in changes {
        for order in [1, 3] {
            let (set, file) = open();
            change(&file, &other);
            let error = counted(&set, order).unwrap_err();
            assert!(
                matches!(&error, CountError::File(CountFileError::Changed { .. })),
                "order {order}: {error}"
            );
        }
    }
}
