//! `ngram count` and `ngram train --counts`, run as a user would, each test in its own directory.

use crate::folder::Folder;
use std::io::Read;

const SAMPLE: &str = include_str!("../../corpora/sample.txt");

impl Folder {
    fn gunzip(&self, name: &str) -> String {
        let mut text = String::new();
        let bytes = self.read(name);
        flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
        text
    }
}

#[test]
fn text_has_the_counts_worked_by_hand_in_the_order_of_sort() {
    let folder = Folder::new();
    folder.write("t.txt", "a b a b a\nb a\n");
    let raw = "</s>\t2\n<s>\t2\n<s> a\t1\n<s> a b\t1\n<s> b\t1\n<s> b a\t1\na\t4\na </s>\t2\na b\t2\n\
        a b a\t2\nb\t3\nb a\t3\nb a </s>\t2\nb a b\t1\n";
    assert_eq!(folder.run("count t.txt -n 3 -o -"), raw);
    folder.run("count t.txt -n 3 -q -o t.gz");
    assert_eq!(folder.gunzip("t.gz"), raw);
    // <s> and b precede `a`; <s> and a precede `b`; a precedes `</s>`.
    let continuation = "</s>\t1\n<s>\t2\n<s> a\t1\n<s> a b\t1\n<s> b\t1\n<s> b a\t1\na\t2\na </s>\t1\n\
        a b\t2\na b a\t2\nb\t2\nb a\t2\nb a </s>\t2\nb a b\t1\n";
    assert_eq!(folder.run("count t.txt -n 3 --continuation -o -"), continuation);
    let often = "</s>\t2\n<s>\t2\na\t4\na b a\t2\nb\t3\nb a\t3\nb a </s>\t2\n";
    assert_eq!(folder.run("count t.txt -n 3 --at-least 1,3,2 -o -"), often);
    let unknown = "</s>\t2\n<s>\t2\n<unk>\t3\na\t4\n";
    assert_eq!(folder.run("count t.txt -n 1 --min-count 4 -o -"), unknown);
    let chars = "</s>\t1\n<U+0020>\t1\n<s>\t1\na\t2\n";
    folder.write("c.txt", "a a");
    assert_eq!(folder.run("count c.txt -n 1 --tokenizer chars -o -"), chars);
}

#[test]
fn google_directories_have_their_layout() {
    let folder = Folder::new();
    folder.write("t.txt", "a b a b a\nb a\n");
    folder.run("count t.txt -n 3 -q --format google -o grams");
    assert_eq!(folder.names(), ["grams", "t.txt"]);
    assert_eq!(folder.gunzip("grams/1gms/vocab.gz"), "</s>\t2\n<s>\t2\na\t4\nb\t3\n");
    assert_eq!(folder.gunzip("grams/1gms/vocab_cs.gz"), "a\t4\nb\t3\n</s>\t2\n<s>\t2\n");
    assert_eq!(folder.text("grams/1gms/total"), "11\n");
    let bigrams = "<s> a\t1\n<s> b\t1\na </s>\t2\na b\t2\nb a\t3\n";
    assert_eq!(folder.gunzip("grams/2gms/2gm-0000.gz"), bigrams);
    assert_eq!(folder.text("grams/2gms/2gm.idx"), "2gm-0000.gz\t<s> a\n");
    assert_eq!(folder.text("grams/3gms/3gm.idx"), "3gm-0000.gz\t<s> a b\n");
    let error = folder.fail("count t.txt --format google -o grams");
    assert!(error.contains("is there already"), "{error}");
}

#[test]
fn merged_counts_are_those_of_all_texts_and_train_the_same_model() {
    let folder = Folder::new();
    let middle = SAMPLE.match_indices('\n').nth(100).unwrap().0 + 1;
    folder.write("1.txt", &SAMPLE[..middle]);
    folder.write("2.txt", &SAMPLE[middle..]);
    for part in ["1", "2"] {
        folder.run(&format!("count {part}.txt -q -j 1 -o {part}.counts"));
    }
    folder.run("count 1.txt 2.txt -q -j 3 -o whole.counts");
    folder.run("count --merge 1.counts 2.counts -q -j 3 -o merged.counts");
    assert!(folder.read("merged.counts") == folder.read("whole.counts"));
    folder.run("count --merge merged.counts -q -j 1 -o copy.counts");
    assert!(folder.read("copy.counts") == folder.read("whole.counts"));
    let text = folder.run("count 1.txt 2.txt -o -");
    assert!(folder.run("count --merge 1.counts 2.counts -o -") == text);

    for options in ["", "-n 2 --smoothing witten-bell", "--min-count 3", "--max-vocab 50"] {
        folder.run(&format!("train 1.txt 2.txt -q {options} -o text.ngram"));
        for counts in ["whole.counts -j 1", "1.counts 2.counts -j 3", "2.counts 1.counts"] {
            folder.run(&format!("train -q {options} -o counts.ngram --counts {counts}"));
            assert!(folder.read("text.ngram") == folder.read("counts.ngram"), "{options} {counts}");
        }
        if options.starts_with("--m") {
            let limited = "count --merge 1.counts 2.counts -q -o limited.counts";
            folder.run(&format!("{limited} {options}"));
            folder.run(&format!("count 1.txt 2.txt -q -o of-text.counts {options}"));
            assert!(folder.read("limited.counts") == folder.read("of-text.counts"));
            // The spelling of lost words is not in the counts.
            folder.run(&format!("train 1.txt 2.txt -q --closed {options} -o text.ngram"));
            folder.run("train -q --closed -o counts.ngram --counts limited.counts");
            assert!(folder.read("text.ngram") == folder.read("counts.ngram"), "{options}");
        }
    }
}

#[test]
fn counts_as_text_train_a_model_of_the_same_scores() {
    let folder = Folder::new();
    folder.write("t.txt", SAMPLE);
    folder.run("count t.txt -q -n 3 -o counts.txt.gz");
    folder.run("train t.txt -q -n 3 -o text.ngram");
    folder.run("train -q --counts counts.txt.gz --tokenizer words -o counts.ngram");
    for model in ["text", "counts"] {
        folder.run(&format!("export -q {model}.ngram {model}.arpa"));
    }
    assert!(folder.read("text.arpa") == folder.read("counts.arpa"));
}

#[test]
fn what_cannot_be_done_is_said() {
    let folder = Folder::new();
    folder.write("t.txt", "a b a b a\nb a\n");
    folder.run("count t.txt -n 3 -q -o t.counts");
    folder.run("count t.txt -n 2 -q -o two.counts");
    folder.run("count t.txt -n 3 -q --max-vocab 1 -o limited.counts");
    folder.run("count t.txt -n 3 -q -o lines.txt");
    folder.run("count t.txt -n 3 -q --at-least 2 -o often.txt");
    let mut damaged = folder.read("t.counts");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    folder.write("damaged.counts", damaged);
    for (command, message) in [
        ("count t.txt --format binary -o -", "only text can be written to standard output"),
        ("count t.txt --continuation -o x.counts", "leave it out"),
        ("count t.txt --at-least 2 -o x.counts", "leave --at-least out"),
        ("count t.txt -o t.txt", "would replace t.txt"),
        ("count --merge t.counts -o t.counts", "would replace t.counts"),
        ("count t.txt -n 65 -o x", "order 65 is not between 1 and 64"),
        ("count --merge t.txt -o x", "t.txt is not a count file"),
        ("count --merge - -o x", "name it"),
        ("count --merge t.counts two.counts -o x", "order 3 in the one, 2 in the other"),
        ("count --merge t.counts limited.counts -o x", "limited.counts was counted with a limited"),
        ("count --merge t.counts -n 4 -o x", "order 4 is above 3"),
        ("count --merge damaged.counts -o x", "damaged.counts is damaged"),
        ("count t.counts -o x", "t.counts is a count file, not a text"),
        ("train t.counts -o x", "t.counts is a count file, not a text"),
        ("train --counts damaged.counts -o x", "damaged.counts is damaged"),
        ("train --counts limited.counts --min-count 2 -o x", "limited vocabulary"),
        ("train --counts t.counts -n 4 -o x", "order 4 is above 3"),
        ("train --counts t.counts --tokenizer words -o x", "leave --tokenizer"),
        ("train --counts t.counts -o t.counts", "would replace"),
        ("train --counts lines.txt -o x", "give --tokenizer"),
        ("train --counts lines.txt t.counts --tokenizer words -o x", "cannot be merged"),
        ("train --counts often.txt --tokenizer words -o x", "often.txt lacks n-grams"),
        ("train --counts t.txt --tokenizer words -o x", "t.txt, line 1: the count is no whole"),
        ("train t.txt --counts t.counts -o x", "cannot be used with"),
        ("train -o x", "required"),
    ] {
        let error = folder.fail(command);
        assert!(error.contains(message), "{command}: {error}");
    }
}
