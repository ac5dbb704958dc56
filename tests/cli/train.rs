//! `ngram train` and `ngram info`, run as a user would, each test in its own directory.

use crate::folder::Folder;
use serde_json::Value;
use std::io::Write;

const SAMPLE: &str = include_str!("../../corpora/sample.txt");
const SMOOTHINGS: [&str; 11] = [
    "modified-kneser-ney",
    "kneser-ney",
    "absolute",
    "witten-bell",
    "jelinek-mercer",
    "jelinek-mercer-baseline",
    "katz",
    "good-turing",
    "additive",
    "additive-backoff",
    "maximum-likelihood",
];

impl Folder {
    /// Runs `ngram train`; returns the bytes of the model.
    fn train(&self, arguments: &str) -> Vec<u8> {
        self.train_on(arguments, b"")
    }

    fn train_on(&self, arguments: &str, stdin: &[u8]) -> Vec<u8> {
        self.run_on(&format!("train {arguments} -q -o trained.ngram"), stdin);
        self.read("trained.ngram")
    }

    fn info(&self, model: &str) -> Value {
        serde_json::from_str(&self.run(&format!("info {model} --json"))).unwrap()
    }

    fn eval(&self, arguments: &str) -> Value {
        serde_json::from_str(&self.run(&format!("eval {arguments} -q --json"))).unwrap()
    }
}

/// Generates a text with skewed frequencies, longer than one read block (4 MiB), to keep several threads busy.
fn long_text() -> String {
    let mut state = 7u64;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = String::new();
    while text.len() < 10_000_000 {
        let mut word = 0;
        for _ in 0..next(30) {
            let range = 1 + next(20_000);
            word = if next(3) > 0 { (word * 7 + next(3)) % 20_000 } else { next(range) };
            text.push_str(&format!("word{word} "));
        }
        text.push('\n');
    }
    text
}

#[test]
fn threads_change_no_byte() {
    let folder = Folder::new();
    folder.write("sample.txt", SAMPLE);
    for tokenizer in ["words", "whitespace"] {
        for order in [1, 3, 5] {
            for smoothing in SMOOTHINGS {
                let options = format!(
                    "sample.txt --tokenizer {tokenizer} --order {order} --smoothing {smoothing}"
                );
                let one = folder.train(&format!("{options} -j 1"));
                for threads in [2, 7] {
                    let other = folder.train(&format!("{options} --threads {threads}"));
                    assert!(other == one, "{options}: {threads} threads");
                }
            }
        }
    }
}

/// The sample is one read block and few counting buckets; this is more of both.
#[test]
fn threads_and_ways_of_reading_change_no_byte_of_a_long_text() {
    let folder = Folder::new();
    let text = long_text();
    folder.write("long.txt", &text);
    let options = "--tokenizer whitespace --order 3";
    let one = folder.train(&format!("long.txt {options} -j 1"));
    for threads in [2, 7] {
        let other = folder.train(&format!("long.txt {options} -j {threads}"));
        assert!(other == one, "{threads} threads");
    }
    let stdin = folder.train_on(&format!("- {options} -j 2"), text.as_bytes());
    assert!(stdin == one, "standard input");
    assert_eq!(folder.info("trained.ngram")["model"]["training"]["bytes"], text.len());
    let cut = text[..7_000_000].rfind('\n').unwrap() + 1;
    folder.write("a.txt", &text[..cut]);
    folder.write("b.txt", &text[cut..]);
    assert!(folder.train(&format!("a.txt b.txt {options} -j 2")) == one, "two files");
}

#[test]
fn the_same_text_gives_the_same_model_however_it_comes() {
    let folder = Folder::new();
    folder.write("whole.txt", SAMPLE);
    let gzip = {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(SAMPLE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    folder.write("whole.gz", &gzip);
    folder.write("whole.zst", zstd::encode_all(SAMPLE.as_bytes(), 1).unwrap());
    let bzip2 = {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(SAMPLE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let xz = {
        let options = lzma_rust2::XzOptions::with_preset(0);
        let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
        encoder.write_all(SAMPLE.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    folder.write("whole.bz2", &bzip2);
    folder.write("whole.xz", &xz);
    let lines: Vec<&str> = SAMPLE.split_inclusive('\n').collect();
    folder.write("part1.txt", lines[..100].concat());
    folder.write("part2.txt", lines[100..101].concat());
    folder.write("part3.txt", lines[101..].concat());

    let plain = folder.train("whole.txt");
    for arguments in [
        "whole.gz",
        "whole.zst",
        "whole.bz2",
        "whole.xz",
        "part1.txt part2.txt part3.txt",
        "part?.txt",
        "p*1.txt p*[23]*",
    ] {
        assert!(folder.train(arguments) == plain, "{arguments}");
    }
    let streams = [("plain", SAMPLE.as_bytes()), ("gzip", &gzip), ("bzip2", &bzip2), ("xz", &xz)];
    for (name, stdin) in streams {
        assert!(folder.train_on("-", stdin) == plain, "{name} standard input");
    }
    let rest = lines[100..].concat();
    assert!(folder.train_on("part1.txt -", rest.as_bytes()) == plain, "file and standard input");
    assert!(folder.train("part1.txt part3.txt") != plain);
    // Sentences are independent, so their order makes no difference.
    assert!(folder.train("part3.txt part1.txt part2.txt") == plain);
}

#[test]
fn the_vocabulary_is_what_was_asked_for() {
    let folder = Folder::new();
    // a 5 times, b 3, c 3, d 1, e 1: 13 words in 2 sentences.
    folder.write("text.txt", "a a a b b c d\na a b c c e\n");
    folder.write("list.txt", "c\nzebra\na\n");
    // The first word of each line of a list counts, once.
    // The number of known words besides <unk>, <s> and </s>, and how many of the 13 are unknown.
    let cases: [(&str, u64, u64); 9] = [
        ("", 5, 0),
        ("--min-count 0", 5, 0),
        ("--min-count 2", 3, 2),
        ("--min-count 4", 1, 8),
        ("--min-count 9", 0, 13),
        ("--max-vocab 2", 2, 5),
        ("--max-vocab 100", 5, 0),
        ("--vocab list.txt", 3, 5),
        ("--vocab text.txt", 1, 8),
    ];
    for (options, known, unknown) in cases {
        let options = format!("text.txt --tokenizer whitespace --order 2 {options}");
        let output = folder.run_on(&format!("train {options} -o trained.ngram"), b"");
        let summary = String::from_utf8(output.stdout).unwrap();
        let info = folder.info("trained.ngram");
        assert_eq!(info["vocabulary"], known + 3, "{options}");
        assert_eq!(info["model"]["training"]["unknown"], unknown, "{options}");
        assert_eq!(info["model"]["training"]["types"], 5, "{options}");
        assert_eq!(folder.eval("text.txt -m trained.ngram")["oovs"], unknown, "{options}");
        if unknown > 0 {
            let line = format!("vocabulary: {}; {unknown} tokens", known + 3);
            assert!(summary.contains(&line), "{summary}");
        }
    }
    // b and c both occur 3 times; the first by its bytes stays.
    folder.train("text.txt --tokenizer whitespace --max-vocab 2");
    folder.write("b", "b b\n");
    folder.write("c", "c c\n");
    assert_eq!(folder.eval("b -m trained.ngram")["oovs"], 0);
    assert_eq!(folder.eval("c -m trained.ngram")["oovs"], 2);
}

#[test]
fn lowercase_is_kept_in_the_model() {
    let folder = Folder::new();
    folder.write("text.txt", "The Cat sat\nthe cat SAT\n");
    folder.train("text.txt --lowercase --order 2");
    let info = folder.info("trained.ngram");
    assert_eq!(info["vocabulary"], 3 + 3);
    assert_eq!(info["model"]["tokenizer"]["lowercase"], true);
    folder.write("held.txt", "THE CAT\n");
    assert_eq!(folder.eval("held.txt -m trained.ngram")["oovs"], 0);
}

#[test]
fn quiet_prints_nothing() {
    let folder = Folder::new();
    folder.write("sample.txt", SAMPLE);
    let output = folder.run_on("train sample.txt --quiet", b"");
    assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0));
}

#[test]
fn the_summary_has_every_figure_and_the_next_command() {
    let folder = Folder::new();
    folder.write("sample.txt", SAMPLE);
    let summary = folder.run("train sample.txt --order 3");
    let model = folder.read("model.ngram");
    let info = folder.info("model.ngram");
    let training = &info["model"]["training"];
    let group = |number: &Value| {
        let number = number.as_u64().unwrap();
        match number / 1000 {
            0 => number.to_string(),
            thousands => format!("{thousands},{:03}", number % 1000),
        }
    };
    let first = format!(
        "{} tokens in {} sentences, {} types, {:.1} kB of text; words\n",
        group(&training["tokens"]),
        group(&training["sentences"]),
        group(&training["types"]),
        SAMPLE.len() as f64 / 1000.0,
    );
    assert!(summary.starts_with(&first), "{first}\n{summary}");
    for order in 0..3 {
        let row = &info["model"]["orders"][order];
        let line = summary
            .lines()
            .find(|line| line.trim_start().starts_with(&format!("{} ", order + 1)))
            .unwrap();
        assert!(line.contains(&group(&row["ngrams"])), "{line}");
        for parameter in row["parameters"].as_array().unwrap() {
            let value = parameter[1].as_f64().unwrap();
            let shown = format!("{} {value:.4}", parameter[0].as_str().unwrap());
            assert!(line.contains(&shown), "no {shown} in {line}");
        }
    }
    assert_eq!(info["bytes"], model.len());
    let size = format!("model.ngram: {:.1} kB in ", model.len() as f64 / 1000.0);
    for needle in [&*size, "order 3, modified-kneser-ney\n", "million tokens a second\n"] {
        assert!(summary.contains(needle), "no {needle:?} in {summary}");
    }
    if cfg!(target_os = "linux") {
        assert!(summary.contains(" of memory at most"), "{summary}");
    }
    assert!(summary.ends_with("next: ngram eval HELD-OUT.txt\n"), "{summary}");
    let summary = folder.run("train sample.txt -o other.ngram");
    assert!(summary.ends_with("next: ngram eval HELD-OUT.txt -m other.ngram\n"), "{summary}");
}

#[test]
fn eval_reads_what_train_wrote_by_default() {
    let folder = Folder::new();
    folder.write("sample.txt", SAMPLE);
    folder.run("train sample.txt");
    let report = folder.eval("sample.txt");
    assert_eq!(report["oovs"], 0);
    assert_eq!(report["order"], 5);
    assert_eq!(report["tokens"], folder.info("model.ngram")["model"]["training"]["tokens"]);
    // `ngram info` uses the same default.
    assert!(folder.run("info").starts_with("model.ngram: order 5, "));
}

#[test]
fn info_tells_what_the_model_is() {
    let folder = Folder::new();
    folder.write("text.txt", "a b\na c\n");
    folder.train("text.txt --tokenizer whitespace --order 2 --smoothing witten-bell");
    let text = folder.run("info trained.ngram");
    for line in [
        "tokenizer    whitespace\n",
        "smoothing    witten-bell\n",
        "vocabulary   6 words, <unk>, <s> and </s> included\n",
        "trained on   6 tokens in 2 sentences, 3 types, 8 bytes\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let info = folder.info("trained.ngram");
    assert_eq!(info["file"], "trained.ngram");
    assert_eq!(info["order"], 2);
    assert_eq!(info["model"]["smoothing"], "witten-bell");
    assert_eq!(info["model"]["tokenizer"]["kind"], "Whitespace");
    // Order 1: all 6 words. Order 2: <s> a, a b, a c, b </s>, c </s>.
    assert_eq!(info["model"]["orders"][0]["ngrams"], 6);
    assert_eq!(info["model"]["orders"][1]["ngrams"], 5);
    // a and </s> twice, b and c once; <s> a twice, the others once.
    assert_eq!(info["model"]["orders"][0]["counts_of_counts"], serde_json::json!([2, 2, 0, 0]));
    assert_eq!(info["model"]["orders"][1]["counts_of_counts"], serde_json::json!([4, 1, 0, 0]));
}

#[test]
fn any_order_can_be_trained() {
    let folder = Folder::new();
    folder.write("sample.txt", SAMPLE);
    let mut perplexities = Vec::new();
    for order in [1, 2, 9, 20, 64] {
        folder.train(&format!("sample.txt --order {order}"));
        assert_eq!(folder.info("trained.ngram")["order"], order);
        let report = folder.eval("sample.txt -m trained.ngram");
        perplexities.push(report["perplexity_including_oovs"].as_f64().unwrap());
    }
    // On the training text, longer histories help.
    assert!(perplexities[0] > 10.0 * perplexities[1], "{perplexities:?}");
    assert!(perplexities[1] > 2.0 * perplexities[2], "{perplexities:?}");
    assert!(perplexities[2] >= perplexities[3], "{perplexities:?}");
}

#[test]
fn discounts_that_the_counts_leave_undefined_are_replaced_and_told() {
    let folder = Folder::new();
    folder.write("same.txt", "to be or not to be\n".repeat(1000));
    for smoothing in SMOOTHINGS {
        for order in [1, 2, 5] {
            let command = format!("train same.txt --order {order} --smoothing {smoothing}");
            let summary = folder.run(&command);
            // No n-gram of the highest order occurs once or twice.
            let note = match smoothing {
                "modified-kneser-ney" | "kneser-ney" | "absolute" => "Witten-Bell instead",
                "katz" | "good-turing" if order > 1 => "no count is discounted",
                "jelinek-mercer" | "jelinek-mercer-baseline" => "lambda = 1 - n1 / T",
                _ => "",
            };
            let told = summary.contains(&format!("order {order}: {note}"));
            assert_eq!(told, !note.is_empty(), "{command}: {summary}");
            let found = &folder.info("model.ngram")["model"]["orders"][order - 1]["note"];
            assert_eq!(found.is_string(), !note.is_empty(), "{command}: {found}");
            let report = folder.eval("same.txt");
            let perplexity = report["perplexity_including_oovs"].as_f64().unwrap();
            // The frequencies of to, be, or, not and </s> are 2/7, 2/7, 1/7, 1/7 and 1/7: 2.24 bits.
            let most = if order == 1 { 4.8 } else { 2.0 };
            assert!((1.0..most).contains(&perplexity), "{command}: {perplexity}");
        }
    }
}

#[test]
fn two_types_are_a_vocabulary() {
    let folder = Folder::new();
    let mut state = 1u64;
    let mut text = String::new();
    for _ in 0..300 {
        for _ in 0..10 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            text.push_str(if state >> 63 == 0 { "0 " } else { "1 " });
        }
        text.push('\n');
    }
    folder.write("bits.txt", &text);
    for smoothing in SMOOTHINGS {
        for order in [1, 3, 7] {
            folder.train(&format!("bits.txt --order {order} --smoothing {smoothing}"));
            assert_eq!(folder.info("trained.ngram")["vocabulary"], 5);
            let report = folder.eval("bits.txt -m trained.ngram");
            let bits = report["total_bits"].as_f64().unwrap();
            // One bit for each of 3,000 words, and little for 300 sentence ends.
            assert!((2000.0..4500.0).contains(&bits), "{smoothing}, order {order}: {bits}");
        }
    }
}
