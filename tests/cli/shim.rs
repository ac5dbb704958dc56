//! `ngram shim`: programs of KenLM and SRILM with their own names, options and outputs.

use crate::folder::sentences;
use assert_cmd::Command;
use ngram_formats::arpa::{ReadOptions, read};
use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use tempfile::{TempDir, tempdir};

/// Returns two hundred sentences in which words, pairs and triples occur once, twice, three and four times.
fn text() -> String {
    let line = |i: usize| {
        let rare = if i.is_multiple_of(9) { format!(" r{}", i / 27) } else { String::new() };
        format!("w{} w{} w{}{rare}\n", i % 7, i * i % 13, i * 3 % 29)
    };
    (1..200).map(line).collect()
}

fn folder() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text"), text()).unwrap();
    folder
}

fn command(folder: &TempDir, program: &str, options: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(["shim", program]).args(options.split_whitespace());
    command
}

/// Runs the program with a text on standard input.
fn output(folder: &TempDir, line: &str, stdin: &str) -> Output {
    let (program, options) = line.split_once(' ').unwrap_or((line, ""));
    command(folder, program, options).write_stdin(stdin).output().unwrap()
}

fn succeed(folder: &TempDir, line: &str, stdin: &str) -> String {
    let output = output(folder, line, stdin);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must fail with exit code 1 and this message, on standard error alone.
fn refuse(folder: &TempDir, line: &str, stdin: &str, needle: &str) {
    let output = output(folder, line, stdin);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{line}: {error}");
    assert!(error.contains(needle), "{line}: no {needle:?} in: {error}");
}

type Numbers = BTreeMap<String, (f32, f32)>;

/// Returns all n-grams of an ARPA file with both numbers.
fn numbers(arpa: &str) -> Numbers {
    let file = read(arpa.as_bytes(), "x", &ReadOptions::default()).unwrap();
    let words = |words: &[ngram_tokenizer::WordId]| {
        let words: Vec<&str> = words.iter().map(|&word| file.vocab.view().word(word)).collect();
        words.join(" ")
    };
    let all = file.orders.iter().flat_map(|ngrams| ngrams.iter());
    all.map(|(ngram, log_prob, backoff)| (words(ngram), (log_prob, backoff.unwrap_or(0.0))))
        .collect()
}

fn assert_near(found: &Numbers, expected: &[(&str, f32, f32)]) {
    for &(ngram, log_prob, backoff) in expected {
        let number = found.get(ngram).unwrap_or_else(|| panic!("no {ngram}"));
        let off = (number.0 - log_prob).abs().max((number.1 - backoff).abs());
        assert!(off < 1e-5, "{ngram}: {number:?}, not {log_prob} {backoff}");
    }
}

/// Part of what `lmplz -o 3 --discount_fallback` of KenLM 0.3.0 writes for [`text`].
const KENLM: &[(&str, f32, f32)] = &[
    ("<unk>", -2.2338116, 0.0),
    ("</s>", -0.82348645, 0.0),
    ("w0", -1.3520807, -0.23716986),
    ("r2", -1.9231943, -0.38764632),
    ("<s> w1", -0.8498589, -0.462398),
    ("w1 w1 w3", -1.0054152, 0.0),
    ("w5 w12 w15", -0.94936705, 0.0),
];

#[test]
fn lmplz_writes_what_kenlm_does() {
    let folder = folder();
    let arpa = succeed(&folder, "lmplz -o 3 --discount_fallback", &text());
    assert!(arpa.starts_with("\\data\\\nngram 1="), "{arpa}");
    let found = numbers(&arpa);
    assert_near(&found, KENLM);
    let same = [
        "lmplz --order 3 --discount_fallback 0.5 1 1.5 --text text --arpa a.arpa -S 1G -T .",
        "lmplz -o3 -S80% -T ./lm --sort_block 64M --minimum_block 8K --block_count 2 --vocab_estimate 100 --text text --discount --arpa a.arpa",
        "lmplz -o 3 --text text --arpa a.arpa --interpolate_unigrams 1 --skip_symbols --discount_fallback",
    ];
    for line in same {
        assert_eq!(succeed(&folder, line, ""), "");
        assert_eq!(fs::read_to_string(folder.path().join("a.arpa")).unwrap(), arpa, "{line}");
    }
    let with_symbols = text().replace(" w3 ", " <unk>  w3\t</s> ");
    let line = "lmplz -o 3 --discount_fallback --skip_symbols --verbose_header";
    let header =
        "# Input file: standard input\n# Token count: 619\n# Smoothing: Modified Kneser-Ney\n";
    assert_eq!(succeed(&folder, line, &with_symbols), header.to_owned() + &arpa);
}

/// The same, with the numbers of n-grams by order and some of the n-grams.
#[test]
fn lmplz_prunes_as_kenlm_does() {
    let folder = folder();
    let even: String = (0..30).step_by(2).map(|word| format!("w{word} ")).collect();
    fs::write(folder.path().join("words"), even).unwrap();
    type Case = (&'static str, [usize; 3], &'static [(&'static str, f32, f32)]);
    let cases: [Case; 6] = [
        (
            "--prune 0 1 2",
            [40, 137, 43],
            &[("w0", -1.3520807, -0.12008309), ("<s> w1", -0.8498589, -0.4210053)],
        ),
        (
            "--prune 10",
            [13, 7, 0],
            &[("<unk>", -1.338177, 0.0), ("w0", -1.0730457, 0.0), ("<s> w1", -0.8445687, 0.0)],
        ),
        (
            "--limit_vocab_file words --prune 0 1",
            [18, 50, 28],
            &[
                ("<unk>", -1.4910502, 0.0),
                ("w0", -1.1493593, -0.10210701),
                ("w6 w12", -1.128643, 0.0),
            ],
        ),
        (
            "--interpolate_unigrams 0",
            [40, 246, 434],
            &[("<unk>", -0.64274704, 0.0), ("w6 w10 w18", -0.9553781, 0.0)],
        ),
        (
            "--vocab_pad 1000",
            [40, 246, 434],
            &[("<unk>", -3.6427472, 0.0), ("w6 w10 w18", -0.9551249, 0.0)],
        ),
        ("--prune 0 0 0", [40, 246, 434], KENLM),
    ];
    for (options, counts, expected) in cases {
        let line = format!("lmplz -o 3 --discount_fallback {options}");
        let arpa = succeed(&folder, &line, &text());
        let [one, two, three] = counts;
        let head = format!("\\data\\\nngram 1={one}\nngram 2={two}\nngram 3={three}\n");
        assert!(arpa.starts_with(&head), "{options}: {arpa}");
        assert_near(&numbers(&arpa), expected);
    }
    refuse(&folder, "lmplz -o 3 --prune 0 2 1", &text(), "fall from 2 to 1");
    refuse(&folder, "lmplz -o 2 --prune 0 1 2", &text(), "at most one for each order");
    refuse(&folder, "lmplz -o 2 --prune x", &text(), "--prune");
}

#[test]
fn lmplz_refuses_what_it_would_do_otherwise() {
    let folder = folder();
    refuse(&folder, "lmplz -o 3", &text(), "discounts for 1-grams: n1 = 0");
    refuse(&folder, "lmplz -o 2 --discount_fallback", "a <unk>\n", "--skip_symbols");
    refuse(&folder, "lmplz -o 2 --discount_fallback 2", &text(), "2 for a count of 1");
    refuse(&folder, "lmplz -o 2 --intermediate x", &text(), "`ngram mix`");
    refuse(&folder, "lmplz -o 2 --collapse_values", &text(), "no probabilities");
    refuse(&folder, "lmplz --text text", "", "--order");
    refuse(&folder, "lmplz -o 2 --vocab_pad 9 --interpolate_unigrams 0", &text(), "requires");
    refuse(&folder, "lmplz -o 2 --text text --arpa text", "", "would replace text");
    refuse(&folder, "lmplz -o 2 --prune_vocab", &text(), "--prune_vocab");
}

const QUERY: &str = "\\data\\\nngram 1=6\nngram 2=4\n\n\\1-grams:\n-2.0457575\t<unk>\t0\n0\t<s>\t-0.30103\n\
    -0.69897\t</s>\t0\n-0.5228787\tthe\t-0.2218487\n-0.9208188\tcat\t-0.1249387\n-1.6989700\tsat\t0\n\n\
    \\2-grams:\n-0.1760913\t<s> the\n-0.3979400\tthe cat\n-0.7781513\tcat sat\n-4.4771213e-8\tsat </s>\n\n\\end\\\n";

/// What `query` of KenLM 0.3.0 prints.
#[test]
fn query_prints_what_kenlm_does() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("m.arpa"), QUERY).unwrap();
    let text = "the cat sat\nthe dog sat\n\n<unk> cat the\n";
    let words = "\
the=3 2 -0.1760913\tcat=4 2 -0.39794\tsat=5 2 -0.7781513\t</s>=2 2 -4.4771213e-8\tTotal: -1.3521826 OOV: 0
the=3 2 -0.1760913\tdog=0 1 -2.2676063\tsat=5 1 -1.69897\t</s>=2 2 -4.4771213e-8\tTotal: -4.1426673 OOV: 1
</s>=2 1 -1\tTotal: -1 OOV: 0
<unk>=0 1 -2.3467875\tcat=4 1 -0.9208188\tthe=3 1 -0.6478174\t</s>=2 1 -0.9208187\tTotal: -4.836242 OOV: 1
";
    let summary = "Perplexity including OOVs:\t7.440848646822522\nPerplexity excluding OOVs:\t4.079518868819911\nOOVs:\t2\nTokens:\t13\n";
    let totals = "Total: -1.3521826 OOV: 0\nTotal: -4.1426673 OOV: 1\nTotal: -1 OOV: 0\nTotal: -4.836242 OOV: 1\n";
    let all = words.to_owned() + summary;
    for (line, expected) in [
        ("query m.arpa", all.as_str()),
        ("query -v 2 -l lazy m.arpa", &all),
        ("query -v summary m.arpa", summary),
        ("query -v 0 m.arpa", summary),
        ("query -b -v sentence m.arpa", totals),
        ("query -v 1 m.arpa", &(totals.to_owned() + summary)),
    ] {
        assert_eq!(succeed(&folder, line, text), expected, "{line}");
    }
    let alone = succeed(&folder, "query -n -v word -v sentence m.arpa", "the cat\n");
    assert_eq!(alone, "the=3 1 -0.5228787\tcat=4 2 -0.39794\tTotal: -0.9208187 OOV: 0\n");
    refuse(&folder, "query -v all m.arpa", "", "summary, sentence, word");
    refuse(&folder, "query -w m.arpa", "", "-w");
    refuse(&folder, "query", "", "MODEL");

    // Without <unk>, unknown words have log10 -100; -99 is a number; <s> and </s> are required.
    let without = QUERY.replace("=6", "=5").replace("-2.0457575\t<unk>\t0\n", "");
    fs::write(folder.path().join("m.arpa"), without.replace("-1.6989700", "-99")).unwrap();
    let found = succeed(&folder, "query -v word -v sentence m.arpa", "dog sat\n");
    assert!(found.starts_with("dog=0 1 -100.30103\tsat=5 1 -99\t</s>"), "{found}");
    let without = QUERY.replace("=6", "=5").replace("0\t<s>\t-0.30103\n", "").replace("<s>", "the");
    fs::write(folder.path().join("m.arpa"), without).unwrap();
    refuse(&folder, "query m.arpa", "", "<s> is not among the 1-grams");
}

#[test]
fn a_pipe_of_kenlm() {
    let folder = folder();
    let arpa = succeed(&folder, "lmplz -o 3 --discount_fallback", &text());
    fs::write(folder.path().join("m.arpa"), &arpa).unwrap();
    let expected = succeed(&folder, "query -v sentence m.arpa", &text());
    for structure in ["", "probing", "trie"] {
        let line = format!("build_binary -T . -S 1G -w mmap {structure} m.arpa m.bin");
        assert_eq!(succeed(&folder, &line, ""), "");
        assert_eq!(succeed(&folder, "query -v sentence m.bin", &text()), expected, "{structure}");
    }
    refuse(&folder, "build_binary array m.arpa m.bin", "", "choose probing or trie");
    refuse(&folder, "build_binary m.arpa m.arpa", "", "would replace");
}

#[cfg(unix)]
#[test]
fn links_call_the_programs() {
    let folder = folder();
    let mut install = Command::new(env!("CARGO_BIN_EXE_ngram"));
    let mut again = Command::new(env!("CARGO_BIN_EXE_ngram"));
    install.current_dir(&folder).args(["shim", "--install", "bin"]).assert().success();
    let said = again.current_dir(&folder).args(["shim", "--install", "bin"]).output().unwrap();
    assert_eq!(said.status.code(), Some(1));
    assert!(String::from_utf8(said.stderr).unwrap().contains("is there already"));
    let mut link = Command::new(folder.path().join("bin/lmplz"));
    let run = link.current_dir(&folder).args(["-o", "2"]).write_stdin("").output().unwrap();
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(error.starts_with("lmplz: "), "{error}");
}

/// Every recipe for SRILM's `ngram-count` makes the same as our corresponding options.
#[test]
fn ngram_count_does_as_our_options() {
    let folder = tempdir().unwrap();
    let text = sentences(400, 1);
    fs::write(folder.path().join("text"), &text).unwrap();
    let whole: String =
        text.lines().filter(|line| !line.is_empty()).map(|l| l.to_owned() + "\n").collect();
    fs::write(folder.path().join("whole"), whole).unwrap();
    let verb = |line: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
        command.current_dir(&folder).args(line.split_whitespace()).assert().success();
    };
    let cases = [
        ("", "--order 3 --smoothing good-turing --min-counts 1,1,2"),
        ("-order 2 -kndiscount -interpolate", "--order 2"),
        (
            "-wbdiscount1 -wbdiscount2 -wbdiscount3 -gt3min 1",
            "--order 3 --smoothing witten-bell --backoff",
        ),
        ("-order 2 -ukndiscount -interpolate", "--order 2 --smoothing kneser-ney"),
        (
            "-wbdiscount -order 4 -gt3min 1 -gt4min 3",
            "--order 4 --smoothing witten-bell --backoff --min-counts 1,1,1,3",
        ),
        ("-order 2 -cdiscount 0.5 -interpolate", "--order 2 --smoothing absolute --discount 0.5"),
        ("-order 2 -addsmooth 0.1", "--order 2 --smoothing additive-backoff --delta 0.1"),
        ("-order 2 -ndiscount -memuse -debug 1", "--order 2 --smoothing natural"),
        (
            "-order 2 -gt2max 5 -tolower",
            "--order 2 --smoothing good-turing --good-turing-max 5 --lowercase",
        ),
    ];
    for (options, ours) in cases {
        verb(&format!("train whole --tokenizer whitespace --closed -q --convention srilm {ours}"));
        verb("export model.ngram ours.arpa -q");
        succeed(&folder, &format!("ngram-count -text text -unk -lm a.arpa {options}"), "");
        let [found, expected] =
            ["a.arpa", "ours.arpa"].map(|name| fs::read(folder.path().join(name)).unwrap());
        assert!(found == expected, "{options}");
    }
    // Through counts, from standard input, and to a compressed file.
    let line = "ngram-count -text - -order 2 -write counts -write2 pairs.gz -lm a.arpa.gz -wbdiscount -unk -sort";
    assert_eq!(succeed(&folder, line, &text), "");
    succeed(
        &folder,
        "ngram-count -read counts -recompute -order 2 -lm b.arpa -wbdiscount -unk",
        "",
    );
    let counts = fs::read_to_string(folder.path().join("counts")).unwrap();
    assert!(counts.lines().any(|line| line.starts_with("<s>\t")), "{counts}");
    let again = succeed(&folder, "ngram-count -text text -order 2 -write -", "");
    assert_eq!(again, counts);
    let both = ["a.arpa.gz", "b.arpa"].map(|name| {
        let line = format!("ngram -lm {name} -order 2 -write-lm -");
        succeed(&folder, &line, "")
    });
    assert!(both[0] == both[1] && both[0].contains("<unk>"));
    let words = succeed(&folder, "ngram-count -text text -order 1 -write-vocab -", "");
    assert!(words.starts_with("<s>\n</s>\n") && words.contains("\nw3\n"), "{words}");
}

/// Computed by hand: without `-unk`, known words share all probability, and `<unk>` is not listed.
#[test]
fn a_closed_vocabulary_is_srilms() {
    let folder = tempdir().unwrap();
    let arpa = succeed(&folder, "ngram-count -text - -order 1 -wbdiscount -lm -", "a b a\n\n");
    // 4 tokens, 3 kinds: a 2/7, b 1/7, </s> 1/7, and the remaining 3/7 in equal parts.
    let third = |prob: f64| (prob + 1.0 / 7.0).log10() as f32;
    assert!(arpa.starts_with("\\data\\\nngram 1=4\n"), "{arpa}");
    let expected = [
        ("a", third(2.0 / 7.0), 0.0),
        ("b", third(1.0 / 7.0), 0.0),
        ("</s>", third(1.0 / 7.0), 0.0),
    ];
    assert!(!arpa.contains("<unk>"), "{arpa}");
    assert_near(&numbers(&arpa), &expected);
    fs::write(folder.path().join("m.arpa"), arpa).unwrap();
    let lines = succeed(&folder, "ngram -lm m.arpa -ppl - -debug 2", "a c\n");
    let expected = "\
a c
\tp( a | <s> ) \t= [1gram] 0.4285714 [ -0.3679768 ]
\tp( <unk> | a ...) \t= [OOV] 0 [ -inf ]
\tp( </s> | <unk> ...) \t= [1gram] 0.2857143 [ -0.544068 ]
1 sentences, 2 words, 1 OOVs
0 zeroprobs, logprob= -0.9120448 ppl= 2.857738 ppl1= 8.166667

file -: 1 sentences, 2 words, 1 OOVs
0 zeroprobs, logprob= -0.9120448 ppl= 2.857738 ppl1= 8.166667
";
    assert_eq!(lines, expected);
    // With -unk, it is a word, with probability 0 here.
    let lines = succeed(&folder, "ngram -lm m.arpa -unk -ppl - -debug 1", "a c\n");
    assert!(lines.starts_with("a c\n1 sentences, 2 words, 0 OOVs\n1 zeroprobs, "), "{lines}");
}

#[test]
fn ngram_does_as_our_verbs() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("one"), sentences(300, 1)).unwrap();
    fs::write(folder.path().join("two"), sentences(150, 1)).unwrap();
    succeed(&folder, "ngram-count -text one -unk -order 3 -wbdiscount -gt3min 1 -lm one.arpa", "");
    succeed(&folder, "ngram-count -text two -unk -order 2 -wbdiscount -lm two.arpa", "");
    let ppl = |options: &str| {
        let lines = succeed(&folder, &format!("ngram -unk -ppl two {options}"), "");
        let (_, figure) = lines.split_once("ppl= ").unwrap();
        figure.split(' ').next().unwrap().parse::<f64>().unwrap()
    };
    // The order is not that of the file, but 3 or the given one.
    let [alone, of_two, pairs] = ["-lm one.arpa", "-lm two.arpa", "-lm one.arpa -order 2"].map(ppl);
    assert!(alone != pairs && of_two < pairs, "{alone} {of_two} {pairs}");
    // A mixture is the same as a file and on the fly; with all weight on one model, it is that model.
    let mixture = "-lm one.arpa -mix-lm two.arpa -lambda 0.3";
    let [fixed, going] = [mixture.to_owned(), format!("{mixture} -bayes 0")].map(|line| ppl(&line));
    assert!((fixed / going - 1.0).abs() < 1e-3 && fixed != alone, "{fixed} {going}");
    assert!((ppl("-lm one.arpa -mix-lm two.arpa -lambda 1") / alone - 1.0).abs() < 1e-5);
    let three = "-lm one.arpa -mix-lm two.arpa -mix-lm2 one.arpa -lambda 0.1 -mix-lambda2 0.2";
    assert!((ppl(three) / fixed - 1.0).abs() < 1e-5);
    succeed(&folder, "ngram -lm one.arpa -unk -prune 1e-4 -minprune 3 -write-lm small.arpa.gz", "");
    let small = ppl("-lm small.arpa.gz");
    assert!(small != alone && (small / alone - 1.0).abs() < 0.5, "{small}");
    let sentences = succeed(&folder, "ngram -lm one.arpa -gen 5 -seed 7", "");
    assert_eq!(sentences.lines().count(), 5);
    assert_eq!(sentences, succeed(&folder, "srilm-ngram -lm one.arpa -gen 5 -seed 7", ""));
}

/// -write-binary-lm makes a model of ours, and says so; it scores as the ARPA file does.
#[test]
fn a_binary_file_is_a_model_of_ours() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text"), sentences(200, 1)).unwrap();
    let count = "ngram-count -text text -unk -order 2 -wbdiscount";
    succeed(&folder, &format!("{count} -lm a.arpa"), "");
    let made = output(&folder, &format!("{count} -write-binary-lm -lm a.bin"), "");
    assert!(made.status.success());
    assert!(String::from_utf8(made.stderr).unwrap().contains("a.bin is a model of ngram"));
    succeed(&folder, "ngram -lm a.arpa -order 2 -unk -write-bin-lm b.bin", "");
    let ppl = |lm: &str| succeed(&folder, &format!("ngram -lm {lm} -order 2 -unk -ppl text"), "");
    assert_eq!(ppl("a.bin"), ppl("a.arpa"));
    assert_eq!(ppl("b.bin"), ppl("a.arpa"));
    refuse(&folder, "ngram -lm a.bin -order 1 -ppl text", "", "a model of order 2 is taken whole");
    refuse(
        &folder,
        &format!("{count} -write-binary-lm -map-unk U -lm c"),
        "",
        "leave out -map-unk",
    );
}

#[test]
fn programs_of_srilm_refuse_what_they_would_do_otherwise() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text"), sentences(60, 1)).unwrap();
    fs::write(folder.path().join("words"), "w1\nw2\n").unwrap();
    fs::write(folder.path().join("m.arpa"), QUERY).unwrap();
    for (line, needle) in [
        ("ngram-count -text text -vocab words -lm a", "-unk"),
        ("ngram-count -text text -maxent -lm a", "another kind"),
        ("ngram-count -text text -float-counts -lm a", "whole numbers"),
        ("ngram-count -text text -gt1max 7 -lm a", "single words"),
        ("ngram-count -text text -order", "needs a value"),
        ("ngram-count -text text -smooth", "known are -order"),
        ("ngram-count -lm a", "-text"),
        ("ngram-count -text text -lm text", "would replace"),
        ("ngram -lm m.arpa -cache 500", "`ngram eval --cache`"),
        ("make-big-lm -read text -name x -lm a", "choose a method"),
        ("make-big-lm -read text -trust-totals -kndiscount -lm a", "-trust-totals"),
        ("ngram -lm m.arpa -nbest-files text", "-nbest"),
        ("change-lm-vocab -lm m.arpa", "-vocab"),
        ("change-lm-vocab -lm m.arpa -vocab words -subsets", "-subset"),
        ("ngram -lm m.arpa -bayes 2 -mix-lm m.arpa -ppl text", "-bayes 0"),
        ("ngram -lm m.arpa -ppl text -debug 3", "choose 2"),
        ("ngram -lm m.arpa -mix-lm2 m.arpa -mix-lambda2 0.2", "-mix-lm"),
        ("ngram -ppl text", "-lm"),
        ("perplexity -lm m.arpa", "there are lmplz"),
    ] {
        refuse(&folder, line, "", needle);
    }
    let undefined = "ngram-count -text - -order 2 -kndiscount -lm a";
    refuse(&folder, undefined, "a b\n", "leave the discounts of order 1 undefined");
    assert!(!folder.path().join("a").exists());
}

/// Every structure gives the same scores as the ARPA file, except for quantisation; sizes are those
/// KenLM reports.
#[test]
fn build_binary_takes_every_recipe() {
    let folder = tempdir().unwrap();
    let text = sentences(300, 1);
    let arpa = succeed(&folder, "lmplz -o 3 --discount_fallback", &text);
    fs::write(folder.path().join("m.arpa"), &arpa).unwrap();
    let query =
        |model: &str| succeed(&folder, &format!("query -v sentence -v summary {model}"), &text);
    let expected = query("m.arpa");
    let perplexity = |printed: &str| {
        let (_, figure) = printed.split_once("including OOVs:\t").unwrap();
        figure.lines().next().unwrap().parse::<f64>().unwrap()
    };
    for (options, is_exact) in [
        ("", true),
        ("-p 2.5 probing", true),
        ("-a 22 trie", true),
        ("-q 20 trie", true),
        ("-a 22 -q 8 -b 8 trie", false),
        ("-a 255 -q 4 -w mmap trie", false),
    ] {
        succeed(&folder, &format!("build_binary -T . -S 10M {options} m.arpa m.bin"), "");
        let printed = query("m.bin");
        assert_eq!(printed == expected, is_exact, "{options}");
        let off = perplexity(&printed) / perplexity(&expected) - 1.0;
        assert!(off.abs() < if options.contains("-q 4") { 0.2 } else { 0.01 }, "{options}: {off}");
    }
    succeed(&folder, "build_binary -a 255 -q 8 -v trie m.arpa m.bin", "");
    // KenLM's `query` finds words by their hashes, so that it needs no list of them.
    let off = perplexity(&query("m.bin")) / perplexity(&expected) - 1.0;
    assert!(off.abs() < 0.01, "{off}");
    refuse(&folder, "build_binary -q 8 m.arpa m.bin", "", "only a trie is quantised");
    refuse(&folder, "build_binary -b 8 trie m.arpa m.bin", "", "-q");
    refuse(&folder, "build_binary -q 26 trie m.arpa m.bin", "", "1 to 25 bits");
    refuse(&folder, "build_binary -p 1 m.arpa m.bin", "", "above 1");
    refuse(&folder, "build_binary -r m.arpa m.arpa m.bin", "", "rest costs");
    let head = "\\data\\\nngram 1=53693\nngram 2=427808\nngram 3=815184\n\n\\1-grams:\n";
    fs::write(folder.path().join("head.arpa"), head).unwrap();
    let said = output(&folder, "build_binary head.arpa", "");
    assert!(said.status.success() && said.stdout.is_empty());
    assert_eq!(String::from_utf8(said.stderr).unwrap(), ESTIMATE);
}

/// What `build_binary` of KenLM 0.3.0 prints for that head.
const ESTIMATE: &str = "Memory estimate for binary LM:
type       kB
probing 25719 assuming -p 1.5
probing 28435 assuming -r models -p 1.5
trie    11105 without quantization
trie     6365 assuming -q 8 -b 8 quantization \n\
trie    10473 assuming -a 22 array pointer compression
trie     5733 assuming -a 22 -q 8 -b 8 array pointer compression and quantization
";
