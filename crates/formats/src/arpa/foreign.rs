//! Recognises files that are not ARPA files by their first bytes.

/// A kind of file that may be passed for an ARPA file by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The bytes of such a file at offset `at`.
    magic: &'static [u8],
    at: usize,
    /// What the file is.
    pub what: &'static str,
    /// How to get an ARPA file, or what else to do.
    pub remedy: &'static str,
}

/// Bytes of a file that [`Foreign::recognise`] may inspect.
pub(super) const LOOK_AHEAD: usize = 64;

const fn starts(magic: &'static [u8], what: &'static str, remedy: &'static str) -> Foreign {
    Foreign { magic, at: 0, what, remedy }
}

const DECOMPRESS: &str = "decompress it first";

const KINDS: &[Foreign] = &[
    starts(b"\x1f\x8b", "compressed by gzip", DECOMPRESS),
    starts(b"\x28\xb5\x2f\xfd", "compressed by zstd", DECOMPRESS),
    starts(b"BZh", "compressed by bzip2", DECOMPRESS),
    starts(b"\xfd7zXZ\0", "compressed by xz", DECOMPRESS),
    starts(b"PK\x03\x04", "a zip archive", "unpack it first"),
    starts(b"\xff\xfe", "text in UTF-16", "convert it to UTF-8, as by `iconv -f UTF-16 -t UTF-8`"),
    starts(b"\xfe\xff", "text in UTF-16", "convert it to UTF-8, as by `iconv -f UTF-16 -t UTF-8`"),
    starts(
        b"mmap lm http",
        "a binary model of KenLM",
        "`ngram import` reads it if it is a trie; else take the ARPA file that it was built from",
    ),
    starts(
        b"iARPA",
        "an intermediate ARPA file of IRSTLM",
        "convert it by IRSTLM's `compile-lm --text=yes IN OUT`",
    ),
    starts(
        b"blmt",
        "a binary model of IRSTLM",
        "convert it by IRSTLM's `compile-lm --text=yes IN OUT`",
    ),
    starts(
        b"Qblmt",
        "a quantized binary model of IRSTLM",
        "convert it by IRSTLM's `compile-lm --text=yes IN OUT`",
    ),
    starts(
        b"SRILM_BINARY_NGRAM",
        "a binary model of SRILM",
        "convert it by SRILM's `ngram -order N -lm IN -write-lm OUT`",
    ),
    starts(
        b"\xd6\xfd\xb2\x7e",
        "a finite-state transducer of OpenFst",
        "if it is a model of OpenGrm, convert it by `ngramprint --ARPA IN OUT`",
    ),
    starts(
        b"Trie Language Model",
        "a binary model of CMU Sphinx",
        "convert it by `sphinx_lm_convert -i IN -o OUT -ofmt arpa`",
    ),
    // The text follows its own length, in four bytes.
    Foreign {
        magic: b"Darpa Trigram LM",
        at: 4,
        what: "a binary model of CMU Sphinx",
        remedy: "convert it by `sphinx_lm_convert -i IN -o OUT -ofmt arpa`",
    },
    starts(
        b"\x89ngram\r\n",
        "a model of this program, not an ARPA file",
        "it can be used as it is, and exported as an ARPA file",
    ),
];

impl Foreign {
    /// Returns the kind of file that starts with these bytes; the first 64 bytes are enough.
    pub fn recognise(start: &[u8]) -> Option<Foreign> {
        let fits = |kind: &&Foreign| {
            start.get(kind.at..).is_some_and(|bytes| bytes.starts_with(kind.magic))
        };
        KINDS.iter().find(fits).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_ahead_suffices() {
        for kind in KINDS {
            assert!(kind.at + kind.magic.len() <= LOOK_AHEAD, "{kind:?}");
        }
    }
}
