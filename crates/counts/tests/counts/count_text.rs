//! Counts as text: what is accepted, and what is rejected.

use ngram_counts::{
    CountFile, CountOptions, CountSet, CountTextError, Listing, LowerOrders, NgramCounts,
    VocabRule, each_sorted,
};
use ngram_input::Text;
use ngram_store::Resources;
use ngram_tokenizer::{TokenizerKind, TokenizerSpec};

fn spec() -> TokenizerSpec {
    TokenizerSpec::new(TokenizerKind::Whitespace)
}

fn read(lines: &str) -> Result<CountFile, CountTextError> {
    CountFile::from_text("lines", lines.as_bytes(), &spec())
}

/// All lines of a set.
fn lines(set: &CountSet) -> Vec<String> {
    let counts = NgramCounts::from_files(set, &CountOptions::new(set.order), |_| (), &()).unwrap();
    let listing = Listing {
        vocab: set.vocab.view(),
        sentences: set.summary.sentences,
        least: &[],
        resources: &Resources::default(),
    };
    let mut lines = Vec::new();
    each_sorted(&counts, &listing, &(), |ngram| {
        lines.push(format!("{}\t{}", ngram.text, ngram.count));
        Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    })
    .unwrap();
    lines
}

fn set(lines: &str) -> CountSet {
    CountSet::new(vec![read(lines).unwrap()], &VocabRule::All).unwrap()
}

// `a b a b a / b a / (blank)`, as listed by SRILM's `ngram-count -order 3 -write`.
const WHOLE: &str = "<s>\t3\n<s> a\t1\n<s> a b\t1\n<s> b\t1\n<s> b a\t1\n<s> </s>\t1\na\t4\na b\t2\n\
    a b a\t2\na </s>\t2\nb\t3\nb a\t3\nb a b\t1\nb a </s>\t2\n</s>\t3\n";

#[test]
fn what_is_listed_comes_back() {
    let set = set(WHOLE);
    let mut expected: Vec<&str> = WHOLE.lines().collect();
    expected.sort_unstable();
    assert_eq!(lines(&set), expected);
    assert_eq!(set.order, 3);
    let summary = &set.summary;
    assert_eq!((summary.sentences, summary.blank_lines, summary.tokens), (3, 1, 10));
    assert_eq!((summary.types, summary.unknown, summary.bytes), (2, 0, 0));
}

#[test]
fn the_counts_are_those_of_the_text() {
    let text = Text::bytes("text", b"a b a b a\nb a\n\n".to_vec());
    let (rule, resources) = (VocabRule::All, Resources::default());
    let corpus = ngram_counts::Corpus::read(&[text], &spec(), &rule, &resources, &()).unwrap();
    let set = set(WHOLE);
    assert_eq!(set.vocab, corpus.vocab);
    let lower_orders = LowerOrders::Continuation;
    let options = CountOptions { lower_orders, ..CountOptions::new(3) };
    let of_text = NgramCounts::count((&corpus).into(), &options, &()).unwrap();
    let of_lines = NgramCounts::from_files(&set, &options, |_| (), &()).unwrap();
    assert_eq!(of_lines.unigrams, of_text.unigrams);
    assert_eq!(of_lines.counts_of_counts, of_text.counts_of_counts);
    assert_eq!(of_lines.shards.into_vec().unwrap(), of_text.shards.into_vec().unwrap());
}

#[test]
fn order_white_space_and_repeated_lines_do_not_matter() {
    let expected = lines(&set(WHOLE));
    let backwards: Vec<&str> = WHOLE.lines().rev().collect();
    assert_eq!(lines(&set(&backwards.join("\r\n"))), expected);
    assert_eq!(lines(&set(&WHOLE.replace('\t', "  "))), expected);
    let twice = WHOLE.replace("a b a\t2\n", "a b a\t1\n\na b a\t1\n");
    assert_eq!(lines(&set(&twice)), expected);
    // Of the lower orders, only what follows <s> is needed.
    let needed = |line: &&str| line.starts_with("<s> ") || line.split(' ').count() == 3;
    let needed: Vec<&str> = WHOLE.lines().filter(needed).collect();
    assert_eq!(lines(&set(&needed.join("\n"))), expected);
    assert_eq!(lines(&set("a\t2\n</s>\t1\n")), ["</s>\t1", "<s>\t1", "a\t2"]);
    // Escapes are decoded: the word is a space.
    let set = set("<U+0020>\t2\n</s>\t1\n");
    assert_eq!(set.vocab.view().words().last(), Some(" "));
}

#[test]
fn what_is_no_count_is_refused_with_its_line() {
    for (lines, line, what) in [
        ("a b\t1\na b\n", 2, "the count is no whole number"),
        ("a b\t1.5\n", 1, "the count is no whole number"),
        ("a b\t-1\n", 1, "the count is no whole number"),
        ("\n\t3\n", 2, "there is no word"),
        ("a </s> b\t1\n", 1, "a word stands after </s>"),
        ("a <s>\t1\n", 1, "a word stands before <s>"),
        ("a b\t18446744073709551616\n", 1, "the count is no whole number"),
    ] {
        let error = read(lines).map(|_| ()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("lines, line {line}: {what}")), "{error}");
    }
    let long = format!("{}\t1\n", ["a"; 65].join(" "));
    let error = read(&long).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("longer than any"), "{error}");
    let error = CountFile::from_text("lines", &b"a\t1\n\xff\t1\n"[..], &spec());
    assert!(error.map(|_| ()).unwrap_err().to_string().contains("line 2: it is not UTF-8"));
    for empty in ["", "\n\n", "</s>\t3\n", "a b\t0\n", "<s> </s>\t3\n"] {
        assert!(matches!(read(empty).map(|_| ()), Err(CountTextError::Empty(_))), "{empty:?}");
    }
}

/// Removing any line that matters, or changing its count, contradicts other lines.
#[test]
fn missing_and_changed_lines_are_found() {
    for (number, line) in WHOLE.lines().enumerate() {
        let order = line.split(' ').count();
        let is_window = order == 3 || line.starts_with("<s> ");
        let without: Vec<&str> =
            WHOLE.lines().enumerate().filter(|(at, _)| *at != number).map(|(_, l)| l).collect();
        let mut more: Vec<&str> = WHOLE.lines().collect();
        more.push(line);
        if is_window || order == 1 {
            let error = read(&more.join("\n")).map(|_| ()).unwrap_err().to_string();
            assert!(error.starts_with("lines lacks n-grams"), "{line}: {error}");
        }
        let read = read(&without.join("\n")).map(|_| ());
        assert_eq!(read.is_err(), is_window, "{line}");
    }
    let error = read("a\t2\n<s> a\t1\na a\t1\n").map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        error,
        "lines lacks n-grams: those of order 2, and shorter ones after <s>, have \"<s>\" 0 times \
         (as often as </s>), but it comes 1 times before their end; write all n-grams of all \
         orders, with raw counts, or train on the list as a part of them (`ngram train --partial`)"
    );
}

/// A word cannot come 0 times where other lines have it.
#[test]
fn a_zero_contradicts_other_lines() {
    for lines in ["<s>\t0\n<s> a\t1\na </s>\t1\n", "<s> a\t1\na </s>\t1\na\t0\n"] {
        let error = read(lines).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("it comes 0 times on a line of its own"), "{error}");
    }
    assert!(read("<s> a\t1\na </s>\t1\nb\t0\na b\t0\n").is_ok());
}

#[test]
fn any_bytes_are_counts_or_an_error() {
    let mut state = 1u64;
    let pieces = ["<s>", "</s>", "a", "b", "<unk>", " ", " ", "\t", "1", "2", "99", "\n", "\n"];
    for _ in 0..20_000 {
        let mut lines = String::new();
        for _ in 0..30 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            lines.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        if let Ok(file) = read(&lines) {
            CountSet::new(vec![file], &VocabRule::All).unwrap();
        }
    }
}
