//! KenLM's `filter`. The files are those that the original writes (KenLM 0.3.0), byte by byte.

use crate::folder::Folder;

const ARPA: &str = "\\data\\\nngram 1=11\nngram 2=6\nngram 3=2\n\n\\1-grams:\n-1.2\t<unk>\n-99\t<s>\t-0.3\n-0.6\t</s>\n\
    -0.7\tblue\t-0.2\n-0.5\tred\t-0.1\n-0.8\tgreen\t-0.15\n-0.9\tsky\t-0.15\n-1.0\tsun\t-0.15\n-1.1\tsea\t-0.15\n\
    -1.3\t<tag>\t-0.15\n-1.4\tx>y\t-0.15\n\n\\2-grams:\n-0.4\t<s> red\t-0.1\n-0.3\tred sun\t-0.1\n\
    -0.25\tblue sky\t-0.1\n-0.2\tblue sun\t-0.1\n-0.15\t<tag> sea\t-0.1\n-0.12\tsun </s>\n\n\\3-grams:\n\
    -0.1\t<s> red sun\n-0.11\tred sun </s>\n\n\\end\\\n";

/// Three sentences, with blanks where the original skips them.
const VOCABULARY: &str = "red sun\n\n  blue   sky\nsea";

const UNION: &str = "\n\\data\\\nngram 1=9\nngram 2=5\nngram 3=2\n\n\n\\1-grams:\n-1.2\t<unk>\n-99\t<s>\t-0.3\n-0.6\t</s>\n\
    -0.7\tblue\t-0.2\n-0.5\tred\t-0.1\n-0.9\tsky\t-0.15\n-1.0\tsun\t-0.15\n-1.1\tsea\t-0.15\n-1.3\t<tag>\t-0.15\n\n\
    \\2-grams:\n-0.4\t<s> red\t-0.1\n-0.3\tred sun\t-0.1\n-0.25\tblue sky\t-0.1\n-0.15\t<tag> sea\t-0.1\n\
    -0.12\tsun </s>\n\n\\3-grams:\n-0.1\t<s> red sun\n-0.11\tred sun </s>\n\n\\end\\\n";

const SEA: &str = "\n\\data\\\nngram 1=5\nngram 2=1\nngram 3=0\n\n\n\\1-grams:\n-1.2\t<unk>\n-99\t<s>\t-0.3\n-0.6\t</s>\n\
    -1.1\tsea\t-0.15\n-1.3\t<tag>\t-0.15\n\n\\2-grams:\n-0.15\t<tag> sea\t-0.1\n\n\\3-grams:\n\n\\end\\\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("m.arpa", ARPA);
    folder.write("words", VOCABULARY);
    folder
}

#[test]
fn sentences_keep_what_their_words_make() {
    let folder = folder();
    folder.run_on("shim filter union model:m.arpa out", VOCABULARY.as_bytes());
    assert_eq!(folder.text("out"), UNION);
    folder.run_on("shim filter union threads:2 batch_size:5000 vocab:words out", ARPA.as_bytes());
    assert_eq!(folder.text("out"), UNION);
    folder.run_on("shim filter multiple model:m.arpa part.", VOCABULARY.as_bytes());
    assert_eq!(folder.text("part.2"), SEA);
    let parts: Vec<String> =
        folder.names().into_iter().filter(|name| name.starts_with("part.")).collect();
    assert_eq!(parts, ["part.0", "part.1", "part.2"]);
}

/// All words together also make `blue sun`, which no sentence does.
#[test]
fn single_takes_all_words_together() {
    let folder = folder();
    folder.run_on("shim filter single model:m.arpa out", VOCABULARY.as_bytes());
    let with_sun = UNION
        .replace("ngram 2=5", "ngram 2=6")
        .replace("blue sky\t-0.1\n", "blue sky\t-0.1\n-0.2\tblue sun\t-0.1\n");
    assert_eq!(folder.text("out"), with_sun);
    folder.run_on("shim filter copy model:m.arpa out", b"");
    assert_eq!(folder.text("out"), "\n".to_owned() + ARPA);
    // Every word has an empty history.
    folder.run_on("shim filter single context model:m.arpa out", b"red\n");
    let text = folder.text("out");
    assert!(text.starts_with("\n\\data\\\nngram 1=11\nngram 2=3\nngram 3=1\n"), "{text}");
    assert!(text.contains("-0.3\tred sun\t-0.1\n-0.15\t<tag> sea"), "{text}");
}

#[test]
fn lines_of_counts_are_kept_as_they_are() {
    let folder = folder();
    folder.write("counts", "red sun\t3\nblue sun\t2\n<s> red\t7\n\nsky\t1 x\n");
    let output = folder.run_on("shim filter union raw model:counts out", VOCABULARY.as_bytes());
    assert_eq!(folder.text("out"), "red sun\t3\n<s> red\t7\nsky\t1 x\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("1 empty lines were left out"), "{said}");
}

/// The lines that the original keeps (KenLM 0.3.0 with `threads:1`; with more threads it loses them), as they are.
#[test]
fn lines_are_kept_as_by_the_original() {
    let folder = folder();
    let lines = [
        "red sun\t3",
        "blue sky\t4",
        "red\t1",
        "<s> red\t9",
        "sun red sun\t2",
        "sea sun x\t7 8",
        "blue x",
        "red  sun\t5",
        "sea",
        "<unk> sea\t1\t2",
        "x sea",
        "red sun blue",
    ];
    folder.write("counts", lines.join("\n") + "\n");
    let vocabulary = b"red sun\n\n  blue   sky\nsea";
    // The numbers of the lines that are kept.
    let cases: [(&str, &[&[usize]]); 8] = [
        ("copy", &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]),
        ("copy context", &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]),
        ("single", &[&[0, 1, 2, 3, 4, 7, 8, 9, 11]]),
        ("single context", &[&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11]]),
        ("union", &[&[0, 1, 2, 3, 4, 7, 8, 9]]),
        ("union context", &[&[0, 1, 2, 3, 4, 6, 7, 8, 9, 11]]),
        ("multiple", &[&[0, 2, 3, 4, 7], &[1], &[8, 9]]),
        ("multiple context", &[&[0, 2, 3, 4, 7, 8, 9, 11], &[1, 2, 3, 6, 8, 9], &[2, 3, 8, 9]]),
    ];
    for (mode, kept) in cases {
        folder.run_on(&format!("shim filter {mode} raw threads:1 model:counts out"), vocabulary);
        for (number, kept) in kept.iter().enumerate() {
            let is_apart = mode.starts_with("multiple");
            let name = if is_apart { format!("out{number}") } else { "out".to_owned() };
            let expected: String = kept.iter().map(|&line| lines[line].to_owned() + "\n").collect();
            assert_eq!(folder.text(&name), expected, "{mode} {number}");
        }
    }
}

#[test]
fn what_is_not_done_is_refused() {
    let folder = folder();
    for (command, needle) in [
        ("shim filter union phrase model:m.arpa out", "phrase is not done here"),
        ("shim filter model:m.arpa out", "Usage: filter"),
        ("shim filter single both:m.arpa out", "write vocab: or model: before"),
        ("shim filter single model:m.arpa m.arpa", "would replace"),
        ("shim filter single vocab:words out", "no line \\data\\"),
    ] {
        let error = folder.fail(command);
        assert!(error.contains(needle), "{command}: {error}");
    }
    folder.write("bad.arpa", ARPA.replace("ngram 2=6", "ngram 2=7"));
    let error = folder.fail("shim filter copy model:bad.arpa out");
    assert!(error.contains("there are 6 2-grams"), "{error}");
}
