//! `ngram shim`: programs of KenLM and SRILM under their own names, options and outputs.

use assert_cmd::Command;
use ngram_model::format::arpa::{ReadOptions, read};
use std::collections::BTreeMap;
use std::fs;
use std::process::Output;
use tempfile::{TempDir, tempdir};

/// Two hundred sentences in which words, pairs and triples come once, twice, three and four times.
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

/// What the program writes, given a text on standard input.
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

/// What is said, on standard error alone; the exit code is 1.
fn refuse(folder: &TempDir, line: &str, stdin: &str, needle: &str) {
    let output = output(folder, line, stdin);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{line}: {error}");
    assert!(error.contains(needle), "{line}: no {needle:?} in: {error}");
}

type Numbers = BTreeMap<String, (f32, f32)>;

/// All n-grams of an ARPA file with both numbers.
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

/// What `lmplz -o 3 --discount_fallback` of KenLM 0.3.0 writes of [`text`], in part.
const KENLM: &[(&str, f32, f32)] = &[
    ("<unk>", -2.2338116, 0.0),
    ("</s>", -0.82348645, 0.0),
    ("w0", -1.3520807, -0.23716986),
    ("r2", -1.9231943, -0.38764632),
    ("<s> w1", -0.8498589, -0.462398),
    ("w0 w0", -1.359803, -0.30103),
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
    refuse(&folder, "lmplz -o 2 --text text --arpa text", "", "would replace the text");
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

    // Without <unk>, unknown words have log10 -100; -99 is a number; <s> and </s> must be there.
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
    assert_eq!(succeed(&folder, "build_binary -T . -S 1G -w mmap trie m.arpa m.trie", ""), "");
    assert_eq!(succeed(&folder, "query -v sentence m.trie", &text()), expected);
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
