//! Throughput of every tokenizer and of the interner, in bytes per second, on generated text.
//!
//! The text is English in its statistics: word lengths, a Zipfian vocabulary, punctuation,
//! capitals, apostrophes and numbers. Each bench checks its answer against a plain count.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ngram_tokenizer::{Interner, TokenizerKind, TokenizerSpec};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;

/// Approximate length of a text, in bytes.
const SIZE: usize = 1 << 20;

/// Knuth's MMIX generator; only its upper bits are used.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 32) as usize * bound) >> 32
    }

    /// Draws a rank from `0..bound`; rank `r` comes up about as often as `1 / (r + 1)`.
    fn zipf(&mut self, bound: usize) -> usize {
        let fraction = self.below(1 << 20) as f64 / (1 << 20) as f64;
        ((bound as f64).powf(fraction) as usize).min(bound) - 1
    }
}

/// Returns the word of this rank. Rarer words are longer, as in English.
fn word(rank: usize) -> String {
    let mut random = Random(rank as u64 * 0x9e37_79b9);
    random.below(1);
    let length = 1 + (rank + 2).ilog2() as usize * 2 / 3 + random.below(4);
    let letters = b"etaoinshrdlucmfwypvbgkjqxz";
    (0..length).map(|_| char::from(letters[random.zipf(letters.len())])).collect()
}

/// Generates lines of 5 to 40 words from `types` invented words; `accents` in every 100 words bear an accent.
fn text(types: usize, accents: usize) -> String {
    let words: Vec<String> = (0..types).map(word).collect();
    let mut random = Random(1);
    let mut text = String::with_capacity(SIZE + 1000);
    while text.len() < SIZE {
        for place in 0..5 + random.below(36) {
            if place > 0 {
                text.push_str(
                    [" ", " ", " ", " ", " ", " ", " ", ", ", "; ", " \""][random.below(10)],
                );
            }
            let word = &words[random.zipf(types)];
            match random.below(100) {
                _ if place == 0 => text.push_str(&word.to_uppercase()[..1]),
                0 => text.push_str("3.14"),
                1 => text.push_str("can't"),
                _ => {}
            }
            text.push_str(if place == 0 { &word[1..] } else { word });
            if random.below(100) < accents {
                text.push('é');
            }
        }
        text.push_str(".\n");
    }
    text
}

/// Counts the tokens of a line without using the tokenizer.
fn count(spec: &TokenizerSpec, line: &str) -> usize {
    let line = if spec.lowercase { line.to_lowercase() } else { line.to_owned() };
    match spec.kind {
        TokenizerKind::Words => {
            line.split_word_bounds().filter(|piece| !piece.trim().is_empty()).count()
        }
        TokenizerKind::Whitespace => line.split_ascii_whitespace().count(),
        TokenizerKind::Chars => line.graphemes(true).count(),
        TokenizerKind::Bytes => line.len(),
        TokenizerKind::Shannon => {
            let words = line.split(|char: char| !char.is_ascii_alphabetic());
            let lengths = words.map(str::len).filter(|length| *length > 0);
            (lengths.map(|length| length + 1).sum::<usize>()).saturating_sub(1)
        }
        TokenizerKind::WordsIcu | TokenizerKind::PieceFile(_) => {
            unreachable!("it is measured against its own package")
        }
    }
}

fn tokenize(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tokenize");
    let english = text(50_000, 0);
    let accented = text(50_000, 20);
    let mut cases = Vec::new();
    for kind in TokenizerKind::ALL {
        cases.push(("english", &english, TokenizerSpec::new(kind)));
    }
    cases.push((
        "english",
        &english,
        TokenizerSpec { kind: TokenizerKind::Words, lowercase: true },
    ));
    cases.push(("accented", &accented, TokenizerSpec::new(TokenizerKind::Words)));
    for (name, text, spec) in cases {
        let lines: Vec<&str> = text.lines().collect();
        let expected = lines.iter().map(|line| count(&spec, line)).sum::<usize>();
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::new(spec.to_string(), name), |bencher| {
            bencher.iter(|| {
                let mut tokens = 0;
                for line in &lines {
                    spec.tokenize(line, |token| {
                        black_box(token);
                        tokens += 1;
                    });
                }
                assert_eq!(tokens, expected);
            });
        });
    }
    group.finish();
}

fn intern(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("intern");
    for types in [5_000, 500_000] {
        let text = text(types, 0);
        let tokens: Vec<&str> =
            text.split_word_bounds().filter(|piece| !piece.trim().is_empty()).collect();
        let mut counts: HashMap<&str, u64> = HashMap::new();
        tokens.iter().for_each(|token| *counts.entry(token).or_default() += 1);
        let most = counts.values().copied().max();
        group.throughput(Throughput::Elements(tokens.len() as u64));
        group.bench_function(BenchmarkId::new("types", counts.len()), |bencher| {
            bencher.iter(|| {
                let mut interner = Interner::new();
                for token in &tokens {
                    interner.intern(token);
                }
                assert_eq!(interner.len(), counts.len() + 3);
                assert_eq!(interner.counts().iter().copied().max(), most);
            });
        });
    }
    group.finish();
}

fn short() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(600))
        .sample_size(20)
}

criterion_group!(name = benches; config = short(); targets = tokenize, intern);
criterion_main!(benches);
