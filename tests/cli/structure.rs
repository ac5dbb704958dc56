//! The crates point one way, a program that scores links neither counting nor a compressor, the rooms of a crate
//! import each other in no circle, and no two crates give one name to two types.
//!
//! A *room* is what stands directly in a crate's `src`: a file, or a folder with all that is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The crates, each with all of ours that it may depend on.
const MAY_USE: &[(&str, &[&str])] = &[
    ("store", &[]),
    ("tokenizer", &[]),
    ("input", &["store"]),
    ("counts", &["store", "tokenizer", "input"]),
    ("model", &["store", "tokenizer"]),
    ("formats", &["store", "tokenizer", "model"]),
    ("edit", &["store", "tokenizer", "input", "counts", "model", "formats"]),
    ("train", &["store", "tokenizer", "input", "counts", "model", "edit"]),
    ("adaptive", &["store", "tokenizer", "model"]),
    ("eval", &["store", "tokenizer", "input", "model", "adaptive"]),
    ("decode", &["tokenizer", "model"]),
    ("lab", &["store", "tokenizer", "input", "counts", "model", "train", "adaptive", "eval"]),
    ("report", &["tokenizer", "model", "edit", "eval", "lab"]),
];

/// What a program that scores must not compile.
const NOT_TO_SCORE: [&str; 7] =
    ["ngram-counts", "ngram-input", "bzip2", "flate2", "lzma-rust2", "zstd", "parquet"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names under `[dependencies]` in the manifest of one of our crates.
fn dependencies(name: &str) -> BTreeSet<String> {
    let path = root().join("crates").join(name).join("Cargo.toml");
    let manifest: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().cloned().collect()
}

#[test]
fn no_dependency_points_back_up() {
    let mut below: Vec<&str> = Vec::new();
    for (name, may) in MAY_USE {
        assert!(may.iter().all(|used| below.contains(used)), "{name} comes before what it uses");
        for used in dependencies(name) {
            let Some(used) = used.strip_prefix("ngram-") else { continue };
            assert!(may.contains(&used), "{name} must not depend on {used}: see ARCHITECTURE.md");
        }
        below.push(name);
    }
    let folders = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap());
    let apart = ["cli", "mutate", "python", "testing"];
    for folder in folders.map(|entry| entry.file_name().into_string().unwrap()) {
        let known = below.contains(&folder.as_str()) || apart.contains(&folder.as_str());
        assert!(known, "crates/{folder} has no place in the order of crates");
    }
}

#[test]
fn a_program_that_scores_links_neither_counting_nor_a_compressor() {
    let mut open = vec!["model".to_owned()];
    let mut all = BTreeSet::new();
    while let Some(name) = open.pop() {
        for used in dependencies(&name) {
            open.extend(used.strip_prefix("ngram-").map(str::to_owned));
            all.insert(used);
        }
    }
    for name in NOT_TO_SCORE {
        assert!(!all.contains(name), "ngram-model depends on {name}: {all:?}");
    }
}

/// The paths that a piece of Rust names, such as `crate::a::B` and those of `use crate::{a::B, c}`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for head in ["crate::", "super::"] {
        for (at, _) in code.match_indices(head) {
            let before = code[..at].chars().next_back();
            // In the middle of a path, or the end of a longer name.
            if before.is_some_and(|c| c == ':' || c == '$' || c.is_alphanumeric() || c == '_') {
                continue;
            }
            tree(&code[at..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Reads the path or tree of paths at the beginning of `code`; returns how long it is.
fn tree(code: &str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let depth = prefix.len();
    let mut at = 0;
    loop {
        at += code[at..].len() - code[at..].trim_start().len();
        if code[at..].starts_with('{') {
            at += 1;
            loop {
                at += tree(&code[at..], prefix, found);
                at += code[at..].len() - code[at..].trim_start().len();
                match code[at..].chars().next() {
                    Some(',') => at += 1,
                    Some(_) => {
                        at += 1;
                        break;
                    }
                    None => break,
                }
                at += code[at..].len() - code[at..].trim_start().len();
                if code[at..].starts_with('}') {
                    at += 1;
                    break;
                }
            }
            break;
        }
        let name = code[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(0);
        if name == 0 {
            break;
        }
        prefix.push(code[at..at + name].to_owned());
        at += name;
        if !code[at..].starts_with("::") {
            found.push(prefix.clone());
            break;
        }
        at += 2;
    }
    prefix.truncate(depth);
    at
}

/// The source files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for path in entries.filter(|path| !path.ends_with("tests.rs")) {
        match path.is_dir() {
            true => files.extend(sources(&path)),
            false if path.extension().is_some_and(|ending| ending == "rs") => files.push(path),
            false => {}
        }
    }
    files
}

/// The code of a file without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = text.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// For each room of a crate, the rooms that it imports from, each with a file that does.
fn imports(source: &Path) -> BTreeMap<String, BTreeMap<String, PathBuf>> {
    let room = |path: &Path| -> (String, usize) {
        let inside = path.strip_prefix(source).unwrap();
        let depth = inside.components().count();
        let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        (first.trim_end_matches(".rs").to_owned(), depth)
    };
    let files = sources(source);
    let rooms: BTreeSet<String> = files.iter().map(|path| room(path).0).collect();
    // Names that the crate's root hands on: `pub use score::Score;` makes `crate::Score` the room `score`.
    let roots = ["lib.rs", "main.rs"].map(|name| source.join(name));
    let face = roots.iter().find(|path| path.exists()).unwrap();
    let handed_on: BTreeMap<String, String> = code(face)
        .replace("use ", "use crate::")
        .split(';')
        .filter(|item| item.contains("pub use"))
        .flat_map(paths)
        .filter(|path| path.len() > 2 && rooms.contains(&path[1]))
        .map(|path| (path.last().unwrap().clone(), path[1].clone()))
        .collect();
    let mut imports: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for file in files.iter().filter(|file| !roots.contains(file)) {
        let (own, depth) = room(file);
        // How many `super` lead from the file's module to the root.
        let is_folder = file.file_name().is_some_and(|name| name == "mod.rs");
        let up = depth - usize::from(is_folder);
        for path in paths(&code(file)) {
            let supers = path.iter().take_while(|name| *name == "super").count();
            let rest = match path[0].as_str() {
                "crate" => &path[1..],
                _ if supers >= up => &path[supers..],
                _ => continue,
            };
            let Some(first) = rest.first() else { continue };
            let used = if rooms.contains(first) { Some(first) } else { handed_on.get(first) };
            if let Some(used) = used.filter(|used| **used != own) {
                let used_by = imports.entry(own.clone()).or_default();
                used_by.entry(used.clone()).or_insert_with(|| file.clone());
            }
        }
    }
    imports
}

/// Whether `to` can be reached from `from`.
fn reaches(imports: &BTreeMap<String, BTreeMap<String, PathBuf>>, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(room) = open.pop() {
        for used in imports.get(room).into_iter().flat_map(BTreeMap::keys) {
            if used == to {
                return true;
            }
            if seen.insert(used) {
                open.push(used);
            }
        }
    }
    false
}

#[test]
fn rooms_import_each_other_in_no_circle() {
    let crates = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut circles = Vec::new();
    let mut arrows = 0;
    for folder in crates {
        let source = if folder.ends_with("cli") { folder } else { folder.join("src") };
        let imports = imports(&source);
        for (room, used) in &imports {
            arrows += used.len();
            // Files that stand side by side may know each other; a folder is entered one way.
            let folders = used
                .keys()
                .filter(|used| [room, *used].into_iter().any(|name| source.join(name).is_dir()));
            for other in folders.filter(|used| reaches(&imports, used, room)) {
                circles.push(format!("{}: {room} imports {other}", used[other].display()));
            }
        }
    }
    assert!(arrows > 100, "only {arrows} imports were found: the sources are read wrongly");
    assert!(circles.is_empty(), "circles of imports:\n{}", circles.join("\n"));
}

/// A crate whose types have the names that its own users expect, whatever those of other crates are
/// called: the classes that Python programs see, such as `Model`, `Token` and `Vocab`. So have the types
/// of the root package, each of which stands for several of the crates.
const OWN_NAMES: &str = "python";

/// The structs, enums and traits that other files can name.
fn shared_types(code: &str) -> BTreeSet<String> {
    let mut types = BTreeSet::new();
    for line in code.lines() {
        let Some(item) = line.trim_start().strip_prefix("pub") else { continue };
        let item = match item.strip_prefix('(') {
            Some(scope) => scope.split_once(')').map_or("", |(_, item)| item),
            None => item,
        };
        let words = item.split(|c: char| !c.is_alphanumeric() && c != '_');
        let mut words = words.filter(|word| !word.is_empty() && *word != "unsafe");
        if let (Some("struct" | "enum" | "trait"), Some(name)) = (words.next(), words.next()) {
            types.insert(name.to_owned());
        }
    }
    types
}

#[test]
fn no_type_name_is_defined_in_two_crates() {
    let example = "pub struct A<T>;\n    pub(crate) enum B {\nstruct C;\npub unsafe trait D {";
    assert_eq!(shared_types(example), ["A", "B", "D"].map(str::to_owned).into());
    let mut crates_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let folders = fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    for folder in folders.filter(|folder| !folder.ends_with(OWN_NAMES)) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let source = if name == "cli" { folder } else { folder.join("src") };
        for found in sources(&source).iter().flat_map(|path| shared_types(&code(path))) {
            crates_of.entry(found).or_default().insert(name.clone());
        }
    }
    assert!(crates_of.len() > 300, "only {} types were found", crates_of.len());
    crates_of.retain(|_, crates| crates.len() > 1);
    assert!(crates_of.is_empty(), "call each of these what it is: {crates_of:#?}");
}

#[test]
fn no_source_file_is_over_600_lines() {
    let long = sources(root()).into_iter().filter(|path| {
        let inside = path.strip_prefix(root()).unwrap();
        !inside.starts_with("target") && fs::read_to_string(path).unwrap().lines().count() > 600
    });
    let long: Vec<PathBuf> = long.collect();
    assert!(long.is_empty(), "files of more than 600 lines: {long:?}");
}
