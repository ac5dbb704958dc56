//! Measures scoring alone, in nanoseconds per token, on any model and text: the text is read and
//! its words are numbered before the clock starts.
//!
//! ```text
//! cargo bench --bench score -- MODEL TEXT
//! ```
//!
//! Runs on one thread. Sentences are scored one by one (`score_sentence`), many at once (`score_sentences`) and, from a
//! file in the suffix layout of order up to 5, word by word (`stepper`), which must agree to the last bit. Beside them stands what it
//! takes to fetch a line of 64 bytes anywhere in the model's file, many at once and one after another. Without a model
//! and a text, as in a plain `cargo bench`, it does nothing; the bench `stages` scores made-up text.

use ngram_model::{LanguageModel, Model, Score};
use ngram_store::Mapped;
use ngram_tokenizer::{WordId, prefetch};
use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// How many times each way is timed. The minimum counts, since other load on the machine only adds time.
const RUNS: usize = 9;

/// About how many tokens are scored at once, as `ngram eval` does.
const BATCH: usize = 1 << 13;

/// Word ids of many sentences, and where each sentence ends.
#[derive(Default)]
struct Batch {
    words: Vec<WordId>,
    ends: Vec<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Skips the options that cargo adds.
    let files = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let [model, text] = &files.collect::<Vec<String>>()[..] else {
        println!("score: no model and text; usage: cargo bench --bench score -- MODEL TEXT");
        return Ok(());
    };
    let path = model;
    let model = Model::open(Path::new(path))?;
    let batches = read(&model, &String::from_utf8_lossy(&std::fs::read(text)?));
    let tokens: usize = batches.iter().map(|batch| batch.words.len() + batch.ends.len()).sum();
    println!(
        "order {}, {} layout, {} bytes; {tokens} tokens, </s> included; least of {RUNS} runs",
        model.order(),
        model.layout().name(),
        model.file_size()
    );
    let mut scores = Vec::new();
    let one_by_one = timed("score_sentence, one by one", tokens, || {
        let mut sum = 0.0;
        for batch in &batches {
            let mut start = 0;
            for &end in &batch.ends {
                model.score_sentence(&batch.words[start..end], &mut scores);
                sum += log10(&scores);
                start = end;
            }
        }
        sum
    });
    let at_once = timed("score_sentences, many at once", tokens, || {
        let mut sum = 0.0;
        for batch in &batches {
            model.score_sentences(&batch.words, &batch.ends, &mut scores);
            let mut rest = &scores[..];
            let mut start = 0;
            for &end in &batch.ends {
                let sentence;
                (sentence, rest) = rest.split_at(end + 1 - start);
                sum += log10(sentence);
                start = end;
            }
        }
        sum
    });
    assert_eq!(one_by_one, at_once, "both ways give the same scores");
    if let Some(stepper) = model.stepper::<4>() {
        let step_by_step = timed("stepper, word by word", tokens, || {
            let mut sum = 0.0;
            for batch in &batches {
                let mut start = 0;
                for &end in &batch.ends {
                    let mut state = stepper.begin();
                    let mut of_sentence = 0.0;
                    for &word in batch.words[start..end].iter().chain([&WordId::END]) {
                        let (score, after) = stepper.advance(&state, word);
                        of_sentence += score.log_prob.log10();
                        state = after;
                    }
                    sum += of_sentence;
                    start = end;
                }
            }
            sum
        });
        assert_eq!(one_by_one, step_by_step, "all ways give the same scores");
    }
    fetch_lines(&Mapped::open(Path::new(path))?);
    println!("log10 p = {one_by_one}, perplexity {}", 10f64.powf(-one_by_one / tokens as f64));
    Ok(())
}

/// Times the fetching of random lines of the file.
fn fetch_lines(bytes: &[u8]) {
    const LINES: usize = 4 << 20;
    let (lines, _) = bytes.as_chunks::<64>();
    if lines.is_empty() {
        return;
    }
    let mut place = 1u64;
    let places: Vec<usize> = (0..LINES)
        .map(|_| {
            place = place.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            ((u128::from(place) * lines.len() as u128) >> 64) as usize
        })
        .collect();
    timed("a random line, many at once", LINES, || {
        let mut sum = 0u64;
        for (at, &place) in places.iter().enumerate() {
            if let Some(&later) = places.get(at + 32) {
                prefetch(&lines[later]);
            }
            sum += u64::from(lines[place][0]);
        }
        sum as f64
    });
    timed("a random line after another", LINES, || {
        let mut at = 0usize;
        for &place in &places {
            // Where the next line is depends on this one.
            at = (place + usize::from(lines[at][0] & 1)).min(lines.len() - 1);
        }
        at as f64
    });
}

/// Splits the text like the model's training text, and numbers its words.
fn read(model: &Model, text: &str) -> Vec<Batch> {
    let vocab = model.vocab();
    let mut batches: Vec<Batch> = Vec::new();
    for line in text.lines() {
        if batches.last().is_none_or(|batch| batch.words.len() >= BATCH) {
            batches.push(Batch::default());
        }
        if let Some(Batch { words, ends }) = batches.last_mut() {
            model.tokenizer().tokenize(line, |word| words.push(vocab.id_or_unknown(word)));
            ends.push(words.len());
        }
    }
    batches
}

fn log10(scores: &[Score]) -> f64 {
    scores.iter().map(|score| score.log_prob.log10()).sum()
}

/// Times `work` and prints the minimum time per token; returns the result of `work`.
fn timed(name: &str, tokens: usize, mut work: impl FnMut() -> f64) -> f64 {
    let mut least = Duration::MAX;
    let mut result = 0.0;
    for _ in 0..RUNS {
        let started = Instant::now();
        result = black_box(work());
        least = least.min(started.elapsed());
    }
    println!("{name:30} {:6.1} ns", least.as_nanos() as f64 / tokens as f64);
    result
}
