//! `ngram export --format` and back, and ARPA files as each toolkit writes them.

use assert_cmd::Command;
use std::fs;
use tempfile::{TempDir, tempdir};

const TEXT: &str = "the cat sat on the mat\nthe dog sat\na cat and a dog\n";

fn command(folder: &TempDir, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.current_dir(folder).args(line.split_whitespace());
    command
}

fn succeed(folder: &TempDir, line: &str) -> String {
    let output = command(folder, line).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn refuse(folder: &TempDir, line: &str, needle: &str) {
    let output = command(folder, line).assert().code(1).get_output().clone();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(needle), "{line}: no {needle:?} in: {error}");
}

fn trained() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.txt"), TEXT).unwrap();
    succeed(&folder, "train text.txt --tokenizer whitespace --order 3 --closed -q");
    folder
}

fn perplexity(folder: &TempDir, model: &str) -> String {
    succeed(folder, &format!("eval text.txt -q --format kenlm -m {model}"))
}

#[test]
fn a_trie_of_kenlms_comes_back() {
    let folder = trained();
    let expected = perplexity(&folder, "model.ngram");
    let said = succeed(&folder, "export model.ngram m.trie --format kenlm-trie");
    assert!(said.starts_with("m.trie: ") && said.contains("orders 1 to 3"), "{said}");
    succeed(&folder, "import m.trie -o back.ngram -q");
    assert_eq!(perplexity(&folder, "back.ngram"), expected);

    succeed(&folder, "export model.ngram m.probing --format kenlm-probing -q");
    refuse(&folder, "import m.probing -o x.ngram", "take the ARPA file");
    succeed(&folder, "export model.ngram m.arpa -q");
    succeed(&folder, "shim build_binary -v trie m.arpa words.trie");
    refuse(
        &folder,
        "import words.trie -o x.ngram",
        "the file has no list of words, only their hashes",
    );
    let whole = fs::read(folder.path().join("m.trie")).unwrap();
    fs::write(folder.path().join("cut.trie"), &whole[..whole.len() - 40]).unwrap();
    refuse(&folder, "import cut.trie -o x.ngram", "cut.trie, byte ");
    assert!(!folder.path().join("x.ngram").exists());
}

#[test]
fn other_formats_and_their_refusals() {
    let folder = trained();
    let words = succeed(&folder, "export model.ngram - --format unigrams");
    assert!(words.lines().any(|word| word == "cat") && words.lines().count() == 8, "{words}");
    let symbols = succeed(&folder, "export model.ngram - --format openfst-symbols");
    for (format, label) in [("openfst", "<phi>"), ("openfst-epsilon", "<eps>")] {
        let arcs = succeed(&folder, &format!("export model.ngram - --format {format}"));
        assert!(arcs.lines().any(|arc| arc.contains(&format!("\t{label}\t"))), "{arcs}");
        assert!(symbols.contains("cat\t"), "{symbols}");
    }
    succeed(&folder, "export model.ngram m.fst.gz --format openfst -q");
    assert!(fs::read(folder.path().join("m.fst.gz")).unwrap().starts_with(b"\x1f\x8b"));
    let wrong = command(&folder, "export model.ngram x --format kenlm").output().unwrap();
    let error = String::from_utf8(wrong.stderr).unwrap();
    assert!(error.contains("kenlm-probing") && error.contains("unigrams"), "{error}");
    refuse(
        &folder,
        "export model.ngram model.ngram --format kenlm-trie",
        "would replace model.ngram",
    );
    succeed(&folder, "train text.txt --tokenizer whitespace --order 7 --closed -q -o seven.ngram");
    refuse(&folder, "export seven.ngram x --format kenlm-trie", "order 6 at most");
    assert!(!folder.path().join("x").exists());
}

/// The same model as written by each toolkit: p(a|<s>) is 10^-0.25, p(</s>|a) is 10^(-0.125 - 0.5).
#[test]
fn every_dialect_has_its_meaning() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text"), "a\n").unwrap();
    let srilm = "\n\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-0.5\t</s>\n-99\t<s>\t-0.75\n-0.375\ta\t-0.125\n\n\\2-grams:\n-0.25\t<s> a\n\n\\end\\\n";
    let dialects = [
        ("SRILM", srilm.to_owned()),
        ("KenLM", "# Input file: x\n# Token count: 1\n# Smoothing: Modified Kneser-Ney\n\\data\\\nngram 1=4\nngram 2=1\n\n\\1-grams:\n-2\t<unk>\t0\n0\t<s>\t-0.75\n-0.5\t</s>\t0\n-0.375\ta\t-0.125\n\n\\2-grams:\n-0.25\t<s> a\t0\n\n\\end\\\n".to_owned()),
        ("OpenGrm", srilm.replace("1=3", "1=4").replace("-0.5\t</s>\n", "-0.5\t</s>\n-2\t<UNK>\n")),
        ("Sphinx", "Language model created by QuickLM\nCopyright\n\n\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-0.5000 </s> 0.0000\n-99.0000 <s> -0.7500\n-0.3750 a -0.1250\n\n\\2-grams:\n-0.2500 <s> a 0.0000\n\n\\end\\\n".to_owned()),
        ("MITLM", srilm.replace("-99\t<s>", "-99.000000\t<s>").replace("-0.5\t</s>\n", "-0.500000\t</s>\t0.000000\n")),
        ("Windows", srilm.replace('\n', "\r\n")),
        ("unsorted", srilm.replace("-0.5\t</s>\n-99\t<s>\t-0.75\n-0.375\ta\t-0.125\n", "-0.375\ta\t-0.125\n-99\t<s>\t-0.75\n-0.5\t</s>\n")),
    ];
    for (tool, arpa) in dialects {
        fs::write(folder.path().join("m.arpa"), arpa).unwrap();
        succeed(&folder, "import m.arpa -q");
        let said = succeed(&folder, "eval text -q --format kenlm --per-token");
        let line = said.lines().next().unwrap();
        assert!(line.ends_with("</s>=2 1 -0.625\tTotal: -0.875 OOV: 0"), "{tool}: {said}");
        assert!(line.starts_with("a=3 2 -0.25\t"), "{tool}: {said}");
    }
    for (from, to, needle) in [
        ("-0.25\t<s> a", "nan\t<s> a", "probability"),
        ("-0.125", "inf", "back-off weight"),
        ("<s> a\n", "<s> a\t-1\n", "highest"),
        ("ngram 2=1", "ngram 2=2", "announces 2"),
        ("<s> a\n", "<s> b\n", "not among the 1-grams"),
        ("\n\\data\\", "iARPA\n\n\\data\\", "compile-lm --text=yes"),
    ] {
        let arpa = srilm.replacen(from, to, 1);
        assert_ne!(arpa, srilm);
        fs::write(folder.path().join("m.arpa"), arpa).unwrap();
        refuse(&folder, "import m.arpa", needle);
    }
    for (head, needle) in [
        (&b"blmt 2 3 5\n"[..], "compile-lm --text=yes"),
        (b"mmap lm http://kheafield.com/code format version 4\n", "version 4"),
        (b"SRILM_BINARY_NGRAM_002\n", "-write-lm"),
    ] {
        fs::write(folder.path().join("m.arpa"), head).unwrap();
        refuse(&folder, "import m.arpa", needle);
    }
}
