//! The comment that names the tokenizer of a model's text.
//!
//! ```text
//! # tokenizer: words, lowercased
//! ```
//!
//! It comes before `\data\`, where every reader skips text; KenLM skips only lines that begin with
//! `#`. A file without it is assumed to use white space, so for such a model it is omitted.

use ngram_tokenizer::{TokenizerKind, TokenizerSpec};
use std::io::{self, Write};
use std::str::FromStr;

const KEY: &str = "tokenizer:";
const LOWERCASED: &str = ", lowercased";

/// Writes the comment, if one is needed. The file itself must follow.
pub fn write_tokenizer(out: &mut impl Write, tokenizer: &TokenizerSpec) -> io::Result<()> {
    match *tokenizer == TokenizerSpec::new(TokenizerKind::Whitespace) {
        true => Ok(()),
        false => writeln!(out, "# {KEY} {tokenizer}"),
    }
}

/// Characters of an unknown name that are kept.
const NAME: usize = 60;

/// Returns the tokenizer named by a line before `\data\`, if it names one; if it is not known, the beginning of its name.
pub fn stated(line: &[u8]) -> Option<Result<TokenizerSpec, String>> {
    let text = str::from_utf8(line).ok()?.strip_prefix('#')?.trim_start();
    let said = text.strip_prefix(KEY)?.trim();
    let (name, lowercase) = match said.strip_suffix(LOWERCASED) {
        Some(name) => (name, true),
        None => (said, false),
    };
    let kind = TokenizerKind::from_str(name);
    Some(match kind {
        Ok(kind) => Ok(TokenizerSpec { kind, lowercase }),
        Err(_) => Err(said.chars().take(NAME).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for kind in TokenizerKind::ALL {
            for lowercase in [false, true] {
                let spec = TokenizerSpec { kind: kind.clone(), lowercase };
                let mut line = Vec::new();
                write_tokenizer(&mut line, &spec).unwrap();
                match line.strip_suffix(b"\n") {
                    Some(line) => assert_eq!(stated(line), Some(Ok(spec))),
                    None => assert_eq!(spec, TokenizerSpec::new(TokenizerKind::Whitespace)),
                }
            }
        }
    }

    #[test]
    fn other_text_says_nothing() {
        for line in ["", "# made by hand", "tokenizer: words", "# tokenizers: words"] {
            assert_eq!(stated(line.as_bytes()), None, "{line}");
        }
        assert_eq!(stated(b"# tokenizer: \xff"), None);
        assert_eq!(stated(b"#tokenizer: bpe 32k"), Some(Err("bpe 32k".to_owned())));
        let long = format!("# tokenizer: {}", "é".repeat(1000));
        assert_eq!(stated(long.as_bytes()), Some(Err("é".repeat(NAME))));
    }
}
