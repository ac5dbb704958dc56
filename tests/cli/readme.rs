//! What README.md and the guide in docs/ show is what the program does.

use assert_cmd::Command;
use std::collections::BTreeSet;
use std::fs;
use tempfile::{TempDir, tempdir};

const README: &str = include_str!("../../README.md");
const TRAIN: &str = include_str!("../../docs/train.md");
const EVALUATE: &str = include_str!("../../docs/evaluate.md");

/// Every page of the guide.
const PAGES: &[&str] = &[
    README,
    TRAIN,
    EVALUATE,
    include_str!("../../docs/models.md"),
    include_str!("../../docs/entropy.md"),
    include_str!("../../docs/kenlm.md"),
    include_str!("../../docs/json.md"),
    include_str!("../../docs/shims.md"),
    include_str!("../../docs/exit-codes.md"),
];

/// What stands in each fenced block of this language, page by page.
fn blocks(language: &str) -> Vec<&'static str> {
    let blocks = PAGES.iter().flat_map(|page| page.split("```").skip(1).step_by(2));
    blocks.filter_map(|block| block.strip_prefix(language)?.strip_prefix('\n')).collect()
}

/// What stands outside of fenced blocks.
fn prose(page: &'static str) -> impl Iterator<Item = &'static str> {
    page.split("```").step_by(2)
}

/// The words of a command line, without the comment behind it.
fn words(line: &str) -> Vec<&str> {
    let command = line.split(" #").next().unwrap_or_default();
    command.split_whitespace().map(|word| word.trim_matches('\'')).collect()
}

/// Every command line of this program: in blocks, and in code within sentences and tables. A first
/// word with a dash is not a verb, but SRILM's program of the same name.
fn commands() -> Vec<Vec<&'static str>> {
    let shell = blocks("sh").into_iter().flat_map(str::lines);
    let console = blocks("console").into_iter().flat_map(str::lines);
    let console = console.filter_map(|line| line.strip_prefix("$ "));
    let prose = PAGES.iter().flat_map(|page| prose(page));
    let prose = prose.flat_map(|text| text.split('`').skip(1).step_by(2));
    shell
        .chain(console)
        .chain(prose)
        .filter_map(|line| line.strip_prefix("ngram "))
        .map(words)
        // A shim takes the options of another program, which says what they are in its own way.
        .filter(|words| !words[0].starts_with('-') && words[0] != "shim")
        .collect()
}

fn ngram(dir: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    command.args(arguments).current_dir(dir.path());
    command
}

/// What a command that must succeed writes to standard output and then to standard error.
fn run(dir: &TempDir, arguments: &[&str]) -> String {
    let output = ngram(dir, arguments).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// A folder with the two texts of the worked example.
fn example() -> TempDir {
    let dir = tempdir().unwrap();
    let text = blocks("text").into_iter().find(|block| block.starts_with("the cat sat\n"));
    fs::write(dir.path().join("text.txt"), text.unwrap()).unwrap();
    assert!(README.contains("With `the bird sat` in `held-out.txt`"));
    fs::write(dir.path().join("held-out.txt"), "the bird sat\n").unwrap();
    dir
}

#[test]
fn every_command_line_is_understood() {
    let dir = tempdir().unwrap();
    let commands = commands();
    let verbs: BTreeSet<&str> = commands.iter().map(|words| words[0]).collect();
    for verb in ["train", "eval", "info", "check", "export", "import", "convert", "prune", "corpus"]
    {
        assert!(verbs.contains(verb), "no page shows ngram {verb}");
    }
    for mut words in commands {
        words.push("--help"); // asked for last, it answers only if all before it is understood
        run(&dir, &words);
    }
    assert!(blocks("sh")[0].starts_with("cargo run --release -- demo "));
    run(&dir, &["demo", "--help"]);
}

#[test]
fn the_worked_example_is_what_the_program_prints() {
    let dir = example();
    let blocks = blocks("console");
    assert_eq!(blocks.len(), 2);
    for block in blocks {
        let (command, shown) = block.split_once('\n').unwrap();
        let printed = run(&dir, &words(command.strip_prefix("$ ngram ").unwrap()));
        assert!(printed.contains(shown), "{command}\nREADME:\n{shown}\nprinted:\n{printed}");
    }
}

#[test]
fn the_example_by_hand_is_what_the_program_computes() {
    let dir = example();
    run(&dir, &["train", "text.txt", "--order", "2", "--smoothing", "witten-bell"]);
    let printed = ngram(&dir, &["eval", "held-out.txt", "--per-token"]).output().unwrap().stdout;
    let printed = String::from_utf8(printed).unwrap();
    let computed: Vec<(String, String)> = printed
        .lines()
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .filter(|fields| ["word", "oov", "end"].contains(&fields[0]))
        .map(|fields| {
            let [log10_prob, bits] = [6, 7].map(|field| fields[field].parse::<f64>().unwrap());
            (format!("{:.4}", 10f64.powf(log10_prob)), format!("{bits:.4}"))
        })
        .collect();

    let table = EVALUATE.split_once("| token | after | p | bits |\n").unwrap().1;
    let by_hand: Vec<(String, String)> = table
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let prob = cells[3].rsplit_once("= ").unwrap().1.split(',').next().unwrap();
            (prob.to_owned(), cells[4].to_owned())
        })
        .collect();
    assert_eq!(by_hand.len(), 4);
    assert_eq!(by_hand, computed);
}

/// The tables of options leave none out and make none up.
#[test]
fn the_options_are_those_of_the_program() {
    let long = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .filter(|word| word.starts_with("--") && word.len() > 2)
            .map(str::to_owned)
            .collect()
    };
    for (verb, page) in [("train", TRAIN), ("eval", EVALUATE)] {
        let tables: Vec<&str> = page.split("| option | meaning | default |\n").collect();
        let [_, table] = tables[..] else { panic!("{} tables of ngram {verb}", tables.len() - 1) };
        let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
        let shown = rows.filter_map(|line| line.split('|').nth(1));
        let shown = long(&shown.collect::<String>());
        let help = run(&tempdir().unwrap(), &[verb, "--help"]);
        let headings = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let mut options = long(&headings.collect::<Vec<_>>().join("\n"));
        assert!(options.remove("--help"));
        assert_eq!(shown, options, "ngram {verb}");
    }
}
