//! Models with other words: `ngram filter`, and SRILM's `change-lm-vocab`, `-renorm`, `-prune-lowprobs` and `-vocab`.
//! Figures are worked by hand from the descriptions in SRILM's manual.

use crate::folder::Folder;
use ngram_formats::arpa::{ReadOptions, read};
use std::collections::BTreeMap;

/// After a: b 0.5 and c 0.2, so a's weight is 0.3 / 0.6.
const ARPA: &str = "\\data\\\nngram 1=6\nngram 2=3\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.36797678\n\
    -0.69897\t</s>\n-0.52287875\ta\t-0.30103\n-0.60205999\tb\n-0.82390874\tc\n\n\
    \\2-grams:\n-0.15490196\t<s> a\n-0.30103\ta b\n-0.69897\ta c\n\n\\end\\\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("m.arpa", ARPA);
    folder.write("words", "a\nb\nd\n<unk>\n");
    folder.write("known", "a\nb\nd\n");
    folder
}

/// Runs a command; returns what it prints.
#[track_caller]
fn run(folder: &Folder, line: &str) -> String {
    let output = folder.program().args(line.split_whitespace()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the probability and the back-off weight of each n-gram of an ARPA file.
fn numbers(arpa: &str) -> BTreeMap<String, (f64, f64)> {
    let file = read(arpa.as_bytes(), "arpa", &ReadOptions::default()).unwrap();
    let vocab = file.vocab.view();
    let all = file.orders.iter().flat_map(|ngrams| ngrams.iter());
    let number = |log10: f32| 10f64.powf(f64::from(log10));
    all.map(|(words, log_prob, backoff)| {
        let words: Vec<&str> = words.iter().map(|&word| vocab.word(word)).collect();
        (words.join(" "), (number(log_prob), number(backoff.unwrap_or(0.0))))
    })
    .collect()
}

/// Checks all n-grams of an ARPA file: those expected, with these numbers, and no others.
#[track_caller]
fn assert_is(arpa: &str, expected: &[(&str, f64, f64)]) {
    let found = numbers(arpa);
    assert_eq!(found.len(), expected.len(), "{arpa}");
    for (ngram, p, weight) in expected {
        let (found_p, found_weight) = found.get(*ngram).unwrap_or_else(|| panic!("no {ngram}"));
        let off = (found_p - p).abs().max((found_weight - weight).abs());
        assert!(off < 1e-6, "{ngram}: {found_p} {found_weight}, not {p} {weight}");
    }
}

const START: f64 = 3.0 / 7.0;

#[test]
fn filter_limits_and_extends() {
    let folder = folder();
    run(&folder, "import m.arpa -o m -q");
    let told = run(&folder, "filter m --vocab words -o few");
    assert!(told.contains("1 words left out, with 0.1500 of"), "{told}");
    assert!(told.contains("1 words listed that the model lacks: --add"), "{told}");
    assert!(run(&folder, "check few").contains("sound"));
    run(&folder, "export few few.arpa -q");
    let third = 2.0 / 3.0;
    let expected = [
        ("<unk>", 0.25, 1.0),
        ("<s>", 0.0, START),
        ("</s>", 0.2, 1.0),
        ("a", 0.3, third),
        ("b", 0.25, 1.0),
        ("<s> a", 0.7, 1.0),
        ("a b", 0.5, 1.0),
    ];
    assert_is(&String::from_utf8(folder.read("few.arpa")).unwrap(), &expected);
    // d gets two fifths of what <unk> has then.
    run(&folder, "filter m --vocab words --add 0.4 --layout compact -q -o more");
    assert!(run(&folder, "check more").contains("sound"));
    run(&folder, "export more more.arpa -q");
    let more = String::from_utf8(folder.read("more.arpa")).unwrap();
    let [all, d] = [numbers(&more)["<unk>"].0, numbers(&more)["d"].0];
    assert!((all - 0.15).abs() < 1e-6 && (d - 0.1).abs() < 1e-6, "{more}");
    // As they are.
    run(&folder, "filter m --vocab words --leftover unchanged -q -o same");
    run(&folder, "export same same.arpa -q");
    let same = numbers(&String::from_utf8(folder.read("same.arpa")).unwrap());
    assert!((same["a"].1 - 0.5).abs() < 1e-6 && (same["<unk>"].0 - 0.1).abs() < 1e-6, "{same:?}");
    for (line, needle) in [
        ("filter m --vocab words -o m", "would replace m"),
        ("filter m --vocab words --add 2 -o x", "from 0 to 1"),
        ("filter m --vocab words --leftover all -o x", "unchanged"),
    ] {
        let output = folder.program().args(line.split_whitespace()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(needle), "{line}: {said}");
    }
}

/// What c had is for d, which has nothing; without d, it is for all.
#[test]
fn change_lm_vocab_adds_words_and_renormalises() {
    let folder = folder();
    let line = "shim change-lm-vocab -vocab words -lm m.arpa -write-lm - -unk -order 2";
    let added = [
        ("<unk>", 0.1, 1.0),
        ("<s>", 0.0, START),
        ("</s>", 0.2, 1.0),
        ("a", 0.3, 2.0 / 3.0),
        ("b", 0.25, 1.0),
        ("d", 0.15, 1.0),
        ("<s> a", 0.7, 1.0),
        ("a b", 0.5, 1.0),
    ];
    assert_is(&run(&folder, line), &added);
    // Standard input and output by default.
    let output = folder
        .program()
        .args("shim change-lm-vocab -vocab words -unk".split(' '))
        .write_stdin(ARPA)
        .output()
        .unwrap();
    assert_is(&String::from_utf8(output.stdout).unwrap(), &added);
    let subset = [
        ("<unk>", 0.1375, 1.0),
        ("<s>", 0.0, 0.3 / (1.0 - 0.3375)),
        ("</s>", 0.2375, 1.0),
        ("a", 0.3375, 0.5 / (1.0 - 0.2875)),
        ("b", 0.2875, 1.0),
        ("<s> a", 0.7, 1.0),
        ("a b", 0.5, 1.0),
    ];
    assert_is(&run(&folder, &format!("{line} -subset -write-vocab list")), &subset);
    assert_eq!(String::from_utf8(folder.read("list")).unwrap(), "<unk>\n<s>\n</s>\na\nb\n");
    // Without -unk a quarter is left, for d alone.
    let closed = [
        ("<unk>", 0.0, 1.0),
        ("<s>", 0.0, START),
        ("</s>", 0.2, 1.0),
        ("a", 0.3, 2.0 / 3.0),
        ("b", 0.25, 1.0),
        ("d", 0.25, 1.0),
        ("<s> a", 0.7, 1.0),
        ("a b", 0.5, 1.0),
    ];
    let line = "shim change-lm-vocab -vocab words -lm m.arpa -write-lm -";
    assert_is(&run(&folder, line), &closed);
    // A list without <unk> takes it away; with -unk it gets its part of what is left, with d.
    let found = numbers(&run(&folder, &line.replace("words", "known")));
    assert!(found["<unk>"].0 == 0.0 && (found["d"].0 - 0.25).abs() < 1e-6, "{found:?}");
    let found = numbers(&run(&folder, &line.replace("words", "known -unk")));
    for word in ["<unk>", "d"] {
        assert!((found[word].0 - 0.125).abs() < 1e-6, "{found:?}");
    }
    // The unknown word under another name.
    folder.write("renamed.arpa", ARPA.replace("<unk>", "SPN"));
    folder.write("words", "a\nb\nSPN\n");
    let line =
        "shim change-lm-vocab -vocab words -lm renamed.arpa -write-lm - -unk -map-unk SPN -subset";
    assert_is(&run(&folder, line).replace("SPN", "<unk>"), &subset);
}

#[test]
fn renorm_and_prune_lowprobs() {
    let folder = folder();
    // Numbers that do not sum to 1: what is left goes to all words, and back-off weights are as they must be.
    folder
        .write("off.arpa", ARPA.replace("-0.82390874\tc", "-1\tc").replace("a\t-0.30103", "a\t-1"));
    let found = numbers(&run(&folder, "shim ngram -lm off.arpa -unk -renorm -write-lm -"));
    let [c, b] = [0.11, 0.26];
    let weight = 0.3 / (1.0 - b - c);
    assert!((found["c"].0 - c).abs() < 1e-6 && (found["a"].1 - weight).abs() < 1e-6, "{found:?}");
    assert!((found["a b"].0 - 0.5).abs() < 1e-6);
    // c after a has 0.05, and 0.45 / 0.6 · 0.15 by backing off: without it, 0.5 are left for 0.75.
    folder.write(
        "low.arpa",
        ARPA.replace("-0.69897\ta c", "-1.30103\ta c").replace("a\t-0.30103", "a\t-0.12493874"),
    );
    let line = "shim ngram -lm low.arpa -unk -order 2 -prune-lowprobs -write-lm -";
    let found = numbers(&run(&folder, line));
    assert!(!found.contains_key("a c") && (found["a"].1 - 0.5 / 0.75).abs() < 1e-6, "{found:?}");
    let kept = numbers(&run(&folder, "shim ngram -lm m.arpa -unk -prune-lowprobs -write-lm -"));
    assert!(kept.contains_key("a c") && (kept["a"].1 - 0.5).abs() < 1e-6, "{kept:?}");
}

/// p(b|a) = 0.5 twice, p(</s>) = 0.2 after b three times, p(d) unknown once; `<s>` does not count.
#[test]
fn counts_have_a_perplexity_and_hypotheses_new_scores() {
    let folder = folder();
    folder.write("counts", "a b\t2\nx a b </s> 3\na d\t1\n<s>\t9\n\na c 0\n");
    let log10 = 2.0 * 0.5f64.log10() + 3.0 * 0.2f64.log10();
    let found = run(&folder, "shim ngram -lm m.arpa -order 2 -counts counts");
    let ppl = 10f64.powf(-log10 / 5.0);
    let expected = format!(
        "file counts: 3 sentences, 3 words, 1 OOVs\n0 zeroprobs, logprob= {log10:.6} ppl= {ppl:.6} "
    );
    let digits = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let (found, expected) = (digits(&found), digits(&expected));
    for (found, expected) in found.iter().zip(&expected) {
        match (found.parse::<f64>(), expected.parse::<f64>()) {
            (Ok(found), Ok(expected)) => assert!((found - expected).abs() < 1e-5, "{found}"),
            _ => assert_eq!(found, expected),
        }
    }
    assert_eq!(found.len(), expected.len() + 2);
    let two = run(&folder, "shim ngram -lm m.arpa -order 2 -counts counts -count-order 4");
    assert!(two.starts_with("file counts: 3 sentences, 0 words, 0 OOVs"), "{two}");
}

/// A word of `-vocab` that the model lacks is known and has probability 0; other words are unknown.
#[test]
fn words_of_vocab_that_the_model_lacks_have_no_probability() {
    let folder = folder();
    folder.write("text", "a d\nb zz\n");
    for (options, oovs) in [("", 1), ("-unk", 0)] {
        let line = format!("shim ngram -lm m.arpa {options} -vocab words -ppl text");
        let found = run(&folder, &line);
        let expected = format!("2 sentences, 4 words, {oovs} OOVs\n1 zeroprobs, ");
        assert!(found.contains(&expected), "{options}: {found}");
    }
    // What is written has no such word.
    let found = run(&folder, "shim ngram -lm m.arpa -unk -vocab words -write-lm -");
    assert!(!found.contains("\td") && found.contains("\tc"), "{found}");
    let line = "shim ngram -lm m.arpa -mix-lm m.arpa -bayes 0 -vocab words -ppl text";
    let output = folder.program().args(line.split(' ')).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("-vocab lists 1 words"));
}
