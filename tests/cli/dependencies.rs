//! The program's dependencies: licences, versions, and the advisories known when this was written.
//! `cargo deny check` says the same and, over the network, includes later ones; `deny.toml` has the reasons.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const DENY: &str = include_str!("../../deny.toml");
const LOCK: &str = include_str!("../../Cargo.lock");

/// Our dependencies with a RustSec advisory in November 2026, and the lowest version without the
/// fault. If older release lines were fixed as well, the lowest version of each, with the newest
/// line last. From https://rustsec.org/advisories/.
const MENDED: &[(&str, &[[u64; 3]], &str)] = &[
    ("anyhow", &[[1, 0, 103]], "RUSTSEC-2026-0190"),
    ("crossbeam-deque", &[[0, 8, 1]], "RUSTSEC-2021-0093"),
    ("crossbeam-epoch", &[[0, 9, 20]], "RUSTSEC-2026-0204"),
    ("crossbeam-utils", &[[0, 8, 7]], "RUSTSEC-2022-0041"),
    ("memmap2", &[[0, 9, 11]], "RUSTSEC-2026-0186"),
    ("rand", &[[0, 9, 3], [0, 10, 1]], "RUSTSEC-2026-0097"),
    ("once_cell", &[[1, 0, 1]], "RUSTSEC-2019-0017"),
    ("regex", &[[1, 5, 5]], "RUSTSEC-2022-0013"),
    ("sha2", &[[0, 9, 8]], "RUSTSEC-2021-0100"),
    ("slab", &[[0, 4, 11]], "RUSTSEC-2025-0047"),
    ("tar", &[[0, 4, 45]], "RUSTSEC-2026-0067"),
    ("tar", &[[0, 4, 45]], "RUSTSEC-2026-0068"),
    ("zerocopy", &[[0, 7, 31]], "RUSTSEC-2023-0074"),
    ("zlib-rs", &[[0, 4, 0]], "RUSTSEC-2024-0401"),
];

/// Returns the name, version and source of every package in the lock file, for any platform.
fn locked() -> Vec<(&'static str, &'static str, Option<&'static str>)> {
    let packages = LOCK.split("[[package]]").skip(1);
    let field = |package: &'static str, name: &str| {
        let value =
            |line: &'static str| line.strip_prefix(name)?.strip_prefix(" = \"")?.strip_suffix('"');
        package.lines().find_map(value)
    };
    let of =
        |package| (field(package, "name"), field(package, "version"), field(package, "source"));
    packages
        .map(|package| match of(package) {
            (Some(name), Some(version), source) => (name, version, source),
            other => panic!("{other:?}"),
        })
        .collect()
}

fn deny() -> toml::Table {
    DENY.parse().unwrap()
}

/// Whether a licence expression requires a licence that is not allowed.
fn refused(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let expression = expression.replace('/', " OR ").replace(['(', ')'], "");
    // One of these choices must be allowed entirely; no expression here nests deeper.
    !expression
        .split(" AND ")
        .all(|part| part.split(" OR ").any(|name| allowed.contains(name.trim())))
}

#[test]
fn every_licence_is_on_the_list() {
    let deny = deny();
    let allowed = deny["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = allowed.iter().map(|name| name.as_str().unwrap()).collect();
    assert!(!refused("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    for not in ["GPL-3.0", "MIT AND GPL-3.0", "MPL-2.0 OR LGPL-3.0-only", ""] {
        assert!(refused(not, &allowed), "{not}");
    }
    // Packages for other platforms are only in the lock file.
    let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1"])
        .args(["--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(!refused(licence, &allowed), "{}: {licence:?}", package["name"]);
    }
}

#[test]
fn a_package_is_there_in_one_version_and_from_the_registry() {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, version, source) in locked() {
        versions.entry(name).or_default().push(version);
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(
            source == Some(registry) || (source.is_none() && name.starts_with("ngram")),
            "{name}"
        );
    }
    let deny = deny();
    let skipped = deny["bans"]["skip"].as_array().unwrap();
    let skipped: BTreeSet<&str> = skipped
        .iter()
        .map(|skip| skip["crate"].as_str().unwrap().split('@').next().unwrap())
        .collect();
    let twice: BTreeSet<&str> =
        versions.iter().filter(|(_, versions)| versions.len() > 1).map(|(&name, _)| name).collect();
    assert_eq!(twice, skipped, "duplicates, and those that deny.toml has a reason for");
    // 3.0.0 is empty.
    assert_eq!(versions["bincode"], ["2.0.1"]);
}

#[test]
fn no_version_has_a_fault_that_was_known() {
    let numbers = |version: &str| -> Vec<u64> {
        let plain = version.split(['-', '+']).next().unwrap_or_default();
        plain.split('.').map(|number| number.parse().unwrap()).collect()
    };
    let locked = locked();
    for (name, least, advisory) in MENDED {
        for (_, version, _) in locked.iter().filter(|package| package.0 == *name) {
            let (version, newest) = (numbers(version), least.last().unwrap());
            let of_its_line = least.iter().find(|least| least[..2] == version[..2]);
            let least = of_its_line.unwrap_or(newest);
            assert!(version >= least.to_vec(), "{name} {version:?}: {advisory}");
        }
    }
    let deny = deny();
    let ignored = deny["advisories"]["ignore"].as_array().unwrap();
    let ids: Vec<&str> = ignored.iter().map(|advisory| advisory["id"].as_str().unwrap()).collect();
    assert_eq!(
        ids,
        ["RUSTSEC-2025-0141", "RUSTSEC-2024-0436"],
        "SECURITY.md explains each of them"
    );
}
