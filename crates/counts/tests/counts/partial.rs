//! Lists of some n-grams: what is added to them, and how they are counted.

use ngram_counts::{
    Completed, CountFile, CountOptions, CountSet, CountTextError, LowerOrders, NgramCounts,
    PartialCounted, PartialCounts, Shard, VocabRule,
};
use ngram_tokenizer::{TokenizerKind, TokenizerSpec, WordId};
use std::collections::BTreeMap;

fn lists(lines: &str) -> Result<PartialCounts, CountTextError> {
    let mut lists = PartialCounts::new();
    lists.add("lines", lines.as_bytes())?;
    Ok(lists)
}

fn counted(
    lines: &str,
    order: usize,
    lower_orders: LowerOrders,
    rule: &VocabRule,
) -> PartialCounted<()> {
    let options = CountOptions { lower_orders, ..CountOptions::new(order) };
    lists(lines).unwrap().count(rule, &options, |_| ()).unwrap()
}

/// Returns every n-gram with its count.
fn ngrams(counted: PartialCounted<()>) -> BTreeMap<String, u64> {
    let vocab = counted.vocab.view();
    let word = |id: u32| vocab.word(WordId(id)).to_owned();
    let unigrams = (0..).zip(&counted.counts.unigrams).filter(|(_, count)| **count > 0);
    let mut found: BTreeMap<String, u64> = unigrams.map(|(id, &count)| (word(id), count)).collect();
    for shard in counted.counts.shards.into_vec().unwrap() {
        each(&shard, |words, count| {
            let words: Vec<String> = words.iter().map(|&id| word(id)).collect();
            found.insert(words.join(" "), count);
        });
    }
    found
}

/// Calls `see` with every n-gram of a shard of two words or more, and its count.
fn each(shard: &Shard, mut see: impl FnMut(&[u32], u64)) {
    let roots = 0..shard.levels[0].successor_ends.len();
    let mut histories: Vec<Vec<u32>> =
        roots.map(|root| vec![shard.first_word + root as u32]).collect();
    for (depth, level) in shard.levels.iter().enumerate() {
        let mut longer = Vec::new();
        for (history, words) in histories.iter().enumerate() {
            let successors = level.successors(history);
            let narrow = level.successor_counts[successors.clone()].iter();
            let counts = level.wide_counts(successors.clone());
            let counts = counts.unwrap_or_else(|| narrow.map(|&count| count.into()).collect());
            for (&word, count) in level.successor_words[successors].iter().zip(counts) {
                see(&[&words[..], &[word]].concat(), count);
            }
            if let Some(next) = shard.levels.get(depth + 1) {
                let children = &next.words[level.children(history)];
                longer.extend(children.iter().map(|&word| [&[word], &words[..]].concat()));
            }
        }
        histories = longer;
    }
}

fn expected(lines: &[(&str, u64)]) -> BTreeMap<String, u64> {
    lines.iter().map(|&(ngram, count)| (ngram.to_owned(), count)).collect()
}

/// `a b c` needs `a b`, `b c` and the three words; `<s> a b` needs `<s> a`. `z` is needed by nothing.
const SOME: &str = "a b c\t5\nb c\t7\na 20\n<s> a b\t2\nz\t3\nd b c\t1\n";

#[test]
fn worked_by_hand() {
    // `a b` comes at least 2 times after <s> and 5 times before c; `b` is 5 + 1 times after a and d, 7 before c.
    let found = counted(SOME, 3, LowerOrders::Raw, &VocabRule::All);
    let [one, two, three] = found.completed[..] else { panic!() };
    assert_eq!(one, Completed { listed: 2, added: 3 });
    assert_eq!(two, Completed { listed: 1, added: 3 });
    assert_eq!(three, Completed { listed: 3, added: 0 });
    assert_eq!((found.summary.tokens, found.summary.types), (20 + 7 + 7 + 3 + 1, 5));
    assert_eq!(found.frequencies, [0, 0, 0, 20, 7, 7, 3, 1]);
    assert_eq!(found.counts.counts_of_counts[1].of(1), 1);
    let raw = [
        ("a", 20),
        ("b", 7),
        ("c", 7),
        ("z", 3),
        ("d", 1),
        ("b c", 7),
        ("a b", 5),
        ("<s> a", 2),
        ("d b", 1),
        ("a b c", 5),
        ("d b c", 1),
        ("<s> a b", 2),
    ];
    assert_eq!(ngrams(found), expected(&raw));

    // A lower order: the trigrams have had their say.
    let found = counted(SOME, 2, LowerOrders::Raw, &VocabRule::All);
    assert_eq!(ngrams(found), expected(&raw[..9]));
    let found = counted(SOME, 1, LowerOrders::Raw, &VocabRule::All);
    assert_eq!(ngrams(found), expected(&raw[..5]));

    // b follows a and d, `b c` too, `a b` follows <s>. d and z, which follow nothing, were seen all the same.
    let found = counted(SOME, 3, LowerOrders::Continuation, &VocabRule::All);
    let mut continuation = raw;
    for (place, count) in [(0, 1), (1, 2), (2, 1), (3, 1), (4, 1), (5, 2), (6, 1), (8, 1)] {
        continuation[place].1 = count;
    }
    assert_eq!(ngrams(found), expected(&continuation));
}

#[test]
fn words_outside_a_vocabulary_are_one_word() {
    // b and d are <unk>: `a b c` and `d b c` become `a <unk> c` and `<unk> <unk> c`.
    let rule = VocabRule::List(["a", "c", "y"].map(str::to_owned).to_vec());
    let found = counted(SOME, 3, LowerOrders::Raw, &rule);
    assert_eq!(found.summary.unknown, 7 + 1 + 3);
    let of_all = [
        ("a", 20),
        ("c", 7),
        ("<unk>", 11),
        ("<unk> c", 7),
        ("a <unk>", 5),
        ("<s> a", 2),
        ("<unk> <unk>", 1),
        ("a <unk> c", 5),
        ("<unk> <unk> c", 1),
        ("<s> a <unk>", 2),
    ];
    assert_eq!(ngrams(found), expected(&of_all));
}

#[test]
fn counts_have_64_bits() {
    let lines =
        "the dog\t6000000000\nthe cat\t4294967295\nthe owl\t4294967296\ndog\t1099511627776\n";
    let found = counted(lines, 2, LowerOrders::Raw, &VocabRule::All);
    assert_eq!(found.counts.counts_of_counts[1].total(), 6_000_000_000 + (1 << 33) - 1);
    let most = [("the dog", 6_000_000_000), ("the cat", (1 << 32) - 1), ("the owl", 1 << 32)];
    let the = 6_000_000_000 + (1 << 33) - 1;
    let words = [("the", the), ("cat", (1 << 32) - 1), ("owl", 1 << 32), ("dog", 1 << 40)];
    assert_eq!(ngrams(found), expected(&[&most[..], &words].concat()));
    for lines in [
        format!("a b\t{}\na b\t1\n", u64::MAX),
        format!("a b\t{}\nc b\t1\n", u64::MAX),
        format!("a\t{}\nb\t1\n", u64::MAX),
        format!("a\t{}\n", (1u64 << 63)),
        format!("a\t1\nb\t1\nc\t1\na b\t{0}\na c\t{0}\n", u64::MAX),
    ] {
        let error = lists(&lines)
            .unwrap()
            .count(&VocabRule::All, &CountOptions::new(lists(&lines).unwrap().order()), |_| ())
            .map(|_| ())
            .unwrap_err();
        let is_sum = matches!(error, CountTextError::Total(_) | CountTextError::Sum { .. });
        assert!(is_sum, "{error}");
    }
}

/// Lists that lack nothing are counted as [`CountFile::from_text`] counts them, in any order of lines.
#[test]
fn whole_lists_are_the_counts_of_the_text() {
    let sentences = ["a b a b a", "b a", "c a b c", "", "a"];
    let mut windows: BTreeMap<String, u64> = BTreeMap::new();
    for sentence in sentences {
        let words: Vec<&str> = sentence.split(' ').filter(|word| !word.is_empty()).collect();
        let words = [&["<s>"], &words[..], &["</s>"]].concat();
        for length in 1..=3 {
            for ngram in words.windows(length) {
                *windows.entry(ngram.join(" ")).or_default() += 1;
            }
        }
    }
    let lines = windows.iter().rev().map(|(ngram, count)| format!("{ngram} {count}\r\n"));
    let lines: String = "\u{feff}".to_owned() + &lines.collect::<String>();
    let upper = lines.replace("<s>", "<S>").replace("</s>", "</S>");
    let tokenizer = TokenizerSpec::new(TokenizerKind::Whitespace);
    let file = || CountFile::from_text("lines", &lines.as_bytes()[3..], &tokenizer).unwrap();
    let set = CountSet::new(vec![file()], &VocabRule::All).unwrap();
    for lower_orders in [LowerOrders::Raw, LowerOrders::Continuation] {
        for order in 1..=3 {
            for lines in [&lines, &upper] {
                let found = counted(lines, order, lower_orders, &VocabRule::All);
                assert!(found.completed.iter().all(|completed| completed.added == 0));
                assert_eq!(found.frequencies, set.frequencies);
                assert_eq!(found.summary.tokens, set.summary.tokens);
                assert_eq!(found.summary.sentences, set.summary.sentences);
                let options = CountOptions { lower_orders, ..CountOptions::new(order) };
                let whole = NgramCounts::from_files(&set, &options, |_| (), &()).unwrap();
                assert_eq!(found.counts.unigrams, whole.unigrams);
                assert_eq!(found.counts.counts_of_counts, whole.counts_of_counts);
                let mut of_both = [BTreeMap::new(), BTreeMap::new()];
                let shards = [found.counts.shards, whole.shards].map(|s| s.into_vec().unwrap());
                for (ngrams, shards) in of_both.iter_mut().zip(&shards) {
                    for shard in shards {
                        each(shard, |words, count| {
                            ngrams.insert(words.to_vec(), count);
                        });
                    }
                }
                assert_eq!(of_both[0], of_both[1], "order {order}");
            }
        }
    }
}

#[test]
fn lines_that_are_no_ngrams_are_named() {
    for (lines, expected) in [
        ("a b\t1\n<s>\t0\n", "lines, line 2: the count is 0"),
        ("a b\t1.5\n", "lines, line 1: the count is no whole number"),
        ("a </s> b\t1\n", "lines, line 1: a word stands after </s>"),
        ("a <S> b\t1\n", "lines, line 1: a word stands before <s>"),
        ("\n7\n", "lines, line 2: there is no word"),
    ] {
        let error = lists(lines).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let count = |lines: &str, order| {
        let options = CountOptions::new(order);
        let found = lists(lines).unwrap().count(&VocabRule::All, &options, |_| ());
        found.map(|_| ()).unwrap_err().to_string()
    };
    assert!(count("", 1).contains("no counts"));
    assert!(count("<s> </s>\t4\n", 2).contains("no counts"));
    assert!(count("a b\t4\n", 3).contains("order 3 is above 2"));
    assert!(count("a b\t4\n", 0).contains("order 0"));
}
