//! The Penn Treebank as Mikolov prepared it, with 10,000 words. Its licence forbids passing it on, so the user has to
//! supply it.

use super::checksum::md5;
use crate::summary::group;
use anyhow::{Context, bail};
use ngram_lab::landmarks::Penn;
use std::path::Path;

/// Name, bytes and MD5 of each file.
const FILES: [(&str, usize, &str); 3] = [
    ("ptb.train.txt", 5_101_618, "f26c4b92c5fdc7b3f8c7cdcb991d8420"),
    ("ptb.valid.txt", 399_782, "aa0affc06ff7c36e977d7cd49e3839bf"),
    ("ptb.test.txt", 449_945, "8b80168b89c18661a38ef683c0dc3721"),
];

/// Reads the files in `folder`, which must be identical to those behind the published figures.
pub fn penn(folder: &Path) -> anyhow::Result<Penn> {
    let read = |(name, bytes, sum): (&str, usize, &str)| {
        let path = folder.join(name);
        let text = std::fs::read(&path)
            .with_context(|| format!("--ptb: cannot read {}", path.display()))?;
        let found = md5(&text);
        if found != sum {
            bail!(
                "--ptb: {} is not the file that the published figures are about: its MD5 is {found} \
                 over {} bytes, theirs {sum} over {}",
                path.display(),
                group(text.len() as u64),
                group(bytes as u64)
            );
        }
        String::from_utf8(text).with_context(|| path.display().to_string())
    };
    let [train, valid, test] = FILES;
    Ok(Penn { train: read(train)?, held_out: [read(valid)?, read(test)?] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", penn(folder.path()).err().unwrap());
        assert!(error.contains("cannot read") && error.contains("ptb.train.txt"), "{error}");
        std::fs::write(folder.path().join("ptb.train.txt"), "abc").unwrap();
        let error = penn(folder.path()).err().unwrap().to_string();
        assert!(error.contains("900150983cd24fb0d6963f7d28e17f72 over 3 bytes"), "{error}");
        assert!(error.contains("f26c4b92c5fdc7b3f8c7cdcb991d8420 over 5,101,618"), "{error}");
    }
}
