//! Small files that ask for much memory: it is the file's bytes that earn it, not what they claim.
#![cfg(unix)]

use crate::process::random;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// Bytes of a model file before the list of its sections, and of an entry in the list.
const HEAD: usize = 64;
const ENTRY: usize = 32;

/// The checksum of the list, as gzip computes it.
fn crc32(bytes: &[u8]) -> u32 {
    let byte = |mut sum: u32| {
        (0..8).for_each(|_| sum = (sum >> 1) ^ (0xedb8_8320 * (sum & 1)));
        sum
    };
    !bytes.iter().fold(!0, |sum, &next| (sum >> 8) ^ byte((sum ^ u32::from(next)) & 0xff))
}

/// Runs the program with this much address space, in MiB, and half a minute of the processor's time.
fn within(mebibytes: u64, folder: &Path, arguments: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_ngram");
    let script =
        format!("ulimit -v {}; ulimit -t 30; exec '{program}' {arguments}", mebibytes << 10);
    Command::new("sh").args(["-c", &script]).current_dir(folder).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// An error in one line, which contains this, and no output.
fn refuses(folder: &Path, arguments: &str, needle: &str) {
    let output = within(400, folder, arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{arguments}: {said}");
    assert!(said.contains(needle) && said.lines().count() == 1, "{arguments}: {said}");
    assert!(!folder.join("out").exists());
}

/// An ARPA file with something before `\data\`, before the 1-grams and between them.
fn arpa(before: &str, header: &str, between: &str) -> String {
    format!(
        "{before}\\data\\\n{header}\n\\1-grams:\n{between}-1 <unk>\n-99 <s>\n{between}-0.5 </s>\n-0.5 a\n\n\\end\\\n"
    )
}

#[test]
fn blank_lines_of_an_arpa_file_take_no_memory() {
    let folder = TempDir::new().unwrap();
    let blank = "\n".repeat(20_000_000);
    fs::write(folder.path().join("arpa"), arpa("", "ngram 1=4\n", &blank)).unwrap();
    // 40 million lines, each of which took eight bytes.
    let output = within(300, folder.path(), "import arpa -q -o out");
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn comments_on_tokenizers_are_one_warning() {
    let folder = TempDir::new().unwrap();
    let mut comments = String::new();
    (0..500_000).for_each(|n| writeln!(comments, "# tokenizer: number {n}").unwrap());
    fs::write(folder.path().join("arpa"), arpa(&comments, "ngram 1=4\n", "")).unwrap();
    let output = within(300, folder.path(), "import arpa -q -o out");
    let said = stderr(&output);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("\"number 0\"; it was not heeded, nor were 499999 more"), "{said}");
    assert!(said.len() < 1000, "{} bytes", said.len());
}

#[test]
fn an_arpa_file_that_announces_much_takes_little() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let most = format!("ngram 1={}\n", u64::MAX);
    let mut all = String::new();
    (1..=255).for_each(|order| writeln!(all, "ngram {order}=1000000000").unwrap());
    for header in ["ngram 1=1000000000\n", &most, &all] {
        fs::write(folder.join("arpa"), arpa("", header, "")).unwrap();
        refuses(folder, "import arpa -q -o out", "announce");
    }
}

#[test]
fn a_model_whose_sections_claim_to_be_long_is_damaged() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), "the cat sat\nthe cat ran\n").unwrap();
    for layout in ["suffix", "compact"] {
        let train = format!("train text --order 3 --layout {layout} -q -o m");
        let output = within(4000, folder, &train);
        assert!(output.status.success(), "{}", stderr(&output));
        let sound = fs::read(folder.join("m")).unwrap();
        let count = u32::from_le_bytes(sound[12..16].try_into().unwrap()) as usize;
        for section in 0..count {
            let mut bytes = sound.clone();
            let length = HEAD + section * ENTRY + 16;
            bytes[length..length + 8].copy_from_slice(&(64u64 << 30).to_le_bytes());
            let checksum = crc32(&bytes[HEAD..HEAD + count * ENTRY]);
            bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
            fs::write(folder.join("forged"), bytes).unwrap();
            refuses(folder, "convert forged --layout compact -q -o out", "forged is damaged");
        }
    }
}

/// An allocation that the system refuses ends a process: with a message, and without temporary files.
#[test]
fn no_more_memory_leaves_the_old_file_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let line = |n: u32| format!("w{} w{} w{} w{}\n", n, n % 997, n % 991, n.wrapping_mul(7));
    fs::write(folder.join("text"), (0..150_000).map(line).collect::<String>()).unwrap();
    fs::write(folder.join("out"), "an hour's work").unwrap();
    let mut ended = 0;
    for mebibytes in [40, 60, 80, 100] {
        let train = "train text --order 5 -q -j 1 --temp-dir . -o out";
        let output = within(mebibytes, folder, train);
        let said = stderr(&output);
        let what = format!("{mebibytes} MiB: {said}");
        assert_eq!(output.status.code(), Some(1), "{what}");
        assert_eq!(fs::read(folder.join("out")).unwrap(), b"an hour's work", "{what}");
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.count(), 2, "{what}");
        assert!(said.lines().last().is_some_and(|line| line.starts_with("ngram: ")), "{what}");
        ended += usize::from(said.contains("gave no more memory"));
    }
    assert!(ended >= 2, "{ended}");
}

/// Corrects the checksums of a model file: of each section, and of their list.
fn mend_model(bytes: &mut [u8]) {
    let count = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    let number = |bytes: &[u8], at: usize| {
        u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize
    };
    for at in (HEAD..HEAD + count * ENTRY).step_by(ENTRY) {
        let (start, length) = (number(bytes, at + 8), number(bytes, at + 16));
        let checksum = crc32(&bytes[start..start + length]);
        bytes[at + 4..at + 8].copy_from_slice(&checksum.to_le_bytes());
    }
    let checksum = crc32(&bytes[HEAD..HEAD + count * ENTRY]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
}

/// Corrects the checksums of a compressed text: of the code, and of the head.
fn mend_compressed(bytes: &mut [u8]) {
    let checksum = crc32(&bytes[32..]);
    bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
    let checksum = crc32(&bytes[..28]);
    bytes[28..32].copy_from_slice(&checksum.to_le_bytes());
}

/// Leaves KenLM's files as they are: they have no checksums.
fn mend_nothing(_: &mut [u8]) {}

/// Forged files, through the program itself and all that reads them: with a bound on memory and time.
#[test]
fn forged_files_end_no_run_by_a_panic_and_take_little() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    fs::write(folder.join("text"), "the cat sat\nThe cat ran on\n\na b a b a\nthe dog sat\n")
        .unwrap();
    let kenlm =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/formats/tests/formats/kenlm_files");
    for name in ["tiny.trie", "tiny.quantised-array-trie", "whole.probing"] {
        fs::copy(kenlm.join(name), folder.join(name)).unwrap();
    }
    for arguments in [
        "train text -n 3 --layout suffix -q -o suffix",
        "train text -n 3 --layout compact -q -o compact",
        "compress text -m suffix -q -o code",
        "compress text -m suffix -q --static -o fixed",
    ] {
        let output = within(4000, folder, arguments);
        assert!(output.status.success(), "{arguments}: {}", stderr(&output));
    }
    let models = [
        "check forged -q",
        "convert forged --layout compact -q -o out",
        "prune forged --to-ngrams 50% -q -o out",
        "mix forged suffix --weights 0.5,0.5 -q -o out",
        "export forged out --format kenlm-trie -q",
        "eval text -m forged -q --adaptive",
        "generate -m forged -n 5 --longest 20",
        "compress text -m forged -q -o out",
    ];
    let kenlm = ["import forged -q -o out", "shim query forged < text"];
    let code = ["decompress forged -m suffix -q -o out"];
    type Mend = fn(&mut [u8]);
    let files: [(&str, Mend, &[&str], usize); 7] = [
        ("suffix", mend_model, &models, HEAD),
        ("compact", mend_model, &models, HEAD),
        ("tiny.trie", mend_nothing, &kenlm, 108),
        ("tiny.quantised-array-trie", mend_nothing, &kenlm, 108),
        ("whole.probing", mend_nothing, &kenlm[1..], 108),
        ("code", mend_compressed, &code, 8),
        ("fixed", mend_compressed, &code, 8),
    ];
    let mut next = random(24);
    let mut refused = 0;
    for (name, mend, verbs, from) in files {
        let sound = fs::read(folder.join(name)).unwrap();
        for _ in 0..6 {
            let mut bytes = sound.clone();
            // The list of a model's sections stays as it is, as another test forges it.
            let from = match name {
                "suffix" | "compact" => {
                    from + u32::from_le_bytes(sound[12..16].try_into().unwrap()) as usize * ENTRY
                }
                _ => from,
            };
            let at = from + next((sound.len() - from - 4) as u64) as usize;
            let number =
                [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, next(1 << 32) as u32][next(6) as usize];
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
            mend(&mut bytes);
            fs::write(folder.join("forged"), bytes).unwrap();
            for verb in verbs {
                let output = within(400, folder, verb);
                let what = format!("{name}, {number} at {at}, {verb}: {}", stderr(&output));
                assert!(matches!(output.status.code(), Some(0 | 1)), "{what}");
                assert!(!what.contains("panicked") && !what.contains("no more memory"), "{what}");
                refused += usize::from(output.status.code() == Some(1));
                let _ = fs::remove_file(folder.join("out"));
            }
        }
    }
    assert!(refused >= 20, "{refused}");
}
