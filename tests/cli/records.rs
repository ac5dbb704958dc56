//! Texts as records: JSON Lines in, and documents with their figures out.

use crate::folder::Folder;
use serde_json::Value;
use std::io::Write;

const DOCUMENTS: [&str; 4] = [
    "the cat sat on the mat\nthe dog sat\n",
    "a \"red\" cat\n",
    "\n",
    "caf\u{e9} \u{1f600} and the dog",
];

/// The documents as a table with two row groups, in the field `text` of the column `meta`, as
/// pyarrow 26 writes them with zstd.
const PARQUET: &[u8] = include_bytes!("documents.parquet");

/// Writes the documents as text, as JSON Lines, and as either one compressed; trains a model.
fn documents() -> Folder {
    let folder = Folder::new();
    let text: String = DOCUMENTS.map(|text| text.trim_end_matches('\n').to_owned() + "\n").concat();
    let record = |text: &str| serde_json::json!({"id": 1, "meta": {"text": text}}).to_string();
    let nested = DOCUMENTS.map(|text| record(text) + "\n").concat();
    let flat = DOCUMENTS.map(|text| format!("{{\"text\" : {}}} \r\n", Value::from(text))).concat();
    folder.write("text.txt", text.as_bytes());
    folder.write("flat.jsonl", flat.as_bytes());
    folder.write("nested.jsonl.zst", zstd::encode_all(nested.as_bytes(), 1).unwrap());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(flat.as_bytes()).unwrap();
    folder.write("flat.json.gz", gzip.finish().unwrap());
    folder.write("table.parquet", PARQUET);
    folder.run("train text.txt -n 2 -q");
    folder
}

#[test]
fn the_model_is_the_same_from_any_format() {
    let folder = documents();
    let model = folder.read("model.ngram");
    let commands = [
        "flat.jsonl",
        "flat.json.gz",
        "nested.jsonl.zst --field meta.text",
        "text.txt:1",
        "text.txt",
    ];
    for command in commands {
        folder.run(&format!("train {command} -n 2 -q -j 1 -o other.ngram"));
        assert!(folder.read("other.ngram") == model, "{command}");
    }
    // In a format other than the name suggests, and as one sentence.
    folder.write("lines", folder.read("flat.jsonl"));
    folder.run("train lines --input-format jsonl -n 2 -q -o other.ngram");
    assert!(folder.read("other.ngram") == model);
    let summary = folder.run("train flat.jsonl --sentences document -n 2 -o other.ngram");
    assert!(summary.contains(" in 4 sentences"), "{summary}");
    let summary = folder.run("train text.txt --sentences document -n 2 -o other.ngram");
    assert!(summary.contains(" in 1 sentences"), "{summary}");
}

#[test]
#[cfg(feature = "parquet")]
fn the_model_of_a_table_is_that_of_its_texts() {
    let folder = documents();
    let model = folder.read("model.ngram");
    folder.write("table", PARQUET);
    for name in ["table.parquet", "table"] {
        folder.run(&format!("train {name} --field meta.text -n 2 -q -o other.ngram"));
        assert!(folder.read("other.ngram") == model, "{name}");
    }
    let eval = |text: &str| folder.run(&format!("eval {text} --json"));
    let figures =
        |report: String| serde_json::from_str::<Value>(&report).unwrap()["log10_prob"].clone();
    assert!(figures(eval("text.txt")).is_number());
    assert_eq!(figures(eval("text.txt")), figures(eval("table --field meta.text")));
    let scored = folder.run("score table --field meta.text -q");
    let of_lines = folder.run("score nested.jsonl.zst --field meta.text -q");
    for (row, line) in scored.lines().zip(of_lines.lines()) {
        let (row, line): (Value, Value) =
            (serde_json::from_str(row).unwrap(), serde_json::from_str(line).unwrap());
        assert_eq!((&row["meta"]["text"], &row["ngram"]), (&line["meta"]["text"], &line["ngram"]));
    }
    assert_eq!(scored.lines().count(), DOCUMENTS.len());

    let error = folder.fail("train table.parquet -o none.ngram");
    assert!(error.contains("table.parquet has no column text, but id, meta.text"), "{error}");
    folder.write("cut.parquet", &PARQUET[..PARQUET.len() - 9]);
    folder.write("text.parquet", b"the cat sat\n");
    for name in ["cut.parquet", "text.parquet"] {
        let error = folder.fail(&format!("train {name} -o none.ngram"));
        assert!(error.contains("is no Parquet file, or a damaged one"), "{error}");
    }
}

#[test]
#[cfg(not(feature = "parquet"))]
fn a_table_needs_a_feature() {
    let folder = documents();
    folder.write("table", PARQUET);
    for command in ["train table", "eval table.parquet", "score table", "count table -o c"] {
        let error = folder.fail(command);
        let expected = "is a Parquet file, which this program was built without: build it with the feature parquet";
        assert!(error.contains(expected), "{command}: {error}");
    }
}

#[test]
fn ids_are_words_of_digits() {
    let folder = documents();
    // The first ids look like a UTF-16 byte order mark and the head of a gzip file.
    let ids = [65_279u16, 35_615, 5, 5, 0, 9, 0, 0, 5, 9, 5];
    folder.write("ids.bin", ids.map(u16::to_le_bytes).concat());
    folder.write("wide.bin", ids.map(|id| u32::from(id).to_le_bytes()).concat());
    folder.write("ids.txt", b"65279 35615 5 5\n9\n\n5 9 5\n");
    folder.run("train ids.txt -n 2 -q -o text.ngram");
    for from in ["ids.bin --input-format u16", "wide.bin --input-format u32 -j 1"] {
        folder.run(&format!("train {from} --end-id 0 -n 2 -q -o ids.ngram"));
        assert!(folder.read("ids.ngram") == folder.read("text.ngram"), "{from}");
    }
    let rows = folder.run("score ids.bin --input-format u16 --end-id 0 -m ids.ngram -q");
    assert!(rows.ends_with("\t5 9 5\n"), "{rows}");
    let error = folder.fail("train ids.bin --input-format u16 -o none.ngram");
    assert!(error.contains("say by --end-id which id ends a document"), "{error}");
    folder.write("odd.bin", [1, 0, 2]);
    let error = folder.fail("train odd.bin --input-format u16 --end-id 0 -o none.ngram");
    assert!(error.contains("3 bytes are no whole number of ids of 2"), "{error}");
}

/// A file as `numpy.save` writes it.
fn npy(kind: &str, shape: &str, ids: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    let text = format!("{header:<117}\n");
    [b"\x93NUMPY\x01\x00\x76\x00", text.as_bytes(), ids].concat()
}

#[test]
fn numpy_arrays_are_read_behind_their_headers() {
    let folder = documents();
    let ids = [4u16, 5, 5, 0, 9, 0, 5, 9, 5];
    let narrow = ids.map(u16::to_le_bytes).concat();
    folder.write("ids.bin", &narrow);
    folder.write("narrow.npy", npy("<u2", "(9,)", &narrow));
    folder.write("array", npy("<u2", "(3, 3)", &narrow));
    folder
        .write("long.npy", npy("<i8", "(9,)", &ids.map(|id| i64::from(id).to_le_bytes()).concat()));
    folder.run("train ids.bin --input-format u16 --end-id 0 -n 2 -q -o ids.ngram");
    for from in [
        "narrow.npy",
        "array",
        "long.npy",
        "narrow.npy --input-format u16",
        "array --input-format npy",
    ] {
        folder.run(&format!("train {from} --end-id 0 -n 2 -q -o npy.ngram"));
        assert!(folder.read("npy.ngram") == folder.read("ids.ngram"), "{from}");
    }
    folder.write("cut.npy", npy("<u2", "(10,)", &narrow));
    folder.write("floats.npy", npy("<f4", "(9,)", &[0; 36]));
    folder.write("text.npy", b"the cat\n");
    for (from, message) in [
        ("narrow.npy", "say by --end-id which id ends a document"),
        ("cut.npy --end-id 0", "its header announces 10 ids, but 9 follow"),
        ("floats.npy --end-id 0", "holds <f4, not ids"),
        ("narrow.npy --input-format u32 --end-id 0", "a NumPy array of 16 bits an id"),
        ("text.npy --end-id 0", "it is no NumPy array"),
    ] {
        let error = folder.fail(&format!("train {from} -n 2 -o none.ngram"));
        assert!(error.contains(message), "{from}: {error}");
    }
}

#[test]
fn an_end_of_documents_needs_ids() {
    let folder = documents();
    folder.run("train text.txt -n 2 -q -o some.ngram");
    folder.write("t.bin", [1u16, 0, 2, 0].map(u16::to_le_bytes).concat());
    for command in [
        "train t.bin --end-id 0 -n 2 -o none.ngram",
        "train flat.jsonl --end-id 0 -n 2 -o none.ngram",
        "count text.txt --end-id 0 -o none.counts",
        "score text.txt --end-id 0 -m some.ngram",
        "eval flat.jsonl --end-id 0 -m some.ngram",
        "train text.txt --end-id 0 --input-format text -n 2 -o none.ngram",
    ] {
        let error = folder.fail(command);
        assert!(
            error.contains("is not read as ids, so --end-id means nothing"),
            "{command}: {error}"
        );
        assert!(!folder.path("none.ngram").exists());
    }
}

#[test]
fn weights_repeat_documents_and_take_a_share_of_them() {
    let folder = documents();
    folder.run("train text.txt text.txt -n 2 -q -o twice.ngram");
    folder.run("train flat.jsonl:2 -n 2 -q -o weighted.ngram");
    assert!(folder.read("twice.ngram") == folder.read("weighted.ngram"));
    let text: String = (0..1000).map(|number| format!("word{number}\n")).collect();
    folder.write("many.txt", text.as_bytes());
    let summary = folder.run("train many.txt:0.25 -n 2 -o part.ngram");
    let sentences = summary.split(" tokens in ").nth(1).unwrap().split(' ').next().unwrap();
    let sentences: i32 = sentences.parse().unwrap();
    // Within four standard deviations.
    assert!((sentences - 250).abs() < 55, "{sentences}");
    let error = folder.fail("train text.txt:0 -o part.ngram");
    assert!(error.contains("weight is a number above 0"), "{error}");
    folder.run("count text.txt -n 2 -q -o a.counts");
    let error = folder.fail("train --counts a.counts:0.5 -o part.ngram");
    assert!(error.contains("leave its weight out"), "{error}");
}

#[test]
fn bad_records_are_counted_and_named_or_fatal() {
    let folder = documents();
    let good = folder.read("flat.jsonl");
    folder.write(
        "bad.jsonl",
        [&good, &b"{\"text\":\n\n{\"a\":1}\n{\"text\":[]}\n7\n"[..], &good].concat(),
    );
    for command in
        ["train bad.jsonl -n 2 -o bad.ngram", "count bad.jsonl -n 2 -o c", "eval bad.jsonl"]
    {
        let (_, warning) = folder.run_aloud(command);
        let expected = "warning: 4 of 12 records were left out, 1 no JSON, 3 without a text in the field; the first is bad.jsonl, line 5: no JSON: EOF while parsing a value at column 8";
        assert!(warning.contains(expected), "{command}: {warning}");
        let error = folder.fail(&format!("{command} --on-bad-record error"));
        assert!(error.contains("bad.jsonl, line 5: no JSON"), "{command}: {error}");
    }
    folder.write("array.json", b"[\n{\"text\":\"a\"}\n]\n");
    for command in ["train array.json", "eval array.json", "score array.json"] {
        let error = folder.fail(command);
        assert!(error.contains("one JSON array"), "{command}: {error}");
    }
    let error = folder.fail("train flat.jsonl --field body -o none.ngram");
    assert!(
        error.contains("none of the 4 records") && error.contains("4 without a text"),
        "{error}"
    );
    assert!(!folder.path("none.ngram").exists());
}

/// Each document has the figures of evaluating it alone.
#[test]
fn documents_come_out_with_the_figures_that_an_evaluation_gives() {
    let folder = documents();
    let scored = folder.run("score flat.jsonl -q");
    let flat = folder.text("flat.jsonl");
    assert_eq!(scored.lines().count(), DOCUMENTS.len());
    for ((document, record), line) in DOCUMENTS.iter().zip(flat.lines()).zip(scored.lines()) {
        let kept = record.trim_end().strip_suffix('}').unwrap();
        assert!(line.starts_with(&format!("{kept},\"ngram\":{{")), "{line}");
        let figures = &serde_json::from_str::<Value>(line).unwrap()["ngram"];
        let text = document.strip_suffix('\n').unwrap_or(document).to_owned() + "\n";
        folder.write("one.txt", text.as_bytes());
        let report: Value = serde_json::from_str(&folder.run("eval one.txt --json")).unwrap();
        let near = |name: &str, expected: &Value| {
            let (found, expected) = (figures[name].as_f64().unwrap(), expected.as_f64().unwrap());
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs(),
                "{name}: {found}, {expected}"
            );
        };
        near("bits_per_byte", &report["open_vocabulary"]["bits_per_byte"]);
        near("bits_per_character", &report["open_vocabulary"]["bits_per_character"]);
        near("perplexity", &report["perplexity_including_oovs"]);
        near("tokens", &report["tokens"]);
        near("oov_rate", &Value::from(report["oov_rate"].as_f64().unwrap_or(0.0)));
    }
}

#[test]
fn bad_records_pass_through_unless_documents_are_chosen() {
    let folder = documents();
    folder.write("bad.jsonl", b"{\"text\":\"the cat\"}\n{oops\n{\"text\":\"a dog\",\"ngram\":1}\n");
    let (scored, warning) = folder.run_aloud("score bad.jsonl");
    let lines: Vec<&str> = scored.lines().collect();
    assert!(
        lines[0].starts_with("{\"text\":\"the cat\",\"ngram\":{\"bits_per_byte\":"),
        "{scored}"
    );
    assert_eq!(lines[1..], ["{oops", "{\"text\":\"a dog\",\"ngram\":1}"]);
    assert!(warning.contains("2 of 3 records got no figures"), "{warning}");
    assert_eq!(folder.run("score bad.jsonl --key lm -q").matches("\"lm\":").count(), 2);
    assert_eq!(folder.run("score bad.jsonl --max 1e9 -q").lines().count(), 1);
    assert_eq!(folder.run("score bad.jsonl --min 0 --by tokens -q").lines().count(), 1);
    assert!(folder.fail("score bad.jsonl --on-bad-record error").contains("bad.jsonl, line 2"));
}

#[test]
fn documents_are_chosen_and_sorted_by_their_figures() {
    let folder = documents();
    let text: String = (1..=100).map(|words| "cat ".repeat(words) + "\n").collect();
    folder.write("long.txt", text.as_bytes());
    let rows = folder.run("score long.txt --by tokens --min 11 --max 20.5");
    let tokens: Vec<&str> =
        rows.lines().skip(1).map(|row| row.split('\t').nth(4).unwrap()).collect();
    assert_eq!(tokens, ["11", "12", "13", "14", "15", "16", "17", "18", "19", "20"]);

    let buckets = "score long.txt --jsonl --by tokens --buckets head,middle,tail";
    let (scored, summary) = folder.run_aloud(&format!("{buckets} -o {{bucket}}.jsonl.gz"));
    assert!(scored.is_empty() && summary.contains("head: 30, tokens below 32"), "{summary}");
    assert!(
        summary.contains("middle: 30, tokens below 62") && summary.contains("tail: 40"),
        "{summary}"
    );
    let counts = ["head", "middle", "tail"].map(|name| {
        let rows = folder.run(&format!("score {name}.jsonl.gz --key again -q"));
        assert!(rows.lines().all(|row| row.contains(&format!("\"bucket\":\"{name}\""))), "{rows}");
        rows.lines().count()
    });
    assert_eq!(counts, [30, 30, 40]);
    let one = folder.run(&format!("{buckets} -q -j 1"));
    assert_eq!(one, folder.run(&format!("{buckets} -q -j 2")));
    let scored = folder.run("score long.txt --jsonl --by tokens --buckets a,b --cuts 50 -q");
    assert_eq!(scored.matches("\"bucket\":\"a\"").count(), 48);
    assert!(
        folder.fail("score long.txt --buckets a,b --cuts 1,2").contains("2 buckets have 1 cuts")
    );
    assert!(folder.fail("score - --buckets a,b").contains("only once"));
}

#[test]
fn a_record_that_the_memory_does_not_allow_is_named() {
    let folder = Folder::new();
    let long = "word ".repeat(1 << 18);
    folder.write("long.jsonl", format!("{{\"text\":\"the cat\"}}\n{{\"text\":\"{long}\"}}\n"));
    folder.write("long.txt", format!("the cat\n{long}\n"));
    for verb in ["train", "count", "classes -k 2"] {
        for text in ["long.jsonl", "long.txt:0.999"] {
            let said = folder.fail(&format!("{verb} {text} --memory 16M -q -o out"));
            let name = &text[..8];
            assert!(
                said.contains(name) && said.contains("line 2 is longer than 1048576 bytes"),
                "{said}"
            );
        }
    }
    folder.run("train long.jsonl -n 2 --smoothing witten-bell -q -o out");
}

/// A wrong --field must not pass for a text without words.
#[test]
fn records_that_all_lack_the_field_are_an_error() {
    let folder = Folder::new();
    folder.write("text.txt", "the cat sat\nthe dog sat\n".repeat(20));
    folder.run("train text.txt -n 2 -q");
    folder.write("d.jsonl", "{\"body\": \"the cat\"}\n{\"body\": \"the dog\"}\n");
    let commands = [
        "score d.jsonl -o out.jsonl",
        "score d.jsonl -o out.jsonl --field content",
        "eval d.jsonl",
        "train d.jsonl -n 2 -o x.ngram",
        "count d.jsonl -n 2 -o x.counts",
        "classes d.jsonl -o x.classes",
    ];
    for command in commands {
        let said = folder.fail(command);
        assert!(said.contains("none of the 2 records has a text"), "{command}: {said}");
        assert!(said.contains("d.jsonl, line 1") && said.contains("--field"), "{command}: {said}");
    }
    folder.fail("select --in-domain text.txt --pool d.jsonl --top 1 -o x.txt");
    let scored = folder.run("score d.jsonl --field body -q");
    assert_eq!(scored.matches("bits_per_byte").count(), 2);
    // One of them is enough.
    folder.write("some.jsonl", "{\"body\": \"the cat\"}\n{\"text\": \"the dog\"}\n");
    folder.run("score some.jsonl -q");
    folder.write("empty.jsonl", "");
    folder.run("score empty.jsonl -q");
}
