//! docs/json.md lists every field that `--json` writes, and no others.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const PAGE: &str = include_str!("../../docs/json.md");

/// The commands that make the input files.
const MADE: [&str; 8] = [
    "train text --order 3 -q -o m",
    "train text --order 2 --closed --smoothing additive -q -o n",
    "train letters --order 3 --tokenizer shannon -q -o shannon",
    "train text --tokenizer words --lowercase --order 2 -q -o lower",
    "classes text -k 3 -q -o c",
    "train text --classes c --order 2 -q -o classes",
    "train text --skip 1 --order 2 --smoothing additive -q -o skip",
    "count text --order 3 -q -o text.counts",
];

/// Each heading of the page with the commands it covers. Standard input follows `<<<`.
const COMMANDS: [(&str, &[&str]); 21] = [
    (
        "ngram eval",
        &["eval held -m m --adaptive --json", "eval held -m m --with n --weights 0.5,0.5 --json"],
    ),
    (
        "Lines of --per-token",
        &[
            "eval held -m m --per-token --adaptive --json",
            "eval held -m m --with n --weights 0.5,0.5 --per-token --json",
        ],
    ),
    (
        "ngram explain",
        &[
            "explain the\u{a0}zebra -m lower --json",
            "explain sat -m m --counts text.counts --json",
            "explain sat -m classes --json",
            "explain sat -m skip --json",
            "explain sat -m m --with n --weights 0.5,0.5 --json",
        ],
    ),
    (
        "ngram compare",
        &[
            "compare held alike m n --json --samples 100",
            "compare held m lower --json --samples 100",
        ],
    ),
    ("ngram score", &["score alike -m m --jsonl --buckets head,tail --percentiles 50"]),
    (
        "ngram select",
        &["select --in-domain alike --pool text held --top 10 --held-out text --json -q -o x"],
    ),
    ("ngram entropy", &["entropy alike --json"]),
    (
        "ngram entropy --method brown1992",
        &["entropy held --method brown1992 --train text --dev alike --json"],
    ),
    ("ngram info-theory", &["info-theory --json"]),
    (
        "ngram info-theory --p 0.5,0.5",
        &["info-theory --p 0.5,0.5 --json", "info-theory --p 1,0 --q 0,1 --json"],
    ),
    (
        "ngram info-theory --text TEXT",
        &[
            "info-theory --text alike --json",
            "info-theory --text alike -m m --json",
            "info-theory --text alike -m m --against m --json",
        ],
    ),
    ("ngram landmarks", &["landmarks S --json"]),
    (
        "ngram experiment",
        &[
            "experiment smoothing text --sizes 50,all --orders 2 --methods witten-bell,absolute --json",
        ],
    ),
    (
        "ngram shannon",
        &[
            "shannon letters -m shannon --json <<< 7 e e a b c d f g h i j k l m n o p q r s t u v w x y z _",
            "shannon letters -m shannon --bet --json <<< e=0.5",
        ],
    ),
    ("ngram info", &["info m --json", "info classes --json"]),
    (
        "ngram check",
        &["check m --json", "check classes --json", "check odd.arpa --json", "check cut --json"],
    ),
    ("ngram next", &["next cat -m m --json", "next the -m m --prefix c --json"]),
    ("ngram generate", &["generate -m m -n 3 --json"]),
    ("ngram mix", &["mix m n --weights 0.5,0.5 --json -o x", "mix m n --dev held --json -o x"]),
    ("ngram prune", &["prune m --to-ngrams 80% 70% --eval alike --json"]),
    ("ngram classes", &["classes text -k 3 --json -o x"]),
];

/// Documented fields that need more text than a test should read, or a rare fault, or that these
/// comparisons lack.
const UNSEEN: [&str; 7] = [
    "learning_curve.extrapolation.",
    "widening",
    "findings[].",
    "[].tolerance.relative",
    "models[].adaptive.",
    "models[].files[].adaptive.",
    "models[].parts[].",
];

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let animals = ["cat", "dog", "bird", "mouse", "hen", "pig", "cow"];
    let line = |at: usize| {
        let verb = ["sat", "ran", "ate"][at % 3];
        let place = ["mat", "log", "box", "hat", "bed"][at * at % 5];
        format!("The {} {verb} on the {place}.\n", animals[at * 3 % 7])
    };
    let text: String = (0..200).map(line).collect();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("text", text.as_bytes());
    write("alike", &text.as_bytes()[..2000]);
    write("letters", "the quick brown fox jumps over the lazy dog\n".repeat(9).as_bytes());
    write("held", &[&text.as_bytes()[..1000], b"the zebra \xff sat <s>\n"].concat());
    write(
        "odd.arpa",
        b"\\data\\\nngram 1=3\n\n\\1-grams:\n-0.3\t<s>\n-0.2\t</s>\n-0.9\tcat\n\n\\end\\\n",
    );
    for line in MADE {
        output(folder.path(), line);
    }
    let model = fs::read(folder.path().join("m")).unwrap();
    write("cut", &model[..model.len() - 1000]);
    folder
}

/// Returns what a command writes to standard output, with any exit code.
fn output(folder: &Path, line: &str) -> String {
    let (line, input) = line.split_once(" <<< ").unwrap_or((line, ""));
    let mut child = Command::new(env!("CARGO_BIN_EXE_ngram"))
        .args(line.split(' '))
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let typed = input.replace(' ', "\n") + "\n";
    // A command that reads no input may have ended.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    let is_fine = output.status.success() || line.starts_with("check");
    assert!(is_fine, "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Collects the path of every number, string, boolean, null and empty list in a value; `true` for
/// null and empty ones.
pub fn paths(value: &Value, path: &str, found: &mut BTreeSet<(String, bool)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() || name.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{name}"), found);
            }
        }
        Value::Array(elements) => {
            let path = format!("{path}[]");
            if elements.is_empty() {
                found.insert((path.clone(), true));
            }
            elements.iter().for_each(|value| paths(value, &path, found));
        }
        _ => {
            found.insert((path.to_owned(), value.is_null()));
        }
    }
}

/// Returns the rows under each heading: fields, and their descriptions.
fn sections() -> BTreeMap<String, Vec<(String, &'static str)>> {
    let mut sections = BTreeMap::new();
    for section in PAGE.split("\n#").skip(1) {
        let (heading, text) = section.split_once('\n').unwrap();
        let heading = heading.trim_matches(['#', ' ']).replace('`', "");
        let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | "));
        let rows = rows.map(|(fields, said)| (format!("`{fields}"), said)).collect();
        assert!(sections.insert(heading, rows).is_none());
    }
    sections
}

/// Expands `a.{b,c}[]` to `a.b[]` and `a.c[]`.
fn expanded(field: &str) -> Vec<String> {
    let Some((before, rest)) = field.split_once('{') else { return vec![field.to_owned()] };
    let (names, after) = rest.split_once('}').unwrap();
    names.split(',').flat_map(|name| expanded(&format!("{before}{name}{after}"))).collect()
}

/// Collects the fields of a section, and those of the sections that its rows refer to.
pub fn documented(heading: &str, found: &mut BTreeSet<String>, before: &str) {
    let sections = sections();
    let slug = |heading: &str| heading.to_lowercase().replace(' ', "-");
    for (fields, said) in &sections[heading] {
        let anchor = said.split_once("](#").and_then(|(_, rest)| rest.split_once(')'));
        let target = anchor.map(|(anchor, _)| anchor).filter(|anchor| !anchor.contains(' '));
        for field in fields.split('`').skip(1).step_by(2).flat_map(expanded) {
            let field = if field == "." { String::new() } else { field };
            let dot = if before.is_empty() || field.is_empty() { "" } else { "." };
            let path = format!("{before}{dot}{field}");
            match target {
                None => drop(found.insert(path)),
                Some(target) => {
                    let known = sections.keys().find(|heading| slug(heading) == target);
                    documented(
                        known.unwrap_or_else(|| panic!("no heading {target}")),
                        found,
                        &path,
                    );
                }
            }
        }
    }
}

#[test]
fn every_field_is_documented_and_every_documented_field_is_written() {
    let folder = folder();
    let mut wrong = Vec::new();
    for (heading, commands) in COMMANDS {
        let mut promised = BTreeSet::new();
        documented(heading, &mut promised, "");
        let mut written = BTreeSet::new();
        for command in commands {
            let shown = output(folder.path(), command);
            for value in serde_json::Deserializer::from_str(&shown).into_iter::<Value>() {
                paths(&value.unwrap(), "", &mut written);
            }
        }
        for (path, is_nothing) in &written {
            let inside = |promised: &String| {
                let rest = promised.strip_prefix(path.trim_end_matches("[]"));
                rest.is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let is_known = promised.contains(path) || *is_nothing && promised.iter().any(inside);
            if !is_known {
                wrong.push(format!("{heading}: {path} is not documented"));
            }
        }
        for path in promised {
            let is_unseen = UNSEEN.iter().any(|unseen| path.contains(unseen));
            if !is_unseen && !written.iter().any(|(written, _)| *written == path) {
                wrong.push(format!("{heading}: {path} is never written"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every verb with `--json` is on the page.
#[test]
fn every_verb_with_json_has_a_section() {
    let help = |line: &str| output(Path::new("."), line);
    let verbs = help("--help");
    let verbs = verbs.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let mut with_json = 0;
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        let lines = match verb {
            "experiment" => help("experiment smoothing --help"),
            // A shim has the options of another program.
            "help" | "shim" => continue,
            verb => help(&format!("{verb} --help")),
        };
        if lines.lines().any(|line| {
            line.split_whitespace().next().is_some_and(|word| word.starts_with("--json"))
        }) {
            with_json += 1;
            let heading = format!("ngram {verb}");
            assert!(sections().contains_key(&heading), "{heading} has no section");
            assert!(COMMANDS.iter().any(|(known, _)| **known == heading), "{heading}");
        }
    }
    assert!(with_json > 15, "{with_json}");
}
