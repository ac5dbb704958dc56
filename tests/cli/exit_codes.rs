//! docs/exit-codes.md describes what really happens.

use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/exit-codes.md");

/// Commands with colours on a terminal: help, and usage errors.
const COLOURED: [&str; 3] = ["--help", "train --nonsense", "train"];

fn ngram(folder: &TempDir, line: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ngram"));
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command.args(line.split(' ').filter(|word| !word.is_empty()));
    command.envs(environment.iter().copied()).current_dir(folder).output().unwrap()
}

fn escapes(output: &Output) -> bool {
    [&output.stdout, &output.stderr].iter().any(|bytes| bytes.contains(&0x1b))
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("text"), "the cat sat\nthe cat ran\n").unwrap();
    let trained = ngram(&folder, "train text --order 2 -q -o m", &[]);
    assert_eq!(trained.status.code(), Some(0));
    folder
}

/// 130 and 143 are tested where a training is stopped.
#[test]
fn each_code_is_what_the_page_says() {
    let folder = folder();
    let model = fs::read(folder.path().join("m")).unwrap();
    fs::write(folder.path().join("cut"), &model[..model.len() - 9]).unwrap();
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let codes: Vec<&str> = rows.skip(1).map(|(codes, _)| codes).collect();
    assert_eq!(codes, ["0", "1", "2", "130, 143"]);
    for (code, lines) in [
        (0, vec!["--version", "--help", "eval text -m m", "check m", "next cat -m m"]),
        (1, vec!["eval missing -m m", "info text", "check cut", "eval text -m m --weights 1"]),
        (
            2,
            vec![
                "",
                "evaluate",
                "eval",
                "eval --nonsense",
                "train text --order many",
                "train text --order 0",
            ],
        ),
    ] {
        for line in lines {
            let output = ngram(&folder, line, &[]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{line}: {said}");
            let says_why = said.starts_with("ngram: ") || said.starts_with("error: ");
            assert_eq!(says_why, code > 0 && !line.is_empty(), "{line}: {said}");
        }
    }
}

#[test]
fn nothing_is_coloured_where_it_should_not() {
    let folder = folder();
    let forced = ("CLICOLOR_FORCE", "1");
    for line in COLOURED {
        assert!(
            escapes(&ngram(&folder, line, &[forced])),
            "{line}: without colour, this shows nothing"
        );
        assert!(!escapes(&ngram(&folder, line, &[("NO_COLOR", "1"), forced])), "{line}");
        // There is no terminal, regardless of TERM.
        assert!(!escapes(&ngram(&folder, line, &[("TERM", "xterm-256color")])), "{line}");
    }
    for line in ["train text -o x", "eval text -m m", "info m", "explain cat -m m", "next cat -m m"]
    {
        let output = ngram(&folder, line, &[forced]);
        assert!(output.status.success() && !escapes(&output), "{line}");
    }
}

/// On a terminal made by `script`, if that program is installed.
#[test]
fn a_dumb_terminal_gets_no_colour() {
    let folder = folder();
    let on_terminal = |environment: &str, line: &str| {
        let line = format!("env {environment} {} {line}", env!("CARGO_BIN_EXE_ngram"));
        let mut command = Command::new("script");
        // In CI, a dumb terminal counts as one that shows colours.
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
            command.env_remove(name);
        }
        command.args(["-qec", &line, "/dev/null"]).current_dir(&folder).output()
    };
    for line in COLOURED {
        let Ok(coloured) = on_terminal("TERM=xterm-256color", line) else { return };
        assert!(escapes(&coloured), "{line}");
        for environment in ["TERM=dumb", "TERM=xterm NO_COLOR=1", "TERM=xterm CLICOLOR=0"] {
            assert!(!escapes(&on_terminal(environment, line).unwrap()), "{environment}, {line}");
        }
    }
}
