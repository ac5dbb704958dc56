//! Every link, repository path and command that a Markdown page of the repository names exists.
#![cfg(unix)]

use crate::process::run;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that commands make and git ignores.
const MADE: [&str; 5] =
    ["target", "corpora/fetched", "fuzz/artifacts", "fuzz/corpus", "fuzz/seeds"];

/// Endings of files of the repository. Other names without a folder are a user's, such as `text.txt`.
const ENDINGS: [&str; 4] = [".md", ".rs", ".sh", ".toml"];

/// A page, with its fenced blocks set apart from its prose.
struct Page {
    /// Its path from the root.
    name: String,
    /// Its text, with every line of a fenced block made blank.
    prose: String,
    /// Each line of a shell session in a fenced block, with its number.
    shell: Vec<(usize, String)>,
}

impl Page {
    fn read(root: &Path, path: &Path) -> Page {
        let text = fs::read_to_string(path).unwrap();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let mut page = Page { name, prose: String::new(), shell: Vec::new() };
        let mut language = None;
        for (number, line) in (1..).zip(text.lines()) {
            let fence = line.trim_start().strip_prefix("```");
            match (language, fence) {
                (None, None) => page.prose.push_str(line),
                (None, Some(opened)) => language = Some(opened.trim()),
                (Some(_), Some(_)) => language = None,
                // A prompt starts a command in any block; a script has no prompts.
                (Some(language), None) => match line.strip_prefix("$ ") {
                    Some(command) => page.shell.push((number, command.to_owned())),
                    None if language == "sh" => page.shell.push((number, line.to_owned())),
                    None => {}
                },
            }
            page.prose.push('\n');
        }
        assert!(language.is_none(), "{}: a fenced block is not closed", page.name);
        page
    }

    /// The number of the line at this offset of the prose.
    fn line(&self, offset: usize) -> usize {
        1 + self.prose[..offset].matches('\n').count()
    }

    /// Code within sentences and tables, with the offset of each piece.
    fn spans(&self) -> Vec<(usize, &str)> {
        let ticks = |from: usize| self.prose[from..].bytes().take_while(|b| *b == b'`').count();
        let mut spans = Vec::new();
        let mut at = 0;
        while let Some(found) = self.prose[at..].find('`') {
            let count = ticks(at + found);
            let start = at + found + count;
            at = start;
            // The same number of ticks ends it, within the paragraph.
            let paragraph = self.prose[start..].split("\n\n").next().unwrap_or_default();
            let mut end = start;
            while let Some(found) = self.prose[end..start + paragraph.len()].find('`') {
                end += found;
                let closing = ticks(end);
                if closing == count {
                    spans.push((start, &self.prose[start..end]));
                    at = end + closing;
                    break;
                }
                end += closing;
            }
        }
        spans
    }

    /// The target of every link, with its offset.
    fn links(&self) -> Vec<(usize, String)> {
        let mut prose = self.prose.clone();
        for (start, code) in self.spans() {
            let blank: String = code.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
            prose.replace_range(start..start + code.len(), &blank);
        }
        let links = prose.match_indices("](").filter_map(|(at, opening)| {
            let start = at + opening.len();
            let target = prose[start..].split([')', ' ', '\n']).next()?;
            Some((start, target.to_owned()))
        });
        links.collect()
    }
}

/// What `ngram help` says of the program, or of a verb.
struct Help {
    verbs: BTreeSet<String>,
    options: BTreeSet<String>,
}

/// The help of each verb, asked for once.
#[derive(Default)]
struct Manual(BTreeMap<String, Help>);

impl Manual {
    fn of(&mut self, verb: &str) -> &Help {
        self.0.entry(verb.to_owned()).or_insert_with(|| {
            let text = run(Path::new("."), &format!("help {verb}"));
            let verbs = text.lines().skip_while(|line| *line != "Commands:").skip(1);
            let verbs = verbs.take_while(|line| !line.is_empty());
            let verbs = verbs.filter(|line| !line.starts_with("   "));
            let verbs = verbs.filter_map(|line| line.split_whitespace().next());
            let options = text.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
            let options = options
                .flat_map(|line| line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')))
                .filter(|word| word.starts_with("--") && word.len() > 2);
            Help {
                verbs: verbs.map(str::to_owned).collect(),
                options: options.map(str::to_owned).collect(),
            }
        })
    }

    /// What is wrong with the words behind `ngram`, if anything.
    fn fault(&mut self, words: &[&str]) -> Option<String> {
        let is_verb = |word: &str| word.starts_with(|c: char| c.is_ascii_lowercase());
        // SRILM's program of the same name takes options only; `VERB` stands for any verb.
        let (verb, mut rest) = words.split_first().filter(|(verb, _)| is_verb(verb))?;
        if !self.of("").verbs.contains(*verb) {
            return Some(format!("no such verb: ngram {verb}"));
        }
        let mut path = (*verb).to_owned();
        // Behind `help` stands a verb; a shim takes the options of another program.
        match *verb {
            "help" => return self.fault(rest),
            "shim" if rest.first().is_some_and(|word| !word.starts_with('-')) => return None,
            _ => {}
        }
        if let Some((second, others)) = rest.split_first().filter(|(second, _)| is_verb(second)) {
            let verbs = &self.of(&path).verbs;
            if !verbs.is_empty() {
                if !verbs.contains(*second) {
                    return Some(format!("no such verb: ngram {path} {second}"));
                }
                path = format!("{path} {second}");
                rest = others;
            }
        }
        let options = &self.of(&path).options;
        let named = rest.iter().filter(|word| word.starts_with("--")).map(|word| {
            let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
            &word[..end.unwrap_or(word.len())]
        });
        let unknown: Vec<&str> =
            named.filter(|name| name.len() > 2 && !options.contains(*name)).collect();
        (!unknown.is_empty()).then(|| format!("no such option: ngram {path} {}", unknown.join(" ")))
    }
}

/// The words behind `ngram` of each command of this program in a line of a shell.
fn commands(line: &str) -> Vec<Vec<&str>> {
    let mut line = line.split(" #").next().unwrap_or_default();
    if let Some(rest) = line.strip_prefix("cargo run --release -- ") {
        return vec![rest.split_whitespace().collect()];
    }
    let mut commands: Vec<Vec<&str>> = Vec::new();
    // The commands that the next word may belong to, the innermost last.
    let mut open: Vec<usize> = Vec::new();
    let mut is_start = true;
    while !line.trim_start().is_empty() {
        line = line.trim_start();
        // A quoted text may hold any word.
        let end = match line.chars().next() {
            Some(quote @ ('"' | '\'')) => line[1..].find(quote).map(|end| end + 2),
            _ => line.find(char::is_whitespace),
        };
        let (word, rest) = line.split_at(end.unwrap_or(line.len()));
        line = rest;
        let opened = word.trim_start_matches(['$', '<', '(']);
        if (is_start || word.len() > opened.len()) && opened == "ngram" {
            open.push(commands.len());
            commands.push(Vec::new());
        } else if ["|", "||", "&&", ";", "<", ">"].contains(&word) {
            open.clear();
        } else if let Some(innermost) = open.last() {
            commands[*innermost].push(word.trim_end_matches([')', ';']));
        }
        if word.ends_with([')', ';']) {
            open.pop();
        }
        is_start = ["|", "||", "&&", ";"].contains(&word) || word.ends_with(';');
    }
    commands
}

/// Whether a word names something that the repository should have and has not.
fn is_missing(root: &Path, folder: &Path, word: &str) -> bool {
    let path = word.trim_start_matches("./").trim_end_matches([',', ';', '.', '/']);
    let is_plain = |c: char| c.is_alphanumeric() || "/._-".contains(c);
    let is_made = MADE.iter().any(|made| Path::new(path).starts_with(made));
    if path.is_empty() || path.starts_with(['/', '-']) || !path.chars().all(is_plain) || is_made {
        return false;
    }
    let is_ours = match path.split_once('/') {
        Some((first, _)) => root.join(first).exists() || folder.join(first).exists(),
        None => ENDINGS.iter().any(|ending| path.len() > ending.len() && path.ends_with(ending)),
    };
    is_ours && !root.join(path).exists() && !folder.join(path).exists()
}

/// The anchor that a heading has on a page.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

/// Whether a relative link leads nowhere.
fn is_broken(page: &Path, link: &str) -> bool {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { page.to_owned() } else { page.with_file_name("").join(path) };
    if heading.is_empty() || !target.exists() {
        return !target.exists();
    }
    let text = fs::read_to_string(target).unwrap();
    let lines = text.lines().filter(|line| line.starts_with('#'));
    !lines.map(|line| anchor(line.trim_start_matches('#'))).any(|anchor| anchor == heading)
}

/// Every Markdown page below a folder, but for those in folders that are hidden or made by commands.
fn find_pages(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let within = path.strip_prefix(root).unwrap();
        let is_made = name == "target" || MADE.iter().any(|made| within == Path::new(made));
        if path.is_dir() && !path.is_symlink() && !name.starts_with('.') && !is_made {
            find_pages(root, &path, found);
        } else if path.is_file() && name.ends_with(".md") {
            found.push(path);
        }
    }
}

#[test]
fn what_the_pages_name_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    find_pages(root, root, &mut paths);
    paths.sort();
    let mut manual = Manual::default();
    let mut wrong = Vec::new();
    let [mut links, mut words, mut lines] = [0; 3];
    for path in paths {
        let page = Page::read(root, &path);
        let folder = path.parent().unwrap();
        let mut report = |line: usize, what: String| {
            wrong.push(format!("{}:{line}: {what}", page.name));
        };
        for (offset, link) in page.links() {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            links += 1;
            if is_broken(&path, &link) {
                report(page.line(offset), format!("the link leads nowhere: {link}"));
            }
        }
        let spans = page.spans();
        let spans = spans.iter().map(|(offset, code)| (page.line(*offset), *code));
        let shell = page.shell.iter().map(|(line, code)| (*line, code.as_str()));
        for (line, code) in spans.chain(shell) {
            for word in code.split_whitespace() {
                words += 1;
                if is_missing(root, folder, word.trim_matches(['\'', '"', '(', ')'])) {
                    report(line, format!("no such path: {word}"));
                }
            }
            for command in commands(code) {
                lines += 1;
                if let Some(fault) = manual.fault(&command) {
                    report(line, fault);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(links > 50 && words > 1000 && lines > 100, "{links} {words} {lines}");
}

#[test]
fn faults_are_found() {
    let mut manual = Manual::default();
    let mut fault = |line: &str| {
        let faults: Vec<String> =
            commands(line).iter().filter_map(|words| manual.fault(words)).collect();
        faults.join("; ")
    };
    for fine in [
        "ngram eval $(ngram corpus path brown) -m m --json # ngram nonsense",
        "ngram explain \"ngram nonsense --nonsense\" --json | head --nonsense",
        "ngram shim lmplz --nonsense",
        "ngram -lm nonsense",
        "cargo run --release -- demo",
        "man ngram nonsense",
    ] {
        assert_eq!(fault(fine), "", "{fine}");
    }
    for (line, found) in [
        ("ngram nonsense", "no such verb: ngram nonsense"),
        ("cat text | ngram evaluate", "no such verb: ngram evaluate"),
        ("ngram corpus steal", "no such verb: ngram corpus steal"),
        ("ngram experiment order text --nonsense=1", "ngram experiment order --nonsense"),
        ("ngram eval $(ngram corpus path --json)", "ngram corpus path --json"),
        ("ngram eval $(ngram corpus path brown) --nonsense", "ngram eval --nonsense"),
        ("cargo run --release -- demo --nonsense", "ngram demo --nonsense"),
    ] {
        assert!(fault(line).ends_with(found), "{line}: {}", fault(line));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("docs");
    for there in ["README.md", "docs/train.md", "./crates/", "train.md", "text.txt", "a/b.rs"] {
        assert!(!is_missing(root, &folder, there), "{there}");
    }
    for missing in ["NOTHING.md", "docs/nothing", "crates/nothing/lib.rs"] {
        assert!(is_missing(root, &folder, missing), "{missing}");
    }
    let page = folder.join("train.md");
    for (link, is_wrong) in
        [("", false), ("#options", false), ("evaluate.md", false), ("#no", true), ("no.md", true)]
    {
        assert_eq!(is_broken(&page, link), is_wrong, "{link}");
    }
}
