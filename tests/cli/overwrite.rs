//! No output is an input: every verb and shim leaves what it reads as it was, and says so.

use crate::folder::Folder;

const TEXT: &str =
    "the cat sat\nthe cat ran\nthe dog sat\na dog ran on the mat\nthe cat sat on the mat\n";

/// A folder with a file of every kind that a command reads.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("t", TEXT);
    folder.write("d", "the dog ran\na cat sat\n");
    folder.write("v", "the\ncat\nsat\ndog\n");
    folder.run("train t -o m -n 3 -q --tokenizer whitespace --closed");
    folder.run("train d -o m2 -n 3 -q --tokenizer whitespace --closed");
    folder.run("train t -o open.m -n 3 -q");
    folder.run("export m m.arpa");
    folder.run("export m2 m2.arpa");
    folder.run("count t -o c -n 3 -q");
    folder.run("classes t -k 2 -o k -q");
    folder.run("compress t -m open.m -o z -q");
    folder
}

#[test]
fn no_verb_writes_over_what_it_reads() {
    let folder = folder();
    let commands = [
        "train t --dev d -o d",
        "filter m --vocab v -o v",
        "filter m --vocab v -o m",
        "compress t -m open.m --best -o t",
        "train t -o t",
        "train t:0.5 -o t",
        "train [t] -o ./t",
        "train t --vocab v -o v",
        "train t --classes k -o k",
        "train --counts c -o c",
        "count t -o t",
        "count t --vocab v -o v",
        "count --merge c -o c",
        "classes t -k 2 -o t",
        "classes t -k 2 --vocab v -o v",
        "classes t -k 2 -o new --paths t",
        "classes --counts c -k 2 -o c",
        "score t -m m -o m",
        "score t -m m -o t",
        "select --pool t --in-domain d --top 2 -o d",
        "select --pool t --in-domain d --top 2 -o t",
        "select --pool t --in-domain t --held-out d --top 2 -o d",
        "select --pool t --in-model m --general-model m2 --top 2 -o m",
        "select --pool t --in-model m --general-model m2 --top 2 -o m2",
        "eval d -m m --html d",
        "eval d -m m --html m",
        "eval d -m m --with m2 --html m2",
        "eval t -m m --with m2 --dev d --html d",
        "explain -m m the --html m",
        "explain -m m the --with m2 --html m2",
        "explain -m m the --counts c --html c",
        "info-theory --text t --html t",
        "info-theory --text t --model m --html m",
        "info-theory --text t --model m --against m2 --html m2",
        "entropy t --html t",
        "compress t -m open.m -o t",
        "compress t -m open.m -o open.m",
        "decompress z -m open.m -o z",
        "decompress z -m open.m -o open.m",
        "convert m -o m --layout compact",
        "mix m m2 --weights 0.5,0.5 -o m2",
        "mix m m2 --dev d -o d",
        "prune m --to-ngrams 9 -o m",
        "prune m --to-ngrams 9 --history-model m2 -o m2",
        "prune m --to-ngrams 9 --eval d -o d",
        "export m m",
        "import m.arpa -o m.arpa",
        "shim lmplz -o 2 --text t --arpa t --discount_fallback",
        "shim lmplz -o 2 --text t --limit_vocab_file v --arpa v --discount_fallback",
        "shim build_binary m.arpa m.arpa",
        "shim filter union model:m.arpa m.arpa",
        "shim filter union vocab:v v",
        "shim ngram-count -text t -lm t",
        "shim ngram-count -text t -write3 t",
        "shim ngram-count -text t -vocab v -write-vocab v",
        "shim ngram-count -text t -vocab v -lm v",
        "shim ngram -lm m.arpa -mix-lm m2.arpa -write-lm m2.arpa",
        "shim ngram -lm m.arpa -ppl d -write-lm d",
        "shim ngram -lm m.arpa -vocab v -limit-vocab -write-lm v",
        "shim ngram -lm m.arpa -prune 1e-3 -prune-history-lm m2.arpa -write-lm m2.arpa",
    ];
    for command in commands {
        let said = folder.fail(command);
        assert!(said.contains("would replace "), "{command}: {said}");
    }
    let said = folder.fail("classes t -k 2 -o new --paths ./new");
    assert!(said.contains("name one file"), "{said}");
    let said = folder.fail("score t -m m -o m");
    assert_eq!(said, "ngram: the output would replace m, an input: choose another -o\n");
    let said = folder.fail("eval d -m m --html d");
    assert_eq!(said, "ngram: the page would replace d, an input: choose another --html\n");
}

#[test]
fn the_default_model_is_an_input_too() {
    let folder = folder();
    folder.run("train t -q");
    let said = folder.fail("eval d --html model.ngram");
    assert!(said.contains("would replace model.ngram"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_do_not_hide_an_input() {
    let folder = folder();
    std::os::unix::fs::symlink("d", folder.path("soft")).unwrap();
    std::fs::hard_link(folder.path("d"), folder.path("hard")).unwrap();
    for output in ["soft", "hard"] {
        let said = folder.fail(&format!("train t --dev d -o {output}"));
        assert!(said.contains("would replace d"), "{said}");
    }
}

#[test]
fn other_files_may_be_replaced_and_streams_lose_nothing() {
    let folder = folder();
    folder.run("train t --dev d -o m2 -q --smoothing jelinek-mercer");
    folder.run("score t -m m -o -");
    // The name of a tokenizer is no file's.
    folder.run("train t --tokenizer chars -q -o chars");
    folder.run("train t --tokenizer chars -q -o chars");
    folder.run("shim ngram -lm m.arpa -write-lm m.arpa");
    if cfg!(unix) {
        folder.run("score /dev/null -m m -o /dev/null -q");
    }
}
