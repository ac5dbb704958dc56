//! `ngram prune` and `ngram train --prune-to`: SRILM's figures on Brown, and the effects of options.
//!
//! If npm cannot fetch Brown, figures measured on it are not checked.

use crate::smoothing::{brown, complain, json, run, with_text, write};
use tempfile::tempdir;

const TRAIN: &str = "train train.txt --tokenizer whitespace -n 3 --closed -q";

/// SRILM 1.7.3, modified Kneser–Ney interpolated, `ngram -prune` from an ARPA file: n-grams of
/// orders 2 and 3, and perplexities. A seven-digit ARPA file rounds losses, so a few n-grams in ten
/// thousand are on the other side of the threshold.
#[test]
fn relative_entropy_prunes_as_srilm_does_and_kneser_ney_loses_less() {
    let Some(brown) = brown() else { return };
    let folder = tempdir().unwrap();
    let (train, held_out) = brown.split_at(51_606);
    write(&folder, "train.txt", train);
    write(&folder, "held-out.txt", held_out);
    run(&folder, &format!("{TRAIN} --convention srilm"));
    let prune = "prune model.ngram --eval held-out.txt --json -q";
    let rows = json(&folder, &format!("{prune} --threshold 1e-8 1e-7 1e-6"));
    let srilm: [(u64, u64, f64); 3] =
        [(425_355, 619_277, 202.9238), (388_983, 265_263, 209.3675), (155_920, 26_786, 235.1856)];
    for (row, (bigrams, trigrams, perplexity)) in
        rows["after"].as_array().unwrap().iter().zip(srilm)
    {
        let near = |index: usize, expected: u64| {
            let found = row["ngrams"][index].as_u64().unwrap();
            assert!(found.abs_diff(expected) * 10_000 <= expected, "{found}, not {expected}");
        };
        near(1, bigrams);
        near(2, trigrams);
        let found = row["perplexity_including_oovs"].as_f64().unwrap();
        assert!((found / perplexity - 1.0).abs() < 2e-5, "{found}, not {perplexity}");
    }
    assert_eq!(rows["after"].as_array().unwrap().len(), 3);
    // A tenth of the n-grams.
    run(&folder, TRAIN);
    let whole = json(&folder, &format!("{prune} --to-ngrams 10%"));
    let of = |value: &serde_json::Value| value["perplexity_excluding_oovs"].as_f64().unwrap();
    assert!((of(&whole["before"]) - 208.2057).abs() < 1e-3);
    assert!((of(&whole["after"][0]) - 271.01).abs() < 0.05, "{whole}");
    run(&folder, &format!("{TRAIN} --prune-to 10% -o revised.ngram"));
    let info = json(&folder, "info revised.ngram --json");
    let orders = info["model"]["orders"].as_array().unwrap().iter();
    let ngrams: u64 = orders.map(|order| order["ngrams"].as_u64().unwrap()).sum();
    assert!((129_000..=129_668).contains(&ngrams), "{ngrams}");
    let revised = json(&folder, "eval held-out.txt -m revised.ngram --json -q");
    assert!(of(&revised) < 241.0, "{}", of(&revised));
}

#[test]
fn what_is_pruned_is_sound_and_keeps_what_is_not_n_grams() {
    let folder = with_text();
    run(&folder, "train text.txt -n 3 -q");
    let summary = run(&folder, "prune model.ngram --to-ngrams 60% -o small.ngram");
    assert!(summary.contains("unpruned"), "{summary}");
    assert!(summary.contains("small.ngram: written in"), "{summary}");
    assert!(run(&folder, "check small.ngram").contains("sound"));
    let info = run(&folder, "info small.ngram");
    assert!(info.contains("modified-kneser-ney, pruned by relative-entropy at "), "{info}");
    // Spelling, case and spacing cost the same as before.
    let open = |model: &str| {
        let report = json(&folder, &format!("eval dev.txt -m {model} --json -q"));
        let of = &report["open_vocabulary"];
        assert!(of["spacing_bits"].as_f64().unwrap() > 0.0, "{report}");
        ["spelling_bits", "case_bits", "spacing_bits"].map(|part| of[part].clone())
    };
    assert_eq!(open("small.ngram"), open("model.ngram"));
    // In any layout, from an ARPA file, and with histories of another model: the first two do not
    // affect scores.
    run(&folder, "export model.ngram model.arpa");
    run(&folder, "import model.arpa -o again.ngram --tokenizer words");
    run(&folder, "prune again.ngram --to-ngrams 60% -o compact.ngram --layout compact -q");
    let bits = |model: &str| {
        let report = json(&folder, &format!("eval dev.txt -m {model} --json -q"));
        report["perplexity_including_oovs"].clone()
    };
    run(&folder, "prune model.ngram --to-ngrams 60% -o fast.ngram -q");
    assert_eq!(bits("compact.ngram"), bits("fast.ngram"));
    run(&folder, "train text.txt -n 3 -q --smoothing katz -o histories.ngram");
    run(&folder, "prune model.ngram --to-size 4k --history-model histories.ngram -o sized.ngram");
    assert!(std::fs::metadata(folder.path().join("sized.ngram")).unwrap().len() <= 4 << 10);
    let table = run(&folder, "prune model.ngram --to-ngrams 90% 50% --eval dev.txt -q");
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.contains("perplexity incl. OOVs"), "{table}");
    run(&folder, "train text.txt -n 3 -q --prune-threshold 0.3 -o revised.ngram");
    assert!(run(&folder, "check revised.ngram").contains("sound"));
    assert!(run(&folder, "info revised.ngram").contains("revised Kneser pruning at 3e-1"));
}

#[test]
fn pruning_that_makes_no_sense_is_refused() {
    let folder = with_text();
    run(&folder, "train text.txt -n 3 -q");
    run(&folder, "train text.txt -n 1 -q -o single.ngram");
    run(&folder, "train text.txt -n 2 -q --tokenizer chars -o chars.ngram");
    let refused: [(&str, &[&str]); 12] = [
        ("model.ngram -o out.ngram", &["say how far"]),
        ("model.ngram --threshold 1e-8", &["-o", "--eval"]),
        ("model.ngram --threshold 1e-8 1e-7 -o out.ngram", &["one -o"]),
        ("model.ngram --threshold -1 -o out.ngram", &["-1", "0 or above"]),
        ("model.ngram --threshold nan -o out.ngram", &["nan", "0 or above"]),
        ("model.ngram --to-ngrams 1M -o out.ngram", &["nothing is to be pruned"]),
        ("model.ngram --to-ngrams few -o out.ngram", &["such as 3M"]),
        ("model.ngram --to-ngrams 50% --min-order 4 -o out.ngram", &["2 to 3 words"]),
        ("single.ngram --to-ngrams 50% -o out.ngram", &["order 1"]),
        ("text.txt --to-ngrams 50% -o out.ngram", &["text.txt"]),
        ("model.ngram --to-ngrams 50% -o model.ngram", &["replace model.ngram"]),
        (
            "model.ngram --to-ngrams 50% --history-model chars.ngram -o out.ngram",
            &["the same tokens"],
        ),
    ];
    for (options, needles) in refused {
        complain(&folder, &format!("prune {options}"), needles);
        assert!(!folder.path().join("out.ngram").exists(), "{options}");
    }
    for options in ["--smoothing witten-bell", "--backoff", "--min-counts 1,2", "-n 1"] {
        let needles = ["kneser-ney and modified-kneser-ney", "use `ngram prune`"];
        complain(&folder, &format!("train text.txt --prune-to 50% {options}"), &needles);
    }
    complain(&folder, "train text.txt --prune-to 900%", &["900%", "at most 100%"]);
}
