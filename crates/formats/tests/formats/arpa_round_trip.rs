//! Anything written can be read again, and damaged files never cause a panic.

use ngram_formats::arpa::{ReadOptions, Unknown, read, write};
use ngram_model::Ngrams;
use ngram_tokenizer::{Vocab, WordId};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Any log-probability: never above 0; -99 stands for probability 0.
fn log_prob() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -10f32..=0.0,
        1 => Just(f32::NEG_INFINITY),
        1 => any::<f32>().prop_map(|value| -value.abs()).prop_filter("a number", is_writable),
    ]
}

fn backoff() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -5f32..5.0,
        1 => Just(f32::NEG_INFINITY),
        1 => any::<f32>().prop_filter("a number", is_writable),
    ]
}

fn is_writable(value: &f32) -> bool {
    value.is_finite() && *value != -99.0
}

/// Tokens: ordinary ones, and those that must be escaped.
fn words() -> impl Strategy<Value = BTreeSet<String>> {
    let word = prop_oneof![
        "[a-z]{1,3}",
        "[ \t\r\n<U+0020>a\0]{0,4}",
        any::<String>(),
        "(<|\\[)?(unk|UNK|s|/s|U\\+0020)(>|\\])?",
        "\\\\(data|end|1-grams:)\\\\?",
        "-?[0-9]{1,2}(\\.5)?",
    ];
    btree_set(
        word.prop_filter("special", |word| !["<unk>", "<s>", "</s>"].contains(&&**word)),
        0..12,
    )
}

prop_compose! {
    /// A vocabulary and its n-grams: all 1-grams, and others without repetition.
    fn model()(words in words(), order in 1usize..5)
        (lists in vec(btree_set(vec(0..words.len() as u32 + 3, 4), 0..20), order),
         numbers in vec((log_prob(), backoff()), order * 20),
         words in Just(words))
        -> (Vocab, Vec<Ngrams>)
    {
        let vocab = Vocab::new(words.iter().map(String::as_str)).unwrap();
        let highest = lists.len();
        let orders = lists.iter().enumerate().map(|(index, list)| {
            let order = index + 1;
            let mut ngrams = Ngrams::new(order);
            let list: BTreeSet<Vec<u32>> = match order {
                1 => (0..vocab.view().len() as u32).map(|word| vec![word]).collect(),
                _ => list.iter().map(|words| words[..order.min(4)].to_vec()).collect(),
            };
            for (words, &(log_prob, backoff)) in list.iter().zip(&numbers[index * 20..]) {
                ngrams.words.extend(words.iter().copied().map(WordId));
                ngrams.log_probs.push(log_prob);
                if order < highest {
                    ngrams.backoffs.push(backoff);
                }
            }
            ngrams
        });
        let orders = orders.collect();
        (vocab, orders)
    }
}

fn written(vocab: &Vocab, orders: &[Ngrams]) -> Vec<u8> {
    let mut text = Vec::new();
    write(&mut text, vocab.view(), orders).unwrap();
    text
}

proptest! {
    #[test]
    fn reading_gives_what_was_written((vocab, orders) in model()) {
        let text = written(&vocab, &orders);
        // Otherwise a word <UNK> would be read as <unk>.
        let unknown = Unknown::Only("<unk>");
        let options = ReadOptions { unknown, strict: true, ..ReadOptions::default() };
        let file = read(&text[..], "x.arpa", &options).unwrap();
        prop_assert_eq!(&file.vocab, &vocab);
        prop_assert_eq!(&file.orders, &orders);
        prop_assert_eq!(&file.warnings, &[]);
        prop_assert_eq!(written(&file.vocab, &file.orders), text);
    }

    #[test]
    fn damage_never_panics(
        (vocab, orders) in model(),
        place in any::<prop::sample::Index>(),
        byte in prop_oneof![any::<u8>(), prop::sample::select(&b"\\ \t\n0-.="[..])],
        insert in any::<bool>(),
    ) {
        let mut text = written(&vocab, &orders);
        let at = place.index(text.len());
        if insert { text.insert(at, byte) } else { text[at] = byte }
        if let Ok(file) = read(&text[..], "x.arpa", &ReadOptions::default()) {
            // What could be read can be written, and reads back the same.
            let text = written(&file.vocab, &file.orders);
            let again = read(&text[..], "x.arpa", &ReadOptions::default()).unwrap();
            prop_assert_eq!(again.orders, file.orders);
        }
    }
}
