//! What a terminal would obey instead of showing it: control characters in words and names of files, which could move the
//! cursor, change the title, or hide a line. Terminals get them as `\x1b`; files and pipes get every byte as it is.

use std::io::{self, IsTerminal, StderrLock, Stdout, Write};

/// The first byte of U+0080 to U+00BF in UTF-8; those up to U+009F are control characters.
const C1: u8 = 0xc2;

/// A stream that shows control characters if it is a terminal. Line ends and tabs pass.
pub struct Visible<W> {
    out: W,
    is_terminal: bool,
    /// Whether the last byte was [`C1`], which is written with the next one.
    after_c1: bool,
}

/// Standard output.
pub fn stdout() -> Visible<Stdout> {
    let out = io::stdout();
    Visible::new(out.is_terminal(), out)
}

/// Standard error.
pub fn stderr() -> Visible<StderrLock<'static>> {
    let out = io::stderr().lock();
    Visible::new(out.is_terminal(), out)
}

impl<W: Write> Visible<W> {
    fn new(is_terminal: bool, out: W) -> Visible<W> {
        Visible { out, is_terminal, after_c1: false }
    }
}

/// Whether a terminal obeys the byte.
fn is_control(byte: u8) -> bool {
    byte.is_ascii_control() && byte != b'\n' && byte != b'\t'
}

impl<W: Write> Write for Visible<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_plain = |byte: u8| !is_control(byte) && byte != C1;
        if !self.is_terminal || (!self.after_c1 && bytes.iter().all(|&byte| is_plain(byte))) {
            return self.out.write(bytes);
        }
        let mut shown = Vec::with_capacity(bytes.len() + 16);
        for &byte in bytes {
            let after_c1 = std::mem::replace(&mut self.after_c1, byte == C1);
            match (after_c1, byte) {
                (true, 0x80..=0x9f) => shown.extend(format!("\\u{{{byte:x}}}").bytes()),
                (true, _) => shown.push(C1),
                (false, _) => {}
            }
            match byte {
                C1 => {}
                0x80..=0x9f if after_c1 => {}
                _ if is_control(byte) => shown.extend(format!("\\x{byte:02x}").bytes()),
                _ => shown.push(byte),
            }
        }
        self.out.write_all(&shown)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.after_c1) {
            self.out.write_all(&[C1])?;
        }
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(is_terminal: bool, text: &str, step: usize) -> String {
        let mut visible = Visible::new(is_terminal, Vec::new());
        text.as_bytes().chunks(step).for_each(|bytes| visible.write_all(bytes).unwrap());
        visible.flush().unwrap();
        String::from_utf8(visible.out).unwrap()
    }

    #[test]
    fn a_terminal_is_shown_what_it_would_obey() {
        let text = "a\x1b[2J\tb\r\x07\x7f\u{9b}31m é\u{a0}–\u{2029}\n";
        for step in [1, 2, 3, 100] {
            assert_eq!(
                shown(true, text, step),
                "a\\x1b[2J\tb\\x0d\\x07\\x7f\\u{9b}31m é\u{a0}–\u{2029}\n"
            );
            assert_eq!(shown(false, text, step), text);
        }
        let mut cut = Visible::new(true, Vec::new());
        cut.write_all(&[C1]).unwrap();
        cut.flush().unwrap();
        assert_eq!(cut.out, [C1]);
    }
}
