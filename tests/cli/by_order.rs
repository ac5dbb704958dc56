//! SRILM's discounts for each order, and in files.

use crate::folder::{Folder, sentences};
use ngram_formats::arpa::{ReadOptions, read};
use std::collections::BTreeMap;

/// Runs a command; returns what it prints.
#[track_caller]
fn run(folder: &Folder, line: &str) -> String {
    let output = folder.program().args(line.split_whitespace()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn read_text(folder: &Folder, name: &str) -> String {
    String::from_utf8(folder.read(name)).unwrap()
}

/// The probabilities of an ARPA file.
fn probabilities(arpa: &str) -> BTreeMap<String, f64> {
    let file = read(arpa.as_bytes(), "arpa", &ReadOptions::default()).unwrap();
    let all = file.orders.iter().flat_map(|ngrams| ngrams.iter());
    all.map(|(words, log_prob, _)| {
        let words: Vec<&str> = words.iter().map(|&word| file.vocab.view().word(word)).collect();
        (words.join(" "), 10f64.powf(f64::from(log_prob)))
    })
    .collect()
}

/// As worked in the tests of the crate `train`, for "a b c" twice and "a b a" once.
#[test]
fn each_order_has_a_method() {
    let folder = Folder::new();
    folder.write("text", "a b c\na b c\na b a\n");
    folder.write("half", "mincount 1\ndiscount1 0.5\n");
    let line = "shim ngram-count -text text -unk -order 3 -wbdiscount1 -ukndiscount2 -kn2 half -wbdiscount3 -interpolate -gt3min 1 -lm -";
    let found = probabilities(&run(&folder, line));
    for (ngram, expected) in
        [("a", 0.3), ("<unk>", 0.05), ("b c", 0.3375), ("a b c", 0.535), ("a b a", 0.36)]
    {
        assert!((found[ngram] - expected).abs() < 1e-6, "{ngram}: {found:?}");
    }
    // Our own verb: discounts of such a text are undefined, so Witten-Bell takes the place of Kneser-Ney.
    let line = "train text --order 3 --tokenizer whitespace --closed -q --smoothing witten-bell,absolute,witten-bell --discount 0.5 -o m";
    run(&folder, line);
    assert!(run(&folder, "check m").contains("sound"));
    run(&folder, "export m m.arpa -q");
    let found = probabilities(&read_text(&folder, "m.arpa"));
    // After b, c was seen twice and a once: c gets 1.5/3 + 1/3 · 0.175.
    assert!((found["b c"] - 0.5 - 0.175 / 3.0).abs() < 1e-6, "{found:?}");
    for (line, needle) in [
        ("-order 4 -kndiscount2 -wbdiscount3 -lm a", "orders 2 to 3 take raw counts"),
        ("-kndiscount1 -wbdiscount2 -lm a", "Kneser-Ney for both"),
        ("-kndiscount1 -wbdiscount1 -lm a", "several methods for order 1"),
        ("-kn1 half -lm a", "half: not discounts for modified-kneser-ney: no discount for"),
        ("-gt2 none -lm a", "none"),
        ("-read text -kn-modify-counts-at-end -kndiscount -lm a", "-text"),
    ] {
        let text = if line.contains("-read") { "" } else { "-text text" };
        let line = format!("shim ngram-count {text} -unk {line}");
        let output = folder.program().args(line.split_whitespace()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(needle), "{line}: {said}");
    }
}

/// Without -lm, discounts go to files; with it, they are read. So two steps do as one.
#[test]
fn discounts_go_through_files() {
    let folder = Folder::new();
    folder.write("text", sentences(2000, 5));
    for (files, method) in [
        ("-kn1 d1 -kn2 d2 -interpolate", "-kndiscount -interpolate"),
        ("-gt2 d2 -gt2max 5", "-gt2max 5"),
        ("-gt2 d2 -wbdiscount1", "-wbdiscount1"),
    ] {
        let count = "shim ngram-count -text text -unk -order 2";
        assert_eq!(run(&folder, &format!("{count} {files}")), "", "counts are not asked for");
        let two = run(&folder, &format!("{count} {files} -lm -"));
        let one = run(&folder, &format!("{count} {method} -lm -"));
        assert!(two == one, "{files}");
    }
    assert!(read_text(&folder, "d1").starts_with("mincount 1\ndiscount1 0."));
    // The factors of the last file, of counts up to seven.
    assert!(read_text(&folder, "d2").starts_with("mincount 1\nmaxcount 7\ndiscount 1 0."));
    // The lowest count is part of the file.
    let more = read_text(&folder, "d2").replace("mincount 1", "mincount 3");
    folder.write("d2", more);
    let two = run(&folder, "shim ngram-count -text text -unk -order 2 -gt2 d2 -lm -");
    let one = run(&folder, "shim ngram-count -text text -unk -order 2 -gt2min 3 -lm -");
    assert!(two == one);
}

/// -kn-modify-counts-at-end: discounts by the formula of Chen and Goodman, from how often words and pairs occur,
/// not after how many words.
#[test]
fn discounts_may_come_from_raw_counts() {
    let folder = Folder::new();
    let text = sentences(2000, 5);
    folder.write("text", &text);
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    text.lines()
        .flat_map(str::split_whitespace)
        .for_each(|word| *counts.entry(word).or_default() += 1);
    let n = |r: u32| counts.values().filter(|count| **count == r).count() as f64;
    let y = n(1) / (n(1) + 2.0 * n(2));
    let d = |r: u32| f64::from(r) - f64::from(r + 1) * y * n(r + 1) / n(r);
    folder.write(
        "d1",
        format!("mincount 1\ndiscount1 {}\ndiscount2 {}\ndiscount3+ {}\n", d(1), d(2), d(3)),
    );
    let count = "shim ngram-count -text text -unk -order 2 -interpolate -lm -";
    let at_end = run(&folder, &format!("{count} -kndiscount -kn-modify-counts-at-end"));
    let given = run(&folder, &format!("{count} -kn1 d1 -kndiscount2"));
    let before = run(&folder, &format!("{count} -kndiscount"));
    let [at_end, given, before] = [at_end, given, before].map(|arpa| probabilities(&arpa));
    assert_eq!(at_end.len(), given.len());
    let off = |other: &BTreeMap<String, f64>| {
        at_end.iter().map(|(ngram, p)| (p / other[ngram] - 1.0).abs()).fold(0.0, f64::max)
    };
    assert!(off(&given) < 1e-5 && off(&before) > 1e-3, "{} {}", off(&given), off(&before));
}
