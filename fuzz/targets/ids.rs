//! Any bytes as token ids of 16 or 32 bits, compared with reading all of them at once.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ngram_fuzz::Bounded;
use ngram_input::{Format, IdWidth, Reading, Sentences, Source, Weight};
use std::cell::RefCell;
use std::io::{Cursor, Read};

#[global_allocator]
static MEMORY: Bounded = Bounded::new(64 << 20);

thread_local! {
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fuzz_target!(|data: &[u8]| {
    let Some((&[choice, end], bytes)) = data.split_first_chunk() else { return };
    let end = u32::from(end);
    let (width, size) = if choice & 1 == 0 { (IdWidth::U16, 2) } else { (IdWidth::U32, 4) };
    let sentences = if choice & 2 == 0 { Sentences::Line } else { Sentences::Document };
    let weight = [1.0, 0.5, 2.5, 1.0][choice as usize >> 2 & 3];
    let weight = Weight::new(weight).unwrap();
    INPUT.with(|input| *input.borrow_mut() = bytes.to_vec());
    let reading = Reading {
        format: Some(Format::Ids(width)),
        end_id: Some(end),
        sentences,
        stdin: || Box::new(Cursor::new(INPUT.with(|input| input.borrow().clone()))),
        ..Reading::default()
    };
    let mut lines = String::new();
    let source = Source::stdin(weight);
    let read = source.lines(&reading, |_| Ok(())).unwrap().read_to_string(&mut lines);
    assert_eq!(read.is_ok(), bytes.len() % size == 0);
    if read.is_err() {
        return;
    }
    let ids: Vec<u32> = bytes
        .chunks_exact(size)
        .map(|id| id.iter().rev().fold(0, |all, &byte| all << 8 | u32::from(byte)))
        .collect();
    let mut expected = String::new();
    let mut documents: Vec<&[u32]> = ids.split(|&id| id == end).collect();
    // An empty rest after the last end is not a document.
    documents.pop_if(|last| last.is_empty());
    for (number, document) in (0..).zip(documents) {
        let line: Vec<String> = document.iter().map(u32::to_string).collect();
        for _ in 0..weight.copies(number) {
            expected += &line.join(" ");
            expected += "\n";
        }
    }
    assert_eq!(lines, expected);
});
