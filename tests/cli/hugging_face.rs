//! `--tokenizer` with a `tokenizer.json`, in builds with and without support for it.

use assert_cmd::Command;
use std::fs;
use tempfile::TempDir;

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Folder(folder)
    }

    /// Runs a command; returns its exit code, standard output and standard error.
    fn output(&self, command: &str) -> (i32, String, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_ngram"));
        let output =
            program.current_dir(&self.0).args(command.split_whitespace()).output().unwrap();
        let [out, error] =
            [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        (output.status.code().unwrap(), out, error)
    }

    fn fail(&self, command: &str) -> String {
        let (code, _, error) = self.output(command);
        assert_eq!(code, 1, "{command}: {error}");
        error
    }
}

/// Words, and an unknown token for all others.
const WORDS: &str = r#"{"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": {"type": "WordLevel",
    "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "the": 1, "cat": 2, "sat": 3, ".": 4}}}"#;

#[test]
fn what_is_no_tokenizer_is_told_from_a_file_that_is_missing() {
    let folder = Folder::new(&[("text", "the cat sat.\n")]);
    let (code, _, error) = folder.output("train text --tokenizer wordz");
    assert!(code == 2 && error.contains("no tokenizer is called \"wordz\""), "{error}");
    let error = folder.fail("train text --tokenizer tokenizer.json");
    assert!(error.contains("cannot read the tokenizer tokenizer.json"), "{error}");
}

#[cfg(not(feature = "tokenizers"))]
#[test]
fn a_build_without_them_says_what_to_do() {
    let folder = Folder::new(&[("text", "the cat sat.\n"), ("words.json", WORDS)]);
    let error = folder.fail("train text --tokenizer words.json");
    assert_eq!(error.matches("cargo install --path . --features tokenizers").count(), 1, "{error}");
}

#[cfg(feature = "tokenizers")]
mod with_tokenizers {
    use super::*;

    impl Folder {
        fn run(&self, command: &str) -> String {
            let (code, out, error) = self.output(command);
            assert_eq!(code, 0, "{command}: {error}");
            out
        }

        fn same(&self, one: &str, two: &str) -> bool {
            let [one, two] = [one, two].map(|name| fs::read(self.0.path().join(name)).unwrap());
            one == two
        }
    }

    const TEXT: &str = "the cat sat.\nthe dog sat.\nthe cat\n";

    /// Returns the same words in another order: a different file.
    fn other() -> String {
        WORDS.replace(r#""the": 1, "cat": 2"#, r#""cat": 1, "the": 2"#)
    }

    fn folder() -> Folder {
        let many = TEXT.repeat(3000);
        let folder =
            Folder::new(&[("text", TEXT), ("words.json", WORDS), ("other.json", &other())]);
        fs::write(folder.0.path().join("many"), many).unwrap();
        folder
    }

    #[test]
    fn a_model_carries_its_tokenizer() {
        let folder = folder();
        folder.run("train text -n 2 --tokenizer words.json --closed --smoothing witten-bell");
        fs::remove_file(folder.0.path().join("words.json")).unwrap();
        let json: serde_json::Value =
            serde_json::from_str(&folder.run("eval text --json")).unwrap();
        // the cat sat . | the <unk> sat . | the cat, and three ends.
        assert_eq!((&json["tokens"], &json["oovs"]), (&13.into(), &1.into()));
        let info = folder.run("info");
        assert!(info.contains("tokenizer    tokenizer.json "), "{info}");
        for layout in ["suffix", "compact"] {
            folder.run(&format!("convert model.ngram -o {layout}.ngram --layout {layout}"));
            let again = folder.run(&format!("eval text -m {layout}.ngram --json"));
            let again: serde_json::Value = serde_json::from_str(&again).unwrap();
            assert_eq!(again["perplexity_including_oovs"], json["perplexity_including_oovs"]);
        }
        folder.run("export model.ngram model.arpa");
        let arpa = fs::read_to_string(folder.0.path().join("model.arpa")).unwrap();
        assert!(arpa.contains("\tthe cat\n"), "{arpa}");
    }

    #[test]
    fn counts_carry_it_and_threads_change_nothing() {
        let folder = folder();
        folder.run("train many -n 3 --tokenizer words.json -o one.ngram -j 1");
        folder.run("train many -n 3 --tokenizer words.json -o two.ngram -j 2");
        assert!(folder.same("one.ngram", "two.ngram"));
        folder.run("count many -n 3 --tokenizer words.json -o many.counts");
        folder.run("train --counts many.counts -o three.ngram");
        assert!(folder.same("one.ngram", "three.ngram"));
        folder.run("count text -n 3 --tokenizer words.json -o text.counts");
        folder.run("count --merge many.counts text.counts -o both.counts");
        folder.run("train --counts both.counts -o both.ngram");
        folder.run("train many text -n 3 --tokenizer words.json -o texts.ngram");
        assert!(folder.same("both.ngram", "texts.ngram"));
    }

    #[test]
    fn what_was_cut_otherwise_does_not_go_together() {
        let folder = folder();
        for name in ["words", "other"] {
            folder.run(&format!("train text -n 2 --tokenizer {name}.json -o {name}.ngram"));
            folder.run(&format!("count text -n 2 --tokenizer {name}.json -o {name}.counts"));
        }
        for command in [
            "count --merge words.counts other.counts -o both.counts",
            "train --counts words.counts other.counts",
            "mix words.ngram other.ngram -o mixed.ngram --dev text",
            "prune words.ngram -o pruned.ngram --threshold 1e-9 --history-model other.ngram",
            "explain the --model words.ngram --counts other.counts",
        ] {
            let error = folder.fail(command);
            // Both are named by what distinguishes them.
            assert_eq!(error.matches("tokenizer.json ").count(), 2, "{command}: {error}");
        }
        let error = folder.fail("train --counts words.counts --tokenizer other.json");
        assert!(error.contains("leave --tokenizer and --lowercase out"), "{error}");
    }

    /// Every byte outside the tokens is paid for: compressed text comes back complete.
    #[test]
    fn a_text_comes_back_from_its_bits() {
        let folder = folder();
        let text = "The  cat\u{2603}, caT sat.\n<s> [UNK] the\tdog \n\n\u{feff}caf\u{e9}";
        fs::write(folder.0.path().join("odd"), text).unwrap();
        for option in ["", "--lowercase"] {
            folder.run(&format!("train text -n 2 --tokenizer words.json {option}"));
            folder.run("compress odd -o odd.ngz");
            folder.run("decompress odd.ngz -o odd.back");
            assert!(folder.same("odd", "odd.back"), "{option}");
            let json = folder.run("eval odd --json");
            let json: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["vocabulary_closed"], false);
            let explained = folder.run("explain dog --json");
            assert!(explained.contains("<unk>"), "{explained}");
        }
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        let folder = Folder::new(&[("text", "a\n"), ("none.json", "{\"a\": 1}")]);
        let error = folder.fail("train text --tokenizer none.json");
        assert!(error.contains("cannot use the tokenizer none.json"), "{error}");
        assert!(error.contains("it has no \"model\""), "{error}");
    }
}
