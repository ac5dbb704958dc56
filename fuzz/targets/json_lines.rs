//! Any bytes as JSON Lines, plain or compressed, compared with reading each record as a tree.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_input::Encoding;
use ngram_fuzz::{Bounded, Tree};
use ngram_input::{
    Account, BadRecord, Field, Format, OnBadRecord, Reading, Sentences, Source, Weight,
};
use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::sync::Arc;

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

/// The maximum number of bytes to read, since a small file may contain a long text.
const LONGEST: u64 = 1 << 16;

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let field: Field = ["text", "a.b", "a.b.c", "a"][choice as usize % 4].parse().unwrap();
    let on_bad = if choice & 4 == 0 { OnBadRecord::Skip } else { OnBadRecord::Error };
    let sentences = if choice & 8 == 0 { Sentences::Line } else { Sentences::Document };
    let weight = [1.0, 0.5, 2.5, 1.0][choice as usize >> 4 & 3];
    let weight = Weight::new(weight).unwrap();
    INPUT.with(|input| *input.borrow_mut() = bytes.to_vec());
    let account: Arc<Account> = Arc::default();
    let reading = Reading {
        format: Some(Format::JsonLines),
        field: field.clone(),
        sentences,
        on_bad,
        account: Arc::clone(&account),
        stdin: || Box::new(Cursor::new(INPUT.with(|input| input.borrow().clone()))),
        ..Reading::default()
    };
    let mut lines = Vec::new();
    let read = match Source::stdin(weight).lines(&reading, |_| Ok(())) {
        Ok(reader) => reader.take(LONGEST).read_to_end(&mut lines),
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    if let Err(error) = &read {
        assert!(!error.to_string().is_empty());
    }
    if Encoding::of(bytes) != Ok(Encoding::Plain) {
        return;
    }
    let expected = naive(bytes, &field, on_bad, sentences, weight);
    let mut whole = expected.lines;
    whole.truncate(LONGEST as usize);
    assert_eq!(lines, whole);
    assert_eq!(read.is_ok(), !expected.fails);
    let found = account.found();
    assert_eq!((found.documents, found.malformed, found.missing), expected.found);
    assert_eq!(found.first.is_some(), found.bad() > 0);
});

/// The expected result.
#[derive(Default)]
struct Expected {
    lines: Vec<u8>,
    fails: bool,
    /// The numbers of documents, of records that are not JSON, and of records without a text.
    found: (u64, u64, u64),
}

fn naive(
    bytes: &[u8],
    field: &Field,
    on_bad: OnBadRecord,
    sentences: Sentences,
    weight: Weight,
) -> Expected {
    let mut expected = Expected::default();
    for (at, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let line = if at == 0 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
        let record = line.trim_ascii();
        if record.is_empty() {
            continue;
        }
        if at == 0 && record[0] == b'[' {
            expected.fails = true;
            return expected;
        }
        let read = field.read(record, Some("other"));
        against_tree(record, field, &read.as_ref().map(|record| &*record.text));
        match read {
            Ok(found) => {
                for _ in 0..weight.copies(expected.found.0) {
                    sentences.append(&found.text, &mut expected.lines);
                }
                expected.found.0 += 1;
            }
            Err(_) if on_bad == OnBadRecord::Error => {
                expected.fails = true;
                return expected;
            }
            Err(BadRecord::Malformed { .. }) => expected.found.1 += 1,
            Err(_) => expected.found.2 += 1,
        }
    }
    expected
}

/// A record that parses as a tree has the text found in the tree, or none. Other records, such as
/// those with invalid UTF-8, may still have one.
fn against_tree(record: &[u8], field: &Field, read: &Result<&[u8], &BadRecord>) {
    let Ok(tree) = serde_json::from_slice::<Tree>(record) else { return };
    match tree.text_at(field.name()) {
        Ok(Some(text)) => assert_eq!(*read, Ok(text.as_bytes())),
        Ok(None) => assert!(matches!(read, Err(BadRecord::Missing(_)))),
        Err(_) if matches!(tree, Tree::Object(_)) => {
            assert!(matches!(read, Err(BadRecord::NoString(_))));
        }
        Err(_) => assert!(matches!(read, Err(BadRecord::NoObject))),
    }
}
