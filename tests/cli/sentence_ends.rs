//! SRILM's `-no-sos` and `-no-eos`. Figures are worked by hand from ngram-count(1) and ngram(1).

use crate::folder::Folder;

/// p(a | <s>) 0.7, p(a) 0.3, p(b | a) 0.5, p(</s>) 0.2.
const ARPA: &str = "\\data\\\nngram 1=6\nngram 2=3\n\n\\1-grams:\n-1\t<unk>\n-99\t<s>\t-0.36797678\n\
    -0.69897\t</s>\n-0.52287875\ta\t-0.30103\n-0.60205999\tb\n-0.82390874\tc\n\n\
    \\2-grams:\n-0.15490196\t<s> a\n-0.30103\ta b\n-0.69897\ta c\n\n\\end\\\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("m.arpa", ARPA);
    folder.write("dev", "a b\n");
    folder.write("text", "a b a\n\nb a\n");
    folder
}

/// Runs a program; returns what it prints.
#[track_caller]
fn run(folder: &Folder, line: &str) -> String {
    let output = folder.program().arg("shim").args(line.split_whitespace()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn sentences_are_scored_without_their_ends() {
    let folder = folder();
    // With -no-eos, the original counts a word less, so that perplexities divide by the words scored, and one less.
    for (ends, words, probability, ppl, ppl1) in [
        ("", 2, 0.07, 1.0 / 3.0, 1.0 / 2.0),
        ("-no-sos", 2, 0.03, 1.0 / 3.0, 1.0 / 2.0),
        ("-no-eos", 1, 0.35, 1.0 / 2.0, 1.0),
        ("-no-sos -no-eos", 1, 0.15, 1.0 / 2.0, 1.0),
    ] {
        let expected = [f64::log10(probability), probability.powf(-ppl), probability.powf(-ppl1)];
        for level in 0..3 {
            let printed =
                run(&folder, &format!("ngram -lm m.arpa -order 2 {ends} -ppl dev -debug {level}"));
            assert!(
                printed.contains(&format!("file dev: 1 sentences, {words} words, 0 OOVs")),
                "{printed}"
            );
            let figures: Vec<f64> = printed
                .lines()
                .last()
                .unwrap()
                .split_whitespace()
                .filter_map(|field| field.parse().ok())
                .collect();
            let found = figures[1..].iter().zip(expected);
            assert_eq!(figures.len(), 4, "{printed}");
            found.for_each(|(found, expected)| {
                assert!((found - expected).abs() < 2e-6, "{printed}")
            });
            if level > 0 {
                let own = printed
                    .lines()
                    .nth(printed.lines().position(|line| line.contains("sentences")).unwrap());
                assert!(
                    own.unwrap().starts_with(&format!("1 sentences, {words} words")),
                    "{printed}"
                );
            }
            if level == 2 {
                assert_eq!(printed.contains("p( </s> |"), !ends.contains("eos"), "{printed}");
                let first = if ends.contains("sos") { "p( a |  ) " } else { "p( a | <s> ) " };
                assert!(printed.contains(first), "{printed}");
            }
        }
        folder.write("nbest", "-10 0 2 a b\n");
        let printed = run(
            &folder,
            &format!("ngram -lm m.arpa -order 2 {ends} -rescore nbest -rescore-lmw 1"),
        );
        let fields: Vec<&str> = printed.split_whitespace().collect();
        assert!((fields[1].parse::<f64>().unwrap() - expected[0]).abs() < 2e-6, "{printed}");
        assert_eq!(fields[2], words.to_string());
    }
}

#[test]
fn ngrams_are_counted_without_the_ends() {
    let folder = folder();
    for (ends, expected) in [
        ("-no-sos -no-eos", "a\t3\na b\t1\nb\t2\nb a\t2\n"),
        ("-no-sos", "</s>\t2\na\t3\na </s>\t2\na b\t1\nb\t2\nb a\t2\n"),
        ("-no-eos", "<s>\t2\n<s> a\t1\n<s> b\t1\na\t3\na b\t1\nb\t2\nb a\t2\n"),
    ] {
        assert_eq!(
            run(&folder, &format!("ngram-count -text text -order 2 {ends} -write -")),
            expected
        );
    }
}

/// Witten-Bell: single words are seen 5 times, of 2 kinds, so a has 3/7, b 2/7, and </s> what is left. After a, b is 1 of
/// 1 + 1; after b, a is 2 of 2 + 1.
#[test]
fn models_are_trained_without_the_ends() {
    let folder = folder();
    let arpa =
        run(&folder, "ngram-count -text text -order 2 -wbdiscount -gt2min 1 -no-sos -no-eos -lm -");
    for (ngram, probability) in
        [("</s>", 2.0 / 7.0), ("a", 3.0 / 7.0), ("b", 2.0 / 7.0), ("a b", 0.5), ("b a", 2.0 / 3.0)]
    {
        let is_its = |line: &&str| line.split('\t').nth(1) == Some(ngram);
        let line = arpa.lines().find(is_its).unwrap_or_else(|| panic!("{ngram}: {arpa}"));
        let log10: f64 = line.split('\t').next().unwrap().parse().unwrap();
        assert!((log10 - f64::log10(probability)).abs() < 1e-6, "{line}");
    }
    assert!(!arpa.contains("<s> ") && !arpa.contains(" </s>"), "{arpa}");
    folder.write("a.arpa", &arpa);
    folder.run("check a.arpa");
    for ends in ["-no-sos", "-no-eos"] {
        let line = format!("shim ngram-count -text text -order 2 -kndiscount {ends} -lm x.arpa");
        let output = folder.program().args(line.split(' ')).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stderr).contains("-wbdiscount"), "{ends}");
        assert!(!folder.path("x.arpa").exists());
    }
}
