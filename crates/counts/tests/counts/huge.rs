//! Numbers above 32 bits: exact for single words and totals, an error for longer n-grams, on every path.

use ngram_counts::{
    CountError, CountFile, CountFileError, CountOptions, CountOverflow, CountSet, CountTextError,
    LowerOrders, NgramCounts, RecordLengths, VocabRule,
};
use ngram_store::{Resources, Shares};
use ngram_testing::weighted::lines;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

const MOST: u64 = u32::MAX as u64;

fn read(lines: &str) -> Result<CountFile, CountTextError> {
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    CountFile::from_text("lines", lines.as_bytes(), &tokenizer)
}

/// Merges the counts of files of weighted sentences.
fn set(files: &[&[(&str, u64)]], order: usize) -> CountSet {
    let files = files.iter().map(|sentences| read(&lines(sentences, order)).unwrap());
    CountSet::new(files.collect(), &VocabRule::All).unwrap()
}

fn count(
    set: &CountSet,
    order: usize,
    lower_orders: LowerOrders,
) -> Result<NgramCounts<RecordLengths>, CountError> {
    let options = CountOptions { lower_orders, ..RecordLengths::counting(order) };
    NgramCounts::from_files(set, &options, RecordLengths::of, &())
}

/// Returns the overflow that an error reports.
fn overflow<T>(found: Result<T, CountError>) -> CountOverflow {
    match found.map(|_| ()) {
        Err(CountError::Overflow(overflow)) => overflow,
        other => panic!("{other:?}"),
    }
}

#[test]
fn single_words_and_totals_are_exact() {
    let files: [&[(&str, u64)]; 2] =
        [&[("a b", MOST), ("c a", MOST), ("e", 1), ("", 7)], &[("b a d", MOST)]];
    let set = set(&files, 3);
    let summary = &set.summary;
    assert_eq!((summary.sentences, summary.blank_lines), (3 * MOST + 8, 7));
    assert_eq!(summary.tokens, 3 * MOST + 3 * MOST + 4 * MOST + 2 + 7);
    // <unk>, <s>, </s>, a, b, c, d, e.
    let frequencies = [0, 3 * MOST + 8, 3 * MOST + 8, 3 * MOST, 2 * MOST, MOST, MOST, 1];
    assert_eq!(set.frequencies, frequencies);
    let counts = count(&set, 3, LowerOrders::Raw).unwrap();
    assert_eq!(counts.unigrams[2..], frequencies[2..]);
    let [words, pairs, triples] = &counts.counts_of_counts[..] else { panic!() };
    assert_eq!((words.ngrams(), words.total()), (6, summary.tokens));
    assert_eq!((words.of(1), words.of(8)), (1, 0));
    // <s> a, a b, b </s>; <s> c, c a, a </s>; <s> e, e </s>; <s> </s>; <s> b, b a, a d, d </s>.
    assert_eq!((pairs.ngrams(), pairs.of(1), pairs.of(7)), (13, 2, 1));
    assert_eq!(pairs.total(), summary.tokens);
    assert_eq!(triples.total(), 7 * MOST + 1);

    // The same through a file, whose bytes do not depend on memory.
    let bytes = CountFile::to_bytes(set.info(), counts).unwrap();
    let again = CountFile::from_bytes("again", bytes.clone()).unwrap();
    let again = CountSet::new(vec![again], &VocabRule::All).unwrap();
    assert_eq!((&again.summary, &again.frequencies), (summary, &set.frequencies));
    let options = CountOptions {
        resources: Resources {
            shares: Some(Shares { ids: 0, keys: 0, counts: 0 }),
            temp_dir: std::env::temp_dir(),
            ..Resources::default()
        },
        ..CountOptions::new(3)
    };
    let counts = NgramCounts::from_files(&again, &options, RecordLengths::of, &()).unwrap();
    assert!(CountFile::to_bytes(again.info(), counts).unwrap() == bytes);

    let alone = read("a\t1099511627776\nb\t1\n</s>\t4294967296\n").unwrap();
    let alone = CountSet::new(vec![alone], &VocabRule::All).unwrap();
    let counts = count(&alone, 1, LowerOrders::Continuation).unwrap();
    assert_eq!(counts.unigrams, [0, 0, 1 << 32, 1 << 40, 1]);
    assert_eq!(counts.counts_of_counts[0].total(), (1 << 32) + (1 << 40) + 1);
}

#[test]
fn an_n_gram_beyond_32_bits_is_an_error_at_every_door() {
    // On one line of text, reported by name: the highest order, and what begins with <s>.
    for (lines, expected) in [
        (lines(&[("a b", MOST + 1)], 2), "<s> a"),
        (lines(&[("", 1 << 40)], 2), "<s> </s>"),
        (lines(&[("x", MOST)], 2) + "x y\t4294967296\n", "x y"),
    ] {
        let error = read(&lines).map(|_| ()).unwrap_err();
        assert!(
            matches!(&error, CountTextError::TooOften { ngram, .. } if ngram == expected),
            "{error}"
        );
        assert!(error.to_string().contains("4,294,967,295"), "{error}");
    }
    // A line of a shorter n-gram, whose count follows from the longer ones, is not a window.
    let high = "a b\t12884901885\nb </s>\t12884901885\n".to_owned();
    let three = [("c a b", MOST), ("d a b", MOST), ("e a b f", MOST)];
    let read_in_part = |order| read(&(high.clone() + &lines(&three, order)));
    assert!(matches!(read_in_part(2).map(|_| ()), Err(CountTextError::TooOften { .. })));
    // `a b </s>`, on two lines, is too frequent for the highest order.
    let error = read_in_part(3).map(|_| ()).unwrap_err();
    let expected = CountOverflow::Count(3);
    assert!(
        matches!(error, CountTextError::Count(CountError::Overflow(found)) if found == expected),
        "{error}"
    );

    // Across files, for an n-gram of the highest order, and for one after <s>.
    let one: &[(&str, u64)] = &[("a b", MOST - 1)];
    for (two, order, expected) in [
        (&[("a b", 1)][..], 2, None),
        (&[("a b", 2)], 2, Some(CountOverflow::Count(2))),
        (&[("a b", 2)], 3, Some(CountOverflow::Count(2))),
        (&[("a b", MOST)], 4, Some(CountOverflow::Count(2))),
        (&[("c a b", 2)], 2, Some(CountOverflow::Count(2))),
    ] {
        let found = count(&set(&[one, two], order), order, LowerOrders::Raw);
        match expected {
            None => assert_eq!(found.unwrap().unigrams, [0, 0, MOST, MOST, MOST]),
            Some(expected) => assert_eq!(overflow(found), expected, "{two:?}, order {order}"),
        }
    }
    let said = CountOverflow::Count(2).to_string();
    assert!(said.contains("order 2") && said.contains("4,294,967,295"), "{said}");
}

/// Raw counts of shorter n-grams are sums over longer ones; continuation counts are not.
#[test]
fn lower_orders_that_add_up_beyond_32_bits_are_an_error_where_they_are_raw() {
    let few: Vec<String> = ["c", "d"].map(|word| format!("{word} a b {word}")).to_vec();
    // Enough words to be summed in an array over the vocabulary.
    let many: Vec<String> = (0..600).map(|n| format!("v{n} a b w{n}")).collect();
    for (sentences, times) in [(few, 1 << 31), (many, 8_000_000)] {
        let sentences: Vec<(&str, u64)> = sentences.iter().map(|s| (s.as_str(), times)).collect();
        let total = sentences.len() as u64 * times;
        assert!(total > MOST);
        let set = set(&[&sentences], 4);
        for (order, lower_orders, expected) in [
            (4, LowerOrders::Raw, Some(2)),
            (3, LowerOrders::Raw, Some(2)),
            (2, LowerOrders::Raw, Some(2)),
            (2, LowerOrders::Continuation, Some(2)),
            (3, LowerOrders::Continuation, None),
            (4, LowerOrders::Continuation, None),
        ] {
            let found = count(&set, order, lower_orders);
            match expected {
                Some(of) => assert_eq!(overflow(found), CountOverflow::Count(of), "{order}"),
                None => {
                    let types = sentences.len() as u64;
                    let counts = found.unwrap();
                    let [.., a] = counts.unigrams[..4] else { panic!() };
                    assert_eq!((set.frequencies[3], a), (total, types), "{order}");
                }
            }
        }
        // One below the limit, it is a normal count.
        let below: Vec<(&str, u64)> =
            sentences.iter().map(|&(s, _)| (s, MOST / sentences.len() as u64)).collect();
        let set = self::set(&[&below], 4);
        let [raw, continuation] = [LowerOrders::Raw, LowerOrders::Continuation]
            .map(|lower_orders| count(&set, 4, lower_orders).unwrap());
        // A file has the same windows, however lower orders were counted.
        let bytes = CountFile::to_bytes(set.info(), raw).unwrap();
        assert!(CountFile::to_bytes(set.info(), continuation).unwrap() == bytes);
    }
}

#[test]
fn totals_beyond_64_bits_are_an_error() {
    let error = read(&format!("a\t{}\nb\t1\n</s>\t1\n", u64::MAX)).map(|_| ()).unwrap_err();
    assert!(matches!(error, CountTextError::Total(_)), "{error}");
    assert!(error.to_string().contains("18,446,744,073,709,551,615"), "{error}");
    let error = read(&format!("a\t{}\na\t1\n", u64::MAX)).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("line 2: the count is too large"), "{error}");
    let half = || read(&format!("a\t{}\n</s>\t1\n", u64::MAX / 2 - 1)).unwrap();
    let error = CountSet::new(vec![half(), half()], &VocabRule::All).map(|_| ());
    assert!(error.is_ok());
    let three = vec![half(), half(), half()];
    let error = CountSet::new(three, &VocabRule::All).map(|_| ()).unwrap_err();
    assert!(matches!(error, CountFileError::Damaged { .. }), "{error}");
}

/// Memory for counting depends on the number of distinct windows, not on their counts.
#[test]
fn memory_is_not_taken_for_occurrences() {
    let sentences: &[(&str, u64)] = &[("a b", MOST), ("c a", MOST), ("b a d", MOST)];
    let set = set(&[sentences], 3);
    let options = |memory| CountOptions {
        resources: Resources { memory, ..Resources::default() },
        ..CountOptions::new(3)
    };
    let unbounded = NgramCounts::from_files(&set, &options(u64::MAX), |_| (), &()).unwrap();
    // It would be hundreds of gigabytes if it depended on occurrences.
    let bounded = NgramCounts::from_files(&set, &options(2 << 30), |_| (), &()).unwrap();
    assert_eq!(bounded.counts_of_counts, unbounded.counts_of_counts);
    assert_eq!(bounded.shards.into_vec().unwrap(), unbounded.shards.into_vec().unwrap());
}
