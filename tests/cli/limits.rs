//! The limits listed in `docs/models.md`: at each limit the program works; beyond it, an error
//! names it and says what to do.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Runs a shell line in which `ngram` is the program; returns its output, or its error.
fn sh(folder: &Path, line: &str) -> Result<String, String> {
    let script = format!("ngram() {{ '{}' \"$@\"; }}; {line}", env!("CARGO_BIN_EXE_ngram"));
    let output = Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let error = text(output.stderr);
    assert!(!error.contains("panicked"), "{line}: {error}");
    if output.status.success() { Ok(text(output.stdout)) } else { Err(error) }
}

fn folder(texts: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in texts {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn complains(found: Result<String, String>, needles: &[&str]) {
    let error = found.unwrap_err();
    assert!(needles.iter().all(|needle| error.contains(needle)), "{needles:?}: {error}");
}

#[test]
fn orders_from_1_to_64_are_trained() {
    let folder = folder(&[("text", "the cat sat\nthe cat ran\nthe dog sat on the mat\n".into())]);
    let run = |line: &str| sh(folder.path(), line);
    // Higher than any sentence is long.
    let perplexity = |order: u32| {
        run(&format!("ngram train text -n {order} --smoothing witten-bell -q -o m{order}"))
            .unwrap();
        run(&format!("ngram check m{order} -q")).unwrap();
        run(&format!("ngram eval text -m m{order} --json -q")).unwrap()
    };
    let figures = |order| {
        let report: serde_json::Value = serde_json::from_str(&perplexity(order)).unwrap();
        report["perplexity_including_oovs"].as_f64().unwrap()
    };
    // Beyond the longest sentence, a higher order adds nothing.
    assert_eq!(figures(64), figures(9));
    assert!(figures(64) < figures(1));
    for verb in ["train text -o x", "count text -o x.counts", "count text -o x --continuation"] {
        for order in ["65", "0", "4294967297"] {
            let found = run(&format!("ngram {verb} -n {order}"));
            complains(found, &[&format!("order {order} is not between 1 and 64")]);
        }
    }
    assert!(!folder.path().join("x").exists());
}

/// Returns an ARPA file with one n-gram of each order up to this.
fn arpa(order: usize) -> String {
    let mut text = "\\data\\\nngram 1=4\n".to_owned();
    (2..=order).for_each(|n| writeln!(text, "ngram {n}=1").unwrap());
    text.push_str("\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-0.5\t</s>\n-0.5\ta\t-0.25\n");
    for n in 2..=order {
        let weight = if n < order { "\t-0.25" } else { "" };
        write!(text, "\n\\{n}-grams:\n-0.125\t{}{weight}\n", ["a"; 255][..n - 1].join(" ") + " a")
            .unwrap();
    }
    text + "\n\\end\\\n"
}

#[test]
fn arpa_files_to_order_255_are_read() {
    let folder = folder(&[
        ("most.arpa", arpa(255)),
        ("more.arpa", arpa(256)),
        ("text", "a ".repeat(300) + "\n"),
    ]);
    let run = |line: &str| sh(folder.path(), line);
    for layout in ["suffix", "compact"] {
        run(&format!("ngram import most.arpa -o most --layout {layout} -q")).unwrap();
        let report = run("ngram eval text -m most --json -q").unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        // 300 words; the first 254 have ever longer histories, the others the longest possible one.
        let matched = report["matched"].as_array().unwrap();
        assert_eq!((matched.len(), matched[254]["tokens"].as_u64()), (255, Some(46)));
    }
    complains(
        run("ngram import more.arpa -o more -q"),
        &["more.arpa has order 256", "255 at most"],
    );
}

/// Lines of 50 MB and words of 5 MB are tested in `bad_input`.
#[test]
fn probabilities_that_underflow_have_logarithms_all_the_same() {
    let arpa = "\\data\\\nngram 1=5\nngram 2=2\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.5\n-400\t</s>\n\
        -500\ta\t-0.25\n-3e38\tb\t-3e38\n\n\\2-grams:\n-350.5\t<s> a\n-1e-40\ta b\n\n\\end\\\n";
    let folder = folder(&[("arpa", arpa.into()), ("text", "a\na a\n".into())]);
    let run = |line: &str| sh(folder.path(), line);
    for layout in ["suffix", "compact", "compact --quantize 8"] {
        run(&format!("ngram import arpa -o m --layout {layout} -q")).unwrap();
        let report: serde_json::Value =
            serde_json::from_str(&run("ngram eval text -m m --json -q").unwrap()).unwrap();
        // a 350.5, </s> 0.25 + 400; a 350.5, a 0.25 + 500, </s> as before.
        let expected = -(2.0 * (350.5 + 400.25) + 500.25);
        assert_eq!(report["log10_prob"], expected, "{layout}");
        let bits = -expected * std::f64::consts::LOG2_10 / 5.0;
        let found = report["bits_per_token"].as_f64().unwrap();
        assert!((found / bits - 1.0).abs() < 1e-15, "{layout}: {found}");
        // JSON has no infinity.
        assert!(
            report["perplexity_including_oovs"].is_null() && !report["infinite"].as_bool().unwrap()
        );
        let note = report["notes"][0].as_str().unwrap();
        assert!(note.starts_with("a perplexity is above 1.8e308"), "{note}");
        let text = run("ngram eval text -m m -q").unwrap();
        assert!(text.contains("perplexity including OOVs               inf"), "{text}");
        let kenlm = run("ngram eval text -m m -q --format kenlm").unwrap();
        assert!(
            kenlm.contains("Perplexity including OOVs:\tinf") && !kenlm.contains("NaN"),
            "{kenlm}"
        );
    }
}

/// Files are opened one at a time, or at least not too many at once.
#[test]
fn there_are_as_many_files_as_there_are() {
    let folder = folder(&[]);
    let run = |line: &str| sh(folder.path(), line);
    let text = |number: usize| format!("the cat {} sat\n", number % 17);
    for number in 0..300 {
        fs::write(folder.path().join(format!("{number:03}.txt")), text(number)).unwrap();
    }
    let few = "ulimit -n 100; ";
    let train = "train --tokenizer whitespace -n 3 --closed -q";
    run(&format!("{few} ngram {train} '*.txt' -o of-files")).unwrap();
    fs::write(folder.path().join("all"), (0..300).map(text).collect::<String>()).unwrap();
    run(&format!("ngram {train} all -o of-one")).unwrap();
    let same = "cmp of-files of-one";
    run(same).unwrap();
    run(&format!("{few} ngram eval '*.txt' -m of-files -q --json")).unwrap();

    // More count files than can be open at once, each of the same line.
    run("ngram count 000.txt -n 3 --tokenizer whitespace -q -o 000.counts").unwrap();
    for number in 1..150 {
        fs::copy(
            folder.path().join("000.counts"),
            folder.path().join(format!("{number:03}.counts")),
        )
        .unwrap();
    }
    run(&format!("{few} ngram count --merge '*.counts' -q -o merged")).unwrap();
    fs::write(folder.path().join("same"), text(0).repeat(150)).unwrap();
    run("ngram count same -n 3 --tokenizer whitespace -q -o same.counts && ngram count --merge same.counts -q -o one").unwrap();
    run("cmp merged one").unwrap();
}

/// Texts of blank lines, of unknown words only, and of nothing, computed by hand for Witten–Bell smoothing.
#[test]
fn texts_without_a_known_word_have_the_figures_of_their_ends() {
    let folder = folder(&[
        ("text", "a b\na\n\n".into()),
        ("blank", "\n\n\n".into()),
        ("unknown", "x y\nz\n".into()),
        ("empty", String::new()),
    ]);
    let run = |line: &str| sh(folder.path(), line);
    // 3 of 6 tokens are </s>, and there are 3 kinds; 4 words can be predicted.
    let (end, unknown) = (3.0 / 9.0 + 3.0 / 9.0 / 4.0, 3.0 / 9.0 / 4.0);
    // <s> was followed by a twice and by </s> once.
    let (end_at_once, unknown_first) = (1.0 / 5.0 + 2.0 / 5.0 * end, 2.0 / 5.0 * unknown);
    let all: f64 = unknown_first * unknown * end * unknown_first * end;
    for order in [2, 64] {
        let train = "ngram train text --tokenizer whitespace --smoothing witten-bell --closed -q";
        run(&format!("{train} -n {order} -o m")).unwrap();
        for (text, including, excluding) in [
            ("blank", Some(1.0 / end_at_once), Some(1.0 / end_at_once)),
            ("unknown", Some(all.powf(-0.2)), Some(1.0 / end)),
            ("empty", None, None),
        ] {
            let report = run(&format!("ngram eval {text} -m m --json -q")).unwrap();
            let report: serde_json::Value = serde_json::from_str(&report).unwrap();
            for (name, expected) in [("including", including), ("excluding", excluding)] {
                let found = report[format!("perplexity_{name}_oovs")].as_f64();
                let close = |found: f64| (found / expected.unwrap() - 1.0).abs() < 1e-6;
                assert_eq!(found.is_some(), expected.is_some(), "{text}, order {order}");
                assert!(found.is_none_or(close), "{text}, {name}, order {order}: {found:?}");
            }
        }
    }
}
