//! Selects the documents of a pool that resemble another text.

use crate::folder::Folder;
use serde_json::Value;

/// Generates a line of eight words, about the sea or the town; every third word fits both.
fn line(number: u64, sea: bool) -> String {
    let words = |word: u64| {
        let draw = (number * 8 + word).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        match (word % 3, sea) {
            (0, _) => format!("of{}", draw % 5),
            (_, true) => format!("sea{}", draw % 30),
            (_, false) => format!("town{}", draw % 300),
        }
    };
    (0..8).map(words).collect::<Vec<_>>().join(" ")
}

/// Writes a pool of 2,000 lines, every tenth about the sea, as text and as records, and other lines
/// about the sea.
fn pool() -> Folder {
    let folder = Folder::new();
    let pool: Vec<String> = (0..2000).map(|number| line(number, number % 10 == 3)).collect();
    folder.write("pool.txt", &(pool.join("\n") + "\n"));
    let record = |text: &String| format!("{{\"a\": 1,\"text\":\"{text}\"}} \n");
    folder.write("pool.jsonl", pool.iter().map(record).collect::<String>());
    let sea = |range: std::ops::Range<u64>| -> String {
        range.map(|number| line(number, true) + "\n").collect()
    };
    folder.write("sea.txt", sea(5000..5300));
    folder.write("held-out.txt", sea(6000..6100));
    folder
}

#[test]
fn the_lines_of_a_mixture_that_are_like_a_text_are_selected() {
    let folder = pool();
    let command = "select --in-domain sea.txt --pool pool.txt -n 2 --top 10%";
    let json =
        folder.run(&format!("{command} -q --json -o selected.txt --held-out held-out.txt -j 1"));
    let selected = folder.text("selected.txt");
    let expected: Vec<String> = (0..200).map(|number| line(number * 10 + 3, true)).collect();
    assert_eq!(selected.lines().collect::<Vec<_>>(), expected);

    let summary: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&summary["documents"], &summary["selected"]), (&2000.into(), &200.into()));
    assert_eq!((&summary["tokens"], &summary["selected_tokens"]), (&18_000.into(), &1800.into()));
    assert_eq!(summary["sample_bytes"].as_u64().unwrap() / 100, selected.len() as u64 * 3 / 200);
    let held_out = &summary["held_out"];
    assert_eq!(held_out["tokens"], 900);
    assert_eq!(held_out["random_tokens"], 1800);
    let perplexity = |name: &str| held_out[name].as_f64().unwrap();
    let [of_selected, of_random] =
        ["perplexity_of_selected", "perplexity_of_random"].map(perplexity);
    assert!(of_selected < 0.7 * of_random, "{of_selected}, {of_random}");

    // The same with any number of threads, with the resulting threshold, from records, and with
    // separate models.
    assert_eq!(folder.run(&format!("{command} -j 3 -q")), selected);
    let threshold = format!("--threshold {}", summary["threshold"]);
    let by_threshold = command.replace("--top 10%", &threshold);
    assert_eq!(folder.run(&format!("{by_threshold} -q")), selected);
    let records =
        folder.run(&command.replace("pool.txt", "pool.jsonl --top 200").replace(" --top 10%", ""));
    let kept = folder.text("pool.jsonl");
    let kept = kept.lines().filter(|record| record.contains("sea"));
    assert!(records.lines().eq(kept), "{records}");
    folder.run("train sea.txt -n 2 -q --closed -o sea.ngram --max-vocab 60");
    folder.run("train pool.txt -n 2 -q --closed -o pool.ngram --min-count 2");
    let (given, warning) = folder.run_aloud(
        "select --in-model sea.ngram --general-model pool.ngram --pool pool.txt --top 10",
    );
    assert!(given.lines().all(|line| line.contains("sea")) && given.lines().count() == 10);
    assert!(warning.contains("the models know different words"), "{warning}");
}

#[test]
fn what_cannot_be_selected_from_is_refused() {
    let folder = pool();
    folder.write("bad.jsonl", "{\"text\":\"sea1\"}\n{oops\n\n{\"text\":\"town1\"}\n");
    let bad = "select --in-domain sea.txt --pool bad.jsonl --top 100%";
    let (selected, warning) = folder.run_aloud(bad);
    assert_eq!(selected, "{\"text\":\"sea1\"}\n{\"text\":\"town1\"}\n");
    assert!(warning.contains("1 of 3 records cannot be selected, 1 no JSON"), "{warning}");
    let cases = [
        ("--pool - --top 5", "- can be read only once"),
        ("--pool pool.txt pool.jsonl --top 5", "cannot go to one file"),
        ("--pool pool.txt:0.5 --top 5", "leave its weight out"),
        ("--pool pool.txt --top 5 -o pool.txt", "would replace pool.txt"),
        ("--pool pool.txt --top 5 --json", "name a file with -o"),
        ("--pool pool.txt --top 101%", "from 0% to 100%"),
        ("--pool pool.txt", "--top"),
        ("--pool bad.jsonl --top 1 --on-bad-record error", "bad.jsonl, line 2"),
    ];
    for (options, expected) in cases {
        let error = folder.fail(&format!("select --in-domain sea.txt {options}"));
        assert!(error.contains(expected), "{options}: {error}");
    }
}
