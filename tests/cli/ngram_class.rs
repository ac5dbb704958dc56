//! SRILM's `ngram-class`. Classes are worked by hand.

use crate::folder::Folder;

/// a and b stand before x and y, and after nothing.
const TEXT: &str = "a x\na x\n\na y\nb x\n";

const CLASSES: &str =
    "CLASS-00001 0.75 a\nCLASS-00001 0.25 b\nCLASS-00002 0.75 x\nCLASS-00002 0.25 y\n";

const COUNTS: &str = "</s>\t4\n<s>\t4\n<s> CLASS-00001\t4\nCLASS-00001\t4\nCLASS-00001 CLASS-00002\t4\n\
                      CLASS-00002\t4\nCLASS-00002 </s>\t4\n";

/// Runs a program; returns whether it succeeded, and what it says.
fn run(folder: &Folder, line: &str) -> (bool, String) {
    let output = folder.program().arg("shim").args(line.split_whitespace()).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn words_of_the_same_contexts_share_a_class() {
    let folder = Folder::new();
    folder.write("text", TEXT);
    let (is_done, said) = run(&folder, "ngram-count -text text -order 2 -write counts.gz");
    assert!(is_done, "{said}");
    for options in
        ["-text text", "-counts counts.gz", "-text text -full", "-counts counts.gz -incremental"]
    {
        let line =
            format!("ngram-class {options} -numclasses 2 -classes classes -class-counts sums");
        let (is_done, said) = run(&folder, &line);
        assert!(is_done, "{line}: {said}");
        assert_eq!(folder.text("classes"), CLASSES, "{line}");
        assert_eq!(folder.text("sums"), COUNTS, "{line}");
    }
    // What the file is for.
    folder.run("train text -n 2 -q --tokenizer whitespace --classes classes -o classes.ngram");
    let (is_done, said) = run(&folder, "ngram-count -read sums -order 2 -wbdiscount -lm sums.arpa");
    assert!(is_done, "{said}");
}

#[test]
fn the_number_of_classes_is_as_in_the_original() {
    let folder = Folder::new();
    folder.write("text", TEXT);
    folder.write("words", "a\nb\nx\n");
    let alone = "CLASS-00001 1 a\nCLASS-00002 1 x\nCLASS-00003 1 b\nCLASS-00004 1 y\n";
    for number in ["0", "4", "9"] {
        let line = format!("ngram-class -text text -numclasses {number} -classes classes");
        let (is_done, said) = run(&folder, &line);
        assert!(is_done && said.contains("there are 4 words") == (number == "9"), "{said}");
        assert_eq!(folder.text("classes"), alone);
    }
    // One class by default; words that are not listed are unknown, in no class.
    let (is_done, said) =
        run(&folder, "ngram-class -text text -vocab words -classes classes -class-counts sums");
    assert!(is_done && said.contains("1 words are <unk>"), "{said}");
    let shares: f64 = folder
        .text("classes")
        .lines()
        .map(|line| line.split(' ').nth(1).unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((shares - 1.0).abs() < 1e-12);
    assert!(folder.text("sums").contains("<unk>\t1\n"), "{}", folder.text("sums"));
    assert!(folder.text("sums").contains("CLASS-00001 <unk>\t1\n"), "{}", folder.text("sums"));
}

#[test]
fn what_is_not_done_is_refused() {
    let folder = Folder::new();
    folder.write("text", TEXT);
    for (options, needle) in [
        ("-classes c", "-text"),
        ("-text text -counts text -classes c", "name one"),
        ("-text text -full -incremental", "not both"),
        ("-text text -classes text", "would replace"),
        ("-text text -interact", "by hand"),
        ("-text text -maxwordsperclass 3", "-maxwordsperclass"),
        ("-text text -numclasses x", "number"),
    ] {
        let (is_done, said) = run(&folder, &format!("ngram-class {options}"));
        assert!(!is_done && said.contains(needle), "{options}: {said}");
        assert!(!folder.path("c").exists());
    }
    assert_eq!(folder.text("text"), TEXT);
}
