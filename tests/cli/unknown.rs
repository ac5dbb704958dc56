//! The names of the unknown word in other programs' files, against KenLM 0.3.0.

use crate::folder::Folder;

macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("../../crates/formats/tests/formats/kenlm_files/", $name)))
    };
}

/// ARPA files written by hand, and what `build_binary` made of them.
const FILES: [(&str, &[u8]); 12] = [
    file!("two-unknown.arpa"),
    file!("two-unknown.probing"),
    file!("two-unknown.trie"),
    file!("two-unknown.quantised-array-trie"),
    file!("two-unknown-longer.arpa"),
    file!("two-unknown-longer.trie"),
    file!("no-unknown.arpa"),
    file!("no-unknown.probing"),
    file!("no-unknown.trie"),
    file!("capital-unknown.arpa"),
    file!("capital-unknown.probing"),
    file!("capital-unknown.trie"),
];
const TEXT: (&str, &[u8]) = file!("unknown.txt");
const SCORES: (&str, &[u8]) = file!("unknown-scores.txt");

fn folder() -> Folder {
    let folder = Folder::new();
    FILES.iter().for_each(|(name, bytes)| folder.write(name, bytes));
    folder
}

/// Every file, text or binary, gives the words the numbers, lengths and scores that KenLM's `query` prints.
#[test]
fn query_prints_what_kenlm_does_of_every_file() {
    let folder = folder();
    let scores = String::from_utf8(SCORES.1.to_vec()).unwrap();
    let mut files = 0;
    for part in scores.split("== ").skip(1) {
        let (name, expected) = part.split_once('\n').unwrap();
        let found = folder.run_on(&format!("shim query -v sentence -v word {name}"), TEXT.1);
        assert_eq!(String::from_utf8(found.stdout).unwrap(), expected, "{name}");
        files += 1;
    }
    assert_eq!(files, FILES.len());
}

/// `build_binary` makes the bytes that the original makes. Hash tables of two n-grams may have them in another order.
#[test]
fn binary_files_have_the_sizes_and_words_of_the_original() {
    let folder = folder();
    for (name, how) in [
        ("two-unknown.trie", "trie"),
        ("two-unknown.quantised-array-trie", "-q 2 -b 2 -a 64 trie"),
        ("no-unknown.trie", "trie"),
        ("capital-unknown.trie", "trie"),
        ("two-unknown.probing", "probing"),
        ("no-unknown.probing", "probing"),
        ("capital-unknown.probing", "probing"),
    ] {
        let arpa = format!("{}.arpa", name.split('.').next().unwrap());
        folder.run_on(&format!("shim build_binary {how} {arpa} made"), b"");
        let (made, original) = (folder.read("made"), folder.read(name));
        match how {
            "probing" => {
                // The head, the words' hashes and the words themselves.
                assert_eq!(made.len(), original.len(), "{name}");
                assert_eq!(made[..232], original[..232], "{name}");
                let command = "shim query -v sentence -v word";
                let scores = |file| folder.run_on(&format!("{command} {file}"), TEXT.1).stdout;
                assert_eq!(scores("made"), scores(name), "{name}");
            }
            _ => assert_eq!(made, original, "{name}"),
        }
    }
}

/// Of two names, the last has its numbers; of n-grams that differ only in the name, the first one counts.
#[test]
fn import_reads_two_names_as_one_word_and_says_so() {
    let folder = folder();
    let (_, said) = folder.run_aloud("import two-unknown.arpa -o two.ngram");
    assert!(said.contains("<unk> and <UNK> are both listed, and were read as one word"), "{said}");
    assert!(said.contains("back-off weight of <UNK>, the last one"), "{said}");
    let (_, said) = folder.run_aloud("import two-unknown-longer.arpa -o longer.ngram");
    assert!(said.contains("back-off weight of <unk>, the last one"), "{said}");
    assert!(said.contains("3 longer n-grams were left out"), "{said}");
    let (_, said) = folder.run_aloud("import two-unknown.trie -o trie.ngram");
    assert!(!said.contains("warning"), "{said}");
    // KenLM finds one n-gram of each pair in the trie, and nothing that extends the other, which is all trigrams here.
    let (_, said) = folder.run_aloud("import two-unknown-longer.trie -o found.ngram");
    assert!(said.contains("5 that it never finds were left out"), "{said}");
    let scores = String::from_utf8(SCORES.1.to_vec()).unwrap();
    let (_, part) = scores.split_once("== two-unknown-longer.trie\n").unwrap();
    let part = part.split("== ").next().unwrap();
    let found = folder.run_on("shim query -v sentence found.ngram", TEXT.1);
    let found = String::from_utf8(found.stdout).unwrap();
    let total = |line: &str| -> f64 {
        let (_, total) = line.split_once("Total: ").unwrap();
        total.split(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(found.lines().count(), part.lines().count());
    for (found, expected) in found.lines().zip(part.lines()) {
        assert!((total(found) - total(expected)).abs() < 1e-5, "{found}, not {expected}");
    }
    for (model, text, bits) in [
        // a after <s>, x as <UNK>, b and </s>: 0.4 + 0.35 + 0.25 + 0.2 = 1.2 in log10.
        ("two", "a x b\n", 1.2),
        ("trie", "a <UNK> b\n", 1.2),
        // 0.4, then the trigrams <s> a <unk> and a <UNK> b, and </s> after b with its back-off weight: 1.06.
        ("longer", "a x b\n", 1.06),
    ] {
        let found =
            folder.run_on(&format!("shim query -v sentence {model}.ngram"), text.as_bytes());
        let found = String::from_utf8(found.stdout).unwrap();
        let total: f64 = found.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert!((total + bits).abs() < 1e-6, "{model}: {found}");
    }
    // Told that <unk> alone is the name, it takes the other for a word.
    let (out, said) = folder.run_aloud("import two-unknown.arpa -o both.ngram --unknown <unk>");
    assert!(!said.contains("both listed") && out.contains("6 1-grams"), "{out}{said}");
    let (_, said) = folder.run_aloud("import two-unknown.arpa -o same.ngram --unknown <UNK>");
    assert!(said.contains("both listed"), "{said}");
}

/// Names that only other programs have stand for unknown words in `ngram import`, as KenLM would never know, but are
/// words to the stand-ins for KenLM.
#[test]
fn other_names_are_words_to_kenlm_alone() {
    for (words, warning) in [
        ("[UNK]", "[UNK] was read as <unk>"),
        ("<unknown>", "<unknown> was read as <unk>"),
        ("<UNK> [UNK]", "<UNK> was read as <unk>"),
        ("<unk> [UNK]", ""),
        ("<unk> <unknown> <UNK>", "<unk> and <UNK> are both listed"),
        ("[UNK] <unknown>", "[UNK] and <unknown> might each stand for unknown words"),
    ] {
        let folder = Folder::new();
        let listed: Vec<&str> = words.split(' ').collect();
        let lines: String = listed.iter().map(|word| format!("-1\t{word}\t0\n")).collect();
        let count = listed.len() + 2;
        folder.write(
            "m.arpa",
            format!(
                "\\data\\\nngram 1={count}\nngram 2=0\n\n\\1-grams:\n-99\t<s>\t0\n-0.5\t</s>\t0\n{lines}\n\\2-grams:\n\n\\end\\\n"
            ),
        );
        let (_, said) = folder.run_aloud("import m.arpa -o m.ngram");
        assert_eq!(said.contains("warning"), !warning.is_empty(), "{words}: {said}");
        assert!(said.contains(warning), "{words}: {said}");
        // KenLM gives unknown words 10^-100 unless it finds <unk> or <UNK>.
        let known = listed.iter().any(|word| matches!(*word, "<unk>" | "<UNK>"));
        let found = folder.run_on("shim query -v word m.arpa", b"xyz\n");
        let expected = if known { "xyz=0 1 -1\t" } else { "xyz=0 1 -100\t" };
        let found = String::from_utf8(found.stdout).unwrap();
        assert!(found.starts_with(expected), "{words}: {found}");
        for word in listed {
            let found = folder.run_on("shim query -v word m.arpa", format!("{word}\n").as_bytes());
            let found = String::from_utf8(found.stdout).unwrap();
            let is_unknown = found.starts_with(&format!("{word}=0 "));
            assert_eq!(is_unknown, matches!(word, "<unk>" | "<UNK>"), "{words}: {found}");
        }
    }
}

/// KenLM's `query` needs no list of words, only their hashes.
#[test]
fn query_reads_files_without_words() {
    let folder = folder();
    for how in ["-v trie", "-v probing"] {
        folder.run_on(&format!("shim build_binary {how} two-unknown.arpa none"), b"");
        let found = folder.run_on("shim query -v sentence none", TEXT.1);
        let whole = folder.run_on("shim query -v sentence two-unknown.arpa", TEXT.1);
        assert_eq!(found.stdout, whole.stdout, "{how}");
    }
}
